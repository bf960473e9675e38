//! `GET /api/v1/flow/littles-law`: whether the figures of flow agree with each other.

use super::metrics::scope;
use super::trail::Slot;
use super::{App, Asker, Problem};
use crate::auth::Permission;
use axum::Json;
use axum::extract::{RawQuery, State};
use pulse_engine::metrics::{self, LittlesLaw};
use serde_json::json;
use utoipa::IntoParams;

/// Which span and which items.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "it says what there is; `scope` reads it")]
struct Asked {
    /// The first day, in the tenant's time zone.
    from: Option<String>,
    /// The day after the last.
    until: Option<String>,
    /// Only these repositories, by id or name; `none` for what belongs to none.
    repository: Option<Vec<String>>,
    /// Only these projects.
    project: Option<Vec<String>>,
    /// Only these teams.
    team: Option<Vec<String>>,
    /// Only these classes of work items.
    class: Option<Vec<String>>,
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
    let mut asked = slot.asks(&app, json!({"query": query}));
    let session = tenant.session().await?;
    let span = (scope.from, scope.until);
    let told = metrics::littles_law(&session, span, &scope.filter, &asker.settings, app.clock).await?;
    asked.is_known().await?;
    asked.ends();
    Ok(Json(told))
}
