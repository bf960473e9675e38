//! A session for one question: one tenant's tables, reading statements, and limits that hold to the last row.
//!
//! Everything a query can name is put in here by hand: the tables handed to [`Session::build`], the views of the metrics and risks,
//! an `information_schema` of exactly those, and the functions that neither read files nor make memory out of nothing.
//! What is not here cannot be reached, so there is no filter that could be forgotten. Under a row policy the tables are those
//! that [`crate::policy`] makes of them, so that all else is planned over what may be seen.

mod allowed;
mod analysed;
mod any_match;
mod as_of;
mod as_of_join;
mod bound;
mod bounded;
mod breadth;
mod checked;
mod computed;
mod cooperative;
mod counted;
mod date_diff;
mod days;
mod few;
mod first_above;
mod folding;
mod formats;
mod framed;
mod functions;
mod habits;
mod held;
mod information;
mod instead;
mod likeness;
mod listing;
mod matched;
mod mistake;
mod once;
mod ordered;
mod parameters;
mod parse;
mod passes;
mod patterns;
mod period_start;
mod plain;
mod planned;
mod planning;
mod ramp;
mod ready;
mod regexp_extract;
mod repeatable;
mod replace;
mod rolling;
mod series;
mod spelled;
mod squares;
mod statement;
mod strpos;
mod summed;
mod tables;
mod through;
mod together;
mod uncomputed;
mod unfolded;
mod utc;
pub(crate) mod values;
mod verify;
mod views;
mod watch;
mod weigh;
mod whether;
mod whole;
mod widths;
mod windowed;
mod words;
mod workers;

pub use bound::MOST_BYTES as MOST_STATEMENT_BYTES;
pub(crate) use folding::Fold;
pub use functions::{FunctionKind, functions, names as function_names};
pub use listing::{Listed, ListedColumn, ListedSchema, Relation};
pub use mistake::{Mistake, nearest};
#[cfg(test)]
pub(crate) use passes::tests::after as after_passes;
pub use planned::{Memory, Outline, Planned};
pub use planning::Described;
pub use statement::{MOST_PARAMETERS, Parameters, Statement};
pub(crate) use words::bare;
pub use workers::places;

use crate::lake::{Seen, Versions};
use crate::metrics::Definition;
use crate::metrics::names::Kept;
use crate::percentile::Together;
use crate::policy::Named;
use crate::policy::{Shown, without_people};
use crate::share::{Share, USED_BY_OTHERS};
use crate::{Error, Policy, Result, TenantId, texts};
use analysed::Ours;
use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use arrow::error::ArrowError;
use chrono::{DateTime, Utc};
use datafusion::catalog::{
    CatalogProvider, CatalogProviderList, MemoryCatalogProvider, MemoryCatalogProviderList, SchemaProvider,
};
use datafusion::error::DataFusionError;
use datafusion::execution::SendableRecordBatchStream;
use datafusion::execution::config::SessionConfig;
use datafusion::execution::runtime_env::RuntimeEnv;
use datafusion::execution::session_state::{SessionState, SessionStateBuilder};
use days::Days;
use framed::Framed;
use futures::TryStreamExt as _;
use information::Information;
use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};
use tables::Tables;
use whether::Whether;
use workers::Workers;

/// The catalogue that a session's tables stand in.
pub const CATALOGUE: &str = "pulse";
/// The schema that a bare table name is looked up in.
pub const DEFAULT_SCHEMA: &str = "facts";
/// The schema of the risks that stand.
pub const RISKS_SCHEMA: &str = "risk";

/// What one question may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Limits {
    /// Its share of the process's memory pool, in bytes; sorts and aggregates beyond it spill to the bounded disk.
    pub memory_bytes: usize,
    /// How long it may run, from planning to its last row.
    pub seconds: u64,
    /// How many rows its answer may have.
    pub rows: usize,
    /// How many bytes its answer may have, as Arrow holds it.
    pub bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { memory_bytes: 512 << 20, seconds: 60, rows: 1_000_000, bytes: 1 << 30 }
    }
}

/// A session over one tenant's tables. `Debug` tells no SQL and no rows.
pub struct Session {
    state: SessionState,
    /// The tables alone, as they may be named: what somebody's own metric is planned over before it is kept.
    drafts: Schemas,
    /// What views are planned over, for whoever may not name all of that.
    beyond: Option<Arc<views::Below>>,
    limits: Limits,
    workers: Workers,
    seen: Seen,
    own: Arc<[Definition]>,
    memory: Memory,
    information: Arc<Information>,
    names: Kept,
    shows_all_rows: bool,
    /// Whether plans are hashed where they are made.
    hashes: bool,
    /// What time it is, where it is not that of the clock.
    now: Option<DateTime<Utc>>,
}

impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Session").field("limits", &self.limits).finish_non_exhaustive()
    }
}

impl Session {
    /// A session over `tables`, each named by schema (`core`, `facts` or `raw`) and name, as `policy` lets them be seen. `env`
    /// brings the disk to spill to and a store that is confined to the tenant; its memory pool is used through this session's
    /// share.
    ///
    /// # Errors
    /// [`Error::Table`] when two tables have one name.
    pub fn build(tables: Vec<Named>, env: Arc<RuntimeEnv>, limits: Limits, policy: &Policy) -> Result<Self> {
        Self::measuring(tables, env, limits, policy, Arc::default())
    }

    /// The same, with metrics of the tenant's own besides those of the catalogue.
    ///
    /// # Errors
    /// As [`Session::build`].
    pub(crate) fn measuring(
        tables: Vec<Named>,
        env: Arc<RuntimeEnv>,
        limits: Limits,
        policy: &Policy,
        own: Arc<[Definition]>,
    ) -> Result<Self> {
        let shown = policy.over(tables);
        let schemas = schemas(&shown)?;
        // Who sees no people names tables without them; views are planned over whole ones.
        let named_schemas =
            if policy.shows_people() { schemas.clone() } else { self::schemas(&without_people(&shown)?)? };
        let share = Arc::new(Share::new(Arc::clone(&env.memory_pool), limits.memory_bytes));
        let memory = Memory(Arc::clone(&share));
        let env = Arc::new(RuntimeEnv { memory_pool: share, ..RuntimeEnv::clone(&env) });
        let below = Arc::new(views::Below::new(schemas, Arc::clone(&env), limits));
        let beyond = (!policy.shows_people()).then(|| Arc::clone(&below));
        let catalogue = MemoryCatalogProvider::new();
        let mut listed: BTreeMap<String, Arc<dyn SchemaProvider>> = BTreeMap::new();
        for (schema, statements) in views::statements(&own)? {
            let views: Arc<dyn SchemaProvider> = Arc::new(views::Views::new(Arc::clone(&below), statements));
            catalogue.register_schema(&schema, Arc::clone(&views))?;
            listed.insert(schema, views);
        }
        for (name, schema) in &named_schemas {
            listed.insert((*name).to_owned(), Arc::clone(schema));
        }
        let information = Arc::new(Information::new(listed));
        catalogue.register_schema(information::SCHEMA, Arc::clone(&information) as _)?;
        let state = state(named(catalogue, &named_schemas)?, env, limits);
        let workers = Workers::of_the_process()?;
        Ok(Self {
            state,
            drafts: named_schemas,
            beyond,
            limits,
            workers,
            seen: Seen::default(),
            own,
            memory,
            information,
            names: Kept::default(),
            shows_all_rows: policy.shows_all_rows(),
            hashes: false,
            now: None,
        })
    }

    /// The same session, whose tables note in `seen` what is read of them.
    pub(crate) fn noting(self, seen: Seen) -> Self {
        Self { seen, ..self }
    }

    /// The same session, in which it is that instant, in microseconds since 1970: `now()` and the like tell it.
    #[must_use]
    pub fn at(self, instant: i64) -> Self {
        Self { now: DateTime::from_timestamp_micros(instant), ..self }
    }

    /// The same session, whose plans are hashed on the threads that they are made on, for whoever asks for [`Outline::hash`].
    #[must_use]
    pub fn hashing(self) -> Self {
        Self { hashes: true, ..self }
    }

    /// The same session, whose questions stand in this tenant's line.
    pub(crate) fn of(self, tenant: &TenantId) -> Self {
        Self { workers: self.workers.of(tenant), ..self }
    }

    /// The versions of all tables that its questions have read until now, those that a row policy asks included.
    pub fn versions(&self) -> Versions {
        self.seen.versions()
    }

    /// How many reads of tables its questions have come to until now.
    pub fn reads(&self) -> u64 {
        self.seen.reads()
    }

    /// The versions of the tables that were read, or whose rows were made use of once more, since there had been so many reads.
    pub fn read_since(&self, reads: u64) -> Versions {
        self.seen.since(reads)
    }

    /// Notes that what was made of these tables before is made use of once more.
    pub(crate) fn read_again(&self, read: &Versions) {
        self.seen.again(read);
    }

    /// The tenant's own metrics.
    pub fn own(&self) -> &[Definition] {
        &self.own
    }

    /// Whether it shows everybody's rows: under a row policy, what is not there may be there for others.
    pub fn shows_all_rows(&self) -> bool {
        self.shows_all_rows
    }

    /// What was looked up of what repositories, projects and teams are called.
    pub(crate) fn names(&self) -> &Kept {
        &self.names
    }

    /// Plans the statement of a metric of the tenant's own, as its view will be, and runs nothing. What is wrong is told with its line,
    /// where that is known.
    ///
    /// # Errors
    /// [`Error::Question`] when the statement is refused or cannot be planned, or names more where people are shown than here.
    pub(crate) async fn columns_of_own(&self, text: &str) -> Result<SchemaRef> {
        bound::text(text)?;
        let with_line = |error| match instead::seen_in(text, error) {
            Error::Mistake(mistake) => match mistake.at {
                Some((line, _)) => Error::Question(format!("line {line}: {}", mistake.why)),
                None => Error::Question(mistake.why),
            },
            error => error,
        };
        let parsed = parse::statement(text).map_err(with_line)?;
        bound::own(&parsed)?;
        // What somebody defines asks no more than they may ask themselves.
        let env = Arc::clone(self.state.runtime_env());
        let drafts = state(named(MemoryCatalogProvider::new(), &self.drafts)?, env, self.limits);
        let (plan, _) = planning::logical(&drafts, parsed.clone(), &Parameters::default()).await.map_err(with_line)?;
        weigh::check(&plan)?;
        // Its view is planned over whole tables, whoever asks.
        if let Some(beyond) = &self.beyond
            && !beyond.is_planned_alike(parsed, &plan).await?
        {
            return Err(Error::Question(NAMES_PEOPLE.into()));
        }
        Ok(texts::plain_schema(plan.schema().inner()))
    }

    /// Plans one reading statement and begins to run it, on threads of its own. The limits hold until the stream ends;
    /// dropping it ends the query.
    ///
    /// # Errors
    /// As [`Session::plan`]. What goes wrong later comes through the stream.
    pub async fn sql(&self, text: &str) -> Result<SendableRecordBatchStream> {
        Ok(self.plan(&Statement::new(text), self.deadline()).await?.run())
    }

    /// All rows of one reading statement.
    ///
    /// # Errors
    /// As [`Session::sql`], and whatever ends the stream.
    pub async fn collect(&self, text: &str) -> Result<Vec<RecordBatch>> {
        self.sql(text).await?.try_collect().await.map_err(error)
    }

    /// What there is to ask of. Views are planned for it, as a statement is.
    ///
    /// # Errors
    /// As [`Session::plan`], and when storage fails.
    pub async fn listing(&self) -> Result<Vec<ListedSchema>> {
        let information = Arc::clone(&self.information);
        self.on_thread(self.deadline(), async move |_, _place| listing::of(&information).await).await
    }

    /// Whether a table or view of that name is there.
    pub fn has_table(&self, schema: &str, name: &str) -> bool {
        let catalogue = self.state.catalog_list().catalog(CATALOGUE);
        catalogue.and_then(|c| c.schema(schema)).is_some_and(|s| s.table_exist(name))
    }
}

/// What is told of a statement that would show others what its maker may not name.
const NAMES_PEOPLE: &str = "the statement would name people for those who ask it, which takes the permission `people:read`: write the columns out in the place of `*`, each with its table, as in c.merged_at";

/// A list with one catalogue, in which these schemas stand, too.
fn named(catalogue: MemoryCatalogProvider, schemas: &Schemas) -> Result<Arc<dyn CatalogProviderList>> {
    for (name, schema) in schemas {
        catalogue.register_schema(name, Arc::clone(schema))?;
    }
    let list = MemoryCatalogProviderList::new();
    list.register_catalog(CATALOGUE.to_owned(), Arc::new(catalogue));
    Ok(Arc::new(list))
}

type Schemas = BTreeMap<&'static str, Arc<dyn SchemaProvider>>;

fn schemas(shown: &Shown) -> Result<Schemas> {
    let mut schemas: BTreeMap<&str, Tables> = BTreeMap::new();
    for schema in ["core", DEFAULT_SCHEMA] {
        schemas.insert(schema, Tables::default());
    }
    for (schema, name, table) in &shown.tables {
        if !schemas.entry(*schema).or_default().add(name, Arc::clone(table)) {
            return Err(Error::Table {
                table: format!("{schema}/{name}"),
                reason: "was given to a session twice".into(),
            });
        }
    }
    for (schema, name, why) in &shown.withheld {
        schemas.entry(*schema).or_default().withhold(name.clone(), *why);
    }
    Ok(schemas.into_iter().map(|(name, tables)| (name, Arc::new(tables) as _)).collect())
}

/// What all sessions are set to. Made once: what it asks the machine, such as how many cores it has, is read from files.
static SET: LazyLock<SessionConfig> = LazyLock::new(|| {
    SessionConfig::new()
        .with_default_catalog_and_schema(CATALOGUE, DEFAULT_SCHEMA)
        .with_create_default_catalog_and_schema(false)
        // Ours stands in the catalogue; DataFusion's own would show its settings.
        .with_information_schema(false)
        .set_bool("datafusion.execution.split_file_groups_by_statistics", true)
        .set_bool("datafusion.execution.parquet.schema_force_view_types", false)
        .set_bool("datafusion.sql_parser.map_string_types_to_utf8view", false)
        // Mistakes are told with their place.
        .set_bool("datafusion.sql_parser.collect_spans", true)
});

fn state(catalogues: Arc<dyn CatalogProviderList>, env: Arc<RuntimeEnv>, limits: Limits) -> SessionState {
    // Kept back by each thread for merging sorted runs; a share of many threads, or a small one, could not spare 10 MB for each.
    let merging = limits.memory_bytes / (4 * SET.target_partitions().max(1));
    let config = SET.clone().with_sort_spill_reservation_bytes(merging.min(10 << 20));
    functions::register(SessionStateBuilder::new())
        .with_config(config)
        .with_runtime_env(env)
        .with_catalog_list(catalogues)
        .with_analyzer_rule(Arc::new(Ours))
        .with_optimizer_rule(Arc::new(Together))
        .with_optimizer_rule(Arc::new(Days))
        .with_optimizer_rule(Arc::new(Whether))
        .with_optimizer_rule(Arc::new(Framed))
        .with_query_planner(Arc::new(as_of::Planner))
        .build()
}

/// A failure of planning or running, as one of ours.
pub fn error(failure: DataFusionError) -> Error {
    if let Some(asked) = asked(&failure) {
        return asked;
    }
    match failure {
        DataFusionError::External(inner) => match inner.downcast::<Error>() {
            Ok(ours) => *ours,
            Err(other) => Error::Query(DataFusionError::External(other)),
        },
        DataFusionError::Context(_, inner) => error(*inner),
        DataFusionError::Diagnostic(_, inner) => error(*inner),
        DataFusionError::Shared(inner) => match Arc::try_unwrap(inner) {
            Ok(inner) => error(inner),
            Err(shared) => Error::Query(DataFusionError::Shared(shared)),
        },
        other => Error::Query(other),
    }
}

/// The failures that whoever asked can do something about. Tasks share a failure, so it is looked at and not taken.
fn asked(failure: &DataFusionError) -> Option<Error> {
    match failure {
        DataFusionError::Context(_, inner) => asked(inner),
        DataFusionError::Diagnostic(diagnostic, inner) => asked(inner).map(|error| match error {
            Error::Mistake(mistake) => mistake.noted(diagnostic).into(),
            error => error,
        }),
        DataFusionError::Shared(inner) => asked(inner),
        DataFusionError::Collection(failures) => failures.first().and_then(asked),
        DataFusionError::External(inner) => asked_within(inner.as_ref()),
        DataFusionError::ArrowError(inner, _) => match inner.as_ref() {
            ArrowError::ExternalError(inner) => asked_within(inner.as_ref()),
            ArrowError::DivideByZero
            | ArrowError::CastError(_)
            | ArrowError::ComputeError(_)
            | ArrowError::ArithmeticOverflow(_)
            | ArrowError::InvalidArgumentError(_)
            | ArrowError::ParseError(_) => Some(uncomputed(&inner.to_string())),
            _ => None,
        },
        DataFusionError::Execution(why) => Some(uncomputed(why)),
        // A mistake, whatever the planner takes it for.
        DataFusionError::Internal(why) if why.starts_with("Failed to coerce types") => {
            Some(Mistake::of(failure).into())
        }
        DataFusionError::ResourcesExhausted(why) => Some(exhausted(why)),
        DataFusionError::Plan(_)
        | DataFusionError::SQL(..)
        | DataFusionError::SchemaError(..)
        | DataFusionError::NotImplemented(_) => Some(Mistake::of(failure).into()),
        _ => None,
    }
}

fn asked_within(inner: &(dyn std::error::Error + Send + Sync + 'static)) -> Option<Error> {
    match inner.downcast_ref::<Error>() {
        Some(Error::Question(why)) => Some(Error::Question(why.clone())),
        Some(Error::Mistake(mistake)) => Some(Error::Mistake(mistake.clone())),
        Some(Error::Busy(why)) => Some(Error::Busy(why.clone())),
        Some(Error::TimedOut { seconds }) => Some(Error::TimedOut { seconds: *seconds }),
        Some(_) => None,
        None => match inner.downcast_ref::<DataFusionError>() {
            Some(failure) => asked(failure),
            None => uncomputed::pattern(&inner.to_string()).map(Error::Question),
        },
    }
}

/// What is told of a query for which its share of the memory is too small.
const TOO_LARGE: &str =
    "the query needs more memory than its share: narrow the period, select fewer columns, or group by less";

/// Whether a query failed since its share of the memory is too small.
fn is_too_large(failure: &DataFusionError) -> bool {
    matches!(asked(failure), Some(Error::Question(why)) if why == TOO_LARGE)
}

/// The reason names consumers by their expressions, and those of a shared pool are not all the asker's own.
fn exhausted(why: &str) -> Error {
    if why.starts_with(USED_BY_OTHERS) {
        return Error::Busy(format!("{USED_BY_OTHERS}: try again in a moment"));
    }
    tracing::debug!(why, "a query reached its share of the memory");
    Error::Question(TOO_LARGE.into())
}

fn uncomputed(why: &str) -> Error {
    Mistake::uncomputed(why).into()
}

#[cfg(test)]
mod as_of_tests;
#[cfg(test)]
mod bound_tests;
#[cfg(test)]
mod habits_tests;
#[cfg(test)]
mod limits_tests;
#[cfg(test)]
mod matched_tests;
#[cfg(test)]
mod memory_tests;
#[cfg(test)]
mod parameters_tests;
#[cfg(test)]
mod statement_tests;
#[cfg(test)]
mod tests;
