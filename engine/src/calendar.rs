//! Working hours: how much of a span of time people were at work.

use crate::{Error, Result};
use chrono::{
    DateTime, Datelike as _, LocalResult, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, TimeZone as _, Weekday,
};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// The days and hours that people work, on the clock of a time zone.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Calendar {
    /// The weekdays that are worked on, as `mon` to `sun`.
    pub days: BTreeSet<Day>,
    /// When a working day begins, in minutes after midnight.
    pub begins: u32,
    /// When it ends, in minutes after midnight.
    pub ends: u32,
    /// Days on which nobody works.
    pub holidays: BTreeSet<NaiveDate>,
}

/// A weekday.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Day {
    /// Monday.
    Mon,
    /// Tuesday.
    Tue,
    /// Wednesday.
    Wed,
    /// Thursday.
    Thu,
    /// Friday.
    Fri,
    /// Saturday.
    Sat,
    /// Sunday.
    Sun,
}

impl Day {
    /// As settings call it, `mon` to `sun`.
    pub fn name(self) -> &'static str {
        match self {
            Day::Mon => "mon",
            Day::Tue => "tue",
            Day::Wed => "wed",
            Day::Thu => "thu",
            Day::Fri => "fri",
            Day::Sat => "sat",
            Day::Sun => "sun",
        }
    }
}

impl From<Weekday> for Day {
    fn from(day: Weekday) -> Self {
        match day {
            Weekday::Mon => Day::Mon,
            Weekday::Tue => Day::Tue,
            Weekday::Wed => Day::Wed,
            Weekday::Thu => Day::Thu,
            Weekday::Fri => Day::Fri,
            Weekday::Sat => Day::Sat,
            Weekday::Sun => Day::Sun,
        }
    }
}

impl Default for Calendar {
    /// Monday to Friday, nine to five.
    fn default() -> Self {
        Self {
            days: [Day::Mon, Day::Tue, Day::Wed, Day::Thu, Day::Fri].into(),
            begins: 9 * 60,
            ends: 17 * 60,
            holidays: BTreeSet::new(),
        }
    }
}

impl Calendar {
    /// Refuses a calendar by which nobody ever works.
    ///
    /// # Errors
    /// [`Error::Setting`], with what is wrong.
    pub fn check(&self) -> Result<()> {
        if self.days.is_empty() {
            return Err(Error::Setting("a calendar has at least one working day: give some of mon to sun".to_owned()));
        }
        if self.begins >= self.ends || self.ends > 24 * 60 {
            return Err(Error::Setting(format!(
                "a working day begins before it ends, within one day: {} to {} minutes after midnight is none",
                self.begins, self.ends
            )));
        }
        Ok(())
    }

    /// Whether people work on a day.
    pub fn is_working_day(&self, day: NaiveDate) -> bool {
        self.days.contains(&day.weekday().into()) && !self.holidays.contains(&day)
    }

    /// Its working days from a day on as a text: the weekdays, and after them, each with a `-`, the holidays on such.
    pub fn days_from(&self, from: NaiveDate) -> String {
        let holidays = self.holidays.range(from..).filter(|day| self.days.contains(&day.weekday().into()));
        let off = holidays.map(|day| format!("-{day}"));
        self.days.iter().map(|day| day.name().to_owned()).chain(off).collect::<Vec<_>>().join(" ")
    }

    /// Whether people are at work at an instant, in microseconds since 1970.
    pub fn is_working_hour(&self, zone: Tz, at: i64) -> bool {
        let Some(local) = DateTime::from_timestamp_micros(at).map(|at| at.with_timezone(&zone).naive_local()) else {
            return false;
        };
        let minutes = i64::from(self.begins)..i64::from(self.ends);
        let since = local.signed_duration_since(local.date().and_time(NaiveTime::MIN)).num_minutes();
        self.is_working_day(local.date()) && minutes.contains(&since)
    }

    /// Seconds of working hours between two instants; NULL when either is missing or the second is the earlier one, 0 when
    /// nobody was at work in between.
    pub fn seconds(&self, zone: Tz, from: Option<i64>, until: Option<i64>) -> Option<f64> {
        let (from, until) = (from?, until?);
        if until < from {
            return None;
        }
        let local = |at: i64| Some(DateTime::from_timestamp_micros(at)?.with_timezone(&zone).date_naive());
        let (mut day, last) = (local(from)?, local(until)?);
        let mut micros = 0;
        while day <= last {
            if self.is_working_day(day) {
                let (begins, ends) = self.hours(zone, day)?;
                micros += (until.min(ends) - from.max(begins)).max(0);
            }
            day = day.succ_opt()?;
        }
        Some(micros as f64 / 1e6)
    }

    /// The instant from which on so many whole working days have passed since the day of another instant, which itself is not
    /// one of them: the midnight after the last of them. `None` beyond the calendar, and where ten years hold fewer.
    pub fn after_working_days(&self, zone: Tz, at: i64, days: u32) -> Option<i64> {
        let mut day = DateTime::from_timestamp_micros(at)?.with_timezone(&zone).date_naive();
        let mut left = days;
        for _ in 0..3_660 {
            if left == 0 {
                return instant(zone, day.succ_opt()?.and_time(NaiveTime::MIN));
            }
            day = day.succ_opt()?;
            left -= u32::from(self.is_working_day(day));
        }
        None
    }

    /// The last instant from which up to another people work for as long as so many working days have hours. `None` beyond the calendar, and
    /// where a century holds fewer.
    pub fn before_working_days(&self, zone: Tz, at: i64, days: u32) -> Option<i64> {
        let mut left = i64::from(days) * i64::from(self.ends.saturating_sub(self.begins)) * 60_000_000;
        let mut day = DateTime::from_timestamp_micros(at)?.with_timezone(&zone).date_naive();
        for _ in 0..36_600 {
            if self.is_working_day(day) {
                let (begins, ends) = self.hours(zone, day)?;
                let ends = ends.min(at);
                let worked = (ends - begins).max(0);
                if worked >= left {
                    return Some(ends - left);
                }
                left -= worked;
            }
            day = day.pred_opt()?;
        }
        None
    }

    /// The instants between which people work on a day.
    fn hours(&self, zone: Tz, day: NaiveDate) -> Option<(i64, i64)> {
        let midnight = day.and_time(NaiveTime::MIN);
        let at = |minutes: u32| instant(zone, midnight.checked_add_signed(TimeDelta::minutes(minutes.into()))?);
        Some((at(self.begins)?, at(self.ends)?))
    }
}

/// The first instant at which the clocks of a zone show a time, or have skipped it, in microseconds since 1970.
pub fn instant(zone: Tz, wanted: NaiveDateTime) -> Option<i64> {
    match zone.from_local_datetime(&wanted) {
        LocalResult::Single(at) => Some(at.timestamp_micros()),
        LocalResult::Ambiguous(first, second) => Some(first.timestamp_micros().min(second.timestamp_micros())),
        LocalResult::None => {
            // The local clock jumps over `wanted` once within two days: find that second by halving.
            let around = wanted.and_utc().timestamp();
            let (mut before, mut after) = (around - 2 * 86_400, around + 2 * 86_400);
            while after - before > 1 {
                let middle = before + (after - before) / 2;
                if DateTime::from_timestamp(middle, 0)?.with_timezone(&zone).naive_local() < wanted {
                    before = middle;
                } else {
                    after = middle;
                }
            }
            after.checked_mul(1_000_000)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const BERLIN: Tz = Tz::Europe__Berlin;

    fn at(text: &str) -> Option<i64> {
        Some(DateTime::parse_from_rfc3339(text).unwrap().timestamp_micros())
    }
    fn hours(calendar: &Calendar, from: &str, until: &str) -> Option<f64> {
        Some(calendar.seconds(BERLIN, at(from), at(until))? / 3600.0)
    }

    #[test]
    fn nights_and_weekends_are_no_working_hours() {
        let calendar = Calendar::default();
        // Friday 16:00 to Monday 10:00: an hour, and another.
        assert_eq!(hours(&calendar, "2026-11-20T16:00:00+01:00", "2026-11-23T10:00:00+01:00"), Some(2.0));
        assert_eq!(hours(&calendar, "2026-11-20T18:00:00+01:00", "2026-11-22T23:00:00+01:00"), Some(0.0));
        assert_eq!(hours(&calendar, "2026-11-24T09:30:00+01:00", "2026-11-24T10:15:00+01:00"), Some(0.75));
        assert_eq!(hours(&calendar, "2026-11-24T10:00:00+01:00", "2026-11-24T10:00:00+01:00"), Some(0.0));
        assert_eq!(hours(&calendar, "2026-11-24T10:00:01+01:00", "2026-11-24T10:00:00+01:00"), None);
        assert_eq!(calendar.seconds(BERLIN, None, at("2026-11-24T10:00:00Z")), None);
        // Monday to Friday of one week are 40 hours.
        assert_eq!(hours(&calendar, "2026-11-23T00:00:00+01:00", "2026-11-30T00:00:00+01:00"), Some(40.0));
    }

    #[test]
    fn holidays_are_no_working_days() {
        let calendar = Calendar { holidays: ["2026-11-24".parse().unwrap()].into(), ..Calendar::default() };
        assert_eq!(hours(&calendar, "2026-11-23T00:00:00+01:00", "2026-11-30T00:00:00+01:00"), Some(32.0));
        assert!(!calendar.is_working_day("2026-11-24".parse().unwrap()));
        assert!(!calendar.is_working_hour(BERLIN, at("2026-11-24T10:00:00Z").unwrap()));
    }

    #[test]
    fn hours_are_those_of_the_clock_where_it_is_moved() {
        let all = Calendar { days: [Day::Sun].into(), begins: 0, ends: 24 * 60, ..Calendar::default() };
        assert_eq!(hours(&all, "2026-03-28T12:00:00Z", "2026-03-30T12:00:00Z"), Some(23.0));
        assert_eq!(hours(&all, "2026-10-24T12:00:00Z", "2026-10-26T12:00:00Z"), Some(25.0));
        let day = Calendar { days: [Day::Sun].into(), ..Calendar::default() };
        // Nine o'clock in summer is 07:00 UTC, in winter 08:00.
        assert_eq!(hours(&day, "2026-03-28T12:00:00Z", "2026-03-29T08:00:00Z"), Some(1.0));
        assert_eq!(hours(&day, "2026-10-24T12:00:00Z", "2026-10-25T09:00:00Z"), Some(1.0));
        assert_eq!(hours(&day, "2026-10-24T12:00:00Z", "2026-10-26T12:00:00Z"), Some(8.0));
    }

    #[test]
    fn the_working_days_from_a_day_on_are_told_without_the_holidays_before_it_and_on_other_days() {
        let from = "2026-12-24".parse().unwrap();
        assert_eq!(Calendar::default().days_from(from), "mon tue wed thu fri");
        // The 26th is a Saturday.
        let holidays = ["2026-12-23", "2026-12-24", "2026-12-26", "2027-01-01"].map(|day| day.parse().unwrap());
        let calendar = Calendar { holidays: holidays.into(), ..Calendar::default() };
        assert_eq!(calendar.days_from(from), "mon tue wed thu fri -2026-12-24 -2027-01-01");
        let names: Vec<String> = serde_json::from_value(serde_json::json!(Calendar::default().days)).unwrap();
        assert_eq!(names, Calendar::default().days.iter().map(|day| day.name()).collect::<Vec<_>>());
    }

    #[test]
    fn a_working_hour_begins_and_ends_on_the_minute() {
        let calendar = Calendar::default();
        let works = |text| calendar.is_working_hour(BERLIN, at(text).unwrap());
        assert!(!works("2026-11-24T07:59:59Z") && works("2026-11-24T08:00:00Z"));
        assert!(works("2026-11-24T15:59:59Z") && !works("2026-11-24T16:00:00Z"));
        assert!(!works("2026-11-22T10:00:00Z"));
    }

    #[test]
    fn whole_working_days_pass_after_the_day_of_an_instant() {
        let calendar = Calendar { holidays: ["2026-11-24".parse().unwrap()].into(), ..Calendar::default() };
        let after = |at: &str, days| {
            let at = calendar.after_working_days(BERLIN, self::at(at).unwrap(), days).unwrap();
            DateTime::from_timestamp_micros(at).unwrap().with_timezone(&BERLIN).to_rfc3339()
        };
        // A Thursday; the Tuesday after it is a holiday.
        assert_eq!(after("2026-11-19T09:00:00+01:00", 0), "2026-11-20T00:00:00+01:00");
        assert_eq!(after("2026-11-19T09:00:00+01:00", 1), "2026-11-21T00:00:00+01:00");
        assert_eq!(after("2026-11-19T23:59:59+01:00", 3), "2026-11-26T00:00:00+01:00");
        // A Saturday, and the clocks are moved before the second Monday ends.
        assert_eq!(after("2026-10-17T12:00:00+02:00", 6), "2026-10-27T00:00:00+01:00");
        let never = Calendar { days: BTreeSet::new(), ..Calendar::default() };
        assert_eq!(never.after_working_days(BERLIN, 0, 1), None);
    }

    #[test]
    fn so_many_working_days_ago_people_had_as_many_hours_before_them() {
        let calendar = Calendar { holidays: ["2026-11-24".parse().unwrap()].into(), ..Calendar::default() };
        let ago = |text: &str, days| {
            let now = at(text).unwrap();
            let ago = calendar.before_working_days(BERLIN, now, days).unwrap();
            assert_eq!(calendar.seconds(BERLIN, Some(ago), Some(now)), Some(f64::from(days) * 8.0 * 3600.0));
            DateTime::from_timestamp_micros(ago).unwrap().with_timezone(&BERLIN).to_rfc3339()
        };
        // An hour of a Monday, all of Friday and seven hours of Thursday.
        assert_eq!(ago("2026-11-30T10:00:00+01:00", 2), "2026-11-26T10:00:00+01:00");
        assert_eq!(ago("2026-11-28T12:00:00+01:00", 1), "2026-11-27T09:00:00+01:00");
        // The Tuesday is a holiday.
        assert_eq!(ago("2026-11-25T09:00:00+01:00", 1), "2026-11-23T09:00:00+01:00");
        // The clocks were moved on the Sunday.
        assert_eq!(ago("2026-10-26T09:00:00+01:00", 1), "2026-10-23T09:00:00+02:00");
        let never = Calendar { days: BTreeSet::new(), ..Calendar::default() };
        assert_eq!(never.before_working_days(BERLIN, 0, 1), None);
    }

    #[test]
    fn a_calendar_without_work_is_refused() {
        assert!(Calendar::default().check().is_ok());
        assert!(Calendar { days: BTreeSet::new(), ..Calendar::default() }.check().is_err());
        assert!(Calendar { begins: 600, ends: 600, ..Calendar::default() }.check().is_err());
        assert!(Calendar { ends: 1441, ..Calendar::default() }.check().is_err());
    }

    proptest! {
        #[test]
        fn the_hours_of_two_spans_are_those_of_both_together(
            from in 0_i64..2_000_000_000, first in 0_i64..5_000_000, second in 0_i64..5_000_000,
            zone in prop::sample::select(vec![Tz::UTC, BERLIN, Tz::America__St_Johns, Tz::Pacific__Apia, Tz::Asia__Beirut])
        ) {
            let calendar = Calendar { days: [Day::Mon, Day::Fri, Day::Sun].into(), begins: 0, ends: 1440, ..Calendar::default() };
            let [a, b, c] = [from, from + first, from + first + second].map(|s| Some(s * 1_000_000));
            let of = |from, until| calendar.seconds(zone, from, until).unwrap();
            prop_assert_eq!(of(a, b) + of(b, c), of(a, c));
            prop_assert!(of(a, c) <= (first + second) as f64);
        }
    }
}
