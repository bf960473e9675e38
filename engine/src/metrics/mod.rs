//! The metrics: one catalogue, asked in one way.
//!
//! A metric is a file in `sql/metrics/<schema>/`. Its statement returns *observations*, one row for each thing that was
//! measured, with the row of evidence that it comes from; views of that schema show them to anyone. Figures are made from
//! observations here and nowhere else, by the metric's kind: so a figure and its evidence cannot disagree.
//!
//! | kind | value | beside it |
//! |---|---|---|
//! | percentile | the median | `median`, `p90`, `n` |
//! | ratio | `numerator / denominator`, NULL over 0 | both, `n` |
//! | count | a rate: `numerator` (how many) over `denominator` (weeks) | `n`; for the span also `median` and `p90` of its complete periods |
//! | level | how many are there at the end | `n`; for the span also `median` and `p90` of its complete periods |
//! | age | the median of how long those have been there | `median`, `p90`, `n` |
//!
//! Rows that do not count stay in sight: `open` ones are not finished, `excluded` ones have a reason.

mod ageing;
mod answer;
mod ask;
mod asking;
mod benchmark;
mod catalogue;
mod columns;
mod compare;
mod cumulative;
mod cycle_times;
mod doc;
mod figures;
mod filter;
mod gathered;
mod known;
mod littles_law;
mod measure;
pub(crate) mod names;
mod observations;
mod own;
mod period;
mod places;
pub(crate) mod published;
mod question;
mod scope;
mod silence;
mod since;
mod stages;
mod subject;

pub use ageing::{Ageing, AgeingItem, AgeingStage, Band, ageing};
pub use answer::{Answer, Comparison, Figure, Group, Point, Spread, Typical};
pub use ask::{ask, evidence, evidence_statement, instant};
pub use asking::Asking;
pub use benchmark::{Benchmark, Mark, Standing, Tiers, benchmarks};
pub use catalogue::{Definition, Direction, Kind, SCHEMAS, catalogue, definition};
pub use columns::meaning;
pub use cumulative::{CumulativeFlow, FlowBand, FlowPeriod, cumulative_flow};
pub use cycle_times::{CycleTimes, DoneItem, cycle_times};
pub use doc::metrics_page;
pub use filter::{Rows, condition, literal};
pub use littles_law::{LittlesLaw, littles_law};
pub use names::{NONE, projects};
pub use own::{MOST_BYTES, OWN, check, own};
pub use period::{Grain, Period};
pub use question::{Compare, Dimension, Filter, Question};
pub use silence::{Silence, newest_at, silences};
pub use subject::Subject;

#[cfg(test)]
mod abandoned_tests;
#[cfg(test)]
mod boundary_tests;
#[cfg(test)]
mod compare_tests;
#[cfg(test)]
mod coverage_tests;
#[cfg(test)]
mod filter_tests;
#[cfg(test)]
mod golden_facts;
#[cfg(test)]
mod golden_tests;
#[cfg(test)]
mod label_tests;
#[cfg(test)]
mod order_tests;
#[cfg(test)]
mod own_tests;
#[cfg(test)]
mod period_tests;
#[cfg(test)]
mod random_tests;
#[cfg(test)]
pub(crate) mod reader_tests;
#[cfg(test)]
mod since_tests;
#[cfg(test)]
mod span_tests;
#[cfg(test)]
pub(crate) mod tests;
#[cfg(test)]
mod unknown_tests;
#[cfg(test)]
mod zero_tests;
