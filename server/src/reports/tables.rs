//! The tables of a report.

use super::paper::{Cell, Column, Holds, Paper, Table, Tile};
use crate::dashboards::{self, State};
use crate::report::SourceTime;
use crate::texts::{Language, WHY_NONE};
use chrono::DateTime;
use pulse_engine::metrics::Dimension;
use pulse_engine::risk::{StandingRisk, TeamRisk};
use pulse_engine::row::{Row, Value};

/// Metrics side by side, as a dashboard has them.
pub(super) fn aligned(title: &str, of: &dashboards::Table, language: Language) -> Table {
    let mut columns = vec![Column::text(language.say(heading(of.by)), 6)];
    for column in &of.columns {
        let title = language.metric(&column.metric, &column.title);
        columns.push(Column::number(title, &column.unit));
        columns.push(aside(Column::number(&format!("{title}: n"), "")));
    }
    let rows = of.rows.iter().map(|line| {
        let name = line.name.clone().or_else(|| line.key.clone()).unwrap_or_else(|| language.say("none").to_owned());
        let mut cells = vec![Cell::Text(name)];
        for cell in &line.cells {
            let seen = cell.as_ref().filter(|cell| cell.state != State::NeverSeen);
            cells.push(Cell::number(seen.and_then(|cell| cell.value)));
            cells.push(Cell::number(cell.as_ref().map(|cell| cell.n as f64)));
        }
        cells
    });
    let group = language.dimension(of.by);
    let none = language.fill("No {group} has a figure in this period.", &[("group", group)]);
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
        Dimension::Kind => "Type",
        Dimension::Label => "Label",
        Dimension::Severity => "Severity",
        Dimension::Stage => "Stage",
    }
}

/// How projects stand, the highest risk first.
pub(super) fn risks(risks: &[StandingRisk], language: Language) -> Table {
    let columns = vec![
        Column::text(language.say("Project"), 5),
        Column::text(language.say("Status"), 3),
        Column::number(language.say("Score"), ""),
        Column::text(language.say("Why"), 14),
        Column::day(language.say("Day")),
    ];
    let row = |risk: &StandingRisk| {
        vec![
            Cell::Text(project(risk)),
            Cell::Text(language.say(&risk.status.replace('_', " ")).to_owned()),
            Cell::Number(risk.score),
            Cell::Text(language.reason(risk)),
            risk.day.parse().map_or(Cell::Nothing, Cell::Day),
        ]
    };
    let none = language.say("No project's risk is known at this as-of.").to_owned();
    Table { title: language.say("Projects").to_owned(), columns, rows: risks.iter().map(row).collect(), none }
}

/// What the rules found, what contributes most first.
pub(super) fn findings(risks: &[StandingRisk], language: Language) -> Table {
    let columns = vec![
        Column::text(language.say("Project"), 4),
        Column::text(language.say("Rule"), 5),
        // What was found names it; its id is for programs.
        aside(Column::text(language.say("About"), 0)),
        Column::text(language.say("What was found"), 12),
        Column::number(language.say("Part of the score"), ""),
        Column::number(language.say("Rows that show it"), ""),
        aside(Column::text(language.say("Ids of these, at most 50"), 0)),
    ];
    let rows = risks.iter().flat_map(|risk| {
        risk.findings.iter().map(|finding| {
            vec![
                Cell::Text(project(risk)),
                Cell::Text(language.rule(&finding.rule, &finding.title).to_owned()),
                Cell::Text(format!("{} {}", finding.subject_kind, finding.subject_id)),
                Cell::Text(language.finding(&finding.rule, &finding.sentence)),
                Cell::Number(finding.contribution),
                Cell::Number(finding.evidence_count as f64),
                Cell::Text(finding.evidence.join(", ")),
            ]
        })
    });
    let none = language.say("No rule found anything.").to_owned();
    Table { title: language.say("What was found").to_owned(), columns, rows: rows.collect(), none }
}

/// What the rules found of teams themselves, the riskiest first.
pub(super) fn team_findings(risks: &[TeamRisk], language: Language) -> Table {
    let columns = vec![
        Column::text(language.say("Team"), 4),
        Column::text(language.say("Rule"), 5),
        Column::text(language.say("What was found"), 14),
        Column::number(language.say("Score"), ""),
        Column::number(language.say("Rows that show it"), ""),
        aside(Column::text(language.say("Ids of these, at most 50"), 0)),
    ];
    let rows = risks.iter().flat_map(|risk| {
        risk.findings.iter().map(|finding| {
            vec![
                Cell::Text(risk.team.clone().unwrap_or_else(|| risk.team_id.clone())),
                Cell::Text(language.rule(&finding.rule, &finding.title).to_owned()),
                Cell::Text(language.finding(&finding.rule, &finding.sentence)),
                Cell::Number(finding.score),
                Cell::Number(finding.evidence_count as f64),
                Cell::Text(finding.evidence.join(", ")),
            ]
        })
    });
    let none = language.say("No rule found anything.").to_owned();
    Table { title: language.say("What was found of teams").to_owned(), columns, rows: rows.collect(), none }
}

fn project(risk: &StandingRisk) -> String {
    risk.project.clone().unwrap_or_else(|| risk.project_id.clone())
}

/// The newest forecast of each subject, as rows of `facts.forecasts`.
pub(super) fn forecasts(newest: &[Row], language: Language) -> Table {
    let columns = vec![
        Column::text(language.say("What"), 6),
        Column::text(language.say("Kind"), 3),
        Column::number(language.say("Still open"), "items"),
        Column::day(language.say("As likely as not by")),
        Column::day(language.say("85 % by")),
        Column::day(language.say("95 % by")),
        Column::day(language.say("Due")),
        Column::number(language.say("Chance of that"), "probability"),
        Column::text(language.say("Why there is none"), 6),
        aside(Column::day(language.say("Made on"))),
    ];
    let day = |row: &Row, column: &str| row.date(column).map_or(Cell::Nothing, Cell::Day);
    let float = |row: &Row, column: &str| match row.get(column) {
        Value::Float(number) => Cell::Number(*number),
        _ => Cell::Nothing,
    };
    // A forecast that was made may have no such day either.
    let why = |row: &Row| match (row.text("reason"), row.int("runs"), row.date("p50_on"), row.date("p85_on")) {
        (Some(reason), ..) => Some(language.again(reason, &WHY_NONE)),
        (None, Some(_), None, _) => Some(language.say("no 50 % day within five years").to_owned()),
        (None, Some(_), Some(_), None) => Some(language.say("no 85 % day within five years").to_owned()),
        _ => None,
    };
    let row = |row: &Row| {
        vec![
            Cell::text(row.text("subject_name").or_else(|| row.text("subject_id"))),
            Cell::text(row.text("subject_kind").map(|kind| language.say(kind))),
            Cell::number(row.int("remaining").map(|n| n as f64)),
            day(row, "p50_on"),
            day(row, "p85_on"),
            day(row, "p95_on"),
            day(row, "due_on"),
            float(row, "due_probability"),
            Cell::text(why(row)),
            day(row, "made_on"),
        ]
    };
    let none = language.say("No forecast is frozen at this as-of.").to_owned();
    Table {
        title: language.say("When it will be done").to_owned(),
        columns,
        rows: newest.iter().map(row).collect(),
        none,
    }
}

/// What the figures rest on.
pub(super) fn coverage(measures: &[Tile], language: Language) -> Table {
    let columns = vec![
        Column::text(language.say("What"), 9),
        Column::number(language.say("Share"), "ratio"),
        Column::number(language.say("Of how many"), ""),
        Column::number(language.say("Change"), "points"),
        Column::text(language.say("How to read it"), 8),
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
    let none = language.say("Nothing is counted here.").to_owned();
    Table { title: language.say("Coverage").to_owned(), columns, rows: measures.iter().map(row).collect(), none }
}

/// What a tile's figure rests on, in words.
pub(super) fn rests_on(of: &Tile, language: Language) -> String {
    let few = if of.state == State::NotEnough { language.say("few observations: ") } else { "" };
    format!("{few}{}", of.details)
}

/// What the tenant aims at by a tile's metric, and whether that is met, in words.
pub(super) fn aim(of: &Tile, language: Language) -> Option<String> {
    let target = language.quantity(of.target?, &of.unit);
    let met = match of.meets_target {
        Some(true) => language.say(", met"),
        Some(false) => language.say(", not met"),
        None => "",
    };
    Some(format!("{}{met}", language.fill("target {value}", &[("value", &target)])))
}

/// Single figures as rows, for files of rows.
pub(super) fn of_tiles(title: &str, tiles: &[Tile], language: Language) -> Table {
    let columns = vec![
        Column::text(language.say("Metric"), 8),
        Column::number(language.say("Value"), ""),
        Column::text(language.say("Unit"), 4),
        Column::text(language.say("As people read it"), 4),
        Column::number(language.say("n"), ""),
        Column::number(language.say("P90"), ""),
        Column::number(language.say("Before"), ""),
        Column::number(language.say("Change"), ""),
        Column::text(language.say("In words"), 5),
        Column::number(language.say("Target"), ""),
        Column::text(language.say("Meets it"), 2),
        Column::text(language.say("Name"), 6),
        Column::text(language.say("Rows behind it"), 10),
    ];
    let row = |tile: &Tile| {
        vec![
            Cell::Text(tile.title.clone()),
            Cell::number(tile.value),
            Cell::Text(language.say(&tile.unit).to_owned()),
            Cell::Text(tile.shown.clone()),
            Cell::Number(tile.n as f64),
            Cell::number(tile.p90),
            Cell::number(tile.before),
            Cell::number(tile.change),
            Cell::text(tile.change_words.clone()),
            Cell::number(tile.target),
            Cell::text(tile.meets_target.map(|meets| language.say(if meets { "yes" } else { "no" }))),
            Cell::Text(tile.metric.clone()),
            Cell::Text(tile.evidence.clone()),
        ]
    };
    Table { title: title.to_owned(), columns, rows: tiles.iter().map(row).collect(), none: String::new() }
}

/// A chart's data as rows: a row a step and line, for files of rows.
pub(super) fn of_chart(chart: &super::paper::Chart) -> Table {
    let language = chart.language;
    let columns = vec![
        Column::text(language.say("Period"), 4),
        Column::text(language.say("Line"), 6),
        Column::number(language.say("Value"), &chart.unit),
        Column::number(language.say("n"), ""),
        Column::text(language.say("Whole"), 2),
    ];
    let rows = chart.lines.iter().flat_map(|line| {
        let steps = chart.labels.iter().zip(&chart.partial).zip(line.values.iter().zip(&line.n));
        steps.map(|((label, partial), (value, n))| {
            vec![
                Cell::Text(label.clone()),
                Cell::Text(line.name.clone()),
                Cell::number(*value),
                Cell::Number(*n as f64),
                Cell::Text(language.say(if *partial { "in part" } else { "yes" }).to_owned()),
            ]
        })
    });
    Table { title: chart.title.clone(), columns, rows: rows.collect(), none: String::new() }
}

/// When each source was last read, on the report's clocks.
pub(super) fn of_sources(paper: &Paper) -> Table {
    let (cover, language) = (&paper.cover, paper.cover.language);
    let row = |source: &SourceTime| {
        let read = instant_of(&source.as_of, &cover.time_zone, language).unwrap_or_else(|| source.as_of.clone());
        vec![Cell::Text(source.connection.clone()), Cell::Text(read)]
    };
    Table {
        title: language.say("When each source was last read").to_owned(),
        columns: vec![Column::text(language.say("Source"), 5), Column::text(language.say("Read last"), 5)],
        rows: paper.sources.iter().map(row).collect(),
        none: String::new(),
    }
}

/// An instant as its text says it, on the clocks of a zone.
fn instant_of(text: &str, zone: &str, language: Language) -> Option<String> {
    let at = DateTime::parse_from_rfc3339(text).ok()?;
    Some(language.instant(at.timestamp_micros(), zone.parse().ok()?))
}

/// How the report's metrics are defined, as rows.
pub(super) fn of_definitions(definitions: &[super::paper::Defined], language: Language) -> Table {
    let columns = vec![
        Column::text(language.say("Metric"), 6),
        Column::text(language.say("Name"), 6),
        Column::number(language.say("Version"), ""),
        Column::text(language.say("Unit"), 4),
        Column::text(language.say("What it is"), 20),
        Column::text(language.say("Formula"), 14),
        Column::text(language.say("Source"), 8),
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
    Table {
        title: language.say("Definitions").to_owned(),
        columns,
        rows: definitions.iter().map(row).collect(),
        none: String::new(),
    }
}

/// Whether pages show a column.
pub(super) fn is_shown(column: &Column) -> bool {
    column.width > 0
}

/// A cell as people read it.
pub(super) fn words(cell: &Cell, column: &Column, language: Language) -> String {
    match cell {
        Cell::Nothing => "–".to_owned(),
        Cell::Text(text) => text.clone(),
        Cell::Day(day) => language.day(*day),
        Cell::Time(clock) => language.time(clock.at),
        Cell::Number(number) if number.is_infinite() => endless(*number).to_owned(),
        Cell::Number(number) => match column.unit.as_str() {
            // A count, or a score.
            "" if number.fract() == 0.0 => format!("{number:.0}"),
            "" => language.number(&format!("{number:.2}")),
            "probability" => language.chance(*number),
            "points" => language.number(&format!("{number:+.1}")),
            unit => language.quantity(*number, unit),
        },
    }
}

/// A number that is infinite, as people read it.
pub(super) fn endless(number: f64) -> &'static str {
    if number > 0.0 { "∞" } else { "-∞" }
}

/// Whether a column is read from the right: numbers, days and times.
pub(super) fn is_right(column: &Column) -> bool {
    column.holds != Holds::Text
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::NaiveDate;
    use pulse_engine::entities::fact;

    #[test]
    fn the_day_of_a_risk_is_a_day_in_each_language() {
        let risk = StandingRisk {
            project_id: "p".into(),
            project: None,
            team_id: None,
            team: None,
            day: "2026-04-02".into(),
            found_at: 1_775_088_000_000_000,
            score: 0.8,
            status: "off_track".into(),
            version: None,
            reason: "3 items are blocked.".into(),
            findings: Vec::new(),
        };
        for (language, read) in [(Language::English, "2026-04-02"), (Language::German, "02.04.2026")] {
            let table = risks(std::slice::from_ref(&risk), language);
            let row = table.rows.iter().next().unwrap();
            let (column, cell) = (&table.columns[4], &row[4]);
            assert_eq!((column.holds, cell), (Holds::Day, &Cell::Day("2026-04-02".parse().unwrap())));
            assert_eq!(words(cell, column, language), read);
        }
    }

    #[test]
    fn a_forecast_without_a_day_says_why_there_is_none() {
        let day = NaiveDate::from_ymd_opt(2026, 7, 1).unwrap();
        let row = || Row::new(fact("forecasts").unwrap()).set("subject_kind", "project").set("subject_id", "p");
        let made = || row().set("runs", 10_000_i64);
        let rows = [
            made().set("p50_on", day).set("p85_on", day),
            made().set("p50_on", day),
            made(),
            made().set("p50_on", day).set("p85_on", day).set("reason", "no skill"),
            row().set("reason", "no such history"),
        ];
        let told = |language: Language| {
            let table = forecasts(&rows, language);
            let at = table.columns.iter().position(|column| column.title == language.say("Why there is none")).unwrap();
            table.rows.iter().map(|row| words(&row[at], &table.columns[at], language)).collect::<Vec<_>>()
        };
        let none =
            ["–", "no 85 % day within five years", "no 50 % day within five years", "no skill", "no such history"];
        assert_eq!(told(Language::English), none);
        assert_eq!(told(Language::German)[2], "innerhalb von fünf Jahren kein 50-%-Tag");
    }
}
