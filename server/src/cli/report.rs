//! `pulse report`.

use super::place::Place;
use crate::reports::{self, BUILT_IN, Changes, FileFormat, Look, Made, Period, Saved, Written};
use crate::texts::Language;
use crate::{Error, Result};
use chrono::NaiveDate;
use clap::Args;
use pulse_engine::metrics::Filter;
use std::fs::File;
use std::io::{IsTerminal as _, Write as _};
use std::path::PathBuf;

/// Write a report as a file: pages, a workbook, or rows
///
/// Without a name, tell which there are. The lake alone is asked: reports, targets and metrics of a tenant's own are for a server.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  pulse report
  pulse report board-quarterly --output board.pdf
  pulse report executive-monthly --format xlsx --from 2026-03-01 --until 2026-04-01 --output march.xlsx
  pulse report team-weekly --team Checkout --format html > week.html
  pulse report risk-register --language de --output risiken.pdf")]
pub(super) struct Report {
    /// The report
    #[arg(value_name = "NAME")]
    name: Option<String>,
    /// How it is written
    #[arg(long, short, value_enum, default_value = "pdf")]
    format: FileFormat,
    /// Of CSV and Parquet, the one table to write; without it all, in one archive
    #[arg(long, value_name = "NAME")]
    table: Option<String>,
    /// The first day, in the place of the report's own period
    #[arg(long, value_name = "DATE", requires = "until")]
    from: Option<NaiveDate>,
    /// The day after the last
    #[arg(long, value_name = "DATE", requires = "from")]
    until: Option<NaiveDate>,
    /// Of when it is: an instant such as 2026-03-31T22:00:00Z [default: now]
    #[arg(long, value_name = "INSTANT")]
    as_of: Option<String>,
    /// The language that it is written in [default: en]
    #[arg(long, value_enum)]
    language: Option<Language>,
    /// Only this repository, by id or name; may be given again
    #[arg(long = "repository", value_name = "NAME")]
    repositories: Vec<String>,
    /// Only this project, by id or name; may be given again
    #[arg(long = "project", value_name = "NAME")]
    projects: Vec<String>,
    /// Only this team, of whoever made it, by id or name; may be given again
    #[arg(long = "team", value_name = "NAME")]
    teams: Vec<String>,
    /// Only what is of projects that this team owns; may be given again
    #[arg(long = "owning-team", value_name = "NAME")]
    owning_teams: Vec<String>,
    /// Write to a file; it is put in place once it is whole
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
}

impl Report {
    pub(super) async fn run(self, place: &Place) -> Result<()> {
        let Some(name) = &self.name else {
            let line = |of: &reports::BuiltIn| format!("{:<20} {}\n", of.name, of.definition().description);
            return super::print(&BUILT_IN.iter().map(line).collect::<String>());
        };
        let definition = reports::built_in(name).ok_or_else(|| {
            let all: Vec<&str> = BUILT_IN.iter().map(|of| of.name).collect();
            Error::Usage(format!("there is no report `{}`; there are: {}", name.escape_default(), all.join(", ")))
        })?;
        if self.output.is_none() && std::io::stdout().is_terminal() && self.format != FileFormat::Json {
            return Err(Error::Usage(
                "this is not for a terminal: name a file with --output, or send the output into one".into(),
            ));
        }
        let (repositories, projects, teams) = (self.repositories, self.projects, self.teams);
        let owning_teams = self.owning_teams;
        let changes = Changes {
            period: self.from.zip(self.until).map(|(from, until)| Period::Days { from, until }),
            language: self.language,
            scope: Some(Filter { repositories, projects, teams, owning_teams, ..Filter::default() }),
            ..Changes::default()
        };
        let as_of = match &self.as_of {
            Some(text) => reports::named_as_of(text, place.clock.now())?,
            None => place.clock.now(),
        };
        let tenant = place.known_tenant().await?;
        let written = {
            let _progress = place.progress("Asking");
            let definition = changes.over(definition);
            let made =
                Made { name, definition: &definition, organization: tenant.id().as_str(), as_of, saved: &Saved::new() };
            let paper = reports::make(&tenant, &place.settings, made).await?;
            let (format, table) = (self.format, self.table);
            let write = move || Written::of(format, &paper, &Look::default(), table.as_deref());
            tokio::task::spawn_blocking(write).await??
        };
        let mut written = written.into_file();
        let Some(path) = &self.output else {
            let mut out = std::io::stdout().lock();
            std::io::copy(&mut written, &mut out)?;
            return Ok(out.flush()?);
        };
        let part = super::part_of(path);
        let mut put = || -> std::io::Result<()> {
            std::io::copy(&mut written, &mut File::create(&part)?)?;
            std::fs::rename(&part, path)
        };
        put().map_err(|error| Error::file("write", path, error))
    }
}
