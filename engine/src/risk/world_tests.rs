//! Whole stories: what the rules say of projects before it is known how they end.

use super::world::{DUE, Plan, any, day, failing, forecast, known, stable};
use super::{Found, ProjectRisk, Status, combine, find};
use crate::Settings;
use crate::metrics::tests::session;
use crate::row::Row;
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

async fn risks(rows: &[Row], at: i64) -> (Found, Vec<ProjectRisk>) {
    let settings = Settings::default();
    let mut found = find(&session(rows), &settings, at, |_, _| {}).await.unwrap();
    let risks = combine(&mut found, &settings.risk);
    (found, risks)
}

fn rules_of<'a>(found: &'a Found, project: &str) -> BTreeSet<&'a str> {
    let own = found.findings.iter().filter(|f| f.project_id.as_deref() == Some(project));
    own.map(|f| f.rule.name.as_str()).collect()
}

#[tokio::test]
async fn a_failing_project_is_off_track_well_before_its_due_date_and_stable_ones_raise_nothing() {
    let plans = [failing("bad", 1), stable("good", 2), stable("fine", 3)];
    assert!(!known(&plans[0], DUE).1, "it missed the date");
    let mut fired: BTreeMap<String, i64> = BTreeMap::new();
    let mut off_track = None;
    for week in 8..=40 {
        let mut rows: Vec<Row> = plans.iter().flat_map(|plan| known(plan, week * 7).0).collect();
        if week * 7 < DUE {
            let told = |plan: &Plan| forecast(plan, &known(plan, week * 7).0, week * 7);
            rows.extend(told(&plans[0]));
            // The stable ones have promised no more than they get done: most likely they hold the day.
            rows.extend(plans[1..].iter().flat_map(|plan| {
                let [forecast, project] = told(plan);
                [forecast.set("due_probability", 0.85), project]
            }));
        }
        let (found, risks) = risks(&rows, day(week * 7)).await;
        for (plan, stable) in plans.iter().zip([false, true, true]) {
            let risk = risks.iter().find(|risk| risk.project_id == plan.id).unwrap();
            let rules = rules_of(&found, &plan.id);
            if stable || week <= 12 {
                assert_eq!((rules, risk.status), (BTreeSet::new(), Status::OnTrack), "{} in week {week}", plan.id);
            } else {
                for rule in rules {
                    fired.entry(rule.to_owned()).or_insert(week);
                }
                if risk.status == Status::OffTrack {
                    off_track.get_or_insert(week);
                }
            }
        }
    }
    println!("off track in week {off_track:?}, first seen in week: {fired:?}");
    let right = [
        "forecast_misses_due_date",
        "scope_growth",
        "throughput_falling",
        "blocked_work",
        "change_fail_rate_rising",
        "incident_load",
    ];
    for rule in right {
        assert!(fired.get(rule).is_some_and(|week| *week < 30), "{rule}: {fired:?}");
    }
    assert!(off_track.is_some_and(|week| week <= 20), "{off_track:?}");
}

/// The chance that of one project that missed its date and one that kept it, the former had the higher risk (Hanley and McNeil, The
/// meaning and use of the area under a receiver operating characteristic (ROC) curve, Radiology 143, 1982).
fn area(missed: &[f64], kept: &[f64]) -> f64 {
    let pairs = missed.iter().flat_map(|m| kept.iter().map(move |k| (m, k)));
    let wins: f64 = pairs
        .map(|(m, k)| {
            if m > k {
                1.0
            } else if m == k {
                0.5
            } else {
                0.0
            }
        })
        .sum();
    wins / (missed.len() * kept.len()) as f64
}

#[test]
fn the_area_under_the_curve_counts_pairs() {
    assert_eq!(area(&[0.9, 0.4], &[0.5, 0.1]), 0.75);
    assert_eq!(area(&[0.5], &[0.5]), 0.5);
}

#[tokio::test]
async fn the_back_test_finds_most_of_the_projects_that_miss_their_date_ten_weeks_before() {
    let plans: Vec<Plan> = (0..200).map(|n| any(&format!("p{n:03}"), n)).collect();
    let missed: Vec<bool> = plans.iter().map(|plan| !known(plan, DUE).1).collect();
    let stories: Vec<Vec<Row>> = plans.iter().map(|plan| known(plan, 140).0).collect();
    let forecasts = plans.iter().zip(&stories).flat_map(|(plan, rows)| forecast(plan, rows, 140));
    let forecasts: Vec<Row> = forecasts.collect();
    let rows = stories.concat();
    let page = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/risk.md")).unwrap();
    for (what, rows) in [("rules alone", rows.clone()), ("with forecasts", [rows, forecasts].concat())] {
        let begun = std::time::Instant::now();
        let (found, risks) = risks(&rows, day(140)).await;
        let took = begun.elapsed();
        // Of how many projects that missed their date, and that kept it, each rule found anything.
        let mut fired: BTreeMap<&str, [usize; 2]> = BTreeMap::new();
        for (plan, missed) in plans.iter().zip(&missed) {
            for rule in rules_of(&found, &plan.id) {
                fired.entry(rule).or_default()[usize::from(!missed)] += 1;
            }
        }
        let scores: Vec<f64> = plans
            .iter()
            .map(|plan| risks.iter().find(|risk| risk.project_id == plan.id).map_or(0.0, |risk| risk.score))
            .collect();
        let of = |is: bool| -> Vec<f64> {
            scores.iter().zip(&missed).filter(|(_, missed)| **missed == is).map(|(score, _)| *score).collect()
        };
        let (bad, good) = (of(true), of(false));
        let told = format!("| {what} | {} | {} | {:.2} |", bad.len(), good.len(), area(&bad, &good));
        println!("{told} {} rows in {took:?}, found by: {fired:?}", rows.len());
        assert!(page.contains(&told), "docs/risk.md should say `{told}`");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(6))]

    #[test]
    fn another_project_and_the_order_of_rows_change_nothing(seed in 0_u64..1_000, other in 0_u64..1_000) {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(async {
            let (plan, other) = (failing("mine", seed), any("other", other));
            let mut rows = known(&plan, 140).0;
            let (alone, risk) = risks(&rows, day(140)).await;
            prop_assert!(alone.findings.iter().all(|f| f.score > 0.0 && f.score <= 1.0));
            rows.extend(known(&other, 140).0);
            rows.reverse();
            let (both, risk_beside) = risks(&rows, day(140)).await;
            let mine: Vec<_> = both.findings.into_iter().filter(|f| f.project_id.as_deref() == Some("mine")).collect();
            prop_assert_eq!(mine, alone.findings);
            let of_mine = |risks: Vec<ProjectRisk>| {
                let risk = risks.into_iter().find(|risk| risk.project_id == "mine").unwrap();
                (risk.score, risk.status, risk.reason)
            };
            prop_assert_eq!(of_mine(risk), of_mine(risk_beside));
            Ok(())
        })?;
    }

    /// But for what is blocked, of which the facts know the last block alone.
    #[test]
    fn what_happens_later_is_not_seen(seed in 0_u64..1_000) {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(async {
            let plan = failing("mine", seed);
            let then = risks(&known(&plan, 140).0, day(140) - 1).await.0;
            let now = risks(&known(&plan, 210).0, day(140) - 1).await.0;
            let told = |found: Found| -> Vec<_> {
                let known = found.findings.into_iter().filter(|f| f.rule.name != "blocked_work");
                known.map(|f| (f.rule.name.clone(), f.score, f.sentence, f.evidence)).collect()
            };
            prop_assert_eq!(told(then), told(now));
            Ok(())
        })?;
    }
}
