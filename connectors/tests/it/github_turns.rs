//! Repositories of a simulated GitHub that are all large: they take turns, so that each soon shows what happened in it last.

use crate::alike::dies_after;
use crate::github_sync::{map, read, serve, source};
use crate::lake::{ids, tenant};
use chrono::TimeDelta;
use pulse_connectors::sync;
use pulse_engine::Clock;
use pulse_simulator::World;
use pulse_simulator::world::NewPullRequest;
use std::collections::BTreeMap;

/// How many repositories are large, and how many issues each has: more repositories than are read at once.
const REPOSITORIES: usize = 9;
const ISSUES: usize = 30;

#[tokio::test(flavor = "multi_thread")]
async fn a_large_repository_holds_none_of_the_others_back() {
    let mut world = World::empty("acme", "2026-03-02T10:00:00Z".parse().unwrap());
    world.add_person("eve", None);
    for number in 0..REPOSITORIES {
        let repository = world.create_repository(&format!("r{number}"), "eve");
        for issue in 0..ISSUES {
            // So far apart that none of them is read once more for the others.
            world.now += TimeDelta::hours(1);
            world.open_issue(repository, "eve", &format!("Issue {issue}"), "", &[]).unwrap();
        }
    }
    let (server, tenant) = (serve(world).await, tenant().await);
    // Each issue is a page of its own.
    server.github.faults.rules.lock().largest_first = Some(1);
    read(&tenant, &server).await.unwrap();
    // Of each page of issues that was told the repository.
    let requests = server.github.log.requests();
    let told = requests.iter().filter(|served| served.operation.as_deref() == Some("Issues") && served.status == 200);
    let pages: Vec<&str> = told.filter_map(|served| served.variables["name"].as_str()).collect();
    assert!(pages.len() >= REPOSITORIES * ISSUES, "{pages:?}");
    let mut read: BTreeMap<&str, usize> = BTreeMap::new();
    for page in &pages {
        let count = read.entry(page).or_default();
        *count += 1;
        if *count == ISSUES {
            break;
        }
    }
    assert_eq!(read.len(), REPOSITORIES, "one was read to its end before each was begun: {pages:?}");
    // No page is told more often for that, but for the first of each, where what changed meanwhile is looked for.
    assert!(pages.len() <= REPOSITORIES * (ISSUES + 10), "{}", pages.len());
    map(&tenant).await;
    assert_eq!(ids(&tenant, "work_items").await.len(), REPOSITORIES * ISSUES);
    assert_eq!(ids(&tenant, "rejects").await, [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_changed_last_is_there_when_the_first_page_of_its_list_is() {
    let mut world = World::empty("acme", "2026-03-02T10:00:00Z".parse().unwrap());
    world.add_person("eve", None);
    let shop = world.create_repository("shop", "eve");
    let first = world.compose(&[], "eve", world.now, "Begin");
    let work = world.compose(&[&first.sha], "eve", world.now, "Work");
    let sha = work.sha.clone();
    world.push(shop, "main", vec![first], "eve");
    world.push(shop, "work", vec![work], "eve");
    let (mut issues, mut requests) = (Vec::new(), Vec::new());
    for n in 0..ISSUES {
        world.now += TimeDelta::hours(1);
        issues.push(world.open_issue(shop, "eve", &format!("Issue {n}"), "", &[]).unwrap());
        let new = NewPullRequest {
            title: format!("Work {n}"),
            author: "eve".to_owned(),
            head: "work".to_owned(),
            commits: vec![sha.clone()],
            ..NewPullRequest::default()
        };
        requests.push(world.open_pull_request(shop, new).unwrap());
    }
    // One of each is talked about that is neither among the oldest nor among the newest.
    let (issue, request) = (issues[ISSUES / 2], requests[ISSUES / 2]);
    world.now += TimeDelta::hours(1);
    for number in [issue, request] {
        world.comment(shop, number, "eve").unwrap();
    }
    let (server, tenant) = (serve(world).await, tenant().await);
    server.github.faults.rules.lock().largest_first = Some(5);
    let mut kills = 0;
    for (entity, below, number) in [("pull_requests", "pull_requests", request), ("work_items", "issues", issue)] {
        let mut held = Vec::new();
        // What is read dies after each page that lands, until it is one of these.
        while held.is_empty() {
            assert!(kills < 100, "it never comes to {entity}");
            kills += 1;
            let dies = dies_after(&tenant, 1);
            sync(&dies, Box::new(source(&server)), Clock::System, &|_| ()).await.unwrap_err();
            map(&tenant).await;
            held = ids(&tenant, entity).await;
        }
        assert!(held.len() < ISSUES, "all {entity} landed at once");
        assert!(held.contains(&format!("github:acme:{shop}/{below}/{number}")), "{held:?}");
    }
}
