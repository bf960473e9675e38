//! Alert rules over a lake: what they see, as whom they look, and what is said of them over REST.

use crate::deliveries::delivers;
use crate::delivering::asked;
use crate::golden::{Golden, more};
use crate::rest::{Server, problem, run};
use crate::world::{DAY, PASSWORD, SECOND, acme, from};
use pulse_connectors::net::{Posting, Reach};
use pulse_engine::lake::When;
use pulse_engine::row::{self, Row, Value as Cell};
use pulse_engine::{Settings, entities};
use pulse_server::alerts::{Alerts, Memory};
use pulse_server::control::*;
use pulse_server::delivery::Delivers;
use pulse_server::jobs::{AtWork, Work};
use reqwest::Method;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::time::Duration;

/// The end of March 2026 in Berlin.
pub(crate) const APRIL: i64 = 1_774_994_400 * SECOND;

/// A server over a lake of its own: the history of its alerts goes there.
pub(crate) async fn start() -> (Server, tempfile::TempDir) {
    let lake = tokio::task::spawn_blocking(|| Golden::lake().copy()).await.unwrap();
    (Server::over(format!("file://{}", lake.path().display())).await, lake)
}

/// Looks at the tenant's rules, as a worker does: at those over data, and then at the others.
pub(crate) async fn look(server: &Server) -> Outcome {
    server.world.control().trigger(&acme(), &Trigger::new(ALERT, ""), "test").await.unwrap();
    let work = eyes(server);
    let looked = next(server, &work, ALERT).await.unwrap();
    while next(server, &work, ALERT).await.is_some() {}
    looked
}

pub(crate) fn eyes(server: &Server) -> Alerts {
    let (control, engine) = (server.world.control().clone(), server.engine.clone());
    let base = "https://pulse.example.com/".parse().unwrap();
    Alerts { control, engine, settings: Settings::default(), base, memory: Memory::default() }
}

pub(crate) async fn next(server: &Server, work: &dyn Work, kind: &str) -> Option<Outcome> {
    let control = server.world.control();
    let limits = Limits { known: vec![kind.to_owned()], ..delivers() };
    let job = control.claim("w", &limits).await.unwrap()?;
    let outcome = work.run(&job, &AtWork::new(control.clone())).await;
    assert!(control.finish(&job, &outcome).await.unwrap());
    Some(outcome)
}

pub(crate) async fn set(server: &Server, name: &str, rule: Value) -> reqwest::Response {
    asked(server, Method::PUT, &format!("/api/v1/alert-rules/{name}"), rule).await
}

pub(crate) async fn alerts(server: &Server) -> Vec<Value> {
    let list: Value = server.get("/api/v1/alerts").await.json().await.unwrap();
    list["items"].as_array().unwrap().clone()
}

/// A connection that was never read.
pub(crate) fn hub() -> Connection {
    Connection {
        name: "hub".into(),
        connector: "github".into(),
        place: "https://api.github.com".into(),
        settings: json!({}),
        has_credential: false,
        created_by: "ada".into(),
        created_at: 0,
        version: 0,
    }
}

pub(crate) fn lead_time(test: Value) -> Value {
    json!({"title": "Lead time", "condition": {"metric": {"metric": "change_lead_time", "grain": "month", "test": test}}})
}

/// How many requests for objects a look at all rules takes.
async fn reads_of_a_look(server: &Server) -> u64 {
    let before = server.engine.lake().costs().reads;
    assert_eq!(look(server).await, Outcome::Done(Vec::new()));
    server.engine.lake().costs().reads - before
}

#[test]
fn many_rules_that_ask_the_same_ask_the_lake_no_more_than_one() {
    run(async {
        let (server, _lake) = start().await;
        let reads = async || reads_of_a_look(&server).await;
        let rule = |n: usize| {
            let condition = json!({"metric": {"metric": "change_lead_time", "grain": "month", "test": {"above": n}}});
            json!({"title": "Lead time", "condition": condition})
        };
        assert_eq!(set(&server, "lead-0", rule(1)).await.status(), 200);
        // What is kept of the tables is kept by then.
        reads().await;
        let one = reads().await;
        for n in 1..8 {
            assert_eq!(set(&server, &format!("lead-{n}"), rule(n + 1)).await.status(), 200);
        }
        let (first, again) = (reads().await, reads().await);
        assert!(
            one > 0 && again <= 2 * one,
            "one rule takes {one} requests for objects, eight take {first} and {again}"
        );
        let fired = alerts(&server).await;
        assert_eq!(fired.iter().filter(|alert| alert["state"] == "firing").count(), 8, "{fired:?}");
    });
}

#[test]
fn rules_that_wait_for_observations_of_one_metric_look_up_the_newest_once() {
    run(async {
        let (server, _lake) = start().await;
        let reads = async || reads_of_a_look(&server).await;
        // The last change was deployed on 10 March.
        let rule = |n: usize| lead_time(json!({"missing_hours": n}));
        assert_eq!(set(&server, "silent-1", rule(1)).await.status(), 200);
        // What is kept of the tables is kept by then.
        reads().await;
        let one = reads().await;
        for n in 2..=16 {
            assert_eq!(set(&server, &format!("silent-{n}"), rule(n)).await.status(), 200);
        }
        let (first, again) = (reads().await, reads().await);
        assert!(
            one > 0 && again <= 2 * one,
            "one rule takes {one} requests for objects, sixteen take {first} and {again}"
        );
        let fired = alerts(&server).await;
        assert_eq!(fired.iter().filter(|alert| alert["state"] == "firing").count(), 16, "{fired:?}");
    });
}

#[test]
fn a_rule_over_a_metric_is_previewed_fires_opens_into_its_rows_and_is_acknowledged() {
    run(async {
        let (server, _lake) = start().await;
        let mut rule = lead_time(json!({"above": 36000.0}));
        rule["to"] = json!([{"notification": server.world.ada.id}]);
        // Of one that is not set: the median of March was 24 hours.
        let path = "/api/v1/alert-rules/lead/preview";
        let preview: Value = asked(&server, Method::POST, path, rule.clone()).await.json().await.unwrap();
        assert_eq!((&preview["fired"], &preview["from"]), (&json!(1), &json!("2026-01-01")), "{preview}");
        let episode = &preview["episodes"][0];
        assert_eq!((&episode["since"], &episode["value"]), (&json!(APRIL), &json!(86400.0)), "{preview}");
        assert_eq!((&episode["fired_at"], &episode["cleared_at"]), (&json!(APRIL), &Value::Null));
        let high = asked(&server, Method::POST, path, lead_time(json!({"above": 90000.0}))).await;
        assert_eq!(high.json::<Value>().await.unwrap()["fired"], 0);
        let made = set(&server, "lead", rule.clone()).await;
        assert_eq!((made.status().as_u16(), made.headers()["etag"].to_str().unwrap()), (200, "\"1\""));
        problem(set(&server, "lead", rule.clone()).await, 412, "stale").await;
        problem(
            server
                .client
                .put(format!("{}/api/v1/alert-rules/x", server.address))
                .bearer_auth(&server.acme)
                .json(&rule)
                .send()
                .await
                .unwrap(),
            403,
            "not-allowed",
        )
        .await;
        assert_eq!(look(&server).await, Outcome::Done(Vec::new()));
        let all = alerts(&server).await;
        let [alert] = &all[..] else { panic!("{all:?}") };
        assert_eq!(
            (&alert["state"], &alert["value"], &alert["since"]),
            (&json!("firing"), &json!(86400.0), &json!(APRIL))
        );
        assert_eq!(alert["reason"], "Change lead time was 24 h in 2026-03 (n = 4); it should be at most 10 h.");
        let rows: Value = server.get(alert["evidence"].as_str().unwrap()).await.json().await.unwrap();
        assert_eq!(rows.as_array().unwrap().iter().filter(|row| row["counted"] == true).count(), 4);

        let acknowledge = format!("/api/v1/alerts/{}/acknowledge", alert["id"].as_str().unwrap());
        let acked: Value = asked(&server, Method::POST, &acknowledge, json!({})).await.json().await.unwrap();
        assert_eq!(acked["state"], "acknowledged");
        problem(asked(&server, Method::POST, &acknowledge, json!({})).await, 409, "alert-state").await;
        let shown: Value =
            server.get(&format!("/api/v1/alerts/{}", alert["id"].as_str().unwrap())).await.json().await.unwrap();
        let states: Vec<_> = shown["steps"].as_array().unwrap().iter().map(|step| step["state"].clone()).collect();
        assert_eq!(states, [json!("firing"), json!("acknowledged")]);
        // The same in SQL, once the rules were looked at again; twice it is not there.
        for _ in 0..2 {
            assert_eq!(look(&server).await, Outcome::Done(Vec::new()));
            let tenant = server.engine.tenant(&acme());
            let rows = tenant.sql("SELECT number, state, value FROM facts.alerts ORDER BY number").await.unwrap();
            let table = arrow::util::pretty::pretty_format_batches(&rows).unwrap().to_string();
            let rows: Vec<String> = table.lines().map(|line| line.replace(' ', "")).collect();
            assert_eq!(rows[3..5], ["|1|firing|86400.0|", "|2|acknowledged|86400.0|"], "{table}");
        }

        let work = Delivers {
            control: server.world.control().clone(),
            vault: server.world.access.signer.vault().clone(),
            engine: server.engine.clone(),
            posting: Posting::new(Reach::Anywhere, Duration::from_secs(1)).unwrap(),
            mail: None,
        };
        next(&server, &work, DELIVER).await.unwrap();
        let kept: Value = asked(&server, Method::GET, "/api/v1/notifications", json!(null)).await.json().await.unwrap();
        let told = &kept["items"][0]["detail"];
        assert_eq!(told["subject"], "[warning] Lead time");
        let page = format!("https://pulse.example.com/alerts/{}", alert["id"].as_str().unwrap());
        let why = format!("Why: {page}?evidence=%2Fapi%2Fv1%2Fmetrics%2Fchange_lead_time%2Fevidence%3F");
        assert!(told["text"].as_str().unwrap().contains(&why), "{told}");
        assert_eq!(told["link"], page);
    });
}

#[test]
fn an_alert_is_assigned_to_a_member_who_is_told_and_an_acknowledgement_is_taken_back() {
    run(async {
        let (server, _lake) = start().await;
        let grace = server.world.join("grace@example.com", &["operator"], Sees::Everything).await;
        assert_eq!(set(&server, "lead", lead_time(json!({"above": 36000.0}))).await.status(), 200);
        look(&server).await;
        let id = alerts(&server).await[0]["id"].as_str().unwrap().to_owned();
        let path = |what: &str| format!("/api/v1/alerts/{id}/{what}");
        let assigned = async |user: &str| asked(&server, Method::PUT, &path("assignee"), json!({"user": user})).await;
        problem(assigned("nobody").await, 422, "invalid-value").await;
        let hers: Value = assigned(&grace.id).await.json().await.unwrap();
        assert_eq!((&hers["assigned_to"], &hers["assigned_by"]), (&json!(grace.id), &json!(server.world.ada.id)));
        let listed = &alerts(&server).await[0];
        assert_eq!((&listed["assigned_to"], &listed["state"]), (&json!(grace.id), &json!("firing")));
        let control = server.world.control();
        let events = control.events(&acme(), 0, 100).await.unwrap();
        let told = events.iter().rfind(|event| event.kind == "alert.firing").unwrap();
        assert_eq!((&told.subject, &told.detail["assigned_to"]), (&id, &json!(grace.id)));
        // The same in SQL, once the rules were looked at again.
        look(&server).await;
        let sql = "SELECT assigned_to, assigned_by, assigned_at FROM facts.alerts WHERE number = 2";
        let rows = server.engine.tenant(&acme()).sql(sql).await.unwrap();
        let table = arrow::util::pretty::pretty_format_batches(&rows).unwrap().to_string();
        assert!(table.contains(&*grace.id) && table.contains(&*server.world.ada.id), "{table}");
        assert!(table.contains("2026-04-0"), "{table}");
        next(&server, &crate::delivering::work(&server, None), DELIVER).await.unwrap();
        let authority = server.world.authority(&grace).await;
        let hers = (grace.id.as_str(), &authority);
        let kept = control.notifications(&acme(), hers, false, &Cursor::new(None, None).unwrap()).await.unwrap().items;
        let told = kept.iter().find(|one| one.event.kind == "message.received").unwrap();
        let (subject, text) = (&told.event.detail["subject"], told.event.detail["text"].as_str().unwrap());
        assert_eq!(subject, "[warning] Assigned to you: Lead time");
        assert!(text.contains("it should be at most 10 h.") && text.contains("that you look after it."), "{text}");
        assert_eq!(told.event.detail["link"], format!("https://pulse.example.com/alerts/{id}"));
        let nobodys: Value = asked(&server, Method::DELETE, &path("assignee"), json!(null)).await.json().await.unwrap();
        assert_eq!(nobodys["assigned_to"], Value::Null);

        problem(asked(&server, Method::POST, &path("unacknowledge"), json!({})).await, 409, "alert-state").await;
        for (what, state) in [("acknowledge", "acknowledged"), ("unacknowledge", "firing")] {
            let after: Value = asked(&server, Method::POST, &path(what), json!({})).await.json().await.unwrap();
            assert_eq!(after["state"], state);
        }
    });
}

#[test]
fn a_silence_and_a_fall_into_a_lower_tier_are_previewed_by_what_was_observed_and_the_fall_fires() {
    run(async {
        let (server, _lake) = start().await;
        let preview = async |test: Value| {
            let condition = json!({"metric": {"metric": "deployment_frequency", "grain": "month", "test": test}});
            let rule = json!({"title": "Deployments", "condition": condition});
            let told = asked(&server, Method::POST, "/api/v1/alert-rules/new/preview", rule).await;
            let told: Value = told.json().await.unwrap();
            let episodes = told["episodes"].as_array().unwrap_or_else(|| panic!("{told}"));
            let fired = told["fired"].as_u64().unwrap();
            assert_eq!(fired, episodes.len() as u64, "without a time to wait each fires at once");
            let of = |one: &Value| (one["since"].clone(), one["cleared_at"].clone(), one["value"].clone());
            episodes.iter().map(of).collect::<Vec<_>>()
        };
        let episode = |since: i64, cleared: Option<i64>, value: Option<f64>| {
            (json!(since * SECOND), json!(cleared.map(|at| at * SECOND)), json!(value))
        };
        // Deployed at 12:00 on 2, 4 and 10 March, and at 15:00 on that day: a day later each time there is silence.
        let noon = |day: i64| 1_772_323_200 + (day - 1) * 86_400 + 43_200;
        let silences = [
            episode(noon(3), Some(noon(4)), None),
            episode(noon(5), Some(noon(10)), None),
            episode(noon(11) + 10_800, None, None),
        ];
        assert_eq!(preview(json!({"missing_hours": 24})).await, silences);
        assert_eq!(preview(json!({"missing_hours": 24 * 7})).await, [episode(noon(17) + 10_800, None, None)]);
        assert!(preview(json!("tier_drop")).await.is_empty(), "four in a month stand in no tier");
        let condition = json!({"metric": {"metric": "deployment_frequency", "grain": "month", "test": "tier_drop"}});
        assert_eq!(set(&server, "fall", json!({"title": "Fall", "condition": condition})).await.status(), 200);
        assert_eq!(look(&server).await, Outcome::Done(Vec::new()));
        assert_eq!(alerts(&server).await, Vec::<Value>::new());
        // Every seven hours in January, which is elite, and every two days in February, 3 a week.
        let january = (0..100).map(|n| (format!("push:acme:j{n}"), (1_767_247_200 + n * 25_200) * SECOND));
        let february = (0..12).map(|n| (format!("push:acme:f{n}"), (1_769_925_600 + n * 172_800) * SECOND));
        more(&server.engine.tenant(&acme()), &january.chain(february).collect::<Vec<_>>()).await;
        // It is known when February is over, at midnight in Berlin; of March too little is known to say that it is over.
        assert_eq!(preview(json!("tier_drop")).await, [episode(1_772_319_600, None, Some(3.0))]);
        // So it is now: what March does not say takes nothing back.
        assert_eq!(look(&server).await, Outcome::Done(Vec::new()));
        let fires = alerts(&server).await;
        let [alert] = &fires[..] else { panic!("{fires:?}") };
        assert_eq!((&alert["state"], &alert["value"]), (&json!("firing"), &json!(3.0)), "{alert}");
        assert_eq!(alert["since"], json!(1_772_319_600 * SECOND), "{alert}");
        let fell = "Deployment frequency stood in the tier `high` in 2026-02, by the answers of 2024; in 2026-01 it was `elite`.";
        assert_eq!(alert["reason"], fell);
        let rows: Value = server.get(alert["evidence"].as_str().unwrap()).await.json().await.unwrap();
        assert_eq!(rows.as_array().unwrap().iter().filter(|row| row["counted"] == true).count(), 12, "{rows}");
    });
}

#[test]
fn a_statement_looks_as_its_owner_and_stops_and_says_so_when_they_are_gone() {
    run(async {
        let (server, _lake) = start().await;
        let nothing = Sees::Only { teams: BTreeSet::new(), projects: BTreeSet::new() };
        let grace = server.world.join("grace@example.com", &["analyst", "operator"], nothing).await;
        let token =
            server.world.access.sign_in("grace@example.com", PASSWORD, Some("acme"), &from()).await.unwrap().token;
        let as_grace = async |method: Method, path: &str, body: Value| {
            let request = server.client.request(method, format!("{}{path}", server.address)).bearer_auth(&token);
            request.json(&body).send().await.unwrap()
        };
        let sql = |sql: &str| json!({"title": "Repositories", "condition": {"sql": {"sql": sql}}});
        let all = "SELECT id AS key, name, 7.5 AS value, 'It is there.' AS sentence FROM core.repositories";
        problem(set(&server, "bad", sql("SELECT x FROM nowhere")).await, 400, "invalid-question").await;
        problem(set(&server, "bad", sql("DROP TABLE core.repositories")).await, 400, "invalid-question").await;
        assert_eq!(as_grace(Method::PUT, "/api/v1/alert-rules/hers", sql(all)).await.status(), 200);
        assert_eq!(look(&server).await, Outcome::Done(Vec::new()));
        assert_eq!(alerts(&server).await, Vec::<Value>::new(), "she sees no repository");
        assert_eq!(set(&server, "all", sql(all)).await.status(), 200);
        look(&server).await;
        let fires = alerts(&server).await;
        assert_eq!((fires.len(), &fires[0]["members"][0]["value"]), (1, &json!(7.5)), "{fires:?}");
        assert_eq!(fires[0]["reason"], "It is there.");
        // She knows of her own alone.
        let hers: Value = as_grace(Method::GET, "/api/v1/alerts", json!(null)).await.json().await.unwrap();
        assert_eq!(hers["items"], json!([]));
        let path = format!("/api/v1/alerts/{}", fires[0]["id"].as_str().unwrap());
        problem(as_grace(Method::GET, &path, json!(null)).await, 404, "not-found").await;
        let rules: Value = as_grace(Method::GET, "/api/v1/alert-rules", json!(null)).await.json().await.unwrap();
        assert_eq!((rules.as_array().unwrap().len(), &rules[0]["owner"]), (1, &json!(grace.id)));
        problem(as_grace(Method::DELETE, "/api/v1/alert-rules/all", json!(null)).await, 404, "not-found").await;

        let (control, owner) = (server.world.control(), server.world.owner().await);
        let gone = MemberChange { active: Some(false), ..MemberChange::default() };
        control.change_member(&acme(), &owner, &grace.id, 1, gone).await.unwrap();
        for _ in 0..2 {
            assert_eq!(look(&server).await, Outcome::Done(Vec::new()), "the others are looked at all the same");
        }
        let rule = control.alert_rule(&acme(), "hers").await.unwrap().unwrap();
        assert!(rule.fault.as_deref().unwrap().contains("no member any more"), "{rule:?}");
        let me = (server.world.ada.id.as_str(), &owner);
        let kept = control.notifications(&acme(), me, false, &Cursor::new(None, None).unwrap()).await.unwrap().items;
        let stopped: Vec<_> = kept.iter().filter(|one| one.event.kind == "alert.stopped").collect();
        assert_eq!((stopped.len(), stopped[0].event.subject.as_str()), (1, "hers"), "told once");
        // Whoever sets it anew owns it.
        let read: Value = server.get("/api/v1/alert-rules/hers").await.json().await.unwrap();
        assert_eq!(read["version"], 1);
        let request =
            server.client.put(format!("{}/api/v1/alert-rules/hers", server.address)).header("if-match", "\"1\"");
        let ada = server.world.access.sign_in("ada@example.com", PASSWORD, Some("acme"), &from()).await.unwrap().token;
        assert_eq!(request.bearer_auth(ada).json(&sql(all)).send().await.unwrap().status(), 200);
        look(&server).await;
        assert_eq!(control.alert_rule(&acme(), "hers").await.unwrap().unwrap().fault, None);
        assert_eq!(alerts(&server).await.len(), 2);
    });
}

#[test]
fn rows_name_nobody_by_whichever_way_they_go_out_and_whoever_set_the_rule() {
    run(async {
        let (server, _lake) = start().await;
        let (control, tenant) = (server.world.control(), server.engine.tenant(&acme()));
        let commits = tenant.lake().table(entities::core("commits").unwrap());
        let commit = Row::new(commits.entity())
            .set("id", "push:acme:f")
            .set("connection", "push:acme")
            .set("raw", "push/1/1")
            .set("observed_at", Cell::Time(1_775_000_000 * SECOND))
            .set("repository_id", "push:acme:shop")
            .set("sha", "f".repeat(40))
            .set("author_id", "ada-lovelace")
            .set("title", "An engine");
        let batch = row::batch(commits.entity(), &[commit]).unwrap();
        commits.upsert(&batch, &[], When::Changed).await.unwrap();
        // Ada may see all of these.
        let sql = |sql: &str| json!({"title": "Commits", "condition": {"sql": {"sql": sql}}});
        for text in [
            "SELECT author_id AS key FROM facts.changes",
            "SELECT id AS key FROM core.people",
            "SELECT key FROM raw.push",
            "SELECT actor AS key FROM audit.events",
        ] {
            let asked_before = asked(&server, Method::POST, "/api/v1/sql", json!({"sql": text})).await;
            assert_eq!(asked_before.status(), 200, "{text}");
            let set = set(&server, "r", sql(text)).await;
            let tried = asked(&server, Method::POST, "/api/v1/alert-rules/r/preview", sql(text)).await;
            for refused in [set, tried] {
                let (status, said) = (refused.status(), refused.text().await.unwrap());
                assert!(status == 422 && said.contains("whoever sets it"), "{text}: {status} {said}");
            }
        }
        let text = "SELECT *, id AS key FROM core.commits WHERE id = 'push:acme:f'";
        let seen = asked(&server, Method::POST, "/api/v1/sql", json!({"sql": text})).await.text().await.unwrap();
        assert!(seen.contains("An engine") && seen.contains("ada-lovelace"), "{seen}");
        let mut rows = sql(text);
        rows["to"] = json!([{"notification": server.world.ada.id}]);
        assert_eq!(set(&server, "commits", rows).await.status(), 200);
        // One that was set when rules saw more.
        let rule: pulse_server::alerts::Rule =
            serde_json::from_value(sql("SELECT id AS key FROM core.people")).unwrap();
        control.set_alert_rule(&acme(), "earlier", (&rule, &[]), &server.world.ada.id, 0).await.unwrap();
        assert_eq!(look(&server).await, Outcome::Done(Vec::new()));
        let fault = control.alert_rule(&acme(), "earlier").await.unwrap().unwrap().fault.unwrap();
        assert!(fault.contains("in which nobody is named"), "{fault}");

        let all = alerts(&server).await;
        let [alert] = &all[..] else { panic!("{all:?}") };
        let shown = server.get(&format!("/api/v1/alerts/{}", alert["id"].as_str().unwrap())).await;
        let shown = shown.text().await.unwrap();
        // As a notification, and so by mail, chat and webhook, which are given the same.
        let work = Delivers {
            control: control.clone(),
            vault: server.world.access.signer.vault().clone(),
            engine: server.engine.clone(),
            posting: Posting::new(Reach::Anywhere, Duration::from_secs(1)).unwrap(),
            mail: None,
        };
        next(&server, &work, DELIVER).await.unwrap();
        let kept = asked(&server, Method::GET, "/api/v1/notifications", json!(null)).await;
        let kept: Value = kept.json().await.unwrap();
        let told = kept["items"].as_array().unwrap().iter().find_map(|one| one["detail"]["text"].as_str());
        let kept = tenant.sql("SELECT reason FROM facts.alerts").await.unwrap();
        let history = arrow::util::pretty::pretty_format_batches(&kept).unwrap().to_string();
        for way in [shown.as_str(), history.as_str()] {
            assert!(way.contains("An engine") && !way.contains("ada-lovelace"), "{way}");
        }
        // A message has the beginning of it.
        let told = told.unwrap();
        assert!(
            told.starts_with("{\"connection\":\"push:acme\",\"id\":\"push:acme:f\"") && !told.contains("ada-lovelace"),
            "{told}"
        );
    });
}

#[test]
fn whoever_sets_a_rule_may_do_what_it_does() {
    run(async {
        let (server, _lake) = start().await;
        server.world.join("otto@example.com", &["operator"], Sees::Everything).await;
        let token =
            server.world.access.sign_in("otto@example.com", PASSWORD, Some("acme"), &from()).await.unwrap().token;
        let put = async |rule: Value| {
            let request = server.client.put(format!("{}/api/v1/alert-rules/r", server.address)).bearer_auth(&token);
            request.json(&rule).send().await.unwrap()
        };
        problem(put(json!({"title": "t", "condition": {"sql": {"sql": "SELECT 1 AS key"}}})).await, 403, "not-allowed")
            .await;
        problem(
            put(lead_time(json!({"above": 1.0}))
                .as_object()
                .map(|rule| json!({"title": "", "condition": rule["condition"]}))
                .unwrap())
            .await,
            422,
            "invalid-value",
        )
        .await;
        problem(put(json!({"title": "t", "condition": {"moon": {}}})).await, 400, "invalid-request").await;
        assert_eq!(put(lead_time(json!({"above": 1.0}))).await.status(), 200);
    });
}

#[test]
fn what_is_missing_is_told_by_the_clock_and_what_is_not_there_is_no_fault() {
    run(async {
        let (server, _lake) = start().await;
        let control = server.world.control();
        // The last change of the lake was deployed on 10 March, 15:00.
        let mut silent = lead_time(json!({"missing_hours": 24}));
        silent["title"] = json!("Silence");
        assert_eq!(set(&server, "silent", silent).await.status(), 200);
        let connection = json!({"title": "Unread", "condition": {"connection": {"unread_hours": 24}}});
        assert_eq!(set(&server, "unread", connection).await.status(), 200);
        // It is due in 15 hours.
        let mut longer = lead_time(json!({"missing_hours": 552}));
        longer["title"] = json!("Longer");
        assert_eq!(set(&server, "longer", longer).await.status(), 200);
        for (name, condition) in [
            ("risk", json!({"risk": {"status": "off_track"}})),
            ("late", json!({"forecast": {"below": 0.5}})),
            ("drift", json!({"calibration": {"kinds": ["epic"]}})),
            ("dead", json!({"job": {}})),
            ("tier", json!({"metric": {"metric": "deployment_frequency", "grain": "month", "test": "tier_drop"}})),
            ("odd", json!({"metric": {"metric": "change_lead_time", "grain": "month", "test": {"unusual": "either"}}})),
        ] {
            let made = set(&server, name, json!({"title": name, "condition": condition})).await;
            assert_eq!(made.status(), 200, "{name}: {}", made.text().await.unwrap());
        }
        let vault = server.world.access.signer.vault();
        control.set_connection(&acme(), &hub(), None, vault).await.unwrap();
        assert_eq!(look(&server).await, Outcome::Done(Vec::new()));
        let rules = control.alert_rules(&acme()).await.unwrap();
        assert!(rules.iter().all(|rule| rule.fault.is_none() && rule.looked_at.is_some()), "{rules:?}");
        let fires = alerts(&server).await;
        let [silent] = &fires[..] else { panic!("{fires:?}") };
        // 11 March, 15:00, in UTC.
        assert_eq!((&silent["title"], &silent["since"]), (&json!("Silence"), &json!(1_773_241_200 * SECOND)));
        assert_eq!(control.tick_alerts().await.unwrap(), 0);
        server.world.pass(DAY);
        assert_eq!(control.tick_alerts().await.unwrap(), 1, "nothing was modelled, and a day has passed");
        look(&server).await;
        let mut titles: Vec<_> = alerts(&server).await.iter().map(|alert| alert["title"].clone()).collect();
        titles.sort_by_key(Value::to_string);
        assert_eq!(titles, [json!("Longer"), json!("Silence"), json!("Unread")]);
        // A job that is dead is told of when it dies.
        control.trigger(&acme(), &Trigger::new("map", ""), "test").await.unwrap();
        let limits = Limits { known: vec!["map".into()], ..delivers() };
        let job = control.claim("w", &limits).await.unwrap().unwrap();
        control.finish(&job, &Outcome::Hopeless("it makes no sense".into())).await.unwrap();
        look(&server).await;
        let dead = alerts(&server).await.into_iter().find(|alert| alert["title"] == "dead").unwrap();
        assert_eq!(dead["reason"], "The job `map` is dead: it makes no sense");
        assert_eq!(dead["evidence"], format!("/api/v1/jobs?run={}", job.run));
    });
}

#[test]
fn what_was_never_observed_is_told_of_when_the_rule_has_waited_for_so_long() {
    run(async {
        let (server, _lake) = start().await;
        let control = server.world.control();
        // The lake has no work items.
        let condition = json!({"metric": {"metric": "cycle_time", "test": {"missing_hours": 24}}});
        let never = json!({"title": "Never", "for_seconds": 3600, "condition": condition});
        assert_eq!(set(&server, "never", never.clone()).await.status(), 200);
        let set_at = control.now();
        let states = async || alerts(&server).await.iter().map(|alert| alert["state"].clone()).collect::<Vec<_>>();
        let passed = async |time: i64| {
            server.world.pass(time);
            let asked = control.tick_alerts().await.unwrap();
            look(&server).await;
            (asked, states().await)
        };
        look(&server).await;
        assert_eq!(passed(DAY - 1).await, (0, Vec::new()), "it may come yet");
        assert_eq!(passed(1).await, (1, vec![json!("pending")]), "the clock brings the look");
        assert_eq!(passed(3600 * SECOND).await, (1, vec![json!("firing")]));
        let alert = &alerts(&server).await[0];
        assert_eq!(alert["since"], json!(set_at + DAY));
        let reason = alert["reason"].as_str().unwrap();
        assert!(reason.starts_with("Nothing was ever observed of Cycle time; "), "{reason}");
        assert!(reason.ends_with("the rule was set on 2026-04-02 00:00 UTC."), "{reason}");
        // Whoever sets it anew waits anew, and has not seen any.
        let anew = serde_json::from_value(never).unwrap();
        control.set_alert_rule(&acme(), "never", (&anew, &[]), &server.world.ada.id, 1).await.unwrap();
        assert_eq!(passed(SECOND).await.1, [json!("firing")]);
    });
}

#[test]
fn rows_are_previewed_as_they_were_as_far_as_the_lake_keeps_that_and_else_it_says_why() {
    run(async {
        let (server, _lake) = start().await;
        let sql = |sql: &str| json!({"title": "Repositories", "condition": {"sql": {"sql": sql}}});
        let path = "/api/v1/alert-rules/new/preview";
        let here = "SELECT name AS key FROM core.repositories";
        // The lake was written now, by the machine's clock, and the server's is in April.
        for (text, why) in [(here, "is not known"), ("SELECT now() AS key", "the time of the clock")] {
            let refused = asked(&server, Method::POST, path, sql(text)).await;
            assert_eq!(refused.status(), 422, "{text}");
            let said = refused.text().await.unwrap();
            assert!(said.contains(why), "{said}");
        }
        let machine = i64::try_from(std::time::UNIX_EPOCH.elapsed().unwrap().as_micros()).unwrap();
        let (clock, settings) = (pulse_engine::Clock::Fixed(machine + 3 * DAY), Settings::default());
        let rule = serde_json::from_value(sql(here)).unwrap();
        let tenant = server.engine.tenant(&acme());
        let would =
            pulse_server::alerts::preview(server.world.control(), &tenant, &rule, &settings, clock).await.unwrap();
        assert_eq!((would.fired, would.episodes.len()), (1, 1), "{would:?}");
        let since = chrono::DateTime::from_timestamp_micros(would.episodes[0].since).unwrap();
        assert_eq!(since.date_naive(), would.from, "it is so from the first day on that is known");
        assert!(would.from >= settings.day(machine), "{would:?}");
    });
}

/// A model that finds nothing new.
struct Models;

#[async_trait::async_trait]
impl Work for Models {
    fn kind(&self) -> &'static str {
        "model"
    }

    fn limit(&self) -> Duration {
        Duration::from_secs(60)
    }

    async fn run(&self, _job: &Job, _at: &AtWork) -> Outcome {
        Outcome::Done(Vec::new())
    }
}

#[test]
fn a_period_in_which_nothing_happened_counts_once_the_model_found_nothing_new() {
    run(async {
        let (server, _lake) = start().await;
        let control = server.world.control();
        // The lake was written now, by the machine's clock: a bit more than a year from then on.
        let now = i64::try_from(std::time::UNIX_EPOCH.elapsed().unwrap().as_micros()).unwrap() + 400 * DAY;
        server.world.pass(now - control.now());
        let condition = json!({"metric": {"metric": "deployment_frequency", "grain": "month", "test": {"below": 0.1}}});
        assert_eq!(set(&server, "quiet", json!({"title": "Quiet", "condition": condition})).await.status(), 200);
        let month = |months: u32| {
            let day = chrono::DateTime::from_timestamp_micros(now).unwrap().date_naive();
            day.checked_sub_months(chrono::Months::new(months)).unwrap().format("%Y-%m").to_string()
        };
        // Tokens do not live for so long.
        let token = server.world.token(&acme()).await;
        let told = async || {
            look(&server).await;
            let list = server.client.get(format!("{}/api/v1/alerts", server.address)).bearer_auth(&token);
            let list: Value = list.send().await.unwrap().json().await.unwrap();
            list["items"][0]["reason"].as_str().unwrap_or("nothing").to_owned()
        };
        // What came after the lake was written is not known.
        let before = told().await;
        assert!(!before.contains(&format!("in {}", month(1))), "{before}");
        control.trigger(&acme(), &Trigger::new("model", ""), "test").await.unwrap();
        assert_eq!(next(&server, &Models, "model").await.unwrap(), Outcome::Done(Vec::new()));
        let after = told().await;
        assert!(after.contains(&format!("in {}", month(1))), "{after}");
    });
}
