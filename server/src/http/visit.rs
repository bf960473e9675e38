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
        let address = if behind_proxy {
            // The last entry is the proxy's own; those before it are the sender's say-so.
            let last = text("x-forwarded-for").and_then(|list| list.rsplit(',').next());
            last.and_then(|last| last.trim().parse::<IpAddr>().ok()).or(peer)
        } else {
            // On this machine a proxy may sit, whose address is everybody's.
            peer.filter(|peer| !peer.is_loopback())
        };
        let address = address.map(|address| address.to_string()).unwrap_or_default();
        let agent = text(header::USER_AGENT.as_str()).unwrap_or_default().to_owned();
        Self(Visitor { address, agent })
    }
}
