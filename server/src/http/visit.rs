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
        let address = if behind_proxy {
            // The last entry is the proxy's own; those before it are the sender's say-so.
            let last = text("x-forwarded-for").and_then(|list| list.rsplit(',').next());
            last.and_then(|last| last.trim().parse::<IpAddr>().ok()).or(peer)
        } else {
            peer
        };
        Self(Visitor {
            address: address.map(|address| address.to_string()).unwrap_or_default(),
            is_shared: !behind_proxy && address.is_some_and(|address| address.is_loopback()),
            agent: text(header::USER_AGENT.as_str()).unwrap_or_default().to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
