//! What holds for every metric, whatever the facts.

use super::tests::{answer, at, berlin, now, question, session};
use super::*;
use crate::entities::{CORE, Column, Entity, FACTS, Kind as ColumnKind};
use crate::row::{Row, Value};
use crate::session::Session;
use arrow::array::{Array as _, AsArray as _, RecordBatch};
use futures::TryStreamExt as _;
use std::collections::{HashMap, HashSet};

/// Numbers that look random and are always the same.
pub(super) struct Dice(pub(super) u64);

impl Dice {
    pub(super) fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }
}

/// The words that a column's declaration names.
fn words(column: &Column) -> Vec<&'static str> {
    column.doc.split('`').skip(1).step_by(2).collect()
}

fn value(column: &Column, dice: &mut Dice, n: usize) -> Value {
    let hole = !column.required && dice.roll(5) == 0;
    let of = |words: &[&str], dice: &mut Dice| Value::from(words[dice.roll(words.len() as u64) as usize]);
    match (column.name, column.kind) {
        ("id", _) => Value::from(format!("id-{n}")),
        ("deleted_at", _) => Value::Null,
        // Most rows count.
        ("excluded" | "abandoned_at", _) if dice.roll(4) > 0 => Value::Null,
        _ if hole => Value::Null,
        ("work_item_id" | "pull_request_id", _) => Value::from(format!("id-{}", dice.roll(40))),
        ("reviewer_id", _) => of(&["a", "b", "c", "d"], dice),
        ("repository_id", _) => of(&["r1", "r2", "r3"], dice),
        ("project_id", _) => of(&["p1", "p2"], dice),
        ("team_id", _) => of(&["t1", "t2"], dice),
        (_, ColumnKind::Text) => {
            let known = words(column);
            if known.is_empty() { of(&["x", "y"], dice) } else { of(&known, dice) }
        }
        (_, ColumnKind::TextList) => Value::Texts(vec!["x".into(); dice.roll(2) as usize]),
        (_, ColumnKind::Bool) => Value::Bool(dice.roll(2) == 0),
        (_, ColumnKind::Int) => Value::Int(dice.roll(5) as i64),
        (_, ColumnKind::Float) => Value::Float(dice.roll(1_000) as f64),
        (_, ColumnKind::Time) => Value::Time(at("2026-03-01T00:00:00Z") + dice.roll(50 * 24) as i64 * 3_600_000_000),
        (_, ColumnKind::Date) => Value::Date(dice.roll(20_000) as i32),
    }
}

/// Some rows of every table that a metric reads.
pub(super) fn generated(seed: u64) -> Vec<Row> {
    let mut dice = Dice(seed);
    let read = |entity: &&&'static Entity| {
        let path = format!("{}.{}", entity.layer.name(), entity.name);
        catalogue().unwrap().iter().any(|d| d.sql.contains(&path))
    };
    let tables: Vec<_> = CORE.iter().chain(FACTS).filter(read).collect();
    let mut rows = Vec::new();
    for entity in tables {
        for n in 0..40 {
            let mut row = Row::new(entity);
            for column in entity.columns() {
                row.put(column.name, value(column, &mut dice, n));
            }
            rows.push(row);
        }
    }
    with_their_items(&mut rows);
    rows
}

/// Of stays says what the model knows by their items, and by the other stays of each.
fn with_their_items(rows: &mut [Row]) {
    let of = |row: &Row, name| row.entity().name == name;
    let kinds: HashMap<_, _> = rows
        .iter()
        .filter(|row| of(row, "work_items"))
        .map(|row| (format!("{:?}", row.get("id")), row.get("kind").clone()))
        .collect();
    let mut last: HashMap<String, (usize, (bool, i64, i64))> = HashMap::new();
    let is_done = |row: &Row| matches!(row.get("status_category"), Value::Text(category) if category == "done");
    for (place, row) in rows.iter().enumerate().filter(|(_, row)| of(row, "work_item_stays") && !is_done(row)) {
        let stage = if row.get("stage") == &Value::Null { row.get("status_category") } else { row.get("stage") };
        let Value::Int(position) = row.get("position") else { panic!("{row:?}") };
        let when = match row.get("left_at") {
            Value::Time(left) => (false, *left, *position),
            _ => (true, 0, *position),
        };
        let known = last.entry(format!("{:?} {stage:?}", row.get("work_item_id"))).or_insert((place, when));
        if known.1 < when {
            *known = (place, when);
        }
    }
    let last: HashSet<usize> = last.into_values().map(|(place, _)| place).collect();
    for (place, row) in rows.iter_mut().enumerate().filter(|(_, row)| of(row, "work_item_stays")) {
        row.put("is_last", Value::Bool(last.contains(&place) || is_done(row)));
        if let Some(kind) = kinds.get(&format!("{:?}", row.get("work_item_id"))) {
            row.put("kind", kind.clone());
        }
    }
}

/// What each test is tried with: seeds of its own.
fn seeds(first: u64) -> [u64; 3] {
    [first, first + 100, first + 200]
}

/// A metric's dimensions whose groups have nothing in common.
fn dividing(d: &Definition) -> impl Iterator<Item = Dimension> {
    d.dimensions.iter().copied().filter(|by| *by != Dimension::Project)
}

/// What of a figure adds up: how many count, are open and are excluded, and what is divided by what.
fn parts(figure: &Figure, kind: Kind) -> [f64; 5] {
    let sums = if kind == Kind::Ratio { [figure.numerator, figure.denominator] } else { [None, None] };
    let [numerator, denominator] = sums.map(Option::unwrap_or_default);
    // All are whole numbers, which add up exactly.
    [figure.n as f64, figure.open as f64, figure.excluded as f64, numerator, denominator]
}

fn sum<'f>(figures: impl Iterator<Item = &'f Figure>, kind: Kind) -> [f64; 5] {
    figures.map(|figure| parts(figure, kind)).fold([0.0; 5], |sum, one| std::array::from_fn(|i| sum[i] + one[i]))
}

#[tokio::test]
async fn groups_add_up_to_the_whole_in_all_and_in_each_period() {
    let mut seen = HashSet::new();
    for seed in seeds(7) {
        let session = session(&generated(seed));
        for d in catalogue().unwrap() {
            let alone = answer(&session, &question(&d.name, None)).await.groups.remove(0);
            for by in dividing(d) {
                let told = format!("{} by {} of seed {seed}", d.name, by.name());
                let answer = answer(&session, &question(&d.name, Some(by))).await;
                let whole = answer.overall.unwrap();
                assert_eq!(parts(&whole, d.kind), parts(&alone.total, d.kind), "{told}");
                assert_eq!(sum(answer.groups.iter().map(|g| &g.total), d.kind), parts(&whole, d.kind), "{told}");
                for (place, point) in alone.points.iter().enumerate() {
                    let groups = answer.groups.iter().map(|g| &g.points[place].figure);
                    assert_eq!(sum(groups, d.kind), parts(&point.figure, d.kind), "{told} in {}", point.label);
                }
                if matches!(d.kind, Kind::Count | Kind::Level) && whole.n > 0 {
                    let shares: f64 = answer.groups.iter().filter_map(|g| g.share).sum();
                    assert!((shares - 1.0).abs() < 1e-12, "{told}: {shares}");
                }
            }
            if alone.total.n > 0 {
                seen.insert(&d.name);
            }
        }
    }
    assert!(seen.len() > catalogue().unwrap().len() * 9 / 10, "only {seen:?} had anything to count");
}

#[tokio::test]
async fn periods_of_any_length_add_up_to_the_same_whole() {
    for seed in seeds(17) {
        let session = session(&generated(seed));
        for d in catalogue().unwrap() {
            let mut whole = None;
            for grain in [Grain::Day, Grain::Week, Grain::Month] {
                let group = answer(&session, &Question { grain, ..question(&d.name, None) }).await.groups.remove(0);
                let total = parts(&group.total, d.kind);
                assert_eq!(*whole.get_or_insert(total), total, "{} by {} of seed {seed}", d.name, grain.name());
                if d.kind.is_of_stays() {
                    // What was there at the end of one period was not there for another.
                    continue;
                }
                let points = sum(group.points.iter().map(|point| &point.figure), d.kind);
                // What no time is known of is in the whole alone, and counts nowhere.
                assert_eq!(
                    (points[0], &points[3..]),
                    (total[0], &total[3..]),
                    "{} by {} of seed {seed}",
                    d.name,
                    grain.name()
                );
                assert!(
                    points[1] <= total[1] && points[2] <= total[2],
                    "{} by {} of seed {seed}",
                    d.name,
                    grain.name()
                );
            }
        }
    }
}

#[tokio::test]
async fn by_project_nothing_is_lost_and_what_is_of_several_is_in_each() {
    for seed in seeds(19) {
        let scope = |id: &str, project: &str, repository: &str| {
            let row = Row::new(super::tests::entity("core/project_scopes")).set("id", id).set("project_id", project);
            row.set("scope_kind", "repository").set("scope_id", repository)
        };
        let scopes = [scope("1", "p1", "r1"), scope("2", "p2", "r1"), scope("3", "p3", "r2")];
        let session = session(&[generated(seed), scopes.into()].concat());
        for d in catalogue().unwrap().iter().filter(|d| d.dimensions.contains(&Dimension::Project)) {
            let answer = answer(&session, &question(&d.name, Some(Dimension::Project))).await;
            let whole = answer.overall.unwrap();
            for group in &answer.groups {
                // A group's own rows, by a filter that joins nothing.
                let mut alone = question(&d.name, None);
                alone.filter.projects = vec![group.key.clone().unwrap_or_else(|| NONE.to_owned())];
                let alone = self::answer(&session, &alone).await.groups.remove(0);
                assert_eq!(
                    (&group.total, &group.points),
                    (&alone.total, &alone.points),
                    "{} of {:?} of seed {seed}",
                    d.name,
                    group.key
                );
            }
            let [n, open, excluded, ..] = sum(answer.groups.iter().map(|g| &g.total), d.kind);
            let [all, all_open, all_excluded, ..] = parts(&whole, d.kind);
            assert!(n >= all && open >= all_open && excluded >= all_excluded, "{} of seed {seed}", d.name);
        }
    }
}

#[tokio::test]
async fn what_has_a_label_and_what_has_none_are_together_all_that_there_is() {
    for seed in seeds(29) {
        let session = session(&generated(seed));
        let of_each = |d: &&Definition| {
            matches!(d.subject, Some(Subject::WorkItem | Subject::PullRequest | Subject::Review | Subject::Change))
        };
        for d in catalogue().unwrap().iter().filter(of_each) {
            let total = async |labels: &[&str]| {
                let mut of = question(&d.name, None);
                of.filter.labels = labels.iter().map(|label| (*label).to_owned()).collect();
                parts(&answer(&session, &of).await.groups.remove(0).total, d.kind)
            };
            let (with, without) = (total(&["x"]).await, total(&[NONE]).await);
            let both: [f64; 5] = std::array::from_fn(|i| with[i] + without[i]);
            assert_eq!(both, total(&[]).await, "{} of seed {seed}", d.name);
        }
    }
}

#[tokio::test]
async fn what_happened_long_before_changes_no_figure_of_the_span() {
    const LONG: i64 = 400 * 86_400_000_000;
    for seed in seeds(23) {
        let rows = generated(seed);
        let before = rows.iter().cloned().map(|mut row| {
            for column in ["id", "work_item_id", "pull_request_id", "sprint_id"] {
                if let Some(id) = row.text(column).map(|id| format!("before {id}")) {
                    row.put(column, Value::from(id));
                }
            }
            for column in row.entity().columns().filter(|c| c.kind == ColumnKind::Time && c.name != "deleted_at") {
                // What no time is known of is of every span.
                let time = match row.get(column.name) {
                    Value::Time(time) => *time,
                    _ => at("2026-03-01T00:00:00Z"),
                };
                row.put(column.name, Value::Time(time - LONG));
            }
            row
        });
        let [more, rows] = [rows.iter().cloned().chain(before).collect(), rows].map(|rows: Vec<Row>| session(&rows));
        for d in catalogue().unwrap() {
            let figures = async |session: &Session| {
                let group = answer(session, &question(&d.name, None)).await.groups.remove(0);
                (group.total, group.points)
            };
            assert_eq!(figures(&more).await, figures(&rows).await, "{} of seed {seed}", d.name);
        }
    }
}

#[tokio::test]
async fn neither_the_order_of_rows_nor_those_of_others_change_a_figure() {
    for seed in seeds(11) {
        let rows = generated(seed);
        let turned: Vec<_> = rows.iter().rev().cloned().collect();
        let others = rows.iter().cloned().map(|mut row| {
            let of = ["repository_id", "project_id", "team_id"].map(|c| (c, Value::from("other")));
            let keys = ["id", "work_item_id", "sprint_id"].map(|c| (c, Value::from("other")));
            for (column, value) in of.into_iter().chain(keys) {
                if row.entity().column(column).is_some() {
                    row.put(column, value);
                }
            }
            row
        });
        let more: Vec<_> = rows.iter().cloned().chain(others).collect();
        let [rows, turned, more] = [rows, turned, more].map(|rows| session(&rows));
        for d in catalogue().unwrap() {
            let mut of = question(&d.name, None);
            of.filter.repositories = vec!["r1".into(), "r2".into()];
            let expected = answer(&rows, &of).await;
            assert_eq!(
                answer(&turned, &of).await.groups,
                expected.groups,
                "{} in another order, of seed {seed}",
                d.name
            );
            assert_eq!(answer(&more, &of).await.groups, expected.groups, "{} beside others, of seed {seed}", d.name);
        }
    }
}

#[tokio::test]
async fn evidence_has_as_many_rows_as_the_figure_says() {
    for seed in seeds(13) {
        let session = session(&generated(seed));
        for d in catalogue().unwrap() {
            let of = question(&d.name, None);
            let total = answer(&session, &of).await.groups.remove(0).total;
            let rows = evidence(&session, &of, &berlin(), now()).await.unwrap();
            let (mut counted, mut open, mut excluded) = (0, 0, 0);
            for batch in rows.try_collect::<Vec<RecordBatch>>().await.unwrap() {
                let flag = |name: &str| batch.column_by_name(name).unwrap().as_boolean().clone();
                let out = batch.column_by_name("excluded").unwrap();
                counted += flag("counted").true_count() as i64;
                excluded += (batch.num_rows() - out.null_count()) as i64;
                open += (0..batch.num_rows()).filter(|i| flag("open").value(*i) && out.is_null(*i)).count() as i64;
                assert_eq!(batch.column_by_name("subject_id").unwrap().null_count(), 0, "{} of seed {seed}", d.name);
            }
            assert_eq!((counted, open, excluded), (total.n, total.open, total.excluded), "{} of seed {seed}", d.name);
        }
    }
}
