//! The files that a commit changed against its first parent.

use super::GitSource;
use super::payload::{Changed, CommitFiles, File};
use super::refs::written;
use super::repository::reason;
use crate::Result;
use gix::ObjectId;
use gix::bstr::{BStr, ByteSlice};
use gix::diff::Rewrites;
use gix::diff::blob::Platform;
use gix::object::tree::diff::{Change, ChangeDetached};
use gix::objs::tree::EntryMode;
use gix::prelude::TreeDiffChangeExt;

/// Counts lines, for one thread.
pub(super) struct Counter<'a> {
    source: &'a GitSource,
    cache: Platform,
    /// In a partial clone the contents of files may be missing, which is no damage.
    partial: bool,
}

impl<'a> Counter<'a> {
    pub(super) fn new(source: &'a GitSource, repo: &gix::Repository) -> Result<Self> {
        let cache = repo
            .diff_resource_cache_for_tree_diff()
            .map_err(|e| crate::Error::Unreadable { path: source.path.clone(), reason: reason(&e) })?;
        let config = repo.config_snapshot();
        let partial = config.string("extensions.partialClone").is_some()
            || config.boolean("remote.origin.promisor").unwrap_or(false);
        Ok(Self { source, cache, partial })
    }

    /// The files changed, renames followed as git does by default, in the order of their paths. Where contents may be
    /// missing only renames without a change are followed, and what is missing has no counts.
    pub(super) fn count(
        &mut self,
        repo: &gix::Repository,
        id: &ObjectId,
        parent: Option<&ObjectId>,
    ) -> Result<(Changed, CommitFiles)> {
        let failed = |e: gix::Error| self.source.unreadable_object(id, reason(&e));
        let tree = |id: &ObjectId| repo.find_commit(*id)?.tree();
        let new = tree(id).map_err(failed)?;
        let old = parent.map_or_else(|| Ok(repo.empty_tree()), tree).map_err(failed)?;
        let mut files = Vec::new();
        let rewrites = Rewrites {
            percentage: if self.partial { None } else { Rewrites::default().percentage },
            ..Rewrites::default()
        };
        let cache = &mut self.cache;
        cache.clear_resource_cache_keep_allocation();
        // The cache is busy finding renames until all changes are known.
        let mut changes = Vec::new();
        old.changes()
            .map_err(failed)?
            .options(|o| {
                o.track_path().track_rewrites(Some(rewrites));
            })
            .for_each_to_obtain_tree_with_cache(&new, cache, |change| {
                changes.extend(of_file(change.detach()));
                Ok(std::ops::ControlFlow::Continue(()))
            })
            .map_err(failed)?;
        for change in &changes {
            cache.clear_resource_cache_keep_allocation();
            files.push(file(&change.attach(repo, repo), cache, self.partial).map_err(failed)?);
        }
        files.sort_by(|a, b| a.path.cmp(&b.path));
        let sum = |lines: fn(&File) -> Option<i64>| files.iter().filter_map(lines).sum();
        let changed =
            Changed { additions: sum(|f| f.additions), deletions: sum(|f| f.deletions), files: files.len() as i64 };
        Ok((changed, CommitFiles { sha: id.to_string(), files }))
    }
}

/// The change as one of files alone. Folders are shown by their files; a submodule is a pointer without lines, so a file in
/// its place is new.
fn of_file(change: ChangeDetached) -> Option<ChangeDetached> {
    use ChangeDetached::{Addition, Deletion, Modification, Rewrite};
    let is_file = |mode: EntryMode| !mode.is_tree() && !mode.is_commit();
    match change {
        Modification { location, previous_entry_mode, previous_id, entry_mode, id } => {
            match (is_file(previous_entry_mode), is_file(entry_mode)) {
                (true, true) => Some(Modification { location, previous_entry_mode, previous_id, entry_mode, id }),
                (false, true) => Some(Addition { location, relation: None, entry_mode, id }),
                (true, false) => {
                    Some(Deletion { location, relation: None, entry_mode: previous_entry_mode, id: previous_id })
                }
                (false, false) => None,
            }
        }
        Addition { entry_mode, .. } | Deletion { entry_mode, .. } | Rewrite { entry_mode, .. } => {
            is_file(entry_mode).then_some(change)
        }
    }
}

fn file(change: &Change<'_, '_, '_>, cache: &mut Platform, partial: bool) -> Result<File, gix::Error> {
    let (kind, previous) = match change {
        Change::Addition { .. } => ("added", None),
        Change::Deletion { .. } => ("deleted", None),
        Change::Modification { .. } => ("modified", None),
        Change::Rewrite { source_location, copy: false, .. } => ("renamed", Some(*source_location)),
        Change::Rewrite { .. } => ("added", None),
    };
    let lines = match change.diff(cache).and_then(|mut diff| diff.line_counts()) {
        Err(_) if partial => None,
        lines => lines?,
    };
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
    path.to_str().is_err().then(|| written(path))
}
