//! What GitHub calls a hook with.

use super::CONNECTOR;
use crate::{Error, Result};
use pulse_engine::land::Payload;
use serde::Serialize;
use serde_json::value::RawValue;
use std::borrow::Cow;

/// A call, as it is landed.
#[derive(Serialize)]
struct Called<'a> {
    event: &'a str,
    payload: &'a RawValue,
}

/// What a call brings: a payload of the stream `webhooks`, of any event that there is. One that comes twice has one key.
///
/// # Errors
/// [`Error::Called`] when it is no call of GitHub's.
pub fn called(header: &dyn Fn(&str) -> Option<String>, body: &[u8], at: i64) -> Result<Payload> {
    let wrong = |reason: &str| Error::Called { connector: CONNECTOR, reason: reason.to_owned() };
    let event = header("x-github-event").ok_or_else(|| wrong("it names no event in X-GitHub-Event"))?;
    let delivery = header("x-github-delivery").filter(|id| !id.is_empty() && id.len() <= 100);
    let delivery = delivery.ok_or_else(|| wrong("it has no number in X-GitHub-Delivery"))?;
    // The other of the two content types that a webhook can be set up with.
    let is_form = header("content-type").is_some_and(|kind| kind.starts_with("application/x-www-form-urlencoded"));
    let text = if is_form {
        url::form_urlencoded::parse(body).find(|(name, _)| name == "payload").map(|(_, payload)| payload)
    } else {
        std::str::from_utf8(body).ok().map(Cow::Borrowed)
    };
    let text = text.ok_or_else(|| wrong("it holds no payload"))?;
    let payload: &RawValue = serde_json::from_str(&text).map_err(|e| wrong(&format!("its payload is no JSON: {e}")))?;
    let body = serde_json::to_string(&Called { event: &event, payload })?;
    Ok(Payload { stream: "webhooks".to_owned(), key: delivery, observed_at: at, body })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(headers: &[(&str, &str)], body: &str) -> Result<Payload> {
        let header =
            |wanted: &str| headers.iter().find(|(name, _)| *name == wanted).map(|(_, value)| (*value).to_owned());
        called(&header, body.as_bytes(), 7)
    }

    #[test]
    fn a_call_is_landed_as_it_came_by_the_number_of_its_delivery() {
        let named = [("x-github-event", "issues"), ("x-github-delivery", "72d3162e-cc78-11e3")];
        let landed = call(&named, r#"{"action": "opened", "n": 1e2}"#).unwrap();
        assert_eq!(
            (landed.stream.as_str(), landed.key.as_str(), landed.observed_at),
            ("webhooks", "72d3162e-cc78-11e3", 7)
        );
        assert_eq!(landed.body, r#"{"event":"issues","payload":{"action": "opened", "n": 1e2}}"#);
        let form = [named[0], named[1], ("content-type", "application/x-www-form-urlencoded")];
        assert_eq!(call(&form, "payload=%7B%22a%22%3A1%7D").unwrap().body, r#"{"event":"issues","payload":{"a":1}}"#);
    }

    #[test]
    fn what_is_no_call_of_githubs_is_refused() {
        let named = [("x-github-event", "issues"), ("x-github-delivery", "1")];
        for (headers, body) in
            [(&named[1..], "{}"), (&named[..1], "{}"), (&named[..], "{"), (&named[..], ""), (&named[..], "{} {}")]
        {
            assert!(matches!(call(headers, body), Err(Error::Called { .. })), "{body:?}");
        }
    }
}
