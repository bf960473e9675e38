//! Reports of the golden lake, as programs read them that are not ours: pages by poppler and by a validator of PDF/UA, workbooks cell by
//! cell by openpyxl. What they say is what the report says, and that is what the API answers with.

use crate::commands::{err, out};
use crate::golden::{Golden, SPAN};
use crate::readers::python;
use crate::reports::{AS_OF, held_against_the_api, tiles};
use crate::rest::{Server, run};
use pulse_server::report::quantity;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::Command;

/// A report in a language, as a file.
pub(crate) fn written(folder: &Path, name: &str, language: &str, format: &str) -> PathBuf {
    let path = folder.join(format!("{name}-{language}.{format}"));
    let output = path.display().to_string();
    let args = ["report", name, "--language", language, "--format", format, "--from", SPAN[0], "--until", SPAN[1]];
    let made = Golden::lake().pulse(&[args.as_slice(), &["--as-of", AS_OF, "--output", output.as_str()]].concat());
    assert!(made.status.success(), "{}", err(&made));
    path
}

pub(crate) fn report(folder: &Path, name: &str, language: &str) -> Value {
    serde_json::from_slice(&std::fs::read(written(folder, name, language, "json")).unwrap()).unwrap()
}

/// What a reader of ours tells of a file.
pub(crate) fn told(python: &Path, reader: &str, file: &Path) -> Value {
    let script = format!("{}/tests/readers/{reader}", env!("CARGO_MANIFEST_DIR"));
    let read = Command::new(python).arg(script).arg(file).output().unwrap();
    assert!(read.status.success(), "{}", err(&read));
    serde_json::from_slice(&read.stdout).unwrap()
}

pub(crate) fn list(of: &Value) -> &[Value] {
    of.as_array().map_or(&[][..], Vec::as_slice)
}

/// The parts of a report, each with the title of its section, in order.
pub(crate) fn parts(report: &Value) -> Vec<(&Value, &Value)> {
    let sections = list(&report["sections"]).iter();
    sections.flat_map(|section| list(&section["parts"]).iter().map(|part| (&section["title"], part))).collect()
}

/// The cells of a table, each with its row and its column.
fn cells(table: &Value) -> Vec<(&Value, &Value, &Value)> {
    let columns = list(&table["columns"]);
    list(&table["rows"])
        .iter()
        .flat_map(|row| columns.iter().zip(list(row)).map(move |(column, cell)| (row, column, cell)))
        .collect()
}

/// A text as it is wherever lines and columns break it.
fn squeezed(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace() && !matches!(c, '\u{200b}' | '\u{ad}')).collect()
}

/// A number of a table as people read it.
fn as_read(number: f64, unit: &str) -> String {
    match unit {
        "" if number.fract() == 0.0 => format!("{number:.0}"),
        "" => format!("{number:.2}"),
        "points" => format!("{number:+.1}"),
        unit => quantity(number, unit),
    }
}

#[test]
fn the_pages_say_every_figure_that_the_api_answers_with() {
    let (folder, mut reports) = (tempfile::tempdir().unwrap(), Vec::new());
    for name in ["board-quarterly", "executive-monthly", "data-quality"] {
        let report = report(folder.path(), name, "en");
        let pdf = written(folder.path(), name, "en", "pdf");
        let text = match Command::new("pdftotext").arg("-raw").arg(&pdf).arg("-").output() {
            Ok(read) => squeezed(&out(&read)),
            Err(error) => {
                assert!(std::env::var_os("CI").is_none(), "`make test` installs poppler-utils: {error}");
                return;
            }
        };
        let mut compared = 0;
        let mut says = |what: &str| {
            assert!(text.contains(&squeezed(what)), "`{what}` is missing in {name}\n{text}");
            compared += 1;
        };
        let headline = list(&report["headline"]);
        assert_eq!(headline.is_empty(), name == "data-quality", "{headline:?}");
        for sentence in headline {
            says(sentence["text"].as_str().unwrap());
        }
        for tile in tiles(&report) {
            if let Some(value) = tile["value"].as_f64().filter(|_| tile["state"] != "never_seen") {
                assert_eq!(tile["shown"], quantity(value, tile["unit"].as_str().unwrap()), "{tile}");
            }
            for field in ["title", "shown", "details", "change_words", "standing"] {
                tile[field].as_str().into_iter().for_each(&mut says);
            }
        }
        for (_, part) in parts(&report) {
            part["chart"]["title"].as_str().into_iter().for_each(&mut says);
            let table = &part["table"];
            for (row, column, cell) in cells(table) {
                let title = column["title"].as_str().unwrap();
                // What files of rows have, and pages do not.
                if title.ends_with(": n") || ["Ids of these, at most 50", "Made on"].contains(&title) {
                    continue;
                }
                match (cell.as_str(), cell.as_f64(), column["unit"].as_str().unwrap()) {
                    (Some(text), ..) => says(text),
                    // A chance is told by words of its own.
                    (_, Some(number), unit) if unit != "probability" => says(&as_read(number, unit)),
                    _ => assert!(cell.is_null() || cell.is_number(), "{row}"),
                }
            }
        }
        for defined in list(&report["definitions"]) {
            for field in ["title", "metric", "description", "formula", "source"] {
                says(defined[field].as_str().unwrap());
            }
        }
        assert!(compared > 40, "only {compared} texts were looked for in {name}");
        reports.push(report);
    }
    run(async move {
        let server = Server::start().await;
        for report in &reports {
            held_against_the_api(report, &server, &server.address, "").await;
        }
    });
}

/// The pages of a document as pictures, each with its width and its points of red, green and blue; `None` where nothing draws them.
pub(crate) fn drawn(folder: &Path, pdf: &Path) -> Option<Vec<(usize, Vec<[u8; 3]>)>> {
    let pages = tempfile::tempdir_in(folder).unwrap();
    let made = Command::new("pdftoppm").args(["-r", "40"]).arg(pdf).arg(pages.path().join("page")).output();
    if let Err(error) = &made {
        assert!(std::env::var_os("CI").is_none(), "`make test` installs poppler-utils: {error}");
        return None;
    }
    assert!(made.as_ref().is_ok_and(|made| made.status.success() && made.stderr.is_empty()), "{made:?}");
    let mut files: Vec<PathBuf> = std::fs::read_dir(pages.path()).unwrap().map(|file| file.unwrap().path()).collect();
    files.sort();
    let page = |file: PathBuf| {
        let bytes = std::fs::read(file).unwrap();
        // `P6`, the width, the height and the largest value, with one space or line's end behind each.
        let head = bytes.split(|byte| byte.is_ascii_whitespace()).take(4).collect::<Vec<_>>();
        assert_eq!((head[0], head[3]), (&b"P6"[..], &b"255"[..]));
        let begins = head.iter().map(|word| word.len() + 1).sum::<usize>();
        let width = std::str::from_utf8(head[1]).unwrap().parse().unwrap();
        (width, bytes[begins..].as_chunks::<3>().0.to_vec())
    };
    Some(files.into_iter().map(page).collect())
}

/// Holds that no page of a document is empty and that nothing runs over its edge; how many points of colour there are beside its cover.
pub(crate) fn coloured(pages: &[(usize, Vec<[u8; 3]>)], name: &str) -> usize {
    let mut coloured = 0;
    for (n, (width, points)) in pages.iter().enumerate() {
        let height = points.len() / width;
        assert_eq!((*width, height), (331, 468), "A4 at 40 points an inch");
        // Where the ink is, in thousandths of the page.
        let ink = points.iter().enumerate().filter(|(_, point)| point.iter().any(|value| *value < 200));
        let ink: Vec<(usize, usize)> =
            ink.map(|(at, _)| (at % width * 1000 / width, at / width * 1000 / height)).collect();
        let over = ink.iter().find(|(x, y)| !(60..940).contains(x) || !(40..980).contains(y));
        assert_eq!(over, None, "page {} of {name}", n + 1);
        let body = ink.iter().filter(|(_, y)| *y < 930).count();
        assert!(body > 100, "page {} of {name} has nothing but its foot: {body}", n + 1);
        let is_coloured = |point: &&[u8; 3]| {
            let (least, most) =
                point.iter().fold((255, 0), |(least, most), value| (*value.min(&least), *value.max(&most)));
            most - least > 40
        };
        coloured += if n > 0 { points.iter().filter(is_coloured).count() } else { 0 };
    }
    coloured
}

#[test]
fn no_page_is_empty_nothing_runs_over_its_edge_and_charts_are_drawn_as_lines_and_not_as_pictures() {
    let folder = tempfile::tempdir().unwrap();
    for (name, language) in [("board-quarterly", "en"), ("executive-monthly", "de"), ("data-quality", "en")] {
        let (report, pdf) = (report(folder.path(), name, language), written(folder.path(), name, language, "pdf"));
        let Some(pages) = drawn(folder.path(), &pdf) else { return };
        let pictures = out(&Command::new("pdfimages").arg("-list").arg(&pdf).output().unwrap());
        assert_eq!(pictures.lines().count(), 2, "a head and a line below it, in {name}: {pictures}");
        assert!(pages.len() > 2, "{name} has {} pages", pages.len());
        let coloured = coloured(&pages, name);
        let charts = parts(&report).into_iter().filter_map(|(_, part)| part.get("chart"));
        let charts = charts.filter(|chart| {
            list(&chart["lines"]).iter().any(|line| list(&line["values"]).iter().any(Value::is_number))
        });
        let charts = charts.count();
        assert!(charts > 0 || name == "data-quality", "{name} draws nothing");
        assert!(coloured >= 5 * charts, "{charts} charts of {name} come to {coloured} points of colour");
    }
}

#[test]
fn the_pages_are_read_out_well_to_whoever_does_not_see_them() {
    let Some(python) = python() else { return };
    let folder = tempfile::tempdir().unwrap();
    for (name, language, [short, how, definitions]) in [
        ("executive-monthly", "en", ["In short", "How to read this report", "Definitions"]),
        ("board-quarterly", "de", ["In Kürze", "Wie dieser Bericht zu lesen ist", "Definitionen"]),
        ("risk-register", "en", ["In short", "How to read this report", "Definitions"]),
    ] {
        let report = report(folder.path(), name, language);
        let pdf = told(&python, "document.py", &written(folder.path(), name, language, "pdf"));
        // Whether it is PDF/UA-1 a validator says, which knows all of its rules that a machine can hold.
        assert_eq!(pdf["wrong"], json!([]), "{name}");
        assert!(pdf["rules"].as_u64().unwrap() > 100, "{name}: {pdf}");
        assert_eq!((&pdf["language"], &pdf["title"]), (&json!(language), &report["cover"]["title"]));
        assert_eq!(
            (&pdf["marked"], &pdf["shows_title"], &pdf["kinds"]["Title"]),
            (&json!(true), &json!(true), &json!(1))
        );
        // One can go from heading to heading.
        let sections = list(&report["sections"]).iter().map(|section| section["title"].clone());
        let headings: Vec<Value> =
            [json!(short)].into_iter().chain(sections).chain([json!(how), json!(definitions)]).collect();
        assert_eq!(list(&pdf["outline"]), headings, "{name}");
        assert_eq!(pdf["kinds"]["H1"], headings.len(), "{name}");
        // Each chart says in words what it shows, with its last value; the first figure is the mark on the cover.
        let charts: Vec<&Value> = parts(&report).into_iter().filter_map(|(_, part)| part.get("chart")).collect();
        let figures: Vec<&str> = list(&pdf["figures"]).iter().filter_map(Value::as_str).collect();
        assert_eq!(figures.len(), 1 + charts.len(), "{name}: {figures:?}");
        assert!(!figures[0].is_empty());
        for (chart, said) in charts.into_iter().zip(&figures[1..]) {
            assert!(said.contains(chart["title"].as_str().unwrap()), "{said}");
            let lines = list(&chart["lines"]);
            let last = lines.first().and_then(|line| list(&line["values"]).iter().rev().find_map(Value::as_f64));
            if let (Some(last), 1, "en") = (last, lines.len(), language) {
                let last = quantity(last, chart["unit"].as_str().unwrap());
                assert!(said.ends_with(&format!("last {last}.")), "{said} does not end with {last}");
            }
        }
        // Each table has one row of heads, each of its column, and as many cells in every row.
        for table in list(&pdf["tables"]) {
            let rows: Vec<Vec<&str>> =
                list(&table["rows"]).iter().map(|row| list(row).iter().filter_map(Value::as_str).collect()).collect();
            let [heads, rows @ ..] = &rows[..] else { panic!("{name} has a table without rows") };
            assert!(heads.iter().all(|kind| *kind == "TH"), "{table}");
            assert!(rows.iter().all(|row| row.len() == heads.len() && row.iter().all(|kind| *kind == "TD")), "{table}");
            assert_eq!(table["scopes"], json!(["/Column"]));
        }
    }
}

/// Whether a cell holds what the report says: a number, a text, a day or nothing.
fn holds(cell: &Value, said: &Value) -> bool {
    match (cell, said) {
        (Value::Number(cell), Value::Number(said)) => cell.as_f64() == said.as_f64(),
        (Value::String(cell), Value::String(said)) => {
            cell == said || cell.strip_suffix("T00:00:00") == Some(said.as_str())
        }
        (cell, said) => cell.is_null() && said.is_null(),
    }
}

/// What a sheet holds of a part: its head, and its rows.
fn expected(part: &Value) -> (Vec<String>, Vec<Vec<Value>>) {
    if let Some(tiles) = part.get("tiles") {
        let head =
            ["Metric", "Value", "Unit", "As people read it", "n", "P90", "Before", "Change", "In words", "Target"];
        let fields = ["title", "value", "unit", "shown", "n", "p90", "before", "change", "change_words", "target"];
        let rows = list(tiles).iter().map(|tile| fields.map(|field| tile[field].clone()).to_vec());
        return (head.map(str::to_owned).to_vec(), rows.collect());
    }
    if let Some(chart) = part.get("chart") {
        let head = ["Period".to_owned(), "Line".to_owned(), format!("Value ({})", chart["unit"].as_str().unwrap())];
        let (labels, partial) = (list(&chart["labels"]), list(&chart["partial"]));
        let rows = list(&chart["lines"]).iter().flat_map(|line| {
            let steps = labels.iter().zip(partial).enumerate();
            steps.map(move |(at, (label, partial))| {
                let whole = if partial == true { "in part" } else { "yes" };
                vec![
                    label.clone(),
                    line["name"].clone(),
                    line["values"][at].clone(),
                    line["n"][at].clone(),
                    json!(whole),
                ]
            })
        });
        let rows: Vec<Vec<Value>> = rows.collect();
        return (head.into_iter().chain(["n".to_owned(), "Whole".to_owned()]).collect(), rows);
    }
    let table = &part["table"];
    let head = list(&table["columns"]).iter().map(|column| match (&column["title"], column["unit"].as_str()) {
        (title, Some("") | None) => title.as_str().unwrap().to_owned(),
        (title, Some(unit)) => format!("{} ({unit})", title.as_str().unwrap()),
    });
    let rows: Vec<Vec<Value>> = list(&table["rows"]).iter().map(|row| list(row).to_vec()).collect();
    // A table without rows says so.
    let none = vec![table["none"].clone()];
    (head.collect(), if rows.is_empty() { vec![none] } else { rows })
}

/// What a sheet of a workbook is to be: the parts of a section whose rows it has, how many charts, and whether its rows can be filtered and
/// their head stays in sight.
struct Expected<'a> {
    section: &'a Value,
    rows: Vec<&'a Value>,
    drawn: usize,
    filtered: bool,
    stays: bool,
}

/// Whether it is a chart behind which there are more rows than fit on a screen.
fn is_long(part: &Value) -> bool {
    part.get("chart").is_some_and(|chart| list(&chart["lines"]).len() * list(&chart["labels"]).len() > 40)
}

#[test]
fn every_cell_of_a_workbook_is_what_the_report_says() {
    let Some(python) = python() else { return };
    let folder = tempfile::tempdir().unwrap();
    for name in ["executive-monthly", "board-quarterly", "risk-register"] {
        let report = report(folder.path(), name, "en");
        let book = told(&python, "workbook.py", &written(folder.path(), name, "en", "xlsx"));
        // Each table has a sheet, and so have many rows behind a chart; the figures and charts of a section have one together. One is before
        // and one behind them.
        let mut wanted: Vec<Expected> = Vec::new();
        for section in list(&report["sections"]) {
            let parts = list(&section["parts"]);
            let together: Vec<&Value> = parts.iter().filter(|part| part.get("table").is_none()).collect();
            let charts = together.iter().filter_map(|part| part.get("chart"));
            let drawn = charts.clone().filter(|chart| !list(&chart["lines"]).is_empty()).count();
            let rows: Vec<&Value> = together.iter().copied().filter(|part| !is_long(part)).collect();
            let filtered = together.len() == 1 && rows.len() == 1;
            let stays = charts.count() == 0;
            let first = Expected { section, rows, drawn, filtered, stays };
            wanted.extend((!together.is_empty()).then_some(first));
            let apart = parts.iter().filter(|part| part.get("table").is_some() || is_long(part));
            let apart = apart.map(|part| Expected { section, rows: vec![part], drawn: 0, filtered: true, stays: true });
            wanted.extend(apart);
        }
        let order = list(&book["order"]);
        assert_eq!(order.len(), wanted.len() + 2, "{name}: {order:?}");
        let mut compared = 0;
        for (Expected { section, rows, drawn, filtered, stays }, sheet) in wanted.iter().zip(&order[1..]) {
            let sheet = &book["sheets"][sheet.as_str().unwrap()];
            let mut left = list(&sheet["rows"]);
            // One below the other, each up to an empty row.
            for part in rows {
                let (titles, lines) = expected(part);
                let is_head = |row: &Value| titles.iter().zip(list(row)).all(|(title, cell)| cell == title);
                let at = left.iter().position(is_head).unwrap_or_else(|| panic!("{name}: {titles:?} in {sheet}"));
                let [head, rows @ ..] = &left[at..] else { panic!("{name}: {sheet}") };
                assert!(list(head).len() >= titles.len());
                let is_empty = |row: &Value| list(row).iter().all(Value::is_null);
                let (rows, others) = rows.split_at(rows.iter().position(is_empty).unwrap_or(rows.len()));
                assert_eq!(rows.len(), lines.len(), "{name}: {rows:?}");
                for (row, line) in rows.iter().zip(&lines) {
                    for (cell, said) in list(row).iter().zip(line) {
                        assert!(holds(cell, said), "{name}: {cell} is not {said} in {row}");
                        compared += 1;
                    }
                }
                left = others;
            }
            assert_eq!(sheet["charts"], *drawn, "{name}: {section}");
            // The head of every table and of all figures stays in sight, above the first row, and filters them; that of what a chart is drawn
            // of would hide the chart.
            assert_eq!(sheet["filter"].is_string(), *filtered, "{name}: {section}");
            assert_eq!(sheet["frozen"], if *stays { json!("A2") } else { Value::Null }, "{name}: {section}");
        }
        let definitions = list(&book["sheets"]["Definitions"]["rows"]);
        for (row, defined) in definitions[1..].iter().zip(list(&report["definitions"])) {
            let fields = ["title", "metric", "version", "unit", "description", "formula", "source"];
            for (cell, field) in list(row).iter().zip(fields) {
                assert!(holds(cell, &defined[field]), "{name}: {cell} is not {}", defined[field]);
                compared += 1;
            }
        }
        assert_eq!(definitions.len(), 1 + list(&report["definitions"]).len());
        assert!(compared > 60, "only {compared} cells of {name} were compared");
    }
}

/// Whether a cell of CSV, all of which is text, holds what the report says.
fn reads(cell: &Value, said: &Value) -> bool {
    let cell = cell.as_str().unwrap();
    match said {
        Value::Number(said) => cell.parse::<f64>().ok() == said.as_f64(),
        // What a spreadsheet would take for a formula has an apostrophe before it.
        Value::String(said) => cell == said || cell.strip_prefix('\'') == Some(said.as_str()),
        said => said.is_null() && cell.is_empty(),
    }
}

#[test]
fn every_value_of_the_files_of_rows_is_what_the_report_says_in_its_type() {
    let Some(python) = python() else { return };
    let folder = tempfile::tempdir().unwrap();
    for name in ["executive-monthly", "board-quarterly", "risk-register"] {
        let report = report(folder.path(), name, "en");
        let (parts, definitions) = (parts(&report), list(&report["definitions"]));
        for format in ["parquet", "csv"] {
            let told = told(&python, "rows.py", &written(folder.path(), name, "en", format));
            let Some((defined, files)) = list(&told).split_last() else { panic!("{name} has no file of rows") };
            assert_eq!(files.len(), parts.len(), "{name}: a file each part, and one of definitions");
            let mut compared = 0;
            for ((_, part), file) in parts.iter().zip(files) {
                let (titles, mut lines) = expected(part);
                // That there are none is said on pages and sheets alone.
                if part.get("table").is_some_and(|table| list(&table["rows"]).is_empty()) {
                    lines.clear();
                }
                let (columns, types, rows) = (list(&file["columns"]), list(&file["types"]), list(&file["rows"]));
                assert!(columns.len() >= titles.len(), "{name}: {columns:?}");
                assert!(titles.iter().zip(columns).all(|(title, column)| column == title), "{name}: {columns:?}");
                assert_eq!(rows.len(), lines.len(), "{name}: {file}");
                for (row, line) in rows.iter().zip(&lines) {
                    assert!(list(row).len() >= line.len(), "{name}: {row}");
                    for (at, (cell, said)) in list(row).iter().zip(line).enumerate() {
                        let is_same = if format == "csv" { reads(cell, said) } else { holds(cell, said) };
                        assert!(is_same, "{name}: {cell} is not {said} in {row}");
                        if format == "parquet" && said.is_number() {
                            assert_eq!(types[at], "Float64", "{name}: {file}");
                        }
                        compared += 1;
                    }
                }
            }
            let rows = list(&defined["rows"]);
            assert_eq!(rows.len(), definitions.len(), "{name}: {defined}");
            for (row, defined) in rows.iter().zip(definitions) {
                for (cell, said) in [(&row[1], &defined["metric"]), (&row[2], &defined["version"])] {
                    let is_same = if format == "csv" { reads(cell, said) } else { holds(cell, said) };
                    assert!(is_same, "{name}: {cell} is not {said} in {row}");
                    compared += 1;
                }
            }
            assert!(compared > 30, "only {compared} values of {name} were compared");
        }
    }
}
