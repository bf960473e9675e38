//! What the mappers of all vendors do alike.

use pulse_engine::entities::{Entity, core};
use pulse_engine::map::{Connection, RawPayload, Reject};
use serde::Deserialize;
use std::sync::Arc;

/// The first and last second of the years 1 to 9999, which every reader of the lake can represent.
pub(crate) const SECONDS: std::ops::RangeInclusive<i64> = -62_135_596_800..=253_402_300_799;

/// A connection's settings in their connector's shape, which has a default for each.
pub(crate) fn settings_of<T: Default + Send + Sync + 'static>(
    connection: &Connection,
    from_json: impl FnOnce(&serde_json::Value) -> crate::Result<T>,
) -> Result<Arc<T>, Reject> {
    connection.settings_as(|settings| match settings {
        serde_json::Value::Null => Ok(T::default()),
        settings => from_json(settings).map_err(|e| Reject::new(e.to_string())),
    })
}

/// The payload in its shape.
pub(crate) fn read<'a, T: Deserialize<'a>>(payload: RawPayload<'a>) -> Result<T, Reject> {
    serde_json::from_str(payload.body).map_err(|e| Reject::new(format!("payload of `{}`: {e}", payload.stream)))
}

/// The core entity of that name.
pub(crate) fn entity(name: &str) -> Result<&'static Entity, Reject> {
    core(name).map_err(|e| Reject::new(e.to_string()))
}

/// Whether the payload says only that the thing is gone: `{"deleted":true}`.
pub(crate) fn is_gone(payload: RawPayload<'_>) -> bool {
    #[derive(serde::Deserialize)]
    struct Tombstone {
        #[serde(default)]
        deleted: bool,
    }
    // Hardly any is, so that a payload is not read once more for it.
    payload.body.contains("\"deleted\"")
        && serde_json::from_str::<Tombstone>(payload.body).is_ok_and(|told| told.deleted)
}

/// What could not be read stands among the rejects, with its reason, until it could: `{"reason": …}`, `null` once it can.
pub(crate) fn problem(payload: RawPayload<'_>) -> Result<(), Reject> {
    #[derive(serde::Deserialize)]
    struct Problem {
        reason: Option<String>,
    }
    let problem: Problem = read(payload)?;
    problem.reason.map_or(Ok(()), |reason| Err(Reject::new(reason)))
}

/// What must be there.
pub(crate) fn present<T>(field: &str, value: Option<T>) -> Result<T, Reject> {
    value.ok_or_else(|| Reject::field(field, format!("`{field}` is required and missing")))
}

/// What one of a vendor's words means. One that is not known may mean anything, so it is not guessed at.
pub(crate) fn meaning<T: Copy>(field: &str, word: Option<&str>, known: &[(&str, T)]) -> Result<T, Reject> {
    let word = present(field, word)?;
    known.iter().find(|(name, _)| *name == word).map(|(_, meaning)| *meaning).ok_or_else(|| {
        let names: Vec<_> = known.iter().map(|(name, _)| *name).collect();
        let reason =
            format!("`{field}` is `{}`, which is not known; known are {}", word.escape_default(), names.join(", "));
        Reject::field(field, reason)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_that_is_not_known_is_told_with_its_field() {
        let known = [("OPEN", 1), ("CLOSED", 2)];
        assert_eq!(meaning("state", Some("CLOSED"), &known), Ok(2));
        let reject = meaning("state", Some("AJAR"), &known).unwrap_err();
        assert_eq!(reject.field.as_deref(), Some("state"));
        assert!(reject.reason.contains("`AJAR`") && reject.reason.contains("OPEN, CLOSED"), "{}", reject.reason);
        assert!(meaning("state", None, &known).unwrap_err().reason.contains("missing"));
    }
}
