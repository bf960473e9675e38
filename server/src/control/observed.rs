//! What the database tells whoever watches the processes: counts and ages, of all tenants.

use super::database::{maybe_number, number, text};
use super::{Control, LAND};
use crate::Result;

/// Jobs of a kind that are in a state and not over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenJobs {
    /// Their kind.
    pub kind: String,
    /// Their state.
    pub state: String,
    /// How many there are.
    pub count: u64,
    /// Since when the one of them is due that is due the longest and not begun; none where none is. Those of a tenant that is suspended wait
    /// for that to end, and for no worker.
    pub waits_since: Option<i64>,
}

/// When a connection was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadAt {
    /// Whose it is.
    pub tenant: String,
    /// Its name.
    pub connection: String,
    /// What reads it.
    pub connector: String,
    /// When it was read to its end last, in microseconds since 1970, as far as jobs are remembered.
    pub at: Option<i64>,
}

impl Control {
    /// The jobs that are not over, by kind and state.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn open_jobs(&self) -> Result<Vec<OpenJobs>> {
        // Of whom a job may begin, as in `claim`.
        let statement = "SELECT j.kind, j.state, COUNT(*) AS n,
                 MIN(CASE WHEN j.state IN ('queued', 'waiting', 'failed') AND j.due_at <= $1
                         AND (t.state = 'active' OR (t.state = 'erasing' AND j.kind = 'erase'))
                     THEN CASE WHEN j.due_at > 0 THEN j.due_at ELSE j.changed_at END END) AS since
             FROM jobs j JOIN tenants t ON t.id = j.tenant_id
             WHERE j.state IN ('queued', 'running', 'waiting', 'failed', 'paused') GROUP BY j.kind, j.state ORDER BY j.kind, j.state";
        let now = self.now();
        let rows = self.database.read_all(|| sqlx::query(statement).bind(now)).await?;
        let one = |row| {
            Ok(OpenJobs {
                kind: text(row, "kind")?,
                state: text(row, "state")?,
                count: u64::try_from(number(row, "n")?).unwrap_or_default(),
                waits_since: maybe_number(row, "since")?,
            })
        };
        rows.iter().map(one).collect()
    }

    /// When each connection was read to its end last, of tenants that are not suspended: nobody reads those of others.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn read_at(&self) -> Result<Vec<ReadAt>> {
        let statement = "SELECT c.tenant_id, c.name, c.connector, r.at FROM connections c
             JOIN tenants t ON t.id = c.tenant_id AND t.state = 'active' LEFT JOIN (
                 SELECT j.tenant_id, j.subject, MAX(s.at) AS at FROM job_steps s JOIN jobs j ON j.id = s.job_id
                 WHERE j.kind = $1 AND s.state = 'succeeded' GROUP BY j.tenant_id, j.subject
             ) r ON r.tenant_id = c.tenant_id AND r.subject = c.name ORDER BY c.tenant_id, c.name";
        let rows = self.database.read_all(|| sqlx::query(statement).bind(LAND)).await?;
        let one = |row| {
            Ok(ReadAt {
                tenant: text(row, "tenant_id")?,
                connection: text(row, "name")?,
                connector: text(row, "connector")?,
                at: maybe_number(row, "at")?,
            })
        };
        rows.iter().map(one).collect()
    }

    /// How many alerts fire, of all tenants.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn firing(&self) -> Result<u64> {
        let statement = "SELECT COUNT(*) AS n FROM alerts WHERE state IN ('firing', 'acknowledged')";
        let rows = self.database.read_all(|| sqlx::query(statement)).await?;
        let count = rows.first().map(|row| number(row, "n")).transpose()?;
        Ok(u64::try_from(count.unwrap_or_default()).unwrap_or_default())
    }
}
