//! What is wrong with a lake is told, and what can be made again is, by `pulse lake verify` and `pulse lake repair`.

use crate::backup::{does, repository};
use crate::commands::{err, out, pulse};
use serde_json::Value;
use std::path::Path;

/// Deletes all files of a table, and leaves its log.
fn lose(folder: &Path, table: &str) {
    let of = folder.join(".pulse/lake/tenant=local").join(table);
    let files = std::fs::read_dir(of).unwrap().map(|entry| entry.unwrap().path());
    let files: Vec<_> = files.filter(|path| path.is_file()).collect();
    assert!(!files.is_empty(), "{table}");
    files.iter().for_each(|file| std::fs::remove_file(file).unwrap());
}

fn answers(folder: &Path) -> Vec<String> {
    let tables = ["core.commits", "core.refs", "facts.deployments", "facts.changes", "facts.deployment_commits"];
    let asked = tables.map(|table| format!("SELECT * FROM {table} ORDER BY 1, 2, 3, 4"));
    asked.iter().map(|query| does(folder, &["sql", query, "--format", "json"])).collect()
}

#[test]
fn rows_that_were_lost_are_made_again_and_answer_as_before() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    repository(&here.join("code"), 1..4);
    does(here, &["sync", "code"]);
    let before = answers(here);
    let whole: Value = serde_json::from_str(&does(here, &["lake", "verify", "--all", "--json"])).unwrap();
    assert_eq!(whole["problems"], 0);
    let of = |what: &str, table: &str, column: &str| {
        let all = whole[what].as_array().unwrap();
        all.iter().find(|of| of["table"] == table && of["column"] == column).unwrap().clone()
    };
    let origins = of("origins", "core/commits", "raw");
    assert_eq!((&origins["references"], &origins["open"]), (&3.into(), &0.into()));
    let repositories = of("references", "core/commits", "repository_id");
    assert_eq!((&repositories["to"], &repositories["open"]), (&"core/repositories".into(), &0.into()));
    assert_eq!(does(here, &["lake", "repair", "--yes"]), "There is nothing to repair.\n");
    for table in ["core/commits", "facts/deployments", "facts/changes"] {
        lose(here, table);
    }
    let verified = pulse(here, &["lake", "verify"]);
    assert_eq!(verified.status.code(), Some(3));
    assert!(out(&verified).contains("core/commits/part-") && out(&verified).contains(" is missing\n"));
    assert!(err(&verified).contains("pulse lake repair"), "{}", err(&verified));
    let told = does(here, &["lake", "repair"]);
    for line in ["core/commits: take out 1 file that is lost", "core: make it again of raw", "Nothing is done yet"] {
        assert!(told.contains(line), "{line} is missing in {told}");
    }
    assert!(!pulse(here, &["sql", "SELECT title FROM core.commits"]).status.success(), "nothing is done yet");
    assert!(does(here, &["lake", "repair", "--yes"]).ends_with("Repaired.\n"));
    assert_eq!(answers(here), before);
    assert!(does(here, &["lake", "verify"]).ends_with(" tables are whole.\n"));
    assert!(does(here, &["audit", "verify"]).starts_with("1 events"), "only what was done is in the trail");
}

#[test]
fn a_table_whose_log_is_gone_is_told_and_made_again() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    repository(&here.join("code"), 1..4);
    does(here, &["sync", "code"]);
    let before = answers(here);
    std::fs::remove_dir_all(here.join(".pulse/lake/tenant=local/core/commits/_delta_log")).unwrap();
    let verified = pulse(here, &["lake", "verify"]);
    assert_eq!(verified.status.code(), Some(3), "{}", out(&verified));
    assert!(out(&verified).contains("core/commits: its log is gone"), "{}", out(&verified));
    let told = does(here, &["lake", "repair", "--yes"]);
    assert!(told.contains("core: make it again of raw") && told.ends_with("Repaired.\n"), "{told}");
    assert_eq!(answers(here), before);
    assert!(does(here, &["lake", "verify"]).ends_with(" tables are whole.\n"));
}

#[test]
fn who_meets_a_log_that_cannot_be_read_is_told_what_finds_it() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    repository(&here.join("code"), 1..3);
    does(here, &["sync", "code"]);
    let (before, log) = (answers(here), here.join(".pulse/lake/tenant=local/core/refs/_delta_log"));
    std::fs::write(log.join("00000000000000000000.json"), "{b").unwrap();
    let asked = pulse(here, &["sql", "SELECT * FROM core.refs"]);
    assert_eq!(asked.status.code(), Some(1), "{}", out(&asked));
    assert!(err(&asked).contains("`pulse lake verify` tells which table it is"), "{}", err(&asked));
    let verified = pulse(here, &["lake", "verify"]);
    assert!(out(&verified).contains("core/refs: its log cannot be read"), "{}", out(&verified));
    let repaired = pulse(here, &["lake", "repair", "--yes"]);
    assert_eq!(repaired.status.code(), Some(3));
    assert!(out(&repaired).contains("core/refs: without its log nobody knows its files: restore a backup, or end"));
    // As that says.
    std::fs::rename(log, here.join("aside")).unwrap();
    assert!(does(here, &["lake", "repair", "--yes"]).ends_with("Repaired.\n"));
    assert_eq!(answers(here), before);
}

#[test]
fn what_nothing_else_holds_is_told_and_nothing_is_made_of_what_is_left() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    repository(&here.join("code"), 1..3);
    does(here, &["sync", "code"]);
    let before = does(here, &["sql", "SELECT * FROM facts.changes ORDER BY id", "--format", "json"]);
    lose(here, "raw/git");
    lose(here, "core/commits");
    let repaired = pulse(here, &["lake", "repair", "--yes"]);
    assert_eq!(repaired.status.code(), Some(3));
    let told = out(&repaired);
    assert!(
        told.contains("raw/git: nothing else holds") && told.contains("core/commits: it is made again of raw"),
        "{told}"
    );
    assert!(err(&repaired).contains("2 tables cannot be repaired"), "{}", err(&repaired));
    assert_eq!(does(here, &["sql", "SELECT * FROM facts.changes ORDER BY id", "--format", "json"]), before);
}
