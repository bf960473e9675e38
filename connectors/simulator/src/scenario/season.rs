//! Holidays, and weeks in which many are away.

use crate::world::Time;
use chrono::Datelike as _;
use serde::Deserialize;

/// Days of each year on which less is done.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Season {
    /// The first day: a month and a day of it.
    pub from: (u32, u32),
    /// The last day, which may be in the year after.
    pub to: (u32, u32),
    /// How much is done, beside an ordinary working day.
    pub load: f64,
}

impl Season {
    /// The end of the year, three holidays and a slow August.
    pub fn usual() -> Vec<Self> {
        let day = |day| Self { from: day, to: day, load: 0.05 };
        vec![
            Self { from: (12, 24), to: (12, 31), load: 0.05 },
            day((1, 1)),
            day((5, 1)),
            day((10, 3)),
            Self { from: (8, 1), to: (8, 31), load: 0.65 },
        ]
    }

    /// Whether a day is in it.
    pub fn has(&self, day: Time) -> bool {
        let day = (day.month(), day.day());
        let (after, before) = (day >= self.from, day <= self.to);
        if self.from <= self.to { after && before } else { after || before }
    }
}

/// A season as it is written: `{from = "12-24", to = "01-02", load = 0.05}`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Written {
    from: String,
    to: String,
    load: f64,
}

impl Written {
    pub(super) fn read(&self) -> Result<Season, String> {
        let day = |text: &str| {
            let parts = text.split_once('-').and_then(|(month, day)| Some((month.parse().ok()?, day.parse().ok()?)));
            // A leap year, so that the 29th of February is a day.
            let known = parts.filter(|(month, day)| chrono::NaiveDate::from_ymd_opt(2024, *month, *day).is_some());
            known.ok_or_else(|| format!("`{text}` should be a month and a day, such as `12-24`"))
        };
        if !(0.0..=1.0).contains(&self.load) {
            return Err(format!("`load` is {}, and should be a share between 0 and 1", self.load));
        }
        Ok(Season { from: day(&self.from)?, to: day(&self.to)?, load: self.load })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_season_may_end_in_the_year_after() {
        let season = Written { from: "12-24".into(), to: "01-02".into(), load: 0.1 }.read().unwrap();
        let has = |day: &str| season.has(format!("{day}T12:00:00Z").parse().unwrap());
        let days = ["2025-12-23", "2025-12-24", "2026-01-02", "2026-01-03"];
        assert_eq!(days.map(has), [false, true, true, false]);
    }

    #[test]
    fn a_day_that_is_none_is_told() {
        for wrong in ["02-30", "13-01", "monday", "1224"] {
            let read = Written { from: wrong.into(), to: "01-02".into(), load: 0.1 }.read();
            assert!(read.unwrap_err().contains(wrong));
        }
        assert!(Written { from: "01-01".into(), to: "01-02".into(), load: f64::NAN }.read().is_err());
    }
}
