//! Reports between being asked for and being read: of when they are, who has none of it any more by then, and who is told.

use crate::delivering::{MailServer, next, work};
use crate::jobs::claim_any;
use crate::reports_kept::{Kept, only};
use crate::rest::{problem, run};
use crate::world::{DAY, PASSWORD, SECOND, acme, from};
use pulse_engine::Settings;
use pulse_server::control::{Cursor, MemberChange, Outcome, Quotas, REPORT, Schedule, Scope, Sees, Size, Trigger};
use pulse_server::jobs::{AtWork, When, Work as _, steps};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

const HOUR: i64 = 3600 * SECOND;

async fn defined(kept: &Kept, token: &str, name: &str, plan: Value) {
    let set = kept.ask(token, Method::PUT, &format!("/api/v1/report-definitions/{name}"), Some(plan)).await;
    assert_eq!(set.status(), 200, "{}", set.text().await.unwrap());
}

/// What Ada finds among her notifications of a kind.
async fn told(kept: &Kept, kind: &str) -> Vec<Value> {
    let all: Value = kept.get(&kept.ada, "/api/v1/notifications").await.json().await.unwrap();
    let all = all["items"].as_array().unwrap();
    all.iter().filter(|one| one["kind"] == kind).map(|one| one["detail"].clone()).collect()
}

#[test]
fn nobody_gets_what_they_may_not_have_any_more_when_it_is_handed_over_and_its_owner_knows() {
    run(async {
        let Some(mails) = tokio::task::spawn_blocking(MailServer::start).await.unwrap() else { return };
        let kept = Kept::start().await;
        let (world, control) = (&kept.server.world, kept.server.world.control());
        let bob = world.join("bob@example.com", &["viewer"], Sees::Everything).await;
        let to = ["ada@example.com", "bob@example.com", "gone@example.com"];
        let plan = json!({"like": "risk-register", "formats": ["json"], "recipients": to});
        defined(&kept, &kept.ada, "ours", plan).await;
        control.trigger(&acme(), &Trigger::new(REPORT, "ours"), "test").await.unwrap();
        assert_eq!(kept.work().await, [Outcome::Done(Vec::new())]);
        // It was made for him, and has not gone out.
        let gone = MemberChange { active: Some(false), ..Default::default() };
        control.change_member(&acme(), &world.owner().await, &bob.id, 1, gone).await.unwrap();
        let delivers = work(&kept.server, Some(mails.mail("?tls=none")));
        let (mut arrived, mut refused) = (0, 0);
        while let Some(outcome) = next(&kept.server, &delivers).await {
            match outcome {
                Outcome::Done(_) => arrived += 1,
                Outcome::Hopeless(why) if why.contains("may not have this report any more") => refused += 1,
                other => panic!("{other:?}"),
            }
        }
        // Ada's letter and notification, and the three that tell her of the others; his letter and his notification.
        assert_eq!((arrived, refused), (4, 2));
        assert!(mails.to("bob@example.com").is_empty());
        let told = told(&kept, "message.received").await;
        let of = |subject: &str| told.iter().find(|detail| detail["subject"].as_str().unwrap().contains(subject));
        let left = of("did not go to everybody").unwrap()["text"].as_str().unwrap();
        assert!(left.starts_with("gone@example.com is no member"), "{left}");
        let lost = of("was not handed over").unwrap()["text"].as_str().unwrap();
        assert!(lost.starts_with("To bob@example.com: "), "{lost}");
    });
}

#[test]
fn where_its_owner_may_not_come_in_any_more_those_who_manage_reports_and_see_everything_are_told() {
    run(async {
        let kept = Kept::start().await;
        let (world, control) = (&kept.server.world, kept.server.world.control());
        let bob = world.join("bob@example.com", &["admin"], Sees::Everything).await;
        let theirs = world.access.sign_in("bob@example.com", PASSWORD, Some("acme"), &from()).await.unwrap().token;
        defined(&kept, &theirs, "ours", json!({"like": "risk-register", "formats": ["json"]})).await;
        let gone = MemberChange { active: Some(false), ..Default::default() };
        control.change_member(&acme(), &world.owner().await, &bob.id, 1, gone).await.unwrap();
        control.trigger(&acme(), &Trigger::new(REPORT, "ours"), "test").await.unwrap();
        assert!(matches!(&kept.work().await[..], [Outcome::Hopeless(why)] if why.contains("may do nothing here")));
        let told = told(&kept, "report.stopped").await;
        assert_eq!(told.len(), 1, "{told:?}");
        assert_eq!(told[0]["report"], "ours");
        assert!(told[0]["reason"].as_str().unwrap().contains("set the report anew"), "{told:?}");
        // Who sees less knows of no report of the tenant's own, and why one was not made may name what they do not see.
        for (name, sees, hears) in [("eve", Sees::Everything, 1), ("lea", only(&["q"]), 0)] {
            let user = world.join(&format!("{name}@example.com"), &["admin"], sees).await;
            let authority = control.authority_of(&acme(), &user.id).await.unwrap().unwrap();
            let events = control.events(&acme(), 0, 1_000).await.unwrap();
            let stopped = events.iter().filter(|event| event.kind == "report.stopped");
            assert_eq!(stopped.filter(|event| event.is_for(Some(&user.id), &authority)).count(), hears, "{name}");
        }
    });
}

#[test]
fn what_waits_for_data_is_not_made_again_without_any() {
    run(async {
        let kept = Kept::start().await;
        let (world, control) = (&kept.server.world, kept.server.world.control());
        let plan = json!({"like": "risk-register", "formats": ["json"], "after_data": true});
        defined(&kept, &kept.ada, "ours", plan).await;
        let works = steps(control, &kept.server.engine, &Settings::default());
        let risk = works.into_iter().find(|work| work.kind() == "risk").unwrap();
        let asks = async || {
            control.trigger(&acme(), &Trigger::new("risk", ""), "test").await.unwrap();
            let job = claim_any(control, &["risk"]).await.unwrap();
            let outcome = risk.run(&job, &AtWork::new(control.clone())).await;
            assert!(control.finish(&job, &outcome).await.unwrap());
            let report = claim_any(control, &[REPORT]).await;
            if let Some(report) = &report {
                assert!(control.finish(report, &Outcome::Done(Vec::new())).await.unwrap());
            }
            report.is_some()
        };
        // The lake is written by the clock of today, which is later than that of the control database here.
        assert!(asks().await, "it was never made");
        assert!(asks().await, "what is there was modelled since");
        world.pass(10_000 * DAY);
        assert!(asks().await);
        for _ in 0..3 {
            assert!(!asks().await, "nothing was modelled since");
        }
        // What waits for a worker is of what is known when that comes to it: whoever asks meanwhile asks for that.
        let last = async || control.last_asked(&acme(), REPORT, "ours").await.unwrap();
        world.pass(HOUR);
        control.trigger(&acme(), &Trigger::new(REPORT, "ours"), "risk 1").await.unwrap();
        let first = control.now();
        assert_eq!(last().await, Some(first));
        world.pass(HOUR);
        control.trigger(&acme(), &Trigger::new(REPORT, "ours"), "risk 2").await.unwrap();
        assert_eq!(last().await, Some(first + HOUR));
    });
}

#[test]
fn what_a_schedule_asks_for_is_of_when_that_was_due() {
    run(async {
        let kept = Kept::start().await;
        let (world, control) = (&kept.server.world, kept.server.world.control());
        defined(&kept, &kept.ada, "ours", json!({"like": "risk-register", "formats": ["json"]})).await;
        let begun = control.now();
        let due = Schedule {
            kind: REPORT.to_owned(),
            subject: "ours".to_owned(),
            input: Value::Null,
            when: When::Cron { pattern: "59 23 * * *".to_owned(), time_zone: "UTC".to_owned() },
            paused: false,
            next_at: 0,
            version: 0,
        };
        let due = control.set_schedule(&acme(), &due, 0).await.unwrap().next_at;
        let made = async || {
            assert_eq!(control.tick().await.unwrap(), 1);
            // The worker comes to it on the next day.
            world.pass(HOUR);
            assert_eq!(kept.work().await, [Outcome::Done(Vec::new())]);
            let page = control.reports(&acme(), &Cursor::new(None, None).unwrap()).await.unwrap();
            page.items.iter().map(|report| report.as_of).max().unwrap()
        };
        world.pass(due - begun);
        assert_eq!(made().await, due);
        // Nobody looked for three days: it is of the last time.
        world.pass(3 * DAY);
        assert_eq!(made().await, due + 3 * DAY);
        // What somebody asks for is of now.
        control.trigger(&acme(), &Trigger::new(REPORT, "ours"), "test").await.unwrap();
        assert_eq!(kept.work().await, [Outcome::Done(Vec::new())]);
        let page = control.reports(&acme(), &Cursor::new(None, None).unwrap()).await.unwrap();
        assert!(page.items.iter().any(|report| report.as_of == control.now()));
    });
}

#[test]
fn what_a_schedule_asks_for_while_what_it_asked_for_before_is_open_is_made_and_of_when_that_was_due() {
    run(async {
        let kept = Kept::start().await;
        let (world, control) = (&kept.server.world, kept.server.world.control());
        defined(&kept, &kept.ada, "ours", json!({"like": "risk-register", "formats": ["json"]})).await;
        let begun = control.now();
        let due = Schedule {
            kind: REPORT.to_owned(),
            subject: "ours".to_owned(),
            input: Value::Null,
            when: When::Cron { pattern: "59 23 * * *".to_owned(), time_zone: "UTC".to_owned() },
            paused: false,
            next_at: 0,
            version: 0,
        };
        let due = control.set_schedule(&acme(), &due, 0).await.unwrap().next_at;
        let made = async || {
            let page = control.reports(&acme(), &Cursor::new(None, None).unwrap()).await.unwrap();
            let mut hours: Vec<i64> = page.items.iter().map(|report| (report.as_of - due) / HOUR).collect();
            hours.sort_unstable();
            hours
        };
        let done = || Outcome::Done(Vec::new());
        world.pass(due - begun);
        // It is made, and not handed over until the next is due.
        assert_eq!(control.tick().await.unwrap(), 1);
        let job = claim_any(control, &[REPORT]).await.unwrap();
        assert_eq!(kept.makes().run(&job, &AtWork::new(control.clone())).await, done());
        assert!(control.finish(&job, &Outcome::Failed("its recipients could not be asked for".into())).await.unwrap());
        world.pass(DAY);
        assert_eq!(control.tick().await.unwrap(), 1);
        assert_eq!((kept.work().await, made().await), (vec![done(), done()], vec![0, 24]));
        // It becomes due after one was begun that somebody asked for, whose try fails.
        world.pass(DAY - HOUR);
        control.trigger(&acme(), &Trigger::new(REPORT, "ours"), "test").await.unwrap();
        let job = claim_any(control, &[REPORT]).await.unwrap();
        assert_eq!(kept.makes().run(&job, &AtWork::new(control.clone())).await, done());
        world.pass(HOUR);
        assert_eq!(control.tick().await.unwrap(), 1);
        assert!(control.finish(&job, &Outcome::Failed("its recipients could not be asked for".into())).await.unwrap());
        world.pass(HOUR);
        assert_eq!((kept.work().await, made().await), (vec![done(), done()], vec![0, 24, 47, 48]));
        // Where nothing was begun for days, it is of the last time.
        control.hold_jobs(Scope::Own(&acme()), REPORT, "ada").await.unwrap();
        for _ in 0..3 {
            world.pass(DAY);
            assert_eq!(control.tick().await.unwrap(), 1);
        }
        control.release_jobs(Scope::Own(&acme()), REPORT).await.unwrap();
        assert_eq!((kept.work().await, made().await), (vec![done()], vec![0, 24, 47, 48, 120]));
        // And where somebody asked for it before it was due.
        control.trigger(&acme(), &Trigger::new(REPORT, "ours"), "test").await.unwrap();
        world.pass(DAY);
        assert_eq!(control.tick().await.unwrap(), 1);
        assert_eq!((kept.work().await, made().await), (vec![done()], vec![0, 24, 47, 48, 120, 144]));
    });
}

#[test]
fn a_schedule_that_is_changed_or_removed_while_its_job_waits_leaves_it_of_when_that_was_due() {
    run(async {
        let kept = Kept::start().await;
        let (world, control) = (&kept.server.world, kept.server.world.control());
        defined(&kept, &kept.ada, "ours", json!({"like": "risk-register", "formats": ["json"]})).await;
        let cron = |pattern: &str| When::Cron { pattern: pattern.to_owned(), time_zone: "UTC".to_owned() };
        let daily = Schedule {
            kind: REPORT.to_owned(),
            subject: "ours".to_owned(),
            input: Value::Null,
            when: cron("59 23 * * *"),
            paused: false,
            next_at: 0,
            version: 0,
        };
        let made = async || {
            let page = control.reports(&acme(), &Cursor::new(None, None).unwrap()).await.unwrap();
            let mut all: Vec<i64> = page.items.iter().map(|report| report.as_of).collect();
            all.sort_unstable();
            all
        };
        let done = || Outcome::Done(Vec::new());
        let daily = control.set_schedule(&acme(), &daily, 0).await.unwrap();
        world.pass(daily.next_at - control.now());
        assert_eq!(control.tick().await.unwrap(), 1);
        world.pass(HOUR);
        // Its last time, by the pattern that is set now, was days ago.
        let weekly = Schedule { when: cron("0 6 * * mon"), ..daily.clone() };
        let weekly = control.set_schedule(&acme(), &weekly, daily.version).await.unwrap();
        assert_eq!((kept.work().await, made().await), (vec![done()], vec![daily.next_at]));
        // What was due, and that nobody had looked at, is not lost by a change.
        world.pass(weekly.next_at + HOUR - control.now());
        let changed = Schedule { when: cron("30 23 * * *"), ..weekly.clone() };
        let changed = control.set_schedule(&acme(), &changed, weekly.version).await.unwrap();
        assert_eq!(control.tick().await.unwrap(), 0);
        assert_eq!((kept.work().await, made().await), (vec![done()], vec![daily.next_at, weekly.next_at]));
        // Who pauses it wants none.
        world.pass(changed.next_at - control.now());
        let paused = Schedule { paused: true, ..changed.clone() };
        let paused = control.set_schedule(&acme(), &paused, changed.version).await.unwrap();
        assert!(kept.work().await.is_empty());
        let goes_on = Schedule { paused: false, ..paused.clone() };
        let goes_on = control.set_schedule(&acme(), &goes_on, paused.version).await.unwrap();
        assert!(kept.work().await.is_empty());
        // Nobody looked for a day, and it is removed before a worker comes to it.
        world.pass(goes_on.next_at + DAY + HOUR - control.now());
        assert_eq!(control.tick().await.unwrap(), 1);
        control.remove_schedule(&acme(), REPORT, "ours").await.unwrap();
        assert_eq!(kept.work().await, [done()]);
        assert_eq!(made().await, [daily.next_at, weekly.next_at, goes_on.next_at + DAY]);
    });
}

#[test]
fn what_is_asked_for_after_a_schedule_was_due_whose_job_waits_is_made_after_that_and_of_then() {
    run(async {
        let kept = Kept::start().await;
        let (world, control) = (&kept.server.world, kept.server.world.control());
        defined(&kept, &kept.ada, "ours", json!({"like": "risk-register", "formats": ["json"]})).await;
        let hourly = Schedule {
            kind: REPORT.to_owned(),
            subject: "ours".to_owned(),
            input: Value::Null,
            when: When::Every(3600),
            paused: false,
            next_at: 0,
            version: 0,
        };
        let due = control.set_schedule(&acme(), &hourly, 0).await.unwrap().next_at;
        world.pass(HOUR);
        assert_eq!(control.tick().await.unwrap(), 1);
        // New data went all the way through before a worker came to it: it is not in what was due before.
        world.pass(SECOND);
        control.trigger(&acme(), &Trigger::new(REPORT, "ours"), "risk 1").await.unwrap();
        world.pass(SECOND);
        assert_eq!(kept.work().await, [Outcome::Done(Vec::new()), Outcome::Done(Vec::new())]);
        let page = control.reports(&acme(), &Cursor::new(None, None).unwrap()).await.unwrap();
        let mut made: Vec<i64> = page.items.iter().map(|report| report.as_of - due).collect();
        made.sort_unstable();
        assert_eq!(made, [0, 2 * SECOND]);
        assert!(kept.work().await.is_empty());

        // So is what somebody asks for who had asked for it before that was due, too.
        let ask = async || control.trigger(&acme(), &Trigger::new(REPORT, "ours"), "ada").await.unwrap();
        ask().await;
        let job = ask().await;
        world.pass(due + HOUR - control.now());
        assert_eq!(control.tick().await.unwrap(), 1);
        for _ in 0..2 {
            world.pass(SECOND);
            assert_eq!(ask().await, job);
        }
        let steps = control.job_steps(&acme(), &job).await.unwrap();
        let asked = steps.iter().filter(|step| step.reason == "asked for by ada, too");
        assert_eq!(asked.count(), 2, "before it was due and after it");
        world.pass(SECOND);
        assert_eq!(kept.work().await, [Outcome::Done(Vec::new()), Outcome::Done(Vec::new())]);
        let page = control.reports(&acme(), &Cursor::new(None, None).unwrap()).await.unwrap();
        let mut made: Vec<i64> = page.items.iter().map(|report| report.as_of - due).collect();
        made.sort_unstable();
        assert_eq!(made, [0, 2 * SECOND, HOUR, HOUR + 3 * SECOND]);
    });
}

#[test]
fn what_is_asked_for_after_a_schedule_was_due_while_its_job_runs_is_made_after_what_is_of_that() {
    run(async {
        let kept = Kept::start().await;
        let (world, control) = (&kept.server.world, kept.server.world.control());
        defined(&kept, &kept.ada, "ours", json!({"like": "risk-register", "formats": ["json"]})).await;
        let hourly = Schedule {
            kind: REPORT.to_owned(),
            subject: "ours".to_owned(),
            input: Value::Null,
            when: When::Every(3600),
            paused: false,
            next_at: 0,
            version: 0,
        };
        let due = control.set_schedule(&acme(), &hourly, 0).await.unwrap().next_at;
        let done = || Outcome::Done(Vec::new());
        world.pass(HOUR);
        assert_eq!(control.tick().await.unwrap(), 1);
        let job = claim_any(control, &[REPORT]).await.unwrap();
        assert_eq!(kept.makes().run(&job, &AtWork::new(control.clone())).await, done());
        // While it is handed over the next is due, and then new data go all the way through.
        world.pass(HOUR);
        assert_eq!(control.tick().await.unwrap(), 1);
        world.pass(SECOND);
        control.trigger(&acme(), &Trigger::new(REPORT, "ours"), "risk 1").await.unwrap();
        assert!(control.finish(&job, &done()).await.unwrap());
        world.pass(SECOND);
        assert_eq!(kept.work().await, [done(), done()]);
        let page = control.reports(&acme(), &Cursor::new(None, None).unwrap()).await.unwrap();
        let mut made: Vec<i64> = page.items.iter().map(|report| report.as_of - due).collect();
        made.sort_unstable();
        assert_eq!(made, [0, HOUR, HOUR + 2 * SECOND]);
        assert!(kept.work().await.is_empty());
    });
}

#[test]
fn a_try_that_was_stopped_loses_no_time_at_which_a_schedule_asked_meanwhile() {
    run(async {
        let kept = Kept::start().await;
        let (world, control) = (&kept.server.world, kept.server.world.control());
        defined(&kept, &kept.ada, "ours", json!({"like": "risk-register", "formats": ["json"]})).await;
        let hourly = Schedule {
            kind: REPORT.to_owned(),
            subject: "ours".to_owned(),
            input: Value::Null,
            when: When::Every(3600),
            paused: false,
            next_at: 0,
            version: 0,
        };
        let first = control.set_schedule(&acme(), &hourly, 0).await.unwrap().next_at;
        let made = async || {
            let page = control.reports(&acme(), &Cursor::new(None, None).unwrap()).await.unwrap();
            let mut hours: Vec<i64> = page.items.iter().map(|report| (report.as_of - first) / HOUR).collect();
            hours.sort_unstable();
            hours
        };
        let done = || Outcome::Done(Vec::new());
        // It is stopped before it noted anything, and after it had: the try does not count.
        for notes in [false, true] {
            world.pass(HOUR);
            assert_eq!(control.tick().await.unwrap(), 1);
            let job = claim_any(control, &[REPORT]).await.unwrap();
            if notes {
                assert_eq!(kept.makes().run(&job, &AtWork::new(control.clone())).await, done());
            }
            world.pass(HOUR);
            assert_eq!(control.tick().await.unwrap(), 1);
            assert!(control.finish(&job, &Outcome::Stopped).await.unwrap());
            let times = if notes { vec![done(), done()] } else { vec![done()] };
            assert_eq!(kept.work().await, times);
        }
        assert_eq!(made().await, [1, 2, 3]);
    });
}

#[test]
fn in_rows_of_a_saved_query_it_is_when_the_report_is() {
    run(async {
        let kept = Kept::start().await;
        let sql =
            "SELECT CAST(now() AS TEXT) AS at, CAST(current_date() AS TEXT) AS day, count(*) AS n FROM facts.changes";
        let draft = json!({"title": "Now", "description": "", "shared": true, "parameters": [], "sql": sql});
        let saved = kept.ask(&kept.ada, Method::POST, "/api/v1/saved-queries", Some(draft)).await;
        let saved: Value = saved.json().await.unwrap();
        let sections = json!([{"title": "Now", "shows": {"query": {"saved": saved["id"]}}}]);
        let plan = json!({"definition": {"title": "Now", "sections": sections}, "formats": ["json"]});
        defined(&kept, &kept.ada, "ours", plan).await;
        let body = json!({"definition": "ours", "format": "json", "as_of": "2026-03-31T22:00:00Z"});
        let asked: Value = kept.ask(&kept.ada, Method::POST, "/api/v1/reports", Some(body)).await.json().await.unwrap();
        assert_eq!(kept.work().await, [Outcome::Done(Vec::new())]);
        let path = format!("/api/v1/reports/{}/file", asked["id"].as_str().unwrap());
        let file = kept.get(&kept.ada, &path).await.text().await.unwrap();
        assert!(file.contains("2026-03-31T22:00:00") && file.contains("\"2026-03-31\""), "{file}");
    });
}

#[test]
fn a_report_that_is_taken_away_is_opened_by_no_link() {
    run(async {
        let kept = Kept::start().await;
        let world = &kept.server.world;
        world.join("bob@example.com", &["viewer"], Sees::Everything).await;
        let theirs = world.access.sign_in("bob@example.com", PASSWORD, Some("acme"), &from()).await.unwrap().token;
        let plan = json!({"like": "risk-register", "formats": ["json"], "keep_days": 2});
        defined(&kept, &kept.ada, "ours", plan).await;
        let body = json!({"definition": "ours", "format": "json"});
        let asked = kept.ask(&kept.ada, Method::POST, "/api/v1/reports", Some(body)).await;
        let asked: Value = asked.json().await.unwrap();
        let path = format!("/api/v1/reports/{}", asked["id"].as_str().unwrap());
        let remove = async |token: &str| kept.ask(token, Method::DELETE, &path, None).await.status();
        assert_eq!(remove(&kept.ada).await, StatusCode::BAD_REQUEST, "it is being made");
        assert_eq!(kept.work().await, [Outcome::Done(Vec::new())]);
        let link = kept.ask(&kept.ada, Method::POST, &format!("{path}/link"), Some(json!({"hours": 168}))).await;
        let link: Value = link.json().await.unwrap();
        assert_eq!(link["expires_at"], asked["expires_at"], "no link is good for longer than its report");
        let shared = format!("{}{}", kept.server.address, link["path"].as_str().unwrap());
        let open = async || kept.server.client.get(&shared).send().await.unwrap().status();
        assert_eq!(open().await, StatusCode::OK);
        assert_eq!(remove(&theirs).await, StatusCode::FORBIDDEN, "he did not ask for it");
        assert_eq!(remove(&kept.ada).await, StatusCode::NO_CONTENT);
        assert_eq!(remove(&kept.ada).await, StatusCode::NOT_FOUND);
        assert!(!open().await.is_success());
        let lake = kept.server.engine.tenant(&acme()).lake().clone();
        assert!(lake.files("kept-reports").await.unwrap().is_empty());
    });
}

#[test]
fn no_report_is_made_of_a_tenant_that_has_as_many_bytes_as_it_may_with_those_that_are_kept() {
    run(async {
        let kept = Kept::start().await;
        let control = kept.server.world.control();
        let asked = kept.board(&kept.ada, "json").await;
        assert_eq!(kept.work().await, [Outcome::Done(Vec::new())]);
        let path = format!("/api/v1/reports/{}", asked["id"].as_str().unwrap());
        let made: Value = kept.get(&kept.ada, &path).await.json().await.unwrap();
        let bytes = made["bytes"].as_i64().unwrap();
        control.note_size(&acme(), Size { files: 1, bytes: 1000 }).await.unwrap();
        let used: Value = kept.get(&kept.ada, "/api/v1/tenant/usage").await.json().await.unwrap();
        assert_eq!((&used["report_bytes"], &used["lake"]["bytes"]), (&json!(bytes), &json!(1000)));
        let may = async |most: i64| {
            let version = control.tenant(&acme()).await.unwrap().unwrap().version;
            control.set_quotas(&acme(), version, &Quotas { bytes: Some(most), ..Quotas::default() }).await.unwrap();
        };
        // There is room when it is asked for, and none when it is made.
        may(bytes + 1001).await;
        kept.board(&kept.ada, "json").await;
        may(bytes + 1000).await;
        let outcomes = kept.work().await;
        assert!(matches!(&outcomes[..], [Outcome::Hopeless(why)] if why.contains("bytes")), "{outcomes:?}");
        let again = json!({"definition": "board-quarterly", "format": "json"});
        let refused = kept.ask(&kept.ada, Method::POST, "/api/v1/reports", Some(again)).await;
        problem(refused, 403, "over-quota").await;
        // One that is taken away makes room.
        assert_eq!(kept.ask(&kept.ada, Method::DELETE, &path, None).await.status(), 204);
        kept.board(&kept.ada, "json").await;
        assert_eq!(kept.work().await, [Outcome::Done(Vec::new())]);
    });
}
