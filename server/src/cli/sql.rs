//! `pulse sql`.

use super::place::Place;
use crate::output::{Encoder, Format, TABLE_ROWS};
use crate::{Error, Result};
use clap::Args;
use futures::StreamExt as _;
use pulse_engine::Tenant;
use pulse_engine::session::{self, Limits};
use std::io::{IsTerminal as _, Read as _, Write};
use std::path::PathBuf;

/// Ask a question in SQL, over this tenant's tables
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  pulse sql \"SELECT count(*) FROM core.commits\"
  pulse sql --format csv \"SELECT * FROM facts.changes\" > changes.csv
  pulse sql --format parquet --output deployments.parquet \"SELECT * FROM facts.deployments\"
  pulse sql --max-rows 50000000 --timeout 3600 --format parquet --output all.parquet \"SELECT * FROM core.commits\"
  pulse sql - < question.sql")]
pub(super) struct Sql {
    /// The query; - reads it from standard input
    query: String,
    /// How the rows are written
    #[arg(long, short, value_enum, default_value_t = Format::Table)]
    format: Format,
    /// Write to a file; it is put in place once it is whole
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    /// The most rows that the answer may have
    #[arg(long, value_name = "N", default_value_t = Limits::default().rows)]
    max_rows: usize,
    /// How long the query may take, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = Limits::default().seconds)]
    timeout: u64,
}

impl Sql {
    pub(super) async fn run(self, place: &Place) -> Result<()> {
        let query = match self.query.as_str() {
            "-" => {
                let mut text = String::new();
                std::io::stdin().read_to_string(&mut text)?;
                text
            }
            _ => self.query.clone(),
        };
        if self.output.is_none() && self.format.is_binary() && std::io::stdout().is_terminal() {
            return Err(Error::Usage(
                "this format is not for a terminal: name a file with --output, or send the output into one".into(),
            ));
        }
        let tenant = place.known_tenant().await?;
        let Some(path) = &self.output else {
            return self.write(place, &tenant, &query, &mut std::io::stdout()).await;
        };
        let failed = |error| Error::file("write", path, error);
        let part = super::part_of(path);
        let mut file = std::fs::File::create(&part).map_err(failed)?;
        let written = self.write(place, &tenant, &query, &mut file).await;
        if let Err(error) = written {
            // The error that stopped the query is the one to tell.
            drop(std::fs::remove_file(&part));
            return Err(error);
        }
        std::fs::rename(&part, path).map_err(failed)
    }
}

impl Sql {
    /// Writes rows as they come, so that none but a table is ever held whole. Of that no more is read than it shows.
    async fn write(&self, place: &Place, tenant: &Tenant, query: &str, out: &mut (dyn Write + Send)) -> Result<()> {
        let mut progress = Some(place.progress("Asking"));
        let limits = Limits { rows: self.max_rows, seconds: self.timeout, ..Limits::default() };
        let mut rows = tenant.session_within(limits).await?.sql(query).await?;
        let mut encoder = Encoder::new(self.format, &rows.schema())?;
        let mut count = 0;
        while let Some(batch) = rows.next().await {
            let batch = batch.map_err(session::error)?;
            count += batch.num_rows();
            let bytes = encoder.encode(&batch)?;
            if !bytes.is_empty() && self.output.is_none() {
                // Rows and progress would share the terminal.
                progress = None;
            }
            out.write_all(&bytes)?;
            if self.format == Format::Table && count > TABLE_ROWS {
                break;
            }
        }
        drop(progress);
        out.write_all(&encoder.finish()?)?;
        Ok(out.flush()?)
    }
}
