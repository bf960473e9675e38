//! `pulse model`.

use super::place::Place;
use super::steps;
use crate::Result;
use clap::Args;

/// Make the facts of what is mapped; `pulse sync` and `pulse push` do so by themselves
#[derive(Debug, Args)]
#[command(after_help = "Example:
  pulse map --replay && pulse model")]
pub(super) struct Model;

impl Model {
    pub(super) async fn run(self, place: &Place) -> Result<()> {
        let tenant = place.known_tenant().await?;
        steps::model(place, &tenant).await?;
        super::print("The facts are up to date.\n")
    }
}
