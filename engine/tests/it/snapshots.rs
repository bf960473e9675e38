//! What is known of a table is not asked for again.

use super::lake::tenant;
use super::model::{arrive, commit, deployment, row};
use super::support::*;
use pulse_engine::lake::{Lake, Options, When};
use pulse_engine::land::{self, Page};
use pulse_engine::row::Row;
use pulse_engine::{Engine, Error, Settings, TenantId};

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
async fn what_a_file_says_of_itself_is_read_once_whoever_asks_of_it() {
    let patient = || Options { snapshot_ttl: std::time::Duration::from_secs(3600), ..Options::default() };
    for (footer_bytes, is_kept) in [(patient().footer_bytes, true), (0, false)] {
        let store = Mortal::new(std::sync::Arc::new(object_store::memory::InMemory::new()), i64::MAX);
        let engine = Engine::over(
            Lake::over(store.clone(), Options { footer_bytes, small_file_bytes: 0, ..patient() }).unwrap(),
        );
        let acme = engine.tenant(&TenantId::new("acme").unwrap());
        let page = Page { cursors: land::only(Some("1".into())), ..Page::default() };
        acme.land("one", "one:a", page).await.unwrap();
        let table = repositories(acme.lake());
        table.append(&[batch(&[repository("a", "one", 1)])], &[], When::New).await.unwrap();
        table.snapshot().await.unwrap();
        let asked = async || {
            let session = acme.session().await.unwrap();
            store.requests();
            let rows = session.collect("SELECT name FROM core.repositories").await.unwrap();
            assert_eq!(rows.iter().map(|batch| batch.num_rows()).sum::<usize>(), 1);
            store.requests()
        };
        let (first, again) = (asked().await, asked().await);
        assert!(first > 0 && (again < first) == is_kept, "{first} requests, and then {again}");
    }
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
async fn a_small_sync_asks_the_store_for_little_however_many_came_before_it() {
    let store = std::sync::Arc::new(object_store::memory::InMemory::new());
    let engine = Engine::over(Lake::over(store, Options::default()).unwrap());
    let acme = engine.tenant(&TenantId::new("acme").unwrap());
    let mut asked = Vec::new();
    for hour in 0..45 {
        let before = engine.lake().costs();
        let name = format!("c{hour}");
        let rows = vec![row("repositories", "r"), commit("r", &name, &[], hour), deployment("r", &name, &name, hour)];
        arrive(acme.lake(), rows).await.unwrap();
        acme.model(&Settings::default()).await.unwrap();
        let now = engine.lake().costs();
        asked.push((now.reads - before.reads, now.lists - before.lists));
    }
    // Each twentieth commit of a table writes down its whole log, and what came since is read again for what a row was before.
    let ((reads, lists), (later, _)) = (asked[24], asked[44]);
    assert!(later <= reads + 5 && lists <= 20, "requests to read and to list: {asked:?}");
}
