//! Workers: what does jobs, as many at once as it has places.

use super::steps::UPKEEP;
use super::{AtWork, Work};
use crate::Result;
use crate::control::{Control, Job, Limits, Outcome, Pulse, Told};
use crate::observe::{METERS, traces};
use futures::future::join_all;
use pulse_engine::threads::background;
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use tokio::runtime::Handle;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tracing::Instrument as _;

/// How a worker works.
#[derive(Clone, Debug)]
pub struct Manner {
    /// What it is called: no two workers may be called alike.
    pub name: String,
    /// How many jobs it does at once.
    pub places: usize,
    /// How long a job's worker may show no sign of life until the job is given to another. The time is measured by whoever looks,
    /// as no sign of life between two looks, so that clocks may be apart as they like.
    pub lease: Duration,
    /// How long it rests when there is nothing to do.
    pub rest: Duration,
    /// How much may be done at once over all workers: jobs of a tenant, and jobs of a kind.
    pub tenant: i64,
    /// As [`Limits::kinds`].
    pub kinds: Vec<(String, i64)>,
}

/// A worker. It goes on until it is told to end; what it is at then goes back to the queue, and goes on where it was.
pub struct Worker {
    control: Control,
    works: Arc<HashMap<&'static str, Arc<dyn Work>>>,
    manner: Manner,
}

impl Worker {
    /// A worker that can do these kinds of work.
    pub fn new(control: Control, works: Vec<Arc<dyn Work>>, manner: Manner) -> Self {
        let works = works.into_iter().map(|work| (work.kind(), work)).collect();
        Self { control, works: Arc::new(works), manner }
    }

    /// Works until `end` turns true, and then until what it is at is put back.
    ///
    /// A database that does not answer is waited for: nothing of this ends with it.
    pub async fn run(&self, end: watch::Receiver<bool>) {
        let drains = Arc::new(AtomicBool::new(false));
        let looks = {
            let (control, drains) = (self.control.clone(), drains.clone());
            let looks = look_after(control.clone(), self.manner.clone(), drains, end.clone());
            let upkeep = UPKEEP.into_iter().filter(|kind| self.works.contains_key(kind));
            let upkeep = join_all(upkeep.map(|kind| keep_up(control.clone(), kind)).collect::<Vec<_>>());
            tokio::spawn(async move { tokio::join!(looks, forget(control), upkeep) })
        };
        let (mut busy, mut told) = (JoinSet::new(), end.clone());
        let limits = Limits {
            tenant: self.manner.tenant,
            kinds: self.manner.kinds.clone(),
            known: self.works.keys().map(|kind| (*kind).to_owned()).collect(),
        };
        let threads = background().unwrap_or_else(|error| {
            tracing::warn!(%error, "jobs have no threads of their own: pages may wait for them");
            Handle::current()
        });
        while !*end.borrow() {
            let claimed = if busy.len() < self.manner.places && !drains.load(Ordering::Relaxed) {
                self.control.claim(&self.manner.name, &limits).await
            } else {
                Ok(None)
            };
            match claimed {
                Ok(Some(job)) => {
                    if let Some(work) = self.works.get(job.kind.as_str()) {
                        let (control, work, threads) = (self.control.clone(), work.clone(), threads.clone());
                        busy.spawn(at(control, (work, threads), job, self.manner.lease, end.clone()));
                    }
                    continue;
                }
                Ok(None) => {}
                Err(error) => tracing::warn!(%error, "no job can be had now"),
            }
            tokio::select! {
                () = tokio::time::sleep(self.manner.rest) => {}
                _ = told.changed() => {}
                Some(_) = busy.join_next(), if !busy.is_empty() => {}
            }
        }
        while busy.join_next().await.is_some() {}
        looks.abort();
        if let Err(error) = self.control.worker_left(&self.manner.name).await {
            tracing::debug!(%error, "nobody knows that this worker left: it is forgotten after an hour");
        }
    }
}

/// Does a job, shows signs of life meanwhile, and notes what came of it.
async fn at(
    control: Control,
    (work, threads): (Arc<dyn Work>, Handle),
    job: Job,
    lease: Duration,
    mut end: watch::Receiver<bool>,
) {
    let (at, begun) = (AtWork::new(control.clone()), Instant::now());
    let limit = work.limit();
    let span = tracing::error_span!(
        parent: None,
        "job",
        job = job.id,
        kind = job.kind,
        tenant = job.tenant,
        actor = job.created_by,
        attempt = job.attempt,
        otel.kind = "consumer"
    );
    if traces::are_carried() {
        // A job is done, whether its trace is known or not.
        let carried = control.trace_of(&job).await.ok().flatten();
        traces::follows(&span, carried.as_deref(), format!("job {}", job.kind));
    }
    // On other threads: work that keeps one busy for long stops no sign of life, nor whoever waits at a page.
    let mut doing = {
        let (job, at) = (job.clone(), at.clone());
        threads.spawn(async move { work.run(&job, &at).await }.instrument(span.clone()))
    };
    let ends = async { end.wait_for(|end| *end).await.map(drop) };
    let ended = tokio::select! {
        done = &mut doing => Some(done.unwrap_or_else(|_| {
            Outcome::Failed("the work broke down: the log says where".to_owned())
        })),
        told = keep(&control, &job, &at, lease) => (told != Told::Lost).then_some(Outcome::Stopped),
        _ = ends => Some(Outcome::Stopped),
        () = tokio::time::sleep(limit) => Some(Outcome::Failed(format!("it took longer than {} s", limit.as_secs()))),
    };
    if !doing.is_finished() {
        doing.abort();
        // It is over when it says so: by then it writes nothing more.
        doing.await.ok();
    }
    let Some(outcome) = ended else { return };
    METERS.job(&job.kind, &outcome, begun.elapsed());
    traces::job(&span, &outcome);
    // Noting it may have to wait for the database, but no longer than the job is ours.
    let until = Instant::now() + lease / 2;
    loop {
        // What follows goes on with its trace.
        match control.finish(&job, &outcome).instrument(span.clone()).await {
            Ok(true) => return,
            Ok(false) => return tracing::warn!(job = job.id, "a job is not this worker's any more"),
            Err(error) if Instant::now() >= until => {
                return tracing::error!(job = job.id, %error, "what came of a job cannot be noted: it is done once more");
            }
            Err(_) => tokio::time::sleep(lease / 20).await,
        }
    }
}

/// Shows signs of life until the job is to be stopped, or is not ours any more: because another has it, or because nobody can
/// have seen a sign of life for so long that another may have.
async fn keep(control: &Control, job: &Job, at: &AtWork, lease: Duration) -> Told {
    let mut seen = Instant::now();
    loop {
        let left = |seen: Instant| (lease / 2).saturating_sub(seen.elapsed());
        tokio::time::sleep((lease / 6).min(left(seen))).await;
        let (asked, news) = (Instant::now(), at.news());
        match tokio::time::timeout((lease / 3).min(left(seen)), control.beat(job, news.as_ref())).await {
            Ok(Ok(Told::GoOn)) => {
                seen = asked;
                at.told(news);
            }
            Ok(Ok(told)) => return told,
            Ok(Err(_)) | Err(_) if left(seen).is_zero() => return Told::Lost,
            Ok(Err(_)) | Err(_) => {}
        }
    }
}

/// How often what is old is forgotten, and how long is rested between parts of it.
const FORGETS: Duration = Duration::from_secs(600);
const BETWEEN: Duration = Duration::from_secs(1);

/// Gives up jobs whose workers show no sign of life, and asks for those whose schedules are due; hears whether
/// this worker is to begin nothing more.
async fn look_after(control: Control, manner: Manner, drains: Arc<AtomicBool>, mut end: watch::Receiver<bool>) {
    let (lease, places) = (manner.lease, i64::try_from(manner.places).unwrap_or(i64::MAX));
    let mut seen: HashMap<Pulse, Instant> = HashMap::new();
    while !*end.borrow_and_update() {
        if let Err(error) = look(&control, lease, &mut seen).await {
            tracing::warn!(%error, "nobody looks after jobs now");
            // What was not seen for a while was not still for a while.
            seen.clear();
        }
        match control.worker_is_here(&manner.name, places).await {
            Ok(drained) => drains.store(drained, Ordering::Relaxed),
            Err(error) => tracing::warn!(%error, "nobody knows of this worker now"),
        }
        if let Err(error) = control.tick().await {
            tracing::warn!(%error, "schedules wait");
        }
        if let Err(error) = control.tick_alerts().await {
            tracing::warn!(%error, "alert rules wait");
        }
        tokio::select! {
            () = tokio::time::sleep(lease / 4) => {}
            _ = end.changed() => {}
        }
    }
}

/// Forgets what is old, in parts: nobody who looks after jobs waits for it.
async fn forget(control: Control) {
    loop {
        match control.forget_old().await {
            // There is more of it, and others want to write, too.
            Ok(true) => tokio::time::sleep(BETWEEN).await,
            Ok(false) => tokio::time::sleep(FORGETS).await,
            Err(error) => {
                tracing::warn!(%error, "what is old is not forgotten now");
                tokio::time::sleep(FORGETS).await;
            }
        }
    }
}

/// How often it is looked for tenants that had no upkeep for a day, and after how long it goes on where there are more of them.
const KEEPS_UP: Duration = Duration::from_secs(600);
const GOES_ON: Duration = Duration::from_secs(10);

/// Asks for the upkeep of a kind of tenants that nobody asks for: of those, too, at which nothing happens any more. A few at a time, as
/// fast as it is done.
async fn keep_up(control: Control, kind: &'static str) {
    let mut after = String::new();
    loop {
        let mut rest = KEEPS_UP;
        match control.tick_upkeep(kind, &after).await {
            Ok((_, Some(next))) => (after, rest) = (next, GOES_ON),
            Ok((_, None)) => after.clear(),
            Err(error) => tracing::warn!(%error, kind, "upkeep waits"),
        }
        tokio::time::sleep(rest).await;
    }
}

async fn look(control: &Control, lease: Duration, seen: &mut HashMap<Pulse, Instant>) -> Result<()> {
    let (pulses, now) = (control.pulses().await?, Instant::now());
    let mut still = HashMap::with_capacity(pulses.len());
    for pulse in pulses {
        let since = seen.get(&pulse).copied().unwrap_or(now);
        if now - since < lease {
            still.insert(pulse, since);
        } else if control.give_up(&pulse).await? {
            tracing::warn!(job = pulse.job, "a job's worker showed no sign of life: the job is begun again");
        }
    }
    *seen = still;
    Ok(())
}
