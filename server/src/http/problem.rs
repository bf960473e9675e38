//! Errors as RFC 9457 problem documents, each with a stable code and a sentence that says what to do.

use crate::Error;
use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use pulse_engine::Error as Engine;
use serde::Serialize;

/// Why a request was not answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
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
}

impl Problem {
    fn new(status: StatusCode, code: &'static str, title: &'static str, detail: impl Into<String>) -> Self {
        let r#type = format!("urn:pulse:problem:{code}");
        Self { r#type, title, status: status.as_u16(), detail: detail.into(), code }
    }

    pub(super) fn unauthorized(detail: &str) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "no-valid-token", "Who asks is not known", detail)
    }

    pub(super) fn invalid(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "invalid-request", "The request cannot be understood", detail)
    }

    pub(super) fn not_found(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not-found", "There is no such thing", detail)
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
}

impl From<Engine> for Problem {
    fn from(error: Engine) -> Self {
        use StatusCode as Status;
        let detail = error.to_string();
        match error {
            Engine::Question(_) => Self::new(
                Status::BAD_REQUEST,
                "invalid-question",
                "The question cannot be answered as it stands",
                detail,
            ),
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
            }
            other => Self::internal(&other),
        }
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        match error {
            Error::Engine(error) => error.into(),
            Error::Usage(detail) => Self::invalid(detail),
            other => Self::internal(&other),
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = (status, Json(self)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
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
    fn the_askers_own_mistake_is_told_in_full() {
        let problem = Problem::from(Engine::Question("no metric `speed`".into()));
        assert_eq!((problem.status, problem.detail.as_str()), (400, "no metric `speed`"));
        assert_eq!(problem.r#type, "urn:pulse:problem:invalid-question");
    }
}
