//! What time it is: by the database's clock where it is Postgres, so that machines whose clocks are apart agree on what is due.

use super::Control;
use super::database::{Kind, failed, number};
use crate::Result;
use pulse_engine::Clock;
use std::time::{Duration, Instant};

/// How often the time is asked for, and how soon again when there was no answer.
const SETS: Duration = Duration::from_secs(60);
const AGAIN: Duration = Duration::from_secs(5);
/// An answer that took longer says too little.
const LATE: Duration = Duration::from_millis(500);

impl Control {
    /// What time it is, in microseconds since 1970: by the database's clock, where that was asked. This machine's may be set anew
    /// meanwhile.
    pub fn now(&self) -> i64 {
        match *self.anchor.lock() {
            Some((at, time)) => time.saturating_add(i64::try_from(at.elapsed().as_micros()).unwrap_or(i64::MAX)),
            None => self.clock.now(),
        }
    }

    /// The same as a clock that stands: what is reckoned by one instant is of one day, and of the same whichever machine does it.
    pub fn instant(&self) -> Clock {
        Clock::Fixed(self.now())
    }

    /// Goes by the database's clock from now on.
    pub async fn keep_time(&self) {
        loop {
            let next = match self.set_by_database().await {
                Ok(()) => SETS,
                Err(error) => {
                    tracing::warn!(%error, "the database is not asked for the time now");
                    AGAIN
                }
            };
            tokio::time::sleep(next).await;
        }
    }

    /// Asks Postgres for the time. A SQLite file is used by one machine, which has one clock.
    ///
    /// # Errors
    /// When the database fails: what it said before still holds.
    pub async fn set_by_database(&self) -> Result<()> {
        if self.database.kind() == Kind::Sqlite {
            return Ok(());
        }
        let mut connection = self.database.pool().acquire().await.map_err(failed)?;
        let query = sqlx::query("SELECT CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000000 AS BIGINT) AS now");
        let asked = Instant::now();
        let row = query.fetch_one(&mut *connection).await.map_err(failed)?;
        let took = asked.elapsed();
        let mut anchor = self.anchor.lock();
        if anchor.is_none() || took < LATE {
            *anchor = Some((asked + took / 2, number(&row, "now")?));
        }
        Ok(())
    }
}
