//! A long list of a simulated GitHub, read by one who is killed at every page: none that is landed is asked for again.

use crate::alike::dies_after;
use crate::github_sync::{map, serve, source};
use crate::lake::{ids, tenant};
use chrono::TimeDelta;
use pulse_connectors::sync;
use pulse_engine::Clock;
use pulse_simulator::World;
use serde_json::Value;

const ISSUES: usize = 400;

#[tokio::test(flavor = "multi_thread")]
async fn a_reading_that_is_killed_at_every_page_asks_for_none_again_that_is_landed() {
    let mut world = World::empty("acme", "2026-03-02T10:00:00Z".parse().unwrap());
    world.add_person("eve", Some("Eve"));
    let id = world.create_repository("shop", "eve");
    for n in 0..ISSUES {
        world.open_issue(id, "eve", &format!("Issue {n}"), "", &[]).unwrap();
        // So far apart that no later reading looks for what changed at the time of many.
        world.now += TimeDelta::hours(1);
    }
    let (server, tenant) = (serve(world).await, tenant().await);
    // The places behind which pages are landed.
    let mut landed: Vec<Value> = Vec::new();
    let (mut is_killed, mut kills) = (true, 0);
    while is_killed {
        assert!(kills < 100, "it never comes to an end");
        // The place behind the last page that is landed.
        let part = tenant.cursors("github", "github:acme").await.unwrap().remove(&id.to_string());
        let part: Value = part.map(|part| serde_json::from_str(&part).unwrap()).unwrap_or_default();
        let place = &part["lists"]["issues"]["walk"]["after"];
        server.github.log.clear();
        is_killed = sync(&dies_after(&tenant, 1), Box::new(source(&server)), Clock::System, &|_| ()).await.is_err();
        kills += usize::from(is_killed);
        if place.is_string() {
            // What the one before had asked for ahead may come in only now.
            let asked = server.github.log.requests();
            let asked: Vec<&Value> = asked
                .iter()
                .filter(|served| served.operation.as_deref() == Some("Issues"))
                .map(|served| &served.variables["after"])
                .collect();
            assert!(asked.contains(&place), "after {kills} kills: {place} is not among {asked:?}");
            let again: Vec<_> = landed.iter().filter(|place| asked.contains(place)).collect();
            assert!(again.is_empty(), "after {kills} kills: {again:?} again");
            landed.push(place.clone());
        }
    }
    assert!(landed.len() > 2, "{} of {kills}", landed.len());
    map(&tenant).await;
    assert_eq!(ids(&tenant, "work_items").await.len(), ISSUES);
}
