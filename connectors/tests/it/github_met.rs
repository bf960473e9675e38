//! Lists of GitHub's that are read whole land what differs from what was met, and nothing else; what is missed is gone.

use crate::alike::{THINGS_WENT, assert_alike, assert_alike_but, dies_after, told};
use crate::github_sync::{map, once, open, read, serve, source, world};
use crate::lake::{ids, tenant};
use arrow::array::AsArray as _;
use arrow::datatypes::Int64Type;
use chrono::TimeDelta;
use pulse_connectors::github::{GithubSettings, GithubSource};
use pulse_connectors::{Range, sync};
use pulse_engine::{Clock, Tenant};
use pulse_simulator::world::{DeploymentState, NewDeployment};
use pulse_simulator::{Server, TOKEN, World};
use serde_json::json;

/// How many pull requests, issues and releases landed, with what told that one is gone.
async fn landed(tenant: &Tenant) -> i64 {
    let statement = "SELECT count(*) FROM raw.github WHERE stream IN ('pull_requests', 'issues', 'releases')";
    tenant.sql(statement).await.unwrap()[0].column(0).as_primitive::<Int64Type>().value(0)
}

/// Reads everything anew an hour later, and tells how many of them landed.
async fn anew(tenant: &Tenant, server: &Server) -> i64 {
    server.github.world.lock().now += TimeDelta::hours(1);
    let before = landed(tenant).await;
    sync(tenant, Box::new(source(server).whole()), Clock::System, &|_| ()).await.unwrap();
    map(tenant).await;
    landed(tenant).await - before
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_as_it_was_lands_once_and_what_differs_again_though_nothing_says_so() {
    let server = serve(world(30)).await;
    let tenant = tenant().await;
    read(&tenant, &server).await.unwrap();
    map(&tenant).await;
    assert!(landed(&tenant).await > 10);
    for _ in 0..2 {
        assert_eq!(anew(&tenant, &server).await, 0);
        assert_alike(&once(&server).await, &told(&tenant).await);
    }
    let body = |body: &str| {
        let mut world = server.github.world.lock();
        let mut all = world.repositories.values_mut().filter(|r| !r.is_fork && !r.is_elsewhere);
        let issue = all.find_map(|r| r.issues.values_mut().next()).unwrap();
        std::mem::replace(&mut issue.title, body.to_owned())
    };
    // There and back again: what counts is how it was met last.
    let first = body("Another");
    for now in ["Another", first.as_str()] {
        body(now);
        assert_eq!(anew(&tenant, &server).await, 1, "{now}");
        assert_eq!(anew(&tenant, &server).await, 0, "{now}");
        assert_alike(&once(&server).await, &told(&tenant).await);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_missed_is_gone_with_all_of_its_parts_and_comes_back_when_it_is_met_again() {
    let server = serve(world(30)).await;
    let tenant = tenant().await;
    read(&tenant, &server).await.unwrap();
    map(&tenant).await;
    let held = ids(&tenant, "work_items").await;
    let (repository, (number, issue)) = {
        let mut world = server.github.world.lock();
        let repository =
            world.repositories.values_mut().find(|r| !r.is_fork && !r.is_elsewhere && r.issues.len() > 1).unwrap();
        (repository.id, repository.issues.pop_first().unwrap())
    };
    assert_eq!(anew(&tenant, &server).await, 1, "that it is gone");
    assert_eq!(ids(&tenant, "work_items").await.len(), held.len() - 1);
    assert_alike_but(THINGS_WENT, &once(&server).await, &told(&tenant).await);
    assert_eq!(anew(&tenant, &server).await, 0, "it is told once");
    server.github.world.lock().repositories.get_mut(&repository).unwrap().issues.insert(number, issue);
    assert_eq!(anew(&tenant, &server).await, 1, "it is there again, as it was");
    assert_eq!(ids(&tenant, "work_items").await, held);
    assert_alike(&once(&server).await, &told(&tenant).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn where_a_first_day_is_set_what_is_missed_since_then_is_gone_and_what_is_older_is_not_missed() {
    let server = serve(world(60)).await;
    let tenant = tenant().await;
    let (since, early) = {
        let world = server.github.world.lock();
        let day = |days: i64| world.now.date_naive() - TimeDelta::days(days);
        (day(30), Range { from: day(60), until: day(30) })
    };
    let read = async |whole: bool, range: Option<Range>| {
        server.github.world.lock().now += TimeDelta::hours(1);
        let settings = json!({"owners": ["acme"], "since": since.to_string()});
        let source = open(&server, TOKEN, GithubSettings::from_json(&settings).unwrap()).unwrap();
        let source = if whole { source.whole() } else { source };
        let source = range.into_iter().fold(source, GithubSource::range);
        sync(&tenant, Box::new(source), Clock::System, &|_| ()).await.unwrap();
        map(&tenant).await;
        ids(&tenant, "work_items").await
    };
    let late = read(false, None).await;
    // Days before that are read, of which no other reading meets anything.
    let held = read(false, Some(early)).await;
    assert!(held.len() > late.len() && late.len() > 1, "{held:?} {late:?}");
    assert_eq!(read(true, None).await, held);
    let gone = {
        let mut world = server.github.world.lock();
        let (id, number) = late[0].split_once("/issues/").unwrap();
        let (id, number) = (id.rsplit_once(':').unwrap().1.parse::<i64>().unwrap(), number.parse::<u64>().unwrap());
        world.repositories.get_mut(&id).unwrap().issues.remove(&number).unwrap();
        late[0].clone()
    };
    let left: Vec<String> = held.into_iter().filter(|id| *id != gone).collect();
    assert_eq!(read(true, None).await, left);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_gone_from_a_long_list_or_since_a_first_day_is_gone_with_the_second_reading_and_nothing_else_lands() {
    for (issues, first_day) in [(1_005, false), (3, true)] {
        let mut world = World::empty("acme", "2026-03-02T10:00:00Z".parse().unwrap());
        world.add_person("eve", None);
        let repository = world.create_repository("shop", "eve");
        let mut settings = json!({"owners": ["acme"]});
        if first_day {
            settings["since"] = json!((world.now.date_naive() - TimeDelta::days(1)).to_string());
        }
        let mut numbers = Vec::new();
        for n in 1..=issues {
            // The newest lands whenever anything is new: GitHub may tell of something a little late.
            if n == issues {
                world.now += TimeDelta::hours(1);
            }
            numbers.push(world.open_issue(repository, "eve", "Slow", "", &[]).unwrap());
        }
        let server = serve(world).await;
        let tenant = tenant().await;
        let read = async || {
            server.github.world.lock().now += TimeDelta::hours(1);
            let before = if ids(&tenant, "work_items").await.is_empty() { 0 } else { landed(&tenant).await };
            let source = open(&server, TOKEN, GithubSettings::from_json(&settings).unwrap()).unwrap();
            sync(&tenant, Box::new(source), Clock::System, &|_| ()).await.unwrap();
            map(&tenant).await;
            (landed(&tenant).await - before, ids(&tenant, "work_items").await.len())
        };
        assert_eq!(read().await.1, issues);
        server.github.world.lock().repositories.get_mut(&repository).unwrap().issues.remove(&numbers[1]).unwrap();
        assert_eq!(read().await, (1, issues), "it is seen that one is missing of {issues}");
        assert_eq!(read().await, (1, issues - 1), "which of {issues} it is, and nothing else");
        assert_eq!(read().await, (0, issues - 1));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn since_a_first_day_deployments_and_milestones_that_went_are_gone_with_the_second_reading_too() {
    let mut world = World::empty("acme", "2026-03-02T10:00:00Z".parse().unwrap());
    world.add_person("eve", None);
    let repository = world.create_repository("shop", "eve");
    let commit = world.compose(&[], "eve", world.now, "Begin");
    let sha = commit.sha.clone();
    world.push(repository, "main", vec![commit], "eve");
    let since = world.now.date_naive() - TimeDelta::days(1);
    let (mut deployments, mut milestones) = (Vec::new(), Vec::new());
    for n in 0..3 {
        world.now += TimeDelta::hours(1);
        let new = NewDeployment {
            sha: sha.clone(),
            branch: None,
            environment: "production".to_owned(),
            task: "deploy".to_owned(),
            description: None,
            creator: "eve".to_owned(),
        };
        let deployment = world.deploy(repository, new).unwrap();
        world.set_deployment_status(repository, deployment, DeploymentState::Success, "eve");
        deployments.push(deployment);
        milestones.push(world.set_milestone(repository, &format!("v{n}"), None, "eve").unwrap());
    }
    let server = serve(world).await;
    let tenant = tenant().await;
    let read = async || {
        server.github.world.lock().now += TimeDelta::hours(1);
        let settings = json!({"owners": ["acme"], "since": since.to_string()});
        let source = open(&server, TOKEN, GithubSettings::from_json(&settings).unwrap()).unwrap();
        sync(&tenant, Box::new(source), Clock::System, &|_| ()).await.unwrap();
        map(&tenant).await;
        (ids(&tenant, "deployments").await.len(), ids(&tenant, "versions").await.len())
    };
    assert_eq!(read().await, (3, 3));
    {
        let mut world = server.github.world.lock();
        let shop = world.repositories.get_mut(&repository).unwrap();
        shop.deployments.remove(&deployments[0]).unwrap();
        shop.milestones.remove(&milestones[0]).unwrap();
    }
    assert_eq!(read().await, (3, 3), "it is seen that there are fewer");
    assert_eq!(read().await, (2, 2));
    let left = |stream: &str, number: &dyn std::fmt::Display| format!("github:acme:{repository}/{stream}/{number}");
    let mut expected: Vec<String> = deployments[1..].iter().map(|id| left("deployments", id)).collect();
    expected.sort();
    assert_eq!(ids(&tenant, "deployments").await, expected);
    let expected: Vec<String> = milestones[1..].iter().map(|number| left("milestones", number)).collect();
    assert_eq!(ids(&tenant, "versions").await, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_missed_is_gone_though_the_reading_is_killed_at_every_page() {
    let server = serve(world(40)).await;
    let tenant = tenant().await;
    read(&tenant, &server).await.unwrap();
    map(&tenant).await;
    {
        let mut world = server.github.world.lock();
        world.now += TimeDelta::hours(1);
        for repository in world.repositories.values_mut() {
            repository.issues.pop_last();
            repository.releases.pop_first();
            repository.pull_requests.pop_first();
        }
    }
    let mut kills = 0;
    loop {
        // Teams land first, each time.
        let dies = dies_after(&tenant, 2);
        if sync(&dies, Box::new(source(&server).whole()), Clock::System, &|_| ()).await.is_ok() {
            break;
        }
        kills += 1;
        assert!(kills < 500, "it never comes to an end: {:#?}", tenant.cursors("github", "github:acme").await.unwrap());
    }
    assert!(kills > 1, "{kills}");
    map(&tenant).await;
    assert_alike_but(THINGS_WENT, &once(&server).await, &told(&tenant).await);
}
