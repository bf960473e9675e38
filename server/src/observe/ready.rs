//! Whether a process can serve.

use crate::control::Control;
use crate::{Error, Result};
use futures::FutureExt as _;
use futures::future::{BoxFuture, Shared, WeakShared};
use parking_lot::Mutex;
use pulse_engine::Engine;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// For how long it holds that the object store answered, in microseconds: it bills each request, and each who watches asks every few
/// seconds.
const HOLDS: i64 = 5_000_000;

/// Whether a process can serve: whoever hands out requests hears it at `/readyz`.
#[derive(Clone, Debug)]
pub struct Ready {
    control: Control,
    engine: Engine,
    leaves: Arc<AtomicBool>,
    store: Arc<Mutex<Store>>,
}

/// What is known of the object store.
#[derive(Debug, Default)]
struct Store {
    /// When it answered last, if it did.
    answered: Option<i64>,
    /// The look at it that is under way, for as long as anybody waits for it.
    looking: Option<WeakShared<Look>>,
}

/// A look at the object store: why it is away, if it is.
type Look = BoxFuture<'static, Option<&'static str>>;

impl Ready {
    /// Of a process that has these.
    pub fn new(control: Control, engine: Engine) -> Self {
        Self { control, engine, leaves: Arc::default(), store: Arc::default() }
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

    /// Looks whether the object store answers. Who comes while somebody looks waits for the same look and hears what comes of it: however many
    /// wait for a store that is away, none of them waits for longer than one look takes.
    pub(super) async fn look_at_store(&self) -> Result<()> {
        let Some(looking) = self.looking() else { return Ok(()) };
        match looking.await {
            Some(why) => Err(pulse_engine::Error::StoreAway { why }.into()),
            None => Ok(()),
        }
    }

    /// The look that is under way, or else a new one; `None` where the object store answered a moment ago.
    fn looking(&self) -> Option<Shared<Look>> {
        let mut store = self.store.lock();
        let now = self.control.now();
        if store.answered.is_some_and(|at| (0..HOLDS).contains(&(now - at))) {
            return None;
        }
        if let Some(looking) = store.looking.as_ref().and_then(WeakShared::upgrade) {
            return Some(looking);
        }
        let looking = self.clone().looks().boxed().shared();
        store.looking = looking.downgrade();
        Some(looking)
    }

    /// Asks the object store, and notes what it answers.
    async fn looks(self) -> Option<&'static str> {
        let away = self.engine.lake().away().await;
        let mut store = self.store.lock();
        store.looking = None;
        if away.is_none() {
            store.answered = Some(self.control.now());
        }
        away
    }
}
