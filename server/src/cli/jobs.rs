//! `pulse jobs`.

use super::control::{ControlArgs, SHELL, begun};
use super::hooks::{self, NewHook};
use super::place::Place;
use crate::audit::{Event, PLATFORM};
use crate::control::{Control, Cursor, Job, JobState, Refusal, Schedule, Scope, TenantState, Trigger};
use crate::jobs::{Reading, When, holdable, kinds};
use crate::{Error, Result};
use chrono::DateTime;
use clap::{Args, Subcommand};
use pulse_engine::TenantId;
use serde_json::Value;
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
  pulse jobs run land hub --input '{\"from\": \"2025-01-01\", \"until\": \"2025-03-01\"}'
  pulse jobs resume job_…
  pulse jobs schedule compact '30 3 * * sun'
  pulse jobs schedule land --subject hub --every 900
  pulse jobs hook push land hub           The path and secret for GitHub's settings
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
        /// Only those of this run
        #[arg(long)]
        run: Option<String>,
    },
    /// Show how a job came to where it stands
    Show {
        /// Its id
        id: String,
    },
    /// Ask for a job
    Run(Asks),
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
    /// List what is on hold
    Holds,
    /// List what is done by itself
    Schedules,
    /// Have a kind of job done by itself, on the clocks of --time-zone. What is not said stays as it was
    Schedule {
        /// The kind
        #[arg(value_parser = kind)]
        kind: String,
        /// When: minute, hour, day of the month, month, day of the week
        pattern: Option<String>,
        /// What it is about: for land the name of a connection, for report that of a report of your own
        #[arg(long, value_name = "NAME", default_value = "", hide_default_value = true)]
        subject: String,
        /// Every so many seconds instead
        #[arg(long, value_name = "SECONDS", conflicts_with = "pattern")]
        every: Option<i64>,
        /// What the job is given, such as {"hours": 48}
        #[arg(long, value_name = "JSON", value_parser = input)]
        input: Option<Value>,
        /// Whether it is on hold
        #[arg(long, value_name = "true|false")]
        hold: Option<bool>,
    },
    /// Have it done by itself no more
    Unschedule {
        /// The kind
        #[arg(value_parser = kind)]
        kind: String,
        /// What it is about
        #[arg(default_value = "")]
        subject: String,
    },
    /// Make an address at which other programs ask for a job; its secret is told this once
    Hook(NewHook),
    /// List those addresses
    Hooks,
    /// Remove one: its secret opens nothing any more
    Unhook {
        /// Its id
        id: String,
    },
    /// List the processes that do jobs
    Workers,
    /// Have a process begin nothing more, and come to the end of what it is at
    Drain {
        /// Its name, as `pulse jobs workers` tells it
        worker: String,
        /// Have it begin jobs again
        #[arg(long)]
        off: bool,
    },
}

/// A job that is asked for.
#[derive(Debug, Args)]
pub(super) struct Asks {
    /// The kind
    #[arg(value_parser = kind)]
    kind: String,
    /// What it is about: for land the name of a connection, for report that of a report of your own
    #[arg(default_value = "")]
    subject: String,
    /// What it is given, such as {"replay": true}
    #[arg(long, value_name = "JSON", value_parser = input)]
    input: Option<Value>,
}

impl Asks {
    /// What asks for it, of a tenant that has what it is about.
    pub(super) async fn trigger(self, control: &Control, tenant: &TenantId) -> Result<Trigger> {
        control.check_subject(tenant, &self.kind, &self.subject).await?;
        let input = self.input.unwrap_or_default();
        Reading::check(&self.kind, &input)?;
        Ok(Trigger { input, ..Trigger::new(&self.kind, &self.subject) })
    }
}

/// What a job is given, on the command line.
fn input(text: &str) -> Result<Value, String> {
    let read: Value = serde_json::from_str(text).map_err(|error| format!("is no JSON: {error}"))?;
    if read.is_object() { Ok(read) } else { Err("should be an object, such as {\"replay\": true}".to_owned()) }
}

/// Which jobs are put on hold.
#[derive(Debug, Args)]
struct Held {
    /// The kind; left out: all
    #[arg(value_parser = may_hold)]
    kind: Option<String>,
    /// Those of every tenant
    #[arg(long, requires = "kind")]
    everywhere: bool,
}

impl Held {
    fn of<'a>(&'a self, tenant: &'a TenantId) -> (Scope<'a>, &'a str) {
        let scope = if self.everywhere { Scope::Platform(None) } else { Scope::Own(tenant) };
        (scope, self.kind.as_deref().unwrap_or_default())
    }
}

impl What {
    /// What changes something, and what of it the audit trail is told. `None` for what only looks.
    fn event(&self, at: i64) -> Option<Event> {
        let held = |held: &Held| held.kind.clone();
        let (what, target) = match self {
            What::List { .. } | What::Show { .. } | What::Holds => return None,
            What::Schedules | What::Workers | What::Hooks => return None,
            What::Run(asks) => ("run", Some(about(&asks.kind, &asks.subject))),
            What::Cancel { id } => ("cancel", Some(id.clone())),
            What::Pause { id } => ("pause", Some(id.clone())),
            What::Resume { id } => ("resume", Some(id.clone())),
            What::Hold(which) => ("hold", held(which)),
            What::Release(which) => ("release", held(which)),
            What::Schedule { kind, subject, .. } => ("schedule", Some(about(kind, subject))),
            What::Unschedule { kind, subject } => ("unschedule", Some(about(kind, subject))),
            What::Hook(new) => ("hook", Some(new.name.clone())),
            What::Unhook { id } => ("unhook", Some(id.clone())),
            What::Drain { worker, .. } => ("drain", Some(worker.clone())),
        };
        Some(begun(at, format!("pulse jobs {what}"), target))
    }

    /// Whether it is about more than one tenant.
    fn is_everywhere(&self) -> bool {
        match self {
            What::Hold(held) | What::Release(held) => held.everywhere,
            What::Drain { .. } => true,
            _ => false,
        }
    }
}

impl Jobs {
    pub(super) async fn run(self, place: &Place) -> Result<()> {
        let (control, tenant) = (self.control.open(place).await?, place.tenant_id()?);
        let known = control.tenant(&tenant).await?;
        if !known.is_some_and(|known| matches!(known.state, TenantState::Active | TenantState::Suspended)) {
            return Err(Refusal::unknown("tenant", tenant.as_str()).into());
        }
        if let Some(event) = self.what.event(control.now()) {
            // Written before it is done: whoever has a shell leaves a trail, too.
            let trail = if self.what.is_everywhere() { TenantId::new(PLATFORM)? } else { tenant.clone() };
            control.record(&trail, &event).await?;
        }
        match self.what {
            What::List { state, run } => list(&control, &tenant, run.as_deref(), state).await,
            What::Show { id } => show(&control, &tenant, &id).await,
            What::Run(asks) => {
                let trigger = asks.trigger(&control, &tenant).await?;
                let id = control.trigger(&tenant, &trigger.asked(), SHELL).await?;
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
            What::Holds => {
                let lines = control.holds(Some(&tenant)).await?.into_iter().map(|hold| {
                    let whose = hold.tenant.as_deref().unwrap_or("every tenant");
                    let kind = hold.kind.as_deref().unwrap_or("every kind");
                    format!(
                        "{whose}  {kind}  since {} by {}\n",
                        time(hold.held_at),
                        hold.held_by.as_deref().unwrap_or("the platform")
                    )
                });
                super::print(&lines.collect::<String>())
            }
            What::Schedules => {
                let lines = control.schedules(&tenant).await?.into_iter().map(|schedule| {
                    let when = match &schedule.when {
                        When::Cron { pattern, time_zone } => format!("{pattern} ({time_zone})"),
                        When::Every(seconds) => format!("every {seconds} s"),
                    };
                    let next = time(schedule.next_at);
                    let next = if schedule.paused { format!("on hold (else {next})") } else { next };
                    format!("{:<8}  {next}  {when}  {}\n", about(&schedule.kind, &schedule.subject), schedule.input)
                });
                super::print(&lines.collect::<String>())
            }
            What::Schedule { kind, pattern, subject, every, input, hold } => {
                control.check_subject(&tenant, &kind, &subject).await?;
                let time_zone = place.settings.time_zone.name().to_owned();
                let before = control.schedule(&tenant, &kind, &subject).await?;
                let when = match (every, pattern, &before) {
                    (Some(seconds), ..) => When::Every(seconds),
                    (None, Some(pattern), _) => When::Cron { pattern, time_zone },
                    (None, None, Some(before)) => before.when.clone(),
                    (None, None, None) => {
                        return Err(Error::Usage("say when it is due: by a pattern, or --every SECONDS".to_owned()));
                    }
                };
                let version = before.as_ref().map_or(0, |schedule| schedule.version);
                let (had, paused) = before.map_or_else(Default::default, |before| (before.input, before.paused));
                let (input, paused) = (input.unwrap_or(had), hold.unwrap_or(paused));
                Reading::check(&kind, &input)?;
                let set = Schedule { kind, subject, input, when, paused, next_at: 0, version };
                let set = control.set_schedule(&tenant, &set, version).await?;
                let hold = if set.paused { ", but on hold" } else { "" };
                let what = about(&set.kind, &set.subject);
                super::print(&format!("{what} is due next at {}{hold}.\n", time(set.next_at)))
            }
            What::Unschedule { kind, subject } => control.remove_schedule(&tenant, &kind, &subject).await,
            What::Hook(new) => new.make(&self.control, &control, &tenant).await,
            What::Hooks => hooks::list(&control, &tenant).await,
            What::Unhook { id } => control.remove_hook(&tenant, &id).await,
            What::Workers => {
                let lines = control.workers().await?.into_iter().map(|worker| {
                    let drains = if worker.drains { "  begins nothing more" } else { "" };
                    let (name, seen) = (worker.name, time(worker.seen_at));
                    format!("{name}  {} of {} busy  seen {seen}{drains}\n", worker.busy, worker.places)
                });
                super::print(&lines.collect::<String>())
            }
            What::Drain { worker, off } => control.drain_worker(&worker, !off).await,
        }
    }
}

async fn list(control: &Control, tenant: &TenantId, run: Option<&str>, state: Option<JobState>) -> Result<()> {
    let (mut jobs, mut next) = (Vec::new(), None);
    loop {
        let page = control.jobs(tenant, run, state, &Cursor::new(next.as_deref(), None)?).await?;
        jobs.extend(page.items);
        match page.next {
            Some(cursor) => next = Some(cursor),
            None => break,
        }
    }
    // The newest last: there a terminal is looked at.
    jobs.iter().rev().try_for_each(tell)
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

/// A kind, and what it is about.
fn about(kind: &str, subject: &str) -> String {
    if subject.is_empty() { kind.to_owned() } else { format!("{kind} {subject}") }
}

pub(super) fn time(at: i64) -> String {
    DateTime::from_timestamp_micros(at).unwrap_or_default().format("%Y-%m-%d %H:%M:%S UTC").to_string()
}

/// A kind that may be asked for.
fn kind(name: &str) -> Result<String> {
    one_of(name, kinds().collect())
}

/// A kind that may be put on hold.
fn may_hold(name: &str) -> Result<String> {
    one_of(name, holdable().collect())
}

fn one_of(name: &str, all: Vec<&str>) -> Result<String> {
    if all.contains(&name) {
        return Ok(name.to_owned());
    }
    Err(Error::Usage(format!("there are the kinds {}", all.join(", "))))
}

fn state(name: &str) -> Result<JobState> {
    Ok(serde_json::from_value(serde_json::Value::String(name.to_owned()))?)
}
