//! The place of a query, held until the last of its tasks has ended.

use super::through::Through;
use super::workers::Taken;
use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use datafusion::common::Result;
use datafusion::execution::{RecordBatchStream, SendableRecordBatchStream};
use datafusion::physical_plan::stream::RecordBatchReceiverStream;
use datafusion::physical_plan::{EmptyRecordBatchStream, ExecutionPlan};
use futures::{Stream, StreamExt as _};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use tracing::Instrument as _;

/// A place among the queries that run.
pub(super) type Place = Arc<Taken>;

/// A stream that holds the place for as long as it is there, and goes on on other threads once its question has run for long.
struct Going {
    rows: SchemaRef,
    inner: SendableRecordBatchStream,
    place: Place,
    is_elsewhere: bool,
}

impl Stream for Going {
    type Item = Result<RecordBatch>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let going = &mut *self;
        if !going.is_elsewhere
            && let Some(threads) = going.place.elsewhere()
        {
            going.is_elsewhere = true;
            let mut there = RecordBatchReceiverStream::builder(Arc::clone(&going.rows), 1);
            let (batches, place) = (there.tx(), Arc::clone(&going.place));
            let nothing = Box::pin(EmptyRecordBatchStream::new(Arc::clone(&going.rows)));
            let inner = std::mem::replace(&mut going.inner, nothing);
            let goes_on = async move {
                // Free after what runs is gone.
                let _held = place;
                let mut inner = inner;
                while let Some(batch) = inner.next().await {
                    let is_over = batch.is_err();
                    if batches.send(batch).await.is_err() || is_over {
                        break;
                    }
                }
                Ok(())
            };
            there.spawn_on(goes_on.in_current_span(), threads);
            going.inner = there.build();
        }
        going.inner.poll_next_unpin(cx)
    }
}

impl RecordBatchStream for Going {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.rows)
    }
}

/// An operator whose streams hold the place: it stands below those that run their input in tasks of their own, which go on
/// to the end of their step when the query is dropped.
pub(super) fn held(input: Arc<dyn ExecutionPlan>, place: Place) -> Arc<dyn ExecutionPlan> {
    Through::by(input, "Held", move |input, partition, context| {
        let inner = input.execute(partition, context)?;
        Ok(Box::pin(Going { rows: inner.schema(), inner, place: Arc::clone(&place), is_elsewhere: false }))
    })
}
