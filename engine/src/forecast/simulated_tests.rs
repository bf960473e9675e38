//! Organizations whose truth is known, since it was made up: how often do forecasts hold?

use super::*;
use chrono::{Datelike as _, NaiveDate, Weekday};

/// SplitMix64, apart from the numbers that forecasts are made with.
struct Dice(u64);

impl Dice {
    fn share(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (((z ^ (z >> 31)) >> 11) as f64 + 0.5) / (1_u64 << 53) as f64
    }
    fn normal(&mut self) -> f64 {
        (-2.0 * self.share().ln()).sqrt() * (std::f64::consts::TAU * self.share()).cos()
    }
    /// By Knuth's product of shares.
    fn poisson(&mut self, mean: f64) -> u32 {
        let (end, mut product, mut count) = ((-mean).exp(), self.share(), 0);
        while product > end {
            product *= self.share();
            count += 1;
        }
        count
    }
}

/// How an organization works.
#[derive(Clone, Copy, Debug)]
pub(super) enum Way {
    /// Items are done at a rate that never changes.
    Steady,
    /// Days differ more than chance has them.
    Uneven,
    /// Most is done at the end of two weeks.
    Sprints,
    /// The rate wanders off and does not come back.
    Drifts,
    /// One day the rate is 40 % more or less.
    Jumps,
    /// Good and bad weeks stick together.
    Swings,
}

pub(super) const WAYS: [Way; 6] = [Way::Steady, Way::Uneven, Way::Sprints, Way::Drifts, Way::Jumps, Way::Swings];
const DAYS: usize = 1_000;

/// The days of an organization, and the rate that it had at first.
fn days(way: Way, dice: &mut Dice) -> (Vec<Day>, f64, f64) {
    const SPRINT: [f64; 10] = [0.4, 0.6, 0.8, 0.8, 1.0, 0.8, 0.8, 1.0, 1.4, 2.4];
    let rate = 0.5 * (dice.share() * 2.0).exp();
    let growth = dice.share() * 0.5;
    let jump = ((dice.share() * 400.0) as usize, if dice.share() < 0.5 { 1.4 } else { 1.0 / 1.4 });
    let (mut drift, mut swing) = (0.0, 0.0);
    let day = |n: usize| {
        drift += 0.01 * dice.normal();
        swing = 0.95 * swing + 0.15 * dice.normal();
        let times = match way {
            Way::Steady => 1.0,
            Way::Uneven => -dice.share().ln(),
            Way::Sprints => SPRINT[n % 10],
            Way::Drifts => f64::exp(drift),
            Way::Jumps => {
                if n < jump.0 {
                    1.0
                } else {
                    jump.1
                }
            }
            Way::Swings => f64::exp(swing),
        };
        Day { done: dice.poisson(rate * times), added: dice.poisson(rate * growth) as i32 }
    };
    ((0..DAYS).map(day).collect(), rate, growth)
}

/// One forecast of one organization, and its end.
pub(super) fn scored(way: Way, seed: u64) -> Option<Scored> {
    let is_working = |day: NaiveDate| !matches!(day.weekday(), Weekday::Sat | Weekday::Sun);
    let first: NaiveDate = "2022-01-03".parse().unwrap();
    let dates: Vec<NaiveDate> = first.iter_days().filter(|day| is_working(*day)).take(DAYS).collect();
    let mut dice = Dice(seed);
    let (days, rate, growth) = days(way, &mut dice);
    let now = 30 + (dice.share() * 150.0) as usize;
    let from = now.saturating_sub(130);
    let history = History::new(dates[from], dates[now], days[from..now].to_vec());
    if history.lack().is_some() {
        return None;
    }
    let remaining = 1 + (dice.share() * dice.share() * 60.0) as u32;
    let likely = f64::from(remaining) / rate / (1.0 - growth);
    let due = dates[now + (likely * (0.5 + 1.2 * dice.share())) as usize];
    let question = Question { due: Some(due), runs: 200, ..Question::of(remaining) };
    let outcome = forecast(&history, &question, &is_working);
    let mut open = i64::from(remaining);
    let mut later = days[now..].iter().zip(&dates[now..]);
    let done = later.find(|(day, _)| {
        open += i64::from(day.added) - i64::from(day.done);
        open <= 0
    });
    Some(Scored {
        subject: format!("{way:?} {seed}"),
        made_on: dates[now],
        unknown_from: dates[DAYS - 1],
        remaining,
        levels: outcome.done_on,
        due: Some((due, outcome.due_probability?, back_test::mean_makes(&history, &question, due, &is_working))),
        counted: None,
        done_on: done.map(|(_, date)| *date),
    })
}

/// A line of the table in `docs/forecasting.md`.
fn line(what: &str, card: &Scorecard) -> String {
    let percent = |count: Count| count.share().map_or("–".to_owned(), |share| format!("{:.0} %", share * 100.0));
    let number = |value: Option<f64>| value.map_or("–".to_owned(), |value| format!("{value:.2}"));
    let (inside, due) = (card.inside.map(percent), card.due.as_ref());
    format!(
        "| {what} | {} | {} | {} | {} | {} | {} | {} | {} |",
        card.inside.p85.of,
        inside.p50,
        inside.p70,
        inside.p85,
        inside.p95,
        number(due.map(|due| due.brier)),
        number(due.and_then(|due| due.skill)),
        number(due.and_then(|due| due.skill_over_mean)),
    )
}

#[test]
fn in_organizations_whose_truth_is_known_forecasts_hold_as_often_as_they_say() {
    let scored: Vec<Vec<Scored>> = WAYS
        .iter()
        .zip(1..)
        .map(|(way, n)| (0..110).filter_map(|seed| scored(*way, n * 1_000_000 + seed * 7919)).collect())
        .collect();
    for (way, of) in WAYS.iter().zip(&scored) {
        println!("{}", line(&format!("{way:?}"), &Scorecard::of(of)));
        let (low, high) = Scorecard::of(of).inside.p85.interval().unwrap();
        assert!(low < 0.9 && high > 0.8, "of {way:?} {:?}", Scorecard::of(of));
    }
    let all = Scorecard::of(scored.iter().flatten());
    println!("{}", line("all", &all));
    let inside = all.inside.map(|count| count.share().unwrap());
    assert!(all.inside.p85.of >= 500 && all.waiting < all.inside.p85.of / 20, "{all:?}");
    assert!((0.80..=0.90).contains(&inside.p85), "{all:?}");
    assert!((0.45..=0.60).contains(&inside.p50) && (0.65..=0.78).contains(&inside.p70), "{all:?}");
    assert!((0.90..=0.98).contains(&inside.p95), "{all:?}");
    let due = all.due.unwrap();
    assert!(due.skill.unwrap() > 0.1 && due.skill_over_mean.unwrap() > 0.1, "{due:?}");
}
