//! A lake with two repositories and deployments of two seasons, whose titles and kinds are not all harmless.
//!
//! | deployment | finished | status | recorded as |
//! |---|---|---|---|
//! | s0 of shop | 10 January 2026 | succeeded | |
//! | s1 of shop | 5 March 2026 | succeeded | |
//! | s2 of shop | 6 March 2026 | succeeded | a hotfix |
//! | p1 of pay | 7 March 2026 | succeeded | |
//! | p2 of pay | 8 March 2026 | failed | a hotfix |

use crate::commands::{out, pulse};
use serde_json::{Value, json};
use std::process::Output;
use std::sync::OnceLock;
use tempfile::TempDir;

/// March 2026.
const MARCH: [&str; 4] = ["--since", "2026-03-01", "--until", "2026-04-01"];

pub(crate) struct Two(TempDir);

impl Two {
    /// The lake, made once for all tests, as tenant `acme`.
    pub(crate) fn lake() -> &'static Self {
        static LAKE: OnceLock<Two> = OnceLock::new();
        LAKE.get_or_init(Self::make)
    }

    fn make() -> Self {
        let two = Self(tempfile::tempdir().unwrap());
        let names = [("shop", "shop"), ("pay", "pay \u{1b}]0;owned\u{7}")];
        let repositories = names.map(|(id, name)| json!({"id": format!("push:two:{id}"), "name": name}));
        let deployment = |id: &str, repository: &str, at: &str, status: &str, kind: Option<&str>| {
            json!({
                "id": format!("push:two:{id}"), "repository_id": format!("push:two:{repository}"), "kind": kind,
                "environment": "production", "is_production": true, "status": status, "finished_at": format!("2026-{at}T12:00:00Z"),
            })
        };
        let deployments = [
            deployment("s0", "shop", "01-10", "succeeded", None),
            deployment("s1", "shop", "03-05", "succeeded", None),
            deployment("s2", "shop", "03-06", "succeeded", Some("hotfix")),
            deployment("p1", "pay", "03-07", "succeeded", None),
            deployment("p2", "pay", "03-08", "failed", Some("hotfix")),
        ];
        for (entity, rows) in [("repositories", &repositories[..]), ("deployments", &deployments[..])] {
            let text: String = rows.iter().map(|row| format!("{row}\n")).collect();
            std::fs::write(two.0.path().join("rows.ndjson"), text).unwrap();
            let pushed = two.pulse(&["push", "--name", "two", entity, "rows.ndjson"]);
            assert!(pushed.status.success(), "{}", String::from_utf8_lossy(&pushed.stderr));
        }
        two
    }

    pub(crate) fn url(&self) -> String {
        format!("file://{}", self.0.path().join("lake").display())
    }

    pub(crate) fn pulse(&self, args: &[&str]) -> Output {
        pulse(self.0.path(), &[&["--lake", &self.url(), "--tenant", "acme"], args].concat())
    }

    fn march(&self, args: &[&str]) -> String {
        out(&self.pulse(&[&["dora"], &MARCH[..], args].concat()))
    }
}

#[test]
fn what_the_figures_rest_on_is_counted_within_their_period_and_filter() {
    let all = Two::lake().march(&[]);
    assert!(all.contains("3 of 4 deployments (75 %)") && all.contains("(failed: 1)"), "{all}");
    let shop = Two::lake().march(&["--repository", "shop"]);
    assert!(shop.contains("2 of 2 deployments (100 %)"), "{shop}");
    assert!(shop.lines().next().unwrap().ends_with(", only repository shop"), "{shop}");
    let json: Value = serde_json::from_str(&Two::lake().march(&["--repository", "shop", "--json"])).unwrap();
    assert_eq!(json["filter"]["repositories"], json!(["shop"]));
    assert_eq!(json["metrics"][1]["groups"][0]["total"]["n"], 2);
}

#[test]
fn a_quiet_period_of_a_lake_with_deployments_is_a_report_of_zeros() {
    let quiet = Two::lake().pulse(&["dora", "--since", "2026-05-01", "--until", "2026-06-01"]);
    assert_eq!(quiet.status.code(), Some(0));
    assert!(out(&quiet).contains("0 a week") && !out(&quiet).contains("deployments ("), "{}", out(&quiet));
}

#[test]
fn what_its_source_called_a_hotfix_is_not_told_as_inferred() {
    let report = Two::lake().march(&[]);
    assert!(report.contains("known by a hotfix alone"), "{report}");
    assert!(!report.contains("counted as rework"), "{report}");
}

#[test]
fn a_report_by_repository_has_a_part_for_each_and_a_name_cannot_command_the_terminal() {
    let report = Two::lake().march(&["--by", "repository"]);
    assert!(report.contains("== shop") && report.contains("== pay \u{fffd}]0;owned\u{fffd}"), "{report}");
    let table = out(&Two::lake().pulse(&["sql", "SELECT name FROM core.repositories"]));
    assert!(table.contains("pay \u{fffd}]0;owned"), "{table}");
    let error = Two::lake().pulse(&["dora", "--repository", "a\u{1b}[2Jb"]);
    assert_eq!(error.status.code(), Some(2));
    let said = String::from_utf8(error.stderr).unwrap();
    for text in [&report, &table, &said] {
        assert!(!text.contains(|c: char| c.is_control() && c != '\n' && c != '\t'), "{text:?}");
    }
}

#[test]
fn the_report_says_once_how_to_open_a_figure_and_the_command_works() {
    let report = Two::lake().march(&[]);
    let query = report.split(" sql \"").nth(1).and_then(|rest| rest.split('"').next()).unwrap();
    assert_eq!(report.matches("pulse --tenant").count(), 1);
    assert!(!report.contains("pulse sync PATH"), "the lake keeps what it is on");
    assert_eq!(Two::lake().pulse(&["sql", query]).status.code(), Some(0));
}

#[test]
fn a_table_reads_no_more_than_it_shows_and_the_limits_of_a_query_can_be_raised() {
    let query = "SELECT value FROM generate_series(1, 900000)";
    let table = out(&Two::lake().pulse(&["sql", "--max-rows", "20000", query]));
    assert!(table.ends_with("more than 1000 rows, the first 1000 shown; `--format csv` writes all of them\n"));
    let csv = |most: &str| Two::lake().pulse(&["sql", "--format", "csv", "--max-rows", most, query]);
    let refused = csv("899999");
    assert_eq!(refused.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&refused.stderr).contains("more than 899999 rows"));
    assert_eq!(out(&csv("900000")).lines().count(), 900_001);
    let series = "SELECT sum(a.value * b.value) FROM generate_series(1, 900000) AS a, generate_series(1, 900) AS b";
    let late = Two::lake().pulse(&["sql", "--timeout", "1", series]);
    assert_eq!(late.status.code(), Some(1), "{}", out(&late));
    assert!(String::from_utf8_lossy(&late.stderr).contains("time limit of 1 s"));
}
