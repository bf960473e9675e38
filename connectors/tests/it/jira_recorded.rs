//! What others recorded of Jira becomes rows of core: issues of a Cloud with their histories, and of a Data Center.
//!
//! They were kept by a program that writes each custom field with its name, and comments beside the fields: both are put back to where
//! Jira sends them, each value as it is. Projects, statuses and types are told within issues as they are by themselves.

use crate::jira_mapper::{id, map};
use crate::payloads::{found, recorded};
use crate::told::transition;
use serde_json::{Value as Json, json};

/// The issues of a file, as Jira sends them.
pub(crate) fn issues(file: &str) -> Vec<Json> {
    as_sent(recorded(file))
}

/// A story that somebody gave points, took into a sprint and out of it again.
pub(crate) fn story() -> Json {
    as_sent(found("jira_raw_fields.json")).into_iter().find(|issue| issue["key"] == "E2E-422").unwrap()
}

/// Which fields of that story's site are what.
pub(crate) fn story_fields() -> Json {
    json!({"fields": {"points": "customfield_10005", "sprint": "customfield_10007"}})
}

fn as_sent(mut issues: Vec<Json>) -> Vec<Json> {
    // Some are kept without what is in them.
    issues.retain(|issue| issue["fields"].is_object());
    for issue in &mut issues {
        let comments = Some(issue["comments_data"].take()).filter(Json::is_array).unwrap_or_else(|| json!([]));
        let fields = issue["fields"].as_object_mut().unwrap();
        for (_, value) in fields.iter_mut().filter(|(name, _)| name.starts_with("customfield_")) {
            *value = value["value"].take();
        }
        fields.insert("comment".to_owned(), json!({"comments": comments}));
    }
    issues
}

/// The issue of that key.
fn issue(file: &str, key: &str) -> Json {
    issues(file).into_iter().find(|issue| issue["key"] == key).unwrap()
}

pub(crate) const PETER: &str = "users/557058:887ce97e-9fbd-4873-8b09-669ce3b1e696";
pub(crate) const MAOO: &str = "users/557058:fbbe73fc-f16a-419c-8624-c5413dbb7288";

#[test]
fn an_issue_of_a_cloud_as_others_recorded_it_has_its_history_its_comments_and_the_field_that_was_asked_for() {
    let settings = json!({"fields": {"other": {"program": "customfield_10016"}}});
    let told = map("issues", "10018", &issue("jira.json", "CONTRIB-11"), settings).unwrap();
    let own = id("issues/10018");
    assert_eq!(
        told.one("work_items"),
        json!({
            "id": own, "project_id": id("projects/10001"), "key": "CONTRIB-11", "title": "License Validation",
            "kind": "License Validation", "status": "Licenses Validated", "status_category": "done",
            "assignee_id": id(MAOO), "reporter_id": id(PETER), "parent_id": id("issues/10016"), "priority": "Medium",
            "created_at": "2018-05-21T23:29:03.648Z", "resolved_at": "2018-05-24T21:28:19.654Z", "labels": [],
            "url": "https://finosfoundation.atlassian.net/browse/CONTRIB-11", "type_id": id("types/10005"),
        })
    );
    let changed = |native: &str, field: &str, between: [Option<&str>; 2], author: &str, at: &str| {
        let mut row = transition(&own, native, field, between, at, 0);
        row["author_id"] = json!(id(author));
        row
    };
    let moved = |mut row: Json, from: u32, to: u32| {
        (row["from_status_id"], row["to_status_id"]) =
            (json!(id(&format!("statuses/{from}"))), json!(id(&format!("statuses/{to}"))));
        row
    };
    let [was, is] = ["users/peter", "users/maoo"].map(id);
    let (code, check, valid) = ("Awaiting Code", "License Check", "Licenses Validated");
    let to_check = changed("10052/0", "status", [Some(code), Some(check)], MAOO, "2018-05-24T21:21:42.675Z");
    let to_valid = changed("10053/0", "status", [Some(check), Some(valid)], PETER, "2018-05-24T21:28:19.654Z");
    let text = Some("license-checker-output.txt");
    assert_eq!(
        told.rows("work_item_transitions"),
        [
            changed("10047/0", "parent", [None, Some("CONTRIB-9")], PETER, "2018-05-21T23:29:03.869Z"),
            changed("10049/0", "assignee", [Some(was.as_str()), Some(is.as_str())], PETER, "2018-05-21T23:31:51.608Z"),
            changed("10051/0", "attachment", [None, text], PETER, "2018-05-24T00:14:45.403Z"),
            moved(to_check, 10012, 10013),
            moved(to_valid, 10013, 10015),
        ]
    );
    let comment = |number: u32, at: &str| {
        json!({
            "id": format!("{own}/comments/{number}"), "subject_id": own, "author_id": id(MAOO), "created_at": at,
        })
    };
    let comments = [comment(10020, "2018-05-24T21:18:25.492Z"), comment(10021, "2018-05-24T21:23:31.306Z")];
    assert_eq!(told.rows("comments"), comments);
    assert_eq!(
        told.one("work_item_fields"),
        json!({
            "id": format!("{own}/fields/program"), "work_item_id": own, "name": "program", "value": "Voice Technology",
        })
    );
    assert_eq!(
        told.rows("identities"),
        [
            json!({"id": id(PETER), "name": "Peter Monks", "login": "peter", "is_bot": false}),
            json!({"id": id(MAOO), "name": "Maurizio Pillitu", "login": "maoo", "is_bot": false}),
        ]
    );
}

#[test]
fn a_story_as_others_recorded_it_has_points_and_was_in_a_sprint_for_some_seconds() {
    let (told, own) = (map("issues", "33196", &story(), story_fields()).unwrap(), id("issues/33196"));
    assert_eq!(told.one("work_items")["points"], json!(3.0));
    assert_eq!(
        told.one("sprint_items"),
        json!({
            "id": format!("{own}/sprints/227/1"), "sprint_id": id("sprints/227"), "work_item_id": own,
            "added_at": "2017-10-04T17:28:24.116Z", "removed_at": "2017-10-04T17:28:37.286Z",
        })
    );
}

#[test]
fn an_issue_of_a_data_center_as_others_recorded_it_is_of_its_component_and_an_incident_by_its_type() {
    let incidents = json!({"incidents": {"types": ["extRequest"]}});
    let told = map("issues", "35850", &issue("jira_new.json", "HELP-6042"), incidents.clone()).unwrap();
    let (own, url) = (id("issues/35850"), "https://jira.fiware.org/browse/HELP-6042");
    let (created, resolved) = ("2016-03-03T13:11:01Z", "2016-03-03T14:30:17Z");
    assert_eq!(
        told.one("work_items"),
        json!({
            "id": own, "project_id": id("projects/10841"), "key": "HELP-6042", "title": "", "kind": "extRequest",
            "status": "Closed", "status_category": "done", "assignee_id": id("users/user1"),
            "reporter_id": id("users/user2"), "priority": "Major", "created_at": created, "resolved_at": resolved,
            "labels": [], "url": url, "type_id": id("types/10104"), "resolution": "Done",
        })
    );
    assert_eq!(
        told.one("work_item_components"),
        json!({"id": format!("{own}/components/11404"), "work_item_id": own, "component_id": id("components/11404")})
    );
    assert_eq!(
        told.one("incidents"),
        json!({
            "id": id("incidents/35850"), "project_id": id("projects/10841"), "title": "", "severity": "Major",
            "began_at": created, "resolved_at": resolved, "url": url, "status": "Closed", "resolution": "Done",
        })
    );
    // That one was recorded without a title, another with one.
    let other = map("issues", "35851", &issue("jira_new.json", "HELP-6043"), incidents).unwrap();
    let title = json!("[Fiware-lab-help] FIWARE Lab Assistance");
    assert_eq!((&other.one("work_items")["title"], &other.one("incidents")["title"]), (&title, &title));
}

#[test]
fn what_an_issue_hangs_on_as_others_recorded_it_goes_by_its_number() {
    let fields = &issue("jira.json", "CONTRIB-11")["fields"];
    let row = |stream: &str, key: &str, body: &Json, entity: &str| {
        assert_eq!(body["id"], key);
        map(stream, key, body, Json::Null).unwrap().one(entity)
    };
    assert_eq!(
        row("projects", "10001", &fields["project"], "projects"),
        json!({"id": id("projects/10001"), "name": "Contributions", "key": "CONTRIB"})
    );
    assert_eq!(
        row("projects", "10001", &fields["project"], "project_keys"),
        json!({"id": id("projects/10001/keys/CONTRIB"), "project_id": id("projects/10001"), "key": "CONTRIB"})
    );
    assert_eq!(
        row("statuses", "10015", &fields["status"], "statuses"),
        json!({"id": id("statuses/10015"), "name": "Licenses Validated", "status_category": "done"})
    );
    assert_eq!(
        row("types", "10005", &fields["issuetype"], "work_item_types"),
        json!({"id": id("types/10005"), "name": "License Validation", "hierarchy_level": -1})
    );
}
