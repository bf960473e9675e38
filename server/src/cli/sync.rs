//! `pulse sync`.

use super::place::Place;
use super::reading::Reading;
use super::repositories;
use super::steps;
use crate::Result;
use clap::Args;
use std::path::PathBuf;

/// Read what is new in git repositories into the lake, and make its facts
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  pulse sync .
  pulse sync ../api ../web --deployments 'release-*'
  pulse sync . --merges main            Every merge into main is a deployment")]
pub(super) struct Sync {
    /// Folders with a clone, or bare repositories
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    #[command(flatten)]
    reading: Reading,
}

impl Sync {
    pub(super) async fn run(self, place: &Place) -> Result<()> {
        // All are looked at before any is read: a mistyped path should not leave half of the work done.
        let found = repositories::find(place, &self.paths, &self.reading)?;
        let tenant = place.tenant().await?;
        let sources = repositories::open(place, &tenant, found, &self.reading).await?;
        for (name, kept) in sources.iter().filter_map(|s| Some((&s.name, s.kept.as_ref()?))) {
            super::print(&format!("{name}: {kept}\n"))?;
        }
        // Their deployments may come from elsewhere, so this is no error here.
        repositories::without_deployments(&sources)?.iter().for_each(|why| repositories::note(why));
        repositories::land_all(place, &tenant, sources, |name, report| {
            let what = match report.payloads {
                0 => "nothing new".to_owned(),
                1 => "1 new record".to_owned(),
                n => format!("{n} new records"),
            };
            super::print(&format!("{name}: {what}\n"))
        })
        .await?;
        steps::map(place, &tenant, false).await?;
        steps::model(place, &tenant).await
    }
}
