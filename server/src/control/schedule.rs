//! Schedules: what asks for jobs by itself.

use super::alert_rule::look_at_jobs;
use super::database::{Run as _, Whole, failed, json, number, text};
use super::job::{enqueue, hold};
use super::report_due::note_due;
use super::{Control, REPORT, Refusal, Trigger, schedule_pause};
use crate::jobs::When;
use crate::{Error, Result};
use pulse_engine::TenantId;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sqlx::any::AnyRow;
use utoipa::ToSchema;

/// What asks for a job by itself, again and again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Schedule {
    /// What is to be done, such as `compact`.
    pub kind: String,
    /// About what; empty where there is but one.
    pub subject: String,
    /// What it is given.
    #[schema(value_type = Object)]
    pub input: Value,
    /// When it is due.
    pub when: When,
    /// Whether it asks for nothing now.
    pub paused: bool,
    /// When it is due next, in microseconds since 1970: of one that is paused, when it would be if it was resumed now.
    pub next_at: i64,
    /// How often it was changed; its ETag.
    pub version: i64,
}

impl Schedule {
    /// As somebody sees it then: what stands with one that is paused is when it was due next as that began.
    fn seen_at(mut self, now: i64) -> Self {
        if self.paused {
            self.next_at = self.when.next(now).unwrap_or(self.next_at);
        }
        self
    }
}

/// Who asks for the jobs of schedules.
pub const BY_SCHEDULE: &str = "schedule";
/// Who asks for the jobs that keep a tenant up.
const BY_UPKEEP: &str = "upkeep";
/// How many schedules are looked at in one go, and how often in a row while there are more: many are due at one instant, such as the first
/// of a month, and nobody is to wait for the next tick. Whoever asks has other things to look after, too.
const AT_ONCE: u32 = 100;
pub(super) const PARTS: u32 = 20;
const HOUR: i64 = 3600 * 1_000_000;
const DAY: i64 = 24 * HOUR;
/// How urgent what every tenant has once a day is: what is due otherwise goes before it.
const BEHIND: i64 = -1;
/// How many tenants' upkeep of a kind waits to be begun at most. Tenants take turns, and each of these has one before somebody's who just
/// had theirs.
const MOST_UPKEEP: i64 = 20;

impl Control {
    /// The schedules of a tenant, by kind.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn schedules(&self, tenant: &TenantId) -> Result<Vec<Schedule>> {
        let query = sqlx::query("SELECT * FROM schedules WHERE tenant_id = $1 ORDER BY kind, subject");
        let rows = query.bind(tenant.as_str()).fetch_all(self.database.pool()).await.map_err(failed)?;
        rows.iter().map(|row| Ok(schedule(row)?.seen_at(self.now()))).collect()
    }

    /// The schedule of a kind and subject.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn schedule(&self, tenant: &TenantId, kind: &str, subject: &str) -> Result<Option<Schedule>> {
        let all = self.schedules(tenant).await?;
        Ok(all.into_iter().find(|schedule| schedule.kind == kind && schedule.subject == subject))
    }

    /// Sets a schedule: a new one with `version` 0, or one that is still what it was at `version`. What that was due for by now, and has
    /// not asked for yet, it asks for all the same, unless it is paused by this; and one whose times stay has those that it had.
    ///
    /// # Errors
    /// [`Refusal::Stale`], [`Refusal::Invalid`] when it is never due.
    pub async fn set_schedule(&self, tenant: &TenantId, set: &Schedule, version: i64) -> Result<Schedule> {
        let now = self.now();
        let anew = set.when.next(now)?;
        let mut whole = self.database.begin().await?;
        // Jobs first, as whoever changes both does.
        hold(&mut whole, tenant).await?;
        let before =
            sqlx::query("SELECT * FROM schedules WHERE tenant_id = $1 AND kind = $2 AND subject = $3 AND paused = 0");
        let before = before.bind(tenant.as_str()).bind(&set.kind).bind(&set.subject);
        let before = before.fetch_optional(&mut **whole).await.map_err(failed)?;
        // One that cannot be read asks for nothing, and may be set anew.
        let before = before.as_ref().and_then(|row| schedule(row).ok()).filter(|_| !set.paused);
        let next = match &before {
            Some(before) if before.when == set.when => set.when.goes_on(before.next_at, now)?,
            _ => anew,
        };
        let query = if version == 0 {
            sqlx::query(
                "INSERT INTO schedules (input, due, paused, next_at, tenant_id, kind, subject, version, created_at)
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8 + 1, $9) ON CONFLICT DO NOTHING",
            )
        } else {
            sqlx::query(
                "UPDATE schedules SET input = $1, due = $2, paused = $3, next_at = $4, version = version + 1
                 WHERE tenant_id = $5 AND kind = $6 AND subject = $7 AND version = $8 AND $9 > 0",
            )
        };
        let query = query
            .bind(serde_json::to_string(&set.input)?)
            .bind(serde_json::to_string(&set.when)?)
            .bind(i64::from(set.paused))
            .bind(next)
            .bind(tenant.as_str())
            .bind(&set.kind)
            .bind(&set.subject)
            .bind(version)
            .bind(now);
        if query.execute(&mut **whole).await.map_err(failed)?.rows_affected() == 0 {
            return Err(Refusal::Stale.into());
        }
        if let Some(due) = before.filter(|before| before.next_at <= now) {
            ask_now(&mut whole, tenant, due, now).await?;
        }
        let about = (set.kind.as_str(), set.subject.as_str());
        if set.paused {
            schedule_pause::begins(&mut whole, tenant.as_str(), about, now).await?;
        } else {
            schedule_pause::ends(&mut whole, tenant.as_str(), about, now).await?;
        }
        look_at_jobs(&mut whole, tenant, &format!("schedule {}", set.kind), now).await?;
        whole.commit().await.map_err(failed)?;
        let found = self.schedule(tenant, &set.kind, &set.subject).await?;
        found.ok_or_else(|| Refusal::unknown("schedule", &set.kind).into())
    }

    /// Removes a schedule.
    ///
    /// # Errors
    /// [`Refusal::Unknown`].
    pub async fn remove_schedule(&self, tenant: &TenantId, kind: &str, subject: &str) -> Result<()> {
        let query = sqlx::query("DELETE FROM schedules WHERE tenant_id = $1 AND kind = $2 AND subject = $3");
        let query = query.bind(tenant.as_str()).bind(kind).bind(subject);
        let mut whole = self.database.begin().await?;
        hold(&mut whole, tenant).await?;
        if query.execute(&mut **whole).await.map_err(failed)?.rows_affected() == 0 {
            return Err(Refusal::unknown("schedule", kind).into());
        }
        schedule_pause::ends(&mut whole, tenant.as_str(), (kind, subject), self.now()).await?;
        // What was told of it is over.
        look_at_jobs(&mut whole, tenant, &format!("schedule {kind}"), self.now()).await?;
        whole.commit().await.map_err(failed)
    }

    /// Asks for the jobs of every schedule that is due; how many. One that was due more than once since it was last looked at
    /// asks once. Several may do this at once: each time is asked for by one of them.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn tick(&self) -> Result<usize> {
        let mut asked = 0;
        for _ in 0..PARTS {
            let (first, more) = self.tick_some().await?;
            asked += first;
            if !more {
                break;
            }
        }
        Ok(asked)
    }

    /// The same of some of them; whether there may be more.
    async fn tick_some(&self) -> Result<(usize, bool)> {
        let now = self.now();
        let query = sqlx::query(
            "SELECT s.* FROM schedules s JOIN tenants t ON t.id = s.tenant_id
             WHERE s.paused = 0 AND s.next_at <= $1 AND t.state = 'active' ORDER BY s.next_at LIMIT $2",
        );
        let query = query.bind(now).bind(i64::from(AT_ONCE));
        let rows = query.fetch_all(self.database.pool()).await.map_err(failed)?;
        let mut asked = 0;
        for row in &rows {
            let (tenant, kind, subject) =
                (TenantId::new(&text(row, "tenant_id")?)?, text(row, "kind")?, text(row, "subject")?);
            match self.ask(&tenant, row, now).await {
                Ok(first) => asked += usize::from(first),
                // It is due still.
                Err(error @ Error::DatabaseAway(_)) => return Err(error),
                // One that cannot be read, such as a newer version's, stands in nobody's way.
                Err(error) => {
                    tracing::warn!(%error, %tenant, kind, "a schedule cannot ask for its job: it is looked at in an hour");
                    let query = sqlx::query(
                        "UPDATE schedules SET next_at = $1
                         WHERE tenant_id = $2 AND kind = $3 AND subject = $4 AND next_at = $5",
                    );
                    let query = query.bind(now + HOUR).bind(tenant.as_str()).bind(kind).bind(subject);
                    let query = query.bind(number(row, "next_at")?);
                    query.run(&self.database).await.map_err(failed)?;
                }
            }
        }
        Ok((asked, rows.len() >= AT_ONCE as usize))
    }

    /// Asks for a job of a kind that every tenant has once a day though nobody says so, of the tenants that come `after` one, as far as few
    /// of them wait for it; for how many tenants, and after which of them to go on while there may be more. One that has a schedule of
    /// its own for it, also a paused one, has decided when.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn tick_upkeep(&self, kind: &str, after: &str) -> Result<(usize, Option<String>)> {
        let room = MOST_UPKEEP - self.waiting_upkeep(kind).await?;
        if room <= 0 {
            return Ok((0, Some(after.to_owned())));
        }
        let query = sqlx::query(
            "SELECT t.id FROM tenants t WHERE t.state = 'active' AND t.created_at <= $1 AND t.id > $3
             AND NOT EXISTS (SELECT 1 FROM jobs j WHERE j.tenant_id = t.id AND j.kind = $2 AND j.created_at > $1)
             AND NOT EXISTS (SELECT 1 FROM jobs j WHERE j.tenant_id = t.id AND j.kind = $2
                 AND j.state IN ('queued', 'running', 'waiting', 'failed', 'paused'))
             AND NOT EXISTS (SELECT 1 FROM schedules s WHERE s.tenant_id = t.id AND s.kind = $2)
             ORDER BY t.id LIMIT $4",
        );
        let query = query.bind(self.now() - DAY).bind(kind).bind(after).bind(room);
        let rows = query.fetch_all(self.database.pool()).await.map_err(failed)?;
        let trigger = Trigger { priority: BEHIND, ..Trigger::new(kind, "") };
        let (mut asked, mut last) = (0, None);
        for row in &rows {
            let tenant = TenantId::new(&text(row, "id")?)?;
            // Another process that asks meanwhile gets the same job.
            match self.trigger(&tenant, &trigger, BY_UPKEEP).await {
                Ok(_) => asked += 1,
                // It is being erased by now.
                Err(Error::Refused(_)) => {}
                Err(error) => return Err(error),
            }
            last = Some(tenant.to_string());
        }
        let may_be_more = i64::try_from(rows.len()).is_ok_and(|found| found >= room);
        Ok((asked, last.filter(|_| may_be_more)))
    }

    /// How many tenants' upkeep of a kind could be begun now, and is not. What somebody keeps from being begun is in nobody's way.
    async fn waiting_upkeep(&self, kind: &str) -> Result<i64> {
        // The states as the index has them; of these the first alone is of what was not tried yet.
        let query = sqlx::query(
            "SELECT COUNT(*) AS n FROM jobs j JOIN tenants t ON t.id = j.tenant_id
             WHERE j.state IN ('queued', 'waiting', 'failed') AND j.state = 'queued' AND j.kind = $1 AND j.created_by = $2
             AND t.state = 'active'
             AND NOT EXISTS (SELECT 1 FROM job_holds h WHERE h.tenant_id = j.tenant_id AND h.kind IN ('', j.kind))",
        );
        let query = query.bind(kind).bind(BY_UPKEEP);
        number(&query.fetch_one(self.database.pool()).await.map_err(failed)?, "n")
    }

    /// Asks for the job of a schedule that is due; `false` when another was first.
    async fn ask(&self, tenant: &TenantId, row: &AnyRow, now: i64) -> Result<bool> {
        let due = schedule(row)?;
        let next = due.when.next_of(due.next_at, now)?;
        let mut whole = self.database.begin().await?;
        hold(&mut whole, tenant).await?;
        let query = sqlx::query(
            "UPDATE schedules SET next_at = $1 WHERE tenant_id = $2 AND kind = $3 AND subject = $4 AND next_at = $5",
        );
        let query = query.bind(next).bind(tenant.as_str()).bind(&due.kind).bind(&due.subject).bind(due.next_at);
        let first = query.execute(&mut **whole).await.map_err(failed)?.rows_affected() == 1;
        if first {
            ask_now(&mut whole, tenant, due, now).await?;
        }
        whole.commit().await.map_err(failed)?;
        Ok(first)
    }
}

/// Asks for the job of a schedule that is due. Its reports are of the last time that it was due by now.
async fn ask_now(whole: &mut Whole, tenant: &TenantId, due: Schedule, now: i64) -> Result<()> {
    let last = due.when.last_of(due.when.next_of(due.next_at, now)?, now).unwrap_or(due.next_at);
    let trigger = Trigger { input: due.input, ..Trigger::new(&due.kind, &due.subject) };
    let id = enqueue(whole, tenant, &trigger, None, BY_SCHEDULE, now).await?;
    if due.kind == REPORT { note_due(whole, &id, last, now).await } else { Ok(()) }
}

fn schedule(row: &AnyRow) -> Result<Schedule> {
    Ok(Schedule {
        kind: text(row, "kind")?,
        subject: text(row, "subject")?,
        input: json(row, "input")?,
        when: json(row, "due")?,
        paused: number(row, "paused")? == 1,
        next_at: number(row, "next_at")?,
        version: number(row, "version")?,
    })
}
