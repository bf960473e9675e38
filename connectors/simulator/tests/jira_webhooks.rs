//! The events that an advancing world makes in Jira.

use pulse_simulator::webhooks::{JiraDelivery, sign};
use pulse_simulator::world::jira::{Resolution, Status};
use pulse_simulator::{Size, World};
use serde_json::json;
use std::collections::BTreeSet;

fn deliveries(days: i64) -> Vec<JiraDelivery> {
    let mut world = World::at_start(9, Size { people: 8, ..Size::tiny() });
    world.listening = true;
    world.advance(days);
    assert!(world.deliveries.iter().all(|d| !d.event.contains("jira")), "GitHub's are apart");
    world.jira.deliveries
}

#[test]
fn every_kind_of_jiras_events_tells_what_it_is_about() {
    let mut kinds = BTreeSet::new();
    for delivery in deliveries(45) {
        let payload = &delivery.payload;
        assert_eq!(payload["webhookEvent"], delivery.event);
        assert_eq!(payload["timestamp"], delivery.at.timestamp_millis());
        if delivery.event.starts_with("sprint_") {
            assert!(payload["sprint"]["originBoardId"].is_i64(), "{payload}");
        } else {
            assert!(payload["issue"]["fields"]["status"]["name"].is_string(), "{payload}");
            assert!(payload["user"]["accountId"].is_string());
        }
        kinds.insert(delivery.event);
    }
    let expected = [
        "comment_created",
        "jira:issue_created",
        "jira:issue_deleted",
        "jira:issue_updated",
        "sprint_closed",
        "sprint_created",
        "sprint_started",
        "sprint_updated",
    ];
    assert_eq!(kinds.into_iter().collect::<Vec<_>>(), expected);
}

#[test]
fn an_update_tells_its_changes_and_what_the_issue_is_then() {
    let all = deliveries(20);
    let moved = all.iter().filter(|d| d.event == "jira:issue_updated").find_map(|d| {
        let items = d.payload["changelog"]["items"].as_array()?;
        Some((d, items.iter().find(|i| i["field"] == "status")?))
    });
    let (delivery, item) = moved.unwrap();
    assert_eq!(item["toString"], delivery.payload["issue"]["fields"]["status"]["name"]);
    assert!(delivery.payload["issue"]["fields"]["description"].is_string(), "webhooks tell plain texts");
}

#[test]
fn an_issue_that_is_closed_tells_how_and_so_do_its_changes() {
    let mut world = World::at_start(9, Size::tiny());
    world.advance(3);
    let open = world.jira.issues.values().find(|issue| !issue.is_done()).unwrap().id;
    world.listening = true;
    let closed = world.edit_jira_issue(open, "nobody", |fields| {
        (fields.resolution, fields.status) = (Some(Resolution::WontDo), Status::Done);
    });
    closed.unwrap();
    let payload = &world.jira.deliveries.last().unwrap().payload;
    assert_eq!(payload["issue"]["fields"]["resolution"]["name"], "Won't Do");
    let items = payload["changelog"]["items"].as_array().unwrap();
    let item = items.iter().find(|item| item["field"] == "resolution").unwrap();
    assert_eq!(json!([item["fromString"], item["toString"]]), json!([null, "Won't Do"]));
}

#[test]
fn jiras_deliveries_are_in_order_and_each_has_an_id_of_its_own() {
    let all = deliveries(20);
    assert!(all.is_sorted_by_key(|d| d.at));
    assert_eq!(all.iter().map(|d| &d.id).collect::<BTreeSet<_>>().len(), all.len());
}

#[test]
fn a_request_of_jira_is_signed_over_the_body_that_is_sent() {
    let all = deliveries(2);
    let (headers, body) = all[0].request("secret");
    let value = |name: &str| headers.iter().find(|(n, _)| *n == name).map(|(_, v)| v.clone());
    assert_eq!(value("X-Hub-Signature"), Some(sign(b"secret", body.as_bytes())));
    assert_eq!(value("X-Atlassian-Webhook-Identifier"), Some(all[0].id.clone()));
}
