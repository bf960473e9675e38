//! What Jira knows of pull requests.

use super::Listed;
use serde::Deserialize;

/// Stream `development`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Development {
    /// The key of the issue.
    pub(crate) key: Option<String>,
    pub(crate) detail: Listed<Detail>,
}

/// What one application told.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct Detail {
    pub(crate) pull_requests: Listed<PullRequest>,
}

/// A pull request.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct PullRequest {
    pub(crate) url: Option<String>,
    pub(crate) status: Option<String>,
    pub(crate) last_update: Option<String>,
}
