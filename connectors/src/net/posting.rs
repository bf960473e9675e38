//! Posts to addresses that a tenant names: within reach as vendors are asked, once, and with an answer that says whether it arrived.

use super::{Answer, Http, Reach, said};
use crate::Result;
use bytes::{Bytes, BytesMut};
use reqwest::header::HeaderMap;
use std::time::Duration;
use url::Url;

/// How much of an answer is listened to: what it says is kept for people, and nobody reads more.
const LONGEST: usize = 16 << 10;

/// Posts to where it may.
#[derive(Clone, Debug)]
pub struct Posting {
    http: Http,
    patience: Duration,
}

/// What was answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Posted {
    /// The HTTP status.
    pub status: u16,
    /// For how long it asks to wait, a day at most.
    pub retry_after: Option<Duration>,
    /// The beginning of what it said.
    pub said: String,
}

/// Why there is no answer. The address, which may hold a secret, is not in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unanswered {
    /// What went wrong on the way.
    pub reason: String,
    /// Whether it may have arrived all the same.
    pub may_have_arrived: bool,
}

impl Posting {
    /// Posts within `reach`, and waits for an answer for `patience` at most.
    ///
    /// # Errors
    /// [`crate::Error::Setting`] when the machine has no certificates to trust.
    pub fn new(reach: Reach, patience: Duration) -> Result<Self> {
        Ok(Self { http: Http::new(reach)?, patience })
    }

    /// Refuses an address that may not be posted to.
    ///
    /// # Errors
    /// [`crate::Error::Address`].
    pub fn check(&self, url: &Url) -> Result<()> {
        self.http.check(url)
    }

    /// Posts once. Redirects are not followed.
    ///
    /// # Errors
    /// [`Unanswered`], also where the address may not be posted to.
    pub async fn post(&self, url: &Url, headers: HeaderMap, body: Bytes) -> Result<Posted, Unanswered> {
        let refused = |error: crate::Error| Unanswered { reason: error.to_string(), may_have_arrived: false };
        self.check(url).map_err(refused)?;
        let lost = |error: reqwest::Error| Unanswered { reason: said(&error), may_have_arrived: !error.is_connect() };
        let request = self.http.client().post(url.clone()).headers(headers).body(body).timeout(self.patience);
        let mut response = request.send().await.map_err(lost)?;
        let (status, headers) = (response.status(), response.headers().clone());
        let mut body = BytesMut::new();
        // The status has decided already: what cannot be read of the rest changes nothing.
        while let Ok(Some(part)) = response.chunk().await {
            body.extend_from_slice(&part);
            if body.len() >= LONGEST {
                break;
            }
        }
        let answer = Answer { status, headers, body: body.freeze() };
        let retry_after = answer.retry_after();
        let text = String::from_utf8_lossy(&answer.body);
        let said = text.chars().filter(|c| !c.is_control()).take(300).collect();
        Ok(Posted { status: status.as_u16(), retry_after, said })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_cannot_be_reached_has_certainly_not_arrived_and_nothing_inside_is_posted_to() {
        let patience = Duration::from_secs(2);
        let anywhere = Posting::new(Reach::Anywhere, patience).unwrap();
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let url = Url::parse(&format!("http://127.0.0.1:{port}/secret")).unwrap();
        let lost = anywhere.post(&url, HeaderMap::new(), Bytes::new()).await.unwrap_err();
        assert!(!lost.may_have_arrived && !lost.reason.contains("secret"), "{lost:?}");
        let public = Posting::new(Reach::Public, patience).unwrap();
        let refused = public.post(&url, HeaderMap::new(), Bytes::new()).await.unwrap_err();
        assert!(!refused.may_have_arrived && refused.reason.contains("https"), "{refused:?}");
    }

    #[tokio::test]
    async fn what_was_heard_but_not_answered_may_have_arrived() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = Url::parse(&format!("http://{}/", listener.local_addr().unwrap())).unwrap();
        let posting = Posting::new(Reach::Anywhere, Duration::from_millis(300)).unwrap();
        let lost = posting.post(&url, HeaderMap::new(), Bytes::from_static(b"{}")).await.unwrap_err();
        assert!(lost.may_have_arrived && lost.reason.contains("in time"), "{lost:?}");
        drop(listener);
    }
}
