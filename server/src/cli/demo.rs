//! `pulse demo`.

use super::control::{ControlArgs, begun};
use super::place::Place;
use super::steps;
use crate::demo::{self, Sample};
use crate::{Error, Result};
use clap::Args;
use pulse_simulator::Scenario;

/// Fill the sample tenants `demo` and `demo-bank` with made-up organizations
///
/// Eighteen months of two companies that work in very different ways, up to now: each is read from a simulated GitHub and Jira on
/// a port of this machine, as a server reads real ones. Running it again goes on from there, and reads what is new since. `demo` gets
/// targets, too, when the control database does not know it yet.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  pulse demo && pulse --tenant demo dora --by repository")]
pub(super) struct Demo {
    /// The port of this machine that the first is read from, the next by the one after it; the same each time
    #[arg(long, default_value_t = demo::PORT)]
    port: u16,
    #[command(flatten)]
    control: ControlArgs,
}

impl Demo {
    pub(super) async fn run(self, place: &Place) -> Result<()> {
        for (port, sample) in (self.port..=u16::MAX).zip(&demo::SAMPLES) {
            let landed = fill(place, sample, port).await?;
            super::print(&format!("{}: {landed} new records\n", sample.tenant))?;
        }
        let (control, shown) = (self.control.connect(place).await?, place.of(demo::SAMPLES[0].tenant).tenant_id()?);
        if demo::aim(&control, &shown, place.settings.time_zone.name()).await? {
            control.record(&shown, &begun(control.now(), "pulse demo".to_owned(), None)).await?;
        }
        super::print(
            "The samples are ready: `pulse --tenant demo dora` reports on one, `pulse --tenant demo serve` shows it; the other is `demo-bank`.\n",
        )
    }
}

/// Moves a sample up to now. Returns how many payloads were new.
async fn fill(place: &Place, sample: &Sample, port: u16) -> Result<u64> {
    let place = place.of(sample.tenant);
    let tenant = place.tenant().await?;
    // What was landed and not mapped when this was killed says when the organization began.
    steps::map(&place, &tenant, false).await?;
    let scenario = Scenario::named(sample.scenario).map_err(|error| Error::Data(error.to_string()))?;
    let progress = place.progress(format!("Reading the sample {}", sample.tenant));
    let landed = demo::land(&tenant, scenario, port, place.clock, &|n| progress.at(n, "records")).await?;
    drop(progress);
    steps::map(&place, &tenant, false).await?;
    steps::model(&place, &tenant).await?;
    if demo::decide(&tenant, place.clock).await? > 0 {
        steps::map(&place, &tenant, false).await?;
        steps::model(&place, &tenant).await?;
    }
    steps::retrace(&place, &tenant).await?;
    steps::freeze(&place, &tenant).await?;
    Ok(landed)
}
