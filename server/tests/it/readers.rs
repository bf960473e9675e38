//! Files that are read by programs that are not ours: those of the lake, and answers that were downloaded.

use crate::golden::{FIGURES, Golden};
use crate::rest::{Server, run};
use serde_json::{Value, json};
use std::path::PathBuf;
use std::process::Command;

/// `make test` names the interpreter, and then it has to be there; a plain `cargo test` finds what an earlier `make test` left.
pub(crate) fn python() -> Option<PathBuf> {
    if let Some(named) = std::env::var_os("PULSE_PYTHON").map(PathBuf::from) {
        assert!(named.exists(), "PULSE_PYTHON names {}, which is not there: `make test` makes it", named.display());
        return Some(named);
    }
    std::env::home_dir().map(|home| home.join(".cache/pulse/venv/bin/python")).filter(|path| path.exists())
}

#[test]
fn polars_and_duckdb_read_the_same_figures_from_the_delta_tables() {
    let Some(python) = python() else {
        assert!(std::env::var_os("CI").is_none(), "`make test` sets PULSE_PYTHON");
        return;
    };
    let lake = Golden::lake();
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/readers/read.py");
    let (changes, deployments) = (lake.table("facts/changes"), lake.table("facts/deployments"));
    let read = Command::new(python).arg(script).args([changes, deployments]).output().unwrap();
    assert!(read.status.success(), "{}", String::from_utf8_lossy(&read.stderr));
    let read: Value = serde_json::from_slice(&read.stdout).unwrap();
    for reader in ["polars", "duckdb"] {
        for (metric, value, _) in FIGURES.into_iter().filter(|(metric, ..)| *metric != "deployment_frequency") {
            assert_eq!(read[reader][metric].as_f64(), Some(value), "{reader}: {metric}");
        }
        assert_eq!(read[reader]["deployments"], 4, "{reader}");
    }
}

#[test]
fn duckdb_and_polars_read_an_answer_that_was_downloaded_as_parquet() {
    let Some(python) = python() else {
        assert!(std::env::var_os("CI").is_none(), "`make test` sets PULSE_PYTHON");
        return;
    };
    run(async move {
        let server = Server::start().await;
        let changes = server.asks(&server.acme, "SELECT count(*) AS n FROM facts.changes").await;
        let changes: Value = changes.json().await.unwrap();
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/readers/downloaded.py");
        let from = [server.address.clone(), server.acme.clone()];
        let read = tokio::task::spawn_blocking(move || Command::new(python).arg(script).args(from).output().unwrap());
        let read = read.await.unwrap();
        assert!(read.status.success(), "{}", String::from_utf8_lossy(&read.stderr));
        let read: Value = serde_json::from_slice(&read.stdout).unwrap();
        let types = json!({
            "d": "DECIMAL(20,3)", "at": "TIMESTAMP WITH TIME ZONE", "day": "DATE", "list": "BIGINT[]",
            "s": "STRUCT(a BIGINT, b VARCHAR)", "nothing": "DECIMAL(9,2)",
        });
        assert_eq!(read["duckdb"]["types"], types);
        let at = "2026-03-29 01:59:59.999999+00";
        assert_eq!(read["duckdb"]["row"], json!(["12.345", at, "2026-02-28", "[1, NULL]", "{'a': 1, 'b': ä}", null]));
        let at = format!("{at}:00");
        assert_eq!(read["polars"]["row"], json!(["12.345", at, "2026-02-28", [1, null], {"a": 1, "b": "ä"}, null]));
        let (metric, lead, _) = FIGURES[0];
        for reader in ["duckdb", "polars"] {
            assert_eq!(read[reader][metric].as_f64(), Some(lead), "{reader}");
            assert_eq!(read[reader]["changes"], changes[0]["n"], "{reader}");
        }
    });
}
