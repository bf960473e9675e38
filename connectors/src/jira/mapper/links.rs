//! Links between issues.
//!
//! Both issues of a link tell it, each with the other's id, and make the same row of it: that of the issue that it starts at.

use super::Work;
use super::issues::Ticket;
use super::values::present;
use crate::jira::payload::{Id, Link, Thing};
use pulse_engine::map::Reject;

pub(super) fn map(work: &mut Work<'_>, ticket: &Ticket<'_>) -> Result<(), Reject> {
    for link in &ticket.issue.fields.own.issuelinks.0 {
        let Some((from, to)) = sides(ticket.number, link) else { continue };
        let id = present("fields.issuelinks.id", link.id.as_ref())?;
        let kind = present("fields.issuelinks.type.outward", link.r#type.outward.as_deref())?;
        let row = work
            .row("work_item_links", &format!("issues/{from}/links/{}", id.0))?
            .set("from_id", work.id(&format!("issues/{from}")))
            .set("to_id", work.id(&format!("issues/{to}")))
            .set("kind", kind);
        work.push(row)?;
    }
    Ok(())
}

/// From which issue to which a link goes; none of one whose other side one may not see.
fn sides<'a>(own: &'a str, link: &'a Link) -> Option<(&'a str, &'a str)> {
    let id = |side: &'a Option<Thing>| -> Option<&'a Id> { side.as_ref()?.id.as_ref() };
    let outward = id(&link.outward_issue).map(|other| (own, other.0.as_str()));
    outward.or_else(|| id(&link.inward_issue).map(|other| (other.0.as_str(), own)))
}
