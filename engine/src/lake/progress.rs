//! How far a table's writers had come, as they noted it in its log.
//!
//! A mark is looked for in the log once. The snapshot that follows knows what the one before it knew, and reads what was committed since.

use super::{Snapshot, writer};
use crate::Result;
use deltalake::kernel::Action;
use deltalake::logstore::{LogStore, get_actions};
use std::collections::HashMap;

/// How many of the newest commits are looked at one by one, before the log is gone through for a single mark: the last one mostly notes
/// the mark that is asked for, and whatever is asked for next.
const NEWEST: usize = 4;

/// How many commits are read to know what was known before: marks that are older are looked for anew.
const MOST_BEHIND: u64 = 20;

/// What is known of the marks in a table's log.
#[derive(Clone, Default)]
pub(super) struct Marks {
    /// The newest version of each application that was looked for, or met; `None` where it has noted none.
    known: HashMap<String, Option<i64>>,
    /// The version of the table up to which that is so.
    through: u64,
}

impl Marks {
    /// Nothing, of a table at that version.
    pub(super) fn none(version: u64) -> Self {
        Self { known: HashMap::new(), through: version }
    }

    /// What is known once `noted` was committed as the version after.
    fn and<'a>(mut self, noted: impl Iterator<Item = (&'a str, i64)>, version: u64) -> Self {
        if self.through + 1 != version {
            return Self::none(version);
        }
        self.known.extend(noted.map(|(app, mark)| (app.to_owned(), Some(mark))));
        Self { through: version, ..self }
    }
}

impl Snapshot {
    /// Knows what an older snapshot of the same table knew.
    pub(super) fn after(self, before: &Snapshot) -> Self {
        if before.id() == self.id() && before.version() <= self.version() {
            *self.marks.lock() = before.marks.lock().clone();
        }
        self
    }

    /// As [`Snapshot::after`], once `noted` was committed on top of it.
    pub(super) fn noting<'a>(self, noted: impl Iterator<Item = (&'a str, i64)>, before: &Snapshot) -> Self {
        let (version, after) = (self.version(), self.after(before));
        let known = std::mem::take(&mut *after.marks.lock()).and(noted, version);
        *after.marks.lock() = known;
        after
    }

    /// The newest version that the application `app` has noted in the table's log; see [`super::Progress`].
    ///
    /// # Errors
    /// [`crate::Error::Delta`] when the log cannot be read.
    pub async fn progress(&self, app: &str) -> Result<Option<i64>> {
        let log = self.table().log()?;
        self.catch_up(log.as_ref()).await?;
        if let Some(known) = self.marks.lock().known.get(app) {
            return Ok(*known);
        }
        // Who is shut out is noted hardly ever, and asked for before each commit.
        let newest = if writer::shuts(app) { 0 } else { NEWEST };
        for version in (0..=self.version()).rev().take(newest) {
            let Some(noted) = self.noted(log.as_ref(), version).await? else { break };
            let mut marks = self.marks.lock();
            for (app, mark) in noted {
                // What a later commit noted stands.
                marks.known.entry(app).or_insert(Some(mark));
            }
            if let Some(found) = marks.known.get(app) {
                return Ok(*found);
            }
        }
        let found = self.state().snapshot().transaction_version(log.as_ref(), app).await?;
        self.marks.lock().known.insert(app.to_owned(), found);
        Ok(found)
    }

    /// Reads what was committed since that which is known was so. Where the log reaches no longer back that far, or that would be much, nothing
    /// is known.
    async fn catch_up(&self, log: &dyn LogStore) -> Result<()> {
        let (through, version) = (self.marks.lock().through, self.version());
        if through == version {
            return Ok(());
        }
        let mut caught_up = self.marks.lock().clone();
        if version - through > MOST_BEHIND {
            caught_up = Marks::none(version);
        }
        while caught_up.through < version {
            let next = caught_up.through + 1;
            caught_up = match self.noted(log, next).await? {
                Some(noted) => caught_up.and(noted.iter().map(|(app, mark)| (app.as_str(), *mark)), next),
                None => Marks::none(version),
            };
        }
        let mut marks = self.marks.lock();
        if marks.through < version {
            *marks = caught_up;
        }
        Ok(())
    }

    /// The marks that a commit noted; `None` where the log no longer has it.
    async fn noted(&self, log: &dyn LogStore, version: u64) -> Result<Option<Vec<(String, i64)>>> {
        let Some(bytes) = log.read_commit_entry(version).await? else { return Ok(None) };
        let mut noted = Vec::new();
        for action in get_actions(version, &bytes)? {
            match action {
                Action::Txn(mark) => noted.push((mark.app_id, mark.version)),
                Action::CommitInfo(info) if version == self.version() => {
                    if let Some(at) = info.timestamp {
                        self.written.get_or_init(|| at.saturating_mul(1000));
                    }
                }
                _ => {}
            }
        }
        Ok(Some(noted))
    }
}
