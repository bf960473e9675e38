//! What others published of Jira Cloud becomes rows of core: examples of Atlassian's own, and answers that programs' tests hold, which were
//! recorded with names and days changed, or written as Jira answers.

use crate::jira_mapper::{id, map};
use crate::payloads::{answer, documented};
use serde_json::{Value as Json, json};

/// Versions, as Atlassian documents them.
pub(crate) fn versions() -> Vec<Json> {
    serde_json::from_value(documented("/rest/api/3/project/{projectIdOrKey}/versions")).unwrap()
}

/// A component, as Atlassian documents it.
pub(crate) fn component() -> Json {
    documented("/rest/api/3/component/{id}")
}

/// An issue with links, as Atlassian documents it. Its comments are left out: Jira sends them in an object, and the example has them bare.
pub(crate) fn linked() -> Json {
    let mut issue = documented("/rest/api/3/issue/{issueIdOrKey}");
    assert!(issue["fields"].as_object_mut().unwrap().remove("comment").unwrap().is_array());
    issue
}

/// An issue in a sprint, as it was recorded of an epic's.
pub(crate) fn planned() -> Json {
    answer("planned.json", 0)["issues"][0].take()
}

/// Sprints of a board: one that is over, one under way and one to come, as they were recorded.
pub(crate) fn sprints() -> Vec<Json> {
    serde_json::from_value(answer("test_sprints.json", 0)["values"].take()).unwrap()
}

/// What Jira knows of pull requests, as it was written of a Bitbucket's, with the key of its issue as it is landed.
pub(crate) fn development() -> Json {
    let mut told = answer("test_development.json", 0);
    told["key"] = json!("TEST-123");
    told
}

/// An issue that is due on a day, as it was written.
pub(crate) fn due() -> Json {
    answer("jira_mocks.json", 1)["issues"][0].take()
}

#[test]
fn a_version_and_a_component_as_atlassian_documents_them_are_of_their_project() {
    let versions = versions();
    let rows = versions.iter().map(|version| {
        let key = version["id"].as_str().unwrap();
        map("versions", key, version, Json::Null).unwrap().one("versions")
    });
    let project = id("projects/10000");
    assert_eq!(
        rows.collect::<Vec<_>>(),
        [
            json!({
                "id": id("versions/10000"), "project_id": project, "name": "New Version 1", "is_released": true,
                "is_archived": false, "release_on": "2010-07-06",
            }),
            json!({
                "id": id("versions/10010"), "project_id": project, "name": "Next Version", "is_released": false,
                "is_archived": false,
            }),
        ]
    );
    assert_eq!(
        map("components", "10000", &component(), Json::Null).unwrap().one("components"),
        json!({
            "id": id("components/10000"), "project_id": project, "name": "Component 1",
            "lead_id": id("users/5b10a2844c20165700ede21g"),
        })
    );
}

#[test]
fn links_as_atlassian_documents_them_go_from_the_issue_that_they_start_at() {
    let told = map("issues", "10002", &linked(), Json::Null).unwrap();
    let own = id("issues/10002");
    let kind = "is depended by";
    assert_eq!(
        told.rows("work_item_links"),
        [
            // The one number of an issue that has a letter in it: an example's.
            json!({
                "id": format!("{own}/links/10001"), "from_id": own, "from_key": "ED-1", "to_id": id("issues/10004L"),
                "to_key": "PR-2", "kind": kind,
            }),
            json!({
                "id": id("issues/10004/links/10002"), "from_id": id("issues/10004"), "from_key": "PR-3", "to_id": own,
                "to_key": "ED-1", "kind": kind,
            }),
        ]
    );
}

#[test]
fn an_issue_of_a_sprint_as_others_recorded_it_is_in_it_since_it_was_made() {
    let told = map("issues", "125595", &planned(), json!({"fields": {"sprint": "sprint"}})).unwrap();
    let (own, somebody) = (id("issues/125595"), id("users/557058:574b2149-9be9-4a05-9515-fca57a297550"));
    let created = "2021-06-14T19:22:58.891Z";
    assert_eq!(
        told.one("work_items"),
        json!({
            "id": own, "project_id": id("projects/23560"), "key": "BAR-111", "title": "Sample Story in Epic",
            "kind": "Task", "status": "Done", "status_category": "done", "assignee_id": somebody,
            "reporter_id": somebody, "priority": "Normal", "created_at": created,
            "resolved_at": "2022-02-03T16:33:07.230Z", "labels": ["test"],
            "url": "https://my.test.server.com/browse/BAR-111", "type_id": id("types/3"), "resolution": "Done",
        })
    );
    assert_eq!(
        told.one("sprint_items"),
        json!({
            "id": format!("{own}/sprints/1209/1"), "sprint_id": id("sprints/1209"), "work_item_id": own,
            "added_at": created,
        })
    );
    assert_eq!(
        told.one("identities"),
        json!({"id": somebody, "name": "Some Person", "email": "some.person@example.com", "is_bot": false})
    );
}

#[test]
fn sprints_as_others_recorded_them_are_over_under_way_or_to_come() {
    let sprints = sprints();
    let rows = sprints.iter().map(|sprint| {
        let key = sprint["id"].to_string();
        map("sprints", &key, sprint, Json::Null).unwrap().one("sprints")
    });
    assert_eq!(
        rows.collect::<Vec<_>>(),
        [
            json!({
                "id": id("sprints/10000"), "name": "Sprint 0", "state": "closed", "starts_at": "2099-05-06T02:00:00Z",
                "ends_at": "2100-05-17T10:00:00Z", "completed_at": "2024-05-20T05:17:24.302Z",
                "board_id": id("boards/1000"),
            }),
            json!({
                "id": id("sprints/10001"), "name": "Sprint 1", "state": "active", "starts_at": "2099-03-24T06:13:00Z",
                "ends_at": "2100-04-07T06:13:00Z", "board_id": id("boards/1000"),
            }),
            json!({
                "id": id("sprints/10002"), "name": "Sprint 2", "state": "future", "board_id": id("boards/1000"),
            }),
        ]
    );
}

#[test]
fn a_pull_request_that_jira_knows_of_as_others_wrote_it_belongs_to_the_issue() {
    let told = map("development", "10123", &development(), Json::Null).unwrap();
    let url = "https://stash.example.com/projects/PROJ/repos/app/pull-requests/123";
    assert_eq!(
        told.one("work_item_pull_requests"),
        json!({
            "id": id(&format!("issues/10123/pull_requests/{url}")), "work_item_id": id("issues/10123"),
            "work_item_key": "TEST-123", "url": url, "state": "merged", "updated_at": "2024-01-15T10:30:00Z",
        })
    );
}

#[test]
fn an_issue_that_is_due_as_others_wrote_it_is_below_its_epic() {
    let row = map("issues", "12345", &due(), Json::Null).unwrap().one("work_items");
    assert_eq!(
        row,
        json!({
            "id": id("issues/12345"), "project_id": id("projects/10000"), "key": "PROJ-123",
            "title": "Test Issue Summary", "kind": "Task", "status": "In Progress", "status_category": "doing",
            "parent_id": id("issues/12340"), "priority": "Medium", "created_at": "2024-01-01T10:00:00Z",
            "due_on": "2024-12-31", "labels": [], "url": "https://example.atlassian.net/browse/PROJ-123",
            "type_id": id("types/10000"),
        })
    );
}
