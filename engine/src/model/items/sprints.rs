//! What became of items in sprints: committed, added, removed, completed, carried over.

use super::flow::{ABANDONED, PROJECT_DELETED, WorkItemFact};
use super::input::{Sprint, SprintStay};
use super::stays::category_at;
use crate::model::Organisation;
use std::collections::{BTreeMap, HashMap};

/// A row of `facts.sprint_items`.
#[derive(Clone, Debug, PartialEq)]
pub struct SprintItemFact<'a> {
    /// The sprint.
    pub sprint: Sprint<'a>,
    /// The project that the sprint is of: the one that was decided of its board, else the one that its source says.
    pub sprint_project_id: Option<&'a str>,
    /// The item.
    pub work_item_id: &'a str,
    /// Where the item lives.
    pub home_id: &'a str,
    /// Its project.
    pub project_id: Option<&'a str>,
    /// Its repository.
    pub repository_id: Option<&'a str>,
    /// Its team.
    pub team_id: Option<&'a str>,
    /// The team that owns its project.
    pub owning_team_id: Option<&'a str>,
    /// Its class.
    pub class: &'static str,
    /// Its type, as its source names it.
    pub kind: Option<&'a str>,
    /// Its estimate now.
    pub points: Option<f64>,
    /// When it first came in.
    pub added_at: Option<i64>,
    /// When it last went out.
    pub removed_at: Option<i64>,
    /// Whether it was in when the sprint began.
    pub is_committed: bool,
    /// Whether it came in afterwards.
    pub is_added: bool,
    /// Whether it was taken out while the sprint ran.
    pub is_removed: bool,
    /// Whether it was in and done at the end, or now.
    pub is_completed: bool,
    /// Whether it was in and not done at the end.
    pub is_carried_over: bool,
    /// Why it is not counted.
    pub excluded: Option<&'static str>,
}

impl SprintItemFact<'_> {
    /// When the sprint was closed, else when it is planned to end.
    pub fn ends_at(&self) -> Option<i64> {
        ends_at(&self.sprint)
    }
}

fn ends_at(sprint: &Sprint<'_>) -> Option<i64> {
    sprint.completed_at.or(sprint.ends_at)
}

/// What became of an item in each of the sprints that it was in.
pub(super) fn sprint_items<'a>(
    item: &WorkItemFact<'a>,
    memberships: &[&SprintStay<'a>],
    sprints: &HashMap<&str, &Sprint<'a>>,
    organisation: &'a Organisation,
) -> Vec<SprintItemFact<'a>> {
    let mut by_sprint: BTreeMap<&str, Vec<&SprintStay<'a>>> = BTreeMap::new();
    for stay in memberships {
        by_sprint.entry(stay.sprint_id).or_default().push(stay);
    }
    let known = by_sprint.into_iter().filter_map(|(id, stays)| Some((*sprints.get(id)?, stays)));
    known.map(|(sprint, stays)| fact(item, sprint, &stays, organisation)).collect()
}

fn fact<'a>(
    item: &WorkItemFact<'a>,
    sprint: &Sprint<'a>,
    stays: &[&SprintStay<'a>],
    organisation: &'a Organisation,
) -> SprintItemFact<'a> {
    let is_in_now = stays.iter().any(|stay| stay.removed_at.is_none());
    let is_closed = sprint.state == Some("closed");
    let (starts, ends) = (sprint.starts_at, ends_at(sprint));
    // At its end, what goes out in this instant is in still: closing a sprint is what takes it out.
    let is_in = |at: i64, closing: bool| {
        let lasts = |removed: i64| removed > at || closing && removed == at;
        stays.iter().any(|stay| stay.added_at.is_none_or(|added| added <= at) && stay.removed_at.is_none_or(lasts))
    };
    let is_committed = starts.is_some_and(|starts| is_in(starts, false));
    // One that runs on beyond the day on which it was to end has not ended.
    let ended = ends.filter(|_| is_closed);
    let comes_later =
        |added: &i64| starts.is_some_and(|starts| *added > starts) && ended.is_none_or(|ended| *added <= ended);
    let later = stays.iter().filter_map(|stay| stay.added_at).filter(comes_later).min();
    let is_added = !is_committed && later.is_some();
    // What came in when it was done already was done elsewhere, and what was opened again by then was not done.
    let came_in = later.filter(|_| is_added).or(starts);
    // What is abandoned by then was taken out, also where nobody took the trouble to; what is later was in and not done.
    let abandoned = ended.map_or(item.abandoned_at, |ended| item.abandoned_by(ended));
    let (is_in_at_end, is_done_at_end) = match ended {
        Some(ended) => (is_in(ended, true), category_at(&item.stays, ended) == Some("done")),
        None => (is_in_now, item.is_done),
    };
    let is_in_at_end = is_in_at_end && abandoned.is_none();
    let was_in = is_committed || is_added;
    let is_removed = was_in && !is_in_at_end;
    let removed_at = if is_in_now { None } else { stays.iter().filter_map(|stay| stay.removed_at).max() };
    // What a sprint came to that is over was so whatever became of its project.
    let excluded = match item.excluded.filter(|reason| !(is_closed && *reason == PROJECT_DELETED)) {
        Some(reason) => Some(reason),
        None if sprint.state == Some("future") => Some("future sprint"),
        None => match came_in {
            None => Some("no dates"),
            Some(_) if is_closed && ends.is_none() => Some("no dates"),
            Some(came_in) if item.abandoned_by(came_in).is_some() => Some(ABANDONED),
            Some(came_in) if category_at(&item.stays, came_in) == Some("done") => Some("done before"),
            Some(_) => None,
        },
    };
    SprintItemFact {
        sprint: sprint.clone(),
        sprint_project_id: sprint.board_id.and_then(|board| organisation.project_of_board(board)).or(sprint.project_id),
        work_item_id: item.item.id,
        home_id: item.item.home_id(),
        project_id: item.project_id,
        repository_id: item.item.repository_id,
        team_id: item.team_id,
        owning_team_id: item.owning_team_id,
        class: item.class,
        kind: item.item.kind,
        points: item.item.points,
        // Unknown of one that was always in.
        added_at: if stays.iter().any(|stay| stay.added_at.is_none()) {
            None
        } else {
            stays.iter().filter_map(|s| s.added_at).min()
        },
        removed_at: removed_at.into_iter().chain(abandoned.filter(|_| is_removed)).min(),
        is_committed,
        is_added,
        is_removed,
        is_completed: was_in && is_in_at_end && is_done_at_end,
        is_carried_over: is_closed && was_in && is_in_at_end && !is_done_at_end,
        excluded,
    }
}
