//! What can be asked.

use super::Grain;
use crate::{Error, Result};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

/// What figures can be told apart by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Dimension {
    /// By repository.
    Repository,
    /// By project.
    Project,
    /// By team.
    Team,
}

impl Dimension {
    /// Its name in API and headers.
    pub fn name(self) -> &'static str {
        match self {
            Dimension::Repository => "repository",
            Dimension::Project => "project",
            Dimension::Team => "team",
        }
    }

    pub(super) fn column(self) -> &'static str {
        match self {
            Dimension::Repository => "repository_id",
            Dimension::Project => "project_id",
            Dimension::Team => "team_id",
        }
    }

    pub(super) fn table(self) -> &'static str {
        match self {
            Dimension::Repository => "repositories",
            Dimension::Project => "projects",
            Dimension::Team => "teams",
        }
    }
}

impl std::str::FromStr for Dimension {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        match text {
            "repository" => Ok(Dimension::Repository),
            "project" => Ok(Dimension::Project),
            "team" => Ok(Dimension::Team),
            other => {
                Err(Error::Question(format!("`{other}` is not a dimension; there are: repository, project, team")))
            }
        }
    }
}

/// Which observations are looked at: those of any of these, by id or name. Empty means all.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Filter {
    /// Repositories.
    pub repositories: Vec<String>,
    /// Projects.
    pub projects: Vec<String>,
    /// Teams.
    pub teams: Vec<String>,
    /// Only what belongs to no repository, project or team: the group whose key is `None`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub without: Option<Dimension>,
}

/// A question about one metric.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
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
}
