//! Charts as vector graphics, drawn from a report's own data: what is shown of it, and how.

mod draw;
mod scale;
mod spread;
mod svg;

pub(super) use draw::svg;
pub(super) use scale::Scaled;
pub(super) use svg::escaped;

use super::definition::Shape;
use super::paper::Chart;
use pulse_engine::metrics::Dimension;

/// The most lines that are drawn; of more the largest, and the others as one where they add up.
pub(super) const MOST: usize = 8;

/// A chart's lines as they are drawn.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Drawn {
    /// The lines, with the name of each.
    pub(super) lines: Vec<(String, Vec<Option<f64>>)>,
    /// How many of those are the others added up: none or one, the last.
    pub(super) others: bool,
    /// What is to be said of what is not drawn by itself.
    pub(super) said: Option<String>,
}

/// What is said where a value is left out.
pub(super) const TOO_LARGE: &str = "What is larger than 1e200 is not drawn.";

/// Whether a value can be put into proportion with others: what is further out than any figure overflows where it is scaled.
fn is_drawable(value: &f64) -> bool {
    value.abs() <= 1e200
}

/// Whether anything is left out for being too large.
pub(super) fn leaves_out(chart: &Chart) -> bool {
    chart.lines.iter().flat_map(|line| &line.values).flatten().any(|value| value.is_finite() && !is_drawable(value))
}

/// Whether a value of a line has no other beside it: a line alone shows nothing of it.
pub(super) fn is_lone(values: &[Option<f64>], at: usize) -> bool {
    let is_known = |step: Option<usize>| step.and_then(|step| *values.get(step)?).is_some();
    is_known(Some(at)) && !is_known(at.checked_sub(1)) && !is_known(at.checked_add(1))
}

/// What is drawn of a chart: all of it, or the largest lines and the rest. What is no number is a gap.
pub(super) fn drawn(chart: &Chart) -> Drawn {
    let finite =
        |values: &[Option<f64>]| -> Vec<Option<f64>> { values.iter().map(|value| value.filter(is_drawable)).collect() };
    let mut lines: Vec<(String, Vec<Option<f64>>, f64)> = Vec::with_capacity(chart.lines.len());
    for line in &chart.lines {
        let values = finite(&line.values);
        // What adds up is as large as it is; of medians and shares the one that rests on most is.
        let weight = if chart.adds_up || chart.shape == Shape::Spread {
            values.iter().flatten().map(|value| value.abs()).sum()
        } else {
            line.n.iter().map(|n| *n as f64).sum()
        };
        lines.push((line.name.clone(), values, weight));
    }
    let all = lines.len();
    if all <= MOST {
        return Drawn {
            lines: lines.into_iter().map(|(name, values, _)| (name, values)).collect(),
            others: false,
            said: None,
        };
    }
    lines.sort_by(|a, b| b.2.total_cmp(&a.2).then_with(|| a.0.cmp(&b.0)));
    let rest = lines.split_off(MOST);
    if chart.by == Some(Dimension::Stage) {
        // In the order of flow, whichever they are.
        lines.sort_by_key(|(name, ..)| chart.lines.iter().position(|line| line.name == *name));
    }
    let mut lines: Vec<_> = lines.into_iter().map(|(name, values, _)| (name, values)).collect();
    let left = rest.len();
    let adds_up = chart.adds_up && chart.shape != Shape::Spread;
    let text = if chart.shape == Shape::Spread {
        "The {most} largest of {all} are drawn; band and median are of all of them."
    } else if adds_up {
        let steps = chart.labels.len();
        let sum = |step: usize| {
            rest.iter()
                .filter_map(|(_, values, _)| *values.get(step)?)
                .fold(None, |sum: Option<f64>, value| Some(sum.unwrap_or_default() + value))
        };
        let name = match left {
            1 => chart.language.say("1 other").to_owned(),
            _ => chart.language.fill("{count} others", &[("count", &left.to_string())]),
        };
        lines.push((name, (0..steps).map(sum).collect()));
        "The {most} largest of {all} are drawn, and the other {left} as one."
    } else {
        "The {most} of {all} that rest on most are drawn: medians and shares of the other {left} do not add up."
    };
    let said = chart
        .language
        .fill(text, &[("most", &MOST.to_string()), ("all", &all.to_string()), ("left", &left.to_string())]);
    Drawn { lines, others: adds_up, said: Some(said) }
}

/// What a chart shows, for whoever does not see it.
pub(super) fn alternative(chart: &Chart) -> String {
    let language = chart.language;
    let what = match chart.shape {
        Shape::Line => "Line chart of {title}",
        Shape::Bar => "Bar chart of {title}",
        Shape::Stacked => "Stacked bars of {title}",
        Shape::Spread => "Bars side by side of {title}",
    };
    let drawn = drawn(chart);
    let mut said = language.fill(what, &[("title", &chart.title)]) + &language.by(chart.by);
    match (chart.labels.as_slice(), chart.shape) {
        ([first, .., last], _) => said.push_str(&language.fill(
            ", {count} steps from {first} to {last}",
            &[("count", &chart.labels.len().to_string()), ("first", first), ("last", last)],
        )),
        ([only], Shape::Line | Shape::Bar | Shape::Stacked) => said.push_str(&format!(", {only}")),
        _ => {}
    }
    said.push('.');
    for (name, values) in &drawn.lines {
        let known = || values.iter().flatten().copied();
        let (low, high) = (known().fold(f64::INFINITY, f64::min), known().fold(f64::NEG_INFINITY, f64::max));
        let told = |value: f64| language.quantity(value, &chart.unit);
        let line = match known().last() {
            None => language.say("no value").to_owned(),
            Some(last) if values.len() == 1 => told(last),
            Some(last) => language.fill(
                "lowest {low}, highest {high}, last {last}",
                &[("low", &told(low)), ("high", &told(high)), ("last", &told(last))],
            ),
        };
        said.push_str(&if drawn.lines.len() == 1 && chart.by.is_none() {
            format!(" {}.", capital(&line))
        } else {
            format!(" {name}: {line}.")
        });
    }
    if drawn.lines.is_empty() {
        said.push_str(language.say(" It has no values."));
    }
    if leaves_out(chart) {
        said.push_str(&format!(" {}", language.say(TOO_LARGE)));
    }
    said
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// What is said below a chart: what it is in, and what of it is not drawn.
pub(super) fn caption(chart: &Chart) -> String {
    let drawn = drawn(chart);
    let mut said: Vec<&str> = Vec::new();
    match (chart.typical, chart.shape) {
        (Some(_), Shape::Spread) => {
            said.push("The band holds the middle eight tenths of them, the line is their median.");
        }
        (Some(_), Shape::Line) if drawn.lines.len() == 1 => {
            said.push("The band is what was typical in the year before.");
        }
        _ => {}
    }
    if chart.partial.iter().any(|partial| *partial) {
        said.push("What is pale is in part, or not over.");
    }
    if leaves_out(chart) {
        said.push(TOO_LARGE);
    }
    let said = said.into_iter().map(|text| chart.language.say(text).to_owned());
    said.chain(drawn.said).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod places_tests;
#[cfg(test)]
pub(super) mod tests;
