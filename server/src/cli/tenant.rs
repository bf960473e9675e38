//! `pulse tenant`.

use super::control::{ControlArgs, begun};
use super::place::Place;
use crate::Result;
use crate::audit::PLATFORM;
use crate::control::Imported;
use crate::import::{self, Archive};
use clap::{Args, Subcommand};
use pulse_engine::TenantId;
use std::path::PathBuf;

/// Take in a tenant that was exported
///
/// `pulse admin export`, or an owner by the REST API, writes the archive.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  pulse admin export acme.tar --tenant acme
  pulse --lake s3://new/lake tenant --control postgres://… import acme.tar --as acme")]
pub(super) struct Tenant {
    #[command(flatten)]
    control: ControlArgs,
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Make a tenant of an archive: its tables, settings and people, all of it or nothing
    Import {
        /// The archive, or a folder with what was in it
        #[arg(value_name = "FILE")]
        from: PathBuf,
        /// What the tenant is called from now on; there may be none of that name
        #[arg(long = "as", value_name = "NAME")]
        name: String,
        /// Take away first what an import left under that name that was killed
        #[arg(long)]
        again: bool,
    },
}

impl Tenant {
    pub(super) async fn run(self, place: &Place) -> Result<()> {
        let What::Import { from, name, again } = self.what;
        let id = TenantId::new(&name)?;
        let archive = {
            let _progress = place.progress("Reading the archive");
            Archive::open(&from).await?
        };
        let (control, engine) = (self.control.connect(place).await?, place.whole_lake().await?);
        let event = || begun(control.now(), "pulse tenant import".to_owned(), Some(name.clone()));
        control.record(&TenantId::new(PLATFORM)?, &event()).await?;
        let done = {
            let _progress = place.progress("Importing");
            import::import(&control, &engine, &archive, &id, again).await?
        };
        // Only now is there a trail of the tenant's own.
        control.record(&id, &event()).await?;
        super::print(&told(&archive, &name, done))
    }
}

fn told(archive: &Archive, name: &str, done: Imported) -> String {
    let Imported { members, new_people, connections, wanting, schedules, reports, tokens, destinations, providers } =
        done;
    let wanting = if wanting.is_empty() {
        String::new()
    } else {
        let names: Vec<String> = wanting.iter().map(|name| format!("`{}`", name.escape_default())).collect();
        format!(
            " These connections had a credential, which is to be given again before their schedules are resumed: {}.",
            names.join(", ")
        )
    };
    format!(
        "The tenant `{}` is here as `{name}`, with {members} members. {new_people} of them were not known here, and have no password: `pulse \
         admin reset ADDRESS` prints a link for each. With it came {connections} connections, {schedules} schedules and {reports} reports \
         that were made.{wanting} Not here, as no archive holds their secrets: {tokens} API tokens and {destinations} destinations; \
         {providers} identity providers are switched off until they have theirs.\n",
        archive.tenant()
    )
}
