//! What a tenant may decide about its own figures.

use crate::risk::RiskSettings;
use crate::{Error, Result};
use chrono_tz::Tz;

/// A tenant's settings for model and metrics.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// Where its days, weeks and months begin.
    pub time_zone: Tz,
    /// How long before an incident its deployment may have finished, when nothing else links them, in seconds.
    pub incident_window_seconds: i64,
    /// Within how long a hotfix, rollback or revert counts as the repair of the deployment before it, in seconds.
    pub repair_window_seconds: i64,
    /// Below how many observations no tier is named.
    pub minimum_n: u64,
    /// Its risks' weights, thresholds and limits.
    pub risk: RiskSettings,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            time_zone: Tz::UTC,
            incident_window_seconds: 24 * 3600,
            repair_window_seconds: 7 * 24 * 3600,
            minimum_n: 10,
            risk: RiskSettings::default(),
        }
    }
}

impl Settings {
    /// A zone by its name in the tz database.
    ///
    /// # Errors
    /// [`Error::Setting`] when there is none of that name.
    pub fn parse_time_zone(name: &str) -> Result<Tz> {
        name.parse().map_err(|_| {
            Error::Setting(format!(
                "`{name}` is not a time zone: use a name of the tz database, such as `Europe/Berlin`"
            ))
        })
    }
}
