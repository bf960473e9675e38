//! The dashboard: files that `server/web` was built into, which are part of the binary. They hold nobody's data; what they show they
//! ask the REST API for.
//!
//! A binary that was built without them shows the report in their place.

use super::{What, admit};
use crate::http::{App, Problem};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, header};
use axum::response::{IntoResponse as _, Redirect, Response};
use rust_embed::{EmbeddedFile, RustEmbed};

#[derive(RustEmbed)]
#[folder = "web/dist"]
#[allow_missing = true]
struct Files;

/// The page that all of the dashboard's addresses show.
const PAGE: &str = "index.html";
/// No script, style or frame but our own, and nothing in the page's own text.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
);
/// Files that are named by what is in them never change.
const ASSETS: &str = "assets/";

/// Shows the dashboard, at its address `/`, to whoever is signed in.
pub(in crate::http) async fn root(State(app): State<App>, request: Request) -> Response {
    if Files::get(PAGE).is_none() {
        let query = request.uri().query().map(|query| format!("?{query}")).unwrap_or_default();
        return Redirect::to(&format!("/report{query}")).into_response();
    }
    admit(&app, request, What::Dashboard).await
}

/// What is at an address that nothing else is at: a file of the dashboard, or one of its pages.
pub(in crate::http) async fn other(State(app): State<App>, request: Request) -> Response {
    let path = request.uri().path().trim_start_matches('/');
    let reads = matches!(*request.method(), Method::GET | Method::HEAD);
    if let Some(file) = Files::get(path).filter(|_| reads && path != PAGE) {
        return served(path, file, request.headers());
    }
    let is_page = reads && Files::get(PAGE).is_some() && !path.starts_with("api/") && wants_page(request.headers());
    if is_page { admit(&app, request, What::Dashboard).await } else { nothing() }
}

fn nothing() -> Response {
    Problem::not_found("there is nothing at this address; /docs lists what there is").into_response()
}

fn wants_page(headers: &HeaderMap) -> bool {
    headers.get(header::ACCEPT).and_then(|value| value.to_str().ok()).is_some_and(|accept| accept.contains("text/html"))
}

/// The page itself.
pub(super) fn page() -> Response {
    Files::get(PAGE).map_or_else(nothing, |file| served(PAGE, file, &HeaderMap::new()))
}

fn served(path: &str, file: EmbeddedFile, asked: &HeaderMap) -> Response {
    let tag = file.metadata.sha256_hash().iter().fold("\"".to_owned(), |tag, byte| format!("{tag}{byte:02x}")) + "\"";
    let known = asked.get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok());
    let mut response = if known.is_some_and(|known| known.contains(&tag)) {
        axum::http::StatusCode::NOT_MODIFIED.into_response()
    } else {
        file.data.into_owned().into_response()
    };
    let keep = match path {
        PAGE => "no-store",
        path if path.starts_with(ASSETS) => "public, max-age=31536000, immutable",
        _ => "no-cache",
    };
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(keep));
    headers.insert(header::CONTENT_SECURITY_POLICY, POLICY);
    if let Ok(kind) = HeaderValue::from_str(file.metadata.mimetype()) {
        headers.insert(header::CONTENT_TYPE, kind);
    }
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        headers.insert(header::ETAG, tag);
    }
    response
}
