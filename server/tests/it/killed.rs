//! Workers that are processes of their own, with clocks of their own, killed at any instant; and a database that breaks down under
//! them. `PULSE_TEST_KILLED` makes it larger: `make proof`.

use crate::jobs::manner;
use arrow::array::AsArray as _;
use async_trait::async_trait;
use futures::TryStreamExt as _;
use pulse_engine::entities::RAW;
use pulse_engine::lake::{Progress as Reached, When as On};
use pulse_engine::row::{self, Row, Value};
use pulse_engine::{Clock, Engine, TenantId};
use pulse_server::control::*;
use pulse_server::jobs::{AtWork, Manner, When, Work, Worker};
use std::collections::BTreeMap;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};
use tokio::sync::watch;

/// Work whose effect in the lake has to be there once: it appends a payload to its tenant's raw table, in one commit with a note
/// that it did.
struct Appends(Engine, &'static str);

/// What is asked for by hand, and what by schedules.
const ASKED: &str = "land";
const DUE: &str = "map";

#[async_trait]
impl Work for Appends {
    fn kind(&self) -> &'static str {
        self.1
    }

    async fn run(&self, job: &Job, at: &AtWork) -> Outcome {
        match self.append(job, at).await {
            Ok(()) => Outcome::Done(Vec::new()),
            Err(error) => Outcome::Failed(error.to_string()),
        }
    }
}

impl Appends {
    async fn append(&self, job: &Job, at: &AtWork) -> pulse_server::Result<()> {
        let table = at.tenant(&self.0, job).await?.lake().raw("test")?;
        let app = format!("job:{}", job.id);
        loop {
            let base = table.latest().await?;
            if let Some(base) = &base
                && base.progress(&app).await?.is_some()
            {
                return Ok(());
            }
            let row = Row::new(&RAW)
                .set("connection", "test:a")
                .set("stream", job.kind.as_str())
                .set("key", job.subject.as_str())
                .set("observed_at", Value::Time(1))
                .set("batch", job.id.as_str())
                .set("row", 0)
                .set("body", "{}");
            let on = On::On(base.map(|base| base.version()));
            match table.append(&[row::batch(&RAW, &[row])?], &[Reached::new(&app, 1)], on).await {
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
    let [lake, name, off] =
        ["PULSE_TEST_LAKE", "PULSE_TEST_NAME", "PULSE_TEST_OFF"].map(|name| std::env::var(name).unwrap());
    let (clock, off) = (&*Box::leak(Box::new(AtomicI64::new(0))), off.parse::<i64>().unwrap());
    std::thread::spawn(move || {
        loop {
            clock.store(Clock::System.now() + off, Ordering::Relaxed);
            std::thread::sleep(Duration::from_millis(1));
        }
    });
    crate::rest::run(async move {
        // The database may be away when it begins.
        let control = loop {
            match Control::open(&control, Clock::Moved(clock)).await {
                Ok(control) if control.set_by_database().await.is_ok() => break control,
                _ => tokio::time::sleep(Duration::from_millis(200)).await,
            }
        };
        let engine = Engine::open(&lake).await.unwrap();
        let works: Vec<Arc<dyn Work>> = vec![Arc::new(Appends(engine.clone(), ASKED)), Arc::new(Appends(engine, DUE))];
        let manner = Manner { lease: Duration::from_secs(3), ..manner(&name) };
        Worker::new(control, works, manner).run(watch::channel(false).1).await;
    });
}

/// A worker whose clock is off by so many microseconds.
fn process(control: &str, lake: &str, name: &str, off: i64) -> Child {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["killed::a_worker_process", "--exact", "--nocapture"]);
    command.env("PULSE_TEST_CONTROL", control).env("PULSE_TEST_LAKE", lake).env("PULSE_TEST_NAME", name);
    command.env("PULSE_TEST_OFF", off.to_string());
    command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

/// For how long a worker that is not killed stands still: longer than a lease.
const STILL: Duration = Duration::from_secs(4);

fn signal(worker: &Child, signal: &str) {
    assert!(Command::new("kill").args([signal, &worker.id().to_string()]).status().unwrap().success());
}

/// How much is done and killed: tenants, jobs of each, workers, kills.
fn size() -> [usize; 4] {
    let Ok(text) = std::env::var("PULSE_TEST_KILLED") else { return [8, 50, 4, 20] };
    let numbers: Vec<usize> = text.split(',').map(|number| number.parse().unwrap()).collect();
    numbers.try_into().unwrap()
}

/// Workers that are killed, or stand still, again and again, at any instant: in the end each job is done, and counts once. Half way
/// through, `breaks` happens to the database. Each worker sees to the schedules, too: each tenant has one, which is due each time that one is killed.
async fn killed(control: String, clocks_apart: bool, mut breaks: impl FnMut() + Send + 'static) {
    let [tenants, each, many, most_kills] = size();
    let folder = tempfile::tempdir().unwrap();
    let lake = url::Url::from_directory_path(folder.path()).unwrap().to_string();
    let open = Control::open(&control, Clock::System).await.unwrap();
    let tenants: Vec<TenantId> = (0..tenants).map(|n| TenantId::new(&format!("t{n}")).unwrap()).collect();
    for tenant in &tenants {
        open.create_tenant(tenant, "T", "UTC").await.unwrap();
        for n in 0..each {
            // By the database's clock, not by those of the workers.
            let due_at = open.now() + 2_000_000;
            let trigger = Trigger { most_attempts: 1000, due_at, ..Trigger::new(ASKED, &n.to_string()) };
            open.trigger(tenant, &trigger, "test").await.unwrap();
        }
        let schedule = Schedule {
            kind: DUE.into(),
            subject: String::new(),
            input: serde_json::Value::Null,
            when: When::Every(60),
            paused: false,
            next_at: 0,
            version: 0,
        };
        open.set_schedule(tenant, &schedule, 0).await.unwrap();
    }
    // Hours apart, to either side.
    let off = |n: usize| if clocks_apart { (n as i64 - 1) * 7200 * 1_000_000 } else { 0 };
    let begin = |n: usize, life: usize| process(&control, &lake, &format!("w{n}-{life}"), off(n));
    sqlx::any::install_default_drivers();
    let beside = sqlx::AnyPool::connect_lazy(&control).unwrap();
    let mut workers: Vec<Child> = (0..many).map(|n| begin(n, 0)).collect();
    let (start, all) = (Instant::now(), tenants.len() * each);
    let (mut kills, mut stood, mut broken) = (0, 0, false);
    let mut still: Option<(usize, Instant)> = None;
    loop {
        // A database that is away does not say how much is left.
        let left = match left(&open, &tenants, Some(ASKED)).await {
            Ok(0) => break,
            Ok(left) => left,
            Err(pulse_server::Error::DatabaseAway(_)) => continue,
            Err(error) => panic!("{error}"),
        };
        assert!(start.elapsed() < Duration::from_secs(180 + all as u64), "{left} of {all} jobs are stuck");
        if left < all / 2 && !broken {
            breaks = tokio::task::spawn_blocking(move || {
                breaks();
                breaks
            })
            .await
            .unwrap();
            broken = true;
        }
        // Any worker, at any instant; the last ones are let live, since somebody has to do the rest.
        let at = (kills + usize::from(still.is_some_and(|(which, _)| which == kills % workers.len()))) % workers.len();
        tokio::time::sleep(Duration::from_millis(300 + (kills as u64 * 7919) % 900)).await;
        if still.is_some_and(|(_, since)| since.elapsed() > STILL) {
            // It goes on where it stood, and does not know that its jobs are others' by now.
            signal(&workers[still.take().unwrap().0], "-CONT");
        }
        if kills % 4 == 3 && kills < most_kills && still.is_none() {
            signal(&workers[at], "-STOP");
            (still, stood) = (Some((at, Instant::now())), stood + 1);
            kills += 1;
        } else if kills < most_kills {
            workers[at].kill().unwrap();
            workers[at].wait().unwrap();
            kills += 1;
            // A minute passes for schedules. While the database is away, they are due by the next kill.
            sqlx::query("UPDATE schedules SET next_at = next_at - 60000000").execute(&beside).await.ok();
            workers[at] = begin(at, kills);
        }
    }
    for tenant in &tenants {
        open.remove_schedule(tenant, DUE, "").await.unwrap();
    }
    while left(&open, &tenants, None).await.unwrap() > 0 {
        assert!(start.elapsed() < Duration::from_secs(240 + all as u64), "what schedules asked for is stuck");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    if let Some((which, _)) = still {
        signal(&workers[which], "-CONT");
    }
    for worker in &mut workers {
        worker.kill().unwrap();
        worker.wait().unwrap();
    }
    assert!(kills >= 8 && stood >= 2 && broken, "it was over before it was tried: {kills}, {stood}");
    let mut did: BTreeMap<char, usize> = BTreeMap::new();
    for job in jobs(&open, &tenants[0]).await.unwrap() {
        *did.entry(job.worker.unwrap().chars().nth(1).unwrap()).or_default() += 1;
    }
    assert!(did.len() > 1, "those whose clocks are apart do some each: {did:?}");
    let engine = Engine::open(&lake).await.unwrap();
    for tenant in &tenants {
        let snapshot = engine.tenant(tenant).lake().raw("test").unwrap().latest().await.unwrap().unwrap();
        let rows: Vec<_> = snapshot.read(None, None, &[]).await.unwrap().try_collect().await.unwrap();
        let (mut counts, mut by_schedule): (BTreeMap<i64, usize>, BTreeMap<String, usize>) = Default::default();
        for batch in &rows {
            let text = |name: &str| batch.column_by_name(name).unwrap().as_string::<i32>();
            for (subject, job) in text("key").iter().zip(text("batch")) {
                match subject.unwrap().parse() {
                    Err(_) => *by_schedule.entry(job.unwrap().to_owned()).or_default() += 1,
                    Ok(subject) => *counts.entry(subject).or_default() += 1,
                }
            }
        }
        assert_eq!(counts, (0..each as i64).map(|n| (n, 1)).collect(), "{tenant}");
        let due = jobs(&open, tenant).await.unwrap();
        let due = due.into_iter().filter(|job| job.kind == DUE);
        assert_eq!(by_schedule, due.map(|job| (job.id, 1)).collect(), "{tenant}");
        // One that is still in the queue is not asked for again.
        assert!(!by_schedule.is_empty(), "{tenant}: its schedule asked for nothing");
    }
}

/// How many jobs are not done, of one kind or of all.
async fn left(control: &Control, tenants: &[TenantId], kind: Option<&str>) -> pulse_server::Result<usize> {
    let mut left = 0;
    for tenant in tenants {
        let is_left = |job: &&Job| job.state != JobState::Succeeded && kind.is_none_or(|kind| job.kind == kind);
        left += jobs(control, tenant).await?.iter().filter(is_left).count();
    }
    Ok(left)
}

/// All jobs of a tenant.
async fn jobs(control: &Control, tenant: &TenantId) -> pulse_server::Result<Vec<Job>> {
    let (mut jobs, mut cursor) = (Vec::new(), Cursor::new(None, Some(200))?);
    loop {
        let page = control.jobs(tenant, None, None, &cursor).await?;
        jobs.extend(page.items);
        let Some(next) = page.next else { return Ok(jobs) };
        cursor = Cursor::new(Some(&next), Some(200))?;
    }
}

#[test]
fn workers_that_are_killed_lose_nothing_and_double_nothing_on_sqlite() {
    crate::rest::run(async {
        let folder = tempfile::tempdir().unwrap();
        killed(format!("sqlite:{}", folder.path().join("control.db").display()), false, || {}).await;
    });
}

#[test]
fn workers_that_are_killed_lose_nothing_and_double_nothing_while_postgres_breaks_down_and_clocks_are_apart() {
    crate::rest::run(async {
        let mut server = tokio::task::spawn_blocking(crate::postgres::Own::start).await.unwrap();
        killed(server.address(), true, move || server.restart()).await;
    });
}
