//! What a reading asks GitHub for after hooks were called: for the repositories that the calls are about, and for all that there is once
//! in ten minutes.

use crate::alike::{assert_alike, told};
use crate::github_sync::{map, once, open, serve};
use crate::lake::{ids, tenant, texts};
use chrono::TimeDelta;
use pulse_connectors::github::GithubSettings;
use pulse_connectors::{called, sync};
use pulse_engine::land::Page;
use pulse_engine::{Clock, Tenant};
use pulse_simulator::{Served, Server, TOKEN, World};
use serde_json::{Value as Json, json};

const BEGAN: i64 = 1_800_000_000_000_000;
const MINUTE: i64 = 60 * 1_000_000;
/// Three questions tell of so many, fifty by fifty.
const SHOPS: usize = 120;

/// Repositories with a commit each, and their numbers. From then on hooks are called.
async fn shops() -> (Server, Vec<i64>) {
    let mut world = World::empty("acme", "2026-03-02T10:00:00Z".parse().unwrap());
    world.add_person("eve", None);
    let mut repositories = Vec::new();
    for number in 0..SHOPS {
        let repository = world.create_repository(&format!("shop-{number}"), "eve");
        let commit = world.compose(&[], "eve", world.now, "Begin");
        world.push(repository, "main", vec![commit], "eve");
        repositories.push(repository);
    }
    world.listening = true;
    (serve(world).await, repositories)
}

/// Reads and maps at a minute of our clock, and tells what was asked.
async fn read(tenant: &Tenant, server: &Server, settings: Json, minute: i64) -> Vec<Served> {
    server.github.log.clear();
    let source = open(server, TOKEN, GithubSettings::from_json(&settings).unwrap()).unwrap();
    sync(tenant, Box::new(source), Clock::Fixed(BEGAN + minute * MINUTE), &|_| ()).await.unwrap();
    map(tenant).await;
    server.github.log.requests()
}

/// Somebody opens an issue in each of some repositories, which calls hooks.
fn open_issues(server: &Server, repositories: &[i64]) {
    let mut world = server.github.world.lock();
    world.now += TimeDelta::minutes(1);
    for repository in repositories {
        world.open_issue(*repository, "eve", "Slow", "", &[]).unwrap();
    }
}

/// Lands what hooks were called with meanwhile.
async fn land(tenant: &Tenant, server: &Server, minute: i64) {
    let deliveries = std::mem::take(&mut server.github.world.lock().deliveries);
    assert!(!deliveries.is_empty());
    let payloads = deliveries.iter().map(|delivery| {
        let (headers, body) = delivery.request("secret");
        let header = |wanted: &str| {
            let found = headers.iter().find(|(name, _)| name.eq_ignore_ascii_case(wanted));
            found.map(|(_, value)| value.clone())
        };
        called("github", &header, body.as_bytes(), BEGAN + minute * MINUTE).unwrap().unwrap()
    });
    let payloads = payloads.collect();
    tenant.land("github", "github:acme", Page { payloads, ..Page::default() }).await.unwrap();
}

/// How often an operation is among some requests.
fn count(requests: &[Served], operation: &str) -> usize {
    requests.iter().filter(|served| served.operation.as_deref() == Some(operation)).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repository_that_a_call_is_about_is_asked_for_alone_and_all_of_them_once_in_ten_minutes() {
    let (server, shops) = shops().await;
    let tenant = tenant().await;
    let owner = json!({"owners": ["acme"]});
    read(&tenant, &server, owner.clone(), 0).await;
    // As nobody called: each is asked what its workflows did.
    let all = read(&tenant, &server, owner.clone(), 1).await;
    assert_eq!((count(&all, "Repositories"), all.len()), (3, 3 + SHOPS));
    open_issues(&server, &shops[7..8]);
    land(&tenant, &server, 2).await;
    assert_eq!(count(&read(&tenant, &server, owner.clone(), 2).await, "Repositories"), 3);
    assert_eq!(ids(&tenant, "work_items").await.len(), 1);

    // Two repositories, of which one is called about twice.
    open_issues(&server, &[shops[7], shops[9], shops[9]]);
    land(&tenant, &server, 3).await;
    let some = read(&tenant, &server, owner.clone(), 3).await;
    assert_eq!((count(&some, "Repositories"), count(&some, "Repository"), count(&some, "Issues")), (0, 2, 2));
    let runs: Vec<&str> =
        some.iter().filter(|served| served.operation.is_none()).map(|served| served.path.as_str()).collect();
    let is_of = |path: &&str| path.contains("/acme/shop-7/") || path.contains("/acme/shop-9/");
    assert!(runs.len() == 2 && runs.iter().all(is_of), "{runs:?}");
    assert!(some.len() <= 8, "{some:?}");
    assert_eq!(ids(&tenant, "work_items").await.len(), 4);

    // A call that is lost hides what is new until all is looked at.
    open_issues(&server, &shops[20..21]);
    server.github.world.lock().deliveries.clear();
    open_issues(&server, &shops[7..8]);
    land(&tenant, &server, 5).await;
    assert_eq!(count(&read(&tenant, &server, owner.clone(), 5).await, "Repositories"), 0);
    assert_eq!(ids(&tenant, "work_items").await.len(), 5);
    // Or until somebody asks by hand.
    server.github.log.clear();
    let everywhere = open(&server, TOKEN, GithubSettings::from_json(&owner).unwrap()).unwrap().everywhere();
    sync(&tenant, Box::new(everywhere), Clock::Fixed(BEGAN + 6 * MINUTE), &|_| ()).await.unwrap();
    map(&tenant).await;
    assert_eq!(server.github.log.count("Repositories"), 3);
    assert_eq!(ids(&tenant, "work_items").await.len(), 6);
    open_issues(&server, &shops[20..21]);
    server.github.world.lock().deliveries.clear();
    open_issues(&server, &shops[9..10]);
    land(&tenant, &server, 13).await;
    assert_eq!(count(&read(&tenant, &server, owner, 13).await, "Repositories"), 3);
    assert_alike(&once(&server).await, &told(&tenant).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_about_what_is_not_read_asks_for_nothing_and_one_about_a_repository_as_such_for_all() {
    let (server, shops) = shops().await;
    let tenant = tenant().await;
    let without = json!({"owners": ["acme"], "exclude": ["acme/shop-3"]});
    read(&tenant, &server, without.clone(), 0).await;
    open_issues(&server, &shops[..1]);
    land(&tenant, &server, 1).await;
    read(&tenant, &server, without.clone(), 4).await;
    // What was called for before that is heard no more.
    open_issues(&server, &shops[3..4]);
    land(&tenant, &server, 7).await;
    let asked = read(&tenant, &server, without, 7).await;
    assert!(asked.is_empty(), "{asked:?}");
    // Other settings let it in, whatever was called about.
    let with = json!({"owners": ["acme"]});
    assert_eq!(count(&read(&tenant, &server, with.clone(), 8).await, "Repositories"), 3);
    assert_eq!(ids(&tenant, "work_items").await.len(), 2);
    {
        let mut world = server.github.world.lock();
        world.now += TimeDelta::minutes(1);
        world.rename_repository(shops[5], "store", "eve");
    }
    land(&tenant, &server, 9).await;
    assert_eq!(count(&read(&tenant, &server, with, 9).await, "Repositories"), 3);
    let names = texts(&tenant, "repositories", "name").await;
    assert!(names.iter().any(|name| name == "acme/store"), "{names:?}");
}
