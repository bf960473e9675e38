//! Issues are taken up, looked at and finished, mostly because of what happens on GitHub.

use super::enter;
use crate::story::{Errand, Scene};
use crate::world::jira::{Fields, IssueType, LinkKind, Resolution, Status};

impl Scene<'_> {
    /// Somebody who begins to work in a repository takes up an issue of the team's project. Returns its id.
    pub(in crate::story) fn take_up(&mut self, repository: i64, author: &str) -> Option<i64> {
        let project = self.project_at(repository)?;
        let desk = self.story.tracker.desks.get(&project)?;
        let (committed, backlog, sprint) = (desk.committed.clone(), desk.backlog.clone(), desk.sprint);
        let waiting: Vec<i64> = committed.into_iter().filter(|id| self.waits(*id, project)).collect();
        let is_free = |id: i64| {
            let assignee = self.ticket(id).and_then(|i| i.fields.assignee.as_deref());
            assignee.is_none_or(|a| a == author)
        };
        let own = waiting.iter().copied().find(|id| is_free(*id));
        // What a colleague did not begin is taken over before something new is begun.
        let planned = waiting.iter().copied().find(|id| sprint.is_some() && self.open_sprint(*id) == sprint);
        // Nothing is left: something from the backlog is begun, and comes into a sprint by that.
        let new = backlog.into_iter().find(|id| self.waits(*id, project) && is_free(*id));
        let found = own.or(planned).or(new);
        self.story.tracker.desks.get_mut(&project)?.committed = waiting;
        let id = found?;
        let sprint = self.sprint_for(project, id);
        self.begin_ticket(id, repository, author, sprint);
        Some(id)
    }

    /// Somebody writes an issue for work that is begun without one. Returns its id.
    pub(in crate::story) fn file_for(&mut self, repository: i64, author: &str, summary: &str) -> Option<i64> {
        let project = self.project_at(repository)?;
        let id = self.file(project, summary.to_owned())?;
        let sprint = self.sprint_for(project, id).filter(|_| self.dice.happens(0.6));
        self.begin_ticket(id, repository, author, sprint);
        Some(id)
    }

    /// An issue's key and summary.
    pub(in crate::story) fn named_ticket(&self, id: i64) -> Option<(String, String)> {
        Some((self.world.jira.key(id)?, self.ticket(id)?.fields.summary.clone()))
    }

    fn project_at(&self, repository: i64) -> Option<i64> {
        self.story.tracker.project_of(self.story.plots.get(&repository)?.team)
    }

    fn begin_ticket(&mut self, id: i64, repository: i64, author: &str, sprint: Option<i64>) -> Option<()> {
        let fields = &self.ticket(id)?.fields;
        let project = fields.project;
        let name = self.world.repositories.get(&repository)?.name.clone();
        let component = self.world.jira_component(project, &name).filter(|_| self.dice.happens(0.4));
        let open = self.open_sprint(id);
        let begin = |f: &mut Fields| {
            f.assignee = Some(author.to_owned());
            f.status = Status::InProgress;
            f.components.extend(component);
            if let Some(sprint) = sprint {
                enter(f, sprint, open);
            }
        };
        // Now and then a rule of Jira's own sets what somebody sets, too: one history with two steps of one field.
        if self.dice.happens(0.05) {
            self.world.edit_jira_issue_twice(id, author, |f| f.status = Status::Blocked, begin);
        } else {
            self.world.edit_jira_issue(id, author, begin);
        }
        if let Some(desk) = self.story.tracker.desks.get_mut(&project) {
            desk.committed.retain(|i| *i != id);
            desk.backlog.retain(|i| *i != id);
            desk.planned.push(id);
        }
        if self.dice.happens(0.12) {
            self.split(id, author);
        }
        if self.dice.happens(0.1) {
            let hours = self.dice.around(5.0);
            self.errand_at_work(hours, Errand::Blocked { issue: id });
        }
        Some(())
    }

    /// An issue gets sub-tasks, which are finished one after the other.
    fn split(&mut self, id: i64, author: &str) -> Option<()> {
        let fields = self.ticket(id)?.fields.clone();
        for part in ["Write it", "Try it"].iter().take(1 + self.dice.about(0.6)) {
            let part = Fields {
                project: fields.project,
                kind: IssueType::Subtask,
                summary: format!("{part}: {}", fields.summary),
                assignee: Some(author.to_owned()),
                parent: Some(id),
                team: fields.team,
                ..Fields::default()
            };
            let part = self.world.create_jira_issue(part, author)?;
            // A part may have been meant for another issue.
            let others = self.story.tracker.desks.get(&fields.project).map(|d| d.committed.clone()).unwrap_or_default();
            let other = self.dice.one(&others).copied().filter(|other| self.waits(*other, fields.project));
            if other.is_some() && self.dice.happens(0.1) {
                self.world.edit_jira_issue(part, author, |f| f.parent = other);
            }
            let hours = self.dice.around(10.0);
            self.errand_at_work(hours, Errand::Finished { issue: part, actor: author.to_owned() });
        }
        Some(())
    }

    /// A pull request for it is to be reviewed.
    pub(in crate::story) fn show_ticket(&mut self, id: i64, author: &str) -> Option<()> {
        if self.ticket(id)?.is_done() {
            return None;
        }
        self.world.edit_jira_issue(id, author, |f| f.status = Status::InReview)
    }

    /// A pull request for it is merged: it is done at once, or when somebody thinks of it.
    pub(in crate::story) fn complete_ticket(&mut self, id: i64, actor: &str) -> Option<()> {
        if self.dice.happens(0.06) {
            let hours = self.dice.around(24.0 * 5.0) + 40.0;
            self.errand_at_work(hours, Errand::Reopened { issue: id });
        }
        if self.dice.happens(0.6) {
            return self.finish(id, actor);
        }
        let hours = self.dice.around(8.0);
        self.errand_at_work(hours, Errand::Finished { issue: id, actor: actor.to_owned() });
        Some(())
    }

    /// A pull request for it is given up: it is nobody's again.
    pub(in crate::story) fn put_back_ticket(&mut self, id: i64, actor: &str) -> Option<()> {
        let project = self.ticket(id).filter(|i| !i.is_done())?.fields.project;
        self.world.edit_jira_issue(id, actor, |f| {
            f.status = Status::ToDo;
            f.assignee = None;
        });
        // It was begun, and so is begun anew before anything else.
        self.story.tracker.desks.get_mut(&project)?.committed.insert(0, id);
        Some(())
    }

    /// A pull request for it is forgotten: some days later that is seen.
    pub(in crate::story) fn forget_ticket(&mut self, id: i64, author: &str) -> Option<()> {
        let hours = 24.0 * self.dice.between(3.0, 9.0);
        self.errand_at_work(hours, Errand::GivenBack { issue: id, actor: author.to_owned() });
        Some(())
    }

    pub(super) fn finish(&mut self, id: i64, actor: &str) -> Option<()> {
        if self.ticket(id)?.is_done() {
            return None;
        }
        let parts: Vec<i64> = self.world.jira.parts(id).filter(|p| !p.is_done()).map(|p| p.id).collect();
        for part in parts {
            self.finish(part, actor);
        }
        self.world.edit_jira_issue(id, actor, |f| {
            f.resolution = Some(Resolution::Done);
            f.status = Status::Done;
        })
    }

    /// What was done is not done after all, until it is done again.
    pub(super) fn take_up_again(&mut self, id: i64) -> Option<()> {
        let issue = self.ticket(id).filter(|i| i.is_done())?;
        let actor = issue.reporter.clone()?;
        let assignee = issue.fields.assignee.clone().unwrap_or_else(|| actor.clone());
        self.world.edit_jira_issue(id, &actor, |f| {
            f.resolution = None;
            f.status = Status::InProgress;
        });
        self.world.comment_jira_issue(id, &actor, "It is still so with old orders.");
        let hours = self.dice.around(20.0);
        self.errand_at_work(hours, Errand::Finished { issue: id, actor: assignee });
        Some(())
    }

    /// It cannot go on, mostly because of another issue.
    pub(super) fn block(&mut self, id: i64) -> Option<()> {
        let issue = self.ticket(id).filter(|i| i.fields.status == Status::InProgress)?;
        let (actor, project) = (issue.fields.assignee.clone()?, issue.fields.project);
        self.world.edit_jira_issue(id, &actor, |f| f.status = Status::Blocked);
        let others = self.story.tracker.desks.get(&project).map(|d| d.backlog.clone()).unwrap_or_default();
        if let Some(other) = self.dice.one(&others).copied().filter(|other| *other != id) {
            self.world.link_jira_issues(LinkKind::Blocks, other, id, &actor);
        }
        let hours = self.dice.around(20.0);
        self.errand_at_work(hours, Errand::Unblocked { issue: id });
        Some(())
    }

    pub(super) fn unblock(&mut self, id: i64) -> Option<()> {
        let issue = self.ticket(id).filter(|i| i.fields.status == Status::Blocked)?;
        let actor = issue.fields.assignee.clone()?;
        self.world.edit_jira_issue(id, &actor, |f| f.status = Status::InProgress)
    }

    /// Somebody of the team does something that leaves no trace on GitHub.
    pub(super) fn begin_chore(&mut self, project: i64) -> Option<()> {
        let actor = self.member(project)?;
        let desk = self.story.tracker.desks.get(&project)?;
        let waiting: Vec<i64> = desk.committed.iter().chain(&desk.backlog).copied().collect();
        let is_task = |id: &i64| self.ticket(*id).is_some_and(|i| i.fields.kind == IssueType::Task);
        let id = waiting.into_iter().find(|id| self.waits(*id, project) && is_task(id))?;
        let (open, sprint) = (self.open_sprint(id), self.sprint_for(project, id));
        self.world.edit_jira_issue(id, &actor, |f| {
            f.assignee = Some(actor.clone());
            f.status = Status::InProgress;
            if let Some(sprint) = sprint {
                enter(f, sprint, open);
            }
        });
        let desk = self.story.tracker.desks.get_mut(&project)?;
        desk.committed.retain(|i| *i != id);
        desk.backlog.retain(|i| *i != id);
        desk.planned.push(id);
        let hours = self.dice.around(14.0);
        self.errand_at_work(hours, Errand::Finished { issue: id, actor });
        Some(())
    }
}
