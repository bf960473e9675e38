//! `Milestones`

use super::Found;
use super::ask::Ask;
use super::connection::{Order, Page, Window};
use crate::shapes::{PAGES, full_name, time};
use crate::world::{Milestone, Repository, World};
use serde_json::{Value, json};

/// Milestones, the one that was updated last first.
pub(super) fn list(ask: &Ask<'_>) -> Found {
    let repository = ask.repository()?;
    let all = repository.milestones.values().map(|m| (format!("{:012}:{:020}", m.updated_at.timestamp(), m.number), m));
    let page = Page::cut(all, Order::Descending, Window::of(ask)?, "milestones")?;
    Ok(json!({"repository": {"milestones": page.nodes(|m| node(ask.world, repository, m))}}))
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
