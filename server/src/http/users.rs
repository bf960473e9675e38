//! `/api/v1/users`: who belongs to the tenant.

use super::json::{self, List, Part, Query, Versioned};
use super::{App, Asker, Problem};
use crate::auth::Permission;
use crate::control::{Member, MemberChange, Refusal, Sees, Session};
use axum::Json;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The tenant's people
#[utoipa::path(get, path = "/api/v1/users", tag = "users", params(Part),
    responses((status = 200, body = List<Member>), Problem))]
pub(super) async fn list(
    State(app): State<App>,
    asker: Asker,
    Query(part): Query<Part>,
) -> Result<Json<List<Member>>, Problem> {
    asker.needs(Permission::UsersRead)?;
    Ok(Json(app.access.control.nearby().members(&asker.tenant, &part.cursor()?).await?.into()))
}

/// One of them
#[utoipa::path(get, path = "/api/v1/users/{id}", tag = "users", params(("id" = String, Path)),
    responses((status = 200, body = Member, headers(("ETag" = String))), Problem))]
pub(super) async fn show(
    State(app): State<App>,
    asker: Asker,
    Path(id): Path<String>,
) -> Result<Versioned<Member>, Problem> {
    asker.needs(Permission::UsersRead)?;
    let member = app.access.control.member(&asker.tenant, &id).await?.ok_or_else(|| Refusal::unknown("user", &id))?;
    Ok(Versioned(member.version, member))
}

/// Change what one of them may do
///
/// `If-Match` holds the ETag that they were read with. Nobody gives what they do not have, or changes who has more; a tenant
/// keeps an owner. With `"active": false` they may no longer come in, and are signed out.
#[utoipa::path(patch, path = "/api/v1/users/{id}", tag = "users", request_body = MemberChange,
    params(("id" = String, Path), ("If-Match" = String, Header)),
    responses((status = 200, body = Member, headers(("ETag" = String))), Problem))]
pub(super) async fn change(
    State(app): State<App>,
    asker: Asker,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Result<Versioned<Member>, Problem> {
    asker.needs(Permission::UsersManage)?;
    let version = json::if_match(&headers)?;
    let change: MemberChange = json::read(body).await?;
    let member = app.access.control.change_member(&asker.tenant, &asker.authority, &id, version, change).await?;
    app.access.changed();
    Ok(Versioned(member.version, member))
}

/// Somebody who is invited.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Invite {
    /// Their address.
    email: String,
    /// Their roles.
    roles: Vec<String>,
    /// Whose rows they see. Left out: those that you see.
    sees: Option<Sees>,
}

/// An invitation.
#[derive(Serialize, ToSchema)]
pub(super) struct Invitation {
    /// What to send them. It is told this once, works once, and for seven days.
    url: String,
}

/// Invite somebody
///
/// The answer is the same whether Pulse knew them or not.
#[utoipa::path(post, path = "/api/v1/users/invitations", tag = "users", request_body = Invite,
    responses((status = 201, body = Invitation), Problem))]
pub(super) async fn invite(
    State(app): State<App>,
    asker: Asker,
    body: Body,
) -> Result<(StatusCode, Json<Invitation>), Problem> {
    asker.needs(Permission::UsersManage)?;
    let asked: Invite = json::read(body).await?;
    let sees = asked.sees.unwrap_or(asker.authority.sees.clone());
    let control = &app.access.control;
    let secret = control.invite(&asker.tenant, &asker.authority, &asked.email, asked.roles, sees).await?;
    let url = format!("{}/join?link={}", app.access.signer.issuer(), secret.tell());
    Ok((StatusCode::CREATED, Json(Invitation { url })))
}

/// Their sessions in this tenant
#[utoipa::path(get, path = "/api/v1/users/{id}/sessions", tag = "users", params(("id" = String, Path), Part),
    responses((status = 200, body = List<Session>), Problem))]
pub(super) async fn sessions(
    State(app): State<App>,
    asker: Asker,
    Path(id): Path<String>,
    Query(part): Query<Part>,
) -> Result<Json<List<Session>>, Problem> {
    asker.needs(Permission::UsersManage)?;
    Ok(Json(app.access.control.nearby().sessions(&id, Some(&asker.tenant), &part.cursor()?).await?.into()))
}

/// End their sessions in this tenant
#[utoipa::path(delete, path = "/api/v1/users/{id}/sessions", tag = "users", params(("id" = String, Path)),
    responses((status = 204), Problem))]
pub(super) async fn end_sessions(
    State(app): State<App>,
    asker: Asker,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    asker.needs(Permission::UsersManage)?;
    app.access.control.end_sessions_in(&asker.tenant, &id, "ended by an admin").await?;
    app.access.changed();
    Ok(StatusCode::NO_CONTENT)
}
