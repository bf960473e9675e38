//! Reports that a tenant defined.

use super::alert_rule::look_at_jobs;
use super::database::{failed, json, number, text};
use super::job::hold;
use super::report::REPORT;
use super::{Control, Refusal, schedule_pause, tenant};
use crate::Result;
use crate::reports::Plan;
use pulse_engine::TenantId;
use serde::{Deserialize, Serialize};
use sqlx::any::AnyRow;
use utoipa::ToSchema;

/// The most reports that a tenant may define.
const MOST: i64 = 200;

/// A report that a tenant defined.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ReportDefinition {
    /// Its name in the API.
    pub name: String,
    /// What is in it, as which files, for whom, and for how long they are kept.
    pub plan: Plan,
    /// Who set it, a user's or token's key. It is made under their authority.
    pub set_by: String,
    /// When, in microseconds since 1970.
    pub set_at: i64,
    /// How often it was changed; its ETag.
    pub version: i64,
}

impl Control {
    /// The reports that a tenant defined, by name.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn report_definitions(&self, tenant: &TenantId) -> Result<Vec<ReportDefinition>> {
        let statement = "SELECT * FROM report_definitions WHERE tenant_id = $1 ORDER BY name";
        self.database.read_all(|| sqlx::query(statement).bind(tenant.as_str())).await?.iter().map(definition).collect()
    }

    /// The one of that name.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn report_definition(&self, tenant: &TenantId, name: &str) -> Result<Option<ReportDefinition>> {
        let query = sqlx::query("SELECT * FROM report_definitions WHERE tenant_id = $1 AND name = $2");
        let row = query.bind(tenant.as_str()).bind(name).fetch_optional(self.database.pool()).await.map_err(failed)?;
        row.as_ref().map(definition).transpose()
    }

    /// Keeps a report's definition: a new one with version 0, or one that is still what it was at its version.
    ///
    /// # Errors
    /// [`Refusal::Stale`], [`Refusal::OverQuota`].
    pub async fn set_report_definition(
        &self,
        tenant: &TenantId,
        name: &str,
        plan: &Plan,
        by: &str,
        version: i64,
    ) -> Result<ReportDefinition> {
        let query = if version == 0 {
            sqlx::query(
                "INSERT INTO report_definitions (plan, set_by, set_at, tenant_id, name, version)
                 VALUES ($1, $2, $3, $4, $5, $6 + 1) ON CONFLICT DO NOTHING",
            )
        } else {
            sqlx::query(
                "UPDATE report_definitions SET plan = $1, set_by = $2, set_at = $3, version = version + 1
                 WHERE tenant_id = $4 AND name = $5 AND version = $6",
            )
        };
        let query = query.bind(serde_json::to_string(plan)?).bind(by).bind(self.now());
        let query = query.bind(tenant.as_str()).bind(name).bind(version);
        let mut whole = self.database.begin().await?;
        tenant::hold_open(&mut whole, tenant).await?;
        if version == 0 {
            let count = sqlx::query("SELECT COUNT(*) AS n FROM report_definitions WHERE tenant_id = $1");
            let row = count.bind(tenant.as_str()).fetch_one(&mut **whole).await.map_err(failed)?;
            if number(&row, "n")? >= MOST {
                return Err(Refusal::OverQuota { what: "reports of its own", most: MOST }.into());
            }
        }
        let done = query.execute(&mut **whole).await.map_err(failed)?.rows_affected();
        let find = sqlx::query("SELECT * FROM report_definitions WHERE tenant_id = $1 AND name = $2");
        let found = find.bind(tenant.as_str()).bind(name).fetch_optional(&mut **whole).await.map_err(failed)?;
        whole.commit().await.map_err(failed)?;
        match found.filter(|_| done == 1) {
            Some(row) => definition(&row),
            None => Err(Refusal::Stale.into()),
        }
    }

    /// Takes a report's definition away, with its schedule and the hooks that ask for it. What was made by it stays for its time.
    ///
    /// # Errors
    /// [`Refusal::Unknown`].
    pub async fn remove_report_definition(&self, tenant: &TenantId, name: &str) -> Result<()> {
        let mut whole = self.database.begin().await?;
        // Jobs first, as whoever changes both does.
        hold(&mut whole, tenant).await?;
        for statement in [
            "DELETE FROM schedules WHERE tenant_id = $1 AND subject = $2 AND kind = $3",
            "DELETE FROM hooks WHERE tenant_id = $1 AND subject = $2 AND kind = $3",
        ] {
            let query = sqlx::query(statement).bind(tenant.as_str()).bind(name).bind(REPORT);
            query.execute(&mut **whole).await.map_err(failed)?;
        }
        schedule_pause::ends(&mut whole, tenant.as_str(), (REPORT, name), self.now()).await?;
        let query = sqlx::query("DELETE FROM report_definitions WHERE tenant_id = $1 AND name = $2");
        let done = query.bind(tenant.as_str()).bind(name).execute(&mut **whole).await.map_err(failed)?;
        if done.rows_affected() == 0 {
            return Err(Refusal::unknown("report of your own", name).into());
        }
        // What was told of its schedule is over.
        look_at_jobs(&mut whole, tenant, &format!("report {name}"), self.now()).await?;
        whole.commit().await.map_err(failed)
    }
}

fn definition(row: &AnyRow) -> Result<ReportDefinition> {
    Ok(ReportDefinition {
        name: text(row, "name")?,
        plan: json(row, "plan")?,
        set_by: text(row, "set_by")?,
        set_at: number(row, "set_at")?,
        version: number(row, "version")?,
    })
}
