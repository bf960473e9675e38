//! `/api/v1/connections`: where the tenant's data come from.

use super::jobs::who;
use super::json::{self, List, Part, Query, Versioned};
use super::{App, Asker, Problem};
use crate::auth::Permission;
use crate::control::{Connection, Refusal};
use axum::Json;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use serde::Deserialize;
use serde_json::Value;
use utoipa::ToSchema;

/// The tenant's connections
#[utoipa::path(get, path = "/api/v1/connections", tag = "connections", params(Part),
    responses((status = 200, body = List<Connection>), Problem))]
pub(super) async fn list(
    State(app): State<App>,
    asker: Asker,
    Query(part): Query<Part>,
) -> Result<Json<List<Connection>>, Problem> {
    asker.needs(Permission::JobsRead)?;
    Ok(Json(app.access.control.connections(&asker.tenant, &part.cursor()?).await?.into()))
}

/// A connection
#[utoipa::path(get, path = "/api/v1/connections/{name}", tag = "connections", params(("name" = String, Path)),
    responses((status = 200, body = Connection, headers(("ETag" = String))), Problem))]
pub(super) async fn show(
    State(app): State<App>,
    asker: Asker,
    Path(name): Path<String>,
) -> Result<Versioned<Connection>, Problem> {
    asker.needs(Permission::JobsRead)?;
    let found = app.access.control.connection(&asker.tenant, &name).await?;
    let found = found.ok_or_else(|| Refusal::unknown("connection", &name))?;
    Ok(Versioned(found.version, found))
}

/// What a connection is to be.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SetUp {
    /// What reads it: `git`.
    connector: String,
    /// Where it is read: for `git` a folder below the one that the operator opened for the tenant.
    place: String,
    /// How it is read: for `git` what counts as a deployment, such as `{"deployments": {"tags": ["release-*"]}}`.
    #[serde(default = "nothing")]
    #[schema(value_type = Object)]
    settings: Value,
}

fn nothing() -> Value {
    Value::Object(serde_json::Map::new())
}

/// Set a connection up, or change one
///
/// A new one without `If-Match`, one that is there with its ETag. What it reads is looked at before anything is kept. `POST /api/v1/jobs`
/// with `{"kind": "land", "subject": NAME}` reads it.
#[utoipa::path(put, path = "/api/v1/connections/{name}", tag = "connections", request_body = SetUp,
    params(("name" = String, Path), ("If-Match" = Option<String>, Header)),
    responses((status = 200, body = Connection, headers(("ETag" = String))), Problem))]
pub(super) async fn set(
    State(app): State<App>,
    asker: Asker,
    Path(name): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Result<Versioned<Connection>, Problem> {
    asker.needs(Permission::ConnectionsManage)?;
    let version = json::if_match_any(&headers)?.unwrap_or(0);
    let SetUp { connector, place, settings } = json::read(body).await?;
    let (created_by, created_at) = (who(&asker).to_owned(), 0);
    let set = Connection { name, connector, place, settings, created_by, created_at, version };
    app.repositories.open(&asker.tenant, &set).await?;
    let set = app.access.control.set_connection(&asker.tenant, &set).await?;
    Ok(Versioned(set.version, set))
}

/// Remove a connection
///
/// With it go its schedule and hooks. What came from it stays.
#[utoipa::path(delete, path = "/api/v1/connections/{name}", tag = "connections", params(("name" = String, Path)),
    responses((status = 204), Problem))]
pub(super) async fn remove(
    State(app): State<App>,
    asker: Asker,
    Path(name): Path<String>,
) -> Result<StatusCode, Problem> {
    asker.needs(Permission::ConnectionsManage)?;
    app.access.control.remove_connection(&asker.tenant, &name).await?;
    Ok(StatusCode::NO_CONTENT)
}
