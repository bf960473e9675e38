//! Rules about what becomes of jobs, schedules and connections.

use crate::alerting::{alerts, eyes, hub, lead_time, look, next, set, start};
use crate::deliveries::delivers;
use crate::delivering::asked;
use crate::rest::run;
use crate::world::{DAY, SECOND, acme};
use pulse_server::control::*;
use pulse_server::jobs::{AtWork, When, Work as _};
use reqwest::Method;
use serde_json::{Value, json};

#[test]
fn a_job_that_ends_has_those_rules_looked_at_that_it_concerns_and_no_others() {
    run(async {
        let (server, _lake) = start().await;
        let (control, work) = (server.world.control(), eyes(&server));
        assert_eq!(set(&server, "lead", lead_time(json!({"above": 1.0}))).await.status(), 200);
        let dead = json!({"title": "Dead", "for_seconds": 3600, "condition": {"job": {"kinds": ["map"]}}});
        assert_eq!(set(&server, "dead", dead).await.status(), 200);
        look(&server).await;
        let ended = async |kind: &str, outcome: Outcome| {
            server.world.pass(SECOND);
            control.trigger(&acme(), &Trigger::new(kind, ""), "test").await.unwrap();
            let job = control.claim("w", &Limits { known: vec![kind.into()], ..delivers() }).await.unwrap().unwrap();
            assert!(control.finish(&job, &outcome).await.unwrap());
        };
        let looked_at = async || {
            let rules = control.alert_rules(&acme()).await.unwrap();
            // By name: the one over jobs is the first.
            rules.iter().map(|rule| rule.looked_at.unwrap()).collect::<Vec<_>>()
        };
        let before = looked_at().await;
        ended("model", Outcome::Hopeless("no".into())).await;
        assert_eq!(next(&server, &work, ALERT).await, None, "no rule is about it");
        ended("map", Outcome::Hopeless("no".into())).await;
        let (died, mut looks) = (control.now(), 0);
        while next(&server, &work, ALERT).await.is_some() {
            looks += 1;
        }
        assert_eq!((looked_at().await, looks), (vec![died, before[1]], 1));
        let states = async || {
            let all = alerts(&server).await;
            let dead = all.iter().filter(|alert| alert["title"] == "Dead");
            dead.map(|alert| alert["state"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(states().await, ["pending"]);
        // The clock brings the next, though no rule over data is due.
        server.world.pass(3600 * SECOND);
        assert_eq!(control.tick_alerts().await.unwrap(), 0);
        assert_eq!(next(&server, &work, ALERT).await, Some(Outcome::Done(Vec::new())));
        assert_eq!((states().await, looked_at().await[1]), (vec!["firing".to_owned()], before[1]));
    });
}

#[test]
fn a_job_that_fails_or_comes_late_and_a_schedule_that_is_paused_are_told_of_while_they_are() {
    run(async {
        let (server, _lake) = start().await;
        let (control, work) = (server.world.control(), eyes(&server));
        let is = |kind: &str, is: Value| json!({"job": {"kinds": [kind], "is": is}});
        for (title, condition) in [
            ("Failing", is("map", json!({"failing": 2}))),
            ("Late", is("model", json!({"late_seconds": 3600}))),
            ("Paused", is("compact", json!("paused"))),
        ] {
            let rule = json!({"title": title, "condition": condition});
            let made = set(&server, &title.to_lowercase(), rule).await;
            assert_eq!(made.status(), 200, "{title}: {}", made.text().await.unwrap());
        }
        let firing = async || {
            let all = alerts(&server).await;
            all.into_iter().filter(|alert| alert["state"] == "firing").collect::<Vec<_>>()
        };
        let settled = async || {
            while next(&server, &work, ALERT).await.is_some() {}
            firing().await.into_iter().map(|alert| alert["title"].clone()).collect::<Vec<_>>()
        };
        let begun = async |kind: &str| {
            control.claim("w", &Limits { known: vec![kind.into()], ..delivers() }).await.unwrap().unwrap()
        };
        look(&server).await;
        control.trigger(&acme(), &Trigger::new("map", ""), "test").await.unwrap();
        for expected in [&[][..], &["Failing"][..]] {
            server.world.pass(60 * SECOND);
            control.finish(&begun("map").await, &Outcome::Failed("no".into())).await.unwrap();
            assert_eq!(settled().await, expected);
        }
        assert_eq!(firing().await[0]["reason"], "The job `map` has failed 2 times: no");
        server.world.pass(60 * SECOND);
        let third = begun("map").await;
        look(&server).await;
        assert_eq!(settled().await, ["Failing"], "it is tried, and has not come to its end");
        assert_eq!(firing().await[0]["reason"], "The job `map` has failed 2 times.");
        control.finish(&third, &Outcome::Done(Vec::new())).await.unwrap();
        assert!(settled().await.is_empty());
        // Nothing happens to what nobody begins: the clock brings the look.
        let asked_at = control.now();
        control.trigger(&acme(), &Trigger::new("model", ""), "test").await.unwrap();
        look(&server).await;
        assert!(settled().await.is_empty());
        server.world.pass(3600 * SECOND);
        assert_eq!(settled().await, ["Late"]);
        let late = &firing().await[0];
        assert_eq!(late["since"], json!(asked_at + 3600 * SECOND));
        assert_eq!(late["reason"], "The job `model` is due since 2026-04-02 00:03 UTC, and not begun.");
        control.finish(&begun("model").await, &Outcome::Done(Vec::new())).await.unwrap();
        assert!(settled().await.is_empty());
        let schedule = Schedule {
            kind: "compact".into(),
            subject: String::new(),
            input: Value::Null,
            when: When::Every(3600),
            paused: true,
            next_at: 0,
            version: 0,
        };
        let set = control.set_schedule(&acme(), &schedule, 0).await.unwrap();
        assert_eq!(settled().await, ["Paused"]);
        let goes_on = Schedule { paused: false, ..set.clone() };
        let set = control.set_schedule(&acme(), &goes_on, set.version).await.unwrap();
        assert!(settled().await.is_empty());
        control.set_schedule(&acme(), &Schedule { paused: true, ..set.clone() }, set.version).await.unwrap();
        assert_eq!(settled().await, ["Paused"]);
        control.remove_schedule(&acme(), "compact", "").await.unwrap();
        assert!(settled().await.is_empty(), "what is not there is not paused");
    });
}

#[test]
fn a_connection_that_is_read_again_is_told_so() {
    run(async {
        let (server, _lake) = start().await;
        let (control, work) = (server.world.control(), eyes(&server));
        control.set_connection(&acme(), &hub(), None, server.world.access.signer.vault()).await.unwrap();
        let unread = json!({"title": "Unread", "condition": {"connection": {"unread_hours": 24}}});
        assert_eq!(set(&server, "unread", unread).await.status(), 200);
        server.world.pass(25 * 3600 * SECOND);
        look(&server).await;
        let said = async || {
            let all = alerts(&server).await.into_iter();
            all.map(|alert| (alert["state"].clone(), alert["reason"].clone())).collect::<Vec<_>>()
        };
        assert_eq!(said().await, [(json!("firing"), json!("`hub` was not read for 25 hours; the limit is 24."))]);
        control.trigger(&acme(), &Trigger::new("land", "hub"), "test").await.unwrap();
        let job = control.claim("w", &Limits { known: vec!["land".into()], ..delivers() }).await.unwrap().unwrap();
        assert!(control.finish(&job, &Outcome::Done(Vec::new())).await.unwrap());
        while next(&server, &work, ALERT).await.is_some() {}
        assert_eq!(said().await, [(json!("cleared"), json!("`hub` was read 0 hours ago."))]);
        // When it was read last is known for as long as it is there.
        server.world.pass(100 * DAY);
        while control.forget_old().await.unwrap() {}
        look(&server).await;
        assert_eq!(said().await[0], (json!("firing"), json!("`hub` was not read for 2400 hours; the limit is 24.")));
    });
}

#[test]
fn a_job_that_is_dead_is_told_of_until_it_is_done_however_long_that_takes() {
    run(async {
        let (server, _lake) = start().await;
        let (control, work) = (server.world.control(), eyes(&server));
        let dead = json!({"title": "Dead", "condition": {"job": {"kinds": ["map"]}}});
        assert_eq!(set(&server, "dead", dead).await.status(), 200);
        look(&server).await;
        let begun = async || {
            server.world.pass(SECOND);
            control.claim("w", &Limits { known: vec!["map".into()], ..delivers() }).await.unwrap().unwrap()
        };
        let mut died = Vec::new();
        for _ in 0..2 {
            control.trigger(&acme(), &Trigger::new("map", ""), "test").await.unwrap();
            let job = begun().await;
            assert!(control.finish(&job, &Outcome::Hopeless("no".into())).await.unwrap());
            died.push(job.id);
        }
        let long_after = async || {
            server.world.pass(100 * DAY);
            for _ in 0..3 {
                control.forget_old().await.unwrap();
            }
            look(&server).await;
            alerts(&server).await.iter().map(|alert| alert["state"].clone()).collect::<Vec<_>>()
        };
        // The last one waits for a person still, who finds what became of it.
        assert_eq!(long_after().await, ["firing"]);
        assert!(control.job(&acme(), &died[0]).await.unwrap().is_none());
        assert!(!control.job_steps(&acme(), &died[1]).await.unwrap().is_empty());
        control.resume_job(&acme(), &died[1], "ada").await.unwrap();
        assert!(control.finish(&begun().await, &Outcome::Done(Vec::new())).await.unwrap());
        while next(&server, &work, ALERT).await.is_some() {}
        assert_eq!(long_after().await, ["cleared"]);
        assert!(control.job(&acme(), &died[1]).await.unwrap().is_none());
    });
}

#[test]
fn a_job_that_died_over_what_was_taken_away_since_is_told_of_no_more() {
    run(async {
        let (server, _lake) = start().await;
        let (control, work) = (server.world.control(), eyes(&server));
        control.set_connection(&acme(), &hub(), None, server.world.access.signer.vault()).await.unwrap();
        let dead = json!({"title": "Dead", "condition": {"job": {"kinds": ["land", "report"]}}});
        assert_eq!(set(&server, "dead", dead).await.status(), 200);
        look(&server).await;
        let dies = async |kind: &str, subject: &str| {
            control.trigger(&acme(), &Trigger::new(kind, subject), "test").await.unwrap();
            let job = control.claim("w", &Limits { known: vec![kind.into()], ..delivers() }).await.unwrap().unwrap();
            assert!(control.finish(&job, &Outcome::Hopeless("it is shut".into())).await.unwrap());
            while next(&server, &work, ALERT).await.is_some() {}
        };
        let states = async || {
            let all = alerts(&server).await.into_iter();
            all.map(|alert| (alert["state"].clone(), alert["reason"].clone())).collect::<Vec<_>>()
        };
        // There is no such report any more.
        dies("report", "ours").await;
        assert!(states().await.is_empty());
        dies("land", "hub").await;
        assert_eq!(states().await, [(json!("firing"), json!("The job `land hub` is dead: it is shut"))]);
        control.remove_connection(&acme(), "hub").await.unwrap();
        while next(&server, &work, ALERT).await.is_some() {}
        assert_eq!(states().await[0].0, "cleared");
        assert!(control.dead_jobs(&acme()).await.unwrap().is_empty());
    });
}

#[test]
fn schedules_that_are_paused_are_previewed_and_told_of_by_since_when_they_are() {
    run(async {
        let (server, _lake) = start().await;
        let control = server.world.control();
        let rule = json!({"title": "Paused", "condition": {"job": {"kinds": ["compact"], "is": "paused"}}});
        let previewed = async || {
            let told = asked(&server, Method::POST, "/api/v1/alert-rules/new/preview", rule.clone()).await;
            assert_eq!(told.status(), 200);
            let told: Value = told.json().await.unwrap();
            // Of what was before the tenant nothing is kept.
            assert_eq!(told["from"], "2026-04-02");
            let of = |one: &Value| (one["since"].clone(), one["cleared_at"].clone());
            told["episodes"].as_array().unwrap().iter().map(of).collect::<Vec<_>>()
        };
        let turned = async |schedule: &Schedule, paused: bool| {
            server.world.pass(60 * SECOND);
            let turned = Schedule { paused, ..schedule.clone() };
            let turned = control.set_schedule(&acme(), &turned, schedule.version).await.unwrap();
            (turned, control.now())
        };
        let schedule = Schedule {
            kind: "compact".into(),
            subject: String::new(),
            input: Value::Null,
            when: When::Every(3600),
            paused: false,
            next_at: 0,
            version: 0,
        };
        let (set_up, _) = turned(&schedule, false).await;
        assert!(previewed().await.is_empty());
        let (set_up, first) = turned(&set_up, true).await;
        // It is paused still.
        let (set_up, _) = turned(&set_up, true).await;
        assert_eq!(previewed().await, [(json!(first), Value::Null)]);
        let (set_up, resumed) = turned(&set_up, false).await;
        turned(&set_up, true).await;
        let second = control.now();
        let both = |cleared| [(json!(first), json!(resumed)), (json!(second), cleared)];
        assert_eq!(previewed().await, both(Value::Null));
        // A rule that is set later tells since when it is.
        server.world.pass(3600 * SECOND);
        assert_eq!(set(&server, "paused", rule.clone()).await.status(), 200);
        look(&server).await;
        let told = alerts(&server).await;
        assert_eq!((told.len(), &told[0]["since"]), (1, &json!(second)), "{told:?}");
        let why = "The schedule of `compact` is paused since 2026-04-02 00:05 UTC: nothing asks for it by itself.";
        assert_eq!((&told[0]["reason"], &told[0]["evidence"]), (&json!(why), &json!("/api/v1/schedules")));
        control.remove_schedule(&acme(), "compact", "").await.unwrap();
        assert_eq!(previewed().await, both(json!(control.now())));
    });
}

#[test]
fn what_became_of_jobs_and_connections_is_previewed_by_what_is_kept_of_them() {
    run(async {
        let (server, _lake) = start().await;
        let control = server.world.control();
        control.set_connection(&acme(), &hub(), None, server.world.access.signer.vault()).await.unwrap();
        let previewed = async |condition: Value| {
            let rule = json!({"title": "t", "condition": condition});
            let told = asked(&server, Method::POST, "/api/v1/alert-rules/new/preview", rule).await;
            assert_eq!(told.status(), 200);
            let told: Value = told.json().await.unwrap();
            let of = |one: &Value| (one["since"].clone(), one["cleared_at"].clone());
            told["episodes"].as_array().unwrap().iter().map(of).collect::<Vec<_>>()
        };
        let ended = async |outcome: Outcome| {
            control.trigger(&acme(), &Trigger::new("land", "hub"), "test").await.unwrap();
            let job = control.claim("w", &Limits { known: vec!["land".into()], ..delivers() }).await.unwrap().unwrap();
            assert!(control.finish(&job, &outcome).await.unwrap());
            server.world.pass(10 * SECOND);
            control.now() - 10 * SECOND
        };
        let died = ended(Outcome::Hopeless("it is not there".into())).await;
        for condition in [json!({"job": {}}), json!({"job": {"kinds": ["land"]}}), json!({"connection": {}})] {
            assert_eq!(previewed(condition.clone()).await, [(json!(died), Value::Null)], "{condition}");
        }
        assert!(previewed(json!({"job": {"kinds": ["map"]}})).await.is_empty());
        assert!(previewed(json!({"connection": {"unread_hours": 1}})).await.is_empty(), "it is not due yet");
        let done = ended(Outcome::Done(Vec::new())).await;
        for condition in [json!({"job": {}}), json!({"connection": {"names": ["hub"]}})] {
            assert_eq!(previewed(condition.clone()).await, [(json!(died), json!(done))], "{condition}");
        }
    });
}

#[test]
fn a_preview_of_jobs_that_fail_or_come_late_finds_when_they_did() {
    run(async {
        let (server, _lake) = start().await;
        let control = server.world.control();
        let previewed = async |is: Value| {
            let rule = json!({"title": "t", "condition": {"job": {"kinds": ["map"], "is": is}}});
            let told = asked(&server, Method::POST, "/api/v1/alert-rules/new/preview", rule).await;
            assert_eq!(told.status(), 200);
            let told: Value = told.json().await.unwrap();
            let of = |one: &Value| (one["since"].clone(), one["cleared_at"].clone());
            told["episodes"].as_array().unwrap().iter().map(of).collect::<Vec<_>>()
        };
        let tried = async |outcome: Option<Outcome>| {
            let job = control.claim("w", &Limits { known: vec!["map".into()], ..delivers() }).await.unwrap().unwrap();
            if let Some(outcome) = outcome {
                assert!(control.finish(&job, &outcome).await.unwrap());
            }
            (job, control.now())
        };
        let asked_at = control.now();
        control.trigger(&acme(), &Trigger::new("map", ""), "test").await.unwrap();
        server.world.pass(90 * SECOND);
        assert_eq!(previewed(json!({"late_seconds": 60})).await, [(json!(asked_at + 60 * SECOND), Value::Null)]);
        let (_, begun) = tried(Some(Outcome::Failed("no".into()))).await;
        let late = (json!(asked_at + 60 * SECOND), json!(begun));
        assert_eq!(previewed(json!({"late_seconds": 60})).await, [late.clone()]);
        assert!(previewed(json!({"late_seconds": 90})).await.is_empty(), "it was begun as it became late");
        assert!(previewed(json!({"failing": 2})).await.is_empty(), "once is not twice");
        assert_eq!(previewed(json!({"failing": 1})).await, [(json!(begun), Value::Null)]);
        // A try after one that failed is due 3.75 to 6.25 seconds later.
        server.world.pass(60 * SECOND);
        let (_, failed) = tried(Some(Outcome::Failed("no".into()))).await;
        assert_eq!(previewed(json!({"failing": 2})).await, [(json!(failed), Value::Null)]);
        server.world.pass(60 * SECOND);
        let (third, _) = tried(None).await;
        assert_eq!(previewed(json!({"failing": 2})).await, [(json!(failed), Value::Null)], "it is tried");
        assert!(control.finish(&third, &Outcome::Done(Vec::new())).await.unwrap());
        assert_eq!(previewed(json!({"failing": 2})).await, [(json!(failed), json!(control.now()))]);
        assert_eq!(previewed(json!({"late_seconds": 60})).await, [late]);
        assert!(previewed(json!("dead")).await.is_empty(), "none of them died");
    });
}

#[test]
fn how_far_a_look_is_tells_how_many_rules_there_are_and_none_of_their_names() {
    run(async {
        let (server, _lake) = start().await;
        let control = server.world.control();
        assert_eq!(set(&server, "merger", lead_time(json!({"above": 90000.0}))).await.status(), 200);
        control.trigger(&acme(), &Trigger::new(ALERT, ""), "test").await.unwrap();
        let job = control.claim("w", &Limits { known: vec![ALERT.into()], ..delivers() }).await.unwrap().unwrap();
        let at = AtWork::new(control.clone());
        assert_eq!(eyes(&server).run(&job, &at).await, Outcome::Done(Vec::new()));
        let far = at.news().unwrap();
        assert_eq!((far.done, far.total, far.message.as_str()), (0, Some(1), "rules"));
    });
}
