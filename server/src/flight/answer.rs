//! Rows on their way to a client.

use crate::http::Problem;
use crate::queries::Answer;
use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use arrow::ipc::writer::IpcWriteOptions;
use arrow_flight::FlightData;
use arrow_flight::encode::{DictionaryHandling, FlightDataEncoder, FlightDataEncoderBuilder};
use arrow_flight::error::FlightError;
use futures::{Stream, StreamExt as _, stream};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::sync::Mutex;
use tonic::Status;

/// What a client is sent.
pub(super) type Sent<T> = Pin<Box<dyn Stream<Item = Result<T, Status>> + Send + 'static>>;

/// Puts batches into messages of a size that every client takes (2 MiB, unless a single row is larger).
fn encoder<S>(schema: SchemaRef, options: IpcWriteOptions, batches: S) -> FlightDataEncoder
where
    S: Stream<Item = Result<RecordBatch, FlightError>> + Send + 'static,
{
    // The schema is sent first, also when no row follows. Dictionaries stay what they are, as they do over REST.
    let builder = FlightDataEncoderBuilder::new().with_schema(schema).with_options(options);
    builder.with_dictionary_handling(DictionaryHandling::Resend).build(batches)
}

/// The schema that rows of this one are sent under, to the bit.
pub(super) fn sent(schema: &SchemaRef) -> SchemaRef {
    encoder(Arc::clone(schema), IpcWriteOptions::default(), stream::empty())
        .known_schema()
        .unwrap_or_else(|| Arc::clone(schema))
}

/// Sends an answer as it comes, and no faster than the client reads. The query belongs to the stream: when the client leaves,
/// both are dropped.
pub(super) fn rows(answer: Answer, options: IpcWriteOptions) -> Sent<FlightData> {
    let schema = Arc::clone(answer.schema());
    // The encoder asks for batches, and what it makes of them is counted where it goes out.
    let answer = Arc::new(Mutex::new(answer));
    // Messages do not say how many rows they hold; what was taken from the query since the last one does.
    let taken = Arc::new(AtomicUsize::new(0));
    let counts = Arc::clone(&taken);
    let batches = stream::unfold((Arc::clone(&answer), counts), async |(answer, counts)| {
        let batch = answer.lock().await.next().await?;
        let batch = match batch {
            Ok(batch) => {
                counts.fetch_add(batch.num_rows(), Ordering::Relaxed);
                Ok(batch)
            }
            Err(error) => Err(FlightError::from(Status::from(Problem::from(error)))),
        };
        Some((batch, (answer, counts)))
    });
    Box::pin(stream::unfold(Some((encoder(schema, options, batches), answer, taken)), async |open| {
        let (mut messages, answer, taken) = open?;
        match messages.next().await? {
            Ok(message) => {
                let bytes = message.data_header.len() + message.data_body.len();
                answer.lock().await.gives(taken.swap(0, Ordering::Relaxed), bytes);
                Some((Ok(message), Some((messages, answer, taken))))
            }
            Err(error) => {
                let status = failed(error);
                answer.lock().await.breaks(&crate::Error::Output(std::io::Error::other(status.message().to_owned())));
                tracing::warn!(%status, "an answer broke off");
                Some((Err(status), None))
            }
        }
    }))
}

/// Sends a batch that is here already.
pub(super) fn batch(batch: RecordBatch, options: IpcWriteOptions) -> Sent<FlightData> {
    let messages = encoder(batch.schema(), options, stream::iter([Ok(batch)]));
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
