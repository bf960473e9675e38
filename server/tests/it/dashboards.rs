//! The pages of the dashboard, asked over a socket.

use crate::golden::{FIGURES, Golden, SPAN, near, one_more};
use crate::queries::golden;
use crate::rest::{Server, problem, run};
use crate::world::{PASSWORD, acme, from, permissions};
use pulse_engine::Settings;
use pulse_engine::session::Limits;
use pulse_server::auth::Permission;
use pulse_server::control::{Authority, NewToken, Sees};
use pulse_server::queries::Manner;
use reqwest::Method;
use reqwest::header::{AUTHORIZATION, ETAG, IF_NONE_MATCH};
use serde_json::{Value, json};
use std::collections::BTreeSet;

fn dora() -> String {
    format!("/api/v1/dashboards/dora?from={}&until={}&grain=month", SPAN[0], SPAN[1])
}

/// A token for figures, of somebody who sees nothing.
async fn limited(server: &Server) -> String {
    let by = Authority { permissions: Permission::ALL.into_iter().collect(), sees: Sees::Everything };
    let nothing = Sees::Only { teams: BTreeSet::from(["nobody's".to_owned()]), projects: BTreeSet::new() };
    let may = permissions(&[Permission::MetricsRead]);
    let new = NewToken { name: "limited".into(), permissions: may, sees: Some(nothing), days: 3, service: true };
    server.world.control().create_token(&acme(), &by, "shell", new).await.unwrap().1.tell().to_owned()
}

fn tile<'a>(page: &'a Value, metric: &str) -> &'a Value {
    let tiles = page["tiles"].as_array().unwrap();
    tiles.iter().find(|tile| tile["metric"] == metric).unwrap_or_else(|| panic!("no {metric} in {page}"))
}

/// The cell of the only repository in that column.
fn of_shop<'a>(page: &'a Value, metric: &str) -> &'a Value {
    let table = page["tables"].as_array().unwrap().iter().find(|table| table["by"] == "repository").unwrap();
    let place = table["columns"].as_array().unwrap().iter().position(|column| column["metric"] == metric);
    let shop = table["rows"].as_array().unwrap().iter().find(|row| row["name"] == "shop").unwrap();
    &shop["cells"][place.unwrap()]
}

#[test]
fn a_cell_says_what_a_tile_says_of_its_figure() {
    run(async {
        let server = Server::start().await;
        // One of the two deployments of this week failed, and none of the two of the week before.
        let path = "/api/v1/dashboards/dora?from=2026-03-09&until=2026-03-16&grain=week";
        let page: Value = server.get(path).await.json().await.unwrap();
        let cell = of_shop(&page, "change_fail_rate");
        assert_eq!((&cell["value"], &cell["n"], &cell["state"]), (&json!(0.5), &json!(2), &json!("not_enough")));
        // A change from 0 is so many points, and no share of anything.
        assert_eq!((&cell["delta"], &cell["delta_ratio"]), (&json!(0.5), &Value::Null), "{cell}");
        assert_eq!(cell["better"], false, "{cell}");
    });
}

#[test]
fn every_page_is_one_answer_whose_figures_are_those_of_the_catalogue() {
    run(async {
        let server = Server::start().await;
        let list: Value = server.get("/api/v1/dashboards").await.json().await.unwrap();
        let pages: Vec<&str> =
            list["dashboards"].as_array().unwrap().iter().filter_map(|page| page["page"].as_str()).collect();
        assert_eq!(
            pages,
            ["overview", "dora", "flow", "change", "reliability", "projects", "project", "teams", "forecast"]
        );
        for page in pages {
            let project = if page == "project" { "/shop" } else { "" };
            let path = format!("/api/v1/dashboards/{page}{project}?from={}&until={}", SPAN[0], SPAN[1]);
            let response = server.get(&path).await;
            if page == "project" {
                // The lake of these tests has no project: who names one is told so.
                assert_eq!(response.status(), 400);
                continue;
            }
            assert_eq!(response.status(), 200, "{path}");
            let answer: Value = response.json().await.unwrap();
            assert_eq!((&answer["page"], &answer["compare"]), (&json!(page), &json!("previous")));
            assert_eq!(answer["risks"].is_array(), ["overview", "projects", "teams"].contains(&page), "{page}");
            assert_eq!(answer["team_risks"].is_array(), page == "teams", "{page}");
            for measure in ["tiles", "series", "coverage"].iter().flat_map(|part| answer[part].as_array().unwrap()) {
                let evidence = measure["evidence"].as_str().unwrap();
                assert!(measure["version"].as_i64().unwrap() > 0 && !measure["groups"].is_null(), "{measure}");
                let name = measure["metric"].as_str().unwrap();
                assert!(evidence.starts_with(&format!("/api/v1/metrics/{name}/evidence?from=")), "{evidence}");
            }
            let narrative = answer["narrative"].as_array().unwrap();
            assert!(!narrative.is_empty(), "nothing is told on {page}");
            // A sentence without a version is of no single figure.
            for clause in narrative {
                assert!(!clause["text"].as_str().unwrap().is_empty(), "{clause}");
                let of_rows = clause["href"].as_str().unwrap().starts_with("/api/v1/metrics/");
                assert_eq!(of_rows, clause["version"].as_i64().is_some_and(|version| version > 0), "{clause}");
            }
        }
        let page: Value = server.get(&dora()).await.json().await.unwrap();
        for (metric, value, n) in FIGURES {
            let total = &tile(&page, metric)["groups"][0]["total"];
            assert!(near(&total["value"], value) && total["n"] == n, "{metric}: {total}");
            assert_eq!(
                tile(&page, metric)["state"],
                if metric == "deployment_frequency" { "value" } else { "not_enough" }
            );
        }
        let cell = of_shop(&page, "deployment_frequency");
        // Before it nothing was ever deployed there: it is no better than what nobody knows.
        assert_eq!((&cell["n"], &cell["delta"], &cell["better"]), (&json!(4), &Value::Null, &Value::Null), "{cell}");
        assert_eq!(
            (&cell["state"], &of_shop(&page, "change_lead_time")["state"]),
            (&json!("value"), &json!("not_enough"))
        );
        let rows: Value = server.get(cell["evidence"].as_str().unwrap()).await.json().await.unwrap();
        assert_eq!(rows.as_array().unwrap().iter().filter(|row| row["counted"] == true).count(), 4);
        assert!(!page["narrative"].as_array().unwrap().is_empty() && page["risks"].is_null());
        assert!(page["risks_before"].is_null());
        assert_eq!(page["freshness"][0]["state"], "fresh", "{}", page["freshness"]);
    });
}

#[test]
fn a_page_is_of_the_days_of_the_time_zone_that_is_asked_for_and_so_are_the_rows_behind_it() {
    run(async {
        let server = Server::start().await;
        // Noon and three in the afternoon of 10 March in UTC are both of the 11th there.
        let span = "from=2026-03-11&until=2026-03-12&grain=day";
        let there = "&time_zone=Pacific/Kiritimati";
        for (zone, name, n) in [
            ("", "Europe/Berlin", 0),
            ("&time_zone=Europe/Berlin", "Europe/Berlin", 0),
            (there, "Pacific/Kiritimati", 2),
        ] {
            let page: Value = server.get(&format!("/api/v1/dashboards/dora?{span}{zone}")).await.json().await.unwrap();
            assert_eq!(page["time_zone"], name);
            let total = &tile(&page, "deployment_frequency")["groups"][0];
            assert_eq!(total["total"]["n"], n, "{zone}: {total}");
            // An address says so where it is not the tenant's own.
            let said = if zone == there { "&time_zone=Pacific%2FKiritimati" } else { "" };
            let evidence = total["evidence"].as_str().unwrap();
            let expected = "/api/v1/metrics/deployment_frequency/evidence?from=2026-03-11&until=2026-03-12";
            assert_eq!(evidence, format!("{expected}{said}"));
            let rows: Vec<Value> = server.get(evidence).await.json().await.unwrap();
            assert_eq!(rows.iter().filter(|row| row["counted"] == true).count(), n, "{zone}");
            for clause in page["narrative"].as_array().unwrap() {
                assert!(clause["href"].as_str().unwrap().contains(said), "{clause}");
            }
            let figure = format!("/api/v1/metrics/deployment_frequency?{span}{zone}");
            let figure: Value = server.get(&figure).await.json().await.unwrap();
            assert_eq!((&figure["time_zone"], &figure["groups"][0]["total"]["n"]), (&json!(name), &json!(n)));
        }
        let nowhere = server.get(&format!("/api/v1/dashboards/dora?{span}&time_zone=Mars")).await;
        let told = problem(nowhere, 400, "invalid-request").await;
        assert!(told["detail"].as_str().unwrap().contains("`Mars` is not a time zone"), "{told}");
    });
}

#[test]
fn a_figure_and_a_page_may_use_no_more_than_a_question_in_sql() {
    run(async {
        let limits = Limits { memory_bytes: 1, ..Limits::default() };
        let server = golden(Manner { limits, ..Manner::default() }).await;
        let sql = "SELECT id, count(*) AS n, median(lead_seconds) AS m FROM facts.changes GROUP BY id ORDER BY id";
        let (asked, figure) =
            (server.asks(&server.acme, sql).await, server.get("/api/v1/metrics/change_lead_time").await);
        for answer in [asked, figure, server.get(&dora()).await] {
            let told = problem(answer, 400, "invalid-question").await;
            assert!(told["detail"].as_str().unwrap().contains("more memory than its share"), "{told}");
        }
    });
}

#[test]
fn where_nothing_was_ever_landed_no_figure_is_a_zero() {
    run(async {
        let server = Server::start().await;
        let request = server.client.get(format!("{}/api/v1/dashboards/overview", server.address));
        let page: Value = request.bearer_auth(&server.umbrella).send().await.unwrap().json().await.unwrap();
        let tiles = page["tiles"].as_array().unwrap();
        assert_eq!(tiles.len(), 8);
        assert!(tiles.iter().all(|tile| tile["state"] == "not_connected" && tile["groups"] == json!([])), "{page}");
        let nothing = json!([]);
        assert_eq!([&page["risks"], &page["risks_before"], &page["freshness"]], [&nothing; 3]);
    });
}

#[test]
fn what_did_not_change_is_not_answered_again_and_what_did_is() {
    run(async {
        let lake = tokio::task::spawn_blocking(|| Golden::lake().copy()).await.unwrap();
        let server = Server::over(format!("file://{}", lake.path().display())).await;
        let ask = |tag: Option<String>| {
            let request = server.client.get(format!("{}{}", server.address, dora())).bearer_auth(&server.acme);
            let request =
                tag.iter().fold(request, |request, tag| request.header(IF_NONE_MATCH, format!("\"x\", {tag}")));
            async move { request.send().await.unwrap() }
        };
        let tag_of = |response: &reqwest::Response| response.headers()[ETAG].to_str().unwrap().to_owned();
        let first = ask(None).await;
        let tag = tag_of(&first);
        let before: Value = first.json().await.unwrap();
        let again = ask(Some(tag.clone())).await;
        assert_eq!((again.status().as_u16(), tag_of(&again)), (304, tag.clone()));
        assert!(again.bytes().await.unwrap().is_empty());

        // A target is in no table of the lake.
        let owner = server.world.access.sign_in("ada@example.com", PASSWORD, Some("acme"), &from()).await.unwrap();
        let put = server.client.put(format!("{}/api/v1/targets/deployment_frequency", server.address));
        let put = put.bearer_auth(&owner.token).json(&json!({"value": 0.5})).send().await.unwrap();
        assert_eq!(put.status(), 200);
        let aimed = ask(Some(tag.clone())).await;
        assert_eq!(aimed.status(), 200);
        let aimed_tag = tag_of(&aimed);
        let aimed: Value = aimed.json().await.unwrap();
        let frequency = tile(&aimed, "deployment_frequency");
        assert_eq!((&frequency["target"], &frequency["meets_target"]), (&json!(0.5), &json!(true)));
        assert_eq!(tile(&before, "deployment_frequency")["target"], Value::Null);

        // A fifth deployment.
        let tenant = server.engine.tenant(&acme());
        one_more(&tenant).await;
        let changed = ask(Some(aimed_tag)).await;
        assert_eq!(changed.status(), 200);
        let changed: Value = changed.json().await.unwrap();
        let n = |page: &Value| tile(page, "deployment_frequency")["groups"][0]["total"]["n"].as_i64().unwrap();
        assert_eq!(n(&changed), n(&before) + 1);
    });
}

#[test]
fn what_somebody_looked_at_is_made_anew_before_they_look_again() {
    run(async {
        let lake = tokio::task::spawn_blocking(|| Golden::lake().copy()).await.unwrap();
        let server = Server::over(format!("file://{}", lake.path().display())).await;
        let (dashboards, clock) = (server.app.dashboards.clone(), server.app.clock);
        assert_eq!(dashboards.refresh(clock).await, 0, "nobody asked for anything");
        let asked: Value = server.get(&dora()).await.json().await.unwrap();
        assert_eq!(dashboards.refresh(clock).await, 0, "it holds");
        server.world.pass(16 * 60 * 1_000_000);
        assert_eq!((dashboards.refresh(clock).await, dashboards.refresh(clock).await), (1, 0));
        let after: Value = server.get(&dora()).await.json().await.unwrap();
        assert_eq!(after["as_of"].as_i64().unwrap() - asked["as_of"].as_i64().unwrap(), 900_000_000);
        // The tables changed.
        let tenant = server.engine.tenant(&acme());
        tenant.model(&Settings { minimum_n: 3, incident_window_seconds: 60, ..Settings::default() }).await.unwrap();
        assert_eq!((dashboards.refresh(clock).await, dashboards.refresh(clock).await), (1, 0));
        server.world.pass(2 * 3600 * 1_000_000);
        assert_eq!(dashboards.refresh(clock).await, 0, "nobody looks any more");
    });
}

#[test]
fn an_answer_that_is_kept_is_told_to_nobody_who_sees_less() {
    run(async {
        let server = Server::start().await;
        let whole = server.get(&dora()).await;
        let tag = whole.headers()[ETAG].clone();
        assert_eq!(tile(&whole.json().await.unwrap(), "deployment_frequency")["groups"][0]["total"]["n"], 4);
        let limited = limited(&server).await;
        let request = server.client.get(format!("{}{}", server.address, dora()));
        let request = request.header(AUTHORIZATION, format!("Bearer {limited}")).header(IF_NONE_MATCH, tag);
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), 200, "not the same answer");
        let page: Value = response.json().await.unwrap();
        assert_eq!(tile(&page, "deployment_frequency")["state"], "never_seen", "{page}");
        assert!(!page.to_string().contains("shop"), "{page}");
    });
}

#[test]
fn a_change_to_rows_that_somebody_does_not_see_changes_no_tag_of_theirs() {
    run(async {
        let lake = tokio::task::spawn_blocking(|| Golden::lake().copy()).await.unwrap();
        let server = Server::over(format!("file://{}", lake.path().display())).await;
        let limited = limited(&server).await;
        let tag_for = async |token: &str| {
            let answer = server.call(Method::GET, token, &dora()).await;
            assert_eq!(answer.status(), 200);
            answer.headers()[ETAG].to_str().unwrap().to_owned()
        };
        let (theirs, whole) = (tag_for(&limited).await, tag_for(&server.acme).await);
        assert_ne!(theirs, whole);
        one_more(&server.engine.tenant(&acme())).await;
        assert_eq!(tag_for(&limited).await, theirs);
        assert_ne!(tag_for(&server.acme).await, whole);
        let again = server.client.get(format!("{}{}", server.address, dora())).bearer_auth(&limited);
        assert_eq!(again.header(IF_NONE_MATCH, theirs).send().await.unwrap().status(), 304);
    });
}

#[test]
fn what_makes_no_sense_is_refused() {
    run(async {
        let server = Server::start().await;
        for (path, status) in [
            ("/api/v1/dashboards/weather", 404),
            ("/api/v1/dashboards/dora?by=team", 400),
            ("/api/v1/dashboards/dora?severity=sev1", 400),
            ("/api/v1/dashboards/dora?tenant=umbrella", 400),
            ("/api/v1/dashboards/dora?from=2026-03-02&until=2026-03-01", 400),
            ("/api/v1/dashboards/project", 404),
            ("/api/v1/dashboards/project?project=shop", 404),
            ("/api/v1/dashboards/project/shop?project=shop", 400),
            ("/api/v1/dashboards/project/nowhere", 400),
            ("/api/v1/dashboards/dora/shop", 404),
            ("/api/v1/forecasts/evidence?kind=project&id=shop", 400),
            ("/api/v1/forecasts/evidence?kind=weather&id=shop&made_on=2026-03-01", 400),
            ("/api/v1/forecasts/evidence?kind=project&id=nowhere&made_on=2026-03-01", 400),
            ("/api/v1/milestones/evidence", 400),
            ("/api/v1/milestones/evidence?id=a&id=b", 400),
            ("/api/v1/dashboards/flow?project=nowhere", 400),
        ] {
            assert_eq!(server.get(path).await.status(), status, "{path}");
        }
        let bare = server.client.get(format!("{}/api/v1/dashboards/dora", server.address)).send().await.unwrap();
        assert_eq!(bare.status(), 401);
    });
}
