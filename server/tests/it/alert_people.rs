//! What people do with an alert: they look after it, take that back, and say whose it is.

use crate::alerts::{HOUR, alerts, berlin, high, look, only, ruled, sees, states, told, track};
use crate::delivering::{next, work};
use crate::rest::{Server, run};
use crate::world::{SECOND, World, acme, on_both, refusal};
use pulse_server::alerts::{AlertState, Telling, Track};
use pulse_server::control::*;
use pulse_server::delivery::{Channel, DeliveryState};
use serde_json::json;

on_both! { World;
    who_looks_after_it_no_more_leaves_it_to_those_who_are_told_when_nobody_does
    whose_an_alert_is_is_told_that_and_what_becomes_of_it
    whose_an_alert_is_can_look_after_it_and_is_not_woken
    whose_one_of_many_is_hears_once_that_it_is_over
    who_may_look_after_it_no_more_is_told_nothing_more_of_it
}

async fn who_looks_after_it_no_more_leaves_it_to_those_who_are_told_when_nobody_does(world: World) {
    let up = json!({"after_seconds": 1800, "to": [{"mail": "boss@example.com"}]});
    let rule = ruled(&world, json!({"escalation": up})).await;
    sees(&world, &rule, 20.0).await;
    let (control, id) = (world.control(), only(&world).await.id);
    control.acknowledge_alert(&acme(), None, &id, "ada").await.unwrap();
    world.pass(1200 * SECOND);
    assert_eq!(sees(&world, &rule, 20.0).await, None, "nothing is waited for");
    let free = control.unacknowledge_alert(&acme(), None, &id, "ada").await.unwrap();
    assert_eq!((free.state, free.acknowledged_at, free.acknowledged_by), (AlertState::Firing, None, None));
    let queued = control.jobs(&acme(), None, Some(JobState::Queued), &Cursor::new(None, None).unwrap()).await.unwrap();
    assert!(queued.items.iter().any(|job| job.kind == ALERT), "a look is asked for: {:?}", queued.items);
    let twice = refusal(control.unacknowledge_alert(&acme(), None, &id, "ada").await);
    assert_eq!(twice, Refusal::AlertState(AlertState::Firing));
    // Others are told when they would have been, had nobody ever looked after it.
    assert_eq!(sees(&world, &rule, 20.0).await, Some(control.now() + 600 * SECOND));
    world.pass(600 * SECOND);
    for _ in 0..2 {
        sees(&world, &rule, 20.0).await;
    }
    assert_eq!(told(&world).await, ["[critical] Lead time (PAY)", "[critical] Not acknowledged: Lead time (PAY)"]);
    let expected = [AlertState::Firing, AlertState::Acknowledged, AlertState::Firing];
    assert_eq!(states(&world, &id).await, expected);
    assert!(matches!(refusal(control.unacknowledge_alert(&acme(), None, "x", "a").await), Refusal::Unknown { .. }));
}

/// Says whose an alert is.
async fn assign(world: &World, id: &str, to: &str) -> pulse_server::Result<Alert> {
    let (settings, base) = (berlin(), "https://pulse.example.com/".parse().unwrap());
    let telling = Telling { settings: &settings, base: &base };
    world.control().assign_alert(&acme(), None, id, (to, &world.ada.id), telling).await
}

async fn whose_an_alert_is_is_told_that_and_what_becomes_of_it(world: World) {
    let rule = ruled(&world, json!({"to": [{"mail": "ops@example.com"}]})).await;
    let grace = world.join("grace@example.com", &["operator"], Sees::Everything).await;
    let begun = world.control().now();
    look(&world, &rule, &high(&["pay"], begun)).await;
    let id = only(&world).await.id;
    world.pass(SECOND);
    for _ in 0..2 {
        let hers = assign(&world, &id, &grace.id).await.unwrap();
        assert_eq!((hers.assigned_to, hers.assigned_by), (Some(grace.id.clone()), Some(world.ada.id.clone())));
        assert_eq!((hers.state, hers.assigned_at), (AlertState::Firing, Some(begun + SECOND)));
    }
    assert_eq!(told(&world).await[1..], ["[critical] Assigned to you: Lead time (PAY)"], "once");
    let kept = only(&world).await;
    assert_eq!((kept.assigned_to.as_deref(), kept.assigned_at), (Some(grace.id.as_str()), Some(begun + SECOND)));
    world.pass(SECOND);
    look(&world, &rule, &high(&["pay", "shop"], begun)).await;
    assert_eq!(told(&world).await[2..], ["[critical] Also: Lead time (SHOP)"; 2], "by mail, and to Grace");
    // Ada takes it, gives it up, and it is Grace's again, who is told again.
    assert_eq!(assign(&world, &id, &world.ada.id).await.unwrap().assigned_to.as_deref(), Some(&*world.ada.id));
    for _ in 0..2 {
        let nobodys = world.control().unassign_alert(&acme(), None, &id).await.unwrap();
        assert_eq!((nobodys.assigned_to, nobodys.assigned_at, nobodys.assigned_by), (None, None, None));
    }
    assert_eq!(told(&world).await.len(), 4, "she knows that it is hers, and that it is no more");
    world.pass(SECOND);
    assign(&world, &id, &grace.id).await.unwrap();
    assert_eq!(told(&world).await[4..], ["[critical] Assigned to you: Lead time"]);
    world.pass(SECOND);
    look(&world, &rule, &[track("pay", &[(world.control().now(), Some(1.0))])]).await;
    assert_eq!(told(&world).await.len(), 7, "that it is over, by mail and to Grace");
    assert_eq!(refusal(assign(&world, &id, &grace.id).await), Refusal::AlertState(AlertState::Cleared));
    let over = refusal(world.control().unassign_alert(&acme(), None, &id).await);
    assert_eq!(over, Refusal::AlertState(AlertState::Cleared));
    let (_, steps) = world.control().alert(&acme(), None, &id).await.unwrap().unwrap();
    let reasons: Vec<_> = steps.iter().skip(1).take(5).map(|step| step.reason.as_str()).collect();
    assert_eq!(
        reasons,
        ["assigned", "joined by SHOP", "assigned", "assigned to nobody", "assigned"],
        "nobody is named"
    );
}

async fn whose_an_alert_is_can_look_after_it_and_is_not_woken(world: World) {
    // 2 April 2026, 02:00 in Berlin.
    let rule = ruled(&world, json!({"quiet": {"from": "22:00", "until": "07:00"}})).await;
    sees(&world, &rule, 20.0).await;
    let id = only(&world).await.id;
    let nothing = Sees::Only { teams: Default::default(), projects: Default::default() };
    let grace = world.join("grace@example.com", &["operator"], Sees::Everything).await;
    let viewer = world.join("viewer@example.com", &["viewer"], Sees::Everything).await;
    let stranger = world.join("stranger@example.com", &["operator"], nothing).await;
    for (user, why) in [("nobody", "not there"), (&*viewer.id, "alerts:manage"), (&*stranger.id, "see everything")] {
        let said = refusal(assign(&world, &id, user).await).to_string();
        assert!(said.contains(why) && said.contains("user"), "{said}");
    }
    let unknown = refusal(assign(&world, "x", &grace.id).await);
    assert!(matches!(unknown, Refusal::Unknown { .. }), "{unknown:?}");
    let asked_at = world.control().now();
    assign(&world, &id, &grace.id).await.unwrap();
    let jobs = world.control().jobs(&acme(), None, Some(JobState::Queued), &Cursor::new(None, None).unwrap()).await;
    let due: Vec<i64> = jobs.unwrap().items.iter().filter(|job| job.kind == DELIVER).map(|job| job.due_at).collect();
    assert_eq!(due, [asked_at + 5 * HOUR], "when the night is over");
    // Ada looks after it, and nobody was told of it: of its end Grace alone hears, whose it is.
    world.control().acknowledge_alert(&acme(), None, &id, &world.ada.id).await.unwrap();
    world.pass(SECOND);
    sees(&world, &rule, 1.0).await;
    let expected = ["[critical] Assigned to you: Lead time (PAY)", "[critical] Over: Lead time (PAY)"];
    assert_eq!(told(&world).await, expected);
}

async fn whose_one_of_many_is_hears_once_that_it_is_over(world: World) {
    let rule = ruled(&world, json!({"together": false})).await;
    let many = |value: f64| -> Vec<Track> {
        let now = world.control().now();
        (0..12).map(|n| track(&format!("r{n}"), &[(now, Some(value))])).collect()
    };
    look(&world, &rule, &many(20.0)).await;
    let grace = world.join("grace@example.com", &["operator"], Sees::Everything).await;
    let all = alerts(&world).await;
    for (alert, to) in all.iter().zip([&world.ada.id, &grace.id]) {
        assign(&world, &alert.id, to).await.unwrap();
    }
    assert_eq!(told(&world).await.len(), 2, "that twelve fire, and that one is Grace's");
    world.pass(SECOND);
    look(&world, &rule, &many(1.0)).await;
    // Ada hears it with the others, and Grace of hers alone.
    let hers = format!("[critical] Over: Lead time ({})", all[1].members[0].name);
    assert_eq!(told(&world).await[2..], ["[critical] Over: Lead time (12 at once)".to_owned(), hers]);
}

async fn who_may_look_after_it_no_more_is_told_nothing_more_of_it(world: World) {
    let rule = ruled(&world, json!({"to": [{"mail": "ops@example.com"}]})).await;
    let grace = world.join("grace@example.com", &["operator"], Sees::Everything).await;
    let begun = world.control().now();
    look(&world, &rule, &high(&["pay"], begun)).await;
    let id = only(&world).await.id;
    world.pass(SECOND);
    assign(&world, &id, &grace.id).await.unwrap();
    world.control().acknowledge_alert(&acme(), None, &id, &grace.id).await.unwrap();
    // From now on she sees nothing of what it is about.
    let nothing = Sees::Only { teams: Default::default(), projects: Default::default() };
    let change = MemberChange { sees: Some(nothing), ..Default::default() };
    world.control().change_member(&acme(), &world.owner().await, &grace.id, 1, change).await.unwrap();
    world.pass(SECOND);
    look(&world, &rule, &high(&["pay", "shop"], begun)).await;
    world.pass(SECOND);
    look(&world, &rule, &[track("pay", &[(world.control().now(), Some(1.0))])]).await;
    let told = told(&world).await;
    let expected = ["Lead time (PAY)", "Assigned to you: Lead time (PAY)", "Also: Lead time (SHOP)", "Over: Lead time"];
    let is_it = |(said, expected): (&String, &str)| said.starts_with(&format!("[critical] {expected}"));
    assert!(told.len() == expected.len() && told.iter().zip(expected).all(is_it), "{told:?}");
}

#[test]
fn what_was_held_back_in_the_night_goes_to_those_who_may_look_after_it_still() {
    run(async {
        let server = Server::start().await;
        let (world, control) = (&server.world, server.world.control());
        let rule = ruled(world, json!({"together": false, "quiet": {"from": "22:00", "until": "07:00"}})).await;
        look(world, &rule, &high(&["pay", "shop"], control.now())).await;
        let mut people = Vec::new();
        for (alert, email) in alerts(world).await.iter().zip(["grace@example.com", "eve@example.com"]) {
            let user = world.join(email, &["operator"], Sees::Everything).await;
            assign(world, &alert.id, &user.id).await.unwrap();
            people.push(user.id);
        }
        world.pass(SECOND);
        let well = ["pay", "shop"].map(|key| track(key, &[(control.now(), Some(1.0))]));
        look(world, &rule, &well).await;
        // In the same night Grace is let see nothing of it.
        let nothing = Sees::Only { teams: Default::default(), projects: Default::default() };
        let change = MemberChange { sees: Some(nothing), ..Default::default() };
        control.change_member(&acme(), &world.owner().await, &people[0], 1, change).await.unwrap();
        world.pass(6 * HOUR);
        let delivers = work(&server, None);
        while next(&server, &delivers).await.is_some() {}
        let all = control.deliveries(&acme(), None, &Cursor::new(None, None).unwrap()).await.unwrap().items;
        let became = |user: &String| {
            let to = Channel::Notification(user.clone());
            all.iter().filter(|one| one.channel == to).map(|one| one.state).collect::<Vec<_>>()
        };
        assert_eq!(became(&people[0]), [DeliveryState::Dead; 2], "that it was hers, and is over: {all:?}");
        assert_eq!(became(&people[1]), [DeliveryState::Delivered; 2]);
    });
}
