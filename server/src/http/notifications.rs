//! `/api/v1/notifications`: what happened while somebody was away.

use super::json::{self, List, Query};
use super::{App, Asker, Problem};
use crate::control::{Cursor, Notification, Topic};
use axum::Json;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use utoipa::{IntoParams, ToSchema};

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

/// What somebody chose not to be told.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Muted {
    /// Each is left out until it is taken off again.
    topics: BTreeSet<Topic>,
}

/// What I am not told
///
/// My own choice, in this tenant. What names me is told all the same: an alert, and a session of mine that somebody ended.
#[utoipa::path(get, path = "/api/v1/notifications/muted", tag = "events", responses((status = 200, body = Muted), Problem))]
pub(super) async fn muted(State(app): State<App>, asker: Asker) -> Result<Json<Muted>, Problem> {
    let topics = app.access.control.muted(&asker.tenant, asker.person()?.0).await?;
    Ok(Json(Muted { topics }))
}

/// Choose what I am not told
///
/// All of it anew. What happened meanwhile is among my notifications again once it is muted no more, a report that was made meanwhile is not.
#[utoipa::path(put, path = "/api/v1/notifications/muted", tag = "events", request_body = Muted,
    responses((status = 204), Problem))]
pub(super) async fn mute(State(app): State<App>, asker: Asker, body: Body) -> Result<StatusCode, Problem> {
    let user = asker.person()?.0;
    let asked: Muted = json::read(body).await?;
    app.access.control.mute(&asker.tenant, user, &asked.topics).await?;
    Ok(StatusCode::NO_CONTENT)
}
