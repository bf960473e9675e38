//! What a person may wish of a job: to take it back, to put it on hold, to let it go on.

use super::database::failed;
use super::job::{hold, job, next_due, note, note_as};
use super::{Control, DELIVER, Job, JobState, Refusal, delivery_wish};
use crate::Result;
use pulse_engine::TenantId;

impl Control {
    /// Takes a job back. One that runs is stopped by its worker within seconds.
    ///
    /// # Errors
    /// [`Refusal::Unknown`]; [`Refusal::JobState`] when it is over.
    pub async fn cancel_job(&self, tenant: &TenantId, id: &str, by: &str) -> Result<Job> {
        self.ask_job(tenant, id, "cancel", JobState::Cancelled, by).await
    }

    /// Puts a job on hold. One that runs is stopped by its worker within seconds, and goes on where it was later.
    ///
    /// # Errors
    /// As [`Control::cancel_job`].
    pub async fn pause_job(&self, tenant: &TenantId, id: &str, by: &str) -> Result<Job> {
        self.ask_job(tenant, id, "pause", JobState::Paused, by).await
    }

    /// Lets a job go on: one that is paused, and one that is dead, failed or waiting, which is begun at once, with all its tries
    /// before it.
    ///
    /// # Errors
    /// [`Refusal::Unknown`]; [`Refusal::JobState`] when it succeeded, was cancelled, runs, or another took its place.
    pub async fn resume_job(&self, tenant: &TenantId, id: &str, by: &str) -> Result<Job> {
        let now = self.now();
        let mut whole = self.database.begin().await?;
        hold(&mut whole, tenant).await?;
        let query = sqlx::query(
            "UPDATE jobs SET state = 'queued', reason = $1, due_at = 0, attempt = 0, wish = '', changed_at = $2
             WHERE tenant_id = $3 AND id = $4 AND state IN ('paused', 'dead', 'failed', 'waiting')
             AND NOT EXISTS (SELECT 1 FROM jobs o WHERE o.tenant_id = jobs.tenant_id AND o.kind = jobs.kind
                 AND o.subject = jobs.subject AND o.id <> jobs.id
                 AND o.state IN ('queued', 'running', 'waiting', 'failed', 'paused'))",
        );
        let query = query.bind(format!("asked for by {by}")).bind(now).bind(tenant.as_str()).bind(id);
        let done = query.execute(&mut **whole).await.map_err(failed)?;
        if done.rows_affected() == 1 {
            note(&mut whole, id).await?;
            let query = sqlx::query("SELECT * FROM jobs WHERE id = $1").bind(id);
            let resumed = job(&query.fetch_one(&mut **whole).await.map_err(failed)?)?;
            if resumed.kind == DELIVER {
                delivery_wish::goes_on(&mut whole, &resumed).await?;
            }
            next_due(&mut whole, tenant).await?;
            whole.commit().await.map_err(failed)?;
        } else {
            drop(whole);
        }
        let found = self.job(tenant, id).await?.ok_or_else(|| Refusal::unknown("job", id))?;
        if done.rows_affected() == 1 { Ok(found) } else { Err(Refusal::JobState(found.state).into()) }
    }

    async fn ask_job(&self, tenant: &TenantId, id: &str, wish: &str, to: JobState, by: &str) -> Result<Job> {
        let now = self.now();
        let mut whole = self.database.begin().await?;
        hold(&mut whole, tenant).await?;
        let query = sqlx::query("UPDATE jobs SET wish = $1 WHERE tenant_id = $2 AND id = $3 AND state = 'running'");
        let query = query.bind(wish).bind(tenant.as_str()).bind(id);
        let runs = query.execute(&mut **whole).await.map_err(failed)?.rows_affected() == 1;
        let query = sqlx::query(
            "UPDATE jobs SET state = $1, reason = $2, changed_at = $3
             WHERE tenant_id = $4 AND id = $5 AND state IN ('queued', 'waiting', 'failed', 'paused')",
        );
        let query = query.bind(to.name()).bind(format!("asked for by {by}")).bind(now).bind(tenant.as_str()).bind(id);
        let done = query.execute(&mut **whole).await.map_err(failed)?.rows_affected() == 1;
        if done {
            note(&mut whole, id).await?;
            self.once_more(&mut whole, tenant, id).await?;
        }
        if runs {
            note_as(&mut whole, id, &format!("{wish} was asked for by {by}"), now).await?;
        }
        next_due(&mut whole, tenant).await?;
        whole.commit().await.map_err(failed)?;
        let found = self.job(tenant, id).await?.ok_or_else(|| Refusal::unknown("job", id))?;
        if runs || done { Ok(found) } else { Err(Refusal::JobState(found.state).into()) }
    }
}
