//! `pulse.toml`: what a person would otherwise repeat on every command line. It is optional, and so is each line of it.

use crate::{Error, Result};
use pulse_engine::{Calendar, Flow, People, Settings};
use serde::Deserialize;
use std::io;
use std::path::Path;

/// The file that is looked for in the working folder.
const FILE: &str = "pulse.toml";

/// The settings file.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// The lake's address, as `--lake`.
    pub lake: Option<String>,
    /// The tenant, as `--tenant`.
    pub tenant: Option<String>,
    /// Where days, weeks and months begin, as `--time-zone`.
    pub time_zone: Option<String>,
    /// Tags that stand for a deployment, as `--deployments`.
    pub deployments: Vec<String>,
    /// How long before an incident its deployment may have finished, when nothing else links them, in hours.
    pub incident_window_hours: Option<u32>,
    /// Within how long a hotfix, rollback or revert counts as the repair of the deployment before it, in hours.
    pub repair_window_hours: Option<u32>,
    /// Below how many observations no tier is named.
    pub minimum_n: Option<u64>,
    /// When people work.
    pub calendar: Option<Calendar>,
    /// How work items flow.
    pub flow: Option<Flow>,
    /// Which names are one person's, and which are programs'.
    pub people: Option<People>,
}

impl Config {
    /// Reads the file; there may be none in the working folder, but one that was named must be there.
    ///
    /// # Errors
    /// [`Error::File`] or [`Error::Config`], with the line at fault.
    pub fn load(named: Option<&Path>) -> Result<Self> {
        let path = named.unwrap_or(Path::new(FILE));
        match std::fs::read_to_string(path) {
            Ok(text) => Self::parse(path, &text),
            Err(error) if named.is_none() && error.kind() == io::ErrorKind::NotFound => Ok(Self::default()),
            Err(error) => Err(Error::file("read", path, error)),
        }
    }

    fn parse(path: &Path, text: &str) -> Result<Self> {
        toml::from_str(text).map_err(|e| Error::Config { path: path.to_owned(), reason: e.to_string() })
    }

    /// The engine's settings, with `time_zone` in the place of the file's when given.
    ///
    /// # Errors
    /// When the time zone is none, or nobody ever works, or the flow contradicts itself.
    pub fn settings(&self, time_zone: Option<&str>) -> Result<Settings> {
        let mut settings = Settings::default();
        if let Some(name) = time_zone.or(self.time_zone.as_deref()) {
            settings.time_zone = Settings::parse_time_zone(name)?;
        }
        if let Some(hours) = self.incident_window_hours {
            settings.incident_window_seconds = i64::from(hours) * 3600;
        }
        if let Some(hours) = self.repair_window_hours {
            settings.repair_window_seconds = i64::from(hours) * 3600;
        }
        if let Some(n) = self.minimum_n {
            settings.minimum_n = n;
        }
        if let Some(calendar) = &self.calendar {
            calendar.check()?;
            settings.calendar = calendar.clone();
        }
        if let Some(flow) = &self.flow {
            flow.check()?;
            settings.flow = flow.clone();
        }
        if let Some(people) = &self.people {
            settings.people = people.clone();
        }
        Ok(settings)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_line_of_the_file_is_optional() {
        let config = Config::parse(Path::new(FILE), "time_zone = \"Europe/Berlin\"\nminimum_n = 5").unwrap();
        let settings = config.settings(None).unwrap();
        assert_eq!(settings.time_zone.name(), "Europe/Berlin");
        assert_eq!(settings.minimum_n, 5);
        assert_eq!(settings.incident_window_seconds, Settings::default().incident_window_seconds);
    }

    #[test]
    fn working_hours_and_flow_are_settings_and_checked() {
        let settings = |text| Config::parse(Path::new(FILE), text).unwrap().settings(None);
        let told = settings("[calendar]\nbegins = 480\ndays = [\"sun\"]\n[flow]\ndefects = [\"fault*\"]").unwrap();
        assert_eq!((told.calendar.begins, told.calendar.ends, told.calendar.days.len()), (480, 1020, 1));
        assert_eq!(told.flow.defects.len(), 1);
        assert!(settings("[calendar]\ndays = []").is_err());
        assert!(settings("[flow]\ncommitment = \"ready\"").unwrap_err().to_string().contains("not a stage"));
    }

    #[test]
    fn the_command_line_goes_before_the_file() {
        let config = Config { time_zone: Some("Europe/Berlin".into()), ..Config::default() };
        assert_eq!(config.settings(Some("Asia/Tokyo")).unwrap().time_zone.name(), "Asia/Tokyo");
    }

    #[test]
    fn a_misspelt_setting_is_refused_with_its_line() {
        let error = Config::parse(Path::new(FILE), "lake = \"memory://\"\ntimezone = \"UTC\"").unwrap_err();
        assert!(error.to_string().contains("timezone") && error.to_string().contains("line 2"), "{error}");
        assert_eq!(error.exit_code(), 2);
    }
}
