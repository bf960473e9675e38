//! What a question is answered with. All of it serializes, with the same names as in SQL.

use super::{Compare, Definition, Standing};
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
    /// When the newest of these observations happened, of whatever span: how fresh the data is. `None` when there are none.
    pub newest_at: Option<i64>,
    /// One group, or one for each value of the dimension, by name; stages in the order of flow.
    pub groups: Vec<Group>,
    /// The figure of all groups together, each observation once; `None` when nothing was grouped by.
    pub overall: Option<Figure>,
    /// How the groups' values are spread, by repository, project or team: one blended number would hide it.
    pub spread: Option<Spread>,
}

/// Percentiles of the groups' values.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Spread {
    /// How many groups have a value.
    pub groups: usize,
    /// A tenth of them are below.
    pub p10: f64,
    /// A quarter of them are below.
    pub p25: f64,
    /// Half of them are below.
    pub median: f64,
    /// Three quarters of them are below.
    pub p75: f64,
    /// Nine tenths of them are below.
    pub p90: f64,
}

/// The figures of one repository, project or team, or of all together.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Group {
    /// The id; `None` when nothing was grouped by, and for what belongs to no repository, project or team.
    pub key: Option<String>,
    /// What people call it; `None` when nothing was grouped by, or no name is known.
    pub name: Option<String>,
    /// The first instant of the day on which its counts begin, in microseconds since 1970 (UTC): before it nobody knows that there were none.
    /// `None` of what is no count and no level, and when nothing is known at all.
    pub since: Option<i64>,
    /// The figure of the whole span.
    pub total: Figure,
    /// Its part of all that counts, of counts and levels that are grouped; `None` when there is nothing. The parts add up to
    /// 1, unless something belongs to several projects.
    pub share: Option<f64>,
    /// The total beside what it was to be compared with.
    pub comparison: Option<Comparison>,
    /// What is typical of a period; `None` when there are fewer than eight with a value.
    pub typical: Option<Typical>,
    /// One point for each period, also for those in which nothing happened; a count of one before `since` has no value.
    pub points: Vec<Point>,
}

/// A total beside another value.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Comparison {
    /// What it is compared with.
    pub with: Compare,
    /// Where the earlier span begins, in microseconds since 1970 (UTC); `None` for a target.
    pub from: Option<i64>,
    /// Where it ends.
    pub until: Option<i64>,
    /// The other value.
    pub value: Option<f64>,
    /// The figure that it is of; `None` for a target.
    pub figure: Option<Figure>,
    /// The total's value less the other.
    pub delta: Option<f64>,
    /// That over the other value; `None` when this is 0.
    pub delta_ratio: Option<f64>,
    /// Whether the total's value is the better one, or meets the target; `None` when both are the same, one is missing, or neither
    /// direction is better.
    pub better: Option<bool>,
}

/// What the values of complete periods were in the year before the span.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Typical {
    /// The 10th percentile: the range's lower end.
    pub p10: f64,
    /// The median.
    pub median: f64,
    /// The 90th percentile: the range's upper end.
    pub p90: f64,
    /// How many periods have a value.
    pub periods: usize,
    /// Where that year begins, in microseconds since 1970 (UTC).
    pub from: i64,
    /// Where it ends.
    pub until: i64,
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
    /// Whether it is cut by the question's span, not over yet, or of a count that begins within it.
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
