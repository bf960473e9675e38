//! How the deployments of one repository follow each other, environment by environment, and what each first carried.

use super::facts::Lineage;
use super::input::{Commit, Deployment, RepositoryInput};
use crate::Result;
use crate::lineage::{Graph, Node, first_deliveries, time};
use std::collections::{BTreeMap, HashSet};
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
    /// The run before it in its environment.
    pub(super) previous: Option<usize>,
    pub(super) is_baseline: bool,
    /// What it first carried, as a range of [`Timeline::commits`].
    carried: Range<usize>,
}

impl Run<'_, '_> {
    /// A run whose SHA is known carries by SHA alone, any other by time alone.
    pub(super) fn lineage(&self) -> Lineage {
        if self.tip.is_some() { Lineage::Sha } else { Lineage::Time }
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
    /// The place of each node's commit.
    rows: Vec<u32>,
    input: &'i RepositoryInput<'a>,
    /// The run that first brought each node to production.
    delivered: Vec<u32>,
    /// The places of the production runs in order.
    ranks: Vec<u32>,
}

impl<'i, 'a> Timeline<'i, 'a> {
    pub(super) fn new(input: &'i RepositoryInput<'a>) -> Result<Self> {
        let graph = &input.graph;
        let mut rows = vec![NONE; graph.len()];
        for (place, commit) in input.commits.iter().enumerate() {
            let Some(node) = graph.find_text(commit.sha) else { continue };
            let row = &mut rows[node.index()];
            if *row == NONE || input.commits[*row as usize].id > commit.id {
                *row = place as u32;
            }
        }
        let mut timeline = Self {
            graph,
            runs: Vec::new(),
            environments: Vec::new(),
            commits: Vec::new(),
            rows,
            input,
            delivered: vec![NONE; graph.len()],
            ranks: Vec::new(),
        };
        let mut environments: BTreeMap<(&str, bool), Vec<(i64, &Deployment<'a>)>> = BTreeMap::new();
        for deployment in &input.deployments {
            if let ("succeeded", Some(finished_at)) = (deployment.status, deployment.finished_at) {
                let key = (deployment.environment, deployment.is_production);
                environments.entry(key).or_default().push((finished_at, deployment));
            }
        }
        let mut merged = None;
        for (_, mut order) in environments {
            order.sort_by_key(|(at, deployment)| (*at, deployment.started_at, deployment.id));
            timeline.environment(&order, &mut merged)?;
        }
        timeline.settle();
        Ok(timeline)
    }

    fn environment(
        &mut self,
        order: &[(i64, &'i Deployment<'a>)],
        merged: &mut Option<Vec<Option<i64>>>,
    ) -> Result<()> {
        let first = self.runs.len();
        let tips: Vec<_> = order.iter().map(|(_, d)| d.sha.and_then(|sha| self.graph.find_text(sha))).collect();
        let by_sha = first_deliveries(self.graph, tips.iter().copied());
        let by_time = if tips.contains(&None) {
            let merged = merged.get_or_insert_with(|| self.merged_at());
            by_time(order, &tips, &by_sha, merged)?
        } else {
            vec![Vec::new(); tips.len()]
        };
        for (k, (finished_at, deployment)) in order.iter().enumerate() {
            let start = self.commits.len();
            self.commits.extend(by_sha.of(k));
            self.commits.extend(&by_time[k]);
            self.runs.push(Run {
                deployment,
                finished_at: *finished_at,
                tip: tips[k],
                previous: k.checked_sub(1).map(|before| first + before),
                // The first of all, and the first whose SHA is known: what that one carries may have been there long
                // before, brought by those that did not tell.
                is_baseline: k == 0 || (tips[k].is_some() && tips[..k].iter().all(Option::is_none)),
                carried: start..self.commits.len(),
            });
        }
        self.environments.push(first..self.runs.len());
        Ok(())
    }

    /// When each commit came into the default lineage.
    fn merged_at(&self) -> Vec<Option<i64>> {
        time::merged_at(self.graph, &self.default_tips(), |node| self.commit(node)?.committed_at)
    }

    /// The ends of the default lineage: what pull requests became on the default branch, and every commit without
    /// children that is not on a pull request's own branch. Core does not say which commit a branch ends at.
    fn default_tips(&self) -> Vec<Node> {
        let input = self.input;
        let mut own: HashSet<&str> = input.pull_request_commits.iter().map(|c| c.sha).collect();
        own.extend(input.pull_requests.iter().filter_map(|p| p.head_sha));
        let mut childless = vec![true; self.graph.len()];
        for parent in self.graph.commits().flat_map(|node| self.graph.parents(node)) {
            childless[parent.index()] = false;
        }
        let into_default =
            |base: Option<&str>| input.default_branch.is_none() || base.is_none() || base == input.default_branch;
        let merges = input.pull_requests.iter().filter(|p| p.is_merged() && into_default(p.base_branch));
        let merges = merges.filter_map(|p| self.graph.find_text(p.merge_commit_sha?));
        let ends = input.commits.iter().filter(|c| !own.contains(c.sha) && !c.is_gone);
        let ends = ends.filter_map(|c| self.graph.find_text(c.sha)).filter(|node| childless[node.index()]);
        let mut tips: Vec<_> = merges.chain(ends).collect();
        tips.sort_by_key(|node| self.commit(*node).map(|c| (c.committed_at, c.sha)));
        tips.dedup();
        tips.reverse();
        tips
    }

    fn settle(&mut self) {
        let mut order: Vec<u32> = (0..self.runs.len() as u32).collect();
        order.sort_by_key(|run| {
            let deployment = self.runs[*run as usize].deployment;
            (deployment.finished_at, deployment.started_at, deployment.id)
        });
        self.ranks = vec![0; order.len()];
        for (rank, run) in order.iter().enumerate() {
            self.ranks[*run as usize] = rank as u32;
        }
        for (place, run) in self.runs.iter().enumerate().filter(|(_, run)| run.deployment.is_production) {
            for node in &self.commits[run.carried.clone()] {
                let first = &mut self.delivered[node.index()];
                if *first == NONE || self.ranks[place] < self.ranks[*first as usize] {
                    *first = place as u32;
                }
            }
        }
    }

    /// What a run was the first to carry to its environment.
    pub(super) fn carried(&self, run: &Run<'_, '_>) -> &[Node] {
        &self.commits[run.carried.clone()]
    }

    /// A node's commit.
    pub(super) fn commit(&self, node: Node) -> Option<&'i Commit<'a>> {
        self.input.commits.get(self.rows[node.index()] as usize)
    }

    /// The run that first brought a node to production.
    pub(super) fn delivered(&self, node: Node) -> Option<usize> {
        Some(self.delivered[node.index()]).filter(|run| *run != NONE).map(|run| run as usize)
    }

    /// A run's place in the order of all.
    pub(super) fn rank(&self, run: usize) -> u32 {
        self.ranks[run]
    }
}

/// What each run without a known SHA carries: what no run with one does, by the time at which it was merged.
fn by_time(
    order: &[(i64, &Deployment<'_>)],
    tips: &[Option<Node>],
    by_sha: &crate::lineage::Deliveries,
    merged: &[Option<i64>],
) -> Result<Vec<Vec<Node>>> {
    let mut open: Vec<bool> = merged.iter().map(Option::is_some).collect();
    for node in (0..tips.len()).flat_map(|k| by_sha.of(k)) {
        open[node.index()] = false;
    }
    let blind: Vec<usize> = (0..tips.len()).filter(|k| tips[*k].is_none()).collect();
    let finished: Vec<_> = blind.iter().map(|k| (0, order[*k].0)).collect();
    let nodes: Vec<usize> = (0..merged.len()).filter(|node| open[*node]).collect();
    let waiting: Vec<_> = nodes.iter().filter_map(|node| Some((0, merged[*node]?))).collect();
    let mut found = vec![Vec::new(); tips.len()];
    for (node, place) in nodes.into_iter().zip(time::first_after(&waiting, &finished)?) {
        if let Some(place) = place {
            found[blind[place]].push(Node::at(node));
        }
    }
    Ok(found)
}
