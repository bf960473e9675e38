//! GitHub's API over a world: GraphQL at `/graphql`, REST at `/`, and both below `/api` as GitHub Enterprise Server has them.

mod answer;
mod app;
mod exchange;
mod graphql;
mod rest;
mod token;

pub use crate::answer::Answer;
pub use app::{App, Installation};
pub use token::{TOKEN, Token};

use crate::faults::Faults;
use crate::limits::Limits;
use crate::log::Log;
use crate::world::{SharedWorld, Time};
use axum::Router;
use chrono::TimeDelta;
use parking_lot::Mutex;
use std::collections::BTreeMap;
use std::sync::Arc;
use tokio::time::Instant;

/// How a simulated GitHub is set up.
#[derive(Clone, Debug)]
pub struct Options {
    /// Tokens that are good.
    pub tokens: Vec<Token>,
    /// Whether GitHub's clock goes on from the world's `now` while the server runs. Limits then are reset in time.
    pub ticks: bool,
}

impl Default for Options {
    /// One token, which sees everything, and a clock that ticks.
    fn default() -> Self {
        Self { tokens: vec![Token::default()], ticks: true }
    }
}

/// A simulated GitHub.
#[derive(Debug)]
pub struct GitHub {
    /// What it shows.
    pub world: SharedWorld,
    /// What goes wrong with it.
    pub faults: Faults,
    /// What was asked of it.
    pub log: Log,
    /// Tokens that are good, by secret.
    pub tokens: Mutex<BTreeMap<String, Token>>,
    /// Apps that there are, by id.
    pub apps: Mutex<BTreeMap<u64, App>>,
    limits: Mutex<Limits>,
    /// When the clock began to tick.
    started: Option<Instant>,
}

impl GitHub {
    /// A GitHub that shows a world.
    pub fn new(world: SharedWorld, options: Options) -> Arc<Self> {
        Arc::new(Self {
            world,
            faults: Faults::default(),
            log: Log::default(),
            tokens: Mutex::new(options.tokens.into_iter().map(|t| (t.secret.clone(), t)).collect()),
            apps: Mutex::default(),
            limits: Mutex::new(Limits::default()),
            started: options.ticks.then(Instant::now),
        })
    }

    /// GitHub's clock: the world's, and the time that has passed since the start.
    pub fn now(&self) -> Time {
        let passed = self.started.map_or(0, |s| s.elapsed().as_secs());
        self.world.lock().now + TimeDelta::seconds(i64::try_from(passed).unwrap_or_default())
    }

    /// The routes. Errors and faults of the connection need that it is served over HTTP/1.
    pub fn router(self: &Arc<Self>) -> Router {
        Router::new().fallback(exchange::exchange).with_state(Arc::clone(self))
    }

    /// Gives every token a whole hour's requests again.
    pub fn reset_limits(&self) {
        *self.limits.lock() = Limits::default();
    }
}
