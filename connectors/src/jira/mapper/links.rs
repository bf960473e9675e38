//! Links between issues.
//!
//! Both issues of a link tell it, each with the other's id, and make the same row of it. It is a part of the issue that it starts at, which
//! tells when it is there no more; where that is in a project that is not read, and never tells anything, of the one that it leads to.
//! One that did not change since the settings say is read once it changes, as it does when the link goes.

use super::Work;
use super::issues::Ticket;
use super::values::present;
use crate::jira::JiraSettings;
use crate::jira::payload::{Link, Linked};
use pulse_engine::map::Reject;

/// An issue at the end of a link.
#[derive(Clone, Copy)]
pub(super) struct End<'a> {
    pub(super) number: &'a str,
    /// Its key, which begins with that of its project.
    pub(super) key: Option<&'a str>,
}

pub(super) fn map(work: &mut Work<'_>, ticket: &Ticket<'_>) -> Result<(), Reject> {
    let own = End { number: ticket.number, key: ticket.issue.key.as_deref() };
    for link in &ticket.issue.fields.own.issuelinks.0 {
        let Some((from, to)) = ends(own, link) else { continue };
        let id = present("fields.issuelinks.id", link.id.as_ref())?;
        let kind = present("fields.issuelinks.type.outward", link.r#type.outward.as_deref())?;
        let row = work
            .row("work_item_links", &native(keeper(from, to, ticket.settings), &id.0))?
            .set("from_id", work.id(&format!("issues/{}", from.number)))
            .set("from_key", from.key)
            .set("to_id", work.id(&format!("issues/{}", to.number)))
            .set("to_key", to.key)
            .set("kind", kind);
        work.push(row)?;
    }
    Ok(())
}

/// The links of an issue that was deleted went with it: also those that are parts of another, which need not change by it.
pub(super) fn gone(work: &mut Work<'_>, own: End<'_>, links: &[Link]) -> Result<(), Reject> {
    let settings = work.settings()?;
    for link in links {
        let (Some((from, to)), Some(id)) = (ends(own, link), link.id.as_ref()) else { continue };
        let keeper = keeper(from, to, &settings);
        if keeper != own.number {
            work.gone("work_item_links", &native(keeper, &id.0))?;
        }
    }
    Ok(())
}

fn native(keeper: &str, link: &str) -> String {
    format!("issues/{keeper}/links/{link}")
}

/// From which issue to which a link goes; none of one whose other side one may not see.
fn ends<'a>(own: End<'a>, link: &'a Link) -> Option<(End<'a>, End<'a>)> {
    let end = |side: &'a Option<Linked>| -> Option<End<'a>> {
        let side = side.as_ref()?;
        Some(End { number: side.id.as_ref()?.0.as_str(), key: side.key.as_deref() })
    };
    let outward = end(&link.outward_issue).map(|other| (own, other));
    outward.or_else(|| end(&link.inward_issue).map(|other| (other, own)))
}

/// The issue that a link is a part of.
fn keeper<'a>(from: End<'a>, to: End<'a>, settings: &JiraSettings) -> &'a str {
    let project = from.key.and_then(|key| Some(key.rsplit_once('-')?.0));
    if project.is_none_or(|project| settings.wants(project)) { from.number } else { to.number }
}
