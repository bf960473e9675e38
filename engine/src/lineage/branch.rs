//! What a merge brought in: the commits of `merge^1..merge`, without a walk over the whole history for each merge.

use super::{Graph, Node};
use std::collections::{BinaryHeap, HashMap};

/// A number for each commit that is greater than those of all its parents: when it was committed, or one more than
/// the greatest of its parents where clocks disagree. A walk by it meets every child before its parents.
#[derive(Debug)]
pub struct Ages(Vec<i64>);

impl Ages {
    /// The ages of all commits.
    pub fn new(graph: &Graph, committed_at: impl Fn(Node) -> Option<i64>) -> Self {
        let mut waiting = vec![0_u32; graph.len()];
        for parent in graph.commits().flat_map(|node| graph.parents(node)) {
            waiting[parent.index()] += 1;
        }
        // Children first; the part of the list that is not yet expanded is the queue.
        let mut order: Vec<Node> = (0..graph.len()).map(Node::at).filter(|node| waiting[node.index()] == 0).collect();
        let mut next = 0;
        while let Some(node) = order.get(next).copied() {
            next += 1;
            for parent in graph.parents(node) {
                waiting[parent.index()] -= 1;
                if waiting[parent.index()] == 0 {
                    order.push(*parent);
                }
            }
        }
        let mut ages: Vec<i64> =
            (0..graph.len()).map(|node| committed_at(Node::at(node)).unwrap_or(i64::MIN)).collect();
        for node in order.into_iter().rev() {
            let parents = graph.parents(node).iter().map(|parent| ages[parent.index()].saturating_add(1)).max();
            ages[node.index()] = parents.map_or(ages[node.index()], |least| ages[node.index()].max(least));
        }
        Self(ages)
    }

    /// A commit's age.
    pub fn of(&self, node: Node) -> i64 {
        self.0[node.index()]
    }
}

const BASE: u8 = 1;
const BRANCH: u8 = 2;

/// The commits that are reachable from a merge's other parents and not from its first; none when it is no merge.
///
/// Both sides are walked together, youngest first, until all that is left to look at is known to the first parent.
pub fn brought(graph: &Graph, ages: &Ages, merge: Node) -> Vec<Node> {
    let [base, branches @ ..] = graph.parents(merge) else { return Vec::new() };
    let (mut sides, mut queue, mut open) = (HashMap::<Node, u8>::new(), BinaryHeap::new(), 0_usize);
    let mut paint = |node: Node, side: u8, queue: &mut BinaryHeap<_>, open: &mut usize| {
        let known = sides.get(&node).copied();
        let both = known.unwrap_or_default() | side;
        sides.insert(node, both);
        if known.is_none() {
            queue.push((ages.of(node), node));
        }
        // How many of those in the queue only the branch reaches.
        match (known, both) {
            (None, BRANCH) => *open += 1,
            (Some(BRANCH), both) if both != BRANCH => *open = open.saturating_sub(1),
            _ => {}
        }
        both
    };
    paint(*base, BASE, &mut queue, &mut open);
    for branch in branches {
        paint(*branch, BRANCH, &mut queue, &mut open);
    }
    let mut found = Vec::new();
    while open > 0 {
        let Some((_, node)) = queue.pop() else { break };
        let side = paint(node, 0, &mut queue, &mut open);
        if side == BRANCH {
            open -= 1;
            if graph.is_known(node) {
                found.push(node);
            }
        }
        for parent in graph.parents(node) {
            paint(*parent, side, &mut queue, &mut open);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lineage::Sha;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    fn sha(n: usize) -> Sha {
        Sha::from([n as u8; 20])
    }

    fn reachable(parents: &[Vec<usize>], from: usize) -> BTreeSet<usize> {
        let mut found = BTreeSet::from([from]);
        parents[from].iter().for_each(|parent| found.extend(reachable(parents, *parent)));
        found
    }

    proptest! {
        #[test]
        fn a_merge_brought_what_its_other_parents_reach_and_its_first_does_not_whatever_the_clocks_say(
            (parents, times) in (3_usize..25).prop_flat_map(|n| {
                let parents: Vec<_> = (0..n).map(|i| prop::collection::vec(0..i.max(1), 0..=i.min(3))).collect();
                (parents, prop::collection::vec(prop::option::weighted(0.9, 0_i64..40), n))
            })
        ) {
            let mut graph = Graph::new();
            let parents: Vec<Vec<usize>> =
                parents.into_iter().enumerate().map(|(i, p)| p.into_iter().filter(|p| *p < i).collect()).collect();
            let nodes: Vec<Node> =
                parents.iter().enumerate().map(|(i, p)| graph.add(sha(i), p.iter().map(|p| sha(*p)))).collect();
            let ages = Ages::new(&graph, |node| times[nodes.iter().position(|n| *n == node).unwrap()]);
            for (merge, of) in parents.iter().enumerate() {
                let found: BTreeSet<Node> = brought(&graph, &ages, nodes[merge]).into_iter().collect();
                let expected = match of.as_slice() {
                    [base, branches @ ..] => {
                        let all = branches.iter().flat_map(|branch| reachable(&parents, *branch)).collect::<BTreeSet<_>>();
                        &all - &reachable(&parents, *base)
                    }
                    _ => BTreeSet::new(),
                };
                prop_assert_eq!(found, expected.into_iter().map(|commit| nodes[commit]).collect::<BTreeSet<_>>());
            }
        }
    }
}
