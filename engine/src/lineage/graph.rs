//! Commits and their parents, small enough for a million of them.

use std::collections::HashMap;
use std::fmt;
use std::sync::OnceLock;

/// A commit's object id: its first 160 bits, which is all of a SHA-1 and enough of a SHA-256.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Sha([u8; 20]);

impl Sha {
    /// Reads 40 to 64 hexadecimal digits; `None` for anything else, an abbreviated id included.
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.as_bytes();
        let rest = digits.get(40..).filter(|_| digits.len() <= 64)?;
        let (mut id, mut all) = ([0; 20], 0);
        for (byte, pair) in id.iter_mut().zip(digits.chunks_exact(2)) {
            let (high, low) = (VALUES[usize::from(pair[0])], VALUES[usize::from(pair[1])]);
            all |= high | low;
            *byte = high << 4 | (low & 0xf);
        }
        (all <= 0xf && rest.iter().all(u8::is_ascii_hexdigit)).then_some(Self(id))
    }
}

/// The value of each byte as a hexadecimal digit, more than fifteen where it is none. Of each commit several ids are read.
const VALUES: [u8; 256] = {
    let mut values = [u8::MAX; 256];
    let mut value = 0;
    while value < 16 {
        let digits = b"0123456789abcdef";
        values[digits[value] as usize] = value as u8;
        values[digits[value].to_ascii_uppercase() as usize] = value as u8;
        value += 1;
    }
    values
};

impl From<[u8; 20]> for Sha {
    fn from(id: [u8; 20]) -> Self {
        Self(id)
    }
}

impl fmt::Debug for Sha {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// A commit's place in a [`Graph`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Node(u32);

impl Node {
    /// The place as an index, below the number of places in its graph.
    pub fn index(self) -> usize {
        self.0 as usize
    }

    /// The node at an index.
    pub(crate) fn at(index: usize) -> Self {
        Self(index as u32)
    }
}

/// A span that no commit can have: the id was named as a parent and never added.
const BOUNDARY: (u32, u32) = (u32::MAX, u32::MAX);

/// The commits of one repository with their parents, added in any order.
///
/// Ids are interned once; parents stand in one long list, of which each commit has a span. That is about 90 bytes a
/// commit. A parent that is never added (a shallow clone ends somewhere) is a boundary: it is not walked past and is
/// nobody's result.
#[derive(Debug, Default)]
pub struct Graph {
    places: HashMap<Sha, Node>,
    spans: Vec<(u32, u32)>,
    parents: Vec<Node>,
    /// The commits in the order of their ids, from when the first abbreviated id is looked for.
    sorted: OnceLock<Vec<(Sha, Node)>>,
}

/// The fewest digits that an abbreviated id is taken for one with.
const SHORTEST: usize = 7;

impl Graph {
    /// An empty graph.
    pub fn new() -> Self {
        Self::default()
    }

    /// Makes room for so many commits.
    pub(crate) fn reserve(&mut self, commits: usize) {
        self.places.reserve(commits);
        self.spans.reserve_exact(commits);
        self.parents.reserve(commits);
    }

    /// Adds a commit; its parents may follow later, or never. One that is there already is given these parents instead.
    pub fn add(&mut self, sha: Sha, parents: impl IntoIterator<Item = Sha>) -> Node {
        let node = self.intern(sha);
        let start = self.parents.len() as u32;
        for parent in parents {
            let parent = self.intern(parent);
            self.parents.push(parent);
        }
        self.spans[node.index()] = (start, self.parents.len() as u32);
        self.sorted.take();
        node
    }

    fn intern(&mut self, sha: Sha) -> Node {
        let next = Node(self.spans.len() as u32);
        let node = *self.places.entry(sha).or_insert(next);
        if node == next {
            self.spans.push(BOUNDARY);
        }
        node
    }

    /// The place of a commit that was added.
    pub fn find(&self, sha: &Sha) -> Option<Node> {
        self.places.get(sha).copied().filter(|node| self.is_known(*node))
    }

    /// As [`Graph::find`], from the id's text. An abbreviated id is one of at least seven digits with which one commit alone
    /// begins.
    pub fn find_text(&self, sha: &str) -> Option<Node> {
        Sha::parse(sha).map_or_else(|| self.find_short(sha), |sha| self.find(&sha))
    }

    fn find_short(&self, digits: &str) -> Option<Node> {
        if digits.len() < SHORTEST {
            return None;
        }
        let (first, last) = (Sha::parse(&format!("{digits:0<40}"))?, Sha::parse(&format!("{digits:f<40}"))?);
        let sorted = self.sorted.get_or_init(|| {
            let known = self.places.iter().filter(|(_, node)| self.is_known(**node));
            let mut sorted: Vec<_> = known.map(|(sha, node)| (*sha, *node)).collect();
            sorted.sort_unstable();
            sorted
        });
        let start = sorted.partition_point(|(sha, _)| *sha < first);
        let mut found = sorted[start..].iter().take_while(|(sha, _)| *sha <= last);
        let (_, only) = found.next()?;
        found.next().is_none().then_some(*only)
    }

    /// Whether the commit was added, rather than only named as a parent.
    pub fn is_known(&self, node: Node) -> bool {
        self.spans[node.index()] != BOUNDARY
    }

    /// A commit's parents in order; none for a boundary.
    pub fn parents(&self, node: Node) -> &[Node] {
        match self.spans[node.index()] {
            BOUNDARY => &[],
            (start, end) => &self.parents[start as usize..end as usize],
        }
    }

    /// Every commit that was added.
    pub fn commits(&self) -> impl Iterator<Item = Node> {
        (0..self.spans.len() as u32).map(Node).filter(|node| self.is_known(*node))
    }

    /// How many places there are, boundaries included.
    pub(crate) fn len(&self) -> usize {
        self.spans.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sha(n: u8) -> Sha {
        Sha::from([n; 20])
    }

    #[test]
    fn commits_may_come_before_or_after_their_parents() {
        let mut graph = Graph::new();
        let child = graph.add(sha(2), [sha(1)]);
        assert_eq!(graph.find(&sha(1)), None, "a parent that was only named is a boundary");
        let parent = graph.add(sha(1), []);
        assert_eq!(graph.parents(child), [parent]);
        assert_eq!((graph.find(&sha(1)), graph.commits().count(), graph.len()), (Some(parent), 2, 2));
        graph.add(sha(2), []);
        assert!(graph.parents(child).is_empty(), "what is added last holds");
    }

    #[test]
    fn an_abbreviated_id_is_the_one_commit_that_begins_with_it() {
        let mut graph = Graph::new();
        let mut near = [0xab; 20];
        near[4] = 0;
        let (one, other) = (graph.add(sha(0xab), [sha(0xcd)]), graph.add(Sha::from(near), []));
        assert_eq!(graph.find_text("ABABABABa"), Some(one));
        assert_eq!(graph.find_text("abababab0"), Some(other));
        for none in ["abababab", "ababab", "cdcdcdcd", "abababag", "ababababä", ""] {
            assert_eq!(graph.find_text(none), None, "{none}");
        }
        let third = graph.add(sha(0xcd), []);
        assert_eq!(graph.find_text("cdcdcdcd"), Some(third), "added after the first was looked for");
    }

    #[test]
    fn an_id_is_forty_to_sixty_four_hexadecimal_digits() {
        assert_eq!(
            Sha::parse(&"0aF".repeat(14)[..40]).map(|s| format!("{s:?}")),
            Some("0af".repeat(14)[..40].to_owned())
        );
        assert_eq!(Sha::parse(&"ab".repeat(32)), Some(sha(0xab)));
        for bad in ["", "abc1234", &"g".repeat(40), &"a".repeat(65), &"ä".repeat(20)] {
            assert_eq!(Sha::parse(bad), None, "{bad}");
        }
    }
}
