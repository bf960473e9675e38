//! Statements as views: the metrics' observations, the risks that stand.

use super::{Limits, Parameters, RISKS_SCHEMA, Schemas, habits, named, parse, planning, state};
use crate::metrics::{self, Definition, published};
use crate::risk;
use async_trait::async_trait;
use datafusion::catalog::{MemoryCatalogProvider, SchemaProvider, TableProvider};
use datafusion::datasource::ViewTable;
use datafusion::error::DataFusionError;
use datafusion::execution::runtime_env::RuntimeEnv;
use datafusion::execution::session_state::SessionState;
use datafusion::logical_expr::{LogicalPlan, TableType};
use datafusion::sql::parser::Statement;
use parking_lot::Mutex;
use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::sync::{Arc, OnceLock};

/// The statements of a schema's views, by their names.
type Statements = BTreeMap<String, Arc<Told>>;

/// The statement of a view. It is read once for all sessions that have the view: it says the same whatever their tables are.
pub(super) struct Told {
    text: String,
    read: OnceLock<Statement>,
}

impl Told {
    fn of(text: String) -> Arc<Self> {
        Arc::new(Self { text, read: OnceLock::new() })
    }

    /// As it is read when somebody asks it, or keeps it as a metric of their own.
    fn read(&self) -> crate::Result<Statement> {
        if let Some(read) = self.read.get() {
            return Ok(read.clone());
        }
        let mut parsed = parse::statement(&self.text)?;
        habits::in_our_words(&mut parsed)?;
        Ok(self.read.get_or_init(|| parsed).clone())
    }
}

/// The statements of all views, by schema: those that everybody has, and a tenant's own metrics.
pub(super) fn statements(own: &[Definition]) -> crate::Result<BTreeMap<String, Arc<Statements>>> {
    static OF_EVERYBODY: OnceLock<BTreeMap<String, Arc<Statements>>> = OnceLock::new();
    let mut all = match OF_EVERYBODY.get() {
        Some(all) => all.clone(),
        None => {
            let made = of_everybody()?;
            OF_EVERYBODY.get_or_init(|| made).clone()
        }
    };
    for metric in own {
        let told = Told::of(metric.sql.clone());
        Arc::make_mut(all.entry(metric.schema.clone()).or_default()).insert(metric.name.clone(), told);
    }
    Ok(all)
}

fn of_everybody() -> crate::Result<BTreeMap<String, Arc<Statements>>> {
    let risks = risk::views()?.into_iter().map(|(name, text)| (name, Told::of(text)));
    let mut all: BTreeMap<String, Statements> = BTreeMap::from([(RISKS_SCHEMA.to_owned(), risks.collect())]);
    for metric in metrics::catalogue()? {
        all.entry(metric.schema.clone()).or_default().insert(metric.name.clone(), Told::of(metric.sql.clone()));
    }
    let (schema, name) = published::BENCHMARKS;
    all.entry(schema.to_owned()).or_default().insert(name.to_owned(), Told::of(published::statement()?));
    Ok(all.into_iter().map(|(schema, statements)| (schema, Arc::new(statements))).collect())
}

/// The tables alone, over which views are planned: they cannot name each other, and no list holds itself.
pub(super) struct Below {
    schemas: Schemas,
    env: Arc<RuntimeEnv>,
    limits: Limits,
    /// Made when the first view is named, which in most sessions none is.
    state: OnceLock<SessionState>,
}

impl Below {
    pub(super) fn new(schemas: Schemas, env: Arc<RuntimeEnv>, limits: Limits) -> Self {
        Self { schemas, env, limits, state: OnceLock::new() }
    }

    fn state(&self) -> crate::Result<&SessionState> {
        if let Some(made) = self.state.get() {
            return Ok(made);
        }
        let made = state(named(MemoryCatalogProvider::new(), &self.schemas)?, Arc::clone(&self.env), self.limits);
        Ok(self.state.get_or_init(|| made))
    }

    /// Whether a statement is planned over these tables as it was by somebody who may name fewer of their columns. A `*` is not, nor is a
    /// name that means another column where theirs is there, too.
    pub(super) async fn is_planned_alike(&self, statement: Statement, plan: &LogicalPlan) -> crate::Result<bool> {
        let ours = planning::logical(self.state()?, statement, &Parameters::default()).await;
        Ok(ours.is_ok_and(|(ours, _)| ours.display_indent().to_string() == plan.display_indent().to_string()))
    }
}

/// The views of one schema, each planned when it is first asked for: the tables that it is planned over stay the same.
pub(super) struct Views {
    below: Arc<Below>,
    statements: Arc<Statements>,
    planned: Mutex<HashMap<String, Arc<dyn TableProvider>>>,
}

impl Views {
    /// Views of these names, each a statement over those tables.
    pub(super) fn new(below: Arc<Below>, statements: Arc<Statements>) -> Self {
        Self { below, statements, planned: Mutex::default() }
    }
}

impl fmt::Debug for Views {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Views").finish_non_exhaustive()
    }
}

#[async_trait]
impl SchemaProvider for Views {
    fn table_names(&self) -> Vec<String> {
        self.statements.keys().cloned().collect()
    }

    async fn table(&self, name: &str) -> Result<Option<Arc<dyn TableProvider>>, DataFusionError> {
        let Some(told) = self.statements.get(name) else { return Ok(None) };
        let planned = self.planned.lock().get(name).cloned();
        if let Some(planned) = planned {
            return Ok(Some(planned));
        }
        let parsed = told.read().map_err(|error| DataFusionError::External(Box::new(error)))?;
        let below = self.below.state().map_err(|error| DataFusionError::External(Box::new(error)))?;
        let plan = below.statement_to_plan(parsed).await?;
        let view: Arc<dyn TableProvider> = Arc::new(ViewTable::new(plan, Some(told.text.clone())));
        self.planned.lock().insert(name.to_owned(), Arc::clone(&view));
        Ok(Some(view))
    }

    async fn table_type(&self, name: &str) -> Result<Option<TableType>, DataFusionError> {
        Ok(self.table_exist(name).then_some(TableType::View))
    }

    fn table_exist(&self, name: &str) -> bool {
        self.statements.contains_key(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_view_is_planned_once_for_all_that_its_session_is_asked() {
        let below = Below::new(Schemas::new(), Arc::default(), Limits::default());
        let statements = Statements::from([("one".to_owned(), Told::of("SELECT 1 AS one".to_owned()))]);
        let views = Views::new(Arc::new(below), Arc::new(statements));
        let view = async |name| views.table(name).await.unwrap();
        let (first, again) = (view("one").await.unwrap(), view("one").await.unwrap());
        assert!(Arc::ptr_eq(&first, &again));
        assert!(view("two").await.is_none());
    }

    #[tokio::test]
    async fn a_statement_of_everybodys_is_read_once_for_all_sessions() {
        let told = || Arc::clone(&statements(&[]).unwrap()[RISKS_SCHEMA]["projects"]);
        let (first, again) = (told(), told());
        assert!(Arc::ptr_eq(&first, &again));
        let read = first.read().unwrap();
        assert_eq!((again.read.get(), again.read().unwrap()), (Some(&read), read.clone()));
        // What is read of it is what it says.
        let mut parsed = parse::statement(&first.text).unwrap();
        habits::in_our_words(&mut parsed).unwrap();
        assert_eq!(read, parsed);
    }
}
