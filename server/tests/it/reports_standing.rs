//! What stands in the tables of a report, held against what the API answers: risks and what rules found, forecasts, and metrics side by side.

use crate::alerting_beyond::{promise, risk};
use crate::golden::SPAN;
use crate::reports_kept::Kept;
use crate::rest::run;
use crate::world::acme;
use pulse_engine::entities;
use pulse_engine::lake::When;
use pulse_engine::row::{self, Row};
use pulse_server::control::Outcome;
use reqwest::Method;
use serde_json::{Value, json};

/// A built-in report on March, as data.
async fn made(kept: &Kept, definition: &str) -> Value {
    let days = json!({"days": {"from": SPAN[0], "until": SPAN[1]}});
    let body = json!({"definition": definition, "format": "json", "changes": {"period": days}});
    let asked = kept.ask(&kept.ada, Method::POST, "/api/v1/reports", Some(body)).await;
    let asked: Value = asked.json().await.unwrap();
    assert_eq!(kept.work().await, [Outcome::Done(Vec::new())]);
    answer(kept, &format!("/api/v1/reports/{}/file", asked["id"].as_str().unwrap())).await
}

async fn answer(kept: &Kept, path: &str) -> Value {
    kept.get(&kept.ada, path).await.json().await.unwrap()
}

fn list(of: &Value) -> &[Value] {
    of.as_array().map_or(&[][..], Vec::as_slice)
}

#[test]
fn each_risk_finding_and_forecast_of_a_register_is_what_the_api_answers() {
    run(async {
        let kept = Kept::start().await;
        let tenant = kept.server.engine.tenant(&acme());
        let says = async |name: &'static str, rows: Vec<Row>| {
            let table = tenant.lake().table(entities::fact(name).unwrap());
            table.append(&[row::batch(table.entity(), &rows).unwrap()], &[], When::Changed).await.unwrap();
        };
        let said = Some("3 items are blocked.");
        let shown = ["push:acme:1", "push:acme:2", "push:acme:3"];
        let combined = risk(("combined", "p", 2), (0.8, Some("off_track")), said, &[]);
        says("risks", vec![combined, risk(("blocked_work", "p", 2), (0.9, None), said, &shown)]).await;
        says("forecasts", vec![promise("Checkout", "p", (1, 0.25))]).await;
        let register = made(&kept, "risk-register").await;
        let rows = |section: usize, part: usize| &register["sections"][section]["parts"][part]["table"]["rows"];

        let stand = answer(&kept, "/api/v1/risks").await;
        let (mut risks, mut findings) = (Vec::new(), Vec::new());
        for risk in list(&stand["risks"]) {
            let status = risk["status"].as_str().unwrap().replace('_', " ");
            risks.push(json!([risk["project"], status, risk["score"], risk["reason"], risk["day"]]));
            for found in list(&risk["findings"]) {
                let about =
                    format!("{} {}", found["subject_kind"].as_str().unwrap(), found["subject_id"].as_str().unwrap());
                let ids: Vec<&str> = list(&found["evidence"]).iter().filter_map(Value::as_str).collect();
                let (part, count) = (&found["contribution"], found["evidence_count"].as_f64());
                let (project, ids) = (&risk["project"], ids.join(", "));
                findings.push(json!([project, found["title"], about, found["sentence"], part, count, ids]));
            }
        }
        assert_eq!((rows(0, 0), rows(0, 1)), (&json!(risks), &json!(findings)), "{stand}");
        let said = "3 items are blocked.";
        assert_eq!(risks, [json!(["Storefront", "off track", 0.8, said, "2026-04-02"])]);
        assert_eq!((&findings[0][5], &findings[0][6]), (&json!(3.0), &json!(shown.join(", "))));

        let stand = answer(&kept, "/api/v1/forecasts").await;
        let days = ["p50_on", "p85_on", "p95_on", "due_on"];
        let forecast = |one: &Value| {
            let mut cells = vec![one["subject_name"].clone(), one["subject_kind"].clone()];
            cells.push(json!(one["remaining"].as_f64()));
            cells.extend(days.iter().map(|day| one[*day].clone()));
            cells.extend([one["due_probability"].clone(), json!("no 50 % day within five years")]);
            cells.push(one["made_on"].clone());
            Value::Array(cells)
        };
        let forecasts: Vec<Value> = list(&stand["forecasts"]).iter().map(forecast).collect();
        assert_eq!(rows(1, 0), &json!(forecasts), "{stand}");
        let [one] = &forecasts[..] else { panic!("{stand}") };
        assert_eq!((&one[0], &one[6], &one[7]), (&json!("Checkout"), &json!("2026-04-20"), &json!(0.25)));
    });
}

#[test]
fn each_figure_of_metrics_side_by_side_is_what_the_api_answers() {
    run(async {
        let kept = Kept::start().await;
        let mut compared = 0;
        for (definition, title, by, grain) in
            [("board-quarterly", "Projects", "project", "month"), ("team-weekly", "Repositories", "repository", "week")]
        {
            let report = made(&kept, definition).await;
            let section = list(&report["sections"]).iter().find(|section| section["title"] == title).unwrap();
            let table = &section["parts"][0]["table"];
            let (columns, rows) = (list(&table["columns"]), list(&table["rows"]));
            // Each metric, and how many observations that is of.
            for at in (1..columns.len()).step_by(2) {
                let is_it = |defined: &&Value| defined["title"] == columns[at]["title"];
                let metric = &list(&report["definitions"]).iter().find(is_it).unwrap()["metric"];
                let span = format!("from={}&until={}&grain={grain}&by={by}", SPAN[0], SPAN[1]);
                let told = answer(&kept, &format!("/api/v1/metrics/{}?{span}", metric.as_str().unwrap())).await;
                for group in list(&told["groups"]) {
                    let name = group["name"].as_str().or_else(|| group["key"].as_str()).unwrap_or("none");
                    let row = rows.iter().find(|row| row[0] == name).unwrap_or_else(|| panic!("no {name} in {table}"));
                    let total = &group["total"];
                    assert_eq!(row[at], total["value"], "{definition}: {metric} of {name}");
                    assert_eq!(row[at + 1].as_f64(), total["n"].as_f64(), "{definition}: {metric} of {name}");
                    compared += usize::from(total["value"].is_number());
                }
            }
        }
        // Five of the project, and two of its repository.
        assert!(compared >= 7, "only {compared} figures were compared");
    });
}
