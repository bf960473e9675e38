//! How events come into the control database. SQLite has one writer at a time, and whoever finds another at it looks again after a while,
//! in no order; Postgres has as many as there are connections, which everything else needs, too, and each waits for the disk. So what comes
//! while something is written is written next, all of it in one transaction: who asks for much waits for itself, and who asks for little
//! for the transaction that is under way and the next.

use super::database::{Database, Kind, failed, text};
use crate::{Error, Result};
use parking_lot::Mutex;
use serde::Serialize;
use sqlx::any::AnyArguments;
use sqlx::query::Query;
use sqlx::{Any, AnyConnection};
use std::collections::HashSet;
use std::sync::Arc;
use tokio::sync::oneshot;

/// How many lines are written in one transaction, at most.
const MOST: usize = 500;

/// What is written of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stroke {
    /// That there is one.
    Keeps,
    /// What came of one that was begun, unless it has a number by now.
    Finishes,
}

impl Stroke {
    const ALL: [Self; 2] = [Self::Keeps, Self::Finishes];

    /// The statement that writes one line.
    fn of_one(self) -> &'static str {
        match self {
            Self::Keeps => {
                "INSERT INTO audit_events (id, tenant, at, event, unfinished_until) VALUES ($1, $2, $3, $4, $5)"
            }
            Self::Finishes => {
                "UPDATE audit_events SET tenant = $2, at = $3, event = $4, unfinished_until = $5
                 WHERE id = $1 AND sequence IS NULL"
            }
        }
    }

    /// The statement by which Postgres writes many, which are an array in JSON, and tells which it wrote.
    fn of_many(self) -> &'static str {
        match self {
            Self::Keeps => {
                "INSERT INTO audit_events (id, tenant, at, event, unfinished_until)
                 SELECT line.id, line.tenant, line.at, line.event, line.unfinished_until FROM json_to_recordset($1::json)
                 AS line (id TEXT, tenant TEXT, at BIGINT, event TEXT, unfinished_until BIGINT) RETURNING id"
            }
            Self::Finishes => {
                "UPDATE audit_events SET tenant = line.tenant, at = line.at, event = line.event,
                 unfinished_until = line.unfinished_until FROM json_to_recordset($1::json)
                 AS line (id TEXT, tenant TEXT, at BIGINT, event TEXT, unfinished_until BIGINT)
                 WHERE audit_events.id = line.id AND audit_events.sequence IS NULL RETURNING audit_events.id"
            }
        }
    }
}

/// An event as it is written. What it has besides how it is written are the columns.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Line {
    #[serde(skip)]
    pub(super) stroke: Stroke,
    pub(super) id: String,
    pub(super) tenant: String,
    pub(super) at: i64,
    pub(super) event: String,
    pub(super) unfinished_until: Option<i64>,
}

impl Line {
    fn query(&self) -> Query<'_, Any, AnyArguments> {
        let query = sqlx::query(self.stroke.of_one()).bind(self.id.clone()).bind(self.tenant.clone()).bind(self.at);
        query.bind(self.event.clone()).bind(self.unfinished_until)
    }

    // No replica is ever asked for events: they do not keep this process from asking it for other things.
    async fn write(&self, database: &Database) -> Result<u64> {
        let _turn = database.turn().await.map_err(failed)?;
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
    /// Writes a line, and tells how many rows it changed once that holds. It is written though whoever waits leaves.
    ///
    /// # Errors
    /// When the database fails.
    pub(super) async fn write(&self, database: &Database, line: Line) -> Result<u64> {
        let (tells, told) = oneshot::channel();
        self.0.waiting.lock().push((line, tells));
        let (pen, database) = (self.clone(), database.clone());
        tokio::spawn(async move { pen.write_waiting(&database).await });
        told.await.unwrap_or_else(|_| Err(Error::DatabaseAway("the process ends".to_owned())))
    }

    /// Writes what waits by now, unless somebody did meanwhile. It is called once for each line that waits, so none is left.
    async fn write_waiting(&self, database: &Database) {
        let _turn = self.0.turn.lock().await;
        let waiting: Vec<Waiting> = {
            let mut waiting = self.0.waiting.lock();
            let count = waiting.len().min(MOST);
            waiting.drain(..count).collect()
        };
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
    if database.kind() == Kind::Postgres {
        // As in `Line::write`, this process may ask a replica for other things.
        let mut whole = database.pool().begin().await.map_err(failed)?;
        let done = at_once(&mut whole, waiting).await?;
        whole.commit().await.map_err(failed)?;
        return Ok(done);
    }
    let mut whole = database.begin().await?;
    let mut done = Vec::with_capacity(waiting.len());
    for (line, _) in waiting {
        done.push(line.query().execute(&mut **whole).await.map_err(failed)?.rows_affected());
    }
    whole.commit().await.map_err(failed)?;
    Ok(done)
}

/// Writes lines by one statement for each kind: each statement of Postgres is a way there and back.
async fn at_once(whole: &mut AnyConnection, waiting: &[Waiting]) -> Result<Vec<u64>> {
    let mut written = HashSet::new();
    for stroke in Stroke::ALL {
        let lines: Vec<&Line> = waiting.iter().map(|(line, _)| line).filter(|line| line.stroke == stroke).collect();
        if lines.is_empty() {
            continue;
        }
        let query = sqlx::query(stroke.of_many()).bind(serde_json::to_string(&lines)?);
        for row in &query.fetch_all(&mut *whole).await.map_err(failed)? {
            written.insert(text(row, "id")?);
        }
    }
    Ok(waiting.iter().map(|(line, _)| u64::from(written.contains(&line.id))).collect())
}

#[cfg(test)]
mod tests {
    use super::super::Control;
    use super::*;
    use pulse_engine::Clock;

    fn line(id: &str, at: i64) -> Line {
        let (tenant, event) = ("acme".to_owned(), "{}".to_owned());
        Line { stroke: Stroke::Keeps, id: id.to_owned(), tenant, at, event, unfinished_until: None }
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
