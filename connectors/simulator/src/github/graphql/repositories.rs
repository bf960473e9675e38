//! `Repositories` and `Repository`

use super::Found;
use super::ask::Ask;
use super::connection::{Order, Page, Window, position};
use crate::shapes::{PAGES, full_name, time};
use crate::world::{Repository, Time, World};
use serde_json::{Value, json};

/// The owner's repositories, the oldest first.
pub(super) fn list(ask: &Ask<'_>) -> Found {
    let Ask { world, token, .. } = *ask;
    let owner = ask.text("owner")?;
    let is_owned = |r: &Repository| world.owner(r).eq_ignore_ascii_case(owner);
    if !owner.eq_ignore_ascii_case(&world.organization.login) && !world.repositories.values().any(is_owned) {
        return Ok(json!({"repositoryOwner": null}));
    }
    // Each is its owner's own: organizations own them, and whoever asks is a member of these.
    let admits = |name, own| ask.argument(name).is_none_or(|affiliations| affiliations.contains(&own));
    let is_any = admits("affiliations", "ORGANIZATION_MEMBER") && admits("ownerAffiliations", "OWNER");
    let is_listed = |r: &&Repository| is_any && token.sees(r) && !r.is_elsewhere && is_owned(r);
    let seen = world.repositories.values().filter(is_listed);
    let all = seen.map(|r| (position(r.created_at, r.id), r));
    let page = Page::cut(all, Order::Ascending, Window::of(ask)?, "repositories")?;
    let repositories = page.nodes(|r| node(world, r));
    Ok(json!({"repositoryOwner": {"__typename": "Organization", "repositories": repositories}}))
}

/// One repository.
pub(super) fn one(ask: &Ask<'_>) -> Found {
    Ok(json!({"repository": node(ask.world, ask.repository()?)}))
}

fn node(world: &World, repository: &Repository) -> Value {
    let full_name = full_name(world, repository);
    json!({
        "databaseId": repository.id,
        "nameWithOwner": full_name,
        "url": format!("{PAGES}/{full_name}"),
        "isFork": repository.is_fork,
        "isArchived": repository.is_archived,
        "isEmpty": repository.is_empty(),
        "isPrivate": repository.is_private,
        "createdAt": time(repository.created_at),
        "pushedAt": repository.pushed_at.map(time),
        "updatedAt": time(repository.updated_at),
        "defaultBranchRef": repository.default_head().map(|oid| {
            json!({"name": repository.default_branch, "target": {"oid": oid}})
        }),
        "pullRequests": newest(repository.pull_requests.values().map(|p| (p.updated_at, p.updated_at))),
        "issues": newest(repository.issues.values().map(|i| (i.updated_at, i.updated_at))),
        "milestones": newest(repository.milestones.values().map(|m| (m.updated_at, m.updated_at))),
        "releases": newest(repository.releases.values().map(|r| (r.created_at, r.updated_at))),
        "deployments": newest(repository.deployments.values().map(|d| (d.created_at, d.updated_at))),
    })
}

/// How many there are, and when the first by the connection's order was updated.
fn newest(all: impl Iterator<Item = (Time, Time)> + Clone) -> Value {
    let first = all.clone().max().map(|(_, updated)| json!({"updatedAt": time(updated)}));
    json!({"totalCount": all.count(), "nodes": first.into_iter().collect::<Vec<_>>()})
}
