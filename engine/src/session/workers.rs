//! The threads that questions are answered on, and the places there.

use crate::{Error, Result};
use datafusion::error::DataFusionError;
use std::sync::{Arc, OnceLock};
use std::{io, thread};
use tokio::runtime::{Builder, Handle, Runtime};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// How many questions are answered at once for each core of the machine; the others wait for their turn.
const PLACES_PER_CORE: usize = 2;
/// Plans are trees, and some steps of planning take stack for each level of them.
const STACK_BYTES: usize = 32 << 20;

/// How many questions are answered at once in this process.
pub fn places() -> usize {
    thread::available_parallelism().map_or(1, usize::from) * PLACES_PER_CORE
}

/// Where questions are planned and run: apart from whoever asked, so that a long step of one does not keep a server from
/// its other requests, and no more at once than the machine has use for.
#[derive(Clone, Debug)]
pub(super) struct Workers {
    pub(super) threads: Handle,
    places: Arc<Semaphore>,
}

impl Workers {
    /// Those of this process.
    pub(super) fn of_the_process() -> Result<Self> {
        // Never dropped: a runtime must not be dropped where tasks run, and its threads end with the process.
        static THREADS: OnceLock<io::Result<(Runtime, Arc<Semaphore>)>> = OnceLock::new();
        let started = THREADS.get_or_init(|| {
            let cores = thread::available_parallelism().map_or(1, usize::from);
            let mut threads = Builder::new_multi_thread();
            threads.worker_threads(cores).thread_name("pulse-query").thread_stack_size(STACK_BYTES).enable_all();
            Ok((threads.build()?, Arc::new(Semaphore::new(places()))))
        });
        match started {
            Ok((threads, places)) => Ok(Self { threads: threads.handle().clone(), places: Arc::clone(places) }),
            Err(error) => Err(Error::Query(DataFusionError::IoError(io::Error::new(error.kind(), error.to_string())))),
        }
    }

    /// Others, with so many places.
    #[cfg(test)]
    pub(super) fn on(threads: Handle, places: usize) -> Self {
        Self { threads, places: Arc::new(Semaphore::new(places)) }
    }

    /// Waits for a place. It is free again when what it gave is dropped.
    pub(super) async fn place(&self) -> Result<OwnedSemaphorePermit> {
        Arc::clone(&self.places)
            .acquire_owned()
            .await
            .map_err(|closed| Error::Query(DataFusionError::External(Box::new(closed))))
    }
    /// What is told when none was free in time.
    pub(super) fn busy(&self) -> Error {
        Error::Busy(
            "as many queries run as are answered at once, and none of them ended in time: try again in a moment".into(),
        )
    }
}
