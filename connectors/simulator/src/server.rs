//! A simulated GitHub behind an address.

use crate::github::{GitHub, Options};
use crate::world::SharedWorld;
use std::io;
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// A simulated GitHub on a port of its own. It stops when this is dropped.
#[derive(Debug)]
pub struct Server {
    /// Where it is, without a slash at the end: REST is at this address, GraphQL at `/graphql` below it.
    pub url: String,
    /// What it serves: the world, the faults, the log and the tokens.
    pub github: Arc<GitHub>,
    task: JoinHandle<io::Result<()>>,
}

impl Server {
    /// Serves a world on a free port of 127.0.0.1.
    ///
    /// # Errors
    /// When no port can be listened on.
    pub async fn start(world: SharedWorld, options: Options) -> io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let url = format!("http://{}", listener.local_addr()?);
        let github = GitHub::new(world, options);
        let task = tokio::spawn(serve(listener, Arc::clone(&github)));
        Ok(Self { url, github, task })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Serves a simulated GitHub on a listener, for as long as the future is polled.
///
/// # Errors
/// When the listener fails.
pub async fn serve(listener: TcpListener, github: Arc<GitHub>) -> io::Result<()> {
    axum::serve(listener, github.router()).await
}
