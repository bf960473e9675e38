//! Backups of a whole lake, in a place of their own: each takes what is new, and each can be restored by itself.
//!
//! Files of a lake never change, so one that an earlier backup has is not read again. A backup is consistent though the lake is written
//! to meanwhile: logs are listed against the way that data goes (facts, then core, then raw, of which the latter are made), and the
//! files that they name are listed last. Whatever a log in the backup names is in the backup, and whatever a table's rows were made
//! of is in the tables below it.

use super::Lake;
use super::lazy::ANCHOR;
use super::store::{Root, without_credentials};
use crate::{Error, Result};
use bytes::Bytes;
use chrono::{DateTime, Utc};
use futures::future::BoxFuture;
use futures::stream::{self, BoxStream};
use futures::{FutureExt as _, StreamExt as _, TryStreamExt as _};
use object_store::buffered::BufWriter;
use object_store::path::Path;
use object_store::{ObjectMeta, ObjectStore as _, ObjectStoreExt as _, PutMode, PutOptions};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::collections::{BTreeMap, HashMap, HashSet};
use tokio::io::AsyncWriteExt as _;
use uuid::Uuid;

/// The form of a manifest; a newer one is refused.
const FORM: u32 = 1;
/// How many objects are on their way at once.
const AT_ONCE: usize = 8;
/// Objects that no backup names are left alone for so long: one that is being made may be about to name them.
const UNNAMED_HOURS: i64 = 24;
const MANIFESTS: &str = "backups";
const OBJECTS: &str = "objects";
const LOG: &str = "/_delta_log/";

/// A place with backups.
pub struct Backups {
    root: Root,
}

impl std::fmt::Debug for Backups {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Backups").field("root", &self.root.url.as_str()).finish_non_exhaustive()
    }
}

/// What a backup holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    form: u32,
    /// Its name, by which it is asked for: when it was begun, as `20261127T161500Z`.
    pub name: String,
    /// The version of Pulse that made it.
    pub version: String,
    /// What it was made with besides the lake, by name, such as the control database.
    pub beside: BTreeMap<String, Copied>,
    /// What is said of those, by name, such as the version of their form.
    pub notes: BTreeMap<String, String>,
    /// The lake's objects, by path.
    pub objects: BTreeMap<String, Copied>,
}

/// An object in a backup.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Copied {
    /// Where it stands among the objects of backups.
    stored: String,
    /// How long it is.
    pub bytes: u64,
    /// The SHA-256 of its bytes, in hexadecimal digits.
    pub sha256: String,
    /// What the lake's store says of the one that was copied: another at the same path says something else.
    mark: String,
}

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
    /// The place at `url`: `file://`, `s3://`, as a lake's. It need not exist yet.
    ///
    /// # Errors
    /// [`Error::InvalidLake`] when the address or its credentials cannot be used.
    pub fn open(url: &str, options: &[(String, String)]) -> Result<Self> {
        Ok(Self { root: Root::open(url, options)? })
    }

    /// Where it is, without credentials.
    pub fn address(&self) -> String {
        without_credentials(self.root.url.as_str())
    }

    /// The backups that are there, the oldest first.
    ///
    /// # Errors
    /// When storage fails, or one is of a newer form.
    pub async fn all(&self) -> Result<Vec<String>> {
        let folder = self.path(MANIFESTS);
        let listed = self.root.store.list(Some(&folder));
        let name = |meta: ObjectMeta| Some(meta.location.filename()?.strip_suffix(".json")?.to_owned());
        let mut names: Vec<String> =
            listed.map_err(Error::from).try_filter_map(|meta| std::future::ready(Ok(name(meta)))).try_collect().await?;
        names.sort();
        Ok(names)
    }

    /// A backup by its name, or the newest.
    ///
    /// # Errors
    /// [`Error::Setting`] when there is none such, or it is of a newer form; when storage fails.
    pub async fn manifest(&self, name: Option<&str>) -> Result<Manifest> {
        let all = self.all().await?;
        let found = match name {
            Some(name) => all.iter().find(|known| *known == name),
            None => all.last(),
        };
        let Some(found) = found else {
            let there = if all.is_empty() { "none".to_owned() } else { all.join(", ") };
            return Err(Error::Setting(match name {
                Some(name) => format!("there is no backup `{}`; there are: {there}", name.escape_default()),
                None => "there is no backup at that place".to_owned(),
            }));
        };
        let bytes = self.root.store.get(&self.path(MANIFESTS).join(format!("{found}.json"))).await?.bytes().await?;
        let wrong = |why: String| Error::Setting(format!("the backup `{found}` cannot be read: {why}"));
        let form: Form = serde_json::from_slice(&bytes).map_err(|error| wrong(error.to_string()))?;
        if form.form > FORM {
            return Err(wrong(format!("it is of form {}, and this version knows those up to {FORM}", form.form)));
        }
        serde_json::from_slice(&bytes).map_err(|error| wrong(error.to_string()))
    }

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
        let before = match self.all().await?.last() {
            Some(newest) => self.manifest(Some(newest)).await?.objects,
            None => BTreeMap::new(),
        };
        let mut made = Made::default();
        let copies = lake.listed().await?.into_iter().map(|object| {
            let known = before.get(&object.path).filter(|known| known.mark == object.mark).cloned();
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
        let name = now.format("%Y%m%dT%H%M%SZ").to_string();
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
    async fn copied(&self, mut pieces: BoxStream<'_, Result<Bytes>>, mark: String) -> Result<Copied> {
        let id = Uuid::new_v4().simple().to_string();
        let stored = format!("{}/{id}", &id[..2]);
        let (mut sum, mut bytes) = (Sha256::new(), 0);
        let mut writer = BufWriter::new(self.root.store.clone(), self.object(&stored));
        while let Some(piece) = pieces.try_next().await? {
            sum.update(&piece);
            bytes += piece.len() as u64;
            writer.write_all(&piece).await.map_err(unwritten)?;
        }
        writer.shutdown().await.map_err(unwritten)?;
        Ok(Copied { stored, bytes, sha256: hex(&sum.finalize()), mark })
    }

    /// An object of a backup, piece by piece; the last is followed by an error where they are not those that were copied.
    ///
    /// # Errors
    /// When storage fails.
    pub async fn read(&self, copied: &Copied) -> Result<BoxStream<'static, Result<Bytes>>> {
        let found = self.root.store.get(&self.object(&copied.stored)).await?;
        let (sum, wanted, stored) = (Sha256::new(), copied.sha256.clone(), copied.stored.clone());
        let pieces = found.into_stream().map_err(Error::from).boxed();
        let checked = stream::try_unfold(Some((pieces, sum)), move |state| {
            let (wanted, stored) = (wanted.clone(), stored.clone());
            async move {
                let Some((mut pieces, mut sum)) = state else { return Ok(None) };
                if let Some(piece) = pieces.try_next().await? {
                    sum.update(&piece);
                    return Ok(Some((piece, Some((pieces, sum)))));
                }
                if hex(&sum.finalize()) == wanted {
                    return Ok(None);
                }
                Err(Error::Setting(format!(
                    "the object `{stored}` of the backup is not what was copied: it is damaged"
                )))
            }
        });
        Ok(checked.boxed())
    }

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

    /// Reads every object of a backup, and tells which are not what was copied, or are not there.
    ///
    /// # Errors
    /// When storage fails otherwise.
    pub async fn verify(&self, manifest: &Manifest) -> Result<Vec<String>> {
        let all = manifest.objects.iter().chain(&manifest.beside);
        let looks: Vec<BoxFuture<'_, Option<String>>> =
            all.map(|(path, copied)| self.look(path, copied).boxed()).collect();
        let looks = stream::iter(looks).buffer_unordered(AT_ONCE);
        let mut wrong: Vec<String> = looks.filter_map(std::future::ready).collect().await;
        wrong.sort();
        Ok(wrong)
    }

    /// What is wrong with an object of a backup.
    async fn look(&self, path: &str, copied: &Copied) -> Option<String> {
        let whole = async { self.read(copied).await?.try_for_each(|_| std::future::ready(Ok(()))).await };
        whole.await.err().map(|error| format!("{path}: {error}"))
    }

    /// Removes all backups but the newest `most`, and the objects that none of these names. How many backups were removed.
    ///
    /// # Errors
    /// When storage fails, or a backup that stays cannot be read.
    pub async fn keep(&self, most: usize, now: DateTime<Utc>) -> Result<usize> {
        let all = self.all().await?;
        let (old, stay) = all.split_at(all.len().saturating_sub(most.max(1)));
        let mut named = HashSet::new();
        for name in stay {
            let manifest = self.manifest(Some(name)).await?;
            named.extend(
                manifest.objects.into_values().chain(manifest.beside.into_values()).map(|copied| copied.stored),
            );
        }
        for name in old {
            self.root.store.delete(&self.path(MANIFESTS).join(format!("{name}.json"))).await?;
        }
        let folder = self.path(OBJECTS);
        let mut listed = self.root.store.list(Some(&folder));
        while let Some(meta) = listed.try_next().await? {
            let stored = meta
                .location
                .prefix_match(&folder)
                .map(|parts| parts.map(|p| p.as_ref().to_owned()).collect::<Vec<_>>().join("/"));
            let is_named = stored.is_some_and(|stored| named.contains(&stored));
            if !is_named && (now - meta.last_modified).num_hours() >= UNNAMED_HOURS {
                self.root.store.delete(&meta.location).await?;
            }
        }
        Ok(old.len())
    }

    fn path(&self, part: &str) -> Path {
        self.root.base.clone().join(part)
    }

    fn object(&self, stored: &str) -> Path {
        stored.split('/').fold(self.path(OBJECTS), Path::join)
    }
}

#[derive(Deserialize)]
struct Form {
    form: u32,
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
    /// Whether nothing was ever written to it.
    ///
    /// # Errors
    /// When storage fails.
    pub async fn is_empty(&self) -> Result<bool> {
        let Root { store, base, .. } = &self.inner.root;
        Ok(store.list(Some(base)).try_next().await?.is_none())
    }

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

pub(super) fn unwritten(error: std::io::Error) -> Error {
    object_store::Error::Generic { store: "backup", source: error.into() }.into()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
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
