//! A worker that nobody can see any more lets go of its job before another has it.

use crate::cut::Cut;
use crate::jobs::manner;
use crate::world::acme;
use async_trait::async_trait;
use pulse_engine::Clock;
use pulse_server::control::{Control, Job, JobState, Outcome, Trigger};
use pulse_server::jobs::{AtWork, Work, Worker};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use tokio::sync::watch;

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
    let worker = Worker::new(control, vec![Arc::new(Counts(counted.clone()))], manner(name));
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
