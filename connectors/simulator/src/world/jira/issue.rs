//! Issues with their fields, links and comments.

use super::{History, IssueType, LinkKind, Priority, Resolution, Severity, Status};
use crate::world::Time;
use chrono::NaiveDate;
use std::collections::BTreeSet;

/// What of an issue can be edited. A change of it is an item in the history.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Fields {
    /// The project's id. It is changed by `World::move_jira_issue`, which gives the number.
    pub project: i64,
    /// The number in the project. A new issue gets it by itself.
    pub number: u64,
    /// What kind of issue it is.
    pub kind: IssueType,
    /// Where it is in the workflow.
    pub status: Status,
    /// How it came to its end.
    pub resolution: Option<Resolution>,
    /// How soon it should be done.
    pub priority: Priority,
    /// Its title.
    pub summary: String,
    /// Its text, with empty lines between paragraphs.
    pub description: String,
    /// Whose work it is, by login.
    pub assignee: Option<String>,
    /// Its labels.
    pub labels: BTreeSet<String>,
    /// The epic, or for a sub-task the issue, that it is a part of.
    pub parent: Option<i64>,
    /// The sprints that it was in, and the one that it is in.
    pub sprints: Vec<i64>,
    /// How much work it is thought to be.
    pub story_points: Option<f64>,
    /// How bad an incident is.
    pub severity: Option<Severity>,
    /// The service that is concerned: an option's id.
    pub service: Option<i64>,
    /// The team, by its id on GitHub.
    pub team: Option<i64>,
    /// Ids of components of its project.
    pub components: BTreeSet<i64>,
    /// Ids of versions of its project that it is fixed in.
    pub fix_versions: BTreeSet<i64>,
    /// Ids of versions of its project that it is wrong in.
    pub affects_versions: BTreeSet<i64>,
    /// When it should be done.
    pub due: Option<NaiveDate>,
    /// Its place in the backlog. Lower comes first.
    pub rank: i64,
}

/// An issue.
#[derive(Clone, Debug, PartialEq)]
pub struct Issue {
    /// Its id, which stays when it is moved.
    pub id: i64,
    /// When it was created.
    pub created_at: Time,
    /// When anything of it changed last.
    pub updated_at: Time,
    /// When it got its resolution.
    pub resolved_at: Option<Time>,
    /// Who created and reported it, by login.
    pub reporter: Option<String>,
    /// What it says.
    pub fields: Fields,
    /// Keys that it had before it was moved and that still lead to it.
    pub former_keys: Vec<String>,
    /// What it has to do with others.
    pub links: Vec<Link>,
    /// Its comments, oldest first.
    pub comments: Vec<JiraComment>,
    /// What happened to it, oldest first.
    pub histories: Vec<History>,
}

/// A comment on an issue in Jira.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JiraComment {
    /// Its id.
    pub id: i64,
    /// Who wrote it, by login.
    pub author: Option<String>,
    /// What it says.
    pub body: String,
    /// When it was written.
    pub created_at: Time,
    /// When it was edited last.
    pub updated_at: Time,
}

/// The side of a link that an issue is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// This issue blocks the other.
    Outward,
    /// This issue is blocked by the other.
    Inward,
}

/// A link, as one of its two issues has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// The id, which both sides have.
    pub id: i64,
    /// What the link says.
    pub kind: LinkKind,
    /// The side that this issue is on.
    pub direction: Direction,
    /// The other issue's id.
    pub other: i64,
}

impl Issue {
    /// Whether it is over.
    pub fn is_done(&self) -> bool {
        self.fields.status == Status::Done
    }
}
