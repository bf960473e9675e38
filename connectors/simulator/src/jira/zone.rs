//! Time zones, as users have them.

use crate::world::Time;
use chrono::{
    DateTime, Datelike as _, FixedOffset, NaiveDate, NaiveDateTime, NaiveTime, Offset as _, TimeDelta, TimeZone as _,
};

/// The time zone of a user. Jira reads times in a query in it, and tells times in it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Zone {
    /// None ahead.
    #[default]
    Utc,
    /// One hour ahead, and in summer two.
    Berlin,
    /// Five hours and a half ahead.
    Kolkata,
    /// Seven hours behind.
    Phoenix,
}

impl Zone {
    /// The name in the zone database.
    pub fn name(self) -> &'static str {
        match self {
            Self::Utc => "Etc/UTC",
            Self::Berlin => "Europe/Berlin",
            Self::Kolkata => "Asia/Kolkata",
            Self::Phoenix => "America/Phoenix",
        }
    }

    /// How far its clocks are ahead at an instant.
    pub fn offset(self, at: Time) -> FixedOffset {
        let minutes = match self {
            Self::Utc => 0,
            Self::Berlin if is_summer(at) => 120,
            Self::Berlin => 60,
            Self::Kolkata => 330,
            Self::Phoenix => -420,
        };
        FixedOffset::east_opt(minutes * 60).unwrap_or_else(|| at.offset().fix())
    }

    /// The instant at which its clocks show a time. Of two, the earlier; of none, the one that would be without summer time.
    pub fn instant(self, shown: NaiveDateTime) -> Time {
        let summer = shown.and_utc() - TimeDelta::minutes(120);
        if self == Self::Berlin && is_summer(summer) {
            return summer;
        }
        let winter = DateTime::from_timestamp(1_736_121_600, 0).unwrap_or_default();
        self.offset(winter).from_local_datetime(&shown).earliest().map_or(shown.and_utc(), |t| t.to_utc())
    }
}

/// From the last Sunday of March to the last of October, each at one o'clock in UTC.
fn is_summer(at: Time) -> bool {
    (turn(at.year(), 3)..turn(at.year(), 10)).contains(&at)
}

fn turn(year: i32, month: u32) -> Time {
    let last = NaiveDate::from_ymd_opt(year, month, 31).unwrap_or_default();
    let sunday = last - TimeDelta::days(i64::from(last.weekday().num_days_from_sunday()));
    sunday.and_time(NaiveTime::from_hms_opt(1, 0, 0).unwrap_or_default()).and_utc()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_that_a_clock_shows_is_an_instant() {
        let instant = |zone: Zone, shown: &str| zone.instant(shown.parse().unwrap()).to_rfc3339();
        assert_eq!(instant(Zone::Berlin, "2025-01-10T09:00:00"), "2025-01-10T08:00:00+00:00");
        assert_eq!(instant(Zone::Berlin, "2025-07-10T09:00:00"), "2025-07-10T07:00:00+00:00");
        assert_eq!(instant(Zone::Berlin, "2025-03-30T03:00:00"), "2025-03-30T01:00:00+00:00");
        assert_eq!(instant(Zone::Berlin, "2025-10-26T02:30:00"), "2025-10-26T00:30:00+00:00");
        assert_eq!(instant(Zone::Kolkata, "2025-01-10T09:00:00"), "2025-01-10T03:30:00+00:00");
        assert_eq!(instant(Zone::Phoenix, "2025-07-10T09:00:00"), "2025-07-10T16:00:00+00:00");
    }
}
