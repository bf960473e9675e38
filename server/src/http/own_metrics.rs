//! `/api/v1/metrics/own`: metrics that the tenant defined itself.

use super::jobs::who;
use super::json::{self, List, Part, Query, Versioned};
use super::trail::Slot;
use super::{App, Asker, Problem};
use crate::auth::Permission;
use crate::control::OwnMetric;
use axum::Json;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use pulse_engine::metrics;
use serde::Deserialize;
use utoipa::ToSchema;

/// The tenant's own metrics
#[utoipa::path(get, path = "/api/v1/metrics/own", tag = "metrics", responses((status = 200, body = Vec<OwnMetric>), Problem))]
pub(super) async fn list(State(app): State<App>, asker: Asker) -> Result<Json<Vec<OwnMetric>>, Problem> {
    asker.needs(Permission::MetricsRead)?;
    Ok(Json(app.access.control.own_metrics(&asker.tenant).await?))
}

/// One of them
#[utoipa::path(get, path = "/api/v1/metrics/own/{name}", tag = "metrics", params(("name" = String, Path)),
    responses((status = 200, body = OwnMetric, headers(("ETag" = String))), Problem))]
pub(super) async fn show(
    State(app): State<App>,
    asker: Asker,
    Path(name): Path<String>,
) -> Result<Versioned<OwnMetric>, Problem> {
    asker.needs(Permission::MetricsRead)?;
    let metric = app.access.control.own_metric(&asker.tenant, &name).await?;
    Ok(Versioned(metric.version, metric))
}

/// Its versions
///
/// The newest first, also of one that was taken away, of which the last version has no text. To bring one back, define the metric by its
/// text: that is a new version.
#[utoipa::path(get, path = "/api/v1/metrics/own/{name}/versions", tag = "metrics", params(("name" = String, Path), Part),
    responses((status = 200, body = List<OwnMetric>), Problem))]
pub(super) async fn versions(
    State(app): State<App>,
    asker: Asker,
    Path(name): Path<String>,
    Query(part): Query<Part>,
) -> Result<Json<List<OwnMetric>>, Problem> {
    asker.needs(Permission::MetricsRead)?;
    let control = app.access.control.nearby();
    Ok(Json(control.own_metric_versions(&asker.tenant, &name, &part.cursor()?).await?.into()))
}

/// What a metric is to be.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SetMetric {
    /// A header and a statement, as `docs/metrics.md` says: at most 16 KiB.
    text: String,
}

/// Define a metric, or change it
///
/// A new one without `If-Match`, one that is there with its ETag, which is its version. Whatever changes makes a version of it, and the
/// earlier ones stay. The text is planned before it is kept: what is wrong with it is told with its line. It needs `sql:run` besides
/// `tenant:manage`, because it is SQL.
#[utoipa::path(put, path = "/api/v1/metrics/own/{name}", tag = "metrics", request_body = SetMetric,
    params(("name" = String, Path), ("If-Match" = Option<String>, Header)),
    responses((status = 200, body = OwnMetric, headers(("ETag" = String))), Problem))]
pub(super) async fn set(
    State(app): State<App>,
    asker: Asker,
    Path(name): Path<String>,
    slot: Slot,
    headers: HeaderMap,
    body: Body,
) -> Result<Versioned<OwnMetric>, Problem> {
    asker.needs(Permission::TenantManage)?;
    let tenant = asker.data(Permission::SqlRun)?;
    let version = json::if_match_any(&headers)?.unwrap_or(0);
    let SetMetric { text } = json::read(body).await?;
    metrics::check(&tenant.session().await?, &name, &text).await?;
    let set = app.access.control.set_own_metric(&asker.tenant, &name, &text, who(&asker), version).await?;
    app.access.changed();
    slot.does(serde_json::json!({"version": set.version}));
    Ok(Versioned(set.version, set))
}

/// Take a metric of the tenant's own away, with its target
///
/// Its versions stay.
#[utoipa::path(delete, path = "/api/v1/metrics/own/{name}", tag = "metrics", params(("name" = String, Path)),
    responses((status = 204), Problem))]
pub(super) async fn remove(
    State(app): State<App>,
    asker: Asker,
    Path(name): Path<String>,
) -> Result<StatusCode, Problem> {
    asker.needs(Permission::TenantManage)?;
    app.access.control.remove_own_metric(&asker.tenant, &name, who(&asker)).await?;
    app.access.changed();
    Ok(StatusCode::NO_CONTENT)
}
