//! Tables without what names people.

use super::{Shown, Withheld};
use crate::entities;
use arrow::datatypes::SchemaRef;
use async_trait::async_trait;
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::{Result, Statistics};
use datafusion::logical_expr::{Expr, TableProviderFilterPushDown, TableType};
use datafusion::physical_plan::ExecutionPlan;
use std::sync::Arc;

/// What is shown, without the tables of people, the columns that name one, and payloads, which hold whatever a vendor told.
pub(crate) fn without_people(shown: &Shown) -> arrow::error::Result<Shown> {
    let mut rest = Shown { tables: Vec::new(), withheld: shown.withheld.clone() };
    for (schema, name, table) in &shown.tables {
        let entity = entities::declared(schema, name);
        let is_of_people = entity.map_or(*schema == entities::RAW.layer.name(), |entity| entity.is_of_people());
        if is_of_people {
            rest.withheld.push((schema, name.clone(), Withheld::People));
            continue;
        }
        let names_one = |column: &str| entity.and_then(|e| e.column(column)).is_some_and(|c| c.names_a_person());
        let schema_of = table.schema();
        let fields = schema_of.fields().iter().enumerate();
        let kept: Vec<usize> = fields.filter(|(_, field)| !names_one(field.name())).map(|(at, _)| at).collect();
        let table: Arc<dyn TableProvider> = if kept.len() == schema_of.fields().len() {
            Arc::clone(table)
        } else {
            Arc::new(Narrowed { schema: Arc::new(schema_of.project(&kept)?), whole: Arc::clone(table), kept })
        };
        rest.tables.push((schema, name.clone(), table));
    }
    Ok(rest)
}

/// A table of which some columns are there.
#[derive(Debug)]
pub(crate) struct Narrowed {
    whole: Arc<dyn TableProvider>,
    schema: SchemaRef,
    /// The places of its columns in the whole table.
    kept: Vec<usize>,
}

impl Narrowed {
    /// The table with all of them.
    pub(crate) fn whole(&self) -> &dyn TableProvider {
        self.whole.as_ref()
    }
}

#[async_trait]
impl TableProvider for Narrowed {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn table_type(&self) -> TableType {
        self.whole.table_type()
    }

    fn supports_filters_pushdown(&self, filters: &[&Expr]) -> Result<Vec<TableProviderFilterPushDown>> {
        self.whole.supports_filters_pushdown(filters)
    }

    fn statistics(&self) -> Option<Statistics> {
        let mut whole = self.whole.statistics()?;
        let columns = self.kept.iter().filter_map(|at| whole.column_statistics.get(*at).cloned()).collect();
        whole.column_statistics = columns;
        Some(whole)
    }

    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let read = match projection {
            Some(asked) => asked.iter().filter_map(|at| self.kept.get(*at).copied()).collect(),
            None => self.kept.clone(),
        };
        self.whole.scan(state, Some(&read), filters, limit).await
    }
}
