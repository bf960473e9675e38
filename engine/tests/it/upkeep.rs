//! Compaction, vacuum and checkpoints: what keeps a table small and quick changes nothing of what it says.

use super::lake::{long_ago, memory, small_files, tenant};
use super::support::*;
use object_store::ObjectStoreExt as _;
use object_store::path::Path;
use pulse_engine::Error;
use pulse_engine::lake::{Lake, Options, Progress, TenantLake, When};
use pulse_engine::row::Row;

pub(crate) async fn compaction_keeps_every_row_and_the_order(lake: &TenantLake) {
    let table = repositories(lake);
    for n in 0..13 {
        let id = format!("r{:02}", (n * 5) % 13);
        table.append(&[batch(&[repository(&id, "x", n)])], &[], When::New).await.unwrap();
    }
    let before = told(&table).await;
    let done = table.compact().await.unwrap();
    assert_eq!((done.files_before, done.files_after, done.rows), (13, 4, 13));
    assert_eq!(told(&table).await, before);
    let snapshot = table.latest().await.unwrap().unwrap();
    let mut ids = Vec::new();
    for file in snapshot.files() {
        let batches: Vec<arrow::array::RecordBatch> = futures::TryStreamExt::try_collect(
            snapshot.read(Some(&["id"]), Some(std::slice::from_ref(file)), &[]).await.unwrap(),
        )
        .await
        .unwrap();
        let file_ids: Vec<String> = batches
            .iter()
            .flat_map(|b| {
                arrow::array::AsArray::as_string::<i32>(b.column(0))
                    .iter()
                    .flatten()
                    .map(str::to_owned)
                    .collect::<Vec<_>>()
            })
            .collect();
        assert!(file_ids.is_sorted(), "{file_ids:?}");
        ids.push(file_ids);
    }
    ids.sort();
    assert!(ids.concat().is_sorted(), "files do not overlap: {ids:?}");
    assert_eq!(table.compact().await.unwrap().files_before, 0, "a second run finds nothing to do");
    assert_eq!(table.verify().await.unwrap().problems, []);
}

pub(crate) async fn what_changed_since_a_version_survives_compaction(lake: TenantLake) {
    let table = repositories(&lake);
    for n in 0..6 {
        table.append(&[batch(&[repository(&format!("r{n}"), "x", n)])], &[], When::New).await.unwrap();
    }
    table.compact().await.unwrap();
    table.append(&[batch(&[repository("r9", "x", 9)])], &[], When::New).await.unwrap();
    let now = table.latest().await.unwrap().unwrap();
    let rows =
        |files: Option<Vec<pulse_engine::lake::DataFile>>| files.unwrap().iter().filter_map(|f| f.rows).sum::<u64>();
    assert_eq!(rows(now.files_since(6).await.unwrap()), 1, "only the last append");
    assert_eq!(rows(now.files_since(3).await.unwrap()), 7, "the compacted file holds what came after 3");
    assert_eq!(rows(now.files_since(now.version()).await.unwrap()), 0);
}

#[tokio::test]
async fn compaction_of_more_than_its_memory_spills_and_keeps_every_row() {
    let table = repositories(&memory(Options { memory_bytes: 24 << 20, file_rows: 100_000, ..Options::default() }));
    for part in 0..10i64 {
        let rows: Vec<Row> = (0..20_000)
            .map(|n| repository(&format!("{:08}", (n * 7919 + part) % 1_000_003), &"x".repeat(120), part))
            .collect();
        table.append(&[batch(&rows)], &[], When::New).await.unwrap();
    }
    let done = table.compact().await.unwrap();
    assert_eq!((done.files_before, done.files_after, done.rows), (10, 2, 200_000));
    assert_eq!(table.latest().await.unwrap().unwrap().rows(), Some(200_000));
}

#[tokio::test]
async fn files_of_few_and_long_rows_are_not_put_together() {
    let table = repositories(&memory(Options::default()));
    // Letters by no rule, which no compression makes shorter than 4.7 bits each.
    let mut state = 1_u64;
    let mut letters = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        char::from(b'a' + ((state >> 33) % 26) as u8)
    };
    for file in 0..2 {
        let names: Vec<String> = (0..50).map(|_| (0..100_000).map(|_| letters()).collect()).collect();
        let rows: Vec<Row> =
            names.iter().enumerate().map(|(row, name)| repository(&format!("{file}-{row}"), name, 1)).collect();
        table.append(&[batch(&rows)], &[], When::New).await.unwrap();
    }
    assert_eq!(table.scattered_files().await.unwrap(), 0);
    assert_eq!(table.compact().await.unwrap().files_before, 0);
    let inspection = table.inspect().await.unwrap().unwrap();
    assert_eq!((inspection.files, inspection.small_files), (2, 0));
}

pub(crate) async fn a_vacuum_refuses_to_look_closer_than_its_safe_horizon(lake: TenantLake) {
    let table = repositories(&lake);
    table.append(&[batch(&[repository("a", "one", 1)])], &[], When::New).await.unwrap();
    table.upsert(&batch(&[repository("a", "two", 2)]), &[], When::New).await.unwrap();
    assert!(matches!(table.vacuum(1, false).await, Err(Error::Setting(_))));
    assert!(table.vacuum(24, false).await.unwrap().files.is_empty(), "the file that just left is still kept");
    assert_eq!(told(&table).await, ["a=two@2"]);
}

pub(crate) async fn a_vacuum_deletes_what_left_the_table_and_nothing_else(lake: TenantLake) {
    let table = repositories(&lake);
    table.append(&[batch(&[repository("a", "one", 1)])], &[], When::New).await.unwrap();
    let old = table.latest().await.unwrap().unwrap();
    table.upsert(&batch(&[repository("a", "two", 2)]), &[], When::New).await.unwrap();
    let readable = async || match old.read(None, None, &[]).await {
        Ok(rows) => futures::TryStreamExt::try_collect::<Vec<_>>(rows).await.is_ok(),
        Err(_) => false,
    };
    assert_eq!(table.vacuum(24, true).await.unwrap().files.len(), 1, "a look only");
    assert!(readable().await);
    assert_eq!(table.vacuum(24, false).await.unwrap().files.len(), 1);
    assert!(!readable().await);
    assert_eq!(told(&table).await, ["a=two@2"]);
    assert_eq!(table.verify().await.unwrap().problems, []);
}

#[tokio::test]
async fn facts_that_readers_are_on_survive_a_vacuum() {
    use pulse_engine::entities::fact;
    use pulse_engine::lake::facts_mark;
    let lake = memory(long_ago());
    let (changes, anchor) = (lake.table(fact("changes").unwrap()), lake.table(fact("deployments").unwrap()));
    let row = |table: &pulse_engine::lake::Table| batch(&[Row::new(table.entity()).set("id", "x")]);
    changes.append(&[row(&changes)], &[], When::New).await.unwrap();
    anchor.append(&[row(&anchor)], &[Progress::new(facts_mark("changes"), 0)], When::New).await.unwrap();
    // A run that was killed before it committed the anchor.
    changes.replace(&[], None, &[], When::Changed).await.unwrap();
    assert!(changes.vacuum(24, false).await.unwrap().files.is_empty());
    let seen = lake.facts().table("changes").await.unwrap().unwrap();
    assert_eq!(read(&seen, &["id"]).await.iter().map(|b| b.num_rows()).sum::<usize>(), 1);
}

/// A tenant that rests: its facts are those of a model of long ago, and only compactions and vacuums came since.
#[tokio::test]
async fn facts_of_a_tenant_that_rests_outlive_the_log() {
    use pulse_engine::entities::fact;
    use pulse_engine::lake::facts_mark;
    let folder = tempfile::tempdir().unwrap();
    let address = url::Url::from_directory_path(folder.path()).unwrap().to_string();
    let open = || tenant(&Lake::open(&address, Options { checkpoint_interval: 2, ..long_ago() }).unwrap());
    let lake = open();
    let (changes, anchor) = (lake.table(fact("changes").unwrap()), lake.table(fact("deployments").unwrap()));
    let row = |table: &pulse_engine::lake::Table, id: &str| batch(&[Row::new(table.entity()).set("id", id)]);
    changes.append(&[row(&changes, "x")], &[], When::New).await.unwrap();
    changes.append(&[row(&changes, "y")], &[], When::New).await.unwrap();
    anchor.append(&[row(&anchor, "x")], &[Progress::new(facts_mark("changes"), 1)], When::New).await.unwrap();
    changes.compact().await.unwrap();
    let table = folder.path().join("tenant=acme/facts/changes");
    let ago = |path: &std::path::Path| {
        let now = std::time::Duration::from_micros(pulse_engine::Clock::System.now().unsigned_abs());
        let old = std::time::UNIX_EPOCH + now - std::time::Duration::from_secs(40 * 24 * 3600);
        std::fs::File::options().append(true).open(path).unwrap().set_modified(old).unwrap();
    };
    let log = table.join("_delta_log");
    for _ in 0..2 {
        // What a killed writer left makes a vacuum write to the log, too.
        let left = table.join("part-00000-left.zstd.parquet");
        std::fs::write(&left, "x").unwrap();
        ago(&left);
        let entries = std::fs::read_dir(&log).unwrap().map(|entry| entry.unwrap().path());
        entries.filter(|path| path.is_file()).for_each(|path| ago(&path));
        assert_eq!(changes.vacuum(24, false).await.unwrap().files.len(), 1);
        // There is a checkpoint behind the compaction, which is past its retention: it stays all the same.
        assert!(log.join("00000000000000000003.checkpoint.parquet").exists());
        assert!(log.join("00000000000000000002.json").exists());
        let seen = open().facts().table("changes").await.unwrap().unwrap();
        assert_eq!(read(&seen, &["id"]).await.iter().map(|b| b.num_rows()).sum::<usize>(), 2);
    }
}

#[tokio::test]
async fn a_log_is_checkpointed_at_its_interval_and_read_from_there() {
    let store = std::sync::Arc::new(object_store::memory::InMemory::new());
    let open = || repositories(&tenant(&Lake::over(store.clone(), small_files()).unwrap()));
    let table = open();
    for n in 0..7 {
        table.append(&[batch(&[repository(&format!("r{n}"), "x", n)])], &[], When::New).await.unwrap();
    }
    let log = "tenant=acme/core/repositories/_delta_log";
    assert!(store.head(&Path::from(format!("{log}/_last_checkpoint"))).await.is_ok());
    // What the checkpoint holds is no longer needed.
    for version in 0..4 {
        store.delete(&Path::from(format!("{log}/{version:020}.json"))).await.unwrap();
    }
    assert_eq!(told(&open()).await.len(), 7);
}
