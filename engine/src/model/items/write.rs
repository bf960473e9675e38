//! Facts of work items as Arrow batches in the schema of their tables.

use super::flow::WorkItemFact;
use super::sprints::SprintItemFact;
use super::stays::Stay;
use crate::entities::fact;
use crate::model::write::Building;
use crate::{Flow, Result};
use arrow::array::RecordBatch;

/// Rows of `facts.work_items`.
pub(super) fn items(rows: &[&WorkItemFact<'_>], flow: &Flow) -> Result<RecordBatch> {
    let entity = fact("work_items")?;
    Building::new(rows)
        .text("id", |f| Some(f.item.id))
        .text("home_id", |f| Some(f.item.home_id()))
        .text("project_id", |f| f.project_id)
        .text("repository_id", |f| f.item.repository_id)
        .text("team_id", |f| f.team_id)
        .text("parent_id", |f| f.item.parent_id)
        .text("key", |f| Some(f.item.key))
        .text("title", |f| f.item.title)
        .text("url", |f| f.item.url)
        .text("kind", |f| f.item.kind)
        .text("level", |f| Some(f.level))
        .text("class", |f| Some(f.class))
        .text("priority", |f| f.item.priority)
        .text("assignee_id", |f| f.assignee_id)
        .text("status", |f| f.item.status)
        .text("status_category", |f| f.item.status_category)
        .text("stage", |f| flow.stage_name(f.stage))
        .float("points", |f| f.item.points)
        .date("due_on", |f| f.item.due_on)
        .time("created_at", |f| f.item.created_at)
        .time("committed_at", |f| f.committed_at)
        .time("started_at", |f| f.started_at)
        .time("done_at", |f| f.done_at)
        .flag("is_done", |f| Some(f.is_done))
        .float("cycle_seconds", |f| f.cycle_seconds())
        .float("lead_seconds", |f| f.lead_seconds())
        .float("active_seconds", |f| f.active_seconds)
        .float("waiting_seconds", |f| f.waiting_seconds)
        .float("blocked_seconds", |f| Some(f.blocked_seconds))
        .time("blocked_since", |f| f.blocked_since)
        .int("reopened", |f| Some(f.reopened))
        .int("returned", |f| f.returned)
        .time("last_change_at", |f| f.last_change_at)
        .text("excluded", |f| f.excluded)
        .text("owning_team_id", |f| f.owning_team_id)
        .texts("labels", entity, |f| f.item.labels.iter().copied())
        .texts("former_keys", entity, |f| f.former_keys.iter().map(String::as_str))
        .time("abandoned_at", |f| f.abandoned_at)
        .finish(entity)
}

/// A stay with its item and its place among the item's.
pub(super) type PlacedStay<'f, 'a> = (&'f WorkItemFact<'a>, usize, Stay<'a>);

/// Rows of `facts.work_item_stays`.
pub(super) fn stays(rows: &[PlacedStay<'_, '_>], flow: &Flow) -> Result<RecordBatch> {
    Building::new(rows)
        .text("work_item_id", |(f, _, _)| Some(f.item.id))
        .int("position", |(_, place, _)| Some(*place as i64))
        .text("home_id", |(f, _, _)| Some(f.item.home_id()))
        .text("project_id", |(f, _, _)| f.project_id)
        .text("repository_id", |(f, _, _)| f.item.repository_id)
        .text("team_id", |(f, _, _)| f.team_id)
        .text("level", |(f, _, _)| Some(f.level))
        .text("class", |(f, _, _)| Some(f.class))
        .text("status", |(_, _, stay)| stay.status)
        .text("status_category", |(_, _, stay)| stay.category)
        .text("stage", |(_, _, stay)| flow.stage_name(stay.stage))
        .time("entered_at", |(_, _, stay)| Some(stay.entered_at))
        .time("left_at", |(_, _, stay)| stay.left_at)
        .text("excluded", |(f, _, stay)| f.excluded_in(stay))
        .text("owning_team_id", |(f, _, _)| f.owning_team_id)
        .text("kind", |(f, _, _)| f.item.kind)
        .flag("is_last", |(_, _, stay)| Some(stay.is_last))
        .finish(fact("work_item_stays")?)
}

/// Rows of `facts.sprint_items`.
pub(super) fn sprint_items(rows: &[&SprintItemFact<'_>]) -> Result<RecordBatch> {
    Building::new(rows)
        .text("sprint_id", |f| Some(f.sprint.id))
        .text("work_item_id", |f| Some(f.work_item_id))
        .text("home_id", |f| Some(f.home_id))
        .text("project_id", |f| f.project_id)
        .text("repository_id", |f| f.repository_id)
        .text("team_id", |f| f.team_id)
        .text("sprint_name", |f| f.sprint.name)
        .text("sprint_state", |f| f.sprint.state)
        .time("sprint_starts_at", |f| f.sprint.starts_at)
        .time("sprint_ends_at", |f| f.ends_at())
        .float("points", |f| f.points)
        .time("added_at", |f| f.added_at)
        .time("removed_at", |f| f.removed_at)
        .flag("is_committed", |f| Some(f.is_committed))
        .flag("is_added", |f| Some(f.is_added))
        .flag("is_removed", |f| Some(f.is_removed))
        .flag("is_completed", |f| Some(f.is_completed))
        .flag("is_carried_over", |f| Some(f.is_carried_over))
        .text("excluded", |f| f.excluded)
        .text("owning_team_id", |f| f.owning_team_id)
        .text("class", |f| Some(f.class))
        .text("kind", |f| f.kind)
        .text("sprint_project_id", |f| f.sprint_project_id)
        .finish(fact("sprint_items")?)
}
