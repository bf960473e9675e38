//! Rows of core as the typed structs of work items, which borrow their texts from the batches.

use super::input::{Sprint, SprintStay, Transition, WorkItem};
use crate::Result;
use crate::model::read::Columns;
use crate::model::workflow::Workflow;
use arrow::array::RecordBatch;

/// The work items of a batch.
pub(super) fn items<'b>(batch: &'b RecordBatch, all: &mut Vec<WorkItem<'b>>) -> Result<()> {
    let c = Columns(batch);
    let (id, connection, key, title) = (c.text("id")?, c.text("connection")?, c.text("key")?, c.text("title")?);
    let (project, repository, parent) = (c.text("project_id")?, c.text("repository_id")?, c.text("parent_id")?);
    let (url, kind, priority, assignee) =
        (c.text("url")?, c.text("kind")?, c.text("priority")?, c.text("assignee_id")?);
    let (type_id, resolution) = (c.text("type_id")?, c.text("resolution")?);
    let (status, category, points, labels) =
        (c.text("status")?, c.text("status_category")?, c.float("points")?, c.texts("labels")?);
    let (created, resolved, due) = (c.time("created_at")?, c.time("resolved_at")?, c.date("due_on")?);
    let deleted = c.time("deleted_at")?;
    for row in (0..batch.num_rows()).filter(|row| deleted.at(*row).is_none()) {
        let (Some(id), Some(key)) = (id.at(row), key.at(row)) else { continue };
        all.push(WorkItem {
            id,
            connection: connection.at(row).unwrap_or_default(),
            project_id: project.at(row),
            repository_id: repository.at(row),
            parent_id: parent.at(row),
            key,
            title: title.at(row),
            url: url.at(row),
            kind: kind.at(row),
            type_id: type_id.at(row),
            priority: priority.at(row),
            assignee_id: assignee.at(row),
            status: status.at(row),
            status_category: category.at(row),
            points: points.at(row),
            created_at: created.at(row),
            resolved_at: resolved.at(row),
            resolution: resolution.at(row),
            due_on: due.at(row),
            labels: labels.at(row).collect(),
        });
    }
    Ok(())
}

/// The transitions of a batch.
pub(super) fn transitions<'b>(batch: &'b RecordBatch, all: &mut Vec<Transition<'b>>) -> Result<()> {
    let c = Columns(batch);
    let (id, item, field) = (c.text("id")?, c.text("work_item_id")?, c.text("field")?);
    let (from, to, at) = (c.text("from_value")?, c.text("to_value")?, c.time("changed_at")?);
    let (position, deleted) = (c.int("position")?, c.time("deleted_at")?);
    let (from_status, to_status) = (c.text("from_status_id")?, c.text("to_status_id")?);
    for row in (0..batch.num_rows()).filter(|row| deleted.at(*row).is_none()) {
        let (Some(id), Some(work_item_id)) = (id.at(row), item.at(row)) else { continue };
        let (Some(field), Some(at)) = (field.at(row), at.at(row)) else { continue };
        let position = position.at(row).unwrap_or_default();
        let (from, to) = (from.at(row), to.at(row));
        let (from_status, to_status) = (from_status.at(row), to_status.at(row));
        all.push(Transition { id, work_item_id, field, from, to, from_status, to_status, at, position });
    }
    Ok(())
}

/// The stays in sprints of a batch.
pub(super) fn sprint_stays<'b>(batch: &'b RecordBatch, all: &mut Vec<SprintStay<'b>>) -> Result<()> {
    let c = Columns(batch);
    let (sprint, item) = (c.text("sprint_id")?, c.text("work_item_id")?);
    let (added, removed, deleted) = (c.time("added_at")?, c.time("removed_at")?, c.time("deleted_at")?);
    for row in (0..batch.num_rows()).filter(|row| deleted.at(*row).is_none()) {
        if let (Some(sprint_id), Some(work_item_id)) = (sprint.at(row), item.at(row)) {
            all.push(SprintStay { sprint_id, work_item_id, added_at: added.at(row), removed_at: removed.at(row) });
        }
    }
    Ok(())
}

/// The sprints of a batch.
pub(super) fn sprints<'b>(batch: &'b RecordBatch, all: &mut Vec<Sprint<'b>>) -> Result<()> {
    let c = Columns(batch);
    let (id, name, state) = (c.text("id")?, c.text("name")?, c.text("state")?);
    let (starts, ends) = (c.time("starts_at")?, c.time("ends_at")?);
    let (completed, deleted) = (c.time("completed_at")?, c.time("deleted_at")?);
    let (project, board) = (c.text("project_id")?, c.text("board_id")?);
    for row in (0..batch.num_rows()).filter(|row| deleted.at(*row).is_none()) {
        let Some(id) = id.at(row) else { continue };
        all.push(Sprint {
            id,
            name: name.at(row),
            state: state.at(row),
            starts_at: starts.at(row),
            ends_at: ends.at(row),
            completed_at: completed.at(row),
            project_id: project.at(row),
            board_id: board.at(row),
        });
    }
    Ok(())
}

/// What the statuses of a batch mean.
pub(in crate::model) fn statuses(batch: &RecordBatch, into: &mut Workflow) -> Result<()> {
    let c = Columns(batch);
    let (id, connection, name) = (c.text("id")?, c.text("connection")?, c.text("name")?);
    let (category, deleted) = (c.text("status_category")?, c.time("deleted_at")?);
    for row in 0..batch.num_rows() {
        if let (Some(id), Some(name), Some(category)) = (id.at(row), name.at(row), category.at(row)) {
            into.status(connection.at(row).unwrap_or_default(), id, name, category, deleted.at(row).is_some());
        }
    }
    Ok(())
}

/// Where the types of a batch stand, also of those that are gone: items are of them that were done, or that only went out of sight with them.
pub(in crate::model) fn types(batch: &RecordBatch, into: &mut Workflow) -> Result<()> {
    let c = Columns(batch);
    let (id, level) = (c.text("id")?, c.int("hierarchy_level")?);
    for row in 0..batch.num_rows() {
        if let (Some(id), Some(level)) = (id.at(row), level.at(row)) {
            into.work_item_type(id, level);
        }
    }
    Ok(())
}
