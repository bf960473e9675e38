//! A repository and how things in it are found.

use super::{Commit, Deployment, Issue, Milestone, PullRequest, Release, Tag, Time, WorkflowRun};
use std::collections::BTreeMap;

/// A repository with everything in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Repository {
    /// Its database id.
    pub id: i64,
    /// Its name without the owner's.
    pub name: String,
    /// Names that it had before and that still lead to it.
    pub former_names: Vec<String>,
    /// Whether it is a fork.
    pub is_fork: bool,
    /// Whether it is archived.
    pub is_archived: bool,
    /// Whether it is private.
    pub is_private: bool,
    /// Whether it is in no list of its owner's for a while, though it is there.
    pub is_elsewhere: bool,
    /// The owner that it was transferred to, in whose list it is, and not in this organization's.
    pub transferred_to: Option<String>,
    /// When it was made.
    pub created_at: Time,
    /// When the repository itself changed last; what happens to a pull request or an issue in it does not count.
    pub updated_at: Time,
    /// When it was pushed to last.
    pub pushed_at: Option<Time>,
    /// The name of the default branch, which does not exist while the repository is empty.
    pub default_branch: String,
    /// Commits by sha, also those that no branch leads to any more.
    pub commits: BTreeMap<String, Commit>,
    /// Branches: the sha by the name.
    pub branches: BTreeMap<String, String>,
    /// Tags by name.
    pub tags: BTreeMap<String, Tag>,
    /// Pull requests by number.
    pub pull_requests: BTreeMap<u64, PullRequest>,
    /// Issues by number.
    pub issues: BTreeMap<u64, Issue>,
    /// Milestones by number.
    pub milestones: BTreeMap<u64, Milestone>,
    /// Deployments by id.
    pub deployments: BTreeMap<i64, Deployment>,
    /// Releases by id.
    pub releases: BTreeMap<i64, Release>,
    /// Workflow runs by id.
    pub runs: BTreeMap<i64, WorkflowRun>,
    /// The number that the last issue or pull request got. A deleted issue's number is not given again.
    pub last_number: u64,
}

impl Repository {
    /// An empty repository.
    pub fn new(id: i64, name: &str, created_at: Time) -> Self {
        Self {
            id,
            name: name.to_owned(),
            former_names: Vec::new(),
            is_fork: false,
            is_archived: false,
            is_private: true,
            is_elsewhere: false,
            transferred_to: None,
            created_at,
            updated_at: created_at,
            pushed_at: None,
            default_branch: "main".to_owned(),
            commits: BTreeMap::new(),
            branches: BTreeMap::new(),
            tags: BTreeMap::new(),
            pull_requests: BTreeMap::new(),
            issues: BTreeMap::new(),
            milestones: BTreeMap::new(),
            deployments: BTreeMap::new(),
            releases: BTreeMap::new(),
            runs: BTreeMap::new(),
            last_number: 0,
        }
    }

    /// Whether nothing was ever pushed.
    pub fn is_empty(&self) -> bool {
        self.branches.is_empty()
    }

    /// The sha that the default branch is at.
    pub fn default_head(&self) -> Option<&str> {
        self.branches.get(&self.default_branch).map(String::as_str)
    }

    /// The commit that a branch, a tag, a full ref or a sha (whole, or at least seven digits of it) means.
    pub fn resolve(&self, name: &str) -> Option<&str> {
        let branch = name.strip_prefix("refs/heads/").or_else(|| name.strip_prefix("heads/")).unwrap_or(name);
        let tag = name.strip_prefix("refs/tags/").or_else(|| name.strip_prefix("tags/")).unwrap_or(name);
        if name == "HEAD" {
            return self.default_head();
        }
        let by_ref = self.branches.get(branch).or_else(|| self.tags.get(tag).map(|t| &t.commit));
        by_ref.map(String::as_str).or_else(|| {
            let is_short = name.len() >= 7 && name.bytes().all(|b| b.is_ascii_hexdigit());
            let first = self.commits.range(name.to_owned()..).next().map(|(sha, _)| sha.as_str());
            first.filter(|sha| is_short && sha.starts_with(name))
        })
    }

    /// The next number for an issue or a pull request.
    pub fn next_number(&mut self) -> u64 {
        self.last_number += 1;
        self.last_number
    }
}
