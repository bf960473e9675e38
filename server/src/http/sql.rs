//! `POST /api/v1/sql`: a tenant's own question in SQL, answered row by row.

use super::answer::{self, Shape};
use super::json::Query;
use super::trail::Slot;
use super::{App, Asker, Problem, body};
use crate::queries::{self, Door};
use axum::body::Body;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use pulse_engine::session::Statement;
use serde::Deserialize;
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

/// A question.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Question {
    /// One statement that reads.
    sql: String,
    /// The values of its parameters: an array of those of `$1`, `$2`, …, or an object of those that have names. A value whose type
    /// JSON does not have is an object of `type` (boolean, integer, double, text, date, timestamp, or one of these with `[]`)
    /// and `value`.
    #[serde(default)]
    params: Option<Value>,
}

/// How the answer is laid out.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Laid {
    /// Of JSON: `rows`, an object for each row, or `columns`, an array for each column in parts of some rows each.
    #[serde(default)]
    #[param(inline, required = false)]
    shape: Shape,
}

/// Ask in SQL
///
/// The statement runs in a session over this tenant's tables. It ends when its client leaves, and when somebody stops it: the
/// header `pulse-query` has its id.
#[utoipa::path(post, path = "/api/v1/sql", tag = "sql", params(Laid), request_body = Question,
    responses((status = 200, headers(("pulse-query" = String), ("pulse-cache" = String)),
        content((serde_json::Value = "application/json"), (String = "application/x-ndjson"), (String = "text/csv"),
        (Vec<u8> = "application/vnd.apache.arrow.stream"), (Vec<u8> = "application/vnd.apache.parquet"))), Problem))]
pub(super) async fn ask(
    State(app): State<App>,
    asker: Asker,
    slot: Slot,
    Query(laid): Query<Laid>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let tenant = asker.sql()?;
    let format = answer::format_in(&headers, laid.shape)?;
    let body = body::read(body).await?;
    let question: Question = serde_json::from_slice(&body)
        .map_err(|e| Problem::invalid(format!("the body should be {{\"sql\": \"SELECT …\"}}: {e}")))?;
    let parameters = queries::parameters(question.params.as_ref())?;
    let asked = slot.asks(&app, app.sql_text.detail(&question.sql, question.params.as_ref()));
    let question = queries::Question {
        tenant,
        asker: asker.key().to_owned(),
        door: Door::Sql,
        ticket: None,
        shown: app.sql_text.kept(&question.sql).map(str::to_owned),
        statement: Statement::new(question.sql).with(parameters),
        limits: app.queries.limits(),
    };
    answer::rows(format, app.queries.ask(question, asked).await?).await
}
