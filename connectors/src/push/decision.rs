//! What people decide about their own organization, one by one: rows that are landed as if they were pushed.

use super::row;
use super::source::Body;
use crate::{Error, Result};
use pulse_engine::entities::{Entity, core};
use pulse_engine::land::Payload;
use serde_json::{Map, Value as Json};

/// The connection that decisions are kept under.
pub const DECISIONS: &str = "push:decisions";

/// What people may decide about, and of which columns the id of a decision is made where it names none: the newest about the same
/// then takes the place of the last.
const DECIDED: [(&str, &[&str]); 8] = [
    ("identity_overrides", &["identity_id"]),
    ("incident_overrides", &["incident_id"]),
    ("lineage_overrides", &["repository_id", "sha"]),
    ("people", &[]),
    ("projects", &[]),
    ("project_scopes", &["scope_id"]),
    ("teams", &[]),
    ("team_members", &["team_id", "member_id"]),
];

/// A decision as a payload of [`DECISIONS`]: a row of `entity` by the names of its columns, as a pushed file has them, or `"deleted": true` with its
/// id to take it back. `by` and `at`, in RFC 3339, are who made it and when, whatever the row says.
///
/// # Errors
/// [`Error::Setting`] when people do not decide about such things, or it is no row of them.
pub fn decision(entity: &str, mut row: Map<String, Json>, by: &str, at: i64, made_at: &str) -> Result<Payload> {
    let found = DECIDED.iter().find(|(name, _)| *name == entity);
    let (_, made_of) = found.ok_or_else(|| {
        let known = DECIDED.map(|(name, _)| format!("`{name}`")).join(", ");
        Error::Setting(format!("`{}` are not decided about; there are: {known}", entity.escape_default()))
    })?;
    let entity: &'static Entity = core(entity)?;
    for (column, value) in [("made_by", by), ("made_at", made_at)] {
        if entity.own_columns().iter().any(|known| known.name == column) {
            row.insert(column.to_owned(), Json::String(value.to_owned()));
        }
    }
    if !row.contains_key("id") && !made_of.is_empty() {
        // A short key and its whole form are of the same thing.
        let text = |column: &&str| {
            let text = row.get(*column).and_then(Json::as_str)?.to_owned();
            Some(if row::is_key(column) { row::whole(text, DECISIONS) } else { text })
        };
        if let Some(parts) = made_of.iter().map(text).collect::<Option<Vec<String>>>() {
            row.insert("id".to_owned(), Json::String(format!("{DECISIONS}:{}/{}", entity.name, parts.join("/"))));
        }
    }
    let wrong = |reason: String| Error::Setting(format!("a row of `{}`: {reason}", entity.name));
    row::check(entity, &row, DECISIONS).map_err(|reject| wrong(reject.reason))?;
    let key = row.get("id").and_then(Json::as_str).unwrap_or_default().to_owned();
    let body = serde_json::to_string(&Body { line: 1, row: Some(row), ..Body::default() })?;
    Ok(Payload { stream: entity.name.to_owned(), key, observed_at: at, body })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn decided(entity: &str, row: Json) -> Result<Payload> {
        let Json::Object(row) = row else { panic!("no row") };
        decision(entity, row, "ada", 7, "2026-03-02T00:00:00Z")
    }

    #[test]
    fn a_decision_is_a_row_by_whoever_made_it() {
        let landed = decided(
            "identity_overrides",
            json!({"identity_id": "jira:j:9", "person_id": "github:g:1", "made_by": "eve"}),
        )
        .unwrap();
        assert_eq!((landed.stream.as_str(), landed.observed_at), ("identity_overrides", 7));
        assert_eq!(landed.key, "push:decisions:identity_overrides/jira:j:9");
        let body: Json = serde_json::from_str(&landed.body).unwrap();
        assert_eq!((&body["row"]["made_by"], &body["row"]["made_at"]), (&json!("ada"), &json!("2026-03-02T00:00:00Z")));
        let [short, whole] = ["c1", "push:decisions:c1"]
            .map(|id| decided("incident_overrides", json!({"incident_id": id})).unwrap().key);
        assert_eq!(short, whole);
        let project = decided("projects", json!({"id": "checkout", "name": "Checkout"})).unwrap();
        assert_eq!(project.key, "checkout");
        assert!(!project.body.contains("made_by"));
        decided("project_scopes", json!({"id": "push:decisions:project_scopes/x", "deleted": true})).unwrap();
    }

    #[test]
    fn what_is_none_is_refused_with_what_would_be() {
        for (entity, row, says) in [
            ("commits", json!({"id": "x"}), "`teams`"),
            ("projects", json!({"name": "Checkout"}), "`id` is required"),
            ("projects", json!({"id": "c"}), "name"),
            ("identity_overrides", json!({"person_id": "x"}), "`id` is required"),
            ("projects", json!({"id": "github:g:1", "name": "x"}), "push:decisions"),
            ("teams", json!({"id": "t", "name": "T", "colour": "red"}), "no column `colour`"),
        ] {
            let error = decided(entity, row.clone()).unwrap_err().to_string();
            assert!(error.contains(says), "{row}: {error}");
        }
    }
}
