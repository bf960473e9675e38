//! Which columns make a row unique, and which hold the id of another table's row, as the declarations say.
//!
//! Neither is enforced by a constraint: the steps that write the tables see to the first, and a reference may lead to a row
//! that its source never told of.

use super::patterns::catalogue;
use crate::http::Problem;
use arrow::array::{ArrayRef, Int32Array, RecordBatch, StringArray, UInt8Array};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use arrow_flight::sql::{
    CommandGetCrossReference, CommandGetExportedKeys, CommandGetImportedKeys, CommandGetPrimaryKeys, UpdateDeleteRules,
};
use pulse_engine::entities::{self, Layer};
use pulse_engine::session::{CATALOGUE, Relation};
use std::sync::Arc;

/// The columns of an answer about primary keys.
pub(super) fn primary_schema() -> SchemaRef {
    schema(&[
        ("catalog_name", DataType::Utf8, true),
        ("db_schema_name", DataType::Utf8, true),
        ("table_name", DataType::Utf8, false),
        ("column_name", DataType::Utf8, false),
        ("key_name", DataType::Utf8, true),
        ("key_sequence", DataType::Int32, false),
    ])
}

/// The columns of an answer about foreign keys.
pub(super) fn foreign_schema() -> SchemaRef {
    schema(&[
        ("pk_catalog_name", DataType::Utf8, true),
        ("pk_db_schema_name", DataType::Utf8, true),
        ("pk_table_name", DataType::Utf8, false),
        ("pk_column_name", DataType::Utf8, false),
        ("fk_catalog_name", DataType::Utf8, true),
        ("fk_db_schema_name", DataType::Utf8, true),
        ("fk_table_name", DataType::Utf8, false),
        ("fk_column_name", DataType::Utf8, false),
        ("key_sequence", DataType::Int32, false),
        ("fk_key_name", DataType::Utf8, true),
        ("pk_key_name", DataType::Utf8, true),
        ("update_rule", DataType::UInt8, false),
        ("delete_rule", DataType::UInt8, false),
    ])
}

fn schema(columns: &[(&str, DataType, bool)]) -> SchemaRef {
    let fields = columns.iter().map(|(name, kind, nullable)| Field::new(*name, kind.clone(), *nullable));
    Arc::new(Schema::new(fields.collect::<Vec<_>>()))
}

/// A table as a command names it.
struct Named<'a> {
    catalogue: Option<&'a str>,
    schema: Option<&'a str>,
    name: &'a str,
}

impl Named<'_> {
    fn is(&self, schema: &str, name: &str) -> bool {
        catalogue(self.catalogue) && self.schema.is_none_or(|named| named == schema) && self.name == name
    }
}

/// What makes a row of a table unique.
pub(super) fn primary(tables: &[Relation], asked: &CommandGetPrimaryKeys) -> Result<RecordBatch, Problem> {
    let named = Named { catalogue: asked.catalog.as_deref(), schema: asked.db_schema.as_deref(), name: &asked.table };
    let found = tables.iter().filter(|table| named.is(&table.schema, &table.name));
    let columns: Vec<(&Relation, &str, i32)> = found
        .filter_map(|table| Some((table, entities::behind(&table.schema, &table.name)?)))
        .flat_map(|(table, entity)| (1..).zip(entity.key).map(move |(place, column)| (table, *column, place)))
        .collect();
    let key_names = columns.iter().map(|(table, ..)| key_name(&table.name));
    batch(
        primary_schema(),
        vec![
            texts(columns.iter().map(|_| CATALOGUE)),
            texts(columns.iter().map(|(table, ..)| &table.schema)),
            texts(columns.iter().map(|(table, ..)| &table.name)),
            texts(columns.iter().map(|(_, column, _)| column)),
            texts(key_names),
            Arc::new(Int32Array::from_iter_values(columns.iter().map(|(.., place)| *place))),
        ],
    )
}

/// What a table refers to.
pub(super) fn imported(tables: &[Relation], asked: &CommandGetImportedKeys) -> Result<RecordBatch, Problem> {
    let from = Named { catalogue: asked.catalog.as_deref(), schema: asked.db_schema.as_deref(), name: &asked.table };
    let mut found = references(tables);
    found.retain(|reference| from.is(&reference.from.schema, &reference.from.name));
    found.sort_by_key(|reference| (reference.to, reference.column));
    foreign(&found)
}

/// What refers to a table.
pub(super) fn exported(tables: &[Relation], asked: &CommandGetExportedKeys) -> Result<RecordBatch, Problem> {
    let to = Named { catalogue: asked.catalog.as_deref(), schema: asked.db_schema.as_deref(), name: &asked.table };
    let mut found = references(tables);
    found.retain(|reference| to.is(&reference.to.schema, &reference.to.name));
    foreign(&found)
}

/// How one table refers to another.
pub(super) fn crossing(tables: &[Relation], asked: &CommandGetCrossReference) -> Result<RecordBatch, Problem> {
    let to =
        Named { catalogue: asked.pk_catalog.as_deref(), schema: asked.pk_db_schema.as_deref(), name: &asked.pk_table };
    let from =
        Named { catalogue: asked.fk_catalog.as_deref(), schema: asked.fk_db_schema.as_deref(), name: &asked.fk_table };
    let mut found = references(tables);
    found.retain(|r| to.is(&r.to.schema, &r.to.name) && from.is(&r.from.schema, &r.from.name));
    foreign(&found)
}

/// A column that holds the id of a row of another table.
struct Reference<'a> {
    from: &'a Relation,
    column: &'static str,
    to: &'a Relation,
}

/// Every reference between these tables, by the table that it is in. One that leads to a table which is not among them is not told.
fn references(tables: &[Relation]) -> Vec<Reference<'_>> {
    let mut all = Vec::new();
    for from in tables {
        let Some(entity) = entities::behind(&from.schema, &from.name) else { continue };
        for column in entity.columns() {
            let target = column.refers_to();
            let to = target.and_then(|to| tables.iter().find(|t| t.schema == Layer::Core.name() && t.name == to.name));
            all.extend(to.map(|to| Reference { from, column: column.name, to }));
        }
    }
    all
}

fn foreign(found: &[Reference<'_>]) -> Result<RecordBatch, Problem> {
    // None of them is one of several columns of a key, and nothing follows from a change of what they lead to.
    let rule = UpdateDeleteRules::NoAction as u8;
    let each = |value: u8| Arc::new(UInt8Array::from(vec![value; found.len()])) as ArrayRef;
    batch(
        foreign_schema(),
        vec![
            texts(found.iter().map(|_| CATALOGUE)),
            texts(found.iter().map(|r| &r.to.schema)),
            texts(found.iter().map(|r| &r.to.name)),
            texts(found.iter().map(|_| "id")),
            texts(found.iter().map(|_| CATALOGUE)),
            texts(found.iter().map(|r| &r.from.schema)),
            texts(found.iter().map(|r| &r.from.name)),
            texts(found.iter().map(|r| r.column)),
            Arc::new(Int32Array::from(vec![1; found.len()])),
            texts(found.iter().map(|r| format!("{}_{}", r.from.name, r.column))),
            texts(found.iter().map(|r| key_name(&r.to.name))),
            each(rule),
            each(rule),
        ],
    )
}

fn key_name(table: &str) -> String {
    format!("{table}_key")
}

fn texts<T: AsRef<str>>(values: impl IntoIterator<Item = T>) -> ArrayRef {
    Arc::new(StringArray::from_iter_values(values))
}

fn batch(schema: SchemaRef, columns: Vec<ArrayRef>) -> Result<RecordBatch, Problem> {
    Ok(RecordBatch::try_new(schema, columns).map_err(crate::Error::from)?)
}
