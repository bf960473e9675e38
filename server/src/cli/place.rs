//! Where a command works: which lake, whose data, under which settings.

use super::Global;
use super::environment;
use super::progress::Progress;
use crate::{Config, Error, Result};
use pulse_engine::lake::{Backups, Lake, Options};
use pulse_engine::{Clock, Engine, Settings, Tenant, TenantId};
use std::path::{Component, Path};
use std::time::Duration;

const LAKE: &str = "file://./.pulse/lake";
const TENANT: &str = "local";
/// For how long a server answers from what it knows of a table before it asks whether there is a newer version.
const SERVED_FOR: Duration = Duration::from_secs(1);

/// The options of every command, with the settings file and the defaults behind them.
#[derive(Clone, Debug)]
pub(super) struct Place {
    /// The lake that was named on the command line or in the environment.
    named_lake: Option<String>,
    lake: String,
    tenant: String,
    quiet: bool,
    pub(super) config: Config,
    pub(super) settings: Settings,
    pub(super) clock: Clock,
}

impl Place {
    pub(super) fn new(global: Global, config: Config) -> Result<Self> {
        let settings = config.settings(global.time_zone.as_deref())?;
        let lake = global.lake.clone().or_else(|| config.lake.clone()).unwrap_or_else(|| LAKE.to_owned());
        let lake = anchored(lake)?;
        let named_lake = global.lake.map(anchored).transpose()?;
        let tenant = global.tenant.or_else(|| config.tenant.clone()).unwrap_or_else(|| TENANT.to_owned());
        let quiet = global.quiet;
        Ok(Self { named_lake, lake, tenant, quiet, config, settings, clock: Clock::System })
    }

    /// The tenant's name.
    pub(super) fn tenant_id(&self) -> Result<TenantId> {
        Ok(TenantId::new(&self.tenant)?)
    }

    /// The engine of a server. What it tells may be a moment old, and costs the store no request while nothing changed.
    pub(super) async fn engine(&self) -> Result<Engine> {
        self.engine_within(Options::default()).await
    }

    /// The same, that takes so much of the machine.
    pub(super) async fn engine_within(&self, options: Options) -> Result<Engine> {
        open(&self.lake, Options { snapshot_ttl: SERVED_FOR, ..options }).await
    }

    /// A place with backups, with what the environment says of its object store.
    pub(super) fn backups(&self, url: String) -> Result<Backups> {
        let url = anchored(url)?;
        Ok(Backups::open(&url, &environment::store(&url, std::env::vars_os())?)?)
    }

    /// The engine of a command that works on the whole lake.
    pub(super) async fn whole_lake(&self) -> Result<Engine> {
        open(&self.lake, Options::default()).await
    }

    /// The tenant that the command works for.
    pub(super) async fn tenant(&self) -> Result<Tenant> {
        let id = self.tenant_id()?;
        Ok(open(&self.lake, Options::default()).await?.tenant(&id))
    }

    /// The tenant that the command reads, which has to be there: a mistyped name or address is told, not answered with nothing.
    pub(super) async fn known_tenant(&self) -> Result<Tenant> {
        let tenant = self.tenant().await?;
        if !tenant.lake().connectors().await?.is_empty() {
            return Ok(tenant);
        }
        let folder = url::Url::parse(&self.lake).ok().filter(|url| url.scheme() == "file");
        let folder = folder.and_then(|url| url.to_file_path().ok());
        Err(match folder {
            Some(folder) if !folder.exists() => Error::Data(format!(
                "there is no lake at {}: `pulse sync PATH` makes one there; another is named with --lake, PULSE_LAKE or pulse.toml",
                folder.display()
            )),
            _ => Error::Engine(pulse_engine::Error::UnknownTenant { tenant: tenant.id().to_string() }),
        })
    }

    /// The tenant of a lake that is gone when the command ends, unless one was named.
    pub(super) async fn passing_tenant(&self) -> Result<Tenant> {
        let id = self.tenant_id()?;
        Ok(open(self.named_lake.as_deref().unwrap_or("memory://"), Options::default()).await?.tenant(&id))
    }

    /// Whether a lake was named on the command line or in the environment.
    pub(super) fn names_lake(&self) -> bool {
        self.named_lake.is_some()
    }

    /// The same place, for another tenant.
    pub(super) fn of(&self, tenant: &str) -> Self {
        Self { tenant: tenant.to_owned(), ..self.clone() }
    }

    /// Shows that `doing` goes on, if it does for longer than a moment.
    pub(super) fn progress(&self, doing: impl Into<String>) -> Progress {
        Progress::start(doing, self.quiet)
    }
}

/// Opens a lake, with what the environment says of its object store.
async fn open(lake: &str, options: Options) -> Result<Engine> {
    let store = environment::store(lake, std::env::vars_os())?;
    Ok(Engine::open_with(lake, Options { store, ..options }).await?)
}

/// Whether a lake may be at an address. It is not asked whether one is.
pub(super) fn check_lake(lake: &str) -> Result<()> {
    Ok(Lake::check_address(&anchored(lake.to_owned())?)?)
}

/// Whether backups may be at an address. It is not asked whether any are.
pub(super) fn check_backups(url: &str) -> Result<()> {
    Ok(Backups::check_address(&anchored(url.to_owned())?)?)
}

/// A lake's address with a path from the working folder (`file://./lake`) as the absolute one that it stands for.
fn anchored(lake: String) -> Result<String> {
    match lake.strip_prefix("file://") {
        Some(path) if path.starts_with('.') => {
            let folder = std::env::current_dir().map_err(|e| Error::file("find", Path::new("."), e))?;
            // The dots are taken out here, since an address has no place for them.
            let mut whole = folder;
            for part in Path::new(path).components() {
                match part {
                    Component::CurDir => {}
                    Component::ParentDir => {
                        whole.pop();
                    }
                    other => whole.push(other),
                }
            }
            let address = url::Url::from_file_path(&whole)
                .map_err(|()| Error::Usage(format!("{} cannot hold a lake", whole.display())))?;
            Ok(address.into())
        }
        _ => Ok(lake),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lake_beside_the_working_folder_gets_its_whole_path() {
        let here = std::env::current_dir().unwrap();
        let below = url::Url::from_file_path(here.join(".pulse/lake")).unwrap().to_string();
        assert_eq!(anchored("file://./.pulse/lake".into()).unwrap(), below);
        let beside = url::Url::from_file_path(here.parent().unwrap().join("lake")).unwrap().to_string();
        assert_eq!(anchored("file://../lake".into()).unwrap(), beside);
        for whole in ["file:///var/lib/pulse", "memory://", "s3://bucket/prefix"] {
            assert_eq!(anchored(whole.into()).unwrap(), whole);
        }
    }
}
