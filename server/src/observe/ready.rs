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
///
/// Who asks while somebody looks waits for the same look and hears what comes of it: so however many ask, and nobody is asked who they
/// are, they take one connection of the database, and none of them waits for longer than one look takes.
#[derive(Clone, Debug)]
pub struct Ready {
    control: Control,
    engine: Engine,
    leaves: Arc<AtomicBool>,
    looks: Arc<Mutex<Looks>>,
}

/// A look: why what is looked at is away, if it is.
type Look<T> = BoxFuture<'static, Option<T>>;

/// The looks that are under way, for as long as anybody waits for them.
#[derive(Debug, Default)]
struct Looks {
    database: Option<WeakShared<Look<String>>>,
    store: Option<WeakShared<Look<&'static str>>>,
    /// When the object store answered last, if it did.
    answered: Option<i64>,
}

/// The look that is under way, or else this one.
fn shared<T: Clone + 'static>(
    under_way: &mut Option<WeakShared<Look<T>>>,
    look: impl FnOnce() -> Look<T>,
) -> Shared<Look<T>> {
    let known = under_way.as_ref().and_then(WeakShared::upgrade);
    if let Some(looking) = known.filter(|looking| looking.peek().is_none()) {
        return looking;
    }
    let looking = look().shared();
    *under_way = looking.downgrade();
    looking
}

impl Ready {
    /// Of a process that has these.
    pub fn new(control: Control, engine: Engine) -> Self {
        Self { control, engine, leaves: Arc::default(), looks: Arc::default() }
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
        if let Some(why) = self.looking_at_database().await {
            return Err(Error::DatabaseAway(why));
        }
        self.look_at_store().await
    }

    /// Looks whether the object store answers.
    pub(super) async fn look_at_store(&self) -> Result<()> {
        let Some(looking) = self.looking_at_store() else { return Ok(()) };
        match looking.await {
            Some(why) => Err(pulse_engine::Error::StoreAway { why }.into()),
            None => Ok(()),
        }
    }

    fn looking_at_database(&self) -> Shared<Look<String>> {
        let control = self.control.clone();
        let why = |error: Error| match error {
            Error::DatabaseAway(why) => why,
            other => other.to_string(),
        };
        let look = || async move { control.ping().await.err().map(why) }.boxed();
        shared(&mut self.looks.lock().database, look)
    }

    /// `None` where it answered a moment ago.
    fn looking_at_store(&self) -> Option<Shared<Look<&'static str>>> {
        let mut looks = self.looks.lock();
        let now = self.control.now();
        if looks.answered.is_some_and(|at| (0..HOLDS).contains(&(now - at))) {
            return None;
        }
        Some(shared(&mut looks.store, || self.clone().asks_store().boxed()))
    }

    /// Asks the object store, and notes that it answers.
    async fn asks_store(self) -> Option<&'static str> {
        let away = self.engine.lake().away().await;
        if away.is_none() {
            self.looks.lock().answered = Some(self.control.now());
        }
        away
    }
}
