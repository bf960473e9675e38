//! `pulse model`.

use super::place::Place;
use super::steps;
use crate::Result;
use clap::Args;
use pulse_engine::counted;

/// Make the facts of what is mapped; `pulse sync` and `pulse push` do so by themselves
///
/// With --freeze it goes on as the jobs of a server do after each model. What a tenant decided on a server is not known here: facts,
/// forecasts and risks are made by the settings of this command.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  pulse map --replay && pulse model
  pulse model --freeze")]
pub(super) struct Model {
    /// Also freeze today's forecasts, score the earlier ones, and freeze today's risks
    #[arg(long)]
    freeze: bool,
}

impl Model {
    pub(super) async fn run(self, place: &Place) -> Result<()> {
        let tenant = place.known_tenant().await?;
        steps::model(place, &tenant).await?;
        super::print("The facts are up to date.\n")?;
        if !self.freeze {
            return Ok(());
        }
        let (forecasts, risks) = steps::freeze(place, &tenant).await?;
        super::print(&format!(
            "Frozen: {}, and what the rules find in {} on {}: {}.\n",
            counted(forecasts.frozen, "forecast", "forecasts"),
            counted(risks.projects, "project", "projects"),
            risks.day,
            counted(risks.findings, "finding", "findings")
        ))
    }
}
