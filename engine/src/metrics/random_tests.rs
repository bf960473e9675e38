//! What holds for every metric, whatever the facts.

use super::tests::{answer, at, berlin, now, question, session};
use super::*;
use crate::entities::{CORE, Column, Entity, FACTS, Kind as ColumnKind};
use crate::row::{Row, Value};
use arrow::array::{Array as _, AsArray as _, RecordBatch};
use futures::TryStreamExt as _;

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
        ("excluded", _) if dice.roll(4) > 0 => Value::Null,
        _ if hole => Value::Null,
        ("work_item_id", _) => Value::from(format!("id-{}", dice.roll(40))),
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
    rows
}

/// One of a metric's dimensions whose groups have nothing in common, another for each metric.
fn dividing(n: usize, d: &Definition) -> Dimension {
    let dividing: Vec<_> = d.dimensions.iter().filter(|by| **by != Dimension::Project).collect();
    *dividing[n % dividing.len()]
}

#[tokio::test]
async fn groups_add_up_to_the_whole() {
    let session = session(&generated(7));
    let mut seen = 0;
    for (n, d) in catalogue().unwrap().iter().enumerate() {
        let by = dividing(n, d);
        let answer = answer(&session, &question(&d.name, Some(by))).await;
        let whole = answer.overall.unwrap();
        let sum = |of: &dyn Fn(&Figure) -> i64| answer.groups.iter().map(|g| of(&g.total)).sum::<i64>();
        assert_eq!(sum(&|f| f.n), whole.n, "{} by {}", d.name, by.name());
        assert_eq!(
            (sum(&|f| f.open), sum(&|f| f.excluded)),
            (whole.open, whole.excluded),
            "{} by {}",
            d.name,
            by.name()
        );
        if matches!(d.kind, Kind::Ratio) {
            let sum = |of: &dyn Fn(&Figure) -> f64| answer.groups.iter().map(|g| of(&g.total)).sum::<f64>();
            // All are whole numbers, which add up exactly.
            assert_eq!(sum(&|f| f.numerator.unwrap()), whole.numerator.unwrap(), "{}", d.name);
            assert_eq!(sum(&|f| f.denominator.unwrap()), whole.denominator.unwrap(), "{}", d.name);
        }
        if matches!(d.kind, Kind::Count | Kind::Level) && whole.n > 0 {
            let shares: f64 = answer.groups.iter().filter_map(|g| g.share).sum();
            assert!((shares - 1.0).abs() < 1e-12, "{}: {shares}", d.name);
        }
        seen += usize::from(whole.n > 0);
    }
    assert!(seen > catalogue().unwrap().len() * 9 / 10, "only {seen} metrics had anything to count");
}

#[tokio::test]
async fn neither_the_order_of_rows_nor_those_of_others_change_a_figure() {
    let rows = generated(11);
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
        assert_eq!(answer(&turned, &of).await.groups, expected.groups, "{} in another order", d.name);
        assert_eq!(answer(&more, &of).await.groups, expected.groups, "{} beside others", d.name);
    }
}

#[tokio::test]
async fn evidence_has_as_many_rows_as_the_figure_says() {
    let session = session(&generated(13));
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
            assert_eq!(batch.column_by_name("subject_id").unwrap().null_count(), 0, "{}", d.name);
        }
        assert_eq!((counted, open, excluded), (total.n, total.open, total.excluded), "{}", d.name);
    }
}
