//! Rows on their way into files that no commit names yet.

use super::commit::Committed;
use super::digest::Digest;
use super::table::Table;
use super::{Progress, Scope, When, write};
use crate::Result;
use arrow::array::{Array as _, ArrayRef, RecordBatch};
use datafusion::execution::memory_pool::{MemoryConsumer, MemoryReservation};
use deltalake::kernel::Add;
use tokio::task::JoinSet;
use tracing::Instrument as _;

/// Rows that are in memory before they are written and while they are, in bytes, though they be fewer than a file may hold.
const MOST_BYTES: usize = 192 << 20;
/// And no more of new ones than this part of all the memory that there is: the rows of several tables are on their way at once.
const PART: usize = 8;

/// Takes rows in, and writes a sorted file whenever it holds as many as a file may, while it takes in the next. Never more are in memory
/// than two files hold.
pub(crate) struct Draft {
    table: Table,
    data_change: bool,
    written: Vec<Add>,
    /// What is being written, and how many bytes that is. It is let go of with the draft.
    writing: JoinSet<Result<Vec<Add>>>,
    in_writing: usize,
    held: Vec<RecordBatch>,
    rows: usize,
    /// How many bytes may be held.
    most: usize,
    memory: MemoryReservation,
}

impl Draft {
    /// A draft for `table`. `data_change` says whether its rows are new, rather than moved from other files.
    pub(crate) fn new(table: &Table, data_change: bool) -> Self {
        let memory = MemoryConsumer::new(format!("rewrite of {}", table.name())).register(table.lake().pool());
        let part = table.lake().options().memory_bytes / PART;
        // What only moves makes files that are large enough to stay, however little memory there is.
        let most = if data_change { part.min(MOST_BYTES) } else { MOST_BYTES };
        Self {
            table: table.clone(),
            data_change,
            written: Vec::new(),
            writing: JoinSet::new(),
            in_writing: 0,
            held: Vec::new(),
            rows: 0,
            most,
            memory,
        }
    }

    pub(crate) async fn push(&mut self, batch: RecordBatch) -> Result<()> {
        let most = self.table.lake().options().file_rows.max(1);
        let mut rest = batch;
        while self.rows + rest.num_rows() >= most {
            let room = most - self.rows;
            self.hold(rest.slice(0, room));
            self.write().await?;
            rest = rest.slice(room, rest.num_rows() - room);
        }
        if rest.num_rows() > 0 {
            self.hold(rest);
        }
        if self.memory.size() + self.in_writing > self.most {
            self.settle().await?;
        }
        if self.memory.size() > self.most { self.write().await } else { Ok(()) }
    }

    /// The rows of one file are always granted, since they are bounded; whoever asks the pool after that gets less.
    fn hold(&mut self, batch: RecordBatch) {
        self.memory.grow(size(&batch));
        self.rows += batch.num_rows();
        self.held.push(batch);
    }

    /// Begins to write what is held, once what was written before is there.
    async fn write(&mut self) -> Result<()> {
        self.settle().await?;
        if self.rows > 0 {
            let (table, data_change) = (self.table.clone(), self.data_change);
            let (held, memory) = (std::mem::take(&mut self.held), self.memory.take());
            (self.rows, self.in_writing) = (0, memory.size());
            let writing = async move {
                let written = write::files(&table, held, data_change).await;
                drop(memory);
                written
            };
            self.writing.spawn(writing.in_current_span());
        }
        Ok(())
    }

    /// Waits until nothing is being written.
    async fn settle(&mut self) -> Result<()> {
        while let Some(written) = self.writing.join_next().await {
            self.written.extend(written??);
        }
        self.in_writing = 0;
        Ok(())
    }

    /// All of its files.
    pub(crate) async fn finish(mut self) -> Result<Vec<Add>> {
        self.write().await?;
        self.settle().await?;
        Ok(self.written)
    }

    /// A draft that goes on from what this one holds, without the files that it wrote.
    fn fork(&self) -> Self {
        let mut fork = Self::new(&self.table, self.data_change);
        fork.held.clone_from(&self.held);
        fork.rows = self.rows;
        fork
    }
}

/// What a batch takes in memory. A slice counts for its own part of what it shares.
pub(crate) fn size(batch: &RecordBatch) -> usize {
    let column = |array: &ArrayRef| array.to_data().get_slice_memory_size().unwrap_or(array.get_array_memory_size());
    batch.columns().iter().map(column).sum()
}

/// Rows that are to take the place of others, taken in batch by batch.
pub struct Replacement {
    draft: Draft,
    rows: u64,
    /// What the rows come to, where there may be others that they are to be held against.
    digest: Option<Digest>,
}

impl Replacement {
    pub(crate) fn new(table: &Table, may_be_there: bool) -> Self {
        Self { draft: Draft::new(table, true), rows: 0, digest: may_be_there.then(Digest::default) }
    }

    /// Takes rows in.
    ///
    /// # Errors
    /// When storage fails or there is no memory for them.
    pub async fn push(&mut self, batch: RecordBatch) -> Result<()> {
        if let Some(digest) = &mut self.digest {
            digest.add(&batch)?;
        }
        self.rows += batch.num_rows() as u64;
        self.draft.push(batch).await
    }

    /// The table that they are for.
    pub fn table(&self) -> &Table {
        &self.draft.table
    }

    /// How many rows were taken in.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// Puts the rows in the place of all rows, or of those in `scope`. Nothing is committed when they are the same.
    ///
    /// # Errors
    /// As [`Table::append`].
    pub async fn commit(mut self, scope: Option<&Scope>, progress: &[Progress], when: When) -> Result<Committed> {
        self.draft.settle().await?;
        let table = self.draft.table.clone();
        table.commit_replacement(&self, scope, progress, when).await
    }

    /// Whether the rows are those that come to this.
    pub(crate) fn is(&self, others: &Digest) -> bool {
        match &self.digest {
            Some(own) => own == others,
            None => self.rows == 0 && others.rows() == 0,
        }
    }

    /// The files that hold the rows, but for those of [`Replacement::rest`].
    pub(crate) fn written(&self) -> &[Add] {
        &self.draft.written
    }

    /// The rows that do not fill a file, to be written together with those that stay.
    pub(crate) fn rest(&self) -> Draft {
        self.draft.fork()
    }
}

impl std::fmt::Debug for Replacement {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Replacement").field("table", &self.draft.table).field("rows", &self.rows).finish()
    }
}
