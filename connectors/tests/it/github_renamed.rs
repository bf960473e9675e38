//! A repository that gets another name or owner: what people see of its issues today, and what texts named them before.

use crate::alike::{NAMES_WENT, assert_alike_but, told};
use crate::github_sync::{open, serve};
use crate::lake::{Read, step, tenant, texts};
use crate::reading::NOW;
use arrow::array::RecordBatch;
use arrow::util::display::array_value_to_string;
use chrono::TimeDelta;
use pulse_connectors::github::GithubSettings;
use pulse_connectors::{mapper, sync};
use pulse_engine::{Clock, Settings, Tenant};
use pulse_simulator::world::NewPullRequest;
use pulse_simulator::{Server, TOKEN, World};
use serde_json::json;
use std::collections::BTreeMap;

async fn read(tenant: &Tenant, server: &Server) -> u64 {
    read_of(tenant, server, &["acme"]).await
}

async fn read_of(tenant: &Tenant, server: &Server, owners: &[&str]) -> u64 {
    let settings = GithubSettings::from_json(&json!({"owners": owners})).unwrap();
    server.github.log.clear();
    let source = open(server, TOKEN, settings).unwrap();
    let report = sync(tenant, Box::new(source), Clock::System, &|_| ()).await.unwrap();
    tenant.map(mapper("github").unwrap().as_ref(), false).await.unwrap();
    report.payloads
}

/// The keys of work items that each pull request belongs to.
async fn named(tenant: &Tenant) -> Vec<String> {
    tenant.model(&Settings::default()).await.unwrap();
    let batches = tenant.sql("SELECT work_item_keys FROM facts.pull_requests ORDER BY id").await.unwrap();
    let told = |batch: &RecordBatch, row| array_value_to_string(batch.column(0), row).unwrap();
    batches.iter().flat_map(|batch| (0..batch.num_rows()).map(move |row| told(batch, row))).collect()
}

/// Opens a pull request whose branch has one commit, and the main branch another; its number.
fn fix(world: &mut World, repository: i64, body: &str) -> u64 {
    let messages = ["a", "b"].map(|message| format!("{message} of {repository}"));
    let commits = messages.map(|message| world.compose(&[], "eve", world.now, &message));
    let sha = commits[1].sha.clone();
    for (branch, commit) in ["main", "fix"].into_iter().zip(commits) {
        world.push(repository, branch, vec![commit], "eve");
    }
    let new = NewPullRequest {
        title: "Fix".to_owned(),
        body: body.to_owned(),
        author: "eve".to_owned(),
        head: "fix".to_owned(),
        commits: vec![sha],
        is_draft: false,
        labels: Vec::new(),
        additions: 1,
        deletions: 0,
    };
    world.open_pull_request(repository, new).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn issues_go_by_the_name_that_their_repository_has_now_and_are_found_by_those_that_it_had() {
    let mut world = World::empty("acme", "2026-03-02T10:00:00Z".parse().unwrap());
    world.add_person("eve", None);
    let [shop, api] = ["shop", "api"].map(|name| world.create_repository(name, "eve"));
    for title in ["one", "two"] {
        world.open_issue(shop, "eve", title, "", &[]).unwrap();
    }
    fix(&mut world, api, "Fixes acme/shop#1 and closes acme/store#2");
    let server = serve(world).await;
    let tenant = tenant().await;
    read(&tenant, &server).await;
    assert_eq!(texts(&tenant, "work_items", "key").await, ["acme/shop#1", "acme/shop#2"]);
    assert_eq!(named(&tenant).await, ["[acme/shop#1, acme/store#2]"]);

    let rename = |name: &str| {
        let mut world = server.github.world.lock();
        world.now += TimeDelta::minutes(10);
        world.rename_repository(shop, name, "eve");
    };
    rename("store");
    read(&tenant, &server).await;
    assert_eq!(texts(&tenant, "work_items", "key").await, ["acme/store#1", "acme/store#2"]);
    assert_eq!(texts(&tenant, "repository_names", "name").await, ["acme/api", "acme/shop", "acme/store"]);
    assert_eq!(named(&tenant).await, ["[acme/store#1, acme/store#2]"]);
    assert_eq!(read(&tenant, &server).await, 0, "they are read anew once");

    // Another repository takes the name that it had.
    {
        let mut world = server.github.world.lock();
        world.now += TimeDelta::minutes(10);
        world.create_repository("shop", "eve");
    }
    read(&tenant, &server).await;
    assert_eq!(named(&tenant).await, ["[acme/shop#1, acme/store#2]"]);
    rename("market");
    read(&tenant, &server).await;
    assert_eq!(named(&tenant).await, ["[acme/shop#1, acme/market#2]"]);
    let once = crate::lake::tenant().await;
    read(&once, &server).await;
    assert_alike_but(NAMES_WENT, &told(&once).await, &told(&tenant).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pull_request_is_opened_where_its_repository_is_today_and_found_by_issues_under_either_name() {
    let mut world = World::empty("acme", "2026-03-02T10:00:00Z".parse().unwrap());
    world.add_person("eve", None);
    let shop = world.create_repository("shop", "eve");
    let number = fix(&mut world, shop, "");
    // So long ago that its list is not looked at once more for what is told late.
    world.now += TimeDelta::minutes(10);
    let server = serve(world).await;
    let tenant = tenant().await;
    let at = |name: &str| format!("https://github.com/acme/{name}/pull/{number}");
    let knows = async |issue: &'static str, key: &str, url: String| {
        let body = json!({"key": key, "detail": [{"pullRequests": [{"url": url, "status": "OPEN"}]}]});
        let payloads = vec![("development", issue, body)];
        step(&tenant, Read { connection: "jira:acme", at: NOW, settings: json!({}), payloads }, NOW).await;
    };
    read(&tenant, &server).await;
    knows("1", "PAY-1", at("shop")).await;
    assert_eq!(named(&tenant).await, ["[PAY-1]"]);
    {
        let mut world = server.github.world.lock();
        world.now += TimeDelta::minutes(10);
        world.rename_repository(shop, "store", "eve");
    }
    read(&tenant, &server).await;
    // It is not read anew for that.
    assert_eq!(texts(&tenant, "pull_requests", "url").await, [at("shop")]);
    assert_eq!(named(&tenant).await, ["[PAY-1]"]);
    knows("2", "PAY-2", at("store")).await;
    assert_eq!(named(&tenant).await, ["[PAY-1, PAY-2]"]);
    let batches = tenant.sql("SELECT url FROM facts.pull_requests").await.unwrap();
    assert_eq!(array_value_to_string(batches[0].column(0), 0).unwrap(), at("store"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repository_that_goes_from_one_owner_to_another_who_is_read_is_the_same_by_another_name() {
    let mut world = World::empty("acme", "2026-03-02T10:00:00Z".parse().unwrap());
    world.add_person("eve", None);
    let [shop, api, store] = ["shop", "api", "store"].map(|name| world.create_repository(name, "eve"));
    world.repositories.get_mut(&store).unwrap().transferred_to = Some("umbrella".to_owned());
    for repository in [shop, api, store] {
        world.open_issue(repository, "eve", "one", "", &[]).unwrap();
        fix(&mut world, repository, "");
    }
    let (server, tenant) = (serve(world).await, tenant().await);
    let read = async || read_of(&tenant, &server, &["acme", "umbrella"]).await;
    // What there is of each entity, but for the names that repositories went by.
    let there = async || {
        let mut told = told(&tenant).await;
        told.remove("repository_names");
        told.retain(|_, rows| !rows.is_empty());
        let ids = told.into_iter().map(|(entity, rows)| (entity, rows.into_keys().collect::<Vec<_>>()));
        ids.collect::<BTreeMap<_, _>>()
    };
    read().await;
    let before = there().await;
    assert_eq!((before["repositories"].len(), before["pull_requests"].len()), (3, 3));
    let names = ["acme/api", "acme/shop", "umbrella/shop", "umbrella/store"];
    for owner in ["umbrella", "acme"] {
        {
            let mut world = server.github.world.lock();
            world.now += TimeDelta::minutes(10);
            world.repositories.get_mut(&shop).unwrap().transferred_to = Some(owner.to_owned());
        }
        read().await;
        let mut now = ["acme/api".to_owned(), format!("{owner}/shop"), "umbrella/store".to_owned()];
        now.sort();
        assert_eq!(texts(&tenant, "repositories", "name").await, now);
        assert_eq!(texts(&tenant, "work_items", "key").await, now.map(|name| format!("{name}#1")));
        assert_eq!(texts(&tenant, "repository_names", "name").await, names);
        assert_eq!(there().await, before, "nothing is gone, and nothing is there twice");
        assert_eq!(read().await, 0, "it is read anew once");
    }
}
