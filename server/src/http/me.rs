//! `/api/v1/me`: what is one's own.

use super::json::{self, List, Part, Query};
use super::{App, Person, Problem};
use crate::auth::Permissions;
use crate::control::{Sees, Session, User};
use axum::Json;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Who is signed in, and where.
#[derive(Serialize, ToSchema)]
pub(super) struct Me {
    user: User,
    /// The tenant; `null` for a platform operator.
    tenant: Option<String>,
    /// What they may do there.
    permissions: Permissions,
    /// The same in words, in that order.
    allows: Vec<String>,
    /// Whose rows they see there.
    #[serde(skip_serializing_if = "Option::is_none")]
    sees: Option<Sees>,
    /// The tenants that they may go to.
    tenants: Vec<String>,
}

/// Who am I
#[utoipa::path(get, path = "/api/v1/me", tag = "me", responses((status = 200, body = Me), Problem))]
pub(super) async fn me(State(app): State<App>, person: Person) -> Result<Json<Me>, Problem> {
    let control = &app.access.control;
    let user = control.user(&person.user).await?.ok_or(crate::Error::SessionOver)?;
    let open = control.tenants_of(&user.id).await?;
    let tenants = open.iter().filter(|id| person.within().is_none_or(|own| own == *id));
    let tenants = tenants.map(ToString::to_string).collect();
    let (permissions, sees) = match person.authority {
        Some(authority) => (authority.permissions, Some(authority.sees)),
        None => (Permissions::new(), None),
    };
    let allows = permissions.iter().map(|permission| permission.description().to_owned()).collect();
    Ok(Json(Me { user, tenant: person.tenant.map(|tenant| tenant.to_string()), permissions, allows, sees, tenants }))
}

/// What is to be changed of oneself.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Rename {
    /// What people call you.
    name: String,
}

/// Change my name
#[utoipa::path(patch, path = "/api/v1/me", tag = "me", request_body = Rename, responses((status = 204), Problem))]
pub(super) async fn rename(State(app): State<App>, person: Person, body: Body) -> Result<StatusCode, Problem> {
    person.by_password()?;
    let asked: Rename = json::read(body).await?;
    app.access.control.rename_user(&person.user, &asked.name).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The present password, and a new one.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewPassword {
    /// The present one.
    present: String,
    /// The new one.
    new: String,
}

/// Change my password
///
/// Every other session of mine ends.
#[utoipa::path(put, path = "/api/v1/me/password", tag = "me", request_body = NewPassword,
    responses((status = 204), Problem))]
pub(super) async fn change_password(State(app): State<App>, person: Person, body: Body) -> Result<StatusCode, Problem> {
    person.by_password()?;
    let asked: NewPassword = json::read(body).await?;
    app.access.control.change_password(&person.user, &person.session, &asked.present, &asked.new).await?;
    app.access.changed();
    Ok(StatusCode::NO_CONTENT)
}

/// My sessions
#[utoipa::path(get, path = "/api/v1/me/sessions", tag = "me", params(Part),
    responses((status = 200, body = List<Session>), Problem))]
pub(super) async fn sessions(
    State(app): State<App>,
    person: Person,
    Query(part): Query<Part>,
) -> Result<Json<List<Session>>, Problem> {
    Ok(Json(app.access.control.nearby().sessions(&person.user, person.within(), &part.cursor()?).await?.into()))
}

/// End a session of mine
#[utoipa::path(delete, path = "/api/v1/me/sessions/{id}", tag = "me", params(("id" = String, Path)),
    responses((status = 204), Problem))]
pub(super) async fn end_session(
    State(app): State<App>,
    person: Person,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    app.access.control.end_session(&person.user, &id, person.within(), "ended by its owner").await?;
    app.access.changed();
    Ok(StatusCode::NO_CONTENT)
}

/// End my other sessions
#[utoipa::path(delete, path = "/api/v1/me/sessions", tag = "me", responses((status = 204), Problem))]
pub(super) async fn end_others(State(app): State<App>, person: Person) -> Result<StatusCode, Problem> {
    app.access.control.end_other_sessions(&person.user, &person.session, person.within()).await?;
    app.access.changed();
    Ok(StatusCode::NO_CONTENT)
}
