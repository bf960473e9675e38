//! What is said of each setting, and where: on the command line, in the environment, in `pulse.toml`, in that order.

use super::fit::fault;
use super::setting::{Line, Setting, wrong};
use crate::config::Said;
use crate::{Config, Error, Result};
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::Command;

/// What is said of a setting outside the command line.
#[derive(Clone, Debug)]
pub(in crate::cli) struct Found {
    pub(in crate::cli) setting: Setting,
    /// The values; for a secret that a command or a file tells, not asked for yet.
    pub(in crate::cli) said: Said,
    /// Where it is said, for people.
    pub(in crate::cli) place: String,
    /// Whether the environment says it as a value, which the command line reads by itself.
    pub(in crate::cli) by_variable: bool,
}

impl Found {
    /// The values, of the file or command that has them where it is so.
    ///
    /// # Errors
    /// [`Error::Usage`] when the file cannot be read, or the command fails. It does not tell what was read.
    pub(in crate::cli) fn values(&self) -> Result<Vec<String>> {
        match &self.said {
            Said::Here(values) => Ok(values.clone()),
            Said::InFile(path) => {
                let failed = |error: std::io::Error| {
                    let (place, key, path) = (&self.place, &self.setting.key, path.display());
                    Error::Usage(format!("{place}: the file that should hold `{key}`, {path}, cannot be read: {error}"))
                };
                let text = std::fs::read_to_string(path).map_err(failed)?;
                Ok(vec![text.trim_end().to_owned()])
            }
            Said::By(command) => printed(command).map(|text| vec![text]).map_err(|why| {
                Error::Usage(format!("{}: the command that should print `{}` {why}", self.place, self.setting.key))
            }),
        }
    }
}

/// What a command prints; else why it cannot be told.
pub(in crate::cli) fn printed(command: &str) -> Result<String, String> {
    let output = Command::new("sh").args(["-c", command]).stderr(std::process::Stdio::inherit()).output();
    let output = output.map_err(|error| format!("cannot be run: {error}"))?;
    if !output.status.success() {
        return Err(format!("ended with {}", output.status));
    }
    Ok(String::from_utf8_lossy(&output.stdout).trim_end().to_owned())
}

/// The file that is named on a command line or by `PULSE_CONFIG`.
pub(in crate::cli) fn named_file(args: &[OsString], variable: impl Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
    let mut args = args.iter().take_while(|arg| *arg != "--");
    while let Some(arg) = args.next() {
        if arg == "--config" {
            return args.next().map(PathBuf::from);
        }
        if let Some(path) = arg.to_str().and_then(|arg| arg.strip_prefix("--config=")) {
            return Some(PathBuf::from(path));
        }
    }
    variable("PULSE_CONFIG").filter(|path| !path.is_empty()).map(PathBuf::from)
}

/// The file, with all settings known that it may say something of.
///
/// # Errors
/// As [`Config::load`].
pub(in crate::cli) fn load(line: &Line, path: Option<&Path>) -> Result<Config> {
    let keys: Vec<&str> = line.settings.iter().map(|setting| setting.key.as_str()).collect();
    Config::load(path, &keys)
}

/// What is said of every setting of which anything is said.
pub(in crate::cli) fn found(line: &Line, config: &Config, variable: impl Fn(&str) -> Option<OsString>) -> Vec<Found> {
    let variable = |name: &str| variable(name).filter(|value| !value.is_empty());
    let one = |setting: &Setting| {
        let name = setting.variable.clone();
        let by = |said: Said, name: String, by_variable| (said, name, by_variable);
        let text = |value: &OsStr| value.to_string_lossy().into_owned();
        let of_environment = variable(&name)
            .map(|value| {
                let values = match setting.is_list() {
                    true => text(&value).split(',').map(str::to_owned).collect(),
                    false => vec![text(&value)],
                };
                by(Said::Here(values), name.clone(), true)
            })
            .or_else(|| {
                let name = format!("{name}_FILE");
                variable(&name).filter(|_| setting.is_secret).map(|path| by(Said::InFile(path.into()), name, false))
            })
            .or_else(|| {
                let name = format!("{name}_COMMAND");
                variable(&name).filter(|_| setting.is_secret).map(|line| by(Said::By(text(&line)), name, false))
            });
        let of_file = || {
            let said = of_config(config, &setting.key)?;
            let path = config.path.as_deref().unwrap_or(Path::new("pulse.toml")).display().to_string();
            let line = config.lines.get(&setting.key).copied().unwrap_or_default();
            Some(by(said, format!("{path}, line {line}"), false))
        };
        let (said, place, by_variable) = of_environment.or_else(of_file)?;
        Some(Found { setting: setting.clone(), said, place, by_variable })
    };
    line.settings.iter().filter_map(one).collect()
}

/// What the file says of a setting. Three of them it has as fields of its own.
fn of_config(config: &Config, key: &str) -> Option<Said> {
    let own = match key {
        "lake" => &config.lake,
        "tenant" => &config.tenant,
        "time_zone" => &config.time_zone,
        key => return config.options.get(key).cloned(),
    };
    own.clone().map(|value| Said::Here(vec![value]))
}

/// The values of each of these settings. Files and commands that have any are asked.
///
/// # Errors
/// [`Error::Usage`], with all that is wrong with the file and with these settings together.
pub(in crate::cli) fn checked(line: &Line, config: &Config, found: &[Found]) -> Result<Vec<Vec<String>>> {
    let (mut here, mut faults, mut told) = (Vec::new(), Vec::new(), Vec::new());
    for found in found {
        let values = found.values().unwrap_or_else(|error| {
            faults.push(error.to_string());
            Vec::new()
        });
        match found.said {
            Said::Here(_) => here.push((found.setting.clone(), values.clone(), found.place.clone())),
            Said::InFile(_) | Said::By(_) => {
                let unfit = values.iter().filter_map(|value| fault(&found.setting.key, value));
                faults.extend(unfit.map(|why| format!("{}: {why}", found.place)));
            }
        }
        told.push(values);
    }
    let mut all = config.wrong.clone();
    all.extend(wrong(line, &here));
    all.append(&mut faults);
    // The time zone was looked at with the others.
    all.extend(config.settings(Some("UTC")).err().map(|error| error.to_string()));
    if all.is_empty() {
        return Ok(told);
    }
    Err(all_at_once(&all))
}

/// All that is wrong, a line each.
pub(super) fn all_at_once(wrong: &[String]) -> Error {
    let are = if wrong.len() == 1 { "a setting is" } else { "settings are" };
    Error::Usage(format!("{are} wrong:\n  {}", wrong.join("\n  ")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    fn environment(pairs: &[(&str, &str)]) -> impl Fn(&str) -> Option<OsString> + use<> {
        let pairs: BTreeMap<String, OsString> = pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).into())).collect();
        move |name| pairs.get(name).cloned()
    }

    fn of_file(text: &str) -> Config {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("pulse.toml");
        std::fs::write(&path, text).unwrap();
        let config = load(&Line::new(), Some(&path)).unwrap();
        Config { path: Some("p.toml".into()), ..config }
    }

    #[test]
    fn the_environment_goes_before_the_file() {
        let config = of_file("port = 1\njobs = 3\ntime_zone = \"Asia/Tokyo\"");
        let line = Line::new();
        let found = found(
            &line,
            &config,
            environment(&[("PULSE_HTTP_PORT", "2"), ("PULSE_ROLES", "api,worker"), ("PULSE_JOBS", "")]),
        );
        let told: Vec<_> =
            found.iter().map(|f| (f.setting.key.as_str(), f.values().unwrap(), f.place.as_str())).collect();
        let expected = [
            ("time_zone", vec!["Asia/Tokyo"], "p.toml, line 3"),
            ("port", vec!["2"], "PULSE_HTTP_PORT"),
            ("roles", vec!["api", "worker"], "PULSE_ROLES"),
            ("jobs", vec!["3"], "p.toml, line 2"),
        ];
        assert_eq!(told.len(), expected.len(), "{told:?}");
        for (told, (key, values, place)) in told.iter().zip(expected) {
            assert_eq!((told.0, told.1.iter().map(String::as_str).collect::<Vec<_>>(), told.2), (key, values, place));
        }
        let values: Vec<_> = told.iter().map(|(_, values, _)| values.clone()).collect();
        assert_eq!(checked(&line, &config, &found).unwrap(), values);
    }

    #[test]
    fn a_secret_may_be_in_a_file_or_printed_by_a_command() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("database");
        std::fs::write(&path, "postgres://u:p@h/d\n").unwrap();
        let (line, none) = (Line::new(), Config::default());
        let found = |config: &Config, pairs: &[(&str, &str)]| found(&line, config, environment(pairs));
        let by_file = found(&none, &[("DATABASE_URL_FILE", path.to_str().unwrap())]);
        assert_eq!(by_file[0].values().unwrap(), ["postgres://u:p@h/d"]);
        assert_eq!(by_file[0].place, "DATABASE_URL_FILE");
        let by_command = found(&none, &[("DATABASE_URL_COMMAND", "echo postgres://x")]);
        assert_eq!(by_command[0].values().unwrap(), ["postgres://x"]);
        let in_file = of_file("control = { command = \"exit 3\" }");
        let error = found(&in_file, &[])[0].values().unwrap_err().to_string();
        assert!(error.contains("p.toml, line 1") && error.contains("exit status: 3"), "{error}");
        // What is no secret has a value, and nothing else.
        assert!(found(&none, &[("PULSE_JOBS_FILE", "x")]).is_empty());
    }

    #[test]
    fn all_that_is_wrong_anywhere_is_told_at_once() {
        let config = of_file(
            "port = \"http\"\ncontrol = { command = \"exit 3\" }\nprot = 1\nlake = 7\nsmtp_url = { file = \"nowhere\" }\n\
             [calendar]\ndays = []",
        );
        let line = Line::new();
        let by = [("PULSE_ROLES", "boss"), ("DATABASE_REPLICA_URL_COMMAND", "echo mysql://ada:hunter2@host/db")];
        let found = found(&line, &config, environment(&by));
        let error = checked(&line, &config, &found).unwrap_err().to_string();
        for part in [
            "settings are wrong",
            "p.toml, line 1: invalid value 'http'",
            "p.toml, line 2: the command that should print `control` ended with exit status: 3",
            "pulse.toml, line 3: there is no setting `prot`; is `port` meant?",
            "pulse.toml, line 4: `lake`: invalid type",
            "p.toml, line 5: the file that should hold `smtp_url`, nowhere, cannot be read",
            "PULSE_ROLES: invalid value 'boss'",
            "DATABASE_REPLICA_URL_COMMAND: the control database's address should begin with",
            "day",
        ] {
            assert!(error.contains(part) && !error.contains("hunter2"), "{part}: {error}");
        }
    }

    #[test]
    fn the_file_is_named_by_an_option_or_a_variable() {
        let args = |text: &str| text.split(' ').map(OsString::from).collect::<Vec<_>>();
        let by_variable = || environment(&[("PULSE_CONFIG", "v.toml")]);
        assert_eq!(named_file(&args("pulse serve --config a.toml"), by_variable()), Some("a.toml".into()));
        assert_eq!(named_file(&args("pulse --config=b.toml serve"), by_variable()), Some("b.toml".into()));
        assert_eq!(named_file(&args("pulse sync -- --config"), by_variable()), Some("v.toml".into()));
        assert_eq!(named_file(&args("pulse serve"), environment(&[])), None);
    }
}
