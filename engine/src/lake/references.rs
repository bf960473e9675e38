//! What rows refer to, and whether it is there: the payload that a row of core was made of, and the things that columns hold the ids of.
//!
//! References are brought into the order of what they name, and so are the names, so that both are gone through once, side by side. What
//! does not fit into memory goes to the disk.

use super::sorted::ORDER;
use super::{DataFile, Snapshot, TenantLake, external};
use crate::entities::{CORE, Entity, FACTS, Layer};
use crate::{Error, Result, land};
use arrow::array::{Array as _, ArrayRef, AsArray as _, Int64Array, RecordBatch, StringArray};
use arrow::compute::{filter, is_not_null};
use arrow::datatypes::{DataType, Field, Int64Type, Schema, SchemaRef};
use datafusion::common::{DataFusionError, Result as DfResult, ScalarValue};
use datafusion::execution::SendableRecordBatchStream;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use futures::stream::{self, BoxStream};
use futures::{StreamExt as _, TryStreamExt as _};
use serde::Serialize;
use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::Arc;

/// What the rows of a table refer to by a column, and how many of those references lead nowhere.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct References {
    /// The table whose rows refer, `core/commits` for example.
    pub table: String,
    /// The column that holds what they refer to.
    pub column: String,
    /// Where that should stand: a table, or `raw`.
    pub to: String,
    /// How many references were looked up.
    pub references: u64,
    /// How many of them lead to nothing.
    pub open: u64,
    /// One of those.
    pub example: Option<String>,
}

impl References {
    fn new(table: String, column: &str, to: String) -> Self {
        Self { table, column: column.to_owned(), to, references: 0, open: 0, example: None }
    }

    fn note(&mut self, value: &str, is_there: bool) {
        self.references += 1;
        if !is_there {
            self.open += 1;
            self.example.get_or_insert_with(|| value.to_owned());
        }
    }
}

/// A column of a table.
type Column = (Arc<Snapshot>, &'static str);

impl TenantLake {
    /// Whether the payloads are there that rows of core were made of, by table: of all rows, or of `sample` payloads of each table, which
    /// are the same each time. Every row should have one; without it no replay makes the row again.
    ///
    /// # Errors
    /// When storage fails, or a file is lost.
    pub async fn origins(&self, sample: Option<usize>) -> Result<Vec<References>> {
        let (mut told, mut columns) = (Vec::new(), Vec::new());
        for entity in CORE {
            if let Some(snapshot) = self.table(entity).latest().await? {
                told.push(References::new(entity.path(), "raw", Layer::Raw.name().to_owned()));
                columns.push((snapshot, "raw"));
            }
        }
        let (sought, batches) = match sample {
            None => (self.values(columns)?, None),
            Some(most) => {
                let sample = sampled(&columns, most).await?;
                let batches = sample.iter().filter_map(|(place, _)| place.split('/').nth(1)).map(str::to_owned);
                let batches: BTreeSet<String> = batches.collect();
                (self.in_order(stream::iter([listed(&sample)]).boxed())?, Some(batches))
            }
        };
        settle(sought, self.payloads(batches.as_ref()).await?, &mut told).await?;
        Ok(told)
    }

    /// Whether what rows of core and facts hold the id of is there, by table and column. A source may leave such a reference open: what
    /// it names may be hidden from whoever reads it, gone, or not read yet.
    ///
    /// # Errors
    /// When storage fails, or a file is lost.
    pub async fn references(&self) -> Result<Vec<References>> {
        let mut targets: BTreeMap<&'static str, (&'static Entity, Vec<Column>)> = BTreeMap::new();
        for entity in CORE.iter().chain(FACTS).copied() {
            let referring = entity.columns().filter_map(|column| Some((column.name, column.refers_to()?)));
            let referring: Vec<_> = referring.collect();
            if referring.is_empty() {
                continue;
            }
            let Some(snapshot) = self.table(entity).latest().await? else { continue };
            for (column, target) in referring {
                targets.entry(target.name).or_insert_with(|| (target, Vec::new())).1.push((snapshot.clone(), column));
            }
        }
        let mut all = Vec::new();
        for (target, columns) in targets.into_values() {
            let of = |(snapshot, column): &Column| References::new(snapshot.entity().path(), column, target.path());
            let mut told: Vec<_> = columns.iter().map(of).collect();
            let known = self.table(target).latest().await?.map(|snapshot| (snapshot, "id"));
            settle(self.values(columns)?, self.values(known.into_iter().collect())?, &mut told).await?;
            all.append(&mut told);
        }
        all.sort_by(|one, other| (&one.table, &one.column).cmp(&(&other.table, &other.column)));
        Ok(all)
    }

    /// The values of columns in their order, with the place of the column among `columns`.
    fn values(&self, columns: Vec<Column>) -> Result<SendableRecordBatchStream> {
        let opened = stream::iter((0_i64..).zip(columns)).then(|(from, (snapshot, column))| async move {
            let rows = snapshot.read(Some(&[column]), None, &[]).await.map_err(outside)?;
            Ok::<_, DataFusionError>(rows.map(move |rows| present(&rows?, from)))
        });
        self.in_order(opened.try_flatten().boxed())
    }

    /// The places of payloads in raw in their order: of all, or of the files that may hold any of `batches`.
    async fn payloads(&self, batches: Option<&BTreeSet<String>>) -> Result<SendableRecordBatchStream> {
        let mut sources = Vec::new();
        for connector in self.connectors().await? {
            let Some(snapshot) = self.raw(&connector)?.latest().await? else { continue };
            let wanted = |file: &&DataFile| batches.is_none_or(|batches| may_hold(&snapshot, file, batches));
            let files: Vec<DataFile> = snapshot.files().iter().filter(wanted).cloned().collect();
            sources.push((connector, snapshot, files));
        }
        let opened = stream::iter(sources).then(|(connector, snapshot, files)| async move {
            let rows = snapshot.read(Some(&["batch", "row"]), Some(&files), &[]).await.map_err(outside)?;
            Ok::<_, DataFusionError>(rows.map(move |rows| places(&connector, &rows?)))
        });
        self.in_order(opened.try_flatten().boxed())
    }

    /// Values, each with the place of its column, in the order of the values.
    fn in_order(&self, rows: BoxStream<'static, DfResult<RecordBatch>>) -> Result<SendableRecordBatchStream> {
        let rows = Box::pin(RecordBatchStreamAdapter::new(schema(), rows));
        external::sorted(external::plan(rows)?, &["value"], ORDER, self.state().task_ctx())
    }
}

fn outside(error: Error) -> DataFusionError {
    DataFusionError::External(Box::new(error))
}

fn schema() -> SchemaRef {
    let (value, from) = (Field::new("value", DataType::Utf8, false), Field::new("from", DataType::Int64, false));
    Arc::new(Schema::new(vec![value, from]))
}

fn of(values: ArrayRef, from: i64) -> DfResult<RecordBatch> {
    let from = Int64Array::from_value(from, values.len());
    Ok(RecordBatch::try_new(schema(), vec![values, Arc::new(from)])?)
}

/// The values of the only column that there are.
fn present(rows: &RecordBatch, from: i64) -> DfResult<RecordBatch> {
    let values = rows.column(0);
    of(filter(values, &is_not_null(values)?)?, from)
}

/// Where payloads stand, of which there are the batch and the row.
fn places(connector: &str, rows: &RecordBatch) -> DfResult<RecordBatch> {
    let (batches, numbers) = (rows.column(0).as_string::<i32>(), rows.column(1).as_primitive::<Int64Type>());
    let place = |row| land::place(connector, batches.value(row), numbers.value(row));
    of(Arc::new(StringArray::from_iter_values((0..rows.num_rows()).map(place))), 0)
}

fn listed(sample: &[(String, i64)]) -> DfResult<RecordBatch> {
    let values = StringArray::from_iter_values(sample.iter().map(|(value, _)| value));
    let from = Int64Array::from_iter_values(sample.iter().map(|(_, from)| *from));
    Ok(RecordBatch::try_new(schema(), vec![Arc::new(values), Arc::new(from)])?)
}

/// So many different values of each column, those with the least hashes, with the place of the column.
async fn sampled(columns: &[Column], most: usize) -> Result<Vec<(String, i64)>> {
    let mut sample = Vec::new();
    for (from, (snapshot, column)) in (0_i64..).zip(columns) {
        let mut chosen: BTreeMap<u64, String> = BTreeMap::new();
        let mut rows = snapshot.read(Some(&[*column]), None, &[]).await?;
        while let Some(batch) = rows.try_next().await? {
            for value in batch.column(0).as_string::<i32>().iter().flatten() {
                let mut hasher = DefaultHasher::new();
                value.hash(&mut hasher);
                let hash = hasher.finish();
                let is_least = chosen.last_key_value().is_none_or(|(greatest, _)| hash < *greatest);
                if is_least || chosen.len() < most {
                    chosen.entry(hash).or_insert_with(|| value.to_owned());
                }
                if chosen.len() > most {
                    chosen.pop_last();
                }
            }
        }
        sample.extend(chosen.into_values().map(|value| (value, from)));
    }
    Ok(sample)
}

/// Whether a file of raw may hold a payload of any of these batches, as far as the log knows.
fn may_hold(snapshot: &Snapshot, file: &DataFile, batches: &BTreeSet<String>) -> bool {
    let bounds = || {
        let at = snapshot.entity().file_schema().index_of("batch").ok()?;
        let column = snapshot.file_statistics(file, |place| place == at).column_statistics.into_iter().nth(at)?;
        match (column.min_value.get_value()?, column.max_value.get_value()?) {
            (ScalarValue::Utf8(Some(least)), ScalarValue::Utf8(Some(most))) => Some((least.clone(), most.clone())),
            _ => None,
        }
    };
    bounds().is_none_or(|(least, most)| least > most || batches.range(least..=most).next().is_some())
}

/// Looks the values of `sought` up in `known`, both in order, and notes of each column what came of it.
async fn settle(
    mut sought: SendableRecordBatchStream,
    known: SendableRecordBatchStream,
    told: &mut [References],
) -> Result<()> {
    let mut known = Known { rows: known, batch: None, at: 0, is_over: false };
    while let Some(batch) = sought.try_next().await? {
        let (values, from) = (batch.column(0).as_string::<i32>(), batch.column(1).as_primitive::<Int64Type>());
        for row in 0..batch.num_rows() {
            let (value, from) = (values.value(row), usize::try_from(from.value(row)).unwrap_or(usize::MAX));
            let is_there = known.holds(value).await?;
            if let Some(told) = told.get_mut(from) {
                told.note(value, is_there);
            }
        }
    }
    Ok(())
}

/// Values that are there, gone through once.
struct Known {
    rows: SendableRecordBatchStream,
    batch: Option<RecordBatch>,
    at: usize,
    is_over: bool,
}

impl Known {
    /// Whether a value is among them. None is asked for that comes before one that was.
    async fn holds(&mut self, value: &str) -> Result<bool> {
        loop {
            if let Some(batch) = &self.batch {
                let values = batch.column(0).as_string::<i32>();
                while self.at < values.len() {
                    match values.value(self.at).cmp(value) {
                        Ordering::Less => self.at += 1,
                        Ordering::Equal => return Ok(true),
                        Ordering::Greater => return Ok(false),
                    }
                }
            }
            if self.is_over {
                return Ok(false);
            }
            self.batch = self.rows.try_next().await?;
            self.at = 0;
            self.is_over = self.batch.is_none();
        }
    }
}
