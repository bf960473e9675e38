//! Projects of a simulated Jira that are all large: they take turns, so that each soon shows what happened in it last.

use crate::alike::dies_after;
use crate::jira_sync::{credentials, map, read, serve, source, world};
use crate::lake::{ids, tenant, texts};
use chrono::TimeDelta;
use pulse_connectors::sync;
use pulse_engine::Clock;
use pulse_simulator::World;
use pulse_simulator::world::jira::{Fields, Issue};
use std::collections::BTreeSet;
use url::form_urlencoded;

/// How many issues a large project has, and on how many pages.
const ISSUES: i64 = 350;
const PAGES: usize = 4;

/// Makes a project with so many issues that several pages tell them: their numbers, but for the first one's.
fn large(world: &mut World, key: &str) -> Vec<i64> {
    let person = world.jira.users.keys().next().unwrap().clone();
    let project = world.create_jira_project(key, key, &person, None);
    let fields = Fields { project, summary: "One of many".to_owned(), ..Fields::default() };
    let first = world.create_jira_issue(fields, &person).unwrap();
    let first = world.jira.issues[&first].clone();
    let more = |n: i64| {
        let mut issue = Issue { id: project * 1_000_000 + n, ..first.clone() };
        issue.fields.number += n.unsigned_abs();
        world.jira.issues.insert(issue.id, issue);
        project * 1_000_000 + n
    };
    (1..ISSUES).map(more).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_large_project_holds_none_of_the_others_back() {
    for credential in credentials() {
        let mut world = world(5);
        for key in ["ONE", "TWO", "THREE", "FOUR", "FIVE", "SIX", "SEVEN"] {
            large(&mut world, key);
        }
        let (projects, issues) = (world.jira.projects.len(), world.jira.issues.len());
        let (server, tenant) = (serve(world).await, tenant().await);
        read(&tenant, &server, &credential).await.unwrap();
        // Of each page the project.
        let of_page = |query: &str| {
            let mut asked = form_urlencoded::parse(query.as_bytes()).filter(|(name, _)| name == "jql");
            let (_, jql) = asked.next()?;
            Some(jql.strip_prefix("project = ")?.split(' ').next()?.to_owned())
        };
        let pages: Vec<String> =
            server.jira.log.requests().iter().filter_map(|request| of_page(&request.query)).collect();
        assert!(pages.len() >= projects + 7 * (PAGES - 1), "{pages:?}");
        let is_last = |n: &usize| pages[..=*n].iter().filter(|page| **page == pages[*n]).count() == PAGES;
        let last = (0..pages.len()).find(is_last).unwrap();
        let begun: BTreeSet<&String> = pages[..last].iter().collect();
        assert_eq!(begun.len(), projects, "one was read to its end before each was begun: {pages:?}");
        map(&tenant).await;
        assert_eq!(ids(&tenant, "work_items").await.len(), issues);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_changed_last_is_there_when_the_first_page_of_its_project_is() {
    for credential in credentials() {
        let mut world = world(5);
        let issues = large(&mut world, "ONE");
        // One that is neither among the oldest nor among the newest, so long ago that no search for changes finds it.
        world.now += TimeDelta::hours(1);
        let edit = |fields: &mut Fields| fields.summary = "Another".to_owned();
        world.edit_jira_issue(issues[issues.len() / 2], "nobody", edit).unwrap();
        world.now += TimeDelta::hours(1);
        let (server, tenant) = (serve(world).await, tenant().await);
        let (mut held, mut kills) = (Vec::new(), 0);
        // What is read dies after each page that lands, until it is one of these.
        while held.is_empty() {
            assert!(kills < 100, "it never comes to the project");
            kills += 1;
            let dies = dies_after(&tenant, 1);
            sync(&dies, Box::new(source(&server, &credential).await), Clock::System, &|_| ()).await.unwrap_err();
            map(&tenant).await;
            held = texts(&tenant, "work_items", "title").await;
            held.retain(|title| ["One of many", "Another"].contains(&title.as_str()));
        }
        assert!(held.len() < issues.len(), "all landed at once");
        assert!(held.contains(&"Another".to_owned()), "{} of them, and not this", held.len());
    }
}
