//! Each column that the mapper of GitHub sets is filled by a payload that others recorded (`github_payloads.rs`,
//! `github_recorded.rs`, which hold the values), but for those of which nobody published any.

use crate::fields::assert_filled;
use crate::github_mapper::map;
use crate::github_words::{
    call, closing, deployment, issue, merged, milestone, pull_request, reference, release, repository, tagged, team,
};
use crate::payloads::calls_of;
use serde_json::{Value as Json, json};
use std::collections::BTreeSet;

/// Columns that no recorded payload fills, and why.
const UNTOLD: &[(&str, &str)] = &[
    ("commits.authored_offset", "answers of REST write times in UTC, wherever the commit was made"),
    ("commits.committed_offset", "answers of REST write times in UTC, wherever the commit was made"),
    ("commits.reverts", "no recorded message takes a commit back"),
    ("commits.cherry_picked_from", "no recorded message names where its commit was picked from"),
    ("commits.work_item_keys", "no recorded message names an issue by its key"),
    ("incidents.caused_by_sha", "no recorded issue has a section on its root cause"),
    ("incidents.resolution", "the one recorded issue that is closed is from before GitHub asked why it was"),
    (
        "pull_requests.auto_merge_at",
        "the one recorded pull request that was to be merged by itself does not say since when",
    ),
    ("review_requests.team_id", "no team was asked for a review while somebody recorded it"),
    ("teams.parent_id", "no recorded team is within another"),
    ("work_items.parent_id", "no recorded issue is below another"),
    ("work_items.resolution", "the one recorded issue that is closed is from before GitHub asked why it was"),
];

/// Everything that was recorded and is mapped.
fn payloads() -> Vec<(&'static str, String, Json)> {
    let mut all: Vec<(&str, String, Json)> = [
        ("repositories", "186853002", repository(&call("issues", "opened")["repository"])),
        ("branches", "186853002/master", reference("refs/heads/master")),
        ("tags", "186853002/simple-tag", reference("refs/tags/simple-tag")),
        ("pull_requests", "186853002/2", pull_request()),
        ("pull_requests", "121826936/7", merged()),
        ("pull_requests", "7/3", closing()),
        ("issues", "186853002/1", issue("opened")),
        ("issues", "186853002/1", issue("deleted")),
        ("milestones", "186853002/1", milestone(&call("milestone", "closed"))),
        ("releases", "186853002/17372790", release("published")),
        ("releases", "515436164/72286818", tagged()),
        ("deployments", "186853002/145988746", deployment("success")),
        ("deployments", "186853002/145988746", deployment("in_progress")),
        ("teams", "3253328", team()),
    ]
    .map(|(stream, key, payload)| (stream, key.to_owned(), payload))
    .into();
    for call in calls_of("status") {
        let commit = &call["commit"];
        let key = format!("{}/{}", call["repository"]["id"], commit["sha"].as_str().unwrap());
        all.push(("commits", key, commit.clone()));
    }
    for call in calls_of("workflow_run") {
        let run = &call["workflow_run"];
        all.push(("workflow_runs", format!("{}/{}/1", call["repository"]["id"], run["id"]), run.clone()));
    }
    for call in calls_of("workflow_job") {
        let job = &call["workflow_job"];
        all.push(("jobs", format!("{}/{}/1", call["repository"]["id"], job["run_id"]), json!({"jobs": [job]})));
    }
    all
}

#[test]
fn each_column_that_is_mapped_is_filled_by_a_recorded_payload_or_nobody_published_one() {
    let settings = json!({
        "deployments": {"from": ["deployments", "workflow_runs", "releases", "tags"], "workflows": ["*"], "tags": ["*"]},
        "incidents": {"labels": ["bug"], "severity": ["bug"]},
    });
    let mut filled = BTreeSet::new();
    for (stream, key, payload) in payloads() {
        let told = map(stream, &key, &payload, settings.clone()).unwrap();
        filled.extend(told.filled());
    }
    assert_filled("github", &filled, UNTOLD);
}
