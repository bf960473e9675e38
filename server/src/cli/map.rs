//! `pulse map`.

use super::place::Place;
use super::steps;
use crate::{Error, Result};
use clap::Args;
use pulse_engine::counted;
use std::fmt::Write as _;

/// Map what landed into entities; `pulse sync` and `pulse push` do so by themselves
#[derive(Debug, Args)]
#[command(after_help = "Example:
  pulse map --replay     Map everything again, after a changed pattern or a newer Pulse")]
pub(super) struct Map {
    /// Map everything that ever landed again, with no call to its source
    #[arg(long)]
    replay: bool,
}

impl Map {
    pub(super) async fn run(self, place: &Place) -> Result<()> {
        let tenant = place.known_tenant().await?;
        let report = steps::map(place, &tenant, self.replay).await?;
        let mut text = format!("{} mapped\n", counted(report.payloads, "payload", "payloads"));
        for (table, rows) in &report.rows {
            writeln!(text, "  {table:<22} {rows:>9} rows").map_err(std::io::Error::other)?;
        }
        super::print(&text)?;
        if report.rejected > 0 {
            return Err(Error::Data(format!(
                "{} could not be mapped; the rest is: `pulse sql \"SELECT stream, key, line, field, reason FROM core.rejects\"` says why",
                counted(report.rejected, "payload", "payloads")
            )));
        }
        Ok(())
    }
}
