//! When will it be done? Forecasts by Monte Carlo over what a subject's own history shows.
//!
//! [`Life`] says when an item belonged to a subject and when it was done; [`as_of`] makes of many the [`History`] that was
//! known on a day, and how many items were open. [`forecast`] plays the future from that some thousand times. [`Scorecard`]
//! tells how forecasts of which the end is known have done, and [`back_test`] makes those over the past. All of that is
//! arithmetic: no clock, no I/O, and the same input gives the same answer.
//!
//! [`run`] is the step on the lake: it freezes a forecast of each open subject a day, and scores those that are over. [`ask`]
//! answers a question that is not frozen, over what somebody may see. `docs/forecasting.md` is the page of it all.

#[cfg(test)]
mod abandoned_tests;
mod ask;
#[cfg(test)]
mod ask_tests;
mod back_test;
mod chance;
mod evidence;
mod freeze;
mod gone;
#[cfg(test)]
mod gone_tests;
mod history;
mod input;
#[cfg(test)]
mod lake_tests;
mod left;
mod lives;
mod question;
mod ran;
#[cfg(test)]
mod reader_tests;
mod releases;
mod retrace;
#[cfg(test)]
mod retrace_tests;
mod rows;
mod run;
mod score;
mod simulate;
#[cfg(test)]
mod simulated_tests;
mod sprints;
#[cfg(test)]
mod story;
mod subject;

pub use ask::{About, Answer, Ask, Frozen, STANDS_FOR, ask, frozen, made, standing};
pub use back_test::{BackTest, Tried, back_test};
pub use evidence::{OpenItem, evidence};
pub use history::{Day, History, Lack};
pub use lives::{Life, Span, State, as_of};
pub use question::{Outcome, Question, RUNS, Series, WhatIf};
pub use retrace::retrace;
pub use run::{ForecastReport, cards_on, run};
pub use score::{Bin, Count, Counted, Counts, Due, Record, Scorecard, Scored, Sliced};
pub use simulate::forecast;
pub use subject::Kind;
