//! A store in which what is written lies over what is there, and leaves it as it is.

use crate::Result;
use async_trait::async_trait;
use futures::FutureExt as _;
use futures::stream::{self, BoxStream, StreamExt as _, TryStreamExt as _};
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::{
    CopyMode, CopyOptions, Error, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta, ObjectStore,
    ObjectStoreExt as _, PutMode, PutMultipartOptions, PutOptions, PutPayload, PutResult, Result as StoreResult,
    UploadPart,
};
use parking_lot::Mutex;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tempfile::TempDir;

/// Reads of a store, with writes into a folder of its own that is gone with the last of those who use it.
#[derive(Clone, Debug)]
pub(super) struct Overlay {
    below: Arc<dyn ObjectStore>,
    above: Arc<LocalFileSystem>,
    gone: Arc<Mutex<BTreeSet<Path>>>,
    written: Arc<AtomicU64>,
    most: u64,
    _folder: Arc<TempDir>,
}

impl Overlay {
    /// Lies over a store, and takes at most so many bytes of disk.
    ///
    /// # Errors
    /// When the disk takes no folder.
    pub(super) fn over(below: Arc<dyn ObjectStore>, most: u64) -> Result<Self> {
        let folder = tempfile::Builder::new().prefix("pulse-trial-").tempdir();
        let folder = folder.map_err(|source| Error::Generic { store: "trial", source: source.into() })?;
        let above = Arc::new(LocalFileSystem::new_with_prefix(folder.path())?);
        Ok(Self { below, above, gone: Arc::default(), written: Arc::default(), most, _folder: Arc::new(folder) })
    }

    fn is_gone(&self, path: &Path) -> bool {
        self.gone.lock().contains(path)
    }

    /// Whether there is something at a path.
    async fn is_there(&self, path: &Path) -> StoreResult<bool> {
        match self.head(path).await {
            Ok(_) => Ok(true),
            Err(Error::NotFound { .. }) => Ok(false),
            Err(error) => Err(error),
        }
    }

    fn count(&self, bytes: usize) -> StoreResult<()> {
        let before = self.written.fetch_add(bytes as u64, Ordering::Relaxed);
        if before.saturating_add(bytes as u64) <= self.most {
            return Ok(());
        }
        let source =
            format!("what is tried writes more than {} bytes, which is the most that this server lets it", self.most);
        Err(Error::Generic { store: "trial", source: source.into() })
    }

    /// All of both, in the order of their paths.
    async fn listed(&self, prefix: Option<&Path>) -> StoreResult<Vec<ObjectMeta>> {
        let below: Vec<ObjectMeta> = self.below.list(prefix).try_collect().await?;
        let above: Vec<ObjectMeta> = self.above.list(prefix).try_collect().await?;
        let mut all: BTreeMap<Path, ObjectMeta> = below.into_iter().map(|meta| (meta.location.clone(), meta)).collect();
        all.retain(|path, _| !self.is_gone(path));
        all.extend(above.into_iter().map(|meta| (meta.location.clone(), meta)));
        Ok(all.into_values().collect())
    }
}

impl fmt::Display for Overlay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a trial over {}", self.below)
    }
}

#[async_trait]
impl ObjectStore for Overlay {
    async fn put_opts(&self, at: &Path, payload: PutPayload, options: PutOptions) -> StoreResult<PutResult> {
        self.count(payload.content_length())?;
        if options.mode == PutMode::Create && !self.is_gone(at) && self.is_there(at).await? {
            let source = "it is there already".into();
            return Err(Error::AlreadyExists { path: at.to_string(), source });
        }
        let put = self.above.put_opts(at, payload, options).await?;
        self.gone.lock().remove(at);
        Ok(put)
    }

    async fn put_multipart_opts(
        &self,
        at: &Path,
        options: PutMultipartOptions,
    ) -> StoreResult<Box<dyn MultipartUpload>> {
        let inner = self.above.put_multipart_opts(at, options).await?;
        self.gone.lock().remove(at);
        Ok(Box::new(Counted { inner, all: self.clone() }))
    }

    async fn get_opts(&self, at: &Path, options: GetOptions) -> StoreResult<GetResult> {
        match self.above.get_opts(at, options.clone()).await {
            Err(Error::NotFound { .. }) if !self.is_gone(at) => self.below.get_opts(at, options).await,
            found => found,
        }
    }

    fn delete_stream(&self, paths: BoxStream<'static, StoreResult<Path>>) -> BoxStream<'static, StoreResult<Path>> {
        let all = self.clone();
        let deleted = paths.and_then(move |path| {
            let all = all.clone();
            async move {
                if !all.is_there(&path).await? {
                    return Err(Error::NotFound { path: path.to_string(), source: "it is not there".into() });
                }
                match all.above.delete(&path).await {
                    Ok(()) | Err(Error::NotFound { .. }) => {}
                    Err(error) => return Err(error),
                }
                all.gone.lock().insert(path.clone());
                Ok(path)
            }
        });
        deleted.boxed()
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, StoreResult<ObjectMeta>> {
        let (all, prefix) = (self.clone(), prefix.cloned());
        let listed =
            async move { all.listed(prefix.as_ref()).await.map(|listed| stream::iter(listed.into_iter().map(Ok))) };
        stream::once(listed).try_flatten().boxed()
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> StoreResult<ListResult> {
        let below = self.below.list_with_delimiter(prefix).await?;
        let above = self.above.list_with_delimiter(prefix).await?;
        let folders: BTreeSet<Path> = below.common_prefixes.into_iter().chain(above.common_prefixes).collect();
        let mut objects: BTreeMap<Path, ObjectMeta> =
            below.objects.into_iter().map(|meta| (meta.location.clone(), meta)).collect();
        objects.retain(|path, _| !self.is_gone(path));
        objects.extend(above.objects.into_iter().map(|meta| (meta.location.clone(), meta)));
        let (common_prefixes, objects) = (folders.into_iter().collect(), objects.into_values().collect());
        Ok(ListResult { common_prefixes, objects })
    }

    async fn copy_opts(&self, from: &Path, to: &Path, options: CopyOptions) -> StoreResult<()> {
        let bytes = self.get(from).await?.bytes().await?;
        let mode = if options.mode == CopyMode::Create { PutMode::Create } else { PutMode::Overwrite };
        self.put_opts(to, bytes.into(), PutOptions { mode, ..PutOptions::default() }).await.map(drop)
    }
}

/// An upload whose parts are counted.
#[derive(Debug)]
struct Counted {
    inner: Box<dyn MultipartUpload>,
    all: Overlay,
}

#[async_trait]
impl MultipartUpload for Counted {
    fn put_part(&mut self, data: PutPayload) -> UploadPart {
        match self.all.count(data.content_length()) {
            Ok(()) => self.inner.put_part(data),
            Err(error) => std::future::ready(Err(error)).boxed(),
        }
    }

    async fn complete(&mut self) -> StoreResult<PutResult> {
        self.inner.complete().await
    }

    async fn abort(&mut self) -> StoreResult<()> {
        self.inner.abort().await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use object_store::memory::InMemory;

    async fn names(store: &dyn ObjectStore, prefix: &str) -> Vec<String> {
        let prefix = Path::from(prefix);
        store.list(Some(&prefix)).map_ok(|meta| meta.location.to_string()).try_collect().await.unwrap()
    }

    async fn text(store: &dyn ObjectStore, at: &str) -> Option<String> {
        let found = store.get(&Path::from(at)).await.ok()?;
        Some(String::from_utf8(found.bytes().await.unwrap().to_vec()).unwrap())
    }

    #[tokio::test]
    async fn what_is_written_lies_over_what_is_there_and_leaves_it() {
        let below: Arc<dyn ObjectStore> = Arc::new(InMemory::new());
        for name in ["a/1", "a/2", "b/1"] {
            below.put(&Path::from(name), PutPayload::from_static(b"old")).await.unwrap();
        }
        let all = Overlay::over(below.clone(), 20).unwrap();
        all.put(&Path::from("a/2"), PutPayload::from_static(b"new")).await.unwrap();
        all.put(&Path::from("a/3"), PutPayload::from_static(b"new")).await.unwrap();
        all.delete(&Path::from("a/1")).await.unwrap();
        assert_eq!(names(&all, "a").await, ["a/2", "a/3"]);
        assert_eq!((text(&all, "a/1").await, text(&all, "a/2").await), (None, Some("new".to_owned())));
        assert_eq!(text(&all, "b/1").await.as_deref(), Some("old"));
        let folders = all.list_with_delimiter(None).await.unwrap();
        assert_eq!(folders.common_prefixes, [Path::from("a"), Path::from("b")]);
        assert!(matches!(all.delete(&Path::from("a/1")).await, Err(Error::NotFound { .. })));
        let create = || PutOptions { mode: PutMode::Create, ..PutOptions::default() };
        let once = |at: &'static str| {
            let all = all.clone();
            async move { all.put_opts(&Path::from(at), PutPayload::from_static(b"x"), create()).await }
        };
        assert!(matches!(once("b/1").await, Err(Error::AlreadyExists { .. })), "what is below counts, too");
        assert!(matches!(once("a/3").await, Err(Error::AlreadyExists { .. })));
        once("a/1").await.unwrap();
        all.copy(&Path::from("b/1"), &Path::from("b/2")).await.unwrap();
        assert_eq!(text(&all, "b/2").await.as_deref(), Some("old"));
        assert_eq!(names(below.as_ref(), "").await, ["a/1", "a/2", "b/1"]);
        assert_eq!(text(below.as_ref(), "a/2").await.as_deref(), Some("old"));
        let refused = all.put(&Path::from("c"), PutPayload::from_static(b"0123456789")).await.unwrap_err();
        assert!(refused.to_string().contains("more than 20 bytes"), "{refused}");
        let folder = all._folder.path().to_owned();
        assert!(folder.exists());
        drop(all);
        assert!(!folder.exists(), "nothing is left of it");
    }
}
