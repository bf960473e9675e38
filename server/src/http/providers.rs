//! `/api/v1/identity-providers`: who else may say who somebody is. Whoever decides that decides who is an owner.

use super::json::{self, Versioned};
use super::{App, Asker, Problem};
use crate::auth::Permission;
use crate::control::{Provider, Refusal, Terms};
use axum::Json;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use pulse_engine::TenantId;
use serde::Serialize;
use utoipa::ToSchema;

/// An identity provider, and the addresses that belong to it.
#[derive(Serialize, ToSchema)]
#[schema(as = ProviderSetUp)]
pub(super) struct SetUp {
    #[serde(flatten)]
    provider: Provider,
    /// Where people sign in by it.
    sign_in_url: String,
    /// Where it is to send them back to: it has to be told so.
    callback_url: String,
}

impl SetUp {
    fn of(app: &App, tenant: &TenantId, provider: Provider) -> Versioned<Self> {
        Versioned(provider.version, Self::shown(app, tenant, provider))
    }

    fn shown(app: &App, tenant: &TenantId, provider: Provider) -> Self {
        let sign_in_url = format!("{}/sso/{tenant}/{}", app.access.signer.issuer(), provider.name);
        Self { provider, sign_in_url, callback_url: app.access.sso.callback().to_owned() }
    }
}

/// The tenant's identity providers
#[utoipa::path(get, path = "/api/v1/identity-providers", tag = "identity providers",
    responses((status = 200, body = Vec<SetUp>), Problem))]
pub(super) async fn list(State(app): State<App>, asker: Asker) -> Result<Json<Vec<SetUp>>, Problem> {
    asker.needs(Permission::TenantOwn)?;
    let all = app.access.control.providers(&asker.tenant).await?;
    Ok(Json(all.into_iter().map(|provider| SetUp::shown(&app, &asker.tenant, provider)).collect()))
}

/// One of them
#[utoipa::path(get, path = "/api/v1/identity-providers/{name}", tag = "identity providers", params(("name" = String, Path)),
    responses((status = 200, body = SetUp, headers(("ETag" = String))), Problem))]
pub(super) async fn show(
    State(app): State<App>,
    asker: Asker,
    Path(name): Path<String>,
) -> Result<Versioned<SetUp>, Problem> {
    asker.needs(Permission::TenantOwn)?;
    let provider = app.access.control.provider(&asker.tenant, &name).await?;
    let provider = provider.ok_or_else(|| Refusal::unknown("identity provider", &name))?;
    Ok(SetUp::of(&app, &asker.tenant, provider))
}

/// Set an identity provider up, or change one
///
/// A new one without `If-Match`, one that is there with its ETag. It speaks OpenID Connect, and has to be within reach: its
/// description is read before anything is kept. Whoever came in by one that is switched off is signed out.
#[utoipa::path(put, path = "/api/v1/identity-providers/{name}", tag = "identity providers", request_body = Terms,
    params(("name" = String, Path), ("If-Match" = Option<String>, Header)),
    responses((status = 200, body = SetUp, headers(("ETag" = String))), Problem))]
pub(super) async fn set(
    State(app): State<App>,
    asker: Asker,
    Path(name): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Result<Versioned<SetUp>, Problem> {
    asker.needs(Permission::TenantOwn)?;
    asker.person()?;
    let version = json::if_match_any(&headers)?;
    let mut terms: Terms = json::read(body).await?;
    let (control, sso) = (&app.access.control, &app.access.sso);
    let before = control.provider(&asker.tenant, &name).await?;
    let secret = terms.client_secret.take();
    if secret.as_ref().is_some_and(|secret| secret.tell().is_empty()) {
        return Err(Refusal::invalid("client_secret", "is empty: leave it out where there is none").into());
    }
    let another = before.as_ref().is_none_or(|before| before.terms.issuer != terms.issuer);
    if another && secret.is_none() && before.as_ref().is_some_and(|before| before.has_secret) {
        let reason = "should be given anew: the present one is not for another issuer";
        return Err(Refusal::invalid("client_secret", reason).into());
    }
    if another {
        sso.try_issuer(&terms.issuer).await?;
    }
    let sealed = secret.map(|secret| sso.seal(&asker.tenant, &name, secret.tell())).transpose()?;
    let by = &asker.authority;
    let provider = match version {
        None => control.create_provider(&asker.tenant, by, &name, terms, sealed).await?,
        Some(version) => control.change_provider(&asker.tenant, by, (&name, version), terms, sealed).await?,
    };
    app.access.changed();
    Ok(SetUp::of(&app, &asker.tenant, provider))
}

/// Remove an identity provider
///
/// Whoever came in by it is signed out.
#[utoipa::path(delete, path = "/api/v1/identity-providers/{name}", tag = "identity providers",
    params(("name" = String, Path)), responses((status = 204), Problem))]
pub(super) async fn remove(
    State(app): State<App>,
    asker: Asker,
    Path(name): Path<String>,
) -> Result<StatusCode, Problem> {
    asker.needs(Permission::TenantOwn)?;
    asker.person()?;
    app.access.control.remove_provider(&asker.tenant, &name).await?;
    app.access.changed();
    Ok(StatusCode::NO_CONTENT)
}
