//! What the tests share: rows, readers, and a store that dies, or waits, when told.

use arrow::array::{AsArray, RecordBatch};
use arrow::datatypes::TimestampMicrosecondType;
use arrow::util::pretty::pretty_format_batches;
use async_trait::async_trait;
use futures::TryStreamExt as _;
use futures::stream::BoxStream;
use object_store::memory::InMemory;
use object_store::path::Path;
use object_store::*;
use pulse_engine::entities::{self, Entity};
use pulse_engine::lake::{Lake, Snapshot, Table, TenantLake};
use pulse_engine::row::{self, Row, Value};
use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use tokio::sync::Notify;

pub(crate) fn repository(id: &str, name: &str, observed_at: i64) -> Row {
    Row::new(entities::core("repositories").unwrap())
        .set("id", id)
        .set("name", name)
        .set("connection", "test:a")
        .set("observed_at", Value::Time(observed_at))
        .set("raw", format!("test/{observed_at:04}/{name}"))
}

pub(crate) fn batch(rows: &[Row]) -> RecordBatch {
    row::batch(rows[0].entity(), rows).unwrap()
}

pub(crate) fn repositories(lake: &TenantLake) -> Table {
    lake.table(entities::core("repositories").unwrap())
}

/// `id=name@observed` with `-` when it is deleted, in the order of ids.
pub(crate) async fn told(table: &Table) -> Vec<String> {
    let Some(snapshot) = table.latest().await.unwrap() else { return Vec::new() };
    let mut rows = Vec::new();
    for batch in read(&snapshot, &["id", "name", "observed_at", "deleted_at"]).await {
        let time = |i: usize| batch.column(i).as_primitive::<TimestampMicrosecondType>();
        for i in 0..batch.num_rows() {
            let name = batch.column(1).as_string::<i32>();
            let name = if arrow::array::Array::is_valid(name, i) { name.value(i) } else { "?" };
            let gone = if arrow::array::Array::is_valid(time(3), i) { "-" } else { "" };
            let seen =
                if arrow::array::Array::is_valid(time(2), i) { time(2).value(i).to_string() } else { "?".into() };
            rows.push(format!("{}={name}@{seen}{gone}", batch.column(0).as_string::<i32>().value(i)));
        }
    }
    rows.sort();
    rows
}

pub(crate) async fn read(snapshot: &Arc<Snapshot>, columns: &[&str]) -> Vec<RecordBatch> {
    snapshot.read(Some(columns), None, &[]).await.unwrap().try_collect().await.unwrap()
}

/// Every row of a table as text, in order, for comparing two lakes.
pub(crate) async fn dump_without(lake: &TenantLake, entity: &'static Entity, column: &str) -> String {
    let Some(snapshot) = lake.table(entity).latest().await.unwrap() else { return String::new() };
    let columns: Vec<&str> = entity.columns().map(|c| c.name).filter(|c| *c != column).collect();
    let text = pretty_format_batches(&read(&snapshot, &columns).await).unwrap().to_string();
    // Column widths follow the longest value, so only the cells are compared.
    let mut lines: Vec<String> = text
        .lines()
        .filter(|l| l.starts_with('|'))
        .map(|l| l.split('|').map(str::trim).collect::<Vec<_>>().join("|"))
        .collect();
    lines.sort();
    lines.join("\n")
}

/// A store in memory that counts its requests, and whose writes fail from the n-th on, as a process that is killed there. One of them may be
/// held until it is let go.
#[derive(Debug)]
pub(crate) struct Mortal {
    inner: Arc<InMemory>,
    left: AtomicI64,
    asked: AtomicU64,
    lies: AtomicBool,
    watched: OnceLock<Lake>,
    peak: AtomicUsize,
    /// How many writes until the one that waits begins, with that one.
    until_held: AtomicI64,
    held: Notify,
    free: Notify,
}

impl Mortal {
    pub(crate) fn new(inner: Arc<InMemory>, writes: i64) -> Arc<Self> {
        let (asked, lies, watched, peak) = Default::default();
        let (until_held, held, free) = Default::default();
        let left = AtomicI64::new(writes);
        Arc::new(Self { inner, left, asked, lies, watched, peak, until_held, held, free })
    }

    /// Whether it has died.
    pub(crate) fn dead(&self) -> bool {
        self.left.load(Ordering::SeqCst) < 0
    }

    /// How many requests came since it was last asked.
    pub(crate) fn requests(&self) -> u64 {
        self.asked.swap(0, Ordering::SeqCst)
    }

    /// The next log entry that is written is there, but its writer is told that somebody else's is: what a store does
    /// after an answer that got lost.
    pub(crate) fn lie(&self) {
        self.lies.store(true, Ordering::SeqCst);
    }

    /// From now on it looks at how much memory a lake holds whenever something is written.
    pub(crate) fn watch(&self, lake: &Lake) {
        self.watched.set(lake.clone()).unwrap();
    }

    /// The most that it saw, in bytes.
    pub(crate) fn peak(&self) -> usize {
        self.peak.load(Ordering::SeqCst)
    }

    /// The write after so many more waits, before anything of it is there, until it is let go.
    pub(crate) fn hold(&self, after: i64) {
        self.until_held.store(after + 1, Ordering::SeqCst);
    }

    /// Comes back when that write waits.
    pub(crate) async fn held(&self) {
        self.held.notified().await;
    }

    pub(crate) fn let_go(&self) {
        self.free.notify_one();
    }

    async fn spend(&self) -> Result<()> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        if self.until_held.fetch_sub(1, Ordering::SeqCst) == 1 {
            self.held.notify_one();
            self.free.notified().await;
        }
        if let Some(lake) = self.watched.get() {
            self.peak.fetch_max(lake.memory().0, Ordering::SeqCst);
        }
        if self.left.fetch_sub(1, Ordering::SeqCst) <= 0 {
            self.left.store(-1, Ordering::SeqCst);
            return Err(Error::Generic { store: "mortal", source: "killed".into() });
        }
        Ok(())
    }
}

impl fmt::Display for Mortal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("mortal")
    }
}

#[async_trait]
impl ObjectStore for Mortal {
    async fn put_opts(&self, at: &Path, payload: PutPayload, options: PutOptions) -> Result<PutResult> {
        self.spend().await?;
        let put = self.inner.put_opts(at, payload, options).await?;
        if at.as_ref().ends_with(".json") && self.lies.swap(false, Ordering::SeqCst) {
            return Err(Error::AlreadyExists { path: at.to_string(), source: "so it says".into() });
        }
        Ok(put)
    }
    async fn put_multipart_opts(&self, at: &Path, options: PutMultipartOptions) -> Result<Box<dyn MultipartUpload>> {
        self.spend().await?;
        self.inner.put_multipart_opts(at, options).await
    }
    async fn get_opts(&self, at: &Path, options: GetOptions) -> Result<GetResult> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        self.inner.get_opts(at, options).await
    }
    fn delete_stream(&self, paths: BoxStream<'static, Result<Path>>) -> BoxStream<'static, Result<Path>> {
        self.inner.delete_stream(paths)
    }
    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        self.inner.list(prefix)
    }
    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Result<ListResult> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        self.inner.list_with_delimiter(prefix).await
    }
    async fn copy_opts(&self, from: &Path, to: &Path, options: CopyOptions) -> Result<()> {
        self.spend().await?;
        self.inner.copy_opts(from, to, options).await
    }
}
