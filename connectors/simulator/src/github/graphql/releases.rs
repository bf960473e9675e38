//! `Releases`, whole and in short, and `Release`

use super::Found;
use super::actor::user;
use super::ask::{Ask, Failure};
use super::connection::{Order, Page, Window, position};
use crate::shapes::{PAGES, full_name, node_id, time};
use crate::world::{Release, Repository, World};
use serde_json::{Value, json};

/// Releases, the newest first.
pub(super) fn list(ask: &Ask<'_>) -> Found {
    let (repository, page) = page(ask)?;
    Ok(json!({"repository": {"releases": page.nodes(|r| node(ask.world, repository, r))}}))
}

/// The same, but for what says which one each is and when it changed.
pub(super) fn in_short(ask: &Ask<'_>) -> Found {
    let (repository, page) = page(ask)?;
    let short = |of: &&Release| {
        json!({
            "id": node_id("RE", &[repository.id, of.id]), "databaseId": of.id,
            "createdAt": time(of.created_at), "updatedAt": time(of.updated_at),
        })
    };
    Ok(json!({"repository": {"releases": page.nodes(short)}}))
}

/// One of them, by its node id.
pub(super) fn one(ask: &Ask<'_>) -> Found {
    let id = ask.text("id")?;
    let seen = ask.world.repositories.values().filter(|r| ask.token.sees(r));
    let mut all = seen.flat_map(|r| r.releases.values().map(move |release| (r, release)));
    let Some((repository, release)) = all.find(|(r, release)| node_id("RE", &[r.id, release.id]) == id) else {
        let message = format!("Could not resolve to a node with the global id of '{id}'");
        return Err(Failure::not_found(&["node"], message));
    };
    Ok(json!({"node": node(ask.world, repository, release)}))
}

fn page<'a>(ask: &Ask<'a>) -> Result<(&'a Repository, Page<&'a Release>), Failure> {
    let repository = ask.repository()?;
    let all = repository.releases.values().map(|r| (position(r.created_at, r.id), r));
    Ok((repository, Page::cut(all, Order::Descending, Window::of(ask)?, "releases")?))
}

fn node(world: &World, repository: &Repository, release: &Release) -> Value {
    let tag = repository.tags.get(&release.tag);
    json!({
        "databaseId": release.id,
        "name": release.name,
        "tagName": release.tag,
        "tagCommit": tag.map(|t| json!({"oid": t.commit})),
        "isDraft": release.is_draft,
        "isPrerelease": release.is_prerelease,
        "createdAt": time(release.created_at),
        "publishedAt": release.published_at.map(time),
        "updatedAt": time(release.updated_at),
        "url": format!("{PAGES}/{}/releases/tag/{}", full_name(world, repository), release.tag),
        "author": user(world, release.author.as_deref()),
    })
}
