//! Which columns a connector's mapper sets, and whether each has the value that it should have of a payload that others recorded.

use crate::told::Told;
use pulse_engine::entities::core;
use serde_json::Value as Json;
use std::collections::BTreeSet;
use std::path::Path;

/// What stands before the entity of a row: where one is begun, or where a file names the one that it is about.
const BEGUN: [&str; 2] = ["row(\"", "PART:(&str,&str)=(\""];

/// The columns that the mapper of a connector sets, as its own source says: `entity.column`. Of a file each belongs to the row that was
/// begun last, or else to the first.
fn mapped(connector: &str) -> BTreeSet<String> {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src").join(connector);
    let mut files = vec![source.join("mapper.rs")];
    files.extend(std::fs::read_dir(source.join("mapper")).unwrap().map(|file| file.unwrap().path()));
    let mut mapped = BTreeSet::new();
    for file in files.iter().filter(|file| !file.ends_with("tests.rs")) {
        let text = std::fs::read_to_string(file).unwrap();
        let code: String = text.split("#[cfg(test)]\nmod tests {").next().unwrap().split_whitespace().collect();
        let quoted = |at: usize| code[at..].split('"').nth(1).unwrap();
        let begun = BEGUN.iter().flat_map(|begun| code.match_indices(*begun));
        let mut rows: Vec<(usize, &str)> = begun.map(|(at, _)| (at, quoted(at))).collect();
        rows.sort_unstable();
        for (set, _) in code.match_indices(".set(\"") {
            let (_, entity) = rows.iter().rev().find(|(at, _)| *at < set).or(rows.first()).unwrap();
            mapped.insert(format!("{entity}.{}", quoted(set)));
        }
        mapped.extend(rows.iter().map(|(_, entity)| format!("{entity}.id")));
    }
    mapped
}

/// The columns of rows that were worked out by hand, as `entity.column`. Fails unless a payload became each of them, as far as it goes.
fn held(told: &[Told], rows: &[(&str, Json)]) -> BTreeSet<String> {
    let mut held = BTreeSet::new();
    for (entity, row) in rows {
        let row = row.as_object().unwrap();
        let became: Vec<Json> = told.iter().flat_map(|told| told.rows(entity)).collect();
        let is_it = |told: &Json| row.iter().all(|(column, value)| told.get(column) == Some(value));
        assert!(became.iter().any(is_it), "no payload became the row of {entity} {row:#?}, but these: {became:#?}");
        held.extend(row.keys().map(|column| format!("{entity}.{column}")));
    }
    held
}

/// Fails unless each column that the mapper sets was filled by what recorded payloads became, and has its value in `rows`, which were worked out by
/// hand; but for those of `untold`: a column, or an entity with all of its columns, and why nothing recorded fills it.
pub(crate) fn assert_held(connector: &str, told: &[Told], rows: &[(&str, Json)], untold: &[(&str, &str)]) {
    let mapped = mapped(connector);
    for column in &mapped {
        let (entity, name) = column.split_once('.').unwrap();
        assert!(core(entity).unwrap().column(name).is_some(), "there is no {column}");
    }
    let filled: BTreeSet<String> = told.iter().flat_map(Told::filled).collect();
    let unread: Vec<&String> = filled.difference(&mapped).collect();
    assert_eq!(unread, [""; 0], "the mapper's source does not say that it sets these");
    let mut excused = BTreeSet::new();
    for (name, _) in untold {
        let is_of = |column: &&String| column == name || column.split('.').next() == Some(*name);
        let before = excused.len();
        excused.extend(mapped.iter().filter(is_of).map(String::as_str));
        assert!(excused.len() > before, "the mapper sets no {name}, or it is excused twice");
    }
    let unfilled: BTreeSet<&str> = mapped.difference(&filled).map(String::as_str).collect();
    assert_eq!(unfilled, excused, "no recorded payload fills what is on the left: say why there is none");
    let held = held(told, rows);
    let unheld: BTreeSet<&str> = mapped.difference(&held).map(String::as_str).collect();
    assert_eq!(unheld, excused, "nobody worked out a value of what is on the left that a recorded payload fills");
}
