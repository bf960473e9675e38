//! What GitHub really sends, held against what is made of it.
//!
//! Calls of hooks and items of REST answers are payloads that others recorded (`payloads.rs`). A run of a workflow stands in a
//! call of `workflow_run` as REST sends it, a commit in one of `status`. Of answers to GraphQL nobody publishes recordings:
//! pull requests, issues, deployments, releases, repositories and teams are tried in the words of the queries
//! (`github_recorded.rs`), and here the words that may stand in them are those of GitHub's schema. That each operation is one of
//! the schema is tried beside the operations.

use crate::github_mapper::{map, told};
use crate::lake::{ids, tenant};
use crate::payloads::{calls, calls_of, values};
use crate::reading::NOW;
use pulse_connectors::github::called;
use pulse_engine::land::{Cursors, Page};
use serde_json::{Value as Json, json};
use std::collections::BTreeSet;

#[tokio::test(flavor = "multi_thread")]
async fn every_call_of_every_event_is_landed_and_rejects_nothing() {
    let calls = calls();
    let events: BTreeSet<&str> = calls.iter().map(|(event, _)| event.as_str()).collect();
    assert!(events.len() >= 58 && calls.len() >= 300, "{} calls of {} events", calls.len(), events.len());
    let mut payloads = Vec::new();
    for (n, (event, call)) in calls.iter().enumerate() {
        let header = |name: &str| match name {
            "x-github-event" => Some(event.clone()),
            "x-github-delivery" => Some(format!("72d3162e-cc78-11e3-81ab-{n:012}")),
            _ => None,
        };
        let body = serde_json::to_vec(call).unwrap();
        let landed = called(&header, &body, NOW).unwrap_or_else(|error| panic!("{event}: {error}"));
        let kept: Json = serde_json::from_str(&landed.body).unwrap();
        assert_eq!((&kept["event"], &kept["payload"]), (&json!(event), call));
        payloads.push(landed);
    }
    let tenant = tenant().await;
    tenant.land("github", "github:acme", Page { payloads, cursors: Cursors::new() }).await.unwrap();
    let report = tenant.map(&pulse_connectors::github::GithubMapper, false).await.unwrap();
    assert_eq!((report.payloads as usize, ids(&tenant, "rejects").await), (calls.len(), Vec::new()));
}

#[test]
fn a_run_of_a_workflow_is_a_build_as_githubs_say_it() {
    let runs: Vec<Json> = calls_of("workflow_run").into_iter().map(|call| call["workflow_run"].clone()).collect();
    for run in &runs {
        told("workflow_runs", "1/2/1", run).one("builds");
    }
    let of = |id: u64, status: &str, conclusion: Json| {
        let run = runs.iter().find(|run| run["id"] == id && run["status"] == status && run["conclusion"] == conclusion);
        run.unwrap_or_else(|| panic!("no run {id} that is {status} was recorded")).clone()
    };
    let queued = of(1_589_141_559, "queued", Json::Null);
    assert_eq!(
        told("workflow_runs", "396980812/1589141559/1", &queued).one("builds"),
        json!({
            "id": "github:acme:396980812/builds/1589141559/1", "repository_id": "github:acme:396980812",
            "name": "Manually triggered workflow", "sha": "5779607b49aab1200488439f02372c57b4f75444", "branch": "main",
            "status": "running", "attempt": 1, "started_at": "2021-12-16T19:37:22Z",
            "url": "https://github.com/octo-org/octo-repo/actions/runs/1589141559",
        })
    );
    // This one has no name. By its path it is one of `.github/workflows/test.yml`.
    let ended = of(289_782_451, "completed", json!("success"));
    let settings = json!({"deployments": {"from": ["workflow_runs"], "workflows": ["test*"]}});
    let told = map("workflow_runs", "7/289782451/1", &ended, settings).unwrap();
    let sha = "3484a3fb816e0859fd6e1cea078d76385ff50625";
    let url = "https://github.com/octo-org/octo-repo/actions/runs/289782451";
    assert_eq!(
        told.one("builds"),
        json!({
            "id": "github:acme:7/builds/289782451/1", "repository_id": "github:acme:7", "sha": sha,
            "branch": "master", "status": "succeeded", "attempt": 1, "started_at": "2020-10-05T16:33:49Z",
            "finished_at": "2020-10-05T16:33:49Z", "url": url,
        })
    );
    assert_eq!(
        told.one("deployments"),
        json!({
            "id": "github:acme:7/builds/289782451/1", "repository_id": "github:acme:7", "environment": "production",
            "is_production": true, "status": "succeeded", "sha": sha, "ref_name": "master",
            "created_at": "2020-10-05T16:33:24Z", "started_at": "2020-10-05T16:33:49Z",
            "finished_at": "2020-10-05T16:33:49Z", "kind": "regular", "url": url, "inferred_from": "workflow_run",
        })
    );
}

#[test]
fn a_job_of_a_run_is_told_with_its_machine_and_its_times() {
    let jobs: Vec<Json> = calls_of("workflow_job").into_iter().map(|call| call["workflow_job"].clone()).collect();
    let row = |job: &Json| {
        let key = format!("7/{}/{}", job["run_id"], job["run_attempt"].as_u64().unwrap_or(1));
        told("jobs", &key, &json!({"total_count": 1, "jobs": [job]})).one("build_jobs")
    };
    for job in &jobs {
        row(job);
    }
    let of = |status: &str, conclusion: Json, name: &str| {
        let job =
            jobs.iter().find(|job| job["status"] == status && job["conclusion"] == conclusion && job["name"] == name);
        row(job.unwrap_or_else(|| panic!("no job {name} that is {status} was recorded")))
    };
    let build = "github:acme:7/builds/2202229078/1";
    let linters = json!({
        "id": format!("{build}/jobs/289782451"), "build_id": build, "repository_id": "github:acme:7",
        "name": "linters", "status": "failed", "started_at": "2021-08-05T10:34:58Z",
        "finished_at": "2021-08-05T10:38:16Z", "runner": "GitHub Actions 5",
        "url": "https://github.com/octo-org/octo-repo/runs/1291536064",
    });
    assert_eq!(of("completed", json!("failure"), "linters"), linters);
    assert_eq!(of("completed", json!("success"), "linters")["status"], json!("succeeded"));
    let running = of("in_progress", Json::Null, "Test workflow");
    assert_eq!((&running["status"], running.get("finished_at")), (&json!("running"), None));
    assert_eq!((&running["started_at"], &running["runner"]), (&json!("2021-06-15T19:22:27Z"), &json!("my runner")));
    // GitHub says of what waits for a machine that it has started.
    let waits = of("waiting", Json::Null, "test");
    assert_eq!((&waits["status"], waits.get("started_at"), waits.get("runner")), (&json!("running"), None, None));
    assert_eq!(of("queued", Json::Null, "update").get("started_at"), None);
}

#[test]
fn a_commit_has_its_times_its_parents_and_who_made_it() {
    let calls = calls_of("status");
    let commit = |parents: usize| {
        let call = calls.iter().find(|call| call["commit"]["parents"].as_array().unwrap().len() == parents);
        call.unwrap()["commit"].clone()
    };
    let sha = "6113728f27ae82c7b1a177c8d03f9e96e0adf246";
    let row = |parents: Json, committer: &str| {
        json!({
            "id": format!("github:acme:7/commits/{sha}"), "repository_id": "github:acme:7", "sha": sha,
            "parents": parents, "author_id": "github:acme:users/21031067", "committer_id": committer,
            "authored_at": "2019-05-15T15:19:25Z", "committed_at": "2019-05-15T15:19:25Z", "title": "Initial commit",
            "work_item_keys": [], "reverts": [], "cherry_picked_from": [],
        })
    };
    let first = told("commits", &format!("7/{sha}"), &commit(0));
    assert_eq!(first.one("commits"), row(json!([]), "github:acme:users/19864447"));
    // GitHub knows no account of this one's; its author's address names one.
    let second = told("commits", &format!("7/{sha}"), &commit(1));
    let parent = json!(["ec26c3e57ca3a959ca5aad62de7213c562f8c821"]);
    assert_eq!(second.one("commits"), row(parent, "github:acme:emails/noreply@github.com"));
    let mails = |told: &crate::told::Told| told.ids("identities");
    for mail in ["21031067+codertocat@users.noreply.github.com", "noreply@github.com"] {
        let id = format!("github:acme:emails/{mail}");
        assert!(mails(&first).contains(&id) && mails(&second).contains(&id), "{id}");
    }
}

#[test]
fn every_word_of_githubs_schema_is_known() {
    let at = "2026-01-01T00:00:00Z";
    let request = |state: &str, review: &str| {
        let reviews = json!({"nodes": [{"databaseId": 1, "state": review, "submittedAt": at, "createdAt": at}]});
        json!({"title": "x", "state": state, "createdAt": at, "reviews": reviews})
    };
    let mut tried = 0;
    let mut known = |enumeration: &str, stream: &str, key: &str, payload: &dyn Fn(&str) -> Json| {
        for word in values(enumeration) {
            let told = map(stream, key, &payload(&word), Json::Null);
            assert!(told.is_ok(), "{enumeration} {word}: {told:?}");
            tried += 1;
        }
    };
    known("PullRequestState", "pull_requests", "7/1", &|state| request(state, "APPROVED"));
    known("PullRequestReviewState", "pull_requests", "7/1", &|state| request("OPEN", state));
    known(
        "IssueState",
        "issues",
        "7/1",
        &|state| json!({"title": "x", "url": "https://github.com/acme/shop/issues/1", "state": state, "createdAt": at}),
    );
    known("MilestoneState", "milestones", "7/1", &|state| json!({"title": "x", "state": state}));
    known(
        "DeploymentStatusState",
        "deployments",
        "7/1",
        &|state| json!({"createdAt": at, "statuses": {"nodes": [{"state": state, "createdAt": at}]}}),
    );
    known("PullRequestReviewCommentState", "pull_requests", "7/1", &|state| {
        let comment = json!({"databaseId": 1, "state": state, "createdAt": at});
        let threads = json!({"nodes": [{"id": "x", "comments": {"nodes": [comment]}}]});
        json!({"title": "x", "state": "OPEN", "createdAt": at, "reviewThreads": threads})
    });
    // REST writes these in small letters.
    known("CheckStatusState", "workflow_runs", "7/1/1", &|state| json!({"status": state.to_lowercase()}));
    known(
        "CheckConclusionState",
        "workflow_runs",
        "7/1/1",
        &|state| json!({"status": "completed", "conclusion": state.to_lowercase()}),
    );
    known("CheckStatusState", "jobs", "7/1/1", &|state| json!({"jobs": [{"id": 1, "status": state.to_lowercase()}]}));
    known(
        "CheckConclusionState",
        "jobs",
        "7/1/1",
        &|state| json!({"jobs": [{"id": 1, "status": "completed", "conclusion": state.to_lowercase()}]}),
    );
    assert!(tried >= 3 + 5 + 2 + 2 + 8 + 2 + 2 * (6 + 9), "{tried}");
}
