//! Whether the object store does what it is asked for.

use super::store::Confined;
use super::{Inner, Lake};
use crate::{Error, Result};
use futures::TryStreamExt as _;
use object_store::{Error as StoreError, ObjectStore as _, ObjectStoreExt as _};
use std::time::Duration;
use tokio::time::timeout;

/// How long it is waited for. Whoever asks whether a process can serve gives it two seconds.
const PATIENCE: Duration = Duration::from_millis(1500);

/// A place below the root where nothing stands: to list it is the least that can be asked for.
const NOWHERE: &str = "nowhere";

impl Lake {
    /// Asks the object store for a list of nothing. It gives one when it is there, has the lake's bucket and takes the credentials; a
    /// folder on a disk need not be there yet.
    ///
    /// # Errors
    /// [`Error::StoreAway`] with why. What the store itself says may quote the request, so it goes to the log alone.
    pub async fn ping(&self) -> Result<()> {
        self.away().await.map_or(Ok(()), |why| Err(Error::StoreAway { why }))
    }

    /// The same, told as why the object store is away; `None` when it is not. Unlike an error, that can be told to many at once.
    pub async fn away(&self) -> Option<&'static str> {
        let asked = timeout(PATIENCE, self.lists_nothing()).await;
        asked.unwrap_or(Err("it gave no list within 1.5 seconds")).err()
    }

    async fn lists_nothing(&self) -> Result<(), &'static str> {
        let Inner { root, counter, .. } = &*self.inner;
        let nowhere = root.base.clone().join(NOWHERE);
        let store = Confined::new(root.store.clone(), nowhere.clone(), counter.clone());
        let Err(error) = store.list(None).try_next().await else { return Ok(()) };
        tracing::warn!(%error, "the lake's object store gives no list");
        // Why it refuses a list is told in its own words alone; why it refuses an object has a kind.
        Err(match store.head(&nowhere).await {
            Err(StoreError::NotFound { .. }) => "it has no such bucket: make it, or mend the lake's address",
            Err(StoreError::PermissionDenied { .. } | StoreError::Unauthenticated { .. }) => {
                "it refuses the credentials: mend them, or what they may do"
            }
            _ => "it gives no list; the log has what it says",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lake::Options;

    #[tokio::test]
    async fn a_store_that_is_there_gives_a_list_of_nothing_by_one_request() {
        let folder = tempfile::tempdir().unwrap();
        // The first write makes the folder.
        for url in ["memory:///".to_owned(), format!("file://{}/lake", folder.path().display())] {
            let lake = Lake::open(&url, Options::default()).unwrap();
            lake.ping().await.unwrap();
            assert_eq!((lake.costs().lists, lake.costs().reads), (1, 0), "{url}");
        }
    }
}
