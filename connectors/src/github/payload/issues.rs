//! Issues.

use super::{Account, Nodes, Number};
use serde::Deserialize;

/// Stream `issues`.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct Issue {
    pub(crate) title: Option<String>,
    pub(crate) body: Option<String>,
    pub(crate) url: Option<String>,
    pub(crate) state: Option<String>,
    pub(crate) state_reason: Option<String>,
    pub(crate) created_at: Option<String>,
    pub(crate) closed_at: Option<String>,
    pub(crate) parent: Option<Parent>,
    pub(crate) milestone: Option<Milestone>,
    pub(crate) author: Option<Account>,
    pub(crate) assignees: Nodes<Account>,
    pub(crate) labels: Nodes<Label>,
    pub(crate) comments: Nodes<Comment>,
    pub(crate) timeline_items: Nodes<Event>,
}

/// The issue above it, which may be another repository's.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Parent {
    pub(crate) number: Option<u64>,
    pub(crate) repository: Option<ParentRepository>,
}

/// The repository of the issue above.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct ParentRepository {
    pub(crate) database_id: Option<u64>,
}

/// Stream `milestones`; and the milestone of an issue, which tells no more than its number and the day that it is due.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct Milestone {
    pub(crate) number: Option<u64>,
    pub(crate) title: Option<String>,
    pub(crate) state: Option<String>,
    pub(crate) due_on: Option<String>,
    pub(crate) closed_at: Option<String>,
}

/// A label.
#[derive(Debug, Deserialize)]
pub(crate) struct Label {
    pub(crate) name: String,
}

/// A comment, on an issue or a pull request, or in a thread.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct Comment {
    pub(crate) database_id: Option<Number>,
    pub(crate) full_database_id: Option<Number>,
    /// Told in a thread alone: `PENDING` until the review is submitted that it is of.
    pub(crate) state: Option<String>,
    pub(crate) created_at: Option<String>,
    pub(crate) author: Option<Account>,
}

/// A thread of a review: comments on one place of the code.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct Thread {
    pub(crate) id: Option<String>,
    pub(crate) is_resolved: Option<bool>,
    pub(crate) comments: Nodes<Comment>,
}

/// Something that happened to an issue.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct Event {
    #[serde(rename = "__typename")]
    pub(crate) kind: String,
    pub(crate) id: Option<String>,
    pub(crate) created_at: Option<String>,
    pub(crate) actor: Option<Account>,
    pub(crate) label: Option<Label>,
    pub(crate) assignee: Option<Account>,
    /// What the milestone was called then.
    pub(crate) milestone_title: Option<String>,
    /// How it was closed.
    pub(crate) state_reason: Option<String>,
}
