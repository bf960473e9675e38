//! How far a table's writers had come, as they noted it in its log.

use super::{Snapshot, writer};
use crate::Result;
use deltalake::kernel::Action;
use deltalake::logstore::get_actions;

/// How many of the newest commits are looked at one by one, before the log is gone through for a single mark: the last one mostly notes
/// the mark that is asked for, and whatever is asked for next.
const NEWEST: usize = 4;

impl Snapshot {
    /// The newest version that the application `app` has noted in the table's log; see [`super::Progress`].
    ///
    /// # Errors
    /// [`crate::Error::Delta`] when the log cannot be read.
    pub async fn progress(&self, app: &str) -> Result<Option<i64>> {
        if let Some(known) = self.progress.lock().get(app) {
            return Ok(*known);
        }
        let log = self.table().log()?;
        // Who is shut out is noted hardly ever, and asked for before each commit.
        let newest = if writer::shuts(app) { 0 } else { NEWEST };
        for version in (0..=self.version()).rev().take(newest) {
            let Some(bytes) = log.read_commit_entry(version).await? else { break };
            let actions = get_actions(version, &bytes)?;
            let mut known = self.progress.lock();
            for action in actions {
                match action {
                    // What a later commit noted stands.
                    Action::Txn(mark) => {
                        known.entry(mark.app_id).or_insert(Some(mark.version));
                    }
                    Action::CommitInfo(info) if version == self.version() => {
                        if let Some(at) = info.timestamp {
                            self.written.get_or_init(|| at.saturating_mul(1000));
                        }
                    }
                    _ => {}
                }
            }
            if let Some(found) = known.get(app) {
                return Ok(*found);
            }
        }
        let found = self.state().snapshot().transaction_version(log.as_ref(), app).await?;
        self.progress.lock().insert(app.to_owned(), found);
        Ok(found)
    }
}
