//! Figures by repository, project and team, and of a part: every group can be opened, and nothing counts twice.

use super::golden_facts::facts;
use super::tests::*;
use super::*;
use crate::row::Row;
use crate::session::Session;
use arrow::array::{AsArray as _, RecordBatch};
use futures::TryStreamExt as _;

#[tokio::test]
async fn a_project_is_named_by_its_id_or_by_a_name_that_it_alone_has() {
    let called = |id: &str, name: &str| Row::new(entity("core/projects")).set("id", id).set("name", name);
    let session = session(&[called("alpha", "Alpha"), called("beta", "Twin"), called("gamma", "Twin")]);
    let ids = async |named: &[&str]| {
        let named: Vec<String> = named.iter().map(|text| (*text).to_owned()).collect();
        let found = projects(&session, &named).await.map_err(|error| error.to_string())?;
        Ok::<Vec<String>, String>(found.into_iter().collect())
    };
    assert_eq!(ids(&["Alpha", "alpha", "gamma"]).await.unwrap(), ["alpha", "gamma"]);
    assert_eq!(ids(&["none"]).await.unwrap(), [""]);
    let said = ids(&["Alpha", "Twin"]).await.unwrap_err();
    assert!(said.ends_with("several projects are called `Twin`; name one by its id: beta, gamma"), "{said}");
}

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

pub(super) fn of(dimension: Dimension, values: &[&str]) -> Filter {
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

#[tokio::test]
async fn what_one_team_made_and_another_owns_is_of_the_one_by_team_and_of_the_other_by_owning_team() {
    let named = |path: &str, id: &str, name: &str| Row::new(entity(path)).set("id", id).set("name", name);
    let made = |id: &str, by: &str, owner: Option<&'static str>, seconds: f64| {
        change(id, "r9", "2026-04-01T10:00:00Z", seconds, None).set("team_id", by).set("owning_team_id", owner)
    };
    let session = session(&[
        named("core/teams", "b", "Blue"),
        named("core/teams", "g", "Green"),
        named("core/projects", "p", "P").set("team_id", "unnamed"),
        made("1", "b", Some("g"), 100.0),
        made("2", "b", Some("g"), 300.0),
        made("3", "g", Some("g"), 500.0),
        made("4", "g", None, 700.0),
    ]);
    let asked = async |by: Dimension, owners: &[&str]| {
        let of = Question { filter: of(Dimension::OwningTeam, owners), ..question("change_lead_time", Some(by)) };
        let mut groups = ask(&session, &of, &berlin(), now()).await.map(|answer| answer.groups)?;
        groups.sort_by(|a, b| a.key.cmp(&b.key));
        let told =
            groups.into_iter().map(|g| (g.name.unwrap_or_default(), g.total.n, g.total.value.unwrap_or_default()));
        Ok::<_, crate::Error>(told.collect::<Vec<_>>())
    };
    let told = |groups: &[(&str, i64, f64)]| -> Vec<(String, i64, f64)> {
        groups.iter().map(|(name, n, median)| ((*name).to_owned(), *n, *median)).collect()
    };
    // Medians of 100 and 300, of 500 and 700; of 100, 300 and 500.
    let by_team = asked(Dimension::Team, &[]).await.unwrap();
    assert_eq!(by_team, told(&[("Blue", 2, 200.0), ("Green", 2, 600.0)]));
    let by_owner = asked(Dimension::OwningTeam, &[]).await.unwrap();
    assert_eq!(by_owner, told(&[("no owning team", 1, 700.0), ("Green", 3, 300.0)]));
    // Of what Green owns, by who made it.
    let of_green = asked(Dimension::Team, &["Green"]).await.unwrap();
    assert_eq!(of_green, told(&[("Blue", 2, 200.0), ("Green", 1, 500.0)]));
    assert_eq!(asked(Dimension::Team, &["none"]).await.unwrap(), told(&[("Green", 1, 700.0)]));
    assert!(asked(Dimension::Team, &["unnamed"]).await.unwrap().is_empty());
    let refused = asked(Dimension::Team, &["Red"]).await.unwrap_err().to_string();
    assert!(refused.contains("no owning team `Red`; there are: Blue, Green"), "{refused}");
    // In SQL it is a column of its own.
    let sql = "SELECT owning_team_id FROM dora.change_lead_time WHERE team_id = 'b' GROUP BY owning_team_id";
    let rows = session.collect(sql).await.unwrap();
    let owners: Vec<_> = rows.iter().flat_map(|batch| batch.column(0).as_string::<i32>().iter()).collect();
    assert_eq!(owners, [Some("g")]);
}

#[tokio::test]
async fn deployments_builds_and_releases_are_of_the_team_that_owns_the_first_project_of_their_repository() {
    let project =
        |id: &str, team: &str| Row::new(entity("core/projects")).set("id", id).set("name", id).set("team_id", team);
    let scope = |id: &str, project: &str, repository: &str| {
        Row::new(entity("core/project_scopes"))
            .set("id", id)
            .set("project_id", project)
            .set("scope_kind", "repository")
            .set("scope_id", repository)
    };
    let time = |hour: i64| crate::row::Value::Time(at("2026-04-01T10:00:00Z") + hour * 3_600_000_000);
    let build = |id: &str, repository: &str, status: &str| {
        let row = Row::new(entity("core/builds")).set("id", id).set("repository_id", repository).set("status", status);
        row.set("name", "test").set("sha", id).set("started_at", time(0)).set("finished_at", time(1))
    };
    let release = |id: &str, repository: &str| {
        let row = Row::new(entity("core/releases")).set("id", id).set("repository_id", repository).set("tag", id);
        row.set("is_prerelease", false).set("published_at", time(0))
    };
    let session = session(&[
        project("alpha", "g"),
        project("beta", "b"),
        project("old", "r").set("deleted_at", time(0)),
        scope("1", "beta", "r1"),
        scope("2", "alpha", "r1"),
        scope("3", "alpha", "r1"),
        scope("4", "beta", "r2"),
        scope("5", "old", "r3"),
        scope("6", "alpha", "r4").set("deleted_at", time(0)),
        // `r1` belongs to team t1, says its helper: the owner, as a model would have it.
        deployment("d1", "r1", Some("2026-04-01T10:00:00Z"), None),
        deployment("d2", "r2", Some("2026-04-01T10:00:00Z"), None),
        build("1", "r1", "succeeded"),
        build("2", "r1", "failed"),
        build("3", "r2", "succeeded"),
        build("4", "r3", "failed"),
        build("5", "r4", "failed"),
        release("1", "r1"),
        release("2", "r2"),
        release("3", "r2"),
    ]);
    for (metric, told) in [
        ("deployment_frequency", &[(None, 1), (Some("t1"), 1)][..]),
        ("build_time", &[(None, 0), (Some("b"), 1), (Some("g"), 1)]),
        ("build_failure_rate", &[(None, 2), (Some("b"), 1), (Some("g"), 2)]),
        ("build_flakiness", &[(None, 2), (Some("g"), 1)]),
        ("release_cadence", &[(Some("b"), 2), (Some("g"), 1)]),
    ] {
        let groups = answer(&session, &question(metric, Some(Dimension::OwningTeam))).await.groups;
        let mut found: Vec<_> = groups.iter().map(|g| (g.key.as_deref(), g.total.n)).collect();
        found.sort_unstable();
        assert_eq!(found, told, "{metric}");
    }
    // In SQL each names the first project, as the facts do.
    let sql = "SELECT DISTINCT repository_id, project_id FROM change.build_failure_rate ORDER BY repository_id";
    let rows = session.collect(sql).await.unwrap();
    let projects: Vec<_> = rows.iter().flat_map(|batch| batch.column(1).as_string::<i32>().iter()).collect();
    assert_eq!(projects, [Some("alpha"), Some("beta"), Some("old"), None]);
}

/// Of `i4` nobody said a type. What an item is of counts in each stage that it left, too.
#[tokio::test]
async fn items_are_told_apart_and_filtered_by_their_type() {
    let items = facts(
        "facts/work_items",
        "
        id kind  class   level created_at  started_at  done_at     is_done cycle_seconds excluded
        i1 Story feature item  03-24T08:00 03-26T08:00 03-30T08:00 yes     100           -
        i2 Bug   defect  item  03-24T08:00 03-26T08:00 03-31T08:00 yes     300           -
        i3 Story feature item  03-24T08:00 03-26T08:00 04-01T08:00 yes     200           -
        i4 -     feature item  03-24T08:00 03-26T08:00 04-02T08:00 yes     900           -",
    );
    let stays = facts(
        "facts/work_item_stays",
        "
        work_item_id position kind  class   level stage status_category entered_at  left_at     is_last
        i1           0        Story feature item  -     doing           03-26T08:00 03-30T08:00 yes
        i2           0        Bug   defect  item  -     doing           03-26T08:00 03-31T08:00 yes",
    );
    let session = session(&[items, stays].concat());
    let counted = async |metric: &str| {
        let answer = answer(&session, &question(metric, Some(Dimension::Kind))).await;
        let of = |group: &Group| (group.key.clone().unwrap_or("none".into()), group.total.n, group.total.value);
        answer.groups.iter().map(of).collect::<Vec<_>>()
    };
    let group = |key: &str, n, value| (key.to_owned(), n, Some(value));
    assert_eq!(
        counted("cycle_time").await,
        [group("Bug", 1, 300.0), group("Story", 2, 150.0), group("none", 1, 900.0)]
    );
    let days = |days: f64| days * 86_400.0;
    assert_eq!(counted("stage_exit_age").await, [group("Bug", 1, days(5.0)), group("Story", 1, days(4.0))]);
    let mut stories = question("cycle_time", None);
    stories.filter.kinds = vec!["Story".into(), "none".into()];
    // 100, 200 and 900.
    let total = answer(&session, &stories).await.groups[0].total.clone();
    assert_eq!((total.n, total.value), (3, Some(200.0)));
}

/// Where an item is in a sprint, or in a stage, its class and its type go with it.
#[tokio::test]
async fn sprints_and_stages_are_told_apart_by_class_and_type() {
    let entries = "
        sprint_id work_item_id class   kind  sprint_ends_at is_committed is_added is_removed is_completed is_carried_over points
        s         i1           feature Story 04-01T08:00    yes          no       no         yes          no              5
        s         i2           defect  Bug   04-01T08:00    yes          no       no         no           yes             3
        s         i3           defect  Bug   04-01T08:00    no           yes      no         yes          no              1
        s         i4           debt    -     04-01T08:00    yes          no       yes        no           no              2";
    let stays = "
        work_item_id position class   kind  level status_category entered_at
        i1           0        feature Story item  doing           03-24T08:00
        i2           0        defect  Bug   item  doing           03-24T08:00
        i3           0        defect  Bug   item  doing           03-24T08:00
        i4           0        debt    -     item  doing           03-24T08:00";
    let session = session(&[facts("facts/sprint_items", entries), facts("facts/work_item_stays", stays)].concat());
    let told = async |metric: &str, by: Dimension| {
        let groups = answer(&session, &question(metric, Some(by))).await.groups;
        groups.into_iter().map(|g| (g.key.unwrap_or("none".into()), g.total.n, g.total.value)).collect::<Vec<_>>()
    };
    let (third, fifteenth) = (1.0 / 3.0, Some(7.0 / 15.0));
    // Each with the figures of story or feature, of bugs or defects, and of `i4`, which is debt and has no type.
    let cases = [
        // One of each, in the fifteen days from 1 April on.
        ("sprint_commitment", [Some((1, fifteenth)), Some((1, fifteenth)), Some((1, fifteenth))]),
        ("sprint_completion", [Some((1, Some(1.0))), Some((1, Some(0.0))), Some((1, Some(0.0)))]),
        ("sprint_carry_over", [Some((1, Some(0.0))), Some((2, Some(0.5))), None]),
        // Of `i2` and `i3` one came in, where one was committed; `i4` went out.
        ("sprint_scope_change", [Some((1, Some(0.0))), Some((2, Some(1.0))), Some((1, Some(1.0)))]),
        ("sprint_completion_points", [Some((1, Some(1.0))), Some((1, Some(0.0))), Some((1, Some(0.0)))]),
        // 3 of 3 + 1.
        ("sprint_carry_over_points", [Some((1, Some(0.0))), Some((2, Some(0.75))), None]),
        ("sprint_scope_change_points", [Some((1, Some(0.0))), Some((2, Some(third))), Some((1, Some(1.0)))]),
        ("cumulative_flow", [Some((1, Some(1.0))), Some((2, Some(2.0))), Some((1, Some(1.0)))]),
    ];
    for (metric, [story, bug, other]) in cases {
        let row = |key: &str, figure: Option<(i64, Option<f64>)>| figure.map(|(n, value)| (key.to_owned(), n, value));
        let kinds: Vec<_> = [row("Bug", bug), row("Story", story), row("none", other)].into_iter().flatten().collect();
        assert_eq!(told(metric, Dimension::Kind).await, kinds, "{metric}");
        let classes = [row("debt", other), row("defect", bug), row("feature", story)];
        assert_eq!(told(metric, Dimension::Class).await, classes.into_iter().flatten().collect::<Vec<_>>(), "{metric}");
    }
}
