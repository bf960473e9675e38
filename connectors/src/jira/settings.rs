//! What a person may decide about a connection to Jira.

use crate::{Error, Result};
use chrono::NaiveDate;
use pulse_engine::pattern::{Pattern, any_of, patterns};
use serde::{Deserialize, Deserializer, Serialize};
use std::collections::BTreeMap;
use url::Url;

/// What Jira calls the field of the sprint, until somebody gives it another name.
pub(super) const SPRINT: &str = "Sprint";

/// The settings of one connection, as they stand in the settings file and, as JSON, in raw.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct JiraSettings {
    /// Keys of the projects that are read. All that the account sees when empty.
    pub projects: Vec<String>,
    /// Projects that are left out, by their key.
    pub exclude: Vec<Pattern>,
    /// The first day that is read; everything by default.
    #[serde(with = "crate::since")]
    pub since: Option<NaiveDate>,
    /// Whether Jira is asked for the pull requests that it knows of an issue. By OAuth it never is.
    pub development: bool,
    /// Where people open its issues, where Jira is asked elsewhere.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub site: Option<String>,
    /// Which fields mean what.
    pub fields: Fields,
    /// Which statuses mean what.
    pub statuses: Statuses,
    /// Which issues are incidents.
    pub incidents: Incidents,
    /// What former keys of the projects that are named here lead to now: said by no person, but found out while reading.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub rekeyed: BTreeMap<String, String>,
}

impl Default for JiraSettings {
    fn default() -> Self {
        Self {
            projects: Vec::new(),
            exclude: Vec::new(),
            since: None,
            development: true,
            site: None,
            fields: Fields::default(),
            statuses: Statuses::default(),
            incidents: Incidents::default(),
            rekeyed: BTreeMap::new(),
        }
    }
}

/// Ids of fields, such as `customfield_10016`. They differ from site to site.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Fields {
    /// The estimate, a number: the first of these that an issue fills. One may be written without a list.
    #[serde(deserialize_with = "one_or_more")]
    pub points: Vec<String>,
    /// The sprints that an issue is in.
    pub sprint: Option<String>,
    /// The epic above an issue, where Jira does not tell it as `parent`.
    pub epic: Option<String>,
    /// The issue above an epic, or above what is above one, likewise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parent: Option<String>,
    /// The severity of an incident. Its priority by default.
    pub severity: Option<String>,
    /// What Jira knows of pull requests, in short.
    pub development: Option<String>,
    /// What histories call those of the sprint, of the epic and of what is above an epic, by their ids, where they tell no ids and that is not
    /// the name that Jira gave the field.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub names: BTreeMap<String, String>,
    /// When an incident began, a date with a time. When its issue was made by default.
    pub began_at: Option<String>,
    /// Further fields that are kept, by the names to keep them by.
    pub other: BTreeMap<String, String>,
}

/// Statuses, by name, that mean something else than Jira's category of them says; upper and lower case alike. Of several that
/// one status is in, the first counts.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Statuses {
    /// Work has not begun.
    pub todo: Vec<Pattern>,
    /// Work has begun.
    pub doing: Vec<Pattern>,
    /// Work is over.
    pub done: Vec<Pattern>,
}

/// Which issues are incidents; upper and lower case alike.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Incidents {
    /// Types, by name, of which every issue is an incident.
    pub types: Vec<Pattern>,
    /// Labels that make an issue an incident.
    pub labels: Vec<Pattern>,
    /// A query in JQL, which Jira is asked while issues are read: those that it finds are incidents, too.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub jql: Option<String>,
}

impl Default for Incidents {
    fn default() -> Self {
        Self { types: patterns(&["incident"]), labels: patterns(&["incident", "outage"]), jql: None }
    }
}

impl JiraSettings {
    /// Reads settings from JSON.
    ///
    /// # Errors
    /// [`Error::Setting`], with the field that is wrong and what would be right.
    pub fn from_json(json: &serde_json::Value) -> Result<Self> {
        let settings = Self::deserialize(json).map_err(|e| refused(&e.to_string()))?;
        settings.check()?;
        Ok(settings)
    }

    /// The same with the fields, the site and the keys that were found when the settings of its connection were landed, where it leaves them open.
    pub(crate) fn found_as(mut self, landed: Option<&serde_json::Value>) -> Self {
        let Some(landed) = landed.and_then(|landed| Self::deserialize(landed).ok()) else { return self };
        self.site = self.site.take().or(landed.site);
        self.rekeyed = landed.rekeyed;
        let found = landed.fields;
        let fields = &mut self.fields;
        if fields.points.is_empty() {
            fields.points = found.points;
        }
        fields.sprint = fields.sprint.take().or(found.sprint);
        fields.epic = fields.epic.take().or(found.epic);
        fields.parent = fields.parent.take().or(found.parent);
        for (id, name) in found.names {
            fields.names.entry(id).or_insert(name);
        }
        fields.severity = fields.severity.take().or(found.severity);
        fields.development = fields.development.take().or(found.development);
        self
    }

    /// Refuses what cannot be meant.
    pub(super) fn check(&self) -> Result<()> {
        if let Some(key) = self.projects.iter().find(|key| !is_key(key)) {
            return Err(refused(&format!(
                "`projects`: {key:?} is not the key of a project: write what its issues' keys begin with, for example `PAY`"
            )));
        }
        for (name, id) in self.fields.named() {
            if !is_field(id) {
                return Err(refused(&format!(
                    "`fields.{name}`: {id:?} is not the id of a field: write it as `/rest/api/2/field` lists it, for example `customfield_10016`"
                )));
            }
        }
        if self.fields.other.keys().any(|name| name.trim().is_empty() || name.chars().any(char::is_control)) {
            return Err(refused("`fields.other` has a field without a name: write one, for example `service`"));
        }
        if let Some(site) = self.site.as_deref().filter(|site| !is_address(site)) {
            return Err(refused(&format!(
                "`site`: {site:?} is no address: write it as a browser shows it, for example `https://acme.atlassian.net`"
            )));
        }
        if self.incidents.jql.as_ref().is_some_and(|jql| jql.trim().is_empty()) {
            return Err(refused(
                "`incidents.jql` is blank: write a query in JQL, for example `labels = sev1`, or leave it out",
            ));
        }
        Ok(())
    }
}

/// A text, a list of them, or nothing.
fn one_or_more<'de, D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Vec<String>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged, expecting = "`points` is the id of a field or a list of them, for example `customfield_10016`")]
    enum Written {
        One(String),
        More(Vec<String>),
    }
    Ok(match Option::<Written>::deserialize(deserializer)? {
        None => Vec::new(),
        Some(Written::One(id)) => vec![id],
        Some(Written::More(ids)) => ids,
    })
}

fn refused(reason: &str) -> Error {
    Error::Setting(format!("settings of a connection to Jira: {reason}"))
}

/// Data Center lets its administrators decide how keys look, but for the hyphen before the number of an issue.
pub(super) fn is_key(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_alphanumeric() || c == '_')
}

/// Whether a text is the address of a site, to which that of a page is put.
pub(super) fn is_address(text: &str) -> bool {
    Url::parse(text).is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.query().is_none())
}

fn is_field(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.'))
}

impl Fields {
    /// Whether somebody asked to keep as it is what Jira says in short of pull requests.
    pub(super) fn keep_development(&self) -> bool {
        self.development.as_ref().is_some_and(|field| self.other.values().any(|kept| kept == field))
    }

    /// Those that name the issue above one, each with the name that Jira gave it.
    pub(super) fn above(&self) -> impl Iterator<Item = (&str, &'static str)> {
        let fields = [(self.epic.as_deref(), "Epic Link"), (self.parent.as_deref(), "Parent Link")];
        fields.into_iter().filter_map(|(id, first)| Some((id?, first)))
    }

    /// Those whose changes are known by what a history calls the field where it tells no id, each with the name that Jira gave it.
    pub(super) fn told_by_name(&self) -> Vec<(String, &'static str)> {
        let all = self.sprint.as_deref().map(|id| (id, SPRINT)).into_iter().chain(self.above());
        all.map(|(id, first)| (id.to_owned(), first)).collect()
    }

    /// Every field that is named, by what it is named for.
    pub(super) fn named(&self) -> impl Iterator<Item = (String, &str)> {
        let own = [
            ("sprint", &self.sprint),
            ("epic", &self.epic),
            ("parent", &self.parent),
            ("severity", &self.severity),
            ("development", &self.development),
            ("began_at", &self.began_at),
        ];
        let own = own.into_iter().filter_map(|(name, id)| Some((name.to_owned(), id.as_deref()?)));
        let points = self.points.iter().map(|id| ("points".to_owned(), id.as_str()));
        let names = self.names.keys().map(|id| ("names".to_owned(), id.as_str()));
        own.chain(points).chain(names).chain(self.other.iter().map(|(name, id)| (format!("other.{name}"), id.as_str())))
    }
}

impl Statuses {
    /// The category that somebody gave a status of that name.
    pub(super) fn category(&self, status: &str) -> Option<&'static str> {
        let categories = [("todo", &self.todo), ("doing", &self.doing), ("done", &self.done)];
        categories.into_iter().find(|(_, patterns)| any_of(patterns, status)).map(|(category, _)| category)
    }
}

impl Incidents {
    /// Whether an issue of this type with these labels is an incident.
    pub(super) fn is_incident(&self, kind: Option<&str>, labels: &[String]) -> bool {
        kind.is_some_and(|kind| any_of(&self.types, kind)) || labels.iter().any(|label| any_of(&self.labels, label))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_is_left_out_of_the_settings_has_its_default() {
        let settings = json!({
            "projects": ["PAY", "ops_2"], "exclude": ["TMP*"], "since": "2026-11-23",
            "fields": {"points": "customfield_10016", "other": {"service": "customfield_10041", "parts": "components"}},
            "statuses": {"doing": ["in *"]},
        });
        let settings = JiraSettings::from_json(&settings).unwrap();
        assert_eq!(settings.since, NaiveDate::from_ymd_opt(2026, 11, 23));
        assert_eq!((settings.fields.points, settings.fields.sprint), (vec!["customfield_10016".to_owned()], None));
        assert_eq!(settings.incidents, Incidents::default());
        assert!(settings.development);
        assert_eq!(JiraSettings::from_json(&json!({})).unwrap(), JiraSettings::default());
    }

    #[test]
    fn fields_of_points_are_one_or_a_list() {
        let points = |points: serde_json::Value| {
            JiraSettings::from_json(&json!({"fields": {"points": points}})).map(|s| s.fields.points)
        };
        assert_eq!(points(json!(["cf_2", "cf_1"])).unwrap(), ["cf_2", "cf_1"]);
        assert!(points(json!(null)).unwrap().is_empty() && points(json!([])).unwrap().is_empty());
        assert!(points(json!(7)).unwrap_err().to_string().contains("customfield_10016"));
        assert!(points(json!(["cf_1", "Story Points"])).unwrap_err().to_string().contains("fields.points"));
    }

    #[test]
    fn what_is_said_of_pull_requests_is_kept_where_somebody_names_its_field() {
        let keep = |json: serde_json::Value| JiraSettings::from_json(&json).unwrap().fields.keep_development();
        assert!(keep(json!({"fields": {"development": "cf_1", "other": {"said": "cf_1"}}})));
        assert!(!keep(json!({"fields": {"development": "cf_1", "other": {"service": "cf_2"}}})));
        assert!(!keep(json!({"fields": {"other": {"service": "cf_2"}}})));
    }

    #[test]
    fn settings_are_the_same_after_they_were_written_and_read() {
        let settings = JiraSettings { since: NaiveDate::from_ymd_opt(2026, 1, 2), ..JiraSettings::default() };
        let written = serde_json::to_value(&settings).unwrap();
        assert_eq!(written["since"], "2026-01-02");
        assert_eq!(JiraSettings::from_json(&written).unwrap(), settings);
    }

    #[test]
    fn a_wrong_setting_is_told_with_its_name_and_what_would_be_right() {
        for (settings, field, advice) in [
            (json!({"project": ["PAY"]}), "project", "expected one of"),
            (json!({"projects": ["PAY-12"]}), "projects", "`PAY`"),
            (json!({"projects": [""]}), "projects", "`PAY`"),
            (json!({"exclude": ["[a"]}), "[a", "pattern"),
            (json!({"since": "23.11.2026"}), "since", "2026-11-23"),
            (json!({"site": "acme"}), "site", "https://acme.atlassian.net"),
            (json!({"site": "javascript:alert(1)"}), "site", "https://acme.atlassian.net"),
            (json!({"fields": {"points": "Story Points"}}), "fields.points", "customfield_10016"),
            (json!({"fields": {"began_at": ""}}), "fields.began_at", "customfield_10016"),
            (json!({"fields": {"other": {"service": "cf[10041]"}}}), "fields.other.service", "customfield_10016"),
            (json!({"fields": {"other": {" ": "labels"}}}), "fields.other", "`service`"),
            (json!({"fields": {"names": {"Our sprint": "Iteration"}}}), "fields.names", "customfield_10016"),
            (json!({"fields": {"estimate": "x"}}), "estimate", "expected one of"),
            (json!({"statuses": {"closed": ["x"]}}), "closed", "`todo`"),
            (json!({"incidents": {"types": [""]}}), "pattern", "for example"),
            (json!({"incidents": {"jql": " "}}), "incidents.jql", "`labels = sev1`"),
        ] {
            let told = JiraSettings::from_json(&settings).unwrap_err().to_string();
            assert!(told.contains(field) && told.contains(advice), "{settings}: {told}");
        }
    }

    #[test]
    fn a_status_means_what_its_first_pattern_says_in_any_case() {
        let statuses = Statuses {
            todo: patterns(&["Backlog"]),
            doing: patterns(&["*review*", "released"]),
            done: patterns(&["released"]),
        };
        assert_eq!(statuses.category("BACKLOG"), Some("todo"));
        assert_eq!(statuses.category("In Review"), Some("doing"));
        assert_eq!(statuses.category("Released"), Some("doing"));
        assert_eq!(statuses.category("Done"), None);
    }

    #[test]
    fn an_incident_is_told_by_its_type_or_its_labels() {
        let incidents = Incidents::default();
        let labels = ["x".to_owned(), "Outage".to_owned()];
        assert!(incidents.is_incident(Some("Incident"), &[]) && incidents.is_incident(None, &labels));
        assert!(!incidents.is_incident(Some("Incident report"), &labels[..1]) && !incidents.is_incident(None, &[]));
    }
}
