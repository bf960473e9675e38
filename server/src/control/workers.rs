//! Who does jobs, and what is on hold: for those who run the platform.

use super::database::{Run as _, failed, number, text};
use super::{Control, Refusal};
use crate::Result;
use pulse_engine::TenantId;
use serde::Serialize;
use sqlx::any::AnyRow;
use utoipa::ToSchema;

/// A process that does jobs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct WorkerSeen {
    /// What it is called, as the steps of jobs say it.
    pub name: String,
    /// How many jobs it does at once.
    pub places: i64,
    /// How many it does now.
    pub busy: i64,
    /// When it was last seen, in microseconds since 1970.
    pub seen_at: i64,
    /// Whether it begins nothing more.
    pub drains: bool,
}

/// Jobs that are not begun, as a person wished.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Hold {
    /// Whose; `null`: every tenant's.
    pub tenant: Option<String>,
    /// Of what kind; `null`: of every kind.
    pub kind: Option<String>,
    /// Whether the platform holds them: then only it releases them.
    pub by_platform: bool,
    /// Who wished so; `null` when that was the platform and a tenant asks.
    pub held_by: Option<String>,
    /// When, in microseconds since 1970.
    pub held_at: i64,
}

/// Whose jobs are put on hold, and by whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope<'a> {
    /// A tenant's, by itself.
    Own(&'a TenantId),
    /// A tenant's, or with `None` every tenant's, by the platform.
    Platform(Option<&'a TenantId>),
}

impl<'a> Scope<'a> {
    pub(super) fn parts(self) -> (&'a str, i64) {
        match self {
            Scope::Own(tenant) => (tenant.as_str(), 0),
            Scope::Platform(tenant) => (tenant.map_or("", TenantId::as_str), 1),
        }
    }
}

/// A process that was not seen for so long is none any more.
const GONE: i64 = 3600 * 1_000_000;

impl Control {
    /// Notes that a process does jobs; whether it is to begin nothing more.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn worker_is_here(&self, name: &str, places: i64) -> Result<bool> {
        let mut whole = self.database.begin().await?;
        let query = sqlx::query(
            "INSERT INTO workers (name, places, seen_at, drains) VALUES ($1, $2, $3, 0)
             ON CONFLICT (name) DO UPDATE SET seen_at = $3 RETURNING drains",
        );
        let query = query.bind(name).bind(places).bind(self.now());
        let row = query.fetch_one(&mut **whole).await.map_err(failed)?;
        whole.commit().await.map_err(failed)?;
        Ok(number(&row, "drains")? == 1)
    }

    /// Notes that a process does jobs no more.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn worker_left(&self, name: &str) -> Result<()> {
        let query = sqlx::query("DELETE FROM workers WHERE name = $1 OR seen_at < $2").bind(name);
        query.bind(self.now() - GONE).run(&self.database).await.map_err(failed).map(drop)
    }

    /// The processes that do jobs, by name.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn workers(&self) -> Result<Vec<WorkerSeen>> {
        let query = sqlx::query(
            "SELECT w.*, (SELECT COUNT(*) FROM jobs j WHERE j.worker = w.name AND j.state = 'running') AS busy
             FROM workers w WHERE w.seen_at >= $1 ORDER BY w.name",
        );
        let rows = query.bind(self.now() - GONE).fetch_all(self.database.pool()).await.map_err(failed)?;
        rows.iter().map(worker).collect()
    }

    /// Has a process begin nothing more, and come to the end of what it is at, or begin again: for a deployment.
    ///
    /// # Errors
    /// [`Refusal::Unknown`].
    pub async fn drain_worker(&self, name: &str, drains: bool) -> Result<()> {
        let query = sqlx::query("UPDATE workers SET drains = $1 WHERE name = $2").bind(i64::from(drains)).bind(name);
        let done = query.run(&self.database).await.map_err(failed)?;
        if done.rows_affected() == 1 { Ok(()) } else { Err(Refusal::unknown("worker", name).into()) }
    }

    /// Puts a tenant's jobs on hold, or those of a kind, or a kind of one tenant: none is begun any more. Those that run come to
    /// their end.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn hold_jobs(&self, scope: Scope<'_>, kind: &str, by: &str) -> Result<()> {
        let query = sqlx::query(
            "INSERT INTO job_holds (tenant_id, kind, by_platform, held_by, held_at) VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT DO NOTHING",
        );
        let (tenant, platform) = scope.parts();
        let query = query.bind(tenant).bind(kind).bind(platform).bind(by).bind(self.now());
        query.run(&self.database).await.map_err(failed).map(drop)
    }

    /// Lets them be begun again, as far as the same held them: what the platform holds, its tenants do not release.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn release_jobs(&self, scope: Scope<'_>, kind: &str) -> Result<()> {
        let query = sqlx::query("DELETE FROM job_holds WHERE tenant_id = $1 AND kind = $2 AND by_platform = $3");
        let (tenant, platform) = scope.parts();
        let query = query.bind(tenant).bind(kind).bind(platform);
        query.run(&self.database).await.map_err(failed).map(drop)
    }

    /// What is on hold for a tenant: its own jobs, and those of every tenant. `None`: for anybody.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn holds(&self, tenant: Option<&TenantId>) -> Result<Vec<Hold>> {
        let query = sqlx::query(
            "SELECT * FROM job_holds WHERE $1 = '' OR tenant_id IN ('', $1) ORDER BY held_at, tenant_id, kind, by_platform",
        );
        let query = query.bind(tenant.map_or("", TenantId::as_str));
        let rows = query.fetch_all(self.database.pool()).await.map_err(failed)?;
        let mut holds = rows.iter().map(held).collect::<Result<Vec<_>>>()?;
        for hold in holds.iter_mut().filter(|hold| hold.by_platform && tenant.is_some()) {
            hold.held_by = None;
        }
        Ok(holds)
    }
}

fn worker(row: &AnyRow) -> Result<WorkerSeen> {
    Ok(WorkerSeen {
        name: text(row, "name")?,
        places: number(row, "places")?,
        busy: number(row, "busy")?,
        seen_at: number(row, "seen_at")?,
        drains: number(row, "drains")? == 1,
    })
}

fn held(row: &AnyRow) -> Result<Hold> {
    let some = |text: String| (!text.is_empty()).then_some(text);
    Ok(Hold {
        tenant: some(text(row, "tenant_id")?),
        kind: some(text(row, "kind")?),
        by_platform: number(row, "by_platform")? == 1,
        held_by: Some(text(row, "held_by")?),
        held_at: number(row, "held_at")?,
    })
}
