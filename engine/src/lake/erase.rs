//! Taking all of a tenant's data away, for good.

use super::TenantLake;
use crate::Result;
use futures::{StreamExt as _, TryStreamExt as _};
use object_store::ObjectStore as _;
use std::sync::atomic::{AtomicU64, Ordering};

/// What was taken away.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Erased {
    /// How many objects.
    pub objects: u64,
    /// How many bytes they had.
    pub bytes: u64,
}

impl TenantLake {
    /// Deletes every object of this tenant, and nothing else. It may be stopped anywhere and begun again. Nobody may be writing:
    /// what is written meanwhile is deleted too, or left over, as it comes.
    ///
    /// # Errors
    /// When storage fails; what was deleted by then stays deleted.
    pub async fn erase(&self) -> Result<Erased> {
        let mut erased = Erased::default();
        // A store may list what was there a moment ago, so it is looked at until nothing is.
        loop {
            let (objects, bytes) = (AtomicU64::new(0), AtomicU64::new(0));
            let found = self.store.list(Some(&self.prefix)).map_ok(|meta| {
                objects.fetch_add(1, Ordering::Relaxed);
                bytes.fetch_add(meta.size, Ordering::Relaxed);
                meta.location
            });
            // The stream of what to delete must own itself, so a page of it is gathered first.
            let mut pages = found.try_chunks(1000);
            while let Some(page) = pages.next().await {
                let page = page.map_err(|failed| failed.1)?;
                let deleted = self.store.delete_stream(futures::stream::iter(page.into_iter().map(Ok)).boxed());
                deleted.try_for_each(|_| std::future::ready(Ok(()))).await?;
            }
            drop(pages);
            if objects.load(Ordering::Relaxed) == 0 {
                break;
            }
            erased.objects += objects.load(Ordering::Relaxed);
            erased.bytes += bytes.load(Ordering::Relaxed);
        }
        self.lake.snapshots.forget(&self.prefix);
        self.lake.small.forget(&self.prefix);
        self.lake.pieces.forget(&self.prefix);
        self.lake.listed.forget(&self.id);
        // Footers tell of the least and the greatest values. Those of other tenants are read again.
        self.lake.runtime.cache_manager.get_file_metadata_cache().clear();
        self.remove_folder().await?;
        Ok(erased)
    }

    /// On a disk, folders are left over, and their names tell of connections.
    async fn remove_folder(&self) -> Result<()> {
        let Some(folder) = self.lake.root.folder(&self.prefix) else { return Ok(()) };
        let removed = tokio::task::spawn_blocking(move || match std::fs::remove_dir_all(&folder) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(object_store::Error::Generic {
                store: "file",
                source: format!("cannot remove {}: {error}", folder.display()).into(),
            }),
            _ => Ok(()),
        });
        Ok(removed.await??)
    }
}
