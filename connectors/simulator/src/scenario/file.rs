//! Scenarios as they are written: `data/scenarios/*.toml`.

use super::season::Written;
use super::{Failing, Habits, Reorganization, Repository, Scenario, Season, Team};
use crate::world::Size;
use serde::Deserialize;
use std::collections::BTreeSet;
use std::fmt;

/// How many people and repositories there may be: a larger world would not fit into memory.
const MOST: usize = 5000;

/// How long a story may be, in months.
const LONGEST: u32 = 120;

/// What is wrong with a scenario, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScenarioError(String);

impl ScenarioError {
    pub(super) fn new(name: &str, reason: impl fmt::Display) -> Self {
        Self(format!("the scenario {name}: {reason}"))
    }

    pub(super) fn unknown(name: &str) -> Self {
        Self(format!("no scenario is called `{name}`: there are {}, and files", Scenario::NAMES.join(", ")))
    }
}

impl fmt::Display for ScenarioError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for ScenarioError {}

/// A scenario's file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    organization: String,
    months: u32,
    #[serde(default)]
    first_person: usize,
    #[serde(default)]
    odd_repositories: bool,
    #[serde(default)]
    surprises: bool,
    /// What all teams do, unless they have habits of their own.
    #[serde(default)]
    habits: toml::Table,
    #[serde(default, rename = "season")]
    seasons: Vec<Written>,
    #[serde(rename = "team")]
    teams: Vec<WrittenTeam>,
    #[serde(default, rename = "reorganization")]
    reorganizations: Vec<WrittenMove>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenTeam {
    name: String,
    people: usize,
    repositories: Vec<String>,
    /// How many teams there are like this one; all but the first have a number after their names, and after their repositories'.
    #[serde(default = "one")]
    copies: usize,
    #[serde(default)]
    habits: toml::Table,
    failing: Option<Failing>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenMove {
    month: u32,
    from: String,
    to: String,
    people: usize,
}

fn one() -> usize {
    1
}

impl Scenario {
    /// Reads what is written.
    ///
    /// # Errors
    /// When it is no TOML, a key is unknown, or something of it cannot be.
    pub fn parse(name: &str, text: &str) -> Result<Self, ScenarioError> {
        let file: File = toml::from_str(text).map_err(|error| ScenarioError::new(name, error))?;
        file.read().map_err(|reason| ScenarioError::new(name, reason))
    }
}

impl File {
    fn read(self) -> Result<Scenario, String> {
        if !(1..=LONGEST).contains(&self.months) || self.first_person > MOST {
            return Err(format!("`months` should be between 1 and {LONGEST}, and `first_person` at most {MOST}"));
        }
        if !is_plain(&self.organization) {
            return Err(format!("`organization` is `{}`, {PLAIN}", self.organization));
        }
        let (mut teams, mut rows) = (Vec::new(), Vec::new());
        for team in &self.teams {
            let habits = team.habits(&self.habits)?;
            let changes = team.people as f64 * habits.changes / team.repositories.len() as f64;
            for copy in 0..team.copies {
                let numbered = |name: &str| if copy == 0 { name.to_owned() } else { format!("{name}-{}", copy + 1) };
                let at = teams.len();
                teams.push(Team { name: numbered(&team.name), people: team.people, failing: team.failing });
                let repository =
                    |name: &String| Repository { name: numbered(name), team: at, changes, habits: habits.clone() };
                rows.push(team.repositories.iter().map(repository).collect());
                if teams.len() > MOST {
                    return Err(format!("there are more than {MOST} teams"));
                }
            }
        }
        let repositories = in_turn(rows);
        each_once("team", teams.iter().map(|t| t.name.as_str()))?;
        each_once("repository", repositories.iter().map(|r| r.name.as_str()))?;
        let people: usize = teams.iter().map(|t| t.people).fold(0, usize::saturating_add);
        if teams.is_empty() || people > MOST || repositories.len() > MOST {
            return Err(format!("there should be a team, and {MOST} people and repositories at most"));
        }
        let place = |name: &str| {
            let found = teams.iter().position(|t| t.name == name);
            found.ok_or_else(|| format!("a reorganization names `{name}`, and no team is called so"))
        };
        let moves = |m: &WrittenMove| {
            let (from, to) = (place(&m.from)?, place(&m.to)?);
            if m.month > LONGEST {
                return Err(format!("a reorganization is in month {}, and there are {LONGEST} at most", m.month));
            }
            Ok(Reorganization { month: m.month, from, to, people: m.people })
        };
        let reorganizations = self.reorganizations.iter().map(moves).collect::<Result<_, String>>()?;
        Ok(Scenario {
            organization: self.organization,
            months: self.months,
            start: Size::tiny().start,
            first_person: self.first_person,
            seasons: self.seasons.iter().map(Written::read).collect::<Result<Vec<Season>, String>>()?,
            teams,
            repositories,
            odd_repositories: self.odd_repositories,
            surprises: self.surprises,
            reorganizations,
        })
    }
}

impl WrittenTeam {
    /// Its own habits before those of all; what of it cannot be is told.
    fn habits(&self, of_all: &toml::Table) -> Result<Habits, String> {
        let wrong = |reason: String| format!("the team `{}`: {reason}", self.name);
        if self.people == 0 || self.repositories.is_empty() {
            return Err(wrong("it should have people and repositories".to_owned()));
        }
        if let Some(name) = self.repositories.iter().find(|name| !is_plain(name)) {
            return Err(wrong(format!("a repository is called `{name}`, {PLAIN}")));
        }
        if let Some(failing) = &self.failing {
            let is_known = (0.0..=100.0).contains(&failing.scope) && (0.0..=1.0).contains(&failing.pace);
            if failing.from >= failing.due || failing.due > LONGEST || !is_known {
                return Err(wrong(
                    "`failing` should begin before it is due, `scope` be between 0 and 100 and `pace` a share"
                        .to_owned(),
                ));
            }
        }
        let mut all = of_all.clone();
        all.extend(self.habits.clone());
        let habits = Habits::deserialize(all).map_err(|error| wrong(format!("`habits`: {error}")))?;
        match habits.wrong() {
            Some(reason) => Err(wrong(reason)),
            None => Ok(habits),
        }
    }
}

/// The first of each row, then the second of each, and so on.
fn in_turn(rows: Vec<Vec<Repository>>) -> Vec<Repository> {
    let longest = rows.iter().map(Vec::len).max().unwrap_or_default();
    (0..longest).flat_map(|nth| rows.iter().filter_map(move |row| row.get(nth).cloned())).collect()
}

const PLAIN: &str = "and should be letters, digits and dashes alone";

fn is_plain(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
}

fn each_once<'a>(what: &str, names: impl Iterator<Item = &'a str>) -> Result<(), String> {
    let mut seen = BTreeSet::new();
    match names.into_iter().find(|name| !seen.insert(name.to_lowercase())) {
        Some(twice) => Err(format!("a {what} is called `{twice}` twice")),
        None => Ok(()),
    }
}
