//! Reports that were made, or are being.

use super::database::{Run as _, failed, json, maybe_number, maybe_text, number, text};
use super::delivery::is_at_work;
use super::job::{enqueue, hold};
use super::member::Sees;
use super::page::{Cursor, Page};
use super::report_due::once_more_of_now;
use super::report_told::give_up;
use super::{Authority, Control, Job, Refusal, Trigger};
use crate::auth::Permission;
use crate::delivery::Channel;
use crate::reports::{Asked, FileFormat};
use crate::{Error, Result, secret};
use pulse_engine::TenantId;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sqlx::any::AnyRow;
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// The kind of job that makes a report.
pub const REPORT: &str = "report";
/// What a report's id begins with; no definition's name does.
pub(super) const ID: &str = "report";
/// The most reports of a tenant that are being made at once.
const MOST_MAKING: i64 = 100;

/// Where a report stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum ReportState {
    /// Its job is to make it, or is at it.
    Making,
    /// Its file is there.
    Ready,
    /// Whom it was for may not have it.
    Refused,
    /// It cannot be made.
    Failed,
}

impl ReportState {
    fn name(self) -> &'static str {
        match self {
            ReportState::Making => "making",
            ReportState::Ready => "ready",
            ReportState::Refused => "refused",
            ReportState::Failed => "failed",
        }
    }

    fn of(name: &str) -> Result<Self> {
        serde_json::from_value(Value::String(name.to_owned()))
            .map_err(|_| Error::Database(format!("a report is in the unknown state `{name}`")))
    }
}

/// A report: one file, of one as-of, for those who see the same.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Report {
    /// Its key.
    pub id: String,
    /// The definition that it was made by, by its name.
    pub name: String,
    /// What it is called.
    pub title: String,
    /// What it is written as.
    pub format: FileFormat,
    /// The one table that is in it, where it is one alone.
    pub table: Option<String>,
    /// Of when it is, in microseconds since 1970.
    pub as_of: i64,
    /// The job that makes it.
    pub job: String,
    /// Who asked for it, or whose definition it is: a user's or token's key. It is made under their authority.
    pub asked_by: String,
    /// Whose rows are in it.
    pub sees: Sees,
    /// The addresses that it is made for.
    pub recipients: Vec<String>,
    /// The destinations and stores that it is made for.
    pub places: Vec<Channel>,
    /// Where it stands.
    pub state: ReportState,
    /// Why.
    pub reason: String,
    /// How large its file is.
    pub bytes: Option<i64>,
    /// The SHA-256 sum of its file.
    pub sum: Option<String>,
    /// When it was asked for.
    pub created_at: i64,
    /// When its file was made.
    pub made_at: Option<i64>,
    /// When it is removed.
    pub expires_at: i64,
    /// What is in it.
    #[serde(skip)]
    pub asked: Asked,
    /// Where its file stands in the tenant's storage.
    #[serde(skip)]
    pub file: Option<String>,
}

/// A report that is to be made.
#[derive(Clone, Debug)]
pub struct NewReport {
    /// The definition's name.
    pub name: String,
    /// What is in it.
    pub asked: Asked,
    /// Under whose authority.
    pub asked_by: String,
    /// Whose rows are in it.
    pub sees: Sees,
    /// Whom it is made for.
    pub recipients: Vec<String>,
    /// Where else it goes.
    pub places: Vec<Channel>,
    /// Why they get none, where they do not.
    pub refused: Option<String>,
    /// When it is removed.
    pub expires_at: i64,
}

impl Report {
    /// Whether somebody may have it, as far as what they see goes.
    pub(crate) fn may_be_had_by(&self, authority: &Authority) -> bool {
        authority.permissions.contains(&Permission::MetricsRead) && self.is_within(authority)
    }

    /// Whether somebody may see all that is in it.
    pub(crate) fn is_within(&self, authority: &Authority) -> bool {
        let people = authority.permissions.contains(&Permission::PeopleRead) || !self.asked.may_name_people();
        people && self.sees.is_within(&authority.sees)
    }

    /// Whether it tells what another one does, whatever either is written as.
    pub(crate) fn has_paper_of(&self, other: &Report) -> bool {
        let told = |of: &Report| (of.name.clone(), of.asked.definition.clone(), of.as_of, of.asked.people);
        let is_told_alike = told(self) == told(other) && self.asked.decided == other.asked.decided;
        is_told_alike && (&self.asked_by, &self.sees) == (&other.asked_by, &other.sees)
    }

    /// What its file is called when it is saved.
    pub fn file_name(&self) -> String {
        let day = chrono::DateTime::from_timestamp_micros(self.as_of).unwrap_or_default().date_naive();
        let table = self.table.iter().map(|table| format!("-{table}")).collect::<String>();
        format!("{}-{day}{table}.{}", self.name, self.format.ending(self.table.as_deref()))
    }
}

/// Whether a job of this kind is about one report, rather than all that a definition asks for.
pub fn is_report(subject: &str) -> bool {
    subject.starts_with(&format!("{ID}_"))
}

impl Control {
    /// Asks for a report, and for the job that makes it.
    ///
    /// # Errors
    /// [`Refusal::OverQuota`] when as many are being made as may, or the tenant has as many bytes as it may.
    pub async fn ask_report(&self, tenant: &TenantId, new: &NewReport) -> Result<Report> {
        self.room_for_report(tenant).await?;
        let (id, now) = (secret::id(ID)?, self.now());
        let mut whole = self.database.begin().await?;
        hold(&mut whole, tenant).await?;
        let query = sqlx::query("SELECT COUNT(*) AS n FROM reports WHERE tenant_id = $1 AND state = 'making'");
        let row = query.bind(tenant.as_str()).fetch_one(&mut **whole).await.map_err(failed)?;
        if number(&row, "n")? >= MOST_MAKING {
            return Err(Refusal::OverQuota { what: "reports that are being made", most: MOST_MAKING }.into());
        }
        let trigger = Trigger::new(REPORT, &id).asked();
        let job = enqueue(&mut whole, tenant, &trigger, None, &new.asked_by, now).await?;
        insert(tenant, &id, &job, new, now)?.execute(&mut **whole).await.map_err(failed)?;
        whole.commit().await.map_err(failed)?;
        self.report(tenant, &id).await?.ok_or_else(|| Refusal::unknown("report", &id).into())
    }

    /// Notes the reports that a job is to make, once: a job that is begun again finds those that it noted. A worker that lost the job notes
    /// none.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn note_reports(&self, job: &Job, all: &[NewReport]) -> Result<Vec<Report>> {
        let tenant = &job.tenant_id()?;
        let mut whole = self.database.begin().await?;
        hold(&mut whole, tenant).await?;
        let query = sqlx::query("SELECT COUNT(*) AS n FROM reports WHERE tenant_id = $1 AND job_id = $2");
        let row = query.bind(tenant.as_str()).bind(&job.id).fetch_one(&mut **whole).await.map_err(failed)?;
        if number(&row, "n")? == 0 && is_at_work(&mut whole, job).await? {
            let now = self.now();
            for (place, new) in all.iter().enumerate() {
                // The same whichever worker notes it.
                let id = format!("{ID}_{}", secret::sum(format!("{} {place}", job.id)).get(..22).unwrap_or_default());
                insert(tenant, &id, &job.id, new, now)?.execute(&mut **whole).await.map_err(failed)?;
            }
            once_more_of_now(&mut whole, &job.id).await?;
        }
        whole.commit().await.map_err(failed)?;
        self.reports_of(tenant, &job.id).await
    }

    /// The reports that a job makes.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn reports_of(&self, tenant: &TenantId, job: &str) -> Result<Vec<Report>> {
        let query = sqlx::query("SELECT * FROM reports WHERE tenant_id = $1 AND job_id = $2 ORDER BY created_at, id");
        let rows = query.bind(tenant.as_str()).bind(job).fetch_all(self.database.pool()).await.map_err(failed)?;
        rows.iter().map(report).collect()
    }

    /// The report of that id.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn report(&self, tenant: &TenantId, id: &str) -> Result<Option<Report>> {
        let query = sqlx::query("SELECT * FROM reports WHERE tenant_id = $1 AND id = $2");
        let row = query.bind(tenant.as_str()).bind(id).fetch_optional(self.database.pool()).await.map_err(failed)?;
        row.as_ref().map(report).transpose()
    }

    /// The reports of a tenant, the newest first, a page at a time.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn reports(&self, tenant: &TenantId, cursor: &Cursor) -> Result<Page<Report>> {
        let statement =
            "SELECT * FROM reports WHERE tenant_id = $1 AND (-created_at > $2 OR (-created_at = $2 AND id > $3))
             ORDER BY created_at DESC, id LIMIT $4";
        let query = || sqlx::query(statement).bind(tenant.as_str());
        self.page(query, cursor, report, |one: &Report| (-one.created_at, &one.id)).await
    }

    /// Notes that a report's file is there; `false` when it was there before, the report is gone, or the job is not the worker's any more.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn report_ready(&self, job: &Job, id: &str, (file, bytes, sum): (&str, u64, &str)) -> Result<bool> {
        let tenant = &job.tenant_id()?;
        let mut whole = self.database.begin().await?;
        hold(&mut whole, tenant).await?;
        if !is_at_work(&mut whole, job).await? {
            return Ok(false);
        }
        let query = sqlx::query(
            "UPDATE reports SET state = 'ready', reason = 'it was made', file = $1, bytes = $2, sum = $3, made_at = $4
             WHERE tenant_id = $5 AND id = $6 AND state = 'making'",
        );
        let query = query.bind(file).bind(i64::try_from(bytes).unwrap_or(i64::MAX)).bind(sum).bind(self.now());
        let query = query.bind(tenant.as_str()).bind(id);
        let done = query.execute(&mut **whole).await.map_err(failed)?;
        whole.commit().await.map_err(failed)?;
        Ok(done.rows_affected() == 1)
    }

    /// Has a report made again whose file is not there any more, or is not what was made; `false` when that was seen to already, or the
    /// report is gone. It stays with the job that it was made by first, so that nobody is handed it once more.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn make_again(&self, tenant: &TenantId, (id, file): (&str, &str), why: &str) -> Result<bool> {
        let mut whole = self.database.begin().await?;
        hold(&mut whole, tenant).await?;
        let query = sqlx::query(
            "UPDATE reports SET state = 'making', reason = $1, file = NULL, bytes = NULL, sum = NULL, made_at = NULL
             WHERE tenant_id = $2 AND id = $3 AND state = 'ready' AND file = $4 RETURNING asked_by",
        );
        let query = query.bind(why).bind(tenant.as_str()).bind(id).bind(file);
        let rows = query.fetch_all(&mut **whole).await.map_err(failed)?;
        let Some(row) = rows.first() else { return Ok(false) };
        let (trigger, by) = (Trigger::new(REPORT, id).asked(), text(row, "asked_by")?);
        enqueue(&mut whole, tenant, &trigger, None, &by, self.now()).await?;
        whole.commit().await.map_err(failed)?;
        Ok(true)
    }

    /// Notes that a report cannot be made, and tells whoever it belongs to why. A worker that lost the job does neither.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn report_failed(&self, job: &Job, id: &str, reason: &str) -> Result<()> {
        let mut whole = self.database.begin().await?;
        hold(&mut whole, &job.tenant_id()?).await?;
        if is_at_work(&mut whole, job).await? {
            give_up(&mut whole, job, Some(id), reason, self.now()).await?;
        }
        whole.commit().await.map_err(failed)
    }

    /// The reports of a tenant that are to be removed by now.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn expired_reports(&self, tenant: &TenantId) -> Result<Vec<Report>> {
        let query = sqlx::query("SELECT * FROM reports WHERE tenant_id = $1 AND expires_at <= $2");
        let query = query.bind(tenant.as_str()).bind(self.now());
        query.fetch_all(self.database.pool()).await.map_err(failed)?.iter().map(report).collect()
    }

    /// The files of a tenant's reports, each with the report that it is of.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn report_files(&self, tenant: &TenantId) -> Result<BTreeMap<String, String>> {
        let query = sqlx::query("SELECT id, file FROM reports WHERE tenant_id = $1 AND file IS NOT NULL");
        let rows = query.bind(tenant.as_str()).fetch_all(self.database.pool()).await.map_err(failed)?;
        rows.iter().map(|row| Ok::<_, Error>((text(row, "file")?, text(row, "id")?))).collect()
    }

    /// Forgets a report; its file is to be gone by then.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn forget_report(&self, tenant: &TenantId, id: &str) -> Result<()> {
        let query = sqlx::query("DELETE FROM reports WHERE tenant_id = $1 AND id = $2").bind(tenant.as_str()).bind(id);
        query.run(&self.database).await.map_err(failed).map(drop)
    }
}

type Insert<'q> = sqlx::query::Query<'q, sqlx::Any, sqlx::any::AnyArguments>;

fn insert(tenant: &TenantId, id: &str, job: &str, new: &NewReport, now: i64) -> Result<Insert<'static>> {
    let state = if new.refused.is_some() { ReportState::Refused } else { ReportState::Making };
    let query = sqlx::query(
        "INSERT INTO reports (id, tenant_id, name, job_id, asked, asked_by, sees, recipients, places, state, reason,
             created_at, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
    );
    let query = query.bind(id.to_owned()).bind(tenant.to_string()).bind(new.name.clone()).bind(job.to_owned());
    let query = query.bind(serde_json::to_string(&new.asked)?).bind(new.asked_by.clone());
    let query = query.bind(serde_json::to_string(&new.sees)?).bind(serde_json::to_string(&new.recipients)?);
    let query = query.bind(serde_json::to_string(&new.places)?);
    let reason = new.refused.clone().unwrap_or_else(|| format!("asked for by {}", new.asked_by));
    Ok(query.bind(state.name()).bind(reason).bind(now).bind(new.expires_at))
}

pub(super) fn report(row: &AnyRow) -> Result<Report> {
    let asked: Asked = json(row, "asked")?;
    Ok(Report {
        id: text(row, "id")?,
        name: text(row, "name")?,
        title: asked.definition.title.clone(),
        format: asked.format,
        table: asked.table.clone(),
        as_of: asked.as_of,
        job: text(row, "job_id")?,
        asked_by: text(row, "asked_by")?,
        sees: json(row, "sees")?,
        recipients: json(row, "recipients")?,
        places: json(row, "places")?,
        state: ReportState::of(&text(row, "state")?)?,
        reason: text(row, "reason")?,
        bytes: maybe_number(row, "bytes")?,
        sum: maybe_text(row, "sum")?,
        created_at: number(row, "created_at")?,
        made_at: maybe_number(row, "made_at")?,
        expires_at: number(row, "expires_at")?,
        file: maybe_text(row, "file")?,
        asked,
    })
}
