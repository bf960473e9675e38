//! Lists, a page at a time.

use super::{Control, Refusal};
use crate::{Error, Result};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sqlx::Any;
use sqlx::any::{AnyArguments, AnyRow};
use sqlx::query::Query;

/// How many there are on a page unless asked otherwise, and at most.
const USUAL: i64 = 50;
const MOST: i64 = 200;

/// Where in a list to go on: after a row made at a time, of an id. What is listed meanwhile shifts no page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cursor {
    after: i64,
    id: String,
    /// How many rows to give.
    limit: i64,
}

impl Cursor {
    /// From what a client sends: the cursor of the page before, and how many it wants.
    ///
    /// # Errors
    /// [`Refusal::Invalid`] when the cursor is none of ours, or the limit out of bounds.
    pub fn new(cursor: Option<&str>, limit: Option<i64>) -> Result<Self> {
        let limit = limit.unwrap_or(USUAL);
        if !(1..=MOST).contains(&limit) {
            return Err(Error::Refused(Refusal::invalid("limit", format!("should be between 1 and {MOST}"))));
        }
        let Some(text) = cursor else { return Ok(Self { after: i64::MIN, id: String::new(), limit }) };
        let place = URL_SAFE_NO_PAD.decode(text).ok().and_then(|bytes| String::from_utf8(bytes).ok());
        let place = place.as_deref().and_then(|place| place.split_once('/'));
        match place.and_then(|(after, id)| Some((after.parse().ok()?, id))) {
            Some((after, id)) => Ok(Self { after, id: id.to_owned(), limit }),
            None => Err(Error::Refused(Refusal::invalid("cursor", "is not one that a page of this list gave"))),
        }
    }

    /// Whether it is the list's beginning.
    pub(crate) fn is_first(&self) -> bool {
        self.after == i64::MIN
    }

    /// The page of a list that no database has, whose places rise.
    pub(crate) fn cut<T>(&self, items: Vec<T>, place: impl Fn(&T) -> (i64, &str)) -> Page<T> {
        let most = usize::try_from(self.limit + 1).unwrap_or(usize::MAX);
        let left = items.into_iter().filter(|item| place(item) > (self.after, self.id.as_str()));
        Page::of(left.take(most).collect(), self, &place)
    }
}

/// Some rows of a list, and where the next are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<T> {
    /// The rows, in the order of their list.
    pub items: Vec<T>,
    /// What to ask the next page with; `None` on the last one.
    pub next: Option<String>,
}

impl<T> Page<T> {
    /// A page of rows that were asked for with one more than its limit. `place` is when a row was made, and its id.
    fn of(mut items: Vec<T>, cursor: &Cursor, place: impl Fn(&T) -> (i64, &str)) -> Self {
        let most = usize::try_from(cursor.limit).unwrap_or(usize::MAX);
        let more = items.len() > most;
        items.truncate(most);
        let next = items.last().filter(|_| more).map(|last| {
            let (at, id) = place(last);
            URL_SAFE_NO_PAD.encode(format!("{at}/{id}"))
        });
        Self { items, next }
    }
}

impl Control {
    /// A page of what a statement lists by when it was made and by id. Its last three parameters are the time and the id to go
    /// on after, and how many rows to give.
    pub(super) async fn page<'q, T>(
        &self,
        query: impl Fn() -> Query<'q, Any, AnyArguments>,
        cursor: &Cursor,
        read: impl Fn(&AnyRow) -> Result<T>,
        place: impl Fn(&T) -> (i64, &str),
    ) -> Result<Page<T>> {
        let query = || query().bind(cursor.after).bind(cursor.id.clone()).bind(cursor.limit + 1);
        let rows = self.database.read_all(query).await?;
        Ok(Page::of(rows.iter().map(read).collect::<Result<_>>()?, cursor, place))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_says_where_the_next_begins_and_the_last_says_nothing() {
        let cursor = Cursor::new(None, Some(2)).unwrap();
        let page = Page::of(vec![(5, "a"), (5, "b/c"), (6, "d")], &cursor, |row| *row);
        assert_eq!(page.items.len(), 2);
        let next = Cursor::new(page.next.as_deref(), Some(2)).unwrap();
        assert_eq!((next.after, next.id.as_str()), (5, "b/c"));
        assert_eq!(Page::of(vec![(6, "d")], &next, |row| *row).next, None);
    }

    #[test]
    fn a_list_that_no_database_has_is_cut_into_pages_that_miss_and_repeat_nothing() {
        let items = vec![(-9, "a"), (-9, "b"), (-7, "a"), (-5, "c")];
        let (mut cursor, mut pages) = (Cursor::new(None, Some(3)).unwrap(), Vec::new());
        assert!(cursor.is_first());
        loop {
            let page = cursor.cut(items.clone(), |item| *item);
            pages.push(page.items);
            let Some(next) = page.next else { break };
            cursor = Cursor::new(Some(&next), Some(3)).unwrap();
            assert!(!cursor.is_first());
        }
        assert_eq!(pages, [items[..3].to_vec(), items[3..].to_vec()]);
    }

    #[test]
    fn what_is_no_cursor_is_refused() {
        for bad in ["", "x", "eA", "YS9i"] {
            assert!(Cursor::new(Some(bad), None).is_err(), "{bad:?} was accepted");
        }
        assert!(Cursor::new(None, Some(0)).is_err() && Cursor::new(None, Some(201)).is_err());
    }
}
