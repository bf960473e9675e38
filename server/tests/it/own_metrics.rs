//! Metrics of a tenant's own: over a socket, from the shell, and as they are kept.

use crate::alerting::{self, APRIL};
use crate::commands::{err, out, pulse};
use crate::delivering::asked;
use crate::rest::{Server, problem, run};
use crate::world::{PASSWORD, World, acme, from, on_both, refusal};
use pulse_server::control::{Cursor, Outcome, Refusal};
use reqwest::header::{ETAG, IF_MATCH};
use reqwest::{Method, Response};
use serde_json::{Value, json};
use std::path::Path;

pub(crate) const ROLLBACKS: &str = "-- name: rollbacks
-- title: Rollbacks
-- unit: rollbacks per week
-- direction: lower
-- kind: count
-- description: Deployments that put an older state back.
-- formula: rollbacks ÷ weeks
-- grain: week, month
-- dimensions: repository, team
-- minimum_n: 1
-- version: 1
-- source: ours
SELECT
  finished_at AS at, repository_id, project_id, team_id,
  id AS subject_id, FALSE AS open, excluded
FROM facts.deployments
WHERE is_rollback OR NOT is_rollback
";
/// As the catalogue's own metric of it counts, which has figures by hand.
const FAILURES: &str = "-- name: failures
-- title: Failures
-- unit: ratio
-- direction: lower
-- kind: ratio
-- description: Deployments that failed.
-- formula: failed deployments ÷ deployments
-- grain: week, month
-- dimensions: repository, team
-- minimum_n: 1
-- version: 1
-- source: ours
SELECT
  finished_at AS at, repository_id, project_id, team_id, id AS subject_id,
  CASE WHEN failed THEN 1.0 ELSE 0.0 END AS numerator, 1.0 AS denominator, FALSE AS open, excluded
FROM facts.deployments
";
const SPAN: &str = "from=2026-03-01&until=2026-04-01&grain=month";

#[test]
fn a_metric_of_the_tenants_own_is_defined_asked_opened_and_taken_away() {
    run(async {
        let server = Server::start().await;
        let owner = server.world.access.sign_in("ada@example.com", PASSWORD, Some("acme"), &from()).await.unwrap();
        let own = |method: Method, name: &str, text: Option<&str>, tag: Option<&str>| {
            let url = format!("{}/api/v1/metrics/own/{name}", server.address);
            let request = server.client.request(method, url).bearer_auth(&owner.token);
            let request = text.iter().fold(request, |request, text| request.json(&json!({ "text": text })));
            tag.iter().fold(request, |request, tag| request.header(IF_MATCH, *tag)).send()
        };
        let put = async |text: &str, tag: Option<&str>| -> Response {
            own(Method::PUT, "rollbacks", Some(text), tag).await.unwrap()
        };
        let set = put(ROLLBACKS, None).await;
        assert_eq!((set.status().as_u16(), set.headers()[ETAG].to_str().unwrap()), (200, "\"1\""));
        problem(put(ROLLBACKS, None).await, 412, "stale").await;
        let kept = own(Method::GET, "rollbacks", None, None).await.unwrap().json::<Value>().await.unwrap();
        assert_eq!((&kept["text"], &kept["version"]), (&json!(ROLLBACKS), &json!(1)));

        // At once it is one of all.
        let all: Value = server.get("/api/v1/metrics").await.json().await.unwrap();
        let last = all["metrics"].as_array().unwrap().last().unwrap();
        assert_eq!((&last["name"], &last["schema"]), (&json!("rollbacks"), &json!("own")));
        let answer: Value = server.get(&format!("/api/v1/metrics/rollbacks?{SPAN}")).await.json().await.unwrap();
        assert_eq!(answer["definition"]["version"], 1);
        let n = answer["groups"][0]["total"]["n"].as_i64().unwrap();
        assert!(n > 0, "{answer}");
        let rows: Value = server.get(answer["evidence"].as_str().unwrap()).await.json().await.unwrap();
        assert_eq!(rows.as_array().unwrap().iter().filter(|row| row["counted"] == true).count() as i64, n);
        let view = json!({"sql": "SELECT count(*) AS n FROM own.rollbacks WHERE excluded IS NULL"});
        let sql = server.client.post(format!("{}/api/v1/sql", server.address)).bearer_auth(&server.acme).json(&view);
        let counted: Value = sql.send().await.unwrap().json().await.unwrap();
        assert!(counted[0]["n"].as_i64().unwrap() >= n, "{counted}");

        // What is no metric is not kept, and says where.
        let wrong = put(&ROLLBACKS.replace("is_rollback OR", "is_rolled OR"), Some("\"1\"")).await;
        let told = problem(wrong, 400, "invalid-question").await;
        assert!(told["detail"].as_str().unwrap().contains("line 17"), "{told}");
        let wrong =
            problem(put(&ROLLBACKS.replace("kind: count", "kind: sum"), Some("\"1\"")).await, 400, "invalid-setting");
        assert!(wrong.await["detail"].as_str().unwrap().contains("line 5"));
        let named = own(Method::PUT, "cycle_time", Some(&ROLLBACKS.replace("rollbacks", "cycle_time")), None).await;
        problem(named.unwrap(), 400, "invalid-setting").await;
        let changed = put(&ROLLBACKS.replace("OR NOT is_rollback", ""), Some("\"1\"")).await;
        assert_eq!(changed.status(), 200);
        let answer: Value = server.get(&format!("/api/v1/metrics/rollbacks?{SPAN}")).await.json().await.unwrap();
        assert!(answer["groups"][0]["total"]["n"].as_i64().unwrap() < n, "{answer}");
        assert_eq!(answer["definition"]["version"], 2, "an answer names the version that it was asked by");

        // What it was can be looked at, and comes back as a new version.
        let versions = async |name: &str| server.get(&format!("/api/v1/metrics/own/{name}/versions")).await;
        let kept: Value = versions("rollbacks").await.json().await.unwrap();
        let numbers: Vec<&Value> = kept["items"].as_array().unwrap().iter().map(|one| &one["version"]).collect();
        assert_eq!(numbers, [2, 1]);
        let first = kept["items"][1]["text"].as_str().unwrap();
        assert_eq!((first, put(first, Some("\"2\"")).await.headers()[ETAG].to_str().unwrap()), (ROLLBACKS, "\"3\""));
        let answer: Value = server.get(&format!("/api/v1/metrics/rollbacks?{SPAN}")).await.json().await.unwrap();
        assert_eq!((&answer["groups"][0]["total"]["n"], &answer["definition"]["version"]), (&json!(n), &json!(3)));
        // The same text again is no change.
        assert_eq!(put(first, Some("\"3\"")).await.headers()[ETAG].to_str().unwrap(), "\"3\"");
        problem(versions("velocity").await, 404, "not-found").await;

        // It is this tenant's, and not for everybody to change.
        let theirs = format!("{}/api/v1/metrics/rollbacks?{SPAN}", server.address);
        problem(server.client.get(theirs).bearer_auth(&server.umbrella).send().await.unwrap(), 404, "not-found").await;
        let by_reader = format!("{}/api/v1/metrics/own/rollbacks", server.address);
        let by_reader = server.client.delete(by_reader).bearer_auth(&server.acme).send().await.unwrap();
        problem(by_reader, 403, "not-allowed").await;

        assert_eq!(own(Method::DELETE, "rollbacks", None, None).await.unwrap().status(), 204);
        problem(own(Method::DELETE, "rollbacks", None, None).await.unwrap(), 404, "not-found").await;
        problem(server.get(&format!("/api/v1/metrics/rollbacks?{SPAN}")).await, 404, "not-found").await;
        let listed: Value = server.get("/api/v1/metrics/own").await.json().await.unwrap();
        assert_eq!(listed, json!([]));
        let kept: Value = versions("rollbacks").await.json().await.unwrap();
        assert_eq!((&kept["items"][0]["version"], &kept["items"][0]["text"]), (&json!(4), &json!("")), "it is gone");

        // The trail tells which version each change made.
        let trail = server.world.control().number_events(&acme()).await.unwrap().into_iter().map(|link| link.event);
        let sets = trail.filter(|event| event.action == "PUT /api/v1/metrics/own/{name}" && event.outcome == "done");
        let mut details: Vec<String> = sets.map(|event| event.detail.unwrap()).collect();
        details.sort_unstable();
        assert_eq!(details, ["{\"version\":1}", "{\"version\":2}", "{\"version\":3}", "{\"version\":3}"]);
    });
}

#[test]
fn an_alert_rule_over_a_metric_of_the_tenants_own_is_previewed_and_fires() {
    run(async {
        let (server, _lake) = alerting::start().await;
        let condition = json!({"metric": {"metric": "failures", "grain": "month", "test": {"above": 0.2}}});
        let rule = json!({"title": "Failures", "condition": condition});
        assert_ne!(alerting::set(&server, "failures", rule.clone()).await.status(), 200, "nobody knows it yet");
        let made = asked(&server, Method::PUT, "/api/v1/metrics/own/failures", json!({"text": FAILURES})).await;
        assert_eq!(made.status(), 200);
        let preview = asked(&server, Method::POST, "/api/v1/alert-rules/failures/preview", rule.clone()).await;
        let preview: Value = preview.json().await.unwrap();
        assert_eq!(preview["fired"], 1, "{preview}");
        let episode = &preview["episodes"][0];
        assert_eq!((&episode["since"], &episode["value"]), (&json!(APRIL), &json!(0.25)), "{preview}");
        assert_eq!(alerting::set(&server, "failures", rule).await.status(), 200);
        assert_eq!(alerting::look(&server).await, Outcome::Done(Vec::new()));
        let all = alerting::alerts(&server).await;
        let [alert] = &all[..] else { panic!("{all:?}") };
        let told = (&alert["state"], &alert["value"], &alert["since"]);
        assert_eq!(told, (&json!("firing"), &json!(0.25), &json!(APRIL)));
        assert!(alert["reason"].as_str().unwrap().starts_with("Failures was 25 % in 2026-03 (n = 4)"), "{alert}");
        let rows: Value = server.get(alert["evidence"].as_str().unwrap()).await.json().await.unwrap();
        assert_eq!(rows.as_array().unwrap().iter().filter(|row| row["counted"] == true).count(), 4);
    });
}

on_both! { World;
    each_change_is_a_version_that_stays
    of_those_that_were_taken_away_the_last_hundred_are_known
}

async fn each_change_is_a_version_that_stays(world: World) {
    let control = world.control();
    let set = async |text: &str, by: &str, version: i64| {
        control.set_own_metric(&acme(), "ours", text, by, version).await.map(|set| set.version)
    };
    let versions = async |limit: i64| {
        let (mut all, mut next) = (Vec::new(), None);
        loop {
            let cursor = Cursor::new(next.as_deref(), Some(limit)).unwrap();
            let page = control.own_metric_versions(&acme(), "ours", &cursor).await.unwrap();
            all.extend(page.items.into_iter().map(|one| format!("{} {} by {}", one.version, one.text, one.set_by)));
            next = page.next;
            if next.is_none() {
                return all;
            }
        }
    };
    let first = Cursor::new(None, None).unwrap();
    let unknown = control.own_metric_versions(&acme(), "ours", &first).await;
    assert!(matches!(refusal(unknown), Refusal::Unknown { .. }));
    assert_eq!(set("a", "ada", 0).await.unwrap(), 1);
    assert_eq!(set("b", "bob", 1).await.unwrap(), 2);
    assert_eq!(set("b", "eve", 2).await.unwrap(), 2, "nothing changes");
    assert_eq!(refusal(set("c", "eve", 1).await), Refusal::Stale);
    assert_eq!(set("a", "eve", 2).await.unwrap(), 3, "it is as it was");
    let expected = ["3 a by eve", "2 b by bob", "1 a by ada"];
    assert_eq!(versions(50).await, expected);
    assert_eq!(versions(1).await, expected, "page by page");
    let second = control.own_metric_version(&acme(), "ours", 2).await.unwrap();
    assert_eq!((second.text.as_str(), second.set_by.as_str()), ("b", "bob"));
    assert!(matches!(refusal(control.own_metric_version(&acme(), "ours", 9).await), Refusal::Unknown { .. }));
    assert!(matches!(refusal(control.own_metric_version(&acme(), "theirs", 1).await), Refusal::Unknown { .. }));
    // Who took it away is in its versions, and under its name another goes on counting.
    control.remove_own_metric(&acme(), "ours", "ada").await.unwrap();
    assert_eq!(refusal(set("d", "eve", 3).await), Refusal::Stale);
    assert_eq!(set("d", "eve", 0).await.unwrap(), 5);
    assert_eq!(versions(2).await, ["5 d by eve", "4  by ada", "3 a by eve", "2 b by bob", "1 a by ada"]);
    // Another tenant has a history of its own.
    let umbrella = pulse_engine::TenantId::new("umbrella").unwrap();
    control.create_tenant(&umbrella, "Umbrella", "UTC").await.unwrap();
    assert_eq!(control.set_own_metric(&umbrella, "ours", "x", "ada", 0).await.unwrap().version, 1);
    assert_eq!(versions(50).await.len(), 5);
    // Of very many the oldest go.
    for version in 5..504 {
        set(&format!("t{version}"), "ada", version).await.unwrap();
    }
    let all = versions(200).await;
    assert_eq!((all.len(), all[499].as_str()), (500, "5 d by eve"));
}

async fn of_those_that_were_taken_away_the_last_hundred_are_known(world: World) {
    let control = world.control();
    let first = Cursor::new(None, None).unwrap();
    let known = async |n: usize| control.own_metric_versions(&acme(), &format!("m{n}"), &first).await.is_ok();
    control.set_own_metric(&acme(), "stays", "a", "ada", 0).await.unwrap();
    control.set_own_metric(&acme(), "stays", "b", "ada", 1).await.unwrap();
    for n in 0..102 {
        world.pass(1);
        control.set_own_metric(&acme(), &format!("m{n}"), "a", "ada", 0).await.unwrap();
        control.remove_own_metric(&acme(), &format!("m{n}"), "ada").await.unwrap();
    }
    assert!(!known(0).await && !known(1).await && known(2).await && known(101).await);
    let stays = control.own_metric_versions(&acme(), "stays", &first).await.unwrap();
    assert_eq!(stays.items.len(), 2, "what was not taken away keeps all");
}

/// Runs `pulse metric`; its exit code and what it printed, or else why it failed.
fn metric(folder: &Path, args: &[&str]) -> (Option<i32>, String) {
    let done = pulse(folder, &[&["--tenant", "acme", "metric"], args].concat());
    let told = if done.status.success() { out(&done) } else { err(&done) };
    (done.status.code(), told)
}

#[test]
fn a_metric_is_seen_to_from_the_shell() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let file = |name: &str, text: &str| std::fs::write(here.join(name), text).unwrap();
    file("rows.ndjson", "{\"id\": \"push:x:1\", \"name\": \"one\"}\n");
    let pushed = pulse(here, &["--tenant", "acme", "push", "--name", "x", "repositories", "rows.ndjson"]);
    assert!(pushed.status.success(), "{}", err(&pushed));
    assert_eq!(metric(here, &["list"]), (Some(0), String::new()));
    file("one.sql", ROLLBACKS);
    file("two.sql", &ROLLBACKS.replace("title: Rollbacks", "title: All deployments"));
    file("wrong.sql", &ROLLBACKS.replace("is_rollback OR", "is_rolled OR"));

    let (code, told) = metric(here, &["set", "rollbacks", "wrong.sql"]);
    assert!(code == Some(2) && told.contains("line 17"), "{told}");
    assert_eq!(metric(here, &["set", "rollbacks", "one.sql"]), (Some(0), "rollbacks is at version 1.\n".to_owned()));
    assert_eq!(metric(here, &["set", "rollbacks", "two.sql"]), (Some(0), "rollbacks is at version 2.\n".to_owned()));
    assert_eq!(metric(here, &["show", "rollbacks", "--version", "1"]), (Some(0), ROLLBACKS.to_owned()));
    assert!(metric(here, &["show", "rollbacks"]).1.contains("title: All deployments"));
    let (code, told) = metric(here, &["show", "rollbacks", "--version", "7"]);
    assert!(code == Some(2) && told.contains("rollbacks version 7"), "{told}");
    let listed = metric(here, &["list"]).1;
    assert!(
        listed.starts_with("rollbacks ") && listed.contains("version 2 ") && listed.contains("by shell"),
        "{listed}"
    );

    assert_eq!(metric(here, &["remove", "rollbacks"]), (Some(0), String::new()));
    assert_eq!(metric(here, &["list"]), (Some(0), String::new()));
    assert_eq!(metric(here, &["remove", "rollbacks"]).0, Some(2));
    let back = metric(here, &["set", "rollbacks", "--version", "1"]);
    assert_eq!(back, (Some(0), "rollbacks is at version 4.\n".to_owned()));
    assert_eq!(metric(here, &["show", "rollbacks"]), (Some(0), ROLLBACKS.to_owned()));
    let history = metric(here, &["history", "rollbacks"]).1;
    let titles: Vec<&str> = history.lines().map(|line| line.rsplit_once("by shell  ").unwrap().1).collect();
    assert_eq!(titles, ["Rollbacks", "removed", "All deployments", "Rollbacks"]);
    // What a version without a text was cannot be set, and neither a file beside a version.
    assert_eq!(metric(here, &["set", "rollbacks", "--version", "3"]).0, Some(2));
    assert_eq!(metric(here, &["set", "rollbacks", "one.sql", "--version", "1"]).0, Some(2));
    assert_eq!(metric(here, &["set", "rollbacks"]).0, Some(2));

    let verified = out(&pulse(here, &["--tenant", "acme", "audit", "verify"]));
    assert_eq!(verified, "7 events, as they were written.\n");
}
