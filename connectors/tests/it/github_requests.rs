//! What belongs to a pull request, read from a simulated GitHub: threads of reviews however long, whom it was shown to, and that it
//! was to be merged by itself.

use crate::alike::told;
use crate::github_sync::{open, serve};
use crate::lake::{ids, tenant, texts};
use chrono::TimeDelta;
use pulse_connectors::github::GithubSettings;
use pulse_connectors::{mapper, sync};
use pulse_engine::{Clock, Tenant};
use pulse_simulator::world::{MergeMethod, NewPullRequest, Reviewer};
use pulse_simulator::{Server, TOKEN, World};
use serde_json::json;

/// A world with one pull request: it, its repository and its number.
fn requested() -> (World, i64, u64) {
    let mut world = World::empty("acme", "2026-03-02T10:00:00Z".parse().unwrap());
    for login in ["ada", "bob"] {
        world.add_person(login, Some(login));
    }
    let shop = world.create_repository("shop", "ada");
    let first = world.compose(&[], "ada", world.now, "Begin");
    let second = world.compose(&[&first.sha], "ada", world.now, "Work");
    let (base, sha) = (first.sha.clone(), second.sha.clone());
    world.push(shop, "main", vec![first], "ada");
    world.push(shop, "work", vec![second], "ada");
    assert_ne!(base, sha);
    let new = NewPullRequest {
        title: "Work".to_owned(),
        author: "ada".to_owned(),
        head: "work".to_owned(),
        commits: vec![sha],
        ..NewPullRequest::default()
    };
    let number = world.open_pull_request(shop, new).unwrap();
    (world, shop, number)
}

async fn read(tenant: &Tenant, server: &Server) {
    let settings = GithubSettings::from_json(&json!({"owners": ["acme"]})).unwrap();
    sync(tenant, Box::new(open(server, TOKEN, settings).unwrap()), Clock::System, &|_| ()).await.unwrap();
    tenant.map(mapper("github").unwrap().as_ref(), false).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_people_work_on_is_read_before_all_commits_the_first_time() {
    let (world, ..) = requested();
    let server = serve(world).await;
    let tenant = tenant().await;
    read(&tenant, &server).await;
    let asked = server.github.log.requests();
    let requests = asked.iter().position(|served| served.operation.as_deref() == Some("PullRequests")).unwrap();
    let commits = asked.iter().position(|served| served.path.ends_with("/commits")).unwrap();
    assert!(requests < commits, "{asked:#?}");
    assert_eq!((ids(&tenant, "pull_requests").await.len(), ids(&tenant, "commits").await.len()), (1, 2));
}

#[tokio::test(flavor = "multi_thread")]
async fn every_comment_of_every_thread_is_read_however_many_there_are() {
    let (mut world, shop, number) = requested();
    // More threads than come with a list, and one that is longer than comes with them, twice over.
    let threads: Vec<i64> = (0..130).map(|_| world.begin_thread(shop, number, "bob").unwrap()).collect();
    for (thread, answers) in [(threads[0], 240), (threads[125], 40)] {
        for _ in 0..answers {
            world.answer_thread(shop, number, thread, "ada");
        }
    }
    world.resolve_thread(shop, number, threads[0]);
    let server = serve(world).await;
    let tenant = tenant().await;
    read(&tenant, &server).await;
    let comments = ids(&tenant, "comments").await;
    assert_eq!(comments.len(), 130 + 240 + 40);
    let mut threads = texts(&tenant, "comments", "thread_id").await;
    threads.dedup();
    assert_eq!(threads.len(), 130);
    let all = told(&tenant).await;
    let resolved = all["comments"].values().filter(|row| row.contains("is_resolved=true")).count();
    assert_eq!(resolved, 241);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thread_that_is_resolved_is_so_with_the_next_change_of_its_pull_request() {
    let (mut world, shop, number) = requested();
    let thread = world.begin_thread(shop, number, "bob").unwrap();
    let server = serve(world).await;
    let tenant = tenant().await;
    let resolved = async || {
        read(&tenant, &server).await;
        told(&tenant).await["comments"].values().filter(|row| row.contains("is_resolved=true")).count()
    };
    assert_eq!(resolved().await, 0);
    {
        let mut world = server.github.world.lock();
        world.now += TimeDelta::minutes(10);
        world.resolve_thread(shop, number, thread);
        world.comment(shop, number, "ada").unwrap();
    }
    assert_eq!(resolved().await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_was_asked_and_that_it_was_to_be_merged_by_itself_stay_known_after_the_merge() {
    let (mut world, shop, number) = requested();
    world.now += TimeDelta::hours(1);
    world.request_review(shop, number, "ada", Reviewer::Account("bob".to_owned()));
    world.now += TimeDelta::hours(1);
    world.remove_review_request(shop, number, "ada", Reviewer::Account("bob".to_owned()));
    world.enable_auto_merge(shop, number, "ada");
    world.now += TimeDelta::hours(1);
    let server = serve(world).await;
    let tenant = tenant().await;
    let auto = async || {
        read(&tenant, &server).await;
        let all = told(&tenant).await;
        let row = all["pull_requests"].values().next().unwrap();
        row.lines().find_map(|line| line.strip_prefix("auto_merge_at=").map(str::to_owned)).unwrap()
    };
    assert_eq!(auto().await, "2026-03-02T12:00:00Z");
    server.github.world.lock().now += TimeDelta::hours(1);
    server.github.world.lock().merge(shop, number, "bob", MergeMethod::Squash).unwrap();
    assert_eq!(auto().await, "2026-03-02T12:00:00Z");
    let all = told(&tenant).await;
    let asked: Vec<&String> = all["review_requests"].values().collect();
    assert!(asked.len() == 1 && asked[0].contains("requested_at=2026-03-02T11:00:00Z"), "{asked:?}");
    assert!(asked[0].contains("removed_at=2026-03-02T12:00:00Z"), "{asked:?}");
    assert_eq!(texts(&tenant, "review_requests", "pull_request_id").await, ids(&tenant, "pull_requests").await);
}
