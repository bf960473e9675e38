//! What projects are divided into, versions and components, and which of them an issue is about.

use super::Work;
use super::issues::Ticket;
use super::values::{day, present};
use crate::jira::payload::{Component, Id, Thing, Version};
use pulse_engine::map::Reject;

pub(super) fn version(work: &mut Work<'_>) -> Result<(), Reject> {
    let native = format!("versions/{}", work.number("<version>")?);
    if work.is_gone() {
        return work.gone("versions", &native);
    }
    let version: Version = work.read()?;
    let row = work
        .row("versions", &native)?
        .set("project_id", project(work, version.project_id)?)
        .set("name", present("name", version.name)?)
        .set("is_released", version.released)
        .set("is_archived", version.archived)
        .set("starts_on", day(version.start_date.as_deref()))
        .set("release_on", day(version.release_date.as_deref()));
    work.push(row)
}

pub(super) fn component(work: &mut Work<'_>) -> Result<(), Reject> {
    let native = format!("components/{}", work.number("<component>")?);
    if work.is_gone() {
        return work.gone("components", &native);
    }
    let component: Component = work.read()?;
    // No address is told here: somebody's row is made of what tells more of them.
    let lead = work.user_of(component.lead.as_ref().and_then(|lead| lead.id()));
    let row = work
        .row("components", &native)?
        .set("project_id", project(work, component.project_id)?)
        .set("name", present("name", component.name)?)
        .set("lead_id", lead);
    work.push(row)
}

fn project(work: &Work<'_>, id: Option<Id>) -> Result<String, Reject> {
    Ok(work.id(&format!("projects/{}", present("projectId", id)?.0)))
}

/// The versions and components that an issue names.
pub(super) fn of_issue(work: &mut Work<'_>, ticket: &Ticket<'_>) -> Result<(), Reject> {
    let own = &ticket.issue.fields.own;
    for (relation, field, versions) in
        [("fix", "fields.fixVersions.id", &own.fix_versions), ("affects", "fields.versions.id", &own.versions)]
    {
        for version in &versions.0 {
            let id = named(field, version)?;
            let row = work
                .row("work_item_versions", &format!("{}/versions/{relation}/{id}", ticket.native))?
                .set("work_item_id", work.id(&ticket.native))
                .set("version_id", work.id(&format!("versions/{id}")))
                .set("relation", relation);
            work.push(row)?;
        }
    }
    for component in &own.components.0 {
        let id = named("fields.components.id", component)?;
        let row = work
            .part_row("work_item_components", [&ticket.native, "components", id])?
            .set("work_item_id", work.id(&ticket.native))
            .set("component_id", work.id(&format!("components/{id}")));
        work.push(row)?;
    }
    Ok(())
}

fn named<'a>(field: &str, thing: &'a Thing) -> Result<&'a str, Reject> {
    Ok(present(field, thing.id.as_ref())?.0.as_str())
}
