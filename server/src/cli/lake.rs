//! `pulse lake`: looking after the tables.

use super::place::Place;
use crate::jobs::tables;
use crate::{Error, Result};
use clap::{Args, Subcommand};
use pulse_engine::lake::Table;
use std::fmt::Write as _;
use std::io;

/// Look after the tables of the lake
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  pulse lake inspect
  pulse lake compact && pulse lake vacuum --hours 168
  pulse lake verify")]
pub(super) struct Lake {
    #[command(subcommand)]
    task: Task,
}

#[derive(Debug, Subcommand)]
enum Task {
    /// Show each table's version, files, size and rows
    Inspect {
        /// Write JSON
        #[arg(long)]
        json: bool,
    },
    /// Put few large files in the place of many small ones
    Compact,
    /// Delete files that left their table a while ago
    Vacuum {
        /// How long ago, in hours
        #[arg(long, default_value_t = 168)]
        hours: i64,
        /// Only show what would be deleted
        #[arg(long)]
        dry_run: bool,
    },
    /// Read every file and compare it with the log
    Verify,
}

impl Lake {
    pub(super) async fn run(self, place: &Place) -> Result<()> {
        let tenant = place.known_tenant().await?;
        let tables = {
            let _progress = place.progress("Looking at the tables");
            tables(&tenant).await?
        };
        match self.task {
            Task::Inspect { json } => inspect(place, &tables, json).await,
            Task::Compact => compact(place, &tables).await,
            Task::Vacuum { hours, dry_run } => vacuum(place, &tables, hours, dry_run).await,
            Task::Verify => verify(place, &tables).await,
        }
    }
}

async fn inspect(place: &Place, tables: &[Table], json: bool) -> Result<()> {
    let mut found = Vec::new();
    let progress = place.progress("Looking at the files");
    for table in tables {
        found.extend(table.inspect().await?);
    }
    drop(progress);
    if json {
        return super::write(&format!("{}\n", serde_json::to_string_pretty(&found)?));
    }
    let mut text =
        format!("{:<28} {:>8} {:>7} {:>7} {:>12} {:>12}\n", "table", "version", "files", "small", "bytes", "rows");
    for t in &found {
        let rows = t.rows.map_or_else(|| "?".to_owned(), |rows| rows.to_string());
        writeln!(
            text,
            "{:<28} {:>8} {:>7} {:>7} {:>12} {rows:>12}",
            t.table, t.version, t.files, t.small_files, t.bytes
        )
        .map_err(io::Error::other)?;
    }
    super::print(&text)
}

async fn compact(place: &Place, tables: &[Table]) -> Result<()> {
    for table in tables {
        let progress = place.progress(format!("Compacting {}", table.name()));
        let done = table.compact().await?;
        drop(progress);
        if done.files_before > 0 {
            super::print(&format!(
                "{}: {} files became {} ({} rows)\n",
                table.name(),
                done.files_before,
                done.files_after,
                done.rows
            ))?;
        }
    }
    super::print("Compact.\n")
}

async fn vacuum(place: &Place, tables: &[Table], hours: i64, dry_run: bool) -> Result<()> {
    let mut files = 0;
    for table in tables {
        let progress = place.progress(format!("Cleaning {}", table.name()));
        let done = table.vacuum(hours, dry_run).await?;
        drop(progress);
        files += done.files.len();
        if dry_run {
            for file in &done.files {
                super::print(&format!("{}/{file}\n", table.name()))?;
            }
        }
    }
    super::print(&format!("{files} files {}\n", if dry_run { "would be deleted" } else { "deleted" }))
}

async fn verify(place: &Place, tables: &[Table]) -> Result<()> {
    let mut problems = 0;
    for table in tables {
        let progress = place.progress(format!("Reading {}", table.name()));
        let found = table.verify().await?;
        drop(progress);
        problems += found.len();
        for problem in found {
            super::print(&format!("{}/{} {}\n", table.name(), problem.file, problem.reason))?;
        }
    }
    if problems > 0 {
        return Err(Error::Data(format!(
            "{problems} files are not what the log says: bring them back from a backup, or sync into a new lake"
        )));
    }
    super::print(&format!("{} tables are whole.\n", tables.len()))
}
