//! The step itself.

use super::fold::Fold;
use super::{Connection, Mapped, Mapper, RawPayload, Reject};
use crate::Result;
use crate::entities::{self, CORE, Entity};
use crate::lake::{DataFile, Progress, Scope, Snapshot, TenantLake, When};
use crate::land::{self, CURSOR, SETTINGS};
use crate::row::{Row, Value};
use arrow::array::{Array as _, AsArray as _, StringArray};
use arrow::datatypes::{Int64Type, TimestampMicrosecondType};
use datafusion::logical_expr::{Expr, col, lit};
use futures::TryStreamExt as _;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

/// Payloads that are mapped before what they became is written.
const CHUNK_ROWS: usize = 1 << 17;

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

/// Maps what is new in `raw/<connector>`; with `replay`, everything, as the newest settings say.
///
/// A connection whose settings changed is replayed without being asked.
///
/// # Errors
/// When storage fails. What cannot be mapped is no error: it goes to `core/rejects`.
pub async fn run(lake: &TenantLake, mapper: &dyn Mapper, replay: bool) -> Result<MapReport> {
    let mut report = MapReport::default();
    let connector = mapper.connector();
    let Some(raw) = lake.raw(connector)?.latest().await? else { return Ok(report) };
    let app = format!("mapped:{connector}");
    let anchor = lake.table(entities::core("rejects")?);
    let done = match anchor.latest().await? {
        Some(rejects) => rejects.progress(&app).await?,
        None => None,
    };
    let target = Progress::new(&app, raw.version());
    if !replay && done.is_some_and(|done| done >= target.version) {
        return Ok(report);
    }
    let fresh = match done {
        Some(done) => raw.files_since(done.unsigned_abs()).await?.unwrap_or_else(|| raw.files().to_vec()),
        None => raw.files().to_vec(),
    };
    let step = Step { lake, mapper, raw: &raw, connections: connections(lake, connector, raw.files()).await? };
    let again = if replay { step.connections.keys().cloned().collect() } else { changed(&raw, &fresh) };
    for connection in &again {
        step.replay(connection, &mut report).await?;
        report.replayed.push(connection.clone());
    }
    let fresh = fresh.into_iter().filter(|f| !partition(f, "connection").is_some_and(|c| again.contains(c))).collect();
    step.follow(fresh, &mut report).await?;
    // The mark comes last, and alone: all that it stands for is in the tables by now.
    anchor.append(&[], &[target], When::Ahead).await?;
    Ok(report)
}

/// The connections that a raw table knows, with their newest settings.
async fn connections(lake: &TenantLake, connector: &str, files: &[DataFile]) -> Result<BTreeMap<String, Connection>> {
    let ids: BTreeSet<&str> = files.iter().filter_map(|f| partition(f, "connection")).collect();
    let mut found = BTreeMap::new();
    for id in ids {
        let settings = match land::newest(lake, connector, id, SETTINGS).await? {
            Some(body) => serde_json::from_str(&body)?,
            None => serde_json::Value::Null,
        };
        found.insert(id.to_owned(), Connection { id: id.to_owned(), settings });
    }
    Ok(found)
}

/// The connections whose settings changed: what was mapped under older ones, perhaps by a run that was killed before it
/// could say so, must be made anew.
fn changed(raw: &Snapshot, fresh: &[DataFile]) -> BTreeSet<String> {
    let settings = |files: &[DataFile], connection: &str| -> u64 {
        let of =
            |f: &&DataFile| partition(f, "stream") == Some(SETTINGS) && partition(f, "connection") == Some(connection);
        files.iter().filter(of).map(|f| f.rows.unwrap_or(2)).sum()
    };
    let connections: BTreeSet<&str> = fresh.iter().filter_map(|f| partition(f, "connection")).collect();
    let again = connections.into_iter().filter(|c| settings(fresh, c) > 0 && settings(raw.files(), c) > 1);
    again.map(str::to_owned).collect()
}

fn partition<'a>(file: &'a DataFile, column: &str) -> Option<&'a str> {
    file.partition.get(column)?.as_deref()
}

struct Step<'a> {
    lake: &'a TenantLake,
    mapper: &'a dyn Mapper,
    raw: &'a Arc<Snapshot>,
    connections: BTreeMap<String, Connection>,
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
        for fold in chunk.tables.into_values() {
            let (entity, rows) = (fold.entity(), fold.rows() as u64);
            if let Some(batch) = fold.finish()? {
                *report.rows.entry(entity.name.to_owned()).or_default() += rows;
                self.lake.table(entity).upsert(&batch, &[], When::Changed).await?;
            }
        }
        Ok(())
    }

    /// Maps all that a connection ever landed, and puts it in the place of all that it has in core.
    async fn replay(&self, connection: &str, report: &mut MapReport) -> Result<()> {
        let files: Vec<_> =
            self.raw.files().iter().filter(|f| partition(f, "connection") == Some(connection)).cloned().collect();
        let mut chunk = self.map(&files, &[], Wanted::Everything, report).await?;
        self.settle(&mut chunk, report).await?;
        let scope = Scope { column: "connection", values: vec![connection.to_owned()] };
        for entity in CORE {
            let table = self.lake.table(entity);
            let fold = chunk.tables.remove(entity.name);
            if fold.is_none() && !table.exists().await? {
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
            new.commit(Some(&scope), &[], When::Changed).await?;
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
            match failed {
                Some((at, place, reject)) if fine.is_none_or(|fine| (*at, place) > (fine.0, &fine.1)) => {
                    report.rejected += 1;
                    let row = Row::new(entity)
                        .set("id", id)
                        .set("stream", key.1.as_str())
                        .set("key", key.2.as_str())
                        .set("reason", reject.reason.as_str())
                        .set("field", reject.field.clone())
                        .set("line", reject.line);
                    chunk.push(sourced(row, &key.0, *at, place))?;
                }
                _ => {
                    if let Some((at, place)) = fine {
                        chunk.push(gone(entity, &id, &key.0, *at, place))?;
                    }
                }
            }
        }
        Ok(())
    }

    /// The keys that stand in `core/rejects` now.
    async fn standing(&self) -> Result<HashSet<Key>> {
        let Some(rejects) = self.lake.table(entities::core("rejects")?).latest().await? else {
            return Ok(HashSet::new());
        };
        let mut rows = rejects.read(Some(&["connection", "stream", "key", "deleted_at"]), None, &[]).await?;
        let mut keys = HashSet::new();
        while let Some(batch) = rows.try_next().await? {
            let text = |i: usize| batch.column(i).as_string::<i32>();
            for row in (0..batch.num_rows()).filter(|row| batch.column(3).is_null(*row)) {
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
                if stream == CURSOR || stream == SETTINGS {
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
                // Padded, so that places compare as texts.
                let place = format!("{}/{}/{:08}", self.mapper.connector(), text(5).value(row), places.value(row));
                report.payloads += 1;
                chunk.add(self.mapper, known, payload, place)?;
            }
            // Mapping is work for the processor: others get a turn between batches.
            tokio::task::yield_now().await;
        }
        Ok(chunk)
    }
}

/// Connection, stream and key of a payload.
type Key = (String, String, String);

/// What is wanted of some payloads.
enum Wanted {
    /// The rows that they become, however many.
    Everything,
    /// The rows that they become, and which of these keys could be mapped.
    Rows(HashSet<Key>),
    /// Only whether payloads of these keys can be mapped.
    Verdicts(HashSet<Key>),
}

/// What some payloads became.
struct Chunk {
    wanted: Wanted,
    lake: TenantLake,
    /// The keys whose verdicts alone are wanted, without their connection and stream.
    only: Option<HashSet<String>>,
    tables: BTreeMap<&'static str, Fold>,
    failed: HashMap<Key, (i64, String, Reject)>,
    /// The newest payload that could be mapped, of each key that is asked for.
    fine: HashMap<Key, (i64, String)>,
}

impl Chunk {
    fn new(wanted: Wanted, lake: &TenantLake) -> Self {
        let only = match &wanted {
            Wanted::Everything | Wanted::Rows(_) => None,
            Wanted::Verdicts(keys) => Some(keys.iter().map(|(_, _, key)| key.clone()).collect()),
        };
        Self { wanted, lake: lake.clone(), only, tables: BTreeMap::new(), failed: HashMap::new(), fine: HashMap::new() }
    }

    /// Whether a payload of that key need be looked at.
    fn wants(&self, key: &str) -> bool {
        self.only.as_ref().is_none_or(|only| only.contains(key))
    }

    fn add(
        &mut self,
        mapper: &dyn Mapper,
        connection: &Connection,
        payload: RawPayload<'_>,
        place: String,
    ) -> Result<()> {
        let key = (connection.id.clone(), payload.stream.to_owned(), payload.key.to_owned());
        let mut mapped = Mapped::default();
        let outcome = mapper.map(connection, payload, &mut mapped).and_then(|()| mapped.owned_by(&connection.id));
        if let Err(reject) = outcome {
            let newer = self.failed.get(&key).is_none_or(|(at, old, _)| (*at, old) < (payload.observed_at, &place));
            if newer {
                self.failed.insert(key, (payload.observed_at, place, reject));
            }
            return Ok(());
        }
        let watched = match &self.wanted {
            Wanted::Everything => false,
            Wanted::Rows(watched) => watched.contains(&key),
            Wanted::Verdicts(_) => true,
        };
        if watched && self.fine.get(&key).is_none_or(|(at, old)| (*at, old) < (payload.observed_at, &place)) {
            self.fine.insert(key, (payload.observed_at, place.clone()));
        }
        if matches!(self.wanted, Wanted::Verdicts(_)) {
            return Ok(());
        }
        for row in mapped.rows {
            let row = sourced(row, &connection.id, payload.observed_at, &place);
            self.push(row)?;
        }
        for (entity, id) in mapped.gone {
            self.push(gone(entity, &id, &connection.id, payload.observed_at, &place))?;
        }
        Ok(())
    }

    fn push(&mut self, row: Row) -> Result<()> {
        let entity = row.entity();
        let fold = self.tables.entry(entity.name).or_insert_with(|| match self.wanted {
            Wanted::Everything => Fold::on_disk(entity, &self.lake),
            _ => Fold::new(entity),
        });
        fold.push(row)
    }
}

fn sourced(row: Row, connection: &str, observed_at: i64, place: &str) -> Row {
    row.set("connection", connection).set("observed_at", Value::Time(observed_at)).set("raw", place)
}

/// A row that says only that the thing is gone: it has no `observed_at`, so that any payload of the thing is newer.
fn gone(entity: &'static Entity, id: &str, connection: &str, at: i64, place: &str) -> Row {
    Row::new(entity).set("id", id).set("connection", connection).set("raw", place).set("deleted_at", Value::Time(at))
}
