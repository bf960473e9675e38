//! What others recorded of GitHub, in the words of the queries.
//!
//! Nobody publishes answers to GraphQL. Calls of hooks tell of the same things and name their fields as REST does, so here they are
//! put into the names that the queries ask by (`queries/*.graphql`, which are held against GitHub's schema), each value as it is.

use crate::github_mapper::{map, told};
use crate::payloads::calls_of;
use serde_json::{Value as Json, json};

/// The first call of an event that is of this action.
fn call(event: &str, action: &str) -> Json {
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

const REPOSITORY: &str = "github:acme:186853002";
const AUTHOR: &str = "github:acme:users/21031067";

#[test]
fn a_pull_request_as_others_recorded_it_has_its_review_and_its_comments() {
    let pull = &call("pull_request", "closed")["pull_request"];
    let review = &call("pull_request_review", "submitted")["review"];
    let remark = &call("pull_request_review_comment", "created")["comment"];
    let review = json!({
        "databaseId": review["id"], "state": word(&review["state"]), "submittedAt": review["submitted_at"],
        "author": account(&review["user"]),
    });
    let node = json!({
        "title": pull["title"], "body": pull["body"], "url": pull["html_url"], "state": word(&pull["state"]),
        "isDraft": pull["draft"], "createdAt": pull["created_at"], "mergedAt": pull["merged_at"],
        "closedAt": pull["closed_at"], "additions": pull["additions"], "deletions": pull["deletions"],
        "changedFiles": pull["changed_files"], "baseRefName": pull["base"]["ref"], "headRefName": pull["head"]["ref"],
        "headRefOid": pull["head"]["sha"], "mergeCommit": {"oid": pull["merge_commit_sha"]},
        "author": account(&pull["user"]), "labels": labels(pull), "reviews": {"nodes": [review]},
        "reviewThreads": {"nodes": [{"id": "T", "isResolved": false, "comments": {"nodes": [comment(remark)]}}]},
    });
    let told = told("pull_requests", "186853002/2", &node);
    let id = format!("{REPOSITORY}/pull_requests/2");
    assert_eq!(
        told.one("pull_requests"),
        json!({
            "id": id, "repository_id": REPOSITORY, "number": 2, "title": "Update the README with new information.",
            "author_id": AUTHOR, "state": "closed", "is_draft": false, "created_at": "2019-05-15T15:20:33Z",
            "closed_at": "2019-05-15T15:21:18Z", "head_sha": "ec26c3e57ca3a959ca5aad62de7213c562f8c821",
            "base_branch": "master", "head_branch": "changes", "additions": 1, "deletions": 1, "changed_files": 1,
            "labels": ["bug"], "work_item_keys": [], "url": "https://github.com/Codertocat/Hello-World/pull/2",
        })
    );
    assert_eq!(
        told.one("reviews"),
        json!({
            "id": format!("{id}/reviews/237895671"), "pull_request_id": id, "reviewer_id": AUTHOR, "state": "commented",
            "submitted_at": "2019-05-15T15:20:38Z",
        })
    );
    assert_eq!(
        told.one("comments"),
        json!({
            "id": format!("{id}/comments/review/284312630"), "subject_id": id, "author_id": AUTHOR,
            "created_at": "2019-05-15T15:20:37Z", "thread_id": format!("{id}/threads/T"), "is_resolved": false,
        })
    );
    assert_eq!(told.one("identities"), json!({"id": AUTHOR, "login": "Codertocat", "is_bot": false}));
}

/// The issue of a call, with the comment of another.
fn issue(call: &Json) -> Json {
    let issue = &call["issue"];
    let assignees: Vec<Json> = issue["assignees"].as_array().unwrap().iter().map(account).collect();
    json!({
        "title": issue["title"], "body": issue["body"], "url": issue["html_url"], "state": word(&issue["state"]),
        "createdAt": issue["created_at"], "closedAt": issue["closed_at"], "author": account(&issue["user"]),
        "assignees": {"nodes": assignees}, "labels": labels(issue),
        "milestone": {"number": issue["milestone"]["number"], "dueOn": issue["milestone"]["due_on"]},
        "comments": {"nodes": [comment(&self::call("issue_comment", "created")["comment"])]},
    })
}

#[test]
fn an_issue_as_others_recorded_it_is_planned_for_its_milestone_and_an_incident_by_its_label() {
    let told = told("issues", "186853002/1", &issue(&call("issues", "opened")));
    let id = format!("{REPOSITORY}/issues/1");
    assert_eq!(
        told.one("work_items"),
        json!({
            "id": id, "repository_id": REPOSITORY, "key": "Codertocat/Hello-World#1",
            "title": "Spelling error in the README file", "kind": "bug", "status": "open", "status_category": "todo",
            "assignee_id": AUTHOR, "reporter_id": AUTHOR, "created_at": "2019-05-15T15:20:18Z", "due_on": "2019-05-23",
            "labels": ["bug"], "url": "https://github.com/Codertocat/Hello-World/issues/1",
        })
    );
    assert_eq!(
        told.one("work_item_versions"),
        json!({
            "id": format!("{id}/versions/fix/1"), "work_item_id": id, "version_id": format!("{REPOSITORY}/milestones/1"),
            "relation": "fix",
        })
    );
    assert_eq!(
        told.one("comments"),
        json!({
            "id": format!("{id}/comments/492700400"), "subject_id": id, "author_id": AUTHOR,
            "created_at": "2019-05-15T15:20:21Z",
        })
    );
    assert!(told.rows("incidents").is_empty());
    let bugs = json!({"incidents": {"labels": ["bug"]}});
    let closed = map("issues", "186853002/1", &issue(&call("issues", "deleted")), bugs).unwrap();
    let row = closed.one("work_items");
    assert_eq!((&row["status_category"], &row["resolved_at"]), (&json!("done"), &json!("2021-07-05T18:07:10Z")));
    let incident = closed.one("incidents");
    assert_eq!(
        (&incident["began_at"], &incident["resolved_at"]),
        (&json!("2021-07-05T18:05:24Z"), &row["resolved_at"])
    );
}

#[test]
fn a_release_as_others_recorded_it_goes_by_its_tag_and_deploys_when_the_settings_say_so() {
    let node = |action: &str| {
        let release = &call("release", action)["release"];
        json!({
            "name": release["name"], "tagName": release["tag_name"], "isDraft": release["draft"],
            "isPrerelease": release["prerelease"], "publishedAt": release["published_at"], "url": release["html_url"],
            "author": account(&release["author"]),
        })
    };
    let releases = json!({"deployments": {"from": ["releases"]}});
    let told = map("releases", "186853002/17372790", &node("published"), releases).unwrap();
    let id = format!("{REPOSITORY}/releases/17372790");
    let (url, at) = ("https://github.com/Codertocat/Hello-World/releases/tag/0.0.1", "2019-05-15T15:20:53Z");
    assert_eq!(
        told.one("releases"),
        json!({
            "id": id, "repository_id": REPOSITORY, "name": "0.0.1", "tag": "0.0.1", "is_prerelease": false,
            "published_at": at, "url": url,
        })
    );
    assert_eq!(
        told.one("deployments"),
        json!({
            "id": id, "repository_id": REPOSITORY, "environment": "production", "is_production": true,
            "status": "succeeded", "ref_name": "0.0.1", "finished_at": at, "kind": "regular", "url": url,
            "inferred_from": "release",
        })
    );
    let early = self::told("releases", "186853002/17372790", &node("prereleased")).one("releases");
    assert_eq!(early["is_prerelease"], json!(true));
}

#[test]
fn a_deployment_as_others_recorded_it_finishes_with_its_success() {
    let calls = calls_of("deployment_status");
    let told = |state: &str| {
        let call = calls.iter().find(|call| call["deployment_status"]["state"] == state).unwrap();
        let (deployment, status) = (&call["deployment"], &call["deployment_status"]);
        let status = json!({
            "state": word(&status["state"]), "createdAt": status["created_at"],
            "environmentUrl": status["environment_url"], "logUrl": status["log_url"],
        });
        let node = json!({
            "commitOid": deployment["sha"], "ref": {"name": deployment["ref"]}, "task": deployment["task"],
            "environment": deployment["environment"], "originalEnvironment": deployment["original_environment"],
            "description": deployment["description"], "createdAt": deployment["created_at"],
            "creator": account(&deployment["creator"]), "statuses": {"nodes": [status]},
        });
        self::told("deployments", "186853002/145988746", &node)
    };
    let row = |rest: Json| {
        let mut row = json!({
            "id": format!("{REPOSITORY}/deployments/145988746"), "repository_id": REPOSITORY, "kind": "regular",
            "sha": "f95f852bd8fca8fcc58a9a2d6c842781e32a215e", "ref_name": "master",
        });
        for (name, value) in rest.as_object().unwrap() {
            row[name] = value.clone();
        }
        row
    };
    let over = json!({
        "environment": "production", "is_production": true, "status": "succeeded",
        "created_at": "2019-05-15T15:20:53Z", "finished_at": "2019-05-15T15:20:55Z",
    });
    assert_eq!(told("success").one("deployments"), row(over));
    let under_way = json!({
        "environment": "github-pages", "is_production": false, "status": "running",
        "created_at": "2022-01-03T01:28:30Z", "started_at": "2022-01-03T01:28:40Z",
    });
    assert_eq!(told("in_progress").one("deployments"), row(under_way));
    assert_eq!(told("in_progress").one("identities")["is_bot"], json!(true));
}

#[test]
fn a_repository_and_a_team_as_others_recorded_them_are_known_by_their_numbers() {
    let repository = &call("repository", "created")["repository"];
    let node = json!({
        "nameWithOwner": repository["full_name"], "url": repository["html_url"], "isFork": repository["fork"],
        "isArchived": repository["archived"], "createdAt": repository["created_at"],
        "defaultBranchRef": {"name": repository["default_branch"]},
    });
    assert_eq!(
        told("repositories", "186853261", &node).one("repositories"),
        json!({
            "id": "github:acme:186853261", "name": "Octocoders/Hello-World", "is_fork": true, "is_archived": false,
            "url": "https://github.com/Octocoders/Hello-World", "default_branch": "master",
            "created_at": "2019-05-15T15:20:42Z",
        })
    );
    let call = call("membership", "added");
    let (team, member) = (&call["team"], account(&call["member"]));
    let node = json!({"name": team["name"], "slug": team["slug"], "members": {"edges": [{"node": member}]}});
    let told = told("teams", "3253328", &node);
    let id = "github:acme:teams/3253328";
    assert_eq!(told.one("teams"), json!({"id": id, "name": "github"}));
    assert_eq!(
        told.one("team_members"),
        json!({"id": format!("{id}/members/21031067"), "team_id": id, "member_id": AUTHOR})
    );
}
