//! Of how many of its tables' values, and of how many bytes of its own, a row of a statement is made at most.
//!
//! How long the values are is not known before they are read, but how often each stands in a row is. So how wide a row becomes is known
//! as soon as the longest value of each column has been seen ([`super::widths`]).

use std::collections::HashMap;
use std::rc::Rc;

/// The bytes of a number, and of one that is written out.
const NUMBER_BYTES: usize = 16;

/// How often each of some sources stands in a value. Sources are numbered; bytes that stand in the statement are the first of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Made(Option<Rc<[(usize, usize)]>>);

/// The statement itself, each of whose bytes counts.
const BYTES: usize = 0;
/// What was gathered of the values of many rows.
const GATHERED: usize = 1;
/// Before the columns of tables stand so many.
const COLUMNS: usize = 2;

impl Made {
    /// Of so many bytes that stand in the statement.
    pub(super) fn of_bytes(bytes: usize) -> Self {
        Self::of(BYTES, bytes)
    }

    /// What is gathered of many rows.
    pub(super) fn gathered() -> Self {
        Self::of(GATHERED, 1)
    }

    /// A number, an instant, or the like.
    pub(super) fn number() -> Self {
        Self::of_bytes(NUMBER_BYTES)
    }

    fn of(source: usize, times: usize) -> Self {
        Self((times > 0).then(|| [(source, times)].into()))
    }

    fn parts(&self) -> &[(usize, usize)] {
        self.0.as_deref().unwrap_or_default()
    }

    /// Of one and the other.
    pub(super) fn and(&self, other: &Self) -> Self {
        self.with(other, usize::saturating_add)
    }

    /// Of one or the other.
    pub(super) fn or(&self, other: &Self) -> Self {
        self.with(other, usize::max)
    }

    /// So many times this.
    pub(super) fn times(&self, times: usize) -> Self {
        match times {
            1 => self.clone(),
            _ => Self(self.0.as_ref().map(|parts| parts.iter().map(|(s, n)| (*s, n.saturating_mul(times))).collect())),
        }
    }

    fn with(&self, other: &Self, together: impl Fn(usize, usize) -> usize) -> Self {
        let (Some(one), Some(two)) = (&self.0, &other.0) else {
            return if self.0.is_some() { self.clone() } else { other.clone() };
        };
        let (mut one, mut two) = (one.iter().copied().peekable(), two.iter().copied().peekable());
        let mut parts = Vec::with_capacity(one.len() + two.len());
        loop {
            parts.push(match (one.peek().copied(), two.peek().copied()) {
                (Some((a, n)), Some((b, m))) if a == b => {
                    (one.next(), two.next());
                    (a, together(n, m))
                }
                (Some(part), other) if other.is_none_or(|(b, _)| part.0 < b) => {
                    one.next();
                    part
                }
                (_, Some(part)) => {
                    two.next();
                    part
                }
                (Some(_), None) | (None, None) => break,
            });
        }
        Self(Some(parts.into()))
    }
}

/// What the widest rows of a plan are made of, as it is walked through.
#[derive(Default)]
pub(super) struct Widest {
    columns: HashMap<String, usize>,
    row: Vec<usize>,
    value: Vec<usize>,
}

impl Widest {
    /// A column of a table.
    pub(super) fn column(&mut self, name: &str) -> Made {
        let next = COLUMNS + self.columns.len();
        Made::of(*self.columns.entry(name.to_owned()).or_insert(next), 1)
    }

    /// A row of such values is made.
    pub(super) fn row<'m>(&mut self, values: impl Iterator<Item = &'m Made>) {
        let mut row = vec![0_usize; self.row.len()];
        for (source, times) in values.flat_map(Made::parts) {
            let sum = at(&mut row, *source);
            *sum = sum.saturating_add(*times);
        }
        for (source, times) in row.into_iter().enumerate() {
            let most = at(&mut self.row, source);
            *most = times.max(*most);
        }
    }

    /// Such a value is made besides.
    pub(super) fn value(&mut self, made: &Made) {
        for (source, times) in made.parts() {
            let most = at(&mut self.value, *source);
            *most = (*most).max(*times);
        }
    }

    /// What is known in the end.
    pub(super) fn breadth(self) -> Breadth {
        let times = |source: usize| {
            let of = |all: &[usize]| all.get(source).copied().unwrap_or(0);
            of(&self.row).saturating_add(of(&self.value))
        };
        let columns: HashMap<String, usize> =
            self.columns.iter().map(|(name, source)| (name.clone(), times(*source))).collect();
        let most = columns.values().copied().fold(times(GATHERED).max(1), usize::max);
        Breadth { bytes: times(BYTES), columns, most }
    }
}

fn at(all: &mut Vec<usize>, source: usize) -> &mut usize {
    if all.len() <= source {
        all.resize(source + 1, 0);
    }
    &mut all[source]
}

/// What a row of a statement is made of at most, with what is computed of it at a time.
#[derive(Debug)]
pub(super) struct Breadth {
    /// The bytes that stand in the statement itself.
    pub(super) bytes: usize,
    columns: HashMap<String, usize>,
    /// How often the one stands there that stands there most often.
    most: usize,
}

impl Breadth {
    /// How often a column of that name stands in a row; of one that is gathered, or that no table has, as often as any.
    pub(super) fn times(&self, column: &str) -> usize {
        self.columns.get(column).copied().unwrap_or(self.most)
    }

    /// How often what is gathered may stand there.
    pub(super) fn of_gathered(&self) -> usize {
        self.most
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_put_together_counts_each_and_what_is_chosen_the_larger_of_each() {
        let mut widest = Widest::default();
        let (a, b) = (widest.column("a"), widest.column("b"));
        assert_eq!(widest.column("a"), a, "one name is one source");
        let twice = a.and(&b).and(&a).and(&Made::of_bytes(5));
        assert_eq!(twice.parts(), [(BYTES, 5), (2, 2), (3, 1)]);
        assert_eq!(twice.or(&b.times(4)).parts(), [(BYTES, 5), (2, 2), (3, 4)]);
        assert_eq!(a.or(&Made::default()).parts(), Made::default().or(&a).parts());
        assert_eq!(b.and(&a).parts(), a.and(&b).parts());
        assert_eq!(Made::of_bytes(0), Made::default());
        assert_eq!(a.times(0).parts(), [(2, 0)]);
        // A row of a, a, b; and beside it a value of a, b, a and five bytes.
        widest.row([&a, &a, &b].into_iter());
        widest.row([&b].into_iter());
        widest.value(&twice);
        let breadth = widest.breadth();
        assert_eq!((breadth.bytes, breadth.times("a"), breadth.times("b")), (5, 4, 2));
        assert_eq!(
            (breadth.times("c"), breadth.of_gathered()),
            (4, 4),
            "what is not known stands there as often as any"
        );
        let mut widest = Widest::default();
        widest.row([&Made::gathered(), &Made::gathered()].into_iter());
        assert_eq!(widest.breadth().of_gathered(), 2);
        assert_eq!(Widest::default().breadth().times("x"), 1);
    }
}
