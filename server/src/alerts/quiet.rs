//! Quiet hours: when nobody is told, by the tenant's clocks.

use crate::Result;
use crate::control::Refusal;
use chrono::{DateTime, Days, NaiveTime, TimeZone as _};
use pulse_engine::{Settings, calendar};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// When nobody is told of an alert.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Quiet {
    /// From this time of the tenant's day on, such as `22:00`.
    pub from: String,
    /// Until this one, which may be that of the next day. The same as `from`: not by the time of day.
    pub until: String,
    /// The whole of days on which the tenant does not work, too.
    #[serde(default)]
    pub days_off: bool,
}

/// After so many pieces it is never over: a tenant that works on no day.
const MOST: usize = 400;

impl Quiet {
    /// Refuses times that are none.
    ///
    /// # Errors
    /// [`Refusal::Invalid`].
    pub fn check(&self) -> Result<()> {
        let wrong = || Refusal::invalid("quiet", "should be from and until a time of day such as 22:00");
        self.times().map(drop).ok_or_else(|| wrong().into())
    }

    fn times(&self) -> Option<(NaiveTime, NaiveTime)> {
        let time = |text: &str| NaiveTime::parse_from_str(text, "%H:%M").ok();
        time(&self.from).zip(time(&self.until))
    }

    /// When the quiet that an instant lies in is over; `None` when it lies in none. Both are in microseconds since 1970.
    pub fn ends(&self, settings: &Settings, at: i64) -> Option<i64> {
        let mut ends = at;
        for _ in 0..MOST {
            match self.piece(settings, ends) {
                Some(later) if later > ends => ends = later,
                _ => break,
            }
        }
        (ends > at).then_some(ends)
    }

    /// When the night or the day off that an instant lies in is over.
    fn piece(&self, settings: &Settings, at: i64) -> Option<i64> {
        let (from, until) = self.times()?;
        let local = DateTime::from_timestamp_micros(at)?.with_timezone(&settings.time_zone).naive_local();
        let (day, time) = (local.date(), local.time());
        let next = day.checked_add_days(Days::new(1))?;
        let over = if self.days_off && !settings.calendar.is_working_day(day) {
            next.and_time(NaiveTime::MIN)
        } else if from < until && from <= time && time < until {
            day.and_time(until)
        } else if from > until && time >= from {
            next.and_time(until)
        } else if from > until && time < until {
            day.and_time(until)
        } else {
            return None;
        };
        let first = calendar::instant(settings.time_zone, over)?;
        if first > at {
            return Some(first);
        }
        // The clocks went back: that time is there once more, and the second counts.
        let second = settings.time_zone.from_local_datetime(&over).latest()?;
        Some(second.timestamp_micros()).filter(|later| *later > at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono_tz::Tz;

    fn at(text: &str) -> i64 {
        text.parse::<DateTime<chrono::Utc>>().unwrap().timestamp_micros()
    }

    fn ends(quiet: &Quiet, when: &str) -> Option<String> {
        let settings = Settings { time_zone: Tz::Europe__Berlin, ..Settings::default() };
        let ends = quiet.ends(&settings, at(when))?;
        Some(DateTime::from_timestamp_micros(ends).unwrap().format("%m-%dT%H:%M").to_string())
    }

    fn quiet(from: &str, until: &str, days_off: bool) -> Quiet {
        Quiet { from: from.into(), until: until.into(), days_off }
    }

    #[test]
    fn a_night_ends_in_the_morning_of_the_tenants_zone() {
        let night = quiet("22:00", "07:00", false);
        assert_eq!(ends(&night, "2026-01-14T21:30:00Z").as_deref(), Some("01-15T06:00"), "22:30 in Berlin");
        assert_eq!(ends(&night, "2026-01-15T05:59:00Z").as_deref(), Some("01-15T06:00"));
        assert_eq!(ends(&night, "2026-01-15T06:00:00Z"), None);
        assert_eq!(ends(&night, "2026-01-15T20:59:00Z"), None);
        let noon = quiet("12:00", "13:00", false);
        assert_eq!(ends(&noon, "2026-07-15T10:15:00Z").as_deref(), Some("07-15T11:00"));
        assert_eq!(ends(&quiet("07:00", "07:00", false), "2026-07-15T05:00:00Z"), None);
    }

    #[test]
    fn a_night_in_which_clocks_are_moved_ends_when_they_show_the_morning() {
        let night = quiet("22:00", "07:00", false);
        // On 29 March 2026 clocks go from 02:00 to 03:00, on 25 October from 03:00 to 02:00.
        assert_eq!(ends(&night, "2026-03-28T22:00:00Z").as_deref(), Some("03-29T05:00"));
        assert_eq!(ends(&night, "2026-10-24T21:00:00Z").as_deref(), Some("10-25T06:00"));
        // A night that ends in the hour that is skipped ends when it has been.
        assert_eq!(ends(&quiet("22:00", "02:30", false), "2026-03-29T00:30:00Z").as_deref(), Some("03-29T01:00"));
        // And one that ends in the hour that is there twice: at the first of the two; in the second it is quiet until its end.
        let twice = quiet("22:00", "02:30", false);
        assert_eq!(ends(&twice, "2026-10-24T23:00:00Z").as_deref(), Some("10-25T00:30"));
        assert_eq!(ends(&twice, "2026-10-25T01:10:00Z").as_deref(), Some("10-25T01:30"));
        // On Lord Howe clocks go back by half an hour, on 5 April 2026 from 02:00 to 01:30, which is 15:00 in UTC.
        let settings = Settings { time_zone: Tz::Australia__Lord_Howe, ..Settings::default() };
        let early = quiet("22:00", "01:45", false);
        let over = |when: &str| early.ends(&settings, at(when)).map(|over| over - at("2026-04-04T15:00:00Z"));
        assert_eq!(over("2026-04-04T14:30:00Z"), Some(-15 * 60_000_000));
        assert_eq!(over("2026-04-04T15:05:00Z"), Some(15 * 60_000_000));
    }

    #[test]
    fn days_off_are_quiet_until_the_next_working_morning() {
        let off = quiet("18:00", "08:00", true);
        // Friday, 16 January 2026, at 19:00; Monday at 08:00.
        assert_eq!(ends(&off, "2026-01-16T18:00:00Z").as_deref(), Some("01-19T07:00"));
        assert_eq!(ends(&off, "2026-01-17T11:00:00Z").as_deref(), Some("01-19T07:00"));
        assert_eq!(ends(&off, "2026-01-19T07:00:00Z"), None);
    }

    #[test]
    fn a_time_that_is_none_is_refused() {
        quiet("22:00", "07:00", false).check().unwrap();
        for (from, until) in [("25:00", "07:00"), ("22", "07:00"), ("", "")] {
            assert!(quiet(from, until, false).check().is_err(), "{from}-{until}");
        }
    }
}
