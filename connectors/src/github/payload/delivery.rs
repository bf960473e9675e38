//! Repositories, and what leaves them: tags, releases, deployments, workflow runs.

use super::{Account, Nodes, Number};
use serde::Deserialize;

/// Stream `repositories`.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct Repository {
    pub(crate) name_with_owner: Option<String>,
    pub(crate) url: Option<String>,
    pub(crate) is_fork: Option<bool>,
    pub(crate) is_archived: Option<bool>,
    pub(crate) created_at: Option<String>,
    /// None while it is empty.
    pub(crate) default_branch_ref: Option<Branch>,
}

/// A branch and where it stands.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Branch {
    pub(crate) name: Option<String>,
    pub(crate) target: Option<Object>,
}

/// A git object that is named and no more.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Object {
    pub(crate) oid: Option<String>,
}

/// Stream `tags`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Tag {
    pub(crate) target: Option<Target>,
}

/// What a tag names: a commit, or a tag object with a target of its own, or a tree or file.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct Target {
    #[serde(rename = "__typename")]
    pub(crate) kind: String,
    pub(crate) oid: Option<String>,
    pub(crate) committed_date: Option<String>,
    pub(crate) tagger: Option<Tagger>,
    pub(crate) target: Option<Box<Target>>,
}

/// Who made a tag object, and when.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Tagger {
    pub(crate) date: Option<String>,
}

/// Stream `releases`.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct Release {
    pub(crate) name: Option<String>,
    pub(crate) tag_name: Option<String>,
    pub(crate) tag_commit: Option<Object>,
    pub(crate) is_draft: bool,
    pub(crate) is_prerelease: bool,
    pub(crate) published_at: Option<String>,
    pub(crate) url: Option<String>,
    pub(crate) author: Option<Account>,
}

/// Stream `deployments`.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct Deployment {
    pub(crate) commit_oid: Option<String>,
    pub(crate) r#ref: Option<Reference>,
    pub(crate) environment: Option<String>,
    /// What it was called when the deployment was made.
    pub(crate) original_environment: Option<String>,
    pub(crate) task: Option<String>,
    pub(crate) description: Option<String>,
    pub(crate) created_at: Option<String>,
    pub(crate) creator: Option<Account>,
    pub(crate) statuses: Nodes<Status>,
}

/// A reference by its name.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Reference {
    pub(crate) name: Option<String>,
}

/// How a deployment stood at some instant.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct Status {
    pub(crate) state: Option<String>,
    pub(crate) created_at: Option<String>,
    pub(crate) environment_url: Option<String>,
    pub(crate) log_url: Option<String>,
}

/// Stream `workflow_runs`: an item of a REST answer.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Run {
    pub(crate) name: Option<String>,
    pub(crate) path: Option<String>,
    pub(crate) head_sha: Option<String>,
    pub(crate) head_branch: Option<String>,
    pub(crate) status: Option<String>,
    pub(crate) conclusion: Option<String>,
    pub(crate) created_at: Option<String>,
    pub(crate) run_started_at: Option<String>,
    pub(crate) updated_at: Option<String>,
    pub(crate) html_url: Option<String>,
    pub(crate) actor: Option<Account>,
    pub(crate) triggering_actor: Option<Account>,
    /// What set it off: `push`, `pull_request`, …
    pub(crate) event: Option<String>,
    pub(crate) repository: Option<Numbered>,
    /// Whose branch it is of.
    pub(crate) head_repository: Option<Numbered>,
}

/// A repository by its number.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Numbered {
    pub(crate) id: Option<Number>,
}

impl Run {
    /// Whether it is of what somebody wants merged, and not of what its repository holds: set off by a pull request (`pull_request`,
    /// `pull_request_target`, `pull_request_review`, …), or of another repository's branch, whatever name that has.
    pub(crate) fn is_of_a_request(&self) -> bool {
        let id = |of: &Option<Numbered>| of.as_ref()?.id.map(|number| number.0);
        let is_foreign = id(&self.head_repository).zip(id(&self.repository)).is_some_and(|(head, own)| head != own);
        is_foreign || self.event.as_deref().is_some_and(|event| event.starts_with("pull_request"))
    }
}

/// Stream `jobs`: those of one attempt of a run, of all pages of a REST answer.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Jobs {
    pub(crate) jobs: Vec<Job>,
}

/// A job of a run.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Job {
    pub(crate) id: Option<Number>,
    pub(crate) name: Option<String>,
    pub(crate) status: Option<String>,
    pub(crate) conclusion: Option<String>,
    pub(crate) started_at: Option<String>,
    pub(crate) completed_at: Option<String>,
    pub(crate) runner_name: Option<String>,
    pub(crate) html_url: Option<String>,
}
