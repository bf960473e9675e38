//! `GET /api/v1/catalog`: what there is to ask of in SQL.

use super::{Asker, Problem};
use axum::Json;
use pulse_engine::session::{Listed, ListedColumn, ListedSchema};
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
}

/// Schemas, tables and columns
///
/// All that a statement may name, as whoever asks sees it.
#[utoipa::path(get, path = "/api/v1/catalog", tag = "sql", responses((status = 200, body = Catalog), Problem))]
pub(super) async fn show(asker: Asker) -> Result<Json<Catalog>, Problem> {
    let listing = asker.sql()?.session().await?.listing().await?;
    Ok(Json(Catalog { schemas: listing.into_iter().map(schema).collect() }))
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
    CatalogColumn { name: listed.name, r#type: listed.kind, nullable: listed.nullable, about: listed.about }
}
