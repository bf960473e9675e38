//! The rules on what comes into a sprint that runs, and on one that nobody closes, by cases computed by hand and by those that are just not enough.

use super::testing::*;
use super::{RiskSettings, Subject, combine};
use crate::metrics::tests::entity;
use crate::row::{Row, Value};

const SCOPE: &str = "sprint_scope_growth";
const OVERDUE: &str = "overdue_sprint";

/// What was in a sprint of two weeks when it began, so many days ago.
fn planned(sprint: &str, n: usize, began: i64) -> Vec<Row> {
    many(n, |n| {
        Row::new(entity("facts/sprint_items"))
            .set("sprint_id", sprint)
            .set("sprint_name", "Sprint 7")
            .set("sprint_state", if began < 14 { "active" } else { "closed" })
            .set("work_item_id", format!("{sprint}-{n}"))
            .set("project_id", "p1")
            .set("sprint_starts_at", ago(began))
            .set("sprint_ends_at", ago(began - 14))
            .set("added_at", ago(began + 1))
            .set("is_committed", true)
            .set("is_added", false)
            .set("is_removed", false)
            .set("is_completed", false)
            .set("is_carried_over", false)
    })
}

/// What came into it a day after it began.
fn added(sprint: &str, n: usize, began: i64) -> Vec<Row> {
    let later = |row: Row| row.set("is_committed", false).set("is_added", true).set("added_at", ago(began - 1));
    let named = |(n, row): (usize, Row)| later(row).set("work_item_id", format!("{sprint}-new-{n}"));
    planned(sprint, n, began).into_iter().enumerate().map(named).collect()
}

fn taken_out(row: Row, days: i64) -> Row {
    row.set("is_removed", true).set("removed_at", ago(days))
}

/// A sprint that began four days ago with ten items, into which some came, and of which one that was planned went.
fn running(new: usize) -> Vec<Row> {
    let mut rows = [planned("s", 10, 4), added("s", new, 4)].concat();
    rows[0] = taken_out(rows[0].clone(), 2);
    rows
}

/// Sprints of the weeks before, which began with ten items each and had so many more when they ended.
fn before(sprints: i64, new: usize) -> Vec<Row> {
    (1..=sprints)
        .flat_map(|n| [planned(&format!("s-{n}"), 10, 4 + 14 * n), added(&format!("s-{n}"), new, 4 + 14 * n)].concat())
        .collect()
}

fn said(grew: u32, new: u32, usual: u32) -> String {
    format!(
        "The sprint Sprint 7 grew by {grew} % since it began on 2026-05-28: {new} items were added to the 10 that were planned, 1 taken out, where {usual} % are usual."
    )
}

/// What nine that came in make of it, where 10 % are usual: z = (8 − 1) / √10 = 2.2136.
fn score() -> f64 {
    (7.0 / 10_f64.sqrt() - 1.5) / 1.5
}

#[tokio::test]
async fn a_sprint_whose_scope_grows_while_it_runs() {
    // Net are 9 − 1 = 8 of 10: 0.7 more than usual, which is 1.
    fires(SCOPE, &running(9), "s", score(), &said(80, 9, 10), 9).await;
    let mut found = ask(SCOPE, &running(9)).await;
    assert_eq!(found.findings[0].subject, Subject::Sprint);
    // It counts to its project, by its weight.
    let risk = combine(&mut found, &RiskSettings::default()).remove(0);
    assert!((risk.score - 0.25 * score()).abs() < 1e-12, "{risk:?}");
    assert!((found.findings[0].contribution.unwrap() - risk.score).abs() < 1e-12);
    // Of what was taken out nothing is said where nothing was: z = (8 − 1) / √8.
    let whole = [planned("s", 10, 4), added("s", 8, 4)].concat();
    let none_out = said(80, 8, 10).replace(", 1 taken out", "");
    fires(SCOPE, &whole, "s", (7.0 / 8_f64.sqrt() - 1.5) / 1.5, &none_out, 8).await;
    // 4 − 1 of 10 are 0.2 more than usual, where the risk begins.
    is_silent(SCOPE, &running(4)).await;
    // 4 of 10 are 0.3 more, and may be chance: z = (4 − 1) / √4 = 1.5.
    is_silent(SCOPE, &[planned("s", 10, 4), added("s", 4, 4)].concat()).await;
}

#[tokio::test]
async fn what_comes_into_every_sprint_of_a_project_is_usual() {
    let with = |new: usize, sprints: i64, each: usize| [running(new), before(sprints, each)].concat();
    // Half as much again came into each of three: 1.4 − 0.5 is 1, z = (14 − 5) / √16 = 2.25.
    fires(SCOPE, &with(15, 3, 5), "s", 0.5, &said(140, 15, 50), 15).await;
    // z = (8 − 5) / √10 is below 1.5; two sprints are not enough to know.
    is_silent(SCOPE, &with(9, 3, 5)).await;
    fires(SCOPE, &with(9, 2, 5), "s", score(), &said(80, 9, 10), 9).await;
    // Where they shrank nothing is usual: z = 8 / √10.
    let mut shrank = before(3, 0);
    shrank[0] = taken_out(shrank[0].clone(), 10);
    fires(SCOPE, &[running(9), shrank].concat(), "s", (8.0 / 10_f64.sqrt() - 1.5) / 1.5, &said(80, 9, 0), 9).await;
    // Of those before the last six, out of which everything was taken, nobody asks.
    let emptied = (7..=9).flat_map(|n| planned(&format!("s-{n}"), 10, 4 + 14 * n)).map(|row| taken_out(row, 90));
    is_silent(SCOPE, &[with(9, 6, 5), emptied.collect()].concat()).await;
    // Another project's are no measure.
    let elsewhere = before(3, 5).into_iter().map(|row| row.set("project_id", "p2"));
    fires(SCOPE, &[running(9), elsewhere.collect()].concat(), "s", score(), &said(80, 9, 10), 9).await;
}

#[tokio::test]
async fn a_sprint_with_items_of_two_projects_is_of_neither_unless_somebody_decided_or_its_source_says_of_which() {
    let of = async |rule: &str, rows: &[Row]| {
        let found = ask(rule, rows).await.findings;
        found.into_iter().map(|found| (found.subject_id, found.project_id)).collect::<Vec<_>>()
    };
    let is_of = |project: Option<&str>| vec![("s".to_owned(), project.map(str::to_owned))];
    let mut grown = running(9);
    grown[1] = grown[1].clone().set("project_id", "a0");
    assert_eq!(of(SCOPE, &grown).await, is_of(None));
    grown.push(Row::new(entity("core/sprints")).set("id", "s").set("project_id", "p1"));
    assert_eq!(of(SCOPE, &grown).await, is_of(Some("p1")));
    let decided = |rows: Vec<Row>| -> Vec<Row> {
        let is_of_sprint = |row: &Row| std::ptr::eq(row.entity(), entity("facts/sprint_items"));
        rows.into_iter().map(|row| if is_of_sprint(&row) { row.set("sprint_project_id", "p2") } else { row }).collect()
    };
    assert_eq!(of(SCOPE, &decided(grown)).await, is_of(Some("p2")));
    let stray = held(done(item("a", 60), 20).set("project_id", "a0"));
    assert_eq!(of(OVERDUE, &with(to_close(8).set("project_id", Value::Null), &stray)).await, is_of(None));
    assert_eq!(of(OVERDUE, &with(to_close(8), &stray)).await, is_of(Some("p1")));
    assert_eq!(of(OVERDUE, &decided(with(to_close(8), &stray))).await, is_of(Some("p2")));
}

#[tokio::test]
async fn only_a_sprint_that_runs_and_has_planned_work_left_grows() {
    is_silent(SCOPE, &[]).await;
    is_silent(SCOPE, &planned("s", 10, 4)).await;
    is_silent(SCOPE, &added("s", 9, 4)).await;
    is_silent(SCOPE, &[planned("s", 4, 4), added("s", 9, 4)].concat()).await;
    // It is over, though it is the last one.
    is_silent(SCOPE, &[planned("s", 10, 15), added("s", 9, 15)].concat()).await;
    // Nor does it grow any more where nobody closed it, or did so days after its end.
    let with_end = |days: i64, ends: Value| -> Vec<Row> {
        let of = |row: Row| row.set("sprint_state", "active").set("sprint_ends_at", ends.clone());
        [planned("s", 10, days), added("s", 9, days)].concat().into_iter().map(of).collect()
    };
    let grew = said(90, 9, 10).replace(", 1 taken out", "").replace("2026-05-28", "2026-05-17");
    fires(SCOPE, &with_end(15, ago(-1)), "s", (8.0 / 3.0 - 1.5) / 1.5, &grew, 9).await;
    fires(SCOPE, &with_end(15, Value::Null), "s", (8.0 / 3.0 - 1.5) / 1.5, &grew, 9).await;
    is_silent(SCOPE, &with_end(15, ago(0))).await;
    let to_end = |days: i64| Row::new(entity("core/sprints")).set("id", "s").set("ends_at", ago(days));
    let late = |ends: i64| [with_end(15, ago(-3)), vec![to_end(ends)]].concat();
    fires(SCOPE, &late(-1), "s", (8.0 / 3.0 - 1.5) / 1.5, &grew, 9).await;
    is_silent(SCOPE, &late(1)).await;
    // It is closed after the instant, and runs at it.
    let closed = running(9).into_iter().map(|row| row.set("sprint_state", "closed").set("sprint_ends_at", ago(-1)));
    fires(SCOPE, &closed.collect::<Vec<_>>(), "s", score(), &said(80, 9, 10), 9).await;
    // What comes in, or goes out, after the instant is not seen, nor is what does not count.
    let mut rows = running(9);
    rows[1] = taken_out(rows[1].clone(), -1);
    let later = |(n, row): (usize, Row)| row.set("work_item_id", format!("later-{n}")).set("added_at", ago(-1));
    rows.extend(added("s", 20, 4).into_iter().enumerate().map(later));
    rows.extend(added("s", 9, 4).into_iter().map(|row| row.set("excluded", "subtask")));
    fires(SCOPE, &rows, "s", score(), &said(80, 9, 10), 9).await;
    // All that was planned is done, or out: whoever is done early takes more. What is done tomorrow is open.
    let finished = |last: i64| {
        let of = |n: usize| done(item(&format!("s-{n}"), 20), if n == 5 { last } else { 1 });
        [running(9), many(10, of)].concat()
    };
    is_silent(SCOPE, &finished(1)).await;
    fires(SCOPE, &finished(-1), "s", score(), &said(80, 9, 10), 9).await;
    // Nor is anything left of it where the last was abandoned.
    let shut = |on: i64| {
        let of = |n: usize| {
            let item = item(&format!("s-{n}"), 20);
            if n == 5 { abandoned(item, on) } else { done(item, 1) }
        };
        [running(9), many(10, of)].concat()
    };
    is_silent(SCOPE, &shut(1)).await;
    fires(SCOPE, &shut(-1), "s", score(), &said(80, 9, 10), 9).await;
    // Without a name it is told by its id.
    let unnamed: Vec<Row> = running(9).into_iter().map(|row| row.set("sprint_name", Value::Null)).collect();
    fires(SCOPE, &unnamed, "s", score(), &said(80, 9, 10).replace("Sprint 7", "s"), 9).await;
}

/// The sprint of the project `p1` that was to end so many days ago, and is said to run.
fn to_close(days: i64) -> Row {
    Row::new(entity("core/sprints"))
        .set("id", "s")
        .set("name", "Sprint 7")
        .set("project_id", "p1")
        .set("state", "active")
        .set("ends_at", ago(days))
}

/// An item, and that it is in the sprint.
fn held(item: Row) -> [Row; 2] {
    let id = item.text("id").unwrap_or_default().to_owned();
    [item, planned("s", 1, 20).remove(0).set("work_item_id", id)]
}

/// Three items of the sprint that are done, with the sprint and more.
fn with(sprint: Row, more: &[Row]) -> Vec<Row> {
    let finished = (0..3).flat_map(|n| held(done(item(&format!("d{n}"), 60), 20 + n)));
    finished.chain([sprint]).chain(more.to_vec()).collect()
}

#[tokio::test]
async fn a_sprint_that_is_over_and_has_nothing_open_is_to_be_closed() {
    // Eight days are half of the way from 1 to 15.
    let said = "The sprint Sprint 7 was to end on 2026-05-24 and is not closed, with no open item in it";
    let all_done = format!("{said}: 3 items are done.");
    let rows = with(to_close(8), &[]);
    fires(OVERDUE, &rows, "s", 0.5, &all_done, 3).await;
    let mut found = ask(OVERDUE, &rows).await;
    assert_eq!(
        (found.findings[0].subject, found.findings[0].evidence.join(" ")),
        (Subject::Sprint, "d0 d1 d2".to_owned())
    );
    // No work is open that could be late: it counts to no project's risk.
    assert_eq!(found.findings[0].counts_to(), None);
    assert_eq!(combine(&mut found, &RiskSettings::default()).remove(0).score.to_string(), "0");
    // Nothing was ever put in it.
    fires(OVERDUE, &[to_close(8)], "s", 0.5, &format!("{said}."), 0).await;
    // Where its source names no project it is of that of its items.
    fires(OVERDUE, &with(to_close(8).set("project_id", Value::Null), &[]), "s", 0.5, &all_done, 3).await;
    // An item was taken out, or comes in after the instant, or was left in a project that is gone; and a subtask is none.
    let [open, stay] = held(item("a", 60));
    for stay in [taken_out(stay.clone(), 10), stay.set("added_at", ago(-1))] {
        fires(OVERDUE, &with(to_close(8), &[open.clone(), stay]), "s", 0.5, &all_done, 3).await;
    }
    let left = item("a", 60).set("excluded", "project deleted");
    for row in [left, item("a", 60).set("level", "subtask"), abandoned(item("a", 60), 5)] {
        fires(OVERDUE, &with(to_close(8), &held(row)), "s", 0.5, &all_done, 3).await;
    }
    // It was closed after the instant, and was not at it.
    let later = to_close(8).set("state", "closed").set("completed_at", ago(-1));
    fires(OVERDUE, &with(later, &[]), "s", 0.5, &all_done, 3).await;
}

#[tokio::test]
async fn a_sprint_that_is_closed_or_not_over_or_has_something_open_or_is_forgotten_needs_no_closing() {
    is_silent(OVERDUE, &[]).await;
    is_silent(OVERDUE, &with(to_close(8).set("ends_at", Value::Null), &[])).await;
    is_silent(OVERDUE, &with(to_close(8).set("state", "closed").set("completed_at", ago(7)), &[])).await;
    is_silent(OVERDUE, &with(to_close(8).set("state", "closed"), &[])).await;
    is_silent(OVERDUE, &with(to_close(8).set("state", "future"), &[])).await;
    is_silent(OVERDUE, &with(to_close(8).set("deleted_at", ago(1)), &[])).await;
    is_silent(OVERDUE, &with(to_close(1), &[])).await;
    is_silent(OVERDUE, &with(to_close(-1), &[])).await;
    // Of what is open its forecast tells; of what is not mapped nobody knows whether it is.
    is_silent(OVERDUE, &with(to_close(8), &held(item("a", 60)))).await;
    is_silent(OVERDUE, &with(to_close(8), &held(done(item("a", 60), -1)))).await;
    is_silent(OVERDUE, &with(to_close(8), &held(abandoned(item("a", 60), -1)))).await;
    is_silent(OVERDUE, &with(to_close(8), &held(item("a", 60).set("excluded", "unmapped status")))).await;
    // It was to end 84 days ago, and 85; what is in the second was changed since.
    let told =
        |day: &str| format!("The sprint Sprint 7 was to end on {day} and is not closed, with no open item in it");
    fires(OVERDUE, &[to_close(84)], "s", 1.0, &format!("{}.", told("2026-03-09")), 0).await;
    is_silent(OVERDUE, &[to_close(85)]).await;
    let changed = |days: i64| {
        let [item, stay] = held(done(item("a", 100), 86).set("last_change_at", ago(days)));
        [to_close(85), item, stay.set("added_at", ago(99))]
    };
    fires(OVERDUE, &changed(80), "s", 1.0, &format!("{}: 1 item is done.", told("2026-03-08")), 1).await;
    is_silent(OVERDUE, &changed(86)).await;
}
