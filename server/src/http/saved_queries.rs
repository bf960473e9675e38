//! `/api/v1/saved-queries`: queries that somebody saved.

use super::json::{self, List, Part, Query, Versioned};
use super::{App, Asker, Problem};
use crate::auth::Permission;
use crate::control::{Draft, SavedQuery, SavedVersion};
use axum::Json;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};

/// Saved queries
///
/// One's own, and those that others share.
#[utoipa::path(get, path = "/api/v1/saved-queries", tag = "sql", params(Part),
    responses((status = 200, body = List<SavedQuery>), Problem))]
pub(super) async fn list(
    State(app): State<App>,
    asker: Asker,
    Query(part): Query<Part>,
) -> Result<Json<List<SavedQuery>>, Problem> {
    asker.needs(Permission::SqlRun)?;
    let control = app.access.control.nearby();
    Ok(Json(control.saved_queries(&asker.tenant, asker.key(), &part.cursor()?).await?.into()))
}

/// Save a query
///
/// The text need not be one that can be planned; the parameters are well-formed.
#[utoipa::path(post, path = "/api/v1/saved-queries", tag = "sql", request_body = Draft,
    responses((status = 201, body = SavedQuery, headers(("ETag" = String))), Problem))]
pub(super) async fn create(State(app): State<App>, asker: Asker, body: Body) -> Result<Response, Problem> {
    asker.needs(Permission::SqlRun)?;
    let draft: Draft = json::read(body).await?;
    let saved = app.access.control.save_query(&asker.tenant, asker.key(), draft).await?;
    Ok((StatusCode::CREATED, Versioned(saved.version, saved)).into_response())
}

/// One of them
#[utoipa::path(get, path = "/api/v1/saved-queries/{id}", tag = "sql", params(("id" = String, Path)),
    responses((status = 200, body = SavedQuery, headers(("ETag" = String))), Problem))]
pub(super) async fn show(
    State(app): State<App>,
    asker: Asker,
    Path(id): Path<String>,
) -> Result<Versioned<SavedQuery>, Problem> {
    asker.needs(Permission::SqlRun)?;
    let saved = app.access.control.saved_query(&asker.tenant, asker.key(), &id).await?;
    Ok(Versioned(saved.version, saved))
}

/// Change a saved query
///
/// `If-Match` holds the ETag that it was read with, which is its version. Whatever changes makes a version of it, and the earlier ones
/// stay. Only its owner changes it; with `tenant:manage`, anybody's can be unshared, by all that it says and `"shared": false`.
#[utoipa::path(put, path = "/api/v1/saved-queries/{id}", tag = "sql", request_body = Draft,
    params(("id" = String, Path), ("If-Match" = String, Header)),
    responses((status = 200, body = SavedQuery, headers(("ETag" = String))), Problem))]
pub(super) async fn change(
    State(app): State<App>,
    asker: Asker,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Result<Versioned<SavedQuery>, Problem> {
    asker.needs(Permission::SqlRun)?;
    let version = json::if_match(&headers)?;
    let draft: Draft = json::read(body).await?;
    let by = (asker.key(), manages(&asker));
    let saved = app.access.control.change_saved_query(&asker.tenant, by, (&id, version), draft).await?;
    Ok(Versioned(saved.version, saved))
}

/// Remove a saved query, with all of its versions
///
/// One's own, or with `tenant:manage` anybody's that is shared.
#[utoipa::path(delete, path = "/api/v1/saved-queries/{id}", tag = "sql", params(("id" = String, Path)),
    responses((status = 204), Problem))]
pub(super) async fn remove(
    State(app): State<App>,
    asker: Asker,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    asker.needs(Permission::SqlRun)?;
    app.access.control.remove_saved_query(&asker.tenant, (asker.key(), manages(&asker)), &id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Its versions
///
/// The newest first. Whoever does not own it sees those that were shared.
#[utoipa::path(get, path = "/api/v1/saved-queries/{id}/versions", tag = "sql", params(("id" = String, Path), Part),
    responses((status = 200, body = List<SavedVersion>), Problem))]
pub(super) async fn versions(
    State(app): State<App>,
    asker: Asker,
    Path(id): Path<String>,
    Query(part): Query<Part>,
) -> Result<Json<List<SavedVersion>>, Problem> {
    asker.needs(Permission::SqlRun)?;
    let control = app.access.control.nearby();
    Ok(Json(control.saved_versions(&asker.tenant, asker.key(), &id, &part.cursor()?).await?.into()))
}

fn manages(asker: &Asker) -> bool {
    asker.needs(Permission::TenantManage).is_ok()
}
