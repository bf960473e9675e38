//! Commits.

use super::Work;
use super::values::{offset, present, time};
use crate::github::payload::{Commit, Signature};
use crate::message::{named, title};
use pulse_engine::map::Reject;

pub(super) fn map(work: &mut Work<'_>) -> Result<(), Reject> {
    let (repository, sha) = work.key()?;
    let commit: Commit = work.read()?;
    let date = |signature: &Option<Signature>| signature.as_ref().and_then(|s| s.date.clone());
    let (authored, committed) = (date(&commit.commit.author), date(&commit.commit.committer));
    let message = commit.commit.message.unwrap_or_default();
    let named = named(&message);
    let author = work.signer(commit.commit.author.as_ref(), commit.author.as_ref());
    let committer = work.signer(commit.commit.committer.as_ref(), commit.committer.as_ref());
    let row = work
        .row("commits", &format!("{repository}/commits/{sha}"))?
        .set("repository_id", work.id(repository))
        .set("sha", present("sha", commit.sha)?)
        .set("parents", commit.parents.into_iter().map(|parent| parent.sha).collect::<Vec<_>>())
        .set("author_id", author)
        .set("committer_id", committer)
        .set("authored_at", time(authored.as_deref()))
        .set("authored_offset", offset(authored.as_deref()))
        .set("committed_at", time(committed.as_deref()))
        .set("committed_offset", offset(committed.as_deref()))
        .set("title", title(&message))
        .set("reverts", named.reverts)
        .set("cherry_picked_from", named.cherry_picked_from)
        .set("work_item_keys", named.work_item_keys);
    work.push(row)
}
