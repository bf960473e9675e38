//! A simulated GitHub and Jira behind one address.

use crate::github::{GitHub, Options};
use crate::jira::{self, Jira};
use crate::world::SharedWorld;
use axum::Router;
use std::io;
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// A simulated GitHub and Jira on a port of their own. It stops when this is dropped.
///
/// Both show the same world. Each has its own tokens, faults and log.
#[derive(Debug)]
pub struct Server {
    /// Where it is, without a slash at the end: GitHub's REST is at this address and GraphQL at `/graphql` below it. Jira is at this
    /// address, too, and all of its paths begin with `/rest/`.
    pub url: String,
    /// The GitHub that it serves: the world, the faults, the log and the tokens.
    pub github: Arc<GitHub>,
    /// The Jira that it serves, with the same world.
    pub jira: Arc<Jira>,
    task: JoinHandle<io::Result<()>>,
}

impl Server {
    /// Serves a world on a free port of 127.0.0.1. Jira has the tokens that are there by default.
    ///
    /// # Errors
    /// When no port can be listened on.
    pub async fn start(world: SharedWorld, options: Options) -> io::Result<Self> {
        let of_jira = jira::Options { ticks: options.ticks, ..jira::Options::default() };
        Self::start_both(world, options, of_jira).await
    }

    /// Serves a world on a free port of 127.0.0.1, with options for each.
    ///
    /// # Errors
    /// When no port can be listened on.
    pub async fn start_both(world: SharedWorld, of_github: Options, of_jira: jira::Options) -> io::Result<Self> {
        Self::start_on(TcpListener::bind(("127.0.0.1", 0)).await?, world, of_github, of_jira)
    }

    /// Serves a world where somebody listens already.
    ///
    /// # Errors
    /// When the listener does not say where it is.
    pub fn start_on(
        listener: TcpListener,
        world: SharedWorld,
        of_github: Options,
        of_jira: jira::Options,
    ) -> io::Result<Self> {
        let url = format!("http://{}", listener.local_addr()?);
        let github = GitHub::new(Arc::clone(&world), of_github);
        let jira = Jira::new(world, of_jira);
        let task = tokio::spawn(serve(listener, router(&github, &jira)));
        Ok(Self { url, github, jira, task })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// The routes of both.
pub fn router(github: &Arc<GitHub>, jira: &Arc<Jira>) -> Router {
    jira.router().merge(github.router())
}

/// Serves routes of a simulated GitHub, a Jira or both on a listener, for as long as the future is polled.
///
/// # Errors
/// When the listener fails.
pub async fn serve(listener: TcpListener, router: Router) -> io::Result<()> {
    axum::serve(listener, router).await
}
