//! `pulse.toml`: what a person would otherwise repeat on every command line. It is optional, and so is each line of it.

use crate::{Error, Result};
use pulse_engine::{Calendar, Flow, People, Settings};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use toml::Spanned;
use toml::de::{DeTable, DeValue, Deserializer};

/// The file that is looked for in the working folder.
const FILE: &str = "pulse.toml";

/// What the file alone can say: key, what it is for, and an example.
pub(crate) const MODEL: [(&str, &str, &str); 7] = [
    (
        "deployments",
        "Tags that stand for a deployment, in repositories that `pulse sync` reads; before anything was said `v*`",
        r#"deployments = ["v*"]"#,
    ),
    (
        "incident_window_hours",
        "How many hours before an incident its deployment may have finished, when nothing else links them; else 24",
        "incident_window_hours = 48",
    ),
    (
        "repair_window_hours",
        "Within how many hours a hotfix, rollback or revert counts as the repair of the deployment before it; else 168",
        "repair_window_hours = 24",
    ),
    ("minimum_n", "Below how many observations no tier is named; else 10", "minimum_n = 5"),
    (
        "calendar",
        "When people work: `days`, `begins` and `ends` in minutes of the day, `holidays`; else Monday to Friday, nine to five",
        "calendar = { begins = 480, ends = 1020 }",
    ),
    (
        "flow",
        "How work items flow: `stages`, `commitment`, types of defects and other work (flow.md)",
        r#"flow = { defects = ["bug*"] }"#,
    ),
    (
        "people",
        "Which names are one person's, and which are programs' (mapping.md)",
        r#"people = { bots = ["*-bot"] }"#,
    ),
];

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
    /// What it says of options of `pulse serve`, by key.
    #[serde(skip)]
    pub options: BTreeMap<String, Said>,
    /// The lines on which the keys stand, and in which file.
    #[serde(skip)]
    pub lines: BTreeMap<String, usize>,
    /// The file that was read.
    #[serde(skip)]
    pub path: Option<PathBuf>,
    /// What is wrong with lines of it, which count for nothing: told with all else that is wrong, once that is known.
    #[serde(skip)]
    pub wrong: Vec<String>,
}

/// What the file says of an option.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Said {
    /// The value, or several.
    Here(Vec<String>),
    /// The file that it stands in: `{ file = "…" }`.
    InFile(PathBuf),
    /// The command that prints it: `{ command = "…" }`.
    By(String),
}

impl Config {
    /// Reads the file; there may be none in the working folder, but one that was named must be there. `options` are the keys of
    /// options that it may set. Lines at fault are in [`Config::wrong`].
    ///
    /// # Errors
    /// [`Error::File`], or [`Error::Config`] when it is no TOML.
    pub fn load(named: Option<&Path>, options: &[&str]) -> Result<Self> {
        let path = named.unwrap_or(Path::new(FILE));
        match std::fs::read_to_string(path) {
            Ok(text) => Self::parse(path, &text, options),
            Err(error) if named.is_none() && error.kind() == io::ErrorKind::NotFound => Ok(Self::default()),
            Err(error) => Err(Error::file("read", path, error)),
        }
    }

    fn parse(path: &Path, text: &str, options: &[&str]) -> Result<Self> {
        let failed = |reason: String| Error::Config { path: path.to_owned(), reason };
        let table = DeTable::parse(text).map_err(|error| failed(error.to_string()))?;
        let (span, mut own, mut wrong) = (table.span(), DeTable::new(), Vec::new());
        let mut config = Self::default();
        let known = || MODEL.iter().map(|(key, ..)| *key).chain(["lake", "tenant", "time_zone"]);
        for (key, value) in table.into_inner() {
            let (name, line) = (key.get_ref().to_string(), line(text, key.span().start));
            let taken = if known().any(|known| known == name) {
                let one = DeTable::from_iter([(key.clone(), value.clone())]);
                match Self::deserialize(Deserializer::from(Spanned::new(span.clone(), one))) {
                    Ok(_) => {
                        own.insert(key, value);
                        Ok(())
                    }
                    Err(error) => Err(format!("`{name}`: {}", error.message())),
                }
            } else if options.contains(&name.as_str()) {
                match said(value.get_ref()) {
                    Some(said) => {
                        config.options.insert(name.clone(), said);
                        Ok(())
                    }
                    None => {
                        Err(format!("`{name}` should be a value, a list, {{ file = \"…\" }} or {{ command = \"…\" }}"))
                    }
                }
            } else {
                let all: Vec<&str> = known().chain(options.iter().copied()).collect();
                Err(format!("there is no setting `{name}`{}", nearest(&name, &all)))
            };
            match taken {
                Ok(()) => drop(config.lines.insert(name, line)),
                Err(why) => wrong.push((line, why)),
            }
        }
        wrong.sort();
        let at = path.display();
        let wrong = wrong.into_iter().map(|(line, reason)| format!("{at}, line {line}: {reason}")).collect();
        let model = Self::deserialize(Deserializer::from(Spanned::new(span, own)));
        let model = model.map_err(|error| failed(error.to_string()))?;
        Ok(Self { options: config.options, lines: config.lines, path: Some(path.to_owned()), wrong, ..model })
    }

    /// What the file alone says, by key, in words to compare.
    pub(crate) fn model(&self) -> [(&'static str, String); MODEL.len()] {
        let Self { deployments, incident_window_hours, repair_window_hours, minimum_n, calendar, flow, people, .. } =
            self;
        [
            ("deployments", format!("{deployments:?}")),
            ("incident_window_hours", format!("{incident_window_hours:?}")),
            ("repair_window_hours", format!("{repair_window_hours:?}")),
            ("minimum_n", format!("{minimum_n:?}")),
            ("calendar", format!("{calendar:?}")),
            ("flow", format!("{flow:?}")),
            ("people", format!("{people:?}")),
        ]
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

/// Which line of a text a byte of it is on.
fn line(text: &str, at: usize) -> usize {
    text.bytes().take(at).filter(|byte| *byte == b'\n').count() + 1
}

fn said(value: &DeValue<'_>) -> Option<Said> {
    let text = |value: &DeValue<'_>| match value {
        DeValue::String(text) => Some(text.to_string()),
        DeValue::Integer(number) => Some(number.to_string()),
        DeValue::Float(number) => Some(number.to_string()),
        DeValue::Boolean(truth) => Some(truth.to_string()),
        _ => None,
    };
    match value {
        DeValue::Array(values) => {
            values.iter().map(|value| text(value.get_ref())).collect::<Option<Vec<_>>>().map(Said::Here)
        }
        DeValue::Table(table) => match table.iter().map(|(key, value)| (&**key.get_ref(), value.get_ref())).next()? {
            _ if table.len() != 1 => None,
            ("file", DeValue::String(path)) => Some(Said::InFile(PathBuf::from(&**path))),
            ("command", DeValue::String(command)) => Some(Said::By(command.to_string())),
            _ => None,
        },
        one => text(one).map(|text| Said::Here(vec![text])),
    }
}

/// What to say of the known name that a misspelt one was most likely meant to be.
pub(crate) fn nearest(name: &str, known: &[&str]) -> String {
    let nearest = pulse_engine::session::nearest(name, known.iter().map(|known| (0, *known)));
    nearest.map(|known| format!("; is `{known}` meant?")).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    const OPTIONS: [&str; 3] = ["port", "limit", "control"];

    fn read(text: &str) -> Result<Config> {
        Config::parse(Path::new(FILE), text, &OPTIONS)
    }

    #[test]
    fn each_line_of_the_file_is_optional() {
        let config = read("time_zone = \"Europe/Berlin\"\nminimum_n = 5").unwrap();
        let settings = config.settings(None).unwrap();
        assert_eq!(settings.time_zone.name(), "Europe/Berlin");
        assert_eq!(settings.minimum_n, 5);
        assert_eq!(settings.incident_window_seconds, Settings::default().incident_window_seconds);
    }

    #[test]
    fn working_hours_and_flow_are_settings_and_checked() {
        let settings = |text| read(text).unwrap().settings(None);
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
    fn all_lines_at_fault_are_told_at_once() {
        let text =
            "lake = \"memory://\"\ntimezone = \"UTC\"\nminimum_n = \"few\"\nport = 1979-05-27\n[flow]\nstags = []";
        let config = read(text).unwrap();
        let expected = [
            "pulse.toml, line 2: there is no setting `timezone`; is `time_zone` meant?",
            "pulse.toml, line 3: `minimum_n`: invalid type: string \"few\"",
            "pulse.toml, line 4: `port` should be a value",
            "pulse.toml, line 5: `flow`: unknown field `stags`",
        ];
        assert_eq!(config.wrong.len(), expected.len(), "{:?}", config.wrong);
        for (told, begins) in config.wrong.iter().zip(expected) {
            assert!(told.starts_with(begins), "{begins}: {told}");
        }
        // They count for nothing, and the others do.
        assert_eq!((config.lake.as_deref(), config.minimum_n), (Some("memory://"), None));
        let error = read("lake = \"memory://").unwrap_err();
        assert_eq!(error.exit_code(), 2);
        assert!(error.to_string().contains("line 1"), "{error}");
    }

    #[test]
    fn options_are_read_as_they_are_written_and_secrets_may_stand_elsewhere() {
        let config = read("port = 80\nlimit = [\"compact=1\", \"erase=2\"]\ncontrol = { file = \"/run/db\" }").unwrap();
        assert_eq!(config.options["port"], Said::Here(vec!["80".to_owned()]));
        assert_eq!(config.options["limit"], Said::Here(vec!["compact=1".to_owned(), "erase=2".to_owned()]));
        assert_eq!(config.options["control"], Said::InFile("/run/db".into()));
        assert_eq!(config.lines["control"], 3);
        let command = read("control = { command = \"print it\" }").unwrap();
        assert_eq!(command.options["control"], Said::By("print it".to_owned()));
        assert_eq!(read("control = { file = \"a\", command = \"b\" }").unwrap().wrong.len(), 1);
    }

    #[test]
    fn every_key_of_the_file_is_told_of_with_an_example_that_holds() {
        let error = toml::from_str::<Config>("x = 1").unwrap_err().to_string();
        let fields: Vec<&str> = error.split('`').skip(3).step_by(2).collect();
        let known: Vec<&str> = ["lake", "tenant", "time_zone"].into_iter().chain(MODEL.map(|(key, ..)| key)).collect();
        assert_eq!(fields, known);
        assert_eq!(Config::default().model().map(|(key, _)| key), MODEL.map(|(key, ..)| key));
        for (key, _, example) in MODEL {
            let config = read(example).unwrap();
            config.settings(None).unwrap();
            assert!(example.starts_with(key), "{example}");
            assert_ne!(config, Config { lines: config.lines.clone(), path: config.path.clone(), ..Config::default() });
        }
    }
}
