//! Rows on their way to a client.

use super::Problem;
use super::trail::Asked;
use crate::output::{Encoder, Format};
use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse as _, Response};
use datafusion::execution::SendableRecordBatchStream;
use futures::{StreamExt as _, stream};
use pulse_engine::session;

/// The format that a request's `Accept` header asks for.
pub(super) fn format(headers: &HeaderMap) -> Result<Format, Problem> {
    let accept = headers.get(header::ACCEPT).and_then(|v| v.to_str().ok());
    Format::accepted(accept).ok_or_else(Problem::not_acceptable)
}

/// Answers with rows as they come. The first of them is waited for, so that a query that fails at once is told as a problem;
/// one that fails later breaks the response off, which no client takes for the end.
///
/// The query belongs to the response: when the client leaves, both are dropped.
///
/// The audit trail is told how many rows and bytes went out, and how it ended.
pub(super) async fn rows(
    format: Format,
    mut rows: SendableRecordBatchStream,
    mut asked: Asked,
) -> Result<Response, Problem> {
    let mut encoder = Encoder::new(format, &rows.schema())?;
    let first = match rows.next().await {
        Some(batch) => Some(batch.map_err(session::error)?),
        None => None,
    };
    asked.is_known().await?;
    let head = match first {
        Some(batch) => {
            let head = encoder.encode(&batch)?;
            asked.gives(batch.num_rows(), head.len());
            head
        }
        None => Vec::new(),
    };
    let body = stream::unfold(Some((rows, encoder, asked)), |open| async {
        let (mut rows, mut encoder, mut asked) = open?;
        let (count, bytes) = match rows.next().await {
            Some(Ok(batch)) => (batch.num_rows(), encoder.encode(&batch)),
            Some(Err(error)) => (0, Err(session::error(error).into())),
            None => {
                let tail = encoder.finish();
                asked.gives(0, tail.as_ref().map_or(0, Vec::len));
                asked.ends();
                return Some((tail.map(Bytes::from), None));
            }
        };
        match bytes {
            Ok(bytes) => {
                asked.gives(count, bytes.len());
                Some((Ok(Bytes::from(bytes)), Some((rows, encoder, asked))))
            }
            Err(error) => {
                asked.breaks();
                tracing::warn!(%error, "an answer broke off");
                Some((Err(error), None))
            }
        }
    });
    let body = stream::once(async move { Ok(Bytes::from(head)) }).chain(body);
    Ok(([(header::CONTENT_TYPE, format.media_type())], Body::from_stream(body)).into_response())
}
