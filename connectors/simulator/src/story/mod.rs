//! What happens in a world, day after day.
//!
//! Each midnight the day's beginnings are planned: work that is taken up, issues that are found, repositories that are renamed.
//! Everything else follows from them, as happenings at later instants. Chance depends on the seed and on the day or the
//! happening alone, so it does not matter in how many steps a world is advanced.

mod beginning;
mod calendar;
mod changes;
mod day;
mod deliveries;
mod dice;
mod failing;
mod happening;
mod incidents;
pub(crate) mod names;
mod reorganization;
mod reviews;
mod tickets;
mod tracker;
mod upkeep;

use crate::scenario::{Habits, Scenario};
use crate::world::{MergeMethod, Time, World};
use calendar::Calendar;
use chrono::TimeDelta;
use dice::Dice;
use failing::Failure;
use happening::{Change, Happening, Incident, Rollout, Work};
use std::collections::BTreeMap;
use tracker::{Errand, Tracker};

/// A story: what is to come, and what it knows of each repository.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Story {
    seed: u64,
    begun: Time,
    next_day: i64,
    sequence: u64,
    queue: BTreeMap<(Time, u64), Happening>,
    plots: BTreeMap<i64, Plot>,
    calendar: Calendar,
    /// Projects that fail, by their teams.
    failing: BTreeMap<i64, Failure>,
    /// Whether rare things happen.
    surprises: bool,
    tracker: Tracker,
}

/// What the story knows of a repository: who works on it and how it goes there.
#[derive(Clone, Debug, PartialEq)]
struct Plot {
    people: Vec<String>,
    team: i64,
    /// Pull requests a working day, unless its project fails.
    pace: f64,
    habits: Habits,
    method: MergeMethod,
    /// Share of merges after which somebody deploys.
    deploys: f64,
    /// Share of production deployments that cause an incident.
    accidents: f64,
    /// The next release's number.
    release: u32,
}

/// One happening at work: the world and the story to change, and the dice that are thrown for it.
struct Scene<'a> {
    story: &'a mut Story,
    world: &'a mut World,
    dice: Dice,
}

impl Story {
    /// Makes people, teams and repositories, and a story about them that has yet to begin.
    pub(crate) fn begin(seed: u64, scenario: &Scenario, world: &mut World) -> Self {
        let mut story = Self {
            seed,
            begun: scenario.start,
            next_day: 0,
            sequence: 0,
            queue: BTreeMap::new(),
            plots: BTreeMap::new(),
            calendar: Calendar::new(scenario.seasons.clone()),
            failing: BTreeMap::new(),
            surprises: scenario.surprises,
            tracker: Tracker::default(),
        };
        let dice = Dice::new(seed, "beginning", 0);
        let mut scene = Scene { story: &mut story, world, dice };
        scene.make_organization(scenario);
        scene.apart(|scene| scene.make_tracker());
        story
    }

    /// Lets everything happen up to an instant, in order.
    pub(crate) fn play(&mut self, world: &mut World, until: Time) {
        loop {
            let midnight = self.begun + TimeDelta::days(self.next_day);
            // At one instant GitHub goes first, then Jira.
            let on_github = self.queue.first_key_value().map(|(key, _)| (key.0, false));
            let in_jira = self.tracker.queue.first_key_value().map(|(key, _)| (key.0, true));
            match on_github.into_iter().chain(in_jira).min() {
                Some((at, _)) if at < midnight && at > until => return,
                Some((at, is_in_jira)) if at < midnight => {
                    world.now = at;
                    self.step(world, is_in_jira);
                }
                _ if midnight <= until => {
                    world.now = midnight;
                    let day = self.next_day;
                    self.next_day += 1;
                    day::plan(self, world, day);
                    tracker::plan(self, world, day);
                }
                _ => return,
            }
        }
    }

    /// Lets the next thing happen.
    fn step(&mut self, world: &mut World, is_in_jira: bool) {
        if is_in_jira {
            let Some(((_, sequence), errand)) = self.tracker.queue.pop_first() else { return };
            let dice = Dice::new(self.seed, "errand", sequence);
            Scene { story: self, world, dice }.run(errand);
        } else {
            let Some(((_, sequence), happening)) = self.queue.pop_first() else { return };
            let dice = Dice::new(self.seed, "happening", sequence);
            Scene { story: self, world, dice }.happen(happening);
        }
    }

    fn schedule(&mut self, at: Time, happening: Happening) {
        self.sequence += 1;
        self.queue.insert((at, self.sequence), happening);
    }
}

impl Scene<'_> {
    /// Lets something happen after some hours, whatever the hour of the day.
    fn after(&mut self, hours: f64, happening: Happening) {
        let at = self.world.now + dice::hours(hours);
        self.story.schedule(at, happening);
    }

    /// Lets something happen after some hours, or when people are at work next.
    fn after_at_work(&mut self, hours: f64, happening: Happening) {
        let at = self.story.calendar.at_work(self.world.now + dice::hours(hours), &mut self.dice);
        self.story.schedule(at, happening);
    }

    /// How many times longer than at first things take in a repository.
    fn slowness(&self, repository: i64) -> f64 {
        let share = (self.world.now - self.story.begun).num_days() as f64 / 540.0;
        let slows = self.story.plots.get(&repository).map_or(1.0, |p| p.habits.slows);
        (1.0 + (slows - 1.0) * share).max(0.1)
    }

    /// How it is worked on a repository.
    fn habits(&self, repository: i64) -> Habits {
        self.story.plots.get(&repository).map(|p| p.habits.clone()).unwrap_or_default()
    }

    /// Somebody who works on a repository, rather not a given person.
    fn somebody(&mut self, repository: i64, not: &str) -> Option<String> {
        let people = &self.story.plots.get(&repository)?.people;
        let others: Vec<&String> = people.iter().filter(|p| p.as_str() != not).collect();
        self.dice.one(&others).map(|p| (*p).clone()).or_else(|| people.first().cloned())
    }

    /// Where the default branch of a repository is.
    fn main_head(&self, repository: i64) -> Option<String> {
        self.world.repositories.get(&repository)?.default_head().map(str::to_owned)
    }

    fn happen(&mut self, happening: Happening) {
        // Where a repository is deleted or archived, nothing goes on; what was worked on there is nobody's again.
        let is_open = |id| self.world.repositories.get(&id).is_some_and(|r| !r.is_archived);
        if happening.place().is_some_and(|id| !is_open(id)) {
            if let Some((ticket, author)) = happening.ticket() {
                self.apart(|scene| scene.put_back_ticket(ticket, author));
            }
            return;
        }
        // Each of these gives up where what it is about is not there any more.
        let _gone: Option<()> = match happening {
            Happening::WorkBegins { repository, author } => self.begin_work(repository, author),
            Happening::BotUpdates { repository } => self.update_dependency(repository),
            Happening::ChangeOpens(work) => self.open_change(*work),
            Happening::ChangeIsReady(change) => self.make_ready(change),
            Happening::Review(change) => self.review_change(change),
            Happening::Rework(change) => self.rework(change),
            Happening::Merge(change) => self.merge_change(change),
            Happening::Close(change) => self.close_change(&change),
            Happening::LateComment(change) => self.comment_late(change),
            Happening::BranchGoes { repository, branch, actor } => {
                self.world.delete_branch(repository, &branch, &actor);
                Some(())
            }
            Happening::RunEnds { repository, run, actor } => self.end_run(repository, run, &actor),
            Happening::Rollout(rollout) => self.roll_out(rollout),
            Happening::RolloutRuns(rollout, id) => self.run_rollout(rollout, id),
            Happening::RolloutEnds(rollout, id) => self.end_rollout(*rollout, id),
            Happening::IncidentBegins { repository, deployment } => self.begin_incident(repository, deployment),
            Happening::IncidentIsMet { repository, incident, actor } => self.meet_incident(repository, incident, actor),
            Happening::IncidentEnds { repository, incident, actor } => self.end_incident(repository, incident, &actor),
            Happening::IssueOpens { repository } => self.open_ticket(repository),
            Happening::IssueIsDiscussed { repository, issue } => self.discuss(repository, issue),
            Happening::IssueCloses { repository, issue } => self.close_ticket(repository, issue),
            Happening::IssueReopens { repository, issue } => self.reopen_ticket(repository, issue),
            Happening::IssueIsDeleted { repository } => self.delete_ticket(repository),
            Happening::ReleaseIsDrafted { repository } => self.draft_release(repository),
            Happening::ReleaseIsPublished { repository, release, actor } => {
                self.publish_release(repository, release, &actor)
            }
            Happening::MilestoneIsSet { repository } => self.set_milestone(repository),
            Happening::ExperimentBegins => self.begin_experiment(),
            Happening::RepositoryIsRenamed => self.rename_repository(),
            Happening::RepositoryIsDeleted => self.delete_repository(),
            Happening::RepositoryIsArchived { repository } => self.archive_repository(repository),
            Happening::MemberMoves => self.move_member(),
            Happening::TeamsChange { from, to, people } => self.change_teams(from, to, people),
        };
    }
}
