//! The tables of one schema.

use crate::Error;
use crate::policy::Withheld;
use async_trait::async_trait;
use datafusion::catalog::{SchemaProvider, TableProvider};
use datafusion::error::{DataFusionError, Result};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The tables that there are, and those that a policy withholds: they are in no list, and who names one is told why.
#[derive(Debug, Default)]
pub(super) struct Tables {
    shown: BTreeMap<String, Arc<dyn TableProvider>>,
    withheld: BTreeMap<String, Withheld>,
}

impl Tables {
    /// Adds a table; false when there is one of that name.
    pub(super) fn add(&mut self, name: &str, table: Arc<dyn TableProvider>) -> bool {
        self.shown.insert(name.to_owned(), table).is_none()
    }

    /// Notes a table that is not shown.
    pub(super) fn withhold(&mut self, name: String, why: Withheld) {
        self.withheld.insert(name, why);
    }
}

#[async_trait]
impl SchemaProvider for Tables {
    fn table_names(&self) -> Vec<String> {
        self.shown.keys().cloned().collect()
    }

    async fn table(&self, name: &str) -> Result<Option<Arc<dyn TableProvider>>> {
        if let Some(why) = self.withheld.get(name) {
            return Err(DataFusionError::External(Box::new(Error::Question(why.why(name)))));
        }
        Ok(self.shown.get(name).cloned())
    }

    fn table_exist(&self, name: &str) -> bool {
        self.shown.contains_key(name)
    }
}
