//! The rules on epics, each by a case computed by hand and by those that are just not enough, and that they count to no project.

use super::run_tests::{frozen, lake};
use super::testing::*;
use super::{RiskFilter, Subject, combine, find, noisy_or, standing};
use crate::lake::{Seen, TenantTable};
use crate::metrics::tests::{entity, session as of_rows};
use crate::row::{Row, Value};
use crate::session::{Limits, Session};
use crate::{Policy, Settings};

const BLOCKED: &str = "epic_blocked_work";
const SCOPE: &str = "epic_scope_growth";
const AGEING: &str = "epic_ageing_items";
const UNREADY: &str = "epic_unready_work";
const SILENT: &str = "silent_epic";
const OVERDUE: &str = "overdue_epic";

fn epic() -> Row {
    item("e1", 90).set("level", "epic").set("excluded", "epic").set("title", "Checkout")
}

fn below(row: Row) -> Row {
    if std::ptr::eq(row.entity(), entity("facts/work_items")) { row.set("parent_id", "e1") } else { row }
}

/// Asserts that a rule finds one thing, of the epic: its score and sentence, and how many rows show it.
async fn found(rule: &str, rows: &[Row], score: f64, sentence: &str, evidence: usize) {
    fires(rule, rows, "e1", score, sentence, evidence).await;
    assert_eq!(ask(rule, rows).await.findings[0].subject, Subject::Epic);
}

/// Ten items in progress below the epic, half of them in another project, of which some are blocked for five days.
fn in_progress(blocked: usize) -> Vec<Row> {
    let of = |n: usize| {
        let [item, stay] = doing(&format!("i{n}"), "ann", 20);
        let item = item.set("project_id", format!("p{}", 1 + n % 2));
        [if n < blocked { item.set("blocked_since", ago(5)) } else { item }, stay]
    };
    (0..10).flat_map(of).map(below).chain([epic()]).collect()
}

#[tokio::test]
async fn an_epic_of_which_much_is_blocked() {
    // 0.3 is half of the way from 0.1 to 0.5.
    let said = "In the epic Checkout 3 items are blocked for more than 3 days, of 10 in progress; the longest since 2026-05-27.";
    found(BLOCKED, &in_progress(3), 0.5, said, 3).await;
    // One that is blocked since this morning changes nothing, nor do one that is done, a subtask and one of no epic.
    let mut rows = in_progress(3);
    rows[6] = rows[6].clone().set("blocked_since", ago(0));
    rows.push(below(done(item("done", 20), 1).set("blocked_since", ago(9))));
    rows.push(below(item("part", 20).set("level", "subtask").set("excluded", "subtask").set("blocked_since", ago(9))));
    rows.push(item("alone", 20).set("blocked_since", ago(9)));
    found(BLOCKED, &rows, 0.5, said, 3).await;
    // By its key where it has no title.
    let keyed = [&in_progress(3)[..20], &[epic().set("title", Value::Null)]].concat();
    found(BLOCKED, &keyed, 0.5, &said.replace("Checkout", "e1"), 3).await;
    // What nobody has touched for twelve weeks is forgotten.
    let [old, stay] = doing("old", "ann", 100).map(below);
    rows.extend([old.set("blocked_since", ago(84)), stay]);
    let said = said.replace("in progress", "in progress, besides 1 that is forgotten");
    found(BLOCKED, &rows, 0.5, &said, 3).await;
}

#[tokio::test]
async fn an_epic_of_which_little_is_blocked_or_that_is_done_is_no_risk() {
    is_silent(BLOCKED, &[]).await;
    is_silent(BLOCKED, &[epic()]).await;
    is_silent(BLOCKED, &in_progress(1)).await;
    let with = |epic: Row| [&in_progress(3)[..20], &[epic]].concat();
    is_silent(BLOCKED, &with(done(epic(), 1))).await;
    is_silent(BLOCKED, &with(abandoned(epic(), 1))).await;
    // What is below an item that is none is a part of it, and one that is not known is none.
    is_silent(BLOCKED, &with(epic().set("level", "item").set("excluded", Value::Null))).await;
    is_silent(BLOCKED, &in_progress(3)[..20]).await;
    // Two days are not long.
    let two = |row: Row| if *row.get("blocked_since") == ago(5) { row.set("blocked_since", ago(2)) } else { row };
    is_silent(BLOCKED, &in_progress(3).into_iter().map(two).collect::<Vec<_>>()).await;
}

/// That an item came from below one epic to below another, by their keys.
fn moved(item: &str, days: i64, from: Option<&str>) -> Row {
    Row::new(entity("core/work_item_transitions"))
        .set("id", format!("{item}/{days}"))
        .set("connection", "c")
        .set("work_item_id", item)
        .set("field", "epic link")
        .set("from_value", from.map(str::to_owned))
        .set("changed_at", ago(days))
}

/// The items that epics are in the source, by whose keys histories name them.
fn named() -> Vec<Row> {
    let named =
        |id: &str, key: &str| Row::new(entity("core/work_items")).set("id", id).set("connection", "c").set("key", key);
    vec![named("e1", "SHOP-1"), named("e2", "SHOP-2")]
}

/// 20 items were open below the epic 28 days ago, of which one was begun, one is done since and two stand below another now; some were made
/// since, and six came from another epic.
fn scope(made: usize) -> Vec<Row> {
    let mut rows = many(16, |n| below(item(&format!("o{n}"), 60)));
    rows.push(below(item("begun", 60).set("started_at", ago(40))));
    rows.push(below(done(item("d", 60), 5)));
    rows.extend(many(2, |n| item(&format!("g{n}"), 60).set("parent_id", "e2")));
    rows.extend(many(2, |n| moved(&format!("g{n}"), 10, Some("SHOP-1"))));
    rows.extend(many(made, |n| below(item(&format!("n{n}"), 5))));
    rows.extend(many(6, |n| below(item(&format!("m{n}"), 60))));
    rows.extend(many(6, |n| moved(&format!("m{n}"), 10, Some("SHOP-2"))));
    rows.extend([named(), vec![epic()]].concat());
    rows
}

#[tokio::test]
async fn an_epic_whose_scope_grows() {
    // Net are 16 − 2 − 1 = 13, which are 65 % of 20 and far more than the one that is done; z = 13 / √19 = 2.9824.
    let said = "Open work of the epic Checkout grew by 65 % in 28 days: 16 items were added, 2 taken out, 1 done.";
    let score = (13.0 / 19_f64.sqrt() - 2.5) / 1.5;
    found(SCOPE, &scope(10), score, said, 16).await;
    // What went and came back was there; what came and went, or was done long before, never counted; and what moves later is not seen.
    let mut rows = scope(10);
    rows.extend([moved("o1", 20, Some("SHOP-1")), moved("o1", 15, Some("SHOP-2"))]);
    rows.push(item("x", 5).set("parent_id", "e2"));
    rows.push(moved("x", 3, Some("SHOP-1")));
    rows.extend([done(item("y", 90), 40).set("parent_id", "e2"), moved("y", 3, Some("SHOP-1"))]);
    rows.extend([below(done(item("z", 90), 40)), moved("z", 3, None), moved("o2", -1, Some("SHOP-2"))]);
    rows.push(moved("o3", 3, Some("SHOP-2")).set("field", "status"));
    rows.push(moved("o4", 3, Some("SHOP-2")).set("deleted_at", ago(1)));
    rows.push(below(item("part", 5).set("level", "subtask").set("excluded", "subtask")));
    found(SCOPE, &rows, score, said, 16).await;
    // What was abandoned long before is as if it never was; what was since, was taken out: 12 of 21, and z = 12 / √20.
    rows.push(below(abandoned(item("long", 60).set("started_at", ago(50)), 40)));
    found(SCOPE, &rows, score, said, 16).await;
    let shut = [rows.clone(), vec![below(abandoned(item("shut", 60), 5))]].concat();
    let told = "Open work of the epic Checkout grew by 57 % in 28 days: 16 items were added, 3 taken out, 1 done.";
    found(SCOPE, &shut, (12.0 / 20_f64.sqrt() - 2.5) / 1.5, told, 16).await;
    // One of which the item above was set for the first time came, too: z = 14 / √20.
    rows.extend([below(item("first", 60)), moved("first", 3, None)]);
    let said = "Open work of the epic Checkout grew by 70 % in 28 days: 17 items were added, 2 taken out, 1 done.";
    found(SCOPE, &rows, (14.0 / 20_f64.sqrt() - 2.5) / 1.5, said, 17).await;
}

#[tokio::test]
async fn an_epic_that_grows_little_or_is_planned_or_done_is_no_risk() {
    is_silent(SCOPE, &[]).await;
    is_silent(SCOPE, &[epic()]).await;
    // z = 9 / √15 = 2.32.
    is_silent(SCOPE, &scope(6)).await;
    let but = |id: &str, other: Option<Row>| -> Vec<Row> {
        scope(10).into_iter().filter(|row| row.text("id") != Some(id)).chain(other).collect()
    };
    is_silent(SCOPE, &but("begun", Some(below(item("begun", 60))))).await;
    is_silent(SCOPE, &but("e1", Some(done(epic(), 1)))).await;
    is_silent(SCOPE, &but("e1", Some(abandoned(epic(), 1)))).await;
    // Nothing was there before.
    let mut new = many(30, |n| below(item(&format!("n{n}"), 5).set("started_at", ago(2))));
    new.push(epic());
    is_silent(SCOPE, &new).await;
}

/// Items in progress of the epic that were begun so many days ago, the first of the project `p1` and the others of `p2` in turn.
fn begun(since: &[i64]) -> Vec<Row> {
    let of = |(n, since): (usize, &i64)| {
        let [item, stay] = doing(&format!("a{n}"), "ann", *since);
        [item.set("project_id", format!("p{}", 1 + n % 2)), stay]
    };
    since.iter().enumerate().flat_map(of).map(below).chain([epic()]).collect()
}

#[tokio::test]
async fn an_epic_whose_items_age_by_what_is_usual_in_their_own_projects() {
    // More than 30 days are in progress the first two; three that were begun sixty days ago are done. 0.4 is two fifths of the way from 0.2 to 0.7.
    let mut rows = begun(&[50, 31, 29, 1]);
    rows.extend(many(3, |n| below(done(item(&format!("q{n}"), 60), 59).set("started_at", ago(60)))));
    let said = "In the epic Checkout 2 items are in progress for far longer than is usual, of 5 that were begun in time to be done; the oldest since 2026-04-12.";
    found(AGEING, &rows, 0.4, said, 2).await;
    // Where ten of `p2` took four days each, below no epic, its items age from six days on: 31 there, and 29 is of `p1`.
    let usual =
        |n: usize| done(item(&format!("x{n}"), 14), 10).set("started_at", ago(14)).set("cycle_seconds", 4.0 * 86_400.0);
    rows.extend(many(10, |n| usual(n).set("project_id", "p2")));
    found(AGEING, &rows, 0.4, said, 2).await;
    rows.extend(doing("y", "ann", 7).map(|row| below(row.set("project_id", "p2"))));
    let said = said.replace("2 items", "3 items").replace("of 5", "of 6");
    found(AGEING, &rows, 0.6, &said, 3).await;
    is_silent(AGEING, &rows.into_iter().filter(|row| row.text("id") != Some("e1")).collect::<Vec<_>>()).await;
}

#[tokio::test]
async fn an_epic_whose_items_are_young_or_forgotten_or_few_or_that_is_done_is_no_risk() {
    is_silent(AGEING, &[]).await;
    is_silent(AGEING, &[epic()]).await;
    is_silent(AGEING, &begun(&[50, 29, 29])).await;
    is_silent(AGEING, &begun(&[120, 120])).await;
    let mut over = begun(&[50, 50]);
    over[4] = done(epic(), 1);
    is_silent(AGEING, &over).await;
    over[4] = abandoned(epic(), 1);
    is_silent(AGEING, &over).await;
}

#[tokio::test]
async fn an_epic_whose_work_has_no_owner_or_estimate() {
    let rows = |unowned: usize| -> Vec<Row> {
        let mut rows = begun(&[3; 6]);
        for n in 0..unowned {
            rows[2 * n] = rows[2 * n].clone().set("assignee_id", Value::Null);
        }
        rows
    };
    // Half of six is three fifths of the way from 0.2 to 0.7.
    found(UNREADY, &rows(3), 0.6, "3 of 6 items in progress in the epic Checkout have no owner.", 3).await;
    is_silent(UNREADY, &rows(2)).await;
    let unowned = |row: Row| if row.text("id").is_some() { row.set("assignee_id", Value::Null) } else { row };
    let forgotten = (0..4).flat_map(|n| doing(&format!("f{n}"), "ann", 84)).map(unowned).map(below);
    let beside: Vec<Row> = rows(3).into_iter().chain(forgotten).collect();
    found(UNREADY, &beside, 0.6, "3 of 6 items in progress in the epic Checkout have no owner.", 3).await;
    is_silent(UNREADY, &[epic()]).await;
    // Half of what was done in `p2` has an estimate, so that the second, fourth and sixth should.
    let estimating = |mut rows: Vec<Row>| {
        rows.push(done(item("d1", 20), 5).set("project_id", "p2").set("points", 3.0));
        rows.push(done(item("d2", 20), 5).set("project_id", "p2"));
        rows
    };
    let said =
        "3 of 6 items in progress in the epic Checkout have no estimate, where their projects estimate such work.";
    found(UNREADY, &estimating(rows(0)), 0.6, said, 3).await;
    // The first and the second have no owner.
    let said = "4 of 6 items in progress in the epic Checkout have no owner or no estimate: 2 have no owner, and 3 have no estimate.";
    found(UNREADY, &estimating(rows(2)), (4.0 / 6.0 - 0.2) / 0.5, said, 4).await;
    let mut over = rows(3);
    over[12] = done(epic(), 1);
    is_silent(UNREADY, &over).await;
    over[12] = abandoned(epic(), 1);
    is_silent(UNREADY, &over).await;
}

#[tokio::test]
async fn an_epic_in_which_nothing_happens() {
    // 28 days are half of the way from 14 to 42. What happens elsewhere in its projects is not of it.
    let mut rows = begun(&[28, 60]);
    rows.extend(doing("other", "ann", 1));
    rows.push(pull_request("pr1", 5).set("last_activity_at", ago(2)).set("work_item_keys", vec!["other".to_owned()]));
    let said = "Nothing has happened in the epic Checkout since 2026-05-04, with 2 items in progress.";
    found(SILENT, &rows, 0.5, said, 2).await;
    let with = |more: Row| [rows.clone(), vec![more]].concat();
    // A pull request that names an item, a new one and a comment are signs of life; what comes later is not known yet.
    let named = pull_request("pr2", 30).set("work_item_keys", vec!["x".to_owned(), "a1".to_owned()]);
    is_silent(SILENT, &with(named.clone().set("last_activity_at", ago(10)))).await;
    found(SILENT, &with(named.set("last_activity_at", ago(-1))), 0.5, said, 2).await;
    is_silent(SILENT, &with(below(item("new", 14)))).await;
    is_silent(SILENT, &with(below(item("told", 60).set("last_change_at", ago(3))))).await;
    // What has not moved for twelve weeks is forgotten: nobody has it in progress, whatever else is said of it.
    found(SILENT, &[rows.clone(), begun(&[28, 60, 84])[4..6].to_vec()].concat(), 0.5, said, 2).await;
    found(SILENT, &begun(&[83]), 1.0, &said.replace("2026-05-04", "2026-03-10").replace("2 items", "1 item"), 1).await;
    is_silent(SILENT, &begun(&[84])).await;
    let mut told = begun(&[400, 100]);
    told[0] = told[0].clone().set("last_change_at", ago(30));
    is_silent(SILENT, &told).await;
    // Nothing is in progress: it is at rest. Or it is done, or there is none.
    is_silent(SILENT, &[below(item("a", 60)), epic()]).await;
    let mut over = begun(&[28, 60]);
    over[4] = done(epic(), 1);
    is_silent(SILENT, &over).await;
    over[4] = abandoned(epic(), 1);
    is_silent(SILENT, &over).await;
    is_silent(SILENT, &[]).await;
}

/// The epic, due so many days ago.
fn overdue(days: i64) -> Row {
    epic().set("status_category", "doing").set("due_on", Value::Date((now() / DAY - days) as i32))
}

#[tokio::test]
async fn an_epic_that_is_overdue_and_has_nothing_open_is_to_be_closed() {
    // The day that was nine days ago was over eight days ago, which is half of the way from 1 to 15.
    let said = "The epic Checkout was due on 2026-05-23 and is not done, with no open item below it";
    let finished = many(3, |n| below(done(item(&format!("d{n}"), 60), 20)));
    let rows = [finished.clone(), vec![overdue(9)]].concat();
    found(OVERDUE, &rows, 0.5, &format!("{said}: 3 items are done."), 1).await;
    assert_eq!(ask(OVERDUE, &rows).await.findings[0].evidence, ["e1"]);
    // Nothing was ever put below it.
    found(OVERDUE, &[overdue(9)], 0.5, &format!("{said}."), 1).await;
    // An epic below it is no item: its own due date tells of it. What was left in a project that is gone will never be done.
    let part = item("e2", 50).set("level", "epic").set("excluded", "epic").set("parent_id", "e1");
    let left = below(item("left", 60).set("excluded", "project deleted"));
    let with = |more: Row| [rows.clone(), vec![more]].concat();
    found(OVERDUE, &with(part.clone()), 0.5, &format!("{said}: 3 items are done, 1 epic is open."), 1).await;
    // What was abandoned is neither open nor done.
    for shut in [part, below(item("shut", 60))] {
        found(OVERDUE, &with(abandoned(shut, 5)), 0.5, &format!("{said}: 3 items are done."), 1).await;
    }
    found(OVERDUE, &with(left), 0.5, &format!("{said}: 3 items are done."), 1).await;
    found(OVERDUE, &with(item("alone", 60)), 0.5, &format!("{said}: 3 items are done."), 1).await;
    // It counts to no project's risk.
    assert_eq!(ask(OVERDUE, &rows).await.findings[0].counts_to(), None);
}

#[tokio::test]
async fn an_epic_that_is_not_overdue_or_has_something_open_or_is_forgotten_needs_no_closing() {
    is_silent(OVERDUE, &[]).await;
    is_silent(OVERDUE, &[epic().set("status_category", "doing")]).await;
    is_silent(OVERDUE, &[done(overdue(9), 1)]).await;
    is_silent(OVERDUE, &[abandoned(overdue(9), 1)]).await;
    // Of what is open its forecast tells; of what is not mapped, above or below, nobody knows whether it is.
    is_silent(OVERDUE, &[overdue(9), below(item("a", 60))]).await;
    is_silent(OVERDUE, &[overdue(9), below(done(item("a", 60), -1))]).await;
    is_silent(OVERDUE, &[overdue(9), below(abandoned(item("a", 60), -1))]).await;
    is_silent(OVERDUE, &[overdue(9), below(item("a", 60).set("excluded", "unmapped status"))]).await;
    is_silent(OVERDUE, &[overdue(9).set("status_category", Value::Null)]).await;
    // It is told of a day after that day was over, and not sooner.
    is_silent(OVERDUE, &[overdue(2)]).await;
    // It was over 84 days ago, and 85; the second was changed since, or something below it.
    let told = |day: &str| format!("The epic Checkout was due on {day} and is not done, with no open item below it");
    found(OVERDUE, &[overdue(85)], 1.0, &format!("{}.", told("2026-03-08")), 1).await;
    is_silent(OVERDUE, &[overdue(86)]).await;
    let changed = overdue(86).set("last_change_at", ago(80));
    found(OVERDUE, std::slice::from_ref(&changed), 1.0, &format!("{}.", told("2026-03-07")), 1).await;
    let moved = below(done(item("a", 88), 80)).set("last_change_at", ago(80));
    found(OVERDUE, &[overdue(86), moved], 1.0, &format!("{}: 1 item is done.", told("2026-03-07")), 1).await;
    // What is changed after the instant is not known at it.
    is_silent(OVERDUE, &[changed.set("last_change_at", ago(-1))]).await;
}

#[tokio::test]
async fn an_epic_is_overdue_by_the_clocks_of_the_tenant() {
    begins_by_the_clocks_of_the_tenant(OVERDUE, |due| vec![overdue(9).set("due_on", due)]).await;
}

#[tokio::test]
async fn what_is_found_of_an_epic_is_in_its_project_and_counts_to_no_risk() {
    let rows: Vec<Row> = in_progress(4).into_iter().map(|row| row.set("project_id", "p1")).collect();
    let settings = Settings::default();
    let mut all = find(&of_rows(&rows), &settings, now(), |_, _| {}).await.unwrap();
    let risk = combine(&mut all, &settings.risk).remove(0);
    let of = |rule: &str| all.findings.iter().find(|finding| finding.rule.name == rule).unwrap();
    // The same items, found by both rules: four of ten.
    for rule in [BLOCKED, "blocked_work"] {
        assert!((of(rule).score - 0.75).abs() < 1e-9, "{rule}");
    }
    assert_eq!((of(BLOCKED).project_id.as_deref(), of(BLOCKED).contribution), (Some("p1"), None));
    let parts: Vec<f64> = all
        .findings
        .iter()
        .filter(|finding| finding.subject != Subject::Epic)
        .map(|finding| finding.rule.weight * finding.score)
        .collect();
    assert!((risk.score - noisy_or(&parts).0).abs() < 1e-9, "{risk:?}");
    assert!(!risk.reason.contains("epic"), "{}", risk.reason);
    // It stands with its project, below all that counts.
    let lake = lake(&rows).await;
    frozen(&lake, 0).await;
    let everything = Policy::everything();
    let tables = TenantTable::all(&lake, &Seen::default());
    let session = Session::build(tables, lake.runtime(), Limits::default(), &everything).unwrap();
    let stands = standing(&session, &RiskFilter::default()).await.unwrap().remove(0);
    let of_epic: Vec<_> = stands.findings.iter().rev().take(2).rev().collect();
    let told: Vec<_> = of_epic.iter().map(|f| (f.rule.as_str(), f.subject_kind.as_str(), f.evidence_count)).collect();
    // The higher score first: 0.75, and six days of 28.
    assert_eq!(told, [(BLOCKED, "epic", 4), (SILENT, "epic", 10)]);
    assert!(of_epic.iter().all(|finding| finding.subject_id == "e1" && finding.contribution == 0.0));
    let sum: f64 = stands.findings.iter().map(|finding| finding.contribution).sum();
    assert!((sum - stands.score).abs() < 1e-9, "{stands:?}");
}
