//! What of a connection is read.

use crate::control::{LAND, Refusal};
use pulse_connectors::Range;
use serde::Deserialize;
use serde_json::Value;

/// What of a connection is read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Reading {
    /// What is new.
    #[default]
    New,
    /// Everything anew, whatever is new: what was deleted long ago is noticed then, too.
    Whole,
    /// What was made or changed in some days, anew.
    Range(Range),
}

/// What a job may be given.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Given {
    whole: bool,
    from: Option<String>,
    until: Option<String>,
}

impl Reading {
    /// What a job asks for by what it is given: nothing, `{"whole": true}`, or `{"from": "2025-01-01", "until": "2025-03-01"}`.
    ///
    /// # Errors
    /// [`Refusal::Invalid`] when that is none of these.
    pub fn of(input: &Value) -> Result<Self, Refusal> {
        let wrong = |reason: String| Refusal::invalid("input", reason);
        let given = if input.is_null() { Ok(Given::default()) } else { Given::deserialize(input) };
        let given = given.map_err(|error| wrong(format!("is not what `{LAND}` takes: {error}")))?;
        let day = |name: &str, text: String| {
            let said = format!("has the day `{name}` {text:?}: write it such as 2025-01-31");
            text.parse().map_err(|_| wrong(said))
        };
        match (given.whole, given.from, given.until) {
            (whole, None, None) => Ok(if whole { Self::Whole } else { Self::New }),
            (false, Some(from), Some(until)) => {
                let range = Range { from: day("from", from)?, until: day("until", until)? };
                range.check().map_err(|error| wrong(error.to_string()))?;
                Ok(Self::Range(range))
            }
            (true, ..) => {
                Err(wrong("asks for all and for some days: leave `whole` out, or `from` and `until`".to_owned()))
            }
            _ => {
                Err(wrong("should have both `from` and `until`: the first day, and the one after the last".to_owned()))
            }
        }
    }

    /// Refuses what a kind of job does not take.
    ///
    /// # Errors
    /// As [`Reading::of`].
    pub fn check(kind: &str, input: &Value) -> Result<(), Refusal> {
        if kind == LAND { Self::of(input).map(drop) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_is_new_is_read_unless_all_or_some_days_are_asked_for() {
        for new in [json!(null), json!({}), json!({"whole": false})] {
            assert_eq!(Reading::of(&new).unwrap(), Reading::New);
        }
        assert_eq!(Reading::of(&json!({"whole": true})).unwrap(), Reading::Whole);
        let Reading::Range(range) = Reading::of(&json!({"from": "2025-01-01", "until": "2025-03-01"})).unwrap() else {
            panic!("it is a range")
        };
        assert_eq!((range.from.to_string(), range.until.to_string()), ("2025-01-01".into(), "2025-03-01".into()));
    }

    #[test]
    fn what_cannot_be_meant_is_told() {
        for (input, words) in [
            (json!({"all": true}), "`all`"),
            (json!({"from": "2025-01-01"}), "both `from` and `until`"),
            (json!({"until": "2025-01-01"}), "both `from` and `until`"),
            (json!({"from": "2025-01-01", "until": "soon"}), "`until` \"soon\""),
            (json!({"from": "2025-03-01", "until": "2025-03-01"}), "is not before"),
            (json!({"whole": true, "from": "2025-01-01", "until": "2025-03-01"}), "leave `whole` out"),
        ] {
            let told = Reading::of(&input).unwrap_err().to_string();
            assert!(told.contains(words), "{input}: {told}");
            assert!(Reading::check("land", &input).is_err() && Reading::check("map", &input).is_ok());
        }
    }
}
