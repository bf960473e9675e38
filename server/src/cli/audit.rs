//! `pulse audit`.

use super::control::ControlArgs;
use super::place::Place;
use crate::{Error, Result, audit};
use clap::{Args, Subcommand};

/// Look after the audit trail
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  pulse audit verify
  pulse audit verify --tenant acme")]
pub(super) struct Audit {
    #[command(flatten)]
    control: ControlArgs,
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Recompute the tenant's trail, and name every event that was changed, is missing, or stands there twice
    Verify,
}

impl Audit {
    pub(super) async fn run(self, place: &Place) -> Result<()> {
        let What::Verify = self.what;
        let (control, engine, tenant) = (self.control.open(place).await?, place.engine().await?, place.tenant_id()?);
        audit::land(&control, &engine).await?;
        let verdict = audit::verify(&control, &engine, &tenant).await?;
        if verdict.problems.is_empty() {
            return super::print(&format!("{} events, as they were written.\n", verdict.events));
        }
        Err(Error::Data(format!("the audit trail of `{tenant}` is not whole:\n  {}", verdict.problems.join("\n  "))))
    }
}
