//! A span of days that is to be read again.

use crate::{Error, Result};
use chrono::{NaiveDate, NaiveTime};
use serde::{Deserialize, Serialize};

/// Days that somebody asks to have read again: from the first until before the second, in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Range {
    /// The first day.
    pub from: NaiveDate,
    /// The day after the last.
    pub until: NaiveDate,
}

impl Range {
    /// Refuses one that holds no day.
    ///
    /// # Errors
    /// [`Error::Setting`] when it ends before it begins.
    pub fn check(&self) -> Result<()> {
        if self.from < self.until {
            return Ok(());
        }
        Err(Error::Setting(format!(
            "a range is read from its first day until before another, and {} is not before {}",
            self.from, self.until
        )))
    }

    /// The instants that it lies between, in microseconds since 1970.
    pub fn micros(&self) -> (i64, i64) {
        let at = |day: NaiveDate| day.and_time(NaiveTime::MIN).and_utc().timestamp_micros();
        (at(self.from), at(self.until))
    }
}
