//! When an item was blocked.

use super::input::Transition;
use super::stays::Stay;
use crate::Flow;

/// The spans in which an item was blocked, in the order of time; the last has no end when it is blocked still. `labels` are those
/// that it has now.
pub(super) fn blocks(
    labels: &[&str],
    stays: &[Stay<'_>],
    changes: &[&Transition<'_>],
    flow: &Flow,
) -> Vec<(i64, Option<i64>)> {
    let mut events: Vec<(i64, Cause, bool)> = Vec::new();
    // What was set when an item was made is no change: the first change says what was before it, and without one all is as it was.
    if let Some(made_at) = stays.first().map(|stay| stay.entered_at) {
        let told = |change: &&&Transition<'_>| match change.field {
            "labels" => {
                change.from.is_some_and(|text| says(flow, text)) != change.to.is_some_and(|text| says(flow, text))
            }
            _ => false,
        };
        let was_labelled = match changes.iter().find(told) {
            Some(first) => first.from.is_some_and(|text| says(flow, text)),
            None => labels.iter().any(|label| says(flow, label)),
        };
        let flagged = changes.iter().find(|change| change.field == "flagged");
        let was_flagged = flagged.is_some_and(|first| first.from.is_some_and(|from| !from.trim().is_empty()));
        let causes = [(was_labelled, Cause::Label), (was_flagged, Cause::Flag)];
        events.extend(causes.into_iter().filter(|(was, _)| *was).map(|(_, cause)| (made_at, cause, true)));
    }
    let is_blocked = |stay: &Stay<'_>| stay.status.is_some_and(|status| flow.is_blocked(status));
    for stay in stays.iter().filter(|stay| is_blocked(stay)) {
        events.push((stay.entered_at, Cause::Status, true));
        events.extend(stay.left_at.map(|at| (at, Cause::Status, false)));
    }
    for change in changes {
        match change.field {
            "flagged" => events.push((change.at, Cause::Flag, change.to.is_some_and(|to| !to.trim().is_empty()))),
            "labels" => {
                let [from, to] = [change.from, change.to].map(|text| text.is_some_and(|text| says(flow, text)));
                if from != to {
                    events.push((change.at, Cause::Label, to));
                }
            }
            _ => {}
        }
    }
    // Of one instant and cause, what was told last holds; a status is left before another is entered.
    events.sort_by_key(|(at, _, _)| *at);
    let (mut on, mut spans): ([bool; 3], Vec<(i64, Option<i64>)>) = Default::default();
    for (at, cause, is_on) in events {
        let before = on.contains(&true);
        on[cause as usize] = is_on;
        match (before, on.contains(&true)) {
            (false, true) => spans.push((at, None)),
            (true, false) => spans.iter_mut().rev().take(1).for_each(|span| span.1 = Some(at)),
            _ => {}
        }
    }
    // One that ended when it began was none, and one that goes on where another ended is the same.
    spans.retain(|(from, until)| *until != Some(*from));
    spans.dedup_by(|next, last| {
        let is_same = last.1 == Some(next.0);
        if is_same {
            last.1 = next.1;
        }
        is_same
    });
    spans
}

#[derive(Clone, Copy)]
enum Cause {
    Status,
    Flag,
    Label,
}

/// Whether a label says blocked, or one of several that stand apart by spaces.
fn says(flow: &Flow, labels: &str) -> bool {
    flow.is_blocked(labels) || labels.split_whitespace().any(|label| flow.is_blocked(label))
}

/// Seconds of what lies after `from` of the spans that ended by `until`, or of what lies before it.
pub(super) fn blocked_seconds(spans: &[(i64, Option<i64>)], from: i64, until: Option<i64>) -> f64 {
    let end = |end: Option<i64>| match (end, until) {
        (Some(end), Some(until)) => Some(end.min(until)),
        (end, until) => end.or(until),
    };
    let micros = spans.iter().filter_map(|(begun, to)| Some((end(*to)? - *begun.max(&from)).max(0)));
    micros.sum::<i64>() as f64 / 1e6
}
