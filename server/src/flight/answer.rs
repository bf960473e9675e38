//! Rows on their way to a client.

use super::running::Answering;
use super::status::cancelled;
use crate::http::{Asked, Problem};
use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use arrow_flight::FlightData;
use arrow_flight::encode::{DictionaryHandling, FlightDataEncoder, FlightDataEncoderBuilder};
use arrow_flight::error::FlightError;
use datafusion::execution::SendableRecordBatchStream;
use futures::{Stream, StreamExt as _, stream};
use pulse_engine::session;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tonic::Status;

/// What a client is sent.
pub(super) type Sent<T> = Pin<Box<dyn Stream<Item = Result<T, Status>> + Send + 'static>>;

/// Puts batches into messages of a size that every client takes (2 MiB, unless a single row is larger).
fn encoder<S>(schema: SchemaRef, batches: S) -> FlightDataEncoder
where
    S: Stream<Item = Result<RecordBatch, FlightError>> + Send + 'static,
{
    // The schema is sent first, also when no row follows. Dictionaries stay what they are, as they do over REST.
    let builder = FlightDataEncoderBuilder::new().with_schema(schema);
    builder.with_dictionary_handling(DictionaryHandling::Resend).build(batches)
}

/// The schema that rows of this one are sent under, to the bit.
pub(super) fn sent(schema: &SchemaRef) -> SchemaRef {
    encoder(Arc::clone(schema), stream::empty()).known_schema().unwrap_or_else(|| Arc::clone(schema))
}

/// Sends an answer as it comes, and no faster than the client reads. The query belongs to the stream: when the client leaves or
/// takes the question back, both are dropped.
///
/// The audit trail is told how many rows and bytes went out, and how it ended.
pub(super) fn rows(rows: SendableRecordBatchStream, asked: Asked, answering: Answering) -> Sent<FlightData> {
    let schema = rows.schema();
    // Messages do not say how many rows they hold; what was taken from the query since the last one does.
    let taken = Arc::new(AtomicUsize::new(0));
    let counts = Arc::clone(&taken);
    let batches = rows.map(move |batch| match batch {
        Ok(batch) => {
            counts.fetch_add(batch.num_rows(), Ordering::Relaxed);
            Ok(batch)
        }
        Err(error) => Err(FlightError::from(Status::from(Problem::from(session::error(error))))),
    });
    let messages = encoder(schema, batches);
    Box::pin(stream::unfold(Some((messages, asked, answering)), move |open| {
        let taken = Arc::clone(&taken);
        async move {
            let (mut messages, mut asked, answering) = open?;
            let next = tokio::select! {
                biased;
                () = answering.stopped() => Some(Err(Status::from(cancelled()))),
                next = messages.next() => next.map(|message| message.map_err(failed)),
            };
            match next {
                Some(Ok(message)) => {
                    let bytes = message.data_header.len() + message.data_body.len();
                    asked.gives(taken.swap(0, Ordering::Relaxed), bytes);
                    Some((Ok(message), Some((messages, asked, answering))))
                }
                Some(Err(status)) => {
                    asked.breaks();
                    tracing::warn!(%status, "an answer broke off");
                    Some((Err(status), None))
                }
                None => {
                    asked.ends();
                    None
                }
            }
        }
    }))
}

/// Sends a batch that is here already.
pub(super) fn batch(batch: RecordBatch) -> Sent<FlightData> {
    let messages = encoder(batch.schema(), stream::iter([Ok(batch)]));
    Box::pin(messages.map(|message| message.map_err(failed)))
}

/// What ends a stream of messages, as a client is told.
fn failed(error: FlightError) -> Status {
    match error {
        FlightError::Tonic(status) => *status,
        FlightError::Arrow(error) => Status::from(Problem::from(crate::Error::from(error))),
        other => Status::from(Problem::from(crate::Error::Output(std::io::Error::other(other)))),
    }
}
