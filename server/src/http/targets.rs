//! `/api/v1/targets`: what the tenant aims at.

use super::jobs::who;
use super::json::{self, Versioned};
use super::metrics::definition;
use super::{App, Asker, Problem};
use crate::auth::Permission;
use crate::control::Target;
use axum::Json;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use serde::Deserialize;
use utoipa::ToSchema;

/// The tenant's targets
#[utoipa::path(get, path = "/api/v1/targets", tag = "metrics", responses((status = 200, body = Vec<Target>), Problem))]
pub(super) async fn list(State(app): State<App>, asker: Asker) -> Result<Json<Vec<Target>>, Problem> {
    asker.needs(Permission::MetricsRead)?;
    Ok(Json(app.access.control.targets(&asker.tenant).await?))
}

/// What a target is to be.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SetTarget {
    /// The value, in the metric's unit: seconds, a ratio from 0 to 1, or how many.
    #[schema(minimum = 0)]
    value: f64,
}

/// Set a metric's target, or change it
///
/// A new one without `If-Match`, one that is there with its ETag.
#[utoipa::path(put, path = "/api/v1/targets/{metric}", tag = "metrics", request_body = SetTarget,
    params(("metric" = String, Path), ("If-Match" = Option<String>, Header)),
    responses((status = 200, body = Target, headers(("ETag" = String))), Problem))]
pub(super) async fn set(
    State(app): State<App>,
    asker: Asker,
    Path(metric): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Result<Versioned<Target>, Problem> {
    asker.needs(Permission::TenantManage)?;
    let metric = &definition(&metric, &asker.own)?.name;
    let version = json::if_match_any(&headers)?.unwrap_or(0);
    let SetTarget { value } = json::read(body).await?;
    let set = app.access.control.set_target(&asker.tenant, metric, value, who(&asker), version).await?;
    Ok(Versioned(set.version, set))
}

/// Take a metric's target away
#[utoipa::path(delete, path = "/api/v1/targets/{metric}", tag = "metrics", params(("metric" = String, Path)),
    responses((status = 204), Problem))]
pub(super) async fn remove(
    State(app): State<App>,
    asker: Asker,
    Path(metric): Path<String>,
) -> Result<StatusCode, Problem> {
    asker.needs(Permission::TenantManage)?;
    app.access.control.remove_target(&asker.tenant, &metric, who(&asker)).await?;
    Ok(StatusCode::NO_CONTENT)
}
