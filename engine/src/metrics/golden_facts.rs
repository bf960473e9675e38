//! Facts as small tables of text, and figures as lines of text: so that a case can be computed by hand and read at a glance.

use super::tests::{answer, at, entity, question};
use super::*;
use crate::entities::Kind as Column;
use crate::row::{Row, Value};
use crate::session::Session;

/// The rows of a table. The first line names columns, each line after it has one row; `-` is NULL. Times are of 2026, in UTC.
pub(super) fn facts(path: &str, text: &str) -> Vec<Row> {
    let entity = entity(path);
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let columns: Vec<_> = lines.next().unwrap().split_whitespace().collect();
    lines
        .map(|line| {
            let values: Vec<_> = line.split_whitespace().collect();
            assert_eq!(values.len(), columns.len(), "{path}: {line}");
            let mut row = Row::new(entity);
            for column in entity.columns() {
                let given = columns.iter().position(|c| *c == column.name).map(|i| values[i]);
                let value = match given {
                    Some("-") => Value::Null,
                    Some(given) => value(column.kind, given),
                    None if column.required => value(column.kind, "0"),
                    None => Value::Null,
                };
                row.put(column.name, value);
            }
            assert!(columns.iter().all(|c| entity.column(c).is_some()), "{path}: {columns:?}");
            row
        })
        .collect()
}

fn value(kind: Column, text: &str) -> Value {
    match kind {
        // A word may stand for a text with blanks.
        Column::Text => Value::Text(text.replace('_', " ")),
        Column::TextList => Value::Texts(text.split(',').map(str::to_owned).collect()),
        Column::Bool => Value::Bool(text == "yes"),
        Column::Int => Value::Int(text.parse().unwrap()),
        Column::Float => Value::Float(text.parse().unwrap()),
        Column::Time if text == "0" => Value::Time(0),
        Column::Time => Value::Time(at(&format!("2026-{text}:00Z"))),
        Column::Date => Value::Date(text.parse().unwrap()),
    }
}

fn number(value: Option<f64>) -> String {
    value.map_or("-".into(), |value| value.to_string())
}

fn line(figure: &Figure) -> String {
    format!("{} {}/{}/{}", number(figure.value), figure.n, figure.open, figure.excluded)
}

/// A group's figures: those of its periods, and after `=` that of the whole span; each as value, n / open / excluded.
pub(super) fn told(group: &Group) -> String {
    let points: Vec<_> = group.points.iter().map(|p| line(&p.figure)).collect();
    format!("{} = {}", points.join(" | "), line(&group.total))
}

/// Holds the figures of each metric against the line that was computed by hand.
pub(super) async fn golden(session: &Session, expected: &[(&str, &str)]) {
    let mut wrong = Vec::new();
    for (metric, line) in expected {
        let answer = answer(session, &question(metric, None)).await;
        let told = told(&answer.groups[0]);
        if told != *line {
            wrong.push(format!("{metric}\n  expected {line}\n  told     {told}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
