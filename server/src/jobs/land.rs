//! Landing what is new at a connection, as a job.

use super::{AtWork, Work, tables};
use crate::control::{Connection, Control, Job, LAND, Outcome, Refusal, Trigger};
use crate::{Error, Result};
use async_trait::async_trait;
use pulse_connectors::Source as _;
use pulse_connectors::git::{self, GitSettings, GitSource, Repository};
use pulse_engine::{Clock, Engine, Tenant, TenantId};
use std::path::{Component, Path, PathBuf};
use std::time::Duration;

/// Lands what is new at the connection that its job is about; then it is mapped.
pub struct Lands {
    /// Where connections are known.
    pub control: Control,
    /// Where to.
    pub engine: Engine,
    /// Where from.
    pub repositories: Repositories,
    /// What the time of a reading comes from.
    pub clock: Clock,
}

/// The folder with the repositories that tenants may read, each in a folder of its tenant's name; none when the operator opened
/// none.
#[derive(Clone, Debug, Default)]
pub struct Repositories(Option<PathBuf>);

impl Repositories {
    /// Those in a folder.
    ///
    /// # Errors
    /// [`Error::File`] when it is not there.
    pub fn new(folder: Option<&Path>) -> Result<Self> {
        let there = |folder: &Path| std::fs::canonicalize(folder).map_err(|e| Error::file("open", folder, e));
        Ok(Self(folder.map(there).transpose()?))
    }

    /// The folder that a tenant's connection names.
    ///
    /// # Errors
    /// [`Refusal::Invalid`] when it can be none; [`Error::Unread`] when it is not there, or is not the tenant's by whatever way.
    pub fn folder(&self, tenant: &TenantId, place: &str) -> Result<PathBuf> {
        let invalid = |reason: &str| Error::from(Refusal::invalid("place", reason));
        let Some(all) = &self.0 else {
            return Err(invalid(
                "cannot be read: this server opens no repositories, start it with --repositories FOLDER",
            ));
        };
        let plain = Path::new(place).components().all(|part| matches!(part, Component::Normal(_)));
        if place.is_empty() || !plain {
            return Err(invalid("should be the path of a folder below the tenant's, such as `api`"));
        }
        let theirs = std::fs::canonicalize(all.join(tenant.as_str()));
        let theirs = theirs.ok().filter(|theirs| theirs.parent() == Some(all.as_path()));
        let found = theirs.and_then(|theirs| {
            let found = std::fs::canonicalize(theirs.join(place)).ok()?;
            // A link may lead elsewhere.
            found.starts_with(&theirs).then_some(found)
        });
        // It may be there again later.
        found.ok_or_else(|| Error::Unread(format!("this tenant has no folder `{}`", place.escape_default())))
    }

    /// Opens what a connection reads.
    ///
    /// # Errors
    /// [`Refusal::Invalid`] when the settings or the place are none, and what the connector refuses.
    pub async fn open(&self, tenant: &TenantId, connection: &Connection) -> Result<GitSource> {
        if connection.connector != git::CONNECTOR {
            let reason = format!("should be one that there is: `{}`", git::CONNECTOR);
            return Err(Refusal::invalid("connector", reason).into());
        }
        let wrong = |error: pulse_connectors::Error| Refusal::invalid("settings", error.to_string());
        let settings = GitSettings::from_json(&connection.settings).map_err(wrong)?;
        let settings = GitSettings { name: Some(connection.name.clone()), ..settings };
        let folder = self.folder(tenant, &connection.place)?;
        // The repository around a folder may be somebody else's.
        let within = folder.clone();
        let opened = tokio::task::spawn_blocking(move || Repository::open(&within, settings)).await?;
        let source = opened.map_err(|error| self.unread(&error))?;
        if source.path().starts_with(&folder) {
            Ok(source)
        } else {
            Err(Refusal::invalid("place", "is a folder of a repository, not the repository").into())
        }
    }
}

impl Repositories {
    /// What a connector failed at, told without where the operator keeps repositories.
    fn unread(&self, error: &pulse_connectors::Error) -> Error {
        let (text, all) = (error.to_string(), self.0.as_ref().map(|all| all.display().to_string()));
        Error::Unread(all.map_or(text.clone(), |all| text.replace(&format!("{all}/"), "")))
    }
}

#[async_trait]
impl Work for Lands {
    fn kind(&self) -> &'static str {
        LAND
    }

    fn limit(&self) -> Duration {
        Duration::from_secs(12 * 3600)
    }

    async fn run(&self, job: &Job, at: &AtWork) -> Outcome {
        match self.land(job, at).await {
            Ok(()) => Outcome::Done(vec![Trigger::new("map", "")]),
            Err(Error::Refused(refusal)) => Outcome::Hopeless(refusal.to_string()),
            Err(error) => Outcome::Failed(error.to_string()),
        }
    }
}

impl Lands {
    async fn land(&self, job: &Job, at: &AtWork) -> Result<()> {
        let id = job.tenant_id()?;
        let found = self.control.connection(&id, &job.subject).await?;
        let connection = found.ok_or_else(|| Refusal::unknown("connection", &job.subject))?;
        let tenant = self.engine.tenant(&id);
        let known = self.control.tenant(&id).await?.ok_or_else(|| Refusal::unknown("tenant", id.as_str()))?;
        known.quotas.room_for_bytes(bytes(&tenant).await?)?;
        let source = self.repositories.open(&id, &connection).await?;
        let cursors = tenant.cursors(git::CONNECTOR, source.connection()).await?;
        source.check(&cursors).map_err(|error| self.repositories.unread(&error))?;
        let far = |done: pulse_connectors::Progress| at.is(done.payloads, None, "records");
        let done = pulse_connectors::sync(&tenant, Box::new(source), self.clock, &far).await;
        done.map_err(|error| self.repositories.unread(&error))?;
        Ok(())
    }
}

/// How many bytes of data a tenant has in the lake.
async fn bytes(tenant: &Tenant) -> Result<u64> {
    let mut bytes = 0;
    for table in tables(tenant).await? {
        let newest = table.latest().await?;
        bytes += newest.iter().flat_map(|newest| newest.files()).map(|file| file.bytes).sum::<u64>();
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tenant_reads_what_is_below_its_own_folder_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let all = folder.path().join("all");
        for path in ["all/acme/api", "all/acme/team/web", "all/umbrella/secret", "elsewhere"] {
            std::fs::create_dir_all(folder.path().join(path)).unwrap();
        }
        std::os::unix::fs::symlink(all.join("umbrella/secret"), all.join("acme/link")).unwrap();
        std::os::unix::fs::symlink(folder.path().join("elsewhere"), all.join("evil")).unwrap();
        let [acme, evil] = ["acme", "evil"].map(|id| TenantId::new(id).unwrap());
        let repositories = Repositories::new(Some(&all)).unwrap();
        let all = std::fs::canonicalize(all).unwrap();
        assert_eq!(repositories.folder(&acme, "api").unwrap(), all.join("acme/api"));
        assert_eq!(repositories.folder(&acme, "team/web").unwrap(), all.join("acme/team/web"));
        let absolute = all.join("acme/api");
        for place in [
            "",
            ".",
            "..",
            "../umbrella/secret",
            "api/../../umbrella/secret",
            "link",
            "none",
            absolute.to_str().unwrap(),
        ] {
            assert!(matches!(repositories.folder(&acme, place), Err(Error::Refused(_) | Error::Unread(_))), "{place}");
        }
        assert!(repositories.folder(&evil, "x").is_err(), "a tenant's folder is none that leads elsewhere");
        assert!(Repositories::default().folder(&acme, "api").is_err());
        assert!(Repositories::new(Some(&all.join("nowhere"))).is_err());
    }
}
