//! What work items were called before they moved to another project: a text that names one by such a key goes on meaning it.

use super::group::rows;
use super::marks::Marks;
use super::organisation::Organisation;
use super::read::Columns;
use crate::Result;
use futures::TryStreamExt as _;
use std::collections::{BTreeMap, BTreeSet, HashSet};

/// What the histories of items call the field that holds their keys.
pub(super) const KEY: &str = "key";

/// Tells an organisation which items moved.
pub(super) async fn tell(marks: &Marks, organisation: &mut Organisation) -> Result<()> {
    keys(marks).await?.iter().for_each(|(former, key)| organisation.moved(former, key));
    Ok(())
}

/// Keys that may lead elsewhere since some items came, went or are called otherwise, each with the keys that it goes or went by: those that
/// these went by earlier, and of their keys those that any item went by earlier.
pub(super) async fn led_elsewhere(marks: &Marks, items: &BTreeMap<&str, BTreeSet<&str>>) -> Result<BTreeSet<String>> {
    if items.is_empty() {
        return Ok(BTreeSet::new());
    }
    let former = former(marks).await?;
    let mut keys: BTreeSet<String> = items.keys().filter_map(|id| former.get(*id)).flatten().cloned().collect();
    let theirs: HashSet<&str> = items.values().flatten().copied().collect();
    keys.extend(former.values().flatten().filter(|key| theirs.contains(key.as_str())).cloned());
    Ok(keys)
}

/// The keys by which each item went that moved.
async fn former(marks: &Marks) -> Result<&BTreeMap<String, BTreeSet<String>>> {
    marks.former.get_or_try_init(|| read(marks)).await
}

async fn read(marks: &Marks) -> Result<BTreeMap<String, BTreeSet<String>>> {
    let Some(histories) = marks.core.get("work_item_transitions") else { return Ok(BTreeMap::new()) };
    let columns = ["work_item_id", "from_value", "deleted_at"];
    let mut moves = histories.rows_of(Some(&columns), "field", [KEY.to_owned()].into_iter().collect()).await?;
    let mut former: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    while let Some(batch) = moves.try_next().await? {
        let c = Columns(&batch);
        let (item, key, deleted) = (c.text("work_item_id")?, c.text("from_value")?, c.time("deleted_at")?);
        for row in (0..batch.num_rows()).filter(|row| deleted.at(*row).is_none()) {
            if let (Some(item), Some(key)) = (item.at(row), key.at(row)) {
                former.entry(item.to_owned()).or_default().insert(key.to_owned());
            }
        }
    }
    Ok(former)
}

/// By each key by which an item went, and none goes now, the key of that item today. One that several went by leads to none for sure.
async fn keys(marks: &Marks) -> Result<BTreeMap<String, String>> {
    let former = former(marks).await?;
    let items: HashSet<&str> = former.keys().map(String::as_str).collect();
    let mut found: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for batch in rows(marks, "work_items", &["id", "key", "deleted_at"], "id", &items).await? {
        let c = Columns(&batch);
        let (id, key, deleted) = (c.text("id")?, c.text("key")?, c.time("deleted_at")?);
        for row in (0..batch.num_rows()).filter(|row| deleted.at(*row).is_none()) {
            let went_by = id.at(row).and_then(|id| former.get(id)).into_iter().flatten();
            for was in went_by {
                found.entry(was).or_default().extend(key.at(row).map(str::to_owned));
            }
        }
    }
    let all: HashSet<&str> = found.keys().copied().collect();
    let mut taken = HashSet::new();
    for batch in rows(marks, "work_items", &["key", "deleted_at"], "key", &all).await? {
        let c = Columns(&batch);
        let (key, deleted) = (c.text("key")?, c.time("deleted_at")?);
        let there = (0..batch.num_rows()).filter(|row| deleted.at(*row).is_none());
        taken.extend(there.filter_map(|row| key.at(row).map(str::to_owned)));
    }
    let sure = found.into_iter().filter(|(was, now)| now.len() == 1 && !taken.contains(*was));
    Ok(sure.filter_map(|(was, now)| Some((was.to_owned(), now.into_iter().next()?))).collect())
}
