//! `POST /api/v1/sql`: a tenant's own question in SQL, answered row by row.

use super::trail::Slot;
use super::{App, Asker, Problem, answer, body};
use axum::body::Body;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use serde::Deserialize;
use utoipa::ToSchema;

/// A question.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Question {
    /// One statement that reads.
    sql: String,
}

/// Ask in SQL
///
/// The statement runs in a session over this tenant's tables. It ends when its client leaves.
#[utoipa::path(post, path = "/api/v1/sql", tag = "sql", request_body = Question,
    responses((status = 200, content((Vec<Object> = "application/json"), (String = "application/x-ndjson"), (String = "text/csv"),
        (Vec<u8> = "application/vnd.apache.arrow.stream"), (Vec<u8> = "application/vnd.apache.parquet"))), Problem))]
pub(super) async fn ask(
    State(app): State<App>,
    asker: Asker,
    slot: Slot,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let tenant = asker.sql()?;
    let format = answer::format(&headers)?;
    let body = body::read(body).await?;
    let question: Question = serde_json::from_slice(&body)
        .map_err(|e| Problem::invalid(format!("the body should be {{\"sql\": \"SELECT …\"}}: {e}")))?;
    let asked = slot.asks_sql(&app, &question.sql);
    let rows = tenant.session().await?.sql(&question.sql).await?;
    answer::rows(format, rows, asked).await
}
