//! What reports and rules tell of what was never observed, of which the API has zeros all the same.

use crate::alerting::{alerts, look, set, start};
use crate::delivering::asked;
use crate::golden::SPAN;
use crate::reports_kept::Kept;
use crate::rest::run;
use pulse_server::control::Outcome;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

/// Nothing in the lake was ever released, and its changes are a sign of life.
const METRIC: &str = "release_cadence";

#[test]
fn figures_charts_and_pivots_of_what_was_never_seen_have_no_zeros() {
    run(async {
        let kept = Kept::start().await;
        let plan = json!({"definition": {
            "title": "Releases", "period": {"days": {"from": SPAN[0], "until": SPAN[1]}}, "grain": "week", "trend": 5,
            "sections": [
                {"title": "Over time", "shows": {"charts": [{"metric": METRIC, "shape": "bar"}]}},
                {"title": "In numbers", "shows": {"pivot": {"metric": METRIC, "cells": "values"}}},
                {"title": "Now", "shows": {"tiles": [METRIC]}},
            ],
        }, "formats": ["json"]});
        let path = "/api/v1/report-definitions/releases";
        let defined = kept.ask(&kept.ada, Method::PUT, path, Some(plan)).await;
        assert_eq!(defined.status(), StatusCode::OK, "{}", defined.text().await.unwrap());
        let wanted = json!({"definition": "releases", "format": "json"});
        let made = kept.ask(&kept.ada, Method::POST, "/api/v1/reports", Some(wanted)).await;
        let made: Value = made.json().await.unwrap();
        assert_eq!(kept.work().await, [Outcome::Done(Vec::new())]);
        let file = format!("/api/v1/reports/{}/file", made["id"].as_str().unwrap());
        let report: Value = kept.get(&kept.ada, &file).await.json().await.unwrap();
        let days = ["trend_from", "until"].map(|field| report["cover"][field].as_str().unwrap().to_owned());
        let path = format!("/api/v1/metrics/{METRIC}?from={}&until={}&grain=week", days[0], days[1]);
        let answer: Value = kept.get(&kept.ada, &path).await.json().await.unwrap();
        let points = answer["groups"][0]["points"].as_array().unwrap();
        assert!(points.iter().any(|point| point["figure"]["value"] == 0.0), "{answer}");
        let part = |section: usize| &report["sections"][section]["parts"][0];
        let chart = &part(0)["chart"];
        assert_eq!(chart["state"], "never_seen");
        let values = chart["lines"][0]["values"].as_array().unwrap();
        assert!(values.len() == points.len() && values.iter().all(Value::is_null), "{chart}");
        let row = part(1)["table"]["rows"][0].as_array().unwrap();
        assert!(row.len() == 1 + points.len() && row[1..].iter().all(Value::is_null), "{row:?}");
        let tile = &part(2)["tiles"][0];
        assert_eq!(
            (&tile["value"], &tile["before"], &tile["shown"]),
            (&Value::Null, &Value::Null, &json!("never seen"))
        );
    });
}

#[test]
fn a_zero_of_what_was_never_seen_fires_no_rule() {
    run(async {
        let (server, _lake) = start().await;
        let rule = |metric: &str, test: Value| json!({"title": metric, "condition": {"metric": {"metric": metric, "test": test}}});
        let few = json!({"below": 1_000});
        let preview = async |metric: &str| -> Value {
            let path = "/api/v1/alert-rules/new/preview";
            asked(&server, Method::POST, path, rule(metric, few.clone())).await.json().await.unwrap()
        };
        assert_eq!(preview(METRIC).await["fired"], 0);
        assert_eq!(preview("deployment_frequency").await["fired"], 1);
        for metric in [METRIC, "deployment_frequency"] {
            let name = metric.replace('_', "-");
            assert_eq!(set(&server, &name, rule(metric, few.clone())).await.status(), 200);
        }
        look(&server).await;
        let fires = alerts(&server).await;
        let [alert] = &fires[..] else { panic!("{fires:?}") };
        assert_eq!((&alert["rule"], &alert["state"]), (&json!("deployment-frequency"), &json!("firing")));
        // Whoever wants to be told that there are none says so.
        assert_eq!(set(&server, "silent", rule(METRIC, json!({"missing_hours": 1}))).await.status(), 200);
        server.world.pass(2 * 3600 * 1_000_000);
        look(&server).await;
        let fires = alerts(&server).await;
        assert!(fires.iter().any(|alert| alert["rule"] == "silent" && alert["state"] == "firing"), "{fires:?}");
    });
}
