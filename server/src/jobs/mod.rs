//! Jobs: all work that is not a question. What there is to do stands in the control database; any process with workers does it.

mod steps;
mod when;
mod worker;

pub use steps::{kinds, steps, tables};
pub use when::When;
pub use worker::{Manner, Worker};

use crate::control::{Job, Outcome, Progress};
use async_trait::async_trait;
use parking_lot::Mutex;
use pulse_engine::Clock;
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
    /// Where the time comes from.
    pub clock: Clock,
    progress: Mutex<Option<Progress>>,
}

impl AtWork {
    fn new(clock: Clock) -> Self {
        Self { clock, progress: Mutex::default() }
    }

    /// Tells how far the job is.
    pub fn is(&self, done: u64, total: Option<u64>, message: &str) {
        *self.progress.lock() = Some(Progress { done, total, message: message.to_owned() });
    }

    fn progress(&self) -> Option<Progress> {
        self.progress.lock().clone()
    }
}
