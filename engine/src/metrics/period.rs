//! Days, weeks and months of a time zone as spans of UTC.

use crate::{Error, Result, calendar};
use chrono::{DateTime, Datelike, Days, Months, NaiveDate, NaiveTime};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

/// The length of a period.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Grain {
    /// A calendar day: 23, 24 or 25 hours where clocks are moved.
    Day,
    /// An ISO week, from Monday.
    Week,
    /// A calendar month.
    Month,
}

impl std::str::FromStr for Grain {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        match text {
            "day" => Ok(Grain::Day),
            "week" => Ok(Grain::Week),
            "month" => Ok(Grain::Month),
            other => Err(Error::Question(format!("`{other}` is not a grain; there are: day, week, month"))),
        }
    }
}

impl Grain {
    /// Its name in SQL and API.
    pub fn name(self) -> &'static str {
        match self {
            Grain::Day => "day",
            Grain::Week => "week",
            Grain::Month => "month",
        }
    }

    /// The first day of the period with that day.
    fn first_day(self, day: NaiveDate) -> Option<NaiveDate> {
        match self {
            Grain::Day => Some(day),
            Grain::Week => day.checked_sub_days(Days::new(day.weekday().num_days_from_monday().into())),
            Grain::Month => day.with_day(1),
        }
    }

    fn next(self, first: NaiveDate) -> Option<NaiveDate> {
        match self {
            Grain::Day => first.checked_add_days(Days::new(1)),
            Grain::Week => first.checked_add_days(Days::new(7)),
            Grain::Month => first.checked_add_months(Months::new(1)),
        }
    }

    fn label(self, first: NaiveDate) -> String {
        match self {
            Grain::Day => first.format("%Y-%m-%d").to_string(),
            Grain::Week => first.format("%G-W%V").to_string(),
            Grain::Month => first.format("%Y-%m").to_string(),
        }
    }
}

/// One day, week or month, or the part of it that a question's span leaves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Period {
    /// `2026-11-01`, `2026-W47` or `2026-11`: of the whole period, also where it is cut.
    pub label: String,
    /// Where the whole period begins, in microseconds since 1970 (UTC).
    pub start: i64,
    /// Where this part begins.
    pub from: i64,
    /// Where this part ends; this instant is no longer in it.
    pub until: i64,
    /// How many days this part has. One of 23 or 25 hours is a day; one that a zone left out, to change sides of the date
    /// line, is none.
    pub days: i64,
    /// Whether this is less than the whole period.
    pub cut: bool,
}

impl Period {
    /// The most periods that one question spans.
    const MOST: usize = 4_000;

    /// The whole period that an instant lies in; `None` beyond the calendar.
    pub fn containing(zone: Tz, grain: Grain, at: i64) -> Option<Self> {
        let day = DateTime::from_timestamp_micros(at)?.with_timezone(&zone).date_naive();
        let mut first = grain.first_day(day)?;
        // Where clocks go back over midnight, a day's date is read again after the next day has begun.
        while midnight(zone, grain.next(first)?)? <= at {
            first = grain.next(first)?;
        }
        Self::part(zone, grain, first, first, grain.next(first)?)
    }

    /// The periods from one day to before another, the first and the last of them cut where they reach beyond. A day that
    /// the zone left out is no period.
    ///
    /// # Errors
    /// [`Error::Question`] when the span is empty, too long for its grain, or beyond the calendar.
    pub fn all(zone: Tz, grain: Grain, from: NaiveDate, until: NaiveDate) -> Result<Vec<Self>> {
        if from >= until {
            return Err(Error::Question(format!(
                "the span from {from} to before {until} is empty: `until` is the first day that is no longer in it"
            )));
        }
        let beyond = || Error::Question(format!("{from} to {until} reaches beyond the calendar"));
        let mut first = grain.first_day(from).ok_or_else(beyond)?;
        let mut periods = Vec::new();
        while first < until {
            if periods.len() == Self::MOST {
                return Err(Error::Question(format!(
                    "{from} to {until} has more than {} periods of a {}: ask for a longer grain or a shorter span",
                    Self::MOST,
                    grain.name()
                )));
            }
            let next = grain.next(first).ok_or_else(beyond)?;
            let part = Self::part(zone, grain, first, first.max(from), next.min(until)).ok_or_else(beyond)?;
            if part.from < part.until {
                periods.push(part);
            }
            first = next;
        }
        Ok(periods)
    }

    /// Where the days from one to before another begin and end.
    ///
    /// # Errors
    /// As [`Self::all`].
    pub fn span(zone: Tz, from: NaiveDate, until: NaiveDate) -> Result<(i64, i64)> {
        let months = Self::all(zone, Grain::Month, from, until)?;
        Ok(months.first().zip(months.last()).map_or((0, 0), |(first, last)| (first.from, last.until)))
    }

    fn part(zone: Tz, grain: Grain, first: NaiveDate, from: NaiveDate, until: NaiveDate) -> Option<Self> {
        let cut = from != first || Some(until) != grain.next(first);
        let (start, from, until) = (midnight(zone, first)?, midnight(zone, from)?, midnight(zone, until)?);
        Some(Self { label: grain.label(first), start, from, until, days: days(from, until), cut })
    }

    /// How many of its days have passed at an instant since the day that begins at another, or its own beginning, whole ones exactly.
    pub fn days_passed(&self, since: i64, now: i64) -> f64 {
        let from = since.clamp(self.from, self.until);
        let passed = now.clamp(from, self.until) - from;
        if passed == 0 {
            return 0.0;
        }
        let days = if from == self.from { self.days } else { days(from, self.until) };
        // Multiplied before it is divided: three days of seven are 3, not a sum of rounded sevenths.
        (days * passed) as f64 / (self.until - from) as f64
    }
}

/// How many days there are from one midnight to another: to the nearest one, since clocks are moved by an hour or two, and the date line by 24.
fn days(from: i64, until: i64) -> i64 {
    const DAY: i64 = 86_400_000_000;
    (until - from + DAY / 2) / DAY
}

/// The instant at which a day begins: midnight, or where clocks skip midnight the first instant after it.
fn midnight(zone: Tz, day: NaiveDate) -> Option<i64> {
    calendar::instant(zone, day.and_time(NaiveTime::MIN))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }
    fn at(text: &str) -> i64 {
        DateTime::parse_from_rfc3339(text).unwrap().timestamp_micros()
    }

    #[test]
    fn weeks_begin_on_monday_and_are_an_hour_shorter_or_longer_where_clocks_move() {
        let weeks = Period::all(Tz::Europe__Berlin, Grain::Week, day("2026-03-23"), day("2026-04-06")).unwrap();
        assert_eq!(weeks.len(), 2);
        assert_eq!((weeks[0].label.as_str(), weeks[0].from), ("2026-W13", at("2026-03-22T23:00:00Z")));
        assert_eq!(weeks[0].until, at("2026-03-29T22:00:00Z")); // summer time since that morning
        assert_eq!(weeks[0].until - weeks[0].from, 167 * 3_600_000_000);
        assert!(weeks.iter().all(|w| !w.cut && w.days == 7));
        let autumn = Period::all(Tz::Europe__Berlin, Grain::Day, day("2026-10-25"), day("2026-10-26")).unwrap();
        assert_eq!(autumn[0].until - autumn[0].from, 25 * 3_600_000_000);
    }

    #[test]
    fn a_span_cuts_its_first_and_last_period() {
        let months = Period::all(Tz::UTC, Grain::Month, day("2026-01-15"), day("2026-03-01")).unwrap();
        assert_eq!(months.iter().map(|m| m.label.as_str()).collect::<Vec<_>>(), ["2026-01", "2026-02"]);
        assert_eq!(months.iter().map(|m| (m.cut, m.days)).collect::<Vec<_>>(), [(true, 17), (false, 28)]);
        assert_eq!((months[0].start, months[0].from), (at("2026-01-01T00:00:00Z"), at("2026-01-15T00:00:00Z")));
        // 1 January 2027 is in the last ISO week of 2026.
        let week = Period::all(Tz::UTC, Grain::Week, day("2027-01-01"), day("2027-01-02")).unwrap();
        assert_eq!((week[0].label.as_str(), week[0].days, week[0].cut), ("2026-W53", 1, true));
    }

    #[test]
    fn a_day_without_midnight_begins_when_the_clock_resumes() {
        // Beirut went from 24 March 2024, 23:59:59 (+2) to 1:00 (+3) on 31 March.
        let days = Period::all(Tz::Asia__Beirut, Grain::Day, day("2024-03-31"), day("2024-04-01")).unwrap();
        assert_eq!(days[0].from, at("2024-03-30T22:00:00Z"));
        assert_eq!(days[0].until - days[0].from, 23 * 3_600_000_000);
    }

    #[test]
    fn a_day_that_a_zone_left_out_is_no_period_and_no_day_of_its_week_or_month() {
        // Samoa went from 29 to 31 December 2011.
        let of = |grain, from, until| Period::all(Tz::Pacific__Apia, grain, day(from), day(until)).unwrap();
        let days = of(Grain::Day, "2011-12-29", "2012-01-01");
        assert_eq!(days.iter().map(|d| d.label.as_str()).collect::<Vec<_>>(), ["2011-12-29", "2011-12-31"]);
        assert!(days.iter().all(|d| d.days == 1 && d.days_passed(i64::MIN, d.until) == 1.0));
        assert!(of(Grain::Day, "2011-12-30", "2011-12-31").is_empty());
        let weeks = of(Grain::Week, "2011-12-26", "2012-01-02");
        assert_eq!((weeks.len(), weeks[0].days, weeks[0].cut), (1, 6, false));
        assert_eq!(of(Grain::Month, "2011-12-01", "2012-01-01")[0].days, 30);
        assert!(
            of(Grain::Week, "2011-12-30", "2011-12-31").is_empty(),
            "what the span leaves of the week has no length"
        );
    }

    #[test]
    fn a_day_of_23_or_25_hours_is_one_day_that_passes_evenly() {
        let day_of = |text: &str| {
            let next = day(text).succ_opt().unwrap();
            Period::all(Tz::Europe__Berlin, Grain::Day, day(text), next).unwrap().remove(0)
        };
        for (text, hours) in [("2026-03-29", 23), ("2026-10-25", 25), ("2026-06-01", 24)] {
            let day = day_of(text);
            assert_eq!((day.until - day.from, day.days), (hours * 3_600_000_000, 1), "{text}");
            assert_eq!(day.days_passed(i64::MIN, day.until), 1.0);
            assert_eq!(day.days_passed(i64::MIN, day.from + hours * 1_800_000_000), 0.5);
            assert_eq!(Period::containing(Tz::Europe__Berlin, Grain::Day, day.until - 1).unwrap(), day);
        }
    }

    #[test]
    fn days_pass_with_the_clock_and_only_within_the_period() {
        let week = Period::all(Tz::UTC, Grain::Week, day("2026-11-16"), day("2026-11-23")).unwrap().remove(0);
        assert_eq!(week.days_passed(i64::MIN, at("2026-11-19T00:00:00Z")), 3.0);
        assert_eq!(week.days_passed(i64::MIN, at("2026-11-19T12:00:00Z")), 3.5);
        assert_eq!((week.days_passed(i64::MIN, week.from - 1), week.days_passed(i64::MIN, week.until + 1)), (0.0, 7.0));
    }

    #[test]
    fn empty_and_endless_spans_are_refused() {
        assert!(Period::all(Tz::UTC, Grain::Day, day("2026-01-02"), day("2026-01-02")).is_err());
        let long = Period::all(Tz::UTC, Grain::Day, day("1900-01-01"), day("2026-01-01")).unwrap_err();
        assert!(long.to_string().contains("more than 4000 periods of a day"));
    }

    proptest! {
        #[test]
        fn every_instant_lies_in_the_one_period_that_contains_it(
            at in 0_i64..2_000_000_000, zone in prop::sample::select(vec![
                Tz::UTC, Tz::Europe__Berlin, Tz::America__Sao_Paulo, Tz::America__St_Johns, Tz::Pacific__Apia, Tz::Asia__Beirut
            ]), grain in prop::sample::select(vec![Grain::Day, Grain::Week, Grain::Month])
        ) {
            let at = at * 1_000_000;
            let period = Period::containing(zone, grain, at).unwrap();
            prop_assert!(period.from <= at && at < period.until);
            let next = Period::containing(zone, grain, period.until).unwrap();
            prop_assert_eq!(next.from, period.until);
            prop_assert_eq!(Period::containing(zone, grain, period.from).unwrap(), period);
        }

        #[test]
        fn the_periods_of_a_span_leave_no_instant_out_and_are_those_that_contain_it(
            from in 0_i64..20_000, days in 1_i64..100, part in 0.0..1.0_f64, zone in prop::sample::select(vec![
                Tz::UTC, Tz::Europe__Berlin, Tz::America__Sao_Paulo, Tz::America__St_Johns, Tz::Pacific__Apia, Tz::Asia__Beirut
            ]), grain in prop::sample::select(vec![Grain::Day, Grain::Week, Grain::Month])
        ) {
            let from = day("1970-01-01") + chrono::TimeDelta::days(from);
            let periods = Period::all(zone, grain, from, from + chrono::TimeDelta::days(days)).unwrap();
            prop_assert!(periods.windows(2).all(|pair| pair[0].until == pair[1].from));
            prop_assert!(periods.iter().all(|p| p.from < p.until && p.days_passed(i64::MIN, p.until) == p.days as f64));
            for period in &periods {
                let at = period.from + (part * (period.until - period.from) as f64) as i64;
                let whole = Period::containing(zone, grain, at).unwrap();
                prop_assert_eq!((whole.start, &whole.label), (period.start, &period.label));
            }
        }
    }
}
