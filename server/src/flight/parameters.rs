//! Values for the parameters of a prepared statement, as they are put.

use crate::http::Problem;
use arrow::array::RecordBatch;
use arrow::compute::concat_batches;
use arrow_flight::FlightData;
use arrow_flight::decode::FlightRecordBatchStream;
use arrow_flight::error::FlightError;
use futures::{StreamExt as _, TryStreamExt as _, stream};
use tonic::Streaming;

/// The most bytes that they may have: they are carried by the client, with every call.
const MOST_BYTES: usize = 1 << 20;

/// All rows that are put, as one batch. There should be one; how many are too many is for the statement to say.
pub(super) async fn row(first: FlightData, rest: Streaming<FlightData>) -> Result<RecordBatch, Problem> {
    let mut taken = 0_usize;
    let messages = stream::iter([Ok(first)]).chain(rest.map_err(FlightError::from)).map(move |message| {
        let message = message?;
        taken = taken.saturating_add(message.data_header.len()).saturating_add(message.data_body.len());
        if taken > MOST_BYTES {
            let why = format!("parameters may have up to {MOST_BYTES} bytes: send fewer, or shorter ones");
            return Err(FlightError::ProtocolError(why));
        }
        Ok(message)
    });
    let mut batches = FlightRecordBatchStream::new_from_flight_data(messages);
    let mut all = Vec::new();
    while let Some(batch) = batches.try_next().await.map_err(unreadable)? {
        all.push(batch);
    }
    let schema = batches.schema().ok_or_else(|| Problem::invalid("no parameters were put: send a batch of one row"))?;
    concat_batches(schema, &all).map_err(|e| unreadable(FlightError::Arrow(e)))
}

fn unreadable(error: FlightError) -> Problem {
    match error {
        FlightError::ProtocolError(why) => Problem::invalid(why),
        other => Problem::invalid(format!("the parameters cannot be read: {other}")),
    }
}
