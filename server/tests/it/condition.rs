//! How a connection does, as REST tells it: against totals that were counted by hand.

use crate::github::{connection, history, land, serve};
use crate::landing::{done, owner, works};
use crate::rest::{Server, run};
use crate::world::{DAY, SECOND, acme};
use pulse_engine::TenantId;
use pulse_engine::land::{Page, Payload};
use pulse_server::auth::Permission;
use pulse_server::control::*;
use pulse_simulator::{Fault, On};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::time::Duration;

/// What of the coverage matters here: entity, the vendor's number, ours, and the share.
fn covered(condition: &Value) -> Vec<(String, Value, Value, Value)> {
    let of = |c: &Value| {
        (c["entity"].as_str().unwrap().to_owned(), c["vendor"].clone(), c["held"].clone(), c["share"].clone())
    };
    condition["coverage"].as_array().unwrap().iter().map(of).collect()
}

#[test]
fn a_connections_health_tells_what_was_read_what_was_not_and_why() {
    run(async {
        let lake = tempfile::tempdir().unwrap();
        let server = Server::over(url::Url::from_directory_path(lake.path()).unwrap().to_string()).await;
        let (owner, control) = (owner(&server).await, server.world.control());
        let mut life = history();
        for title in ["v1", "v2"] {
            life.world.set_milestone(life.shop, title, None, "bob").unwrap();
        }
        // The last thing that happened was that the incident's issue was closed, an hour before the end.
        let newest = (life.world.now - chrono::TimeDelta::hours(1)).timestamp_micros();
        let github = serve(life.world).await;
        assert_eq!(owner.put("hub", &connection(&github)).await.0, 200);
        let health = async || -> Value {
            let told = owner.send(Method::GET, "connections/hub/health", json!(null), None).await;
            assert_eq!(told.status(), StatusCode::OK);
            told.json().await.unwrap()
        };
        let before = health().await;
        for unknown in [
            "last_success",
            "last_failure",
            "open",
            "waiting_until",
            "next_at",
            "newest_at",
            "lag_seconds",
            "rejects",
            "coverage",
        ] {
            assert_eq!(before[unknown], json!(null), "{unknown}: {before}");
        }
        assert_eq!(before["budgets"], json!([]));
        let every = owner.send(Method::PUT, "schedules/land?subject=hub", json!({"when": {"every": 900}}), None).await;
        let schedule: Value = every.json().await.unwrap();
        let (end, working) = works(&server);
        let job = land(&owner, control, "hub", json!(null)).await;
        done(control, &job.run).await;
        let read = health().await;
        assert_eq!(read["last_success"]["job"], json!(job.id), "{read}");
        assert_eq!((&read["next_at"], read["next_at"].is_i64()), (&schedule["next_at"], true), "{schedule}");
        assert_eq!(read["newest_at"], json!(newest));
        assert_eq!(read["lag_seconds"], json!((control.now() - newest) / SECOND));
        // The numbers are GitHub's, and its clock stands still here.
        let at = github.github.world.lock().now.timestamp_micros();
        let budgets = read["budgets"].as_array().unwrap();
        let names: Vec<&str> = budgets.iter().map(|budget| budget["name"].as_str().unwrap()).collect();
        assert_eq!(names, ["core", "graphql"], "{budgets:?}");
        for budget in budgets {
            assert_eq!((&budget["limit"], &budget["at"]), (&json!(5000), &json!(at)), "{budget}");
            assert_eq!(budget["resets_at"], json!(at + 3600 * SECOND), "{budget}");
            let left = budget["remaining"].as_i64().unwrap();
            assert!((4900..5000).contains(&left), "{budget}");
        }
        // One repository; the first commit, two changes and what came of them on main; four deployments, of which one failed.
        let row =
            |entity: &str, vendor: Value, held: u64, share: Value| (entity.to_owned(), vendor, json!(held), share);
        let all = [
            row("repositories", json!(1), 1, json!(1.0)),
            row("commits", json!(null), 5, json!(null)),
            row("pull_requests", json!(2), 2, json!(1.0)),
            row("work_items", json!(1), 1, json!(1.0)),
            row("deployments", json!(4), 4, json!(1.0)),
            row("releases", json!(0), 0, json!(null)),
            row("versions", json!(2), 2, json!(1.0)),
        ];
        assert_eq!(covered(&read), all);

        // Two more issues are told, and of them one comes that nobody can read.
        let tenant = server.engine.tenant(&acme());
        let sql = json!({"sql": "SELECT key, body FROM raw.github WHERE stream = 'repositories'"});
        let raw: Value = owner.send(Method::POST, "sql", sql, None).await.json().await.unwrap();
        let row = raw.pointer("/rows/0").or(raw.pointer("/0")).unwrap();
        let key = row["key"].as_str().unwrap();
        let mut body: Value = serde_json::from_str(row["body"].as_str().unwrap()).unwrap();
        body["issues"]["totalCount"] = json!(3);
        let payload = |stream: &str, key: String, body: &Value| Payload {
            stream: stream.to_owned(),
            key,
            observed_at: control.now(),
            body: body.to_string(),
        };
        let bad = format!("{key}/99");
        let payloads = vec![
            payload("repositories", key.to_owned(), &body),
            payload("issues", bad.clone(), &json!({"number": "ninety-nine"})),
        ];
        tenant.land("github", "github:hub", Page { payloads, ..Page::default() }).await.unwrap();
        let map = owner.send(Method::POST, "jobs", json!({"kind": "map"}), None).await;
        let map = map.json::<Value>().await.unwrap()["id"].as_str().unwrap().to_owned();
        for _ in 0..3_000 {
            if control.job(&acme(), &map).await.unwrap().unwrap().state == JobState::Succeeded {
                break;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        tokio::time::sleep(Duration::from_millis(1100)).await;
        let rejected = health().await;
        let rejects = &rejected["rejects"];
        assert_eq!((&rejects["total"], rejects["kinds"].as_array().unwrap().len()), (&json!(1), 1), "{rejects}");
        let kind = &rejects["kinds"][0];
        assert_eq!((&kind["stream"], &kind["n"], &kind["examples"]), (&json!("issues"), &json!(1), &json!([bad])));
        assert!(!kind["reason"].as_str().unwrap().is_empty());
        let issues = rejected["coverage"].as_array().unwrap().iter().find(|c| c["entity"] == "work_items").unwrap();
        assert_eq!((&issues["vendor"], &issues["held"]), (&json!(3), &json!(1)), "{issues}");
        assert!((issues["share"].as_f64().unwrap() - 1.0 / 3.0).abs() < 1e-9);
        assert_eq!(issues["reasons"], json!(["1 could not be mapped, as the rejects say"]));

        for _ in 0..10 {
            github.github.faults.plan(On::Next, Fault::PrimaryLimit { resets_in: 1800 });
        }
        let waits = land(&owner, control, "hub", json!(null)).await;
        let waiting = health().await;
        assert_eq!(waiting["waiting_until"], json!(waits.due_at), "{waiting}");
        assert_eq!((&waiting["open"]["job"], &waiting["open"]["state"]), (&json!(waits.id), &json!("waiting")));
        owner.send(Method::POST, &format!("jobs/{}/cancel", waits.id), json!(null), None).await;
        github.github.faults.clear();
        github.github.reset_limits();
        // Given again, the credential is asked with at once: else what it used up would be waited for.
        let again = owner.send(Method::PUT, "connections/hub", connection(&github), Some("\"1\"")).await;
        assert_eq!(again.status(), StatusCode::OK);
        github.github.tokens.lock().clear();
        let dead = land(&owner, control, "hub", json!(null)).await;
        let failed = health().await;
        assert_eq!((&failed["last_failure"]["job"], &failed["open"]), (&json!(dead.id), &json!(null)), "{failed}");
        assert!(failed["last_failure"]["reason"].as_str().unwrap().contains("credential"));
        assert_eq!((&failed["last_success"]["job"], &failed["waiting_until"]), (&json!(job.id), &json!(null)));
        end.send(true).unwrap();
        working.await.unwrap();
    });
}

#[test]
fn what_was_in_a_repository_that_is_gone_hides_nothing_that_is_missing_of_the_others() {
    run(async {
        let lake = tempfile::tempdir().unwrap();
        let server = Server::over(url::Url::from_directory_path(lake.path()).unwrap().to_string()).await;
        let owner = owner(&server).await;
        let github = serve(history().world).await;
        assert_eq!(owner.put("hub", &connection(&github)).await.0, 200);
        let (tenant, now) = (server.engine.tenant(&acme()), server.world.control().now());
        let mapper = pulse_connectors::mapper("github").unwrap();
        let land = async |at: i64, told: &[(&str, &str, Value)]| {
            let payload = |(stream, key, body): &(&str, &str, Value)| Payload {
                stream: (*stream).to_owned(),
                key: (*key).to_owned(),
                observed_at: at,
                body: body.to_string(),
            };
            let page = Page { payloads: told.iter().map(payload).collect(), ..Page::default() };
            tenant.land("github", "github:hub", page).await.unwrap();
            tenant.map(mapper.as_ref(), false).await.unwrap();
            // What is seen of it may be a second old.
            tokio::time::sleep(Duration::from_millis(1100)).await;
        };
        let repository = |id: i64, name: &str, issues: u64| {
            json!({
                "databaseId": id, "nameWithOwner": name, "pullRequests": {"totalCount": 0}, "issues": {"totalCount": issues},
                "milestones": {"totalCount": 0}, "releases": {"totalCount": 0}, "deployments": {"totalCount": 0},
            })
        };
        let issue = |name: &str| json!({"state": "OPEN", "url": format!("https://github.com/{name}/issues/1")});
        let items = async |vendor: u64| -> Value {
            for _ in 0..100 {
                let told = owner.send(Method::GET, "connections/hub/health", json!(null), None).await;
                let told: Value = told.json().await.unwrap();
                let mut all = told["coverage"].as_array().into_iter().flatten();
                let found = all.find(|covered| covered["entity"] == "work_items");
                if let Some(found) = found.filter(|found| found["vendor"] == json!(vendor)) {
                    return json!([found["held"], found["share"]]);
                }
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            panic!("it is never told");
        };
        let told = [
            ("repositories", "1", repository(1, "acme/shop", 4)),
            ("issues", "1/1", issue("acme/shop")),
            ("repositories", "2", repository(2, "acme/api", 1)),
            ("issues", "2/1", issue("acme/api")),
        ];
        land(now, &told).await;
        assert_eq!(items(5).await, json!([2, 0.4]));
        land(now + SECOND, &[("repositories", "2", json!({"deleted": true}))]).await;
        // What happened in it stays.
        assert_eq!(owner.count("SELECT count(*) AS n FROM core.work_items WHERE deleted_at IS NULL").await, 2);
        assert_eq!(items(4).await, json!([1, 0.25]));
    });
}

#[test]
fn a_connections_health_is_told_to_those_of_its_tenant_who_may_see_jobs_and_no_more_than_they_see() {
    run(async {
        let server = Server::start().await;
        let owner = owner(&server).await;
        let github = serve(history().world).await;
        assert_eq!(owner.put("hub", &connection(&github)).await.0, 200);
        let umbrella = TenantId::new("umbrella").unwrap();
        let by = Authority { permissions: Permission::ALL.into_iter().collect(), sees: Sees::Everything };
        let token = async |tenant: &TenantId, sees: Option<Sees>| {
            let permissions = crate::world::permissions(&[Permission::JobsRead]);
            let new = NewToken { name: "ops".into(), permissions, sees, days: 30, service: true };
            server.world.control().create_token(tenant, &by, "shell", new).await.unwrap().1.tell().to_owned()
        };
        let ask = async |token: &str| {
            let path = format!("{}/api/v1/connections/hub/health", server.address);
            server.client.get(path).bearer_auth(token).send().await.unwrap()
        };
        assert_eq!(ask(&token(&umbrella, None).await).await.status(), StatusCode::NOT_FOUND);
        assert_eq!(ask(&server.acme).await.status(), StatusCode::FORBIDDEN, "it may not see jobs");
        let some = Sees::Only { teams: BTreeSet::from(["t".to_owned()]), projects: BTreeSet::new() };
        let told: Value = ask(&token(&acme(), Some(some)).await).await.json().await.unwrap();
        assert_eq!(
            (&told["connection"], &told["rejects"], &told["coverage"]),
            (&json!("hub"), &json!(null), &json!(null))
        );
    });
}

#[test]
fn a_budget_that_another_process_used_up_is_waited_for_without_asking_until_another_credential_is_given() {
    run(async {
        let lake = tempfile::tempdir().unwrap();
        let server = Server::over(url::Url::from_directory_path(lake.path()).unwrap().to_string()).await;
        let (owner, control) = (owner(&server).await, server.world.control());
        let github = serve(history().world).await;
        let (status, _) = owner.put("hub", &connection(&github)).await;
        assert_eq!(status, 200);
        let known = control.connection(&acme(), "hub").await.unwrap().unwrap();
        // The vendor's clock is a day ahead, which makes no difference.
        let at = control.now() + DAY;
        let spent = |name: &str| pulse_connectors::Budget {
            name: name.to_owned(),
            limit: 5000,
            remaining: 3,
            resets_at: at + 1800 * SECOND,
            at,
        };
        control.keep_budgets(&acme(), &known, &[spent("core"), spent("graphql")]).await.unwrap();
        server.world.pass(60 * SECOND);
        // What is kept again was told before.
        control.keep_budgets(&acme(), &known, &[spent("core")]).await.unwrap();
        let begun = control.begun_budgets(&acme(), "hub").await.unwrap();
        let left = Duration::from_secs(1740);
        assert_eq!(begun, [(spent("core"), left), (spent("graphql"), left)]);
        github.github.log.clear();
        let (end, working) = works(&server);
        let waits = land(&owner, control, "hub", json!(null)).await;
        assert_eq!(waits.state, JobState::Waiting, "{}", waits.reason);
        let wait = waits.due_at - control.now();
        assert!((1700 * SECOND..=1800 * SECOND).contains(&wait) && waits.reason.contains("used up"), "{waits:?}");
        assert!(github.github.log.is_empty());
        owner.send(Method::POST, &format!("jobs/{}/cancel", waits.id), json!(null), None).await;
        // What one credential used up says nothing of another, nor does a reading that still shows the one before.
        let tag = format!("\"{}\"", known.version);
        let set = owner.send(Method::PUT, "connections/hub", connection(&github), Some(&tag)).await;
        assert_eq!(set.status(), StatusCode::OK);
        control.keep_budgets(&acme(), &known, &[spent("core"), spent("graphql")]).await.unwrap();
        assert_eq!(control.budgets(&acme(), "hub").await.unwrap(), []);
        let job = land(&owner, control, "hub", json!(null)).await;
        assert_eq!(job.state, JobState::Succeeded, "{}", job.reason);
        end.send(true).unwrap();
        working.await.unwrap();
    });
}
