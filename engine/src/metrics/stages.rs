//! The order of the stages of flow.

use crate::Settings;

/// Where a stage stands: the tenant's own in its order, then the categories of statuses as work goes through them, then those
/// that are mapped no more, by name; what is in none comes last.
pub(super) type Place = (usize, Option<String>);

/// The categories of statuses, which stand for stages where none are mapped.
const CATEGORIES: [&str; 3] = ["todo", "doing", "done"];

/// Where a stage stands.
pub(super) fn place(settings: &Settings, stage: Option<&str>) -> Place {
    let own = settings.flow.stages.iter().map(|stage| stage.name.as_str());
    let all: Vec<&str> = own.chain(CATEGORIES).collect();
    let place = match stage {
        Some(stage) => all.iter().position(|name| *name == stage).unwrap_or(all.len()),
        None => all.len() + 1,
    };
    (place, stage.map(str::to_owned))
}
