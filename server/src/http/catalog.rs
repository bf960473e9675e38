//! `GET /api/v1/catalog`: what there is to ask of in SQL.

use super::trail::Slot;
use super::{App, Asker, Problem};
use crate::queries::{Door, Question};
use arrow::array::Array as _;
use arrow::error::ArrowError;
use arrow::util::display::{ArrayFormatter, FormatOptions};
use axum::Json;
use axum::extract::{Path, State};
use pulse_engine::Tenant;
use pulse_engine::session::{Listed, ListedColumn, ListedSchema, Statement};
use serde::Serialize;
use utoipa::ToSchema;

/// What there is to ask of.
#[derive(Serialize, ToSchema)]
pub(super) struct Catalog {
    schemas: Vec<CatalogSchema>,
}

/// A schema.
#[derive(Serialize, ToSchema)]
pub(super) struct CatalogSchema {
    name: String,
    /// What it is about.
    about: String,
    tables: Vec<CatalogTable>,
}

/// A table or view.
#[derive(Serialize, ToSchema)]
pub(super) struct CatalogTable {
    name: String,
    /// `table` or `view`.
    kind: &'static str,
    /// What its rows are.
    about: String,
    /// How many rows it holds; `null` of views, where that is not known, and for whoever sees some teams and projects only.
    rows: Option<u64>,
    columns: Vec<CatalogColumn>,
}

/// A column.
#[derive(Serialize, ToSchema)]
pub(super) struct CatalogColumn {
    name: String,
    /// The type, as `arrow_typeof` tells it.
    r#type: String,
    nullable: bool,
    /// What it holds, and in which unit.
    about: String,
    /// Some of its values as text, where one table is asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    samples: Option<Vec<String>>,
}

/// How many rows are looked at for values, how many of these are told of each column, and how much of each.
const LOOKED_AT: usize = 200;
const SAMPLES: usize = 5;
const LETTERS: usize = 80;

/// Schemas, tables and columns
///
/// All that a statement may name, as whoever asks sees it.
#[utoipa::path(get, path = "/api/v1/catalog", tag = "sql", responses((status = 200, body = Catalog), Problem))]
pub(super) async fn show(State(app): State<App>, asker: Asker, slot: Slot) -> Result<Json<Catalog>, Problem> {
    let listing = listing(&app, &asker, &slot, &asker.sql()?).await?;
    Ok(Json(Catalog { schemas: listing.into_iter().map(schema).collect() }))
}

/// All that there is. Views are planned for it, which takes a turn as a query does.
async fn listing(app: &App, asker: &Asker, slot: &Slot, tenant: &Tenant) -> Result<Vec<ListedSchema>, Problem> {
    app.step(asker, slot, async { Ok::<_, Problem>(tenant.session().await?.listing().await?) }).await
}

fn schema(listed: ListedSchema) -> CatalogSchema {
    let tables = listed.tables.into_iter().map(table).collect();
    CatalogSchema { name: listed.name, about: listed.about, tables }
}

fn table(listed: Listed) -> CatalogTable {
    CatalogTable {
        kind: if listed.is_view { "view" } else { "table" },
        name: listed.name,
        about: listed.about,
        rows: listed.rows,
        columns: listed.columns.into_iter().map(column).collect(),
    }
}

fn column(listed: ListedColumn) -> CatalogColumn {
    let ListedColumn { name, kind: r#type, nullable, about } = listed;
    CatalogColumn { name, r#type, nullable, about, samples: None }
}

/// One table or view
///
/// As in the catalogue, with some values of each column, as whoever asks sees them. It is a query: it waits for its turn, and is
/// listed and audited as others are.
#[utoipa::path(get, path = "/api/v1/catalog/{schema}/{table}", tag = "sql",
    params(("schema" = String, Path), ("table" = String, Path)), responses((status = 200, body = CatalogTable), Problem))]
pub(super) async fn show_table(
    State(app): State<App>,
    asker: Asker,
    Path((of, name)): Path<(String, String)>,
    slot: Slot,
) -> Result<Json<CatalogTable>, Problem> {
    let tenant = asker.sql()?;
    let listing = listing(&app, &asker, &slot, &tenant).await?;
    let tables = listing.into_iter().filter(|listed| listed.name == of).flat_map(|listed| listed.tables);
    let found = tables.into_iter().find(|table| table.name == name);
    let unknown = || Problem::not_found(format!("there is no table or view `{of}.{name}`"));
    let mut found = table(found.ok_or_else(unknown)?);
    let quoted = |name: &str| format!("\"{}\"", name.replace('"', "\"\""));
    let sql = format!("SELECT * FROM {}.{} LIMIT {LOOKED_AT}", quoted(&of), quoted(&name));
    let asked = slot.asks(&app, app.sql_text.detail(&sql, None));
    let question = Question {
        tenant,
        asker: asker.key().to_owned(),
        known_by: asker.who.id().to_owned(),
        door: Door::Sql,
        ticket: None,
        shown: app.sql_text.kept(&sql).map(str::to_owned),
        statement: Statement::new(sql),
        limits: app.queries.limits(),
    };
    let mut answer = app.queries.ask(question, asked).await?;
    let mut samples = vec![Vec::new(); found.columns.len()];
    while let Some(batch) = answer.next().await {
        let batch = batch?;
        for (column, samples) in batch.columns().iter().zip(&mut samples) {
            let shown = ArrayFormatter::try_new(column, &FormatOptions::default()).map_err(failed)?;
            for row in (0..column.len()).filter(|row| column.is_valid(*row)) {
                let value: String = shown.value(row).to_string().chars().take(LETTERS).collect();
                if samples.len() < SAMPLES && !samples.contains(&value) {
                    samples.push(value);
                }
            }
        }
        answer.gives(batch.num_rows(), 0);
    }
    answer.is_known().await?;
    for (column, samples) in found.columns.iter_mut().zip(samples) {
        column.samples = Some(samples);
    }
    Ok(Json(found))
}

fn failed(error: ArrowError) -> crate::Error {
    pulse_engine::Error::from(error).into()
}
