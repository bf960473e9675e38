//! One object-store root, one Delta Lake table a leaf, one prefix a tenant.
//!
//! ```text
//! <root>/tenant=<id>/raw/<connector>/   payloads as they came
//!                    core/<entity>/     mapped entities, one row a key
//!                    facts/<fact>/      modelled facts
//! ```
//!
//! Everything of a tenant goes through a store that refuses any path outside of its prefix, so that a mistake above this
//! module cannot reach another tenant's data.

mod backup;
mod cache;
mod commit;
mod connectors;
mod costs;
mod digest;
mod draft;
mod erase;
mod export;
pub(crate) mod external;
mod files;
mod forget;
mod import;
mod lazy;
mod made;
mod maintain;
pub(crate) mod merge;
mod overlay;
pub(crate) mod parts;
mod pieces;
mod ping;
mod progress;
mod protocol;
mod provider;
#[cfg(test)]
mod provider_tests;
mod references;
mod repair;
pub(crate) mod rows;
mod seen;
mod since;
mod small;
mod snapshot;
pub(crate) mod sorted;
mod stats;
mod store;
mod table;
pub(crate) mod then;
mod upsert;
mod verify;
mod write;
mod writer;

pub use backup::{Backups, Copied, Made, Manifest};
pub use commit::{Committed, Progress};
pub use costs::Costs;
pub(crate) use digest::hashes;
pub use draft::Replacement;
pub(crate) use draft::size;
pub use erase::Erased;
pub use export::Object;
pub use lazy::{ANCHOR, Facts, TenantTable, facts_mark};
pub(crate) use lazy::{FROZEN, as_of};
pub use maintain::{Compacted, Inspection, KEPT_HOURS, Vacuumed};
pub use provider::LakeTable;
pub use references::References;
pub use repair::Repair;
pub use seen::{Seen, Versions};
pub use since::Since;
pub use snapshot::{DataFile, Snapshot};
pub use table::{Scope, Table, When};
pub(crate) use then::Then;
pub use verify::{Fault, Orphan, Problem, Verified};
pub use writer::{Tells, Writer};

use crate::entities::{AUDIT, Entity, Layer, RAW};
use crate::share::Share;
use crate::{Clock, Error, Result, TenantId};
use cache::SnapshotCache;
use connectors::Listed;
use datafusion::execution::TaskContext;
use datafusion::execution::disk_manager::{DiskManagerBuilder, DiskManagerMode};
use datafusion::execution::memory_pool::{FairSpillPool, MemoryPool, TrackConsumersPool};
use datafusion::execution::runtime_env::{RuntimeEnv, RuntimeEnvBuilder};
use datafusion::execution::session_state::{SessionState, SessionStateBuilder};
use datafusion::prelude::SessionConfig;
use made::Folders;
use object_store::{ObjectStore, path::Path};
use overlay::Overlay;
use pieces::Pieces;
use small::SmallFiles;
use std::num::NonZeroUsize;
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use store::{Confined, OneStore, Root};

/// How a lake is run. Every value has a default that suits a laptop.
#[derive(Clone)]
pub struct Options {
    /// Memory that queries and maintenance share, in bytes; what does not fit spills to disk.
    pub memory_bytes: usize,
    /// The most of it that one step's or maintenance's sort takes, in bytes.
    pub step_bytes: usize,
    /// Disk that may be spilled to, in bytes.
    pub spill_bytes: u64,
    /// Memory for tables' snapshots, in bytes; the least recently used one leaves first.
    pub snapshot_bytes: usize,
    /// Memory for the footers of data files that questions have read, in bytes; the least recently used one leaves first.
    pub footer_bytes: usize,
    /// Memory for small data files that were read, in bytes; a table has many of them until it is compacted.
    pub small_file_bytes: usize,
    /// Memory for pieces of larger data files that questions have read, in bytes: the next question that reads the same columns asks the store
    /// for nothing.
    pub piece_bytes: usize,
    /// For how long a query may answer from a snapshot without asking the store whether there is a newer one. Writers
    /// always ask.
    pub snapshot_ttl: Duration,
    /// The most rows that a data file holds.
    pub file_rows: usize,
    /// Files of at least so many rows get a deletion vector where a few of these change; smaller ones are written again.
    pub masked_rows: usize,
    /// Every how many commits a table's log is checkpointed.
    pub checkpoint_interval: u32,
    /// How often a lost commit race is run again.
    pub commit_attempts: usize,
    /// Where the time comes from.
    pub clock: Clock,
    /// Further options of the object store, such as `aws_endpoint`, by their `object_store` names.
    pub store: Vec<(String, String)>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            memory_bytes: 2 << 30,
            step_bytes: 128 << 20,
            spill_bytes: 20 << 30,
            snapshot_bytes: 128 << 20,
            footer_bytes: 32 << 20,
            small_file_bytes: 16 << 20,
            piece_bytes: 128 << 20,
            snapshot_ttl: Duration::ZERO,
            file_rows: 1 << 18,
            masked_rows: 1 << 14,
            checkpoint_interval: 20,
            commit_attempts: 20,
            clock: Clock::System,
            store: Vec::new(),
        }
    }
}

/// Tells nothing of `store`, which may hold credentials.
impl std::fmt::Debug for Options {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Options")
            .field("memory_bytes", &self.memory_bytes)
            .field("step_bytes", &self.step_bytes)
            .field("spill_bytes", &self.spill_bytes)
            .field("file_rows", &self.file_rows)
            .field("clock", &self.clock)
            .finish_non_exhaustive()
    }
}

/// A lake: the root that all tenants' prefixes stand under.
#[derive(Clone)]
pub struct Lake {
    inner: Arc<Inner>,
}

pub(crate) struct Inner {
    root: Root,
    options: Options,
    runtime: RuntimeEnv,
    snapshots: SnapshotCache,
    small: Arc<SmallFiles>,
    pieces: Arc<Pieces>,
    listed: Listed,
    counter: Arc<costs::Counter>,
}

impl Lake {
    /// Opens the lake at `url`: `file://` with an absolute path, `memory://`, `s3://`, and `gs://` or `az://` when built in.
    ///
    /// # Errors
    /// [`Error::InvalidLake`] when the address or its credentials cannot be used.
    pub fn open(url: &str, options: Options) -> Result<Self> {
        Self::new(Root::open(url, &options.store)?, options)
    }

    /// Whether a lake may be at an address. Its store is asked for nothing.
    ///
    /// # Errors
    /// [`Error::InvalidLake`], with what is wrong.
    pub fn check_address(url: &str) -> Result<()> {
        Root::address_of(url).map(drop)
    }

    /// A lake at the root of a store of the caller's own making.
    ///
    /// # Errors
    /// When the memory pool or spill folder cannot be set up.
    pub fn over(store: Arc<dyn ObjectStore>, options: Options) -> Result<Self> {
        Self::new(Root::over(store)?, options)
    }

    fn new(root: Root, options: Options) -> Result<Self> {
        let consumers = NonZeroUsize::new(5).unwrap_or(NonZeroUsize::MIN);
        let pool = TrackConsumersPool::new(FairSpillPool::new(options.memory_bytes), consumers);
        let disk = DiskManagerBuilder::default()
            .with_mode(DiskManagerMode::OsTmpDirectory)
            .with_max_temp_directory_size(options.spill_bytes);
        let runtime = RuntimeEnvBuilder::new()
            .with_memory_pool(Arc::new(pool))
            .with_disk_manager_builder(disk)
            .with_metadata_cache_limit(options.footer_bytes)
            .build()?;
        let snapshots = SnapshotCache::new(options.snapshot_bytes);
        let small = Arc::new(SmallFiles::new(options.small_file_bytes as u64));
        let pieces = Arc::new(Pieces::new(options.piece_bytes as u64));
        let (listed, counter) = Default::default();
        Ok(Self { inner: Arc::new(Inner { root, options, runtime, snapshots, small, pieces, listed, counter }) })
    }

    /// One tenant's part of the lake. It need not exist yet: its first landing makes it.
    pub fn tenant(&self, id: &TenantId) -> TenantLake {
        self.inner.tenant(id, Some((self.inner.small.clone(), self.inner.pieces.clone())))
    }

    /// What the object store was asked for since the lake was opened, for all tenants.
    pub fn costs(&self) -> Costs {
        self.inner.counter.told()
    }

    /// The memory that queries and steps have reserved now, in bytes, of the most that they may.
    pub fn memory(&self) -> (usize, usize) {
        (self.inner.runtime.memory_pool.reserved(), self.inner.options.memory_bytes)
    }

    /// What is spilled to disk now, in bytes, of the most that may be.
    pub fn spilled(&self) -> (u64, u64) {
        (self.inner.runtime.disk_manager.used_disk_space(), self.inner.options.spill_bytes)
    }

    /// What this lake is run with.
    pub fn options(&self) -> &Options {
        &self.inner.options
    }
}

impl Inner {
    /// A tenant's part of the lake, whose small files are kept among these, and of others the pieces that questions read.
    fn tenant(self: &Arc<Self>, id: &TenantId, kept: Option<(Arc<SmallFiles>, Arc<Pieces>)>) -> TenantLake {
        let prefix = self.root.base.clone().join(id.prefix());
        let (small, pieces) = kept.unzip();
        let fence = Confined::new(self.root.store.clone(), prefix.clone(), self.counter.clone());
        let store = fence.with_small_files(small).with_pieces(pieces);
        let runtime = Arc::new(RuntimeEnv {
            object_store_registry: Arc::new(OneStore::new(id, Arc::new(store.clone().asked()))),
            ..self.runtime.clone()
        });
        let store: Arc<dyn ObjectStore> = Arc::new(store);
        let (state, lake) = (Arc::default(), self.clone());
        TenantLake { id: id.clone(), prefix, store, runtime, state, lake, writer: None, made: None }
    }
}

/// Rows of core or facts that are read at a time.
const READ_ROWS: usize = 1 << 12;

/// Memory for the snapshots of a trial, in bytes: it reads its tables one after the other.
const TRIAL_SNAPSHOT_BYTES: usize = 32 << 20;

impl std::fmt::Debug for Lake {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Lake").field("root", &self.inner.root.url.as_str()).finish_non_exhaustive()
    }
}

/// One tenant's part of a lake. Nothing that is reached through it can name a path of another tenant.
#[derive(Clone)]
pub struct TenantLake {
    id: TenantId,
    prefix: Path,
    store: Arc<dyn ObjectStore>,
    runtime: Arc<RuntimeEnv>,
    state: Arc<OnceLock<SessionState>>,
    lake: Arc<Inner>,
    writer: Option<Arc<Writer>>,
    /// The tables that there are, for a step that looked once.
    made: Option<Arc<Folders>>,
}

impl TenantLake {
    /// Whose it is.
    pub fn id(&self) -> &TenantId {
        &self.id
    }

    /// The table of a core or facts entity.
    pub fn table(&self, entity: &'static Entity) -> Table {
        Table::new(self, entity, entity.path())
    }

    /// One whole model of this tenant, as readers see it.
    pub fn facts(&self) -> Facts {
        Facts::new(self)
    }

    /// The table of a connector's payloads.
    ///
    /// # Errors
    /// [`Error::Setting`] when `connector` is not a plain lower-case name.
    pub fn raw(&self, connector: &str) -> Result<Table> {
        let plain = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'-' || c == b'_';
        if connector.is_empty() || connector.len() > 63 || !connector.bytes().all(plain) {
            return Err(Error::Setting(format!("`{}` is not a connector's name", connector.escape_default())));
        }
        Ok(Table::new(self, &RAW, format!("raw/{connector}")))
    }

    /// The table of who did what.
    pub fn audit(&self) -> Table {
        Table::new(self, &AUDIT, AUDIT.layer.name().to_owned())
    }

    /// The same tenant, to try something on: it reads what there is, and what it writes goes to a folder of its own on this machine's
    /// disk, which is gone with it. It shares the memory of the lake, and its disk to spill to is the most that it may write.
    ///
    /// # Errors
    /// When the disk takes no folder.
    pub fn trial(&self) -> Result<Self> {
        let Inner { root, options, runtime, .. } = &*self.lake;
        let store: Arc<dyn ObjectStore> = Arc::new(Overlay::over(self.store.clone(), options.spill_bytes)?);
        let root = Root { base: root.base.clone(), ..Root::over(store)? };
        let snapshots = SnapshotCache::new(TRIAL_SNAPSHOT_BYTES);
        // What it asks the lake for is counted below the overlay.
        let (small, pieces) = (Arc::clone(&self.lake.small), Arc::clone(&self.lake.pieces));
        let (listed, counter) = Default::default();
        let (options, runtime) = (options.clone(), runtime.clone());
        let inner = Inner { root, options, runtime, snapshots, small, pieces, listed, counter };
        // Small files of the lake are kept below the overlay; what is written here is on this disk as it is.
        Ok(Arc::new(inner).tenant(&self.id, None))
    }

    /// The same, which reads each file as it stands in the store, and not as it was read before.
    pub(super) fn as_stored(&self) -> Self {
        Self { writer: self.writer.clone(), made: self.made.clone(), ..self.lake.tenant(&self.id, None) }
    }

    /// The memory pool, disk and store that this tenant's queries run with. The store is confined to its prefix.
    pub fn runtime(&self) -> Arc<RuntimeEnv> {
        self.runtime.clone()
    }

    /// What the lake is run with.
    pub fn options(&self) -> &Options {
        &self.lake.options
    }

    pub(crate) fn writer(&self) -> Option<&Writer> {
        self.writer.as_deref()
    }

    pub(crate) fn pool(&self) -> &Arc<dyn MemoryPool> {
        &self.runtime.memory_pool
    }

    /// A state for the steps' own plans, with their share of the memory; questions get theirs from [`crate::session`].
    pub(crate) fn state(&self) -> &SessionState {
        self.state.get_or_init(|| {
            let share = Share::new(self.runtime.memory_pool.clone(), self.options().step_bytes);
            let runtime = RuntimeEnv {
                memory_pool: Arc::new(share),
                object_store_registry: Arc::new(OneStore::new(&self.id, self.store.clone())),
                ..RuntimeEnv::clone(&self.runtime)
            };
            let config = SessionConfig::new()
                .with_information_schema(false)
                // Few, since a sort must have room for two batches of whatever payloads there are.
                .with_batch_size(1024)
                .set_bool("datafusion.execution.split_file_groups_by_statistics", true)
                .set_bool("datafusion.execution.parquet.schema_force_view_types", false);
            SessionStateBuilder::new()
                .with_config(config)
                .with_runtime_env(Arc::new(runtime))
                .with_default_features()
                .build()
        })
    }

    /// What the rows of a layer are read with. Payloads may be long, and come as few at a time as they are sorted; other rows are short,
    /// and what each batch costs by itself is spread over more of them.
    pub(crate) fn reading(&self, layer: Layer) -> Arc<TaskContext> {
        let state = self.state();
        if layer == Layer::Raw {
            return state.task_ctx();
        }
        let config = state.config().clone().with_batch_size(READ_ROWS);
        Arc::new(TaskContext::from(state).with_session_config(config))
    }
}

impl std::fmt::Debug for TenantLake {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TenantLake").field("id", &self.id).finish_non_exhaustive()
    }
}
