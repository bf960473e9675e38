//! What is to be done is written down.

use crate::story::{Errand, Scene, names};
use crate::world::jira::{Fields, IssueType, Priority, Status};
use chrono::TimeDelta;
use std::collections::BTreeSet;

/// How much work something may be thought to be.
const POINTS: [f64; 7] = [0.5, 1.0, 2.0, 3.0, 5.0, 8.0, 13.0];

impl Scene<'_> {
    /// An issue comes into the backlog. Returns its id.
    pub(super) fn write_ticket(&mut self, project: i64) -> Option<i64> {
        let summary = format!("{} {}", self.dice.word(names::VERBS), self.dice.word(names::THINGS));
        let id = self.file(project, summary)?;
        for _ in 0..self.dice.about(0.9) {
            let hours = self.dice.around(30.0);
            self.errand_at_work(hours, Errand::Discussed { issue: id });
        }
        // What nobody has begun until then is given up.
        if self.dice.happens(0.12) {
            let hours = self.dice.around(24.0 * 20.0);
            self.errand_at_work(hours, Errand::Dropped { issue: id });
        }
        Some(id)
    }

    /// Writes an issue into a project's backlog.
    pub(super) fn file(&mut self, project: i64, summary: String) -> Option<i64> {
        let desk = self.story.tracker.desks.get(&project)?;
        let (team, manager, epics) = (desk.team, desk.manager.clone(), desk.epics.clone());
        let leavers = self.story.tracker.leavers.clone();
        let reporter = match self.dice.share() {
            share if share < 0.55 => manager,
            share if share < 0.65 => self.dice.one(&leavers).cloned().unwrap_or(manager),
            _ => self.member(project)?,
        };
        let kinds = [IssueType::Story, IssueType::Story, IssueType::Bug, IssueType::Bug, IssueType::Task];
        let kind = self.dice.one(&kinds).copied().unwrap_or_default();
        let is_estimated = self.dice.happens(0.7) && kind != IssueType::Bug;
        let priorities = [Priority::High, Priority::Medium, Priority::Medium, Priority::Low];
        let mut fields = Fields {
            project,
            kind,
            summary,
            description: "It would help many.\n\nSee the notes of the last meeting.".to_owned(),
            priority: self.dice.one(&priorities).copied().unwrap_or_default(),
            team: Some(team),
            story_points: self.dice.one(&POINTS).copied().filter(|_| is_estimated),
            parent: self.dice.one(&epics).copied().filter(|_| self.dice.happens(0.5)),
            ..Fields::default()
        };
        if self.dice.happens(0.3) {
            fields.labels.insert(self.dice.word(names::LABELS).to_owned());
        }
        if self.dice.happens(0.15) {
            fields.due = Some(self.world.now.date_naive() + TimeDelta::days(10 + (self.dice.share() * 40.0) as i64));
        }
        // All that a failing project is still to do is due with it.
        fields.due = self.story.due(team, self.world.now).or(fields.due);
        if self.dice.happens(0.6) {
            fields.components = self.some_component(project).into_iter().collect();
        }
        if kind == IssueType::Bug {
            fields.affects_versions = self.newest_release(project).into_iter().collect();
        }
        // A few go to somebody from the first, and of these one to somebody who will not be there for long.
        if self.dice.happens(0.12) {
            fields.assignee = self.member(project);
        } else if self.dice.happens(0.03) {
            fields.assignee = self.dice.one(&leavers).cloned();
        }
        let id = self.world.create_jira_issue(fields, &reporter)?;
        self.story.tracker.desks.get_mut(&project)?.backlog.push(id);
        Some(id)
    }

    pub(super) fn some_component(&mut self, project: i64) -> Option<i64> {
        let known: Vec<i64> = self.world.jira.projects.get(&project)?.components.keys().copied().collect();
        self.dice.one(&known).copied()
    }

    /// The version that customers have.
    fn newest_release(&self, project: i64) -> Option<i64> {
        let versions = self.world.jira.projects.get(&project)?.versions.values();
        versions.rev().find(|version| version.is_released).map(|version| version.id)
    }

    /// An epic begins; it ends some months later, whatever became of its parts.
    pub(super) fn begin_epic(&mut self, project: i64) -> Option<()> {
        let desk = self.story.tracker.desks.get(&project)?;
        let (team, manager) = (desk.team, desk.manager.clone());
        let summary = format!("{} of {}", self.dice.word(names::GOALS), self.dice.word(names::THINGS));
        let due = Some(self.world.now.date_naive() + TimeDelta::days(80));
        let description = "What is to be better for customers.".to_owned();
        let kind = IssueType::Epic;
        let fields = Fields { project, kind, summary, description, due, team: Some(team), ..Fields::default() };
        let epic = self.world.create_jira_issue(fields, &manager)?;
        let desk = self.story.tracker.desks.get_mut(&project)?;
        desk.epics.push(epic);
        if desk.epics.len() > 3 {
            desk.epics.remove(0);
        }
        if desk.fidget.is_none() {
            desk.fidget = Some(epic);
        }
        self.world.edit_jira_issue(epic, &manager, |f| f.status = Status::InProgress);
        let hours = 24.0 * self.dice.between(70.0, 110.0);
        self.errand_at_work(hours, Errand::EpicEnds { issue: epic });
        Some(())
    }

    /// A version is released and the next one planned.
    pub(super) fn turn_version(&mut self, project: i64) -> Option<()> {
        let desk = self.story.tracker.desks.get_mut(&project)?;
        desk.versions += 1;
        let (old, nth) = (desk.version.take(), desk.versions);
        if let Some(old) = old {
            self.world.release_jira_version(project, old);
        }
        let due = self.world.now.date_naive() + TimeDelta::days(28);
        let new = self.world.plan_jira_version(project, &format!("1.{nth}"), Some(due));
        self.story.tracker.desks.get_mut(&project)?.version = new;
        // What was meant for the old version and is not done goes to the new one.
        let (old, new) = (old?, new?);
        let manager = self.story.tracker.desks.get(&project)?.manager.clone();
        let is_left = |id: &i64| self.ticket(*id).is_some_and(|i| !i.is_done() && i.fields.fix_versions.contains(&old));
        let desk = self.story.tracker.desks.get(&project)?;
        let known = desk.backlog.iter().chain(&desk.committed).chain(&desk.planned);
        let left: BTreeSet<i64> = known.copied().filter(is_left).collect();
        for id in left {
            self.world.edit_jira_issue(id, &manager, |f| {
                f.fix_versions.remove(&old);
                f.fix_versions.insert(new);
            });
        }
        Some(())
    }
}
