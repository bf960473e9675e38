//! Webhooks: JSON, signed, with a key by which repeats are folded; and how answers to it and to chats are read.

use super::{Ending, Parcel};
use crate::Result;
use crate::secret::hex;
use aws_lc_rs::hmac;
use bytes::Bytes;
use pulse_connectors::net::{Posted, Unanswered};
use serde_json::json;

/// The body of a call.
pub(super) fn body(id: &str, parcel: &Parcel) -> Result<Bytes> {
    let mut body = serde_json::to_value(parcel)?;
    if let Some(fields) = body.as_object_mut() {
        fields.insert("id".to_owned(), json!(id));
    }
    Ok(Bytes::from(serde_json::to_vec(&body)?))
}

/// What shows that a call is ours, and when it was made: `t=SECONDS,v1=DIGITS`, HMAC-SHA-256 over `SECONDS.BODY`.
pub(super) fn signature(secret: &[u8], seconds: i64, body: &[u8]) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret);
    let mut context = hmac::Context::with_key(&key);
    context.update(format!("{seconds}.").as_bytes());
    context.update(body);
    format!("t={seconds},v1={}", hex(context.sign()))
}

/// What an answer comes to.
pub(super) fn ending(answer: Result<Posted, Unanswered>) -> Ending {
    let posted = match answer {
        Ok(posted) => posted,
        Err(lost) if lost.may_have_arrived => return Ending::Unknown(lost.reason),
        Err(lost) => return Ending::Again(None, lost.reason),
    };
    let said = format!("HTTP {} {}", posted.status, posted.said).trim_end().to_owned();
    match posted.status {
        200..300 => Ending::Delivered(said),
        // Whoever stands before the other side says that it got no answer from there, or lost it: the call may have arrived all the same.
        502 | 504 => Ending::Unknown(said),
        // Too early or too much, or another call with this key is under way.
        408 | 409 | 425 | 429 | 500..600 => Ending::Again(posted.retry_after, said),
        _ => Ending::Never(said),
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Attachment, Content};
    use super::*;
    use std::time::Duration;

    #[test]
    fn the_bytes_of_a_file_and_of_a_picture_are_base64() {
        let content = Content::Bytes(Bytes::from_static(&[0, 255, 7]));
        let file = Attachment { name: "a.pdf".into(), media_type: "application/pdf".into(), content: content.clone() };
        let parcel = Parcel { attachments: vec![file], picture: Some(content), ..Parcel::default() };
        let body: serde_json::Value = serde_json::from_slice(&body("delivery_1", &parcel).unwrap()).unwrap();
        let bytes = json!({"bytes": "AP8H"});
        let file = json!({"name": "a.pdf", "media_type": "application/pdf", "content": bytes});
        assert_eq!(
            (&body["id"], &body["attachments"], &body["picture"]),
            (&json!("delivery_1"), &json!([file]), &bytes)
        );
    }

    #[test]
    fn a_signature_is_as_openssl_makes_it() {
        // printf '1775088000.{"a":1}' | openssl dgst -sha256 -hmac plinth-otter-sundial
        let expected = "t=1775088000,v1=a8b2a4aa6c4ad15b776389b87162be488a5234701e0318be88cd4f6a2c6f207b";
        assert_eq!(signature(b"plinth-otter-sundial", 1_775_088_000, b"{\"a\":1}"), expected);
    }

    #[test]
    fn an_answer_says_whether_to_come_back_and_when() {
        let answer = |status, retry_after: Option<u64>| {
            let retry_after = retry_after.map(Duration::from_secs);
            ending(Ok(Posted { status, retry_after, said: "x".into() }))
        };
        assert_eq!(answer(204, None), Ending::Delivered("HTTP 204 x".into()));
        assert_eq!(answer(429, Some(9)), Ending::Again(Some(Duration::from_secs(9)), "HTTP 429 x".into()));
        assert_eq!(answer(500, None), Ending::Again(None, "HTTP 500 x".into()));
        assert_eq!(answer(503, Some(9)), Ending::Again(Some(Duration::from_secs(9)), "HTTP 503 x".into()));
        for gateway in [502, 504] {
            assert_eq!(answer(gateway, None), Ending::Unknown(format!("HTTP {gateway} x")));
        }
        for never in [301, 400, 401, 404, 410] {
            assert_eq!(answer(never, None).name(), "never", "{never}");
        }
        let lost = |may_have_arrived| ending(Err(Unanswered { reason: "r".into(), may_have_arrived }));
        assert_eq!((lost(true).name(), lost(false).name()), ("unknown", "again"));
    }
}
