//! Two made-up projects, as a model leaves them in a lake by a day, for the tests of forecasts.

use super::{About, ForecastReport, Kind};
use crate::entities::{core, fact};
use crate::lake::{ANCHOR, Lake, Options, Progress, TenantLake, When, facts_mark};
use crate::row::{self, Row, Value};
use crate::{Clock, Engine, Settings, Tenant, TenantId};
use chrono::{Datelike as _, NaiveDate, TimeDelta, Weekday};
use futures::TryStreamExt as _;
use object_store::memory::InMemory;
use std::sync::Arc;

/// Monday, 5 January 2026.
pub(super) fn monday() -> NaiveDate {
    "2026-01-05".parse().unwrap()
}
/// Noon of a day so many after that Monday.
pub(super) fn noon(day: i64) -> i64 {
    (monday() + TimeDelta::days(day)).and_hms_opt(12, 0, 0).unwrap().and_utc().timestamp_micros()
}
pub(super) fn clock(day: i64) -> Clock {
    Clock::Fixed(noon(day))
}
pub(super) fn weekdays(day: NaiveDate) -> bool {
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

pub(super) fn tenant(store: &Arc<InMemory>) -> Tenant {
    let lake = Lake::over(store.clone(), Options { clock: clock(0), ..Options::default() }).unwrap();
    Engine::over(lake).tenant(&TenantId::new("acme").unwrap())
}

/// Writes what a model would have made of it by then.
pub(super) async fn modelled(tenant: &Tenant, today: i64) {
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
        epic.set("level", "epic")
            .set("due_on", due)
            .set("created_at", Value::Time(noon(0)))
            .set("excluded", "epic")
            .set("status_category", "doing"),
    );
    let stays = items.iter().filter_map(|item| {
        let stay = of("work_item_stays")
            .set("work_item_id", item.id.as_str())
            .set("project_id", item.project)
            .set("position", 1_i64);
        let stay = stay.set("status", "Done").set("status_category", "done");
        Some(stay.set("entered_at", Value::Time(noon(item.done?))))
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

/// The only item of `pay` is in each of the sprints of `shop`, too.
pub(super) async fn mixed(tenant: &Tenant) {
    let closed = (0..6).map(|n| (format!("s{n}"), "closed", 14 * n));
    let sprints = closed.chain([("s".to_owned(), "active", 84)]);
    let rows = sprints.map(|(id, state, from)| in_sprint(&id, state, from, "pay-0").set("project_id", "pay"));
    hold(tenant, &rows.collect::<Vec<_>>()).await;
}

/// An item of `shop` is in one more sprint that runs, whose board was decided to belong to `pay`.
pub(super) async fn decided(tenant: &Tenant) {
    let row = in_sprint("t", "active", 84, "shop-060").set("project_id", "shop");
    hold(tenant, &[row.set("sprint_project_id", "pay")]).await;
}

/// That an item is in a sprint of twelve days, and came into it the day before.
fn in_sprint(sprint: &str, state: &str, from: i64, item: &str) -> Row {
    let row = Row::new(fact("sprint_items").unwrap()).set("sprint_id", sprint).set("sprint_name", sprint);
    let row = row.set("sprint_state", state).set("work_item_id", item);
    let row = row.set("sprint_starts_at", Value::Time(noon(from)));
    row.set("sprint_ends_at", Value::Time(noon(from + 11))).set("added_at", Value::Time(noon(from - 1)))
}

/// Adds these to what facts tell of sprints.
async fn hold(tenant: &Tenant, rows: &[Row]) {
    let table = tenant.lake().table(fact("sprint_items").unwrap());
    table.append(&[row::batch(table.entity(), rows).unwrap()], &[], When::Changed).await.unwrap();
    let version = table.latest().await.unwrap().unwrap().version();
    noted(tenant.lake(), &[Progress::new(facts_mark("sprint_items"), version)]).await;
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
pub(super) async fn joined(tenant: &Tenant, project: &str, done: &[(usize, Option<i64>)]) {
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

/// An epic whose status is not mapped, due on a day, and the item that is open below it.
pub(super) async fn unmapped(tenant: &Tenant, due: i64) {
    let of = |id: &str| {
        let row = Row::new(fact("work_items").unwrap()).set("id", id).set("key", id).set("project_id", "pay");
        row.set("is_done", false).set("created_at", Value::Time(noon(0)))
    };
    let epic = of("u").set("level", "epic").set("excluded", "epic").set("due_on", day(due));
    modelled_more(tenant, &[epic, of("u-1").set("level", "item").set("parent_id", "u")]).await;
}

/// Rows of one table that a model made, too.
pub(super) async fn modelled_more(tenant: &Tenant, rows: &[Row]) {
    let table = tenant.lake().table(rows[0].entity());
    table.append(&[row::batch(table.entity(), rows).unwrap()], &[], When::Changed).await.unwrap();
    let version = table.latest().await.unwrap().unwrap().version();
    noted(tenant.lake(), &[Progress::new(facts_mark(table.entity().name), version)]).await;
}

/// An item of `pay`, which is of the team `blue`, that somebody of the team `red` has.
pub(super) async fn lent(tenant: &Tenant) {
    let lake = tenant.lake();
    let of = |name: &str, id: &str| {
        let row = Row::new(core(name).unwrap()).set("id", id).set("connection", "test:a").set("raw", "test/1/1");
        row.set("observed_at", Value::Time(1))
    };
    let item =
        of("work_items", "pay-1").set("key", "pay-1").set("project_id", "pay").set("created_at", Value::Time(noon(0)));
    for row in [item, of("teams", "red").set("name", "Red")] {
        let table = lake.table(row.entity());
        table.upsert(&row::batch(table.entity(), &[row]).unwrap(), &[], When::Changed).await.unwrap();
    }
    let made = Row::new(fact("work_items").unwrap()).set("id", "pay-1").set("key", "pay-1").set("project_id", "pay");
    let made = made.set("team_id", "red").set("level", "item").set("is_done", false);
    modelled_more(tenant, &[made.set("created_at", Value::Time(noon(0)))]).await;
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
pub(super) async fn planned(lake: &TenantLake) {
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

pub(super) async fn frozen(tenant: &Tenant) -> Vec<Row> {
    let table = tenant.lake().table(fact("forecasts").unwrap());
    let Some(snapshot) = table.latest().await.unwrap() else { return Vec::new() };
    let batches: Vec<_> = snapshot.read(None, None, &[]).await.unwrap().try_collect().await.unwrap();
    let mut rows: Vec<Row> = batches.iter().flat_map(|batch| row::rows(table.entity(), batch).unwrap()).collect();
    rows.sort_by(|a, b| a.text("id").cmp(&b.text("id")));
    rows
}
pub(super) async fn one(tenant: &Tenant, id: &str) -> Row {
    frozen(tenant).await.into_iter().find(|row| row.text("id") == Some(id)).unwrap()
}
pub(super) async fn step(tenant: &Tenant, day: i64) -> ForecastReport {
    tenant.freeze_forecasts(&Settings::default(), clock(day)).await.unwrap()
}
pub(super) fn one_of(kind: Kind, id: &str) -> About {
    About::One(kind, id.to_owned())
}
pub(super) fn day(n: i64) -> Option<NaiveDate> {
    Some(monday() + TimeDelta::days(n))
}
