//! The built-in reports of a made-up organization, which has work items, pull requests, builds, sprints, risks and forecasts: each figure is
//! the one that the API and the pages of the dashboard tell at the same as-of.

use crate::as_of::{as_told, held_against_the_page};
use crate::recomputed::lands;
use crate::reports::{AS_OF, coverage, held_against_the_api, parts, tiles};
use crate::rest::{Server, run};
use crate::world::acme;
use chrono::DateTime;
use pulse_engine::{Clock, Settings};
use pulse_server::reports::{BUILT_IN, Made, Saved, make};
use serde_json::{Value, json};

/// How many single figures and shares of each report are numbers at least.
const LEAST: [(&str, usize, usize); 7] = [
    ("executive-monthly", 8, 4),
    ("board-quarterly", 9, 3),
    ("team-weekly", 11, 2),
    ("project-status", 5, 3),
    ("sprint-review", 7, 2),
    ("risk-register", 4, 0),
    ("data-quality", 0, 9),
];

/// Single figures that a report is not worth reading without.
const NAMED: [(&str, &[&str]); 5] = [
    ("executive-monthly", &["change_lead_time", "deployment_frequency", "throughput", "cycle_time"]),
    ("team-weekly", &["throughput", "cycle_time", "work_in_progress", "work_item_age", "build_failure_rate"]),
    ("project-status", &["throughput", "cycle_time", "work_in_progress", "work_item_age"]),
    ("sprint-review", &["sprint_commitment", "sprint_completion", "sprint_carry_over", "sprint_scope_change"]),
    ("risk-register", &["work_in_progress", "work_item_age", "open_incidents", "open_pull_requests"]),
];

/// What a report lacks that it is to have.
fn lacks(report: &Value) -> Vec<String> {
    let name = report["cover"]["report"].as_str().unwrap();
    let (all, shares) = (tiles(report), coverage(report));
    let without: Vec<&Value> = all.iter().filter(|tile| !tile["value"].is_number()).collect();
    let (figures, known) = (all.len() - without.len(), shares.iter().filter(|row| row[1].is_number()).count());
    let (_, least_figures, least_shares) = LEAST.into_iter().find(|least| least.0 == name).unwrap();
    let mut lacks = Vec::new();
    if figures < least_figures || known < least_shares {
        let without: Vec<String> = without.iter().map(|tile| format!("{} {}", tile["metric"], tile["state"])).collect();
        lacks.push(format!("{name}: {figures} figures and {known} shares; without {without:?}, shares {shares:?}"));
    }
    for metric in NAMED.into_iter().filter(|named| named.0 == name).flat_map(|named| named.1) {
        let tile = all.iter().find(|tile| tile["metric"] == *metric);
        if !tile.is_some_and(|tile| tile["value"].is_number()) {
            lacks.push(format!("{name}: {metric} is {tile:?}"));
        }
    }
    for chart in parts(report, "chart") {
        let mut values = chart["lines"].as_array().unwrap().iter().flat_map(|line| line["values"].as_array().unwrap());
        if !values.any(Value::is_number) {
            lacks.push(format!("{name}: nothing is drawn in {chart}"));
        }
    }
    lacks
}

/// Holds each figure of the tables that have metrics side by side against what the API answers by the same dimension; how many there were.
async fn tables_held_against_the_api(report: &Value, server: &Server) -> usize {
    let (cover, mut compared) = (&report["cover"], 0);
    let [name, from, until, grain] = ["report", "from", "until", "grain"].map(|field| cover[field].as_str().unwrap());
    for table in parts(report, "table") {
        let titles: Vec<&str> =
            table["columns"].as_array().unwrap().iter().map(|column| column["title"].as_str().unwrap()).collect();
        let by = titles[0].to_lowercase();
        for (at, pair) in titles.windows(2).enumerate() {
            // Each metric has its n beside it: other tables have no such columns.
            let title = pair[0];
            if pair[1] != format!("{title}: n") {
                continue;
            }
            let mut defined = report["definitions"].as_array().unwrap().iter();
            let metric = defined.find(|defined| defined["title"] == title).unwrap()["metric"].as_str().unwrap();
            let path = format!("/api/v1/metrics/{metric}?from={from}&until={until}&grain={grain}&by={by}");
            let answer: Value = server.get(&path).await.json().await.unwrap();
            let is_seen = !answer["newest_at"].is_null();
            let theirs = answer["groups"].as_array().unwrap().iter().map(|group| {
                let called = group["name"].as_str().or_else(|| group["key"].as_str()).unwrap_or("none");
                let value = if is_seen { group["total"]["value"].clone() } else { Value::Null };
                format!("{called}: {value} of {:?}", group["total"]["n"].as_f64().unwrap())
            });
            let ours = table["rows"].as_array().unwrap().iter().filter(|row| !row[at + 1].is_null()).map(|row| {
                let called = row[0].as_str().unwrap();
                format!("{called}: {} of {:?}", row[at], row[at + 1].as_f64().unwrap())
            });
            let (mut ours, mut theirs): (Vec<String>, Vec<String>) = (ours.collect(), theirs.collect());
            ours.sort();
            theirs.sort();
            assert_eq!(ours, theirs, "{name}: {metric} by {by}");
            compared += ours.len();
        }
    }
    compared
}

/// Holds how projects stand, and when what will be done, against a page that shows both; how many risks and forecasts there were.
fn standing_held_against_the_page(report: &Value, page: &Value) -> [usize; 2] {
    let rows = |title: &str| {
        let table = parts(report, "table").into_iter().find(|table| table["title"] == title).unwrap();
        table["rows"].as_array().unwrap()
    };
    let name = |of: &Value, name: &str, id: &str| if of[name].is_null() { of[id].clone() } else { of[name].clone() };
    let ours: Vec<Value> = rows("Projects").iter().map(|row| json!([row[0], row[2], row[4]])).collect();
    let risks = page["risks"].as_array().unwrap().iter();
    let theirs: Vec<Value> =
        risks.map(|risk| json!([name(risk, "project", "project_id"), risk["score"], risk["day"]])).collect();
    assert_eq!(ours, theirs, "{}", report["cover"]["report"]);
    let risks = ours.len();
    let forecast = |cells: [&Value; 6]| {
        let [what, remaining, p50, p85, due, chance] = cells;
        json!([what, remaining.as_f64(), p50, p85, due, chance.as_f64()])
    };
    let ours = rows("When it will be done").iter();
    let ours: Vec<Value> = ours.map(|row| forecast([&row[0], &row[2], &row[3], &row[4], &row[6], &row[7]])).collect();
    let theirs = page["forecasts"]["forecasts"].as_array().unwrap().iter().map(|of| {
        let what = name(of, "subject_name", "subject_id");
        let [remaining, p50, p85] = ["remaining", "p50_on", "p85_on"].map(|column| &of[column]);
        forecast([&what, remaining, p50, p85, &of["due_on"], &of["due_probability"]])
    });
    assert_eq!(ours, theirs.collect::<Vec<_>>(), "{}", report["cover"]["report"]);
    [risks, ours.len()]
}

#[test]
fn every_figure_of_each_built_in_report_is_there_and_is_the_apis_and_the_pages_at_the_same_as_of() {
    run(async {
        let server = Server::over("memory://".to_owned()).await;
        let (tenant, clock) = (server.engine.tenant(&acme()), server.world.control().clock());
        let as_of = DateTime::parse_from_rfc3339(AS_OF).unwrap().timestamp_micros();
        assert_eq!(clock.now(), as_of, "what the API answers is of the reports' as-of");
        let kept = server.world.control().tenant(&acme()).await.unwrap().unwrap();
        let settings = kept.habits().unwrap().over(&Settings::default());
        lands(&tenant, &settings, Clock::Fixed(as_of)).await;
        tenant.freeze_forecasts(&settings, Clock::Fixed(as_of)).await.unwrap();
        tenant.risk(&settings, Clock::Fixed(as_of)).await.unwrap();

        let mut reports = Vec::new();
        for of in BUILT_IN {
            let (definition, saved) = (of.definition(), Saved::new());
            let made = Made { name: of.name, definition: &definition, organization: "Acme", as_of, saved: &saved };
            reports.push(as_told(&make(&tenant, &settings, made).await.unwrap()));
        }
        let lacks: Vec<String> = reports.iter().flat_map(lacks).collect();
        assert!(lacks.is_empty(), "{}", lacks.join("\n"));

        for report in &reports {
            let (cover, name) = (&report["cover"], report["cover"]["report"].as_str().unwrap());
            let compared = held_against_the_api(report, &server, &server.address, "").await;
            let in_tables = tables_held_against_the_api(report, &server).await;
            let (all, shares) = (tiles(report).len(), coverage(report).len());
            assert!(compared >= all + shares, "{name}: {compared} of {all} figures and {shares} shares");
            assert!(in_tables > 0 || name == "risk-register", "{name}: no table has a figure");
            let shows = match name {
                "executive-monthly" => Some(("overview", 8)),
                "board-quarterly" => Some(("dora", 9)),
                "team-weekly" | "project-status" => Some(("flow", 5)),
                _ => None,
            };
            let page = async |page: &str| -> Value {
                let [from, until, grain] = ["from", "until", "grain"].map(|field| cover[field].as_str().unwrap());
                let path = format!("/api/v1/dashboards/{page}?from={from}&until={until}&grain={grain}");
                let response = server.get(&path).await;
                assert_eq!(response.status(), 200, "{path}");
                response.json().await.unwrap()
            };
            if let Some((shown, figures)) = shows {
                let shown = page(shown).await;
                assert_eq!(shown["as_of"], as_of);
                assert_eq!(held_against_the_page(report, &shown), figures, "{name}");
            }
            if ["executive-monthly", "project-status", "risk-register"].contains(&name) {
                let [risks, forecasts] = standing_held_against_the_page(report, &page("overview").await);
                assert!(risks > 1 && forecasts > 1, "{name}: {risks} risks and {forecasts} forecasts");
            }
        }
    });
}
