//! Rows for the tests of rules, told by how many days ago things happened.

use super::{Found, RiskSettings, RuleSettings, find, rules};
use crate::Settings;
use crate::calendar::Calendar;
use crate::metrics::tests::{at, entity, session};
use crate::row::{Row, Value};
use chrono_tz::Tz;

pub(super) const DAY: i64 = 86_400_000_000;

/// Monday, 1 June 2026, midnight.
pub(super) fn now() -> i64 {
    at("2026-06-01T00:00:00Z")
}

pub(super) fn ago(days: i64) -> Value {
    Value::Time(now() - days * DAY)
}

/// An item of the project `p1` that is not begun.
pub(super) fn item(id: &str, created: i64) -> Row {
    Row::new(entity("facts/work_items"))
        .set("id", id)
        .set("key", id)
        .set("project_id", "p1")
        .set("level", "item")
        .set("class", "feature")
        .set("is_done", false)
        .set("reopened", 0)
        .set("created_at", ago(created))
}

pub(super) fn done(item: Row, on: i64) -> Row {
    item.set("done_at", ago(on)).set("is_done", true)
}

/// It was closed without being done.
pub(super) fn abandoned(item: Row, on: i64) -> Row {
    item.set("abandoned_at", ago(on))
}

/// An item that somebody owns and that is in progress, and its stay there.
pub(super) fn doing(id: &str, owner: &str, since: i64) -> [Row; 2] {
    let item = item(id, since).set("started_at", ago(since)).set("assignee_id", owner);
    [item, stay(id, since)]
}

pub(super) fn stay(item: &str, since: i64) -> Row {
    Row::new(entity("facts/work_item_stays"))
        .set("work_item_id", item)
        .set("position", 0)
        .set("project_id", "p1")
        .set("level", "item")
        .set("class", "feature")
        .set("status_category", "doing")
        .set("entered_at", ago(since))
}

/// An open pull request of the repository `r1`, `app` of the project `p1`.
pub(super) fn pull_request(id: &str, opened: i64) -> Row {
    Row::new(entity("facts/pull_requests"))
        .set("id", id)
        .set("repository_id", "r1")
        .set("project_id", "p1")
        .set("state", "open")
        .set("is_draft", false)
        .set("by_bot", false)
        .set("opened_at", ago(opened))
}

pub(super) fn repository() -> Row {
    Row::new(entity("core/repositories")).set("id", "r1").set("name", "app")
}

/// That a repository belongs to a project.
pub(super) fn scope(repository: &str, project: &str) -> Row {
    Row::new(entity("core/project_scopes"))
        .set("id", format!("{project}/{repository}"))
        .set("project_id", project)
        .set("scope_kind", "repository")
        .set("scope_id", repository)
}

/// Rows of one kind, numbered.
pub(super) fn many(n: usize, row: impl Fn(usize) -> Row) -> Vec<Row> {
    (0..n).map(row).collect()
}

/// What one rule finds, with everything else as its header says.
pub(super) async fn ask(rule: &str, rows: &[Row]) -> Found {
    ask_by(rule, rows, Calendar::default()).await
}

/// The same by the calendar of a tenant.
pub(super) async fn ask_by(rule: &str, rows: &[Row], calendar: Calendar) -> Found {
    ask_as(rule, rows, Settings { calendar, ..Settings::default() }, now()).await
}

/// The same by the clocks of a zone, as of an instant.
pub(super) async fn ask_in(rule: &str, rows: &[Row], time_zone: Tz, at: i64) -> Found {
    ask_as(rule, rows, Settings { time_zone, ..Settings::default() }, at).await
}

async fn ask_as(rule: &str, rows: &[Row], settings: Settings, at: i64) -> Found {
    let off = RuleSettings { weight: Some(0.0), ..RuleSettings::default() };
    let others = rules().unwrap().iter().filter(|other| other.name != rule);
    let risk = RiskSettings {
        rules: others.map(|other| (other.name.clone(), off.clone())).collect(),
        ..RiskSettings::default()
    };
    find(&session(rows), &Settings { risk, ..settings }, at, |_, _| {}).await.unwrap()
}

/// Asserts that the risk of being overdue begins a day after the due date was over by the clocks of the tenant, ahead of UTC and
/// behind it, and where that day has 23 hours or 25. `due` makes the rows of what was due on a date.
pub(super) async fn begins_by_the_clocks_of_the_tenant(rule: &str, due: impl Fn(Value) -> Vec<Row>) {
    let hour = DAY / 24;
    for (zone, day, begins) in [
        (Tz::UTC, "2026-05-30", "2026-06-01T00:00:00Z"),
        (Tz::Pacific__Kiritimati, "2026-05-30", "2026-05-31T10:00:00Z"),
        (Tz::America__New_York, "2026-05-30", "2026-06-01T04:00:00Z"),
        (Tz::Europe__Berlin, "2026-03-28", "2026-03-29T22:00:00Z"),
        (Tz::Europe__Berlin, "2026-10-24", "2026-10-25T23:00:00Z"),
    ] {
        let rows = due(Value::Date((at(&format!("{day}T00:00:00Z")) / DAY) as i32));
        for before in [hour, 0] {
            let found = ask_in(rule, &rows, zone, at(begins) - before).await.findings;
            assert_eq!(found, [], "{rule}: {zone}, {day}, {before} before {begins}");
        }
        // An hour of the 14 days after which it is 1.
        let found = ask_in(rule, &rows, zone, at(begins) + hour).await.findings;
        let scores: Vec<f64> = found.iter().map(|finding| finding.score).collect();
        assert_eq!(scores.len(), 1, "{rule}: {zone}, {day}");
        assert!((scores[0] - 1.0 / (14.0 * 24.0)).abs() < 1e-9, "{rule}: {zone}, {day}: {scores:?}");
    }
}

/// Asserts that a rule finds one thing: its subject, score and sentence, and how many rows show it.
pub(super) async fn fires(rule: &str, rows: &[Row], subject: &str, score: f64, sentence: &str, evidence: usize) {
    let found = ask(rule, rows).await.findings;
    let told: Vec<_> = found
        .iter()
        .map(|f| {
            (f.subject_id.as_str(), f.project_id.as_deref(), f.sentence.as_str(), f.evidence.len(), f.evidence_count)
        })
        .collect();
    assert_eq!(told, [(subject, Some("p1"), sentence, evidence.min(50), evidence)], "{rule}");
    assert!((found[0].score - score).abs() < 1e-9, "{rule}: {} is not {score}", found[0].score);
}

/// Asserts that a rule finds nothing.
pub(super) async fn is_silent(rule: &str, rows: &[Row]) {
    assert_eq!(ask(rule, rows).await.findings, [], "{rule}");
}
