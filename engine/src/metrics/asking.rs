//! Many questions of one session.

use super::{Answer, Question, ask};
use crate::session::Session;
use crate::{Clock, Result, Settings};
use parking_lot::Mutex;
use std::collections::HashMap;
use std::sync::Arc;
use std::thread;
use tokio::sync::{OnceCell, Semaphore};

type Cell = Arc<OnceCell<Arc<Answer>>>;

/// Questions of one session at one moment: each is answered once, however often it is asked.
pub struct Asking {
    session: Arc<Session>,
    settings: Settings,
    clock: Clock,
    answers: Mutex<HashMap<Question, Cell>>,
    turns: Semaphore,
}

impl std::fmt::Debug for Asking {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Asking").field("session", &self.session).finish_non_exhaustive()
    }
}

impl Asking {
    /// Questions of a session, which are answered as of the clock's time now.
    pub fn new(session: Arc<Session>, settings: Settings, clock: Clock) -> Self {
        // More at once would be no quicker, and hold more memory.
        let turns = Semaphore::new(thread::available_parallelism().map_or(1, usize::from));
        Self { session, settings, clock: Clock::Fixed(clock.now()), answers: Mutex::default(), turns }
    }

    /// The session.
    pub fn session(&self) -> &Arc<Session> {
        &self.session
    }

    /// What the tenant's figures are counted by.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The moment.
    pub fn clock(&self) -> Clock {
        self.clock
    }

    /// Answers a question, as [`ask`] does.
    ///
    /// # Errors
    /// As [`ask`]; what failed is asked again.
    pub async fn ask(&self, question: &Question) -> Result<Arc<Answer>> {
        let cell = Arc::clone(self.answers.lock().entry(question.clone()).or_default());
        let asked = async || {
            // It is never closed.
            let _turn = self.turns.acquire().await.ok();
            ask(&self.session, question, &self.settings, self.clock).await.map(Arc::new)
        };
        cell.get_or_try_init(asked).await.cloned()
    }
}
