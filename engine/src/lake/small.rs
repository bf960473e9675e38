//! Small data files, kept in memory once they were read. A tenant that is synced often has many of them until they are compacted, and
//! each would be two requests of every step and every question: one for its footer, and one for its rows.
//!
//! The name of a data file holds an id of its own, and nobody writes it twice: what was read of it is what there is, until it is deleted.
//! What another process deletes is kept here until other files need the room, and no table names it.

use bytes::Bytes;
use futures::{FutureExt as _, StreamExt as _};
use object_store::path::Path;
use object_store::{Attributes, GetOptions, GetResult, GetResultPayload, ObjectMeta, Result as StoreResult};
use quick_cache::Weighter;
use quick_cache::sync::Cache;
use std::fmt;
use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};

/// The most bytes of a file that is kept. So many of its last ones are asked for where its footer is wanted.
pub(super) const MOST_FILE_BYTES: usize = 64 << 10;

/// What the place of a file takes beside its bytes.
const PLACE_BYTES: u64 = 512;

/// The small data files that were read last and most often.
pub(super) struct SmallFiles {
    files: Cache<Path, Small, Bytewise>,
    /// How often files went: a read that was under way then keeps nothing, since it may be of one of them.
    gone: AtomicU64,
}

/// One whole file.
#[derive(Clone)]
struct Small {
    bytes: Bytes,
    meta: ObjectMeta,
}

/// A file weighs what it takes.
#[derive(Clone)]
struct Bytewise;

impl Weighter<Path, Small> for Bytewise {
    fn weight(&self, path: &Path, small: &Small) -> u64 {
        small.meta.size + 2 * path.as_ref().len() as u64 + PLACE_BYTES
    }
}

impl fmt::Debug for SmallFiles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SmallFiles").field("bytes", &self.files.weight()).finish_non_exhaustive()
    }
}

impl SmallFiles {
    /// At most so many bytes of them.
    pub(super) fn new(most_bytes: u64) -> Self {
        let files = usize::try_from(most_bytes).unwrap_or(usize::MAX) / MOST_FILE_BYTES;
        Self { files: Cache::with_weighter(files, most_bytes, Bytewise), gone: AtomicU64::new(0) }
    }

    /// What is asked for, where the file is kept and nothing is asked that only the store can tell.
    pub(super) fn get(&self, at: &Path, options: &GetOptions) -> Option<GetResult> {
        let small = self.files.get(at).filter(|_| !is_conditional(options))?;
        let range = match &options.range {
            Some(range) => range.as_range(small.meta.size).ok()?,
            None => 0..small.meta.size,
        };
        Some(small.told(range, Attributes::new()))
    }

    /// Parts of a file that is kept.
    pub(super) fn get_ranges(&self, at: &Path, ranges: &[Range<u64>]) -> Option<Vec<Bytes>> {
        let small = self.files.get(at)?;
        // A range that the file does not have is for the store to refuse.
        let has = |range: &Range<u64>| range.start < range.end && range.end <= small.meta.size;
        ranges.iter().map(|range| has(range).then(|| small.part(range))).collect()
    }

    /// How often files went by now, to be told when what is asked for now is to be kept.
    pub(super) fn gone(&self) -> u64 {
        self.gone.load(Ordering::SeqCst)
    }

    /// Keeps what was got, where that is a whole small file, and no file went since it was asked for; the same, to be read.
    pub(super) async fn keep(&self, at: &Path, got: GetResult, gone: u64) -> StoreResult<GetResult> {
        if got.range != (0..got.meta.size) || got.meta.size > MOST_FILE_BYTES as u64 {
            return Ok(got);
        }
        let (meta, range, attributes) = (got.meta.clone(), got.range.clone(), got.attributes.clone());
        let bytes = got.bytes().await?;
        // On a disk a file may be cut while it is read.
        if bytes.len() as u64 != meta.size {
            return Ok(answer(bytes, meta, range, attributes));
        }
        // A copy: what came may be a part of a larger buffer, which would be kept with it.
        let small = Small { bytes: Bytes::copy_from_slice(&bytes), meta };
        self.files.insert(at.clone(), small.clone());
        // Whoever deletes counts first, so that one of the two takes it out.
        if self.gone() != gone {
            self.files.remove(at);
        }
        Ok(small.told(range, attributes))
    }

    /// Another file is to be in the place of one.
    pub(super) fn replace(&self, at: &Path) {
        self.files.remove(at);
    }

    /// A file goes, or is gone.
    pub(super) fn remove(&self, at: &Path) {
        self.gone.fetch_add(1, Ordering::SeqCst);
        self.files.remove(at);
    }

    /// All files below a path are gone.
    pub(super) fn forget(&self, below: &Path) {
        self.gone.fetch_add(1, Ordering::SeqCst);
        self.files.retain(|path, _| !path.prefix_matches(below));
    }
}

impl Small {
    fn part(&self, range: &Range<u64>) -> Bytes {
        // None is larger than what is kept.
        self.bytes.slice(range.start as usize..range.end as usize)
    }

    fn told(self, range: Range<u64>, attributes: Attributes) -> GetResult {
        answer(self.part(&range), self.meta, range, attributes)
    }
}

/// What a store answers with these bytes.
fn answer(bytes: Bytes, meta: ObjectMeta, range: Range<u64>, attributes: Attributes) -> GetResult {
    let payload = GetResultPayload::Stream(async move { Ok(bytes) }.into_stream().boxed());
    GetResult { payload, meta, range, attributes }
}

/// Whether it is for the store to say whether there is an answer.
fn is_conditional(options: &GetOptions) -> bool {
    options.if_match.is_some()
        || options.if_none_match.is_some()
        || options.if_modified_since.is_some()
        || options.if_unmodified_since.is_some()
        || options.version.is_some()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lake::costs::Counter;
    use crate::lake::store::Confined;
    use object_store::memory::InMemory;
    use object_store::{GetRange, ObjectStore as _, ObjectStoreExt as _, PutPayload};
    use std::sync::Arc;

    struct World {
        store: Arc<InMemory>,
        counter: Arc<Counter>,
        files: Arc<SmallFiles>,
    }

    impl World {
        fn new() -> Self {
            Self { store: Arc::default(), counter: Arc::default(), files: Arc::new(SmallFiles::new(1 << 20)) }
        }

        fn fence(&self, tenant: &str) -> Confined {
            let fence = Confined::new(self.store.clone(), Path::from(tenant), self.counter.clone());
            fence.with_small_files(Some(self.files.clone()))
        }

        fn reads(&self) -> u64 {
            self.counter.told().reads
        }
    }

    #[tokio::test]
    async fn a_small_data_file_is_read_once_whatever_part_of_it_is_asked_for() {
        let world = World::new();
        let (fence, at) = (world.fence("t"), Path::from("t/core/commits/part-1.parquet"));
        fence.put(&at, PutPayload::from_static(b"0123456789")).await.unwrap();
        // A part alone is none that could be kept.
        assert_eq!(fence.get_range(&at, 2..5).await.unwrap(), "234");
        assert_eq!(world.reads(), 1);
        // As the footer of a small file is asked for.
        assert_eq!(fence.get_ranges(&at, &[0..10]).await.unwrap(), ["0123456789"]);
        assert_eq!(world.reads(), 2);
        assert_eq!(fence.get_range(&at, 2..5).await.unwrap(), "234");
        assert_eq!(fence.get_ranges(&at, &[0..1, 8..10]).await.unwrap(), ["0", "89"]);
        let last = GetOptions { range: Some(GetRange::Suffix(3)), ..GetOptions::default() };
        let got = fence.get_opts(&at, last).await.unwrap();
        assert_eq!((got.range.clone(), got.meta.size), (7..10, 10));
        assert_eq!(got.bytes().await.unwrap(), "789");
        assert_eq!(fence.head(&at).await.unwrap().size, 10);
        assert_eq!(world.reads(), 2, "it was asked for again");
        // What is out of it is refused as ever.
        fence.get_range(&at, 10..12).await.unwrap_err();
        fence.get_ranges(&at, &[10..12]).await.unwrap_err();
    }

    #[tokio::test]
    async fn what_is_deleted_or_written_again_is_not_kept() {
        let world = World::new();
        let (fence, at) = (world.fence("t"), Path::from("t/core/commits/part-1.parquet"));
        for text in ["first", "other"] {
            fence.put(&at, text.into()).await.unwrap();
            assert_eq!(fence.get(&at).await.unwrap().bytes().await.unwrap(), text);
        }
        fence.delete(&at).await.unwrap();
        assert!(matches!(fence.get(&at).await, Err(object_store::Error::NotFound { .. })));
        fence.put(&at, "third".into()).await.unwrap();
        fence.get(&at).await.unwrap();
        world.store.delete(&at).await.unwrap();
        fence.get(&at).await.unwrap();
        world.files.forget(&Path::from("t"));
        assert!(matches!(fence.get(&at).await, Err(object_store::Error::NotFound { .. })));
    }

    #[tokio::test]
    async fn what_is_deleted_while_it_is_read_is_not_kept() {
        let world = World::new();
        let (fence, at) = (world.fence("t"), Path::from("t/core/commits/part-1.parquet"));
        for is_erased in [false, true] {
            fence.put(&at, "first".into()).await.unwrap();
            let gone = world.files.gone();
            let got = world.store.get(&at).await.unwrap();
            if is_erased {
                world.store.delete(&at).await.unwrap();
                world.files.forget(&Path::from("t"));
            } else {
                fence.delete(&at).await.unwrap();
            }
            // Whoever was reading it has it.
            assert_eq!(world.files.keep(&at, got, gone).await.unwrap().bytes().await.unwrap(), "first");
            let after = fence.get(&at).await;
            assert!(matches!(after, Err(object_store::Error::NotFound { .. })), "{after:?}");
        }
    }

    #[tokio::test]
    async fn what_came_cut_is_given_as_it_came_and_not_kept() {
        let world = World::new();
        let at = Path::from("t/core/commits/part-1.parquet");
        world.store.put(&at, "0123456789".into()).await.unwrap();
        let mut got = world.store.get(&at).await.unwrap();
        (got.meta.size, got.range) = (12, 0..12);
        assert_eq!(world.files.keep(&at, got, 0).await.unwrap().bytes().await.unwrap(), "0123456789");
        assert!(world.files.get(&at, &GetOptions::default()).is_none());
    }

    #[tokio::test]
    async fn what_is_kept_holds_no_larger_buffer() {
        let world = World::new();
        let (fence, at) = (world.fence("t"), Path::from("t/core/commits/part-1.parquet"));
        let buffer = Bytes::from(vec![b'x'; 1 << 20]);
        fence.put(&at, PutPayload::from(buffer.slice(..10))).await.unwrap();
        for _ in 0..2 {
            let got = fence.get(&at).await.unwrap().bytes().await.unwrap();
            assert_eq!(got, buffer.slice(..10));
            assert!(!buffer.as_ptr_range().contains(&got.as_ptr()));
        }
    }

    #[tokio::test]
    async fn only_small_data_files_are_kept_and_nobody_is_told_of_anothers() {
        let world = World::new();
        let fence = world.fence("t");
        let large = "x".repeat(MOST_FILE_BYTES + 1);
        for (path, text) in [
            ("t/core/commits/_delta_log/00000000000000000001.json", "a log"),
            ("t/files/part-1.parquet", "somebody's export"),
            ("t/core/commits/part-2.parquet", large.as_str()),
        ] {
            let at = Path::from(path);
            fence.put(&at, text.to_owned().into()).await.unwrap();
            fence.get(&at).await.unwrap();
            let before = world.reads();
            assert_eq!(fence.get(&at).await.unwrap().bytes().await.unwrap(), text);
            assert_eq!(world.reads(), before + 1, "{path}");
        }
        let theirs = Path::from("t/core/commits/part-3.parquet");
        fence.put(&theirs, "theirs".into()).await.unwrap();
        fence.get(&theirs).await.unwrap();
        let refused = world.fence("u").get(&theirs).await;
        assert!(matches!(refused, Err(object_store::Error::PermissionDenied { .. })), "{refused:?}");
        let refused = world.fence("u").get_ranges(&theirs, &[0..2]).await;
        assert!(matches!(refused, Err(object_store::Error::PermissionDenied { .. })), "{refused:?}");
    }
}
