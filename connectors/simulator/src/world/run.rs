//! Runs of workflows.

use super::Time;

/// How far a run is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RunStatus {
    /// It waits.
    Queued,
    /// It runs.
    InProgress,
    /// It ended well.
    Success,
    /// It ended badly.
    Failure,
    /// Somebody or a newer run stopped it.
    Cancelled,
}

impl RunStatus {
    /// GitHub's `status` and `conclusion`.
    pub fn names(self) -> (&'static str, Option<&'static str>) {
        match self {
            Self::Queued => ("queued", None),
            Self::InProgress => ("in_progress", None),
            Self::Success => ("completed", Some("success")),
            Self::Failure => ("completed", Some("failure")),
            Self::Cancelled => ("completed", Some("cancelled")),
        }
    }
}

/// A run of a workflow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorkflowRun {
    /// Its database id.
    pub id: i64,
    /// The workflow's id.
    pub workflow: i64,
    /// The workflow's name.
    pub name: String,
    /// Its number among the workflow's runs.
    pub number: u64,
    /// What set it off: `push`, `pull_request`, …
    pub event: String,
    /// The branch.
    pub branch: String,
    /// The commit.
    pub sha: String,
    /// The first line of the commit's message or the pull request's title.
    pub title: String,
    /// How far it is.
    pub status: RunStatus,
    /// Which attempt this is, from 1.
    pub attempt: u32,
    /// When it was asked for.
    pub created_at: Time,
    /// When this attempt began.
    pub started_at: Time,
    /// When anything of it changed last.
    pub updated_at: Time,
    /// Whose doing it is.
    pub actor: Option<String>,
    /// What came of its earlier attempts, the first one first.
    pub earlier: Vec<Attempt>,
}

/// An attempt of a run that another followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// How it ended.
    pub status: RunStatus,
    /// When it began.
    pub started_at: Time,
    /// When it ended.
    pub updated_at: Time,
}

impl WorkflowRun {
    /// The run as it was at one of its attempts.
    pub fn at(&self, attempt: u32) -> Option<Self> {
        if attempt == self.attempt {
            return Some(self.clone());
        }
        let index = usize::try_from(attempt.checked_sub(1)?).ok()?;
        let Attempt { status, started_at, updated_at } = *self.earlier.get(index)?;
        Some(Self {
            status,
            started_at,
            updated_at,
            attempt,
            earlier: self.earlier.iter().take(index).copied().collect(),
            ..self.clone()
        })
    }
}
