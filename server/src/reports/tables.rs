//! The tables of a report.

use super::paper::{Cell, Column, Holds, Table, Tile};
use crate::dashboards;
use pulse_engine::metrics::Dimension;
use pulse_engine::risk::StandingRisk;
use pulse_engine::row::{Row, Value};

/// Metrics side by side, as a dashboard has them.
pub(super) fn aligned(title: &str, of: &dashboards::Table) -> Table {
    let mut columns = vec![Column::text(heading(of.by), 6)];
    for column in &of.columns {
        columns.push(Column::number(&column.title, &column.unit));
        columns.push(aside(Column::number(&format!("{}: n", column.title), "")));
    }
    let rows = of.rows.iter().map(|line| {
        let name = line.name.clone().or_else(|| line.key.clone()).unwrap_or_else(|| "none".to_owned());
        let mut cells = vec![Cell::Text(name)];
        for cell in &line.cells {
            cells.push(Cell::number(cell.as_ref().and_then(|cell| cell.value)));
            cells.push(Cell::number(cell.as_ref().map(|cell| cell.n as f64)));
        }
        cells
    });
    let none = format!("No {} has a figure in this period.", of.by.name().replace('_', " "));
    Table { title: title.to_owned(), columns, rows: rows.collect(), none }
}

/// A column that files of rows have, and pages do not.
pub(super) fn aside(column: Column) -> Column {
    Column { width: 0, ..column }
}

/// What a column of groups is called.
pub(super) fn heading(by: Dimension) -> &'static str {
    match by {
        Dimension::Repository => "Repository",
        Dimension::Project => "Project",
        Dimension::Team => "Team",
        Dimension::OwningTeam => "Owning team",
        Dimension::Class => "Class",
        Dimension::Severity => "Severity",
        Dimension::Stage => "Stage",
    }
}

/// How projects stand, the highest risk first.
pub(super) fn risks(risks: &[StandingRisk]) -> Table {
    let columns = vec![
        Column::text("Project", 5),
        Column::text("Status", 3),
        Column::number("Score", ""),
        Column::text("Why", 14),
        Column::text("Day", 3),
    ];
    let row = |risk: &StandingRisk| {
        vec![
            Cell::Text(project(risk)),
            Cell::Text(risk.status.replace('_', " ")),
            Cell::Number(risk.score),
            Cell::Text(risk.reason.clone()),
            Cell::Text(risk.day.clone()),
        ]
    };
    let none = "Of no project anything is known at this as-of.".to_owned();
    Table { title: "Projects".to_owned(), columns, rows: risks.iter().map(row).collect(), none }
}

/// What the rules found, what contributes most first.
pub(super) fn findings(risks: &[StandingRisk]) -> Table {
    let columns = vec![
        Column::text("Project", 4),
        Column::text("Rule", 5),
        Column::text("About", 5),
        Column::text("What was found", 12),
        Column::number("Part of the score", ""),
        Column::number("Rows that show it", ""),
        aside(Column::text("Ids of these, at most 50", 0)),
    ];
    let rows = risks.iter().flat_map(|risk| {
        risk.findings.iter().map(|finding| {
            vec![
                Cell::Text(project(risk)),
                Cell::Text(finding.title.clone()),
                Cell::Text(format!("{} {}", finding.subject_kind, finding.subject_id)),
                Cell::Text(finding.sentence.clone()),
                Cell::Number(finding.contribution),
                Cell::Number(finding.evidence_count as f64),
                Cell::Text(finding.evidence.join(", ")),
            ]
        })
    });
    let none = "No rule found anything.".to_owned();
    Table { title: "What was found".to_owned(), columns, rows: rows.collect(), none }
}

fn project(risk: &StandingRisk) -> String {
    risk.project.clone().unwrap_or_else(|| risk.project_id.clone())
}

/// The newest forecast of each subject, as rows of `facts.forecasts`.
pub(super) fn forecasts(newest: &[Row]) -> Table {
    let columns = vec![
        Column::text("What", 6),
        Column::text("Kind", 3),
        Column::number("Still open", "items"),
        Column::day("As likely as not by"),
        Column::day("85 % by"),
        Column::day("95 % by"),
        Column::day("Due"),
        Column::number("Chance of that", "ratio"),
        Column::text("Why there is none", 6),
        aside(Column::day("Made on")),
    ];
    let day = |row: &Row, column: &str| row.date(column).map_or(Cell::Nothing, Cell::Day);
    let float = |row: &Row, column: &str| match row.get(column) {
        Value::Float(number) => Cell::Number(*number),
        _ => Cell::Nothing,
    };
    let row = |row: &Row| {
        vec![
            Cell::text(row.text("subject_name").or_else(|| row.text("subject_id"))),
            Cell::text(row.text("subject_kind")),
            Cell::number(row.int("remaining").map(|n| n as f64)),
            day(row, "p50_on"),
            day(row, "p85_on"),
            day(row, "p95_on"),
            day(row, "due_on"),
            float(row, "due_probability"),
            Cell::text(row.text("reason")),
            day(row, "made_on"),
        ]
    };
    let none = "No forecast is frozen at this as-of.".to_owned();
    Table { title: "When it will be done".to_owned(), columns, rows: newest.iter().map(row).collect(), none }
}

/// What the figures rest on.
pub(super) fn coverage(measures: &[Tile]) -> Table {
    let columns = vec![
        Column::text("What", 9),
        Column::number("Share", "ratio"),
        Column::number("Of how many", ""),
        Column::number("Change", "points"),
        Column::text("How to read it", 8),
    ];
    let row = |tile: &Tile| {
        vec![
            Cell::Text(tile.title.clone()),
            Cell::number(tile.value),
            Cell::Number(tile.n as f64),
            Cell::number(tile.change.map(|change| change * 100.0)),
            Cell::Text(if tile.value.is_some() { tile.details.clone() } else { tile.shown.clone() }),
        ]
    };
    let none = "Nothing is counted here.".to_owned();
    Table { title: "Coverage".to_owned(), columns, rows: measures.iter().map(row).collect(), none }
}

/// Single figures as rows, for files of rows.
pub(super) fn of_tiles(title: &str, tiles: &[Tile]) -> Table {
    let columns = vec![
        Column::text("Metric", 8),
        Column::number("Value", ""),
        Column::text("Unit", 4),
        Column::text("As people read it", 4),
        Column::number("n", ""),
        Column::number("P90", ""),
        Column::number("Before", ""),
        Column::number("Change", ""),
        Column::text("In words", 5),
        Column::number("Target", ""),
        Column::text("Meets it", 2),
        Column::text("Name", 6),
        Column::text("Rows behind it", 10),
    ];
    let row = |tile: &Tile| {
        vec![
            Cell::Text(tile.title.clone()),
            Cell::number(tile.value),
            Cell::Text(tile.unit.clone()),
            Cell::Text(tile.shown.clone()),
            Cell::Number(tile.n as f64),
            Cell::number(tile.p90),
            Cell::number(tile.before),
            Cell::number(tile.change),
            Cell::text(tile.change_words.clone()),
            Cell::number(tile.target),
            Cell::text(tile.meets_target.map(|meets| if meets { "yes" } else { "no" })),
            Cell::Text(tile.metric.clone()),
            Cell::Text(tile.evidence.clone()),
        ]
    };
    Table { title: title.to_owned(), columns, rows: tiles.iter().map(row).collect(), none: String::new() }
}

/// A chart's data as rows: a row a step and line, for files of rows.
pub(super) fn of_chart(chart: &super::paper::Chart) -> Table {
    let columns = vec![
        Column::text("Period", 4),
        Column::text("Line", 6),
        Column::number("Value", &chart.unit),
        Column::number("n", ""),
        Column::text("Whole", 2),
    ];
    let rows = chart.lines.iter().flat_map(|line| {
        let steps = chart.labels.iter().zip(&chart.partial).zip(line.values.iter().zip(&line.n));
        steps.map(|((label, partial), (value, n))| {
            vec![
                Cell::Text(label.clone()),
                Cell::Text(line.name.clone()),
                Cell::number(*value),
                Cell::Number(*n as f64),
                Cell::Text(if *partial { "in part" } else { "yes" }.to_owned()),
            ]
        })
    });
    Table { title: chart.title.clone(), columns, rows: rows.collect(), none: String::new() }
}

/// How the report's metrics are defined, as rows.
pub(super) fn of_definitions(definitions: &[super::paper::Defined]) -> Table {
    let columns = vec![
        Column::text("Metric", 6),
        Column::text("Name", 6),
        Column::number("Version", ""),
        Column::text("Unit", 4),
        Column::text("What it is", 20),
        Column::text("Formula", 14),
        Column::text("Source", 8),
    ];
    let row = |of: &super::paper::Defined| {
        vec![
            Cell::Text(of.title.clone()),
            Cell::Text(of.metric.clone()),
            Cell::Number(f64::from(of.version)),
            Cell::Text(of.unit.clone()),
            Cell::Text(of.description.clone()),
            Cell::Text(of.formula.clone()),
            Cell::Text(of.source.clone()),
        ]
    };
    Table { title: "Definitions".to_owned(), columns, rows: definitions.iter().map(row).collect(), none: String::new() }
}

/// Whether pages show a column.
pub(super) fn is_shown(column: &Column) -> bool {
    column.width > 0
}

/// A cell as people read it.
pub(super) fn words(cell: &Cell, column: &Column) -> String {
    match cell {
        Cell::Nothing => "–".to_owned(),
        Cell::Text(text) => text.clone(),
        Cell::Day(day) => day.to_string(),
        Cell::Number(number) => match column.unit.as_str() {
            // A count, or a score.
            "" if number.fract() == 0.0 => format!("{number:.0}"),
            "" => format!("{number:.2}"),
            "points" => format!("{number:+.1}"),
            unit => crate::report::quantity(*number, unit),
        },
    }
}

/// Whether a column is read from the right: numbers and days.
pub(super) fn is_right(column: &Column) -> bool {
    column.holds != Holds::Text
}
