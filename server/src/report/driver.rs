//! What a move is made of: where its largest part is, of which kind, and in which stage. All of it is of the same period, and no cause.

use super::held::Held;
use pulse_engine::metrics::{Answer, Definition, Dimension, Direction, Group, Kind};
use std::sync::Arc;

/// The metrics that are made of stages, with those of their stages.
pub(super) const STAGED: [(&str, &[&str]); 2] = [
    ("change_lead_time", &["lead_time_coding", "lead_time_pickup", "lead_time_review", "lead_time_deploy"]),
    ("pull_request_open_time", &["pull_request_pickup_time", "pull_request_review_time", "pull_request_merge_wait"]),
];

/// The metrics that are told apart once more than by where they are, with what by.
pub(super) const SORTED: [(&str, Dimension); 3] =
    [("cycle_time", Dimension::Class), ("change_fail_rate", Dimension::Team), ("incidents", Dimension::Severity)];

/// The group with the largest part in a move.
pub(super) struct Part<'a> {
    pub(super) group: &'a Group,
    pub(super) held: Held<'a>,
    /// Its share of what moved the same way.
    pub(super) share: f64,
}

/// The group with the largest part in a move: its own change, weighed by how much it holds, except for counts and levels, which add up.
/// `None` where one that is too new to be held against anything may have a larger part.
pub(super) fn largest<'a>(apart: &'a Answer, definition: &Definition, moved: &Held<'_>) -> Option<Part<'a>> {
    // With one group alone there is no where.
    if apart.groups.len() < 2 {
        return None;
    }
    let adds_up = matches!(definition.kind, Kind::Count | Kind::Level);
    let weight = |change: f64, n: i64| if adds_up { change.abs() } else { change.abs() * n as f64 };
    let is_part = |change: f64| change * moved.change() > 0.0;
    let (mut found, mut newer, mut all): (Option<(&Group, Held<'_>)>, f64, f64) = (None, 0.0, 0.0);
    for group in &apart.groups {
        if let Some(held) = Held::of(group, definition, 1) {
            if is_part(held.change()) {
                let own = weight(held.change(), held.point.figure.n);
                all += own;
                let most = found.as_ref().map_or(0.0, |(_, most)| weight(most.change(), most.point.figure.n));
                if own >= most {
                    found = Some((group, held));
                }
            }
            continue;
        }
        let same = group.points.iter().find(|point| point.from == moved.point.from);
        let value = same.and_then(|point| Some((point.figure.value?, point.figure.n)));
        if let Some((value, n)) = value {
            let change = if adds_up { value } else { value - moved.middle };
            if is_part(change) {
                let own = weight(change, n);
                all += own;
                newer = newer.max(own);
            }
        }
    }
    let (group, held) = found?;
    let own = weight(held.change(), held.point.figure.n);
    (own >= newer).then(|| Part { group, held, share: own / all })
}

/// The stage whose median moved most in the same direction.
pub(super) fn stage<'a>(stages: &'a [Arc<Answer>], moved: &Held<'_>) -> Option<(&'a Definition, Held<'a>)> {
    stages
        .iter()
        .filter_map(|stage| Some((&stage.definition, Held::of(stage.groups.first()?, &stage.definition, 1)?)))
        .filter(|(_, held)| held.change() * moved.change() > 0.0)
        .max_by(|(_, a), (_, b)| a.change().abs().total_cmp(&b.change().abs()))
}

/// Whether a move is one for the worse.
pub(super) fn is_worse(definition: &Definition, moved: &Held<'_>) -> bool {
    match definition.direction {
        Direction::Lower => moved.change() > 0.0,
        Direction::Higher => moved.change() < 0.0,
        Direction::Neither => false,
    }
}
