//! `/api/v1/tenant`, the asker's own, and `/api/v1/tenants`, for platform operators, who see no tenant's data.

use super::json::{self, List, Part, Query, Versioned};
use super::trail::Slot;
use super::{App, Asker, Operator, Problem};
use crate::auth::Permission;
use crate::control::{LakeSize, Quotas, Receipt, Refusal, Sees, Size, Tenant, TenantChange};
use crate::{export, jobs};
use axum::Json;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use futures::{StreamExt as _, TryStreamExt as _, stream};
use pulse_engine::TenantId;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

/// My tenant
#[utoipa::path(get, path = "/api/v1/tenant", tag = "tenants",
    responses((status = 200, body = Tenant, headers(("ETag" = String))), Problem))]
pub(super) async fn own(State(app): State<App>, asker: Asker) -> Result<Versioned<Tenant>, Problem> {
    let unknown = || Refusal::unknown("tenant", asker.tenant.as_str());
    let tenant = app.access.control.tenant(&asker.tenant).await?.ok_or_else(unknown)?;
    Ok(Versioned(tenant.version, tenant))
}

/// Change my tenant
#[utoipa::path(patch, path = "/api/v1/tenant", tag = "tenants", request_body = TenantChange,
    params(("If-Match" = String, Header)),
    responses((status = 200, body = Tenant, headers(("ETag" = String))), Problem))]
pub(super) async fn change(
    State(app): State<App>,
    asker: Asker,
    headers: HeaderMap,
    body: Body,
) -> Result<Versioned<Tenant>, Problem> {
    asker.needs(Permission::TenantManage)?;
    let version = json::if_match(&headers)?;
    let tenant = app.access.control.change_tenant(&asker.tenant, version, json::read(body).await?).await?;
    app.access.changed();
    Ok(Versioned(tenant.version, tenant))
}

/// How much a tenant has of what has no list of its own.
#[derive(Serialize, ToSchema)]
pub(super) struct Usage {
    /// What is in the lake: as a job saw it last or, where none did yet, as it is now.
    lake: LakeSize,
    /// The bytes of the files of reports that are kept; they count with those in the lake.
    report_bytes: u64,
}

/// How much my tenant has
#[utoipa::path(get, path = "/api/v1/tenant/usage", tag = "tenants",
    responses((status = 200, body = Usage), Problem))]
pub(super) async fn usage(State(app): State<App>, asker: Asker) -> Result<Json<Usage>, Problem> {
    asker.needs(Permission::TenantManage)?;
    let lake = match app.access.control.size(&asker.tenant).await? {
        Some(seen) => seen,
        // What came from the command line no job looked at.
        None => {
            let Size { files, bytes } = jobs::size_of(&app.engine.tenant(&asker.tenant).lake().tables().await?).await?;
            LakeSize { files, bytes, seen_at: app.clock.now() }
        }
    };
    Ok(Json(Usage { lake, report_bytes: app.access.control.report_bytes(&asker.tenant).await? }))
}

/// The data of my tenant
///
/// A tar archive: its part of the lake as it is, and its settings, look, members, roles, targets, own metrics, tokens and identity providers, but for secrets.
#[utoipa::path(get, path = "/api/v1/tenant/export", tag = "tenants",
    responses((status = 200, body = Vec<u8>, content_type = "application/x-tar"), Problem))]
pub(super) async fn export(State(app): State<App>, asker: Asker, slot: Slot) -> Result<Response, Problem> {
    asker.needs(Permission::TenantOwn)?;
    if asker.authority.sees != Sees::Everything {
        return Err(Problem::forbidden("this needs somebody who sees all teams and projects"));
    }
    let mut asked = slot.asks(&app, json!({"export": true}));
    let archive = export::archive(&app.access.control, &app.engine, &asker.tenant).await?;
    asked.is_known().await?;
    let body = archive.map_ok(Some).chain(stream::once(std::future::ready(Ok(None)))).try_filter_map(move |piece| {
        match &piece {
            Some(bytes) => asked.gives(0, bytes.len()),
            None => asked.ends(),
        }
        std::future::ready(Ok(piece))
    });
    let name = format!("attachment; filename=\"{}.tar\"", asker.tenant);
    let headers = [(header::CONTENT_TYPE, "application/x-tar".to_owned()), (header::CONTENT_DISPOSITION, name)];
    Ok((headers, Body::from_stream(body)).into_response())
}

/// All tenants
#[utoipa::path(get, path = "/api/v1/tenants", tag = "platform", params(Part),
    responses((status = 200, body = List<Tenant>), Problem))]
pub(super) async fn list(
    State(app): State<App>,
    _operator: Operator,
    Query(part): Query<Part>,
) -> Result<Json<List<Tenant>>, Problem> {
    Ok(Json(app.access.control.nearby().tenants(&part.cursor()?).await?.into()))
}

/// A tenant that is to be made.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewTenant {
    /// Its key in the lake: 1 to 63 of the characters a-z, 0-9 and -.
    id: String,
    /// What people call it.
    name: String,
    /// Where its days begin; UTC unless said.
    time_zone: Option<String>,
}

/// A tenant that was made.
#[derive(Serialize, ToSchema)]
pub(super) struct MadeTenant {
    tenant: Tenant,
    /// What to send to its first owner. It is told this once, works once, and for an hour.
    url: String,
}

/// Make a tenant
#[utoipa::path(post, path = "/api/v1/tenants", tag = "platform", request_body = NewTenant,
    responses((status = 201, body = MadeTenant), Problem))]
pub(super) async fn create(
    State(app): State<App>,
    _operator: Operator,
    body: Body,
) -> Result<(StatusCode, Json<MadeTenant>), Problem> {
    let new: NewTenant = json::read(body).await?;
    let control = &app.access.control;
    let id = TenantId::new(&new.id).map_err(|e| Refusal::invalid("id", format!("is none: {e}")))?;
    let tenant = control.create_tenant(&id, &new.name, new.time_zone.as_deref().unwrap_or("UTC")).await?;
    let secret = control.setup_link(&id, false).await?;
    let url = format!("{}/join?link={}", app.access.signer.issuer(), secret.tell());
    Ok((StatusCode::CREATED, Json(MadeTenant { tenant, url })))
}

/// A tenant
#[utoipa::path(get, path = "/api/v1/tenants/{id}", tag = "platform", params(("id" = String, Path)),
    responses((status = 200, body = Tenant, headers(("ETag" = String))), Problem))]
pub(super) async fn show(
    State(app): State<App>,
    _operator: Operator,
    Path(id): Path<String>,
) -> Result<Versioned<Tenant>, Problem> {
    let unknown = || Refusal::unknown("tenant", &id);
    let tenant = app.access.control.tenant(&TenantId::new(&id).map_err(|_| unknown())?).await?.ok_or_else(unknown)?;
    Ok(Versioned(tenant.version, tenant))
}

/// Set what a tenant may have
///
/// What is left out is not limited. A tenant that has more keeps it, and gets no further.
#[utoipa::path(put, path = "/api/v1/tenants/{id}/quotas", tag = "platform", request_body = Quotas,
    params(("id" = String, Path), ("If-Match" = String, Header)),
    responses((status = 200, body = Tenant, headers(("ETag" = String))), Problem))]
pub(super) async fn set_quotas(
    State(app): State<App>,
    _operator: Operator,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Result<Versioned<Tenant>, Problem> {
    let version = json::if_match(&headers)?;
    let tenant = TenantId::new(&id).map_err(|_| Refusal::unknown("tenant", &id))?;
    let tenant = app.access.control.set_quotas(&tenant, version, &json::read(body).await?).await?;
    Ok(Versioned(tenant.version, tenant))
}

/// Keep a tenant's people out
///
/// Nothing of theirs is touched. What they ask at that moment is not answered to its end.
#[utoipa::path(post, path = "/api/v1/tenants/{id}/suspend", tag = "platform", params(("id" = String, Path)),
    responses((status = 200, body = Tenant), Problem))]
pub(super) async fn suspend(
    State(app): State<App>,
    _operator: Operator,
    Path(id): Path<String>,
) -> Result<Json<Tenant>, Problem> {
    set(&app, &id, true).await
}

/// Let a tenant's people in again
#[utoipa::path(post, path = "/api/v1/tenants/{id}/resume", tag = "platform", params(("id" = String, Path)),
    responses((status = 200, body = Tenant), Problem))]
pub(super) async fn resume(
    State(app): State<App>,
    _operator: Operator,
    Path(id): Path<String>,
) -> Result<Json<Tenant>, Problem> {
    set(&app, &id, false).await
}

async fn set(app: &App, id: &str, suspended: bool) -> Result<Json<Tenant>, Problem> {
    let (control, id) = (&app.access.control, TenantId::new(id).map_err(|_| Refusal::unknown("tenant", id))?);
    let tenant = control.suspend_tenant(&id, suspended).await?;
    app.access.changed();
    if suspended {
        app.queries.end_all(control, &id).await?;
    }
    Ok(Json(tenant))
}

/// That it is meant.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Meant {
    /// The tenant's id once more.
    confirm: String,
}

/// Erase a tenant that is suspended
///
/// Its part of the lake, its people who belong nowhere else, and everything that the control database holds about it. It cannot
/// be undone. A job does it; the receipt tells when it is done.
#[utoipa::path(post, path = "/api/v1/tenants/{id}/erase", tag = "platform", params(("id" = String, Path)),
    request_body = Meant, responses((status = 202, body = Receipt), Problem))]
pub(super) async fn erase(
    State(app): State<App>,
    operator: Operator,
    Path(id): Path<String>,
    body: Body,
) -> Result<(StatusCode, Json<Receipt>), Problem> {
    let meant: Meant = json::read(body).await?;
    if meant.confirm != id {
        return Err(Refusal::invalid("confirm", "should be the tenant's id once more: this cannot be undone").into());
    }
    let tenant = TenantId::new(&id).map_err(|_| Refusal::unknown("tenant", &id))?;
    let receipt = app.access.control.begin_erasure(&tenant, operator.user()).await?;
    app.access.changed();
    app.queries.forget(Some(&tenant));
    app.dashboards.forget_all(&tenant);
    Ok((StatusCode::ACCEPTED, Json(receipt)))
}

/// The proof that a tenant was erased
#[utoipa::path(get, path = "/api/v1/tenants/{id}/receipt", tag = "platform", params(("id" = String, Path)),
    responses((status = 200, body = Receipt), Problem))]
pub(super) async fn receipt(
    State(app): State<App>,
    _operator: Operator,
    Path(id): Path<String>,
) -> Result<Json<Receipt>, Problem> {
    let tenant = TenantId::new(&id).map_err(|_| Refusal::unknown("tenant", &id))?;
    Ok(Json(app.access.control.receipt(&tenant).await?.ok_or_else(|| Refusal::unknown("receipt", &id))?))
}
