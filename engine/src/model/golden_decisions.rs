//! Golden histories of what people decided about lineage.

use super::facts::Lineage;
use super::testing::{History, linear};

/// d1 of b at 2, d2 of c at 4, d3 of e at 6.
fn three() -> History {
    linear().commit("e", &["c"], 5).deploy("d3", "e", 6)
}

#[test]
fn a_commit_is_carried_by_the_deployment_that_a_person_names() {
    let facts = three().decide("o", "c", Some("d3"), 9).model();
    assert_eq!(facts.carried(), ["d1: a b", "d2: ", "d3: c e"]);
    assert_eq!(facts.leads(), ["a baseline", "b baseline", "c d3 3", "e d3 1"]);
    assert_eq!(facts.change("c").delivery.unwrap().lineage, Lineage::Manual);
    let how: Vec<_> = facts.deployment_commits.iter().filter(|c| c.deployment_id == "d3").map(|c| c.lineage).collect();
    assert_eq!(how, [Lineage::Manual, Lineage::Sha]);
    let (d2, d3) = (facts.deployment("d2"), facts.deployment("d3"));
    assert_eq!((d2.commits, d2.lineage, d3.commits, d3.lineage), (0, None, 2, Some(Lineage::Sha)));
    // What a person says has a lead time even where the records begin.
    let facts = three().decide("o", "b", Some("d1"), 9).decide("p", "a", Some("d1"), 9).model();
    assert_eq!(facts.leads()[..2], ["a d1 2", "b d1 1"]);
    assert_eq!(facts.deployment("d1").lineage, Some(Lineage::Manual));
}

#[test]
fn a_commit_that_no_deployment_carried_was_not_deployed() {
    let facts = three().decide("o", "c", None, 9).model();
    assert_eq!(facts.carried(), ["d1: a b", "d2: ", "d3: e"]);
    assert_eq!(facts.leads(), ["a baseline", "b baseline", "c not deployed", "e d3 1"]);
    // The history of states is not what people decided on: going back from c to b is a rollback still.
    let facts = linear().decide("o", "c", None, 9).deploy("d3", "b", 6).model();
    assert_eq!(facts.failures(), ["d2 rollback d3 2"]);
}

#[test]
fn the_newest_decision_for_a_commit_and_an_environment_holds() {
    let history = three().decide("o1", "c", Some("d3"), 9).decide("o0", "c", None, 8);
    assert_eq!(history.clone().model().leads()[2], "c d3 3");
    assert_eq!(history.clone().decide("o2", "c", None, 9).model().leads()[2], "c not deployed");
    // One for a deployment or a commit that is not known changes nothing, nor does one for a deployment that failed.
    let failed = |h: History| h.deploy_as("f", Some("c"), 5, |d| d.status = "failed");
    let history = failed(history).decide("o3", "c", Some("elsewhere"), 10).decide("o4", "c", Some("f"), 11);
    assert_eq!(history.decide("o5", "nowhere", Some("d3"), 12).model().leads()[2], "c d3 3");
}

#[test]
fn a_decision_is_about_the_environment_of_its_deployment_or_about_all_of_production() {
    let to = |environment: &'static str, is_production| {
        move |d: &mut super::input::Deployment<'static>| (d.environment, d.is_production) = (environment, is_production)
    };
    let history = || {
        three()
            .deploy_as("e1", Some("b"), 2, to("eu", true))
            .deploy_as("e2", Some("e"), 7, to("eu", true))
            .deploy_as("s1", Some("b"), 2, to("staging", false))
            .deploy_as("s2", Some("c"), 3, to("staging", false))
    };
    let of = |history: History| {
        let facts = history.model();
        let carried = facts.carried();
        let of_c = carried.iter().filter(|line| line.split(' ').any(|name| name == "c")).cloned().collect::<Vec<_>>();
        (of_c.join(", "), facts.leads()[2].clone())
    };
    assert_eq!(of(history()), ("s2: c, d2: c, e2: c e".into(), "c d2 1".into()));
    assert_eq!(of(history().decide("o", "c", Some("d3"), 9)), ("s2: c, d3: c e, e2: c e".into(), "c d3 3".into()));
    assert_eq!(of(history().decide("o", "c", None, 9)), ("s2: c".into(), "c not deployed".into()));
    let both = history().decide("o", "c", None, 9).decide("p", "c", Some("e2"), 10);
    assert_eq!(of(both), ("s2: c, e2: c e".into(), "c e2 4".into()));
}

#[test]
fn a_decision_on_what_a_pull_request_became_is_about_the_pull_request() {
    let history = three()
        .commit("x", &["e"], 7)
        .commit("m", &["e", "x"], 8)
        .pull_request("pr", (7, 8), "m", &[("x", 7)])
        .deploy("d4", "m", 9)
        .deploy("d5", "m", 11);
    assert_eq!(history.clone().model().leads()[4], "pr d4 2");
    assert_eq!(history.clone().decide("o", "m", Some("d5"), 12).model().leads()[4], "pr d5 4");
    assert_eq!(history.decide("o", "m", None, 12).model().leads()[4], "pr not deployed");
}

#[test]
fn a_revert_speaks_against_the_deployment_that_a_person_named() {
    let history =
        three().commit_as("v", &["e"], 7, |c| c.reverts = vec![super::testing::sha("c")]).deploy("d4", "v", 8);
    assert_eq!(history.clone().model().failures(), ["d2 revert v 4"]);
    assert_eq!(history.decide("o", "c", Some("d3"), 9).model().failures(), ["d3 revert v 2"]);
}
