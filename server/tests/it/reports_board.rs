//! A report as large as one for a board is: its pages and charts, as a program counts them that is not ours.

use crate::reports::text_of;
use crate::reports_kept::Kept;
use crate::rest::run;
use crate::world::acme;
use pulse_server::control::{Outcome, REPORT, Trigger};
use reqwest::Method;
use serde_json::{Value, json};
use std::path::Path;
use std::process::Command;

/// Metrics that are charted, each over time and by team.
const CHARTED: [&str; 8] = [
    "change_lead_time",
    "deployment_frequency",
    "change_fail_rate",
    "failed_deployment_recovery_time",
    "cycle_time",
    "throughput",
    "pull_request_review_time",
    "pull_request_pickup_time",
];

/// A PDF that was made of the definition of that name, as a reader of ours tells of it, its text where something reads that, and the same
/// report as data.
async fn made(kept: &Kept, python: &Path, name: &str) -> (Value, Option<String>, Value) {
    kept.server.world.control().trigger(&acme(), &Trigger::new(REPORT, name), "test").await.unwrap();
    assert_eq!(kept.work().await, [Outcome::Done(Vec::new())]);
    let all = kept.list(&kept.ada).await;
    let file = async |format: &str| {
        let of = all.iter().find(|report| report["format"] == format).unwrap();
        let path = format!("/api/v1/reports/{}/file", of["id"].as_str().unwrap());
        kept.get(&kept.ada, &path).await.bytes().await.unwrap()
    };
    let pdf = kept.server.repositories.path().join("board.pdf");
    std::fs::write(&pdf, file("pdf").await).unwrap();
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/readers/document.py");
    let read = Command::new(python).arg(script).arg(&pdf).output().unwrap();
    assert!(read.status.success(), "{}", String::from_utf8_lossy(&read.stderr));
    let report = serde_json::from_slice(&file("json").await).unwrap();
    (serde_json::from_slice(&read.stdout).unwrap(), text_of(&pdf), report)
}

#[test]
fn a_report_of_twelve_pages_and_more_has_each_of_its_twenty_charts_numbers_every_page_and_repeats_heads() {
    let Some(python) = crate::readers::python() else { return };
    run(async move {
        let kept = Kept::start().await;
        // Fewer than fifty of these rows fit on a page, so that they take more than ten beside the cover, the charts and the definitions.
        let draft = json!({
            "title": "Rows", "description": "", "shared": true, "parameters": [],
            "sql": "SELECT value AS number, concat('item ', value) AS name FROM generate_series(1, 500)",
        });
        let saved = kept.ask(&kept.ada, Method::POST, "/api/v1/saved-queries", Some(draft)).await;
        assert_eq!(saved.status(), 201);
        let saved: Value = saved.json().await.unwrap();
        let over_time = CHARTED.map(|metric| json!({"metric": metric}));
        let by_team = CHARTED.map(|metric| json!({"metric": metric, "by": "team"}));
        let as_bars = CHARTED.map(|metric| json!({"metric": metric, "shape": "bar"}));
        let charts: Vec<Value> = [over_time, by_team, as_bars].into_iter().flatten().take(20).collect();
        let mut sections: Vec<Value> =
            charts.chunks(4).map(|charts| json!({"title": "Charts", "shows": {"charts": charts}})).collect();
        sections.push(json!({"title": "Rows", "shows": {"query": {"saved": saved["id"]}}}));
        let plan = json!({"definition": {"title": "Board", "sections": sections}, "formats": ["pdf", "json"]});
        let set = kept.ask(&kept.ada, Method::PUT, "/api/v1/report-definitions/board", Some(plan)).await;
        assert_eq!(set.status(), 200, "{}", set.text().await.unwrap());
        let (pdf, text, report) = made(&kept, &python, "board").await;
        assert_eq!(pdf["wrong"], json!([]));
        let pages = pdf["pages"].as_u64().unwrap();
        assert!(pages >= 12, "{pages} pages");
        // Each chart is a figure with words of its own; the first is the mark on the cover.
        let parts = report["sections"].as_array().unwrap().iter().flat_map(|of| of["parts"].as_array().unwrap());
        let titles: Vec<&str> = parts.filter_map(|part| part["chart"]["title"].as_str()).collect();
        let figures: Vec<&str> = pdf["figures"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
        assert_eq!((titles.len(), figures.len()), (20, 21), "{figures:?}");
        for (title, figure) in titles.iter().zip(&figures[1..]) {
            assert!(figure.contains(title), "{figure} is not of {title}");
        }
        let Some(text) = text else { return };
        for page in 1..=pages {
            assert!(text.contains(&format!("Page {page} of {pages}")), "page {page} of {pages} is not numbered");
        }
        assert!(text.contains("item 500"), "the last row is missing");
        // The head of the table stands once on each page that has rows of it.
        let is_row = |line: &str| {
            let words: Vec<&str> = line.split_whitespace().collect();
            matches!(words[..], [number, "item", of] if number == of)
        };
        let is_head = |line: &str| line.split_whitespace().eq(["number", "name"]);
        let with_rows: Vec<&str> = text.split('\u{c}').filter(|page| page.lines().any(is_row)).collect();
        assert!(with_rows.len() >= 10, "{} pages have rows", with_rows.len());
        for page in with_rows {
            assert_eq!(page.lines().filter(|line| is_head(line)).count(), 1, "{page}");
        }
    });
}
