//! `pulse demo`.

use super::place::Place;
use super::steps;
use crate::{Result, demo};
use clap::Args;
use pulse_connectors::push::{Format, Input, PushSource};
use std::io::Cursor;

/// Fill the sample tenant `demo` with a made-up history
///
/// Three services over the last 26 weeks: pull requests, reviews, deployments, incidents. It is the same history each time, and
/// ends now; running it again moves it up to now.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  pulse demo && pulse --tenant demo dora --by repository")]
pub(super) struct Demo;

impl Demo {
    pub(super) async fn run(self, place: &Place) -> Result<()> {
        let place = place.of(demo::TENANT);
        let tenant = place.tenant().await?;
        let progress = place.progress("Making the sample");
        for (entity, rows) in demo::rows(place.clock)? {
            let text: String = rows.iter().map(|row| format!("{row}\n")).collect();
            let input = Input::Stream { name: format!("sample of {entity}"), reader: Box::new(Cursor::new(text)) };
            let source = PushSource::open(Some(demo::TENANT), entity, Format::Ndjson, input)?;
            pulse_connectors::sync(&tenant, Box::new(source), place.clock, &|_| {}).await?;
        }
        drop(progress);
        steps::map(&place, &tenant, false).await?;
        steps::model(&place, &tenant).await?;
        super::print(
            "The sample tenant is ready: `pulse --tenant demo dora` reports on it, `pulse --tenant demo serve` shows it.\n",
        )
    }
}
