//! The binary, run as a person runs it.

use crate::golden::Golden;
use std::ffi::OsStr;
use std::path::Path;
use std::process::{Command, Output, Stdio};

/// The binary that is tested.
pub(crate) const PULSE: &str = env!("CARGO_BIN_EXE_pulse");

/// Runs `pulse` in a folder of its own, with no settings from outside.
pub(crate) fn pulse(folder: &Path, args: &[&str]) -> Output {
    by(PULSE.as_ref(), folder, args)
}

/// Runs a binary of Pulse, perhaps of another version, as [`pulse`].
pub(crate) fn by(program: &OsStr, folder: &Path, args: &[&str]) -> Output {
    let mut command = Command::new(program);
    command.args(args).current_dir(folder).env_remove("PULSE_LAKE").stdin(Stdio::null());
    command.output().unwrap()
}

pub(crate) fn out(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

pub(crate) fn err(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}

#[test]
fn help_names_every_command_and_the_exit_codes() {
    let help = pulse(folder().path(), &["--help"]);
    assert_eq!(help.status.code(), Some(0));
    let text = out(&help);
    for name in ["dora", "sync", "push", "map", "model", "sql", "lake", "serve", "demo", "completions", "Exit codes"] {
        assert!(text.contains(name), "{name} is missing in\n{text}");
    }
}

#[test]
fn an_option_that_does_not_exist_is_code_2() {
    let wrong = pulse(folder().path(), &["dora", "--fast"]);
    assert_eq!(wrong.status.code(), Some(2));
    assert!(err(&wrong).contains("--fast") && wrong.stdout.is_empty());
}

#[test]
fn a_time_zone_that_does_not_exist_is_code_2_and_says_what_one_looks_like() {
    let wrong = pulse(folder().path(), &["--time-zone", "Mars/Olympus", "sql", "SELECT 1"]);
    assert_eq!(wrong.status.code(), Some(2));
    assert!(err(&wrong).contains("Europe/Berlin"), "{}", err(&wrong));
}

#[test]
fn a_folder_that_is_no_repository_is_code_3_and_leaves_no_lake_behind() {
    let folder = folder();
    let plain = folder.path().join("plain");
    std::fs::create_dir(&plain).unwrap();
    let wrong = pulse(folder.path(), &["sync", "plain"]);
    assert_eq!(wrong.status.code(), Some(3), "{}", err(&wrong));
    assert!(err(&wrong).starts_with("error: ") && err(&wrong).contains("plain"), "{}", err(&wrong));
    assert!(!folder.path().join(".pulse").exists());
}

#[test]
fn a_folder_that_is_not_there_is_an_error_that_names_it() {
    let wrong = pulse(folder().path(), &["dora", "nowhere"]);
    assert_ne!(wrong.status.code(), Some(0));
    assert!(err(&wrong).contains("nowhere"), "{}", err(&wrong));
}

#[test]
fn a_report_on_an_empty_lake_is_code_3_and_says_how_to_fill_it() {
    let empty = pulse(folder().path(), &["--lake", "memory://", "dora"]);
    assert_eq!(empty.status.code(), Some(3), "{}", err(&empty));
    assert!(err(&empty).contains("pulse sync"), "{}", err(&empty));
}

#[test]
fn a_query_is_written_in_the_format_asked_for() {
    let query = "SELECT 1 AS one, 'a' AS letter";
    let written = |format: &str| out(&Golden::lake().pulse(&["sql", "--format", format, query]));
    assert_eq!(written("csv"), "one,letter\n1,a\n");
    assert_eq!(written("json"), "[{\"one\":1,\"letter\":\"a\"}]\n");
    assert_eq!(written("ndjson"), "{\"one\":1,\"letter\":\"a\"}\n");
    assert!(written("table").contains("| 1   | a      |"), "{}", written("table"));
}

#[test]
fn a_query_that_fails_leaves_no_file_behind() {
    let folder = folder();
    let file = folder.path().join("rows.csv");
    let args = ["sql", "--output", file.to_str().unwrap(), "--format", "csv", "SELECT nothing FROM nowhere"];
    let wrong = Golden::lake().pulse(&args);
    assert_eq!(wrong.status.code(), Some(2), "{}", err(&wrong));
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn a_statement_that_writes_is_refused() {
    let wrong = Golden::lake().pulse(&["sql", "CREATE TABLE t AS SELECT 1"]);
    assert_eq!(wrong.status.code(), Some(2), "{}", err(&wrong));
}

#[test]
fn a_misspelt_setting_is_code_2_with_its_file() {
    let folder = folder();
    std::fs::write(folder.path().join("pulse.toml"), "timezone = \"UTC\"\n").unwrap();
    let wrong = pulse(folder.path(), &["map"]);
    assert_eq!(wrong.status.code(), Some(2));
    assert!(err(&wrong).contains("pulse.toml") && err(&wrong).contains("timezone"), "{}", err(&wrong));
}

#[test]
fn a_reader_that_leaves_early_is_no_error() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pulse"));
    let query = "SELECT value FROM generate_series(1, 500000)";
    command.args(["--lake", &Golden::lake().url(), "--tenant", "acme", "sql", "--format", "csv", query]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let done = child.wait_with_output().unwrap();
    assert_eq!((done.status.code(), err(&done).as_str()), (Some(0), ""));
}

#[test]
fn completions_are_written_for_a_shell() {
    let script = out(&pulse(folder().path(), &["completions", "bash"]));
    assert!(script.contains("_pulse()"), "{}", &script[..script.len().min(200)]);
}

#[test]
fn a_repository_in_which_nothing_stands_for_a_deployment_is_code_3_and_says_what_would() {
    let folder = folder();
    let git = |args: &[&str]| {
        let mut command = Command::new("git");
        command.current_dir(folder.path()).args(["-c", "user.name=a", "-c", "user.email=a@example.com"]).args(args);
        assert!(command.output().unwrap().status.success(), "{args:?}");
    };
    git(&["init", "--initial-branch", "main", "shop"]);
    git(&["-C", "shop", "commit", "--allow-empty", "--message", "Begin"]);
    git(&["-C", "shop", "tag", "release-1.0"]);
    let wrong = pulse(folder.path(), &["dora", "shop"]);
    assert_eq!(wrong.status.code(), Some(3), "{}", err(&wrong));
    let said = err(&wrong);
    assert!(said.contains("`release-*` would match 1") && said.contains("--deployments PATTERN"), "{said}");
    assert!(!folder.path().join(".pulse").exists());

    // Its deployments may come from elsewhere, so a sync is fine, and the report says what is missing.
    let synced = pulse(folder.path(), &["sync", "shop"]);
    assert_eq!(synced.status.code(), Some(0), "{}", err(&synced));
    assert!(err(&synced).contains("`release-*` would match 1"), "{}", err(&synced));
    let empty = pulse(folder.path(), &["dora"]);
    assert_eq!(empty.status.code(), Some(3), "{}", err(&empty));
    assert!(err(&empty).contains("--deployments"), "{}", err(&empty));

    let right = pulse(folder.path(), &["dora", "shop", "--deployments", "release-*"]);
    assert_eq!(right.status.code(), Some(0), "{}", err(&right));
    assert!(out(&right).contains("deployments that stand for tags: 1"), "{}", out(&right));
}
