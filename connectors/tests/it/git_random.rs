//! On random histories, with clocks that lie, every commit is landed after its parents and none is missed.

use crate::reading::{Landed, any_tags, sync_git};
use crate::repo::Repo;
use proptest::prelude::*;
use std::collections::HashSet;

/// A commit: how far back its parents are, its time, and whether a branch stands at it.
type Made = (Vec<usize>, i64, bool);

fn script(history: &[Made], from: usize) -> String {
    let mut script = String::new();
    for (n, (parents, time, branch)) in history.iter().enumerate().skip(from) {
        script += "reset refs/heads/tmp\n";
        script += &format!("commit refs/heads/tmp\nmark :{}\ncommitter x <x@y> {time} +0000\ndata 1\nc\n", n + 1);
        let back: Vec<_> = parents.iter().filter(|back| **back <= n && **back > 0).map(|back| n + 1 - back).collect();
        let mut seen = HashSet::new();
        for (i, parent) in back.into_iter().filter(|p| seen.insert(*p)).enumerate() {
            script += &format!("{} :{parent}\n", if i == 0 { "from" } else { "merge" });
        }
        if *branch || n == from {
            script += &format!("reset refs/heads/b{n}\nfrom :{}\n\n", n + 1);
        }
    }
    script + "reset refs/heads/tmp\n"
}

fn listed(repo: &Repo) -> HashSet<String> {
    repo.git(&["rev-list", "--all"]).lines().map(str::to_owned).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_two_syncs_land_is_what_git_lists(
        history in prop::collection::vec((prop::collection::vec(0usize..8, 0..4), 0i64..2_000_000_000, any::<bool>()), 2..40),
        split in 0.0f64..1.0,
        sane in any::<bool>(),
    ) {
        let split = ((history.len() as f64 * split) as usize).clamp(1, history.len() - 1);
        let repo = Repo::new();
        let mut history = history;
        if sane {
            history.iter_mut().zip(1_600_000_000..).for_each(|(made, time)| made.1 = time);
        }
        let marks = repo.beside("marks");
        let import = |script: String| {
            let (read, write) = (format!("--import-marks-if-exists={}", marks.display()), format!("--export-marks={}", marks.display()));
            repo.git_at("1700000000 +0000", &["fast-import", "--quiet", "--force", &read, &write], script.as_bytes());
        };
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let landed = Landed::default();
        let sync = || runtime.block_on(sync_git(repo.path(), any_tags(), &landed)).unwrap();

        import(script(&history[..split], 0));
        sync();
        let before = listed(&repo);
        let first = landed.keys("commits");
        prop_assert_eq!(first.len(), before.len(), "the first sync lands each commit once");
        prop_assert_eq!(&first.into_iter().collect::<HashSet<_>>(), &before);

        landed.forget();
        import(script(&history, split));
        sync();
        let all = listed(&repo);
        let mut there = before.clone();
        if sane {
            // Where clocks lied a commit may come again.
            prop_assert_eq!(landed.keys("commits").len(), all.len() - before.len(), "the second sync lands what is new alone");
        }
        for (sha, body) in landed.stream("commits") {
            for parent in body.get("parents").and_then(|p| p.as_array()).into_iter().flatten() {
                prop_assert!(there.contains(parent.as_str().unwrap()), "{} came before a parent", sha);
            }
            there.insert(sha);
        }
        prop_assert_eq!(there, all);
    }
}
