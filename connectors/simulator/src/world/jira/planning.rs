//! Users come and go, projects and boards are made, and sprints begin and end.

use super::{Board, BoardKind, Component, Project, Sprint, SprintState, User, Version};
use crate::jira::shapes;
use crate::world::{Time, World};
use chrono::NaiveDate;
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};

impl World {
    /// A user comes. Nothing happens when the login is taken.
    pub fn add_jira_user(&mut self, login: &str, display_name: &str) {
        let nth = self.jira.users.len();
        let email = format!("{login}@{}.example", self.organization.login);
        self.jira.users.entry(login.to_owned()).or_insert_with(|| User::new(login, display_name, &email, nth));
    }

    /// A user leaves. Their issues stay theirs.
    pub fn deactivate_jira_user(&mut self, login: &str) {
        if let Some(user) = self.jira.users.get_mut(login) {
            user.is_active = false;
        }
    }

    /// A project is made. Returns its id.
    pub fn create_jira_project(&mut self, key: &str, name: &str, lead: &str, team: Option<i64>) -> i64 {
        let id = self.jira.next_thing();
        let project = Project {
            id,
            key: key.to_owned(),
            former_keys: Vec::new(),
            name: name.to_owned(),
            lead: Some(lead.to_owned()),
            team,
            components: BTreeMap::new(),
            versions: BTreeMap::new(),
            last_number: 0,
        };
        self.jira.projects.insert(id, project);
        id
    }

    /// The component of a name, which is made when there is none. Returns its id.
    pub fn jira_component(&mut self, project: i64, name: &str) -> Option<i64> {
        let known = self.jira.projects.get(&project)?.components.values().find(|c| c.name == name).map(|c| c.id);
        if known.is_some() {
            return known;
        }
        let id = self.jira.next_thing();
        let found = self.jira.projects.get_mut(&project)?;
        let component = Component { id, name: name.to_owned(), lead: found.lead.clone() };
        found.components.insert(id, component);
        Some(id)
    }

    /// The option of the field Service that has a value, which is made when there is none. Returns its id.
    pub fn jira_service(&mut self, value: &str) -> i64 {
        let known = self.jira.services.iter().find(|(_, v)| *v == value).map(|(id, _)| *id);
        known.unwrap_or_else(|| {
            let id = self.jira.next_thing();
            self.jira.services.insert(id, value.to_owned());
            id
        })
    }

    /// A version is begun today. Returns its id.
    pub fn plan_jira_version(&mut self, project: i64, name: &str, release_date: Option<NaiveDate>) -> Option<i64> {
        let id = self.jira.next_thing();
        let (name, start_date) = (name.to_owned(), Some(self.now.date_naive()));
        let version = Version { id, name, start_date, release_date, is_released: false, is_archived: false };
        self.jira.projects.get_mut(&project)?.versions.insert(id, version);
        Some(id)
    }

    /// A version is released today, and those that were released before it are archived.
    pub fn release_jira_version(&mut self, project: i64, version: i64) {
        let today = self.now.date_naive();
        let Some(found) = self.jira.projects.get_mut(&project) else { return };
        for (id, known) in &mut found.versions {
            if *id == version {
                known.is_released = true;
                known.release_date = Some(today);
            } else {
                known.is_archived |= known.is_released;
            }
        }
    }

    /// A board is made for a project. Returns its id.
    pub fn create_jira_board(&mut self, name: &str, kind: BoardKind, project: i64) -> i64 {
        let id = self.jira.boards.len() as i64 + 1;
        self.jira.boards.insert(id, Board { id, name: name.to_owned(), kind, project, others: BTreeSet::new() });
        id
    }

    /// A sprint is planned. Returns its id.
    pub fn create_sprint(&mut self, board: i64, name: &str, goal: &str) -> i64 {
        let id = self.jira.sprints.keys().next_back().map_or(1, |last| last + 1);
        let sprint = Sprint {
            id,
            board,
            name: name.to_owned(),
            goal: goal.to_owned(),
            state: SprintState::Future,
            created_at: self.now,
            start: None,
            end: None,
            completed_at: None,
        };
        self.jira.sprints.insert(id, sprint);
        self.tell_sprint("sprint_created", id);
        id
    }

    /// A sprint begins now.
    pub fn start_sprint(&mut self, sprint: i64, end: Time) {
        let now = self.now;
        if let Some(sprint) = self.jira.sprints.get_mut(&sprint) {
            sprint.state = SprintState::Active;
            sprint.start = Some(now);
            sprint.end = Some(end);
        }
        self.tell_sprint("sprint_started", sprint);
    }

    /// A sprint's name or goal changes, or when it is to end.
    pub fn edit_sprint(&mut self, sprint: i64, edit: impl FnOnce(&mut Sprint)) {
        if let Some(sprint) = self.jira.sprints.get_mut(&sprint) {
            edit(sprint);
        }
        self.tell_sprint("sprint_updated", sprint);
    }

    /// A sprint is completed now. Issues that are not done stay in it until somebody edits them.
    pub fn close_sprint(&mut self, sprint: i64) {
        let now = self.now;
        if let Some(sprint) = self.jira.sprints.get_mut(&sprint) {
            sprint.state = SprintState::Closed;
            sprint.completed_at = Some(now);
        }
        self.tell_sprint("sprint_closed", sprint);
    }

    /// A sprint is deleted. Issues do not tell of it any more, and no history tells it.
    pub fn delete_sprint(&mut self, sprint: i64) {
        self.tell_sprint("sprint_deleted", sprint);
        self.jira.sprints.remove(&sprint);
        for issue in self.jira.issues.values_mut() {
            issue.fields.sprints.retain(|s| *s != sprint);
        }
    }

    fn tell_sprint(&mut self, event: &'static str, sprint: i64) {
        self.tell_jira(event, |world| {
            let view = shapes::View::of_webhooks(world);
            json!({"sprint": world.jira.sprints.get(&sprint).map(|s| view.agile_sprint(s))})
        });
    }
}
