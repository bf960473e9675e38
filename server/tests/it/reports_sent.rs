//! Reports that are made for somebody, delivered: by a mail server that is not ours, to a chat, into storage, and to each once.

use crate::alerting::{self, alerts, eyes};
use crate::deliveries::parcel;
use crate::delivering::{Endpoint, MailServer, next, work};
use crate::following::Socket;
use crate::golden::SPAN;
use crate::jobs::claim_any;
use crate::own_metrics::ROLLBACKS;
use crate::reports_kept::{Kept, only};
use crate::rest::run;
use crate::world::{DAY, PASSWORD, acme, from};
use pulse_engine::lake::When;
use pulse_engine::row::{self, Row, Value as Cell};
use pulse_engine::{Settings, entities};
use pulse_server::control::{ALERT, Cursor, Outcome, ReportState, Sees, Topic, Trigger};
use pulse_server::delivery::Channel;
use pulse_server::jobs::{AtWork, Work as _, steps};
use reqwest::Method;
use reqwest::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::time::Duration;

/// A report of one's own on March: for Ada, who sees all, and Carol, who sees nothing of it; and for a chat and the storage.
fn plan() -> Value {
    json!({
        "like": "board-quarterly",
        "changes": {"title": "The five", "period": {"days": {"from": SPAN[0], "until": SPAN[1]}}},
        "formats": ["pdf", "html", "text", "png"],
        "recipients": ["ada@example.com", "carol@example.com"],
        "places": [{"destination": "chat"}, {"store": "board/{date}/{name}"}],
    })
}

/// Waits until somebody was sent so many letters.
async fn came(mails: &MailServer, to: &str, n: usize) {
    let mut tries = 0..3_000;
    while mails.to(to).len() < n {
        assert!(tries.next().is_some(), "{to} was sent {:?}", mails.to(to).len());
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[test]
fn a_report_comes_by_mail_into_a_chat_and_into_storage_with_what_each_may_see_and_once() {
    run(async {
        let Some(mails) = tokio::task::spawn_blocking(MailServer::start).await.unwrap() else { return };
        let (kept, endpoint) = (Kept::start().await, Endpoint::start(&[(200, None)]).await);
        let world = &kept.server.world;
        world.join("carol@example.com", &["viewer"], only(&["q"])).await;
        let put = async |path: &str, body: Value| {
            let set = kept.ask(&kept.ada, Method::PUT, path, Some(body)).await;
            assert!(set.status().is_success(), "{}", set.text().await.unwrap());
        };
        put("/api/v1/destinations/chat", json!({"kind": "slack", "url": endpoint.url})).await;
        put("/api/v1/report-definitions/ours", plan()).await;
        world.control().trigger(&acme(), &Trigger::new("report", "ours"), "test").await.unwrap();
        // Its worker dies after all was made, and delivered: the next makes nothing anew, and delivers nothing again.
        let job = claim_any(world.control(), &["report"]).await.unwrap();
        let made = async || kept.makes().run(&job, &AtWork::new(world.control().clone())).await;
        assert_eq!(made().await, Outcome::Done(Vec::new()));
        assert_eq!(made().await, Outcome::Done(Vec::new()));
        assert!(world.control().finish(&job, &Outcome::Done(Vec::new())).await.unwrap());
        let delivers = work(&kept.server, Some(mails.mail("?tls=none")));
        while let Some(outcome) = next(&kept.server, &delivers).await {
            assert!(matches!(outcome, Outcome::Done(_)), "{outcome:?}");
        }

        // What the mail server says of a letter comes to us in its own time.
        let sent = world.control().deliveries(&acme(), None, &Cursor::new(None, None).unwrap()).await.unwrap().items;
        let told: Vec<_> = sent.iter().map(|one| (&one.channel, one.state, &one.reason)).collect();
        assert_eq!(sent.len(), 6, "{told:?}");
        came(&mails, "Ada@example.com", 1).await;
        came(&mails, "carol@example.com", 1).await;
        let letters = mails.to("Ada@example.com");
        assert_eq!((letters.len(), mails.to("carol@example.com").len()), (1, 1));
        let order =
            ["Subject: The five, as of 2 April 2026", "text/plain", "text/html", "application/pdf", "image/png"];
        let places: Vec<_> = order.iter().map(|part| letters[0].find(part)).collect();
        assert!(places.iter().all(Option::is_some) && places.is_sorted(), "{places:?} in {}", letters[0]);
        assert!(letters[0].contains("0.90 a week") && letters[0].contains("filename=\"ours-2026-04-02.pdf\""));
        assert!(!mails.to("carol@example.com")[0].contains("0.90 a week"), "she sees no row of it");

        // In the chat is what whoever set it sees, with a picture that opens without signing in.
        let posted: Value = {
            let calls = endpoint.calls.lock();
            assert_eq!(calls.len(), 1);
            serde_json::from_slice(&calls[0].1).unwrap()
        };
        let picture = posted["blocks"][2]["image_url"].as_str().unwrap();
        assert!(picture.starts_with(&kept.server.address), "{picture}");
        let shown = kept.server.client.get(picture).send().await.unwrap();
        assert_eq!((shown.status().as_u16(), shown.headers()[CONTENT_TYPE].to_str().unwrap()), (200, "image/png"));
        assert!(shown.headers()[CONTENT_DISPOSITION].to_str().unwrap().starts_with("inline"));
        assert!(shown.bytes().await.unwrap().starts_with(b"\x89PNG"));
        let lake = kept.server.engine.tenant(&acme()).lake().clone();
        let stored = lake.files("board").await.unwrap();
        assert_eq!(stored.len(), 4, "{stored:?}");
        let theirs: Value = kept.get(&kept.ada, "/api/v1/notifications").await.json().await.unwrap();
        let told = theirs["items"].as_array().unwrap().iter().filter(|one| one["kind"] == "message.received");
        assert_eq!(told.count(), 1, "{theirs}");
        // Asked for again, it is another one.
        world.control().trigger(&acme(), &Trigger::new("report", "ours"), "test").await.unwrap();
        assert_eq!(kept.work().await, [Outcome::Done(Vec::new())]);
        while next(&kept.server, &delivers).await.is_some() {}
        came(&mails, "Ada@example.com", 2).await;
    });
}

#[test]
fn a_report_comes_in_the_ways_that_each_wants_it() {
    run(async {
        let kept = Kept::start().await;
        let (world, control) = (&kept.server.world, kept.server.world.control());
        let mut wanting = Vec::new();
        for (name, muted) in [
            ("both", BTreeSet::new()),
            ("letter", BTreeSet::from([Topic::ReportNotification])),
            ("notification", BTreeSet::from([Topic::ReportMail, Topic::JobDead])),
            ("neither", BTreeSet::from([Topic::ReportNotification, Topic::ReportMail])),
        ] {
            let email = format!("{name}@example.com");
            let user = world.join(&email, &["viewer"], Sees::Everything).await;
            control.mute(&acme(), &user.id, &muted).await.unwrap();
            wanting.push((email, user.id));
        }
        let to: Vec<&str> = wanting.iter().map(|(email, _)| email.as_str()).collect();
        let plan = json!({"like": "risk-register", "formats": ["json"], "recipients": to});
        let set = kept.ask(&kept.ada, Method::PUT, "/api/v1/report-definitions/ours", Some(plan)).await;
        assert_eq!(set.status(), 200, "{}", set.text().await.unwrap());
        control.trigger(&acme(), &Trigger::new("report", "ours"), "test").await.unwrap();
        assert_eq!(kept.work().await, [Outcome::Done(Vec::new())]);
        let sent = control.deliveries(&acme(), None, &Cursor::new(None, None).unwrap()).await.unwrap().items;
        let found: BTreeSet<Channel> = sent.into_iter().map(|one| one.channel).collect();
        let told = |at: usize| Channel::Notification(wanting[at].1.clone());
        let mailed = |at: usize| Channel::Mail(wanting[at].0.clone());
        assert_eq!(found, BTreeSet::from([told(0), mailed(0), mailed(1), told(2)]));
    });
}

#[test]
fn a_report_that_cannot_be_made_says_why_to_whoever_it_belongs_to_and_goes_to_nobody() {
    run(async {
        let kept = Kept::start().await;
        let control = kept.server.world.control();
        control.set_own_metric(&acme(), "rollbacks", ROLLBACKS, "test", 0).await.unwrap();
        let definition = json!({"title": "Ours", "sections": [{"title": "One", "shows": {"tiles": ["rollbacks"]}}]});
        let plan = json!({"definition": definition, "formats": ["json"], "recipients": ["ada@example.com"]});
        let set = kept.ask(&kept.ada, Method::PUT, "/api/v1/report-definitions/ours", Some(plan)).await;
        assert_eq!(set.status(), 200, "{}", set.text().await.unwrap());
        // What it is about is gone when it is due.
        control.remove_own_metric(&acme(), "rollbacks", "test").await.unwrap();
        control.trigger(&acme(), &Trigger::new("report", "ours"), "test").await.unwrap();
        assert!(matches!(&kept.work().await[..], [Outcome::Hopeless(why)] if why.contains("rollbacks")));
        let delivers = work(&kept.server, None);
        while next(&kept.server, &delivers).await.is_some() {}
        let told: Value = kept.get(&kept.ada, "/api/v1/notifications").await.json().await.unwrap();
        let told: Vec<&Value> =
            told["items"].as_array().unwrap().iter().filter(|one| one["kind"] == "message.received").collect();
        assert_eq!(told.len(), 1, "{told:?}");
        let detail = &told[0]["detail"];
        assert_eq!(detail["subject"], "“Ours” could not be made");
        assert!(detail["text"].as_str().unwrap().contains("rollbacks"), "{detail}");
        let all = Cursor::new(None, None).unwrap();
        assert_eq!(control.deliveries(&acme(), None, &all).await.unwrap().items.len(), 1);
        // Once that is put right, its job can go on, and then there is one.
        control.set_own_metric(&acme(), "rollbacks", ROLLBACKS, "test", 0).await.unwrap();
        let report = control.reports(&acme(), &all).await.unwrap().items.remove(0);
        assert_eq!(report.state, ReportState::Failed);
        control.resume_job(&acme(), &report.job, "test").await.unwrap();
        assert_eq!(control.report(&acme(), &report.id).await.unwrap().unwrap().state, ReportState::Making);
        assert_eq!(kept.work().await, [Outcome::Done(Vec::new())]);
        assert_eq!(control.report(&acme(), &report.id).await.unwrap().unwrap().state, ReportState::Ready);
        // One whose job is taken back is not made any more, and says so.
        let asked = kept.board(&kept.ada, "json").await;
        control.cancel_job(&acme(), asked["job"].as_str().unwrap(), "test").await.unwrap();
        let report = control.report(&acme(), asked["id"].as_str().unwrap()).await.unwrap().unwrap();
        assert_eq!((report.state, report.reason.as_str()), (ReportState::Failed, "asked for by test"));
    });
}

#[test]
fn why_a_report_was_not_made_or_handed_over_is_told_to_those_alone_who_see_everything() {
    run(async {
        let kept = Kept::start().await;
        let (world, control) = (&kept.server.world, kept.server.world.control());
        let lead = world.join("lead@example.com", &["operator"], only(&["q"])).await;
        let theirs = world.access.sign_in("lead@example.com", PASSWORD, Some("acme"), &from()).await.unwrap().token;
        let rule = json!({"title": "Reports", "condition": {"job": {"kinds": ["report"]}}});
        assert_eq!(alerting::set(&kept.server, "reports", rule).await.status(), 200);
        control.set_own_metric(&acme(), "rollbacks", ROLLBACKS, "test", 0).await.unwrap();
        let definition = json!({"title": "Ours", "sections": [{"title": "One", "shows": {"tiles": ["rollbacks"]}}]});
        let plan = json!({"definition": definition, "formats": ["json"]});
        let set = kept.ask(&kept.ada, Method::PUT, "/api/v1/report-definitions/ours", Some(plan)).await;
        assert_eq!(set.status(), 200, "{}", set.text().await.unwrap());
        control.remove_own_metric(&acme(), "rollbacks", "test").await.unwrap();
        control.trigger(&acme(), &Trigger::new("report", "ours"), "test").await.unwrap();
        assert!(matches!(&kept.work().await[..], [Outcome::Hopeless(why)] if why.contains("rollbacks")));
        let to = [Channel::Destination("board-chat".into())];
        control.deliver(&acme(), &parcel("k"), &to, "test").await.unwrap();
        let delivers = work(&kept.server, None);
        while next(&kept.server, &delivers).await.is_some() {}

        let read = async |token: &str| {
            let get = async |path: String| kept.get(token, &path).await.text().await.unwrap();
            let mut all = get("/api/v1/jobs?state=dead".to_owned()).await;
            let jobs: Value = serde_json::from_str(&all).unwrap();
            let jobs = jobs["items"].as_array().unwrap();
            assert_eq!(jobs.len(), 2, "{all}");
            for job in jobs {
                all += &get(format!("/api/v1/jobs/{}", job["id"].as_str().unwrap())).await;
            }
            let kept_for_them = get("/api/v1/notifications".to_owned()).await;
            assert_eq!(kept_for_them.matches("\"job.dead\"").count(), 2, "{kept_for_them}");
            all + &kept_for_them
        };
        let whole = read(&kept.ada).await;
        assert!(whole.contains("rollbacks") && whole.contains("board-chat"), "{whole}");
        let mut some = read(&theirs).await;
        assert!(some.contains("why is told to those who see all teams and projects"), "{some}");
        // Nor live.
        let authority = control.authority_of(&acme(), &lead.id).await.unwrap().unwrap();
        let (mut socket, _) = Socket::with(&kept.server, &theirs, "/api/v1/events?after=0").await;
        let events = control.events(&acme(), 0, 1_000).await.unwrap();
        for _ in events.iter().filter(|event| event.is_for(Some(&lead.id), &authority)) {
            some += &socket.next().await.unwrap().to_string();
        }
        assert!(some.contains("\"job.dead\"") && some.contains("\"job.queued\""), "{some}");
        assert!(!some.contains("rollbacks") && !some.contains("board-chat"), "{some}");
        // An alert goes to whoever its rule names, whatever they see.
        let looks = eyes(&kept.server);
        while alerting::next(&kept.server, &looks, ALERT).await.is_some() {}
        assert_eq!(alerts(&kept.server).await[0]["reason"], "The job `report ours` is dead.");
    });
}

#[test]
fn what_waits_for_data_is_asked_for_when_data_went_all_the_way_through() {
    run(async {
        let kept = Kept::start().await;
        let control = kept.server.world.control();
        for (name, after_data) in [("ours", true), ("theirs", false)] {
            let plan = json!({"like": "risk-register", "formats": ["json"], "after_data": after_data});
            let path = format!("/api/v1/report-definitions/{name}");
            assert_eq!(kept.ask(&kept.ada, Method::PUT, &path, Some(plan)).await.status(), 200);
        }
        let works = steps(control, &kept.server.engine, &Settings::default());
        let risk = works.into_iter().find(|work| work.kind() == "risk").unwrap();
        control.trigger(&acme(), &Trigger::new("risk", ""), "test").await.unwrap();
        let job = claim_any(control, &["risk"]).await.unwrap();
        let outcome = risk.run(&job, &AtWork::new(control.clone())).await;
        assert_eq!(outcome, Outcome::Done(vec![Trigger::new("report", "ours"), Trigger::new("alert", "")]));
        assert!(control.finish(&job, &outcome).await.unwrap());
        // They are of one run.
        let next = claim_any(control, &["report"]).await.unwrap();
        assert_eq!(next.run, job.run);
        let outcome = kept.makes().run(&next, &AtWork::new(control.clone())).await;
        assert_eq!(outcome, Outcome::Done(Vec::new()));
    });
}

#[test]
fn a_report_on_one_team_says_of_what_cannot_be_told_by_team_that_it_cannot() {
    run(async {
        let kept = Kept::start().await;
        let (tenant, teams) = (kept.server.engine.tenant(&acme()), entities::core("teams").unwrap());
        let team = Row::new(teams).set("id", "t").set("connection", "push:acme").set("name", "Checkout");
        let team = team.set("observed_at", Cell::Time(1)).set("raw", "push/1/1");
        let (table, batch) = (tenant.lake().table(teams), row::batch(teams, &[team]).unwrap());
        table.upsert(&batch, &[], When::Changed).await.unwrap();
        tenant.model(&Settings::default()).await.unwrap();
        let days = json!({"days": {"from": SPAN[0], "until": SPAN[1]}});
        let changes = json!({"scope": {"teams": ["Checkout"]}, "period": days});
        let body = json!({"definition": "team-weekly", "format": "json", "changes": changes});
        let asked = kept.ask(&kept.ada, Method::POST, "/api/v1/reports", Some(body)).await;
        let asked: Value = asked.json().await.unwrap();
        assert_eq!(kept.work().await, [Outcome::Done(Vec::new())]);
        let path = format!("/api/v1/reports/{}/file", asked["id"].as_str().unwrap());
        let report = kept.get(&kept.ada, &path).await.text().await.unwrap();
        assert!(report.contains("not_by_scope"), "{report}");
    });
}

#[test]
fn a_job_that_goes_on_after_it_may_be_forgotten_who_got_its_reports_hands_none_over() {
    run(async {
        let kept = Kept::start().await;
        let (world, control) = (&kept.server.world, kept.server.world.control());
        let plan = json!({"like": "risk-register", "formats": ["json"], "recipients": ["ada@example.com"]});
        let set = kept.ask(&kept.ada, Method::PUT, "/api/v1/report-definitions/ours", Some(plan)).await;
        assert_eq!(set.status(), 200);
        // Whoever is at it dies each time once all was handed over.
        let tried = async || {
            let job = claim_any(control, &["report"]).await.unwrap();
            let outcome = kept.makes().run(&job, &AtWork::new(control.clone())).await;
            let dies = Outcome::Hopeless("its worker died over the end of it".to_owned());
            assert!(control.finish(&job, &dies).await.unwrap());
            let delivers = work(&kept.server, None);
            while next(&kept.server, &delivers).await.is_some() {}
            (job.id, outcome)
        };
        let handed_over = async || {
            let all = control.deliveries(&acme(), None, &Cursor::new(None, None).unwrap()).await.unwrap().items;
            all.iter().filter(|one| one.key.starts_with("report report_")).count()
        };
        control.trigger(&acme(), &Trigger::new("report", "ours"), "test").await.unwrap();
        let (id, outcome) = tried().await;
        assert_eq!((outcome, handed_over().await), (Outcome::Done(Vec::new()), 2), "a letter and a notification");
        world.pass(80 * DAY);
        control.resume_job(&acme(), &id, "ada").await.unwrap();
        assert_eq!((tried().await.1, handed_over().await), (Outcome::Done(Vec::new()), 2), "it is known who has it");
        world.pass(20 * DAY);
        for _ in 0..3 {
            control.forget_old().await.unwrap();
        }
        assert_eq!(handed_over().await, 0);
        control.resume_job(&acme(), &id, "ada").await.unwrap();
        let (_, outcome) = tried().await;
        assert!(matches!(&outcome, Outcome::Hopeless(why) if why.contains("more than 90 days ago")), "{outcome:?}");
        assert_eq!(handed_over().await, 0);
        // Nobody is sent around in circles: its job would say the same each time.
        let (ada, owner) = (world.ada.id.as_str(), world.owner().await);
        let told = control.notifications(&acme(), (ada, &owner), false, &Cursor::new(None, None).unwrap()).await;
        let told: Vec<_> = told.unwrap().items.into_iter().map(|one| one.event.detail["text"].clone()).collect();
        let last = told.iter().filter_map(Value::as_str).find(|text| text.starts_with("its worker died")).unwrap();
        assert!(last.contains("\nAsk for the report again: "), "{last}");
    });
}

#[test]
fn how_far_a_job_is_tells_how_many_reports_there_are_and_none_of_their_titles() {
    run(async {
        let kept = Kept::start().await;
        let control = kept.server.world.control();
        kept.board(&kept.ada, "json").await;
        let job = claim_any(control, &["report"]).await.unwrap();
        let at = AtWork::new(control.clone());
        assert_eq!(kept.makes().run(&job, &at).await, Outcome::Done(Vec::new()));
        let far = at.news().unwrap();
        assert_eq!((far.done, far.total, far.message.as_str()), (0, Some(1), "reports"));
    });
}
