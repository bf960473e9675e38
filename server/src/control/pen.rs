//! How events come into the control database. SQLite has one writer at a time, and whoever finds another at it looks again after a while,
//! in no order. So what comes while something is written is written next, all of it in one transaction: who asks for much waits for
//! itself, and who asks for little for the transaction that is under way and the next.

use super::database::{Database, Kind, failed};
use crate::{Error, Result};
use parking_lot::Mutex;
use sqlx::Any;
use sqlx::any::AnyArguments;
use sqlx::query::Query;
use std::sync::Arc;
use tokio::sync::oneshot;

/// What is written of an event.
#[derive(Clone, Debug)]
pub(super) struct Line {
    /// The statement, whose parameters are what follows.
    pub(super) sql: &'static str,
    pub(super) id: String,
    pub(super) tenant: String,
    pub(super) at: i64,
    pub(super) event: String,
    pub(super) unfinished_until: Option<i64>,
}

impl Line {
    fn query(&self) -> Query<'_, Any, AnyArguments> {
        let query = sqlx::query(self.sql).bind(self.id.clone()).bind(self.tenant.clone()).bind(self.at);
        query.bind(self.event.clone()).bind(self.unfinished_until)
    }

    // No replica is ever asked for events: they do not keep this process from asking it for other things.
    async fn write(&self, database: &Database) -> Result<u64> {
        Ok(self.query().execute(database.pool()).await.map_err(failed)?.rows_affected())
    }
}

/// A line that waits, and who waits for it: they are told how many rows it changed.
type Waiting = (Line, oneshot::Sender<Result<u64>>);

/// Where events are written. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub(super) struct Pen(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    waiting: Mutex<Vec<Waiting>>,
    turn: tokio::sync::Mutex<()>,
}

impl Pen {
    /// Writes a line, and tells how many rows it changed once that holds. On SQLite it is written though whoever waits leaves.
    ///
    /// # Errors
    /// When the database fails.
    pub(super) async fn write(&self, database: &Database, line: Line) -> Result<u64> {
        if database.kind() == Kind::Postgres {
            return line.write(database).await;
        }
        let (tells, told) = oneshot::channel();
        self.0.waiting.lock().push((line, tells));
        let (pen, database) = (self.clone(), database.clone());
        tokio::spawn(async move { pen.write_waiting(&database).await });
        told.await.unwrap_or_else(|_| Err(Error::DatabaseAway("the process ends".to_owned())))
    }

    /// Writes what waits by now, unless somebody did meanwhile.
    async fn write_waiting(&self, database: &Database) {
        let _turn = self.0.turn.lock().await;
        let waiting = std::mem::take(&mut *self.0.waiting.lock());
        let tell = |tells: oneshot::Sender<Result<u64>>, done| {
            // Whoever wanted to know may have left.
            let _ = tells.send(done);
        };
        let together = match waiting.as_slice() {
            [] => return,
            // A transaction of its own it has without being told.
            [_] => Ok(None),
            several => together(database, several).await.map(Some),
        };
        match together {
            Ok(Some(done)) => waiting.into_iter().zip(done).for_each(|((_, tells), rows)| tell(tells, Ok(rows))),
            Err(Error::DatabaseAway(why)) => {
                waiting.into_iter().for_each(|(_, tells)| tell(tells, Err(Error::DatabaseAway(why.clone()))));
            }
            // What one of them fails at is no matter of the others.
            Ok(None) | Err(_) => {
                for (line, tells) in waiting {
                    tell(tells, line.write(database).await);
                }
            }
        }
    }
}

/// Writes lines whole or not at all; how many rows each changed.
async fn together(database: &Database, waiting: &[Waiting]) -> Result<Vec<u64>> {
    let mut whole = database.begin().await?;
    let mut done = Vec::with_capacity(waiting.len());
    for (line, _) in waiting {
        done.push(line.query().execute(&mut **whole).await.map_err(failed)?.rows_affected());
    }
    whole.commit().await.map_err(failed)?;
    Ok(done)
}

#[cfg(test)]
mod tests {
    use super::super::Control;
    use super::*;
    use pulse_engine::Clock;

    const KEEP: &str = "INSERT INTO audit_events (id, tenant, at, event, unfinished_until) VALUES ($1, $2, $3, $4, $5)";

    fn line(id: &str, at: i64) -> Line {
        let (tenant, event) = ("acme".to_owned(), "{}".to_owned());
        Line { sql: KEEP, id: id.to_owned(), tenant, at, event, unfinished_until: None }
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
    async fn what_comes_at_once_is_written_each_once_and_what_fails_fails_alone() {
        let folder = tempfile::tempdir().unwrap();
        let address = format!("sqlite:{}", folder.path().join("control.db").display());
        let control = Control::open(&address, Clock::System).await.unwrap();
        // While somebody writes, all of them wait, and are written together after that.
        let held = control.database.begin().await.unwrap();
        let writes = |id: String, at: i64| {
            let (pen, database) = (control.pen.clone(), control.database.clone());
            tokio::spawn(async move { pen.write(&database, line(&id, at)).await })
        };
        let first = writes("first".to_owned(), 0);
        while control.pen.0.turn.try_lock().is_ok() || !control.pen.0.waiting.lock().is_empty() {
            tokio::task::yield_now().await;
        }
        let others: Vec<_> = (0..100).map(|n| writes(format!("e{}", n % 90), n)).collect();
        while control.pen.0.waiting.lock().len() < 100 {
            tokio::task::yield_now().await;
        }
        drop(held);
        assert_eq!(first.await.unwrap().unwrap(), 1);
        let (mut written, mut failed) = (0, 0);
        for other in others {
            match other.await.unwrap() {
                Ok(rows) => written += rows,
                Err(_) => failed += 1,
            }
        }
        assert_eq!((written, failed), (90, 10), "an id stands once");
        let row = sqlx::query("SELECT count(*) AS n FROM audit_events").fetch_one(control.database.pool());
        assert_eq!(super::super::database::number(&row.await.unwrap(), "n").unwrap(), 91);
    }
}
