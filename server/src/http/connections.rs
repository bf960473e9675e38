//! `/api/v1/connections`: where the tenant's data come from.

use super::jobs::who;
use super::json::{self, List, Part, Query, Versioned};
use super::trail::Slot;
use super::{App, Asker, Problem};
use crate::auth::Permission;
use crate::condition::Condition;
use crate::control::{Connection, CredentialKeeper, Refusal};
use axum::Json;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use serde::Deserialize;
use serde_json::Value;
use std::sync::Arc;
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

/// How a connection does
///
/// When it was read, how far behind it is, what of it could not be mapped, and how much of what the vendor says there is is in the lake.
#[utoipa::path(get, path = "/api/v1/connections/{name}/health", tag = "connections", params(("name" = String, Path)),
    responses((status = 200, body = Condition), Problem))]
pub(super) async fn health(
    State(app): State<App>,
    asker: Asker,
    Path(name): Path<String>,
    slot: Slot,
) -> Result<Json<Condition>, Problem> {
    let (tenant, control) = (asker.rows(Permission::JobsRead)?, &app.access.control);
    let found = control.connection(&asker.tenant, &name).await?;
    let found = found.ok_or_else(|| Refusal::unknown("connection", &name))?;
    let condition = async { Ok::<_, Problem>(Condition::of(control, &asker.tenant, &tenant, &found).await?) };
    Ok(Json(app.step(&asker, &slot, condition).await?))
}

/// What a connection is to be.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ConnectionSetUp)]
pub(super) struct SetUp {
    /// What reads it: `git` or `github`.
    connector: String,
    /// Where it is read: for `git` a folder below the one that the operator opened for the tenant, for `github`
    /// `https://api.github.com` or the address of an Enterprise Server.
    place: String,
    /// What it shows the vendor: for `github` a token. It is kept sealed and never told. Left out, one that is there stays.
    credential: Option<String>,
    /// How it is read: for `git` what counts as a deployment, such as `{"deployments": {"tags": ["release-*"]}}`; for `github` what to
    /// read, too, such as `{"owners": ["acme"]}`.
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
    let SetUp { connector, place, credential, settings } = json::read(body).await?;
    let (control, vault, tenant) = (&app.access.control, app.access.signer.vault(), &asker.tenant);
    let (created_by, created_at, has_credential) = (who(&asker).to_owned(), 0, credential.is_some());
    let set = Connection { name, connector, place, settings, has_credential, created_by, created_at, version };
    let kept = match &credential {
        // One that was given for another place is not shown at this one.
        None => match control.connection_with_credential(tenant, &set.name, vault).await? {
            Some((before, kept)) if before.place == set.place => kept,
            _ => None,
        },
        Some(_) => None,
    };
    let shown = credential.as_deref().or(kept.as_deref());
    let (name, tenant_id) = (set.name.clone(), tenant.clone());
    let keeper = CredentialKeeper { control: control.clone(), vault: vault.clone(), tenant: tenant_id, name };
    let opened = app.sources.open(tenant, &set, shown, Some(Arc::new(keeper))).await?;
    opened.check().await.map_err(|error| app.sources.unread(&error))?;
    // Looking may have renewed it; one that was kept before was kept anew then.
    let credential = credential.map(|given| opened.renewed().unwrap_or(given));
    let set = control.set_connection(tenant, &set, credential.as_deref(), vault).await?;
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
