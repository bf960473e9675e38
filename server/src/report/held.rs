//! The last whole period of a metric, held against those before it, and against what was typical in the year before, as tiles draw it.

use super::quantity;
use pulse_engine::metrics::{Definition, Group, Kind, Point};
use pulse_engine::percentile::{self, Fraction};

/// How many periods tell what is expected, at most and at least.
const BEFORE: (usize, usize) = (12, 6);

/// On which side of a range something lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    Below,
    Within,
    Above,
}

/// On which side of a range a value lies, as people read it: what is told by the same figures as an end of the range is within.
pub(super) fn side(value: f64, (low, high): (f64, f64), unit: &str) -> Side {
    let reads_as = |end: f64| quantity(value, unit) == quantity(end, unit);
    if value > high && !reads_as(high) {
        Side::Above
    } else if value < low && !reads_as(low) {
        Side::Below
    } else {
        Side::Within
    }
}

/// The last period that is whole.
pub(super) fn last_whole(group: &Group) -> Option<&Point> {
    group.points.iter().rev().find(|point| !point.partial)
}

/// The last whole period, held against those before it.
pub(super) struct Held<'a> {
    pub(super) point: &'a Point,
    pub(super) value: f64,
    /// The median of those before.
    pub(super) middle: f64,
    /// How far from it is still expected.
    reach: f64,
    /// How many of those before have a value.
    pub(super) before: usize,
}

impl<'a> Held<'a> {
    /// `None` when there are too few periods, or too little in the last.
    pub(super) fn of(group: &'a Group, definition: &Definition, least: i64) -> Option<Self> {
        let mut whole = group.points.iter().rev().filter(|point| !point.partial);
        let point = whole.next()?;
        let value = point.figure.value?;
        let before: Vec<&Point> = whole.take(BEFORE.0).filter(|point| point.figure.value.is_some()).collect();
        // None in a period says something of how many, and nothing of how long or which share.
        let n = match definition.kind {
            Kind::Count | Kind::Level => before.iter().map(|point| point.figure.n).sum(),
            _ => point.figure.n,
        };
        let values: Vec<f64> = before.iter().filter_map(|point| point.figure.value).collect();
        if values.len() < BEFORE.1 || n < least {
            return None;
        }
        let middle = percentile::of(&values, Fraction::HALF)?;
        let distances: Vec<f64> = values.iter().map(|value| (value - middle).abs()).collect();
        let spread = (1.4826 * percentile::of(&distances, Fraction::HALF)?).max(middle.abs() / 20.0);
        Some(Self { point, value, middle, reach: 3.0 * spread, before: values.len() })
    }

    pub(super) fn change(&self) -> f64 {
        self.value - self.middle
    }

    /// How far it moved, in what was still expected: above 1 where it did.
    pub(super) fn distance(&self) -> f64 {
        self.change().abs() / self.reach
    }

    /// From where to where it was to be expected: not below 0, of what is never below it.
    pub(super) fn expected(&self) -> (f64, f64) {
        let (low, high) = (self.middle - self.reach, self.middle + self.reach);
        (if self.middle.min(self.value) < 0.0 { low } else { low.max(0.0) }, high)
    }
}
