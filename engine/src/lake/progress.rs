//! How far a table's writers had come, as they noted it in its log.
//!
//! A mark is looked for in the log once. The snapshot that follows knows what the one before it knew, and reads what was committed since.

use super::{Snapshot, writer};
use crate::Result;
use deltalake::kernel::Action;
use deltalake::logstore::{LogStore, get_actions};
use futures::future::try_join_all;
use std::collections::HashMap;

/// How many of the newest commits are looked at one by one, before the log is gone through for a single mark: the last one mostly notes
/// the mark that is asked for, and whatever is asked for next.
const NEWEST: usize = 4;

/// How many commits are read to know what was known before: marks that are older are looked for anew.
const MOST_BEHIND: u64 = 20;

/// What is known of the marks in a table's log.
#[derive(Clone)]
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

    /// That `noted` was committed as the version after.
    fn add<'a>(&mut self, noted: impl Iterator<Item = (&'a str, i64)>) {
        self.known.extend(noted.map(|(app, mark)| (app.to_owned(), Some(mark))));
        self.through += 1;
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
        let after = self.after(before);
        let mut marks = after.marks.lock();
        // What else came in between is read together with this, once somebody asks.
        if marks.through + 1 == after.version() {
            marks.add(noted);
        }
        drop(marks);
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
        let version = self.version();
        if self.marks.lock().through == version {
            return Ok(());
        }
        let mut caught_up = self.marks.lock().clone();
        let since = match version - caught_up.through {
            ..=MOST_BEHIND => {
                // A store that is far away is asked for all of them at once.
                let asked = (caught_up.through + 1..=version).map(|next| self.noted(log, next));
                try_join_all(asked).await?.into_iter().collect::<Option<Vec<_>>>()
            }
            _ => None,
        };
        match since {
            Some(since) => {
                for noted in &since {
                    caught_up.add(noted.iter().map(|(app, mark)| (app.as_str(), *mark)));
                }
            }
            None => caught_up = Marks::none(version),
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

#[cfg(test)]
mod tests {
    use super::super::{Lake, Options, Progress, Table, When};
    use super::*;
    use crate::{TenantId, entities};
    use object_store::memory::InMemory;
    use std::sync::Arc;

    /// A table as two processes have it.
    struct Two([(Lake, Table); 2]);

    impl Two {
        fn new() -> Self {
            let store = Arc::new(InMemory::new());
            Self([(); 2].map(|()| {
                let lake = Lake::over(store.clone(), Options::default()).unwrap();
                let table = lake.tenant(&acme()).table(entities::core("projects").unwrap());
                (lake, table)
            }))
        }

        /// Commits a mark without a look at any.
        async fn notes(&self, process: usize, app: &str, version: u64) {
            let (_, table) = &self.0[process];
            let newest = table.latest().await.unwrap().map(|newest| newest.version());
            table.append(&[], &[Progress::new(app, version)], When::On(newest)).await.unwrap();
        }

        /// A mark, and how many bytes were read for it.
        async fn reads(&self, process: usize, app: &str) -> (Option<i64>, u64) {
            let (lake, table) = &self.0[process];
            let newest = table.latest().await.unwrap().unwrap();
            let before = lake.costs().bytes_read;
            let mark = newest.progress(app).await.unwrap();
            (mark, lake.costs().bytes_read - before)
        }

        async fn mark(&self, process: usize, app: &str) -> Option<i64> {
            self.reads(process, app).await.0
        }
    }

    fn acme() -> TenantId {
        TenantId::new("acme").unwrap()
    }

    #[tokio::test]
    async fn a_mark_is_looked_for_once_however_many_commits_come_after() {
        let two = Two::new();
        two.notes(0, "a", 1).await;
        assert_eq!((two.mark(0, "a").await, two.mark(0, "b").await), (Some(1), None));
        for n in 2..8 {
            two.notes(0, "a", n).await;
            assert_eq!(two.reads(0, "a").await, (Some(n as i64), 0));
            assert_eq!(two.reads(0, "b").await, (None, 0));
        }
        // What was noted of it last counts, though it is less.
        two.notes(0, "a", 3).await;
        assert_eq!(two.reads(0, "a").await, (Some(3), 0));
    }

    #[tokio::test]
    async fn what_another_process_notes_is_known_also_below_a_commit_of_ones_own() {
        let two = Two::new();
        two.notes(0, "a", 1).await;
        assert_eq!((two.mark(0, "a").await, two.mark(0, "b").await), (Some(1), None));
        two.notes(1, "b", 2).await;
        two.notes(1, "a", 3).await;
        two.notes(0, "c", 4).await;
        for process in 0..2 {
            let marks = [two.mark(process, "a").await, two.mark(process, "b").await, two.mark(process, "c").await];
            assert_eq!(marks, [Some(3), Some(2), Some(4)]);
        }
        // So many that what was known is given up.
        two.notes(1, "b", 5).await;
        for n in 0..=MOST_BEHIND {
            two.notes(1, "d", n).await;
        }
        assert_eq!((two.mark(0, "b").await, two.mark(0, "a").await), (Some(5), Some(3)));
    }

    #[tokio::test]
    async fn a_table_that_is_made_anew_knows_nothing_of_the_one_before_it() {
        let two = Two::new();
        two.notes(0, "a", 1).await;
        assert_eq!(two.mark(0, "a").await, Some(1));
        two.0[0].0.tenant(&acme()).erase().await.unwrap();
        two.notes(0, "b", 1).await;
        two.notes(0, "b", 2).await;
        assert_eq!((two.mark(0, "a").await, two.mark(0, "b").await), (None, Some(2)));
    }
}
