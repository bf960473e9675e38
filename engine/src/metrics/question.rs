//! What can be asked.

use super::Grain;
use crate::{Error, Result};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

/// What figures can be told apart by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Dimension {
    /// By repository.
    Repository,
    /// By project.
    Project,
    /// By the team of whoever made it: a change's author, a review's reviewer, an item's assignee.
    Team,
    /// By the team that owns the project that it belongs to.
    OwningTeam,
    /// By where the effort goes.
    Class,
    /// By a work item's type, as its source names it.
    Kind,
    /// The labels of a work item or a pull request, and so of what comes of this. One may have several, so that groups would overlap: it is a
    /// filter alone.
    Label,
    /// By an incident's severity.
    Severity,
    /// By the stage of flow.
    Stage,
}

impl Dimension {
    /// All that there are.
    pub const ALL: [Dimension; 9] = [
        Dimension::Repository,
        Dimension::Project,
        Dimension::Team,
        Dimension::OwningTeam,
        Dimension::Class,
        Dimension::Kind,
        Dimension::Label,
        Dimension::Severity,
        Dimension::Stage,
    ];

    /// What the facts of a work item have in columns of their own.
    pub(crate) const OF_ITEMS: [Dimension; 6] = [
        Dimension::Repository,
        Dimension::Project,
        Dimension::Team,
        Dimension::OwningTeam,
        Dimension::Class,
        Dimension::Kind,
    ];

    /// Where work is done, and by whom: what comes about at some time.
    pub(super) const PLACES: [Dimension; 4] =
        [Dimension::Repository, Dimension::Project, Dimension::Team, Dimension::OwningTeam];

    /// Its name in API and headers.
    pub fn name(self) -> &'static str {
        match self {
            Dimension::Repository => "repository",
            Dimension::Project => "project",
            Dimension::Team => "team",
            Dimension::OwningTeam => "owning_team",
            Dimension::Class => "class",
            Dimension::Kind => "kind",
            Dimension::Label => "label",
            Dimension::Severity => "severity",
            Dimension::Stage => "stage",
        }
    }

    pub(super) fn column(self) -> &'static str {
        match self {
            Dimension::Repository => "repository_id",
            Dimension::Project => "project_id",
            Dimension::Team => "team_id",
            Dimension::OwningTeam => "owning_team_id",
            Dimension::Class | Dimension::Kind | Dimension::Label | Dimension::Severity | Dimension::Stage => {
                self.name()
            }
        }
    }

    /// The table in core that says what its ids are called; `None` for words that stand for themselves.
    pub(super) fn table(self) -> Option<&'static str> {
        match self {
            Dimension::Repository => Some("repositories"),
            Dimension::Project => Some("projects"),
            Dimension::Team | Dimension::OwningTeam => Some("teams"),
            Dimension::Class | Dimension::Kind | Dimension::Label | Dimension::Severity | Dimension::Stage => None,
        }
    }
}

impl std::str::FromStr for Dimension {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        Self::ALL.into_iter().find(|d| d.name() == text).ok_or_else(|| {
            let known = Self::ALL.map(Dimension::name).join(", ");
            Error::Question(format!("`{text}` is not a dimension; there are: {known}"))
        })
    }
}

/// Which observations are looked at: those of any of these, by id or name. Empty means all.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Filter {
    /// Repositories.
    pub repositories: Vec<String>,
    /// Projects.
    pub projects: Vec<String>,
    /// Teams.
    pub teams: Vec<String>,
    /// Teams that own projects.
    pub owning_teams: Vec<String>,
    /// Classes of work items.
    pub classes: Vec<String>,
    /// Types of work items. Where none is named it is not written: an older version, which does not know it, reads the rest.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub kinds: Vec<String>,
    /// Labels of work items and pull requests, the latter's of reviews, changes and deployments, too. Written as types are.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub labels: Vec<String>,
    /// Severities of incidents.
    pub severities: Vec<String>,
    /// Stages of flow.
    pub stages: Vec<String>,
}

impl Filter {
    /// What is looked for of one dimension.
    pub fn of(&self, dimension: Dimension) -> &[String] {
        match dimension {
            Dimension::Repository => &self.repositories,
            Dimension::Project => &self.projects,
            Dimension::Team => &self.teams,
            Dimension::OwningTeam => &self.owning_teams,
            Dimension::Class => &self.classes,
            Dimension::Kind => &self.kinds,
            Dimension::Label => &self.labels,
            Dimension::Severity => &self.severities,
            Dimension::Stage => &self.stages,
        }
    }

    /// What is looked for anything of.
    pub fn dimensions(&self) -> impl Iterator<Item = Dimension> {
        Dimension::ALL.into_iter().filter(|dimension| !self.of(*dimension).is_empty())
    }

    /// The same, to add to.
    pub fn of_mut(&mut self, dimension: Dimension) -> &mut Vec<String> {
        match dimension {
            Dimension::Repository => &mut self.repositories,
            Dimension::Project => &mut self.projects,
            Dimension::Team => &mut self.teams,
            Dimension::OwningTeam => &mut self.owning_teams,
            Dimension::Class => &mut self.classes,
            Dimension::Kind => &mut self.kinds,
            Dimension::Label => &mut self.labels,
            Dimension::Severity => &mut self.severities,
            Dimension::Stage => &mut self.stages,
        }
    }
}

/// What a figure can be held against.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Compare {
    /// The span just before, of the same length: as many months where it is of whole months, else as many days.
    Previous,
    /// The same span a year earlier: 12 months by the month, else 364 days, which are 52 whole weeks.
    YearAgo,
    /// What the tenant aims at.
    Target,
}

impl Compare {
    /// All that there are.
    pub const ALL: [Compare; 3] = [Compare::Previous, Compare::YearAgo, Compare::Target];

    /// Its name in the API.
    pub fn name(self) -> &'static str {
        match self {
            Compare::Previous => "previous",
            Compare::YearAgo => "year_ago",
            Compare::Target => "target",
        }
    }
}

impl std::str::FromStr for Compare {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        Self::ALL.into_iter().find(|c| c.name() == text).ok_or_else(|| {
            let known = Self::ALL.map(Compare::name).join(", ");
            Error::Question(format!("there is no comparison with `{text}`; there are: {known}"))
        })
    }
}

/// A question about one metric.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Question {
    /// The metric's name.
    pub metric: String,
    /// The first day, in the tenant's time zone.
    pub from: NaiveDate,
    /// The first day that is no longer asked for.
    pub until: NaiveDate,
    /// How long a period is.
    pub grain: Grain,
    /// What to tell apart.
    #[serde(default)]
    pub by: Option<Dimension>,
    /// What to look at.
    #[serde(default)]
    pub filter: Filter,
    /// What to hold each group's figure against.
    #[serde(default)]
    pub compare: Option<Compare>,
}
