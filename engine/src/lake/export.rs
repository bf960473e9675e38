//! Reading a tenant's objects as they are, to hand all of them over.

use super::TenantLake;
use crate::{Error, Result};
use bytes::Bytes;
use futures::stream::BoxStream;
use futures::{StreamExt as _, TryStreamExt as _};
use object_store::path::Path;
use object_store::{ObjectStore as _, ObjectStoreExt as _};

/// Where a table's latest checkpoint is said to be: a hint that changes in its place, and that no reader needs.
const HINT: &str = "/_last_checkpoint";

/// An object of a tenant's part of the lake.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Object {
    /// Its path below the tenant's prefix.
    pub path: String,
    /// How long it is.
    pub bytes: u64,
    /// When it was written, in seconds since 1970.
    pub written_at: i64,
    location: Path,
}

impl TenantLake {
    /// The objects of this tenant: tables' logs first, and then the files that they name, which are listed later, so that none
    /// is missing that a log names.
    ///
    /// # Errors
    /// When storage fails.
    pub async fn objects(&self) -> Result<Vec<Object>> {
        let mut objects = self.listed(true).await?;
        objects.extend(self.listed(false).await?);
        Ok(objects)
    }

    async fn listed(&self, logs: bool) -> Result<Vec<Object>> {
        let listed = self.store.list(Some(&self.prefix)).map_err(Error::from).try_filter_map(|meta| async move {
            let parts = meta.location.prefix_match(&self.prefix);
            let path = parts.map(|parts| parts.map(|part| part.as_ref().to_owned()).collect::<Vec<_>>().join("/"));
            let wanted = path.filter(|path| path.contains("/_delta_log/") == logs && !path.ends_with(HINT));
            Ok(wanted.map(|path| Object {
                path,
                bytes: meta.size,
                written_at: meta.last_modified.timestamp(),
                location: meta.location.clone(),
            }))
        });
        let mut objects: Vec<Object> = listed.try_collect().await?;
        objects.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(objects)
    }

    /// How long one of them is now, and its bytes.
    ///
    /// # Errors
    /// When storage fails, or a vacuum has deleted it since it was listed.
    pub async fn object(&self, object: &Object) -> Result<(u64, BoxStream<'static, Result<Bytes>>)> {
        let found = self.store.get(&object.location).await?;
        Ok((found.meta.size, found.into_stream().map_err(Error::from).boxed()))
    }
}
