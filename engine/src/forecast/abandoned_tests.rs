//! Items that were closed without being done, in a past in which they were open.

use super::story::{day, frozen, modelled, modelled_more, noon, one, one_of, step, tenant};
use super::{Ask, Kind, evidence};
use crate::entities::fact;
use crate::row::{Row, Value};
use crate::{Clock, Settings, Tenant};
use std::sync::Arc;

/// A row of facts of an item of `shop`.
fn of(table: &str, id: &str) -> Row {
    Row::new(fact(table).unwrap())
        .set(if table == "work_items" { "id" } else { "work_item_id" }, id)
        .set("project_id", "shop")
}

/// An item that was made on the first day, and abandoned on another.
fn item(id: &str, abandoned: i64) -> Row {
    let row = of("work_items", id).set("key", id).set("level", "item").set("is_done", false);
    let row = row.set("status_category", "done").set("created_at", Value::Time(noon(0)));
    row.set("abandoned_at", Value::Time(noon(abandoned)))
}

/// A stay of it in a status that means done; one that lasts is that in which it is abandoned.
fn closed(id: &str, position: i64, from: i64, until: Option<i64>) -> Row {
    let row = of("work_item_stays", id).set("position", position).set("status", "Done").set("status_category", "done");
    let row = row.set("entered_at", Value::Time(noon(from)));
    match until {
        Some(until) => row.set("left_at", Value::Time(noon(until))),
        None => row.set("excluded", "abandoned"),
    }
}

/// Of `shop`: one below the epic that was open until it was abandoned on day 60, and one that was done on day 22, opened again on day 24 and
/// abandoned on day 70.
async fn abandoned(tenant: &Tenant) {
    modelled_more(tenant, &[item("left", 60).set("parent_id", "e"), item("again", 70)]).await;
    let stays = [closed("left", 1, 60, None), closed("again", 1, 22, Some(24)), closed("again", 3, 70, None)];
    modelled_more(tenant, &stays).await;
}

#[tokio::test]
async fn what_is_abandoned_was_open_until_then_and_is_never_done() {
    let tenant = tenant(&Arc::default());
    modelled(&tenant, 84).await;
    abandoned(&tenant).await;
    step(&tenant, 84).await;
    // 59 were done, and one for two days. That was opened again, and it and the other one went out: 1 − 2.
    let shop = one(&tenant, "project:shop:2026-03-30").await;
    let counts = ["remaining", "history_done", "history_added"].map(|name| shop.int(name));
    assert_eq!(counts, [Some(51), Some(60), Some(-1)]);
    // The days 22, 24, 60 and 70, by their places among the working days from day 1, a Tuesday, on.
    let history: Vec<&str> = shop.text("history").unwrap().split(' ').collect();
    assert_eq!([15, 17, 43, 49].map(|place| history[place]), ["2+0", "1+1", "1-1", "1-1"]);
    assert_eq!(history.iter().filter(|day| **day != "1+0").count(), 4, "{history:?}");
    let epic = one(&tenant, "epic:e:2026-03-30").await;
    assert_eq!((epic.int("remaining"), epic.int("history_added")), (Some(20), Some(-1)));
}

#[tokio::test]
async fn what_was_abandoned_and_taken_up_again_was_not_there_in_between_and_never_done() {
    let tenant = tenant(&Arc::default());
    modelled(&tenant, 84).await;
    // Abandoned on day 22, and taken up again on day 24.
    let again = item("again", 70).set("abandoned_at", Value::Null).set("status_category", "todo");
    modelled_more(&tenant, &[again]).await;
    modelled_more(&tenant, &[closed("again", 1, 22, Some(24)).set("excluded", "abandoned")]).await;
    step(&tenant, 84).await;
    let shop = one(&tenant, "project:shop:2026-03-30").await;
    let counts = ["remaining", "history_done", "history_added"].map(|name| shop.int(name));
    assert_eq!(counts, [Some(52), Some(59), Some(0)]);
    let history: Vec<&str> = shop.text("history").unwrap().split(' ').collect();
    assert_eq!([15, 16, 17].map(|place| history[place]), ["1-1", "1+0", "1+1"]);
    assert_eq!(history.iter().filter(|day| **day != "1+0").count(), 2, "{history:?}");
    // By the end of the days 21, 22 and 24 there were 15, 16 and 18 of 110 done.
    let (session, settings) = (tenant.session().await.unwrap(), Settings::default());
    for (on, open) in [(22, 95 + 1), (23, 94), (25, 92 + 1)] {
        let behind = evidence(&session, (Kind::Project, "shop"), day(on).unwrap(), &settings).await.unwrap();
        assert_eq!(behind.len(), open, "on day {on}");
    }
}

#[tokio::test]
async fn what_was_open_on_a_day_is_shown_also_when_it_was_abandoned_since() {
    let tenant = tenant(&Arc::default());
    modelled(&tenant, 84).await;
    abandoned(&tenant).await;
    let (session, settings) = (tenant.session().await.unwrap(), Settings::default());
    let behind = async |on: i64| {
        let open = evidence(&session, (Kind::Project, "shop"), day(on).unwrap(), &settings).await.unwrap();
        let others: Vec<_> =
            open.iter().map(|item| item.key.as_str()).filter(|key| !key.starts_with("shop-")).collect();
        (open.len(), others.join(" "))
    };
    // By the end of the days 21, 22 and 60 there were 15, 16 and 44 of 110 done.
    assert_eq!(behind(22).await, (95 + 2, "again left".to_owned()));
    assert_eq!(behind(23).await, (94 + 1, "left".to_owned()));
    assert_eq!(behind(61).await, (66 + 1, "again".to_owned()));
    assert_eq!(behind(84).await, (51, String::new()));
}

#[tokio::test]
async fn whoever_asks_now_is_told_of_no_abandoned_item() {
    let tenant = tenant(&Arc::default());
    modelled(&tenant, 84).await;
    abandoned(&tenant).await;
    let (settings, clock) = (Settings::default(), Clock::Fixed(noon(84)));
    let told = tenant.forecast(&Ask::of(one_of(Kind::Project, "shop")), &settings, clock).await.unwrap();
    assert_eq!((told.remaining, told.history.done(), told.history.added()), (51, 60, -1));
}

#[tokio::test]
async fn an_abandoned_epic_is_forecast_no_more() {
    let tenant = tenant(&Arc::default());
    modelled(&tenant, 84).await;
    let epic = |id: &str, category: &str| {
        let row = of("work_items", id).set("key", id).set("level", "epic").set("excluded", "epic");
        row.set("is_done", false).set("status_category", category).set("created_at", Value::Time(noon(0)))
    };
    let below = |id: &str, epic: &str| {
        item(id, 60).set("abandoned_at", Value::Null).set("status_category", "todo").set("parent_id", epic)
    };
    let shut = epic("shut", "done").set("abandoned_at", Value::Time(noon(60)));
    let rows = [shut, epic("open", "doing"), below("shut-1", "shut"), below("open-1", "open")];
    modelled_more(&tenant, &rows).await;
    step(&tenant, 84).await;
    let subjects: Vec<String> = frozen(&tenant)
        .await
        .iter()
        .filter(|row| row.text("subject_kind") == Some("epic"))
        .filter_map(|row| row.text("subject_id").map(str::to_owned))
        .collect();
    assert_eq!(subjects, ["e", "open"]);
    // What is open below it is of its project as before.
    assert_eq!(one(&tenant, "project:shop:2026-03-30").await.int("remaining"), Some(53));
}

#[tokio::test]
async fn a_sprint_is_of_all_projects_that_its_items_are_of_whatever_became_of_them() {
    let tenant = tenant(&Arc::default());
    modelled(&tenant, 84).await;
    let stay = of("sprint_items", "other").set("project_id", "pay").set("sprint_id", "s").set("sprint_name", "s");
    let stay = stay.set("sprint_state", "active").set("sprint_starts_at", Value::Time(noon(84)));
    let stay = stay.set("sprint_ends_at", Value::Time(noon(95))).set("added_at", Value::Time(noon(83)));
    modelled_more(&tenant, &[item("other", 84).set("project_id", "pay")]).await;
    modelled_more(&tenant, &[closed("other", 1, 84, None)]).await;
    modelled_more(&tenant, &[stay]).await;
    step(&tenant, 84).await;
    let sprint = one(&tenant, "sprint:s:2026-03-30").await;
    // It was open when the day began.
    assert_eq!((sprint.text("project_id"), sprint.int("remaining")), (None, Some(11)));
}

#[tokio::test]
async fn what_is_abandoned_once_its_sprint_is_over_was_left_in_it() {
    let tenant = tenant(&Arc::default());
    modelled(&tenant, 84).await;
    // It was in the fifth sprint, which ended on day 67, and was abandoned on day 70, on which the last of the ten others was done.
    let stay = of("sprint_items", "late").set("sprint_id", "s4").set("sprint_name", "s4").set("sprint_state", "closed");
    let stay = stay.set("sprint_starts_at", Value::Time(noon(56))).set("sprint_ends_at", Value::Time(noon(67)));
    modelled_more(&tenant, &[item("late", 70)]).await;
    modelled_more(&tenant, &[closed("late", 1, 70, None)]).await;
    modelled_more(&tenant, &[stay.set("added_at", Value::Time(noon(55)))]).await;
    tenant.retrace_forecasts(&Settings::default(), Clock::Fixed(noon(84))).await.unwrap();
    let fifth = one(&tenant, "sprint:s4:2026-03-03").await;
    assert_eq!((fifth.int("remaining"), fifth.date("done_on")), (Some(11), None));
    assert_eq!((fifth.get("in_p85"), fifth.get("made_due")), (&Value::Bool(false), &Value::Bool(false)));
}
