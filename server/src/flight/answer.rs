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
use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::sync::Mutex;
use tokio::task::yield_now;
use tonic::Status;

/// So many bytes of messages are made of rows that are there already, while the trail is told of the query: that takes as long as a disk.
const AHEAD: usize = 4 << 20;

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

/// Sends an answer as it comes, and no faster than the client reads, once the trail knows of the query. It belongs to the stream: when the
/// client leaves, both are dropped.
pub(super) async fn rows(answer: Answer, options: IpcWriteOptions) -> Result<Sent<FlightData>, Problem> {
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
    let mut messages = encoder(schema, options, batches);
    let (mut ahead, mut bytes) = (VecDeque::new(), 0);
    while bytes < AHEAD && answer.lock().await.waits_for_its_trail() {
        let Some(message) = messages.next().await else { break };
        bytes += message.as_ref().map_or(AHEAD, size);
        ahead.push_back((message, taken.swap(0, Ordering::Relaxed)));
        yield_now().await;
    }
    {
        let mut answer = answer.lock().await;
        let known = answer.is_known().await;
        known.inspect_err(|error| answer.breaks(error))?;
    }
    Ok(Box::pin(stream::unfold(Some((ahead, messages, answer, taken)), async |open| {
        let (mut ahead, mut messages, answer, taken) = open?;
        let (message, rows) = match ahead.pop_front() {
            Some(ready) => ready,
            None => {
                let message = messages.next().await?;
                (message, taken.swap(0, Ordering::Relaxed))
            }
        };
        match message {
            Ok(message) => {
                answer.lock().await.gives(rows, size(&message));
                Some((Ok(message), Some((ahead, messages, answer, taken))))
            }
            Err(error) => {
                let status = failed(error);
                answer.lock().await.breaks(&crate::Error::Output(std::io::Error::other(status.message().to_owned())));
                // Its message may have values of rows.
                tracing::warn!(code = ?status.code(), "an answer broke off");
                Some((Err(status), None))
            }
        }
    })))
}

fn size(message: &FlightData) -> usize {
    message.data_header.len() + message.data_body.len()
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
