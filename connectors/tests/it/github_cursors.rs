//! How far repositories are read is told apart from their branches and tags, which once stood with it; and what cannot be read of it
//! keeps nothing else from being read.

use crate::alike::{assert_alike, told};
use crate::github_sync::{map, once, read, serve, source, world};
use crate::lake::{ids, tenant, texts};
use arrow::array::AsArray as _;
use arrow::datatypes::Int64Type;
use chrono::TimeDelta;
use pulse_connectors::sync;
use pulse_engine::land::{Cursors, Page};
use pulse_engine::{Clock, Tenant};
use pulse_simulator::World;
use serde_json::Value;

#[tokio::test(flavor = "multi_thread")]
async fn branches_and_tags_stand_apart_and_are_known_where_an_earlier_version_left_them() {
    let server = serve(world(20)).await;
    let lake = tenant().await;
    read(&lake, &server).await.unwrap();
    let cursors = lake.cursors("github", "github:acme").await.unwrap();
    let (refs, mut earlier): (Cursors, Cursors) = cursors.into_iter().partition(|(part, _)| part.ends_with("/refs"));
    assert!(!refs.is_empty() && refs.values().any(|known| known.contains("heads/")), "{refs:?}");
    for (part, known) in &refs {
        let stands = earlier.get_mut(part.trim_end_matches("/refs")).unwrap();
        let mut old: Value = serde_json::from_str(stands).unwrap();
        assert_eq!(old["commits"].get("refs"), None);
        // As an earlier version wrote it.
        old["commits"]["refs"] = serde_json::from_str(known).unwrap();
        *stands = old.to_string();
    }
    let other = tenant().await;
    other.land("github", "github:acme", Page { cursors: earlier, ..Page::default() }).await.unwrap();
    read(&other, &server).await.unwrap();
    let now = other.cursors("github", "github:acme").await.unwrap();
    assert!(refs.iter().all(|(part, known)| now.get(part) == Some(known)));
    let statement = "SELECT count(*) FROM raw.github WHERE stream IN ('commits', 'branches', 'tags')";
    let rows = other.sql(statement).await.unwrap();
    assert_eq!(rows[0].column(0).as_primitive::<Int64Type>().value(0), 0, "nothing of it landed again");
}

/// Spoils some cursors.
async fn spoil(tenant: &Tenant, which: &str) {
    let mut cursors = tenant.cursors("github", "github:acme").await.unwrap();
    cursors.retain(|part, _| match which {
        "owners" => part == "owners",
        "refs" => part.ends_with("/refs"),
        "repositories" => part != "owners" && !part.ends_with("/refs"),
        _ => true,
    });
    assert!(!cursors.is_empty(), "{which}");
    cursors.values_mut().for_each(|cursor| "[".clone_into(cursor));
    tenant.land("github", "github:acme", Page { cursors, ..Page::default() }).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repository_that_went_while_nobody_knew_its_name_any_more_stays_until_somebody_says_that_it_is_gone() {
    let mut world = World::empty("acme", "2026-03-02T10:00:00Z".parse().unwrap());
    world.add_person("eve", None);
    let [shop, api] = ["shop", "api"].map(|name| world.create_repository(name, "eve"));
    let server = serve(world).await;
    let tenant = tenant().await;
    read(&tenant, &server).await.unwrap();
    map(&tenant).await;
    assert_eq!(ids(&tenant, "repositories").await.len(), 2);
    spoil(&tenant, "repositories").await;
    server.github.world.lock().delete_repository(shop, "eve");
    for keys in [vec!["cursors", "unseen/?"], vec!["unseen/?"]] {
        server.github.world.lock().now += TimeDelta::hours(1);
        read(&tenant, &server).await.unwrap();
        map(&tenant).await;
        assert_eq!(texts(&tenant, "rejects", "key").await, keys);
        assert_eq!(ids(&tenant, "repositories").await.len(), 2);
    }
    let reason = texts(&tenant, "rejects", "reason").await.remove(0);
    assert!(reason.contains(&format!("(`{shop}`)")), "{reason}");
    server.github.world.lock().now += TimeDelta::hours(1);
    sync(&tenant, Box::new(source(&server).whole()), Clock::System, &|_| ()).await.unwrap();
    map(&tenant).await;
    assert_eq!(ids(&tenant, "repositories").await, [format!("github:acme:{api}")]);
    assert!(ids(&tenant, "rejects").await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_cursor_is_of_that_cannot_be_read_is_read_anew_and_somebody_is_told() {
    for spoilt in ["owners", "repositories", "refs", "all"] {
        let server = serve(world(20)).await;
        let tenant = tenant().await;
        read(&tenant, &server).await.unwrap();
        map(&tenant).await;
        spoil(&tenant, spoilt).await;
        {
            let mut world = server.github.world.lock();
            world.now += TimeDelta::hours(3);
            let mut all = world.repositories.values().filter(|r| !r.is_fork && !r.is_elsewhere);
            let found = all.find_map(|repository| Some((repository.id, *repository.issues.keys().next()?)));
            let (repository, number) = found.unwrap();
            world.edit_issue(repository, number, "nobody", |issue| "Another".clone_into(&mut issue.title));
            world.now += TimeDelta::hours(3);
        }
        read(&tenant, &server).await.unwrap();
        map(&tenant).await;
        assert_eq!(texts(&tenant, "rejects", "key").await, ["cursors"], "{spoilt}");
        assert!(texts(&tenant, "work_items", "title").await.contains(&"Another".to_owned()), "{spoilt}");
        server.github.world.lock().now += TimeDelta::minutes(5);
        read(&tenant, &server).await.unwrap();
        map(&tenant).await;
        assert!(ids(&tenant, "rejects").await.is_empty(), "{spoilt}: it is over");
        assert_alike(&once(&server).await, &told(&tenant).await);
        server.github.world.lock().now += TimeDelta::minutes(5);
        assert_eq!(read(&tenant, &server).await.unwrap().payloads, 0, "{spoilt}: all is known again");
    }
}
