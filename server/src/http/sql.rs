//! `POST /api/v1/sql`: a tenant's own question in SQL, answered row by row.

use super::answer::{self, Shape};
use super::followed::Followed;
use super::json::Query;
use super::trail::Slot;
use super::{App, Asker, Problem, body, followed};
use crate::auth::Who;
use crate::queries::{self, Declared, Door};
use axum::body::Body;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use pulse_engine::session::{Parameters, Statement};
use serde::Deserialize;
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

/// A question.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Question {
    /// One statement that reads.
    #[serde(default)]
    sql: Option<String>,
    /// The key of a saved query, in the place of a statement.
    #[serde(default)]
    saved: Option<String>,
    /// Which version of that; left out: the newest.
    #[serde(default)]
    version: Option<i64>,
    /// Whether the answer is waited for.
    #[serde(default)]
    mode: Mode,
    /// The values of its parameters: an array of those of `$1`, `$2`, …, or an object of those that have names. A value whose type
    /// JSON does not have is an object of `type` (boolean, integer, double, text, date, timestamp, or one of these with `[]`)
    /// and `value`. Those that a saved query declares are given by name.
    #[serde(default)]
    params: Option<Value>,
}

/// Whether the answer is waited for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
#[schema(as = AnswerMode)]
pub(super) enum Mode {
    /// The rows are the answer.
    #[default]
    Sync,
    /// The rows are put by, and fetched later: the answer says where.
    Async,
}

/// What is to be run.
struct Given {
    sql: String,
    parameters: Parameters,
    /// What the trail is told of it.
    detail: Value,
}

impl Question {
    /// The statement and its values: as given, or those of a saved query that the asker sees.
    async fn given(self, app: &App, asker: &Asker) -> Result<Given, Problem> {
        let params = self.params.as_ref();
        match (self.sql, self.saved) {
            (Some(sql), None) if self.version.is_none() => {
                let (parameters, detail) = (queries::parameters(params)?, app.sql_text.detail(&sql, params));
                Ok(Given { sql, parameters, detail })
            }
            (None, Some(id)) => {
                let (control, tenant) = (&app.access.control, &asker.tenant);
                let number = match self.version {
                    Some(number) => number,
                    None => control.saved_query(tenant, asker.key(), &id).await?.version,
                };
                let saved = control.saved_version(tenant, asker.key(), &id, number).await?;
                // One that declares nothing takes what any statement takes.
                let parameters = match saved.parameters.as_slice() {
                    [] => queries::parameters(params)?,
                    declared => Declared::values(declared, params)?,
                };
                let mut detail = app.sql_text.detail(&saved.sql, params);
                (detail["saved"], detail["version"]) = (id.into(), number.into());
                Ok(Given { sql: saved.sql, parameters, detail })
            }
            _ => Err(Problem::invalid("the body should have either `sql`, or `saved` and perhaps its `version`")),
        }
    }
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
/// header `pulse-query` has its id. A saved query runs as whoever asks, not as its owner. With `"mode": "async"` nobody waits:
/// `Location` says where the query is followed, and its result fetched.
#[utoipa::path(post, path = "/api/v1/sql", tag = "sql", params(Laid), request_body = Question,
    responses((status = 200, headers(("pulse-query" = String), ("pulse-cache" = String)),
        content((serde_json::Value = "application/json"), (String = "application/x-ndjson"), (String = "text/csv"),
        (Vec<u8> = "application/vnd.apache.arrow.stream"), (Vec<u8> = "application/vnd.apache.parquet"))),
        (status = 202, body = Followed, headers(("Location" = String))), Problem))]
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
    let mode = question.mode;
    let Given { sql, parameters, detail } = question.given(&app, &asker).await?;
    let asked = slot.asks(&app, detail);
    let question = queries::Question {
        tenant,
        asker: asker.key().to_owned(),
        known_by: match (mode, &asker.who) {
            // What nobody waits for goes on when its asker signs out.
            (Mode::Async, Who::Session { user, .. }) => user.clone(),
            _ => asker.who.id().to_owned(),
        },
        door: Door::Sql,
        ticket: None,
        shown: app.sql_text.kept(&sql).map(str::to_owned),
        statement: Statement::new(sql).with(parameters),
        limits: if mode == Mode::Async { app.queries.aside_limits() } else { app.queries.limits() },
    };
    match mode {
        Mode::Sync => answer::rows(format, app.queries.ask(question, asked).await?).await,
        Mode::Async => {
            let seen = question.tenant.clone();
            let id = app.queries.begin(question, asked).await?;
            followed::begun(&app, &asker, &seen, &id)
        }
    }
}
