//! The rule on forecasts that miss a due date, by cases computed by hand and by those that are just not enough.

use super::Subject;
use super::testing::*;
use crate::metrics::tests::{at, entity};
use crate::row::{Row, Value};
use chrono_tz::Tz;

fn forecast(id: &str, made: i64, probability: Option<f64>) -> Row {
    let day = |text: &str| Value::Date((at(&format!("{text}T00:00:00Z")) / DAY) as i32);
    Row::new(entity("facts/forecasts"))
        .set("id", id)
        .set("subject_kind", "project")
        .set("subject_id", "p1")
        .set("subject_name", "Shop")
        .set("project_id", "p1")
        .set("made_at", ago(made))
        .set("made_on", Value::Date((now() / DAY - made) as i32))
        .set("due_on", day("2026-07-01"))
        .set("p85_on", day("2026-07-20"))
        .set("due_probability", probability)
}

fn project() -> Row {
    Row::new(entity("core/projects")).set("id", "p1").set("name", "Shop").set("team_id", "t1")
}

#[tokio::test]
async fn a_forecast_that_misses_the_due_date() {
    let rule = "forecast_misses_due_date";
    // A miss has a chance of 0.65: half way from 0.4 to 0.9.
    let rows = [project(), forecast("f1", 1, Some(0.35)), forecast("f0", 2, Some(0.9))];
    let said = "Shop is due on 2026-07-01; the chance that it is done by then is 35 %, and it is 85 % likely to be done by 2026-07-20.";
    fires(rule, &rows, "p1", 0.5, said, 1).await;
    let unsure = [project(), forecast("f1", 1, Some(0.35)).set("p85_on", Value::Null)];
    fires(rule, &unsure, "p1", 0.5, &unlikely("Shop"), 1).await;
    // The day at whose beginning it was made could still be kept, the one before it could not.
    let due = |days: i64| {
        let day = Value::Date((now() / DAY - days) as i32);
        [project(), forecast("f1", 1, Some(0.0)).set("due_on", day).set("p85_on", Value::Null)]
    };
    let last_day = "Shop was due on 2026-05-31; the chance that it would be done by then was less than 1 %.";
    fires(rule, &due(1), "p1", 1.0, last_day, 1).await;
    let today = "Shop is due on 2026-06-01; the chance that it is done by then is less than 1 %.";
    fires(rule, &due(0), "p1", 1.0, today, 1).await;
    // An 85 % day that is over says nothing of what is to come, one that is not does.
    let p85 = |days: i64| {
        let [project, forecast] = due(1);
        [project, forecast.set("p85_on", Value::Date((now() / DAY - days) as i32))]
    };
    fires(rule, &p85(1), "p1", 1.0, last_day, 1).await;
    let ahead = last_day.replace("1 %.", "1 %, and it is 85 % likely to be done by 2026-06-01.");
    fires(rule, &p85(0), "p1", 1.0, &ahead, 1).await;
    fires(rule, &due(2), "p1", 1.0, "Shop was due on 2026-05-30 and is not done.", 1).await;
    // What has no name is told by its id.
    let unnamed = [project(), unsure[1].clone().set("subject_name", Value::Null)];
    fires(rule, &unnamed, "p1", 0.5, &unlikely("p1"), 1).await;
    is_silent(rule, &[project(), forecast("f1", 1, Some(0.61))]).await;
    is_silent(rule, &[project(), forecast("f1", 1, None)]).await;
    is_silent(rule, &[project(), forecast("f1", 1, Some(0.0)).set("reason", "too few items")]).await;
    is_silent(rule, &[project(), forecast("f1", 15, Some(0.0))]).await;
    // On a later day one was made of something else alone: this is over.
    let other = forecast("g", 0, Some(0.9)).set("subject_id", "p2").set("project_id", "p2");
    is_silent(rule, &[project(), forecast("f1", 1, Some(0.35)), other]).await;
    let done_on = |days: i64| Value::Date((now() / DAY - days) as i32);
    is_silent(rule, &[project(), forecast("f1", 1, Some(0.35)).set("done_on", done_on(0))]).await;
    fires(rule, &[project(), forecast("f1", 1, Some(0.35)).set("done_on", done_on(-1))], "p1", 0.5, said, 1).await;
    // What is made after the instant is not known at it.
    is_silent(rule, &[project(), forecast("f1", -1, Some(0.0))]).await;
}

#[tokio::test]
async fn what_was_done_or_came_out_on_a_day_did_so_by_the_clocks_of_the_tenant() {
    let rule = "forecast_misses_due_date";
    // The first of June has begun in Kiritimati before it does in UTC, and has not in New York once it has there.
    let first = || Value::Date((now() / DAY) as i32);
    let done = [project(), forecast("f1", 1, Some(0.35)).set("done_on", first())];
    let out = Row::new(entity("core/versions")).set("id", "v1").set("name", "1.0").set("project_id", "p1");
    let out = out.set("is_released", true).set("is_archived", false).set("release_on", first());
    let out = [project(), out, of("release", "v1", "1.0")];
    for rows in [&done[..], &out[..]] {
        let told = async |zone: Tz, at: i64| ask_in(rule, rows, zone, at).await.findings.len();
        assert_eq!(told(Tz::Pacific__Kiritimati, now() - DAY / 24).await, 0);
        assert_eq!(told(Tz::UTC, now() - DAY / 24).await, 1);
        assert_eq!(told(Tz::UTC, now()).await, 0);
        assert_eq!(told(Tz::America__New_York, now()).await, 1);
    }
}

/// A forecast of something in the project.
fn of(kind: &str, id: &str, name: &str) -> Row {
    let row = forecast("f1", 1, Some(0.35)).set("subject_kind", kind).set("subject_id", id);
    row.set("subject_name", name).set("p85_on", Value::Null)
}

/// What the rule says of such a one: whose day it is.
fn unlikely(name: &str) -> String {
    format!("{name} is due on 2026-07-01; the chance that it is done by then is 35 %.")
}

#[tokio::test]
async fn a_forecast_of_a_sprint_or_release_is_that_of_a_sprint_or_release() {
    let rule = "forecast_misses_due_date";
    let sprint = Row::new(entity("core/sprints")).set("id", "s1").set("name", "Sprint 7").set("project_id", "p1");
    let rows = [project(), sprint.clone(), of("sprint", "s1", "Sprint 7")];
    fires(rule, &rows, "s1", 0.5, &unlikely("Sprint 7"), 1).await;
    let found = ask(rule, &rows).await.findings;
    assert_eq!((found[0].subject, found[0].project_id.as_deref()), (Subject::Sprint, Some("p1")));
    is_silent(rule, &[project(), sprint.set("completed_at", ago(1)), of("sprint", "s1", "Sprint 7")]).await;
    let out_on = |days: i64| Value::Date((now() / DAY - days) as i32);
    let version = |is_released: bool, is_archived: bool, release_on: Value| {
        let row = Row::new(entity("core/versions")).set("id", "v1").set("name", "1.0").set("project_id", "p1");
        row.set("is_released", is_released).set("is_archived", is_archived).set("release_on", release_on)
    };
    let release = |version: Row| [project(), version, of("release", "v1", "1.0")];
    let late = release(version(false, false, out_on(3)));
    fires(rule, &late, "v1", 0.5, &unlikely("1.0"), 1).await;
    assert_eq!(ask(rule, &late).await.findings[0].subject, Subject::Release);
    // It came out after the instant.
    fires(rule, &release(version(true, false, out_on(-3))), "v1", 0.5, &unlikely("1.0"), 1).await;
    is_silent(rule, &release(version(true, false, out_on(3)))).await;
    is_silent(rule, &release(version(true, false, Value::Null))).await;
    is_silent(rule, &release(version(false, true, Value::Null))).await;
}

#[tokio::test]
async fn what_is_late_is_told_whatever_its_forecast_says() {
    let rule = "forecast_misses_due_date";
    let on = |days: i64| Value::Date((now() / DAY - days) as i32);
    // Due so many days ago, and of yesterday: without history there is no chance, nor is there without skill.
    let late = |kind: &str, id: &str, due: i64, reason: &str| {
        let row = of(kind, id, "Checkout").set("due_on", on(due)).set("due_probability", Value::Null);
        row.set("reason", reason)
    };
    let said = "Checkout was due on 2026-05-30 and is not done.";
    let lack = "not enough history: 0 items done over 1 week, of at least 30 over 5 weeks";
    for (kind, id) in [("epic", "e1"), ("sprint", "s1"), ("release", "v1")] {
        fires(rule, &[late(kind, id, 2, lack)], id, 1.0, said, 1).await;
    }
    let unskilled = late("epic", "e1", 2, "no skill: …").set("p85_on", on(-20));
    let likely = "Checkout was due on 2026-05-30 and is not done, and it is 85 % likely to be done by 2026-06-21.";
    fires(rule, &[unskilled], "e1", 1.0, likely, 1).await;
    // The day on which it was made is not over yet.
    is_silent(rule, &[late("epic", "e1", 1, lack)]).await;
    // What is done, closed or out since then is late no more.
    let epic = item("e1", 30).set("level", "epic").set("excluded", "epic").set("status_category", "done");
    is_silent(rule, &[done(epic, 1), late("epic", "e1", 2, lack)]).await;
    let sprint = Row::new(entity("core/sprints")).set("id", "s1").set("completed_at", ago(1));
    is_silent(rule, &[sprint, late("sprint", "s1", 2, lack)]).await;
    let version = Row::new(entity("core/versions")).set("id", "v1").set("is_released", true).set("is_archived", false);
    is_silent(rule, &[version.set("release_on", on(1)), late("release", "v1", 2, lack)]).await;
}

#[tokio::test]
async fn a_forecast_of_an_epic_counts_to_its_project() {
    let unmapped = item("e1", 30).set("level", "epic").set("excluded", "epic");
    let epic = unmapped.clone().set("status_category", "doing");
    let rows = [epic.clone(), of("epic", "e1", "Checkout")];
    fires("forecast_misses_due_date", &rows, "e1", 0.5, &unlikely("Checkout"), 1).await;
    // Whether one whose status is not mapped is done, nobody knows.
    is_silent("forecast_misses_due_date", &[unmapped, rows[1].clone()]).await;
    is_silent("forecast_misses_due_date", &[abandoned(epic.clone(), 1), rows[1].clone()]).await;
    let reached = [done(epic, 1), rows[1].clone()];
    is_silent("forecast_misses_due_date", &reached).await;
}

#[tokio::test]
async fn what_is_late_for_long_and_that_nobody_touches_any_more_is_forgotten() {
    let rule = "forecast_misses_due_date";
    let late = |kind: &str, id: &str, days: i64| {
        of(kind, id, "Checkout").set("due_on", Value::Date((now() / DAY - days) as i32)).set("due_probability", 0.0)
    };
    let said = |day: &str| format!("Checkout was due on {day} and is not done.");
    let epic = |changed: i64| {
        let row = item("e1", 900).set("level", "epic").set("excluded", "epic").set("status_category", "doing");
        row.set("last_change_at", ago(changed))
    };
    let below = |changed: i64| item("a", 890).set("parent_id", "e1").set("last_change_at", ago(changed));
    // It was over 84 days ago, and 85.
    fires(rule, &[late("epic", "e1", 85), epic(700), below(600)], "e1", 1.0, &said("2026-03-08"), 1).await;
    is_silent(rule, &[late("epic", "e1", 86), epic(700), below(600)]).await;
    is_silent(rule, &[late("epic", "e1", 800), epic(700), below(85)]).await;
    // It, or what is below it, was changed since; what is changed after the instant is not known at it.
    let long = said("2024-03-23");
    fires(rule, &[late("epic", "e1", 800), epic(84), below(600)], "e1", 1.0, &long, 1).await;
    fires(rule, &[late("epic", "e1", 800), epic(700), below(84)], "e1", 1.0, &long, 1).await;
    is_silent(rule, &[late("epic", "e1", 800), epic(700), below(-1)]).await;
    // One that is new below it is a change, too.
    let new = item("b", 20).set("parent_id", "e1");
    fires(rule, &[late("epic", "e1", 800), epic(700), new], "e1", 1.0, &long, 1).await;
    // So it is with what is in a sprint or a release.
    let planned = Row::new(entity("facts/sprint_items")).set("sprint_id", "s1").set("work_item_id", "a");
    let planned = planned.set("is_committed", true).set("is_added", false).set("is_removed", false);
    let planned = planned.set("is_completed", false).set("is_carried_over", false);
    let fixed = Row::new(entity("core/work_item_versions")).set("id", "a/v1").set("work_item_id", "a");
    let fixed = fixed.set("version_id", "v1").set("relation", "fix");
    for (kind, id, holds) in [("sprint", "s1", planned), ("release", "v1", fixed)] {
        is_silent(rule, &[late(kind, id, 800), holds.clone(), below(85)]).await;
        fires(rule, &[late(kind, id, 800), holds, below(84)], id, 1.0, &long, 1).await;
    }
    // What is ahead is not late, however long nobody has touched it.
    fires(rule, &[of("epic", "e1", "Checkout"), epic(700), below(600)], "e1", 0.5, &unlikely("Checkout"), 1).await;
}
