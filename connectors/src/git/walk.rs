//! Which commits are new, and an order in which every commit comes after its parents.

use super::GitSource;
use super::repository::reason;
use crate::Result;
use gix::ObjectId;
use gix::commitgraph::Graph;
use gix::hashtable::HashSet;
use gix::hashtable::hash_table::HashTable;
use gix::objs::{CommitRefIter, Kind};
use gix::prelude::FindExt;
use std::collections::BinaryHeap;

/// Reads the shape of a history: who is whose parent, and when.
pub(super) struct Shape<'a> {
    source: &'a GitSource,
    repo: gix::Repository,
    graph: Option<Graph>,
    shallow: HashSet<ObjectId>,
    buffer: Vec<u8>,
}

impl<'a> Shape<'a> {
    /// With `cached`, parents come from the commit-graph file where there is one.
    pub(super) fn new(source: &'a GitSource, shallow: &[ObjectId], cached: bool) -> Self {
        let repo = source.handle();
        // The commit-graph file knows the parents that a cut-off history lacks, so it serves whole histories only. It is
        // a cache: one that cannot be read is left alone. It knows nothing of damaged objects either, so whoever must find
        // those before anything is landed does without it.
        let graph = if cached && shallow.is_empty() { repo.commit_graph_if_enabled().ok().flatten() } else { None };
        Self { source, repo, graph, shallow: shallow.iter().copied().collect(), buffer: Vec::new() }
    }

    /// A commit's parents, and when it was committed, 0 when that is absurd. Behind the edge of a shallow clone there
    /// are no parents.
    pub(super) fn look(&mut self, id: &ObjectId, parents: &mut Vec<ObjectId>) -> Result<i64> {
        parents.clear();
        if let Some(time) = self.graph.as_ref().and_then(|graph| from_graph(graph, id, parents)) {
            return Ok(time);
        }
        parents.clear();
        let data =
            self.repo.objects.find(id, &mut self.buffer).map_err(|e| self.source.unreadable_object(id, reason(&e)))?;
        if data.kind != Kind::Commit {
            return Err(self.source.unreadable_object(id, format!("it is a {} where a commit should be", data.kind)));
        }
        let commit = CommitRefIter::from_bytes(data.data, data.object_hash);
        if !self.shallow.contains(id) {
            parents.extend(commit.parent_ids());
        }
        Ok(commit.committer().map_or(0, |c| c.seconds()))
    }

    /// Whether the object is there and a commit.
    pub(super) fn has(&self, id: &ObjectId) -> bool {
        self.repo.try_find_header(*id).is_ok_and(|h| h.is_some_and(|h| h.kind() == Kind::Commit))
    }
}

fn from_graph(graph: &Graph, id: &ObjectId, parents: &mut Vec<ObjectId>) -> Option<i64> {
    let commit = graph.commit_by_id(id)?;
    for parent in commit.iter_parents() {
        parents.push(graph.id_at(parent.ok()?).to_owned());
    }
    i64::try_from(commit.committer_timestamp()).ok()
}

/// One commit that was seen: 28 bytes, and no more for each of its parents than an index.
struct Node {
    id: ObjectId,
    edges: u32,
    degree: u16,
    hidden: bool,
    state: State,
}

#[derive(Clone, Copy, PartialEq)]
enum State {
    Queued,
    Walked,
    Emitted,
}

/// A commit that waits to be walked; newest first.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Waiting {
    time: i64,
    node: u32,
    parents: Vec<ObjectId>,
}

#[derive(Default)]
struct Walk {
    nodes: Vec<Node>,
    edges: Vec<u32>,
    /// The nodes by their ids, which stand in `nodes` alone.
    known: HashTable<u32>,
    queue: BinaryHeap<Waiting>,
    /// How many commits in the queue are wanted; when none is left, the rest of the queue is landed already.
    wanted: usize,
}

/// The commits that are reachable from `tips` and not from `landed`, each after its parents.
///
/// Commits are walked newest first, with "landed" painted from child to parent, until nothing but painted commits waits.
/// Where clocks were wrong a landed commit may be given once more, which is harmless; one that was not landed is never
/// left out, since only ancestors of `landed` are painted.
pub(super) fn new_commits(shape: &mut Shape<'_>, tips: &[ObjectId], landed: &[ObjectId]) -> Result<Vec<ObjectId>> {
    let landed_already: HashSet<ObjectId> = landed.iter().copied().collect();
    if tips.iter().all(|tip| landed_already.contains(tip)) {
        return Ok(Vec::new());
    }
    let mut walk = Walk::default();
    for (ids, hidden) in [(landed, true), (tips, false)] {
        for id in ids {
            walk.meet(shape, id, hidden)?;
        }
    }
    while walk.wanted > 0
        && let Some(next) = walk.queue.pop()
    {
        let at = next.node as usize;
        let hidden = walk.nodes[at].hidden;
        walk.wanted -= usize::from(!hidden);
        walk.nodes[at].state = State::Walked;
        walk.nodes[at].edges = walk.edges.len() as u32;
        walk.nodes[at].degree = next.parents.len().min(usize::from(u16::MAX)) as u16;
        for parent in next.parents.iter().take(usize::from(u16::MAX)) {
            let parent = walk.meet(shape, parent, hidden)?;
            walk.edges.push(parent);
        }
    }
    Ok(walk.parents_first())
}

/// An id is a hash already.
fn hash(id: &ObjectId) -> u64 {
    id.as_slice().iter().take(8).fold(0, |hash, byte| hash << 8 | u64::from(*byte))
}

impl Walk {
    /// The node of a commit, which is queued when it is seen for the first time.
    fn meet(&mut self, shape: &mut Shape<'_>, id: &ObjectId, hidden: bool) -> Result<u32> {
        if let Some(&node) = self.known.find(hash(id), |node| self.nodes[*node as usize].id == *id) {
            if hidden {
                self.hide(node);
            }
            return Ok(node);
        }
        let mut parents = Vec::new();
        let time = match shape.look(id, &mut parents) {
            Ok(time) => time,
            // What was landed before may have been pruned since: its ancestors are then simply not known as landed.
            Err(_) if hidden => 0,
            Err(error) => return Err(error),
        };
        let node = self.nodes.len() as u32;
        self.nodes.push(Node { id: *id, edges: 0, degree: 0, hidden, state: State::Queued });
        self.known.insert_unique(hash(id), node, |node| hash(&self.nodes[*node as usize].id));
        self.queue.push(Waiting { time, node, parents });
        self.wanted += usize::from(!hidden);
        Ok(node)
    }

    /// Paints a commit and everything behind it that was walked before.
    fn hide(&mut self, node: u32) {
        let mut stack = vec![node];
        while let Some(node) = stack.pop() {
            let found = &mut self.nodes[node as usize];
            if std::mem::replace(&mut found.hidden, true) {
                continue;
            }
            if found.state == State::Queued {
                self.wanted -= 1;
            } else {
                let edges = found.edges as usize;
                stack.extend(&self.edges[edges..edges + usize::from(found.degree)]);
            }
        }
    }

    /// The wanted commits, each after its parents; as far as that allows, oldest first.
    fn parents_first(mut self) -> Vec<ObjectId> {
        self.known = HashTable::new();
        let mut order = Vec::with_capacity(self.nodes.iter().filter(|n| !n.hidden).count());
        let mut stack: Vec<(u32, u16)> = Vec::new();
        for start in (0..self.nodes.len() as u32).rev() {
            stack.push((start, 0));
            while let Some((node, parent)) = stack.pop() {
                let found = &mut self.nodes[node as usize];
                if found.hidden || found.state == State::Emitted {
                    continue;
                }
                if parent < found.degree {
                    let next = self.edges[found.edges as usize + usize::from(parent)];
                    stack.push((node, parent + 1));
                    stack.push((next, 0));
                } else {
                    found.state = State::Emitted;
                    order.push(found.id);
                }
            }
        }
        order
    }
}
