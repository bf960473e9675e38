//! The fields that issues have, and the ids of those that are not Jira's own.

use super::Edition;
use crate::world::jira::Field;
use serde_json::{Value, json};

pub(super) const DEVELOPMENT: &str = "customfield_10000";
pub(super) const TEAM: &str = "customfield_10001";
pub(super) const EPIC_LINK: &str = "customfield_10014";
pub(super) const STORY_POINTS: &str = "customfield_10016";
pub(super) const RANK: &str = "customfield_10019";
pub(super) const SPRINT: &str = "customfield_10020";
pub(super) const SEVERITY: &str = "customfield_10040";
pub(super) const SERVICE: &str = "customfield_10041";

/// What somebody calls the field of sprints on Data Center.
const RENAMED: &str = "Iteration";

impl Field {
    /// What a history calls the field, and its id there.
    pub(super) fn names(self, edition: Edition) -> (&'static str, Option<&'static str>) {
        match self {
            Self::Summary => ("summary", Some("summary")),
            Self::Description => ("description", Some("description")),
            Self::Status => ("status", Some("status")),
            Self::Resolution => ("resolution", Some("resolution")),
            Self::Assignee => ("assignee", Some("assignee")),
            Self::Priority => ("priority", Some("priority")),
            Self::Labels => ("labels", Some("labels")),
            Self::IssueType => ("issuetype", Some("issuetype")),
            Self::Project => ("project", Some("project")),
            Self::Key => ("Key", None),
            Self::Parent => ("Parent", None),
            Self::Epic if edition == Edition::Cloud => ("IssueParentAssociation", None),
            Self::Epic => ("Epic Link", Some(EPIC_LINK)),
            Self::Sprint if edition == Edition::DataCenter => (RENAMED, Some(SPRINT)),
            Self::Sprint => ("Sprint", Some(SPRINT)),
            Self::StoryPoints => ("Story Points", Some(STORY_POINTS)),
            Self::Severity => ("Severity", Some(SEVERITY)),
            Self::Service => ("Service", Some(SERVICE)),
            Self::Team => ("Team", Some(TEAM)),
            Self::Component => ("Component", Some("components")),
            Self::FixVersion => ("Fix Version", Some("fixVersions")),
            Self::AffectsVersion => ("Version", Some("versions")),
            Self::DueDate => ("duedate", Some("duedate")),
            Self::Rank => ("Rank", Some(RANK)),
            Self::Link => ("Link", None),
        }
    }
}

/// Jira's own fields: the id, the name, and the type of the value, or of each value of a list.
const OWN: [(&str, &str, &str, Option<&str>); 21] = [
    ("issuetype", "Issue Type", "issuetype", None),
    ("project", "Project", "project", None),
    ("summary", "Summary", "string", None),
    ("description", "Description", "string", None),
    ("status", "Status", "status", None),
    ("resolution", "Resolution", "resolution", None),
    ("resolutiondate", "Resolved", "datetime", None),
    ("priority", "Priority", "priority", None),
    ("assignee", "Assignee", "user", None),
    ("reporter", "Reporter", "user", None),
    ("creator", "Creator", "user", None),
    ("created", "Created", "datetime", None),
    ("updated", "Updated", "datetime", None),
    ("duedate", "Due date", "date", None),
    ("labels", "Labels", "array", Some("string")),
    ("components", "Components", "array", Some("component")),
    ("fixVersions", "Fix versions", "array", Some("version")),
    ("versions", "Affects versions", "array", Some("version")),
    ("issuelinks", "Linked Issues", "array", Some("issuelinks")),
    ("subtasks", "Sub-tasks", "array", Some("issuelinks")),
    ("comment", "Comment", "comments-page", None),
];

/// Fields that were added: the id, the name, the type, that of each value of a list, and what made it.
const CUSTOM: [(&str, &str, &str, Option<&str>, &str); 7] = [
    (
        DEVELOPMENT,
        "Development",
        "any",
        None,
        "com.atlassian.jira.plugins.jira-development-integration-plugin:devsummarycf",
    ),
    (TEAM, "Team", "team", None, "com.atlassian.teams:rm-teams-custom-field-team"),
    (STORY_POINTS, "Story Points", "number", None, "com.atlassian.jira.plugin.system.customfieldtypes:float"),
    (RANK, "Rank", "any", None, "com.pyxis.greenhopper.jira:gh-lexo-rank"),
    (SPRINT, "Sprint", "array", Some("json"), "com.pyxis.greenhopper.jira:gh-sprint"),
    (SEVERITY, "Severity", "option", None, "com.atlassian.jira.plugin.system.customfieldtypes:select"),
    (SERVICE, "Service", "option", None, "com.atlassian.jira.plugin.system.customfieldtypes:select"),
];

/// All fields, as `/field` lists them.
pub(crate) fn all(edition: Edition) -> Vec<Value> {
    let is_cloud = edition == Edition::Cloud;
    let mut fields = Vec::new();
    for (id, name, kind, items) in OWN {
        let mut schema = json!({"type": kind, "system": id});
        if let Some(items) = items {
            schema["items"] = json!(items);
        }
        fields.push(field(id, name, &[id], schema, false, edition));
    }
    if is_cloud {
        fields.push(json!({
            "id": "parent", "key": "parent", "name": "Parent", "custom": false, "orderable": false, "navigable": true,
            "searchable": false, "clauseNames": ["parent"],
        }));
    } else {
        let schema = schema_of(EPIC_LINK, "any", None, "com.pyxis.greenhopper.jira:gh-epic-link");
        fields.push(field(EPIC_LINK, "Epic Link", &["cf[10014]", "Epic Link"], schema, true, edition));
    }
    for (id, name, kind, items, made_by) in CUSTOM {
        let name = if id == SPRINT && !is_cloud { RENAMED } else { name };
        // Data Center tells sprints as strings and teams as ids.
        let (kind, items) = match (id, is_cloud) {
            (SPRINT, false) => (kind, Some("string")),
            (TEAM, false) => ("any", None),
            _ => (kind, items),
        };
        let made_by = if id == DEVELOPMENT && !is_cloud { made_by.trim_end_matches("cf") } else { made_by };
        let clause = format!("cf[{}]", number_of(id));
        fields.push(field(id, name, &[&clause, name], schema_of(id, kind, items, made_by), true, edition));
    }
    fields
}

fn field(id: &str, name: &str, clauses: &[&str], schema: Value, is_custom: bool, edition: Edition) -> Value {
    let mut field = json!({
        "id": id, "name": name, "custom": is_custom, "orderable": true, "navigable": id != "comment",
        "searchable": true, "clauseNames": clauses, "schema": schema,
    });
    if edition == Edition::Cloud {
        field["key"] = json!(id);
    }
    field
}

fn schema_of(id: &str, kind: &str, items: Option<&str>, made_by: &str) -> Value {
    let mut schema = json!({"type": kind, "custom": made_by, "customId": number_of(id)});
    if let Some(items) = items {
        schema["items"] = json!(items);
    }
    schema
}

fn number_of(id: &str) -> i64 {
    id.trim_start_matches("customfield_").parse().unwrap_or_default()
}
