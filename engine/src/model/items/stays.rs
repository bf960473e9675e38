//! The statuses that an item was in, one after the other.

use super::input::{Transition, WorkItem};
use crate::{Flow, model::workflow::Workflow};

/// The field of transitions that says which status an item came from, and which it came to.
pub(crate) const STATUS: &str = "status";
/// That which says how it is closed.
pub(crate) const RESOLUTION: &str = "resolution";

/// An item's stay in one status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stay<'a> {
    /// The status; unknown where the history does not tell how it began.
    pub status: Option<&'a str>,
    /// `todo`, `doing` or `done`; unknown of a status that nobody mapped.
    pub category: Option<&'a str>,
    /// The place of its stage.
    pub stage: Option<usize>,
    /// When it came in.
    pub entered_at: i64,
    /// When it went out.
    pub left_at: Option<i64>,
    /// Whether no later stay of the item, but those in which it was done, is in the same stage; of stays in none, in the same category.
    pub is_last: bool,
    /// Whether the item was closed in it without having been done: neither open nor done.
    pub is_abandoned: bool,
}

impl Stay<'_> {
    /// Whether the item was closed in it, done or not.
    pub fn is_done(&self) -> bool {
        self.category == Some("done")
    }
}

/// The stays of an item, from its changes in the order of time. Each begins where the one before ends.
///
/// What its source says of the item now counts more than its history, which may lack what happened while nobody looked: an
/// item that is done, and whose history does not say so, is done since it was resolved.
pub(super) fn stays<'a>(
    item: &WorkItem<'a>,
    changes: &[&Transition<'a>],
    workflow: &'a Workflow,
    flow: &Flow,
) -> Vec<Stay<'a>> {
    let moves: Vec<&Transition<'a>> = changes.iter().copied().filter(|change| change.field == STATUS).collect();
    let begins = moves.first().map(|first| first.at).into_iter().chain(item.created_at).min();
    let Some(begins) = begins else { return Vec::new() };
    let stay = |(status, id): (Option<&'a str>, Option<&'a str>), entered_at| {
        // A status that is renamed is the same: what it is called now is what stages and people know.
        let told = id.and_then(|id| workflow.status_of(id));
        let status = told.map(|(name, _)| name).or(status);
        let is_now = status.is_some() && status == item.status;
        let by_name = || status.and_then(|status| workflow.category(item.connection, status));
        let known = told.map(|(_, category)| category).or_else(by_name);
        Stay {
            status,
            category: if is_now { item.status_category.or(known) } else { known },
            stage: status.and_then(|status| flow.stage(status)),
            entered_at,
            left_at: None,
            is_last: true,
            is_abandoned: false,
        }
    };
    let now = (item.status, None);
    // A source that names no status may say all the same what it means.
    let stay_now = |entered_at| {
        let now = stay(now, entered_at);
        Stay { category: item.status_category.or(now.category), ..now }
    };
    let resolved = item.resolved_at.filter(|_| item.status_category == Some("done"));
    let first = match moves.first() {
        Some(first) => stay((first.from, first.from_status), begins),
        // It was something else before it was done, and nothing tells what.
        None if resolved.is_some_and(|at| at > begins) => stay((None, None), begins),
        None => stay_now(begins),
    };
    let mut stays = vec![first];
    for change in &moves {
        enter(&mut stays, stay((change.to, change.to_status), change.at));
    }
    let last = stays.last().filter(|last| match item.status {
        Some(_) => last.status != item.status,
        None => item.status_category.is_some() && last.category != item.status_category,
    });
    if let Some(entered_at) = last.map(|last| last.entered_at) {
        match resolved.filter(|at| *at > entered_at) {
            Some(at) => enter(&mut stays, stay_now(at)),
            None => {
                stays.pop();
                stays.push(stay_now(entered_at));
            }
        }
    }
    tell_last(&mut stays, flow);
    tell_abandoned(&mut stays, item, changes, flow);
    stays
}

/// Whether an item is closed without having been done, as its source tells it now.
pub(super) fn is_abandoned(item: &WorkItem<'_>, flow: &Flow) -> bool {
    item.status_category == Some("done") && says_abandoned([item.resolution, item.status], flow)
}

fn says_abandoned(told: [Option<&str>; 2], flow: &Flow) -> bool {
    told.into_iter().flatten().any(|text| flow.is_abandoned(text))
}

/// Tells of each time that an item was closed how it was when that ended: by what its source says of it now, or, of one that was taken up again, by
/// the resolution that it had until then and the status that it came from.
fn tell_abandoned(stays: &mut [Stay<'_>], item: &WorkItem<'_>, changes: &[&Transition<'_>], flow: &Flow) {
    for closed in stays.chunk_by_mut(|one, next| one.is_done() == next.is_done()) {
        let Some(last) = closed.last().copied().filter(Stay::is_done) else { continue };
        let is_abandoned = match last.left_at {
            None => is_abandoned(item, flow),
            Some(left_at) => says_abandoned([resolution_until(changes, left_at), last.status], flow),
        };
        closed.iter_mut().for_each(|stay| stay.is_abandoned = is_abandoned);
    }
}

/// The resolution that an item had until an instant, in which it may have lost it, as far as its history tells.
fn resolution_until<'a>(changes: &[&Transition<'a>], at: i64) -> Option<&'a str> {
    let mut told = changes.iter().filter(|change| change.field == RESOLUTION).peekable();
    let first = told.peek().and_then(|first| first.from);
    told.take_while(|change| change.at < at).last().map_or(first, |before| before.to)
}

fn tell_last(stays: &mut [Stay<'_>], flow: &Flow) {
    let mut later: Vec<Option<&str>> = Vec::new();
    for stay in stays.iter_mut().rev() {
        let place = flow.stage_name(stay.stage).or(stay.category);
        stay.is_last = !later.contains(&place);
        if stay.is_last && !stay.is_done() {
            later.push(place);
        }
    }
}

fn enter<'a>(stays: &mut Vec<Stay<'a>>, next: Stay<'a>) {
    if let Some(last) = stays.last_mut() {
        last.left_at = Some(next.entered_at);
    }
    stays.push(next);
}

/// The category that an item was in at a time; unknown before it was made.
pub(super) fn category_at<'a>(stays: &[Stay<'a>], at: i64) -> Option<&'a str> {
    stays.iter().rev().find(|stay| stay.entered_at <= at)?.category
}
