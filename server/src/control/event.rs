//! Events: what happens in a tenant, for whoever looks on, and kept for those who were away. They are written with what they tell
//! of, in one commit, numbered without a gap: who knows the last number they saw misses nothing.

use super::alert_jobs::{is_there, says_how_it_stands};
use super::database::{Run as _, Whole, failed, json, maybe_number, maybe_text, number, text};
use super::page::{Cursor, Page};
use super::{Authority, Control, JobState, Refusal, Sees, tenant};
use crate::Result;
use crate::auth::Permission;
use pulse_engine::TenantId;
use serde::Serialize;
use serde_json::Value;
use sqlx::any::AnyRow;
use std::collections::BTreeMap;
use std::sync::Arc;
use utoipa::ToSchema;

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Event {
    /// Its number among its tenant's: they count up by one.
    pub id: i64,
    /// When it was told, in microseconds since 1970.
    pub at: i64,
    /// What happened, such as `job.dead`.
    pub kind: String,
    /// To what: the id of a job or session.
    pub subject: String,
    /// Whether it is kept as a notification.
    pub notifies: bool,
    /// More of it.
    #[schema(value_type = Object)]
    pub detail: Value,
    #[serde(skip)]
    user: Option<String>,
    #[serde(skip)]
    permission: String,
}

/// An event that is kept for those who were away.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Notification {
    /// The event.
    #[serde(flatten)]
    pub event: Event,
    /// When whoever asks read it, in microseconds since 1970; `null`: not yet.
    pub read_at: Option<i64>,
}

/// What is told of something that happens.
#[derive(Clone, Debug)]
pub(super) struct News {
    pub(super) at: i64,
    pub(super) kind: String,
    pub(super) subject: String,
    /// Whom alone it is for.
    pub(super) user: Option<String>,
    /// What it takes to be told.
    pub(super) permission: Option<Permission>,
    /// Whether it is for those alone who see all teams and projects.
    pub(super) of_all: bool,
    pub(super) notifies: bool,
    pub(super) detail: Value,
}

/// How many events were ever told, by tenant.
pub type Heads = BTreeMap<TenantId, i64>;

const DAY: i64 = 24 * 3600 * 1_000_000;
/// For how long events can be asked for again, and calls of hooks are known: GitHub repeats what is up to three days old.
const KEPT: i64 = 7 * DAY;
/// For how long notifications, and jobs and deliveries that are over, are kept, in microseconds.
pub(crate) const REMEMBERED: i64 = 90 * DAY;
/// How long alerts are kept that are over.
const HISTORY: i64 = 400 * DAY;
/// How many rows are forgotten in one go, so that nobody waits long for it.
const AT_ONCE: i64 = 5_000;

impl Event {
    /// Whether somebody may know of it.
    pub fn is_for(&self, user: Option<&str>, authority: &Authority) -> bool {
        self.user.as_deref().is_none_or(|whom| Some(whom) == user)
            && (self.permission.is_empty() || needs(authority).any(|need| need == self.permission))
    }

    /// What of it somebody is told who may know of it: not everybody is told why a job came into its state.
    pub(crate) fn told_to(self: Arc<Self>, authority: &Authority) -> Arc<Self> {
        let state = self.kind.strip_prefix("job.").and_then(|state| JobState::of(state).ok());
        let keeps = state.is_some_and(|state| self.detail["kind"].as_str().is_some_and(|kind| state.keeps_why(kind)));
        if !keeps || authority.sees == Sees::Everything {
            return self;
        }
        let mut told = Arc::unwrap_or_clone(self);
        if let Some(detail) = told.detail.as_object_mut() {
            detail.remove("reason");
        }
        Arc::new(told)
    }
}

impl Whole {
    /// Tells a tenant's onlookers of something, should it come to hold.
    pub(super) fn tell(&mut self, tenant: &TenantId, news: News) {
        self.news.push((tenant.clone(), news));
    }

    /// Writes what is told, last of all: others who tell wait for it, and it for nobody.
    pub(super) async fn write_news(&mut self) -> Result<(), sqlx::Error> {
        let mut all = std::mem::take(&mut self.news);
        if all.is_empty() {
            return Ok(());
        }
        // Two that tell several tenants take them in the same order.
        all.sort_by(|(a, _), (b, _)| a.cmp(b));
        for told in all.chunk_by(|(a, _), (b, _)| a == b) {
            let Some((tenant, _)) = told.first() else { continue };
            let n = i64::try_from(told.len()).unwrap_or(i64::MAX);
            let head = sqlx::query(
                "INSERT INTO event_heads (tenant_id, last) VALUES ($1, $2)
                 ON CONFLICT (tenant_id) DO UPDATE SET last = event_heads.last + $2 RETURNING last",
            );
            let head = head.bind(tenant.as_str()).bind(n).fetch_one(&mut ***self).await?;
            let first = sqlx::Row::try_get::<i64, _>(&head, "last")? - n + 1;
            for (number, (_, news)) in (first..).zip(told) {
                let query = sqlx::query(
                    "INSERT INTO events (tenant_id, number, at, kind, subject, user_id, permission, notifies, detail)
                     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
                );
                let query = query.bind(tenant.as_str()).bind(number).bind(news.at).bind(&news.kind);
                let query = query.bind(&news.subject).bind(news.user.clone());
                let query = query.bind(need(news.permission, news.of_all)).bind(i64::from(news.notifies));
                query.bind(news.detail.to_string()).execute(&mut ***self).await?;
            }
        }
        self.call().await
    }
}

impl Control {
    /// The events of a tenant after a number, oldest first, at most so many.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn events(&self, tenant: &TenantId, after: i64, most: i64) -> Result<Vec<Event>> {
        let query = sqlx::query("SELECT * FROM events WHERE tenant_id = $1 AND number > $2 ORDER BY number LIMIT $3");
        let query = query.bind(tenant.as_str()).bind(after).bind(most);
        query.fetch_all(self.database.pool()).await.map_err(failed)?.iter().map(event).collect()
    }

    /// The number before a tenant's first event that is still there, and that of its last.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn events_kept(&self, tenant: &TenantId) -> Result<(i64, i64)> {
        let query = sqlx::query(
            "SELECT h.last, (SELECT MIN(e.number) - 1 FROM events e
                 WHERE e.tenant_id = $1 AND (e.notifies = 0 OR e.at >= $2)) AS before
             FROM event_heads h WHERE h.tenant_id = $1",
        );
        let query = query.bind(tenant.as_str()).bind(self.now() - KEPT);
        let row = query.fetch_optional(self.database.pool()).await.map_err(failed)?;
        let Some(row) = row else { return Ok((0, 0)) };
        let last = number(&row, "last")?;
        Ok((maybe_number(&row, "before")?.unwrap_or(last), last))
    }

    /// The last numbers of these tenants, where they were told of anything.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn event_heads(&self, of: impl Iterator<Item = &TenantId> + Send) -> Result<Heads> {
        let of = of.fold(",".to_owned(), |list, tenant| list + tenant.as_str() + ",");
        let query = sqlx::query("SELECT tenant_id, last FROM event_heads WHERE $1 LIKE '%,' || tenant_id || ',%'");
        let rows = query.bind(of).fetch_all(self.database.pool()).await.map_err(failed)?;
        rows.iter().map(|row| Ok((TenantId::new(&text(row, "tenant_id")?)?, number(row, "last")?))).collect()
    }

    /// What is kept for a member, newest first, a page at a time; all, or what they have not read. What was told before they
    /// came is none of theirs, nor is what they muted, for as long as they do.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn notifications(
        &self,
        tenant: &TenantId,
        (user, authority): (&str, &Authority),
        unread: bool,
        cursor: &Cursor,
    ) -> Result<Page<Notification>> {
        let statement = "SELECT e.*, r.read_at FROM events e LEFT JOIN event_reads r
                 ON r.tenant_id = e.tenant_id AND r.number = e.number AND r.user_id = $2
             WHERE e.tenant_id = $1 AND e.notifies = 1 AND (e.user_id IS NULL OR e.user_id = $2)
             AND $3 LIKE '%,' || e.permission || ',%'
             AND EXISTS (SELECT 1 FROM members m WHERE m.tenant_id = $1 AND m.user_id = $2 AND m.created_at <= e.at
                 AND m.muted NOT LIKE '%\"' || e.kind || '\"%')
             AND ($4 = 0 OR r.read_at IS NULL) AND (-e.number > $5 OR (-e.number = $5 AND '' > $6))
             ORDER BY e.number DESC LIMIT $7";
        let query = || {
            let query = sqlx::query(statement).bind(tenant.as_str()).bind(user);
            query.bind(permitted(authority)).bind(i64::from(unread))
        };
        let read = |row: &AnyRow| {
            let event = Arc::unwrap_or_clone(Arc::new(event(row)?).told_to(authority));
            Ok(Notification { event, read_at: maybe_number(row, "read_at")? })
        };
        self.page(query, cursor, read, |one| (-one.event.id, "")).await
    }

    /// Notes that a member has read one notification, or with `None` all up to now; how many they had not read before.
    ///
    /// # Errors
    /// [`Refusal::Unknown`] when there is no such notification for them.
    pub async fn read_notifications(
        &self,
        tenant: &TenantId,
        (user, authority): (&str, &Authority),
        which: Option<i64>,
    ) -> Result<u64> {
        let mut whole = self.database.begin().await?;
        tenant::hold_open(&mut whole, tenant).await?;
        let query = sqlx::query(
            "INSERT INTO event_reads (tenant_id, user_id, number, read_at)
             SELECT e.tenant_id, $2, e.number, $3 FROM events e
             WHERE e.tenant_id = $1 AND e.notifies = 1 AND (e.user_id IS NULL OR e.user_id = $2)
             AND $4 LIKE '%,' || e.permission || ',%' AND ($5 = 0 OR e.number = $5)
             AND EXISTS (SELECT 1 FROM members m WHERE m.tenant_id = $1 AND m.user_id = $2 AND m.created_at <= e.at
                 AND m.muted NOT LIKE '%\"' || e.kind || '\"%')
             ON CONFLICT DO NOTHING",
        );
        let query = query.bind(tenant.as_str()).bind(user).bind(self.now()).bind(permitted(authority));
        let read = query.bind(which.unwrap_or_default()).execute(&mut **whole).await.map_err(failed)?.rows_affected();
        if read > 0 {
            // Their other windows show it as read, too.
            let detail = serde_json::json!({ "id": which });
            let news = News {
                at: self.now(),
                kind: "notification.read".to_owned(),
                subject: which.map_or_else(String::new, |id| id.to_string()),
                user: Some(user.to_owned()),
                permission: None,
                of_all: false,
                notifies: false,
                detail,
            };
            whole.tell(tenant, news);
        } else if let Some(id) = which {
            let query =
                sqlx::query("SELECT 1 AS n FROM event_reads WHERE tenant_id = $1 AND user_id = $2 AND number = $3");
            let known = query.bind(tenant.as_str()).bind(user).bind(id).fetch_optional(&mut **whole).await;
            known.map_err(failed)?.ok_or_else(|| Refusal::unknown("notification", &id.to_string()))?;
        }
        whole.commit().await.map_err(failed)?;
        Ok(read)
    }

    /// Forgets events, notifications, calls of hooks, and jobs, deliveries, alerts and pauses of schedules that are over, once they are old, but for the jobs
    /// that say how things stand; whether there may be more.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn forget_old(&self) -> Result<bool> {
        let (mut more, now) = (false, self.now());
        for (query, age) in [
            (
                sqlx::query(
                    "DELETE FROM events WHERE (tenant_id, number) IN (SELECT tenant_id, number FROM events
                         WHERE notifies = 0 AND at < $1 ORDER BY at, tenant_id, number LIMIT $2)",
                ),
                KEPT,
            ),
            (
                sqlx::query(
                    "DELETE FROM events WHERE (tenant_id, number) IN (SELECT tenant_id, number FROM events
                         WHERE notifies = 1 AND at < $1 ORDER BY at, tenant_id, number LIMIT $2)",
                ),
                REMEMBERED,
            ),
            (
                sqlx::query(
                    "DELETE FROM event_reads WHERE (tenant_id, user_id, number) IN
                         (SELECT r.tenant_id, r.user_id, r.number FROM event_reads r WHERE r.read_at < $1 AND NOT EXISTS
                             (SELECT 1 FROM events e WHERE e.tenant_id = r.tenant_id AND e.number = r.number)
                          ORDER BY r.tenant_id, r.user_id, r.number LIMIT $2)",
                ),
                0,
            ),
            (
                sqlx::query(
                    "DELETE FROM hook_calls WHERE (tenant_id, hook_id, mark) IN
                         (SELECT tenant_id, hook_id, mark FROM hook_calls WHERE seen_at < $1
                          ORDER BY seen_at, tenant_id, hook_id, mark LIMIT $2)",
                ),
                KEPT,
            ),
            (
                sqlx::query(concat!(
                    "DELETE FROM job_steps WHERE job_id IN
                         (SELECT id FROM jobs WHERE state IN ('succeeded', 'dead', 'cancelled') AND changed_at < $1
                          AND NOT ",
                    says_how_it_stands!(),
                    " ORDER BY changed_at, id LIMIT $2)",
                )),
                REMEMBERED,
            ),
            (
                sqlx::query(concat!(
                    "DELETE FROM job_runs WHERE job_id IN
                         (SELECT id FROM jobs WHERE state IN ('succeeded', 'dead', 'cancelled') AND changed_at < $1
                          AND NOT ",
                    says_how_it_stands!(),
                    " ORDER BY changed_at, id LIMIT $2)",
                )),
                REMEMBERED,
            ),
            (
                sqlx::query(concat!(
                    "DELETE FROM jobs WHERE id IN
                         (SELECT id FROM jobs WHERE state IN ('succeeded', 'dead', 'cancelled') AND changed_at < $1
                          AND NOT EXISTS (SELECT 1 FROM job_steps s WHERE s.job_id = jobs.id)
                          AND NOT EXISTS (SELECT 1 FROM job_runs r WHERE r.job_id = jobs.id) AND NOT ",
                    says_how_it_stands!(),
                    " ORDER BY changed_at, id LIMIT $2)",
                )),
                REMEMBERED,
            ),
            (
                sqlx::query(
                    "DELETE FROM delivery_attempts WHERE delivery_id IN
                         (SELECT id FROM deliveries WHERE state IN ('delivered', 'dead', 'cancelled') AND changed_at < $1
                          ORDER BY changed_at, id LIMIT $2)",
                ),
                REMEMBERED,
            ),
            (
                sqlx::query(
                    "DELETE FROM deliveries WHERE id IN
                         (SELECT id FROM deliveries WHERE state IN ('delivered', 'dead', 'cancelled') AND changed_at < $1
                          AND NOT EXISTS (SELECT 1 FROM delivery_attempts a WHERE a.delivery_id = deliveries.id)
                          ORDER BY changed_at, id LIMIT $2)",
                ),
                REMEMBERED,
            ),
            (
                sqlx::query(
                    "DELETE FROM parcels WHERE (tenant_id, key) IN
                         (SELECT p.tenant_id, p.key FROM parcels p WHERE p.created_at < $1 AND NOT EXISTS
                             (SELECT 1 FROM deliveries d WHERE d.tenant_id = p.tenant_id AND d.parcel_key = p.key)
                          ORDER BY p.created_at, p.tenant_id, p.key LIMIT $2)",
                ),
                REMEMBERED,
            ),
            (
                sqlx::query(
                    "DELETE FROM schedule_pauses WHERE (tenant_id, kind, subject, paused_at) IN
                         (SELECT tenant_id, kind, subject, paused_at FROM schedule_pauses WHERE ended_at < $1
                          ORDER BY ended_at, tenant_id, kind, subject LIMIT $2)",
                ),
                REMEMBERED,
            ),
            (
                sqlx::query(
                    "DELETE FROM alert_steps WHERE alert_id IN
                         (SELECT id FROM alerts WHERE state = 'cleared' AND changed_at < $1 ORDER BY changed_at, id LIMIT $2)",
                ),
                HISTORY,
            ),
            (
                sqlx::query(
                    "DELETE FROM alerts WHERE id IN (SELECT id FROM alerts WHERE state = 'cleared' AND changed_at < $1
                         AND NOT EXISTS (SELECT 1 FROM alert_steps s WHERE s.alert_id = alerts.id)
                         ORDER BY changed_at, id LIMIT $2)",
                ),
                HISTORY,
            ),
        ] {
            let done = query.bind(now - age).bind(AT_ONCE).run(&self.database).await.map_err(failed)?;
            more |= done.rows_affected() >= AT_ONCE.unsigned_abs();
        }
        Ok(more)
    }
}

/// What somebody may be told of, as a list to look into; what takes no permission stands in it as nothing.
fn permitted(authority: &Authority) -> String {
    needs(authority).fold(",,".to_owned(), |list, need| list + &need + ",")
}

/// What it takes to be told, as it is written: a permission, or one over all teams and projects.
fn need(permission: Option<Permission>, of_all: bool) -> String {
    let name = permission.map_or("", Permission::name);
    if of_all { format!("{name}:all") } else { name.to_owned() }
}

/// All of it that somebody has.
fn needs(authority: &Authority) -> impl Iterator<Item = String> {
    let over: &[bool] = if authority.sees == Sees::Everything { &[false, true] } else { &[false] };
    authority.permissions.iter().flat_map(|one| over.iter().map(|of_all| need(Some(*one), *of_all)))
}

fn event(row: &AnyRow) -> Result<Event> {
    Ok(Event {
        id: number(row, "number")?,
        at: number(row, "at")?,
        kind: text(row, "kind")?,
        subject: text(row, "subject")?,
        notifies: number(row, "notifies")? == 1,
        detail: json(row, "detail")?,
        user: maybe_text(row, "user_id")?,
        permission: text(row, "permission")?,
    })
}
