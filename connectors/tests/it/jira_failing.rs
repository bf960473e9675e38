//! A project of a simulated Jira that always fails, and an issue that does: all else is read, and what was deleted elsewhere is noticed.

use crate::alike::{assert_alike, told};
use crate::jira_sync::{credentials, map, once, read, serve, singles, source, world};
use crate::lake::{ids, tenant, texts};
use chrono::TimeDelta;
use pulse_connectors::{Error, sync};
use pulse_engine::{Clock, Tenant};
use pulse_simulator::world::jira::Fields;
use pulse_simulator::{Fault, On, Served, Server, World};
use std::collections::BTreeSet;

/// Has something fail from now on.
fn fail(server: &Server, on: &On) {
    fail_with(server, on, 500);
}

/// The same, with that status.
fn fail_with(server: &Server, on: &On, status: u16) {
    for _ in 0..1_000 {
        server.jira.faults.plan(on.clone(), Fault::ServerError(status));
    }
}

/// Whether any part of the source that is called so is known.
async fn is_known(tenant: &Tenant, start: &str) -> bool {
    tenant.cursors("jira", "jira:acme").await.unwrap().keys().any(|part| part.starts_with(start))
}

/// Makes a project with some issues: its number, and theirs in their order.
pub(crate) fn make(world: &mut World, key: &str) -> (i64, Vec<i64>) {
    let person = world.jira.users.keys().next().unwrap().clone();
    let project = world.create_jira_project(key, key, &person, None);
    let fields = || Fields { project, summary: "One of some".to_owned(), ..Fields::default() };
    (project, (0..4).map(|_| world.create_jira_issue(fields(), &person).unwrap()).collect())
}

/// Deletes an issue, of which no call tells.
fn delete(server: &Server, id: i64) -> String {
    server.jira.world.lock().delete_jira_issue(id, "nobody").unwrap();
    format!("jira:acme:issues/{id}")
}

/// Reads and maps so many times, a minute after another, while something fails.
async fn go_on(tenant: &Tenant, server: &Server, credential: &str, times: usize) {
    for _ in 0..times {
        server.jira.world.lock().now += TimeDelta::minutes(1);
        let error = read(tenant, server, credential).await.unwrap_err();
        assert!(matches!(error, Error::Incomplete { parts: 1, .. }), "{error}");
        map(tenant).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_project_that_always_fails_keeps_nothing_that_was_deleted_elsewhere_from_being_noticed() {
    for credential in credentials() {
        let mut world = world(20);
        let ((failing, lost), (_, others)) = (make(&mut world, "BAD"), make(&mut world, "GOOD"));
        let (server, tenant) = (serve(world).await, tenant().await);
        read(&tenant, &server, &credential).await.unwrap();
        map(&tenant).await;
        let mut left = ids(&tenant, "work_items").await;
        let on = On::Address(format!("jql=project+%3D+{failing}+"));
        // What went from the project that fails is not known, and nothing else of it goes.
        delete(&server, lost[0]);
        // Also in the week after the one in which it began to fail.
        for other in &others[..2] {
            let gone = delete(&server, *other);
            left.retain(|id| *id != gone);
            server.jira.world.lock().now += TimeDelta::days(8);
            fail(&server, &on);
            go_on(&tenant, &server, &credential, 4).await;
            assert_eq!(ids(&tenant, "work_items").await, left);
            server.jira.faults.clear();
        }
        left.retain(|id| *id != format!("jira:acme:issues/{}", lost[0]));
        for _ in 0..3 {
            server.jira.world.lock().now += TimeDelta::minutes(1);
            read(&tenant, &server, &credential).await.unwrap();
            map(&tenant).await;
        }
        assert_eq!(ids(&tenant, "work_items").await, left, "it is read again, and so what went from it is known");
        assert_eq!(ids(&tenant, "rejects").await, [""; 0]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_issue_that_jira_does_not_tell_keeps_none_of_the_others_from_being_asked_for() {
    for credential in credentials() {
        for fault in [Fault::MissingScope { accepted: String::new() }, Fault::ServerError(500)] {
            let mut world = world(20);
            let (_, some) = make(&mut world, "SOME");
            let (server, tenant) = (serve(world).await, tenant().await);
            read(&tenant, &server, &credential).await.unwrap();
            map(&tenant).await;
            let mut left = ids(&tenant, "work_items").await;
            let mut numbers: Vec<String> = some.iter().take(3).map(i64::to_string).collect();
            // They are asked for in the order of their ids, as texts.
            numbers.sort();
            for number in &numbers {
                delete(&server, number.parse().unwrap());
            }
            server.jira.world.lock().now += TimeDelta::hours(2);
            let whole = async || {
                let whole = source(&server, &credential).await.whole();
                sync(&tenant, Box::new(whole), Clock::System, &|_| ()).await.unwrap();
                map(&tenant).await;
            };
            let once_more = async || {
                server.jira.world.lock().now += TimeDelta::minutes(1);
                read(&tenant, &server, &credential).await.unwrap();
                map(&tenant).await;
            };
            whole().await;
            for _ in 0..100 {
                server.jira.faults.plan(On::Path(format!("/issue/{}", numbers[0])), fault.clone());
            }
            once_more().await;
            left.retain(|id| numbers[1..].iter().all(|number| *id != format!("jira:acme:issues/{number}")));
            assert_eq!(ids(&tenant, "work_items").await, left, "{fault:?}");
            let told = ["jira:acme:reject/problems/issues that were not met"];
            assert_eq!(ids(&tenant, "rejects").await, told);
            once_more().await;
            assert_eq!(ids(&tenant, "rejects").await, told, "it is told until all is read anew");
            // Once it can be asked for, it is known to be gone, too.
            server.jira.faults.clear();
            server.jira.world.lock().now += TimeDelta::hours(2);
            whole().await;
            once_more().await;
            left.retain(|id| *id != format!("jira:acme:issues/{}", numbers[0]));
            assert_eq!(ids(&tenant, "work_items").await, left, "{fault:?}");
            assert_eq!(ids(&tenant, "rejects").await, [""; 0]);
        }
    }
}

/// Reads and maps, a minute later: nothing that is in the way has to be tried again.
async fn read_on(tenant: &Tenant, server: &Server, credential: &str) -> Vec<String> {
    server.jira.world.lock().now += TimeDelta::minutes(1);
    read(tenant, server, credential).await.unwrap();
    map(tenant).await;
    ids(tenant, "rejects").await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_issue_by_which_searches_fail_keeps_none_of_the_others_from_being_read() {
    for credential in credentials() {
        let (server, tenant) = (serve(world(20)).await, tenant().await);
        let all: Vec<i64> = server.jira.world.lock().jira.issues.keys().copied().collect();
        let (bad, id) = (all[0], format!("jira:acme:issues/{}", all[0]));
        let fails_with = |status: u16| {
            // Whatever is told of a page with all that there is of its issues, and of this one alone.
            fail(&server, &On::Address("maxResults=100&fields=*all&expand=changelog".to_owned()));
            fail_with(&server, &On::Path(format!("/issue/{bad}")), status);
        };
        let problem = [format!("jira:acme:reject/problems/issues/{bad}")];
        fails_with(500);
        assert_eq!(read_on(&tenant, &server, &credential).await, problem);
        let held = ids(&tenant, "work_items").await;
        assert!(held.len() == all.len() - 1 && !held.contains(&id), "{held:?}");
        // Where it is not told for another reason, somebody is told of that.
        assert!(texts(&tenant, "rejects", "reason").await[0].contains("500"));
        server.jira.faults.clear();
        fails_with(503);
        assert_eq!(read_on(&tenant, &server, &credential).await, problem);
        assert!(texts(&tenant, "rejects", "reason").await[0].contains("503"));
        server.jira.faults.clear();
        fails_with(500);
        // What changes is read as well, also where the bad one is among it.
        for issue in [bad, all[1]] {
            let edit = |fields: &mut Fields| fields.summary = "Another".to_owned();
            server.jira.world.lock().edit_jira_issue(issue, "nobody", edit).unwrap();
        }
        assert_eq!(read_on(&tenant, &server, &credential).await, problem);
        assert!(texts(&tenant, "work_items", "title").await.contains(&"Another".to_owned()));
        assert_eq!(ids(&tenant, "work_items").await, held);
        // It is landed once Jira tells it, whether or not it changes then.
        server.jira.faults.clear();
        server.jira.world.lock().now += TimeDelta::minutes(30);
        assert_eq!(read_on(&tenant, &server, &credential).await, [""; 0]);
        assert_alike(&once(&server, &credential).await, &told(&tenant).await);
        server.jira.log.clear();
        server.jira.world.lock().now += TimeDelta::minutes(30);
        read_on(&tenant, &server, &credential).await;
        assert_eq!(singles(&server), [""; 0], "it is asked for no more");
        assert!(!is_known(&tenant, "untold/").await, "nothing is left of that");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn where_no_issue_is_told_few_of_a_page_are_asked_for() {
    for credential in credentials() {
        let mut world = world(20);
        let issues: Vec<i64> = ["AA", "BB", "CC", "DD"].iter().flat_map(|key| make(&mut world, key).1).collect();
        let (server, tenant) = (serve(world).await, tenant().await);
        assert_eq!(read_on(&tenant, &server, &credential).await, [""; 0]);
        for issue in issues {
            let edit = |fields: &mut Fields| fields.summary = "Another".to_owned();
            server.jira.world.lock().edit_jira_issue(issue, "nobody", edit).unwrap();
        }
        fail(&server, &On::Address("maxResults=100&fields=*all&expand=changelog".to_owned()));
        fail(&server, &On::Path("/issue/".to_owned()));
        server.jira.log.clear();
        go_on(&tenant, &server, &credential, 1).await;
        let asked: BTreeSet<String> = singles(&server).into_iter().collect();
        assert_eq!(asked.len(), 10, "{asked:?}");
        server.jira.faults.clear();
        assert_eq!(read_on(&tenant, &server, &credential).await, [""; 0]);
        assert_alike(&once(&server, &credential).await, &told(&tenant).await);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_issues_in_a_row_that_jira_does_not_tell_keep_none_of_those_behind_them_from_being_read() {
    for credential in credentials() {
        let mut world = world(20);
        let issues: Vec<i64> = ["AA", "BB", "CC", "DD"].iter().flat_map(|key| make(&mut world, key).1).collect();
        let (good, bad) = issues.split_at(6);
        let (server, tenant) = (serve(world).await, tenant().await);
        assert_eq!(read_on(&tenant, &server, &credential).await, [""; 0]);
        // A search finds those first that changed last.
        for some in [good, bad] {
            server.jira.world.lock().now += TimeDelta::minutes(1);
            for issue in some {
                let edit = |fields: &mut Fields| fields.summary = "Another".to_owned();
                server.jira.world.lock().edit_jira_issue(*issue, "nobody", edit).unwrap();
            }
        }
        fail(&server, &On::Address("maxResults=100&fields=*all&expand=changelog".to_owned()));
        bad.iter().for_each(|issue| fail(&server, &On::Path(format!("/issue/{issue}"))));
        let mut problems: Vec<String> =
            bad.iter().map(|issue| format!("jira:acme:reject/problems/issues/{issue}")).collect();
        problems.sort();
        assert_eq!(read_on(&tenant, &server, &credential).await, problems);
        let titles = texts(&tenant, "work_items", "title").await;
        assert_eq!(titles.iter().filter(|title| *title == "Another").count(), good.len(), "{titles:?}");
        server.jira.faults.clear();
        assert_eq!(read_on(&tenant, &server, &credential).await, [""; 0]);
        assert_alike(&once(&server, &credential).await, &told(&tenant).await);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_issue_that_changed_and_is_not_there_alone_is_read_once_it_is_or_gone_once_it_stays_away() {
    for credential in credentials() {
        let mut world = world(20);
        let (_, some) = make(&mut world, "SOME");
        let (server, tenant) = (serve(world).await, tenant().await);
        assert_eq!(read_on(&tenant, &server, &credential).await, [""; 0]);
        for issue in &some[..3] {
            let edit = |fields: &mut Fields| fields.summary = "Another".to_owned();
            server.jira.world.lock().edit_jira_issue(*issue, "nobody", edit).unwrap();
        }
        fail(&server, &On::Address("maxResults=100&fields=*all&expand=changelog".to_owned()));
        for issue in &some[..2] {
            server.jira.faults.plan(On::Path(format!("/issue/{issue}")), Fault::NotFound);
        }
        let mut problems = [some[0], some[1]].map(|issue| format!("jira:acme:reject/problems/issues/{issue}"));
        problems.sort();
        assert_eq!(read_on(&tenant, &server, &credential).await, problems);
        // No search for what changed looks back as far.
        server.jira.faults.clear();
        server.jira.world.lock().now += TimeDelta::minutes(30);
        delete(&server, some[1]);
        assert_eq!(read_on(&tenant, &server, &credential).await, [""; 0]);
        let titles = texts(&tenant, "work_items", "title").await;
        assert_eq!(titles.iter().filter(|title| *title == "Another").count(), 2, "{titles:?}");
        assert_alike(&once(&server, &credential).await, &told(&tenant).await);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_issue_whose_long_history_fails_keeps_none_of_the_others_from_being_read() {
    let cases = [
        (Fault::ServerError(500), "/changelog"),
        (Fault::NoPage, "/changelog"),
        // What came with an issue whose list is not there for a moment is not all, and an issue that is not there itself need not be gone.
        (Fault::NotFound, "/changelog"),
        (Fault::NotFound, ""),
    ];
    for (fault, part) in cases {
        // Data Center tells the whole of a history with its issue.
        let (server, tenant, credential) = (serve(world(20)).await, tenant().await, &credentials()[0]);
        let bad = {
            let mut world = server.jira.world.lock();
            let bad = *world.jira.issues.keys().next().unwrap();
            for n in 0..60 {
                world.edit_jira_issue(bad, "nobody", |fields| fields.summary = format!("Title {n}")).unwrap();
            }
            bad
        };
        let all = server.jira.world.lock().jira.issues.len();
        for _ in 0..300 {
            server.jira.faults.plan(On::Path(format!("/issue/{bad}{part}")), fault.clone());
        }
        let problem = [format!("jira:acme:reject/problems/issues/{bad}")];
        assert_eq!(read_on(&tenant, &server, credential).await, problem, "{fault:?}");
        assert_eq!(ids(&tenant, "work_items").await.len(), all - 1, "{fault:?}");
        server.jira.faults.clear();
        assert_eq!(read_on(&tenant, &server, credential).await, [""; 0], "{fault:?}");
        assert_alike(&once(&server, credential).await, &told(&tenant).await);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_issue_by_which_each_search_fails_keeps_nothing_but_its_minute_from_being_read() {
    for credential in credentials() {
        let mut world = world(20);
        let (project, old) = make(&mut world, "SOME");
        let person = world.jira.users.keys().next().unwrap().clone();
        let mut more = |after: TimeDelta| {
            world.now += after;
            let fields = Fields { project, summary: "One more".to_owned(), ..Fields::default() };
            world.create_jira_issue(fields, &person).unwrap()
        };
        let (bad, new) = (more(TimeDelta::days(3)), more(TimeDelta::hours(2)));
        world.now += TimeDelta::hours(1);
        let made = world.jira.issues[&bad].updated_at;
        let (server, tenant) = (serve(world).await, tenant().await);
        let unsearchable = |issue: Option<i64>| server.jira.faults.rules.lock().unsearchable = issue;
        unsearchable(Some(bad));
        let after = async |time: TimeDelta| {
            server.jira.world.lock().now += time;
            let read = read(&tenant, &server, &credential).await;
            map(&tenant).await;
            read
        };
        let held = async |issues: Vec<i64>| {
            let held = ids(&tenant, "work_items").await;
            issues.iter().all(|issue| held.contains(&format!("jira:acme:issues/{issue}")))
        };
        // It may be Jira that answers nothing now.
        let error = after(TimeDelta::minutes(1)).await.unwrap_err();
        assert!(matches!(error, Error::Incomplete { parts: 1, .. }), "{error}");
        assert!(!held(old[..1].to_vec()).await);
        after(TimeDelta::minutes(1)).await.unwrap();
        assert!(held(old.clone()).await && !held(vec![new]).await);
        let told = ids(&tenant, "rejects").await;
        let start = format!("jira:acme:reject/problems/issues/changed/{project}/");
        assert!(told.len() == 1 && told[0].starts_with(&start), "{told:?}");
        for _ in 0..4 {
            after(TimeDelta::minutes(1)).await.unwrap();
        }
        assert!(held(vec![new]).await && !held(vec![bad]).await);
        let time = |minutes: i64| (made + TimeDelta::minutes(minutes)).format("%Y-%m-%dT%H:%MZ").to_string();
        assert_eq!(ids(&tenant, "rejects").await, [format!("{start}{}..{}", time(0), time(1))]);
        // Where it is not told for another reason, somebody is told of that, once.
        let reason = async || texts(&tenant, "rejects", "reason").await.remove(0);
        assert!(reason().await.contains("500"));
        fail_with(&server, &On::Address("+AND+updated+%3C+".to_owned()), 503);
        after(TimeDelta::minutes(1)).await.unwrap();
        assert!(reason().await.contains("503"));
        assert_eq!(after(TimeDelta::minutes(1)).await.unwrap().payloads, 0);
        server.jira.faults.clear();
        after(TimeDelta::minutes(1)).await.unwrap();
        assert!(reason().await.contains("500"));
        assert!(is_known(&tenant, "gap/").await);
        // Nor does it keep what changes from being read, once it is among it.
        let edit = |issue: i64, title: &str| {
            let edit = |fields: &mut Fields| title.clone_into(&mut fields.summary);
            server.jira.world.lock().edit_jira_issue(issue, "nobody", edit).unwrap();
        };
        edit(bad, "Again");
        after(TimeDelta::minutes(1)).await.unwrap_err();
        after(TimeDelta::minutes(1)).await.unwrap();
        server.jira.world.lock().now += TimeDelta::minutes(20);
        edit(new, "Later");
        for _ in 0..2 {
            after(TimeDelta::minutes(1)).await.unwrap();
        }
        assert!(texts(&tenant, "work_items", "title").await.contains(&"Later".to_owned()));
        assert!(!held(vec![bad]).await && !ids(&tenant, "rejects").await.is_empty());
        // It is landed once a search finds it.
        unsearchable(None);
        after(TimeDelta::minutes(1)).await.unwrap();
        assert_eq!(ids(&tenant, "rejects").await, [""; 0]);
        assert_alike(&once(&server, &credential).await, &crate::alike::told(&tenant).await);
        let is_search = |served: &Served| served.path.contains("/search") && !served.path.contains("/project/search");
        server.jira.log.clear();
        after(TimeDelta::minutes(20)).await.unwrap();
        let asked = server.jira.log.requests().into_iter().filter(is_search).count();
        assert_eq!(asked, 1, "the gap is asked for no more");
        assert!(!is_known(&tenant, "gap/").await, "nothing is left of it");
    }
}
