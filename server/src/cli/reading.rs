//! How a repository is read: what is asked for now, and what was before.

use crate::{Config, Result};
use clap::Args;
use pulse_connectors::git::{Deployments, GitSettings, Pattern};

/// The options of reading. One that is not given leaves the repository's setting as it is in the lake.
#[derive(Clone, Debug, Default, Args)]
pub(super) struct Reading {
    /// Tags that stand for a production deployment; may be given again [default: as before, at first v*]
    #[arg(long, value_name = "PATTERN")]
    deployments: Vec<String>,
    /// Take each merge into this branch for a production deployment, and tags only if --deployments names them
    #[arg(long, value_name = "BRANCH")]
    merges: Option<String>,
    /// Land the files that each commit changed, too; the first time takes many times longer. --files=false ends it
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    files: Option<bool>,
    /// The name that the repository goes by in the lake [default: its folder's]
    #[arg(long, value_name = "NAME")]
    pub(super) name: Option<String>,
    /// Accept a shallow clone: its oldest deployments will seem smaller than they were. --allow-shallow=false ends it
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    allow_shallow: Option<bool>,
}

/// The settings that a repository is read under.
#[derive(Debug, PartialEq)]
pub(super) struct Decided {
    pub(super) settings: GitSettings,
    /// What of them nobody asked for now and is not the default either: a figure should not rest on it untold.
    pub(super) kept: Option<String>,
}

impl Reading {
    /// The settings for a repository that was read under `before`, if it was: what is asked for now goes before the settings
    /// file, and that before what was.
    ///
    /// `--deployments` and `--merges` together say what a deployment is, so either of them replaces both, and the settings
    /// file, which knows tags alone, counts only when neither is given: else a change would be counted by its merge and
    /// again by its tag.
    pub(super) fn decide(&self, config: &Config, before: Option<GitSettings>) -> Result<Decided> {
        let mut settings = before.unwrap_or_default();
        let deployments = &mut settings.deployments;
        let defines = !self.deployments.is_empty() || self.merges.is_some();
        let patterns = if defines { &self.deployments } else { &config.deployments };
        let mut kept = Vec::new();
        if defines || !patterns.is_empty() {
            deployments.tags = patterns.iter().map(|p| Pattern::new(p.as_str())).collect::<Result<_, _>>()?;
            deployments.merges = self.merges.as_deref().map(Pattern::new).transpose()?;
        } else {
            kept.extend(definition(deployments));
        }
        for (name, asked, setting) in [
            ("files", self.files, &mut settings.files),
            ("allow-shallow", self.allow_shallow, &mut settings.allow_shallow),
        ] {
            if asked.is_none() && *setting {
                kept.push(format!("{name}: true"));
            }
            *setting = asked.unwrap_or(*setting);
        }
        let kept = (!kept.is_empty()).then(|| format!("{}, as set before", kept.join("; ")));
        Ok(Decided { settings, kept })
    }
}

/// What a deployment is, when it was set and is not the default.
fn definition(deployments: &Deployments) -> Option<String> {
    let defaults = Deployments::default();
    let tags = deployments.tags.iter().map(|p| p.as_str().to_owned());
    let merges = deployments.merges.iter().map(|branch| format!("merges into {}", branch.as_str()));
    let parts: Vec<_> = tags.chain(merges).collect();
    let differs = deployments.tags != defaults.tags || deployments.merges != defaults.merges;
    (differs && !parts.is_empty()).then(|| format!("deployments: {}", parts.join(" and ")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn before(settings: Value) -> Option<GitSettings> {
        Some(GitSettings::from_json(&settings).unwrap())
    }

    fn decided(reading: &Reading, config: &Config, before: Option<GitSettings>) -> (Value, Option<String>) {
        let decided = reading.decide(config, before).unwrap();
        let all = serde_json::to_value(&decided.settings).unwrap();
        let deployments = &all["deployments"];
        let told = json!([deployments["tags"], deployments["merges"], all["files"], all["allow_shallow"]]);
        (told, decided.kept)
    }

    #[test]
    fn what_is_not_asked_for_stays_and_is_told_where_it_is_not_the_default() {
        let nothing = Reading::default();
        let plain = Config::default();
        assert_eq!(decided(&nothing, &plain, None), (json!([["v*"], null, false, false]), None));
        assert_eq!(decided(&nothing, &plain, before(json!({}))), (json!([["v*"], null, false, false]), None));
        let set = json!({"deployments": {"tags": ["v5"], "merges": "main"}, "files": true, "allow_shallow": true});
        let told = "deployments: v5 and merges into main; files: true; allow-shallow: true, as set before";
        assert_eq!(decided(&nothing, &plain, before(set)), (json!([["v5"], "main", true, true]), Some(told.into())));
        // What no option names stays as well.
        let kept = nothing.decide(&plain, before(json!({"deployments": {"environment": "live"}}))).unwrap();
        assert_eq!(kept.settings.deployments.environment, "live");
    }

    #[test]
    fn what_is_asked_for_replaces_itself_alone() {
        let set = || before(json!({"deployments": {"tags": ["v5"]}, "files": true}));
        let plain = Config::default();
        let back = Reading { deployments: vec!["v*".into()], ..Reading::default() };
        let files = Some("files: true, as set before".to_owned());
        assert_eq!(decided(&back, &plain, set()), (json!([["v*"], null, true, false]), files.clone()));
        let merges = Reading { merges: Some("main".into()), ..Reading::default() };
        assert_eq!(decided(&merges, &plain, set()), (json!([[], "main", true, false]), files));
        let without = Reading { files: Some(false), ..Reading::default() };
        let tags = Some("deployments: v5, as set before".to_owned());
        assert_eq!(decided(&without, &plain, set()), (json!([["v5"], null, false, false]), tags));
        let merged = before(json!({"deployments": {"tags": [], "merges": "main"}}));
        assert_eq!(decided(&back, &plain, merged), (json!([["v*"], null, false, false]), None));
    }

    #[test]
    fn the_settings_file_goes_before_what_was_and_after_the_command_line() {
        let file = Config { deployments: vec!["release-*".into()], ..Config::default() };
        let set = || before(json!({"deployments": {"tags": ["v5"]}}));
        assert_eq!(decided(&Reading::default(), &file, set()), (json!([["release-*"], null, false, false]), None));
        let asked = Reading { deployments: vec!["x*".into()], ..Reading::default() };
        assert_eq!(decided(&asked, &file, set()), (json!([["x*"], null, false, false]), None));
        // Merges do not stand beside the file's tags, neither when they are asked for nor when they were.
        let merges = Reading { merges: Some("main".into()), ..Reading::default() };
        assert_eq!(decided(&merges, &file, set()), (json!([[], "main", false, false]), None));
        let merged = before(json!({"deployments": {"tags": [], "merges": "main"}}));
        assert_eq!(decided(&Reading::default(), &file, merged), (json!([["release-*"], null, false, false]), None));
    }
}
