//! Which commits take back an earlier change, of those that say so.
//!
//! Two kinds do not. A squash says what its commits said, and what they took back of each other was no change yet. And what takes back a
//! commit that takes one back puts that change in again. A merge of commits says nothing itself: the title of its pull request does.

use super::input::{Commit, RepositoryInput};
use crate::lineage::Node;
use std::collections::{HashMap, HashSet};

/// The commits of a repository that take back an earlier change.
#[derive(Debug)]
pub(super) struct Reverts(HashSet<Node>);

impl Reverts {
    /// What the commits of a repository say, and the titles of the pull requests that became them, as a merge commit says nothing itself. What
    /// they name and nobody knows is taken for a change.
    pub(super) fn of(input: &RepositoryInput<'_>) -> Self {
        let mut reverting: Vec<&Commit<'_>> =
            input.commits.rows().iter().filter(|commit| !commit.reverts.is_empty()).collect();
        if reverting.is_empty() {
            return Self(HashSet::new());
        }
        // Where commits name each other in a circle, it is gone round from the first.
        reverting.sort_by_key(|commit| (commit.committed_at, commit.id));
        let (graph, own) = (input.commits.graph(), own_commits(input, &reverting));
        let mut told = HashMap::new();
        for request in input.pull_requests.iter().filter(|request| request.is_merged()) {
            let became = request.merge_commit_sha.and_then(|sha| graph.find_text(sha));
            if let Some((node, is_back)) = became.zip(request.title.and_then(said_by)) {
                *told.entry(node).or_insert(false) |= is_back;
            }
        }
        let (mut order, mut named) = (Vec::with_capacity(reverting.len()), HashMap::new());
        for commit in reverting {
            let Some(node) = graph.find_text(commit.sha) else { continue };
            let earlier = commit.reverts.iter().filter(|sha| !own.contains(&(commit.sha, **sha)));
            named.insert(node, earlier.map(|sha| graph.find_text(sha)).collect::<Vec<_>>());
            order.push(node);
        }
        order.into_iter().for_each(|node| tell(node, &named, &mut told));
        Self(told.into_iter().filter_map(|(node, is_back)| is_back.then_some(node)).collect())
    }

    /// Whether a commit is one of them.
    pub(super) fn has(&self, node: Node) -> bool {
        self.0.contains(&node)
    }
}

/// Finds whether a commit takes back a change: whether anything that it names takes none back itself. This is found by what commits name, and not
/// by when they were made: two may be of one second, or of clocks that disagree.
fn tell(commit: Node, named: &HashMap<Node, Vec<Option<Node>>>, told: &mut HashMap<Node, bool>) {
    let (mut way, mut begun) = (vec![commit], HashSet::new());
    while let Some(node) = way.last().copied() {
        match named.get(&node).filter(|_| !told.contains_key(&node)) {
            // What it names comes first.
            Some(targets) if begun.insert(node) => {
                way.extend(targets.iter().flatten().filter(|target| !begun.contains(*target)));
            }
            Some(targets) => {
                let is_change = |target: &Option<Node>| target.and_then(|node| told.get(&node).copied()) != Some(true);
                let is_back = targets.iter().any(is_change);
                told.insert(node, is_back);
                way.pop();
            }
            None => {
                way.pop();
            }
        }
    }
}

/// What pull requests became that says to revert something, with each of their own commits.
fn own_commits<'a>(input: &RepositoryInput<'a>, reverting: &[&Commit<'a>]) -> HashSet<(&'a str, &'a str)> {
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
