//! What there is in Jira at one moment: users, projects, boards, sprints and issues with all that happened to them.
//!
//! The acts (`World::create_jira_issue`, `World::edit_jira_issue`, …) change it as people in Jira do: they write the history,
//! keep `updated` and make the webhooks' events. Ids are counted apart from GitHub's, so that neither changes the other.

mod acts;
mod development;
mod differences;
mod history;
mod issue;
mod planning;
mod project;
mod user;
mod words;

pub use history::{Field, History, Item};
pub use issue::{Direction, Fields, Issue, JiraComment, Link};
pub use project::{Board, BoardKind, Component, Project, Sprint, SprintState, Version};
pub use user::User;
pub use words::{Category, IssueType, LinkKind, Priority, Resolution, Severity, Status};

use crate::webhooks::JiraDelivery;
use std::collections::{BTreeMap, BTreeSet};

/// All of one Jira.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Site {
    /// Users by login, which for people who are on GitHub, too, is the same there.
    pub users: BTreeMap<String, User>,
    /// Projects by id.
    pub projects: BTreeMap<i64, Project>,
    /// Projects by id that are in Cloud's recycle bin.
    pub recycled: BTreeMap<i64, Project>,
    /// Boards by id.
    pub boards: BTreeMap<i64, Board>,
    /// Sprints by id.
    pub sprints: BTreeMap<i64, Sprint>,
    /// Issues by id.
    pub issues: BTreeMap<i64, Issue>,
    /// The options of the field Service by id.
    pub services: BTreeMap<i64, String>,
    /// What webhooks would have been sent, oldest first.
    pub deliveries: Vec<JiraDelivery>,
    /// Issues by every key that they have or had.
    keys: BTreeMap<String, i64>,
    /// Who is or was a part of what: the parent first.
    families: BTreeSet<(i64, i64)>,
    /// Issues, each with the repository and the number of a pull request that names it.
    developments: BTreeSet<(i64, i64, u64)>,
    last_issue: i64,
    last_entry: i64,
    last_thing: i64,
    last_delivery: i64,
}

impl Site {
    /// The key of an issue that has these fields.
    pub fn key_of(&self, fields: &Fields) -> String {
        let project = self.projects.get(&fields.project).map_or("", |p| p.key.as_str());
        format!("{project}-{}", fields.number)
    }

    /// The key of an issue.
    pub fn key(&self, issue: i64) -> Option<String> {
        self.issues.get(&issue).map(|i| self.key_of(&i.fields))
    }

    /// The issue of an id or a key, which may be one from before it was moved; upper and lower case are the same.
    pub fn issue(&self, id_or_key: &str) -> Option<&Issue> {
        let id = id_or_key.parse().ok().or_else(|| self.keys.get(&id_or_key.to_uppercase()).copied())?;
        self.issues.get(&id)
    }

    /// The project of an id, a key or a name; upper and lower case are the same.
    pub fn project(&self, name: &str) -> Option<&Project> {
        let is_it = |p: &&Project| p.key.eq_ignore_ascii_case(name) || p.name.eq_ignore_ascii_case(name);
        self.projects.values().find(|p| p.id.to_string() == name).or_else(|| self.projects.values().find(is_it))
    }

    /// The sprint that is under way on a board.
    pub fn active_sprint(&self, board: i64) -> Option<&Sprint> {
        self.sprints.values().rev().find(|s| s.board == board && s.state == SprintState::Active)
    }

    /// Issues that are a part of one.
    pub fn children(&self, of: i64) -> impl Iterator<Item = &Issue> {
        let known = self.families.range((of, i64::MIN)..=(of, i64::MAX));
        known.filter_map(|(_, child)| self.issues.get(child)).filter(move |i| i.fields.parent == Some(of))
    }

    /// Sub-tasks of an issue.
    pub fn parts(&self, of: i64) -> impl Iterator<Item = &Issue> {
        self.children(of).filter(|i| i.fields.kind == IssueType::Subtask)
    }

    /// The next free id of a history entry, a comment or a link.
    fn next_entry(&mut self) -> i64 {
        self.last_entry += 1;
        100_000 + self.last_entry
    }

    /// The next free id of a project, a board, a sprint, a version, a component or an option.
    fn next_thing(&mut self) -> i64 {
        self.last_thing += 1;
        10_100 + self.last_thing
    }
}
