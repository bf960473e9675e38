//! How the deployments of one repository follow each other, environment by environment, and what each first carried.

use super::decisions::Decisions;
use super::facts::Lineage;
use super::input::{Commit, Deployment, RepositoryInput};
use super::reverts::Reverts;
use crate::Result;
use crate::lineage::{Ages, Deliveries, Graph, Node, first_deliveries, time};
use std::cell::OnceCell;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::ops::Range;

/// No place.
const NONE: u32 = u32::MAX;

/// A successful deployment in the order of its environment.
#[derive(Debug)]
pub(super) struct Run<'i, 'a> {
    pub(super) deployment: &'i Deployment<'a>,
    pub(super) finished_at: i64,
    /// Its commit, when its SHA is known and in the graph.
    pub(super) tip: Option<Node>,
    /// The place of its environment.
    pub(super) environment: usize,
    /// The run before it in its environment.
    pub(super) previous: Option<usize>,
    pub(super) is_baseline: bool,
    /// Whether it is a baseline of all production environments together: what it carried has no lead time.
    pub(super) opens_production: bool,
    /// What its SHA or time says that it first carried, as a range of [`Timeline::commits`].
    carried: Range<usize>,
}

impl Run<'_, '_> {
    /// A run whose SHA is known carries by SHA alone, any other by time alone, but for what people decided.
    fn lineage(&self) -> Lineage {
        if self.tip.is_some() { Lineage::Sha } else { Lineage::Time }
    }

    fn order(&self) -> (i64, Option<i64>, &str) {
        (self.finished_at, self.deployment.started_at, self.deployment.id)
    }
}

/// All runs of a repository: environments one after the other, each in the order in which its runs finished.
///
/// Of runs that finished at the same instant the one that started earlier comes first (one of which that is not known
/// before all), then the one with the smaller id.
pub(super) struct Timeline<'i, 'a> {
    pub(super) graph: &'i Graph,
    pub(super) runs: Vec<Run<'i, 'a>>,
    pub(super) environments: Vec<Range<usize>>,
    commits: Vec<Node>,
    decisions: Decisions,
    input: &'i RepositoryInput<'a>,
    /// The run that first brought each node to production, by SHA or time.
    delivered: Vec<u32>,
    /// The same, of the nodes that people decided on in a production environment.
    decided: HashMap<Node, Option<(usize, Lineage)>>,
    /// The places of the runs in the order of all.
    ranks: Vec<u32>,
    /// When each commit came into the default lineage; worked out for the first run that does not tell its SHA.
    merged: OnceCell<Vec<Option<i64>>>,
    ages: OnceCell<Ages>,
    reverts: Reverts,
}

impl<'i, 'a> Timeline<'i, 'a> {
    pub(super) fn new(input: &'i RepositoryInput<'a>) -> Result<Self> {
        let graph = input.commits.graph();
        let mut timeline = Self {
            graph,
            runs: Vec::new(),
            environments: Vec::new(),
            commits: Vec::new(),
            decisions: Decisions::default(),
            input,
            delivered: vec![NONE; graph.len()],
            decided: HashMap::new(),
            ranks: Vec::new(),
            merged: OnceCell::new(),
            ages: OnceCell::new(),
            reverts: Reverts::of(input),
        };
        let mut environments: BTreeMap<(&str, bool), Vec<Run<'i, 'a>>> = BTreeMap::new();
        for deployment in &input.deployments {
            if let ("succeeded", Some(finished_at)) = (deployment.status, deployment.finished_at) {
                let run = Run {
                    deployment,
                    finished_at,
                    tip: deployment.sha.and_then(|sha| graph.find_text(sha)),
                    environment: 0,
                    previous: None,
                    is_baseline: false,
                    opens_production: false,
                    carried: 0..0,
                };
                environments.entry((deployment.environment, deployment.is_production)).or_default().push(run);
            }
        }
        for (environment, mut runs) in environments.into_values().enumerate() {
            runs.sort_by(|a, b| a.order().cmp(&b.order()));
            timeline.environment(environment, runs)?;
        }
        timeline.decisions = Decisions::new(input, &timeline.runs, &timeline.environments);
        timeline.production()?;
        Ok(timeline)
    }

    fn environment(&mut self, environment: usize, runs: Vec<Run<'i, 'a>>) -> Result<()> {
        let first = self.runs.len();
        let walk = self.walk(runs.iter())?;
        for (k, run) in runs.into_iter().enumerate() {
            let start = self.commits.len();
            self.commits.extend(walk.of(k));
            self.runs.push(Run {
                environment,
                previous: k.checked_sub(1).map(|before| first + before),
                is_baseline: walk.is_baseline(k),
                carried: start..self.commits.len(),
                ..run
            });
        }
        self.environments.push(first..self.runs.len());
        Ok(())
    }

    /// Finds what came to production first by which run, over all of its environments: a second environment is no new
    /// beginning.
    fn production(&mut self) -> Result<()> {
        let mut order: Vec<usize> = (0..self.runs.len()).collect();
        order.sort_by(|a, b| self.runs[*a].order().cmp(&self.runs[*b].order()));
        self.ranks = vec![0; order.len()];
        for (rank, run) in (0..).zip(&order) {
            self.ranks[*run] = rank;
        }
        order.retain(|run| self.runs[*run].deployment.is_production);
        let walk = self.walk(order.iter().map(|run| &self.runs[*run]))?;
        for (k, run) in order.iter().enumerate() {
            self.runs[*run].opens_production = walk.is_baseline(k);
            for node in walk.of(k) {
                self.delivered[node.index()] = *run as u32;
            }
        }
        self.decided = self.verdicts(&order);
        Ok(())
    }

    /// What first brought those nodes to production that people decided on there, by the production runs in order.
    fn verdicts(&self, order: &[usize]) -> HashMap<Node, Option<(usize, Lineage)>> {
        let environments: HashSet<usize> = order.iter().map(|run| self.runs[*run].environment).collect();
        let nodes = environments.into_iter().flat_map(|environment| self.decisions.about(environment));
        let mut decided: HashMap<Node, _> = nodes.map(|node| (node, None)).collect();
        if decided.is_empty() {
            return decided;
        }
        for run in order {
            for (node, lineage) in self.carried(*run) {
                if let Some(first) = decided.get_mut(&node) {
                    first.get_or_insert((*run, lineage));
                }
            }
        }
        decided
    }

    /// What each of some runs was the first of them to carry.
    fn walk<'r>(&self, runs: impl Iterator<Item = &'r Run<'i, 'a>>) -> Result<Walk>
    where
        'i: 'r,
        'a: 'r,
    {
        let (tips, finished): (Vec<_>, Vec<_>) = runs.map(|run| (run.tip, run.finished_at)).unzip();
        let by_sha = first_deliveries(self.graph, tips.iter().copied());
        let mut by_time = vec![Vec::new(); if tips.contains(&None) { tips.len() } else { 0 }];
        if !by_time.is_empty() {
            // What no run with a known SHA carries, by the time at which it was merged.
            let merged = self.merged.get_or_init(|| self.merged_at());
            let mut open: Vec<bool> = merged.iter().map(Option::is_some).collect();
            for node in (0..tips.len()).flat_map(|k| by_sha.of(k)) {
                open[node.index()] = false;
            }
            let blind: Vec<usize> = (0..tips.len()).filter(|k| tips[*k].is_none()).collect();
            let finished: Vec<i64> = blind.iter().map(|k| finished[*k]).collect();
            let nodes: Vec<usize> = (0..merged.len()).filter(|node| open[*node]).collect();
            let waiting: Vec<i64> = nodes.iter().filter_map(|node| merged[*node]).collect();
            for (node, place) in nodes.into_iter().zip(time::first_after(&waiting, &finished)?) {
                if let Some(place) = place {
                    by_time[blind[place]].push(Node::at(node));
                }
            }
        }
        Ok(Walk { tips, by_sha, by_time })
    }

    /// When each commit came into the default lineage.
    fn merged_at(&self) -> Vec<Option<i64>> {
        time::merged_at(self.graph, &self.default_tips(), |node| self.commit(node)?.committed_at)
    }

    /// The ends of the default lineage: where the default branch stands, and what pull requests became on it. Where core
    /// does not say where it stands, every commit without children that is not on a pull request's own branch.
    fn default_tips(&self) -> Vec<Node> {
        let (input, graph) = (self.input, self.graph);
        let into_default =
            |base: Option<&str>| input.default_branch.is_none() || base.is_none() || base == input.default_branch;
        let merges = input.pull_requests.iter().filter(|p| p.is_merged() && into_default(p.base_branch));
        let mut tips: Vec<_> = merges.filter_map(|p| graph.find_text(p.merge_commit_sha?)).collect();
        match input.default_sha.and_then(|sha| graph.find_text(sha)) {
            Some(head) => tips.push(head),
            None => tips.extend(self.childless()),
        }
        tips.sort_by_key(|node| self.commit(*node).map(|c| (c.committed_at, c.sha)));
        tips.dedup();
        tips.reverse();
        tips
    }

    fn childless(&self) -> impl Iterator<Item = Node> {
        let (input, graph) = (self.input, self.graph);
        let own = input.pull_request_commits.iter().map(|c| c.sha);
        let own = own.chain(input.pull_requests.iter().filter_map(|p| p.head_sha));
        let mut is_end = vec![true; graph.len()];
        for node in own.filter_map(|sha| graph.find_text(sha)) {
            is_end[node.index()] = false;
        }
        for parent in graph.commits().flat_map(|node| graph.parents(node)) {
            is_end[parent.index()] = false;
        }
        let is_there = |node: &Node| self.commit(*node).is_some_and(|commit| !commit.is_gone);
        graph.commits().filter(move |node| is_end[node.index()] && is_there(node))
    }

    /// What a run was the first to carry to its environment by SHA or time, whatever people decided.
    pub(super) fn found(&self, run: usize) -> &[Node] {
        &self.commits[self.runs[run].carried.clone()]
    }

    /// What a run was the first to carry to its environment, and how that is known.
    pub(super) fn carried(&self, run: usize) -> impl Iterator<Item = (Node, Lineage)> {
        let (environment, lineage) = (self.runs[run].environment, self.runs[run].lineage());
        let stays = move |node: &&Node| self.decisions.verdict(environment, **node).is_none();
        let found = self.found(run).iter().filter(stays).map(move |node| (*node, lineage));
        found.chain(self.decisions.given(run).iter().map(|node| (*node, Lineage::Manual)))
    }

    /// What people decided on which run of an environment carried a node, if any did.
    pub(super) fn verdict(&self, environment: usize, node: Node) -> Option<Option<usize>> {
        self.decisions.verdict(environment, node)
    }

    /// A node's commit.
    pub(super) fn commit(&self, node: Node) -> Option<&'i Commit<'a>> {
        self.input.commits.of(node)
    }

    /// The commits that take back an earlier change.
    pub(super) fn reverts(&self) -> &Reverts {
        &self.reverts
    }

    /// The ages of all commits.
    pub(super) fn ages(&self) -> &Ages {
        self.ages.get_or_init(|| Ages::new(self.graph, |node| self.commit(node)?.committed_at))
    }

    /// The run that first brought a node to production, and how that is known.
    pub(super) fn delivered(&self, node: Node) -> Option<(usize, Lineage)> {
        if let Some(verdict) = self.decided.get(&node) {
            return *verdict;
        }
        let run = Some(self.delivered[node.index()]).filter(|run| *run != NONE)? as usize;
        Some((run, self.runs[run].lineage()))
    }

    /// Whether people decided on what brought a node to production.
    pub(super) fn is_decided(&self, node: Node) -> bool {
        self.decided.contains_key(&node)
    }

    /// A run's place in the order of all.
    pub(super) fn rank(&self, run: usize) -> u32 {
        self.ranks[run]
    }
}

/// What runs that follow each other were the first to carry.
struct Walk {
    tips: Vec<Option<Node>>,
    by_sha: Deliveries,
    /// Empty when all SHAs are known.
    by_time: Vec<Vec<Node>>,
}

impl Walk {
    fn of(&self, k: usize) -> impl Iterator<Item = Node> {
        self.by_sha.of(k).iter().chain(self.by_time.get(k).into_iter().flatten()).copied()
    }

    /// The first of all, and the first whose SHA is known: what that one carries may have been there long before, brought
    /// by those that did not tell.
    fn is_baseline(&self, k: usize) -> bool {
        k == 0 || (self.tips[k].is_some() && self.tips[..k].iter().all(Option::is_none))
    }
}
