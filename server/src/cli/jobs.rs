//! `pulse jobs`.

use super::control::ControlArgs;
use super::place::Place;
use crate::control::{Control, Cursor, Job, JobState, Refusal, Schedule, Trigger};
use crate::jobs::{When, kinds};
use crate::{Error, Result};
use chrono::DateTime;
use clap::{Args, Subcommand};
use pulse_engine::TenantId;
use std::fmt::Write as _;
use std::io;

/// See to the work that servers do by themselves
///
/// What is asked for here is done by any `pulse serve` that shares the control database. docs/jobs-orchestration.md tells of states,
/// failures and schedules.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  pulse jobs list --state dead
  pulse jobs run map
  pulse jobs resume job_…
  pulse jobs schedule compact '30 3 * * sun'
  pulse jobs hold vacuum --everywhere     No tenant's vacuum is begun until `pulse jobs release`")]
pub(super) struct Jobs {
    #[command(flatten)]
    control: ControlArgs,
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// List the tenant's jobs, the newest last
    List {
        /// Only those in this state
        #[arg(long, value_parser = state)]
        state: Option<JobState>,
    },
    /// Show how a job came to where it stands
    Show {
        /// Its id
        id: String,
    },
    /// Ask for a job
    Run {
        /// The kind
        #[arg(value_parser = kind)]
        kind: String,
    },
    /// Take a job back; one that runs is stopped within seconds
    Cancel {
        /// Its id
        id: String,
    },
    /// Put a job on hold
    Pause {
        /// Its id
        id: String,
    },
    /// Let a job go on that is paused, waiting, failed or dead
    Resume {
        /// Its id
        id: String,
    },
    /// Begin no more jobs of the tenant
    Hold(Held),
    /// Begin them again
    Release(Held),
    /// Have a kind of job done by itself, on the clocks of --time-zone
    Schedule {
        /// The kind
        #[arg(value_parser = kind)]
        kind: String,
        /// When: minute, hour, day of the month, month, day of the week
        pattern: String,
    },
    /// Have it done by itself no more
    Unschedule {
        /// The kind
        #[arg(value_parser = kind)]
        kind: String,
    },
}

/// Which jobs are put on hold.
#[derive(Debug, Args)]
struct Held {
    /// The kind; left out: all
    #[arg(value_parser = kind)]
    kind: Option<String>,
    /// Those of every tenant
    #[arg(long, requires = "kind")]
    everywhere: bool,
}

impl Held {
    fn of<'a>(&'a self, tenant: &'a TenantId) -> (Option<&'a TenantId>, &'a str) {
        ((!self.everywhere).then_some(tenant), self.kind.as_deref().unwrap_or_default())
    }
}

/// Who asks from the shell, as a job's history tells it.
const SHELL: &str = "shell";

impl Jobs {
    pub(super) async fn run(self, place: &Place) -> Result<()> {
        let (control, tenant) = (self.control.open(place).await?, place.tenant_id()?);
        match self.what {
            What::List { state } => list(&control, &tenant, state).await,
            What::Show { id } => show(&control, &tenant, &id).await,
            What::Run { kind } => {
                let id = control.trigger(&tenant, &Trigger::new(&kind, "").asked(), SHELL).await?;
                super::print(&format!("{id}\n"))
            }
            What::Cancel { id } => tell(&control.cancel_job(&tenant, &id, SHELL).await?),
            What::Pause { id } => tell(&control.pause_job(&tenant, &id, SHELL).await?),
            What::Resume { id } => tell(&control.resume_job(&tenant, &id, SHELL).await?),
            What::Hold(held) => {
                let (whose, kind) = held.of(&tenant);
                control.hold_jobs(whose, kind, SHELL).await
            }
            What::Release(held) => {
                let (whose, kind) = held.of(&tenant);
                control.release_jobs(whose, kind).await
            }
            What::Schedule { kind, pattern } => {
                let when = When::Cron { pattern, time_zone: place.settings.time_zone.name().to_owned() };
                let before = control.schedule(&tenant, &kind, "").await?;
                let version = before.map_or(0, |schedule| schedule.version);
                let (subject, input) = (String::new(), serde_json::Value::Null);
                let set = Schedule { kind, subject, input, when, paused: false, next_at: 0, version };
                let set = control.set_schedule(&tenant, &set, version).await?;
                super::print(&format!("{} is due next at {}.\n", set.kind, time(set.next_at)))
            }
            What::Unschedule { kind } => control.remove_schedule(&tenant, &kind, "").await,
        }
    }
}

async fn list(control: &Control, tenant: &TenantId, state: Option<JobState>) -> Result<()> {
    let mut next = None;
    loop {
        let page = control.jobs(tenant, None, state, &Cursor::new(next.as_deref(), None)?).await?;
        for job in &page.items {
            tell(job)?;
        }
        match page.next {
            Some(cursor) => next = Some(cursor),
            None => return Ok(()),
        }
    }
}

async fn show(control: &Control, tenant: &TenantId, id: &str) -> Result<()> {
    let job = control.job(tenant, id).await?.ok_or_else(|| Refusal::unknown("job", id))?;
    tell(&job)?;
    let mut text = String::new();
    for step in control.job_steps(tenant, id).await? {
        let (at, state, worker) = (time(step.at), step.state.name(), step.worker.unwrap_or_default());
        writeln!(text, "  {at}  {state:<9}  {}  {worker}", step.reason).map_err(io::Error::other)?;
    }
    super::print(&text)
}

/// A job on one line.
fn tell(job: &Job) -> Result<()> {
    let (at, state) = (time(job.changed_at), job.state.name());
    let progress = job.progress.as_ref().filter(|_| job.state == JobState::Running);
    let far = progress.map_or(String::new(), |far| match far.total {
        Some(total) => format!("  {} of {total}: {}", far.done, far.message),
        None => format!("  {}: {}", far.done, far.message),
    });
    super::print(&format!("{}  {:<8}  {state:<9}  {at}  {}{far}\n", job.id, job.kind, job.reason))
}

fn time(at: i64) -> String {
    DateTime::from_timestamp_micros(at).unwrap_or_default().format("%Y-%m-%d %H:%M:%S UTC").to_string()
}

fn kind(name: &str) -> Result<String> {
    if kinds().any(|known| known == name) {
        return Ok(name.to_owned());
    }
    Err(Error::Usage(format!("there are the kinds {}", kinds().collect::<Vec<_>>().join(", "))))
}

fn state(name: &str) -> Result<JobState> {
    Ok(serde_json::from_value(serde_json::Value::String(name.to_owned()))?)
}
