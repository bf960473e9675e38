//! Groups side by side, over how they are spread.

use super::draw::nothing;
use super::scale::{Scaled, short, ticks};
use super::svg::{Anchor, Svg, cut, width};
use super::{MOST, drawn, is_drawable};
use crate::reports::look::Look;
use crate::reports::paper::Chart;

/// How high a group's bar is with what is around it.
const ROW: f64 = 17.0;
const TEXT: f64 = 8.5;

/// The groups as bars from the left, the largest value first.
pub(super) fn svg(chart: &Chart, look: &Look, wide: f64) -> String {
    let colours = &look.colours;
    let mut groups: Vec<(String, f64)> = drawn(chart)
        .lines
        .into_iter()
        .take(MOST)
        .filter_map(|(name, values)| Some((cut(&name, 22), values.first().copied().flatten()?)))
        .collect();
    let told = |value: f64| cut(&chart.language.quantity(value, &chart.unit), 18);
    if groups.is_empty() {
        return nothing(chart, look, wide);
    }
    groups.sort_by(|a, b| b.1.total_cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    let marks = chart.typical.into_iter().flat_map(|(low, high)| [low, high]).chain(chart.median).filter(is_drawable);
    let all = || groups.iter().map(|(_, value)| *value).chain(marks.clone());
    let (least, most) = (all().fold(f64::INFINITY, f64::min), all().fold(f64::NEG_INFINITY, f64::max));
    let scaled = Scaled::of(&chart.unit, most.abs().max(least.abs()));
    let ticks = ticks(least / scaled.by, most / scaled.by);
    let (low, high) = ticks.first().zip(ticks.last()).map_or((0.0, 1.0), |(low, high)| (*low, *high));
    let left = groups.iter().map(|(name, _)| width(name, TEXT)).fold(30.0, f64::max) + 6.0;
    let right = wide - groups.iter().map(|(_, value)| width(&told(*value), TEXT)).fold(20.0, f64::max);
    let (top, bottom) = (14.0, 14.0 + ROW * groups.len() as f64);
    let x = |value: f64| left + (right - 4.0 - left) * ((value / scaled.by - low) / (high - low)).clamp(0.0, 1.0);

    let mut out = Svg::new(wide, bottom + 14.0);
    out.text((left, 9.0), 8.0, &colours.soft, Anchor::Start, chart.language.say(&scaled.unit));
    if let Some((from, to)) = chart.typical.filter(|(from, to)| is_drawable(from) && is_drawable(to)) {
        out.rect([x(from), top, (x(to) - x(from)).max(1.0), bottom - top], &colours.band, 1.0);
    }
    let mut free = f64::NEG_INFINITY;
    for tick in &ticks {
        let at = x(*tick * scaled.by);
        out.line([at, top, at, bottom], if *tick == 0.0 { &colours.edge } else { &colours.line }, 0.7, "");
        let label = chart.language.number(&short(*tick));
        let half = width(&label, 8.0) / 2.0;
        // Where long names leave little room, some steps have no number: on one another none could be read.
        if at - half >= free {
            out.text((at, bottom + 10.0), 8.0, &colours.soft, Anchor::Middle, &label);
            free = at + half + 3.0;
        }
    }
    let series = colours.series.first().map_or(colours.accent.as_str(), String::as_str);
    for (row, (name, value)) in groups.iter().enumerate() {
        let y = top + ROW * row as f64;
        let (from, to) = (x(0.0), x(*value));
        out.text((left - 5.0, y + 11.5), TEXT, &colours.ink, Anchor::End, name);
        out.rect([from.min(to), y + 4.0, (to - from).abs().max(0.8), ROW - 8.0], series, 1.0);
        out.text((from.max(to) + 4.0, y + 11.5), TEXT, &colours.soft, Anchor::Start, &told(*value));
    }
    if let Some(median) = chart.median.filter(is_drawable) {
        out.line([x(median), top, x(median), bottom], &colours.ink, 1.1, "3 2");
    }
    out.finish()
}
