//! What people and machines do on GitHub. Each act happens at the world's `now`, keeps `updatedAt` as GitHub does and makes the
//! webhook events that GitHub would send. An act on something that is not there does nothing.

mod deployments;
mod issues;
mod merges;
mod milestones;
mod pull_requests;
mod pushes;
mod releases;
mod repositories;
mod reviews;
mod runs;

pub use deployments::NewDeployment;
pub use pull_requests::NewPullRequest;

use super::{Repository, World};
use crate::webhooks::{Delivery, payload};
use serde_json::Value;

impl World {
    /// Makes a webhook delivery about a repository, if somebody listens.
    fn deliver(
        &mut self,
        event: &'static str,
        repository: i64,
        sender: &str,
        body: impl FnOnce(&Self, &Repository) -> Value,
    ) {
        if !self.listening {
            return;
        }
        let Some(payload) = self.repositories.get(&repository).map(|r| payload(self, r, sender, body(self, r))) else {
            return;
        };
        self.last_delivery += 1;
        self.deliveries.push(Delivery::new(event, self.last_delivery, self.now, payload));
    }
}
