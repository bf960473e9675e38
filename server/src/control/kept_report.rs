//! Reports whose files are there, as an export tells of them and an import takes them.

use super::database::{Whole, failed, number};
use super::import::here;
use super::report::ID;
use super::{Control, Refusal, Report, ReportState, Sees, is_report};
use crate::delivery::Channel;
use crate::reports::{Asked, FOLDER};
use crate::{Error, Result, secret};
use pulse_engine::TenantId;
use serde::{Deserialize, Serialize};

/// A report whose file is there, as its line in an export.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct KeptReport {
    id: String,
    name: String,
    job: String,
    asked: Asked,
    asked_by: String,
    sees: Sees,
    recipients: Vec<String>,
    places: Vec<Channel>,
    reason: String,
    /// Where its file stands in the tenant's storage.
    pub(crate) file: String,
    /// How large that is.
    pub(crate) bytes: u64,
    /// The SHA-256 sum of that.
    pub(crate) sum: String,
    created_at: i64,
    made_at: i64,
    expires_at: i64,
}

impl KeptReport {
    /// A report as it is exported; none where its file is not there.
    pub(crate) fn of(report: Report) -> Option<Self> {
        if report.state != ReportState::Ready {
            return None;
        }
        let bytes = report.bytes.and_then(|bytes| u64::try_from(bytes).ok())?;
        Some(Self {
            id: report.id,
            name: report.name,
            job: report.job,
            asked: report.asked,
            asked_by: report.asked_by,
            sees: report.sees,
            recipients: report.recipients,
            places: report.places,
            reason: report.reason,
            file: report.file?,
            bytes,
            sum: report.sum?,
            created_at: report.created_at,
            made_at: report.made_at?,
            expires_at: report.expires_at,
        })
    }

    /// The sums of the fonts that it is set in, also when it is made again.
    pub(crate) fn fonts(&self) -> impl Iterator<Item = &str> {
        self.asked.fonts()
    }

    /// Refuses what names itself, or its file, as no report does: what else the tenant keeps as files is not written over.
    pub(super) fn check(&self) -> Result<()> {
        let is_kept = self.file.split_once('/').is_some_and(|(folder, _)| folder == FOLDER);
        if is_report(&self.id) && is_kept {
            return Ok(());
        }
        let (id, file) = (self.id.escape_default(), self.file.escape_default());
        Err(Error::Data(format!("reports: `{id}` in `{file}` is no report that was kept")))
    }
}

impl Control {
    /// How many bytes the files of a tenant's reports have.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn report_bytes(&self, tenant: &TenantId) -> Result<u64> {
        let query = sqlx::query(
            "SELECT CAST(COALESCE(SUM(bytes), 0) AS BIGINT) AS n FROM reports WHERE tenant_id = $1 AND file IS NOT NULL",
        );
        let row = query.bind(tenant.as_str()).fetch_one(self.database.pool()).await.map_err(failed)?;
        Ok(u64::try_from(number(&row, "n")?).unwrap_or_default())
    }

    /// Whether one more report may be kept, by the tenant's bytes in the lake as a job saw them last.
    ///
    /// # Errors
    /// [`Refusal::OverQuota`]; [`Refusal::Unknown`] when there is no such tenant.
    pub async fn room_for_report(&self, tenant: &TenantId) -> Result<()> {
        let known = self.tenant(tenant).await?.ok_or_else(|| Refusal::unknown("tenant", tenant.as_str()))?;
        if known.quotas.bytes.is_none() {
            return Ok(());
        }
        let lake = self.size(tenant).await?.map_or(0, |size| size.bytes);
        known.quotas.room_for_bytes(lake.saturating_add(self.report_bytes(tenant).await?))
    }

    /// The reports whose files are there. One keeps its id, unless a report of another tenant has that here.
    ///
    /// # Errors
    /// When the database fails.
    pub(super) async fn put_reports(
        &self,
        whole: &mut Whole,
        tenant: &TenantId,
        reports: &[KeptReport],
        key: &(dyn Fn(&str) -> String + Sync),
    ) -> Result<()> {
        for of in reports {
            let query = sqlx::query("SELECT 1 AS n FROM reports WHERE id = $1").bind(&of.id);
            let is_taken = query.fetch_optional(&mut ***whole).await.map_err(failed)?.is_some();
            let id = if is_taken { secret::id(ID)? } else { of.id.clone() };
            let query = sqlx::query(
                "INSERT INTO reports (id, tenant_id, name, job_id, asked, asked_by, sees, recipients, places, state, reason,
                     file, bytes, sum, created_at, made_at, expires_at)
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'ready', $10, $11, $12, $13, $14, $15, $16)",
            );
            let query = query.bind(id).bind(tenant.as_str()).bind(&of.name).bind(&of.job);
            let query = query.bind(serde_json::to_string(&of.asked)?).bind(key(&of.asked_by));
            let query = query.bind(serde_json::to_string(&of.sees)?).bind(serde_json::to_string(&of.recipients)?);
            let query = query.bind(serde_json::to_string(&here(&of.places, key))?).bind(&of.reason).bind(&of.file);
            let query = query.bind(i64::try_from(of.bytes).unwrap_or(i64::MAX)).bind(&of.sum);
            let query = query.bind(of.created_at).bind(of.made_at).bind(of.expires_at);
            query.execute(&mut ***whole).await.map_err(failed)?;
        }
        Ok(())
    }
}
