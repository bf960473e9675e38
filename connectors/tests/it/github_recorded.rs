//! What others recorded of GitHub (`github_words.rs`) becomes rows of core.

use crate::github_mapper::{map, told};
use crate::github_words::{
    call, closing, deployment, issue, merged, pull_request, reference, release, repository, tagged, team,
};
use crate::told::transition;
use serde_json::{Value as Json, json};

pub(crate) const REPOSITORY: &str = "github:acme:186853002";
pub(crate) const AUTHOR: &str = "github:acme:users/21031067";

#[test]
fn a_pull_request_as_others_recorded_it_has_its_review_and_its_comments() {
    let told = told("pull_requests", "186853002/2", &pull_request());
    let id = format!("{REPOSITORY}/pull_requests/2");
    assert_eq!(
        told.one("pull_requests"),
        json!({
            "id": id, "repository_id": REPOSITORY, "number": 2, "title": "Update the README with new information.",
            "author_id": AUTHOR, "state": "closed", "is_draft": false, "created_at": "2019-05-15T15:20:33Z",
            "ready_at": "2019-05-15T15:21:18Z", "closed_at": "2019-05-15T15:21:18Z",
            "head_sha": "ec26c3e57ca3a959ca5aad62de7213c562f8c821",
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
    let sha = "ec26c3e57ca3a959ca5aad62de7213c562f8c821";
    assert_eq!(
        told.one("pull_request_commits"),
        json!({
            "id": format!("{id}/commits/{sha}"), "pull_request_id": id, "sha": sha, "author_id": AUTHOR,
            "authored_at": "2019-05-15T15:20:30Z",
        })
    );
    let asked = "github:acme:users/5346";
    assert_eq!(
        told.one("review_requests"),
        json!({
            "id": format!("{id}/review_requests/review_requested"), "pull_request_id": id, "reviewer_id": asked,
            "requested_at": "2019-05-15T15:20:33Z", "removed_at": "2019-05-15T15:20:33Z",
        })
    );
    assert_eq!(
        told.rows("identities"),
        [
            json!({
                "id": "github:acme:emails/21031067+codertocat@users.noreply.github.com", "name": "Codertocat",
                "email": "21031067+Codertocat@users.noreply.github.com", "login": "codertocat", "is_bot": false,
            }),
            json!({"id": AUTHOR, "login": "Codertocat", "is_bot": false}),
            json!({"id": asked, "login": "octocat", "is_bot": false}),
        ]
    );
}

#[test]
fn a_pull_request_that_was_merged_as_others_recorded_it_became_a_commit() {
    let row = told("pull_requests", "121826936/7", &merged()).one("pull_requests");
    assert_eq!(
        row,
        json!({
            "id": "github:acme:121826936/pull_requests/7", "repository_id": "github:acme:121826936", "number": 7,
            "title": "deploying to fdc3.finos.org", "author_id": "github:acme:users/327285", "state": "merged",
            "created_at": "2019-02-21T11:52:46Z", "merged_at": "2019-02-22T16:21:03Z",
            "closed_at": "2019-02-22T16:21:03Z", "merge_commit_sha": "81890a5cc2820c7097570d0a9ef37afb02b60ae1",
            "head_sha": "bfca7260e3a3282a55e3b8b204c3fe6652e0bfe1", "base_branch": "master", "head_branch": "patch-1",
            "additions": 4, "deletions": 3, "changed_files": 1, "labels": ["cla-present"], "work_item_keys": [],
            "url": "https://github.com/finos/FDC3/pull/7",
        })
    );
}

#[test]
fn a_pull_request_that_closes_an_issue_as_others_recorded_it_names_it_by_its_key() {
    let row = told("pull_requests", "7/3", &closing()).one("pull_requests");
    assert_eq!((&row["title"], &row["merged_at"]), (&json!("first pr"), &json!("2020-04-12T07:51:05Z")));
    assert_eq!(row["work_item_keys"], json!(["valeriocos/test-issues-update#1"]));
}

#[test]
fn an_issue_as_others_recorded_it_is_planned_for_its_milestone_and_an_incident_by_its_label() {
    let told = told("issues", "186853002/1", &issue("opened"));
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
    let changed = |native: &str, field: &str, between: [Option<&str>; 2], second: u32, position: i64| {
        let at = format!("2019-05-15T15:20:{second}Z");
        let mut row = transition(&id, native, field, between, &at, position);
        row["author_id"] = json!(AUTHOR);
        row
    };
    assert_eq!(
        told.rows("work_item_transitions"),
        [
            changed("assigned", "assignee", [None, Some(AUTHOR)], 18, 0),
            changed("labeled", "labels", [None, Some("bug")], 18, 1),
            changed("unassigned", "assignee", [Some(AUTHOR), None], 25, 0),
            changed("unlabeled", "labels", [Some("bug"), None], 26, 0),
        ]
    );
    assert_eq!(
        told.one("statuses"),
        json!({"id": "github:acme:statuses/open", "name": "open", "status_category": "todo"})
    );
    assert!(told.rows("incidents").is_empty());
    let bugs = json!({"incidents": {"labels": ["bug"], "severity": ["bug"]}});
    let closed = map("issues", "186853002/1", &issue("deleted"), bugs).unwrap();
    let row = closed.one("work_items");
    assert_eq!((&row["status_category"], &row["resolved_at"]), (&json!("done"), &json!("2021-07-05T18:07:10Z")));
    assert_eq!(
        closed.one("incidents"),
        json!({
            "id": format!("{REPOSITORY}/incidents/1"), "repository_id": REPOSITORY,
            "title": "Spelling error in the README file", "severity": "bug", "began_at": "2021-07-05T18:05:24Z",
            "resolved_at": "2021-07-05T18:07:10Z", "url": "https://github.com/Codertocat/Hello-World/issues/1",
            "status": "closed",
        })
    );
}

#[test]
fn a_release_as_others_recorded_it_goes_by_its_tag_and_deploys_when_the_settings_say_so() {
    let releases = json!({"deployments": {"from": ["releases"]}});
    let told = map("releases", "186853002/17372790", &release("published"), releases).unwrap();
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
    let early = self::told("releases", "186853002/17372790", &release("prereleased")).one("releases");
    assert_eq!(early["is_prerelease"], json!(true));
}

#[test]
fn a_release_that_others_made_of_a_commit_names_it() {
    let told = told("releases", "515436164/72286818", &tagged()).one("releases");
    assert_eq!(
        json!([told["id"], told["sha"], told["tag"], told["name"], told["published_at"]]),
        json!([
            "github:acme:515436164/releases/72286818",
            "8c317fdcf5550e9b145421a339d6648d684d2188",
            "v1.0.0",
            "Version 1.0.0",
            "2022-07-19T04:39:59Z"
        ])
    );
}

#[test]
fn a_deployment_as_others_recorded_it_finishes_with_its_success() {
    let told = |state: &str| told("deployments", "186853002/145988746", &deployment(state));
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
    let fork = repository(&call("repository", "created")["repository"]);
    assert_eq!(
        told("repositories", "186853261", &fork).one("repositories"),
        json!({
            "id": "github:acme:186853261", "name": "Octocoders/Hello-World", "is_fork": true, "is_archived": false,
            "url": "https://github.com/Octocoders/Hello-World", "default_branch": "master",
            "created_at": "2019-05-15T15:20:42Z",
        })
    );
    let pushed = told("repositories", "186853002", &repository(&call("issues", "opened")["repository"]));
    let row = pushed.one("repositories");
    assert_eq!(
        (&row["default_branch"], &row["default_sha"]),
        (&json!("master"), &json!("6113728f27ae82c7b1a177c8d03f9e96e0adf246"))
    );
    assert_eq!(
        pushed.one("repository_names"),
        json!({
            "id": format!("{REPOSITORY}/names/Codertocat/Hello-World"), "repository_id": REPOSITORY,
            "name": "Codertocat/Hello-World",
        })
    );
    let told = told("teams", "3253328", &team());
    let id = "github:acme:teams/3253328";
    assert_eq!(told.one("teams"), json!({"id": id, "name": "github"}));
    assert_eq!(
        told.one("team_members"),
        json!({"id": format!("{id}/members/21031067"), "team_id": id, "member_id": AUTHOR})
    );
}

#[test]
fn a_branch_and_a_tag_as_others_recorded_them_lead_to_their_commit() {
    let row = |stream: &str, kind: &str, name: &str, full: &str| {
        let row = told(stream, &format!("186853002/{name}"), &reference(full)).one("refs");
        let mut expected = json!({
            "id": format!("{REPOSITORY}/refs/{kind}/{name}"), "repository_id": REPOSITORY, "kind": kind, "name": name,
            "sha": "6113728f27ae82c7b1a177c8d03f9e96e0adf246",
        });
        if kind == "tag" {
            expected["tagged_at"] = json!("2019-05-15T15:20:41Z");
        }
        assert_eq!(row, expected);
    };
    row("branches", "branch", "master", "refs/heads/master");
    row("tags", "tag", "simple-tag", "refs/tags/simple-tag");
}
