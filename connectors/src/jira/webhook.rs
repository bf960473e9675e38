//! What Jira calls a hook with.

use super::CONNECTOR;
use super::payload::Id;
use crate::ahead::told_at;
use crate::met::digits;
use crate::{Error, Result};
use pulse_engine::land::Payload;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

/// A call, as it is landed.
#[derive(Serialize)]
struct Called<'a> {
    event: &'a str,
    payload: &'a RawValue,
}

/// What is looked at of a call's body. Whatever else than its event is told in another shape keeps no call from being landed.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Event<'a> {
    webhook_event: String,
    /// In milliseconds since 1970, by Jira's clock.
    #[serde(default, borrow)]
    timestamp: Option<&'a RawValue>,
    #[serde(default, borrow)]
    issue: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Issue {
    id: Id,
}

/// What is told, where it has this shape.
fn shaped<T: DeserializeOwned>(told: Option<&RawValue>) -> Option<T> {
    serde_json::from_str(told?.get()).ok()
}

/// What a call brings that came at a time by our clock: a payload of the stream `webhooks`, of any event that there is. One that comes twice has one
/// key.
///
/// # Errors
/// [`Error::Called`] when it is no call of Jira's.
pub fn called(header: &dyn Fn(&str) -> Option<String>, body: &[u8], at: i64) -> Result<Payload> {
    let wrong = |reason: String| Error::Called { connector: CONNECTOR, reason };
    let payload: &RawValue = serde_json::from_slice(body).map_err(|e| wrong(format!("its body is no JSON: {e}")))?;
    let event: Event<'_> =
        serde_json::from_str(payload.get()).map_err(|e| wrong(format!("it names no webhookEvent: {e}")))?;
    let timestamp: Option<i64> = shaped(event.timestamp);
    // Data Center numbers no calls: what says the same of one instant is one. Several may come of one instant, as where many things are deleted.
    let number = header("x-atlassian-webhook-identifier").filter(|id| !id.is_empty() && id.len() <= 100);
    let issue = shaped::<Issue>(event.issue).map(|issue| issue.id.0).unwrap_or_default();
    let key = number.unwrap_or_else(|| {
        format!("{}/{}/{issue}/{}", event.webhook_event, timestamp.unwrap_or(at), digits(payload.get()))
    });
    // As everything else that is read is timed.
    let at = timestamp.and_then(|said| said.checked_mul(1000)).map_or(at, |said| told_at(said, at));
    let body = serde_json::to_string(&Called { event: &event.webhook_event, payload })?;
    Ok(Payload { stream: "webhooks".to_owned(), key, observed_at: at, body })
}

/// A landed call about a project.
#[derive(Deserialize)]
struct Told {
    event: String,
    payload: About,
}

#[derive(Deserialize)]
struct About {
    project: Project,
}

#[derive(Deserialize)]
struct Project {
    id: Id,
}

/// The number of the project of which a landed call tells that it was deleted, or put into the recycle bin.
pub(super) fn deleted_project(call: &str) -> Option<String> {
    let told: Told = serde_json::from_str(call).ok()?;
    let is_gone = matches!(told.event.as_str(), "project_deleted" | "project_soft_deleted");
    is_gone.then_some(told.payload.project.id.0)
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
        let unnumbered = |body: &str, at: i64| called(&|_| None, body.as_bytes(), at).unwrap().key;
        let of = |project: i64| {
            format!(r#"{{"timestamp": 7, "webhookEvent": "project_deleted", "project": {{"id": {project}}}}}"#)
        };
        assert_eq!(unnumbered(&of(1), 9), format!("project_deleted/7//{}", digits(&of(1))));
        assert_eq!(unnumbered(&of(1), 9), unnumbered(&of(1), 10), "whenever it comes");
        assert_ne!(unnumbered(&of(1), 9), unnumbered(&of(2), 9), "both were deleted in one millisecond");
        for bad in ["", "{}", "[]", r#"{"webhookEvent": 1}"#] {
            assert!(matches!(called(&|_| None, bad.as_bytes(), 9), Err(Error::Called { .. })), "{bad}");
        }
    }

    #[test]
    fn a_project_is_deleted_where_a_call_says_that() {
        let landed = |body: &str| called(&|_| None, body.as_bytes(), 9).unwrap().body;
        let of = |event: &str| {
            landed(&format!(r#"{{"webhookEvent": "{event}", "project": {{"id": 10001, "key": "PAY"}}}}"#))
        };
        let told =
            ["project_deleted", "project_soft_deleted", "project_updated"].map(|event| deleted_project(&of(event)));
        assert_eq!(told, [Some("10001".to_owned()), Some("10001".to_owned()), None]);
        assert_eq!(deleted_project(&landed(r#"{"webhookEvent": "project_deleted"}"#)), None);
    }

    #[test]
    fn a_call_of_an_odd_shape_is_landed_all_the_same() {
        for (body, key, at) in [
            (r#"{"webhookEvent": "x", "timestamp": 7, "issue": {"id": "10001"}}"#, "x/7/10001", 7000),
            (r#"{"webhookEvent": "x", "timestamp": 7, "issue": {"id": 10001}}"#, "x/7/10001", 7000),
            (r#"{"webhookEvent": "x", "timestamp": 7, "issue": "PAY-1"}"#, "x/7/", 7000),
            (r#"{"webhookEvent": "x", "timestamp": 7, "issue": {}}"#, "x/7/", 7000),
            (r#"{"webhookEvent": "x", "timestamp": 7, "issue": null}"#, "x/7/", 7000),
            (r#"{"webhookEvent": "x", "timestamp": "soon", "issue": {"id": 10001}}"#, "x/9/10001", 9),
            (r#"{"webhookEvent": "x", "timestamp": 1e300}"#, "x/9/", 9),
            // By a clock that is a day ahead, and by one that is of the year 9999.
            (r#"{"webhookEvent": "x", "timestamp": 86400000}"#, "x/86400000/", 86_400_000_000),
            (r#"{"webhookEvent": "x", "timestamp": 253402300799000}"#, "x/253402300799000/", 9),
        ] {
            let landed = called(&|_| None, body.as_bytes(), 9).unwrap();
            assert_eq!((landed.key, landed.observed_at), (format!("{key}/{}", digits(body)), at), "{body}");
        }
    }
}
