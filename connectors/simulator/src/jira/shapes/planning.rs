//! Projects, boards, sprints, versions and components.

use super::View;
use crate::world::Time;
use crate::world::jira::{Board, BoardKind, Component, IssueType, Project, Sprint, Status, Version};
use chrono::SecondsFormat;
use serde_json::{Value, json};

impl View<'_> {
    /// A project.
    pub(crate) fn project(&self, project: &Project) -> Value {
        let mut shape = json!({
            "self": self.link(&format!("project/{}", project.id)),
            "id": project.id.to_string(), "key": project.key, "name": project.name, "projectTypeKey": "software",
            "avatarUrls": {"48x48": format!("{}/secure/projectavatar?pid={}", self.base, project.id)},
        });
        if self.is_cloud() {
            shape["simplified"] = json!(false);
            shape["style"] = json!("classic");
            shape["isPrivate"] = json!(false);
            shape["properties"] = json!({});
        }
        shape
    }

    /// A status.
    pub(crate) fn status(&self, status: Status) -> Value {
        let (id, name) = status.names();
        let (category, key, category_name) = status.category().names();
        let color = ["blue-gray", "green", "yellow"].get((category - 2) as usize);
        json!({
            "self": self.link(&format!("status/{id}")), "description": "", "iconUrl": format!("{}/", self.base),
            "name": name, "id": id.to_string(),
            "statusCategory": {
                "self": self.link(&format!("statuscategory/{category}")), "id": category, "key": key,
                "colorName": color, "name": category_name,
            },
        })
    }

    /// A type of issues.
    pub(crate) fn issue_type(&self, kind: IssueType) -> Value {
        let (id, name) = kind.names();
        let mut shape = json!({
            "self": self.link(&format!("issuetype/{id}")), "id": id.to_string(), "description": "", "name": name,
            "iconUrl": format!("{}/images/icons/issuetypes/{id}.png", self.base), "subtask": kind.level() < 0,
        });
        if self.is_cloud() {
            shape["hierarchyLevel"] = json!(kind.level());
        }
        shape
    }

    /// A version, as an issue tells it.
    pub(crate) fn version(&self, version: &Version) -> Value {
        let mut shape = json!({
            "self": self.link(&format!("version/{}", version.id)), "id": version.id.to_string(), "name": version.name,
            "archived": version.is_archived, "released": version.is_released,
        });
        if let Some(date) = version.release_date {
            shape["releaseDate"] = json!(date.to_string());
        }
        shape
    }

    /// A version, as its project tells it.
    pub(crate) fn whole_version(&self, project: &Project, version: &Version) -> Value {
        let mut shape = self.version(version);
        shape["projectId"] = json!(project.id);
        if let Some(date) = version.start_date {
            shape["startDate"] = json!(date.to_string());
        }
        shape
    }

    /// A component, as an issue tells it.
    pub(crate) fn component(&self, component: &Component) -> Value {
        let id = component.id;
        json!({"self": self.link(&format!("component/{id}")), "id": id.to_string(), "name": component.name})
    }

    /// A component, as its project tells it.
    pub(crate) fn whole_component(&self, project: &Project, component: &Component) -> Value {
        let mut shape = self.component(component);
        shape["project"] = json!(project.key);
        shape["projectId"] = json!(project.id);
        shape["assigneeType"] = json!("PROJECT_DEFAULT");
        if component.lead.is_some() {
            shape["lead"] = self.user(component.lead.as_deref());
        }
        shape
    }

    /// A board.
    pub(crate) fn board(&self, board: &Board) -> Value {
        let kind = if board.kind == BoardKind::Scrum { "scrum" } else { "kanban" };
        let mut shape = json!({
            "id": board.id, "self": self.agile_link(&format!("board/{}", board.id)), "name": board.name, "type": kind,
        });
        if let Some(project) = self.site().projects.get(&board.project).filter(|_| self.is_cloud()) {
            let display_name = format!("{} ({})", project.name, project.key);
            shape["location"] = json!({
                "projectId": project.id, "displayName": display_name, "projectName": project.name,
                "projectKey": project.key, "projectTypeKey": "software", "name": display_name,
            });
        }
        shape
    }

    /// How a board is set up: its columns, and what it estimates by.
    pub(crate) fn board_configuration(&self, board: &Board) -> Value {
        let column = |name: &str, statuses: &[Status]| {
            let status = |s: &Status| {
                let id = s.names().0;
                json!({"id": id.to_string(), "self": self.link(&format!("status/{id}"))})
            };
            json!({"name": name, "statuses": statuses.iter().map(status).collect::<Vec<_>>()})
        };
        let mut shape = self.board(board);
        shape["filter"] =
            json!({"id": (10000 + board.id).to_string(), "self": self.link(&format!("filter/{}", 10000 + board.id))});
        shape["columnConfig"] = json!({
            "columns": [
                column("To Do", &[Status::ToDo]),
                column("In Progress", &[Status::InProgress, Status::Blocked]),
                column("In Review", &[Status::InReview]),
                column("Done", &[Status::Done]),
            ],
            "constraintType": "issueCount",
        });
        if board.kind == BoardKind::Scrum {
            let field = json!({"fieldId": super::fields::STORY_POINTS, "displayName": "Story Points"});
            shape["estimation"] = json!({"type": "field", "field": field});
        }
        shape["ranking"] = json!({"rankCustomFieldId": 10019});
        shape
    }

    /// A sprint as `/rest/agile` and webhooks tell it.
    pub(crate) fn agile_sprint(&self, sprint: &Sprint) -> Value {
        let mut shape = json!({
            "id": sprint.id, "self": self.agile_link(&format!("sprint/{}", sprint.id)), "state": sprint.state.name(),
            "name": sprint.name, "originBoardId": sprint.board, "goal": sprint.goal,
        });
        let times = [
            ("createdDate", Some(sprint.created_at).filter(|_| self.is_cloud())),
            ("startDate", sprint.start),
            ("endDate", sprint.end),
            ("completeDate", sprint.completed_at),
        ];
        for (name, time) in times {
            if let Some(time) = time {
                shape[name] = json!(self.agile_time(time));
            }
        }
        shape
    }

    /// A sprint as an issue tells it: in Data Center this is a string.
    pub(super) fn sprint_of_issue(&self, sprint: &Sprint) -> Value {
        if self.is_cloud() {
            let mut shape = json!({
                "id": sprint.id, "name": sprint.name, "state": sprint.state.name(), "boardId": sprint.board,
                "goal": sprint.goal,
            });
            let times = [("startDate", sprint.start), ("endDate", sprint.end), ("completeDate", sprint.completed_at)];
            for (name, time) in times {
                if let Some(time) = time {
                    shape[name] = json!(self.agile_time(time));
                }
            }
            return shape;
        }
        let time = |time: Option<Time>| time.map_or_else(|| "<null>".to_owned(), |t| self.agile_time(t));
        json!(format!(
            "com.atlassian.greenhopper.service.sprint.Sprint@{:x}[id={},rapidViewId={},state={},name={},startDate={},\
             endDate={},completeDate={},activatedDate={},sequence={},goal={},autoStartStop=false,synced=false]",
            0x5f3a_0000 + sprint.id,
            sprint.id,
            sprint.board,
            sprint.state.name().to_uppercase(),
            sprint.name,
            time(sprint.start),
            time(sprint.end),
            time(sprint.completed_at),
            time(sprint.start),
            sprint.id,
            sprint.goal,
        ))
    }

    /// Cloud's `/rest/agile` tells times in UTC, Data Center's in the zone with a colon.
    fn agile_time(&self, time: Time) -> String {
        if self.is_cloud() {
            return time.to_rfc3339_opts(SecondsFormat::Millis, true);
        }
        time.with_timezone(&self.zone.offset(time)).format("%Y-%m-%dT%H:%M:%S%.3f%:z").to_string()
    }

    fn agile_link(&self, path: &str) -> String {
        format!("{}/rest/agile/1.0/{path}", self.base)
    }
}
