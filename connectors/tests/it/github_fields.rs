//! Each column that the mapper of GitHub sets has the value that it should have of a payload that others recorded, but for those of which
//! nobody published any. What whole payloads become is held beside this (`github_payloads.rs`, `github_recorded.rs`).

use crate::fields::assert_held;
use crate::github_mapper::map;
use crate::github_recorded::{AUTHOR, REPOSITORY};
use crate::github_words::{
    call, closing, deployment, issue, merged, milestone, pull_request, reference, release, repository, tagged, team,
};
use crate::payloads::calls_of;
use crate::told::Told;
use serde_json::{Value as Json, json};

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

/// Rows that these become, worked out by hand: each column once.
fn rows() -> Vec<(&'static str, Json)> {
    let of = |below: &str| format!("{REPOSITORY}/{below}");
    let (request, issue, tag) = (of("pull_requests/2"), of("issues/1"), of("releases/17372790"));
    let (build, team) = (of("builds/2202229078/1"), "github:acme:teams/3253328");
    let (first, head) = ("6113728f27ae82c7b1a177c8d03f9e96e0adf246", "ec26c3e57ca3a959ca5aad62de7213c562f8c821");
    vec![
        (
            "repositories",
            json!({
                "id": REPOSITORY, "name": "Codertocat/Hello-World", "url": "https://github.com/Codertocat/Hello-World",
                "default_branch": "master", "default_sha": first, "is_fork": false, "is_archived": false,
                "created_at": "2019-05-15T15:19:25Z",
            }),
        ),
        (
            "repository_names",
            json!({
                "id": of("names/Codertocat/Hello-World"), "repository_id": REPOSITORY, "name": "Codertocat/Hello-World",
            }),
        ),
        (
            "refs",
            json!({
                "id": of("refs/tag/simple-tag"), "repository_id": REPOSITORY, "kind": "tag", "name": "simple-tag",
                "sha": first, "tagged_at": "2019-05-15T15:20:41Z",
            }),
        ),
        (
            "commits",
            json!({
                "id": of(&format!("commits/{first}")), "repository_id": REPOSITORY, "sha": first, "parents": [head],
                "author_id": AUTHOR, "committer_id": "github:acme:emails/noreply@github.com",
                "authored_at": "2019-05-15T15:19:25Z", "committed_at": "2019-05-15T15:19:25Z",
                "title": "Initial commit",
            }),
        ),
        (
            "pull_requests",
            json!({
                "id": request, "repository_id": REPOSITORY, "number": 2,
                "title": "Update the README with new information.", "author_id": AUTHOR, "state": "closed",
                "is_draft": false, "created_at": "2019-05-15T15:20:33Z", "ready_at": "2019-05-15T15:21:18Z",
                "closed_at": "2019-05-15T15:21:18Z", "head_sha": head, "base_branch": "master",
                "head_branch": "changes", "additions": 1, "deletions": 1, "changed_files": 1, "labels": ["bug"],
                "url": "https://github.com/Codertocat/Hello-World/pull/2",
            }),
        ),
        (
            "pull_requests",
            json!({
                "id": "github:acme:121826936/pull_requests/7", "merged_at": "2019-02-22T16:21:03Z",
                "merge_commit_sha": "81890a5cc2820c7097570d0a9ef37afb02b60ae1",
            }),
        ),
        (
            "pull_requests",
            json!({
                "id": "github:acme:7/pull_requests/3", "work_item_keys": ["valeriocos/test-issues-update#1"],
            }),
        ),
        (
            "pull_request_commits",
            json!({
                "id": format!("{request}/commits/{head}"), "pull_request_id": request, "sha": head,
                "author_id": AUTHOR, "authored_at": "2019-05-15T15:20:30Z",
            }),
        ),
        (
            "reviews",
            json!({
                "id": format!("{request}/reviews/237895671"), "pull_request_id": request, "reviewer_id": AUTHOR,
                "state": "commented", "submitted_at": "2019-05-15T15:20:38Z",
            }),
        ),
        (
            "review_requests",
            json!({
                "id": format!("{request}/review_requests/review_requested"), "pull_request_id": request,
                "reviewer_id": "github:acme:users/5346", "requested_at": "2019-05-15T15:20:33Z",
                "removed_at": "2019-05-15T15:20:33Z",
            }),
        ),
        (
            "comments",
            json!({
                "id": format!("{request}/comments/review/284312630"), "subject_id": request, "author_id": AUTHOR,
                "created_at": "2019-05-15T15:20:37Z", "thread_id": format!("{request}/threads/T"),
                "is_resolved": false,
            }),
        ),
        (
            "identities",
            json!({
                "id": "github:acme:emails/21031067+codertocat@users.noreply.github.com", "name": "Codertocat",
                "email": "21031067+Codertocat@users.noreply.github.com", "login": "codertocat", "is_bot": false,
            }),
        ),
        (
            "work_items",
            json!({
                "id": issue, "repository_id": REPOSITORY, "key": "Codertocat/Hello-World#1",
                "title": "Spelling error in the README file", "kind": "bug", "status": "open",
                "status_category": "todo", "assignee_id": AUTHOR, "reporter_id": AUTHOR,
                "created_at": "2019-05-15T15:20:18Z", "due_on": "2019-05-23", "labels": ["bug"],
                "url": "https://github.com/Codertocat/Hello-World/issues/1",
            }),
        ),
        ("work_items", json!({"id": issue, "status": "closed", "resolved_at": "2021-07-05T18:07:10Z"})),
        (
            "work_item_versions",
            json!({
                "id": format!("{issue}/versions/fix/1"), "work_item_id": issue, "version_id": of("milestones/1"),
                "relation": "fix",
            }),
        ),
        (
            "work_item_transitions",
            json!({
                "id": format!("{issue}/events/labeled"), "work_item_id": issue, "field": "labels", "to_value": "bug",
                "changed_at": "2019-05-15T15:20:18Z", "author_id": AUTHOR, "position": 1,
            }),
        ),
        (
            "work_item_transitions",
            json!({"id": format!("{issue}/events/unassigned"), "field": "assignee", "from_value": AUTHOR}),
        ),
        ("statuses", json!({"id": "github:acme:statuses/open", "name": "open", "status_category": "todo"})),
        (
            "incidents",
            json!({
                "id": of("incidents/1"), "repository_id": REPOSITORY, "title": "Spelling error in the README file",
                "severity": "bug", "began_at": "2021-07-05T18:05:24Z", "resolved_at": "2021-07-05T18:07:10Z",
                "url": "https://github.com/Codertocat/Hello-World/issues/1", "status": "closed",
            }),
        ),
        (
            "versions",
            json!({
                "id": of("milestones/1"), "repository_id": REPOSITORY, "name": "v1.0", "is_released": true,
                "is_archived": false, "release_on": "2019-05-15",
            }),
        ),
        (
            "releases",
            json!({
                "id": tag, "repository_id": REPOSITORY, "name": "0.0.1", "tag": "0.0.1", "is_prerelease": false,
                "published_at": "2019-05-15T15:20:53Z",
                "url": "https://github.com/Codertocat/Hello-World/releases/tag/0.0.1",
            }),
        ),
        (
            "releases",
            json!({
                "id": "github:acme:515436164/releases/72286818", "sha": "8c317fdcf5550e9b145421a339d6648d684d2188",
            }),
        ),
        (
            "deployments",
            json!({
                "id": of("deployments/145988746"), "repository_id": REPOSITORY, "environment": "production",
                "is_production": true, "status": "succeeded", "sha": "f95f852bd8fca8fcc58a9a2d6c842781e32a215e",
                "ref_name": "master", "created_at": "2019-05-15T15:20:53Z", "finished_at": "2019-05-15T15:20:55Z",
                "kind": "regular",
            }),
        ),
        (
            "deployments",
            json!({
                "id": of("deployments/145988746"), "status": "running", "started_at": "2022-01-03T01:28:40Z",
            }),
        ),
        (
            "deployments",
            json!({
                "id": tag, "url": "https://github.com/Codertocat/Hello-World/releases/tag/0.0.1",
                "inferred_from": "release",
            }),
        ),
        (
            "builds",
            json!({
                "id": "github:acme:300029405/builds/289782451/1", "repository_id": "github:acme:300029405",
                "sha": "3484a3fb816e0859fd6e1cea078d76385ff50625", "branch": "master", "status": "succeeded",
                "attempt": 1, "started_at": "2020-10-05T16:33:49Z", "finished_at": "2020-10-05T16:33:49Z",
                "url": "https://github.com/octo-org/octo-repo/actions/runs/289782451",
            }),
        ),
        (
            "builds",
            json!({
                "id": "github:acme:283462325/builds/1589141559/1", "name": "Manually triggered workflow",
            }),
        ),
        (
            "build_jobs",
            json!({
                "id": format!("{build}/jobs/289782451"), "build_id": build, "repository_id": REPOSITORY,
                "name": "linters", "status": "failed", "started_at": "2021-08-05T10:34:58Z",
                "finished_at": "2021-08-05T10:38:16Z", "runner": "GitHub Actions 5",
                "url": "https://github.com/octo-org/octo-repo/runs/1291536064",
            }),
        ),
        ("teams", json!({"id": team, "name": "github"})),
        ("team_members", json!({"id": format!("{team}/members/21031067"), "team_id": team, "member_id": AUTHOR})),
    ]
}

#[test]
fn each_column_that_is_mapped_has_its_value_of_a_recorded_payload_or_nobody_published_one() {
    let settings = json!({
        "deployments": {"from": ["deployments", "workflow_runs", "releases", "tags"], "workflows": ["*"], "tags": ["*"]},
        "incidents": {"labels": ["bug"], "severity": ["bug"]},
    });
    let became = |(stream, key, payload): (&str, String, Json)| map(stream, &key, &payload, settings.clone()).unwrap();
    let told: Vec<Told> = payloads().into_iter().map(became).collect();
    assert_held("github", &told, &rows(), UNTOLD);
}
