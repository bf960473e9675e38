//! `pulse config`: what is set, where, and whether it can be so.

mod fit;
mod open;
#[cfg(test)]
mod page;
mod setting;
mod sources;
mod together;

use super::environment;
use crate::config::{MODEL, Said, nearest};
use crate::{Config, Error, Result};
use clap::{ArgMatches, Args, Command, Subcommand};
use fit::fault_of_key;
pub(super) use fit::without_passwords;
use pulse_engine::Clock;
pub(super) use setting::Line;
use setting::{Setting, with_defaults, without};
use sources::{Found, all_at_once, checked, found};
pub(super) use sources::{load, named_file, printed};
use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};

/// Check the settings, show them, or explain one
///
/// Every option of `pulse serve` is a setting: on the command line, in the environment, or in pulse.toml, in that order.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  pulse config check                     Whether pulse.toml and the environment can be used, and all that is wrong with them
  pulse config show                      Every setting with its value, and where that comes from
  pulse config explain audit_sql         What one is for, and what it may be")]
pub(super) struct Settings {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Tell all that is wrong with the settings; exit code 2 where anything is
    Check,
    /// Show every setting, its value, and where that comes from; no secret is shown
    Show,
    /// Explain a setting
    Explain {
        /// Its name, as in pulse.toml
        key: String,
    },
}

impl Settings {
    /// What is asked for, before anything else of the settings is used: they may be what is wrong.
    pub(super) fn run(self, line: &Line, config: &Config) -> Result<()> {
        let found = found(line, config, |name| std::env::var_os(name));
        match self.what {
            What::Check => {
                let values = checked(line, config, &found)?;
                let value = |key: &str| {
                    let said = found.iter().zip(&values).find(|(found, _)| found.setting.key == key);
                    let default = || line.settings.iter().find(|setting| setting.key == key)?.default();
                    said.map(|(_, values)| values.join(",")).or_else(default)
                };
                let mut wrong = together::faults(value, Clock::System.now());
                wrong.extend(fault_of_key(value));
                let lake = value("lake").unwrap_or_default();
                wrong.extend(environment::store(&lake, std::env::vars_os()).err().map(|error| error.to_string()));
                let mut known: Vec<String> = OF_THE_ENVIRONMENT.map(str::to_owned).into();
                for setting in &line.settings {
                    known.push(setting.variable.clone());
                    if setting.is_secret {
                        known.extend(["FILE", "COMMAND"].map(|by| format!("{}_{by}", setting.variable)));
                    }
                }
                let known: Vec<&str> = known.iter().map(String::as_str).collect();
                let set = std::env::vars_os().filter_map(|(name, _)| name.into_string().ok());
                wrong.extend(together::misspelt(set, &known));
                if !wrong.is_empty() {
                    return Err(all_at_once(&wrong));
                }
                let file =
                    config.path.as_ref().map_or("there is no pulse.toml".to_owned(), |path| path.display().to_string());
                let open = open::to_others(value, &found, config.path.as_deref());
                super::print(&format!(
                    "The settings can be used ({file}; {} are set).\n{}",
                    found.len() + model(config).len(),
                    open.iter().map(|why| format!("But {why}.\n")).collect::<String>()
                ))
            }
            What::Show => super::print(&shown(line, config, &found)),
            What::Explain { key } => super::print(&explained(line, &key, config, &found)?),
        }
    }
}

/// The command line in which the settings of the file, and of files and commands that tell secrets, are the defaults of the command
/// that `args` call.
///
/// # Errors
/// All that is wrong with the settings that the command has, or whatever tells a secret cannot be asked.
pub(super) fn settled(line: &Line, config: &Config, args: &[OsString]) -> Result<Command> {
    let path = called(&line.command, args);
    if path.first().is_some_and(|first| first == "config") {
        // It tells of them itself.
        return Ok(line.command.clone());
    }
    let mut found = found(line, config, |name| std::env::var_os(name));
    found.retain(|found| has(&line.command, &path, &found.setting));
    let values = checked(line, config, &found)?;
    let is_default = |found: &Found| !found.by_variable && !OF_THE_FILE.contains(&found.setting.key.as_str());
    let defaults = found.into_iter().zip(values).filter(|(found, _)| is_default(found));
    let defaults: Vec<_> = defaults.map(|(found, values)| (found.setting, values)).collect();
    let blank = |name: &OsStr| std::env::var_os(name).is_some_and(|value| value.is_empty());
    Ok(without(with_defaults(line.command.clone(), &path, &defaults), &blank))
}

/// What holds of every setting, by key: of a process that serves, in words to compare and not to show.
pub(super) fn values(line: &Line, matches: &ArgMatches, config: &Config) -> BTreeMap<String, String> {
    let mut values: BTreeMap<String, String> = config.model().map(|(key, value)| (key.to_owned(), value)).into();
    let Some(serve) = matches.subcommand_matches("serve") else { return values };
    for setting in &line.settings {
        let said = serve.try_get_raw(setting.id()).ok().flatten();
        let said = said.map(|said| said.map(|value| value.to_string_lossy()).collect::<Vec<_>>().join("\n"));
        let file = || match setting.key.as_str() {
            "lake" => config.lake.clone(),
            "tenant" => config.tenant.clone(),
            "time_zone" => config.time_zone.clone(),
            _ => None,
        };
        values.insert(setting.key.clone(), said.or_else(file).unwrap_or_default());
    }
    values
}

/// What is to be said of files with secrets that others may read, of a process that serves, where `values` holds.
pub(super) fn open_to_others(line: &Line, config: &Config, values: &BTreeMap<String, String>) -> Vec<String> {
    let found = found(line, config, |name| std::env::var_os(name));
    open::to_others(|key| values.get(key).cloned(), &found, config.path.as_deref())
}

/// Variables that are no settings.
const OF_THE_ENVIRONMENT: [&str; 4] = ["PULSE_CONFIG", "PULSE_KEY", "PULSE_SMTP_PASSWORD", "PULSE_TOKEN"];

/// Settings of the file that commands take from it themselves, since some work in passing where none of them is said.
const OF_THE_FILE: [&str; 3] = ["lake", "tenant", "time_zone"];

/// Whether one of the commands that are named by `path` has an option for a setting.
fn has(command: &Command, path: &[String], setting: &Setting) -> bool {
    let own = command.get_arguments().any(|arg| setting.is(arg));
    own || path
        .split_first()
        .is_some_and(|(next, rest)| command.find_subcommand(next).is_some_and(|below| has(below, rest, setting)))
}

/// The commands that are called, one below the other.
fn called(command: &Command, args: &[OsString]) -> Vec<String> {
    let (mut at, mut path) = (command, Vec::new());
    for arg in args.iter().skip(1).filter_map(|arg| arg.to_str()) {
        if let Some(below) = at.find_subcommand(arg) {
            path.push(arg.to_owned());
            at = below;
        }
    }
    path
}

/// What the file alone says, by key.
fn model(config: &Config) -> Vec<(&'static str, usize)> {
    MODEL.iter().filter_map(|(key, ..)| Some((*key, *config.lines.get(*key)?))).collect()
}

/// Every setting with its value and where that comes from, without secrets.
pub(super) fn report(line: &Line, config: &Config) -> String {
    shown(line, config, &found(line, config, |name| std::env::var_os(name)))
}

fn shown(line: &Line, config: &Config, found: &[Found]) -> String {
    let all = &line.settings;
    let value = |setting: &Setting| {
        let said = found.iter().find(|found| found.setting.key == setting.key);
        let (value, place) = match said.map(|found| (&found.said, found.place.as_str())) {
            None => (setting.default().unwrap_or_else(|| "-".to_owned()), "by default"),
            Some((_, place)) if setting.is_secret => ("(secret)".to_owned(), place),
            // It may have in it what it is let in by.
            Some((Said::Here(_), place)) if setting.key.ends_with("_command") => ("(a command)".to_owned(), place),
            Some((Said::Here(values), place)) => (without_passwords(&values.join(",")), place),
            Some((Said::InFile(path), place)) => (format!("(in {})", path.display()), place),
            Some((Said::By(_), place)) => ("(printed by a command)".to_owned(), place),
        };
        (value, place.to_owned())
    };
    let widest = all.iter().map(|setting| setting.key.len()).max().unwrap_or_default();
    let (mut text, mut group) = (String::new(), "");
    for setting in all {
        if group != setting.group {
            group = setting.group;
            let gap = if text.is_empty() { "" } else { "\n" };
            text.push_str(&format!("{gap}{group}\n"));
        }
        let (value, place) = value(setting);
        text.push_str(&format!("  {:widest$}  {value}  ({place})\n", setting.key));
    }
    let model = model(config);
    if !model.is_empty() {
        text.push_str("\nIn the file alone\n");
        for (key, line) in model {
            text.push_str(&format!("  {key:widest$}  line {line}\n"));
        }
    }
    if !config.wrong.is_empty() {
        text.push_str("\nWrong, and so not counted (`pulse config check` tells all that is)\n");
        config.wrong.iter().for_each(|why| text.push_str(&format!("  {why}\n")));
    }
    text
}

fn explained(line: &Line, key: &str, config: &Config, found: &[Found]) -> Result<String> {
    let key = key.trim_start_matches("--").replace('-', "_");
    let all = &line.settings;
    if let Some((key, words, example)) = MODEL.iter().find(|(known, ..)| *known == key) {
        let is = config.lines.get(*key).map_or("not set".to_owned(), |line| format!("on line {line}"));
        return Ok(format!(
            "{key}: {words}\n\n  in pulse.toml  {example}\n  now            {is}\n  changes        with the next start\n"
        ));
    }
    let setting = all.iter().find(|setting| setting.key == key || setting.variable == key.to_uppercase());
    let Some(setting) = setting else {
        let known: Vec<&str> =
            all.iter().map(|setting| setting.key.as_str()).chain(MODEL.map(|(key, ..)| key)).collect();
        return Err(Error::Usage(format!("there is no setting `{key}`{}", nearest(&key, &known))));
    };
    let now = found.iter().find(|found| found.setting.key == setting.key);
    let now = now.map_or("by default".to_owned(), |found| format!("said in {}", found.place));
    let default = setting.default().unwrap_or_else(|| "none".to_owned());
    let mut text = format!("{}: {}\n\n", setting.key, setting.words());
    for (what, value) in [
        ("option", setting.option()),
        ("environment", setting.variable.clone()),
        ("takes", setting.takes()),
        ("default", default),
        ("now", now),
        ("changes", if setting.is_reloaded() { "with a reload" } else { "with the next start" }.to_owned()),
    ] {
        text.push_str(&format!("  {what:12} {value}\n"));
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_setting_is_explained_by_any_of_its_names() {
        let line = Line::new();
        let explained = |name: &str| explained(&line, name, &Config::default(), &[]);
        for name in ["slow_query", "--slow-query", "PULSE_SLOW_QUERY"] {
            let text = explained(name).unwrap();
            assert!(text.contains("PULSE_SLOW_QUERY") && text.contains("10") && text.contains("by default"), "{text}");
            assert!(text.contains("changes      with a reload"), "{text}");
        }
        assert!(explained("port").unwrap().contains("with the next start"));
        assert!(explained("flow").unwrap().contains("pulse.toml"));
        let error = explained("slow_querry").unwrap_err().to_string();
        assert!(error.contains("is `slow_query` meant?"), "{error}");
    }

    #[test]
    fn no_secret_is_shown() {
        let config = Config {
            options: [("control".to_owned(), Said::Here(vec!["postgres://u:hunter2@h/d".to_owned()]))].into(),
            ..Config::default()
        };
        let line = Line::new();
        let text = shown(&line, &config, &found(&line, &config, |_| None));
        assert!(text.contains("(secret)") && !text.contains("hunter2"), "{text}");
    }

    #[test]
    fn the_commands_that_are_called_are_known_before_their_options_are_read() {
        let command = Line::new().command;
        let called = |text: &str| called(&command, &text.split(' ').map(OsString::from).collect::<Vec<_>>());
        assert_eq!(called("pulse --tenant acme admin --control x link"), ["admin", "link"]);
        assert_eq!(called("pulse serve --port 1"), ["serve"]);
    }

    #[test]
    fn what_holds_is_the_option_or_the_file_or_the_default() {
        let line = Line::new();
        let config = Config { tenant: Some("acme".to_owned()), minimum_n: Some(5), ..Config::default() };
        let read = |text: &str| {
            let matches = line.command.clone().try_get_matches_from(text.split(' ')).unwrap();
            values(&line, &matches, &config)
        };
        let of = read("pulse serve --port 9 --behind-proxy --limit compact=1 --time-zone Asia/Tokyo");
        let expected = [
            ("port", "9"),
            ("jobs", "2"),
            ("behind_proxy", "true"),
            ("limit", "compact=1"),
            ("time_zone", "Asia/Tokyo"),
            ("tenant", "acme"),
            ("minimum_n", "Some(5)"),
        ];
        for (key, value) in expected {
            assert_eq!(of[key], value, "{key}");
        }
        assert_eq!(read("pulse serve")["behind_proxy"], "false");
    }
}
