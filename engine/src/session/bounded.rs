//! A stream whose limits hold until it ends, whether anyone reads it or not.

use super::Limits;
use super::together::Together;
use super::watch::Watch;
use crate::Error;
use arrow::array::{Array, ArrayRef, AsArray as _, RecordBatch};
use arrow::datatypes::{DataType, SchemaRef};
use datafusion::error::{DataFusionError, Result};
use datafusion::execution::{RecordBatchStream, SendableRecordBatchStream};
use futures::{Stream, StreamExt as _};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use tokio::runtime::Handle;
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::task::JoinHandle;
use tokio::time::{Sleep, sleep_until};
use tracing::{Instrument as _, Span};

/// The batches that wait for a reader.
const AHEAD: usize = 2;

/// What a query gives. The query runs in a task, so that the deadline ends it, and frees what it holds, even when its reader
/// has stopped to read; the row or byte too many ends it as well, and so does the drop of this. A task can be stopped only
/// where it rests, so its reader looks at the clock too, and is told in time whatever the task does.
pub(super) struct Bounded {
    schema: SchemaRef,
    batches: Receiver<RecordBatch>,
    watch: Arc<Watch>,
    /// Made where it is waited for, on the reader's own clock.
    late: Option<Pin<Box<Sleep>>>,
    /// Gone when its end has been told.
    task: Option<JoinHandle<Result<()>>>,
}

impl Bounded {
    /// Begins what gives such rows and runs it, both on these threads, within a span that ends with it, until the deadline or the end of the
    /// step that it is in then.
    pub(super) fn new(
        schema: SchemaRef,
        begins: impl FnOnce() -> Result<SendableRecordBatchStream> + Send + 'static,
        (threads, span): (&Handle, Span),
        watch: Arc<Watch>,
        limits: Limits,
    ) -> Self {
        let (sender, batches) = channel(AHEAD);
        let watched = Arc::clone(&watch);
        let runs = async move {
            tokio::select! {
                biased;
                () = sleep_until(watched.deadline) => Err(watched.late()),
                () = sender.closed() => Ok(()),
                end = async { forward(begins()?, &sender, limits).await } => end,
            }
        };
        let task = threads.spawn(runs.instrument(span));
        Self { schema, batches, watch, late: None, task: Some(task) }
    }

    /// The next batch, or how the task ended.
    fn poll_task(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<RecordBatch>>> {
        let Some(task) = &mut self.task else { return Poll::Ready(None) };
        if let Some(batch) = ready!(self.batches.poll_recv(cx)) {
            return Poll::Ready(Some(Ok(batch)));
        }
        let end = ready!(Pin::new(task).poll(cx));
        self.task = None;
        Poll::Ready(match end {
            Ok(Ok(())) => None,
            Ok(Err(error)) => Some(Err(error)),
            Err(died) => Some(Err(external(Error::Task(died)))),
        })
    }

    fn stop(&mut self) {
        self.watch.ends();
        if let Some(task) = self.task.take() {
            task.abort();
        }
        self.batches.close();
    }
}

/// Owns the query: it ends with this. What is made while the reader is busy is put together.
async fn forward(mut inner: SendableRecordBatchStream, sender: &Sender<RecordBatch>, limits: Limits) -> Result<()> {
    let mut waiting = Together::new(&inner.schema());
    let (mut rows, mut bytes) = (0, 0_usize);
    let end = loop {
        let next = tokio::select! {
            biased;
            room = sender.reserve(), if !waiting.is_empty() => {
                let Ok(room) = room else { return Ok(()) };
                if let Some(batch) = waiting.pop()? {
                    room.send(batch);
                }
                continue;
            }
            next = inner.next(), if waiting.has_room() => next,
        };
        let batch = match next {
            Some(Ok(batch)) => batch,
            Some(Err(error)) => break Err(error),
            None => break Ok(()),
        };
        let size = batch.columns().iter().fold(0_usize, |sum, column| sum.saturating_add(size(column)));
        rows += batch.num_rows();
        bytes = bytes.saturating_add(size);
        if rows > limits.rows {
            break Err(external(Error::Question(format!(
                "the answer has more than {} rows: add a LIMIT, narrow the period, or aggregate",
                limits.rows
            ))));
        }
        if bytes > limits.bytes {
            break Err(external(Error::Question(format!(
                "the answer has more than {} bytes: select fewer columns, add a LIMIT, or narrow the period",
                limits.bytes
            ))));
        }
        waiting.push(batch, size);
    };
    // What came before an error is told before it.
    while let Some(batch) = waiting.pop()? {
        if sender.send(batch).await.is_err() {
            return Ok(());
        }
    }
    end
}

/// The bytes of an array's own values. Arrow's measure counts those of a list in full for each slice of it.
pub(super) fn size(array: &ArrayRef) -> usize {
    let of =
        |array: &dyn Array| array.to_data().get_slice_memory_size().unwrap_or_else(|_| array.get_array_memory_size());
    match array.data_type() {
        DataType::List(_) => {
            let list = array.as_list::<i32>();
            let (first, last) = (list.value_offsets()[0] as usize, list.value_offsets()[list.len()] as usize);
            list.len() * 4 + size(&list.values().slice(first, last - first))
        }
        DataType::Struct(_) => array.as_struct().columns().iter().map(size).sum(),
        DataType::Utf8View => array.len() * 16 + array.as_string_view().total_bytes_len(),
        DataType::BinaryView => array.len() * 16 + array.as_binary_view().total_bytes_len(),
        _ => of(array),
    }
}

fn external(error: Error) -> DataFusionError {
    DataFusionError::External(Box::new(error))
}

impl Stream for Bounded {
    type Item = Result<RecordBatch>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if let Poll::Ready(next) = self.poll_task(cx) {
            return Poll::Ready(next);
        }
        let deadline = self.watch.deadline;
        let clock = self.late.get_or_insert_with(|| Box::pin(sleep_until(deadline)));
        if clock.as_mut().poll(cx).is_pending() {
            return Poll::Pending;
        }
        self.stop();
        Poll::Ready(Some(Err(self.watch.late())))
    }
}

impl RecordBatchStream for Bounded {
    fn schema(&self) -> SchemaRef {
        SchemaRef::clone(&self.schema)
    }
}

impl Drop for Bounded {
    fn drop(&mut self) {
        self.stop();
    }
}
