//! What a session has: its schemas, tables and views, and what their declarations say of them. Nothing of it asks the store.

use super::{CATALOGUE, Session, information};
use crate::{Error, Result, entities, metrics, risk};
use arrow::datatypes::SchemaRef;
use datafusion::catalog::SchemaProvider;
use datafusion::execution::session_state::SessionState;
use datafusion::logical_expr::TableType;
use std::sync::Arc;

/// A table or view.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Listed {
    /// Its schema.
    pub schema: String,
    /// Its name.
    pub name: String,
    /// Whether it is a view.
    pub is_view: bool,
}

impl Listed {
    /// What it holds, as its declaration says.
    pub fn meaning(&self) -> Option<&'static str> {
        if let Some(entity) = entities::behind(&self.schema, &self.name) {
            return Some(entity.doc);
        }
        let (metrics, rules) = (metrics::catalogue().ok()?, risk::rules().ok()?);
        let metric = metrics.iter().find(|metric| metric.schema == self.schema && metric.name == self.name);
        let rule = rules.iter().find(|rule| self.schema == super::RISKS_SCHEMA && rule.name == self.name);
        metric.map(|metric| metric.description.as_str()).or(rule.map(|rule| rule.description.as_str()))
    }

    /// What one of its columns holds, as its declaration says.
    pub fn column_meaning(&self, column: &str) -> Option<&'static str> {
        information::meaning(&self.schema, &self.name, column)
    }
}

impl Session {
    /// The names of its schemas, in order; those that `information_schema` lists.
    pub fn schemas(&self) -> Vec<String> {
        self.providers().into_iter().map(|(name, _)| name).collect()
    }

    /// Its tables and views, in order; those that `information_schema` lists.
    ///
    /// # Errors
    /// When a view's kind cannot be told.
    pub async fn tables(&self) -> Result<Vec<Listed>> {
        let mut all = Vec::new();
        for (schema, provider) in self.providers() {
            for name in provider.table_names() {
                let is_view = provider.table_type(&name).await.map_err(super::error)? == Some(TableType::View);
                all.push(Listed { schema: schema.clone(), name, is_view });
            }
        }
        all.sort();
        Ok(all)
    }

    /// The columns of each of these, which this session listed. Views are planned for it.
    ///
    /// # Errors
    /// As [`Session::sql`] when planning takes too long or has no place; [`Error::Query`] when a view cannot be planned.
    pub async fn columns(&self, of: &[Listed]) -> Result<Vec<SchemaRef>> {
        let of = of.to_vec();
        self.planned(self.deadline(), async move |state, _place| {
            let mut all = Vec::with_capacity(of.len());
            for table in of {
                let gone = || Error::Question(format!("there is no table `{}.{}` any more", table.schema, table.name));
                let provider = schema(&state, &table.schema).ok_or_else(gone)?;
                let provider = provider.table(&table.name).await.map_err(super::error)?.ok_or_else(gone)?;
                all.push(provider.schema());
            }
            Ok(all)
        })
        .await
    }

    fn providers(&self) -> Vec<(String, Arc<dyn SchemaProvider>)> {
        let catalogue = self.state.catalog_list().catalog(CATALOGUE);
        let mut names = catalogue.map(|catalogue| catalogue.schema_names()).unwrap_or_default();
        names.retain(|name| name != information::SCHEMA);
        names.sort();
        names.into_iter().filter_map(|name| schema(&self.state, &name).map(|provider| (name, provider))).collect()
    }
}

fn schema(state: &SessionState, name: &str) -> Option<Arc<dyn SchemaProvider>> {
    state.catalog_list().catalog(CATALOGUE)?.schema(name)
}
