//! What the object store is asked for: requests and bytes, which are what it costs.

use crate::spans::part;
use async_trait::async_trait;
use futures::stream::{self, BoxStream, StreamExt as _};
use object_store::{MultipartUpload, PutPayload, PutResult, Result as StoreResult, UploadPart};
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tracing::field::Empty;
use tracing::{Instrument as _, Span};

/// What was asked of the object store since the lake was opened: by how many requests, and for how many bytes.
///
/// A request that failed counts. What one is of a client that tries again by itself is counted once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Costs {
    /// Requests for an object, or a part of one.
    pub reads: u64,
    /// Requests that write an object, or a part of one, or copy one.
    pub writes: u64,
    /// Requests for a list, however many pages it has.
    pub lists: u64,
    /// Objects that were removed.
    pub deletes: u64,
    /// The bytes that were asked for.
    pub bytes_read: u64,
    /// The bytes that were written.
    pub bytes_written: u64,
}

/// Counts them.
#[derive(Debug, Default)]
pub(super) struct Counter {
    reads: AtomicU64,
    writes: AtomicU64,
    lists: AtomicU64,
    deletes: AtomicU64,
    bytes_read: AtomicU64,
    bytes_written: AtomicU64,
}

impl Counter {
    pub(super) fn told(&self) -> Costs {
        let of = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Costs {
            reads: of(&self.reads),
            writes: of(&self.writes),
            lists: of(&self.lists),
            deletes: of(&self.deletes),
            bytes_read: of(&self.bytes_read),
            bytes_written: of(&self.bytes_written),
        }
    }

    /// Some requests for objects are made.
    pub(super) fn reads(&self, requests: usize) {
        self.reads.fetch_add(requests as u64, Ordering::Relaxed);
    }

    /// So many bytes come.
    pub(super) fn gives(&self, bytes: u64) {
        self.bytes_read.fetch_add(bytes, Ordering::Relaxed);
    }

    /// A request that writes so many bytes is made.
    pub(super) fn writes(&self, bytes: usize) {
        self.writes.fetch_add(1, Ordering::Relaxed);
        self.bytes_written.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    pub(super) fn lists(&self) {
        self.lists.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn deletes(&self) {
        self.deletes.fetch_add(1, Ordering::Relaxed);
    }
}

/// The span of a request, within what somebody follows. It says what is done and for how many bytes, and never where: a path may be of
/// somebody's making.
pub(super) fn request(operation: &'static str) -> Span {
    part!("store", operation, bytes = Empty)
}

/// Tells a span for how many bytes it was: as a number that collectors know.
pub(super) fn note_bytes(span: &Span, bytes: u64) {
    span.record("bytes", i64::try_from(bytes).unwrap_or(i64::MAX));
}

/// The same, of which the bytes are known before.
pub(super) fn request_of(operation: &'static str, bytes: u64) -> Span {
    let span = request(operation);
    note_bytes(&span, bytes);
    span
}

/// A list that comes piece by piece, within the span of its request.
pub(super) fn listing<T: 'static>(span: Span, mut pieces: BoxStream<'static, T>) -> BoxStream<'static, T> {
    if span.is_disabled() {
        return pieces;
    }
    stream::poll_fn(move |cx| span.in_scope(|| pieces.poll_next_unpin(cx))).boxed()
}

/// An upload in parts, each of which is a request.
pub(super) struct Upload {
    pub(super) inner: Box<dyn MultipartUpload>,
    pub(super) counter: Arc<Counter>,
}

impl fmt::Debug for Upload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.fmt(f)
    }
}

#[async_trait]
impl MultipartUpload for Upload {
    fn put_part(&mut self, data: PutPayload) -> UploadPart {
        let bytes = data.content_length();
        self.counter.writes(bytes);
        Box::pin(self.inner.put_part(data).instrument(request_of("write", bytes as u64)))
    }

    async fn complete(&mut self) -> StoreResult<PutResult> {
        self.counter.writes(0);
        self.inner.complete().instrument(request_of("write", 0)).await
    }

    async fn abort(&mut self) -> StoreResult<()> {
        self.inner.abort().await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lake::store::Confined;
    use object_store::memory::InMemory;
    use object_store::path::Path;
    use object_store::{ObjectStore, ObjectStoreExt as _};

    #[tokio::test]
    async fn each_request_is_counted_once_with_its_bytes() {
        let counter = Arc::new(Counter::default());
        let store = Confined::new(Arc::new(InMemory::new()), Path::from("t"), counter.clone());
        let at = Path::from("t/a");
        store.put(&at, PutPayload::from_static(b"0123456789")).await.unwrap();
        assert_eq!(store.get_range(&at, 2..5).await.unwrap().len(), 3);
        store.get_ranges(&at, &[0..1, 4..8]).await.unwrap();
        store.head(&at).await.unwrap();
        assert_eq!(store.list(None).collect::<Vec<_>>().await.len(), 1);
        let mut upload = store.put_multipart(&Path::from("t/b")).await.unwrap();
        upload.put_part(PutPayload::from_static(b"abc")).await.unwrap();
        upload.complete().await.unwrap();
        store.delete(&at).await.unwrap();
        // What is outside of the fence is not asked for.
        store.get(&Path::from("u/a")).await.unwrap_err();
        let expected = Costs { reads: 4, writes: 4, lists: 1, deletes: 1, bytes_read: 8, bytes_written: 13 };
        assert_eq!(counter.told(), expected);
    }
}
