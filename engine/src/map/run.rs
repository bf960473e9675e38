//! The step itself.

use super::chunk::{Chunk, Key, Wanted};
use super::{Connection, Mapper, RawPayload, Reject};
use crate::entities::{self, CORE};
use crate::lake::{Committed, DataFile, Progress, Scope, Snapshot, Table, TenantLake, When};
use crate::land::{self, CURSOR, SETTINGS};
use crate::row::{Origin, Row};
use crate::{Error, Result};
use arrow::array::{Array as _, AsArray as _, StringArray};
use arrow::datatypes::{Int64Type, TimestampMicrosecondType};
use datafusion::logical_expr::{Expr, col, lit};
use futures::TryStreamExt as _;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;
use tokio::task::JoinSet;
use tracing::Instrument as _;

/// Payloads that are mapped before what they became is written.
const CHUNK_ROWS: usize = 1 << 17;
/// So few rows are written to several tables at once.
const FEW_ROWS: usize = 1 << 12;
const TABLES_AT_ONCE: usize = 2;

/// What a run of the step did.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct MapReport {
    /// How many payloads were mapped.
    pub payloads: u64,
    /// How many could not be.
    pub rejected: u64,
    /// How many rows each core table was given.
    pub rows: BTreeMap<String, u64>,
    /// The connections whose whole history was mapped again.
    pub replayed: Vec<String>,
}

/// How often a run begins again after another run of the same connector was at work.
const TRIES: usize = 5;

/// Maps what is new in `raw/<connector>`; with `replay`, everything, as the newest settings say.
///
/// A connection whose settings changed is replayed without being asked, and everything is when the mapper's rules are other ones. When another run of the same connector was at work
/// meanwhile, what either wrote may rest on older payloads or settings than the other's, so everything is mapped again.
///
/// # Errors
/// When storage fails, [`Error::Overtaken`] when other runs never left off. What cannot be mapped is no error: it goes to
/// `core/rejects`.
pub async fn run(lake: &TenantLake, mapper: &dyn Mapper, replay: bool) -> Result<MapReport> {
    for attempt in 1..TRIES {
        match once(lake, mapper, replay || attempt > 1).await {
            Err(Error::Overtaken { table }) => {
                tracing::info!(table, attempt, "another run of this step was at work, so everything is mapped again");
            }
            done => return done,
        }
    }
    once(lake, mapper, true).await
}

async fn once(lake: &TenantLake, mapper: &dyn Mapper, replay: bool) -> Result<MapReport> {
    let mut report = MapReport::default();
    let connector = mapper.connector();
    let table = lake.raw(connector)?;
    let app = mark_of(connector);
    let anchor = lake.table(entities::core("rejects")?);
    let done = reached(anchor.latest().await?.as_ref(), &app).await?;
    let Some(raw) = table.latest().await? else { return Ok(report) };
    let rules = Progress::new(rules_of(connector), mapper.version());
    let by = reached(anchor.latest().await?.as_ref(), &rules.app).await?;
    let replay = replay || (done.is_some() && by.unwrap_or(1) != rules.version);
    if !replay && done.is_some_and(|done| done.unsigned_abs() >= raw.version()) {
        return Ok(report);
    }
    let mut work = Work::find(raw, done, replay).await?;
    let mut versions = BTreeMap::new();
    if !work.again.is_empty() {
        // A replay takes all rows of its connection away, so it must know all payloads that stand behind them: the tables'
        // versions are noted before raw is looked at for good.
        versions = noted(lake).await?;
        if let Some(raw) = table.latest().await? {
            work = Work::find(raw, done, replay).await?;
        }
    }
    let Work { raw, fresh, again } = work;
    let is_again = |f: &DataFile| partition(f, "connection").is_some_and(|connection| again.contains(connection));
    let fresh: Vec<DataFile> = fresh.into_iter().filter(|f| !is_again(f)).collect();
    let all = payloads(raw.files().iter().filter(|f| is_again(f)).chain(&fresh));
    let connections = connections(lake, connector, raw.files()).await?;
    let step = Step { lake, mapper, raw: &raw, connections, all };
    for connection in &again {
        step.replay(connection, &mut versions, &mut report).await?;
        report.replayed.push(connection.clone());
    }
    step.follow(fresh, &mut report).await?;
    mark(&anchor, done, &[Progress::new(&app, raw.version()), rules]).await?;
    Ok(report)
}

/// What a run has to do.
struct Work {
    raw: Arc<Snapshot>,
    /// The files that came since the last run.
    fresh: Vec<DataFile>,
    /// The connections that are mapped from their first payload on.
    again: BTreeSet<String>,
}

impl Work {
    async fn find(raw: Arc<Snapshot>, done: Option<i64>, replay: bool) -> Result<Self> {
        let fresh = match done {
            Some(done) => raw.files_since(done.unsigned_abs()).await?.unwrap_or_else(|| raw.files().to_vec()),
            None => raw.files().to_vec(),
        };
        let all = || raw.files().iter().filter_map(|f| partition(f, "connection")).map(str::to_owned).collect();
        let again = if replay { all() } else { changed(&raw, &fresh) };
        Ok(Self { raw, fresh, again })
    }
}

/// Whether all that a connector ever landed is mapped.
///
/// # Errors
/// When storage fails.
pub async fn is_done(lake: &TenantLake, connector: &str) -> Result<bool> {
    let anchor = lake.table(entities::core("rejects")?).latest().await?;
    let done = reached(anchor.as_ref(), &mark_of(connector)).await?;
    let raw = lake.raw(connector)?.latest().await?;
    Ok(raw.is_none_or(|raw| done.is_some_and(|done| done.unsigned_abs() >= raw.version())))
}

/// The mark that says how far a connector's payloads are mapped.
pub(super) fn mark_of(connector: &str) -> String {
    format!("mapped:{connector}")
}

/// The mark that says by which rules they are.
pub(super) fn rules_of(connector: &str) -> String {
    format!("mapper:{connector}")
}

pub(super) async fn reached(anchor: Option<&Arc<Snapshot>>, app: &str) -> Result<Option<i64>> {
    match anchor {
        Some(anchor) => anchor.progress(app).await,
        None => Ok(None),
    }
}

/// Notes how far the run has come: last, and alone, since all that it stands for is in the tables by now. A run that
/// began where this one did and noted so first was at work on the same.
pub(super) async fn mark(anchor: &Table, done: Option<i64>, targets: &[Progress; 2]) -> Result<()> {
    let overtaken = || Error::Overtaken { table: anchor.name().to_owned() };
    for _ in 0..anchor.lake().options().commit_attempts.max(1) {
        let newest = anchor.latest().await?;
        let [target, rules] = targets;
        let now = reached(newest.as_ref(), &target.app).await?;
        if now != done {
            return Err(overtaken());
        }
        let by = reached(newest.as_ref(), &rules.app).await?;
        if now == Some(target.version) && by.unwrap_or(1) == rules.version {
            return Ok(());
        }
        let version = newest.map(|newest| newest.version());
        match anchor.append(&[], targets, When::On(version)).await {
            // Rows of another connector came between.
            Err(Error::Overtaken { .. }) => {}
            done => return done.map(drop),
        }
    }
    Err(overtaken())
}

/// The versions of the core tables; `None` of those that were never written.
async fn noted(lake: &TenantLake) -> Result<BTreeMap<&'static str, Option<u64>>> {
    let mut versions = BTreeMap::new();
    for entity in CORE {
        versions.insert(entity.name, lake.table(entity).latest().await?.map(|newest| newest.version()));
    }
    Ok(versions)
}

/// The connections that a raw table knows, with their newest settings.
async fn connections(lake: &TenantLake, connector: &str, files: &[DataFile]) -> Result<BTreeMap<String, Connection>> {
    let ids: BTreeSet<&str> = files.iter().filter_map(|f| partition(f, "connection")).collect();
    let mut found = BTreeMap::new();
    for id in ids {
        let settings = match land::settings(lake, connector, id).await? {
            Some(body) => serde_json::from_str(&body)?,
            None => serde_json::Value::Null,
        };
        found.insert(id.to_owned(), Connection::new(id, settings));
    }
    Ok(found)
}

/// The connections whose settings changed: what was mapped under older ones or under none, perhaps by a run that was killed
/// before it could say so, must be made anew.
fn changed(raw: &Snapshot, fresh: &[DataFile]) -> BTreeSet<String> {
    let is = |f: &DataFile, connection: &str, settings: bool| {
        partition(f, "connection") == Some(connection) && (partition(f, "stream") == Some(SETTINGS)) == settings
    };
    let count = |files: &[DataFile], connection: &str| -> u64 {
        files.iter().filter(|f| is(f, connection, true)).map(|f| f.rows.unwrap_or(2)).sum()
    };
    // Batches are named in the order in which they landed. Where that is not known, settings count as late.
    let first = |connection: &str, settings: bool| {
        raw.files()
            .iter()
            .filter(|f| is(f, connection, settings))
            .map(|f| raw.least_text_in(f, "batch"))
            .min()
            .flatten()
    };
    let late = |connection: &str| match (first(connection, true), first(connection, false)) {
        (Some(settings), Some(payload)) => settings > payload,
        _ => true,
    };
    let connections: BTreeSet<&str> = fresh.iter().filter_map(|f| partition(f, "connection")).collect();
    let again = connections.into_iter().filter(|c| count(fresh, c) > 0 && (count(raw.files(), c) > 1 || late(c)));
    again.map(str::to_owned).collect()
}

/// How many payloads stand in some files, where each knows.
fn payloads<'a>(files: impl Iterator<Item = &'a DataFile>) -> Option<u64> {
    files.filter(|f| !partition(f, "stream").is_some_and(is_note)).map(|f| f.rows).sum()
}

/// Whether a stream holds what is noted of a connection, and no payloads.
fn is_note(stream: &str) -> bool {
    stream == CURSOR || stream == SETTINGS
}

pub(super) fn partition<'a>(file: &'a DataFile, column: &str) -> Option<&'a str> {
    file.partition.get(column)?.as_deref()
}

struct Step<'a> {
    lake: &'a TenantLake,
    mapper: &'a dyn Mapper,
    raw: &'a Arc<Snapshot>,
    connections: BTreeMap<String, Connection>,
    /// How many payloads there are to map.
    all: Option<u64>,
}

impl Step<'_> {
    /// Maps files and upserts what they became.
    async fn follow(&self, files: Vec<DataFile>, report: &mut MapReport) -> Result<()> {
        let mut chunk = Vec::new();
        let mut rows = 0;
        for file in files {
            rows += file.rows.unwrap_or(0) as usize;
            chunk.push(file);
            if rows >= CHUNK_ROWS {
                self.upsert(&std::mem::take(&mut chunk), report).await?;
                rows = 0;
            }
        }
        if chunk.is_empty() { Ok(()) } else { self.upsert(&chunk, report).await }
    }

    async fn upsert(&self, files: &[DataFile], report: &mut MapReport) -> Result<()> {
        let mut chunk = self.map(files, &[], Wanted::Rows(self.standing().await?), report).await?;
        self.settle(&mut chunk, report).await?;
        self.write(&mut chunk, report).await
    }

    /// Upserts what a chunk has become so far. One payload may become many rows, and upserts may come in any order.
    async fn write(&self, chunk: &mut Chunk, report: &mut MapReport) -> Result<()> {
        // Of few rows the work is in the old files that they change, one of which is in memory for each table.
        let at_once = if chunk.held() <= FEW_ROWS { TABLES_AT_ONCE } else { 1 };
        let mut writing = JoinSet::new();
        for fold in std::mem::take(&mut chunk.tables).into_values() {
            let (entity, rows) = (fold.entity(), fold.rows() as u64);
            let Some(batch) = fold.finish()? else { continue };
            *report.rows.entry(entity.name.to_owned()).or_default() += rows;
            if writing.len() == at_once
                && let Some(written) = writing.join_next().await
            {
                written??;
            }
            let table = self.lake.table(entity);
            writing.spawn(async move { table.upsert(&batch, &[], When::Changed).await }.in_current_span());
        }
        while let Some(written) = writing.join_next().await {
            written??;
        }
        Ok(())
    }

    /// Maps all that a connection ever landed, and puts it in the place of all that it has in core.
    async fn replay(
        &self,
        connection: &str,
        versions: &mut BTreeMap<&'static str, Option<u64>>,
        report: &mut MapReport,
    ) -> Result<()> {
        let files: Vec<_> =
            self.raw.files().iter().filter(|f| partition(f, "connection") == Some(connection)).cloned().collect();
        let mut chunk = self.map(&files, &[], Wanted::Everything, report).await?;
        self.settle(&mut chunk, report).await?;
        let scope = Scope { column: "connection", values: vec![connection.to_owned()] };
        for entity in CORE {
            let table = self.lake.table(entity);
            let fold = chunk.tables.remove(entity.name);
            let standing = versions.entry(entity.name).or_default();
            if fold.is_none() && standing.is_none() {
                continue;
            }
            let mut new = table.replacement();
            if let Some(fold) = fold {
                *report.rows.entry(entity.name.to_owned()).or_default() += fold.rows() as u64;
                let mut rows = fold.stream(self.lake)?;
                while let Some(batch) = rows.try_next().await? {
                    new.push(batch).await?;
                }
            }
            if let Committed::Version(version) = new.commit(Some(&scope), &[], When::ChangedOn(*standing)).await? {
                *standing = Some(version);
            }
        }
        Ok(())
    }

    /// A payload that failed counts only when no later one of its key is fine: what is rejected is decided by the newest
    /// payload of each key in all of raw, whichever came first.
    async fn settle(&self, chunk: &mut Chunk, report: &mut MapReport) -> Result<()> {
        let entity = entities::core("rejects")?;
        let asked: HashSet<Key> = chunk.failed.keys().chain(chunk.fine.keys()).cloned().collect();
        if asked.is_empty() {
            return Ok(());
        }
        let keys: Vec<Expr> = asked.iter().map(|(_, _, key)| lit(key.as_str())).collect();
        let files: Vec<DataFile> = self
            .raw
            .files()
            .iter()
            .filter(|f| {
                asked.iter().any(|(c, s, _)| {
                    partition(f, "connection") == Some(c.as_str()) && partition(f, "stream") == Some(s.as_str())
                })
            })
            .cloned()
            .collect();
        let whole = self
            .map(&files, &[col("key").in_list(keys, false)], Wanted::Verdicts(asked.clone()), &mut MapReport::default())
            .await?;
        for key in asked {
            let (failed, fine) = (whole.failed.get(&key), whole.fine.get(&key));
            let id = format!("{}:reject/{}/{}", key.0, key.1, key.2);
            let stands = |at: i64, place: &String| fine.is_none_or(|fine| (at, place) > (fine.0, &fine.1));
            report.rejected += u64::from(failed.is_some_and(|(at, place, _)| stands(*at, place)));
            // One that was mended is written too, so that it does not matter which payloads are looked at together; but
            // not of the same instant, which could not be told to be gone.
            let told = |(at, place, _): &&(i64, String, Reject)| stands(*at, place) || fine.is_some_and(|f| f.0 > *at);
            if let Some((at, place, reject)) = failed.filter(told) {
                let row = Row::new(entity)
                    .set("id", id.as_str())
                    .set("stream", key.1.as_str())
                    .set("key", key.2.as_str())
                    .set("reason", reject.reason.as_str())
                    .set("field", reject.field.clone())
                    .set("line", reject.line);
                chunk.push(&row, Origin { connection: &key.0, at: *at, raw: place })?;
            }
            if let Some((at, place)) = fine {
                chunk.gone(entity, &id, Origin { connection: &key.0, at: *at, raw: place })?;
            }
        }
        Ok(())
    }

    /// The keys that stand in `core/rejects`, those that were mended included: each fine payload of theirs is told there.
    async fn standing(&self) -> Result<HashSet<Key>> {
        let Some(rejects) = self.lake.table(entities::core("rejects")?).latest().await? else {
            return Ok(HashSet::new());
        };
        let mut rows = rejects.read(Some(&["connection", "stream", "key"]), None, &[]).await?;
        let mut keys = HashSet::new();
        while let Some(batch) = rows.try_next().await? {
            let text = |i: usize| batch.column(i).as_string::<i32>();
            for row in (0..batch.num_rows()).filter(|row| (0..3).all(|i| batch.column(i).is_valid(*row))) {
                keys.insert((
                    text(0).value(row).to_owned(),
                    text(1).value(row).to_owned(),
                    text(2).value(row).to_owned(),
                ));
            }
        }
        Ok(keys)
    }

    /// Maps payloads of some files.
    async fn map(&self, files: &[DataFile], filters: &[Expr], wanted: Wanted, report: &mut MapReport) -> Result<Chunk> {
        let mut chunk = Chunk::new(wanted, self.lake);
        let columns = ["connection", "stream", "key", "observed_at", "body", "batch", "row"];
        let mut batches = self.raw.read(Some(&columns), Some(files), filters).await?;
        while let Some(batch) = batches.try_next().await? {
            let text = |i: usize| -> &StringArray { batch.column(i).as_string::<i32>() };
            let observed = batch.column(3).as_primitive::<TimestampMicrosecondType>();
            let places = batch.column(6).as_primitive::<Int64Type>();
            for row in 0..batch.num_rows() {
                let (connection, stream) = (text(0).value(row), text(1).value(row));
                if is_note(stream) {
                    continue;
                }
                let Some(known) = self.connections.get(connection).filter(|_| chunk.wants(text(2).value(row))) else {
                    continue;
                };
                let payload = RawPayload {
                    stream,
                    key: text(2).value(row),
                    observed_at: observed.value(row),
                    body: text(4).value(row),
                };
                let place = land::place(self.mapper.connector(), text(5).value(row), places.value(row));
                report.payloads += 1;
                chunk.add(self.mapper, known, payload, place)?;
            }
            if matches!(chunk.wanted, Wanted::Rows(_)) && chunk.held() >= CHUNK_ROWS {
                self.write(&mut chunk, report).await?;
            }
            if !matches!(chunk.wanted, Wanted::Verdicts(_)) {
                self.lake.tell(report.payloads, self.all, self.mapper.connector());
            }
            // Mapping is work for the processor: others get a turn between batches.
            tokio::task::yield_now().await;
        }
        Ok(chunk)
    }
}
