//! What is written is there once and whole, whoever writes beside it.

use super::lake::{memory, small_files, tenant};
use super::support::*;
use proptest::prelude::*;
use pulse_engine::Error;
use pulse_engine::lake::{Committed, DataFile, Lake, Options, Progress, Scope, Table, TenantLake, When};
use pulse_engine::row::{Row, Value};
use std::collections::BTreeSet;

pub(crate) async fn racing_writers_lose_nothing(open: impl Fn() -> TenantLake) {
    let mut writers = Vec::new();
    for writer in 0..4 {
        let lake = open();
        writers.push(tokio::spawn(async move {
            let table = lake.raw("racing").unwrap();
            for n in 0..4 {
                let row = Row::new(&pulse_engine::entities::RAW)
                    .set("connection", "racing:a")
                    .set("stream", "s")
                    .set("key", format!("{writer}/{n}"))
                    .set("row", n);
                table.append(&[batch(&[row])], &[], When::New).await.unwrap();
                // All write the same row, the newest must win.
                let row = repository("racing:a:x", "x", writer * 10 + n);
                repositories(&lake).upsert(&batch(&[row]), &[], When::New).await.unwrap();
            }
        }));
    }
    for writer in writers {
        writer.await.unwrap();
    }
    let lake = open();
    let raw = lake.raw("racing").unwrap().latest().await.unwrap().unwrap();
    let keys: BTreeSet<String> = read(&raw, &["key"])
        .await
        .iter()
        .flat_map(|b| {
            arrow::array::AsArray::as_string::<i32>(b.column(0)).iter().flatten().map(str::to_owned).collect::<Vec<_>>()
        })
        .collect();
    assert_eq!(raw.rows(), Some(16));
    assert_eq!(keys.len(), 16, "every append is there once");
    assert!(told(&repositories(&lake)).await.contains(&"racing:a:x=x@33".to_owned()));
}

pub(crate) async fn progress_that_was_reached_is_not_committed_again(lake: TenantLake) {
    let table = repositories(&lake);
    let row = batch(&[repository("a", "one", 1)]);
    let mark = [Progress::new("map:test", 7)];
    assert_eq!(table.append(std::slice::from_ref(&row), &mark, When::New).await.unwrap(), Committed::Version(0));
    assert_eq!(table.append(std::slice::from_ref(&row), &mark, When::New).await.unwrap(), Committed::Nothing);
    assert_eq!(table.latest().await.unwrap().unwrap().progress("map:test").await.unwrap(), Some(7));
    assert_eq!(table.latest().await.unwrap().unwrap().progress("map:other").await.unwrap(), None);
    assert_eq!(table.append(&[row], &[Progress::new("map:test", 8)], When::New).await.unwrap(), Committed::Version(1));
    assert_eq!(told(&table).await.len(), 2);
}

pub(crate) async fn what_was_worked_out_from_one_version_is_not_written_over_another(lake: TenantLake) {
    let table = repositories(&lake);
    let row = batch(&[repository("a", "one", 1)]);
    let on = |version| table.replace(std::slice::from_ref(&row), None, &[], When::On(version));
    assert_eq!(on(None).await.unwrap(), Committed::Version(0));
    assert!(matches!(on(None).await, Err(Error::Overtaken { .. })));
    assert!(matches!(on(Some(7)).await, Err(Error::Overtaken { .. })));
    assert_eq!(on(Some(0)).await.unwrap(), Committed::Version(1), "the same rows, but the mark is wanted");
    assert_eq!(told(&table).await, ["a=one@1"]);
}

pub(crate) async fn a_compaction_between_is_no_other_version(lake: TenantLake) {
    let table = repositories(&lake);
    for n in 0..2 {
        table.append(&[batch(&[repository(&format!("r{n}"), "x", n)])], &[], When::New).await.unwrap();
    }
    table.compact().await.unwrap();
    let new = batch(&[repository("a", "one", 1)]);
    let on = |version| table.replace(std::slice::from_ref(&new), None, &[], When::ChangedOn(version));
    assert!(matches!(on(Some(0)).await, Err(Error::Overtaken { .. })), "an append came after it");
    assert_eq!(on(Some(1)).await.unwrap(), Committed::Version(3), "after it came a compaction alone");
    assert_eq!(on(Some(3)).await.unwrap(), Committed::Nothing, "the same rows");
    assert!(matches!(on(Some(1)).await, Err(Error::Overtaken { .. })));
}

pub(crate) async fn an_upsert_over_many_files_rewrites_those_that_it_changes_and_keeps_their_size(lake: TenantLake) {
    let table = repositories(&lake);
    let rows: Vec<Row> = (0..16).map(|n| repository(&format!("r{n:02}"), "x", 1)).collect();
    table.append(&[batch(&rows)], &[], When::New).await.unwrap();
    let before: BTreeSet<String> =
        table.latest().await.unwrap().unwrap().files().iter().map(|f| f.path.clone()).collect();
    // One row of each of three files, one that is new, and one that is older than what is there.
    let new = ["r00", "r05", "r11", "r99"].map(|id| repository(id, "y", 2));
    let rows: Vec<Row> = new.into_iter().chain([repository("r15", "old", 0)]).collect();
    table.upsert(&batch(&rows), &[], When::Changed).await.unwrap();
    let told = told(&table).await;
    assert_eq!((told.len(), told.iter().filter(|row| row.contains("=y@2")).count()), (17, 4));
    assert!(told.contains(&"r15=x@1".to_owned()));
    let now = table.latest().await.unwrap().unwrap();
    assert_eq!(now.files().iter().filter(|f| before.contains(&f.path)).count(), 1, "the file of r15 stays");
    let mut sizes: Vec<_> = now.files().iter().filter_map(|f| f.rows).collect();
    sizes.sort_unstable();
    assert_eq!(sizes, [1, 4, 4, 4, 4]);
}

pub(crate) async fn a_replacement_of_more_than_a_file_keeps_what_is_outside_of_its_scope(lake: TenantLake) {
    let table = repositories(&lake);
    let named = |n: usize, name: &str| repository(&format!("{n:02}{name}"), name, 1);
    let old: Vec<Row> = (0..7).map(|n| named(n, ["x", "y"][n % 2])).collect();
    table.append(&[batch(&old)], &[], When::New).await.unwrap();
    let scope = Scope { column: "name", values: vec!["x".into()] };
    let new = async || {
        let mut new = table.replacement();
        for n in 0..9 {
            new.push(batch(&[named(n, "x")])).await.unwrap();
        }
        new.commit(Some(&scope), &[], When::Changed).await.unwrap()
    };
    assert!(new().await.changed());
    let mut expected: Vec<String> =
        (0..9).map(|n| format!("{n:02}x=x@1")).chain([1, 3, 5].map(|n| format!("{n:02}y=y@1"))).collect();
    expected.sort();
    assert_eq!(told(&table).await, expected);
    assert_eq!(
        table.latest().await.unwrap().unwrap().files().len(),
        3,
        "what was left of one is filled up by the rest"
    );
    assert_eq!(new().await, Committed::Nothing);
    assert_eq!(table.verify().await.unwrap().problems, []);
}

#[tokio::test]
async fn rows_of_a_scope_are_held_against_those_that_it_may_hold() {
    let table = repositories(&memory(small_files()));
    let becomes = async |name: &str, ids: &[&str]| {
        let scope = Scope { column: "name", values: vec![name.to_owned()] };
        let mut new = table.replacement_of(&scope).await.unwrap();
        for id in ids {
            new.push(batch(&[repository(id, name, 1)])).await.unwrap();
        }
        assert_eq!(new.rows(), ids.len() as u64);
        new.commit(Some(&scope), &[], When::Changed).await.unwrap().changed()
    };
    assert!(!becomes("x", &[]).await, "nothing in the place of nothing");
    assert!(becomes("x", &["a", "b"]).await);
    assert!(!becomes("x", &["b", "a"]).await);
    assert!(becomes("z", &["c"]).await && !becomes("z", &["c"]).await);
    assert!(!becomes("y", &[]).await);
    assert!(becomes("x", &[]).await);
    assert_eq!(told(&table).await, ["c=z@1"]);
}

pub(crate) async fn a_replacement_touches_its_scope_alone_and_nothing_when_nothing_changes(lake: TenantLake) {
    let table = repositories(&lake);
    let named = |id: &str, name: &str| repository(id, name, 1);
    let rows = batch(&[named("a", "x"), named("b", "y"), named("c", "x"), named("d", "z"), named("e", "x")]);
    table.append(&[rows], &[], When::New).await.unwrap();
    let scope = Scope { column: "name", values: vec!["x".into()] };
    let new = batch(&[named("a", "x"), named("f", "x")]);
    assert!(table.replace(std::slice::from_ref(&new), Some(&scope), &[], When::Changed).await.unwrap().changed());
    assert_eq!(told(&table).await, ["a=x@1", "b=y@1", "d=z@1", "f=x@1"]);
    assert_eq!(table.replace(&[new], Some(&scope), &[], When::Changed).await.unwrap(), Committed::Nothing);
    assert!(table.replace(&[], None, &[], When::Changed).await.unwrap().changed());
    assert!(told(&table).await.is_empty());
}

#[tokio::test]
async fn a_file_between_the_ids_that_change_is_not_read() {
    let folder = tempfile::tempdir().unwrap();
    let url = url::Url::from_file_path(folder.path()).unwrap();
    let lake = tenant(&Lake::open(url.as_str(), Options::default()).unwrap());
    let (table, parts) = (repositories(&lake), lake.table(pulse_engine::entities::core("commit_files").unwrap()));
    let part = |id: &str, at: i64| {
        let row = Row::new(parts.entity()).set("id", id).set("commit_id", "c").set("repository_id", "r");
        row.set("path", "p")
            .set("change", "added")
            .set("connection", "test:a")
            .set("observed_at", Value::Time(at))
            .set("raw", format!("test/{at}"))
    };
    let lost = async |table: &Table, id: &str| {
        let now = table.latest().await.unwrap().unwrap();
        let holds = |file: &&DataFile| file.stats.as_ref().unwrap().contains(&format!("\"{id}\""));
        let file = now.files().iter().find(holds).unwrap();
        std::fs::remove_file(folder.path().join("tenant=acme").join(table.name()).join(&file.path)).unwrap();
    };
    let upserted = async |table: &Table, rows: &[Row]| table.upsert(&batch(rows), &[], When::Changed).await;
    for start in ["a", "m", "z"] {
        let rows: Vec<Row> = (0..3).map(|n| repository(&format!("{start}{n}"), "x", 1)).collect();
        table.append(&[batch(&rows)], &[], When::New).await.unwrap();
        let rows: Vec<Row> = (0..3).map(|n| part(&format!("{start}/{n}"), 1)).collect();
        parts.append(&[batch(&rows)], &[], When::New).await.unwrap();
    }
    lost(&table, "m0").await;
    assert!(upserted(&table, &[repository("a1", "y", 2), repository("z1", "y", 2)]).await.unwrap().changed());
    assert!(upserted(&table, &[repository("m1", "y", 2)]).await.is_err(), "it is not there");
    // Nor where all parts of a thing are told: its mark stands before all of them.
    lost(&parts, "m/0").await;
    let whole = |thing: &str| {
        let mark = Row::new(parts.entity()).set("id", format!("{thing}/\u{1f}")).set("deleted_at", Value::Time(2));
        [mark, part(&format!("{thing}/1"), 2)]
    };
    assert!(upserted(&parts, &[whole("a"), whole("z")].concat()).await.unwrap().changed());
    let gone = |file: &DataFile| {
        let stats: serde_json::Value = serde_json::from_str(file.stats.as_ref().unwrap()).unwrap();
        file.rows.unwrap() - stats["nullCount"]["deleted_at"].as_u64().unwrap()
    };
    let now = parts.latest().await.unwrap().unwrap();
    assert_eq!(
        now.files().iter().map(gone).sum::<u64>(),
        6,
        "of each thing the mark, and two parts that it does not name"
    );
    assert!(upserted(&parts, &whole("m")).await.is_err(), "it is not there");
}

#[tokio::test]
async fn a_commit_whose_answer_got_lost_is_not_made_twice() {
    let store = Mortal::new(std::sync::Arc::new(object_store::memory::InMemory::new()), i64::MAX);
    let table = repositories(&tenant(&Lake::over(store.clone(), Options::default()).unwrap()));
    let row = batch(&[repository("a", "one", 1)]);
    for version in 0..3 {
        store.lie();
        assert_eq!(
            table.append(std::slice::from_ref(&row), &[], When::New).await.unwrap(),
            Committed::Version(version)
        );
    }
    assert_eq!(told(&table).await.len(), 3);
    store.lie();
    let mark = [Progress::new("map:test", 7)];
    assert_eq!(table.append(&[], &mark, When::On(Some(2))).await.unwrap(), Committed::Version(3), "a mark alone, too");
    store.lie();
    let merged = batch(&[repository("b", "two", 1)]);
    assert_eq!(table.upsert(&merged, &[], When::Changed).await.unwrap(), Committed::Version(4));
    assert_eq!(told(&table).await.len(), 4);
}

#[tokio::test]
async fn how_far_a_writer_has_come_is_told_however_long_ago_it_was_noted() {
    let store = std::sync::Arc::new(object_store::memory::InMemory::new());
    let options = Options { checkpoint_interval: 3, ..Options::default() };
    let open = || repositories(&tenant(&Lake::over(store.clone(), options.clone()).unwrap()));
    let noted = async |marks: &[(&str, u64)]| {
        let marks: Vec<Progress> = marks.iter().map(|(app, version)| Progress::new(*app, *version)).collect();
        assert!(open().append(&[], &marks, When::Ahead).await.unwrap().changed());
    };
    noted(&[("a", 1)]).await;
    noted(&[("a", 2), ("b", 1)]).await;
    for n in 1..=6 {
        noted(&[("c", n)]).await;
    }
    let told = async |version: Option<u64>| {
        let (table, mut told) = (open(), Vec::new());
        let snapshot = match version {
            Some(version) => table.at(version).await.unwrap(),
            None => table.latest().await.unwrap().unwrap(),
        };
        for app in ["c", "a", "b", "d", "a"] {
            told.push(snapshot.progress(app).await.unwrap());
        }
        told
    };
    assert_eq!(told(None).await, [Some(6), Some(2), Some(1), None, Some(2)]);
    assert_eq!(told(Some(3)).await, [Some(2), Some(2), Some(1), None, Some(2)]);
    assert_eq!(told(Some(1)).await, [None, Some(2), Some(1), None, Some(2)]);
    assert_eq!(told(Some(0)).await, [None, Some(1), None, None, Some(1)]);
}

/// A row of one of four things: a payload read at some time, or word that the thing is gone.
fn sighting() -> impl Strategy<Value = (u8, i64, bool)> {
    (0u8..4, 0i64..6, prop::bool::weighted(0.25))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn upserts_in_any_order_and_batching_end_alike(
        sightings in prop::collection::vec(sighting(), 1..12),
        cuts in prop::collection::vec(0usize..12, 0..3),
        twice in any::<bool>(),
    ) {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        runtime.block_on(async {
            let rows: Vec<Row> = sightings.iter().enumerate().map(|(n, (thing, at, gone))| row_of(n, *thing, *at, *gone)).collect();
            let expected = written(small_files(), &rows, &[], false).await;
            let reversed: Vec<Row> = rows.iter().rev().cloned().collect();
            prop_assert_eq!(&expected, &written(small_files(), &rows, &cuts, twice).await);
            prop_assert_eq!(&expected, &written(small_files(), &reversed, &cuts, false).await);
            let masking = Options { file_rows: 8, masked_rows: 0, ..small_files() };
            prop_assert_eq!(&expected, &written(masking, &rows, &cuts, twice).await);
            Ok(())
        })?;
    }
}

fn row_of(n: usize, thing: u8, at: i64, gone: bool) -> Row {
    let id = format!("thing{thing}");
    if gone {
        let entity = pulse_engine::entities::core("repositories").unwrap();
        return Row::new(entity).set("id", id).set("deleted_at", Value::Time(at));
    }
    repository(&id, &format!("name{n}"), at).set("raw", format!("{n:03}"))
}

/// Upserts rows one batch a cut; ids that stand twice in a batch go to the next one, as the map step's fold would see to.
async fn written(options: Options, rows: &[Row], cuts: &[usize], twice: bool) -> Vec<String> {
    let table = repositories(&memory(options));
    let mut rest: Vec<Row> = rows.to_vec();
    let mut sizes: Vec<usize> = cuts.to_vec();
    while !rest.is_empty() {
        let most = sizes.pop().unwrap_or(rest.len()).clamp(1, rest.len());
        let (mut now, mut later, mut seen) = (Vec::new(), Vec::new(), BTreeSet::new());
        for row in rest {
            if now.len() < most && seen.insert(row.text("id").unwrap().to_owned()) {
                now.push(row)
            } else {
                later.push(row)
            }
        }
        table.upsert(&batch(&now), &[], When::Changed).await.unwrap();
        if twice {
            assert_eq!(table.upsert(&batch(&now), &[], When::Changed).await.unwrap(), Committed::Nothing);
        }
        rest = later;
    }
    told(&table).await
}
