//! Golden histories of pull requests: what they are made of, and their stages.

use super::Organisation;
use super::testing::{HOUR, History, RepositoryFacts, linear};

/// A pull request with the commits x (at 1) and y (at 2), merged at 5 into a; d2 at 8 deploys what it became.
fn merged(build: impl FnOnce(History) -> History) -> RepositoryFacts<'static> {
    let history = History::new("r").commit("a", &[], 0).deploy("d1", "a", 0);
    build(history)
        .pull_request("pr", (3, 5), "m", &[("x", 1), ("y", 2)])
        .review("pr", "grace", 4)
        .deploy("d2", "m", 8)
        .model()
}

#[test]
fn a_merged_pull_request_is_one_change_and_its_merge_commit_is_none() {
    let facts = merged(|h| h.commit("x", &["a"], 1).commit("y", &["x"], 2).commit("m", &["a", "y"], 5));
    assert_eq!(facts.carried(), ["d1: a", "d2: m x y"]);
    assert_eq!(facts.leads(), ["a baseline", "pr d2 7"]);
    let change = facts.change("pr");
    let hours = |seconds: Option<f64>| seconds.map(|s| s / 3600.0);
    assert_eq!(hours(change.coding_seconds()), Some(2.0));
    assert_eq!(hours(change.pickup_seconds()), Some(1.0));
    assert_eq!(hours(change.review_seconds()), Some(1.0));
    assert_eq!(hours(change.deploy_seconds()), Some(3.0));
    assert_eq!(change.commits, Some(2));
}

#[test]
fn a_merged_pull_request_without_a_list_of_its_commits_is_made_of_what_its_merge_commit_brought() {
    // f1 at 1, f2 at 20 after main was merged into the branch at 15; w was committed to main itself at 10.
    let facts = History::new("r")
        .commit("a", &[], 0)
        .deploy("d1", "a", 0)
        .commit("f1", &["a"], 1)
        .commit("w", &["a"], 10)
        .commit("u", &["f1", "w"], 15)
        .commit("f2", &["u"], 20)
        .commit("m", &["w", "f2"], 50)
        .pull_request("pr", (21, 50), "m", &[])
        .but(|p| p.head_sha = Some(super::testing::sha("f2")))
        .deploy("d2", "m", 73)
        .model();
    assert_eq!(facts.leads(), ["a baseline", "pr d2 72", "w d2 63"]);
    assert_eq!(facts.change("pr").commits, Some(3));
}

#[test]
fn a_squashed_change_is_found_in_the_deployment_of_its_merge_commit() {
    // The branch's own commits are not in the repository any more.
    let facts = merged(|h| h.commit("m", &["a"], 5));
    assert_eq!(facts.carried(), ["d1: a", "d2: m"]);
    assert_eq!(facts.leads(), ["a baseline", "pr d2 7"]);
}

#[test]
fn a_rebased_change_is_found_by_its_tip_and_its_rebased_commits_are_no_changes_of_their_own() {
    // w was committed straight to the branch in between; x2 and m are x and y again, authored when x and y were.
    let facts = merged(|h| {
        h.commit("w", &["a"], 3).commit_as("x2", &["w"], 5, |c| c.authored_at = Some(HOUR)).commit_as(
            "m",
            &["x2"],
            5,
            |c| c.authored_at = Some(2 * HOUR),
        )
    });
    assert_eq!(facts.carried(), ["d1: a", "d2: m w x2"]);
    assert_eq!(facts.leads(), ["a baseline", "pr d2 7", "w d2 5"]);
}

/// The same, with k, which picks a commit onto a and is deployed by d1b at 4.
fn picked(of: &str, build: impl FnOnce(History) -> History) -> Vec<String> {
    let of = super::testing::sha(of);
    merged(|h| build(h).commit_as("k", &["a"], 3, |c| c.cherry_picked_from = vec![of]).deploy("d1b", "k", 4)).leads()
}

#[test]
fn a_pick_delivers_a_pull_request_when_it_is_of_all_of_it() {
    let branch = |h: History| h.commit("x", &["a"], 1).commit("y", &["x"], 2);
    let rebased = |h: History| {
        let authored = |at: i64| move |c: &mut super::input::Commit<'static>| c.authored_at = Some(at * HOUR);
        h.commit("w", &["a"], 3).commit_as("x2", &["w"], 5, authored(1)).commit_as("m", &["x2"], 5, authored(2))
    };
    // Of its last commit alone, before or after it was rebased: not all of it.
    assert_eq!(picked("y", |h| branch(h).commit("m", &["a", "y"], 5)), ["a baseline", "pr d2 7"]);
    assert_eq!(picked("m", rebased), ["a baseline", "pr d2 7", "w d2 5"]);
    // Of its merge or squash: all of it.
    assert_eq!(picked("m", |h| branch(h).commit("m", &["a", "y"], 5)), ["a baseline", "pr d1b 3"]);
    assert_eq!(picked("m", |h| h.commit("m", &["a"], 5)), ["a baseline", "pr d1b 3"]);
    // Of its only commit: all of it, too.
    let facts = History::new("r")
        .commit("a", &[], 0)
        .deploy("d1", "a", 0)
        .commit("x", &["a"], 1)
        .commit("m", &["a", "x"], 5)
        .pull_request("pr", (3, 5), "m", &[("x", 1)])
        .commit_as("k", &["a"], 3, |c| c.cherry_picked_from = vec![super::testing::sha("x")])
        .deploy("d2", "k", 4)
        .deploy("d3", "m", 8);
    assert_eq!(facts.model().leads(), ["a baseline", "pr d2 3"]);
}

#[test]
fn a_pull_request_whose_commits_are_not_known_is_delivered_by_time() {
    let facts = History::new("r")
        .deploy_as("d1", None, 1, |_| ())
        .pull_request("pr", (3, 5), "m", &[("x", 2)])
        .deploy_as("d2", None, 4, |_| ())
        .deploy_as("d3", None, 5, |_| ())
        .model();
    assert_eq!(facts.leads(), ["pr d3 3"]);
}

#[test]
fn missing_and_negative_stages_are_null() {
    let base =
        || History::new("r").commit("a", &[], 0).deploy("d1", "a", 0).commit("m", &["a"], 5).deploy("d2", "m", 4);
    // Authored at 2, opened at 1, merged at 5, deployed at 4, never reviewed.
    let facts = base().pull_request("pr", (1, 5), "m", &[("x", 2)]).model();
    let change = facts.change("pr");
    assert_eq!(change.coding_seconds(), None);
    assert_eq!((change.pickup_seconds(), change.review_seconds()), (None, None));
    assert_eq!(change.deploy_seconds(), None);
    assert_eq!(change.lead_seconds(), Some(7200.0));
    assert_eq!(base().pull_request("pr", (1, 5), "m", &[]).model().leads(), ["a baseline", "pr no first commit"]);
    assert_eq!(base().pull_request("pr", (1, 5), "m", &[("x", 6)]).model().leads(), ["a baseline", "pr negative"]);
}

#[test]
fn a_review_counts_when_another_person_gave_it_on_what_was_ready_and_not_merged() {
    let mut organisation = Organisation::default();
    organisation.identity("robot", None, true);
    organisation.identity("ada", Some("person:ada"), false);
    organisation.identity("ada-at-work", Some("person:ada"), false);
    let first = |reviews: &[(&'static str, i64)], ready: Option<i64>| {
        let history =
            History::new("r").pull_request("pr", (10, 20), "m", &[]).but(|p| p.ready_at = ready.map(|at| at * HOUR));
        let history = reviews.iter().fold(history, |h, (who, at)| h.review("pr", who, *at));
        history.model_in(organisation.clone()).change("pr").first_review_at.map(|at| at / HOUR)
    };
    assert_eq!(first(&[("robot", 11), ("ada", 12), ("ada-at-work", 13), ("grace", 15), ("eve", 14)], None), Some(14));
    assert_eq!(first(&[("grace", 11), ("grace", 13)], Some(12)), Some(13), "not while it was a draft");
    assert_eq!(first(&[("grace", 9), ("grace", 21)], None), None);
    let unsigned = History::new("r").pull_request("pr", (10, 20), "m", &[]).but(|p| p.author_id = None);
    assert_eq!(unsigned.review("pr", "grace", 15).model().change("pr").first_review_at, None, "it may be their own");
}

#[test]
fn commits_of_an_open_pull_request_are_no_changes_until_they_are_deployed() {
    let history = || {
        linear()
            .commit("x", &["c"], 5)
            .pull_request("pr", (5, 9), "m", &[("x", 5)])
            .but(|p| (p.state, p.merged_at, p.merge_commit_sha) = ("open", None, None))
    };
    assert_eq!(history().model().leads(), ["a baseline", "b baseline", "c d2 1"]);
    assert_eq!(history().deploy("d3", "x", 7).model().leads()[3], "x d3 2");
}
