//! The large company that comes along: what its thirty teams do in two weeks, read from its simulated GitHub and Jira.

use crate::lake::{ids, tenant};
use crate::{github_sync, jira_sync};
use pulse_connectors::github::GithubSettings;
use pulse_connectors::jira::JiraSettings;
use pulse_connectors::sync;
use pulse_engine::Clock;
use pulse_simulator::jira::{API_TOKEN, email};
use pulse_simulator::world::Repository;
use pulse_simulator::{Scenario, TOKEN, World};
use serde_json::json;

/// More than is asked for: it is not read hour by hour here.
const BUDGET: u32 = 1_000_000;

#[tokio::test(flavor = "multi_thread")]
async fn all_that_a_large_company_does_in_two_weeks_is_read() {
    let mut world = World::at_start(5, Scenario::named("large").unwrap());
    world.advance(14);
    let owner = world.organization.login.clone();
    let server = jira_sync::serve(world).await;
    server.github.faults.rules.lock().hourly_limit = BUDGET;
    server.jira.faults.rules.lock().hourly_limit = BUDGET;
    let world = server.github.world.lock().clone();

    let hub = tenant().await;
    let settings = GithubSettings::from_json(&json!({"owners": [owner], "forks": true})).unwrap();
    let source = github_sync::open(&server, TOKEN, settings).unwrap();
    sync(&hub, Box::new(source), Clock::System, &|_| ()).await.unwrap();
    github_sync::map(&hub).await;
    let count = |of: &dyn Fn(&Repository) -> usize| world.repositories.values().map(of).sum::<usize>();
    for (entity, there) in [
        ("repositories", world.repositories.len()),
        ("pull_requests", count(&|r| r.pull_requests.len())),
        ("work_items", count(&|r| r.issues.len())),
        ("builds", count(&|r| r.runs.values().map(|run| 1 + run.earlier.len()).sum())),
        ("teams", world.teams.len()),
        ("rejects", 0),
    ] {
        assert_eq!(ids(&hub, entity).await.len(), there, "{entity}");
    }

    let tickets = tenant().await;
    let credential = format!("{}:{API_TOKEN}", email(&owner));
    let source = jira_sync::open(&server, &credential, JiraSettings::default()).unwrap();
    source.check().await.unwrap();
    sync(&tickets, Box::new(source), Clock::System, &|_| ()).await.unwrap();
    jira_sync::map(&tickets).await;
    let site = &world.jira;
    let steps = site.issues.values().flat_map(|issue| &issue.histories).map(|history| history.items.len()).sum();
    for (entity, there) in [
        ("projects", site.projects.len()),
        ("work_items", site.issues.len()),
        ("work_item_transitions", steps),
        ("sprints", site.sprints.len()),
        ("rejects", 0),
    ] {
        assert_eq!(ids(&tickets, entity).await.len(), there, "{entity}");
    }
    assert!(world.repositories.len() > 90 && site.projects.len() >= 30, "it is large");
    assert!(count(&|r| r.pull_requests.len()) > 500 && site.issues.len() > 500, "much is done in it");
}
