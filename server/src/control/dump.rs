//! All that the control database holds, as lines: for backups, and for going from SQLite to Postgres or back.

use super::Control;
use super::database::{Kind, Whole, failed};
use crate::{Error, Result};
use futures::TryStreamExt as _;
use serde_json::{Map, Value};
use sqlx::any::AnyRow;
use sqlx::{AssertSqlSafe, Column as _, Row as _, TypeInfo as _, ValueRef as _};
use std::io::{BufRead, Write};

/// The tables, those that others refer to before these.
const TABLES: [&str; 41] = [
    "audit_events",
    "audit_heads",
    "job_holds",
    "signing_keys",
    "tenants",
    "told_risks",
    "users",
    "alert_clocks",
    "alert_rules",
    "alerts",
    "api_tokens",
    "brandings",
    "budgets",
    "connections",
    "deliveries",
    "delivery_attempts",
    "destinations",
    "erasures",
    "event_heads",
    "event_reads",
    "events",
    "hooks",
    "identities",
    "identity_providers",
    "job_turns",
    "jobs",
    "lake_sizes",
    "members",
    "own_metric_versions",
    "own_metrics",
    "parcels",
    "report_definitions",
    "reports",
    "roles",
    "saved_queries",
    "saved_query_versions",
    "schedules",
    "targets",
    "alert_steps",
    "job_runs",
    "job_steps",
];

/// Tables that are of the moment, or would let in whoever was shut out since: sessions, and links that were used. Who was signed in
/// signs in again.
const LEFT_OUT: [&str; 7] =
    ["job_traces", "links", "refresh_tokens", "running_queries", "sessions", "tries", "workers"];

impl Control {
    /// Writes all rows, one a line, as of one moment; how many there are.
    ///
    /// # Errors
    /// When the database fails, or nothing can be written.
    pub async fn dump(&self, to: &mut (dyn Write + Send)) -> Result<u64> {
        let begins = match self.database.kind() {
            Kind::Postgres => "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
            Kind::Sqlite => "BEGIN",
        };
        let mut whole = self.database.pool().begin_with(begins).await.map_err(failed)?;
        let mut count = 0;
        for table in TABLES {
            let statement = AssertSqlSafe(format!("SELECT * FROM {table}"));
            let mut rows = sqlx::query(statement).fetch(&mut *whole);
            while let Some(row) = rows.try_next().await.map_err(failed)? {
                let line = serde_json::to_string(&(table, fields(&row)?))?;
                to.write_all(line.as_bytes()).and_then(|()| to.write_all(b"\n")).map_err(Error::Output)?;
                count += 1;
            }
        }
        to.flush().map_err(Error::Output)?;
        Ok(count)
    }

    /// Whether [`Control::load`] may put something here.
    ///
    /// # Errors
    /// As there.
    pub async fn is_new(&self) -> Result<()> {
        is_new(&mut self.database.begin().await?).await
    }

    /// Puts the rows of [`Control::dump`] in the place of all that is here, which has to be next to nothing: no user, and no job.
    ///
    /// # Errors
    /// [`Error::Usage`] when the database holds something, or the lines are none of a dump; nothing is changed then. When the
    /// database fails.
    pub async fn load(&self, from: &mut (dyn BufRead + Send)) -> Result<u64> {
        let mut whole = self.database.begin().await?;
        is_new(&mut whole).await?;
        for table in TABLES.iter().rev().chain(&LEFT_OUT) {
            let statement = AssertSqlSafe(format!("DELETE FROM {table}"));
            sqlx::query(statement).execute(&mut **whole).await.map_err(failed)?;
        }
        let (mut line, mut count) = (String::new(), 0);
        loop {
            line.clear();
            if from.read_line(&mut line).map_err(Error::Output)? == 0 {
                break;
            }
            count += 1;
            let wrong = |why: String| Error::Usage(format!("line {count} of the control database's backup: {why}"));
            let (table, row): (String, Map<String, Value>) =
                serde_json::from_str(&line).map_err(|error| wrong(error.to_string()))?;
            let table =
                TABLES.iter().find(|known| **known == table).ok_or_else(|| wrong(format!("no table `{table}`")))?;
            insert(&mut whole, table, row).await.map_err(|error| match error {
                Error::Usage(why) => wrong(why),
                other => other,
            })?;
        }
        whole.commit().await.map_err(failed)?;
        Ok(count)
    }
}

/// A row by the names of its columns, which hold texts and whole numbers alone.
fn fields(row: &AnyRow) -> Result<Map<String, Value>> {
    let mut fields = Map::new();
    for (at, column) in row.columns().iter().enumerate() {
        let raw = row.try_get_raw(at).map_err(failed)?;
        let value = if raw.is_null() {
            Value::Null
        } else if raw.type_info().name() == "TEXT" {
            Value::String(row.try_get(at).map_err(failed)?)
        } else {
            Value::from(row.try_get::<i64, _>(at).map_err(failed)?)
        };
        fields.insert(column.name().to_owned(), value);
    }
    Ok(fields)
}

/// Whether nobody has begun anything in a database.
async fn is_new(whole: &mut Whole) -> Result<()> {
    for table in ["users", "jobs", "connections"] {
        let statement = AssertSqlSafe(format!("SELECT 1 AS n FROM {table} LIMIT 1"));
        if sqlx::query(statement).fetch_optional(&mut ***whole).await.map_err(failed)?.is_some() {
            let why = format!("there are {table} in the control database: restore into one that is empty");
            return Err(Error::Usage(why));
        }
    }
    Ok(())
}

async fn insert(whole: &mut Whole, table: &str, row: Map<String, Value>) -> Result<()> {
    let is_name = |name: &String| name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
    if row.is_empty() || !row.keys().all(is_name) {
        return Err(Error::Usage("it has no columns, or ones that cannot be".to_owned()));
    }
    let names: Vec<String> = row.keys().map(|name| format!("\"{name}\"")).collect();
    // A number that is not there is bound as no text: it is written.
    let mut places = Vec::with_capacity(row.len());
    for value in row.values() {
        let bound = places.iter().filter(|place| *place != "NULL").count();
        places.push(if value.is_null() { "NULL".to_owned() } else { format!("${}", bound + 1) });
    }
    let statement = format!("INSERT INTO {table} ({}) VALUES ({})", names.join(", "), places.join(", "));
    let mut query = sqlx::query(AssertSqlSafe(statement));
    for value in row.values().filter(|value| !value.is_null()) {
        query = match value {
            Value::String(text) => query.bind(text.clone()),
            Value::Number(number) if number.is_i64() => query.bind(number.as_i64()),
            _ => return Err(Error::Usage("it holds what is neither a text nor a whole number".to_owned())),
        };
    }
    query.execute(&mut ***whole).await.map_err(failed)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use pulse_engine::Clock;

    async fn empty(folder: &tempfile::TempDir, name: &str) -> Control {
        Control::open(&format!("sqlite:{}", folder.path().join(name).display()), Clock::System).await.unwrap()
    }

    #[tokio::test]
    async fn every_table_is_dumped_or_left_out_on_purpose_and_none_before_what_it_refers_to() {
        let folder = tempfile::tempdir().unwrap();
        let control = empty(&folder, "a.db").await;
        let of = |text: &str| AssertSqlSafe(text.to_owned());
        let list = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name NOT LIKE '_sqlx_%'";
        let rows = sqlx::query(of(list)).fetch_all(control.database.pool()).await.unwrap();
        let mut there: Vec<String> = rows.iter().map(|row| row.get("name")).collect();
        there.sort();
        let mut known: Vec<&str> = TABLES.into_iter().chain(LEFT_OUT).collect();
        known.sort_unstable();
        assert_eq!(there, known);
        for (at, table) in TABLES.iter().enumerate() {
            let refers = format!("SELECT \"table\" AS other FROM pragma_foreign_key_list('{table}')");
            for row in sqlx::query(of(&refers)).fetch_all(control.database.pool()).await.unwrap() {
                let other: String = row.get("other");
                assert!(TABLES[..at].contains(&other.as_str()), "{table} stands before {other}");
            }
            let columns = format!("SELECT type FROM pragma_table_info('{table}')");
            for row in sqlx::query(of(&columns)).fetch_all(control.database.pool()).await.unwrap() {
                assert!(["TEXT", "BIGINT"].contains(&row.get::<String, _>("type").as_str()), "{table}");
            }
        }
    }

    #[tokio::test]
    async fn what_is_no_dump_changes_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let control = empty(&folder, "a.db").await;
        let tenant = pulse_engine::TenantId::new("acme").unwrap();
        control.create_tenant(&tenant, "Acme", "UTC").await.unwrap();
        for wrong in
            ["{", "[\"sessions\", {\"id\": \"x\"}]", "[\"users\", {\"id; DROP\": \"x\"}]", "[\"users\", {\"id\": 1.5}]"]
        {
            let error = control.load(&mut wrong.as_bytes()).await.unwrap_err().to_string();
            assert!(error.contains("line 1"), "{wrong}: {error}");
        }
        assert!(control.tenant(&tenant).await.unwrap().is_some());
    }
}
