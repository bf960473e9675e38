//! Golden histories of incidents: what caused them, and what they say of the deployment.

use super::Organisation;
use super::facts::{DeploymentFact, IncidentFact};
use super::input::{Incident, Override};
use super::testing::{HOUR, History, RepositoryFacts, decision, failures, incident, link, sha};

/// Deployments d1 of a at 10, and d2 of b at 20; a failed one at 22.
fn service() -> RepositoryFacts<'static> {
    History::new("r")
        .commit("a", &[], 9)
        .commit("b", &["a"], 19)
        .deploy("d1", "a", 10)
        .deploy("d2", "b", 20)
        .deploy_as("d3", Some("b"), 22, |d| d.status = "failed")
        .model()
}

fn of(
    incidents: Vec<Incident<'static>>,
    overrides: Vec<Override<'static>>,
) -> (Vec<DeploymentFact<'static>>, Vec<IncidentFact<'static>>) {
    link(vec![service()], incidents, overrides, Organisation::default())
}

fn links(facts: &[IncidentFact<'_>]) -> Vec<String> {
    let word = |text: Option<&str>| text.unwrap_or("-").to_owned();
    facts.iter().map(|f| format!("{} {} {}", f.incident.id, word(f.deployment_id), word(f.link_rule))).collect()
}

#[test]
fn an_incident_belongs_to_the_latest_deployment_that_finished_before_it() {
    let (deployments, facts) = of(vec![incident("i", "r", 23, Some(26))], vec![]);
    assert_eq!(links(&facts), ["i d2 window"]);
    assert_eq!(facts[0].link_window_seconds, Some(86400.0));
    assert_eq!(
        facts[0].link_reason,
        "It is the latest successful production deployment of the service within 24 h before the incident; it finished 3 h before."
    );
    assert_eq!(failures(&deployments), ["d2 incident i 6"]);
}

#[test]
fn a_deployment_that_finishes_at_the_instant_of_the_incident_did_not_finish_before_it() {
    assert_eq!(links(&of(vec![incident("i", "r", 20, None)], vec![]).1), ["i d1 window"]);
    let mut after = incident("i", "r", 20, None);
    after.began_at += 1;
    assert_eq!(links(&of(vec![after], vec![]).1), ["i d2 window"]);
    // Nothing finished before the first.
    assert_eq!(links(&of(vec![incident("i", "r", 10, None)], vec![]).1), ["i - -"]);
}

#[test]
fn an_incident_before_the_first_deployment_or_outside_of_the_window_is_not_linked() {
    let mut late = incident("late", "r", 44, Some(45));
    let (_, facts) = of(vec![incident("early", "r", 9, None), late.clone()], vec![]);
    assert_eq!(links(&facts), ["early - -", "late d2 window"], "the window includes its end");
    late.began_at += 1;
    let (deployments, facts) = of(vec![late], vec![]);
    assert_eq!(links(&facts), ["late - -"]);
    assert_eq!(
        facts[0].link_reason,
        "No successful production deployment of the service finished within 24 h before it began."
    );
    assert!(failures(&deployments).is_empty());
}

#[test]
fn of_two_incidents_at_once_recovery_is_the_last_resolved_and_one_that_is_open_keeps_it_open() {
    let (first, second) = (incident("i1", "r", 21, Some(23)), incident("i2", "r", 21, Some(29)));
    let (deployments, facts) = of(vec![second.clone(), first.clone()], vec![]);
    assert_eq!(links(&facts), ["i1 d2 window", "i2 d2 window"]);
    assert_eq!(failures(&deployments), ["d2 incident i1 9"]);
    let (deployments, _) = of(vec![first, incident("i2", "r", 21, None)], vec![]);
    assert_eq!(failures(&deployments), ["d2 incident i1 open"]);
    assert_eq!(deployments[1].failure.as_ref().unwrap().recovered_at, None);
}

#[test]
fn one_that_was_open_when_its_repository_or_project_went_is_open_no_more_and_tells_no_recovery() {
    let mut organisation = Organisation::default();
    organisation.goes("r");
    organisation.goes("shop");
    let in_project = Incident { project_id: Some("shop"), ..incident("i3", "s", 25, None) };
    let elsewhere = Incident { project_id: Some("till"), ..incident("i4", "s", 26, None) };
    let all = vec![incident("i1", "r", 21, Some(23)), incident("i2", "r", 22, None), in_project, elsewhere];
    let (deployments, facts) = link(vec![service()], all, vec![], organisation);
    let told =
        |f: &IncidentFact<'_>| (f.is_open, f.link_reason.ends_with("was deleted, so its recovery is not known."));
    assert_eq!(
        facts.iter().map(told).collect::<Vec<_>>(),
        [(false, false), (false, true), (false, true), (true, false)]
    );
    // Of the second incident nobody knows when it was resolved.
    assert_eq!(failures(&deployments), ["d2 incident i1 unknown"]);
}

#[test]
fn the_sha_or_deployment_that_the_source_names_comes_before_the_window() {
    let named = Incident { deployment_id: Some("d1"), ..incident("named", "r", 21, None) };
    let by_sha = Incident { caused_by_sha: Some(sha("a")), ..incident("sha", "r", 22, None) };
    let short = Incident { caused_by_sha: Some(&sha("a")[..8]), ..incident("short", "r", 23, None) };
    let dangling = Incident { deployment_id: Some("elsewhere"), ..incident("dangling", "r", 24, None) };
    let lost = Incident { caused_by_sha: Some(sha("nowhere")), ..incident("lost", "r", 25, None) };
    let (_, facts) = of(vec![named, by_sha, short, dangling, lost], vec![]);
    assert_eq!(links(&facts), ["named d1 explicit", "sha d1 sha", "short d1 sha", "dangling - -", "lost - -"]);
    assert_eq!(facts[3].link_reason, "Its source names deployment `elsewhere` as the cause, which is not in the lake.");
}

/// Two repositories that share the commits a and z. `r` deployed a alone, its fork both.
fn forked() -> Vec<RepositoryFacts<'static>> {
    let shared = |id| History::new(id).commit("a", &[], 1).commit("z", &["a"], 2);
    vec![shared("r").deploy("r1", "a", 5).model(), shared("fork").deploy("f1", "a", 3).deploy("f2", "z", 4).model()]
}

#[test]
fn a_commit_is_looked_for_in_the_incidents_own_service_and_not_in_a_fork() {
    let named =
        |id, repository, commit| Incident { caused_by_sha: Some(sha(commit)), ..incident(id, repository, 9, None) };
    let nowhere = |id, commit| Incident { repository_id: None, ..named(id, "", commit) };
    let incidents = vec![
        named("1", "r", "z"),
        named("2", "r", "a"),
        named("3", "fork", "z"),
        // Its service is not known: the fork alone deployed z, but both deployed a.
        nowhere("4", "z"),
        nowhere("5", "a"),
        Incident { project_id: Some("shop"), ..nowhere("6", "a") },
    ];
    let mut organisation = Organisation::default();
    organisation.scope("shop", "r");
    let (deployments, facts) = link(forked(), incidents, vec![], organisation);
    assert_eq!(links(&facts), ["1 - -", "2 r1 sha", "3 f2 sha", "4 f2 sha", "5 - -", "6 r1 sha"]);
    assert!(
        facts[0].link_reason.ends_with("no successful production deployment of its service is known to carry."),
        "{}",
        facts[0].link_reason
    );
    assert!(
        facts[4].link_reason.ends_with("which 2 repositories deployed, and not which of them failed."),
        "{}",
        facts[4].link_reason
    );
    assert_eq!(failures(&deployments), ["r1 incident 2 open", "f2 incident 3 open"]);
}

#[test]
fn an_abbreviated_sha_that_is_short_for_several_commits_links_nothing() {
    // The first eight digits of `same1` and `same2` are those of `same`.
    let service = || {
        History::new("r")
            .commit("same1", &[], 1)
            .commit("same2", &["same1"], 2)
            .deploy("d1", "same1", 3)
            .deploy("d2", "same2", 4)
            .model()
    };
    let named =
        |digits: usize| Incident { caused_by_sha: Some(&sha("same2")[..digits]), ..incident("i", "r", 9, None) };
    let of = |digits| link(vec![service()], vec![named(digits)], vec![], Organisation::default()).1;
    assert_eq!(links(&of(10)), ["i d2 sha"]);
    let short = of(8);
    assert_eq!(links(&short), ["i - -"]);
    assert!(short[0].link_reason.ends_with("as the cause, which is short for 2 commits."), "{}", short[0].link_reason);
    let shorter = of(6);
    assert_eq!(links(&shorter), ["i - -"]);
    assert!(shorter[0].link_reason.contains("too short to tell it from others"), "{}", shorter[0].link_reason);
}

#[test]
fn the_newest_decision_of_a_person_holds_over_everything_and_may_be_none() {
    let named = Incident { deployment_id: Some("d2"), ..incident("i", "r", 21, Some(22)) };
    let overrides = vec![decision("o2", "i", Some("d1"), 31), decision("o1", "i", None, 30)];
    let (deployments, facts) = of(vec![named.clone()], overrides.clone());
    assert_eq!(links(&facts), ["i d1 override"]);
    assert_eq!(facts[0].link_reason, "Grace decided that this deployment caused it.");
    assert_eq!(failures(&deployments), ["d1 incident i 12"]);
    // So it is in any order of the decisions.
    assert_eq!(of(vec![named.clone()], overrides.iter().rev().cloned().collect()).1, facts);

    let (deployments, facts) = of(vec![named.clone()], [overrides, vec![decision("o3", "i", None, 31)]].concat());
    assert_eq!(links(&facts), ["i - override"]);
    assert!(failures(&deployments).is_empty());
    let (_, facts) = of(vec![named], vec![decision("o", "i", Some("elsewhere"), 1)]);
    assert_eq!(links(&facts), ["i - override"]);
}

#[test]
fn an_incident_is_blamed_on_its_own_service_alone() {
    let other = History::new("other").commit("z", &[], 1).deploy("z1", "z", 21).model();
    let mut organisation = Organisation::default();
    organisation.scope("shop", "r");
    organisation.scope("shop", "quiet");
    organisation.owner("shop", "team:shop");
    let of_project = Incident { project_id: Some("shop"), ..incident("i", "", 23, None) };
    let of_project = Incident { repository_id: None, ..of_project };
    let nobody = Incident { repository_id: None, ..incident("j", "", 23, None) };
    let (_, facts) = link(vec![service(), other], vec![of_project, nobody], vec![], organisation);
    assert_eq!(links(&facts), ["i d2 window", "j - -"]);
    assert_eq!((facts[0].repository_id, facts[0].team_id), (Some("r"), Some("team:shop")));
    assert_eq!(facts[1].link_reason, "It names no deployment, and no repository belongs to its service.");
}

#[test]
fn a_rollback_that_was_made_to_fix_an_incident_links_it_to_what_it_undid() {
    // d2 fails; d3 of another commit follows at 25; the rollback at 30 was made for the incident, which began at 26.
    let facts = History::new("r")
        .commit("a", &[], 0)
        .commit("b", &["a"], 1)
        .deploy("d1", "a", 10)
        .deploy("d2", "b", 20)
        .deploy_as("d3", Some("a"), 30, |d| d.incident_id = Some("i"))
        .model();
    assert_eq!(facts.rework(), ["d3 incident"]);
    // Outside of the window: 24 h after d2 would be 44.
    let (deployments, facts) =
        link(vec![facts], vec![incident("i", "r", 50, Some(51))], vec![], Organisation::default());
    assert_eq!(links(&facts), ["i d2 explicit"]);
    assert_eq!(facts[0].link_reason, "Deployment `d3` was made to fix it, and undid this one.");
    assert_eq!(failures(&deployments), ["d2 incident i 31"]);
}

#[test]
fn an_incident_speaks_louder_than_the_history_and_without_it_the_history_speaks_again() {
    let history = || {
        History::new("r")
            .commit("a", &[], 0)
            .commit("b", &["a"], 1)
            .deploy("d1", "a", 10)
            .deploy("d2", "b", 20)
            .deploy("d3", "a", 21)
            .model()
    };
    let (mut deployments, _) =
        link(vec![history()], vec![incident("i", "r", 21, Some(28))], vec![], Organisation::default());
    assert_eq!(failures(&deployments), ["d2 incident i 8"]);
    super::incidents(
        &super::Incidents::default(),
        &mut deployments,
        Box::leak(Box::default()),
        &crate::Settings::default(),
    );
    assert_eq!(failures(&deployments), ["d2 rollback d3 1"]);
}

#[test]
fn a_deployment_that_never_succeeded_in_production_does_not_fail_in_the_sense_of_the_metrics() {
    let named = Incident { deployment_id: Some("d3"), ..incident("i", "r", 23, None) };
    let (deployments, facts) = of(vec![named], vec![]);
    assert_eq!(links(&facts), ["i d3 explicit"]);
    assert!(failures(&deployments).is_empty());
}

#[test]
fn a_recovery_before_the_deployment_finished_is_not_known() {
    let mut wrong = incident("i", "r", 19, Some(19));
    wrong.deployment_id = Some("d2");
    let (deployments, _) = of(vec![wrong], vec![]);
    assert_eq!(deployments[1].recovery_seconds(), None);
    assert_eq!(deployments[1].failure.as_ref().unwrap().recovered_at, Some(19 * HOUR));
}

/// c at 2 to 6 overtakes b at 1 to 9, and e at 11 to 12 causes an incident from 13 to 14.
fn overtaken(started: Option<i64>) -> (Vec<DeploymentFact<'static>>, Vec<IncidentFact<'static>>) {
    let at = |hour: i64| move |d: &mut super::input::Deployment<'static>| d.started_at = Some(hour * HOUR);
    let service = History::new("r")
        .commit("a", &[], 0)
        .deploy("d1", "a", 0)
        .commit("b", &["a"], 1)
        .commit("c", &["b"], 2)
        .commit("e", &["c"], 10)
        .deploy_as("d2", Some("b"), 9, |d| d.started_at = started.map(|hour| hour * HOUR))
        .deploy_as("d3", Some("c"), 6, at(2))
        .deploy_as("d4", Some("e"), 12, at(11))
        .model();
    link(vec![service], vec![incident("i", "r", 13, Some(14))], vec![], Organisation::default())
}

#[test]
fn a_deployment_that_was_overtaken_rolled_nothing_back_unless_it_started_after_the_other_had_finished() {
    let rework = |facts: &[DeploymentFact<'_>]| facts.iter().filter(|d| d.rework_rule.is_some()).count();
    // Four deployments: one failed (1/4), by the incident alone, and none is rework (0/4).
    let (deployments, _) = overtaken(Some(1));
    assert_eq!(deployments.iter().filter(|d| d.excluded().is_none()).count(), 4);
    assert_eq!((failures(&deployments), rework(&deployments)), (vec!["d4 incident i 2".to_owned()], 0));
    assert!(!deployments.iter().any(|d| d.is_rollback));
    // Started at 6, when c had finished, or at an unknown time: c was rolled back at 9.
    for started in [Some(6), None] {
        let (deployments, _) = overtaken(started);
        assert_eq!(
            (failures(&deployments), rework(&deployments)),
            (vec!["d3 rollback d2 3".to_owned(), "d4 incident i 2".to_owned()], 1)
        );
    }
}

#[test]
fn an_incident_that_was_resolved_before_it_began_fails_its_deployment_and_tells_no_recovery() {
    // d2 finished at 20; the first incident began at 23 and was resolved at 22.
    let (deployments, facts) = of(vec![incident("i1", "r", 23, Some(22)), incident("i2", "r", 24, Some(26))], vec![]);
    assert_eq!(failures(&deployments), ["d2 incident i1 unknown"]);
    let reason = "It was resolved before it began, so its recovery is not known.";
    assert_eq!(facts.iter().map(|f| f.link_reason.ends_with(reason)).collect::<Vec<_>>(), [true, false]);
    let (deployments, _) = of(vec![incident("i1", "r", 23, Some(22)), incident("i2", "r", 24, None)], vec![]);
    assert_eq!(failures(&deployments), ["d2 incident i1 open"]);
}

/// An incident of the service from 23 to 26, closed in a status with a resolution.
fn closed(status: &'static str, resolution: Option<&'static str>) -> Incident<'static> {
    Incident { status: Some(status), resolution, ..incident("i", "r", 23, Some(26)) }
}

#[test]
fn what_was_closed_without_having_been_an_incident_is_left_out_and_blames_no_deployment() {
    let left_out = |incident: Incident<'static>| {
        let (deployments, facts) = of(vec![incident], vec![]);
        (links(&facts), failures(&deployments), facts[0].excluded)
    };
    let none = (vec!["i - -".to_owned()], Vec::<String>::new(), Some("abandoned"));
    let one = (vec!["i d2 window".to_owned()], vec!["d2 incident i 6".to_owned()], None);
    for resolution in ["Duplicate", "duplicate", "Won't Fix", "not_planned", "Not a Bug", "FALSE ALARM"] {
        assert_eq!(left_out(closed("Closed", Some(resolution))), none, "{resolution}");
    }
    assert_eq!(left_out(closed("Cancelled", Some("Done"))), none);
    assert_eq!(left_out(closed("Cancelled", None)), none);
    for resolution in [Some("Fixed"), Some("completed"), None] {
        assert_eq!(left_out(closed("Closed", resolution)), one, "{resolution:?}");
    }
    // Nor does what its source names.
    let twin = closed("Closed", Some("Duplicate"));
    assert_eq!(left_out(Incident { deployment_id: Some("d1"), ..twin.clone() }), none);
    assert_eq!(left_out(Incident { caused_by_sha: Some(sha("a")), ..twin.clone() }), none);
    assert_eq!(
        of(vec![twin.clone()], vec![]).1[0].link_reason,
        "It was closed as `Duplicate`, so it does not count as an incident."
    );
    // While it is open, nobody knows.
    let open = left_out(Incident { resolved_at: None, ..closed("Cancelled", None) });
    assert_eq!(open, (one.0, vec!["d2 incident i open".to_owned()], None));
    // Another one beside it counts as ever.
    let (deployments, facts) = of(vec![twin, incident("j", "r", 23, Some(27))], vec![]);
    assert_eq!(
        (links(&facts).join(", "), failures(&deployments)),
        ("i - -, j d2 window".to_owned(), vec!["d2 incident j 7".to_owned()])
    );
}

#[test]
fn what_a_person_decided_to_be_caused_by_a_deployment_is_an_incident_however_it_was_closed() {
    let decided = |deployment: Option<&'static str>| {
        let (deployments, facts) =
            of(vec![closed("Closed", Some("Duplicate"))], vec![decision("o", "i", deployment, 30)]);
        (links(&facts).remove(0), failures(&deployments).join(", "), facts[0].excluded)
    };
    let told = |link: &str, failed: &str, excluded| (link.to_owned(), failed.to_owned(), excluded);
    assert_eq!(decided(Some("d1")), told("i d1 override", "d1 incident i 16", None));
    assert_eq!(decided(Some("elsewhere")), told("i - override", "", None));
    // That none did is what its source says, too.
    assert_eq!(decided(None), told("i - override", "", Some("abandoned")));
}

#[test]
fn what_was_made_to_fix_an_incident_that_was_none_is_rework_by_what_else_it_is_until_it_is_one_again() {
    // d3 puts a back, d4 calls itself a hotfix, and nothing but the incident says why d5 was made.
    let made = |kind| move |d: &mut super::input::Deployment<'static>| (d.incident_id, d.kind) = (Some("i"), kind);
    let history = History::new("r")
        .commit("a", &[], 0)
        .commit("b", &["a"], 1)
        .commit("c", &["b"], 31)
        .commit("e", &["c"], 41)
        .deploy("d1", "a", 10)
        .deploy("d2", "b", 20)
        .deploy_as("d3", Some("a"), 30, made(None))
        .deploy_as("d4", Some("c"), 40, made(Some("hotfix")))
        .deploy_as("d5", Some("e"), 50, made(None))
        .model();
    let of = |resolution| Incident { resolution: Some(resolution), ..incident("i", "r", 26, Some(27)) };
    let rework = |deployments: &[DeploymentFact<'_>]| {
        let of_each = deployments.iter().filter_map(|d| Some(format!("{} {}", d.deployment.id, d.rework_rule?)));
        of_each.collect::<Vec<_>>()
    };
    let (mut deployments, facts) = link(vec![history], vec![of("False alarm")], vec![], Organisation::default());
    assert_eq!(links(&facts), ["i - -"]);
    assert_eq!(rework(&deployments), ["d3 rollback", "d4 hotfix"]);
    assert_eq!(failures(&deployments), ["d2 rollback d3 10", "d3 hotfix d4 10"]);

    let settings = crate::Settings::default();
    let input = super::Incidents { incidents: vec![of("Fixed")], ..super::Incidents::default() };
    let facts = super::incidents(&input, &mut deployments, Box::leak(Box::default()), &settings);
    assert_eq!(links(&facts), ["i d2 explicit"]);
    assert_eq!(rework(&deployments), ["d3 incident", "d4 incident", "d5 incident"]);
    assert_eq!(failures(&deployments), ["d2 incident i 7", "d3 hotfix d4 10"]);
}

#[test]
fn what_put_an_older_state_back_too_late_is_no_rework_where_the_incident_was_none_unless_it_is_called_a_rollback() {
    // The window is seven days from 20 on.
    let rework = |kind| {
        let history = History::new("r")
            .commit("a", &[], 0)
            .commit("b", &["a"], 1)
            .deploy("d1", "a", 10)
            .deploy("d2", "b", 20)
            .deploy_as("d3", Some("a"), 20 + 7 * 24 + 1, |d| (d.incident_id, d.kind) = (Some("i"), kind))
            .model();
        let none = Incident { resolution: Some("False alarm"), ..incident("i", "r", 26, Some(27)) };
        let (deployments, _) = link(vec![history], vec![none], vec![], Organisation::default());
        assert!(failures(&deployments).is_empty() && deployments[2].is_rollback);
        deployments[2].rework_rule
    };
    assert_eq!((rework(None), rework(Some("rollback"))), (None, Some("rollback")));
}

#[test]
fn a_tenant_says_what_was_no_incident() {
    let (mut deployments, _) = of(vec![], vec![]);
    let mut link_of = |words: &[&str]| {
        let abandoned = words.iter().map(|word| crate::Pattern::new(*word).unwrap()).collect();
        let flow = crate::Flow { abandoned, ..crate::Flow::default() };
        let settings = crate::Settings { flow, ..crate::Settings::default() };
        let input =
            super::Incidents { incidents: vec![closed("Closed", Some("Drill"))], ..super::Incidents::default() };
        links(&super::incidents(&input, &mut deployments, Box::leak(Box::default()), &settings)).remove(0)
    };
    assert_eq!(link_of(&["duplicate"]), "i d2 window");
    assert_eq!(link_of(&["drill*"]), "i - -");
}
