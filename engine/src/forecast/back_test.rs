//! Forecasts that would have been made in the past, and what came of them.

use super::lives::{at, events};
use super::simulate::forecast_while;
use super::{Day, History, Life, Outcome, Question, Scored};
use chrono::{NaiveDate, TimeDelta};

/// What is forecast in the past.
#[derive(Clone, Debug, PartialEq)]
pub struct BackTest {
    /// The first day of which nothing is known.
    pub unknown_from: NaiveDate,
    /// How many items are asked for, in turn; when there are none here, those that were open.
    pub sizes: Vec<u32>,
    /// In how many weeks they are due, in turn.
    pub due_in: Vec<i64>,
    /// Whether scope grows. Without it the question is when as many items as were open will have been done.
    pub growth: bool,
    /// How often each future is played.
    pub runs: u32,
}

/// One of them.
#[derive(Clone, Debug, PartialEq)]
pub struct Tried {
    /// What was forecast.
    pub outcome: Outcome,
    /// And what came of it.
    pub scored: Scored,
}

/// A forecast at the beginning of each week from the first that has history enough, each from what was known then.
pub fn back_test(subject: &str, lives: &[Life], test: &BackTest, is_working: &dyn Fn(NaiveDate) -> bool) -> Vec<Tried> {
    back_test_while(&|| true, subject, lives, test, is_working)
}

/// The same while `goes_on` says so; once it does not, what was tried is for nobody.
pub(super) fn back_test_while(
    goes_on: &dyn Fn() -> bool,
    subject: &str,
    lives: &[Life],
    test: &BackTest,
    is_working: &dyn Fn(NaiveDate) -> bool,
) -> Vec<Tried> {
    let events = events(lives);
    let Some((first, _)) = events.first() else { return Vec::new() };
    let mut tried = Vec::new();
    let weeks = first.iter_days().step_by(7).skip(History::LEAST_WEEKS as usize);
    for origin in weeks.take_while(|origin| *origin < test.unknown_from && goes_on()) {
        let (state, turn) = (at(&events, origin, is_working), tried.len());
        let remaining = in_turn(&test.sizes, turn).unwrap_or(state.open);
        if state.history.lack().is_some() || remaining == 0 {
            continue;
        }
        // Dues turn only when each size had its turn, so that each meets each.
        let turns = test.sizes.len().max(1);
        let due =
            in_turn(&test.due_in, turn / turns).and_then(|weeks| origin.checked_add_signed(TimeDelta::weeks(weeks)));
        let question = Question { growth: test.growth, due, runs: test.runs, ..Question::of(remaining) };
        let outcome = forecast_while(goes_on, &state.history, &question, is_working);
        let done_on = done_on(&events, origin, remaining, test.growth).filter(|day| *day < test.unknown_from);
        let due = due.zip(outcome.due_probability);
        let scored = Scored {
            subject: subject.to_owned(),
            made_on: origin,
            unknown_from: test.unknown_from,
            remaining,
            levels: outcome.done_on,
            due: due.map(|(due, likely)| (due, likely, mean_makes(&state.history, &question, due, is_working))),
            counted: None,
            done_on,
        };
        tried.push(Tried { outcome, scored });
    }
    tried
}

fn in_turn<T: Copy>(of: &[T], turn: usize) -> Option<T> {
    of.get(turn.checked_rem(of.len())?).copied()
}

/// The first day from `origin` on at whose end nothing of `open` is open any more.
fn done_on(events: &[(NaiveDate, Day)], origin: NaiveDate, open: u32, growth: bool) -> Option<NaiveDate> {
    let mut open = i64::from(open);
    let mut later = events.get(events.partition_point(|(day, _)| *day < origin)..)?.iter().peekable();
    while let Some((day, event)) = later.next() {
        open += i64::from(event.added) * i64::from(growth) - i64::from(event.done);
        let over = later.peek().is_none_or(|(next, _)| next != day);
        if open <= 0 && over {
            return Some(*day);
        }
    }
    None
}

/// Whether work at the history's mean pace is done by the due day: what a forecast must beat.
pub(super) fn mean_makes(
    history: &History,
    question: &Question,
    due: NaiveDate,
    is_working: &dyn Fn(NaiveDate) -> bool,
) -> bool {
    let days = history.origin().iter_days().take_while(|day| *day <= due).filter(|day| is_working(*day)).count();
    let growth = if question.growth { f64::from(history.added()) } else { 0.0 };
    let closed = f64::from(history.done()) - growth;
    closed * days as f64 >= f64::from(question.remaining) * history.days().len() as f64
}

#[cfg(test)]
mod tests {
    use super::super::freeze::RULES;
    use super::super::{Count, Scorecard, Span};
    use super::*;

    fn day(n: i64) -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, 1, 1).unwrap() + TimeDelta::days(n)
    }
    /// 100 items that are there from the first day on, and one is done on each day after it.
    fn one_a_day() -> Vec<Life> {
        let life = |n| Life { within: vec![Span::since(day(0))], done: vec![Span::since(day(n))], ..Life::default() };
        (1..=100).map(life).collect()
    }
    fn test(until: i64) -> BackTest {
        BackTest { unknown_from: day(until), sizes: Vec::new(), due_in: vec![4, 8], growth: true, runs: 20 }
    }

    #[test]
    fn a_steady_subject_is_forecast_to_the_day() {
        let tried = back_test("s", &one_a_day(), &test(200), &|_| true);
        // The history begins on day 1, so that it spans five weeks on day 36: the first week is the sixth, from day 42 on, and
        // the last the 14th, from day 98 on.
        assert_eq!(tried.len(), 9);
        for Tried { outcome, scored } in &tried {
            let origin = scored.made_on.signed_duration_since(day(0)).num_days();
            assert_eq!(i64::from(scored.remaining), 101 - origin);
            assert_eq!((scored.done_on, outcome.done_on.p85), (Some(day(100)), Some(day(100))));
        }
        let card = Scorecard::of(tried.iter().map(|tried| &tried.scored));
        assert_eq!((card.inside.p50.hits, card.inside.p95.of, card.waiting), (9, 9, 0));
        assert_eq!(card.due.map(|due| due.brier), Some(0.0));
    }

    #[test]
    fn the_releases_of_a_repository_are_replayed_and_score_what_was_computed_by_hand() {
        // One a day up to day 118, and then none for a week.
        let release =
            |n| Life { within: vec![Span::since(day(n))], done: vec![Span::since(day(n))], ..Life::default() };
        let releases: Vec<Life> = (0..=118).map(release).collect();
        let test = BackTest { sizes: vec![4, 2, 1], due_in: vec![0], growth: false, ..test(126) };
        let tried = back_test("tags", &releases, &test, &|_| true);
        // On day 42, 49 and so on to day 119: when will the next 4, 2 or 1 be out, and will they on that very day?
        let asked: Vec<_> = tried.iter().map(|tried| (tried.scored.made_on, tried.scored.remaining)).collect();
        assert_eq!((asked.len(), asked[0], asked[11]), (12, (day(42), 4), (day(119), 1)));
        let card = Scorecard::of(tried.iter().map(|tried| &tried.scored));
        // Each is out on the day that all levels say, but for that of day 119, which never came.
        let held = Count { hits: 11, of: 12 };
        let inside = &card.inside;
        assert_eq!([inside.p50, inside.p70, inside.p85, inside.p95], [held; 4]);
        assert_eq!(card.waiting, 0);
        // One alone makes it, which was said to be certain four times and came three times; nothing else was said to.
        let due = card.due.unwrap();
        assert_eq!(due.made, Count { hits: 3, of: 12 });
        // The base rate, a quarter, scores 3/12 · 9/16 + 9/12 · 1/16 = 3/16, and the mean pace says what was forecast.
        let is_near = |ours: Option<f64>, by_hand: f64| ours.is_some_and(|ours| (ours - by_hand).abs() < 1e-12);
        assert!(is_near(Some(due.brier), 1.0 / 12.0), "{due:?}");
        assert!(is_near(due.skill, 5.0 / 9.0) && is_near(due.skill_over_mean, 0.0), "{due:?}");
    }

    #[test]
    fn the_page_says_by_which_rules_its_tables_were_made_and_hold() {
        let page = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/forecasting.md")).unwrap();
        let told = format!("hold by the rules {RULES} of today");
        assert!(page.contains(&told), "docs/forecasting.md should say whether its tables `{told}`");
    }

    #[test]
    fn no_week_is_tried_once_nobody_waits_for_it() {
        // Asked once before each week, and once before each of its 20 runs.
        let asked = std::cell::Cell::new(0);
        let goes_on = || {
            asked.set(asked.get() + 1);
            asked.get() <= 42
        };
        assert_eq!(back_test_while(&goes_on, "s", &one_a_day(), &test(200), &|_| true).len(), 2);
    }

    #[test]
    fn what_is_not_finished_is_not_counted_until_its_day_is_over() {
        let card =
            |until| Scorecard::of(back_test("s", &one_a_day(), &test(until), &|_| true).iter().map(|t| &t.scored));
        assert_eq!((card(100).inside.p85.of, card(100).waiting), (0, 9));
        assert_eq!((card(101).inside.p85.of, card(101).waiting), (9, 0));
    }

    #[test]
    fn what_happened_later_changes_no_forecast() {
        let mut lives = one_a_day();
        let before = back_test("s", &lives, &test(200), &|_| true);
        // Opened again, taken out, and found to be more than was thought.
        lives[0].done[0].until = Some(day(60));
        lives[1].within[0].until = Some(day(61));
        lives.push(Life { within: vec![Span::since(day(62))], ..Life::default() });
        let after = back_test("s", &lives, &test(200), &|_| true);
        for (before, after) in before.iter().zip(&after).filter(|(tried, _)| tried.scored.made_on <= day(60)) {
            assert_eq!(before.outcome, after.outcome);
            assert_eq!((before.scored.done_on, after.scored.done_on), (Some(day(100)), None));
        }
        assert_ne!(before[6].outcome, after[6].outcome);
    }

    #[test]
    fn sizes_and_dues_each_meet_each() {
        let test = BackTest { sizes: vec![5, 10], growth: false, ..test(120) };
        let tried = back_test("s", &one_a_day(), &test, &|_| true);
        let asked: Vec<_> =
            tried.iter().map(|t| (t.scored.remaining, t.scored.due.unwrap().0 - t.scored.made_on)).collect();
        let weeks = TimeDelta::weeks;
        assert_eq!(asked[..4], [(5, weeks(4)), (10, weeks(4)), (5, weeks(8)), (10, weeks(8))]);
        // Five items at one a day, from the day itself on.
        assert_eq!(tried[0].scored.done_on, Some(tried[0].scored.made_on + TimeDelta::days(4)));
        assert!(tried.iter().all(|t| t.scored.due.unwrap().2));
    }
}
