//! The tables of one schema.

use crate::Error;
use async_trait::async_trait;
use datafusion::catalog::{SchemaProvider, TableProvider};
use datafusion::error::{DataFusionError, Result};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The tables that there are, and those that a row policy withholds: they are in no list, and who names one is told why.
#[derive(Debug, Default)]
pub(super) struct Tables {
    shown: BTreeMap<String, Arc<dyn TableProvider>>,
    withheld: BTreeSet<String>,
}

impl Tables {
    /// Adds a table; false when there is one of that name.
    pub(super) fn add(&mut self, name: &str, table: Arc<dyn TableProvider>) -> bool {
        self.shown.insert(name.to_owned(), table).is_none()
    }

    /// Notes a table that is not shown.
    pub(super) fn withhold(&mut self, name: String) {
        self.withheld.insert(name);
    }
}

#[async_trait]
impl SchemaProvider for Tables {
    fn table_names(&self) -> Vec<String> {
        self.shown.keys().cloned().collect()
    }

    async fn table(&self, name: &str) -> Result<Option<Arc<dyn TableProvider>>> {
        if self.withheld.contains(name) {
            return Err(DataFusionError::External(Box::new(Error::Question(format!(
                "the table `{name}` is not shown to whoever sees some teams and projects only, because nothing says which of them its rows belong to: leave it out, or ask somebody who sees everything. SHOW TABLES lists what you see"
            )))));
        }
        Ok(self.shown.get(name).cloned())
    }

    fn table_exist(&self, name: &str) -> bool {
        self.shown.contains_key(name)
    }
}
