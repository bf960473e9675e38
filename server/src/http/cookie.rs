//! The cookies that a browser is known by. Scripts cannot read them, and other sites cannot send them along with a change.

use crate::auth::{AWAY, Grant};
use axum::http::{HeaderMap, HeaderValue, header};

/// The names of the cookies, and whether browsers may send them over plain HTTP.
#[derive(Clone, Debug)]
pub struct Cookies {
    pub(super) access: String,
    pub(super) refresh: String,
    pub(super) away: String,
    secure: bool,
}

impl Cookies {
    /// The cookies of a server at this address for others. Browsers tell hosts apart, but not ports: two servers on one host
    /// need names of their own. Over TLS the prefix `__Host-` lets no other host set them.
    pub fn new(address: &url::Url) -> Self {
        let secure = address.scheme() == "https";
        let port = address.port_or_known_default().unwrap_or_default();
        let prefix = if secure { "__Host-pulse".to_owned() } else { format!("pulse_{port}") };
        Self { access: prefix.clone(), refresh: format!("{prefix}_refresh"), away: format!("{prefix}_away"), secure }
    }

    /// What sets them for somebody who came in.
    pub(super) fn set(&self, grant: &Grant) -> Vec<HeaderValue> {
        let mut set = vec![self.cookie(&self.access, &grant.token, grant.seconds)];
        if let Some(refresh) = &grant.refresh {
            let seconds = (grant.session.expires_at - grant.session.seen_at) / 1_000_000;
            set.push(self.cookie(&self.refresh, refresh.tell(), seconds));
        }
        set.into_iter().flatten().collect()
    }

    /// What takes them away.
    pub(super) fn clear(&self) -> Vec<HeaderValue> {
        [&self.access, &self.refresh].into_iter().filter_map(|name| self.cookie(name, "", 0)).collect()
    }

    /// What is remembered while somebody is away at their identity provider.
    pub(super) fn away(&self, remembered: &str) -> Option<HeaderValue> {
        self.cookie(&self.away, remembered, AWAY)
    }

    /// What takes that away again.
    pub(super) fn back(&self) -> Option<HeaderValue> {
        self.cookie(&self.away, "", 0)
    }

    fn cookie(&self, name: &str, value: &str, seconds: i64) -> Option<HeaderValue> {
        let secure = if self.secure { "; Secure" } else { "" };
        // Lax, not Strict: a link that was clicked on another site leads here, and a browser would leave a strict cookie out on
        // that way. What changes something is refused from elsewhere in any case.
        let text = format!("{name}={value}; Max-Age={seconds}; HttpOnly; SameSite=Lax; Path=/{secure}");
        HeaderValue::from_str(&text).ok()
    }
}

/// The value of a cookie.
pub(super) fn read<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let cookies = headers.get_all(header::COOKIE).iter().filter_map(|v| v.to_str().ok());
    let mut pairs = cookies.flat_map(|v| v.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(known, _)| *known == name).map(|(_, value)| value)
}
