//! Issues are talked about, sorted and made clearer before anybody takes them up.

use crate::story::{Scene, names};
use crate::world::jira::{IssueType, LinkKind, Priority, Resolution, Status};
use chrono::TimeDelta;

impl Scene<'_> {
    pub(super) fn talk(&mut self, id: i64) -> Option<()> {
        let project = self.ticket(id)?.fields.project;
        let author = self.member(project)?;
        let remark = self.dice.word(names::REMARKS);
        self.world.comment_jira_issue(id, &author, remark)?;
        Some(())
    }

    /// Something of an issue in the backlog is made clearer.
    pub(super) fn groom(&mut self, project: i64) -> Option<()> {
        let desk = self.story.tracker.desks.get(&project)?;
        let (manager, epics) = (desk.manager.clone(), desk.epics.clone());
        let (version, sprint) = (desk.version, desk.sprint);
        let known: Vec<i64> = desk.backlog.iter().chain(&desk.committed).copied().collect();
        let id = self.dice.one(&known).copied().filter(|id| self.ticket(*id).is_some_and(|i| !i.is_done()))?;
        let actor = if self.dice.happens(0.6) { manager } else { self.member(project)? };
        match (self.dice.share() * 12.0) as u32 {
            0 | 1 => {
                let points = self.dice.one(&[1.0, 2.0, 3.0, 5.0, 8.0]).copied();
                self.world.edit_jira_issue(id, &actor, |f| f.story_points = points)
            }
            2 => {
                let priority = self.dice.one(&Priority::ALL).copied()?;
                self.world.edit_jira_issue(id, &actor, |f| f.priority = priority)
            }
            3 => {
                let (label, other) = (self.dice.word(names::LABELS), self.dice.word(names::LABELS));
                self.world.edit_jira_issue(id, &actor, |f| {
                    f.labels.remove(other);
                    f.labels.insert(label.to_owned());
                })
            }
            4 => {
                let thing = self.dice.word(names::THINGS);
                self.world.edit_jira_issue(id, &actor, |f| f.summary = format!("{} and {thing}", f.summary))
            }
            5 => self.world.edit_jira_issue(id, &actor, |f| f.description.push_str("\n\nOnly for new customers.")),
            6 => {
                let epic = self.dice.one(&epics).copied();
                self.world.edit_jira_issue(id, &actor, |f| f.parent = epic)
            }
            7 => {
                let kinds = [IssueType::Story, IssueType::Task, IssueType::Bug];
                let kind = self.dice.one(&kinds).copied()?;
                self.world.edit_jira_issue(id, &actor, |f| f.kind = kind)
            }
            8 => {
                let component = self.some_component(project)?;
                // All components but the one: two items and more of one field.
                self.world.edit_jira_issue(id, &actor, |f| f.components = [component].into())
            }
            9 => {
                // What no sprint holds is promised for no version.
                let version = version.filter(|_| sprint.is_some() && self.open_sprint(id) == sprint);
                self.world.edit_jira_issue(id, &actor, |f| f.fix_versions = version.into_iter().collect())
            }
            10 => {
                let due = self.world.now.date_naive() + TimeDelta::days(7 + (self.dice.share() * 30.0) as i64);
                self.world.edit_jira_issue(id, &actor, |f| f.due = f.due.is_none().then_some(due))
            }
            _ => {
                let other = self.dice.one(&known).copied().filter(|other| *other != id)?;
                self.world.link_jira_issues(LinkKind::Relates, id, other, &actor)
            }
        }
    }

    /// Somebody cannot leave one issue alone, whose history becomes very long.
    pub(super) fn fidget(&mut self, project: i64) -> Option<()> {
        let desk = self.story.tracker.desks.get(&project)?;
        let (id, manager) = (desk.fidget?, desk.manager.clone());
        let by = (self.dice.between(1.0, 900.0)) as i64;
        let by = if self.dice.happens(0.5) { by } else { -by };
        let points = self.dice.one(&[20.0, 40.0, 60.0, 100.0]).copied().filter(|_| self.dice.happens(0.2));
        self.world.edit_jira_issue(id, &manager, |f| {
            f.rank += by;
            f.story_points = points.or(f.story_points);
        });
        if self.dice.happens(0.35) {
            let author = self.member(project)?;
            let remark = self.dice.word(names::REMARKS);
            self.world.comment_jira_issue(id, &author, remark);
        }
        Some(())
    }

    /// What nobody has begun will not be done.
    pub(super) fn drop_ticket(&mut self, id: i64) -> Option<()> {
        let issue = self.ticket(id)?;
        let project = issue.fields.project;
        if !self.waits(id, project) {
            return None;
        }
        let manager = self.story.tracker.desks.get(&project)?.manager.clone();
        let reasons = [Resolution::WontDo, Resolution::WontDo, Resolution::Duplicate, Resolution::CannotReproduce];
        let reason = self.dice.one(&reasons).copied();
        self.world.edit_jira_issue(id, &manager, |f| {
            f.resolution = reason;
            f.status = Status::Done;
        })
    }

    /// An epic is over. What of it is not done is done without it.
    pub(super) fn end_epic(&mut self, id: i64) -> Option<()> {
        let project = self.ticket(id)?.fields.project;
        let manager = self.story.tracker.desks.get(&project)?.manager.clone();
        self.world.edit_jira_issue(id, &manager, |f| {
            f.resolution = Some(Resolution::Done);
            f.status = Status::Done;
        });
        let left: Vec<i64> = self.world.jira.children(id).filter(|i| !i.is_done()).map(|i| i.id).collect();
        for child in left {
            self.world.edit_jira_issue(child, &manager, |f| f.parent = None);
        }
        let desk = self.story.tracker.desks.get_mut(&project)?;
        desk.epics.retain(|e| *e != id);
        Some(())
    }
}
