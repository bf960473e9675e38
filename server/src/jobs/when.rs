//! When a schedule is due: a cron pattern in a time zone, or every so many seconds.

use crate::Result;
use crate::control::Refusal;
use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use croner::Cron;
use croner::errors::CronError;
use croner::parser::{CronParser, Seconds, Year};
use pulse_engine::{Settings, calendar};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// When a schedule is due.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase", deny_unknown_fields)]
pub enum When {
    /// By a cron pattern of five fields (minute, hour, day of the month, month, day of the week), such as `30 6 * * mon-fri`, on the
    /// clocks of a time zone. What falls into an hour that clocks skip is due when they have; what falls into one that they
    /// repeat is due once if it names the hour, and as often as it says if it is due every few minutes.
    Cron {
        /// The pattern.
        pattern: String,
        /// The zone, by its name in the tz database.
        time_zone: String,
    },
    /// Every so many seconds, from a minute to a year.
    Every(
        /// The seconds.
        i64,
    ),
}

/// The shortest interval of a schedule and the longest, in seconds.
const SHORTEST: i64 = 60;
const LONGEST: i64 = 366 * 24 * 3600;
/// By how much clocks go back at most, with room to spare.
const BACK: TimeDelta = TimeDelta::hours(3);

impl When {
    /// The first time that is due after `now`, when the last was due at `last`: intervals do not drift by how late somebody looked.
    ///
    /// # Errors
    /// As [`When::next`].
    pub fn next_of(&self, last: i64, now: i64) -> Result<i64> {
        match self {
            When::Every(seconds) if last <= now && self.next(now).is_ok() => {
                let period = seconds * 1_000_000;
                Ok(last + ((now - last) / period + 1) * period)
            }
            _ => self.next(now),
        }
    }

    /// The first time that is due after `now` of what goes on as it was, and was to be due at `next`: intervals keep their times, but for one
    /// that is further away than the interval is long, as a clock that was ahead leaves it.
    ///
    /// # Errors
    /// As [`When::next`].
    pub fn goes_on(&self, next: i64, now: i64) -> Result<i64> {
        match self {
            When::Every(_) if next > now => Ok(next.min(self.next(now)?)),
            _ => self.next_of(next, now),
        }
    }

    /// The last time that was due by then, when the next is due at `next`; `None` where there was none.
    pub fn last_of(&self, next: i64, by: i64) -> Option<i64> {
        match self {
            When::Every(seconds) => {
                let period = seconds.checked_mul(1_000_000).filter(|period| *period > 0)?;
                Some(next - (next - by + period - 1).div_euclid(period) * period)
            }
            When::Cron { pattern, time_zone } => {
                let zone: Tz = Settings::parse_time_zone(time_zone).ok()?;
                last_by(&parse(pattern).ok()?, zone, by)
            }
        }
    }

    /// The first time that is due after `after`, in microseconds since 1970.
    ///
    /// # Errors
    /// [`Refusal::Invalid`] when the pattern or zone is none, or nothing is ever due.
    pub fn next(&self, after: i64) -> Result<i64> {
        match self {
            When::Every(seconds) if !(SHORTEST..=LONGEST).contains(seconds) => {
                Err(Refusal::invalid("when", format!("should be every {SHORTEST} to {LONGEST} seconds")).into())
            }
            When::Every(seconds) => Ok(after + seconds * 1_000_000),
            When::Cron { pattern, time_zone } => {
                let wrong = |why: String| Refusal::invalid("when", why);
                let zone: Tz =
                    Settings::parse_time_zone(time_zone).map_err(|e| wrong(format!("names no zone: {e}")))?;
                let cron = parse(pattern).map_err(|e| wrong(format!("has a pattern that is none: {e}")))?;
                Ok(next_by(&cron, zone, after).map_err(|e| wrong(format!("is never due: {e}")))?)
            }
        }
    }
}

/// Whether a pattern names its hours, be it as one of every few, and is not due in each.
fn names_hours(cron: &Cron) -> bool {
    let hours = &cron.pattern.hours;
    !hours.from_wildcard || hours.values().len() < 24
}

/// The first time that is due after an instant.
fn next_by(cron: &Cron, zone: Tz, after: i64) -> Result<i64, CronError> {
    let shown = DateTime::<Utc>::from_timestamp_micros(after).unwrap_or_default().with_timezone(&zone);
    if !names_hours(cron) {
        return Ok(cron.find_next_occurrence(&shown, false)?.timestamp_micros());
    }
    // By what clocks show. Each time of theirs is due once: when they show it first, or have skipped it.
    let mut time = shown.naive_local();
    loop {
        time = cron.find_next_occurrence(&time, false)?;
        let due = calendar::instant(zone, time).ok_or(CronError::InvalidTime)?;
        if due > after {
            return Ok(due);
        }
    }
}

/// The last time that was due by an instant.
fn last_by(cron: &Cron, zone: Tz, by: i64) -> Option<i64> {
    let shown = DateTime::<Utc>::from_timestamp_micros(by)?.with_timezone(&zone);
    if !names_hours(cron) {
        return Some(cron.find_previous_occurrence(&shown, true).ok()?.timestamp_micros());
    }
    // Clocks that went back showed later times before.
    let mut time = shown.naive_local().checked_add_signed(BACK)?;
    loop {
        time = cron.find_previous_occurrence(&time, false).ok()?;
        let due = calendar::instant(zone, time)?;
        if due <= by {
            return Some(due);
        }
    }
}

fn parse(pattern: &str) -> Result<Cron, CronError> {
    CronParser::builder().seconds(Seconds::Disallowed).year(Year::Disallowed).build().parse(pattern)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The next times of a pattern in Berlin, after a time in UTC, as Berlin's clocks show them.
    fn next(pattern: &str, after: &str, n: usize) -> Vec<String> {
        let when = When::Cron { pattern: pattern.into(), time_zone: "Europe/Berlin".into() };
        let mut at = after.parse::<DateTime<Utc>>().unwrap().timestamp_micros();
        let mut times = Vec::new();
        for _ in 0..n {
            at = when.next(at).unwrap();
            let time = DateTime::<Utc>::from_timestamp_micros(at).unwrap().with_timezone(&chrono_tz::Europe::Berlin);
            times.push(time.format("%m-%d %H:%M %z").to_string());
        }
        times
    }

    #[test]
    fn the_last_time_that_was_due_is_none_after_what_is_asked() {
        let seconds = |n: i64| n * 1_000_000;
        for (by, last) in [(600, 600), (599, 540), (601, 600), (659, 600), (660, 660), (0, 0)] {
            assert_eq!(When::Every(60).last_of(seconds(600), seconds(by)), Some(seconds(last)), "{by}");
        }
        let daily = When::Cron { pattern: "59 23 * * *".into(), time_zone: "Europe/Berlin".into() };
        let at = |text: &str| text.parse::<DateTime<Utc>>().unwrap().timestamp_micros();
        let due = at("2026-04-01T21:59:00Z");
        assert_eq!(daily.last_of(0, due), Some(due), "it is due at that instant");
        assert_eq!(daily.last_of(0, at("2026-04-02T21:58:59Z")), Some(due));
    }

    #[test]
    fn the_last_time_that_was_due_is_one_that_comes_next_also_where_clocks_are_moved() {
        let at = |text: &str| text.parse::<DateTime<Utc>>().unwrap().timestamp_micros();
        // Berlin's clocks go on by an hour at 01:00 on 29 March, and back at 01:00 on 25 October; Lord Howe's by half an hour at 15:00 on 4
        // April, and on at 15:30 on 3 October.
        let changes = [
            ("Europe/Berlin", "2026-03-29T01:00:00Z"),
            ("Europe/Berlin", "2026-10-25T01:00:00Z"),
            ("Australia/Lord_Howe", "2026-04-04T15:00:00Z"),
            ("Australia/Lord_Howe", "2026-10-03T15:30:00Z"),
        ];
        for (zone, change) in changes {
            for pattern in [
                "30 2 * * *",
                "45 1 * * *",
                "0 3 * * sun",
                "0 2 * * *",
                "*/20 * * * *",
                "15,45 1-3 * * *",
                "5 */2 * * *",
            ] {
                let when = When::Cron { pattern: pattern.into(), time_zone: zone.into() };
                let (begins, ends) = (at(change) - 30 * 3_600_000_000, at(change) + 30 * 3_600_000_000);
                let mut last = when.last_of(0, begins).unwrap();
                // Every seven minutes and a half second, and at each time that is due: what is asked for then is of that time.
                let (mut now, mut next) = (begins, when.next(begins).unwrap());
                while now < ends {
                    now = (now + 420_500_000).min(next);
                    if now == next {
                        (last, next) = (next, when.next(next).unwrap());
                    }
                    assert_eq!(when.last_of(0, now), Some(last), "{pattern} in {zone} at {now}");
                }
            }
        }
    }

    #[test]
    fn what_falls_into_the_hour_that_clocks_skip_is_due_once_on_that_day() {
        // On 29 March 2026 clocks go from 02:00 to 03:00.
        let times = next("30 2 * * *", "2026-03-27T12:00:00Z", 3);
        assert_eq!(times[0], "03-28 02:30 +0100");
        assert!(times[1].starts_with("03-29 03:") && times[1].ends_with("+0200"), "{times:?}");
        assert_eq!(times[2], "03-30 02:30 +0200");
    }

    #[test]
    fn what_falls_into_the_hour_that_clocks_repeat_is_due_once_on_that_day() {
        // On 25 October 2026 clocks go from 03:00 to 02:00.
        let times = next("30 2 * * *", "2026-10-24T12:00:00Z", 2);
        assert_eq!(times, ["10-25 02:30 +0200", "10-26 02:30 +0100"]);
    }

    #[test]
    fn each_of_several_hours_that_are_named_is_due_once_also_where_clocks_skip_or_repeat_it() {
        let times = next("30 2,14 * * *", "2026-03-28T12:00:00Z", 4);
        assert_eq!(times, ["03-28 14:30 +0100", "03-29 03:00 +0200", "03-29 14:30 +0200", "03-30 02:30 +0200"]);
        let times = next("30 2,14 * * *", "2026-10-24T13:00:00Z", 3);
        assert_eq!(times, ["10-25 02:30 +0200", "10-25 14:30 +0100", "10-26 02:30 +0100"]);
        // What falls into the skipped hour more than once is due once, and what is due right after it is so with it.
        assert_eq!(next("*/20 2,3 * * *", "2026-03-29T00:00:00Z", 2), ["03-29 03:00 +0200", "03-29 03:20 +0200"]);
        let times = next("*/30 2 * * *", "2026-10-24T12:00:00Z", 3);
        assert_eq!(times, ["10-25 02:00 +0200", "10-25 02:30 +0200", "10-26 02:00 +0100"]);
        assert_eq!(next("30 */2 * * *", "2026-03-29T00:00:00Z", 2), ["03-29 03:00 +0200", "03-29 04:30 +0200"]);
        assert_eq!(next("30 */2 * * *", "2026-10-24T23:00:00Z", 2), ["10-25 02:30 +0200", "10-25 04:30 +0100"]);
        // One of every few hours, and some that are named besides.
        let times = next("30 */4,1-3/1 * * *", "2026-10-24T23:45:00Z", 3);
        assert_eq!(times, ["10-25 02:30 +0200", "10-25 03:30 +0100", "10-25 04:30 +0100"]);
        let times = next("30 */4,1-3/1 * * *", "2026-03-29T00:00:00Z", 3);
        assert_eq!(times, ["03-29 01:30 +0100", "03-29 03:00 +0200", "03-29 03:30 +0200"]);
        // Asked within the hour that is there again.
        assert_eq!(next("30 2,14 * * *", "2026-10-25T01:10:00Z", 1), ["10-25 14:30 +0100"]);
    }

    #[test]
    fn what_is_due_every_half_hour_is_due_in_the_repeated_hour_too() {
        let times = next("*/30 * * * *", "2026-10-24T23:45:00Z", 6);
        let expected = ["02:00 +0200", "02:30 +0200", "02:00 +0100", "02:30 +0100", "03:00 +0100", "03:30 +0100"];
        assert_eq!(times, expected.map(|time| format!("10-25 {time}")));
    }

    #[test]
    fn a_leap_day_comes_every_four_years_and_the_last_of_a_month_on_it() {
        assert_eq!(next("0 6 29 2 *", "2026-01-01T00:00:00Z", 1), ["02-29 06:00 +0100"]);
        let when = When::Cron { pattern: "0 6 29 2 *".into(), time_zone: "UTC".into() };
        let first = when.next(0).unwrap();
        assert_eq!(first, 68_191_200_000_000, "29 February 1972, 06:00");
        assert_eq!(next("0 6 L * *", "2028-02-01T00:00:00Z", 2), ["02-29 06:00 +0100", "03-31 06:00 +0200"]);
    }

    #[test]
    fn a_pattern_that_is_none_is_refused_with_the_reason() {
        let refused = |pattern: &str, zone: &str| {
            let when = When::Cron { pattern: pattern.into(), time_zone: zone.into() };
            when.next(0).unwrap_err().to_string()
        };
        for pattern in ["", "* * * *", "0 0 * * * *", "61 * * * *", "every day"] {
            assert!(refused(pattern, "UTC").contains("pattern that is none"), "{pattern}");
        }
        assert!(refused("0 0 30 2 *", "UTC").contains("never due"));
        assert!(refused("0 0 * * *", "Mars").contains("no zone"));
        assert!(When::Every(59).next(0).is_err() && When::Every(i64::MAX).next(0).is_err());
        assert_eq!(When::Every(60).next(5).unwrap(), 60_000_005);
    }

    #[test]
    fn intervals_do_not_drift_by_how_late_somebody_looked() {
        let minute = 60_000_000;
        let every = When::Every(60);
        assert_eq!(every.next_of(5, 5).unwrap(), minute + 5);
        assert_eq!(every.next_of(5, minute + 4).unwrap(), minute + 5);
        assert_eq!(every.next_of(5, minute + 5).unwrap(), 2 * minute + 5);
        assert_eq!(every.next_of(5, 10 * minute + 7).unwrap(), 11 * minute + 5, "those that nobody saw are left out");
        assert!(When::Every(1).next_of(0, 5).is_err());
        let cron = When::Cron { pattern: "0 * * * *".into(), time_zone: "UTC".into() };
        assert_eq!(cron.next_of(0, 61 * minute).unwrap(), 120 * minute);
    }

    #[test]
    fn what_goes_on_keeps_its_next_time_but_for_one_that_a_clock_ahead_has_left() {
        let minute = 60_000_000;
        let every = When::Every(60);
        for (next, now, goes_on) in
            [(5, 0, 5), (minute, 0, minute), (minute + 1, 0, minute), (5, 5, minute + 5), (5, 9, minute + 5)]
        {
            assert_eq!(every.goes_on(next, now).unwrap(), goes_on, "{next} at {now}");
        }
        let cron = When::Cron { pattern: "0 * * * *".into(), time_zone: "UTC".into() };
        assert_eq!(cron.goes_on(600 * minute, minute).unwrap(), 60 * minute);
    }
}
