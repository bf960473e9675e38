//! What a question is answered with. All of it serializes, with the same names as in SQL.

use super::{Definition, Standing};
use serde::Serialize;

/// The answer to a question.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Answer {
    /// What was measured, and how.
    pub definition: Definition,
    /// The time zone whose days, weeks and months were meant.
    pub time_zone: String,
    /// When it was asked, in microseconds since 1970 (UTC): periods that end later are partial.
    pub as_of: i64,
    /// One group, or one for each value of the dimension, by name.
    pub groups: Vec<Group>,
}

/// The figures of one repository, project or team, or of all together.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Group {
    /// The id; `None` when nothing was grouped by, and for what belongs to no repository, project or team.
    pub key: Option<String>,
    /// What people call it; `None` when nothing was grouped by, or no name is known.
    pub name: Option<String>,
    /// The figure of the whole span.
    pub total: Figure,
    /// One point for each period, also for those in which nothing happened.
    pub points: Vec<Point>,
}

/// The figure of one period.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Point {
    /// Where it begins, in microseconds since 1970 (UTC).
    pub from: i64,
    /// Where it ends; this instant is no longer in it.
    pub until: i64,
    /// `2026-11-01`, `2026-W47` or `2026-11`.
    pub label: String,
    /// Whether it is cut by the question's span, or not over yet.
    pub partial: bool,
    /// What was measured in it.
    pub figure: Figure,
}

/// A number with everything that is needed to judge it.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Figure {
    /// The number, in the metric's unit; `None` when there is none, which is not 0.
    pub value: Option<f64>,
    /// How many observations it rests on.
    pub n: i64,
    /// What is divided, for ratios and rates.
    pub numerator: Option<f64>,
    /// What it is divided by.
    pub denominator: Option<f64>,
    /// The median.
    pub median: Option<f64>,
    /// The 90th percentile.
    pub p90: Option<f64>,
    /// Observations that are not finished, and so not counted.
    pub open: i64,
    /// Observations that are left out for a reason; the evidence says which.
    pub excluded: i64,
    /// Where published surveys put such a value, of the whole span alone, the best known first. Empty below the minimum n, and
    /// where none of them says.
    pub standings: Vec<Standing>,
}
