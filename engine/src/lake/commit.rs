//! How a change enters a table's log: whole, once, and only if nothing came between.

use super::table::Table;
use super::{Snapshot, protocol};
use crate::{Error, Result};
use deltalake::kernel::engine::arrow_conversion::TryIntoKernel as _;
use deltalake::kernel::transaction::{CommitBuilder, CommitProperties, TransactionError};
use deltalake::kernel::{Action, Add, MetadataExt, Remove, StructType, Transaction};
use deltalake::logstore::get_actions;
use deltalake::operations::create::CreateBuilder;
use deltalake::protocol::{DeltaOperation, SaveMode};
use deltalake::{DeltaTable, DeltaTableError, TableProperty};
use rand::Rng as _;
use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher as _};
use std::sync::Arc;
use std::time::Duration;
use uuid::Uuid;

/// How far a writer has come: an application transaction, written in the same commit as the rows that it stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Progress {
    /// What has come that far, `map:git` for example.
    pub app: String,
    /// How far. Never goes back, unless it is a fingerprint.
    pub version: i64,
}

impl Progress {
    /// `app` has come to `version`.
    pub fn new(app: impl Into<String>, version: u64) -> Self {
        Self { app: app.into(), version: version.try_into().unwrap_or(i64::MAX) }
    }

    /// `app` has seen `what`: the version is another when anything in that is.
    pub(crate) fn fingerprint(app: impl Into<String>, what: &impl Hash) -> Self {
        let mut hasher = DefaultHasher::new();
        what.hash(&mut hasher);
        Self { app: app.into(), version: (hasher.finish() >> 1) as i64 }
    }
}

/// What came of a commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Committed {
    /// Nothing was written: the rows were there already, or the progress was.
    Nothing,
    /// The table's new version.
    Version(u64),
}

impl Committed {
    /// Whether the table changed.
    pub fn changed(self) -> bool {
        matches!(self, Committed::Version(_))
    }
}

/// What a commit is to do to the table's list of files.
#[derive(Default)]
pub(crate) struct Change {
    pub(crate) add: Vec<Add>,
    pub(crate) remove: Vec<Remove>,
    /// Files that stay, and lose rows.
    pub(crate) mask: Vec<Masked>,
}

impl Change {
    /// Whether it does nothing.
    pub(crate) fn is_nothing(&self) -> bool {
        self.add.is_empty() && self.remove.is_empty() && self.mask.is_empty()
    }

    /// What it does, action by action.
    fn actions(&self) -> Vec<Action> {
        let was = self.remove.iter().chain(self.mask.iter().map(|masked| &masked.was)).cloned().map(Action::Remove);
        let is = self.add.iter().chain(self.mask.iter().map(|masked| &masked.is)).cloned().map(Action::Add);
        was.chain(is).collect()
    }
}

/// A file with another deletion vector.
pub(crate) struct Masked {
    /// As it stood in the table.
    pub(crate) was: Remove,
    /// As it is to stand there.
    pub(crate) is: Add,
}

/// Why a commit did not happen.
pub(crate) enum Failed {
    /// Another writer was first: look again, and decide again.
    Lost,
    /// It cannot.
    For(Error),
}

impl<E: Into<Error>> From<E> for Failed {
    fn from(error: E) -> Self {
        Failed::For(error.into())
    }
}

/// Whether every given mark has been reached already.
pub(crate) async fn reached(base: &Snapshot, progress: &[Progress]) -> Result<bool> {
    for mark in progress {
        if base.progress(&mark.app).await?.is_none_or(|done| done < mark.version) {
            return Ok(false);
        }
    }
    Ok(!progress.is_empty())
}

/// The entry of a commit's information under which its attempt is told from all others.
const ATTEMPT: &str = "pulseAttempt";

/// That this version may write to a table that stands so: asked before anything is written for it, too.
pub(crate) fn check(table: &Table, base: &Snapshot) -> Result<()> {
    let Some(unmet) = protocol::unmet_in_writing(base.state()) else { return Ok(()) };
    let reason =
        format!("asks of whoever writes it for {unmet}, which this version does not know: write with a newer Pulse");
    Err(Error::Table { table: table.name().to_owned(), reason })
}

/// Tries once to commit `change` on top of `base`, or as the table's first version; the version that it became. Whoever was shut
/// out by then is refused: a commit builds on the one that shut them out, or is not made.
pub(crate) async fn attempt(
    table: &Table,
    base: Option<&Snapshot>,
    change: &Change,
    progress: &[Progress],
) -> Result<u64, Failed> {
    if let (Some(writer), Some(base)) = (table.lake().writer(), base) {
        writer.check(table, base).await?;
    }
    if let Some(base) = base {
        check(table, base)?;
    }
    let enabled = match base {
        Some(base) if !change.mask.is_empty() => enabled(table, base).await?,
        _ => None,
    };
    let base = enabled.as_deref().or(base);
    let id = Uuid::new_v4().to_string();
    match submit(table, base, change, progress, &id).await {
        // A commit whose answer got lost on the way may have been made after all, and must not be made twice.
        Err(Failed::Lost) => {
            let next = base.map_or(0, |base| base.version() + 1);
            if is_ours(table, next, &id).await? { Ok(next) } else { Err(Failed::Lost) }
        }
        other => other,
    }
}

/// The table as a version of its own that has deletion vectors; `None` where it has them already. Only tables that need them ask more
/// of other readers than that they know the protocol's first version.
async fn enabled(table: &Table, base: &Snapshot) -> Result<Option<Arc<Snapshot>>, Failed> {
    let property = TableProperty::EnableDeletionVectors.as_ref().to_owned();
    if base.state().metadata().configuration().get(&property).is_some_and(|value| value == "true") {
        return Ok(None);
    }
    let properties = CommitProperties::default().with_max_retries(0).with_cleanup_expired_logs(Some(false));
    let mut delta = DeltaTable::new(table.log()?);
    delta.state = Some(base.state().clone());
    let setting = delta.set_tbl_properties().with_properties(HashMap::from([(property, "true".to_owned())]));
    let done = setting.with_commit_properties(properties).await.map_err(lost)?;
    Ok(Some(table.keep(Snapshot::new(table, done.snapshot()?.clone())?.after(base))))
}

async fn is_ours(table: &Table, version: u64, id: &str) -> Result<bool> {
    let Some(entry) = table.log()?.read_commit_entry(version).await? else { return Ok(false) };
    let ours = |action: &Action| matches!(action, Action::CommitInfo(info) if info.info.get(ATTEMPT).is_some_and(|found| found == id));
    Ok(get_actions(version, &entry)?.iter().any(ours))
}

async fn submit(
    table: &Table,
    base: Option<&Snapshot>,
    change: &Change,
    progress: &[Progress],
    id: &str,
) -> Result<u64, Failed> {
    let marks = progress.iter().map(|p| Transaction::new(&p.app, p.version)).collect();
    // A commit that finds the table changed must be decided anew by its caller, never merged by the library: hence no
    // retries. Old log entries are cleaned by maintenance, since looking for them costs a listing.
    let properties = CommitProperties::default()
        .with_max_retries(0)
        .with_cleanup_expired_logs(Some(false))
        .with_metadata([(ATTEMPT.to_owned(), id.into())])
        .with_application_transactions(marks);
    let mut actions = change.actions();
    let Some(base) = base else {
        return create(table, actions, properties).await;
    };
    let (wanted, stored) = (declared(table)?, base.state().schema());
    if let Some(unknown) = stored.fields().find(|field| wanted.field(field.name()).is_none()) {
        return Err(Failed::For(Error::Table {
            table: table.name().to_owned(),
            reason: format!(
                "has a column `{}` that this version does not know: write with a newer Pulse",
                unknown.name()
            ),
        }));
    }
    if stored.as_ref() != &wanted {
        let metadata = MetadataExt::with_schema(base.state().metadata().clone(), &wanted)
            .map_err(deltalake::DeltaTableError::from)?;
        actions.insert(0, Action::Metadata(metadata));
    }
    let operation = DeltaOperation::Write { mode: SaveMode::Append, partition_by: None, predicate: None };
    let committed =
        CommitBuilder::from(properties).with_actions(actions).build(Some(base.state()), table.log()?, operation).await;
    match committed {
        Ok(done) => {
            let noted = progress.iter().map(|mark| (mark.app.as_str(), mark.version));
            Ok(table.keep(Snapshot::new(table, done.snapshot())?.noting(noted, base)).version())
        }
        Err(error) => Err(lost(error)),
    }
}

/// The schema that the table should have: its declaration. A column that was added to it since needs only new metadata.
fn declared(table: &Table) -> Result<StructType> {
    let schema: StructType = table.entity().schema().as_ref().try_into_kernel()?;
    Ok(schema)
}

async fn create(table: &Table, actions: Vec<Action>, properties: CommitProperties) -> Result<u64, Failed> {
    let interval = table.lake().options().checkpoint_interval.to_string();
    let created = CreateBuilder::new()
        .with_log_store(table.log()?)
        .with_columns(declared(table)?.fields().cloned())
        .with_partition_columns(table.entity().partition.iter().copied())
        .with_configuration_property(TableProperty::CheckpointInterval, Some(interval))
        .with_configuration_property(TableProperty::LogRetentionDuration, Some("interval 30 days"))
        // A vacuum does so, unless readers still need what it would forget; whoever commits does not know.
        .with_configuration_property(TableProperty::EnableExpiredLogCleanup, Some("false"))
        .with_configuration_property(TableProperty::DeletedFileRetentionDuration, Some("interval 7 days"))
        .with_comment(table.entity().doc)
        .with_actions(actions)
        .with_commit_properties(properties)
        .await;
    match created {
        Ok(delta) => {
            table.lake().makes(table);
            Ok(table.keep(Snapshot::new(table, delta.snapshot()?.clone())?).version())
        }
        Err(error) => {
            // Whoever made the table in the meantime won; any other failure stands.
            table.lake().makes(table);
            if table.latest().await?.is_some() { Err(Failed::Lost) } else { Err(Failed::For(error.into())) }
        }
    }
}

fn lost(error: DeltaTableError) -> Failed {
    match error {
        DeltaTableError::VersionAlreadyExists(_)
        | DeltaTableError::Transaction {
            source:
                TransactionError::VersionAlreadyExists(_)
                | TransactionError::CommitConflict(_)
                | TransactionError::MaxCommitAttempts(_),
        } => Failed::Lost,
        other => Failed::For(other.into()),
    }
}

/// Waits before the next try: longer each time, and by chance, so that racing writers come apart.
pub(crate) async fn back_off(attempt: usize) {
    let most = 10u64 << attempt.min(7);
    #[expect(clippy::disallowed_methods, reason = "it decides when, never what")]
    let wait = rand::rng().random_range(1..=most);
    tokio::time::sleep(Duration::from_millis(wait)).await;
}
