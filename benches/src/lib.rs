//! What several benches share.

pub mod house;

use std::time::Instant;

/// What a bench comes to.
pub type Fallible<T> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// The time at that share of all, in hundredths, of times that are in order.
pub fn at(times: &[f64], share: usize) -> f64 {
    times.get((times.len() * share / 100).min(times.len().saturating_sub(1))).copied().unwrap_or_default()
}

/// How long it is since, in milliseconds.
pub fn ms(start: Instant) -> f64 {
    start.elapsed().as_secs_f64() * 1e3
}
