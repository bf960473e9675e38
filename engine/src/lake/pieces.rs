//! Pieces of larger data files, kept in memory once a question read them: the values of a column in one row group, as they stand in the file. The
//! next question that reads that column asks the store for nothing, which far from it is most of the time that an answer takes.
//!
//! As with small files ([`super::small`]), nobody writes a data file twice. A step reads whole tables, once, and keeps none of them.

use bytes::Bytes;
use object_store::path::Path;
use quick_cache::Weighter;
use quick_cache::sync::Cache;
use std::fmt;
use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};

/// What the place of a piece takes beside its bytes.
const PLACE_BYTES: u64 = 256;
/// About how long a piece is, by which the room for places is planned.
const PIECE_BYTES: u64 = 64 << 10;
/// No piece is kept that would take more than this part of the room: what is read of payloads may be of any length.
const MOST_OF_ALL: u64 = 16;

/// The pieces that were read last and most often.
pub(super) struct Pieces {
    pieces: Cache<(Path, Range<u64>), Bytes, Bytewise>,
    most_bytes: u64,
    /// How often files went: a read that was under way then keeps nothing, since it may be of one of them.
    gone: AtomicU64,
}

/// A piece weighs what it takes.
#[derive(Clone)]
struct Bytewise;

impl Weighter<(Path, Range<u64>), Bytes> for Bytewise {
    fn weight(&self, (at, _): &(Path, Range<u64>), piece: &Bytes) -> u64 {
        piece.len() as u64 + at.as_ref().len() as u64 + PLACE_BYTES
    }
}

impl fmt::Debug for Pieces {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pieces").field("bytes", &self.pieces.weight()).finish_non_exhaustive()
    }
}

impl Pieces {
    /// At most so many bytes of them.
    pub(super) fn new(most_bytes: u64) -> Self {
        let places = usize::try_from(most_bytes / PIECE_BYTES).unwrap_or(usize::MAX);
        Self { pieces: Cache::with_weighter(places, most_bytes, Bytewise), most_bytes, gone: AtomicU64::new(0) }
    }

    /// What is kept of these pieces of a file, in their order.
    pub(super) fn get(&self, at: &Path, ranges: &[Range<u64>]) -> Vec<Option<Bytes>> {
        ranges.iter().map(|range| self.pieces.get(&(at.clone(), range.clone()))).collect()
    }

    /// How often files went by now, to be told when what is asked for now is to be kept.
    pub(super) fn gone(&self) -> u64 {
        self.gone.load(Ordering::SeqCst)
    }

    /// Keeps a piece that was got, where no file went since it was asked for.
    pub(super) fn keep(&self, at: &Path, range: &Range<u64>, piece: &Bytes, gone: u64) {
        // On a disk a file may be cut while it is read.
        let is_whole = piece.len() as u64 == range.end.saturating_sub(range.start);
        if !is_whole || piece.len() as u64 > self.most_bytes / MOST_OF_ALL {
            return;
        }
        let place = (at.clone(), range.clone());
        // A copy: what came may be a part of a larger buffer, which would be kept with it.
        self.pieces.insert(place.clone(), Bytes::copy_from_slice(piece));
        // Whoever deletes counts first, so that one of the two takes it out.
        if self.gone() != gone {
            self.pieces.remove(&place);
        }
    }

    /// Another file is to be in the place of one. What is read meanwhile of others is kept: new files come all the time.
    pub(super) fn replace(&self, at: &Path) {
        self.pieces.retain(|(path, _), _| path != at);
    }

    /// A file goes, or is gone.
    pub(super) fn remove(&self, at: &Path) {
        self.gone.fetch_add(1, Ordering::SeqCst);
        self.replace(at);
    }

    /// All files below a path are gone.
    pub(super) fn forget(&self, below: &Path) {
        self.gone.fetch_add(1, Ordering::SeqCst);
        self.pieces.retain(|(path, _), _| !path.prefix_matches(below));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lake::costs::Counter;
    use crate::lake::store::Confined;
    use crate::lake::{Lake, Options, Seen, TenantTable, When};
    use crate::row::{self, Row};
    use crate::session::{Limits, Session};
    use crate::{Policy, TenantId, entities};
    use futures::TryStreamExt as _;
    use object_store::memory::InMemory;
    use object_store::{ObjectStore as _, ObjectStoreExt as _};
    use std::sync::Arc;

    struct World {
        store: Arc<InMemory>,
        counter: Arc<Counter>,
        pieces: Arc<Pieces>,
    }

    impl World {
        fn new() -> Self {
            Self { store: Arc::default(), counter: Arc::default(), pieces: Arc::new(Pieces::new(1 << 10)) }
        }

        /// Where steps of a tenant read and write.
        fn steps(&self, tenant: &str) -> Confined {
            let fence = Confined::new(self.store.clone(), Path::from(tenant), self.counter.clone());
            fence.with_pieces(Some(self.pieces.clone()))
        }

        /// Where its questions read.
        fn fence(&self, tenant: &str) -> Confined {
            self.steps(tenant).asked()
        }

        fn reads(&self) -> u64 {
            self.counter.told().reads
        }
    }

    #[tokio::test]
    async fn a_piece_is_asked_for_once_and_what_is_not_known_of_others_with_it() {
        let world = World::new();
        let (fence, at) = (world.fence("t"), Path::from("t/core/commits/part-1.parquet"));
        fence.put(&at, "0123456789".into()).await.unwrap();
        assert_eq!(fence.get_ranges(&at, &[2..4, 6..9]).await.unwrap(), ["23", "678"]);
        assert_eq!(world.reads(), 2);
        assert_eq!(fence.get_ranges(&at, &[6..9, 2..4]).await.unwrap(), ["678", "23"]);
        assert_eq!(world.reads(), 2, "it was asked for again");
        assert_eq!(fence.get_ranges(&at, &[0..1, 2..4, 4..6, 6..9]).await.unwrap(), ["0", "23", "45", "678"]);
        assert_eq!(world.reads(), 4, "two of the four were known");
        // A step has what is in the store, and leaves nothing.
        for range in [0..1, 9..10] {
            world.steps("t").get_ranges(&at, &[range]).await.unwrap();
        }
        assert_eq!(world.reads(), 6);
        fence.get_ranges(&at, &[9..10]).await.unwrap();
        assert_eq!(world.reads(), 7);
        // What is out of it is refused as ever, and no part of an answer.
        fence.get_ranges(&at, &[2..4, 12..14]).await.unwrap_err();
        // Neither is a log kept, nor what is too long.
        let log = Path::from("t/core/commits/_delta_log/00000000000000000001.json");
        let long = Path::from("t/core/commits/part-2.parquet");
        for at in [log, long] {
            fence.put(&at, "x".repeat(100).into()).await.unwrap();
            let before = world.reads();
            for _ in 0..2 {
                fence.get_ranges(&at, &[0..65]).await.unwrap();
            }
            assert_eq!(world.reads(), before + 2, "{at}");
        }
    }

    #[tokio::test]
    async fn of_what_is_deleted_or_written_again_nothing_is_kept() {
        let world = World::new();
        let (fence, at) = (world.fence("t"), Path::from("t/core/commits/part-1.parquet"));
        let (other, steps) = (Path::from("t/core/commits/part-2.parquet"), world.steps("t"));
        fence.put(&other, "another".into()).await.unwrap();
        fence.get_ranges(&other, &[0..2]).await.unwrap();
        for text in ["first", "other"] {
            steps.put(&at, text.into()).await.unwrap();
            assert_eq!(fence.get_ranges(&at, &[0..2]).await.unwrap(), [&text[..2]]);
        }
        steps.delete(&at).await.unwrap();
        fence.get_ranges(&at, &[0..2]).await.unwrap_err();
        let before = world.reads();
        fence.get_ranges(&other, &[0..2]).await.unwrap();
        assert_eq!(world.reads(), before, "another file stays");
        world.store.delete(&other).await.unwrap();
        world.pieces.forget(&Path::from("t"));
        fence.get_ranges(&other, &[0..2]).await.unwrap_err();
        // One that goes while it is read.
        let gone = world.pieces.gone();
        world.pieces.remove(&at);
        world.pieces.keep(&at, &(0..2), &Bytes::from_static(b"ot"), gone);
        assert_eq!(world.pieces.get(&at, &[0..2]), [None]);
        // One that came cut.
        world.pieces.keep(&at, &(0..3), &Bytes::from_static(b"ot"), world.pieces.gone());
        assert_eq!(world.pieces.get(&at, &[0..3]), [None]);
    }

    #[tokio::test]
    async fn nobody_is_told_of_anothers_and_a_piece_holds_no_larger_buffer() {
        let world = World::new();
        let theirs = Path::from("t/core/commits/part-3.parquet");
        world.fence("t").put(&theirs, "theirs".into()).await.unwrap();
        world.fence("t").get_ranges(&theirs, &[0..2]).await.unwrap();
        let refused = world.fence("u").get_ranges(&theirs, &[0..2]).await;
        assert!(matches!(refused, Err(object_store::Error::PermissionDenied { .. })), "{refused:?}");
        let buffer = Bytes::from(vec![b'x'; 1 << 16]);
        world.pieces.keep(&theirs, &(10..20), &buffer.slice(10..20), world.pieces.gone());
        let kept = world.pieces.get(&theirs, &[10..20]).remove(0).unwrap();
        assert!(kept == buffer.slice(10..20) && !buffer.as_ptr_range().contains(&kept.as_ptr()));
    }

    #[tokio::test]
    async fn a_question_reads_a_column_of_a_file_once_and_a_step_each_time() {
        let lake = Lake::open("memory:///", Options::default()).unwrap();
        let tenant = lake.tenant(&TenantId::new("acme").unwrap());
        let commits = entities::core("commits").unwrap();
        // Digits that nothing shortens, so that it is no small file.
        let digits = |n: u128| format!("{:032x}", n.wrapping_mul(0x2545_f491_4f6c_dd1d_9e37_79b9_7f4a_7c15));
        let commit =
            |n| Row::new(commits).set("id", digits(n)).set("repository_id", "r").set("title", digits(n + 1_000_000));
        let rows: Vec<Row> = (1..8_001).map(commit).collect();
        let table = tenant.table(commits);
        table.append(&[row::batch(commits, &rows).unwrap()], &[], When::New).await.unwrap();
        let tables = TenantTable::all(&tenant, &Seen::default());
        let session = Session::build(tables, tenant.runtime(), Limits::default(), &Policy::everything()).unwrap();
        let asks = async |text: &str| {
            let before = lake.costs().bytes_read;
            session.collect(text).await.unwrap();
            lake.costs().bytes_read - before
        };
        let first = asks("SELECT max(id), count(*) FROM core.commits WHERE repository_id = 'r'").await;
        assert!(first > 100_000, "{first}");
        let again = asks("SELECT min(id), count(*) FROM core.commits WHERE repository_id = 'r'").await;
        assert_eq!(again, 0);
        assert!(asks("SELECT max(id), max(title) FROM core.commits").await > 100_000, "another column");
        let snapshot = table.latest().await.unwrap().unwrap();
        for _ in 0..2 {
            let before = lake.costs().bytes_read;
            let read = snapshot.read(Some(&["id"]), None, &[]).await.unwrap();
            read.try_collect::<Vec<_>>().await.unwrap();
            assert!(lake.costs().bytes_read - before > 100_000);
        }
    }
}
