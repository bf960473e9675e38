//! The metrics: one catalogue, asked in one way.
//!
//! A metric is a file in `sql/metrics/`. Its statement returns *observations*, one row for each thing that was measured,
//! with the row of evidence that it comes from; views of the schema `dora` show them to anyone. Figures are made from
//! observations here and nowhere else, by the metric's kind: so a figure and its evidence cannot disagree.
//!
//! | kind | value | beside it |
//! |---|---|---|
//! | percentile | the median | `median`, `p90`, `n` |
//! | ratio | `numerator / denominator`, NULL over 0 | both, `n` |
//! | count | a rate: `numerator` (how many) over `denominator` (weeks) | `n`; for the span also `median` and `p90` of its complete periods |
//!
//! Rows that do not count stay in sight: `open` ones are not finished, `excluded` ones have a reason.

mod answer;
mod ask;
mod benchmark;
mod catalogue;
mod doc;
mod figures;
mod filter;
mod names;
mod period;
mod question;

pub use answer::{Answer, Figure, Group, Point};
pub use ask::{ask, evidence, instant};
pub use benchmark::{Benchmark, Mark, Standing, benchmarks};
pub use catalogue::{Definition, Direction, Kind, catalogue, definition};
pub use doc::metrics_page;
pub use filter::condition;
pub use names::NONE;
pub use period::{Grain, Period};
pub use question::{Dimension, Filter, Question};

#[cfg(test)]
mod filter_tests;
#[cfg(test)]
mod period_tests;
#[cfg(test)]
pub(crate) mod tests;
