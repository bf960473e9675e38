//! The report for a terminal.

use super::trend::Trend;
use super::{Report, last_day, quantity, standings};
use crate::output::plain;
use crate::texts::Language;
use pulse_engine::counted;
use pulse_engine::metrics::{Answer, Figure, Group, Kind};

/// How wide the names of the metrics are.
const NAME: usize = 32;

/// Writes the report as text; bold names when `styled`. `kept` says whether its data is still there afterwards.
pub fn render(report: &Report, styled: bool, kept: bool) -> String {
    let mut lines = vec![format!(
        "DORA metrics of tenant {}{}, {} to {} ({}), by {}{}",
        report.tenant,
        if report.sample { " (a made-up sample)" } else { "" },
        report.from,
        last_day(report.until),
        report.time_zone,
        report.grain.name(),
        report.filter_words().map(|only| format!(", {}", plain(&only))).unwrap_or_default()
    )];
    let groups = report.groups();
    let none = groups.is_empty();
    for (key, name) in groups {
        if lines.last().is_some_and(|line| !line.is_empty()) {
            lines.push(String::new());
        }
        if let Some(name) = name.or(key) {
            lines.push(strong(&format!("== {name}"), styled));
            lines.push(String::new());
        }
        for answer in &report.metrics {
            if let Some(group) = answer.groups.iter().find(|g| g.key.as_deref() == key) {
                metric(answer, group, styled, &mut lines);
            }
        }
    }
    if none {
        lines.extend([String::new(), "Nothing falls into this period.".to_owned()]);
    }
    section("What the figures rest on", report.coverage_sentences(), styled, &mut lines);
    section("What was inferred, for want of a record", report.inferred_sentences(), styled, &mut lines);
    let fresh = report.sources.iter().map(|s| format!("{} as of {}", s.connection, s.as_of)).collect();
    section("How fresh the data is", fresh, styled, &mut lines);
    section("How to open a figure", vec![opening(report, kept)], styled, &mut lines);
    lines.push(String::new());
    lines.join("\n")
}

fn metric(answer: &Answer, group: &Group, styled: bool, lines: &mut Vec<String>) {
    let (definition, figure) = (&answer.definition, &group.total);
    let value = figure.value.map_or_else(|| "no data".to_owned(), |v| quantity(v, &definition.unit));
    let title = strong(&format!("{:<NAME$}", definition.title), styled);
    lines.push(format!(
        "{title}{} {}",
        strong(&format!("{value:<12}"), styled),
        details(figure, (definition.kind, &definition.unit), Language::English)
    ));
    let trend = Trend::of(group);
    if !trend.is_empty() {
        let partial = match group.points.split_last() {
            Some((last, before)) if last.partial && !before.iter().any(|p| p.partial) => ", the last not over yet",
            _ if group.points.iter().any(|p| p.partial) => ", the first or last in part",
            _ => "",
        };
        let span = match group.points.as_slice() {
            [first, .., last] => format!("{} to {}", first.label, last.label),
            [only] => only.label.clone(),
            [] => String::new(),
        };
        let top = quantity(trend.top, &definition.unit);
        lines.push(format!("  {}  scale 0 to {top}; {span}{partial}", trend.sparkline()));
    }
    lines.extend(standings(group, Language::English).into_iter().map(|s| format!("  {s}")));
    lines.push(String::new());
}

/// The command that shows the rows behind a figure.
fn opening(report: &Report, kept: bool) -> String {
    let first = if kept { "" } else { "Its data is gone with this report: `pulse sync PATH` keeps it. Then " };
    format!(
        "{first}pulse --tenant {} sql \"SELECT * FROM dora.change_lead_time WHERE at >= '{}' AND at < '{}'\", and so for each metric by its name in `pulse dora --json`",
        report.tenant, report.from, report.until
    )
}

/// What a value of that kind and unit is made of.
pub fn details(figure: &Figure, (kind, unit): (Kind, &str), language: Language) -> String {
    let mut said = Vec::new();
    // Of counts and levels the value is no median: that and the percentile are over their periods.
    if let Some(p90) = figure.p90
        && matches!(kind, Kind::Percentile | Kind::Age)
    {
        said.push(language.fill("median, P90 {value}", &[("value", &language.quantity(p90, unit))]));
    }
    // Of nothing, and in no time, there is no part to tell.
    if let (Some(numerator), Some(denominator)) = (figure.numerator, figure.denominator.filter(|whole| *whole > 0.0)) {
        let part = format!("{numerator:.0}");
        said.push(match unit {
            "ratio" => language.fill("{part} of {all}", &[("part", &part), ("all", &format!("{denominator:.0}"))]),
            _ => {
                let weeks = format!("{denominator:.1}");
                let weeks = counted(weeks.strip_suffix(".0").unwrap_or(&weeks), "week", "weeks");
                language.fill("{part} in {weeks}", &[("part", &part), ("weeks", &language.counted(&weeks))])
            }
        });
    }
    said.push(format!("n {}", figure.n));
    if figure.open > 0 {
        said.push(language.fill("{count} open", &[("count", &figure.open.to_string())]));
    }
    if figure.excluded > 0 {
        said.push(language.fill("{count} excluded", &[("count", &figure.excluded.to_string())]));
    }
    said.join(", ")
}

fn section(title: &str, sentences: Vec<String>, styled: bool, lines: &mut Vec<String>) {
    if sentences.is_empty() {
        return;
    }
    if lines.last().is_some_and(|line| !line.is_empty()) {
        lines.push(String::new());
    }
    lines.push(strong(title, styled));
    lines.extend(sentences.iter().map(|s| format!("  {}", plain(s))));
}

fn strong(text: &str, styled: bool) -> String {
    let text = plain(text);
    if styled { format!("\x1b[1m{text}\x1b[0m") } else { text.into_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_figure_of_nothing_has_no_part_that_is_told() {
        let told = |unit, numerator, denominator| {
            let figure = Figure { numerator: Some(numerator), denominator: Some(denominator), ..Figure::default() };
            let kind = if unit == "ratio" { Kind::Ratio } else { Kind::Count };
            details(&figure, (kind, unit), Language::English)
        };
        assert_eq!(told("deployments per week", 3.0, 1.0), "3 in 1 week, n 0");
        assert_eq!(told("deployments per week", 0.0, 2.5), "0 in 2.5 weeks, n 0");
        assert_eq!(told("deployments per week", 0.0, 0.0), "n 0");
        assert_eq!((told("ratio", 0.0, 4.0), told("ratio", 0.0, 0.0)), ("0 of 4, n 0".to_owned(), "n 0".to_owned()));
    }

    #[test]
    fn a_median_is_called_one_whatever_it_is_in_and_what_is_none_is_not() {
        let figure = Figure { value: Some(3_600.0), p90: Some(7_200.0), n: 12, ..Figure::default() };
        let told = |kind, unit| details(&figure, (kind, unit), Language::English);
        assert_eq!(told(Kind::Percentile, "seconds"), "median, P90 2 h, n 12");
        assert_eq!(told(Kind::Percentile, "working seconds"), "median, P90 2 working hours, n 12");
        assert_eq!(told(Kind::Percentile, "lines"), "median, P90 7200 lines, n 12");
        assert_eq!(told(Kind::Age, "seconds"), "median, P90 2 h, n 12");
        for kind in [Kind::Count, Kind::Level] {
            assert_eq!(told(kind, "items"), "n 12");
        }
    }
}
