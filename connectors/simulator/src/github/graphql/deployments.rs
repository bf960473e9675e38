//! `Deployments`, whole and in short, `Deployment`, `WaitingDeployments` and `DeploymentParts`

use super::Found;
use super::actor::actor;
use super::ask::{Ask, Failure};
use super::connection::{Order, Page, Window, position};
use crate::shapes::{node_id, time};
use crate::world::{Deployment, DeploymentStatus, Repository, World};
use serde_json::{Value, json};

/// Deployments, the newest first.
pub(super) fn list(ask: &Ask<'_>) -> Found {
    let repository = ask.repository()?;
    let all = repository.deployments.values().map(|d| (position(d.created_at, d.id), d));
    let page = Page::cut(all, Order::Descending, Window::of(ask)?, "deployments")?;
    Ok(json!({"repository": {"deployments": page.nodes(|d| node(ask.world, repository, d))}}))
}

/// The same, but for what says which one each is and when it changed.
pub(super) fn in_short(ask: &Ask<'_>) -> Found {
    let repository = ask.repository()?;
    let all = repository.deployments.values().map(|d| (position(d.created_at, d.id), d));
    let page = Page::cut(all, Order::Descending, Window::of(ask)?, "deployments")?;
    let short = |of: &&Deployment| {
        json!({
            "id": node_id("DE", &[repository.id, of.id]), "databaseId": of.id,
            "createdAt": time(of.created_at), "updatedAt": time(of.updated_at),
        })
    };
    Ok(json!({"repository": {"deployments": page.nodes(short)}}))
}

/// One of them, by its node id.
pub(super) fn one(ask: &Ask<'_>) -> Found {
    let (repository, deployment) = known(ask)?;
    Ok(json!({"node": node(ask.world, repository, deployment)}))
}

/// Deployments by their node ids; null in the place of one that is not there.
pub(super) fn some(ask: &Ask<'_>) -> Found {
    let ids = ask.variables["ids"].as_array().into_iter().flatten().filter_map(Value::as_str);
    let nodes: Vec<Value> =
        ids.map(|id| of_id(ask, id).map(|(r, d)| node(ask.world, r, d)).unwrap_or_default()).collect();
    Ok(json!({ "nodes": nodes }))
}

fn of_id<'a>(ask: &Ask<'a>, id: &str) -> Option<(&'a Repository, &'a Deployment)> {
    let seen = ask.world.repositories.values().filter(|r| ask.token.sees(r));
    let mut all = seen.flat_map(|r| r.deployments.values().map(move |d| (r, d)));
    all.find(|(r, d)| node_id("DE", &[r.id, d.id]) == id)
}

/// The one of the node id that is asked for.
fn known<'a>(ask: &Ask<'a>) -> Result<(&'a Repository, &'a Deployment), Failure> {
    let id = ask.text("id")?;
    of_id(ask, id).ok_or_else(|| {
        let message = format!("Could not resolve to a node with the global id of '{id}'");
        Failure::not_found(&["node"], message)
    })
}

/// More statuses of one deployment, which is asked for by its node id.
pub(super) fn parts(ask: &Ask<'_>) -> Found {
    let (_, deployment) = known(ask)?;
    let window = Window { first: 100, after: ask.optional("statuses") };
    Ok(json!({"node": {"statuses": statuses(deployment, window)?}}))
}

fn node(world: &World, repository: &Repository, deployment: &Deployment) -> Value {
    // A branch that was deleted since is no ref any more.
    let branch = deployment.branch.as_ref().filter(|b| repository.branches.contains_key(*b));
    json!({
        "id": node_id("DE", &[repository.id, deployment.id]),
        "databaseId": deployment.id,
        "commitOid": deployment.sha,
        "ref": branch.map(|name| json!({"name": name})),
        "environment": deployment.environment,
        "originalEnvironment": deployment.environment,
        "task": deployment.task,
        "description": deployment.description,
        "createdAt": time(deployment.created_at),
        "updatedAt": time(deployment.updated_at),
        "creator": actor(world, deployment.creator.as_deref()),
        // Without a cursor this cannot fail.
        "statuses": statuses(deployment, Window::first(50)).unwrap_or_default(),
    })
}

/// Statuses, the newest first as GitHub lists them.
fn statuses(of: &Deployment, window: Window<'_>) -> Result<Value, Failure> {
    let all = of.statuses.iter().map(|s| (position(s.created_at, s.id), s));
    Ok(Page::cut(all, Order::Descending, window, "statuses")?.part(|s| status(s)))
}

fn status(status: &DeploymentStatus) -> Value {
    json!({
        "state": status.state.name(),
        "createdAt": time(status.created_at),
        "description": status.description,
        "environmentUrl": status.environment_url,
        "logUrl": status.log_url,
    })
}
