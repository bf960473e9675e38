//! `Teams` and `TeamParts`

use super::Found;
use super::actor::user;
use super::ask::{Ask, Failure};
use super::connection::{Order, Page, Window};
use crate::world::{Role, Team, World};
use serde_json::{Value, json};

/// Teams, by slug.
pub(super) fn list(ask: &Ask<'_>) -> Found {
    ask.organization()?;
    let all = ask.world.teams.values().map(|t| (t.slug.clone(), t));
    let page = Page::cut(all, Order::Ascending, Window::of(ask)?, "teams")?;
    Ok(json!({"organization": {"teams": page.nodes(|t| node(ask.world, t))}}))
}

/// More members of one team. A team that is not there is null, without an error.
pub(super) fn parts(ask: &Ask<'_>) -> Found {
    ask.organization()?;
    let slug = ask.text("slug")?;
    let Some(team) = ask.world.teams.values().find(|t| t.slug == slug) else {
        return Ok(json!({"organization": {"team": null}}));
    };
    let window = Window { first: 100, after: ask.optional("members") };
    Ok(json!({"organization": {"team": {"members": members(ask.world, team, window)?}}}))
}

fn node(world: &World, team: &Team) -> Value {
    json!({
        "databaseId": team.id,
        "slug": team.slug,
        "name": team.name,
        "parentTeam": team.parent.map(|id| json!({"databaseId": id})),
        // Without a cursor this cannot fail.
        "members": members(world, team, Window::first(100)).unwrap_or_default(),
    })
}

fn members(world: &World, team: &Team, window: Window<'_>) -> Result<Value, Failure> {
    let all = team.members.iter().map(|(login, role)| (login.clone(), (login, *role)));
    Ok(Page::cut(all, Order::Ascending, window, "members")?.edges(|(login, role)| {
        let role = match role {
            Role::Member => "MEMBER",
            Role::Maintainer => "MAINTAINER",
        };
        json!({"role": role, "node": user(world, Some(login))})
    }))
}
