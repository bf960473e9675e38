//! What happens in Jira, beside and because of what happens on GitHub.
//!
//! It has a queue and dice of its own, so that GitHub's history for a seed does not depend on it but for the keys of issues in
//! names of branches, titles and messages.

mod backlog;
mod beginning;
mod day;
mod errand;
mod grooming;
mod incidents;
mod oddities;
mod sprints;
mod work;

pub(super) use day::plan;
pub(super) use errand::Errand;

use super::Scene;
use super::dice::{self, Dice};
use crate::world::Time;
use crate::world::jira::{Fields, Issue, IssueType, SprintState, Status};
use std::collections::BTreeMap;

/// What the story knows of Jira.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Tracker {
    sequence: u64,
    /// How often dice were thrown for something on GitHub.
    throws: u64,
    pub(super) queue: BTreeMap<(Time, u64), Errand>,
    /// Scrum projects by id.
    desks: BTreeMap<i64, Desk>,
    /// The project of incidents.
    incidents: i64,
    /// Users of Jira alone: those who write what others are to do, and those who will leave.
    managers: Vec<String>,
    leavers: Vec<String>,
}

/// What the story knows of a project.
#[derive(Clone, Debug, PartialEq)]
struct Desk {
    /// The team's id.
    team: i64,
    /// Who decides what is to be done.
    manager: String,
    board: i64,
    /// The sprint under way, and the one after it.
    sprint: Option<i64>,
    next_sprint: Option<i64>,
    /// How many sprints there were.
    sprints: u32,
    /// Issues that came into the sprint under way or the one after it.
    planned: Vec<i64>,
    /// Issues that may be taken up: in the sprint under way, and otherwise.
    committed: Vec<i64>,
    backlog: Vec<i64>,
    /// The version that is worked on.
    version: Option<i64>,
    versions: u32,
    /// The newest epics.
    epics: Vec<i64>,
    /// An issue that somebody touches all the time.
    fidget: Option<i64>,
}

impl Tracker {
    fn schedule(&mut self, at: Time, errand: Errand) {
        self.sequence += 1;
        self.queue.insert((at, self.sequence), errand);
    }

    /// The project of a team.
    fn project_of(&self, team: i64) -> Option<i64> {
        self.desks.iter().find(|(_, d)| d.team == team).map(|(id, _)| *id)
    }
}

impl Scene<'_> {
    /// Something in Jira that follows from something on GitHub, with dice of its own.
    pub(super) fn apart<T>(&mut self, act: impl FnOnce(&mut Scene<'_>) -> T) -> T {
        self.story.tracker.throws += 1;
        let dice = Dice::new(self.story.seed, "ticket", self.story.tracker.throws);
        act(&mut Scene { story: self.story, world: self.world, dice })
    }

    /// Lets something happen in Jira after some hours, whatever the hour of the day.
    fn errand_after(&mut self, hours: f64, errand: Errand) {
        let at = self.world.now + dice::hours(hours);
        self.story.tracker.schedule(at, errand);
    }

    /// Lets something happen in Jira after some hours, or when people are at work next.
    fn errand_at_work(&mut self, hours: f64, errand: Errand) {
        let at = self.story.calendar.at_work(self.world.now + dice::hours(hours), &mut self.dice);
        self.story.tracker.schedule(at, errand);
    }

    /// Everybody who works for a team.
    fn crew(&self, team: i64) -> Vec<String> {
        let of_team = self.story.plots.values().filter(|p| p.team == team);
        let mut people: Vec<String> = of_team.flat_map(|p| p.people.iter().cloned()).collect();
        people.sort();
        people.dedup();
        people
    }

    /// Somebody who works for the team of a project.
    fn member(&mut self, project: i64) -> Option<String> {
        let team = self.story.tracker.desks.get(&project)?.team;
        let crew = self.crew(team);
        self.dice.one(&crew).cloned()
    }

    fn ticket(&self, id: i64) -> Option<&Issue> {
        self.world.jira.issues.get(&id)
    }

    /// The sprint that an issue is in, if it is not over.
    fn open_sprint(&self, id: i64) -> Option<i64> {
        let last = *self.ticket(id)?.fields.sprints.last()?;
        self.world.jira.sprints.get(&last).filter(|s| s.state != SprintState::Closed).map(|s| s.id)
    }

    /// Whether an issue waits in a project for somebody to take it up.
    fn waits(&self, id: i64, project: i64) -> bool {
        self.ticket(id).is_some_and(|i| {
            let is_work = matches!(i.fields.kind, IssueType::Story | IssueType::Task | IssueType::Bug);
            is_work && i.fields.status == Status::ToDo && i.fields.project == project
        })
    }
}

/// Puts an issue into a sprint, out of another that is not over.
fn enter(fields: &mut Fields, sprint: i64, open: Option<i64>) {
    if open.is_some() {
        fields.sprints.pop();
    }
    fields.sprints.push(sprint);
}
