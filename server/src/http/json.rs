//! Bodies, lists and versions of what is read and changed as JSON.

use super::{Problem, body};
use crate::control::{Cursor, Page};
use axum::Json;
use axum::body::Body;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// A request's body. A field that is not known is refused: what somebody meant to set is not silently left as it was.
pub(super) async fn read<T: DeserializeOwned>(body: Body) -> Result<T, Problem> {
    let bytes = body::read(body).await?;
    serde_json::from_slice(&bytes).map_err(|e| Problem::invalid(format!("the body is not what this takes: {e}")))
}

/// A request's parameters. As in a body, one that is not known is refused.
#[derive(Debug)]
pub(super) struct Query<T>(pub(super) T);

impl<T: DeserializeOwned, S: Sync> FromRequestParts<S> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let read = axum::extract::Query::<T>::try_from_uri(&parts.uri);
        let axum::extract::Query(asked) =
            read.map_err(|e| Problem::invalid(format!("the parameters are not what this takes: {}", e.body_text())))?;
        Ok(Self(asked))
    }
}

/// Puts a parameter in its place. One that is there again is refused: what is answered would be to one of the two alone.
pub(super) fn once<T>(place: &mut Option<T>, name: &str, value: T) -> Result<(), Problem> {
    match place.replace(value) {
        None => Ok(()),
        Some(_) => Err(Problem::invalid(format!("`{}` is there more than once: give it once", name.escape_default()))),
    }
}

/// What is said of a parameter that is not known.
pub(super) fn unknown(name: &str, known: &str) -> Problem {
    Problem::invalid(format!("there is no parameter `{}`; there are: {known}", name.escape_default()))
}

/// Which part of a list is asked for.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct Part {
    /// What the page before gave as `next`.
    cursor: Option<String>,
    /// How many, 1 to 200; 50 unless said.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<i64>,
}

impl Part {
    pub(super) fn cursor(&self) -> Result<Cursor, Problem> {
        Ok(Cursor::new(self.cursor.as_deref(), self.limit)?)
    }
}

/// A page of a list.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct List<T> {
    items: Vec<T>,
    /// What the next page is asked with; `null` on the last.
    next: Option<String>,
}

impl<T> From<Page<T>> for List<T> {
    fn from(page: Page<T>) -> Self {
        Self { items: page.items, next: page.next }
    }
}

/// Something that is changed, with its version as ETag.
#[derive(Debug)]
pub(super) struct Versioned<T>(pub(super) i64, pub(super) T);

impl<T: Serialize> IntoResponse for Versioned<T> {
    fn into_response(self) -> Response {
        let mut response = Json(self.1).into_response();
        if let Ok(tag) = HeaderValue::from_str(&format!("\"{}\"", self.0)) {
            response.headers_mut().insert(header::ETAG, tag);
        }
        response
    }
}

/// The version that a change is meant for.
pub(super) fn if_match(headers: &HeaderMap) -> Result<i64, Problem> {
    let tag = headers.get(header::IF_MATCH).ok_or_else(Problem::version_needed)?;
    let version = tag.to_str().ok().and_then(|tag| tag.trim().strip_prefix('"')?.strip_suffix('"')?.parse().ok());
    version.ok_or_else(|| Problem::invalid("`If-Match` should be the ETag that the thing was read with, such as \"3\""))
}

/// The same, where without one the thing is to be new.
pub(super) fn if_match_any(headers: &HeaderMap) -> Result<Option<i64>, Problem> {
    if headers.contains_key(header::IF_MATCH) { if_match(headers).map(Some) } else { Ok(None) }
}
