//! A reading of everything lands what differs from what is held, and nothing else.

use crate::jira_sync::{credentials, map, read, serve, singles, source, world};
use crate::lake::{ids, tenant, texts};
use arrow::array::{AsArray as _, RecordBatch};
use arrow::datatypes::Int64Type;
use chrono::TimeDelta;
use pulse_connectors::sync;
use pulse_engine::entities::core;
use pulse_engine::land::{Page, Payload};
use pulse_engine::{Clock, Tenant};
use pulse_simulator::Server;
use pulse_simulator::world::jira::Issue;
use std::collections::BTreeSet;

/// How many payloads of a stream are in the lake.
pub(crate) async fn landed(tenant: &Tenant, stream: &str) -> i64 {
    let statement = format!("SELECT count(*) FROM raw.jira WHERE stream = '{stream}'");
    tenant.sql(&statement).await.unwrap()[0].column(0).as_primitive::<Int64Type>().value(0)
}

/// Reads everything anew an hour later, and tells how many issues landed.
async fn anew(tenant: &Tenant, server: &Server, credential: &str) -> i64 {
    server.jira.world.lock().now += TimeDelta::hours(1);
    let before = landed(tenant, "issues").await;
    let whole = source(server, credential).await.whole();
    sync(tenant, Box::new(whole), Clock::System, &|_| ()).await.unwrap();
    map(tenant).await;
    landed(tenant, "issues").await - before
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_as_it_was_is_met_and_does_not_land_again() {
    for credential in credentials() {
        let server = serve(world(30)).await;
        let tenant = tenant().await;
        read(&tenant, &server, &credential).await.unwrap();
        map(&tenant).await;
        let held = ids(&tenant, "work_items").await;
        assert_eq!(landed(&tenant, "issues").await, i64::try_from(held.len()).unwrap());
        for _ in 0..2 {
            assert_eq!(anew(&tenant, &server, &credential).await, 0);
            // Each was met: none is looked for.
            server.jira.log.clear();
            read(&tenant, &server, &credential).await.unwrap();
            assert_eq!(singles(&server), [""; 0]);
            assert_eq!(ids(&tenant, "work_items").await, held);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_differs_lands_though_nothing_says_that_it_changed() {
    let (server, credential) = (serve(world(30)).await, &credentials()[0]);
    let tenant = tenant().await;
    read(&tenant, &server, credential).await.unwrap();
    map(&tenant).await;
    let title = |title: &str| {
        let mut world = server.jira.world.lock();
        let issues = &mut world.jira.issues;
        // An epic's title stands in what it has below it, too.
        let above: BTreeSet<i64> = issues.values().filter_map(|issue| issue.fields.parent).collect();
        let of_its_own = |issue: &&mut Issue| !above.contains(&issue.id) && issue.links.is_empty();
        let issue = issues.values_mut().find(of_its_own).unwrap();
        std::mem::replace(&mut issue.fields.summary, title.to_owned())
    };
    // There and back again: what counts is how it was met last.
    let first = title("Another");
    for now in ["Another", first.as_str()] {
        title(now);
        assert_eq!(anew(&tenant, &server, credential).await, 1, "{now}");
        assert!(texts(&tenant, "work_items", "title").await.iter().any(|title| title == now), "{now}");
        assert_eq!(anew(&tenant, &server, credential).await, 0, "{now}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_gone_from_core_lands_when_it_is_met_again() {
    let (server, credential) = (serve(world(30)).await, &credentials()[0]);
    let tenant = tenant().await;
    read(&tenant, &server, credential).await.unwrap();
    map(&tenant).await;
    let held = ids(&tenant, "work_items").await;
    // It was said to be gone, as one is that was out of sight for a while.
    let key = held[0].strip_prefix("jira:acme:issues/").unwrap().to_owned();
    let observed_at = server.jira.world.lock().now.timestamp_micros() + 1;
    let gone = Payload { stream: "issues".to_owned(), key, observed_at, body: r#"{"deleted":true}"#.to_owned() };
    tenant.land("jira", "jira:acme", Page { payloads: vec![gone], ..Page::default() }).await.unwrap();
    map(&tenant).await;
    assert_eq!(ids(&tenant, "work_items").await, held[1..]);
    assert_eq!(anew(&tenant, &server, credential).await, 1);
    assert_eq!(ids(&tenant, "work_items").await, held);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_let_go_because_of_its_age_lands_once_it_says_something_else() {
    let (server, credential) = (serve(world(30)).await, &credentials()[0]);
    let tenant = tenant().await;
    read(&tenant, &server, credential).await.unwrap();
    map(&tenant).await;
    let held = ids(&tenant, "work_items").await;
    let (id, key) = (held[0].clone(), held[0].strip_prefix("jira:acme:issues/").unwrap().to_owned());
    let is = |rows: &RecordBatch, column: usize, text: &str| -> Vec<bool> {
        rows.column(column).as_string::<i32>().iter().map(|known| known == Some(text)).collect()
    };
    let raw = tenant.lake().raw("jira").unwrap();
    let went = raw.forget(&["stream", "key"], |rows| {
        let both = is(rows, 0, "issues").into_iter().zip(is(rows, 1, &key));
        Ok(both.map(|(stream, key)| stream && key).collect())
    });
    assert_eq!(went.await.unwrap(), 1);
    let items = tenant.lake().table(core("work_items").unwrap());
    assert_eq!(items.forget(&["id"], |rows| Ok(is(rows, 0, &id))).await.unwrap(), 1);
    map(&tenant).await;
    assert_eq!(ids(&tenant, "work_items").await, held[1..]);
    for _ in 0..2 {
        assert_eq!(anew(&tenant, &server, credential).await, 0);
        assert_eq!(ids(&tenant, "work_items").await, held[1..]);
    }
    let number: i64 = key.parse().unwrap();
    for issue in server.jira.world.lock().jira.issues.values_mut().filter(|issue| issue.id == number) {
        "Another".clone_into(&mut issue.fields.summary);
    }
    // What is below it or linked with it tells its title, too.
    assert!(anew(&tenant, &server, credential).await > 0);
    assert_eq!(ids(&tenant, "work_items").await, held);
}
