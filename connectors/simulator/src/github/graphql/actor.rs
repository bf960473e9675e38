//! Actors, users and comments.

use super::ask::Failure;
use super::connection::{Order, Page, Window, position};
use crate::shapes::time;
use crate::world::{AccountKind, Comment, World};
use serde_json::{Value, json};

/// An `Actor`; a deleted account is null.
pub(super) fn actor(world: &World, login: Option<&str>) -> Value {
    let Some(account) = login.and_then(|l| world.account(l)) else { return Value::Null };
    match account.kind {
        AccountKind::User => json!({
            "__typename": "User", "login": account.login, "databaseId": account.id, "name": account.name,
        }),
        AccountKind::Bot => json!({"__typename": "Bot", "login": account.login, "databaseId": account.id}),
        AccountKind::Mannequin => json!({"__typename": "Mannequin", "login": account.login, "databaseId": account.id}),
    }
}

/// A `User`. GitHub tells a bot's commits as those of a user whose login ends with `[bot]`.
pub(super) fn user(world: &World, login: Option<&str>) -> Value {
    let Some(account) = login.and_then(|l| world.account(l)) else { return Value::Null };
    json!({"login": account.rest_login(), "databaseId": account.id, "name": account.name})
}

/// The `comments` connection of a pull request or an issue.
pub(super) fn comments(world: &World, comments: &[Comment], window: Window<'_>) -> Result<Value, Failure> {
    let all = comments.iter().map(|c| (position(c.created_at, c.id), c));
    Ok(Page::cut(all, Order::Ascending, window, "comments")?.part(
        |c| json!({"databaseId": c.id, "fullDatabaseId": c.id.to_string(), "createdAt": time(c.created_at), "author": actor(world, c.author.as_deref())}),
    ))
}

/// The `labels` connection.
pub(super) fn labels(names: &[String]) -> Value {
    json!({"nodes": names.iter().map(|name| json!({"name": name})).collect::<Vec<_>>()})
}
