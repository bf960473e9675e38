//! Deliveries, as the control database knows them: what is to be handed over, by which job, and how each try went.

use super::database::{Whole, failed, json, maybe_number, number, text};
use super::event::News;
use super::job::{carry_runs, enqueue, hold};
use super::page::{Cursor, Page};
use super::queue::short;
use super::{Control, Job, Outcome, Refusal, Trigger};
use crate::auth::Permission;
use crate::delivery::{Channel, DeliveryState, DestinationKind, Ending, Event, MOST_TRIES, Next, Parcel, one_line};
use crate::{Result, secret};
use pulse_engine::TenantId;
use serde::Serialize;
use serde_json::json as object;
use sqlx::any::AnyRow;
use std::time::Duration;
use utoipa::ToSchema;

/// The kind of job that hands over the delivery that is its subject.
pub const DELIVER: &str = "deliver";
/// What is said of a try of which nothing went out yet. Earlier versions said nothing of it.
const NOT_OUT: &str = "nothing went out yet";
/// Somebody waits for what is delivered: it goes before what was due anyway.
const PRIORITY: i64 = 5;
/// The most recipients that a parcel is given at once.
pub const MOST_CHANNELS: usize = 100;

/// Something that is handed over to one recipient.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Delivery {
    /// Its id: its job's subject, and what receivers fold repeats by.
    pub id: String,
    /// The parcel's key.
    pub key: String,
    /// How, and to whom.
    pub channel: Channel,
    /// What it is about.
    pub subject: String,
    /// Where it stands.
    pub state: DeliveryState,
    /// Why.
    pub reason: String,
    /// How often it was tried since it was asked for.
    pub tries: i64,
    /// How many tries are left.
    pub tries_left: i64,
    /// Before when it is not tried again, in microseconds since 1970; `null`: at once, or never.
    pub next_at: Option<i64>,
    /// Who asked for it.
    pub created_by: String,
    /// When, in microseconds since 1970.
    pub created_at: i64,
    /// When its state last changed.
    pub changed_at: i64,
    /// 1 where what is being sent now, or was sent last, may have arrived for all that is known.
    #[serde(skip)]
    pub(super) unknown: i64,
}

/// A try to hand something over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Attempt {
    /// Its number, from 1.
    pub number: i64,
    /// When it began, in microseconds since 1970.
    pub began_at: i64,
    /// How long it took; `null` while it is under way, and where it was broken off.
    pub milliseconds: Option<i64>,
    /// What it came to: `delivered`, `again`, `unknown`, `never`, `interrupted`; empty while it is under way.
    pub outcome: String,
    /// What was answered, or what went wrong; while it is under way, as what it went out.
    pub said: String,
}

/// A try that has begun.
#[derive(Clone, Debug)]
pub struct Sending {
    /// Whose it is.
    pub tenant: TenantId,
    /// What is handed over to whom.
    pub delivery: Delivery,
    /// What is handed over.
    pub parcel: Parcel,
    number: i64,
}

/// What there is to do for a job that was given a delivery.
#[derive(Debug)]
pub enum Begun {
    /// Hand it over.
    Send(Box<Sending>),
    /// Nothing, now: this is what the job comes to.
    Settled(Outcome),
}

impl Control {
    /// Has a parcel delivered by each of these channels; the deliveries' ids, in their order. A parcel that is made again under its
    /// key is delivered to nobody twice: those who had none get the first.
    ///
    /// # Errors
    /// [`Refusal::Invalid`], [`Refusal::Unknown`] when there is no such tenant.
    pub async fn deliver(
        &self,
        tenant: &TenantId,
        parcel: &Parcel,
        channels: &[Channel],
        by: &str,
    ) -> Result<Vec<String>> {
        let mut whole = self.database.begin().await?;
        let ids = post(&mut whole, tenant, parcel, channels, (by, self.now(), 0), None).await?;
        whole.commit().await.map_err(failed)?;
        Ok(ids)
    }

    /// The same, for what a job made, whose run the deliveries belong to. A worker that lost the job has nothing delivered.
    ///
    /// # Errors
    /// As [`Control::deliver`].
    pub async fn deliver_made(
        &self,
        job: &Job,
        parcel: &Parcel,
        channels: &[Channel],
        by: &str,
    ) -> Result<Vec<String>> {
        let tenant = &job.tenant_id()?;
        let mut whole = self.database.begin().await?;
        hold(&mut whole, tenant).await?;
        if !is_at_work(&mut whole, job).await? {
            return Ok(Vec::new());
        }
        let ids = post(&mut whole, tenant, parcel, channels, (by, self.now(), 0), Some(job)).await?;
        whole.commit().await.map_err(failed)?;
        Ok(ids)
    }

    /// The deliveries of a tenant, the newest first, a page at a time: those in a state, or all.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn deliveries(
        &self,
        tenant: &TenantId,
        state: Option<DeliveryState>,
        cursor: &Cursor,
    ) -> Result<Page<Delivery>> {
        let statement = "SELECT * FROM deliveries WHERE tenant_id = $1 AND ($2 = '' OR state = $2)
             AND (-created_at > $3 OR (-created_at = $3 AND id > $4)) ORDER BY created_at DESC, id LIMIT $5";
        let query = || sqlx::query(statement).bind(tenant.as_str()).bind(state.map_or("", DeliveryState::name));
        self.page(query, cursor, delivery, |one: &Delivery| (-one.created_at, &one.id)).await
    }

    /// A delivery with all its tries, the first one first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn delivery(&self, tenant: &TenantId, id: &str) -> Result<Option<(Delivery, Vec<Attempt>)>> {
        let query = sqlx::query("SELECT * FROM deliveries WHERE tenant_id = $1 AND id = $2");
        let row = query.bind(tenant.as_str()).bind(id).fetch_optional(self.database.pool()).await.map_err(failed)?;
        let Some(row) = row else { return Ok(None) };
        let query = sqlx::query("SELECT * FROM delivery_attempts WHERE delivery_id = $1 ORDER BY number").bind(id);
        let attempts = query.fetch_all(self.database.pool()).await.map_err(failed)?;
        Ok(Some((delivery(&row)?, attempts.iter().map(attempt).collect::<Result<_>>()?)))
    }

    /// Begins a try, by the worker that has the delivery's job. One whose worker died is taken up again, as far as that may be.
    ///
    /// # Errors
    /// When the database fails: nothing has begun then.
    pub async fn begin_delivery(&self, job: &Job) -> Result<Begun> {
        let (now, tenant) = (self.now(), job.tenant_id()?);
        let mut whole = self.database.begin().await?;
        let Some(mut found) = held(&mut whole, job, &tenant).await? else {
            return Ok(Begun::Settled(Outcome::Hopeless("there is no such delivery".to_owned())));
        };
        if !is_at_work(&mut whole, job).await? {
            return Ok(Begun::Settled(Outcome::Stopped));
        }
        if let Some(outcome) = settled(&found, now) {
            return Ok(Begun::Settled(outcome));
        }
        let left = match found.state {
            DeliveryState::Sending => Some(broken_off(&mut whole, &found).await?),
            // Earlier versions tried once more what may have arrived.
            DeliveryState::Failed if found.unknown > 0 => Some(Ending::Unknown(found.reason.clone())),
            _ => None,
        };
        if let Some(ending) = left {
            let folds = folds(&mut whole, &tenant, &found.channel).await?;
            if let Next::GiveUp(why) = Next::of(&ending, found.tries, folds) {
                give_up(&mut whole, job, &found, &why, now).await?;
                whole.commit().await.map_err(failed)?;
                return Ok(Begun::Settled(Outcome::Hopeless(why)));
            }
        }
        found.tries += 1;
        found.unknown = 0;
        change(&mut whole, &found, Event::Begin, "it is being handed over", (0, now)).await?;
        let query = sqlx::query(
            "INSERT INTO delivery_attempts (delivery_id, number, began_at, outcome, said)
             SELECT $1, COALESCE(MAX(number), 0) + 1, $2, '', $3 FROM delivery_attempts WHERE delivery_id = $1
             RETURNING number",
        );
        let row = query.bind(&found.id).bind(now).bind(NOT_OUT).fetch_one(&mut **whole).await.map_err(failed)?;
        let made = sqlx::query("SELECT parcel FROM parcels WHERE tenant_id = $1 AND key = $2");
        let made = made.bind(tenant.as_str()).bind(&found.key).fetch_one(&mut **whole).await.map_err(failed)?;
        let (number, parcel) = (number(&row, "number")?, json(&made, "parcel")?);
        whole.commit().await.map_err(failed)?;
        Ok(Begun::Send(Box::new(Sending { tenant, delivery: found, parcel, number })))
    }

    /// Notes that a try goes out from now on, known to the other side by that: should its worker be gone before it notes what came of
    /// it, it may have arrived. `false` where it may not go out: it was taken back, or another worker has its job.
    ///
    /// # Errors
    /// When the database fails: it may not go out then.
    pub async fn delivery_goes_out(&self, job: &Job, sending: &Sending, known_as: &str) -> Result<bool> {
        let mut whole = self.database.begin().await?;
        let found = held(&mut whole, job, &sending.tenant).await?;
        let sends = found.is_some_and(|found| found.state == DeliveryState::Sending);
        if !sends || !is_at_work(&mut whole, job).await? {
            return Ok(false);
        }
        let query = sqlx::query("UPDATE deliveries SET unknown = 1 WHERE id = $1").bind(&sending.delivery.id);
        query.execute(&mut **whole).await.map_err(failed)?;
        let query = sqlx::query("UPDATE delivery_attempts SET said = $1 WHERE delivery_id = $2 AND number = $3");
        let query = query.bind(short(&format!("It went out ({known_as})")));
        let query = query.bind(&sending.delivery.id).bind(sending.number);
        query.execute(&mut **whole).await.map_err(failed)?;
        whole.commit().await.map_err(failed)?;
        Ok(true)
    }

    /// Notes what a try came to, and what follows from it; what the job comes to. A worker that lost the job notes nothing.
    ///
    /// # Errors
    /// When the database fails: the try has no end then.
    pub async fn end_delivery(&self, job: &Job, sending: &Sending, ending: &Ending, took: Duration) -> Result<Outcome> {
        let (now, tenant) = (self.now(), &sending.tenant);
        let mut whole = self.database.begin().await?;
        let found = held(&mut whole, job, tenant).await?;
        let found = found.filter(|found| found.state == DeliveryState::Sending);
        let Some(mut found) = found else { return Ok(Outcome::Stopped) };
        if !is_at_work(&mut whole, job).await? {
            return Ok(Outcome::Stopped);
        }
        found.unknown = i64::from(matches!(ending, Ending::Unknown(_)));
        close(&mut whole, &found.id, Some((sending.number, took)), ending).await?;
        let folds = folds(&mut whole, tenant, &found.channel).await?;
        let next = Next::of(ending, found.tries, folds);
        let outcome = match &next {
            Next::Over => {
                change(&mut whole, &found, Event::Arrive, ending.said(), (0, now)).await?;
                Outcome::Done(Vec::new())
            }
            Next::After(wait) => {
                let at = now.saturating_add(i64::try_from(wait.as_micros()).unwrap_or(i64::MAX));
                change(&mut whole, &found, Event::Fail, ending.said(), (at, now)).await?;
                Outcome::Wait(*wait, ending.said().to_owned())
            }
            Next::GiveUp(why) => {
                give_up(&mut whole, job, &found, why, now).await?;
                Outcome::Hopeless(why.clone())
            }
        };
        if let (Next::Over, Channel::Notification(user)) = (&next, &found.channel) {
            let Parcel { subject, text, link, key, .. } = &sending.parcel;
            whole.tell(
                tenant,
                News {
                    at: now,
                    kind: "message.received".to_owned(),
                    subject: found.id.clone(),
                    user: Some(user.clone()),
                    permission: None,
                    of_all: false,
                    notifies: true,
                    detail: object!({ "key": key, "subject": subject, "text": text, "link": link }),
                },
            );
        }
        whole.commit().await.map_err(failed)?;
        Ok(outcome)
    }
}

/// Has a parcel delivered within something larger, asked for by somebody now, and begun no earlier than it is due, by a job or by nobody's;
/// the deliveries' ids.
pub(super) async fn post(
    whole: &mut Whole,
    tenant: &TenantId,
    parcel: &Parcel,
    channels: &[Channel],
    (by, now, due_at): (&str, i64, i64),
    of: Option<&Job>,
) -> Result<Vec<String>> {
    parcel.check()?;
    if channels.len() > MOST_CHANNELS {
        return Err(Refusal::invalid("channels", format!("should be {MOST_CHANNELS} at most")).into());
    }
    hold(whole, tenant).await?;
    let query = sqlx::query(
        "INSERT INTO parcels (tenant_id, key, parcel, created_at) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
    );
    let query = query.bind(tenant.as_str()).bind(&parcel.key).bind(serde_json::to_string(parcel)?).bind(now);
    query.execute(&mut ***whole).await.map_err(failed)?;
    let mut ids = Vec::with_capacity(channels.len());
    for channel in channels {
        channel.check()?;
        let (id, written) = (secret::id("delivery")?, serde_json::to_string(channel)?);
        let query = sqlx::query(
            "INSERT INTO deliveries (id, tenant_id, parcel_key, channel, subject, state, reason, tries, unknown, next_at,
                 created_by, created_at, changed_at)
             VALUES ($1, $2, $3, $4, $5, 'queued', $6, 0, 0, 0, $7, $8, $8) ON CONFLICT DO NOTHING",
        );
        let query = query.bind(&id).bind(tenant.as_str()).bind(&parcel.key).bind(&written).bind(&parcel.subject);
        let query = query.bind(format!("asked for by {by}")).bind(by).bind(now);
        if query.execute(&mut ***whole).await.map_err(failed)?.rows_affected() == 1 {
            let trigger = Trigger { priority: PRIORITY, due_at, ..Trigger::new(DELIVER, &id) };
            let job = enqueue(whole, tenant, &trigger, of.map(|of| of.run.as_str()), by, now).await?;
            if let Some(of) = of {
                carry_runs(whole, &of.id, &job, false).await?;
            }
            ids.push(id);
            continue;
        }
        let query = sqlx::query("SELECT id FROM deliveries WHERE tenant_id = $1 AND parcel_key = $2 AND channel = $3");
        let query = query.bind(tenant.as_str()).bind(&parcel.key).bind(&written);
        ids.push(text(&query.fetch_one(&mut ***whole).await.map_err(failed)?, "id")?);
    }
    Ok(ids)
}

/// What a job comes to whose delivery is not to be tried now.
fn settled(found: &Delivery, now: i64) -> Option<Outcome> {
    match (found.state, found.next_at) {
        (DeliveryState::Delivered | DeliveryState::Cancelled, _) => Some(Outcome::Done(Vec::new())),
        (DeliveryState::Dead, _) => Some(Outcome::Hopeless(found.reason.clone())),
        (DeliveryState::Failed, Some(at)) if at > now => {
            let wait = Duration::from_micros(u64::try_from(at - now).unwrap_or_default());
            Some(Outcome::Wait(wait, found.reason.clone()))
        }
        _ => None,
    }
}

/// Holds the tenant's jobs, and finds the delivery that a job is about.
async fn held(whole: &mut Whole, job: &Job, tenant: &TenantId) -> Result<Option<Delivery>> {
    hold(whole, tenant).await?;
    find(whole, tenant, &job.subject).await
}

/// Whether a job is still its worker's.
pub(super) async fn is_at_work(whole: &mut Whole, job: &Job) -> Result<bool> {
    let query = sqlx::query("SELECT COUNT(*) AS n FROM jobs WHERE id = $1 AND epoch = $2 AND state = 'running'");
    let row = query.bind(&job.id).bind(job.epoch()).fetch_one(&mut ***whole).await.map_err(failed)?;
    Ok(number(&row, "n")? == 1)
}

/// The delivery of an id.
pub(super) async fn find(whole: &mut Whole, tenant: &TenantId, id: &str) -> Result<Option<Delivery>> {
    let query = sqlx::query("SELECT * FROM deliveries WHERE tenant_id = $1 AND id = $2");
    let row = query.bind(tenant.as_str()).bind(id).fetch_optional(&mut ***whole).await.map_err(failed)?;
    row.as_ref().map(delivery).transpose()
}

/// Notes that a try whose worker is gone was broken off; how it ended by that: what was going out may have arrived.
pub(super) async fn broken_off(whole: &mut Whole, found: &Delivery) -> Result<Ending> {
    let query = sqlx::query(
        "SELECT said FROM delivery_attempts WHERE delivery_id = $1 AND outcome = '' ORDER BY number DESC LIMIT 1",
    );
    let row = query.bind(&found.id).fetch_optional(&mut ***whole).await.map_err(failed)?;
    let said = row.map(|row| text(&row, "said")).transpose()?.unwrap_or_default();
    let ending = match found.unknown == 0 && said == NOT_OUT {
        true => Ending::Interrupted,
        // Earlier versions did not note when a try went out.
        false if said.is_empty() => Ending::Unknown("whoever was at it is gone".to_owned()),
        false => Ending::Unknown(format!("{said}, and whoever was at it is gone")),
    };
    close(whole, &found.id, None, &ending).await?;
    Ok(ending)
}

/// Gives up a delivery, and tells whoever asked for it, or whose token did. One to the notification centre tells nobody: that would go
/// the same way.
pub(super) async fn give_up(whole: &mut Whole, job: &Job, found: &Delivery, why: &str, now: i64) -> Result<()> {
    change(whole, found, Event::GiveUp, why, (0, now)).await?;
    let to = match &found.channel {
        Channel::Notification(_) => return Ok(()),
        Channel::Mail(to) | Channel::Destination(to) | Channel::Store(to) => to,
    };
    let (tenant, by) = (&job.tenant_id()?, found.created_by.as_str());
    let Some(owner) = person(whole, tenant, by).await? else { return Ok(()) };
    let parcel = Parcel {
        key: format!("delivery given up {} {}", job.id, job.epoch()),
        subject: format!("“{}” was not handed over", one_line(&found.subject, 150)),
        text: format!("To {to}: {why}"),
        ..Parcel::default()
    };
    post(whole, tenant, &parcel, &[Channel::Notification(owner)], (by, now, 0), Some(job)).await.map(drop)
}

/// The member who may come in that a key is of: a user's, or that of a token of theirs.
pub(super) async fn person(whole: &mut Whole, tenant: &TenantId, key: &str) -> Result<Option<String>> {
    let query = sqlx::query(
        "SELECT m.user_id FROM members m JOIN users u ON u.id = m.user_id
         WHERE m.tenant_id = $1 AND m.state = 'active' AND u.state = 'active' AND (m.user_id = $2 OR m.user_id IN
             (SELECT user_id FROM api_tokens WHERE tenant_id = $1 AND id = $2))",
    );
    let row = query.bind(tenant.as_str()).bind(key).fetch_optional(&mut ***whole).await.map_err(failed)?;
    row.map(|row| text(&row, "user_id")).transpose()
}

/// Whether a channel's receiver folds repeats.
pub(super) async fn folds(whole: &mut Whole, tenant: &TenantId, channel: &Channel) -> Result<bool> {
    let Channel::Destination(name) = channel else { return Ok(channel.folds(false)) };
    let query = sqlx::query("SELECT kind FROM destinations WHERE tenant_id = $1 AND name = $2");
    let row = query.bind(tenant.as_str()).bind(name).fetch_optional(&mut ***whole).await.map_err(failed)?;
    let kind = row.map(|row| text(&row, "kind")).transpose()?;
    Ok(channel.folds(kind.as_deref() != Some(DestinationKind::Webhook.name())))
}

/// Notes the end of a try: of the one of that number, or of whichever has none.
async fn close(whole: &mut Whole, id: &str, which: Option<(i64, Duration)>, ending: &Ending) -> Result<()> {
    let query = sqlx::query(
        "UPDATE delivery_attempts SET outcome = $1, said = $2, milliseconds = $3
         WHERE delivery_id = $4 AND outcome = '' AND ($5 = 0 OR number = $5)",
    );
    let took = which.map(|(_, took)| i64::try_from(took.as_millis()).unwrap_or(i64::MAX));
    let query = query.bind(ending.name()).bind(short(ending.said())).bind(took).bind(id);
    let query = query.bind(which.map_or(0, |(number, _)| number));
    query.execute(&mut ***whole).await.map_err(failed).map(drop)
}

/// Brings a delivery into the state that something leads to, and tells of it.
pub(super) async fn change(
    whole: &mut Whole,
    delivery: &Delivery,
    event: Event,
    reason: &str,
    (next_at, now): (i64, i64),
) -> Result<()> {
    let state = delivery.state.after(event).ok_or(Refusal::DeliveryState(delivery.state))?;
    let query = sqlx::query(
        "UPDATE deliveries SET state = $1, reason = $2, tries = $3, unknown = $4, next_at = $5, changed_at = $6
         WHERE id = $7 RETURNING tenant_id",
    );
    let query = query.bind(state.name()).bind(short(reason)).bind(delivery.tries).bind(delivery.unknown).bind(next_at);
    let row = query.bind(now).bind(&delivery.id).fetch_one(&mut ***whole).await.map_err(failed)?;
    let news = News {
        at: now,
        kind: format!("delivery.{}", state.name()),
        subject: delivery.id.clone(),
        user: None,
        permission: Some(Permission::JobsRead),
        // As whoever lists them: what it is about may name what not everybody sees.
        of_all: true,
        // The job that is dead by it notifies.
        notifies: false,
        detail: object!({ "subject": delivery.subject, "reason": short(reason), "tries": delivery.tries }),
    };
    whole.tell(&TenantId::new(&text(&row, "tenant_id")?)?, news);
    Ok(())
}

fn delivery(row: &AnyRow) -> Result<Delivery> {
    let (tries, state) = (number(row, "tries")?, DeliveryState::of(&text(row, "state")?)?);
    let goes_on = state.after(Event::Begin).is_some();
    Ok(Delivery {
        id: text(row, "id")?,
        key: text(row, "parcel_key")?,
        channel: json(row, "channel")?,
        subject: text(row, "subject")?,
        state,
        reason: text(row, "reason")?,
        tries,
        tries_left: if goes_on { (MOST_TRIES - tries).max(0) } else { 0 },
        next_at: Some(number(row, "next_at")?).filter(|at| *at > 0),
        created_by: text(row, "created_by")?,
        created_at: number(row, "created_at")?,
        changed_at: number(row, "changed_at")?,
        unknown: number(row, "unknown")?,
    })
}

fn attempt(row: &AnyRow) -> Result<Attempt> {
    Ok(Attempt {
        number: number(row, "number")?,
        began_at: number(row, "began_at")?,
        milliseconds: maybe_number(row, "milliseconds")?,
        outcome: text(row, "outcome")?,
        said: text(row, "said")?,
    })
}
