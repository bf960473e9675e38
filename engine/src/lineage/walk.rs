//! Lineage by SHA: one walk over the commit graph for all deployments of an environment.

use super::{Graph, Node};

/// What each deployment was the first to carry.
#[derive(Debug, Default)]
pub struct Deliveries {
    commits: Vec<Node>,
    ends: Vec<usize>,
}

impl Deliveries {
    /// The commits that the deployment at that place in the order first carried, in no particular order.
    pub fn of(&self, deployment: usize) -> &[Node] {
        let start = if deployment == 0 { 0 } else { self.ends[deployment - 1] };
        &self.commits[start..self.ends[deployment]]
    }
}

/// For each deployment the commits that are reachable from its tip and from no tip before it.
///
/// `tips` are the commits of one environment's successful deployments in the order in which they finished; a deployment
/// whose SHA is not known carries nothing here. What was visited stays visited, and everything behind it was visited too,
/// so each commit is looked at once over all deployments together.
pub fn first_deliveries(graph: &Graph, tips: impl IntoIterator<Item = Option<Node>>) -> Deliveries {
    let mut found = Deliveries::default();
    let mut visited = Bits::new(graph.len());
    for tip in tips {
        // The part of `commits` that is not yet expanded is the walk's queue, so that the walk needs no stack.
        let mut next = found.commits.len();
        found.commits.extend(tip.filter(|tip| graph.is_known(*tip) && visited.set(*tip)));
        while let Some(node) = found.commits.get(next).copied() {
            next += 1;
            for parent in graph.parents(node) {
                if graph.is_known(*parent) && visited.set(*parent) {
                    found.commits.push(*parent);
                }
            }
        }
        found.ends.push(found.commits.len());
    }
    found
}

/// One bit a commit.
struct Bits(Vec<u64>);

impl Bits {
    fn new(len: usize) -> Self {
        Self(vec![0; len.div_ceil(64)])
    }

    /// Sets a bit; whether it was clear.
    fn set(&mut self, node: Node) -> bool {
        let (word, bit) = (&mut self.0[node.index() / 64], 1 << (node.index() % 64));
        let clear = *word & bit == 0;
        *word |= bit;
        clear
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lineage::Sha;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    fn sha(n: usize) -> Sha {
        let mut id = [0; 20];
        id[..8].copy_from_slice(&(n as u64).to_be_bytes());
        Sha::from(id)
    }

    /// A random history: commit `i` has some of the commits before it as parents (none for a root, many for an octopus),
    /// some commits are never added (the boundary of a shallow clone), and tips are any ids, repeated ones included.
    #[derive(Clone, Debug)]
    struct History {
        parents: Vec<Vec<usize>>,
        missing: BTreeSet<usize>,
        tips: Vec<Option<usize>>,
        order: Vec<usize>,
    }

    fn histories() -> impl Strategy<Value = History> {
        (1usize..60)
            .prop_flat_map(|n| {
                let parents: Vec<_> = (0..n).map(|i| prop::collection::btree_set(0..i.max(1), 0..=i.min(4))).collect();
                let tips = prop::collection::vec(prop::option::weighted(0.9, 0..n + 2), 0..20);
                let order = Just((0..n).collect::<Vec<_>>()).prop_shuffle();
                (parents, prop::collection::btree_set(0..n, 0..3), tips, order)
            })
            .prop_map(|(parents, missing, tips, order)| {
                let parents = parents.into_iter().enumerate();
                let parents = parents.map(|(i, p)| p.into_iter().filter(|p| *p < i).collect()).collect();
                History { parents, missing, tips, order }
            })
    }

    impl History {
        fn graph(&self) -> Graph {
            let mut graph = Graph::new();
            for commit in self.order.iter().filter(|c| !self.missing.contains(c)) {
                graph.add(sha(*commit), self.parents[*commit].iter().map(|p| sha(*p)));
            }
            graph
        }

        fn reachable(&self, tip: usize) -> BTreeSet<usize> {
            let mut found = BTreeSet::new();
            if tip < self.parents.len() && !self.missing.contains(&tip) {
                found.insert(tip);
                for parent in &self.parents[tip] {
                    found.extend(self.reachable(*parent));
                }
            }
            found
        }
    }

    proptest! {
        #[test]
        fn one_walk_equals_reachable_from_this_deployment_and_from_none_before_it(history in histories()) {
            let graph = history.graph();
            let tips = history.tips.iter().map(|tip| tip.and_then(|tip| graph.find(&sha(tip))));
            let found = first_deliveries(&graph, tips);
            let mut before = BTreeSet::new();
            for (i, tip) in history.tips.iter().enumerate() {
                let reachable = tip.map(|tip| history.reachable(tip)).unwrap_or_default();
                let expected: BTreeSet<Node> =
                    reachable.difference(&before).filter_map(|c| graph.find(&sha(*c))).collect();
                prop_assert_eq!(found.of(i).iter().copied().collect::<BTreeSet<_>>(), expected);
                prop_assert_eq!(found.of(i).len(), reachable.difference(&before).count(), "a commit came twice");
                before.extend(reachable);
            }
        }
    }

    #[test]
    fn a_history_of_half_a_million_commits_is_walked_without_recursion() {
        let mut graph = Graph::new();
        let count = 500_000;
        for i in 0..count {
            graph.add(sha(i), (i > 0).then(|| sha(i - 1)));
        }
        let tips = (0..100).map(|i| graph.find(&sha((i + 1) * count / 100 - 1)));
        let found = first_deliveries(&graph, tips.collect::<Vec<_>>());
        assert!((0..100).all(|i| found.of(i).len() == count / 100));
    }
}
