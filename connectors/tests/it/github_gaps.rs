//! Pages of a simulated GitHub's lists that always fail, of runs and of what lies between two commits: what is told of them is read, and so is all
//! that is behind them.

use crate::alike::{assert_alike, told};
use crate::github_failing::{Shop, fail, read_on, shop};
use crate::github_sync::{once, read, serve};
use crate::lake::{ids, tenant, texts};
use chrono::TimeDelta;
use pulse_simulator::world::RunStatus;
use pulse_simulator::{Fault, On, Server, World};

/// So many runs, each made so long after the one before, and when.
fn runs(world: &mut World, id: i64, sha: &str, every: TimeDelta, count: usize) -> Vec<String> {
    let one = |_| {
        world.now += every;
        let made = world.now.format("%Y-%m-%dT%H:%M:%SZ").to_string();
        let run = world.start_run(id, "main", sha, "push", "eve").unwrap();
        world.finish_run(id, run, RunStatus::Success, "eve");
        made
    };
    (0..count).map(one).collect()
}

fn fail_at(server: &Server, parts: &[&str]) {
    parts.iter().for_each(|part| fail(server, &On::Address((*part).to_owned()), &Fault::ServerError(500)));
}

fn problem(id: i64, from: &str, until: &str) -> [String; 1] {
    [format!("github:acme:reject/problems/{id}/workflow_runs/made/{from}..{until}")]
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_by_which_its_page_fails_keeps_none_of_the_others_from_being_read() {
    // Of five, newest first.
    for failing in 1..=5 {
        let Shop { mut world, id, sha, .. } = shop();
        let made = runs(&mut world, id, &sha, TimeDelta::minutes(10), 5);
        let end = |place: Option<usize>| place.and_then(|place| made.get(place)).map_or("*", String::as_str);
        let problem = problem(id, end((5_usize - failing).checked_sub(1)), end(Some(6 - failing)));
        let (server, tenant) = (serve(world).await, tenant().await);
        let alone = format!("/actions/runs?per_page=1&page={failing}");
        // What is asked for again is a span, where it stands in another place.
        fail_at(&server, &["/actions/runs?per_page=100&page=1", "/actions/runs?per_page=10&page=1", "&created="]);
        fail_at(&server, &[alone.as_str()]);
        for _ in 0..2 {
            assert_eq!(read_on(&tenant, &server).await, problem);
            assert_eq!(ids(&tenant, "builds").await.len(), 4, "{failing}");
        }
        let reason = texts(&tenant, "rejects", "reason").await.remove(0);
        assert!(reason.contains(" of acme/shop: ") && reason.contains("500"), "{reason}");
        // Where it is not told for another reason, somebody is told of that.
        server.github.faults.clear();
        fail(&server, &On::Address("&created=".to_owned()), &Fault::ServerError(503));
        assert_eq!(read_on(&tenant, &server).await, problem);
        let reason = texts(&tenant, "rejects", "reason").await.remove(0);
        assert!(reason.contains("503"), "{reason}");
        server.github.faults.clear();
        assert_eq!(read_on(&tenant, &server).await, [""; 0], "{failing}");
        assert_alike(&once(&server).await, &told(&tenant).await);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn where_many_runs_in_a_row_fail_those_of_a_day_before_them_are_read() {
    let Shop { mut world, id, sha, .. } = shop();
    let made = runs(&mut world, id, &sha, TimeDelta::hours(10), 8);
    let (server, tenant) = (serve(world).await, tenant().await);
    let alone = ["2", "3", "4"].map(|place| format!("/actions/runs?per_page=1&page={place}"));
    fail_at(&server, &["/actions/runs?per_page=10&page=1"]);
    fail_at(&server, &alone.each_ref().map(String::as_str));
    // As often as it is asked for: what is asked for after it begins alike.
    for _ in 0..8 {
        let on = On::Address("/actions/runs?per_page=100&page=1".to_owned());
        server.github.faults.plan(on, Fault::ServerError(500));
    }
    // The newest, and those that are 24 hours older than it and more: not the two between.
    let problem = problem(id, &made[4], &made[7]);
    assert_eq!(read_on(&tenant, &server).await, problem);
    assert_eq!(ids(&tenant, "builds").await.len(), 6);
    server.github.faults.clear();
    assert_eq!(read_on(&tenant, &server).await, [""; 0]);
    assert_alike(&once(&server).await, &told(&tenant).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn where_nothing_older_is_told_new_runs_are_read_all_the_same() {
    let Shop { mut world, id, sha, .. } = shop();
    let mut made = runs(&mut world, id, &sha, TimeDelta::minutes(10), 120);
    let (server, tenant) = (serve(world).await, tenant().await);
    // All pages but the first.
    fail_at(&server, &["&created="]);
    server.github.world.lock().now += TimeDelta::minutes(1);
    let error = read(&tenant, &server).await.unwrap_err().to_string();
    assert!(error.contains("workflow_runs of acme/shop"), "{error}");
    // It fails again, and nothing else does.
    assert_eq!(read_on(&tenant, &server).await, problem(id, "*", &made[20]));
    assert_eq!(ids(&tenant, "builds").await.len(), 100);
    made.extend(runs(&mut server.github.world.lock(), id, &sha, TimeDelta::minutes(10), 1));
    assert_eq!(read_on(&tenant, &server).await, problem(id, "*", &made[21]), "one for what is not told in all");
    assert_eq!(ids(&tenant, "builds").await.len(), 101);
    server.github.faults.clear();
    assert_eq!(read_on(&tenant, &server).await, [""; 0]);
    assert_alike(&once(&server).await, &told(&tenant).await);
}

/// So many commits that were pushed on a commit: the last of them.
fn pushed(server: &Server, id: i64, sha: &str, count: usize) -> String {
    let mut world = server.github.world.lock();
    let world = &mut *world;
    let (mut commits, mut head) = (Vec::new(), sha.to_owned());
    for n in 0..count {
        let commit = world.compose(&[&head], "eve", world.now, &format!("More {n}"));
        head.clone_from(&commit.sha);
        commits.push(commit);
    }
    world.push(id, "main", commits, "eve");
    head
}

#[tokio::test(flavor = "multi_thread")]
async fn a_commit_by_which_a_later_page_of_a_comparison_fails_keeps_none_of_the_others_from_being_read() {
    let Shop { world, id, sha, .. } = shop();
    let (server, tenant) = (serve(world).await, tenant().await);
    assert_eq!(read_on(&tenant, &server).await, [""; 0]);
    let head = pushed(&server, id, &sha, 120);
    let all = once(&server).await["commits"].len();
    for part in ["per_page=100&page=2", "per_page=10&page=11", "per_page=1&page=105"] {
        fail_at(&server, &[format!("{sha}...{head}?{part}").as_str()]);
    }
    let problem = [format!("github:acme:reject/problems/{id}/commits/{sha}...{head}/105")];
    for _ in 0..2 {
        assert_eq!(read_on(&tenant, &server).await, problem);
        assert_eq!(ids(&tenant, "commits").await.len(), all - 1);
    }
    server.github.faults.clear();
    assert_eq!(read_on(&tenant, &server).await, [""; 0]);
    assert_alike(&once(&server).await, &told(&tenant).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_comparison_that_fails_twice_behind_its_first_page_is_read_without_comparing() {
    let Shop { world, id, sha, .. } = shop();
    let (server, tenant) = (serve(world).await, tenant().await);
    assert_eq!(read_on(&tenant, &server).await, [""; 0]);
    let head = pushed(&server, id, &sha, 120);
    for part in ["per_page=100&page=2", "per_page=10&page=1", "per_page=1&page=10"] {
        fail_at(&server, &[format!("{sha}...{head}?{part}").as_str()]);
    }
    server.github.world.lock().now += TimeDelta::minutes(1);
    let error = read(&tenant, &server).await.unwrap_err().to_string();
    assert!(error.contains("commits of acme/shop"), "{error}");
    assert_eq!(read_on(&tenant, &server).await, [""; 0]);
    assert_alike(&once(&server).await, &told(&tenant).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn while_github_tells_no_commits_it_is_not_forgotten_which_are_read() {
    let Shop { world, id, sha, .. } = shop();
    let (server, tenant) = (serve(world).await, tenant().await);
    assert_eq!(read_on(&tenant, &server).await, [""; 0]);
    pushed(&server, id, &sha, 2);
    fail_at(&server, &["/compare/", "/commits?"]);
    server.github.world.lock().now += TimeDelta::minutes(1);
    read(&tenant, &server).await.unwrap_err();
    server.github.faults.clear();
    server.github.log.clear();
    assert_eq!(read_on(&tenant, &server).await, [""; 0]);
    let asked = server.github.log.requests();
    assert!(asked.iter().all(|served| !served.path.ends_with("/commits")), "{asked:?}");
    assert_alike(&once(&server).await, &told(&tenant).await);
}
