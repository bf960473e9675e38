//! What time it is for jobs: by the database's clock, so that machines whose clocks are apart agree on what is due.

use super::Control;
use super::database::{Kind, failed, number};
use crate::Result;
use std::sync::atomic::Ordering;
use std::time::Duration;

/// How often the clock is set.
const SETS: Duration = Duration::from_secs(60);

impl Control {
    /// Goes by the database's clock from now on, whatever becomes of this machine's.
    pub async fn keep_time(&self) {
        loop {
            if let Err(error) = self.set_by_database().await {
                tracing::warn!(%error, "the clock is not set now");
            }
            tokio::time::sleep(SETS).await;
        }
    }

    /// Finds how far this machine's clock is from Postgres', and goes by the latter from now on. A SQLite file is used by one machine,
    /// which has one clock.
    ///
    /// # Errors
    /// When the database fails: what was found before still holds.
    pub async fn set_by_database(&self) -> Result<()> {
        if self.database.kind() == Kind::Sqlite {
            return Ok(());
        }
        let query = sqlx::query("SELECT CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000000 AS BIGINT) AS now");
        let before = self.clock.now();
        let row = query.fetch_one(self.database.pool()).await.map_err(failed)?;
        let here = before + (self.clock.now() - before) / 2;
        self.behind.store(number(&row, "now")? - here, Ordering::Relaxed);
        Ok(())
    }
}
