//! The command line: one file a command.

mod admin;
mod audit;
mod backup;
mod certificate;
mod completions;
mod config;
mod control;
mod demo;
mod doctor;
mod dora;
mod environment;
mod flight;
mod forecast;
mod hooks;
mod jobs;
mod lake;
mod mail;
mod map;
mod metric;
mod model;
mod place;
mod progress;
mod push;
mod queries;
mod reading;
mod reload;
mod report;
mod repositories;
mod serve;
mod simulate;
mod sql;
mod steps;
mod sync;
mod telling;
mod tenant;

use crate::output::plain;
use crate::{Config, Error, Result};
use clap::{Args, FromArgMatches as _, Parser, Subcommand};
use config::Line;
use place::Place;
use reload::Anew;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// The DORA metrics of your software delivery, from the traces that it leaves
#[derive(Debug, Parser)]
#[command(name = "pulse", version, max_term_width = 100, after_help = EXAMPLES)]
pub struct Cli {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Command,
}

const EXAMPLES: &str = "\
Examples:
  pulse dora .                           The five metrics of the repository in this folder
  pulse sync ../api ../web && pulse dora Keep two repositories in a lake, and report on both
  pulse serve                            Answer over HTTP, and show the report in a browser

Exit codes: 0 done, 1 failed, 2 asked wrongly, 3 the data is wanting (docs/cli.md)";

/// Options of every command.
#[derive(Clone, Debug, Args)]
struct Global {
    /// The lake: file://, s3:// or memory:// [default: file://./.pulse/lake]
    #[arg(long, global = true, value_name = "URL", env = "PULSE_LAKE", help_heading = "Global options")]
    lake: Option<String>,
    /// Whose data it is [default: local]
    #[arg(long, global = true, value_name = "NAME", help_heading = "Global options")]
    tenant: Option<String>,
    /// Where days, weeks and months begin, such as Europe/Berlin [default: UTC]
    #[arg(long, global = true, value_name = "ZONE", help_heading = "Global options")]
    time_zone: Option<String>,
    /// A settings file in the place of ./pulse.toml
    #[arg(long, global = true, value_name = "FILE", env = "PULSE_CONFIG", help_heading = "Global options")]
    config: Option<PathBuf>,
    /// Show no progress
    #[arg(long, short, global = true, help_heading = "Global options")]
    quiet: bool,
}

#[derive(Debug, Subcommand)]
enum Command {
    Dora(dora::Dora),
    Report(report::Report),
    Sync(sync::Sync),
    Push(push::Push),
    Map(map::Map),
    Model(model::Model),
    Forecast(forecast::Forecast),
    Metric(metric::Metric),
    Sql(sql::Sql),
    Lake(lake::Lake),
    Serve(Box<serve::Serve>),
    Jobs(jobs::Jobs),
    Admin(admin::Admin),
    Audit(audit::Audit),
    Backup(backup::Backup),
    Tenant(tenant::Tenant),
    Doctor(doctor::Doctor),
    Demo(demo::Demo),
    Simulate(Box<simulate::Simulate>),
    Config(config::Settings),
    Completions(completions::Completions),
}

/// Stack of each worker: plans of nested queries recurse deeply, most of all in an unoptimised build.
const STACK_BYTES: usize = 16 << 20;

/// Runs the command that the process was started with.
pub fn main() -> ExitCode {
    run(std::env::args_os())
}

fn run(args: impl Iterator<Item = OsString>) -> ExitCode {
    let (line, args) = (Line::new(), args.collect::<Vec<_>>());
    let read = match read(&line, &args) {
        Ok(read) => read,
        Err(Refused::Line(error)) => {
            // Help goes to standard output, mistakes to standard error. Nobody may be reading either.
            drop(error.print());
            return ExitCode::from(if error.use_stderr() { 2 } else { 0 });
        }
        Err(Refused::Settings(error)) => return failed(&error),
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().thread_stack_size(STACK_BYTES).build();
    let done = match runtime {
        Ok(runtime) => {
            // On a worker, which has the larger stack.
            let done = runtime.block_on(async { tokio::spawn(read.run(line, args)).await });
            // What still runs is of nobody's concern: a query whose client left, a server that was told to stop twice.
            runtime.shutdown_background();
            done.unwrap_or_else(|died| Err(Error::Engine(died.into())))
        }
        Err(error) => Err(Error::Output(error)),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if error.is_broken_pipe() => ExitCode::SUCCESS,
        Err(error) => failed(&error),
    }
}

fn failed(error: &Error) -> ExitCode {
    drop(writeln!(std::io::stderr(), "error: {}", plain(&error.to_string())));
    ExitCode::from(error.exit_code())
}

/// Why a command line cannot be carried out.
enum Refused {
    /// It is wrong itself, or asks for help alone.
    Line(clap::Error),
    /// The settings behind it are.
    Settings(Error),
}

impl From<Refused> for Error {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::Line(error) => Error::Usage(error.render().to_string()),
            Refused::Settings(error) => error,
        }
    }
}

/// What is said on the command line, in the environment and in the settings file.
struct Read {
    cli: Cli,
    config: Config,
    /// What holds of every setting, by key: to see what changes.
    values: BTreeMap<String, String>,
}

fn read(line: &Line, args: &[OsString]) -> Result<Read, Refused> {
    // Help helps whatever the settings are.
    if let Err(error) = line.command.clone().try_get_matches_from(args)
        && !error.use_stderr()
    {
        return Err(Refused::Line(error));
    }
    let variable = |name: &str| std::env::var_os(name);
    let config = config::load(line, config::named_file(args, variable).as_deref()).map_err(Refused::Settings)?;
    let command = config::settled(line, &config, args).map_err(Refused::Settings)?;
    let matches = command.try_get_matches_from(args).map_err(Refused::Line)?;
    let values = config::values(line, &matches, &config);
    let cli = Cli::from_arg_matches(&matches).map_err(Refused::Line)?;
    Ok(Read { cli, config, values })
}

impl Read {
    async fn run(self, mut line: Line, args: Vec<OsString>) -> Result<()> {
        let Self { cli, config, values } = self;
        let place = || Place::new(cli.global, config.clone());
        match cli.command {
            Command::Dora(command) => command.run(&place()?).await,
            Command::Report(command) => command.run(&place()?).await,
            Command::Sync(command) => command.run(&place()?).await,
            Command::Push(command) => command.run(&place()?).await,
            Command::Map(command) => command.run(&place()?).await,
            Command::Model(command) => command.run(&place()?).await,
            Command::Forecast(command) => command.run(&place()?).await,
            Command::Metric(command) => command.run(&place()?).await,
            Command::Sql(command) => command.run(&place()?).await,
            Command::Lake(command) => command.run(&place()?).await,
            Command::Serve(command) => {
                let anew = Anew::new(line, args, values).listening();
                command.run(&place()?, anew).await
            }
            Command::Jobs(command) => command.run(&place()?).await,
            Command::Admin(command) => command.run(&place()?).await,
            Command::Audit(command) => command.run(&place()?).await,
            Command::Backup(command) => command.run(&place()?).await,
            Command::Tenant(command) => command.run(&place()?).await,
            Command::Doctor(command) => command.run(&place()?, &line).await,
            Command::Demo(command) => command.run(&place()?).await,
            Command::Simulate(command) => command.run(place()?.clock).await,
            // Its settings may be what is wrong.
            Command::Config(command) => command.run(&line, &config),
            Command::Completions(command) => command.run(&mut line.command),
        }
    }
}

/// Writes text for people to standard output.
fn print(text: &str) -> Result<()> {
    write(&plain(text))
}

/// Writes to standard output exactly what it is given.
fn write(text: &str) -> Result<()> {
    let mut out = std::io::stdout().lock();
    out.write_all(text.as_bytes())?;
    Ok(out.flush()?)
}

/// Where a file is written until it is whole.
fn part_of(path: &Path) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".part");
    path.with_file_name(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    #[test]
    fn the_command_line_is_well_formed() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_command_has_a_line_of_help_and_an_example() {
        for command in Cli::command().get_subcommands() {
            assert!(command.get_about().is_some(), "{} says nothing about itself", command.get_name());
            let after = command.get_after_help().map(ToString::to_string).unwrap_or_default();
            assert!(after.contains("Example"), "{} shows no example", command.get_name());
        }
    }
}
