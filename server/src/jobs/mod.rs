//! Jobs: all work that is not a question. What there is to do stands in the control database; any process with workers does it.

mod at_work;
mod erase;
mod kept;
mod land;
mod proof;
mod reading;
mod repositories;
mod sources;
mod steps;
mod when;
mod worker;

pub use at_work::AtWork;
pub use erase::Erases;
pub use land::Lands;
pub use reading::Reading;
pub use repositories::Repositories;
pub use sources::Sources;
pub(crate) use steps::size_of;
pub use steps::{holdable, kinds, steps};
pub use when::When;
pub use worker::{Manner, Worker};

use crate::control::{Job, Outcome};
use async_trait::async_trait;
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
