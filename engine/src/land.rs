//! The first step: what a source read becomes rows of `raw/<connector>`.

use crate::entities::RAW;
use crate::lake::{Committed, DataFile, Snapshot, TenantLake, When};
use crate::row::{self, Row, Value};
use crate::{Error, Result};
use arrow::array::{AsArray as _, RecordBatch};
use arrow::datatypes::{Int64Type, TimestampMicrosecondType};
use futures::TryStreamExt as _;
use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use uuid::Uuid;

/// One thing that a source read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Payload {
    /// What kind of thing it is, in the connector's words. `settings` and `cursor` are kept for the connection itself.
    pub stream: String,
    /// The vendor's id of the thing.
    pub key: String,
    /// When it was read, in microseconds since 1970. Of two payloads with one key, the later counts.
    pub observed_at: i64,
    /// The payload, as JSON.
    pub body: String,
}

/// What a source read in one go: it is landed whole, in one commit, or not at all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// The payloads, in the order in which they were read.
    pub payloads: Vec<Payload>,
    /// How far the source has read once this page is landed. It is stored in the same commit, so a cursor never runs ahead of
    /// its data. [`OVER`] takes a part out of those that are known.
    pub cursors: Cursors,
}

/// How far a source has read, in the connector's own JSON, by the part of the source that it is about: one that reads many
/// things side by side (repositories, say) goes on with each where it stood. One that has no parts calls its only one
/// [`CURSOR`].
pub type Cursors = BTreeMap<String, String>;

/// The cursor of a source that has no parts.
pub fn only(cursor: Option<String>) -> Cursors {
    cursor.map(|cursor| (CURSOR.to_owned(), cursor)).into_iter().collect()
}

/// Where very many parts alike of a source stand, held in fewer bytes than the texts that tell it.
pub trait Crowd: Send {
    /// What the names of these parts begin with, and of no others.
    fn prefix(&self) -> &'static str;

    /// Takes a cursor of one of them as it is read, also [`OVER`]. They come in no order, and older ones among them: the newest of each part counts.
    fn hold(&mut self, part: &str, age: Age, cursor: &str);
}

/// How new a payload is: of two of one key the greater counts.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Age {
    observed_at: i64,
    batch: Arc<str>,
    row: i64,
}

impl Age {
    /// Of what was read at a time, and landed in a batch at a place.
    pub fn new(observed_at: i64, batch: impl Into<Arc<str>>, row: i64) -> Self {
        Self { observed_at, batch: batch.into(), row }
    }
}

/// What was landed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Landed {
    /// How many payloads.
    pub payloads: usize,
    /// The raw table's version that holds them; `None` when the page was empty.
    pub version: Option<u64>,
}

/// The stream that holds a connection's cursors, the newest of each part counts.
pub const CURSOR: &str = "cursor";
/// What stands for the cursor of a part that is over: from the commit of its page on the part is none of those that are known. It is no JSON, so that
/// no connector's cursor says it by chance.
pub const OVER: &str = "";
/// The stream that holds a connection's settings, the newest counts.
pub const SETTINGS: &str = "settings";

/// So few names of batches are held, whatever they stand beside.
const FEW_BATCHES: usize = 1 << 10;

/// Numbers the batches that this process lands, so that two of the same microsecond keep their order.
static BATCHES: AtomicU32 = AtomicU32::new(0);

/// Lands a page: all of it and its cursor in one commit.
///
/// # Errors
/// [`Error::Setting`] when a connection or stream has no proper name. When storage fails nothing of the page is landed, and
/// reading it again is safe.
pub async fn land(lake: &TenantLake, connector: &str, connection: &str, page: Page) -> Result<Landed> {
    let table = lake.raw(connector)?;
    let named =
        connection.strip_prefix(connector).and_then(|rest| rest.strip_prefix(':')).filter(|name| !name.is_empty());
    if named.is_none() {
        return Err(Error::Setting(format!(
            "`{}` is not the name of a connection: it begins with its connector, `{connector}:name`",
            connection.escape_default()
        )));
    }
    if let Some(payload) = page.payloads.iter().find(|payload| payload.stream.is_empty()) {
        return Err(Error::Setting(format!("the payload `{}` names no stream", payload.key.escape_default())));
    }
    let payloads = page.payloads.len();
    if payloads == 0 && page.cursors.is_empty() {
        return Ok(Landed::default());
    }
    let now = lake.options().clock.now();
    // Later batches sort after earlier ones, which decides between two payloads that were read at the same instant.
    let place = BATCHES.fetch_add(1, Ordering::Relaxed);
    let batch = format!("{now:016x}-{place:08x}-{}", Uuid::new_v4().simple());
    let cursor = |(key, body)| Payload { stream: CURSOR.into(), key, observed_at: now, body };
    // Each stream by itself, as it will stand in a file.
    let mut streams: BTreeMap<String, Vec<Row>> = BTreeMap::new();
    for (i, payload) in page.payloads.into_iter().chain(page.cursors.into_iter().map(cursor)).enumerate() {
        let row = Row::new(&RAW)
            .set("key", payload.key)
            .set("observed_at", Value::Time(payload.observed_at))
            .set("body", payload.body)
            .set("batch", batch.as_str())
            .set("row", i as i64)
            .set("connection", connection)
            .set("stream", payload.stream.as_str());
        streams.entry(payload.stream).or_default().push(row);
    }
    let rows = streams.into_values().map(|stream| row::batch(&RAW, &stream)).collect::<Result<Vec<_>>>()?;
    let committed = table.append(&rows, &[], When::New).await?;
    lake.has_landed(connector);
    Ok(Landed { payloads, version: if let Committed::Version(v) = committed { Some(v) } else { None } })
}

/// Where each part of a connection's source stands, but for those of a crowd, which takes them.
///
/// # Errors
/// When storage fails.
pub async fn cursors(
    lake: &TenantLake,
    connector: &str,
    connection: &str,
    mut crowd: Option<&mut dyn Crowd>,
) -> Result<Cursors> {
    let Some(raw) = lake.raw(connector)?.latest().await? else { return Ok(Cursors::new()) };
    let files = files(&raw, connection, CURSOR);
    let mut batches = Batches::default();
    let mut newest: BTreeMap<String, (Age, String)> = BTreeMap::new();
    let columns = ["observed_at", "batch", "row", "body", "key"];
    let mut rows = raw.read(Some(&columns), Some(&files), &[]).await?;
    while let Some(batch) = rows.try_next().await? {
        let (bodies, keys) = (batch.column(3).as_string::<i32>(), batch.column(4).as_string::<i32>());
        for i in 0..batch.num_rows() {
            let (at, name, row) = age(&batch, i);
            let (key, body) = (keys.value(i), bodies.value(i));
            if let Some(crowd) = crowd.as_deref_mut().filter(|crowd| key.starts_with(crowd.prefix())) {
                crowd.hold(key, Age::new(at, batches.name(name), row), body);
                continue;
            }
            let known = newest.get(key).map(|(age, _)| (age.observed_at, &*age.batch, age.row));
            if known.is_none_or(|known| (at, name, row) > known) {
                newest.insert(key.to_owned(), (Age::new(at, batches.name(name), row), body.to_owned()));
            }
        }
    }
    let stands = newest.into_iter().filter(|(_, (_, body))| body != OVER);
    Ok(stands.map(|(part, (_, body))| (part, body)).collect())
}

/// The newest settings of a connection.
///
/// # Errors
/// When storage fails.
pub async fn settings(lake: &TenantLake, connector: &str, connection: &str) -> Result<Option<String>> {
    let Some(raw) = lake.raw(connector)?.latest().await? else { return Ok(None) };
    let files = files(&raw, connection, SETTINGS);
    let mut files: Vec<_> = files.into_iter().map(|f| (raw.latest_in(&f, "observed_at"), f)).collect();
    // The newest first: most often the first file settles it. One without bounds is looked at in any case.
    files.sort_by_key(|(latest, _)| std::cmp::Reverse(latest.unwrap_or(i64::MAX)));
    let mut best: Option<((i64, String, i64), String)> = None;
    for (latest, file) in files {
        if best.as_ref().is_some_and(|((at, ..), _)| latest.is_some_and(|latest| latest < *at)) {
            break;
        }
        let mut rows = raw.read(Some(&["observed_at", "batch", "row", "body"]), Some(&[file]), &[]).await?;
        while let Some(batch) = rows.try_next().await? {
            let bodies = batch.column(3).as_string::<i32>();
            for i in 0..batch.num_rows() {
                let (at, name, row) = age(&batch, i);
                if best.as_ref().is_none_or(|((newest, of, place), _)| (at, name, row) > (*newest, of.as_str(), *place))
                {
                    best = Some(((at, name.to_owned(), row), bodies.value(i).to_owned()));
                }
            }
        }
    }
    Ok(best.map(|(_, body)| body))
}

/// Shows when each payload of a stream of a connection was read, its key and its body: those read since a time, in no order.
///
/// # Errors
/// When storage fails.
pub async fn observed(
    lake: &TenantLake,
    connector: &str,
    connection: &str,
    stream: &str,
    since: i64,
    mut show: impl FnMut(i64, &str, &str) + Send,
) -> Result<()> {
    let Some(raw) = lake.raw(connector)?.latest().await? else { return Ok(()) };
    let mut files = files(&raw, connection, stream);
    files.retain(|file| raw.latest_in(file, "observed_at").is_none_or(|latest| latest >= since));
    let mut rows = raw.read(Some(&["observed_at", "key", "body"]), Some(&files), &[]).await?;
    while let Some(batch) = rows.try_next().await? {
        let times = batch.column(0).as_primitive::<TimestampMicrosecondType>();
        let [keys, bodies] = [1, 2].map(|column| batch.column(column).as_string::<i32>());
        for row in (0..batch.num_rows()).filter(|row| times.value(*row) >= since) {
            show(times.value(row), keys.value(row), bodies.value(row));
        }
    }
    Ok(())
}

/// Where a payload stands in raw, as the rows say that are made of it: padded, so that places compare as texts.
pub(crate) fn place(connector: &str, batch: &str, row: i64) -> String {
    format!("{connector}/{batch}/{row:08}")
}

/// The files that hold a stream of a connection.
fn files(raw: &Snapshot, connection: &str, stream: &str) -> Vec<DataFile> {
    let is =
        |f: &DataFile, column: &str, value: &str| f.partition.get(column).is_some_and(|v| v.as_deref() == Some(value));
    raw.files().iter().filter(|f| is(f, "connection", connection) && is(f, "stream", stream)).cloned().collect()
}

/// What decides which of two payloads is the newer one, of a row that begins with `observed_at`, `batch` and `row`.
fn age(batch: &RecordBatch, row: usize) -> (i64, &str, i64) {
    let time = batch.column(0).as_primitive::<TimestampMicrosecondType>().value(row);
    let place = batch.column(2).as_primitive::<Int64Type>().value(row);
    (time, batch.column(1).as_string::<i32>().value(row), place)
}

/// The names of batches, each of which stands beside many rows and is held once.
#[derive(Default)]
struct Batches {
    names: HashSet<Arc<str>>,
    /// How many there may be before those are let go of that stand beside nothing any more.
    most: usize,
}

impl Batches {
    fn name(&mut self, name: &str) -> Arc<str> {
        if let Some(known) = self.names.get(name) {
            return known.clone();
        }
        if self.names.len() >= self.most {
            self.names.retain(|known| Arc::strong_count(known) > 1);
            self.most = (2 * self.names.len()).max(FEW_BATCHES);
        }
        let name: Arc<str> = Arc::from(name);
        self.names.insert(name.clone());
        name
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_batches_are_held_once_and_while_they_stand_beside_something() {
        let mut batches = Batches::default();
        let held: Vec<Arc<str>> = (0..10).map(|i| batches.name(&format!("held {i}"))).collect();
        for i in 0..100_000 {
            batches.name(&format!("passing {i}"));
            assert!(batches.names.len() <= FEW_BATCHES, "{}", batches.names.len());
        }
        for (i, name) in held.iter().enumerate() {
            assert!(Arc::ptr_eq(name, &batches.name(&format!("held {i}"))));
        }
    }

    #[test]
    fn of_two_ages_the_time_decides_then_the_batch_then_the_place_in_it() {
        let ages = [Age::new(1, "b", 9), Age::new(2, "a", 9), Age::new(2, "b", 1), Age::new(2, "b", 2)];
        assert!(ages.is_sorted());
    }
}
