//! `/api/v1/queries/{id}`: a query that is followed, and its result where nobody waited for it.

use super::answer::{self, Shape};
use super::json::Query;
use super::{App, Asker, Problem, queries};
use crate::auth::Permission;
use crate::control::Refusal;
use crate::output::{Encoder, Format};
use crate::queries::{self as asked, Outcome, Reading, Stored};
use axum::Json;
use axum::body::{Body, Bytes};
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use futures::stream;
use pulse_engine::Tenant;
use serde::{Deserialize, Serialize};
use std::ops::Range;
use std::sync::Arc;
use utoipa::{IntoParams, ToSchema};

/// The header that has how many pages a result has.
const PAGES: &str = "pulse-pages";

/// A query that is followed.
#[derive(Serialize, ToSchema)]
pub(super) struct Followed {
    #[serde(flatten)]
    query: asked::Query,
    /// Where its rows are, for whoever asked in mode `async`, once they are there.
    result: Option<KeptResult>,
    /// Why there are none, where it failed in that mode.
    problem: Option<Problem>,
}

/// Rows that are kept.
#[derive(Serialize, ToSchema)]
pub(super) struct KeptResult {
    /// Where they are fetched, all of them or with `page`.
    url: String,
    /// How many pages they have.
    pages: usize,
    /// How many there are.
    rows: usize,
    /// Until when, in microseconds since 1970.
    expires_at: Option<i64>,
}

fn address(id: &str) -> String {
    format!("/api/v1/queries/{id}")
}

fn followed(app: &App, asker: &Asker, seen: &Tenant, id: &str) -> Result<Followed, Problem> {
    let all = queries::whose(asker, Permission::AuditRead).is_none();
    let asked::Followed { query, outcome, until } = app.queries.find(seen, id, asker.key(), all)?;
    if !queries::is_told(asker, &query) {
        return Err(Refusal::unknown("query", id).into());
    }
    let (result, problem) = match outcome {
        Some(Outcome::Done(stored)) => {
            let url = format!("{}/result", address(id));
            let kept = KeptResult { url, pages: stored.pages(), rows: stored.rows(), expires_at: until };
            (Some(kept), None)
        }
        Some(Outcome::Failed(error)) => (None, Some(Problem::from(&*error))),
        Some(Outcome::Gone(why)) => (None, Some(Problem::result_gone(why))),
        Some(Outcome::Running) | None => (None, None),
    };
    Ok(Followed { query, result, problem })
}

/// A query that was begun.
pub(super) fn begun(app: &App, asker: &Asker, seen: &Tenant, id: &str) -> Result<Response, Problem> {
    let followed = followed(app, asker, seen, id)?;
    Ok((StatusCode::ACCEPTED, [(header::LOCATION, address(id))], Json(followed)).into_response())
}

/// One query
///
/// One's own, or with `audit:read` anybody's, for whoever sees all teams and projects; for whoever sees some only, what they asked so.
#[utoipa::path(get, path = "/api/v1/queries/{id}", tag = "sql", params(("id" = String, Path)),
    responses((status = 200, body = Followed), Problem))]
pub(super) async fn show(
    State(app): State<App>,
    asker: Asker,
    Path(id): Path<String>,
) -> Result<Json<Followed>, Problem> {
    Ok(Json(followed(&app, &asker, &asker.sql()?, &id)?))
}

/// Which rows are fetched, and how they are laid out.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Fetched {
    /// One page, from 1; left out: all of them.
    #[param(minimum = 1)]
    page: Option<usize>,
    /// Of JSON: `rows`, an object for each row, or `columns`, an array for each column in parts of some rows each.
    #[serde(default)]
    #[param(inline, required = false)]
    shape: Shape,
}

/// The rows of a query in mode `async`
///
/// For whoever asked, while they see what they saw then. In the format that `Accept` asks for, as the answer to a question is. The header
/// `pulse-pages` says how many pages there are, and `Link` where the next is. Under way it is 409, and 410 once it was kept for long enough.
#[utoipa::path(get, path = "/api/v1/queries/{id}/result", tag = "sql", params(("id" = String, Path), Fetched),
    responses((status = 200, headers(("pulse-query" = String), ("pulse-pages" = i64), ("Link" = String)),
        content((serde_json::Value = "application/json"), (String = "application/x-ndjson"), (String = "text/csv"),
        (Vec<u8> = "application/vnd.apache.arrow.stream"), (Vec<u8> = "application/vnd.apache.parquet"))), Problem))]
pub(super) async fn result(
    State(app): State<App>,
    asker: Asker,
    Path(id): Path<String>,
    Query(fetched): Query<Fetched>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let seen = asker.sql()?;
    let format = answer::format_in(&headers, fetched.shape)?;
    let stored = match app.queries.find(&seen, &id, asker.key(), false)?.outcome {
        Some(Outcome::Done(stored)) => stored,
        Some(Outcome::Running) => return Err(Problem::running()),
        Some(Outcome::Failed(error)) => return Err(Problem::from(&*error)),
        Some(Outcome::Gone(why)) => return Err(Problem::result_gone(why)),
        None => {
            return Err(Problem::not_found(
                "this query's rows were its answer: ask in mode `async` to fetch them later",
            ));
        }
    };
    let pages = match fetched.page {
        None => 0..stored.pages(),
        Some(page) if (1..=stored.pages()).contains(&page) => page - 1..page,
        Some(_) => {
            return Err(Problem::not_found(format!("this result has pages 1 to {}", stored.pages())));
        }
    };
    let next = fetched.page.filter(|page| *page < stored.pages()).map(|page| {
        let shape = if format == Format::JsonColumns { "&shape=columns" } else { "" };
        format!("<{}/result?page={}{shape}>; rel=\"next\"", address(&id), page + 1)
    });
    let count = HeaderValue::from(stored.pages());
    let mut response = rows(format, stored, pages)?;
    let headers = response.headers_mut();
    headers.insert(PAGES, count);
    for (name, value) in [(answer::QUERY, Some(id)), ("link", next)] {
        if let Some(value) = value.and_then(|value| HeaderValue::from_str(&value).ok()) {
            headers.insert(name, value);
        }
    }
    Ok(response)
}

/// Answers with rows that are kept, as they are read. Where they cannot be any more, the response breaks off.
fn rows(format: Format, stored: Arc<Stored>, pages: Range<usize>) -> Result<Response, Problem> {
    let encoder = Encoder::new(format, stored.schema())?;
    let body = stream::try_unfold(Some((Reading::new(stored, pages), encoder)), |open| async move {
        let Some((reading, encoder)) = open else { return Ok(None) };
        let (batch, reading) = reading.next().await?.unzip();
        // Nobody waited for it: it lets what is waited for go first.
        let (bytes, encoder) = answer::written(encoder, batch, usize::MAX).await?;
        Ok::<_, crate::Error>(Some((Bytes::from(bytes), reading.zip(encoder))))
    });
    let kind = [(header::CONTENT_TYPE, HeaderValue::from_static(format.media_type()))];
    Ok((kind, Body::from_stream(futures::StreamExt::fuse(body))).into_response())
}
