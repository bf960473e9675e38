//! Putting what [`TenantLake::objects`] told of one tenant into the part of another.

use super::TenantLake;
use super::backup::written;
use super::files::FOLDER;
use crate::entities::Layer;
use crate::{Error, Result};
use bytes::Bytes;
use futures::TryStreamExt as _;
use futures::stream::BoxStream;
use object_store::path::Path;
use object_store::{ObjectStore as _, ObjectStoreExt as _};
use serde_json::Value;

/// What the path of a table's log begins with, below the table.
const LOG: &str = "/_delta_log/";
/// Where a commit tells of the table's address, which is that of whose it was.
const LOCATION: &str = "/commitInfo/operationParameters/location";

impl TenantLake {
    /// Whether there is nothing of the tenant.
    ///
    /// # Errors
    /// When storage fails.
    pub async fn is_empty(&self) -> Result<bool> {
        Ok(self.store.list(Some(&self.prefix)).try_next().await?.is_none())
    }

    /// Puts an object of a table, or a file, into its place: the bytes as they are, but for commits, which tell where the table stands. A
    /// table is there for readers once its log is: its files go before its log.
    ///
    /// # Errors
    /// [`Error::Setting`] when the path is none of a table's object and none of a file; when storage fails, or what gives the bytes does.
    pub async fn put_object(&self, path: &str, mut pieces: BoxStream<'_, Result<Bytes>>) -> Result<()> {
        let at = self.place_of(path)?;
        if let Some((table, _)) = path.split_once(LOG).filter(|(_, name)| name.ends_with(".json")) {
            let address = self.lake.root.address(&self.place_of(table)?)?;
            let mut commit = Vec::new();
            while let Some(piece) = pieces.try_next().await? {
                commit.extend_from_slice(&piece);
            }
            self.store.put(&at, moved(&commit, address.as_str())?.into()).await?;
            return Ok(());
        }
        written(&self.store, at, pieces).await
    }

    /// Where an object of a table stands, of whose path the parts are encoded already.
    fn place_of(&self, path: &str) -> Result<Path> {
        let first = path.split('/').next();
        let is_there = first == Some(FOLDER) || Layer::ALL.iter().any(|layer| first == Some(layer.name()));
        let parsed = Path::parse(format!("{}/{path}", self.prefix)).ok();
        parsed.filter(|at| is_there && at.prefix_matches(&self.prefix)).ok_or_else(|| {
            Error::Setting(format!("`{}` is no path of a tenant's tables and files", path.escape_default()))
        })
    }
}

/// A commit of a log, which tells of another address of its table.
fn moved(commit: &[u8], to: &str) -> Result<Vec<u8>> {
    let mut lines = Vec::new();
    for line in commit.split(|byte| *byte == b'\n') {
        let mut line = line.to_vec();
        if line.starts_with(b"{\"commitInfo\"") {
            let mut entry: Value = serde_json::from_slice(&line)?;
            if let Some(location) = entry.pointer_mut(LOCATION) {
                *location = Value::from(to);
                line = serde_json::to_vec(&entry)?;
            }
        }
        lines.push(line);
    }
    Ok(lines.join(&b'\n'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Engine, TenantId};
    use futures::{StreamExt as _, stream};

    #[test]
    fn a_commit_tells_of_the_new_address_and_is_otherwise_as_it_was() {
        let of = |location: &str| {
            format!(
                "{{\"commitInfo\":{{\"operation\":\"CREATE TABLE\",\"operationParameters\":{{\"location\":\"{location}\"}}}}}}\n{{\"add\":{{\"path\":\"a\"}}}}"
            )
        };
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        assert_eq!(text(moved(of("s3://a/tenant=acme/").as_bytes(), "s3://b/").unwrap()), of("s3://b/"));
        let without = "{\"commitInfo\":{\"operation\":\"WRITE\"}}\n{\"add\":{\"path\":\"commitInfo\"}}\n";
        assert_eq!(text(moved(without.as_bytes(), "s3://b/").unwrap()), without);
        assert!(moved(b"{\"commitInfo\": broken", "s3://b/").is_err());
    }

    #[tokio::test]
    async fn objects_stand_where_they_are_put_and_nowhere_but_in_tables_and_among_files() {
        let engine = Engine::open("memory://").await.unwrap();
        let lake = |name: &str| engine.tenant(&TenantId::new(name).unwrap()).lake().clone();
        let (acme, other) = (lake("acme"), lake("other"));
        assert!(acme.is_empty().await.unwrap());
        let put = async |path: &str| {
            acme.put_object(path, stream::iter([Ok(Bytes::from_static(b"a")), Ok(Bytes::from_static(b"b"))]).boxed())
                .await
        };
        put("core/commits/part-1.parquet").await.unwrap();
        put("raw/git/a%20b.parquet").await.unwrap();
        put("files/kept-reports/report_1/a.pdf").await.unwrap();
        assert_eq!(acme.file("kept-reports/report_1/a.pdf", 2).await.unwrap().unwrap(), "ab");
        let objects = acme.objects().await.unwrap();
        let paths: Vec<_> = objects.iter().map(|object| (object.path.as_str(), object.bytes)).collect();
        assert_eq!(
            paths,
            [
                ("core/commits/part-1.parquet", 2),
                ("files/kept-reports/report_1/a.pdf", 2),
                ("raw/git/a%20b.parquet", 2),
            ]
        );
        for bad in ["x", "", "core/../../tenant=other/core/x", "core//x", "files/../core/x", "../tenant=other/raw/x"] {
            assert!(put(bad).await.is_err(), "{bad:?} was accepted");
        }
        assert!(!acme.is_empty().await.unwrap() && other.is_empty().await.unwrap());
    }
}
