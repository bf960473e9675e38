//! `Milestones`, whole and in short, and `Milestone`

use super::Found;
use super::ask::{Ask, Failure};
use super::connection::{Order, Page, Window};
use crate::shapes::{PAGES, full_name, node_id, time};
use crate::world::{Milestone, Repository, World};
use serde_json::{Value, json};

/// Milestones, the one that was updated last first.
pub(super) fn list(ask: &Ask<'_>) -> Found {
    let (repository, page) = page(ask)?;
    Ok(json!({"repository": {"milestones": page.nodes(|m| node(ask.world, repository, m))}}))
}

/// The same, but for what says which one each is and when it changed.
pub(super) fn in_short(ask: &Ask<'_>) -> Found {
    let (repository, page) = page(ask)?;
    let short = |of: &&Milestone| {
        let number = i64::try_from(of.number).unwrap_or_default();
        json!({
            "id": node_id("MI", &[repository.id, number]), "number": of.number,
            "createdAt": time(of.created_at), "updatedAt": time(of.updated_at),
        })
    };
    Ok(json!({"repository": {"milestones": page.nodes(short)}}))
}

/// One of them.
pub(super) fn one(ask: &Ask<'_>) -> Found {
    let (repository, number) = (ask.repository()?, ask.number("number")?);
    let Some(milestone) = repository.milestones.get(&number) else {
        let message = format!("Could not resolve to a Milestone with the number of {number}.");
        return Err(Failure::not_found(&["repository", "milestone"], message));
    };
    Ok(json!({"repository": {"milestone": node(ask.world, repository, milestone)}}))
}

fn page<'a>(ask: &Ask<'a>) -> Result<(&'a Repository, Page<&'a Milestone>), Failure> {
    let repository = ask.repository()?;
    let all = repository.milestones.values().map(|m| (format!("{:012}:{:020}", m.updated_at.timestamp(), m.number), m));
    Ok((repository, Page::cut(all, Order::Descending, Window::of(ask)?, "milestones")?))
}

fn node(world: &World, repository: &Repository, milestone: &Milestone) -> Value {
    json!({
        "number": milestone.number,
        "title": milestone.title,
        "description": null,
        "url": format!("{PAGES}/{}/milestone/{}", full_name(world, repository), milestone.number),
        "state": if milestone.closed_at.is_some() { "CLOSED" } else { "OPEN" },
        "dueOn": milestone.due_on.map(time),
        "createdAt": time(milestone.created_at),
        "updatedAt": time(milestone.updated_at),
        "closedAt": milestone.closed_at.map(time),
    })
}
