//! The lake's suite: the same promises on every kind of store.

use super::support::*;
use super::{upkeep, writes};
use bytes::Bytes;
use object_store::ObjectStoreExt as _;
use object_store::path::Path;
use pulse_engine::TenantId;
use pulse_engine::lake::{Committed, Lake, Options, TenantLake, When};
use pulse_engine::row::Row;

pub(crate) fn tenant(lake: &Lake) -> TenantLake {
    lake.tenant(&TenantId::new("acme").unwrap())
}

pub(crate) fn memory(options: Options) -> TenantLake {
    tenant(&Lake::open("memory:///", options).unwrap())
}

pub(crate) fn small_files() -> Options {
    Options { file_rows: 4, checkpoint_interval: 5, ..Options::default() }
}

/// So that what leaves a table left it long before the horizon.
pub(crate) fn long_ago() -> Options {
    Options { clock: pulse_engine::Clock::Fixed(1), ..small_files() }
}

/// What every store must hold. `open` gives a new handle each time, as another process would have.
pub(crate) async fn suite(open: impl Fn(Options) -> Lake) {
    rows_come_back(&tenant(&open(Options::default()))).await;
    writes::racing_writers_lose_nothing(|| tenant(&open(Options { commit_attempts: 100, ..Options::default() }))).await;
    upkeep::compaction_keeps_every_row_and_the_order(&open(small_files()).tenant(&TenantId::new("compact").unwrap()))
        .await;
    tenants_do_not_meet(&open(Options::default())).await;
    a_tenant_is_erased_whole_and_alone(&open(Options::default())).await;
    let at = |name: &str, options| open(options).tenant(&TenantId::new(name).unwrap());
    writes::progress_that_was_reached_is_not_committed_again(at("t0", Options::default())).await;
    writes::what_was_worked_out_from_one_version_is_not_written_over_another(at("t1", Options::default())).await;
    writes::a_compaction_between_is_no_other_version(at("t2", Options::default())).await;
    writes::an_upsert_over_many_files_rewrites_those_that_it_changes_and_keeps_their_size(at("t3", small_files()))
        .await;
    writes::a_replacement_of_more_than_a_file_keeps_what_is_outside_of_its_scope(at("t4", small_files())).await;
    writes::a_replacement_touches_its_scope_alone_and_nothing_when_nothing_changes(at("t5", small_files())).await;
    upkeep::what_changed_since_a_version_survives_compaction(at("t6", Options::default())).await;
    upkeep::a_vacuum_refuses_to_look_closer_than_its_safe_horizon(at("t7", Options::default())).await;
    upkeep::a_vacuum_deletes_what_left_the_table_and_nothing_else(at("t8", long_ago())).await;
    files_come_back_and_are_copied(&tenant(&open(Options::default()))).await;
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

async fn files_come_back_and_are_copied(lake: &TenantLake) {
    lake.put_file("reports/march.pdf", Bytes::from_static(b"one")).await.unwrap();
    assert_eq!(lake.file("reports/march.pdf", 3).await.unwrap().unwrap(), "one");
    lake.put_file("reports/march.pdf", Bytes::from_static(b"two!")).await.unwrap();
    assert!(lake.copy_file("reports/march.pdf", "out/copy.pdf").await.unwrap());
    assert_eq!(lake.file("out/copy.pdf", 4).await.unwrap().unwrap(), "two!");
    // It is no link to the first.
    lake.put_file("reports/march.pdf", Bytes::from_static(b"three")).await.unwrap();
    assert!(lake.copy_file("reports/march.pdf", "out/other.pdf").await.unwrap());
    assert_eq!(lake.file("out/copy.pdf", 4).await.unwrap().unwrap(), "two!");
    let mut there: Vec<String> = lake.files("out").await.unwrap().into_iter().map(|(path, _)| path).collect();
    there.sort();
    assert_eq!(there, ["out/copy.pdf", "out/other.pdf"]);
    assert!(!lake.copy_file("reports/none.pdf", "out/copy.pdf").await.unwrap());
    assert_eq!(lake.file("reports/none.pdf", 9).await.unwrap(), None);
    lake.remove_file("out/other.pdf").await.unwrap();
    assert_eq!(lake.file("out/other.pdf", 9).await.unwrap(), None);
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

#[test]
fn an_address_that_cannot_be_used_says_so_without_its_credentials() {
    for bad in ["nonsense", "ftp://user:secret@host/x", "file://host/relative", "s3://"] {
        let error = Lake::open(bad, Options::default()).unwrap_err().to_string();
        assert!(error.starts_with("cannot open the lake at") && !error.contains("secret"), "{error}");
    }
}
