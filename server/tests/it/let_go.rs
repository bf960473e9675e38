//! A worker that nobody can see any more lets go of its job before another has it.

use crate::cut::Cut;
use crate::jobs::{ask, claim, manner};
use crate::world::{World, acme, on_both};
use async_trait::async_trait;
use pulse_engine::land::{Page, Payload};
use pulse_engine::{Clock, Engine, Error, Tenant};
use pulse_server::control::{Control, Job, JobState, Outcome, Trigger};
use pulse_server::jobs::{AtWork, Manner, Work, Worker};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use tokio::sync::watch;

on_both! { World;
    who_stood_still_writes_nothing_more_once_another_begins
}

const PATIENCE: Duration = Duration::from_secs(60);

/// Work that counts for as long as it goes on.
struct Counts(Arc<AtomicU64>);

#[async_trait]
impl Work for Counts {
    fn kind(&self) -> &'static str {
        "map"
    }

    async fn run(&self, _: &Job, at: &AtWork) -> Outcome {
        loop {
            at.is(self.0.fetch_add(1, Ordering::SeqCst) + 1, None, "counting");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

/// A worker over a database; how far it counted.
async fn worker(address: &str, name: &str) -> (Arc<AtomicU64>, watch::Sender<bool>) {
    let (counted, control) = (Arc::new(AtomicU64::new(0)), Control::open(address, Clock::System).await.unwrap());
    // No pause of a busy machine outlasts its lease.
    let steady = Manner { lease: Duration::from_secs(4), ..manner(name) };
    let worker = Worker::new(control, vec![Arc::new(Counts(counted.clone()))], steady);
    let (end, told) = watch::channel(false);
    tokio::spawn(async move { worker.run(told).await });
    (counted, end)
}

async fn above(counted: &AtomicU64, n: u64) {
    let start = Instant::now();
    while counted.load(Ordering::SeqCst) <= n {
        assert!(start.elapsed() < PATIENCE, "it goes no further than {n}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_is_cut_off_lets_go_before_another_has_its_job() {
    let address = tokio::task::spawn_blocking(crate::postgres::database).await.unwrap();
    let control = Control::open(&address, Clock::System).await.unwrap();
    control.create_tenant(&acme(), "Acme", "UTC").await.unwrap();
    let id = control.trigger(&acme(), &Trigger::new("map", ""), "test").await.unwrap();
    let way = Cut::before(&address).await;
    let (far, _far_end) = worker(&way.address, "far").await;
    above(&far, 0).await;
    // How far it is comes with its signs of life.
    let start = Instant::now();
    while control.job(&acme(), &id).await.unwrap().unwrap().progress.is_none_or(|told| told.done == 0) {
        assert!(start.elapsed() < PATIENCE, "nobody is told how far it is");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    way.cut();
    let (near, near_end) = worker(&address, "near").await;
    above(&near, 0).await;
    let at_handing_over = far.load(Ordering::SeqCst);
    above(&near, 50).await;
    assert_eq!(far.load(Ordering::SeqCst), at_handing_over, "two were at it");
    // Back again, it has nothing to say about that job.
    way.mend();
    above(&near, 200).await;
    assert_eq!(far.load(Ordering::SeqCst), at_handing_over);
    let job = control.job(&acme(), &id).await.unwrap().unwrap();
    assert_eq!((job.state, job.attempt), (JobState::Running, 2));
    // Taken back, it is over for whoever is at it.
    control.cancel_job(&acme(), &id, "test").await.unwrap();
    let start = Instant::now();
    while control.job(&acme(), &id).await.unwrap().unwrap().state != JobState::Cancelled {
        assert!(start.elapsed() < PATIENCE, "it goes on");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let over = near.load(Ordering::SeqCst);
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert_eq!(near.load(Ordering::SeqCst), over, "it is over when it says so");
    near_end.send(true).ok();
}

async fn land(tenant: &Tenant, key: &str) -> pulse_engine::Result<()> {
    let payload = Payload { stream: "s".into(), key: key.into(), observed_at: 1, body: "{}".into() };
    tenant.land("git", "git:a", Page { payloads: vec![payload], ..Page::default() }).await.map(drop)
}

/// The keys that landed, and the table's version.
async fn landed(tenant: &Tenant) -> (Vec<String>, u64) {
    let rows = crate::landing_killed::rows(tenant, "SELECT key FROM raw.git ORDER BY key").await;
    let newest = tenant.lake().raw("git").unwrap().latest().await.unwrap().unwrap();
    (rows.iter().map(|row| row["key"].as_str().unwrap().to_owned()).collect(), newest.version())
}

/// Gives up whoever is at a job; another is at it then.
async fn gives_up(world: &World) -> Job {
    for pulse in world.control().pulses().await.unwrap() {
        assert!(world.control().give_up(&pulse).await.unwrap());
    }
    claim(world).await.unwrap()
}

async fn who_stood_still_writes_nothing_more_once_another_begins(world: World) {
    let (control, engine) = (world.control(), Engine::open("memory://").await.unwrap());
    let id = ask(&world, "land", "a").await;
    let at = || AtWork::new(control.clone());
    let first = at().tenant(&engine, &claim(&world).await.unwrap()).await.unwrap();
    land(&first, "first").await.unwrap();
    let second = at().tenant(&engine, &gives_up(&world).await).await.unwrap();
    assert!(matches!(land(&first, "late").await, Err(Error::ShutOut { .. })));
    land(&second, "second").await.unwrap();
    let (keys, version) = landed(&second).await;
    assert_eq!(keys, ["first", "second"]);
    // Its last try: the job is dead then. Another of its kind and subject comes after it, and it is shut out of that, too.
    let job = gives_up(&world).await;
    let third = at().tenant(&engine, &job).await.unwrap();
    land(&third, "third").await.unwrap();
    let running = control.finish(&job, &Outcome::Hopeless("no".into())).await.unwrap();
    assert!(running && control.job(&acme(), &id).await.unwrap().unwrap().state == JobState::Dead);
    assert!(matches!(land(&second, "late").await, Err(Error::ShutOut { .. })));
    let other = Trigger { most_attempts: 1, ..Trigger::new("land", "a") };
    control.trigger(&acme(), &other, "test").await.unwrap();
    let stood_still = at().tenant(&engine, &claim(&world).await.unwrap()).await.unwrap();
    for pulse in control.pulses().await.unwrap() {
        assert!(control.give_up(&pulse).await.unwrap());
    }
    land(&stood_still, "before another began").await.unwrap();
    // Whatever begins next in that tenant, they are shut out by it.
    ask(&world, "land", "b").await;
    let elsewhere = at().tenant(&engine, &claim(&world).await.unwrap()).await.unwrap();
    assert!(matches!(land(&stood_still, "late").await, Err(Error::ShutOut { .. })));
    land(&elsewhere, "elsewhere").await.unwrap();
    ask(&world, "land", "a").await;
    let job = claim(&world).await.unwrap();
    at().tenant(&engine, &job).await.unwrap();
    let stands = landed(&second).await;
    at().tenant(&engine, &job).await.unwrap();
    assert!(matches!(land(&stood_still, "late").await, Err(Error::ShutOut { .. })));
    assert_eq!(landed(&second).await, stands, "who is out is out, and is shut out once");
    land(&elsewhere, "elsewhere, too").await.unwrap();
    assert_eq!(stands.0, ["before another began", "elsewhere", "first", "second", "third"]);
    assert!(stands.1 > version);
}
