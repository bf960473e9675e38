//! `pulse serve`.

use super::place::Place;
use crate::http::{self, Access, App, TokenFile};
use crate::{Error, Result};
use clap::Args;
use pulse_engine::Engine;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

/// Answer over HTTP, and show the report in a browser
///
/// Who asks is known by a token, which the token file holds as its SHA-256 sum. A link for a browser is printed at each
/// start; it works once. Ctrl-C lets requests that run come to their end, for 10 seconds; a second Ctrl-C does not wait.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  pulse serve
  pulse serve --port 8080 --new-token
  curl -H \"Authorization: Bearer $TOKEN\" localhost:7878/api/v1/metrics")]
pub(super) struct Serve {
    /// The port
    #[arg(long, default_value_t = 7878)]
    port: u16,
    /// The address to listen on. Other than loopback is for a network that you trust: this speaks plain HTTP
    #[arg(long, value_name = "IP", default_value_t = IpAddr::V4(Ipv4Addr::LOCALHOST))]
    bind: IpAddr,
    /// The token file
    #[arg(long, value_name = "FILE", default_value = ".pulse/token")]
    token_file: PathBuf,
    /// Make a new token for the tenant, in the place of the old
    #[arg(long)]
    new_token: bool,
}

impl Serve {
    pub(super) async fn run(self, place: &Place) -> Result<()> {
        start_log();
        let id = place.tenant_id()?;
        let engine: Engine = place.engine().await?;
        // Before the token file: a token that is made is told once, and a port that is taken would swallow it.
        let address = SocketAddr::new(self.bind, self.port);
        let failed = |source| Error::Listen { address: address.to_string(), source };
        let listener = TcpListener::bind(address).await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        let (file, token) = TokenFile::open(&self.token_file, &id, self.new_token)?;
        let access = Arc::new(Access::new(&file, address.port())?);
        let link = access.link(&id);
        let app = App { engine, settings: place.settings.clone(), clock: place.clock, access };
        let mut text = format!("Serving tenant `{id}` on http://{address}\n");
        if let Some(token) = token {
            text.push_str(&format!("Token for programs, shown this once: {token}\n"));
        }
        text.push_str(&format!("Open in a browser (works once): http://{}/?token={link}\n", opened(address)));
        super::print(&text)?;
        let (told, stopping) = oneshot::channel();
        let stop = async {
            asked_to_stop().await;
            // The other end is gone only when the server is.
            told.send(()).ok();
        };
        tokio::select! {
            done = axum::serve(listener, http::router(app)).with_graceful_shutdown(stop) => Ok(done?),
            () = waited_enough(stopping) => Ok(()),
        }
    }
}

/// How long requests that run may take to end once the server was asked to stop.
const LAST_SECONDS: u64 = 10;

/// Until the server was asked to stop twice, or once a while ago: some connection may never end by itself.
async fn waited_enough(stopping: oneshot::Receiver<()>) {
    if stopping.await.is_err() {
        // The server ended by itself.
        return;
    }
    tokio::select! {
        () = asked_to_stop() => {}
        () = tokio::time::sleep(Duration::from_secs(LAST_SECONDS)) => {}
    }
}

/// The host and port that a browser on this machine opens: where all addresses are listened on, none of them is one.
fn opened(address: SocketAddr) -> String {
    if address.ip().is_unspecified() { format!("localhost:{}", address.port()) } else { address.to_string() }
}

/// Until someone asks the process to stop.
async fn asked_to_stop() {
    let interrupted = tokio::signal::ctrl_c();
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminated) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = interrupted => {}
                _ = terminated.recv() => {}
            }
            return;
        }
    }
    drop(interrupted.await);
}

fn start_log() {
    let filter = tracing_subscriber::EnvFilter::try_from_env("PULSE_LOG")
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("warn"));
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    // One is there already only when a test started it.
    drop(log.try_init());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_link_names_a_host_that_a_browser_can_open() {
        let link = |address: &str| opened(address.parse().unwrap());
        assert_eq!(link("0.0.0.0:7878"), "localhost:7878");
        assert_eq!(link("[::]:7878"), "localhost:7878");
        assert_eq!(link("127.0.0.1:80"), "127.0.0.1:80");
    }
}
