//! Git repositories on the server's disk that tenants' connections read.

use crate::control::{Connection, Refusal};
use crate::{Error, Result};
use pulse_connectors::Opened;
use pulse_engine::TenantId;
use std::path::{Component, Path, PathBuf};

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

    /// Opens what a connection reads, by what its connector does with the folder. That may fail by itself.
    ///
    /// # Errors
    /// [`Refusal::Invalid`] when the place is none, and as [`Repositories::folder`].
    pub(super) async fn open<F>(
        &self,
        tenant: &TenantId,
        connection: &Connection,
        open: F,
    ) -> Result<pulse_connectors::Result<Box<dyn Opened>>>
    where
        F: FnOnce(&Path) -> pulse_connectors::Result<Box<dyn Opened>> + Send + 'static,
    {
        if connection.has_credential {
            return Err(Refusal::invalid("credential", "is for nothing here: a folder needs none").into());
        }
        let folder = self.folder(tenant, &connection.place)?;
        let within = folder.clone();
        let opened = tokio::task::spawn_blocking(move || open(&within)).await?;
        // The repository around a folder may be somebody else's.
        let is_theirs = |opened: &dyn Opened| opened.path().is_some_and(|path| path.starts_with(&folder));
        if opened.as_ref().is_ok_and(|opened| !is_theirs(&**opened)) {
            return Err(Refusal::invalid("place", "is a folder of a repository, not the repository").into());
        }
        Ok(opened)
    }

    /// What a connector failed at, told without where the operator keeps repositories.
    pub(super) fn unread(&self, error: &pulse_connectors::Error) -> Error {
        let (text, all) = (error.to_string(), self.0.as_ref().map(|all| all.display().to_string()));
        Error::Unread(all.map_or(text.clone(), |all| text.replace(&format!("{all}/"), "")))
    }
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
