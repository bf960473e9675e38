//! Milestones: what issues of a repository are planned for, and so its versions.

use super::Work;
use super::values::{day, meaning, present};
use crate::github::payload::Milestone;
use pulse_engine::map::Reject;
use std::fmt::Display;

/// Whether it is closed.
const STATES: &[(&str, bool)] = &[("OPEN", false), ("CLOSED", true)];

/// The native part of its key.
pub(super) fn native(repository: &str, number: impl Display) -> String {
    format!("{repository}/milestones/{number}")
}

pub(super) fn map(work: &mut Work<'_>) -> Result<(), Reject> {
    let (repository, number) = work.numbered()?;
    if work.is_gone() {
        return work.gone("versions", &native(repository, number));
    }
    let milestone: Milestone = work.read()?;
    let is_closed = meaning("state", milestone.state.as_deref(), STATES)?;
    // One that is closed is out, whenever it was due.
    let out_on = if is_closed { milestone.closed_at } else { milestone.due_on };
    let row = work
        .row("versions", &native(repository, number))?
        .set("repository_id", work.id(repository))
        .set("name", present("title", milestone.title)?)
        .set("is_released", is_closed)
        .set("is_archived", false)
        .set("release_on", day(out_on.as_deref()));
    work.push(row)
}
