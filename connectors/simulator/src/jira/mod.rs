//! Jira's API over a world: that of Cloud at `/rest/api/3`, that of Data Center at `/rest/api/2`, and boards and sprints at
//! `/rest/agile/1.0` and what Jira knows of pull requests at `/rest/dev-status/1.0`, where the token decides which of the two
//! answers.

mod answers;
mod exchange;
mod jql;
mod oauth;
mod rest;
pub(crate) mod shapes;
mod token;
mod zone;

pub use oauth::Grant;
pub use shapes::Edition;
pub use token::{API_TOKEN, PASSWORD, PAT, Token, email};
pub use zone::Zone;

use crate::faults::Faults;
use crate::limits::Limits;
use crate::log::Log;
use crate::world::{SharedWorld, Time};
use axum::Router;
use axum::routing::any;
use chrono::TimeDelta;
use parking_lot::Mutex;
use std::collections::BTreeMap;
use std::sync::Arc;
use tokio::time::Instant;

/// Requests that a token has in an hour, unless the rules of the faults say otherwise.
const HOURLY_LIMIT: u32 = 65_000;

/// How a simulated Jira is set up.
#[derive(Clone, Debug)]
pub struct Options {
    /// Tokens that are good.
    pub tokens: Vec<Token>,
    /// Whether Jira's clock goes on from the world's `now` while the server runs.
    pub ticks: bool,
}

impl Default for Options {
    /// One token for Cloud and one for Data Center, which see everything, and a clock that ticks.
    fn default() -> Self {
        Self { tokens: vec![Token::cloud(), Token::data_center()], ticks: true }
    }
}

/// A simulated Jira.
#[derive(Debug)]
pub struct Jira {
    /// What it shows.
    pub world: SharedWorld,
    /// What goes wrong with it.
    pub faults: Faults,
    /// What was asked of it.
    pub log: Log,
    /// Tokens that are good, by secret.
    pub tokens: Mutex<BTreeMap<String, Token>>,
    /// What was granted by OAuth, by the client's id.
    pub grants: Mutex<BTreeMap<String, Grant>>,
    limits: Mutex<Limits>,
    /// When the clock began to tick.
    started: Option<Instant>,
}

impl Jira {
    /// A Jira that shows a world.
    pub fn new(world: SharedWorld, options: Options) -> Arc<Self> {
        let faults = Faults::default();
        faults.rules.lock().hourly_limit = HOURLY_LIMIT;
        Arc::new(Self {
            world,
            faults,
            log: Log::default(),
            tokens: Mutex::new(options.tokens.into_iter().map(|t| (t.secret.clone(), t)).collect()),
            grants: Mutex::default(),
            limits: Mutex::new(Limits::default()),
            started: options.ticks.then(Instant::now),
        })
    }

    /// Jira's clock: the world's, and the time that has passed since the start.
    pub fn now(&self) -> Time {
        let passed = self.started.map_or(0, |s| s.elapsed().as_secs());
        self.world.lock().now + TimeDelta::seconds(i64::try_from(passed).unwrap_or_default())
    }

    /// The routes: all that is below `/rest/`, also behind `/ex/jira/{cloud id}`, the page to log in at, and where tokens are renewed.
    pub fn router(self: &Arc<Self>) -> Router {
        Router::new()
            .route("/rest/{*path}", any(exchange::exchange))
            .route("/ex/jira/{cloud}/rest/{*path}", any(exchange::exchange))
            .route(oauth::PATH, any(exchange::exchange))
            .route("/login.jsp", any(exchange::exchange))
            .with_state(Arc::clone(self))
    }

    /// Gives every token a whole hour's requests again.
    pub fn reset_limits(&self) {
        *self.limits.lock() = Limits::default();
    }
}
