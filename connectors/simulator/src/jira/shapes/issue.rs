//! Issues.

use super::View;
use super::fields::{DEVELOPMENT, EPIC_LINK, RANK, SERVICE, SEVERITY, SPRINT, STORY_POINTS, TEAM};
use crate::world::commit::object_id;
use crate::world::jira::{Direction, Fields, Issue, IssueType, JiraComment, Link};
use serde_json::{Map, Value, json};

/// Cloud's search shows this many comments of an issue.
const COMMENTS_IN_SEARCH: usize = 20;

/// Which fields are asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// All but what Jira shows on an issue's own page alone.
    Navigable,
    /// All.
    All,
    /// Those, and with a minus before it all but those.
    Named(Vec<String>),
}

impl Wanted {
    /// What a list of names means, which may be empty.
    pub(crate) fn of(names: &[String], otherwise: Self) -> Self {
        if names.is_empty() {
            return otherwise;
        }
        if names.iter().any(|n| n == "*all") && names.len() == 1 {
            return Self::All;
        }
        if names.iter().any(|n| n == "*navigable") && names.len() == 1 {
            return Self::Navigable;
        }
        Self::Named(names.to_vec())
    }

    /// Whether nothing but ids and keys is asked for.
    pub(crate) fn is_keys_alone(&self) -> bool {
        matches!(self, Self::Named(names) if names.iter().all(|n| n == "id" || n == "key"))
    }

    /// Whether nothing but ids is asked for.
    pub(crate) fn is_id_alone(&self) -> bool {
        matches!(self, Self::Named(names) if names.iter().all(|n| n == "id"))
    }

    fn has(&self, field: &str) -> bool {
        match self {
            Self::Navigable => field != "comment",
            Self::All => true,
            Self::Named(names) => {
                let says = |word: &str| names.iter().any(|n| n == word);
                let minus = names.iter().any(|n| n.strip_prefix('-') == Some(field));
                let starts_full = says("*all") || (says("*navigable") && field != "comment");
                let only_minus = names.iter().all(|n| n.starts_with('-'));
                !minus && (says(field) || starts_full || (only_minus && field != "comment"))
            }
        }
    }
}

impl View<'_> {
    /// An issue with the fields that are wanted.
    pub(crate) fn issue(&self, issue: &Issue, wanted: &Wanted) -> Value {
        let mut shape = json!({
            "expand": "renderedFields,names,schema,operations,editmeta,changelog,versionedRepresentations",
            "id": issue.id.to_string(), "self": self.link(&format!("issue/{}", issue.id)),
            "key": self.site().key_of(&issue.fields),
        });
        if !wanted.is_keys_alone() {
            shape["fields"] = Value::Object(self.fields(issue, wanted));
        }
        shape
    }

    fn fields(&self, issue: &Issue, wanted: &Wanted) -> Map<String, Value> {
        let (site, of) = (self.site(), &issue.fields);
        let mut fields = Map::new();
        let mut put = |name: &str, value: &dyn Fn() -> Value| {
            if wanted.has(name) {
                fields.insert(name.to_owned(), value());
            }
        };
        put("summary", &|| json!(of.summary));
        put("description", &|| self.text(&of.description));
        put("issuetype", &|| self.issue_type(of.kind));
        put("project", &|| site.projects.get(&of.project).map_or(Value::Null, |p| self.project(p)));
        put("status", &|| self.status(of.status));
        put("resolution", &|| of.resolution.map_or(Value::Null, |r| self.named("resolution", r.names())));
        put("resolutiondate", &|| json!(issue.resolved_at.map(|t| self.time(t))));
        put("priority", &|| self.named("priority", of.priority.names()));
        put("assignee", &|| self.user(of.assignee.as_deref()));
        put("reporter", &|| self.user(issue.reporter.as_deref()));
        put("creator", &|| self.user(issue.reporter.as_deref()));
        put("created", &|| json!(self.time(issue.created_at)));
        put("updated", &|| json!(self.time(issue.updated_at)));
        put("duedate", &|| json!(of.due.map(|d| d.to_string())));
        put("labels", &|| json!(of.labels));
        let project = site.projects.get(&of.project);
        put("components", &|| {
            let known = of.components.iter().filter_map(|c| project?.components.get(c));
            known.map(|c| self.component(c)).collect()
        });
        put("fixVersions", &|| {
            let known = of.fix_versions.iter().filter_map(|v| project?.versions.get(v));
            known.map(|v| self.version(v)).collect()
        });
        put("versions", &|| {
            let known = of.affects_versions.iter().filter_map(|v| project?.versions.get(v));
            known.map(|v| self.version(v)).collect()
        });
        put("issuelinks", &|| issue.links.iter().filter_map(|l| self.issue_link(l)).collect());
        put("subtasks", &|| self.subtasks(issue));
        put("comment", &|| self.comment_page(issue));
        put(DEVELOPMENT, &|| json!(self.development_field(issue.id)));
        put(STORY_POINTS, &|| json!(of.story_points));
        put(RANK, &|| json!(format!("0|i{:07}:", of.rank)));
        put(SPRINT, &|| self.sprints(of));
        put(SEVERITY, &|| of.severity.map_or(Value::Null, |s| self.option(s.names())));
        put(SERVICE, &|| {
            let service = of.service.and_then(|s| Some((s, site.services.get(&s)?.as_str())));
            service.map_or(Value::Null, |s| self.option(s))
        });
        put(TEAM, &|| of.team.map_or(Value::Null, |t| self.team(t)));
        self.put_parent(of, wanted, &mut fields);
        fields
    }

    /// Cloud tells one parent. Data Center tells that of a sub-task, and the epic of all others in a field of its own.
    fn put_parent(&self, of: &Fields, wanted: &Wanted, fields: &mut Map<String, Value>) {
        let parent = of.parent.and_then(|p| self.site().issues.get(&p));
        let is_subtask = of.kind == IssueType::Subtask;
        if let Some(parent) = parent.filter(|_| wanted.has("parent") && (self.is_cloud() || is_subtask)) {
            fields.insert("parent".to_owned(), self.small_issue(parent));
        }
        if !self.is_cloud() && wanted.has(EPIC_LINK) {
            let epic = parent.filter(|_| !is_subtask).map(|p| self.site().key_of(&p.fields));
            fields.insert(EPIC_LINK.to_owned(), json!(epic));
        }
    }

    /// An issue as others tell of it.
    fn small_issue(&self, issue: &Issue) -> Value {
        json!({
            "id": issue.id.to_string(), "key": self.site().key_of(&issue.fields),
            "self": self.link(&format!("issue/{}", issue.id)),
            "fields": {
                "summary": issue.fields.summary, "status": self.status(issue.fields.status),
                "priority": self.named("priority", issue.fields.priority.names()),
                "issuetype": self.issue_type(issue.fields.kind),
            },
        })
    }

    fn subtasks(&self, of: &Issue) -> Value {
        if of.fields.kind.level() != 0 {
            return json!([]);
        }
        let parts = self.site().parts(of.id);
        parts.map(|i| self.small_issue(i)).collect()
    }

    fn issue_link(&self, link: &Link) -> Option<Value> {
        let other = self.site().issues.get(&link.other)?;
        let (id, name, outward, inward) = link.kind.names();
        let side = if link.direction == Direction::Outward { "outwardIssue" } else { "inwardIssue" };
        Some(json!({
            "id": link.id.to_string(), "self": self.link(&format!("issueLink/{}", link.id)),
            "type": {
                "id": id.to_string(), "name": name, "inward": inward, "outward": outward,
                "self": self.link(&format!("issueLinkType/{id}")),
            },
            side: self.small_issue(other),
        }))
    }

    /// An issue that was in no sprint has null.
    fn sprints(&self, of: &Fields) -> Value {
        let known: Vec<Value> =
            of.sprints.iter().filter_map(|s| self.site().sprints.get(s)).map(|s| self.sprint_of_issue(s)).collect();
        if known.is_empty() { Value::Null } else { Value::Array(known) }
    }

    /// A team: in Cloud an object with a long id, in Data Center a short id.
    fn team(&self, id: i64) -> Value {
        let Some(team) = self.world.teams.get(&id) else { return Value::Null };
        if !self.is_cloud() {
            return json!(self.team_id(id));
        }
        json!({"id": self.team_id(id), "name": team.name, "title": team.name, "avatarUrl": "", "isVisible": true, "isVerified": false, "isShared": true})
    }

    /// What a team is known by to who asks.
    pub(super) fn team_id(&self, id: i64) -> String {
        if !self.is_cloud() {
            return id.to_string();
        }
        let hex = object_id(&format!("team {id}"));
        let part = |from: usize, to: usize| hex.get(from..to).unwrap_or_default();
        format!("{}-{}-4{}-8{}-{}", part(0, 8), part(8, 12), part(12, 15), part(15, 18), part(18, 30))
    }

    fn option(&self, (id, value): (i64, &str)) -> Value {
        let mut shape = json!({
            "self": self.link(&format!("customFieldOption/{id}")), "value": value, "id": id.to_string(),
        });
        if !self.is_cloud() {
            shape["disabled"] = json!(false);
        }
        shape
    }

    /// Something with an id and a name.
    pub(crate) fn named(&self, path: &str, (id, name): (i64, &str)) -> Value {
        json!({"self": self.link(&format!("{path}/{id}")), "id": id.to_string(), "name": name})
    }

    /// The comments that come with an issue. Cloud shows the first twenty, and how many there are.
    fn comment_page(&self, issue: &Issue) -> Value {
        let total = issue.comments.len();
        let shown = if self.is_cloud() && !self.all_comments { COMMENTS_IN_SEARCH.min(total) } else { total };
        let comments: Vec<Value> = issue.comments.iter().take(shown).map(|c| self.comment(issue.id, c)).collect();
        json!({
            "comments": comments, "self": self.link(&format!("issue/{}/comment", issue.id)), "maxResults": shown,
            "total": total, "startAt": 0,
        })
    }

    /// A comment on an issue.
    pub(crate) fn comment(&self, issue: i64, comment: &JiraComment) -> Value {
        let author = self.user(comment.author.as_deref());
        let mut shape = json!({
            "self": self.link(&format!("issue/{issue}/comment/{}", comment.id)), "id": comment.id.to_string(),
            "author": author, "body": self.text(&comment.body), "updateAuthor": author,
            "created": self.time(comment.created_at), "updated": self.time(comment.updated_at),
        });
        if self.is_cloud() {
            shape["jsdPublic"] = json!(true);
        }
        shape
    }
}
