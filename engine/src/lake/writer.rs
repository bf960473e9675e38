//! Who writes. A writer that was given up is shut out: whatever it was at, it commits nothing more.

use super::{Committed, Progress, Table, TenantLake, When};
use crate::{Error, Result};
use std::fmt;
use std::sync::Arc;

/// Hears how far a step is: how much is done, of how much where that is known, and of what.
pub type Tells = Arc<dyn Fn(u64, Option<u64>, &str) + Send + Sync>;

/// One who writes, told from all who write in turn under the same name.
#[derive(Clone)]
pub struct Writer {
    name: String,
    turn: i64,
    tells: Tells,
}

/// What the marks begin with that shut a writer out.
const SHUT: &str = "shut:";

impl Writer {
    /// The one whose turn it is under a name; turns count up.
    pub fn new(name: &str, turn: i64, tells: Tells) -> Self {
        Self { name: name.to_owned(), turn, tells }
    }

    /// Whether it may still commit to a table that stands so.
    pub(super) async fn check(&self, table: &Table, base: &super::Snapshot) -> Result<()> {
        match base.progress(&mark(&self.name)).await? {
            Some(shut) if shut >= self.turn => Err(Error::ShutOut { table: table.name().to_owned() }),
            _ => Ok(()),
        }
    }
}

impl fmt::Debug for Writer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Writer").field("name", &self.name).field("turn", &self.turn).finish_non_exhaustive()
    }
}

fn mark(name: &str) -> String {
    format!("{SHUT}{name}")
}

/// Whether a mark shuts a writer out, and so says nothing of rows.
pub(super) fn shuts(app: &str) -> bool {
    app.starts_with(SHUT)
}

impl Table {
    /// Shuts out whoever wrote under a name up to this turn: a commit of theirs that is not there by now never will be, since
    /// each commit builds on the one before it. A table that was never written has nothing to shut them out of yet.
    ///
    /// # Errors
    /// As [`Table::append`].
    pub async fn shut_out(&self, name: &str, turn: i64) -> Result<()> {
        if self.latest().await?.is_none() {
            return Ok(());
        }
        let turn = Progress { app: mark(name), version: turn };
        self.append(&[], &[turn], When::Ahead).await.map(|_: Committed| ())
    }
}

impl TenantLake {
    /// The same, written to by somebody who can be shut out.
    pub(crate) fn written_by(&self, writer: Writer) -> Self {
        Self { writer: Some(Arc::new(writer)), ..self.clone() }
    }

    /// Tells how far a step is, where somebody listens.
    pub(crate) fn tell(&self, done: u64, total: Option<u64>, of: &str) {
        if let Some(writer) = &self.writer {
            (writer.tells)(done, total, of);
        }
    }
}
