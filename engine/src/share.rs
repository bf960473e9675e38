//! A session's or a step's share of the process's memory.

use datafusion::common::{Result, resources_datafusion_err};
use datafusion::execution::memory_pool::{MemoryConsumer, MemoryLimit, MemoryPool, MemoryReservation};
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// What a refusal begins with when the share would have had room, and the process has none. Who else holds how much, and for
/// which expression, is for nobody's eyes but the log's.
pub(crate) const USED_BY_OTHERS: &str = "the server's memory is in use by others";

/// What can go to disk leaves this part of a share to what cannot: a sort takes whatever there is until it is refused, and what is made
/// of its rows would find nothing left.
const LEFT: usize = 4;
/// But with so small a part each of them begins, however full the share is: a sort that holds nothing has nothing to write away.
const BEGUN: usize = 16;

/// Counts what one of them holds, and asks the process's pool for the same bytes: neither a greedy one nor many modest
/// ones can take more than there is.
#[derive(Debug)]
pub(crate) struct Share {
    parent: Arc<dyn MemoryPool>,
    limit: usize,
    used: AtomicUsize,
    peak: AtomicUsize,
}

impl Share {
    pub(crate) fn new(parent: Arc<dyn MemoryPool>, limit: usize) -> Self {
        Self { parent, limit, used: AtomicUsize::new(0), peak: AtomicUsize::new(0) }
    }

    /// Half as much for what stands beside them: what is made of their rows is not to go under because a sort took all that there was.
    pub(crate) fn half(&self) -> Self {
        Self::new(Arc::clone(&self.parent), self.limit / 2)
    }

    /// The most bytes that were held at once.
    pub(crate) fn peak(&self) -> usize {
        self.peak.load(Ordering::Relaxed)
    }

    /// How full the share may become by what grows.
    fn up_to(&self, growing: &MemoryReservation, additional: usize) -> usize {
        let begins = growing.size().saturating_add(additional) <= self.limit / BEGUN;
        if growing.consumer().can_spill() && !begins { self.limit - self.limit / LEFT } else { self.limit }
    }

    /// Notes that so many are held.
    fn holds(&self, bytes: usize) {
        self.peak.fetch_max(bytes, Ordering::Relaxed);
    }
}

impl fmt::Display for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "share({} of {} bytes)", self.reserved(), self.limit)
    }
}

impl MemoryPool for Share {
    fn name(&self) -> &str {
        "share"
    }

    fn register(&self, consumer: &MemoryConsumer) {
        self.parent.register(consumer);
    }

    fn unregister(&self, consumer: &MemoryConsumer) {
        self.parent.unregister(consumer);
    }

    fn grow(&self, reservation: &MemoryReservation, additional: usize) {
        let before = self.used.fetch_add(additional, Ordering::Relaxed);
        self.holds(before.saturating_add(additional));
        self.parent.grow(reservation, additional);
    }

    fn shrink(&self, reservation: &MemoryReservation, shrink: usize) {
        self.used.fetch_sub(shrink, Ordering::Relaxed);
        self.parent.shrink(reservation, shrink);
    }

    fn try_grow(&self, reservation: &MemoryReservation, additional: usize) -> Result<()> {
        let limit = self.up_to(reservation, additional);
        let within = |used: usize| used.checked_add(additional).filter(|sum| *sum <= limit);
        let Ok(before) = self.used.fetch_update(Ordering::Relaxed, Ordering::Relaxed, within) else {
            return Err(resources_datafusion_err!(
                "{} asked for {additional} bytes more; {} of its {} are in use",
                reservation.consumer().name(),
                self.reserved(),
                self.limit
            ));
        };
        self.parent.try_grow(reservation, additional).map_err(|refused| {
            self.used.fetch_sub(additional, Ordering::Relaxed);
            tracing::debug!(error = %refused, "the process's memory is used up");
            resources_datafusion_err!("{USED_BY_OTHERS}")
        })?;
        self.holds(before.saturating_add(additional));
        Ok(())
    }

    fn reserved(&self) -> usize {
        self.used.load(Ordering::Relaxed)
    }

    fn memory_limit(&self) -> MemoryLimit {
        MemoryLimit::Finite(self.limit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use datafusion::execution::memory_pool::GreedyMemoryPool;

    #[test]
    fn a_share_is_refused_beyond_its_limit_and_beyond_its_parents() {
        let parent: Arc<dyn MemoryPool> = Arc::new(GreedyMemoryPool::new(100));
        let share = |limit| Arc::new(Share::new(Arc::clone(&parent), limit)) as Arc<dyn MemoryPool>;
        let (one, two) = (share(60), share(60));
        let first = MemoryConsumer::new("first").register(&one);
        let second = MemoryConsumer::new("second").register(&two);
        first.try_grow(60).unwrap();
        assert!(first.try_grow(1).is_err());
        second.try_grow(40).unwrap();
        // The parent has none left, and who holds it is not told.
        let refused = second.try_grow(1).unwrap_err().strip_backtrace();
        assert!(refused.contains(USED_BY_OTHERS) && !refused.contains("first"), "{refused}");
        assert_eq!((one.reserved(), two.reserved(), parent.reserved()), (60, 40, 100));
        drop((first, second));
        assert_eq!((one.reserved(), two.reserved(), parent.reserved()), (0, 0, 0));
        // Half of a share is there when the share is taken, as far as the parent has room.
        let whole = Arc::new(Share::new(Arc::clone(&parent), 60));
        let half = Arc::new(whole.half()) as Arc<dyn MemoryPool>;
        let taken = MemoryConsumer::new("taken").register(&(whole as Arc<dyn MemoryPool>));
        let beside = MemoryConsumer::new("beside").register(&half);
        taken.try_grow(60).unwrap();
        beside.try_grow(30).unwrap();
        assert!(beside.try_grow(1).is_err());
        assert_eq!(parent.reserved(), 90);
    }

    #[test]
    fn what_can_go_to_disk_leaves_a_part_to_what_cannot_and_may_always_begin() {
        let share = Arc::new(Share::new(Arc::new(GreedyMemoryPool::new(1_000)), 160)) as Arc<dyn MemoryPool>;
        let sort = |name: &str| MemoryConsumer::new(name).with_can_spill(true).register(&share);
        let (first, second) = (sort("first"), sort("second"));
        let windows = MemoryConsumer::new("windows").register(&share);
        first.try_grow(120).unwrap();
        assert!(first.try_grow(1).is_err());
        // A tenth of what the first has is a beginning, and more of it is not.
        second.try_grow(10).unwrap();
        assert!(second.try_grow(1).is_err());
        windows.try_grow(30).unwrap();
        assert!(windows.try_grow(1).is_err());
        // What the windows hold is not there for sorts, and what a sort wrote away is there for others.
        first.shrink(20);
        assert!(first.try_grow(1).is_err());
        assert_eq!(share.reserved(), 140);
    }

    #[test]
    fn a_share_remembers_the_most_that_was_held_at_once_and_not_what_was_refused() {
        let share = Arc::new(Share::new(Arc::new(GreedyMemoryPool::new(100)), 60));
        let pool = Arc::clone(&share) as Arc<dyn MemoryPool>;
        let first = MemoryConsumer::new("first").register(&pool);
        first.try_grow(30).unwrap();
        first.shrink(20);
        first.try_grow(5).unwrap();
        assert_eq!((share.peak(), share.reserved()), (30, 15));
        assert!(first.try_grow(50).is_err());
        first.grow(25);
        drop(first);
        assert_eq!((share.peak(), share.reserved()), (40, 0));
    }
}
