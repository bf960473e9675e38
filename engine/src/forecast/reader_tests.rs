//! How forecasts have done, computed a second time by a program that is not ours.

use super::simulated_tests::{WAYS, scored};
use super::{Bin, Count, Counted, Scorecard, Scored};
use crate::metrics::reader_tests::{near, python};
use chrono::Days;
use serde_json::{Value, json};
use std::path::Path;
use std::process::Command;

/// How often each of the forecasts was played.
const RUNS: f64 = 200.0;

/// A forecast as a row of `facts.forecasts`, as far as its score is made of it.
fn row(kind: &str, forecast: &Scored) -> Value {
    let (inside, due, counted) = (forecast.inside(), forecast.due, forecast.counted.unwrap());
    json!({
        "id": format!("{kind}:{}", forecast.subject),
        "subject_kind": kind,
        "made_on": forecast.made_on.to_string(),
        "runs": RUNS,
        "rules": 2,
        "in_p50": inside.p50,
        "in_p70": inside.p70,
        "in_p85": inside.p85,
        "in_p95": inside.p95,
        "due_runs": due.map(|(_, share, _)| (share * RUNS).round()),
        "mean_makes_due": due.map(|(.., mean)| mean),
        "made_due": forecast.made_due(),
        "by_on": counted.by.to_string(),
        "by_p50": counted.p50,
        "by_p85": counted.p85,
        "by_done": (counted.by < forecast.unknown_from).then_some(counted.done),
    })
}

/// The scores of each kind, as the other program has them.
fn computed(folder: &Path) -> Value {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/readers/forecasts.py");
    let mut command = Command::new(python());
    // Else Python keeps what it makes of `metrics.py` beside the sources.
    command.arg("-B").arg(script).arg(folder).args(["2022-01-01", "2026-01-01", "UTC", "1790000000000000", "month"]);
    let read = command.output().unwrap();
    assert!(read.status.success(), "{}", String::from_utf8_lossy(&read.stderr));
    let mut told: Value = serde_json::from_slice(&read.stdout).unwrap();
    told["scores"].take()
}

fn is_same(ours: &Scorecard, theirs: &Value) -> bool {
    let count = |ours: Count, theirs: &Value| *theirs == json!([ours.hits, ours.of]);
    let inside = [ours.inside.p50, ours.inside.p70, ours.inside.p85, ours.inside.p95];
    let bin = |(place, bin): (usize, &Bin)| {
        let theirs = &theirs["due"]["bins"][place];
        near(Some(bin.said), &theirs[0]) && theirs[1] == bin.happened.hits && theirs[2] == bin.happened.of
    };
    let Some(due) = &ours.due else { return false };
    inside.into_iter().enumerate().all(|(place, ours)| count(ours, &theirs["inside"][place]))
        && count(ours.counts.p50, &theirs["counts"][0])
        && count(ours.counts.p85, &theirs["counts"][1])
        && theirs["waiting"] == ours.waiting
        && count(due.made, &theirs["due"]["made"])
        && near(Some(due.brier), &theirs["due"]["brier"])
        && near(due.skill, &theirs["due"]["skill"])
        && near(due.skill_over_mean, &theirs["due"]["skill_over_mean"])
        && due.bins.iter().enumerate().all(bin)
}

#[test]
fn a_program_without_a_line_of_ours_computes_the_same_scores_of_the_same_forecasts() {
    // One of which all due days were made: what it is held against is no share of 1.
    let all_made: Vec<Scored> = (0..40)
        .filter_map(|seed| scored(WAYS[0], seed * 104_729))
        .filter(|forecast| forecast.made_due() == Some(true))
        .collect();
    let mut kinds = vec![("all made".to_owned(), all_made)];
    for (way, n) in WAYS.iter().zip(1..) {
        kinds
            .push((format!("{way:?}"), (0..25).filter_map(|seed| scored(*way, n * 1_000_003 + seed * 7919)).collect()));
    }
    // By turns as many as half of the runs had are done, as 85 % of them had, and fewer.
    for (n, forecast) in (0_u32..).zip(kinds.iter_mut().flat_map(|(_, all)| all)) {
        let by = forecast.made_on + Days::new(28);
        forecast.counted = Some(Counted { by, p50: 6, p85: 3, done: n % 9 });
    }
    let folder = tempfile::tempdir().unwrap();
    let rows = kinds.iter().flat_map(|(kind, all)| all.iter().map(move |forecast| row(kind, forecast)));
    let lines: String = rows.map(|row| format!("{row}\n")).collect();
    std::fs::write(folder.path().join("facts.forecasts.ndjson"), lines).unwrap();
    let theirs = computed(folder.path());
    for (kind, all) in &kinds {
        let ours = Scorecard::of(all);
        assert!(is_same(&ours, &theirs[kind]), "of {kind}: {ours:?}, theirs {}", theirs[kind]);
        assert!(ours.inside.p85.of >= 10, "of {kind} there are only {ours:?}");
    }
}
