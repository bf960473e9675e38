//! All that the control database holds, as lines: for backups, and for going from SQLite to Postgres or back.

use super::audit::{self, Head};
use super::database::{Kind, Whole, failed};
use super::{Control, tenant};
use crate::audit::{Event, Link};
use crate::{Error, Result};
use futures::TryStreamExt as _;
use pulse_engine::TenantId;
use serde_json::{Map, Value};
use sqlx::any::AnyRow;
use sqlx::{AssertSqlSafe, Column as _, Row as _, TypeInfo as _, ValueRef as _};
use std::io::{BufRead, Write};

/// The tables, those that others refer to before these.
const TABLES: [&str; 46] = [
    "audit_events",
    "audit_heads",
    "histories",
    "job_holds",
    "signing_keys",
    "tenants",
    "told_risks",
    "users",
    "alert_clocks",
    "alert_rules",
    "alerts",
    "api_tokens",
    "branding_versions",
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
    "hook_calls",
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
    "schedule_pauses",
    "schedules",
    "target_versions",
    "targets",
    "alert_steps",
    "job_runs",
    "job_steps",
];

/// Of which a database has none where nobody has begun anything yet: what a person or a program made, and would miss.
const MADE: [&str; 17] = [
    "users",
    "api_tokens",
    "connections",
    "jobs",
    "schedules",
    "hooks",
    "roles",
    "targets",
    "own_metrics",
    "saved_queries",
    "report_definitions",
    "reports",
    "alert_rules",
    "destinations",
    "identity_providers",
    "brandings",
    "erasures",
];

/// Tables that are of the moment, or would let in whoever was shut out since: sessions, and links that were used. Who was signed in
/// signs in again.
const LEFT_OUT: [&str; 7] =
    ["job_traces", "links", "refresh_tokens", "running_queries", "sessions", "tries", "workers"];

/// What comes to the rows of a dump when they are loaded, with them or not at all.
#[derive(Clone, Debug, Default)]
pub struct Since {
    /// What the lake has of trails beyond their ends, each from the first on: they go on after that.
    pub beyond: Vec<(TenantId, Vec<Link>)>,
    /// Tenants that were erased since: those that are there again are suspended.
    pub erased: Vec<TenantId>,
    /// What trails are told.
    pub told: Vec<(TenantId, Event)>,
}

/// What was loaded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Loaded {
    /// How many rows.
    pub rows: u64,
    /// The tenants that were erased since, and are there again.
    pub back: Vec<TenantId>,
}

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

    /// The ends of the trails in what [`Control::dump`] wrote.
    ///
    /// # Errors
    /// [`Error::Usage`] when the lines are none of a dump.
    pub fn heads(from: &mut (dyn BufRead + Send)) -> Result<Vec<(TenantId, Head)>> {
        let (mut lines, mut heads) = (Lines::new(from), Vec::new());
        while let Some((table, row)) = lines.row()? {
            if table == "audit_heads" {
                let of = |name: &str| row.get(name).ok_or_else(|| lines.wrong(&format!("it has no `{name}`")));
                let text = |name: &str| Ok::<_, Error>(of(name)?.as_str().unwrap_or_default().to_owned());
                let sequence = of("sequence")?.as_i64().unwrap_or_default();
                let head = Head { trail: Some(text("trail")?), sequence, sum: text("sum")? };
                heads.push((TenantId::new(&text("tenant")?)?, head));
            }
        }
        Ok(heads)
    }

    /// Puts the rows of [`Control::dump`] in the place of all that is here, which has to be next to nothing: nothing that anybody made. What
    /// came since then comes with them.
    ///
    /// # Errors
    /// [`Error::Usage`] when the database holds something, or the lines are none of a dump; nothing is changed then. When the
    /// database fails.
    pub async fn load(&self, from: &mut (dyn BufRead + Send), since: &Since) -> Result<Loaded> {
        let mut whole = self.database.begin().await?;
        is_new(&mut whole).await?;
        // What is left out refers to the others, such as the link to a tenant's owner that a process prints which found nobody.
        for table in LEFT_OUT.iter().chain(TABLES.iter().rev()) {
            let statement = AssertSqlSafe(format!("DELETE FROM {table}"));
            sqlx::query(statement).execute(&mut **whole).await.map_err(failed)?;
        }
        let mut lines = Lines::new(from);
        while let Some((table, row)) = lines.row()? {
            insert(&mut whole, table, row).await.map_err(|error| match error {
                Error::Usage(why) => lines.wrong(&why),
                other => other,
            })?;
        }
        for (tenant, links) in &since.beyond {
            audit::resume(&mut whole, tenant, links).await?;
        }
        let mut back = Vec::new();
        for id in &since.erased {
            let there = sqlx::query("SELECT 1 AS n FROM tenants WHERE id = $1 AND state IN ('active', 'suspended')");
            if there.bind(id.as_str()).fetch_optional(&mut **whole).await.map_err(failed)?.is_some() {
                tenant::shut(&mut whole, id).await?;
                back.push(id.clone());
            }
        }
        for (tenant, event) in &since.told {
            audit::keep(&mut whole, tenant, event).await?;
        }
        whole.commit().await.map_err(failed)?;
        Ok(Loaded { rows: lines.count, back })
    }
}

/// The lines of a dump, one after the other.
struct Lines<'a> {
    from: &'a mut (dyn BufRead + Send),
    line: String,
    /// How many there were.
    count: u64,
}

impl<'a> Lines<'a> {
    fn new(from: &'a mut (dyn BufRead + Send)) -> Self {
        Self { from, line: String::new(), count: 0 }
    }

    /// The next row, and its table.
    fn row(&mut self) -> Result<Option<(&'static str, Map<String, Value>)>> {
        self.line.clear();
        if self.from.read_line(&mut self.line).map_err(Error::Output)? == 0 {
            return Ok(None);
        }
        self.count += 1;
        let read = serde_json::from_str(&self.line).map_err(|error| self.wrong(&error.to_string()));
        let (name, row): (String, Map<String, Value>) = read?;
        let table = TABLES.into_iter().find(|known| *known == name);
        Ok(Some((table.ok_or_else(|| self.wrong(&format!("no table `{name}`")))?, row)))
    }

    fn wrong(&self, why: &str) -> Error {
        Error::Usage(format!("line {} of the control database's backup: {why}", self.count))
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
    for table in MADE {
        let statement = AssertSqlSafe(format!("SELECT 1 AS n FROM {table} LIMIT 1"));
        if sqlx::query(statement).fetch_optional(&mut ***whole).await.map_err(failed)?.is_some() {
            let what = table.replace('_', " ");
            let why = format!("there are {what} in the control database: restore into one that is empty");
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
    async fn a_link_that_was_printed_for_nobody_yet_stands_in_nobodys_way_and_what_somebody_made_does() {
        let folder = tempfile::tempdir().unwrap();
        let (full, control) = (empty(&folder, "full.db").await, empty(&folder, "new.db").await);
        let [acme, local] = ["acme", "local"].map(|id| TenantId::new(id).unwrap());
        full.create_tenant(&acme, "Acme", "UTC").await.unwrap();
        let mut dump = Vec::new();
        full.dump(&mut dump).await.unwrap();
        // What the first process on a new machine does.
        control.create_tenant(&local, "local", "UTC").await.unwrap();
        control.setup_link(&local, true).await.unwrap();
        let loaded = control.load(&mut dump.as_slice(), &Since::default()).await.unwrap();
        // The tenant, and since when a history is kept.
        assert_eq!((loaded.rows, control.tenant(&local).await.unwrap()), (2, None));
        assert!(control.tenant(&acme).await.unwrap().is_some());
        // A look is all that there is of it, and somebody would miss that.
        let look = "INSERT INTO brandings VALUES ('acme', '{}', 'user_1', 1, 1)";
        sqlx::query(look).execute(control.database.pool()).await.unwrap();
        let error = control.load(&mut dump.as_slice(), &Since::default()).await.unwrap_err().to_string();
        assert!(error.contains("there are brandings in the control database"), "{error}");
    }

    #[tokio::test]
    async fn what_is_no_dump_changes_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let control = empty(&folder, "a.db").await;
        let tenant = TenantId::new("acme").unwrap();
        control.create_tenant(&tenant, "Acme", "UTC").await.unwrap();
        for wrong in
            ["{", "[\"sessions\", {\"id\": \"x\"}]", "[\"users\", {\"id; DROP\": \"x\"}]", "[\"users\", {\"id\": 1.5}]"]
        {
            let error = control.load(&mut wrong.as_bytes(), &Since::default()).await.unwrap_err().to_string();
            assert!(error.contains("line 1"), "{wrong}: {error}");
        }
        assert!(control.tenant(&tenant).await.unwrap().is_some());
    }
}
