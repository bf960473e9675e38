//! Where a request comes from.

use super::App;
use crate::control::Visitor;
use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use std::convert::Infallible;
use std::net::{IpAddr, SocketAddr};

/// Where a request comes from, as far as that is known.
#[derive(Debug)]
pub(crate) struct Visit(pub(crate) Visitor);

impl FromRequestParts<App> for Visit {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Infallible> {
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(address)| address.ip());
        Ok(Self::of(&parts.headers, peer, app.behind_proxy))
    }
}

impl Visit {
    /// Of a request with these headers that `peer` sent.
    pub(crate) fn of(headers: &HeaderMap, peer: Option<IpAddr>, behind_proxy: bool) -> Self {
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        // A socket of both families tells an address of the older one by one of the newer.
        let peer = peer.map(|peer| peer.to_canonical());
        let address = if behind_proxy { forwarded(headers).or(peer) } else { peer };
        Self(Visitor {
            address: address.map(|address| address.to_string()).unwrap_or_default(),
            is_shared: !behind_proxy && address.is_some_and(|address| address.is_loopback()),
            agent: text(header::USER_AGENT.as_str()).unwrap_or_default().to_owned(),
        })
    }
}

/// Whom the proxy says a request comes from. Its own entry is the last of the last line, since some put a line behind that of the sender:
/// what stands before it is the sender's say-so. Some write the port, too.
fn forwarded(headers: &HeaderMap) -> Option<IpAddr> {
    let line = headers.get_all("x-forwarded-for").iter().next_back()?;
    let line = String::from_utf8_lossy(line.as_bytes());
    let last = line.rsplit(',').next()?.trim();
    let address =
        last.parse::<IpAddr>().or_else(|_| last.parse::<SocketAddr>().map(|with_port| with_port.ip())).ok()?;
    Some(address.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_proxy_says_is_the_last_entry_of_the_last_line_with_a_port_or_without() {
        let of = |lines: &[&[u8]]| {
            let mut headers = HeaderMap::new();
            for line in lines {
                headers.append("x-forwarded-for", header::HeaderValue::from_bytes(line).unwrap());
            }
            forwarded(&headers).map(|address| address.to_string())
        };
        let both = Some("198.51.100.4".to_owned());
        assert_eq!(of(&[b"203.0.113.9", b"198.51.100.4"]), both, "the first line is the sender's");
        assert_eq!(of(&[b"203.0.113.9, 198.51.100.4:51234"]), both);
        assert_eq!(of(&[b"::ffff:198.51.100.4"]), both);
        assert_eq!(of(&[b"\xff, 198.51.100.4"]), both, "whatever the sender writes");
        assert_eq!(of(&[b"[2001:db8::7]:443"]).as_deref(), Some("2001:db8::7"));
        assert_eq!(of(&[b"198.51.100.4, unknown"]), None);
        assert_eq!(of(&[]), None);
    }

    #[test]
    fn an_address_of_this_machine_is_told_and_no_tries_are_counted_by_it() {
        let headers: HeaderMap = HeaderMap::from_iter([
            (header::HeaderName::from_static("x-forwarded-for"), "203.0.113.9, 198.51.100.4".parse().unwrap()),
            (header::USER_AGENT, "test".parse().unwrap()),
        ]);
        let of = |headers: &HeaderMap, peer: &str, behind_proxy| {
            let Visit(visitor) = Visit::of(headers, peer.parse().ok(), behind_proxy);
            (visitor.place().to_owned(), visitor.address)
        };
        let both = |address: &str| (address.to_owned(), address.to_owned());
        for here in ["127.0.0.1", "::ffff:127.0.0.1"] {
            assert_eq!(
                of(&headers, here, false),
                (String::new(), "127.0.0.1".to_owned()),
                "what is said is not believed"
            );
            assert_eq!(of(&headers, here, true), both("198.51.100.4"), "but for the proxy's own entry");
            assert_eq!(of(&HeaderMap::new(), here, true), both("127.0.0.1"));
        }
        assert_eq!(of(&headers, "192.0.2.7", false), both("192.0.2.7"));
        assert_eq!(of(&HeaderMap::new(), "none", false), both(""));
    }
}
