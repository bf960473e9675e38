//! What Jira would send to a webhook.

use super::sign;
use crate::world::Time;
use serde_json::Value;

/// One delivery of one of Jira's events.
#[derive(Clone, Debug, PartialEq)]
pub struct JiraDelivery {
    /// The event's name, which the body tells as `webhookEvent`.
    pub event: &'static str,
    /// The delivery's id, for `X-Atlassian-Webhook-Identifier`. It is the same when a delivery is tried again.
    pub id: String,
    /// When it happened.
    pub at: Time,
    /// The body.
    pub payload: Value,
}

impl JiraDelivery {
    pub(crate) fn new(event: &'static str, id: i64, at: Time, payload: Value) -> Self {
        Self { event, id: format!("{:x}-{id:012x}", at.timestamp()), at, payload }
    }

    /// The body as it is sent, and the headers that come with it for a webhook with this secret.
    pub fn request(&self, secret: &str) -> (Vec<(&'static str, String)>, String) {
        let body = self.payload.to_string();
        let headers = vec![
            ("Content-Type", "application/json; charset=UTF-8".to_owned()),
            ("User-Agent", "Atlassian Webhook HTTP Client".to_owned()),
            ("X-Atlassian-Webhook-Identifier", self.id.clone()),
            ("X-Hub-Signature", sign(secret.as_bytes(), body.as_bytes())),
        ];
        (headers, body)
    }
}
