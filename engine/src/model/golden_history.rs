//! Golden histories of failures and repairs that no incident tells of.

use super::testing::{History, linear};

#[test]
fn deploying_the_same_commit_again_carries_nothing_and_puts_nothing_back() {
    let facts = linear().deploy("d3", "c", 5).model();
    assert_eq!(facts.carried(), ["d1: a b", "d2: c", "d3: "]);
    assert_eq!((facts.deployment("d3").is_rollback, facts.deployment("d3").lineage), (false, None));
    assert!(facts.failures().is_empty());
}

#[test]
fn redeploying_an_old_commit_is_a_rollback_of_the_one_before_and_going_forward_again_is_none() {
    let facts = linear().deploy("d3", "b", 7).deploy("d4", "c", 9).model();
    assert_eq!(facts.carried(), ["d1: a b", "d2: c", "d3: ", "d4: "]);
    assert_eq!(facts.failures(), ["d2 rollback d3 3"]);
    assert_eq!(facts.rework(), ["d3 rollback"]);
    assert_eq!(facts.deployment("d3").repairs_id, Some("d2"));
    assert!(!facts.deployment("d4").is_rollback);
}

#[test]
fn a_state_between_two_deployments_is_older_than_the_later_of_them() {
    // d2 carries b and c at once; d3 then deploys b, which was delivered with c and committed before it.
    let facts = History::new("r")
        .commit("a", &[], 0)
        .commit("b", &["a"], 1)
        .commit("c", &["b"], 2)
        .deploy("d1", "a", 0)
        .deploy("d2", "c", 3)
        .deploy("d3", "b", 4)
        .model();
    assert_eq!(facts.failures(), ["d2 rollback d3 1"]);
}

#[test]
fn a_parent_is_older_than_its_child_whatever_their_clocks_say() {
    let history = |b, c| {
        History::new("r")
            .commit("a", &[], 0)
            .deploy("d1", "a", 0)
            .commit("b", &["a"], b)
            .commit("c", &["b"], c)
            .deploy("d2", "c", 3)
            .deploy("d3", "b", 4)
    };
    // Rebased together, they were committed within one second.
    assert_eq!(history(2, 2).model().failures(), ["d2 rollback d3 1"]);
    // The parent's clock was ahead: d3 puts b back, and d4 goes forward to c again.
    let facts = history(3, 2).deploy("d4", "c", 5).model();
    assert_eq!(facts.failures(), ["d2 rollback d3 1"]);
    assert_eq!(facts.rework(), ["d3 rollback"]);
}

#[test]
fn a_tag_on_an_older_line_is_a_maintenance_release_unless_that_very_commit_was_released_before() {
    // d2 carries b and c; the tags d3 (of b) and d4 (of a, as d1) come later.
    let tag = |d: &mut super::input::Deployment<'static>| d.inferred_from = Some("tag");
    let history = History::new("r")
        .commit("a", &[], 0)
        .commit("b", &["a"], 1)
        .commit("c", &["b"], 2)
        .deploy_as("d1", Some("a"), 0, tag)
        .deploy_as("d2", Some("c"), 3, tag)
        .deploy_as("d3", Some("b"), 4, tag);
    assert!(history.clone().model().failures().is_empty());
    assert_eq!(history.deploy_as("d4", Some("a"), 6, tag).model().failures(), ["d3 rollback d4 2"]);
}

#[test]
fn a_rollback_by_name_needs_no_sha() {
    let facts = linear().deploy_as("d3", None, 6, |d| d.kind = Some("rollback")).model();
    assert_eq!(facts.failures(), ["d2 rollback d3 2"]);
}

#[test]
fn a_rollback_after_the_repair_window_fails_nothing() {
    // The window is seven days, and includes its end.
    let (end, after) = (4 + 7 * 24, 4 + 7 * 24 + 1);
    assert_eq!(linear().deploy("d3", "b", end).model().failures(), ["d2 rollback d3 168"]);
    let facts = linear().deploy("d3", "b", after).model();
    assert!(facts.failures().is_empty() && facts.rework().is_empty());
    assert!(facts.deployment("d3").is_rollback);
}

#[test]
fn a_hotfix_by_name_fails_the_one_before() {
    let facts = linear().commit("e", &["c"], 5).deploy_as("d3", Some("e"), 6, |d| d.kind = Some("hotfix")).model();
    assert_eq!(facts.failures(), ["d2 hotfix d3 2"]);
    assert_eq!(facts.rework(), ["d3 hotfix"]);
}

#[test]
fn a_revert_fails_the_deployment_that_first_carried_what_it_reverts() {
    let facts = linear()
        .commit("e", &["c"], 5)
        .deploy("d3", "e", 6)
        .commit_as("v", &["e"], 7, |c| c.reverts = vec![super::testing::sha("c")])
        .deploy("d4", "v", 10)
        // Putting it back in says nothing against d4.
        .commit_as("w", &["v"], 11, |c| c.reverts = vec![super::testing::sha("v")])
        .deploy("d5", "w", 12);
    let again = facts.clone().commit_as("z", &["w"], 13, |c| c.reverts = vec![super::testing::sha("w")]);
    let facts = facts.model();
    assert_eq!(facts.failures(), ["d2 revert v 6"]);
    assert_eq!(facts.rework(), ["d4 revert"]);
    assert_eq!(facts.deployment("d4").repairs_id, Some("d2"));
    // Taking that back again says something against d5.
    let again = again.deploy("d6", "z", 15).model();
    assert_eq!(again.failures(), ["d2 revert v 6", "d5 revert z 3"]);
    assert_eq!(again.rework(), ["d4 revert", "d6 revert"]);
}

#[test]
fn a_revert_of_a_squash_whose_commits_took_each_other_back_fails_the_deployment_of_the_squash() {
    let reverting =
        |of: &'static str| move |c: &mut super::input::Commit<'static>| c.reverts = vec![super::testing::sha(of)];
    // s is x and y in one, and says what y said: that it takes back that commit.
    let squashed = |of: &'static str| {
        linear()
            .commit_as("s", &["c"], 5, reverting(of))
            .pull_request("pr", (4, 5), "s", &[("x", 4), ("y", 4)])
            .deploy("d3", "s", 6)
            .commit_as("v", &["s"], 7, reverting("s"))
            .deploy("d4", "v", 10)
            .model()
    };
    let own = squashed("x");
    assert_eq!(own.failures(), ["d3 revert v 4"]);
    assert_eq!(own.rework(), ["d4 revert"]);
    // Where it takes back c, which d2 first carried, it is a revert, and v puts c back in.
    let earlier = squashed("c");
    assert_eq!(earlier.failures(), ["d2 revert s 2"]);
    assert_eq!(earlier.rework(), ["d3 revert"]);
}

#[test]
fn a_revert_of_the_merge_of_a_revert_puts_back_in_what_that_took_out() {
    let reverting =
        |of: &'static str| move |c: &mut super::input::Commit<'static>| c.reverts = vec![super::testing::sha(of)];
    // y takes back c; m merges it and says so by the title of its pull request alone.
    let merged = |title: &'static str| {
        linear()
            .commit_as("y", &["c"], 5, reverting("c"))
            .commit("m", &["c", "y"], 5)
            .pull_request("pr", (4, 5), "m", &[("y", 5)])
            .but(|p| p.title = Some(title))
            .deploy("d3", "m", 6)
            .commit_as("v", &["m"], 7, reverting("m"))
            .deploy("d4", "v", 10)
            .model()
    };
    let revert = merged("Revert \"Faster carts\"");
    assert_eq!(revert.failures(), ["d2 revert y 2"]);
    assert_eq!(revert.rework(), ["d3 revert"]);
    // Of one that says something else, the change is what is taken back.
    let change = merged("Slower carts");
    assert_eq!(change.failures(), ["d2 revert y 2", "d3 revert v 4"]);
    assert_eq!(change.rework(), ["d3 revert", "d4 revert"]);
}

#[test]
fn a_revert_of_what_the_baseline_carried_or_of_its_own_deployment_fails_nothing() {
    let revert =
        |of: &'static str| move |c: &mut super::input::Commit<'static>| c.reverts = vec![super::testing::sha(of)];
    let facts = linear()
        .commit_as("v", &["c"], 5, revert("a"))
        .commit("x", &["v"], 6)
        .commit_as("w", &["x"], 7, revert("x"))
        .deploy("d3", "w", 8)
        .model();
    assert!(facts.failures().is_empty() && facts.rework().is_empty());
}
