//! What the settings leave out of a simulated Jira for a while, and what they let in later.

use crate::alike::{assert_alike, told};
use crate::jira_sync::{credentials, once, open, serve, world};
use crate::lake::{ids, tenant, texts};
use arrow::util::display::array_value_to_string;
use chrono::TimeDelta;
use pulse_connectors::jira::JiraSettings;
use pulse_connectors::{Source as _, mapper, sync};
use pulse_engine::land::Cursors;
use pulse_engine::{Clock, Tenant};
use pulse_simulator::Server;
use pulse_simulator::jira::API_TOKEN;
use pulse_simulator::world::jira::{Board, Fields, LinkKind, Sprint, Status, User};
use serde_json::json;
use std::collections::BTreeSet;

async fn read(tenant: &Tenant, server: &Server, credential: &str, settings: JiraSettings) {
    let source = open(server, credential, settings).unwrap();
    source.check().await.unwrap();
    sync(tenant, Box::new(source), Clock::System, &|_| ()).await.unwrap();
    tenant.map(mapper("jira").unwrap().as_ref(), false).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_changed_in_a_project_while_it_was_left_out_is_read_when_it_is_let_in() {
    for credential in credentials() {
        let server = serve(world(40)).await;
        let tenant = tenant().await;
        read(&tenant, &server, &credential, JiraSettings::default()).await;
        let projects: Vec<String> =
            server.jira.world.lock().jira.projects.values().map(|project| project.key.clone()).collect();
        assert!(projects.len() > 1);
        let some = JiraSettings { projects: projects[1..].to_vec(), ..JiraSettings::default() };
        {
            let mut world = server.jira.world.lock();
            world.now += TimeDelta::hours(3);
            let now = world.now;
            for issue in world.jira.issues.values_mut() {
                issue.fields.status = Status::Done;
                issue.updated_at = now;
            }
        }
        for _ in 0..2 {
            server.jira.world.lock().now += TimeDelta::hours(1);
            read(&tenant, &server, &credential, some.clone()).await;
        }
        server.jira.world.lock().now += TimeDelta::hours(1);
        read(&tenant, &server, &credential, JiraSettings::default()).await;
        assert_alike(&once(&server, &credential).await, &told(&tenant).await);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_earlier_day_to_begin_at_brings_what_was_before() {
    for credential in credentials() {
        let server = serve(world(60)).await;
        let tenant = tenant().await;
        let (begin, end) = {
            let world = server.jira.world.lock();
            let days = || world.jira.issues.values().map(|issue| issue.updated_at.date_naive());
            (days().min().unwrap(), days().max().unwrap())
        };
        let mut held = 0;
        for since in [Some(end), Some(begin + (end - begin) / 2), None] {
            let settings = JiraSettings { since, ..JiraSettings::default() };
            read(&tenant, &server, &credential, settings).await;
            let now = told(&tenant).await["work_items"].len();
            assert!(now > held, "{since:?}: {now} of {held}");
            held = now;
        }
        assert_alike(&once(&server, &credential).await, &told(&tenant).await);
    }
}

/// The number of a board that there is besides, and of the first of two sprints.
const MORE: i64 = 1_000_000;

/// The keys that links to an issue tell, and those of the issues that are held.
pub(crate) async fn linked(tenant: &Tenant, to: i64) -> Vec<[String; 3]> {
    let statement = format!(
        "SELECT links.from_key, items.key, links.to_key FROM core.work_item_links AS links \
         LEFT JOIN core.work_items AS items ON items.id = links.from_id \
         WHERE links.deleted_at IS NULL AND links.to_id = 'jira:acme:issues/{to}' AND links.kind = 'blocks' ORDER BY links.id"
    );
    let batches = tenant.sql(&statement).await.unwrap();
    let rows = batches.iter().flat_map(|batch| (0..batch.num_rows()).map(move |row| (batch, row)));
    rows.map(|(batch, row)| [0, 1, 2].map(|i| array_value_to_string(batch.column(i), row).unwrap())).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_from_an_issue_that_is_too_old_to_be_read_says_its_key() {
    for credential in credentials() {
        let mut world = world(20);
        let (from, to) = {
            let mut all = world.jira.issues.values().filter(|issue| issue.links.is_empty()).map(|issue| issue.id);
            (all.next().unwrap(), all.next().unwrap())
        };
        let actor = world.jira.users.keys().next().unwrap().clone();
        world.link_jira_issues(LinkKind::Blocks, from, to, &actor).unwrap();
        world.now += TimeDelta::days(30);
        world.edit_jira_issue(to, &actor, |fields| fields.summary = "Later".to_owned()).unwrap();
        let since = Some(world.now.date_naive());
        let [from_key, to_key] = [from, to].map(|id| world.jira.key(id).unwrap());
        let server = serve(world).await;
        let tenant = tenant().await;
        let read = async || {
            server.jira.world.lock().now += TimeDelta::hours(1);
            read(&tenant, &server, &credential, JiraSettings { since, ..JiraSettings::default() }).await;
            linked(&tenant, to).await
        };
        let told = |held: &str| vec![[from_key.clone(), held.to_owned(), to_key.clone()]];
        assert_eq!(read().await, told(""));
        assert_eq!(ids(&tenant, "work_items").await, [format!("jira:acme:issues/{to}")]);
        // It changes, and is read.
        server.jira.world.lock().edit_jira_issue(from, &actor, |fields| fields.summary = "At last".to_owned()).unwrap();
        assert_eq!(read().await, told(&from_key));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn projects_that_are_all_out_of_sight_stay_as_they_were_until_they_are_seen_again_or_somebody_asks() {
    for credential in credentials() {
        let server = serve(world(30)).await;
        let tenant = tenant().await;
        let may_see = |keys: Option<BTreeSet<String>>| {
            server.jira.tokens.lock().values_mut().for_each(|token| token.sees.clone_from(&keys));
            server.jira.world.lock().now += TimeDelta::hours(2);
        };
        let held = async || {
            let mut held = Vec::new();
            let of_items = ["work_items", "work_item_types", "sprint_items"];
            for entity in ["projects", "versions", "sprints", "boards", "project_scopes"].into_iter().chain(of_items) {
                held.push(ids(&tenant, entity).await);
            }
            (held, texts(&tenant, "rejects", "key").await)
        };
        read(&tenant, &server, &credential, JiraSettings::default()).await;
        let (before, rejects) = held().await;
        assert!(before.iter().all(|ids| !ids.is_empty()) && rejects.is_empty(), "{rejects:?}");
        may_see(Some(BTreeSet::new()));
        // Also once all is read anew by itself, and what is not met is asked for.
        for days in [0, 8, 0] {
            server.jira.world.lock().now += TimeDelta::days(days);
            read(&tenant, &server, &credential, JiraSettings::default()).await;
            assert_eq!(held().await, (before.clone(), vec!["projects that are out of sight".to_owned()]));
        }
        {
            let mut world = server.jira.world.lock();
            let now = world.now;
            let issue = world.jira.issues.values_mut().next().unwrap();
            (issue.fields.status, issue.updated_at) = (Status::Done, now);
        }
        // What changed meanwhile is read once it may be seen.
        may_see(None);
        read(&tenant, &server, &credential, JiraSettings::default()).await;
        assert_eq!(held().await, (before, vec![]));
        assert_alike(&once(&server, &credential).await, &told(&tenant).await);
        may_see(Some(BTreeSet::new()));
        let source = open(&server, &credential, JiraSettings::default()).unwrap();
        source.check().await.unwrap();
        sync(&tenant, Box::new(source.whole()), Clock::System, &|_| ()).await.unwrap();
        tenant.map(mapper("jira").unwrap().as_ref(), false).await.unwrap();
        assert_eq!(ids(&tenant, "projects").await, [""; 0]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_field_of_points_that_projects_out_of_sight_have_stays_one_beside_those_that_are_found() {
    let server = serve(world(5)).await;
    let before = json!({"fields": [{
        "id": "customfield_9", "name": "Story point estimate", "custom": true,
        "schema": {"custom": "com.pyxis.greenhopper.jira:jsw-story-points"},
    }]});
    let cursors = Cursors::from([("site".to_owned(), before.to_string())]);
    for credential in credentials() {
        let points = async |settings: JiraSettings| {
            let source = open(&server, &credential, settings).unwrap();
            source.prepare().await.unwrap();
            source.settings(&cursors)["fields"]["points"].clone()
        };
        assert_eq!(points(JiraSettings::default()).await, json!(["customfield_9", "customfield_10016"]));
        let said = JiraSettings::from_json(&json!({"fields": {"points": "customfield_1"}})).unwrap();
        assert_eq!(points(said).await, json!(["customfield_1"]), "what a person said is all that there is");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_project_that_goes_out_of_sight_stays_with_all_that_is_in_it_and_what_is_deleted_elsewhere_is_noticed() {
    for (credential, is_cloud) in credentials().into_iter().zip([true, false]) {
        let mut world = world(30);
        let is_there = |user: &&User| user.is_active && user.login != "pulse";
        let other = world.jira.users.values().find(is_there).unwrap().clone();
        let seen: BTreeSet<String> = world.jira.projects.values().map(|project| project.key.clone()).collect();
        let project = world.create_jira_project("MORE", "More", &other.login, None);
        let fields = Fields { project, summary: "Wait".to_owned(), ..Fields::default() };
        world.create_jira_issue(fields, &other.login).unwrap();
        let some = world.jira.sprints.values().next().unwrap().clone();
        let board = world.jira.boards[&some.board].clone();
        world.jira.boards.insert(MORE, Board { id: MORE, project, others: BTreeSet::new(), ..board });
        // One that is on it, and one elsewhere.
        for (id, board) in [(MORE, MORE), (MORE + 1, some.board)] {
            world.jira.sprints.insert(id, Sprint { id, board, ..some.clone() });
        }
        let (server, tenant) = (serve(world).await, tenant().await);
        let held = async || {
            let mut held = Vec::new();
            for entity in ["projects", "project_scopes", "sprints", "work_items"] {
                held.push(ids(&tenant, entity).await);
            }
            held
        };
        read(&tenant, &server, &credential, JiraSettings::default()).await;
        let before = held().await;
        // Whose token it is, which sees all projects but that one.
        let is_of = |login: Option<&str>| {
            for token in server.jira.tokens.lock().values_mut() {
                (token.login, token.sees) = (login.map(str::to_owned), Some(seen.clone()));
            }
        };
        is_of(Some(&other.login));
        let theirs = if is_cloud { format!("{}:{API_TOKEN}", other.email) } else { credential.clone() };
        for _ in 0..2 {
            server.jira.world.lock().now += TimeDelta::hours(2);
            read(&tenant, &server, &theirs, JiraSettings::default()).await;
            assert_eq!(held().await, before);
            assert_eq!(texts(&tenant, "rejects", "key").await, ["projects that are out of sight"]);
            let reason = texts(&tenant, "rejects", "reason").await.remove(0);
            assert!(
                reason.contains("1 that was read is not ")
                    && reason.contains("another account")
                    && reason.contains("(`MORE`)"),
                "{reason}"
            );
        }
        // Nor does it say that it was deleted that the same account does not see it any more.
        is_of(None);
        server.jira.world.lock().now += TimeDelta::hours(2);
        read(&tenant, &server, &credential, JiraSettings::default()).await;
        assert_eq!(held().await, before);
        {
            let mut world = server.jira.world.lock();
            world.jira.sprints.remove(&(MORE + 1));
            world.now += TimeDelta::hours(2);
        }
        read(&tenant, &server, &credential, JiraSettings::default()).await;
        assert_eq!(texts(&tenant, "rejects", "key").await, ["projects that are out of sight"]);
        let mut left = before;
        left[2].retain(|id| *id != format!("jira:acme:sprints/{}", MORE + 1));
        assert_eq!(held().await, left);
        let source = open(&server, &credential, JiraSettings::default()).unwrap();
        source.check().await.unwrap();
        sync(&tenant, Box::new(source.whole()), Clock::System, &|_| ()).await.unwrap();
        tenant.map(mapper("jira").unwrap().as_ref(), false).await.unwrap();
        left[0].retain(|id| *id != format!("jira:acme:projects/{project}"));
        left[2].retain(|id| *id != format!("jira:acme:sprints/{MORE}"));
        assert_eq!([ids(&tenant, "projects").await, ids(&tenant, "sprints").await], [left[0].clone(), left[2].clone()]);
        assert_eq!(ids(&tenant, "rejects").await, [""; 0]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_issue_that_another_account_does_not_find_is_not_taken_for_deleted() {
    for (credential, is_cloud) in credentials().into_iter().zip([true, false]) {
        let mut world = world(20);
        let is_there = |user: &&User| user.is_active && user.login != "pulse";
        let other = world.jira.users.values().find(is_there).unwrap().clone();
        let project = world.create_jira_project("MORE", "More", &other.login, None);
        let fields = || Fields { project, summary: "Wait".to_owned(), ..Fields::default() };
        let some: Vec<i64> = (0..3).map(|_| world.create_jira_issue(fields(), &other.login).unwrap()).collect();
        let (server, tenant) = (serve(world).await, tenant().await);
        let theirs = if is_cloud { format!("{}:{API_TOKEN}", other.email) } else { credential.clone() };
        // Reads and maps, all anew where a week went by, then what was not met, and then what there is left of that.
        let read_by = async |is_other: bool, whole: bool| {
            for token in server.jira.tokens.lock().values_mut() {
                token.login = is_other.then(|| other.login.clone());
            }
            let credential = if is_other { &theirs } else { &credential };
            server.jira.world.lock().now += TimeDelta::days(8);
            for whole in [whole, false, false] {
                let source = open(&server, credential, JiraSettings::default()).unwrap();
                source.check().await.unwrap();
                let source = if whole { source.whole() } else { source };
                sync(&tenant, Box::new(source), Clock::System, &|_| ()).await.unwrap();
                tenant.map(mapper("jira").unwrap().as_ref(), false).await.unwrap();
                server.jira.world.lock().now += TimeDelta::minutes(1);
            }
            (ids(&tenant, "work_items").await, texts(&tenant, "rejects", "key").await)
        };
        let delete = |issue: i64| server.jira.world.lock().delete_jira_issue(issue, "nobody").unwrap();
        let (mut held, told) = (read_by(false, false).await.0, vec!["issues that were not met".to_owned()]);
        let mut goes = |issue: i64| {
            held.retain(|id| *id != format!("jira:acme:issues/{issue}"));
            held.clone()
        };
        // To whoever reads it is the same whether an issue is gone or out of sight.
        delete(some[0]);
        let before = goes(0);
        for _ in 0..2 {
            assert_eq!(read_by(true, false).await, (before.clone(), told.clone()));
        }
        let reason = texts(&tenant, "rejects", "reason").await.remove(0);
        assert!(reason.contains("1 that was read is not ") && reason.contains("another account"), "{reason}");
        // Whoever saw it before would see it if it were there.
        assert_eq!(read_by(false, false).await, (goes(some[0]), vec![]));
        delete(some[1]);
        assert_eq!(read_by(true, false).await, (goes(0), told.clone()));
        assert_eq!(read_by(true, true).await, (goes(some[1]), vec![]));
        // From now on this one is known to see all that is held.
        delete(some[2]);
        assert_eq!(read_by(true, false).await, (goes(some[2]), vec![]));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn very_many_issues_of_a_project_that_are_found_no_more_are_not_taken_for_deleted() {
    for credential in credentials() {
        let mut world = world(20);
        let person = world.jira.users.keys().next().unwrap().clone();
        let project = world.create_jira_project("SOME", "Some", &person, None);
        let fields = || Fields { project, summary: "One of many".to_owned(), ..Fields::default() };
        let some: Vec<i64> = (0..30).map(|_| world.create_jira_issue(fields(), &person).unwrap()).collect();
        let (server, tenant) = (serve(world).await, tenant().await);
        // Reads and maps, all anew where a week went by, and then what was not met.
        let read = async |whole: bool, incidents: Option<&str>| {
            let settings = || JiraSettings::from_json(&json!({"incidents": {"jql": incidents}})).unwrap();
            server.jira.world.lock().now += TimeDelta::days(8);
            for whole in [whole, false, false] {
                let source = open(&server, &credential, settings()).unwrap();
                source.check().await.unwrap();
                let source = if whole { source.whole() } else { source };
                sync(&tenant, Box::new(source), Clock::System, &|_| ()).await.unwrap();
                tenant.map(mapper("jira").unwrap().as_ref(), false).await.unwrap();
                server.jira.world.lock().now += TimeDelta::minutes(1);
            }
            (ids(&tenant, "work_items").await, texts(&tenant, "rejects", "key").await)
        };
        let delete = |issues: &[i64]| {
            let mut world = server.jira.world.lock();
            issues.iter().for_each(|issue| world.delete_jira_issue(*issue, "nobody").unwrap());
        };
        let mut held = read(false, None).await.0;
        let without = |held: &mut Vec<String>, issues: &[i64]| {
            held.retain(|id| issues.iter().all(|issue| *id != format!("jira:acme:issues/{issue}")));
        };
        // Some that are deleted are gone.
        delete(&some[..5]);
        without(&mut held, &some[..5]);
        assert_eq!(read(false, None).await, (held.clone(), vec![]));
        // To whoever reads it is the same whether issues are gone or out of sight.
        delete(&some[5..26]);
        // Also where all of them are read once more for another reason.
        for incidents in [None, None, Some("labels = fire"), Some("labels = fire")] {
            assert_eq!(read(false, incidents).await, (held.clone(), vec!["projects/SOME/issues".to_owned()]));
        }
        without(&mut held, &some[5..26]);
        assert_eq!(read(true, None).await, (held.clone(), vec![]));
        delete(&some[26..27]);
        without(&mut held, &some[26..27]);
        assert_eq!(read(false, None).await, (held, vec![]));
    }
}
