//! A report as rows: each section's tables, whatever they are written as.

use super::cells::Rows;
use super::paper::{Cell, Column, Holds, Paper, Part, Table};
use super::tables::{of_chart, of_definitions, of_tiles};
use crate::output::{Encoder, Format};
use crate::texts::Language;
use crate::{Error, Result};
use arrow::array::{
    ArrayRef, Date32Array, Float64Array, RecordBatch, RecordBatchOptions, StringArray, TimestampMicrosecondArray,
};
use arrow::datatypes::Schema;
use chrono::NaiveDate;
use std::borrow::Cow;
use std::io::{Seek, Write};
use std::sync::Arc;

/// How many rows are written at a time.
const AT_ONCE: usize = 4096;

/// A table of a report with the name that it goes by among the others: `2-teams`.
struct Named<'p> {
    /// Its name: unlike any other's, lower-case letters, digits and hyphens.
    name: String,
    table: Cow<'p, Table>,
}

/// Every table of a report, in order; its definitions last.
fn all(paper: &Paper) -> Vec<Named<'_>> {
    let mut all = Vec::new();
    for section in &paper.sections {
        for part in &section.parts {
            all.push(match part {
                Part::Tiles(tiles) => Cow::Owned(of_tiles(&section.title, tiles, paper.cover.language)),
                Part::Chart(chart) => Cow::Owned(of_chart(chart)),
                Part::Table(table) => Cow::Borrowed(table),
            });
        }
    }
    all.push(Cow::Owned(of_definitions(&paper.definitions, paper.cover.language)));
    all.into_iter().enumerate().map(|(at, table)| Named { name: name(at, &table.title), table }).collect()
}

/// What a table of that title goes by at that place.
fn name(at: usize, title: &str) -> String {
    let letters: String =
        title.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' }).collect();
    let words: Vec<&str> = letters.split('-').filter(|word| !word.is_empty()).collect();
    format!("{}-{}", at + 1, words.join("-")).trim_end_matches('-').to_owned()
}

/// Writes one table of a report as CSV or Parquet.
///
/// # Errors
/// [`Error::Usage`] when there is no table of that name.
pub(super) fn one(paper: &Paper, name: &str, format: Format, out: &mut impl Write) -> Result<()> {
    let all = all(paper);
    let Some(found) = all.iter().find(|named| named.name == name) else {
        let names: Vec<&str> = all.iter().map(|named| named.name.as_str()).collect();
        let said = format!("this report has no table `{}`; it has: {}", name.escape_default(), names.join(", "));
        return Err(Error::Usage(said));
    };
    write(&found.table, (format, paper.cover.language), out)
}

/// Writes all tables of a report as files of one archive, a ZIP, whose names are those of the tables.
///
/// # Errors
/// When a table cannot be written.
pub(super) fn archive(paper: &Paper, format: Format, out: &mut (impl Write + Seek)) -> Result<()> {
    let ending = if format == Format::Parquet { "parquet" } else { "csv" };
    let mut files = zip::ZipWriter::new(out);
    // The time of each is the beginning of ZIP's: the same report has the same bytes.
    let options = zip::write::SimpleFileOptions::default().last_modified_time(zip::DateTime::default());
    for named in all(paper) {
        files.start_file(format!("{}.{ending}", named.name), options)?;
        write(&named.table, (format, paper.cover.language), &mut files)?;
    }
    files.finish()?;
    Ok(())
}

impl From<zip::result::ZipError> for Error {
    fn from(error: zip::result::ZipError) -> Self {
        match error {
            // Such as a disk that is full: another time it may not be.
            zip::result::ZipError::Io(error) => Error::Output(error),
            other => Error::Unset(other.to_string()),
        }
    }
}

/// Writes a table, some rows at a time.
fn write(table: &Table, (format, language): (Format, Language), out: &mut impl Write) -> Result<()> {
    let fields = table.columns.iter().map(|column| column.field(&column.heading(language)));
    let schema = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
    let mut encoder = Encoder::guarded(format, &schema)?;
    let mut put = |columns: Vec<ArrayRef>, rows: usize| -> Result<()> {
        let options = RecordBatchOptions::new().with_row_count(Some(rows));
        let batch = RecordBatch::try_new_with_options(schema.clone(), columns, &options)?;
        Ok(out.write_all(&encoder.encode(&batch)?)?)
    };
    match &table.rows {
        Rows::Cells(rows) => {
            for some in rows.chunks(AT_ONCE) {
                put(columns(&table.columns, some), some.len())?;
            }
        }
        Rows::Columns(batches) => {
            for batch in batches {
                put(batch.columns().to_vec(), batch.num_rows())?;
            }
        }
    }
    Ok(out.write_all(&encoder.finish()?)?)
}

/// The cells of some rows, column by column.
fn columns(of: &[Column], rows: &[Vec<Cell>]) -> Vec<ArrayRef> {
    let epoch = NaiveDate::default();
    let column = |(at, of): (usize, &Column)| -> ArrayRef {
        let cells = rows.iter().map(|row| row.get(at).unwrap_or(&Cell::Nothing));
        match of.holds {
            Holds::Number => {
                let number = |cell: &Cell| if let Cell::Number(number) = cell { Some(*number) } else { None };
                Arc::new(cells.map(number).collect::<Float64Array>())
            }
            Holds::Day => {
                let days = |cell: &Cell| match cell {
                    Cell::Day(day) => i32::try_from((*day - epoch).num_days()).ok(),
                    _ => None,
                };
                Arc::new(cells.map(days).collect::<Date32Array>())
            }
            Holds::Time => {
                let micros = |cell: &Cell| if let Cell::Time(clock) = cell { Some(clock.micros()) } else { None };
                Arc::new(cells.map(micros).collect::<TimestampMicrosecondArray>().with_timezone_opt(of.zone()))
            }
            Holds::Text => {
                let words = cells.map(|cell| if let Cell::Text(words) = cell { Some(words.as_str()) } else { None });
                Arc::new(words.collect::<StringArray>())
            }
        }
    };
    of.iter().enumerate().map(column).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Table {
        let rows = [
            vec![Cell::Text("=cmd()".into()), Cell::Number(86_400.5), Cell::Day("2026-03-01".parse().unwrap())],
            vec![Cell::Text("a, \"b\"".into()), Cell::Nothing, Cell::Nothing],
        ];
        Table {
            title: "Teams & more".into(),
            columns: vec![Column::text("Team", 4), Column::number("Lead time", "seconds"), Column::day("Due")],
            rows: rows.into_iter().collect(),
            none: String::new(),
        }
    }

    fn written(table: &Table, format: Format) -> Vec<u8> {
        let mut out = Vec::new();
        write(table, (format, Language::English), &mut out).unwrap();
        out
    }

    /// What a reader finds in Parquet.
    fn read(parquet: Vec<u8>) -> Vec<RecordBatch> {
        let bytes = axum::body::Bytes::from(parquet);
        let reader = parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder::try_new(bytes).unwrap();
        reader.build().unwrap().map(Result::unwrap).collect()
    }

    #[test]
    fn csv_has_no_formula_and_what_is_not_known_is_empty() {
        let csv = String::from_utf8(written(&table(), Format::Csv)).unwrap();
        assert_eq!(csv, "Team,Lead time (seconds),Due\n'=cmd(),86400.5,2026-03-01\n\"a, \"\"b\"\"\",,\n");
    }

    #[test]
    fn parquet_keeps_types_and_text_as_it_is() {
        let Table { columns: of, rows, .. } = table();
        let Rows::Cells(rows) = rows else { panic!("few rows are cells") };
        let names = ["Team", "Lead time (seconds)", "Due"];
        let fields: Vec<_> = of.iter().zip(names).map(|(column, name)| column.field(name)).collect();
        let expected = RecordBatch::try_new(Arc::new(Schema::new(fields)), columns(&of, &rows)).unwrap();
        assert_eq!(read(written(&table(), Format::Parquet)), [expected]);
    }

    #[test]
    fn many_rows_are_written_the_same_in_pieces_whether_they_are_cells_or_columns() {
        let few = table();
        let Rows::Cells(two) = few.rows else { panic!("few rows are cells") };
        let rows: Vec<Vec<Cell>> = two.into_iter().cycle().take(2 * AT_ONCE + 1).collect();
        let batches = rows.chunks(1000).map(|some| {
            let fields: Vec<_> = few.columns.iter().map(|column| column.field("x")).collect();
            RecordBatch::try_new(Arc::new(Schema::new(fields)), columns(&few.columns, some)).unwrap()
        });
        let as_columns = Rows::Columns(batches.collect());
        let of = |rows| Table { title: "Many".into(), columns: few.columns.clone(), rows, none: String::new() };
        let (cells, columns) = (of(Rows::Cells(rows)), of(as_columns));
        let csv = String::from_utf8(written(&cells, Format::Csv)).unwrap();
        assert_eq!(csv.lines().count(), 1 + 2 * AT_ONCE + 1);
        assert_eq!(csv.matches("'=cmd()").count(), AT_ONCE + 1);
        assert!(written(&columns, Format::Csv) == csv.as_bytes(), "as columns it is another");
        let rows = |table: &Table| {
            let read = read(written(table, Format::Parquet));
            arrow::compute::concat_batches(&read[0].schema(), &read).unwrap()
        };
        assert_eq!(rows(&cells).num_rows(), 2 * AT_ONCE + 1);
        assert!(rows(&cells) == rows(&columns), "as columns it is another");
    }
}
