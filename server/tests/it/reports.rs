//! Reports of the golden lake, in every format: each figure is the one that the API answers with at the same as-of.

use crate::commands::{err, out, pulse};
use crate::golden::{FIGURES, Golden, SPAN, near};
use crate::readers::python;
use crate::rest::{Server, run};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Of when the reports are, which is the clock of the servers.
pub(crate) const AS_OF: &str = "2026-04-02T00:00:00Z";

/// A report of the golden lake, as a file of a folder.
fn written(folder: &Path, name: &str, format: &str, file: &str) -> PathBuf {
    let path = folder.join(file);
    let output = path.display().to_string();
    let args = ["report", name, "--format", format, "--from", SPAN[0], "--until", SPAN[1], "--as-of", AS_OF];
    let made = Golden::lake().pulse(&[args.as_slice(), &["--output", output.as_str()]].concat());
    assert!(made.status.success(), "{}", err(&made));
    path
}

fn json(folder: &Path, name: &str) -> Value {
    let file = written(folder, name, "json", &format!("{name}.json"));
    serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap()
}

/// The text of a PDF, as poppler reads it; `None` where that is not installed and nobody said that it has to be.
pub(crate) fn text_of(pdf: &Path) -> Option<String> {
    match Command::new("pdftotext").arg("-layout").arg(pdf).arg("-").output() {
        Ok(read) => {
            assert!(read.status.success(), "{}", err(&read));
            Some(out(&read))
        }
        Err(error) => {
            assert!(std::env::var_os("CI").is_none(), "`make test` installs poppler-utils: {error}");
            None
        }
    }
}

/// What the sections of a report show of a kind.
pub(crate) fn parts<'a>(report: &'a Value, kind: &str) -> Vec<&'a Value> {
    let sections = report["sections"].as_array().unwrap().iter();
    let parts = sections.flat_map(|section| section["parts"].as_array().unwrap());
    parts.filter_map(|part| part.get(kind)).collect()
}

pub(crate) fn tiles(report: &Value) -> Vec<Value> {
    parts(report, "tiles").into_iter().flat_map(|tiles| tiles.as_array().unwrap()).cloned().collect()
}

/// What a report in English says of what its figures rest on: rows that begin with a metric's title, its value and its n.
pub(crate) fn coverage(report: &Value) -> Vec<&Value> {
    let tables = parts(report, "table").into_iter().filter(|table| table["title"] == "Coverage");
    tables.flat_map(|table| table["rows"].as_array().unwrap()).collect()
}

/// Holds a built-in report on March of the golden lake to the figures that are there: a lead time, a frequency, a fail rate and a recovery
/// are, and so are shares of its changes and its incident. Of work items, pull requests and sprints there is nothing.
pub(crate) fn has_its_numbers(report: &Value) {
    let tiles = tiles(report).into_iter().filter(|tile| tile["value"].is_number()).count();
    let shares = coverage(report).into_iter().filter(|row| row[1].is_number()).count();
    let (least_tiles, least_shares) = match report["cover"]["report"].as_str().unwrap() {
        "board-quarterly" => (5, 3),
        "executive-monthly" => (4, 2),
        "team-weekly" => (2, 0),
        "data-quality" => (0, 4),
        _ => (0, 0),
    };
    assert!(tiles >= least_tiles && shares >= least_shares, "{tiles} figures and {shares} shares: {report}");
}

/// Holds each figure of a report, and the version of each definition, against what the API answers that is at an address, asked with
/// `more`; how many figures there were.
pub(crate) async fn held_against_the_api(report: &Value, server: &Server, address: &str, more: &str) -> usize {
    let (cover, mut compared) = (&report["cover"], 0);
    let (name, grain) = (&cover["report"], cover["grain"].as_str().unwrap());
    let day = |field: &str| cover[field].as_str().unwrap().to_owned();
    let ask = async |metric: &Value, from: String, by: &Value| -> Value {
        let by = by.as_str().map(|by| format!("&by={by}")).unwrap_or_default();
        let (metric, until) = (metric.as_str().unwrap(), day("until"));
        let query = format!("from={from}&until={until}&grain={grain}&compare=previous{by}{more}");
        let request = server.client.get(format!("{address}/api/v1/metrics/{metric}?{query}"));
        request.bearer_auth(&server.acme).send().await.unwrap().json().await.unwrap()
    };
    for tile in tiles(report) {
        let answer = ask(&tile["metric"], day("from"), &Value::Null).await;
        let group = &answer["groups"][0];
        // The API tells zeros of what was never seen, and that there is no newest observation.
        let is_seen = tile["state"] != "never_seen";
        let of = |value: &Value| if is_seen { value.clone() } else { Value::Null };
        assert_eq!(tile["value"], of(&group["total"]["value"]), "{name}: {tile}");
        assert_eq!(tile["before"], of(&group["comparison"]["value"]), "{name}: {tile}");
        assert_eq!(tile["n"], group["total"]["n"].as_i64().unwrap_or(0), "{name}: {tile}");
        assert_eq!(tile["p90"], group["total"]["p90"], "{name}: {tile}");
        compared += 1;
    }
    for chart in parts(report, "chart") {
        let from = if chart["shape"] == "spread" { day("from") } else { day("trend_from") };
        let answer = ask(&chart["metric"], from, &chart["by"]).await;
        let groups = answer["groups"].as_array().unwrap();
        assert_eq!(groups.len(), chart["lines"].as_array().unwrap().len(), "{name}: {chart}");
        for (group, line) in groups.iter().zip(chart["lines"].as_array().unwrap()) {
            let figures: Vec<&Value> = match chart["shape"].as_str() {
                Some("spread") => vec![&group["total"]],
                _ => group["points"].as_array().unwrap().iter().map(|point| &point["figure"]).collect(),
            };
            let is_seen = chart["state"] != "never_seen";
            let value = |figure: &&Value| if is_seen { figure["value"].clone() } else { Value::Null };
            let n = |figure: &&Value| figure["n"].clone();
            assert_eq!(line["values"], figures.iter().map(value).collect::<Value>(), "{name}: {line}");
            assert_eq!(line["n"], figures.iter().map(n).collect::<Value>(), "{name}: {line}");
            compared += figures.len();
        }
    }
    for row in coverage(report) {
        let defined = report["definitions"].as_array().unwrap().iter().find(|defined| defined["title"] == row[0]);
        let answer = ask(&defined.unwrap()["metric"], day("from"), &Value::Null).await;
        let total = &answer["groups"][0]["total"];
        // A share of nothing is none, whether it was ever seen or not.
        assert_eq!(row[1], total["value"], "{name}: {row}");
        assert_eq!(row[2].as_f64(), Some(total["n"].as_f64().unwrap_or(0.0)), "{name}: {row}");
        compared += 1;
    }
    for defined in report["definitions"].as_array().unwrap() {
        let known = ask(&defined["metric"], day("from"), &Value::Null).await;
        assert_eq!(defined["version"], known["definition"]["version"]);
    }
    compared
}

#[test]
fn every_figure_of_a_report_is_the_apis_at_the_same_as_of() {
    let folder = tempfile::tempdir().unwrap();
    let board = json(folder.path(), "board-quarterly");
    for (metric, value, n) in FIGURES {
        let tile = tiles(&board).into_iter().find(|tile| tile["metric"] == metric).unwrap();
        assert!(near(&tile["value"], value) && tile["n"] == n, "{tile}");
    }
    assert_eq!(board["cover"]["as_of"], 1_775_088_000_000_000_i64);
    let all: Vec<(String, Value)> = [
        "board-quarterly",
        "executive-monthly",
        "team-weekly",
        "project-status",
        "sprint-review",
        "risk-register",
        "data-quality",
    ]
    .map(|name| (name.to_owned(), json(folder.path(), name)))
    .into();
    run(async move {
        let server = Server::start().await;
        let mut compared = 0;
        for (_, report) in &all {
            has_its_numbers(report);
            compared += held_against_the_api(report, &server, &server.address, "").await;
        }
        assert!(compared > 300, "only {compared} figures were held against the API's");
    });
}

#[test]
fn made_again_at_the_same_as_of_every_format_has_the_same_bytes() {
    let folder = tempfile::tempdir().unwrap();
    for format in ["pdf", "xlsx", "html", "text", "csv", "png", "json", "parquet"] {
        let [first, second] = ["first", "second"]
            .map(|file| std::fs::read(written(folder.path(), "executive-monthly", format, file)).unwrap());
        assert!(!first.is_empty() && first == second, "{format} differs");
    }
}

#[test]
fn the_pdf_says_the_figures_on_numbered_pages_and_is_tagged() {
    let folder = tempfile::tempdir().unwrap();
    let pdf = written(folder.path(), "board-quarterly", "pdf", "board.pdf");
    let bytes = std::fs::read(&pdf).unwrap();
    let holds = |what: &[u8]| bytes.windows(what.len()).any(|window| window == what);
    assert!(bytes.starts_with(b"%PDF-1.7") && holds(b"/MarkInfo") && holds(b"/StructTreeRoot") && holds(b"pdfuaid"));
    let Some(text) = text_of(&pdf) else { return };
    for said in [
        "Software delivery in the last quarter",
        "1 March to 31 March 2026",
        "2 April 2026, 00:00 (UTC)",
        "Change lead time",
        "24 h",
        "0.90 a week",
        "25 %",
        "1 of 4",
        "4 h",
        "Page 1 of",
        "change_fail_rate · version 2",
        "4 of 5 changes",
        "push:acme",
    ] {
        assert!(text.contains(said), "`{said}` is missing in\n{text}");
    }
    let pages = text.matches('\u{c}').count();
    assert!(pages > 2 && text.contains(&format!("Page {pages} of {pages}")), "{pages} pages\n{text}");
}

#[test]
fn a_workbook_has_numbers_as_numbers_and_no_formula() {
    let Some(python) = python() else { return };
    let folder = tempfile::tempdir().unwrap();
    let report = json(folder.path(), "board-quarterly");
    let file = written(folder.path(), "board-quarterly", "xlsx", "board.xlsx");
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/readers/workbook.py");
    let read = Command::new(python).arg(script).arg(file).output().unwrap();
    assert!(read.status.success(), "{}", err(&read));
    let book: Value = serde_json::from_slice(&read.stdout).unwrap();
    assert_eq!(book["created"], "2026-04-02T00:00:00");
    let order: Vec<&str> = book["order"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
    assert_eq!((order[0], order.last().copied()), ("About", Some("Definitions")));
    for (name, sheet) in book["sheets"].as_object().unwrap() {
        let kinds: Vec<&str> = sheet["kinds"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
        assert!(!kinds.contains(&"f"), "{name} has a formula");
    }
    // Cell by cell.
    let five = &book["sheets"]["The five metrics"];
    let shown: Vec<Value> = tiles(&report);
    let rows = five["rows"].as_array().unwrap();
    let head: Vec<&str> = rows[0].as_array().unwrap().iter().filter_map(Value::as_str).collect();
    let column = |name: &str| head.iter().position(|title| *title == name).unwrap();
    for (row, tile) in rows[1..].iter().zip(&shown) {
        for (name, field) in [("Metric", "title"), ("Value", "value"), ("Unit", "unit"), ("n", "n"), ("Name", "metric")]
        {
            let (cell, expected) = (&row[column(name)], &tile[field]);
            let same = cell == expected || cell.as_f64().zip(expected.as_f64()).is_some_and(|(a, b)| a == b);
            assert!(same, "{name}: {cell} is not {expected}");
        }
    }
    assert_eq!((rows.len(), &five["frozen"], five["filter"].is_string()), (6, &Value::from("A2"), true));
    let charts: i64 = book["sheets"].as_object().unwrap().values().filter_map(|sheet| sheet["charts"].as_i64()).sum();
    assert!(charts >= 4, "{charts} charts");
}

#[test]
fn html_is_fit_for_mail_and_csv_and_parquet_hold_the_same_figures() {
    let folder = tempfile::tempdir().unwrap();
    let html = std::fs::read_to_string(written(folder.path(), "board-quarterly", "html", "board.html")).unwrap();
    for said in ["24 h", "25 %", "1 March to 31 March 2026", "Definitions"] {
        assert!(html.contains(said), "`{said}` is missing");
    }
    for barred in ["<script", "<link", "<img", "src=", "url(", "<style", "http-equiv", "javascript:"] {
        assert!(!html.contains(barred), "{barred} in\n{html}");
    }
    let text = std::fs::read_to_string(written(folder.path(), "board-quarterly", "text", "board.txt")).unwrap();
    assert!(text.contains("Change lead time: 24 h") && text.contains("THE FIVE METRICS"), "{text}");
    let one = |format: &str, file: &str| {
        let output = folder.path().join(file).display().to_string();
        let args = ["report", "board-quarterly", "--format", format, "--table", "1-the-five-metrics", "--as-of", AS_OF];
        let made = Golden::lake()
            .pulse(&[args.as_slice(), &["--from", SPAN[0], "--until", SPAN[1], "--output", output.as_str()]].concat());
        assert!(made.status.success(), "{}", err(&made));
        std::fs::read(output).unwrap()
    };
    let csv = String::from_utf8(one("csv", "five.csv")).unwrap();
    let report = json(folder.path(), "board-quarterly");
    assert_eq!(csv.lines().count(), 1 + FIGURES.len());
    for (line, tile) in csv.lines().skip(1).zip(tiles(&report)) {
        let cells: Vec<&str> = line.split(',').collect();
        assert_eq!(cells[0], tile["title"], "{line}");
        let value = cells[1].parse::<f64>().ok();
        assert!(value.map_or(tile["value"].is_null(), |value| near(&tile["value"], value)), "{line}");
    }
    assert!(one("parquet", "five.parquet").starts_with(b"PAR1"));
    let archive = std::fs::read(written(folder.path(), "board-quarterly", "csv", "all.zip")).unwrap();
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(archive)).unwrap();
    let names: Vec<String> = archive.file_names().map(|name| name.unwrap().into_owned()).collect();
    assert!(names.iter().any(|name| name == "1-the-five-metrics.csv"), "{names:?}");
    let mut five = String::new();
    std::io::Read::read_to_string(&mut archive.by_name("1-the-five-metrics.csv").unwrap(), &mut five).unwrap();
    assert_eq!(five, csv);
}

#[test]
fn a_report_in_german_is_german_in_every_format_and_has_the_same_figures() {
    let folder = tempfile::tempdir().unwrap();
    let german = |format: &str| {
        let path = folder.path().join(format!("german.{format}"));
        let output = path.display().to_string();
        let args = ["report", "board-quarterly", "--language", "de", "--format", format, "--from", SPAN[0]];
        let more = ["--until", SPAN[1], "--as-of", AS_OF, "--output", output.as_str()];
        let made = Golden::lake().pulse(&[args.as_slice(), &more].concat());
        assert!(made.status.success(), "{}", err(&made));
        path
    };
    let read = |format: &str| std::fs::read_to_string(german(format)).unwrap();
    let (english, report) =
        (json(folder.path(), "board-quarterly"), serde_json::from_str::<Value>(&read("json")).unwrap());
    assert_eq!((&english["cover"]["language"], &report["cover"]["language"]), (&"en".into(), &"de".into()));
    for (english, german) in tiles(&english).iter().zip(tiles(&report)) {
        for same in ["metric", "value", "n", "before", "change", "evidence", "unit"] {
            assert_eq!(english[same], german[same], "{same}");
        }
        assert_ne!(english["title"], german["title"]);
    }
    let html = read("html");
    for said in [
        "<html lang=\"de\">",
        "Softwareauslieferung im letzten Quartal",
        "1. März bis 31. März 2026",
        "Stand 2. April 2026, 00:00 (UTC), Umfang: alles",
        "Durchlaufzeit von Änderungen",
        "0,90 pro Woche",
        "Definitionen",
        "4 von 5 Änderungen",
    ] {
        assert!(html.contains(said), "`{said}` is missing in\n{html}");
    }
    for said in
        ["Wie oft mit Erfolg in die Produktion ausgeliefert wird.", "Median und 90. Perzentil über die Änderungen"]
    {
        assert!(html.contains(said), "`{said}` is missing in\n{html}");
    }
    for english in ["In short", "Change lead time", "As of ", "Definitions", "written in English", "percentile"] {
        assert!(!html.contains(english), "`{english}` in\n{html}");
    }
    assert!(read("text").contains("Durchlaufzeit von Änderungen: 24 h"));
    let pdf = german("pdf");
    let bytes = std::fs::read(&pdf).unwrap();
    assert!(bytes.windows(9).any(|some| some == b"/Lang(de)" || some == b"/Lang (de"), "the PDF says no language");
    if let Some(text) = text_of(&pdf) {
        for said in ["Seite 1 von", "Worauf die Zahlen beruhen", "change_fail_rate · Fassung 2 · in Anteil", "1 von 4"]
        {
            assert!(text.contains(said), "`{said}` is missing in\n{text}");
        }
    }
    let Some(python) = python() else { return };
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/readers/workbook.py");
    let read = Command::new(python).arg(script).arg(german("xlsx")).output().unwrap();
    let book: Value = serde_json::from_slice(&read.stdout).unwrap();
    let rows = &book["sheets"]["Die fünf Kennzahlen"]["rows"];
    assert_eq!((&rows[0][0], &rows[0][1], &rows[1][2]), (&"Metrik".into(), &"Wert".into(), &"Sekunden".into()));
    assert_eq!(rows[1][1].as_f64(), tiles(&report)[0]["value"].as_f64());
}

/// A lake in which a repository is called by what is markup, a formula or a script elsewhere.
const EVIL: &str = "=cmd()|'#import \"x\": *; $a$ *b* \\ <script>alert(1)</script> \u{202e}";

#[test]
fn names_are_text_in_every_format_whatever_they_hold() {
    let lake = Golden::lake().copy();
    let (folder, url) = (tempfile::tempdir().unwrap(), format!("file://{}", lake.path().display()));
    let done = |args: &[&str]| {
        let made = pulse(folder.path(), &[&["--lake", url.as_str(), "--tenant", "acme"], args].concat());
        assert!(made.status.success(), "{}", err(&made));
    };
    let rows = [
        ("repositories", serde_json::json!({"id": "push:evil:r", "name": EVIL})),
        (
            "deployments",
            serde_json::json!({
                "id": "push:evil:d", "repository_id": "push:evil:r", "environment": "production", "is_production": true,
                "status": "succeeded", "finished_at": "2026-03-05T12:00:00Z",
            }),
        ),
    ];
    for (entity, row) in rows {
        std::fs::write(folder.path().join("rows.ndjson"), format!("{row}\n")).unwrap();
        done(&["push", "--name", "evil", entity, "rows.ndjson"]);
    }
    let file = |format: &str, table: &[&str]| {
        let path = folder.path().join(format!("evil.{format}"));
        let output = path.display().to_string();
        let args =
            ["report", "team-weekly", "--format", format, "--from", SPAN[0], "--until", SPAN[1], "--as-of", AS_OF];
        done(&[args.as_slice(), &["--output", output.as_str()], table].concat());
        path
    };
    let html = std::fs::read_to_string(file("html", &[])).unwrap();
    assert!(html.contains("=cmd()|&#39;#import") && !html.contains("<script"), "{html}");
    let csv = std::fs::read_to_string(file("csv", &["--table", "7-repositories"])).unwrap();
    assert!(csv.contains("\"'=cmd()|'#import"), "{csv}");
    if let Some(text) = text_of(&file("pdf", &[])) {
        let text: String = text.split_whitespace().collect::<Vec<_>>().join(" ").replace('\u{200b}', "");
        for said in ["=cmd()|'#import", "$a$", "*b*", "<script>"] {
            assert!(text.contains(said), "{said} is missing in\n{text}");
        }
    }
    let Some(python) = python() else { return };
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/readers/workbook.py");
    let read = Command::new(python).arg(script).arg(file("xlsx", &[])).output().unwrap();
    let book: Value = serde_json::from_slice(&read.stdout).unwrap();
    let sheet = &book["sheets"]["Repositories"];
    assert!(sheet["rows"].to_string().contains("=cmd()|'#import"), "{sheet}");
    assert!(!sheet["kinds"].as_array().unwrap().contains(&Value::from("f")), "{sheet}");
}

#[test]
fn what_makes_no_sense_is_told_and_no_file_is_left() {
    let folder = tempfile::tempdir().unwrap();
    let output = folder.path().join("x.pdf").display().to_string();
    for (args, said) in [
        (vec!["report", "weather"], "there is no report `weather`"),
        (vec!["report", "board-quarterly", "--as-of", "2999-01-01T00:00:00Z"], "not after now"),
        (vec!["report", "board-quarterly", "--team", "nowhere"], "nowhere"),
        (vec!["report", "board-quarterly", "--table", "1-x"], "csv and parquet"),
        (vec!["report", "board-quarterly", "--format", "csv", "--table", "9-x"], "it has: 1-the-five-metrics"),
    ] {
        let made = Golden::lake().pulse(&[args.as_slice(), &["--output", output.as_str()]].concat());
        assert_eq!(made.status.code(), Some(2), "{args:?}: {}", err(&made));
        assert!(err(&made).contains(said), "{args:?}: {}", err(&made));
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    let list = out(&Golden::lake().pulse(&["report"]));
    assert!(list.contains("board-quarterly") && list.lines().count() == 7, "{list}");
}
