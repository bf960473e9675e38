//! The object store below the lake, and the fence around each tenant's part of it.

use super::costs::{Counter, Upload, listing, note_bytes, request, request_of};
use super::pieces::Pieces;
use super::small::SmallFiles;
use crate::entities::Layer;
use crate::{Error, Result, TenantId};
use async_trait::async_trait;
use datafusion::error::{DataFusionError, Result as DfResult};
use datafusion::execution::object_store::{ObjectStoreRegistry, ObjectStoreUrl};
use futures::stream::{BoxStream, StreamExt as _};
use object_store::path::Path;
use object_store::{
    CopyOptions, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta, ObjectStore, ObjectStoreExt as _,
    ObjectStoreScheme, PutMultipartOptions, PutOptions, PutPayload, PutResult, RenameOptions, Result as StoreResult,
};
use std::fmt;
use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;
use tracing::Instrument as _;
use url::Url;

/// The root of a lake: a store, and the path and address in it below which everything stands.
pub(crate) struct Root {
    pub(crate) store: Arc<dyn ObjectStore>,
    pub(crate) base: Path,
    pub(crate) url: Url,
}

impl Root {
    pub(crate) fn open(address: &str, options: &[(String, String)]) -> Result<Self> {
        let url = Self::address_of(address)?;
        let (store, base) = object_store::parse_url_opts(&url, options.iter().map(|(k, v)| (k.as_str(), v.as_str())))
            .map_err(|e| refused(address, &unsupported(e)))?;
        Ok(Self { store: Arc::from(store), base, url })
    }

    /// The address, where a root may be there. Its store is asked for nothing.
    pub(crate) fn address_of(address: &str) -> Result<Url> {
        let refuse = |reason: &str| refused(address, reason);
        let url = Url::parse(address).map_err(|e| {
            refuse(&format!("{e}; an address looks like file:///var/lib/pulse, s3://bucket/prefix or memory://"))
        })?;
        if url.scheme() == "file" {
            let path = url.to_file_path().map_err(|()| refuse("a file address needs an absolute path"))?;
            // The folder is made by the first write: a mistyped address that is only read leaves nothing behind.
            if path.exists() && !path.is_dir() {
                return Err(refuse("there is a file of that name: a lake needs a folder of its own"));
            }
        }
        ObjectStoreScheme::parse(&url).map_err(|e| refuse(&unsupported(e)))?;
        Ok(url)
    }

    pub(crate) fn over(store: Arc<dyn ObjectStore>) -> Result<Self> {
        let address = "memory:///";
        let url =
            Url::parse(address).map_err(|e| Error::InvalidLake { url: address.to_owned(), reason: e.to_string() })?;
        Ok(Self { store, base: Path::default(), url })
    }

    /// The folder of a path below the root, where the store is a disk.
    pub(crate) fn folder(&self, path: &Path) -> Option<PathBuf> {
        if self.url.scheme() == "file" { self.address(path).ok()?.to_file_path().ok() } else { None }
    }

    /// The address of a path below the root, as the Delta log names it.
    pub(crate) fn address(&self, path: &Path) -> Result<Url> {
        let mut url = self.url.clone();
        url.set_query(None);
        let unfit = || Error::InvalidLake { url: self.url.to_string(), reason: "it has no place for paths".into() };
        // Segment by segment, so that what is special in an address is encoded.
        url.path_segments_mut().map_err(|()| unfit())?.clear().extend(path.parts()).push("");
        Ok(url)
    }
}

/// Why no root can be at an address, which the libraries' messages may quote.
fn refused(address: &str, reason: &str) -> Error {
    let shown = without_credentials(address);
    Error::InvalidLake { reason: reason.replace(address, &shown), url: shown }
}

fn unsupported(error: impl fmt::Display) -> String {
    format!("{error}; is the scheme one that this build supports (file, memory, s3)?")
}

/// An address without user, password and query, for messages.
pub(super) fn without_credentials(address: &str) -> String {
    match Url::parse(address) {
        Ok(mut url) => {
            // Setting fails only for addresses that cannot hold credentials.
            let _ = url.set_username("");
            let _ = url.set_password(None);
            url.set_query(None);
            url.to_string()
        }
        Err(_) => address.split('?').next().unwrap_or_default().to_owned(),
    }
}

/// A store that refuses every path that does not stand below one prefix, and counts what it is asked for. It may keep small data files in
/// memory, and pieces of larger ones, which are told to whoever may ask for their paths.
///
/// Paths stay whole (they are not re-rooted), since caches of file metadata are keyed by path: two tenants' files can so
/// never be taken for each other.
#[derive(Clone, Debug)]
pub(crate) struct Confined {
    inner: Arc<dyn ObjectStore>,
    prefix: Path,
    counter: Arc<Counter>,
    small: Option<Arc<SmallFiles>>,
    pieces: Option<Arc<Pieces>>,
    /// Whether questions read here, of whom pieces are kept.
    is_asked: bool,
}

impl Confined {
    pub(super) fn new(inner: Arc<dyn ObjectStore>, prefix: Path, counter: Arc<Counter>) -> Self {
        Self { inner, prefix, counter, small: None, pieces: None, is_asked: false }
    }

    /// The same, which keeps small data files among these.
    pub(super) fn with_small_files(self, small: Option<Arc<SmallFiles>>) -> Self {
        Self { small, ..self }
    }

    /// The same, where pieces of data files are kept among these once they are [asked](Self::asked) for, until their file goes.
    pub(super) fn with_pieces(self, pieces: Option<Arc<Pieces>>) -> Self {
        Self { pieces, ..self }
    }

    /// The same for questions.
    pub(super) fn asked(self) -> Self {
        Self { is_asked: true, ..self }
    }

    /// Whether a file is the data of a table: nobody writes such a one again.
    fn is_data(&self, at: &Path) -> bool {
        let is_data = |name: &str| name.starts_with("part-") && name.ends_with(".parquet");
        let is_of_a_table = |at: &Path| {
            let first = at.prefix_match(&self.prefix).and_then(|mut below| below.next());
            first.is_some_and(|first| Layer::ALL.iter().any(|layer| layer.name() == first.as_ref()))
        };
        at.filename().is_some_and(is_data) && is_of_a_table(at)
    }

    /// The small files that one is kept among.
    fn kept(&self, at: &Path) -> Option<&SmallFiles> {
        self.small.as_deref().filter(|_| self.is_data(at))
    }

    /// The pieces that those of a file are kept among.
    fn kept_pieces(&self, at: &Path) -> Option<&Pieces> {
        self.pieces.as_deref().filter(|_| self.is_data(at))
    }

    /// These pieces of a file, all asked of the store.
    async fn read(&self, at: &Path, ranges: &[Range<u64>]) -> StoreResult<Vec<bytes::Bytes>> {
        self.counter.reads(ranges.len());
        let bytes: u64 = ranges.iter().map(|range| range.end.saturating_sub(range.start)).sum();
        self.counter.gives(bytes);
        self.inner.get_ranges(at, ranges).instrument(request_of("read", bytes)).await
    }

    /// Another file is to be at a path.
    fn replaces(&self, at: &Path) {
        if let Some(small) = self.kept(at) {
            small.replace(at);
        }
        if let Some(pieces) = self.kept_pieces(at) {
            pieces.replace(at);
        }
    }

    /// A file goes, or is gone.
    fn deletes(&self, at: &Path) {
        if let Some(small) = self.kept(at) {
            small.remove(at);
        }
        if let Some(pieces) = self.kept_pieces(at) {
            pieces.remove(at);
        }
    }

    fn check(&self, path: &Path) -> StoreResult<()> {
        if path.prefix_matches(&self.prefix) {
            return Ok(());
        }
        Err(object_store::Error::PermissionDenied {
            path: path.to_string(),
            source: format!("outside of {}", self.prefix).into(),
        })
    }

    /// A listing without a prefix is one of the whole fence.
    fn listed(&self, prefix: Option<&Path>) -> StoreResult<Path> {
        let prefix = prefix.unwrap_or(&self.prefix);
        self.check(prefix)?;
        self.counter.lists();
        Ok(prefix.clone())
    }
}

impl fmt::Display for Confined {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} below {}", self.inner, self.prefix)
    }
}

#[async_trait]
impl ObjectStore for Confined {
    async fn put_opts(&self, at: &Path, payload: PutPayload, options: PutOptions) -> StoreResult<PutResult> {
        self.check(at)?;
        self.replaces(at);
        let bytes = payload.content_length();
        self.counter.writes(bytes);
        self.inner.put_opts(at, payload, options).instrument(request_of("write", bytes as u64)).await
    }

    async fn put_multipart_opts(
        &self,
        at: &Path,
        options: PutMultipartOptions,
    ) -> StoreResult<Box<dyn MultipartUpload>> {
        self.check(at)?;
        self.replaces(at);
        self.counter.writes(0);
        let inner = self.inner.put_multipart_opts(at, options).instrument(request_of("write", 0)).await?;
        Ok(Box::new(Upload { inner, counter: self.counter.clone() }))
    }

    async fn get_opts(&self, at: &Path, options: GetOptions) -> StoreResult<GetResult> {
        self.check(at)?;
        let small = self.kept(at);
        if let Some(kept) = small.and_then(|small| small.get(at, &options)) {
            return Ok(kept);
        }
        let gone = small.map(SmallFiles::gone);
        self.counter.reads(1);
        let (is_head, span) = (options.head, request("read"));
        let got = self.inner.get_opts(at, options).instrument(span.clone()).await?;
        let bytes = if is_head { 0 } else { got.range.end.saturating_sub(got.range.start) };
        self.counter.gives(bytes);
        note_bytes(&span, bytes);
        match small.zip(gone).filter(|_| !is_head) {
            Some((small, gone)) => small.keep(at, got, gone).await,
            None => Ok(got),
        }
    }

    async fn get_ranges(&self, at: &Path, ranges: &[Range<u64>]) -> StoreResult<Vec<bytes::Bytes>> {
        self.check(at)?;
        if let Some(small) = self.kept(at) {
            if let Some(kept) = small.get_ranges(at, ranges) {
                return Ok(kept);
            }
            // What begins with the first byte may be all of it, as where the footer of a small file is wanted: that is told with its size.
            if let [range] = ranges
                && range.start == 0
            {
                return Ok(vec![self.get_range(at, range.clone()).await?]);
            }
        }
        let Some(pieces) = self.kept_pieces(at).filter(|_| self.is_asked) else {
            return self.read(at, ranges).await;
        };
        let (gone, mut known) = (pieces.gone(), pieces.get(at, ranges));
        let unknown: Vec<Range<u64>> =
            ranges.iter().zip(&known).filter(|(_, known)| known.is_none()).map(|(range, _)| range.clone()).collect();
        if !unknown.is_empty() {
            let read = self.read(at, &unknown).await?;
            for ((range, piece), place) in
                unknown.iter().zip(read).zip(known.iter_mut().filter(|known| known.is_none()))
            {
                pieces.keep(at, range, &piece, gone);
                *place = Some(piece);
            }
        }
        let whole: Vec<_> = known.into_iter().flatten().collect();
        // A store that gives fewer than it was asked for.
        if whole.len() < ranges.len() { self.read(at, ranges).await } else { Ok(whole) }
    }

    fn delete_stream(&self, paths: BoxStream<'static, StoreResult<Path>>) -> BoxStream<'static, StoreResult<Path>> {
        let (fence, after) = (self.clone(), self.clone());
        let checked = paths.map(move |path| {
            let path = path?;
            fence.check(&path)?;
            fence.deletes(&path);
            fence.counter.deletes();
            Ok(path)
        });
        // Who read it in between may keep it until here.
        let deleted = self.inner.delete_stream(checked.boxed()).inspect(move |path| {
            if let Ok(path) = path {
                after.deletes(path);
            }
        });
        listing(request("delete"), deleted.boxed())
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, StoreResult<ObjectMeta>> {
        match self.listed(prefix) {
            Ok(prefix) => listing(request("list"), self.inner.list(Some(&prefix))),
            Err(refused) => futures::stream::once(async { Err(refused) }).boxed(),
        }
    }

    fn list_with_offset(&self, prefix: Option<&Path>, offset: &Path) -> BoxStream<'static, StoreResult<ObjectMeta>> {
        match self.listed(prefix) {
            Ok(prefix) => listing(request("list"), self.inner.list_with_offset(Some(&prefix), offset)),
            Err(refused) => futures::stream::once(async { Err(refused) }).boxed(),
        }
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> StoreResult<ListResult> {
        let prefix = self.listed(prefix)?;
        self.inner.list_with_delimiter(Some(&prefix)).instrument(request("list")).await
    }

    async fn copy_opts(&self, from: &Path, to: &Path, options: CopyOptions) -> StoreResult<()> {
        self.check(from)?;
        self.check(to)?;
        self.replaces(to);
        self.counter.writes(0);
        self.inner.copy_opts(from, to, options).instrument(request_of("write", 0)).await
    }

    async fn rename_opts(&self, from: &Path, to: &Path, options: RenameOptions) -> StoreResult<()> {
        self.check(from)?;
        self.check(to)?;
        self.deletes(from);
        self.replaces(to);
        self.counter.writes(0);
        self.inner.rename_opts(from, to, options).instrument(request_of("write", 0)).await
    }
}

/// The address under which a tenant's plans name its store.
pub(crate) fn store_url(tenant: &TenantId) -> Result<ObjectStoreUrl> {
    Ok(ObjectStoreUrl::parse(format!("pulse://{tenant}"))?)
}

/// A registry that knows one tenant's store and can be taught no other.
#[derive(Debug)]
pub(crate) struct OneStore {
    host: String,
    store: Arc<dyn ObjectStore>,
}

impl OneStore {
    pub(crate) fn new(tenant: &TenantId, store: Arc<dyn ObjectStore>) -> Self {
        Self { host: tenant.to_string(), store }
    }
}

impl ObjectStoreRegistry for OneStore {
    /// Refuses in silence, as the trait has no way to fail: a session has no statement that leads here.
    fn register_store(&self, _: &Url, _: Arc<dyn ObjectStore>) -> Option<Arc<dyn ObjectStore>> {
        None
    }

    fn get_store(&self, url: &Url) -> DfResult<Arc<dyn ObjectStore>> {
        if url.scheme() == "pulse" && url.host_str() == Some(&self.host) {
            return Ok(self.store.clone());
        }
        Err(DataFusionError::Plan("only this tenant's tables can be read".into()))
    }
}
