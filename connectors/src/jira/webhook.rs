//! What Jira calls a hook with.

use super::CONNECTOR;
use crate::{Error, Result};
use pulse_engine::land::Payload;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

/// A call, as it is landed.
#[derive(Serialize)]
struct Called<'a> {
    event: &'a str,
    payload: &'a RawValue,
}

/// What is looked at of a call's body.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Event {
    webhook_event: String,
    /// In milliseconds since 1970, by Jira's clock.
    #[serde(default)]
    timestamp: Option<i64>,
    #[serde(default)]
    issue: Option<Issue>,
}

#[derive(Deserialize)]
struct Issue {
    id: String,
}

/// What a call brings: a payload of the stream `webhooks`, of any event that there is. One that comes twice has one key.
///
/// # Errors
/// [`Error::Called`] when it is no call of Jira's.
pub fn called(header: &dyn Fn(&str) -> Option<String>, body: &[u8], at: i64) -> Result<Payload> {
    let wrong = |reason: String| Error::Called { connector: CONNECTOR, reason };
    let payload: &RawValue = serde_json::from_slice(body).map_err(|e| wrong(format!("its body is no JSON: {e}")))?;
    let event: Event =
        serde_json::from_str(payload.get()).map_err(|e| wrong(format!("it names no webhookEvent: {e}")))?;
    // Data Center numbers no calls: there, what is called for at one instant is one.
    let number = header("x-atlassian-webhook-identifier").filter(|id| !id.is_empty() && id.len() <= 100);
    let issue = event.issue.map(|issue| issue.id).unwrap_or_default();
    let key = number.unwrap_or_else(|| format!("{}/{}/{issue}", event.webhook_event, event.timestamp.unwrap_or(at)));
    // As everything else that is read is timed.
    let at = event.timestamp.and_then(|at| at.checked_mul(1000)).unwrap_or(at);
    let body = serde_json::to_string(&Called { event: &event.webhook_event, payload })?;
    Ok(Payload { stream: "webhooks".to_owned(), key, observed_at: at, body })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_is_landed_as_it_came_by_its_number_where_it_has_one() {
        let body = br#"{"timestamp": 7, "webhookEvent": "jira:issue_deleted", "n": 1e2}"#;
        let numbered =
            called(&|name| (name == "x-atlassian-webhook-identifier").then(|| "a1".to_owned()), body, 9).unwrap();
        assert_eq!((numbered.stream.as_str(), numbered.key.as_str(), numbered.observed_at), ("webhooks", "a1", 7000));
        assert!(numbered.body.starts_with(r#"{"event":"jira:issue_deleted","payload":{"timestamp": 7,"#));
        assert_eq!(called(&|_| None, body, 9).unwrap().key, "jira:issue_deleted/7/");
        for bad in ["", "{}", "[]", r#"{"webhookEvent": 1}"#] {
            assert!(matches!(called(&|_| None, bad.as_bytes(), 9), Err(Error::Called { .. })), "{bad}");
        }
    }
}
