//! Texts of a payload as values of columns.

pub(super) use crate::mapping::{meaning, present};

use crate::mapping::SECONDS;
use chrono::{DateTime, Datelike as _, NaiveDate};
use pulse_engine::map::Reject;
use pulse_engine::row::Value;
use std::borrow::Cow;

/// How Jira writes a time, in most places: the offset has no colon, so it is no RFC 3339.
const JIRA: &str = "%Y-%m-%dT%H:%M:%S%.f%z";

/// A time in microseconds since 1970; none when it is absurd.
pub(super) fn micros(text: &str) -> Option<i64> {
    let text = text.trim();
    let time = colon(text)
        .and_then(|text| DateTime::parse_from_rfc3339(&text).ok())
        .or_else(|| DateTime::parse_from_str(text, JIRA).ok())?;
    SECONDS.contains(&time.timestamp()).then(|| time.timestamp_micros())
}

/// A time with the colon in its offset that RFC 3339 has: it is read in a fraction of the time that any other form takes.
fn colon(text: &str) -> Option<Cow<'_, str>> {
    let (hours, minutes) = text.split_at_checked(text.len().checked_sub(2)?)?;
    let sign = hours.len().checked_sub(3).and_then(|at| hours.as_bytes().get(at));
    let lacks_it = matches!(sign, Some(b'+' | b'-'));
    Some(if lacks_it { Cow::Owned([hours, ":", minutes].concat()) } else { Cow::Borrowed(text) })
}

/// A time that may be missing; one that is absurd is not known.
pub(super) fn time(text: Option<&str>) -> Value {
    known(text.and_then(micros))
}

/// A time that may not be known.
pub(super) fn known(micros: Option<i64>) -> Value {
    micros.map_or(Value::Null, Value::Time)
}

/// A time without which the thing means nothing.
pub(super) fn required_time(field: &str, text: Option<&str>) -> Result<i64, Reject> {
    let text = present(field, text)?;
    micros(text).ok_or_else(|| {
        let reason = format!("`{field}` is a time such as 2026-11-23T10:00:00.000+0100, and this is {text:?}");
        Reject::field(field, reason)
    })
}

/// A day that may be missing; one that is absurd is not known.
pub(super) fn day(text: Option<&str>) -> Value {
    let day = text.and_then(|text| NaiveDate::parse_from_str(text.trim(), "%Y-%m-%d").ok());
    let day = day.filter(|day| (1..=9999).contains(&day.year()));
    day.map_or(Value::Null, |day| Value::Date(day.to_epoch_days()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_read_as_either_edition_writes_it() {
        for text in [
            "1970-01-01T01:00:01.500+0100",
            "1970-01-01T01:00:01.5+01:00",
            "1970-01-01T00:00:01.500Z",
            " 1969-12-31T19:30:01.500-0430",
        ] {
            assert_eq!(time(Some(text)), Value::Time(1_500_000), "{text}");
        }
        assert_eq!(time(Some("1970-01-01T01:00:01+0100")), Value::Time(1_000_000));
    }

    #[test]
    fn an_absurd_time_or_day_is_not_known() {
        for absurd in ["", "yesterday", "2026-13-01T00:00:00.000+0000", "0000-01-01T00:00:00.000+0000", "2026-11-23"] {
            assert_eq!(time(Some(absurd)), Value::Null, "{absurd}");
        }
        for absurd in ["", "soon", "2026-02-30", "0000-01-01", "+12026-01-01"] {
            assert_eq!(day(Some(absurd)), Value::Null, "{absurd}");
        }
        assert_eq!((time(None), day(None), day(Some("1970-01-03"))), (Value::Null, Value::Null, Value::Date(2)));
    }

    #[test]
    fn a_time_that_is_needed_is_told_by_its_field() {
        for (text, reason) in [(None, "missing"), (Some("x"), "2026-11-23T10:00:00.000+0100")] {
            let reject = required_time("fields.created", text).unwrap_err();
            assert_eq!(reject.field.as_deref(), Some("fields.created"));
            assert!(reject.reason.contains(reason), "{}", reject.reason);
        }
    }
}
