//! Deployments and their statuses.

use super::Time;

/// The state that a deployment's status tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeploymentState {
    /// It waits for a runner.
    Queued,
    /// It runs.
    InProgress,
    /// It is there.
    Success,
    /// It did not come there.
    Failure,
    /// A later deployment has taken its place.
    Inactive,
}

impl DeploymentState {
    /// The word in GraphQL; REST has the same in lower case.
    pub fn name(self) -> &'static str {
        match self {
            Self::Queued => "QUEUED",
            Self::InProgress => "IN_PROGRESS",
            Self::Success => "SUCCESS",
            Self::Failure => "FAILURE",
            Self::Inactive => "INACTIVE",
        }
    }
}

/// A deployment of a commit to an environment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deployment {
    /// Its database id.
    pub id: i64,
    /// The commit.
    pub sha: String,
    /// The branch that it was asked for by, if it was one.
    pub branch: Option<String>,
    /// Where to.
    pub environment: String,
    /// What is to be done: `deploy`, or a word of a team's own.
    pub task: String,
    /// What it says of itself.
    pub description: Option<String>,
    /// When it was asked for.
    pub created_at: Time,
    /// When it got its last status.
    pub updated_at: Time,
    /// Who asked for it.
    pub creator: Option<String>,
    /// Its statuses, oldest first.
    pub statuses: Vec<DeploymentStatus>,
}

impl Deployment {
    /// The state that its newest status tells.
    pub fn state(&self) -> Option<DeploymentState> {
        self.statuses.last().map(|s| s.state)
    }
}

/// A status of a deployment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeploymentStatus {
    /// Its database id.
    pub id: i64,
    /// The state.
    pub state: DeploymentState,
    /// When it was told.
    pub created_at: Time,
    /// What it says.
    pub description: Option<String>,
    /// Where the environment can be seen.
    pub environment_url: Option<String>,
    /// Where the log can be seen.
    pub log_url: Option<String>,
    /// Who told it.
    pub creator: Option<String>,
}
