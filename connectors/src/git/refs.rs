//! The tags and branches of a repository, and the commits that they stand at.

use super::repository::reason;
use crate::{Error, Result};
use gix::ObjectId;
use gix::bstr::{BStr, ByteSlice};
use gix::objs::Kind;
use gix::prelude::FindExt;
use std::path::Path;

/// A tag or branch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Tip {
    /// `refs/tags/v1.0`; bytes that are not UTF-8 are written out, so that no two names become one.
    pub(super) name: String,
    /// The object that it names itself: a tag object for an annotated tag.
    pub(super) object: ObjectId,
    /// The commit behind it; none when it names a tree or a file.
    pub(super) commit: Option<ObjectId>,
}

impl Tip {
    /// `v1.0`, when it is a tag.
    pub(super) fn tag(&self) -> Option<&str> {
        self.name.strip_prefix("refs/tags/")
    }

    /// `(main, false)` for a local branch, `(origin/main, true)` for a remote one.
    pub(super) fn branch(&self) -> Option<(&str, bool)> {
        branch(&self.name)
    }
}

/// The name of a branch and whether it is a remote one.
pub(super) fn branch(name: &str) -> Option<(&str, bool)> {
    let remote = || name.strip_prefix("refs/remotes/").map(|n| (n, true));
    name.strip_prefix("refs/heads/").map(|n| (n, false)).or_else(remote)
}

/// A name or path as text: as it is, or with the bytes that are not UTF-8 written out as `\xFF`.
pub(super) fn written(name: &BStr) -> String {
    name.to_str().map_or_else(|_| name.escape_bytes().to_string(), str::to_owned)
}

/// All tags and branches in the order of their names, and `HEAD` when it stands on no branch. Other references (stashes,
/// notes, pull requests of a mirror) hold nothing that was delivered.
pub(super) fn tips(repo: &gix::Repository, path: &Path) -> Result<Vec<Tip>> {
    let failed = |reason: String| Error::References { path: path.to_owned(), reason };
    let references = repo.references().map_err(|e| failed(reason(&e)))?;
    let mut tips = Vec::new();
    for reference in references.all().map_err(|e| failed(reason(&e)))? {
        let reference = reference.map_err(|e| failed(reason(&e)))?;
        let name = written(reference.name().as_bstr());
        if !name.starts_with("refs/tags/") && branch(&name).is_none() {
            continue;
        }
        // `origin/HEAD` names another reference, which is listed itself.
        let Some(object) = reference.try_id().map(|id| id.detach()) else { continue };
        let commit = peel(repo, object).map_err(|reason| Error::Object {
            path: path.to_owned(),
            id: object.to_string(),
            reason: format!("{name}: {reason}"),
        })?;
        tips.push(Tip { name, object, commit });
    }
    let head = repo.head().map_err(|e| failed(reason(&e)))?;
    if let Some(id) = head.is_detached().then(|| head.id()).flatten() {
        tips.push(Tip { name: "HEAD".to_owned(), object: id.detach(), commit: Some(id.detach()) });
    }
    tips.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(tips)
}

/// The commit behind an object, through any number of tags.
pub(super) fn peel(repo: &gix::Repository, mut id: ObjectId) -> Result<Option<ObjectId>, String> {
    let mut buffer = Vec::new();
    loop {
        // Most references name commits: their kind is read without unpacking them.
        match repo.find_header(id).map_err(|e| reason(&e))?.kind() {
            Kind::Commit => return Ok(Some(id)),
            Kind::Tree | Kind::Blob => return Ok(None),
            Kind::Tag => {
                let tag = repo.objects.find_tag_iter(&id, &mut buffer).map_err(|e| reason(&e))?;
                id = tag.target_id().map_err(|e| reason(&e))?;
            }
        }
    }
}

/// The commit that a branch stands at: at `origin` where it stands there as well, since what was merged here alone has not
/// been delivered.
pub(super) fn head_of(tips: &[Tip], branch: &str) -> Option<ObjectId> {
    let at = |name: String| tips.iter().find(|tip| tip.name == name)?.commit;
    at(format!("refs/remotes/origin/{branch}")).or_else(|| at(format!("refs/heads/{branch}")))
}

/// The branch that changes are merged into: what the remote says, else the usual name there, as where a pipeline fetched
/// without cloning; in a bare repository where it stands; else the usual name here, and at last where the worktree stands.
pub(super) fn default_branch(repo: &gix::Repository) -> Option<String> {
    let target = |name: &str| {
        let reference = repo.try_find_reference(name).ok().flatten()?;
        reference.target().try_name().map(|n| written(n.as_bstr()))
    };
    let remote = target("refs/remotes/origin/HEAD")
        .and_then(|name| name.strip_prefix("refs/remotes/origin/").map(str::to_owned));
    let head = || {
        let main = repo.main_repo().ok();
        let name = main.as_ref().unwrap_or(repo).head_name().ok().flatten()?;
        Some(written(name.shorten()))
    };
    let usual = |place: &str| {
        ["main", "master", "trunk"]
            .into_iter()
            .find(|name| repo.try_find_reference(&format!("{place}{name}")).is_ok_and(|r| r.is_some()))
            .map(str::to_owned)
    };
    let bare = || if repo.is_bare() { head() } else { None };
    let there = || usual("refs/remotes/origin/");
    remote.or_else(there).or_else(bare).or_else(|| usual("refs/heads/")).or_else(head)
}
