//! What the model says: rows of facts, as typed structs. Times are microseconds since 1970.

use super::input::Deployment;
use std::borrow::Cow;

/// How it is known which deployment first carried a commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Lineage {
    /// By the commit graph.
    Sha,
    /// By time alone, since no SHA is known.
    Time,
    /// By a person's decision.
    Manual,
}

impl Lineage {
    /// The word in the tables.
    pub fn name(self) -> &'static str {
        match self {
            Lineage::Sha => "sha",
            Lineage::Time => "time",
            Lineage::Manual => "manual",
        }
    }
}

/// What shows that a deployment failed, or made up for one that did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// `incident`, `rollback`, `hotfix` or `revert`.
    pub rule: &'static str,
    /// The incident, deployment or commit that shows it.
    pub evidence: String,
    /// When it was made up for; `None` while it is not, or when its incidents contradict themselves.
    pub recovered_at: Option<i64>,
    /// Whether it still is to be made up for.
    pub is_open: bool,
}

/// A row of `facts.deployments`.
#[derive(Clone, Debug, PartialEq)]
pub struct DeploymentFact<'a> {
    /// The deployment as its source tells it.
    pub deployment: Deployment<'a>,
    /// Its repository.
    pub repository_id: &'a str,
    /// The project that its repository belongs to.
    pub project_id: Option<&'a str>,
    /// The team that owns that project.
    pub team_id: Option<&'a str>,
    /// The successful deployment to the same environment before it.
    pub previous_id: Option<&'a str>,
    /// Whether what it carried has no lead time, since nothing tells when it was really delivered.
    pub is_baseline: bool,
    /// How its commits were found.
    pub lineage: Option<Lineage>,
    /// How many commits it was the first to carry.
    pub commits: i64,
    /// Whether it put an older state back.
    pub is_rollback: bool,
    /// Why it counts as rework.
    pub rework_rule: Option<&'static str>,
    /// Why it would, whatever incident it was made for: by what its source calls it, or by what it repaired.
    pub own_rework_rule: Option<&'static str>,
    /// The deployment that it repaired.
    pub repairs_id: Option<&'a str>,
    /// What the history alone says of its failure.
    pub history: Option<Failure>,
    /// What is said of its failure, incidents included. Set by [`super::incidents`].
    pub failure: Option<Failure>,
}

impl DeploymentFact<'_> {
    /// Why it is not counted; `None` when it is.
    pub fn excluded(&self) -> Option<&'static str> {
        let deployment = &self.deployment;
        match deployment.status {
            _ if !deployment.is_production => Some("not production"),
            "succeeded" if deployment.finished_at.is_none() => Some("no finish time"),
            "succeeded" => None,
            "cancelled" => Some("cancelled"),
            "running" => Some("running"),
            _ => Some("failed"),
        }
    }

    /// Whether it was made to repair the one before, by its name.
    pub fn is_hotfix(&self) -> bool {
        self.deployment.kind == Some("hotfix")
    }

    /// Finished to recovered; NULL while it is open, missing or negative.
    pub fn recovery_seconds(&self) -> Option<f64> {
        seconds(self.deployment.finished_at, self.failure.as_ref()?.recovered_at)
    }
}

/// A row of `facts.deployment_commits`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Carried<'a> {
    /// The repository.
    pub repository_id: &'a str,
    /// The environment.
    pub environment: &'a str,
    /// The deployment.
    pub deployment_id: &'a str,
    /// The commit.
    pub sha: &'a str,
    /// How that is known.
    pub lineage: Lineage,
    /// When the deployment finished.
    pub deployed_at: i64,
}

/// A row of `facts.changes`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangeFact<'a> {
    /// The pull request's or commit's id.
    pub id: &'a str,
    /// Whether it is a pull request.
    pub is_pull_request: bool,
    /// Its repository.
    pub repository_id: &'a str,
    /// The project that its repository belongs to.
    pub project_id: Option<&'a str>,
    /// The team of its author, else the one that owns its project.
    pub team_id: Option<&'a str>,
    /// The team that owns its project.
    pub owning_team_id: Option<&'a str>,
    /// Who authored it.
    pub author_id: Option<&'a str>,
    /// Its title.
    pub title: Option<&'a str>,
    /// Where people open it, by what its repository is called now.
    pub url: Option<Cow<'a, str>>,
    /// Its merge commit, or itself.
    pub sha: Option<&'a str>,
    /// When its first commit was authored.
    pub first_commit_at: Option<i64>,
    /// When it was opened, or left draft.
    pub opened_at: Option<i64>,
    /// When another person first reviewed it.
    pub first_review_at: Option<i64>,
    /// When it was merged.
    pub merged_at: Option<i64>,
    /// The deployment that first carried it to production.
    pub delivery: Option<Delivery<'a>>,
    /// How many commits it is made of.
    pub commits: Option<i64>,
    /// Lines added.
    pub additions: Option<i64>,
    /// Lines deleted.
    pub deletions: Option<i64>,
    /// Its labels, of a pull request.
    pub labels: Vec<&'a str>,
}

/// How a change came to production.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Delivery<'a> {
    /// The deployment.
    pub deployment_id: &'a str,
    /// When it finished.
    pub at: i64,
    /// How that is known.
    pub lineage: Lineage,
    /// Whether nothing tells when it was really delivered, since the deployment is the first to any production
    /// environment.
    pub is_baseline: bool,
}

impl ChangeFact<'_> {
    /// First commit to opened.
    pub fn coding_seconds(&self) -> Option<f64> {
        seconds(self.first_commit_at, self.opened_at)
    }

    /// Opened to first review.
    pub fn pickup_seconds(&self) -> Option<f64> {
        seconds(self.opened_at, self.first_review_at)
    }

    /// First review to merged.
    pub fn review_seconds(&self) -> Option<f64> {
        seconds(self.first_review_at, self.merged_at)
    }

    /// Merged to deployed; NULL for what a baseline carried.
    pub fn deploy_seconds(&self) -> Option<f64> {
        seconds(self.merged_at, self.delivery.filter(|d| !d.is_baseline).map(|d| d.at))
    }

    /// Change lead time: first commit to deployed.
    pub fn lead_seconds(&self) -> Option<f64> {
        seconds(self.first_commit_at, self.delivery.filter(|d| !d.is_baseline).map(|d| d.at))
    }

    /// Why it has no lead time; `None` when it has one.
    pub fn excluded(&self) -> Option<&'static str> {
        match (&self.delivery, self.first_commit_at) {
            (None, _) => Some("not deployed"),
            (Some(delivery), _) if delivery.is_baseline => Some("baseline"),
            (Some(_), None) => Some("no first commit"),
            (Some(delivery), Some(first)) if delivery.at < first => Some("negative"),
            _ => None,
        }
    }
}

/// A row of `facts.incidents`.
#[derive(Clone, Debug, PartialEq)]
pub struct IncidentFact<'a> {
    /// The incident as its source tells it.
    pub incident: super::input::Incident<'a>,
    /// The service that failed.
    pub project_id: Option<&'a str>,
    /// The team that owns that service.
    pub team_id: Option<&'a str>,
    /// The repository of the deployment that caused it, or its own.
    pub repository_id: Option<&'a str>,
    /// The deployment that caused it.
    pub deployment_id: Option<&'a str>,
    /// `override`, `explicit`, `sha` or `window`.
    pub link_rule: Option<&'static str>,
    /// The window that was looked through, when that is the rule.
    pub link_window_seconds: Option<f64>,
    /// Why it is linked, or why not.
    pub link_reason: String,
    /// Whether it is to be resolved yet.
    pub is_open: bool,
    /// Why it is not counted; `None` when it is.
    pub excluded: Option<&'static str>,
}

/// From one time to another; NULL when either is missing or the difference is negative.
pub(crate) fn seconds(from: Option<i64>, until: Option<i64>) -> Option<f64> {
    let micros = until?.checked_sub(from?)?;
    (micros >= 0).then(|| micros as f64 / 1e6)
}
