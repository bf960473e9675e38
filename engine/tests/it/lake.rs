//! The lake's suite: the same promises on every kind of store.

use super::support::*;
use object_store::ObjectStoreExt as _;
use object_store::path::Path;
use proptest::prelude::*;
use pulse_engine::lake::{Committed, Lake, Options, Progress, Scope, TenantLake, When};
use pulse_engine::land::{self, Page};
use pulse_engine::row::Row;
use pulse_engine::{Engine, Error, TenantId};
use std::collections::BTreeSet;

pub(crate) fn tenant(lake: &Lake) -> TenantLake {
    lake.tenant(&TenantId::new("acme").unwrap())
}

fn memory(options: Options) -> TenantLake {
    tenant(&Lake::open("memory:///", options).unwrap())
}

fn small_files() -> Options {
    Options { file_rows: 4, checkpoint_interval: 5, ..Options::default() }
}

/// What every store must hold. `open` gives a new handle each time, as another process would have.
pub(crate) async fn suite(open: impl Fn(Options) -> Lake) {
    rows_come_back(&tenant(&open(Options::default()))).await;
    racing_writers_lose_nothing(|| tenant(&open(Options { commit_attempts: 100, ..Options::default() }))).await;
    compaction_keeps_every_row_and_the_order(&open(small_files()).tenant(&TenantId::new("compact").unwrap())).await;
    tenants_do_not_meet(&open(Options::default())).await;
    a_tenant_is_erased_whole_and_alone(&open(Options::default())).await;
    let at = |name: &str, options| open(options).tenant(&TenantId::new(name).unwrap());
    progress_that_was_reached_is_not_committed_again(at("t0", Options::default())).await;
    what_was_worked_out_from_one_version_is_not_written_over_another(at("t1", Options::default())).await;
    a_compaction_between_is_no_other_version(at("t2", Options::default())).await;
    an_upsert_over_many_files_rewrites_those_that_it_changes_and_keeps_their_size(at("t3", small_files())).await;
    a_replacement_of_more_than_a_file_keeps_what_is_outside_of_its_scope(at("t4", small_files())).await;
    a_replacement_touches_its_scope_alone_and_nothing_when_nothing_changes(at("t5", small_files())).await;
    what_changed_since_a_version_survives_compaction(at("t6", Options::default())).await;
    a_vacuum_refuses_to_look_closer_than_its_safe_horizon(at("t7", Options::default())).await;
    a_vacuum_deletes_what_left_the_table_and_nothing_else(at("t8", long_ago())).await;
}

async fn rows_come_back(lake: &TenantLake) {
    let table = repositories(lake);
    assert!(table.latest().await.unwrap().is_none());
    let rows = batch(&[repository("b", "two", 1), repository("a", "one", 1)]);
    assert_eq!(table.append(&[rows], &[], When::New).await.unwrap(), Committed::Version(0));
    assert_eq!(told(&table).await, ["a=one@1", "b=two@1"]);
    let later = batch(&[repository("b", "zwei", 2), repository("c", "drei", 2)]);
    assert_eq!(table.upsert(&later, &[], When::New).await.unwrap(), Committed::Version(1));
    assert_eq!(told(&table).await, ["a=one@1", "b=zwei@2", "c=drei@2"]);
    assert_eq!(table.upsert(&later, &[], When::New).await.unwrap(), Committed::Nothing, "nothing changed");
    let before = table.at(0).await.unwrap();
    assert_eq!(read(&before, &["id"]).await.iter().map(|b| b.num_rows()).sum::<usize>(), 2, "the old version stays");
}

async fn racing_writers_lose_nothing(open: impl Fn() -> TenantLake) {
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

async fn compaction_keeps_every_row_and_the_order(lake: &TenantLake) {
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

async fn a_tenant_is_erased_whole_and_alone(lake: &Lake) {
    let id = |name: &str| TenantId::new(name).unwrap();
    let (gone, neighbour) = (lake.tenant(&id("gone")), lake.tenant(&id("gone2")));
    for tenant in [&gone, &neighbour] {
        repositories(tenant).append(&[batch(&[repository("a", "one", 1)])], &[], When::New).await.unwrap();
        let row =
            Row::new(&pulse_engine::entities::RAW).set("connection", "test:secret").set("stream", "s").set("row", 0);
        tenant.raw("test").unwrap().append(&[batch(&[row])], &[], When::New).await.unwrap();
    }
    let erased = gone.erase().await.unwrap();
    assert!(erased.objects >= 4 && erased.bytes > 0, "{erased:?}");
    assert!(repositories(&gone).latest().await.unwrap().is_none());
    assert!(gone.connectors().await.unwrap().is_empty());
    assert_eq!(gone.erase().await.unwrap().objects, 0);
    assert_eq!(told(&repositories(&neighbour)).await, ["a=one@1"]);
    assert_eq!(neighbour.connectors().await.unwrap(), ["test"]);
}

async fn tenants_do_not_meet(lake: &Lake) {
    let (one, two) = (TenantId::new("one").unwrap(), TenantId::new("two").unwrap());
    repositories(&lake.tenant(&one)).append(&[batch(&[repository("a", "secret", 1)])], &[], When::New).await.unwrap();
    assert!(repositories(&lake.tenant(&two)).latest().await.unwrap().is_none());
    assert!(lake.tenant(&two).connectors().await.unwrap().is_empty());
    // The store that the other tenant's queries run with refuses the path, even when it is spelled out.
    let runtime = lake.tenant(&two).runtime();
    let store = runtime.object_store_registry.get_store(&url::Url::parse("pulse://two").unwrap()).unwrap();
    for path in ["tenant=one/core/repositories/_delta_log/00000000000000000000.json", "tenant=two2/x", "tenant=tw"] {
        assert!(store.get(&Path::from(path)).await.is_err(), "{path} was read");
        assert!(store.put(&Path::from(path), "x".into()).await.is_err(), "{path} was written");
    }
    assert!(runtime.object_store_registry.get_store(&url::Url::parse("pulse://one").unwrap()).is_err());
    assert!(runtime.object_store_registry.get_store(&url::Url::parse("file:///etc").unwrap()).is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_suite_holds_in_memory() {
    let store = std::sync::Arc::new(object_store::memory::InMemory::new());
    suite(|options| Lake::over(store.clone(), options).unwrap()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_suite_holds_on_local_disk() {
    let dir = tempfile::tempdir().unwrap();
    let url = url::Url::from_file_path(dir.path().join("läke ~1 [100%] #2")).unwrap();
    suite(|options| Lake::open(url.as_str(), options).unwrap()).await;
    let left = std::fs::read_dir(url.to_file_path().unwrap()).unwrap().map(|entry| entry.unwrap().file_name());
    assert!(left.into_iter().all(|name| name != "tenant=gone"), "no folder tells of a tenant that was erased");
}

async fn progress_that_was_reached_is_not_committed_again(lake: TenantLake) {
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

async fn what_was_worked_out_from_one_version_is_not_written_over_another(lake: TenantLake) {
    let table = repositories(&lake);
    let row = batch(&[repository("a", "one", 1)]);
    let on = |version| table.replace(std::slice::from_ref(&row), None, &[], When::On(version));
    assert_eq!(on(None).await.unwrap(), Committed::Version(0));
    assert!(matches!(on(None).await, Err(Error::Overtaken { .. })));
    assert!(matches!(on(Some(7)).await, Err(Error::Overtaken { .. })));
    assert_eq!(on(Some(0)).await.unwrap(), Committed::Version(1), "the same rows, but the mark is wanted");
    assert_eq!(told(&table).await, ["a=one@1"]);
}

async fn a_compaction_between_is_no_other_version(lake: TenantLake) {
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

async fn an_upsert_over_many_files_rewrites_those_that_it_changes_and_keeps_their_size(lake: TenantLake) {
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

async fn a_replacement_of_more_than_a_file_keeps_what_is_outside_of_its_scope(lake: TenantLake) {
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

async fn a_replacement_touches_its_scope_alone_and_nothing_when_nothing_changes(lake: TenantLake) {
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

async fn what_changed_since_a_version_survives_compaction(lake: TenantLake) {
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
async fn a_table_that_did_not_change_costs_one_small_request_or_none() {
    let store = Mortal::new(std::sync::Arc::new(object_store::memory::InMemory::new()), i64::MAX);
    let patient = Options { snapshot_ttl: std::time::Duration::from_secs(3600), ..Options::default() };
    let open = |options| tenant(&Lake::over(store.clone(), options).unwrap());
    let (strict, patient) = (repositories(&open(Options::default())), repositories(&open(patient)));
    strict.append(&[batch(&[repository("a", "one", 1)])], &[], When::New).await.unwrap();
    patient.snapshot().await.unwrap();
    store.requests();
    strict.snapshot().await.unwrap();
    assert_eq!(store.requests(), 1, "is there a next version?");
    patient.snapshot().await.unwrap();
    assert_eq!(store.requests(), 0);
    strict.upsert(&batch(&[repository("a", "two", 2)]), &[], When::New).await.unwrap();
    assert_eq!(strict.snapshot().await.unwrap().unwrap().version(), 1);
    assert_eq!(patient.snapshot().await.unwrap().unwrap().version(), 0, "it may be as old as it was told");
    assert_eq!(patient.latest().await.unwrap().unwrap().version(), 1);
}

#[tokio::test]
async fn which_connectors_there_are_is_listed_once_in_a_while_and_a_new_one_is_seen_at_once() {
    let store = Mortal::new(std::sync::Arc::new(object_store::memory::InMemory::new()), i64::MAX);
    let patient = Options { snapshot_ttl: std::time::Duration::from_secs(3600), ..Options::default() };
    let engine = Engine::over(Lake::over(store.clone(), patient).unwrap());
    let acme = engine.tenant(&TenantId::new("acme").unwrap());
    let lands = async |connector: &str| {
        let page = Page { cursors: land::only(Some("1".into())), ..Page::default() };
        acme.land(connector, &format!("{connector}:a"), page).await.unwrap();
    };
    let named = async || {
        let session = acme.session().await.unwrap();
        ["one", "two"].map(|connector| session.has_table("raw", connector))
    };
    // That there is none is asked each time.
    assert!(matches!(acme.session().await.unwrap_err(), Error::UnknownTenant { .. }));
    lands("one").await;
    assert_eq!(named().await, [true, false]);
    store.requests();
    assert_eq!(named().await, [true, false]);
    assert_eq!(store.requests(), 0);
    lands("two").await;
    assert_eq!(named().await, [true, true]);
    acme.lake().erase().await.unwrap();
    assert!(matches!(acme.session().await.unwrap_err(), Error::UnknownTenant { .. }));
}

#[tokio::test]
async fn as_many_snapshots_are_kept_as_there_is_memory_for() {
    let ttl = std::time::Duration::from_secs(3600);
    for (snapshot_bytes, is_kept) in [(20_000, false), (1 << 20, true)] {
        let store = Mortal::new(std::sync::Arc::new(object_store::memory::InMemory::new()), i64::MAX);
        let options = Options { snapshot_ttl: ttl, snapshot_bytes, ..Options::default() };
        let lake = tenant(&Lake::over(store.clone(), options).unwrap());
        let (first, second) = (repositories(&lake), lake.table(pulse_engine::entities::core("teams").unwrap()));
        first.append(&[batch(&[repository("a", "one", 1)])], &[], When::New).await.unwrap();
        second.append(&[batch(&[Row::new(second.entity()).set("id", "t")])], &[], When::New).await.unwrap();
        store.requests();
        second.snapshot().await.unwrap();
        assert_eq!(store.requests(), 0, "the newest stays in any case");
        first.snapshot().await.unwrap();
        assert_eq!(store.requests() == 0, is_kept, "within {snapshot_bytes} bytes");
    }
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
async fn damage_is_found_and_named() {
    let dir = tempfile::tempdir().unwrap();
    let url = url::Url::from_file_path(dir.path()).unwrap();
    let lake = tenant(&Lake::open(url.as_str(), Options::default()).unwrap());
    let table = repositories(&lake);
    for n in 0..3 {
        table.append(&[batch(&[repository(&format!("r{n}"), "x", n)])], &[], When::New).await.unwrap();
    }
    let folder = dir.path().join("tenant=acme/core/repositories");
    let files: Vec<_> = table.latest().await.unwrap().unwrap().files().iter().map(|f| folder.join(&f.path)).collect();
    std::fs::remove_file(&files[0]).unwrap();
    let mut bytes = std::fs::read(&files[1]).unwrap();
    let middle = bytes.len() / 2;
    bytes.truncate(middle);
    std::fs::write(&files[1], &bytes).unwrap();
    let mut problems: Vec<_> = table.verify().await.unwrap().problems.into_iter().map(|p| p.reason).collect();
    problems.sort();
    assert_eq!(problems.len(), 2, "{problems:?}");
    assert!(problems[0].contains("the log says") && problems[1].contains("missing"), "{problems:?}");
}

async fn a_vacuum_refuses_to_look_closer_than_its_safe_horizon(lake: TenantLake) {
    let table = repositories(&lake);
    table.append(&[batch(&[repository("a", "one", 1)])], &[], When::New).await.unwrap();
    table.upsert(&batch(&[repository("a", "two", 2)]), &[], When::New).await.unwrap();
    assert!(matches!(table.vacuum(1, false).await, Err(Error::Setting(_))));
    assert!(table.vacuum(24, false).await.unwrap().files.is_empty(), "the file that just left is still kept");
    assert_eq!(told(&table).await, ["a=two@2"]);
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

/// So that what leaves a table left it long before the horizon.
fn long_ago() -> Options {
    Options { clock: pulse_engine::Clock::Fixed(1), ..small_files() }
}

async fn a_vacuum_deletes_what_left_the_table_and_nothing_else(lake: TenantLake) {
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

#[test]
fn an_address_that_cannot_be_used_says_so_without_its_credentials() {
    for bad in ["nonsense", "ftp://user:secret@host/x", "file://host/relative", "s3://"] {
        let error = Lake::open(bad, Options::default()).unwrap_err().to_string();
        assert!(error.starts_with("cannot open the lake at") && !error.contains("secret"), "{error}");
    }
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
    use pulse_engine::row::Value;
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
