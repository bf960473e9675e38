//! Making a backup: what is new is copied, and all that there is noted.

use super::{AT_ONCE, Backups, Copied, FORM, LOG, MANIFESTS, Manifest, NAME, OBJECTS, hex, written};
use crate::lake::Lake;
use crate::lake::lazy::ANCHOR;
use crate::lake::store::Root;
use crate::{Error, Result};
use bytes::Bytes;
use chrono::{DateTime, Utc};
use futures::future::BoxFuture;
use futures::stream::{self, BoxStream};
use futures::{FutureExt as _, StreamExt as _, TryStreamExt as _};
use object_store::path::Path;
use object_store::{ObjectStore as _, ObjectStoreExt as _, PutMode, PutOptions};
use serde::Serialize;
use sha2::{Digest as _, Sha256};
use std::collections::{BTreeMap, HashMap};
use uuid::Uuid;

/// What making a backup took.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Made {
    /// Objects in the backup.
    pub objects: usize,
    /// Their bytes.
    pub bytes: u64,
    /// Those that no earlier backup had.
    pub copied: usize,
    /// Their bytes.
    pub bytes_copied: u64,
}

impl Backups {
    /// Makes a backup of the lake, and of files beside it by name, with `notes` on these. `version` is that of Pulse.
    ///
    /// # Errors
    /// When storage fails on either side. What was copied then is taken by the next backup that needs it anew, and removed by
    /// [`Backups::keep`] after a day.
    pub async fn make(
        &self,
        lake: &Lake,
        beside: &BTreeMap<String, std::path::PathBuf>,
        notes: BTreeMap<String, String>,
        version: &str,
        now: DateTime<Utc>,
    ) -> Result<(Manifest, Made)> {
        self.is_apart(lake)?;
        self.make_folders()?;
        let before = self.newest().await?;
        // One that the last backup lost is copied anew: its other objects may be whole for long.
        let there: HashMap<String, u64> =
            self.stored().await?.into_iter().map(|(stored, meta)| (stored, meta.size)).collect();
        let mut made = Made::default();
        let copies = lake.listed().await?.into_iter().map(|object| {
            let known = before.get(&object.path).filter(|known| known.mark == object.mark);
            let known = known.filter(|known| there.get(&known.stored) == Some(&known.bytes)).cloned();
            self.copy(lake, object, known).boxed()
        });
        let copies: Vec<BoxFuture<'_, Result<Option<Placed>>>> = copies.collect();
        let mut copies = stream::iter(copies).buffer_unordered(AT_ONCE);
        let mut objects = BTreeMap::new();
        while let Some(done) = copies.next().await {
            let Some(Placed { path, copied, is_new }) = done? else { continue };
            made.objects += 1;
            made.bytes += copied.bytes;
            if is_new {
                made.copied += 1;
                made.bytes_copied += copied.bytes;
            }
            objects.insert(path, copied);
        }
        drop(copies);
        let mut files = BTreeMap::new();
        for (name, path) in beside {
            let wrong = |error: std::io::Error| Error::Setting(format!("{} cannot be read: {error}", path.display()));
            let file = tokio::fs::File::open(path).await.map_err(wrong)?;
            let pieces = stream::try_unfold(file, |mut file| async move {
                let mut piece = vec![0; 1 << 20];
                let read = tokio::io::AsyncReadExt::read(&mut file, &mut piece).await?;
                piece.truncate(read);
                Ok::<_, std::io::Error>((read > 0).then(|| (Bytes::from(piece), file)))
            });
            files.insert(name.clone(), self.copied(pieces.map_err(wrong).boxed(), String::new()).await?);
        }
        let name = now.format(NAME).to_string();
        let manifest = Manifest { form: FORM, name, version: version.to_owned(), beside: files, notes, objects };
        let at = self.path(MANIFESTS).join(format!("{}.json", manifest.name));
        let whole = serde_json::to_vec(&manifest)?;
        let options = PutOptions { mode: PutMode::Create, ..PutOptions::default() };
        match self.root.store.put_opts(&at, whole.into(), options).await {
            Err(object_store::Error::AlreadyExists { .. }) => {
                Err(Error::Setting(format!("there is a backup `{}` already: make one a second later", manifest.name)))
            }
            done => done.map(|_| (manifest, made)).map_err(Error::from),
        }
    }

    /// Makes the folders of a place on a disk that are not there. All of every tenant comes to stand in them, so that nobody else of the
    /// machine may enter.
    fn make_folders(&self) -> Result<()> {
        for part in [self.root.base.clone(), self.path(MANIFESTS), self.path(OBJECTS)] {
            let Some(folder) = self.root.folder(&part) else { return Ok(()) };
            let mut making = std::fs::DirBuilder::new();
            making.recursive(true);
            #[cfg(unix)]
            std::os::unix::fs::DirBuilderExt::mode(&mut making, 0o700);
            let wrong = |error| Error::Setting(format!("{} cannot be made: {error}", folder.display()));
            making.create(&folder).map_err(wrong)?;
        }
        Ok(())
    }

    /// The objects of the newest backup that can be read; none where there is none.
    async fn newest(&self) -> Result<BTreeMap<String, Copied>> {
        for name in self.all().await?.iter().rev() {
            match self.manifest(Some(name)).await {
                Ok(manifest) => return Ok(manifest.objects),
                Err(Error::Setting(why)) => tracing::warn!(why, "what an older backup has is taken for the new one"),
                Err(error) => return Err(error),
            }
        }
        Ok(BTreeMap::new())
    }

    /// An object of the lake in this place; none where it is gone and not needed.
    async fn copy(&self, lake: &Lake, object: Listed, known: Option<Copied>) -> Result<Option<Placed>> {
        if let Some(known) = known {
            return Ok(Some(Placed { path: object.path, copied: known, is_new: false }));
        }
        let copied = match lake.inner.root.store.get(&object.location).await {
            Ok(found) => self.copied(found.into_stream().map_err(Error::from).boxed(), object.mark).await?,
            // A vacuum took it: then nothing that is current names it.
            Err(object_store::Error::NotFound { .. }) if object.may_go => return Ok(None),
            Err(error) => return Err(Error::from(error)),
        };
        Ok(Some(Placed { path: object.path, copied, is_new: true }))
    }

    /// Copies a stream to an object of its own.
    async fn copied(&self, pieces: BoxStream<'_, Result<Bytes>>, mark: String) -> Result<Copied> {
        let id = Uuid::new_v4().simple().to_string();
        let stored = format!("{}/{id}", &id[..2]);
        let (mut sum, mut bytes) = (Sha256::new(), 0);
        let pieces = pieces.inspect_ok(|piece| {
            sum.update(piece);
            bytes += piece.len() as u64;
        });
        written(&self.root.store, self.object(&stored), pieces.boxed()).await?;
        Ok(Copied { stored, bytes, sha256: hex(&sum.finalize()), mark })
    }
}

/// An object of the lake in a backup.
struct Placed {
    path: String,
    copied: Copied,
    /// Whether it had to be copied.
    is_new: bool,
}

/// An object of a lake.
struct Listed {
    /// Its path below the lake's address.
    path: String,
    location: Path,
    mark: String,
    /// Whether it may be gone when it is copied: a file of a table that left it, or an entry of a log that a checkpoint covers.
    may_go: bool,
}

impl Lake {
    /// All objects, the logs in the order of [`stage`], each stage listed after the one before it.
    async fn listed(&self) -> Result<Vec<Listed>> {
        let mut all = Vec::new();
        for now in 0..STAGES {
            let Root { store, base, .. } = &self.inner.root;
            let mut listed = store.list(Some(base));
            let mut found = Vec::new();
            while let Some(meta) = listed.try_next().await? {
                let Some(parts) = meta.location.prefix_match(base) else { continue };
                let path = parts.map(|part| part.as_ref().to_owned()).collect::<Vec<_>>().join("/");
                if stage(&path) == Some(now) {
                    let mark = format!(
                        "{} {} {}",
                        meta.size,
                        meta.last_modified.timestamp_micros(),
                        meta.e_tag.as_deref().unwrap_or_default()
                    );
                    let may_go = now == STAGES - 1;
                    found.push(Listed { path, location: meta.location, mark, may_go });
                }
            }
            without_gaps(&mut found);
            all.append(&mut found);
        }
        Ok(all)
    }
}

const STAGES: usize = 5;

/// When an object is listed: logs of what is made before those of what it is made of, and the files that logs name last. `None` of what
/// needs no backup: hints that change in their place.
fn stage(path: &str) -> Option<usize> {
    if path.ends_with("/_last_checkpoint") {
        return None;
    }
    let within = path.split_once('/').map_or("", |(_, within)| within);
    Some(match path.contains(LOG) {
        true if within
            .strip_prefix("facts/")
            .and_then(|rest| rest.strip_prefix(ANCHOR))
            .is_some_and(|rest| rest.starts_with('/')) =>
        {
            0
        }
        true if within.starts_with("facts/") => 1,
        true if within.starts_with("core/") => 2,
        true => 3,
        false => 4,
    })
}

/// Leaves out the commits behind one that is missing, of those that the newest checkpoint does not cover: a listing of a disk may show a
/// later one and not the one before it. What it does cover may go meanwhile, in any order, and is not needed.
fn without_gaps(found: &mut Vec<Listed>) {
    let mut logs: HashMap<String, (Option<u64>, Vec<u64>)> = HashMap::new();
    for (log, number, is_commit) in found.iter().filter_map(|object| version(&object.path)) {
        let (checkpoint, commits) = logs.entry(log.to_owned()).or_default();
        match is_commit {
            true => commits.push(number),
            false => *checkpoint = (*checkpoint).max(Some(number)),
        }
    }
    let mut ends: HashMap<String, (Option<u64>, u64)> = HashMap::new();
    for (log, (checkpoint, mut commits)) in logs {
        commits.sort_unstable();
        let needed = commits.into_iter().filter(|number| checkpoint.is_none_or(|covered| *number > covered));
        let run: Vec<u64> = checkpoint.into_iter().chain(needed).collect();
        let gap = run.windows(2).find(|pair| pair[1] != pair[0] + 1).map(|pair| pair[0]);
        ends.insert(log, (checkpoint, gap.or(run.last().copied()).unwrap_or_default()));
    }
    found.retain_mut(|object| {
        let Some((log, number, is_commit)) = version(&object.path) else { return true };
        let Some((checkpoint, end)) = ends.get(log) else { return true };
        object.may_go = checkpoint.is_some_and(|covered| number < covered);
        !is_commit || number <= *end
    });
}

/// The log of a commit or checkpoint, its version, and whether it is a commit.
fn version(path: &str) -> Option<(&str, u64, bool)> {
    let (log, name) = path.rsplit_once('/').filter(|(log, _)| log.ends_with("/_delta_log"))?;
    let (digits, rest) = name.split_at_checked(20)?;
    let number = digits.parse().ok()?;
    match rest {
        ".json" => Some((log, number, true)),
        rest if rest.starts_with(".checkpoint") => Some((log, number, false)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logs_are_listed_against_the_way_of_data_and_files_last() {
        for (path, expected) in [
            ("tenant=a/facts/deployments/_delta_log/00000000000000000000.json", Some(0)),
            ("tenant=a/facts/deployments_by_day/_delta_log/0.json", Some(1)),
            ("tenant=a/facts/changes/_delta_log/0.json", Some(1)),
            ("tenant=a/core/commits/_delta_log/0.json", Some(2)),
            ("tenant=a/raw/github/_delta_log/0.json", Some(3)),
            ("tenant=a/audit/events/_delta_log/0.json", Some(3)),
            ("tenant=a/facts/deployments/part-1.parquet", Some(4)),
            ("tenant=a/files/trials/x.json", Some(4)),
            ("tenant=a/core/commits/_delta_log/_last_checkpoint", None),
        ] {
            assert_eq!(stage(path), expected, "{path}");
        }
    }

    #[test]
    fn commits_behind_a_gap_are_left_to_the_next_backup() {
        let object = |log: &str, name: &str| Listed {
            path: format!("{log}/_delta_log/{name}"),
            location: Path::default(),
            mark: String::new(),
            may_go: false,
        };
        let commit = |log: &str, n: u64| object(log, &format!("{n:020}.json"));
        // Of `a` the entries before the checkpoint are being removed, and 8 was not seen; `b` is whole.
        let mut found: Vec<Listed> = [1, 3, 4, 6, 7, 9].map(|n| commit("a", n)).into_iter().collect();
        found.push(object("a", "00000000000000000005.checkpoint.parquet"));
        found.extend([0, 1].map(|n| commit("b", n)));
        without_gaps(&mut found);
        let left: Vec<(&str, u64, bool)> = found
            .iter()
            .map(|object| (object.path.split('/').next().unwrap(), version(&object.path).unwrap().1, object.may_go))
            .collect();
        let expected = [
            ("a", 1, true),
            ("a", 3, true),
            ("a", 4, true),
            ("a", 6, false),
            ("a", 7, false),
            ("a", 5, false),
            ("b", 0, false),
            ("b", 1, false),
        ];
        assert_eq!(left, expected);
    }
}
