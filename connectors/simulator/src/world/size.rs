//! How large a world is.

use super::Time;
use chrono::DateTime;

/// How much there is in a world at its start, and how long its past is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    /// Teams with people in them; one more team is the parent of all.
    pub teams: usize,
    /// People; bots come on top.
    pub people: usize,
    /// Repositories that are worked on. From three on, an archived one, a fork and an empty one come on top.
    pub repositories: usize,
    /// Length of the past that `World::new` lives through.
    pub months: u32,
    /// When the story begins.
    pub start: Time,
}

impl Size {
    /// For tests: one team of four, two repositories, two months.
    pub fn tiny() -> Self {
        Self { teams: 1, people: 4, repositories: 2, months: 2, start: start() }
    }

    /// A small company: four teams, twenty people, six repositories, eighteen months.
    pub fn small() -> Self {
        Self { teams: 4, people: 20, repositories: 6, months: 18, start: start() }
    }

    /// A large company: thirty teams, four hundred people, a hundred and fifty repositories, eighteen months.
    pub fn large() -> Self {
        Self { teams: 30, people: 400, repositories: 150, months: 18, start: start() }
    }
}

/// Monday 6 January 2025. It is fixed, so that a seed means one history for ever.
fn start() -> Time {
    DateTime::from_timestamp(1_736_121_600, 0).unwrap_or_default()
}
