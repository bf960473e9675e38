//! Issues: work items with all that belongs to them.

use super::history::{Change, changes, entered, transitions};
use super::values::{day, known, meaning, micros, present, time};
use super::{Work, custom, development, incidents, links, project_parts, stays};
use crate::jira::client::GATEWAY;
use crate::jira::payload::{Id, Issue, IssueType, Status};
use crate::jira::{Fields, JiraSettings, Statuses};
use pulse_engine::map::Reject;
use pulse_engine::row::Value;
use serde_json::Value as Json;

/// Entities of what belongs to an issue, and how their keys go on after its own.
pub(super) const PARTS: &[(&str, &str)] = &[
    ("work_item_transitions", "events"),
    ("comments", "comments"),
    ("work_item_versions", "versions"),
    ("work_item_components", "components"),
    ("work_item_links", "links"),
    ("sprint_items", "sprints"),
    ("work_item_fields", "fields"),
];

/// What Jira's categories mean. `undefined` is that of a status that nobody gave one.
const CATEGORIES: &[(&str, Option<&str>)] =
    &[("new", Some("todo")), ("indeterminate", Some("doing")), ("done", Some("done")), ("undefined", None)];

/// An issue on its way.
pub(super) struct Ticket<'a> {
    pub(super) number: &'a str,
    /// The native part of its key.
    pub(super) native: String,
    pub(super) issue: &'a Issue<'a>,
    pub(super) settings: &'a JiraSettings,
    /// Its history, in the order of time.
    pub(super) changes: Vec<Change<'a>>,
    pub(super) resolved_at: Option<i64>,
    /// What its status means.
    pub(super) category: Option<&'static str>,
    /// Where people open it.
    pub(super) url: Option<String>,
}

pub(super) fn map(work: &mut Work<'_>) -> Result<(), Reject> {
    let number = work.number("<issue>")?;
    if work.is_gone() {
        return gone(work, number);
    }
    let settings = work.settings()?;
    let issue: Issue<'_> = work.read()?;
    let own = &issue.fields.own;
    let key = present("key", issue.key.as_deref())?;
    let category = category(own.status.as_ref(), &settings.statuses)?;
    let histories = issue.changelog.as_ref().map(|changelog| changelog.histories.0.as_slice());
    let changes = changes(histories.unwrap_or_default())?;
    let is_done = |status: &str| {
        let is_current = own.status.as_ref().and_then(|status| status.name.as_deref()) == Some(status);
        category == Some("done") && (is_current || settings.statuses.category(status) == Some("done"))
    };
    let resolved_at = own.resolutiondate.as_deref().and_then(micros).or_else(|| entered(&changes, is_done));
    let url = issue.address.as_deref().and_then(|address| page(address, settings.site.as_deref(), key));
    let native = format!("issues/{number}");
    let parent = own.parent.as_ref().and_then(|parent| parent.id.clone());
    let parent =
        parent.or_else(|| settings.fields.above().find_map(|field| above(&issue, &changes, &settings.fields, field)));
    let points = settings.fields.points.iter().find_map(|field| issue.fields.get(Some(field)).and_then(custom::number));
    let project = own.project.as_ref().and_then(|project| project.id.as_ref());
    let (assignee, reporter) = (work.user(own.assignee.as_ref()), work.user(own.reporter.as_ref()));
    let row = work
        .row("work_items", &native)?
        .set("project_id", project.map(|project| work.id(&format!("projects/{}", project.0))))
        .set("key", key)
        .set("title", own.summary.clone())
        .set("kind", own.issuetype.as_ref().and_then(|kind| kind.name.clone()))
        .set("status", own.status.as_ref().and_then(|status| status.name.clone()))
        .set("status_category", category)
        .set("assignee_id", assignee)
        .set("reporter_id", reporter)
        .set("parent_id", parent.map(|parent| work.id(&format!("issues/{}", parent.0))))
        .set("priority", own.priority.as_ref().and_then(|priority| priority.name.clone()))
        .set("points", points)
        .set("created_at", time(own.created.as_deref()))
        .set("resolved_at", known(resolved_at))
        .set("due_on", day(own.duedate.as_deref()))
        .set("labels", own.labels.0.clone())
        .set("url", url.clone())
        .set(
            "type_id",
            own.issuetype.as_ref().and_then(|kind| Some(work.id(&format!("types/{}", kind.id.as_ref()?.0)))),
        )
        .set("resolution", own.resolution.as_ref().and_then(|resolution| resolution.name.clone()));
    work.push(row)?;
    let ticket = Ticket { number, native, issue: &issue, settings: &settings, changes, resolved_at, category, url };
    PARTS.iter().try_for_each(|(entity, below)| work.parts(entity, &ticket.native, below))?;
    transitions(work, &ticket)?;
    comments(work, &ticket)?;
    project_parts::of_issue(work, &ticket)?;
    links::map(work, &ticket)?;
    stays::map(work, &ticket)?;
    custom::map(work, &ticket)?;
    incidents::map(work, &ticket)
}

/// An issue that Jira no longer has, with all that belonged to it.
pub(super) fn gone(work: &mut Work<'_>, number: &str) -> Result<(), Reject> {
    let native = format!("issues/{number}");
    let all = PARTS.iter().chain([&development::PART]);
    all.into_iter().try_for_each(|(entity, below)| work.parts(entity, &native, below))?;
    work.gone("work_items", &native)?;
    work.gone("incidents", &incidents::native(number))
}

/// A status, which items may have had in their history.
pub(super) fn status(work: &mut Work<'_>) -> Result<(), Reject> {
    let native = format!("statuses/{}", work.number("<status>")?);
    if work.is_gone() {
        return work.gone("statuses", &native);
    }
    let settings = work.settings()?;
    let status: Status = work.read()?;
    let category = category(Some(&status), &settings.statuses)?;
    let row =
        work.row("statuses", &native)?.set("name", present("name", status.name)?).set("status_category", category);
    work.push(row)
}

/// A type of issues. Data Center says of one only whether its issues are parts of others.
pub(super) fn issue_type(work: &mut Work<'_>) -> Result<(), Reject> {
    let native = format!("types/{}", work.number("<type>")?);
    if work.is_gone() {
        return work.gone("work_item_types", &native);
    }
    let kind: IssueType = work.read()?;
    let level = kind.hierarchy_level.or((kind.subtask == Some(true)).then_some(-1));
    let row = work
        .row("work_item_types", &native)?
        .set("name", present("name", kind.name)?)
        .set("hierarchy_level", level.map_or(Value::Null, Value::Int));
    work.push(row)
}

/// What a status means: what somebody said, or else what Jira says.
fn category(status: Option<&Status>, settings: &Statuses) -> Result<Option<&'static str>, Reject> {
    let Some(status) = status else { return Ok(None) };
    if let Some(category) = status.name.as_deref().and_then(|name| settings.category(name)) {
        return Ok(Some(category));
    }
    let key = status.status_category.as_ref().and_then(|category| category.key.as_deref());
    key.map_or(Ok(None), |key| meaning("fields.status.statusCategory.key", Some(key), CATEGORIES))
}

/// The page of an issue, on the site that is known, or else on that of its address in the API. The gateway of Atlassian's own has no pages.
fn page(address: &str, site: Option<&str>, key: &str) -> Option<String> {
    let (place, _) = address.rsplit_once("/rest/")?;
    let site = site.or(Some(place).filter(|place| !place.contains(GATEWAY)))?;
    Some(format!("{}/browse/{key}", site.trim_end_matches('/')))
}

/// The issue above one, as a field names it. Data Center does so by key: which issue that is was asked when this one was read, and what
/// was read by earlier versions has its id in the history of the epic at most.
fn above(issue: &Issue<'_>, changes: &[Change<'_>], fields: &Fields, (field, first): (&str, &str)) -> Option<Id> {
    match issue.fields.get(Some(field))? {
        Json::String(key) => {
            let name = fields.names.get(field).map(String::as_str);
            let named = |change: &Change<'_>| {
                let item = change.item;
                let is_it = item.is_field(Some(field), first, name) && item.to_string.as_ref() == Some(key);
                let is_number = |id: &&String| is_it && id.bytes().all(|digit| digit.is_ascii_digit());
                item.to.as_ref().filter(is_number).cloned().map(Id)
            };
            issue.above.get(key).cloned().or_else(|| changes.iter().rev().find_map(named))
        }
        told => serde_json::from_value(told.get("id")?.clone()).ok(),
    }
}

/// The comments, all of them.
fn comments(work: &mut Work<'_>, ticket: &Ticket<'_>) -> Result<(), Reject> {
    for comment in ticket.issue.fields.own.comment.iter().flat_map(|page| &page.comments.0) {
        let id = present("fields.comment.comments.id", comment.id.as_ref())?;
        let author = work.user(comment.author.as_ref());
        let row = work
            .part_row("comments", [&ticket.native, "comments", &id.0])?
            .set("subject_id", work.id(&ticket.native))
            .set("author_id", author)
            .set("created_at", time(comment.created.as_deref()));
        work.push(row)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_of_an_issue_is_on_its_site() {
        let behind = |address, site| page(address, site, "PAY-1");
        let page = |address| behind(address, None);
        let cloud = page("https://acme.atlassian.net/rest/api/3/issue/10001");
        assert_eq!(cloud.as_deref(), Some("https://acme.atlassian.net/browse/PAY-1"));
        let below = page("https://acme.example/jira/rest/api/2/issue/10001");
        assert_eq!(below.as_deref(), Some("https://acme.example/jira/browse/PAY-1"));
        let gateway = "https://api.atlassian.com/ex/jira/6f9d-12/rest/api/3/issue/10001";
        assert_eq!(page(gateway), None);
        for site in ["https://acme.atlassian.net", "https://acme.atlassian.net/"] {
            assert_eq!(behind(gateway, Some(site)).as_deref(), Some("https://acme.atlassian.net/browse/PAY-1"));
        }
        assert_eq!(page("10001"), None);
    }
}
