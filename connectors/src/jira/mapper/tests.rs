//! What holds for payloads of all streams.

use super::*;
use serde_json::{Value, json};

fn reject(stream: &str, key: &str, body: &Value, settings: Value) -> Reject {
    let connection = Connection::new("jira:acme", settings);
    let body = body.to_string();
    let payload = RawPayload { stream, key, observed_at: 0, body: &body };
    JiraMapper.map(&connection, payload, &mut Mapped::default()).unwrap_err()
}

#[test]
fn a_stream_that_is_not_known_is_told() {
    assert!(reject("filters", "1", &json!({}), Value::Null).reason.contains("`filters`"));
}

#[test]
fn a_key_of_another_form_is_told_with_the_form_that_it_should_have() {
    for (stream, key, form) in [
        ("projects", "PAY", "<project>"),
        ("boards", "", "<board>"),
        ("sprints", "1/2", "<sprint>"),
        ("issues", "PAY-12", "<issue>"),
        ("listings", "statuses", "<stream>"),
    ] {
        let told = reject(stream, key, &json!({}), Value::Null).reason;
        assert!(told.contains(key) && told.contains(form), "{stream} {key}: {told}");
    }
}

#[test]
fn settings_that_cannot_be_read_are_told_with_each_payload_that_needs_them() {
    let told = reject("issues", "7", &json!({}), json!({"fields": {"guess": "x"}}));
    assert!(told.reason.contains("guess"), "{}", told.reason);
}

#[test]
fn what_could_not_be_read_is_a_reject_until_it_could() {
    assert_eq!(reject("problems", "PAY", &json!({"reason": "403"}), Value::Null).reason, "403");
    let connection = Connection::new("jira:acme", Value::Null);
    let payload = RawPayload { stream: "problems", key: "PAY", observed_at: 0, body: r#"{"reason":null}"# };
    JiraMapper.map(&connection, payload, &mut Mapped::default()).unwrap();
}
