//! A table whose log asks for more than this version does is refused: by its readers, or by its writers alone.

use super::lake::{long_ago, tenant};
use super::support::*;
use pulse_engine::lake::{Lake, Options, Table, When};
use std::path::{Path, PathBuf};

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

/// The files below a folder, log and all, in order.
fn files(folder: &Path) -> Vec<PathBuf> {
    let (mut found, mut folders) = (Vec::new(), vec![folder.to_owned()]);
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { folders.push(path) } else { found.push(path) }
        }
    }
    found.sort();
    found
}

#[tokio::test]
async fn what_is_asked_of_writers_and_not_known_here_is_not_vacuumed_nor_compacted() {
    let folder = tempfile::tempdir().unwrap();
    let url = url::Url::from_file_path(folder.path()).unwrap();
    let table = repositories(&tenant(&Lake::open(url.as_str(), long_ago()).unwrap()));
    adds(&table, "a").await.unwrap();
    // The file of the row before it left the table long ago.
    table.upsert(&batch(&[repository("a", "y", 2)]), &[], When::New).await.unwrap();
    adds(&table, "b").await.unwrap();
    asks(folder.path(), &["deletionVectors"], &["deletionVectors", "generatedColumns"]);
    let there = files(folder.path());
    let vacuumed = table.vacuum(24, false).await.unwrap();
    assert_eq!((vacuumed.files, vacuumed.dry_run), (vec![], false));
    let refused = table.compact().await.unwrap_err().to_string();
    assert!(refused.contains("asks of whoever writes it for `generatedColumns`"), "{refused}");
    let change = batch(&[repository("a", "z", 3)]);
    assert!(table.upsert(&change, &[], When::New).await.is_err());
    assert!(adds(&table, "c").await.is_err());
    assert_eq!(files(folder.path()), there, "nothing is written for it, nor deleted");
    // Whoever only looks writes nothing.
    assert_eq!(table.vacuum(24, true).await.unwrap().files.len(), 1);
    assert_eq!(files(folder.path()), there);
    assert_eq!(told(&table).await, ["a=y@2", "b=x@1"]);
    // Once it asks for no more than is done here, what left it goes.
    asks(folder.path(), &["deletionVectors"], &["deletionVectors"]);
    assert_eq!(table.vacuum(24, false).await.unwrap().files.len(), 1);
    assert_eq!(told(&table).await, ["a=y@2", "b=x@1"]);
}
