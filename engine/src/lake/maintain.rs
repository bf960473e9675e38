//! Keeping a table small and quick: compaction and vacuum.

use super::commit::{self, Change, Failed};
use super::draft::Draft;
use super::table::Table;
use super::upsert::removal;
use super::{DataFile, Snapshot, external, facts_mark, sorted};
use crate::entities::Layer;
use crate::{Clock, Error, Result};
use deltalake::kernel::transaction::CommitProperties;
use deltalake::operations::vacuum::VacuumMode;
use deltalake::{DeltaTable, checkpoints};
use futures::TryStreamExt as _;
use object_store::{ObjectStoreExt as _, path::Path};
use serde::Serialize;
use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

/// What a compaction did.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Compacted {
    /// How many small files were read.
    pub files_before: usize,
    /// How many files took their place.
    pub files_after: usize,
    /// How many rows they hold.
    pub rows: u64,
}

/// What a vacuum did.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Vacuumed {
    /// The files that were deleted, or would be.
    pub files: Vec<String>,
    /// Whether it only looked.
    pub dry_run: bool,
}

/// A table at a glance.
#[derive(Clone, Debug, Serialize)]
pub struct Inspection {
    /// `core/commits`, for example.
    pub table: String,
    /// The version in the Delta log.
    pub version: u64,
    /// How many data files it has.
    pub files: usize,
    /// Their size together, in bytes.
    pub bytes: u64,
    /// How many rows they hold, when the log knows.
    pub rows: Option<u64>,
    /// Files that hold less than half of the rows that a file may, and less than 4 MiB, and so wait for compaction.
    pub small_files: usize,
}

/// The shortest time for which files that left the table are kept: a query that began before may still be reading them,
/// and facts are read at the version that their anchor names.
pub(super) const SAFE_HORIZON_HOURS: i64 = 24;

/// How many bytes make a file a large one, however few rows they are: long payloads come to files of few rows, which would not be
/// fewer files once they were put together.
const LARGE: u64 = 4 << 20;
/// For how many hours files stay that left their table, unless somebody says.
pub const KEPT_HOURS: i64 = 168;

/// Which part of a file's rows is gone when a compaction writes it again.
const WORN: u64 = 64;
/// How many days after the first of them went it does so though only one did. What is gone is then gone from the store once a vacuum has been there.
const GONE_STANDS: i64 = 7;

const HOUR: i64 = 3600 * 1_000_000;

/// How long entries of a log are kept, as the tables' own settings say, in microseconds: shorter by a day, so that clocks may be apart.
const LOG_KEPT: i64 = 29 * 24 * 3600 * 1_000_000;

impl Table {
    /// Version, files, bytes and rows; `None` while nothing was written.
    ///
    /// # Errors
    /// [`Error::Delta`] when the log cannot be read.
    pub async fn inspect(&self) -> Result<Option<Inspection>> {
        Ok(self.latest().await?.map(|s| Inspection {
            table: self.name().to_owned(),
            version: s.version(),
            files: s.files().len(),
            bytes: s.files().iter().map(|f| f.bytes).sum(),
            rows: s.rows(),
            small_files: s.files().iter().filter(|f| self.is_small(f)).count(),
        }))
    }

    fn is_small(&self, file: &DataFile) -> bool {
        let holds_few = file.rows.is_none_or(|rows| rows < self.lake().options().file_rows as u64 / 2);
        holds_few && file.bytes < LARGE
    }

    /// Whether rows are gone from a file that are to be gone from the store: because they are many, or because the first went long ago.
    fn is_worn(&self, file: &DataFile) -> bool {
        let now = self.lake().options().clock.now() / 1000;
        file.gone().is_some_and(|gone| {
            let stands = now - file.rows_gone_since();
            gone.len() * WORN >= file.stored.unwrap_or(0) || stands >= GONE_STANDS * 24 * 3600 * 1000
        })
    }

    /// The files of each partition that a compaction puts others in the place of.
    fn scattered(&self, base: &Snapshot) -> Vec<Vec<DataFile>> {
        let mut parts: BTreeMap<&BTreeMap<String, Option<String>>, Vec<DataFile>> = BTreeMap::new();
        for file in base.files().iter().filter(|f| self.is_small(f) || self.is_worn(f)) {
            parts.entry(&file.partition).or_default().push(file.clone());
        }
        let is_worth = |files: &Vec<DataFile>| files.len() > 1 || files.iter().any(|file| self.is_worn(file));
        parts.into_values().filter(is_worth).collect()
    }

    /// How many files a compaction would do away with, where it makes one of those of each partition.
    ///
    /// # Errors
    /// [`Error::Delta`] when the log cannot be read.
    pub async fn scattered_files(&self) -> Result<usize> {
        let Some(base) = self.latest().await? else { return Ok(0) };
        Ok(self.scattered(&base).iter().map(|files| files.len() - 1).sum())
    }

    /// Puts few large files in the place of many small ones and of those from which rows are gone, each partition for itself. The rows
    /// and their order within a file stay as declared; sorting spills to disk when it outgrows its share of memory.
    ///
    /// # Errors
    /// [`Error::Contended`] when other writers kept rewriting the same files.
    pub async fn compact(&self) -> Result<Compacted> {
        let mut done = Compacted::default();
        let Some(base) = self.latest().await? else { return Ok(done) };
        commit::check(self, &base)?;
        for files in self.scattered(&base) {
            let add = self.rewrite(&base, &files).await?;
            let remove = files.iter().map(|f| removal(self, f, false)).collect();
            let change = Change { add, remove, ..Change::default() };
            if self.swap(&files, &change).await? {
                done.files_before += files.len();
                done.files_after += change.add.len();
                done.rows += files.iter().filter_map(|f| f.rows).sum::<u64>();
            }
        }
        Ok(done)
    }

    pub(super) async fn rewrite(
        &self,
        base: &Arc<Snapshot>,
        files: &[DataFile],
    ) -> Result<Vec<deltalake::kernel::Add>> {
        // Of a snapshot that reads files as they stand in the store, so does this.
        let state = base.table().lake().state();
        let scan = base.provider_of(files).scan(state, None, &[], None).await?;
        let mut stream = external::sorted(scan, self.entity().sort, sorted::ORDER, state.task_ctx())?;
        let mut draft = Draft::new(self, false);
        while let Some(batch) = stream.try_next().await? {
            draft.push(batch).await?;
        }
        draft.finish().await
    }

    /// Commits what takes the place of some files. Appends that came between do not disturb it; a writer that took one of these
    /// files away does.
    pub(super) async fn swap(&self, files: &[DataFile], change: &Change) -> Result<bool> {
        let attempts = self.lake().options().commit_attempts.max(1);
        for attempt in 0..attempts {
            let Some(base) = self.latest().await? else { break };
            if !files.iter().all(|file| base.files().iter().any(|f| f.is(file))) {
                tracing::info!(
                    table = self.name(),
                    "what was to take the place of files gave way to a writer; it will be tried again next time"
                );
                self.discard(&change.add.iter().map(|add| add.path.clone()).collect::<Vec<_>>()).await;
                return Ok(false);
            }
            match commit::attempt(self, Some(&base), change, &[]).await {
                Ok(_) => return Ok(true),
                Err(Failed::For(error)) => return Err(error),
                Err(Failed::Lost) => commit::back_off(attempt).await,
            }
        }
        Err(Error::Contended { table: self.name().to_owned(), attempts })
    }

    /// Deletes files that left the table more than `hours` ago, and log entries past their retention.
    ///
    /// # Errors
    /// [`Error::Setting`] when `hours` is less than the safe horizon of 24.
    pub async fn vacuum(&self, hours: i64, dry_run: bool) -> Result<Vacuumed> {
        if hours < SAFE_HORIZON_HOURS {
            return Err(Error::Setting(format!(
                "a vacuum may not look closer than {SAFE_HORIZON_HOURS} hours: queries may still read files that left the table since; use {SAFE_HORIZON_HOURS} or more"
            )));
        }
        let Some(base) = self.latest().await? else { return Ok(Vacuumed { dry_run, ..Vacuumed::default() }) };
        if !dry_run && let Err(error) = commit::check(self, &base) {
            // The tables after it are vacuumed all the same.
            tracing::warn!(table = self.name(), %error, "a table is not vacuumed");
            return Ok(Vacuumed { dry_run, ..Vacuumed::default() });
        }
        let mut table = DeltaTable::new(self.log()?);
        table.state = Some(base.state().clone());
        let still_read = self.still_read().await?;
        // A file that lost rows long ago is told to have left the table then, also when it left for good only now. What stood at the
        // horizon stays, so that each file stays for as long as that after it was last of use.
        let mut kept = still_read.clone();
        let by = Clock::System.now() - hours.saturating_mul(HOUR);
        if let Some(version) = self.last_by(by, base.version()).await?
            && self.written_at(version).await?.is_some()
        {
            kept.push(version);
        }
        let horizon = chrono::TimeDelta::try_hours(hours).unwrap_or(chrono::TimeDelta::MAX);
        let (table, metrics) = table
            .vacuum()
            .with_retention_period(horizon)
            .with_enforce_retention_duration(false)
            // Also what no log entry names: files of writers that were killed, or lost their race.
            .with_mode(VacuumMode::Full)
            .with_keep_versions(&kept)
            // The log is cleaned below, or not at all.
            .with_commit_properties(CommitProperties::default().with_cleanup_expired_logs(Some(false)))
            .with_dry_run(dry_run)
            .await?;
        if !dry_run && self.may_forget(&still_read).await? {
            self.latest().await?;
            checkpoints::cleanup_metadata(&table, None).await?;
        }
        // A file that lost rows left the table several times, and where it is gone already some stores tell its whole path.
        let (mut files, mut told) = (metrics.files_deleted, HashSet::new());
        files.retain(|file| told.insert(file.rsplit('/').next().map(str::to_owned)));
        Ok(Vacuumed { files, dry_run })
    }

    /// Whether no log entry that is past its retention is needed to read a version that readers are on. Of a tenant that rests there
    /// may be: what stands in the log is all that tells of that version, and whether only compactions came since.
    async fn may_forget(&self, still_read: &[u64]) -> Result<bool> {
        let Some(oldest) = still_read.iter().min() else { return Ok(true) };
        match self.files().head(&Path::from(format!("_delta_log/{oldest:020}.json"))).await {
            // By the clock that the cleaning goes by.
            Ok(entry) => Ok(Clock::System.now() - entry.last_modified.timestamp_micros() < LOG_KEPT),
            Err(object_store::Error::NotFound { .. }) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    /// Versions that readers are on, however long ago they were replaced: of a facts table the one that its anchor notes.
    async fn still_read(&self) -> Result<Vec<u64>> {
        if self.entity().layer != Layer::Facts {
            return Ok(Vec::new());
        }
        let Some(anchor) = self.lake().facts().anchor().await? else { return Ok(Vec::new()) };
        let noted = anchor.progress(&facts_mark(self.entity().name)).await?;
        Ok(noted.into_iter().map(i64::unsigned_abs).collect())
    }
}
