//! What is above an issue of a simulated Jira, the sprints that it was in, and how it was closed are the same in either edition, however that
//! tells it.

use crate::jira_sync::{credentials, map, read, serve, world};
use crate::lake::tenant;
use arrow::array::AsArray as _;
use arrow::util::display::array_value_to_string;
use chrono::TimeDelta;
use pulse_engine::{Settings, Tenant};
use pulse_simulator::Server;
use pulse_simulator::world::jira::{Issue, IssueType, Resolution, Status};
use std::collections::BTreeSet;

/// The items that are below another, each with that one.
async fn below(tenant: &Tenant) -> Vec<(String, String)> {
    tenant.model(&Settings::default()).await.unwrap();
    pairs(tenant, "SELECT id, parent_id FROM facts.work_items WHERE parent_id IS NOT NULL ORDER BY id").await
}

/// The items that are closed, each with how.
async fn resolutions(tenant: &Tenant) -> Vec<(String, String)> {
    pairs(tenant, "SELECT id, resolution FROM core.work_items WHERE resolution IS NOT NULL ORDER BY id").await
}

/// The rows of a statement with two columns of text.
async fn pairs(tenant: &Tenant, statement: &str) -> Vec<(String, String)> {
    let mut all = Vec::new();
    for rows in tenant.sql(statement).await.unwrap() {
        let [left, right] = [0, 1].map(|column| rows.column(column).as_string::<i32>());
        all.extend((0..rows.num_rows()).map(|row| (left.value(row).to_owned(), right.value(row).to_owned())));
    }
    all
}

/// The issues that were asked for by their keys since this was asked last.
fn asked(server: &Server) -> Vec<String> {
    let key = |path: String| path.rsplit_once("/issue/").map(|(_, key)| key.to_owned());
    let keys = server.jira.log.requests().into_iter().filter_map(|served| key(served.path));
    let asked = keys.filter(|key| !key.contains('/') && key.contains('-')).collect();
    server.jira.log.clear();
    asked
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_above_an_issue_is_the_same_whether_jira_tells_its_number_or_its_key() {
    for (credential, is_cloud) in credentials().into_iter().zip([true, false]) {
        let (server, tenant) = (serve(world(45)).await, tenant().await);
        let id = |number: i64| format!("jira:acme:issues/{number}");
        let expected = || {
            let world = server.jira.world.lock();
            let issues = &world.jira.issues;
            let above = |issue: &Issue| Some(id(issues.get(&issue.fields.parent?)?.id));
            let mut all: Vec<_> = issues.values().filter_map(|issue| Some((id(issue.id), above(issue)?))).collect();
            all.sort();
            all
        };
        read(&tenant, &server, &credential).await.unwrap();
        map(&tenant).await;
        assert!(!expected().is_empty());
        assert_eq!(below(&tenant).await, expected());
        let keys = asked(&server);
        assert_eq!(keys.is_empty(), is_cloud);
        assert_eq!(keys.iter().collect::<BTreeSet<_>>().len(), keys.len(), "each is asked for once: {keys:?}");

        // An epic goes by another key, and by the same number.
        {
            let mut world = server.jira.world.lock();
            world.now += TimeDelta::minutes(30);
            let epic = world.jira.issues.values().find_map(|issue| {
                let parent = world.jira.issues.get(&issue.fields.parent?)?;
                (parent.fields.kind == IssueType::Epic).then_some((parent.id, parent.fields.project))
            });
            let (epic, home) = epic.unwrap();
            let other = *world.jira.projects.keys().find(|project| **project != home).unwrap();
            world.move_jira_issue(epic, other, "nobody").unwrap();
        }
        read(&tenant, &server, &credential).await.unwrap();
        map(&tenant).await;
        assert_eq!(below(&tenant).await, expected());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn stays_in_sprints_are_the_same_whether_a_history_tells_the_id_of_their_field_or_a_name_that_somebody_gave_it() {
    let server = serve(world(45)).await;
    let mut told = Vec::new();
    for credential in credentials() {
        let tenant = tenant().await;
        read(&tenant, &server, &credential).await.unwrap();
        map(&tenant).await;
        let mut stays = Vec::new();
        let statement = "SELECT id, added_at, removed_at FROM core.sprint_items WHERE deleted_at IS NULL ORDER BY id";
        for rows in tenant.sql(statement).await.unwrap() {
            for row in 0..rows.num_rows() {
                stays.push([0, 1, 2].map(|column| array_value_to_string(rows.column(column), row).unwrap()));
            }
        }
        told.push(stays);
    }
    assert!(!told[0].is_empty());
    assert_eq!(told[0], told[1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn how_an_issue_was_closed_is_as_either_edition_names_it_and_nothing_once_it_is_open_again() {
    for credential in credentials() {
        let (server, tenant) = (serve(world(45)).await, tenant().await);
        let expected = || {
            let world = server.jira.world.lock();
            let named = |issue: &Issue| {
                Some((format!("jira:acme:issues/{}", issue.id), issue.fields.resolution?.names().1.to_owned()))
            };
            let mut all: Vec<_> = world.jira.issues.values().filter_map(named).collect();
            all.sort();
            all
        };
        let issue = server.jira.world.lock().jira.issues.values().find(|issue| !issue.is_done()).unwrap().id;
        let edit = |resolution: Option<Resolution>, status: Status| {
            let mut world = server.jira.world.lock();
            world.now += TimeDelta::minutes(30);
            let edited = world.edit_jira_issue(issue, "nobody", |fields| {
                (fields.resolution, fields.status) = (resolution, status);
            });
            edited.unwrap();
        };
        let wont = (format!("jira:acme:issues/{issue}"), "Won't Do".to_owned());
        edit(Some(Resolution::WontDo), Status::Done);
        read(&tenant, &server, &credential).await.unwrap();
        map(&tenant).await;
        let told = resolutions(&tenant).await;
        assert!(told.contains(&wont), "{told:?}");
        assert_eq!(told, expected());

        edit(None, Status::InProgress);
        read(&tenant, &server, &credential).await.unwrap();
        map(&tenant).await;
        let told = resolutions(&tenant).await;
        assert!(!told.is_empty() && !told.contains(&wont), "{told:?}");
        assert_eq!(told, expected());
    }
}
