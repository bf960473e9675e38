//! `/api/v1/queries`: the questions that are under way, and the last ones.

use super::{App, Asker, Problem};
use crate::auth::Permission;
use crate::control::Sees;
use crate::queries::Query;
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;

/// Queries.
#[derive(Serialize, ToSchema)]
pub(super) struct Queries {
    /// Those that are under way and the last 100 that were, the newest first.
    items: Vec<Query>,
}

/// Queries
///
/// Those of all processes that are under way, one of another process once it takes half a second, and the last ones of the process that answers. With `audit:read` those of everybody, for whoever sees all teams
/// and projects; else one's own.
#[utoipa::path(get, path = "/api/v1/queries", tag = "sql", responses((status = 200, body = Queries), Problem))]
pub(super) async fn list(State(app): State<App>, asker: Asker) -> Result<Json<Queries>, Problem> {
    asker.needs(Permission::SqlRun)?;
    let (control, whose) = (&app.access.control, whose(&asker, Permission::AuditRead));
    Ok(Json(Queries { items: app.queries.list_everywhere(control, &asker.tenant, whose).await? }))
}

/// Stop a query
///
/// One's own, or with `tenant:manage` anybody's. Its response breaks off, and what it computed with is free. Of one in mode `async` that
/// is over, the result is removed.
#[utoipa::path(delete, path = "/api/v1/queries/{id}", tag = "sql", params(("id" = String, Path)),
    responses((status = 204, description = "It is stopped, or its result removed"), Problem))]
pub(super) async fn stop(State(app): State<App>, asker: Asker, Path(id): Path<String>) -> Result<StatusCode, Problem> {
    asker.needs(Permission::SqlRun)?;
    let (control, whose) = (&app.access.control, whose(&asker, Permission::TenantManage));
    app.queries.stop_everywhere(control, &asker.tenant, &id, whose).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Whose queries somebody has to do with: everybody's (`None`) by a permission, else their own. A text tells of teams and projects
/// that not everybody sees.
pub(super) fn whose(asker: &Asker, all: Permission) -> Option<&str> {
    let everybody = asker.needs(all).is_ok() && asker.authority.sees == Sees::Everything;
    (!everybody).then(|| asker.key())
}
