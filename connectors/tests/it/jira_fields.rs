//! Each column that the mapper of Jira sets is filled by a payload that others published (`jira_recorded.rs`, `jira_published.rs`, which hold
//! the values), but for those of which nobody published any that a registry has.

use crate::fields::assert_filled;
use crate::jira_mapper::map;
use crate::jira_published::{component, development, due, linked, planned, sprints, versions};
use crate::jira_recorded::{issues, story, story_fields};
use serde_json::{Value as Json, json};
use std::collections::BTreeSet;

/// Columns and entities that no published payload fills, and why.
const UNTOLD: &[(&str, &str)] = &[
    ("incidents.caused_by_sha", "no published issue has a section on its root cause"),
    ("project_scopes", "no published board says which project it is in"),
    (
        "sprints.project_id",
        "it is that of the board that the sprint was made on, and no published board says which project it is in",
    ),
    ("versions.starts_on", "no published version says when work on it began"),
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

#[test]
fn each_column_that_is_mapped_is_filled_by_a_published_payload_or_nobody_published_one() {
    let settings = json!({
        "fields": {"sprint": "sprint", "other": {"program": "customfield_10016"}}, "incidents": {"types": ["extRequest"]},
    });
    let mut filled = BTreeSet::new();
    for (stream, body) in payloads() {
        // Sprints alone have a number for an id.
        let key = body["id"].as_str().map_or_else(|| body["id"].to_string(), str::to_owned);
        filled.extend(map(stream, &key, &body, settings.clone()).unwrap().filled());
    }
    filled.extend(map("issues", "33196", &story(), story_fields()).unwrap().filled());
    filled.extend(map("development", "10123", &development(), settings).unwrap().filled());
    assert_filled("jira", &filled, UNTOLD);
}
