//! The threads that questions are answered on, and the places there.

use crate::{Error, Result, TenantId};
use datafusion::error::DataFusionError;
use parking_lot::Mutex;
use std::collections::HashMap;
use std::sync::{Arc, LazyLock, OnceLock, Weak};
use std::{io, thread};
use tokio::runtime::{Builder, Handle, Runtime};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// How many questions are answered at once for each core of the machine; the others wait for their turn.
const PLACES_PER_CORE: usize = 2;
/// Plans are trees, and some steps of planning take stack for each level of them.
const STACK_BYTES: usize = 32 << 20;

/// How many threads of this process run at once. Asked once: the answer is read from files.
pub(crate) fn cores() -> usize {
    static CORES: LazyLock<usize> = LazyLock::new(|| thread::available_parallelism().map_or(1, usize::from));
    *CORES
}

/// How many questions are answered at once in this process.
pub fn places() -> usize {
    cores() * PLACES_PER_CORE
}

/// Where questions are planned and run: apart from whoever asked, so that a long step of one does not keep a server from
/// its other requests, and no more at once than the machine has use for.
#[derive(Clone, Debug)]
pub(super) struct Workers {
    pub(super) threads: Handle,
    places: Arc<Semaphore>,
    of_tenant: Option<Arc<Semaphore>>,
}

/// A place that was given. It is free again when this is dropped.
#[derive(Debug)]
pub(super) struct Taken {
    _of_tenant: Option<OwnedSemaphorePermit>,
    _place: OwnedSemaphorePermit,
}

impl Workers {
    /// Those of this process.
    pub(super) fn of_the_process() -> Result<Self> {
        // Never dropped: a runtime must not be dropped where tasks run, and its threads end with the process.
        static THREADS: OnceLock<io::Result<(Runtime, Arc<Semaphore>)>> = OnceLock::new();
        let started = THREADS.get_or_init(|| {
            let mut threads = Builder::new_multi_thread();
            threads.worker_threads(cores()).thread_name("pulse-query").thread_stack_size(STACK_BYTES).enable_all();
            Ok((threads.build()?, Arc::new(Semaphore::new(places()))))
        });
        match started {
            Ok((threads, places)) => {
                Ok(Self { threads: threads.handle().clone(), places: Arc::clone(places), of_tenant: None })
            }
            Err(error) => Err(Error::Query(DataFusionError::IoError(io::Error::new(error.kind(), error.to_string())))),
        }
    }

    /// Others, with so many places.
    #[cfg(test)]
    pub(super) fn on(threads: Handle, places: usize) -> Self {
        Self { threads, places: Arc::new(Semaphore::new(places)), of_tenant: None }
    }

    /// The same for a tenant, of which no more questions stand in the line for places than there are: whatever else it asks waits
    /// in a line of its own, so that another's question is behind that many and no more.
    pub(super) fn of(self, tenant: &TenantId) -> Self {
        static OF_TENANTS: Mutex<Option<HashMap<TenantId, Weak<Semaphore>>>> = Mutex::new(None);
        let mut all = OF_TENANTS.lock();
        let all = all.get_or_insert_default();
        let known = all.get(tenant).and_then(Weak::upgrade);
        let own = known.unwrap_or_else(|| {
            all.retain(|_, own| own.strong_count() > 0);
            let own = Arc::new(Semaphore::new(places()));
            all.insert(tenant.clone(), Arc::downgrade(&own));
            own
        });
        Self { of_tenant: Some(own), ..self }
    }

    /// Waits for a place.
    pub(super) async fn place(&self) -> Result<Taken> {
        let of_tenant = match &self.of_tenant {
            Some(own) => Some(taken(own).await?),
            None => None,
        };
        Ok(Taken { _of_tenant: of_tenant, _place: taken(&self.places).await? })
    }

    /// What is told when none was free in time.
    pub(super) fn busy(&self) -> Error {
        Error::Busy(
            "as many queries run as are answered at once, and none of them ended in time: try again in a moment".into(),
        )
    }
}

async fn taken(places: &Arc<Semaphore>) -> Result<OwnedSemaphorePermit> {
    let taken = Arc::clone(places).acquire_owned().await;
    taken.map_err(|closed| Error::Query(DataFusionError::External(Box::new(closed))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn however_much_a_tenant_asks_another_waits_behind_as_many_as_there_are_places() {
        let one_place = Workers::on(Handle::current(), 1);
        let [much, little] = ["workers-much", "workers-little"].map(|name| TenantId::new(name).unwrap());
        let held = one_place.place().await.unwrap();
        let served = Arc::new(Mutex::new(Vec::new()));
        let mut asked = tokio::task::JoinSet::new();
        for tenant in std::iter::repeat_n(&much, 10 * places()).chain([&little]) {
            let (workers, name, served) = (one_place.clone().of(tenant), tenant.to_string(), Arc::clone(&served));
            asked.spawn(async move {
                let place = workers.place().await.unwrap();
                served.lock().push(name);
                tokio::task::yield_now().await;
                drop(place);
            });
            // It stands in its line before the next one comes.
            tokio::task::yield_now().await;
        }
        drop(held);
        while asked.join_next().await.is_some() {}
        let served = served.lock();
        assert_eq!(served.len(), 10 * places() + 1);
        assert_eq!(served.iter().position(|name| name == little.as_str()), Some(places()));
    }
}
