//! What DuckDB makes of the same payloads: Parquet, as wide as it finds them, on one thread.

use crate::payloads::{Pages, read, vendors};
use pulse_benches::Fallible;
use pulse_engine::land::SETTINGS;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::Path;
use std::process::Command;

/// What `ingest.py` tells.
#[derive(Debug, Deserialize)]
pub(crate) struct Told {
    /// Each stream of a vendor's, by the names of both.
    pub(crate) files: BTreeMap<String, Made>,
}

/// What it made of one stream.
#[derive(Clone, Copy, Debug, Deserialize)]
pub(crate) struct Made {
    /// How many bytes it read.
    bytes: u64,
    /// How many rows it wrote.
    rows: u64,
    /// The seconds of processor time that it took, by the compression.
    snappy: f64,
    zstd: f64,
}

impl Made {
    /// Megabytes a second of processor time, compressed by snappy and by zstd.
    pub(crate) fn rates(self) -> [f64; 2] {
        rates(self.bytes, [self.snappy, self.zstd])
    }
}

impl Told {
    /// The same of all streams together.
    pub(crate) fn rates(&self) -> [f64; 2] {
        let seconds = |of: fn(&Made) -> f64| self.files.values().map(of).sum::<f64>();
        let bytes = self.files.values().map(|made| made.bytes).sum();
        rates(bytes, [seconds(|made| made.snappy), seconds(|made| made.zstd)])
    }

    /// How what we landed of each stream differs from what it read: as many payloads as it has rows are the same.
    pub(crate) fn difference(&self, landed: &BTreeMap<String, u64>) -> Option<String> {
        let rows: BTreeMap<String, u64> = self.files.iter().map(|(stream, made)| (stream.clone(), made.rows)).collect();
        (rows != *landed).then(|| format!("{landed:?} were landed, and DuckDB has {rows:?}"))
    }
}

fn rates(bytes: u64, seconds: [f64; 2]) -> [f64; 2] {
    seconds.map(|seconds| bytes as f64 / 1e6 / seconds)
}

/// Has it read so many bytes of what a vendor tells, or all of them: the very payloads that [`crate::run::here`] lands.
pub(crate) fn beside(templates: &Path, connector: &str, bytes: u64) -> Fallible<Told> {
    let folder = tempfile::tempdir()?;
    let mut files: BTreeMap<String, BufWriter<File>> = BTreeMap::new();
    let vendors = vendors(connector);
    for vendor in &vendors {
        let templates = read(templates, vendor)?;
        let mut pages = Pages::new(&templates, bytes / vendors.len() as u64);
        while let Some(page) = pages.next()? {
            for payload in page.payloads.into_iter().filter(|payload| payload.stream != SETTINGS) {
                let name = format!("{vendor} {}", payload.stream);
                let file = match files.entry(name.clone()) {
                    Entry::Occupied(file) => file.into_mut(),
                    Entry::Vacant(file) => {
                        file.insert(BufWriter::new(File::create(folder.path().join(format!("{name}.ndjson")))?))
                    }
                };
                writeln!(file, "{}", payload.body)?;
            }
        }
    }
    for mut file in files.into_values() {
        file.flush()?;
    }
    let python = std::env::var("PULSE_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("ingest.py");
    let output = Command::new(python).arg(script).arg(folder.path()).output()?;
    if !output.status.success() {
        return Err(format!("DuckDB failed: {}", String::from_utf8_lossy(&output.stderr)).into());
    }
    Ok(serde_json::from_slice(&output.stdout)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_it_tells_comes_to_rates_and_is_held_against_what_was_landed() {
        let told: Told = serde_json::from_str(
            r#"{"version": "2", "files": {
                "github issues": {"bytes": 6000000, "rows": 3, "snappy": 1.0, "zstd": 2.0},
                "jira issues": {"bytes": 2000000, "rows": 4, "snappy": 1.0, "zstd": 2.0}
            }}"#,
        )
        .unwrap();
        assert_eq!(told.rates(), [4.0, 2.0]);
        assert_eq!(told.files["jira issues"].rates(), [2.0, 1.0]);

        let mut landed = BTreeMap::from([("github issues".to_owned(), 3), ("jira issues".to_owned(), 4)]);
        assert_eq!(told.difference(&landed), None);
        landed.insert("jira issues".to_owned(), 5);
        assert!(told.difference(&landed).unwrap().contains(r#""jira issues": 5} were landed"#));
        landed.remove("jira issues");
        assert!(told.difference(&landed).is_some(), "a stream that was not landed is a difference");
    }
}
