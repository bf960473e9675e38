//! The threads that questions are answered on, and the places there.
//!
//! Those threads that stand behind get of the machine what the others leave. A question goes on
//! there once it has run for a while, and those of a tenant that asked for much of late begin there: so whoever asks little is
//! answered as if they were alone, and whoever asks for much still has all that nobody else wants.

use crate::threads::{self, cores};
use crate::{Error, Result, TenantId};
use datafusion::error::DataFusionError;
use parking_lot::Mutex;
use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock};
use std::time::{Duration, Instant};
use tokio::runtime::Handle;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// How many questions are answered at once for each core of the machine; the others wait for their turn.
const PLACES_PER_CORE: usize = 2;

/// For how long a question has a place before it goes on behind the others.
const LONG: Duration = Duration::from_millis(200);
/// What a tenant's questions may use of places before others begin behind, in seconds; how much of that is forgotten with each second; and
/// how much is remembered at most, so that whoever stopped is soon as anybody else. A short one that had its tenant's only place is not
/// counted: whoever asks one after the other, as soon as they are answered, asks for little however long that goes on, and would else be
/// answered the slower the more others ask.
const MUCH: f64 = 1.0;
const FORGOTTEN: f64 = 0.5;
const REMEMBERED: f64 = 10.0;

/// How many questions are answered at once in this process.
pub fn places() -> usize {
    cores() * PLACES_PER_CORE
}

/// Where questions are planned and run: apart from whoever asked, so that a long step of one does not keep a server from
/// its other requests, and no more at once than the machine has use for.
#[derive(Clone, Debug)]
pub(super) struct Workers {
    threads: Threads,
    places: Arc<Semaphore>,
    line: Option<Arc<Line>>,
}

/// Those that questions begin on, and those that stand behind them.
#[derive(Clone, Debug)]
struct Threads {
    first: Handle,
    behind: Handle,
}

/// A tenant's own line, and what its questions used of late.
#[derive(Debug)]
struct Line {
    places: Arc<Semaphore>,
    used: Mutex<(f64, Instant)>,
    /// How many of them have a place.
    held: AtomicUsize,
}

impl Line {
    fn new() -> Self {
        Self {
            places: Arc::new(Semaphore::new(places())),
            used: Mutex::new((0.0, Instant::now())),
            held: AtomicUsize::new(0),
        }
    }

    /// The seconds that were used of places and are not forgotten, once these are added.
    fn used(&self, more: Duration) -> f64 {
        let mut used = self.used.lock();
        let (before, at) = *used;
        let kept = (before - at.elapsed().as_secs_f64() * FORGOTTEN).max(0.0);
        *used = ((kept + more.as_secs_f64()).min(REMEMBERED), Instant::now());
        used.0
    }
}

/// A place that was given. It is free again when this is dropped.
#[derive(Debug)]
pub(super) struct Taken {
    threads: Threads,
    begins_behind: bool,
    line: Option<Arc<Line>>,
    /// Whether no other question of its tenant had a place when it came.
    was_alone: bool,
    since: Instant,
    _of_tenant: Option<OwnedSemaphorePermit>,
    _place: OwnedSemaphorePermit,
}

impl Taken {
    /// The threads that the question begins on.
    pub(super) fn threads(&self) -> &Handle {
        if self.begins_behind { &self.threads.behind } else { &self.threads.first }
    }

    /// The threads that it goes on on, once it should go on on others.
    pub(super) fn elsewhere(&self) -> Option<&Handle> {
        (!self.begins_behind && self.since.elapsed() >= LONG).then_some(&self.threads.behind)
    }
}

impl Drop for Taken {
    fn drop(&mut self) {
        if let Some(line) = &self.line {
            let is_last = line.held.fetch_sub(1, Ordering::Relaxed) == 1;
            let time = self.since.elapsed();
            if time >= LONG || !(self.was_alone && is_last) {
                line.used(time);
            }
        }
    }
}

impl Workers {
    /// Those of this process.
    pub(super) fn of_the_process() -> Result<Self> {
        static PLACES: LazyLock<Arc<Semaphore>> = LazyLock::new(|| Arc::new(Semaphore::new(places())));
        let threads = Threads { first: threads::first()?, behind: threads::behind()? };
        Ok(Self { threads, places: Arc::clone(&PLACES), line: None })
    }

    /// Others, with so many places.
    #[cfg(test)]
    pub(super) fn on([first, behind]: [Handle; 2], places: usize) -> Self {
        Self { threads: Threads { first, behind }, places: Arc::new(Semaphore::new(places)), line: None }
    }

    #[cfg(test)]
    pub(super) fn handles(&self) -> [Handle; 2] {
        [self.threads.first.clone(), self.threads.behind.clone()]
    }

    /// The same for a tenant, of which no more questions stand in the line for places than there are: whatever else it asks waits
    /// in a line of its own, so that another's question is behind that many and no more.
    pub(super) fn of(self, tenant: &TenantId) -> Self {
        static OF_TENANTS: Mutex<Option<HashMap<TenantId, Arc<Line>>>> = Mutex::new(None);
        let mut all = OF_TENANTS.lock();
        let all = all.get_or_insert_default();
        let known = all.get(tenant).map(Arc::clone);
        let line = known.unwrap_or_else(|| {
            // One that nobody holds stays for as long as it remembers something.
            all.retain(|_, line| Arc::strong_count(line) > 1 || line.used(Duration::ZERO) > 0.0);
            let line = Arc::new(Line::new());
            all.insert(tenant.clone(), Arc::clone(&line));
            line
        });
        Self { line: Some(line), ..self }
    }

    /// Waits for a place.
    pub(super) async fn place(&self) -> Result<Taken> {
        let of_tenant = match &self.line {
            Some(line) => Some(taken(&line.places).await?),
            None => None,
        };
        let place = taken(&self.places).await?;
        let begins_behind = self.line.as_ref().is_some_and(|line| line.used(Duration::ZERO) > MUCH);
        let was_alone = self.line.as_ref().is_some_and(|line| line.held.fetch_add(1, Ordering::Relaxed) == 0);
        Ok(Taken {
            threads: self.threads.clone(),
            begins_behind,
            line: self.line.clone(),
            was_alone,
            since: Instant::now(),
            _of_tenant: of_tenant,
            _place: place,
        })
    }

    /// What is told when none was free in time.
    pub(super) fn busy(&self) -> Error {
        Error::Busy(
            "as many queries run as are answered at once, and none of them ended in time: try again in a moment".into(),
        )
    }
}

async fn taken(places: &Arc<Semaphore>) -> Result<OwnedSemaphorePermit> {
    let taken = Arc::clone(places).acquire_owned().await;
    taken.map_err(|closed| Error::Query(DataFusionError::External(Box::new(closed))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn who_asks_for_much_is_answered_behind_whoever_asks_for_little_until_that_is_forgotten() {
        let workers = Workers::of_the_process().unwrap();
        let [much, little] =
            ["workers-long", "workers-short"].map(|name| workers.clone().of(&TenantId::new(name).unwrap()));
        let begins_behind = async |workers: &Workers| workers.place().await.unwrap().begins_behind;
        assert!(!begins_behind(&much).await);
        let line = much.line.as_ref().unwrap();
        *line.used.lock() = (MUCH, Instant::now());
        assert!(!begins_behind(&much).await, "as much as anybody may");
        line.used(Duration::from_secs(3_600));
        assert!(begins_behind(&much).await && !begins_behind(&little).await);
        let ago = |seconds| Instant::now().checked_sub(Duration::from_secs_f64(seconds)).unwrap();
        let until_forgotten = (REMEMBERED - MUCH) / FORGOTTEN;
        line.used.lock().1 = ago(until_forgotten - 2.0);
        assert!(begins_behind(&much).await);
        line.used.lock().1 = ago(until_forgotten);
        assert!(!begins_behind(&much).await);
    }

    #[tokio::test]
    async fn a_place_goes_on_behind_once_it_was_held_for_long_and_what_it_was_held_for_is_told() {
        // Each question has workers of its own.
        let workers = || Workers::of_the_process().unwrap().of(&TenantId::new("workers-held").unwrap());
        let threads = workers().threads;
        let mut place = workers().place().await.unwrap();
        assert!(place.elsewhere().is_none() && place.threads().id() == threads.first.id());
        place.since = Instant::now().checked_sub(LONG).unwrap();
        assert_eq!(place.elsewhere().map(Handle::id), Some(threads.behind.id()));
        place.since = Instant::now().checked_sub(Duration::from_secs(20)).unwrap();
        drop(place);
        let place = workers().place().await.unwrap();
        assert!(place.elsewhere().is_none(), "it is there already");
        assert_eq!(place.threads().id(), threads.behind.id());
    }

    #[tokio::test]
    async fn short_questions_one_after_the_other_are_never_much_and_several_at_once_or_a_long_one_are() {
        let workers = || Workers::of_the_process().unwrap().of(&TenantId::new("workers-sequence").unwrap());
        // It is kept for as long as somebody has it.
        let kept = workers();
        let used = || kept.line.as_ref().unwrap().used(Duration::ZERO);
        let ago = |milliseconds| Instant::now().checked_sub(Duration::from_millis(milliseconds)).unwrap();
        for _ in 0..100 {
            let mut place = workers().place().await.unwrap();
            place.since = ago(150);
            assert!(!place.begins_behind);
        }
        assert!(used() <= 0.0, "fifteen seconds, one after the other: {}", used());
        let (mut one, mut other) = (workers().place().await.unwrap(), workers().place().await.unwrap());
        (one.since, other.since) = (ago(150), ago(150));
        drop((one, other));
        assert!((0.2..0.4).contains(&used()), "{}", used());
        let mut long = workers().place().await.unwrap();
        long.since = ago(3_000);
        drop(long);
        assert!(used() > 3.0, "{}", used());
        assert!(workers().place().await.unwrap().begins_behind);
    }

    #[tokio::test]
    async fn however_much_a_tenant_asks_another_waits_behind_as_many_as_there_are_places() {
        let one_place = Workers::on([Handle::current(), Handle::current()], 1);
        let [much, little] = ["workers-much", "workers-little"].map(|name| TenantId::new(name).unwrap());
        let held = one_place.place().await.unwrap();
        let served = Arc::new(Mutex::new(Vec::new()));
        let mut asked = tokio::task::JoinSet::new();
        for tenant in std::iter::repeat_n(&much, 10 * places()).chain([&little]) {
            let (workers, name, served) = (one_place.clone().of(tenant), tenant.to_string(), Arc::clone(&served));
            asked.spawn(async move {
                let place = workers.place().await.unwrap();
                served.lock().push(name);
                tokio::task::yield_now().await;
                drop(place);
            });
            // It stands in its line before the next one comes.
            tokio::task::yield_now().await;
        }
        drop(held);
        while asked.join_next().await.is_some() {}
        let served = served.lock();
        assert_eq!(served.len(), 10 * places() + 1);
        assert_eq!(served.iter().position(|name| name == little.as_str()), Some(places()));
    }
}
