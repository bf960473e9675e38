//! When schedules were paused, and until when: for rules that tell of it, and are tried on earlier days.

use super::Control;
use super::database::{Whole, failed, maybe_number, number, text};
use crate::Result;
use pulse_engine::TenantId;
use sqlx::any::AnyRow;

/// A time for which a schedule was paused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pause {
    /// What the schedule asks for.
    pub kind: String,
    /// About what.
    pub subject: String,
    /// Since when it was paused, in microseconds since 1970; of one that was so already when that began to be kept, since then.
    pub paused_at: i64,
    /// When it was resumed or removed; `None`: it is paused still.
    pub ended_at: Option<i64>,
}

/// What is kept of a tenant's pauses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pauses {
    /// Since when they are kept, in microseconds since 1970. Of what ended 90 days ago they are forgotten.
    pub begun_at: i64,
    /// Those that lasted until some instant or longer, the earliest first.
    pub all: Vec<Pause>,
}

/// What tells the history of pauses from others.
const NAME: &str = "schedule_pauses";

impl Control {
    /// Begins to keep when schedules are paused, where that is not kept yet.
    pub(super) async fn keep_pauses(&self) -> Result<()> {
        let known = sqlx::query("SELECT 1 AS n FROM histories WHERE name = $1").bind(NAME);
        if known.fetch_optional(self.database.pool()).await.map_err(failed)?.is_some() {
            return Ok(());
        }
        let mut whole = self.database.begin().await?;
        let query = sqlx::query("INSERT INTO histories (name, begun_at) VALUES ($1, $2) ON CONFLICT DO NOTHING");
        let begun = query.bind(NAME).bind(self.now()).execute(&mut **whole).await.map_err(failed)?;
        if begun.rows_affected() == 1 {
            // Since when these are nobody knows.
            let query = sqlx::query(
                "INSERT INTO schedule_pauses (tenant_id, kind, subject, paused_at)
                 SELECT tenant_id, kind, subject, $1 FROM schedules WHERE paused = 1 ON CONFLICT DO NOTHING",
            );
            query.bind(self.now()).execute(&mut **whole).await.map_err(failed)?;
        }
        whole.commit().await.map_err(failed)
    }

    /// When a tenant's schedules were paused, of the pauses that lasted until an instant or longer.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn schedule_pauses(&self, tenant: &TenantId, since: i64) -> Result<Pauses> {
        let query = sqlx::query(
            "SELECT t.created_at, h.begun_at FROM tenants t LEFT JOIN histories h ON h.name = $1 WHERE t.id = $2",
        );
        let row = query.bind(NAME).bind(tenant.as_str()).fetch_optional(self.database.pool()).await.map_err(failed)?;
        let begun =
            row.map(|row| Ok::<_, crate::Error>((number(&row, "created_at")?, maybe_number(&row, "begun_at")?)));
        // After a backup of an earlier version was restored none is kept, before a process starts anew.
        let begun_at = match begun.transpose()? {
            Some((created, Some(begun))) => begun.max(created),
            _ => self.now(),
        };
        let query = sqlx::query(
            "SELECT kind, subject, paused_at, ended_at FROM schedule_pauses
             WHERE tenant_id = $1 AND (ended_at IS NULL OR ended_at >= $2) ORDER BY paused_at, kind, subject",
        );
        let rows = query.bind(tenant.as_str()).bind(since).fetch_all(self.database.pool()).await.map_err(failed)?;
        let pause = |row: &AnyRow| {
            let paused_at = number(row, "paused_at")?;
            // The clock of another machine may be behind.
            let ended_at = maybe_number(row, "ended_at")?.map(|ended| ended.max(paused_at));
            Ok(Pause { kind: text(row, "kind")?, subject: text(row, "subject")?, paused_at, ended_at })
        };
        Ok(Pauses { begun_at, all: rows.iter().map(pause).collect::<Result<_>>()? })
    }
}

/// Notes that a schedule is paused from now on, where it is not already.
pub(super) async fn begins(whole: &mut Whole, tenant: &str, (kind, subject): (&str, &str), now: i64) -> Result<()> {
    let query = sqlx::query(
        "INSERT INTO schedule_pauses (tenant_id, kind, subject, paused_at) SELECT $1, $2, $3, $4
         WHERE NOT EXISTS (SELECT 1 FROM schedule_pauses
             WHERE tenant_id = $1 AND kind = $2 AND subject = $3 AND ended_at IS NULL)
         ON CONFLICT (tenant_id, kind, subject, paused_at) DO UPDATE SET ended_at = NULL",
    );
    let query = query.bind(tenant).bind(kind).bind(subject).bind(now);
    query.execute(&mut ***whole).await.map_err(failed)?;
    Ok(())
}

/// Notes that a schedule is paused no more, also where it is gone.
pub(super) async fn ends(whole: &mut Whole, tenant: &str, (kind, subject): (&str, &str), now: i64) -> Result<()> {
    let query = sqlx::query(
        "UPDATE schedule_pauses SET ended_at = $1
         WHERE tenant_id = $2 AND kind = $3 AND subject = $4 AND ended_at IS NULL",
    );
    let query = query.bind(now).bind(tenant).bind(kind).bind(subject);
    query.execute(&mut ***whole).await.map_err(failed)?;
    Ok(())
}
