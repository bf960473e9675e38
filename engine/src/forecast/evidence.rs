//! The items that a forecast is of, under the names that people know them by.

use super::Kind;
use super::ask::one;
use crate::metrics::literal;
use crate::session::Session;
use crate::session::values::rows;
use crate::{Result, Settings};
use chrono::NaiveDate;
use serde::Serialize;

/// How many items are named by one statement: an id of a hundred letters leaves it half of the bytes that one may have.
const AT_ONCE: usize = 300;

/// An item that was open.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct OpenItem {
    /// Its id.
    pub id: String,
    /// The name that people call it by.
    pub key: String,
    /// Its title, while its source has it.
    pub title: Option<String>,
    /// Where people open it, likewise.
    pub url: Option<String>,
}

/// The items of a subject that were open at the beginning of a day, by their keys, as far as a session shows them: a forecast that was made on that
/// day is of them.
///
/// # Errors
/// [`crate::Error::Question`] when there is no such subject to be seen; else as [`Session::collect`].
pub async fn evidence(
    session: &Session,
    (kind, id): (Kind, &str),
    made_on: NaiveDate,
    settings: &Settings,
) -> Result<Vec<OpenItem>> {
    let subject = one(session, (kind, id), settings).await?;
    let open: Vec<String> =
        subject.lives.iter().filter(|life| life.is_open(made_on)).map(|life| literal(&life.id)).collect();
    let mut items = Vec::with_capacity(open.len());
    // A statement has room for so many ids.
    for some in open.chunks(AT_ONCE) {
        let ids = some.join(", ");
        // Facts are shown also to whoever sees an item by its team alone.
        let there = format!(
            "SELECT items.id, items.key, items.title, core_items.url FROM facts.work_items AS items \
             LEFT JOIN core.work_items AS core_items ON core_items.id = items.id \
             WHERE core_items.deleted_at IS NULL AND items.id IN ({ids})"
        );
        // What its source has deleted keeps its key alone: what it was called is told no more, and nothing is there to be opened.
        let gone = format!("SELECT id, key FROM core.work_items WHERE deleted_at IS NOT NULL AND id IN ({ids})");
        let named_before = items.len();
        for named in [there, gone] {
            // Mostly all are there.
            if items.len() - named_before == some.len() {
                break;
            }
            for mut row in rows(session, &named).await? {
                let (title, url) = (row.text("title"), row.text("url"));
                items.extend(row.text("id").zip(row.text("key")).map(|(id, key)| OpenItem { id, key, title, url }));
            }
        }
    }
    items.sort_by(|a, b| (&a.key, &a.id).cmp(&(&b.key, &b.id)));
    Ok(items)
}
