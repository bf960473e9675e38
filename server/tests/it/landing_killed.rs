//! A worker that is a process of its own, reads GitHub and Jira, makes figures of it, and is killed again and again at any instant: what
//! comes of it is what comes of one that nobody disturbs, and no try asks for a page more often than that one does.

use crate::jobs::manner;
use crate::rest::{run, sources};
use crate::world::acme;
use pulse_engine::entities::{CORE, FACTS};
use pulse_engine::{Clock, Engine, Settings, Tenant, TenantId};
use pulse_server::alerts::{Alerts, Memory};
use pulse_server::auth::Vault;
use pulse_server::control::*;
use pulse_server::jobs::{Lands, Reading, Work, Worker, steps};
use pulse_server::output::{Encoder, Format};
use pulse_simulator::jira::{API_TOKEN, email};
use pulse_simulator::{Options, Server as Vendors, Size, TOKEN, World};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::watch;

/// How often it is killed at most: while it reads, and in the steps after that.
const KILLS: [usize; 2] = [8, 8];

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
            memory: Memory::default(),
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

/// Facts that are frozen when they are made, which is not at the same instant: that they are there is what can be compared.
const FROZEN: [&str; 3] = ["alerts", "forecasts", "risks"];

/// The rows of every entity of core and every fact, without where in raw they come from and when they were read, in order.
async fn all(tenant: &Tenant) -> BTreeMap<String, Vec<String>> {
    let mut all = BTreeMap::new();
    for entity in CORE.iter().chain(FACTS) {
        let (layer, mut lines) = (entity.layer.name(), Vec::new());
        for mut row in rows(tenant, &format!("SELECT * FROM {layer}.{}", entity.name)).await {
            let row = row.as_object_mut().unwrap();
            if FROZEN.contains(&entity.name) {
                row.retain(|column, _| column == "id");
            }
            for passing in ["raw", "observed_at"] {
                row.remove(passing);
            }
            lines.push(json!(row).to_string());
        }
        lines.sort();
        all.insert(format!("{layer}.{}", entity.name), lines);
    }
    all
}

/// How often each page was asked for, by the connection that it is of.
fn pages(vendors: &Vendors) -> BTreeMap<(&'static str, String), usize> {
    let mut pages = BTreeMap::new();
    for (connection, log) in [("hub", &vendors.github.log), ("tickets", &vendors.jira.log)] {
        for served in log.requests() {
            let page = format!(
                "{} {}?{} {} {}",
                served.method,
                served.path,
                served.query,
                served.operation.unwrap_or_default(),
                served.variables
            );
            *pages.entry((connection, page)).or_default() += 1;
        }
        log.clear();
    }
    pages
}

async fn jobs(control: &Control) -> Vec<Job> {
    control.jobs(&acme(), None, None, &Cursor::new(None, Some(200)).unwrap()).await.unwrap().items
}

async fn states(control: &Control) -> Vec<(String, JobState)> {
    jobs(control).await.into_iter().map(|job| (job.kind, job.state)).collect()
}

/// How often the reading of each connection was begun.
async fn tries(control: &Control) -> BTreeMap<String, usize> {
    let mut tries = BTreeMap::new();
    for job in jobs(control).await.into_iter().filter(|job| job.kind == LAND) {
        *tries.entry(job.subject).or_default() += usize::try_from(job.attempt).unwrap();
    }
    tries
}

#[test]
fn what_is_killed_again_and_again_ends_as_what_is_not_on_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    killed(format!("sqlite:{}", folder.path().join("control.db").display()));
}

#[test]
fn what_is_killed_again_and_again_ends_as_what_is_not_on_postgres() {
    killed(crate::postgres::database());
}

fn killed(address: String) {
    run(async move {
        let folder = tempfile::tempdir().unwrap();
        let lake = url::Url::from_directory_path(folder.path().join("lake")).unwrap().to_string();
        let mut world = World::at_start(5, Size { people: 8, repositories: 3, ..Size::tiny() });
        world.advance(75);
        let vendors = Vendors::start(world.shared(), Options { ticks: false, ..Options::default() }).await.unwrap();
        let (engine, calm) = (Engine::open(&lake).await.unwrap(), TenantId::new("calm").unwrap());
        let calm = engine.tenant(&calm);
        for (connection, credential) in connections(&vendors.url) {
            let sources = sources(folder.path());
            let opened = sources.open(calm.id(), &connection, Some(&credential), None).await.unwrap();
            sources.land(&calm, &connection, opened, Reading::New, &|_| {}).await.unwrap();
        }
        for mapper in pulse_connectors::mappers() {
            calm.map(mapper.as_ref(), false).await.unwrap();
        }
        let control = Control::open(&address, Clock::System).await.unwrap();
        let settings = control.create_tenant(&acme(), "Acme", "UTC").await.unwrap();
        let settings = settings.habits().unwrap().over(&Settings::default());
        calm.model(&settings).await.unwrap();
        calm.freeze_forecasts(&settings, Clock::System).await.unwrap();
        calm.risk(&settings, Clock::System).await.unwrap();
        let (calm, undisturbed) = (all(&calm).await, pages(&vendors));

        for (connection, credential) in connections(&vendors.url) {
            control.set_connection(&acme(), &connection, Some(&credential), &vault()).await.unwrap();
            let trigger = Trigger { most_attempts: 1000, ..Trigger::new("land", &connection.name) };
            control.trigger(&acme(), &trigger, "test").await.unwrap();
        }
        let (mut kills, mut hits, start) = ([0; 2], BTreeMap::<String, usize>::new(), Instant::now());
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
            let running = |now: Vec<(String, JobState)>| {
                now.into_iter().find(|(_, state)| *state == JobState::Running).map(|(kind, _)| kind)
            };
            let Some(kind) = running(now) else { continue };
            let (what, within) = if kind == "land" { (0, 400) } else { (1, 150) };
            if kills[what] == KILLS[what] {
                continue;
            }
            // Any instant of it: the same ones each time, as far as the machine goes along.
            tokio::time::sleep(Duration::from_millis(30 + (kills[what] as u64 * 2_654_435_761) % within)).await;
            if let Some(met) = running(states(&control).await) {
                *hits.entry(met).or_default() += 1;
            }
            worker.kill().unwrap();
            worker.wait().unwrap();
            kills[what] += 1;
            worker = process(&address, &lake, kills.iter().sum());
        }
        worker.kill().unwrap();
        worker.wait().unwrap();
        let kills: usize = kills.iter().sum();
        println!("{kills} kills met {hits:?}");
        let read = hits.remove("land").unwrap_or_default();
        assert!(read >= 3, "it was over before it was tried: {read} of {kills} kills met a reading");
        assert!(hits.values().sum::<usize>() >= 3, "of {kills} kills those met a step: {hits:?}");
        let torn = all(&engine.tenant(&acme())).await;
        for (entity, rows) in &calm {
            assert_eq!(torn[entity].len(), rows.len(), "{entity}");
            assert!(torn[entity] == *rows, "{entity} differs");
        }
        for (entity, rows) in torn.iter().filter(|(entity, _)| entity.starts_with("core.")) {
            let id = |row: &String| serde_json::from_str::<Value>(row).unwrap()["id"].as_str().map(str::to_owned);
            let mut ids: Vec<_> = rows.iter().map(id).collect();
            ids.sort();
            ids.dedup();
            assert_eq!(ids.len(), rows.len(), "{entity} has a key twice");
        }
        assert!(calm["core.pull_requests"].len() > 50 && calm["facts.work_items"].len() > 100);
        assert!(
            !calm["facts.deployments"].is_empty() && !calm["facts.forecasts"].is_empty(),
            "there is something to compare"
        );
        let (read, tries) = (pages(&vendors), tries(&control).await);
        for (page, n) in &read {
            let (once, tries) = (undisturbed.get(page).copied().unwrap_or_default().max(1), tries[page.0]);
            assert!(*n <= once * tries, "{page:?} was asked for {n} times in {tries} tries");
        }
        let [all, calm] = [&read, &undisturbed].map(|pages| pages.values().sum::<usize>());
        println!("{all} requests, {calm} without {kills} kills");
        assert!(all <= calm + kills * AT_ONCE, "{all} requests, {calm} without {kills} kills");
    });
}
