//! `/api/v1/flow`: whether the figures of flow agree with each other, and what its charts show.

use super::metrics::scope;
use super::trail::Slot;
use super::{App, Asker, Problem};
use crate::Error;
use crate::auth::Permission;
use axum::Json;
use axum::extract::{RawQuery, State};
use pulse_engine::metrics::{self, Ageing, CumulativeFlow, CycleTimes, Dimension, LittlesLaw};
use serde_json::json;
use utoipa::IntoParams;

/// Which span and which items.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "it says what there is; `scope` reads it")]
struct Asked {
    /// The first day.
    from: Option<String>,
    /// The day after the last.
    until: Option<String>,
    /// The time zone whose days, weeks and months are meant, such as `Asia/Tokyo`; the tenant's unless said.
    time_zone: Option<String>,
    /// Only these repositories, by id or name; `none` for what belongs to none.
    repository: Option<Vec<String>>,
    /// Only these projects.
    project: Option<Vec<String>>,
    /// Only these teams: of whoever it is assigned to.
    team: Option<Vec<String>>,
    /// Only what is of projects that these teams own.
    owning_team: Option<Vec<String>>,
    /// Only these classes of work items.
    class: Option<Vec<String>>,
    /// Only these types of work items.
    kind: Option<Vec<String>>,
    /// Only work items with any of these labels.
    label: Option<Vec<String>>,
}

/// Little's law, as a check of the data
///
/// Work in progress over throughput has to be the cycle time, on the average. Where it is not, the sentence says what that means.
#[utoipa::path(get, path = "/api/v1/flow/littles-law", tag = "metrics", params(Asked),
    responses((status = 200, body = Object), Problem))]
pub(super) async fn littles_law(
    State(app): State<App>,
    asker: Asker,
    slot: Slot,
    RawQuery(query): RawQuery,
) -> Result<Json<LittlesLaw>, Problem> {
    let tenant = asker.data(Permission::MetricsRead)?;
    let scope = scope(&app, &asker.settings, query.as_deref())?;
    let (span, settings) = ((scope.from, scope.until), scope.settings(&asker.settings));
    let told = async {
        let session = tenant.session().await?;
        Ok::<_, Error>(metrics::littles_law(&session, span, &scope.filter, &settings, app.clock).await?)
    };
    Ok(Json(app.figures(&asker, &slot, json!({"query": query}), told).await?))
}

/// Ageing work
///
/// How old the items in progress are, by the stage that they are in, against how old the items that are done were when they left that
/// stage in the span: half, 70 % and 85 % of those were not older. What is older than 85 % were is late already.
#[utoipa::path(get, path = "/api/v1/flow/ageing", tag = "metrics",
    params(Asked, ("stage" = Option<Vec<String>>, Query, description = "only these stages of flow")),
    responses((status = 200, body = Object), Problem))]
pub(super) async fn ageing(
    State(app): State<App>,
    asker: Asker,
    slot: Slot,
    RawQuery(query): RawQuery,
) -> Result<Json<Ageing>, Problem> {
    let tenant = asker.data(Permission::MetricsRead)?;
    let scope = scope(&app, &asker.settings, query.as_deref())?;
    if scope.by.is_some() || scope.compare.is_some() {
        return Err(Problem::invalid("ageing work takes no `by` and no `compare`: it is told by stage"));
    }
    let (span, settings) = ((scope.from, scope.until), scope.settings(&asker.settings));
    let told = async {
        let session = tenant.session().await?;
        Ok::<_, Error>(metrics::ageing(&session, span, &scope.filter, &settings, app.clock).await?)
    };
    Ok(Json(app.figures(&asker, &slot, json!({"query": query}), told).await?))
}

/// Cycle times
///
/// How long each item took that was done in the span, and how long half, 85 % and 95 % of them took at most. Of more than 3,000 items so
/// many are listed: the 100 that took longest, and of the rest some by chance, the same each time; the percentiles are of all.
#[utoipa::path(get, path = "/api/v1/flow/cycle-times", tag = "metrics", params(Asked),
    responses((status = 200, body = Object), Problem))]
pub(super) async fn cycle_times(
    State(app): State<App>,
    asker: Asker,
    slot: Slot,
    RawQuery(query): RawQuery,
) -> Result<Json<CycleTimes>, Problem> {
    let tenant = asker.data(Permission::MetricsRead)?;
    let scope = scope(&app, &asker.settings, query.as_deref())?;
    if scope.by.is_some() || scope.compare.is_some() {
        return Err(Problem::invalid("cycle times take no `by` and no `compare`: each item stands by itself"));
    }
    let (span, settings) = ((scope.from, scope.until), scope.settings(&asker.settings));
    let told = async {
        let session = tenant.session().await?;
        Ok::<_, Error>(metrics::cycle_times(&session, span, &scope.filter, &settings, app.clock).await?)
    };
    Ok(Json(app.figures(&asker, &slot, json!({"query": query}), told).await?))
}

/// Cumulative flow
///
/// How many items are in each stage at the end of each period, the stages in the order of flow. The rows behind a band are those of
/// the metric `cumulative_flow`.
#[utoipa::path(get, path = "/api/v1/flow/cumulative", tag = "metrics",
    params(Asked, ("stage" = Option<Vec<String>>, Query, description = "only these stages of flow"),
        ("grain" = Option<String>, Query, description = "`day`, `week` or `month`; `week` unless said")),
    responses((status = 200, body = Object), Problem))]
pub(super) async fn cumulative(
    State(app): State<App>,
    asker: Asker,
    slot: Slot,
    RawQuery(query): RawQuery,
) -> Result<Json<CumulativeFlow>, Problem> {
    let tenant = asker.data(Permission::MetricsRead)?;
    let scope = scope(&app, &asker.settings, query.as_deref())?;
    if scope.by.is_some_and(|by| by != Dimension::Stage) || scope.compare.is_some() {
        return Err(Problem::invalid("cumulative flow is told by stage, and takes no `compare`"));
    }
    let (question, settings) = (scope.question("cumulative_flow"), scope.settings(&asker.settings));
    let told = async {
        let session = tenant.session().await?;
        Ok::<_, Error>(metrics::cumulative_flow(&session, &question, &settings, app.clock).await?)
    };
    Ok(Json(app.figures(&asker, &slot, json!({"query": query}), told).await?))
}
