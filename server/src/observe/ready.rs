//! Whether a process can serve.

use crate::control::Control;
use crate::{Error, Result};
use pulse_engine::Engine;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::sync::Mutex;

/// For how long it holds that the object store answered, in microseconds: it bills each request, and each who watches asks every few
/// seconds.
const HOLDS: i64 = 5_000_000;

/// Whether a process can serve: whoever hands out requests hears it at `/readyz`.
#[derive(Clone, Debug)]
pub struct Ready {
    control: Control,
    engine: Engine,
    leaves: Arc<AtomicBool>,
    /// When the object store answered last, if it did. It is asked by one of those who ask at once.
    answered: Arc<Mutex<Option<i64>>>,
}

impl Ready {
    /// Of a process that has these.
    pub fn new(control: Control, engine: Engine) -> Self {
        Self { control, engine, leaves: Arc::default(), answered: Arc::default() }
    }

    /// From now on the process is asked to end, and so wishes for no more requests.
    pub fn leave(&self) {
        self.leaves.store(true, Ordering::Relaxed);
    }

    /// Looks whether it can.
    ///
    /// # Errors
    /// Why it cannot: [`Error::Leaving`], [`Error::DatabaseAway`], or the engine's [`StoreAway`](pulse_engine::Error::StoreAway).
    pub async fn look(&self) -> Result<()> {
        if self.leaves.load(Ordering::Relaxed) {
            return Err(Error::Leaving);
        }
        self.control.ping().await?;
        self.look_at_store().await
    }

    /// Looks whether the object store answers.
    pub(super) async fn look_at_store(&self) -> Result<()> {
        let mut answered = self.answered.lock().await;
        let now = self.control.now();
        if !answered.is_some_and(|at| (0..HOLDS).contains(&(now - at))) {
            self.engine.lake().ping().await?;
            *answered = Some(now);
        }
        Ok(())
    }
}
