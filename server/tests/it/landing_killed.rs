//! A worker that is a process of its own, reads GitHub and Jira, and is killed again and again at any instant: what comes of it is
//! what comes of a reading that nobody disturbs, and no page is read over and over.

use crate::jobs::manner;
use crate::rest::{run, sources};
use crate::world::acme;
use pulse_engine::entities::CORE;
use pulse_engine::{Clock, Engine, Settings, Tenant, TenantId};
use pulse_server::alerts::Alerts;
use pulse_server::auth::Vault;
use pulse_server::control::*;
use pulse_server::jobs::{Lands, Work, Worker, steps};
use pulse_server::output::{Encoder, Format};
use pulse_simulator::jira::{API_TOKEN, email};
use pulse_simulator::{Options, Server as Vendors, Size, TOKEN, World};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::watch;

/// How often it is killed at most.
const KILLS: usize = 10;

/// How many questions are asked at once, of both vendors together, and asked again after each kill at most.
const AT_ONCE: usize = 12;

fn vault() -> Vault {
    Vault::new("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA").unwrap()
}

/// The way into a worker that is a process of its own, and goes on until it is killed. Run without a database to work for, it
/// does nothing: the test below begins it.
#[test]
fn a_landing_process() {
    let Ok(control) = std::env::var("PULSE_TEST_LANDS") else { return };
    let [lake, name] = ["PULSE_TEST_LAKE", "PULSE_TEST_NAME"].map(|name| std::env::var(name).unwrap());
    run(async move {
        let control = Control::open(&control, Clock::System).await.unwrap();
        let engine = Engine::open(&lake).await.unwrap();
        let none = tempfile::tempdir().unwrap();
        let mut works: Vec<Arc<dyn Work>> = steps(&control, &engine, &Settings::default());
        let (vault, sources) = (vault(), sources(none.path()));
        let (seen, of, settings) = (control.clone(), engine.clone(), Settings::default());
        works.push(Arc::new(Alerts {
            control: seen,
            engine: of,
            settings,
            base: "http://pulse.test/".parse().unwrap(),
        }));
        works.push(Arc::new(Lands { control: control.clone(), vault, engine, sources }));
        Worker::new(control, works, manner(&name)).run(watch::channel(false).1).await;
    });
}

fn process(control: &str, lake: &str, life: usize) -> Child {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["landing_killed::a_landing_process", "--exact", "--nocapture"]);
    command.env("PULSE_TEST_LANDS", control).env("PULSE_TEST_LAKE", lake).env("PULSE_TEST_NAME", format!("w{life}"));
    command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

fn connections(url: &str) -> [(Connection, String); 2] {
    let connection = |name: &str, connector: &str, settings: Value| Connection {
        name: name.to_owned(),
        connector: connector.to_owned(),
        place: url.to_owned(),
        settings,
        has_credential: true,
        created_by: "test".to_owned(),
        created_at: 0,
        version: 0,
    };
    [
        (connection("hub", "github", json!({"owners": ["acme"]})), TOKEN.to_owned()),
        (connection("tickets", "jira", json!({})), format!("{}:{API_TOKEN}", email("acme"))),
    ]
}

/// The rows of a statement.
pub(crate) async fn rows(tenant: &Tenant, sql: &str) -> Vec<Value> {
    let mut rows = Vec::new();
    for batch in tenant.session().await.unwrap().collect(sql).await.unwrap() {
        let mut encoder = Encoder::new(Format::Ndjson, &batch.schema()).unwrap();
        let mut bytes = encoder.encode(&batch).unwrap();
        bytes.extend(encoder.finish().unwrap());
        let text = String::from_utf8(bytes).unwrap();
        rows.extend(text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()));
    }
    rows
}

/// The rows of every entity, without where in raw they come from and when they were read, in order.
async fn core(tenant: &Tenant) -> BTreeMap<&'static str, Vec<String>> {
    let mut all = BTreeMap::new();
    for entity in CORE {
        let mut lines = Vec::new();
        for mut row in rows(tenant, &format!("SELECT * FROM core.{}", entity.name)).await {
            for passing in ["raw", "observed_at"] {
                row.as_object_mut().unwrap().remove(passing);
            }
            lines.push(row.to_string());
        }
        lines.sort();
        all.insert(entity.name, lines);
    }
    all
}

/// How often each page was asked for.
fn pages(vendors: &Vendors) -> BTreeMap<String, usize> {
    let mut pages = BTreeMap::new();
    for served in vendors.github.log.requests().into_iter().chain(vendors.jira.log.requests()) {
        let page = format!(
            "{} {}?{} {} {}",
            served.method,
            served.path,
            served.query,
            served.operation.unwrap_or_default(),
            served.variables
        );
        *pages.entry(page).or_default() += 1;
    }
    vendors.github.log.clear();
    vendors.jira.log.clear();
    pages
}

async fn states(control: &Control) -> Vec<(String, JobState)> {
    let jobs = control.jobs(&acme(), None, None, &Cursor::new(None, Some(200)).unwrap()).await.unwrap().items;
    jobs.into_iter().map(|job| (job.kind, job.state)).collect()
}

#[test]
fn a_reading_that_is_killed_again_and_again_ends_as_one_that_is_not() {
    run(async {
        let folder = tempfile::tempdir().unwrap();
        let lake = url::Url::from_directory_path(folder.path().join("lake")).unwrap().to_string();
        let address = format!("sqlite:{}", folder.path().join("control.db").display());
        let mut world = World::at_start(5, Size { people: 8, repositories: 3, ..Size::tiny() });
        world.advance(75);
        let vendors = Vendors::start(world.shared(), Options { ticks: false, ..Options::default() }).await.unwrap();
        let (engine, calm) = (Engine::open(&lake).await.unwrap(), TenantId::new("calm").unwrap());
        let calm = engine.tenant(&calm);
        for (connection, credential) in connections(&vendors.url) {
            let sources = sources(folder.path());
            let opened = sources.open(calm.id(), &connection, Some(&credential), None).await.unwrap();
            sources.land(&calm, &connection, opened, false, &|_| {}).await.unwrap();
        }
        for mapper in pulse_connectors::mappers() {
            calm.map(mapper.as_ref(), false).await.unwrap();
        }
        let (calm, undisturbed) = (core(&calm).await, pages(&vendors));

        let control = Control::open(&address, Clock::System).await.unwrap();
        control.create_tenant(&acme(), "Acme", "UTC").await.unwrap();
        for (connection, credential) in connections(&vendors.url) {
            control.set_connection(&acme(), &connection, Some(&credential), &vault()).await.unwrap();
            let trigger = Trigger { most_attempts: 1000, ..Trigger::new("land", &connection.name) };
            control.trigger(&acme(), &trigger, "test").await.unwrap();
        }
        let (mut kills, mut hits, start) = (0, 0, Instant::now());
        let mut worker = process(&address, &lake, 0);
        loop {
            assert!(start.elapsed() < Duration::from_secs(300), "it never ends: {:?}", states(&control).await);
            tokio::time::sleep(Duration::from_millis(20)).await;
            let now = states(&control).await;
            let bad = now.iter().find(|(_, state)| *state == JobState::Dead);
            assert!(bad.is_none(), "{now:?}");
            if now.iter().all(|(_, state)| *state == JobState::Succeeded) && now.len() > 3 {
                break;
            }
            let lands = |now: &[(String, JobState)]| {
                now.iter().any(|(kind, state)| kind == "land" && *state == JobState::Running)
            };
            if kills == KILLS || !lands(&now) {
                continue;
            }
            // Any instant of the reading: the same ones each time, as far as the machine goes along.
            tokio::time::sleep(Duration::from_millis(30 + (kills as u64 * 2_654_435_761) % 1200)).await;
            hits += usize::from(lands(&states(&control).await));
            worker.kill().unwrap();
            worker.wait().unwrap();
            kills += 1;
            worker = process(&address, &lake, kills);
        }
        worker.kill().unwrap();
        worker.wait().unwrap();
        assert!(hits >= 3, "it was over before it was tried: {hits} of {kills} kills met a reading");
        let torn = core(&engine.tenant(&acme())).await;
        for (entity, rows) in &calm {
            assert_eq!(torn[entity].len(), rows.len(), "{entity}");
            assert!(torn[entity] == *rows, "{entity} differs");
        }
        for (entity, rows) in &torn {
            let id = |row: &String| serde_json::from_str::<Value>(row).unwrap()["id"].as_str().map(str::to_owned);
            let mut ids: Vec<_> = rows.iter().map(id).collect();
            ids.sort();
            ids.dedup();
            assert_eq!(ids.len(), rows.len(), "{entity} has a key twice");
        }
        assert!(calm["pull_requests"].len() > 50 && calm["work_items"].len() > 100);
        let (read, total) = (pages(&vendors), |pages: &BTreeMap<String, usize>| pages.values().sum::<usize>());
        for (page, n) in &read {
            let once = undisturbed.get(page).copied().unwrap_or_default().max(1);
            assert!(*n <= once + 2 * kills, "{page} was read {n} times, with {kills} kills");
        }
        let (all, calm) = (total(&read), total(&undisturbed));
        println!("{kills} kills, {hits} while it read: {all} requests, {calm} without");
        assert!(all <= calm + kills * AT_ONCE, "{all} requests, {calm} without {kills} kills");
    });
}
