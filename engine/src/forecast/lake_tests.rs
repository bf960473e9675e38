//! The step on a lake, and questions of it.

use super::freeze::as_scored;
use super::*;
use crate::entities::{core, fact};
use crate::lake::{ANCHOR, Lake, Options, Progress, TenantLake, When, facts_mark};
use crate::metrics::Filter;
use crate::row::{self, Row, Value};
use crate::{Clock, Engine, Error, Policy, Settings, Tenant, TenantId};
use chrono::{Datelike as _, NaiveDate, TimeDelta, Weekday};
use futures::TryStreamExt as _;
use object_store::memory::InMemory;
use std::sync::Arc;

/// Monday, 5 January 2026.
fn monday() -> NaiveDate {
    "2026-01-05".parse().unwrap()
}
/// Noon of a day so many after that Monday.
fn noon(day: i64) -> i64 {
    (monday() + TimeDelta::days(day)).and_hms_opt(12, 0, 0).unwrap().and_utc().timestamp_micros()
}
fn clock(day: i64) -> Clock {
    Clock::Fixed(noon(day))
}
fn weekdays(day: NaiveDate) -> bool {
    !matches!(day.weekday(), Weekday::Sat | Weekday::Sun)
}

/// An item, from when it was made on and until it was done.
struct Made {
    id: String,
    project: &'static str,
    epic: Option<&'static str>,
    made: i64,
    done: Option<i64>,
}

/// Two projects. In `shop` 110 items are made on the first day, and one of them is done on each working day: the epic `e` is
/// made of the last 20 of them and due on day 160. Each two weeks there is a sprint for the next ten, which ends on a Friday with
/// nine of them done. `pay` has one item.
fn made(today: i64) -> Vec<Made> {
    let days = (1..).filter(|day| weekdays(monday() + TimeDelta::days(*day)));
    let shop = (0..110).zip(days).map(|(n, day)| Made {
        id: format!("shop-{n:03}"),
        project: "shop",
        epic: (n >= 90).then_some("e"),
        made: 0,
        done: (day < today).then_some(day),
    });
    let pay = Made { id: "pay-0".to_owned(), project: "pay", epic: None, made: 0, done: None };
    shop.chain([pay]).collect()
}

fn tenant(store: &Arc<InMemory>) -> Tenant {
    let lake = Lake::over(store.clone(), Options { clock: clock(0), ..Options::default() }).unwrap();
    Engine::over(lake).tenant(&TenantId::new("acme").unwrap())
}

/// Writes what a model would have made of it by then.
async fn modelled(tenant: &Tenant, today: i64) {
    let lake = tenant.lake();
    let of = |name| Row::new(fact(name).unwrap());
    let items = made(today);
    let mut rows: Vec<Row> = items
        .iter()
        .map(|item| {
            of("work_items")
                .set("id", item.id.as_str())
                .set("project_id", item.project)
                .set("parent_id", item.epic)
                .set("key", item.id.as_str())
                .set("level", "item")
                .set("class", if item.epic.is_some() { "defect" } else { "feature" })
                .set("labels", if item.epic.is_some() { vec!["urgent".to_owned()] } else { Vec::new() })
                .set("owning_team_id", if item.project == "shop" { "red" } else { "blue" })
                .set("is_done", item.done.is_some())
                .set("created_at", Value::Time(noon(item.made)))
                .set("started_at", item.done.map_or(Value::Null, |done| Value::Time(noon(done - 1))))
        })
        .collect();
    let due = monday() + TimeDelta::days(160);
    let epic = of("work_items").set("id", "e").set("project_id", "shop").set("key", "e").set("title", "Epic");
    rows.push(
        epic.set("level", "epic").set("due_on", due).set("created_at", Value::Time(noon(0))).set("excluded", "epic"),
    );
    let stays = items.iter().filter_map(|item| {
        let stay = of("work_item_stays")
            .set("work_item_id", item.id.as_str())
            .set("project_id", item.project)
            .set("position", 1_i64);
        Some(stay.set("status_category", "done").set("entered_at", Value::Time(noon(item.done?))))
    });
    let sprint = |id: &str, state: &str, from: i64, items: std::ops::Range<usize>| {
        let row = of("sprint_items").set("sprint_id", id).set("sprint_name", id).set("sprint_state", state);
        let row = row.set("project_id", "shop").set("sprint_starts_at", Value::Time(noon(from)));
        let row = row.set("sprint_ends_at", Value::Time(noon(from + 11))).set("added_at", Value::Time(noon(from - 1)));
        items.map(move |n| row.clone().set("work_item_id", format!("shop-{n:03}"))).collect::<Vec<_>>()
    };
    let mut sprints: Vec<Row> =
        (0_usize..6).flat_map(|n| sprint(&format!("s{n}"), "closed", 14 * n as i64, n * 10..n * 10 + 10)).collect();
    sprints.extend(sprint("s", "active", 84, 60..70));
    let mut marks = Vec::new();
    for (name, rows) in [("work_items", rows), ("work_item_stays", stays.collect()), ("sprint_items", sprints)] {
        let table = lake.table(fact(name).unwrap());
        table.replace(&[row::batch(table.entity(), &rows).unwrap()], None, &[], When::Changed).await.unwrap();
        marks.push(Progress::new(facts_mark(name), table.latest().await.unwrap().unwrap().version()));
    }
    noted(lake, &marks).await;
    projects(lake, &[("shop", "red"), ("pay", "blue")]).await;
    released(lake).await;
    let page = crate::land::Page { cursors: crate::land::only(Some("1".into())), ..Default::default() };
    tenant.land("test", "test:a", page).await.unwrap();
}

/// These versions of facts belong to the model.
async fn noted(lake: &TenantLake, marks: &[Progress]) {
    let anchor = lake.table(fact(ANCHOR).unwrap());
    let version = anchor.latest().await.unwrap().map(|snapshot| snapshot.version());
    anchor.append(&[], marks, When::On(version)).await.unwrap();
}

/// Projects, each with the team that owns it.
async fn projects(lake: &TenantLake, all: &[(&str, &str)]) {
    let projects = lake.table(core("projects").unwrap());
    let project = |(id, team): &(&str, &str)| {
        let row = Row::new(projects.entity()).set("id", *id).set("name", id.to_uppercase()).set("team_id", *team);
        row.set("connection", "test:a").set("observed_at", Value::Time(1)).set("raw", "test/1/1")
    };
    let rows: Vec<Row> = all.iter().map(project).collect();
    projects.upsert(&row::batch(projects.entity(), &rows).unwrap(), &[], When::Changed).await.unwrap();
}

/// What another connection tells: items of a project that were made on the first day, by number, and when each was done.
async fn joined(tenant: &Tenant, project: &str, done: &[(usize, Option<i64>)]) {
    let lake = tenant.lake();
    let of = |name: &str, n: usize| {
        let id = if name == "work_items" { "id" } else { "work_item_id" };
        Row::new(fact(name).unwrap()).set(id, format!("{project}-{n}")).set("project_id", project)
    };
    let item = |(n, done): &(usize, Option<i64>)| {
        let row = of("work_items", *n).set("key", format!("{project}-{n}")).set("level", "item");
        row.set("is_done", done.is_some()).set("created_at", Value::Time(noon(0)))
    };
    let stay = |(n, done): &(usize, Option<i64>)| {
        let row = of("work_item_stays", *n).set("position", 1_i64).set("status_category", "done");
        Some(row.set("entered_at", Value::Time(noon((*done)?))))
    };
    let items: Vec<Row> = done.iter().map(item).collect();
    let stays: Vec<Row> = done.iter().filter_map(stay).collect();
    let mut marks = Vec::new();
    for (name, rows) in [("work_items", items), ("work_item_stays", stays)] {
        let table = lake.table(fact(name).unwrap());
        table.append(&[row::batch(table.entity(), &rows).unwrap()], &[], When::Changed).await.unwrap();
        marks.push(Progress::new(facts_mark(name), table.latest().await.unwrap().unwrap().version()));
    }
    noted(lake, &marks).await;
    projects(lake, &[(project, "green")]).await;
}

/// The version `1.0` of `shop`, out on day 160, holds the first 80 items. Ten of them came in on day 30; another came in on
/// day 10 and went out on day 20. The version `0.9` is out, with an item that is open.
async fn released(lake: &TenantLake) {
    let of = |name| {
        let row = Row::new(core(name).unwrap()).set("connection", "test:a").set("raw", "test/1/1");
        row.set("observed_at", Value::Time(1))
    };
    let version = |id: &str, is_released: bool| {
        let row = of("versions").set("id", id).set("name", id).set("project_id", "shop");
        row.set("is_released", is_released).set("is_archived", false).set("release_on", day(160))
    };
    let holds = |id: &str, n: usize| {
        let row = of("work_item_versions").set("id", format!("{id}/{n}")).set("version_id", id).set("relation", "fix");
        row.set("work_item_id", format!("shop-{n:03}"))
    };
    let change = |n: usize, on: i64, from: Option<&str>, to: Option<&str>| {
        let row =
            of("work_item_transitions").set("id", format!("{n}/{on}")).set("work_item_id", format!("shop-{n:03}"));
        row.set("field", "fix version")
            .set("from_value", from)
            .set("to_value", to)
            .set("changed_at", Value::Time(noon(on)))
    };
    let item = |n: usize| {
        let row = of("work_items").set("id", format!("shop-{n:03}")).set("project_id", "shop");
        row.set("key", format!("shop-{n:03}")).set("created_at", Value::Time(noon(0)))
    };
    let mut changes: Vec<Row> = (70..80).map(|n| change(n, 30, None, Some("1.0"))).collect();
    changes.extend([change(85, 10, Some("0.8"), Some("1.0")), change(85, 20, Some("1.0"), None)]);
    let tables = [
        ("versions", vec![version("1.0", false), version("0.9", true)]),
        ("work_item_versions", (0..80).map(|n| holds("1.0", n)).chain([holds("0.9", 100)]).collect()),
        ("work_item_transitions", changes),
        ("work_items", (0..110).map(item).collect()),
    ];
    for (name, rows) in tables {
        let table = lake.table(core(name).unwrap());
        table.upsert(&row::batch(table.entity(), &rows).unwrap(), &[], When::Changed).await.unwrap();
    }
}

/// The items of the version `1.0` are those of a repository of `shop` instead, and of its milestone of the same name.
async fn planned(lake: &TenantLake) {
    let of = |name| {
        let row = Row::new(core(name).unwrap()).set("connection", "test:a").set("raw", "test/1/2");
        row.set("observed_at", Value::Time(2))
    };
    let milestone = of("versions").set("id", "r/milestones/1").set("name", "1.0").set("repository_id", "r");
    let milestone = milestone.set("is_released", false).set("is_archived", false).set("release_on", day(160));
    let holds = |n: usize| {
        let row = of("work_item_versions").set("id", format!("r/{n}")).set("version_id", "r/milestones/1");
        row.set("relation", "fix").set("work_item_id", format!("shop-{n:03}"))
    };
    let item = |n: usize| {
        let row = of("work_items").set("id", format!("shop-{n:03}")).set("repository_id", "r");
        row.set("key", format!("acme/web#{n}")).set("created_at", Value::Time(noon(0)))
    };
    let scope = |project: &str| {
        let row = of("project_scopes").set("id", format!("scope-{project}")).set("project_id", project);
        row.set("scope_kind", "repository").set("scope_id", "r")
    };
    let tables = [
        ("versions", vec![milestone]),
        ("work_item_versions", (0..80).map(holds).collect()),
        ("work_items", (0..110).map(item).collect()),
        ("repositories", vec![of("repositories").set("id", "r").set("name", "acme/web")]),
        ("project_scopes", vec![scope("shop"), scope("zoo")]),
    ];
    for (name, rows) in tables {
        let table = lake.table(core(name).unwrap());
        table.upsert(&row::batch(table.entity(), &rows).unwrap(), &[], When::Changed).await.unwrap();
    }
}

async fn frozen(tenant: &Tenant) -> Vec<Row> {
    let table = tenant.lake().table(fact("forecasts").unwrap());
    let Some(snapshot) = table.latest().await.unwrap() else { return Vec::new() };
    let batches: Vec<_> = snapshot.read(None, None, &[]).await.unwrap().try_collect().await.unwrap();
    let mut rows: Vec<Row> = batches.iter().flat_map(|batch| row::rows(table.entity(), batch).unwrap()).collect();
    rows.sort_by(|a, b| a.text("id").cmp(&b.text("id")));
    rows
}
async fn one(tenant: &Tenant, id: &str) -> Row {
    frozen(tenant).await.into_iter().find(|row| row.text("id") == Some(id)).unwrap()
}
async fn step(tenant: &Tenant, day: i64) -> ForecastReport {
    tenant.freeze_forecasts(&Settings::default(), clock(day)).await.unwrap()
}
fn one_of(kind: Kind, id: &str) -> About {
    About::One(kind, id.to_owned())
}
fn day(n: i64) -> Option<NaiveDate> {
    Some(monday() + TimeDelta::days(n))
}

#[tokio::test]
async fn each_open_subject_is_frozen_once_a_day() {
    let tenant = tenant(&Arc::default());
    assert_eq!(step(&tenant, 84).await, ForecastReport::default());
    modelled(&tenant, 84).await;
    // The two projects, the epic, the sprint that runs and the version that is not out; pay has no history, the epic no item
    // that is done.
    assert_eq!(step(&tenant, 84).await, ForecastReport { frozen: 5, without: 2, scored: 0 });
    assert_eq!(step(&tenant, 84).await, ForecastReport::default());
    let rows = frozen(&tenant).await;
    let ids: Vec<_> = rows.iter().filter_map(|row| row.text("id")).collect();
    let on = "2026-03-30";
    assert_eq!(
        ids,
        ["epic:e", "project:pay", "project:shop", "release:1.0", "sprint:s"].map(|id| format!("{id}:{on}"))
    );
    let reason = "not enough history: 0 items done over 11 weeks, of at least 30 over 5 weeks";
    assert_eq!(
        (rows[0].text("reason"), rows[0].int("remaining"), rows[0].date("due_on")),
        (Some(reason), Some(20), day(160))
    );
    assert_eq!((rows[0].get("p85_on"), rows[0].get("due_probability")), (&Value::Null, &Value::Null));
    // On the days up to 83 there were 59 working days after the first; one was done on each.
    let shop = &rows[2];
    assert_eq!(
        (shop.int("remaining"), shop.int("history_done"), shop.int("history_added")),
        (Some(51), Some(59), Some(0))
    );
    assert_eq!((shop.date("p50_on"), shop.date("p95_on")), (day(84 + 70), day(84 + 70)));
    // The day 112 is a working day, too: 21 of them.
    assert_eq!((shop.int("by_p50"), shop.int("by_p85"), shop.date("by_on")), (Some(21), Some(21), day(112)));
    assert_eq!(step(&tenant, 85).await, ForecastReport { frozen: 5, without: 2, scored: 0 });
}

#[tokio::test]
async fn what_comes_later_on_a_day_is_frozen_then_and_the_rest_stays() {
    let tenant = tenant(&Arc::default());
    modelled(&tenant, 84).await;
    step(&tenant, 84).await;
    modelled(&tenant, 112).await;
    // The day by which items are counted, 112, is over, and nothing of the sprint is open any more.
    let report = step(&tenant, 113).await;
    assert_eq!((report.frozen, report.scored > 0), (4, true));
    let before = frozen(&tenant).await;
    assert_eq!(one(&tenant, "project:shop:2026-03-30").await.int("by_done"), Some(20));
    let table = tenant.lake().table(fact("forecasts").unwrap());
    let version = async || table.latest().await.unwrap().unwrap().version();
    // On the same day it is found that one more was done on day 112.
    modelled(&tenant, 113).await;
    let at = version().await;
    assert_eq!(step(&tenant, 113).await, ForecastReport::default());
    assert_eq!(version().await, at);
    // Another connection is read, of whose two items one is open.
    joined(&tenant, "zoo", &[(0, None), (1, Some(20))]).await;
    assert_eq!(step(&tenant, 113).await, ForecastReport { frozen: 1, without: 1, scored: 0 });
    let later = frozen(&tenant).await;
    let (new, kept): (Vec<_>, Vec<_>) = later.into_iter().partition(|row| row.text("subject_id") == Some("zoo"));
    assert_eq!(kept, before);
    let told: Vec<_> = new.iter().map(|row| (row.text("id"), row.int("remaining"), row.date("made_on"))).collect();
    assert_eq!(told, [(Some("project:zoo:2026-04-28"), Some(1), day(113))]);
    // One of which nothing is open gets none. It is noted that it was looked at, and not looked at again.
    joined(&tenant, "ark", &[(0, Some(10))]).await;
    let at = version().await;
    assert_eq!(step(&tenant, 113).await, ForecastReport::default());
    assert_eq!(version().await, at + 1);
    assert_eq!(step(&tenant, 113).await, ForecastReport::default());
    assert_eq!(version().await, at + 1);
    // An older item of it is read later, and is open.
    joined(&tenant, "ark", &[(1, None)]).await;
    assert_eq!(step(&tenant, 113).await, ForecastReport { frozen: 1, without: 1, scored: 0 });
    // On the next day all have theirs but the version, which is done, and what was found is scored.
    assert_eq!(step(&tenant, 114).await.frozen, 5);
    assert_eq!(one(&tenant, "project:shop:2026-03-30").await.int("by_done"), Some(21));
}

#[tokio::test]
async fn a_release_is_forecast_by_what_it_held_on_each_day() {
    let tenant = tenant(&Arc::default());
    modelled(&tenant, 84).await;
    step(&tenant, 84).await;
    let release = one(&tenant, "release:1.0:2026-03-30").await;
    assert_eq!(
        (release.text("subject_name"), release.text("project_id"), release.text("team_id")),
        (Some("SHOP 1.0"), Some("shop"), Some("red"))
    );
    // 59 of 80 are done. Ten came in late; what went out again leaves nothing behind.
    assert_eq!((release.int("remaining"), release.int("history_done")), (Some(21), Some(59)));
    assert_eq!((release.int("history_added"), release.date("due_on")), (Some(10), day(160)));
    let history = release.text("history").unwrap();
    assert!(history.contains("1+10"), "{history}");
    assert_eq!((history.matches("+1 ").count(), history.matches("-1").count()), (1, 1), "{history}");
}

#[tokio::test]
async fn a_milestone_is_a_release_of_its_repository() {
    let tenant = tenant(&Arc::default());
    modelled(&tenant, 84).await;
    planned(tenant.lake()).await;
    step(&tenant, 84).await;
    let release = one(&tenant, "release:r/milestones/1:2026-03-30").await;
    assert_eq!(
        (release.text("subject_name"), release.text("project_id"), release.text("team_id")),
        (Some("web 1.0"), Some("shop"), Some("red"))
    );
    assert_eq!((release.int("remaining"), release.int("history_done")), (Some(21), Some(59)));
    assert_eq!((release.int("history_added"), release.date("due_on")), (Some(10), day(160)));
    let history = release.text("history").unwrap();
    assert!(history.contains("1+10"), "{history}");
}

#[tokio::test]
async fn a_sprint_is_of_the_project_that_its_source_names() {
    let tenant = tenant(&Arc::default());
    modelled(&tenant, 84).await;
    let sprints = tenant.lake().table(core("sprints").unwrap());
    let row = Row::new(sprints.entity()).set("id", "s").set("name", "s").set("project_id", "pay");
    let row = row.set("connection", "test:a").set("observed_at", Value::Time(1)).set("raw", "test/1/1");
    sprints.upsert(&row::batch(sprints.entity(), &[row]).unwrap(), &[], When::Changed).await.unwrap();
    step(&tenant, 84).await;
    let sprint = one(&tenant, "sprint:s:2026-03-30").await;
    assert_eq!(sprint.text("project_id"), Some("pay"));
    // Those before it are of the project that all of their items are of, and say nothing of its pace.
    let reason = sprint.text("reason").unwrap();
    assert!(reason.starts_with("not enough history"), "{reason}");
}

#[tokio::test]
async fn a_frozen_forecast_comes_out_of_its_row_again() {
    let tenant = tenant(&Arc::default());
    modelled(&tenant, 84).await;
    step(&tenant, 84).await;
    let row = one(&tenant, "sprint:s:2026-03-30").await;
    let days = row.text("history").unwrap().split(' ').map(|day| {
        let at = day.rfind(['+', '-']).unwrap();
        Day { done: day[..at].parse().unwrap(), added: day[at..].parse().unwrap() }
    });
    let history = History::new(row.date("history_from").unwrap(), row.date("made_on").unwrap(), days.collect());
    let remaining = row.int("remaining").unwrap() as u32;
    let question = Question { due: row.date("due_on"), by: row.date("by_on"), ..Question::of(remaining) };
    let outcome = forecast(&history, &question, &weekdays);
    assert_eq!(Some(outcome.seed.cast_signed()), row.int("seed"));
    assert_eq!((outcome.done_on.p50, outcome.done_on.p85), (row.date("p50_on"), row.date("p85_on")));
    let share = outcome.due_probability.unwrap();
    assert_eq!(Some((share * 10_000.0).round() as i64), row.int("due_runs"));
    // What came into sprints when they began was planned.
    assert_eq!((history.added(), row.int("runs")), (0, Some(10_000)));
}

#[tokio::test]
async fn what_came_of_it_is_written_beside_what_was_forecast() {
    let tenant = tenant(&Arc::default());
    modelled(&tenant, 84).await;
    step(&tenant, 84).await;
    let before = one(&tenant, "project:shop:2026-03-30").await;
    modelled(&tenant, 200).await;
    // Four of that day: the sprint, which is still said to run, is forecast no more, for nothing of it is open.
    let report = step(&tenant, 200).await;
    assert_eq!((report.scored, report.frozen), (3, 1));
    let after = one(&tenant, "project:shop:2026-03-30").await;
    assert_eq!(
        (after.date("done_on"), after.get("in_p85"), after.int("by_done")),
        (day(154), &Value::Bool(true), Some(21))
    );
    assert_eq!(after.date("scored_on"), day(200));
    for column in fact("forecasts").unwrap().columns().take_while(|column| column.name != "scored_on") {
        assert_eq!(before.get(column.name), after.get(column.name), "{}", column.name);
    }
    let sprint = one(&tenant, "sprint:s:2026-03-30").await;
    assert_eq!((sprint.get("made_due"), as_scored(&sprint).unwrap().made_due()), (&Value::Bool(false), Some(false)));
    assert_eq!(step(&tenant, 200).await, ForecastReport::default());
    assert_eq!(as_scored(&after).unwrap().inside().p85, Some(true));
    assert_eq!(as_scored(&before).unwrap().inside().p85, None);
    // What is settled stays, whatever is found later.
    modelled(&tenant, 100).await;
    step(&tenant, 201).await;
    assert_eq!(one(&tenant, "project:shop:2026-03-30").await, after);
}

#[tokio::test]
async fn a_question_is_answered_over_what_may_be_seen_and_freezes_nothing() {
    let all = tenant(&Arc::default());
    modelled(&all, 84).await;
    let theirs = all.under(&Policy::only(["red"], []));
    let settings = Settings::default();
    let ask = Ask { due: day(100), by: day(84), ..Ask::of(one_of(Kind::Project, "shop")) };
    let answer = theirs.forecast(&ask, &settings, clock(84)).await.unwrap();
    assert_eq!((answer.name.as_str(), answer.remaining, answer.made_on), ("SHOP", 51, day(84).unwrap()));
    let outcome = answer.outcome.unwrap();
    assert_eq!((outcome.done_on.p85, outcome.done_by.unwrap().p85), (day(154), 1));
    // An item was in progress on the day before it was done, unless that was a weekend: then not at the end of a working day.
    assert!(answer.in_progress.unwrap() > 0.7, "{:?}", answer.in_progress);
    let twice = WhatIf { scope: 9, pace: 2.0, ..WhatIf::default() };
    let answer = theirs.forecast(&Ask { what_if: twice, ..ask.clone() }, &settings, clock(84)).await.unwrap();
    // 60 items at two a day.
    assert_eq!(answer.outcome.unwrap().working_days.p85, Some(30));
    let limited = Ask { limit: Some(answer.in_progress.unwrap() / 2.0), ..ask.clone() };
    let answer = theirs.forecast(&limited, &settings, clock(84)).await.unwrap();
    assert_eq!(answer.outcome.unwrap().working_days.p85, Some(102));
    assert!(frozen(&all).await.is_empty());
    let hidden = theirs.forecast(&Ask::of(one_of(Kind::Project, "pay")), &settings, clock(84)).await;
    assert!(matches!(hidden, Err(Error::Question(_))), "{hidden:?}");
    let seen = all.forecast(&Ask::of(one_of(Kind::Project, "pay")), &settings, clock(84)).await.unwrap();
    assert!(seen.outcome.is_none() && seen.reason.is_some());
    let bad = Ask { what_if: WhatIf { pace: f64::NAN, ..WhatIf::default() }, ..ask };
    assert!(matches!(theirs.forecast(&bad, &settings, clock(84)).await, Err(Error::Question(_))));
}

#[tokio::test]
async fn what_a_filter_leaves_is_forecast_from_its_own_history() {
    let all = tenant(&Arc::default());
    modelled(&all, 84).await;
    let settings = Settings::default();
    let some = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
    let of = |about: About| Ask { by: day(84), due: day(154), ..Ask::of(about) };
    let shop = all.forecast(&of(one_of(Kind::Project, "shop")), &settings, clock(84)).await.unwrap();
    assert_eq!(shop.remaining, 51);
    // All of the project, whichever way it is said.
    for filter in [
        Filter { projects: some(&["SHOP"]), ..Filter::default() },
        Filter { owning_teams: some(&["red"]), ..Filter::default() },
        Filter { projects: some(&["shop"]), classes: some(&["feature", "defect"]), ..Filter::default() },
    ] {
        let answer = all.forecast(&of(About::Items(filter.clone())), &settings, clock(84)).await.unwrap();
        let found = (answer.remaining, &answer.history, answer.in_progress, &answer.outcome);
        assert_eq!(found, (51, &shop.history, shop.in_progress, &shop.outcome), "{filter:?}");
        assert!(answer.name.starts_with("items of ") && answer.card.inside.p85.of == 0, "{}", answer.name);
    }
    // The item of `pay` is not to be seen by those who see what is of the team `red`.
    let everything = of(About::Items(Filter::default()));
    let answer = all.forecast(&everything, &settings, clock(84)).await.unwrap();
    assert_eq!((answer.name.as_str(), answer.remaining), ("all items", 52));
    let theirs = all.under(&Policy::only(["red"], []));
    assert_eq!(theirs.forecast(&everything, &settings, clock(84)).await.unwrap().remaining, 51);
    // Of the 20 items that are defects none was done yet.
    let defects = Filter { projects: some(&["shop"]), classes: some(&["defect"]), ..Filter::default() };
    let answer = all.forecast(&of(About::Items(defects)), &settings, clock(84)).await.unwrap();
    assert_eq!((answer.name.as_str(), answer.remaining), ("items of project shop and class defect", 20));
    assert!(answer.outcome.is_none() && answer.reason.unwrap().starts_with("not enough history"));
    // They are the urgent ones, also for those who see what is of the team `red`.
    let urgent = of(About::Items(Filter { labels: some(&["urgent"]), ..Filter::default() }));
    for whose in [&all, &theirs] {
        let answer = whose.forecast(&urgent, &settings, clock(84)).await.unwrap();
        assert_eq!((answer.name.as_str(), answer.remaining), ("items of label urgent", 20));
    }
    for wrong in [
        Filter { severities: some(&["high"]), ..Filter::default() },
        Filter { projects: some(&["nowhere"]), ..Filter::default() },
    ] {
        let refused = all.forecast(&of(About::Items(wrong)), &settings, clock(84)).await;
        assert!(matches!(refused, Err(Error::Question(_))), "{refused:?}");
    }
}

#[tokio::test]
async fn without_skill_there_is_a_reason_and_no_percentage() {
    let all = tenant(&Arc::default());
    modelled(&all, 84).await;
    step(&all, 84).await;
    let table = all.lake().table(fact("forecasts").unwrap());
    let sprint = one(&all, "sprint:s:2026-03-30").await;
    assert_ne!(sprint.get("due_probability"), &Value::Null);
    // Twenty sprints of long ago of which it was said the other way round.
    let wrong: Vec<Row> = (0..20)
        .map(|n| {
            let made = n % 2 == 0;
            let row = sprint.clone().set("id", format!("old-{n}")).set("subject_id", format!("old-{n}"));
            row.set("due_runs", if made { 1000_i64 } else { 9000 })
                .set("made_due", made)
                .set("done_on", made.then(monday))
        })
        .collect();
    table.append(&[row::batch(table.entity(), &wrong).unwrap()], &[], When::Changed).await.unwrap();
    step(&all, 85).await;
    let row = one(&all, "sprint:s:2026-03-31").await;
    assert_eq!(
        (row.get("due_probability"), row.int("skill_n"), row.text("skill_from")),
        (&Value::Null, Some(20), Some("forecasts"))
    );
    let reason = row.text("reason").unwrap();
    // (0.9² − 0.5²) ÷ 0.5² more than the base rate.
    assert!(
        reason.starts_with("no skill: over 20 due days of the forecasts") && reason.ends_with("-2.24)"),
        "{reason}"
    );
    assert!(row.int("due_runs").is_some() && row.date("p85_on").is_some());
}

#[tokio::test]
async fn somebody_sees_the_forecasts_of_their_teams_alone() {
    let all = tenant(&Arc::default());
    modelled(&all, 84).await;
    step(&all, 84).await;
    let count = async |tenant: &Tenant| {
        let rows = tenant.sql("SELECT subject_id FROM facts.forecasts").await.unwrap();
        rows.iter().map(|batch| batch.num_rows()).sum::<usize>()
    };
    assert_eq!(count(&all).await, 5);
    assert_eq!(count(&all.under(&Policy::only(["red"], []))).await, 4);
    assert_eq!(count(&all.under(&Policy::only([], ["pay"]))).await, 1);
    assert_eq!(count(&all.under(&Policy::only(["green"], []))).await, 0);
}

#[tokio::test]
async fn what_was_open_on_the_last_day_stands_and_nothing_of_what_is_over() {
    let all = tenant(&Arc::default());
    modelled(&all, 84).await;
    step(&all, 84).await;
    let sprint = one(&all, "sprint:s:2026-03-30").await;
    let of = |id: &str, made: i64| sprint.clone().set("id", id).set("subject_id", id).set("made_on", day(made));
    let table = all.lake().table(fact("forecasts").unwrap());
    // A sprint that was closed a week ago, with items left, and one whose work was all done on the day.
    let rows = [of("closed", 77), of("done", 84).set("done_on", day(84))];
    table.append(&[row::batch(table.entity(), &rows).unwrap()], &[], When::Changed).await.unwrap();
    let standing = async |tenant: &Tenant, filter: Filter, on: i64| {
        let frozen = tenant.forecasts(&filter, day(on).unwrap()).await.unwrap();
        if filter == Filter::default() {
            let alone = super::standing(&tenant.session().await.unwrap(), day(on).unwrap()).await.unwrap();
            assert_eq!(alone, frozen.standing, "day {on}");
        }
        let ids: Vec<_> = frozen.standing.iter().filter_map(|row| row.text("subject_id")).collect();
        (ids.join(" "), frozen.later)
    };
    let everything = Filter::default;
    let ids = |ids: &str, later| (ids.to_owned(), later);
    assert_eq!(standing(&all, everything(), 84).await, ids("e pay shop 1.0 s", false));
    // It stands for two weeks, and as of a day before it others stood.
    assert_eq!(standing(&all, everything(), 97).await.0, "e pay shop 1.0 s");
    assert_eq!(standing(&all, everything(), 98).await.0, "");
    assert_eq!(standing(&all, everything(), 80).await, ids("closed", true));
    let named = |project: &str| Filter { projects: vec![project.into()], ..Filter::default() };
    assert_eq!(standing(&all, named("PAY"), 84).await.0, "pay");
    assert_eq!(standing(&all, named("shop"), 84).await.0, "e shop 1.0 s");
    let unknown = all.forecasts(&named("nowhere"), day(84).unwrap()).await.unwrap_err().to_string();
    assert!(unknown.contains("no project `nowhere`"), "{unknown}");
    let theirs = all.under(&Policy::only([], ["pay"]));
    assert_eq!(standing(&theirs, everything(), 84).await.0, "pay");
    // How they did is told by all of them.
    assert!(all.forecasts(&everything(), day(84).unwrap()).await.unwrap().records.contains_key("sprint"));
}

#[tokio::test]
async fn a_row_written_is_the_row_read() {
    let entity = fact("pull_requests").unwrap();
    let rows = [
        Row::new(entity).set("id", "a").set("number", 1_i64).set("is_draft", true).set("opened_at", Value::Time(5)),
        Row::new(entity).set("id", "b").set("pickup_seconds", 0.5).set("work_item_keys", vec!["A-1".to_owned()]),
    ];
    assert_eq!(row::rows(entity, &row::batch(entity, &rows).unwrap()).unwrap(), rows);
    let other = fact("sprint_items").unwrap();
    assert!(row::rows(other, &row::batch(entity, &rows).unwrap()).is_err());
}
