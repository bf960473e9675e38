//! Golden figures, computed by hand.
//!
//! Four weeks in Berlin: W13 ends with the change to summer time on Sunday 29 March 2026, W15 is quiet, and of W16 three of seven
//! days have passed when the question is asked.

use super::*;
use crate::entities::{CORE, Entity, FACTS};
use crate::policy::Named;
use crate::row::{self, Row, Value};
use crate::session::{Limits, Session};
use crate::{Clock, Error, Policy, Settings};
use arrow::array::{Array as _, AsArray as _, RecordBatch};
use chrono::DateTime;
use datafusion::catalog::MemTable;
use datafusion::execution::runtime_env::RuntimeEnvBuilder;
use futures::TryStreamExt as _;
use proptest::prelude::*;
use std::sync::Arc;

pub(crate) fn at(text: &str) -> i64 {
    DateTime::parse_from_rfc3339(text).unwrap().timestamp_micros()
}

pub(crate) fn entity(path: &str) -> &'static Entity {
    CORE.iter().chain(FACTS).find(|e| e.path() == path).unwrap()
}

/// Every table, with these rows.
pub(super) fn tables(rows: &[Row]) -> Vec<Named> {
    let mut tables: Vec<Named> = Vec::new();
    for entity in CORE.iter().chain(FACTS).copied() {
        let own: Vec<_> = rows.iter().filter(|r| std::ptr::eq(r.entity(), entity)).cloned().collect();
        let batch = row::batch(entity, &own).unwrap();
        let table = MemTable::try_new(entity.schema(), vec![vec![batch]]).unwrap();
        tables.push((entity.layer.name(), entity.name.to_owned(), Arc::new(table)));
    }
    tables
}

pub(crate) fn session(rows: &[Row]) -> Session {
    let env = Arc::new(RuntimeEnvBuilder::new().build().unwrap());
    Session::build(tables(rows), env, Limits::default(), &Policy::everything()).unwrap()
}

/// `app` belongs to team Blue, `lib` to none.
fn owned(row: Row, repository: &str) -> Row {
    let row = row.set("repository_id", repository);
    if repository == "r1" { row.set("team_id", "t1") } else { row }
}

pub(super) fn deployment(id: &str, repository: &str, finished: Option<&str>, excluded: Option<&str>) -> Row {
    let row = owned(Row::new(entity("facts/deployments")).set("id", id), repository)
        .set("environment", "production")
        .set("is_production", excluded != Some("not production"))
        .set("status", if excluded == Some("failed") { "failed" } else { "succeeded" })
        .set("finished_at", finished.map_or(Value::Null, |f| Value::Time(at(f))))
        .set("excluded", excluded.map(str::to_owned));
    if excluded.is_some() { row } else { row.set("failed", false).set("is_rework", false) }
}

pub(super) fn failed(row: Row, recovery: Option<f64>) -> Row {
    row.set("failed", true).set("recovery_seconds", recovery).set("recovery_open", recovery.is_none())
}

pub(super) fn change(id: &str, repository: &str, deployed: &str, lead: f64, coding: Option<f64>) -> Row {
    owned(Row::new(entity("facts/changes")).set("id", id).set("kind", "pull_request"), repository)
        .set("deployed_at", Value::Time(at(deployed)))
        .set("lead_seconds", lead)
        .set("coding_seconds", coding)
}

pub(super) fn example() -> Session {
    let named = |path: &str, id: &str, name: &str| Row::new(entity(path)).set("id", id).set("name", name);
    session(&[
        named("core/repositories", "r1", "app"),
        named("core/repositories", "r2", "lib"),
        named("core/teams", "t1", "Blue"),
        named("core/teams", "t2", "Green"),
        // Sunday 23:30 in Berlin, W13.
        failed(deployment("d1", "r1", Some("2026-03-29T21:30:00Z"), None), Some(3_600.0)),
        // Monday 00:30, W14; without summer time it would be Sunday 23:30.
        deployment("d2", "r1", Some("2026-03-29T22:30:00Z"), None),
        failed(deployment("d3", "r1", Some("2026-04-01T10:00:00Z"), None), None),
        failed(deployment("d4", "r1", Some("2026-04-02T10:00:00Z"), None), Some(7_200.0)).set("is_rework", true),
        deployment("d5", "r2", Some("2026-04-03T10:00:00Z"), None),
        deployment("d6", "r1", Some("2026-04-04T10:00:00Z"), Some("failed")),
        deployment("d7", "r1", Some("2026-04-14T10:00:00Z"), None),
        deployment("d8", "r2", None, Some("no finish time")),
        deployment("d9", "r1", Some("2026-04-08T10:00:00Z"), Some("not production")),
        change("c1", "r1", "2026-03-29T21:30:00Z", 100_000.0, Some(10.0)),
        change("c2", "r1", "2026-03-29T22:30:00Z", 200.0, Some(20.0)),
        change("c3", "r1", "2026-04-01T10:00:00Z", 400.0, None),
        change("c4", "r2", "2026-04-03T10:00:00Z", 1_000.0, Some(40.0)),
        owned(Row::new(entity("facts/changes")).set("id", "c5").set("kind", "pull_request"), "r1")
            .set("merged_at", Value::Time(at("2026-04-07T10:00:00Z")))
            .set("excluded", "not deployed"),
        change("c6", "r1", "2026-03-29T21:30:00Z", 1.0, Some(99.0))
            // Work on `app` began long before: what is 0 there is known to be.
            .set("first_commit_at", Value::Time(at("2026-03-01T10:00:00Z")))
            .set("lead_seconds", Value::Null)
            .set("excluded", "baseline"),
    ])
}

pub(super) fn question(metric: &str, by: Option<Dimension>) -> Question {
    Question {
        metric: metric.into(),
        from: "2026-03-23".parse().unwrap(),
        until: "2026-04-20".parse().unwrap(),
        grain: Grain::Week,
        by,
        filter: Filter::default(),
        compare: None,
    }
}

pub(super) fn berlin() -> Settings {
    Settings { time_zone: chrono_tz::Tz::Europe__Berlin, ..Settings::default() }
}

/// Thursday 16 April, midnight in Berlin.
pub(super) fn now() -> Clock {
    Clock::Fixed(at("2026-04-15T22:00:00Z"))
}

pub(super) async fn answer(session: &Session, question: &Question) -> Answer {
    ask(session, question, &berlin(), now()).await.unwrap()
}

async fn alone(metric: &str) -> Group {
    let mut answer = answer(&example(), &question(metric, None)).await;
    assert_eq!(answer.groups.len(), 1);
    let group = answer.groups.remove(0);
    assert_eq!((&group.key, &group.name), (&None, &None));
    assert_eq!(
        group.points.iter().map(|p| p.label.as_str()).collect::<Vec<_>>(),
        ["2026-W13", "2026-W14", "2026-W15", "2026-W16"]
    );
    assert_eq!(group.points.iter().map(|p| p.partial).collect::<Vec<_>>(), [false, false, false, true]);
    group
}

fn values(group: &Group) -> Vec<Option<f64>> {
    group.points.iter().map(|p| p.figure.value).collect()
}
pub(super) fn counts(group: &Group) -> Vec<(i64, i64, i64)> {
    group.points.iter().map(|p| (p.figure.n, p.figure.open, p.figure.excluded)).collect()
}

#[tokio::test]
async fn deployment_frequency_counts_quiet_weeks_as_zero() {
    let group = alone("deployment_frequency").await;
    assert_eq!(values(&group)[..3], [Some(1.0), Some(4.0), Some(0.0)]);
    // One deployment in three sevenths of a week.
    assert_eq!(group.points[3].figure.value, Some(7.0 / 3.0));
    assert_eq!(counts(&group), [(1, 0, 0), (4, 0, 1), (0, 0, 1), (1, 0, 0)]);
    // Six in 3 3/7 weeks; what has no time is excluded from the whole.
    assert_eq!((group.total.n, group.total.excluded), (6, 3));
    assert_eq!(group.total.value, Some(1.75));
    // Over the complete weeks 0, 1, 4: the rank of the 90th percentile is 1.8.
    assert_eq!((group.total.median, group.total.p90), (Some(1.0), Some(3.4)));
}

#[tokio::test]
async fn change_fail_rate_divides_by_successful_production_deployments_alone() {
    let group = alone("change_fail_rate").await;
    assert_eq!(values(&group), [Some(1.0), Some(0.5), None, Some(0.0)]);
    assert_eq!(counts(&group), [(1, 0, 0), (4, 0, 1), (0, 0, 1), (1, 0, 0)]);
    let quiet = &group.points[2].figure;
    assert_eq!((quiet.numerator, quiet.denominator), (Some(0.0), Some(0.0)));
    assert_eq!((group.total.value, group.total.numerator, group.total.denominator), (Some(0.5), Some(3.0), Some(6.0)));
}

#[tokio::test]
async fn recovery_time_shows_what_is_open_and_does_not_count_it() {
    let group = alone("failed_deployment_recovery_time").await;
    assert_eq!(values(&group), [Some(3_600.0), Some(7_200.0), None, None]);
    assert_eq!(counts(&group), [(1, 0, 0), (1, 1, 0), (0, 0, 0), (0, 0, 0)]);
    assert_eq!(
        (group.total.value, group.total.p90, group.total.n, group.total.open),
        (Some(5_400.0), Some(6_840.0), 2, 1)
    );
}

#[tokio::test]
async fn rework_rate_is_a_share_of_the_same_deployments() {
    let group = alone("deployment_rework_rate").await;
    assert_eq!(values(&group), [Some(0.0), Some(0.25), None, Some(0.0)]);
    assert_eq!((group.total.value, group.total.numerator, group.total.n), (Some(1.0 / 6.0), Some(1.0), 6));
}

#[tokio::test]
async fn change_lead_time_is_a_median_over_changes_with_a_lead_time() {
    let group = alone("change_lead_time").await;
    assert_eq!(values(&group), [Some(100_000.0), Some(400.0), None, None]);
    assert_eq!(counts(&group), [(1, 0, 1), (3, 0, 0), (0, 0, 1), (0, 0, 0)]);
    assert_eq!(group.points[1].figure.p90, Some(880.0)); // 400 + 0.8 · 600
    assert_eq!((group.total.value, group.total.p90, group.total.n), (Some(700.0), Some(70_300.0), 4));
    assert!(group.total.standings.is_empty(), "four are too few");
}

#[tokio::test]
async fn a_missing_stage_is_excluded_and_never_zero() {
    let group = alone("lead_time_coding").await;
    assert_eq!(values(&group), [Some(10.0), Some(30.0), None, None]);
    assert_eq!(counts(&group), [(1, 0, 1), (2, 0, 1), (0, 0, 1), (0, 0, 0)]);
    assert_eq!((group.total.value, group.total.n, group.total.excluded), (Some(20.0), 3, 3));
    let review = alone("lead_time_review").await;
    assert_eq!((review.total.value, review.total.n, review.total.excluded), (None, 0, 6));
}

#[tokio::test]
async fn by_team_what_has_no_team_is_a_group_of_its_own() {
    let answer = answer(&example(), &question("change_lead_time", Some(Dimension::Team))).await;
    let told: Vec<_> =
        answer.groups.iter().map(|g| (g.key.as_deref(), g.name.as_deref(), g.total.value, g.total.n)).collect();
    assert_eq!(told, [(Some("t1"), Some("Blue"), Some(400.0), 3), (None, Some("no team"), Some(1_000.0), 1)]);
}

#[tokio::test]
async fn a_repository_that_has_gone_quiet_shows_its_zeros() {
    let mut quiet = question("deployment_frequency", Some(Dimension::Repository));
    let all = answer(&example(), &quiet).await;
    let n: Vec<_> =
        all.groups.iter().map(|g| (g.name.as_deref(), counts(g).iter().map(|c| c.0).collect::<Vec<_>>())).collect();
    assert_eq!(n, [(Some("app"), vec![1, 3, 0, 1]), (Some("lib"), vec![0, 1, 0, 0])]);
    quiet.from = "2026-04-06".parse().unwrap();
    quiet.until = "2026-04-13".parse().unwrap();
    let told: Vec<_> =
        answer(&example(), &quiet).await.groups.iter().map(|g| (g.name.clone(), g.total.value)).collect();
    assert_eq!(told, [(Some("app".into()), Some(0.0)), (Some("lib".into()), Some(0.0))]);
}

#[tokio::test]
async fn where_nothing_failed_recovery_is_a_group_with_an_n_of_0() {
    let asked = question("failed_deployment_recovery_time", Some(Dimension::Repository));
    let told: Vec<_> = answer(&example(), &asked)
        .await
        .groups
        .iter()
        .map(|g| (g.name.clone(), g.total.value, g.total.n, g.points.len()))
        .collect();
    assert_eq!(told, [(Some("app".into()), Some(5_400.0), 2, 4), (Some("lib".into()), None, 0, 4)]);
}

#[tokio::test]
async fn filters_take_names_or_ids_and_name_what_there_is() {
    let mut filtered = question("change_lead_time", None);
    filtered.filter.repositories = vec!["app".into()];
    assert_eq!(answer(&example(), &filtered).await.groups[0].total.n, 3);
    filtered.filter.repositories = vec!["r2".into(), "app".into()];
    assert_eq!(answer(&example(), &filtered).await.groups[0].total.n, 4);
    filtered.filter.teams = vec!["t1".into()];
    assert_eq!(answer(&example(), &filtered).await.groups[0].total.n, 3);
    filtered.filter.teams = vec!["x') OR ('' = '".into()];
    let refused = ask(&example(), &filtered, &berlin(), now()).await.unwrap_err().to_string();
    assert!(refused.contains("no team `x') OR ('' = '`; there are: Blue, Green"), "{refused}");
}

#[tokio::test]
async fn days_and_months_follow_the_tenants_clock_and_a_cut_period_is_partial() {
    let mut days = question("deployment_frequency", None);
    (days.grain, days.from, days.until) = (Grain::Day, "2026-03-29".parse().unwrap(), "2026-03-31".parse().unwrap());
    let group = answer(&example(), &days).await.groups.remove(0);
    assert_eq!(counts(&group).iter().map(|c| c.0).collect::<Vec<_>>(), [1, 1]);
    assert_eq!(group.points[0].until - group.points[0].from, 23 * 3_600_000_000);
    assert_eq!(group.points[0].figure.value, Some(7.0), "one a day is seven a week, also on a day of 23 hours");
    let mut months = question("deployment_frequency", None);
    months.grain = Grain::Month;
    let group = answer(&example(), &months).await.groups.remove(0);
    let told: Vec<_> = group.points.iter().map(|p| (p.label.as_str(), p.partial, p.figure.n)).collect();
    assert_eq!(told, [("2026-03", true, 2), ("2026-04", true, 4)]);
    // Two in nine days: 14/9, rounded once.
    assert_eq!(group.points[0].figure.value, Some(14.0 / 9.0));
    assert_eq!(group.points[0].from, at("2026-03-22T23:00:00Z"));
}

#[tokio::test]
async fn without_any_rows_nothing_is_known_and_nothing_is_zero() {
    let empty = session(&[]);
    for d in catalogue().unwrap() {
        let group = answer(&empty, &question(&d.name, None)).await.groups.remove(0);
        assert_eq!(group.since, None, "{}", d.name);
        for figure in group.points.iter().map(|point| &point.figure).chain([&group.total]) {
            let counts = (figure.n, figure.open, figure.excluded);
            assert_eq!((figure.value, counts, figure.standings.len()), (None, (0, 0, 0), 0), "{}", d.name);
        }
    }
    assert!(answer(&empty, &question("change_lead_time", Some(Dimension::Team))).await.groups.is_empty());
}

#[tokio::test]
async fn enough_changes_have_a_standing_with_its_year_and_n() {
    let rows: Vec<_> =
        (0..10).map(|i| change(&format!("c{i}"), "r1", "2026-04-01T10:00:00Z", 259_200.0, None)).collect();
    let group = answer(&session(&rows), &question("change_lead_time", None)).await.groups.remove(0);
    let told: Vec<_> = group.total.standings.iter().map(|s| (s.year, s.n, s.bucket.as_str())).collect();
    assert_eq!(told, [(2021, 10, "one day to one week"), (2025, 10, "one day to one week")]);
    assert!(group.points.iter().all(|p| p.figure.standings.is_empty()), "a single week stands beside nothing");
    let strict = Settings { minimum_n: 11, ..berlin() };
    let answer = ask(&session(&rows), &question("change_lead_time", None), &strict, now()).await.unwrap();
    assert!(answer.groups[0].total.standings.is_empty());
}

#[tokio::test]
async fn evidence_is_the_rows_that_the_figure_was_made_of() {
    for metric in catalogue().unwrap() {
        let question = question(&metric.name, None);
        let figure = answer(&example(), &question).await.groups[0].total.clone();
        let rows = evidence(&example(), &question, &berlin(), now()).await.unwrap();
        let rows: Vec<RecordBatch> = rows.try_collect().await.unwrap();
        let of = |how: &dyn Fn(&RecordBatch) -> usize| rows.iter().map(how).sum::<usize>() as i64;
        let flag = |b: &RecordBatch, name: &str| b.column_by_name(name).unwrap().as_boolean().clone();
        let excluded = |b: &RecordBatch| b.column_by_name("excluded").unwrap().clone();
        let counted = of(&|b| flag(b, "counted").true_count());
        let left_out = of(&|b| b.num_rows() - excluded(b).null_count());
        let open = of(&|b| (0..b.num_rows()).filter(|i| flag(b, "open").value(*i) && excluded(b).is_null(*i)).count());
        assert_eq!((counted, open, left_out), (figure.n, figure.open, figure.excluded), "{}", metric.name);
        assert_eq!(counted + open + left_out, of(&RecordBatch::num_rows), "{} loses none out of sight", metric.name);
        assert!(rows.iter().all(|b| b.column_by_name("subject_id").unwrap().null_count() == 0));
    }
}

#[tokio::test]
async fn a_row_of_evidence_has_the_title_and_the_address_of_what_it_is_of() {
    let url = "https://git.example.com/pulls/1";
    let is_called = |row: Row| row.set("title", "Faster search").set("url", url);
    let pull = Row::new(entity("facts/pull_requests")).set("id", "p1").set("repository_id", "r1").set("state", "open");
    let review = Row::new(entity("facts/reviews")).set("id", "v1").set("pull_request_id", "p1");
    let session = session(&[
        is_called(change("c1", "r1", "2026-03-29T21:30:00Z", 100.0, None)),
        change("c2", "r1", "2026-03-30T21:30:00Z", 200.0, None),
        is_called(pull.set("opened_at", Value::Time(at("2026-03-29T10:00:00Z")))),
        review.set("repository_id", "r1").set("submitted_at", Value::Time(at("2026-03-29T12:00:00Z"))),
        deployment("d1", "r1", Some("2026-03-29T21:30:00Z"), None).set("ref_name", "v1.2"),
    ]);
    let told = async |metric: &str| {
        let rows = evidence(&session, &question(metric, None), &berlin(), now()).await.unwrap();
        let mut told = Vec::new();
        for batch in rows.try_collect::<Vec<RecordBatch>>().await.unwrap() {
            let text = |name: &str| batch.column_by_name(name).unwrap().as_string::<i32>().clone();
            let columns = ["subject_id", "title", "url"].map(text);
            let row = |i: usize| columns.each_ref().map(|c| c.is_valid(i).then(|| c.value(i).to_owned()));
            told.extend((0..batch.num_rows()).map(row));
        }
        told
    };
    let row = |id: &str, title: Option<&str>, url: Option<&str>| [Some(id), title, url].map(|t| t.map(str::to_owned));
    let called = |id: &str| row(id, Some("Faster search"), Some(url));
    assert_eq!(told("change_lead_time").await, [called("c1"), row("c2", None, None)]);
    assert_eq!(told("review_load").await, [called("v1")]);
    assert_eq!(told("deployment_frequency").await, [row("d1", Some("production v1.2"), None)]);
}

#[tokio::test]
async fn what_cannot_be_asked_says_what_can() {
    let refused = |q: Question| async move { ask(&example(), &q, &berlin(), now()).await.unwrap_err() };
    let unknown = refused(question("velocity", None)).await;
    assert!(matches!(&unknown, Error::Question(why) if why.contains("there are: change_lead_time")), "{unknown}");
    let mut backwards = question("change_lead_time", None);
    (backwards.from, backwards.until) = (backwards.until, backwards.from);
    assert!(refused(backwards).await.to_string().contains("is empty"));
    assert!("quarter".parse::<Grain>().is_err() && "person".parse::<Dimension>().is_err());
}

#[tokio::test]
async fn an_answer_serializes_with_the_names_of_the_api() {
    let json = serde_json::to_value(answer(&example(), &question("change_fail_rate", None)).await).unwrap();
    assert_eq!(json["definition"]["kind"], "ratio");
    assert_eq!(json["time_zone"], "Europe/Berlin");
    assert_eq!(json["groups"][0]["points"][1]["label"], "2026-W14");
    assert_eq!(json["groups"][0]["points"][1]["figure"]["value"], 0.5);
    let asked: Question = serde_json::from_str(
        r#"{"metric":"change_fail_rate","from":"2026-03-23","until":"2026-04-20","grain":"week"}"#,
    )
    .unwrap();
    assert_eq!(asked, question("change_fail_rate", None));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]
    #[test]
    fn every_deployment_is_counted_once_in_the_period_of_its_local_date(
        hours in prop::collection::vec(0_i64..(60 * 24), 0..40), grain in prop::sample::select(vec![Grain::Day, Grain::Week, Grain::Month])
    ) {
        let start = at("2026-02-20T00:00:00Z");
        let times: Vec<_> = hours.iter().map(|h| start + h * 3_600_000_000 + 1).collect();
        let rows: Vec<_> = times
            .iter()
            .enumerate()
            .map(|(i, t)| deployment(&format!("d{i}"), "r1", None, None).set("finished_at", Value::Time(*t)))
            .collect();
        let mut question = question("deployment_frequency", None);
        question.grain = grain;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let group = runtime.block_on(answer(&session(&rows), &question)).groups.remove(0);
        let local = |t: i64| DateTime::from_timestamp_micros(t).unwrap().with_timezone(&chrono_tz::Tz::Europe__Berlin).date_naive();
        let inside: Vec<_> = times.iter().map(|t| local(*t)).filter(|d| question.from <= *d && *d < question.until).collect();
        prop_assert_eq!(group.total.n, inside.len() as i64);
        let pattern = match grain { Grain::Day => "%Y-%m-%d", Grain::Week => "%G-W%V", Grain::Month => "%Y-%m" };
        for point in &group.points {
            let naive = inside.iter().filter(|d| d.format(pattern).to_string() == point.label).count();
            prop_assert_eq!(point.figure.n, naive as i64, "{}", &point.label);
        }
    }
}
