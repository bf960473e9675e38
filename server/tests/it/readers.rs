//! The figures from the files alone, read by programs that are not ours.

use crate::golden::{FIGURES, Golden};
use serde_json::Value;
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
