//! The words that issues are described by, with the ids that Jira knows them by.

/// What a status means to Jira.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Category {
    /// Nobody has begun.
    New,
    /// Somebody is at it.
    Indeterminate,
    /// It is over.
    Done,
}

impl Category {
    /// The id, the key and the name.
    pub fn names(self) -> (i64, &'static str, &'static str) {
        match self {
            Self::New => (2, "new", "To Do"),
            Self::Indeterminate => (4, "indeterminate", "In Progress"),
            Self::Done => (3, "done", "Done"),
        }
    }
}

/// Where an issue is in the workflow.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Status {
    /// Nobody has begun.
    #[default]
    ToDo,
    /// Somebody is at it.
    InProgress,
    /// Somebody looks at what was done.
    InReview,
    /// It cannot go on.
    Blocked,
    /// It is over.
    Done,
}

impl Status {
    /// All of them, in the workflow's order.
    pub const ALL: [Self; 5] = [Self::ToDo, Self::InProgress, Self::InReview, Self::Blocked, Self::Done];

    /// The id and the name.
    pub fn names(self) -> (i64, &'static str) {
        match self {
            Self::ToDo => (10000, "To Do"),
            Self::InProgress => (3, "In Progress"),
            Self::InReview => (10001, "In Review"),
            Self::Blocked => (10002, "Blocked"),
            Self::Done => (10003, "Done"),
        }
    }

    /// What it means to Jira.
    pub fn category(self) -> Category {
        match self {
            Self::ToDo => Category::New,
            Self::InProgress | Self::InReview | Self::Blocked => Category::Indeterminate,
            Self::Done => Category::Done,
        }
    }
}

/// What kind of issue it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum IssueType {
    /// Something large, made of others.
    Epic,
    /// Something that a user wishes for.
    Story,
    /// Something to be done.
    #[default]
    Task,
    /// Something that is wrong.
    Bug,
    /// A part of another issue.
    Subtask,
    /// Production is broken.
    Incident,
}

impl IssueType {
    /// All of them.
    pub const ALL: [Self; 6] = [Self::Epic, Self::Story, Self::Task, Self::Bug, Self::Subtask, Self::Incident];

    /// The id and the name.
    pub fn names(self) -> (i64, &'static str) {
        match self {
            Self::Epic => (10000, "Epic"),
            Self::Story => (10001, "Story"),
            Self::Task => (10002, "Task"),
            Self::Subtask => (10003, "Sub-task"),
            Self::Bug => (10004, "Bug"),
            Self::Incident => (10005, "Incident"),
        }
    }

    /// How far up it is: an Epic 1, a Sub-task -1, all others 0.
    pub fn level(self) -> i32 {
        match self {
            Self::Epic => 1,
            Self::Subtask => -1,
            Self::Story | Self::Task | Self::Bug | Self::Incident => 0,
        }
    }
}

/// How soon something should be done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Priority {
    /// At once.
    Highest,
    /// Soon.
    High,
    /// In its turn.
    #[default]
    Medium,
    /// Later.
    Low,
    /// Whenever.
    Lowest,
}

impl Priority {
    /// All of them, the most urgent first.
    pub const ALL: [Self; 5] = [Self::Highest, Self::High, Self::Medium, Self::Low, Self::Lowest];

    /// The id and the name.
    pub fn names(self) -> (i64, &'static str) {
        match self {
            Self::Highest => (1, "Highest"),
            Self::High => (2, "High"),
            Self::Medium => (3, "Medium"),
            Self::Low => (4, "Low"),
            Self::Lowest => (5, "Lowest"),
        }
    }
}

/// How an issue came to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resolution {
    /// It was done.
    Done,
    /// It will not be done.
    WontDo,
    /// There is another issue for it.
    Duplicate,
    /// Nobody else has seen it.
    CannotReproduce,
    /// A fix was deployed.
    Fixed,
    /// What was there before was deployed again.
    RolledBack,
}

impl Resolution {
    /// The id and the name.
    pub fn names(self) -> (i64, &'static str) {
        match self {
            Self::Done => (10000, "Done"),
            Self::WontDo => (10001, "Won't Do"),
            Self::Duplicate => (10002, "Duplicate"),
            Self::CannotReproduce => (10003, "Cannot Reproduce"),
            Self::Fixed => (10004, "Fixed"),
            Self::RolledBack => (10005, "Rolled Back"),
        }
    }
}

/// How bad an incident is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    /// Customers cannot buy.
    Sev1,
    /// Something does not work.
    Sev2,
    /// Something is not as it should be.
    Sev3,
}

impl Severity {
    /// The option's id and its value.
    pub fn names(self) -> (i64, &'static str) {
        match self {
            Self::Sev1 => (10030, "SEV1"),
            Self::Sev2 => (10031, "SEV2"),
            Self::Sev3 => (10032, "SEV3"),
        }
    }
}

/// What one issue is to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkKind {
    /// One has to be done before the other.
    Blocks,
    /// They have to do with one another.
    Relates,
}

impl LinkKind {
    /// The id, the name, and how it reads from the one side and from the other.
    pub fn names(self) -> (i64, &'static str, &'static str, &'static str) {
        match self {
            Self::Blocks => (10000, "Blocks", "blocks", "is blocked by"),
            Self::Relates => (10003, "Relates", "relates to", "relates to"),
        }
    }
}
