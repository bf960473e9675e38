//! What a move is made of, and which of several is to be looked at first.

use super::driver::{SORTED, STAGED};
use super::story::{Asked, Clause, PAGES, told};
use super::story_tests::{HOUR, alone, answer, group, lead, texts, weeks};
use crate::texts::Language;
use pulse_engine::metrics::{Dimension, Filter, Group, definition};

/// A metric that moved as a whole, and its groups by what it is told apart by once more.
fn sorted(metric: &str, (usual, last): (f64, f64), by: Dimension, groups: Vec<Group>) -> Asked {
    let whole = answer(metric, vec![group(None, &weeks(usual, last), 20)]);
    let asked = alone(whole, Dimension::Repository, answer(metric, Vec::new()));
    Asked { sorted: Some((by, answer(metric, groups))), ..asked }
}

/// Nothing but the metric, without where it moved.
fn only(metric: &str, usual: f64, last: f64) -> Asked {
    let whole = answer(metric, vec![group(None, &weeks(usual, last), 20)]);
    alone(whole, Dimension::Repository, answer(metric, Vec::new()))
}

fn clauses(all: &[Asked]) -> Vec<Clause> {
    told(all, &Filter::default(), 10, Language::English).clauses
}

fn of(key: &str, usual: f64, last: f64, n: i64) -> Group {
    group(Some(key), &weeks(usual, last), n)
}

#[test]
fn of_which_class_a_longer_cycle_time_is_comes_with_its_share() {
    // 30 h more of each of twelve are 360, and 10 h of each of six 60: 360 of 420. What fell has no part.
    let groups = vec![
        of("feature", 10.0 * HOUR, 40.0 * HOUR, 12),
        of("defect", 10.0 * HOUR, 20.0 * HOUR, 6),
        of("debt", 10.0 * HOUR, 5.0 * HOUR, 2),
    ];
    let risen = sorted("cycle_time", (10.0 * HOUR, 30.0 * HOUR), Dimension::Class, groups);
    let said = clauses(std::slice::from_ref(&risen));
    assert_eq!(
        texts(&said)[1..],
        [
            "Told apart by class, 86 % of what rose is in the feature: 40 h, up from a median of 10 h.",
            "Look first at cycle time: of what moved for the worse, it is furthest from what was expected.",
        ]
    );
    let rows = "/api/v1/metrics/cycle_time/evidence?from=2026-02-16&until=2026-02-23";
    assert_eq!((said[1].metric.as_str(), said[1].href.clone()), ("cycle_time", format!("{rows}&class=feature")));
    assert_eq!(said[2].href, rows);
    let german = told(&[risen], &Filter::default(), 10, Language::German).clauses;
    assert_eq!(
        german[1].text,
        "Nach Art getrennt liegen 86 % des Anstiegs in the feature: 40 h, zuvor im Median 10 h."
    );
    // 9 h less of each of eight are 72, and 8 h of one 8.
    let groups = vec![of("feature", 10.0 * HOUR, HOUR, 8), of("defect", 10.0 * HOUR, 2.0 * HOUR, 1)];
    let fallen = sorted("cycle_time", (10.0 * HOUR, 2.0 * HOUR), Dimension::Class, groups);
    assert_eq!(
        texts(&clauses(&[fallen]))[1..],
        [
            "Told apart by class, 90 % of what fell is in the feature: 1 h, down from a median of 10 h.",
            "Look first at cycle time: of what moved, it is furthest from what was expected.",
        ]
    );
}

#[test]
fn in_which_team_more_changes_fail_comes_with_its_share() {
    // 0.6 more of ten deployments are 6, and 0.2 of ten 2: 6 of 8. A team that is as it was has no part.
    let groups = vec![of("a", 0.2, 0.8, 10), of("b", 0.2, 0.2, 10), of("c", 0.2, 0.4, 10)];
    let said = clauses(&[sorted("change_fail_rate", (0.2, 0.5), Dimension::Team, groups)]);
    let expected = "Told apart by team, 75 % of what rose is in the a: 80 %, up from a median of 20 %.";
    assert_eq!(said[1].text, expected);
    assert!(said[1].href.ends_with("&team=a"), "{}", said[1].href);
}

#[test]
fn of_which_severity_more_incidents_are_comes_with_its_share() {
    // 9 more and 3 more, whatever they rest on.
    let groups = vec![of("high", 6.0, 15.0, 1), of("low", 4.0, 7.0, 90)];
    let said = clauses(&[sorted("incidents", (10.0, 22.0), Dimension::Severity, groups)]);
    let expected = "Told apart by severity, 75 % of what rose is in the high: 15 a week, up from a median of 6 a week.";
    assert_eq!(said[1].text, expected);
    // What is of one severity alone is told apart by none.
    let one = clauses(&[sorted("incidents", (10.0, 22.0), Dimension::Severity, vec![of("high", 10.0, 22.0, 1)])]);
    assert!(one.iter().all(|clause| !clause.text.contains("Told apart")), "{one:?}");
}

#[test]
fn at_the_end_stands_what_to_look_at_first() {
    // The reach is 2.2 of ten: 20 more a week are nine times as far, 10 h more four and a half times, and 26 % for 20 % once and a third.
    let often = || only("deployment_frequency", 10.0, 30.0);
    let last = |all: &[Asked]| clauses(all).pop().unwrap();
    let look = last(&[often(), only("change_fail_rate", 0.2, 0.26), lead(20.0 * HOUR)]);
    assert_eq!(
        look.text,
        "Look first at change lead time in the app: of what moved for the worse, it is furthest from what was expected."
    );
    assert_eq!(look.metric, "change_lead_time");
    assert!(look.href.ends_with("&repository=app"), "{}", look.href);
    // Where nothing is worse, what moved furthest.
    let first = "Look first at deployment frequency: of what moved, it is furthest from what was expected.";
    assert_eq!(last(&[lead(2.0 * HOUR), often()]).text, first);
    // Of two that are as far the first of the page.
    assert_eq!(last(&[often(), only("throughput", 10.0, 30.0)]).text, first);
    // Where nothing moved there is nothing to look at.
    assert!(!last(&[lead(12.0 * HOUR)]).text.contains("Look first"));
}

#[test]
fn what_is_told_apart_once_more_can_be_so_and_is_on_a_page() {
    for (metric, by) in SORTED {
        assert!(definition(metric, &[]).unwrap().dimensions.contains(&by), "{metric}");
        assert!(PAGES.iter().any(|page| page.metrics.contains(&metric) && page.by != by), "{metric}");
    }
}

#[test]
fn the_page_names_each_metric_of_which_it_is_told_what_drives_it() {
    let page = include_str!("../../../docs/dashboards.md");
    let listed = |parts: &[&str]| parts.iter().map(|part| format!("`{part}`")).collect::<Vec<_>>().join(", ");
    let staged = STAGED.iter().map(|(metric, stages)| format!("| `{metric}` | {} |", listed(stages)));
    let apart = SORTED.iter().map(|(metric, by)| format!("| `{metric}` | {} |", by.name()));
    let rows: Vec<String> = staged.chain(apart).collect();
    let (_, table) = page.split_once("| metric | by its stage, or told apart by |\n|---|---|\n").unwrap();
    assert_eq!(table.lines().take_while(|line| !line.is_empty()).collect::<Vec<_>>(), rows);
}
