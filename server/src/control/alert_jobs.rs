//! What alert rules ask of jobs: how they stand, and what became of them.

use super::database::{failed, number, text};
use super::job::job;
use super::queue::longest_after;
use super::{Control, Job, JobState};
use crate::Result;
use futures::TryStreamExt as _;
use pulse_engine::TenantId;
use sqlx::any::AnyRow;

/// A step of a job, of a kind and subject of which one was dead, or had failed too often, since some instant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fate {
    /// The kind.
    pub kind: String,
    /// The subject.
    pub subject: String,
    /// The job.
    pub job: String,
    /// When, in microseconds since 1970.
    pub at: i64,
    /// The state that it came into.
    pub state: JobState,
    /// How often it had been begun.
    pub attempt: i64,
}

/// A time for which a job was due, and not begun.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delay {
    /// The kind.
    pub kind: String,
    /// The subject.
    pub subject: String,
    /// Since when it was due, in microseconds since 1970: of a try after one that failed, the latest that this may have been.
    pub due_at: i64,
    /// When it was begun, or taken back; `None`: it waits still.
    pub begun_at: Option<i64>,
}

/// Whether the connection or the report that a job is about is there still, in SQL; of other kinds nothing goes.
macro_rules! is_there {
    ($job:literal) => {
        concat!(
            "(",
            $job,
            ".kind <> 'land' OR EXISTS (SELECT 1 FROM connections c WHERE c.tenant_id = ",
            $job,
            ".tenant_id AND c.name = ",
            $job,
            ".subject)) AND (",
            $job,
            ".kind <> 'report' OR EXISTS (SELECT 1 FROM report_definitions d WHERE d.tenant_id = ",
            $job,
            ".tenant_id AND d.name = ",
            $job,
            ".subject) OR EXISTS (SELECT 1 FROM reports r WHERE r.tenant_id = ",
            $job,
            ".tenant_id AND r.id = ",
            $job,
            ".subject))"
        )
    };
}

/// Whether a job that was over before `$1` says how things stand, in SQL: the last that died of a kind and subject, where none was done since,
/// and the last reading of a connection. Were they forgotten, nobody would know that it is not well, or when it was read. What is tried
/// on a mapping is tried once. The `|| ''` keeps SQLite from going through all jobs of a tenant, in the place of those few that are so old.
macro_rules! says_how_it_stands {
    () => {
        concat!(
            "(((jobs.state = 'dead' AND jobs.kind NOT IN ('alert', 'deliver', 'erase', 'trial')
                 AND NOT EXISTS (SELECT 1 FROM jobs o WHERE o.state IN ('succeeded', 'dead', 'cancelled')
                     AND o.changed_at < $1 AND o.changed_at > jobs.changed_at AND o.state = 'dead'
                     AND o.tenant_id || '' = jobs.tenant_id AND o.kind = jobs.kind AND o.subject = jobs.subject))
                 OR (jobs.state = 'succeeded' AND jobs.kind = 'land'))
             AND NOT EXISTS (SELECT 1 FROM jobs s WHERE s.tenant_id = jobs.tenant_id AND s.kind = jobs.kind
                 AND s.subject = jobs.subject AND s.state = 'succeeded' AND s.changed_at > jobs.changed_at)
             AND ",
            is_there!("jobs"),
            ")"
        )
    };
}
pub(super) use is_there;
pub(super) use says_how_it_stands;

impl Control {
    /// The jobs of a tenant that are dead and were not done since, the last one last. Of a connection or a report that was taken away
    /// nobody can let one go on.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn dead_jobs(&self, tenant: &TenantId) -> Result<Vec<Job>> {
        let query = sqlx::query(concat!(
            "SELECT j.* FROM jobs j WHERE j.tenant_id = $1 AND j.state = 'dead' AND j.kind NOT IN ('alert', 'deliver', 'erase')
             AND NOT EXISTS (SELECT 1 FROM jobs s WHERE s.tenant_id = $1 AND s.kind = j.kind AND s.subject = j.subject
                 AND s.state = 'succeeded' AND s.changed_at > j.changed_at)
             AND ",
            is_there!("j"),
            " ORDER BY j.changed_at, j.id",
        ));
        let rows = query.bind(tenant.as_str()).fetch_all(self.database.pool()).await.map_err(failed)?;
        rows.iter().map(job).collect()
    }

    /// The jobs of a tenant that are to be done, whatever keeps them from it, or are being done.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn jobs_to_do(&self, tenant: &TenantId) -> Result<Vec<Job>> {
        let query = sqlx::query(
            "SELECT * FROM jobs WHERE tenant_id = $1 AND state IN ('queued', 'running', 'waiting', 'failed', 'paused')
             AND kind NOT IN ('alert', 'deliver', 'erase') ORDER BY changed_at, id",
        );
        let rows = query.bind(tenant.as_str()).fetch_all(self.database.pool()).await.map_err(failed)?;
        rows.iter().map(job).collect()
    }

    /// What became of the jobs of each kind and subject of which one was dead since an instant, or had failed so often and was to be tried
    /// again, in the order of time, as far as it is kept.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn job_fates(&self, tenant: &TenantId, since: i64, tries: Option<u32>) -> Result<Vec<Fate>> {
        let statement = "WITH bad AS (SELECT s.job_id, j.kind, j.subject FROM job_steps s JOIN jobs j ON j.id = s.job_id
                 WHERE j.tenant_id = $1 AND s.at >= $2 AND j.kind NOT IN ('alert', 'deliver', 'erase')
                 AND (s.state = 'dead' OR (s.state = 'running' AND s.attempt > $3)
                     OR (s.state IN ('queued', 'waiting', 'failed', 'paused') AND s.attempt >= $3))),
             subjects AS (SELECT DISTINCT kind, subject FROM bad)
             SELECT j.kind, j.subject, s.job_id, s.at, s.state, s.attempt FROM job_steps s JOIN jobs j ON j.id = s.job_id
             JOIN subjects b ON b.kind = j.kind AND b.subject = j.subject
             WHERE j.tenant_id = $1 AND s.at >= $2 AND (s.state = 'succeeded' OR s.job_id IN (SELECT job_id FROM bad))
             ORDER BY s.at, s.job_id, s.number";
        let tries = tries.map_or(i64::MAX, i64::from);
        let query = || sqlx::query(statement).bind(tenant.as_str()).bind(since).bind(tries);
        let fate = |row: &AnyRow| {
            Ok::<_, crate::Error>(Fate {
                kind: text(row, "kind")?,
                subject: text(row, "subject")?,
                job: text(row, "job_id")?,
                at: number(row, "at")?,
                state: JobState::of(&text(row, "state")?)?,
                attempt: number(row, "attempt")?,
            })
        };
        self.database.read_all(query).await?.iter().map(fate).collect()
    }

    /// The times for which a tenant's jobs were due for so long, and not begun, that lasted until an instant or longer, as far as that is
    /// kept. For how long one had to wait for somebody else is known while it does alone.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn job_delays(&self, tenant: &TenantId, since: i64, least: i64) -> Result<Vec<Delay>> {
        let statement = "SELECT s.job_id, j.kind, j.subject, s.at, s.state, s.attempt, j.due_at, j.changed_at
             FROM job_steps s JOIN jobs j ON j.id = s.job_id
             WHERE j.tenant_id = $1 AND j.kind NOT IN ('alert', 'deliver', 'erase')
             AND (j.changed_at >= $2 OR j.state IN ('queued', 'waiting', 'failed')) ORDER BY s.job_id, s.number";
        // There may be very many: one by one, so that no more of them is held than is told.
        let mut rows = sqlx::query(statement).bind(tenant.as_str()).bind(since).fetch(self.database.reads());
        let mut waits = Waits { now: self.now(), least, open: None, late: Vec::new() };
        while let Some(row) = rows.try_next().await.map_err(failed)? {
            waits.see(Stepped {
                job: text(&row, "job_id")?,
                kind: text(&row, "kind")?,
                subject: text(&row, "subject")?,
                at: number(&row, "at")?,
                state: JobState::of(&text(&row, "state")?)?,
                attempt: number(&row, "attempt")?,
                due_at: number(&row, "due_at")?.max(number(&row, "changed_at")?),
            });
        }
        let late = waits.end().into_iter();
        Ok(late.filter(|delay| delay.begun_at.is_none_or(|begun| begun >= since)).collect())
    }
}

/// A step of a job.
#[derive(Clone)]
struct Stepped {
    job: String,
    kind: String,
    subject: String,
    at: i64,
    state: JobState,
    attempt: i64,
    /// When the job is due by what is known of it now.
    due_at: i64,
}

/// What waited for too long, of the steps of one job after the other.
struct Waits {
    now: i64,
    least: i64,
    open: Option<Stepped>,
    late: Vec<Delay>,
}

impl Waits {
    fn see(&mut self, step: Stepped) {
        match self.open.take() {
            // Something that was noted of it, and changed nothing.
            Some(open) if open.job == step.job && open.state == step.state => {
                self.open = Some(open);
                return;
            }
            Some(open) => {
                let until = (open.job == step.job).then_some(step.at);
                self.close(open, until);
            }
            None => {}
        }
        self.open = Some(step);
    }

    fn end(mut self) -> Vec<Delay> {
        if let Some(open) = self.open.take() {
            self.close(open, None);
        }
        self.late
    }

    fn close(&mut self, open: Stepped, until: Option<i64>) {
        let due_at = match (open.state, until) {
            (JobState::Queued | JobState::Waiting | JobState::Failed, None) => open.due_at,
            (JobState::Queued, Some(_)) => open.at,
            (JobState::Failed, Some(_)) => open.at + longest_after(open.attempt),
            _ => return,
        };
        if until.unwrap_or(self.now) - due_at >= self.least {
            self.late.push(Delay { kind: open.kind, subject: open.subject, due_at, begun_at: until });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_due_is_late_until_it_is_begun_and_what_was_noted_of_it_meanwhile_changes_nothing() {
        const SECOND: i64 = 1_000_000;
        let step = |job: &str, at: i64, state, attempt| Stepped {
            job: job.into(),
            kind: "map".into(),
            subject: job.into(),
            at: at * SECOND,
            state,
            attempt,
            due_at: 700 * SECOND,
        };
        let steps = [
            step("a", 0, JobState::Queued, 0),
            step("a", 50, JobState::Queued, 0),
            step("a", 100, JobState::Running, 1),
            // The next try is due 5 seconds later, or up to 6.25 of them.
            step("a", 110, JobState::Failed, 1),
            step("a", 217, JobState::Running, 2),
            step("a", 220, JobState::Waiting, 1),
            step("a", 500, JobState::Running, 2),
            step("a", 900, JobState::Succeeded, 2),
            step("b", 10, JobState::Queued, 0),
            step("b", 109, JobState::Cancelled, 0),
            step("c", 600, JobState::Waiting, 1),
            step("d", 600, JobState::Running, 1),
        ];
        let late = |now: i64| {
            let mut waits = Waits { now: now * SECOND, least: 100 * SECOND, open: None, late: Vec::new() };
            steps.iter().cloned().for_each(|step| waits.see(step));
            waits.end().into_iter().map(|one| (one.subject, one.due_at, one.begun_at)).collect::<Vec<_>>()
        };
        let a = [("a".to_owned(), 0, Some(100 * SECOND)), ("a".to_owned(), 116_250_000, Some(217 * SECOND))];
        assert_eq!(late(799), a);
        assert_eq!(late(800), [&a[..], &[("c".to_owned(), 700 * SECOND, None)]].concat());
    }
}
