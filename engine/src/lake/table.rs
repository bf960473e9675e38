//! One Delta table: what may be done to it, and how often it is tried.

use super::commit::{self, Change, Committed, Failed, Progress};
use super::draft::Replacement;
use super::{Snapshot, TenantLake, upsert, write};
use crate::entities::Entity;
use crate::{Error, Result};
use arrow::array::RecordBatch;
use deltalake::kernel::Add;
use deltalake::logstore::{LogStoreRef, StorageConfig, default_logstore};
use deltalake::table::state::DeltaTableState;
use futures::TryStreamExt as _;
use object_store::path::Path;
use object_store::prefix::PrefixStore;
use object_store::{ObjectStore, ObjectStoreExt as _};
use std::sync::Arc;
use std::time::Duration;

/// For how long the absence of a next log entry proves that a kept snapshot is the newest: far less than log entries live,
/// so that the entry cannot have come and been cleaned up again.
const TRUSTED: Duration = Duration::from_secs(24 * 3600);

/// One table of a tenant's lake. Cheap to clone; it need not exist yet.
#[derive(Clone)]
pub struct Table {
    inner: Arc<Inner>,
}

struct Inner {
    entity: &'static Entity,
    name: String,
    path: Path,
    lake: TenantLake,
    files: Arc<dyn ObjectStore>,
}

/// Whether a commit is made when its progress has been noted before, or when it changes nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// Not when its progress was reached before, and not when nothing changes.
    New,
    /// Also when its progress was reached before (a replay), but not when nothing changes.
    Changed,
    /// Also when nothing changes but the progress, unless that was reached before.
    Ahead,
    /// Also when nothing changes but the progress, whatever it was before; but only on top of this version (`None`: as the
    /// first), or of compactions of it. What was worked out from one version may not be written over another.
    On(Option<u64>),
    /// As [`When::On`], but not when nothing changes.
    ChangedOn(Option<u64>),
}

impl When {
    /// Whether a table that stands so may be written.
    async fn allows(self, base: Option<&Snapshot>) -> Result<bool> {
        let (When::On(expected) | When::ChangedOn(expected)) = self else { return Ok(true) };
        match (base, expected) {
            (None, None) => Ok(true),
            (Some(base), Some(expected)) if base.version() == expected => Ok(true),
            (Some(base), Some(expected)) if base.version() > expected => base.only_compacted_since(expected).await,
            _ => Ok(false),
        }
    }

    /// Whether nothing is committed when no row changes.
    fn needs_rows(self) -> bool {
        matches!(self, When::New | When::Changed | When::ChangedOn(_))
    }
}

/// What is done to the rows of a table.
enum Work<'a> {
    Append(Vec<Add>),
    Upsert(&'a RecordBatch),
    Replace { new: &'a Replacement, scope: Option<&'a Scope> },
}

impl Work<'_> {
    /// The files that were written before it was first tried, and serve each try.
    fn ready(&self) -> &[Add] {
        match self {
            Work::Append(adds) => adds,
            Work::Upsert(_) => &[],
            Work::Replace { new, .. } => new.written(),
        }
    }
}

/// Which rows a replacement replaces: those whose `column` holds one of `values`.
#[derive(Clone, Debug)]
pub struct Scope {
    /// A text column.
    pub column: &'static str,
    /// Its values.
    pub values: Vec<String>,
}

impl Table {
    pub(crate) fn new(lake: &TenantLake, entity: &'static Entity, name: String) -> Self {
        // Joined part by part: the prefix is a path already, and must not be encoded again.
        let path = name.split('/').fold(lake.prefix.clone(), |path, part| path.join(part));
        let files: Arc<dyn ObjectStore> = Arc::new(PrefixStore::new(lake.store.clone(), path.clone()));
        Self { inner: Arc::new(Inner { entity, name, path, lake: lake.clone(), files }) }
    }

    /// The same, of which each file is read as it stands in the store.
    pub(super) fn as_stored(&self) -> Self {
        Self::new(&self.inner.lake.as_stored(), self.inner.entity, self.inner.name.clone())
    }

    /// Its declaration.
    pub fn entity(&self) -> &'static Entity {
        self.inner.entity
    }

    /// Its folder below the tenant's prefix, `core/commits` for example.
    pub fn name(&self) -> &str {
        &self.inner.name
    }

    pub(crate) fn lake(&self) -> &TenantLake {
        &self.inner.lake
    }

    /// The whole path of its folder.
    pub(crate) fn path(&self) -> &Path {
        &self.inner.path
    }

    /// The store below its folder.
    pub(crate) fn files(&self) -> &Arc<dyn ObjectStore> {
        &self.inner.files
    }

    pub(crate) fn log(&self) -> Result<LogStoreRef> {
        let inner = &self.inner;
        let location = inner.lake.lake.root.address(&inner.path)?;
        Ok(default_logstore(inner.files.clone(), inner.lake.store.clone(), &location, &StorageConfig::default()))
    }

    pub(crate) fn keep(&self, snapshot: Snapshot) -> Arc<Snapshot> {
        let snapshot = Arc::new(snapshot);
        self.inner.lake.lake.snapshots.put(&self.inner.path, snapshot.clone());
        snapshot
    }

    /// The table as queries see it: at most [`super::Options::snapshot_ttl`] old. `None` while nothing was ever written.
    ///
    /// # Errors
    /// [`Error::Delta`] when the log cannot be read.
    pub async fn snapshot(&self) -> Result<Option<Arc<Snapshot>>> {
        let inner = &self.inner;
        if let Some(cached) = inner.lake.lake.snapshots.get(&inner.path)
            && cached.checked.elapsed() < inner.lake.options().snapshot_ttl
        {
            return Ok(Some(cached.snapshot));
        }
        self.latest().await
    }

    /// The newest version. One small request when nothing changed since it was last looked at.
    ///
    /// # Errors
    /// [`Error::Delta`] when the log cannot be read.
    pub async fn latest(&self) -> Result<Option<Arc<Snapshot>>> {
        let cache = &self.inner.lake.lake.snapshots;
        if let Some(cached) = cache.get(&self.inner.path).filter(|cached| cached.loaded.elapsed() < TRUSTED) {
            let next = Path::from(format!("_delta_log/{:020}.json", cached.snapshot.version() + 1));
            if matches!(self.files().head(&next).await, Err(object_store::Error::NotFound { .. })) {
                cache.put(&self.inner.path, cached.snapshot.clone());
                return Ok(Some(cached.snapshot));
            }
            let mut state = cached.snapshot.state().clone();
            state.update(self.log()?.as_ref(), None).await?;
            return Ok(Some(self.keep(Snapshot::new(self, state)?.after(&cached.snapshot))));
        }
        if self.inner.lake.lacks(self) {
            return Ok(None);
        }
        let log = self.log()?;
        let state = match DeltaTableState::try_new(log.as_ref(), None).await {
            Ok(state) => state,
            // Stores tell of a missing table in different words; that it has no log is the same on all. One that has a
            // log by now was made in this very moment.
            Err(_) if !self.exists().await? => return Ok(None),
            Err(_) => DeltaTableState::try_new(log.as_ref(), None).await?,
        };
        Ok(Some(self.keep(Snapshot::new(self, state)?)))
    }

    /// The table as it was at `version`.
    ///
    /// # Errors
    /// [`Error::Delta`] when the log no longer reaches back that far.
    pub async fn at(&self, version: u64) -> Result<Arc<Snapshot>> {
        let cache = &self.inner.lake.lake.snapshots;
        if let Some(newest) = cache.get(&self.inner.path)
            && newest.snapshot.version() == version
        {
            return Ok(newest.snapshot);
        }
        let key = self.inner.path.clone().join(format!("@{version}"));
        if let Some(cached) = cache.get(&key) {
            return Ok(cached.snapshot);
        }
        let state = DeltaTableState::try_new(self.log()?.as_ref(), Some(version)).await?;
        let snapshot = Arc::new(Snapshot::new(self, state)?);
        cache.put(&key, snapshot.clone());
        Ok(snapshot)
    }

    /// Whether anything was ever written.
    ///
    /// # Errors
    /// [`Error::Store`] when the store cannot be listed.
    pub async fn exists(&self) -> Result<bool> {
        let log = Path::from("_delta_log");
        Ok(self.files().list(Some(&log)).try_next().await?.is_some())
    }

    /// Whether anything is in its folder, a log or a file that none names.
    ///
    /// # Errors
    /// [`Error::Store`] when the store cannot be listed.
    pub async fn has_files(&self) -> Result<bool> {
        Ok(self.files().list(None).try_next().await?.is_some())
    }

    /// Adds rows to those that are there.
    ///
    /// # Errors
    /// [`Error::Contended`] when other writers won every race; [`Error::Store`], [`Error::Delta`] when storage fails.
    pub async fn append(&self, rows: &[RecordBatch], progress: &[Progress], when: When) -> Result<Committed> {
        if matches!(when, When::New | When::Ahead)
            && let Some(base) = self.latest().await?
            && commit::reached(&base, progress).await?
        {
            return Ok(Committed::Nothing);
        }
        let adds = if rows.iter().all(|b| b.num_rows() == 0) {
            Vec::new()
        } else {
            write::files(self, rows.to_vec(), true).await?
        };
        self.commit(Work::Append(adds), progress, when).await
    }

    /// Writes rows of a core table by their `id`. Of two rows with one id, the one with the newer payload counts; see
    /// the module `merge`. `rows` holds each id once. A row without `observed_at` says only that the thing is gone.
    ///
    /// # Errors
    /// As [`Table::append`].
    pub async fn upsert(&self, rows: &RecordBatch, progress: &[Progress], when: When) -> Result<Committed> {
        self.commit(Work::Upsert(rows), progress, when).await
    }

    /// Puts `rows` in the place of all rows, or of those in `scope`. Nothing is written when they are the same.
    ///
    /// # Errors
    /// As [`Table::append`].
    pub async fn replace(
        &self,
        rows: &[RecordBatch],
        scope: Option<&Scope>,
        progress: &[Progress],
        when: When,
    ) -> Result<Committed> {
        let mut new = self.replacement();
        for batch in rows {
            new.push(batch.clone()).await?;
        }
        new.commit(scope, progress, when).await
    }

    /// As [`Table::replace`], for more rows than fit into memory: takes them in one batch after the other.
    pub fn replacement(&self) -> Replacement {
        Replacement::new(self, true)
    }

    /// As [`Table::replacement`], of the rows in `scope` alone. While there are none, as when a table is first filled, what comes is not gone
    /// through for whether it is the same.
    ///
    /// # Errors
    /// [`Error::Delta`] when the log cannot be read.
    pub async fn replacement_of(&self, scope: &Scope) -> Result<Replacement> {
        let base = self.latest().await?;
        let may_be_there = base.is_some_and(|base| !upsert::within(&base, Some(scope)).is_empty());
        Ok(Replacement::new(self, may_be_there))
    }

    pub(crate) async fn commit_replacement(
        &self,
        new: &Replacement,
        scope: Option<&Scope>,
        progress: &[Progress],
        when: When,
    ) -> Result<Committed> {
        self.commit(Work::Replace { new, scope }, progress, when).await
    }

    async fn commit(&self, work: Work<'_>, progress: &[Progress], when: When) -> Result<Committed> {
        let ready: Vec<String> = work.ready().iter().map(|add| add.path.clone()).collect();
        let outcome = self.try_commit(work, &ready, progress, when).await;
        // Where it is certain that no commit names them. What came of a commit that failed otherwise is not.
        if matches!(
            outcome,
            Ok(Committed::Nothing) | Err(Error::Overtaken { .. } | Error::Contended { .. } | Error::ShutOut { .. })
        ) {
            self.discard(&ready).await;
        }
        outcome
    }

    async fn try_commit(
        &self,
        work: Work<'_>,
        ready: &[String],
        progress: &[Progress],
        when: When,
    ) -> Result<Committed> {
        let attempts = self.lake().options().commit_attempts.max(1);
        for attempt in 0..attempts {
            let base = self.latest().await?;
            if let Some(base) = &base
                && let Err(error) = commit::check(self, base)
            {
                self.discard(ready).await;
                return Err(error);
            }
            if !when.allows(base.as_deref()).await? {
                return Err(Error::Overtaken { table: self.name().to_owned() });
            }
            if let Some(base) = &base
                && matches!(when, When::New | When::Ahead)
                && commit::reached(base, progress).await?
            {
                return Ok(Committed::Nothing);
            }
            let change = match &work {
                Work::Append(adds) => Change { add: adds.clone(), ..Change::default() },
                Work::Upsert(rows) => upsert::change(self, base.as_ref(), rows).await?,
                Work::Replace { new, scope } => upsert::replacement(self, base.as_ref(), new, *scope).await?,
            };
            if change.is_nothing() && when.needs_rows() {
                return Ok(Committed::Nothing);
            }
            match commit::attempt(self, base.as_deref(), &change, progress).await {
                Ok(version) => return Ok(Committed::Version(version)),
                Err(Failed::For(error)) => return Err(error),
                Err(Failed::Lost) => {
                    // What was worked out from an old version must be worked out anew; its files belong to nobody.
                    let stale = change.add.into_iter().map(|add| add.path).filter(|path| !ready.contains(path));
                    self.discard(&stale.collect::<Vec<_>>()).await;
                    commit::back_off(attempt).await;
                }
            }
        }
        Err(Error::Contended { table: self.name().to_owned(), attempts })
    }

    /// Deletes files that never became part of the table. Vacuum takes what this leaves behind.
    pub(crate) async fn discard(&self, paths: &[String]) {
        for path in paths {
            if let Err(error) = self.files().delete(&Path::from(path.as_str())).await {
                tracing::debug!(table = self.name(), path, %error, "an uncommitted file stays until the next vacuum");
            }
        }
    }
}

impl std::fmt::Debug for Table {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Table").field("tenant", self.inner.lake.id()).field("name", &self.inner.name).finish()
    }
}
