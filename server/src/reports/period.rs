//! What days a report is on: a rule that is read against its as-of, in its time zone.

use crate::Result;
use crate::control::Refusal;
use crate::texts::Language;
use chrono::{DateTime, Datelike as _, Days, Months, NaiveDate};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A calendar's unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = PeriodUnit)]
pub enum Unit {
    /// A calendar day.
    Day,
    /// An ISO week, from Monday.
    Week,
    /// A calendar month.
    Month,
    /// Three calendar months: from January, April, July or October.
    Quarter,
    /// A calendar year.
    Year,
}

/// Which days.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
#[schema(as = ReportPeriod)]
pub enum Period {
    /// The last whole one: what runs at the as-of is not in it.
    Last(Unit),
    /// So many of the last whole ones, 1 to 60.
    LastOf {
        /// How many.
        count: u32,
        /// Of what.
        unit: Unit,
    },
    /// The one that runs, up to and with the day of the as-of.
    SoFar(Unit),
    /// From the first day to before the last.
    Days {
        /// The first day.
        #[schema(value_type = String)]
        from: NaiveDate,
        /// The day after the last.
        #[schema(value_type = String)]
        until: NaiveDate,
    },
}

/// The most of a unit that a period may have.
const MOST: u32 = 60;

/// The first day, and the day after the last.
pub(super) type Span = (NaiveDate, NaiveDate);

impl Unit {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Unit::Day => "day",
            Unit::Week => "week",
            Unit::Month => "month",
            Unit::Quarter => "quarter",
            Unit::Year => "year",
        }
    }

    /// The first day of the one with that day.
    fn first(self, day: NaiveDate) -> Option<NaiveDate> {
        match self {
            Unit::Day => Some(day),
            Unit::Week => day.checked_sub_days(Days::new(day.weekday().num_days_from_monday().into())),
            Unit::Month => day.with_day(1),
            Unit::Quarter => day.with_day(1)?.with_month(day.month0() / 3 * 3 + 1),
            Unit::Year => day.with_day(1)?.with_month(1),
        }
    }

    /// So many of them before a first day.
    pub(super) fn before(self, first: NaiveDate, count: u32) -> Option<NaiveDate> {
        match self {
            Unit::Day => first.checked_sub_days(Days::new(count.into())),
            Unit::Week => first.checked_sub_days(Days::new(u64::from(count) * 7)),
            Unit::Month => first.checked_sub_months(Months::new(count)),
            Unit::Quarter => first.checked_sub_months(Months::new(count.saturating_mul(3))),
            Unit::Year => first.checked_sub_months(Months::new(count.saturating_mul(12))),
        }
    }
}

impl Period {
    /// The days that are meant at `as_of` (microseconds since 1970), on the clocks of `zone`.
    ///
    /// # Errors
    /// [`Refusal::Invalid`] when there are none, or more than there may be.
    pub fn days(&self, as_of: i64, zone: Tz) -> Result<Span> {
        let today = DateTime::from_timestamp_micros(as_of).unwrap_or_default().with_timezone(&zone).date_naive();
        let beyond = || Refusal::invalid("period", "lies outside of the calendar");
        match self {
            Period::Last(unit) => Period::LastOf { count: 1, unit: *unit }.days(as_of, zone),
            Period::LastOf { count, .. } if !(1..=MOST).contains(count) => {
                Err(Refusal::invalid("period", format!("should be of 1 to {MOST}")).into())
            }
            Period::LastOf { count, unit } => {
                let until = unit.first(today).ok_or_else(beyond)?;
                Ok((unit.before(until, *count).ok_or_else(beyond)?, until))
            }
            Period::SoFar(unit) => {
                let until = today.succ_opt().ok_or_else(beyond)?;
                Ok((unit.first(today).ok_or_else(beyond)?, until))
            }
            Period::Days { from, until } if from < until => Ok((*from, *until)),
            Period::Days { .. } => Err(Refusal::invalid("period", "should have `from` before `until`").into()),
        }
    }

    /// The rule in words.
    pub fn words(&self, language: Language) -> String {
        let text = match self {
            Period::Last(unit) | Period::LastOf { count: 1, unit } => format!("the last whole {}", unit.name()),
            Period::LastOf { unit, .. } => format!("the last {{count}} whole {}s", unit.name()),
            Period::SoFar(unit) => format!("the {} so far", unit.name()),
            Period::Days { .. } => "the days that were asked for".to_owned(),
        };
        let count = if let Period::LastOf { count, .. } = self { count.to_string() } else { String::new() };
        language.fill(&text, &[("count", &count)])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn days(period: &Period, as_of: &str, zone: Tz) -> (String, String) {
        let at = as_of.parse::<DateTime<chrono::Utc>>().unwrap().timestamp_micros();
        let (from, until) = period.days(at, zone).unwrap();
        (from.to_string(), until.to_string())
    }

    #[test]
    fn the_last_whole_one_ends_before_the_one_that_runs() {
        let last = |unit, as_of| days(&Period::Last(unit), as_of, Tz::UTC);
        let span = |from: &str, until: &str| (from.to_owned(), until.to_owned());
        // A Thursday.
        let now = "2026-11-26T10:00:00Z";
        assert_eq!(last(Unit::Day, now), span("2026-11-25", "2026-11-26"));
        assert_eq!(last(Unit::Week, now), span("2026-11-16", "2026-11-23"));
        assert_eq!(last(Unit::Month, now), span("2026-10-01", "2026-11-01"));
        assert_eq!(last(Unit::Quarter, now), span("2026-07-01", "2026-10-01"));
        assert_eq!(last(Unit::Year, now), span("2025-01-01", "2026-01-01"));
        assert_eq!(last(Unit::Quarter, "2026-02-28T10:00:00Z"), span("2025-10-01", "2026-01-01"));
        let two = Period::LastOf { count: 2, unit: Unit::Week };
        assert_eq!(days(&two, now, Tz::UTC), span("2026-11-09", "2026-11-23"));
        assert_eq!(days(&Period::SoFar(Unit::Quarter), now, Tz::UTC), span("2026-10-01", "2026-11-27"));
    }

    #[test]
    fn the_day_is_that_of_the_time_zone() {
        // In Berlin the first of December has begun.
        let (from, until) = days(&Period::Last(Unit::Month), "2026-11-30T23:30:00Z", Tz::Europe__Berlin);
        assert_eq!((from.as_str(), until.as_str()), ("2026-11-01", "2026-12-01"));
    }

    #[test]
    fn a_rule_is_told_in_each_language() {
        let three = Period::LastOf { count: 3, unit: Unit::Quarter };
        let told = |period: &Period| [Language::English, Language::German].map(|language| period.words(language));
        assert_eq!(told(&three), ["the last 3 whole quarters", "die letzten 3 ganzen Quartale"]);
        assert_eq!(told(&Period::SoFar(Unit::Week)), ["the week so far", "die laufende Woche"]);
        for unit in [Unit::Day, Unit::Week, Unit::Month, Unit::Quarter, Unit::Year] {
            for period in [Period::Last(unit), Period::LastOf { count: 2, unit }, Period::SoFar(unit)] {
                let [english, german] = told(&period);
                assert_ne!(english, german);
            }
        }
    }

    #[test]
    fn what_is_no_span_is_refused() {
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        let backwards = Period::Days { from: day("2026-02-01"), until: day("2026-02-01") };
        let none = Period::LastOf { count: 0, unit: Unit::Month };
        let many = Period::LastOf { count: 61, unit: Unit::Year };
        for period in [backwards, none, many] {
            assert!(period.days(0, Tz::UTC).is_err(), "{period:?}");
        }
        let read = |text| serde_json::from_str::<Period>(text);
        assert_eq!(read(r#"{"last": "month"}"#).unwrap(), Period::Last(Unit::Month));
        assert!(read(r#"{"last": "decade"}"#).is_err() && read(r#"{"days": {"from": "2026-01-01"}}"#).is_err());
    }
}
