//! The JSON of GitHub's REST API and its webhooks, which share their shapes.

mod code;
mod delivery;
mod work;

pub(crate) use code::{commit, pushed_commit, release};
pub(crate) use delivery::{deployment, deployment_status, workflow_jobs, workflow_run};
pub(crate) use work::{issue, milestone, pull_request, review, simple_pull_request};

use crate::world::{AccountKind, Repository, Time, World};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use chrono::SecondsFormat;
use serde_json::{Value, json};

/// Where pages for people are.
pub(crate) const PAGES: &str = "https://github.com";

/// Where the API is.
pub(crate) const API: &str = "https://api.github.com";

/// A moment as GitHub writes it.
pub(crate) fn time(time: Time) -> String {
    time.to_rfc3339_opts(SecondsFormat::Secs, true)
}

/// A global node id: opaque to clients, and readable for the simulator.
pub(crate) fn node_id(prefix: &str, parts: &[i64]) -> String {
    let parts: Vec<String> = parts.iter().map(i64::to_string).collect();
    format!("{prefix}_{}", STANDARD_NO_PAD.encode(parts.join(":")))
}

/// The numbers that a global node id was made of.
pub(crate) fn numbers(node_id: &str) -> Vec<i64> {
    let decoded = node_id.split_once('_').and_then(|(_, rest)| STANDARD_NO_PAD.decode(rest).ok());
    let text = decoded.and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or_default();
    text.split(':').filter_map(|part| part.parse().ok()).collect()
}

/// `owner/name`.
pub(crate) fn full_name(world: &World, repository: &Repository) -> String {
    format!("{}/{}", world.owner(repository), repository.name)
}

/// An account; a deleted one is nobody.
pub(crate) fn user(world: &World, login: Option<&str>) -> Value {
    let Some(account) = login.and_then(|l| world.account(l)) else { return Value::Null };
    let (login, is_bot) = (account.rest_login(), account.kind == AccountKind::Bot);
    let page = if is_bot { format!("{PAGES}/apps/{}", account.login) } else { format!("{PAGES}/{login}") };
    json!({
        "login": login,
        "id": account.id,
        "node_id": node_id(if is_bot { "BOT" } else { "U" }, &[account.id]),
        "avatar_url": format!("https://avatars.githubusercontent.com/u/{}?v=4", account.id),
        "url": format!("{API}/users/{login}"),
        "html_url": page,
        "type": if is_bot { "Bot" } else { "User" },
        "site_admin": false,
    })
}

/// A team.
pub(crate) fn team(world: &World, id: i64) -> Value {
    let Some(team) = world.teams.get(&id) else { return Value::Null };
    json!({
        "id": team.id, "node_id": node_id("T", &[team.id]), "name": team.name, "slug": team.slug,
        "description": null, "privacy": "closed", "permission": "push",
        "parent": team.parent.and_then(|p| world.teams.get(&p)).map(|p| json!({"id": p.id, "slug": p.slug, "name": p.name})),
    })
}

/// A repository.
pub(crate) fn repository(world: &World, repository: &Repository) -> Value {
    let full_name = full_name(world, repository);
    let organization = &world.organization;
    let open = repository.issues.values().filter(|i| !i.is_closed()).count();
    json!({
        "id": repository.id,
        "node_id": node_id("R", &[repository.id]),
        "name": repository.name,
        "full_name": full_name,
        "private": repository.is_private,
        "owner": {
            "login": organization.login, "id": organization.id, "node_id": node_id("O", &[organization.id]),
            "url": format!("{API}/users/{}", organization.login), "html_url": format!("{PAGES}/{}", organization.login),
            "type": "Organization", "site_admin": false,
        },
        "html_url": format!("{PAGES}/{full_name}"),
        "url": format!("{API}/repos/{full_name}"),
        "clone_url": format!("{PAGES}/{full_name}.git"),
        "description": null,
        "fork": repository.is_fork,
        "created_at": time(repository.created_at),
        "updated_at": time(repository.updated_at),
        "pushed_at": repository.pushed_at.map(time),
        "open_issues_count": open,
        "archived": repository.is_archived,
        "disabled": false,
        "visibility": if repository.is_private { "private" } else { "public" },
        "default_branch": repository.default_branch,
    })
}
