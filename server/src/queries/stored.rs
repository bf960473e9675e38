//! Rows of a query that were put on the disk, page by page.
//!
//! A file has one Arrow IPC stream for each page, one after the other: each can be read by itself, and rows come back with the types and
//! values that they had.

use super::folder::Folder;
use crate::{Error, Result};
use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use arrow::ipc::reader::StreamReader;
use arrow::ipc::writer::StreamWriter;
use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read as _, Seek as _, SeekFrom, Take, Write};
use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;

/// How many rows a page has; the last has what is left, and one whose rows are long is over earlier.
pub const PAGE_ROWS: usize = 10_000;
/// With so many bytes of file, a page takes no further batch.
const PAGE_BYTES: u64 = 8 << 20;

/// Rows on the disk. When it is dropped, they are gone.
#[derive(Debug)]
pub struct Stored {
    schema: SchemaRef,
    path: PathBuf,
    pages: Vec<Range<u64>>,
    rows: usize,
    bytes: u64,
    /// The file is in it.
    _folder: Arc<Folder>,
}

impl Stored {
    /// What its rows are.
    pub fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    /// How many pages it has: one at least.
    pub fn pages(&self) -> usize {
        self.pages.len()
    }

    /// How many rows it has.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// How many bytes of disk it takes.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Lets its rows go at once, though somebody is reading them.
    pub(super) fn remove(&self) {
        // A file that somebody has open takes room until they close it, unless it is empty.
        if let Ok(file) = File::options().write(true).open(&self.path) {
            drop(file.set_len(0));
        }
        drop(std::fs::remove_file(&self.path));
    }
}

impl Drop for Stored {
    fn drop(&mut self) {
        self.remove();
    }
}

/// Rows on their way to the disk.
pub(super) struct Storing {
    /// What is there by now; it is gone when this is dropped.
    stored: Stored,
    page: StreamWriter<Counted>,
    rows_of_page: usize,
}

impl Storing {
    /// Begins a file of that name.
    pub(super) fn begin(folder: &Arc<Folder>, name: &str, schema: &SchemaRef) -> Result<Self> {
        let (file, path) = folder.file(name)?;
        let stored = Stored {
            schema: Arc::clone(schema),
            path,
            pages: Vec::new(),
            rows: 0,
            bytes: 0,
            _folder: Arc::clone(folder),
        };
        let page = StreamWriter::try_new(Counted { file: BufWriter::new(file), bytes: 0 }, schema)?;
        Ok(Self { stored, page, rows_of_page: 0 })
    }

    /// Writes some rows; how many bytes the file has then.
    pub(super) fn write(mut self, batch: &RecordBatch) -> Result<(Self, u64)> {
        let mut from = 0;
        while from < batch.num_rows() {
            let is_long = self.page.get_ref().bytes - self.stored.bytes >= PAGE_BYTES;
            if self.rows_of_page >= PAGE_ROWS || (is_long && self.rows_of_page > 0) {
                let (stored, out) = Self::end_page(self)?;
                let page = StreamWriter::try_new(out, &stored.schema)?;
                self = Self { stored, page, rows_of_page: 0 };
            }
            let count = (PAGE_ROWS - self.rows_of_page).min(batch.num_rows() - from);
            self.page.write(&batch.slice(from, count))?;
            self.rows_of_page += count;
            self.stored.rows += count;
            from += count;
        }
        let bytes = self.page.get_ref().bytes;
        Ok((self, bytes))
    }

    /// Ends the file.
    pub(super) fn finish(self) -> Result<Stored> {
        let (stored, mut out) = Self::end_page(self)?;
        out.flush()?;
        Ok(stored)
    }

    /// What is stored with this page at its end, and where the next is written to.
    fn end_page(self) -> Result<(Stored, Counted)> {
        let (mut stored, out) = (self.stored, self.page.into_inner()?);
        stored.pages.push(stored.bytes..out.bytes);
        stored.bytes = out.bytes;
        Ok((stored, out))
    }
}

/// A file, and how many bytes it was given.
struct Counted {
    file: BufWriter<File>,
    bytes: u64,
}

impl Write for Counted {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.file.write(bytes)?;
        self.bytes += count as u64;
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// Some pages that are being read.
pub struct Reading {
    stored: Arc<Stored>,
    pages: Range<usize>,
    open: Option<StreamReader<BufReader<Take<File>>>>,
}

impl Reading {
    /// Reads these pages, counted from 0.
    pub fn new(stored: Arc<Stored>, pages: Range<usize>) -> Self {
        Self { stored, pages, open: None }
    }

    /// The next rows; nothing at the end. A page is opened when its turn comes: whoever reads slowly holds no file for that.
    ///
    /// # Errors
    /// When the file cannot be read: it is there no more once its time is over.
    pub async fn next(self) -> Result<Option<(RecordBatch, Self)>> {
        tokio::task::spawn_blocking(move || self.read()).await?
    }

    fn read(mut self) -> Result<Option<(RecordBatch, Self)>> {
        loop {
            if let Some(batch) = self.open.as_mut().and_then(Iterator::next) {
                return Ok(Some((batch?, self)));
            }
            let Some(page) = self.pages.next().and_then(|page| self.stored.pages.get(page)) else { return Ok(None) };
            let path = &self.stored.path;
            let failed = |error| Error::file("read", path, error);
            let mut file = File::open(path).map_err(failed)?;
            file.seek(SeekFrom::Start(page.start)).map_err(failed)?;
            self.open = Some(StreamReader::try_new_buffered(file.take(page.end - page.start), None)?);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::array::{ArrayRef, Int64Array, StringArray};

    fn batch(from: i64, rows: i64, text: &str) -> RecordBatch {
        let numbers = Arc::new(Int64Array::from_iter_values(from..from + rows)) as ArrayRef;
        let texts = Arc::new(StringArray::from_iter_values((0..rows).map(|_| text))) as ArrayRef;
        RecordBatch::try_from_iter([("n", numbers), ("t", texts)]).unwrap()
    }

    fn stored(batches: &[RecordBatch]) -> (Arc<Stored>, tempfile::TempDir) {
        let base = tempfile::tempdir().unwrap();
        let folder = Arc::new(Folder::make(base.path()).unwrap());
        let mut storing = Storing::begin(&folder, "one", &batches[0].schema()).unwrap();
        for batch in batches {
            storing = storing.write(batch).unwrap().0;
        }
        (Arc::new(storing.finish().unwrap()), base)
    }

    fn read(stored: &Arc<Stored>, pages: Range<usize>) -> Vec<i64> {
        let (mut reading, mut numbers) = (Reading::new(Arc::clone(stored), pages), Vec::new());
        while let Some((batch, more)) = reading.read().unwrap() {
            let column = batch.column(0).as_any().downcast_ref::<Int64Array>().unwrap();
            numbers.extend(column.values().iter().copied());
            reading = more;
        }
        numbers
    }

    #[test]
    fn pages_have_so_many_rows_each_and_together_all_in_their_order() {
        let (stored, _base) = stored(&[batch(0, 8_192, "a"), batch(8_192, 8_192, "b"), batch(16_384, 5_000, "c")]);
        assert_eq!((stored.pages(), stored.rows()), (3, 21_384));
        assert_eq!(read(&stored, 0..1), (0..10_000).collect::<Vec<_>>());
        assert_eq!(read(&stored, 2..3), (20_000..21_384).collect::<Vec<_>>());
        assert_eq!(read(&stored, 0..3), (0..21_384).collect::<Vec<_>>());
        assert_eq!(stored.bytes(), std::fs::metadata(&stored.path).unwrap().len());
    }

    #[test]
    fn no_rows_are_one_page_and_long_rows_make_more() {
        let (none, _base) = stored(&[batch(0, 0, "")]);
        assert_eq!((none.pages(), none.rows(), read(&none, 0..1)), (1, 0, vec![]));
        let long = "x".repeat(1_000);
        let batches: Vec<_> = (0..4).map(|n| batch(n * 5_000, 5_000, &long)).collect();
        // Five million bytes a batch: with two of them a page has its 8 MiB and its 10,000 rows, whichever comes first.
        assert_eq!(stored(&batches).0.pages(), 2);
        let batches: Vec<_> = (0..4).map(|n| batch(n * 100, 100, &"x".repeat(100_000))).collect();
        assert_eq!(stored(&batches).0.pages(), 4, "ten million bytes each");
    }

    #[test]
    fn what_is_removed_takes_no_room_though_somebody_reads_it() {
        let (stored, _base) = stored(&[batch(0, 9_000, "a"), batch(9_000, 9_000, "b")]);
        let (_, reading) = Reading::new(Arc::clone(&stored), 0..2).read().unwrap().unwrap();
        let open = File::open(&stored.path).unwrap();
        stored.remove();
        assert!(!stored.path.exists());
        assert_eq!(open.metadata().unwrap().len(), 0);
        let mut reading = reading;
        let broke = loop {
            match reading.read() {
                Ok(Some((_, more))) => reading = more,
                Ok(None) => panic!("it came to its end"),
                Err(error) => break error,
            }
        };
        assert!(!matches!(broke, Error::Died(_)), "{broke}");
    }
}
