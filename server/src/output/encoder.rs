//! Batches in, bytes out.

use super::Format;
use super::columns::Columns;
use super::table::Table;
use super::{guard, writable};
use crate::{Error, Result};
use arrow::array::{ArrayRef, RecordBatch, StringArray};
use arrow::csv;
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use arrow::ipc::writer::StreamWriter;
use arrow::json::writer::{JsonArray, LineDelimited, Writer as JsonWriter, WriterBuilder};
use arrow::util::display::{ArrayFormatter, FormatOptions};
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::WriterProperties;
use std::collections::HashSet;
use std::io::{self, Write};
use std::sync::{Arc, Mutex, PoisonError};

/// A row group of Parquet is closed when it has taken this much, so that it leaves and is not held until the end.
const ROW_GROUP_BYTES: usize = 16 << 20;

/// Where the writers of the formats put their bytes until they are taken.
#[derive(Clone, Default)]
struct Buffer(Arc<Mutex<Vec<u8>>>);

impl Buffer {
    fn take(&self) -> Vec<u8> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Write for Buffer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Writes rows in one format. Only a table holds rows back until the end, and Parquet until a row group is full; of the
/// rest, bytes leave as batches come.
pub struct Encoder {
    inner: Inner,
    buffer: Buffer,
}

enum Inner {
    Table(Table),
    JsonColumns(Columns),
    Json { writer: Box<JsonWriter<Buffer, JsonArray>>, any: bool },
    Ndjson(Box<JsonWriter<Buffer, LineDelimited>>),
    Csv { writer: Box<csv::Writer<Buffer>>, schema: SchemaRef, is_guarded: bool },
    Parquet(Box<ArrowWriter<Buffer>>),
    Arrow(Box<StreamWriter<Buffer>>),
}

impl Encoder {
    /// An encoder of rows of that schema.
    ///
    /// # Errors
    /// [`Error::Usage`] when the format cannot hold a column's type, or two columns have one name and would be one in a JSON object.
    pub fn new(format: Format, schema: &SchemaRef) -> Result<Self> {
        Self::of(format, schema, false)
    }

    /// The same of a file that people open: in CSV an apostrophe stands before a text that a spreadsheet would take for a formula.
    ///
    /// # Errors
    /// As [`Encoder::new`].
    pub fn guarded(format: Format, schema: &SchemaRef) -> Result<Self> {
        Self::of(format, schema, true)
    }

    fn of(format: Format, schema: &SchemaRef, is_guarded: bool) -> Result<Self> {
        if matches!(format, Format::Json | Format::Ndjson) {
            are_told_apart(schema)?;
        }
        writable::types(format, schema)?;
        let buffer = Buffer::default();
        let json = || WriterBuilder::new().with_explicit_nulls(true);
        let inner = match format {
            Format::Table => Inner::Table(Table::new(schema.clone())),
            Format::JsonColumns => Inner::JsonColumns(Columns::new(schema.clone())),
            Format::Json => Inner::Json { writer: Box::new(json().build(buffer.clone())), any: false },
            Format::Ndjson => Inner::Ndjson(Box::new(json().build(buffer.clone()))),
            Format::Csv => {
                let schema = flat_schema(schema, is_guarded);
                let mut writer = csv::WriterBuilder::new().with_header(true).build(buffer.clone());
                // The header stands there even when no row follows.
                writer.write(&RecordBatch::new_empty(schema.clone()))?;
                Inner::Csv { writer: Box::new(writer), schema, is_guarded }
            }
            Format::Parquet => {
                let zstd = Compression::ZSTD(ZstdLevel::default());
                let properties = WriterProperties::builder().set_compression(zstd).build();
                Inner::Parquet(Box::new(ArrowWriter::try_new(buffer.clone(), schema.clone(), Some(properties))?))
            }
            Format::Arrow => Inner::Arrow(Box::new(StreamWriter::try_new(buffer.clone(), schema)?)),
        };
        Ok(Self { inner, buffer })
    }

    /// Takes a batch; gives the bytes that can leave by now.
    ///
    /// # Errors
    /// When the format cannot hold a value; [`Error::Usage`] where text cannot tell a time.
    pub fn encode(&mut self, batch: &RecordBatch) -> Result<Vec<u8>> {
        if !matches!(self.inner, Inner::Parquet(_) | Inner::Arrow(_)) {
            writable::times(batch)?;
        }
        match &mut self.inner {
            Inner::Table(table) => table.push(batch),
            Inner::JsonColumns(columns) => {
                let mut bytes = Vec::new();
                columns.push(batch, &mut bytes)?;
                return Ok(bytes);
            }
            Inner::Json { writer, any } => {
                *any |= batch.num_rows() > 0;
                writer.write(batch)?;
            }
            Inner::Ndjson(writer) => writer.write(batch)?,
            Inner::Csv { writer, schema, is_guarded } => writer.write(&flat(schema, batch, *is_guarded)?)?,
            Inner::Parquet(writer) => {
                writer.write(batch)?;
                if writer.memory_size() >= ROW_GROUP_BYTES {
                    writer.flush()?;
                    writer.sync()?;
                }
            }
            Inner::Arrow(writer) => writer.write(batch)?,
        }
        Ok(self.buffer.take())
    }

    /// Gives the bytes that were held back.
    ///
    /// # Errors
    /// When the format cannot be closed.
    pub fn finish(self) -> Result<Vec<u8>> {
        match self.inner {
            Inner::Table(table) => return Ok(table.render()?.into_bytes()),
            Inner::JsonColumns(columns) => {
                let mut bytes = Vec::new();
                columns.finish(&mut bytes)?;
                return Ok(bytes);
            }
            Inner::Json { mut writer, any } => {
                writer.finish()?;
                let mut bytes = self.buffer.take();
                // Arrow's writer closes an array that it never opened as nothing at all.
                if !any && bytes.is_empty() {
                    bytes.extend_from_slice(b"[]");
                }
                bytes.push(b'\n');
                return Ok(bytes);
            }
            Inner::Ndjson(mut writer) => writer.finish()?,
            Inner::Csv { .. } => {}
            Inner::Parquet(writer) => {
                writer.close()?;
            }
            Inner::Arrow(mut writer) => writer.finish()?,
        }
        Ok(self.buffer.take())
    }
}

/// CSV knows no lists: they are written as text.
fn flat_schema(schema: &SchemaRef, is_guarded: bool) -> SchemaRef {
    let fields = schema.fields().iter().map(|f| {
        let field =
            if f.data_type().is_nested() { Arc::new(Field::new(f.name(), DataType::Utf8, true)) } else { f.clone() };
        if is_guarded { Arc::new(guard::field(&field)) } else { field }
    });
    Arc::new(Schema::new(fields.collect::<Vec<_>>()))
}

fn flat(schema: &SchemaRef, batch: &RecordBatch, is_guarded: bool) -> Result<RecordBatch> {
    let options = FormatOptions::default();
    let columns = batch.columns().iter().map(|column| -> Result<ArrayRef> {
        if !column.data_type().is_nested() {
            return if is_guarded { guard::column(column) } else { Ok(column.clone()) };
        }
        let text = ArrayFormatter::try_new(column, &options)?;
        let rows = (0..column.len()).map(|i| column.is_valid(i).then(|| text.value(i).to_string()));
        Ok(Arc::new(rows.collect::<StringArray>()))
    });
    Ok(RecordBatch::try_new(schema.clone(), columns.collect::<Result<Vec<_>>>()?)?)
}

/// Whether no two columns have one name, of which whoever reads an object would keep one.
fn are_told_apart(schema: &Schema) -> Result<()> {
    let mut names = HashSet::new();
    match schema.fields().iter().find(|field| !names.insert(field.name())) {
        None => Ok(()),
        Some(twice) => Err(Error::Usage(format!(
            "two columns are called `{0}`, and an object of JSON has one of a name: give one of them another, as in `b.{0} AS {0}_of_b`, or ask for \
             another format; JSON by columns has both",
            twice.name()
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::array::{Float64Array, ListArray, TimestampMicrosecondArray};
    use arrow::datatypes::Int32Type;
    use axum::body::Bytes;

    fn rows() -> RecordBatch {
        let at = TimestampMicrosecondArray::from(vec![Some(1_700_000_000_000_000), None]).with_timezone("UTC");
        let list = ListArray::from_iter_primitive::<Int32Type, _, _>([Some(vec![Some(1), Some(2)]), None]);
        RecordBatch::try_from_iter([
            ("name", Arc::new(StringArray::from(vec![Some("a,\"b\""), None])) as ArrayRef),
            ("value", Arc::new(Float64Array::from(vec![Some(0.5), None]))),
            ("at", Arc::new(at)),
            ("list", Arc::new(list)),
        ])
        .unwrap()
    }

    fn written(format: Format, batches: &[RecordBatch]) -> Vec<u8> {
        let mut encoder = Encoder::new(format, &rows().schema()).unwrap();
        let mut bytes = Vec::new();
        for batch in batches {
            bytes.extend(encoder.encode(batch).unwrap());
        }
        bytes.extend(encoder.finish().unwrap());
        bytes
    }

    #[test]
    fn json_keeps_nulls_and_batches_make_one_array() {
        let json: serde_json::Value = serde_json::from_slice(&written(Format::Json, &[rows(), rows()])).unwrap();
        let first = serde_json::json!({"name": "a,\"b\"", "value": 0.5, "at": "2023-11-14T22:13:20Z", "list": [1, 2]});
        let second = serde_json::json!({"name": null, "value": null, "at": null, "list": null});
        assert_eq!(json, serde_json::json!([first, second, first, second]));
    }

    #[test]
    fn json_by_columns_has_an_array_for_each_column_of_each_part() {
        let json: serde_json::Value =
            serde_json::from_slice(&written(Format::JsonColumns, &[rows(), rows().slice(0, 0), rows().slice(1, 1)]))
                .unwrap();
        let names: Vec<_> = json["columns"].as_array().unwrap().iter().map(|column| &column["name"]).collect();
        assert_eq!(names, ["name", "value", "at", "list"]);
        assert_eq!(json["columns"][1]["type"], "Float64");
        let first = serde_json::json!([["a,\"b\"", null], [0.5, null], ["2023-11-14T22:13:20Z", null], [[1, 2], null]]);
        assert_eq!(json["parts"], serde_json::json!([first, [[null], [null], [null], [null]]]));
    }

    #[test]
    fn two_columns_of_one_name_are_refused_where_one_of_them_would_be_lost() {
        let id = || Arc::new(Float64Array::from(vec![1.0])) as ArrayRef;
        let schema =
            Arc::new(Schema::new(["id", "name", "id"].map(|name| Field::new(name, DataType::Float64, true)).to_vec()));
        let rows = RecordBatch::try_new(Arc::clone(&schema), vec![id(), id(), id()]).unwrap();
        for format in [Format::Json, Format::Ndjson] {
            let told = Encoder::new(format, &schema).err().unwrap().to_string();
            assert!(told.contains("two columns are called `id`") && told.contains("AS id_of_b"), "{told}");
        }
        let written = |format| {
            let mut encoder = Encoder::new(format, &schema).unwrap();
            let mut bytes = encoder.encode(&rows).unwrap();
            bytes.extend(encoder.finish().unwrap());
            String::from_utf8(bytes).unwrap()
        };
        assert_eq!(written(Format::Csv), "id,name,id\n1.0,1.0,1.0\n");
        let columns: serde_json::Value = serde_json::from_str(&written(Format::JsonColumns)).unwrap();
        assert_eq!(columns["columns"].as_array().unwrap().len(), 3);
    }

    #[test]
    fn no_rows_are_an_empty_array_a_header_or_nothing() {
        assert_eq!(written(Format::Json, &[]), b"[]\n");
        assert_eq!(written(Format::Json, &[rows().slice(0, 0)]), b"[]\n");
        let columns: serde_json::Value = serde_json::from_slice(&written(Format::JsonColumns, &[])).unwrap();
        assert_eq!((columns["columns"].as_array().unwrap().len(), &columns["parts"]), (4, &serde_json::json!([])));
        assert_eq!(written(Format::Ndjson, &[]), b"");
        assert_eq!(written(Format::Csv, &[]), b"name,value,at,list\n");
    }

    #[test]
    fn csv_quotes_what_needs_it_and_writes_lists_as_text() {
        let csv = String::from_utf8(written(Format::Csv, &[rows()])).unwrap();
        assert_eq!(csv, "name,value,at,list\n\"a,\"\"b\"\"\",0.5,2023-11-14T22:13:20Z,\"[1, 2]\"\n,,,\n");
    }

    #[test]
    fn csv_that_people_open_has_no_formula_and_that_for_programs_has_every_text_as_it_is() {
        let rows = RecordBatch::try_from_iter([
            ("title", Arc::new(StringArray::from(vec![Some("=HYPERLINK(\"x\")"), Some("a=b"), None])) as ArrayRef),
            ("change", Arc::new(Float64Array::from(vec![-1.5, 0.0, 2.0]))),
        ])
        .unwrap();
        let written = |encoder: Result<Encoder>| {
            let mut encoder = encoder.unwrap();
            let mut bytes = encoder.encode(&rows).unwrap();
            bytes.extend(encoder.finish().unwrap());
            String::from_utf8(bytes).unwrap()
        };
        assert_eq!(
            written(Encoder::guarded(Format::Csv, &rows.schema())),
            "title,change\n\"'=HYPERLINK(\"\"x\"\")\",-1.5\na=b,0.0\n,2.0\n"
        );
        let exact = written(Encoder::new(Format::Csv, &rows.schema()));
        assert!(exact.contains("\n\"=HYPERLINK(\"\"x\"\")\",-1.5\n"), "{exact}");
        let json = [Encoder::guarded, Encoder::new].map(|of| written(of(Format::Json, &rows.schema())));
        assert_eq!(json[0], json[1]);
    }

    #[test]
    fn parquet_leaves_row_group_by_row_group() {
        // Values that hardly compress: a step of a multiplicative generator each.
        let mut value = 1_u64;
        let mut next = || {
            value = value.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            f64::from_bits((value >> 12) | (1023 << 52))
        };
        // Half a MiB, in so few rows that a million of them, where a row group ends of itself, are not reached.
        let mut batch = || {
            let mut column = || Arc::new((0..1_024).map(|_| next()).collect::<Float64Array>()) as ArrayRef;
            RecordBatch::try_from_iter((0..64).map(|i| (format!("value_{i}"), column()))).unwrap()
        };
        let mut encoder = Encoder::new(Format::Parquet, &batch().schema()).unwrap();
        let (mut bytes, mut held, mut most) = (Vec::new(), 0, 0);
        for _ in 0..128 {
            let left = encoder.encode(&batch()).unwrap();
            held = if left.is_empty() { held + (512 << 10) } else { 0 };
            most = most.max(held);
            bytes.extend(left);
        }
        let early = bytes.len();
        bytes.extend(encoder.finish().unwrap());
        // 64 MiB went through.
        assert!(most <= 2 * ROW_GROUP_BYTES, "{most} bytes were held at once");
        assert!(early > 32 << 20, "only {early} bytes left before the end");
        let reader =
            parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder::try_new(Bytes::from(bytes)).unwrap();
        assert_eq!(reader.metadata().file_metadata().num_rows(), 128 * 1_024);
        assert!(reader.metadata().num_row_groups() > 2);
    }

    #[test]
    fn an_arrow_stream_and_a_parquet_file_read_back_as_they_were() {
        let arrow = written(Format::Arrow, &[rows()]);
        let mut reader = arrow::ipc::reader::StreamReader::try_new(arrow.as_slice(), None).unwrap();
        assert_eq!(reader.next().unwrap().unwrap(), rows());
        let path = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(path.path(), written(Format::Parquet, &[rows()])).unwrap();
        let file = std::fs::File::open(path.path()).unwrap();
        let builder = parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder::try_new(file).unwrap();
        assert_eq!(builder.build().unwrap().next().unwrap().unwrap().columns(), rows().columns());
    }
}
