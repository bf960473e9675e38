//! Jobs: all work that is not a question. What there is to do stands in the control database; any process with workers does it.

mod erase;
mod land;
mod repositories;
mod sources;
mod steps;
mod when;
mod worker;

pub use erase::Erases;
pub use land::Lands;
pub use repositories::Repositories;
pub use sources::{Opened, Sources};
pub use steps::{holdable, kinds, steps, tables};
pub use when::When;
pub use worker::{Manner, Worker};

use crate::control::{Control, Job, Outcome, Progress};
use async_trait::async_trait;
use parking_lot::Mutex;
use std::time::Duration;

/// What does jobs of a kind. It may be stopped at any `await`, killed at any instant, and run again at any time: what it has
/// done by then has to count once.
#[async_trait]
pub trait Work: Send + Sync {
    /// The kind.
    fn kind(&self) -> &'static str;

    /// How long a try may take.
    fn limit(&self) -> Duration {
        Duration::from_secs(3600)
    }

    /// Does a job.
    async fn run(&self, job: &Job, at: &AtWork) -> Outcome;
}

/// What somebody at a job tells of it.
#[derive(Debug)]
pub struct AtWork {
    control: Control,
    far: Mutex<Far>,
}

/// How far a try is, and from where it began to count.
#[derive(Debug, Default)]
struct Far {
    began: Option<(i64, u64)>,
    progress: Option<Progress>,
    /// What was last told of it.
    told: Option<Progress>,
}

impl AtWork {
    /// What somebody who begins has to tell: nothing yet.
    pub fn new(control: Control) -> Self {
        Self { control, far: Mutex::default() }
    }

    /// Tells how far the job is. A try that goes on where another was begins with what that one did.
    pub fn is(&self, done: u64, total: Option<u64>, message: &str) {
        let (now, mut far) = (self.control.now(), self.far.lock());
        let (since, before) = *far.began.get_or_insert((now, done));
        let passed = (now - since) as f64 / 1e6;
        let rate = Some((done.saturating_sub(before)) as f64 / passed).filter(|rate| rate.is_finite() && *rate > 0.0);
        let left = |total: u64, rate: f64| (total.saturating_sub(done) as f64 / rate * 1e6) as i64;
        let ends_at = rate.zip(total).map(|(rate, total)| now.saturating_add(left(total, rate)));
        far.progress = Some(Progress { done, total, message: message.to_owned(), rate, ends_at });
    }

    /// How far it is, where that is not what was told last.
    fn news(&self) -> Option<Progress> {
        let far = self.far.lock();
        far.progress.clone().filter(|progress| far.told.as_ref() != Some(progress))
    }

    /// This was told.
    fn told(&self, progress: Option<Progress>) {
        if progress.is_some() {
            self.far.lock().told = progress;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use pulse_engine::Clock;
    use std::sync::atomic::{AtomicI64, Ordering};

    #[tokio::test]
    async fn a_try_that_goes_on_knows_when_it_would_end_by_what_it_did_itself() {
        static NOW: AtomicI64 = AtomicI64::new(0);
        let folder = tempfile::tempdir().unwrap();
        let address = format!("sqlite:{}", folder.path().join("control.db").display());
        let at = AtWork::new(Control::open(&address, Clock::Moved(&NOW)).await.unwrap());
        at.is(500, Some(1000), "reading");
        assert_eq!(at.news().unwrap().rate, None);
        NOW.store(10_000_000, Ordering::Relaxed);
        at.is(600, Some(1000), "reading");
        let news = at.news().unwrap();
        assert_eq!((news.rate, news.ends_at), (Some(10.0), Some(50_000_000)), "400 more, 10 in a second");
        at.told(Some(news));
        assert_eq!(at.news(), None, "that was told");
        at.is(601, None, "reading");
        assert_eq!(at.news().unwrap().ends_at, None);
    }
}
