//! `pulse push`.

use super::place::Place;
use super::steps;
use crate::{Error, Result};
use clap::{Args, ValueEnum};
use pulse_connectors::push::{self, Input, PushSource};
use std::fmt::Write as _;
use std::io::{self, BufReader};
use std::path::PathBuf;

/// Land rows of an entity from a file, and make the facts
///
/// Each row is checked. A bad one is told with its line, column and reason, and goes to core.rejects; the good ones land.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  pulse push incidents incidents.csv
  pulse push deployments - --format ndjson < deployments.ndjson

docs/data-model.md lists every entity with its columns.")]
pub(super) struct Push {
    /// The entity: repositories, deployments, incidents, …
    entity: String,
    /// The file; - reads standard input
    file: PathBuf,
    /// How it is written [default: what the file's name tells]
    #[arg(long, short, value_enum)]
    format: Option<Format>,
    /// The connection's name, the second part of every key
    #[arg(long, value_name = "NAME", default_value = push::DEFAULT_NAME)]
    name: String,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Format {
    /// One JSON object a line
    Ndjson,
    /// Comma-separated values with a header
    Csv,
    /// A Parquet file
    Parquet,
}

impl From<Format> for push::Format {
    fn from(format: Format) -> Self {
        match format {
            Format::Ndjson => push::Format::Ndjson,
            Format::Csv => push::Format::Csv,
            Format::Parquet => push::Format::Parquet,
        }
    }
}

impl Push {
    pub(super) async fn run(self, place: &Place) -> Result<()> {
        let format = self.format.map(Into::into).or_else(|| push::Format::of(&self.file)).ok_or_else(|| {
            Error::Usage(format!(
                "{} does not tell its format: say it with --format ndjson, csv or parquet",
                self.file.display()
            ))
        })?;
        let input = if self.file.as_os_str() == "-" {
            Input::Stream { name: "standard input".into(), reader: Box::new(BufReader::new(io::stdin())) }
        } else {
            Input::File(self.file)
        };
        // Before the lake is opened, so that a file that cannot be read makes none.
        let source = PushSource::open(Some(&self.name), &self.entity, format, input).map_err(|error| match error {
            pulse_connectors::Error::Unreadable { .. } => Error::Data(error.to_string()),
            error => error.into(),
        })?;
        let problems = source.problems();
        let tenant = place.tenant().await?;
        {
            let progress = place.progress(format!("Reading {}", self.entity));
            let at = |done: pulse_connectors::Progress| progress.at(done.payloads, "rows");
            pulse_connectors::sync(&tenant, Box::new(source), place.clock, &at).await?;
        }
        steps::map(place, &tenant, false).await?;
        steps::model(place, &tenant).await?;
        let (rows, bad) = (problems.rows(), problems.bad());
        super::print(&format!("{}: {} of {rows} rows landed\n", self.entity, rows - bad))?;
        if bad == 0 {
            return Ok(());
        }
        let mut told = format!("{bad} of {rows} rows were rejected, and stand in core.rejects; the others are in");
        let first = problems.first();
        for problem in &first {
            write!(told, "\n  {problem}").map_err(io::Error::other)?;
        }
        if bad > first.len() as u64 {
            write!(told, "\n  … and {} more", bad - first.len() as u64).map_err(io::Error::other)?;
        }
        Err(Error::Data(told))
    }
}
