//! What a figure is held against: an earlier span, a target, what is typical, and the other groups.

use super::figures::{Figures, Measured};
use super::measure::Spans;
use super::scope::Scope;
use super::since::Since;
use super::{Compare, Comparison, Direction, Figure, Grain, Group, Spread, Typical};
use crate::percentile::{self, Fraction};
use crate::{Error, Result, Settings};
use chrono::{Datelike as _, Days, Months, NaiveDate};

/// Fewer periods than these are not told to be typical.
const FEWEST_PERIODS: usize = 8;

/// The other spans that an answer takes.
pub(super) struct Against<'s> {
    compare: Option<Compare>,
    earlier: Option<Scope<'s>>,
    target: Option<f64>,
    year: Scope<'s>,
    direction: Direction,
}

/// What was measured in them.
pub(super) struct Before<'s, 'm> {
    against: &'m Against<'s>,
    earlier: &'m Figures,
    year: &'m Figures,
    since: &'m Since,
}

impl<'s> Against<'s> {
    pub(super) fn of(scope: &Scope<'s>, compare: Option<Compare>, settings: &Settings) -> Result<Self> {
        let (from, until) = scope.days;
        let beyond = || Error::Question(format!("before {from} there is no earlier span: the calendar ends"));
        let earlier = match compare {
            Some(Compare::Previous) => Some(scope.within(before(scope.grain, from, until).ok_or_else(beyond)?, from)?),
            Some(Compare::YearAgo) => {
                let (from, until) = a_year_before(scope.grain, from, until).ok_or_else(beyond)?;
                Some(scope.within(from, until)?)
            }
            Some(Compare::Target) | None => None,
        };
        let target = settings.targets.get(&scope.definition.name).copied();
        let year = scope.within(year_before(scope.grain, from).ok_or_else(beyond)?, from)?;
        Ok(Self { compare, earlier, target, year, direction: scope.definition.direction })
    }

    /// These spans, and the one that is held against them.
    pub(super) fn spans<'a>(&'a self, now: &'a Scope<'s>) -> Spans<'a, 's> {
        Spans { earlier: self.earlier.as_ref(), year: Some(&self.year), ..Spans::only(now) }
    }

    pub(super) fn before<'m>(&'m self, measured: &'m Measured, since: &'m Since) -> Before<'s, 'm> {
        Before { against: self, earlier: &measured.earlier, year: &measured.year, since }
    }
}

impl Before<'_, '_> {
    /// What a group's figure is held against.
    pub(super) fn of(&self, key: &Option<String>, total: &Figure) -> (Option<Comparison>, Option<Typical>) {
        let since = self.since.begins(key);
        let Against { compare, earlier, target, year, .. } = self.against;
        // Where there is no target there is nothing to compare with.
        let with = compare.filter(|with| *with != Compare::Target || target.is_some());
        let comparison = with.map(|with| {
            let span = earlier.as_ref().map(Scope::span);
            // Of a part of a span nobody knows what the whole was.
            let known = span.is_none_or(|(from, _)| since <= from);
            let figure = earlier.as_ref().map(|scope| match scope.figures(key, self.earlier, since).0 {
                figure if known => figure,
                figure => Figure { value: None, ..figure },
            });
            let value = figure.as_ref().map_or(*target, |figure| figure.value);
            let delta = total.value.zip(value).map(|(now, then)| now - then);
            Comparison {
                with,
                from: span.map(|(from, _)| from),
                until: span.map(|(_, until)| until),
                value,
                figure,
                delta,
                delta_ratio: delta.zip(value).filter(|(_, then)| *then != 0.0).map(|(delta, then)| delta / then.abs()),
                better: delta.and_then(|delta| self.is_better(delta, with)),
            }
        });
        let (_, points) = year.figures(key, self.year, since);
        let whole = points.iter().filter(|p| !p.partial);
        let whole: Vec<_> = whole.filter_map(|p| p.figure.value).collect();
        (comparison, typical(&whole, year.span()))
    }

    fn is_better(&self, delta: f64, with: Compare) -> Option<bool> {
        if delta == 0.0 {
            // A target is reached when it is met.
            return (with == Compare::Target && self.against.direction != Direction::Neither).then_some(true);
        }
        match self.against.direction {
            Direction::Lower => Some(delta < 0.0),
            Direction::Higher => Some(delta > 0.0),
            Direction::Neither => None,
        }
    }
}

fn typical(values: &[f64], (from, until): (i64, i64)) -> Option<Typical> {
    if values.len() < FEWEST_PERIODS {
        return None;
    }
    Some(Typical {
        p10: percentile::of(values, Fraction::P10)?,
        median: percentile::of(values, Fraction::HALF)?,
        p90: percentile::of(values, Fraction::P90)?,
        periods: values.len(),
        from,
        until,
    })
}

/// How the groups' own values are spread; `None` when none has any. What belongs to none is not one of them.
pub(super) fn spread(groups: &[Group]) -> Option<Spread> {
    let values: Vec<_> = groups.iter().filter(|g| g.key.is_some()).filter_map(|g| g.total.value).collect();
    Some(Spread {
        groups: values.len(),
        p10: percentile::of(&values, Fraction::P10)?,
        p25: percentile::of(&values, Fraction::P25)?,
        median: percentile::of(&values, Fraction::HALF)?,
        p75: percentile::of(&values, Fraction::P75)?,
        p90: percentile::of(&values, Fraction::P90)?,
    })
}

/// Where the span just before one begins: whole months have a span of whole months before them, all else one of as many days.
fn before(grain: Grain, from: NaiveDate, until: NaiveDate) -> Option<NaiveDate> {
    if grain == Grain::Month && from.day() == 1 && until.day() == 1 {
        let months = (until.year() - from.year()) * 12 + until.month() as i32 - from.month() as i32;
        return from.checked_sub_months(Months::new(u32::try_from(months).ok()?));
    }
    from.checked_sub_days(Days::new(u64::try_from((until - from).num_days()).ok()?))
}

/// A span from one day to before another, a year before. By the month, one that ends before 29 February has as many days: its last one is the
/// 28th then, too. Whole months stay whole.
fn a_year_before(grain: Grain, from: NaiveDate, until: NaiveDate) -> Option<(NaiveDate, NaiveDate)> {
    let end = match grain {
        Grain::Month if until.day() != 1 => year_before(grain, until.pred_opt()?)?.succ_opt()?,
        Grain::Day | Grain::Week | Grain::Month => year_before(grain, until)?,
    };
    Some((year_before(grain, from)?, end))
}

/// The day a year before: 52 whole weeks, or by the month 12 months.
fn year_before(grain: Grain, day: NaiveDate) -> Option<NaiveDate> {
    match grain {
        Grain::Day | Grain::Week => day.checked_sub_days(Days::new(52 * 7)),
        Grain::Month => day.checked_sub_months(Months::new(12)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn the_span_before_has_as_many_days_or_whole_months() {
        let of = |grain, from, until| before(grain, day(from), day(until)).unwrap().to_string();
        assert_eq!(of(Grain::Week, "2026-03-23", "2026-04-20"), "2026-02-23");
        assert_eq!(of(Grain::Month, "2026-02-01", "2026-03-01"), "2026-01-01", "31 days before 28");
        assert_eq!(of(Grain::Month, "2026-01-01", "2026-04-01"), "2025-10-01");
        assert_eq!(of(Grain::Month, "2026-01-15", "2026-02-01"), "2025-12-29", "17 days");
        assert_eq!(of(Grain::Day, "2026-03-01", "2026-04-01"), "2026-01-29");
        assert_eq!(before(Grain::Day, NaiveDate::MIN, day("2026-01-01")), None);
    }

    #[test]
    fn a_year_before_a_monday_is_a_monday() {
        assert_eq!(year_before(Grain::Week, day("2026-03-23")), Some(day("2025-03-24")));
        assert_eq!(year_before(Grain::Month, day("2024-02-29")), Some(day("2023-02-28")));
    }

    #[test]
    fn a_span_a_year_before_is_never_empty_and_whole_months_stay_whole() {
        let of = |grain, from, until| {
            let (from, until) = a_year_before(grain, day(from), day(until)).unwrap();
            format!("{from} {until}")
        };
        assert_eq!(of(Grain::Week, "2024-02-26", "2024-03-04"), "2023-02-27 2023-03-06");
        assert_eq!(of(Grain::Month, "2024-02-28", "2024-02-29"), "2023-02-28 2023-03-01", "one day");
        assert_eq!(of(Grain::Month, "2024-02-01", "2024-02-29"), "2023-02-01 2023-03-01", "28 days");
        assert_eq!(of(Grain::Month, "2024-02-29", "2024-03-01"), "2023-02-28 2023-03-01", "one day");
        assert_eq!(of(Grain::Month, "2024-02-01", "2024-03-01"), "2023-02-01 2023-03-01");
        assert_eq!(of(Grain::Month, "2025-02-01", "2025-03-01"), "2024-02-01 2024-03-01", "29 days before 28");
        assert_eq!(of(Grain::Month, "2025-02-01", "2025-02-15"), "2024-02-01 2024-02-15");
    }

    #[test]
    fn what_is_typical_needs_eight_periods() {
        let values: Vec<f64> = (0..11).map(f64::from).collect();
        assert_eq!(typical(&values[..7], (0, 1)), None);
        let told = typical(&values, (5, 6)).unwrap();
        assert_eq!((told.p10, told.median, told.p90, told.periods), (1.0, 5.0, 9.0, 11));
        assert_eq!((told.from, told.until), (5, 6));
    }
}
