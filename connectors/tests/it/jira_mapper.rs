//! What Jira Cloud tells becomes rows of core.

use crate::told::{Told, transition};
use proptest::prelude::*;
use pulse_connectors::jira::JiraMapper;
use pulse_engine::map::Reject;
use serde_json::{Value as Json, json};

/// Maps one payload of the connection `jira:acme`.
pub(crate) fn map(stream: &str, key: &str, body: &Json, settings: Json) -> Result<Told, Reject> {
    crate::told::map(&JiraMapper, (stream, key), body, settings)
}

pub(crate) fn id(native: &str) -> String {
    format!("jira:acme:{native}")
}

/// The fields of the site.
pub(crate) fn settings() -> Json {
    json!({"fields": {
        "points": "customfield_10016", "sprint": "customfield_10020", "epic": "customfield_10014",
        "severity": "customfield_10040", "began_at": "customfield_10042",
        "other": {"service": "customfield_10041", "area": "customfield_10043", "team": "customfield_10001"},
    }})
}

fn ada() -> Json {
    json!({
        "accountId": "712020:ada", "accountType": "atlassian", "displayName": "Ada", "emailAddress": "ada@acme.example",
        "active": true, "timeZone": "Europe/Berlin",
    })
}

fn app() -> Json {
    json!({"accountId": "557058:auto", "accountType": "app", "displayName": "Automation for Jira", "active": true})
}

pub(crate) fn item(field: &str, custom: Option<&str>, from: Json, to: Json) -> Json {
    json!({
        "field": field, "fieldtype": if custom.is_some() { "custom" } else { "jira" },
        "fieldId": custom.unwrap_or(field), "from": from[0], "fromString": from[1], "to": to[0], "toString": to[1],
    })
}

pub(crate) fn history(id: &str, minute: u32, author: Json, items: Json) -> Json {
    let created = format!("2026-01-02T04:{minute:02}:05.000+0100");
    json!({"id": id, "author": author, "created": created, "items": items})
}

/// An issue as version 3 of Cloud's API tells it, with its newest history first.
pub(crate) fn issue() -> Json {
    let sprint = |from: Json, to: Json| item("Sprint", Some("customfield_10020"), from, to);
    let none = json!(["", ""]);
    let mut issue = json!({
        "id": "10001", "key": "PAY-12", "self": "https://acme.atlassian.net/rest/api/3/issue/10001",
        "expand": "changelog",
        "fields": {
            "summary": "Checkout is slow", "issuetype": {"id": "10001", "name": "Story", "subtask": false},
            "project": {"id": "10100", "key": "PAY", "name": "Payments"},
            "status": {"id": "10003", "name": "Done", "statusCategory": {"id": 3, "key": "done", "name": "Done"}},
            "priority": {"id": "2", "name": "High"}, "assignee": ada(), "reporter": app(), "creator": app(),
            "parent": {"id": "10000", "key": "PAY-1", "fields": {"summary": "Checkout"}},
            "created": "2026-01-02T03:04:05.000+0100", "updated": "2026-01-05T00:00:00.000+0000",
            "resolutiondate": "2026-01-04T12:00:00.250+0000", "duedate": "2026-02-03", "labels": ["web", "fast"],
            "description": {"type": "doc", "version": 1, "content": [
                {"type": "heading", "content": [{"type": "text", "text": "Root cause"}]},
                {"type": "paragraph", "content": [{"type": "text", "text": "0a1b2c3d4e"}]},
            ]},
            "customfield_10016": 5.0, "customfield_10014": null,
            "customfield_10020": [{"id": 32, "name": "Sprint 2", "state": "active", "boardId": 4},
            {"id": 31, "name": "Sprint 1", "state": "closed", "boardId": 4}],
            "customfield_10040": {"id": "10030", "value": "SEV1"}, "customfield_10041": {"id": "1", "value": "shop"},
            "customfield_10042": "2026-01-02T01:30:00.000+0100", "customfield_10043": null,
            "customfield_10001": {"id": "7d-12", "name": "Core", "title": "Core"},
            "issuelinks": [
                {"id": "900", "type": {"name": "Blocks", "inward": "is blocked by", "outward": "blocks"},
                "outwardIssue": {"id": "10002", "key": "PAY-13"}},
                null,
                {"id": "901", "type": {"name": "Relates", "inward": "relates to", "outward": "relates to"},
                "inwardIssue": {"id": "20001", "key": "OPS-1"}},
                {"id": "902", "type": {"outward": "clones"}},
            ],
            "comment": {"total": 2, "comments": [
                {"id": "700", "author": ada(), "created": "2026-01-02T05:00:00.000+0100", "body": {"type": "doc"}},
                null,
                {"id": "701", "author": null, "created": "the day after"},
            ]},
        },
        "changelog": {"total": 5, "histories": [
            history("504", 40, Json::Null, json!([
                item("resolution", None, json!([null, null]), json!(["10000", "Done"])),
                item("status", None, json!(["3", "In Progress"]), json!(["10003", "Done"])),
            ])),
            history("503", 30, ada(), json!([sprint(none.clone(), json!(["31, 32", "Sprint 1, Sprint 2"]))])),
            history("502", 20, ada(), json!([sprint(json!(["31", "Sprint 1"]), none.clone())])),
            history("501", 10, app(), json!([
                item("status", None, json!(["10000", "To Do"]), json!(["10001", "In Review"])),
                null,
                item("status", None, json!(["10001", "In Review"]), json!(["3", "In Progress"])),
                item("Story Points", Some("customfield_10016"), json!([null, null]), json!([null, "5"])),
            ])),
            null,
            history("500", 10, app(), json!([
                item("assignee", None, json!(["712020:eve", "Eve"]), json!(["712020:ada", "Ada"])),
                item("labels", None, json!([null, ""]), json!([null, "web fast"])),
            ])),
        ]},
    });
    let parts = json!({
        "resolution": {"id": "10000", "name": "Done", "description": "Work has been completed."},
        "fixVersions": [{"id": "10201", "name": "1.1", "archived": false, "released": false}, null],
        "versions": [{"id": "10200", "name": "1.0", "archived": true, "released": true}],
        "components": [{"id": "10300", "name": "storefront"}],
    });
    for (field, value) in parts.as_object().unwrap() {
        issue["fields"][field] = value.clone();
    }
    issue
}

#[test]
fn an_issue_is_a_work_item_with_all_that_belongs_to_it() {
    let told = map("issues", "10001", &issue(), settings()).unwrap();
    let own = id("issues/10001");
    assert_eq!(
        told.one("work_items"),
        json!({
            "id": own, "project_id": id("projects/10100"), "key": "PAY-12", "title": "Checkout is slow",
            "kind": "Story", "status": "Done", "status_category": "done", "assignee_id": id("users/712020:ada"),
            "reporter_id": id("users/557058:auto"), "parent_id": id("issues/10000"), "priority": "High", "points": 5.0,
            "created_at": "2026-01-02T02:04:05Z", "resolved_at": "2026-01-04T12:00:00.250Z", "due_on": "2026-02-03",
            "labels": ["web", "fast"], "url": "https://acme.atlassian.net/browse/PAY-12", "type_id": id("types/10001"),
            "resolution": "Done",
        })
    );
    let version = |relation: &str, version: &str| {
        json!({
            "id": format!("{own}/versions/{relation}/{version}"), "work_item_id": own,
            "version_id": id(&format!("versions/{version}")), "relation": relation,
        })
    };
    assert_eq!(told.rows("work_item_versions"), [version("fix", "10201"), version("affects", "10200")]);
    assert_eq!(
        told.one("work_item_components"),
        json!({"id": format!("{own}/components/10300"), "work_item_id": own, "component_id": id("components/10300")})
    );
    assert_eq!(
        told.rows("comments"),
        [
            json!({
                "id": format!("{own}/comments/700"), "subject_id": own, "author_id": id("users/712020:ada"),
                "created_at": "2026-01-02T04:00:00Z",
            }),
            json!({"id": format!("{own}/comments/701"), "subject_id": own}),
        ]
    );
    assert_eq!(
        told.rows("work_item_links"),
        [
            json!({
                "id": format!("{own}/links/900"), "from_id": own, "from_key": "PAY-12", "to_id": id("issues/10002"),
                "to_key": "PAY-13", "kind": "blocks",
            }),
            json!({
                "id": id("issues/20001/links/901"), "from_id": id("issues/20001"), "from_key": "OPS-1", "to_id": own,
                "to_key": "PAY-12", "kind": "relates to",
            }),
        ]
    );
    assert_eq!(
        told.rows("work_item_fields"),
        [
            json!({"id": format!("{own}/fields/service"), "work_item_id": own, "name": "service", "value": "shop"}),
            json!({"id": format!("{own}/fields/team"), "work_item_id": own, "name": "team", "value": "Core"}),
        ]
    );
    assert_eq!(
        told.rows("identities"),
        [
            json!({"id": id("users/557058:auto"), "name": "Automation for Jira", "is_bot": true}),
            json!({
                "id": id("users/712020:ada"), "name": "Ada", "email": "ada@acme.example", "is_bot": false,
            }),
        ]
    );
    assert!(told.rows("incidents").is_empty());
}

#[test]
fn every_change_of_every_field_is_a_transition_in_the_order_of_time() {
    let told = map("issues", "10001", &issue(), settings()).unwrap();
    let own = id("issues/10001");
    let change = |native: &str, field: &str, from: Option<&str>, to: Option<&str>, minute: u32, position: i64| {
        let at = format!("2026-01-02T03:{minute:02}:05Z");
        let mut row = transition(&own, native, field, [from, to], &at, position);
        let author = match minute {
            10 => Some("users/557058:auto"),
            20 | 30 => Some("users/712020:ada"),
            _ => None,
        };
        if let Some(author) = author {
            row["author_id"] = json!(id(author));
        }
        for (column, name) in [("from_status_id", from), ("to_status_id", to)].into_iter().filter(|_| field == "status")
        {
            let number = match name {
                Some("To Do") => "10000",
                Some("In Review") => "10001",
                Some("In Progress") => "3",
                _ => "10003",
            };
            row[column] = json!(id(&format!("statuses/{number}")));
        }
        row
    };
    let (eve, ada) = (id("users/712020:eve"), id("users/712020:ada"));
    assert_eq!(
        told.rows("work_item_transitions"),
        [
            change("500/0", "assignee", Some(&eve), Some(&ada), 10, 0),
            change("500/1", "labels", None, Some("web fast"), 10, 1),
            change("501/0", "status", Some("To Do"), Some("In Review"), 10, 2),
            change("501/2", "status", Some("In Review"), Some("In Progress"), 10, 3),
            change("501/3", "story points", None, Some("5"), 10, 4),
            change("502/0", "sprint", Some("Sprint 1"), None, 20, 0),
            change("503/0", "sprint", None, Some("Sprint 1, Sprint 2"), 30, 0),
            change("504/0", "resolution", None, Some("Done"), 40, 0),
            change("504/1", "status", Some("In Progress"), Some("Done"), 40, 1),
        ]
    );
}

#[test]
fn each_stay_in_a_sprint_is_a_row() {
    let told = map("issues", "10001", &issue(), settings()).unwrap();
    let own = id("issues/10001");
    let stay = |sprint: &str, nth: u32, added: &str, removed: Option<&str>| {
        let mut row = json!({
            "id": format!("{own}/sprints/{sprint}/{nth}"), "sprint_id": id(&format!("sprints/{sprint}")),
            "work_item_id": own, "added_at": added,
        });
        if let Some(removed) = removed {
            row["removed_at"] = json!(removed);
        }
        row
    };
    assert_eq!(
        told.rows("sprint_items"),
        [
            // It was made in the sprint.
            stay("31", 1, "2026-01-02T02:04:05Z", Some("2026-01-02T03:20:05Z")),
            stay("31", 2, "2026-01-02T03:30:05Z", None),
            stay("32", 1, "2026-01-02T03:30:05Z", None),
        ]
    );
}

#[test]
fn an_incident_is_told_by_its_type_or_a_label() {
    let mut body = issue();
    body["fields"]["labels"] = json!(["Outage"]);
    let incident = json!({
        "id": id("incidents/10001"), "project_id": id("projects/10100"), "title": "Checkout is slow",
        "severity": "SEV1", "began_at": "2026-01-02T00:30:00Z", "resolved_at": "2026-01-04T12:00:00.250Z",
        "caused_by_sha": "0a1b2c3d4e", "url": "https://acme.atlassian.net/browse/PAY-12", "status": "Done",
        "resolution": "Done",
    });
    assert_eq!(map("issues", "10001", &body, settings()).unwrap().one("incidents"), incident);
    // Without the fields that a person mapped.
    let mut plain = issue();
    plain["fields"]["issuetype"]["name"] = json!("Incident");
    let row = map("issues", "10001", &plain, Json::Null).unwrap().one("incidents");
    assert_eq!((&row["severity"], &row["began_at"]), (&json!("High"), &json!("2026-01-02T02:04:05Z")));
    // What cannot be read of them is as if it were not there.
    plain["fields"]["customfield_10040"] = Json::Null;
    plain["fields"]["customfield_10042"] = json!("at night");
    let row = map("issues", "10001", &plain, settings()).unwrap().one("incidents");
    assert_eq!((&row["severity"], &row["began_at"]), (&json!("High"), &json!("2026-01-02T02:04:05Z")));
    let bugs = json!({"incidents": {"types": ["story"], "labels": []}});
    assert_eq!(map("issues", "10001", &issue(), bugs).unwrap().ids("incidents"), [id("incidents/10001")]);
}

#[test]
fn how_an_incident_was_closed_is_told_by_its_resolution_and_its_status_and_not_by_what_an_earlier_end_left() {
    let told = |status: Json, resolution: Json| {
        let mut body = issue();
        body["fields"]["issuetype"]["name"] = json!("Incident");
        (body["fields"]["status"], body["fields"]["resolution"]) = (status, resolution);
        let row = map("issues", "10001", &body, settings()).unwrap().one("incidents");
        let told = |column: &str| row.get(column).and_then(Json::as_str).map(str::to_owned);
        (told("status"), told("resolution"), told("resolved_at").is_some())
    };
    let status = |name: &str, category: &str| json!({"name": name, "statusCategory": {"key": category}});
    let closed =
        |status: &str, resolution: Option<&str>| (Some(status.to_owned()), resolution.map(str::to_owned), true);
    let twin = json!({"name": "Duplicate"});
    assert_eq!(told(status("Closed", "done"), twin.clone()), closed("Closed", Some("Duplicate")));
    assert_eq!(told(status("Cancelled", "done"), Json::Null), closed("Cancelled", None));
    // It was opened again, and Jira keeps how it was closed before, and when.
    for (name, category) in [("Looked at", "indeterminate"), ("To Do", "new")] {
        assert_eq!(told(status(name, category), twin.clone()), (Some(name.to_owned()), None, false));
    }
    // Where nobody knows what its status means, it is resolved as Jira says.
    assert_eq!(told(Json::Null, twin), (None, None, true));
}

#[test]
fn an_issue_that_the_query_for_incidents_found_is_one_as_long_as_there_is_a_query() {
    let mut found = issue();
    found["incident"] = json!(true);
    let incidents = |body: &Json, settings: Json| map("issues", "10001", body, settings).unwrap().ids("incidents");
    let asked = || json!({"incidents": {"jql": "labels = sev1"}});
    assert_eq!(incidents(&found, asked()), [id("incidents/10001")]);
    assert_eq!(incidents(&issue(), asked()), [""; 0]);
    assert_eq!(incidents(&found, Json::Null), [""; 0]);
}

#[test]
fn of_several_fields_for_points_the_first_that_an_issue_fills_counts() {
    let points = |fields: Json, values: [Json; 2]| {
        let mut body = issue();
        [body["fields"]["customfield_10016"], body["fields"]["customfield_10036"]] = values;
        map("issues", "10001", &body, json!({"fields": {"points": fields}}))
            .unwrap()
            .one("work_items")
            .get("points")
            .cloned()
    };
    let both = || json!(["customfield_10036", "customfield_10016"]);
    assert_eq!(points(both(), [json!(5.0), json!(8.0)]), Some(json!(8.0)));
    assert_eq!(points(both(), [json!(5.0), Json::Null]), Some(json!(5.0)));
    assert_eq!(points(both(), [json!(5.0), json!("XL")]), Some(json!(5.0)));
    assert_eq!(points(both(), [Json::Null, Json::Null]), None);
    assert_eq!(points(json!("customfield_10016"), [json!(5.0), json!(8.0)]), Some(json!(5.0)));
}

#[test]
fn an_issue_is_resolved_when_it_was_last_done_unless_jira_says_when() {
    let mut body = issue();
    body["fields"]["resolutiondate"] = Json::Null;
    let resolved = |body: &Json, settings: Json| {
        let row = map("issues", "10001", body, settings).unwrap().one("work_items");
        (row.get("status_category").cloned(), row.get("resolved_at").cloned())
    };
    let (done, doing) = (Some(json!("done")), Some(json!("doing")));
    let at = |time: &str| Some(json!(time));
    assert_eq!(resolved(&body, settings()), (done.clone(), at("2026-01-02T03:40:05Z")));
    // What a person says of a status counts more than what Jira says.
    assert_eq!(resolved(&body, json!({"statuses": {"doing": ["DONE"]}})), (doing, None));
    let wide = json!({"statuses": {"done": ["done", "in *"]}});
    assert_eq!(resolved(&body, wide), (done, at("2026-01-02T03:10:05Z")));
    body["fields"]["status"] = json!({"name": "Odd", "statusCategory": {"key": "undefined"}});
    assert_eq!(resolved(&body, settings()), (None, None));
}

#[test]
fn how_an_issue_was_closed_is_what_jira_calls_its_resolution() {
    let resolution = |resolution: Option<Json>| {
        let mut body = issue();
        let fields = body["fields"].as_object_mut().unwrap();
        fields.remove("resolution");
        fields.extend(resolution.map(|resolution| ("resolution".to_owned(), resolution)));
        map("issues", "10001", &body, settings()).unwrap().one("work_items").get("resolution").cloned()
    };
    assert_eq!(resolution(Some(json!({"id": "10001", "name": "Won't Do"}))), Some(json!("Won't Do")));
    // A name of one's own stays as it is.
    assert_eq!(resolution(Some(json!({"name": "Abgelehnt"}))), Some(json!("Abgelehnt")));
    // Nothing else says it: what its history says of an earlier end may be over.
    for none in [None, Some(Json::Null), Some(json!({"id": "10001"}))] {
        assert_eq!(resolution(none.clone()), None, "{none:?}");
    }
}

#[test]
fn an_issue_of_which_little_may_be_seen_is_mapped_with_what_there_is() {
    let little = json!({
        "id": "1", "key": "PAY-1", "self": "https://api.atlassian.com/ex/jira/6f9d/rest/api/3/issue/1",
        "fields": {
            "summary": null, "status": null, "assignee": null, "labels": null, "issuelinks": null, "comment": null,
            "created": "never", "duedate": "soon", "reporter": {"accountId": "unknown", "displayName": "Former user"},
            "parent": null, "project": null, "issuetype": null, "priority": null, "description": null, "resolution": null,
            "customfield_10016": "XL", "customfield_10020": null, "customfield_10041": {"odd": [1]},
        },
        "changelog": {"histories": null},
    });
    let told = map("issues", "1", &little, settings()).unwrap();
    assert_eq!(told.one("work_items"), json!({"id": id("issues/1"), "key": "PAY-1", "labels": []}));
    assert_eq!(told.one("work_item_fields")["value"], json!("{\"odd\":[1]}"));
    assert!(told.rows("identities").is_empty() && told.rows("sprint_items").is_empty());
    let least = map("issues", "1", &json!({"key": "PAY-1", "fields": null}), Json::Null).unwrap();
    assert_eq!(least.ids("work_items"), [id("issues/1")]);
}

#[test]
fn what_is_wrong_with_an_issue_is_told_with_its_field() {
    let reject = |change: &dyn Fn(&mut Json)| {
        let mut body = issue();
        body["fields"]["labels"] = json!(["incident"]);
        body["fields"]["customfield_10042"] = Json::Null;
        change(&mut body);
        let reject = map("issues", "10001", &body, settings()).unwrap_err();
        (reject.field.unwrap_or_default(), reject.reason)
    };
    assert_eq!(reject(&|body| body["key"] = Json::Null).0, "key");
    assert_eq!(reject(&|body| body["fields"]["created"] = json!("x")).0, "fields.created");
    let (field, reason) = reject(&|body| body["fields"]["status"]["statusCategory"]["key"] = json!("lost"));
    assert!(field == "fields.status.statusCategory.key" && reason.contains("`lost`"), "{reason}");
    assert_eq!(reject(&|body| body["fields"]["issuelinks"][0]["id"] = Json::Null).0, "fields.issuelinks.id");
    for (list, field) in [
        ("fixVersions", "fields.fixVersions.id"),
        ("versions", "fields.versions.id"),
        ("components", "fields.components.id"),
    ] {
        assert_eq!(reject(&|body| body["fields"][list][0]["id"] = Json::Null).0, field);
    }
    let kind = reject(&|body| body["fields"]["issuelinks"][0]["type"]["outward"] = Json::Null);
    assert_eq!(kind.0, "fields.issuelinks.type.outward");
    let comment = reject(&|body| body["fields"]["comment"]["comments"][0]["id"] = Json::Null);
    assert_eq!(comment.0, "fields.comment.comments.id");
    let created = reject(&|body| body["changelog"]["histories"][0]["created"] = json!("then"));
    assert!(created.0 == "changelog.histories.created" && created.1.contains("then"), "{}", created.1);
    assert!(reject(&|body| body["fields"]["labels"] = json!(7)).1.contains("`fields`"));
}

proptest! {
    #[test]
    fn the_order_in_which_histories_come_does_not_matter(order in Just((0..6).collect::<Vec<usize>>()).prop_shuffle()) {
        let mut body = issue();
        let histories = body["changelog"]["histories"].clone();
        body["changelog"]["histories"] = order.iter().map(|place| histories[*place].clone()).collect();
        let one = map("issues", "10001", &issue(), settings()).unwrap();
        let other = map("issues", "10001", &body, settings()).unwrap();
        prop_assert_eq!(one, other);
    }
}
