//! The commands that look after a lake, fill it and write it out, at the command line.

use crate::commands::{err, out, pulse};
use crate::golden::Golden;
use serde_json::Value;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::sync::atomic::{AtomicU16, Ordering};

/// A command that has to go well.
fn done(folder: &Path, args: &[&str]) -> String {
    let output = pulse(folder, args);
    assert_eq!(output.status.code(), Some(0), "{args:?}: {}", err(&output));
    out(&output)
}

/// Runs a command that reads `text` from standard input.
fn fed(folder: &Path, args: &[&str], text: &str) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pulse"));
    command.args(args).current_dir(folder).env_remove("PULSE_LAKE");
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    child.wait_with_output().unwrap()
}

#[test]
fn rows_and_questions_come_from_standard_input() {
    let folder = tempfile::tempdir().unwrap();
    let row = "{\"id\":\"push:x:1\",\"name\":\"one\"}\n";
    let pushed = fed(folder.path(), &["push", "--name", "x", "--format", "ndjson", "repositories", "-"], row);
    assert_eq!(out(&pushed), "repositories: 1 of 1 rows landed\n", "{}", err(&pushed));
    let untold = fed(folder.path(), &["push", "repositories", "-"], row);
    assert_eq!(untold.status.code(), Some(2));
    assert!(err(&untold).contains("--format"), "{}", err(&untold));
    let asked = fed(folder.path(), &["sql", "--format", "csv", "-"], "SELECT name FROM core.repositories");
    assert_eq!(out(&asked), "name\none\n", "{}", err(&asked));
}

#[test]
fn a_lake_is_compacted_cleaned_mapped_and_modelled_again_and_answers_the_same() {
    let folder = tempfile::tempdir().unwrap();
    for i in 1..=3 {
        let row = format!("{{\"id\":\"push:x:{i}\",\"name\":\"number {i}\"}}\n");
        std::fs::write(folder.path().join("rows.ndjson"), row).unwrap();
        done(folder.path(), &["push", "--name", "x", "repositories", "rows.ndjson"]);
    }
    let names = || done(folder.path(), &["sql", "--format", "csv", "SELECT name FROM core.repositories ORDER BY name"]);
    let before = names();
    assert_eq!(before, "name\nnumber 1\nnumber 2\nnumber 3\n");
    let compacted = done(folder.path(), &["lake", "compact"]);
    assert!(
        compacted.contains("raw/push: 3 files became 1 (3 rows)") && compacted.ends_with("Compact.\n"),
        "{compacted}"
    );
    let dry = done(folder.path(), &["lake", "vacuum", "--hours", "24", "--dry-run"]);
    assert!(dry.ends_with("files would be deleted\n"), "{dry}");
    let close = pulse(folder.path(), &["lake", "vacuum", "--hours", "1"]);
    assert_eq!(close.status.code(), Some(2));
    assert!(err(&close).contains("24 hours"), "{}", err(&close));
    assert!(done(folder.path(), &["lake", "vacuum"]).ends_with("0 files deleted\n"));
    assert!(done(folder.path(), &["map", "--replay"]).starts_with("3 payloads mapped\n"));
    assert_eq!(done(folder.path(), &["model"]), "The facts are up to date.\n");
    assert!(done(folder.path(), &["lake", "verify"]).ends_with("tables are whole.\n"));
    assert_eq!(names(), before);
}

#[test]
fn parquet_and_arrow_are_written_to_files_and_into_pipes() {
    let folder = tempfile::tempdir().unwrap();
    let query = "SELECT id, commits FROM facts.deployments ORDER BY id";
    let file = folder.path().join("rows.parquet");
    let written = Golden::lake().pulse(&["sql", "--format", "parquet", "--output", file.to_str().unwrap(), query]);
    assert_eq!(written.status.code(), Some(0), "{}", err(&written));
    let bytes = std::fs::File::open(&file).unwrap();
    let builder = parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder::try_new(bytes).unwrap();
    let parquet: Vec<_> = builder.build().unwrap().map(Result::unwrap).collect();
    let piped = Golden::lake().pulse(&["sql", "--format", "arrow", query]).stdout;
    let arrow: Vec<_> =
        arrow::ipc::reader::StreamReader::try_new(piped.as_slice(), None).unwrap().map(Result::unwrap).collect();
    assert_eq!(parquet.iter().map(|batch| batch.num_rows()).sum::<usize>(), 4);
    assert_eq!(parquet[0].columns(), arrow[0].columns());
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
}

/// A port that is free, and the one after it, too. They are of those that no system gives to connections of its own, and given to one test
/// alone: what is found free stays so until it is listened on, and while whoever listens there is started anew.
pub(crate) fn free_port() -> u16 {
    static GIVEN: AtomicU16 = AtomicU16::new(0);
    let begin = std::process::id() % 7_500;
    let next = || {
        let pair = begin + u32::from(GIVEN.fetch_add(1, Ordering::Relaxed));
        u16::try_from(15_000 + pair % 7_500 * 2).unwrap()
    };
    let is_free = |port: u16| std::net::TcpListener::bind(("127.0.0.1", port)).is_ok();
    (0..1_000).map(|_| next()).find(|port| is_free(*port) && is_free(port + 1)).unwrap()
}

/// How many records a run of `pulse demo` told of a tenant.
fn new_records(told: &str, tenant: &str) -> u64 {
    let line = told.lines().find_map(|line| line.strip_prefix(&format!("{tenant}: "))).unwrap();
    line.split(' ').next().unwrap().parse().unwrap()
}

#[test]
fn the_samples_are_called_so_go_on_where_they_were_and_have_data_for_all_that_is_shown() {
    let folder = tempfile::tempdir().unwrap();
    let port = free_port().to_string();
    let first = done(folder.path(), &["demo", "--port", &port]);
    assert!(first.contains("pulse --tenant demo dora"), "{first}");
    let report = done(folder.path(), &["--tenant", "demo", "dora", "--by", "repository"]);
    assert!(report.starts_with("DORA metrics of tenant demo (a made-up sample)"), "{report}");
    assert_eq!(report.matches("\n== ").count(), 5, "{report}");
    for (tenant, repositories) in [("demo", 5), ("demo-bank", 3)] {
        let asked = ["--tenant", tenant, "dora", "--by", "repository", "--grain", "month", "--json"];
        let json: Value = serde_json::from_str(&done(folder.path(), &asked)).unwrap();
        assert_eq!((&json["sample"], &json["grain"]), (&true.into(), &"month".into()));
        assert_eq!(json["metrics"][0]["groups"].as_array().unwrap().len(), repositories);
        let whole: Value = serde_json::from_str(&done(folder.path(), &["--tenant", tenant, "dora", "--json"])).unwrap();
        for metric in whole["metrics"].as_array().unwrap() {
            assert!(metric["groups"][0]["total"]["value"].is_number(), "{tenant}: {metric}");
        }
        let counts = "SELECT (SELECT count(*) FROM core.work_items WHERE connection = 'jira:tickets') AS tickets,
            (SELECT count(in_p85) FROM facts.forecasts WHERE subject_kind = 'sprint') AS scored,
            (SELECT count(*) FROM facts.incidents WHERE deployment_id IS NOT NULL) AS linked,
            (SELECT count(*) FROM core.team_members) AS members";
        let counts = done(folder.path(), &["--tenant", tenant, "sql", "--format", "json", counts]);
        let counts: Value = serde_json::from_str(&counts).unwrap();
        for what in ["tickets", "scored", "linked", "members"] {
            assert!(counts[0][what].as_i64().unwrap() > 5, "{tenant}: {counts}");
        }
    }
    let again = done(folder.path(), &["demo", "--port", &port]);
    for tenant in ["demo", "demo-bank"] {
        assert!(new_records(&again, tenant) * 20 < new_records(&first, tenant), "{first}{again}");
    }
    // Nothing of it is in the tenant that people keep their own in.
    assert_eq!(pulse(folder.path(), &["dora"]).status.code(), Some(3));
}

#[test]
fn a_grain_or_dimension_that_does_not_exist_is_code_2_and_names_those_that_do() {
    let folder = tempfile::tempdir().unwrap();
    for (option, told) in [("--grain", "day, week, month"), ("--by", "repository, project, team")] {
        let wrong = pulse(folder.path(), &["dora", option, "hour"]);
        assert_eq!(wrong.status.code(), Some(2));
        assert!(err(&wrong).contains(told), "{}", err(&wrong));
    }
}
