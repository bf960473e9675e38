//! `/api/v1/notifications`: what happened while somebody was away.

use super::json::{List, Query};
use super::{App, Asker, Problem};
use crate::control::{Cursor, Notification};
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde::Deserialize;
use utoipa::IntoParams;

/// Which notifications are asked for.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct Which {
    /// Only those that were not read.
    #[serde(default)]
    unread: bool,
    /// What the page before gave as `next`.
    cursor: Option<String>,
    /// How many, 1 to 200; 50 unless said.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<i64>,
}

/// My notifications
///
/// The newest first: events that are kept for 90 days for whoever may know of them, such as a job that waits for a person.
#[utoipa::path(get, path = "/api/v1/notifications", tag = "events", params(Which),
    responses((status = 200, body = List<Notification>), Problem))]
pub(super) async fn list(
    State(app): State<App>,
    asker: Asker,
    Query(which): Query<Which>,
) -> Result<Json<List<Notification>>, Problem> {
    let cursor = Cursor::new(which.cursor.as_deref(), which.limit)?;
    let me = (asker.person()?.0, &asker.authority);
    let page = app.access.control.notifications(&asker.tenant, me, which.unread, &cursor);
    Ok(Json(page.await?.into()))
}

/// Mark a notification as read
#[utoipa::path(post, path = "/api/v1/notifications/{id}/read", tag = "events", params(("id" = i64, Path, minimum = 1)),
    responses((status = 204), Problem))]
pub(super) async fn read(State(app): State<App>, asker: Asker, Path(id): Path<String>) -> Result<StatusCode, Problem> {
    let unknown = || Problem::not_found("there is no such notification");
    let number = id.parse::<i64>().ok().filter(|number| *number > 0).ok_or_else(unknown)?;
    app.access.control.read_notifications(&asker.tenant, (asker.person()?.0, &asker.authority), Some(number)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Mark all my notifications as read
#[utoipa::path(post, path = "/api/v1/notifications/read", tag = "events", responses((status = 204), Problem))]
pub(super) async fn read_all(State(app): State<App>, asker: Asker) -> Result<StatusCode, Problem> {
    app.access.control.read_notifications(&asker.tenant, (asker.person()?.0, &asker.authority), None).await?;
    Ok(StatusCode::NO_CONTENT)
}
