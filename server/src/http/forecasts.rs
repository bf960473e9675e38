//! `/api/v1/forecasts`: when it will be done, how that is known, and what would change it.

use super::json::{self, Query, once, unknown};
use super::then::Then;
use super::trail::Slot;
use super::{App, Asker, Problem};
use crate::Error;
use crate::auth::Permission;
use crate::report::forecasts::{Forecasts, card, levels};
use axum::Json;
use axum::body::Body;
use axum::extract::{RawQuery, State};
use chrono::NaiveDate;
use pulse_engine::forecast::{self, About, Answer, Ask, Kind, OpenItem, WhatIf};
use pulse_engine::metrics::Filter;
use pulse_engine::plan::{self, Fixed};
use serde::{Deserialize, Serialize};
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
    Ok(Json(Forecasts::of(&frozen, None)))
}

/// The most items that are told one by one.
const MOST_ITEMS: usize = 1_000;

/// The items that a forecast is of.
#[derive(Serialize, ToSchema)]
pub(super) struct ForecastItems {
    /// How many there are.
    count: usize,
    /// Them, by the names that people call them by; at most 1,000.
    #[schema(value_type = Vec<Object>)]
    items: Vec<OpenItem>,
}

/// What is to be fixed in a milestone.
#[derive(Serialize, ToSchema)]
pub(super) struct MilestoneItems {
    /// How many items there are.
    count: usize,
    /// Them, those that are not done first; at most 1,000.
    #[schema(value_type = Vec<Object>)]
    items: Vec<Fixed>,
}

/// The items that a forecast is of
///
/// Those of its subject that were open at the beginning of the day on which it was made, as the lake tells it today; at most 1,000.
#[utoipa::path(get, path = "/api/v1/forecasts/evidence", tag = "forecasts",
    params(("kind" = String, Query, description = "`project`, `epic`, `sprint`, `release` or `team`"),
        ("id" = String, Query, description = "what it is of, by its id"),
        ("made_on" = String, Query, description = "the day on which it was made"),
        ("as_of" = Option<String>, Query, description = "an instant of the past: of the rows that the lake held then")),
    responses((status = 200, body = ForecastItems), Problem))]
pub(super) async fn evidence(
    State(app): State<App>,
    asker: Asker,
    slot: Slot,
    RawQuery(query): RawQuery,
) -> Result<Json<ForecastItems>, Problem> {
    let tenant = asker.data(Permission::MetricsRead)?;
    let then = Then::of(&app, query.as_deref())?;
    let (mut kind, mut id, mut made_on) = (None, None, None);
    for (name, value) in then.rest() {
        match name.as_ref() {
            // A form sends what was left empty, too.
            _ if value.is_empty() => {}
            "kind" => {
                let named = value.parse::<Kind>().map_err(|error| Problem::invalid(error.to_string()))?;
                once(&mut kind, &name, named)?;
            }
            "id" => once(&mut id, &name, value.into_owned())?,
            "made_on" => once(&mut made_on, &name, super::metrics::day(&name, &value)?)?,
            _ => return Err(unknown(&name, "kind, id, made_on, as_of")),
        }
    }
    let (Some(kind), Some(id), Some(made_on)) = (kind, id, made_on) else {
        return Err(Problem::invalid(
            "`kind`, `id` and `made_on` should be there: of what the forecast is, and of which day",
        ));
    };
    let tenant = then.tenant((&app, &asker, &slot), tenant).await?;
    let items = async {
        let session = tenant.session().await?;
        Ok::<_, Error>(forecast::evidence(&session, (kind, id.as_str()), made_on, &asker.settings).await?)
    };
    let mut items = app.figures(&asker, &slot, json!({"query": query}), items).await?;
    let count = items.len();
    items.truncate(MOST_ITEMS);
    Ok(Json(ForecastItems { count, items }))
}

/// The items that are to be fixed in a milestone
///
/// Those that are not done first; at most 1,000.
#[utoipa::path(get, path = "/api/v1/milestones/evidence", tag = "forecasts",
    params(("id" = String, Query, description = "the milestone, by its id"),
        ("as_of" = Option<String>, Query, description = "an instant of the past: of the rows that the lake held then")),
    responses((status = 200, body = MilestoneItems), Problem))]
pub(super) async fn milestone(
    State(app): State<App>,
    asker: Asker,
    slot: Slot,
    RawQuery(query): RawQuery,
) -> Result<Json<MilestoneItems>, Problem> {
    let tenant = asker.data(Permission::MetricsRead)?;
    let then = Then::of(&app, query.as_deref())?;
    let mut id = None;
    for (name, value) in then.rest() {
        match name.as_ref() {
            _ if value.is_empty() => {}
            "id" => once(&mut id, &name, value.into_owned())?,
            _ => return Err(unknown(&name, "id, as_of")),
        }
    }
    let id = id.ok_or_else(|| Problem::invalid("`id` should be there: which milestone"))?;
    let tenant = then.tenant((&app, &asker, &slot), tenant).await?;
    let items = async { Ok::<_, Error>(plan::fixed(&tenant.session().await?, &id).await?) };
    let mut items = app.figures(&asker, &slot, json!({"query": query}), items).await?;
    let count = items.len();
    items.truncate(MOST_ITEMS);
    Ok(Json(MilestoneItems { count, items }))
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
    /// What a day's work is multiplied by: 1.5 for half as much again. Left out: it is as it is.
    pace: Option<f64>,
    /// So many people instead of those who work on it, in the place of a `pace`: each is supposed to do as much.
    people: Option<Staffing>,
    /// How many items may be in progress at once.
    wip_limit: Option<f64>,
    /// The first day that is worked on it.
    #[schema(value_type = Option<String>, format = Date)]
    start: Option<String>,
    /// `false`: what is open now is all.
    #[serde(default = "grows")]
    growth: bool,
}

/// Other people than those who work on something.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Staffing {
    /// How many they are, above 0: 2.5 where one is there for half of the time.
    from: f64,
    /// How many they would be, above 0.
    to: f64,
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
    let what_if = WhatIf { scope: supposed.scope, start, ..WhatIf::default() };
    let what_if = match (supposed.pace, supposed.people) {
        (Some(_), Some(_)) => return Err(Problem::invalid("`people` stand in the place of a `pace`: one of them")),
        (Some(pace), None) => WhatIf { pace, ..what_if },
        (None, Some(Staffing { from, to })) => what_if.staffed((from, to)).map_err(invalid)?,
        (None, None) => what_if,
    };
    let ask = Ask {
        about: About::named(kind, supposed.id, supposed.filter).map_err(invalid)?,
        growth: supposed.growth,
        due: day("due", supposed.due.as_deref())?,
        by: day("by", supposed.by.as_deref())?,
        what_if,
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
