//! Flight SQL: the same questions and the same answers as over REST, as Arrow, for programs that speak ADBC, JDBC or Flight.
//!
//! Nothing is held for a client but the answers that are on their way: a ticket, and a prepared statement's handle, are the
//! question itself, sealed for whoever they were made for. Who asks is looked up on every call, and so is what they may see.

mod actions;
mod answer;
mod call;
mod information;
mod keys;
mod metadata;
mod parameters;
mod patterns;
mod question;
mod seal;
mod service;
mod status;
mod types;

use crate::error::whole;
use crate::http::App;
use crate::observe;
use crate::sockets::{self, Sockets};
use crate::{Error, Result};
use arrow_flight::flight_service_server::FlightServiceServer;
use axum::{Router, middleware};
use std::time::Duration;
use tokio::net::TcpListener;
use tonic::server::NamedService;
use tonic::service::Routes;
use tonic::transport::{Identity, Server, ServerTlsConfig};

/// The most bytes that a message to us may have: a statement has up to 64 kB, and its parameters up to a MiB.
const MESSAGE_BYTES: usize = 2 << 20;
/// How often a connection on which nothing happens is asked whether its client is still there, and how long that may take.
const ALIVE: Duration = Duration::from_secs(20);

/// What every call is answered with.
#[derive(Clone, Debug)]
struct Door {
    app: App,
}

/// A certificate and its key, in PEM, which the door shows in TLS.
pub struct Tls(ServerTlsConfig);

impl Tls {
    /// Of these, in PEM.
    pub fn new(certificate: &[u8], key: &[u8]) -> Self {
        // Two are built in; what is not chosen here would be chosen by a panic. One that is there already is as good.
        drop(rustls::crypto::aws_lc_rs::default_provider().install_default());
        Self(ServerTlsConfig::new().identity(Identity::from_pem(certificate, key)))
    }
}

/// Answers on `listener`, over as many connections as there is `room` for, until `stop`, and then lets the calls that run come to their end.
///
/// # Errors
/// [`Error::Usage`] when certificate and key are none, or do not belong together; [`Error::Output`] when the listener breaks.
pub async fn serve(
    app: App,
    listener: TcpListener,
    room: Sockets,
    tls: Option<Tls>,
    stop: impl Future<Output = ()>,
) -> Result<()> {
    let mut server = Server::builder().http2_keepalive_interval(Some(ALIVE)).http2_keepalive_timeout(Some(ALIVE));
    if let Some(Tls(tls)) = tls {
        server = server.tls_config(tls).map_err(|e| {
            Error::Usage(format!("the certificate and key of --tls-cert and --tls-key cannot be used: {}", whole(&e)))
        })?;
    }
    let counted = Routes::new(service(app)).into_axum_router().layer(middleware::from_fn(observe::flight));
    // Which connection a call comes over is known before all else.
    let counted = counted.layer(middleware::from_fn(sockets::told));
    let served = server.add_routes(counted.into()).serve_with_incoming_shutdown(room.incoming(listener), stop).await;
    served.map_err(|error| Error::Output(std::io::Error::other(whole(&error))))
}

/// The same calls for a server of HTTP that also speaks HTTP/2, on its port.
pub fn routes(app: App) -> Router {
    let calls = format!("/{}/{{*call}}", FlightServiceServer::<Door>::NAME);
    Router::new().route_service(&calls, service(app)).layer(middleware::from_fn(observe::flight))
}

fn service(app: App) -> FlightServiceServer<Door> {
    FlightServiceServer::new(Door { app }).max_decoding_message_size(MESSAGE_BYTES)
}
