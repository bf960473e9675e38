//! The rules: the headers of `sql/risk/*.sql`.

use super::sentence::Sentence;
use crate::header::Header;
use crate::parts::with_parts;
use crate::{Error, Result, metrics};
use serde::Serialize;
use std::sync::OnceLock;

macro_rules! files {
    ($($name:literal),* $(,)?) => {
        &[$(($name, include_str!(concat!("../../../sql/risk/", $name, ".sql")))),*]
    };
}

/// In the order in which people read them.
const FILES: &[(&str, &str)] = files![
    "forecast_misses_due_date",
    "overdue_epic",
    "overdue_release",
    "overdue_sprint",
    "scope_growth",
    "epic_scope_growth",
    "sprint_scope_growth",
    "throughput_falling",
    "wip_over_limit",
    "team_wip_over_limit",
    "ageing_items",
    "epic_ageing_items",
    "blocked_work",
    "epic_blocked_work",
    "carry_over",
    "review_bottleneck",
    "reviews_on_one_person",
    "knowledge_concentrated",
    "change_fail_rate_rising",
    "incident_load",
    "stale_dependencies",
    "unready_work",
    "epic_unready_work",
    "idle_pull_requests",
    "flaky_builds",
    "silent_project",
    "silent_epic",
];

/// What a rule is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Subject {
    /// A project.
    Project,
    /// An item that others stand below.
    Epic,
    /// A sprint.
    Sprint,
    /// A version of a project.
    Release,
    /// A repository.
    Repository,
    /// A team.
    Team,
}

impl Subject {
    /// Its name in SQL, API and headers.
    pub fn name(self) -> &'static str {
        match self {
            Subject::Project => "project",
            Subject::Epic => "epic",
            Subject::Sprint => "sprint",
            Subject::Release => "release",
            Subject::Repository => "repository",
            Subject::Team => "team",
        }
    }
}

impl std::str::FromStr for Subject {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        use Subject::{Epic, Project, Release, Repository, Sprint, Team};
        let all = [Project, Epic, Sprint, Release, Repository, Team];
        let found = all.into_iter().find(|subject| subject.name() == text);
        found.ok_or_else(|| Error::Setting(format!("`{text}` is not what a risk is about")))
    }
}

/// What a threshold is in, which says what it may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// A share or factor, from 0 to 100.
    Ratio,
    /// Whole days, from 1 to 3660.
    Days,
    /// As many days of the tenant's calendar: of working hours.
    WorkingDays,
    /// A number of things, from 0 to a million.
    Count,
}

impl Unit {
    /// Its name in headers.
    pub fn name(self) -> &'static str {
        match self {
            Unit::Ratio => "ratio",
            Unit::Days => "days",
            Unit::WorkingDays => "working days",
            Unit::Count => "count",
        }
    }

    /// What a value must be and is not; `None` when it may be had.
    pub(super) fn misfit(self, value: f64) -> Option<&'static str> {
        let (fits, is) = match self {
            Unit::Ratio => ((0.0..=100.0).contains(&value), "a number from 0 to 100"),
            Unit::Days | Unit::WorkingDays => {
                ((1.0..=3660.0).contains(&value) && value.fract() == 0.0, "whole days from 1 to 3660")
            }
            Unit::Count => ((0.0..=1e6).contains(&value), "a number from 0 to 1000000"),
        };
        (!fits).then_some(is)
    }
}

/// A number that a tenant may set.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Threshold {
    /// Its name.
    pub name: String,
    /// What it is unless a tenant says otherwise.
    pub default: f64,
    /// What it is in.
    pub unit: Unit,
    /// What it does.
    pub description: String,
}

/// A rule: what it looks for, and the statement that does.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Rule {
    /// Its name in SQL and API.
    pub name: String,
    /// Its name on a page.
    pub title: String,
    /// What it is about, where its statement does not say otherwise of a row.
    pub subject: Subject,
    /// Whether it asks for something to be closed, and finds it only where no work is open.
    pub closing: bool,
    /// How much of a project's risk a score of 1 is by itself, unless a tenant says otherwise. A rule that counts to no project is asked
    /// where it is above 0.
    pub weight: f64,
    /// What it looks for and what it leaves out.
    pub description: String,
    /// How the score is computed, in words.
    pub formula: String,
    /// What a tenant may set.
    pub thresholds: Vec<Threshold>,
    /// What it says, with its numbers in braces.
    pub sentence: Sentence,
    /// What the rows are that show what it found.
    pub evidence: metrics::Subject,
    /// Grows whenever its scores change for the same data.
    pub version: u32,
    /// Where it comes from.
    pub source: String,
    /// Its statement, with thresholds and the instant in braces.
    pub sql: String,
}

impl Rule {
    /// Whether what it finds counts to a project's risk. A team is in no project, and what is wrong with the items of an epic is found
    /// among those of their project already, by its own rule; where something is to be closed no work is open that could be late.
    pub fn counts(&self) -> bool {
        !self.closing && !matches!(self.subject, Subject::Epic | Subject::Team)
    }
}

/// Every rule.
///
/// # Errors
/// [`Error::Setting`] when a file's header is not whole, which a test rules out.
pub fn rules() -> Result<&'static [Rule]> {
    static RULES: OnceLock<Vec<Rule>> = OnceLock::new();
    if let Some(parsed) = RULES.get() {
        return Ok(parsed);
    }
    let parsed = FILES.iter().map(|(name, text)| parse(name, text)).collect::<Result<Vec<_>>>()?;
    Ok(RULES.get_or_init(|| parsed))
}

fn parse(file: &str, text: &str) -> Result<Rule> {
    let mut header = Header::read(format!("sql/risk/{file}.sql"), file, text);
    let mut rule = Rule {
        name: header.take("name")?,
        title: header.take("title")?,
        subject: header.parse("subject")?,
        closing: header.optional("closing")?.unwrap_or(false),
        weight: header.parse("weight")?,
        description: header.take("description")?,
        formula: header.take("formula")?,
        thresholds: header.take("thresholds")?.split(';').map(threshold).collect::<Result<_>>()?,
        sentence: header.parse("sentence")?,
        evidence: header.parse("evidence")?,
        version: header.parse("version")?,
        source: header.take("source")?,
        sql: String::new(),
    };
    rule.sql = with_parts(&header.statement(&rule.name)?);
    Ok(rule)
}

/// `name = default unit: what it does`
fn threshold(text: &str) -> Result<Threshold> {
    let refuse =
        || Error::Setting(format!("`{text}` is not a threshold such as `days = 28 days: how far back it looks`"));
    let (name, rest) = text.split_once('=').ok_or_else(refuse)?;
    let (value, description) = rest.split_once(':').ok_or_else(refuse)?;
    let (default, unit) = value.trim().split_once(' ').ok_or_else(refuse)?;
    let threshold = Threshold {
        name: name.trim().to_owned(),
        default: default.parse().map_err(|_| refuse())?,
        unit: match unit {
            "ratio" => Unit::Ratio,
            "days" => Unit::Days,
            "working days" => Unit::WorkingDays,
            "count" => Unit::Count,
            _ => return Err(refuse()),
        },
        description: description.trim().to_owned(),
    };
    match threshold.unit.misfit(threshold.default) {
        Some(is) => Err(Error::Setting(format!("`{text}`: it should be {is}"))),
        None => Ok(threshold),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_has_a_whole_header_and_is_in_the_catalogue() {
        let all = rules().unwrap();
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../sql/risk");
        let mut files: Vec<_> = std::fs::read_dir(folder)
            .unwrap()
            .map(|f| f.unwrap().file_name().into_string().unwrap().trim_end_matches(".sql").to_owned())
            .collect();
        let mut names: Vec<_> = all.iter().map(|rule| rule.name.clone()).collect();
        files.sort();
        names.sort();
        assert_eq!(files, names);
        for rule in all {
            assert!(rule.sql.contains("{as_of}") && !rule.sql.contains(';'), "{}", rule.name);
            assert!((0.0..1.0).contains(&rule.weight), "{}", rule.name);
            for name in rule.sentence.names() {
                assert!(rule.sql.contains(name), "{}: nothing is called {name}", rule.name);
            }
            for threshold in &rule.thresholds {
                assert!(rule.sql.contains(&format!("{{{}}}", threshold.name)), "{}: {}", rule.name, threshold.name);
                let ago = format!("{{{}_ago}}", threshold.name);
                assert_eq!(rule.sql.contains(&ago), threshold.unit == Unit::WorkingDays, "{}: {ago}", rule.name);
            }
        }
    }

    #[test]
    fn a_threshold_that_is_not_whole_is_refused() {
        let whole = threshold(" days = 28 days: how far back").unwrap();
        assert_eq!((whole.name.as_str(), whole.default, whole.unit), ("days", 28.0, Unit::Days));
        let whole = threshold("days = 2 working days: how long").unwrap();
        assert_eq!((whole.default, whole.unit), (2.0, Unit::WorkingDays));
        for wrong in ["days 28 days: x", "days = 28: x", "days = 28 weeks: x", "days = 28 days", "days = 0.5 days: x"] {
            assert!(threshold(wrong).is_err(), "{wrong}");
        }
    }
}
