//! `POST /api/v1/sql`: a tenant's own question in SQL, answered row by row.

use super::{Asker, Problem, answer, body};
use axum::body::Body;
use axum::http::HeaderMap;
use axum::response::Response;
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Question {
    sql: String,
}

/// Runs the statement in a session over this tenant's tables. The query ends when its client leaves.
pub(super) async fn ask(Asker(tenant): Asker, headers: HeaderMap, body: Body) -> Result<Response, Problem> {
    let format = answer::format(&headers)?;
    let body = body::read(body).await?;
    let question: Question = serde_json::from_slice(&body)
        .map_err(|e| Problem::invalid(format!("the body should be {{\"sql\": \"SELECT …\"}}: {e}")))?;
    let rows = tenant.session().await?.sql(&question.sql).await?;
    answer::rows(format, rows).await
}
