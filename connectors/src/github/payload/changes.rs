//! Commits and pull requests.

use super::{Account, Comment, Label, Nodes, Number, Thread};
use serde::Deserialize;

/// Stream `commits`: an item of a REST answer.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Commit {
    pub(crate) sha: Option<String>,
    pub(crate) commit: CommitBody,
    pub(crate) author: Option<Account>,
    pub(crate) committer: Option<Account>,
    pub(crate) parents: Vec<Parent>,
}

/// What stands in the commit itself.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct CommitBody {
    pub(crate) author: Option<Signature>,
    pub(crate) committer: Option<Signature>,
    pub(crate) message: Option<String>,
}

/// Who made a commit, and when. `user` is the account, where GraphQL tells it here.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Signature {
    pub(crate) name: Option<String>,
    pub(crate) email: Option<String>,
    pub(crate) date: Option<String>,
    pub(crate) user: Option<Account>,
}

/// A commit's parent.
#[derive(Debug, Deserialize)]
pub(crate) struct Parent {
    pub(crate) sha: String,
}

/// Stream `pull_requests`.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct PullRequest {
    pub(crate) title: Option<String>,
    pub(crate) body: Option<String>,
    pub(crate) url: Option<String>,
    pub(crate) state: Option<String>,
    pub(crate) is_draft: Option<bool>,
    pub(crate) created_at: Option<String>,
    pub(crate) merged_at: Option<String>,
    pub(crate) closed_at: Option<String>,
    pub(crate) additions: Option<i64>,
    pub(crate) deletions: Option<i64>,
    pub(crate) changed_files: Option<i64>,
    pub(crate) base_ref_name: Option<String>,
    pub(crate) head_ref_name: Option<String>,
    pub(crate) head_ref_oid: Option<String>,
    pub(crate) merge_commit: Option<super::Object>,
    /// None once it is merged or closed.
    pub(crate) auto_merge_request: Option<AutoMerge>,
    pub(crate) author: Option<Account>,
    pub(crate) merged_by: Option<Account>,
    pub(crate) labels: Nodes<Label>,
    pub(crate) commits: Nodes<RequestCommit>,
    pub(crate) reviews: Nodes<Review>,
    pub(crate) comments: Nodes<Comment>,
    pub(crate) review_threads: Nodes<Thread>,
    pub(crate) timeline_items: Nodes<RequestEvent>,
}

/// That it is to be merged by itself.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct AutoMerge {
    pub(crate) enabled_at: Option<String>,
}

/// A commit on the branch of a pull request.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct RequestCommit {
    pub(crate) commit: RequestCommitBody,
}

/// What is told of it.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct RequestCommitBody {
    pub(crate) oid: Option<String>,
    pub(crate) authored_date: Option<String>,
    pub(crate) author: Option<Signature>,
}

/// A review.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct Review {
    pub(crate) database_id: Option<Number>,
    pub(crate) full_database_id: Option<Number>,
    pub(crate) state: Option<String>,
    pub(crate) created_at: Option<String>,
    pub(crate) submitted_at: Option<String>,
    pub(crate) author: Option<Account>,
}

/// Something that happened to a pull request.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct RequestEvent {
    #[serde(rename = "__typename")]
    pub(crate) kind: String,
    pub(crate) id: Option<String>,
    pub(crate) created_at: Option<String>,
    pub(crate) actor: Option<Account>,
    pub(crate) requested_reviewer: Option<Account>,
}
