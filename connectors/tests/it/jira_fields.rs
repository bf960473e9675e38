//! Each column that the mapper of Jira sets has the value that it should have of a payload that others published, but for those of which nobody
//! published any that a registry has. What whole payloads become is held beside this (`jira_recorded.rs`, `jira_published.rs`).

use crate::fields::assert_held;
use crate::jira_mapper::{id, map};
use crate::jira_published::{component, development, due, linked, planned, sprints, versions};
use crate::jira_recorded::{MAOO, PETER, issues, story, story_fields};
use crate::told::Told;
use serde_json::{Value as Json, json};

/// Columns and entities that no published payload fills, and why.
const UNTOLD: &[(&str, &str)] = &[
    ("boards", "no answer that was published, and is read here, is of a board"),
    ("incidents.caused_by_sha", "no published issue has a section on its root cause"),
    ("project_scopes", "no published board says which project it is in"),
    (
        "sprints.project_id",
        "it is that of the board that the sprint was made on, and no published board says which project it is in",
    ),
    ("versions.starts_on", "no published version that says when work on it began says of which project it is"),
    ("work_item_versions", "no published issue is of a version with its id"),
];

/// Everything that was published and is mapped.
fn payloads() -> Vec<(&'static str, Json)> {
    let mut all = vec![("issues", linked()), ("issues", planned()), ("issues", due()), ("components", component())];
    all.extend(versions().into_iter().map(|version| ("versions", version)));
    all.extend(sprints().into_iter().map(|sprint| ("sprints", sprint)));
    for issue in ["jira.json", "jira_new.json"].into_iter().flat_map(issues) {
        let fields = &issue["fields"];
        all.extend(
            [("projects", "project"), ("statuses", "status"), ("types", "issuetype")]
                .map(|(stream, field)| (stream, fields[field].clone())),
        );
        all.push(("issues", issue));
    }
    all
}

/// Rows that these become, worked out by hand: each column once.
fn rows() -> Vec<(&'static str, Json)> {
    let (issue, helped, planned) = (id("issues/10018"), id("issues/35850"), id("issues/125595"));
    let (project, contribution) = (id("projects/10000"), id("projects/10001"));
    let request = "https://stash.example.com/projects/PROJ/repos/app/pull-requests/123";
    vec![
        ("projects", json!({"id": contribution, "name": "Contributions", "key": "CONTRIB"})),
        (
            "project_keys",
            json!({"id": format!("{contribution}/keys/CONTRIB"), "project_id": contribution, "key": "CONTRIB"}),
        ),
        ("statuses", json!({"id": id("statuses/10015"), "name": "Licenses Validated", "status_category": "done"})),
        ("work_item_types", json!({"id": id("types/10005"), "name": "License Validation", "hierarchy_level": -1})),
        (
            "work_items",
            json!({
                "id": issue, "project_id": contribution, "key": "CONTRIB-11", "title": "License Validation",
                "kind": "License Validation", "status": "Licenses Validated", "status_category": "done",
                "assignee_id": id(MAOO), "reporter_id": id(PETER), "parent_id": id("issues/10016"),
                "priority": "Medium", "created_at": "2018-05-21T23:29:03.648Z",
                "resolved_at": "2018-05-24T21:28:19.654Z", "type_id": id("types/10005"),
                "url": "https://finosfoundation.atlassian.net/browse/CONTRIB-11",
            }),
        ),
        ("work_items", json!({"id": planned, "labels": ["test"], "resolution": "Done"})),
        ("work_items", json!({"id": id("issues/33196"), "points": 3.0})),
        ("work_items", json!({"id": id("issues/12345"), "due_on": "2024-12-31"})),
        (
            "work_item_transitions",
            json!({
                "id": format!("{issue}/events/10053/0"), "work_item_id": issue, "field": "status",
                "from_value": "License Check", "to_value": "Licenses Validated",
                "from_status_id": id("statuses/10013"), "to_status_id": id("statuses/10015"),
                "changed_at": "2018-05-24T21:28:19.654Z", "author_id": id(PETER), "position": 0,
            }),
        ),
        (
            "comments",
            json!({
                "id": format!("{issue}/comments/10020"), "subject_id": issue, "author_id": id(MAOO),
                "created_at": "2018-05-24T21:18:25.492Z",
            }),
        ),
        (
            "work_item_fields",
            json!({
                "id": format!("{issue}/fields/program"), "work_item_id": issue, "name": "program",
                "value": "Voice Technology",
            }),
        ),
        ("identities", json!({"id": id(MAOO), "name": "Maurizio Pillitu", "login": "maoo", "is_bot": false})),
        (
            "identities",
            json!({
                "id": id("users/557058:574b2149-9be9-4a05-9515-fca57a297550"), "email": "some.person@example.com",
            }),
        ),
        (
            "incidents",
            json!({
                "id": id("incidents/35850"), "project_id": id("projects/10841"), "severity": "Major",
                "began_at": "2016-03-03T13:11:01Z", "resolved_at": "2016-03-03T14:30:17Z", "status": "Closed",
                "resolution": "Done", "url": "https://jira.fiware.org/browse/HELP-6042",
            }),
        ),
        ("incidents", json!({"id": id("incidents/35851"), "title": "[Fiware-lab-help] FIWARE Lab Assistance"})),
        (
            "versions",
            json!({
                "id": id("versions/10000"), "project_id": project, "name": "New Version 1", "is_released": true,
                "is_archived": false, "release_on": "2010-07-06",
            }),
        ),
        (
            "components",
            json!({
                "id": id("components/10000"), "project_id": project, "name": "Component 1",
                "lead_id": id("users/5b10a2844c20165700ede21g"),
            }),
        ),
        (
            "work_item_components",
            json!({
                "id": format!("{helped}/components/11404"), "work_item_id": helped,
                "component_id": id("components/11404"),
            }),
        ),
        (
            "work_item_links",
            json!({
                "id": id("issues/10004/links/10002"), "from_id": id("issues/10004"), "from_key": "PR-3",
                "to_id": id("issues/10002"), "to_key": "ED-1", "kind": "is depended by",
            }),
        ),
        (
            "work_item_pull_requests",
            json!({
                "id": id(&format!("issues/10123/pull_requests/{request}")), "work_item_id": id("issues/10123"),
                "work_item_key": "TEST-123", "url": request, "state": "merged", "updated_at": "2024-01-15T10:30:00Z",
            }),
        ),
        (
            "sprints",
            json!({
                "id": id("sprints/10000"), "name": "Sprint 0", "state": "closed", "starts_at": "2099-05-06T02:00:00Z",
                "board_id": id("boards/1000"), "ends_at": "2100-05-17T10:00:00Z", "completed_at": "2024-05-20T05:17:24.302Z",
            }),
        ),
        (
            "sprint_items",
            json!({
                "id": id("issues/33196/sprints/227/1"), "sprint_id": id("sprints/227"),
                "work_item_id": id("issues/33196"), "added_at": "2017-10-04T17:28:24.116Z",
                "removed_at": "2017-10-04T17:28:37.286Z",
            }),
        ),
    ]
}

#[test]
fn each_column_that_is_mapped_has_its_value_of_a_published_payload_or_nobody_published_one() {
    let settings = json!({
        "fields": {"sprint": "sprint", "other": {"program": "customfield_10016"}}, "incidents": {"types": ["extRequest"]},
    });
    let became = |(stream, body): (&str, Json)| {
        // Sprints alone have a number for an id.
        let key = body["id"].as_str().map_or_else(|| body["id"].to_string(), str::to_owned);
        map(stream, &key, &body, settings.clone()).unwrap()
    };
    let mut told: Vec<Told> = payloads().into_iter().map(became).collect();
    told.push(map("issues", "33196", &story(), story_fields()).unwrap());
    told.push(map("development", "10123", &development(), settings).unwrap());
    assert_held("jira", &told, &rows(), UNTOLD);
}
