//! Git repositories, as `pulse sync` and `pulse dora` read them.

use super::place::Place;
use super::reading::{Decided, Reading};
use crate::output::plain;
use crate::{Error, Result};
use pulse_connectors::git::{CONNECTOR, GitSettings, GitSource, Repository, no_deployments};
use pulse_connectors::{Source, SyncReport};
use pulse_engine::Tenant;
use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};

/// A repository that is there and can be read.
pub(super) struct Opened {
    pub(super) name: String,
    pub(super) source: GitSource,
    /// Settings from before that are told, since nobody gave them now.
    pub(super) kept: Option<String>,
}

/// A repository that is there, before it is known how to read it.
pub(super) struct Found<'a> {
    path: &'a Path,
    connection: String,
}

/// Finds every repository, or says which of them cannot be read. No lake is needed for that, so none is made in vain.
pub(super) fn find<'a>(place: &Place, paths: &'a [PathBuf], reading: &Reading) -> Result<Vec<Found<'a>>> {
    if reading.name.is_some() && paths.len() > 1 {
        return Err(Error::Usage("--name goes with one repository: sync them one by one".into()));
    }
    let mut names = BTreeMap::new();
    let mut found = Vec::new();
    for path in paths {
        // Whether it may be shallow is known only with what was set before.
        let _progress = place.progress(format!("Opening {}", path.display()));
        let any = GitSettings { name: reading.name.clone(), allow_shallow: true, ..GitSettings::default() };
        let connection = Repository::open(path, any)?.connection().to_owned();
        if let Some(other) = names.insert(connection.clone(), path) {
            return Err(Error::Usage(format!(
                "{} and {} would go by the same name: sync one of them with --name",
                other.display(),
                path.display()
            )));
        }
        found.push(Found { path, connection });
    }
    Ok(found)
}

/// Opens every repository under what is asked for and what was set before.
pub(super) async fn open(
    place: &Place,
    tenant: &Tenant,
    found: Vec<Found<'_>>,
    reading: &Reading,
) -> Result<Vec<Opened>> {
    let mut opened = Vec::new();
    for Found { path, connection } in found {
        let _progress = place.progress(format!("Opening {connection}"));
        let before = tenant.connection_settings(CONNECTOR, &connection).await?;
        let before = before.map(|text| settings(&text)).transpose()?;
        let Decided { mut settings, kept } = reading.decide(&place.config, before)?;
        let name = connection.split_once(':').map_or("", |(_, name)| name).to_owned();
        settings.name = Some(name.clone());
        let source = Repository::open(path, settings)?;
        source.check(&tenant.cursors(CONNECTOR, &connection).await?)?;
        opened.push(Opened { name, source, kept });
    }
    Ok(opened)
}

fn settings(text: &str) -> Result<GitSettings> {
    Ok(GitSettings::from_json(&serde_json::from_str(text)?)?)
}

/// Lands what is new in a repository.
async fn land(place: &Place, tenant: &Tenant, opened: Opened) -> Result<SyncReport> {
    let progress = place.progress(format!("Reading {}", opened.name));
    let at = |done: pulse_connectors::Progress| progress.at(done.payloads, "records");
    Ok(pulse_connectors::sync(tenant, Box::new(opened.source), place.clock, &at).await?)
}

/// Lands what is new in each.
pub(super) async fn land_all(
    place: &Place,
    tenant: &Tenant,
    all: Vec<Opened>,
    told: impl Fn(&str, &SyncReport) -> Result<()>,
) -> Result<()> {
    for opened in all {
        let name = opened.name.clone();
        told(&name, &land(place, tenant, opened).await?)?;
    }
    Ok(())
}

/// For each repository in which nothing stands for a deployment, why, and what would.
pub(super) fn without_deployments(all: &[Opened]) -> Result<Vec<String>> {
    let mut said = Vec::new();
    for opened in all {
        if let Some(why) = no_deployments(&opened.source)? {
            said.push(format!("{why}. Here, --deployments PATTERN names tags, and --merges BRANCH takes merges"));
        }
    }
    Ok(said)
}

/// Tells of something that is no error on standard error. Nobody may be reading it.
pub(super) fn note(text: &str) {
    drop(writeln!(std::io::stderr(), "note: {}", plain(text)));
}
