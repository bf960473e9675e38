//! What the graph of commits says: what is reachable, what differs, and in which order.

use super::{Commit, Repository, Time};
use std::collections::{BTreeMap, BTreeSet, BinaryHeap, HashSet};

impl Repository {
    /// Everything reachable from a commit, and the commit itself.
    pub fn reachable(&self, from: &str) -> HashSet<&str> {
        self.beyond(from, &HashSet::new())
    }

    /// Everything reachable from a commit that is not in a set which holds all ancestors of its members.
    pub fn beyond(&self, from: &str, known: &HashSet<&str>) -> HashSet<&str> {
        let mut found = HashSet::new();
        let mut open = vec![from];
        while let Some(sha) = open.pop() {
            let Some(commit) = self.commits.get(sha).filter(|c| !known.contains(c.sha.as_str())) else { continue };
            if found.insert(commit.sha.as_str()) {
                open.extend(commit.parents.iter().map(String::as_str));
            }
        }
        found
    }

    /// What is reachable from `head` and not from `base`, oldest first: no commit comes before a parent of it.
    pub fn difference(&self, base: &str, head: &str) -> Vec<&Commit> {
        let mut commits = self.newest_first(&self.beyond(head, &self.reachable(base)));
        commits.reverse();
        commits
    }

    /// The history of a commit as `git log` tells it: newest first, and no commit comes after a parent of it.
    pub fn log(&self, from: &str) -> Vec<&Commit> {
        self.newest_first(&self.reachable(from))
    }

    /// The newest commit that both have, if their histories have one in common.
    pub fn merge_base(&self, one: &str, other: &str) -> Option<&Commit> {
        let (one, other) = (self.reachable(one), self.reachable(other));
        let common: HashSet<&str> = one.intersection(&other).copied().collect();
        self.newest_first(&common).first().copied()
    }

    /// Orders commits by the committer's date as far as the graph allows it.
    fn newest_first(&self, shas: &HashSet<&str>) -> Vec<&Commit> {
        let commits: BTreeSet<&str> = shas.iter().copied().collect();
        let parents = |c: &Commit| c.parents.clone().into_iter().filter(|p| shas.contains(p.as_str()));
        let mut children: BTreeMap<&str, usize> = BTreeMap::new();
        for commit in commits.iter().filter_map(|s| self.commits.get(*s)) {
            for parent in commit.parents.iter().filter(|p| shas.contains(p.as_str())) {
                *children.entry(parent).or_default() += 1;
            }
        }
        let mut ready: BinaryHeap<(Time, &str)> = BinaryHeap::new();
        let enter = |sha: &str| self.commits.get(sha).map(|c| (c.committer.date, c.sha.as_str()));
        ready.extend(commits.iter().filter(|s| !children.contains_key(**s)).filter_map(|s| enter(s)));
        let mut ordered = Vec::with_capacity(commits.len());
        while let Some((_, sha)) = ready.pop() {
            let Some(commit) = self.commits.get(sha) else { continue };
            ordered.push(commit);
            for parent in parents(commit) {
                if let Some(left) = children.get_mut(parent.as_str()) {
                    *left -= 1;
                    if *left == 0 {
                        ready.extend(enter(&parent));
                    }
                }
            }
        }
        ordered
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::World;
    use crate::{Size, world};

    fn grown() -> World {
        World::new(5, Size::tiny())
    }

    #[test]
    fn a_difference_is_what_one_set_has_and_the_other_has_not() {
        let world = grown();
        for repository in world.repositories.values() {
            let main = repository.default_head().unwrap();
            for pull_request in repository.pull_requests.values() {
                for (base, head) in [(main, &*pull_request.head_sha), (&*pull_request.head_sha, main)] {
                    let brute = |from: &str| {
                        let mut all = BTreeSet::from([from.to_owned()]);
                        loop {
                            let more: BTreeSet<String> =
                                all.iter().flat_map(|s| repository.commits[s].parents.clone()).collect();
                            if more.is_subset(&all) {
                                return all;
                            }
                            all.extend(more);
                        }
                    };
                    let expected: BTreeSet<String> = brute(head).difference(&brute(base)).cloned().collect();
                    let found = repository.difference(base, head);
                    assert_eq!(found.len(), expected.len());
                    assert!(found.iter().all(|c| expected.contains(&c.sha)));
                }
            }
        }
    }

    #[test]
    fn no_commit_of_a_log_comes_after_a_parent_of_it() {
        let world = grown();
        for repository in world.repositories.values() {
            let log: Vec<&world::Commit> = repository.log(repository.default_head().unwrap());
            // A cycle would leave out the commits in it.
            assert_eq!(log.len(), repository.reachable(repository.default_head().unwrap()).len());
            let position: BTreeMap<&str, usize> = log.iter().enumerate().map(|(i, c)| (c.sha.as_str(), i)).collect();
            for commit in &log {
                assert!(commit.parents.iter().all(|p| position[p.as_str()] > position[commit.sha.as_str()]));
            }
        }
    }
}
