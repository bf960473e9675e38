//! Rows on their way to a client.

use super::Problem;
use crate::Error;
use crate::output::{Encoder, Format};
use crate::queries::Answer;
use arrow::array::RecordBatch;
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

/// Answers with rows as they come. The first of them is waited for, so that a query that fails at once is told as a problem;
/// one that fails later breaks the response off, which no client takes for the end.
///
/// The query belongs to the response: when the client leaves, both are dropped.
pub(super) async fn rows(format: Format, mut answer: Answer) -> Result<Response, Problem> {
    let mut encoder = Encoder::new(format, answer.schema()).inspect_err(|error| answer.breaks(error))?;
    let first = answer.next().await.transpose()?;
    answer.is_known().await?;
    let (mut head, mut ahead) = (Vec::new(), Some(None));
    if let Some(batch) = first {
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
        ahead => streamed(head, (answer, encoder, ahead)),
    };
    let mut response = (headers, body).into_response();
    if let Some(cache) = cache {
        response.headers_mut().insert(CACHE, cache);
    }
    Ok(response)
}

/// The rows after the first ones, as they come; of those the next may have come already.
fn streamed(head: Vec<u8>, open: (Answer, Encoder, Option<Option<Result<RecordBatch, Error>>>)) -> Body {
    let body = stream::unfold(Some(open), |open| async {
        let (mut answer, encoder, ahead) = open?;
        let next = match ahead {
            Some(next) => next,
            None => answer.next().await,
        };
        let bytes = match next.transpose() {
            Ok(batch) => {
                let count = batch.as_ref().map_or(0, RecordBatch::num_rows);
                let bytes = written(encoder, batch).await.inspect_err(|error| answer.breaks(error));
                bytes.map(|(bytes, encoder)| (count, bytes, encoder))
            }
            Err(error) => Err(error),
        };
        match bytes {
            Ok((count, bytes, encoder)) => {
                answer.gives(count, bytes.len());
                Some((Ok(Bytes::from(bytes)), encoder.map(|encoder| (answer, encoder, None))))
            }
            Err(error) => {
                tracing::warn!(%error, "an answer broke off");
                Some((Err(error), None))
            }
        }
    });
    let body = stream::once(async move { Ok(Bytes::from(head)) }).chain(body);
    // What compresses it asks once more after the end.
    Body::from_stream(body.fuse())
}

/// What a batch is in bytes, with what writes the next one; or the end, where there is none. It is written behind: an answer so
/// long that it leaves as it is made lets shorter ones go first.
pub(super) async fn written(
    mut encoder: Encoder,
    batch: Option<RecordBatch>,
) -> Result<(Vec<u8>, Option<Encoder>), Error> {
    let writes = async move {
        match batch {
            Some(batch) => encoder.encode(&batch).map(|bytes| (bytes, Some(encoder))),
            None => encoder.finish().map(|bytes| (bytes, None)),
        }
    };
    behind()?.spawn(writes).await?
}
