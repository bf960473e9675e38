//! What the model is made from: rows of core, as typed and borrowed structs. Times are microseconds since 1970.

use crate::lineage::{Graph, Node, Sha};

/// A commit. Its parents stand in the repository's [`Graph`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Commit<'a> {
    /// Its id in core.
    pub id: &'a str,
    /// Its object id.
    pub sha: &'a str,
    /// The identity that authored it.
    pub author_id: Option<&'a str>,
    /// The first line of its message.
    pub title: Option<&'a str>,
    /// When it was authored.
    pub authored_at: Option<i64>,
    /// When it was committed.
    pub committed_at: Option<i64>,
    /// Lines added.
    pub additions: Option<i64>,
    /// Lines deleted.
    pub deletions: Option<i64>,
    /// The object ids that its message says it reverts.
    pub reverts: Vec<&'a str>,
    /// The object ids that its message says it was picked from.
    pub cherry_picked_from: Vec<&'a str>,
    /// The work items that its message names.
    pub work_item_keys: Vec<&'a str>,
    /// Whether its source no longer has it: the branch was rewritten. What it carried to production then stays true.
    pub is_gone: bool,
}

/// A pull request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PullRequest<'a> {
    /// Its id.
    pub id: &'a str,
    /// Its number in the repository.
    pub number: Option<i64>,
    /// Its title.
    pub title: Option<&'a str>,
    /// Where people open it.
    pub url: Option<&'a str>,
    /// The identity that opened it.
    pub author_id: Option<&'a str>,
    /// `open`, `merged` or `closed`.
    pub state: &'a str,
    /// Whether it is a draft now.
    pub is_draft: bool,
    /// When it was opened.
    pub created_at: Option<i64>,
    /// When it first left draft.
    pub ready_at: Option<i64>,
    /// When it was merged.
    pub merged_at: Option<i64>,
    /// When it was closed or merged.
    pub closed_at: Option<i64>,
    /// The commit that it became on its base branch.
    pub merge_commit_sha: Option<&'a str>,
    /// The last commit of its own branch.
    pub head_sha: Option<&'a str>,
    /// The branch that it goes into.
    pub base_branch: Option<&'a str>,
    /// Its own branch.
    pub head_branch: Option<&'a str>,
    /// Lines added.
    pub additions: Option<i64>,
    /// Lines deleted.
    pub deletions: Option<i64>,
    /// Files changed.
    pub changed_files: Option<i64>,
    /// Its labels.
    pub labels: Vec<&'a str>,
    /// The work items that it names; of a fact, all that it belongs to.
    pub work_item_keys: Vec<&'a str>,
}

impl PullRequest<'_> {
    /// Whether it was merged.
    pub fn is_merged(&self) -> bool {
        self.merged_at.is_some() || self.state == "merged"
    }

    /// When it was merged or closed.
    pub fn ended_at(&self) -> Option<i64> {
        self.merged_at.or(self.closed_at)
    }

    /// When it could be reviewed: when it left draft, or was opened as none. NULL while it is a draft.
    pub fn opened_at(&self) -> Option<i64> {
        self.ready_at.or(if self.is_draft { None } else { self.created_at })
    }
}

/// A commit on a pull request's own branch.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PullRequestCommit<'a> {
    /// Its pull request.
    pub pull_request_id: &'a str,
    /// Its object id.
    pub sha: &'a str,
    /// When it was authored.
    pub authored_at: Option<i64>,
    /// The identity that authored it.
    pub author_id: Option<&'a str>,
}

/// A pull request that the source of a work item knows of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct WorkItemLink<'a> {
    /// Where people open the pull request.
    pub url: &'a str,
    /// The name that people call the work item by.
    pub work_item_key: &'a str,
}

/// A submitted review.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Review<'a> {
    /// Its id.
    pub id: &'a str,
    /// Its pull request.
    pub pull_request_id: &'a str,
    /// The identity that reviewed.
    pub reviewer_id: Option<&'a str>,
    /// `approved`, `changes_requested`, `commented` or `dismissed`.
    pub state: Option<&'a str>,
    /// When it was submitted.
    pub submitted_at: i64,
}

/// A comment on a pull request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Comment<'a> {
    /// Its pull request.
    pub pull_request_id: &'a str,
    /// The identity that wrote it.
    pub author_id: Option<&'a str>,
    /// When it was written.
    pub created_at: i64,
}

/// A deployment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Deployment<'a> {
    /// Its id.
    pub id: &'a str,
    /// Its environment.
    pub environment: &'a str,
    /// Whether that is production.
    pub is_production: bool,
    /// `succeeded`, `failed`, `cancelled` or `running`.
    pub status: &'a str,
    /// The commit that was deployed.
    pub sha: Option<&'a str>,
    /// The tag or branch that was deployed.
    pub ref_name: Option<&'a str>,
    /// When it began.
    pub started_at: Option<i64>,
    /// When it finished.
    pub finished_at: Option<i64>,
    /// `regular`, `hotfix` or `rollback`.
    pub kind: Option<&'a str>,
    /// The incident that it was made to fix.
    pub incident_id: Option<&'a str>,
    /// Where people open it.
    pub url: Option<&'a str>,
    /// `tag` or `merge` when nobody recorded it.
    pub inferred_from: Option<&'a str>,
}

/// An incident.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Incident<'a> {
    /// Its id.
    pub id: &'a str,
    /// The service that failed.
    pub project_id: Option<&'a str>,
    /// The repository that failed.
    pub repository_id: Option<&'a str>,
    /// Its title.
    pub title: Option<&'a str>,
    /// Its severity.
    pub severity: Option<&'a str>,
    /// When it began.
    pub began_at: i64,
    /// When somebody took it up.
    pub acknowledged_at: Option<i64>,
    /// When service was restored.
    pub resolved_at: Option<i64>,
    /// The deployment that caused it, when its source says so.
    pub deployment_id: Option<&'a str>,
    /// The commit that caused it, when its source says so.
    pub caused_by_sha: Option<&'a str>,
    /// Where people open it.
    pub url: Option<&'a str>,
    /// Its status, as the source names it.
    pub status: Option<&'a str>,
    /// How it was closed, likewise.
    pub resolution: Option<&'a str>,
}

/// A person's decision on what caused an incident.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Override<'a> {
    /// Its id.
    pub id: &'a str,
    /// The incident.
    pub incident_id: &'a str,
    /// The deployment that caused it; `None` when none did.
    pub deployment_id: Option<&'a str>,
    /// Who decided.
    pub made_by: Option<&'a str>,
    /// When.
    pub made_at: i64,
    /// Why.
    pub reason: Option<&'a str>,
}

/// A person's decision on which deployment first carried a commit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LineageOverride<'a> {
    /// Its id.
    pub id: &'a str,
    /// The commit's object id, whole or abbreviated.
    pub sha: &'a str,
    /// The deployment that first carried it to its environment; `None` when none carried it to production.
    pub deployment_id: Option<&'a str>,
    /// When it was made.
    pub made_at: i64,
}

/// All that the model knows of one repository, each list in any order.
#[derive(Debug, Default)]
pub struct RepositoryInput<'a> {
    /// Its id.
    pub id: &'a str,
    /// The branch that changes are merged into.
    pub default_branch: Option<&'a str>,
    /// The commit that this branch stands at.
    pub default_sha: Option<&'a str>,
    /// Its commits with their parents.
    pub commits: Commits<'a>,
    /// Its pull requests.
    pub pull_requests: Vec<PullRequest<'a>>,
    /// Their own commits.
    pub pull_request_commits: Vec<PullRequestCommit<'a>>,
    /// The work items whose sources know of them.
    pub work_item_links: Vec<WorkItemLink<'a>>,
    /// Their reviews.
    pub reviews: Vec<Review<'a>>,
    /// Their comments.
    pub comments: Vec<Comment<'a>>,
    /// Its deployments, to every environment.
    pub deployments: Vec<Deployment<'a>>,
    /// What people decided about what those carried.
    pub lineage_overrides: Vec<LineageOverride<'a>>,
}

/// The commits of a repository and their parents. Each is there once, in whatever order its rows came.
#[derive(Debug, Default)]
pub struct Commits<'a> {
    graph: Graph,
    rows: Vec<Commit<'a>>,
    /// The place of each node's commit.
    places: Vec<u32>,
}

/// No place.
const NONE: u32 = u32::MAX;

impl<'a> Commits<'a> {
    /// Makes room for so many commits.
    pub(super) fn reserve(&mut self, commits: usize) {
        self.graph.reserve(commits);
        self.rows.reserve_exact(commits);
        self.places.reserve_exact(commits);
    }

    /// Adds a commit. Of several rows of one commit that which its source still has counts, and of those the one with the
    /// smallest id. What has no whole object id is left out.
    pub fn add(&mut self, commit: Commit<'a>, parents: impl IntoIterator<Item = Sha>) {
        let Some(sha) = Sha::parse(commit.sha) else { return };
        let known = self.graph.find(&sha).map(|node| self.places[node.index()] as usize);
        match known.and_then(|place| self.rows.get_mut(place)) {
            Some(row) if (row.is_gone, row.id) <= (commit.is_gone, commit.id) => return,
            Some(row) => *row = commit,
            None => self.rows.push(commit),
        }
        let node = self.graph.add(sha, parents);
        self.places.resize(self.graph.len(), NONE);
        self.places[node.index()] = known.map_or_else(|| self.rows.len() as u32 - 1, |place| place as u32);
    }

    /// The parents of the commits.
    pub fn graph(&self) -> &Graph {
        &self.graph
    }

    /// The commits, in the order in which they were first added.
    pub fn rows(&self) -> &[Commit<'a>] {
        &self.rows
    }

    /// A node's commit.
    pub fn of(&self, node: Node) -> Option<&Commit<'a>> {
        self.rows.get(*self.places.get(node.index())? as usize)
    }
}
