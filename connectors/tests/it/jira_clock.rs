//! Jira, while a clock of its is years ahead: what is told once that is right again counts.

use crate::alike::{assert_alike, told};
use crate::jira_mapper::{issue, settings};
use crate::jira_sync::{credentials, map, once, serve, world};
use crate::lake::{Read, ids, step, tenant, texts};
use crate::reading::NOW;
use chrono::TimeDelta;
use pulse_connectors::jira::{JiraSettings, JiraSource, called};
use pulse_connectors::net::{Manner, Reach};
use pulse_connectors::sync;
use pulse_engine::land::Page;
use pulse_engine::{Clock, Tenant};
use pulse_simulator::Server;
use serde_json::json;
use url::Url;

const SECOND: i64 = 1_000_000;

/// Reads and maps by a clock of ours that is right.
async fn read(tenant: &Tenant, server: &Server, credential: &str) {
    let clock = Clock::Fixed(server.jira.world.lock().now.timestamp_micros());
    let manner = Manner { reach: Reach::Anywhere, clock, ..Manner::default() };
    let place = Url::parse(&server.url).unwrap();
    let source = JiraSource::new("acme", &place, credential, JiraSettings::default(), manner).unwrap();
    source.check().await.unwrap();
    sync(tenant, Box::new(source), clock, &|_| ()).await.unwrap();
    map(tenant).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_changes_is_read_and_counts_after_answers_that_said_to_be_of_another_age() {
    for credential in credentials() {
        let (server, tenant) = (serve(world(20)).await, tenant().await);
        server.jira.faults.rules.lock().clock_skew = TimeDelta::days(40 * 365);
        read(&tenant, &server, &credential).await;
        server.jira.faults.rules.lock().clock_skew = TimeDelta::zero();
        {
            let mut world = server.jira.world.lock();
            // After a while projects are to be looked at again.
            world.now += TimeDelta::hours(2);
            let project = *world.jira.projects.keys().next().unwrap();
            world.plan_jira_version(project, "A version more", None).unwrap();
            let issue = *world.jira.issues.keys().next().unwrap();
            world.edit_jira_issue(issue, "nobody", |fields| fields.summary = "Told anew".to_owned()).unwrap();
        }
        read(&tenant, &server, &credential).await;
        assert!(texts(&tenant, "work_items", "title").await.contains(&"Told anew".to_owned()));
        assert!(texts(&tenant, "versions", "name").await.contains(&"A version more".to_owned()));
        assert_alike(&once(&server, &credential).await, &told(&tenant).await);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_says_to_be_of_the_year_9999_counts_for_no_longer_than_until_something_else_is_told() {
    let tenant = tenant().await;
    let read = async |at: i64| {
        let payloads = vec![("issues", "10001", issue())];
        step(&tenant, Read { connection: "jira:acme", at, settings: settings(), payloads }, at).await;
        ids(&tenant, "work_items").await
    };
    let there = read(NOW).await;
    assert_eq!(there, ["jira:acme:issues/10001"]);
    let call = json!({
        "timestamp": 253_402_300_799_000_i64, "webhookEvent": "jira:issue_deleted",
        "issue": {"id": "10001", "key": "PAY-12"},
    });
    let payload = called(&|_| None, call.to_string().as_bytes(), NOW + SECOND).unwrap();
    let page = Page { payloads: vec![payload], ..Page::default() };
    tenant.land("jira", "jira:acme", page).await.unwrap();
    map(&tenant).await;
    assert_eq!(ids(&tenant, "work_items").await, [""; 0]);
    // It was brought back, by whatever way.
    assert_eq!(read(NOW + 2 * SECOND).await, there);
}
