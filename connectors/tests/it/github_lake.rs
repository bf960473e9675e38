//! What GitHub no longer has, or what no longer means what it meant, is gone from a real lake.

use crate::github_issues::issue;
use crate::github_mapper::request;
use crate::lake::{Read, ids, step, tenant};
use crate::reading::NOW;
use serde_json::{Value as Json, json};

fn read(at: i64, settings: Json, payloads: Vec<(&'static str, &'static str, Json)>) -> Read {
    Read { connection: "github:acme", at, settings, payloads }
}

fn release(tag: &str) -> Json {
    json!({"tagName": tag, "publishedAt": "2026-01-01T00:00:00Z"})
}

fn tag() -> Json {
    json!({"target": {"__typename": "Commit", "oid": "a".repeat(40), "committedDate": "2026-01-01T00:00:00Z"}})
}

fn run() -> Json {
    json!({"name": "Deploy", "status": "queued"})
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_not_seen_since_a_listing_is_gone_and_nothing_else() {
    let tenant = tenant().await;
    let settings = json!({"deployments": {"from": ["deployments", "releases", "tags", "workflow_runs"]}});
    let team = |users: &[i64]| {
        let edges: Vec<_> = users.iter().map(|user| json!({"node": {"databaseId": user, "login": "x"}})).collect();
        json!({"name": "x", "members": {"edges": edges}})
    };
    let payloads = vec![
        ("releases", "7/1", release("v1")),
        ("releases", "7/2", release("v2")),
        ("releases", "70/3", release("v3")),
        ("deployments", "7/10", json!({})),
        ("deployments", "7/11", json!({})),
        ("tags", "7/v1", tag()),
        ("tags", "7/v2/x", tag()),
        ("workflow_runs", "7/30/1", run()),
        ("issues", "7/12", issue(&["incident"])),
        ("issues", "7/13", issue(&["incident"])),
        ("pull_requests", "7/5", request("OPEN")),
        ("teams", "1", team(&[21, 22])),
        ("teams", "2", team(&[21])),
    ];
    step(&tenant, read(NOW, settings.clone(), payloads), NOW).await;
    let mine = |native: &[&str]| native.iter().map(|native| format!("github:acme:{native}")).collect::<Vec<_>>();
    assert_eq!(ids(&tenant, "deployments").await.len(), 8);
    assert_eq!(
        ids(&tenant, "team_members").await,
        mine(&["teams/1/members/21", "teams/1/members/22", "teams/2/members/21"])
    );

    let later = NOW + 1_000_000;
    let payloads = vec![
        ("listings", "7/releases", json!({})),
        ("releases", "7/2", release("v2")),
        ("listings", "7/deployments", json!({})),
        ("deployments", "7/11", json!({})),
        ("listings", "7/issues", json!({})),
        ("issues", "7/12", issue(&["incident"])),
        ("listings", "7/pull_requests", json!({})),
        ("listings", "teams", json!({})),
        ("teams", "1", team(&[22])),
    ];
    step(&tenant, read(later, settings.clone(), payloads), later).await;
    assert_eq!(ids(&tenant, "releases").await, mine(&["7/releases/2", "70/releases/3"]));
    let still = ["7/builds/30/1", "7/deployments/11", "7/releases/2", "7/tags/v1", "7/tags/v2/x", "70/releases/3"];
    assert_eq!(ids(&tenant, "deployments").await, mine(&still));
    assert_eq!(ids(&tenant, "work_items").await, mine(&["7/issues/12"]));
    assert_eq!(ids(&tenant, "incidents").await, mine(&["7/incidents/12"]));
    assert_eq!(ids(&tenant, "comments").await, mine(&["7/issues/12/comments/500"]));
    assert_eq!(ids(&tenant, "work_item_transitions").await.len(), 8);
    for entity in ["pull_requests", "pull_request_commits", "reviews", "review_requests"] {
        assert!(ids(&tenant, entity).await.is_empty(), "{entity}");
    }
    assert_eq!(ids(&tenant, "teams").await, mine(&["teams/1"]));
    assert_eq!(ids(&tenant, "team_members").await, mine(&["teams/1/members/22"]));
    assert_eq!(ids(&tenant, "builds").await, mine(&["7/builds/30/1"]));

    let last = later + 1_000_000;
    let payloads = vec![
        ("listings", "7/tags", json!({})),
        ("tags", "7/v1", tag()),
        ("teams", "1", json!({"deleted": true})),
        ("releases", "7/2", json!({"tagName": "v2", "isDraft": true})),
    ];
    step(&tenant, read(last, settings, payloads), last).await;
    let still = ["7/builds/30/1", "7/deployments/11", "7/tags/v1", "70/releases/3"];
    assert_eq!(ids(&tenant, "deployments").await, mine(&still));
    assert!(ids(&tenant, "teams").await.is_empty() && ids(&tenant, "team_members").await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_mapped_of_a_repository_is_no_reject_while_that_is_left() {
    let tenant = tenant().await;
    let mut lost = issue(&[]);
    lost["state"] = json!("AJAR");
    let payloads = vec![
        ("issues", "7/12", lost.clone()),
        ("issues", "7/13", issue(&[])),
        ("issues", "70/12", lost),
        ("users", "7", json!("ada")),
    ];
    step(&tenant, read(NOW, json!({}), payloads), NOW).await;
    let rejects = || ids(&tenant, "rejects");
    let reject = |key: &str| format!("github:acme:reject/{key}");
    let all = ["issues/7/12", "issues/70/12", "users/7"].map(reject);
    assert_eq!(rejects().await, all);
    step(&tenant, read(NOW + 1_000_000, json!({"left": ["7"]}), vec![]), NOW + 1_000_000).await;
    assert_eq!(rejects().await, ["issues/70/12", "users/7"].map(reject), "a user is of no repository");
    // What was mapped of it stays.
    assert_eq!(ids(&tenant, "work_items").await, ["github:acme:7/issues/13"]);
    step(&tenant, read(NOW + 2_000_000, json!({}), vec![]), NOW + 2_000_000).await;
    assert_eq!(rejects().await, all);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_issue_without_its_label_and_a_run_under_other_settings_are_what_they_were_no_more() {
    let tenant = tenant().await;
    let runs = json!({"deployments": {"from": ["workflow_runs"]}});
    let payloads = vec![
        ("issues", "7/12", issue(&["incident"])),
        ("workflow_runs", "7/30/1", run()),
        ("pull_requests", "7/5", request("OPEN")),
        ("repositories", "7", json!({"nameWithOwner": "acme/shop"})),
    ];
    step(&tenant, read(NOW, runs.clone(), payloads), NOW).await;
    assert_eq!(ids(&tenant, "incidents").await, ["github:acme:7/incidents/12"]);
    assert_eq!(ids(&tenant, "deployments").await, ["github:acme:7/builds/30/1"]);
    assert_eq!(ids(&tenant, "pull_request_commits").await.len(), 2);

    let later = NOW + 1_000_000;
    let mut pushed = request("OPEN");
    pushed["commits"]["nodes"] = json!([pushed["commits"]["nodes"][1]]);
    let payloads = vec![
        ("issues", "7/12", issue(&["bug"])),
        ("pull_requests", "7/5", pushed),
        ("repositories", "7", json!({"deleted": true})),
    ];
    step(&tenant, read(later, runs, payloads), later).await;
    assert!(ids(&tenant, "incidents").await.is_empty());
    assert_eq!(ids(&tenant, "pull_request_commits").await.len(), 1);
    assert!(ids(&tenant, "repositories").await.is_empty());
    assert_eq!(ids(&tenant, "deployments").await, ["github:acme:7/builds/30/1"]);

    let last = later + 1_000_000;
    step(&tenant, read(last, json!({}), vec![]), last).await;
    assert!(ids(&tenant, "deployments").await.is_empty());
    assert_eq!(ids(&tenant, "builds").await, ["github:acme:7/builds/30/1"]);
    assert!(ids(&tenant, "incidents").await.is_empty());
}
