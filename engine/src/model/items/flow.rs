//! The flow of each item: committed, started, done, and what it waited for in between.

use super::blocks::{blocked_seconds, blocks};
use super::input::{ItemsInput, Sprint, SprintStay, Transition, WorkItem};
use super::sprints::{SprintItemFact, sprint_items};
use super::stays::{Stay, is_abandoned, stays};
use crate::model::Organisation;
use crate::model::facts::seconds;
use crate::model::moved::KEY;
use crate::model::workflow::Workflow;
use crate::{Flow, Settings};
use std::collections::{BTreeSet, HashMap};

/// Why the flow of an item is not counted that was not done when its project or repository went.
pub(super) const PROJECT_DELETED: &str = "project deleted";
/// Why what was closed without being done is not counted from then on.
pub(super) const ABANDONED: &str = "abandoned";

/// A row of `facts.work_items`.
#[derive(Clone, Debug, PartialEq)]
pub struct WorkItemFact<'a> {
    /// The item as its source tells it.
    pub item: WorkItem<'a>,
    /// Its project; of an item in a repository, the project that this belongs to.
    pub project_id: Option<&'a str>,
    /// The team of its assignee when it was done, or when it last changed; else the one that owns its project.
    pub team_id: Option<&'a str>,
    /// The team that owns its project.
    pub owning_team_id: Option<&'a str>,
    /// The person that it is assigned to.
    pub assignee_id: Option<&'a str>,
    /// `epic`, `item` or `subtask`.
    pub level: &'static str,
    /// `feature`, `defect`, `debt`, `unplanned` or `unclassified`.
    pub class: &'static str,
    /// The place of the stage of its status.
    pub stage: Option<usize>,
    /// When it was committed to.
    pub committed_at: Option<i64>,
    /// When work on it first began.
    pub started_at: Option<i64>,
    /// When it was last done.
    pub done_at: Option<i64>,
    /// Since when it is closed without having been done.
    pub abandoned_at: Option<i64>,
    /// Whether it is done.
    pub is_done: bool,
    /// Time in active stages, from started to done.
    pub active_seconds: Option<f64>,
    /// Time in waiting stages, likewise.
    pub waiting_seconds: Option<f64>,
    /// How long it was blocked until it was done.
    pub blocked_seconds: f64,
    /// Since when it is blocked.
    pub blocked_since: Option<i64>,
    /// How often it was taken up again after done.
    pub reopened: i64,
    /// How often it went back to an earlier stage.
    pub returned: Option<i64>,
    /// When anything of it last changed.
    pub last_change_at: Option<i64>,
    /// Why its flow is not counted.
    pub excluded: Option<&'static str>,
    /// The keys that it went by, or would have gone by as its project or its repository was called otherwise.
    pub former_keys: BTreeSet<String>,
    /// Its stays.
    pub stays: Vec<Stay<'a>>,
}

impl WorkItemFact<'_> {
    /// Started to done.
    pub fn cycle_seconds(&self) -> Option<f64> {
        seconds(self.started_at, self.done_at)
    }

    /// Committed to done.
    pub fn lead_seconds(&self) -> Option<f64> {
        seconds(self.committed_at, self.done_at)
    }

    /// Since when it was abandoned at a time, if it was.
    pub fn abandoned_by(&self, at: i64) -> Option<i64> {
        let stays = self.stays.iter().rev().skip_while(|stay| stay.entered_at > at);
        stays.take_while(|stay| stay.is_abandoned).last().map(|stay| stay.entered_at)
    }

    /// Why one of its stays is not counted. What was closed in it without having been done was so whatever became of its project.
    pub fn excluded_in(&self, stay: &Stay<'_>) -> Option<&'static str> {
        match self.excluded {
            None | Some(PROJECT_DELETED) if stay.is_abandoned => Some(ABANDONED),
            excluded => excluded,
        }
    }
}

/// The flow of some items. The same rows in any order give the same facts in the same order.
#[derive(Debug)]
pub struct Flows<'a> {
    /// One fact an item, by id.
    pub items: Vec<WorkItemFact<'a>>,
    /// One fact for each item and sprint that it was in, by sprint, then by item.
    pub sprint_items: Vec<SprintItemFact<'a>>,
}

impl<'a> Flows<'a> {
    /// Finds the flow of all items of `input`.
    pub fn new(
        input: &'a ItemsInput<'a>,
        organisation: &'a Organisation,
        workflow: &'a Workflow,
        settings: &'a Settings,
    ) -> Self {
        let mut changes: HashMap<&str, Vec<&Transition<'a>>> = HashMap::new();
        // Those of one item stand together more often than not.
        for run in input.transitions.chunk_by(|one, next| one.work_item_id == next.work_item_id) {
            if let Some(first) = run.first() {
                changes.entry(first.work_item_id).or_default().extend(run);
            }
        }
        changes.values_mut().for_each(|all| all.sort_by_key(|change| (change.at, change.position, change.id)));
        let mut memberships: HashMap<&str, Vec<&SprintStay<'a>>> = HashMap::new();
        for stay in &input.sprint_stays {
            memberships.entry(stay.work_item_id).or_default().push(stay);
        }
        let sprints: HashMap<&str, &Sprint<'a>> = input.sprints.iter().map(|sprint| (sprint.id, sprint)).collect();
        let making = Making { organisation, workflow, settings, sprints };
        let (mut items, mut sprint_items) = (Vec::with_capacity(input.items.len()), Vec::new());
        for item in &input.items {
            let changes = changes.get(item.id).map_or(&[][..], Vec::as_slice);
            let memberships = memberships.get(item.id).map_or(&[][..], Vec::as_slice);
            let fact = making.fact(item, changes, memberships);
            sprint_items.extend(self::sprint_items(&fact, memberships, &making.sprints, organisation));
            items.push(fact);
        }
        items.sort_by_key(|fact| fact.item.id);
        sprint_items.sort_by_key(|fact: &SprintItemFact<'a>| (fact.sprint.id, fact.work_item_id));
        Self { items, sprint_items }
    }
}

struct Making<'i, 'a> {
    organisation: &'a Organisation,
    workflow: &'a Workflow,
    settings: &'a Settings,
    sprints: HashMap<&'i str, &'i Sprint<'a>>,
}

impl<'a> Making<'_, 'a> {
    fn fact(
        &self,
        item: &WorkItem<'a>,
        changes: &[&Transition<'a>],
        memberships: &[&SprintStay<'a>],
    ) -> WorkItemFact<'a> {
        let (flow, organisation) = (&self.settings.flow, self.organisation);
        let stays = stays(item, changes, self.workflow, flow);
        let is_closed = item.status_category == Some("done");
        let is_abandoned = is_abandoned(item, flow);
        let is_done = is_closed && !is_abandoned;
        let closed_at = if is_closed { closed_at(&stays) } else { None };
        let done_at = closed_at.filter(|_| is_done);
        let abandoned_at = closed_at.filter(|_| is_abandoned);
        let started_at = stays.iter().find(|stay| stay.category == Some("doing")).map(|stay| stay.entered_at);
        let committed_at = self.committed_at(&stays, memberships).into_iter().chain(started_at).min();
        let (active_seconds, waiting_seconds) = flow_seconds(&stays, started_at, done_at, flow).unzip();
        let blocks = blocks(&item.labels, &stays, changes, flow);
        let last_change_at = changes.iter().map(|change| change.at).chain(item.created_at).max();
        let project_id =
            item.project_id.or_else(|| item.repository_id.and_then(|repository| organisation.project_of(repository)));
        let owning_team_id = project_id.and_then(|project| organisation.owner_of(project));
        let team_id = item
            .assignee_id
            .and_then(|assignee| organisation.team_at(assignee, done_at.or(last_change_at)))
            .or(owning_team_id);
        let home = item.project_id.or(item.repository_id);
        let went_by = changes.iter().filter(|change| change.field == KEY).filter_map(|change| change.from);
        let level = flow.level(item.kind, item.type_id.and_then(|id| self.workflow.level(id)));
        WorkItemFact {
            item: item.clone(),
            project_id,
            team_id,
            owning_team_id,
            assignee_id: item.assignee_id.map(|assignee| organisation.person(assignee)),
            level,
            class: flow.class(item.kind, &item.labels),
            stage: item.status.and_then(|status| flow.stage(status)),
            committed_at,
            started_at,
            done_at,
            abandoned_at,
            is_done,
            active_seconds,
            waiting_seconds,
            blocked_seconds: started_at.map_or(0.0, |started| blocked_seconds(&blocks, started, closed_at)),
            blocked_since: blocks.last().filter(|(_, until)| until.is_none() && !is_closed).map(|(from, _)| *from),
            reopened: stays.windows(2).filter(|pair| matches!(pair, [a, b] if a.is_done() && !b.is_done())).count()
                as i64,
            returned: (!flow.stages.is_empty()).then(|| returned(&stays)),
            last_change_at,
            excluded: match level {
                "epic" => Some("epic"),
                "subtask" => Some("subtask"),
                _ if item.status_category.is_none() => Some("unmapped status"),
                // It never was open as far as anybody knows.
                _ if is_abandoned && abandoned_at.is_none() => Some(ABANDONED),
                // Nobody will ever do it; what was done stays done, and what was abandoned was open until then.
                _ if !is_closed && home.is_some_and(|home| organisation.is_gone(home)) => Some(PROJECT_DELETED),
                _ => None,
            },
            former_keys: organisation.former_keys(item.key, went_by),
            stays,
        }
    }

    /// When an item came into a sprint that ran, or into a stage from the commitment on.
    fn committed_at(&self, stays: &[Stay<'a>], memberships: &[&SprintStay<'a>]) -> Option<i64> {
        let from = self.settings.flow.committed_from();
        let stage = from.and_then(|from| stays.iter().find(|stay| stay.stage.is_some_and(|stage| stage >= from)));
        let in_sprints = memberships.iter().filter_map(|stay| {
            let sprint = self.sprints.get(stay.sprint_id).filter(|sprint| sprint.state != Some("future"))?;
            let starts = sprint.starts_at?;
            let at = stay.added_at.map_or(starts, |added| added.max(starts));
            // What was taken out before the sprint began was not committed to.
            stay.removed_at.is_none_or(|removed| removed > at).then_some(at)
        });
        in_sprints.chain(stage.map(|stay| stay.entered_at)).min()
    }
}

/// When the last run of stays began whose statuses mean done.
fn closed_at(stays: &[Stay<'_>]) -> Option<i64> {
    stays.iter().rev().take_while(|stay| stay.is_done()).last().map(|stay| stay.entered_at)
}

/// Seconds in active and in waiting stages from started to done; none while it is not done, or where it stayed in a status
/// of no stage in between. What was done waited for nobody until it was taken up again, unless a stage says so.
fn flow_seconds(stays: &[Stay<'_>], started: Option<i64>, done: Option<i64>, flow: &Flow) -> Option<(f64, f64)> {
    let (started, done) = (started?, done?);
    // Also of what took no time, which was in no stage all the same.
    if flow.stages.is_empty() {
        return None;
    }
    let (mut active, mut waiting) = (0, 0);
    for stay in stays.iter().filter(|stay| stay.stage.is_some() || !stay.is_done()) {
        let micros = stay.left_at.unwrap_or(done).min(done) - stay.entered_at.max(started);
        if micros > 0 {
            let stage = flow.stages.get(stay.stage?)?;
            *(if stage.active { &mut active } else { &mut waiting }) += micros;
        }
    }
    Some((active as f64 / 1e6, waiting as f64 / 1e6))
}

/// How often an item went back to an earlier stage. What was done and is taken up again is counted as re-opened instead.
fn returned(stays: &[Stay<'_>]) -> i64 {
    let mut last: Option<&Stay<'_>> = None;
    let mut times = 0;
    // Done ends a way, also where it is no stage.
    for stay in stays.iter().filter(|stay| stay.stage.is_some() || stay.is_done()) {
        if last.is_some_and(|last| !last.is_done() && stay.stage.is_some() && stay.stage < last.stage) {
            times += 1;
        }
        last = Some(stay);
    }
    times
}
