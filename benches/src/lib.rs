//! What several benches share.

pub mod company;
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

/// The processor time that this process took, in seconds.
///
/// # Errors
/// Where the kernel does not tell it.
pub fn processor() -> Fallible<f64> {
    let stat = std::fs::read_to_string("/proc/self/stat")?;
    let fields: Vec<&str> = stat.rsplit_once(')').ok_or("no stat")?.1.split_whitespace().collect();
    let ticks = |place: usize| -> Fallible<f64> { Ok(fields.get(place).ok_or("no time")?.parse()?) };
    // In user and in system mode, in hundredths of a second.
    Ok((ticks(11)? + ticks(12)?) / 100.0)
}

/// The most memory that this process had at once since this was last asked, in MB.
///
/// # Errors
/// Where the kernel does not tell it.
pub fn peak() -> Fallible<u64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find(|line| line.starts_with("VmHWM")).ok_or("no peak is known")?;
    let kilobytes: u64 = line.split_whitespace().nth(1).ok_or("no peak is known")?.parse()?;
    std::fs::write("/proc/self/clear_refs", "5")?;
    Ok(kilobytes >> 10)
}
