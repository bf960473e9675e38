//! The engine's walk over the commit graph and nothing else, so that its time can be told from that of reading and
//! writing tables. `lineage.py` compiles it with `rustc -O`; the code that it measures is the engine's own, by path.
//!
//! Arguments: a file as `git rev-list --all --parents` writes it, a file with one commit a line for the deployments in
//! their order, and how often to measure. Prints how many commits, deployments and carried commits there are, then a
//! line for each round: milliseconds for building the graph from the text, and for the walk.

#![expect(dead_code, reason = "the engine uses the rest")]

#[path = "../engine/src/lineage/graph.rs"]
mod graph;
#[path = "../engine/src/lineage/walk.rs"]
mod walk;

use graph::{Graph, Node, Sha};
use std::error::Error;
use std::time::Instant;

// What the two files call `super` is `lineage` in the engine and this file here.
fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [history, tips, rounds] = args.as_slice() else {
        return Err("usage: lineage_walk HISTORY TIPS ROUNDS".into());
    };
    let (history, tips) = (std::fs::read_to_string(history)?, std::fs::read_to_string(tips)?);
    for round in 0..rounds.parse()? {
        let start = Instant::now();
        let mut graph = Graph::new();
        for line in history.lines() {
            let mut ids = line.split(' ').filter_map(Sha::parse);
            if let Some(commit) = ids.next() {
                graph.add(commit, ids);
            }
        }
        let built = start.elapsed();

        let order: Vec<Option<Node>> = tips.lines().map(|sha| graph.find_text(sha)).collect();
        let start = Instant::now();
        let found = walk::first_deliveries(&graph, order.iter().copied());
        let walked = start.elapsed();
        if round == 0 {
            let carried: usize = (0..order.len()).map(|place| found.of(place).len()).sum();
            println!("{} {} {carried}", graph.commits().count(), order.len());
        }
        println!("{:.3} {:.3}", built.as_secs_f64() * 1e3, walked.as_secs_f64() * 1e3);
    }
    Ok(())
}
