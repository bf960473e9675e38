//! `/api/v1/queries`: the questions that are under way, and the last ones.

use super::json::{self, List};
use super::{App, Asker, Problem};
use crate::auth::Permission;
use crate::control::{Cursor, Sees};
use crate::queries::Query;
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde::Deserialize;
use utoipa::IntoParams;

/// How many that are over stand on a page unless asked otherwise: as many as are remembered of one asker.
const USUAL: i64 = 100;

/// Which part of the list is asked for.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct Which {
    /// What the page before gave as `next`.
    cursor: Option<String>,
    /// How many of those that are over, 1 to 200; 100 unless said.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<i64>,
}

/// Queries, and pages that are made of several
///
/// Those of all processes that are under way, one of another process once it takes half a second, all of them on the first page; then the
/// last that were, of the process that answers: 100 of each who asked, and 1,000 of the tenant. The newest first. With `audit:read` those of everybody,
/// for whoever sees all teams and projects; else one's own, of which whoever sees some only is told those that they asked so.
#[utoipa::path(get, path = "/api/v1/queries", tag = "sql", params(Which),
    responses((status = 200, body = List<Query>), Problem))]
pub(super) async fn list(
    State(app): State<App>,
    asker: Asker,
    json::Query(which): json::Query<Which>,
) -> Result<Json<List<Query>>, Problem> {
    asker.needs(Permission::SqlRun)?;
    let cursor = Cursor::new(which.cursor.as_deref(), which.limit.or(Some(USUAL)))?;
    let (control, whose) = (&app.access.control, whose(&asker, Permission::AuditRead));
    let mut page = app.queries.list_everywhere(control, &asker.tenant, whose, &cursor).await?;
    page.items.retain(|query| is_told(&asker, query));
    Ok(Json(page.into()))
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

/// Whether somebody is told of a query of theirs. What they asked as one who sees everything, earlier or by another token, is not told to one
/// who sees some teams and projects only: its text, and how many rows it gave, are of others, too.
pub(super) fn is_told(asker: &Asker, query: &Query) -> bool {
    asker.authority.sees == Sees::Everything || !query.sees_all
}

/// Whose queries somebody has to do with: everybody's (`None`) by a permission, else their own. A text tells of teams and projects
/// that not everybody sees.
pub(super) fn whose(asker: &Asker, all: Permission) -> Option<&str> {
    let everybody = asker.needs(all).is_ok() && asker.authority.sees == Sees::Everything;
    (!everybody).then(|| asker.key())
}
