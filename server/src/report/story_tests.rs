//! Paragraphs as people read them.

use super::story::{Asked, Clause, PAGES, of_risks, told};
use crate::texts::Language;
use pulse_engine::metrics::{Answer, Dimension, Figure, Filter, Group, Kind, Point, definition};
use pulse_engine::risk::StandingRisk;
use std::sync::Arc;

const HOUR: f64 = 3600.0;
/// Monday, 5 January 2026, midnight in Berlin.
const FIRST: i64 = 1_767_567_600_000_000;
const WEEK: i64 = 7 * 86_400_000_000;

/// A group with a value a week, each of as many observations; the last week is not over.
fn group(key: Option<&str>, values: &[f64], n: i64) -> Group {
    let point = |(place, value): (usize, &f64)| {
        let from = FIRST + place as i64 * WEEK;
        Point {
            from,
            until: from + WEEK,
            label: format!("2026-W{:02}", place + 2),
            partial: place + 1 == values.len(),
            figure: Figure { value: Some(*value), n, ..Figure::default() },
        }
    };
    Group {
        key: key.map(str::to_owned),
        name: key.map(|key| format!("the {key}")),
        total: Figure::default(),
        share: None,
        comparison: None,
        typical: None,
        points: values.iter().enumerate().map(point).collect(),
    }
}

fn answer(metric: &str, groups: Vec<Group>) -> Arc<Answer> {
    let definition = definition(metric, &[]).unwrap().clone();
    Arc::new(Answer {
        definition,
        time_zone: "Europe/Berlin".into(),
        as_of: FIRST,
        newest_at: None,
        groups,
        overall: None,
        spread: None,
    })
}

/// Seven whole weeks, the last of which is given, and one that runs.
fn weeks(usual: f64, last: f64) -> Vec<f64> {
    vec![usual, usual, usual * 1.1, usual * 0.9, usual, usual * 1.1, last, 0.0]
}

fn lead(last: f64) -> Asked {
    let one = |metric: &str, values: &[f64]| answer(metric, vec![group(None, values, 20)]);
    Asked {
        whole: one("change_lead_time", &weeks(10.0 * HOUR, last)),
        by: Dimension::Repository,
        apart: answer(
            "change_lead_time",
            vec![
                group(Some("app"), &weeks(10.0 * HOUR, last), 15),
                group(Some("lib"), &weeks(10.0 * HOUR, 11.0 * HOUR), 5),
            ],
        ),
        stages: vec![
            one("lead_time_coding", &weeks(5.0 * HOUR, 6.0 * HOUR)),
            one("lead_time_pickup", &weeks(3.0 * HOUR, 20.0 * HOUR)),
        ],
        time_zone: None,
        as_of: None,
    }
}

fn texts(clauses: &[Clause]) -> Vec<&str> {
    clauses.iter().map(|clause| clause.text.as_str()).collect()
}

#[test]
fn what_moved_is_told_with_where_and_which_stage() {
    let clauses = told(&[lead(30.0 * HOUR)], &Filter::default(), 10, Language::English).clauses;
    // The distances to the median of ten hours are 0, 0, 1, 1, 0, 1: their median is half an hour, and 3 · 1.4826 of it 2.2.
    assert_eq!(
        texts(&clauses),
        [
            "Change lead time was 30 h in 2026-W08, above its usual 7.8 h to 12 h (n = 20).",
            "Most of that is in the app: 30 h after 10 h.",
            "In the same period pickup time moved most of its stages: 20 h after 3 h.",
        ]
    );
    let version = |metric: &str| i64::from(definition(metric, &[]).unwrap().version);
    assert!(clauses.iter().all(|clause| clause.version == Some(version(&clause.metric))), "{clauses:?}");
    let told: Vec<_> = clauses.iter().map(|clause| (clause.metric.as_str(), clause.href.as_str())).collect();
    assert_eq!(
        told,
        [
            ("change_lead_time", "/api/v1/metrics/change_lead_time/evidence?from=2026-02-16&until=2026-02-23"),
            (
                "change_lead_time",
                "/api/v1/metrics/change_lead_time/evidence?from=2026-02-16&until=2026-02-23&repository=app"
            ),
            ("lead_time_pickup", "/api/v1/metrics/lead_time_pickup/evidence?from=2026-02-16&until=2026-02-23"),
        ]
    );
}

#[test]
fn the_same_is_told_in_german() {
    let clauses = told(&[lead(30.0 * HOUR)], &Filter::default(), 10, Language::German).clauses;
    assert_eq!(
        texts(&clauses),
        [
            "Durchlaufzeit von Änderungen: 30 h in 2026-W08, über den üblichen 7,8 h bis 12 h (n = 20).",
            "Das meiste davon liegt in the app: 30 h nach 10 h.",
            "Im selben Zeitraum hat sich von den Abschnitten am meisten bewegt: Zeit bis zum ersten Review mit 20 h nach 3 h.",
        ]
    );
    let still = told(&[lead(12.0 * HOUR)], &Filter::default(), 10, Language::German).clauses;
    assert_eq!(texts(&still), ["Durchlaufzeit von Änderungen: 12 h in 2026-W08, im üblichen Bereich."]);
    assert_eq!(texts(&of_risks(&[], Language::German).clauses), ["Noch ist von keinem Projekt etwas bekannt."]);
}

#[test]
fn why_opens_the_rows_of_the_filter_that_was_asked_under() {
    let filter = Filter { teams: vec!["Payments".into()], repositories: vec!["app".into()], ..Filter::default() };
    let clauses = told(&[lead(30.0 * HOUR)], &filter, 10, Language::English).clauses;
    let rows =
        "/api/v1/metrics/change_lead_time/evidence?from=2026-02-16&until=2026-02-23&repository=app&team=Payments";
    // The group is one of those that the filter left.
    assert_eq!((clauses[0].href.as_str(), clauses[1].href.as_str()), (rows, rows));
    let still = told(&[lead(12.0 * HOUR)], &filter, 10, Language::English).clauses;
    assert_eq!(still[0].href, rows);
}

#[test]
fn why_opens_the_rows_of_the_days_of_the_time_zone_that_was_asked_in() {
    let mut asked = lead(30.0 * HOUR);
    // A point of the same weeks, which are those of Berlin and begin in Tokyo at eight.
    asked.time_zone = Some(chrono_tz::Tz::Asia__Tokyo);
    Arc::make_mut(&mut asked.whole).time_zone = "Asia/Tokyo".into();
    let clauses = told(&[asked], &Filter::default(), 10, Language::English).clauses;
    let rows = "/api/v1/metrics/change_lead_time/evidence?from=2026-02-16&until=2026-02-23&time_zone=Asia%2FTokyo";
    assert_eq!(clauses[0].href, rows);
}

#[test]
fn what_stays_within_its_range_is_told_as_that() {
    let clauses = told(&[lead(12.0 * HOUR)], &Filter::default(), 10, Language::English).clauses;
    assert_eq!(texts(&clauses), ["Change lead time stayed within its usual range in 2026-W08, at 12 h."]);
    assert!(clauses[0].href.starts_with("/api/v1/metrics/change_lead_time/evidence?from=2026-02-16"));
}

#[test]
fn too_few_observations_or_periods_say_nothing() {
    let said = ["Of change lead time too little is known to say what is usual."];
    assert_eq!(texts(&told(&[lead(90.0 * HOUR)], &Filter::default(), 21, Language::English).clauses), said);
    let mut short = lead(90.0 * HOUR);
    Arc::make_mut(&mut short.whole).groups[0].points.drain(..1);
    assert_eq!(texts(&told(&[short], &Filter::default(), 10, Language::English).clauses), said);
    assert!(told(&[], &Filter::default(), 10, Language::English).clauses.is_empty());
}

#[test]
fn of_counts_a_quiet_week_is_a_move() {
    let mut counted = answer("deployment_frequency", vec![group(None, &weeks(10.0, 0.0), 2)]);
    assert_eq!(counted.definition.kind, Kind::Count);
    Arc::make_mut(&mut counted).groups[0].points[6].figure.n = 0;
    let apart = answer("deployment_frequency", vec![group(Some("app"), &weeks(10.0, 0.0), 2)]);
    let clauses = told(
        &[Asked { whole: counted, by: Dimension::Repository, apart, stages: Vec::new(), time_zone: None, as_of: None }],
        &Filter::default(),
        10,
        Language::English,
    )
    .clauses;
    // The only repository is no where.
    assert_eq!(
        texts(&clauses),
        ["Deployment frequency was 0 a week in 2026-W08, below its usual 7.8 a week to 12 a week (n = 0)."]
    );
}

#[test]
fn of_a_level_few_are_told_too_and_where_they_are() {
    let level = |key: Option<&str>, last: f64| {
        let mut level = group(key, &weeks(20.0, last), 0);
        level.points.iter_mut().for_each(|point| point.figure.n = point.figure.value.unwrap() as i64);
        level
    };
    let whole = answer("work_in_progress", vec![level(None, 4.0)]);
    assert_eq!(whole.definition.kind, Kind::Level);
    let apart = answer("work_in_progress", vec![level(Some("app"), 1.0), level(Some("lib"), 3.0)]);
    let clauses = told(
        &[Asked { whole, by: Dimension::Project, apart, stages: Vec::new(), time_zone: None, as_of: None }],
        &Filter::default(),
        10,
        Language::English,
    )
    .clauses;
    assert_eq!(
        texts(&clauses),
        [
            "Work in progress was 4 items in 2026-W08, below its usual 16 items to 24 items (n = 4).",
            "Most of that is in the app: 1 item after 20 items.",
        ]
    );
    assert!(clauses[1].href.ends_with("&project=app"), "{}", clauses[1].href);
}

#[test]
fn each_page_has_metrics_that_can_be_told_apart_as_it_says() {
    for page in &PAGES {
        for metric in page.metrics {
            let definition = definition(metric, &[]).unwrap();
            assert!(definition.dimensions.contains(&page.by), "{}: {metric}", page.name);
        }
    }
}

#[test]
fn a_range_is_never_narrower_than_a_seventh_of_what_is_usual() {
    let level = |last: f64| {
        let whole = answer("change_fail_rate", vec![group(None, &[0.2, 0.2, 0.2, 0.2, 0.2, 0.2, last, 0.0], 20)]);
        let apart = answer("change_fail_rate", Vec::new());
        told(
            &[Asked { whole, by: Dimension::Repository, apart, stages: Vec::new(), time_zone: None, as_of: None }],
            &Filter::default(),
            10,
            Language::English,
        )
        .clauses
        .remove(0)
        .text
    };
    assert_eq!(level(0.22), "Change fail rate stayed within its usual range in 2026-W08, at 22 %.");
    assert_eq!(level(0.24), "Change fail rate was 24 % in 2026-W08, above its usual 17 % to 23 % (n = 20).");
}

#[test]
fn risks_are_told_with_their_reason_and_a_link() {
    let risk = |id: &str, status: &str| StandingRisk {
        project_id: id.to_owned(),
        project: None,
        team_id: None,
        team: None,
        day: "2026-06-01".into(),
        found_at: 0,
        score: 0.7,
        status: status.to_owned(),
        version: Some(1),
        reason: "2 items are blocked.".into(),
        findings: Vec::new(),
    };
    let clauses = of_risks(&[risk("a b", "off_track"), risk("c", "on_track")], Language::English).clauses;
    assert_eq!(texts(&clauses), ["a b is off track: 2 items are blocked."]);
    assert_eq!((clauses[0].version, clauses[0].href.as_str()), (Some(1), "/api/v1/risks?project=a+b"));
    assert_eq!(texts(&of_risks(&[risk("c", "on_track")], Language::English).clauses), ["No project is at risk."]);
    assert_eq!(texts(&of_risks(&[], Language::English).clauses), ["Of no project anything is known yet."]);
}
