//! What members chose not to be told, each for themselves: no rule and no role says so.

use super::database::{Run as _, failed, json, text};
use super::{Control, Refusal};
use crate::Result;
use pulse_engine::TenantId;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use utoipa::ToSchema;

/// What somebody may choose not to be told: kinds of events that are kept as notifications, and the two ways in which reports come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
pub enum Topic {
    /// A job waits for a person.
    #[serde(rename = "job.dead")]
    JobDead,
    /// A project stands worse than before.
    #[serde(rename = "risk.changed")]
    RiskChanged,
    /// An alert rule looks at nothing any more.
    #[serde(rename = "alert.stopped")]
    AlertStopped,
    /// A report, as a notification.
    #[serde(rename = "report.notification")]
    ReportNotification,
    /// A report, as a letter.
    #[serde(rename = "report.mail")]
    ReportMail,
}

impl Control {
    /// What a member is not told.
    ///
    /// # Errors
    /// [`Refusal::Unknown`] when they are none of the tenant's.
    pub async fn muted(&self, tenant: &TenantId, user: &str) -> Result<BTreeSet<Topic>> {
        let query = sqlx::query("SELECT muted FROM members WHERE tenant_id = $1 AND user_id = $2");
        let row = query.bind(tenant.as_str()).bind(user).fetch_optional(self.database.pool()).await.map_err(failed)?;
        json(&row.ok_or_else(|| Refusal::unknown("user", user))?, "muted")
    }

    /// Sets all that a member is not told. What was kept meanwhile is theirs again once it is muted no more.
    ///
    /// # Errors
    /// [`Refusal::Unknown`] when they are none of the tenant's.
    pub async fn mute(&self, tenant: &TenantId, user: &str, topics: &BTreeSet<Topic>) -> Result<()> {
        let query = sqlx::query("UPDATE members SET muted = $1 WHERE tenant_id = $2 AND user_id = $3");
        let query = query.bind(serde_json::to_string(topics)?).bind(tenant.as_str()).bind(user);
        let done = query.run(&self.database).await.map_err(failed)?;
        if done.rows_affected() == 0 {
            return Err(Refusal::unknown("user", user).into());
        }
        Ok(())
    }

    /// What each member of a tenant is not told who chose so, by the user's key.
    ///
    /// # Errors
    /// When the database fails.
    pub(crate) async fn all_muted(&self, tenant: &TenantId) -> Result<BTreeMap<String, BTreeSet<Topic>>> {
        let query = sqlx::query("SELECT user_id, muted FROM members WHERE tenant_id = $1 AND muted <> '[]'");
        let rows = query.bind(tenant.as_str()).fetch_all(self.database.pool()).await.map_err(failed)?;
        rows.iter().map(|row| Ok((text(row, "user_id")?, json(row, "muted")?))).collect()
    }
}
