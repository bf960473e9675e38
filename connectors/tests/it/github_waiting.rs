//! Deployments that wait for longer than their list is read back.

use crate::alike::{assert_alike, told};
use crate::github_sync::{once, open, serve};
use crate::lake::tenant;
use chrono::TimeDelta;
use pulse_connectors::github::GithubSettings;
use pulse_connectors::{mapper, sync};
use pulse_engine::{Clock, Tenant};
use pulse_simulator::world::{DeploymentState, NewDeployment};
use pulse_simulator::{Server, TOKEN, World};
use serde_json::json;

/// Reads and maps, and tells how often deployments were asked for by their ids and how many payloads landed.
async fn read(tenant: &Tenant, server: &Server) -> (usize, u64) {
    let deployments = json!({"from": ["deployments", "releases", "tags", "workflow_runs"]});
    let settings = GithubSettings::from_json(&json!({"owners": ["acme"], "deployments": deployments})).unwrap();
    server.github.log.clear();
    let source = open(server, TOKEN, settings).unwrap();
    let report = sync(tenant, Box::new(source), Clock::System, &|_| ()).await.unwrap();
    tenant.map(mapper("github").unwrap().as_ref(), false).await.unwrap();
    let by_id = |served: &&pulse_simulator::Served| served.operation.as_deref() == Some("WaitingDeployments");
    (server.github.log.requests().iter().filter(by_id).count(), report.payloads)
}

/// A world with one repository and one commit.
fn shop() -> (World, i64, String) {
    let mut world = World::empty("acme", "2026-03-02T10:00:00Z".parse().unwrap());
    world.add_person("eve", None);
    let repository = world.create_repository("shop", "eve");
    let commit = world.compose(&[], "eve", world.now, "shop");
    let sha = commit.sha.clone();
    world.push(repository, "main", vec![commit], "eve");
    (world, repository, sha)
}

fn deploy(world: &mut World, repository: i64, sha: &str) -> i64 {
    let new = NewDeployment {
        sha: sha.to_owned(),
        branch: Some("main".to_owned()),
        environment: "production".to_owned(),
        task: "deploy".to_owned(),
        description: None,
        creator: "eve".to_owned(),
    };
    world.deploy(repository, new).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deployment_that_waits_for_weeks_is_asked_for_until_it_is_over() {
    let (mut world, repository, sha) = shop();
    let waits = deploy(&mut world, repository, &sha);
    let server = serve(world).await;
    let tenant = tenant().await;
    let status =
        async || told(&tenant).await["deployments"][&format!("github:acme:{repository}/deployments/{waits}")].clone();
    let later = |time: TimeDelta| server.github.world.lock().now += time;
    assert_eq!(read(&tenant, &server).await.0, 0, "the list brings it");
    // Others come and go, until it is too old to be met in the list.
    for _ in 0..3 {
        later(TimeDelta::days(4));
        {
            let mut world = server.github.world.lock();
            let other = deploy(&mut world, repository, &sha);
            world.set_deployment_status(repository, other, DeploymentState::Success, "eve");
        }
        read(&tenant, &server).await;
    }
    assert!(status().await.contains("status=running"));
    later(TimeDelta::hours(1));
    assert_eq!(read(&tenant, &server).await, (0, 0), "not at every reading");
    later(TimeDelta::hours(5));
    assert_eq!(read(&tenant, &server).await, (1, 0), "nothing of it is new");
    server.github.world.lock().set_deployment_status(repository, waits, DeploymentState::InProgress, "eve");
    later(TimeDelta::hours(6));
    assert_eq!(read(&tenant, &server).await, (1, 1));
    assert!(status().await.contains("started_at=2026-03-14T16:00:00Z"), "{}", status().await);
    later(TimeDelta::days(2));
    server.github.world.lock().set_deployment_status(repository, waits, DeploymentState::Success, "eve");
    assert_eq!(read(&tenant, &server).await.0, 1);
    assert!(status().await.contains("status=succeeded"), "{}", status().await);
    later(TimeDelta::days(1));
    assert_eq!(read(&tenant, &server).await.0, 0, "it is over");
    assert_alike(&once(&server).await, &told(&tenant).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deployment_that_never_ends_is_not_asked_for_for_ever() {
    let (mut world, repository, sha) = shop();
    let never = deploy(&mut world, repository, &sha);
    world.now += TimeDelta::days(10);
    let over = deploy(&mut world, repository, &sha);
    world.set_deployment_status(repository, over, DeploymentState::Failure, "eve");
    let server = serve(world).await;
    let tenant = tenant().await;
    assert_eq!(read(&tenant, &server).await.0, 0, "it was met just now");
    // Days after it was made, and how often it is asked for then: the last time when its time is over.
    for (hours, times) in [(6, 1), (48 * 24, 1), (3 * 24, 1), (24, 0), (24, 0)] {
        server.github.world.lock().now += TimeDelta::hours(hours);
        assert_eq!(read(&tenant, &server).await.0, times, "{hours}");
    }
    let row = told(&tenant).await["deployments"][&format!("github:acme:{repository}/deployments/{never}")].clone();
    assert!(row.contains("status=running"), "{row}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deployment_that_failed_is_asked_for_in_case_it_is_tried_again() {
    let (mut world, repository, sha) = shop();
    let [tried, lost] = [(); 2].map(|()| deploy(&mut world, repository, &sha));
    for failed in [tried, lost] {
        world.set_deployment_status(repository, failed, DeploymentState::Failure, "eve");
    }
    // With a younger one that is over, nothing in the list tells of it.
    world.now += TimeDelta::hours(1);
    let younger = deploy(&mut world, repository, &sha);
    world.set_deployment_status(repository, younger, DeploymentState::Success, "eve");
    let server = serve(world).await;
    let tenant = tenant().await;
    let status =
        async || told(&tenant).await["deployments"][&format!("github:acme:{repository}/deployments/{tried}")].clone();
    let later = |hours: i64| server.github.world.lock().now += TimeDelta::hours(hours);
    assert_eq!(read(&tenant, &server).await.0, 0, "the list brings it");
    assert!(status().await.contains("status=failed"), "{}", status().await);
    later(6);
    assert_eq!(read(&tenant, &server).await, (1, 0), "nothing of it is new");
    server.github.world.lock().set_deployment_status(repository, tried, DeploymentState::Success, "eve");
    later(1);
    assert_eq!(read(&tenant, &server).await, (0, 0), "not at every reading");
    later(5);
    assert_eq!(read(&tenant, &server).await, (1, 1));
    assert!(status().await.contains("status=succeeded"), "{}", status().await);
    later(6);
    assert_eq!(read(&tenant, &server).await, (1, 0), "the other one failed not long ago");
    later(7 * 24);
    assert_eq!(read(&tenant, &server).await.0, 1, "for the last time");
    later(24);
    assert_eq!(read(&tenant, &server).await.0, 0);
    assert_alike(&once(&server).await, &told(&tenant).await);
}
