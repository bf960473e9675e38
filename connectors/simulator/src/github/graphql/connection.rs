//! Connections: pages by cursor.
//!
//! A cursor tells where its node was in the order, not how many came before it. So when nodes change between two pages, those
//! that are sorted by what changed move, as on GitHub: one that is updated comes before all pages that are yet to be read, and
//! one that is not is neither lost nor repeated.

use super::ask::{Ask, Failure};
use crate::world::Time;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

/// GitHub gives no larger page.
const LARGEST: u64 = 100;

/// What a cursor begins with before it is encoded.
const VERSION: &str = "cursor:v2:";

/// Which way a connection is ordered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    Ascending,
    Descending,
}

/// Which part of a connection is asked for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Window<'a> {
    pub(super) first: u64,
    pub(super) after: Option<&'a str>,
}

impl<'a> Window<'a> {
    /// What an operation's own `$first` and `$after` ask for.
    pub(super) fn of(ask: &Ask<'a>) -> Result<Self, Failure> {
        Ok(Self { first: ask.number("first")?, after: ask.optional("after") })
    }

    /// The first few.
    pub(super) fn first(first: u64) -> Self {
        Self { first, after: None }
    }
}

/// The sort position of something that has a time and an id. As text it sorts as time and id do.
pub(super) fn position(time: Time, id: i64) -> String {
    format!("{:012}:{id:020}", time.timestamp())
}

/// A page of nodes with their sort positions.
pub(super) struct Page<T> {
    total: usize,
    items: Vec<(String, T)>,
    has_next: bool,
}

impl<T> Page<T> {
    /// Orders everything and cuts a window out of it.
    pub(super) fn cut(
        all: impl IntoIterator<Item = (String, T)>,
        order: Order,
        window: Window<'_>,
        name: &str,
    ) -> Result<Self, Failure> {
        if window.first > LARGEST {
            let asked = window.first;
            let message = format!(
                "Requesting {asked} records on the `{name}` connection exceeds the `first` limit of {LARGEST} records."
            );
            return Err(Failure::Request { kind: Some("EXCESSIVE_PAGINATION"), message });
        }
        let mut all: Vec<(String, T)> = all.into_iter().collect();
        let total = all.len();
        all.sort_by(|a, b| match order {
            Order::Ascending => a.0.cmp(&b.0),
            Order::Descending => b.0.cmp(&a.0),
        });
        if let Some(after) = window.after {
            let after = decode(after)?;
            all.retain(|(position, _)| match order {
                Order::Ascending => *position > after,
                Order::Descending => *position < after,
            });
        }
        let first = usize::try_from(window.first).unwrap_or(usize::MAX);
        let has_next = all.len() > first;
        all.truncate(first);
        Ok(Self { total, items: all, has_next })
    }

    /// The connection's fields.
    pub(super) fn nodes(&self, node: impl Fn(&T) -> Value) -> Value {
        let mut connection = self.part(node);
        connection["totalCount"] = json!(self.total);
        connection
    }

    /// The connection's fields where nobody asks how many there are.
    pub(super) fn part(&self, node: impl Fn(&T) -> Value) -> Value {
        json!({"pageInfo": self.info(), "nodes": self.items.iter().map(|(_, item)| node(item)).collect::<Vec<_>>()})
    }

    /// The same, with edges in the place of nodes.
    pub(super) fn edges(&self, edge: impl Fn(&T) -> Value) -> Value {
        json!({"pageInfo": self.info(), "edges": self.items.iter().map(|(_, item)| edge(item)).collect::<Vec<_>>()})
    }

    fn info(&self) -> Value {
        json!({"hasNextPage": self.has_next, "endCursor": self.items.last().map(|(position, _)| encode(position))})
    }
}

fn encode(position: &str) -> String {
    STANDARD.encode(format!("{VERSION}{position}"))
}

fn decode(cursor: &str) -> Result<String, Failure> {
    let bytes = STANDARD.decode(cursor).ok();
    let text = bytes.and_then(|b| String::from_utf8(b).ok());
    text.and_then(|t| t.strip_prefix(VERSION).map(str::to_owned)).ok_or_else(|| Failure::Request {
        kind: Some("INVALID_CURSOR_ARGUMENTS"),
        message: format!("`{cursor}` does not appear to be a valid cursor."),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(all: &[i64], after: Option<&str>) -> (Vec<i64>, Option<String>) {
        let all = all.iter().map(|n| (position(Time::UNIX_EPOCH, *n), *n));
        let page = Page::cut(all, Order::Descending, Window { first: 2, after }, "things").unwrap();
        let cursor = page.info()["endCursor"].as_str().map(str::to_owned);
        (page.items.iter().map(|(_, n)| *n).collect(), cursor)
    }

    #[test]
    fn a_page_goes_on_where_the_last_one_ended_whatever_came_before_it() {
        let (first, cursor) = page(&[1, 2, 3, 4], None);
        assert_eq!(first, [4, 3]);
        let (second, _) = page(&[1, 2, 9, 8, 7], cursor.as_deref());
        assert_eq!(second, [2, 1]);
    }

    #[test]
    fn what_is_no_cursor_is_refused() {
        assert!(decode("nonsense").is_err());
        assert_eq!(decode(&encode("here")).unwrap(), "here");
    }
}
