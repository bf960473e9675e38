//! Paragraphs as people read them.

use super::story::{Asked, Clause, PAGES, of_risks, told};
use crate::texts::Language;
use chrono::NaiveDate;
use pulse_engine::metrics::{Answer, Dimension, Figure, Filter, Grain, Group, Kind, Point, Typical, definition};
use pulse_engine::risk::StandingRisk;
use std::sync::Arc;

pub(super) const HOUR: f64 = 3600.0;
/// Monday, 5 January 2026, midnight in Berlin.
const FIRST: i64 = 1_767_567_600_000_000;
const WEEK: i64 = 7 * 86_400_000_000;

/// A group with a value a week, each of as many observations; the last week is not over.
pub(super) fn group(key: Option<&str>, values: &[f64], n: i64) -> Group {
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
        since: None,
        share: None,
        comparison: None,
        typical: None,
        points: values.iter().enumerate().map(point).collect(),
    }
}

pub(super) fn answer(metric: &str, groups: Vec<Group>) -> Arc<Answer> {
    let definition = definition(metric, &[]).unwrap().clone();
    Arc::new(Answer {
        definition,
        time_zone: "Europe/Berlin".into(),
        as_of: FIRST,
        newest_at: Some(FIRST),
        groups,
        overall: None,
        spread: None,
    })
}

/// The days from that Monday to the last of the week that runs.
fn span() -> (NaiveDate, NaiveDate) {
    ("2026-01-05".parse().unwrap(), "2026-03-02".parse().unwrap())
}

/// A metric that nothing tells apart.
pub(super) fn alone(whole: Arc<Answer>, by: Dimension, apart: Arc<Answer>) -> Asked {
    Asked {
        whole,
        by,
        apart,
        sorted: None,
        stages: Vec::new(),
        span: span(),
        grain: Grain::Week,
        time_zone: None,
        as_of: None,
    }
}

/// What was typical of the year before.
fn typical(p10: f64, p90: f64) -> Option<Typical> {
    Some(Typical { p10, median: f64::midpoint(p10, p90), p90, periods: 52, from: FIRST - 52 * WEEK, until: FIRST })
}

/// Seven whole weeks, the last of which is given, and one that runs.
pub(super) fn weeks(usual: f64, last: f64) -> Vec<f64> {
    vec![usual, usual, usual * 1.1, usual * 0.9, usual, usual * 1.1, last, 0.0]
}

pub(super) fn lead(last: f64) -> Asked {
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
        sorted: None,
        stages: vec![
            one("lead_time_coding", &weeks(5.0 * HOUR, 6.0 * HOUR)),
            one("lead_time_pickup", &weeks(3.0 * HOUR, 20.0 * HOUR)),
        ],
        span: span(),
        grain: Grain::Week,
        time_zone: None,
        as_of: None,
    }
}

pub(super) fn texts(clauses: &[Clause]) -> Vec<&str> {
    clauses.iter().map(|clause| clause.text.as_str()).collect()
}

#[test]
fn what_moved_is_told_with_where_and_which_stage() {
    let clauses = told(&[lead(30.0 * HOUR)], &Filter::default(), 10, Language::English).clauses;
    // The distances to the median of ten hours are 0, 0, 1, 1, 0, 1: their median is half an hour, and 3 · 1.4826 of it 2.2.
    assert_eq!(
        texts(&clauses),
        [
            "Change lead time: 30 h in the week of 2026-02-16, above the 7.8 to 12 h expected from the 6 weeks before (n = 20).",
            "The largest part of that is in the app: 30 h, up from a median of 10 h.",
            "Of its stages pickup time moved most in the same period: 20 h, up from a median of 3 h.",
            "Look first at change lead time in the app: of what moved for the worse, it is furthest from what was expected.",
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
            (
                "change_lead_time",
                "/api/v1/metrics/change_lead_time/evidence?from=2026-02-16&until=2026-02-23&repository=app"
            ),
        ]
    );
}

#[test]
fn the_same_is_told_in_german() {
    let clauses = told(&[lead(30.0 * HOUR)], &Filter::default(), 10, Language::German).clauses;
    assert_eq!(
        texts(&clauses),
        [
            "Durchlaufzeit von Änderungen: 30 h in der Woche vom 16.02.2026, mehr als die nach den 6 Wochen davor erwarteten 7,8 bis 12 h (n = 20).",
            "Am meisten davon liegt in the app: 30 h, zuvor im Median 10 h.",
            "Von den Abschnitten hat sich im selben Zeitraum am meisten bewegt: Zeit bis zum ersten Review mit 20 h, zuvor im Median 3 h.",
            "Zuerst anzusehen: Durchlaufzeit von Änderungen in the app; von dem, was schlechter wurde, liegt das am weitesten neben dem Erwarteten.",
        ]
    );
    let still = told(&[lead(12.0 * HOUR)], &Filter::default(), 10, Language::German).clauses;
    let expected =
        "Durchlaufzeit von Änderungen: 12 h in der Woche vom 16.02.2026, wie nach den 6 Wochen davor zu erwarten.";
    assert_eq!(texts(&still), [expected]);
    assert_eq!(
        texts(&of_risks(&[], true, Language::German).clauses),
        ["Noch ist von keinem Projekt das Risiko bekannt."]
    );
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
fn what_stays_as_the_weeks_before_let_expect_is_told_as_that() {
    let clauses = told(&[lead(12.0 * HOUR)], &Filter::default(), 10, Language::English).clauses;
    let expected = "Change lead time: 12 h in the week of 2026-02-16, as expected from the 6 weeks before.";
    assert_eq!(texts(&clauses), [expected]);
    assert!(clauses[0].href.starts_with("/api/v1/metrics/change_lead_time/evidence?from=2026-02-16"));
}

#[test]
fn what_rose_slowly_is_as_expected_and_above_what_was_typical_and_both_are_told_first() {
    // The median of twelve is 31.5, that of the distances to it 3: up to 44.8 is to be expected.
    let risen: Vec<f64> = (26..=38).map(f64::from).chain([0.0]).collect();
    let level = |values: &[f64], range| {
        let mut level = group(None, values, 20);
        level.typical = range;
        alone(answer("work_in_progress", vec![level]), Dimension::Project, answer("work_in_progress", Vec::new()))
    };
    let said = |language, range| {
        let all = [lead(12.0 * HOUR), level(&risen, range)];
        told(&all, &Filter::default(), 10, language).clauses.into_iter().map(|clause| clause.text).collect::<Vec<_>>()
    };
    let lead = "Change lead time: 12 h in the week of 2026-02-16, as expected from the 6 weeks before.";
    let slowly = "Work in progress: 38 items in the week of 2026-03-30, as expected from the 12 weeks before";
    assert_eq!(
        said(Language::English, typical(12.0, 28.0)),
        [format!("{slowly}, but above the 12 to 28 items typical of the year before."), lead.to_owned()]
    );
    assert_eq!(
        said(Language::English, typical(40.0, 50.0)),
        [format!("{slowly}, but below the 40 to 50 items typical of the year before."), lead.to_owned()]
    );
    // Next to a typical one it stays in the order of the page; and 37.6 reads as 38.
    for range in [typical(12.0, 40.0), typical(12.0, 37.6)] {
        let high = if range == typical(12.0, 40.0) { 40 } else { 38 };
        assert_eq!(
            said(Language::English, range),
            [lead.to_owned(), format!("{slowly}, and within the 12 to {high} items typical of the year before.")]
        );
    }
    assert_eq!(
        said(Language::German, typical(12.0, 28.0))[0],
        "Arbeit im Gange: 38 Vorgänge in der Woche vom 30.03.2026, wie nach den 12 Wochen davor zu erwarten, aber mehr als die im Jahr davor typischen 12 bis 28 Vorgänge."
    );
}

#[test]
fn what_moved_is_held_against_what_was_typical_too() {
    let said = |last: f64, range| {
        let mut asked = lead(last);
        Arc::make_mut(&mut asked.whole).groups[0].typical = range;
        told(&[asked], &Filter::default(), 10, Language::English).clauses.remove(0).text
    };
    let above =
        "Change lead time: 30 h in the week of 2026-02-16, above the 7.8 to 12 h expected from the 6 weeks before";
    for (range, beside) in [
        (typical(8.0 * HOUR, 20.0 * HOUR), ", and above the 8 to 20 h typical of the year before"),
        (typical(1800.0, 40.0 * HOUR), ", but within the 30 min to 40 h typical of the year before"),
        (typical(0.0, 40.0 * HOUR), ", but within the 0 to 40 h typical of the year before"),
        (typical(31.0 * HOUR, 40.0 * HOUR), ", but below the 31 to 40 h typical of the year before"),
        (None, ""),
    ] {
        assert_eq!(said(30.0 * HOUR, range), format!("{above}{beside} (n = 20)."));
    }
    assert_eq!(
        said(2.0 * HOUR, typical(8.0 * HOUR, 20.0 * HOUR)),
        "Change lead time: 2 h in the week of 2026-02-16, below the 7.8 to 12 h expected from the 6 weeks before, and below the 8 to 20 h typical of the year before (n = 20)."
    );
}

#[test]
fn what_reads_as_the_end_of_what_is_expected_did_not_move() {
    let level = |last: f64| {
        let values = [19.0, 19.0, 19.0, 19.0, 19.0, 19.0, last, 0.0];
        let whole = answer("idle_pull_requests", vec![group(None, &values, 20)]);
        let asked = alone(whole, Dimension::Repository, answer("idle_pull_requests", Vec::new()));
        told(&[asked], &Filter::default(), 10, Language::English).clauses.remove(0).text
    };
    // Three twentieths of 19 are 2.85: it ends at 21.85, which is told as 22.
    let when = "in the week of 2026-02-16";
    assert_eq!(
        level(22.0),
        format!("Idle pull requests: 22 pull requests {when}, as expected from the 6 weeks before.")
    );
    assert_eq!(
        level(23.0),
        format!(
            "Idle pull requests: 23 pull requests {when}, above the 16 to 22 pull requests expected from the 6 weeks before (n = 20)."
        )
    );
}

#[test]
fn of_what_has_too_few_observations_or_periods_the_facts_are_told_and_that_more_is_not_known() {
    let unknown = "Too little is known yet to say what is typical of change lead time.";
    assert_eq!(texts(&told(&[lead(90.0 * HOUR)], &Filter::default(), 21, Language::English).clauses), [unknown]);
    let mut short = lead(90.0 * HOUR);
    let whole = Arc::make_mut(&mut short.whole);
    whole.groups[0].points.drain(..1);
    whole.groups[0].total = Figure { value: Some(11.0 * HOUR), n: 140, ..Figure::default() };
    let clauses = told(std::slice::from_ref(&short), &Filter::default(), 10, Language::English).clauses;
    let facts = "Change lead time: 11 h from 2026-01-05 to 2026-03-01 (n = 140); what is typical is not known yet.";
    assert_eq!(texts(&clauses), [facts]);
    let rows = "/api/v1/metrics/change_lead_time/evidence?from=2026-01-05&until=2026-03-02";
    assert!(clauses.iter().all(|clause| clause.href == rows), "{clauses:?}");
    // What was typical of the year before is known without them.
    Arc::make_mut(&mut short.whole).groups[0].typical = typical(8.0 * HOUR, 20.0 * HOUR);
    let beside = "Change lead time: 3.8 days in the week of 2026-02-16, above the 8 to 20 h typical of the year before (n = 20).";
    assert_eq!(texts(&told(std::slice::from_ref(&short), &Filter::default(), 10, Language::English).clauses), [beside]);
    Arc::make_mut(&mut short.whole).groups[0].points[5].figure.value = None;
    let none = "Change lead time: no value in the week of 2026-02-16; 8 to 20 h were typical of the year before.";
    assert_eq!(texts(&told(&[short], &Filter::default(), 10, Language::English).clauses), [none]);
    assert!(told(&[], &Filter::default(), 10, Language::English).clauses.is_empty());
}

#[test]
fn what_nothing_is_known_to_be_typical_of_is_told_with_its_own_rows() {
    let few = |metric: &str, value: Option<f64>| {
        let mut of = group(None, &[1.0, 0.0, 0.0], 0);
        of.total = Figure { value, n: 10, ..Figure::default() };
        alone(answer(metric, vec![of]), Dimension::Project, answer(metric, Vec::new()))
    };
    let all = [
        few("incidents", Some(0.4)),
        few("incident_acknowledge_time", None),
        few("incident_recovery_time", Some(9000.0)),
        few("open_incidents", None),
    ];
    let clauses = told(&all, &Filter::default(), 10, Language::English).clauses;
    assert_eq!(
        texts(&clauses),
        [
            "Incidents: 0.40 a week from 2026-01-05 to 2026-03-01 (n = 10); what is typical is not known yet.",
            "Time to recover: 2.5 h from 2026-01-05 to 2026-03-01 (n = 10); what is typical is not known yet.",
            // What is open is that at the end of a week.
            "Open incidents: 0 incidents in the week of 2026-01-12 (n = 0); what is typical is not known yet.",
            "Too little is known yet to say what is typical of time to acknowledge.",
        ]
    );
    let metrics: Vec<&str> = clauses.iter().map(|clause| clause.metric.as_str()).collect();
    assert_eq!(metrics, ["incidents", "incident_recovery_time", "open_incidents", "incident_acknowledge_time"]);
    for clause in &clauses {
        assert!(clause.href.starts_with(&format!("/api/v1/metrics/{}/evidence?", clause.metric)), "{clause:?}");
    }
    let german = told(&all, &Filter::default(), 10, Language::German).clauses;
    let beside = "(n = 10); was typisch ist, ist noch nicht bekannt.";
    assert!(german[0].text.ends_with(beside), "{german:?}");
}

#[test]
fn of_what_was_never_seen_no_number_is_told() {
    let never = |metric: &str, values: &[f64]| {
        let mut of = group(None, values, 20);
        of.total = Figure { value: Some(0.0), ..Figure::default() };
        of.typical = typical(0.0, 1.0);
        let mut whole = answer(metric, vec![of]);
        Arc::make_mut(&mut whole).newest_at = None;
        alone(whole, Dimension::Project, answer(metric, Vec::new()))
    };
    let all = [never("incidents", &weeks(1.0, 0.0)), never("open_incidents", &[0.0, 0.0, 0.0])];
    assert_eq!(
        texts(&told(&all, &Filter::default(), 10, Language::English).clauses),
        ["incidents", "open incidents"]
            .map(|name| format!("Too little is known yet to say what is typical of {name}."))
    );
    // What is known of others is told as ever.
    let [incidents, _] = all;
    let clauses = told(&[incidents, lead(30.0 * HOUR)], &Filter::default(), 10, Language::English).clauses;
    assert!(clauses.iter().all(|clause| clause.metric != "incidents") && !clauses.is_empty(), "{clauses:?}");
}

#[test]
fn of_counts_a_quiet_week_is_a_move() {
    let mut counted = answer("deployment_frequency", vec![group(None, &weeks(10.0, 0.0), 2)]);
    assert_eq!(counted.definition.kind, Kind::Count);
    Arc::make_mut(&mut counted).groups[0].points[6].figure.n = 0;
    let apart = answer("deployment_frequency", vec![group(Some("app"), &weeks(10.0, 0.0), 2)]);
    let clauses =
        told(&[alone(counted, Dimension::Repository, apart)], &Filter::default(), 10, Language::English).clauses;
    // The only repository is no where.
    assert_eq!(
        texts(&clauses),
        [
            "Deployment frequency: 0 a week in the week of 2026-02-16, below the 7.8 to 12 a week expected from the 6 weeks before (n = 0).",
            "Look first at deployment frequency: of what moved for the worse, it is furthest from what was expected.",
        ]
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
    let clauses = told(&[alone(whole, Dimension::Project, apart)], &Filter::default(), 10, Language::English).clauses;
    assert_eq!(
        texts(&clauses),
        [
            "Work in progress: 4 items in the week of 2026-02-16, below the 16 to 24 items expected from the 6 weeks before (n = 4).",
            "The largest part of that is in the app: 1 item, down from a median of 20 items.",
            "Look first at work in progress in the app: of what moved, it is furthest from what was expected.",
        ]
    );
    assert!(clauses[1].href.ends_with("&project=app"), "{}", clauses[1].href);
}

#[test]
fn where_a_move_is_spread_its_largest_part_is_not_called_most_of_it() {
    let level = |key: Option<&str>, usual: f64, last: f64| {
        let mut level = group(key, &weeks(usual, last), 0);
        level.points.iter_mut().for_each(|point| point.figure.n = point.figure.value.unwrap() as i64);
        level
    };
    let whole = answer("work_in_progress", vec![level(None, 30.0, 61.0)]);
    // 11, 10 and 10 of the 31: a third of it is no most.
    let groups = vec![level(Some("app"), 10.0, 21.0), level(Some("lib"), 10.0, 20.0), level(Some("web"), 10.0, 20.0)];
    let apart = answer("work_in_progress", groups);
    let clauses = told(&[alone(whole, Dimension::Project, apart)], &Filter::default(), 10, Language::English).clauses;
    assert_eq!(clauses[1].text, "The largest part of that is in the app: 21 items, up from a median of 10 items.");
}

#[test]
fn of_a_move_whose_largest_part_may_be_in_what_is_new_nobody_is_named() {
    let level = |key: Option<&str>, usual: f64, last: f64| {
        let mut level = group(key, &weeks(usual, last), 0);
        level.points.iter_mut().for_each(|point| point.figure.n = point.figure.value.unwrap() as i64);
        level
    };
    let clauses = |new: f64| {
        let mut begun = level(Some("new"), 10.0, new);
        // Before that week nothing is known of it.
        begun.points.iter_mut().take(6).for_each(|point| point.figure = Figure::default());
        let whole = answer("work_in_progress", vec![level(None, 20.0, 31.0 + new)]);
        let groups = vec![level(Some("app"), 10.0, 21.0), level(Some("lib"), 10.0, 10.0), begun];
        let apart = answer("work_in_progress", groups);
        told(&[alone(whole, Dimension::Project, apart)], &Filter::default(), 10, Language::English).clauses
    };
    let unnamed = clauses(12.0);
    let look = "Look first at work in progress: of what moved, it is furthest from what was expected.";
    assert_eq!(texts(&unnamed[1..]), [look]);
    let told = clauses(9.0);
    assert_eq!(told[1].text, "The largest part of that is in the app: 21 items, up from a median of 10 items.");
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
fn a_range_is_never_narrower_than_a_seventh_of_what_is_expected() {
    let level = |last: f64| {
        let whole = answer("change_fail_rate", vec![group(None, &[0.2, 0.2, 0.2, 0.2, 0.2, 0.2, last, 0.0], 20)]);
        let apart = answer("change_fail_rate", Vec::new());
        told(&[alone(whole, Dimension::Repository, apart)], &Filter::default(), 10, Language::English)
            .clauses
            .remove(0)
            .text
    };
    let when = "in the week of 2026-02-16";
    assert_eq!(level(0.22), format!("Change fail rate: 22 % {when}, as expected from the 6 weeks before."));
    assert_eq!(
        level(0.24),
        format!("Change fail rate: 24 % {when}, above the 17 to 23 % expected from the 6 weeks before (n = 20).")
    );
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
    let clauses = of_risks(&[risk("a b", "off_track"), risk("c", "on_track")], true, Language::English).clauses;
    assert_eq!(texts(&clauses), ["a b is off track: 2 items are blocked."]);
    assert_eq!((clauses[0].version, clauses[0].href.as_str()), (Some(1), "/api/v1/risks?project=a+b"));
    let said =
        |risks: &[StandingRisk], is_of_all| texts(&of_risks(risks, is_of_all, Language::English).clauses).join(" ");
    let calm = [risk("c", "on_track")];
    assert_eq!(said(&calm, true), "No project is at risk.");
    assert_eq!(said(&[], true), "No project's risk is known yet.");
    // Whoever sees some projects alone, or asks for them, is told of those.
    assert_eq!(said(&calm, false), "No project that is shown here is at risk.");
    assert_eq!(said(&[], false), "No project that is shown here has a known risk.");
}
