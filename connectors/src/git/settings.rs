//! What a person may decide about a repository.

use super::Pattern;
use crate::kind::kind;
use crate::version::is_prerelease;
use crate::{Error, Result};
use serde::{Deserialize, Serialize};

/// The settings of one repository's connection, as they stand in the settings file and, as JSON, in raw.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct GitSettings {
    /// The connection's name, the second part of every key; by default the name of the repository's folder.
    pub name: Option<String>,
    /// What counts as a deployment.
    pub deployments: Deployments,
    /// Whether to land the files that each commit changed, with line counts. It makes the first sync many times slower.
    pub files: bool,
    /// Whether a shallow clone is read as it is. Its oldest deployments then seem smaller than they were.
    pub allow_shallow: bool,
}

/// What counts as a deployment of a repository that records none.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Deployments {
    /// Tags that stand for a deployment, pre-releases included. Empty when tags mean nothing.
    pub tags: Vec<Pattern>,
    /// The branch whose first-parent merge commits each stand for a deployment; the default branch is preferred when
    /// several match. None by default.
    pub merges: Option<Pattern>,
    /// The environment that they go to.
    pub environment: String,
    /// The environment that pre-releases (`v1.2.0-rc.1`, `2.0.0-beta`) go to; it is never production.
    pub prerelease_environment: String,
    /// Names of tags that tell of an unplanned fix; upper and lower case alike. Of a merge, the first word of the merged
    /// branch's name must match, `hotfix` in `hotfix/login`: a title may speak of anything.
    pub hotfix: Vec<Pattern>,
    /// Names that tell of a return to an older state, likewise.
    pub rollback: Vec<Pattern>,
}

impl Default for Deployments {
    fn default() -> Self {
        let pattern = |text: &str| Pattern::new(text).into_iter().collect::<Vec<_>>();
        Self {
            tags: pattern("v*"),
            merges: None,
            environment: "production".to_owned(),
            prerelease_environment: "pre-release".to_owned(),
            hotfix: pattern("*hotfix*"),
            rollback: pattern("*rollback*"),
        }
    }
}

impl GitSettings {
    /// The same under the name that the landed settings of its connection have.
    pub(crate) fn found_as(self, landed: Option<&serde_json::Value>) -> Self {
        let landed = landed.and_then(|landed| Self::deserialize(landed).ok());
        Self { name: self.name.or(landed.and_then(|landed| landed.name)), ..self }
    }

    /// Reads settings from JSON.
    ///
    /// # Errors
    /// [`Error::Setting`], with the field that is wrong.
    pub fn from_json(json: &serde_json::Value) -> Result<Self> {
        Self::deserialize(json).map_err(|e| Error::Setting(format!("settings of a git repository: {e}")))
    }

    /// A name that fits into a key, which is split at `:`.
    pub(super) fn check_name(name: &str) -> Result<()> {
        if name.trim().is_empty() || name.contains([':', '/', '\\']) || name.chars().any(char::is_control) {
            return Err(Error::Setting(format!(
                "`{}` cannot be the name of a connection: use text without `:`, `/` and `\\`",
                name.escape_default()
            )));
        }
        Ok(())
    }
}

/// Where a deployment goes and what it is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Sort<'a> {
    pub(super) environment: &'a str,
    pub(super) is_production: bool,
    pub(super) kind: &'static str,
}

impl Deployments {
    /// Whether a tag of that name stands for a deployment.
    pub fn matches_tag(&self, name: &str) -> bool {
        self.tags.iter().any(|p| p.matches(name))
    }

    /// The sort of deployment that a tag stands for.
    pub(super) fn of_tag(&self, name: &str) -> Sort<'_> {
        let prerelease = is_prerelease(name);
        let environment = if prerelease { &self.prerelease_environment } else { &self.environment };
        Sort { environment, is_production: !prerelease, kind: self.kind(name) }
    }

    /// The sort of deployment that a merge with that title stands for.
    pub(super) fn of_merge(&self, title: &str) -> Sort<'_> {
        Sort { environment: &self.environment, is_production: true, kind: self.kind(branch_kind(title)) }
    }

    fn kind(&self, name: &str) -> &'static str {
        kind(&self.rollback, &self.hotfix, &[name])
    }
}

/// The first word of the branch that a merge with that title merged, as git and the forges write it; empty when the title
/// does not tell.
fn branch_kind(title: &str) -> &str {
    let quoted = |rest: &'_ str| rest.strip_prefix('\'').and_then(|rest| rest.split('\'').next()).map(str::len);
    let branch = if let Some(rest) = title.strip_prefix("Merge branch ") {
        quoted(rest).map(|n| &rest[1..=n])
    } else if let Some(rest) = title.strip_prefix("Merge remote-tracking branch ") {
        quoted(rest).and_then(|n| rest[1..=n].split_once('/')).map(|(_, branch)| branch)
    } else if let Some(rest) = title.strip_prefix("Merge pull request ") {
        let from = rest.split_once(" from ").map(|(_, from)| from);
        from.map(|from| from.split_once('/').map_or(from, |(_, branch)| branch))
    } else {
        title.strip_prefix("Merged in ")
    };
    branch.and_then(|branch| branch.split(['/', '-', '_', ' ']).next()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_out_of_the_settings_has_its_default() {
        let settings = GitSettings::from_json(&serde_json::json!({"deployments": {"tags": ["release-*"]}})).unwrap();
        assert!(settings.deployments.matches_tag("release-1") && !settings.deployments.matches_tag("v1"));
        assert_eq!(settings.deployments.environment, "production");
        assert!(!settings.files && settings.name.is_none() && settings.deployments.merges.is_none());
    }

    #[test]
    fn a_misspelt_setting_is_an_error_that_names_it() {
        let error = GitSettings::from_json(&serde_json::json!({"deployment": {}})).unwrap_err();
        assert!(error.to_string().contains("deployment"), "{error}");
    }

    #[test]
    fn a_tags_name_tells_environment_and_kind() {
        let deployments = Deployments::default();
        let sort = |environment, is_production, kind| Sort { environment, is_production, kind };
        assert_eq!(deployments.of_tag("v1.0.0"), sort("production", true, "regular"));
        assert_eq!(deployments.of_tag("v1.0.0-rc.1"), sort("pre-release", false, "regular"));
        assert_eq!(deployments.of_tag("v1.0.1-Hotfix"), sort("production", true, "hotfix"));
        assert_eq!(deployments.of_tag("v1.0.1-hotfix-rollback"), sort("production", true, "rollback"));
        assert_eq!(deployments.of_merge("Merge branch 'hotfix/login'"), sort("production", true, "hotfix"));
    }

    #[test]
    fn a_merge_is_of_the_kind_that_its_branch_begins_with() {
        let kind = |title: &str| Deployments::default().of_merge(title).kind;
        for (title, expected) in [
            ("Merge branch 'hotfix/login' into main", "hotfix"),
            ("Merge branch 'hotfix-1.2.1'", "hotfix"),
            ("Merge branch 'Rollback/2' of example.com:a/b", "rollback"),
            ("Merge remote-tracking branch 'origin/hotfix/x'", "hotfix"),
            ("Merge pull request #5 from acme/hotfix/x", "hotfix"),
            ("Merged in hotfix/x (pull request #5)", "hotfix"),
            ("Merge pull request #5 from acme/add-rollback-button", "regular"),
            ("Merge pull request #5 from hotfix-team/feature/x", "regular"),
            ("Merge branch 'feature/hotfix-banner'", "regular"),
            ("Merge branch 'main' into hotfix/x", "regular"),
            ("Merge the hotfix of yesterday", "regular"),
            ("Merge branch ", "regular"),
            ("", "regular"),
        ] {
            assert_eq!(kind(title), expected, "{title}");
        }
    }

    #[test]
    fn a_connections_name_cannot_break_its_keys() {
        for bad in ["", " ", "a:b", "a/b", "a\nb"] {
            assert!(GitSettings::check_name(bad).is_err(), "{bad:?} was accepted");
        }
        assert!(GitSettings::check_name("pulse").is_ok());
    }
}
