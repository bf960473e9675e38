//! Erasing a tenant, as a job.

use super::{AtWork, Work};
use crate::control::{Control, ERASE, Job, Outcome};
use crate::{Error, Result};
use async_trait::async_trait;
use pulse_engine::Engine;
use std::time::Duration;

/// Erases the tenant that its job belongs to. With the tenant goes the job itself; its receipt tells how it went.
pub struct Erases {
    /// Where the tenant is known.
    pub control: Control,
    /// Where its data are.
    pub engine: Engine,
}

#[async_trait]
impl Work for Erases {
    fn kind(&self) -> &'static str {
        ERASE
    }

    fn limit(&self) -> Duration {
        Duration::from_secs(24 * 3600)
    }

    async fn run(&self, job: &Job, _at: &AtWork) -> Outcome {
        let erased: Result<_> =
            async { self.control.erase_tenant(&self.engine, &job.tenant_id()?, &job.created_by).await }.await;
        match erased {
            Ok(receipt) => {
                tracing::info!(tenant = receipt.tenant, objects = receipt.objects, "a tenant was erased");
                Outcome::Done(Vec::new())
            }
            Err(Error::Refused(refusal)) => Outcome::Hopeless(refusal.to_string()),
            Err(error) => Outcome::Failed(error.to_string()),
        }
    }
}
