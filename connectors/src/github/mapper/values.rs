//! Texts of a payload as values of columns.

pub(super) use crate::mapping::{meaning, present};

use crate::mapping::SECONDS;
use chrono::DateTime;
use pulse_engine::map::Reject;
use pulse_engine::row::Value;

/// A time in microseconds since 1970; none when it is absurd.
pub(super) fn micros(text: &str) -> Option<i64> {
    let time = DateTime::parse_from_rfc3339(text.trim()).ok()?;
    SECONDS.contains(&time.timestamp()).then(|| time.timestamp_micros())
}

/// A time that may be missing; one that is absurd is not known.
pub(super) fn time(text: Option<&str>) -> Value {
    text.and_then(micros).map_or(Value::Null, Value::Time)
}

/// A time without which the thing means nothing.
pub(super) fn required_time(field: &str, text: Option<&str>) -> Result<i64, Reject> {
    let text = present(field, text)?;
    micros(text).ok_or_else(|| {
        let reason = format!("`{field}` is a time such as 2026-11-23T10:00:00Z, and this is {text:?}");
        Reject::field(field, reason)
    })
}

/// The offset from UTC that a time is written with, in minutes. `Z` tells none: GitHub writes times so, wherever people are.
pub(super) fn offset(text: Option<&str>) -> Option<i64> {
    let text = text?.trim();
    if text.ends_with(['Z', 'z']) {
        return None;
    }
    let time = DateTime::parse_from_rfc3339(text).ok()?;
    Some(i64::from(time.offset().local_minus_utc() / 60))
}

/// The day of a time, as it is written.
pub(super) fn day(text: Option<&str>) -> Value {
    let time =
        text.filter(|text| micros(text).is_some()).and_then(|text| DateTime::parse_from_rfc3339(text.trim()).ok());
    time.map_or(Value::Null, |time| Value::Date(time.date_naive().to_epoch_days()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_absurd_time_is_not_known() {
        assert_eq!(time(Some("1970-01-01T00:00:01.5Z")), Value::Time(1_500_000));
        assert_eq!(time(Some("1970-01-01T01:00:00+01:00")), Value::Time(0));
        for absurd in ["", "yesterday", "2026-13-01T00:00:00Z", "0000-01-01T00:00:00Z", "2026-11-23"] {
            assert_eq!(time(Some(absurd)), Value::Null, "{absurd}");
        }
        assert_eq!(time(None), Value::Null);
    }

    #[test]
    fn a_time_that_is_needed_is_told_by_its_field() {
        for (text, reason) in [(None, "missing"), (Some("x"), "2026-11-23T10:00:00Z")] {
            let reject = required_time("createdAt", text).unwrap_err();
            assert_eq!(reject.field.as_deref(), Some("createdAt"));
            assert!(reject.reason.contains(reason), "{}", reject.reason);
        }
    }

    #[test]
    fn an_offset_is_known_when_it_is_written() {
        assert_eq!(offset(Some("2026-11-23T10:00:00-03:30")), Some(-210));
        assert_eq!(offset(Some("2026-11-23T10:00:00+00:00")), Some(0));
        assert_eq!(offset(Some("2026-11-23T10:00:00Z")), None);
        assert_eq!(offset(None), None);
    }

    #[test]
    fn a_day_is_that_of_its_time() {
        assert_eq!(day(Some("1970-01-03T08:00:00Z")), Value::Date(2));
        assert_eq!(day(Some("soon")), Value::Null);
    }
}
