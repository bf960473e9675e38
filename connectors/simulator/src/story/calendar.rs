//! When people are at work. All of them live by UTC and begin at eight.

use super::dice::{Dice, hours};
use crate::scenario::Season;
use crate::world::Time;
use chrono::{Datelike as _, TimeDelta, Timelike as _, Weekday};

/// For how many days people are away at most, whatever the seasons say.
const LONGEST_REST: usize = 30;

/// Weeks and seasons.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Calendar {
    seasons: Vec<Season>,
}

impl Calendar {
    pub(super) fn new(seasons: Vec<Season>) -> Self {
        Self { seasons }
    }

    /// How much is done on a day, beside an ordinary one.
    pub(super) fn load(&self, day: Time) -> f64 {
        if matches!(day.weekday(), Weekday::Sat | Weekday::Sun) {
            return 0.05;
        }
        self.seasons.iter().filter(|s| s.has(day)).map(|s| s.load).fold(1.0, f64::min)
    }

    /// The instant itself if people are at work then, and otherwise one soon after they come back.
    pub(super) fn at_work(&self, instant: Time, dice: &mut Dice) -> Time {
        let is_workday = self.load(instant) > 0.1;
        if is_workday && (8..18).contains(&instant.hour()) || dice.happens(0.04) {
            return instant;
        }
        let mut morning = midnight(instant) + TimeDelta::hours(8);
        for _ in 0..LONGEST_REST {
            if morning > instant && self.load(morning) >= 0.1 {
                break;
            }
            morning += TimeDelta::days(1);
        }
        morning + hours(dice.between(0.05, 2.5))
    }
}

/// The midnight before an instant.
fn midnight(instant: Time) -> Time {
    instant - TimeDelta::seconds(i64::from(instant.num_seconds_from_midnight()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_be_done_at_night_or_on_a_weekend_is_done_in_the_morning_after() {
        let friday_night: Time = "2025-01-10T22:15:00Z".parse().unwrap();
        let (calendar, mut dice) = (Calendar::new(Season::usual()), Dice::new(1, "test", 0));
        let times: Vec<Time> = (0..20).map(|_| calendar.at_work(friday_night, &mut dice)).collect();
        let mut work = times.into_iter().filter(|t| *t != friday_night).peekable();
        assert!(work.peek().is_some());
        assert!(work.all(|t| t.weekday() == Weekday::Mon && (8..11).contains(&t.hour())));
    }
}
