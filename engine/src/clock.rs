//! The only place that reads the clock.

use std::sync::atomic::{AtomicI64, Ordering};

/// Where the time comes from. Passed in wherever a step needs it, so that tests own time.
#[derive(Clone, Copy, Debug, Default)]
pub enum Clock {
    /// The machine's clock.
    #[default]
    System,
    /// Always the same instant, in microseconds since 1970.
    Fixed(i64),
    /// An instant that a test moves on by hand, in microseconds since 1970.
    Moved(&'static AtomicI64),
}

impl Clock {
    /// Now, in microseconds since 1970 (UTC).
    pub fn now(self) -> i64 {
        match self {
            #[expect(clippy::disallowed_methods, reason = "this is the clock")]
            Clock::System => chrono::Utc::now().timestamp_micros(),
            Clock::Fixed(at) => at,
            Clock::Moved(at) => at.load(Ordering::Relaxed),
        }
    }
}
