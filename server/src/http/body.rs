//! The body of a request: read whole, or refused.

use super::Problem;
use axum::body::Body;
use futures::StreamExt as _;
use std::time::Duration;

/// The largest body that is read: far more than any question needs.
pub(super) const MOST_BYTES: usize = 1 << 20;
/// How much of a longer one is read and thrown away. Its sender reads no answer while it writes: cut off at once, it would
/// see a broken connection instead of why it was refused.
const DRAINED_BYTES: usize = 32 << 20;
/// How long a body may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// All of a request's body.
///
/// # Errors
/// [`Problem`] `too-large` for more than 1 MiB, `invalid-request` when it breaks off or takes longer than 30 s.
pub(super) async fn read(body: Body) -> Result<Vec<u8>, Problem> {
    read_up_to(body, MOST_BYTES).await
}

/// As [`read`], of at most so many bytes.
pub(super) async fn read_up_to(body: Body, most: usize) -> Result<Vec<u8>, Problem> {
    let late = |_| Problem::invalid("the request's body did not come within 30 s: send it at once");
    tokio::time::timeout(PATIENCE, gather(body, most)).await.map_err(late)?
}

async fn gather(body: Body, most: usize) -> Result<Vec<u8>, Problem> {
    let mut pieces = body.into_data_stream();
    let (mut read, mut length) = (Vec::new(), 0);
    while let Some(piece) = pieces.next().await {
        let piece = piece.map_err(|_| Problem::invalid("the request's body could not be read to its end"))?;
        length += piece.len();
        if length <= most {
            read.extend_from_slice(&piece);
        } else if length > DRAINED_BYTES {
            break;
        }
    }
    if length > most { Err(Problem::too_large()) } else { Ok(read) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::stream;
    use std::convert::Infallible;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    /// A body of so many pieces of 64 KiB, and how many of them were read.
    fn body(pieces: usize) -> (Body, Arc<AtomicUsize>) {
        let read = Arc::new(AtomicUsize::new(0));
        let counter = read.clone();
        let pieces = stream::iter(0..pieces).map(move |_| {
            counter.fetch_add(1, Ordering::Relaxed);
            Ok::<_, Infallible>(vec![b'x'; 1 << 16])
        });
        (Body::from_stream(pieces), read)
    }

    #[tokio::test]
    async fn a_body_is_read_up_to_its_bound_and_refused_past_it() {
        assert_eq!(read(body(16).0).await.map(|b| b.len()), Ok(1 << 20));
        assert_eq!(read(body(17).0).await, Err(Problem::too_large()));
    }

    #[tokio::test]
    async fn what_is_too_long_is_read_to_its_end_and_no_further_than_its_bound() {
        for (pieces, expected) in [(40, 40), (1000, 513)] {
            let (body, count) = body(pieces);
            assert_eq!(read(body).await, Err(Problem::too_large()));
            assert_eq!(count.load(Ordering::Relaxed), expected);
        }
    }
}
