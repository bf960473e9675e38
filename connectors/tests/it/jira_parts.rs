//! Versions, components and types of a simulated Jira: read with their projects, and gone when they are.

use crate::jira_sync::{credentials, open, serve, world};
use crate::lake::{ids, tenant, texts};
use arrow::array::AsArray as _;
use arrow::datatypes::Int64Type;
use chrono::TimeDelta;
use pulse_connectors::jira::JiraSettings;
use pulse_connectors::{mapper, sync};
use pulse_engine::land::{Cursors, Page};
use pulse_engine::{Clock, Tenant};
use pulse_simulator::world::jira::{Project, Sprint};
use pulse_simulator::{Fault, On, Server};
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};

async fn read(tenant: &Tenant, server: &Server, credential: &str, settings: JiraSettings) {
    let source = open(server, credential, settings).unwrap();
    source.check().await.unwrap();
    sync(tenant, Box::new(source), Clock::System, &|_| ()).await.unwrap();
    tenant.map(mapper("jira").unwrap().as_ref(), false).await.unwrap();
}

async fn released(tenant: &Tenant) -> i64 {
    let rows = tenant.sql("SELECT count(*) FROM core.versions WHERE is_released AND deleted_at IS NULL").await.unwrap();
    rows[0].column(0).as_primitive::<Int64Type>().value(0)
}

fn id(native: &str, id: i64) -> String {
    format!("jira:acme:{native}/{id}")
}

/// How many sprints are in no project.
async fn homeless(tenant: &Tenant) -> usize {
    let statement = "SELECT count(*) FROM core.sprints WHERE deleted_at IS NULL AND project_id IS NULL";
    let rows = tenant.sql(statement).await.unwrap();
    rows[0].column(0).as_primitive::<Int64Type>().value(0) as usize
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sprint_is_of_the_project_that_its_board_is_in_where_jira_says_which() {
    for (credential, is_cloud) in credentials().into_iter().zip([true, false]) {
        let server = serve(world(30)).await;
        let tenant = tenant().await;
        read(&tenant, &server, &credential, JiraSettings::default()).await;
        let site = server.jira.world.lock().jira.clone();
        let of = |sprint: &Sprint| id("projects", site.boards[&sprint.board].project);
        let mut expected: Vec<String> = site.sprints.values().map(of).collect();
        expected.sort();
        assert!(!expected.is_empty());
        assert_eq!((texts(&tenant, "sprints", "project_id").await, homeless(&tenant).await), (expected.clone(), 0));
        assert_eq!(ids(&tenant, "project_scopes").await.len(), site.boards.len());

        // Of a board that shows what other projects have, too, Cloud alone says where it is.
        {
            let mut world = server.jira.world.lock();
            world.now += TimeDelta::hours(2);
            let all: Vec<i64> = world.jira.projects.keys().copied().collect();
            assert!(all.len() > 1);
            world.jira.boards.values_mut().for_each(|board| board.others.extend(&all));
        }
        read(&tenant, &server, &credential, JiraSettings::default()).await;
        if is_cloud {
            assert_eq!(texts(&tenant, "sprints", "project_id").await, expected);
            assert_eq!(ids(&tenant, "project_scopes").await.len(), site.boards.len());
        } else {
            assert_eq!(homeless(&tenant).await, expected.len());
            assert_eq!(ids(&tenant, "project_scopes").await, [""; 0]);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_version_that_is_released_changes_and_what_is_not_listed_any_more_is_gone() {
    for credential in credentials() {
        let server = serve(world(45)).await;
        let tenant = tenant().await;
        read(&tenant, &server, &credential, JiraSettings::default()).await;
        let before = released(&tenant).await;
        let (version, component, project) = {
            let mut world = server.jira.world.lock();
            world.now += TimeDelta::hours(2);
            let project = world.jira.projects.values().find(|p| p.versions.len() > 1).unwrap().clone();
            let unreleased = project.versions.values().find(|v| !v.is_released).unwrap().id;
            world.release_jira_version(project.id, unreleased);
            let found = world.jira.projects.get_mut(&project.id).unwrap();
            (found.versions.pop_first().unwrap().0, found.components.pop_first().unwrap().0, project.id)
        };
        assert!(ids(&tenant, "versions").await.contains(&id("versions", version)));
        read(&tenant, &server, &credential, JiraSettings::default()).await;
        assert!(!ids(&tenant, "versions").await.contains(&id("versions", version)));
        assert!(!ids(&tenant, "components").await.contains(&id("components", component)));
        // One of those that were released is the one that is gone.
        assert_eq!(released(&tenant).await, before);
        server.jira.log.clear();
        server.jira.world.lock().now += TimeDelta::hours(2);
        let report = {
            let source = open(&server, &credential, JiraSettings::default()).unwrap();
            source.check().await.unwrap();
            sync(&tenant, Box::new(source), Clock::System, &|_| ()).await.unwrap()
        };
        assert_eq!(report.payloads, 0, "what did not change is not landed again");
        // A project takes what belongs to it with it, which is not asked for one by one.
        let left = {
            let mut world = server.jira.world.lock();
            world.now += TimeDelta::hours(2);
            world.jira.projects.remove(&project);
            world
                .jira
                .projects
                .values()
                .map(|p| (p.versions.len(), p.components.len()))
                .fold((0, 0), |a, b| (a.0 + b.0, a.1 + b.1))
        };
        server.jira.log.clear();
        // Somebody says that what is not there any more is gone.
        let source = open(&server, &credential, JiraSettings::default()).unwrap();
        source.check().await.unwrap();
        sync(&tenant, Box::new(source.whole()), Clock::System, &|_| ()).await.unwrap();
        tenant.map(mapper("jira").unwrap().as_ref(), false).await.unwrap();
        let there = (ids(&tenant, "versions").await.len(), ids(&tenant, "components").await.len());
        assert_eq!(there, left);
        let single = |path: &str| path.contains("/version/") || path.contains("/component/");
        assert_eq!(server.jira.log.requests().iter().filter(|served| single(&served.path)).count(), 0);
    }
}

/// The projects that were asked for their versions since this was asked last, by their numbers.
fn asked(server: &Server) -> BTreeSet<String> {
    let paths = server.jira.log.requests().into_iter().map(|served| served.path);
    let of = |path: String| Some(path.strip_suffix("/version")?.rsplit_once('/')?.1.to_owned());
    let asked = paths.filter_map(of).collect();
    server.jira.log.clear();
    asked
}

#[tokio::test(flavor = "multi_thread")]
async fn projects_take_turns_to_tell_their_versions_where_there_are_very_many() {
    let (server, credential) = (serve(world(10)).await, &credentials()[0]);
    let add = |ids: std::ops::Range<i64>| {
        let mut world = server.jira.world.lock();
        for id in ids {
            let (key, former_keys) = (format!("MORE{id}"), Vec::new());
            let (components, versions) = (BTreeMap::new(), BTreeMap::new());
            let some = world.jira.projects.values().next().unwrap().clone();
            let more = Project { id, name: key.clone(), key, former_keys, components, versions, ..some };
            world.jira.projects.insert(id, more);
        }
        world.now += TimeDelta::hours(2);
        world.jira.projects.len()
    };
    let all = add(1_000_000..1_001_100);
    let tenant = tenant().await;
    let look = async || {
        read(&tenant, &server, credential, JiraSettings::default()).await;
        asked(&server)
    };
    assert_eq!(look().await.len(), all, "the first time all of them");
    let mut turns = BTreeSet::new();
    for _ in 0..2 {
        add(0..0);
        let turn = look().await;
        assert_eq!(turn.len(), 1_000);
        turns.extend(turn);
    }
    assert_eq!(turns.len(), all, "each is asked in its turn");
    // One that is new waits for no turn, wherever it stands.
    add(500..501);
    let turn = look().await;
    assert!(turn.len() == 1_001 && turn.contains("500"), "{}", turn.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn projects_that_are_not_read_are_not_asked_for_versions_and_what_was_read_of_them_stays() {
    let server = serve(world(30)).await;
    let (tenant, credential) = (tenant().await, &credentials()[0]);
    read(&tenant, &server, credential, JiraSettings::default()).await;
    let before = ids(&tenant, "versions").await;
    let key = server.jira.world.lock().jira.projects.values().next().unwrap().key.clone();
    server.jira.world.lock().now += TimeDelta::hours(2);
    server.jira.log.clear();
    let settings = JiraSettings { projects: vec![key], ..JiraSettings::default() };
    read(&tenant, &server, credential, settings).await;
    assert_eq!(ids(&tenant, "versions").await, before);
    let asked = server.jira.log.requests();
    assert_eq!(asked.iter().filter(|served| served.path.ends_with("/version")).count(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn versions_that_one_may_not_see_keep_no_issue_and_take_nothing_away() {
    for credential in credentials() {
        let server = serve(world(30)).await;
        let tenant = tenant().await;
        read(&tenant, &server, &credential, JiraSettings::default()).await;
        let before = ids(&tenant, "versions").await;
        assert!(!before.is_empty());
        server.jira.world.lock().now += TimeDelta::hours(2);
        server.jira.faults.plan(On::Path("/version".to_owned()), Fault::IpAllowList);
        read(&tenant, &server, &credential, JiraSettings::default()).await;
        assert_eq!(ids(&tenant, "versions").await, before);
        assert_eq!(ids(&tenant, "rejects").await.len(), 1, "it is told");
        server.jira.world.lock().now += TimeDelta::hours(2);
        read(&tenant, &server, &credential, JiraSettings::default()).await;
        assert!(ids(&tenant, "rejects").await.is_empty(), "until it can be read again");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn how_far_issues_are_read_is_told_without_all_that_was_landed_of_the_site_which_once_stood_with_it() {
    let (server, credential) = (serve(world(30)).await, &credentials()[0]);
    let lake = tenant().await;
    read(&lake, &server, credential, JiraSettings::default()).await;
    let cursors = lake.cursors("jira", "jira:acme").await.unwrap();
    let (parts, mut earlier): (Cursors, Cursors) =
        cursors.clone().into_iter().partition(|(part, _)| part.starts_with("landed/"));
    assert!(parts.len() > 4 && parts["landed/sprints"].contains("sprints/"), "{parts:?}");
    let mut site: Value = serde_json::from_str(&cursors["site"]).unwrap();
    assert_eq!(site.get("landed"), None);
    // As an earlier version left it.
    let all = parts.values().flat_map(|part| serde_json::from_str::<Map<String, Value>>(part).unwrap());
    site["landed"] = Value::Object(all.collect());
    earlier.insert("site".to_owned(), site.to_string());
    let other = tenant().await;
    other.land("jira", "jira:acme", Page { cursors: earlier, ..Page::default() }).await.unwrap();
    server.jira.world.lock().now += TimeDelta::hours(2);
    read(&other, &server, credential, JiraSettings::default()).await;
    let now = other.cursors("jira", "jira:acme").await.unwrap();
    assert!(parts.iter().all(|(part, stands)| now.get(part) == Some(stands)));
    assert_eq!(serde_json::from_str::<Value>(&now["site"]).unwrap().get("landed"), None);
    // Nothing of it landed again.
    let statement =
        "SELECT count(*) FROM raw.jira WHERE stream IN ('projects', 'statuses', 'types', 'boards', 'sprints')";
    let rows = other.sql(statement).await.unwrap();
    assert_eq!(rows[0].column(0).as_primitive::<Int64Type>().value(0), 0);
}
