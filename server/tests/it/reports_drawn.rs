//! Charts of reports as programs draw them that are not ours: openpyxl reads what those of a workbook are drawn of, poppler draws pages.

use crate::readers::python;
use crate::reports_read::{coloured, drawn, list, parts, report, told, written};
use crate::rest::{Server, run};
use crate::world::acme;
use pulse_engine::Settings;
use pulse_server::reports::{Chart, ChartLine, FileFormat, Look, Made, Part, Saved, Shape, Written, built_in, make};
use serde_json::{Value, json};
use std::fs::File;

/// As many lines of a chart are drawn; of more some are left out, or added up.
const MOST: usize = 8;

/// The charts of a report that are drawn in a workbook, each with what its series are drawn of there.
fn pairs<'a>(report: &'a Value, book: &'a Value) -> Vec<(&'a Value, &'a Value)> {
    let charts = parts(report).into_iter().filter_map(|(_, part)| part.get("chart"));
    let charts: Vec<&Value> = charts.filter(|chart| !list(&chart["lines"]).is_empty()).collect();
    let sheets = list(&book["order"]).iter().map(|sheet| &book["sheets"][sheet.as_str().unwrap()]);
    let drawn: Vec<&Value> = sheets.flat_map(|sheet| list(&sheet["series"])).collect();
    assert_eq!(drawn.len(), charts.len());
    charts.into_iter().zip(drawn).collect()
}

/// Holds what the series of a chart are drawn of against what the report says: their names, their steps or groups, and their values, in
/// the unit that the name says; how many values there were.
fn held(chart: &Value, drawn: &Value) -> usize {
    let (lines, labels) = (list(&chart["lines"]), list(&chart["labels"]));
    let mut wanted: Vec<(&Value, Vec<&Value>, Vec<&Value>)> = match chart["shape"].as_str() {
        Some("spread") => {
            let (names, values) = lines.iter().map(|line| (&line["name"], &line["values"][0])).unzip();
            vec![(&chart["title"], names, values)]
        }
        _ => lines
            .iter()
            .map(|line| {
                let name = if lines.len() == 1 { &chart["title"] } else { &line["name"] };
                (name, labels.iter().collect(), list(&line["values"]).iter().collect())
            })
            .collect(),
    };
    if chart["shape"] == "bar" || chart["shape"] == "stacked" {
        // The last stands on the axis, where a program begins.
        wanted.reverse();
    }
    assert_eq!(list(drawn).len(), wanted.len(), "{chart}: {drawn}");
    let mut compared = 0;
    for (series, (name, steps, values)) in list(drawn).iter().zip(wanted) {
        let head = series["name"].as_str().unwrap();
        let unit = head.strip_prefix(name.as_str().unwrap()).unwrap_or_else(|| panic!("{head} is not of {name}"));
        let by = match unit {
            " (minutes)" => 60.0,
            " (hours)" | " (working hours)" => 3600.0,
            " (days)" if chart["unit"] == "seconds" => 86_400.0,
            _ => 1.0,
        };
        assert_eq!(list(&series["categories"]).iter().collect::<Vec<_>>(), steps, "{head} of {chart}");
        assert_eq!(list(&series["values"]).len(), values.len(), "{head} of {chart}");
        for (cell, value) in list(&series["values"]).iter().zip(values) {
            // What is larger is not drawn.
            match value.as_f64().filter(|value| value.abs() <= 1e200) {
                Some(value) => {
                    let cell = cell.as_f64().unwrap_or_else(|| panic!("{head} has nothing for {value}: {drawn}"));
                    assert!((cell * by - value).abs() <= value.abs() * 1e-9, "{head} has {cell} for {value}");
                    compared += 1;
                }
                None => assert!(cell.is_null(), "{head} has {cell} where the report says nothing"),
            }
        }
    }
    compared
}

#[test]
fn the_charts_of_a_workbook_are_drawn_of_cells_that_hold_what_the_report_says() {
    let Some(python) = python() else { return };
    let (folder, mut compared) = (tempfile::tempdir().unwrap(), 0);
    for name in ["executive-monthly", "board-quarterly"] {
        let report = report(folder.path(), name, "en");
        let book = told(&python, "workbook.py", &written(folder.path(), name, "en", "xlsx"));
        for (chart, drawn) in pairs(&report, &book) {
            if list(&chart["lines"]).len() <= MOST {
                compared += held(chart, drawn);
            }
        }
    }
    assert!(compared > 5, "only {compared} values were compared");
}

/// The same chart of other lines, drawn in a shape.
fn extreme(of: &Chart, shape: Shape, lines: &[(&str, Vec<Option<f64>>)]) -> Chart {
    let steps = lines.iter().map(|(_, values)| values.len()).max().unwrap_or_default();
    let line = |(name, values): &(&str, Vec<Option<f64>>)| ChartLine {
        name: (*name).to_owned(),
        values: values.clone(),
        n: vec![1; values.len()],
    };
    Chart {
        unit: "items per week".to_owned(),
        shape,
        by: None,
        adds_up: true,
        labels: (0..steps).map(|step| format!("2026-W{step:02}")).collect(),
        partial: vec![false; steps],
        lines: lines.iter().map(line).collect(),
        typical: None,
        median: None,
        target: None,
        ..of.clone()
    }
}

#[test]
fn charts_at_their_extremes_are_drawn_on_whole_pages_and_of_the_cells_of_a_workbook_that_opens() {
    run(async {
        let (server, folder, saved) = (Server::start().await, tempfile::tempdir().unwrap(), Saved::new());
        let definition = built_in("board-quarterly").unwrap();
        let as_of = 1_775_088_000_000_000;
        let made =
            Made { name: "board-quarterly", definition: &definition, organization: "Acme", as_of, saved: &saved };
        let mut paper = make(&server.engine.tenant(&acme()), &Settings::default(), made).await.unwrap();
        let all = paper.sections.iter().flat_map(|section| &section.parts);
        let mut charts = all.filter_map(|part| match part {
            Part::Chart(chart) => Some(chart.clone()),
            _ => None,
        });
        let one = charts.next().unwrap();
        let names: Vec<String> = (0..200).map(|n| format!("team {n:03}")).collect();
        let extremes = [
            vec![],
            vec![("a", vec![None, None])],
            vec![("a", vec![Some(3.0)])],
            vec![("a", vec![Some(0.0), Some(0.0)])],
            vec![("a", vec![Some(-5.0), None, Some(5.0)]), ("b", vec![Some(-1e-12), Some(1e-12), None])],
            vec![("a", vec![Some(1e300), Some(-1e300)])],
            vec![("a", vec![Some(f64::NAN), Some(f64::INFINITY), Some(1.0)])],
            (0..).zip(&names).map(|(n, name)| (name.as_str(), vec![Some(f64::from(n)), Some(1.0)])).collect(),
        ];
        let mut parts = Vec::new();
        for shape in [Shape::Line, Shape::Bar, Shape::Stacked, Shape::Spread] {
            parts.extend(extremes.iter().map(|lines| Part::Chart(extreme(&one, shape, lines))));
        }
        paper.sections.truncate(1);
        paper.sections[0].parts = parts;
        let write = |format, name: &str| {
            let path = folder.path().join(name);
            let mut written = Written::of(format, &paper, &Look::default(), None).unwrap().into_file();
            std::io::copy(&mut written, &mut File::create(&path).unwrap()).unwrap();
            path
        };
        if let Some(pages) = drawn(folder.path(), &write(FileFormat::Pdf, "extremes.pdf")) {
            // Five of eight in each shape have something that can be drawn.
            let coloured = coloured(&pages, "extremes");
            assert!(coloured >= 5 * 20, "20 charts come to {coloured} points of colour");
        }
        let Some(python) = python() else { return };
        let book = told(&python, "workbook.py", &write(FileFormat::Xlsx, "extremes.xlsx"));
        let report = serde_json::to_value(&paper).unwrap();
        let pairs = pairs(&report, &book);
        // But for those without a line.
        assert_eq!(pairs.len(), 4 * 7);
        let (few, many): (Vec<_>, Vec<_>) =
            pairs.into_iter().partition(|(chart, _)| list(&chart["lines"]).len() <= MOST);
        for (chart, drawn) in few {
            held(chart, drawn);
        }
        // The eight largest from the largest on, and 0 + 1 + … + 191 of the others.
        let ends = [0, MOST].map(|at| (&many[0].1[at]["name"], &many[0].1[at]["values"]));
        let wanted = [("team 199", json!([199, 1])), ("192 others", json!([18_336, 192]))];
        let wanted = wanted.map(|(name, values)| (json!(format!("{name} (items per week)")), values));
        assert_eq!(ends, [(&wanted[0].0, &wanted[0].1), (&wanted[1].0, &wanted[1].1)]);
        let series: Vec<usize> = many.iter().map(|(_, drawn)| list(drawn).len()).collect();
        assert_eq!(series, [9, 9, 9, 1]);
    });
}
