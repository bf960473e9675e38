//! What was done, and what was added, on each working day.

use super::chance;
use crate::counted;
use chrono::{Datelike as _, NaiveDate, TimeDelta};
use std::fmt;

/// One working day of a subject.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Day {
    /// Items that were done.
    pub done: u32,
    /// Items that came in or were opened again, less those that went out without having been done.
    pub added: i32,
}

/// The days of a subject up to an origin, oldest first: each working day is there, also when nothing happened on it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct History {
    from: NaiveDate,
    origin: NaiveDate,
    days: Vec<Day>,
}

impl History {
    /// How far back a history looks, in weeks. What was longer ago says little on how a team works now.
    pub const WEEKS: i64 = 26;
    /// Items that must have been done.
    pub const LEAST_DONE: u32 = 30;
    /// Weeks that it must span.
    pub const LEAST_WEEKS: i64 = 5;

    /// The first day that it may hold when it ends before `origin`.
    pub fn earliest(origin: NaiveDate) -> NaiveDate {
        origin.checked_sub_signed(TimeDelta::weeks(Self::WEEKS)).unwrap_or(origin)
    }

    /// `days` are the working days from `from` to the day before `origin`.
    pub fn new(from: NaiveDate, origin: NaiveDate, days: Vec<Day>) -> Self {
        Self { from, origin, days }
    }

    /// The first day that it spans.
    pub fn from(&self) -> NaiveDate {
        self.from
    }

    /// The day whose beginning it stands at: nothing of that day is in it.
    pub fn origin(&self) -> NaiveDate {
        self.origin
    }

    /// Its working days, oldest first.
    pub fn days(&self) -> &[Day] {
        &self.days
    }

    /// Items that were done.
    pub fn done(&self) -> u32 {
        self.days.iter().map(|day| day.done).sum()
    }

    /// Items that were added, less those that went out.
    pub fn added(&self) -> i32 {
        self.days.iter().map(|day| day.added).sum()
    }

    /// Whole weeks that it spans.
    pub fn weeks(&self) -> i64 {
        self.origin.signed_duration_since(self.from).num_weeks()
    }

    /// Items done in a working day, on average; `None` when there was none.
    pub fn mean(&self) -> Option<f64> {
        (!self.days.is_empty()).then(|| f64::from(self.done()) / self.days.len() as f64)
    }

    /// What it lacks to forecast from.
    pub fn lack(&self) -> Option<Lack> {
        let (done, weeks) = (self.done(), self.weeks());
        (done < Self::LEAST_DONE || weeks < Self::LEAST_WEEKS).then_some(Lack { done, weeks })
    }

    /// The seed of the random numbers over it: of the history and its day alone, so that what-if questions over the same
    /// history are played with the same chance and differ by what was changed.
    pub fn seed(&self) -> u64 {
        let ends = [self.from, self.origin].map(|day| i64::from(day.num_days_from_ce()));
        chance::seed(ends.into_iter().chain(self.days.iter().flat_map(|day| [day.done.into(), day.added.into()])))
    }
}

/// Why a history is not enough.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lack {
    /// Items that were done in it.
    pub done: u32,
    /// Weeks that it spans.
    pub weeks: i64,
}

impl fmt::Display for Lack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (done, weeks) = (counted(self.done, "item", "items"), counted(self.weeks, "week", "weeks"));
        let (least, least_weeks) = (History::LEAST_DONE, counted(History::LEAST_WEEKS, "week", "weeks"));
        write!(f, "not enough history: {done} done over {weeks}, of at least {least} over {least_weeks}")
    }
}
