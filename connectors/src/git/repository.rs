//! Opening a repository, and saying clearly why one cannot be read.

use super::cursor::{Cursor, connection};
use super::payload::About;
use super::read::Reading;
use super::refs::Tip;
use super::{CONNECTOR, GitSettings};
use crate::source::{Pages, blocking};
use crate::{Error, Result, Source};
use gix::ThreadSafeRepository;
use pulse_engine::Clock;
use pulse_engine::land::{CURSOR, Cursors};
use std::path::{Path, PathBuf};

/// The entrance to a repository on disk.
#[derive(Debug)]
pub struct Repository;

impl Repository {
    /// Opens the repository that `path` is in: a clone or any folder of it, a linked worktree, or a bare repository.
    ///
    /// ```no_run
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use pulse_connectors::git::{GitSettings, Repository};
    /// let source = Repository::open("/srv/shop", GitSettings::default())?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// When there is no repository, it cannot be read, has no commits, or is shallow and the settings do not accept that.
    pub fn open(path: impl AsRef<Path>, settings: GitSettings) -> Result<GitSource> {
        let path = path.as_ref();
        let unreadable = |reason: String| Error::Unreadable { path: path.to_owned(), reason };
        std::fs::read_dir(path).map_err(|e| unreadable(e.to_string()))?;
        let shared = discover(path)?;
        let repo = shared.to_thread_local();
        let place = place(&repo);
        if repo.is_shallow().map_err(|e| unreadable(reason(&e)))? && !settings.allow_shallow {
            return Err(Error::Shallow { path: place });
        }
        let name = match &settings.name {
            Some(name) => name.clone(),
            None => default_name(&place),
        };
        GitSettings::check_name(&name)?;
        let source = GitSource {
            connection: connection(&name),
            settings: GitSettings { name: Some(name), ..settings },
            shared,
            path: place,
        };
        if source.tips()?.iter().all(|tip| tip.commit.is_none()) {
            return Err(Error::Empty { path: source.path });
        }
        Ok(source)
    }
}

/// Why gix failed, with the causes behind what it says first.
pub(super) fn reason(error: &gix::Error) -> String {
    let mut said: Vec<String> = Vec::new();
    for cause in error.iter_errors() {
        let text = format!("{cause:#}");
        if !text.is_empty() && !said.iter().any(|before| before.contains(&text)) {
            said.push(text);
        }
    }
    said.join(": ")
}

/// How a repository is opened, whoever owns it.
fn options() -> gix::open::Options {
    gix::open::Options::isolated().config_overrides([
        // Lines of a bigger file are not counted: it would be held in memory by every thread.
        "core.bigFileThreshold=16m",
        // Objects of 16 MiB and more would be refused where the repository is another user's.
        "gitoxide.objects.allocLimitIfReducedTrust=0",
    ])
}

/// Nothing but the repository's own configuration is read, so that a user's or a machine's settings never change a figure.
fn discover(path: &Path) -> Result<ThreadSafeRepository> {
    let options = gix::sec::trust::Mapping { full: options(), reduced: options() };
    ThreadSafeRepository::discover_opts(path, Default::default(), options).map_err(|error| {
        if error.is_not_found() {
            Error::NotARepository { path: path.to_owned() }
        } else {
            let reason = reason(&error);
            if reason.to_ascii_lowercase().contains("sha256") {
                return Error::Sha256 { path: path.to_owned() };
            }
            Error::Unreadable { path: path.to_owned(), reason }
        }
    })
}

/// The folder that people know the repository by: the main worktree's, also from a linked one, or the bare folder.
fn place(repo: &gix::Repository) -> PathBuf {
    let common = repo.common_dir();
    let common = std::fs::canonicalize(common).unwrap_or_else(|_| common.to_owned());
    match common.parent() {
        Some(parent) if common.file_name().is_some_and(|n| n == ".git") => parent.to_owned(),
        _ => common,
    }
}

/// Whether two folders are one, as they are behind two mounts of it.
fn is_same(one: &Path, other: &Path) -> bool {
    #[cfg(unix)]
    let mounted = {
        use std::os::unix::fs::MetadataExt as _;
        let number = |path: &Path| std::fs::metadata(path).ok().map(|m| (m.dev(), m.ino()));
        number(one).is_some_and(|one| Some(one) == number(other))
    };
    #[cfg(not(unix))]
    let mounted = false;
    one == other || mounted
}

fn default_name(place: &Path) -> String {
    let name = place.file_name().map_or_else(|| "repository".to_owned(), |n| n.to_string_lossy().into_owned());
    let name = name.strip_suffix(".git").unwrap_or(&name);
    name.chars().map(|c| if matches!(c, ':' | '\\') || c.is_control() { '-' } else { c }).collect()
}

/// An open repository.
pub struct GitSource {
    connection: String,
    pub(super) settings: GitSettings,
    shared: ThreadSafeRepository,
    pub(super) path: PathBuf,
}

impl std::fmt::Debug for GitSource {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("GitSource")
            .field("connection", &self.connection)
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}

impl GitSource {
    /// The folder that people know the repository by.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// A handle for one thread. It keeps no objects: commits are read once or twice, so keeping them would only cost.
    pub(super) fn handle(&self) -> gix::Repository {
        self.shared.to_thread_local()
    }

    /// The references that are landed.
    pub(super) fn tips(&self) -> Result<Vec<Tip>> {
        super::refs::tips(&self.handle(), &self.path)
    }

    /// What the repository says about itself, of which `tips` are the references.
    pub(super) fn about(&self, tips: &[Tip]) -> About {
        let repo = self.handle();
        let default_branch = super::refs::default_branch(&repo);
        let head = default_branch.as_deref().and_then(|branch| super::refs::head_of(tips, branch));
        About {
            name: self.settings.name.clone().unwrap_or_default(),
            url: repo.config_snapshot().string("remote.origin.url").and_then(|url| web_address(&url.to_string())),
            default_branch,
            default_sha: head.map(|id| id.to_string()),
        }
    }

    /// Whether a reading may go on from `cursors`, which a sync asks before it lands anything. Asked of several repositories
    /// beforehand, none is landed when one of them is refused.
    ///
    /// # Errors
    /// [`Error::AnotherRepository`] when the cursor was left by another repository that is still there, [`Error::Cursor`]
    /// when it cannot be read, [`Error::NoBranch`] when the branch is not there whose merges should be deployments.
    pub fn check(&self, cursors: &Cursors) -> Result<()> {
        let cursor: Cursor = crate::source::cursor(cursors, CURSOR, &self.connection)?;
        self.refuse_stranger(cursor.path.as_deref())?;
        self.check_branch(&self.tips()?)
    }

    /// Refuses to read when no branch has the name whose merges should be deployments.
    pub(super) fn check_branch(&self, tips: &[Tip]) -> Result<()> {
        let Some(pattern) = &self.settings.deployments.merges else { return Ok(()) };
        super::merges::chosen(self, tips, pattern, super::refs::default_branch(&self.handle()).as_deref()).map(drop)
    }

    /// Refuses to go on where a reading of another repository left off. One that has been moved is gone from where it was
    /// read before; when it is still there, two repositories have one name, and the second would be landed over the first.
    pub(super) fn refuse_stranger(&self, before: Option<&str>) -> Result<()> {
        let Some(before) = before.and_then(|path| std::fs::canonicalize(path).ok()) else { return Ok(()) };
        // A repository around that folder is none in it.
        let is_there = discover(&before).is_ok_and(|repo| place(&repo.to_thread_local()) == before);
        if !is_there || is_same(&before, &self.path) {
            return Ok(());
        }
        Err(Error::AnotherRepository { connection: self.connection.clone(), path: self.path.clone(), other: before })
    }

    pub(super) fn unreadable_object(&self, id: &gix::oid, reason: impl ToString) -> Error {
        Error::Object { path: self.path.clone(), id: id.to_string(), reason: reason.to_string() }
    }
}

impl Source for GitSource {
    fn connector(&self) -> &'static str {
        CONNECTOR
    }

    fn connection(&self) -> &str {
        &self.connection
    }

    fn settings(&self, _: &Cursors) -> serde_json::Value {
        serde_json::to_value(&self.settings).unwrap_or_default()
    }

    fn pages(self: Box<Self>, cursors: Cursors, clock: Clock) -> Pages {
        blocking(move |outlet| Reading::new(&self, &cursors, clock)?.run(outlet))
    }
}

/// Where people open a repository, from the address that git clones it from. Never a password, never a local path.
fn web_address(remote: &str) -> Option<String> {
    let (host, path) = match remote.split_once("://") {
        Some(("http" | "https" | "ssh" | "git", rest)) => rest.split_once('/')?,
        Some(_) => return None,
        None => remote.split_once(':').filter(|(host, _)| !host.contains('/') && host.len() > 1)?,
    };
    let host = host.rsplit('@').next()?;
    let secure = remote.starts_with("http");
    let host = if secure { host } else { host.split(':').next()? };
    let path = path.trim_matches('/');
    let path = path.strip_suffix(".git").unwrap_or(path);
    (!host.is_empty() && !path.is_empty()).then(|| format!("https://{host}/{path}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_remotes_address_loses_its_credentials() {
        let cases = [
            ("https://user:secret@example.com/a/b.git", Some("https://example.com/a/b")),
            ("https://example.com:8443/a/b", Some("https://example.com:8443/a/b")),
            ("git@example.com:a/b.git", Some("https://example.com/a/b")),
            ("ssh://git@example.com:22/a/b.git", Some("https://example.com/a/b")),
            ("/srv/git/b.git", None),
            ("../b", None),
            ("file:///srv/b", None),
            ("C:\\b", None),
        ];
        for (remote, expected) in cases {
            assert_eq!(web_address(remote).as_deref(), expected, "{remote}");
        }
    }

    #[test]
    fn a_folders_name_becomes_the_connections() {
        assert_eq!(default_name(Path::new("/srv/shop")), "shop");
        assert_eq!(default_name(Path::new("/srv/shop.git")), "shop");
        assert_eq!(default_name(Path::new("/srv/a:b")), "a-b");
        assert_eq!(default_name(Path::new("/")), "repository");
    }
}
