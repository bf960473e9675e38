//! What goes from a list of GitHub's with no sign of it, as a comment that is deleted: it is noticed when the list is read whole,
//! which it is every few weeks. And what changes behind that which a clock years ahead has changed.

use crate::alike::{assert_alike, assert_alike_but, told};
use crate::github_sync::{map, once, open, read, serve};
use crate::lake::{ids, tenant, texts};
use chrono::TimeDelta;
use pulse_connectors::github::GithubSettings;
use pulse_connectors::sync;
use pulse_engine::Clock;
use pulse_simulator::{Server, TOKEN, World};
use serde_json::json;

/// Two repositories, each with an issue that has two comments, and their numbers.
async fn shops() -> (Server, Vec<i64>) {
    let mut world = World::empty("acme", "2026-03-02T10:00:00Z".parse().unwrap());
    world.add_person("eve", None);
    let mut repositories = Vec::new();
    for name in ["shop", "api"] {
        let repository = world.create_repository(name, "eve");
        let issue = world.open_issue(repository, "eve", "Slow", "", &[]).unwrap();
        for _ in 0..2 {
            world.comment(repository, issue, "eve").unwrap();
        }
        repositories.push(repository);
    }
    (serve(world).await, repositories)
}

/// How often the issues of a repository were asked for since this was asked last.
fn asked(server: &Server) -> usize {
    let asked = server.github.log.count("Issues");
    server.github.log.clear();
    asked
}

#[tokio::test(flavor = "multi_thread")]
async fn a_comment_that_goes_with_no_sign_of_it_is_gone_after_some_weeks_on_another_day_in_each_repository() {
    let (server, repositories) = shops().await;
    let tenant = tenant().await;
    // So long after all of it that no list is looked at once more for what is told late.
    server.github.world.lock().now += TimeDelta::hours(1);
    read(&tenant, &server).await.unwrap();
    map(&tenant).await;
    assert_eq!(ids(&tenant, "comments").await.len(), 4);
    for repository in server.github.world.lock().repositories.values_mut() {
        repository.issues.values_mut().for_each(|issue| issue.comments.truncate(1));
    }
    asked(&server);
    // The days on which each is due, by its number.
    let due: Vec<i64> = repositories.iter().map(|number| 28 + number % 28).collect();
    assert_ne!(due[0], due[1]);
    for day in 1..=55 {
        server.github.world.lock().now += TimeDelta::days(1);
        read(&tenant, &server).await.unwrap();
        let now = due.iter().filter(|due| **due == day).count();
        assert_eq!(asked(&server) > 0, now > 0, "day {day}, of {due:?}");
        let before = due.iter().filter(|due| **due <= day).count();
        map(&tenant).await;
        assert_eq!(ids(&tenant, "comments").await.len(), 4 - before, "day {day}");
    }
    assert_alike(&once(&server).await, &told(&tenant).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_went_from_a_list_while_a_first_day_was_set_is_gone_once_there_is_none() {
    let (server, _) = shops().await;
    let tenant = tenant().await;
    let first = server.github.world.lock().now.date_naive() - TimeDelta::days(1);
    let since = async || {
        server.github.world.lock().now += TimeDelta::hours(1);
        let settings = GithubSettings::from_json(&json!({"owners": ["acme"], "since": first.to_string()})).unwrap();
        let source = open(&server, TOKEN, settings).unwrap();
        sync(&tenant, Box::new(source), Clock::System, &|_| ()).await.unwrap();
        map(&tenant).await;
    };
    since().await;
    assert_eq!(ids(&tenant, "comments").await.len(), 4);
    for repository in server.github.world.lock().repositories.values_mut() {
        repository.issues.clear();
    }
    since().await;
    server.github.world.lock().now += TimeDelta::hours(1);
    read(&tenant, &server).await.unwrap();
    map(&tenant).await;
    assert_eq!(ids(&tenant, "comments").await, [""; 0]);
    // Who wrote them, and the status that they had.
    assert_alike_but(&["identities", "statuses"], &once(&server).await, &told(&tenant).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_changes_is_read_though_something_says_that_it_changed_years_from_now() {
    let (server, repositories) = shops().await;
    let (shop, tenant) = (repositories[0], tenant().await);
    let other = {
        let mut world = server.github.world.lock();
        let other = world.open_issue(shop, "eve", "Slow, too", "", &[]).unwrap();
        let issues = &mut world.repositories.get_mut(&shop).unwrap().issues;
        issues.values_mut().next().unwrap().updated_at += TimeDelta::days(1_500);
        other
    };
    read(&tenant, &server).await.unwrap();
    {
        let mut world = server.github.world.lock();
        world.now += TimeDelta::hours(1);
        world.edit_issue(shop, other, "eve", |issue| issue.title = "Told anew".to_owned());
    }
    read(&tenant, &server).await.unwrap();
    map(&tenant).await;
    assert!(texts(&tenant, "work_items", "title").await.contains(&"Told anew".to_owned()));
    assert_alike(&once(&server).await, &told(&tenant).await);
}
