//! A report as rows: each section's tables, whatever they are written as.

use super::paper::{Cell, Holds, Paper, Part, Table};
use super::tables::{of_chart, of_definitions, of_tiles};
use crate::output::{Encoder, Format};
use crate::{Error, Result};
use arrow::array::{ArrayRef, Date32Array, Float64Array, RecordBatch, StringArray};
use arrow::datatypes::{DataType, Field, Schema};
use chrono::NaiveDate;
use std::io::{Cursor, Write as _};
use std::sync::Arc;

/// A table of a report with the name that it goes by among the others: `2-teams`.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Named {
    /// Its name: unlike any other's, lower-case letters, digits and hyphens.
    pub(super) name: String,
    /// The heading of its section.
    pub(super) section: String,
    pub(super) table: Table,
}

/// Every table of a report, in order; its definitions last.
pub(super) fn all(paper: &Paper) -> Vec<Named> {
    let mut all = Vec::new();
    for section in &paper.sections {
        for part in &section.parts {
            let table = match part {
                Part::Tiles(tiles) => of_tiles(&section.title, tiles),
                Part::Chart(chart) => of_chart(chart),
                Part::Table(table) => table.clone(),
            };
            all.push((section.title.clone(), table));
        }
    }
    all.push(("Definitions".to_owned(), of_definitions(&paper.definitions)));
    let named = |(at, (section, table)): (usize, (String, Table))| {
        let letters: String =
            table.title.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' }).collect();
        let words: Vec<&str> = letters.split('-').filter(|word| !word.is_empty()).collect();
        Named { name: format!("{}-{}", at + 1, words.join("-")).trim_end_matches('-').to_owned(), section, table }
    };
    all.into_iter().enumerate().map(named).collect()
}

/// One table of a report as CSV or Parquet.
///
/// # Errors
/// [`Error::Usage`] when there is no table of that name.
pub(super) fn one(paper: &Paper, name: &str, format: Format) -> Result<Vec<u8>> {
    let all = all(paper);
    let Some(found) = all.iter().find(|named| named.name == name) else {
        let names: Vec<&str> = all.iter().map(|named| named.name.as_str()).collect();
        let said = format!("this report has no table `{}`; it has: {}", name.escape_default(), names.join(", "));
        return Err(Error::Usage(said));
    };
    written(&found.table, format)
}

/// All tables of a report as files of one archive, a ZIP, whose names are those of the tables.
///
/// # Errors
/// When a table cannot be written.
pub(super) fn archive(paper: &Paper, format: Format) -> Result<Vec<u8>> {
    let ending = if format == Format::Parquet { "parquet" } else { "csv" };
    let mut files = zip::ZipWriter::new(Cursor::new(Vec::new()));
    // The time of each is the beginning of ZIP's: the same report has the same bytes.
    let options = zip::write::SimpleFileOptions::default().last_modified_time(zip::DateTime::default());
    for named in all(paper) {
        files.start_file(format!("{}.{ending}", named.name), options)?;
        files.write_all(&written(&named.table, format)?)?;
    }
    Ok(files.finish()?.into_inner())
}

impl From<zip::result::ZipError> for Error {
    fn from(error: zip::result::ZipError) -> Self {
        Error::Unset(error.to_string())
    }
}

fn written(table: &Table, format: Format) -> Result<Vec<u8>> {
    let batch = batch(table, format == Format::Csv)?;
    let mut encoder = Encoder::new(format, &batch.schema())?;
    let mut bytes = encoder.encode(&batch)?;
    bytes.extend(encoder.finish()?);
    Ok(bytes)
}

/// A table as columns. For programs that take a text for a formula its first character is guarded.
fn batch(table: &Table, guarded: bool) -> Result<RecordBatch> {
    let text = |text: &str| if guarded { guard(text) } else { text.to_owned() };
    let (mut fields, mut columns): (Vec<Field>, Vec<ArrayRef>) = (Vec::new(), Vec::new());
    let epoch = NaiveDate::default();
    for (at, column) in table.columns.iter().enumerate() {
        let cells = || table.rows.iter().map(|row| row.get(at).unwrap_or(&Cell::Nothing));
        let (kind, values): (DataType, ArrayRef) = match column.holds {
            Holds::Number => {
                let number = |cell: &Cell| if let Cell::Number(number) = cell { Some(*number) } else { None };
                (DataType::Float64, Arc::new(cells().map(number).collect::<Float64Array>()))
            }
            Holds::Day => {
                let days = |cell: &Cell| match cell {
                    Cell::Day(day) => i32::try_from((*day - epoch).num_days()).ok(),
                    _ => None,
                };
                (DataType::Date32, Arc::new(cells().map(days).collect::<Date32Array>()))
            }
            Holds::Text => {
                let words = |cell: &Cell| if let Cell::Text(words) = cell { Some(text(words)) } else { None };
                (DataType::Utf8, Arc::new(cells().map(words).collect::<StringArray>()))
            }
        };
        fields.push(Field::new(text(&column.heading()), kind, true));
        columns.push(values);
    }
    Ok(RecordBatch::try_new(Arc::new(Schema::new(fields)), columns)?)
}

/// A text that no spreadsheet takes for a formula: an apostrophe stands before what would begin one (OWASP, CSV Injection).
fn guard(text: &str) -> String {
    match text.chars().next() {
        Some('=' | '+' | '-' | '@' | '\t' | '\r' | '\n') => format!("'{text}"),
        _ => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::paper::Column;
    use super::*;

    fn table() -> Table {
        Table {
            title: "Teams & more".into(),
            columns: vec![Column::text("Team", 4), Column::number("Lead time", "seconds"), Column::day("Due")],
            rows: vec![
                vec![Cell::Text("=cmd()".into()), Cell::Number(86_400.5), Cell::Day("2026-03-01".parse().unwrap())],
                vec![Cell::Text("a, \"b\"".into()), Cell::Nothing, Cell::Nothing],
            ],
            none: String::new(),
        }
    }

    #[test]
    fn csv_has_no_formula_and_what_is_not_known_is_empty() {
        let csv = String::from_utf8(written(&table(), Format::Csv).unwrap()).unwrap();
        assert_eq!(csv, "Team,Lead time (seconds),Due\n'=cmd(),86400.5,2026-03-01\n\"a, \"\"b\"\"\",,\n");
        for begins in ["=1", "+1", "-1", "@a", "\tx"] {
            assert!(guard(begins).starts_with('\''), "{begins}");
        }
        assert_eq!(guard("a=1"), "a=1");
    }

    #[test]
    fn parquet_keeps_types_and_text_as_it_is() {
        let bytes = axum::body::Bytes::from(written(&table(), Format::Parquet).unwrap());
        let reader = parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder::try_new(bytes).unwrap();
        let read = reader.build().unwrap().next().unwrap().unwrap();
        assert_eq!(read, batch(&table(), false).unwrap());
    }
}
