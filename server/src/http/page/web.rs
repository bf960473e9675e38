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
/// How `npm run build` packs files beside themselves, the smaller first: what a browser calls it, and how the file's name ends.
const PACKED: [(&str, &str); 2] = [("br", ".br"), ("gzip", ".gz")];

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

/// A file packed as the browser takes it, with what that is called; `None` where it takes none that there is.
fn packed(path: &str, asked: &HeaderMap) -> Option<(&'static str, EmbeddedFile)> {
    let taken = asked.get(header::ACCEPT_ENCODING)?.to_str().ok()?;
    PACKED
        .into_iter()
        .filter(|(coding, _)| taken.split(',').any(|one| takes(one, coding)))
        .find_map(|(coding, end)| Some((coding, Files::get(&format!("{path}{end}"))?)))
}

/// Whether one part of `Accept-Encoding`, such as `br` or `gzip;q=0.5`, takes this coding: one that weighs nothing does not.
fn takes(part: &str, coding: &str) -> bool {
    let mut words = part.split(';').map(str::trim);
    let refused =
        |word: &str| word.strip_prefix("q=").and_then(|weight| weight.parse::<f32>().ok()).is_some_and(|q| q <= 0.0);
    words.next().is_some_and(|name| name.eq_ignore_ascii_case(coding)) && !words.any(refused)
}

fn served(path: &str, whole: EmbeddedFile, asked: &HeaderMap) -> Response {
    let kind = HeaderValue::from_str(whole.metadata.mimetype());
    let (coding, file) = packed(path, asked).map_or((None, whole), |(coding, file)| (Some(coding), file));
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
    headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    if let Some(coding) = coding {
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(coding));
    }
    if let Ok(kind) = kind {
        headers.insert(header::CONTENT_TYPE, kind);
    }
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        headers.insert(header::ETAG, tag);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::{Files, POLICY, takes};

    #[test]
    fn the_page_of_the_design_tells_the_policy_as_it_is() {
        let page = include_str!("../../../../docs/design-system.md").split_whitespace().collect::<Vec<_>>().join(" ");
        let policy = POLICY;
        assert!(page.contains(policy.to_str().unwrap()), "{policy:?}");
    }

    #[test]
    fn when_a_file_of_the_page_was_built_is_not_in_the_binary() {
        for path in Files::iter() {
            let told = Files::get(&path).unwrap().metadata;
            assert_eq!((told.last_modified(), told.created()), (Some(0), Some(0)), "{path}");
        }
    }

    #[test]
    fn a_browser_takes_what_it_names_and_gives_a_weight() {
        for part in ["br", " br", "BR", "br;q=0.1", "br; q=1"] {
            assert!(takes(part, "br"), "{part}");
        }
        for part in ["", "gzip", "brotli", "br;q=0", "br; q=0.000"] {
            assert!(!takes(part, "br"), "{part}");
        }
    }
}
