//! What people decided about which deployment first carried which commit.
//!
//! A decision that names a deployment is about that deployment's environment; one that none carried the commit is about
//! every production environment. The newest for a commit and an environment holds there. A decision about a commit, or
//! for a successful deployment, that is not known changes nothing, and leaves an older one in force.

use super::input::{LineageOverride, RepositoryInput};
use super::timeline::Run;
use crate::lineage::Node;
use std::collections::HashMap;
use std::ops::Range;

/// The decisions in force.
#[derive(Debug, Default)]
pub(super) struct Decisions {
    /// By environment, which run carried a commit, if any.
    verdicts: Vec<HashMap<Node, Option<usize>>>,
    /// By run, the commits that it was given.
    given: HashMap<usize, Vec<Node>>,
}

impl Decisions {
    pub(super) fn new(input: &RepositoryInput<'_>, runs: &[Run<'_, '_>], environments: &[Range<usize>]) -> Self {
        if input.lineage_overrides.is_empty() {
            return Self::default();
        }
        let places: HashMap<&str, usize> = (0..).zip(runs).map(|(place, run)| (run.deployment.id, place)).collect();
        let is_production = |environment: &usize| runs[environments[*environment].start].deployment.is_production;
        let production: Vec<_> = (0..environments.len()).filter(is_production).map(|e| (e, None)).collect();
        let mut newest: HashMap<(usize, Node), (&LineageOverride<'_>, Option<usize>)> = HashMap::new();
        for decision in &input.lineage_overrides {
            let Some(node) = input.commits.graph().find_text(decision.sha) else { continue };
            let about = match decision.deployment_id {
                Some(id) => places.get(id).map(|run| (runs[*run].environment, Some(*run))).into_iter().collect(),
                None => production.clone(),
            };
            for (environment, run) in about {
                let held = newest.entry((environment, node)).or_insert((decision, run));
                if (held.0.made_at, held.0.id) < (decision.made_at, decision.id) {
                    *held = (decision, run);
                }
            }
        }
        let mut all = Self { verdicts: vec![HashMap::new(); environments.len()], given: HashMap::new() };
        for ((environment, node), (_, run)) in newest {
            all.verdicts[environment].insert(node, run);
            if let Some(run) = run {
                all.given.entry(run).or_default().push(node);
            }
        }
        all
    }

    /// Which run of an environment carried a commit, if any; the outer `None` when nobody decided on that.
    pub(super) fn verdict(&self, environment: usize, node: Node) -> Option<Option<usize>> {
        self.verdicts.get(environment)?.get(&node).copied()
    }

    /// The commits that were decided on in an environment, in no order.
    pub(super) fn about(&self, environment: usize) -> impl Iterator<Item = Node> {
        self.verdicts.get(environment).into_iter().flat_map(HashMap::keys).copied()
    }

    /// The commits that a run was given, in no order.
    pub(super) fn given(&self, run: usize) -> &[Node] {
        self.given.get(&run).map_or(&[], Vec::as_slice)
    }
}
