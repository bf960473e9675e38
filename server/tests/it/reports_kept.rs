//! Reports over a socket: asked for, made by a job, kept, handed over to those who may have them, and removed.

use crate::golden::{FIGURES, Golden, SPAN, near};
use crate::jobs::claim_any;
use crate::reports::text_of;
use crate::rest::{Server, problem, run};
use crate::world::{DAY, PASSWORD, SECOND, acme, from, permissions};
use pulse_engine::lake::When;
use pulse_engine::row::{self, Row, Value as Cell};
use pulse_engine::{Settings, entities};
use pulse_server::auth::Permission;
use pulse_server::control::{Authority, Job, NewToken, Outcome, REPORT, ReportState, Sees, Trigger};
use pulse_server::jobs::{AtWork, Work};
use pulse_server::reports::Makes;
use reqwest::header::{CONTENT_DISPOSITION, CONTENT_TYPE, ETAG, IF_MATCH};
use reqwest::{Method, Response, StatusCode};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

/// A server over a lake of its own, in which `shop` belongs to the project `p`, and Ada's token.
pub(crate) struct Kept {
    pub(crate) server: Server,
    pub(crate) ada: String,
    _lake: tempfile::TempDir,
}

impl Kept {
    pub(crate) async fn start() -> Self {
        let lake = tokio::task::spawn_blocking(|| Golden::lake().copy()).await.unwrap();
        let server = Server::over(format!("file://{}", lake.path().display())).await;
        let tenant = server.engine.tenant(&acme());
        let of = |entity: &str, id: &str| {
            let row = Row::new(entities::core(entity).unwrap()).set("id", id).set("connection", "push:acme");
            row.set("observed_at", Cell::Time(1)).set("raw", "push/1/1")
        };
        for row in [
            of("projects", "p").set("name", "Storefront"),
            of("project_scopes", "s")
                .set("project_id", "p")
                .set("scope_kind", "repository")
                .set("scope_id", "push:acme:shop"),
        ] {
            let (table, batch) = (tenant.lake().table(row.entity()), row::batch(row.entity(), &[row]).unwrap());
            table.upsert(&batch, &[], When::Changed).await.unwrap();
        }
        tenant.model(&Settings::default()).await.unwrap();
        let mut kept = Self { server, ada: String::new(), _lake: lake };
        kept.ada = kept.signed_in().await;
        kept
    }

    /// Ada's token, which is good for a few minutes.
    async fn signed_in(&self) -> String {
        let from = from();
        self.server.world.access.sign_in("ada@example.com", PASSWORD, Some("acme"), &from).await.unwrap().token
    }

    pub(crate) async fn ask(&self, token: &str, method: Method, path: &str, body: Option<Value>) -> Response {
        let request = self.server.client.request(method, format!("{}{path}", self.server.address)).bearer_auth(token);
        body.iter().fold(request, |request, body| request.json(body)).send().await.unwrap()
    }

    pub(crate) async fn get(&self, token: &str, path: &str) -> Response {
        self.ask(token, Method::GET, path, None).await
    }

    pub(crate) async fn list(&self, token: &str) -> Vec<Value> {
        let page: Value = self.get(token, "/api/v1/reports").await.json().await.unwrap();
        page["items"].as_array().unwrap().clone()
    }

    /// Whether the trail tells that a report of so many bytes was handed over.
    async fn was_taken(&self, id: &Value, bytes: usize) -> bool {
        pulse_server::audit::land(self.server.world.control(), &self.server.engine).await.unwrap();
        let trail: Value = self.get(&self.ada, "/api/v1/audit").await.json().await.unwrap();
        let taken = |event: &&Value| event["action"] == "GET /api/v1/reports/{id}/file" && event["outcome"] == "done";
        let event = trail["items"].as_array().unwrap().iter().find(taken);
        event.is_some_and(|event| event["bytes"] == bytes && &event["target"] == id)
    }

    /// Asks for the board's report on March.
    pub(crate) async fn board(&self, token: &str, format: &str) -> Value {
        let days = json!({"days": {"from": SPAN[0], "until": SPAN[1]}});
        let body = json!({"definition": "board-quarterly", "format": format, "changes": {"period": days}});
        let asked = self.ask(token, Method::POST, "/api/v1/reports", Some(body)).await;
        assert_eq!(asked.status(), 202);
        asked.json().await.unwrap()
    }

    pub(crate) fn makes(&self) -> Arc<Makes> {
        Arc::new(Makes {
            control: self.server.world.control().clone(),
            engine: self.server.engine.clone(),
            settings: Settings::default(),
            vault: self.server.world.access.signer.vault().clone(),
            base: self.server.address.parse().unwrap(),
            sends_mail: true,
        })
    }

    /// Does every job of reports that there is; what came of each.
    pub(crate) async fn work(&self) -> Vec<Outcome> {
        let (control, mut all) = (self.server.world.control(), Vec::new());
        while let Some(job) = claim_any(control, &["report"]).await {
            let outcome = self.makes().run(&job, &AtWork::new(control.clone())).await;
            assert!(control.finish(&job, &outcome).await.unwrap());
            all.push(outcome);
        }
        all
    }

    async fn token(&self, sees: Sees) -> String {
        let by = Authority { permissions: Permission::ALL.into_iter().collect(), sees: Sees::Everything };
        let may = permissions(&[Permission::MetricsRead]);
        let new = NewToken { name: "limited".into(), permissions: may, sees: Some(sees), days: 300, service: true };
        self.server.world.control().create_token(&acme(), &by, "shell", new).await.unwrap().1.tell().to_owned()
    }
}

pub(crate) fn only(projects: &[&str]) -> Sees {
    Sees::Only { teams: BTreeSet::new(), projects: projects.iter().map(|id| (*id).to_owned()).collect() }
}

#[test]
fn a_report_is_asked_for_made_listed_and_handed_over_and_the_trail_knows_who_took_it() {
    run(async {
        let kept = Kept::start().await;
        let asked = kept.board(&kept.ada, "json").await;
        let path = format!("/api/v1/reports/{}", asked["id"].as_str().unwrap());
        assert_eq!((&asked["state"], &asked["as_of"]), (&json!("making"), &json!(1_775_088_000_000_000_i64)));
        problem(kept.get(&kept.ada, &format!("{path}/file")).await, 404, "not-found").await;
        assert_eq!(kept.work().await, [Outcome::Done(Vec::new())]);
        let made: Value = kept.get(&kept.ada, &path).await.json().await.unwrap();
        assert_eq!((&made["state"], &made["sees"]), (&json!("ready"), &json!("everything")));
        let file = kept.get(&kept.ada, &format!("{path}/file")).await;
        assert_eq!(file.headers()[CONTENT_TYPE], "application/json");
        let name = "attachment; filename=\"board-quarterly-2026-04-02.json\"";
        assert_eq!(file.headers()[CONTENT_DISPOSITION], name);
        let bytes = file.bytes().await.unwrap();
        assert_eq!(made["bytes"], bytes.len());
        let report: Value = serde_json::from_slice(&bytes).unwrap();
        for (metric, value, n) in FIGURES {
            let tiles = report["sections"][0]["parts"][0]["tiles"].as_array().unwrap();
            let tile = tiles.iter().find(|tile| tile["metric"] == metric).unwrap();
            assert!(near(&tile["value"], value) && tile["n"] == n, "{tile}");
        }
        assert_eq!(report["cover"]["organization"], "Acme");
        // The tenant's days begin in Berlin.
        assert_eq!(report["cover"]["as_of_words"], "2 April 2026, 02:00");
        // The trail has its end soon after the answer's.
        let mut tries = 0..3_000;
        while !kept.was_taken(&asked["id"], bytes.len()).await {
            assert!(tries.next().is_some(), "the trail never told who took it");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    });
}

#[test]
fn a_report_is_set_in_the_fonts_of_its_tenant_and_of_no_other() {
    const FONTS: &str = "/api/v1/tenant/branding/fonts";
    run(async {
        let kept = Kept::start().await;
        let squares = include_bytes!("../fonts/squares.ttf");
        let put = async |token: &str, weight: &str, bytes: Vec<u8>| {
            let request = kept.server.client.put(format!("{}{FONTS}/{weight}", kept.server.address));
            request.bearer_auth(token).body(bytes).send().await.unwrap()
        };
        let has_squares = async || {
            let asked = kept.board(&kept.ada, "pdf").await;
            assert_eq!(kept.work().await, [Outcome::Done(Vec::new())]);
            let file = format!("/api/v1/reports/{}/file", asked["id"].as_str().unwrap());
            let pdf = kept.get(&kept.ada, &file).await.bytes().await.unwrap();
            let name = b"Squares-Regular";
            pdf.windows(name.len()).any(|some| some == name)
        };
        assert!(!has_squares().await);
        problem(put(&kept.ada, "regular", b"<html/>".to_vec()).await, 422, "invalid-value").await;
        problem(put(&kept.ada, "regular", vec![0; (1 << 20) + 1]).await, 413, "too-large").await;
        problem(put(&kept.ada, "light", squares.to_vec()).await, 404, "not-found").await;
        problem(put(&kept.token(Sees::Everything).await, "regular", squares.to_vec()).await, 403, "not-allowed").await;
        let list = async |token: &str| -> Value { kept.get(token, FONTS).await.json().await.unwrap() };
        assert_eq!(list(&kept.ada).await, json!([]));
        let set = put(&kept.ada, "semibold", squares.to_vec()).await;
        assert_eq!(set.status(), StatusCode::OK);
        let told = json!({"weight": "semibold", "family": "Squares", "bytes": squares.len()});
        assert_eq!((set.json::<Value>().await.unwrap(), list(&kept.ada).await), (told.clone(), json!([told])));
        assert_eq!(list(&kept.server.umbrella).await, json!([]), "another tenant's fonts are its own");
        assert!(has_squares().await);
        for _ in 0..2 {
            let removed = kept.ask(&kept.ada, Method::DELETE, &format!("{FONTS}/semibold"), None).await;
            assert_eq!(removed.status(), StatusCode::NO_CONTENT);
        }
        assert_eq!(list(&kept.ada).await, json!([]));
        assert!(!has_squares().await);
    });
}

#[test]
fn a_link_opens_its_file_alone_until_its_time_and_no_longer_than_its_maker_may() {
    run(async {
        let kept = Kept::start().await;
        let [first, second] = [kept.board(&kept.ada, "csv").await, kept.board(&kept.ada, "html").await];
        kept.work().await;
        let of = |report: &Value| format!("/api/v1/reports/{}", report["id"].as_str().unwrap());
        let made = kept.ask(&kept.ada, Method::POST, &format!("{}/link", of(&first)), Some(json!({"hours": 2}))).await;
        assert_eq!(made.status(), 201);
        let path = made.json::<Value>().await.unwrap()["path"].as_str().unwrap().to_owned();
        let open = |path: String| kept.server.client.get(format!("{}{path}", kept.server.address)).send();
        let opened = open(path.clone()).await.unwrap();
        assert_eq!(
            (opened.status(), opened.headers()[CONTENT_TYPE].to_str().unwrap()),
            (StatusCode::OK, "application/zip")
        );
        let key = path.split("key=").nth(1).unwrap();
        let other = format!("{}/shared?key={key}", of(&second));
        problem(open(other).await.unwrap(), 410, "bad-link").await;
        problem(open(format!("{}/shared?key=v1.made.up.key", of(&first))).await.unwrap(), 410, "bad-link").await;
        // Whoever made it is no member any more.
        let guest = kept.server.world.join("guest@example.com", &["viewer"], Sees::Everything).await;
        let theirs =
            kept.server.world.access.sign_in("guest@example.com", PASSWORD, Some("acme"), &from()).await.unwrap();
        let made = kept.ask(&theirs.token, Method::POST, &format!("{}/link", of(&first)), Some(json!({}))).await;
        let theirs = made.json::<Value>().await.unwrap()["path"].as_str().unwrap().to_owned();
        assert_eq!(open(theirs.clone()).await.unwrap().status(), 200);
        let gone = json!({"active": false});
        let member: Value = kept.get(&kept.ada, &format!("/api/v1/users/{}", guest.id)).await.json().await.unwrap();
        let change = kept.server.client.patch(format!("{}/api/v1/users/{}", kept.server.address, guest.id));
        let change = change.bearer_auth(&kept.ada).header(IF_MATCH, format!("\"{}\"", member["version"])).json(&gone);
        assert_eq!(change.send().await.unwrap().status(), 200);
        problem(open(theirs).await.unwrap(), 410, "bad-link").await;
        kept.server.world.pass(2 * 3600 * SECOND + 1);
        problem(open(path).await.unwrap(), 410, "bad-link").await;
        for hours in [0, 169] {
            let body = Some(json!({"hours": hours}));
            let made = kept.ask(&kept.ada, Method::POST, &format!("{}/link", of(&first)), body).await;
            assert_ne!(made.status(), 201, "{hours}");
        }
    });
}

#[test]
fn each_gets_what_their_policy_allows_and_sees_no_report_with_more_in_it() {
    run(async {
        let kept = Kept::start().await;
        let [theirs, nobodys] = [kept.token(only(&["p"])).await, kept.token(only(&["q"])).await];
        let mut made = Vec::new();
        for token in [&kept.ada, &theirs, &nobodys] {
            made.push(kept.board(token, "json").await);
        }
        kept.work().await;
        assert_eq!(
            (kept.list(&kept.ada).await.len(), kept.list(&theirs).await.len(), kept.list(&nobodys).await.len()),
            (3, 1, 1)
        );
        let whole = format!("/api/v1/reports/{}/file", made[0]["id"].as_str().unwrap());
        problem(kept.get(&theirs, &whole).await, 404, "not-found").await;
        let read = async |token: &str, of: &Value| -> Value {
            kept.get(token, &format!("/api/v1/reports/{}/file", of["id"].as_str().unwrap())).await.json().await.unwrap()
        };
        let tile = |report: &Value| report["sections"][0]["parts"][0]["tiles"][1].clone();
        let shown = read(&theirs, &made[1]).await;
        assert_eq!((&tile(&shown)["metric"], &tile(&shown)["n"]), (&json!("deployment_frequency"), &json!(4)));
        let nothing = read(&nobodys, &made[2]).await;
        assert_eq!(tile(&nothing)["state"], "never_seen");
        assert!(!nothing.to_string().contains("shop") && !nothing.to_string().contains("Storefront"), "{nothing}");
    });
}

#[test]
fn a_pivot_has_the_apis_figures_a_row_a_group_and_how_each_differs_from_the_one_before() {
    run(async {
        let kept = Kept::start().await;
        let metric = "deployment_frequency";
        let pivot = |cells: &str| json!({"pivot": {"metric": metric, "by": "repository", "cells": cells}});
        let plan = json!({"definition": {
            "title": "Weeks", "period": {"days": {"from": SPAN[0], "until": SPAN[1]}}, "grain": "week", "trend": 5,
            "sections": [
                {"title": "Figures", "shows": pivot("values")},
                {"title": "Changes", "shows": pivot("changes")},
            ],
        }, "formats": ["json"]});
        let path = "/api/v1/report-definitions/weeks";
        let set = kept.ask(&kept.ada, Method::PUT, path, Some(plan)).await;
        assert_eq!(set.status(), StatusCode::OK, "{}", set.text().await.unwrap());
        let asked = json!({"definition": "weeks", "format": "json"});
        let asked: Value =
            kept.ask(&kept.ada, Method::POST, "/api/v1/reports", Some(asked)).await.json().await.unwrap();
        assert_eq!(kept.work().await, [Outcome::Done(Vec::new())]);
        let file = format!("/api/v1/reports/{}/file", asked["id"].as_str().unwrap());
        let report: Value = kept.get(&kept.ada, &file).await.json().await.unwrap();
        let cover = &report["cover"];
        let path = format!(
            "/api/v1/metrics/{metric}?from={}&until={}&grain=week&by=repository",
            cover["trend_from"].as_str().unwrap(),
            cover["until"].as_str().unwrap()
        );
        let answer: Value = kept.get(&kept.ada, &path).await.json().await.unwrap();
        let groups = answer["groups"].as_array().unwrap();
        let [values, changes] = [0, 1].map(|n| &report["sections"][n]["parts"][0]["table"]);
        let labels: Vec<&Value> =
            values["columns"].as_array().unwrap()[1..].iter().map(|column| &column["title"]).collect();
        let steps: Vec<&Value> = groups[0]["points"].as_array().unwrap().iter().map(|point| &point["label"]).collect();
        assert_eq!(labels, steps);
        assert_eq!(values["rows"].as_array().unwrap().len(), groups.len());
        let (mut compared, mut changed) = (0, 0);
        for (at, group) in groups.iter().enumerate() {
            let [row, of] = [values, changes].map(|table| table["rows"][at].as_array().unwrap());
            assert_eq!(row[0], group["name"]);
            let mut before: Option<f64> = None;
            for (n, point) in group["points"].as_array().unwrap().iter().enumerate() {
                let value = point["figure"]["value"].as_f64();
                assert_eq!(row[n + 1].as_f64(), value);
                // To nothing there is no share.
                let pair = before.zip(value).filter(|(before, _)| *before != 0.0);
                let change = pair.map(|(before, value)| (value - before) / before);
                match change {
                    Some(change) => assert!(near(&of[n + 1], change), "{of:?}"),
                    None => assert!(of[n + 1].is_null(), "{of:?}"),
                }
                compared += usize::from(value.is_some());
                changed += usize::from(change.is_some());
                before = value;
            }
        }
        assert!(compared >= 5 && changed >= 2, "{compared} figures, {changed} changes: {values}");
        let wrong = json!({"definition": {"title": "x", "sections": [{"title": "x", "shows": {"pivot": {"metric": "wip", "by": "severity"}}}]}, "formats": ["json"]});
        let refused = kept.ask(&kept.ada, Method::PUT, "/api/v1/report-definitions/wrong", Some(wrong)).await;
        assert_eq!(refused.status(), 400);
    });
}

#[test]
fn a_definition_of_ones_own_is_made_when_it_is_due_for_each_by_what_they_see() {
    run(async {
        let kept = Kept::start().await;
        let world = &kept.server.world;
        world.join("bob@example.com", &["viewer"], Sees::Everything).await;
        world.join("carol@example.com", &["viewer"], only(&["q"])).await;
        let plan = json!({
            "definition": {
                "title": "#strong[Ours] $x$ <b>", "period": {"days": {"from": SPAN[0], "until": SPAN[1]}},
                "sections": [
                    {"title": "=cmd()", "text": "*One* #import \"x\": *\n\n$a$ \\ <script>", "shows": {"tiles": ["deployment_frequency"]}},
                ],
            },
            "formats": ["pdf", "json"],
            "recipients": ["ada@example.com", "bob@example.com", "carol@example.com", "dave@elsewhere.example"],
            "keep_days": 7,
        });
        let put = async |name: &str, plan: &Value| {
            kept.ask(&kept.ada, Method::PUT, &format!("/api/v1/report-definitions/{name}"), Some(plan.clone())).await
        };
        let set = put("ours", &plan).await;
        assert_eq!((set.status(), set.headers()[ETAG].to_str().unwrap()), (StatusCode::OK, "\"1\""));
        problem(put("ours", &plan).await, 412, "stale").await;
        assert_eq!(put("board-quarterly", &plan).await.status(), 422, "built in");
        assert_eq!(put("Ours", &plan).await.status(), 422);
        let reader = kept.token(Sees::Everything).await;
        let refused = kept.ask(&reader, Method::PUT, "/api/v1/report-definitions/x", Some(plan.clone())).await;
        problem(refused, 403, "not-allowed").await;
        let list: Value = kept.get(&reader, "/api/v1/report-definitions").await.json().await.unwrap();
        assert_eq!(list.as_array().unwrap().len(), 8);

        let weekly = json!({"when": {"cron": {"pattern": "0 6 * * mon", "time_zone": "Europe/Berlin"}}});
        let path = "/api/v1/schedules/report?subject=";
        assert_eq!(
            kept.ask(&kept.ada, Method::PUT, &format!("{path}theirs"), Some(weekly.clone())).await.status(),
            422
        );
        assert_eq!(kept.ask(&kept.ada, Method::PUT, &format!("{path}ours"), Some(weekly)).await.status(), 200);
        world.pass(7 * DAY);
        let ada = kept.signed_in().await;
        assert_eq!(world.control().tick().await.unwrap(), 1);
        assert_eq!(kept.work().await, [Outcome::Done(Vec::new())]);
        let mut all = kept.list(&ada).await;
        all.sort_by_key(|report| (report["recipients"].to_string(), report["format"].to_string()));
        let told: Vec<_> =
            all.iter().map(|r| (r["recipients"].clone(), r["format"].clone(), r["state"].clone())).collect();
        let both = json!(["ada@example.com", "bob@example.com"]);
        let row = |recipients: &Value, format: &str, state: &str| (recipients.clone(), json!(format), json!(state));
        assert_eq!(
            told,
            [
                row(&both, "json", "ready"),
                row(&both, "pdf", "ready"),
                row(&json!(["carol@example.com"]), "json", "ready"),
                row(&json!(["carol@example.com"]), "pdf", "ready"),
                row(&json!(["dave@elsewhere.example"]), "pdf", "refused"),
            ]
        );
        assert!(all[4]["reason"].as_str().unwrap().contains("is no member"), "{}", all[4]);
        let file = async |of: &Value| {
            kept.get(&ada, &format!("/api/v1/reports/{}/file", of["id"].as_str().unwrap())).await.bytes().await.unwrap()
        };
        let n = |bytes: &[u8]| {
            let report: Value = serde_json::from_slice(bytes).unwrap();
            report["sections"][0]["parts"][0]["tiles"][0]["n"].clone()
        };
        assert_eq!((n(&file(&all[0]).await), n(&file(&all[2]).await)), (json!(4), json!(0)));
        let pdf = kept.server.repositories.path().join("ours.pdf");
        std::fs::write(&pdf, file(&all[1]).await).unwrap();
        if let Some(text) = text_of(&pdf) {
            for said in ["#strong[Ours] $x$ <b>", "=cmd()", "*One* #import \"x\": *", "$a$ \\ <script>"] {
                assert!(text.contains(said), "{said} is missing in\n{text}");
            }
        }
        // Its time is over.
        world.pass(8 * DAY);
        let ada = kept.signed_in().await;
        assert!(kept.list(&ada).await.is_empty());
        assert_eq!(kept.ask(&ada, Method::DELETE, "/api/v1/report-definitions/ours", None).await.status(), 204);
        let schedules: Value = kept.get(&ada, "/api/v1/schedules").await.json().await.unwrap();
        assert_eq!(schedules, json!([]));
    });
}

#[test]
fn rows_of_a_saved_query_name_people_to_those_alone_who_may_know_them() {
    run(async {
        let kept = Kept::start().await;
        let world = &kept.server.world;
        world.join("bob@example.com", &["viewer"], Sees::Everything).await;
        let draft = json!({
            "title": "Changes", "description": "", "shared": true, "parameters": [],
            "sql": "SELECT * FROM facts.changes ORDER BY id LIMIT 3",
        });
        let saved = kept.ask(&kept.ada, Method::POST, "/api/v1/saved-queries", Some(draft)).await;
        assert_eq!(saved.status(), 201);
        let saved: Value = saved.json().await.unwrap();
        let sections = json!([{"title": "Changes", "shows": {"query": {"saved": saved["id"]}}}]);
        let plan = json!({
            "definition": {"title": "Changes", "sections": sections}, "formats": ["json"],
            "recipients": ["ada@example.com", "bob@example.com"],
        });
        let set = kept.ask(&kept.ada, Method::PUT, "/api/v1/report-definitions/changes", Some(plan)).await;
        assert_eq!(set.status(), 200, "{}", set.text().await.unwrap());
        world.control().trigger(&acme(), &Trigger::new(REPORT, "changes"), "test").await.unwrap();
        assert_eq!(kept.work().await, [Outcome::Done(Vec::new())]);
        let bob = world.access.sign_in("bob@example.com", PASSWORD, Some("acme"), &from()).await.unwrap().token;
        let all = kept.list(&kept.ada).await;
        assert_eq!(all.len(), 2, "each has their own: {all:?}");
        for report in all {
            let path = format!("/api/v1/reports/{}/file", report["id"].as_str().unwrap());
            let file = kept.get(&kept.ada, &path).await.text().await.unwrap();
            let of_ada = report["recipients"] == json!(["ada@example.com"]);
            assert!(file.contains("lead_seconds") && file.contains("author_id") == of_ada, "{file}");
            assert_eq!(kept.get(&bob, &path).await.status(), if of_ada { 404 } else { 200 });
        }
        assert_eq!(kept.list(&bob).await.len(), 1, "what names people is not there for him");
        // Who reads what is posted nobody knows.
        let plan = json!({
            "definition": {"title": "Posted", "sections": sections}, "formats": ["json"],
            "places": [{"store": "posted/{name}"}],
        });
        let set = kept.ask(&kept.ada, Method::PUT, "/api/v1/report-definitions/posted", Some(plan)).await;
        assert_eq!(set.status(), 200, "{}", set.text().await.unwrap());
        world.control().trigger(&acme(), &Trigger::new(REPORT, "posted"), "test").await.unwrap();
        assert_eq!(kept.work().await, [Outcome::Done(Vec::new())]);
        let posted = kept.list(&kept.ada).await.into_iter().find(|report| report["title"] == "Posted").unwrap();
        let path = format!("/api/v1/reports/{}/file", posted["id"].as_str().unwrap());
        let file = kept.get(&kept.ada, &path).await.text().await.unwrap();
        assert!(file.contains("lead_seconds") && !file.contains("author_id"), "{file}");
    });
}

#[test]
fn times_of_a_workbook_are_times_on_the_reports_clocks_and_what_is_infinite_says_so() {
    let Some(python) = crate::readers::python() else { return };
    run(async move {
        let kept = Kept::start().await;
        let draft = json!({
            "title": "Times", "description": "", "shared": true, "parameters": [],
            "sql": "SELECT max(finished_at) AS at, 1e308 * 10 AS much, -1e308 * 10 AS little FROM core.deployments",
        });
        let saved = kept.ask(&kept.ada, Method::POST, "/api/v1/saved-queries", Some(draft)).await;
        let saved: Value = saved.json().await.unwrap();
        let sections = json!([{"title": "Times", "shows": {"query": {"saved": saved["id"]}}}]);
        let plan = json!({"definition": {"title": "Times", "sections": sections}, "formats": ["xlsx", "json", "csv"]});
        let set = kept.ask(&kept.ada, Method::PUT, "/api/v1/report-definitions/times", Some(plan)).await;
        assert_eq!(set.status(), 200, "{}", set.text().await.unwrap());
        kept.server.world.control().trigger(&acme(), &Trigger::new(REPORT, "times"), "test").await.unwrap();
        assert_eq!(kept.work().await, [Outcome::Done(Vec::new())]);
        let all = kept.list(&kept.ada).await;
        let file = async |format: &str| {
            let of = all.iter().find(|report| report["format"] == format).unwrap();
            let path = format!("/api/v1/reports/{}/file", of["id"].as_str().unwrap());
            kept.get(&kept.ada, &path).await.bytes().await.unwrap()
        };
        let path = kept.server.repositories.path().join("times.xlsx");
        std::fs::write(&path, file("xlsx").await).unwrap();
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/readers/workbook.py");
        let read = std::process::Command::new(python).arg(script).arg(&path).output().unwrap();
        assert!(read.status.success(), "{}", String::from_utf8_lossy(&read.stderr));
        let book: Value = serde_json::from_slice(&read.stdout).unwrap();
        let (times, about) = (&book["sheets"]["Times"], &book["sheets"]["About"]);
        // Deployed last on 10 March 2026, at 15:00 in UTC.
        assert_eq!(
            times["rows"],
            json!([["at (Europe/Berlin)", "much", "little"], ["2026-03-10T16:00:00", "∞", "-∞"]])
        );
        assert_eq!((&times["kinds"], &times["formats"]), (&json!(["d", "s"]), &json!(["yyyy-mm-dd hh:mm:ss"])));
        let as_of = json!(["As of", "2026-04-02T02:00:00", "Europe/Berlin"]);
        assert!(about["rows"].as_array().unwrap().contains(&as_of), "{about}");
        assert!(about["kinds"].as_array().unwrap().contains(&json!("d")), "{about}");
        let report: Value = serde_json::from_slice(&file("json").await).unwrap();
        let rows = &report["sections"][0]["parts"][0]["table"]["rows"];
        assert_eq!(rows, &json!([["2026-03-10T16:00:00+01:00", null, null]]));
        let csv = file("csv").await;
        let mut archive = zip::ZipArchive::new(std::io::Cursor::new(csv)).unwrap();
        let mut text = String::new();
        std::io::Read::read_to_string(&mut archive.by_name("1-times.csv").unwrap(), &mut text).unwrap();
        assert_eq!(text, "at (Europe/Berlin),much,little\n2026-03-10T16:00:00+01:00,inf,-inf\n");
    });
}

#[test]
fn whoever_lost_what_they_may_do_has_nothing_made() {
    run(async {
        let kept = Kept::start().await;
        let bob = kept.server.world.join("bob@example.com", &["viewer"], Sees::Everything).await;
        let theirs =
            kept.server.world.access.sign_in("bob@example.com", PASSWORD, Some("acme"), &from()).await.unwrap();
        let asked = kept.board(&theirs.token, "json").await;
        let owner = kept.server.world.owner().await;
        let change = pulse_server::control::MemberChange { sees: Some(only(&["q"])), ..Default::default() };
        kept.server.world.control().change_member(&acme(), &owner, &bob.id, 1, change).await.unwrap();
        kept.work().await;
        let path = format!("/api/v1/reports/{}/file", asked["id"].as_str().unwrap());
        let report: Value = kept.get(&kept.ada, &path).await.json().await.unwrap();
        assert_eq!(report["sections"][0]["parts"][0]["tiles"][1]["n"], 0, "they saw less by then: {report}");
        let asked = kept.board(&theirs.token, "json").await;
        let gone = pulse_server::control::MemberChange { active: Some(false), ..Default::default() };
        kept.server.world.control().change_member(&acme(), &owner, &bob.id, 2, gone).await.unwrap();
        assert!(matches!(&kept.work().await[..], [Outcome::Hopeless(why)] if why.contains("may do nothing here")));
        let id = asked["id"].as_str().unwrap();
        let report = kept.server.world.control().report(&acme(), id).await.unwrap().unwrap();
        assert_eq!(report.state, ReportState::Failed);
    });
}

#[test]
fn killed_at_any_instant_a_report_is_whole_or_not_there_and_made_by_the_next() {
    run(async {
        let kept = Kept::start().await;
        let control = kept.server.world.control().clone();
        let asked = kept.board(&kept.ada, "xlsx").await;
        let id = asked["id"].as_str().unwrap().to_owned();
        let lake = kept.server.engine.tenant(&acme()).lake().clone();
        let mut job: Job = claim_any(&control, &["report"]).await.unwrap();
        let mut killed = 0;
        for wait in [0, 20, 60, 150, 400, 1000] {
            let (work, at, held) = (kept.makes(), AtWork::new(control.clone()), job.clone());
            let doing = tokio::spawn(async move { work.run(&held, &at).await });
            tokio::time::sleep(Duration::from_millis(wait)).await;
            doing.abort();
            killed += usize::from(doing.await.is_err());
            let report = control.report(&acme(), &id).await.unwrap().unwrap();
            match (report.state, report.file) {
                (ReportState::Making, None) => {}
                (ReportState::Ready, Some(file)) => {
                    let bytes = lake.file(&file, u64::MAX).await.unwrap().unwrap();
                    assert_eq!(Some(bytes.len() as i64), report.bytes);
                }
                other => panic!("{other:?}"),
            }
            // Whoever looks after jobs sees no sign of life, and another worker has it.
            for pulse in control.pulses().await.unwrap() {
                assert!(control.give_up(&pulse).await.unwrap());
            }
            kept.server.world.pass(600 * SECOND);
            job = claim_any(&control, &["report"]).await.unwrap();
        }
        assert!(killed > 2, "{killed} were killed");
        // One died between putting the file and noting it.
        lake.put_file(&format!("kept-reports/{id}/stray.xlsx"), "half".into()).await.unwrap();
        let outcome = kept.makes().run(&job, &AtWork::new(control.clone())).await;
        assert_eq!(outcome, Outcome::Done(Vec::new()));
        assert!(control.finish(&job, &outcome).await.unwrap());
        let report = control.report(&acme(), &id).await.unwrap().unwrap();
        let bytes = lake.file(&report.file.unwrap(), u64::MAX).await.unwrap().unwrap();
        assert!(report.state == ReportState::Ready && bytes.starts_with(b"PK"));
    });
}
