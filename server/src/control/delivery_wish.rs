//! What a person may wish of a delivery: to have it handed over again, to take it back. It goes with its job, and its job with it.

use super::database::Whole;
use super::database::{failed, text};
use super::delivery::{broken_off, change, find, folds, give_up};
use super::job::{enqueue, hold, next_due, note};
use super::{Control, DELIVER, Delivery, Job, JobState, Refusal, Trigger};
use crate::Result;
use crate::delivery::{DeliveryState, Event, Next};
use futures::FutureExt as _;
use futures::future::BoxFuture;
use pulse_engine::TenantId;

impl Control {
    /// Has something handed over that was not, at once and with all its tries before it.
    ///
    /// # Errors
    /// [`Refusal::Unknown`]; [`Refusal::DeliveryState`] when it was delivered, or is being.
    pub async fn retry_delivery(&self, tenant: &TenantId, id: &str, by: &str) -> Result<Delivery> {
        let now = self.now();
        let mut whole = self.database.begin().await?;
        hold(&mut whole, tenant).await?;
        let found = find(&mut whole, tenant, id).await?.ok_or_else(|| Refusal::unknown("delivery", id))?;
        let reason = format!("asked for by {by}");
        change(&mut whole, &Delivery { tries: 0, unknown: 0, ..found }, Event::Ask, &reason, (0, now)).await?;
        let query = sqlx::query(
            "UPDATE jobs SET state = 'queued', reason = $1, due_at = 0, attempt = 0, wish = '', changed_at = $2
             WHERE tenant_id = $3 AND kind = $4 AND subject = $5 AND state IN ('waiting', 'failed', 'paused') RETURNING id",
        );
        let query = query.bind(&reason).bind(now).bind(tenant.as_str()).bind(DELIVER).bind(id);
        match query.fetch_optional(&mut **whole).await.map_err(failed)? {
            Some(row) => {
                note(&mut whole, &text(&row, "id")?).await?;
                next_due(&mut whole, tenant).await?;
            }
            None => {
                enqueue(&mut whole, tenant, &Trigger::new(DELIVER, id).asked(), None, by, now).await?;
            }
        }
        let after = find(&mut whole, tenant, id).await?.ok_or_else(|| Refusal::unknown("delivery", id))?;
        whole.commit().await.map_err(failed)?;
        Ok(after)
    }

    /// Takes back what was not handed over yet. What is being handed over just then may arrive.
    ///
    /// # Errors
    /// [`Refusal::Unknown`]; [`Refusal::DeliveryState`] when it is over.
    pub async fn cancel_delivery(&self, tenant: &TenantId, id: &str, by: &str) -> Result<Delivery> {
        self.delivery(tenant, id).await?.ok_or_else(|| Refusal::unknown("delivery", id))?;
        let query = sqlx::query(
            "SELECT id FROM jobs WHERE tenant_id = $1 AND kind = $2 AND subject = $3
             AND state IN ('queued', 'running', 'waiting', 'failed', 'paused')",
        );
        let query = query.bind(tenant.as_str()).bind(DELIVER).bind(id);
        let row = query.fetch_optional(self.database.pool()).await.map_err(failed)?;
        match row {
            // The delivery follows its job.
            Some(row) => drop(self.cancel_job(tenant, &text(&row, "id")?, by).await?),
            None => {
                let now = self.now();
                let mut whole = self.database.begin().await?;
                hold(&mut whole, tenant).await?;
                let found = find(&mut whole, tenant, id).await?.ok_or_else(|| Refusal::unknown("delivery", id))?;
                change(&mut whole, &found, Event::Cancel, &format!("taken back by {by}"), (0, now)).await?;
                whole.commit().await.map_err(failed)?;
            }
        }
        let (after, _) = self.delivery(tenant, id).await?.ok_or_else(|| Refusal::unknown("delivery", id))?;
        Ok(after)
    }
}

/// Has a delivery handed over again whose job a person lets go on. That a worker puts its job back, or is gone, says nothing of the kind:
/// what may have arrived stays given up.
pub(super) async fn goes_on(whole: &mut Whole, job: &Job) -> Result<()> {
    let Some(found) = find(whole, &job.tenant_id()?, &job.subject).await? else { return Ok(()) };
    if !matches!(found.state, DeliveryState::Dead | DeliveryState::Cancelled) {
        return Ok(());
    }
    let anew = Delivery { tries: 0, unknown: 0, ..found };
    change(whole, &anew, Event::Ask, &job.reason, (0, job.changed_at)).await
}

/// Takes a delivery along where its job went without it: one whose job is over waits for nobody.
pub(super) fn follow<'a>(whole: &'a mut Whole, job: &'a Job) -> BoxFuture<'a, Result<()>> {
    // Boxed, since to tell somebody asks for a job of its own, which is noted.
    follows(whole, job).boxed()
}

async fn follows(whole: &mut Whole, job: &Job) -> Result<()> {
    let event = match job.state {
        JobState::Cancelled => Event::Cancel,
        JobState::Dead => Event::GiveUp,
        JobState::Paused => Event::Fail,
        _ => return Ok(()),
    };
    let tenant = &job.tenant_id()?;
    let Some(found) = find(whole, tenant, &job.subject).await? else { return Ok(()) };
    let (event, found, why) = match event {
        // Whoever was at it was stopped, or is gone for good: what was going out may have arrived.
        _ if found.state == DeliveryState::Sending => {
            let ending = broken_off(whole, &found).await?;
            let folds = folds(whole, tenant, &found.channel).await?;
            match Next::of(&ending, found.tries, folds) {
                Next::GiveUp(why) if event != Event::Cancel => (Event::GiveUp, found, why),
                _ => (event, found, job.reason.clone()),
            }
        }
        Event::Fail => return Ok(()),
        _ if found.state.after(event).is_none() => return Ok(()),
        _ => (event, found, job.reason.clone()),
    };
    match event {
        Event::GiveUp => give_up(whole, job, &found, &why, job.changed_at).await,
        event => change(whole, &found, event, &why, (0, job.changed_at)).await,
    }
}
