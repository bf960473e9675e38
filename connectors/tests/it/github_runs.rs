//! Runs of workflows with their earlier attempts, and with their jobs where those are asked for.

use crate::alike::{BRANCHES_WENT, assert_alike, assert_alike_but, dies_after, told};
use crate::github_sync::{open, serve, world};
use crate::lake::{ids, tenant};
use arrow::array::AsArray as _;
use arrow::datatypes::Int64Type;
use chrono::TimeDelta;
use pulse_connectors::github::{GithubSettings, GithubSource};
use pulse_connectors::{Error, Result, SyncReport, mapper, sync};
use pulse_engine::{Clock, Tenant};
use pulse_simulator::world::{RunStatus, WorkflowRun};
use pulse_simulator::{Server, TOKEN, World};
use serde_json::json;
use std::collections::BTreeMap;

fn source(server: &Server, jobs: bool) -> GithubSource {
    let settings = GithubSettings::from_json(&json!({"owners": ["acme"], "jobs": jobs})).unwrap();
    open(server, TOKEN, settings).unwrap()
}

async fn read(tenant: &Tenant, server: &Server, jobs: bool) -> Result<SyncReport> {
    let read = sync(tenant, Box::new(source(server, jobs)), Clock::System, &|_| ()).await;
    tenant.map(mapper("github").unwrap().as_ref(), false).await.unwrap();
    read
}

async fn once(server: &Server) -> crate::alike::Told {
    let tenant = tenant().await;
    read(&tenant, server, true).await.unwrap();
    told(&tenant).await
}

/// How often each address below a single run was asked for.
fn questions(server: &Server, what: &str) -> BTreeMap<String, usize> {
    let mut asked = BTreeMap::new();
    for served in server.github.log.requests().iter().filter(|served| served.status == 200) {
        if served.path.contains("/attempts/") && served.path.ends_with("/jobs") == (what == "jobs") {
            *asked.entry(served.path.clone()).or_default() += 1;
        }
    }
    asked
}

/// How many runs and jobs landed.
async fn landed(tenant: &Tenant) -> i64 {
    let statement = "SELECT count(*) FROM raw.github WHERE stream IN ('workflow_runs', 'jobs')";
    tenant.sql(statement).await.unwrap()[0].column(0).as_primitive::<Int64Type>().value(0)
}

fn attempts(server: &Server) -> usize {
    let world = server.github.world.lock();
    world.repositories.values().flat_map(|r| r.runs.values()).map(|run| 1 + run.earlier.len()).sum()
}

/// A world in which one run was tried three times: it was stopped, failed, and then succeeded.
fn thrice() -> (World, String) {
    let mut world = World::empty("acme", "2026-03-02T10:00:00Z".parse().unwrap());
    world.add_person("ada", Some("Ada"));
    let shop = world.create_repository("shop", "ada");
    let commit = world.compose(&[], "ada", world.now, "Begin");
    let sha = commit.sha.clone();
    world.push(shop, "main", vec![commit], "ada");
    let run = world.start_run(shop, "main", &sha, "push", "ada").unwrap();
    for status in [RunStatus::Cancelled, RunStatus::Failure, RunStatus::Success] {
        world.now += TimeDelta::minutes(10);
        world.finish_run(shop, run, status, "ada");
        if status != RunStatus::Success {
            world.now += TimeDelta::minutes(5);
            world.restart_run(shop, run, "ada");
        }
    }
    (world, format!("github:acme:{shop}/builds/{run}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn each_attempt_of_a_run_is_a_build_with_what_came_of_it() {
    let (world, run) = thrice();
    let server = serve(world).await;
    let tenant = tenant().await;
    read(&tenant, &server, false).await.unwrap();
    let all = told(&tenant).await;
    let told: Vec<(&str, &str)> = all["builds"]
        .iter()
        .map(|(id, row)| {
            let said = |name: &str| row.lines().find_map(|line| line.strip_prefix(name)).unwrap();
            assert_eq!(*id, format!("{run}/{}", said("attempt=")));
            (said("status="), said("started_at="))
        })
        .collect();
    assert_eq!(
        told,
        [
            ("cancelled", "2026-03-02T10:00:00Z"),
            ("failed", "2026-03-02T10:15:00Z"),
            ("succeeded", "2026-03-02T10:30:00Z"),
        ]
    );
    assert!(questions(&server, "jobs").is_empty(), "nobody asked for jobs");
    assert_eq!(questions(&server, "attempts").len(), 2);
    // GitHub forgets attempts after a while: what is left is told.
    let server = serve({
        let mut world = thrice().0;
        let runs = world.repositories.values_mut().flat_map(|r| r.runs.values_mut());
        runs.for_each(|run: &mut WorkflowRun| run.earlier.clear());
        world
    })
    .await;
    let tenant = self::tenant().await;
    read(&tenant, &server, true).await.unwrap();
    assert_eq!(ids(&tenant, "builds").await.len(), 1);
    assert_eq!(ids(&tenant, "build_jobs").await.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_is_run_again_weeks_after_it_was_made_is_read_again_within_a_day() {
    let (mut world, _) = thrice();
    let (shop, old, sha) = {
        let (id, repository) = world.repositories.iter().next().unwrap();
        (*id, *repository.runs.keys().next().unwrap(), repository.branches["main"].clone())
    };
    let runs = |world: &mut World| {
        let run = world.start_run(shop, "main", &sha, "push", "ada").unwrap();
        world.now += TimeDelta::minutes(10);
        world.finish_run(shop, run, RunStatus::Success, "ada");
        world.now += TimeDelta::minutes(10);
    };
    world.now += TimeDelta::days(20);
    runs(&mut world);
    let server = serve(world).await;
    let tenant = tenant().await;
    read(&tenant, &server, true).await.unwrap();
    assert_eq!(ids(&tenant, "builds").await.len(), 4);
    {
        let mut world = server.github.world.lock();
        let world = &mut *world;
        world.restart_run(shop, old, "ada");
        world.now += TimeDelta::minutes(10);
        world.finish_run(shop, old, RunStatus::Failure, "ada");
        // What is read next is newer than that.
        runs(world);
    }
    read(&tenant, &server, true).await.unwrap();
    assert_eq!(ids(&tenant, "builds").await.len(), 5, "the old one was looked at by now");
    server.github.world.lock().now += TimeDelta::days(1);
    read(&tenant, &server, true).await.unwrap();
    assert_eq!(ids(&tenant, "builds").await.len(), 6);
    assert_alike(&once(&server).await, &told(&tenant).await);
    // Once a day is enough, and what changed before the newest does not land again.
    server.github.log.clear();
    read(&tenant, &server, true).await.unwrap();
    assert!(server.github.log.requests().iter().all(|served| served.operation.is_some() || served.status == 304));
    let before = landed(&tenant).await;
    server.github.world.lock().now += TimeDelta::days(1);
    read(&tenant, &server, true).await.unwrap();
    // But for the newest and its jobs: another may be of the same second.
    assert_eq!(landed(&tenant).await, before + 2);
    // Five weeks after the youngest was made nothing can change any more.
    server.github.world.lock().now += TimeDelta::days(35);
    server.github.log.clear();
    read(&tenant, &server, true).await.unwrap();
    assert!(server.github.log.requests().iter().all(|served| served.operation.is_some() || served.status == 304));
}

#[tokio::test(flavor = "multi_thread")]
async fn jobs_are_read_when_they_are_asked_for_and_those_of_before_then_too() {
    let server = serve(world(20)).await;
    let tenant = tenant().await;
    read(&tenant, &server, false).await.unwrap();
    assert!(ids(&tenant, "build_jobs").await.is_empty());
    for (jobs, days) in [(true, 5), (false, 3), (true, 2)] {
        server.github.world.lock().advance(days);
        read(&tenant, &server, jobs).await.unwrap();
    }
    let (there, builds) = (ids(&tenant, "build_jobs").await, ids(&tenant, "builds").await);
    assert_eq!((there.len(), builds.len()), (2 * attempts(&server), attempts(&server)));
    assert!(there.iter().all(|job| builds.iter().any(|build| job.starts_with(&format!("{build}/jobs/")))));
    assert_alike_but(BRANCHES_WENT, &once(&server).await, &told(&tenant).await);
    server.github.log.clear();
    assert_eq!(read(&tenant, &server, true).await.unwrap().payloads, 0);
    assert!(questions(&server, "jobs").is_empty(), "of what is not new nothing is asked");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reading_of_jobs_that_is_killed_at_every_page_goes_on_with_the_next_runs() {
    let server = serve(world(20)).await;
    let tenant = tenant().await;
    let mut kills = 0;
    loop {
        let dies = dies_after(&tenant, 1);
        if sync(&dies, Box::new(source(&server, true)), Clock::System, &|_| ()).await.is_ok() {
            break;
        }
        kills += 1;
        assert!(kills < 500, "it never comes to an end");
    }
    assert!(kills > 3, "{kills}");
    tenant.map(mapper("github").unwrap().as_ref(), false).await.unwrap();
    assert_alike(&once(&server).await, &told(&tenant).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn jobs_are_read_within_the_hourly_budget_newest_first_and_none_of_them_over_and_over() {
    let server = serve(world(12)).await;
    server.github.faults.rules.lock().hourly_limit = 30;
    let tenant = tenant().await;
    let mut waits = 0;
    while let Err(error) = read(&tenant, &server, true).await {
        assert!(matches!(error, Error::Wait { .. }), "{error}");
        waits += 1;
        assert!(waits < 100, "it never comes to an end");
        server.github.world.lock().now += TimeDelta::hours(1);
        server.github.reset_limits();
    }
    assert!(waits > 1, "{waits}");
    let asked = questions(&server, "jobs");
    assert_eq!(asked.len(), attempts(&server));
    let again: Vec<_> = asked.iter().filter(|(_, times)| **times > 1).collect();
    assert!(again.is_empty(), "after {waits} waits: {again:?}");
    server.github.faults.rules.lock().hourly_limit = 5000;
    assert_alike(&once(&server).await, &told(&tenant).await);
}
