//! What several benches share.

pub mod company;
pub mod house;
pub mod questions;

use std::fs;
use std::path::Path;
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
    let stat = fs::read_to_string("/proc/self/stat")?;
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
    let megabytes = memory("VmHWM:")?;
    fs::write("/proc/self/clear_refs", "5")?;
    Ok(megabytes)
}

/// The memory that this process has in use, in MB.
///
/// # Errors
/// Where the kernel does not tell it.
pub fn resident() -> Fallible<u64> {
    memory("VmRSS:")
}

fn memory(name: &str) -> Fallible<u64> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find(|line| line.starts_with(name)).ok_or("no memory is known")?;
    let kilobytes: u64 = line.split_whitespace().nth(1).ok_or("no memory is known")?.parse()?;
    Ok(kilobytes >> 10)
}

/// The same files for another tenant: what is written later is that one's alone, since no file of a lake is written over in place.
///
/// # Errors
/// When the disk takes no more, or no file may have that many names.
pub fn share(from: &Path, to: &Path) -> Fallible<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let (here, there) = (entry.path(), to.join(entry.file_name()));
        if entry.file_type()?.is_dir() {
            share(&here, &there)?;
        } else {
            fs::hard_link(&here, &there)?;
        }
    }
    Ok(())
}

/// With this said `told`, goals that are missed are told, and are no error: over a part of the data they say nothing.
const GOALS: &str = "PULSE_BENCH_GOALS";

/// How a bench ends: with an error that names the goals that were missed.
///
/// # Errors
/// Where any was, unless they are only to be told.
pub fn end<T: AsRef<str>>(missed: &[T]) -> Fallible<()> {
    ends(missed, std::env::var(GOALS).is_ok_and(|goals| goals == "told"))
}

fn ends<T: AsRef<str>>(missed: &[T], only_told: bool) -> Fallible<()> {
    if missed.is_empty() {
        return Ok(());
    }
    let names: Vec<&str> = missed.iter().map(|goal| goal.as_ref()).collect();
    let told = format!("goals are missed: {}", names.join("; "));
    if only_told {
        println!("\n{told}");
        return Ok(());
    }
    Err(told.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missed_goal_is_an_error_unless_it_is_only_told() {
        assert!(ends::<&str>(&[], false).is_ok());
        assert_eq!(ends(&["memory", "time"], false).unwrap_err().to_string(), "goals are missed: memory; time");
        assert!(ends(&["memory"], true).is_ok());
    }

    #[test]
    fn what_is_shared_stands_for_the_other_too_and_is_its_own_once_it_is_written_anew() {
        let folder = tempfile::tempdir().unwrap();
        let [from, to] = ["one", "other"].map(|name| folder.path().join(name));
        fs::create_dir_all(from.join("log")).unwrap();
        fs::write(from.join("log/0"), "first").unwrap();
        share(&from, &to).unwrap();
        fs::write(to.join("log/1"), "second").unwrap();
        assert_eq!(fs::read_to_string(to.join("log/0")).unwrap(), "first");
        assert!(!from.join("log/1").exists());
    }
}
