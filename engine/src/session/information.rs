//! `information_schema`: this session's tables and columns, and nothing of the process.

use super::{CATALOGUE, RISKS_SCHEMA};
use crate::metrics::published;
use crate::{entities, metrics, texts};
use arrow::array::{ArrayRef, Int32Array, RecordBatch, StringArray};
use async_trait::async_trait;
use datafusion::catalog::{MemTable, SchemaProvider, TableProvider};
use datafusion::error::{DataFusionError, Result};
use datafusion::logical_expr::TableType;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Its name.
pub(super) const SCHEMA: &str = "information_schema";
const TABLES: &str = "tables";
const COLUMNS: &str = "columns";
const SCHEMATA: &str = "schemata";

/// The schemas that a session has.
#[derive(Debug)]
pub(super) struct Information {
    schemas: BTreeMap<String, Arc<dyn SchemaProvider>>,
}

impl Information {
    pub(super) fn new(schemas: BTreeMap<String, Arc<dyn SchemaProvider>>) -> Self {
        Self { schemas }
    }

    /// The names of the schemas.
    pub(super) fn schemas(&self) -> impl Iterator<Item = &str> {
        self.schemas.keys().map(String::as_str)
    }

    /// A schema.
    pub(super) fn schema(&self, name: &str) -> Option<&Arc<dyn SchemaProvider>> {
        self.schemas.get(name)
    }

    fn schemata(&self) -> Result<RecordBatch> {
        let names: Vec<_> = self.schemas.keys().cloned().collect();
        batch([("catalog_name", texts(names.iter().map(|_| CATALOGUE))), ("schema_name", texts(&names))])
    }

    /// All tables and views, by schema and name.
    pub(super) fn names(&self) -> Vec<(&str, &Arc<dyn SchemaProvider>, String)> {
        let mut all = Vec::new();
        for (schema, provider) in &self.schemas {
            let mut names = provider.table_names();
            names.sort();
            all.extend(names.into_iter().map(|name| (schema.as_str(), provider, name)));
        }
        all
    }

    async fn tables(&self) -> Result<RecordBatch> {
        let names = self.names();
        let mut kinds = Vec::with_capacity(names.len());
        for (_, provider, name) in &names {
            kinds.push(match provider.table_type(name).await? {
                Some(TableType::View) => "VIEW",
                _ => "BASE TABLE",
            });
        }
        batch([
            ("table_catalog", texts(names.iter().map(|_| CATALOGUE))),
            ("table_schema", texts(names.iter().map(|(schema, ..)| schema))),
            ("table_name", texts(names.iter().map(|(.., name)| name))),
            ("table_type", texts(kinds)),
        ])
    }

    async fn columns(&self) -> Result<RecordBatch> {
        let mut rows: Vec<[String; 6]> = Vec::new();
        let mut positions = Vec::new();
        for (schema, provider, name) in self.names() {
            let table = match provider.table(&name).await {
                // Of a tenant's own, one may name what is not there any more, or not for whoever asks.
                Err(_) if schema == metrics::OWN => continue,
                table => table?,
            };
            let Some(table) = table else { continue };
            for (position, field) in (1_i32..).zip(table.schema().fields()) {
                let nullable = if field.is_nullable() { "YES" } else { "NO" };
                rows.push([
                    schema.to_owned(),
                    name.clone(),
                    field.name().clone(),
                    nullable.to_owned(),
                    texts::plain(field.data_type()).to_string(),
                    meaning(schema, &name, field.name()).unwrap_or_default().to_owned(),
                ]);
                positions.push(position);
            }
        }
        let column = |i: usize| texts(rows.iter().map(move |row| &row[i]));
        batch([
            ("table_catalog", texts(rows.iter().map(|_| CATALOGUE))),
            ("table_schema", column(0)),
            ("table_name", column(1)),
            ("column_name", column(2)),
            ("ordinal_position", Arc::new(Int32Array::from(positions)) as ArrayRef),
            ("is_nullable", column(3)),
            ("data_type", column(4)),
            ("description", column(5)),
        ])
    }
}

/// What the declaration says of a column.
pub(super) fn meaning(schema: &str, table: &str, column: &str) -> Option<&'static str> {
    if (schema, table) == published::BENCHMARKS {
        return published::column(column);
    }
    if schema == metrics::OWN || metrics::SCHEMAS.iter().any(|(name, _)| *name == schema) {
        return metrics::meaning(column);
    }
    if schema == RISKS_SCHEMA {
        let column = if column == "reason" { "sentence" } else { column };
        return entities::declared("facts", "risks")?.column(column).map(|c| c.doc);
    }
    entities::behind(schema, table)?.column(column).map(|c| c.doc)
}

fn texts<T: AsRef<str>>(values: impl IntoIterator<Item = T>) -> ArrayRef {
    Arc::new(StringArray::from_iter_values(values))
}

fn batch<const N: usize>(columns: [(&str, ArrayRef); N]) -> Result<RecordBatch> {
    Ok(RecordBatch::try_from_iter(columns)?)
}

#[async_trait]
impl SchemaProvider for Information {
    fn table_names(&self) -> Vec<String> {
        [TABLES, COLUMNS, SCHEMATA].map(str::to_owned).to_vec()
    }

    async fn table(&self, name: &str) -> Result<Option<Arc<dyn TableProvider>>, DataFusionError> {
        let batch = match name {
            TABLES => self.tables().await?,
            COLUMNS => self.columns().await?,
            SCHEMATA => self.schemata()?,
            _ => return Ok(None),
        };
        Ok(Some(Arc::new(MemTable::try_new(batch.schema(), vec![vec![batch]])?)))
    }

    fn table_exist(&self, name: &str) -> bool {
        [TABLES, COLUMNS, SCHEMATA].contains(&name)
    }
}
