//! What happened to an issue, as its changelog tells it.

use crate::world::Time;

/// A field that a history tells of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Field {
    /// The title.
    Summary,
    /// The text.
    Description,
    /// The place in the workflow.
    Status,
    /// How it came to its end.
    Resolution,
    /// Whose work it is.
    Assignee,
    /// How soon it should be done.
    Priority,
    /// All labels, with blanks between them.
    Labels,
    /// What kind of issue it is.
    IssueType,
    /// The project.
    Project,
    /// The key, when the project changes.
    Key,
    /// The issue that a sub-task is a part of.
    Parent,
    /// The epic that another issue is a part of.
    Epic,
    /// All sprints, with commas between them.
    Sprint,
    /// How much work it is thought to be.
    StoryPoints,
    /// How bad an incident is.
    Severity,
    /// The service that is concerned.
    Service,
    /// The team.
    Team,
    /// One component that came or went.
    Component,
    /// One version that it is fixed in that came or went.
    FixVersion,
    /// One version that it is wrong in that came or went.
    AffectsVersion,
    /// When it should be done.
    DueDate,
    /// The place in the backlog.
    Rank,
    /// One link that came or went.
    Link,
}

/// One change. The text of an id is what it was called then.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// What changed.
    pub field: Field,
    /// The id of what it was. For assignees this is a login.
    pub from: Option<String>,
    /// What it was, in words.
    pub from_string: Option<String>,
    /// The id of what it is.
    pub to: Option<String>,
    /// What it is, in words.
    pub to_string: Option<String>,
}

/// Changes that were made at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct History {
    /// Its id.
    pub id: i64,
    /// Who made them, by login.
    pub author: Option<String>,
    /// When.
    pub created_at: Time,
    /// What changed; a field may be there more than once.
    pub items: Vec<Item>,
}
