//! A tenant's tables as they were at an instant: each at the version that was its newest, as far as log and files reach back.

use super::lazy::{ANCHOR, FROZEN, Facts};
use super::{Snapshot, Table, TenantLake};
use crate::entities::{self, CORE, Entity, FACTS, Layer};
use crate::{Error, Result};
use deltalake::kernel::Action;
use deltalake::logstore::get_actions;
use futures::TryStreamExt as _;
use object_store::ObjectStore as _;
use object_store::path::Path;
use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;
use tokio::task::JoinSet;

/// A table at an instant of the past.
enum Was {
    /// It held nothing.
    Empty,
    /// It was this.
    This(Arc<Snapshot>),
    /// Nobody can tell: entries of its log were cleaned up, or files were vacuumed, since.
    Gone,
}

/// Core and facts as they were at one instant; the facts are of the model that was the newest then.
#[derive(Debug)]
pub(crate) struct Then(BTreeMap<(&'static str, &'static str), Option<Arc<Snapshot>>>);

impl Then {
    /// A tenant's tables at an instant, in microseconds since 1970; `None` where nothing was modelled by then, and where a table can
    /// no longer be read as it was.
    pub(crate) async fn of(lake: &TenantLake, at: i64) -> Result<Option<Self>> {
        let Was::This(anchor) = lake.table(entities::fact(ANCHOR)?).at_instant(at).await? else { return Ok(None) };
        let facts = Arc::new(Facts::of(lake, anchor));
        let mut reading = JoinSet::new();
        for entity in CORE.iter().chain(FACTS).copied() {
            let (lake, facts) = (lake.clone(), Arc::clone(&facts));
            reading.spawn(async move { Ok::<_, Error>((entity, read(&lake, entity, at, &facts).await?)) });
        }
        let mut tables = BTreeMap::new();
        while let Some(read) = reading.join_next().await {
            let (entity, was) = read??;
            let key = (entity.layer.name(), entity.name);
            match was {
                Was::Empty => tables.insert(key, None),
                Was::This(snapshot) => tables.insert(key, Some(snapshot)),
                Was::Gone => return Ok(None),
            };
        }
        Ok(Some(Self(tables)))
    }

    /// What a table was; `None` when it held nothing.
    pub(super) fn table(&self, entity: &Entity) -> Option<Arc<Snapshot>> {
        self.0.get(&(entity.layer.name(), entity.name)).cloned().flatten()
    }
}

/// When the newest model was made.
pub(crate) async fn modelled_at(lake: &TenantLake) -> Result<Option<i64>> {
    let anchor = lake.table(entities::fact(ANCHOR)?);
    let Some(newest) = anchor.latest().await? else { return Ok(None) };
    newest.written_at().await
}

async fn read(lake: &TenantLake, entity: &'static Entity, at: i64, facts: &Facts) -> Result<Was> {
    let table = lake.table(entity);
    if entity.layer != Layer::Facts || FROZEN.contains(&entity.name) {
        return table.at_instant(at).await;
    }
    let Some(snapshot) = facts.table(entity.name).await? else { return Ok(Was::Empty) };
    Ok(if table.has(&snapshot).await? { Was::This(snapshot) } else { Was::Gone })
}

impl Snapshot {
    /// When it was committed, in microseconds since 1970; `None` when the log no longer has that. It is read once.
    async fn written_at(&self) -> Result<Option<i64>> {
        if let Some(known) = self.written.get() {
            return Ok(Some(*known));
        }
        let written = self.table().written_at(self.version()).await?;
        Ok(written.map(|at| *self.written.get_or_init(|| at)))
    }
}

impl Table {
    /// What it was at an instant, in microseconds since 1970. Commits are taken to have come in the order of their times.
    async fn at_instant(&self, at: i64) -> Result<Was> {
        let Some(newest) = self.latest().await? else { return Ok(Was::Empty) };
        // Mostly nothing was written since.
        if self.written_at(newest.version()).await?.is_some_and(|written| written <= at) {
            return Ok(Was::This(newest));
        }
        let Some(version) = self.last_by(at, newest.version()).await? else { return Ok(Was::Empty) };
        if self.written_at(version).await?.is_none() {
            return Ok(Was::Gone);
        }
        let snapshot = self.at(version).await?;
        Ok(if self.has(&snapshot).await? { Was::This(snapshot) } else { Was::Gone })
    }

    /// The last version up to `newest` that was committed by an instant, in microseconds since 1970, or that the log no longer tells of;
    /// `None` where all came after it.
    pub(super) async fn last_by(&self, at: i64, newest: u64) -> Result<Option<u64>> {
        let (mut low, mut high) = (0, newest + 1);
        // The oldest of those that came after the instant; what is no longer in the log came before all that is.
        while low < high {
            let middle = low + (high - low) / 2;
            match self.written_at(middle).await? {
                Some(written) if written > at => high = middle,
                _ => low = middle + 1,
            }
        }
        Ok(low.checked_sub(1))
    }

    /// When a version was committed, in microseconds since 1970; `None` when the log no longer has it.
    pub(super) async fn written_at(&self, version: u64) -> Result<Option<i64>> {
        let Some(entry) = self.log()?.read_commit_entry(version).await? else { return Ok(None) };
        let milliseconds = get_actions(version, &entry)?.into_iter().find_map(|action| match action {
            Action::CommitInfo(info) => info.timestamp,
            _ => None,
        });
        Ok(milliseconds.map(|at| at.saturating_mul(1000)))
    }

    /// Whether all files of a snapshot are there. Those of the newest are.
    async fn has(&self, snapshot: &Snapshot) -> Result<bool> {
        if self.snapshot().await?.is_some_and(|newest| newest.version() == snapshot.version()) {
            return Ok(true);
        }
        let there: HashSet<Path> = self.files().list(None).map_ok(|meta| meta.location).try_collect().await?;
        Ok(snapshot.files().iter().all(|file| there.contains(&Path::from(file.path.as_str()))))
    }
}

#[cfg(test)]
mod tests {
    use crate::lake::When;
    use crate::row::{self, Row, Value};
    use crate::{Clock, Engine, Tenant, TenantId, entities};

    /// A project of that name, mapped and modelled; the instant after that.
    async fn named(tenant: &Tenant, name: &str) -> i64 {
        let entity = entities::core("projects").unwrap();
        let row = Row::new(entity).set("id", "p").set("connection", "push:acme").set("name", name);
        let row = row.set("observed_at", Value::Time(Clock::System.now())).set("raw", "push/1/1");
        let batch = row::batch(entity, &[row]).unwrap();
        tenant.lake().table(entity).upsert(&batch, &[], When::Changed).await.unwrap();
        // The anchor is written at the end, also when it holds the same.
        let anchor = tenant.lake().table(entities::fact("deployments").unwrap());
        let before = anchor.latest().await.unwrap().map(|snapshot| snapshot.version());
        anchor.append(&[], &[], When::On(before)).await.unwrap();
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        let at = Clock::System.now();
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        at
    }

    async fn seen(tenant: &Tenant) -> String {
        let rows = tenant.sql("SELECT name FROM core.projects").await.unwrap();
        arrow::util::pretty::pretty_format_batches(&rows).unwrap().to_string()
    }

    #[tokio::test]
    async fn when_it_was_modelled_is_read_once_for_each_model() {
        let engine = Engine::open("memory://").await.unwrap();
        let tenant = engine.tenant(&TenantId::new("acme").unwrap());
        assert_eq!(tenant.modelled_at().await.unwrap(), None);
        named(&tenant, "first").await;
        let first = tenant.modelled_at().await.unwrap();
        let read = engine.lake().costs().bytes_read;
        assert_eq!(tenant.modelled_at().await.unwrap(), first);
        assert_eq!(engine.lake().costs().bytes_read, read, "the store was asked for what is known");
        named(&tenant, "second").await;
        let second = tenant.modelled_at().await.unwrap();
        assert!(first.is_some() && second > first, "{first:?} {second:?}");
        // Whoever looks for what was noted in that commit reads it, too.
        named(&tenant, "third").await;
        let anchor = tenant.lake().table(entities::fact("deployments").unwrap());
        let newest = anchor.latest().await.unwrap().unwrap();
        assert_eq!(newest.progress("nobody").await.unwrap(), None);
        let third = newest.written.get().copied();
        assert!(third > second, "{second:?} {third:?}");
        assert_eq!(tenant.modelled_at().await.unwrap(), third);
    }

    #[tokio::test]
    async fn a_tenant_is_read_as_it_was_while_its_files_are_there() {
        let folder = tempfile::tempdir().unwrap();
        let engine = Engine::open(&format!("file://{}", folder.path().display())).await.unwrap();
        let tenant = engine.tenant(&TenantId::new("acme").unwrap());
        let before = Clock::System.now();
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        tenant.lake().raw("push").unwrap().append(&[], &[], When::On(None)).await.unwrap();
        let (first, second) = (named(&tenant, "first").await, named(&tenant, "second").await);
        assert!(tenant.at(before).await.unwrap().is_none(), "nothing was modelled by then");
        assert!(seen(&tenant.at(first).await.unwrap().unwrap()).await.contains("first"));
        assert!(seen(&tenant.at(second).await.unwrap().unwrap()).await.contains("second"));
        assert!(seen(&tenant).await.contains("second"));
        // What payloads said then is nobody's question.
        let then = tenant.at(first).await.unwrap().unwrap();
        assert!(then.sql("SELECT * FROM raw.push").await.is_err());
        // A file of then is gone.
        let table = tenant.lake().table(entities::core("projects").unwrap());
        for file in table.at(0).await.unwrap().files() {
            std::fs::remove_file(folder.path().join("tenant=acme/core/projects").join(&file.path)).unwrap();
        }
        assert!(tenant.at(first).await.unwrap().is_none());
        assert!(seen(&tenant.at(second).await.unwrap().unwrap()).await.contains("second"));
    }
}
