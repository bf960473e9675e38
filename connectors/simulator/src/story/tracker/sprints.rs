//! Sprints of two weeks: planned, begun, changed on the way, and closed, mostly with all or nearly all of it done.

use crate::story::{Errand, Scene, names};
use crate::world::jira::Issue;
use chrono::TimeDelta;
use std::collections::BTreeSet;

/// What a sprint is filled with, as a share of what is begun in two weeks: the rest is for what nobody planned.
const FILL: f64 = 0.6;
/// Urgent issues that come in at once in the middle of a sprint, for each change that is begun in a day, and how many at most.
const URGENT: f64 = 0.4;
const MOST_URGENT: usize = 3;
/// What is begun without having been planned comes into a sprint only if that long is left of it.
const LATE: TimeDelta = TimeDelta::days(7);

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

    /// Issues of the backlog that may come into a sprint, the ones with the lowest rank first. What somebody was given who is not of the
    /// team may not.
    fn candidates(&mut self, project: i64) -> Vec<i64> {
        let Some(desk) = self.story.tracker.desks.get(&project) else { return Vec::new() };
        let crew = self.crew(desk.team);
        let is_free = |id: &i64| {
            let assignee = self.ticket(*id).and_then(|i| i.fields.assignee.as_ref());
            self.open_sprint(*id).is_none() && assignee.is_none_or(|a| crew.contains(a))
        };
        let mut waiting: Vec<i64> = desk.backlog.iter().copied().filter(|id| self.waits(*id, project)).collect();
        waiting.sort_by_cached_key(|id| self.ticket(*id).map(|i| i.fields.rank));
        let free: Vec<i64> = waiting.iter().copied().filter(is_free).collect();
        if let Some(desk) = self.story.tracker.desks.get_mut(&project) {
            desk.backlog = waiting;
        }
        free
    }

    /// Fills a sprint with what will be done in it. What is left of the last one is begun first.
    fn fill_sprint(&mut self, project: i64, sprint: i64) -> Option<()> {
        let desk = self.story.tracker.desks.get(&project)?;
        let (team, manager) = (desk.team, desk.manager.clone());
        let load = |day: i64| self.story.calendar.load(self.world.now + TimeDelta::days(day));
        let days: f64 = (0..14).map(load).sum();
        let there: Vec<i64> = self.unfinished(project, sprint);
        let size = ((self.story.asked(team) * days * FILL).round() as usize).max(1);
        let chosen: Vec<i64> = self.candidates(project).into_iter().take(size.saturating_sub(there.len())).collect();
        for id in chosen {
            self.put_into_sprint(project, id, sprint, &manager);
        }
        let waiting = there.into_iter().filter(|id| self.waits(*id, project)).collect::<Vec<_>>();
        let desk = self.story.tracker.desks.get_mut(&project)?;
        desk.committed.retain(|id| !waiting.contains(id));
        desk.committed = waiting.into_iter().chain(std::mem::take(&mut desk.committed)).collect();
        Some(())
    }

    /// The sprint that an issue comes into, or stays in, when it is begun now.
    pub(super) fn sprint_for(&self, project: i64, id: i64) -> Option<i64> {
        let desk = self.story.tracker.desks.get(&project)?;
        let sprint = desk.sprint?;
        let end = self.world.jira.sprints.get(&sprint)?.end?;
        let is_late = self.open_sprint(id) != Some(sprint) && end - self.world.now < LATE;
        desk.next_sprint.filter(|_| is_late).or(Some(sprint))
    }

    /// An issue of the backlog comes into a sprint, and mostly into the version that is worked on, unless it is for later.
    fn put_into_sprint(&mut self, project: i64, id: i64, sprint: i64, actor: &str) -> Option<()> {
        let desk = self.story.tracker.desks.get(&project)?;
        let (version, is_later) = (desk.version, desk.sprint.is_some_and(|now| now != sprint));
        let version = version.filter(|_| self.dice.happens(0.5) && !is_later);
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

    /// In the middle of a sprint something may come in that cannot wait, and something else goes out for it.
    pub(super) fn change_scope(&mut self, project: i64) -> Option<()> {
        let desk = self.story.tracker.desks.get(&project)?;
        let (team, sprint, manager) = (desk.team, desk.sprint?, desk.manager.clone());
        let likely = self.story.asked(team) * URGENT;
        let urgent = self.dice.about(likely).min(MOST_URGENT);
        for nth in 0..urgent.max(1) {
            let new = self.write_ticket(project)?;
            if nth < urgent {
                self.put_into_sprint(project, new, sprint, &manager);
            }
        }
        if urgent > 0 {
            let waiting = self.waiting_in(project, sprint);
            if let Some(out) = self.dice.one(&waiting).copied() {
                self.take_out(project, out, &manager);
            }
        }
        if self.dice.happens(0.4) {
            let goal = self.dice.word(names::GOALS);
            self.world.edit_sprint(sprint, |s| s.goal = goal.to_owned());
        }
        Some(())
    }

    /// What will not be begun in time goes out of a sprint, but for so many days' work. Where a project fails, nobody dares to.
    pub(super) fn cut_scope(&mut self, project: i64, days: u32) -> Option<()> {
        let desk = self.story.tracker.desks.get(&project)?;
        let (team, sprint, manager) = (desk.team, desk.sprint?, desk.manager.clone());
        if self.story.due(team, self.world.now).is_some() {
            return None;
        }
        let kept = (self.story.team_pace(team, self.world.now) * f64::from(days)) as usize;
        let out: Vec<i64> = self.waiting_in(project, sprint).into_iter().skip(kept).collect();
        for id in out {
            self.take_out(project, id, &manager);
        }
        Some(())
    }

    /// Issues of a sprint that nobody has begun, in the order in which they will be.
    fn waiting_in(&self, project: i64, sprint: i64) -> Vec<i64> {
        let committed = self.story.tracker.desks.get(&project).map(|desk| desk.committed.as_slice());
        let is_in = |id: &i64| self.ticket(*id).is_some_and(|i| i.fields.sprints.last() == Some(&sprint));
        let all = committed.unwrap_or_default().iter().copied();
        all.filter(|id| self.waits(*id, project) && is_in(id)).collect()
    }

    /// An issue goes back to the backlog, and is not promised for a version any more.
    fn take_out(&mut self, project: i64, id: i64, actor: &str) -> Option<()> {
        let version = self.story.tracker.desks.get(&project)?.version;
        self.world.edit_jira_issue(id, actor, |f| {
            f.sprints.pop();
            if let Some(version) = version {
                f.fix_versions.remove(&version);
            }
        });
        let desk = self.story.tracker.desks.get_mut(&project)?;
        desk.committed.retain(|i| *i != id);
        desk.backlog.push(id);
        Some(())
    }
}
