//! What is wrong with a table: every file is read piece by piece and held against the log, and the keys are gone through in their order.
//! However large the table is, no more of it is in memory than a sort may hold.

use super::maintain::SAFE_HORIZON_HOURS;
use super::sorted::ORDER;
use super::stats::{self, Gathered};
use super::table::Table;
use super::{DataFile, FROZEN, Snapshot, external};
use crate::entities::Layer;
use crate::error::without_frames;
use crate::{Clock, Error, Result};
use arrow::row::{OwnedRow, RowConverter, SortField};
use arrow::util::display::array_value_to_string;
use datafusion::common::DataFusionError;
use futures::TryStreamExt as _;
use object_store::path::Path;
use object_store::{ObjectStore as _, ObjectStoreExt as _};
use roaring::RoaringTreemap;
use serde::Serialize;
use std::collections::HashSet;
use std::sync::Arc;

/// How many of the keys that stand there more than once are told.
const SHOWN: usize = 5;
const HOUR: i64 = 3600 * 1_000_000;

/// What is wrong with a part of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Fault {
    /// The log cannot be read.
    Log,
    /// There is no log, and there are files.
    Unlogged,
    /// A file is gone, of another size than the log says, or no Parquet: its rows are lost.
    Lost,
    /// A file is whole, and the log says of it what is not so.
    Statistics,
    /// Keys stand there more than once.
    Repeated,
}

/// Something that is not as it should be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// What kind of thing is wrong.
    pub fault: Fault,
    /// The file that it is about, when it is about one.
    pub file: Option<String>,
    /// What is wrong.
    pub reason: String,
}

/// A file that no version of its table names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Orphan {
    /// Its name below the table's folder.
    pub file: String,
    /// Its size in bytes.
    pub bytes: u64,
}

/// What was found in a table.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Verified {
    /// `core/commits`, for example.
    pub table: String,
    /// How many files were read.
    pub files: usize,
    /// How many rows they hold, without those that are gone from them.
    pub rows: u64,
    /// What is wrong.
    pub problems: Vec<Problem>,
    /// Files that no version names, left by writers that were killed or lost their race: they do no harm, and a vacuum takes them. Those
    /// of the last day are not told, since somebody may be about to name them.
    pub orphans: Vec<Orphan>,
}

impl Verified {
    /// Whether anything is wrong of a kind.
    pub fn has(&self, fault: Fault) -> bool {
        self.problems.iter().any(|problem| problem.fault == fault)
    }

    fn note(&mut self, fault: Fault, file: Option<&DataFile>, reason: String) {
        self.problems.push(Problem { fault, file: file.map(|file| file.path.clone()), reason });
    }
}

impl Table {
    /// Looks at the newest version, and at that which readers are on where it is another. Is each file there, as long as the log says and
    /// readable; do its rows come to the statistics in the log; does each key stand there once; which files does no version name?
    ///
    /// # Errors
    /// When storage fails. What is wrong with the table is no error.
    pub async fn verify(&self) -> Result<Verified> {
        let mut found = Verified { table: self.name().to_owned(), ..Verified::default() };
        let newest = match self.latest().await {
            Ok(Some(newest)) => newest,
            Ok(None) => {
                if self.has_files().await? {
                    let reason = "its log is gone, or its first writer was stopped: files are there that nothing names";
                    found.note(Fault::Unlogged, None, reason.to_owned());
                }
                return Ok(found);
            }
            Err(Error::Delta(error)) => {
                // A store that does not answer says nothing of the log: it is broken only where its bytes can be had.
                self.read_log().await?;
                found.note(Fault::Log, None, format!("its log cannot be read: {}", without_frames(&error)));
                return Ok(found);
            }
            Err(error) => return Err(error),
        };
        let mut looked = vec![newest.clone()];
        match self.read_by_others().await {
            Ok(read) => looked.extend(read.filter(|read| read.version() != newest.version())),
            Err(Error::Delta(error)) => {
                found.note(
                    Fault::Lost,
                    None,
                    format!("the version that readers are on cannot be read: {}", without_frames(&error)),
                );
            }
            Err(error) => return Err(error),
        }
        // What the log says of the rows is what is to be looked at.
        let looked: Vec<_> = looked.iter().map(|snapshot| snapshot.distrusted()).collect();
        let (mut seen, mut whole) = (HashSet::new(), Vec::new());
        for (place, snapshot) in looked.iter().enumerate() {
            for file in snapshot.files().iter().filter(|file| seen.insert(file.path.clone())) {
                let (rows, fault) = Self::look(snapshot, file).await?;
                found.files += 1;
                found.rows += rows.saturating_sub(file.gone().map_or(0, RoaringTreemap::len));
                let is_lost = matches!(fault, Some((Fault::Lost, _)));
                // A vector that fits the rows that are there can be kept, whatever the log says of how many these are.
                if !is_lost && let Err(reason) = file.holding(rows).selection() {
                    found.note(Fault::Log, Some(file), reason);
                    continue;
                }
                let fault = fault.or_else(|| file.selection().err().map(|reason| (Fault::Statistics, reason)));
                // Which of its rows are gone cannot be told where it holds another number of them than the log says.
                let is_clear = file.gone().is_none() || file.stored == Some(rows);
                if !is_lost && is_clear && place == 0 {
                    whole.push(file.clone());
                }
                if let Some((fault, reason)) = fault {
                    found.note(fault, Some(file), reason);
                }
            }
        }
        if let Some(reason) = repeated(&newest.distrusted(), &whole).await? {
            found.note(Fault::Repeated, None, reason);
        }
        found.orphans = self.orphans(&newest, seen).await?;
        Ok(found)
    }

    /// Reads the bytes of all that there is of the log, whatever they say.
    async fn read_log(&self) -> Result<()> {
        let log = Path::from("_delta_log");
        let mut entries = self.files().list(Some(&log));
        while let Some(entry) = entries.try_next().await? {
            let bytes = self.files().get(&entry.location).await?.into_stream();
            bytes.try_for_each(|_| std::future::ready(Ok(()))).await?;
        }
        Ok(())
    }

    /// The version that readers are on, of what a model makes.
    async fn read_by_others(&self) -> Result<Option<Arc<Snapshot>>> {
        let entity = self.entity();
        if entity.layer != Layer::Facts || FROZEN.contains(&entity.name) {
            return Ok(None);
        }
        self.lake().facts().table(entity.name).await
    }

    /// How many rows a file holds, with those that are gone from it, and what is wrong with it.
    async fn look(base: &Arc<Snapshot>, file: &DataFile) -> Result<(u64, Option<(Fault, String)>)> {
        let path = Path::from(file.path.as_str());
        let lost = |reason: String| Ok((0, Some((Fault::Lost, reason))));
        // As it stands in the store, and not as it was read before.
        let stored = base.table().files();
        match stored.head(&path).await {
            Ok(meta) if meta.size != file.bytes => {
                return lost(format!("is {} bytes long, the log says {}", meta.size, file.bytes));
            }
            Ok(_) => {}
            Err(object_store::Error::NotFound { .. }) => return lost("is missing".to_owned()),
            Err(error) => return Err(error.into()),
        }
        // By itself, since what decodes a damaged file may panic.
        let read = match tokio::spawn(gathered(base.clone(), file.clone())).await {
            Ok(read) => read,
            Err(died) => Err(died.into()),
        };
        let told = match read {
            Ok(told) => told,
            Err(error) if is_out_of_memory(&error) => return Err(error),
            Err(error) => {
                // A store that does not answer says nothing of the file: it is lost only where its bytes can be had.
                let bytes = stored.get(&path).await?.into_stream();
                bytes.try_for_each(|_| std::future::ready(Ok(()))).await?;
                return lost(format!("is no readable Parquet: {error}"));
            }
        };
        let wrong = stats::misstated(file.stats.as_deref(), &told)?;
        Ok((told.rows() as u64, (!wrong.is_empty()).then(|| (Fault::Statistics, wrong.join("; ")))))
    }

    /// The files that neither a version of `named` nor the log names, and that are older than a writer may be at work.
    async fn orphans(&self, newest: &Snapshot, mut named: HashSet<String>) -> Result<Vec<Orphan>> {
        let log = self.log()?;
        let mut gone = newest.state().all_tombstones(log.as_ref());
        while let Some(file) = gone.try_next().await? {
            named.insert(file.path().into_owned());
        }
        let (mut orphans, now) = (Vec::new(), Clock::System.now());
        let mut listed = self.files().list(None);
        while let Some(meta) = listed.try_next().await? {
            let (path, age) = (meta.location.as_ref(), now - meta.last_modified.timestamp_micros());
            if !path.starts_with("_delta_log/") && !named.contains(path) && age >= SAFE_HORIZON_HOURS * HOUR {
                orphans.push(Orphan { file: path.to_owned(), bytes: meta.size });
            }
        }
        orphans.sort_by(|one, other| one.file.cmp(&other.file));
        Ok(orphans)
    }
}

/// What the rows of a file come to.
async fn gathered(base: Arc<Snapshot>, file: DataFile) -> Result<Gathered> {
    let (schema, stored) = (base.entity().schema(), base.entity().file_schema());
    let places = stored.fields().iter().map(|field| schema.index_of(field.name())).collect::<Result<Vec<_>, _>>()?;
    let mut told = Gathered::new(stored);
    let mut rows = base.read(None, Some(&[file.whole()]), &[]).await?;
    while let Some(batch) = rows.try_next().await? {
        told.add(&batch.project(&places)?);
    }
    Ok(told)
}

fn is_out_of_memory(error: &Error) -> bool {
    matches!(error, Error::Query(error) if matches!(error.find_root(), DataFusionError::ResourcesExhausted(_)))
}

/// What is to be said of keys that stand in some files of a table more than once.
async fn repeated(base: &Arc<Snapshot>, files: &[DataFile]) -> Result<Option<String>> {
    if files.is_empty() {
        return Ok(None);
    }
    let (key, provider, state) = (base.entity().key, base.provider_of(files), base.table().lake().state());
    let schema = provider.schema();
    let places = key.iter().map(|name| schema.index_of(name)).collect::<Result<Vec<_>, _>>()?;
    let scan = provider.scan(state, Some(&places), &[], None).await?;
    let mut rows = external::sorted(scan, key, ORDER, state.task_ctx())?;
    let fields = places.iter().map(|place| SortField::new(schema.field(*place).data_type().clone())).collect();
    let converter = RowConverter::new(fields)?;
    let (mut before, mut is_told, mut count, mut some) = (None::<OwnedRow>, false, 0_u64, Vec::new());
    while let Some(batch) = rows.try_next().await? {
        let keys = converter.convert_columns(batch.columns())?;
        for place in 0..batch.num_rows() {
            let is_again = match (place, &before) {
                (0, Some(before)) => before.row() == keys.row(0),
                (0, None) => false,
                _ => keys.row(place - 1) == keys.row(place),
            };
            if is_again && !is_told {
                count += 1;
                if some.len() < SHOWN {
                    let parts = batch.columns().iter().map(|column| array_value_to_string(column, place));
                    some.push(format!("`{}`", parts.collect::<Result<Vec<_>, _>>()?.join("`, `")));
                }
            }
            is_told = is_again;
        }
        before = batch.num_rows().checked_sub(1).map(|last| keys.row(last).owned()).or(before);
    }
    let more = if count > some.len() as u64 { " and more" } else { "" };
    Ok((count > 0).then(|| format!("{count} keys stand there more than once: {}{more}", some.join("; "))))
}
