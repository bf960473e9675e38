//! What was known on a day, made of what is known now.
//!
//! Things happen on days: what happened on a day is known from the next one on. So a history as of an origin holds nothing of
//! that day or a later one: an item that was taken out or opened again since is open in it, or done, as it was then.

use super::{Day, History};
use chrono::NaiveDate;
use std::collections::BTreeSet;
use std::sync::Arc;

/// From a day on, until another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span {
    /// The first day at whose end it was so.
    pub from: NaiveDate,
    /// The first day at whose end it was so no more; `None` while it is.
    pub until: Option<NaiveDate>,
}

impl Span {
    /// From a day on, and still.
    pub fn since(from: NaiveDate) -> Self {
        Self { from, until: None }
    }

    /// Spans in any order as those in which any of them holds, in order: what ends on the day on which another begins goes on.
    pub(super) fn joined(mut spans: Vec<Span>) -> Vec<Span> {
        spans.retain(|span| span.until.is_none_or(|until| span.from < until));
        spans.sort();
        let mut joined: Vec<Span> = Vec::with_capacity(spans.len());
        for span in spans {
            match joined.last_mut().filter(|last| last.until.is_none_or(|until| span.from <= until)) {
                Some(last) => last.until = last.until.zip(span.until).map(|(a, b)| a.max(b)),
                None => joined.push(span),
            }
        }
        joined
    }

    /// The part of it that lies in another.
    pub(super) fn within(self, other: Span) -> Span {
        let until = [self.until, other.until].into_iter().flatten().min();
        Span { from: self.from.max(other.from), until }
    }

    /// The parts of spans that lie in none of some others.
    pub(super) fn outside(spans: Vec<Span>, others: &[Span]) -> Vec<Span> {
        let without = |spans: Vec<Span>, other: &Span| {
            let parts = spans.into_iter().flat_map(|span| {
                let before = Span { until: Some(span.until.map_or(other.from, |until| until.min(other.from))), ..span };
                let after = other.until.map(|until| Span { from: span.from.max(until), ..span });
                [Some(before), after].into_iter().flatten()
            });
            parts.filter(|part| part.until.is_none_or(|until| part.from < until)).collect()
        };
        others.iter().fold(spans, without)
    }

    pub(super) fn holds(&self, day: NaiveDate) -> bool {
        self.from <= day && self.until.is_none_or(|until| day < until)
    }
}

/// An item, as far as a subject is concerned.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Life {
    /// Its id; empty where nobody asks which item it is.
    pub id: Arc<str>,
    /// When it belonged to the subject, and was neither deleted nor abandoned.
    pub within: Vec<Span>,
    /// When it was done. What was done and opened again on one day was not.
    pub done: Vec<Span>,
    /// When work on it first began.
    pub begun: Option<NaiveDate>,
}

#[derive(Clone, Copy, PartialEq)]
enum Stand {
    Out,
    Open,
    Done,
}

impl Life {
    /// How it stood at the end of a day.
    fn stand(&self, day: NaiveDate) -> Stand {
        match (self.within.iter().any(|span| span.holds(day)), self.done.iter().any(|span| span.holds(day))) {
            (false, _) => Stand::Out,
            (true, false) => Stand::Open,
            (true, true) => Stand::Done,
        }
    }

    /// The same of what was over on a day, where that is known: what went out of it then or later was not taken out, it was left.
    pub(super) fn left_on(mut self, over: Option<NaiveDate>) -> Self {
        if let Some(over) = over {
            for span in &mut self.within {
                span.until = span.until.filter(|until| *until < over);
            }
        }
        self
    }

    /// What happened to it, day by day.
    fn events(&self) -> impl Iterator<Item = (NaiveDate, Day)> {
        let spans = self.within.iter().chain(&self.done);
        let days: BTreeSet<NaiveDate> = spans.flat_map(|span| [Some(span.from), span.until]).flatten().collect();
        let mut before = Stand::Out;
        days.into_iter().filter_map(move |day| {
            let now = self.stand(day);
            // What came in done had been done elsewhere, unless it was done that very day.
            let done_today = self.done.iter().any(|span| span.from == day);
            let (done, added) = match (before, now) {
                (Stand::Out | Stand::Done, Stand::Open) => (0, 1),
                (Stand::Open, Stand::Out) => (0, -1),
                (Stand::Open, Stand::Done) => (1, 0),
                (Stand::Out, Stand::Done) if done_today => (1, 1),
                _ => (0, 0),
            };
            before = now;
            (done != 0 || added != 0).then_some((day, Day { done, added }))
        })
    }

    /// Whether it was open at the beginning of a day.
    pub(super) fn is_open(&self, origin: NaiveDate) -> bool {
        origin.pred_opt().is_some_and(|before| self.stand(before) == Stand::Open)
    }

    fn in_progress(&self, day: NaiveDate) -> bool {
        self.begun.is_some_and(|begun| begun <= day) && self.stand(day) == Stand::Open
    }
}

/// What happened to all of them, in order.
pub(super) fn events(lives: &[Life]) -> Vec<(NaiveDate, Day)> {
    let mut events: Vec<_> = lives.iter().flat_map(Life::events).collect();
    events.sort_by_key(|(day, _)| *day);
    events
}

/// How a subject stood at the beginning of a day.
#[derive(Clone, Debug, PartialEq)]
pub struct State {
    /// What had happened.
    pub history: History,
    /// Items that were open.
    pub open: u32,
    /// Items in progress at the end of a working day of the history, on average.
    pub in_progress: Option<f64>,
}

/// How a subject stood at the beginning of the day `origin`.
///
/// The history begins after the day on which the first item came in: what a subject begins with is its scope, not its
/// growth. What happens on a day on which nobody works counts with the working day before it.
pub fn as_of(lives: &[Life], origin: NaiveDate, is_working: &dyn Fn(NaiveDate) -> bool) -> State {
    let state = at(&events(lives), origin, is_working);
    State { in_progress: in_progress(lives, &state.history, is_working), ..state }
}

/// Items in progress at the end of a working day of a history, on average; `None` when it has none.
pub(super) fn in_progress(lives: &[Life], history: &History, is_working: &dyn Fn(NaiveDate) -> bool) -> Option<f64> {
    let days = working_days(history.from(), history.origin(), is_working);
    let sum: usize = days.iter().map(|day| lives.iter().filter(|life| life.in_progress(*day)).count()).sum();
    (!days.is_empty()).then(|| sum as f64 / days.len() as f64)
}

/// As [`as_of`], from events in order, and without what was in progress.
pub(super) fn at(events: &[(NaiveDate, Day)], origin: NaiveDate, is_working: &dyn Fn(NaiveDate) -> bool) -> State {
    let known = events.get(..events.partition_point(|(day, _)| *day < origin)).unwrap_or_default();
    let begins = known.first().and_then(|(day, _)| day.succ_opt()).unwrap_or(origin);
    let from = begins.max(History::earliest(origin));
    let working = working_days(from, origin, is_working);
    let mut days = vec![Day::default(); working.len()];
    let mut open = 0_i64;
    for (day, event) in known {
        open += i64::from(event.added) - i64::from(event.done);
        let place = working.partition_point(|working| working <= day).checked_sub(1);
        if let Some(sum) = place.and_then(|place| days.get_mut(place)) {
            sum.done += event.done;
            sum.added += event.added;
        }
    }
    State { history: History::new(from, origin, days), open: open.max(0) as u32, in_progress: None }
}

fn working_days(from: NaiveDate, until: NaiveDate, is_working: &dyn Fn(NaiveDate) -> bool) -> Vec<NaiveDate> {
    from.iter_days().take_while(|day| *day < until).filter(|day| is_working(*day)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::{Datelike as _, TimeDelta, Weekday};
    use proptest::prelude::*;

    /// A day of January 2026, which begins on a Thursday.
    fn day(day: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, 1, day).unwrap()
    }
    fn weekdays(day: NaiveDate) -> bool {
        !matches!(day.weekday(), Weekday::Sat | Weekday::Sun)
    }
    fn span(from: u32, until: u32) -> Span {
        Span { from: day(from), until: Some(day(until)) }
    }
    fn life(from: u32, done: &[Span]) -> Life {
        Life { within: vec![Span::since(day(from))], done: done.to_vec(), ..Life::default() }
    }
    fn days(state: &State) -> Vec<(u32, i32)> {
        state.history.days().iter().map(|day| (day.done, day.added)).collect()
    }

    #[test]
    fn only_what_had_happened_by_then_is_known() {
        let lives = [
            life(1, &[]),
            // Done on the 6th, opened again on the 8th, done on the 9th.
            life(2, &[span(6, 8), Span::since(day(9))]),
            // Taken out on the 7th without having been done.
            Life { within: vec![span(2, 7)], ..Life::default() },
        ];
        // From Friday, the 2nd, on: the first day is scope, not growth.
        let state = as_of(&lives, day(7), &weekdays);
        assert_eq!((state.history.from(), state.open), (day(2), 2));
        assert_eq!(days(&state), [(0, 2), (0, 0), (1, 0)]);
        let state = as_of(&lives, day(8), &weekdays);
        assert_eq!((days(&state), state.open), (vec![(0, 2), (0, 0), (1, 0), (0, -1)], 1));
        let state = as_of(&lives, day(10), &weekdays);
        assert_eq!((days(&state), state.open), (vec![(0, 2), (0, 0), (1, 0), (0, -1), (0, 1), (1, 0)], 1));
        assert_eq!(as_of(&lives, day(1), &weekdays).open, 0);
    }

    #[test]
    fn what_is_done_on_a_weekend_counts_with_the_working_day_before_it() {
        let lives = [life(1, &[]), life(1, &[Span::since(day(4))])];
        assert_eq!(days(&as_of(&lives, day(6), &weekdays)), [(1, 0), (0, 0)]);
    }

    #[test]
    fn what_came_in_done_was_done_elsewhere_unless_on_that_day() {
        let moved_in = Life { within: vec![Span::since(day(7))], done: vec![Span::since(day(5))], ..Life::default() };
        let at_once = life(7, &[Span::since(day(7))]);
        let state = as_of(&[life(1, &[]), moved_in, at_once], day(8), &weekdays);
        assert_eq!((days(&state), state.open), (vec![(0, 0), (0, 0), (0, 0), (1, 1)], 1));
    }

    #[test]
    fn what_goes_out_of_what_is_over_was_left_and_not_taken_out() {
        let until = |on: u32, over: Option<u32>| {
            let life = Life { within: vec![span(2, on)], ..Life::default() };
            life.left_on(over.map(day)).within.first().and_then(|span| span.until)
        };
        assert_eq!((until(8, Some(9)), until(9, Some(9)), until(12, Some(9))), (Some(day(8)), None, None));
        assert_eq!(until(12, None), Some(day(12)));
    }

    #[test]
    fn in_progress_is_what_was_begun_and_is_open() {
        let begun = Life { begun: Some(day(5)), ..life(1, &[Span::since(day(7))]) };
        // Of the days 2, 5, 6 and 7 it was in progress at the end of the 5th and 6th.
        assert_eq!(as_of(&[begun], day(8), &weekdays).in_progress, Some(0.5));
        assert_eq!(as_of(&[], day(8), &weekdays).in_progress, None);
    }

    #[test]
    fn a_history_looks_no_further_back_than_half_a_year() {
        let begins = day(1) - TimeDelta::weeks(60);
        let old = Life { within: vec![Span::since(begins)], done: vec![Span::since(begins)], ..Life::default() };
        let state = as_of(&[old, life(1, &[])], day(8), &weekdays);
        assert_eq!((state.history.weeks(), state.history.days().len(), state.open), (26, 130, 1));
    }

    #[test]
    fn spans_that_touch_are_one_and_empty_ones_none() {
        assert_eq!(Span::joined(vec![span(5, 7), span(1, 3), span(3, 4), span(9, 9)]), [span(1, 4), span(5, 7)]);
        assert_eq!(Span::joined(vec![Span::since(day(2)), span(1, 3), span(6, 7)]), [Span::since(day(1))]);
        assert_eq!(span(1, 5).within(Span::since(day(3))), span(3, 5));
        assert!(Span::joined(vec![span(1, 2).within(span(3, 5))]).is_empty());
    }

    #[test]
    fn what_lies_in_others_is_taken_out_of_spans() {
        let outside = |spans: &[Span], others: &[Span]| Span::outside(spans.to_vec(), others);
        assert_eq!(outside(&[span(2, 9)], &[span(4, 6)]), [span(2, 4), span(6, 9)]);
        assert_eq!(outside(&[Span::since(day(2))], &[span(4, 6), Span::since(day(8))]), [span(2, 4), span(6, 8)]);
        // Others touch it, hold all of it, or are elsewhere.
        assert_eq!(outside(&[span(2, 9)], &[span(1, 2), span(9, 12), span(12, 14)]), [span(2, 9)]);
        assert!(outside(&[span(2, 9), span(11, 12)], &[span(1, 12)]).is_empty());
        assert_eq!(outside(&[span(2, 5), Span::since(day(7))], &[span(4, 8)]), [span(2, 4), Span::since(day(8))]);
    }

    fn lives() -> impl Strategy<Value = Vec<Life>> {
        let spans = || {
            prop::collection::btree_set(1_u32..28, 0..5).prop_map(|days| {
                let days: Vec<u32> = days.into_iter().collect();
                days.chunks(2).map(|c| Span { from: day(c[0]), until: c.get(1).map(|d| day(*d)) }).collect::<Vec<_>>()
            })
        };
        let life = (spans(), spans()).prop_map(|(within, done)| Life { within, done, ..Life::default() });
        prop::collection::vec(life, 0..12)
    }
    fn clipped(spans: &[Span], origin: NaiveDate) -> Vec<Span> {
        let known = spans.iter().filter(|span| span.from < origin);
        known.map(|span| Span { until: span.until.filter(|until| *until < origin), ..*span }).collect()
    }

    proptest! {
        #[test]
        fn nothing_of_the_origin_or_later_matters_nor_the_order_of_items(lives in lives(), origin in 2_u32..30) {
            let origin = day(origin);
            let state = as_of(&lives, origin, &weekdays);
            let known = |life: &Life| Life { within: clipped(&life.within, origin), done: clipped(&life.done, origin), ..life.clone() };
            let mut earlier: Vec<Life> = lives.iter().map(known).collect();
            earlier.reverse();
            prop_assert_eq!(&state, &as_of(&earlier, origin, &weekdays));
            let open = lives.iter().filter(|life| life.is_open(origin)).count();
            prop_assert_eq!(state.open as usize, open);
        }
    }
}
