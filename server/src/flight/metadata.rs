//! What there is: catalogues, schemas, tables, their keys, types, and what the server can do. All of it is what the asker's session
//! holds, so it names nothing that they cannot ask for, and reads no table.

use super::{information, keys, patterns, types};
use crate::http::Problem;
use arrow::array::RecordBatch;
use arrow::datatypes::{Field, Schema, SchemaRef};
use arrow_flight::error::FlightError;
use arrow_flight::sql::metadata::{GetCatalogsBuilder, GetDbSchemasBuilder, GetTablesBuilder};
use arrow_flight::sql::{Command, CommandGetDbSchemas, CommandGetTableTypes, CommandGetTables};
use pulse_engine::session::{CATALOGUE, Relation, Session};
use std::collections::HashMap;

/// What a table and a view are called here.
const TABLE: &str = "TABLE";
const VIEW: &str = "VIEW";
/// Where a field says what its column holds, and a schema what its table does, as Flight SQL has it.
const REMARKS: &str = "ARROW:FLIGHT:SQL:REMARKS";

/// The columns that a command is answered with; `None` when it asks for something else.
pub(super) fn schema(command: &Command) -> Result<Option<SchemaRef>, Problem> {
    Ok(Some(match command {
        Command::CommandGetCatalogs(_) => GetCatalogsBuilder::new().schema(),
        Command::CommandGetDbSchemas(_) => GetDbSchemasBuilder::new(None::<String>, None::<String>).schema(),
        Command::CommandGetTables(asked) => tables_builder(asked.include_schema).schema(),
        Command::CommandGetTableTypes(_) => CommandGetTableTypes {}.into_builder().schema(),
        Command::CommandGetPrimaryKeys(_) => keys::primary_schema(),
        Command::CommandGetImportedKeys(_)
        | Command::CommandGetExportedKeys(_)
        | Command::CommandGetCrossReference(_) => keys::foreign_schema(),
        Command::CommandGetXdbcTypeInfo(_) => types::all().map_err(failed)?.schema(),
        Command::CommandGetSqlInfo(_) => information::all().map_err(failed)?.schema(),
        _ => return Ok(None),
    }))
}

/// Whether statements are planned for the answer to a command: those of views, for their columns.
pub(super) fn plans(command: &Command) -> bool {
    matches!(command, Command::CommandGetTables(asked) if asked.include_schema)
}

/// The answer to a command; `None` when it asks for something else.
pub(super) async fn rows(session: &Session, command: &Command) -> Result<Option<RecordBatch>, Problem> {
    Ok(Some(match command {
        Command::CommandGetCatalogs(_) => {
            let mut catalogues = GetCatalogsBuilder::new();
            catalogues.append(CATALOGUE);
            catalogues.build().map_err(failed)?
        }
        Command::CommandGetDbSchemas(asked) => schemas(session, asked)?,
        Command::CommandGetTables(asked) => tables(session, asked).await?,
        Command::CommandGetTableTypes(_) => {
            let mut kinds = CommandGetTableTypes {}.into_builder();
            kinds.append(TABLE);
            kinds.append(VIEW);
            kinds.build().map_err(failed)?
        }
        Command::CommandGetPrimaryKeys(asked) => keys::primary(&session.relations().await?, asked)?,
        Command::CommandGetImportedKeys(asked) => keys::imported(&session.relations().await?, asked)?,
        Command::CommandGetExportedKeys(asked) => keys::exported(&session.relations().await?, asked)?,
        Command::CommandGetCrossReference(asked) => keys::crossing(&session.relations().await?, asked)?,
        Command::CommandGetXdbcTypeInfo(asked) => {
            types::all().and_then(|all| all.record_batch(asked.data_type)).map_err(failed)?
        }
        Command::CommandGetSqlInfo(asked) => {
            information::all().and_then(|all| all.record_batch(asked.info.iter().copied())).map_err(failed)?
        }
        _ => return Ok(None),
    }))
}

fn schemas(session: &Session, asked: &CommandGetDbSchemas) -> Result<RecordBatch, Problem> {
    let mut builder = GetDbSchemasBuilder::new(None::<String>, None::<String>);
    if patterns::catalogue(asked.catalog.as_deref()) {
        let names = session.schemas();
        let matches = patterns::matching(asked.db_schema_filter_pattern.as_deref(), names.iter().map(String::as_str))?;
        for (name, _) in names.iter().zip(matches).filter(|(_, matches)| *matches) {
            builder.append(CATALOGUE, name);
        }
    }
    builder.build().map_err(failed)
}

async fn tables(session: &Session, asked: &CommandGetTables) -> Result<RecordBatch, Problem> {
    let mut chosen = session.relations().await?;
    let schemas =
        patterns::matching(asked.db_schema_filter_pattern.as_deref(), chosen.iter().map(|t| t.schema.as_str()))?;
    let names = patterns::matching(asked.table_name_filter_pattern.as_deref(), chosen.iter().map(|t| t.name.as_str()))?;
    let mut matches = schemas.into_iter().zip(names).map(|(schema, name)| schema && name);
    let ours = patterns::catalogue(asked.catalog.as_deref());
    let is_asked_for = |kind: &str| asked.table_types.is_empty() || asked.table_types.iter().any(|asked| asked == kind);
    chosen.retain(|table| matches.next() == Some(true) && ours && is_asked_for(kind(table)));

    let mut builder = tables_builder(asked.include_schema);
    let columns = if asked.include_schema { session.columns(&chosen).await? } else { Vec::new() };
    let mut columns = columns.into_iter();
    for table in &chosen {
        let schema = columns.next().map_or_else(|| Ok(Schema::empty()), |schema| explained(table, &schema))?;
        builder.append(CATALOGUE, &table.schema, &table.name, kind(table), &schema).map_err(failed)?;
    }
    builder.build().map_err(failed)
}

/// What is chosen is chosen before it gets there: views are planned only where they are asked for.
fn tables_builder(include_schema: bool) -> GetTablesBuilder {
    GetTablesBuilder::new(None::<String>, None::<String>, None::<String>, [""; 0], include_schema)
}

fn kind(table: &Relation) -> &'static str {
    if table.is_view { VIEW } else { TABLE }
}

/// A table's columns, with what its declaration says of it and of them.
fn explained(table: &Relation, schema: &Schema) -> Result<Schema, Problem> {
    let remarks = |meaning: &str| HashMap::from([(REMARKS.to_owned(), meaning.to_owned())]);
    let field = |field: &Field| match table.about_column(field.name()) {
        Some(meaning) => field.clone().with_metadata(remarks(meaning)),
        None => field.clone(),
    };
    let fields: Vec<Field> = schema.fields().iter().map(|each| field(each)).collect();
    let about = Some(table.about()?).filter(|about| !about.is_empty());
    Ok(Schema::new(fields).with_metadata(about.map(remarks).unwrap_or_default()))
}

/// What the builders of these answers fail at, which none of our names makes them.
fn failed(error: FlightError) -> Problem {
    crate::Error::Output(std::io::Error::other(error)).into()
}
