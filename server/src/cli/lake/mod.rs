//! `pulse lake`: looking after the tables.

mod repair;
mod verify;

use super::place::Place;
use super::{print, write};
use crate::Result;
use clap::{Args, Subcommand};
use pulse_engine::lake::{KEPT_HOURS, Table};
use std::fmt::Write as _;
use std::io;

/// Look after the tables of the lake
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  pulse lake inspect
  pulse lake compact && pulse lake vacuum --hours 168
  pulse lake verify
  pulse lake repair                      What can be repaired of what is wrong; --yes does so")]
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
        #[arg(long, default_value_t = KEPT_HOURS)]
        hours: i64,
        /// Only show what would be deleted
        #[arg(long)]
        dry_run: bool,
    },
    Verify(verify::Verify),
    Repair(Box<repair::Repair>),
}

impl Lake {
    pub(super) async fn run(self, place: &Place) -> Result<()> {
        let tenant = place.known_tenant().await?;
        let tables = {
            let _progress = place.progress("Looking at the tables");
            tenant.lake().tables().await?
        };
        match self.task {
            Task::Inspect { json } => inspect(place, &tables, json).await,
            Task::Compact => compact(place, &tables).await,
            Task::Vacuum { hours, dry_run } => vacuum(place, &tables, hours, dry_run).await,
            Task::Verify(task) => task.run(place, &tenant, &tables).await,
            Task::Repair(task) => task.run(place, &tenant, &tables).await,
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
        return write(&format!("{}\n", serde_json::to_string_pretty(&found)?));
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
    print(&text)
}

async fn compact(place: &Place, tables: &[Table]) -> Result<()> {
    for table in tables {
        let progress = place.progress(format!("Compacting {}", table.name()));
        let done = table.compact().await?;
        drop(progress);
        if done.files_before > 0 {
            print(&format!(
                "{}: {} files became {} ({} rows)\n",
                table.name(),
                done.files_before,
                done.files_after,
                done.rows
            ))?;
        }
    }
    print("Compact.\n")
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
                print(&format!("{}/{file}\n", table.name()))?;
            }
        }
    }
    print(&format!("{files} files {}\n", if dry_run { "would be deleted" } else { "deleted" }))
}
