//! A project of Jira that gets another key: its issues are the same under other keys, and what texts named them before leads to them. So does
//! an issue that moves to another project.

use crate::alike::{Told, told};
use crate::jira_scope::linked;
use crate::jira_sync::{credentials, map, once, open, serve, world};
use crate::lake::{ids, tenant, texts};
use arrow::util::display::array_value_to_string;
use chrono::TimeDelta;
use pulse_connectors::github::GithubSettings;
use pulse_connectors::jira::JiraSettings;
use pulse_connectors::{mapper, sync};
use pulse_engine::{Clock, Settings, Tenant};
use pulse_simulator::TOKEN;
use pulse_simulator::world::jira::{Fields, LinkKind};
use serde_json::json;
use std::collections::BTreeSet;

/// The keys that pull requests name, with the pull request of each.
async fn named(tenant: &Tenant) -> BTreeSet<(String, String)> {
    tenant.model(&Settings::default()).await.unwrap();
    let mut named = BTreeSet::new();
    for batch in tenant.sql("SELECT id, work_item_keys FROM facts.pull_requests").await.unwrap() {
        for row in 0..batch.num_rows() {
            let [id, keys] = [0, 1].map(|i| array_value_to_string(batch.column(i), row).unwrap());
            let keys = keys.trim_matches(['[', ']']).split(", ").filter(|key| !key.is_empty());
            named.extend(keys.map(|key| (id.clone(), key.to_owned())));
        }
    }
    named
}

#[tokio::test(flavor = "multi_thread")]
async fn issues_go_by_the_key_that_their_project_has_now_and_are_found_by_the_one_that_it_had() {
    for credential in credentials() {
        let server = serve(world(45)).await;
        let tenant = tenant().await;
        let settings = GithubSettings::from_json(&json!({"owners": ["acme"]})).unwrap();
        let github = crate::github_sync::open(&server, TOKEN, settings).unwrap();
        sync(&tenant, Box::new(github), Clock::System, &|_| ()).await.unwrap();
        tenant.map(mapper("github").unwrap().as_ref(), false).await.unwrap();
        let read = async || {
            let report = crate::jira_sync::read(&tenant, &server, &credential).await.unwrap();
            map(&tenant).await;
            report.payloads
        };
        read().await;
        let (before, issues) = (named(&tenant).await, ids(&tenant, "work_items").await);
        let (project, old) = {
            let world = server.jira.world.lock();
            let is_named = |key: &str| before.iter().any(|(_, named)| named.starts_with(&format!("{key}-")));
            let found = world.jira.projects.values().find(|project| is_named(&project.key)).unwrap();
            (found.id, found.key.clone())
        };
        {
            let mut world = server.jira.world.lock();
            world.now += TimeDelta::hours(2);
            world.rename_jira_project(project, "FRESH").unwrap();
        }
        assert!(read().await > 0);
        assert_eq!(ids(&tenant, "work_items").await, issues);
        let keys = texts(&tenant, "work_items", "key").await;
        assert!(keys.iter().all(|key| !key.starts_with(&format!("{old}-"))), "{keys:?}");
        assert!(texts(&tenant, "project_keys", "key").await.contains(&old));
        let now = |key: &str| match key.rsplit_once('-') {
            Some((project, number)) if project == old => format!("FRESH-{number}"),
            _ => key.to_owned(),
        };
        let expected: BTreeSet<(String, String)> = before.iter().map(|(id, key)| (id.clone(), now(key))).collect();
        assert_eq!(named(&tenant).await, expected);
        // Whoever reads all of it for the first time is told the same.
        let (first, then): (Told, Told) = (once(&server, &credential).await, told(&tenant).await);
        for entity in ["projects", "project_keys", "work_items"] {
            for (id, row) in &first[entity] {
                assert_eq!(Some(row), then[entity].get(id), "{entity} {id}");
            }
        }
        server.jira.world.lock().now += TimeDelta::minutes(30);
        assert_eq!(read().await, 0, "they are read anew once");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_project_that_the_settings_name_by_a_key_that_it_had_is_read_on() {
    for credential in credentials() {
        let server = serve(world(20)).await;
        let tenant = tenant().await;
        let read = async |tenant: &Tenant, key: &str| {
            let settings = JiraSettings { projects: vec![key.to_owned()], ..JiraSettings::default() };
            let source = open(&server, &credential, settings).unwrap();
            assert_eq!(source.check().await.unwrap(), 1);
            sync(tenant, Box::new(source), Clock::System, &|_| ()).await.unwrap();
            map(tenant).await;
        };
        let (project, old) = {
            let world = server.jira.world.lock();
            let has_issues = |id: i64| world.jira.issues.values().any(|issue| issue.fields.project == id);
            let found = world.jira.projects.values().find(|project| has_issues(project.id)).unwrap();
            (found.id, found.key.clone())
        };
        read(&tenant, &old).await;
        let issues = ids(&tenant, "work_items").await;
        assert!(!issues.is_empty());
        {
            let mut world = server.jira.world.lock();
            world.now += TimeDelta::hours(2);
            world.rename_jira_project(project, "FRESH").unwrap();
        }
        read(&tenant, &old).await;
        assert_eq!(ids(&tenant, "work_items").await, issues);
        let keys = texts(&tenant, "work_items", "key").await;
        assert!(keys.iter().all(|key| key.starts_with("FRESH-")), "{keys:?}");
        assert_eq!(ids(&tenant, "rejects").await, [""; 0]);
        // What happens in it afterwards is read, too, by whichever key it is named.
        server.jira.world.lock().advance(3);
        read(&tenant, &old).await;
        let first = crate::lake::tenant().await;
        read(&first, "FRESH").await;
        let (first, then): (Told, Told) = (told(&first).await, told(&tenant).await);
        for entity in ["projects", "project_keys", "work_items", "work_item_links"] {
            for (id, row) in first.get(entity).into_iter().flatten() {
                assert_eq!(Some(row), then[entity].get(id), "{entity} {id}");
            }
        }
        assert!(!first["work_items"].is_empty());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_between_projects_says_the_keys_that_its_issues_have_now_though_one_of_them_is_not_read_anew() {
    for credential in credentials() {
        let mut world = world(20);
        let actor = world.jira.users.keys().next().unwrap().clone();
        let from = world.jira.issues.values().find(|issue| issue.links.is_empty()).unwrap().id;
        let project = world.create_jira_project("MORE", "More", &actor, None);
        let fields = Fields { project, summary: "Wait".to_owned(), ..Fields::default() };
        let to = world.create_jira_issue(fields, &actor).unwrap();
        world.link_jira_issues(LinkKind::Blocks, from, to, &actor).unwrap();
        let of_from = world.jira.issues[&from].fields.project;
        let (server, tenant) = (serve(world).await, tenant().await);
        let read = async || {
            crate::jira_sync::read(&tenant, &server, &credential).await.unwrap();
            map(&tenant).await;
            linked(&tenant, to).await
        };
        let now = || {
            let world = server.jira.world.lock();
            let [from, to] = [from, to].map(|id| world.jira.key(id).unwrap());
            vec![[from.clone(), from, to]]
        };
        let keys = now();
        assert_eq!(read().await, keys);
        {
            let mut world = server.jira.world.lock();
            world.now += TimeDelta::hours(2);
            world.rename_jira_project(project, "FRESH").unwrap();
        }
        let rekeyed = now();
        assert_ne!(rekeyed, keys);
        assert_eq!(read().await, rekeyed);
        // The one that it starts at moves to another project.
        {
            let mut world = server.jira.world.lock();
            world.now += TimeDelta::hours(1);
            let elsewhere = world.jira.projects.keys().copied().find(|id| *id != of_from).unwrap();
            world.move_jira_issue(from, elsewhere, &actor).unwrap();
        }
        let moved = now();
        assert_ne!(moved, rekeyed);
        assert_eq!(read().await, moved);
    }
}
