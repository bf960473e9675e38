//! `pulse sql`.

use super::place::Place;
use crate::output::{Encoder, Format};
use crate::{Error, Result};
use clap::Args;
use futures::StreamExt as _;
use pulse_engine::{Tenant, session};
use std::io::{IsTerminal as _, Read as _, Write};
use std::path::PathBuf;

/// Ask a question in SQL, over this tenant's tables
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  pulse sql \"SELECT count(*) FROM core.commits\"
  pulse sql --format csv \"SELECT * FROM facts.changes\" > changes.csv
  pulse sql --format parquet --output deployments.parquet \"SELECT * FROM facts.deployments\"
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
        let tenant = place.tenant().await?;
        let Some(path) = &self.output else {
            return self.write(&tenant, &query, &mut std::io::stdout()).await;
        };
        let failed = |error| Error::file("write", path, error);
        let mut name = path.file_name().unwrap_or_default().to_owned();
        name.push(".part");
        let part = path.with_file_name(name);
        let mut file = std::fs::File::create(&part).map_err(failed)?;
        let written = self.write(&tenant, &query, &mut file).await;
        if let Err(error) = written {
            // The error that stopped the query is the one to tell.
            drop(std::fs::remove_file(&part));
            return Err(error);
        }
        std::fs::rename(&part, path).map_err(failed)
    }
}

impl Sql {
    /// Writes rows as they come, so that none but a table is ever held whole.
    async fn write(&self, tenant: &Tenant, query: &str, out: &mut (dyn Write + Send)) -> Result<()> {
        let mut rows = tenant.session().await?.sql(query).await?;
        let mut encoder = Encoder::new(self.format, &rows.schema())?;
        while let Some(batch) = rows.next().await {
            out.write_all(&encoder.encode(&batch.map_err(session::error)?)?)?;
        }
        out.write_all(&encoder.finish()?)?;
        Ok(out.flush()?)
    }
}
