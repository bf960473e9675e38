//! The events that an advancing world makes.

use pulse_simulator::webhooks::{Delivery, sign};
use pulse_simulator::{Size, World};
use std::collections::BTreeSet;

fn deliveries(days: i64) -> Vec<Delivery> {
    let mut world = World::at_start(9, Size { people: 10, repositories: 3, ..Size::tiny() });
    world.listening = true;
    world.advance(days);
    world.deliveries
}

#[test]
fn every_kind_of_event_comes_with_its_repository() {
    let mut kinds = BTreeSet::new();
    for delivery in deliveries(110) {
        let payload = &delivery.payload;
        let full_name = payload["repository"]["full_name"].as_str().unwrap();
        assert!(full_name.starts_with("acme/") && payload["repository"]["id"].is_i64(), "{}", delivery.event);
        assert!(payload["sender"]["login"].is_string(), "{}: {payload}", delivery.event);
        assert!(payload["action"].is_string() || delivery.event == "push");
        kinds.insert(delivery.event);
    }
    let expected = [
        "deployment",
        "deployment_status",
        "issues",
        "milestone",
        "pull_request",
        "pull_request_review",
        "push",
        "release",
        "repository",
        "workflow_run",
    ];
    assert_eq!(kinds.into_iter().collect::<Vec<_>>(), expected);
}

#[test]
fn what_happened_to_a_pull_request_can_be_told_from_its_events() {
    let all = deliveries(40);
    let of = |action: &str| {
        let events = all.iter().filter(|d| d.event == "pull_request" && d.payload["action"] == action);
        events.map(|d| d.payload["pull_request"]["id"].as_i64().unwrap()).collect::<BTreeSet<_>>()
    };
    assert!(!of("closed").is_empty());
    assert!(of("closed").is_subset(&of("opened")));
    assert!(of("synchronize").is_subset(&of("opened")));
    let merged = all.iter().find(|d| d.payload["pull_request"]["merged"] == true && d.payload["action"] == "closed");
    let sha = merged.unwrap().payload["pull_request"]["merge_commit_sha"].as_str().unwrap();
    assert!(all.iter().any(|d| d.event == "push" && d.payload["after"] == sha), "the merge is a push to main, too");
}

#[test]
fn deliveries_are_in_order_and_each_has_an_id_of_its_own() {
    let all = deliveries(40);
    assert!(all.is_sorted_by_key(|d| d.at));
    assert_eq!(all.iter().map(|d| &d.id).collect::<BTreeSet<_>>().len(), all.len());
}

#[test]
fn a_request_is_signed_over_the_body_that_is_sent() {
    let all = deliveries(3);
    let (headers, body) = all[0].request("secret");
    let signature = headers.iter().find(|(name, _)| *name == "X-Hub-Signature-256").map(|(_, value)| value.clone());
    assert_eq!(signature, Some(sign(b"secret", body.as_bytes())));
}

#[test]
fn a_world_that_nobody_listens_to_makes_no_deliveries() {
    let mut world = World::at_start(9, Size::tiny());
    world.advance(20);
    assert!(world.deliveries.is_empty());
}
