//! What the flow of work items is made from: rows of core, as typed and borrowed structs. Times are microseconds since 1970.

/// A work item as its source tells it now.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct WorkItem<'a> {
    /// Its id.
    pub id: &'a str,
    /// The connection that told of it.
    pub connection: &'a str,
    /// Its project, when its source has projects.
    pub project_id: Option<&'a str>,
    /// The repository that it is in, when it is in one.
    pub repository_id: Option<&'a str>,
    /// The item above it.
    pub parent_id: Option<&'a str>,
    /// The name that people call it by.
    pub key: &'a str,
    /// Its title.
    pub title: Option<&'a str>,
    /// Where people open it.
    pub url: Option<&'a str>,
    /// Its type, as the source names it.
    pub kind: Option<&'a str>,
    /// Its type's id, where the source has types with a place in a hierarchy.
    pub type_id: Option<&'a str>,
    /// Its priority.
    pub priority: Option<&'a str>,
    /// The identity that it is assigned to.
    pub assignee_id: Option<&'a str>,
    /// Its status, as the source names it.
    pub status: Option<&'a str>,
    /// `todo`, `doing` or `done`.
    pub status_category: Option<&'a str>,
    /// Its estimate.
    pub points: Option<f64>,
    /// When it was made.
    pub created_at: Option<i64>,
    /// When it was resolved.
    pub resolved_at: Option<i64>,
    /// How it was closed, as the source names it.
    pub resolution: Option<&'a str>,
    /// The day that it is due, in days since 1970.
    pub due_on: Option<i32>,
    /// Its labels.
    pub labels: Vec<&'a str>,
}

impl<'a> WorkItem<'a> {
    /// Where it lives: its project, else its repository, else its connection.
    pub fn home_id(&self) -> &'a str {
        home(self.project_id, self.repository_id, self.connection)
    }
}

/// Where an item lives.
pub(crate) fn home<'a>(project: Option<&'a str>, repository: Option<&'a str>, connection: &'a str) -> &'a str {
    project.or(repository).unwrap_or(connection)
}

/// One change of one field of a work item.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Transition<'a> {
    /// Its id.
    pub id: &'a str,
    /// The item.
    pub work_item_id: &'a str,
    /// The field.
    pub field: &'a str,
    /// What it was.
    pub from: Option<&'a str>,
    /// What it became.
    pub to: Option<&'a str>,
    /// Of a change of status: the id of the one that it had, where the source says so.
    pub from_status: Option<&'a str>,
    /// The same of the one that it came to.
    pub to_status: Option<&'a str>,
    /// When.
    pub at: i64,
    /// Its place among the changes of the same instant.
    pub position: i64,
}

/// A sprint.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sprint<'a> {
    /// Its id.
    pub id: &'a str,
    /// Its name.
    pub name: Option<&'a str>,
    /// `future`, `active` or `closed`.
    pub state: Option<&'a str>,
    /// When it starts.
    pub starts_at: Option<i64>,
    /// When it is planned to end.
    pub ends_at: Option<i64>,
    /// When it was closed.
    pub completed_at: Option<i64>,
    /// The project that its source says it is of.
    pub project_id: Option<&'a str>,
    /// The board that it was made on.
    pub board_id: Option<&'a str>,
}

/// A stay of an item in a sprint.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SprintStay<'a> {
    /// The sprint.
    pub sprint_id: &'a str,
    /// The item.
    pub work_item_id: &'a str,
    /// When it came in; unknown of one that was always in.
    pub added_at: Option<i64>,
    /// When it went out.
    pub removed_at: Option<i64>,
}

/// All that is known of some work items, each list in any order.
#[derive(Debug, Default)]
pub struct ItemsInput<'a> {
    /// The items.
    pub items: Vec<WorkItem<'a>>,
    /// Their changes.
    pub transitions: Vec<Transition<'a>>,
    /// Their stays in sprints.
    pub sprint_stays: Vec<SprintStay<'a>>,
    /// The sprints that these name.
    pub sprints: Vec<Sprint<'a>>,
}
