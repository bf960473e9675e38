//! A thing of a simulated GitHub that always fails, when it is told in its list, alone, or with what is asked for besides: it is told, all else is
//! read, and it is landed once GitHub tells it.

use crate::alike::{assert_alike, told};
use crate::github_sync::{map, once, open, read, serve, source};
use crate::lake::{ids, tenant, texts};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use chrono::TimeDelta;
use pulse_connectors::github::GithubSettings;
use pulse_connectors::{Range, sync};
use pulse_engine::{Clock, Tenant};
use pulse_simulator::world::{MergeMethod, NewDeployment, NewPullRequest, RunStatus};
use pulse_simulator::{Fault, On, Server, TOKEN, World};
use serde_json::json;
use std::collections::BTreeSet;

/// Has something fail from now on.
pub(crate) fn fail(server: &Server, on: &On, fault: &Fault) {
    for _ in 0..300 {
        server.github.faults.plan(on.clone(), fault.clone());
    }
}

/// Reads and maps, a minute later: nothing that is in the way has to be tried again. Comes to what is told of it.
pub(crate) async fn read_on(tenant: &Tenant, server: &Server) -> Vec<String> {
    server.github.world.lock().now += TimeDelta::minutes(1);
    read(tenant, server).await.unwrap();
    map(tenant).await;
    ids(tenant, "rejects").await
}

/// What stands in a repository.
pub(crate) struct Shop {
    pub(crate) world: World,
    pub(crate) id: i64,
    pub(crate) sha: String,
    release: i64,
    deployment: i64,
}

/// Three issues (1 to 3), three pull requests (4 to 6), three milestones, a release and a deployment.
pub(crate) fn shop() -> Shop {
    let mut world = World::empty("acme", "2026-03-02T10:00:00Z".parse().unwrap());
    world.add_person("eve", Some("Eve"));
    let id = world.create_repository("shop", "eve");
    let first = world.compose(&[], "eve", world.now, "Begin");
    let sha = first.sha.clone();
    world.push(id, "main", vec![first], "eve");
    for n in 1..=3 {
        world.open_issue(id, "eve", &format!("Issue {n}"), "", &[]).unwrap();
        world.set_milestone(id, &format!("M{n}"), None, "eve").unwrap();
    }
    for n in 4..=6 {
        let (head, work) = (format!("work-{n}"), world.compose(&[&sha], "eve", world.now, &format!("Work {n}")));
        let new = NewPullRequest {
            title: format!("Work {n}"),
            author: "eve".to_owned(),
            head: head.clone(),
            commits: vec![work.sha.clone()],
            ..NewPullRequest::default()
        };
        world.push(id, &head, vec![work], "eve");
        assert_eq!(world.open_pull_request(id, new), Some(n));
    }
    world.tag(id, "v1", &sha, None, "eve");
    let release = world.draft_release(id, "v1", "One", "eve").unwrap();
    world.publish_release(id, release, "eve");
    let new = NewDeployment {
        sha: sha.clone(),
        branch: Some("main".to_owned()),
        environment: "production".to_owned(),
        task: "deploy".to_owned(),
        description: None,
        creator: "eve".to_owned(),
    };
    let deployment = world.deploy(id, new).unwrap();
    Shop { world, id, sha, release, deployment }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thing_by_which_its_list_fails_keeps_none_of_the_others_from_being_read() {
    let Shop { world, id, release, deployment, .. } = shop();
    let number = |n: u64| format!("\"number\":{n}");
    let cases = [
        ("PullRequest", number(5), "pull_requests", "pull_requests/5".to_owned()),
        ("Issue", number(2), "work_items", "issues/2".to_owned()),
        ("Milestone", number(2), "versions", "milestones/2".to_owned()),
        // Of these there is one each.
        ("Release", String::new(), "releases", format!("releases/{release}")),
        ("Deployment", String::new(), "deployments", format!("deployments/{deployment}")),
    ];
    for fault in [Fault::ServerError(500), Fault::GraphqlTimeout] {
        for (alone, part, entity, key) in &cases {
            let (server, tenant) = (serve(world.clone()).await, tenant().await);
            let mut all = once(&server).await[*entity].keys().cloned().collect::<Vec<_>>();
            all.retain(|held| *held != format!("github:acme:{id}/{key}"));
            fail(&server, &On::Operation(format!("{alone}s")), &fault);
            fail(&server, &On::Asking((*alone).to_owned(), part.clone()), &fault);
            let problem = [format!("github:acme:reject/problems/{id}/{key}")];
            assert_eq!(read_on(&tenant, &server).await, problem, "{fault:?}");
            assert_eq!(ids(&tenant, entity).await, all, "{fault:?} {key}");
            let reason = texts(&tenant, "rejects", "reason").await.remove(0);
            assert!(reason.contains(&format!("{key} of acme/shop: ")), "{reason}");
            assert_eq!(read_on(&tenant, &server).await, problem, "{fault:?}");
            // It is landed once GitHub tells it, though it did not change, and asked for no more.
            server.github.faults.clear();
            assert_eq!(read_on(&tenant, &server).await, [""; 0], "{fault:?} {key}");
            assert_alike(&once(&server).await, &told(&tenant).await);
            server.github.log.clear();
            read_on(&tenant, &server).await;
            let again = server.github.log.requests();
            assert!(again.iter().all(|served| served.operation.as_deref() != Some(*alone)), "{again:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pull_request_whose_comments_fail_keeps_none_of_the_others_from_being_read() {
    let Shop { mut world, id, .. } = shop();
    for _ in 0..60 {
        world.comment(id, 5, "eve").unwrap();
    }
    let (server, tenant) = (serve(world).await, tenant().await);
    for fault in [Fault::ServerError(500), Fault::GraphqlTimeout] {
        let on = On::Asking("PullRequestParts".to_owned(), "\"number\":5".to_owned());
        fail(&server, &on, &fault);
        server.github.world.lock().comment(id, 5, "eve").unwrap();
        let problem = [format!("github:acme:reject/problems/{id}/pull_requests/5")];
        assert_eq!(read_on(&tenant, &server).await, problem, "{fault:?}");
        assert!(ids(&tenant, "pull_requests").await.contains(&format!("github:acme:{id}/pull_requests/4")));
        // What changes meanwhile is read as well.
        server.github.world.lock().merge(id, 4, "eve", MergeMethod::Merge);
        assert_eq!(read_on(&tenant, &server).await, problem, "{fault:?}");
        assert!(texts(&tenant, "pull_requests", "state").await.contains(&"merged".to_owned()));
        server.github.faults.clear();
        assert_eq!(read_on(&tenant, &server).await, [""; 0], "{fault:?}");
        assert_alike(&once(&server).await, &told(&tenant).await);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_issue_that_fails_stays_as_it_was_and_what_is_deleted_beside_it_is_gone() {
    let Shop { world, id, .. } = shop();
    let (server, tenant) = (serve(world).await, tenant().await);
    let held = |numbers: &[u64]| -> Vec<String> {
        numbers.iter().map(|number| format!("github:acme:{id}/issues/{number}")).collect()
    };
    assert_eq!(read_on(&tenant, &server).await, [""; 0]);
    assert_eq!(ids(&tenant, "work_items").await, held(&[1, 2, 3]));
    fail(&server, &On::Operation("Issues".to_owned()), &Fault::GraphqlTimeout);
    fail(&server, &On::Asking("Issue".to_owned(), "\"number\":2".to_owned()), &Fault::GraphqlTimeout);
    server.github.world.lock().now += TimeDelta::minutes(1);
    server.github.world.lock().edit_issue(id, 2, "eve", |issue| issue.title = "Another".to_owned());
    server.github.world.lock().delete_issue(id, 3, "eve");
    let problem = [format!("github:acme:reject/problems/{id}/issues/2")];
    for _ in 0..2 {
        assert_eq!(read_on(&tenant, &server).await, problem);
    }
    assert_eq!(ids(&tenant, "work_items").await, held(&[1, 2]));
    // One that fails and is deleted is gone, too.
    server.github.faults.clear();
    server.github.world.lock().now += TimeDelta::minutes(1);
    server.github.world.lock().delete_issue(id, 2, "eve");
    assert_eq!(read_on(&tenant, &server).await, [""; 0]);
    assert_eq!(ids(&tenant, "work_items").await, held(&[1]));
    assert_alike(&once(&server).await, &told(&tenant).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn issues_in_a_row_that_fail_keep_none_of_those_behind_them_from_being_read() {
    let Shop { mut world, id, .. } = shop();
    for n in 7..=11 {
        world.now += TimeDelta::minutes(1);
        assert_eq!(world.open_issue(id, "eve", &format!("Issue {n}"), "", &[]), Some(n));
    }
    let (server, tenant) = (serve(world).await, tenant().await);
    fail(&server, &On::Operation("Issues".to_owned()), &Fault::GraphqlTimeout);
    // The newest, which come first.
    let bad = [10, 11, 9];
    for number in bad {
        let on = On::Asking("Issue".to_owned(), format!("\"number\":{number}"));
        fail(&server, &on, &Fault::GraphqlTimeout);
    }
    let problems = bad.map(|number| format!("github:acme:reject/problems/{id}/issues/{number}"));
    assert_eq!(read_on(&tenant, &server).await, problems);
    let held = [1, 2, 3, 7, 8].map(|number| format!("github:acme:{id}/issues/{number}"));
    assert_eq!(ids(&tenant, "work_items").await, held);
    server.github.faults.clear();
    assert_eq!(read_on(&tenant, &server).await, [""; 0]);
    assert_alike(&once(&server).await, &told(&tenant).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thing_that_fails_is_told_while_its_repository_is_read() {
    let Shop { world, id, .. } = shop();
    let (server, tenant) = (serve(world).await, tenant().await);
    fail(&server, &On::Operation("Issues".to_owned()), &Fault::GraphqlTimeout);
    fail(&server, &On::Asking("Issue".to_owned(), "\"number\":2".to_owned()), &Fault::GraphqlTimeout);
    let problem = [format!("github:acme:reject/problems/{id}/issues/2")];
    assert_eq!(read_on(&tenant, &server).await, problem);
    server.github.world.lock().now += TimeDelta::minutes(1);
    let settings = GithubSettings::from_json(&json!({"owners": ["acme"], "exclude": ["acme/shop"]})).unwrap();
    let left = open(&server, TOKEN, settings).unwrap();
    sync(&tenant, Box::new(left), Clock::System, &|_| ()).await.unwrap();
    map(&tenant).await;
    assert_eq!(ids(&tenant, "rejects").await, [""; 0]);
    assert_eq!(read_on(&tenant, &server).await, problem);
    server.github.faults.clear();
    assert_eq!(read_on(&tenant, &server).await, [""; 0]);
    assert_alike(&once(&server).await, &told(&tenant).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_attempt_of_a_run_that_fails_keeps_none_of_the_others_from_being_read() {
    let Shop { mut world, id, sha, .. } = shop();
    let runs: Vec<i64> = (0..3)
        .map(|_| {
            let run = world.start_run(id, "main", &sha, "push", "eve").unwrap();
            world.finish_run(id, run, RunStatus::Failure, "eve");
            world.restart_run(id, run, "eve");
            world.finish_run(id, run, RunStatus::Success, "eve");
            run
        })
        .collect();
    let (server, tenant) = (serve(world).await, tenant().await);
    fail(&server, &On::Path(format!("/runs/{}/attempts/1", runs[1])), &Fault::ServerError(502));
    let problem = [format!("github:acme:reject/problems/{id}/workflow_runs/{}/1", runs[1])];
    for _ in 0..2 {
        assert_eq!(read_on(&tenant, &server).await, problem);
        assert_eq!(ids(&tenant, "builds").await.len(), 5, "all but that attempt");
    }
    server.github.faults.clear();
    assert_eq!(read_on(&tenant, &server).await, [""; 0]);
    assert_alike(&once(&server).await, &told(&tenant).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_that_fails_keeps_neither_the_others_nor_the_commits_from_being_read() {
    let Shop { mut world, id, sha, .. } = shop();
    world.add_person("bob", Some("Bob B"));
    let commit = world.compose(&[&sha], "bob", world.now, "More");
    let tip = commit.sha.clone();
    world.push(id, "main", vec![commit], "bob");
    let bob = world.account("bob").unwrap().id;
    let node = format!("U_{}", STANDARD_NO_PAD.encode(bob.to_string()));
    let (server, tenant) = (serve(world).await, tenant().await);
    // Whoever is asked for with it is not told either.
    fail(&server, &On::Asking("Accounts".to_owned(), node), &Fault::ServerError(500));
    let problem = [format!("github:acme:reject/problems/{id}/users/{bob}")];
    for _ in 0..2 {
        assert_eq!(read_on(&tenant, &server).await, problem);
    }
    assert!(ids(&tenant, "commits").await.contains(&format!("github:acme:{id}/commits/{tip}")));
    server.github.faults.clear();
    assert_eq!(read_on(&tenant, &server).await, [""; 0]);
    let all = told(&tenant).await;
    assert!(all["identities"][&format!("github:acme:users/{bob}")].contains("name=Bob B"));
    assert_alike(&once(&server).await, &all);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repository_that_fails_keeps_none_of_its_owners_others_from_being_read() {
    let mut world = World::empty("acme", "2026-03-02T10:00:00Z".parse().unwrap());
    world.add_person("eve", None);
    let all = ["a", "b", "c"].map(|name| world.create_repository(name, "eve"));
    let held = |of: &[i64]| of.iter().map(|id| format!("github:acme:{id}")).collect::<BTreeSet<String>>();
    let (server, tenant) = (serve(world).await, tenant().await);
    let fails = || {
        fail(&server, &On::Operation("Repositories".to_owned()), &Fault::GraphqlTimeout);
        fail(&server, &On::Asking("Repository".to_owned(), "\"name\":\"b\"".to_owned()), &Fault::GraphqlTimeout);
    };
    let problem = ["github:acme:reject/problems/acme/b"];
    fails();
    assert_eq!(source(&server).check().await.unwrap(), 2);
    assert_eq!(read_on(&tenant, &server).await, problem);
    assert_eq!(BTreeSet::from_iter(ids(&tenant, "repositories").await), held(&[all[0], all[2]]));
    server.github.faults.clear();
    assert_eq!(read_on(&tenant, &server).await, [""; 0]);
    assert_eq!(BTreeSet::from_iter(ids(&tenant, "repositories").await), held(&all));
    // It stays once it is known.
    fails();
    assert_eq!(read_on(&tenant, &server).await, problem);
    assert_eq!(BTreeSet::from_iter(ids(&tenant, "repositories").await), held(&all));
}

#[tokio::test(flavor = "multi_thread")]
async fn repositories_in_a_row_that_fail_keep_none_of_those_behind_them_from_being_read() {
    let mut world = World::empty("acme", "2026-03-02T10:00:00Z".parse().unwrap());
    world.add_person("eve", None);
    let all = ["a", "b", "c", "d", "e", "f"].map(|name| world.create_repository(name, "eve"));
    let (server, tenant) = (serve(world).await, tenant().await);
    fail(&server, &On::Operation("Repositories".to_owned()), &Fault::GraphqlTimeout);
    for name in ["a", "b", "c"] {
        let on = On::Asking("Repository".to_owned(), format!("\"name\":\"{name}\""));
        fail(&server, &on, &Fault::GraphqlTimeout);
    }
    let problems = ["a", "b", "c"].map(|name| format!("github:acme:reject/problems/acme/{name}"));
    assert_eq!(read_on(&tenant, &server).await, problems);
    let held: BTreeSet<String> = all[3..].iter().map(|id| format!("github:acme:{id}")).collect();
    assert_eq!(BTreeSet::from_iter(ids(&tenant, "repositories").await), held);
    server.github.faults.clear();
    assert_eq!(read_on(&tenant, &server).await, [""; 0]);
    assert_eq!(ids(&tenant, "repositories").await.len(), all.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_team_whose_members_fail_keeps_none_of_the_others_from_being_read() {
    let Shop { mut world, .. } = shop();
    let logins: Vec<String> = (0..130).map(|n| format!("p{n}")).collect();
    logins.iter().for_each(|login| world.add_person(login, None));
    let logins: Vec<&str> = logins.iter().map(String::as_str).collect();
    let large = world.add_team("Large", None, &logins);
    let small = world.add_team("Small", None, &logins[..2]);
    let (server, tenant) = (serve(world).await, tenant().await);
    fail(&server, &On::Operation("TeamParts".to_owned()), &Fault::ServerError(500));
    assert_eq!(read_on(&tenant, &server).await, ["github:acme:reject/problems/teams/acme"]);
    let reason = texts(&tenant, "rejects", "reason").await.remove(0);
    assert!(reason.starts_with("teams of acme: 1 not told, the first `large`: "), "{reason}");
    assert_eq!(ids(&tenant, "teams").await, [format!("github:acme:teams/{small}")]);
    server.github.faults.clear();
    server.github.world.lock().now += TimeDelta::days(1);
    assert_eq!(read_on(&tenant, &server).await, [""; 0]);
    let mut teams = [large, small].map(|id| format!("github:acme:teams/{id}"));
    teams.sort();
    assert_eq!(ids(&tenant, "teams").await, teams);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_commit_by_which_its_page_fails_keeps_none_of_the_others_from_being_read() {
    let Shop { mut world, id, sha, .. } = shop();
    let mut head = sha;
    for n in 0..4 {
        let commit = world.compose(&[&head], "eve", world.now, &format!("More {n}"));
        head = commit.sha.clone();
        world.push(id, "main", vec![commit], "eve");
    }
    let (server, tenant) = (serve(world).await, tenant().await);
    let all = once(&server).await["commits"].len();
    for part in ["commits?per_page=100&", "commits?per_page=10&", "commits?per_page=1&page=3&"] {
        fail(&server, &On::Address(part.to_owned()), &Fault::ServerError(500));
    }
    let problem = [format!("github:acme:reject/problems/{id}/commits/{head}/3")];
    for _ in 0..2 {
        assert_eq!(read_on(&tenant, &server).await, problem);
        assert_eq!(ids(&tenant, "commits").await.len(), all - 1);
    }
    server.github.faults.clear();
    assert_eq!(read_on(&tenant, &server).await, [""; 0]);
    assert_alike(&once(&server).await, &told(&tenant).await);
}

/// Three branches `aside-0` to `aside-2` with a commit of their own each: these.
fn asides(world: &mut World, id: i64, sha: &str) -> Vec<String> {
    let branch = |n: usize| {
        let commit = world.compose(&[sha], "eve", world.now, &format!("Aside {n}"));
        let tip = commit.sha.clone();
        world.push(id, &format!("aside-{n}"), vec![commit], "eve");
        tip
    };
    (0..3).map(branch).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_branch_that_fails_keeps_none_of_the_others_from_being_read_again_for_some_days() {
    let Shop { mut world, id, sha, .. } = shop();
    let mut tips = asides(&mut world, id, &sha);
    // The first one that is asked for.
    tips.sort();
    let (server, tenant) = (serve(world).await, tenant().await);
    assert_eq!(read_on(&tenant, &server).await, [""; 0]);
    fail(&server, &On::Address(tips[0].clone()), &Fault::ServerError(500));
    server.github.log.clear();
    let days = || Range { from: "2026-03-01".parse().unwrap(), until: "2026-03-04".parse().unwrap() };
    let again = async || sync(&tenant, Box::new(source(&server).range(days())), Clock::System, &|_| ()).await;
    let error = again().await.unwrap_err().to_string();
    assert!(error.contains(&tips[0]), "{error}");
    let asked = server.github.log.requests();
    for tip in &tips[1..] {
        let is_told = |path: &str| path.contains("/compare/") && path.ends_with(tip.as_str());
        assert!(asked.iter().any(|served| served.status == 200 && is_told(&served.path)), "{asked:?}");
    }
    server.github.faults.clear();
    again().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_branch_that_fails_and_and_one_that_github_cannot_compare_keep_none_of_the_others_from_being_read() {
    let Shop { mut world, id, sha, .. } = shop();
    let tips = asides(&mut world, id, &sha);
    let (server, tenant) = (serve(world).await, tenant().await);
    // Neither what it has beside the default branch is told, nor all of it.
    fail(&server, &On::Address(tips[0].clone()), &Fault::ServerError(500));
    fail(&server, &On::Operation("Refs".to_owned()), &Fault::GraphqlTimeout);
    let of = |tip: &String| format!("github:acme:{id}/commits/{tip}");
    server.github.world.lock().now += TimeDelta::minutes(1);
    let error = read(&tenant, &server).await.unwrap_err().to_string();
    assert!(error.contains("heads/aside-0"), "{error}");
    map(&tenant).await;
    let commits = ids(&tenant, "commits").await;
    assert!(!commits.contains(&of(&tips[0])), "{commits:?}");
    assert!(tips[1..].iter().all(|tip| commits.contains(&of(tip))), "{commits:?}");
    assert_eq!(ids(&tenant, "rejects").await, [format!("github:acme:reject/problems/{id}/commits")]);
    server.github.faults.clear();
    assert_eq!(read_on(&tenant, &server).await, [""; 0]);
    assert_alike(&once(&server).await, &told(&tenant).await);
}
