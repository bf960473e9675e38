//! The statuses that an item was in, one after the other.

use super::input::{Transition, WorkItem};
use crate::{Flow, model::workflow::Workflow};

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
}

impl Stay<'_> {
    /// Whether the item was done in it.
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
    let moves: Vec<&Transition<'a>> = changes.iter().copied().filter(|change| change.field == "status").collect();
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
    stays
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
