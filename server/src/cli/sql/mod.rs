//! `pulse sql`.

mod editor;
mod server;
mod shell;
mod sink;
mod source;
mod text;

use super::place::Place;
use crate::output::Format;
use crate::{Error, Result};
use clap::Args;
use pulse_engine::session::Limits;
use serde_json::Value;
use server::Server;
use shell::Shell;
use sink::Sink;
use source::Source;
use std::io::{IsTerminal as _, Read as _, Write};
use std::path::PathBuf;
use url::Url;

/// Ask questions in SQL, over this tenant's tables or those that a server shows
///
/// Without a query, statements are read one after the other, each up to its semicolon: on a terminal with a history, and names completed
/// by the tabulator key. \? lists what else may be said there.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  pulse sql \"SELECT count(*) FROM core.commits\"
  pulse sql                               Statement after statement, until \\q
  pulse sql --format csv \"SELECT * FROM facts.changes\" > changes.csv
  pulse sql --format parquet --output deployments.parquet \"SELECT * FROM facts.deployments\"
  pulse sql --max-rows 50000000 --timeout 3600 --format parquet --output all.parquet \"SELECT * FROM core.commits\"
  pulse sql - < question.sql
  pulse sql --params '[\"acme/shop\", 3]' \"SELECT id FROM facts.changes WHERE repository_id = $1 LIMIT $2\"
  PULSE_TOKEN=pulse_… pulse sql --server https://pulse.example.com \"SELECT count(*) FROM facts.changes\"")]
pub(super) struct Sql {
    /// The query; - reads it from standard input
    query: Option<String>,
    /// The values of the query's parameters: a JSON array of those of $1, $2, …, or an object of those of $name
    #[arg(long, value_name = "JSON", requires = "query")]
    params: Option<String>,
    /// How the rows are written
    #[arg(long, short, value_enum, default_value_t = Format::Table)]
    format: Format,
    /// Write to a file; it is put in place once it is whole
    #[arg(long, short, value_name = "FILE", requires = "query")]
    output: Option<PathBuf>,
    /// The most rows that the answer may have
    #[arg(long, value_name = "N", default_value_t = Limits::default().rows, conflicts_with = "server")]
    max_rows: usize,
    /// How long the query may take, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = Limits::default().seconds, conflicts_with = "server")]
    timeout: u64,
    /// Ask a server, as whoever the token is of. The token is read from PULSE_TOKEN; --lake and --tenant do not count then
    #[arg(long, value_name = "URL")]
    server: Option<Url>,
    /// Read the token from a file
    #[arg(long, value_name = "FILE", requires = "server")]
    token_file: Option<PathBuf>,
}

impl Sql {
    pub(super) async fn run(self, place: &Place) -> Result<()> {
        let to_terminal = self.output.is_none() && std::io::stdout().is_terminal();
        if self.format.is_binary() && to_terminal {
            return Err(Error::Usage(
                "this format is not for a terminal: name a file with --output, or send the output into one".into(),
            ));
        }
        let source = match &self.server {
            Some(url) => Source::Server(Server::new(url, self.token_file.as_deref())?),
            None => {
                let limits = Limits { rows: self.max_rows, seconds: self.timeout, ..Limits::default() };
                Source::Lake(place.known_tenant().await?, limits)
            }
        };
        let params = self.params.as_deref().map(serde_json::from_str::<Value>).transpose().map_err(|error| {
            Error::Usage(format!("--params is no JSON ({error}): it should be like '[\"a\", 3]' or '{{\"from\": 1}}'"))
        })?;
        let query = match self.query.as_deref() {
            Some("-") => {
                let mut text = String::new();
                std::io::stdin().read_to_string(&mut text)?;
                text
            }
            Some(query) => query.to_owned(),
            None => return Shell::new(source, place.clone(), self.format).run().await,
        };
        let Some(path) = &self.output else {
            return source.answer(&query, params.as_ref(), self.format, self.sink(place, &mut std::io::stdout())).await;
        };
        let failed = |error| Error::file("write", path, error);
        let part = crate::cli::part_of(path);
        let mut file = std::fs::File::create(&part).map_err(failed)?;
        if let Err(error) = source.answer(&query, params.as_ref(), self.format, self.sink(place, &mut file)).await {
            // The error that stopped the query is the one to tell.
            drop(std::fs::remove_file(&part));
            return Err(error);
        }
        std::fs::rename(&part, path).map_err(failed)
    }

    fn sink<'a>(&self, place: &Place, out: &'a mut (dyn Write + Send)) -> Sink<'a> {
        Sink::new(out, place.progress("Asking"), self.output.is_none())
    }
}
