//! A tenant's files that are no table: what is made for people, such as a report, below `files/` of the tenant's prefix.

use super::TenantLake;
use crate::{Error, Result};
use bytes::Bytes;
use object_store::path::Path;
use object_store::{ObjectStoreExt as _, PutPayload};

/// The folder, beside those of the tables.
const FOLDER: &str = "files";
/// The longest path.
const LONGEST: usize = 500;

impl TenantLake {
    /// Writes a file, whole or not at all, over one that is there.
    ///
    /// # Errors
    /// [`Error::Setting`] when the path is none; when storage fails.
    pub async fn put_file(&self, path: &str, bytes: Bytes) -> Result<()> {
        self.store.put(&self.file_path(path)?, PutPayload::from(bytes)).await?;
        Ok(())
    }

    /// A file's bytes; `None` when there is no such file.
    ///
    /// # Errors
    /// [`Error::Setting`] when the path is none, or the file has more than `most` bytes; when storage fails.
    pub async fn file(&self, path: &str, most: u64) -> Result<Option<Bytes>> {
        let found = match self.store.get(&self.file_path(path)?).await {
            Err(object_store::Error::NotFound { .. }) => return Ok(None),
            found => found?,
        };
        if found.meta.size > most {
            let shown = path.escape_default();
            return Err(Error::Setting(format!("the file `{shown}` has {} bytes, more than {most}", found.meta.size)));
        }
        Ok(Some(found.bytes().await?))
    }

    /// Where a file stands: `a/b.pdf` below the folder.
    fn file_path(&self, path: &str) -> Result<Path> {
        let parts: Vec<&str> = path.split('/').collect();
        let wrong = path.len() > LONGEST
            || parts.iter().any(|part| matches!(*part, "" | "." | "..") || part.chars().any(char::is_control));
        if wrong {
            let shown = path.escape_default();
            return Err(Error::Setting(format!(
                "`{shown}` is no path of a file: it should be like `reports/2026-03.pdf`"
            )));
        }
        Ok(parts.into_iter().fold(self.prefix.clone().join(FOLDER), |path, part| path.join(part)))
    }
}

#[cfg(test)]
mod tests {
    use crate::{Engine, TenantId};
    use bytes::Bytes;

    #[tokio::test]
    async fn a_file_is_read_as_it_was_written_and_no_path_leads_out_of_the_tenants_folder() {
        let engine = Engine::open("memory://").await.unwrap();
        let lake = |name: &str| engine.tenant(&TenantId::new(name).unwrap()).lake().clone();
        let (acme, other) = (lake("acme"), lake("other"));
        acme.put_file("reports/März 1.pdf", Bytes::from_static(b"one")).await.unwrap();
        assert_eq!(acme.file("reports/März 1.pdf", 3).await.unwrap().unwrap(), "one");
        acme.put_file("reports/März 1.pdf", Bytes::from_static(b"two!")).await.unwrap();
        assert_eq!(acme.file("reports/März 1.pdf", 4).await.unwrap().unwrap(), "two!");
        assert!(acme.file("reports/März 1.pdf", 3).await.unwrap_err().to_string().contains("4 bytes"));
        assert_eq!(acme.file("reports", 9).await.unwrap(), None);
        assert_eq!(other.file("reports/März 1.pdf", 9).await.unwrap(), None);
        for bad in ["", "/a", "a//b", "../x", "a/../../b", ".", "a/", "a\nb", &"x".repeat(501)] {
            assert!(acme.put_file(bad, Bytes::new()).await.is_err(), "{bad:?} was accepted");
        }
        assert!(acme.connectors().await.unwrap().is_empty(), "files are no connector's");
        let objects = acme.objects().await.unwrap();
        assert!(objects.iter().all(|object| object.path.starts_with("files/")), "{objects:?}");
    }
}
