//! A small history with figures that were computed by hand, in a lake of its own.
//!
//! March 2026 in UTC, one repository, four successful production deployments:
//!
//! | deployment | finished | carries | lead time |
//! |---|---|---|---|
//! | d1 | 2 March, 12:00 | a | none, it is the baseline |
//! | d2 | 4 March, 12:00 | b, authored 3 March, 12:00 | 24 h |
//! | d3 | 10 March, 12:00 | c, authored 8 March, 12:00, and d, authored 9 March, 12:00 | 48 h and 24 h |
//! | d4 | 10 March, 15:00 | e, authored 10 March, 14:00 | 1 h |
//!
//! An incident began at 13:00 on 10 March, named d3, and was over at 16:00. d4 is its hotfix. So the median lead time is 24 h of 4,
//! the change fail rate 1 of 4, the recovery 4 h (12:00 to 16:00), the rework rate 1 of 4, and the frequency 4 in 31 days.

use crate::commands::{out, pulse};
use pulse_engine::lake::When;
use pulse_engine::row::{self, Row, Value as Cell};
use pulse_engine::{Settings, Tenant, entities};
use serde_json::{Value, json};
use std::sync::OnceLock;
use tempfile::TempDir;

/// The days that the figures are over.
pub(crate) const SPAN: [&str; 2] = ["2026-03-01", "2026-04-01"];

/// The figures: metric, value, n.
pub(crate) const FIGURES: [(&str, f64, i64); 5] = [
    ("change_lead_time", 24.0 * 3600.0, 4),
    ("deployment_frequency", 4.0 / (31.0 / 7.0), 4),
    ("change_fail_rate", 0.25, 4),
    ("failed_deployment_recovery_time", 4.0 * 3600.0, 1),
    ("deployment_rework_rate", 0.25, 4),
];

/// Whether a figure is the one expected, but for the last bit of its division.
pub(crate) fn near(figure: &Value, expected: f64) -> bool {
    figure.as_f64().is_some_and(|value| (value - expected).abs() <= expected.abs() * 1e-12)
}

/// One more deployment to production, in March, with its facts.
pub(crate) async fn one_more(tenant: &Tenant) {
    more(tenant, &[("push:acme:d9".to_owned(), 1_774_900_000_000_000)]).await;
}

/// More deployments to production, by id and instant, with their facts.
pub(crate) async fn more(tenant: &Tenant, deployed: &[(String, i64)]) {
    let deployments = entities::core("deployments").unwrap();
    let of = |(id, at): &(String, i64)| {
        Row::new(deployments)
            .set("id", id.as_str())
            .set("connection", "push:acme")
            .set("raw", "push/1/1")
            .set("observed_at", Cell::Time(1_775_000_000_000_000))
            .set("repository_id", "push:acme:shop")
            .set("environment", "production")
            .set("is_production", true)
            .set("status", "succeeded")
            .set("finished_at", Cell::Time(*at))
    };
    let batch = row::batch(deployments, &deployed.iter().map(of).collect::<Vec<_>>()).unwrap();
    tenant.lake().table(deployments).upsert(&batch, &[], When::Changed).await.unwrap();
    tenant.model(&Settings::default()).await.unwrap();
}

/// A folder that holds the lake and nothing that is written to again.
pub(crate) struct Golden {
    folder: TempDir,
}

impl Golden {
    /// The lake, made once for all tests.
    pub(crate) fn lake() -> &'static Self {
        static LAKE: OnceLock<Golden> = OnceLock::new();
        LAKE.get_or_init(Self::make)
    }

    fn make() -> Self {
        let golden = Self { folder: tempfile::tempdir().unwrap() };
        for (entity, rows) in rows() {
            let file = format!("{entity}.ndjson");
            let text: String = rows.iter().map(|row| format!("{row}\n")).collect();
            std::fs::write(golden.folder.path().join(&file), text).unwrap();
            let pushed = golden.pulse(&["push", "--name", "acme", entity, &file]);
            assert!(pushed.status.success(), "{}", String::from_utf8_lossy(&pushed.stderr));
        }
        golden
    }

    /// A lake like it, to be written to.
    pub(crate) fn copy(&self) -> TempDir {
        let (copy, lake) = (tempfile::tempdir().unwrap(), self.folder.path().join("lake"));
        let source = lake.join(".");
        let copied = std::process::Command::new("cp").arg("-r").args([&source, &copy.path().to_owned()]).status();
        assert!(copied.unwrap().success());
        copy
    }

    pub(crate) fn url(&self) -> String {
        format!("file://{}", self.folder.path().join("lake").display())
    }

    /// The folder of a table of tenant `acme`.
    pub(crate) fn table(&self, name: &str) -> std::path::PathBuf {
        self.folder.path().join("lake/tenant=acme").join(name)
    }

    /// Runs a command over the lake, as tenant `acme`.
    pub(crate) fn pulse(&self, args: &[&str]) -> std::process::Output {
        let url = self.url();
        let args = [&["--lake", url.as_str(), "--tenant", "acme"], args].concat();
        pulse(self.folder.path(), &args)
    }
}

fn rows() -> Vec<(&'static str, Vec<Value>)> {
    let repository = "push:acme:shop";
    let shas = ["a", "b", "c", "d", "e"].map(|c| c.repeat(40));
    let authored = ["01T12", "03T12", "08T12", "09T12", "10T14"];
    let commits = (0..5usize).map(|i| {
        let parents: Vec<&String> = i.checked_sub(1).map(|p| &shas[p]).into_iter().collect();
        let at = format!("2026-03-{}:00:00Z", authored[i]);
        json!({
            "id": format!("push:acme:{}", shas[i]), "repository_id": repository, "sha": shas[i], "parents": parents,
            "authored_at": at, "committed_at": at, "title": format!("Change {i}"),
        })
    });
    let deployment = |name: &str, sha: usize, at: &str| {
        json!({
            "id": format!("push:acme:{name}"), "repository_id": repository, "environment": "production", "is_production": true,
            "status": "succeeded", "sha": shas[sha], "finished_at": format!("2026-03-{at}:00:00Z"),
        })
    };
    let mut hotfix = deployment("d4", 4, "10T15");
    hotfix["kind"] = "hotfix".into();
    hotfix["incident_id"] = "push:acme:i1".into();
    let incident = json!({
        "id": "push:acme:i1", "began_at": "2026-03-10T13:00:00Z", "resolved_at": "2026-03-10T16:00:00Z",
        "repository_id": repository, "deployment_id": "push:acme:d3",
    });
    vec![
        ("repositories", vec![json!({"id": repository, "name": "shop"})]),
        ("commits", commits.collect()),
        (
            "deployments",
            vec![deployment("d1", 0, "02T12"), deployment("d2", 1, "04T12"), deployment("d3", 3, "10T12"), hotfix],
        ),
        ("incidents", vec![incident]),
    ]
}

#[test]
fn the_report_tells_the_figures_that_were_computed_by_hand() {
    let report = Golden::lake().pulse(&["dora", "--json", "--since", SPAN[0], "--until", SPAN[1]]);
    let report: Value = serde_json::from_str(&out(&report)).unwrap();
    for (i, (metric, value, n)) in FIGURES.into_iter().enumerate() {
        let answer = &report["metrics"][i];
        assert_eq!(answer["definition"]["name"], metric);
        let total = &answer["groups"][0]["total"];
        assert!(near(&total["value"], value) && total["n"] == n, "{metric}: {total}");
    }
}

#[test]
fn the_report_reads_well_in_a_terminal() {
    let report = out(&Golden::lake().pulse(&["dora", "--since", SPAN[0], "--until", SPAN[1]]));
    for line in
        ["Change lead time", "24 h", "25 %", "1 of 4", "scale 0 to", "4 of 5 changes", "2026-03-01 to 2026-03-31"]
    {
        assert!(report.contains(line), "{line} is missing in\n{report}");
    }
    assert!(!report.contains('\x1b'), "styles belong on terminals only");
}

#[test]
fn sql_tells_the_same_figures() {
    for (metric, value, n) in FIGURES {
        let figure = match metric {
            "change_lead_time" | "failed_deployment_recovery_time" => "exact_median(value)",
            "deployment_frequency" => "count(*) * 7.0 / 31.0",
            _ => "sum(numerator) / sum(denominator)",
        };
        let counted = "at IS NOT NULL AND NOT open AND excluded IS NULL";
        let query = format!("SELECT {figure} AS value, count(*) AS n FROM dora.{metric} WHERE {counted}");
        let rows = out(&Golden::lake().pulse(&["sql", "--format", "json", &query]));
        let rows: Value = serde_json::from_str(&rows).unwrap();
        assert!(near(&rows[0]["value"], value) && rows[0]["n"] == n, "{metric}: {rows}");
    }
}

#[test]
fn the_lake_is_whole_and_tells_its_tables() {
    let lake = Golden::lake();
    assert_eq!(lake.pulse(&["lake", "verify"]).status.code(), Some(0));
    let tables = out(&lake.pulse(&["lake", "inspect"]));
    assert!(tables.contains("core/deployments") && tables.contains("facts/changes"), "{tables}");
}

#[test]
fn a_bad_row_is_code_3_and_the_good_ones_land() {
    let folder = tempfile::tempdir().unwrap();
    let bad = "{\"id\":\"push:x:1\",\"name\":\"one\"}\n{\"id\":\"push:x:2\"}\n";
    std::fs::write(folder.path().join("rows.ndjson"), bad).unwrap();
    let pushed = pulse(folder.path(), &["push", "--name", "x", "repositories", "rows.ndjson"]);
    assert_eq!(pushed.status.code(), Some(3));
    let said = String::from_utf8(pushed.stderr).unwrap();
    assert!(said.contains("line 2") && said.contains("name"), "{said}");
    let count = pulse(folder.path(), &["sql", "--format", "csv", "SELECT count(*) AS n FROM core.repositories"]);
    assert_eq!(out(&count), "n\n1\n");
}
