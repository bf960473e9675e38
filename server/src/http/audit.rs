//! `GET /api/v1/audit`: who did what.

use super::asker::Trailed;
use super::json::Query;
use super::trail::Slot;
use super::{App, Problem};
use crate::control::Refusal;
use crate::queries::{Door, Page};
use arrow::array::RecordBatch;
use axum::Json;
use axum::extract::State;
use pulse_engine::metrics::literal;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

/// How many events are given unless asked otherwise, and at most.
const USUAL: i64 = 50;
const MOST: i64 = 500;
/// What is looked through for a text.
const SOUGHT: [&str; 5] = ["action", "target", "address", "agent", "detail"];

/// Which events are asked for.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct Wanted {
    /// What the page before gave as `next`.
    #[param(minimum = 1)]
    cursor: Option<i64>,
    /// How many, 1 to 500; 50 unless said.
    #[param(minimum = 1, maximum = 500)]
    limit: Option<i64>,
    /// Only what this user or token did.
    actor: Option<String>,
    /// Only what came to this: `done`, `refused`, `failed`, `timed-out`, `stopped` or `left`.
    outcome: Option<String>,
    /// Only what has this text, in whichever case, in what it was, to what, from where, by which program, or in its detail.
    find: Option<String>,
}

/// A page of the trail.
#[derive(Serialize, ToSchema)]
pub(super) struct Events {
    /// The events, newest first.
    #[schema(value_type = Vec<Object>)]
    items: Vec<Value>,
    /// What the next page is asked with; `null` on the last.
    next: Option<i64>,
}

/// Who did what
///
/// A tenant's trail for its members, that of the platform for platform operators; newest first. What happened within the last
/// seconds may still be on its way. Trails of earlier control databases are in `audit.events` alone.
#[utoipa::path(get, path = "/api/v1/audit", tag = "audit", params(Wanted), responses((status = 200, body = Events), Problem))]
pub(super) async fn list(
    State(app): State<App>,
    Trailed { tenant, asker, known_by }: Trailed,
    Query(wanted): Query<Wanted>,
    slot: Slot,
) -> Result<Json<Events>, Problem> {
    let limit = wanted.limit.unwrap_or(USUAL);
    if !(1..=MOST).contains(&limit) {
        return Err(Refusal::invalid("limit", format!("should be between 1 and {MOST}")).into());
    }
    let head = app.access.control.landed_head(tenant.id()).await?;
    let mut filters = vec![format!("sequence < {}", wanted.cursor.unwrap_or(i64::MAX))];
    for (column, value) in
        [("trail", &Some(head.trail.unwrap_or_default())), ("actor", &wanted.actor), ("outcome", &wanted.outcome)]
    {
        if let Some(value) = value {
            filters.push(format!("{column} = {}", literal(value)));
        }
    }
    if let Some(find) = &wanted.find {
        let text = literal(find);
        let has = SOUGHT.map(|column| format!("strpos(lower({column}), lower({text})) > 0"));
        filters.push(format!("({})", has.join(" OR ")));
    }
    let sql = format!(
        "SELECT sequence, at, action, outcome, actor, session, target, address, agent, detail, rows, bytes,
             query, milliseconds, memory_bytes, cached, plan
         FROM audit.events WHERE {} ORDER BY sequence DESC LIMIT {}",
        filters.join(" AND "),
        limit + 1
    );
    let seen = tenant.policy().clone();
    let asks = Page { tenant: tenant.id().clone(), asker, known_by, address: slot.address(), seen };
    let events = async { Ok::<_, Problem>(tenant.with_audit().sql(&sql).await?) };
    let mut items = values(&app.queries.step(Door::Page, &asks, events).await?)?;
    let more = items.len() as i64 > limit;
    items.truncate(usize::try_from(limit).unwrap_or_default());
    let next = items.last().filter(|_| more).and_then(|last| last["sequence"].as_i64());
    Ok(Json(Events { items, next }))
}

fn values(batches: &[RecordBatch]) -> Result<Vec<Value>, Problem> {
    let mut writer = arrow::json::ArrayWriter::new(Vec::new());
    writer.write_batches(&batches.iter().collect::<Vec<_>>()).map_err(crate::Error::from)?;
    writer.finish().map_err(crate::Error::from)?;
    let bytes = writer.into_inner();
    // Nothing at all is written for no rows.
    if bytes.is_empty() { Ok(Vec::new()) } else { Ok(serde_json::from_slice(&bytes).map_err(crate::Error::from)?) }
}
