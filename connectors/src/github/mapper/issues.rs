//! Issues: work items with their history and comments, and incidents when their labels say so.

use super::timeline::{Change, Standing, changes};
use super::values::{day, meaning, present, required_time, time};
use super::{Work, milestones, references};
use crate::cause::root_cause;
use crate::github::payload::Issue;
use pulse_engine::map::Reject;
use pulse_engine::row::Value;
use std::collections::BTreeSet;

/// Whether it is closed.
const STATES: &[(&str, bool)] = &[("OPEN", false), ("CLOSED", true)];

pub(super) fn map(work: &mut Work<'_>) -> Result<(), Reject> {
    let (repository, number) = work.numbered()?;
    let native = format!("{repository}/issues/{number}");
    let incident = format!("{repository}/incidents/{number}");
    if work.is_gone() {
        let parts = ["work_item_transitions", "work_item_versions", "comments"];
        parts.into_iter().try_for_each(|entity| work.all(entity, &native))?;
        work.gone("incidents", &incident)?;
        return work.gone("work_items", &native);
    }
    let settings = work.settings()?;
    let issue: Issue = work.read()?;
    let is_closed = meaning("state", issue.state.as_deref(), STATES)?;
    let labels: Vec<String> = issue.labels.0.iter().map(|label| label.name.clone()).collect();
    let url = present("url", issue.url.as_deref())?;
    let (name, _) = references::address(url).ok_or_else(|| {
        Reject::field("url", format!("`url` is {url:?}, which does not end with `owner/name/issues/number`"))
    })?;
    let reporter = work.account(issue.author.as_ref());
    let assignees: Vec<_> = issue.assignees.0.iter().filter_map(|account| work.account(Some(account))).collect();
    let (history, standing) = changes(work, &issue.timeline_items.0, &settings.work_items)?;
    let standing = standing.told(is_closed, &labels, &settings.work_items);
    let row = work
        .row("work_items", &native)?
        .set("key", format!("{name}#{number}"))
        .set("title", issue.title.clone())
        .set("kind", settings.work_items.kind(&labels))
        .set("status", standing.status())
        .set("status_category", standing.category())
        .set("assignee_id", assignees.into_iter().next())
        .set("reporter_id", reporter)
        .set("parent_id", parent(work, &issue))
        .set("created_at", time(issue.created_at.as_deref()))
        .set("resolved_at", resolved_at(&issue, is_closed))
        .set("due_on", day(issue.milestone.as_ref().and_then(|milestone| milestone.due_on.as_deref())))
        .set("labels", labels.clone())
        .set("url", url)
        .set("repository_id", work.id(repository))
        .set("resolution", resolution(&issue, is_closed));
    work.push(row)?;
    statuses(work, &history, &standing)?;
    transitions(work, &native, history)?;
    work.comments(&native, &issue.comments.0)?;
    version(work, &native, repository, &issue)?;
    if settings.incidents.is_incident(&labels) {
        let severity = settings.incidents.severity(&labels);
        self::incident(work, &incident, repository, &issue, severity, &standing)
    } else {
        // It may have been one until a label was taken off. Its history cannot say that it never was: it calls a label by the name that
        // it has today.
        work.gone("incidents", &incident)
    }
}

/// When it was closed for good, as far as is known.
fn resolved_at(issue: &Issue, is_closed: bool) -> Value {
    time(issue.closed_at.as_deref().filter(|_| is_closed))
}

/// How it was closed, as REST and the search write it: GraphQL does so in capitals. Of one that is open GitHub says that it was reopened.
fn resolution(issue: &Issue, is_closed: bool) -> Option<String> {
    issue.state_reason.as_deref().filter(|_| is_closed).map(str::to_ascii_lowercase)
}

/// The issue above it, when its repository may be seen.
fn parent(work: &Work<'_>, issue: &Issue) -> Option<String> {
    let parent = issue.parent.as_ref()?;
    let repository = parent.repository.as_ref()?.database_id?;
    Some(work.id(&format!("{repository}/issues/{}", parent.number?)))
}

/// The milestone that it is planned for.
fn version(work: &mut Work<'_>, native: &str, repository: &str, issue: &Issue) -> Result<(), Reject> {
    work.parts("work_item_versions", native, "versions")?;
    let Some(number) = issue.milestone.as_ref().and_then(|milestone| milestone.number) else { return Ok(()) };
    let row = work
        .row("work_item_versions", &format!("{native}/versions/fix/{number}"))?
        .set("work_item_id", work.id(native))
        .set("version_id", work.id(&milestones::native(repository, number)))
        .set("relation", "fix");
    work.push(row)
}

/// What the statuses mean that it has or had.
fn statuses(work: &mut Work<'_>, history: &[Change], standing: &Standing) -> Result<(), Reject> {
    let told = history.iter().filter(|change| change.field == "status");
    let told = told.flat_map(|change| [change.from.as_deref(), change.to.as_deref()]).flatten();
    let names: BTreeSet<&str> = told.chain([standing.status()]).collect();
    for name in names {
        let category = Standing::means(name);
        let row = work.row("statuses", &format!("statuses/{name}"))?.set("name", name).set("status_category", category);
        work.push(row)?;
    }
    Ok(())
}

fn transitions(work: &mut Work<'_>, issue: &str, changes: Vec<Change>) -> Result<(), Reject> {
    work.parts("work_item_transitions", issue, "events")?;
    let mut last: Option<(i64, i64)> = None;
    for change in changes {
        let position = last.filter(|(at, _)| *at == change.at).map_or(0, |(_, position)| position + 1);
        last = Some((change.at, position));
        let row = work
            .row("work_item_transitions", &format!("{issue}/{}", change.native))?
            .set("work_item_id", work.id(issue))
            .set("field", change.field)
            .set("from_value", change.from)
            .set("to_value", change.to)
            .set("changed_at", Value::Time(change.at))
            .set("author_id", change.author)
            .set("position", position);
        work.push(row)?;
    }
    Ok(())
}

fn incident(
    work: &mut Work<'_>,
    native: &str,
    repository: &str,
    issue: &Issue,
    severity: Option<&str>,
    standing: &Standing,
) -> Result<(), Reject> {
    let is_closed = issue.state.as_deref() == Some("CLOSED");
    let row = work
        .row("incidents", native)?
        .set("repository_id", work.id(repository))
        .set("title", issue.title.clone())
        .set("severity", severity)
        .set("began_at", Value::Time(required_time("createdAt", issue.created_at.as_deref())?))
        .set("resolved_at", resolved_at(issue, is_closed))
        .set("caused_by_sha", issue.body.as_deref().and_then(root_cause))
        .set("url", issue.url.clone())
        .set("status", standing.status())
        .set("resolution", resolution(issue, is_closed));
    work.push(row)
}
