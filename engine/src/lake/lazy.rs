//! A tenant's table as a session names it: looked up only when a query really reads it.

use super::provider::nothing;
use super::then::Then;
use super::{LakeTable, Seen, Snapshot, Table, TenantLake};
use crate::Result;
use crate::entities::{self, AUDIT, Entity, FACTS, Layer};
use arrow::datatypes::SchemaRef;
use async_trait::async_trait;
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::{DataFusionError, Result as DfResult};
use datafusion::logical_expr::{Expr, TableProviderFilterPushDown, TableType};
use datafusion::physical_plan::ExecutionPlan;
use parking_lot::Mutex;
use std::collections::HashMap;
use std::sync::Arc;
use tokio::sync::OnceCell;

/// The facts table whose log says which versions of the other facts tables belong to it.
///
/// The model step writes it last. Its newest commit notes, as application transactions `facts:<table>`, the version that
/// every other facts table had by then, so a reader always sees one whole model, never half of the next.
pub const ANCHOR: &str = "deployments";

/// The facts that are frozen when they are made, by steps of their own: no model makes them again, so they are read as they
/// stand.
pub(crate) const FROZEN: [&str; 3] = ["alerts", "forecasts", "risks"];

/// The mark in the anchor's log that names the version of another facts table.
pub fn facts_mark(table: &str) -> String {
    format!("facts:{table}")
}

/// What a table was found to be; nothing where it held nothing.
type Found = OnceCell<Option<Arc<Snapshot>>>;

/// One whole model: the anchor is looked up once, and every facts table is read as of it.
#[derive(Debug)]
pub struct Facts {
    lake: TenantLake,
    anchor: Found,
    /// The others, by name, each looked up once, too: which version belongs to a model stays so.
    tables: Mutex<HashMap<&'static str, Arc<Found>>>,
}

impl Facts {
    pub(crate) fn new(lake: &TenantLake) -> Self {
        Self { lake: lake.clone(), anchor: OnceCell::new(), tables: Mutex::default() }
    }

    /// The model of a known anchor.
    pub(super) fn of(lake: &TenantLake, anchor: Arc<Snapshot>) -> Self {
        Self { lake: lake.clone(), anchor: OnceCell::new_with(Some(Some(anchor))), tables: Mutex::default() }
    }

    /// The anchor's snapshot; `None` while nothing was modelled.
    ///
    /// # Errors
    /// When storage fails.
    pub async fn anchor(&self) -> Result<Option<Arc<Snapshot>>> {
        let look = async || self.lake.table(entities::fact(ANCHOR)?).snapshot().await;
        Ok(self.anchor.get_or_try_init(look).await?.clone())
    }

    /// A facts table as of the anchor; `None` when it held nothing then.
    ///
    /// # Errors
    /// When storage fails.
    pub async fn table(&self, name: &str) -> Result<Option<Arc<Snapshot>>> {
        let Some(anchor) = self.anchor().await? else { return Ok(None) };
        if name == ANCHOR {
            return Ok(Some(anchor));
        }
        let entity = entities::fact(name)?;
        let found = Arc::clone(self.tables.lock().entry(entity.name).or_default());
        let look = async || as_of(&anchor, &self.lake.table(entity)).await;
        Ok(found.get_or_try_init(look).await?.clone())
    }
}

/// A facts table as the anchor knows it; `None` while the anchor knows of none.
///
/// That is the version noted there, or the newest one when nothing but compactions came since: the files of the noted one
/// may be gone then.
pub(crate) async fn as_of(anchor: &Snapshot, table: &Table) -> Result<Option<Arc<Snapshot>>> {
    // Of a table that no model wrote the store is asked for nothing.
    let Some(noted) = anchor.progress(&facts_mark(table.entity().name)).await? else { return Ok(None) };
    let Some(newest) = table.snapshot().await? else { return Ok(None) };
    let noted = noted.unsigned_abs();
    if newest.version() < noted {
        // The kept snapshot is older than the anchor; the noted version is there by now.
        return Ok(Some(table.at(noted).await?));
    }
    if newest.version() > noted && !newest.only_compacted_since(noted).await? {
        return Ok(Some(table.at(noted).await?));
    }
    Ok(Some(newest))
}

/// One table of a tenant in a session. Its columns are those of its declaration; its snapshot is looked up by the first
/// scan, so that building a session asks the store nothing.
#[derive(Debug)]
pub struct TenantTable {
    name: String,
    table: Table,
    read: Read,
    seen: Seen,
}

/// At which version a table is read.
#[derive(Debug)]
enum Read {
    /// The newest.
    Newest,
    /// That of one model.
    Modelled(Arc<Facts>),
    /// What it was at an instant.
    Then(Arc<Then>),
}

/// A table as a session is given it: its schema, its name, and how it is read.
type Given = (&'static str, String, Arc<dyn TableProvider>);

impl TenantTable {
    /// Every core and facts table, by schema and name. All facts that the model makes are read as of one model. What is read
    /// of them is noted in `seen`.
    pub fn all(lake: &TenantLake, seen: &Seen) -> Vec<Given> {
        let facts = Arc::new(Facts::new(lake));
        let all = entities::CORE.iter().chain(FACTS);
        all.map(|entity| Self::declared(lake, entity, &facts).given(seen)).collect()
    }

    /// The same, as they were at an instant.
    pub(crate) fn all_then(lake: &TenantLake, then: &Arc<Then>, seen: &Seen) -> Vec<Given> {
        let of = |entity: &'static Entity| {
            let read = Read::Then(Arc::clone(then));
            Self { read, ..Self::of(entity.name, lake.table(entity)) }.given(seen)
        };
        entities::CORE.iter().chain(FACTS).copied().map(of).collect()
    }

    /// A connector's payloads, in the schema `raw`.
    ///
    /// # Errors
    /// When `connector` is not a connector's name.
    pub fn raw(lake: &TenantLake, connector: &str, seen: &Seen) -> Result<Given> {
        Ok(Self::of(connector, lake.raw(connector)?).given(seen))
    }

    /// The trail, `events` in the schema `audit`.
    pub fn audit(lake: &TenantLake, seen: &Seen) -> Given {
        Self::of(AUDIT.name, lake.audit()).given(seen)
    }

    /// The table of that schema and name; facts are read as `facts` knows them.
    ///
    /// # Errors
    /// [`Error::UnknownEntity`] when there is none.
    pub(super) fn named(lake: &TenantLake, schema: &str, name: &str, facts: &Arc<Facts>) -> Result<Self> {
        if schema == Layer::Raw.name() {
            return Ok(Self::of(name, lake.raw(name)?));
        }
        if schema == Layer::Audit.name() {
            return Ok(Self::of(AUDIT.name, lake.audit()));
        }
        let entity = if schema == Layer::Core.name() { entities::core(name)? } else { entities::fact(name)? };
        Ok(Self::declared(lake, entity, facts))
    }

    fn declared(lake: &TenantLake, entity: &'static Entity, facts: &Arc<Facts>) -> Self {
        let modelled = entity.layer == Layer::Facts && !FROZEN.contains(&entity.name);
        let read = if modelled { Read::Modelled(Arc::clone(facts)) } else { Read::Newest };
        Self { read, ..Self::of(entity.name, lake.table(entity)) }
    }

    fn of(name: &str, table: Table) -> Self {
        Self { name: name.to_owned(), table, read: Read::Newest, seen: Seen::default() }
    }

    fn given(self, seen: &Seen) -> Given {
        (self.schema_name(), self.name.clone(), Arc::new(Self { seen: seen.clone(), ..self }))
    }

    fn schema_name(&self) -> &'static str {
        self.table.entity().layer.name()
    }

    /// How many rows it holds, when its log knows.
    ///
    /// # Errors
    /// When storage fails.
    pub async fn rows(&self) -> Result<Option<u64>> {
        Ok(self.snapshot().await?.map_or(Some(0), |snapshot| snapshot.rows()))
    }

    pub(super) async fn snapshot(&self) -> Result<Option<Arc<Snapshot>>> {
        match &self.read {
            Read::Modelled(facts) => facts.table(self.table.entity().name).await,
            Read::Newest => self.table.snapshot().await,
            Read::Then(then) => Ok(then.table(self.table.entity())),
        }
    }
}

#[async_trait]
impl TableProvider for TenantTable {
    fn schema(&self) -> SchemaRef {
        self.table.entity().asked_schema()
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    fn supports_filters_pushdown(&self, filters: &[&Expr]) -> DfResult<Vec<TableProviderFilterPushDown>> {
        Ok(vec![TableProviderFilterPushDown::Inexact; filters.len()])
    }

    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> DfResult<Arc<dyn ExecutionPlan>> {
        let found = self.snapshot().await.map_err(|e| DataFusionError::External(Box::new(e)))?;
        self.seen.note(self.schema_name(), &self.name, found.as_ref());
        if let Some(snapshot) = found {
            return LakeTable::new(snapshot, None).asked().scan(state, projection, filters, limit).await;
        }
        nothing(&self.schema(), projection)
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Costs, Lake, Options, Progress, When};
    use super::*;
    use crate::TenantId;
    use crate::row::{self, Row};
    use object_store::memory::InMemory;

    /// A lake with one model, to which two rows of changes belong, and one of its tenants.
    async fn modelled() -> (Lake, TenantLake) {
        let options = Options { file_rows: 4, ..Options::default() };
        let lake = Lake::over(Arc::new(InMemory::new()), options).unwrap();
        let acme = lake.tenant(&TenantId::new("acme").unwrap());
        let [changes, anchor] = ["changes", ANCHOR].map(|name| acme.table(entities::fact(name).unwrap()));
        let rows =
            |table: &Table, id: &str| row::batch(table.entity(), &[Row::new(table.entity()).set("id", id)]).unwrap();
        for id in ["a", "b"] {
            changes.append(&[rows(&changes, id)], &[], When::New).await.unwrap();
        }
        let marks = [Progress::new(facts_mark("changes"), 1)];
        anchor.append(&[rows(&anchor, "d")], &marks, When::New).await.unwrap();
        (lake, acme)
    }

    /// What it takes to look up a facts table of a model, which is found or not.
    async fn looks_up(lake: &Lake, facts: &Facts, name: &str) -> (bool, Costs) {
        let before = lake.costs();
        let found = facts.table(name).await.unwrap().is_some();
        let now = lake.costs();
        let (reads, lists) = (now.reads - before.reads, now.lists - before.lists);
        (found, Costs { reads, lists, bytes_read: now.bytes_read - before.bytes_read, ..Costs::default() })
    }

    #[tokio::test]
    async fn a_table_of_a_model_is_looked_up_once() {
        let (lake, acme) = modelled().await;
        let facts = acme.facts();
        let (found, first) = looks_up(&lake, &facts, "changes").await;
        assert!(found && first.reads > 0, "{first:?}");
        assert_eq!(looks_up(&lake, &facts, "changes").await, (true, Costs::default()));
        // Another model may be there by now for whoever asks anew.
        let (found, anew) = looks_up(&lake, &acme.facts(), "changes").await;
        assert!(found && anew.reads > 0, "{anew:?}");
    }

    #[tokio::test]
    async fn of_a_table_that_no_model_wrote_the_store_is_asked_for_nothing() {
        let (lake, acme) = modelled().await;
        let facts = acme.facts();
        // What the anchor notes is read with the first that is looked for.
        assert!(!looks_up(&lake, &facts, "reviews").await.0);
        assert!(!looks_up(&lake, &facts, "incidents").await.0);
        assert_eq!(looks_up(&lake, &facts, "incidents").await, (false, Costs::default()));
        let again = looks_up(&lake, &acme.facts(), "incidents").await;
        assert_eq!(again, (false, Costs { reads: 1, ..Costs::default() }), "whether there is a newer anchor");
    }

    #[tokio::test]
    async fn what_was_compacted_since_a_model_is_read_in_the_log_once_whoever_asks() {
        let (lake, acme) = modelled().await;
        let changes = acme.table(entities::fact("changes").unwrap());
        assert_eq!(changes.compact().await.unwrap().files_after, 1);
        let (found, first) = looks_up(&lake, &acme.facts(), "changes").await;
        assert!(found && first.bytes_read > 0, "{first:?}");
        let (found, again) = looks_up(&lake, &acme.facts(), "changes").await;
        assert!(found && again.bytes_read == 0, "{again:?}");
        // What changed rows after that is none of the model.
        let rows = row::batch(changes.entity(), &[Row::new(changes.entity()).set("id", "c")]).unwrap();
        changes.append(&[rows], &[], When::New).await.unwrap();
        assert_eq!(acme.facts().table("changes").await.unwrap().unwrap().rows(), Some(2));
    }
}
