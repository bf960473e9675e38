//! GraphQL, without a general executor: each operation that a connector sends is known by its name, and answered whole.

mod accounts;
mod actor;
mod ask;
mod connection;
mod deployments;
mod issues;
mod milestones;
mod pull_requests;
mod refs;
mod releases;
mod repositories;
mod teams;

use super::{Answer, GitHub, Token};
use crate::limits::Resource;
use crate::{faults, shapes};
use ask::{Ask, Failure};
use serde_json::{Value, json};

/// What an operation answers: the fields of `data`.
type Found = Result<Value, Failure>;

/// How an operation is answered.
type Find = fn(&Ask<'_>) -> Found;

/// How many connections a query of so many nodes asks for, which is what GitHub takes points for.
type Connections = fn(u64) -> u64;

/// The operations.
fn known(name: &str) -> Option<(Find, Connections)> {
    let operation: (Find, Connections) = match name {
        "Repositories" => (repositories::list, |first| 1 + first * 5),
        "RepositoriesInShort" => (repositories::list, |_| 1),
        "Repository" => (repositories::one, |_| 5),
        "PullRequests" => (pull_requests::list, |first| 1 + first * 16),
        "PullRequestsInShort" => (pull_requests::in_short, |_| 1),
        "PullRequest" => (pull_requests::one, |_| 16),
        "PullRequestParts" => (pull_requests::parts, |_| 105),
        "ThreadParts" => (pull_requests::thread_parts, |_| 1),
        "Accounts" => (accounts::list, |_| 1),
        "Issues" => (issues::list, |first| 1 + first * 4),
        "IssuesInShort" => (issues::in_short, |_| 1),
        "Issue" => (issues::one, |_| 4),
        "IssueParts" => (issues::parts, |_| 2),
        "Deployments" => (deployments::list, |first| 1 + first),
        "DeploymentsInShort" => (deployments::in_short, |_| 1),
        "Deployment" => (deployments::one, |_| 1),
        "WaitingDeployments" => (deployments::some, |_| 100),
        "DeploymentParts" => (deployments::parts, |_| 1),
        "Milestones" => (milestones::list, |_| 1),
        "MilestonesInShort" => (milestones::in_short, |_| 1),
        "Milestone" => (milestones::one, |_| 1),
        "Releases" => (releases::list, |_| 1),
        "ReleasesInShort" => (releases::in_short, |_| 1),
        "Release" => (releases::one, |_| 1),
        "Refs" => (refs::list, |_| 1),
        "RefsAlone" => (refs::alone, |_| 1),
        "Teams" => (teams::list, |first| 1 + first),
        "TeamParts" => (teams::parts, |_| 1),
        _ => return None,
    };
    Some(operation)
}

/// The name of the operation that a request asks for: said apart, or the first in the query.
pub(super) fn operation(request: &Value) -> Option<String> {
    if let Some(name) = request["operationName"].as_str() {
        return Some(name.to_owned());
    }
    let after = request["query"].as_str()?.split("query ").nth(1)?;
    let name: String = after.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
    (!name.is_empty()).then_some(name)
}

/// Answers a GraphQL request.
pub(super) fn answer(github: &GitHub, token: &Token, request: &Value) -> Answer {
    if request["query"].as_str().is_none_or(str::is_empty) {
        let page = "https://docs.github.com/graphql";
        return Answer::json(
            400,
            json!({"message": "A query attribute must be specified and must be a string.", "documentation_url": page}),
        );
    }
    let name = operation(request).unwrap_or_default();
    let Some((find, connections)) = known(&name) else {
        return Answer::json(200, json!({"errors": [{"message": format!("No operation named \"{name}\"")}]}));
    };
    let first = request["variables"]["first"].as_u64();
    let (largest, unknown) = {
        let rules = github.faults.rules.lock();
        (rules.largest_first, rules.unknown_field.clone())
    };
    if let Some(field) = &unknown {
        let errors = undefined(request["query"].as_str().unwrap_or_default(), field);
        if !errors.is_empty() {
            return Answer::json(200, json!({ "errors": errors }));
        }
    }
    if largest.is_some_and(|l| first.is_some_and(|f| f > l)) {
        return faults::graphql_timeout();
    }
    // GitHub divides by a hundred and rounds; nothing costs less than one point.
    let cost = ((connections(first.unwrap_or(1)) + 50) / 100).max(1);
    let cost = u32::try_from(cost).unwrap_or(u32::MAX);
    let standing = github.charge(token, Resource::Graphql, cost);
    let limit = json!({
        "cost": cost, "remaining": standing.remaining(), "resetAt": shapes::time(standing.resets_at),
    });
    let world = github.world.lock();
    let (query, variables) = (request["query"].as_str().unwrap_or_default(), &request["variables"]);
    match find(&Ask { world: &world, token, query, variables }) {
        Ok(mut data) => {
            unknown.iter().for_each(|field| forget(&mut data, field));
            data["rateLimit"] = limit;
            Answer::json(200, json!({"data": data}))
        }
        Err(failure) => Answer::json(200, failure.json(&limit)),
    }
}

/// What GitHub says of a field that it does not know, wherever a query asks for it.
fn undefined(query: &str, field: &str) -> Vec<Value> {
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '$');
    let is_field = |at: &usize| {
        let (before, behind) = (&query[..*at], &query[at + field.len()..]);
        // Variables and arguments may be called like it.
        !before.ends_with(is_part) && !behind.starts_with(is_part) && !behind.trim_start().starts_with(':')
    };
    let error = |at: usize| {
        let before = &query[..at];
        let column = at - before.rfind('\n').map_or(0, |line| line + 1) + 1;
        json!({
            "message": format!("Field '{field}' doesn't exist on type 'PullRequestReview'"),
            "locations": [{"line": before.matches('\n').count() + 1, "column": column}],
            "extensions": {"code": "undefinedField", "typeName": "PullRequestReview", "fieldName": field},
        })
    };
    query.match_indices(field).map(|(at, _)| at).filter(is_field).map(error).collect()
}

/// Leaves a field out of all that is answered.
fn forget(data: &mut Value, field: &str) {
    match data {
        Value::Object(fields) => {
            fields.remove(field);
            fields.values_mut().for_each(|value| forget(value, field));
        }
        Value::Array(values) => values.iter_mut().for_each(|value| forget(value, field)),
        _ => {}
    }
}
