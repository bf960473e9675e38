//! Changes: merged pull requests, and commits that reached production outside of one.
//!
//! No commit counts twice: what belongs to a pull request is not a change of its own, a merge commit is none, and a
//! cherry-pick is the same change as what it was picked from, delivered by whichever came first.

use super::facts::{ChangeFact, Delivery, Lineage};
use super::input::{Commit, PullRequest, PullRequestCommit, RepositoryInput, Review};
use super::organisation::Organisation;
use super::reviews;
use super::timeline::Timeline;
use crate::Result;
use crate::lineage::{Node, brought, time};
use std::collections::{HashMap, HashSet};

/// All changes of a repository, by when they were deployed, then by id; each is made when it is asked for.
pub struct Changes<'t, 'i, 'a> {
    making: Making<'t, 'i, 'a>,
    pull_requests: Vec<ChangeFact<'a>>,
    order: Vec<Place>,
}

/// A change's place in the order.
#[derive(Clone, Copy)]
struct Place {
    deployed_at: Option<i64>,
    change: Made,
}

#[derive(Clone, Copy)]
enum Made {
    PullRequest(u32),
    Commit(Node),
}

impl<'t, 'i, 'a> Changes<'t, 'i, 'a> {
    pub(super) fn new(
        input: &'i RepositoryInput<'a>,
        timeline: &'t Timeline<'i, 'a>,
        organisation: &'a Organisation,
    ) -> Result<Self> {
        let making = Making::new(input, timeline, organisation);
        let (pull_requests, taken) = making.pull_requests()?;
        let mut order: Vec<Place> = (0u32..)
            .zip(&pull_requests)
            .map(|(i, change)| Place { deployed_at: change.delivery.map(|d| d.at), change: Made::PullRequest(i) })
            .collect();
        order.extend(making.commits(&taken));
        order.sort_unstable_by_key(|place| {
            let id = match place.change {
                Made::PullRequest(i) => pull_requests.get(i as usize).map(|change| change.id),
                Made::Commit(node) => timeline.commit(node).map(|commit| commit.id),
            };
            (place.deployed_at, id)
        });
        Ok(Self { making, pull_requests, order })
    }

    /// The changes, one by one.
    pub fn iter(&self) -> impl Iterator<Item = ChangeFact<'a>> {
        self.order.iter().filter_map(|place| match place.change {
            Made::PullRequest(i) => self.pull_requests.get(i as usize).cloned(),
            Made::Commit(node) => self.making.timeline.commit(node).map(|commit| self.making.commit(commit, node)),
        })
    }
}

impl std::fmt::Debug for Changes<'_, '_, '_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Changes").field("len", &self.order.len()).finish_non_exhaustive()
    }
}

/// The commits that are no changes of their own.
#[derive(Default)]
struct Taken {
    /// By merged pull requests.
    covered: HashSet<Node>,
    /// By pull requests that wait; a commit that was deployed all the same counts.
    unmerged: HashSet<Node>,
}

struct Making<'t, 'i, 'a> {
    input: &'i RepositoryInput<'a>,
    timeline: &'t Timeline<'i, 'a>,
    organisation: &'a Organisation,
    project: Option<&'a str>,
    owner: Option<&'a str>,
    picks: Picks,
}

impl<'t, 'i, 'a> Making<'t, 'i, 'a> {
    fn new(input: &'i RepositoryInput<'a>, timeline: &'t Timeline<'i, 'a>, organisation: &'a Organisation) -> Self {
        let project = organisation.project_of(input.id);
        Self {
            input,
            timeline,
            organisation,
            project,
            owner: project.and_then(|p| organisation.owner_of(p)),
            picks: Picks::new(timeline, input),
        }
    }

    /// The merged pull requests as changes, and the commits that all pull requests take.
    fn pull_requests(&self) -> Result<(Vec<ChangeFact<'a>>, Taken)> {
        let mut own: HashMap<&str, Vec<&PullRequestCommit<'a>>> = HashMap::new();
        for commit in &self.input.pull_request_commits {
            own.entry(commit.pull_request_id).or_default().push(commit);
        }
        let mut reviews: HashMap<&str, Vec<&Review<'a>>> = HashMap::new();
        for review in &self.input.reviews {
            reviews.entry(review.pull_request_id).or_default().push(review);
        }
        let (mut changes, mut taken) = (Vec::new(), Taken::default());
        for request in &self.input.pull_requests {
            let own = own.get(request.id).map_or(&[][..], Vec::as_slice);
            if request.is_merged() {
                self.cover(request, own, &mut taken.covered);
                let branch = if own.is_empty() { self.branch(request) } else { Vec::new() };
                taken.covered.extend(&branch);
                let reviewed = reviews.get(request.id).map_or(&[][..], Vec::as_slice);
                changes.push(self.pull_request(request, own, &branch, reviewed));
            } else {
                let shas = own.iter().map(|c| c.sha).chain(request.head_sha);
                taken.unmerged.extend(shas.filter_map(|sha| self.timeline.graph.find_text(sha)));
            }
        }
        self.by_time(&mut changes)?;
        Ok((changes, taken))
    }

    /// The commits that are changes of their own, in no order.
    fn commits(&self, taken: &Taken) -> impl Iterator<Item = Place> {
        let timeline = self.timeline;
        self.input.commits.rows().iter().filter_map(move |commit| {
            let node = timeline.graph.find_text(commit.sha)?;
            let is_own = timeline.graph.parents(node).len() < 2 && !taken.covered.contains(&node);
            if !is_own || self.picks.is_pick(node) {
                return None;
            }
            let deployed_at = self.delivery(&[Content::of(node)]).map(|d| d.at);
            let waits = commit.is_gone || taken.unmerged.contains(&node);
            (deployed_at.is_some() || !waits).then_some(Place { deployed_at, change: Made::Commit(node) })
        })
    }

    /// Notes the commits that a merged pull request is made of.
    ///
    /// After a rebase these are other commits than on its own branch: they are recognised, from the tip that the vendor
    /// names backwards, by author and authored time.
    fn cover(&self, request: &PullRequest<'a>, own: &[&PullRequestCommit<'a>], covered: &mut HashSet<Node>) {
        let graph = self.timeline.graph;
        let shas = own.iter().map(|c| c.sha).chain(request.head_sha);
        covered.extend(shas.filter_map(|sha| graph.find_text(sha)));
        let tip = request.merge_commit_sha.and_then(|sha| graph.find_text(sha));
        covered.extend(tip);
        let mut next = tip;
        for _ in 0..own.len() {
            let Some(node) = next.filter(|node| graph.parents(*node).len() < 2) else { break };
            let Some(commit) = self.timeline.commit(node) else { break };
            if !own.iter().any(|own| self.is_rebased(commit, own)) {
                break;
            }
            covered.insert(node);
            next = graph.parents(node).first().copied();
        }
    }

    /// What a merged pull request is made of when the vendor does not list its commits: what its merge commit brought in.
    /// One that was fast-forwarded to a merge of its own made no merge commit.
    fn branch(&self, request: &PullRequest<'a>) -> Vec<Node> {
        let graph = self.timeline.graph;
        let merge = request.merge_commit_sha.filter(|sha| Some(*sha) != request.head_sha);
        let merge = merge.and_then(|sha| graph.find_text(sha)).filter(|node| graph.parents(*node).len() > 1);
        merge.map_or_else(Vec::new, |merge| brought(graph, self.timeline.ages(), merge))
    }

    fn is_rebased(&self, commit: &Commit<'a>, own: &PullRequestCommit<'a>) -> bool {
        let same_author = match (commit.author_id, own.author_id) {
            (Some(a), Some(b)) => self.organisation.person(a) == self.organisation.person(b),
            // A source that does not name the author leaves the time alone to tell.
            _ => true,
        };
        same_author && commit.authored_at.is_some() && commit.authored_at == own.authored_at
    }

    fn pull_request(
        &self,
        request: &PullRequest<'a>,
        own: &[&PullRequestCommit<'a>],
        branch: &[Node],
        reviews: &[&Review<'a>],
    ) -> ChangeFact<'a> {
        let brought = branch.iter().filter_map(|node| self.timeline.commit(*node)?.authored_at);
        let first_commit_at = own.iter().filter_map(|c| c.authored_at).chain(brought).min();
        let commits = own.len() + branch.len();
        let opened_at = request.opened_at();
        let counts = |review: &&&Review<'a>| reviews::excluded(request, review, self.organisation).is_none();
        ChangeFact {
            id: request.id,
            is_pull_request: true,
            repository_id: self.input.id,
            project_id: self.project,
            team_id: self.team(request.author_id, first_commit_at.or(request.created_at)),
            owning_team_id: self.owner,
            author_id: request.author_id.map(|author| self.organisation.person(author)),
            title: request.title,
            url: request.url.map(|url| self.organisation.address_of(self.input.id, url)),
            sha: request.merge_commit_sha,
            first_commit_at,
            opened_at,
            first_review_at: reviews.iter().filter(counts).map(|r| r.submitted_at).min(),
            merged_at: request.merged_at,
            delivery: self.delivery(&self.contents(request, own, commits)),
            commits: (commits > 0).then_some(commits as i64),
            additions: request.additions,
            deletions: request.deletions,
            labels: request.labels.clone(),
        }
    }

    /// The commits that, wherever one is delivered, the whole pull request is: what it became, and its own last commit.
    /// The latter was merged only with the former, so that time cannot tell of it.
    ///
    /// Whoever picks one of them picks what that commit alone changed. That is the whole pull request when it has no
    /// more than one commit, or when it became a merge, or one that is none of its own: a squash.
    fn contents(&self, request: &PullRequest<'a>, own: &[&PullRequestCommit<'a>], commits: usize) -> Vec<Content> {
        let graph = self.timeline.graph;
        let find = |sha: Option<&str>| sha.and_then(|sha| graph.find_text(sha));
        let (merge, head) = (find(request.merge_commit_sha), find(request.head_sha));
        let is_own = |node| {
            let commit = self.timeline.commit(node);
            Some(node) == head || own.iter().any(|own| commit.is_some_and(|commit| self.is_rebased(commit, own)))
        };
        let merge = merge.map(|node| {
            let picks = commits == 1 || graph.parents(node).len() > 1 || !is_own(node);
            Content { picks, ..Content::of(node) }
        });
        let head = head.map(|node| Content { node, time: false, picks: commits == 1 });
        merge.into_iter().chain(head).collect()
    }

    fn commit(&self, commit: &Commit<'a>, node: Node) -> ChangeFact<'a> {
        ChangeFact {
            id: commit.id,
            is_pull_request: false,
            repository_id: self.input.id,
            project_id: self.project,
            team_id: self.team(commit.author_id, commit.authored_at),
            owning_team_id: self.owner,
            author_id: commit.author_id.map(|author| self.organisation.person(author)),
            title: commit.title,
            url: None,
            sha: Some(commit.sha),
            first_commit_at: commit.authored_at,
            opened_at: None,
            first_review_at: None,
            merged_at: None,
            delivery: self.delivery(&[Content::of(node)]),
            commits: Some(1),
            additions: commit.additions,
            deletions: commit.deletions,
            labels: Vec::new(),
        }
    }

    fn team(&self, author: Option<&str>, at: Option<i64>) -> Option<&'a str> {
        author.and_then(|author| self.organisation.team_at(author, at)).or(self.owner)
    }

    /// The first production deployment of any of the commits, or of what was picked from them. What people decided about
    /// the first of them, which is the change's own, is about the change.
    fn delivery(&self, commits: &[Content]) -> Option<Delivery<'a>> {
        let timeline = self.timeline;
        if let Some(own) = commits.first().filter(|own| timeline.is_decided(own.node)) {
            return timeline.delivered(own.node).map(|(run, lineage)| self.delivered_by(run, lineage));
        }
        let nodes = commits.iter().flat_map(|content| {
            let picks = if content.picks { self.picks.of(content.node) } else { &[] };
            std::iter::once((content.node, content.time)).chain(picks.iter().map(|pick| (*pick, true)))
        });
        let runs = nodes.filter_map(|(node, time)| {
            timeline.delivered(node).filter(|(_, lineage)| time || *lineage != Lineage::Time)
        });
        let first = runs.min_by_key(|(run, lineage)| (timeline.rank(*run), *lineage));
        first.map(|(run, lineage)| self.delivered_by(run, lineage))
    }

    fn delivered_by(&self, run: usize, lineage: Lineage) -> Delivery<'a> {
        let run = &self.timeline.runs[run];
        // What a person says does not depend on where the records begin.
        let is_baseline = run.opens_production && lineage != Lineage::Manual;
        Delivery { deployment_id: run.deployment.id, at: run.finished_at, lineage, is_baseline }
    }

    /// Pull requests whose commits are not known came with the first deployment after their merge that does not tell its
    /// SHA.
    fn by_time(&self, changes: &mut [ChangeFact<'a>]) -> Result<()> {
        let timeline = self.timeline;
        let blind = |run: &usize| timeline.runs[*run].deployment.is_production && timeline.runs[*run].tip.is_none();
        let mut runs: Vec<usize> = (0..timeline.runs.len()).filter(blind).collect();
        runs.sort_by_key(|run| timeline.rank(*run));
        let is_known = |sha: Option<&str>| sha.is_some_and(|sha| timeline.graph.find_text(sha).is_some());
        let known = self.input.pull_requests.iter().filter(|r| is_known(r.merge_commit_sha) || is_known(r.head_sha));
        let known: HashSet<&str> = known.map(|r| r.id).collect();
        let waiting: Vec<usize> = (0..changes.len()).filter(|c| !known.contains(changes[*c].id)).collect();
        let (waiting, merged): (Vec<_>, Vec<_>) =
            waiting.into_iter().filter_map(|c| Some((c, changes[c].merged_at?))).unzip();
        let finished: Vec<_> = runs.iter().map(|run| timeline.runs[*run].finished_at).collect();
        for (change, place) in waiting.into_iter().zip(time::first_after(&merged, &finished)?) {
            changes[change].delivery = place.map(|place| self.delivered_by(runs[place], Lineage::Time));
        }
        Ok(())
    }
}

/// A commit that stands for a change.
#[derive(Clone, Copy)]
struct Content {
    node: Node,
    /// Whether a delivery that is known by time counts.
    time: bool,
    /// Whether what was picked from it is the change as well.
    picks: bool,
}

impl Content {
    fn of(node: Node) -> Self {
        Self { node, time: true, picks: true }
    }
}

/// Which commits were picked from which.
struct Picks {
    origins: HashMap<Node, Node>,
    picks: HashMap<Node, Vec<Node>>,
}

impl Picks {
    /// A pick of a pick counts for the first origin of all. Picks that name each other in a circle are none.
    fn new(timeline: &Timeline<'_, '_>, input: &RepositoryInput<'_>) -> Self {
        let mut direct = HashMap::new();
        for commit in input.commits.rows().iter().filter(|c| !c.cherry_picked_from.is_empty()) {
            let Some(node) = timeline.graph.find_text(commit.sha) else { continue };
            let named = commit.cherry_picked_from.iter().filter_map(|sha| timeline.graph.find_text(sha));
            if let Some(origin) =
                named.filter(|origin| *origin != node).min_by_key(|o| timeline.commit(*o).map(|c| c.sha))
            {
                direct.insert(node, origin);
            }
        }
        let mut origins: HashMap<Node, Option<Node>> = HashMap::with_capacity(direct.len());
        for pick in direct.keys() {
            let (mut chain, mut at) = (Vec::new(), *pick);
            let origin = loop {
                match (origins.get(&at), direct.get(&at)) {
                    // Nothing stands here while its own chain is followed, so meeting that is a circle.
                    (Some(known), _) => break *known,
                    (None, None) => break Some(at),
                    (None, Some(further)) => {
                        origins.insert(at, None);
                        chain.push(at);
                        at = *further;
                    }
                }
            };
            origins.extend(chain.into_iter().map(|pick| (pick, origin)));
        }
        let origins: HashMap<Node, Node> = origins.into_iter().filter_map(|(pick, o)| Some((pick, o?))).collect();
        let mut picks: HashMap<Node, Vec<Node>> = HashMap::new();
        for (pick, origin) in &origins {
            // To pick a merge is to pick all that it brought.
            let is_merge = timeline.graph.parents(*origin).len() > 1;
            let all = if is_merge { brought(timeline.graph, timeline.ages(), *origin) } else { Vec::new() };
            for node in all.into_iter().chain([*origin]) {
                picks.entry(*origins.get(&node).unwrap_or(&node)).or_default().push(*pick);
            }
        }
        Self { origins, picks }
    }

    fn is_pick(&self, node: Node) -> bool {
        self.origins.contains_key(&node)
    }

    fn of(&self, origin: Node) -> &[Node] {
        self.picks.get(&origin).map_or(&[], Vec::as_slice)
    }
}
