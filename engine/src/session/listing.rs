//! What a session has, for whoever looks around in it: schemas, their tables and views, and the columns of those.

use super::information::{Information, meaning};
use super::{RISKS_SCHEMA, Session};
use crate::entities::{self, Layer};
use crate::lake::TenantTable;
use crate::metrics::published;
use crate::{Error, Result, metrics, risk, texts};
use arrow::datatypes::{Schema, SchemaRef};
use datafusion::catalog::TableProvider;
use datafusion::logical_expr::TableType;
use std::any::Any;
use std::sync::Arc;

/// A schema.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedSchema {
    /// Its name.
    pub name: String,
    /// What it is about.
    pub about: String,
    /// Its tables and views, by name.
    pub tables: Vec<Listed>,
}

/// A table or a view.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Its name.
    pub name: String,
    /// Whether it is a view.
    pub is_view: bool,
    /// What its rows are.
    pub about: String,
    /// How many rows it holds, as its log says; `None` for a view, where the log does not know, and under a row policy.
    pub rows: Option<u64>,
    /// Its columns, in their order.
    pub columns: Vec<ListedColumn>,
}

/// A column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedColumn {
    /// Its name.
    pub name: String,
    /// The type of its values in answers.
    pub kind: String,
    /// Whether it may be NULL.
    pub nullable: bool,
    /// What it holds, and in which unit.
    pub about: String,
}

/// A table or a view, by its name alone: nothing is planned for it, and nothing read.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Relation {
    /// Its schema.
    pub schema: String,
    /// Its name.
    pub name: String,
    /// Whether it is a view.
    pub is_view: bool,
}

impl Relation {
    /// What its rows are; empty where nothing is declared of it.
    ///
    /// # Errors
    /// When the catalogue of metrics or that of risk rules cannot be read.
    pub fn about(&self) -> Result<&'static str> {
        about_table(&self.schema, &self.name)
    }

    /// What one of its columns holds, and in which unit.
    pub fn about_column(&self, column: &str) -> Option<&'static str> {
        meaning(&self.schema, &self.name, column)
    }
}

impl Session {
    /// The names of its schemas, in order; those that `information_schema` lists.
    pub fn schemas(&self) -> Vec<String> {
        self.information.schemas().map(str::to_owned).collect()
    }

    /// Its tables and views, in order; those that `information_schema` lists.
    ///
    /// # Errors
    /// When a view's kind cannot be told.
    pub async fn relations(&self) -> Result<Vec<Relation>> {
        let mut all = Vec::new();
        for (schema, provider, name) in self.information.names() {
            let is_view = provider.table_type(&name).await.map_err(super::error)? == Some(TableType::View);
            all.push(Relation { schema: schema.to_owned(), name, is_view });
        }
        Ok(all)
    }

    /// The columns of each of these, which this session listed. Views are planned for it; one of the tenant's own that cannot be has none.
    ///
    /// # Errors
    /// As [`Session::plan`].
    pub async fn columns(&self, of: &[Relation]) -> Result<Vec<SchemaRef>> {
        let (of, information) = (of.to_vec(), Arc::clone(&self.information));
        self.on_thread(self.deadline(), async move |_, _place| {
            let mut all = Vec::with_capacity(of.len());
            for relation in &of {
                let gone = || Error::Question(format!("there is no `{}.{}` any more", relation.schema, relation.name));
                let provider = information.schema(&relation.schema).ok_or_else(gone)?;
                all.push(match provider.table(&relation.name).await {
                    Err(_) if relation.schema == metrics::OWN => Arc::new(Schema::empty()),
                    table => texts::plain_schema(&table.map_err(super::error)?.ok_or_else(gone)?.schema()),
                });
            }
            Ok(all)
        })
        .await
    }
}

/// All of it.
pub(super) async fn of(information: &Information) -> Result<Vec<ListedSchema>> {
    let mut schemas: Vec<ListedSchema> = Vec::new();
    for (schema, provider, name) in information.names() {
        let table = match provider.table(&name).await {
            // Of a tenant's own, one may name what is not there any more, or not for whoever asks.
            Err(_) if schema == metrics::OWN => continue,
            table => table.map_err(super::error)?,
        };
        let Some(table) = table else { continue };
        let column = |field: &Arc<arrow::datatypes::Field>| ListedColumn {
            name: field.name().clone(),
            kind: texts::plain(field.data_type()).to_string(),
            nullable: field.is_nullable(),
            about: meaning(schema, &name, field.name()).unwrap_or_default().to_owned(),
        };
        let listed = Listed {
            is_view: table.table_type() == TableType::View,
            about: about_table(schema, &name)?.to_owned(),
            rows: rows(table.as_ref()).await?,
            columns: table.schema().fields().iter().map(column).collect(),
            name,
        };
        match schemas.last_mut().filter(|last| last.name == schema) {
            Some(last) => last.tables.push(listed),
            None => schemas.push(ListedSchema {
                name: schema.to_owned(),
                about: about_schema(schema).to_owned(),
                tables: vec![listed],
            }),
        }
    }
    Ok(schemas)
}

/// How many rows a table of the lake holds. What a policy stands before is none of those.
async fn rows(table: &dyn TableProvider) -> Result<Option<u64>> {
    match (table as &dyn Any).downcast_ref::<TenantTable>() {
        Some(table) => table.rows().await,
        None => Ok(None),
    }
}

fn about_schema(schema: &str) -> &'static str {
    if schema == metrics::OWN {
        return "Metrics that the tenant defined itself";
    }
    if schema == RISKS_SCHEMA {
        return "Risks that stand, by the rule that found them";
    }
    let metrics = metrics::SCHEMAS.iter().find(|(name, _)| *name == schema).map(|(_, about)| *about);
    let layer = || Layer::ALL.into_iter().find(|layer| layer.name() == schema).map(Layer::doc);
    metrics.or_else(layer).unwrap_or_default()
}

fn about_table(schema: &str, name: &str) -> Result<&'static str> {
    if let Some(entity) = entities::behind(schema, name) {
        return Ok(entity.doc);
    }
    if schema == RISKS_SCHEMA {
        let rule = risk::rules()?.iter().find(|rule| rule.name == name);
        return Ok(rule.map_or("The combined risk of each project", |rule| rule.description.as_str()));
    }
    if (schema, name) == published::BENCHMARKS {
        return Ok(published::ABOUT);
    }
    let metric = metrics::catalogue()?.iter().find(|metric| metric.schema == schema && metric.name == name);
    Ok(metric.map_or("", |metric| metric.description.as_str()))
}
