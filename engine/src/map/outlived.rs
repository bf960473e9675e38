//! Payloads that nothing rests on any more: a newer one of their key is there, and no row of core was made of them, or is gone since they
//! said so. What all payloads come to, those that are left come to, by the same rules and settings.

use super::Mapper;
use super::run::{mark, mark_of, partition, reached, rules_of};
use crate::entities::{self, CORE};
use crate::lake::sorted::ORDER;
use crate::lake::{DataFile, Progress, Table, TenantLake, external};
use crate::land::{SETTINGS, place};
use crate::{Error, Result};
use arrow::array::AsArray as _;
use arrow::datatypes::{Int64Type, TimestampMicrosecondType};
use futures::TryStreamExt as _;
use std::collections::{BTreeMap, HashMap, HashSet};

/// How many payloads are looked up in core at once, and go in one commit.
const MOST: usize = 1 << 19;

/// What decides which payloads of a key are older, and where each stands.
const COLUMNS: [&str; 4] = ["key", "observed_at", "batch", "row"];

/// Lets go of the payloads of a connector that were read before an instant and that nothing rests on; how many. None goes while any is not
/// mapped by the mapper's rules, nor once others land meanwhile: they go the next time.
///
/// # Errors
/// When storage fails. What went until then is gone.
pub async fn forget(lake: &TenantLake, mapper: &dyn Mapper, before: i64) -> Result<u64> {
    let (connector, table) = (mapper.connector(), lake.raw(mapper.connector())?);
    let Some(raw) = table.latest().await? else { return Ok(0) };
    let (anchor, app) = (lake.table(entities::core("rejects")?), mark_of(connector));
    let rules = Progress::new(rules_of(connector), mapper.version());
    let marks = anchor.latest().await?;
    let Some(done) = reached(marks.as_ref(), &app).await? else { return Ok(0) };
    let is_mapped = done.unsigned_abs() >= raw.version()
        || raw.files_since(done.unsigned_abs()).await?.is_some_and(|fresh| fresh.is_empty());
    if !is_mapped || reached(marks.as_ref(), &rules.app).await?.unwrap_or(1) != rules.version {
        return Ok(0);
    }
    let mut parts: BTreeMap<_, Vec<DataFile>> = BTreeMap::new();
    // Settings that changed are told from the first ones by their number.
    let may_go = |stream: &str| stream != SETTINGS && !mapper.stands_alone(stream);
    for file in raw.files().iter().filter(|file| partition(file, "stream").is_none_or(may_go)) {
        parts.entry((partition(file, "connection"), partition(file, "stream"))).or_default().push(file.clone());
    }
    let mut outlived = Outlived { lake, connector, table, version: raw.version(), gone: 0, due: HashMap::new() };
    for files in parts.into_values() {
        let (provider, state) = (raw.provider_of(&files), lake.state());
        let schema = provider.schema();
        let columns = COLUMNS.iter().map(|name| schema.index_of(name)).collect::<Result<Vec<_>, _>>()?;
        let scan = provider.scan(state, Some(&columns), &[], None).await?;
        let mut rows = external::sorted(scan, &COLUMNS, ORDER, state.task_ctx())?;
        let mut last: Option<(String, i64, String)> = None;
        while let Some(batch) = rows.try_next().await? {
            let (keys, times) = (batch.column(0).as_string::<i32>(), batch.column(1));
            let (times, batches) =
                (times.as_primitive::<TimestampMicrosecondType>(), batch.column(2).as_string::<i32>());
            let numbers = batch.column(3).as_primitive::<Int64Type>();
            for row in 0..batch.num_rows() {
                let key = keys.value(row);
                if let Some((_, at, older)) = last.take().filter(|(last, at, _)| last == key && *at < before) {
                    outlived.due.insert(older, at);
                }
                last =
                    Some((key.to_owned(), times.value(row), place(connector, batches.value(row), numbers.value(row))));
            }
            if outlived.due.len() >= MOST && !outlived.go().await? {
                return Ok(outlived.gone);
            }
        }
    }
    if outlived.go().await? && outlived.gone > 0 && outlived.is_alone().await? {
        // What is left was mapped before. Whoever maps at this moment does it once more.
        match mark(&anchor, Some(done), &[Progress::new(&app, outlived.version), rules]).await {
            Ok(()) | Err(Error::Overtaken { .. }) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(outlived.gone)
}

/// Payloads on their way out.
struct Outlived<'a> {
    lake: &'a TenantLake,
    connector: &'static str,
    table: Table,
    /// The table's version, as long as nobody else writes to it.
    version: u64,
    /// How many went.
    gone: u64,
    /// Those of which a newer one is there: where each stands, and when it was read.
    due: HashMap<String, i64>,
}

impl Outlived<'_> {
    /// Whether nobody else wrote to the table.
    async fn is_alone(&self) -> Result<bool> {
        Ok(self.table.latest().await?.is_some_and(|newest| newest.version() == self.version))
    }

    /// Lets those go that are due and that nothing rests on; whether more may follow.
    async fn go(&mut self) -> Result<bool> {
        self.keep_what_counts().await?;
        if self.due.is_empty() {
            return Ok(true);
        }
        // New settings may have landed, by which a row comes to rest on one of them again.
        if !self.is_alone().await? {
            return Ok(false);
        }
        let (due, connector) = (std::mem::take(&mut self.due), self.connector);
        let gone = self.table.forget(&["batch", "row"], |rows| {
            let (batches, numbers) = (rows.column(0).as_string::<i32>(), rows.column(1).as_primitive::<Int64Type>());
            let stands = |row| place(connector, batches.value(row), numbers.value(row));
            Ok((0..rows.num_rows()).map(|row| due.contains_key(&stands(row))).collect())
        });
        let gone = gone.await?;
        self.gone += gone;
        self.version += 1;
        Ok(gone > 0)
    }

    /// Takes those out that a row of core was made of, or that may have said that one is gone.
    async fn keep_what_counts(&mut self) -> Result<()> {
        if self.due.is_empty() {
            return Ok(());
        }
        let instants: HashSet<i64> = self.due.values().copied().collect();
        let mut told = HashSet::new();
        for entity in CORE {
            let Some(newest) = self.lake.table(entity).latest().await? else { continue };
            let mut rows = newest.read(Some(&["raw", "deleted_at"]), None, &[]).await?;
            while let Some(batch) = rows.try_next().await? {
                for place in batch.column(0).as_string::<i32>().iter().flatten() {
                    self.due.remove(place);
                }
                let gone = batch.column(1).as_primitive::<TimestampMicrosecondType>();
                told.extend(gone.iter().flatten().filter(|at| instants.contains(at)));
            }
        }
        self.due.retain(|_, at| !told.contains(at));
        Ok(())
    }
}
