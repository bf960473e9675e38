//! What GitHub tells becomes rows of core: repositories, commits, pull requests, teams.

use crate::told::Told;
use pulse_connectors::github::GithubMapper;
use pulse_engine::map::Reject;
use serde_json::{Value as Json, json};

pub(crate) const A: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
pub(crate) const B: &str = "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";
pub(crate) const C: &str = "cccccccccccccccccccccccccccccccccccccccc";

/// Maps one payload of the connection `github:acme`.
pub(crate) fn map(stream: &str, key: &str, body: &Json, settings: Json) -> Result<Told, Reject> {
    crate::told::map(&GithubMapper, (stream, key), body, settings)
}

/// The same under the settings that nobody changed.
pub(crate) fn told(stream: &str, key: &str, body: &Json) -> Told {
    map(stream, key, body, Json::Null).unwrap()
}

pub(crate) fn ada() -> Json {
    json!({"__typename": "User", "login": "ada", "databaseId": 11, "name": "Ada"})
}

pub(crate) fn bot() -> Json {
    json!({"__typename": "Bot", "login": "renovate", "databaseId": 12})
}

#[test]
fn a_repository_keeps_its_number_whatever_it_is_called() {
    let repository = json!({
        "databaseId": 7, "nameWithOwner": "acme/shop", "url": "https://github.com/acme/shop", "isFork": false,
        "isArchived": true, "isEmpty": false, "createdAt": "2020-01-02T03:04:05Z",
        "defaultBranchRef": {"name": "main", "target": {"oid": A}}, "aFieldOfTomorrow": 1,
    });
    assert_eq!(
        told("repositories", "7", &repository).one("repositories"),
        json!({
            "id": "github:acme:7", "name": "acme/shop", "url": "https://github.com/acme/shop", "is_fork": false,
            "is_archived": true, "created_at": "2020-01-02T03:04:05Z", "default_branch": "main", "default_sha": A,
        })
    );
    assert_eq!(
        told("repositories", "7", &repository).one("repository_names"),
        json!({"id": "github:acme:7/names/acme/shop", "repository_id": "github:acme:7", "name": "acme/shop"})
    );
    let empty = json!({"nameWithOwner": "acme/new", "defaultBranchRef": null});
    assert_eq!(
        told("repositories", "8", &empty).one("repositories"),
        json!({"id": "github:acme:8", "name": "acme/new"})
    );
    assert!(told("repositories", "7", &json!({"deleted": true})).rows("repositories").is_empty());
    let reject = map("repositories", "7", &json!({}), Json::Null).unwrap_err();
    assert_eq!(reject.field.as_deref(), Some("nameWithOwner"));
}

#[test]
fn a_commit_names_account_and_address_of_its_author() {
    let commit = json!({
        "sha": A,
        "commit": {
            "author": {"name": "Ada L", "email": "Ada@Example.com", "date": "2026-01-02T03:04:05+02:00"},
            "committer": {"name": "GitHub", "email": "noreply@github.com", "date": "2026-01-02T01:30:00-03:30"},
            "message": format!("\nPAY-12: pay\n\nThis reverts commit {B}.\n(cherry picked from commit {C})"),
        },
        "author": {"login": "ada", "id": 11, "type": "User"}, "committer": {"login": "web-flow", "id": 13,
        "type": "User"},
        "parents": [{"sha": B}, {"sha": C}],
    });
    let told = told("commits", &format!("7/{A}"), &commit);
    assert_eq!(
        told.one("commits"),
        json!({
            "id": format!("github:acme:7/commits/{A}"), "repository_id": "github:acme:7", "sha": A, "parents": [B, C],
            "author_id": "github:acme:users/11", "committer_id": "github:acme:users/13",
            "authored_at": "2026-01-02T01:04:05Z", "authored_offset": 120, "committed_at": "2026-01-02T05:00:00Z",
            "committed_offset": -210,
            "title": "PAY-12: pay", "reverts": [B], "cherry_picked_from": [C], "work_item_keys": ["PAY-12"],
        })
    );
    assert_eq!(
        told.rows("identities"),
        [
            json!({
                "id": "github:acme:emails/ada@example.com", "name": "Ada L", "email": "Ada@Example.com",
                "login": "ada", "is_bot": false,
            }),
            json!({
                "id": "github:acme:emails/noreply@github.com", "name": "GitHub", "email": "noreply@github.com",
                "login": "web-flow", "is_bot": true,
            }),
        ]
    );
}

#[test]
fn a_commit_of_nobody_known_has_what_is_known() {
    let commit = json!({
        "sha": A, "author": null, "committer": {},
        "commit": {
            "author": {"name": "Eve", "email": "eve@example.com", "date": "the day after"}, "committer": null,
            "message": "",
        },
    });
    let told = told("commits", &format!("7/{A}"), &commit);
    let expected = json!({
        "id": format!("github:acme:7/commits/{A}"), "repository_id": "github:acme:7", "sha": A, "parents": [],
        "title": "",
        "author_id": "github:acme:emails/eve@example.com", "reverts": [], "cherry_picked_from": [],
        "work_item_keys": [],
    });
    assert_eq!(told.one("commits"), expected);
    let reject = map("commits", "7/x", &json!({"commit": {}}), Json::Null).unwrap_err();
    assert_eq!(reject.field.as_deref(), Some("sha"));
}

pub(crate) fn request(state: &str) -> Json {
    json!({
        "databaseId": 100, "number": 5, "title": "PAY-12 and fixes #3", "body": "Closes acme/api#4\n<!-- fixes #9 -->",
        "url": "https://github.com/acme/shop/pull/5", "state": state, "isDraft": false,
        "createdAt": "2026-01-01T00:00:00Z", "mergedAt": "2026-01-03T00:00:00Z", "closedAt": "2026-01-03T00:00:01Z",
        "additions": 10, "deletions": 2, "changedFiles": 3, "baseRefName": "main", "headRefName": "ops-7/OPS-8-x",
        "headRefOid": B, "mergeCommit": {"oid": C}, "autoMergeRequest": null, "author": ada(), "mergedBy": bot(),
        "labels": {"nodes": [{"name": "bug"}, null]},
        "commits": {"nodes": [
            {
                "commit": {"oid": A, "authoredDate": "2025-12-31T00:00:00Z", "author": {"name": "Ada",
                "email": "ada@x.org", "user": {"login": "ada", "databaseId": 11, "name": "Ada"}}},
            },
            {"commit": {"oid": B, "authoredDate": null, "author": {"name": "Bo", "email": "bo@x.org", "user": null}}},
            null,
        ]},
        "reviews": {"nodes": [
            {
                "databaseId": 200, "state": "APPROVED", "createdAt": "2026-01-02T00:00:00Z",
                "submittedAt": "2026-01-02T00:00:01Z", "author": {"__typename": "User", "login": "cy",
                "databaseId": 14, "name": null},
            },
            {
                "databaseId": null, "fullDatabaseId": "3000000000", "state": "CHANGES_REQUESTED",
                "createdAt": "2026-01-02T01:00:00Z", "submittedAt": null, "author": null,
            },
            {"databaseId": 201, "state": "COMMENTED", "submittedAt": "2026-01-02T02:00:00Z", "author": ada()},
            {"databaseId": 202, "state": "DISMISSED", "submittedAt": "2026-01-02T03:00:00Z", "author": ada()},
            {"databaseId": 203, "state": "PENDING", "submittedAt": null, "author": ada()},
        ]},
        "comments": {"nodes": [{"databaseId": 300, "createdAt": "2026-01-02T04:00:00Z", "author": bot()}, null]},
        "reviewThreads": threads(), "timelineItems": timeline(),
    })
}

fn threads() -> Json {
    json!({"nodes": [
        {"id": "PRRT_1", "isResolved": true, "comments": {"nodes": [
            {
                "databaseId": null, "fullDatabaseId": "3000000001", "state": "SUBMITTED",
                "createdAt": "2026-01-02T05:00:00Z", "author": ada(),
            },
            {"databaseId": 300, "state": "SUBMITTED", "createdAt": "2026-01-02T06:00:00Z", "author": null},
        ]}},
        {"id": "PRRT_2", "isResolved": false, "comments": {"nodes": [
            {"databaseId": 302, "state": "PENDING", "createdAt": "2026-01-02T07:00:00Z", "author": ada()},
            {"databaseId": 303, "createdAt": "2026-01-02T08:00:00Z", "author": bot()},
        ]}},
        null,
    ]})
}

fn timeline() -> Json {
    json!({"nodes": [
        {"__typename": "ReadyForReviewEvent", "id": "e2", "createdAt": "2026-01-01T09:00:00Z", "actor": ada()},
        {"__typename": "ConvertToDraftEvent", "id": "e1", "createdAt": "2026-01-01T05:00:00Z", "actor": ada()},
        {"__typename": "ReadyForReviewEvent", "id": "e0", "createdAt": "2026-01-01T02:00:00Z", "actor": ada()},
        {
            "__typename": "ReviewRequestedEvent", "id": "e3", "createdAt": "2026-01-01T03:00:00Z", "actor": ada(),
            "requestedReviewer": {"__typename": "User", "login": "di", "databaseId": 15, "name": "Di"},
        },
        {
            "__typename": "ReviewRequestedEvent", "id": "e4", "createdAt": "2026-01-01T03:00:00Z", "actor": null,
            "requestedReviewer": {"__typename": "Team", "databaseId": 1, "slug": "core"},
        },
        {
            "__typename": "ReviewRequestedEvent", "id": "e5", "createdAt": "2026-01-01T04:00:00Z", "actor": null,
            "requestedReviewer": null,
        },
        {
            "__typename": "ReviewRequestRemovedEvent", "id": "e6", "createdAt": "2026-01-01T05:00:00Z",
            "actor": ada(), "requestedReviewer": {"__typename": "User", "login": "di", "databaseId": 15,
            "name": "Di"},
        },
        {
            "__typename": "ReviewRequestedEvent", "id": "e7", "createdAt": "2026-01-01T06:00:00Z", "actor": ada(),
            "requestedReviewer": {"__typename": "User", "login": "di", "databaseId": 15, "name": "Di"},
        },
        {
            "__typename": "ReviewRequestRemovedEvent", "id": "e8", "createdAt": "2026-01-01T07:00:00Z",
            "actor": ada(), "requestedReviewer": null,
        },
        {"__typename": "AutoMergeEnabledEvent", "id": "e9", "createdAt": "2026-01-02T09:00:00Z", "actor": ada()},
        {"__typename": "AutoMergeDisabledEvent", "id": "e10", "createdAt": "2026-01-02T10:00:00Z", "actor": null},
        {"__typename": "AutoSquashEnabledEvent", "id": "e11", "createdAt": "2026-01-02T11:00:00Z", "actor": ada()},
        {},
    ]})
}

#[test]
fn a_pull_request_has_its_commits_reviews_and_comments() {
    let told = told("pull_requests", "7/5", &request("MERGED"));
    let id = "github:acme:7/pull_requests/5";
    assert_eq!(
        told.one("pull_requests"),
        json!({
            "id": id, "repository_id": "github:acme:7", "number": 5, "title": "PAY-12 and fixes #3",
            "url": "https://github.com/acme/shop/pull/5", "author_id": "github:acme:users/11", "state": "merged",
            "is_draft": false, "created_at": "2026-01-01T00:00:00Z", "ready_at": "2026-01-01T02:00:00Z",
            "merged_at": "2026-01-03T00:00:00Z", "closed_at": "2026-01-03T00:00:01Z",
            "auto_merge_at": "2026-01-02T11:00:00Z", "merge_commit_sha": C, "head_sha": B,
            "base_branch": "main", "head_branch": "ops-7/OPS-8-x", "additions": 10, "deletions": 2, "changed_files": 3,
            "labels": ["bug"], "work_item_keys": ["PAY-12", "OPS-8", "acme/shop#3", "acme/api#4"],
        })
    );
    assert_eq!(
        told.rows("pull_request_commits"),
        [
            json!({
                "id": format!("{id}/commits/{A}"), "pull_request_id": id, "sha": A,
                "authored_at": "2025-12-31T00:00:00Z", "author_id": "github:acme:users/11",
            }),
            json!({
                "id": format!("{id}/commits/{B}"), "pull_request_id": id, "sha": B,
                "author_id": "github:acme:emails/bo@x.org",
            }),
        ]
    );
    assert_eq!(
        told.rows("reviews"),
        [
            json!({
                "id": format!("{id}/reviews/200"), "pull_request_id": id, "reviewer_id": "github:acme:users/14",
                "state": "approved", "submitted_at": "2026-01-02T00:00:01Z",
            }),
            json!({
                "id": format!("{id}/reviews/3000000000"), "pull_request_id": id, "state": "changes_requested",
                "submitted_at": "2026-01-02T01:00:00Z",
            }),
            json!({
                "id": format!("{id}/reviews/201"), "pull_request_id": id, "reviewer_id": "github:acme:users/11",
                "state": "commented", "submitted_at": "2026-01-02T02:00:00Z",
            }),
            json!({
                "id": format!("{id}/reviews/202"), "pull_request_id": id, "reviewer_id": "github:acme:users/11",
                "state": "dismissed", "submitted_at": "2026-01-02T03:00:00Z",
            }),
        ]
    );
    assert_eq!(
        told.rows("comments"),
        [
            json!({
                "id": format!("{id}/comments/300"), "subject_id": id, "author_id": "github:acme:users/12",
                "created_at": "2026-01-02T04:00:00Z",
            }),
            json!({
                "id": format!("{id}/comments/review/3000000001"), "subject_id": id,
                "author_id": "github:acme:users/11", "created_at": "2026-01-02T05:00:00Z",
                "thread_id": format!("{id}/threads/PRRT_1"), "is_resolved": true,
            }),
            json!({
                "id": format!("{id}/comments/review/300"), "subject_id": id, "created_at": "2026-01-02T06:00:00Z",
                "thread_id": format!("{id}/threads/PRRT_1"), "is_resolved": true,
            }),
            json!({
                "id": format!("{id}/comments/review/303"), "subject_id": id, "author_id": "github:acme:users/12",
                "created_at": "2026-01-02T08:00:00Z", "thread_id": format!("{id}/threads/PRRT_2"),
                "is_resolved": false,
            }),
        ]
    );
    let asked = |event: &str, requested_at: &str| json!({"id": format!("{id}/review_requests/{event}"), "pull_request_id": id, "requested_at": requested_at});
    let of = |mut row: Json, more: &[(&str, &str)]| {
        more.iter().for_each(|(name, value)| row[*name] = json!(value));
        row
    };
    let di = ("reviewer_id", "github:acme:users/15");
    assert_eq!(
        told.rows("review_requests"),
        [
            of(asked("e3", "2026-01-01T03:00:00Z"), &[di, ("removed_at", "2026-01-01T05:00:00Z")]),
            of(asked("e4", "2026-01-01T03:00:00Z"), &[("team_id", "github:acme:teams/1")]),
            asked("e5", "2026-01-01T04:00:00Z"),
            of(asked("e7", "2026-01-01T06:00:00Z"), &[di]),
        ]
    );
    let people = ["emails/ada@x.org", "emails/bo@x.org", "users/11", "users/12", "users/14", "users/15"];
    assert_eq!(told.ids("identities"), people.map(|person| format!("github:acme:{person}")));
}

#[test]
fn a_pull_request_that_is_not_merged_became_no_commit() {
    for (state, expected) in [("OPEN", "open"), ("CLOSED", "closed")] {
        let row = told("pull_requests", "7/5", &request(state)).one("pull_requests");
        assert_eq!((row["state"].as_str(), row.get("merge_commit_sha")), (Some(expected), None));
    }
    let mut never_draft = request("OPEN");
    never_draft["timelineItems"] = Json::Null;
    never_draft["author"] = Json::Null;
    let row = told("pull_requests", "7/5", &never_draft).one("pull_requests");
    assert_eq!((row.get("ready_at"), row.get("author_id")), (None, None));
}

#[test]
fn a_pull_request_is_to_be_merged_by_itself_until_that_is_taken_back() {
    let at = |change: &dyn Fn(&mut Json)| {
        let mut body = request("OPEN");
        change(&mut body);
        told("pull_requests", "7/5", &body).one("pull_requests").get("auto_merge_at").cloned()
    };
    assert_eq!(at(&|_| ()), Some(json!("2026-01-02T11:00:00Z")));
    // What it says of itself now goes before what its events tell.
    let now = |body: &mut Json| body["autoMergeRequest"] = json!({"enabledAt": "2026-01-02T12:00:00Z"});
    assert_eq!(at(&now), Some(json!("2026-01-02T12:00:00Z")));
    let taken_back = |body: &mut Json| {
        let event = json!({"__typename": "AutoMergeDisabledEvent", "createdAt": "2026-01-02T13:00:00Z"});
        body["timelineItems"]["nodes"].as_array_mut().unwrap().push(event);
    };
    assert_eq!(at(&taken_back), None);
    assert_eq!(at(&|body| body["timelineItems"] = Json::Null), None);
}

#[test]
fn what_is_wrong_with_a_pull_request_is_told_with_its_field() {
    let with = |path: &[&str], value: Json| {
        let mut body = request("MERGED");
        let mut at = &mut body;
        for step in path {
            at = match step.parse::<usize>() {
                Ok(item) => &mut at[item],
                Err(_) => &mut at[*step],
            };
        }
        *at = value;
        map("pull_requests", "7/5", &body, Json::Null).unwrap_err()
    };
    for (path, value, field, told) in [
        (&["state"][..], json!("AJAR"), "state", "AJAR"),
        (&["createdAt"], Json::Null, "createdAt", "missing"),
        (&["createdAt"], json!("soon"), "createdAt", "soon"),
        (&["reviews", "nodes", "0", "state"], json!("SHRUGGED"), "reviews.state", "SHRUGGED"),
        (&["reviews", "nodes", "0", "databaseId"], Json::Null, "reviews.databaseId", "missing"),
        (&["comments", "nodes", "0", "databaseId"], Json::Null, "comments.databaseId", "missing"),
        (&["commits", "nodes", "0", "commit", "oid"], Json::Null, "commits.oid", "missing"),
        (&["reviewThreads", "nodes", "0", "id"], Json::Null, "reviewThreads.id", "missing"),
        (&["timelineItems", "nodes", "3", "id"], Json::Null, "timelineItems.id", "missing"),
        (&["timelineItems", "nodes", "3", "createdAt"], json!("soon"), "timelineItems.createdAt", "soon"),
    ] {
        let reject = with(path, value);
        assert_eq!(reject.field.as_deref(), Some(field));
        assert!(reject.reason.contains(told), "{field}: {}", reject.reason);
    }
}

#[test]
fn a_team_has_the_members_that_one_may_see() {
    let team = json!({
        "databaseId": 3, "slug": "core", "name": "Core", "parentTeam": {"databaseId": 2},
        "members": {"edges": [{"role": "MEMBER", "node": {"login": "ada", "databaseId": 11, "name": "Ada"}}, null,
        {"node": null}]},
    });
    let told = told("teams", "3", &team);
    let id = "github:acme:teams/3";
    assert_eq!(told.one("teams"), json!({"id": id, "name": "Core", "parent_id": "github:acme:teams/2"}));
    let member = json!({"id": format!("{id}/members/11"), "team_id": id, "member_id": "github:acme:users/11"});
    assert_eq!(told.one("team_members"), member);
    assert_eq!(told.ids("identities"), ["github:acme:users/11"]);
}

#[test]
fn an_account_that_is_told_by_itself_is_an_identity() {
    let row = told("users", "11", &ada()).one("identities");
    assert_eq!(row, json!({"id": "github:acme:users/11", "name": "Ada", "login": "ada", "is_bot": false}));
    assert_eq!(told("users", "12", &bot()).one("identities")["is_bot"], json!(true));
}

#[test]
fn streams_that_no_entity_shows_are_kept_and_make_nothing() {
    for (stream, key) in [("webhooks", "1"), ("listings", "7/branches")] {
        let told = told(stream, key, &json!({"event": "push", "payload": {}}));
        assert!(told.is_empty(), "{stream}: {told:?}");
    }
}
