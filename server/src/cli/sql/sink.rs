//! Where an answer is written to.

use crate::Result;
use crate::cli::progress::Progress;
use crate::output::{Encoder, Format, TABLE_ROWS};
use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use std::io::Write;

/// Where an answer is written to, and what shows meanwhile that it is waited for.
pub(super) struct Sink<'a> {
    out: &'a mut (dyn Write + Send),
    progress: Option<Progress>,
    /// Whether both share the terminal.
    shares: bool,
}

impl<'a> Sink<'a> {
    pub(super) fn new(out: &'a mut (dyn Write + Send), progress: Progress, shares: bool) -> Self {
        Self { out, progress: Some(progress), shares }
    }

    /// Writes bytes of the answer.
    pub(super) fn write(&mut self, bytes: &[u8]) -> Result<()> {
        if !bytes.is_empty() && self.shares {
            self.progress = None;
        }
        Ok(self.out.write_all(bytes)?)
    }

    /// The answer is whole.
    pub(super) fn end(mut self) -> Result<()> {
        self.progress = None;
        Ok(self.out.flush()?)
    }
}

/// Rows on their way there.
pub(super) struct Rows<'a> {
    sink: Sink<'a>,
    encoder: Encoder,
    format: Format,
    count: usize,
}

impl<'a> Rows<'a> {
    pub(super) fn new(sink: Sink<'a>, format: Format, schema: &SchemaRef) -> Result<Self> {
        Ok(Self { sink, encoder: Encoder::new(format, schema)?, format, count: 0 })
    }

    /// Writes some; whether that is all that the format shows.
    pub(super) fn write(&mut self, batch: &RecordBatch) -> Result<bool> {
        self.count += batch.num_rows();
        let bytes = self.encoder.encode(batch)?;
        self.sink.write(&bytes)?;
        Ok(self.format == Format::Table && self.count > TABLE_ROWS)
    }

    /// They are whole.
    pub(super) fn end(mut self) -> Result<()> {
        // The table comes at the end: nothing is shown beside it.
        self.sink.progress = None;
        self.sink.write(&self.encoder.finish()?)?;
        self.sink.end()
    }
}
