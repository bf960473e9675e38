//! The engine's walk over the commit graph and nothing else, so that its time can be told from that of reading and
//! writing tables. `lineage.py` runs it.
//!
//! Arguments: a file as `git rev-list --all --parents` writes it, a file with one commit a line for the deployments in
//! their order, and how often to measure. Prints how many commits, deployments and carried commits there are, then a
//! line for each round: milliseconds for building the graph from the text, and for the walk.

use pulse_engine::lineage::{Deliveries, Graph, Node, Sha, first_deliveries};
use std::error::Error;
use std::time::Instant;

fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [history, tips, rounds] = args.as_slice() else {
        return Err("usage: lineage_walk HISTORY TIPS ROUNDS".into());
    };
    let (history, tips) = (read(history)?, read(tips)?);
    for round in 0..rounds.parse().map_err(|e| format!("ROUNDS is {rounds:?}, not a number: {e}"))? {
        let start = Instant::now();
        let graph = graph(&history);
        let built = start.elapsed();

        let order = order(&graph, &tips);
        let start = Instant::now();
        let found = first_deliveries(&graph, order.iter().copied());
        let walked = start.elapsed();
        if round == 0 {
            println!("{} {} {}", graph.commits().count(), order.len(), carried(&found, order.len()));
        }
        println!("{:.3} {:.3}", built.as_secs_f64() * 1e3, walked.as_secs_f64() * 1e3);
    }
    Ok(())
}

fn read(path: &str) -> Result<String, String> {
    std::fs::read_to_string(path).map_err(|e| format!("cannot read {path}: {e}"))
}

/// The graph of a history in which each line is a commit and its parents.
fn graph(history: &str) -> Graph {
    let mut graph = Graph::new();
    for line in history.lines() {
        let mut ids = line.split(' ').filter_map(Sha::parse);
        if let Some(commit) = ids.next() {
            graph.add(commit, ids);
        }
    }
    graph
}

/// The deployments, one a line.
fn order(graph: &Graph, tips: &str) -> Vec<Option<Node>> {
    tips.lines().map(|sha| graph.find_text(sha)).collect()
}

fn carried(found: &Deliveries, deployments: usize) -> usize {
    (0..deployments).map(|place| found.of(place).len()).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_history_as_git_writes_it_becomes_a_graph_whose_deployments_carry_each_commit_once() {
        let sha = |digit: &str| digit.repeat(40);
        // 1 ← 2 ← 4 and 1 ← 3 ← 4; the newest first, as git writes it.
        let lines = [["4", "2", "3"].as_slice(), &["3", "1"], &["2", "1"], &["1"]];
        let history = lines.map(|line| line.iter().map(|d| sha(d)).collect::<Vec<_>>().join(" ") + "\n").concat();
        let graph = graph(&history);
        assert_eq!(graph.commits().count(), 4);

        let order = order(&graph, &["2", "4", "9", "3"].map(|d| sha(d) + "\n").concat());
        let found = first_deliveries(&graph, order.iter().copied());
        assert_eq!([0, 1, 2, 3].map(|place| found.of(place).len()), [2, 2, 0, 0]);
        assert_eq!(carried(&found, order.len()), 4, "a commit was carried twice, or never");
    }
}
