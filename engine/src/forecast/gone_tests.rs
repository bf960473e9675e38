//! Items that their source has no more, in a past that had them.

use super::story::{day, frozen, modelled, modelled_more, noon, one, one_of, step, tenant};
use super::{About, Ask, Kind, evidence};
use crate::entities::{core, fact};
use crate::lake::When;
use crate::metrics::Filter;
use crate::row::{self, Row, Value};
use crate::{Clock, Policy, Settings, Tenant};
use std::sync::Arc;

/// A row of core that was last told of at an instant.
fn told(table: &str, id: &str, at: i64) -> Row {
    let row = Row::new(core(table).unwrap()).set("id", id).set("connection", "test:a").set("raw", "test/1/1");
    row.set("observed_at", Value::Time(at))
}

/// An item of `shop` that was made on the first day, deleted on another, and last was in a status. What was told with it is gone with it.
fn item(id: &str, status: &str, category: &str, deleted: i64) -> Row {
    let row = told("work_items", id, 1).set("key", id).set("project_id", "shop").set("kind", "Story");
    let row = row.set("title", "Told no more").set("url", "https://jira.example.com/gone");
    let row = row.set("status", status).set("status_category", category).set("created_at", Value::Time(noon(0)));
    row.set("deleted_at", Value::Time(noon(deleted)))
}

/// A change of its status on a day.
fn moved(id: &str, on: i64, from: &str, to: &str, deleted: i64) -> Row {
    let row = told("work_item_transitions", &format!("{id}/{on}"), 1).set("work_item_id", id).set("field", "status");
    let row = row.set("from_value", from).set("to_value", to).set("changed_at", Value::Time(noon(on)));
    row.set("deleted_at", Value::Time(noon(deleted)))
}

async fn write(tenant: &Tenant, name: &str, rows: &[Row]) {
    let table = tenant.lake().table(core(name).unwrap());
    table.upsert(&row::batch(table.entity(), rows).unwrap(), &[], When::Changed).await.unwrap();
}

/// Of `shop`: one that was done on day 30 and deleted on day 70; one that was open until it was deleted on day 60; one that was done on day
/// 22, opened again on day 24 and deleted on day 70. And a subtask, which is no work of its own.
async fn gone(tenant: &Tenant) {
    let items = [
        item("done", "Done", "done", 70),
        item("open", "Open", "todo", 60).set("parent_id", "e"),
        item("again", "Open", "todo", 70),
        item("part", "Done", "done", 70).set("kind", "Sub-task"),
    ];
    // They were gone before the item was, which was told without the first two of them: nobody tells that they ever happened.
    let untold = |row: Row| row.set("observed_at", Value::Time(0));
    let sooner = |row: Row| row.set("deleted_at", Value::Time(noon(50)));
    let changes = [
        moved("done", 30, "Open", "Done", 70),
        moved("again", 22, "Open", "Done", 70),
        moved("again", 24, "Done", "Open", 70),
        moved("part", 31, "Open", "Done", 70),
        untold(moved("open", 9, "Open", "Done", 60)),
        untold(moved("open", 14, "Done", "Open", 60)),
        sooner(moved("open", 10, "Open", "Done", 60)),
        sooner(moved("open", 15, "Done", "Open", 60)),
    ];
    let status = |id: &str, name: &str, category: &str| {
        told("statuses", id, 1).set("name", name).set("status_category", category)
    };
    write(tenant, "work_items", &items).await;
    write(tenant, "work_item_transitions", &changes).await;
    write(tenant, "statuses", &[status("1", "Open", "todo"), status("2", "Done", "done")]).await;
}

#[tokio::test]
async fn what_was_deleted_since_was_there_before() {
    let tenant = tenant(&Arc::default());
    modelled(&tenant, 84).await;
    gone(&tenant).await;
    step(&tenant, 84).await;
    // 59 were done, and two of those that are gone. One of these was opened again, and that and the other one went out: 2 + 1 − 2.
    let shop = one(&tenant, "project:shop:2026-03-30").await;
    let counts = ["remaining", "history_done", "history_added"].map(|name| shop.int(name));
    assert_eq!(counts, [Some(51), Some(61), Some(-1)]);
    // The days 22, 24, 30, 60 and 70, by their places among the working days from day 1, a Tuesday, on.
    let history: Vec<&str> = shop.text("history").unwrap().split(' ').collect();
    assert_eq!([15, 17, 21, 43, 49].map(|place| history[place]), ["2+0", "1+1", "2+0", "1-1", "1-1"]);
    assert_eq!(history.iter().filter(|day| **day != "1+0").count(), 5, "{history:?}");
    // One of them was in the epic until it was deleted.
    let epic = one(&tenant, "epic:e:2026-03-30").await;
    assert_eq!((epic.int("remaining"), epic.int("history_added")), (Some(20), Some(-1)));
}

#[tokio::test]
async fn what_was_abandoned_before_it_was_deleted_was_there_until_it_was_abandoned() {
    let tenant = tenant(&Arc::default());
    modelled(&tenant, 84).await;
    gone(&tenant).await;
    write(&tenant, "work_items", &[item("shut", "Done", "done", 70).set("resolution", "Won't Do")]).await;
    write(&tenant, "work_item_transitions", &[moved("shut", 60, "Open", "Done", 70)]).await;
    step(&tenant, 84).await;
    // One more that was never done, and that went out on day 60 with the one that was deleted then.
    let shop = one(&tenant, "project:shop:2026-03-30").await;
    let counts = ["remaining", "history_done", "history_added"].map(|name| shop.int(name));
    assert_eq!(counts, [Some(51), Some(61), Some(-2)]);
    let history: Vec<&str> = shop.text("history").unwrap().split(' ').collect();
    assert_eq!([15, 17, 21, 43, 49].map(|place| history[place]), ["2+0", "1+1", "2+0", "1-2", "1-1"]);
}

#[tokio::test]
async fn what_was_open_in_a_project_that_is_gone_was_there_until_that_went() {
    let tenant = tenant(&Arc::default());
    modelled(&tenant, 84).await;
    let open = |id: &str, home: &str| {
        let row = Row::new(fact("work_items").unwrap()).set("id", id).set("key", id).set("level", "item");
        let row = row.set("home_id", home).set("project_id", home).set("parent_id", "e").set("is_done", false);
        row.set("status_category", "todo").set("excluded", "project deleted").set("created_at", Value::Time(noon(0)))
    };
    // Of the second nobody tells when its project went.
    modelled_more(&tenant, &[open("old-1", "old"), open("lost-1", "lost")]).await;
    let old = told("projects", "old", 1).set("name", "Old").set("deleted_at", Value::Time(noon(60)));
    write(&tenant, "projects", &[old]).await;
    step(&tenant, 84).await;
    let epic = one(&tenant, "epic:e:2026-03-30").await;
    assert_eq!((epic.int("remaining"), epic.int("history_added")), (Some(20), Some(-1)));
}

#[tokio::test]
async fn what_was_open_on_a_day_is_shown_also_when_it_is_gone() {
    let tenant = tenant(&Arc::default());
    modelled(&tenant, 84).await;
    gone(&tenant).await;
    let (session, settings) = (tenant.session().await.unwrap(), Settings::default());
    let behind = async |on: i64| {
        let open = evidence(&session, (Kind::Project, "shop"), day(on).unwrap(), &settings).await.unwrap();
        let gone = || open.iter().filter(|item| !item.key.starts_with("shop-"));
        // What it was called is told no more.
        assert!(gone().all(|item| item.title.is_none() && item.url.is_none()));
        let gone: Vec<_> = gone().map(|item| item.key.clone()).collect();
        (open.len(), gone.join(" "))
    };
    // 15 of 110 were done by the end of day 21, a Monday, and 16 by that of day 22. Then one of those that are gone was done for two days.
    assert_eq!(behind(22).await, (95 + 3, "again done open".to_owned()));
    assert_eq!(behind(23).await, (94 + 2, "done open".to_owned()));
    assert_eq!(behind(84).await, (51, String::new()));
}

#[tokio::test]
async fn whoever_sees_a_part_sees_the_same_past_of_it() {
    let all = tenant(&Arc::default());
    modelled(&all, 84).await;
    gone(&all).await;
    let (settings, clock) = (Settings::default(), Clock::Fixed(noon(84)));
    let ask = Ask::of(one_of(Kind::Project, "shop"));
    let whole = all.forecast(&ask, &settings, clock).await.unwrap();
    assert_eq!((whole.remaining, whole.history.done(), whole.history.added()), (51, 61, -1));
    // No list of statuses is shown under a policy: what "Done" means is told by the items that were in it.
    let theirs = all.under(&Policy::only(["red"], []));
    assert_eq!(theirs.forecast(&ask, &settings, clock).await.unwrap(), whole);
    // What a filter leaves is told by what items are of now: what is gone is of nothing.
    let filter = Filter { projects: vec!["SHOP".to_owned()], ..Filter::default() };
    let left = all.forecast(&Ask::of(About::Items(filter)), &settings, clock).await.unwrap();
    assert_eq!((left.remaining, left.history.done()), (51, 59));
}

#[tokio::test]
async fn what_is_gone_and_was_part_of_another_item_is_no_work_of_its_own() {
    let tenant = tenant(&Arc::default());
    modelled(&tenant, 84).await;
    let mapped = told("work_item_types", "step", 1).set("name", "Step").set("hierarchy_level", -1_i64);
    write(&tenant, "work_item_types", &[mapped]).await;
    let unmapped = item("odd", "Odd", "todo", 70).set("status_category", Value::Null);
    write(&tenant, "work_items", &[item("step", "Open", "todo", 70).set("type_id", "step"), unmapped]).await;
    step(&tenant, 84).await;
    let shop = one(&tenant, "project:shop:2026-03-30").await;
    assert_eq!((shop.int("history_done"), shop.int("history_added")), (Some(59), Some(0)));
}

#[tokio::test]
async fn what_goes_from_a_sprint_with_its_source_was_in_it_until_then() {
    let tenant = tenant(&Arc::default());
    modelled(&tenant, 84).await;
    // It is in the sprint that runs, once more was taken out of it before, and is deleted on the third day of it.
    let stay = |n: i64, added: i64, removed: Option<i64>| {
        let row = told("sprint_items", &format!("late/{n}"), 1).set("sprint_id", "s").set("work_item_id", "late");
        let row = row.set("added_at", Value::Time(noon(added))).set("deleted_at", Value::Time(noon(86)));
        row.set("removed_at", removed.map_or(Value::Null, |on| Value::Time(noon(on))))
    };
    let sprint = told("sprints", "s", 1).set("name", "s").set("state", "active");
    let sprint = sprint.set("starts_at", Value::Time(noon(84))).set("ends_at", Value::Time(noon(95)));
    write(&tenant, "sprints", &[sprint]).await;
    write(&tenant, "work_items", &[item("late", "Open", "todo", 86)]).await;
    write(&tenant, "sprint_items", &[stay(1, 70, Some(80)), stay(2, 83, None)]).await;
    step(&tenant, 84).await;
    step(&tenant, 87).await;
    let open = async |on: &str| one(&tenant, &format!("sprint:s:{on}")).await.int("remaining");
    // Ten and that one; then one of the ten is in the model of day 84 as open still.
    assert_eq!((open("2026-03-30").await, open("2026-04-02").await), (Some(11), Some(10)));
    assert_eq!(frozen(&tenant).await.len(), 10);
    // The sprint itself is of no project, and so not shown to whoever sees what is in it.
    let settings = Settings::default();
    for seen in [tenant.clone(), tenant.under(&Policy::only(["red"], []))] {
        let session = seen.session().await.unwrap();
        let open = evidence(&session, (Kind::Sprint, "s"), day(84).unwrap(), &settings).await.unwrap();
        assert_eq!((open.len(), open[0].key.as_str()), (11, "late"));
    }
}

#[tokio::test]
async fn what_is_deleted_once_its_sprint_is_over_was_left_in_it() {
    let tenant = tenant(&Arc::default());
    modelled(&tenant, 84).await;
    // It was in the fifth sprint, which ended on day 67, and went on day 70, on which the last of the ten others was done.
    let stay = told("sprint_items", "late/1", 1).set("sprint_id", "s4").set("work_item_id", "late");
    let stay = stay.set("added_at", Value::Time(noon(55))).set("deleted_at", Value::Time(noon(70)));
    write(&tenant, "work_items", &[item("late", "Open", "todo", 70)]).await;
    write(&tenant, "sprint_items", &[stay]).await;
    tenant.retrace_forecasts(&Settings::default(), Clock::Fixed(noon(84))).await.unwrap();
    let fifth = one(&tenant, "sprint:s4:2026-03-03").await;
    assert_eq!((fifth.int("remaining"), fifth.date("done_on")), (Some(11), None));
    assert_eq!((fifth.get("in_p85"), fifth.get("made_due")), (&Value::Bool(false), &Value::Bool(false)));
}
