//! What a simulated GitHub says of what is there, for a moment: that it is not there, or that nobody knows where a list goes on.

use crate::alike::{assert_alike, told};
use crate::github_failing::{Shop, fail, read_on, shop};
use crate::github_sync::{map, once, open, read, serve, source};
use crate::lake::{ids, tenant, texts};
use chrono::TimeDelta;
use pulse_connectors::github::GithubSettings;
use pulse_connectors::{Error, Range, sync};
use pulse_engine::{Clock, Tenant};
use pulse_simulator::world::{NewDeployment, RunStatus};
use pulse_simulator::{Fault, On, Served, Server, TOKEN};
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn things_of_a_list_none_of_which_is_there_alone_are_not_gone() {
    let Shop { mut world, id, sha, .. } = shop();
    let new = NewDeployment {
        sha,
        branch: Some("main".to_owned()),
        environment: "staging".to_owned(),
        task: "deploy".to_owned(),
        description: None,
        creator: "eve".to_owned(),
    };
    world.deploy(id, new).unwrap();
    let (server, tenant) = (serve(world).await, tenant().await);
    assert_eq!(read_on(&tenant, &server).await, [""; 0]);
    for (alone, entity) in [
        ("PullRequest", "pull_requests"),
        ("Issue", "work_items"),
        ("Milestone", "versions"),
        ("Deployment", "deployments"),
    ] {
        let held = ids(&tenant, entity).await;
        assert!(held.len() > 1, "{held:?}");
        fail(&server, &On::Operation(format!("{alone}s")), &Fault::GraphqlTimeout);
        fail(&server, &On::Operation(alone.to_owned()), &Fault::NotFound);
        server.github.world.lock().now += TimeDelta::minutes(1);
        let error = sync(&tenant, Box::new(source(&server).whole()), Clock::System, &|_| ()).await.unwrap_err();
        assert!(matches!(error, Error::Incomplete { parts: 1, .. }), "{error}");
        map(&tenant).await;
        assert_eq!(ids(&tenant, entity).await, held);
        server.github.faults.clear();
        assert_eq!(read_on(&tenant, &server).await, [""; 0]);
    }
    assert_alike(&once(&server).await, &told(&tenant).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thing_that_changed_and_is_not_there_alone_is_read_once_it_is_or_gone_once_it_stays_away() {
    let Shop { world, id, .. } = shop();
    let (server, tenant) = (serve(world).await, tenant().await);
    assert_eq!(read_on(&tenant, &server).await, [""; 0]);
    let problem = [format!("github:acme:reject/problems/{id}/issues/2")];
    for title in ["Another", "And another"] {
        server.github.world.lock().now += TimeDelta::hours(1);
        for number in 1..=3 {
            server.github.world.lock().edit_issue(id, number, "eve", |issue| title.clone_into(&mut issue.title));
        }
        fail(&server, &On::Operation("Issues".to_owned()), &Fault::GraphqlTimeout);
        fail(&server, &On::Asking("Issue".to_owned(), "\"number\":2".to_owned()), &Fault::NotFound);
        // While all of its repository is told to be missing, nothing is known of it.
        for _ in 0..2 {
            assert_eq!(read_on(&tenant, &server).await, problem);
        }
        let titles = texts(&tenant, "work_items", "title").await;
        assert_eq!(titles.iter().filter(|told| *told == title).count(), 2, "{titles:?}");
        server.github.faults.clear();
        if title == "And another" {
            server.github.world.lock().delete_issue(id, 2, "eve");
        }
        assert_eq!(read_on(&tenant, &server).await, [""; 0]);
        assert_alike(&once(&server).await, &told(&tenant).await);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_taken_for_gone_as_it_was_not_there_for_a_while_comes_back_as_it_was_with_the_next_reading_of_all() {
    let Shop { world, .. } = shop();
    let (server, tenant) = (serve(world).await, tenant().await);
    assert_eq!(read_on(&tenant, &server).await, [""; 0]);
    let held = ids(&tenant, "releases").await;
    assert_eq!(held.len(), 1);
    for operation in ["Releases", "Release"] {
        fail(&server, &On::Operation(operation.to_owned()), &Fault::GraphqlTimeout);
    }
    let days = Range { from: "2026-03-01".parse().unwrap(), until: "2026-03-04".parse().unwrap() };
    sync(&tenant, Box::new(source(&server).range(days)), Clock::System, &|_| ()).await.unwrap();
    map(&tenant).await;
    assert_eq!(ids(&tenant, "rejects").await.len(), 1);
    server.github.faults.clear();
    fail(&server, &On::Operation("Release".to_owned()), &Fault::NotFound);
    assert_eq!(read_on(&tenant, &server).await, [""; 0]);
    assert_eq!(ids(&tenant, "releases").await, [""; 0]);
    server.github.faults.clear();
    server.github.world.lock().now += TimeDelta::hours(1);
    sync(&tenant, Box::new(source(&server).whole()), Clock::System, &|_| ()).await.unwrap();
    map(&tenant).await;
    assert_eq!(ids(&tenant, "releases").await, held);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_commit_or_an_attempt_that_failed_is_given_up_once_it_is_said_twice_not_to_be_there() {
    let Shop { mut world, id, sha, .. } = shop();
    let mut head = sha;
    for n in 0..4 {
        let commit = world.compose(&[&head], "eve", world.now, &format!("More {n}"));
        head = commit.sha.clone();
        world.push(id, "main", vec![commit], "eve");
    }
    let run = world.start_run(id, "main", &head, "push", "eve").unwrap();
    world.finish_run(id, run, RunStatus::Failure, "eve");
    world.restart_run(id, run, "eve");
    world.finish_run(id, run, RunStatus::Success, "eve");
    let address = |part: &str| On::Address(part.to_owned());
    let (commit, attempt) = (address("commits?per_page=1&page=3&"), On::Path(format!("/runs/{run}/attempts/1")));
    let problems = [format!("commits/{head}/3"), format!("workflow_runs/{run}/1")]
        .map(|what| format!("github:acme:reject/problems/{id}/{what}"));
    for stays_away in [false, true] {
        let (server, tenant) = (serve(world.clone()).await, tenant().await);
        let all = once(&server).await;
        for on in [address("commits?per_page=100&"), address("commits?per_page=10&"), commit.clone(), attempt.clone()] {
            fail(&server, &on, &Fault::ServerError(500));
        }
        assert_eq!(read_on(&tenant, &server).await, problems);
        server.github.faults.clear();
        for on in [&commit, &attempt] {
            fail(&server, on, &Fault::NotFound);
        }
        // So an outage may say it of what is there.
        assert_eq!(read_on(&tenant, &server).await, problems);
        if !stays_away {
            server.github.faults.clear();
        }
        assert_eq!(read_on(&tenant, &server).await, [""; 0]);
        for entity in ["commits", "builds"] {
            let held = all[entity].len() - usize::from(stays_away);
            assert_eq!(ids(&tenant, entity).await.len(), held, "{entity}");
        }
    }
}

/// Reads and maps with the jobs of runs, a minute later. Comes to what is told of it.
async fn read_jobs(tenant: &Tenant, server: &Server) -> Vec<String> {
    server.github.world.lock().now += TimeDelta::minutes(1);
    let settings = GithubSettings::from_json(&json!({"owners": ["acme"], "jobs": true})).unwrap();
    sync(tenant, Box::new(open(server, TOKEN, settings).unwrap()), Clock::System, &|_| ()).await.unwrap();
    map(tenant).await;
    ids(tenant, "rejects").await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_attempt_or_jobs_of_a_new_run_that_are_not_there_for_a_moment_are_read_with_the_next_reading() {
    let Shop { mut world, id, sha, .. } = shop();
    let run = world.start_run(id, "main", &sha, "push", "eve").unwrap();
    world.finish_run(id, run, RunStatus::Failure, "eve");
    world.restart_run(id, run, "eve");
    world.finish_run(id, run, RunStatus::Success, "eve");
    for (part, attempt) in [("attempts/1", 1), ("attempts/1/jobs", 1), ("attempts/2/jobs", 2)] {
        let (server, tenant) = (serve(world.clone()).await, tenant().await);
        fail(&server, &On::Path(format!("/runs/{run}/{part}")), &Fault::NotFound);
        let problem = [format!("github:acme:reject/problems/{id}/workflow_runs/{run}/{attempt}")];
        assert_eq!(read_jobs(&tenant, &server).await, problem, "{part}");
        server.github.faults.clear();
        assert_eq!(read_jobs(&tenant, &server).await, [""; 0], "{part}");
        let held = [ids(&tenant, "builds").await.len(), ids(&tenant, "build_jobs").await.len()];
        assert_eq!(held, [2, 4], "{part}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn jobs_that_failed_are_given_up_once_it_is_said_twice_that_they_are_not_there() {
    let Shop { mut world, id, sha, .. } = shop();
    let run = world.start_run(id, "main", &sha, "push", "eve").unwrap();
    world.finish_run(id, run, RunStatus::Success, "eve");
    let jobs = On::Path(format!("/runs/{run}/attempts/1/jobs"));
    let problem = [format!("github:acme:reject/problems/{id}/workflow_runs/{run}/1")];
    for stays_away in [false, true] {
        let (server, tenant) = (serve(world.clone()).await, tenant().await);
        fail(&server, &jobs, &Fault::ServerError(500));
        assert_eq!(read_jobs(&tenant, &server).await, problem);
        server.github.faults.clear();
        fail(&server, &jobs, &Fault::NotFound);
        // So an outage may say it of what is there.
        assert_eq!(read_jobs(&tenant, &server).await, problem);
        if !stays_away {
            server.github.faults.clear();
        }
        assert_eq!(read_jobs(&tenant, &server).await, [""; 0]);
        assert_eq!(ids(&tenant, "build_jobs").await.is_empty(), stays_away);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_branch_that_github_does_not_know_for_a_moment_is_read_with_the_next_reading_though_nobody_pushes() {
    let Shop { mut world, id, sha, .. } = shop();
    let commit = world.compose(&[&sha], "eve", world.now, "Aside");
    let tip = commit.sha.clone();
    world.push(id, "aside", vec![commit], "eve");
    let (server, tenant) = (serve(world).await, tenant().await);
    fail(&server, &On::Address(tip.clone()), &Fault::NotFound);
    let of = format!("github:acme:{id}/commits/{tip}");
    for is_known in [false, true] {
        assert_eq!(read_on(&tenant, &server).await, [""; 0]);
        assert_eq!(ids(&tenant, "commits").await.contains(&of), is_known);
        server.github.faults.clear();
    }
    assert_alike(&once(&server).await, &told(&tenant).await);
    server.github.log.clear();
    assert_eq!(read_on(&tenant, &server).await, [""; 0]);
    let is_of_refs = |served: &Served| served.operation.as_deref() == Some("Refs");
    assert!(!server.github.log.requests().iter().any(is_of_refs), "all is known again");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_branch_that_github_does_not_know_twice_is_told_until_it_does() {
    let Shop { mut world, id, sha, .. } = shop();
    let commit = world.compose(&[&sha], "eve", world.now, "Aside");
    let tip = commit.sha.clone();
    world.push(id, "aside", vec![commit], "eve");
    let (server, tenant) = (serve(world).await, tenant().await);
    fail(&server, &On::Address(tip.clone()), &Fault::NotFound);
    let problem = format!("github:acme:reject/problems/{id}/commits");
    for is_told in [false, true, true] {
        let expected: Vec<String> = is_told.then(|| problem.clone()).into_iter().collect();
        assert_eq!(read_on(&tenant, &server).await, expected);
    }
    server.github.faults.clear();
    assert_eq!(read_on(&tenant, &server).await, [""; 0]);
    assert!(ids(&tenant, "commits").await.contains(&format!("github:acme:{id}/commits/{tip}")));
    assert_alike(&once(&server).await, &told(&tenant).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn days_are_not_read_again_to_their_end_while_github_does_not_know_the_commits_of_a_branch() {
    let Shop { world, id, sha, .. } = shop();
    let (server, tenant) = (serve(world).await, tenant().await);
    assert_eq!(read_on(&tenant, &server).await, [""; 0]);
    let tip = {
        let mut world = server.github.world.lock();
        let now = world.now;
        let commit = world.compose(&[&sha], "eve", now, "Aside");
        let tip = commit.sha.clone();
        world.push(id, "aside", vec![commit], "eve");
        tip
    };
    fail(&server, &On::Address(tip.clone()), &Fault::NotFound);
    let days = Range { from: "2026-03-01".parse().unwrap(), until: "2026-03-04".parse().unwrap() };
    let again = async || sync(&tenant, Box::new(source(&server).range(days)), Clock::System, &|_| ()).await;
    let error = again().await.unwrap_err();
    assert!(matches!(error, Error::Incomplete { parts: 1, .. }), "{error}");
    server.github.faults.clear();
    again().await.unwrap();
    map(&tenant).await;
    assert!(ids(&tenant, "commits").await.contains(&format!("github:acme:{id}/commits/{tip}")));
    assert_eq!(ids(&tenant, "rejects").await, [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_that_goes_on_where_it_began_is_not_read_for_ever() {
    let Shop { mut world, .. } = shop();
    let logins: Vec<String> = (0..130).map(|n| format!("p{n}")).collect();
    logins.iter().for_each(|login| world.add_person(login, None));
    let logins: Vec<&str> = logins.iter().map(String::as_str).collect();
    world.add_team("Large", None, &logins);
    world.add_team("Small", None, &logins[..2]);
    for (operation, asked) in [("Repositories", 2), ("Teams", 2), ("Refs", 2), ("TeamParts", 1)] {
        let (server, tenant) = (serve(world.clone()).await, tenant().await);
        fail(&server, &On::Operation(operation.to_owned()), &Fault::Standing);
        server.github.world.lock().now += TimeDelta::minutes(1);
        let error = read(&tenant, &server).await.err();
        // A team of which not all is told keeps nothing else.
        let is_told = matches!(&error, Some(Error::Incomplete { reason, .. }) if reason.contains("does not go on"));
        assert_eq!(is_told, operation != "TeamParts", "{operation}: {error:?}");
        assert_eq!(server.github.log.count(operation), asked, "{operation}");
        map(&tenant).await;
        let reasons = texts(&tenant, "rejects", "reason").await;
        assert!(reasons.len() == 1 && reasons[0].contains("does not go on"), "{operation}: {reasons:?}");
        server.github.faults.clear();
        server.github.world.lock().now += TimeDelta::days(1);
        assert_eq!(read_on(&tenant, &server).await, [""; 0], "{operation}");
        assert_alike(&once(&server).await, &told(&tenant).await);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_each_page_of_which_is_the_first_is_not_read_for_ever() {
    let Shop { mut world, id, sha, .. } = shop();
    let mut head = sha;
    for n in 0..120 {
        let commit = world.compose(&[&head], "eve", world.now, &format!("More {n}"));
        head = commit.sha.clone();
        world.push(id, "main", vec![commit], "eve");
        let run = world.start_run(id, "main", &head, "push", "eve").unwrap();
        world.finish_run(id, run, RunStatus::Success, "eve");
    }
    // As all runs are of one second, they are asked for page by page once the first page told that.
    for (part, asked) in [("/commits", 2), ("/actions/runs", 3)] {
        let (server, tenant) = (serve(world.clone()).await, tenant().await);
        fail(&server, &On::Path(part.to_owned()), &Fault::Standing);
        server.github.world.lock().now += TimeDelta::minutes(1);
        let error = read(&tenant, &server).await.unwrap_err();
        let is_told = |error: &Error| matches!(error, Error::Incomplete { parts: 1, reason, .. } if reason.contains("does not go on"));
        assert!(is_told(&error), "{part}: {error}");
        let served = server.github.log.requests().into_iter();
        assert_eq!(served.filter(|served| served.path.ends_with(part)).count(), asked, "{part}");
        // However often it is so, no page is passed over.
        for _ in 0..2 {
            server.github.world.lock().now += TimeDelta::minutes(1);
            let error = read(&tenant, &server).await.unwrap_err();
            assert!(is_told(&error), "{part}: {error}");
        }
        server.github.faults.clear();
        assert_eq!(read_on(&tenant, &server).await, [""; 0], "{part}");
        assert_alike(&once(&server).await, &told(&tenant).await);
        // Nor is it where some days are read again.
        fail(&server, &On::Path(part.to_owned()), &Fault::Standing);
        let days = Range { from: "2026-03-01".parse().unwrap(), until: "2026-03-04".parse().unwrap() };
        let again = async || sync(&tenant, Box::new(source(&server).range(days)), Clock::System, &|_| ()).await;
        for _ in 0..2 {
            let error = again().await.unwrap_err();
            assert!(is_told(&error), "{part}: {error}");
        }
        server.github.faults.clear();
        server.github.log.clear();
        again().await.unwrap();
        let is_second = |served: &Served| served.path.ends_with(part) && served.query.contains("&page=2");
        assert!(server.github.log.requests().iter().any(is_second), "{part}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_of_which_no_place_is_known_is_begun_anew_once_a_reading_and_read_on_once_one_is() {
    let Shop { mut world, id, .. } = shop();
    for n in 0..100 {
        world.open_issue(id, "eve", &format!("One more {n}"), "", &[]).unwrap();
    }
    let (server, tenant) = (serve(world).await, tenant().await);
    let forgets = || fail(&server, &On::Asking("Issues".to_owned(), "\"after\":\"".to_owned()), &Fault::PlaceForgotten);
    let is_cursor =
        |error: &Error| matches!(error, Error::Incomplete { parts: 1, reason, .. } if reason.contains("cursor"));
    forgets();
    server.github.world.lock().now += TimeDelta::minutes(1);
    let error = read(&tenant, &server).await.unwrap_err();
    assert!(is_cursor(&error), "{error}");
    let is_told = |served: &Served| served.operation.as_deref() == Some("Issues") && served.fault.is_none();
    assert_eq!(server.github.log.requests().into_iter().filter(is_told).count(), 2, "the first page, twice");
    server.github.faults.clear();
    assert_eq!(read_on(&tenant, &server).await, [""; 0]);
    assert_alike(&once(&server).await, &told(&tenant).await);
    // Nor does it go on for ever where some days are read again.
    forgets();
    let days = Range { from: "2026-03-01".parse().unwrap(), until: "2026-03-04".parse().unwrap() };
    let again = Box::new(source(&server).range(days));
    let error = sync(&tenant, again, Clock::System, &|_| ()).await.unwrap_err();
    assert!(is_cursor(&error), "{error}");
}
