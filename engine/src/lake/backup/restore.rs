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
        let at = path.split('/').fold(lake.inner.root.base.clone(), Path::join);
        let mut writer = BufWriter::new(lake.inner.root.store.clone(), at);
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
