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
pub(crate) fn python() -> PathBuf {
    std::env::var_os("PULSE_PYTHON").map_or_else(|| "python3".into(), PathBuf::from)
}

pub(crate) fn near(ours: Option<f64>, theirs: &serde_json::Value) -> bool {
    match (ours, theirs.as_f64()) {
        (Some(ours), Some(theirs)) => (ours - theirs).abs() <= 1e-9 * theirs.abs().max(1.0),
        (ours, theirs) => ours.is_none() && theirs.is_none(),
    }
}

/// What the other program computes of the rows in a folder, in periods of that length, over the usual span.
fn computed(folder: &Path, grain: Grain) -> serde_json::Value {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/readers/metrics.py");
    let asked = question("throughput", None);
    let mut command = Command::new(python());
    command.arg(script).arg(folder).args([asked.from.to_string(), asked.until.to_string()]);
    let read = command.args(["Europe/Berlin", &now().now().to_string(), grain.name()]).output().unwrap();
    assert!(read.status.success(), "{}", String::from_utf8_lossy(&read.stderr));
    serde_json::from_slice(&read.stdout).unwrap()
}

/// What differs between a group's figures and those that the other program has.
fn differences(group: &Group, theirs: &serde_json::Value) -> Vec<String> {
    let theirs = theirs.as_array().unwrap();
    let ours: Vec<&Figure> = group.points.iter().map(|point| &point.figure).chain([&group.total]).collect();
    assert_eq!(theirs.len(), ours.len());
    let differ = ours.into_iter().zip(theirs).enumerate().filter_map(|(place, (ours, theirs))| {
        let figures = [ours.value, ours.median, ours.p90, ours.numerator, ours.denominator];
        let counts = [ours.n, ours.open, ours.excluded];
        let (of_figures, of_counts) = theirs.as_array().unwrap().split_at(figures.len());
        let same = figures.iter().zip(of_figures).all(|(ours, theirs)| near(*ours, theirs))
            && of_counts.iter().map(serde_json::Value::as_i64).eq(counts.map(Some));
        (!same).then(|| format!("{place}: {figures:?} {counts:?}, theirs {theirs}"))
    });
    differ.collect()
}

#[tokio::test]
async fn a_program_without_sql_computes_the_same_figures_whole_and_by_every_dimension() {
    let entity = super::tests::entity;
    let scope = |id: &str, project: &str, repository: &str| {
        let row = Row::new(entity("core/project_scopes")).set("id", id).set("project_id", project);
        row.set("scope_kind", "repository").set("scope_id", repository)
    };
    let project =
        |id: &str, team: &str| Row::new(entity("core/projects")).set("id", id).set("name", id).set("team_id", team);
    for (seed, grains) in [(1, [Grain::Week, Grain::Month]), (2, [Grain::Day, Grain::Week])] {
        let folder = tempfile::tempdir().unwrap();
        let mut rows = generated(seed);
        rows.extend([scope("1", "p1", "r1"), scope("2", "p2", "r1"), scope("3", "p3", "r2")]);
        rows.extend([project("p1", "t1"), project("p2", "t2"), project("p3", "t3")]);
        write(folder.path(), &rows);
        let session = session(&rows);
        for grain in grains {
            let computed = computed(folder.path(), grain);
            assert_eq!(computed.as_object().unwrap().len(), catalogue().unwrap().len());
            let (mut wrong, mut grouped) = (Vec::new(), 0);
            for d in catalogue().unwrap() {
                for by in std::iter::once(None).chain(d.dimensions.iter().copied().map(Some)) {
                    let answer = answer(&session, &Question { grain, ..question(&d.name, by) }).await;
                    let theirs = &computed[&d.name][by.map_or("nothing", Dimension::name)];
                    let empty = &computed[&d.name]["empty"];
                    for group in &answer.groups {
                        let key = group.key.as_deref().unwrap_or_default();
                        // Of what was never observed there is a group where it was deployed.
                        let differ = differences(group, theirs.get(key).unwrap_or(empty));
                        wrong.extend(differ.into_iter().map(|why| format!("{} by {by:?} `{key}` {why}", d.name)));
                        grouped += usize::from(by.is_some() && group.total.n > 0);
                    }
                    let ours = |key: &String| answer.groups.iter().any(|g| g.key.as_deref().unwrap_or_default() == key);
                    let lost = theirs.as_object().unwrap().iter().filter(|&(key, own)| own != empty && !ours(key));
                    wrong.extend(lost.map(|(key, _)| format!("{} by {by:?} lacks `{key}`", d.name)));
                }
            }
            assert!(wrong.is_empty(), "seed {seed}\n{}", wrong.join("\n"));
            assert!(grouped > 200, "only {grouped} groups had anything to count");
        }
    }
}
