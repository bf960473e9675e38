//! Payloads on their way out of raw. All of a connector's are mapped, and are so when some are gone.

use super::Mapper;
use super::run::{mark, mark_of, partition, reached, rules_of};
use crate::entities;
use crate::lake::sorted::ORDER;
use crate::lake::{DataFile, Progress, Snapshot, Table, TenantLake, external};
use crate::land::{CURSOR, OVER, SETTINGS, place};
use crate::{Error, Result};
use arrow::array::{AsArray as _, RecordBatch};
use arrow::datatypes::{Int64Type, TimestampMicrosecondType};
use datafusion::execution::SendableRecordBatchStream;
use futures::TryStreamExt as _;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

/// How many payloads are looked up in core at once, and go in one commit.
pub(super) const MOST: usize = 1 << 19;

/// What decides which payloads of a key are older, and where each stands.
const COLUMNS: [&str; 4] = ["key", "observed_at", "batch", "row"];

/// The payloads of a connector, some of which are to go.
pub(super) struct Going<'a> {
    pub(super) lake: &'a TenantLake,
    pub(super) connector: &'static str,
    table: Table,
    raw: Arc<Snapshot>,
    /// How far they are mapped, and by which rules.
    done: i64,
    rules: Progress,
    /// The table's version, as long as nobody else writes to it.
    version: u64,
    /// How many went.
    gone: u64,
}

impl<'a> Going<'a> {
    /// Those of a mapper's connector; `None` while any is not mapped by the mapper's rules.
    pub(super) async fn of(lake: &'a TenantLake, mapper: &dyn Mapper) -> Result<Option<Self>> {
        let (connector, table) = (mapper.connector(), lake.raw(mapper.connector())?);
        let Some(raw) = table.latest().await? else { return Ok(None) };
        let rules = Progress::new(rules_of(connector), mapper.version());
        let marks = lake.table(entities::core("rejects")?).latest().await?;
        let Some(done) = reached(marks.as_ref(), &mark_of(connector)).await? else { return Ok(None) };
        let is_mapped = done.unsigned_abs() >= raw.version()
            || raw.files_since(done.unsigned_abs()).await?.is_some_and(|fresh| fresh.is_empty());
        if !is_mapped || reached(marks.as_ref(), &rules.app).await?.unwrap_or(1) != rules.version {
            return Ok(None);
        }
        let version = raw.version();
        Ok(Some(Self { lake, connector, table, raw, done, rules, version, gone: 0 }))
    }

    /// The files of each stream of each connection, and whether any of their payloads may go.
    pub(super) fn streams(&self, mapper: &dyn Mapper) -> Vec<(bool, Vec<DataFile>)> {
        let mut streams: BTreeMap<_, Vec<DataFile>> = BTreeMap::new();
        for file in self.raw.files() {
            streams.entry((partition(file, "connection"), partition(file, "stream"))).or_default().push(file.clone());
        }
        // Settings that changed are told from the first ones by their number.
        let may_go = |stream: &str| stream != SETTINGS && !mapper.stands_alone(stream);
        streams.into_iter().map(|((_, stream), files)| (stream.is_none_or(may_go), files)).collect()
    }

    /// The files that hold where the parts of each connection stand.
    pub(super) fn notes(&self) -> Vec<Vec<DataFile>> {
        let mut connections: BTreeMap<_, Vec<DataFile>> = BTreeMap::new();
        for file in self.raw.files().iter().filter(|file| partition(file, "stream") == Some(CURSOR)) {
            connections.entry(partition(file, "connection")).or_default().push(file.clone());
        }
        connections.into_values().collect()
    }

    /// Where that stands in the notes of a connection of parts that are over, as was landed before an instant and nothing older of them is there:
    /// without it each is known as little. Beside older ones it stays, since these would count again. As many as are looked at at once, the first
    /// after a place; and the last of those where more may follow.
    pub(super) async fn over(
        &self,
        notes: &[DataFile],
        before: i64,
        after: &str,
        most: usize,
    ) -> Result<(HashSet<String>, Option<String>)> {
        let mut page: BTreeMap<String, String> = BTreeMap::new();
        let columns = ["key", "observed_at", "batch", "row", "body"];
        let mut rows = self.raw.read(Some(&columns), Some(notes), &[]).await?;
        while let Some(batch) = rows.try_next().await? {
            let bodies = batch.column(4).as_string::<i32>();
            for (row, (key, at, place)) in payloads(self.connector, &batch).enumerate() {
                if at < before && bodies.value(row) == OVER && place.as_str() > after {
                    page.insert(place, key.to_owned());
                    if page.len() > most {
                        page.pop_last();
                    }
                }
            }
        }
        if page.is_empty() {
            return Ok((HashSet::new(), None));
        }
        let last = page.last_key_value().filter(|_| page.len() == most).map(|(place, _)| place.clone());
        let mut over: HashMap<String, String> = page.into_iter().map(|(place, key)| (key, place)).collect();
        let mut rows = self.raw.read(Some(&COLUMNS), Some(notes), &[]).await?;
        while let Some(batch) = rows.try_next().await? {
            for (key, _, place) in payloads(self.connector, &batch) {
                if over.get(key).is_some_and(|only| *only != place) {
                    over.remove(key);
                }
            }
        }
        Ok((over.into_values().collect(), last))
    }

    /// The payloads of some files by their keys, of each key the oldest first: see [`payloads`].
    pub(super) async fn sorted(&self, files: &[DataFile]) -> Result<SendableRecordBatchStream> {
        let (provider, state) = (self.raw.provider_of(files), self.lake.state());
        let schema = provider.schema();
        let columns = COLUMNS.iter().map(|name| schema.index_of(name)).collect::<Result<Vec<_>, _>>()?;
        let scan = provider.scan(state, Some(&columns), &[], None).await?;
        external::sorted(scan, &COLUMNS, ORDER, state.task_ctx())
    }

    /// Whether nobody else wrote to the table.
    pub(super) async fn is_alone(&self) -> Result<bool> {
        Ok(self.table.latest().await?.is_some_and(|newest| newest.version() == self.version))
    }

    /// Lets payloads go by where they stand; whether they went, and more may follow.
    pub(super) async fn go(&mut self, is_due: impl Fn(&str) -> bool + Send + Sync) -> Result<bool> {
        // New settings may have landed, by which a row comes to rest on one of them again.
        if !self.is_alone().await? {
            return Ok(false);
        }
        let connector = self.connector;
        let gone = self.table.forget(&["batch", "row"], |rows| {
            let (batches, numbers) = (rows.column(0).as_string::<i32>(), rows.column(1).as_primitive::<Int64Type>());
            let stands = |row| place(connector, batches.value(row), numbers.value(row));
            Ok((0..rows.num_rows()).map(|row| is_due(&stands(row))).collect())
        });
        let gone = gone.await?;
        self.gone += gone;
        // Where nothing went nothing was written.
        self.version += u64::from(gone > 0);
        Ok(gone > 0)
    }

    /// Notes that what is left was mapped before; how many payloads went. Where others landed meanwhile it is mapped once more.
    pub(super) async fn settle(self) -> Result<u64> {
        if self.gone > 0 && self.is_alone().await? {
            let anchor = self.lake.table(entities::core("rejects")?);
            let target = Progress::new(mark_of(self.connector), self.version);
            // Whoever maps at this moment does it once more.
            match mark(&anchor, Some(self.done), &[target, self.rules]).await {
                Ok(()) | Err(Error::Overtaken { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(self.gone)
    }
}

/// The key of each payload of a batch, when it was read, and where it stands.
pub(super) fn payloads<'b>(
    connector: &'static str,
    batch: &'b RecordBatch,
) -> impl Iterator<Item = (&'b str, i64, String)> + 'b {
    let (keys, times) = (batch.column(0).as_string::<i32>(), batch.column(1));
    let (times, batches) = (times.as_primitive::<TimestampMicrosecondType>(), batch.column(2).as_string::<i32>());
    let numbers = batch.column(3).as_primitive::<Int64Type>();
    let stands = move |row: usize| place(connector, batches.value(row), numbers.value(row));
    (0..batch.num_rows()).map(move |row| (keys.value(row), times.value(row), stands(row)))
}
