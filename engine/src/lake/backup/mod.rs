//! Backups of a whole lake, in a place of their own: each takes what is new, and each can be restored by itself.
//!
//! Files of a lake never change, so one that an earlier backup has is not read again. A backup is consistent though the lake is written
//! to meanwhile: logs are listed against the way that data goes (facts, then core, then raw, of which the latter are made), and the
//! files that they name are listed last. Whatever a log in the backup names is in the backup, and whatever a table's rows were made
//! of is in the tables below it.

mod make;
mod restore;

pub use make::Made;

use super::store::{Root, without_credentials};
use crate::{Error, Result};
use bytes::Bytes;
use chrono::{DateTime, NaiveDateTime, Utc};
use futures::future::BoxFuture;
use futures::stream::{self, BoxStream};
use futures::{FutureExt as _, StreamExt as _, TryStreamExt as _};
use object_store::buffered::BufWriter;
use object_store::path::Path;
use object_store::{ObjectMeta, ObjectStore, ObjectStoreExt as _};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;
use tokio::io::AsyncWriteExt as _;
use url::Url;

/// The form of a manifest; a newer one is refused.
const FORM: u32 = 1;
/// How a backup is named by when it was begun, so that names are in the order of time.
const NAME: &str = "%Y%m%dT%H%M%SZ";
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

impl Backups {
    /// The place at `url`: `file://`, `s3://`, as a lake's. It need not exist yet.
    ///
    /// # Errors
    /// [`Error::Setting`] when the address or its credentials cannot be used.
    pub fn open(url: &str, options: &[(String, String)]) -> Result<Self> {
        Ok(Self { root: Root::open(url, options).map_err(no_place)? })
    }

    /// Whether backups may be at an address. It is not asked whether any are.
    ///
    /// # Errors
    /// [`Error::Setting`], with what is wrong.
    pub fn check_address(url: &str) -> Result<()> {
        Root::address_of(url).map(drop).map_err(no_place)
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
        let name = |meta: ObjectMeta| {
            let mut parts = meta.location.prefix_match(&folder)?;
            let (name, further) = (parts.next()?, parts.next());
            further.is_none().then_some(())?;
            Some(name.as_ref().strip_suffix(".json")?.to_owned())
        };
        let mut names: Vec<String> =
            listed.map_err(Error::from).try_filter_map(|meta| std::future::ready(Ok(name(meta)))).try_collect().await?;
        names.sort();
        Ok(names)
    }

    /// When the newest of them was begun; `None` where there is none.
    ///
    /// # Errors
    /// When storage fails.
    pub async fn newest_at(&self) -> Result<Option<DateTime<Utc>>> {
        let names = self.all().await?;
        // What somebody else put beside them is no backup.
        let at = names.iter().rev().find_map(|name| NaiveDateTime::parse_from_str(name, NAME).ok());
        Ok(at.map(|at| at.and_utc()))
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
                None => format!("there is no backup at {}", self.address()),
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
        for (stored, meta) in self.stored().await? {
            if !named.contains(&stored) && (now - meta.last_modified).num_hours() >= UNNAMED_HOURS {
                self.root.store.delete(&meta.location).await?;
            }
        }
        Ok(old.len())
    }

    /// All objects of backups, by where they stand among them.
    async fn stored(&self) -> Result<Vec<(String, ObjectMeta)>> {
        let folder = self.path(OBJECTS);
        let place = |meta: ObjectMeta| {
            let parts = meta.location.prefix_match(&folder)?;
            let stored = parts.map(|part| part.as_ref().to_owned()).collect::<Vec<_>>().join("/");
            Some((stored, meta))
        };
        let listed = self.root.store.list(Some(&folder)).map_err(Error::from);
        listed.try_filter_map(|meta| std::future::ready(Ok(place(meta)))).try_collect().await
    }

    /// Whether the place is apart from a lake: in it, each backup would hold those before it, and around it, the lake's files could be taken
    /// for objects that no backup names. What leads to either by a link is as good as there.
    fn is_apart(&self, lake: &crate::lake::Lake) -> Result<()> {
        let (place, lake) = (&self.root.url, &lake.inner.root.url);
        let [one, other] = [place, lake].map(stands);
        // Two in memory are never one.
        if place.scheme() != "memory" && (one.starts_with(&other) || other.starts_with(&one)) {
            let (place, lake) = (self.address(), without_credentials(lake.as_str()));
            return Err(Error::Setting(format!(
                "backups at {place} and the lake at {lake} are one in the other: have backups at a place of their own"
            )));
        }
        Ok(())
    }

    fn path(&self, part: &str) -> Path {
        self.root.base.clone().join(part)
    }

    fn object(&self, stored: &str) -> Path {
        stored.split('/').fold(self.path(OBJECTS), Path::join)
    }
}

/// Why there can be no backups at an address.
fn no_place(error: Error) -> Error {
    match error {
        Error::InvalidLake { url, reason } => Error::Setting(format!("there can be no backups at {url}: {reason}")),
        other => other,
    }
}

/// Where an address leads, with a `/` at its end: on a disk without links. Of its folders the last may not be there yet.
fn stands(url: &Url) -> String {
    let path = if url.scheme() == "file" { url.to_file_path().ok() } else { None };
    let real = path.as_ref().and_then(|path| {
        path.ancestors().find_map(|there| Some(there.canonicalize().ok()?.join(path.strip_prefix(there).ok()?)))
    });
    let real = real.and_then(|real| Url::from_file_path(real).ok());
    format!("{}/", real.as_ref().unwrap_or(url).as_str().trim_end_matches('/'))
}

#[derive(Deserialize)]
struct Form {
    form: u32,
}

/// Writes an object whole, or nothing of it.
pub(super) async fn written(
    store: &Arc<dyn ObjectStore>,
    at: Path,
    mut pieces: BoxStream<'_, Result<Bytes>>,
) -> Result<()> {
    let unwritten =
        |error: std::io::Error| Error::from(object_store::Error::Generic { store: "backup", source: error.into() });
    let mut writer = BufWriter::new(Arc::clone(store), at);
    let all = async {
        while let Some(piece) = pieces.try_next().await? {
            writer.write_all(&piece).await.map_err(unwritten)?;
        }
        Ok(())
    };
    match all.await {
        Ok(()) => writer.shutdown().await.map_err(unwritten),
        Err(error) => {
            // Of what was sent in parts, those would stay, and be paid for. Why there is no whole is told either way.
            drop(writer.abort().await);
            Err(error)
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
