//! What is asked of the future, and what comes out.

use crate::{Error, Result};
use chrono::NaiveDate;

/// How often the future is played, unless fewer are asked for.
pub const RUNS: u32 = 10_000;

/// What is asked.
#[derive(Clone, Debug, PartialEq)]
pub struct Question {
    /// Items that are open.
    pub remaining: u32,
    /// Whether scope grows (or shrinks) as it did; else what is open now is all.
    pub growth: bool,
    /// The day by which it is to be done: how likely is that?
    pub due: Option<NaiveDate>,
    /// A day: how many items will be done by its end?
    pub by: Option<NaiveDate>,
    /// What is supposed to be otherwise than it is.
    pub what_if: WhatIf,
    /// How often the future is played.
    pub runs: u32,
}

impl Question {
    /// When will `remaining` items be done, when scope goes on as it did?
    pub fn of(remaining: u32) -> Self {
        Self { remaining, growth: true, due: None, by: None, what_if: WhatIf::default(), runs: RUNS }
    }
}

/// What is supposed to be otherwise.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct WhatIf {
    /// Items more, or fewer, than are open.
    pub scope: i32,
    /// What a day's work is multiplied by: 1.5 for six people instead of four, if they work as the four do.
    pub pace: f64,
    /// The first day that is worked on it, if that is after the origin.
    pub start: Option<NaiveDate>,
}

impl Default for WhatIf {
    fn default() -> Self {
        Self { scope: 0, pace: 1.0, start: None }
    }
}

impl WhatIf {
    /// What other people than those who work on it do to the pace, if each of them does as much: it is in proportion to how many they are.
    ///
    /// # Errors
    /// [`Error::Question`] unless both are numbers above 0: by nobody nothing was done that could be held against anything.
    pub fn staffed(self, (from, to): (f64, f64)) -> Result<Self> {
        if !(from.is_finite() && to.is_finite() && from > 0.0 && to > 0.0) {
            return Err(Error::Question(
                "people are numbers above 0: how many they are, and how many they would be".into(),
            ));
        }
        Ok(Self { pace: self.pace * (to / from), ..self })
    }

    /// What a limit on work in progress does to the pace, by Little's law (Little, "A proof for the queuing formula L = λW",
    /// Operations Research 9, 1961): with items that take as long as they do, a team that may have `limit` of them in
    /// progress instead of `now` finishes that much less. A limit above what is in progress changes nothing.
    pub fn limited(self, limit: f64, now: f64) -> Self {
        let share = if now > limit && limit >= 0.0 { limit / now } else { 1.0 };
        Self { pace: self.pace * share, ..self }
    }
}

/// A value at each of the four levels: half, 70 %, 85 % and 95 % of the runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Series<T> {
    /// 50 %.
    pub p50: T,
    /// 70 %.
    pub p70: T,
    /// 85 %.
    pub p85: T,
    /// 95 %.
    pub p95: T,
}

impl<T> Series<T> {
    /// The levels themselves.
    pub const LEVELS: Series<u32> = Series { p50: 50, p70: 70, p85: 85, p95: 95 };

    /// Another value of each.
    pub fn map<U>(self, of: impl Fn(T) -> U) -> Series<U> {
        Series { p50: of(self.p50), p70: of(self.p70), p85: of(self.p85), p95: of(self.p95) }
    }
}

/// What came out.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// The day by whose end that share of the runs was done; `None` where that is not within five years.
    pub done_on: Series<Option<NaiveDate>>,
    /// The same, in working days from the first on which it is worked on.
    pub working_days: Series<Option<u32>>,
    /// The share of the runs that were done by the due day; `None` without one.
    pub due_probability: Option<f64>,
    /// How many items, at least, that share of the runs had done by the day that was asked for.
    pub done_by: Option<Series<u32>>,
    /// The share of the runs that were never done within five years.
    pub never: f64,
    /// The seed of the random numbers.
    pub seed: u64,
    /// How many runs were made.
    pub runs: u32,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pace_is_in_proportion_to_how_many_people_there_are() {
        let staffed = |people| WhatIf::default().staffed(people).map(|what_if| what_if.pace);
        assert_eq!(staffed((4.0, 6.0)).unwrap(), 1.5);
        assert_eq!(staffed((4.0, 3.0)).unwrap(), 0.75);
        // Somebody may be there for half of the time.
        assert_eq!(staffed((2.5, 5.0)).unwrap(), 2.0);
        assert_eq!(staffed((4.0, 4.0)).unwrap(), WhatIf::default().pace);
        for people in [(0.0, 6.0), (4.0, 0.0), (-4.0, -6.0), (f64::NAN, 6.0), (4.0, f64::INFINITY)] {
            assert!(matches!(staffed(people), Err(Error::Question(_))), "{people:?}");
        }
    }
}
