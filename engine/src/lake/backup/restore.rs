//! Restoring: a backup into a lake that is empty.

use super::{AT_ONCE, Backups, Copied, LOG, Manifest, written};
use crate::lake::Lake;
use crate::lake::store::Root;
use crate::{Error, Result};
use futures::future::BoxFuture;
use futures::{FutureExt as _, StreamExt as _, TryStreamExt as _, stream};
use object_store::path::Path;
use object_store::{ObjectStore as _, ObjectStoreExt as _};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};

impl Backups {
    /// Puts what a backup holds of a lake into one that is empty, or that has nothing but what a restore of it left which was killed: the
    /// files first, then the logs that name them. What was not there before, for [`Lake::take_back`].
    ///
    /// # Errors
    /// [`Error::Setting`] when there is something else in the lake, or an object is damaged; when storage fails. What was restored by
    /// then is removed.
    pub async fn restore(&self, manifest: &Manifest, lake: &Lake) -> Result<Vec<String>> {
        let there = lake.sizes().await?;
        let known = |path: &str| manifest.objects.get(path).map(|copied| copied.bytes);
        if let Some((path, _)) = there.iter().find(|(path, bytes)| known(path) != Some(**bytes)) {
            return Err(Error::Setting(format!(
                "there is something in the lake that the backup does not have, `{path}`: restore into one that is empty"
            )));
        }
        let new: Vec<String> = manifest.objects.keys().filter(|path| !there.contains_key(*path)).cloned().collect();
        let done = self.put_all_back(manifest, lake).await;
        if done.is_err() {
            lake.take_back(&new).await;
        }
        done.map(|()| new)
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
    /// Takes away again what [`Backups::restore`] put into the lake. Where that fails the log says that something is left: why it was taken
    /// away matters more.
    pub async fn take_back(&self, paths: &[String]) {
        let taken: Vec<BoxFuture<'_, Result<()>>> = paths.iter().map(|path| take_away(self, path).boxed()).collect();
        if let Err(error) = stream::iter(taken).buffer_unordered(AT_ONCE).try_collect::<()>().await {
            tracing::warn!(%error, "some of what was restored is left in the lake: remove all of it before the next time");
        }
    }

    /// How long each object is, by its path as a backup has it.
    async fn sizes(&self) -> Result<BTreeMap<String, u64>> {
        let Root { store, base, .. } = &self.inner.root;
        let mut listed = store.list(Some(base));
        let mut sizes = BTreeMap::new();
        while let Some(meta) = listed.try_next().await? {
            let Some(parts) = meta.location.prefix_match(base) else { continue };
            sizes.insert(parts.map(|part| part.as_ref().to_owned()).collect::<Vec<_>>().join("/"), meta.size);
        }
        Ok(sizes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::TenantId;
    use crate::lake::{Options, TenantLake};
    use bytes::Bytes;
    use chrono::DateTime;

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

    #[cfg(unix)]
    #[tokio::test]
    async fn backups_are_apart_from_the_lake_that_they_are_of() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| format!("file://{}/{name}", folder.path().display());
        // Of a link it counts where it leads.
        for (link, leads) in [("to-lake", "lake"), ("to-others", "others"), ("from-lake", "lake")] {
            std::fs::create_dir_all(folder.path().join(leads)).unwrap();
            std::os::unix::fs::symlink(leads, folder.path().join(link)).unwrap();
        }
        for (lake, place, is_apart) in [
            ("lake", "lake", false),
            ("lake", "lake/backups", false),
            ("lake", ".", false),
            ("lake", "lake-backups", true),
            ("lake", "backups", true),
            ("lake", "to-lake", false),
            ("lake", "to-lake/new/backups", false),
            ("from-lake", "lake/backups", false),
            ("lake", "to-others/backups", true),
        ] {
            let of = Lake::open(&at(lake), Options::default()).unwrap();
            let backups = Backups::open(&at(place), &[]).unwrap();
            let made = backups.make(&of, &BTreeMap::new(), BTreeMap::new(), "test", DateTime::UNIX_EPOCH).await;
            assert_eq!(made.is_ok(), is_apart, "{lake}, {place}");
            if let Err(error) = made {
                assert!(error.to_string().contains("one in the other"), "{error}");
            }
        }
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn folders_of_backups_are_made_for_nobody_else_of_the_machine_and_left_as_somebody_made_them() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| format!("file://{}/{name}", folder.path().display());
        let mode = |path: &str| folder.path().join(path).metadata().unwrap().permissions().mode() & 0o777;
        let lake = Lake::open(&at("lake"), Options::default()).unwrap();
        std::fs::create_dir(folder.path().join("there")).unwrap();
        std::fs::set_permissions(folder.path().join("there"), std::fs::Permissions::from_mode(0o755)).unwrap();
        for (place, of_place) in [("new/backups", 0o700), ("there", 0o755)] {
            let backups = Backups::open(&at(place), &[]).unwrap();
            backups.make(&lake, &BTreeMap::new(), BTreeMap::new(), "test", DateTime::UNIX_EPOCH).await.unwrap();
            assert_eq!(mode(place), of_place, "{place}");
            for part in ["backups", "objects"] {
                assert_eq!(mode(&format!("{place}/{part}")), 0o700, "{place}/{part}");
            }
        }
    }
}
