//! Reports as they are asked for: with values for saved queries, in a time zone of their own, and by those whose they are.

use crate::reports::{held_against_the_api, tiles};
use crate::reports_kept::Kept;
use crate::rest::{problem, run};
use crate::world::permissions;
use pulse_engine::TenantId;
use pulse_server::auth::Permission;
use pulse_server::control::{Authority, NewToken, Outcome, Sees};
use reqwest::{Method, Response};
use serde_json::{Value, json};

const REPORTS: &str = "/api/v1/reports";

async fn define(kept: &Kept, name: &str, definition: Value) -> Response {
    let plan = json!({"definition": definition, "formats": ["json"]});
    kept.ask(&kept.ada, Method::PUT, &format!("/api/v1/report-definitions/{name}"), Some(plan)).await
}

/// What is asked for, once it is made.
async fn made(kept: &Kept, wanted: Value) -> Value {
    let asked = kept.ask(&kept.ada, Method::POST, REPORTS, Some(wanted)).await;
    assert_eq!(asked.status(), 202);
    let asked: Value = asked.json().await.unwrap();
    assert_eq!(kept.work().await, [Outcome::Done(Vec::new())]);
    let path = format!("{REPORTS}/{}/file", asked["id"].as_str().unwrap());
    kept.get(&kept.ada, &path).await.json().await.unwrap()
}

#[test]
fn a_saved_query_runs_with_the_values_of_the_definition_and_of_whoever_asks() {
    run(async {
        let kept = Kept::start().await;
        let draft = json!({
            "title": "Rows", "description": "", "shared": true,
            "parameters": [{"name": "least", "type": "integer"}, {"name": "most", "type": "integer", "default": 4}],
            "sql": "SELECT value AS n FROM generate_series(1, 9) WHERE value >= $least AND value <= $most",
        });
        let saved = kept.ask(&kept.ada, Method::POST, "/api/v1/saved-queries", Some(draft)).await;
        assert_eq!(saved.status(), 201);
        let saved: Value = saved.json().await.unwrap();
        let id = saved["id"].as_str().unwrap();
        let of = |params: Value| {
            let shows = json!({"query": {"saved": id, "params": params}});
            json!({"title": "Rows", "sections": [{"title": "Rows", "shows": shows}]})
        };
        // One is missing, is of another type, or is not known.
        for wrong in [json!(null), json!({"most": 3}), json!({"least": "two"}), json!({"least": 2, "other": 1})] {
            problem(define(&kept, "rows", of(wrong)).await, 400, "invalid-request").await;
        }
        let defined = define(&kept, "rows", of(json!({"least": 2}))).await;
        assert_eq!(defined.status(), 200, "{}", defined.text().await.unwrap());
        let wanted = |params: Value| json!({"definition": "rows", "format": "json", "changes": {"params": params}});
        for (params, rows) in [
            (json!({}), vec![2.0, 3.0, 4.0]),
            (json!({(id): {"most": 3}}), vec![2.0, 3.0]),
            (json!({(id): {"least": 5, "most": 5}}), vec![5.0]),
        ] {
            let report = made(&kept, wanted(params)).await;
            let found = report["sections"][0]["parts"][0]["table"]["rows"].as_array().unwrap();
            let found: Vec<f64> = found.iter().filter_map(|row| row[0].as_f64()).collect();
            assert_eq!(found, rows, "{report}");
        }
        for wrong in [json!({"most": "many"}), json!({"other": 1})] {
            let refused = kept.ask(&kept.ada, Method::POST, REPORTS, Some(wanted(json!({(id): wrong})))).await;
            problem(refused, 400, "invalid-request").await;
        }
        let others = wanted(json!({"query_of_another": {"most": 3}}));
        problem(kept.ask(&kept.ada, Method::POST, REPORTS, Some(others)).await, 422, "invalid-value").await;
    });
}

#[test]
fn days_and_figures_of_a_report_are_those_of_its_own_time_zone() {
    run(async {
        let kept = Kept::start().await;
        // It is 2 April, midnight in UTC. On 10 March there were deployments at 12:00 and at 15:00, before and after midnight in Sydney.
        let definition = |zone: Option<&str>| {
            json!({
                "title": "Days", "period": {"last_of": {"count": 22, "unit": "day"}}, "grain": "day", "trend": 22,
                "time_zone": zone,
                "sections": [
                    {"title": "Now", "shows": {"tiles": ["deployment_frequency"]}},
                    {"title": "Over time", "shows": {"charts": [{"metric": "deployment_frequency"}]}},
                ],
            })
        };
        for (name, zone) in [("ours", None), ("theirs", Some("Australia/Sydney"))] {
            let defined = define(&kept, name, definition(zone)).await;
            assert_eq!(defined.status(), 200, "{}", defined.text().await.unwrap());
        }
        for (name, changed, zone, days, now, n) in [
            // The tenant's.
            ("ours", None, "Europe/Berlin", ["2026-03-11", "2026-04-02"], "2 April 2026, 02:00", 0),
            ("theirs", None, "Australia/Sydney", ["2026-03-11", "2026-04-02"], "2 April 2026, 11:00", 1),
            (
                "theirs",
                Some("America/Los_Angeles"),
                "America/Los_Angeles",
                ["2026-03-10", "2026-04-01"],
                "1 April 2026, 17:00",
                2,
            ),
        ] {
            let wanted = json!({"definition": name, "format": "json", "changes": {"time_zone": changed}});
            let report = made(&kept, wanted).await;
            let cover = &report["cover"];
            assert_eq!([&cover["from"], &cover["until"]], [days[0], days[1]], "{cover}");
            assert_eq!((&cover["time_zone"], &cover["as_of_words"]), (&json!(zone), &json!(now)));
            assert_eq!(tiles(&report)[0]["n"], n, "{report}");
            let more = format!("&time_zone={zone}");
            let compared = held_against_the_api(&report, &kept.server, &kept.server.address, &more).await;
            assert!(compared > 20, "only {compared} figures were held against the API's");
        }
    });
}

#[test]
fn reports_and_definitions_of_a_tenant_are_not_there_for_another() {
    run(async {
        let kept = Kept::start().await;
        let sections = json!([{"title": "Now", "shows": {"tiles": ["deployment_frequency"]}}]);
        assert_eq!(define(&kept, "ours", json!({"title": "Ours", "sections": sections})).await.status(), 200);
        let wanted = json!({"definition": "ours", "format": "json"});
        let asked = kept.ask(&kept.ada, Method::POST, REPORTS, Some(wanted.clone())).await;
        let asked: Value = asked.json().await.unwrap();
        assert_eq!(kept.work().await, [Outcome::Done(Vec::new())]);
        // Who may do everything there with reports.
        let by = Authority { permissions: Permission::ALL.into_iter().collect(), sees: Sees::Everything };
        let may = permissions(&[Permission::MetricsRead, Permission::ReportsManage]);
        let new = NewToken { name: "theirs".into(), permissions: may, sees: None, days: 300, service: true };
        let umbrella = TenantId::new("umbrella").unwrap();
        let made = kept.server.world.control().create_token(&umbrella, &by, "shell", new).await.unwrap();
        let theirs = made.1.tell().to_owned();
        let own = "/api/v1/report-definitions/ours".to_owned();
        let report = format!("{REPORTS}/{}", asked["id"].as_str().unwrap());
        for (method, path, body) in [
            (Method::GET, own.clone(), None),
            (Method::DELETE, own.clone(), None),
            (Method::POST, REPORTS.to_owned(), Some(wanted)),
            (Method::GET, report.clone(), None),
            (Method::GET, format!("{report}/file"), None),
            (Method::POST, format!("{report}/link"), Some(json!({}))),
            (Method::DELETE, report.clone(), None),
        ] {
            problem(kept.ask(&theirs, method, &path, body).await, 404, "not-found").await;
        }
        assert!(kept.list(&theirs).await.is_empty());
        let listed: Value = kept.get(&theirs, "/api/v1/report-definitions").await.json().await.unwrap();
        assert!(listed.as_array().unwrap().iter().all(|of| of["built_in"] == true), "{listed}");
        // It is all there still.
        for path in [own, report.clone(), format!("{report}/file")] {
            assert_eq!(kept.get(&kept.ada, &path).await.status(), 200, "{path}");
        }
    });
}
