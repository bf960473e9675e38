//! A newer version comes while an older one runs, over one database and one lake. Of one that is not there yet, what it would leave there is
//! put there by hand; with one that was there before, this one runs side by side (`make rolling`).

use crate::commands::{PULSE, by, err, out, pulse};
use crate::migrations::{migration, schemas};
use crate::rest::run;
use crate::serving::Serving;
use serde_json::{Value, json};
use sqlx::migrate::Migrator;
use sqlx::{AnyPool, Row as _};
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

/// What a process is asked for, one after the other: statuses that are no success.
fn refusals(serving: &Serving) -> Vec<(String, u16)> {
    let sql = json!({"sql": "SELECT id FROM facts.deployments"}).to_string();
    let asked = [
        ("GET", "/api/v1/metrics", ""),
        ("GET", "/api/v1/metrics/deployment_frequency", ""),
        ("POST", "/api/v1/sql", sql.as_str()),
        ("GET", "/api/v1/jobs", ""),
        ("GET", "/api/v1/schedules", ""),
        ("GET", "/api/v1/tenant", ""),
        ("GET", "/api/v1/connections", ""),
        ("GET", "/api/v1/alerts", ""),
        ("GET", "/api/v1/destinations", ""),
    ];
    let status =
        |(method, path, body): (&str, &str, &str)| (format!("{method} {path}"), serving.ask(method, path, body).0);
    asked.map(status).into_iter().filter(|(_, status)| *status >= 300).collect()
}

fn answers(serving: &Serving) {
    let refused = refusals(serving);
    assert!(refused.is_empty(), "{refused:?}");
}

/// What was planned before the schema changed cannot be asked any more. Who asks is told to come back, and soon nobody is.
fn soon_answers(serving: &Serving) {
    let begun = Instant::now();
    loop {
        let refused = refusals(serving);
        assert!(refused.iter().all(|(_, status)| *status == 503), "{refused:?}");
        if refused.is_empty() {
            return;
        }
        assert!(begun.elapsed() < Duration::from_secs(20), "{refused:?}");
    }
}

/// A folder for processes over a database.
fn place(database: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let settings = format!("control = \"{database}\"\ntenant = \"acme\"\n");
    std::fs::write(folder.path().join("pulse.toml"), settings).unwrap();
    folder
}

/// A process of a version in that folder, asked by its owner.
fn serves(program: &OsStr, folder: &Path) -> Serving {
    let mut command = Command::new(program);
    let mut serving = Serving::of(command.args(["serve", "--port", "0"]).env_remove("PULSE_LAKE"), folder);
    let token = by(program, folder, &["admin", "token", "owner", "--role", "owner"]);
    serving.token = out(&token).trim().to_owned();
    serving
}

/// Does a job and what follows it.
fn works(serving: &Serving) {
    let (status, job) = serving.ask("POST", "/api/v1/jobs", r#"{"kind": "map"}"#);
    assert_eq!(status, 202, "{job}");
    serving.run(job["id"].as_str().unwrap(), 4);
}

/// Brings a database to a schema that this version does not know: each table has a column more, and there is one more table.
async fn newer(database: &str) {
    sqlx::any::install_default_drivers();
    let pool = AnyPool::connect(database).await.unwrap();
    let tables = "SELECT table_name::text AS name FROM information_schema.tables
                  WHERE table_schema = 'public' AND table_name <> '_sqlx_migrations' ORDER BY 1";
    let tables = sqlx::query(tables).fetch_all(&pool).await.unwrap();
    let tables: Vec<String> = tables.iter().map(|row| row.get("name")).collect();
    assert!(tables.len() > 40, "{tables:?}");
    let mut all = schemas();
    // One by one, as each is a transaction: who holds them all at once may wait for a process that waits for it.
    let columns = tables.iter().map(|table| format!("ALTER TABLE {table} ADD COLUMN newer TEXT"));
    for sql in columns.chain(["CREATE TABLE newer (id TEXT PRIMARY KEY)".to_owned()]) {
        let version = all.last().unwrap().version + 1;
        all.push(migration(version, "newer", sql));
    }
    Migrator::with_migrations(all).run(&pool).await.unwrap();
    pool.close().await;
}

#[test]
fn a_process_goes_on_over_a_newer_schema_and_one_that_is_started_is_refused() {
    let database = crate::postgres::database();
    let folder = place(&database);
    fills(PULSE.as_ref(), folder.path());
    let mut serving = serves(PULSE.as_ref(), folder.path());
    answers(&serving);
    works(&serving);
    answers(&serving);

    run(async move { newer(&database).await });
    soon_answers(&serving);
    for _ in 0..3 {
        answers(&serving);
    }
    works(&serving);
    // One of the same version that starts now does not.
    for args in [&["serve", "--port", "0"][..], &["jobs", "list"]] {
        let refused = pulse(folder.path(), args);
        let said = err(&refused);
        assert_eq!(refused.status.code(), Some(1), "{said}");
        let (newest, next) = (schemas().last().unwrap().version, schemas().last().unwrap().version + 1);
        let wanted = format!(
            "it has version {next}, and this Pulse knows none beyond {newest}; was it made by a newer version?"
        );
        assert!(said.contains(&wanted), "{said}");
    }
    serving.interrupt();
    assert!(serving.ends_within(Duration::from_secs(15)));
}

#[test]
fn a_process_of_an_older_version_and_one_of_this_answer_and_do_jobs_beside_each_other() {
    // `make rolling` builds it.
    let Some(older) = std::env::var_os("PULSE_TEST_OLDER") else { return };
    let folder = place(&crate::postgres::database());
    fills(&older, folder.path());
    let mut old = serves(&older, folder.path());
    answers(&old);
    works(&old);
    let new = serves(PULSE.as_ref(), folder.path());
    soon_answers(&old);
    let told = |serving: &Serving, path: &str| serving.ask("GET", path, "");
    let rows = |serving: &Serving| {
        let sql = "SELECT id, repository_id, finished_at, excluded FROM facts.deployments ORDER BY id";
        serving.ask("POST", "/api/v1/sql", &json!({ "sql": sql }).to_string())
    };
    // What one of them keeps, the other finds, and takes away.
    for (one, other) in [(&old, &new), (&new, &old)] {
        let (status, kept) = one.ask("PUT", "/api/v1/schedules/compact", r#"{"when": {"every": 86400}}"#);
        assert!(status < 300, "{status} {kept}");
        answers(one);
        answers(other);
        // Whichever of them takes it.
        works(one);
        works(other);
        assert_eq!(rows(one), rows(other));
        assert_eq!(told(one, "/api/v1/schedules"), told(other, "/api/v1/schedules"));
        assert_eq!(other.ask("DELETE", "/api/v1/schedules/compact", "").0, 204);
        assert_eq!(told(one, "/api/v1/schedules"), (200, json!([])));
    }
    old.interrupt();
    assert!(old.ends_within(Duration::from_secs(15)));
    works(&new);
    answers(&new);
}

/// A repository and its deployment, pushed into the lake of a folder by a version, with facts of them.
fn fills(program: &OsStr, folder: &Path) {
    for (entity, row) in [
        ("repositories", json!({"id": "push:x:1", "name": "one"})),
        (
            "deployments",
            json!({"id": "push:x:d1", "repository_id": "push:x:1", "environment": "production", "is_production": true,
                   "status": "succeeded", "finished_at": "2026-03-02T12:00:00Z"}),
        ),
    ] {
        assert!(pushes(program, folder, entity, &row).0, "{entity}");
    }
}

/// Whether a row is taken, and what is said of it.
fn pushes(program: &OsStr, folder: &Path, entity: &str, row: &Value) -> (bool, String) {
    std::fs::write(folder.join("rows.ndjson"), format!("{row}\n")).unwrap();
    let pushed = by(program, folder, &["--tenant", "acme", "push", "--name", "x", entity, "rows.ndjson"]);
    (pushed.status.success(), err(&pushed))
}

/// The commits of a table's log.
fn commits(log: &Path) -> Vec<PathBuf> {
    let all = std::fs::read_dir(log).unwrap().map(|entry| entry.unwrap().path());
    let mut all: Vec<_> = all.filter(|path| path.extension().is_some_and(|is| is == "json")).collect();
    all.sort();
    all
}

/// Makes a commit in a table's log, as another version would.
fn commit(log: &Path, action: &Value) {
    let next = log.join(format!("{:020}.json", commits(log).len()));
    let info = json!({"commitInfo": {"timestamp": 1, "operation": "WRITE"}});
    std::fs::write(next, format!("{info}\n{action}\n")).unwrap();
}

#[test]
fn a_table_that_a_newer_version_gave_a_column_is_read_and_not_written() {
    let folder = tempfile::tempdir().unwrap();
    fills(PULSE.as_ref(), folder.path());
    let log = folder.path().join(".pulse/lake/tenant=acme/core/repositories/_delta_log");
    let first = std::fs::read_to_string(&commits(&log)[0]).unwrap();
    let metadata = first.lines().find(|line| line.starts_with("{\"metaData\"")).unwrap();
    let mut metadata: Value = serde_json::from_str(metadata).unwrap();
    let mut schema: Value = serde_json::from_str(metadata["metaData"]["schemaString"].as_str().unwrap()).unwrap();
    let column = json!({"name": "newer", "type": "string", "nullable": true, "metadata": {}});
    schema["fields"].as_array_mut().unwrap().push(column);
    metadata["metaData"]["schemaString"] = schema.to_string().into();
    commit(&log, &metadata);

    let before = commits(&log).len();
    let name = || {
        let asked = ["--tenant", "acme", "sql", "--format", "csv", "SELECT name FROM core.repositories"];
        out(&pulse(folder.path(), &asked))
    };
    assert_eq!(name(), "name\none\n");
    let two = json!({"id": "push:x:1", "name": "two"});
    let (is_taken, said) = pushes(PULSE.as_ref(), folder.path(), "repositories", &two);
    assert!(!is_taken);
    assert!(said.contains("core/repositories: has a column `newer` that this version does not know"), "{said}");
    assert!(said.contains("write with a newer Pulse"), "{said}");
    assert_eq!((name().as_str(), commits(&log).len()), ("name\none\n", before), "nothing of it was written");
}

#[test]
fn facts_by_other_rules_are_made_anew_once() {
    let folder = tempfile::tempdir().unwrap();
    fills(PULSE.as_ref(), folder.path());
    let log = folder.path().join(".pulse/lake/tenant=acme/facts/deployments/_delta_log");
    let models = || {
        assert!(pulse(folder.path(), &["--tenant", "acme", "model"]).status.success());
        commits(&log).len()
    };
    let before = models();
    assert_eq!(models(), before, "nothing is new");
    commit(&log, &json!({"txn": {"appId": "model:settings", "version": 7, "lastUpdated": 1}}));
    assert_eq!(models(), before + 2, "its rules are others");
    assert_eq!(models(), before + 2);
}
