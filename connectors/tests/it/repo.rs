//! Builds small repositories with the `git` program, at times and under names that the test chooses.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use tempfile::TempDir;

/// The first of the made-up seconds; each commit and tag takes the next minute.
pub(crate) const START: i64 = 1_700_000_000;

/// A repository in a folder of its own, which goes with it.
pub(crate) struct Repo {
    folder: TempDir,
    path: PathBuf,
    minute: std::cell::Cell<i64>,
}

impl Repo {
    /// An empty repository on the branch `main`, in a folder named `shop`.
    pub(crate) fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let path = folder.path().join("shop");
        std::fs::create_dir(&path).unwrap();
        let repo = Self { folder, path, minute: std::cell::Cell::new(0) };
        repo.git(&["init", "-q", "-b", "main"]);
        repo
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// A place beside the repository.
    pub(crate) fn beside(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Runs git, at the next minute, and gives what it prints.
    pub(crate) fn git(&self, args: &[&str]) -> String {
        let minute = self.minute.get();
        self.minute.set(minute + 1);
        let date = format!("{} +0100", START + 60 * minute);
        String::from_utf8_lossy(&self.git_at(&date, args, &[])).trim().to_owned()
    }

    /// Runs git at a given date with something on its standard input.
    pub(crate) fn git_at(&self, date: &str, args: &[&str], input: &[u8]) -> Vec<u8> {
        let mut child = Command::new("git")
            .args(args)
            .current_dir(&self.path)
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", self.folder.path())
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_AUTHOR_NAME", "Ada")
            .env("GIT_AUTHOR_EMAIL", "Ada@Example.com")
            .env("GIT_COMMITTER_NAME", "Grace")
            .env("GIT_COMMITTER_EMAIL", "grace@example.com")
            .env("GIT_AUTHOR_DATE", date)
            .env("GIT_COMMITTER_DATE", date)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        std::io::Write::write_all(&mut child.stdin.take().unwrap(), input).unwrap();
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "git {args:?}: {}", String::from_utf8_lossy(&output.stderr));
        output.stdout
    }

    /// A commit that changes nothing, and its id.
    pub(crate) fn commit(&self, message: &str) -> String {
        self.git(&["commit", "-q", "--allow-empty", "-m", message]);
        self.head()
    }

    /// A commit that writes one file, and its id.
    pub(crate) fn write(&self, file: &str, content: &[u8]) -> String {
        let path = self.path.join(file);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
        self.git(&["add", "-A"]);
        self.git(&["commit", "-q", "-m", &format!("write {file}")]);
        self.head()
    }

    pub(crate) fn head(&self) -> String {
        self.git(&["rev-parse", "HEAD"])
    }

    /// A commit object exactly as written: for what the program itself would refuse to make.
    pub(crate) fn raw_commit(&self, parents: &[&str], author: &[u8], committer: &[u8], rest: &[u8]) -> String {
        let tree = String::from_utf8(self.git_at("1700000000 +0000", &["mktree"], b"")).unwrap();
        let mut object = format!("tree {}\n", tree.trim()).into_bytes();
        for parent in parents {
            object.extend_from_slice(format!("parent {parent}\n").as_bytes());
        }
        object.extend([b"author ", author, b"\ncommitter ", committer, b"\n", rest].concat());
        let args = ["hash-object", "-t", "commit", "-w", "--stdin", "--literally"];
        String::from_utf8(self.git_at("1700000000 +0000", &args, &object)).unwrap().trim().to_owned()
    }
}
