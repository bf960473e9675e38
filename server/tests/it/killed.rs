//! Workers that are processes of their own, killed at any instant.

use crate::jobs::manner;
use arrow::array::AsArray as _;
use arrow::datatypes::Int64Type;
use async_trait::async_trait;
use futures::TryStreamExt as _;
use pulse_engine::entities::AUDIT;
use pulse_engine::lake::{Progress as Reached, When as On};
use pulse_engine::row::{self, Row, Value};
use pulse_engine::{Clock, Engine, TenantId};
use pulse_server::control::*;
use pulse_server::jobs::{AtWork, Manner, Work, Worker};
use std::collections::BTreeMap;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::watch;

/// Work whose effect in the lake has to be there once: it appends a row to its tenant's audit table, in one commit with a note
/// that it did.
struct Appends(Engine);

#[async_trait]
impl Work for Appends {
    fn kind(&self) -> &'static str {
        "land"
    }

    async fn run(&self, job: &Job, _at: &AtWork) -> Outcome {
        match self.append(job).await {
            Ok(()) => Outcome::Done(Vec::new()),
            Err(error) => Outcome::Failed(error.to_string()),
        }
    }
}

impl Appends {
    async fn append(&self, job: &Job) -> pulse_server::Result<()> {
        let table = self.0.tenant(&job.tenant_id()?).lake().audit();
        let app = format!("job:{}", job.id);
        loop {
            let base = table.latest().await?;
            if let Some(base) = &base
                && base.progress(&app).await?.is_some()
            {
                return Ok(());
            }
            let row = Row::new(&AUDIT)
                .set("trail", "t")
                .set("sequence", job.subject.parse::<i64>().unwrap())
                .set("at", Value::Time(1))
                .set("action", job.id.as_str())
                .set("outcome", "done")
                .set("previous", "")
                .set("sum", "");
            let on = On::On(base.map(|base| base.version()));
            match table.append(&[row::batch(&AUDIT, &[row])?], &[Reached::new(&app, 1)], on).await {
                Err(pulse_engine::Error::Overtaken { .. }) => {}
                done => return Ok(done.map(drop)?),
            }
        }
    }
}

/// The way into a worker that is a process of its own, and goes on until it is killed. Run without a database to work for, it
/// does nothing: the tests below begin it.
#[test]
fn a_worker_process() {
    let Ok(control) = std::env::var("PULSE_TEST_CONTROL") else { return };
    let [lake, name] = ["PULSE_TEST_LAKE", "PULSE_TEST_NAME"].map(|name| std::env::var(name).unwrap());
    crate::rest::run(async move {
        let control = Control::open(&control, Clock::System).await.unwrap();
        let works: Vec<Arc<dyn Work>> = vec![Arc::new(Appends(Engine::open(&lake).await.unwrap()))];
        let manner = Manner { lease: Duration::from_secs(3), ..manner(&name) };
        Worker::new(control, works, manner).run(watch::channel(false).1).await;
    });
}

fn process(control: &str, lake: &str, name: &str) -> Child {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["killed::a_worker_process", "--exact", "--nocapture"]);
    command.env("PULSE_TEST_CONTROL", control).env("PULSE_TEST_LAKE", lake).env("PULSE_TEST_NAME", name);
    command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

/// Workers that are killed again and again, at any instant: in the end each job is done, and counts once.
async fn killed(control: String) {
    const TENANTS: i64 = 8;
    const EACH: i64 = 60;
    let folder = tempfile::tempdir().unwrap();
    let lake = url::Url::from_directory_path(folder.path()).unwrap().to_string();
    let open = Control::open(&control, Clock::System).await.unwrap();
    let tenants: Vec<TenantId> = (0..TENANTS).map(|n| TenantId::new(&format!("t{n}")).unwrap()).collect();
    for tenant in &tenants {
        open.create_tenant(tenant, "T", "UTC").await.unwrap();
        for n in 0..EACH {
            let trigger = Trigger { most_attempts: 1000, ..Trigger::new("land", &n.to_string()) };
            open.trigger(tenant, &trigger, "test").await.unwrap();
        }
    }
    let mut workers: Vec<Child> = (0..4).map(|n| process(&control, &lake, &format!("w{n}"))).collect();
    let start = Instant::now();
    let mut kills = 0;
    let left = async || {
        let mut left = 0;
        for tenant in &tenants {
            let mut cursor = Cursor::new(None, Some(200)).unwrap();
            loop {
                let page = open.jobs(tenant, None, None, &cursor).await.unwrap();
                left += page.items.iter().filter(|job| job.state != JobState::Succeeded).count();
                let Some(next) = page.next else { break };
                cursor = Cursor::new(Some(&next), Some(200)).unwrap();
            }
        }
        left
    };
    while left().await > 0 {
        assert!(start.elapsed() < Duration::from_secs(240), "{} jobs are stuck", left().await);
        // Any worker, at any instant; the last ones are let live, since somebody has to do the rest.
        let at = kills % workers.len();
        tokio::time::sleep(Duration::from_millis(300 + (kills as u64 * 7919) % 900)).await;
        if kills < 24 {
            workers[at].kill().unwrap();
            workers[at].wait().unwrap();
            workers[at] = process(&control, &lake, &format!("w{at}-{kills}"));
            kills += 1;
        }
    }
    for worker in &mut workers {
        worker.kill().unwrap();
        worker.wait().unwrap();
    }
    assert!(kills >= 8, "it was over before it was tried: {kills}");
    let engine = Engine::open(&lake).await.unwrap();
    for tenant in &tenants {
        let snapshot = engine.tenant(tenant).lake().audit().latest().await.unwrap().unwrap();
        let rows: Vec<_> = snapshot.read(None, None, &[]).await.unwrap().try_collect().await.unwrap();
        let mut counts: BTreeMap<i64, usize> = BTreeMap::new();
        for batch in &rows {
            let subjects = batch.column_by_name("sequence").unwrap().as_primitive::<Int64Type>();
            subjects.values().iter().for_each(|subject| *counts.entry(*subject).or_default() += 1);
        }
        assert_eq!(counts, (0..EACH).map(|n| (n, 1)).collect(), "{tenant}");
    }
}

#[test]
fn workers_that_are_killed_lose_nothing_and_double_nothing_on_sqlite() {
    crate::rest::run(async {
        let folder = tempfile::tempdir().unwrap();
        killed(format!("sqlite:{}", folder.path().join("control.db").display())).await;
    });
}

#[test]
fn workers_that_are_killed_lose_nothing_and_double_nothing_on_postgres() {
    crate::rest::run(async {
        killed(tokio::task::spawn_blocking(crate::postgres::database).await.unwrap()).await;
    });
}
