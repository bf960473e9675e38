//! HTTP to vendors: whom a server may ask in a tenant's name, over what, for how long, and how much it listens to.
//!
//! A tenant names the address, so the answer to "where may we go?" cannot be in the tenant's hands: over [`Reach::Public`] only
//! public addresses are asked, over TLS. That is checked where names become addresses, so that no name leads inside, not even
//! one that answers differently the second time. Redirects are never followed by the client itself.

mod asking;
mod posting;
mod public;

pub(crate) use asking::{Asking, Trouble};
pub use posting::{Posted, Posting, Unanswered};

use crate::{Error, Result};
use bytes::{Bytes, BytesMut};
use chrono::DateTime;
use public::Within;
use pulse_engine::Clock;
use reqwest::header::{self, HeaderMap};
use reqwest::{Client, RequestBuilder, StatusCode};
use serde_json::Value;
use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::sync::Arc;
use std::time::Duration;
use url::{Host, Url};

/// For how long an answer is waited for, and a connection.
const PATIENCE: Duration = Duration::from_secs(60);
const CONNECTS: Duration = Duration::from_secs(10);
/// The longest answer.
const LONGEST: usize = 24 << 20;
/// The longest wait that is believed.
pub(crate) const WAITS: Duration = Duration::from_secs(24 * 3600);

/// Which addresses may be asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Reach {
    /// Public ones, over TLS.
    #[default]
    Public,
    /// Any but those of the link alone: for an operator whose vendors stand in the same house.
    Anywhere,
}

/// How patient a server is with vendors.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// How often something is asked that is not answered through no fault of ours.
    pub tries: u32,
    /// How long it waits before the second try; twice as long before each after that.
    pub first: Duration,
    /// For how long it waits by itself when a vendor asks to. Beyond that, reading ends and goes on later.
    pub waits: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self { tries: 5, first: Duration::from_millis(500), waits: Duration::from_secs(30) }
    }
}

/// How vendors are asked.
#[derive(Clone, Copy, Debug, Default)]
pub struct Manner {
    /// Which addresses may be asked.
    pub reach: Reach,
    /// How patiently.
    pub patience: Patience,
    /// What the time comes from where a vendor tells none.
    pub clock: Clock,
}

/// Between half of a pause and the whole: many that failed together should not come back together.
pub(crate) fn spread(pause: Duration) -> Duration {
    // Every such state is another, which is random enough for this.
    let chance = RandomState::new().build_hasher().finish();
    pause / 2 + pause.mul_f64((chance >> 11) as f64 / (1_u64 << 54) as f64)
}

/// A client of vendors.
#[derive(Clone, Debug)]
pub(crate) struct Http {
    client: Client,
    reach: Reach,
    /// The hosts of the operator's own proxies, which are let through when names are looked up.
    proxies: Vec<String>,
}

/// What a vendor answered.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Answer {
    /// A header's text.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// Whether it is a page for people, and no JSON.
    pub(crate) fn is_page(&self) -> bool {
        self.header(header::CONTENT_TYPE.as_str()).is_some_and(|kind| kind.contains("html"))
    }

    /// A header's number.
    pub(crate) fn number(&self, name: &str) -> Option<i64> {
        self.header(name)?.trim().parse().ok()
    }

    /// When it was given, by the vendor's clock, in microseconds since 1970.
    pub(crate) fn date(&self) -> Option<i64> {
        let date = DateTime::parse_from_rfc2822(self.header(header::DATE.as_str())?);
        date.ok().map(|date| date.timestamp_micros())
    }

    /// For how long the vendor asks to wait.
    pub(crate) fn retry_after(&self) -> Option<Duration> {
        let text = self.header(header::RETRY_AFTER.as_str())?.trim();
        if let Ok(seconds) = text.parse() {
            return Some(Duration::from_secs(seconds).min(WAITS));
        }
        let until = DateTime::parse_from_rfc2822(text).ok()?.timestamp_micros();
        Some(Duration::from_micros(u64::try_from(until - self.date()?).unwrap_or_default()).min(WAITS))
    }
}

impl Http {
    /// A client that asks where it may.
    ///
    /// # Errors
    /// [`Error::Setting`] when the machine has no certificates to trust.
    pub(crate) fn new(reach: Reach) -> Result<Self> {
        let agent = concat!("pulse/", env!("CARGO_PKG_VERSION"));
        let mut client = Client::builder().user_agent(agent).timeout(PATIENCE).connect_timeout(CONNECTS);
        let proxies = public::proxies();
        let within = Within::new(reach, proxies.clone());
        client = client.redirect(reqwest::redirect::Policy::none()).dns_resolver(Arc::new(within));
        if reach == Reach::Public {
            client = client.https_only(true);
        }
        let client =
            client.build().map_err(|e| Error::Setting(format!("no HTTPS client can be made: {}", said(&e))))?;
        Ok(Self { client, reach, proxies })
    }

    /// The client, to begin a request with.
    pub(crate) fn client(&self) -> &Client {
        &self.client
    }

    /// Refuses an address that may not be asked.
    ///
    /// # Errors
    /// [`Error::Address`].
    pub(crate) fn check(&self, url: &Url) -> Result<()> {
        let refuse = |reason: &str| Err(Error::Address { url: bare(url), reason: reason.to_owned() });
        if !url.username().is_empty() || url.password().is_some() {
            return refuse("it holds a name or password: those are given apart");
        }
        if !matches!(url.scheme(), "http" | "https") || url.host().is_none() {
            return refuse("it should begin with https:// and name a host");
        }
        if self.reach == Reach::Public && url.scheme() != "https" {
            return refuse("it is asked over https only");
        }
        let is_proxy = |host: &str| self.proxies.iter().any(|proxy| proxy.eq_ignore_ascii_case(host));
        if self.reach == Reach::Public && url.host_str().is_some_and(is_proxy) {
            return refuse("it is a proxy of this server's own, where no vendor is");
        }
        let holds = match url.host() {
            Some(Host::Ipv4(ip)) => self.reach.holds(ip.into()),
            Some(Host::Ipv6(ip)) => self.reach.holds(ip.into()),
            _ => true,
        };
        if holds { Ok(()) } else { refuse(&format!("it is {}", self.reach.beyond())) }
    }

    /// Sends a request, and listens to the whole answer.
    ///
    /// # Errors
    /// What went wrong on the way, without the address, which may hold a secret. What takes too long, or is too long, may be
    /// better when less is asked for.
    pub(crate) async fn send(&self, request: RequestBuilder) -> Result<Answer, Trouble> {
        let broken = |e: reqwest::Error| {
            if e.is_timeout() && !e.is_connect() { Trouble::TooMuch(said(&e)) } else { Trouble::Again(said(&e)) }
        };
        let mut response = request.send().await.map_err(broken)?;
        let (status, headers) = (response.status(), response.headers().clone());
        let mut body = BytesMut::new();
        while let Some(part) = response.chunk().await.map_err(broken)? {
            if body.len() + part.len() > LONGEST {
                return Err(Trouble::TooMuch(format!("its answer is longer than {} MiB", LONGEST >> 20)));
            }
            body.extend_from_slice(&part);
        }
        Ok(Answer { status, headers, body: body.freeze() })
    }
}

/// An answer's JSON.
pub(crate) fn json(answer: &Answer) -> Result<Value, Trouble> {
    serde_json::from_slice(&answer.body).map_err(|e| {
        let what =
            if answer.is_page() { "a web page instead of JSON".to_owned() } else { format!("broken JSON ({e})") };
        Trouble::Again(format!("it sent {what}"))
    })
}

/// An address without what may be secret in it.
fn bare(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    format!("{}://{host}{}", url.scheme(), url.path())
}

/// An error with all that caused it, but for the address.
fn said(error: &reqwest::Error) -> String {
    let mut text = match (error.is_timeout(), error.is_connect()) {
        (true, _) => "it did not answer in time".to_owned(),
        (_, true) => "it cannot be reached".to_owned(),
        _ => "the connection broke".to_owned(),
    };
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    // What TLS makes of a certificate is known by its words alone.
    let stranger = "its certificate is none that this server trusts";
    if text.contains("invalid peer certificate") { text.replacen("it cannot be reached", stranger, 1) } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tenant_leads_us_to_public_addresses_over_tls_alone() {
        let http = Http::new(Reach::Public).unwrap();
        let check = |url: &str| http.check(&Url::parse(url).unwrap());
        check("https://api.github.com").unwrap();
        check("https://140.82.112.5/api/v3").unwrap();
        for refused in [
            "http://api.github.com",
            "https://127.0.0.1",
            "https://[::1]/",
            "https://10.0.0.1:8443",
            "https://169.254.169.254/latest/meta-data",
            "https://2130706433/",
            "https://0x7f.1/",
            "file:///etc/passwd",
        ] {
            assert!(matches!(check(refused), Err(Error::Address { .. })), "{refused}");
        }
        let error = check("https://ada:secret@github.example.com/x?token=secret").unwrap_err().to_string();
        assert!(!error.contains("secret"), "{error}");
        Http::new(Reach::Anywhere).unwrap().check(&Url::parse("http://127.0.0.1:1").unwrap()).unwrap();
    }

    #[test]
    fn a_tenant_does_not_lead_us_to_the_proxy_of_the_operator() {
        let http = Http { proxies: vec!["proxy.example.com".to_owned()], ..Http::new(Reach::Public).unwrap() };
        let check = |url: &str| http.check(&Url::parse(url).unwrap());
        let error = check("https://Proxy.example.com:8443/x?token=secret").unwrap_err().to_string();
        assert!(error.contains("a proxy of this server's own") && !error.contains("secret"), "{error}");
        check("https://example.com").unwrap();
    }

    #[tokio::test]
    async fn a_name_that_leads_inside_is_refused_when_it_is_looked_up() {
        let http = Http::new(Reach::Public).unwrap();
        let url = "https://localhost:1/x?token=secret";
        http.check(&Url::parse(url).unwrap()).unwrap();
        let error = http.send(http.client().get(url)).await.unwrap_err().reason();
        assert!(error.contains("no public address") && !error.contains("secret"), "{error}");
    }

    #[test]
    fn a_pause_is_spread_between_its_half_and_itself() {
        let second = Duration::from_secs(1);
        let pauses: Vec<Duration> = (0..100).map(|_| spread(second)).collect();
        assert!(pauses.iter().all(|pause| (second / 2..=second).contains(pause)));
        assert!(pauses.iter().any(|pause| *pause != pauses[0]));
    }

    #[test]
    fn how_long_to_wait_is_told_in_seconds_or_by_a_date() {
        let answer = |headers: &[(&'static str, &'static str)]| Answer {
            status: StatusCode::TOO_MANY_REQUESTS,
            headers: headers.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect(),
            body: Bytes::new(),
        };
        let date = ("date", "Tue, 24 Nov 2026 10:00:00 GMT");
        assert_eq!(answer(&[("retry-after", "60")]).retry_after(), Some(Duration::from_secs(60)));
        let until = ("retry-after", "Tue, 24 Nov 2026 10:02:00 GMT");
        assert_eq!(answer(&[date, until]).retry_after(), Some(Duration::from_secs(120)));
        let before = ("retry-after", "Tue, 24 Nov 2026 09:00:00 GMT");
        assert_eq!(answer(&[date, before]).retry_after(), Some(Duration::ZERO));
        assert_eq!(answer(&[date]).retry_after(), None);
        assert_eq!(answer(&[date]).date(), Some(1_795_514_400_000_000));
    }
}
