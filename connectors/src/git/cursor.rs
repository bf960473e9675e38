//! How far a repository was read.

use super::CONNECTOR;
use crate::Result;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What the last landed page left behind.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
pub(super) struct Cursor {
    /// References as they were landed: full name to the object that it names, a tag object where there is one.
    pub(super) refs: BTreeMap<String, String>,
    /// Whether the commits behind all of `refs` are landed: after a sync that ended they are, and stay so.
    pub(super) complete: bool,
    /// The heads of what an unfinished sync landed: these commits and all of their ancestors are in raw as well.
    pub(super) heads: Vec<String>,
    /// Whether files were landed with them.
    pub(super) files: bool,
    /// The mailmap's object, when there was one.
    pub(super) mailmap: Option<String>,
    /// Where the history was cut off, when it was.
    pub(super) shallow: Vec<String>,
    /// The digest of the objects that stand in for others (`git replace`), when there are any.
    pub(super) replaced: Option<String>,
    /// The branch whose merges were landed, and the commit that it stood at; without a name when parents of its commits have
    /// changed since, so that all of its merges are landed again.
    pub(super) merges: Option<(String, String)>,
    /// The repository's own payload as it was landed.
    pub(super) about: Option<String>,
    /// The folder of the repository that was read; none where it is not Unicode.
    pub(super) path: Option<String>,
}

impl Cursor {
    pub(super) fn to_json(&self) -> Result<String> {
        Ok(serde_json::to_string(self)?)
    }
}

/// `git:name`.
pub(super) fn connection(name: &str) -> String {
    format!("{CONNECTOR}:{name}")
}
