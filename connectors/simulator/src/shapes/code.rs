//! Commits and releases.

use super::{API, PAGES, full_name, node_id, time, user};
use crate::world::{Commit, Release, Repository, Signature, World};
use serde_json::{Value, json};

/// A commit as REST lists it.
pub(crate) fn commit(world: &World, repository: &Repository, commit: &Commit) -> Value {
    let (full_name, sha) = (full_name(world, repository), &commit.sha);
    let reference = |sha: &str| {
        json!({
            "sha": sha,
            "url": format!("{API}/repos/{full_name}/commits/{sha}"),
            "html_url": format!("{PAGES}/{full_name}/commit/{sha}"),
        })
    };
    json!({
        "sha": sha,
        "node_id": format!("C_{sha}"),
        "commit": {
            "author": signature(&commit.author),
            "committer": signature(&commit.committer),
            "message": commit.message,
            "tree": {"sha": commit.tree(), "url": format!("{API}/repos/{full_name}/git/trees/{}", commit.tree())},
            "url": format!("{API}/repos/{full_name}/git/commits/{sha}"),
            "comment_count": 0,
            "verification": {"verified": false, "reason": "unsigned", "signature": null, "payload": null, "verified_at": null},
        },
        "url": format!("{API}/repos/{full_name}/commits/{sha}"),
        "html_url": format!("{PAGES}/{full_name}/commit/{sha}"),
        "comments_url": format!("{API}/repos/{full_name}/commits/{sha}/comments"),
        "author": user(world, commit.author.login.as_deref()),
        "committer": user(world, commit.committer.login.as_deref()),
        "parents": commit.parents.iter().map(|p| reference(p)).collect::<Vec<_>>(),
    })
}

fn signature(signature: &Signature) -> Value {
    json!({"name": signature.name, "email": signature.email, "date": time(signature.date)})
}

/// A commit as a push event lists it.
pub(crate) fn pushed_commit(world: &World, repository: &Repository, commit: &Commit) -> Value {
    let person = |s: &Signature| json!({"name": s.name, "email": s.email, "username": s.login});
    json!({
        "id": commit.sha,
        "tree_id": commit.tree(),
        "distinct": true,
        "message": commit.message,
        "timestamp": time(commit.committer.date),
        "url": format!("{PAGES}/{}/commit/{}", full_name(world, repository), commit.sha),
        "author": person(&commit.author),
        "committer": person(&commit.committer),
        "added": [], "removed": [], "modified": [],
    })
}

/// A release.
pub(crate) fn release(world: &World, repository: &Repository, release: &Release) -> Value {
    let full_name = full_name(world, repository);
    json!({
        "url": format!("{API}/repos/{full_name}/releases/{}", release.id),
        "html_url": format!("{PAGES}/{full_name}/releases/tag/{}", release.tag),
        "id": release.id,
        "node_id": node_id("RE", &[repository.id, release.id]),
        "tag_name": release.tag,
        "target_commitish": repository.default_branch,
        "name": release.name,
        "draft": release.is_draft,
        "prerelease": release.is_prerelease,
        "created_at": time(release.created_at),
        "updated_at": time(release.updated_at),
        "published_at": release.published_at.map(time),
        "author": user(world, release.author.as_deref()),
        "assets": [],
        "body": null,
    })
}
