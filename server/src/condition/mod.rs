//! How a connection does: when it was read, how far behind it is, what of it could not be mapped, and how much of what the vendor
//! says there is stands in the lake.

mod coverage;
mod rejects;

pub use coverage::Covered;
pub use rejects::{Kind, Rejects};

use crate::control::{BudgetLeft, Connection, Control, Ended, JobState, LAND};
use crate::{Result, report};
use coverage::Lacking;
use pulse_engine::session::Session;
use pulse_engine::{Tenant, TenantId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// How a connection does. Times are in microseconds since 1970; `null` is what is not known.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Condition {
    /// Its name.
    pub connection: String,
    /// What reads it.
    pub connector: String,
    /// When this was looked at.
    pub at: i64,
    /// The last try to read it that went well, of the jobs that are still known.
    pub last_success: Option<Ended>,
    /// The last that did not.
    pub last_failure: Option<Ended>,
    /// The job that reads it, or is to.
    pub open: Option<Open>,
    /// Until when the vendor makes the job wait.
    pub waiting_until: Option<i64>,
    /// What was left of the vendor's budgets when it was last read; nothing of a vendor that tells nothing of them.
    pub budgets: Vec<BudgetLeft>,
    /// When its schedule asks for it next.
    pub next_at: Option<i64>,
    /// When the latest thing happened at the vendor that is in the lake.
    pub newest_at: Option<i64>,
    /// How long ago that is, in seconds.
    pub lag_seconds: Option<i64>,
    /// What could not be mapped; `null` for whoever does not see everything, and before anything was landed.
    pub rejects: Option<Rejects>,
    /// How much of what there is is in the lake; `null` for whoever does not see everything, and before anything was landed.
    pub coverage: Option<Vec<Covered>>,
}

/// A job that is to be done, or is being done.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Open {
    /// Its key.
    pub job: String,
    /// Where it stands.
    pub state: JobState,
    /// Why.
    pub reason: String,
    /// The try that it is at.
    pub attempt: i64,
}

impl Condition {
    /// Looks at a connection. `tenant` is what whoever asks sees of its data.
    ///
    /// # Errors
    /// When the database or the lake fails.
    pub async fn of(control: &Control, id: &TenantId, tenant: &Tenant, connection: &Connection) -> Result<Self> {
        let at = control.now();
        let landings = control.landings(id, &connection.name).await?;
        let schedule = control.schedule(id, LAND, &connection.name).await?.filter(|schedule| !schedule.paused);
        let (mut newest_at, mut rejects, mut coverage) = (None, None, None);
        match tenant.session().await {
            Ok(session) => {
                newest_at = newest(&session, connection).await?;
                rejects = Rejects::of(&session, connection).await?;
                if let Some(rejects) = &rejects {
                    let was_read = landings.succeeded.is_some();
                    let lacking = Lacking { was_read, items_kept: items_kept(control, id).await? };
                    coverage = Some(coverage::of(&session, connection, rejects, lacking).await?);
                }
            }
            // Nothing was ever landed.
            Err(pulse_engine::Error::UnknownTenant { .. }) => {}
            Err(error) => return Err(error.into()),
        }
        let open = landings.open;
        Ok(Self {
            connection: connection.name.clone(),
            connector: connection.connector.clone(),
            at,
            last_success: landings.succeeded,
            last_failure: landings.failed,
            waiting_until: open.as_ref().filter(|job| job.state == JobState::Waiting).map(|job| job.due_at),
            open: open.map(|job| Open { job: job.id, state: job.state, reason: job.reason, attempt: job.attempt }),
            budgets: control.budgets(id, &connection.name).await?,
            next_at: schedule.map(|schedule| schedule.next_at),
            newest_at,
            lag_seconds: newest_at.map(|newest| (at - newest) / 1_000_000),
            rejects,
            coverage,
        })
    }
}

/// For how many days work items of a tenant stay that are done, where its schedule of a vacuum says that.
async fn items_kept(control: &Control, id: &TenantId) -> Result<Option<u64>> {
    let vacuum = control.schedule(id, "vacuum", "").await?;
    Ok(vacuum.and_then(|vacuum| vacuum.input["keep"]["core.work_items"].as_u64()))
}

/// When the latest thing happened at a connection's vendor that was read.
async fn newest(session: &Session, connection: &Connection) -> Result<Option<i64>> {
    #[derive(Deserialize)]
    struct Newest {
        connection: String,
        at: Option<i64>,
    }
    let all: Vec<Newest> = report::rows(session, include_str!("../../../sql/connections/newest.sql")).await?;
    let found = all.into_iter().find(|newest| newest.connection == connection.id());
    Ok(found.and_then(|newest| newest.at).map(|seconds| seconds.saturating_mul(1_000_000)))
}
