//! Metrics over time: lines, bars, and bars on one another.

use super::scale::{Scaled, short, ticks};
use super::svg::{Anchor, Svg, cut, width};
use super::{Drawn, TOO_LARGE, drawn, is_drawable, is_lone, leaves_out, spread};
use crate::reports::definition::Shape;
use crate::reports::look::Look;
use crate::reports::make::without;
use crate::reports::paper::Chart;

/// Sizes of text: of an axis and of a legend.
const SMALL: f64 = 8.0;
const LEGEND: f64 = 8.5;
/// Dashes that tell lines apart where colours do not.
const DASHES: [&str; 4] = ["", "5 3", "1.5 2.5", "7 2.5 1.5 2.5"];

/// A chart as an SVG document of that width; as high as it takes.
pub(in crate::reports) fn svg(chart: &Chart, look: &Look, wide: f64) -> String {
    if chart.shape == Shape::Spread {
        return spread::svg(chart, look, wide);
    }
    let drawn = drawn(chart);
    let values = || drawn.lines.iter().flat_map(|(_, values)| values.iter().flatten().copied());
    let colours = &look.colours;
    if values().next().is_none() {
        return nothing(chart, look, wide);
    }
    let legend = legend(&drawn, wide);
    let top = 16.0 + legend.last().map_or(0.0, |last| last.1 + 14.0);
    let (bottom, tall) = (16.0, top + 118.0 + 16.0);
    let mut out = Svg::new(wide, tall);

    let target = chart.target.filter(is_drawable);
    let (mut least, mut most) = extent(chart, &drawn);
    for value in target.into_iter().chain(banded(chart, &drawn).into_iter().flat_map(|(low, high)| [low, high])) {
        (least, most) = (least.min(value), most.max(value));
    }
    let scaled = Scaled::of(&chart.unit, most.abs().max(least.abs()));
    let ticks = ticks(least / scaled.by, most / scaled.by);
    let (low, high) = ticks.first().zip(ticks.last()).map_or((0.0, 1.0), |(low, high)| (*low, *high));
    let labels: Vec<String> = ticks.iter().map(|tick| chart.language.number(&short(*tick))).collect();
    let left = labels.iter().map(|label| width(label, SMALL)).fold(14.0, f64::max) + 6.0;
    let plot = Plot { left, right: wide - 8.0, top, bottom: tall - bottom, low, high, by: scaled.by };

    // The unit stands where the axis begins, so that nobody reads a number without it.
    out.text((0.0, 9.0), SMALL, &colours.soft, Anchor::Start, chart.language.say(&scaled.unit));
    for ((x, y), (name, index)) in legend.iter().map(|(x, y, name, index)| ((*x, *y + 16.0), (name, *index))) {
        let colour = colour(look, &drawn, index);
        if chart.shape == Shape::Line {
            out.line([x, y + 5.0, x + 12.0, y + 5.0], colour, 2.0, dash(index));
        } else {
            out.rect([x, y + 1.0, 9.0, 8.0], colour, 1.0);
        }
        out.text((x + 15.0, y + 8.0), LEGEND, &colours.ink, Anchor::Start, name);
    }
    if let Some((low, high)) = banded(chart, &drawn) {
        let (upper, lower) = (plot.y(high), plot.y(low));
        out.rect([plot.left, upper, plot.right - plot.left, (lower - upper).max(1.0)], &colours.band, 1.0);
    }
    for (tick, label) in ticks.iter().zip(&labels) {
        let y = plot.y(*tick * scaled.by);
        let stroke = if *tick == 0.0 { &colours.edge } else { &colours.line };
        out.line([plot.left, y, plot.right, y], stroke, 0.7, "");
        out.text((plot.left - 4.0, y + 2.8), SMALL, &colours.soft, Anchor::End, label);
    }
    let count = chart.labels.len();
    let mut free = f64::INFINITY;
    for at in shown_labels(count, plot.right - plot.left, chart.labels.first().map_or(7, |l| l.chars().count())) {
        let Some(label) = chart.labels.get(at).map(|label| cut(label, 12)) else { continue };
        // Digits are a little wider than letters are on the whole.
        let (x, half) = (plot.x(at, count), width(&label, SMALL) * 0.55);
        // What would run over an edge ends there: a week without its last digit is another one.
        let (place, anchor, [from, to]) = if x + half > wide {
            (wide, Anchor::End, [wide - 2.0 * half, wide])
        } else if x < half {
            (0.0, Anchor::Start, [0.0, 2.0 * half])
        } else {
            (x, Anchor::Middle, [x - half, x + half])
        };
        if to < free {
            out.text((place, tall - 4.0), SMALL, &colours.soft, anchor, &label);
            free = from;
        }
    }
    match chart.shape {
        Shape::Line => lines(&mut out, chart, &drawn, &plot, look),
        // Bars of several stand on one another: side by side they would be too thin to be seen.
        Shape::Bar | Shape::Stacked | Shape::Spread => bars(&mut out, chart, &drawn, &plot, look),
    }
    if let Some(target) = target {
        let y = plot.y(target);
        out.line([plot.left, y, plot.right, y], &colours.good, 1.1, "4 3");
        out.text((plot.right, y - 3.0), SMALL, &colours.good, Anchor::End, chart.language.say("target"));
    }
    out.finish()
}

/// What stands in the place of a chart that has no values.
pub(super) fn nothing(chart: &Chart, look: &Look, wide: f64) -> String {
    let mut out = Svg::new(wide, 64.0);
    let why = if leaves_out(chart) { TOO_LARGE } else { without(chart.state) };
    out.rect([0.0, 4.0, wide, 56.0], &look.colours.sunken, 1.0);
    out.text((wide / 2.0, 35.0), 9.0, &look.colours.soft, Anchor::Middle, chart.language.say(why));
    out.finish()
}

/// Where the values of a chart are on a page.
struct Plot {
    left: f64,
    right: f64,
    top: f64,
    bottom: f64,
    /// The ends of the axis, in its own unit.
    low: f64,
    high: f64,
    by: f64,
}

impl Plot {
    /// The middle of a step.
    fn x(&self, at: usize, count: usize) -> f64 {
        self.left + (self.right - self.left) * (at as f64 + 0.5) / count.max(1) as f64
    }

    fn y(&self, value: f64) -> f64 {
        let part = (value / self.by - self.low) / (self.high - self.low);
        self.bottom - (self.bottom - self.top) * part.clamp(0.0, 1.0)
    }
}

/// The least and the most that is drawn: of bars on one another, of each whole.
fn extent(chart: &Chart, drawn: &Drawn) -> (f64, f64) {
    let mut ends = (f64::INFINITY, f64::NEG_INFINITY);
    for step in 0..chart.labels.len() {
        let values = drawn.lines.iter().filter_map(|(_, values)| *values.get(step)?);
        if chart.shape == Shape::Line {
            for value in values {
                ends = (ends.0.min(value), ends.1.max(value));
            }
        } else {
            let (below, above) =
                values.fold(
                    (0.0, 0.0),
                    |(below, above): (f64, f64), value| {
                        if value < 0.0 { (below + value, above) } else { (below, above + value) }
                    },
                );
            ends = (ends.0.min(below), ends.1.max(above));
        }
    }
    ends
}

/// The range that is typical of a line that is alone.
fn banded(chart: &Chart, drawn: &Drawn) -> Option<(f64, f64)> {
    let alone = chart.shape == Shape::Line && drawn.lines.len() == 1;
    chart.typical.filter(|(low, high)| alone && is_drawable(low) && is_drawable(high))
}

fn lines(out: &mut Svg, chart: &Chart, drawn: &Drawn, plot: &Plot, look: &Look) {
    let count = chart.labels.len();
    for (index, (_, values)) in drawn.lines.iter().enumerate() {
        let colour = colour(look, drawn, index);
        let mut run: Vec<(f64, f64)> = Vec::new();
        let places = values.iter().enumerate().map(|(at, value)| value.map(|value| (plot.x(at, count), plot.y(value))));
        for place in places.chain([None]) {
            match place {
                Some(place) => run.push(place),
                None => {
                    if run.len() > 1 {
                        out.path(&run, colour, 1.8, dash(index));
                    }
                    run.clear();
                }
            }
        }
        let radius: f64 = if count > 40 { 0.0 } else { 2.0 };
        for (at, value) in values.iter().enumerate() {
            let Some(value) = value else { continue };
            let partial = chart.partial.get(at).copied().unwrap_or_default();
            if radius > 0.0 || partial || is_lone(values, at) {
                let fill = if partial { "#ffffff" } else { colour };
                out.dot((plot.x(at, count), plot.y(*value)), radius.max(1.6), fill, colour);
            }
        }
    }
}

fn bars(out: &mut Svg, chart: &Chart, drawn: &Drawn, plot: &Plot, look: &Look) {
    let count = chart.labels.len();
    let wide = ((plot.right - plot.left) / count.max(1) as f64 * 0.68).clamp(0.8, 40.0);
    for at in 0..count {
        let (mut below, mut above) = (0.0, 0.0);
        let opacity = if chart.partial.get(at).copied().unwrap_or_default() { 0.45 } else { 1.0 };
        // The last stands on the axis, and the first on top of all: as one reads the legend, and as flow is drawn.
        for (index, (_, values)) in drawn.lines.iter().enumerate().rev() {
            let Some(value) = values.get(at).copied().flatten() else { continue };
            let base = if value < 0.0 { &mut below } else { &mut above };
            let (from, to) = (plot.y(*base), plot.y(*base + value));
            *base += value;
            // A bar of 0 is a line on the axis: it is known, and a gap is not.
            let place = [plot.x(at, count) - wide / 2.0, from.min(to), wide, (from - to).abs().max(0.6)];
            out.rect(place, colour(look, drawn, index), opacity);
        }
    }
}

/// The colour of a line; what stands for all others is grey.
pub(super) fn colour<'l>(look: &'l Look, drawn: &Drawn, index: usize) -> &'l str {
    let colours = &look.colours;
    if drawn.others && index + 1 == drawn.lines.len() {
        return &colours.edge;
    }
    let series = &colours.series;
    series.get(index % series.len().max(1)).map_or(colours.accent.as_str(), String::as_str)
}

fn dash(index: usize) -> &'static str {
    DASHES.get(index % DASHES.len()).copied().unwrap_or_default()
}

/// Where each name of a legend stands: across, down, the name, which line. One line alone needs none.
fn legend(drawn: &Drawn, wide: f64) -> Vec<(f64, f64, String, usize)> {
    let mut places = Vec::new();
    if drawn.lines.len() < 2 {
        return places;
    }
    let (mut x, mut y) = (0.0, 0.0);
    for (index, (name, _)) in drawn.lines.iter().enumerate() {
        let name = cut(name, 26);
        let needs = width(&name, LEGEND) + 26.0;
        if x > 0.0 && x + needs > wide {
            (x, y) = (0.0, y + 13.0);
        }
        places.push((x, y, name, index));
        x += needs;
    }
    places
}

/// Which steps have their label shown: as many as there is room for, the last always among them.
fn shown_labels(count: usize, room: f64, letters: usize) -> Vec<usize> {
    let most = ((room / (letters as f64 * SMALL * 0.56 + 12.0)).floor() as usize).max(1);
    let every = count.div_ceil(most).max(1);
    (0..count).rev().step_by(every).collect()
}
