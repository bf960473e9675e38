//! What the rows of evidence are of, and so what people call them and where they open them.

use super::Dimension;
use crate::{Error, Result};
use serde::Serialize;
use std::str::FromStr;

/// What `subject_id` of a metric's observations, or the evidence of a risk rule, is the id of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Subject {
    /// A merged pull request, or a commit that came without one.
    Change,
    /// A pull request.
    PullRequest,
    /// A review, which is called and opened as its pull request is.
    Review,
    /// A deployment.
    Deployment,
    /// A run of a build.
    Build,
    /// A release.
    Release,
    /// A work item.
    WorkItem,
    /// An incident.
    Incident,
    /// A forecast that was frozen; of risks alone.
    Forecast,
}

impl Subject {
    const ALL: [Self; 9] = [
        Self::Change,
        Self::PullRequest,
        Self::Review,
        Self::Deployment,
        Self::Build,
        Self::Release,
        Self::WorkItem,
        Self::Incident,
        Self::Forecast,
    ];

    /// Its name in the header of a metric or a risk rule.
    pub fn name(self) -> &'static str {
        match self {
            Self::Change => "change",
            Self::PullRequest => "pull_request",
            Self::Review => "review",
            Self::Deployment => "deployment",
            Self::Build => "build",
            Self::Release => "release",
            Self::WorkItem => "work_item",
            Self::Incident => "incident",
            Self::Forecast => "forecast",
        }
    }

    /// The rows, under the ids of these, that tell of a dimension where observations may be without it. A deployment has those of each
    /// change that it carried.
    pub(super) fn told_in(self, dimension: Dimension) -> Option<&'static str> {
        match (self, dimension) {
            (Self::WorkItem, Dimension::Class | Dimension::Kind | Dimension::Label) => Some("facts.work_items"),
            (Self::PullRequest, Dimension::Label) => Some("facts.pull_requests"),
            (Self::Change, Dimension::Label) => Some("facts.changes"),
            (Self::Review, Dimension::Label) => Some(
                "(SELECT reviews.id, pull_requests.labels FROM facts.reviews \
                 JOIN facts.pull_requests ON pull_requests.id = reviews.pull_request_id) AS reviews",
            ),
            (Self::Deployment, Dimension::Label) => Some(
                "(SELECT deployment_id AS id, labels FROM facts.changes WHERE deployment_id IS NOT NULL) AS deployments",
            ),
            _ => None,
        }
    }

    /// When each of those came about, `at`, that are a sign of life of its repository, project and teams; `None` of those that are not taken
    /// for one.
    pub(super) fn lives(self) -> Option<&'static str> {
        match self {
            Self::Change => Some(
                "(SELECT COALESCE(first_commit_at, merged_at, deployed_at) AS at, repository_id, project_id, team_id, owning_team_id \
                 FROM facts.changes)",
            ),
            Self::Deployment => Some(
                "(SELECT COALESCE(finished_at, started_at) AS at, repository_id, project_id, team_id, team_id AS owning_team_id \
                 FROM facts.deployments)",
            ),
            Self::WorkItem => Some(
                "(SELECT created_at AS at, repository_id, project_id, team_id, owning_team_id FROM facts.work_items)",
            ),
            _ => None,
        }
    }

    /// Those of which each is a sign of life.
    pub(super) fn signs_of_life() -> impl Iterator<Item = Self> {
        Self::ALL.into_iter().filter(|subject| subject.lives().is_some())
    }

    /// Each of them: `named_id`, `title` (what people call it) and `url` (where they open it), NULL where its source tells none.
    pub(crate) fn names(self) -> &'static str {
        match self {
            Self::Change => "SELECT id AS named_id, title, url FROM facts.changes",
            Self::PullRequest => "SELECT id AS named_id, title, url FROM facts.pull_requests",
            Self::Review => {
                "SELECT reviews.id AS named_id, pull_requests.title, pull_requests.url FROM facts.reviews \
                 JOIN facts.pull_requests ON pull_requests.id = reviews.pull_request_id"
            }
            Self::Deployment => {
                "SELECT id AS named_id, concat_ws(' ', environment, COALESCE(ref_name, substr(sha, 1, 10))) AS title, url \
                 FROM facts.deployments"
            }
            Self::Build => {
                "SELECT id AS named_id, concat_ws(' ', name, branch) AS title, url FROM core.builds WHERE deleted_at IS NULL"
            }
            Self::Release => {
                "SELECT id AS named_id, COALESCE(NULLIF(name, ''), tag) AS title, url FROM core.releases WHERE deleted_at IS NULL"
            }
            Self::WorkItem => "SELECT id AS named_id, concat_ws(' ', key, title) AS title, url FROM facts.work_items",
            Self::Incident => "SELECT id AS named_id, title, url FROM facts.incidents",
            Self::Forecast => {
                "SELECT id AS named_id, concat_ws(' ', subject_name, CAST(made_on AS VARCHAR)) AS title, CAST(NULL AS VARCHAR) AS url \
                 FROM facts.forecasts"
            }
        }
    }
}

impl FromStr for Subject {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        Self::ALL.into_iter().find(|subject| subject.name() == text).ok_or_else(|| {
            let known = Self::ALL.map(Self::name).join(", ");
            Error::Setting(format!("`{text}` is not what a row of evidence can be of; there are: {known}"))
        })
    }
}
