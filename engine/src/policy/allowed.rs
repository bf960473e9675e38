//! What a policy allows of one tenant: the ids of its things, from the tenant's own tables.

use super::Named;
use crate::entities::{self, Belonging, Entity, Layer, Thing};
use arrow::array::{Array as _, AsArray as _, BooleanArray, RecordBatch, StringViewArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Schema};
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::{DataFusionError, Result, internal_err};
use datafusion::execution::memory_pool::{MemoryConsumer, MemoryReservation};
use datafusion::physical_plan::ExecutionPlanProperties as _;
use futures::future::BoxFuture;
use futures::{FutureExt as _, TryStreamExt as _};
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;
use tokio::sync::OnceCell;

/// The ids of everything that a policy allows, each kind looked up when first asked for, and once in a session: all of a
/// session's answers rest on the same.
///
/// - A team is itself, a project also when one of the teams owns it.
/// - A repository belongs to every project that has it in its scope, as it does for the metrics.
/// - All else belongs to what the declaration of its table says.
pub(super) struct Allowed {
    teams: BTreeSet<String>,
    projects: BTreeSet<String>,
    core: BTreeMap<String, Arc<dyn TableProvider>>,
    known: [OnceCell<Arc<Ids>>; KINDS],
}

/// How many kinds of things there are.
const KINDS: usize = Thing::Incident as usize + 1;

/// Tells no ids: there may be many.
impl std::fmt::Debug for Allowed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Allowed").finish_non_exhaustive()
    }
}

impl Allowed {
    /// What these teams and projects come to in the tenant whose tables these are.
    pub(super) fn new(teams: BTreeSet<String>, projects: BTreeSet<String>, tables: &[Named]) -> Self {
        let core = tables.iter().filter(|(schema, ..)| *schema == Layer::Core.name());
        let core = core.map(|(_, name, table)| (name.clone(), Arc::clone(table))).collect();
        Self { teams, projects, core, known: Default::default() }
    }

    /// The ids of the things of one kind that are allowed.
    pub(super) fn ids<'a>(&'a self, of: Thing, state: &'a dyn Session) -> BoxFuture<'a, Result<Arc<Ids>>> {
        async move {
            let look = || async { self.look(of, state).await.map(Arc::new) };
            Ok(Arc::clone(self.known[of as usize].get_or_try_init(look).await?))
        }
        .boxed()
    }

    async fn look(&self, of: Thing, state: &dyn Session) -> Result<Ids> {
        let mut ids = Ids::new(state);
        match of {
            Thing::Team => ids.extend(self.teams.iter().map(String::as_str))?,
            Thing::Project => {
                ids.extend(self.projects.iter().map(String::as_str))?;
                let teams = self.ids(Thing::Team, state).await?;
                self.read("projects", &["id", "team_id", "deleted_at"], state, |batch| {
                    let (id, team) = (texts(batch, 0)?, texts(batch, 1)?);
                    let owned = present(batch, 2).filter(|row| teams.has(&team, *row));
                    ids.extend(owned.filter(|row| id.is_valid(*row)).map(|row| id.value(row)))
                })
                .await?;
            }
            Thing::Repository => {
                let projects = self.ids(Thing::Project, state).await?;
                let columns = ["scope_id", "scope_kind", "project_id", "deleted_at"];
                self.read("project_scopes", &columns, state, |batch| {
                    let (id, kind, project) = (texts(batch, 0)?, texts(batch, 1)?, texts(batch, 2)?);
                    let repository = |row: &usize| kind.is_valid(*row) && kind.value(*row) == "repository";
                    let scoped = present(batch, 3).filter(repository).filter(|row| projects.has(&project, *row));
                    ids.extend(scoped.filter(|row| id.is_valid(*row)).map(|row| id.value(row)))
                })
                .await?;
            }
            Thing::PullRequest => self.shown("pull_requests", &mut ids, state).await?,
            Thing::WorkItem => self.shown("work_items", &mut ids, state).await?,
            Thing::Incident => self.shown("incidents", &mut ids, state).await?,
        }
        Ok(ids)
    }

    /// The ids of a core table's rows that its own declaration lets be seen.
    async fn shown(&self, table: &str, ids: &mut Ids, state: &dyn Session) -> Result<()> {
        let entity = entities::core(table).map_err(|e| DataFusionError::External(Box::new(e)))?;
        let schema = entity.schema();
        let mut read = vec![schema.index_of("id")?];
        let ways = self.ways(entity.belongs, &schema, &mut read, state).await?;
        let columns: Vec<&str> = read.iter().map(|place| schema.field(*place).name().as_str()).collect();
        self.read(table, &columns, state, |batch| {
            let (id, shown) = (texts(batch, 0)?, ways.shown(batch)?);
            let seen = (0..batch.num_rows()).filter(|row| shown.value(*row) && id.is_valid(*row));
            ids.extend(seen.map(|row| id.value(row)))
        })
        .await
    }

    /// How rows are told to belong to what is allowed, when the columns at the places `read` of `schema` are read. Those
    /// that are missing there are added.
    pub(super) async fn ways(
        &self,
        belongs: &[Belonging],
        schema: &Schema,
        read: &mut Vec<usize>,
        state: &dyn Session,
    ) -> Result<Ways> {
        let mut ways = Vec::with_capacity(belongs.len());
        for belonging in belongs {
            ways.push((place(schema, read, belonging.by)?, self.ids(belonging.to, state).await?));
        }
        Ok(Ways(ways))
    }

    /// The names among the columns at the places `read` of `schema`, each shown only where the thing is that it names. The columns that
    /// hold the ids of those are added where they are missing.
    pub(super) async fn names(
        &self,
        entity: &Entity,
        schema: &Schema,
        read: &mut Vec<usize>,
        state: &dyn Session,
    ) -> Result<Names> {
        let mut names = Vec::new();
        for at in 0..read.len() {
            let column = entity.column(schema.field(read[at]).name());
            if let Some(named) = column.and_then(|column| column.names) {
                names.push((at, place(schema, read, named.by)?, self.ids(named.to, state).await?));
            }
        }
        Ok(Names(names))
    }

    /// Calls `found` with each batch of a core table; never, where the session has no such table.
    async fn read(
        &self,
        table: &str,
        columns: &[&str],
        state: &dyn Session,
        mut found: impl FnMut(&RecordBatch) -> Result<()>,
    ) -> Result<()> {
        let Some(table) = self.core.get(table) else { return Ok(()) };
        let schema = table.schema();
        let places = columns.iter().map(|name| schema.index_of(name)).collect::<Result<Vec<_>, _>>()?;
        let plan = table.scan(state, Some(&places), &[], None).await?;
        let context = state.task_ctx();
        // One after the other: this is part of the planning, which runs on a thread of its own and starts no tasks.
        for partition in 0..plan.output_partitioning().partition_count() {
            let mut batches = plan.execute(partition, Arc::clone(&context))?;
            while let Some(batch) = batches.try_next().await? {
                found(&batch)?;
            }
        }
        Ok(())
    }
}

/// Ids, and the memory that they are counted for.
#[derive(Debug)]
pub(super) struct Ids {
    all: HashSet<Box<str>>,
    memory: MemoryReservation,
}

/// What an id takes beside its text.
const ENTRY: usize = 32;

impl Ids {
    fn new(state: &dyn Session) -> Self {
        let memory = MemoryConsumer::new("row policy").register(&state.runtime_env().memory_pool);
        Self { all: HashSet::new(), memory }
    }

    fn extend<'a>(&mut self, ids: impl Iterator<Item = &'a str>) -> Result<()> {
        for id in ids {
            if !self.all.contains(id) {
                self.memory.try_grow(id.len() + ENTRY)?;
                self.all.insert(id.into());
            }
        }
        Ok(())
    }

    fn has(&self, texts: &StringViewArray, row: usize) -> bool {
        texts.is_valid(row) && self.all.contains(texts.value(row))
    }

    pub(super) fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// All of them, when there are at most so many.
    pub(super) fn few(&self, most: usize) -> Option<impl Iterator<Item = &str>> {
        (self.all.len() <= most).then(|| self.all.iter().map(|id| &**id))
    }
}

/// The ways in which a row may belong to what is allowed: the place of a column, and the ids that it may hold.
#[derive(Clone, Debug)]
pub(super) struct Ways(Vec<(usize, Arc<Ids>)>);

impl Ways {
    /// Which rows of a batch may be seen.
    pub(super) fn shown(&self, batch: &RecordBatch) -> Result<BooleanArray> {
        let mut shown = vec![false; batch.num_rows()];
        for (place, ids) in &self.0 {
            let texts = texts(batch, *place)?;
            for (row, shown) in shown.iter_mut().enumerate() {
                *shown = *shown || ids.has(&texts, row);
            }
        }
        Ok(shown.into())
    }

    /// Each column's place with its ids.
    pub(super) fn iter(&self) -> impl Iterator<Item = (usize, &Ids)> {
        self.0.iter().map(|(place, ids)| (*place, ids.as_ref()))
    }
}

/// The columns that name things, with those that hold the ids of what they name, and the ids of what is shown.
#[derive(Clone, Debug)]
pub(super) struct Names(Vec<(usize, usize, Arc<Ids>)>);

impl Names {
    /// The same rows with NULL in the place of what names a thing that is not shown.
    pub(super) fn shown(&self, batch: RecordBatch) -> Result<RecordBatch> {
        if self.0.is_empty() {
            return Ok(batch);
        }
        let mut columns = batch.columns().to_vec();
        for (at, by, ids) in &self.0 {
            let (names, of) = (texts(&batch, *at)?, texts(&batch, *by)?);
            let shown = names.iter().enumerate().map(|(row, name)| name.filter(|_| ids.has(&of, row)));
            columns[*at] = cast(&shown.collect::<StringViewArray>(), batch.column(*at).data_type())?;
        }
        Ok(RecordBatch::try_new(batch.schema(), columns)?)
    }
}

/// The place of a column among those that are read, to which it is added where it is missing.
fn place(schema: &Schema, read: &mut Vec<usize>, name: &str) -> Result<usize> {
    let column = schema.index_of(name)?;
    let place = read.iter().position(|c| *c == column).unwrap_or(read.len());
    if place == read.len() {
        read.push(column);
    }
    Ok(place)
}

/// The texts of a column, however it holds them: none is copied.
fn texts(batch: &RecordBatch, place: usize) -> Result<StringViewArray> {
    let column = batch.column(place);
    if !matches!(column.data_type(), DataType::Utf8 | DataType::Utf8View) {
        return internal_err!("column {place} of a table under a row policy is no text");
    }
    Ok(cast(column, &DataType::Utf8View)?.as_string_view().clone())
}

/// The rows that their source still has.
fn present(batch: &RecordBatch, deleted_at: usize) -> impl Iterator<Item = usize> + '_ {
    (0..batch.num_rows()).filter(move |row| batch.column(deleted_at).is_null(*row))
}
