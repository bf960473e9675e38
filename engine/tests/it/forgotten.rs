//! All that came through one connection goes, and what came through others stays as if that had never been there.

use super::steps::*;
use super::support::*;
use arrow::array::AsArray as _;
use object_store::memory::InMemory;
use pulse_engine::lake::{Lake, Options};
use pulse_engine::{Clock, Tenant, land};
use std::collections::BTreeSet;
use std::sync::Arc;

fn options() -> Options {
    Options { clock: Clock::Fixed(99), ..Options::default() }
}

/// The same history through each of some connections, all of it mapped.
async fn read(store: &Arc<InMemory>, connections: &[&str]) -> Tenant {
    let tenant = tenant(Lake::over(store.clone(), options()).unwrap());
    for connection in connections {
        for page in history() {
            tenant.land("toy", connection, page).await.unwrap();
        }
    }
    tenant.map(&Toy, false).await.unwrap();
    tenant
}

/// The connections of which there is anything in raw.
async fn landed(tenant: &Tenant) -> BTreeSet<String> {
    let newest = tenant.lake().raw("toy").unwrap().latest().await.unwrap().unwrap();
    let batches = super::support::read(&newest, &["connection"]).await;
    let all = batches.iter().flat_map(|batch| batch.column(0).as_string::<i32>().iter().flatten().map(str::to_owned));
    all.collect()
}

#[tokio::test]
async fn what_came_through_one_connection_goes_and_what_came_through_others_stays() {
    let alone = core_of(&read(&Arc::default(), &["toy:a"]).await).await;
    let tenant = read(&Arc::default(), &["toy:a", "toy:b"]).await;
    assert_ne!(core_of(&tenant).await, alone);
    // Eight payloads, settings among them, and a cursor with each of four pages.
    assert_eq!(tenant.forget_connection("toy", "toy:b").await.unwrap(), 8 + 4);
    assert_eq!(core_of(&tenant).await, alone);
    assert_eq!(landed(&tenant).await, BTreeSet::from(["toy:a".to_owned()]));
    assert_eq!(tenant.forget_connection("toy", "toy:b").await.unwrap(), 0, "once");
    assert_eq!(tenant.forget_connection("toy", "toy:c").await.unwrap(), 0, "there never was one");
    for replay in [false, true] {
        tenant.map(&Toy, replay).await.unwrap();
        assert_eq!(core_of(&tenant).await, alone, "replay: {replay}");
    }
    // Read again, it begins from nothing, and comes to the same.
    assert_eq!(tenant.cursors("toy", "toy:b").await.unwrap(), land::only(None));
    for page in history() {
        tenant.land("toy", "toy:b", page).await.unwrap();
    }
    tenant.map(&Toy, false).await.unwrap();
    assert_eq!(core_of(&tenant).await, core_of(&read(&Arc::default(), &["toy:a", "toy:b"]).await).await);
}

#[tokio::test]
async fn whoever_is_killed_at_it_comes_to_its_end_when_it_is_done_again() {
    let alone = core_of(&read(&Arc::default(), &["toy:a"]).await).await;
    let mut kills = 0;
    loop {
        let store = Arc::default();
        read(&store, &["toy:a", "toy:b"]).await;
        let mortal = Mortal::new(store.clone(), kills);
        let first = tenant(Lake::over(mortal.clone(), options()).unwrap()).forget_connection("toy", "toy:b").await;
        let second = tenant(Lake::over(store, options()).unwrap());
        second.forget_connection("toy", "toy:b").await.unwrap();
        assert_eq!(
            (core_of(&second).await, landed(&second).await),
            (alone.clone(), BTreeSet::from(["toy:a".to_owned()]))
        );
        if first.is_ok() {
            break;
        }
        kills += 1;
    }
    assert!(kills > 2, "it was killed at {kills} writes");
}
