//! `/api/v1/tenant/branding/fonts`: the fonts that a tenant's pages are set in.

use super::{App, Asker, Problem, body};
use crate::auth::Permission;
use crate::reports::{self, Face, FaceTold, MOST_FONT_BYTES, Weight};
use axum::Json;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::StatusCode;

/// My tenant's own fonts
///
/// PDFs and pictures of reports are set in them.
#[utoipa::path(get, path = "/api/v1/tenant/branding/fonts", tag = "tenants",
    responses((status = 200, body = Vec<FaceTold>), Problem))]
pub(super) async fn list(State(app): State<App>, asker: Asker) -> Result<Json<Vec<FaceTold>>, Problem> {
    let all = reports::fonts(&app.engine.tenant(&asker.tenant)).await?;
    Ok(Json(all.iter().filter_map(Face::told).collect()))
}

/// Set a font of my tenant
///
/// The body is the file: one font, TTF or OTF, of up to 1 MiB. It stands for that weight whatever it says itself, and it is kept when a
/// page could be set in it.
#[utoipa::path(put, path = "/api/v1/tenant/branding/fonts/{weight}", tag = "tenants",
    params(("weight" = String, Path, description = "`regular`, `medium`, `semibold` or `bold`")),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses((status = 200, body = FaceTold), Problem))]
pub(super) async fn set(
    State(app): State<App>,
    asker: Asker,
    Path(weight): Path<String>,
    body: Body,
) -> Result<Json<FaceTold>, Problem> {
    asker.needs(Permission::TenantManage)?;
    let weight = Weight::named(&weight)?;
    let bytes = body::read_up_to(body, MOST_FONT_BYTES).await?;
    Ok(Json(reports::set_font(&app.engine.tenant(&asker.tenant), weight, bytes).await?))
}

/// Take a font of my tenant away
#[utoipa::path(delete, path = "/api/v1/tenant/branding/fonts/{weight}", tag = "tenants",
    params(("weight" = String, Path, description = "`regular`, `medium`, `semibold` or `bold`")),
    responses((status = 204), Problem))]
pub(super) async fn remove(
    State(app): State<App>,
    asker: Asker,
    Path(weight): Path<String>,
) -> Result<StatusCode, Problem> {
    asker.needs(Permission::TenantManage)?;
    let weight = Weight::named(&weight)?;
    reports::remove_font(&app.engine.tenant(&asker.tenant), weight).await?;
    Ok(StatusCode::NO_CONTENT)
}
