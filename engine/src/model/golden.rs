//! Golden histories: small enough to compute by hand, one for each rule. Hours throughout. Here: which deployment carried
//! which commit, and when.

use super::facts::Lineage;
use super::testing::{HOUR, History, linear};

#[test]
fn a_linear_history_is_carried_step_by_step_and_its_baseline_has_no_lead_times() {
    let facts = linear().model();
    assert_eq!(facts.carried(), ["d1: a b", "d2: c"]);
    assert_eq!(facts.leads(), ["a baseline", "b baseline", "c d2 1"]);
    let (d1, d2) = (facts.deployment("d1"), facts.deployment("d2"));
    assert_eq!((d1.is_baseline, d1.previous_id, d1.commits, d1.lineage), (true, None, 2, Some(Lineage::Sha)));
    assert_eq!((d2.is_baseline, d2.previous_id, d2.commits), (false, Some("d1"), 1));
    assert!(facts.failures().is_empty() && facts.rework().is_empty());
}

#[test]
fn what_was_never_deployed_is_a_change_without_a_deployment() {
    let facts = linear().commit("e", &["c"], 5).model();
    assert_eq!(facts.leads(), ["a baseline", "b baseline", "c d2 1", "e not deployed"]);
    assert_eq!(facts.change("e").delivery, None);
}

#[test]
fn a_repository_without_deployments_has_changes_that_were_not_deployed() {
    let facts = History::new("r").commit("a", &[], 0).model();
    assert_eq!(facts.leads(), ["a not deployed"]);
    assert!(History::new("empty").model().changes.is_empty());
}

#[test]
fn an_octopus_merge_carries_all_of_its_branches_at_once() {
    let facts = History::new("r")
        .commit("a", &[], 0)
        .deploy("d1", "a", 0)
        .commit("p", &["a"], 1)
        .commit("q", &["a"], 2)
        .commit("s", &["a"], 3)
        .commit("o", &["a", "p", "q", "s"], 4)
        .deploy("d2", "o", 5)
        .model();
    assert_eq!(facts.carried(), ["d1: a", "d2: o p q s"]);
    assert_eq!(facts.leads(), ["a baseline", "p d2 4", "q d2 3", "s d2 2"]);
}

#[test]
fn a_cherry_pick_is_the_same_change_as_its_origin_delivered_by_whichever_came_first() {
    // b is fixed on main at 1; its pick k goes out from the release branch at 3, main with b at 6.
    let facts = History::new("r")
        .commit("a", &[], 0)
        .deploy("d1", "a", 0)
        .commit("b", &["a"], 1)
        .commit_as("k", &["a"], 2, |c| c.cherry_picked_from = vec![super::testing::sha("b")])
        .deploy("d2", "k", 3)
        .deploy("d3", "b", 6)
        .model();
    assert_eq!(facts.carried(), ["d1: a", "d2: k", "d3: b"]);
    assert_eq!(facts.leads(), ["a baseline", "b d2 2"]);
}

#[test]
fn a_pick_of_a_merge_delivers_all_that_the_merge_brought() {
    // M merges the branch f1, f2, on which h was picked as well, and the branch g; k picks it onto what was deployed.
    let facts = History::new("r")
        .commit("a", &[], 0)
        .deploy("d1", "a", 0)
        .commit("w", &["a"], 1)
        .commit("f1", &["a"], 1)
        .commit("f2", &["f1"], 2)
        .commit("g", &["a"], 2)
        .commit("h", &["w"], 1)
        .commit_as("p", &["f2"], 2, |c| c.cherry_picked_from = vec![super::testing::sha("h")])
        .commit("M", &["w", "p", "g"], 2)
        .commit_as("k", &["a"], 2, |c| c.cherry_picked_from = vec![super::testing::sha("M")])
        .deploy("d2", "k", 3)
        .deploy("d3", "M", 10)
        .model();
    assert_eq!(facts.leads(), ["a baseline", "f1 d2 2", "f2 d2 1", "g d2 1", "h d2 2", "w d3 9"]);
}

#[test]
fn a_pick_of_a_commit_that_is_not_known_is_a_change_of_its_own() {
    let facts = linear().commit_as("k", &["c"], 5, |c| c.cherry_picked_from = vec![super::testing::sha("gone")]);
    assert_eq!(facts.deploy("d3", "k", 6).model().leads()[3], "k d3 1");
}

#[test]
fn a_pick_of_a_pick_is_the_first_origin_and_picks_in_a_circle_are_changes_of_their_own() {
    let from = |of: &'static str| {
        move |c: &mut super::input::Commit<'static>| c.cherry_picked_from = vec![super::testing::sha(of)]
    };
    let facts = History::new("r")
        .commit("a", &[], 0)
        .deploy("d1", "a", 0)
        .commit("b", &["a"], 1)
        .commit_as("k", &["a"], 2, from("b"))
        .commit_as("l", &["a"], 3, from("k"))
        .commit_as("x", &["a"], 4, from("y"))
        .commit_as("y", &["x"], 5, from("x"))
        .deploy("d2", "l", 6)
        .deploy("d3", "y", 7)
        .model();
    assert_eq!(facts.leads(), ["a baseline", "b d2 5", "x d3 3", "y d3 2"]);
}

#[test]
fn a_tag_on_a_side_branch_carries_that_branch_alone() {
    let facts =
        linear().commit("s", &["a"], 5).deploy("d3", "s", 6).commit("e", &["c"], 7).deploy("d4", "e", 8).model();
    assert_eq!(facts.carried(), ["d1: a b", "d2: c", "d3: s", "d4: e"]);
    assert!(facts.failures().is_empty(), "a release from an older branch puts nothing back");
}

#[test]
fn deployments_count_in_the_order_in_which_they_finished() {
    // d2 of c began first and finished last.
    let facts = History::new("r")
        .commit("a", &[], 0)
        .deploy("d1", "a", 0)
        .commit("b", &["a"], 1)
        .commit("c", &["b"], 2)
        .deploy_as("d2", Some("c"), 9, |d| d.started_at = Some(3 * HOUR))
        .deploy_as("d3", Some("b"), 5, |d| d.started_at = Some(4 * HOUR))
        .model();
    assert_eq!(facts.carried(), ["d1: a", "d3: b", "d2: c"]);
    assert_eq!(facts.leads(), ["a baseline", "b d3 4", "c d2 7"]);
}

#[test]
fn deployments_that_finished_at_one_instant_count_by_their_start_then_by_their_id() {
    let started = |at: i64| move |d: &mut super::input::Deployment<'static>| d.started_at = Some(at * HOUR);
    let facts = History::new("r")
        .commit("a", &[], 0)
        .commit("b", &["a"], 1)
        .commit("c", &["b"], 2)
        .deploy_as("z", Some("a"), 5, started(3))
        .deploy_as("y", Some("c"), 5, started(4))
        .deploy_as("x", Some("b"), 5, started(4))
        .model();
    assert_eq!(facts.carried(), ["z: a", "x: b", "y: c"]);
}

#[test]
fn a_failed_deployment_between_two_good_ones_is_shown_and_carries_nothing() {
    let facts = History::new("r")
        .commit("a", &[], 0)
        .deploy("d1", "a", 0)
        .commit("b", &["a"], 1)
        .deploy_as("d2", Some("b"), 2, |d| d.status = "failed")
        .deploy("d3", "b", 4)
        .model();
    assert_eq!(facts.carried(), ["d1: a", "d2: ", "d3: b"]);
    assert_eq!(facts.leads(), ["a baseline", "b d3 3"]);
    assert_eq!(facts.deployment("d2").excluded(), Some("failed"));
    assert_eq!(facts.deployment("d3").previous_id, Some("d1"));
    assert!(facts.failures().is_empty());
}

#[test]
fn what_is_not_counted_says_why() {
    let with = |change: fn(&mut super::input::Deployment<'static>)| {
        let facts = linear().deploy_as("x", Some("c"), 9, change).model();
        facts.deployment("x").excluded()
    };
    assert_eq!(with(|_| ()), None);
    assert_eq!(with(|d| d.status = "cancelled"), Some("cancelled"));
    assert_eq!(with(|d| d.status = "running"), Some("running"));
    assert_eq!(with(|d| d.finished_at = None), Some("no finish time"));
    assert_eq!(with(|d| (d.is_production, d.environment) = (false, "staging")), Some("not production"));
}

#[test]
fn a_commit_in_two_deployments_counts_for_the_first_and_environments_are_separate() {
    let facts = History::new("r")
        .commit("a", &[], 0)
        .commit("b", &["a"], 1)
        .deploy_as("s1", Some("a"), 1, |d| (d.is_production, d.environment) = (false, "staging"))
        .deploy("d1", "a", 1)
        .deploy_as("s2", Some("b"), 2, |d| (d.is_production, d.environment) = (false, "staging"))
        .deploy("d2", "b", 4)
        .model();
    let mut carried = facts.carried();
    carried.sort();
    // The baseline of staging carried a as well, but is not listed: see `RepositoryModel::deployment_commits`.
    assert_eq!(carried, ["d1: a", "d2: b", "s1: ", "s2: b"]);
    assert_eq!(facts.deployment("s1").commits, 1);
    assert_eq!(facts.leads(), ["a baseline", "b d2 3"]);
    assert_eq!(facts.deployment("s2").previous_id, Some("s1"));
}

#[test]
fn of_two_production_environments_the_earlier_delivery_counts() {
    let eu = |d: &mut super::input::Deployment<'static>| d.environment = "eu";
    let facts = linear().deploy_as("e1", Some("b"), 2, eu).deploy_as("e2", Some("c"), 6, eu).model();
    assert_eq!(facts.leads(), ["a baseline", "b baseline", "c d2 1"]);
}

#[test]
fn a_new_production_environment_is_a_baseline_of_its_own_and_of_no_change() {
    // d1 of b at 2, e1 of c to a new environment at 3 h 30 min, d2 of c at 4.
    let eu = |d: &mut super::input::Deployment<'static>| {
        (d.environment, d.finished_at) = ("eu", Some(3 * HOUR + HOUR / 2));
    };
    let facts = linear().deploy_as("e1", Some("c"), 3, eu).model();
    assert_eq!(facts.leads(), ["a baseline", "b baseline", "c e1 0.5"]);
    assert!(facts.deployment("e1").is_baseline && facts.deployment("d1").is_baseline);
    assert_eq!(facts.carried(), ["d1: a b", "e1: a b c", "d2: c"]);
    // Nor does one that does not tell its SHA take what another environment's is known to carry.
    let facts = linear().deploy_as("e1", None, 3, eu).model();
    assert_eq!(facts.leads(), ["a baseline", "b baseline", "c d2 1"]);
}

fn blind() -> History {
    History::new("r")
        .commit("a", &[], 0)
        .commit("b", &["a"], 3)
        .commit("c", &["b"], 6)
        .commit("e", &["c"], 9)
        .deploy_as("d1", None, 1, |_| ())
        .deploy_as("d2", None, 6, |_| ())
        .deploy_as("d3", Some("unknown"), 8, |_| ())
}

#[test]
fn without_a_sha_time_tells_and_the_rows_say_so() {
    let facts = blind().model();
    assert_eq!(facts.carried(), ["d1: a", "d2: b c", "d3: "]);
    assert_eq!(facts.leads(), ["a baseline", "b d2 3", "c d2 0", "e not deployed"]);
    assert_eq!(facts.change("b").delivery.unwrap().lineage, Lineage::Time);
    assert_eq!(facts.deployment("d2").lineage, Some(Lineage::Time));
}

#[test]
fn time_delivers_what_came_to_the_default_branch_and_no_branch_that_was_never_merged() {
    // f was never merged; g was, by a pull request into the default branch that has not been read since.
    let history = || blind().commit("f", &["a"], 5).commit("g", &["c"], 7).commit("m", &["c", "g"], 8).main_at("e");
    let facts = history().model();
    assert_eq!(facts.carried(), ["d1: a", "d2: b c", "d3: "]);
    assert_eq!(facts.leads(), ["a baseline", "b d2 3", "c d2 0", "e not deployed", "f not deployed", "g not deployed"]);
    let facts = history().pull_request("pr", (7, 8), "m", &[("g", 7)]).model();
    assert_eq!(facts.carried(), ["d1: a", "d2: b c", "d3: g m"]);
    assert_eq!(facts.leads()[4..], ["f not deployed", "pr d3 1"]);
    // Where the branch stands at a commit that is not known, the ends of the history are all there is to go by.
    let facts = history().main_at("unknown").model();
    assert_eq!(facts.carried(), ["d1: a", "d2: b c f", "d3: g m"]);
}

#[test]
fn an_abbreviated_sha_is_the_one_commit_that_begins_with_it() {
    let facts = linear()
        .commit("longer", &["c"], 5)
        .deploy_as("d3", None, 6, |d| d.sha = Some(&super::testing::sha("longer")[..7]))
        .deploy_as("d4", None, 7, |d| d.sha = Some(&super::testing::sha("a")[..6]))
        .model();
    assert_eq!(facts.carried(), ["d1: a b", "d2: c", "d3: longer", "d4: "]);
    assert_eq!(facts.deployment("d3").lineage, Some(Lineage::Sha));
    assert_eq!(facts.leads()[3], "longer d3 1");
}

#[test]
fn of_two_rows_of_one_commit_one_gives_parents_and_all_else_whatever_their_order() {
    // Two sources tell of m: one cut its history off there, the other no longer has it.
    let history = linear()
        .commit("x", &["c"], 5)
        .commit_as("m", &["c", "x"], 6, |c| c.id = "m1")
        .commit_as("m", &[], 6, |c| c.id = "m2")
        .commit_as("m", &["b"], 6, |c| (c.id, c.is_gone) = ("m0", true))
        .deploy("d3", "m", 7);
    for history in [history.clone(), history.reversed()] {
        let facts = history.model();
        assert_eq!(facts.carried(), ["d1: a b", "d2: c", "d3: m x"]);
        assert_eq!(facts.leads(), ["a baseline", "b baseline", "c d2 1", "x d3 2"]);
    }
}

#[test]
fn what_a_sha_carries_is_never_given_to_time_and_the_first_known_sha_is_a_baseline_too() {
    let facts = History::new("r")
        .commit("a", &[], 0)
        .deploy_as("d1", None, 1, |_| ())
        .commit("b", &["a"], 2)
        .deploy_as("d2", None, 3, |_| ())
        .deploy("d3", "b", 4)
        .commit("c", &["b"], 5)
        .deploy("d4", "c", 6)
        .model();
    assert_eq!(facts.carried(), ["d1: ", "d2: ", "d3: a b", "d4: c"]);
    assert_eq!(facts.leads(), ["a baseline", "b baseline", "c d4 1"]);
}

#[test]
fn the_same_rows_in_any_order_give_the_same_facts_in_the_same_order() {
    let history = linear()
        .commit("x", &["c"], 5)
        .commit("m", &["c", "x"], 6)
        .pull_request("pr", (5, 6), "m", &[("x", 5)])
        .review("pr", "grace", 6)
        .commit_as("v", &["m"], 7, |c| c.reverts = vec![super::testing::sha("c")])
        .deploy("d3", "m", 8)
        .deploy_as("d4", None, 8, |_| ())
        .deploy("d5", "v", 9)
        .deploy("d6", "c", 9);
    let history = history.decide("o1", "x", Some("d5"), 20).decide("o2", "x", Some("d3"), 19);
    let (one, other) = (history.clone().model(), history.reversed().model());
    assert_eq!(one.deployments, other.deployments);
    assert_eq!(one.deployment_commits, other.deployment_commits);
    assert_eq!(one.changes, other.changes);
}
