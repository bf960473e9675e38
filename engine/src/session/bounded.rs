//! A stream whose limits hold until it ends, whether anyone reads it or not.

use super::Limits;
use crate::Error;
use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use datafusion::error::{DataFusionError, Result};
use datafusion::execution::{RecordBatchStream, SendableRecordBatchStream};
use futures::{Stream, StreamExt as _};
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep_until};

/// The batches that wait for a reader.
const AHEAD: usize = 2;

/// What a query gives. The query runs in a task, so that the deadline ends it, and frees what it holds, even when its reader
/// has stopped to read; the row too many ends it as well, and so does the drop of this.
pub(super) struct Bounded {
    schema: SchemaRef,
    batches: Receiver<RecordBatch>,
    /// Gone when its end has been told.
    task: Option<JoinHandle<Result<()>>>,
}

impl Bounded {
    pub(super) fn new(inner: SendableRecordBatchStream, deadline: Instant, limits: Limits) -> Self {
        let schema = inner.schema();
        let (sender, batches) = channel(AHEAD);
        let task = tokio::spawn(async move {
            tokio::select! {
                biased;
                () = sleep_until(deadline) => Err(external(Error::TimedOut { seconds: limits.seconds })),
                () = sender.closed() => Ok(()),
                end = forward(inner, &sender, limits) => end,
            }
        });
        Self { schema, batches, task: Some(task) }
    }
}

/// Owns the query: it ends with this.
async fn forward(mut inner: SendableRecordBatchStream, sender: &Sender<RecordBatch>, limits: Limits) -> Result<()> {
    let mut rows = 0;
    while let Some(batch) = inner.next().await.transpose()? {
        rows += batch.num_rows();
        if rows > limits.rows {
            return Err(external(Error::Question(format!(
                "the answer has more than {} rows: add a LIMIT, narrow the period, or aggregate",
                limits.rows
            ))));
        }
        if sender.send(batch).await.is_err() {
            break;
        }
    }
    Ok(())
}

fn external(error: Error) -> DataFusionError {
    DataFusionError::External(Box::new(error))
}

impl Stream for Bounded {
    type Item = Result<RecordBatch>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if let Some(batch) = ready!(self.batches.poll_recv(cx)) {
            return Poll::Ready(Some(Ok(batch)));
        }
        // The task is done, and says how it ended.
        let Some(task) = &mut self.task else { return Poll::Ready(None) };
        let end = ready!(Pin::new(task).poll(cx));
        self.task = None;
        Poll::Ready(match end {
            Ok(Ok(())) => None,
            Ok(Err(error)) => Some(Err(error)),
            Err(died) => Some(Err(external(Error::Task(died)))),
        })
    }
}

impl RecordBatchStream for Bounded {
    fn schema(&self) -> SchemaRef {
        SchemaRef::clone(&self.schema)
    }
}

impl Drop for Bounded {
    fn drop(&mut self) {
        if let Some(task) = &self.task {
            task.abort();
        }
    }
}
