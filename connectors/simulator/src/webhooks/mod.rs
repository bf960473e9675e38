//! What GitHub and Jira would send to a webhook: the events that acts on a world make.

mod carrier;
mod jira;
mod signature;

pub use carrier::Carrier;
pub use jira::JiraDelivery;
pub use signature::sign;

use crate::shapes;
use crate::world::{Repository, Time, World};
use serde_json::{Value, json};

/// One delivery of an event.
#[derive(Clone, Debug, PartialEq)]
pub struct Delivery {
    /// The event's name, for `X-GitHub-Event`.
    pub event: &'static str,
    /// The delivery's id, for `X-GitHub-Delivery`.
    pub id: String,
    /// When it happened.
    pub at: Time,
    /// The body.
    pub payload: Value,
}

impl Delivery {
    pub(crate) fn new(event: &'static str, id: i64, at: Time, payload: Value) -> Self {
        Self { event, id: format!("{id:08x}-0000-4000-8000-{:012x}", at.timestamp()), at, payload }
    }

    /// The body as it is sent, and the headers that come with it for a webhook with this secret.
    pub fn request(&self, secret: &str) -> (Vec<(&'static str, String)>, String) {
        let body = self.payload.to_string();
        let headers = vec![
            ("Content-Type", "application/json".to_owned()),
            ("User-Agent", "GitHub-Hookshot/simulator".to_owned()),
            ("X-GitHub-Event", self.event.to_owned()),
            ("X-GitHub-Delivery", self.id.clone()),
            ("X-GitHub-Hook-ID", "500001".to_owned()),
            ("X-Hub-Signature-256", sign(secret.as_bytes(), body.as_bytes())),
        ];
        (headers, body)
    }
}

/// An event's body, with what all events of repositories say.
pub(crate) fn payload(world: &World, repository: &Repository, sender: &str, mut body: Value) -> Value {
    if let Some(body) = body.as_object_mut() {
        body.entry("repository").or_insert_with(|| shapes::repository(world, repository));
        body.insert("organization".to_owned(), json!({"login": world.organization.login, "id": world.organization.id}));
        body.insert("sender".to_owned(), shapes::user(world, Some(sender)));
    }
    body
}
