//! `/api/v1/roles` and `/api/v1/permissions`: what people may do.

use super::json::{self, Versioned};
use super::{App, Asker, Problem};
use crate::auth::{Permission, Permissions};
use crate::control::{Refusal, Role};
use axum::Json;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A permission, and who has it.
#[derive(Serialize, ToSchema)]
pub(super) struct Allowed {
    /// Its name.
    permission: Permission,
    /// What it lets people do.
    description: &'static str,
    /// The roles that give it.
    roles: Vec<String>,
}

/// Which role may do what
///
/// Every permission that there is, with the roles of this tenant that give it.
#[utoipa::path(get, path = "/api/v1/permissions", tag = "roles", responses((status = 200, body = Vec<Allowed>), Problem))]
pub(super) async fn matrix(State(app): State<App>, asker: Asker) -> Result<Json<Vec<Allowed>>, Problem> {
    asker.needs(Permission::UsersRead)?;
    let roles = app.access.control.nearby().roles(&asker.tenant).await?;
    let of = |permission: Permission| {
        let with = roles.iter().filter(|role| role.permissions.contains(&permission));
        Allowed {
            permission,
            description: permission.description(),
            roles: with.map(|role| role.name.clone()).collect(),
        }
    };
    Ok(Json(Permission::ALL.into_iter().map(of).collect()))
}

/// The tenant's roles
#[utoipa::path(get, path = "/api/v1/roles", tag = "roles", responses((status = 200, body = Vec<Role>), Problem))]
pub(super) async fn list(State(app): State<App>, asker: Asker) -> Result<Json<Vec<Role>>, Problem> {
    asker.needs(Permission::UsersRead)?;
    Ok(Json(app.access.control.nearby().roles(&asker.tenant).await?))
}

/// One of them
#[utoipa::path(get, path = "/api/v1/roles/{name}", tag = "roles", params(("name" = String, Path)),
    responses((status = 200, body = Role, headers(("ETag" = String))), Problem))]
pub(super) async fn show(
    State(app): State<App>,
    asker: Asker,
    Path(name): Path<String>,
) -> Result<Versioned<Role>, Problem> {
    asker.needs(Permission::UsersRead)?;
    let role = app.access.control.role(&asker.tenant, &name).await?.ok_or_else(|| Refusal::unknown("role", &name))?;
    Ok(Versioned(role.version, role))
}

/// A role that is to be made.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewRole {
    /// Its name.
    name: String,
    /// Whom it is for.
    #[serde(default)]
    description: String,
    /// What it lets them do: nothing that you may not.
    permissions: Permissions,
}

/// Make a role
#[utoipa::path(post, path = "/api/v1/roles", tag = "roles", request_body = NewRole,
    responses((status = 201, body = Role), Problem))]
pub(super) async fn create(
    State(app): State<App>,
    asker: Asker,
    body: Body,
) -> Result<(StatusCode, Versioned<Role>), Problem> {
    asker.needs(Permission::RolesManage)?;
    let new: NewRole = json::read(body).await?;
    let by = &asker.authority.permissions;
    let control = &app.access.control;
    let role = control.create_role(&asker.tenant, by, &new.name, &new.description, &new.permissions).await?;
    Ok((StatusCode::CREATED, Versioned(role.version, role)))
}

/// What a role is to be.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ChangedRole {
    /// Whom it is for.
    description: String,
    /// What it lets them do.
    permissions: Permissions,
}

/// Change a role
#[utoipa::path(put, path = "/api/v1/roles/{name}", tag = "roles", request_body = ChangedRole,
    params(("name" = String, Path), ("If-Match" = String, Header)),
    responses((status = 200, body = Role, headers(("ETag" = String))), Problem))]
pub(super) async fn change(
    State(app): State<App>,
    asker: Asker,
    Path(name): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Result<Versioned<Role>, Problem> {
    asker.needs(Permission::RolesManage)?;
    let version = json::if_match(&headers)?;
    let ChangedRole { description, permissions } = json::read(body).await?;
    let changed = Role { name, description, permissions, built_in: false, version };
    let by = &asker.authority.permissions;
    let role = app.access.control.change_role(&asker.tenant, by, &changed, version).await?;
    app.access.changed();
    Ok(Versioned(role.version, role))
}

/// Remove a role that nobody has
#[utoipa::path(delete, path = "/api/v1/roles/{name}", tag = "roles", params(("name" = String, Path)),
    responses((status = 204), Problem))]
pub(super) async fn remove(
    State(app): State<App>,
    asker: Asker,
    Path(name): Path<String>,
) -> Result<StatusCode, Problem> {
    asker.needs(Permission::RolesManage)?;
    app.access.control.remove_role(&asker.tenant, &asker.authority.permissions, &name).await?;
    app.access.changed();
    Ok(StatusCode::NO_CONTENT)
}
