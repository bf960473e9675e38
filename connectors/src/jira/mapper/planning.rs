//! Projects, the boards that belong to them, and sprints.

use super::Work;
use super::values::{meaning, present, time};
use crate::jira::payload::{Board, Id, Project, Sprint};
use pulse_engine::map::Reject;
use std::collections::BTreeSet;

/// How far a sprint is. Data Center shouts it in some places.
const STATES: &[(&str, &str)] = &[
    ("future", "future"),
    ("active", "active"),
    ("closed", "closed"),
    ("FUTURE", "future"),
    ("ACTIVE", "active"),
    ("CLOSED", "closed"),
];

pub(super) fn project(work: &mut Work<'_>) -> Result<(), Reject> {
    let native = format!("projects/{}", work.number("<project>")?);
    if work.is_gone() {
        return work.gone("projects", &native);
    }
    let project: Project = work.read()?;
    let row =
        work.row("projects", &native)?.set("name", present("name", project.name)?).set("key", project.key.clone());
    work.push(row)?;
    // A key stays known when another takes its place: texts may go on naming issues by it.
    for key in project.project_keys.into_iter().chain(project.key).collect::<BTreeSet<_>>() {
        let known = work
            .row("project_keys", &format!("{native}/keys/{key}"))?
            .set("project_id", work.id(&native))
            .set("key", key);
        work.push(known)?;
    }
    Ok(())
}

pub(super) fn board(work: &mut Work<'_>) -> Result<(), Reject> {
    let native = format!("boards/{}", work.number("<board>")?);
    if work.is_gone() {
        work.gone("boards", &native)?;
        return work.gone("project_scopes", &native);
    }
    let board: Board = work.read()?;
    let project = project_of(&board).map(|project| work.id(&format!("projects/{}", project.0)));
    let row = work.row("boards", &native)?.set("name", board.name).set("project_id", project.clone());
    work.push(row)?;
    let Some(project) = project else {
        // It may have been in a project before.
        return work.gone("project_scopes", &native);
    };
    let row = work
        .row("project_scopes", &native)?
        .set("project_id", project)
        .set("scope_kind", "board")
        .set("scope_id", work.id(&native));
    work.push(row)
}

/// The project that a board is in.
fn project_of(board: &Board) -> Option<&Id> {
    board.location.as_ref()?.project_id.as_ref()
}

/// A sprint belongs to the project that the board is in on which it was made, whatever else shows it.
pub(super) fn sprint(work: &mut Work<'_>) -> Result<(), Reject> {
    let native = format!("sprints/{}", work.number("<sprint>")?);
    if work.is_gone() {
        return work.gone("sprints", &native);
    }
    let sprint: Sprint = work.read()?;
    let project = sprint.origin_board.as_ref().and_then(project_of);
    let row = work
        .row("sprints", &native)?
        .set("project_id", project.map(|project| work.id(&format!("projects/{}", project.0))))
        .set("name", present("name", sprint.name)?)
        .set("state", meaning("state", sprint.state.as_deref(), STATES)?)
        .set("starts_at", time(sprint.start_date.as_deref()))
        .set("ends_at", time(sprint.end_date.as_deref()))
        .set("completed_at", time(sprint.complete_date.as_deref()))
        .set("board_id", sprint.origin_board_id.map(|board| work.id(&format!("boards/{}", board.0))));
    work.push(row)
}
