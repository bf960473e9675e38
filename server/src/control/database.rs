//! The connection to the control database, SQLite or Postgres, and its schema.

use super::Refusal;
use super::bell::{self, Bell};
use super::event::News;
use super::replica::Replica;
use crate::{Error, Result};
use parking_lot::Mutex;
use pulse_engine::TenantId;
use sqlx::any::{AnyArguments, AnyPoolOptions, AnyQueryResult, AnyRow};
use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::query::Query;
use sqlx::{Any, AnyConnection, AnyPool, Executor as _, Row as _, SqlSafeStr as _, Transaction};
use std::borrow::Cow;
use std::fs::File;
use std::ops::{Deref, DerefMut};
use std::path::Path;
use std::sync::{Arc, Once};
use std::time::{Duration, Instant};

/// The version of the schema that this version of Pulse has.
pub(super) const SCHEMA: i64 = SCHEMAS[SCHEMAS.len() - 1].0;

/// Every schema there ever was, oldest first. A released one is never changed: its sum is kept in the database.
const SCHEMAS: [(i64, &str, &str); 36] = [
    (1, "people", include_str!("../../migrations/0001_people.sql")),
    (2, "audit", include_str!("../../migrations/0002_audit.sql")),
    (3, "erasure", include_str!("../../migrations/0003_erasure.sql")),
    (4, "single sign-on", include_str!("../../migrations/0004_single_sign_on.sql")),
    (5, "unfinished events", include_str!("../../migrations/0005_unfinished.sql")),
    (6, "quotas", include_str!("../../migrations/0006_quotas.sql")),
    (7, "jobs", include_str!("../../migrations/0007_jobs.sql")),
    (8, "events", include_str!("../../migrations/0008_events.sql")),
    (9, "hooks", include_str!("../../migrations/0009_hooks.sql")),
    (10, "queue", include_str!("../../migrations/0010_queue.sql")),
    (11, "connections", include_str!("../../migrations/0011_connections.sql")),
    (12, "credentials", include_str!("../../migrations/0012_credentials.sql")),
    (13, "rules", include_str!("../../migrations/0013_rules.sql")),
    (14, "targets", include_str!("../../migrations/0014_targets.sql")),
    (15, "own metrics", include_str!("../../migrations/0015_own_metrics.sql")),
    (16, "saved queries", include_str!("../../migrations/0016_saved_queries.sql")),
    (17, "deliveries", include_str!("../../migrations/0017_deliveries.sql")),
    (18, "alerts", include_str!("../../migrations/0018_alerts.sql")),
    (19, "reports", include_str!("../../migrations/0019_reports.sql")),
    (20, "told risks", include_str!("../../migrations/0020_told_risks.sql")),
    (21, "brandings", include_str!("../../migrations/0021_brandings.sql")),
    (22, "lost writers", include_str!("../../migrations/0022_lost_writers.sql")),
    (23, "running queries", include_str!("../../migrations/0023_running_queries.sql")),
    (24, "budgets", include_str!("../../migrations/0024_budgets.sql")),
    (25, "job traces", include_str!("../../migrations/0025_job_traces.sql")),
    (26, "lake sizes", include_str!("../../migrations/0026_lake_sizes.sql")),
    (27, "own metric versions", include_str!("../../migrations/0027_own_metric_versions.sql")),
    (28, "muted", include_str!("../../migrations/0028_muted.sql")),
    (29, "alerts' members that were told", include_str!("../../migrations/0029_alert_told.sql")),
    (30, "whose alerts are", include_str!("../../migrations/0030_alert_assignees.sql")),
    (31, "pauses of schedules", include_str!("../../migrations/0031_schedule_pauses.sql")),
    (32, "target versions", include_str!("../../migrations/0032_target_versions.sql")),
    (33, "branding versions", include_str!("../../migrations/0033_branding_versions.sql")),
    (34, "dead jobs", include_str!("../../migrations/0034_dead_jobs.sql")),
    (35, "calls of hooks", include_str!("../../migrations/0035_hook_calls.sql")),
    (36, "when budgets are full", include_str!("../../migrations/0036_budgets_full.sql")),
];

/// For how long a request waits for a connection before it is told that the database is away.
const PATIENCE: Duration = Duration::from_secs(5);
/// The same of a file, and for how long one writer waits for another there: a disk that stands still for a while
/// delays what is asked, and fails nothing.
const PATIENCE_WITH_A_DISK: Duration = Duration::from_secs(30);
const CONNECTIONS: u32 = 16;
/// A process that stands still within something whole holds what others wait for: Postgres undoes it after a minute.
const STILL: &str = "SET idle_in_transaction_session_timeout = '60s'";

/// Which of the two it is. One statement serves both but where they wait for one another differently.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Sqlite,
    Postgres,
}

impl Kind {
    /// Of the database at an address, which is not asked.
    pub(super) fn at(address: &str) -> Result<Self> {
        if address.starts_with("sqlite:") {
            Ok(Self::Sqlite)
        } else if address.starts_with("postgres://") || address.starts_with("postgresql://") {
            Ok(Self::Postgres)
        } else {
            Err(Error::Usage("the control database's address should begin with postgres:// or sqlite:".to_owned()))
        }
    }
}

/// The control database.
#[derive(Clone, Debug)]
pub(super) struct Database {
    pool: AnyPool,
    kind: Kind,
    replica: Option<Arc<Replica>>,
    /// Whether reads may be answered by the replica.
    nearby: bool,
    bell: Bell,
    /// Whose turn it is to write to a file.
    turns: Option<Arc<tokio::sync::Mutex<()>>>,
}

/// The turn of one who writes, until this is dropped; nothing where as many as like write at once.
pub(super) type Turn = Option<tokio::sync::OwnedMutexGuard<()>>;

/// What is done whole or not at all. It is undone when it is dropped before [`Whole::commit`].
#[derive(Debug)]
pub(super) struct Whole {
    inner: Transaction<'static, Any>,
    database: Database,
    /// Whom it tells of what, once it holds.
    pub(super) news: Vec<(TenantId, News)>,
    _turn: Turn,
}

impl Whole {
    /// Lets it hold.
    pub(super) async fn commit(mut self) -> Result<(), sqlx::Error> {
        let tells = !self.news.is_empty();
        self.write_news().await?;
        let done = self.inner.commit().await;
        self.database.wrote();
        if tells {
            self.database.bell.ring();
        }
        done
    }

    /// Lets other processes hear of it, once it holds.
    pub(super) async fn call(&mut self) -> Result<(), sqlx::Error> {
        if self.database.kind == Kind::Postgres {
            let query = sqlx::query("SELECT 1 AS n FROM (SELECT pg_notify($1, '')) AS told").bind(bell::CHANNEL);
            query.fetch_one(&mut *self.inner).await?;
        }
        Ok(())
    }
}

impl Deref for Whole {
    type Target = Transaction<'static, Any>;

    fn deref(&self) -> &Self::Target {
        &self.inner
    }
}

impl DerefMut for Whole {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.inner
    }
}

/// A statement that changes something by itself.
pub(super) trait Run {
    /// Runs it.
    fn run(self, database: &Database) -> impl Future<Output = Result<AnyQueryResult, sqlx::Error>> + Send;
}

impl Run for Query<'_, Any, AnyArguments> {
    async fn run(self, database: &Database) -> Result<AnyQueryResult, sqlx::Error> {
        let _turn = database.turn().await?;
        let done = self.execute(&database.pool).await;
        database.wrote();
        done
    }
}

impl Database {
    /// Connects to `sqlite:PATH` or `postgres://…`, and brings its schema up to date.
    pub(super) async fn open(address: &str) -> Result<Self> {
        static DRIVERS: Once = Once::new();
        DRIVERS.call_once(sqlx::any::install_default_drivers);
        if let (Kind::Sqlite, Some(path)) = (Kind::at(address)?, address.strip_prefix("sqlite:")) {
            return Self::open_file(Path::new(path)).await;
        }
        let pool =
            options().after_connect(|connection, _| Box::pin(async move { connection.execute(STILL).await.map(drop) }));
        let pool = pool.connect_lazy(address).map_err(failed)?;
        // Sqlx takes an advisory lock of Postgres while it migrates.
        let bell = Bell::of_postgres(address).map_err(failed)?;
        let database = Self { pool, kind: Kind::Postgres, replica: None, nearby: false, bell, turns: None };
        database.migrate().await?;
        Ok(database)
    }

    async fn open_file(path: &Path) -> Result<Self> {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(|e| Error::file("create", folder, e))?;
        }
        // Others on this machine may not read who there is.
        let mut private = File::options();
        private.append(true).create(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut private, 0o600);
        private.open(path).map_err(|e| Error::file("open", path, e))?;
        let address = url::Url::from_file_path(std::path::absolute(path).map_err(|e| Error::file("find", path, e))?)
            .map_err(|()| Error::Usage(format!("{} cannot hold the control database", path.display())))?;
        let address = address.as_str().replacen("file", "sqlite", 1);
        // The busy timeout is the same patience, in milliseconds.
        let pragmas = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA busy_timeout = 30000; PRAGMA foreign_keys = ON;";
        let first = opened(&address, pragmas).await?;
        let options = options()
            .acquire_timeout(PATIENCE_WITH_A_DISK)
            // A file goes nowhere, so no connection is asked whether it still stands before it is used.
            .test_before_acquire(false)
            .after_connect(move |connection, _| Box::pin(async move { connection.execute(pragmas).await.map(|_| ()) }));
        let pool = options.connect_lazy(&address).map_err(failed)?;
        let (bell, turns) = (Bell::default(), Some(Arc::default()));
        let database = Self { pool, kind: Kind::Sqlite, replica: None, nearby: false, bell, turns };
        // SQLite has no advisory lock: a lock on a file beside it lets one process migrate at a time.
        let lock = path.with_added_extension("lock");
        let file = private.open(&lock).map_err(|e| Error::file("open", &lock, e))?;
        let file = tokio::task::spawn_blocking(move || file.lock().map(|()| file)).await?;
        let _held = file.map_err(|e| Error::file("lock", &lock, e))?;
        database.migrate().await?;
        // The last connection to a file that goes puts its log away: by now there are others.
        drop(first);
        Ok(database)
    }

    async fn migrate(&self) -> Result<()> {
        let schemas = SCHEMAS.into_iter().map(|(version, name, sql)| {
            Migration::new(version, Cow::Borrowed(name), MigrationType::Simple, sql.into_sql_str(), false)
        });
        Migrator::with_migrations(schemas.collect()).run(&self.pool).await.map_err(|error| match error {
            sqlx::migrate::MigrateError::Execute(error) => failed(error),
            sqlx::migrate::MigrateError::ExecuteMigration(error, _) if of_file(&error).is_some() => failed(error),
            sqlx::migrate::MigrateError::VersionMissing(version) => {
                Error::Schema(format!("it has version {version}, and this Pulse knows none beyond {SCHEMA}"))
            }
            other => Error::Schema(other.to_string()),
        })
    }

    /// Which of the two it is.
    pub(super) fn kind(&self) -> Kind {
        self.kind
    }

    /// The same database, with a replica that may be asked what may be a moment old.
    pub(super) async fn with_replica(self, address: &str, behind: Duration) -> Result<Self> {
        if self.kind == Kind::Sqlite {
            return Err(Error::Usage("a read replica needs PostgreSQL: set DATABASE_URL, too".to_owned()));
        }
        let replica = Some(Replica::open(address, &self.pool, behind).await?);
        Ok(Self { replica, ..self })
    }

    /// Where questions are asked whose answer decides something.
    pub(super) fn pool(&self) -> &AnyPool {
        &self.pool
    }

    /// Where questions are asked whose answer may be a moment old: but for what this process wrote, which it always has.
    pub(super) fn reads(&self) -> &AnyPool {
        let replica = self.replica.as_ref().filter(|_| self.nearby).and_then(|replica| replica.fresh());
        replica.unwrap_or(&self.pool)
    }

    /// The rows of a question whose answer may be a moment old. When the replica fails at it, the primary is asked.
    pub(super) async fn read_all<'q>(&self, query: impl Fn() -> Query<'q, Any, AnyArguments>) -> Result<Vec<AnyRow>> {
        let replica = self.replica.as_ref().filter(|_| self.nearby);
        if let Some((replica, pool)) = replica.and_then(|replica| Some((replica, replica.fresh()?))) {
            match query().fetch_all(pool).await {
                Ok(rows) => return Ok(rows),
                Err(error) => {
                    let error = failed(error);
                    tracing::warn!(%error, "the read replica did not answer: the primary is asked");
                    replica.doubt();
                }
            }
        }
        query().fetch_all(&self.pool).await.map_err(failed)
    }

    /// What is heard of events.
    pub(super) fn bell(&self) -> &Bell {
        &self.bell
    }

    /// The same database, asked at its replica where that may be.
    pub(super) fn nearby(&self) -> Self {
        Self { nearby: true, ..self.clone() }
    }

    /// Whether there is a replica.
    pub(super) fn has_replica(&self) -> bool {
        self.replica.is_some()
    }

    /// The replica did not answer.
    pub(super) fn doubt_replica(&self) {
        if let Some(replica) = &self.replica {
            replica.doubt();
        }
    }

    fn wrote(&self) {
        if let Some(replica) = &self.replica {
            replica.wrote();
        }
    }

    /// Begins what is done whole or not at all. On SQLite it takes the right to write at once: two that read first and then
    /// want to write would stop each other.
    pub(super) async fn begin(&self) -> Result<Whole> {
        let begin = match self.kind {
            Kind::Sqlite => "BEGIN IMMEDIATE",
            Kind::Postgres => "BEGIN",
        };
        let turn = self.turn().await.map_err(failed)?;
        let inner = self.pool.begin_with(begin).await.map_err(failed)?;
        Ok(Whole { inner, database: self.clone(), news: Vec::new(), _turn: turn })
    }

    /// Waits until nobody else of this process writes to a file. SQLite has whoever waits sleep, longer each time, and gives the right to write to
    /// whoever looks first: several that write all the time slept as long as they worked, and one could wait for long.
    pub(super) async fn turn(&self) -> Result<Turn, sqlx::Error> {
        let Some(turns) = &self.turns else { return Ok(None) };
        let turn = tokio::time::timeout(PATIENCE_WITH_A_DISK, Arc::clone(turns).lock_owned()).await;
        turn.map(Some).map_err(|_| sqlx::Error::PoolTimedOut)
    }

    /// Whether the database answers.
    pub(super) async fn ping(&self) -> Result<()> {
        self.pool.execute("SELECT 1").await.map(|_| ()).map_err(failed)
    }
}

pub(super) fn options() -> AnyPoolOptions {
    let options = AnyPoolOptions::new().max_connections(CONNECTIONS).acquire_timeout(PATIENCE);
    options.before_acquire(|_, about| Box::pin(async move { Ok(!is_outdated(about.age)) }))
}

/// When Postgres last said that it had planned a statement for another schema than it has by now. It does not plan it anew by itself,
/// so connections that are older are given up: else a process would be of no use from the moment on in which a newer version gives a
/// column to a table.
static OUTDATED: Mutex<Option<Instant>> = Mutex::new(None);

/// Whether a connection that was opened so long ago may have such statements.
fn is_outdated(age: Duration) -> bool {
    OUTDATED.lock().is_some_and(|since| age >= since.elapsed())
}

/// A connection to a file, beside the pool: that would try again for as long as its patience lasts, and then say that nothing answers. `None`
/// where another process is in the way, which passes.
async fn opened(address: &str, pragmas: &'static str) -> Result<Option<AnyConnection>> {
    let opens = async {
        let mut first = <AnyConnection as sqlx::Connection>::connect(address).await?;
        first.execute(pragmas).await?;
        Ok::<_, sqlx::Error>(first)
    };
    match opens.await {
        Ok(first) => Ok(Some(first)),
        Err(error) if of_file(&error).is_some() => Err(failed(error)),
        Err(_) => Ok(None),
    }
}

/// SQLite's code for a file that another process is at.
const BUSY: u32 = 5;
/// Its codes for a file that is damaged, and for one that is no database.
const DAMAGED: [u32; 2] = [11, 26];

/// What is wrong with a file, and what to do about it, by the last byte of SQLite's code.
fn of_file(error: &sqlx::Error) -> Option<(u32, &'static str)> {
    let sqlx::Error::Database(said) = error else { return None };
    let code = of_sqlite(&said.code()?)?;
    let why = match code {
        8 => "its file may not be written: is what it stands on read-only, or is it somebody else's?",
        10 => "its disk does not read or write: is it full, or broken? The system's log says more",
        13 => "its disk is full: free some room there. What was written before stays",
        14 => "its file cannot be opened: may this user write there, and has the process files left to open?",
        code if DAMAGED.contains(&code) => {
            "its file is damaged, or is no database of SQLite: name the right one, or restore a backup"
        }
        _ => return None,
    };
    Some((code, why))
}

/// The last byte of a code of SQLite, which says what it is about. One of Postgres has five characters.
fn of_sqlite(code: &str) -> Option<u32> {
    Some(code).filter(|code| code.len() < 5)?.parse::<u32>().ok().map(|code| code & 0xff)
}

/// What a failure of the database means to whoever asked.
pub(super) fn failed(error: sqlx::Error) -> Error {
    use sqlx::Error as Sql;
    if let Some((code, why)) = of_file(&error) {
        let told = format!("{why} ({error})");
        return if DAMAGED.contains(&code) { Error::Database(told) } else { Error::DatabaseAway(told) };
    }
    match error {
        Sql::Io(_) | Sql::PoolTimedOut | Sql::PoolClosed | Sql::WorkerCrashed | Sql::Protocol(_) | Sql::Tls(_) => {
            Error::DatabaseAway(error.to_string())
        }
        // Postgres shuts down, or takes no more connections; SQLite's file stayed locked.
        Sql::Database(ref said) if said.code().is_some_and(|code| is_passing(&code)) => {
            Error::DatabaseAway(error.to_string())
        }
        // "cached plan must not change result type", in whichever language.
        Sql::Database(ref said) if said.code().is_some_and(|code| code == "0A000") => {
            *OUTDATED.lock() = Some(Instant::now());
            Error::DatabaseAway("a newer version changed its schema, and what is asked is planned anew".to_owned())
        }
        other => Error::Database(other.to_string()),
    }
}

fn is_passing(code: &str) -> bool {
    if let Some(code) = of_sqlite(code) {
        return code == BUSY;
    }
    code.starts_with("57P")
        || code == "25P03"
        || code.starts_with("53")
        || code.starts_with("08")
        || code == "40001"
        || code == "40P01"
}

/// A refusal in the place of a broken promise that a value stands once.
pub(super) fn unless_taken(error: sqlx::Error, taken: Refusal) -> Error {
    match &error {
        sqlx::Error::Database(said) if said.is_unique_violation() => Error::Refused(taken),
        _ => failed(error),
    }
}

/// A column that holds text.
pub(super) fn text(row: &AnyRow, column: &str) -> Result<String> {
    row.try_get(column).map_err(failed)
}

/// A column that may hold text.
pub(super) fn maybe_text(row: &AnyRow, column: &str) -> Result<Option<String>> {
    row.try_get(column).map_err(failed)
}

/// A column that holds a number.
pub(super) fn number(row: &AnyRow, column: &str) -> Result<i64> {
    row.try_get(column).map_err(failed)
}

/// A column that may hold a number.
pub(super) fn maybe_number(row: &AnyRow, column: &str) -> Result<Option<i64>> {
    row.try_get(column).map_err(failed)
}

/// A column that holds JSON.
pub(super) fn json<T: serde::de::DeserializeOwned>(row: &AnyRow, column: &str) -> Result<T> {
    Ok(serde_json::from_str(&text(row, column)?)?)
}

#[cfg(test)]
mod tests {
    use super::super::Control;
    use super::*;
    use pulse_engine::Clock;

    /// More than there are connections: whoever waits for a turn keeps none from those who read.
    const WRITERS: usize = 2 * CONNECTIONS as usize;

    #[tokio::test]
    async fn those_who_write_to_a_file_take_turns_in_the_order_in_which_they_came() {
        let folder = tempfile::tempdir().unwrap();
        let address = format!("sqlite:{}", folder.path().join("control.db").display());
        let database = Control::open(&address, Clock::System).await.unwrap().database;
        let held = database.begin().await.unwrap();
        let wrote = Arc::new(Mutex::new(Vec::new()));
        let mut writers = tokio::task::JoinSet::new();
        for n in 0..WRITERS {
            let (database, wrote) = (database.clone(), Arc::clone(&wrote));
            writers.spawn(async move {
                if n % 2 == 0 {
                    let whole = database.begin().await.unwrap();
                    wrote.lock().push(n);
                    whole.commit().await.unwrap();
                } else {
                    sqlx::query("DELETE FROM jobs WHERE id = 'none'").run(&database).await.unwrap();
                    wrote.lock().push(n);
                }
            });
            // It waits for its turn before the next one comes.
            tokio::task::yield_now().await;
        }
        database.ping().await.unwrap();
        assert_eq!(*wrote.lock(), [0; 0]);
        drop(held);
        while let Some(done) = writers.join_next().await {
            done.unwrap();
        }
        assert_eq!(*wrote.lock(), Vec::from_iter(0..WRITERS));
    }
}
