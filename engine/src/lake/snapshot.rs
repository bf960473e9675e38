//! One table at one version.

use super::progress::Marks;
use super::protocol;
use super::provider::LakeTable;
use super::rows::{self, Rows};
use super::since::{Since, Turns};
use super::stats;
use super::table::Table;
use super::writer;
use crate::entities::Entity;
use crate::{Error, Result};
use arrow::array::AsArray as _;
use arrow::datatypes::Schema;
use datafusion::catalog::TableProvider;
use datafusion::common::stats::Precision;
use datafusion::common::{HashSet, ScalarValue};
use datafusion::execution::SendableRecordBatchStream;
use datafusion::logical_expr::Expr;
use datafusion::physical_plan::execute_stream;
use deltalake::kernel::{Action, DeletionVectorDescriptor, LogicalFileView};
use deltalake::logstore::get_actions;
use deltalake::table::state::DeltaTableState;
use futures::stream::{self, StreamExt as _, TryStreamExt as _};
use parking_lot::Mutex;
use roaring::RoaringTreemap;
use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

/// A data file of a snapshot.
#[derive(Clone, Debug)]
pub struct DataFile {
    /// Its name below the table's folder.
    pub path: String,
    /// Its size in bytes.
    pub bytes: u64,
    /// How many of its rows count, when the log says how many it holds.
    pub rows: Option<u64>,
    /// How many it holds, with those that are gone from it.
    pub(crate) stored: Option<u64>,
    /// Which of them count.
    pub(crate) counted: Rows,
    /// Its deletion vector, as the log names it.
    pub(crate) vector: Option<DeletionVectorDescriptor>,
    /// When the first of its rows went, in milliseconds since 1970, where whoever took it out noted that.
    pub(crate) gone_since: Option<i64>,
    /// The values of the partition columns.
    pub partition: BTreeMap<String, Option<String>>,
    /// When it was written, in milliseconds since 1970.
    pub written_at: i64,
    /// Its statistics, as the log keeps them.
    pub stats: Option<String>,
}

impl DataFile {
    fn of(view: &LogicalFileView) -> Self {
        let vector = view.deletion_vector_descriptor();
        let stored = view.num_records().map(|n| n as u64);
        let gone = vector.as_ref().map_or(0, |vector| vector.cardinality.unsigned_abs());
        Self {
            path: view.path().into_owned(),
            bytes: view.size().unsigned_abs(),
            rows: stored.map(|stored| stored.saturating_sub(gone)),
            stored,
            counted: Rows::left_by(vector.as_ref()),
            gone_since: vector.as_ref().and_then(|_| gone_since(view)),
            vector,
            partition: view.partition_values_map().into_iter().collect(),
            written_at: view.modification_time(),
            stats: view.stats(),
        }
    }
}

/// What a file's entry in the log notes of when the first of its rows went.
fn gone_since(view: &LogicalFileView) -> Option<i64> {
    #[expect(deprecated, reason = "nothing else tells the tags of a file")]
    let add = view.add_action();
    add.tags?.remove(rows::GONE_SINCE)??.parse().ok()
}

/// One table at one version: which files it is made of, and what its writers noted about how far they had come.
pub struct Snapshot {
    table: Table,
    state: DeltaTableState,
    /// Made when they are first asked for: a writer that only appends never does.
    files: OnceLock<Vec<DataFile>>,
    memory: usize,
    /// What is known of how far its writers had come.
    pub(super) marks: Mutex<Marks>,
    /// When it was committed, in microseconds since 1970, once that is known.
    pub(super) written: OnceLock<i64>,
    /// The version that was last asked about, and whether rows only moved after it.
    only_moved: Mutex<Option<(u64, bool)>>,
    /// Whether what the log says of the rows of a file is taken for so.
    is_trusted: bool,
}

impl Snapshot {
    pub(crate) fn new(table: &Table, state: DeltaTableState) -> Result<Self> {
        if let Some(unmet) = protocol::unmet_in_reading(&state) {
            let reason = format!(
                "asks of whoever reads it for {unmet}, which this version does not know: read it with a newer Pulse, or restore a backup of before it was changed"
            );
            return Err(Error::Table { table: table.name().to_owned(), reason });
        }
        let log = state.snapshot().try_log_data()?;
        // The log keeps each file's statistics as text and as columns, and so does this.
        let of = |f: &DataFile| size_of::<DataFile>() + f.path.len() + 3 * f.stats.as_ref().map_or(0, String::len);
        // Files of a table are much alike, but for their deletion vectors: the log has each as text, and a file as text and read.
        let vectors = log.iter().filter_map(|view| view.deletion_vector_descriptor());
        let vectors: usize = vectors.map(|vector| 4 * vector.size_in_bytes.unsigned_abs() as usize).sum();
        let files = log.num_files() * log.iter().next().map_or(0, |view| of(&DataFile::of(&view)));
        let memory = 16_384 + files + vectors;
        let marks = Mutex::new(Marks::none(state.version()));
        Ok(Self {
            table: table.clone(),
            state,
            files: OnceLock::new(),
            memory,
            marks,
            written: OnceLock::new(),
            only_moved: Mutex::default(),
            is_trusted: true,
        })
    }

    /// The same, of which each row is read as it stands in its file, whatever the log says of it: a column of which it says that all values
    /// are the same would else not be read at all. And each file is read as it stands in the store.
    pub(super) fn distrusted(&self) -> Arc<Self> {
        Arc::new(Self {
            table: self.table.as_stored(),
            state: self.state.clone(),
            files: OnceLock::new(),
            memory: self.memory,
            marks: Mutex::new(Marks::none(self.version())),
            written: OnceLock::new(),
            only_moved: Mutex::default(),
            is_trusted: false,
        })
    }

    pub(super) fn is_trusted(&self) -> bool {
        self.is_trusted
    }

    /// The version in the Delta log.
    pub fn version(&self) -> u64 {
        self.state.version()
    }

    /// The table's own id: one that is made anew in its place has another.
    pub fn id(&self) -> &str {
        self.state.metadata().id()
    }

    /// The files that it is made of.
    pub fn files(&self) -> &[DataFile] {
        // That its log can be read was seen when this was made.
        self.files.get_or_init(|| self.state.snapshot().log_data().iter().map(|view| DataFile::of(&view)).collect())
    }

    /// How many rows it holds, when the log knows it of every file.
    pub fn rows(&self) -> Option<u64> {
        self.files().iter().map(|f| f.rows).sum()
    }

    /// The declaration of its table.
    pub fn entity(&self) -> &'static Entity {
        self.table.entity()
    }

    pub(crate) fn state(&self) -> &DeltaTableState {
        &self.state
    }

    pub(crate) fn table(&self) -> &Table {
        &self.table
    }

    /// The live files that hold every row which was added or changed after `version`, and perhaps some older ones; `None`
    /// when the log no longer reaches back that far, so that every file must be read.
    ///
    /// A file that was rewritten since (by an upsert or a compaction) is stood for by those that took its place. One that only lost rows
    /// since holds none that is newer.
    ///
    /// # Errors
    /// [`Error::Delta`] when the log cannot be read.
    pub async fn files_since(&self, version: u64) -> Result<Option<Vec<DataFile>>> {
        Ok(self.since(version).await?.map(|since| since.came))
    }

    /// What became of the table's files after `version`; `None` as with [`Snapshot::files_since`].
    ///
    /// # Errors
    /// As [`Snapshot::files_since`].
    pub async fn since(&self, version: u64) -> Result<Option<Since>> {
        let log = self.table.log()?;
        let mut turns = Turns::default();
        for v in version + 1..=self.version() {
            let Some(bytes) = log.read_commit_entry(v).await? else { return Ok(None) };
            turns.take(get_actions(v, &bytes)?);
        }
        let (came, moved) = turns.end();
        let came = self.files().iter().filter(|file| came.contains(&file.path)).cloned().collect();
        Ok(Some(Since { came, moved }))
    }

    /// Whether every commit after `version` only moved rows into other files. The log is read once: all who read one model ask for the same
    /// version.
    ///
    /// # Errors
    /// [`Error::Delta`] when the log cannot be read.
    pub(crate) async fn only_compacted_since(&self, version: u64) -> Result<bool> {
        let known = *self.only_moved.lock();
        if let Some((_, only_moved)) = known.filter(|(since, _)| *since == version) {
            return Ok(only_moved);
        }
        let only_moved = self.only_moved_since(version).await?;
        *self.only_moved.lock() = Some((version, only_moved));
        Ok(only_moved)
    }

    async fn only_moved_since(&self, version: u64) -> Result<bool> {
        let log = self.table.log()?;
        for v in version + 1..=self.version() {
            let Some(bytes) = log.read_commit_entry(v).await? else { return Ok(false) };
            let changes = |action: &Action| match action {
                Action::Add(add) => add.data_change,
                Action::Remove(gone) => gone.data_change,
                // What its writers noted says of which rows it is made.
                Action::Txn(mark) => !writer::shuts(&mark.app_id),
                _ => false,
            };
            if get_actions(v, &bytes)?.iter().any(changes) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// The snapshot as a table to query.
    pub fn provider(self: &Arc<Self>) -> Arc<dyn TableProvider> {
        Arc::new(LakeTable::new(self.clone(), None))
    }

    /// As [`Snapshot::provider`], of some of its files alone, and of the rows that count in these.
    pub fn provider_of(self: &Arc<Self>, files: &[DataFile]) -> Arc<dyn TableProvider> {
        Arc::new(LakeTable::new(self.clone(), Some(files.iter().map(|f| (f.path.clone(), f.clone())).collect())))
    }

    /// Reads columns of some or all of its files. `filters` only skip files and row groups; rows that do not match may
    /// still come.
    ///
    /// # Errors
    /// [`Error::Table`] for a column that it lacks, [`Error::Query`] when reading fails.
    pub async fn read(
        self: &Arc<Self>,
        columns: Option<&[&str]>,
        files: Option<&[DataFile]>,
        filters: &[Expr],
    ) -> Result<SendableRecordBatchStream> {
        let provider = match files {
            Some(files) => self.provider_of(files),
            None => self.provider(),
        };
        let schema = provider.schema();
        let projection = columns
            .map(|names| names.iter().map(|name| schema.index_of(name)).collect::<Result<Vec<_>, _>>())
            .transpose()
            .map_err(|e| self.wrong(e.to_string()))?;
        let lake = self.table.lake();
        let plan = provider.scan(lake.state(), projection.as_ref(), filters, None).await?;
        Ok(execute_stream(plan, lake.reading(self.entity().layer))?)
    }

    /// The places in a file of those rows that count and of which the text in `column` is `wanted`.
    ///
    /// # Errors
    /// As [`Snapshot::read`].
    pub(crate) async fn places(
        self: &Arc<Self>,
        file: &DataFile,
        column: &str,
        wanted: impl Fn(&str) -> bool + Send,
    ) -> Result<RoaringTreemap> {
        let mut batches = self.read(Some(&[column]), Some(std::slice::from_ref(file)), &[]).await?;
        let (mut places, mut found) = (file.places(), RoaringTreemap::new());
        while let Some(batch) = batches.try_next().await? {
            let texts = batch.column(0).as_string_opt::<i32>();
            let texts = texts.ok_or_else(|| self.wrong(format!("column `{column}` is no text")))?;
            let mut last = (None, false);
            for text in texts {
                let place = places.next().ok_or_else(|| {
                    self.wrong(format!("{} holds more rows than the log says: run `pulse lake verify`", file.path))
                })?;
                // Rows stand in the order of this column more often than not.
                if last.0 != text {
                    last = (text, text.is_some_and(&wanted));
                }
                if last.1 {
                    found.insert(place);
                }
            }
        }
        Ok(found)
    }

    /// The rows of which the text in `key` is one of `wanted`, with some columns: of each file first the places of the rows are found, by this
    /// column alone, and then these rows are read.
    ///
    /// # Errors
    /// As [`Snapshot::read`].
    pub(crate) async fn rows_of(
        self: &Arc<Self>,
        columns: Option<&[&str]>,
        key: &'static str,
        wanted: HashSet<String>,
    ) -> Result<SendableRecordBatchStream> {
        let (Some(low), Some(high)) = (wanted.iter().min().cloned(), wanted.iter().max().cloned()) else {
            return self.read(columns, Some(&[]), &[]).await;
        };
        let may_hold = |file: &&DataFile| self.may_hold(file, key, &low, &high);
        let files: Vec<DataFile> = self.files().iter().filter(may_hold).cloned().collect();
        let places = self.all_places(files.clone(), key, &Arc::new(wanted)).await?;
        let found = files.iter().zip(places).filter(|(_, places)| !places.is_empty());
        let found: Vec<DataFile> = found.map(|(file, places)| file.only(places)).collect();
        self.read(columns, Some(&found), &[]).await
    }

    /// As [`Snapshot::places`], of each of some files, in their order: as many are looked through at once as there are cores.
    ///
    /// # Errors
    /// As [`Snapshot::read`].
    pub(crate) async fn all_places(
        self: &Arc<Self>,
        files: Vec<DataFile>,
        column: &'static str,
        wanted: &Arc<HashSet<String>>,
    ) -> Result<Vec<RoaringTreemap>> {
        let cores = self.table.lake().state().config().target_partitions();
        let looked = stream::iter(files).map(|file| {
            let (base, wanted) = (self.clone(), wanted.clone());
            tokio::spawn(async move { base.places(&file, column, |text| wanted.contains(text)).await })
        });
        looked.buffered(cores).map(|places| places?).try_collect().await
    }

    /// Whether a file may hold a row of which a text is between two.
    pub(crate) fn may_hold(&self, file: &DataFile, column: &str, low: &str, high: &str) -> bool {
        let (least, greatest) = self.bounds(file, column);
        least.is_none_or(|least| *least <= *high) && greatest.is_none_or(|greatest| *greatest >= *low)
    }

    /// Texts between which those in a column of a file are, as far as the log tells.
    pub(crate) fn bounds(&self, file: &DataFile, column: &str) -> (Option<String>, Option<String>) {
        let Ok(index) = self.entity().file_schema().index_of(column) else { return (None, None) };
        let known = self.file_statistics(file, |place| place == index);
        let Some(known) = known.column_statistics.get(index) else { return (None, None) };
        let text = |bound: &Precision<ScalarValue>| match bound.get_value() {
            Some(ScalarValue::Utf8(text)) => text.clone(),
            _ => None,
        };
        (text(&known.min_value), text(&known.max_value))
    }

    fn wrong(&self, reason: String) -> Error {
        Error::Table { table: self.table.name().to_owned(), reason }
    }

    /// The statistics of a file for those of the columns that it stores that are wanted, by their places: they are read anew each time. Where
    /// not all of its rows count, bounds are those of all.
    pub(crate) fn file_statistics(
        &self,
        file: &DataFile,
        wanted: impl Fn(usize) -> bool,
    ) -> datafusion::common::Statistics {
        self.statistics_as(&self.entity().file_schema(), file, wanted)
    }

    /// The same, where its columns are read with these types.
    pub(super) fn statistics_as(
        &self,
        columns: &Schema,
        file: &DataFile,
        wanted: impl Fn(usize) -> bool,
    ) -> datafusion::common::Statistics {
        let told = file.stats.as_deref().filter(|_| self.is_trusted);
        let all = stats::parse(told, columns, wanted);
        if file.counted == Rows::All {
            return all;
        }
        stats::of_some(all, file.rows.filter(|_| self.is_trusted).map(|rows| rows as usize))
    }

    /// The latest instant in a time column of a file, in microseconds since 1970, when the log knows it.
    pub(crate) fn latest_in(&self, file: &DataFile, column: &str) -> Option<i64> {
        let index = self.entity().file_schema().index_of(column).ok()?;
        let known = self.file_statistics(file, |place| place == index);
        match known.column_statistics.get(index)?.max_value.get_value()? {
            ScalarValue::TimestampMicrosecond(latest, _) => *latest,
            _ => None,
        }
    }

    /// The least text in a column of a file, when the log knows it.
    pub(crate) fn least_text_in(&self, file: &DataFile, column: &str) -> Option<String> {
        let index = self.entity().file_schema().index_of(column).ok()?;
        let known = self.file_statistics(file, |place| place == index);
        match known.column_statistics.get(index)?.min_value.get_value()? {
            ScalarValue::Utf8(least) => least.clone(),
            _ => None,
        }
    }

    /// Roughly what it takes in memory, in bytes.
    pub(crate) fn memory(&self) -> usize {
        self.memory
    }
}

impl std::fmt::Debug for Snapshot {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Snapshot")
            .field("table", &self.table.name())
            .field("version", &self.version())
            .finish_non_exhaustive()
    }
}
