//! The future, played many times.
//!
//! Days are drawn from the history in blocks, with what was done and what was added on a day together, so that quiet days,
//! bursts at the end of a sprint and scope that grows with the work keep their shape (the moving block bootstrap: Künsch,
//! "The Jackknife and the Bootstrap for General Stationary Observations", Annals of Statistics 17, 1989; in a circle, so that
//! each day is as likely as another: Politis and Romano, "A circular block-resampling procedure for stationary data", 1992).
//! A block is as long as the cube root of the days in the window, the order that Hall, Horowitz and Jing show to be the best
//! ("On blocking rules for the bootstrap with dependent data", Biometrika 82, 1995).
//!
//! A history is itself a sample: another one of the same team would have shown another pace. So a run does not draw from the
//! history, but from one resampled from it in the same way; and as nobody knows how far back a team's pace is still its pace,
//! each run looks back as far as chance has it. Without these two the intervals come out too narrow.

use super::chance::Chance;
use super::{History, Outcome, Question, Series};
use chrono::{Months, NaiveDate};

/// How far into the future a run goes.
const HORIZON: Months = Months::new(60);

/// How far back a run may look, in weeks: each is as likely as another.
const WINDOWS: [u64; 3] = [6, 12, 26];

/// Plays the future of `question` over `history`; `is_working` says on which days anybody works.
pub fn forecast(history: &History, question: &Question, is_working: &dyn Fn(NaiveDate) -> bool) -> Outcome {
    forecast_while(&|| true, history, question, is_working)
}

/// The same while `goes_on` says so, which is asked before each run. Once it does not, the outcome is of the runs until then: it is for
/// nobody.
pub(super) fn forecast_while(
    goes_on: &dyn Fn() -> bool,
    history: &History,
    question: &Question,
    is_working: &dyn Fn(NaiveDate) -> bool,
) -> Outcome {
    let play = Play::new(history, question, is_working);
    let ends: Vec<End> = (0..question.runs).take_while(|_| goes_on()).map(|run| play.run(run)).collect();
    play.outcome(ends)
}

/// How one run ended.
#[derive(Clone, Copy, Debug, PartialEq)]
struct End {
    /// The working day on which nothing was open any more, from 1; 0 when nothing ever was. [`NEVER`] after the horizon.
    day: u32,
    /// Items done by the day that was asked for.
    done: u32,
}

const NEVER: u32 = u32::MAX;

/// All that runs have in common.
struct Play {
    /// What a run may look back on: the newest days of the history.
    windows: Vec<Circle>,
    /// The working days ahead, in order.
    ahead: Vec<NaiveDate>,
    open: f64,
    /// How many of the days ahead are over at the end of the due day, and of the day that was asked for.
    due: Option<u32>,
    by: Option<u32>,
    seed: u64,
    runs: u32,
}

impl Play {
    fn new(history: &History, question: &Question, is_working: &dyn Fn(NaiveDate) -> bool) -> Self {
        let what_if = question.what_if;
        let growth = if question.growth { 1.0 } else { 0.0 };
        let pace = if what_if.pace.is_finite() { what_if.pace.max(0.0) } else { 1.0 };
        let start = what_if.start.map_or(history.origin(), |start| start.max(history.origin()));
        let end = start.checked_add_months(HORIZON).unwrap_or(NaiveDate::MAX);
        let ahead: Vec<NaiveDate> =
            start.iter_days().take_while(|day| *day < end).filter(|day| is_working(*day)).collect();
        let over = |day: NaiveDate| ahead.partition_point(|ahead| *ahead <= day) as u32;
        let tallies = history
            .days()
            .iter()
            .map(|day| Tally { done: f64::from(day.done) * pace, added: f64::from(day.added) * growth });
        let tallies: Vec<Tally> = tallies.collect();
        // Days of work in some weeks, by what the history shows.
        let span = history.origin().signed_duration_since(history.from()).num_days().max(1).unsigned_abs();
        let window = |weeks: u64| {
            let days = (tallies.len() as u64 * weeks * 7).div_ceil(span).max(1) as usize;
            let newest = tallies.get(tallies.len().saturating_sub(days)..).unwrap_or_default();
            Circle::new(newest.to_vec(), (newest.len() as f64).cbrt().round().max(1.0) as usize)
        };
        Self {
            windows: WINDOWS.map(window).into(),
            open: (f64::from(question.remaining) + f64::from(what_if.scope)).max(0.0),
            due: question.due.map(over),
            by: question.by.map(over),
            ahead,
            seed: history.seed(),
            runs: question.runs,
        }
    }

    fn run(&self, run: u32) -> End {
        let mut chance = Chance::new(self.seed, run);
        let (by, last) = (self.by.unwrap_or(0), self.ahead.len() as u32);
        let (mut day, mut open, mut done, mut left) = (0, self.open, 0.0, self.open);
        let mut end = End { day: if open > 0.0 { NEVER } else { 0 }, done: 0 };
        let Some(window) = self.windows.get(chance.below(self.windows.len())) else { return end };
        let believed = window.resampled(&mut chance);
        while day < last && (end.day == NEVER || day < by) {
            for tally in believed.block(&mut chance) {
                day += 1;
                open += tally.added - tally.done;
                // A little off zero: shares of items do not add up exactly.
                if open < 1e-6 && end.day == NEVER && day <= last {
                    end.day = day;
                }
                if day <= by {
                    done += tally.done;
                    // What is not there cannot be taken out.
                    left += tally.added.max(-left.max(0.0)) - tally.done;
                }
            }
        }
        // No more can be done than was open and came in: where the pace would do more, the rest of it finds nothing to do.
        end.done = (done + left.min(0.0) + 1e-6) as u32;
        end
    }

    fn outcome(&self, ends: Vec<End>) -> Outcome {
        let runs = ends.len();
        let share = |count: usize| if runs == 0 { 0.0 } else { count as f64 / runs as f64 };
        let mut days: Vec<u32> = ends.iter().map(|end| end.day).collect();
        days.sort_unstable();
        let mut counts: Vec<u32> = ends.iter().map(|end| end.done).collect();
        counts.sort_unstable_by(|a, b| b.cmp(a));
        let levels = Series::<()>::LEVELS;
        let working_days = levels.map(|level| at(&days, level).filter(|day| *day != NEVER));
        let date = |day: u32| match day {
            0 => self.ahead.first().copied(),
            day => self.ahead.get(day as usize - 1).copied(),
        };
        Outcome {
            done_on: working_days.map(|day| day.and_then(date)),
            working_days,
            due_probability: self.due.map(|due| share(days.partition_point(|day| *day <= due))),
            done_by: self.by.map(|_| levels.map(|level| at(&counts, level).unwrap_or_default())),
            never: share(runs - days.partition_point(|day| *day != NEVER)),
            seed: self.seed,
            runs: self.runs,
        }
    }
}

/// The first of `sorted` that has at least `level` percent of them up to it.
fn at(sorted: &[u32], level: u32) -> Option<u32> {
    let rank = (sorted.len() as u64 * u64::from(level)).div_ceil(100);
    sorted.get(rank.saturating_sub(1) as usize).copied()
}

/// What was done, in items, and what was added on one day.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Tally {
    done: f64,
    added: f64,
}

/// Days in a circle, from which blocks of days are drawn.
struct Circle {
    /// The days, and the first of them once more, so that a block never ends in the middle.
    days: Vec<Tally>,
    len: usize,
    block: usize,
}

impl Circle {
    fn new(mut days: Vec<Tally>, block: usize) -> Self {
        if days.is_empty() {
            days.push(Tally::default());
        }
        let (len, block) = (days.len(), block.min(days.len()));
        days.extend_from_within(..block);
        Self { days, len, block }
    }

    fn block(&self, chance: &mut Chance) -> &[Tally] {
        let from = chance.below(self.len);
        self.days.get(from..from + self.block).unwrap_or_default()
    }

    /// As many days, drawn from these.
    fn resampled(&self, chance: &mut Chance) -> Self {
        let mut days = Vec::with_capacity(self.len + 2 * self.block);
        while days.len() < self.len {
            days.extend_from_slice(self.block(chance));
        }
        days.truncate(self.len);
        Self::new(days, self.block)
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Day, WhatIf};
    use super::*;
    use chrono::{Datelike as _, Weekday};
    use proptest::prelude::*;
    use std::cell::Cell;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }
    fn weekdays(day: NaiveDate) -> bool {
        !matches!(day.weekday(), Weekday::Sat | Weekday::Sun)
    }
    /// A history of 12 weeks to Monday, 5 January 2026, in which each day was like the next.
    fn steady(done: u32, added: i32) -> History {
        History::new(day("2025-10-13"), day("2026-01-05"), vec![Day { done, added }; 60])
    }
    fn ask(history: &History, question: &Question) -> Outcome {
        forecast(history, &Question { runs: 200, ..question.clone() }, &weekdays)
    }
    fn all<T: Copy>(value: T) -> Series<T> {
        Series::<()>::LEVELS.map(|_| value)
    }

    #[test]
    fn ten_items_at_one_a_day_take_ten_working_days() {
        let due = |text: &str| {
            let question = Question { due: Some(day(text)), by: Some(day(text)), ..Question::of(10) };
            let outcome = ask(&steady(1, 0), &question);
            assert_eq!(outcome.working_days, all(Some(10)));
            assert_eq!(outcome.done_on, all(Some(day("2026-01-16"))));
            assert_eq!(outcome.never, 0.0);
            (outcome.due_probability.unwrap(), outcome.done_by.unwrap())
        };
        assert_eq!(due("2026-01-15"), (0.0, all(9)));
        assert_eq!(due("2026-01-16"), (1.0, all(10)));
        assert_eq!(due("2026-01-18"), (1.0, all(10)));
        // An eleventh is not there.
        assert_eq!(due("2026-01-19"), (1.0, all(10)));
        assert_eq!(due("2025-12-01"), (0.0, all(0)));
    }

    #[test]
    fn without_throughput_it_is_never_done_and_the_runs_are_not_dropped() {
        let question = Question { due: Some(day("2027-01-01")), by: Some(day("2027-01-01")), ..Question::of(1) };
        let outcome = ask(&steady(0, 0), &question);
        assert_eq!((outcome.done_on, outcome.working_days), (all(None), all(None)));
        assert_eq!((outcome.due_probability, outcome.done_by, outcome.never), (Some(0.0), Some(all(0)), 1.0));
        let grows = ask(&steady(2, 2), &Question::of(1));
        assert_eq!((grows.done_on, grows.never), (all(None), 1.0));
    }

    #[test]
    fn one_item_is_done_on_the_first_day_and_none_is_done_before_it() {
        assert_eq!(ask(&steady(1, 0), &Question::of(1)).done_on, all(Some(day("2026-01-05"))));
        let none = ask(&steady(0, 0), &Question { due: Some(day("2026-01-05")), ..Question::of(0) });
        assert_eq!((none.working_days, none.due_probability), (all(Some(0)), Some(1.0)));
    }

    #[test]
    fn scope_grows_with_the_work_unless_it_is_asked_without() {
        assert_eq!(ask(&steady(2, 1), &Question::of(10)).working_days, all(Some(10)));
        let without = Question { growth: false, ..Question::of(10) };
        assert_eq!(ask(&steady(2, 1), &without).working_days, all(Some(5)));
        assert_eq!(ask(&steady(2, -3), &Question::of(10)).working_days, all(Some(2)));
    }

    #[test]
    fn no_more_is_done_by_a_day_than_is_open_and_comes_in() {
        // Twenty working days to the end of January.
        let by = |history: &History, question: Question| {
            ask(history, &Question { by: Some(day("2026-01-31")), ..question }).done_by.unwrap()
        };
        assert_eq!(by(&steady(2, 1), Question::of(50)), all(40));
        // Ten are open, and twenty come in.
        assert_eq!(by(&steady(2, 1), Question::of(10)), all(30));
        assert_eq!(by(&steady(2, 1), Question { growth: false, ..Question::of(10) }), all(10));
        let twice = WhatIf { pace: 2.0, ..WhatIf::default() };
        assert_eq!(by(&steady(2, 1), Question { what_if: twice, ..Question::of(50) }), all(70));
        // One is done on each of two days, and on the third what is left is taken out.
        assert_eq!(by(&steady(1, -3), Question::of(10)), all(2));
        assert_eq!(by(&steady(2, 0), Question::of(0)), all(0));
    }

    #[test]
    fn what_is_changed_changes_what_comes_out() {
        let days = |what_if| ask(&steady(1, 0), &Question { what_if, ..Question::of(10) }).working_days;
        let is = WhatIf::default();
        assert_eq!(days(WhatIf { scope: 5, ..is }), all(Some(15)));
        assert_eq!(days(WhatIf { scope: -20, ..is }), all(Some(0)));
        assert_eq!(days(WhatIf { pace: 2.0, ..is }), all(Some(5)));
        assert_eq!(days(WhatIf { pace: 0.1, ..is }), all(Some(100)));
        assert_eq!(days(WhatIf { pace: 0.0, ..is }), all(None));
        assert_eq!(days(WhatIf { pace: f64::NAN, ..is }), all(Some(10)));
        assert_eq!(days(is.limited(2.0, 4.0)), all(Some(20)));
        assert_eq!(days(is.limited(5.0, 4.0)), all(Some(10)));
        let start = Some(day("2026-02-02"));
        let later = ask(&steady(1, 0), &Question { what_if: WhatIf { start, ..is }, ..Question::of(10) });
        assert_eq!(later.done_on, all(Some(day("2026-02-13"))));
        let start = Some(day("2025-02-02"));
        let earlier = ask(&steady(1, 0), &Question { what_if: WhatIf { start, ..is }, ..Question::of(10) });
        assert_eq!(earlier.done_on, all(Some(day("2026-01-16"))));
    }

    #[test]
    fn no_run_is_begun_once_nobody_waits_for_it() {
        let asked = Cell::new(0);
        let goes_on = || {
            asked.set(asked.get() + 1);
            asked.get() <= 5
        };
        forecast_while(&goes_on, &steady(1, 0), &Question::of(10), &weekdays);
        assert_eq!(asked.get(), 6, "five runs of ten thousand, and then none");
        assert_eq!(forecast_while(&|| false, &steady(1, 0), &Question::of(10), &weekdays).never, 0.0);
    }

    #[test]
    fn nothing_is_done_on_a_day_off() {
        let off = |date: NaiveDate| weekdays(date) && date != day("2026-01-06");
        let outcome = forecast(&steady(1, 0), &Question { runs: 50, ..Question::of(2) }, &off);
        assert_eq!(outcome.done_on, all(Some(day("2026-01-07"))));
        let nobody = forecast(&steady(1, 0), &Question { runs: 50, ..Question::of(2) }, &|_| false);
        assert_eq!((nobody.done_on, nobody.never), (all(None), 1.0));
        let empty = History::new(day("2026-01-05"), day("2026-01-05"), Vec::new());
        assert_eq!(ask(&empty, &Question::of(2)).never, 1.0);
        assert_eq!(forecast(&empty, &Question { runs: 0, ..Question::of(2) }, &weekdays).done_on, all(None));
    }

    #[test]
    fn a_level_is_the_first_day_by_which_as_many_runs_were_done() {
        let days: Vec<u32> = (1..=20).collect();
        assert_eq!(
            Series::<()>::LEVELS.map(|level| at(&days, level)),
            Series { p50: Some(10), p70: Some(14), p85: Some(17), p95: Some(19) }
        );
        assert_eq!((at(&[7], 50), at(&[], 50)), (Some(7), None));
    }

    fn histories() -> impl Strategy<Value = History> {
        let days = prop::collection::vec((0_u32..4, -1_i32..3), 25..130);
        days.prop_map(|days| {
            let days = days.into_iter().map(|(done, added)| Day { done, added }).collect();
            History::new(day("2025-07-07"), day("2026-01-05"), days)
        })
    }
    /// Never is later than any day.
    fn later_or_same(a: Series<Option<u32>>, b: Series<Option<u32>>) -> bool {
        let number = |s: Series<Option<u32>>| s.map(|day| day.unwrap_or(NEVER));
        let (a, b) = (number(a), number(b));
        a.p50 >= b.p50 && a.p70 >= b.p70 && a.p85 >= b.p85 && a.p95 >= b.p95
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(40))]
        #[test]
        fn more_scope_is_never_earlier_and_more_pace_never_later(
            history in histories(), open in 1_u32..60, more in 1_i32..40, pace in 1.0_f64..3.0
        ) {
            let ask = |what_if| {
                let due = Some(day("2026-02-20"));
                forecast(&history, &Question { what_if, due, by: due, runs: 60, ..Question::of(open) }, &weekdays)
            };
            let (is, scope, fast) = (
                ask(WhatIf::default()),
                ask(WhatIf { scope: more, ..WhatIf::default() }),
                ask(WhatIf { pace, ..WhatIf::default() }),
            );
            prop_assert!(later_or_same(scope.working_days, is.working_days) && scope.due_probability <= is.due_probability);
            prop_assert!(later_or_same(is.working_days, fast.working_days) && is.due_probability <= fast.due_probability);
            prop_assert!(fast.done_by.unwrap().p85 >= is.done_by.unwrap().p85);
            let days = is.working_days.map(|day| day.unwrap_or(NEVER));
            prop_assert!(days.p50 <= days.p70 && days.p70 <= days.p85 && days.p85 <= days.p95);
            let done = is.done_by.unwrap();
            prop_assert!(done.p50 >= done.p70 && done.p70 >= done.p85 && done.p85 >= done.p95);
        }

        #[test]
        fn the_answer_is_the_same_on_any_number_of_threads(history in histories(), open in 1_u32..60, threads in 1_u32..7) {
            let question = Question { due: Some(day("2026-02-20")), runs: 61, ..Question::of(open) };
            let play = Play::new(&history, &question, &weekdays);
            let mut ends = vec![None; 61];
            std::thread::scope(|scope| {
                let parts: Vec<_> = (0..threads)
                    .map(|part| {
                        let runs = (0..61).filter(move |run| run % threads == part);
                        let play = &play;
                        scope.spawn(move || runs.map(|run| (run, play.run(run))).collect::<Vec<_>>())
                    })
                    .collect();
                for (run, end) in parts.into_iter().flat_map(|part| part.join().unwrap()) {
                    ends[run as usize] = Some(end);
                }
            });
            let together = play.outcome(ends.into_iter().flatten().collect());
            prop_assert_eq!(together, forecast(&history, &question, &weekdays));
        }
    }
}
