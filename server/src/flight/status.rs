//! Problems as gRPC statuses: the sentence is the message, and the code that never changes stands in the metadata.

use crate::http::{Problem, STOPPED};
use axum::http::StatusCode;
use tonic::metadata::{MetadataMap, MetadataValue};
use tonic::{Code, Status};

/// Where a status has the problem's code, which is the one that REST has.
pub(super) const CODE: &str = "pulse-code";
/// Where it has the seconds after which to ask again.
const RETRY_AFTER: &str = "retry-after";

impl From<Problem> for Status {
    fn from(problem: Problem) -> Self {
        let code = match problem.status {
            // Somebody stopped it, perhaps its own client.
            _ if problem.code == STOPPED => Code::Cancelled,
            400 | 422 => Code::InvalidArgument,
            401 => Code::Unauthenticated,
            403 => Code::PermissionDenied,
            404 => Code::NotFound,
            429 => Code::ResourceExhausted,
            501 => Code::Unimplemented,
            503 => Code::Unavailable,
            504 => Code::DeadlineExceeded,
            400..=499 => Code::FailedPrecondition,
            _ => Code::Internal,
        };
        let mut metadata = MetadataMap::new();
        metadata.insert(CODE, MetadataValue::from_static(problem.code));
        if let Some(seconds) = problem.retry_after {
            metadata.insert(RETRY_AFTER, MetadataValue::from(seconds));
        }
        Status::with_metadata(code, problem.detail, metadata)
    }
}

/// What this door does not do, and never will do halfway.
pub(super) fn unsupported(detail: &str) -> Problem {
    Problem::new(StatusCode::NOT_IMPLEMENTED, "not-supported", "This is not done here", detail)
}

/// What would write.
pub(super) fn read_only() -> Problem {
    let detail = "a session only reads, so nothing is updated, loaded or made here: data come in through connections, and by `pulse push`";
    Problem::new(StatusCode::NOT_IMPLEMENTED, "read-only", "Nothing is written here", detail)
}

/// What asks for a transaction.
pub(super) fn no_transactions() -> Problem {
    unsupported(
        "there are no transactions: a session only reads, and each statement sees one version of every table. Leave autocommit on",
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use pulse_engine::Error;

    #[test]
    fn a_problem_keeps_its_sentence_and_its_code() {
        let told = |error: Error| Status::from(Problem::from(error));
        let asked = told(Error::Question("no table `x`".into()));
        assert_eq!((asked.code(), asked.message()), (Code::InvalidArgument, "no table `x`"));
        assert_eq!(asked.metadata().get(CODE).unwrap(), "invalid-question");
        assert_eq!(told(Error::TimedOut { seconds: 7 }).code(), Code::DeadlineExceeded);
        assert_eq!(told(Error::Busy("wait".into())).code(), Code::Unavailable);
        let inside = told(Error::Table { table: "core/commits".into(), reason: "s3://bucket/secret".into() });
        assert!(inside.code() == Code::Internal && !inside.message().contains("bucket"));
        let late = Status::from(Problem::from(crate::Error::TooManyTries { seconds: 8 }));
        assert_eq!(
            (late.code(), late.metadata().get(RETRY_AFTER).unwrap().to_str().unwrap()),
            (Code::ResourceExhausted, "8")
        );
        assert_eq!(Status::from(Problem::from(crate::Error::Stopped)).code(), Code::Cancelled);
        assert_eq!(Status::from(read_only()).code(), Code::Unimplemented);
    }
}
