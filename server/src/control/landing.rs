//! How reading a connection went, as its jobs tell.

use super::database::{failed, maybe_number, maybe_text, number, text};
use super::job::{asked_too, job};
use super::{Control, Job, LAND};
use crate::Result;
use futures::TryStreamExt as _;
use pulse_engine::TenantId;
use serde::Serialize;
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// How a try to read a connection ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Ended {
    /// When, in microseconds since 1970.
    pub at: i64,
    /// The job.
    pub job: String,
    /// Why; empty where it went well.
    pub reason: String,
    /// Which worker was at it.
    pub worker: Option<String>,
}

/// How reading a connection went. Jobs that are over are forgotten after a while, and what they tell with them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Landings {
    /// The last try that went well.
    pub succeeded: Option<Ended>,
    /// The last that did not.
    pub failed: Option<Ended>,
    /// The job that is to be done, or is being done.
    pub open: Option<Job>,
}

/// When a connection was read last, in microseconds since 1970.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Last {
    /// The last try that went well.
    pub succeeded: Option<i64>,
    /// The last that did not, of a job that did not go well after that.
    pub failed: Option<i64>,
}

/// When the last tries of each subject ended. Most jobs are done, of which an index knows when: their steps, which are many, are not gone through.
const LASTS: &str = "SELECT subject, 'succeeded' AS state, MAX(changed_at) AS at FROM jobs
     WHERE tenant_id = $1 AND kind = $2 AND state = 'succeeded' GROUP BY subject
     UNION ALL SELECT j.subject, 'failed' AS state, MAX(s.at) AS at FROM jobs j JOIN job_steps s ON s.job_id = j.id
     WHERE j.tenant_id = $1 AND j.kind = $2 AND j.state <> 'succeeded' AND s.state IN ('failed', 'dead') GROUP BY j.subject";

impl Control {
    /// When each of a tenant's connections was read last, by name; those of which no job is known are not there.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn last_landings(&self, tenant: &TenantId) -> Result<BTreeMap<String, Last>> {
        let mut all: BTreeMap<String, Last> = BTreeMap::new();
        for row in self.database.read_all(|| sqlx::query(LASTS).bind(tenant.as_str()).bind(LAND)).await? {
            let (last, at) = (all.entry(text(&row, "subject")?).or_default(), Some(number(&row, "at")?));
            match text(&row, "state")?.as_str() {
                "succeeded" => last.succeeded = at,
                _ => last.failed = at,
            }
        }
        Ok(all)
    }

    /// When the tries to read each of a tenant's connections ended since an instant, by name and in the order of time, and whether they went
    /// well, as far as that is kept.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn landing_ends(&self, tenant: &TenantId, since: i64) -> Result<BTreeMap<String, Vec<(i64, bool)>>> {
        let statement = "SELECT j.subject, s.state, s.at FROM job_steps s JOIN jobs j ON j.id = s.job_id
             WHERE j.tenant_id = $1 AND j.kind = $2 AND s.state IN ('succeeded', 'failed', 'dead') AND s.at >= $3
             ORDER BY s.at, s.job_id, s.number";
        // There may be very many: one by one, so that no more of them is held than is told.
        let mut rows = sqlx::query(statement).bind(tenant.as_str()).bind(LAND).bind(since).fetch(self.database.reads());
        let mut all: BTreeMap<String, Vec<(i64, bool)>> = BTreeMap::new();
        while let Some(row) = rows.try_next().await.map_err(failed)? {
            let end = (number(&row, "at")?, text(&row, "state")? == "succeeded");
            all.entry(text(&row, "subject")?).or_default().push(end);
        }
        Ok(all)
    }

    /// When a job of that kind last did what it is for, whatever it was about; `None` when none is known that did.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn last_success(&self, tenant: &TenantId, kind: &str) -> Result<Option<i64>> {
        // By the jobs alone, for which there is an index: what was done stays as it was then.
        let statement =
            "SELECT MAX(changed_at) AS at FROM jobs WHERE tenant_id = $1 AND kind = $2 AND state = 'succeeded'";
        let row = sqlx::query(statement).bind(tenant.as_str()).bind(kind).fetch_one(self.database.pool()).await;
        maybe_number(&row.map_err(failed)?, "at")
    }

    /// When a job of a kind and subject was last asked for, by the first who did or another while it was open, whatever became of it;
    /// `None`: never, as far as jobs are kept.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn last_asked(&self, tenant: &TenantId, kind: &str, subject: &str) -> Result<Option<i64>> {
        let statement = "SELECT created_at, (SELECT MAX(s.at) FROM job_steps s WHERE s.job_id = jobs.id AND s.reason LIKE $4) AS too
             FROM jobs WHERE tenant_id = $1 AND kind = $2 AND subject = $3 ORDER BY created_at DESC LIMIT 1";
        let query = sqlx::query(statement).bind(tenant.as_str()).bind(kind).bind(subject).bind(asked_too("%"));
        let Some(row) = query.fetch_optional(self.database.pool()).await.map_err(failed)? else { return Ok(None) };
        Ok(Some(number(&row, "created_at")?).max(maybe_number(&row, "too")?))
    }

    /// How reading a connection went.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn landings(&self, tenant: &TenantId, connection: &str) -> Result<Landings> {
        let query = sqlx::query(
            "SELECT * FROM jobs WHERE tenant_id = $1 AND kind = $2 AND subject = $3
             AND state IN ('queued', 'running', 'waiting', 'failed', 'paused')",
        );
        let query = query.bind(tenant.as_str()).bind(LAND).bind(connection);
        let row = query.fetch_optional(self.database.pool()).await.map_err(failed)?;
        Ok(Landings {
            succeeded: self.ended(tenant, connection, ["succeeded", "succeeded"]).await?,
            failed: self.ended(tenant, connection, ["failed", "dead"]).await?,
            open: row.as_ref().map(job).transpose()?,
        })
    }

    /// The last try that came into one of these states.
    async fn ended(&self, tenant: &TenantId, connection: &str, states: [&str; 2]) -> Result<Option<Ended>> {
        let query = sqlx::query(
            "SELECT s.at, s.job_id, s.reason, s.worker FROM job_steps s JOIN jobs j ON j.id = s.job_id
             WHERE j.tenant_id = $1 AND j.kind = $2 AND j.subject = $3 AND s.state IN ($4, $5)
             ORDER BY s.at DESC, s.number DESC LIMIT 1",
        );
        let query = query.bind(tenant.as_str()).bind(LAND).bind(connection).bind(states[0]).bind(states[1]);
        let row = query.fetch_optional(self.database.pool()).await.map_err(failed)?;
        let ended = |row| {
            Ok(Ended {
                at: number(row, "at")?,
                job: text(row, "job_id")?,
                reason: text(row, "reason")?,
                worker: maybe_text(row, "worker")?,
            })
        };
        row.as_ref().map(ended).transpose()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::control::{Limits, Outcome, Trigger};
    use pulse_engine::Clock;
    use sqlx::AssertSqlSafe;
    use std::sync::atomic::{AtomicI64, Ordering};

    #[tokio::test]
    async fn when_a_connection_was_read_is_known_without_going_through_all_steps_of_all_jobs() {
        static NOW: AtomicI64 = AtomicI64::new(1);
        let folder = tempfile::tempdir().unwrap();
        let address = format!("sqlite:{}", folder.path().join("control.db").display());
        let control = Control::open(&address, Clock::Moved(&NOW)).await.unwrap();
        let acme = TenantId::new("acme").unwrap();
        control.create_tenant(&acme, "Acme", "UTC").await.unwrap();
        let limits = Limits { tenant: 9, kinds: Vec::new(), known: vec![LAND.to_owned()] };
        // The second try of the first job goes well, and the next job dies.
        let (failed, done) = (Outcome::Failed("no".into()), Outcome::Done(Vec::new()));
        for (at, outcome) in [(10, failed), (100_000_000, done), (200_000_000, Outcome::Hopeless("no".into()))] {
            NOW.store(at, Ordering::Relaxed);
            control.trigger(&acme, &Trigger::new(LAND, "hub"), "test").await.unwrap();
            let job = control.claim("w", &limits).await.unwrap().unwrap();
            assert!(control.finish(&job, &outcome).await.unwrap());
            let last = control.last_landings(&acme).await.unwrap()["hub"];
            let expected = match at {
                10 => (None, Some(10)),
                100_000_000 => (Some(at), None),
                _ => (Some(100_000_000), Some(at)),
            };
            assert_eq!((last.succeeded, last.failed), expected);
        }
        let query = sqlx::query(AssertSqlSafe(format!("EXPLAIN QUERY PLAN {LASTS}"))).bind("acme").bind(LAND);
        let rows = query.fetch_all(control.database.pool()).await.unwrap();
        let plan: Vec<String> = rows.iter().map(|row| text(row, "detail").unwrap()).collect();
        assert!(plan.iter().any(|step| step.contains("INDEX jobs_done")), "{plan:?}");
    }
}
