//! Every figure is computed a second time, from the same facts, by a program that is not ours.

use super::random_tests::generated;
use super::tests::{answer, now, question, session};
use super::*;
use crate::row::{Row, Value};
use std::path::{Path, PathBuf};
use std::process::Command;

fn written(row: &Row) -> serde_json::Value {
    let value = |value: &Value| match value {
        Value::Null => serde_json::Value::Null,
        Value::Text(text) => text.as_str().into(),
        Value::Texts(texts) => texts.clone().into(),
        Value::Bool(flag) => (*flag).into(),
        Value::Int(number) | Value::Time(number) => (*number).into(),
        Value::Float(number) => (*number).into(),
        Value::Date(day) => (*day).into(),
    };
    row.entity().columns().map(|c| (c.name.to_owned(), value(row.get(c.name)))).collect()
}

fn write(folder: &Path, rows: &[Row]) {
    let mut tables = std::collections::BTreeMap::<String, String>::new();
    for row in rows {
        let table = format!("{}.{}.ndjson", row.entity().layer.name(), row.entity().name);
        *tables.entry(table).or_default() += &format!("{}\n", written(row));
    }
    for (name, text) in tables {
        std::fs::write(folder.join(name), text).unwrap();
    }
}

/// `make test` names the interpreter; any Python will do.
fn python() -> PathBuf {
    std::env::var_os("PULSE_PYTHON").map_or_else(|| "python3".into(), PathBuf::from)
}

fn near(ours: Option<f64>, theirs: &serde_json::Value) -> bool {
    match (ours, theirs.as_f64()) {
        (Some(ours), Some(theirs)) => (ours - theirs).abs() <= 1e-9 * theirs.abs().max(1.0),
        (ours, theirs) => ours.is_none() && theirs.is_none(),
    }
}

#[tokio::test]
async fn a_program_without_sql_computes_the_same_figures() {
    for seed in [1, 2, 3] {
        let folder = tempfile::tempdir().unwrap();
        let rows = generated(seed);
        write(folder.path(), &rows);
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/readers/metrics.py");
        let asked = question("throughput", None);
        let days = [asked.from.to_string(), asked.until.to_string()];
        let mut command = Command::new(python());
        command.arg(script).arg(folder.path()).args(days).args(["Europe/Berlin", &now().now().to_string()]);
        let read = command.output().unwrap();
        assert!(read.status.success(), "{}", String::from_utf8_lossy(&read.stderr));
        let read: serde_json::Value = serde_json::from_slice(&read.stdout).unwrap();
        let session = session(&rows);
        assert_eq!(read.as_object().unwrap().len(), catalogue().unwrap().len());
        let mut wrong = Vec::new();
        for d in catalogue().unwrap() {
            let group = answer(&session, &question(&d.name, None)).await.groups.remove(0);
            let figures = group.points.iter().map(|p| &p.figure).chain([&group.total]);
            let theirs = read[&d.name].as_array().unwrap();
            assert_eq!(theirs.len(), figures.clone().count());
            for (place, (ours, theirs)) in figures.zip(theirs).enumerate() {
                let counts = serde_json::json!([ours.n, ours.open, ours.excluded]);
                let same =
                    near(ours.value, &theirs[0]) && theirs.as_array().unwrap()[1..] == counts.as_array().unwrap()[..];
                if !same {
                    wrong.push(format!("{} {place}: {:?} {counts}, theirs {theirs}", d.name, ours.value));
                }
            }
        }
        assert!(wrong.is_empty(), "seed {seed}\n{}", wrong.join("\n"));
    }
}
