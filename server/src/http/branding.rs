//! `/api/v1/tenant/branding`: how a tenant looks; and the files that the page puts it on with before it paints anything.

use super::jobs::who;
use super::json::{self, Versioned};
use super::{App, Asker, Problem};
use crate::auth::Permission;
use crate::branding::{Branding, Logo, Themes, Warning};
use crate::secret::sum;
use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use serde::Serialize;
use utoipa::ToSchema;

/// How a tenant looks.
#[derive(Serialize, ToSchema)]
pub(super) struct Looks {
    /// What stands in the place of the product's name.
    name: Option<String>,
    /// Its logo.
    logo: Option<Logo>,
    /// Its colours, as they were given.
    colours: Themes,
    /// The colours that are not shown as they were given, since they could not be read there.
    warnings: Vec<Warning>,
    /// How often it was changed; its ETag.
    version: i64,
}

/// How it would look.
#[derive(Serialize, ToSchema)]
pub(super) struct WouldLook {
    /// The stylesheet, all themes.
    css: String,
    /// The colours that would not be shown as they were given.
    warnings: Vec<Warning>,
}

fn looks(branding: Branding, version: i64) -> Versioned<Looks> {
    let Branding { name, logo, colours } = branding;
    Versioned(version, Looks { name, logo, warnings: colours.warnings(), colours, version })
}

/// How my tenant looks
#[utoipa::path(get, path = "/api/v1/tenant/branding", tag = "tenants",
    responses((status = 200, body = Looks, headers(("ETag" = String))), Problem))]
pub(super) async fn show(State(app): State<App>, asker: Asker) -> Result<Versioned<Looks>, Problem> {
    let (branding, version) = app.access.control.branding(&asker.tenant).await?;
    Ok(looks(branding, version))
}

/// Change how my tenant looks
///
/// All of it at once, with the ETag of what it is in the place of; that of Pulse's own look is `"0"`.
#[utoipa::path(put, path = "/api/v1/tenant/branding", tag = "tenants", request_body = Branding,
    params(("If-Match" = String, Header)),
    responses((status = 200, body = Looks, headers(("ETag" = String))), Problem))]
pub(super) async fn set(
    State(app): State<App>,
    asker: Asker,
    headers: HeaderMap,
    body: Body,
) -> Result<Versioned<Looks>, Problem> {
    asker.needs(Permission::TenantManage)?;
    let version = json::if_match(&headers)?;
    let control = &app.access.control;
    control.set_branding(&asker.tenant, json::read(body).await?, who(&asker), version).await?;
    let (branding, version) = control.branding(&asker.tenant).await?;
    Ok(looks(branding, version))
}

/// How my tenant would look
///
/// Nothing is kept.
#[utoipa::path(post, path = "/api/v1/tenant/branding/preview", tag = "tenants", request_body = Branding,
    responses((status = 200, body = WouldLook), Problem))]
pub(super) async fn preview(asker: Asker, body: Body) -> Result<Json<WouldLook>, Problem> {
    asker.needs(Permission::TenantManage)?;
    let branding: Branding = json::read(body).await?;
    let wrong = |(field, reason)| Problem::invalid(format!("`{field}` {reason}"));
    let branding = branding.checked().map_err(wrong)?;
    Ok(Json(WouldLook { css: branding.css(), warnings: branding.colours.warnings() }))
}

/// The stylesheet of whoever looks on: their tenant's colours, or nothing. It blocks the first paint, so that no other colour is ever seen.
pub(super) async fn stylesheet(
    State(app): State<App>,
    asker: Result<Asker, Problem>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let css = match asker {
        Ok(asker) => app.access.control.branding(&asker.tenant).await?.0.css(),
        Err(_) => String::new(),
    };
    Ok(file("text/css; charset=utf-8", css.into_bytes(), &headers))
}

/// The logo of whoever looks on.
pub(super) async fn logo(State(app): State<App>, asker: Asker, headers: HeaderMap) -> Result<Response, Problem> {
    let (branding, _) = app.access.control.branding(&asker.tenant).await?;
    let none = || Problem::not_found("this tenant has no logo of its own");
    let logo = branding.logo.ok_or_else(none)?;
    let bytes = logo.bytes().ok_or_else(none)?;
    let mut response = file(&logo.media_type, bytes, &headers);
    // A drawing that is opened by itself is in nobody's name, and runs nothing.
    let alone = HeaderValue::from_static("default-src 'none'; style-src 'unsafe-inline'; sandbox");
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, alone);
    Ok(response)
}

/// A file that is the looker's own, and is asked for anew each time, which costs little when it is the same.
fn file(media_type: &str, bytes: Vec<u8>, headers: &HeaderMap) -> Response {
    let tag = format!("\"{}\"", sum(&bytes));
    let known = headers.get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok());
    let mut response =
        if known == Some(&tag) { StatusCode::NOT_MODIFIED.into_response() } else { bytes.into_response() };
    let kept = response.headers_mut();
    kept.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    kept.insert(header::VARY, HeaderValue::from_static("cookie"));
    for (name, value) in [(header::CONTENT_TYPE, media_type), (header::ETAG, tag.as_str())] {
        if let Ok(value) = HeaderValue::from_str(value) {
            kept.insert(name, value);
        }
    }
    response
}
