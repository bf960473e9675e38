//! A read replica of the control database (PostgreSQL streaming replication), asked while it is known to be fresh.
//!
//! How far a replica is behind cannot be read off its clock: on a database where nothing is written it looks ever older. So the
//! primary is asked now and then how far its log is, and once the replica has replayed that much, it is as fresh as that moment.

use super::database::{failed, maybe_text, options};
use crate::{Error, Result};
use parking_lot::Mutex;
use sqlx::AnyPool;
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How far a replica may be behind to be asked, unless said.
pub const REPLICA_BEHIND: Duration = Duration::from_secs(2);
/// How often it is looked at while it is asked.
const LOOK_EVERY: Duration = Duration::from_millis(100);
/// For how long a request waits for a replica that does not answer, before it asks the primary.
const PATIENCE: Duration = Duration::from_secs(1);
/// How many moments are remembered that it has not reached yet.
const MOMENTS: usize = 100;

/// A replica, and how fresh it is.
#[derive(Debug)]
pub(super) struct Replica {
    pool: AnyPool,
    primary: AnyPool,
    behind: Duration,
    seen: Mutex<Seen>,
}

#[derive(Debug, Default)]
struct Seen {
    /// When this process last wrote.
    wrote: Option<Instant>,
    /// Moments that the replica has not reached yet, with how far the primary's log was then.
    ahead: VecDeque<(Instant, u64)>,
    /// The latest moment that it has reached.
    fresh: Option<Instant>,
    /// When it was last looked at, and whether it is just now.
    looked: Option<Instant>,
    looking: bool,
}

impl Seen {
    /// Whether the replica holds all that this process wrote, and all that anybody wrote up to `behind` ago.
    fn is_fresh(&self, now: Instant, behind: Duration) -> bool {
        let Some(fresh) = self.fresh else { return false };
        now.saturating_duration_since(fresh) <= behind && self.wrote.is_none_or(|wrote| fresh >= wrote)
    }

    /// Notes how far the primary's log was at `at`, and how far the replica is after that.
    fn look(&mut self, at: Instant, primary: u64, replica: u64) {
        if self.ahead.len() < MOMENTS {
            self.ahead.push_back((at, primary));
        }
        while let Some((at, log)) = self.ahead.front().copied().filter(|(_, log)| *log <= replica) {
            self.fresh = Some(at);
            self.ahead.pop_front();
            tracing::trace!(log, "the replica has reached this place of the log");
        }
    }
}

impl Replica {
    /// A replica of the database behind `primary`.
    ///
    /// # Errors
    /// [`Error::Usage`] when it is another's; [`Error::DatabaseAway`] when one of both does not answer.
    pub(super) async fn open(address: &str, primary: &AnyPool, behind: Duration) -> Result<Arc<Self>> {
        let pool = options().acquire_timeout(PATIENCE).connect_lazy(address).map_err(failed)?;
        let system = "SELECT system_identifier::text AS value FROM pg_control_system()";
        let (ours, its) = (value(primary, system).await?, value(&pool, system).await?);
        if ours != its {
            let why = "DATABASE_REPLICA_URL leads to another database than DATABASE_URL, not to a replica of it";
            return Err(Error::Usage(why.to_owned()));
        }
        Ok(Arc::new(Self { pool, primary: primary.clone(), behind, seen: Mutex::default() }))
    }

    /// The replica, when it may be asked now. It is looked at now and then beside that.
    pub(super) fn fresh(self: &Arc<Self>) -> Option<&AnyPool> {
        let now = Instant::now();
        let mut seen = self.seen.lock();
        if !seen.looking && seen.looked.is_none_or(|looked| now - looked >= LOOK_EVERY) {
            (seen.looking, seen.looked) = (true, Some(now));
            let replica = self.clone();
            tokio::spawn(async move { replica.look().await });
        }
        seen.is_fresh(now, self.behind).then_some(&self.pool)
    }

    /// This process has written: the replica is not asked until it has that.
    pub(super) fn wrote(&self) {
        self.seen.lock().wrote = Some(Instant::now());
    }

    /// The replica did not answer: it is not asked until it does.
    pub(super) fn doubt(&self) {
        let mut seen = self.seen.lock();
        (seen.fresh, seen.ahead) = (None, VecDeque::new());
    }

    async fn look(&self) {
        let at = Instant::now();
        let logs = async {
            let primary = log(&self.primary, "SELECT pg_current_wal_lsn()::text AS value").await?;
            let replica = log(&self.pool, "SELECT pg_last_wal_replay_lsn()::text AS value").await?;
            Ok::<_, Error>(primary.zip(replica))
        };
        let logs = logs.await;
        let mut seen = self.seen.lock();
        seen.looking = false;
        match logs {
            Ok(Some((primary, replica))) => seen.look(at, primary, replica),
            Ok(None) => tracing::warn!("the read replica replays no log: it is not asked"),
            Err(error) => {
                tracing::warn!(%error, "the read replica cannot be looked at: it is not asked");
                (seen.fresh, seen.ahead) = (None, VecDeque::new());
            }
        }
    }
}

async fn value(pool: &AnyPool, statement: &'static str) -> Result<Option<String>> {
    maybe_text(&sqlx::query(statement).fetch_one(pool).await.map_err(failed)?, "value")
}

/// A place in a log: PostgreSQL writes it as two hexadecimal halves.
async fn log(pool: &AnyPool, statement: &'static str) -> Result<Option<u64>> {
    Ok(value(pool, statement).await?.as_deref().and_then(place))
}

fn place(text: &str) -> Option<u64> {
    let (high, low) = text.split_once('/')?;
    Some(u64::from_str_radix(high, 16).ok()? << 32 | u64::from_str_radix(low, 16).ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_in_the_log_is_a_number() {
        assert_eq!(place("0/0"), Some(0));
        assert_eq!(place("16/B374D848"), Some(0x16_B374_D848));
        assert_eq!(place("16"), None);
        assert_eq!(place("x/1"), None);
    }

    #[test]
    fn a_replica_is_as_fresh_as_the_latest_moment_that_it_has_reached() {
        let (start, second) = (Instant::now(), Duration::from_secs(1));
        let at = |n: u32| start + second * n;
        let mut seen = Seen::default();
        assert!(!seen.is_fresh(start, second * 2), "nothing is known of it");
        seen.look(at(0), 10, 9);
        seen.look(at(1), 20, 19);
        assert!(seen.is_fresh(at(2), second * 2) && !seen.is_fresh(at(3), second * 2), "it has reached moment 0");
        seen.look(at(3), 20, 20);
        assert!(seen.is_fresh(at(5), second * 2), "all three are reached, the last at 3");
        seen.wrote = Some(at(4));
        assert!(!seen.is_fresh(at(4), second * 2), "what we wrote is not known to be there");
        seen.look(at(5), 30, 30);
        assert!(seen.is_fresh(at(5), second * 2));
    }

    #[test]
    fn a_replica_that_stands_still_is_remembered_with_bounds() {
        let mut seen = Seen::default();
        for n in 0..1000 {
            seen.look(Instant::now(), n, 0);
        }
        assert_eq!(seen.ahead.len(), MOMENTS);
    }
}
