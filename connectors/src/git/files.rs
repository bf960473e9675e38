//! The files that a commit changed against its first parent.

use super::GitSource;
use super::payload::{Changed, CommitFiles, File};
use crate::Result;
use gix::ObjectId;
use gix::bstr::{BStr, ByteSlice};
use gix::diff::Rewrites;
use gix::diff::blob::Platform;
use gix::object::tree::diff::Change;
use gix::objs::tree::EntryMode;
use gix::prelude::TreeDiffChangeExt;

/// Counts lines, for one thread.
pub(super) struct Counter<'a> {
    source: &'a GitSource,
    cache: Platform,
}

impl<'a> Counter<'a> {
    pub(super) fn new(source: &'a GitSource, repo: &gix::Repository) -> Result<Self> {
        let cache = repo
            .diff_resource_cache_for_tree_diff()
            .map_err(|e| crate::Error::Unreadable { path: source.path.clone(), reason: e.to_string() })?;
        Ok(Self { source, cache })
    }

    /// The files changed, renames followed as git does by default, in the order of their paths.
    pub(super) fn count(
        &mut self,
        repo: &gix::Repository,
        id: &ObjectId,
        parent: Option<&ObjectId>,
    ) -> Result<(Changed, CommitFiles)> {
        let failed = |e: gix::Error| self.source.unreadable_object(id, e);
        let tree = |id: &ObjectId| repo.find_commit(*id)?.tree();
        let new = tree(id).map_err(failed)?;
        let old = parent.map_or_else(|| Ok(repo.empty_tree()), tree).map_err(failed)?;
        let mut files = Vec::new();
        let cache = &mut self.cache;
        cache.clear_resource_cache_keep_allocation();
        // The cache is busy finding renames until all changes are known.
        let mut changes = Vec::new();
        old.changes()
            .map_err(failed)?
            .options(|o| {
                o.track_path().track_rewrites(Some(Rewrites::default()));
            })
            .for_each_to_obtain_tree_with_cache(&new, cache, |change| {
                if is_file(change.entry_mode()) {
                    changes.push(change.detach());
                }
                Ok(std::ops::ControlFlow::Continue(()))
            })
            .map_err(failed)?;
        for change in &changes {
            cache.clear_resource_cache_keep_allocation();
            files.push(file(&change.attach(repo, repo), cache).map_err(failed)?);
        }
        files.sort_by(|a, b| a.path.cmp(&b.path));
        let sum = |lines: fn(&File) -> Option<i64>| files.iter().filter_map(lines).sum();
        let changed =
            Changed { additions: sum(|f| f.additions), deletions: sum(|f| f.deletions), files: files.len() as i64 };
        Ok((changed, CommitFiles { sha: id.to_string(), files }))
    }
}

/// Folders are shown by their files; a submodule is a pointer without lines.
fn is_file(mode: EntryMode) -> bool {
    !mode.is_tree() && !mode.is_commit()
}

fn file(change: &Change<'_, '_, '_>, cache: &mut Platform) -> Result<File, gix::Error> {
    let (kind, previous) = match change {
        Change::Addition { .. } => ("added", None),
        Change::Deletion { .. } => ("deleted", None),
        Change::Modification { .. } => ("modified", None),
        Change::Rewrite { source_location, copy: false, .. } => ("renamed", Some(*source_location)),
        Change::Rewrite { .. } => ("added", None),
    };
    let lines = change.diff(cache)?.line_counts()?;
    let path = change.location();
    Ok(File {
        path: path.to_str_lossy().into_owned(),
        exact: exact(path),
        previous: previous.map(|p| p.to_str_lossy().into_owned()),
        change: kind.to_owned(),
        additions: lines.map(|l| i64::from(l.insertions)),
        deletions: lines.map(|l| i64::from(l.removals)),
    })
}

fn exact(path: &BStr) -> Option<String> {
    path.to_str().is_err().then(|| path.escape_bytes().to_string())
}
