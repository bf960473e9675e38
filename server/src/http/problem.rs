//! Errors as RFC 9457 problem documents, each with a stable code and a sentence that says what to do.

use crate::Error;
use crate::control::Refusal;
use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use pulse_engine::Error as Engine;
use serde::Serialize;
use std::collections::BTreeMap;
use utoipa::openapi::{self, ContentBuilder, Ref, RefOr, ResponseBuilder};
use utoipa::{IntoResponses, ToSchema};

/// After how many seconds a place may be free where all are taken.
const QUEUE_SECONDS: i64 = 5;

/// The code of a query that somebody stopped.
pub(crate) const STOPPED: &str = "stopped";

/// Why a request was not answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Problem {
    /// A URI that names the kind of problem: `urn:pulse:problem:<code>`.
    pub r#type: String,
    /// The kind of problem in words, the same for each of its kind.
    pub title: &'static str,
    /// The HTTP status.
    pub status: u16,
    /// What went wrong this time, and what to do.
    pub detail: String,
    /// The kind of problem for programs; it never changes.
    pub code: &'static str,
    /// After how many seconds to ask again, where that may help; the header `Retry-After` has it, too.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_after: Option<i64>,
    /// Where in a statement the mistake is.
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    pub place: Option<Box<Place>>,
}

/// Where in a statement a mistake is, and what was probably meant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Place {
    /// The line of the statement that is meant, from 1, where that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<u64>,
    /// The character of that line, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub column: Option<u64>,
    /// The name that was probably meant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub suggestion: Option<String>,
}

impl Problem {
    pub(crate) fn new(status: StatusCode, code: &'static str, title: &'static str, detail: impl Into<String>) -> Self {
        let r#type = format!("urn:pulse:problem:{code}");
        let (status, detail) = (status.as_u16(), detail.into());
        Self { r#type, title, status, detail, code, retry_after: None, place: None }
    }

    fn invalid_question(detail: String) -> Self {
        let title = "The question cannot be answered as it stands";
        Self::new(StatusCode::BAD_REQUEST, "invalid-question", title, detail)
    }

    pub(crate) fn after(self, seconds: i64) -> Self {
        Self { retry_after: Some(seconds), ..self }
    }

    pub(crate) fn unauthorized(detail: &str) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "no-valid-token", "Who asks is not known", detail)
    }

    pub(crate) fn forbidden(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, "not-allowed", "This is not yours to do", detail)
    }

    pub(super) fn cross_site() -> Self {
        let detail = "another site sent this request with your cookie: programs send a token in the Authorization header instead";
        Self::new(StatusCode::FORBIDDEN, "cross-site", "The request comes from another site", detail)
    }

    pub(super) fn version_needed() -> Self {
        let detail = "send the ETag that this was read with as `If-Match`, so that nobody else's change is lost";
        Self::new(StatusCode::PRECONDITION_REQUIRED, "version-needed", "A change has to say what it changes", detail)
    }

    pub(crate) fn invalid(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "invalid-request", "The request cannot be understood", detail)
    }

    pub(super) fn not_found(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not-found", "There is no such thing", detail)
    }

    /// A query is under way whose result is asked for.
    pub(super) fn running() -> Self {
        let detail = "the query is under way: ask again in a moment";
        Self::new(StatusCode::CONFLICT, "running", "The query is under way", detail).after(1)
    }

    /// A result is there no more.
    pub(super) fn result_gone(why: &str) -> Self {
        Self::new(StatusCode::GONE, "result-gone", "The result is there no more", why)
    }

    pub(super) fn method_not_allowed() -> Self {
        let detail = "this address takes another method; docs/rest.md lists which";
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "method-not-allowed", "Another method is needed", detail)
    }

    pub(super) fn not_acceptable() -> Self {
        let detail = "this is answered as application/json, application/x-ndjson, text/csv, application/vnd.apache.arrow.stream or application/vnd.apache.parquet: name one of them in the Accept header";
        Self::new(StatusCode::NOT_ACCEPTABLE, "not-acceptable", "No format that was asked for is written here", detail)
    }

    pub(super) fn too_large() -> Self {
        let detail = "a request may have up to 1 MiB: ask for less at once";
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "too-large", "The request is too large", detail)
    }

    /// Something of ours broke. What exactly is for the log: it may name files and hosts.
    fn internal(error: &dyn std::error::Error) -> Self {
        tracing::error!(error = %error, "a request failed");
        let detail = "Pulse could not answer; its log says why. Asking again is safe";
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", "Something went wrong on our side", detail)
    }

    /// The log is told that an answer broke off for this, of which the code says enough: in the detail may stand values of rows, which are
    /// their tenant's alone. What is no asker's mistake was told in full before.
    pub(crate) fn breaks_off(&self) {
        tracing::warn!(code = self.code, "an answer broke off");
    }
}

impl From<Engine> for Problem {
    fn from(error: Engine) -> Self {
        Self::from(&error)
    }
}

impl From<&Engine> for Problem {
    fn from(error: &Engine) -> Self {
        use StatusCode as Status;
        let detail = error.to_string();
        match error {
            Engine::Question(_) => Self::invalid_question(detail),
            Engine::Mistake(mistake) => Self {
                place: Some(Box::new(Place {
                    line: mistake.at.map(|(line, _)| line),
                    column: mistake.at.map(|(_, column)| column),
                    suggestion: mistake.suggestion.clone(),
                })),
                // The name that was meant is told apart.
                ..Self::invalid_question(mistake.why.clone())
            },
            Engine::Setting(_) => Self::new(Status::BAD_REQUEST, "invalid-setting", "A setting cannot be used", detail),
            Engine::UnknownEntity { .. } => {
                Self::new(Status::NOT_FOUND, "unknown-entity", "There is no such table", detail)
            }
            Engine::UnknownTenant { .. } => Self::new(Status::NOT_FOUND, "no-data", "Nothing has landed yet", detail),
            Engine::TimedOut { .. } => {
                Self::new(Status::GATEWAY_TIMEOUT, "timed-out", "The query took too long", detail)
            }
            Engine::Busy(_) => {
                Self::new(Status::SERVICE_UNAVAILABLE, "busy", "There is no room for one more query", detail)
                    .after(QUEUE_SECONDS)
            }
            Engine::StoreAway { .. } => {
                Self::new(Status::SERVICE_UNAVAILABLE, "store-away", "The lake cannot be read", detail).after(5)
            }
            other => Self::internal(other),
        }
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        Self::from(&error)
    }
}

impl From<&Error> for Problem {
    fn from(error: &Error) -> Self {
        match error {
            Error::Engine(error) => error.into(),
            Error::Usage(detail) => Self::invalid(detail.as_str()),
            Error::Refused(refusal) => refusal.into(),
            Error::WrongPassword => {
                let detail = error.to_string();
                Self::new(StatusCode::UNAUTHORIZED, "wrong-password", "Who signs in is not known", detail)
            }
            Error::SessionOver => {
                Self::new(StatusCode::UNAUTHORIZED, "session-over", "The session is over", error.to_string())
            }
            Error::Provider { name, why } => {
                tracing::warn!(provider = name, why, "an identity provider did not let somebody in");
                let title = "The identity provider does not vouch for you";
                Self::new(StatusCode::BAD_GATEWAY, "identity-provider", title, error.to_string())
            }
            Error::NoTenant => {
                Self::new(StatusCode::FORBIDDEN, "no-tenant", "There is no tenant to come into", error.to_string())
            }
            Error::TooManyTries { seconds } => {
                let detail = error.to_string();
                Self::new(StatusCode::TOO_MANY_REQUESTS, "too-many-tries", "There were too many tries", detail)
                    .after(*seconds)
            }
            Error::Unread(_) => {
                let detail = error.to_string();
                Self::new(StatusCode::UNPROCESSABLE_ENTITY, "unreadable", "The connection cannot be read", detail)
            }
            Error::WrongSecret => {
                let detail = error.to_string();
                Self::new(StatusCode::UNAUTHORIZED, "wrong-secret", "Who calls does not know the secret", detail)
            }
            Error::TooManyQueries { seconds, .. } => {
                let detail = error.to_string();
                Self::new(StatusCode::TOO_MANY_REQUESTS, "too-many-queries", "Too many queries wait", detail)
                    .after(*seconds)
            }
            Error::TooManyResults(_) => {
                let detail = error.to_string();
                Self::new(StatusCode::TOO_MANY_REQUESTS, "too-many-results", "Too many results are kept", detail)
                    .after(60)
            }
            Error::Stopped | Error::ShutOut | Error::LeftUnread => {
                Self::new(StatusCode::CONFLICT, STOPPED, "The query was stopped", error.to_string())
            }
            Error::TooManyFollowers { .. } => {
                let detail = error.to_string();
                Self::new(StatusCode::TOO_MANY_REQUESTS, "too-many-followers", "Too many follow events", detail)
                    .after(60)
            }
            Error::Leaving => {
                let detail = error.to_string();
                Self::new(StatusCode::SERVICE_UNAVAILABLE, "leaving", "This process is to end", detail)
            }
            Error::DatabaseAway(why) => {
                tracing::warn!(why, "the control database does not answer");
                let detail = "the control database does not answer; Pulse goes on by itself when it does";
                Self::new(StatusCode::SERVICE_UNAVAILABLE, "database-away", "Pulse cannot look up who asks", detail)
                    .after(5)
            }
            other => Self::internal(other),
        }
    }
}

impl From<&Refusal> for Problem {
    fn from(refusal: &Refusal) -> Self {
        use StatusCode as Status;
        let (status, code, title) = match refusal {
            Refusal::Unknown { .. } => (Status::NOT_FOUND, "not-found", "There is no such thing"),
            Refusal::Taken { .. } => (Status::CONFLICT, "taken", "That name stands for something else"),
            Refusal::Stale => (Status::PRECONDITION_FAILED, "stale", "It was changed meanwhile"),
            Refusal::Invalid { .. } => (Status::UNPROCESSABLE_ENTITY, "invalid-value", "A value makes no sense"),
            Refusal::Beyond(_) | Refusal::NotOwner => (Status::FORBIDDEN, "not-allowed", "This is not yours to do"),
            Refusal::LastOwner => (Status::CONFLICT, "last-owner", "A tenant keeps an owner"),
            Refusal::BadLink => (Status::GONE, "bad-link", "The link is not good"),
            Refusal::BuiltIn(_) => (Status::CONFLICT, "built-in", "A built-in role stays as it is"),
            Refusal::JobState(_) => (Status::CONFLICT, "job-state", "The job is not in a state for that"),
            Refusal::AlertState(_) => (Status::CONFLICT, "alert-state", "The alert is not in a state for that"),
            Refusal::DeliveryState(_) => {
                (Status::CONFLICT, "delivery-state", "The delivery is not in a state for that")
            }
            Refusal::OverQuota { .. } => (Status::FORBIDDEN, "over-quota", "The tenant has as much as it may"),
            Refusal::NotVouched(_) => (Status::FORBIDDEN, "not-vouched", "Single sign-on is not enough"),
            Refusal::InUse(_) => (Status::CONFLICT, "in-use", "Somebody still has it"),
        };
        Self::new(status, code, title, refusal.to_string())
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        Self::from(&refusal)
    }
}

/// Every problem that any request may be answered with, as OpenAPI says it.
impl IntoResponses for Problem {
    fn responses() -> BTreeMap<String, RefOr<openapi::Response>> {
        let answer = |what: &str| {
            let content = ContentBuilder::new().schema(Some(Ref::from_schema_name("Problem"))).build();
            RefOr::T(ResponseBuilder::new().description(what).content("application/problem+json", content).build())
        };
        [
            ("4XX", answer("The request is refused; `code` and `detail` say why, and what to do")),
            ("5XX", answer("Pulse could not answer; asking again is safe")),
        ]
        .map(|(status, answer)| (status.to_owned(), answer))
        .into()
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let retry_after = self.retry_after.and_then(|seconds| HeaderValue::from_str(&seconds.to_string()).ok());
        let mut response = (status, Json(self)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if let Some(seconds) = retry_after {
            headers.insert(header::RETRY_AFTER, seconds);
        }
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"pulse\""));
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_broke_inside_is_not_told_outside() {
        let error = Engine::Table { table: "core/commits".into(), reason: "s3://bucket/secret".into() };
        let problem = Problem::from(error);
        assert_eq!((problem.status, problem.code), (500, "internal"));
        assert!(!problem.detail.contains("bucket"));
    }

    #[test]
    fn where_there_is_no_room_it_is_said_when_to_ask_again() {
        let full = Error::TooManyQueries { running: 1, waiting: 2, seconds: 7 };
        let busy = Engine::Busy("wait".into());
        for (problem, status, after) in [(Problem::from(busy), 503, "5"), (Problem::from(full), 429, "7")] {
            assert_eq!(problem.status, status);
            assert_eq!(problem.into_response().headers()[header::RETRY_AFTER], after);
        }
    }

    #[test]
    fn the_log_has_no_value_of_a_row_for_which_an_answer_broke_off() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        let file = std::fs::File::create(&path).unwrap();
        let log = tracing_subscriber::fmt().with_ansi(false).with_writer(file).finish();
        tracing::subscriber::with_default(log, || {
            Problem::from(Engine::Question("the text 'ada@example.com' is no BIGINT".into())).breaks_off();
        });
        let log = std::fs::read_to_string(&path).unwrap();
        assert!(log.contains("an answer broke off") && log.contains("invalid-question"), "{log}");
        assert!(!log.contains("ada"), "{log}");
    }

    #[test]
    fn the_askers_own_mistake_is_told_in_full() {
        let problem = Problem::from(Engine::Question("no metric `speed`".into()));
        assert_eq!((problem.status, problem.detail.as_str()), (400, "no metric `speed`"));
        assert_eq!(problem.r#type, "urn:pulse:problem:invalid-question");
    }
}
