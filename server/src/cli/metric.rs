//! `pulse metric`.

use super::control::{ControlArgs, SHELL, begun};
use super::jobs::time;
use super::place::Place;
use crate::audit::Event;
use crate::control::{Control, Cursor, OwnMetric, Refusal};
use crate::{Error, Result};
use clap::{Args, Subcommand};
use pulse_engine::TenantId;
use pulse_engine::metrics;
use std::io::{IsTerminal as _, Read as _};
use std::path::{Path, PathBuf};

/// See to the metrics that the tenant defined itself
///
/// docs/metrics.md tells what the text of one is. Each change is a version that stays.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  pulse metric list
  pulse metric show big_items > big_items.sql
  pulse metric set big_items big_items.sql
  pulse metric history big_items
  pulse metric set big_items --version 2   What it was then, as a new version")]
pub(super) struct Metric {
    #[command(flatten)]
    control: ControlArgs,
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// List them
    List,
    /// Print the text of one
    Show {
        /// Its name
        name: String,
        /// As it was at this version
        #[arg(long, value_name = "N")]
        version: Option<i64>,
    },
    /// Define one, or change it; what is wrong with its text is told with its line
    Set {
        /// Its name
        name: String,
        /// The file with its text; - reads standard input
        #[arg(required_unless_present = "version", conflicts_with = "version")]
        file: Option<PathBuf>,
        /// Its text as it was at this version, also of one that was removed
        #[arg(long, value_name = "N")]
        version: Option<i64>,
    },
    /// Take one away, with its target; its versions stay
    Remove {
        /// Its name
        name: String,
    },
    /// List the versions of one, the newest first
    History {
        /// Its name
        name: String,
    },
}

impl What {
    /// What changes something, and what of it the audit trail is told. `None` for what only looks.
    fn event(&self, at: i64) -> Option<Event> {
        let (what, name) = match self {
            What::List | What::Show { .. } | What::History { .. } => return None,
            What::Set { name, .. } => ("set", name),
            What::Remove { name } => ("remove", name),
        };
        Some(begun(at, format!("pulse metric {what}"), Some(name.clone())))
    }
}

impl Metric {
    pub(super) async fn run(self, place: &Place) -> Result<()> {
        let (control, tenant) = (self.control.open(place).await?, place.tenant_id()?);
        if let Some(event) = self.what.event(control.now()) {
            // Written before it is done: whoever has a shell leaves a trail, too.
            control.record(&tenant, &event).await?;
        }
        match self.what {
            What::List => {
                let all = control.own_metrics(&tenant).await?;
                super::print(&all.iter().map(|of| format!("{:<30}  {}", of.name, line(of))).collect::<String>())
            }
            What::Show { name, version } => {
                let text = found(&control, &tenant, &name, version).await?.text;
                if std::io::stdout().is_terminal() { super::print(&text) } else { super::write(&text) }
            }
            What::Set { name, file, version } => {
                let text = match file {
                    Some(file) => read(&file)?,
                    None => found(&control, &tenant, &name, version).await?.text,
                };
                metrics::check(&place.tenant().await?.session().await?, &name, &text).await?;
                let before = match control.own_metric(&tenant, &name).await {
                    Ok(before) => before.version,
                    Err(Error::Refused(Refusal::Unknown { .. })) => 0,
                    Err(error) => return Err(error),
                };
                let set = control.set_own_metric(&tenant, &name, &text, SHELL, before).await?;
                super::print(&format!("{name} is at version {}.\n", set.version))
            }
            What::Remove { name } => control.remove_own_metric(&tenant, &name, SHELL).await,
            What::History { name } => history(&control, &tenant, &name).await,
        }
    }
}

/// One as it stands, or as it was at a version.
async fn found(control: &Control, tenant: &TenantId, name: &str, version: Option<i64>) -> Result<OwnMetric> {
    match version {
        Some(version) => control.own_metric_version(tenant, name, version).await,
        None => control.own_metric(tenant, name).await,
    }
}

/// The text in a file.
fn read(file: &Path) -> Result<String> {
    let mut text = String::new();
    let done = if file.as_os_str() == "-" {
        std::io::stdin().read_to_string(&mut text).map(drop)
    } else {
        std::fs::read_to_string(file).map(|read| text = read)
    };
    done.map_err(|error| Error::file("read", file, error))?;
    Ok(text)
}

async fn history(control: &Control, tenant: &TenantId, name: &str) -> Result<()> {
    let mut next = None;
    loop {
        let page = control.own_metric_versions(tenant, name, &Cursor::new(next.as_deref(), None)?).await?;
        super::print(&page.items.iter().map(line).collect::<String>())?;
        match page.next {
            Some(cursor) => next = Some(cursor),
            None => return Ok(()),
        }
    }
}

/// A version on one line.
fn line(of: &OwnMetric) -> String {
    let title = match metrics::own(&of.name, &of.text) {
        Ok(definition) => definition.title,
        Err(_) if of.text.is_empty() => "removed".to_owned(),
        Err(error) => error.to_string(),
    };
    format!("version {:<4}  {}  by {}  {title}\n", of.version, time(of.set_at), of.set_by)
}
