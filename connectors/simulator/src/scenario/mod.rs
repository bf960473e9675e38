//! What a story is about: an organization, how it works, and what becomes of it.

mod file;
mod habits;
mod season;

pub use file::ScenarioError;
pub use habits::Habits;
pub use season::Season;

use crate::story::names;
use crate::world::{Size, Time};
use chrono::{Datelike as _, NaiveTime, TimeDelta};
use std::path::Path;

/// What a story is about. With a seed it is one history for ever.
#[derive(Clone, Debug, PartialEq)]
pub struct Scenario {
    /// The organization's login.
    pub organization: String,
    /// Length of the past that `World::new` lives through.
    pub months: u32,
    /// When the story begins.
    pub start: Time,
    /// Which of the made-up names the first person has, so that two organizations need not share their people.
    pub first_person: usize,
    /// Teams with people in them; one more team is the parent of all.
    pub teams: Vec<Team>,
    /// Repositories that are worked on.
    pub repositories: Vec<Repository>,
    /// Whether a repository that is soon archived, a fork and an empty one come on top.
    pub odd_repositories: bool,
    /// Whether now and then an experiment is begun or deleted, a repository is renamed and somebody changes teams.
    pub surprises: bool,
    /// When less is done than on other working days.
    pub seasons: Vec<Season>,
    /// When people go from one team to another, because the organization wants it so.
    pub reorganizations: Vec<Reorganization>,
}

/// A team of a scenario.
#[derive(Clone, Debug, PartialEq)]
pub struct Team {
    /// Its name, which its project in Jira has, too.
    pub name: String,
    /// How many people are in it at first.
    pub people: usize,
    /// How its project fails, if it does.
    pub failing: Option<Failing>,
}

/// A repository of a scenario.
#[derive(Clone, Debug, PartialEq)]
pub struct Repository {
    /// Its name at first.
    pub name: String,
    /// The place of its team among the scenario's.
    pub team: usize,
    /// Pull requests that are begun on a working day; each repository gets up to two fifths more or less.
    pub changes: f64,
    /// How it is worked on.
    pub habits: Habits,
}

/// How a team's project fails: more and more is asked of it, less and less is done, and the day that it is due passes.
#[derive(Clone, Copy, Debug, PartialEq, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Failing {
    /// When it begins to, in months from the start. What is written down from then on is due with the project.
    pub from: u32,
    /// When the project is due, in months from the start.
    pub due: u32,
    /// How many times more than before is written down from then on.
    pub scope: f64,
    /// The share of its changes that is still made when it is due; until then it falls evenly.
    pub pace: f64,
}

/// People who go from one team to another on one day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reorganization {
    /// When, in months from the start.
    pub month: u32,
    /// The place of the team that they leave.
    pub from: usize,
    /// The place of the team that they come to.
    pub to: usize,
    /// How many.
    pub people: usize,
}

impl Scenario {
    /// The names of those that come along.
    pub const NAMES: [&'static str; 3] = ["small", "large", "bank"];

    /// One that comes along.
    ///
    /// # Errors
    /// When none has the name.
    pub fn named(name: &str) -> Result<Self, ScenarioError> {
        let text = match name {
            "small" => include_str!("../../../../data/scenarios/small.toml"),
            "large" => include_str!("../../../../data/scenarios/large.toml"),
            "bank" => include_str!("../../../../data/scenarios/bank.toml"),
            _ => return Err(ScenarioError::unknown(name)),
        };
        Self::parse(name, text)
    }

    /// One that stands in a file.
    ///
    /// # Errors
    /// When the file cannot be read, or is none.
    pub fn load(path: &Path) -> Result<Self, ScenarioError> {
        let name = path.display().to_string();
        let text = std::fs::read_to_string(path).map_err(|error| ScenarioError::new(&name, error))?;
        Self::parse(&name, &text)
    }

    /// The same story, begun on the Monday so long ago that it ends about now: within a week, it is the same history.
    #[must_use]
    pub fn ending(self, now: Time) -> Self {
        let day = (now - TimeDelta::days(i64::from(self.months) * 365 / 12)).date_naive();
        let monday = day - TimeDelta::days(i64::from(day.weekday().num_days_from_monday()));
        Self { start: monday.and_time(NaiveTime::MIN).and_utc(), ..self }
    }

    /// An instant so many months after the start.
    pub fn month(&self, month: u32) -> Time {
        self.start + TimeDelta::days(i64::from(month) * 365 / 12)
    }
}

impl From<Size> for Scenario {
    /// An ordinary organization of a size. Its second repository gets slower and slower.
    fn from(size: Size) -> Self {
        let (people, teams) = (size.people.max(1), size.teams.max(1));
        let changes = size.people as f64 * 0.5 / size.repositories.max(1) as f64;
        let slow = Habits { slows: 5.0, accidents: [0.2, 0.2], ..Habits::default() };
        let team = |i: usize| Team {
            name: names::nth(names::TEAMS, i),
            people: people / teams + usize::from(i < people % teams),
            failing: None,
        };
        let repository = |i: usize| Repository {
            name: names::nth(names::REPOSITORIES, i),
            team: i % teams,
            changes,
            habits: if i == 1 { slow.clone() } else { Habits::default() },
        };
        Self {
            organization: "acme".to_owned(),
            months: size.months,
            start: size.start,
            first_person: 0,
            teams: (0..teams).map(team).collect(),
            repositories: (0..size.repositories).map(repository).collect(),
            odd_repositories: size.repositories >= 3,
            surprises: true,
            seasons: Season::usual(),
            reorganizations: Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_history_begins_on_a_monday_and_is_as_long_as_it_should_be() {
        let begins = |now: &str| Scenario::from(Size::tiny()).ending(now.parse().unwrap()).start.to_rfc3339();
        assert_eq!(begins("2026-11-26T10:00:00Z"), "2026-09-21T00:00:00+00:00");
        assert_eq!(begins("2026-11-22T00:00:00Z"), begins("2026-11-26T10:00:00Z"));
    }
}
