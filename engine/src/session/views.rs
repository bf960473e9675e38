//! Statements as views: the metrics' observations, the risks that stand.

use super::{habits, parse};
use async_trait::async_trait;
use datafusion::catalog::{SchemaProvider, TableProvider};
use datafusion::datasource::ViewTable;
use datafusion::error::DataFusionError;
use datafusion::execution::session_state::SessionState;
use datafusion::logical_expr::TableType;
use datafusion::sql::parser::Statement;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

/// The views of one schema, each planned when it is asked for.
pub(super) struct Views {
    tables: SessionState,
    statements: BTreeMap<String, String>,
}

impl Views {
    /// Views of these names, each a statement over the tables of that state.
    pub(super) fn new(tables: SessionState, statements: BTreeMap<String, String>) -> Self {
        Self { tables, statements }
    }
}

/// A statement as it is read when somebody asks it, or keeps it as a metric of their own.
fn read(statement: &str) -> crate::Result<Statement> {
    let mut parsed = parse::statement(statement)?;
    habits::in_our_words(&mut parsed)?;
    Ok(parsed)
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
        let Some(statement) = self.statements.get(name) else { return Ok(None) };
        let parsed = read(statement).map_err(|error| DataFusionError::External(Box::new(error)))?;
        let plan = self.tables.statement_to_plan(parsed).await?;
        Ok(Some(Arc::new(ViewTable::new(plan, Some(statement.clone())))))
    }

    async fn table_type(&self, name: &str) -> Result<Option<TableType>, DataFusionError> {
        Ok(self.table_exist(name).then_some(TableType::View))
    }

    fn table_exist(&self, name: &str) -> bool {
        self.statements.contains_key(name)
    }
}
