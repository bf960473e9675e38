//! The metrics' observations as views.

use crate::metrics::{self, Definition};
use async_trait::async_trait;
use datafusion::catalog::{SchemaProvider, TableProvider};
use datafusion::datasource::ViewTable;
use datafusion::error::DataFusionError;
use datafusion::execution::session_state::SessionState;
use datafusion::logical_expr::TableType;
use std::fmt;
use std::sync::Arc;

/// One view for each metric of one schema, planned when it is asked for.
pub(super) struct Views {
    tables: SessionState,
    definitions: Vec<&'static Definition>,
}

impl Views {
    pub(super) fn new(schema: &str, tables: SessionState) -> crate::Result<Self> {
        let definitions = metrics::catalogue()?.iter().filter(|d| d.schema == schema).collect();
        Ok(Self { tables, definitions })
    }

    fn definition(&self, name: &str) -> Option<&'static Definition> {
        self.definitions.iter().copied().find(|d| d.name == name)
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
        self.definitions.iter().map(|d| d.name.clone()).collect()
    }

    async fn table(&self, name: &str) -> Result<Option<Arc<dyn TableProvider>>, DataFusionError> {
        let Some(definition) = self.definition(name) else { return Ok(None) };
        let plan = self.tables.create_logical_plan(&definition.sql).await?;
        Ok(Some(Arc::new(ViewTable::new(plan, Some(definition.sql.clone())))))
    }

    async fn table_type(&self, name: &str) -> Result<Option<TableType>, DataFusionError> {
        Ok(self.definition(name).map(|_| TableType::View))
    }

    fn table_exist(&self, name: &str) -> bool {
        self.definition(name).is_some()
    }
}
