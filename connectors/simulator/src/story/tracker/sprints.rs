//! Sprints of two weeks: planned, begun, changed on the way, and closed with something left over.

use crate::story::{Errand, Scene, names};
use crate::world::jira::Issue;
use chrono::TimeDelta;
use std::collections::BTreeSet;

impl Scene<'_> {
    /// A sprint ends if there is one, and the next is filled, to begin soon. What is not done is carried over.
    pub(super) fn turn_sprint(&mut self, project: i64) -> Option<()> {
        let desk = self.story.tracker.desks.get(&project)?;
        let (old, planned, manager) = (desk.sprint, desk.next_sprint, desk.manager.clone());
        let new = match planned.filter(|s| self.world.jira.sprints.contains_key(s)) {
            Some(planned) => planned,
            None => self.plan_sprint(project)?,
        };
        if let Some(old) = old {
            self.world.close_sprint(old);
        }
        self.story.tracker.desks.get_mut(&project)?.sprint = None;
        let left: Vec<i64> = old.map_or_else(Vec::new, |old| self.unfinished(project, old));
        for id in &left {
            self.world.edit_jira_issue(*id, &manager, |f| f.sprints.push(new));
        }
        let ahead = self.unfinished(project, new);
        self.story.tracker.desks.get_mut(&project)?.planned = ahead;
        self.fill_sprint(project, new)?;
        self.errand_after(0.5, Errand::SprintStarts { project, sprint: new });
        Some(())
    }

    /// A sprint begins, and something is put aside for the one after it.
    pub(super) fn begin_sprint(&mut self, project: i64, sprint: i64) -> Option<()> {
        let end = self.world.now + TimeDelta::days(14) - TimeDelta::minutes(30);
        self.world.start_sprint(sprint, end);
        let next = self.plan_sprint(project)?;
        let desk = self.story.tracker.desks.get_mut(&project)?;
        desk.sprint = Some(sprint);
        desk.next_sprint = Some(next);
        let manager = desk.manager.clone();
        if let Some(id) = self.candidates(project).first().copied() {
            self.put_into_sprint(project, id, next, &manager);
        }
        Some(())
    }

    fn plan_sprint(&mut self, project: i64) -> Option<i64> {
        let desk = self.story.tracker.desks.get_mut(&project)?;
        desk.sprints += 1;
        let (board, nth) = (desk.board, desk.sprints);
        let name = &self.world.jira.projects.get(&project)?.key;
        let (name, goal) = (format!("{name} Sprint {nth}"), self.dice.word(names::GOALS));
        Some(self.world.create_sprint(board, &name, goal))
    }

    /// Issues of a sprint that are not done.
    fn unfinished(&self, project: i64, sprint: i64) -> Vec<i64> {
        let is_left =
            |i: &Issue| i.fields.sprints.last() == Some(&sprint) && i.fields.project == project && !i.is_done();
        let planned: BTreeSet<i64> =
            self.story.tracker.desks.get(&project).into_iter().flat_map(|d| d.planned.iter().copied()).collect();
        planned.into_iter().filter(|id| self.ticket(*id).is_some_and(is_left)).collect()
    }

    /// Issues of the backlog that may come into a sprint, the ones with the lowest rank first.
    fn candidates(&mut self, project: i64) -> Vec<i64> {
        let Some(desk) = self.story.tracker.desks.get(&project) else { return Vec::new() };
        let is_free = |id: &i64| self.waits(*id, project) && self.open_sprint(*id).is_none();
        let mut free: Vec<i64> = desk.backlog.iter().copied().filter(is_free).collect();
        free.sort_by_cached_key(|id| self.ticket(*id).map(|i| i.fields.rank));
        if let Some(desk) = self.story.tracker.desks.get_mut(&project) {
            desk.backlog.clone_from(&free);
        }
        free
    }

    /// Fills a sprint with as much as was done in two weeks, and a little more.
    fn fill_sprint(&mut self, project: i64, sprint: i64) -> Option<()> {
        let desk = self.story.tracker.desks.get(&project)?;
        let (team, manager) = (desk.team, desk.manager.clone());
        let pace = self.story.team_pace(team, self.world.now);
        let there: Vec<i64> = self.unfinished(project, sprint);
        let room = ((pace * 10.0 * 0.75) as usize + 2).saturating_sub(there.len());
        let chosen: Vec<i64> = self.candidates(project).into_iter().take(room).collect();
        for id in chosen {
            self.put_into_sprint(project, id, sprint, &manager);
        }
        let waiting = there.into_iter().filter(|id| self.waits(*id, project)).collect::<Vec<_>>();
        let desk = self.story.tracker.desks.get_mut(&project)?;
        desk.committed.retain(|id| !waiting.contains(id));
        desk.committed.extend(waiting);
        Some(())
    }

    /// An issue of the backlog comes into a sprint, and mostly into the version that is worked on.
    fn put_into_sprint(&mut self, project: i64, id: i64, sprint: i64, actor: &str) -> Option<()> {
        let version = self.story.tracker.desks.get(&project)?.version.filter(|_| self.dice.happens(0.5));
        self.world.edit_jira_issue(id, actor, |f| {
            f.sprints.push(sprint);
            f.fix_versions.extend(version);
        });
        let desk = self.story.tracker.desks.get_mut(&project)?;
        desk.backlog.retain(|i| *i != id);
        desk.committed.push(id);
        desk.planned.push(id);
        Some(())
    }

    /// In the middle of a sprint something comes in, and something else goes out.
    pub(super) fn change_scope(&mut self, project: i64) -> Option<()> {
        let desk = self.story.tracker.desks.get(&project)?;
        let (sprint, manager) = (desk.sprint?, desk.manager.clone());
        for _ in 0..1 + self.dice.about(1.0) {
            let urgent = self.write_ticket(project)?;
            self.put_into_sprint(project, urgent, sprint, &manager);
        }
        let waiting: Vec<i64> = {
            let committed = &self.story.tracker.desks.get(&project)?.committed;
            let is_in = |id: &i64| self.ticket(*id).is_some_and(|i| i.fields.sprints.last() == Some(&sprint));
            committed.iter().copied().filter(|id| self.waits(*id, project) && is_in(id)).collect()
        };
        if let Some(out) = self.dice.one(&waiting).copied() {
            self.world.edit_jira_issue(out, &manager, |f| {
                f.sprints.pop();
            });
            let desk = self.story.tracker.desks.get_mut(&project)?;
            desk.committed.retain(|id| *id != out);
            desk.backlog.push(out);
        }
        if self.dice.happens(0.4) {
            let goal = self.dice.word(names::GOALS);
            self.world.edit_sprint(sprint, |s| s.goal = goal.to_owned());
        }
        Some(())
    }
}
