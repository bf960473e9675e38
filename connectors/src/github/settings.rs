//! What a person may decide about a connection to GitHub.

use crate::kind::kind;
use crate::version::is_prerelease;
use crate::{Error, Result};
use chrono::NaiveDate;
use pulse_engine::pattern::{Pattern, any_of, patterns};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// The settings of one connection, as they stand in the settings file and, as JSON, in raw.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct GithubSettings {
    /// Organizations and users whose repositories are read.
    pub owners: Vec<String>,
    /// Single repositories that are read, as `owner/name`.
    pub repositories: Vec<String>,
    /// Repositories that are left out, by their `owner/name`.
    pub exclude: Vec<Pattern>,
    /// Whether forks are read.
    pub forks: bool,
    /// Whether archived repositories are read.
    pub archived: bool,
    /// The first day that is read; everything by default.
    #[serde(with = "crate::since")]
    pub since: Option<NaiveDate>,
    /// Whether the jobs within workflow runs are read: a question for each run.
    pub jobs: bool,
    /// What counts as a deployment.
    pub deployments: Deployments,
    /// Which issues are incidents.
    pub incidents: Incidents,
    /// What the labels of an issue mean.
    pub work_items: WorkItems,
    /// Repositories that were read and are not to be any more, by GitHub's numbers: said by no person, but found out while reading.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub left: BTreeSet<String>,
}

/// What may tell of a deployment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum DeploymentSource {
    /// GitHub's own records of deployments.
    Deployments,
    /// Runs of the workflows that deploy.
    WorkflowRuns,
    /// Published releases.
    Releases,
    /// Tags.
    Tags,
}

/// What counts as a deployment.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Deployments {
    /// What tells of deployments. One that two of them tell of counts twice.
    pub from: Vec<DeploymentSource>,
    /// Environments that are production; upper and lower case alike.
    pub production: Vec<Pattern>,
    /// Workflows that deploy, by their name or the name of their file; upper and lower case alike.
    pub workflows: Vec<Pattern>,
    /// The branches whose runs of these workflows deploy. All of the repository's own when empty; runs of pull requests and of forks
    /// never do.
    pub branches: Vec<Pattern>,
    /// Tags that stand for a deployment, pre-releases included.
    pub tags: Vec<Pattern>,
    /// The environment of what names none: workflow runs, releases and tags.
    pub environment: String,
    /// The environment that pre-releases go to; it is never production.
    pub prerelease_environment: String,
    /// Names that tell of an unplanned fix; upper and lower case alike. Asked are a deployment's task, description and
    /// reference, a workflow run's name and branch, a release's name and tag.
    pub hotfix: Vec<Pattern>,
    /// Names that tell of a return to an older state, likewise.
    pub rollback: Vec<Pattern>,
}

/// Which issues are incidents; upper and lower case alike.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Incidents {
    /// Labels that make an issue an incident.
    pub labels: Vec<Pattern>,
    /// Labels that are the severity of one.
    pub severity: Vec<Pattern>,
}

/// What the labels of an issue mean; upper and lower case alike.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct WorkItems {
    /// Labels that say that work has begun.
    pub doing: Vec<Pattern>,
    /// The kinds of work, each with the labels that say so. Of several the first in the alphabet counts.
    pub kinds: BTreeMap<String, Vec<Pattern>>,
}

impl Default for GithubSettings {
    fn default() -> Self {
        Self {
            owners: Vec::new(),
            repositories: Vec::new(),
            exclude: Vec::new(),
            forks: false,
            archived: true,
            since: None,
            jobs: false,
            deployments: Deployments::default(),
            incidents: Incidents::default(),
            work_items: WorkItems::default(),
            left: BTreeSet::new(),
        }
    }
}

impl Default for Deployments {
    fn default() -> Self {
        Self {
            from: vec![DeploymentSource::Deployments],
            production: patterns(&["production", "prod", "prod-*", "production-*", "live"]),
            workflows: patterns(&["deploy*"]),
            branches: Vec::new(),
            tags: patterns(&["v*"]),
            environment: "production".to_owned(),
            prerelease_environment: "pre-release".to_owned(),
            hotfix: patterns(&["*hotfix*"]),
            rollback: patterns(&["*rollback*"]),
        }
    }
}

impl Default for Incidents {
    fn default() -> Self {
        Self { labels: patterns(&["incident", "outage"]), severity: patterns(&["sev*", "severity*"]) }
    }
}

impl Default for WorkItems {
    fn default() -> Self {
        let kinds = [("bug", patterns(&["bug*"])), ("feature", patterns(&["feature", "enhancement"]))];
        Self {
            doing: patterns(&["in progress", "doing", "in review"]),
            kinds: kinds.map(|(kind, labels)| (kind.to_owned(), labels)).into(),
        }
    }
}

impl GithubSettings {
    /// Reads settings from JSON.
    ///
    /// # Errors
    /// [`Error::Setting`], with the field that is wrong and what would be right.
    pub fn from_json(json: &serde_json::Value) -> Result<Self> {
        let settings = Self::deserialize(json).map_err(|e| refused(&e.to_string()))?;
        settings.check()?;
        Ok(settings)
    }

    /// The same with what was found out when the settings of its connection were landed.
    pub(crate) fn found_as(self, landed: Option<&serde_json::Value>) -> Self {
        let landed = landed.and_then(|landed| Self::deserialize(landed).ok());
        Self { left: landed.map(|landed| landed.left).unwrap_or_default(), ..self }
    }

    /// Whether nothing is named that is to be read: then it is what an app was given.
    pub(super) fn names_nothing(&self) -> bool {
        self.owners.is_empty() && self.repositories.is_empty()
    }

    /// Refuses what cannot be meant.
    pub(super) fn check(&self) -> Result<()> {
        for owner in &self.owners {
            if !is_owner(owner) {
                return Err(refused(&format!(
                    "`owners`: {owner:?} is not the name of an organization or user: write the name alone, for example `acme`; a single repository goes into `repositories`, as `acme/shop`"
                )));
            }
        }
        for repository in &self.repositories {
            let named = repository.split_once('/').is_some_and(|(owner, name)| is_owner(owner) && is_name(name));
            if !named {
                return Err(refused(&format!(
                    "`repositories`: {repository:?} is not a repository: write `owner/name`, for example `acme/shop`; all repositories of an owner are read with `owners`"
                )));
            }
        }
        let deployments = &self.deployments;
        for (field, environment) in
            [("environment", &deployments.environment), ("prerelease_environment", &deployments.prerelease_environment)]
        {
            if environment.trim().is_empty() {
                return Err(refused(&format!(
                    "`deployments.{field}` is empty, and every deployment goes somewhere: write a name, or leave the field out"
                )));
            }
        }
        if self.work_items.kinds.keys().any(|kind| kind.trim().is_empty()) {
            return Err(refused("`work_items.kinds` has a kind without a name: write one, for example `bug`"));
        }
        Ok(())
    }
}

fn refused(reason: &str) -> Error {
    Error::Setting(format!("settings of a connection to GitHub: {reason}"))
}

/// Names of accounts have letters, digits and hyphens; those that an enterprise manages an underscore, too.
fn is_owner(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'))
}

fn is_name(text: &str) -> bool {
    let lawful = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    !matches!(text, "" | "." | "..") && text.chars().all(lawful)
}

impl Deployments {
    /// Whether deployments are known from there.
    pub fn come_from(&self, source: DeploymentSource) -> bool {
        self.from.contains(&source)
    }

    /// Whether an environment is production.
    pub fn is_production(&self, environment: &str) -> bool {
        any_of(&self.production, environment)
    }

    /// Whether a run of that workflow deploys.
    pub(super) fn is_run(&self, name: &str, path: &str, branch: &str) -> bool {
        // A path may end with the reference that it was taken from: `.github/workflows/deploy.yml@refs/heads/main`.
        let file = path.split('@').next().and_then(|path| path.rsplit('/').next()).unwrap_or_default();
        let workflow = any_of(&self.workflows, name) || any_of(&self.workflows, file);
        workflow && (self.branches.is_empty() || self.branches.iter().any(|pattern| pattern.matches(branch)))
    }

    /// Whether a tag of that name stands for a deployment.
    pub(super) fn is_tag(&self, name: &str) -> bool {
        self.tags.iter().any(|pattern| pattern.matches(name))
    }

    /// Where a tag of that name goes, and whether that is production.
    pub(super) fn of_tag(&self, name: &str) -> (&str, bool) {
        self.goes_to(is_prerelease(name))
    }

    /// Where what names no environment goes, and whether that is production.
    pub(super) fn goes_to(&self, is_prerelease: bool) -> (&str, bool) {
        match is_prerelease {
            true => (&self.prerelease_environment, false),
            false => (&self.environment, self.is_production(&self.environment)),
        }
    }

    /// What a deployment of these names was made for.
    pub(super) fn kind(&self, names: &[Option<&str>]) -> &'static str {
        let names: Vec<&str> = names.iter().flatten().copied().collect();
        kind(&self.rollback, &self.hotfix, &names)
    }
}

impl Incidents {
    /// Whether an issue with these labels is an incident.
    pub(super) fn is_incident(&self, labels: &[String]) -> bool {
        labels.iter().any(|label| any_of(&self.labels, label))
    }

    /// The label that is the severity; of several, that of the first pattern.
    pub(super) fn severity<'a>(&self, labels: &'a [String]) -> Option<&'a str> {
        let of = |pattern: &Pattern| labels.iter().find(|label| pattern.matches_any_case(label));
        self.severity.iter().find_map(of).map(String::as_str)
    }
}

impl WorkItems {
    /// Whether a label says that work has begun.
    pub(super) fn is_doing(&self, label: &str) -> bool {
        // These are what an issue without such a label is.
        !matches!(label, "open" | "closed") && any_of(&self.doing, label)
    }

    /// What kind of work an issue with these labels is.
    pub(super) fn kind(&self, labels: &[String]) -> &str {
        let says = |patterns: &[Pattern]| labels.iter().any(|label| any_of(patterns, label));
        self.kinds.iter().find(|(_, patterns)| says(patterns)).map_or("issue", |(kind, _)| kind)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn told(settings: serde_json::Value) -> String {
        GithubSettings::from_json(&settings).unwrap_err().to_string()
    }

    #[test]
    fn what_is_left_out_of_the_settings_has_its_default() {
        let settings =
            json!({"owners": ["acme"], "since": "2026-11-23", "deployments": {"from": ["tags", "releases"]}});
        let settings = GithubSettings::from_json(&settings).unwrap();
        assert_eq!((settings.forks, settings.archived), (false, true));
        assert_eq!(settings.since, NaiveDate::from_ymd_opt(2026, 11, 23));
        assert_eq!(settings.deployments.from, [DeploymentSource::Tags, DeploymentSource::Releases]);
        assert_eq!(settings.deployments.environment, "production");
        assert_eq!(GithubSettings::from_json(&json!({})).unwrap(), GithubSettings::default());
    }

    #[test]
    fn settings_are_the_same_after_they_were_written_and_read() {
        let settings = GithubSettings { since: NaiveDate::from_ymd_opt(2026, 1, 2), ..GithubSettings::default() };
        let written = serde_json::to_value(&settings).unwrap();
        assert_eq!(written["since"], "2026-01-02");
        assert_eq!(GithubSettings::from_json(&written).unwrap(), settings);
    }

    #[test]
    fn a_wrong_setting_is_told_with_its_name_and_what_would_be_right() {
        for (settings, field, advice) in [
            (json!({"owner": ["acme"]}), "owner", "expected one of"),
            (json!({"owners": ["acme/shop"]}), "owners", "goes into `repositories`"),
            (json!({"owners": [""]}), "owners", "write the name alone"),
            (json!({"repositories": ["shop"]}), "repositories", "`owner/name`"),
            (json!({"repositories": ["https://github.com/acme/shop"]}), "repositories", "`owner/name`"),
            (json!({"repositories": ["acme/.."]}), "repositories", "`owner/name`"),
            (json!({"exclude": ["[a"]}), "[a", "pattern"),
            (json!({"since": "23.11.2026"}), "since", "2026-11-23"),
            (json!({"deployments": {"from": ["guesses"]}}), "guesses", "workflow_runs"),
            (json!({"deployments": {"environment": " "}}), "deployments.environment", "leave the field out"),
            (json!({"work_items": {"kinds": {"": ["x"]}}}), "work_items.kinds", "`bug`"),
        ] {
            let told = told(settings.clone());
            assert!(told.contains(field) && told.contains(advice), "{settings}: {told}");
        }
    }

    #[test]
    fn production_is_told_by_the_name_of_the_environment_in_any_case() {
        let deployments = Deployments::default();
        for name in ["production", "Production", "prod", "PROD-EU", "production-us", "live"] {
            assert!(deployments.is_production(name), "{name}");
        }
        for name in ["staging", "pre-production", "unknown", "products", ""] {
            assert!(!deployments.is_production(name), "{name}");
        }
    }

    #[test]
    fn a_workflow_deploys_by_its_name_or_its_file() {
        let deployments = Deployments::default();
        assert!(deployments.is_run("Deploy to production", ".github/workflows/cd.yml", "main"));
        assert!(deployments.is_run("CD", ".github/workflows/deploy.yml@refs/heads/main", "main"));
        assert!(!deployments.is_run("CI", ".github/workflows/ci.yml", "deploy"));
        let deployments = Deployments { branches: patterns(&["main", "release/*"]), ..deployments };
        assert!(deployments.is_run("deploy", "", "release/1") && !deployments.is_run("deploy", "", "feature"));
    }

    #[test]
    fn labels_tell_kind_severity_and_whether_it_is_an_incident() {
        let labels = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
        let items = WorkItems::default();
        assert_eq!(items.kind(&labels(&["enhancement", "Bug: crash"])), "bug");
        assert_eq!(items.kind(&labels(&["Feature"])), "feature");
        assert_eq!(items.kind(&labels(&["docs"])), "issue");
        let incidents = Incidents::default();
        assert!(incidents.is_incident(&labels(&["x", "Incident"])) && !incidents.is_incident(&labels(&["incidental"])));
        assert_eq!(incidents.severity(&labels(&["severity: high", "SEV1"])), Some("severity: high"));
        assert_eq!(incidents.severity(&labels(&["x"])), None);
    }
}
