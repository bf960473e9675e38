//! Commits and who made them.

use super::Time;
use sha2::{Digest as _, Sha256};

/// Who wrote or committed something, and when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature {
    /// Name in the commit.
    pub name: String,
    /// Address in the commit.
    pub email: String,
    /// When.
    pub date: Time,
    /// The account that GitHub finds by the address, if it finds one.
    pub login: Option<String>,
}

/// A commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Commit {
    /// Forty hex digits, made from all of the content.
    pub sha: String,
    /// Its parents: none for the first, two for a merge.
    pub parents: Vec<String>,
    /// Who wrote it.
    pub author: Signature,
    /// Who put it where it is.
    pub committer: Signature,
    /// Subject and body.
    pub message: String,
}

impl Commit {
    /// A commit, with the sha that follows from its content.
    pub fn new(parents: Vec<String>, author: Signature, committer: Signature, message: String) -> Self {
        let content = format!("{parents:?}\n{author:?}\n{committer:?}\n\n{message}");
        Self { sha: object_id(&content), parents, author, committer, message }
    }

    /// A stand-in for the tree's id: GitHub's shapes have one, and a simulator has no files.
    pub fn tree(&self) -> String {
        object_id(&format!("tree {}", self.sha))
    }
}

/// Forty hex digits that follow from some content.
pub(crate) fn object_id(content: &str) -> String {
    Sha256::digest(content.as_bytes()).iter().take(20).map(|b| format!("{b:02x}")).collect()
}
