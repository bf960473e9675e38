//! `/api/v1/platform`: the work of all tenants, for platform operators. They see whose jobs are on hold, and nothing of what is in them.

use super::jobs::may_hold;
use super::json;
use super::trail::Slot;
use super::{App, Operator, Problem};
use crate::control::{ERASE, Hold, Refusal, Scope, WorkerSeen};
use axum::Json;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use pulse_engine::TenantId;
use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;

/// The processes that do jobs
#[utoipa::path(get, path = "/api/v1/platform/workers", tag = "platform",
    responses((status = 200, body = Vec<WorkerSeen>), Problem))]
pub(super) async fn workers(State(app): State<App>, _operator: Operator) -> Result<Json<Vec<WorkerSeen>>, Problem> {
    Ok(Json(app.access.control.workers().await?))
}

/// Have a process begin nothing more
///
/// What it is at comes to its end.
#[utoipa::path(post, path = "/api/v1/platform/workers/{name}/drain", tag = "platform", params(("name" = String, Path)),
    responses((status = 204), Problem))]
pub(super) async fn drain(
    State(app): State<App>,
    _operator: Operator,
    Path(name): Path<String>,
) -> Result<StatusCode, Problem> {
    app.access.control.drain_worker(&name, true).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Have a process begin jobs again
#[utoipa::path(post, path = "/api/v1/platform/workers/{name}/resume", tag = "platform", params(("name" = String, Path)),
    responses((status = 204), Problem))]
pub(super) async fn resume(
    State(app): State<App>,
    _operator: Operator,
    Path(name): Path<String>,
) -> Result<StatusCode, Problem> {
    app.access.control.drain_worker(&name, false).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Which jobs are put on hold: a tenant's, a kind of every tenant, or a kind of one.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = HeldAnywhere)]
pub(super) struct Held {
    /// The tenant; left out: every one.
    tenant: Option<String>,
    /// The kind; left out: all.
    kind: Option<String>,
}

impl Held {
    fn of(&self) -> Result<(Option<TenantId>, &str), Problem> {
        let unknown = |id: &String| Refusal::unknown("tenant", id);
        let tenant = self.tenant.as_ref().map(|id| TenantId::new(id).map_err(|_| unknown(id))).transpose()?;
        let kind = match self.kind.as_deref() {
            None | Some(ERASE) => self.kind.as_deref().unwrap_or_default(),
            Some(kind) => may_hold(kind)?,
        };
        if tenant.is_none() && kind.is_empty() {
            return Err(
                Refusal::invalid("kind", "should be there, or `tenant`: drain the workers to stop everything").into()
            );
        }
        Ok((tenant, kind))
    }
}

/// What is on hold anywhere
#[utoipa::path(get, path = "/api/v1/platform/jobs/holds", tag = "platform",
    responses((status = 200, body = Vec<Hold>), Problem))]
pub(super) async fn holds(State(app): State<App>, _operator: Operator) -> Result<Json<Vec<Hold>>, Problem> {
    Ok(Json(app.access.control.holds(None).await?))
}

/// Begin no more jobs of a tenant, or of a kind
#[utoipa::path(post, path = "/api/v1/platform/jobs/hold", tag = "platform", request_body = Held,
    responses((status = 204), Problem))]
pub(super) async fn hold(
    State(app): State<App>,
    operator: Operator,
    slot: Slot,
    body: Body,
) -> Result<StatusCode, Problem> {
    let held: Held = json::read(body).await?;
    slot.does(json!({"tenant": held.tenant, "kind": held.kind}));
    let (tenant, kind) = held.of()?;
    if let Some(tenant) = &tenant {
        let there = app.access.control.tenant(tenant).await?;
        there.ok_or_else(|| Refusal::unknown("tenant", tenant.as_str()))?;
    }
    app.access.control.hold_jobs(Scope::Platform(tenant.as_ref()), kind, operator.user()).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Begin them again
#[utoipa::path(post, path = "/api/v1/platform/jobs/release", tag = "platform", request_body = Held,
    responses((status = 204), Problem))]
pub(super) async fn release(
    State(app): State<App>,
    _operator: Operator,
    slot: Slot,
    body: Body,
) -> Result<StatusCode, Problem> {
    let held: Held = json::read(body).await?;
    slot.does(json!({"tenant": held.tenant, "kind": held.kind}));
    let (tenant, kind) = held.of()?;
    app.access.control.release_jobs(Scope::Platform(tenant.as_ref()), kind).await?;
    Ok(StatusCode::NO_CONTENT)
}
