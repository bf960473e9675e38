//! Issues are opened, worked on, closed, reopened and deleted.

use crate::shapes;
use crate::world::{CloseReason, Issue, IssueEvent, IssueEventKind, World};
use serde_json::{Value, json};

impl World {
    /// An issue is opened with labels. Returns its number.
    pub fn open_issue(
        &mut self,
        repository: i64,
        author: &str,
        title: &str,
        body: &str,
        labels: &[&str],
    ) -> Option<u64> {
        let (id, now) = (self.next_id(), self.now);
        let found = self.repositories.get_mut(&repository)?;
        let number = found.next_number();
        let issue = Issue {
            id,
            number,
            title: title.to_owned(),
            body: body.to_owned(),
            created_at: now,
            updated_at: now,
            closed_at: None,
            close_reason: None,
            parent: None,
            milestone: None,
            author: Some(author.to_owned()),
            assignees: Vec::new(),
            labels: Vec::new(),
            comments: Vec::new(),
            events: Vec::new(),
        };
        found.issues.insert(number, issue);
        self.tell_issue(repository, number, author, "opened", json!({}));
        for label in labels {
            self.label_issue(repository, number, author, label);
        }
        Some(number)
    }

    /// An issue gets a label.
    pub fn label_issue(&mut self, repository: i64, number: u64, actor: &str, label: &str) {
        self.issue_event(repository, number, actor, IssueEventKind::Labeled(label.to_owned()), |i| {
            let has = i.labels.iter().any(|l| l == label);
            if !has {
                i.labels.push(label.to_owned());
            }
            !has
        });
    }

    /// An issue loses a label.
    pub fn unlabel_issue(&mut self, repository: i64, number: u64, actor: &str, label: &str) {
        self.issue_event(repository, number, actor, IssueEventKind::Unlabeled(label.to_owned()), |i| {
            let before = i.labels.len();
            i.labels.retain(|l| l != label);
            i.labels.len() < before
        });
    }

    /// An issue becomes somebody's work.
    pub fn assign_issue(&mut self, repository: i64, number: u64, actor: &str, assignee: &str) {
        self.issue_event(repository, number, actor, IssueEventKind::Assigned(assignee.to_owned()), |i| {
            let has = i.assignees.iter().any(|a| a == assignee);
            if !has {
                i.assignees.push(assignee.to_owned());
            }
            !has
        });
    }

    /// An issue is not somebody's work any more.
    pub fn unassign_issue(&mut self, repository: i64, number: u64, actor: &str, assignee: &str) {
        self.issue_event(repository, number, actor, IssueEventKind::Unassigned(assignee.to_owned()), |i| {
            let before = i.assignees.len();
            i.assignees.retain(|a| a != assignee);
            i.assignees.len() < before
        });
    }

    /// An issue is closed. Nothing happens to a closed one.
    pub fn close_issue(&mut self, repository: i64, number: u64, actor: &str, reason: CloseReason) {
        let now = self.now;
        self.issue_event(repository, number, actor, IssueEventKind::Closed(reason), |i| {
            let was_open = i.closed_at.is_none();
            if was_open {
                i.closed_at = Some(now);
                i.close_reason = Some(reason);
            }
            was_open
        });
    }

    /// A closed issue is opened again.
    pub fn reopen_issue(&mut self, repository: i64, number: u64, actor: &str) {
        self.issue_event(repository, number, actor, IssueEventKind::Reopened, |i| {
            i.close_reason = None;
            i.closed_at.take().is_some()
        });
    }

    /// An issue is planned for a milestone, or for none.
    pub fn plan_issue(&mut self, repository: i64, number: u64, actor: &str, milestone: Option<u64>) {
        let Some(found) = self.repositories.get(&repository) else { return };
        let before = found.issues.get(&number).and_then(|issue| issue.milestone);
        if before == milestone {
            return;
        }
        let title = |of: u64| found.milestones.get(&of).map(|milestone| milestone.title.clone());
        let (out, into) = (before.and_then(title), milestone.and_then(title));
        for kind in out.map(IssueEventKind::Demilestoned).into_iter().chain(into.map(IssueEventKind::Milestoned)) {
            self.issue_event(repository, number, actor, kind, |issue| {
                issue.milestone = milestone;
                true
            });
        }
    }

    /// Something of an issue is edited that leaves no event in its timeline: its text, milestone or parent.
    pub fn edit_issue(&mut self, repository: i64, number: u64, actor: &str, edit: impl FnOnce(&mut Issue)) {
        let now = self.now;
        let found = self.repositories.get_mut(&repository).and_then(|r| r.issues.get_mut(&number));
        let Some(issue) = found else { return };
        edit(issue);
        issue.updated_at = now;
        self.tell_issue(repository, number, actor, "edited", json!({"changes": {}}));
    }

    /// An issue is deleted. Its number is not given again.
    pub fn delete_issue(&mut self, repository: i64, number: u64, actor: &str) {
        self.tell_issue(repository, number, actor, "deleted", json!({}));
        if let Some(found) = self.repositories.get_mut(&repository) {
            found.issues.remove(&number);
        }
    }

    /// Changes an issue and notes the event, if the change says that something is different now.
    fn issue_event(
        &mut self,
        repository: i64,
        number: u64,
        actor: &str,
        kind: IssueEventKind,
        change: impl FnOnce(&mut Issue) -> bool,
    ) {
        let (id, now) = (self.next_id(), self.now);
        let found = self.repositories.get_mut(&repository).and_then(|r| r.issues.get_mut(&number));
        let Some(issue) = found else { return };
        if !change(issue) {
            return;
        }
        let (action, more) = match &kind {
            IssueEventKind::Closed(_) => ("closed", json!({})),
            IssueEventKind::Reopened => ("reopened", json!({})),
            IssueEventKind::Labeled(name) => ("labeled", json!({"label": {"name": name}})),
            IssueEventKind::Unlabeled(name) => ("unlabeled", json!({"label": {"name": name}})),
            IssueEventKind::Assigned(login) => ("assigned", json!({"assignee": {"login": login}})),
            IssueEventKind::Unassigned(login) => ("unassigned", json!({"assignee": {"login": login}})),
            IssueEventKind::Milestoned(title) => ("milestoned", json!({"milestone": {"title": title}})),
            IssueEventKind::Demilestoned(title) => ("demilestoned", json!({"milestone": {"title": title}})),
        };
        issue.events.push(IssueEvent { id, created_at: now, actor: Some(actor.to_owned()), kind });
        issue.updated_at = now;
        self.tell_issue(repository, number, actor, action, more);
    }

    fn tell_issue(&mut self, repository: i64, number: u64, actor: &str, action: &str, more: Value) {
        self.deliver("issues", repository, actor, |world, r| {
            let mut body =
                json!({"action": action, "issue": r.issues.get(&number).map(|i| shapes::issue(world, r, i))});
            if let (Some(body), Value::Object(more)) = (body.as_object_mut(), more) {
                body.extend(more);
            }
            body
        });
    }
}
