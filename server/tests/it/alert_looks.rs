//! What a look at alert rules leads to: who is told of what in which words, and when somebody looks again.

use crate::alerting::{self, APRIL};
use crate::alerts::{HOUR, alerts, berlin, high, look, only, parcel, ruled, sees, told, track};
use crate::delivering::asked;
use crate::rest::run;
use crate::world::{DAY, PASSWORD, SECOND, World, acme, from, on_both};
use pulse_engine::land::{Page, Payload};
use pulse_engine::{Settings, TenantId};
use pulse_server::alerts::{Seen, Telling, Track, Verdict};
use pulse_server::control::*;
use pulse_server::jobs::steps;
use reqwest::Method;
use serde_json::{Value, json};
use std::collections::BTreeSet;

on_both! { World;
    what_joins_is_told_once_it_has_held_also_where_nothing_is_known_but_how_it_is_now
    what_goes_on_is_so_since_it_began_whatever_happened_to_it_last
    a_history_opens_what_its_alert_does_also_when_that_is_another_period
    what_is_next_is_a_sentence_however_it_was_written
    what_was_missed_is_history_also_where_its_rule_was_worded_anew_meanwhile
    all_clocks_that_are_due_at_one_instant_ask_for_their_looks
    the_last_rules_that_are_settled_set_the_clock_and_whoever_lost_the_job_does_not
}

async fn what_joins_is_told_once_it_has_held_also_where_nothing_is_known_but_how_it_is_now(world: World) {
    let rule = ruled(&world, json!({"for_seconds": 3600})).await;
    // As projects' risks and rows are seen: since now, whenever somebody looks.
    let now_high = async |keys: &[&str]| look(&world, &rule, &high(keys, world.control().now())).await;
    now_high(&["pay"]).await;
    world.pass(HOUR);
    now_high(&["pay"]).await;
    assert_eq!(told(&world).await, ["[critical] Lead time (PAY)"]);
    let joined = world.control().now();
    assert_eq!(now_high(&["pay", "shop"]).await, Some(joined + HOUR));
    world.pass(HOUR / 2);
    assert_eq!(now_high(&["pay", "shop"]).await, Some(joined + HOUR), "its time goes on");
    world.pass(HOUR / 2);
    now_high(&["pay", "shop"]).await;
    assert_eq!(told(&world).await[1..], ["[critical] Also: Lead time (SHOP)"]);
    let since = only(&world).await.members.into_iter().map(|member| (member.key, member.since));
    assert_eq!(since.collect::<Vec<_>>(), [("pay".to_owned(), joined - HOUR), ("shop".to_owned(), joined)]);
    // What left it and comes again is so since then.
    world.pass(HOUR);
    now_high(&["pay"]).await;
    let again = world.control().now();
    now_high(&["pay", "shop"]).await;
    assert_eq!(only(&world).await.members[1].since, again);
    assert_eq!(told(&world).await.len(), 2);
}

async fn what_goes_on_is_so_since_it_began_whatever_happened_to_it_last(world: World) {
    let rule = ruled(&world, json!({"condition": {"connection": {"unread_hours": 2200}}})).await;
    let begun = world.control().now();
    look(&world, &rule, &high(&["hub"], begun)).await;
    // Once it is forgotten when it was read, it is known to be so since later and later.
    for _ in 0..2 {
        world.pass(HOUR);
        look(&world, &rule, &high(&["hub"], world.control().now() - 60 * SECOND)).await;
    }
    let alert = only(&world).await;
    assert_eq!((alert.since, alert.members[0].since), (begun, begun));
}

async fn a_history_opens_what_its_alert_does_also_when_that_is_another_period(world: World) {
    let (rule, begun) = (ruled(&world, json!({})).await, world.control().now());
    let marks = async |from: &str| {
        world.pass(SECOND);
        let evidence = format!("/api/v1/metrics/change_lead_time/evidence?from={from}");
        look(&world, &rule, &[Track { evidence, ..track("pay", &[(begun, Some(20.0))]) }]).await;
        world.control().alert_marks(&acme()).await.unwrap()
    };
    let first = marks("2026-03-01").await;
    assert_eq!(marks("2026-03-01").await, first, "it is as it was, and nothing is written anew");
    let next = marks("2026-04-01").await;
    assert_eq!((next[0], next[1] > first[1]), (first[0], true), "it came through no other state");
}

async fn what_is_next_is_a_sentence_however_it_was_written(world: World) {
    let say = "Say on its page that you look after it.";
    let sentences = [
        ("Look at the reviews that wait", "Next: Look at the reviews that wait. "),
        ("Look at the reviews. Ask Ada!\n", "Next: Look at the reviews. Ask Ada! "),
        (" ", "Next: look at what is behind it. "),
    ];
    for (next, said) in sentences {
        let rule = ruled(&world, json!({"next": next, "to": [{"mail": "ops@example.com"}]})).await;
        sees(&world, &rule, 20.0).await;
        let text = parcel(&world).await.text;
        assert!(text.contains(&format!("{said}{say}\n")), "{text}");
        sees(&world, &rule, 1.0).await;
        parcel(&world).await;
        world.pass(SECOND);
    }
}

async fn what_was_missed_is_history_also_where_its_rule_was_worded_anew_meanwhile(world: World) {
    let other = json!({"metric": {"metric": "change_lead_time", "test": {"above": 11.0}}});
    let changes = [
        (json!({"title": "Slow", "next": "Ask Ada", "severity": "info"}), 1),
        (json!({"to": []}), 2),
        // What would have been seen otherwise is gone through by what the rule says now no more.
        (json!({"for_seconds": 60}), 2),
        (json!({"clear": {"at": 8.0}}), 2),
        (json!({"condition": other}), 2),
    ];
    for (mut change, known) in changes {
        change["together"] = json!(false);
        let rule = ruled(&world, json!({"together": false})).await;
        let begun = world.control().now();
        look(&world, &rule, &[track("pay", &[(begun, Some(5.0))])]).await;
        // Nobody looked for three weeks, in the first of which it was high.
        world.pass(21 * DAY);
        let rule = ruled(&world, change.clone()).await;
        let seen = [(0, 5.0), (7, 20.0), (14, 5.0), (20, 5.0)].map(|(day, value)| (begun + day * DAY, Some(value)));
        look(&world, &rule, &[track("pay", &seen)]).await;
        assert_eq!(alerts(&world).await.len(), known, "{change}");
    }
    assert!(told(&world).await.is_empty());
}

async fn all_clocks_that_are_due_at_one_instant_ask_for_their_looks(world: World) {
    let control = world.control();
    let limits = Limits { tenant: 100, kinds: Vec::new(), known: vec![ALERT.to_owned()] };
    for n in 0..130 {
        let id = TenantId::new(&format!("t{n}")).unwrap();
        control.create_tenant(&id, "t", "UTC").await.unwrap();
        control.trigger(&id, &Trigger::new(ALERT, ""), "test").await.unwrap();
        let at = control.claim("w", &limits).await.unwrap().unwrap();
        control.set_alert_clock(&at, Some(control.now() + HOUR)).await.unwrap();
        assert!(control.finish(&at, &Outcome::Done(Vec::new())).await.unwrap());
    }
    world.pass(HOUR);
    let (one, other) = tokio::join!(control.tick_alerts(), control.tick_alerts());
    assert_eq!(one.unwrap() + other.unwrap(), 130, "each by one of those who ask");
    assert_eq!(control.tick_alerts().await.unwrap(), 0);
}

async fn the_last_rules_that_are_settled_set_the_clock_and_whoever_lost_the_job_does_not(world: World) {
    let (control, rule) = (world.control(), ruled(&world, json!({"for_seconds": 3600})).await);
    let begun = async || {
        control.trigger(&acme(), &Trigger::new(ALERT, ""), "test").await.unwrap();
        let limits = Limits { tenant: 100, kinds: Vec::new(), known: vec![ALERT.to_owned()] };
        control.claim("w", &limits).await.unwrap().unwrap()
    };
    let (settings, base) = (berlin(), "https://pulse.example.com/".parse().unwrap());
    let settled = async |job: &Job, others: Option<i64>| {
        let now = control.now();
        let none = Seen { at: now, value: None, verdict: Verdict::Clear };
        let watches = [Watch { rule: rule.clone(), tracks: high(&["pay"], now), none }];
        let telling = Telling { settings: &settings, base: &base };
        let others = Some(LooksNext(others));
        control.settle_rules(&Settling { job, watches: &watches, others, telling }).await.unwrap()
    };
    let is_due = async || control.tick_alerts().await.unwrap() == 1;
    let job = begun().await;
    let first = control.now();
    assert_eq!(settled(&job, Some(first + 2 * HOUR)).await, Some(first + HOUR), "it fires then");
    assert!(control.finish(&job, &Outcome::Done(Vec::new())).await.unwrap());
    world.pass(HOUR - 1);
    assert!(!is_due().await);
    world.pass(1);
    assert!(is_due().await);
    // Those that were settled before it come first.
    let job = begun().await;
    assert_eq!(settled(&job, Some(control.now() + SECOND)).await, None);
    world.pass(SECOND);
    assert!(control.finish(&job, &Outcome::Done(Vec::new())).await.unwrap() && is_due().await);
    let lost = begun().await;
    for pulse in control.pulses().await.unwrap() {
        assert!(control.give_up(&pulse).await.unwrap());
    }
    assert_eq!(settled(&lost, Some(control.now() + SECOND)).await, None);
    world.pass(60 * SECOND);
    assert!(!is_due().await, "that look is asked for, and says when the next is");
}

#[test]
fn the_history_in_the_lake_says_when_people_were_told_and_when_others_were_since_nobody_looked_after_it() {
    run(async {
        let (server, _lake) = alerting::start().await;
        // It is two in the morning.
        let mut rule = alerting::lead_time(json!({"above": 1}));
        let ada = json!([{"notification": server.world.ada.id}]);
        rule["to"] = ada.clone();
        rule["quiet"] = json!({"from": "22:00", "until": "07:00"});
        rule["escalation"] = json!({"after_seconds": 3600, "to": ada});
        assert_eq!(alerting::set(&server, "lead", rule).await.status(), 200);
        let told = async || {
            assert_eq!(alerting::look(&server).await, Outcome::Done(Vec::new()));
            let sql =
                "SELECT state, count(told_at) AS told, count(escalated_at) AS others FROM facts.alerts GROUP BY state";
            let rows = server.engine.tenant(&acme()).sql(sql).await.unwrap();
            let table = arrow::util::pretty::pretty_format_batches(&rows).unwrap().to_string();
            table.lines().nth(3).unwrap().replace(' ', "")
        };
        assert_eq!(told().await, "|firing|0|0|");
        server.world.pass(6 * HOUR);
        assert_eq!(told().await, "|firing|1|0|");
        server.world.pass(HOUR);
        assert_eq!(told().await, "|firing|1|1|");
    });
}

#[test]
fn rules_of_several_who_see_the_same_ask_the_lake_no_more_than_those_of_one_and_who_sees_less_sees_less() {
    run(async {
        let (server, _lake) = alerting::start().await;
        let reads = async || {
            let before = server.engine.lake().costs().reads;
            assert_eq!(alerting::look(&server).await, Outcome::Done(Vec::new()));
            server.engine.lake().costs().reads - before
        };
        let rule = alerting::lead_time(json!({"above": 1}));
        assert_eq!(alerting::set(&server, "lead", rule.clone()).await.status(), 200);
        // What is kept of the tables is kept by then.
        reads().await;
        let one = reads().await;
        let sets = async |name: &str, sees: Sees| {
            let address = format!("{name}@example.com");
            server.world.join(&address, &["analyst", "operator"], sees).await;
            let token = server.world.access.sign_in(&address, PASSWORD, Some("acme"), &from()).await.unwrap().token;
            let request = server.client.put(format!("{}/api/v1/alert-rules/{name}", server.address));
            assert_eq!(request.bearer_auth(&token).json(&rule).send().await.unwrap().status(), 200);
        };
        for name in ["bea", "cleo", "dora", "eve", "flo"] {
            sets(name, Sees::Everything).await;
        }
        let (first, again) = (reads().await, reads().await);
        assert!(
            one > 0 && again <= 2 * one,
            "rules of one take {one} requests for objects, those of six take {first} and {again}"
        );
        sets("gus", Sees::Only { teams: BTreeSet::new(), projects: BTreeSet::new() }).await;
        reads().await;
        let fired = alerting::alerts(&server).await;
        let fired: BTreeSet<&str> = fired.iter().map(|alert| alert["rule"].as_str().unwrap()).collect();
        assert_eq!(fired, BTreeSet::from(["lead", "bea", "cleo", "dora", "eve", "flo"]));
    });
}

#[test]
fn what_lands_late_takes_an_alert_back_that_fires_and_makes_none_of_a_period_that_was_looked_at() {
    run(async {
        let (server, _lake) = alerting::start().await;
        let (control, tenant) = (server.world.control(), server.engine.tenant(&acme()));
        let condition = json!({"metric": {"metric": "change_fail_rate", "grain": "month", "test": {"above": 0.2}}});
        let rule = json!({"title": "Failures", "condition": condition});
        assert_eq!(alerting::set(&server, "failures", rule.clone()).await.status(), 200);
        assert_eq!(alerting::look(&server).await, Outcome::Done(Vec::new()));
        let told = async || {
            let all = alerting::alerts(&server).await;
            all.iter().map(|alert| (alert["state"].clone(), alert["value"].clone())).collect::<Vec<_>>()
        };
        assert_eq!(told().await, [(json!("firing"), json!(0.25))], "one of the four of March");

        // Four more of March, none of which failed, and the only one of February, which did.
        let payload = |stream: &str, row: Value| Payload {
            stream: stream.to_owned(),
            key: row["id"].as_str().unwrap().to_owned(),
            observed_at: 1,
            body: json!({"line": 1, "row": row}).to_string(),
        };
        let deployment = |name: &str, at: &str| {
            let row = json!({
                "id": format!("push:acme:{name}"), "repository_id": "push:acme:shop", "environment": "production",
                "is_production": true, "status": "succeeded", "finished_at": format!("2026-{at}T12:00:00Z"),
            });
            payload("deployments", row)
        };
        let incident = json!({
            "id": "push:acme:i2", "began_at": "2026-02-10T13:00:00Z", "resolved_at": "2026-02-10T16:00:00Z",
            "repository_id": "push:acme:shop", "deployment_id": "push:acme:l1",
        });
        let payloads = vec![
            deployment("l1", "02-10"),
            payload("incidents", incident),
            deployment("l2", "03-20"),
            deployment("l3", "03-21"),
            deployment("l4", "03-22"),
            deployment("l5", "03-23"),
        ];
        tenant.land("push", "push:acme", Page { payloads, ..Page::default() }).await.unwrap();
        control.trigger(&acme(), &Trigger::new("map", ""), "test").await.unwrap();
        let all = steps(control, &server.engine, &Settings::default());
        for kind in ["map", "model"] {
            let work = all.iter().find(|work| work.kind() == kind).unwrap();
            let done = alerting::next(&server, work.as_ref(), kind).await;
            assert!(matches!(done, Some(Outcome::Done(_))), "{kind}: {done:?}");
        }
        // The look that follows the model.
        let looked = alerting::next(&server, &alerting::eyes(&server), ALERT).await;
        assert_eq!(looked, Some(Outcome::Done(Vec::new())));
        assert_eq!(told().await, [(json!("cleared"), json!(0.125))]);

        // Had it all been there in time, February had fired.
        let preview = asked(&server, Method::POST, "/api/v1/alert-rules/failures/preview", rule).await;
        let preview: Value = preview.json().await.unwrap();
        assert_eq!(preview["fired"], 1, "{preview}");
        let episode = &preview["episodes"][0];
        let told = [&episode["since"], &episode["cleared_at"], &episode["value"]];
        assert_eq!(told, [&json!(1_772_319_600 * SECOND), &json!(APRIL), &json!(1.0)], "{preview}");
    });
}
