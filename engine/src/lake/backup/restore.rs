//! Restoring: a backup into a lake that is empty.

use super::{AT_ONCE, Backups, Copied, LOG, Manifest, written};
use crate::lake::Lake;
use crate::lake::store::Root;
use crate::{Error, Result};
use futures::future::BoxFuture;
use futures::{FutureExt as _, StreamExt as _, TryStreamExt as _, stream};
use object_store::path::Path;
use object_store::{ObjectStore as _, ObjectStoreExt as _};
use std::sync::atomic::{AtomicBool, Ordering};

impl Backups {
    /// Puts what a backup holds of a lake into one that is empty: the files first, then the logs that name them.
    ///
    /// # Errors
    /// [`Error::Setting`] when there is something in the lake, or an object is damaged; when storage fails. What was restored by
    /// then is removed.
    pub async fn restore(&self, manifest: &Manifest, lake: &Lake) -> Result<()> {
        if !lake.is_empty().await? {
            return Err(Error::Setting("there is something in the lake: restore into one that is empty".to_owned()));
        }
        let done = self.put_all_back(manifest, lake).await;
        if done.is_err() {
            self.take_back(manifest, lake).await;
        }
        done
    }

    /// Takes away again what [`Backups::restore`] put into a lake. Where that fails the log says that something is left: why it was taken
    /// away matters more.
    pub async fn take_back(&self, manifest: &Manifest, lake: &Lake) {
        let taken: Vec<BoxFuture<'_, Result<()>>> =
            manifest.objects.keys().map(|path| take_away(lake, path).boxed()).collect();
        if let Err(error) = stream::iter(taken).buffer_unordered(AT_ONCE).try_collect::<()>().await {
            tracing::warn!(%error, "some of what was restored is left in the lake: remove all of it before the next time");
        }
    }

    async fn put_all_back(&self, manifest: &Manifest, lake: &Lake) -> Result<()> {
        let (failed, mut first) = (AtomicBool::new(false), Ok(()));
        for logs in [false, true] {
            let wanted = manifest.objects.iter().filter(|(path, _)| path.contains(LOG) == logs);
            let copies: Vec<BoxFuture<'_, Result<()>>> =
                wanted.map(|(path, copied)| self.put_back(lake, path, copied, &failed).boxed()).collect();
            let mut copies = stream::iter(copies).buffer_unordered(AT_ONCE);
            // Those that are on their way come to their end: one that is let go of could be written after all was taken away again.
            while let Some(done) = copies.next().await {
                first = first.and(done);
            }
        }
        first
    }

    /// Puts an object into its place, unless another has failed.
    async fn put_back(&self, lake: &Lake, path: &str, copied: &Copied, failed: &AtomicBool) -> Result<()> {
        if failed.load(Ordering::Relaxed) {
            return Ok(());
        }
        let done = async { written(&lake.inner.root.store, place(lake, path)?, self.read(copied).await?).await }.await;
        failed.fetch_or(done.is_err(), Ordering::Relaxed);
        done
    }
}

/// Removes an object of a lake, where it is there.
async fn take_away(lake: &Lake, path: &str) -> Result<()> {
    match lake.inner.root.store.delete(&place(lake, path)?).await {
        Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
        Err(error) => Err(Error::from(error)),
    }
}

/// Where an object of a lake stands.
fn place(lake: &Lake, path: &str) -> Result<Path> {
    // As a whole: its parts are encoded already, as the lake had them, and would be once more.
    Ok(Path::parse(format!("{}/{path}", lake.inner.root.base)).map_err(object_store::Error::from)?)
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
    #[tokio::test]
    async fn what_the_last_backup_lost_is_copied_anew_and_what_is_none_of_ours_stops_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| format!("file://{}/{name}", folder.path().display());
        let lake = Lake::open(&at("lake"), Options::default()).unwrap();
        let acme = lake.tenant(&TenantId::new("acme").unwrap());
        for (name, bytes) in [("reports/a", "first"), ("reports/b", "second")] {
            acme.put_file(name, Bytes::from_static(bytes.as_bytes())).await.unwrap();
        }
        let backups = Backups::open(&at("backups"), &[]).unwrap();
        let make = async |second: i64| {
            let now = DateTime::from_timestamp(second, 0).unwrap();
            let (manifest, made) = backups.make(&lake, &BTreeMap::new(), BTreeMap::new(), "test", now).await.unwrap();
            (manifest, made.copied)
        };
        let (first, copied) = make(1).await;
        assert_eq!(copied, 2);
        // One is gone, and one is half of what it was.
        let [a, b] = ["a", "b"].map(|name| {
            let (_, copied) = first.objects.iter().find(|(path, _)| path.ends_with(name)).unwrap();
            folder.path().join("backups/objects").join(&copied.stored)
        });
        std::fs::remove_file(a).unwrap();
        let manifests = folder.path().join("backups/backups");
        std::fs::write(manifests.join("zzz.json"), "").unwrap();
        std::fs::create_dir(manifests.join("older")).unwrap();
        std::fs::write(manifests.join("older/19700101T000009Z.json"), "{}").unwrap();
        assert_eq!(backups.all().await.unwrap(), ["19700101T000001Z", "zzz"]);
        let (second, copied) = make(2).await;
        assert_eq!(copied, 1);
        assert_eq!(backups.verify(&second).await.unwrap(), Vec::<String>::new());
        std::fs::write(b, "sec").unwrap();
        let (third, copied) = make(3).await;
        assert_eq!(copied, 1);
        assert_eq!(backups.verify(&third).await.unwrap(), Vec::<String>::new());
    }

    #[tokio::test]
    async fn backups_are_apart_from_the_lake_that_they_are_of() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| format!("file://{}/{name}", folder.path().display());
        let lake = Lake::open(&at("lake"), Options::default()).unwrap();
        for (place, is_apart) in
            [("lake", false), ("lake/backups", false), (".", false), ("lake-backups", true), ("backups", true)]
        {
            let backups = Backups::open(&at(place), &[]).unwrap();
            let made = backups.make(&lake, &BTreeMap::new(), BTreeMap::new(), "test", DateTime::UNIX_EPOCH).await;
            assert_eq!(made.is_ok(), is_apart, "{place}");
            if let Err(error) = made {
                assert!(error.to_string().contains("one in the other"), "{error}");
            }
        }
    }
}
