//! Incidents that a query finds, in a simulated Jira.

use crate::alike::dies_after;
use crate::jira_sync::{credentials, open, serve, world};
use crate::lake::{ids, tenant, texts};
use chrono::TimeDelta;
use pulse_connectors::jira::{JiraSettings, JiraSource};
use pulse_connectors::{Error, mapper, sync};
use pulse_engine::{Clock, Tenant};
use pulse_simulator::{Fault, On, Server};
use serde_json::json;

/// A source to which nothing makes an issue an incident but the query.
fn source(server: &Server, credential: &str, jql: Option<&str>) -> JiraSource {
    let mut incidents = json!({"types": [], "labels": []});
    if let Some(jql) = jql {
        incidents["jql"] = json!(jql);
    }
    open(server, credential, JiraSettings::from_json(&json!({"incidents": incidents})).unwrap()).unwrap()
}

async fn checked(server: &Server, credential: &str, jql: Option<&str>) -> JiraSource {
    let source = source(server, credential, jql);
    source.check().await.unwrap();
    source
}

async fn read(tenant: &Tenant, server: &Server, credential: &str, jql: Option<&str>) -> Vec<String> {
    server.jira.world.lock().now += TimeDelta::hours(1);
    let source = checked(server, credential, jql).await;
    sync(tenant, Box::new(source), Clock::System, &|_| ()).await.unwrap();
    tenant.map(mapper("jira").unwrap().as_ref(), false).await.unwrap();
    ids(tenant, "incidents").await
}

#[tokio::test(flavor = "multi_thread")]
async fn issues_that_a_query_finds_are_incidents_and_another_query_is_asked_of_those_of_before_too() {
    for credential in credentials() {
        let server = serve(world(20)).await;
        let tenant = tenant().await;
        let [one, two, three]: [i64; 3] = {
            let world = server.jira.world.lock();
            let all: Vec<i64> = world.jira.issues.keys().copied().collect();
            [all[0], all[all.len() / 2], all[all.len() - 1]]
        };
        let incident = |issue: i64| format!("jira:acme:incidents/{issue}");
        let label = |issue: i64, label: &str, is_on: bool| {
            let mut world = server.jira.world.lock();
            let actor = world.jira.users.keys().next().unwrap().clone();
            let edited = world.edit_jira_issue(issue, &actor, |fields| {
                _ = if is_on { fields.labels.insert(label.to_owned()) } else { fields.labels.remove(label) };
            });
            edited.unwrap();
        };
        let (fire, smoke) = (Some("labels = fire"), Some("labels = smoke OR labels = haze"));
        label(one, "fire", true);
        label(three, "smoke", true);
        assert_eq!(read(&tenant, &server, &credential, fire).await, [incident(one)]);
        label(two, "fire", true);
        assert_eq!(read(&tenant, &server, &credential, fire).await, [incident(one), incident(two)]);
        label(one, "fire", false);
        assert_eq!(read(&tenant, &server, &credential, fire).await, [incident(two)]);

        // None of them changes, and the reading that asks anew dies again and again.
        server.jira.world.lock().now += TimeDelta::hours(1);
        let mut kills = 0;
        loop {
            let source = checked(&server, &credential, smoke).await;
            if sync(&dies_after(&tenant, 1), Box::new(source), Clock::System, &|_| ()).await.is_ok() {
                break;
            }
            kills += 1;
            assert!(kills < 200, "it never comes to an end");
        }
        assert_eq!(read(&tenant, &server, &credential, smoke).await, [incident(three)]);
        assert_eq!(read(&crate::lake::tenant().await, &server, &credential, smoke).await, [incident(three)]);
        assert_eq!(read(&tenant, &server, &credential, None).await, [""; 0]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_query_that_is_none_is_refused_before_a_connection_is_kept() {
    let server = serve(world(5)).await;
    for credential in credentials() {
        let error = source(&server, &credential, Some("labels = ")).check().await.unwrap_err();
        let said = |reason: &str| reason.contains("`incidents.jql`") && reason.contains("Error in the JQL Query");
        assert!(matches!(&error, Error::Refused { reason, .. } if said(reason)), "{error}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_query_that_jira_takes_no_more_keeps_no_issue_from_being_read_and_no_incident_is_gone_for_that() {
    let fire = Some("labels = fire");
    for credential in credentials() {
        let server = serve(world(20)).await;
        let tenant = tenant().await;
        let [one, two]: [i64; 2] = {
            let world = server.jira.world.lock();
            let mut all = world.jira.issues.keys().copied();
            [all.next().unwrap(), all.next().unwrap()]
        };
        let incident = |issue: i64| format!("jira:acme:incidents/{issue}");
        let edit = |issue: i64, title: &str, label: &str| {
            let mut world = server.jira.world.lock();
            let edited = world.edit_jira_issue(issue, "nobody", |fields| {
                title.clone_into(&mut fields.summary);
                fields.labels.insert(label.to_owned());
            });
            edited.unwrap();
        };
        edit(one, "Burns", "fire");
        assert_eq!(read(&tenant, &server, &credential, fire).await, [incident(one)]);
        edit(one, "Burns on", "hot");
        edit(two, "Burns as well", "hot");
        for _ in 0..100 {
            server.jira.faults.plan(On::Address("jql=%28labels".to_owned()), Fault::IpAllowList);
        }
        server.jira.world.lock().now += TimeDelta::hours(1);
        let source = source(&server, &credential, fire);
        source.prepare().await.unwrap();
        sync(&tenant, Box::new(source), Clock::System, &|_| ()).await.unwrap();
        tenant.map(mapper("jira").unwrap().as_ref(), false).await.unwrap();
        let titles = texts(&tenant, "work_items", "title").await;
        assert!(
            ["Burns on", "Burns as well"].iter().all(|title| titles.iter().any(|told| told == title)),
            "{titles:?}"
        );
        assert_eq!(ids(&tenant, "incidents").await, [incident(one)]);
        assert_eq!(ids(&tenant, "rejects").await, ["jira:acme:reject/problems/incidents.jql"]);
        let reason = texts(&tenant, "rejects", "reason").await.remove(0);
        assert!(reason.contains("the query in `incidents.jql`") && reason.contains("allowlist"), "{reason}");
        // It is taken again.
        server.jira.faults.clear();
        edit(two, "Burns no less", "fire");
        assert_eq!(read(&tenant, &server, &credential, fire).await, [incident(one), incident(two)]);
        assert_eq!(ids(&tenant, "rejects").await, [""; 0]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_query_that_jira_does_not_answer_twice_keeps_no_issue_from_being_read() {
    let fire = Some("labels = fire");
    for credential in credentials() {
        let server = serve(world(20)).await;
        let tenant = tenant().await;
        let one = *server.jira.world.lock().jira.issues.keys().next().unwrap();
        let incident = format!("jira:acme:incidents/{one}");
        let edit = |title: &str, label: &str| {
            let mut world = server.jira.world.lock();
            let edited = world.edit_jira_issue(one, "nobody", |fields| {
                title.clone_into(&mut fields.summary);
                fields.labels.insert(label.to_owned());
            });
            edited.unwrap();
        };
        edit("Burns", "fire");
        assert_eq!(read(&tenant, &server, &credential, fire).await, [incident.clone()]);
        edit("Burns on", "hot");
        for _ in 0..200 {
            server.jira.faults.plan(On::Address("jql=%28labels".to_owned()), Fault::ServerError(500));
        }
        let again = async || {
            server.jira.world.lock().now += TimeDelta::minutes(10);
            let source = source(&server, &credential, fire);
            source.prepare().await.unwrap();
            let read = sync(&tenant, Box::new(source), Clock::System, &|_| ()).await;
            tenant.map(mapper("jira").unwrap().as_ref(), false).await.unwrap();
            (read.is_ok(), texts(&tenant, "work_items", "title").await.contains(&"Burns on".to_owned()))
        };
        assert_eq!(again().await, (false, false), "it may be Jira that answers nothing now");
        assert_eq!(again().await, (true, true));
        assert_eq!(ids(&tenant, "incidents").await, [incident.clone()], "it stays what it was");
        assert_eq!(ids(&tenant, "rejects").await, ["jira:acme:reject/problems/incidents.jql"]);
        server.jira.faults.clear();
        edit("Burns no less", "hotter");
        assert_eq!(read(&tenant, &server, &credential, fire).await, [incident]);
        assert_eq!(ids(&tenant, "rejects").await, [""; 0]);
    }
}
