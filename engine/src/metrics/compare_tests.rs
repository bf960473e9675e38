//! Figures beside others: what came before, what is aimed at, what is typical, and how groups are spread.

use super::tests::*;
use super::*;
use crate::Settings;
use crate::session::Session;

/// In the ten weeks W03 to W12 one deployment, two, three, and so on; none from W13 on.
fn rising() -> Session {
    let monday = |week: i64| at("2026-01-12T10:00:00Z") + week * 7 * 86_400_000_000;
    let of = |week: i64| (0..=week).map(move |i| (week, i));
    let rows = (0..10).flat_map(of).map(|(week, i)| {
        deployment(&format!("d{week}-{i}"), "r1", None, None)
            .set("finished_at", crate::row::Value::Time(monday(week) + i * 3_600_000_000))
    });
    session(&rows.collect::<Vec<_>>())
}

async fn compared(session: &Session, metric: &str, compare: Compare, settings: &Settings) -> Group {
    let question = Question { compare: Some(compare), ..question(metric, None) };
    ask(session, &question, settings, now()).await.unwrap().groups.remove(0)
}

#[tokio::test]
async fn the_span_before_has_its_own_figure_and_says_which_is_better() {
    let group = compared(&rising(), "deployment_frequency", Compare::Previous, &berlin()).await;
    let told = group.comparison.unwrap();
    // W09 to W12: 7 + 8 + 9 + 10 in four weeks.
    assert_eq!((told.with, told.value, told.figure.unwrap().n), (Compare::Previous, Some(8.5), 34));
    assert_eq!((told.delta, told.delta_ratio, told.better), (Some(-8.5), Some(-1.0), Some(false)));
    assert_eq!(told.from, Some(at("2026-02-22T23:00:00Z")));
    assert_eq!(told.until, Some(at("2026-03-22T23:00:00Z")));
    let group = compared(&rising(), "deployment_frequency", Compare::YearAgo, &berlin()).await;
    let told = group.comparison.unwrap();
    // From Monday, 24 March 2025, on nothing was observed: that is not known to be none.
    assert_eq!((told.from, told.value), (Some(at("2025-03-23T23:00:00Z")), None));
    assert_eq!((told.delta, told.delta_ratio, told.better), (None, None, None));
    // Where there is no value there is no difference.
    let group = compared(&rising(), "change_lead_time", Compare::Previous, &berlin()).await;
    let told = group.comparison.unwrap();
    assert_eq!((told.value, told.delta, told.better), (None, None, None));
}

#[tokio::test]
async fn the_span_before_stands_beside_surveys_too() {
    let earlier = |i: i32| change(&format!("c{i}"), "r1", "2026-03-10T10:00:00Z", 259_200.0, None);
    let rows: Vec<_> = (0..10).map(earlier).collect();
    let told = compared(&session(&rows), "change_lead_time", Compare::Previous, &berlin()).await.comparison.unwrap();
    let years: Vec<_> = told.figure.unwrap().standings.iter().map(|s| (s.year, s.n)).collect();
    assert_eq!(years, [(2021, 10), (2025, 10)]);
    let few = compared(&session(&rows[..9]), "change_lead_time", Compare::Previous, &berlin()).await.comparison;
    assert!(few.unwrap().figure.unwrap().standings.is_empty());
}

#[tokio::test]
async fn a_target_is_met_or_not_and_without_one_there_is_nothing_to_compare_with() {
    let aims = |value: f64| Settings { targets: [("deployment_frequency".to_owned(), value)].into(), ..berlin() };
    let of = async |value: f64| {
        let told =
            compared(&example(), "deployment_frequency", Compare::Target, &aims(value)).await.comparison.unwrap();
        assert_eq!((told.from, told.until, told.figure), (None, None, None));
        (told.value, told.delta, told.delta_ratio, told.better)
    };
    // The figure is 1.75.
    assert_eq!(of(2.0).await, (Some(2.0), Some(-0.25), Some(-0.125), Some(false)));
    assert_eq!(of(1.75).await, (Some(1.75), Some(0.0), Some(0.0), Some(true)));
    assert_eq!(of(1.0).await, (Some(1.0), Some(0.75), Some(0.75), Some(true)));
    assert_eq!(compared(&example(), "deployment_frequency", Compare::Target, &berlin()).await.comparison, None);
}

#[tokio::test]
async fn what_is_typical_is_of_the_complete_periods_of_the_year_before() {
    let typical = answer(&rising(), &question("deployment_frequency", None)).await.groups[0].typical.clone().unwrap();
    // Counts begin with the first, on Monday of W03, so that 1 to 10 are of whole weeks: the ranks are 0.9 and 8.1.
    assert_eq!((typical.p10, typical.median, typical.p90, typical.periods), (1.9, 5.5, 9.1, 10));
    assert_eq!((typical.from, typical.until), (at("2025-03-23T23:00:00Z"), at("2026-03-22T23:00:00Z")));
    // Of a ratio only ten weeks have a value.
    let typical = answer(&rising(), &question("change_fail_rate", None)).await.groups[0].typical.clone().unwrap();
    assert_eq!((typical.p90, typical.periods), (0.0, 10));
    let none = answer(&example(), &question("change_fail_rate", None)).await;
    assert_eq!(none.groups[0].typical, None);
    // Of a team that began seven weeks ago nothing is typical yet, however long others have been there.
    let monday = |week: i64| at("2026-01-12T10:00:00Z") + week * 7 * 86_400_000_000;
    let deployed = |repository: &'static str, weeks: std::ops::Range<i64>| {
        weeks.map(move |week| {
            let id = format!("{repository}-{week}");
            deployment(&id, repository, None, None).set("finished_at", crate::row::Value::Time(monday(week)))
        })
    };
    let rows: Vec<_> = deployed("r1", 3..10).chain(deployed("r2", 0..10)).collect();
    let answer = answer(&session(&rows), &question("deployment_frequency", Some(Dimension::Repository))).await;
    let typical: Vec<_> =
        answer.groups.iter().map(|group| group.typical.as_ref().map(|t| (t.median, t.periods))).collect();
    assert_eq!(typical, [None, Some((1.0, 10))]);
}

#[tokio::test]
async fn services_are_told_as_a_spread_beside_the_blended_figure() {
    let by = |by| question("change_fail_rate", Some(by));
    let answer = answer(&super::filter_tests::shared(), &by(Dimension::Repository)).await;
    let spread = answer.spread.unwrap();
    // 1 of 2, 0 of 1 and 0 of 1: the blended 1 of 4 is none of them.
    assert_eq!((spread.groups, spread.p10, spread.p25, spread.median), (3, 0.0, 0.0, 0.0));
    assert_eq!((spread.p75, spread.p90), (0.25, 0.4));
    let overall = answer.overall.unwrap();
    assert_eq!((overall.value, overall.n), (Some(0.25), 4));
    let alone = ask(&example(), &question("change_fail_rate", None), &berlin(), now()).await.unwrap();
    assert_eq!((alone.overall, alone.spread), (None, None));
}

#[tokio::test]
async fn an_answer_says_when_its_newest_observation_happened() {
    let newest = async |metric: &str| answer(&example(), &question(metric, None)).await.newest_at;
    assert_eq!(newest("deployment_frequency").await, Some(at("2026-04-14T10:00:00Z")));
    assert_eq!(newest("cycle_time").await, None);
}

#[tokio::test]
async fn what_a_metric_lacks_it_cannot_be_asked_or_filtered_by() {
    let mut filtered = question("throughput", None);
    filtered.filter.severities = vec!["sev1".into()];
    for question in [question("throughput", Some(Dimension::Severity)), filtered] {
        let refused = ask(&example(), &question, &berlin(), now()).await.unwrap_err().to_string();
        assert!(refused.contains("Throughput cannot be asked by severity; it can by: repository"), "{refused}");
    }
}
