//! `/api/v1/forecasts`: when it will be done, how that is known, and what would change it.

use super::json::{self, Query};
use super::trail::Slot;
use super::{App, Asker, Problem};
use crate::auth::Permission;
use axum::Json;
use axum::body::Body;
use axum::extract::State;
use chrono::{DateTime, NaiveDate, SecondsFormat};
use pulse_engine::forecast::{Answer, Ask, Count, Scorecard, Series, WhatIf};
use pulse_engine::row::{Row, Value as Cell};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use utoipa::{IntoParams, ToSchema};

/// Which forecasts are asked for.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct Which {
    /// Only those of this project, by id.
    project: Option<String>,
}

/// Forecasts, and how far they are to be trusted.
#[derive(Serialize, ToSchema)]
pub(super) struct Forecasts {
    /// The newest of each subject, as in `facts.forecasts`.
    #[schema(value_type = Vec<Object>)]
    forecasts: Vec<Value>,
    /// How the frozen forecasts of each kind of subject have done.
    #[schema(value_type = Object)]
    calibration: Map<String, Value>,
}

/// The newest forecast of each subject
#[utoipa::path(get, path = "/api/v1/forecasts", tag = "forecasts", params(Which),
    responses((status = 200, body = Forecasts), Problem))]
pub(super) async fn list(
    State(app): State<App>,
    asker: Asker,
    slot: Slot,
    Query(which): Query<Which>,
) -> Result<Json<Forecasts>, Problem> {
    let tenant = asker.data(Permission::MetricsRead)?;
    let mut asked = slot.asks(&app, json!({"forecasts": which.project}));
    let frozen = tenant.forecasts(which.project.as_deref()).await?;
    asked.is_known().await?;
    asked.ends();
    let forecasts = frozen.newest.iter().map(row).collect();
    Ok(Json(Forecasts {
        forecasts,
        calibration: frozen.cards.iter().map(|(kind, c)| (kind.clone(), card(c))).collect(),
    }))
}

/// What is supposed to be otherwise, of what.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Supposed {
    /// `project`, `epic`, `sprint` or `team`.
    kind: String,
    /// Its id.
    id: String,
    /// The day by which it is to be done; left out: the one that it is due on.
    #[schema(value_type = Option<String>, format = Date)]
    due: Option<String>,
    /// A day: how many items will be done by its end?
    #[schema(value_type = Option<String>, format = Date)]
    by: Option<String>,
    /// Items more, or fewer, than are open.
    #[serde(default)]
    scope: i32,
    /// What a day's work is multiplied by: 1.5 for six people instead of four.
    #[serde(default = "as_it_is")]
    pace: f64,
    /// How many items may be in progress at once.
    wip_limit: Option<f64>,
    /// The first day that is worked on it.
    #[schema(value_type = Option<String>, format = Date)]
    start: Option<String>,
    /// `false`: what is open now is all.
    #[serde(default = "grows")]
    growth: bool,
}

fn as_it_is() -> f64 {
    1.0
}
fn grows() -> bool {
    true
}

/// Forecast what is supposed
///
/// Nothing of it is kept. Questions over the same history differ by what was changed alone, not by chance.
#[utoipa::path(post, path = "/api/v1/forecasts/what-if", tag = "forecasts", request_body = Supposed,
    responses((status = 200, body = Object), Problem))]
pub(super) async fn what_if(
    State(app): State<App>,
    asker: Asker,
    slot: Slot,
    body: Body,
) -> Result<Json<Value>, Problem> {
    let tenant = asker.data(Permission::MetricsRead)?;
    let supposed: Supposed = json::read(body).await?;
    let start = day("start", supposed.start.as_deref())?;
    let ask = Ask {
        kind: supposed.kind.parse().map_err(|error: pulse_engine::Error| Problem::invalid(error.to_string()))?,
        growth: supposed.growth,
        due: day("due", supposed.due.as_deref())?,
        by: day("by", supposed.by.as_deref())?,
        what_if: WhatIf { scope: supposed.scope, pace: supposed.pace, start },
        limit: supposed.wip_limit,
        id: supposed.id,
    };
    let mut asked = slot.asks(&app, json!({"forecast": {"kind": ask.kind.name(), "id": ask.id}}));
    let answer = tenant.forecast(&ask, &asker.settings, app.clock).await?;
    asked.is_known().await?;
    asked.ends();
    Ok(Json(told(&answer)))
}

fn day(name: &str, value: Option<&str>) -> Result<Option<NaiveDate>, Problem> {
    value.map(|value| super::metrics::day(name, value)).transpose()
}

/// An answer as JSON.
fn told(answer: &Answer) -> Value {
    let outcome = answer.outcome.as_ref();
    let history = &answer.history;
    json!({
        "name": answer.name,
        "made_on": answer.made_on.to_string(),
        "remaining": answer.remaining,
        "in_progress": answer.in_progress,
        "history": {
            "from": history.from().to_string(),
            "until": history.origin().to_string(),
            "working_days": history.days().len(),
            "done": history.done(),
            "added": history.added(),
        },
        "done_on": outcome.map(|outcome| levels(outcome.done_on.map(|day| json!(day.map(|day| day.to_string()))))),
        "never": outcome.map(|outcome| outcome.never),
        "due_on": answer.due.map(|day| day.to_string()),
        "due_probability": outcome.and_then(|outcome| outcome.due_probability),
        "done_by": outcome.and_then(|outcome| outcome.done_by).map(|done| levels(done.map(Value::from))),
        "runs": outcome.map(|outcome| outcome.runs),
        "reason": answer.reason,
        "calibration": card(&answer.card),
    })
}

fn levels(of: Series<Value>) -> Value {
    json!({"p50": of.p50, "p70": of.p70, "p85": of.p85, "p95": of.p95})
}

/// How forecasts have done, as JSON.
fn card(card: &Scorecard) -> Value {
    let count = |count: Count| {
        let (low, high) = count.interval().unzip();
        json!({"hits": count.hits, "of": count.of, "low": low, "high": high})
    };
    let due = card.due.as_ref().map(|due| {
        let bins =
            due.bins.iter().map(|bin| json!({"said": bin.said, "happened": bin.happened.hits, "of": bin.happened.of}));
        json!({
            "made": count(due.made),
            "brier": due.brier,
            "skill": due.skill,
            "skill_over_mean_pace": due.skill_over_mean,
            "reliability": bins.collect::<Vec<_>>(),
        })
    });
    let p85 = card.inside.p85;
    json!({
        "sentence": format!("{} of {} that are over were done by their 85 % day", p85.hits, p85.of),
        "inside": levels(card.inside.map(count)),
        "not_over": card.waiting,
        "due": due,
        "drifted": card.drifted,
    })
}

/// A row of a table as JSON.
fn row(row: &Row) -> Value {
    let cell = |value: &Cell| match value {
        Cell::Null => Value::Null,
        Cell::Text(text) => json!(text),
        Cell::Texts(texts) => json!(texts),
        Cell::Bool(flag) => json!(flag),
        Cell::Int(number) => json!(number),
        Cell::Float(number) => json!(number),
        Cell::Time(at) => {
            json!(DateTime::from_timestamp_micros(*at).map(|at| at.to_rfc3339_opts(SecondsFormat::Micros, true)))
        }
        Cell::Date(days) => json!(NaiveDate::from_epoch_days(*days).map(|day| day.to_string())),
    };
    Value::Object(row.entity().columns().map(|column| (column.name.to_owned(), cell(row.get(column.name)))).collect())
}
