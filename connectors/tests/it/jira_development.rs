//! What a simulated Jira knows of pull requests: asked for where an issue says something new, and linked over connectors.

use crate::alike::{assert_alike, told};
use crate::jira_mapper::{id, map};
use crate::jira_sync::{credentials, once, open, serve, world};
use crate::lake::{Read, ids, step, tenant};
use crate::reading::NOW;
use arrow::array::AsArray as _;
use chrono::TimeDelta;
use pulse_connectors::jira::JiraSettings;
use pulse_connectors::{Error, Result, SyncReport, mapper, sync};
use pulse_engine::{Clock, Tenant};
use pulse_simulator::world::State;
use pulse_simulator::{Fault, On, Server, World};
use serde_json::{Value as Json, json};
use std::collections::BTreeSet;

async fn read(tenant: &Tenant, server: &Server, credential: &str, whole: bool) -> Result<SyncReport> {
    let source = open(server, credential, JiraSettings::default()).unwrap();
    source.check().await.unwrap();
    let source = if whole { source.whole() } else { source };
    let report = sync(tenant, Box::new(source), Clock::System, &|_| ()).await;
    tenant.map(mapper("jira").unwrap().as_ref(), false).await.unwrap();
    report
}

/// How often Jira was asked for pull requests.
fn asked(server: &Server) -> usize {
    server.jira.log.requests().iter().filter(|served| served.path.contains("/dev-status/")).count()
}

/// Every pull request that names an issue by the first word of its title, as issue, address and state.
fn named(world: &World) -> BTreeSet<String> {
    let requests = world.repositories.values().flat_map(|r| r.pull_requests.values().map(move |request| (r, request)));
    let told = requests.filter_map(|(repository, request)| {
        let issue = world.jira.issue(request.title.split(' ').next()?)?;
        let state = match request.state {
            State::Open => "open",
            State::Merged => "merged",
            State::Closed => "closed",
        };
        let url = format!("https://github.com/acme/{}/pull/{}", repository.name, request.number);
        Some(format!("{} {} {url} {state}", issue.id, world.jira.key_of(&issue.fields)))
    });
    told.collect()
}

/// The same, as the lake has it.
async fn linked(tenant: &Tenant) -> BTreeSet<String> {
    let statement =
        "SELECT work_item_id, work_item_key, url, state FROM core.work_item_pull_requests WHERE deleted_at IS NULL";
    let mut all = BTreeSet::new();
    for batch in tenant.sql(statement).await.unwrap() {
        for row in 0..batch.num_rows() {
            let text = |column: usize| batch.column(column).as_string::<i32>().value(row);
            let issue = text(0).strip_prefix("jira:acme:issues/").unwrap();
            all.insert(format!("{issue} {} {} {}", text(1), text(2), text(3)));
        }
    }
    all
}

#[tokio::test(flavor = "multi_thread")]
async fn the_pull_requests_of_every_issue_are_read_and_asked_for_again_when_they_change() {
    for credential in credentials() {
        let server = serve(world(45)).await;
        let tenant = tenant().await;
        read(&tenant, &server, &credential, false).await.unwrap();
        let expected = named(&server.jira.world.lock());
        assert!(expected.len() > 10, "{expected:?}");
        assert_eq!(linked(&tenant).await, expected);
        server.jira.world.lock().now += TimeDelta::hours(2);
        server.jira.log.clear();
        read(&tenant, &server, &credential, true).await.unwrap();
        assert_eq!(asked(&server), 0, "what says the same is not asked for again");
        // One is closed, which no search tells: the next reading of all does.
        {
            let mut world = server.jira.world.lock();
            world.now += TimeDelta::hours(2);
            let open = world.repositories.values().find_map(|repository| {
                let of_issue =
                    |title: &str| title.split(' ').next().is_some_and(|word| world.jira.issue(word).is_some());
                let found = repository.pull_requests.values().find(|r| r.state == State::Open && of_issue(&r.title));
                found.map(|request| (repository.id, request.number))
            });
            let (repository, number) = open.unwrap();
            world.close_pull_request(repository, number, "nobody");
        }
        read(&tenant, &server, &credential, true).await.unwrap();
        let closed = named(&server.jira.world.lock());
        assert_eq!(asked(&server), 2, "a summary and what it is the summary of");
        assert!(closed != expected);
        assert_eq!(linked(&tenant).await, closed);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_not_see_pull_requests_reads_all_else_and_is_told() {
    for credential in credentials() {
        let server = serve(world(45)).await;
        let tenant = tenant().await;
        for fault in [Fault::IpAllowList, Fault::MissingScope { accepted: String::new() }, Fault::BadCredentials] {
            server.jira.faults.clear();
            server.jira.log.clear();
            for _ in 0..100 {
                server.jira.faults.plan(On::Path("/dev-status/".to_owned()), fault.clone());
            }
            read(&tenant, &server, &credential, false).await.unwrap();
            let projects = {
                let world = server.jira.world.lock();
                let issue = |told: &String| told.split(' ').next().unwrap().parse::<i64>().unwrap();
                let issues: BTreeSet<i64> = named(&world).iter().map(issue).collect();
                issues.iter().map(|issue| world.jira.issues[issue].fields.project).collect::<BTreeSet<_>>().len()
            };
            assert!(asked(&server) >= projects && asked(&server) <= projects * 4, "{fault:?}: {}", asked(&server));
            assert_eq!(ids(&tenant, "rejects").await.len(), projects, "{fault:?}");
            assert_eq!(ids(&tenant, "work_items").await.len(), server.jira.world.lock().jira.issues.len());
            assert!(linked(&tenant).await.is_empty());
        }
        // Once it may be asked, all that was owed is.
        server.jira.faults.clear();
        server.jira.world.lock().now += TimeDelta::minutes(5);
        read(&tenant, &server, &credential, false).await.unwrap();
        assert!(ids(&tenant, "rejects").await.is_empty());
        assert_alike(&once(&server, &credential).await, &told(&tenant).await);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_application_does_not_tell_of_one_issue_keeps_no_other_from_being_asked_for() {
    for credential in credentials() {
        let server = serve(world(45)).await;
        let tenant = tenant().await;
        for _ in 0..3 {
            server.jira.faults.plan(On::Path("/issue/detail".to_owned()), Fault::Untold);
        }
        read(&tenant, &server, &credential, false).await.unwrap();
        let issues = |told: &BTreeSet<String>| {
            told.iter().map(|told| told.split(' ').next().unwrap().to_owned()).collect::<BTreeSet<_>>().len()
        };
        let all = named(&server.jira.world.lock());
        let some = linked(&tenant).await;
        assert!(some.is_subset(&all));
        assert_eq!(issues(&some), issues(&all) - 3);
        assert!(!ids(&tenant, "rejects").await.is_empty(), "somebody is told");
        server.jira.world.lock().now += TimeDelta::minutes(5);
        read(&tenant, &server, &credential, false).await.unwrap();
        assert!(ids(&tenant, "rejects").await.is_empty());
        assert_eq!(linked(&tenant).await, all);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_fails_is_asked_for_the_next_time_and_keeps_no_issue() {
    let server = serve(world(45)).await;
    let (tenant, credential) = (tenant().await, &credentials()[0]);
    for _ in 0..200 {
        server.jira.faults.plan(On::Path("/dev-status/".to_owned()), Fault::ServerError(500));
    }
    let error = read(&tenant, &server, credential, false).await.unwrap_err();
    assert!(matches!(&error, Error::Incomplete { reason, .. } if reason.contains("/development")), "{error}");
    assert_eq!(ids(&tenant, "work_items").await.len(), server.jira.world.lock().jira.issues.len());
    server.jira.faults.clear();
    server.jira.world.lock().now += TimeDelta::minutes(5);
    read(&tenant, &server, credential, false).await.unwrap();
    assert_alike(&once(&server, credential).await, &told(&tenant).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn that_what_an_issue_has_is_not_there_takes_no_link_away_while_the_issue_is_there() {
    // As a page for people says it, and as Jira itself does for a moment.
    for fault in [Fault::NoPage, Fault::NotFound] {
        let server = serve(world(45)).await;
        let (tenant, credential) = (tenant().await, &credentials()[0]);
        for _ in 0..200 {
            server.jira.faults.plan(On::Path("/dev-status/".to_owned()), fault.clone());
        }
        read(&tenant, &server, credential, false).await.unwrap();
        assert!(!ids(&tenant, "rejects").await.is_empty(), "{fault:?}: somebody is told");
        server.jira.faults.clear();
        server.jira.world.lock().now += TimeDelta::minutes(5);
        read(&tenant, &server, credential, false).await.unwrap();
        assert!(ids(&tenant, "rejects").await.is_empty(), "{fault:?}");
        assert_eq!(linked(&tenant).await, named(&server.jira.world.lock()), "{fault:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_asked_who_is_not_to_be() {
    let server = serve(world(30)).await;
    let (tenant, credential) = (tenant().await, &credentials()[0]);
    let settings = JiraSettings::from_json(&json!({"development": false})).unwrap();
    let source = open(&server, credential, settings).unwrap();
    source.check().await.unwrap();
    sync(&tenant, Box::new(source), Clock::System, &|_| ()).await.unwrap();
    assert_eq!(asked(&server), 0);
}

/// What Jira tells of one pull request.
fn detail(url: &str, status: &str) -> Json {
    json!({"pullRequests": [
        {"id": "#1", "name": "x", "status": status, "url": url, "lastUpdate": "2026-01-02T03:04:05.000+0100"}, null,
    ]})
}

#[test]
fn a_pull_request_is_told_once_with_its_state() {
    let url = "https://github.com/acme/shop/pull/1";
    let body = |status: &str| json!({"key": "PAY-12", "detail": [detail(url, status), null, detail(url, status), {"branches": []}]});
    let told = map("development", "10001", &body("MERGED"), Json::Null).unwrap();
    assert_eq!(
        told.one("work_item_pull_requests"),
        json!({
            "id": id(&format!("issues/10001/pull_requests/{url}")), "work_item_id": id("issues/10001"),
            "work_item_key": "PAY-12", "url": url, "state": "merged", "updated_at": "2026-01-02T02:04:05Z",
        })
    );
    for (status, state) in
        [("OPEN", Some("open")), ("DRAFT", Some("open")), ("DECLINED", Some("closed")), ("UNKNOWN", None)]
    {
        let row = map("development", "10001", &body(status), Json::Null).unwrap().one("work_item_pull_requests");
        assert_eq!(row.get("state"), state.map(|state| json!(state)).as_ref(), "{status}");
    }
    let reject = map("development", "10001", &body("ODD"), Json::Null).unwrap_err();
    assert!(reject.field.as_deref() == Some("detail.pullRequests.status") && reject.reason.contains("`ODD`"));
    let reject = map("development", "1", &json!({"key": "A-1", "detail": [{"pullRequests": [{}]}]}), Json::Null);
    assert_eq!(reject.unwrap_err().field.as_deref(), Some("detail.pullRequests.url"));
    assert_eq!(map("development", "1", &json!({}), Json::Null).unwrap_err().field.as_deref(), Some("key"));
    assert!(map("development", "1", &json!({"key": "A-1", "detail": []}), Json::Null).unwrap().is_empty());
}

/// The work items of the pull requests that there are.
async fn keys(tenant: &Tenant) -> Vec<String> {
    tenant.model(&pulse_engine::Settings::default()).await.unwrap();
    let statement = "SELECT id, work_item_keys FROM facts.pull_requests ORDER BY id";
    let mut all = Vec::new();
    for batch in tenant.sql(statement).await.unwrap() {
        let (ids, lists) = (batch.column(0).as_string::<i32>(), batch.column(1).as_list::<i32>());
        for row in 0..batch.num_rows() {
            let keys = lists.value(row);
            let keys: Vec<&str> = keys.as_string::<i32>().iter().flatten().collect();
            all.push(format!("{}: {}", ids.value(row), keys.join(" ")).trim().to_owned());
        }
    }
    all
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pull_request_of_any_connection_belongs_to_the_issues_that_know_of_it() {
    const SECOND: i64 = 1_000_000;
    let tenant = tenant().await;
    let row = |entity: &'static str, key: &'static str, row: Json| (entity, key, json!({"line": 1, "row": row}));
    let request = |id: &str, url: &str, keys: Json| {
        json!({
            "id": id, "repository_id": "push:hub:shop", "state": "open", "created_at": "2026-01-02T00:00:00Z", "url": url,
            "work_item_keys": keys,
        })
    };
    let (one, two) = ("https://git.example/shop/1", "https://git.example/shop/12");
    let payloads = vec![
        row("repositories", "push:hub:shop", json!({"id": "push:hub:shop", "name": "shop"})),
        row("pull_requests", "push:hub:1", request("push:hub:1", one, json!(["PAY-1"]))),
        row("pull_requests", "push:hub:2", request("push:hub:2", two, json!([]))),
    ];
    step(&tenant, Read { connection: "push:hub", at: NOW, settings: Json::Null, payloads }, NOW).await;
    assert_eq!(keys(&tenant).await, ["push:hub:1: PAY-1", "push:hub:2:"]);
    let jira = async |at: i64, payloads: Vec<(&'static str, &'static str, Json)>| {
        step(&tenant, Read { connection: "jira:acme", at, settings: json!({}), payloads }, at).await;
    };
    let told = |key: &str, detail: Json| json!({"key": key, "detail": [detail]});
    jira(NOW, vec![("development", "10001", told("PAY-12", detail(one, "OPEN")))]).await;
    jira(NOW, vec![("development", "10002", told("PAY-13", detail("https://git.example/other/1", "OPEN")))]).await;
    assert_eq!(keys(&tenant).await, ["push:hub:1: PAY-1 PAY-12", "push:hub:2:"]);
    // The issue got another key, and another knows of the second.
    jira(NOW + SECOND, vec![("development", "10001", told("OPS-7", detail(one, "OPEN")))]).await;
    jira(NOW + SECOND, vec![("development", "10002", told("PAY-13", detail(two, "OPEN")))]).await;
    assert_eq!(keys(&tenant).await, ["push:hub:1: PAY-1 OPS-7", "push:hub:2: PAY-13"]);
    // One knows of none any more, and one is gone.
    jira(NOW + 2 * SECOND, vec![("development", "10001", json!({"key": "OPS-7", "detail": []}))]).await;
    jira(NOW + 2 * SECOND, vec![("issues", "10002", json!({"deleted": true}))]).await;
    assert!(ids(&tenant, "work_item_pull_requests").await.is_empty());
    assert_eq!(keys(&tenant).await, ["push:hub:1: PAY-1", "push:hub:2:"]);
}
