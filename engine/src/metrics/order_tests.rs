//! The same rows make the same figures to the last bit, however they are spread over files and threads.

use super::random_tests::{Dice, generated};
use super::tests::{answer, berlin, now, question, session};
use super::*;
use crate::Policy;
use crate::entities::{CORE, FACTS, Kind as ColumnKind};
use crate::policy::Named;
use crate::row::{self, Row, Value};
use crate::session::{Limits, Session};
use datafusion::catalog::MemTable;
use datafusion::execution::runtime_env::RuntimeEnvBuilder;
use std::sync::Arc;

/// Rows whose numbers are no whole ones: times to the microsecond, estimates to the tenth.
fn fractions(seed: u64) -> Vec<Row> {
    let mut dice = Dice(seed);
    let mut rows = generated(seed);
    for row in &mut rows {
        for column in row.entity().columns().filter(|column| column.kind == ColumnKind::Float) {
            if *row.get(column.name) != Value::Null {
                let micros = dice.roll(1_000_000_000) as f64;
                let number = if column.name == "points" { (micros % 100.0) / 10.0 } else { micros / 1e6 };
                row.put(column.name, Value::Float(number));
            }
        }
    }
    rows
}

/// The rows in another order, a few at a time, in three partitions.
fn scattered(rows: &[Row], seed: u64) -> Session {
    let mut dice = Dice(seed);
    let mut tables: Vec<Named> = Vec::new();
    for entity in CORE.iter().chain(FACTS).copied() {
        let mut own: Vec<Row> = rows.iter().filter(|row| std::ptr::eq(row.entity(), entity)).cloned().collect();
        for last in (1..own.len()).rev() {
            own.swap(last, dice.roll(last as u64 + 1) as usize);
        }
        let mut partitions = vec![Vec::new(); 3];
        for some in own.chunks(5) {
            let place = dice.roll(3) as usize;
            partitions[place].push(row::batch(entity, some).unwrap());
        }
        let table = MemTable::try_new(entity.schema(), partitions).unwrap();
        tables.push((entity.layer.name(), entity.name.to_owned(), Arc::new(table)));
    }
    let env = Arc::new(RuntimeEnvBuilder::new().build().unwrap());
    Session::build(tables, env, Limits::default(), &Policy::everything()).unwrap()
}

#[tokio::test]
async fn sums_behind_ratios_are_the_same_in_whatever_order_rows_come() {
    let mut fractional = 0;
    for seed in [31, 37] {
        let rows = fractions(seed);
        let whole = session(&rows);
        let spread = [1, 2, 3].map(|order| scattered(&rows, seed * 100 + order));
        for d in catalogue().unwrap().iter().filter(|d| d.kind == Kind::Ratio) {
            for by in [None, Some(Dimension::OwningTeam)] {
                let expected = answer(&whole, &question(&d.name, by)).await.groups;
                for session in &spread {
                    assert_eq!(answer(session, &question(&d.name, by)).await.groups, expected, "{} by {by:?}", d.name);
                }
                let sums = expected.iter().filter_map(|group| group.total.numerator);
                fractional += sums.filter(|sum| sum.fract() != 0.0).count();
            }
        }
        let span = ("2026-03-23".parse().unwrap(), "2026-04-20".parse().unwrap());
        let expected = littles_law(&whole, span, &Filter::default(), &berlin(), now()).await.unwrap();
        assert!(expected.cycle_seconds.is_some_and(|mean| mean.fract() != 0.0), "{expected:?}");
        for session in &spread {
            assert_eq!(littles_law(session, span, &Filter::default(), &berlin(), now()).await.unwrap(), expected);
        }
    }
    assert!(fractional > 10, "only {fractional} sums are no whole numbers");
}

#[tokio::test]
async fn medians_counts_levels_and_ages_are_the_same_in_whatever_order_rows_come() {
    let rows = fractions(41);
    let whole = session(&rows);
    let spread = [1, 2].map(|order| scattered(&rows, 4_100 + order));
    let mut counted = 0;
    for d in catalogue().unwrap().iter().filter(|d| d.kind != Kind::Ratio) {
        for by in [None, Some(Dimension::Repository)] {
            let expected = answer(&whole, &question(&d.name, by)).await.groups;
            for session in &spread {
                assert_eq!(answer(session, &question(&d.name, by)).await.groups, expected, "{} by {by:?}", d.name);
            }
            counted += expected.iter().filter(|group| group.total.n > 0).count();
        }
    }
    assert!(counted > 50, "only {counted} groups had anything to count");
}

#[tokio::test]
async fn parts_are_added_as_the_decimals_that_they_are() {
    let item = |n: usize, active: f64, waiting: f64| {
        let row = Row::new(super::tests::entity("facts/work_items")).set("id", format!("i{n}")).set("level", "item");
        let row = row.set("created_at", Value::Time(super::tests::at("2026-04-01T10:00:00Z")));
        let row = row.set("done_at", Value::Time(super::tests::at("2026-04-02T10:00:00Z"))).set("is_done", true);
        row.set("started_at", Value::Time(super::tests::at("2026-04-01T10:00:00Z")))
            .set("active_seconds", active)
            .set("waiting_seconds", waiting)
    };
    let items: Vec<Row> = (0..10).map(|n| item(n, 0.1, 0.2)).collect();
    let total = answer(&session(&items), &question("flow_efficiency", None)).await.groups.remove(0).total;
    // Ten floats of 0.1 add up to 0.9999999999999999.
    assert_eq!((total.numerator, total.n), (Some(1.0), 10));
    assert_eq!((total.denominator, total.value), (Some(3.0), Some(1.0 / 3.0)));
}
