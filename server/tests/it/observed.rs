//! What a process tells whoever watches it, read by another's reader of OpenMetrics.

use crate::alerting::hub;
use crate::golden::Golden;
use crate::jobs::claim_any;
use crate::queries::header;
use crate::readers::python;
use crate::rest::{Server, run};
use crate::world::{World, acme, on_both};
use chrono::DateTime;
use pulse_engine::lake::Backups;
use pulse_engine::{Settings, TenantId};
use pulse_server::control::{Outcome, Size, Sizes, Trigger};
use pulse_server::jobs::{AtWork, steps};
use pulse_server::observe::{Observed, serve};
use reqwest::{Method, StatusCode};
use serde_json::Value;
use std::collections::BTreeMap;
use std::io::Write as _;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;

const PAGE: &str = include_str!("../../../docs/observing.md");

/// The door of a server for whoever watches it.
pub(crate) async fn watched(server: &Server) -> String {
    watched_with(server, None, None).await
}

/// The same, of a process that was told where backups are, or shows a certificate.
async fn watched_with(server: &Server, backups: Option<Arc<Backups>>, certificate_ends_at: Option<i64>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let queries = Some(server.app.queries.clone());
    let ready = server.app.ready.clone();
    let (control, engine) = (server.world.control().clone(), server.engine.clone());
    let of = Observed { ready, control, engine, queries, backups, certificate_ends_at };
    tokio::spawn(serve(of, listener, std::future::pending()));
    address
}

/// What is told, as name, labels and value.
struct Told(Vec<(String, Value, f64)>);

impl Told {
    /// Of what is told there; nothing where no reader is.
    async fn at(address: &str) -> Option<Self> {
        let answer = reqwest::get(format!("{address}/metrics")).await.unwrap();
        assert!(header(&answer, "content-type").starts_with("application/openmetrics-text; version=1.0.0"));
        let text = answer.text().await.unwrap();
        let Some(python) = python() else {
            assert!(std::env::var_os("CI").is_none(), "`make test` sets PULSE_PYTHON");
            return None;
        };
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/readers/metrics.py");
        let mut reader = Command::new(python).arg(script).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        reader.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
        let read = reader.wait_with_output().unwrap();
        assert!(read.status.success(), "{text}");
        let read: Value = serde_json::from_slice(&read.stdout).unwrap();
        assert_eq!(read["bare"].as_array().unwrap().len(), 0, "each says what it is: {}", read["bare"]);
        let samples = read["samples"].as_array().unwrap().iter();
        let one =
            |sample: &Value| (sample[0].as_str().unwrap().to_owned(), sample[1].clone(), sample[2].as_f64().unwrap());
        Some(Self(samples.map(one).collect()))
    }

    /// The sum of what has these labels.
    fn of(&self, name: &str, labels: &[(&str, &str)]) -> f64 {
        let has = |of: &Value| labels.iter().all(|(key, value)| of[*key] == *value);
        self.0.iter().filter(|(known, of, _)| known == name && has(of)).map(|(.., value)| value).sum()
    }

    fn has(&self, name: &str) -> bool {
        self.0.iter().any(|(known, ..)| known == name)
    }
}

#[test]
fn requests_queries_and_the_store_are_counted() {
    run(async {
        let server = Server::start().await;
        let address = watched(&server).await;
        let Some(before) = Told::at(&address).await else { return };
        for _ in 0..2 {
            let rows = server.asks(&server.acme, "SELECT id FROM facts.deployments ORDER BY id").await;
            assert!(!rows.bytes().await.unwrap().is_empty());
        }
        server.asks(&server.acme, "SELECT nonsense").await;
        server.call(Method::GET, &server.acme, "/api/v1/metrics").await;
        server.call(Method::GET, &server.acme, "/made/up/by/somebody").await;
        server.call(Method::from_bytes(b"BREW").unwrap(), &server.acme, "/api/v1/metrics").await;
        let after = Told::at(&address).await.unwrap();
        // Other tests of this process ask, too: never less than what was asked here.
        let more = |name: &str, labels: &[(&str, &str)]| after.of(name, labels) - before.of(name, labels);
        let sql = [("door", "rest"), ("method", "POST"), ("route", "/api/v1/sql")];
        assert!(more("pulse_requests_total", &[&sql[..], &[("status", "200")]].concat()) >= 2.0);
        assert!(more("pulse_requests_total", &[&sql[..], &[("status", "400")]].concat()) >= 1.0);
        assert!(more("pulse_request_seconds_count", &[("door", "rest"), ("route", "/api/v1/metrics")]) >= 1.0);
        assert!(more("pulse_queries_total", &[("door", "sql"), ("outcome", "done"), ("cached", "false")]) >= 1.0);
        assert!(more("pulse_queries_total", &[("door", "sql"), ("outcome", "done"), ("cached", "true")]) >= 1.0);
        assert!(more("pulse_queries_total", &[("outcome", "failed")]) >= 1.0);
        assert!(more("pulse_query_rows_total", &[]) >= 8.0);
        assert!(more("pulse_store_requests_total", &[("operation", "read")]) >= 1.0);
        assert!(more("pulse_store_bytes_total", &[("operation", "read")]) >= 1.0);
        assert!(after.of("pulse_memory_limit_bytes", &[]) > 0.0);
        assert!(after.of("process_resident_memory_bytes", &[]) > 1e6);
        assert_eq!(after.of("pulse_database_up", &[]), 1.0);
        // The page has each of them, and alerts look at no other.
        let alerts = include_str!("../../../docker/prometheus/alerts.yaml");
        let looked_at =
            alerts.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').filter(|w| w.starts_with("pulse_"));
        assert!(looked_at.clone().count() > 8);
        for name in after.0.iter().map(|(name, ..)| name.as_str()).chain(looked_at) {
            let base = ["_bucket", "_count", "_sum"].into_iter().find_map(|end| name.strip_suffix(end)).unwrap_or(name);
            assert!(PAGE.contains(&format!("`{base}`")), "{name} is not told of");
        }
        // What somebody makes up becomes no label.
        let made_up = |of: &Value| of.to_string().contains("made/up") || of.to_string().contains("BREW");
        assert!(!after.0.iter().any(|(_, of, _)| made_up(of)));
        assert!(after.of("pulse_requests_total", &[("route", "page")]) >= 1.0);
    });
}

#[test]
fn the_queue_and_connections_are_told_of_and_a_database_that_is_away_hides_nothing_else() {
    run(async {
        let server = Server::start().await;
        let address = watched(&server).await;
        let control = server.world.control();
        control.trigger(&acme(), &Trigger::new("model", ""), "test").await.unwrap();
        server.world.pass(90_000_000);
        let Some(told) = Told::at(&address).await else { return };
        assert_eq!(told.of("pulse_jobs_open", &[("kind", "model"), ("state", "queued")]), 1.0);
        let waits = told.of("pulse_jobs_waiting_seconds", &[("kind", "model")]);
        assert!((89.0..=91.0).contains(&waits), "{waits}");
        assert_eq!(told.of("pulse_alerts_firing", &[]), 0.0);
        let ready = reqwest::get(format!("{address}/readyz")).await.unwrap();
        assert_eq!((ready.status(), ready.text().await.unwrap().as_str()), (StatusCode::OK, "ok\n"));
        // For five seconds the database is not asked again; what lasts goes on to last.
        control.trigger(&crate::world::acme(), &Trigger::new("map", ""), "test").await.unwrap();
        server.world.pass(4_000_000);
        let told = Told::at(&address).await.unwrap();
        assert_eq!(told.of("pulse_jobs_open", &[("kind", "map")]), 0.0);
        assert!((93.0..=95.0).contains(&told.of("pulse_jobs_waiting_seconds", &[("kind", "model")])));
        server.world.pass(1_000_000);
        let told = Told::at(&address).await.unwrap();
        assert_eq!(told.of("pulse_jobs_open", &[("kind", "map"), ("state", "queued")]), 1.0);
        server.world.pass(5_000_000);
        let broken = sqlx::AnyPool::connect(server.world.address()).await.unwrap();
        sqlx::query("ALTER TABLE jobs RENAME TO jobs_elsewhere").execute(&broken).await.unwrap();
        assert_eq!(reqwest::get(format!("{address}/livez")).await.unwrap().status(), StatusCode::OK);
        let told = Told::at(&address).await.unwrap();
        assert_eq!(told.of("pulse_database_up", &[]), 0.0);
        assert!(told.has("pulse_requests_total") && !told.has("pulse_jobs_open"));
    });
}

#[test]
fn what_a_tenant_has_in_the_lake_is_told_once_a_job_saw_it() {
    run(async {
        let lake = tokio::task::spawn_blocking(|| Golden::lake().copy()).await.unwrap();
        let server = Server::over(url::Url::from_directory_path(lake.path()).unwrap().to_string()).await;
        let address = watched(&server).await;
        let Some(told) = Told::at(&address).await else { return };
        assert!(!told.has("pulse_lake_bytes"));
        let (control, engine) = (server.world.control(), &server.engine);
        let compact = steps(control, engine, &Settings::default()).into_iter().find(|work| work.kind() == "compact");
        control.trigger(&acme(), &Trigger::new("compact", ""), "test").await.unwrap();
        let job = claim_any(control, &["compact"]).await.unwrap();
        let outcome = compact.unwrap().run(&job, &AtWork::new(control.clone())).await;
        assert_eq!(outcome, Outcome::Done(Vec::new()));
        let (mut files, mut bytes) = (0, 0);
        for table in engine.tenant(&acme()).lake().tables().await.unwrap() {
            let seen = table.inspect().await.unwrap().unwrap();
            (files, bytes) = (files + seen.files, bytes + seen.bytes);
        }
        // Another that watches: what was told a moment ago would be told again.
        let told = Told::at(&watched(&server).await).await.unwrap();
        assert!(files > 10 && bytes > 10_000, "{files} files with {bytes} bytes");
        assert_eq!(told.of("pulse_lake_files", &[("tenant", "acme")]), files as f64);
        assert_eq!(told.of("pulse_lake_bytes", &[("tenant", "acme")]), bytes as f64);
        assert_eq!(told.of("pulse_lake_bytes", &[]), bytes as f64, "there is no other");
        for name in ["pulse_lake_files", "pulse_lake_bytes"] {
            assert!(PAGE.contains(&format!("`{name}`")), "{name} is not told of");
        }
    });
}

/// What a number is told to be, in the words of the door; nothing where it is not told.
async fn word(address: &str, name: &str) -> Option<String> {
    let text = reqwest::get(format!("{address}/metrics")).await.unwrap().text().await.unwrap();
    text.lines().find_map(|line| Some(line.strip_prefix(name)?.strip_prefix(' ')?.to_owned()))
}

#[test]
fn how_old_the_newest_backup_is_is_told_where_it_is_known_where_backups_are() {
    const NAME: &str = "pulse_backup_made_seconds";
    run(async {
        let server = Server::start().await;
        let folder = tempfile::tempdir().unwrap();
        let url = url::Url::from_directory_path(folder.path()).unwrap().to_string();
        let place = Arc::new(Backups::open(&url, &[]).unwrap());
        // The place is looked at beside whoever asks.
        let told = async || {
            let address = watched_with(&server, Some(place.clone()), None).await;
            for _ in 0..600 {
                if let Some(word) = word(&address, NAME).await {
                    return word;
                }
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            panic!("it is never told");
        };
        assert_eq!(told().await, "inf", "there is none yet");
        let begun = DateTime::from_timestamp_micros(server.world.control().now()).unwrap();
        let (beside, notes) = (BTreeMap::new(), BTreeMap::new());
        place.make(server.engine.lake(), &beside, notes, "test", begun).await.unwrap();
        server.world.pass(7_200_000_000);
        // It is named by the second that it was begun in.
        let ago: f64 = told().await.parse().unwrap();
        assert!((7200.0..=7201.0).contains(&ago), "{ago}");
        assert!(PAGE.contains(&format!("`{NAME}`")));
        assert_eq!(word(&watched(&server).await, NAME).await, None, "nobody said where they are");
    });
}

#[test]
fn for_how_long_the_certificate_is_good_is_told_where_one_is_shown() {
    const NAME: &str = "pulse_certificate_ends_seconds";
    run(async {
        let server = Server::start().await;
        let end = server.world.control().now() + 90_000_000;
        let address = watched_with(&server, None, Some(end)).await;
        assert_eq!(word(&address, NAME).await.as_deref(), Some("90.0"));
        server.world.pass(100_000_000);
        assert_eq!(word(&address, NAME).await.as_deref(), Some("-10.0"));
        assert!(PAGE.contains(&format!("`{NAME}`")));
        assert_eq!(word(&watched(&server).await, NAME).await, None);
    });
}

on_both! { World;
    the_largest_tenants_have_a_size_each_and_the_others_one_together
    what_a_suspended_tenant_has_waits_for_nobody_who_watches
}

async fn what_a_suspended_tenant_has_waits_for_nobody_who_watches(world: World) {
    let control = world.control();
    control.set_connection(&acme(), &hub(), None, world.access.signer.vault()).await.unwrap();
    control.trigger(&acme(), &Trigger::new("model", ""), "test").await.unwrap();
    world.pass(60_000_000);
    // Whether a job waits for a worker, of how many that are queued, and how many connections are looked at.
    let told = async || {
        let open = control.open_jobs().await.unwrap();
        let models: Vec<_> = open.iter().filter(|jobs| jobs.kind == "model" && jobs.state == "queued").collect();
        let count = models.iter().map(|jobs| jobs.count).sum::<u64>();
        let waits = models.iter().any(|jobs| jobs.waits_since.is_some());
        (waits, count, control.read_at().await.unwrap().len())
    };
    assert_eq!(told().await, (true, 1, 1));
    control.suspend_tenant(&acme(), true).await.unwrap();
    assert_eq!(told().await, (false, 1, 0));
    control.suspend_tenant(&acme(), false).await.unwrap();
    assert_eq!(told().await, (true, 1, 1));
}

async fn the_largest_tenants_have_a_size_each_and_the_others_one_together(world: World) {
    let control = world.control();
    assert_eq!(control.sizes(9).await.unwrap(), Sizes::default());
    for (name, files, bytes) in [("a", 1, 500), ("b", 2, 700), ("c", 3, 500), ("d", 4, 100)] {
        let id = TenantId::new(name).unwrap();
        control.create_tenant(&id, name, "UTC").await.unwrap();
        control.note_size(&id, Size { files: 9, bytes: 9 }).await.unwrap();
        control.note_size(&id, Size { files, bytes }).await.unwrap();
    }
    let one = control.size(&TenantId::new("c").unwrap()).await.unwrap().unwrap();
    assert_eq!((one.files, one.bytes, one.seen_at), (3, 500, control.now()));
    assert_eq!(control.size(&acme()).await.unwrap(), None);
    // Nobody knows of this one.
    control.note_size(&TenantId::new("alone").unwrap(), Size { files: 5, bytes: 900 }).await.unwrap();
    let of = |name: &str, files, bytes| (name.to_owned(), Size { files, bytes });
    let sizes = control.sizes(2).await.unwrap();
    assert_eq!(sizes.largest, [of("b", 2, 700), of("a", 1, 500)]);
    assert_eq!(sizes.others, Some(Size { files: 7, bytes: 600 }));
    let all = control.sizes(4).await.unwrap();
    assert_eq!((all.largest.len(), all.others), (4, None));
}
