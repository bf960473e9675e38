//! Pull requests with their reviews, comments and events.

use super::Time;

/// The state of a pull request. GraphQL tells three, REST tells `closed` for a merged one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Neither merged nor closed.
    Open,
    /// Closed without a merge.
    Closed,
    /// Merged.
    Merged,
}

/// How a pull request comes into its base branch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MergeMethod {
    /// A merge commit with two parents.
    Merge,
    /// One new commit with everything.
    Squash,
    /// A copy of each commit.
    Rebase,
}

/// A pull request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PullRequest {
    /// Its database id.
    pub id: i64,
    /// Its number, from the same row as issues' numbers.
    pub number: u64,
    /// Its title.
    pub title: String,
    /// Its text.
    pub body: String,
    /// Open, closed or merged.
    pub state: State,
    /// Whether it is a draft.
    pub is_draft: bool,
    /// When it was opened.
    pub created_at: Time,
    /// When anything of it changed last.
    pub updated_at: Time,
    /// When it was merged.
    pub merged_at: Option<Time>,
    /// When it was closed or merged.
    pub closed_at: Option<Time>,
    /// Lines added.
    pub additions: u64,
    /// Lines deleted.
    pub deletions: u64,
    /// Files changed.
    pub changed_files: u64,
    /// The branch that it goes to.
    pub base: String,
    /// The branch that it comes from, which may be deleted since.
    pub head: String,
    /// The head's commit.
    pub head_sha: String,
    /// What came onto the base branch by the merge: the merge commit, the squashed one or the last of the copies.
    pub merge_sha: Option<String>,
    /// When someone asked for a merge as soon as the checks pass; gone after the merge.
    pub auto_merge_enabled_at: Option<Time>,
    /// Who opened it; `None` is a deleted account.
    pub author: Option<String>,
    /// Who merged it.
    pub merged_by: Option<String>,
    /// Names of its labels.
    pub labels: Vec<String>,
    /// Its commits' shas, oldest first.
    pub commits: Vec<String>,
    /// Its reviews, oldest first.
    pub reviews: Vec<Review>,
    /// Its comments, oldest first.
    pub comments: Vec<Comment>,
    /// The threads of its reviews, oldest first.
    pub threads: Vec<ReviewThread>,
    /// What happened to it, oldest first.
    pub events: Vec<PullRequestEvent>,
}

/// What a reviewer said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReviewState {
    /// Words alone.
    Commented,
    /// Not like this.
    ChangesRequested,
    /// Good.
    Approved,
    /// It was one of the others until somebody set it aside.
    Dismissed,
}

/// A review of a pull request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Review {
    /// Its database id.
    pub id: i64,
    /// What the reviewer said.
    pub state: ReviewState,
    /// When it was begun.
    pub created_at: Time,
    /// When it was submitted.
    pub submitted_at: Time,
    /// Who wrote it.
    pub author: Option<String>,
    /// The commit that it is about.
    pub commit: String,
}

/// A comment on a pull request or an issue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comment {
    /// Its database id.
    pub id: i64,
    /// When it was written.
    pub created_at: Time,
    /// Who wrote it.
    pub author: Option<String>,
}

/// Comments on one place of the code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReviewThread {
    /// Its id.
    pub id: i64,
    /// Whether somebody called it settled.
    pub is_resolved: bool,
    /// Its comments, oldest first.
    pub comments: Vec<Comment>,
}

/// One whose review is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reviewer {
    /// A person or a bot, by login.
    Account(String),
    /// A team, by id.
    Team(i64),
}

/// Something that happened to a pull request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PullRequestEvent {
    /// Its id.
    pub id: i64,
    /// When it happened.
    pub created_at: Time,
    /// Who did it.
    pub actor: Option<String>,
    /// What happened.
    pub kind: PullRequestEventKind,
}

/// What happened to a pull request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PullRequestEventKind {
    /// It is no draft any more.
    ReadyForReview,
    /// It is a draft again.
    ConvertedToDraft,
    /// Someone was asked for a review.
    ReviewRequested(Reviewer),
    /// And not any more.
    ReviewRequestRemoved(Reviewer),
    /// It is to be merged as soon as the checks have passed.
    AutoMergeEnabled,
    /// And not any more.
    AutoMergeDisabled,
}
