//! A tenant's files that are no table: what is made for people, such as a report, below `files/` of the tenant's prefix.

use super::TenantLake;
use crate::{Error, Result};
use bytes::Bytes;
use futures::stream::{self, BoxStream};
use futures::{StreamExt as _, TryStreamExt as _};
use object_store::buffered::{BufReader, BufWriter};
use object_store::path::Path;
use object_store::{ObjectStore as _, ObjectStoreExt as _, PutPayload};
use tokio::io::{AsyncBufReadExt as _, AsyncRead, AsyncWriteExt as _};

/// The folder, beside those of the tables.
pub(super) const FOLDER: &str = "files";
/// How many bytes of a file are in memory at a time while it is copied.
const AT_ONCE: usize = 8 << 20;
/// The longest path.
const LONGEST: usize = 500;

impl TenantLake {
    /// Writes a file, whole or not at all, over one that is there.
    ///
    /// # Errors
    /// [`Error::Setting`] when the path is none; when storage fails.
    pub async fn put_file(&self, path: &str, bytes: Bytes) -> Result<()> {
        self.store.put(&self.file_path(path)?, PutPayload::from(bytes)).await?;
        Ok(())
    }

    /// Writes a file once more somewhere else, as [`TenantLake::put_file_from`] does; `false` when there is none. It is no link to the first:
    /// what somebody does to one of them on a disk leaves the other as it is.
    ///
    /// # Errors
    /// [`Error::Setting`] when a path is none; when storage fails.
    pub async fn copy_file(&self, from: &str, to: &str) -> Result<bool> {
        let found = match self.store.head(&self.file_path(from)?).await {
            Err(object_store::Error::NotFound { .. }) => return Ok(false),
            found => found?,
        };
        self.put_file_from(to, BufReader::with_capacity(self.store.clone(), &found, AT_ONCE)).await?;
        Ok(true)
    }

    /// Writes what is read as a file, whole or not at all, over one that is there. Of a long one only a part is in memory at a time.
    ///
    /// # Errors
    /// [`Error::Setting`] when the path is none; when reading or storage fails.
    pub async fn put_file_from(&self, path: &str, mut from: impl AsyncRead + Unpin) -> Result<()> {
        let mut to = BufWriter::new(self.store.clone(), self.file_path(path)?);
        let done = match tokio::io::copy(&mut from, &mut to).await {
            Ok(_) => to.shutdown().await,
            Err(error) => {
                // What was sent of it is no file. What failed first is told.
                let _ = to.abort().await;
                Err(error)
            }
        };
        done.map_err(failed)
    }

    /// A file's bytes; `None` when there is no such file.
    ///
    /// # Errors
    /// [`Error::Setting`] when the path is none, or the file has more than `most` bytes; when storage fails.
    pub async fn file(&self, path: &str, most: u64) -> Result<Option<Bytes>> {
        let found = match self.store.get(&self.file_path(path)?).await {
            Err(object_store::Error::NotFound { .. }) => return Ok(None),
            found => found?,
        };
        if found.meta.size > most {
            let shown = path.escape_default();
            return Err(Error::Setting(format!("the file `{shown}` has {} bytes, more than {most}", found.meta.size)));
        }
        Ok(Some(found.bytes().await?))
    }

    /// How long a file is, and its bytes a part at a time; `None` when there is no such file. A part is asked for once the one before it was
    /// taken, however long whoever takes them needs.
    ///
    /// # Errors
    /// [`Error::Setting`] when the path is none; when storage fails, also later, through the stream.
    pub async fn file_parts(&self, path: &str) -> Result<Option<(u64, BoxStream<'static, Result<Bytes>>)>> {
        let found = match self.store.head(&self.file_path(path)?).await {
            Err(object_store::Error::NotFound { .. }) => return Ok(None),
            found => found?,
        };
        let from = BufReader::with_capacity(self.store.clone(), &found, AT_ONCE);
        let parts = stream::try_unfold(from, |mut from| async move {
            let part = Bytes::copy_from_slice(from.fill_buf().await.map_err(failed)?);
            from.consume(part.len());
            Ok::<_, Error>((!part.is_empty()).then_some((part, from)))
        });
        Ok(Some((found.size, parts.boxed())))
    }

    /// Removes a file; one that is not there is gone.
    ///
    /// # Errors
    /// [`Error::Setting`] when the path is none; when storage fails.
    pub async fn remove_file(&self, path: &str) -> Result<()> {
        match self.store.delete(&self.file_path(path)?).await {
            Err(object_store::Error::NotFound { .. }) => Ok(()),
            done => Ok(done?),
        }
    }

    /// The files below a folder of them: the path of each, in which letters that are not ASCII are escaped by `%`, and when it was
    /// written, in seconds since 1970.
    ///
    /// # Errors
    /// [`Error::Setting`] when the path is none; when storage fails.
    pub async fn files(&self, below: &str) -> Result<Vec<(String, i64)>> {
        let (folder, files) = (self.file_path(below)?, self.prefix.clone().join(FOLDER));
        let listed = self.store.list(Some(&folder)).try_filter_map(|meta| {
            let parts = meta.location.prefix_match(&files);
            let path = parts.map(|parts| parts.map(|part| part.as_ref().to_owned()).collect::<Vec<_>>().join("/"));
            std::future::ready(Ok(path.map(|path| (path, meta.last_modified.timestamp()))))
        });
        Ok(listed.try_collect().await?)
    }

    /// Where a file stands: `a/b.pdf` below the folder.
    fn file_path(&self, path: &str) -> Result<Path> {
        let parts: Vec<&str> = path.split('/').collect();
        let wrong = path.len() > LONGEST
            || parts.iter().any(|part| matches!(*part, "" | "." | "..") || part.chars().any(char::is_control));
        if wrong {
            let shown = path.escape_default();
            return Err(Error::Setting(format!(
                "`{shown}` is no path of a file: it should be like `reports/2026-03.pdf`"
            )));
        }
        Ok(parts.into_iter().fold(self.prefix.clone().join(FOLDER), Path::join))
    }
}

/// A failure of reading or writing a file's parts, as one of ours.
fn failed(error: std::io::Error) -> Error {
    object_store::Error::Generic { store: "files", source: Box::new(error) }.into()
}

#[cfg(test)]
mod tests {
    use crate::{Engine, TenantId};
    use bytes::Bytes;
    use futures::TryStreamExt as _;

    #[tokio::test]
    async fn a_file_is_read_as_it_was_written_and_no_path_leads_out_of_the_tenants_folder() {
        let engine = Engine::open("memory://").await.unwrap();
        let lake = |name: &str| engine.tenant(&TenantId::new(name).unwrap()).lake().clone();
        let (acme, other) = (lake("acme"), lake("other"));
        acme.put_file("reports/März 1.pdf", Bytes::from_static(b"one")).await.unwrap();
        assert_eq!(acme.file("reports/März 1.pdf", 3).await.unwrap().unwrap(), "one");
        acme.put_file("reports/März 1.pdf", Bytes::from_static(b"two!")).await.unwrap();
        assert_eq!(acme.file("reports/März 1.pdf", 4).await.unwrap().unwrap(), "two!");
        assert!(acme.file("reports/März 1.pdf", 3).await.unwrap_err().to_string().contains("4 bytes"));
        assert_eq!(acme.file("reports", 9).await.unwrap(), None);
        let paths = async |lake: &crate::lake::TenantLake| -> Vec<String> {
            lake.files("reports").await.unwrap().into_iter().map(|(path, _)| path).collect()
        };
        acme.put_file("other/x", Bytes::new()).await.unwrap();
        acme.put_file("reports/a/2.csv", Bytes::new()).await.unwrap();
        let there = paths(&acme).await;
        assert!(there.len() == 2 && there.contains(&"reports/a/2.csv".to_owned()), "{there:?}");
        acme.remove_file("reports/a/2.csv").await.unwrap();
        acme.remove_file("reports/a/2.csv").await.unwrap();
        for _ in 0..2 {
            assert!(acme.copy_file("reports/März 1.pdf", "other/x").await.unwrap());
        }
        assert_eq!(acme.file("other/x", 4).await.unwrap().unwrap(), "two!");
        assert!(
            !acme.copy_file("reports/a/2.csv", "other/x").await.unwrap() && acme.copy_file("../a", "b").await.is_err()
        );
        assert_eq!((paths(&acme).await.len(), paths(&other).await.len()), (1, 0));
        assert_eq!(other.file("reports/März 1.pdf", 9).await.unwrap(), None);
        for bad in ["", "/a", "a//b", "../x", "a/../../b", ".", "a/", "a\nb", &"x".repeat(501)] {
            assert!(acme.put_file(bad, Bytes::new()).await.is_err(), "{bad:?} was accepted");
        }
        assert!(acme.connectors().await.unwrap().is_empty(), "files are no connector's");
        let objects = acme.objects().await.unwrap();
        assert!(objects.iter().all(|object| object.path.starts_with("files/")), "{objects:?}");
    }

    /// Reads as many bytes as it was made with, and fails then.
    struct Failing(usize);

    impl tokio::io::AsyncRead for Failing {
        fn poll_read(
            mut self: std::pin::Pin<&mut Self>,
            _: &mut std::task::Context<'_>,
            buffer: &mut tokio::io::ReadBuf<'_>,
        ) -> std::task::Poll<std::io::Result<()>> {
            if self.0 == 0 {
                return std::task::Poll::Ready(Err(std::io::ErrorKind::UnexpectedEof.into()));
            }
            let some = self.0.min(buffer.remaining());
            buffer.put_slice(&vec![b'x'; some]);
            self.0 -= some;
            std::task::Poll::Ready(Ok(()))
        }
    }

    #[tokio::test]
    async fn what_is_read_becomes_a_file_in_one_part_or_in_several_and_none_where_reading_fails() {
        let folder = tempfile::tempdir().unwrap();
        let engine = Engine::open(&format!("file://{}", folder.path().display())).await.unwrap();
        let lake = engine.tenant(&TenantId::new("acme").unwrap()).lake().clone();
        // More than twice what is sent at once.
        let long = b"a long file, ".repeat(2_000_000);
        lake.put_file_from("reports/long", long.as_slice()).await.unwrap();
        assert!(lake.file("reports/long", u64::MAX).await.unwrap().unwrap() == long, "it is another");
        let (bytes, parts) = lake.file_parts("reports/long").await.unwrap().unwrap();
        let parts: Vec<Bytes> = parts.try_collect().await.unwrap();
        assert_eq!((usize::try_from(bytes).unwrap(), parts.len()), (long.len(), long.len().div_ceil(super::AT_ONCE)));
        let read = parts.iter().fold(Vec::<u8>::new(), |mut all, part| {
            all.extend_from_slice(part);
            all
        });
        assert!(read == long, "its parts are others");
        lake.put_file_from("reports/long", &b"short"[..]).await.unwrap();
        assert_eq!(lake.file("reports/long", 5).await.unwrap().unwrap(), "short");
        lake.put_file_from("reports/none", &b""[..]).await.unwrap();
        assert_eq!(lake.file("reports/none", 0).await.unwrap().unwrap(), "");
        let (bytes, parts) = lake.file_parts("reports/none").await.unwrap().unwrap();
        assert_eq!((bytes, parts.try_collect::<Vec<Bytes>>().await.unwrap()), (0, Vec::new()));
        assert!(lake.file_parts("reports/never").await.unwrap().is_none());
        for read in [1_000, 15_000_000] {
            assert!(lake.put_file_from("reports/short", Failing(read)).await.is_err());
            lake.put_file_from("reports/long", Failing(read)).await.unwrap_err();
        }
        assert_eq!(lake.file("reports/short", u64::MAX).await.unwrap(), None);
        assert_eq!(lake.file("reports/long", 5).await.unwrap().unwrap(), "short");
        let mut left = std::fs::read_dir(folder.path().join("tenant=acme/files/reports")).unwrap();
        assert!(left.all(|entry| !entry.unwrap().file_name().to_string_lossy().contains('#')), "a part is left");
    }
}
