//! `Releases`

use super::Found;
use super::actor::user;
use super::ask::Ask;
use super::connection::{Order, Page, Window, position};
use crate::shapes::{PAGES, full_name, time};
use crate::world::{Release, Repository, World};
use serde_json::{Value, json};

/// Releases, the newest first.
pub(super) fn list(ask: &Ask<'_>) -> Found {
    let repository = ask.repository()?;
    let all = repository.releases.values().map(|r| (position(r.created_at, r.id), r));
    let page = Page::cut(all, Order::Descending, Window::of(ask)?, "releases")?;
    Ok(json!({"repository": {"releases": page.nodes(|r| node(ask.world, repository, r))}}))
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
