//! Which commits take back an earlier change, of those that say so.
//!
//! Two kinds do not. A squash says what its commits said, and what they took back of each other was no change yet. And what takes back a
//! commit that takes one back puts that change in again.

use super::input::{Commit, RepositoryInput};
use crate::lineage::Node;
use std::collections::{HashMap, HashSet};

/// The commits of a repository that take back an earlier change.
#[derive(Debug)]
pub(super) struct Reverts(HashSet<Node>);

impl Reverts {
    /// What the commits of a repository say. What they name and nobody knows is taken for a change.
    pub(super) fn of(input: &RepositoryInput<'_>) -> Self {
        let mut reverting: Vec<&Commit<'_>> =
            input.commits.rows().iter().filter(|commit| !commit.reverts.is_empty()).collect();
        // What is taken back was there before.
        reverting.sort_by_key(|commit| (commit.committed_at, commit.id));
        let (graph, own) = (input.commits.graph(), own_commits(input, &reverting));
        let mut back = HashSet::new();
        for commit in reverting {
            let Some(node) = graph.find_text(commit.sha) else { continue };
            let mut earlier = commit.reverts.iter().filter(|sha| !own.contains(&(commit.sha, **sha)));
            if earlier.any(|sha| graph.find_text(sha).is_none_or(|target| !back.contains(&target))) {
                back.insert(node);
            }
        }
        Self(back)
    }

    /// Whether a commit is one of them.
    pub(super) fn has(&self, node: Node) -> bool {
        self.0.contains(&node)
    }
}

/// What pull requests became that says to revert something, with each of their own commits.
fn own_commits<'a>(input: &RepositoryInput<'a>, reverting: &[&Commit<'a>]) -> HashSet<(&'a str, &'a str)> {
    if reverting.is_empty() {
        return HashSet::new();
    }
    let reverting: HashSet<&str> = reverting.iter().map(|commit| commit.sha).collect();
    let merged = input.pull_requests.iter().filter(|request| request.is_merged());
    let became: HashMap<&str, &'a str> = merged
        .filter_map(|request| Some((request.id, request.merge_commit_sha.filter(|sha| reverting.contains(sha))?)))
        .collect();
    let own = input.pull_request_commits.iter();
    own.filter_map(|own| Some((*became.get(own.pull_request_id)?, own.sha))).collect()
}

/// Whether a title says that a pull request takes a change back, as vendors and people write it: `Revert "…"`, `revert: …`, `revert(cart): …`.
/// A revert of a revert, and what calls itself `Reapply "…"`, puts it in again. `None` where a title says nothing of it.
pub(super) fn said_by(title: &str) -> Option<bool> {
    if after(title.trim_start(), "reapply").is_some() {
        return Some(false);
    }
    let mut rest = after(title.trim_start(), "revert")?;
    let mut is_back = true;
    // What is taken back is quoted: in `revert: revert the cache` it is no title.
    while let Some(inner) =
        rest.trim_start_matches([' ', ':']).strip_prefix('"').and_then(|quoted| after(quoted, "revert"))
    {
        (rest, is_back) = (inner, !is_back);
    }
    Some(is_back)
}

/// What comes after a word with which a text begins.
fn after<'t>(text: &'t str, word: &str) -> Option<&'t str> {
    let (begins, rest) = text.split_at_checked(word.len())?;
    (begins.eq_ignore_ascii_case(word) && rest.starts_with([' ', ':', '(', '"'])).then_some(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_that_reverts_a_revert_puts_in_again() {
        let told = [
            ("Revert \"Faster carts\"", Some(true)),
            ("revert: faster carts", Some(true)),
            (" REVERT(cart): x", Some(true)),
            ("revert: revert the cache to what it was", Some(true)),
            ("Revert \"Revert \"Faster carts\"\"", Some(false)),
            ("Revert: \"Revert \"Faster carts\"\"", Some(false)),
            ("Revert \"Revert \"Revert \"Faster carts\"\"\"", Some(true)),
            ("Reapply \"Faster carts\"", Some(false)),
            ("Revert \"Reapply \"Faster carts\"\"", Some(true)),
            ("Revertible carts", None),
            ("Rever", None),
            ("Do not revert ", None),
            ("Rückkehr", None),
            ("", None),
        ];
        for (title, is_back) in told {
            assert_eq!(said_by(title), is_back, "{title}");
        }
    }
}
