//! The lake's own steps as jobs: map, model, forecast, risk, compact, vacuum.

use super::kept::Kept;
use super::proof::{Gone, proved};
use super::{AtWork, Work};
use crate::control::{ALERT, Control, DELIVER, Job, LAND, Outcome, REPORT, Size, Trigger};
use crate::mapping::TRIAL;
use crate::reports;
use crate::{Error, Result};
use async_trait::async_trait;
use pulse_connectors::push::DECISIONS;
use pulse_engine::lake::{KEPT_HOURS, Table};
use pulse_engine::risk::{RiskFilter, standing_of};
use pulse_engine::{Engine, Settings, Tenant, TenantId};
use serde::Deserialize;
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;

/// From how many files on that a compaction of a table would do away with it is asked for without anybody saying so, and what left tables
/// long ago is deleted after it.
const SCATTERED: usize = 200;

/// What every tenant has once a day though nobody says so.
pub(super) const UPKEEP: [&str; 2] = [Step::Compact.name(), Step::Vacuum.name()];

/// How long a step may take: mapping everything that a large tenant ever landed again takes hours.
const LONGEST: Duration = Duration::from_secs(12 * 3600);

/// The kinds of work that there are over a lake.
pub fn steps(control: &Control, engine: &Engine, settings: &Settings) -> Vec<Arc<dyn Work>> {
    let of = |step| -> Arc<dyn Work> {
        Arc::new(Lake { step, control: control.clone(), engine: engine.clone(), settings: settings.clone() })
    };
    Step::ALL.into_iter().map(of).collect()
}

/// The names of the kinds, for whoever asks for one.
pub fn kinds() -> impl Iterator<Item = &'static str> {
    [LAND, REPORT, ALERT].into_iter().chain(Step::ALL.into_iter().map(Step::name))
}

/// The names of the kinds that may be put on hold: those, and what is handed over.
pub fn holdable() -> impl Iterator<Item = &'static str> {
    kinds().chain([DELIVER, TRIAL])
}

#[derive(Clone, Copy, Debug)]
enum Step {
    Map,
    Model,
    Forecast,
    Risk,
    Compact,
    Vacuum,
}

impl Step {
    const ALL: [Step; 6] = [Step::Map, Step::Model, Step::Forecast, Step::Risk, Step::Compact, Step::Vacuum];

    const fn name(self) -> &'static str {
        match self {
            Step::Map => "map",
            Step::Model => "model",
            Step::Forecast => "forecast",
            Step::Risk => "risk",
            Step::Compact => "compact",
            Step::Vacuum => "vacuum",
        }
    }
}

/// What a job may be given; what it does not look at is refused, as it may be misspelt.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Input {
    /// Map everything that ever landed again.
    replay: bool,
    /// A connection that is there no more, as in `github:hub`: let go of all that came through it.
    forget: Option<String>,
    /// How long ago a file left its table that is deleted, in hours.
    hours: Option<i64>,
    /// For how many days rows stay.
    keep: Kept,
}

struct Lake {
    step: Step,
    control: Control,
    engine: Engine,
    settings: Settings,
}

#[async_trait]
impl Work for Lake {
    fn kind(&self) -> &'static str {
        self.step.name()
    }

    fn limit(&self) -> Duration {
        LONGEST
    }

    async fn run(&self, job: &Job, at: &AtWork) -> Outcome {
        let input = match &job.input {
            serde_json::Value::Null => Input::default(),
            given => match Input::deserialize(given) {
                Ok(input) => input,
                Err(error) => return Outcome::Hopeless(format!("what it was given is not what it takes: {error}")),
            },
        };
        let is_of_a_map = input.replay || input.forget.is_some();
        let is_of_a_vacuum = input.hours.is_some() || !input.keep.is_empty();
        let takes = match self.step {
            Step::Map => !is_of_a_vacuum,
            Step::Vacuum => !is_of_a_map,
            Step::Model | Step::Forecast | Step::Risk | Step::Compact => !is_of_a_map && !is_of_a_vacuum,
        };
        if !takes {
            return Outcome::Hopeless(format!("what it was given is nothing that a {} takes", self.step.name()));
        }
        if let Some(why) = input.keep.misfit() {
            return Outcome::Hopeless(format!("what it was given cannot be: {why}"));
        }
        match self.step(job, &input, at).await {
            Ok(next) => Outcome::Done(next),
            // No other try would find another setting.
            Err(Error::Engine(error @ pulse_engine::Error::Setting(_))) => Outcome::Hopeless(error.to_string()),
            Err(error) => Outcome::Failed(error.to_string()),
        }
    }
}

impl Lake {
    async fn step(&self, job: &Job, input: &Input, at: &AtWork) -> Result<Vec<Trigger>> {
        let tenant = at.tenant(&self.engine, job).await?;
        match self.step {
            Step::Map => {
                if let Some(connection) = &input.forget {
                    self.forget(&tenant, connection, job).await?;
                }
                for mapper in pulse_connectors::mappers() {
                    tenant.map(mapper.as_ref(), input.replay).await?;
                }
                return Ok(vec![Trigger::new(Step::Model.name(), "")]);
            }
            Step::Model => {
                tenant.model(&self.settings(tenant.id()).await?).await?;
                // A metric's rules need not wait for forecasts.
                return Ok(vec![Trigger::new(Step::Forecast.name(), ""), Trigger::new(ALERT, "")]);
            }
            Step::Forecast => {
                tenant.freeze_forecasts(&self.settings(tenant.id()).await?, self.control.instant()).await?;
                // A risk may be that a forecast says too late.
                return Ok(vec![Trigger::new(Step::Risk.name(), "")]);
            }
            Step::Risk => {
                tenant.risk(&self.settings(tenant.id()).await?, self.control.instant()).await?;
                self.tell_risks(&tenant).await?;
                let is_scattered = are_scattered(&tenant.lake().tables().await?).await?;
                let compact = is_scattered.then(|| Trigger::new(Step::Compact.name(), ""));
                // Now the data went all the way through.
                let mut next = self.reports(&tenant).await?;
                next.push(Trigger::new(ALERT, ""));
                next.extend(compact);
                return Ok(next);
            }
            Step::Compact => {
                let (tables, mut gone) = (tenant.lake().tables().await?, 0);
                for (n, table, of) in numbered(tables.clone()) {
                    at.is(n, Some(of), table.name());
                    gone += table.compact().await?.files_before;
                }
                self.control.note_size(tenant.id(), size_of(&tables).await?).await?;
                if gone >= SCATTERED {
                    return Ok(vec![Trigger::new(Step::Vacuum.name(), "")]);
                }
            }
            Step::Vacuum => {
                let today = self.settings(tenant.id()).await?.day(self.control.now());
                let gone = input.keep.forget((&self.control, &self.engine), &tenant, today, job).await?;
                if gone > 0 {
                    tracing::info!(rows = gone, "rows went whose time was over");
                }
                for (n, table, of) in numbered(tenant.lake().tables().await?) {
                    at.is(n, Some(of), table.name());
                    table.vacuum(input.hours.unwrap_or(KEPT_HOURS), false).await?;
                }
                reports::remove_old(&self.control, &tenant).await?;
                if gone > 0 && input.keep.takes_facts_along() {
                    return Ok(vec![Trigger::new(Step::Model.name(), "")]);
                }
            }
        }
        Ok(Vec::new())
    }

    /// The reports that wait for data, of which there is some since each was last asked for: a reading that finds nothing new makes none
    /// of them again.
    async fn reports(&self, tenant: &Tenant) -> Result<Vec<Trigger>> {
        let known = self.control.report_definitions(tenant.id()).await?.into_iter();
        let waiting: Vec<_> = known.filter(|known| known.plan.after_data).collect();
        let modelled_at = if waiting.is_empty() { None } else { tenant.modelled_at().await? };
        let mut due = Vec::new();
        for known in waiting {
            let asked_at = self.control.last_asked(tenant.id(), REPORT, &known.name).await?;
            if asked_at.is_none_or(|asked| modelled_at.is_some_and(|modelled| modelled > asked)) {
                due.push(Trigger::new(REPORT, &known.name));
            }
        }
        Ok(due)
    }

    /// Lets go of all that came through a connection. Here, since nobody maps for the tenant meanwhile.
    async fn forget(&self, tenant: &Tenant, connection: &str, job: &Job) -> Result<()> {
        let refused =
            |why: &str| pulse_engine::Error::Setting(format!("the connection `{}` {why}", connection.escape_default()));
        let connectors = pulse_connectors::mappers();
        let Some((connector, name)) = connection
            .split_once(':')
            .filter(|(connector, _)| connectors.iter().any(|mapper| mapper.connector() == *connector))
        else {
            return Err(refused("is of no connector: it is named with one, as in `github:hub`").into());
        };
        if connection == DECISIONS {
            return Err(refused("has what people decided, which stays").into());
        }
        let known = self.control.connection(tenant.id(), name).await?;
        if known.is_some_and(|known| known.id() == connection) {
            return Err(refused("would be read again: take it away first").into());
        }
        let goes = async {
            let rows = tenant.forget_connection(connector, connection).await?;
            Ok::<_, Error>(Gone::from([(format!("raw.{connector}"), rows)]))
        };
        let rows = proved(&self.control, (tenant.id(), job), json!({"forget": connection}), goes).await?;
        tracing::info!(connection, rows, "all went that came through a connection");
        Ok(())
    }

    /// Tells who looks on how projects stand, where that is news to them.
    async fn tell_risks(&self, tenant: &Tenant) -> Result<()> {
        // One that is in the lake alone has nobody.
        if self.control.tenant(tenant.id()).await?.is_none() {
            return Ok(());
        }
        let risks = standing_of(&tenant.session().await?, &RiskFilter::default(), None).await?;
        self.control.tell_risks(tenant.id(), &risks).await.map(drop)
    }

    /// The settings of a tenant: those of the process, with what the tenant decided in their place. One that is in the lake
    /// alone decided nothing.
    async fn settings(&self, tenant: &TenantId) -> Result<Settings> {
        Ok(match self.control.tenant(tenant).await? {
            Some(tenant) => tenant.habits()?.over(&self.settings),
            None => self.settings.clone(),
        })
    }
}

fn numbered(tables: Vec<Table>) -> impl Iterator<Item = (u64, Table, u64)> {
    let of = tables.len() as u64;
    (0..).zip(tables).map(move |(n, table)| (n, table, of))
}

/// Whether any of some tables is in so many files that it wants a compaction.
async fn are_scattered(tables: &[Table]) -> Result<bool> {
    for table in tables {
        if table.scattered_files().await? >= SCATTERED {
            return Ok(true);
        }
    }
    Ok(false)
}

/// How much some tables hold in their newest versions, as their logs say.
pub(crate) async fn size_of(tables: &[Table]) -> Result<Size> {
    let mut size = Size::default();
    for table in tables {
        if let Some(newest) = table.latest().await? {
            size.files += newest.files().len() as u64;
            size.bytes += newest.files().iter().map(|file| file.bytes).sum::<u64>();
        }
    }
    Ok(size)
}
