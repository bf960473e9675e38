//! `Issues`, whole and in short, `Issue` and `IssueParts`

use super::Found;
use super::actor::{actor, comments, labels, user};
use super::ask::{Ask, Failure};
use super::connection::{Order, Page, Window, position};
use crate::shapes::{PAGES, full_name, node_id, time};
use crate::world::{CloseReason, Issue, IssueEvent, IssueEventKind, Repository, World};
use serde_json::{Value, json};

/// Issues, the one that was updated last first.
pub(super) fn list(ask: &Ask<'_>) -> Found {
    let repository = ask.repository()?;
    let all = repository.issues.values().map(|i| (position(i.updated_at, i.id), i));
    let page = Page::cut(all, Order::Descending, Window::of(ask)?, "issues")?;
    Ok(json!({"repository": {"issues": page.nodes(|i| node(ask, repository, i))}}))
}

/// The same, but for what says which one each is and when it changed.
pub(super) fn in_short(ask: &Ask<'_>) -> Found {
    let repository = ask.repository()?;
    let all = repository.issues.values().map(|i| (position(i.updated_at, i.id), i));
    let page = Page::cut(all, Order::Descending, Window::of(ask)?, "issues")?;
    let short = |of: &&Issue| {
        json!({
            "id": node_id("I", &[repository.id, of.id]), "number": of.number,
            "createdAt": time(of.created_at), "updatedAt": time(of.updated_at),
        })
    };
    Ok(json!({"repository": {"issues": page.nodes(short)}}))
}

/// One of them.
pub(super) fn one(ask: &Ask<'_>) -> Found {
    let (repository, issue) = of_number(ask)?;
    Ok(json!({"repository": {"issue": node(ask, repository, issue)}}))
}

fn of_number<'a>(ask: &Ask<'a>) -> Result<(&'a Repository, &'a Issue), Failure> {
    let (repository, number) = (ask.repository()?, ask.number("number")?);
    repository.issues.get(&number).map(|of| (repository, of)).ok_or_else(|| {
        let message = format!("Could not resolve to an Issue with the number of {number}.");
        Failure::not_found(&["repository", "issue"], message)
    })
}

/// More of the parts of one issue.
pub(super) fn parts(ask: &Ask<'_>) -> Found {
    let (_, issue) = of_number(ask)?;
    let window = |name| Window { first: 100, after: ask.optional(name) };
    Ok(json!({"repository": {"issue": {
        "comments": comments(ask.world, &issue.comments, window("comments"))?,
        "timelineItems": events(ask.world, issue, window("timelineItems"))?,
    }}}))
}

fn node(ask: &Ask<'_>, repository: &Repository, issue: &Issue) -> Value {
    let world = ask.world;
    let reason = match issue.close_reason {
        // Of these hears who asks for them.
        Some(CloseReason::Duplicate) if !ask.query.contains("stateReason(enableDuplicate: true)") => None,
        Some(why) => Some(reason(why)),
        None => issue.is_reopened().then_some("REOPENED"),
    };
    let parent = issue
        .parent
        .filter(|p| world.repositories.get(&p.repository).is_some_and(|r| r.issues.contains_key(&p.number)));
    let milestone = issue.milestone.and_then(|m| repository.milestones.get(&m));
    // Without a cursor these cannot fail.
    let part = |connection: Result<Value, Failure>| connection.unwrap_or_default();
    json!({
        "databaseId": issue.id,
        "number": issue.number,
        "title": issue.title,
        "body": issue.body,
        "url": format!("{PAGES}/{}/issues/{}", full_name(world, repository), issue.number),
        "state": if issue.is_closed() { "CLOSED" } else { "OPEN" },
        "stateReason": reason,
        "createdAt": time(issue.created_at),
        "updatedAt": time(issue.updated_at),
        "closedAt": issue.closed_at.map(time),
        "parent": parent.map(|p| json!({"number": p.number, "repository": {"databaseId": p.repository}})),
        "milestone": milestone.map(|m| json!({"number": m.number, "title": m.title, "dueOn": m.due_on.map(time)})),
        "author": actor(world, issue.author.as_deref()),
        "assignees": {"nodes": issue.assignees.iter().take(10).map(|a| user(world, Some(a))).collect::<Vec<_>>()},
        "labels": labels(&issue.labels),
        "comments": part(comments(world, &issue.comments, Window::first(50))),
        "timelineItems": part(events(world, issue, Window::first(100))),
    })
}

fn reason(reason: CloseReason) -> &'static str {
    match reason {
        CloseReason::Completed => "COMPLETED",
        CloseReason::NotPlanned => "NOT_PLANNED",
        CloseReason::Duplicate => "DUPLICATE",
    }
}

fn events(world: &World, of: &Issue, window: Window<'_>) -> Result<Value, Failure> {
    let all = of.events.iter().map(|e| (position(e.created_at, e.id), e));
    Ok(Page::cut(all, Order::Ascending, window, "timelineItems")?.part(|e| event(world, e)))
}

fn event(world: &World, event: &IssueEvent) -> Value {
    let label = |name: &str| json!({"name": name});
    let (kind, prefix, field) = match &event.kind {
        IssueEventKind::Closed(why) => ("ClosedEvent", "CE", Some(("stateReason", json!(reason(*why))))),
        IssueEventKind::Reopened => ("ReopenedEvent", "REE", None),
        IssueEventKind::Labeled(name) => ("LabeledEvent", "LE", Some(("label", label(name)))),
        IssueEventKind::Unlabeled(name) => ("UnlabeledEvent", "UNLE", Some(("label", label(name)))),
        IssueEventKind::Assigned(login) => ("AssignedEvent", "AE", Some(("assignee", actor(world, Some(login))))),
        IssueEventKind::Unassigned(login) => ("UnassignedEvent", "UNAE", Some(("assignee", actor(world, Some(login))))),
        IssueEventKind::Milestoned(title) => ("MilestonedEvent", "MIE", Some(("milestoneTitle", json!(title)))),
        IssueEventKind::Demilestoned(title) => ("DemilestonedEvent", "DEMIE", Some(("milestoneTitle", json!(title)))),
    };
    let mut node = json!({
        "__typename": kind,
        "id": node_id(prefix, &[event.id]),
        "createdAt": time(event.created_at),
        "actor": actor(world, event.actor.as_deref()),
    });
    if let Some((name, value)) = field {
        node[name] = value;
    }
    node
}
