//! A table whose log asks for more than this version does is refused: by its readers, or by its writers alone.

use super::lake::tenant;
use super::support::*;
use pulse_engine::lake::{Lake, Options, Table, When};
use std::path::Path;

/// A table in a folder, of which each handle knows nothing of what another has seen.
fn open(folder: &Path) -> Table {
    let url = url::Url::from_file_path(folder).unwrap();
    repositories(&tenant(&Lake::open(url.as_str(), Options::default()).unwrap()))
}

async fn adds(table: &Table, id: &str) -> pulse_engine::Result<()> {
    table.append(&[batch(&[repository(id, "x", 1)])], &[], When::New).await.map(|_| ())
}

/// The next version of the table in a folder asks for these.
fn asks(folder: &Path, readers: &[&str], writers: &[&str]) {
    let log = folder.join("tenant=acme/core/repositories/_delta_log");
    let entries = std::fs::read_dir(&log).unwrap().map(|entry| entry.unwrap().path());
    let next = entries.filter(|path| path.extension().is_some_and(|is| is == "json")).count();
    let protocol = serde_json::json!({"protocol": {
        "minReaderVersion": 3, "minWriterVersion": 7, "readerFeatures": readers, "writerFeatures": writers,
    }});
    std::fs::write(log.join(format!("{next:020}.json")), protocol.to_string()).unwrap();
}

#[tokio::test]
async fn what_is_asked_of_readers_and_not_known_here_is_not_read() {
    let folder = tempfile::tempdir().unwrap();
    let table = open(folder.path());
    adds(&table, "a").await.unwrap();
    asks(folder.path(), &["deletionVectors"], &["deletionVectors"]);
    for table in [&table, &open(folder.path())] {
        assert_eq!(told(table).await, ["a=x@1"]);
    }
    // Of what nobody here has ever heard its name is told.
    for (feature, says) in
        [("typeWidening", "asks of whoever reads it for `typeWidening`"), ("ofTomorrow", "ofTomorrow")]
    {
        let asked = ["deletionVectors", feature];
        asks(folder.path(), &asked, &asked);
        for table in [&table, &open(folder.path())] {
            let refused = table.latest().await.err().unwrap().to_string();
            assert!(refused.contains(says), "{refused}");
        }
    }
}

#[tokio::test]
async fn what_is_asked_of_writers_and_not_known_here_is_read_and_not_written() {
    let folder = tempfile::tempdir().unwrap();
    let table = open(folder.path());
    adds(&table, "a").await.unwrap();
    asks(folder.path(), &["deletionVectors"], &["deletionVectors", "appendOnly", "invariants"]);
    adds(&table, "b").await.unwrap();
    // The library below could write it.
    asks(folder.path(), &["deletionVectors"], &["deletionVectors", "generatedColumns"]);
    for table in [&table, &open(folder.path())] {
        let refused = adds(table, "c").await.unwrap_err().to_string();
        assert!(refused.contains("asks of whoever writes it for `generatedColumns`"), "{refused}");
        assert_eq!(told(table).await, ["a=x@1", "b=x@1"]);
    }
}
