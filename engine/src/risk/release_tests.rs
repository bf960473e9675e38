//! The rule on releases, by cases computed by hand and by those that are just not enough, and that it counts to no project.

use super::Subject;
use super::testing::*;
use crate::metrics::tests::entity;
use crate::row::{Row, Value};

const OVERDUE: &str = "overdue_release";

/// The version `1.0` of the project `p1`, which was to be out so many days ago.
fn version(days: i64) -> Row {
    Row::new(entity("core/versions"))
        .set("id", "v1")
        .set("name", "1.0")
        .set("project_id", "p1")
        .set("is_released", false)
        .set("is_archived", false)
        .set("release_on", Value::Date((now() / DAY - days) as i32))
}

/// An item, and that it is to be fixed in the version.
fn fixed(item: Row) -> [Row; 2] {
    let id = item.text("id").unwrap_or_default().to_owned();
    let fix = Row::new(entity("core/work_item_versions"))
        .set("id", format!("{id}/v1"))
        .set("work_item_id", id)
        .set("version_id", "v1")
        .set("relation", "fix");
    [item, fix]
}

/// Three items of the version that are done, with the version and more.
fn with(version: Row, more: &[Row]) -> Vec<Row> {
    let finished = (0..3).flat_map(|n| fixed(done(item(&format!("d{n}"), 60), 20 + n)));
    finished.chain([version]).chain(more.to_vec()).collect()
}

#[tokio::test]
async fn a_release_that_is_overdue_and_has_nothing_open_is_to_be_released() {
    // The day that was nine days ago was over eight days ago, which is half of the way from 1 to 15.
    let said = "The release 1.0 was due on 2026-05-23 and is not out, with no open item in it";
    let all_done = format!("{said}: 3 items are done.");
    let rows = with(version(9), &[]);
    fires(OVERDUE, &rows, "v1", 0.5, &all_done, 3).await;
    let found = ask(OVERDUE, &rows).await.findings;
    assert_eq!((found[0].subject, found[0].evidence.join(" ")), (Subject::Release, "d0 d1 d2".to_owned()));
    // No work is open that could be late: it counts to no project's risk.
    assert_eq!(found[0].counts_to(), None);
    // Nothing was ever put in it.
    fires(OVERDUE, &[version(9)], "v1", 0.5, &format!("{said}."), 0).await;
    // It is called as its forecast is.
    let project = Row::new(entity("core/projects")).set("id", "p1").set("name", "Shop");
    fires(OVERDUE, &with(version(9), &[project]), "v1", 0.5, &all_done.replace("1.0", "Shop 1.0"), 3).await;
    // An epic is no item, and an open item is in it no more, or is only affected by it, or was left in a project that is gone.
    let epic = fixed(item("e1", 50).set("level", "epic").set("excluded", "epic"));
    let with_epic = format!("{said}: 3 items are done, 1 epic is open.");
    fires(OVERDUE, &with(version(9), &epic), "v1", 0.5, &with_epic, 3).await;
    // What was abandoned is neither open nor done.
    for shut in [epic[0].clone(), item("shut", 60)] {
        fires(OVERDUE, &with(version(9), &fixed(abandoned(shut, 5))), "v1", 0.5, &all_done, 3).await;
    }
    let [open, fix] = fixed(item("a", 60));
    for fix in [fix.clone().set("deleted_at", ago(1)), fix.set("relation", "affects")] {
        fires(OVERDUE, &with(version(9), &[open.clone(), fix]), "v1", 0.5, &all_done, 3).await;
    }
    let left = fixed(item("left", 60).set("excluded", "project deleted"));
    fires(OVERDUE, &with(version(9), &left), "v1", 0.5, &all_done, 3).await;
}

#[tokio::test]
async fn a_release_is_overdue_by_the_clocks_of_the_tenant() {
    begins_by_the_clocks_of_the_tenant(OVERDUE, |due| vec![version(9).set("release_on", due)]).await;
}

#[tokio::test]
async fn a_milestone_is_a_release_of_the_first_project_of_its_repository() {
    let milestone = version(9).set("project_id", Value::Null).set("repository_id", "r1");
    let repository = Row::new(entity("core/repositories")).set("id", "r1").set("name", "acme/web");
    let of = |repository: Row| with(milestone.clone(), &[repository, scope("r1", "p1"), scope("r1", "p2")]);
    let said = "The release web 1.0 was due on 2026-05-23 and is not out, with no open item in it: 3 items are done.";
    fires(OVERDUE, &of(repository.clone()), "v1", 0.5, said, 3).await;
    is_silent(OVERDUE, &of(repository.set("deleted_at", ago(1)))).await;
}

#[tokio::test]
async fn a_release_that_is_out_or_not_overdue_or_has_something_open_or_is_forgotten_is_left_alone() {
    is_silent(OVERDUE, &[]).await;
    is_silent(OVERDUE, &with(version(9).set("release_on", Value::Null), &[])).await;
    is_silent(OVERDUE, &with(version(9).set("is_released", true), &[])).await;
    is_silent(OVERDUE, &with(version(9).set("is_archived", true), &[])).await;
    is_silent(OVERDUE, &with(version(9).set("deleted_at", ago(1)), &[])).await;
    // Of what is open its forecast tells; of what is not mapped nobody knows whether it is.
    is_silent(OVERDUE, &with(version(9), &fixed(item("a", 60)))).await;
    is_silent(OVERDUE, &with(version(9), &fixed(done(item("a", 60), -1)))).await;
    is_silent(OVERDUE, &with(version(9), &fixed(abandoned(item("a", 60), -1)))).await;
    is_silent(OVERDUE, &with(version(9), &fixed(item("a", 60).set("excluded", "unmapped status")))).await;
    // It is told of a day after that day was over, and not sooner.
    is_silent(OVERDUE, &with(version(2), &[])).await;
    // It was over 84 days ago, and 85; what is in the second was changed since.
    let told = |day: &str| format!("The release 1.0 was due on {day} and is not out, with no open item in it");
    fires(OVERDUE, &[version(85)], "v1", 1.0, &format!("{}.", told("2026-03-08")), 0).await;
    is_silent(OVERDUE, &[version(86)]).await;
    let changed = |days: i64| {
        let [item, fix] = fixed(done(item("a", 90), 86).set("last_change_at", ago(days)));
        [version(86), item, fix]
    };
    fires(OVERDUE, &changed(80), "v1", 1.0, &format!("{}: 1 item is done.", told("2026-03-07")), 1).await;
    is_silent(OVERDUE, &changed(85)).await;
    // What is changed after the instant is not known at it.
    is_silent(OVERDUE, &changed(-1)).await;
}
