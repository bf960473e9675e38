//! Values for the parameters of a prepared statement, as they are put.

use crate::http::Problem;
use arrow::array::{Array as _, ArrayData, RecordBatch};
use arrow::compute::concat_batches;
use arrow::ipc::root_as_message;
use arrow_flight::FlightData;
use arrow_flight::decode::FlightRecordBatchStream;
use arrow_flight::error::FlightError;
use futures::{StreamExt as _, TryStreamExt as _, stream};
use pulse_engine::session::Parameters;
use tonic::Streaming;

/// The most bytes that they may have: they are carried by the client, with every call.
const MOST_BYTES: usize = 1 << 20;
/// The most values that they may have, those in lists and structs included: a list of NULLs takes no bytes, however long it is.
const MOST_VALUES: usize = 1 << 20;

/// The rows that are put, as one batch. There should be one.
pub(super) async fn row(first: FlightData, rest: Streaming<FlightData>) -> Result<RecordBatch, Problem> {
    let mut taken = 0_usize;
    let messages = stream::iter([Ok(first)]).chain(rest.map_err(FlightError::from)).map(move |message| {
        let message = message?;
        is_whole(&message)?;
        taken = taken.saturating_add(message.data_header.len()).saturating_add(message.data_body.len());
        if taken > MOST_BYTES {
            let why = format!("parameters may have up to {MOST_BYTES} bytes: send fewer, or shorter ones");
            return Err(FlightError::ProtocolError(why));
        }
        Ok(message)
    });
    let mut batches = FlightRecordBatchStream::new_from_flight_data(messages);
    let (mut all, mut values) = (Vec::new(), 0_usize);
    while let Some(batch) = batches.try_next().await.map_err(unreadable)? {
        if batch.num_rows() > 1 {
            // Rows may share their bytes, and would have their own once they are put together.
            Parameters::of_row(&batch)?;
        }
        values = batch.columns().iter().fold(values, |sum, column| sum.saturating_add(held(&column.to_data())));
        if values > MOST_VALUES {
            let why = format!("parameters may have up to {MOST_VALUES} values, those in lists included: send fewer");
            return Err(Problem::invalid(why));
        }
        all.push(batch);
    }
    let schema = batches.schema().ok_or_else(|| Problem::invalid("no parameters were put: send a batch of one row"))?;
    concat_batches(schema, &all).map_err(|e| unreadable(FlightError::Arrow(e)))
}

/// Refuses a message that is packed, since what is made room for is what it says of itself; and one that says of its values that they lie
/// where it has nothing.
fn is_whole(message: &FlightData) -> Result<(), FlightError> {
    let header = root_as_message(&message.data_header).map_err(|e| FlightError::DecodeError(e.to_string()))?;
    let batch = header.header_as_record_batch().or_else(|| header.header_as_dictionary_batch()?.data());
    let Some(batch) = batch else { return Ok(()) };
    if batch.compression().is_some() {
        let why = "parameters are taken as they are: send them without compression of their buffers";
        return Err(FlightError::ProtocolError(why.to_owned()));
    }
    let lies_within = |buffer: &arrow::ipc::Buffer| {
        let [at, length] = [buffer.offset(), buffer.length()].map(|bytes| usize::try_from(bytes).ok());
        at.zip(length).and_then(|(at, length)| at.checked_add(length)).is_some_and(|end| end <= message.data_body.len())
    };
    if batch.buffers().into_iter().flatten().all(lies_within) {
        Ok(())
    } else {
        Err(FlightError::DecodeError("values lie beyond the end of their message".to_owned()))
    }
}

/// How many values there are, those in lists and structs included.
fn held(values: &ArrayData) -> usize {
    values.child_data().iter().fold(values.len(), |sum, within| sum.saturating_add(held(within)))
}

fn unreadable(error: FlightError) -> Problem {
    match error {
        FlightError::ProtocolError(why) => Problem::invalid(why),
        other => Problem::invalid(format!("the parameters cannot be read: {other}")),
    }
}
