//! Rows on their way to a client.

use super::Problem;
use crate::Error;
use crate::output::{Encoder, Format};
use crate::queries::Answer;
use arrow::array::{Array as _, ArrayRef, RecordBatch};
use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse as _, Response};
use futures::{StreamExt as _, stream};
use pulse_engine::threads::behind;
use serde::Deserialize;
use std::time::Duration;
use tokio::time::timeout;
use utoipa::ToSchema;

/// The header that has the id of the query that is answered.
pub(super) const QUERY: &str = "pulse-query";
/// The header that says whether the answer was computed for an earlier query (`hit`) or now (`miss`), to whoever sees every row.
const CACHE: &str = "pulse-cache";

/// How JSON is laid out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Shape {
    /// An object for each row.
    #[default]
    Rows,
    /// An array for each column, in parts of some rows each.
    Columns,
}

/// The format that a request's `Accept` header asks for.
pub(super) fn format(headers: &HeaderMap) -> Result<Format, Problem> {
    let accept = headers.get(header::ACCEPT).and_then(|v| v.to_str().ok());
    Format::accepted(accept).ok_or_else(Problem::not_acceptable)
}

/// The same, laid out in a shape, which only JSON has.
pub(super) fn format_in(headers: &HeaderMap, shape: Shape) -> Result<Format, Problem> {
    match (format(headers)?, shape) {
        (format, Shape::Rows) => Ok(format),
        (Format::Json, Shape::Columns) => Ok(Format::JsonColumns),
        (_, Shape::Columns) => Err(Problem::invalid("`shape=columns` is for application/json: leave one of them out")),
    }
}

/// So long an answer's end is waited for once its first rows are there: what ends by then goes out whole, and says how long it is.
const SOON: Duration = Duration::from_millis(5);

/// An answer of so many bytes of rows is short: it is written where it is asked for, to its end.
const SHORT: usize = 64 << 10;

/// Answers with rows as they come. The first of them is waited for, so that a query that fails at once is told as a problem;
/// one that fails later breaks the response off, which no client takes for the end.
///
/// The query belongs to the response: when the client leaves, both are dropped.
pub(super) async fn rows(format: Format, answer: Answer) -> Result<Response, Problem> {
    let encoder = Encoder::new(format, answer.schema());
    sent(format, encoder, answer).await
}

/// The same as a file that people open.
pub(super) async fn file(format: Format, answer: Answer) -> Result<Response, Problem> {
    let encoder = Encoder::guarded(format, answer.schema());
    sent(format, encoder, answer).await
}

async fn sent(format: Format, encoder: Result<Encoder, Error>, mut answer: Answer) -> Result<Response, Problem> {
    let mut encoder = encoder.inspect_err(|error| answer.breaks(error))?;
    let first = answer.next().await.transpose()?;
    answer.is_known().await?;
    let (mut head, mut ahead, mut taken) = (Vec::new(), Some(None), 0);
    if let Some(batch) = first {
        taken = size(&batch);
        head = encoder.encode(&batch).inspect_err(|error| answer.breaks(error))?;
        answer.gives(batch.num_rows(), head.len());
        ahead = timeout(SOON, answer.next()).await.ok();
    }
    let cache = answer.is_cached().map(|cached| HeaderValue::from_static(if cached { "hit" } else { "miss" }));
    let id = HeaderValue::from_str(&answer.id()).map_err(|_| Problem::invalid("a query's id is no header"))?;
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(format.media_type())),
        (header::HeaderName::from_static(QUERY), id),
    ];
    let body = match ahead {
        Some(None) => {
            let tail = encoder.finish().inspect_err(|error| answer.breaks(error))?;
            answer.gives(0, tail.len());
            head.extend(tail);
            Body::from(head)
        }
        ahead => streamed(head, (answer, encoder, ahead, taken)),
    };
    let mut response = (headers, body).into_response();
    if let Some(cache) = cache {
        response.headers_mut().insert(CACHE, cache);
    }
    Ok(response)
}

/// An answer on its way, and what writes it; what came of it next, where that has come; and the bytes of the rows that came before.
type Open = (Answer, Encoder, Option<Option<Result<RecordBatch, Error>>>, usize);

/// The rows after the first ones, as they come; of those the next may have come already.
fn streamed(head: Vec<u8>, open: Open) -> Body {
    let body = stream::unfold(Some(open), |open| async {
        let (mut answer, encoder, ahead, taken) = open?;
        let next = match ahead {
            Some(next) => next,
            None => answer.next().await,
        };
        let bytes = match next.transpose() {
            Ok(batch) => {
                let count = batch.as_ref().map_or(0, RecordBatch::num_rows);
                let taken = taken.saturating_add(batch.as_ref().map_or(0, size));
                let bytes = written(encoder, batch, taken).await.inspect_err(|error| answer.breaks(error));
                bytes.map(|(bytes, encoder)| (count, bytes, encoder.map(|encoder| (encoder, taken))))
            }
            Err(error) => Err(error),
        };
        match bytes {
            Ok((count, bytes, encoder)) => {
                answer.gives(count, bytes.len());
                Some((Ok(Bytes::from(bytes)), encoder.map(|(encoder, taken)| (answer, encoder, None, taken))))
            }
            Err(error) => {
                Problem::from(&error).breaks_off();
                Some((Err(error), None))
            }
        }
    });
    let body = stream::once(async move { Ok(Bytes::from(head)) }).chain(body);
    // What compresses it asks once more after the end.
    Body::from_stream(body.fuse())
}

/// What a batch is in bytes, with what writes the next one; or the end, where there is none. `taken` are the bytes of all rows until then: an
/// answer so long that it leaves as it is made is written behind, so that it lets shorter ones go first. The end of a short one would wait
/// there for the longer ones of others.
pub(super) async fn written(
    encoder: Encoder,
    batch: Option<RecordBatch>,
    taken: usize,
) -> Result<(Vec<u8>, Option<Encoder>), Error> {
    if taken <= SHORT {
        return encoded(encoder, batch);
    }
    behind()?.spawn(async move { encoded(encoder, batch) }).await?
}

fn encoded(mut encoder: Encoder, batch: Option<RecordBatch>) -> Result<(Vec<u8>, Option<Encoder>), Error> {
    match batch {
        Some(batch) => encoder.encode(&batch).map(|bytes| (bytes, Some(encoder))),
        None => encoder.finish().map(|bytes| (bytes, None)),
    }
}

/// The bytes of a batch's own values, or more.
fn size(batch: &RecordBatch) -> usize {
    let size = |column: &ArrayRef| column.to_data().get_slice_memory_size().unwrap_or(usize::MAX);
    batch.columns().iter().map(size).fold(0, usize::saturating_add)
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::array::Int64Array;
    use std::sync::{Arc, mpsc};
    use std::thread::available_parallelism;

    #[tokio::test]
    async fn the_end_of_a_short_answer_waits_for_nobody_behind_and_that_of_a_long_one_does() {
        let column: ArrayRef = Arc::new(Int64Array::from(vec![1]));
        let batch = RecordBatch::try_from_iter([("n", column)]).unwrap();
        assert!((8..64).contains(&size(&batch)), "{}", size(&batch));
        let encoder = || {
            let mut encoder = Encoder::new(Format::Json, &batch.schema()).unwrap();
            let head = encoder.encode(&batch).unwrap();
            (encoder, head)
        };
        // All threads there do something else.
        let threads = available_parallelism().unwrap().get();
        let ((begins, begun), mut goes_on) = (mpsc::channel(), Vec::new());
        for _ in 0..threads {
            let (ends, end) = mpsc::channel::<()>();
            let begins = begins.clone();
            behind().unwrap().spawn(async move {
                begins.send(()).unwrap();
                // Until whoever would end it is gone.
                let _ = end.recv();
            });
            goes_on.push(ends);
        }
        tokio::task::spawn_blocking(move || (0..threads).for_each(|_| begun.recv().unwrap())).await.unwrap();
        let (short, mut whole) = encoder();
        whole.extend(written(short, None, size(&batch)).await.unwrap().0);
        assert_eq!(String::from_utf8(whole).unwrap().trim(), "[{\"n\":1}]");
        let (long, _) = encoder();
        let mut ends = Box::pin(written(long, None, SHORT + 1));
        assert!(timeout(Duration::from_millis(100), &mut ends).await.is_err());
        drop(goes_on);
        assert!(ends.await.unwrap().1.is_none());
    }
}
