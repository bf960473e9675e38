//! Restoring: a backup into a lake that is empty.

use super::{AT_ONCE, Backups, Copied, LOG, Manifest, unwritten};
use crate::lake::Lake;
use crate::lake::store::Root;
use crate::{Error, Result};
use futures::future::BoxFuture;
use futures::{FutureExt as _, StreamExt as _, TryStreamExt as _, stream};
use object_store::ObjectStore as _;
use object_store::buffered::BufWriter;
use object_store::path::Path;
use tokio::io::AsyncWriteExt as _;

impl Backups {
    /// Puts what a backup holds of a lake into one that is empty: the files first, then the logs that name them.
    ///
    /// # Errors
    /// [`Error::Setting`] when there is something in the lake, or an object is damaged; when storage fails. What was restored by
    /// then is no lake: it is to be removed.
    pub async fn restore(&self, manifest: &Manifest, lake: &Lake) -> Result<()> {
        if !lake.is_empty().await? {
            return Err(Error::Setting("there is something in the lake: restore into one that is empty".to_owned()));
        }
        for logs in [false, true] {
            let wanted = manifest.objects.iter().filter(|(path, _)| path.contains(LOG) == logs);
            let copies: Vec<BoxFuture<'_, Result<()>>> =
                wanted.map(|(path, copied)| self.put_back(lake, path, copied).boxed()).collect();
            stream::iter(copies).buffer_unordered(AT_ONCE).try_collect::<()>().await?;
        }
        Ok(())
    }

    async fn put_back(&self, lake: &Lake, path: &str, copied: &Copied) -> Result<()> {
        let Root { store, base, .. } = &lake.inner.root;
        // As a whole: its parts are encoded already, as the lake had them, and would be once more.
        let at = Path::parse(format!("{base}/{path}")).map_err(object_store::Error::from)?;
        let mut writer = BufWriter::new(store.clone(), at);
        let mut pieces = self.read(copied).await?;
        while let Some(piece) = pieces.try_next().await? {
            writer.write_all(&piece).await.map_err(unwritten)?;
        }
        writer.shutdown().await.map_err(unwritten)
    }
}

impl Lake {
    /// Whether nothing was ever written to it.
    ///
    /// # Errors
    /// When storage fails.
    pub async fn is_empty(&self) -> Result<bool> {
        let Root { store, base, .. } = &self.inner.root;
        Ok(store.list(Some(base)).try_next().await?.is_none())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::TenantId;
    use crate::lake::{Options, TenantLake};
    use bytes::Bytes;
    use chrono::DateTime;
    use std::collections::BTreeMap;

    #[tokio::test]
    async fn a_file_is_restored_under_its_name_whatever_is_in_that() {
        let acme = |lake: &Lake| -> TenantLake { lake.tenant(&TenantId::new("acme").unwrap()) };
        let [from, to] = [(); 2].map(|()| Lake::open("memory:///", Options::default()).unwrap());
        let backups = Backups::open("memory:///", &[]).unwrap();
        let name = "reports/50 % März #1.pdf";
        acme(&from).put_file(name, Bytes::from_static(b"x")).await.unwrap();
        let (none, now) = (BTreeMap::new(), DateTime::UNIX_EPOCH);
        let (manifest, _) = backups.make(&from, &none, BTreeMap::new(), "test", now).await.unwrap();
        backups.restore(&manifest, &to).await.unwrap();
        assert_eq!(acme(&to).file(name, 9).await.unwrap().unwrap(), "x");
    }
}
