//! Backups that are put back where there is too little room, after a restore that was killed, and beside what is not theirs.

use super::lake::tenant;
use super::support::*;
use chrono::DateTime;
use futures::TryStreamExt as _;
use object_store::memory::InMemory;
use object_store::path::Path;
use object_store::{ObjectStore as _, ObjectStoreExt as _};
use pulse_engine::TenantId;
use pulse_engine::lake::{Backups, Lake, Manifest, Options, When};
use std::collections::BTreeMap;
use std::sync::Arc;

/// A backup of a lake in which two tenants have a table, and what that of the one holds.
async fn backup() -> (Backups, Manifest, Vec<String>) {
    let lake = Lake::open("memory:///", Options::default()).unwrap();
    let umbrella = lake.tenant(&TenantId::new("umbrella").unwrap());
    for (of, name) in [(&tenant(&lake), "one"), (&umbrella, "other")] {
        for n in 0..3 {
            let row = repository(&format!("test:a:{n}"), name, n);
            repositories(of).append(&[batch(&[row])], &[], When::New).await.unwrap();
        }
    }
    let backups = Backups::open("memory:///", &[]).unwrap();
    let (none, now) = (BTreeMap::new(), DateTime::UNIX_EPOCH);
    let (manifest, made) = backups.make(&lake, &none, BTreeMap::new(), "test", now).await.unwrap();
    assert_eq!(made.objects, 12, "a file and a commit for each of six");
    (backups, manifest, told(&repositories(&tenant(&lake))).await)
}

/// A lake in a store that has room for so many more objects.
fn with_room(store: &Arc<InMemory>, objects: i64) -> Lake {
    Lake::over(Mortal::new(Arc::clone(store), objects), Options::default()).unwrap()
}

/// All that stands in a store: where, and how long it is.
async fn listed(store: &InMemory) -> BTreeMap<String, u64> {
    store.list(None).map_ok(|meta| (meta.location.to_string(), meta.size)).try_collect().await.unwrap()
}

#[tokio::test]
async fn where_there_is_room_for_a_part_alone_nothing_is_left_of_it() {
    let (backups, manifest, expected) = backup().await;
    for room in 0..12 {
        let store = Arc::new(InMemory::new());
        let error = backups.restore(&manifest, &with_room(&store, room)).await.unwrap_err().to_string();
        assert!(error.contains("killed"), "{error}");
        assert_eq!(listed(&store).await, BTreeMap::new(), "with room for {room}");
    }
    let lake = with_room(&Arc::new(InMemory::new()), 12);
    assert_eq!(backups.restore(&manifest, &lake).await.unwrap().len(), 12);
    assert_eq!(told(&repositories(&tenant(&lake))).await, expected);
}

#[tokio::test]
async fn a_restore_that_was_killed_goes_on_and_what_it_left_stays_should_that_fail() {
    let (backups, manifest, expected) = backup().await;
    let store = Arc::new(InMemory::new());
    backups.restore(&manifest, &with_room(&store, 12)).await.unwrap();
    let whole = listed(&store).await;
    // It was killed before any log was there, and half of the files.
    for (_, path) in whole.keys().enumerate().filter(|(n, path)| path.contains("_delta_log") || n % 2 == 0) {
        store.delete(&Path::parse(path).unwrap()).await.unwrap();
    }
    let half = listed(&store).await;
    assert!(!half.is_empty() && half.len() < 6, "{half:?}");
    assert!(backups.restore(&manifest, &with_room(&store, 7)).await.is_err());
    assert_eq!(listed(&store).await, half);
    let lake = with_room(&store, 12);
    let new = backups.restore(&manifest, &lake).await.unwrap();
    assert_eq!(new.len(), 12 - half.len());
    assert_eq!(listed(&store).await, whole);
    assert_eq!(told(&repositories(&tenant(&lake))).await, expected);
    // So is one that was killed once all of the lake was there, and what it takes back then is nothing.
    assert_eq!(backups.restore(&manifest, &with_room(&store, 12)).await.unwrap(), Vec::<String>::new());
}

#[tokio::test]
async fn beside_anything_that_it_does_not_have_a_backup_is_not_restored() {
    let (backups, manifest, _) = backup().await;
    let store = Arc::new(InMemory::new());
    backups.restore(&manifest, &with_room(&store, 12)).await.unwrap();
    let (first, bytes) = listed(&store).await.pop_first().unwrap();
    for (path, length) in [("tenant=acme/raw/git/part-more.parquet".to_owned(), 1), (first, bytes + 1)] {
        let at = Path::parse(&path).unwrap();
        let before = store.get(&at).await.ok();
        store.put(&at, vec![b'x'; usize::try_from(length).unwrap()].into()).await.unwrap();
        let there = listed(&store).await;
        let error = backups.restore(&manifest, &with_room(&store, 99)).await.unwrap_err().to_string();
        assert!(error.contains(&path) && error.contains("restore into one that is empty"), "{error}");
        assert_eq!(listed(&store).await, there);
        match before {
            Some(before) => drop(store.put(&at, before.bytes().await.unwrap().into()).await.unwrap()),
            None => store.delete(&at).await.unwrap(),
        }
    }
    backups.restore(&manifest, &with_room(&store, 12)).await.unwrap();
}
