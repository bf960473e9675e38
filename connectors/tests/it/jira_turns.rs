//! Projects of a simulated Jira that are all large: they take turns, so that each soon shows what happened in it last.

use crate::jira_sync::{credentials, map, read, serve, world};
use crate::lake::{ids, tenant};
use pulse_simulator::World;
use pulse_simulator::world::jira::{Fields, Issue};
use std::collections::BTreeSet;
use url::form_urlencoded;

/// How many issues a large project has, and on how many pages.
const ISSUES: i64 = 350;
const PAGES: usize = 4;

/// Makes a project with so many issues that several pages tell them.
fn large(world: &mut World, key: &str) {
    let person = world.jira.users.keys().next().unwrap().clone();
    let project = world.create_jira_project(key, key, &person, None);
    let fields = Fields { project, summary: "One of many".to_owned(), ..Fields::default() };
    let first = world.create_jira_issue(fields, &person).unwrap();
    let first = world.jira.issues[&first].clone();
    for n in 1..ISSUES {
        let mut issue = Issue { id: project * 1_000_000 + n, ..first.clone() };
        issue.fields.number += n.unsigned_abs();
        world.jira.issues.insert(issue.id, issue);
    }
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
