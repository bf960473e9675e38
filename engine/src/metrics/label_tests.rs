//! Figures of what has a label: of work items and pull requests, and of what comes of these.

use super::filter_tests::of;
use super::golden_facts::facts;
use super::tests::{answer, berlin, now, question, session, tables};
use super::*;
use crate::Policy;
use crate::row::Row;
use crate::session::{Limits, Session};
use arrow::array::RecordBatch;
use datafusion::execution::runtime_env::RuntimeEnvBuilder;
use futures::TryStreamExt as _;
use std::sync::Arc;

fn labelled(metric: &str, labels: &[&str]) -> Question {
    Question { filter: of(Dimension::Label, labels), ..question(metric, None) }
}

/// A metric, labels, how many count, and the figure.
type Case<'c> = (&'c str, &'c [&'c str], i64, Option<f64>);

/// Holds figures against what was computed by hand; each has as many rows of evidence as count.
async fn hold(session: &Session, cases: &[Case<'_>]) {
    for (metric, labels, n, value) in cases {
        let asked = labelled(metric, labels);
        let total = answer(session, &asked).await.groups[0].total.clone();
        assert_eq!((total.n, total.value), (*n, *value), "{metric} {labels:?}");
        let rows = evidence(session, &asked, &berlin(), now()).await.unwrap();
        let rows: Vec<RecordBatch> = rows.try_collect().await.unwrap();
        assert_eq!(rows.iter().map(|batch| batch.num_rows() as i64).sum::<i64>(), *n, "{metric} {labels:?}");
    }
}

/// Of `i4` and `p3` nobody said a label; `v4` is of a pull request that is gone. Of what `d2` carried a part has labels, `d3` carried
/// nothing.
fn work() -> Vec<Row> {
    let items = "
        id level created_at  started_at  done_at     is_done cycle_seconds labels
        i1 item  03-24T08:00 03-26T08:00 03-30T08:00 yes     100           ui,api
        i2 item  03-24T08:00 03-26T08:00 03-31T08:00 yes     300           api
        i3 item  03-24T08:00 03-26T08:00 04-01T08:00 yes     200           o'hara
        i4 item  03-24T08:00 03-26T08:00 04-02T08:00 yes     900           -";
    let requests = "
        id state  merged_at   additions deletions by_bot labels
        p1 merged 03-30T08:00 10        5         no     api,ui
        p2 merged 03-31T08:00 20        0         no     docs
        p3 merged 04-01T08:00 1         0         no     -";
    let reviews = "
        id pull_request_id submitted_at wait_seconds
        v1 p1              03-29T08:00  10
        v2 p2              03-30T08:00  30
        v3 p3              03-31T08:00  50
        v4 p4              03-31T08:00  70";
    let changes = "
        id kind         deployment_id deployed_at lead_seconds labels
        p1 pull_request d1            03-30T10:00 100          api,ui
        p2 pull_request d2            03-31T10:00 300          docs
        s1 commit       d2            03-31T10:00 500          -";
    let deployments = "
        id is_production finished_at failed is_rework
        d1 yes           03-30T10:00 no     no
        d2 yes           03-31T10:00 yes    no
        d3 yes           04-01T10:00 no     no";
    [
        facts("facts/work_items", items),
        facts("facts/pull_requests", requests),
        facts("facts/reviews", reviews),
        facts("facts/changes", changes),
        facts("facts/deployments", deployments),
    ]
    .concat()
}

#[tokio::test]
async fn items_and_pull_requests_are_of_their_labels_and_what_has_two_of_them_counts_once() {
    let cases: [Case<'_>; 7] = [
        ("cycle_time", &["api", "ui"], 2, Some(200.0)),
        ("cycle_time", &["o'hara"], 1, Some(200.0)),
        ("cycle_time", &["none"], 1, Some(900.0)),
        // 200 and 900.
        ("cycle_time", &["none", "o'hara"], 2, Some(550.0)),
        ("cycle_time", &["nobody's"], 0, None),
        ("pull_request_size", &["api", "docs"], 2, Some(17.5)),
        ("pull_request_size", &["none"], 1, Some(1.0)),
    ];
    let session = session(&work());
    hold(&session, &cases).await;
    let span = ("2026-03-23".parse().unwrap(), "2026-04-20".parse().unwrap());
    let law = littles_law(&session, span, &of(Dimension::Label, &["api"]), &berlin(), now()).await.unwrap();
    assert_eq!((law.n, law.cycle_seconds), (2, Some(200.0)));
}

#[tokio::test]
async fn reviews_changes_and_deployments_are_of_the_labels_of_their_pull_requests() {
    let cases: [Case<'_>; 10] = [
        ("review_wait", &["api"], 1, Some(10.0)),
        ("review_wait", &["ui", "docs"], 2, Some(20.0)),
        // Nobody knows of `v4`.
        ("review_wait", &["none"], 1, Some(50.0)),
        ("change_lead_time", &["api"], 1, Some(100.0)),
        // A commit without a pull request has no label.
        ("change_lead_time", &["none"], 1, Some(500.0)),
        ("change_lead_time", &["docs", "none"], 2, Some(400.0)),
        ("change_fail_rate", &["api"], 1, Some(0.0)),
        ("change_fail_rate", &["docs"], 1, Some(1.0)),
        ("change_fail_rate", &["none"], 1, Some(1.0)),
        ("change_fail_rate", &["api", "docs", "none"], 2, Some(0.5)),
    ];
    hold(&session(&work()), &cases).await;
}

#[tokio::test]
async fn what_has_no_labels_is_not_asked_by_them_and_nothing_is_told_apart_by_them() {
    let session = session(&work());
    let apart = question("cycle_time", Some(Dimension::Label));
    for question in [labelled("incidents", &["api"]), labelled("build_time", &["api"]), apart] {
        let refused = ask(&session, &question, &berlin(), now()).await.unwrap_err().to_string();
        assert!(refused.contains("cannot be asked by label; it can by: repository"), "{refused}");
    }
}

/// `i1` and `p1` are of team t1, in a project and a repository that others own; t1 reviewed `p2`, which it may not see.
#[tokio::test]
async fn whoever_sees_a_team_finds_by_label_what_its_people_did_elsewhere() {
    let items = "
        id project_id team_id level created_at  started_at  done_at     is_done cycle_seconds labels
        i1 p          t1      item  03-24T08:00 03-26T08:00 03-30T08:00 yes     100           api
        i2 p          t2      item  03-24T08:00 03-26T08:00 03-31T08:00 yes     300           api";
    let requests = "
        id repository_id team_id state  merged_at   additions deletions by_bot labels
        p1 r             t1      merged 03-30T08:00 10        5         no     api
        p2 r             t2      merged 03-31T08:00 20        0         no     api";
    let reviews = "
        id repository_id pull_request_id team_id submitted_at wait_seconds
        v1 r             p1              t2      03-29T08:00  10
        v2 r             p2              t1      03-30T08:00  30";
    let rows =
        [facts("facts/work_items", items), facts("facts/pull_requests", requests), facts("facts/reviews", reviews)]
            .concat();
    let under = |policy: &Policy| {
        let env = Arc::new(RuntimeEnvBuilder::new().build().unwrap());
        Session::build(tables(&rows), env, Limits::default(), policy).unwrap()
    };
    let all: [Case<'_>; 3] = [
        ("cycle_time", &["api"], 2, Some(200.0)),
        ("pull_request_size", &["api"], 2, Some(17.5)),
        ("review_wait", &["api"], 2, Some(20.0)),
    ];
    hold(&under(&Policy::everything()), &all).await;
    let own: [Case<'_>; 5] = [
        ("cycle_time", &["api"], 1, Some(100.0)),
        ("pull_request_size", &["api"], 1, Some(15.0)),
        ("review_wait", &[], 1, Some(30.0)),
        ("review_wait", &["api"], 0, None),
        ("review_wait", &["none"], 0, None),
    ];
    hold(&under(&Policy::only(["t1"], [])), &own).await;
}
