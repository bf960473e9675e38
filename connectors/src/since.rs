//! The setting `since`: the first day that is read, as people write days.

use chrono::NaiveDate;
use serde::{Deserialize as _, Deserializer, Serializer, de::Error as _};

/// Whether what was read since a day, or all of it where there is none, is all that is wanted by the setting now.
pub(crate) fn reaches(read: Option<NaiveDate>, since: Option<NaiveDate>) -> bool {
    read.is_none_or(|read| since.is_some_and(|since| since >= read))
}

/// Writes it.
pub(crate) fn serialize<S: Serializer>(day: &Option<NaiveDate>, serializer: S) -> Result<S::Ok, S::Error> {
    match day {
        Some(day) => serializer.collect_str(day),
        None => serializer.serialize_none(),
    }
}

/// Reads it.
pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<NaiveDate>, D::Error> {
    let Some(text) = Option::<String>::deserialize(deserializer)? else { return Ok(None) };
    let day = NaiveDate::parse_from_str(&text, "%Y-%m-%d");
    day.map(Some).map_err(|_| D::Error::custom(format!("`since` is {text:?}: write a day such as 2026-11-23")))
}
