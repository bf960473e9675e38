//! What others recorded of GitHub, in the words of the queries.
//!
//! Nobody publishes answers to GraphQL. Calls of hooks tell of the same things and name their fields as REST does, so here they are
//! put into the names that the queries ask by (`queries/*.graphql`, which are held against GitHub's schema), each value as it is.

use crate::payloads::{calls_of, recorded, text};
use serde_json::{Value as Json, json};

/// The first call of an event that is of this action.
pub(crate) fn call(event: &str, action: &str) -> Json {
    calls_of(event).into_iter().find(|call| call["action"] == action).unwrap()
}

fn account(user: &Json) -> Json {
    json!({"__typename": user["type"], "databaseId": user["id"], "login": user["login"]})
}

/// A word as GraphQL writes it.
fn word(text: &Json) -> String {
    text.as_str().unwrap().to_uppercase()
}

fn labels(of: &Json) -> Json {
    let names = of["labels"].as_array().unwrap().iter().map(|label| json!({"name": label["name"]}));
    json!({"nodes": names.collect::<Vec<_>>()})
}

fn comment(comment: &Json) -> Json {
    json!({"databaseId": comment["id"], "createdAt": comment["created_at"], "author": account(&comment["user"])})
}

/// What the first calls of these actions tell as events of a timeline: a call comes when the thing was last changed.
fn timeline(event: &str, thing: &str, actions: &[(&str, &str)]) -> Json {
    let told = actions.iter().map(|(action, kind)| {
        let call = call(event, action);
        let mut told = json!({
            "__typename": kind, "id": action, "createdAt": call[thing]["updated_at"], "actor": account(&call["sender"]),
        });
        for (whom, name) in [("assignee", "assignee"), ("requested_reviewer", "requestedReviewer")] {
            if call[whom].is_object() {
                told[name] = account(&call[whom]);
            }
        }
        if call["label"].is_object() {
            told["label"] = json!({"name": call["label"]["name"]});
        }
        told
    });
    json!({"nodes": told.collect::<Vec<_>>()})
}

/// The push to a branch or a tag that tells of the commit that it leads to.
fn push(reference: &str) -> Json {
    let is_told = |push: &Json| push["ref"] == reference && push["head_commit"].is_object();
    calls_of("push").into_iter().find(is_told).unwrap()
}

/// A branch or a tag, such as `refs/heads/master`.
pub(crate) fn reference(name: &str) -> Json {
    let commit = &push(name)["head_commit"];
    json!({"target": {"__typename": "Commit", "oid": commit["id"], "committedDate": commit["timestamp"]}})
}

/// A repository as a call tells it, and where its branch stands once that was pushed to.
pub(crate) fn repository(repository: &Json) -> Json {
    let mut node = json!({
        "nameWithOwner": repository["full_name"], "url": repository["html_url"], "isFork": repository["fork"],
        "isArchived": repository["archived"], "createdAt": repository["created_at"],
        "defaultBranchRef": {"name": repository["default_branch"]},
    });
    let push = push("refs/heads/master");
    if push["repository"]["id"] == repository["id"] {
        node["defaultBranchRef"]["target"] = json!({"oid": push["after"]});
    }
    node
}

/// A pull request that was closed, with its commit, its review, its comment and what happened to it before.
pub(crate) fn pull_request() -> Json {
    let pull = &call("pull_request", "closed")["pull_request"];
    let review = &call("pull_request_review", "submitted")["review"];
    let remark = &call("pull_request_review_comment", "created")["comment"];
    let review = json!({
        "databaseId": review["id"], "state": word(&review["state"]), "submittedAt": review["submitted_at"],
        "author": account(&review["user"]),
    });
    let mut commits = calls_of("check_suite").into_iter().map(|call| call["check_suite"]["head_commit"].clone());
    let commit = commits.find(|commit| commit["id"] == pull["head"]["sha"]).unwrap();
    let commit = json!({"commit": {
        "oid": commit["id"], "authoredDate": commit["timestamp"],
        "author": {"name": commit["author"]["name"], "email": commit["author"]["email"]},
    }});
    let happened = [
        ("review_requested", "ReviewRequestedEvent"),
        ("review_request_removed", "ReviewRequestRemovedEvent"),
        ("converted_to_draft", "ConvertToDraftEvent"),
        ("ready_for_review", "ReadyForReviewEvent"),
    ];
    let mut node = requested(pull);
    node["commits"] = json!({"nodes": [commit]});
    node["reviews"] = json!({"nodes": [review]});
    node["timelineItems"] = timeline("pull_request", "pull_request", &happened);
    let thread = json!({"id": "T", "isResolved": false, "comments": {"nodes": [comment(remark)]}});
    node["reviewThreads"] = json!({"nodes": [thread]});
    node
}

/// A pull request that was merged, as an answer of REST tells it.
pub(crate) fn merged() -> Json {
    let is_merged = |pull: &Json| pull["merged"] == true && pull["merged_at"].is_string();
    requested(&recorded("github.json").into_iter().find(is_merged).unwrap())
}

/// A pull request that closes an issue, as an answer of REST tells it among issues, with the event by which it was merged.
pub(crate) fn closing() -> Json {
    let closes = |told: &Json| {
        let body = told["issue"]["body"].as_str().unwrap_or_default();
        told["eventType"] == "MergedEvent" && body.starts_with("Fixes #")
    };
    let told = recorded("githubql.json").into_iter().find(closes).unwrap();
    let pull = &told["issue"];
    json!({
        "title": pull["title"], "body": pull["body"], "url": pull["html_url"], "state": "MERGED",
        "createdAt": pull["created_at"], "mergedAt": told["createdAt"], "closedAt": pull["closed_at"],
        "author": account(&pull["user"]),
        "labels": labels(pull),
    })
}

/// What a pull request says of itself. GraphQL calls one that was merged not closed.
fn requested(pull: &Json) -> Json {
    let state = if pull["merged"] == true { "MERGED".to_owned() } else { word(&pull["state"]) };
    json!({
        "title": pull["title"], "body": pull["body"], "url": pull["html_url"], "state": state,
        "isDraft": pull["draft"], "createdAt": pull["created_at"], "mergedAt": pull["merged_at"],
        "closedAt": pull["closed_at"], "additions": pull["additions"], "deletions": pull["deletions"],
        "changedFiles": pull["changed_files"], "baseRefName": pull["base"]["ref"], "headRefName": pull["head"]["ref"],
        "headRefOid": pull["head"]["sha"], "mergeCommit": {"oid": pull["merge_commit_sha"]},
        "author": account(&pull["user"]), "labels": labels(pull),
    })
}

/// The issue of a call, with the comment of another and what others tell of its history.
pub(crate) fn issue(action: &str) -> Json {
    let issue = &call("issues", action)["issue"];
    let assignees: Vec<Json> = issue["assignees"].as_array().unwrap().iter().map(account).collect();
    let happened = [
        ("assigned", "AssignedEvent"),
        ("labeled", "LabeledEvent"),
        ("unassigned", "UnassignedEvent"),
        ("unlabeled", "UnlabeledEvent"),
    ];
    json!({
        "title": issue["title"], "body": issue["body"], "url": issue["html_url"], "state": word(&issue["state"]),
        "stateReason": issue["state_reason"].as_str().map(str::to_uppercase), "createdAt": issue["created_at"],
        "closedAt": issue["closed_at"], "author": account(&issue["user"]),
        "assignees": {"nodes": assignees}, "labels": labels(issue),
        "milestone": {"number": issue["milestone"]["number"], "dueOn": issue["milestone"]["due_on"]},
        "comments": {"nodes": [comment(&call("issue_comment", "created")["comment"])]},
        "timelineItems": timeline("issues", "issue", &happened),
    })
}

/// The milestone of a call.
pub(crate) fn milestone(call: &Json) -> Json {
    let milestone = &call["milestone"];
    json!({
        "number": milestone["number"], "title": milestone["title"], "state": word(&milestone["state"]),
        "dueOn": milestone["due_on"], "closedAt": milestone["closed_at"],
    })
}

/// A release.
pub(crate) fn release(action: &str) -> Json {
    released(&call("release", action)["release"])
}

/// A release whose number is 72286818, of the repository 515436164, and of the commit that was made before: REST names that in the place of a
/// branch, as it was made of it.
pub(crate) fn tagged() -> Json {
    let steps = text("fixtures/scenarios/api.github.com/release-assets-conflict/raw-fixture.json");
    let steps: Json = serde_json::from_str(&steps).unwrap();
    let (repository, commit, release) = (&steps[0]["response"], &steps[1]["response"]["commit"], &steps[3]["response"]);
    assert_eq!(json!([repository["id"], release["id"]]), json!([515_436_164, 72_286_818]));
    assert_eq!(release["target_commitish"], commit["sha"]);
    let mut told = released(release);
    told["tagCommit"] = json!({"oid": commit["sha"]});
    told
}

fn released(release: &Json) -> Json {
    json!({
        "name": release["name"], "tagName": release["tag_name"], "isDraft": release["draft"],
        "isPrerelease": release["prerelease"], "publishedAt": release["published_at"], "url": release["html_url"],
        "author": account(&release["author"]),
    })
}

/// A deployment whose status is this one.
pub(crate) fn deployment(state: &str) -> Json {
    let calls = calls_of("deployment_status");
    let call = calls.iter().find(|call| call["deployment_status"]["state"] == state).unwrap();
    let (deployment, status) = (&call["deployment"], &call["deployment_status"]);
    let status = json!({
        "state": word(&status["state"]), "createdAt": status["created_at"],
        "environmentUrl": status["environment_url"], "logUrl": status["log_url"],
    });
    json!({
        "commitOid": deployment["sha"], "ref": {"name": deployment["ref"]}, "task": deployment["task"],
        "environment": deployment["environment"], "originalEnvironment": deployment["original_environment"],
        "description": deployment["description"], "createdAt": deployment["created_at"],
        "creator": account(&deployment["creator"]), "statuses": {"nodes": [status]},
    })
}

/// A team with a member.
pub(crate) fn team() -> Json {
    let call = call("membership", "added");
    let (team, member) = (&call["team"], account(&call["member"]));
    let parent = json!({"databaseId": team["parent"]["id"]});
    json!({"name": team["name"], "slug": team["slug"], "parentTeam": parent, "members": {"edges": [{"node": member}]}})
}
