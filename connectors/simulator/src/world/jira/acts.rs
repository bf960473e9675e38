//! Issues are created, edited, moved, linked, commented on and deleted.

use super::{Direction, Field, Fields, History, Issue, Item, JiraComment, Link, LinkKind, Status};
use crate::jira::shapes;
use crate::webhooks::JiraDelivery;
use crate::world::World;
use serde_json::{Value, json};

impl World {
    /// An issue is created. It gets its number and its place at the end of the backlog by itself. Returns its id.
    pub fn create_jira_issue(&mut self, mut fields: Fields, reporter: &str) -> Option<i64> {
        let (now, site) = (self.now, &mut self.jira);
        let project = site.projects.get_mut(&fields.project)?;
        project.last_number += 1;
        fields.number = project.last_number;
        site.last_issue += 1;
        let id = 10_000 + site.last_issue;
        fields.rank = site.last_issue * 1000;
        site.keys.insert(site.key_of(&fields), id);
        site.families.extend(fields.parent.map(|p| (p, id)));
        let issue = Issue {
            id,
            created_at: now,
            updated_at: now,
            resolved_at: fields.resolution.map(|_| now),
            reporter: Some(reporter.to_owned()),
            fields,
            former_keys: Vec::new(),
            links: Vec::new(),
            comments: Vec::new(),
            histories: Vec::new(),
        };
        site.issues.insert(id, issue);
        self.tell_jira_issue("jira:issue_created", id, reporter, json!({"issue_event_type_name": "issue_created"}));
        Some(id)
    }

    /// Fields of an issue are edited at once. Nothing happens when nothing is different then.
    pub fn edit_jira_issue(&mut self, id: i64, actor: &str, edit: impl FnOnce(&mut Fields)) -> Option<()> {
        self.edit_jira_issue_twice(id, actor, edit, |_| ())
    }

    /// Two edits that the history tells as one, as when a rule of Jira's own follows somebody's step.
    pub fn edit_jira_issue_twice(
        &mut self,
        id: i64,
        actor: &str,
        first: impl FnOnce(&mut Fields),
        then: impl FnOnce(&mut Fields),
    ) -> Option<()> {
        let before = self.jira.issues.get(&id)?.fields.clone();
        let mut between = before.clone();
        first(&mut between);
        let mut after = between.clone();
        then(&mut after);
        let mut items = self.jira.differences(&before, &between);
        items.extend(self.jira.differences(&between, &after));
        if items.is_empty() {
            return None;
        }
        self.note(id, actor, items, |issue| issue.fields = after);
        Some(())
    }

    /// An issue goes to another project with its sub-tasks. It gets a new key, and what belongs to the old project is lost.
    pub fn move_jira_issue(&mut self, id: i64, project: i64, actor: &str) -> Option<()> {
        let old = self.jira.key(id)?;
        let found = self.jira.projects.get_mut(&project)?;
        found.last_number += 1;
        let number = found.last_number;
        let is_subtask = self.jira.issues.get(&id)?.fields.kind.level() < 0;
        self.edit_jira_issue(id, actor, |f| {
            f.project = project;
            f.number = number;
            f.sprints.clear();
            f.components.clear();
            f.fix_versions.clear();
            f.affects_versions.clear();
            f.parent = f.parent.filter(|_| is_subtask);
        });
        self.jira.keys.insert(self.jira.key(id)?, id);
        self.jira.issues.get_mut(&id)?.former_keys.push(old);
        let parts: Vec<i64> = self.jira.parts(id).map(|c| c.id).collect();
        for part in parts {
            self.move_jira_issue(part, project, actor);
        }
        Some(())
    }

    /// A project gets another key, and so do its issues. Nothing else of these changes, and no history tells it.
    pub fn rename_jira_project(&mut self, project: i64, key: &str) -> Option<()> {
        let site = &mut self.jira;
        let found = site.projects.get_mut(&project)?;
        let former = std::mem::replace(&mut found.key, key.to_owned());
        found.former_keys.push(former);
        let issues = site.issues.values().filter(|issue| issue.fields.project == project);
        let keys: Vec<(String, i64)> = issues.map(|issue| (site.key_of(&issue.fields), issue.id)).collect();
        site.keys.extend(keys);
        Some(())
    }

    /// An issue is deleted with its sub-tasks. Links to it are gone, and no history tells it.
    pub fn delete_jira_issue(&mut self, id: i64, actor: &str) -> Option<()> {
        let parts: Vec<i64> = self.jira.parts(id).map(|c| c.id).collect();
        for part in parts {
            self.delete_jira_issue(part, actor);
        }
        self.tell_jira_issue("jira:issue_deleted", id, actor, json!({}));
        let key = self.jira.key(id)?;
        let gone = self.jira.issues.remove(&id)?;
        for key in gone.former_keys.iter().chain([&key]) {
            self.jira.keys.remove(key);
        }
        for link in gone.links {
            if let Some(other) = self.jira.issues.get_mut(&link.other) {
                other.links.retain(|l| l.id != link.id);
            }
        }
        Some(())
    }

    /// A comment is written. Returns its id.
    pub fn comment_jira_issue(&mut self, issue: i64, author: &str, body: &str) -> Option<i64> {
        let (id, now) = (self.jira.next_entry(), self.now);
        let found = self.jira.issues.get_mut(&issue)?;
        let (author, body) = (Some(author.to_owned()), body.to_owned());
        found.comments.push(JiraComment { id, author: author.clone(), body, created_at: now, updated_at: now });
        found.updated_at = now;
        if self.listening {
            let view = shapes::View::of_webhooks(self);
            let comment = self.jira.issues.get(&issue)?.comments.last().map(|c| view.comment(issue, c));
            self.tell_jira_issue(
                "comment_created",
                issue,
                author.as_deref().unwrap_or_default(),
                json!({"comment": comment}),
            );
        }
        Some(id)
    }

    /// Two issues are linked: `from` blocks `to`, or relates to it. Both tell it.
    pub fn link_jira_issues(&mut self, kind: LinkKind, from: i64, to: i64, actor: &str) -> Option<()> {
        let (from_key, to_key) = (self.jira.key(from)?, self.jira.key(to)?);
        let id = self.jira.next_entry();
        let (_, _, outward, inward) = kind.names();
        let sides = [(from, to, to_key, outward, Direction::Outward), (to, from, from_key, inward, Direction::Inward)];
        for (issue, other, key, words, direction) in sides {
            let to_string = Some(format!("This issue {words} {key}"));
            let item = Item { field: Field::Link, from: None, from_string: None, to: Some(key), to_string };
            self.note(issue, actor, vec![item], |i| i.links.push(Link { id, kind, direction, other }));
        }
        Some(())
    }

    /// Changes an issue and writes its history.
    fn note(&mut self, id: i64, actor: &str, items: Vec<Item>, change: impl FnOnce(&mut Issue)) {
        let (entry, now) = (self.jira.next_entry(), self.now);
        let Some(issue) = self.jira.issues.get_mut(&id) else { return };
        change(issue);
        if issue.fields.resolution.is_none() {
            issue.resolved_at = None;
        } else if items.iter().any(|i| i.field == Field::Resolution) {
            issue.resolved_at = Some(now);
        }
        issue.updated_at = now;
        self.jira.families.extend(issue.fields.parent.map(|p| (p, id)));
        let moves =
            |s: Status| items.iter().any(|i| i.field == Field::Status && i.to_string.as_deref() == Some(s.names().1));
        let name = if moves(Status::Done) {
            "issue_resolved"
        } else if items.iter().any(|i| i.field == Field::Assignee) {
            "issue_assigned"
        } else if items.iter().any(|i| i.field == Field::Project) {
            "issue_moved"
        } else {
            "issue_generic"
        };
        issue.histories.push(History { id: entry, author: Some(actor.to_owned()), created_at: now, items });
        if self.listening {
            let view = shapes::View::of_webhooks(self);
            let history = self.jira.issues.get(&id).and_then(|i| i.histories.last());
            let changelog = history.map(|h| json!({"id": h.id.to_string(), "items": view.items(&h.items)}));
            let more = json!({"issue_event_type_name": name, "changelog": changelog});
            self.tell_jira_issue("jira:issue_updated", id, actor, more);
        }
    }

    fn tell_jira_issue(&mut self, event: &'static str, id: i64, actor: &str, more: Value) {
        self.tell_jira(event, |world| {
            let view = shapes::View::of_webhooks(world);
            let mut body = json!({
                "user": view.user(Some(actor)),
                "issue": world.jira.issues.get(&id).map(|i| view.issue(i, &shapes::Wanted::Navigable)),
            });
            if let (Some(body), Value::Object(more)) = (body.as_object_mut(), more) {
                body.extend(more);
            }
            body
        });
    }

    /// Makes a webhook delivery, if somebody listens.
    pub(super) fn tell_jira(&mut self, event: &'static str, body: impl FnOnce(&Self) -> Value) {
        if !self.listening {
            return;
        }
        let mut payload = body(self);
        if let Some(payload) = payload.as_object_mut() {
            payload.insert("timestamp".to_owned(), json!(self.now.timestamp_millis()));
            payload.insert("webhookEvent".to_owned(), json!(event));
        }
        self.jira.last_delivery += 1;
        let delivery = JiraDelivery::new(event, self.jira.last_delivery, self.now, payload);
        self.jira.deliveries.push(delivery);
    }
}
