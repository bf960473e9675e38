//! Whose turn it is: each tenant has a queue of its own, and whoever has the fewest queries running is next.
//!
//! So a tenant with a thousand questions slows itself down, and nobody else: one never has all places, and of two that want
//! more than there are, each has half. Within a tenant it is the same among those who ask: whoever has the fewest running is next, and where
//! the queue is full, whoever has the most in it gives a place up to whoever has fewer.

use crate::{Error, Result};
use parking_lot::Mutex;
use pulse_engine::TenantId;
use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::oneshot;

/// After how many seconds whoever finds a queue full is to come again, at most.
const MOST_SECONDS: u64 = 60;

/// The turns of all tenants.
pub(super) struct Turns(Arc<Shared>);

struct Shared {
    state: Mutex<Queues>,
}

struct Queues {
    /// How many of one tenant run at once, and how many wait.
    of_a_tenant: usize,
    queue: usize,
    free: usize,
    /// Counts those who come: who came first is first among equals.
    came: u64,
    of: HashMap<TenantId, Queue>,
}

#[derive(Default)]
struct Queue {
    running: usize,
    /// Of those that run, how many each asker has who has any.
    running_of: HashMap<String, usize>,
    /// In the order in which they came.
    waiting: VecDeque<Waiting>,
    /// How long the last one waited whose turn came.
    waited: Duration,
}

impl Queue {
    /// Where those that wait stand among [`Queue::waiting`], in the order in which they are let in, and what decides on that: how many its
    /// asker has running by then, and its number.
    fn order(&self) -> Vec<(usize, u64, usize)> {
        let mut has: HashMap<&str, usize> = self.running_of.iter().map(|(asker, n)| (asker.as_str(), *n)).collect();
        let mut order = Vec::with_capacity(self.waiting.len());
        for (at, waiting) in self.waiting.iter().enumerate().filter(|(_, waiting)| !waiting.tell.is_closed()) {
            let before = has.entry(&waiting.asker).or_default();
            order.push((*before, waiting.number, at));
            *before += 1;
        }
        order.sort_unstable();
        order
    }

    /// The number of who is let in next, and where it stands.
    fn next(&self) -> Option<(u64, usize)> {
        let waiting = self.waiting.iter().enumerate().filter(|(_, waiting)| !waiting.tell.is_closed());
        let has = |asker: &str| self.running_of.get(asker).copied().unwrap_or_default();
        let first = waiting.map(|(at, waiting)| (has(&waiting.asker), waiting.number, at)).min();
        first.map(|(_, number, at)| (number, at))
    }

    /// Where the last one waits of whoever has most that wait, where that is more than this asker would have with one more.
    fn gives_up(&self, asker: &str) -> Option<usize> {
        let mut has: HashMap<&str, (usize, usize)> = HashMap::new();
        for (at, waiting) in self.waiting.iter().enumerate() {
            let (n, last) = has.entry(&waiting.asker).or_default();
            (*n, *last) = (*n + 1, at);
        }
        let own = has.get(asker).map_or(0, |(n, _)| *n);
        let (most, last) = has.into_values().max()?;
        (most > own + 1).then_some(last)
    }

    /// Why there is no place in it now.
    fn refusal(&self) -> Error {
        Error::TooManyQueries { running: self.running, waiting: self.waiting.len(), seconds: self.again_in() }
    }

    /// After how many seconds whoever comes now, and finds it full, may find a place: it moves as fast as it did for who was next, and for
    /// who is.
    fn again_in(&self) -> i64 {
        let first = self.waiting.front().map_or(Duration::ZERO, |first| first.since.elapsed());
        let seconds = self.waited.max(first).as_secs_f64().ceil() as u64;
        seconds.clamp(1, MOST_SECONDS).cast_signed()
    }
}

struct Waiting {
    since: Instant,
    id: String,
    asker: String,
    number: u64,
    tell: oneshot::Sender<Result<Turn>>,
}

/// A turn, until it is dropped.
pub(super) struct Turn {
    tenant: TenantId,
    asker: String,
    /// Gone when the turn was not taken.
    shared: Option<Arc<Shared>>,
}

impl Turns {
    /// So many at once over all tenants, so many of one, and so many of one that wait; at least one of each of the first two.
    pub(super) fn new(places: usize, of_a_tenant: usize, queue: usize) -> Self {
        let (of_a_tenant, free) = (of_a_tenant.max(1), places.max(1));
        let state = Queues { of_a_tenant, queue, free, came: 0, of: HashMap::new() };
        Self(Arc::new(Shared { state: Mutex::new(state) }))
    }

    /// So many of one tenant from now on. Those that run or wait beyond that go on.
    pub(super) fn changes(&self, of_a_tenant: usize, queue: usize) {
        let mut state = self.0.state.lock();
        (state.of_a_tenant, state.queue) = (of_a_tenant.max(1), queue);
        self.0.give(&mut state);
    }

    /// Waits for the turn of an asker's query. It keeps its place for as long as this is waited for, unless others have fewer.
    ///
    /// # Errors
    /// [`Error::TooManyQueries`] when as many of the tenant wait as may, and nobody has more of them than this asker.
    pub(super) async fn turn(&self, tenant: &TenantId, asker: &str, id: &str) -> Result<Turn> {
        let told = {
            let mut state = self.0.state.lock();
            state.came += 1;
            let (number, free, of_a_tenant, most) = (state.came, state.free, state.of_a_tenant, state.queue);
            let queue = state.of.entry(tenant.clone()).or_default();
            queue.waiting.retain(|waiting| !waiting.tell.is_closed());
            let is_next = free > 0 && queue.running < of_a_tenant && queue.waiting.is_empty();
            if !is_next && queue.waiting.len() >= most {
                let refusal = queue.refusal();
                let Some(last) = queue.gives_up(asker).and_then(|last| queue.waiting.remove(last)) else {
                    return Err(refusal);
                };
                // Who waited may be gone by now.
                drop(last.tell.send(Err(refusal)));
            }
            let (tell, told) = oneshot::channel();
            let (id, asker) = (id.to_owned(), asker.to_owned());
            queue.waiting.push_back(Waiting { since: Instant::now(), id, asker, number, tell });
            self.0.give(&mut state);
            told
        };
        // Whoever waits stands in a queue that is never thrown away.
        told.await.map_err(|_| Error::Stopped)?
    }

    /// Whether as many of a tenant run as may: nobody else's end lets in who waits.
    pub(super) fn is_full_of(&self, tenant: &TenantId) -> bool {
        let state = self.0.state.lock();
        state.of.get(tenant).is_some_and(|queue| queue.running >= state.of_a_tenant)
    }

    /// The place of a query in its tenant's queue, from 1, as those are let in who wait now.
    pub(super) fn position(&self, tenant: &TenantId, id: &str) -> Option<usize> {
        let state = self.0.state.lock();
        let queue = state.of.get(tenant)?;
        let mut order = queue.order().into_iter();
        order
            .position(|(_, _, at)| queue.waiting.get(at).is_some_and(|waiting| waiting.id == id))
            .map(|place| place + 1)
    }
}

impl Shared {
    /// Gives places that are free to those who are next.
    fn give(self: &Arc<Self>, state: &mut Queues) {
        while state.free > 0 {
            let may = state.of.iter().filter(|(_, queue)| queue.running < state.of_a_tenant);
            let first = may.filter_map(|(tenant, queue)| {
                let (number, at) = queue.next()?;
                Some((queue.running, number, tenant, at))
            });
            let Some((tenant, at)) = first.min().map(|(_, _, tenant, at)| (tenant.clone(), at)) else { return };
            let Some(queue) = state.of.get_mut(&tenant) else { return };
            let Some(Waiting { since, asker, tell, .. }) = queue.waiting.remove(at) else { return };
            let turn = Turn { tenant, asker: asker.clone(), shared: Some(Arc::clone(self)) };
            match tell.send(Ok(turn)) {
                Ok(()) => {
                    queue.waited = since.elapsed();
                    queue.running += 1;
                    *queue.running_of.entry(asker).or_default() += 1;
                    state.free -= 1;
                }
                // Who waited is gone: nothing was taken, and nothing comes back.
                Err(Ok(mut turn)) => turn.shared = None,
                Err(Err(_)) => {}
            }
        }
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let Some(shared) = self.shared.take() else { return };
        let mut state = shared.state.lock();
        state.free += 1;
        if let Some(queue) = state.of.get_mut(&self.tenant) {
            queue.running = queue.running.saturating_sub(1);
            if let Some(own) = queue.running_of.get_mut(&self.asker) {
                *own -= 1;
                if *own == 0 {
                    queue.running_of.remove(&self.asker);
                }
            }
            queue.waiting.retain(|waiting| !waiting.tell.is_closed());
            if queue.running == 0 && queue.waiting.is_empty() {
                state.of.remove(&self.tenant);
            }
        }
        shared.give(&mut state);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::FutureExt as _;
    use futures::future::BoxFuture;

    fn tenant(name: &str) -> TenantId {
        TenantId::new(name).unwrap()
    }

    /// Comes for a turn; `Err` when it has to wait.
    fn comes(turns: &Arc<Turns>, of: &str, id: &str) -> Result<Turn, BoxFuture<'static, Result<Turn>>> {
        comes_from(turns, of, "ada", id)
    }

    /// The same of that asker.
    fn comes_from(
        turns: &Arc<Turns>,
        of: &str,
        asker: &str,
        id: &str,
    ) -> Result<Turn, BoxFuture<'static, Result<Turn>>> {
        let (turns, of, asker, id) = (Arc::clone(turns), tenant(of), asker.to_owned(), id.to_owned());
        let mut waits = async move { turns.turn(&of, &asker, &id).await }.boxed();
        match (&mut waits).now_or_never() {
            Some(Ok(turn)) => Ok(turn),
            Some(Err(refused)) => Err(async { Err(refused) }.boxed()),
            None => Err(waits),
        }
    }

    /// Whether a wait is over.
    fn is_next(waits: &mut BoxFuture<'static, Result<Turn>>) -> Option<Turn> {
        waits.now_or_never().map(Result::unwrap)
    }

    #[test]
    fn one_tenant_never_has_all_places_and_two_share_them() {
        let turns = Arc::new(Turns::new(4, 3, 10));
        let mut hog: Vec<Turn> = (0..3).map(|n| comes(&turns, "hog", &n.to_string()).ok().unwrap()).collect();
        let mut more: Vec<_> = (3..8).map(|n| comes(&turns, "hog", &n.to_string()).err().unwrap()).collect();
        let first = comes(&turns, "other", "a").ok().unwrap();
        let mut second = comes(&turns, "other", "b").err().unwrap();
        // The hog has three, the other one: the place that is free next is the other's, though the hog came before.
        hog.pop();
        let second = is_next(&mut second).unwrap();
        assert!(is_next(&mut more[0]).is_none());
        // Two and two: who came first is next.
        drop(first);
        assert!(is_next(&mut more[0]).is_some());
        drop(second);
    }

    #[test]
    fn who_finds_a_queue_full_is_told_how_long_it_took_others_to_come_through_it() {
        let since = |ago| Instant::now().checked_sub(Duration::from_millis(ago)).unwrap();
        let waits = |milliseconds| Waiting {
            since: since(milliseconds),
            id: "a".to_owned(),
            asker: "ada".to_owned(),
            number: 1,
            tell: oneshot::channel().0,
        };
        let queue = |waited, first| Queue {
            running: 1,
            running_of: HashMap::new(),
            waited: Duration::from_millis(waited),
            waiting: VecDeque::from([waits(first), waits(0)]),
        };
        assert_eq!(queue(0, 0).again_in(), 1);
        assert_eq!(queue(0, 6_500).again_in(), 7);
        // Who is next has not waited for long, but it took the one before that long.
        assert_eq!(queue(6_500, 100).again_in(), 7);
        assert_eq!(queue(6_500, 900_000).again_in(), 60);
        // What is known of that is from whoever was let in.
        let turns = Arc::new(Turns::new(1, 1, 1));
        let first = comes(&turns, "acme", "a").ok().unwrap();
        let _second = comes(&turns, "acme", "b").err().unwrap();
        turns.0.state.lock().of.get_mut(&tenant("acme")).unwrap().waiting[0].since = since(2_500);
        drop(first);
        assert_eq!(turns.0.state.lock().of[&tenant("acme")].again_in(), 3);
    }

    #[test]
    fn a_queue_is_in_order_and_has_a_length() {
        let turns = Arc::new(Turns::new(4, 1, 2));
        let runs = comes(&turns, "acme", "a").ok().unwrap();
        let mut second = comes(&turns, "acme", "b").err().unwrap();
        let third = comes(&turns, "acme", "c").err().unwrap();
        assert_eq!((turns.position(&tenant("acme"), "b"), turns.position(&tenant("acme"), "c")), (Some(1), Some(2)));
        let refused = comes(&turns, "acme", "d").err().unwrap().now_or_never().unwrap().err().unwrap();
        assert!(matches!(refused, Error::TooManyQueries { running: 1, waiting: 2, seconds: 1 }), "{refused}");
        assert!(refused.to_string().contains("yours would be number 3"), "{refused}");
        assert!(comes(&turns, "umbrella", "e").is_ok(), "another tenant's queue is its own");
        // Who waits no longer has no place.
        drop(third);
        assert_eq!(turns.position(&tenant("acme"), "c"), None);
        let fourth = comes(&turns, "acme", "f").err().unwrap();
        drop(runs);
        let second = is_next(&mut second).unwrap();
        assert_eq!(turns.position(&tenant("acme"), "f"), Some(1));
        drop(fourth);
        drop(second);
        assert!(comes(&turns, "acme", "g").is_ok(), "the place of who left came back");
        assert!(turns.0.state.lock().of.len() <= 1, "tenants without queries are forgotten");
        assert_eq!(turns.0.state.lock().free, 4);
    }

    #[test]
    fn bounds_that_change_hold_for_those_who_come_and_let_in_who_waits() {
        let turns = Arc::new(Turns::new(4, 1, 1));
        let first = comes(&turns, "acme", "a").ok().unwrap();
        let mut second = comes(&turns, "acme", "b").err().unwrap();
        turns.changes(2, 2);
        let second = is_next(&mut second).unwrap();
        let waits = [comes(&turns, "acme", "c").err().unwrap(), comes(&turns, "acme", "d").err().unwrap()];
        let refused = comes(&turns, "acme", "e").err().unwrap().now_or_never().unwrap().err().unwrap();
        assert!(matches!(refused, Error::TooManyQueries { running: 2, waiting: 2, .. }), "{refused}");
        // Fewer: those that run go on, and the next waits until there are.
        turns.changes(1, 2);
        let [mut third, _fourth] = waits;
        drop(first);
        assert!(is_next(&mut third).is_none());
        drop(second);
        assert!(is_next(&mut third).is_some());
    }

    #[test]
    fn a_turn_that_was_given_to_somebody_who_left_comes_back() {
        let turns = Arc::new(Turns::new(1, 1, 2));
        let runs = comes(&turns, "acme", "a").ok().unwrap();
        let second = comes(&turns, "acme", "b").err().unwrap();
        drop(runs);
        // It was given, and never taken.
        drop(second);
        assert!(comes(&turns, "umbrella", "c").is_ok());
    }

    #[test]
    fn of_those_who_ask_in_a_tenant_whoever_has_the_fewest_running_is_next() {
        let turns = Arc::new(Turns::new(9, 3, 10));
        let runs = |asker: &str, id: &str| comes_from(&turns, "acme", asker, id).ok().unwrap();
        let waits = |asker: &str, id: &str| comes_from(&turns, "acme", asker, id).err().unwrap();
        let mut hog = Vec::from(["1", "2", "3"].map(|id| runs("hog", id)));
        let mut hogs = Vec::from(["4", "5", "6"].map(|id| waits("hog", id)));
        let mut adas = Vec::from(["a", "b"].map(|id| waits("ada", id)));
        let mut bobs = waits("bob", "x");
        // Each is told the place in which they are let in, and not in which they came.
        let places = || ["a", "x", "b", "4", "5", "6"].map(|id| turns.position(&tenant("acme"), id));
        assert_eq!(places(), [1, 2, 3, 4, 5, 6].map(Some));
        hog.pop();
        let ada = is_next(&mut adas[0]).unwrap();
        assert_eq!(places(), [None, Some(1), Some(2), Some(3), Some(4), Some(5)]);
        // Ada and the hog have one each, and Bob none: he is next, though both came before.
        hog.pop();
        let bob = is_next(&mut bobs).unwrap();
        assert!(is_next(&mut hogs[0]).is_none() && is_next(&mut adas[1]).is_none());
        drop(ada);
        let _ada = is_next(&mut adas[1]).unwrap();
        // One each: who came first is next.
        drop(bob);
        assert!(is_next(&mut hogs[0]).is_some());
    }

    #[test]
    fn whoever_has_the_most_in_a_full_queue_gives_a_place_up_to_whoever_has_fewer() {
        let turns = Arc::new(Turns::new(9, 1, 3));
        let _runs = comes_from(&turns, "acme", "hog", "1").ok().unwrap();
        let mut hogs: Vec<_> = ["2", "3", "4"].map(|id| comes_from(&turns, "acme", "hog", id).err().unwrap()).into();
        let is_refused = |refused: BoxFuture<'static, Result<Turn>>| {
            let refused = refused.now_or_never().unwrap().err().unwrap();
            assert!(matches!(refused, Error::TooManyQueries { running: 1, waiting: 3, .. }), "{refused}");
        };
        is_refused(comes_from(&turns, "acme", "hog", "5").err().unwrap());
        let _first = comes_from(&turns, "acme", "ada", "a").err().unwrap();
        // The last that the hog asked is refused in her stead; those before wait on.
        is_refused(hogs.pop().unwrap());
        assert!(hogs.iter_mut().all(|waits| is_next(waits).is_none()));
        assert_eq!(turns.position(&tenant("acme"), "a"), Some(1));
        // With a second she would have as many as the hog.
        is_refused(comes_from(&turns, "acme", "ada", "b").err().unwrap());
        let _third = comes_from(&turns, "acme", "bob", "x").err().unwrap();
        is_refused(hogs.pop().unwrap());
        // One each: nobody gives up what nobody has more of.
        is_refused(comes_from(&turns, "acme", "eve", "y").err().unwrap());
    }
}
