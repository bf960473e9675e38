//! Projects with their components and versions, boards and sprints.

use crate::world::Time;
use chrono::NaiveDate;
use std::collections::{BTreeMap, BTreeSet};

/// A project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Project {
    /// Its id.
    pub id: i64,
    /// What its issues' keys begin with.
    pub key: String,
    /// What they began with before, oldest first.
    pub former_keys: Vec<String>,
    /// Its name.
    pub name: String,
    /// Who leads it, by login.
    pub lead: Option<String>,
    /// The team whose project it is, by its id on GitHub.
    pub team: Option<i64>,
    /// Components by id.
    pub components: BTreeMap<i64, Component>,
    /// Versions by id.
    pub versions: BTreeMap<i64, Version>,
    /// The number that the last issue got. Numbers are not given again.
    pub last_number: u64,
}

/// A part of what a project is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Component {
    /// Its id.
    pub id: i64,
    /// Its name.
    pub name: String,
    /// Who leads it, by login.
    pub lead: Option<String>,
}

/// A version that issues are fixed in, or are wrong in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version {
    /// Its id.
    pub id: i64,
    /// Its name.
    pub name: String,
    /// When work on it began.
    pub start_date: Option<NaiveDate>,
    /// When it was released, or is to be.
    pub release_date: Option<NaiveDate>,
    /// Whether it was released.
    pub is_released: bool,
    /// Whether nobody is to choose it any more.
    pub is_archived: bool,
}

/// How a board is worked with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BoardKind {
    /// In sprints.
    Scrum,
    /// Without.
    Kanban,
}

/// A board.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Board {
    /// Its id.
    pub id: i64,
    /// Its name.
    pub name: String,
    /// Whether it has sprints.
    pub kind: BoardKind,
    /// The project that it is in, whose issues it shows.
    pub project: i64,
    /// Other projects whose issues it shows, too.
    pub others: BTreeSet<i64>,
}

impl Board {
    /// Whether it shows a project's issues.
    pub fn shows(&self, project: i64) -> bool {
        self.project == project || self.others.contains(&project)
    }
}

/// How far a sprint is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SprintState {
    /// It is planned.
    Future,
    /// It is under way.
    Active,
    /// It is over.
    Closed,
}

impl SprintState {
    /// The word in the API.
    pub fn name(self) -> &'static str {
        match self {
            Self::Future => "future",
            Self::Active => "active",
            Self::Closed => "closed",
        }
    }
}

/// A sprint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sprint {
    /// Its id.
    pub id: i64,
    /// The board that it was made on.
    pub board: i64,
    /// Its name.
    pub name: String,
    /// What it is for.
    pub goal: String,
    /// How far it is.
    pub state: SprintState,
    /// When it was made.
    pub created_at: Time,
    /// When it began.
    pub start: Option<Time>,
    /// When it was to end.
    pub end: Option<Time>,
    /// When it did end.
    pub completed_at: Option<Time>,
}
