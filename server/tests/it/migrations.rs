//! A database of any earlier version is brought up to date, and what stood in it still holds.

use crate::world::{PASSWORD, acme};
use pulse_engine::Clock;
use pulse_server::Error;
use pulse_server::control::{Control, SignIn, TenantState};
use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::{AnyPool, AssertSqlSafe, SqlSafeStr as _};
use std::borrow::Cow;
use std::path::Path;

/// Every schema there ever was, oldest first.
pub(crate) fn schemas() -> Vec<Migration> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations");
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let one = |path: &std::path::PathBuf| {
        let (name, sql) = (path.file_stem().unwrap().to_str().unwrap(), std::fs::read_to_string(path).unwrap());
        let (version, name) = name.split_once('_').unwrap();
        migration(version.parse().unwrap(), name, sql)
    };
    files.iter().map(one).collect()
}

/// A step to a schema.
pub(crate) fn migration(version: i64, name: &str, sql: String) -> Migration {
    let sql = AssertSqlSafe(sql).into_sql_str();
    Migration::new(version, Cow::Owned(name.to_owned()), MigrationType::Simple, sql, false)
}

/// What the first schema held: Ada, who owns `acme`, with the session and the token that she had then.
const PEOPLE: &str = "
INSERT INTO tenants (id, name, state, time_zone, locale, working_days, created_at, version) VALUES ('acme', 'Acme', 'active', 'Europe/Berlin', 'en', '[\"mon\",\"tue\"]', 1, 3);
INSERT INTO users VALUES ('user_1', 'Ada@example.com', 'ada@example.com', 'Ada',
    'HASH', 'active', 1, 1, 2, 1);
INSERT INTO roles VALUES ('acme', 'auditor', 'Reads the trail', '[\"audit:read\"]', 1, 1);
INSERT INTO members (tenant_id, user_id, state, roles, granted, denied, sees, created_at, version) VALUES ('acme', 'user_1', 'active', '[\"auditor\",\"owner\"]', '[]', '[]', '\"everything\"', 1, 1);
INSERT INTO sessions (id, user_id, tenant_id, created_at, seen_at, expires_at, ended_at, ended_why, address, agent) VALUES ('session_1', 'user_1', 'acme', 1, 1, 9000000000000000, NULL, NULL, '192.0.2.7', 'test');
";
/// What the second added.
const AUDIT: &str = "
INSERT INTO audit_events (id, tenant, at, event, sequence, previous, sum) VALUES ('event_1', 'acme', 1, '{\"at\":1,\"action\":\"x\",\"outcome\":\"done\"}', NULL, NULL, NULL);
";
/// What the third added.
const ERASURE: &str = "
INSERT INTO tenants (id, name, state, time_zone, locale, working_days, created_at, version) VALUES ('gone', 'gone', 'erased', 'UTC', 'en', '[\"mon\"]', 1, 3);
INSERT INTO erasures VALUES ('gone', 1, 'user_1', 2, 3, 4, '{\"members\":5}');
";
/// Ada's password then, as argon2id.
const HASH: &str = "$argon2id$v=19$m=19456,t=2,p=1$Ev22eUVHz3KA4i7hlXDTWg$W8fQ8vahV/Ok+rbhMoVv39QwaWAnxBqL5t4AomkhU0M";

/// A database as it stood `n` schemas after nothing.
async fn old(address: &str, n: usize) {
    sqlx::any::install_default_drivers();
    let address = match address.strip_prefix("sqlite:") {
        Some(path) => format!("sqlite://{path}?mode=rwc"),
        None => address.to_owned(),
    };
    let pool = AnyPool::connect(&address).await.unwrap();
    Migrator::with_migrations(schemas().into_iter().take(n).collect()).run(&pool).await.unwrap();
    for rows in [PEOPLE, AUDIT, ERASURE].into_iter().take(n) {
        for statement in rows.replace("HASH", HASH).trim().split_inclusive(";\n") {
            sqlx::query(AssertSqlSafe(statement.to_owned())).execute(&pool).await.unwrap();
        }
    }
    pool.close().await;
}

async fn holds(address: &str, n: usize) {
    old(address, n).await;
    let control = Control::open(address, Clock::Fixed(1_775_088_000_000_000)).await.unwrap();
    let SignIn::Welcome(ada) = control.sign_in("ada@example.com", PASSWORD, "").await.unwrap() else {
        panic!("Ada's password is not hers any more, from schema {n}")
    };
    let member = control.member(&acme(), &ada.id).await.unwrap().unwrap();
    assert_eq!((member.roles.len(), member.permissions.len()), (2, pulse_server::auth::Permission::ALL.len()));
    assert_eq!(control.session("session_1").await.unwrap().unwrap().provider, None);
    if n >= 2 {
        assert_eq!(control.number_events(&acme()).await.unwrap().len(), 1);
    }
    if n >= 3 {
        let gone = pulse_engine::TenantId::new("gone").unwrap();
        assert_eq!(control.tenant(&gone).await.unwrap().unwrap().state, TenantState::Erased);
        assert_eq!(control.receipt(&gone).await.unwrap().unwrap().rows["members"], 5);
    }
    // And once more: nothing is left to do.
    Control::open(address, Clock::Fixed(1)).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn every_earlier_schema_is_brought_up_to_date_on_sqlite() {
    for n in 1..schemas().len() {
        let folder = tempfile::tempdir().unwrap();
        holds(&format!("sqlite:{}", folder.path().join("control.db").display()), n).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_earlier_schema_is_brought_up_to_date_on_postgres() {
    for n in 1..schemas().len() {
        holds(&tokio::task::spawn_blocking(crate::postgres::database).await.unwrap(), n).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_schema_of_a_newer_version_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("control.db");
    let address = format!("sqlite:{}", path.display());
    Control::open(&address, Clock::Fixed(1)).await.unwrap();
    let pool = AnyPool::connect(&format!("sqlite://{}", path.display())).await.unwrap();
    let newer = "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
                 VALUES (999, 'newer', 1, x'00', 0)";
    sqlx::query(newer).execute(&pool).await.unwrap();
    pool.close().await;
    match Control::open(&address, Clock::Fixed(1)).await {
        Err(Error::Schema(why)) => assert!(why.contains("has version 999"), "{why}"),
        other => panic!("{other:?}"),
    }
}
