//! The snapshots kept in memory, the least recently used one leaving first.

use super::Snapshot;
use object_store::path::Path;
use parking_lot::Mutex;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Instant;

/// A snapshot, since when it is kept, and when the store was last asked whether it is the newest.
#[derive(Clone)]
pub(crate) struct Cached {
    pub(crate) snapshot: Arc<Snapshot>,
    pub(crate) loaded: Instant,
    pub(crate) checked: Instant,
}

pub(crate) struct SnapshotCache {
    most_bytes: usize,
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    by_path: HashMap<Path, (Cached, u64)>,
    bytes: usize,
    tick: u64,
}

impl SnapshotCache {
    pub(crate) fn new(most_bytes: usize) -> Self {
        Self { most_bytes, kept: Mutex::default() }
    }

    pub(crate) fn get(&self, path: &Path) -> Option<Cached> {
        let mut kept = self.kept.lock();
        kept.tick += 1;
        let tick = kept.tick;
        let (cached, used) = kept.by_path.get_mut(path)?;
        *used = tick;
        Some(cached.clone())
    }

    /// Forgets the snapshots of all tables below a path.
    pub(crate) fn forget(&self, below: &Path) {
        let mut kept = self.kept.lock();
        kept.by_path.retain(|path, _| !path.prefix_matches(below));
        kept.bytes = kept.by_path.values().map(|(cached, _)| cached.snapshot.memory()).sum();
    }

    /// Keeps a snapshot, unless a newer one of the same table is kept already: racing readers may finish in any order.
    pub(crate) fn put(&self, path: &Path, snapshot: Arc<Snapshot>) {
        let mut kept = self.kept.lock();
        kept.tick += 1;
        let tick = kept.tick;
        let now = Instant::now();
        let loaded = match kept.by_path.get(path) {
            Some((old, _)) if old.snapshot.version() > snapshot.version() => return,
            Some((old, _)) if Arc::ptr_eq(&old.snapshot, &snapshot) => old.loaded,
            _ => now,
        };
        kept.bytes += snapshot.memory();
        let old = kept.by_path.insert(path.clone(), (Cached { snapshot, loaded, checked: now }, tick));
        kept.bytes -= old.map_or(0, |(old, _)| old.snapshot.memory());
        // The newest stays, however large it is.
        while kept.bytes > self.most_bytes && kept.by_path.len() > 1 {
            let oldest = kept.by_path.iter().min_by_key(|(_, (_, used))| *used).map(|(path, _)| path.clone());
            let gone = oldest.and_then(|path| kept.by_path.remove(&path));
            kept.bytes -= gone.map_or(0, |(gone, _)| gone.snapshot.memory());
        }
    }
}
