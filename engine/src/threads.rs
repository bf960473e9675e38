//! The threads that work is done on, by how long whoever asked may wait for it.
//!
//! Each kind is as many threads as the machine runs at once. They are never dropped: a runtime must not be where tasks run, and
//! its threads end with the process.

use crate::{Error, Result};
use datafusion::error::DataFusionError;
use std::sync::{LazyLock, OnceLock};
use std::{io, thread};
use tokio::runtime::{Builder, Handle, Runtime};

/// Plans are trees, and some steps of planning take stack for each level of them.
const STACK_BYTES: usize = 32 << 20;

/// How many threads of this process run at once. Asked once: the answer is read from files.
pub(crate) fn cores() -> usize {
    static CORES: LazyLock<usize> = LazyLock::new(|| thread::available_parallelism().map_or(1, usize::from));
    *CORES
}

/// Those that questions begin on.
pub(crate) fn first() -> Result<Handle> {
    static STARTED: OnceLock<io::Result<Runtime>> = OnceLock::new();
    handle(STARTED.get_or_init(|| started("pulse-query", || ())))
}

/// Those for questions that run for long, and for what becomes of their rows: beside another thread of the process, each gets next to
/// nothing of the processor, and all of it where nothing else is to be done. Each step there should be a short one.
///
/// # Errors
/// [`Error::Query`] when the system starts no threads.
pub fn behind() -> Result<Handle> {
    static STARTED: OnceLock<io::Result<Runtime>> = OnceLock::new();
    handle(STARTED.get_or_init(|| started("pulse-behind", step_back)))
}

/// Those for work that nobody waits for at a screen: they stand as far behind as [`behind`], so that one gets no less than the other,
/// and are others, so that a step may take as long as it likes.
///
/// # Errors
/// As [`behind`].
pub fn background() -> Result<Handle> {
    static STARTED: OnceLock<io::Result<Runtime>> = OnceLock::new();
    handle(STARTED.get_or_init(|| started("pulse-jobs", step_back)))
}

fn handle(started: &io::Result<Runtime>) -> Result<Handle> {
    let told = |error: &io::Error| io::Error::new(error.kind(), error.to_string());
    let threads = started.as_ref().map_err(|error| Error::Query(DataFusionError::IoError(told(error))))?;
    Ok(threads.handle().clone())
}

/// As many threads as the machine runs at once, each of which begins with a step.
fn started(name: &str, begins: impl Fn() + Send + Sync + 'static) -> io::Result<Runtime> {
    let mut threads = Builder::new_multi_thread();
    threads.worker_threads(cores()).thread_name(name).thread_stack_size(STACK_BYTES).on_thread_start(begins);
    threads.enable_all().build()
}

/// Lets other threads have the processor first: beside one of those this one gets a seventieth of it. A small question passes through several
/// threads, and where this one got an eighth, each of them waited until it had had its slice.
fn step_back() {
    // Elsewhere than on Linux this is said of a whole process.
    #[cfg(target_os = "linux")]
    {
        use thread_priority::{ThreadPriority, set_current_thread_priority};
        // The least there is: a niceness of nineteen.
        if let Err(why) = set_current_thread_priority(ThreadPriority::Min) {
            let why = why.to_string();
            tracing::warn!(why, "what runs for long gets as much of the processor as what does not");
        }
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn threads_behind_and_those_of_jobs_let_others_have_the_processor_first_also_where_they_may_block() {
        let niceness = || {
            let told = std::fs::read_to_string("/proc/thread-self/stat").unwrap();
            // The nineteenth field; what stands in brackets may have spaces.
            told.rsplit(") ").next().unwrap().split(' ').nth(16).unwrap().parse::<i32>().unwrap()
        };
        let here = Builder::new_current_thread().build().unwrap();
        let of = |threads: Handle| {
            let both = [threads.spawn(async move { niceness() }), threads.spawn_blocking(niceness)];
            both.map(|told| here.block_on(told).unwrap())
        };
        let [first, behind, background] = [first(), behind(), background()].map(|threads| of(threads.unwrap()));
        assert!(behind[0] > first[0] && behind[0] == 19, "{behind:?}");
        assert_eq!(first, [first[0]; 2]);
        assert_eq!([behind, background], [[behind[0]; 2]; 2]);
    }
}
