//! Lineage by time, for deployments that do not tell their SHA: what was merged belongs to the first deployment that
//! finished then or later.

use super::{Graph, Node, first_deliveries};
use crate::Result;
use polars::prelude::*;

/// For each merge time, the place in `finished` of the first deployment that finished then or later. `finished` are the
/// times of deployments in their order.
///
/// # Errors
/// [`crate::Error::Frame`] when the join fails.
pub fn first_after(merged: &[i64], finished: &[i64]) -> Result<Vec<Option<usize>>> {
    if merged.is_empty() || finished.is_empty() {
        return Ok(vec![None; merged.len()]);
    }
    // An as-of join wants both sides in the order of time; the stable sort leaves the first of those that finished at one
    // instant first.
    let mut places: Vec<usize> = (0..merged.len()).collect();
    places.sort_by_key(|place| merged[*place]);
    let mut order: Vec<usize> = (0..finished.len()).collect();
    order.sort_by_key(|place| finished[*place]);

    // The join without the lazy frames exists for groups alone, so all stand in one.
    let left = df!(
        "group" => vec![0_u32; places.len()],
        "at" => places.iter().map(|p| merged[*p]).collect::<Vec<_>>(),
    )?;
    let right = df!(
        "group" => vec![0_u32; order.len()],
        "at" => order.iter().map(|p| finished[*p]).collect::<Vec<_>>(),
        "deployment" => order.iter().map(|p| *p as u32).collect::<Vec<_>>(),
    )?;
    let by = ["group"];
    let joined = left.join_asof_by(&right, "at", "at", by, by, AsofStrategy::Forward, None, true, false)?;
    let mut found = vec![None; merged.len()];
    for (place, deployment) in places.into_iter().zip(joined.column("deployment")?.u32()?.iter()) {
        found[place] = deployment.map(|d| d as usize);
    }
    Ok(found)
}

/// When each commit came into the default lineage: the time of the first commit along the first parents of `tips` that
/// contains it. `None` for a commit that is in none of them, or when that time is not known.
///
/// A commit that was written on Monday and merged on Friday so counts from Friday.
pub fn merged_at(graph: &Graph, tips: &[Node], committed_at: impl Fn(Node) -> Option<i64>) -> Vec<Option<i64>> {
    let mut mainline = Vec::new();
    let mut seen = vec![false; graph.len()];
    for tip in tips {
        let mut next = Some(*tip).filter(|tip| graph.is_known(*tip));
        while let Some(node) = next.filter(|node| !std::mem::replace(&mut seen[node.index()], true)) {
            mainline.push(node);
            next = graph.parents(node).first().copied().filter(|parent| graph.is_known(*parent));
        }
    }
    // Oldest first. Where a clock was wrong, or the time is missing, a commit may come before its parent; then the parent
    // came in with it.
    mainline.reverse();
    mainline.sort_by_key(|node| committed_at(*node).unwrap_or(i64::MAX));
    let found = first_deliveries(graph, mainline.iter().map(|node| Some(*node)));
    let mut times = vec![None; graph.len()];
    for (i, node) in mainline.iter().enumerate() {
        for commit in found.of(i) {
            times[commit.index()] = committed_at(*node);
        }
    }
    times
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lineage::Sha;

    #[test]
    fn what_was_merged_belongs_to_the_first_deployment_that_finished_then_or_later() {
        let found = first_after(&[21, 20, 10, 11, 3], &[10, 20, 20]).unwrap();
        assert_eq!(found, [None, Some(1), Some(0), Some(1), Some(0)]);
        assert_eq!(first_after(&[21], &[]).unwrap(), [None]);
        assert!(first_after(&[], &[10]).unwrap().is_empty());
    }

    #[test]
    fn a_commit_of_a_side_branch_counts_from_its_merge() {
        let sha = |n: u8| Sha::from([n; 20]);
        let mut graph = Graph::new();
        let root = graph.add(sha(1), []);
        let side = graph.add(sha(2), [sha(1)]);
        let main = graph.add(sha(3), [sha(1)]);
        let merge = graph.add(sha(4), [sha(3), sha(2)]);
        let stray = graph.add(sha(5), [sha(1)]);
        let at = |node: Node| Some([10, 20, 30, 40, 50][node.index()]);
        let times = merged_at(&graph, &[merge], at);
        let of = |node: Node| times[node.index()];
        assert_eq!(
            [of(root), of(side), of(main), of(merge), of(stray)],
            [Some(10), Some(40), Some(30), Some(40), None]
        );
    }
}
