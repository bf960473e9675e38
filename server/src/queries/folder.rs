//! The folder that a process keeps results in, below the system's folder for temporary files, as what queries spill is.
//!
//! A lock on a file beside it says that its process lives: one that starts removes what those that died have left.

use crate::{Error, Result, secret};
use std::fs::{DirBuilder, File};
use std::path::{Path, PathBuf};

/// What the names of such folders begin with.
const PREFIX: &str = "pulse-results-";
/// What the name of the file with the lock ends with.
const LOCK: &str = "lock";

/// A folder of this process alone. When it is dropped, it is removed with all that is in it.
#[derive(Debug)]
pub(super) struct Folder {
    path: PathBuf,
    /// Held for as long as the process lives.
    _lock: File,
}

impl Folder {
    /// Makes one below `base`, which nobody else on this machine may look into.
    pub(super) fn make(base: &Path) -> Result<Self> {
        loop {
            let path = base.join(secret::id(PREFIX.trim_end_matches('-'))?.replacen('_', "-", 1));
            let lock = path.with_added_extension(LOCK);
            let file =
                private().create_new(true).write(true).open(&lock).map_err(|e| Error::file("create", &lock, e))?;
            file.lock().map_err(|e| Error::file("lock", &lock, e))?;
            // Whoever cleans up may have been here before the lock was.
            if !lock.exists() {
                continue;
            }
            let mut folder = DirBuilder::new();
            #[cfg(unix)]
            std::os::unix::fs::DirBuilderExt::mode(&mut folder, 0o700);
            folder.create(&path).map_err(|e| Error::file("create", &path, e))?;
            return Ok(Self { path, _lock: file });
        }
    }

    /// A new file in it, to write and to read.
    pub(super) fn file(&self, name: &str) -> Result<(File, PathBuf)> {
        let path = self.path.join(name);
        let file = private().create_new(true).write(true).open(&path).map_err(|e| Error::file("create", &path, e))?;
        Ok((file, path))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What cannot be removed now is when the next process starts.
        drop(std::fs::remove_dir_all(&self.path));
        drop(std::fs::remove_file(self.path.with_added_extension(LOCK)));
    }
}

/// Removes what processes that live no more have left below `base`. What is not ours to remove stays.
pub(super) fn clear(base: &Path) {
    let Ok(entries) = std::fs::read_dir(base) else { return };
    for lock in entries.flatten().map(|entry| entry.path()) {
        let name = lock.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        if !name.starts_with(PREFIX) || lock.extension().is_none_or(|end| end != LOCK) {
            continue;
        }
        let Ok(file) = File::options().write(true).open(&lock) else { continue };
        if file.try_lock().is_ok() {
            let folder = lock.with_extension("");
            if std::fs::remove_dir_all(&folder).is_ok() || !folder.exists() {
                drop(std::fs::remove_file(&lock));
            }
        }
    }
}

/// Files that others on this machine may not read.
fn private() -> std::fs::OpenOptions {
    let mut options = File::options();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write as _;

    #[test]
    fn what_a_process_that_died_has_left_goes_and_what_lives_stays() {
        let base = tempfile::tempdir().unwrap();
        let alive = Folder::make(base.path()).unwrap();
        let (mut file, path) = alive.file("one").unwrap();
        file.write_all(b"rows").unwrap();
        // One whose process is gone: nobody holds its lock.
        let left = base.path().join("pulse-results-left");
        std::fs::create_dir(&left).unwrap();
        std::fs::write(left.join("two"), b"rows").unwrap();
        std::fs::write(left.with_added_extension(LOCK), b"").unwrap();
        let others = base.path().join("pulse-other.lock");
        std::fs::write(&others, b"").unwrap();
        clear(base.path());
        assert!(path.exists() && others.exists() && !left.exists());
        assert_eq!(std::fs::read_dir(base.path()).unwrap().count(), 3, "the living one, its lock, and what is others'");
        drop(alive);
        assert_eq!(std::fs::read_dir(base.path()).unwrap().count(), 1);
    }

    #[cfg(unix)]
    #[test]
    fn others_on_the_machine_look_into_nothing() {
        use std::os::unix::fs::PermissionsExt as _;
        let base = tempfile::tempdir().unwrap();
        let folder = Folder::make(base.path()).unwrap();
        let (_, file) = folder.file("one").unwrap();
        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&folder.path), mode(&file)), (0o700, 0o600));
    }
}
