//! Issues with their comments, events and milestones.

use super::{Comment, Time};

/// Why an issue was closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CloseReason {
    /// It is done.
    Completed,
    /// It will not be done.
    NotPlanned,
    /// There is another issue for it.
    Duplicate,
}

/// An issue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issue {
    /// Its database id.
    pub id: i64,
    /// Its number, from the same row as pull requests' numbers.
    pub number: u64,
    /// Its title.
    pub title: String,
    /// Its text.
    pub body: String,
    /// When it was opened.
    pub created_at: Time,
    /// When anything of it changed last.
    pub updated_at: Time,
    /// When it was closed; an open issue has none.
    pub closed_at: Option<Time>,
    /// Why it was closed.
    pub close_reason: Option<CloseReason>,
    /// The issue that it is a part of.
    pub parent: Option<IssueReference>,
    /// The milestone's number in its repository.
    pub milestone: Option<u64>,
    /// Who opened it; `None` is a deleted account.
    pub author: Option<String>,
    /// Whose work it is, by login.
    pub assignees: Vec<String>,
    /// Names of its labels.
    pub labels: Vec<String>,
    /// Its comments, oldest first.
    pub comments: Vec<Comment>,
    /// What happened to it, oldest first.
    pub events: Vec<IssueEvent>,
}

impl Issue {
    /// Whether it is closed.
    pub fn is_closed(&self) -> bool {
        self.closed_at.is_some()
    }

    /// Whether it was closed once and is open now.
    pub fn is_reopened(&self) -> bool {
        !self.is_closed() && self.events.iter().any(|e| e.kind == IssueEventKind::Reopened)
    }
}

/// An issue somewhere in the organization.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IssueReference {
    /// The repository's database id.
    pub repository: i64,
    /// The issue's number.
    pub number: u64,
}

/// Something that happened to an issue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IssueEvent {
    /// Its id.
    pub id: i64,
    /// When it happened.
    pub created_at: Time,
    /// Who did it.
    pub actor: Option<String>,
    /// What happened.
    pub kind: IssueEventKind,
}

/// What happened to an issue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IssueEventKind {
    /// It was closed.
    Closed(CloseReason),
    /// It was opened again.
    Reopened,
    /// It got a label.
    Labeled(String),
    /// It lost a label.
    Unlabeled(String),
    /// It was given to somebody, by login.
    Assigned(String),
    /// It was taken from somebody, by login.
    Unassigned(String),
    /// It was planned for a milestone, by its title.
    Milestoned(String),
    /// It is planned for a milestone no more, by its title.
    Demilestoned(String),
}

/// A milestone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Milestone {
    /// Its number in its repository.
    pub number: u64,
    /// Its title.
    pub title: String,
    /// When it is due.
    pub due_on: Option<Time>,
    /// When it was made.
    pub created_at: Time,
    /// When it changed last.
    pub updated_at: Time,
    /// When it was closed; an open one has none.
    pub closed_at: Option<Time>,
}
