//! `/api/v1/forecasts`: when it will be done, how that is known, and what would change it.

use super::json::{self, Query};
use super::trail::Slot;
use super::{App, Asker, Problem};
use crate::Error;
use crate::auth::Permission;
use crate::report::forecasts::{Forecasts, card, levels};
use axum::Json;
use axum::body::Body;
use axum::extract::State;
use chrono::NaiveDate;
use pulse_engine::forecast::{About, Answer, Ask, Kind, WhatIf};
use pulse_engine::metrics::Filter;
use serde::Deserialize;
use serde_json::{Value, json};
use utoipa::{IntoParams, ToSchema};

/// Which forecasts are asked for.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct Which {
    /// Only those of this project, by id or name.
    project: Option<String>,
}

/// The forecasts that stand
///
/// Of what was open on the last day on which any was made, and how all have done.
#[utoipa::path(get, path = "/api/v1/forecasts", tag = "forecasts", params(Which),
    responses((status = 200, body = Forecasts), Problem))]
pub(super) async fn list(
    State(app): State<App>,
    asker: Asker,
    slot: Slot,
    Query(which): Query<Which>,
) -> Result<Json<Forecasts>, Problem> {
    let tenant = asker.data(Permission::MetricsRead)?;
    let detail = json!({"forecasts": which.project});
    let filter = Filter { projects: which.project.into_iter().collect(), ..Filter::default() };
    let frozen = async { Ok::<_, Error>(tenant.forecasts(&filter, asker.settings.day(app.clock.now())).await?) };
    let frozen = app.figures(&asker, &slot, detail, frozen).await?;
    Ok(Json(Forecasts::of(&frozen)))
}

/// What is supposed to be otherwise, of what.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Supposed {
    /// `project`, `epic`, `sprint`, `release`, `team`, or `items`: all that a filter leaves.
    kind: String,
    /// Its id; `items` have none.
    id: Option<String>,
    /// Of `items`, which: lists of ids or names under `repositories`, `projects`, `teams`, `owning_teams`, `classes`, `kinds` and `labels`. Left out: all.
    #[serde(default)]
    #[schema(value_type = Object)]
    filter: Filter,
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
    let invalid = |error: pulse_engine::Error| Problem::invalid(error.to_string());
    let kind: Kind = supposed.kind.parse().map_err(invalid)?;
    let ask = Ask {
        about: About::named(kind, supposed.id, supposed.filter).map_err(invalid)?,
        growth: supposed.growth,
        due: day("due", supposed.due.as_deref())?,
        by: day("by", supposed.by.as_deref())?,
        what_if: WhatIf { scope: supposed.scope, pace: supposed.pace, start },
        limit: supposed.wip_limit,
    };
    let about = match &ask.about {
        About::One(kind, id) => json!({"kind": kind.name(), "id": id}),
        About::Items(filter) => json!({"kind": kind.name(), "filter": filter}),
    };
    let answer = async { Ok::<_, Error>(tenant.forecast(&ask, &asker.settings, app.clock).await?) };
    let answer = app.figures(&asker, &slot, json!({"forecast": about}), answer).await?;
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
