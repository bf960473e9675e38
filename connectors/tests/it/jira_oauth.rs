//! Jira Cloud, asked by OAuth: tokens that end are renewed, and what they are renewed with is kept before it is needed.

use crate::alike::{assert_alike, told};
use crate::jira_sync::{credentials, once, open, serve, world};
use crate::lake::{tenant, texts};
use async_trait::async_trait;
use chrono::TimeDelta;
use parking_lot::Mutex;
use pulse_connectors::jira::{JiraSettings, JiraSource};
use pulse_connectors::net::{Manner, Reach};
use pulse_connectors::{Error, Keeper, Result, mapper, sync};
use pulse_engine::Clock;
use pulse_simulator::Server;
use pulse_simulator::jira::Grant;
use serde_json::json;
use std::sync::Arc;
use url::Url;

/// A database that keeps one credential.
#[derive(Debug, Default)]
struct Kept {
    credential: Mutex<String>,
    /// What it says that it keeps, where that is not the newest any more.
    late: Mutex<Option<String>>,
    fails: Mutex<bool>,
}

#[async_trait]
impl Keeper for Kept {
    async fn newest(&self) -> Result<Option<String>> {
        let late = self.late.lock().clone();
        Ok(Some(late.unwrap_or_else(|| self.credential.lock().clone())))
    }

    async fn keep(&self, old: &str, new: &str) -> Result<()> {
        if *self.fails.lock() {
            return Err(Error::Unkept { vendor: "Jira", reason: "the database is away".to_owned() });
        }
        let mut kept = self.credential.lock();
        if *kept == old {
            new.clone_into(&mut kept);
        }
        Ok(())
    }
}

fn credential(refresh_token: &str) -> String {
    json!({"client_id": "pulse", "client_secret": "s3cret", "refresh_token": refresh_token}).to_string()
}

/// What somebody granted, and who keeps it.
fn granted(server: &Server, expires_after: Option<u64>) -> Arc<Kept> {
    let refresh_tokens = vec![("first".to_owned(), None)];
    let grant = Grant { client_secret: "s3cret".to_owned(), refresh_tokens, expires_after };
    server.jira.grants.lock().insert("pulse".to_owned(), grant);
    Arc::new(Kept { credential: Mutex::new(credential("first")), ..Kept::default() })
}

/// A process that opens what is kept.
fn source(server: &Server, kept: &Arc<Kept>) -> JiraSource {
    let credential = kept.credential.lock().clone();
    let source = open(server, &credential, JiraSettings::default()).unwrap();
    let at = Url::parse(&format!("{}/oauth/token", server.url)).unwrap();
    source.renewed_at(at).kept_by(Arc::clone(kept) as Arc<dyn Keeper>)
}

fn renewed(server: &Server) -> usize {
    let asked = server.jira.log.requests();
    asked.iter().filter(|served| served.path == "/oauth/token" && served.status == 200).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_that_end_on_the_way_are_renewed_and_what_renews_them_is_kept() {
    let server = serve(world(20)).await;
    let kept = granted(&server, Some(5));
    let tenant = tenant().await;
    let source_now = source(&server, &kept);
    source_now.check().await.unwrap();
    sync(&tenant, Box::new(source_now), Clock::System, &|_| ()).await.unwrap();
    tenant.map(mapper("jira").unwrap().as_ref(), false).await.unwrap();
    assert!(renewed(&server) > 1, "{}", renewed(&server));
    // By OAuth nothing is asked of pull requests, which it is not good for.
    let asked = server.jira.log.requests();
    assert!(!asked.iter().any(|served| served.path.contains("dev-status")));
    let [cloud, _] = credentials();
    let mut all = once(&server, &cloud).await;
    assert!(!all.remove("work_item_pull_requests").unwrap().is_empty());
    assert_alike(&all, &told(&tenant).await);
    // The newest is kept, and good when those before it are not any more.
    server.jira.world.lock().now += TimeDelta::days(3);
    assert_eq!(
        *kept.credential.lock(),
        credential(&server.jira.grants.lock()["pulse"].refresh_tokens.last().unwrap().0)
    );
    source(&server, &kept).check().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn issues_are_opened_on_the_site_that_the_gateway_leads_to() {
    let server = serve(world(10)).await;
    let place = Url::parse(&format!("{}/ex/jira/c0de", server.url)).unwrap();
    let manner = Manner { reach: Reach::Anywhere, ..Manner::default() };
    let source = JiraSource::new("acme", &place, &credentials()[0], JiraSettings::default(), manner).unwrap();
    source.prepare().await.unwrap();
    let tenant = tenant().await;
    sync(&tenant, Box::new(source), Clock::System, &|_| ()).await.unwrap();
    tenant.map(mapper("jira").unwrap().as_ref(), false).await.unwrap();
    let mut expected: Vec<String> = {
        let world = server.jira.world.lock();
        let keys = world.jira.issues.values().map(|issue| world.jira.key_of(&issue.fields));
        keys.map(|key| format!("https://acme.atlassian.net/browse/{key}")).collect()
    };
    expected.sort();
    assert!(!expected.is_empty());
    assert_eq!(texts(&tenant, "work_items", "url").await, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_token_is_used_while_it_lasts_and_by_all() {
    let server = serve(world(10)).await;
    let kept = granted(&server, None);
    let tenant = tenant().await;
    sync(&tenant, Box::new(source(&server, &kept)), Clock::System, &|_| ()).await.unwrap();
    assert_eq!(renewed(&server), 1);
    assert_eq!(*kept.credential.lock(), credential("pulse-1"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_whose_successor_is_not_kept_is_not_used_and_the_next_try_goes_on_from_the_last() {
    let server = serve(world(5)).await;
    let kept = granted(&server, None);
    *kept.fails.lock() = true;
    let error = source(&server, &kept).check().await.unwrap_err();
    assert!(matches!(error, Error::Unkept { .. }), "{error}");
    let paths: Vec<String> = server.jira.log.requests().into_iter().map(|served| served.path).collect();
    assert_eq!(paths, ["/oauth/token"], "nothing was asked with it");
    // As a process that dies here: what is kept was used, and is good for ten minutes more.
    *kept.fails.lock() = false;
    server.jira.world.lock().now += TimeDelta::minutes(9);
    source(&server, &kept).check().await.unwrap();
    assert_eq!(*kept.credential.lock(), credential("pulse-2"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_somebody_else_renewed_meanwhile_is_used() {
    let server = serve(world(5)).await;
    let kept = granted(&server, None);
    let (one, other) = (source(&server, &kept), source(&server, &kept));
    one.check().await.unwrap();
    // Both at once: the credential of the first stays, and each has a token.
    *kept.late.lock() = Some(credential("first"));
    other.check().await.unwrap();
    assert_eq!(*kept.credential.lock(), credential("pulse-1"));
    *kept.late.lock() = None;
    let late = {
        let old = open(&server, &credential("first"), JiraSettings::default()).unwrap();
        let at = Url::parse(&format!("{}/oauth/token", server.url)).unwrap();
        old.renewed_at(at).kept_by(Arc::clone(&kept) as Arc<dyn Keeper>)
    };
    server.jira.world.lock().now += TimeDelta::minutes(30);
    late.check().await.unwrap();
    assert_eq!(*kept.credential.lock(), late.renewed().unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refresh_token_that_somebody_else_used_long_ago_is_shown_to_nobody_again() {
    let server = serve(world(5)).await;
    let kept = granted(&server, None);
    let (one, other) = (source(&server, &kept), source(&server, &kept));
    one.check().await.unwrap();
    server.jira.world.lock().now += TimeDelta::minutes(30);
    other.check().await.unwrap();
    assert_eq!(*kept.credential.lock(), credential("pulse-2"));
    // What is shown again is taken for stolen, and would have taken this along.
    source(&server, &kept).check().await.unwrap();
    // Somebody gave another credential meanwhile: what was opened before goes on with its own.
    let old = source(&server, &kept);
    *kept.credential.lock() = "ada@acme.com:token".to_owned();
    old.check().await.unwrap();
    assert_eq!(*kept.credential.lock(), "ada@acme.com:token");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_renewed_no_more_says_so_and_tells_no_secret() {
    let server = serve(world(5)).await;
    let kept = granted(&server, None);
    source(&server, &kept).check().await.unwrap();
    server.jira.world.lock().now += TimeDelta::days(100);
    for bad in [credential("first"), credential("unknown"), credential("first").replace("s3cret", "wr0ng")] {
        *kept.credential.lock() = bad;
        let source = source(&server, &kept);
        let error = source.check().await.unwrap_err();
        assert!(matches!(error, Error::Credential { .. }), "{error}");
        let shown = format!("{error} {error:?} {source:?}");
        for secret in ["s3cret", "wr0ng", "first", "access-"] {
            assert!(!shown.contains(secret), "{shown}");
        }
    }
}
