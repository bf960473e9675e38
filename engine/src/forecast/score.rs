//! How forecasts have done.
//!
//! A level is *covered* when as many of its forecasts hold as it says: 85 % of what is forecast must be done by the 85 % day.
//! How far that may be chance is told by Wilson's interval ("Probable inference, the law of succession, and statistical
//! inference", Journal of the American Statistical Association 22, 1927). The probability of a due date is scored by the mean
//! of its squared errors (Brier, "Verification of forecasts expressed in terms of probability", Monthly Weather Review 78,
//! 1950), and its skill is how much less that is than what a simpler forecast scores (Murphy, "Skill scores based on the mean
//! square error", Monthly Weather Review 116, 1988): 1 is perfect, 0 no better, below that worse.

use super::Series;
use chrono::NaiveDate;

/// A forecast, and what is known of its end.
#[derive(Clone, Debug, PartialEq)]
pub struct Scored {
    /// What it is about.
    pub subject: String,
    /// The day at whose beginning it was made.
    pub made_on: NaiveDate,
    /// The first day of which nothing is known.
    pub unknown_from: NaiveDate,
    /// Items that were open.
    pub remaining: u32,
    /// The days that were forecast; `None` for not within the horizon.
    pub levels: Series<Option<NaiveDate>>,
    /// The due day, how likely it was said to be, and whether the mean pace would have made it.
    pub due: Option<(NaiveDate, f64, bool)>,
    /// How many items were said to be done by a day; `None` where none were counted.
    pub counted: Option<Counted>,
    /// When it was done, as far as that is known.
    pub done_on: Option<NaiveDate>,
}

/// How many items were said to be done by the end of a day, and how many were.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counted {
    /// The day.
    pub by: NaiveDate,
    /// How many, at least, half of the runs had done by then.
    pub p50: u32,
    /// How many, at least, 85 % of them had.
    pub p85: u32,
    /// How many were.
    pub done: u32,
}

impl Scored {
    /// Whether it was done by a day; `None` while that day is not over, even if it is done already. Otherwise forecasts that
    /// came out early would be counted before those that come out late, and all would look better than they are.
    fn by(&self, day: Option<NaiveDate>) -> Option<bool> {
        let day = day.filter(|day| *day < self.unknown_from)?;
        Some(self.done_on.is_some_and(|done| done <= day))
    }

    /// It with what was known of it at the beginning of a day; `None` when it was not made by then.
    pub fn known_on(&self, day: NaiveDate) -> Option<Self> {
        (self.made_on <= day).then(|| Self { unknown_from: self.unknown_from.min(day), ..self.clone() })
    }

    /// Whether it was done by each of the days.
    pub fn inside(&self) -> Series<Option<bool>> {
        self.levels.map(|day| self.by(day))
    }

    /// How many items were counted, once the day is over by which they were.
    fn counted(&self) -> Option<Counted> {
        self.counted.filter(|counted| counted.by < self.unknown_from)
    }

    /// Whether it was done by the due day.
    pub fn made_due(&self) -> Option<bool> {
        self.by(self.due.map(|(due, _, _)| due))
    }

    /// The squared error of the due day's probability.
    pub fn brier(&self) -> Option<f64> {
        let (_, probability, _) = self.due?;
        Some(squared(probability, self.made_due()?))
    }
}

fn squared(probability: f64, happened: bool) -> f64 {
    (probability - if happened { 1.0 } else { 0.0 }).powi(2)
}

/// How many of how many.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Count {
    /// Those that hold.
    pub hits: u32,
    /// All of them.
    pub of: u32,
}

impl Count {
    fn over(values: impl IntoIterator<Item = bool>) -> Self {
        values
            .into_iter()
            .fold(Self::default(), |count, hit| Self { hits: count.hits + u32::from(hit), of: count.of + 1 })
    }

    /// The share of those that hold; `None` of none.
    pub fn share(self) -> Option<f64> {
        (self.of > 0).then(|| f64::from(self.hits) / f64::from(self.of))
    }

    /// Wilson's interval around the share, at 95 %.
    pub fn interval(self) -> Option<(f64, f64)> {
        const Z: f64 = 1.959_964;
        let (p, n) = (self.share()?, f64::from(self.of));
        let middle = p + Z * Z / (2.0 * n);
        let half = Z * (p * (1.0 - p) / n + Z * Z / (4.0 * n * n)).sqrt();
        let scale = 1.0 + Z * Z / n;
        Some((((middle - half) / scale).max(0.0), ((middle + half) / scale).min(1.0)))
    }
}

/// Of how many forecasts as many items were done by a day as was said.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// At least as many as half of the runs had.
    pub p50: Count,
    /// At least as many as 85 % of them had.
    pub p85: Count,
}

/// One row of the reliability table: what was said to happen that often, and how often it did.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Bin {
    /// The mean of what was said.
    pub said: f64,
    /// What happened.
    pub happened: Count,
}

/// The probabilities of due days, scored.
#[derive(Clone, Debug, PartialEq)]
pub struct Due {
    /// How many due days were made.
    pub made: Count,
    /// The mean squared error.
    pub brier: f64,
    /// How much less that is than what the share of all that made it scores, said of each; where all or none made it, what one more
    /// of two more would be.
    pub skill: Option<f64>,
    /// How much less it is than what the mean pace scores, which says yes or no; `None` when that scores 0.
    pub skill_over_mean: Option<f64>,
    /// The reliability table: from 0–10 % to 90–100 %.
    pub bins: [Bin; 10],
}

/// How many forecasts have done.
#[derive(Clone, Debug, PartialEq)]
pub struct Scorecard {
    /// How many were done by each of their days, of those whose day is over.
    pub inside: Series<Count>,
    /// How many have an 85 % day that is not over, or none at all: these are not counted.
    pub waiting: u32,
    /// Of how many as many items were done four weeks on as was said, of those whose four weeks are over.
    pub counts: Counts,
    /// What was said of due days; `None` when none of them is over.
    pub due: Option<Due>,
    /// The same of those forecasts that do not overlap, the first of those of one subject that do: by these skill is judged, since the
    /// others hold or fail with them.
    pub due_apart: Option<Due>,
    /// Whether calibration is lost; `None` when there is too little to tell.
    pub drifted: Option<bool>,
}

/// Scorecards of parts of them, each with what it is of.
pub type Sliced = Vec<(&'static str, Scorecard)>;

/// How the forecasts of a kind have done: all of them, and parts of them.
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    /// All of them.
    pub all: Scorecard,
    /// By how far away their days were.
    pub by_horizon: Sliced,
    /// By how many items were open.
    pub by_size: Sliced,
}

impl Record {
    /// The record of `forecasts`, in any order.
    pub fn of(forecasts: &[Scored]) -> Self {
        Self {
            all: Scorecard::of(forecasts),
            by_horizon: Scorecard::by_horizon(forecasts),
            by_size: Scorecard::by_size(forecasts),
        }
    }
}

impl Scorecard {
    /// The newest forecasts that the check for drift looks at.
    pub const RECENT: usize = 40;
    /// How many there must be for it to say anything.
    pub const LEAST: usize = 20;

    /// The score of `forecasts`, in any order.
    pub fn of<'a>(forecasts: impl IntoIterator<Item = &'a Scored>) -> Self {
        let forecasts: Vec<&Scored> = forecasts.into_iter().collect();
        let inside: Vec<_> = forecasts.iter().map(|forecast| forecast.inside()).collect();
        let count = |of: fn(&Series<Option<bool>>) -> Option<bool>| Count::over(inside.iter().filter_map(of));
        let counted: Vec<Counted> = forecasts.iter().filter_map(|forecast| forecast.counted()).collect();
        Self {
            inside: Series {
                p50: count(|i| i.p50),
                p70: count(|i| i.p70),
                p85: count(|i| i.p85),
                p95: count(|i| i.p95),
            },
            waiting: inside.iter().filter(|inside| inside.p85.is_none()).count() as u32,
            counts: Counts {
                p50: Count::over(counted.iter().map(|of| of.done >= of.p50)),
                p85: Count::over(counted.iter().map(|of| of.done >= of.p85)),
            },
            due: Due::of(&forecasts),
            due_apart: Due::of(&due_apart(&forecasts)),
            drifted: drifted(&forecasts),
        }
    }

    /// By how far away the day was that half of the runs were done by.
    pub fn by_horizon(forecasts: &[Scored]) -> Sliced {
        let far = |forecast: &Scored| match forecast.levels.p50 {
            None => i64::MAX,
            Some(day) => day.signed_duration_since(forecast.made_on).num_days(),
        };
        slice(
            forecasts,
            far,
            [("up to 2 weeks", 14), ("up to 6 weeks", 42), ("up to 13 weeks", 91), ("further", i64::MAX)],
        )
    }

    /// By how many items were open.
    pub fn by_size(forecasts: &[Scored]) -> Sliced {
        let size = |forecast: &Scored| forecast.remaining.into();
        slice(forecasts, size, [("up to 5", 5), ("up to 20", 20), ("up to 80", 80), ("more than 80", i64::MAX)])
    }
}

fn slice(all: &[Scored], of: impl Fn(&Scored) -> i64, ends: [(&'static str, i64); 4]) -> Sliced {
    let place = |forecast: &Scored| ends.iter().position(|(_, end)| of(forecast) <= *end);
    let places: Vec<Option<usize>> = all.iter().map(place).collect();
    let cut =
        |n: usize| all.iter().zip(&places).filter(move |(_, place)| **place == Some(n)).map(|(forecast, _)| forecast);
    ends.iter().enumerate().map(|(n, (name, _))| (*name, Scorecard::of(cut(n)))).collect()
}

impl Due {
    fn of(forecasts: &[&Scored]) -> Option<Self> {
        let said: Vec<(f64, bool, bool)> = forecasts
            .iter()
            .filter_map(|forecast| forecast.due.and_then(|(_, p, mean)| Some((p, mean, forecast.made_due()?))))
            .collect();
        let made = Count::over(said.iter().map(|(_, _, made)| *made));
        // Where all ended alike their share would score 0, which nothing is better than: then it is what the rule of succession
        // gives, (hits + 1) / (n + 2).
        let of_all = f64::from(made.of);
        let base = match made.share()? {
            share if share > 0.0 && share < 1.0 => share,
            _ => (f64::from(made.hits) + 1.0) / (of_all + 2.0),
        };
        let score = |of: &dyn Fn(f64, bool) -> f64| {
            said.iter().map(|(p, mean, made)| squared(of(*p, *mean), *made)).sum::<f64>() / said.len() as f64
        };
        let brier = score(&|p, _| p);
        let over = |reference: f64| (reference > 0.0).then(|| 1.0 - brier / reference);
        let mut bins = [Bin::default(); 10];
        for (p, _, made) in &said {
            if let Some(bin) = bins.get_mut(((p * 10.0) as usize).min(9)) {
                bin.said += p;
                bin.happened.of += 1;
                bin.happened.hits += u32::from(*made);
            }
        }
        bins.iter_mut().filter(|bin| bin.happened.of > 0).for_each(|bin| bin.said /= f64::from(bin.happened.of));
        let skill_over_mean = over(score(&|_, mean| if mean { 1.0 } else { 0.0 }));
        Some(Self { made, brier, skill: over(score(&|_, _| base)), skill_over_mean, bins })
    }
}

/// Leaves out of each subject's forecasts those that were made before the day of an earlier one was over: each with its day.
fn keep_apart<'a, T>(all: &mut Vec<T>, of: impl Fn(&T) -> (&'a Scored, NaiveDate)) {
    all.sort_by(|a, b| {
        let (a, b) = (of(a).0, of(b).0);
        (&a.subject, a.made_on).cmp(&(&b.subject, b.made_on))
    });
    let mut last: Option<(&str, NaiveDate)> = None;
    all.retain(|one| {
        let (forecast, until) = of(one);
        let apart = last.is_none_or(|(subject, over)| subject != forecast.subject || over < forecast.made_on);
        if apart {
            last = Some((&forecast.subject, until));
        }
        apart
    });
}

/// The forecasts whose due day is over, of each subject those that do not overlap.
fn due_apart<'a>(forecasts: &[&'a Scored]) -> Vec<&'a Scored> {
    let over = |f: &&'a Scored| f.made_due().and(f.due).map(|(day, ..)| (*f, day));
    let mut all: Vec<(&Scored, NaiveDate)> = forecasts.iter().filter_map(over).collect();
    keep_apart(&mut all, |(forecast, until)| (forecast, *until));
    all.into_iter().map(|(forecast, _)| forecast).collect()
}

/// Whether the newest forecasts hold so much more or less often than they say that chance does not explain it: 85 % lies
/// outside the interval around the share of those that were done by their 85 % day. Of forecasts of one subject that overlap,
/// which all hold or all fail together, one is counted.
fn drifted(forecasts: &[&Scored]) -> Option<bool> {
    let mut all: Vec<(&Scored, NaiveDate, bool)> =
        forecasts.iter().filter_map(|f| Some((*f, f.levels.p85?, f.inside().p85?))).collect();
    keep_apart(&mut all, |(forecast, until, _)| (forecast, *until));
    all.sort_by_key(|(forecast, until, _)| (std::cmp::Reverse(*until), std::cmp::Reverse(forecast.made_on)));
    all.truncate(Scorecard::RECENT);
    if all.len() < Scorecard::LEAST {
        return None;
    }
    let (low, high) = Count::over(all.iter().map(|(_, _, inside)| *inside)).interval()?;
    Some(!(low..=high).contains(&0.85))
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeDelta;

    fn day(n: i64) -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, 1, 1).unwrap() + TimeDelta::days(n)
    }
    /// Made on a day, with levels 10, 20, 30 and 40 days later, and done so many days later.
    fn scored(made: i64, done: Option<i64>) -> Scored {
        Scored {
            subject: "s".to_owned(),
            made_on: day(made),
            unknown_from: day(1000),
            remaining: 5,
            levels: Series { p50: 10, p70: 20, p85: 30, p95: 40 }.map(|n| Some(day(made + n))),
            due: None,
            counted: None,
            done_on: done.map(|n| day(made + n)),
        }
    }
    fn due(probability: f64, made: bool) -> Scored {
        Scored { due: Some((day(25), probability, true)), ..scored(0, Some(if made { 25 } else { 26 })) }
    }
    fn count(hits: u32, of: u32) -> Count {
        Count { hits, of }
    }

    #[test]
    fn what_is_known_of_a_forecast_on_a_day_is_what_was_over_by_then() {
        let forecast = scored(0, Some(25));
        assert_eq!(forecast.known_on(day(-1)), None, "it was not made yet");
        let p85 = |on: i64| forecast.known_on(day(on)).and_then(|known| known.inside().p85);
        assert_eq!([30, 31, 2000].map(p85), [None, Some(true), Some(true)], "its 85 % day is the 30th");
    }

    #[test]
    fn a_level_holds_when_it_is_done_by_its_day() {
        let card = Scorecard::of(&[scored(0, Some(20)), scored(0, Some(21)), scored(0, Some(40)), scored(0, None)]);
        assert_eq!(card.inside, Series { p50: count(0, 4), p70: count(1, 4), p85: count(2, 4), p95: count(3, 4) });
        assert_eq!((card.waiting, card.due, card.drifted), (0, None, None));
    }

    #[test]
    fn a_forecast_whose_day_is_not_over_is_not_counted_even_when_it_is_done() {
        let early = Scored { unknown_from: day(30), ..scored(0, Some(5)) };
        let inside = Series { p50: Some(true), p70: Some(true), p85: None, p95: None };
        assert_eq!(early.inside(), inside);
        let over = Scored { unknown_from: day(31), ..early.clone() };
        assert_eq!(over.inside().p85, Some(true));
        let never = Scored { levels: Series::default(), ..scored(0, Some(5)) };
        assert_eq!(Scorecard::of(&[early, never]).waiting, 2);
    }

    #[test]
    fn a_count_holds_when_as_many_are_done_and_its_day_is_over() {
        let of = |done: u32| Scored { counted: Some(Counted { by: day(28), p50: 8, p85: 5, done }), ..scored(0, None) };
        let all = [of(8), of(7), of(5), of(4), scored(0, None)];
        let counts = |all: &[Scored]| Scorecard::of(all).counts;
        assert_eq!(counts(&all), Counts { p50: count(1, 4), p85: count(3, 4) });
        let on = |n: i64| all.iter().filter_map(|forecast| forecast.known_on(day(n))).collect::<Vec<_>>();
        assert_eq!((counts(&on(28)), counts(&on(29)).p85), (Counts::default(), count(3, 4)));
    }

    #[test]
    fn wilsons_interval_of_34_of_40() {
        // By hand: (0.85 + 0.04802 ± 0.12063) ÷ 1.09604.
        let (low, high) = count(34, 40).interval().unwrap();
        assert!((low - 0.70927).abs() < 1e-4 && (high - 0.92939).abs() < 1e-4, "{low} {high}");
        let (low, high) = count(0, 10).interval().unwrap();
        assert!(low.abs() < 1e-12 && (high - 0.27753).abs() < 1e-4, "{low} {high}");
        assert_eq!((count(0, 0).share(), count(0, 0).interval()), (None, None));
    }

    #[test]
    fn due_days_are_scored_as_by_hand() {
        let forecasts = [due(0.9, true), due(0.2, false), due(0.6, false)];
        let card = Scorecard::of(&forecasts).due.unwrap();
        // (0.01 + 0.04 + 0.36) ÷ 3, against 2 ÷ 9 of the base rate and 2 ÷ 3 of a mean pace that says yes each time.
        assert!((card.brier - 0.41 / 3.0).abs() < 1e-12);
        assert!((card.skill.unwrap() - (1.0 - 0.41 / 3.0 * 4.5)).abs() < 1e-12);
        assert!((card.skill_over_mean.unwrap() - (1.0 - 0.41 / 2.0)).abs() < 1e-12);
        assert_eq!(card.made, count(1, 3));
        assert_eq!(card.bins[9], Bin { said: 0.9, happened: count(1, 1) });
        assert_eq!(
            (card.bins[2].happened, card.bins[6].happened, card.bins[0].happened.of),
            (count(0, 1), count(0, 1), 0)
        );
        assert_eq!(forecasts[2].brier(), Some(0.36));
        // Said of all alike, the base rate is no worse, and nothing can beat what is never wrong.
        assert_eq!(Scorecard::of(&[due(0.5, true), due(0.5, false)]).due.unwrap().skill, Some(0.0));
        // Where all ended alike the base rate is one more of two more: (1/3)² after one that was made, (1/22)² after twenty missed.
        assert!((Scorecard::of(&[due(0.5, true)]).due.unwrap().skill.unwrap() - (1.0 - 0.25 * 9.0)).abs() < 1e-12);
        let missed = Scorecard::of(&vec![due(0.8, false); 20]).due.unwrap().skill.unwrap();
        assert!((missed - (1.0 - 0.64 * 484.0)).abs() < 1e-9, "{missed}");
        assert!(Scorecard::of(&vec![due(0.97, true); 20]).due.unwrap().skill.unwrap() > 0.5);
        let open = Scored { unknown_from: day(25), ..due(0.9, true) };
        assert_eq!((open.brier(), Scorecard::of(&[open]).due), (None, None));
    }

    #[test]
    fn skill_is_judged_by_forecasts_that_do_not_overlap() {
        // Said of one on each of ten days that it will be done on the 25th, and once again after that; and of another once.
        let daily = |subject: &str, made: i64| Scored {
            subject: subject.to_owned(),
            made_on: day(made),
            due: Some((day(if made < 25 { 25 } else { 50 }), if made == 0 { 0.6 } else { 0.9 }, true)),
            ..scored(made, Some(40))
        };
        let all: Vec<Scored> = (0..10).map(|made| daily("a", made)).chain([daily("b", 3), daily("a", 26)]).collect();
        let card = Scorecard::of(&all);
        assert_eq!((card.due.unwrap().made, card.due_apart.as_ref().unwrap().made), (count(0, 12), count(0, 3)));
        // The first stands for those that overlap with it: (0.36 + 2 · 0.81) ÷ 3.
        assert!((card.due_apart.unwrap().brier - 0.66).abs() < 1e-12);
    }

    #[test]
    fn calibration_is_lost_when_chance_does_not_explain_it() {
        let apart = |hits: i64, of: i64| (0..of).map(move |n| scored(n * 31, Some(if n < hits { 30 } else { 31 })));
        assert_eq!(Scorecard::of(&apart(17, 20).collect::<Vec<_>>()).drifted, Some(false));
        assert_eq!(Scorecard::of(&apart(12, 20).collect::<Vec<_>>()).drifted, Some(true));
        assert_eq!(Scorecard::of(&apart(12, 19).collect::<Vec<_>>()).drifted, None);
        // Of those that overlap one is counted, unless they are of different subjects.
        let overlapping: Vec<Scored> = (0..40).map(|n| scored(n, None)).collect();
        assert_eq!(Scorecard::of(&overlapping).drifted, None);
        let others = overlapping.into_iter().enumerate().map(|(n, f)| Scored { subject: n.to_string(), ..f });
        assert_eq!(Scorecard::of(&others.collect::<Vec<_>>()).drifted, Some(true));
    }

    #[test]
    fn slices_are_by_horizon_and_by_size() {
        let far = Scored { levels: Series::default(), remaining: 21, ..scored(0, None) };
        let both = [scored(0, Some(1)), far];
        let of =
            |sliced: Sliced| sliced.into_iter().map(|(_, card)| card.inside.p85.of + card.waiting).collect::<Vec<_>>();
        assert_eq!(of(Scorecard::by_horizon(&both)), [1, 0, 0, 1]);
        assert_eq!(of(Scorecard::by_size(&both)), [1, 0, 1, 0]);
        // A record has all of them, and each of them once in either way of parting them.
        let record = Record::of(&both);
        assert_eq!(record.all, Scorecard::of(&both));
        assert_eq!((of(record.by_horizon), of(record.by_size)), (vec![1, 0, 0, 1], vec![1, 0, 1, 0]));
    }
}
