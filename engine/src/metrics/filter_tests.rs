//! Figures by repository, project and team, and of a part: every group can be opened, and nothing counts twice.

use super::tests::*;
use super::*;
use crate::row::Row;
use crate::session::Session;
use arrow::array::RecordBatch;
use futures::TryStreamExt as _;

/// `r1` belongs to alpha and, twice over, to beta; `r2` to beta alone; `r3` to none. Nothing tells what `r3` and beta are called.
pub(super) fn shared() -> Session {
    let scope = |id: &str, project: &str, repository: &str| {
        Row::new(entity("core/project_scopes"))
            .set("id", id)
            .set("project_id", project)
            .set("scope_kind", "repository")
            .set("scope_id", repository)
    };
    let named = |path: &str, id: &str, name: &str| Row::new(entity(path)).set("id", id).set("name", name);
    let day = |day: u8| format!("2026-04-{day:02}T10:00:00Z");
    let deploy = |id: &str, repository: &str, on: u8| deployment(id, repository, Some(&day(on)), None);
    session(&[
        named("core/repositories", "r1", "app"),
        named("core/repositories", "r2", "lib"),
        named("core/projects", "alpha", "Alpha"),
        scope("1", "alpha", "r1"),
        scope("2", "beta", "r1"),
        scope("3", "beta", "r1"),
        scope("4", "beta", "r2"),
        scope("5", "alpha", "r3").set("deleted_at", crate::row::Value::Time(at(&day(1)))),
        scope("6", "alpha", "r3").set("scope_kind", "board"),
        failed(deploy("d1", "r1", 1), Some(60.0)),
        deploy("d2", "r1", 2),
        deploy("d3", "r2", 3),
        deploy("d4", "r3", 4),
        change("c1", "r1", &day(1), 100.0, None),
        change("c2", "r2", &day(2), 200.0, None),
        change("c3", "r3", &day(3), 300.0, None),
    ])
}

/// The key, n and value of each group of an answer.
async fn asked(metric: &str, by: Option<Dimension>, filter: Filter) -> Vec<(Option<String>, i64, Option<f64>)> {
    let question = Question { filter, ..question(metric, by) };
    let groups = answer(&shared(), &question).await.groups;
    groups.into_iter().map(|g| (g.key, g.total.n, g.total.value)).collect()
}

async fn evidence_of(metric: &str, filter: Filter) -> i64 {
    let question = Question { filter, ..question(metric, None) };
    let rows = evidence(&shared(), &question, &berlin(), now()).await.unwrap();
    let rows: Vec<RecordBatch> = rows.try_collect().await.unwrap();
    rows.iter().map(|batch| batch.num_rows() as i64).sum()
}

fn of(dimension: Dimension, values: &[&str]) -> Filter {
    let mut filter = Filter::default();
    *filter.of_mut(dimension) = values.iter().map(|v| (*v).to_owned()).collect();
    filter
}

#[tokio::test]
async fn a_repository_of_two_projects_counts_for_both_and_once_in_the_whole() {
    let by = Some(Dimension::Project);
    let (alpha, beta) = (Some("alpha".to_owned()), Some("beta".to_owned()));
    assert_eq!(
        asked("change_fail_rate", by, Filter::default()).await,
        [(beta.clone(), 3, Some(1.0 / 3.0)), (alpha.clone(), 2, Some(0.5)), (None, 1, Some(0.0))]
    );
    assert_eq!(
        asked("change_lead_time", by, Filter::default()).await,
        [(beta.clone(), 2, Some(150.0)), (alpha.clone(), 1, Some(100.0)), (None, 1, Some(300.0))]
    );
    assert_eq!(asked("change_fail_rate", None, Filter::default()).await, [(None, 4, Some(0.25))]);
    // Of both projects together, each deployment once.
    let both = of(Dimension::Project, &["Alpha", "beta"]);
    assert_eq!(asked("change_fail_rate", None, both.clone()).await, [(None, 3, Some(1.0 / 3.0))]);
    assert_eq!(evidence_of("change_fail_rate", both).await, 3);
    // Only what was asked for has a group, though `r1` belongs to another project too.
    let only = of(Dimension::Project, &["Alpha"]);
    assert_eq!(asked("change_fail_rate", by, only.clone()).await, [(alpha, 2, Some(0.5))]);
    assert_eq!(
        asked("change_fail_rate", Some(Dimension::Repository), only).await,
        [(Some("r1".to_owned()), 2, Some(0.5))]
    );
}

#[tokio::test]
async fn every_group_can_be_opened_by_its_key_also_that_of_none() {
    // One of each kind; the views name repository, project and team alike.
    for metric in ["change_lead_time", "deployment_frequency", "change_fail_rate"] {
        for by in [Dimension::Repository, Dimension::Project, Dimension::Team] {
            for (key, n, value) in asked(metric, Some(by), Filter::default()).await {
                let one = of(by, &[key.as_deref().unwrap_or("none")]);
                let alone = asked(metric, None, one.clone()).await;
                assert_eq!(alone, [(None, n, value)], "{metric} of {} {key:?}", by.name());
                let grouped = asked(metric, Some(by), one.clone()).await;
                assert_eq!(grouped, [(key, n, value)], "{metric} by {}", by.name());
                assert!(evidence_of(metric, one).await >= n);
            }
        }
    }
}

#[tokio::test]
async fn none_may_stand_beside_names() {
    for (dimension, values, n) in [
        (Dimension::Project, ["alpha", "none"], 3),
        (Dimension::Team, ["none", "t1"], 4),
        (Dimension::Repository, ["app", "none"], 2),
    ] {
        let filter = of(dimension, &values);
        assert_eq!(asked("deployment_frequency", None, filter.clone()).await[0].1, n, "{}", dimension.name());
        assert_eq!(asked("deployment_frequency", Some(dimension), filter).await.iter().map(|g| g.1).sum::<i64>(), n);
    }
}

#[tokio::test]
async fn an_id_that_the_facts_know_is_known_without_a_row_that_names_it() {
    assert_eq!(asked("deployment_frequency", None, of(Dimension::Repository, &["r3"])).await[0].1, 1);
    assert_eq!(asked("deployment_frequency", None, of(Dimension::Team, &["t1"])).await[0].1, 2);
    let unknown = Question { filter: of(Dimension::Repository, &["r4"]), ..question("deployment_frequency", None) };
    let refused = ask(&shared(), &unknown, &berlin(), now()).await.unwrap_err().to_string();
    assert!(refused.contains("no repository `r4`; there are: app, lib"), "{refused}");
}
