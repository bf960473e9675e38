//! A long project of a simulated Jira, read by one who is killed at every page: none that is landed is asked for again.

use crate::alike::dies_after;
use crate::jira_sync::{credentials, map, serve, source, world};
use crate::lake::{ids, tenant};
use chrono::TimeDelta;
use pulse_connectors::sync;
use pulse_engine::{Clock, Tenant};
use pulse_simulator::Server;
use pulse_simulator::world::jira::{Fields, Issue};
use serde_json::Value;
use std::collections::BTreeSet;
use url::form_urlencoded;

/// Ten pages.
const ISSUES: i64 = 950;

/// The place behind the last page of a project that is landed.
async fn landed_to(tenant: &Tenant, project: i64) -> Option<String> {
    let part = tenant.cursors("jira", "jira:acme").await.unwrap().remove(&format!("project/{project}"))?;
    let part: Value = serde_json::from_str(&part).unwrap();
    part["walk"]["place"].as_str().map(str::to_owned)
}

/// Where the pages of a project began that were asked for.
fn asked(server: &Server, project: i64) -> BTreeSet<String> {
    let mut places = BTreeSet::new();
    for served in server.jira.log.requests() {
        let asked: Vec<(String, String)> = form_urlencoded::parse(served.query.as_bytes()).into_owned().collect();
        let find = |wanted: &str| asked.iter().find(|(name, _)| name == wanted).map(|(_, value)| value.clone());
        if find("jql").is_some_and(|jql| jql.starts_with(&format!("project = {project} "))) {
            places.extend(find("nextPageToken").or_else(|| find("startAt")));
        }
    }
    places
}

#[tokio::test(flavor = "multi_thread")]
async fn a_project_whose_reader_is_killed_at_every_page_has_none_asked_for_again_that_is_landed() {
    for credential in credentials() {
        let mut world = world(5);
        let person = world.jira.users.keys().next().unwrap().clone();
        let project = world.create_jira_project("LONG", "Long", &person, None);
        let fields = Fields { project, summary: "One of many".to_owned(), ..Fields::default() };
        let first = world.create_jira_issue(fields, &person).unwrap();
        let first = world.jira.issues[&first].clone();
        for n in 1..ISSUES {
            let mut issue = Issue { id: project * 1_000_000 + n, ..first.clone() };
            issue.fields.number += n.unsigned_abs();
            world.jira.issues.insert(issue.id, issue);
        }
        // So long ago that no later reading looks for what changed at the time of many.
        world.now += TimeDelta::hours(1);
        let issues = world.jira.issues.len();
        let (server, tenant) = (serve(world).await, tenant().await);
        // The places behind which pages are landed.
        let mut landed = BTreeSet::new();
        let (mut is_killed, mut kills) = (true, 0);
        while is_killed {
            assert!(kills < 200, "it never comes to an end");
            let before = landed_to(&tenant, project).await;
            let source = Box::new(source(&server, &credential).await);
            server.jira.log.clear();
            is_killed = sync(&dies_after(&tenant, 1), source, Clock::System, &|_| ()).await.is_err();
            kills += usize::from(is_killed);
            let asked = asked(&server, project);
            let again: Vec<_> = landed.intersection(&asked).collect();
            assert!(again.is_empty(), "after {kills} kills: {again:?} again");
            // It went on from there, so that the page which begins there is landed.
            let after = landed_to(&tenant, project).await;
            landed.extend(before.filter(|before| after.as_ref() != Some(before)));
        }
        assert!(landed.len() > 2, "{} of {kills}", landed.len());
        map(&tenant).await;
        assert_eq!(ids(&tenant, "work_items").await.len(), issues);
    }
}
