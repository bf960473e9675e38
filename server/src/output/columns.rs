//! JSON by columns: `{"columns": [{"name": "id", "type": "Utf8"}], "parts": [[["a", "b"]], [["c"]]]}`.
//!
//! Each part has some of the rows, as an array for each column: so nothing has to be held until the end, and two columns of one name
//! are both there.

use crate::Result;
use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use arrow::json::writer::{EncoderOptions, make_encoder};
use serde_json::json;

/// Writes columns.
pub(super) struct Columns {
    schema: SchemaRef,
    options: EncoderOptions,
    /// Whether the beginning is written, and whether a part is.
    begun: bool,
    any: bool,
}

impl Columns {
    pub(super) fn new(schema: SchemaRef) -> Self {
        Self { schema, options: EncoderOptions::default().with_explicit_nulls(true), begun: false, any: false }
    }

    fn begin(&mut self, out: &mut Vec<u8>) -> Result<()> {
        if !self.begun {
            let fields = self.schema.fields().iter();
            let columns: Vec<_> =
                fields.map(|field| json!({"name": field.name(), "type": field.data_type().to_string()})).collect();
            out.extend_from_slice(b"{\"columns\":");
            serde_json::to_writer(&mut *out, &columns)?;
            out.extend_from_slice(b",\"parts\":[");
            self.begun = true;
        }
        Ok(())
    }

    /// Writes a part.
    pub(super) fn push(&mut self, batch: &RecordBatch, out: &mut Vec<u8>) -> Result<()> {
        self.begin(out)?;
        if batch.num_rows() == 0 {
            return Ok(());
        }
        out.extend_from_slice(if self.any { b",[" } else { b"[" });
        self.any = true;
        for (place, (field, column)) in self.schema.fields().iter().zip(batch.columns()).enumerate() {
            out.extend_from_slice(if place == 0 { b"[" } else { b",[" });
            let mut values = make_encoder(field, column.as_ref(), &self.options)?;
            for row in 0..column.len() {
                if row > 0 {
                    out.push(b',');
                }
                if values.is_null(row) {
                    out.extend_from_slice(b"null");
                } else {
                    values.encode(row, out);
                }
            }
            out.push(b']');
        }
        out.push(b']');
        Ok(())
    }

    /// Writes the end.
    pub(super) fn finish(mut self, out: &mut Vec<u8>) -> Result<()> {
        self.begin(out)?;
        out.extend_from_slice(b"]}\n");
        Ok(())
    }
}
