//! Problems as gRPC statuses: the sentence is the message, and the code that never changes stands in the metadata.

use crate::http::{Place, Problem, STOPPED};
use axum::http::StatusCode;
use std::borrow::Cow;
use tonic::metadata::{Ascii, MetadataMap, MetadataValue};
use tonic::{Code, Status};

/// Where a status has the problem's code, which is the one that REST has.
pub(super) const CODE: &str = "pulse-code";
/// Where it has the seconds after which to ask again.
const RETRY_AFTER: &str = "retry-after";
/// Where it has the line and the column of a mistake in a statement, both from 1, and the name that was probably meant.
const LINE: &str = "pulse-line";
const COLUMN: &str = "pulse-column";
const SUGGESTION: &str = "pulse-suggestion";
/// How many bytes what is wrong may have on its way, and a name that was meant: a statement's own words stand in it, and values of rows. Common
/// clients take 8 KiB of all that a status comes with, and of more they tell nothing but that.
const MESSAGE: usize = 4 << 10;
const NAME: usize = 256;

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
        let mut message = cut(&problem.detail).into_owned();
        if let Some(place) = problem.place {
            let Place { line, column, suggestion } = *place;
            let at = line.zip(column);
            let suggestion = suggestion.filter(|name| name.len() <= NAME);
            message += &beside(at, suggestion.as_deref());
            if let Some((line, column)) = at {
                metadata.insert(LINE, MetadataValue::from(line));
                metadata.insert(COLUMN, MetadataValue::from(column));
            }
            // A name that no header can hold stands in the message alone.
            if let Some(Ok(name)) = suggestion.map(|name| name.parse::<MetadataValue<Ascii>>()) {
                metadata.insert(SUGGESTION, name);
            }
        }
        Status::with_metadata(code, message, metadata)
    }
}

/// As much of what is wrong as has room in a message. There a letter or digit takes a byte, and each byte of anything else up to three.
fn cut(detail: &str) -> Cow<'_, str> {
    let mut room = MESSAGE;
    for (at, letter) in detail.char_indices() {
        let takes = if letter.is_ascii_alphanumeric() { 1 } else { 3 * letter.len_utf8() };
        match room.checked_sub(takes) {
            Some(rest) => room = rest,
            None => return Cow::Owned(format!("{}…", detail.get(..at).unwrap_or_default())),
        }
    }
    Cow::Borrowed(detail)
}

/// What the message tells of a mistake beside what is wrong: of the metadata most clients show nothing.
fn beside(at: Option<(u64, u64)>, meant: Option<&str>) -> String {
    match (at, meant) {
        (Some((line, column)), Some(name)) => format!(" (line {line}, column {column}; was `{name}` meant?)"),
        (Some((line, column)), None) => format!(" (line {line}, column {column})"),
        (None, Some(name)) => format!(" (was `{name}` meant?)"),
        (None, None) => String::new(),
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
        let busy = told(Error::Busy("wait".into()));
        assert_eq!(
            (busy.code(), busy.metadata().get(RETRY_AFTER).unwrap().to_str().unwrap()),
            (Code::Unavailable, "5")
        );
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

    #[test]
    fn whatever_a_statement_says_its_problem_has_room_in_what_clients_take() {
        for letter in ["a", " ", "%", "ж", "数"] {
            let place = Place { line: Some(2), column: Some(3), suggestion: Some("x".repeat(60_000)) };
            let problem = Problem::from(Error::Question(letter.repeat(60_000)));
            let status = Status::from(Problem { place: Some(Box::new(place)), ..problem });
            assert!(status.message().ends_with("… (line 2, column 3)"), "{letter}");
            let sent = status.into_http::<axum::body::Body>();
            let bytes: usize = sent.headers().iter().map(|(name, value)| name.as_str().len() + value.len()).sum();
            assert!((1 << 10..5 << 10).contains(&bytes), "{letter}: {bytes}");
        }
        assert_eq!(cut("no table `x`"), "no table `x`");
    }

    #[test]
    fn a_mistake_has_its_place_and_what_was_meant_in_the_message_and_apart() {
        assert_eq!(beside(Some((2, 3)), Some("commits")), " (line 2, column 3; was `commits` meant?)");
        assert_eq!(beside(Some((1, 10)), None), " (line 1, column 10)");
        assert_eq!(beside(None, Some("id")), " (was `id` meant?)");
        assert_eq!(beside(None, None), "");
        let told = |suggestion: &str| {
            let place = Place { line: Some(2), column: Some(3), suggestion: Some(suggestion.to_owned()) };
            let problem = Problem::from(Error::Question("no column `x`".into()));
            Status::from(Problem { place: Some(Box::new(place)), ..problem })
        };
        let status = told("commits");
        assert_eq!(status.message(), "no column `x` (line 2, column 3; was `commits` meant?)");
        let apart = |name: &'static str| status.metadata().get(name).unwrap().to_str().unwrap();
        assert_eq!((apart(LINE), apart(COLUMN), apart(SUGGESTION)), ("2", "3", "commits"));
        // What no header can hold breaks nothing.
        let status = told("Größe\n");
        assert!(status.metadata().get(SUGGESTION).is_none() && status.message().contains("Größe"), "{status:?}");
    }
}
