//! The audit trail, as far as it stands in the control database: events that wait for the lake.

use super::Control;
use super::database::{Run as _, Whole, failed, json, maybe_number, maybe_text, number, text};
use super::pen::{Line, Stroke};
use crate::audit::{Event, Link, START};
use crate::{Result, secret};
use pulse_engine::TenantId;
use sqlx::any::AnyRow;

/// How many events are numbered, and go to the lake, at once.
const MOST: i64 = 1000;
/// For how long something that was begun may take until it is taken to have died: longer than any request is let run.
pub const UNFINISHED: i64 = 15 * 60 * 1_000_000;

/// The end of a trail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// The trail; `None` before its first event.
    pub trail: Option<String>,
    /// The number of its last event; 0 before the first.
    pub sequence: i64,
    /// That event's sum.
    pub sum: String,
}

impl Control {
    /// Keeps an event until it is in the lake.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn record(&self, tenant: &TenantId, event: &Event) -> Result<()> {
        self.keep_event(tenant, event, None).await.map(drop)
    }

    /// Keeps what is about to be done; its key, for [`Control::finish_event`]. Should that never come, since the process dies,
    /// it goes to the lake as it is after [`UNFINISHED`].
    ///
    /// # Errors
    /// When the database fails: nothing is done then that no trail tells of.
    pub async fn begin_event(&self, tenant: &TenantId, event: &Event) -> Result<String> {
        self.keep_event(tenant, event, Some(self.now() + UNFINISHED)).await
    }

    /// Keeps what came of something that was begun, in the trail of `tenant`: by now it may be known whose it is.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn finish_event(&self, tenant: &TenantId, id: &str, event: &Event) -> Result<()> {
        let line = Line {
            stroke: Stroke::Finishes,
            id: id.to_owned(),
            tenant: tenant.to_string(),
            at: event.at,
            event: serde_json::to_string(event)?,
            unfinished_until: None,
        };
        // It took so long that it stands in the trail as unfinished: what came of it follows.
        if self.pen.write(&self.database, line).await? == 0 { self.record(tenant, event).await } else { Ok(()) }
    }

    async fn keep_event(&self, tenant: &TenantId, event: &Event, unfinished_until: Option<i64>) -> Result<String> {
        let id = secret::id("event")?;
        let line = Line {
            stroke: Stroke::Keeps,
            id: id.clone(),
            tenant: tenant.to_string(),
            at: event.at,
            event: serde_json::to_string(event)?,
            unfinished_until,
        };
        self.pen.write(&self.database, line).await?;
        Ok(id)
    }

    /// The tenants whose events wait for the lake.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn waiting_trails(&self) -> Result<Vec<TenantId>> {
        let rows = sqlx::query(
            "SELECT DISTINCT tenant FROM audit_events WHERE unfinished_until IS NULL OR unfinished_until <= $1 ORDER BY tenant",
        );
        let rows = rows.bind(self.now()).fetch_all(self.database.pool()).await.map_err(failed)?;
        rows.iter().map(|row| Ok(TenantId::new(&text(row, "tenant")?)?)).collect()
    }

    /// Numbers events of a trail that are not, in the order in which they happened, and returns those that wait, numbered.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn number_events(&self, tenant: &TenantId) -> Result<Vec<Link>> {
        let mut whole = self.database.begin().await?;
        // Whoever holds the head numbers; others wait here.
        sqlx::query(
            "INSERT INTO audit_heads (tenant, trail, sequence, sum) VALUES ($1, $2, 0, $3)
             ON CONFLICT (tenant) DO UPDATE SET sequence = audit_heads.sequence",
        )
        .bind(tenant.as_str())
        .bind(secret::id("trail")?)
        .bind(START)
        .execute(&mut **whole)
        .await
        .map_err(failed)?;
        let query = sqlx::query("SELECT trail, sequence, sum FROM audit_heads WHERE tenant = $1").bind(tenant.as_str());
        let row = query.fetch_one(&mut **whole).await.map_err(failed)?;
        let trail = text(&row, "trail")?;
        let (mut last, mut sum) = (number(&row, "sequence")?, text(&row, "sum")?);
        let rows = sqlx::query(
            "SELECT * FROM audit_events WHERE tenant = $1 AND (unfinished_until IS NULL OR unfinished_until <= $3)
             ORDER BY CASE WHEN sequence IS NULL THEN 1 ELSE 0 END, sequence, at, id LIMIT $2",
        );
        let rows =
            rows.bind(tenant.as_str()).bind(MOST).bind(self.now()).fetch_all(&mut **whole).await.map_err(failed)?;
        let mut links = Vec::with_capacity(rows.len());
        for row in &rows {
            if let Some(link) = numbered(&trail, row)? {
                links.push(link);
                continue;
            }
            let link = Link::after(&trail, &sum, last + 1, json(row, "event")?)?;
            let query = sqlx::query(
                "UPDATE audit_events SET sequence = $1, previous = $2, sum = $3 WHERE id = $4 AND event = $5",
            );
            let query = query.bind(link.sequence).bind(&link.previous).bind(&link.sum).bind(text(row, "id")?);
            let done = query.bind(text(row, "event")?).execute(&mut **whole).await.map_err(failed)?;
            if done.rows_affected() == 0 {
                // What came of it was noted in this moment: the next round numbers that.
                break;
            }
            (last, sum) = (link.sequence, link.sum.clone());
            links.push(link);
        }
        let query = sqlx::query("UPDATE audit_heads SET sequence = $1, sum = $2 WHERE tenant = $3");
        query.bind(last).bind(&sum).bind(tenant.as_str()).execute(&mut **whole).await.map_err(failed)?;
        whole.commit().await.map_err(failed)?;
        Ok(links)
    }

    /// Forgets events that are in the lake.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn forget_events(&self, tenant: &TenantId, until: i64) -> Result<()> {
        let query = sqlx::query("DELETE FROM audit_events WHERE tenant = $1 AND sequence <= $2").bind(tenant.as_str());
        query.bind(until).run(&self.database).await.map_err(failed)?;
        Ok(())
    }

    /// The end of a trail: its last event that has a number.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn numbered_head(&self, tenant: &TenantId) -> Result<Head> {
        let query = sqlx::query("SELECT trail, sequence, sum FROM audit_heads WHERE tenant = $1").bind(tenant.as_str());
        Ok(match query.fetch_optional(self.database.pool()).await.map_err(failed)? {
            Some(row) => {
                Head { trail: Some(text(&row, "trail")?), sequence: number(&row, "sequence")?, sum: text(&row, "sum")? }
            }
            None => Head { trail: None, sequence: 0, sum: START.to_owned() },
        })
    }

    /// The end of a trail, as far as it should be in the lake by now: before the first event that waits.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn landed_head(&self, tenant: &TenantId) -> Result<Head> {
        let head = self.numbered_head(tenant).await?;
        let query = sqlx::query(
            "SELECT sequence, previous FROM audit_events WHERE tenant = $1 AND sequence IS NOT NULL ORDER BY sequence LIMIT 1",
        );
        match query.bind(tenant.as_str()).fetch_optional(self.database.pool()).await.map_err(failed)? {
            Some(row) => Ok(Head { sequence: number(&row, "sequence")? - 1, sum: text(&row, "previous")?, ..head }),
            None => Ok(head),
        }
    }
}

/// Keeps an event, with what else is done whole.
pub(super) async fn keep(whole: &mut Whole, tenant: &TenantId, event: &Event) -> Result<()> {
    let query = sqlx::query("INSERT INTO audit_events (id, tenant, at, event) VALUES ($1, $2, $3, $4)");
    let query = query.bind(secret::id("event")?).bind(tenant.as_str()).bind(event.at);
    query.bind(serde_json::to_string(event)?).execute(&mut ***whole).await.map_err(failed)?;
    Ok(())
}

/// Has a trail go on after events that stand in the lake, beyond its end: of each, one that waits and is alike has gone there.
pub(super) async fn resume(whole: &mut Whole, tenant: &TenantId, beyond: &[Link]) -> Result<()> {
    let Some(last) = beyond.last() else { return Ok(()) };
    for link in beyond {
        let query = sqlx::query(
            "DELETE FROM audit_events WHERE id = (
                 SELECT min(id) FROM audit_events WHERE tenant = $1 AND at = $2 AND event = $3 AND sequence IS NULL)",
        );
        let query = query.bind(tenant.as_str()).bind(link.event.at).bind(serde_json::to_string(&link.event)?);
        query.execute(&mut ***whole).await.map_err(failed)?;
    }
    let query = sqlx::query("UPDATE audit_heads SET sequence = $1, sum = $2 WHERE tenant = $3 AND trail = $4");
    let query = query.bind(last.sequence).bind(&last.sum).bind(tenant.as_str()).bind(&last.trail);
    query.execute(&mut ***whole).await.map_err(failed)?;
    Ok(())
}

fn numbered(trail: &str, row: &AnyRow) -> Result<Option<Link>> {
    let (Some(sequence), Some(previous), Some(sum)) =
        (maybe_number(row, "sequence")?, maybe_text(row, "previous")?, maybe_text(row, "sum")?)
    else {
        return Ok(None);
    };
    Ok(Some(Link { trail: trail.to_owned(), sequence, previous, sum, event: json(row, "event")? }))
}
