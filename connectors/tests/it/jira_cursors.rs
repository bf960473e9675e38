//! Cursors of Jira that cannot be read: what they are of is read anew, somebody is told, and nothing else stops.

use crate::alike::{assert_alike, dies_after, told};
use crate::jira_sync::{credentials, map, once, read, serve, source, world};
use crate::lake::{ids, tenant, texts};
use chrono::TimeDelta;
use pulse_connectors::sync;
use pulse_engine::land::Page;
use pulse_engine::{Clock, Tenant};
use pulse_simulator::Server;

/// Spoils the cursors of the parts that are called like this, and tells how many these are.
async fn spoil(tenant: &Tenant, start: &str) -> usize {
    let mut cursors = tenant.cursors("jira", "jira:acme").await.unwrap();
    cursors.retain(|part, _| part.starts_with(start));
    cursors.values_mut().for_each(|cursor| "[".clone_into(cursor));
    let count = cursors.len();
    tenant.land("jira", "jira:acme", Page { cursors, ..Page::default() }).await.unwrap();
    count
}

/// Edits an issue after some hours, with some more to go.
fn edit(server: &Server, title: &str) {
    let mut world = server.jira.world.lock();
    world.now += TimeDelta::hours(3);
    let id = *world.jira.issues.keys().next().unwrap();
    world.edit_jira_issue(id, "nobody", |fields| title.clone_into(&mut fields.summary)).unwrap();
    world.now += TimeDelta::hours(3);
}

async fn has(tenant: &Tenant, title: &str) -> bool {
    texts(tenant, "work_items", "title").await.iter().any(|known| known == title)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_cursor_is_of_that_cannot_be_read_is_read_anew_and_somebody_is_told() {
    for credential in credentials() {
        for start in ["site", "project/", "landed/", "parts/", "development/", ""] {
            let server = serve(world(30)).await;
            let tenant = tenant().await;
            read(&tenant, &server, &credential).await.unwrap();
            map(&tenant).await;
            assert!(spoil(&tenant, start).await > 0, "{start}");
            edit(&server, "Another");
            read(&tenant, &server, &credential).await.unwrap();
            map(&tenant).await;
            assert!(has(&tenant, "Another").await, "{start}");
            assert_eq!(texts(&tenant, "rejects", "key").await, ["cursors"], "{start}");
            let reason = texts(&tenant, "rejects", "reason").await.remove(0);
            assert!(reason.starts_with(&format!("cursors: how far it was read is lost of {start}")), "{reason}");

            server.jira.world.lock().now += TimeDelta::minutes(5);
            read(&tenant, &server, &credential).await.unwrap();
            map(&tenant).await;
            assert!(ids(&tenant, "rejects").await.is_empty(), "{start}: it is over");
            server.jira.world.lock().now += TimeDelta::minutes(5);
            assert_eq!(read(&tenant, &server, &credential).await.unwrap().payloads, 0, "{start}: all is known again");

            server.jira.world.lock().now += TimeDelta::minutes(5);
            let whole = source(&server, &credential).await.whole();
            sync(&tenant, Box::new(whole), Clock::System, &|_| ()).await.unwrap();
            map(&tenant).await;
            assert_alike(&once(&server, &credential).await, &told(&tenant).await);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reading_without_its_cursors_that_is_killed_at_every_page_lacks_nothing_in_the_end() {
    let (server, credential) = (serve(world(30)).await, &credentials()[0]);
    let tenant = tenant().await;
    read(&tenant, &server, credential).await.unwrap();
    spoil(&tenant, "site").await;
    edit(&server, "Another");
    let dies = async || {
        let source = Box::new(source(&server, credential).await);
        sync(&dies_after(&tenant, 1), source, Clock::System, &|_| ()).await.is_err()
    };
    let mut kills = 0;
    while dies().await {
        kills += 1;
        assert!(kills < 200, "it never comes to an end");
    }
    assert!(kills > 0, "it was not killed");
    map(&tenant).await;
    assert!(has(&tenant, "Another").await);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_earlier_versions_left_of_gaps_that_are_over_goes_and_an_issue_that_was_not_told_is_asked_for_whatever_is_known_of_it()
 {
    let (server, credential) = (serve(world(30)).await, &credentials()[0]);
    let tenant = tenant().await;
    read(&tenant, &server, credential).await.unwrap();
    let issue = *server.jira.world.lock().jira.issues.keys().next().unwrap();
    let part = |part: &str, cursor: &str| (part.to_owned(), cursor.to_owned());
    let cursors = [
        part("gap/all/2026-03-01T10:00Z..2026-03-01T10:01Z", r#"{"is_over":true}"#),
        part("untold/1", r#"{"reason":null,"project":""}"#),
        part(&format!("untold/{issue}"), "["),
    ];
    tenant.land("jira", "jira:acme", Page { cursors: cursors.into(), ..Page::default() }).await.unwrap();
    server.jira.log.clear();
    read(&tenant, &server, credential).await.unwrap();
    assert!(server.jira.log.requests().iter().any(|served| served.path.ends_with(&format!("/issue/{issue}"))));
    let left = tenant.cursors("jira", "jira:acme").await.unwrap().into_keys();
    let left: Vec<String> = left.filter(|part| part.starts_with("gap/") || part.starts_with("untold/")).collect();
    assert_eq!(left, [""; 0]);
}
