//! What can be set: every option of `pulse serve`, by the option, an environment variable, or a line of `pulse.toml`. The command line
//! is where they are declared, with their types, defaults and words; nothing is said of them twice. Its tree is large, and built once
//! ([`Line`]).

use super::fit::{fault, without_passwords};
use crate::cli::Cli;
use clap::builder::{ArgAction, Resettable};
use clap::{Arg, Command, CommandFactory as _};
use std::ffi::OsStr;

/// Options that are of one call: they are no settings.
const OF_A_CALL: [&str; 4] = ["help", "version", "quiet", "config"];
/// The groups of options, by the names of their structs, in the order in which they are shown. What is in none of them is the process's.
const GROUPS: [(&str, &str); 7] = [
    ("Global", "Where and whose"),
    ("", "The process"),
    ("TellArgs", "What it tells of itself"),
    ("ControlArgs", "The control database and its secrets"),
    ("QueryArgs", "Queries"),
    ("FlightArgs", "Flight SQL"),
    ("MailArgs", "E-mail"),
];
/// What a process takes anew while it runs, beside all that queries may use.
const RELOADED: [&str; 3] = ["leave_seconds", "log", "trace_sql"];

/// The command line, with a variable for every setting, and the settings that are declared in it.
#[derive(Clone, Debug)]
pub(in crate::cli) struct Line {
    /// What reads a command line.
    pub(in crate::cli) command: Command,
    /// All settings, by group.
    pub(in crate::cli) settings: Vec<Setting>,
}

impl Line {
    pub(in crate::cli) fn new() -> Self {
        let mut command = Cli::command();
        let settings = settings(&command);
        for setting in &settings {
            let id = setting.arg.get_id().clone();
            let name = setting.variable.clone();
            command = if setting.group == GROUPS[0].1 {
                command.mut_arg(id, |arg| arg.env(name))
            } else {
                command.mut_subcommand("serve", |serve| serve.mut_arg(id, |arg| arg.env(name)))
            };
        }
        Self { command, settings }
    }
}

/// An option of `pulse serve` that can be set.
#[derive(Clone, Debug)]
pub(in crate::cli) struct Setting {
    /// Its name in `pulse.toml`: the option's, with underscores.
    pub(in crate::cli) key: String,
    /// The environment variable.
    pub(in crate::cli) variable: String,
    /// The heading that it stands under.
    pub(in crate::cli) group: &'static str,
    /// Whether its value is never shown.
    pub(in crate::cli) is_secret: bool,
    arg: Arg,
}

impl Setting {
    fn of(arg: &Arg, group: &'static str) -> Option<Self> {
        let long = arg.get_long().filter(|long| !OF_A_CALL.contains(long))?;
        let key = long.replace('-', "_");
        let variable = arg.get_env().and_then(|name| name.to_str()).map(str::to_owned);
        let variable = variable.unwrap_or_else(|| variable_of(&key));
        Some(Self { key, variable, group, is_secret: arg.is_hide_env_values_set(), arg: arg.clone() })
    }

    /// The option as it is written on the command line.
    pub(in crate::cli) fn option(&self) -> String {
        format!("--{}", self.key.replace('_', "-"))
    }

    /// What it is for.
    pub(in crate::cli) fn words(&self) -> String {
        self.help().0
    }

    /// The words of its help, and what they say of its default, where that is nothing that the command line knows.
    fn help(&self) -> (String, Option<String>) {
        let help = self.arg.get_help().map(ToString::to_string).unwrap_or_default();
        match help.strip_suffix(']').and_then(|help| help.split_once(" [default: ")) {
            Some((words, default)) => (words.to_owned(), Some(default.to_owned())),
            None => (help, None),
        }
    }

    /// What holds where nothing is said.
    pub(in crate::cli) fn default(&self) -> Option<String> {
        let values: Vec<_> = self.arg.get_default_values().iter().map(|value| value.to_string_lossy()).collect();
        if values.is_empty() { self.help().1 } else { Some(values.join(",")) }
    }

    /// Whether a process takes it anew while it runs.
    pub(in crate::cli) fn is_reloaded(&self) -> bool {
        self.group == "Queries" || RELOADED.contains(&self.key.as_str())
    }

    /// The name of its values among those that a command line was read to.
    pub(super) fn id(&self) -> &str {
        self.arg.get_id().as_str()
    }

    /// What it takes: its name in help, or the words that it is one of.
    pub(in crate::cli) fn takes(&self) -> String {
        if self.is_flag() {
            return "`true` or `false`".to_owned();
        }
        let words = self.arg.get_possible_values();
        if !words.is_empty() {
            let words: Vec<_> = words.iter().map(|word| format!("`{}`", word.get_name())).collect();
            return words.join(", ");
        }
        self.arg.get_value_names().map(|names| names.join(" ")).unwrap_or_default()
    }

    /// Whether it is set or not, without a value.
    pub(in crate::cli) fn is_flag(&self) -> bool {
        matches!(self.arg.get_action(), ArgAction::SetTrue)
    }

    /// Whether it may have several values.
    pub(in crate::cli) fn is_list(&self) -> bool {
        matches!(self.arg.get_action(), ArgAction::Append)
    }

    /// These values as they stand on a command line; nothing for a flag that is not set.
    fn spelled(&self, values: &[String]) -> Vec<String> {
        match self.is_flag() {
            true if values.iter().all(|value| value == "true") => vec![self.option()],
            true => Vec::new(),
            false => values.iter().map(|value| format!("{}={value}", self.option())).collect(),
        }
    }

    /// Whether `arg` of some command is this setting's option: that of `pulse serve`, or one that shares its variable.
    pub(super) fn is(&self, arg: &Arg) -> bool {
        arg.get_id() == self.arg.get_id() && arg.get_env().is_some_and(|name| name == self.variable.as_str())
    }
}

/// Where a server listens is no `PULSE_PORT`: Kubernetes says that of a service of the name `pulse`.
fn variable_of(key: &str) -> String {
    match key {
        "port" => "PULSE_HTTP_PORT".to_owned(),
        key => format!("PULSE_{}", key.to_uppercase()),
    }
}

/// All settings, by group.
fn settings(cli: &Command) -> Vec<Setting> {
    let Some(serve) = cli.find_subcommand("serve") else { return Vec::new() };
    let ids = |command: &Command, group: &str| -> Vec<clap::Id> {
        let group = command.get_groups().find(|known| known.get_id() == group);
        group.map(|group| group.get_args().cloned().collect()).unwrap_or_default()
    };
    let grouped: Vec<_> = GROUPS.iter().flat_map(|(group, _)| ids(serve, group)).collect();
    let of = |(group, title): &(&str, &'static str)| {
        let command = if *group == "Global" { cli } else { serve };
        let own = ids(command, group);
        let is =
            |arg: &&Arg| if group.is_empty() { !grouped.contains(arg.get_id()) } else { own.contains(arg.get_id()) };
        command.get_arguments().filter(is).filter_map(|arg| Setting::of(arg, title)).collect::<Vec<_>>()
    };
    GROUPS.iter().flat_map(of).collect()
}

/// The command line where these settings have these defaults, in the commands that are named by `path`, one below the other.
pub(in crate::cli) fn with_defaults(
    mut command: Command,
    path: &[String],
    defaults: &[(Setting, Vec<String>)],
) -> Command {
    for (setting, values) in defaults {
        if command.get_arguments().any(|arg| setting.is(arg)) {
            let values = values.clone();
            command = command.mut_arg(setting.arg.get_id().clone(), |arg| arg.default_values(values));
        }
    }
    match path.split_first() {
        Some((next, rest)) => command.mut_subcommand(next.clone(), |below| with_defaults(below, rest, defaults)),
        None => command,
    }
}

/// The command line that does not look at variables which are set to nothing: that is as good as none.
pub(in crate::cli) fn without(command: Command, blank: &dyn Fn(&OsStr) -> bool) -> Command {
    let names: Vec<String> = command.get_subcommands().map(|below| below.get_name().to_owned()).collect();
    let command = command.mut_args(|arg| match arg.get_env() {
        Some(name) if blank(name) => arg.env(Resettable::Reset),
        _ => arg,
    });
    names.into_iter().fold(command, |command, name| command.mut_subcommand(name, |below| without(below, blank)))
}

/// What is wrong with these values of these settings, one by one: each with the place in `from` that it came from.
pub(in crate::cli) fn wrong(line: &Line, said: &[(Setting, Vec<String>, String)]) -> Vec<String> {
    if said.is_empty() {
        return Vec::new();
    }
    let bare = without(line.command.clone(), &|_: &OsStr| true);
    let parsed = |args: Vec<String>| {
        bare.clone().try_get_matches_from(["pulse".to_owned(), "serve".to_owned()].into_iter().chain(args))
    };
    let mut wrong = Vec::new();
    for (setting, values, from) in said {
        let is_truth = |value: &String| ["true", "false"].contains(&value.as_str());
        if setting.is_flag() && !values.iter().all(is_truth) {
            wrong.push(format!("{from}: `{}` should be `true` or `false`", setting.key));
            continue;
        }
        use clap::error::ErrorKind::{ArgumentConflict, MissingRequiredArgument};
        match parsed(setting.spelled(values)) {
            // What it needs beside it is seen once all are there.
            Err(error) if !matches!(error.kind(), MissingRequiredArgument | ArgumentConflict) => {
                wrong.push(format!("{from}: {}", why(&error, setting)));
            }
            _ => {
                let faults = values.iter().filter_map(|value| fault(&setting.key, value));
                wrong.extend(faults.map(|told| format!("{from}: {told}")));
            }
        }
    }
    if wrong.is_empty()
        && let Err(error) = parsed(said.iter().flat_map(|(setting, values, _)| setting.spelled(values)).collect())
    {
        wrong.push(reason(&error));
    }
    wrong
}

fn reason(error: &clap::Error) -> String {
    let text = error.render().to_string();
    let lines =
        text.lines().map(str::trim).take_while(|line| !line.starts_with("Usage:") && !line.starts_with("For more"));
    let lines: Vec<&str> = lines.filter(|line| !line.is_empty()).collect();
    lines.join(" ").trim_start_matches("error: ").to_owned()
}

/// Why a value cannot be, without the value of a secret.
fn why(error: &clap::Error, setting: &Setting) -> String {
    match setting.is_secret {
        true => format!("the value of `{}` cannot be used", setting.key),
        false => without_passwords(&reason(error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_option_of_serve_is_one_setting_with_words_of_its_own() {
        let Line { command: mut cli, settings: all } = Line::new();
        cli.build();
        let serve = cli.find_subcommand("serve").unwrap();
        let options: Vec<String> = serve.get_arguments().filter_map(|arg| arg.get_long()).map(str::to_owned).collect();
        let options = options.iter().filter(|long| !OF_A_CALL.contains(&long.as_str()));
        for option in options {
            let of = all.iter().filter(|setting| setting.option() == format!("--{option}")).count();
            assert_eq!(of, 1, "--{option}: its struct is to be named in GROUPS");
        }
        let mut variables: Vec<&str> = all.iter().map(|setting| setting.variable.as_str()).collect();
        variables.sort_unstable();
        let count = variables.len();
        variables.dedup();
        assert_eq!(variables.len(), count, "two have one variable");
        assert!(all.iter().all(|setting| !setting.words().is_empty()));
        assert!(!variables.contains(&"PULSE_PORT"));
    }

    fn said(key: &str, values: &[&str]) -> (Setting, Vec<String>, String) {
        let setting = Line::new().settings.into_iter().find(|setting| setting.key == key).unwrap();
        (setting, values.iter().map(|value| (*value).to_owned()).collect(), format!("here {key}"))
    }

    #[test]
    fn all_that_is_wrong_is_told_at_once_and_no_secret_with_it() {
        let wrong = wrong(
            &Line::new(),
            &[
                said("port", &["http"]),
                said("roles", &["api", "boss"]),
                said("behind_proxy", &["yes"]),
                said("jobs", &["3"]),
                said("limit", &["compact=1", "nap=2"]),
            ],
        );
        assert_eq!(wrong.len(), 4, "{wrong:#?}");
        assert!(wrong[0].starts_with("here port: invalid value 'http' for '--port <PORT>'"), "{}", wrong[0]);
        assert!(wrong[1].contains("boss") && wrong[1].contains("worker"), "{}", wrong[1]);
        assert!(wrong[2].contains("`true` or `false`") && wrong[3].contains("nap"), "{wrong:#?}");
    }

    #[test]
    fn what_needs_another_is_told_where_that_is_missing() {
        let wrong = |said: &[_]| wrong(&Line::new(), said);
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str, what: &str| {
            let path = folder.path().join(name);
            std::fs::write(&path, format!("-----BEGIN {what}-----\nMAA=\n-----END {what}-----\n")).unwrap();
            path.to_str().unwrap().to_owned()
        };
        let [certificate, key] = [file("a.pem", "CERTIFICATE"), file("a.key", "PRIVATE KEY")];
        assert_eq!(wrong(&[said("tls_cert", &[&certificate]), said("tls_key", &[&key])]), Vec::<String>::new());
        let alone = wrong(&[said("tls_cert", &[&certificate]), said("port", &["1"])]);
        assert!(alone.len() == 1 && alone[0].contains("--tls-key"), "{alone:?}");
    }

    #[test]
    fn what_is_reloaded_is_a_setting() {
        let all = Line::new().settings;
        for key in RELOADED {
            assert!(all.iter().any(|setting| setting.key == key), "{key}");
        }
        let reloaded = |key: &str| all.iter().find(|setting| setting.key == key).unwrap().is_reloaded();
        assert!(reloaded("log") && reloaded("query_rows") && reloaded("tenant_queue"));
        assert!(!reloaded("port") && !reloaded("lake") && !reloaded("control"));
    }

    #[test]
    fn a_default_reaches_the_command_that_has_the_option() {
        let defaults = [("port", "9"), ("control", "sqlite:x.db")].map(|(key, value)| {
            let (setting, values, _) = said(key, &[value]);
            (setting, values)
        });
        let path = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
        let told = |line: &str, at: &str, id: &str| {
            let line = path(line);
            let cli = with_defaults(Line::new().command, &path(at), &defaults);
            let mut matches = cli.try_get_matches_from(line).unwrap();
            for name in path(at) {
                matches = matches.remove_subcommand().filter(|(is, _)| *is == name).unwrap().1;
            }
            matches.get_raw(id).unwrap().map(|v| v.to_string_lossy().into_owned()).collect::<Vec<_>>()
        };
        assert_eq!(told("pulse serve", "serve", "port"), ["9"]);
        assert_eq!(told("pulse serve --port 8", "serve", "port"), ["8"], "the command line goes first");
        assert_eq!(told("pulse admin link", "admin", "control"), ["sqlite:x.db"]);
    }
}
