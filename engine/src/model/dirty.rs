//! What a run has to model anew: repositories, and the homes of work items.

use super::group::rows;
use super::items::homes_of;
use super::marks::{Marks, changed, core_app};
use super::moved::{self, KEY};
use super::organisation::Organisation;
use super::read::{Columns, column};
use crate::Result;
use crate::entities::fact;
use crate::lake::{DataFile, Snapshot, TenantLake, hashes};
use arrow::array::{BooleanArray, RecordBatch};
use arrow::compute::filter_record_batch;
use futures::TryStreamExt as _;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

/// What is modelled anew.
#[derive(Debug, Default)]
pub(super) struct Dirty {
    /// Repositories.
    pub(super) repositories: BTreeSet<String>,
    /// What work items live in.
    pub(super) homes: BTreeSet<String>,
    /// The items in these that changed or went; `None` for all of them.
    pub(super) items: Option<BTreeSet<String>>,
    /// Whether incidents changed, or what was decided of them.
    pub(super) incidents: bool,
}

/// What rows came to, changed in or went from since the versions that the anchor notes. `None` when that cannot be told, so
/// that all must be modelled.
pub(super) async fn dirty(marks: &Marks, anchor: &Snapshot, organisation: &mut Organisation) -> Result<Option<Dirty>> {
    let columns = ["work_item_id", "field", "from_value"];
    let Some(histories) = touched(marks, anchor, "work_item_transitions", &columns).await? else { return Ok(None) };
    let mut moved = BTreeSet::new();
    for batch in &histories {
        let changes = column(batch, "field")?.zip(column(batch, "from_value")?);
        moved.extend(changes.filter(|(field, _)| *field == Some(KEY)).filter_map(|(_, key)| key.map(str::to_owned)));
    }
    let Some(items) = touched(marks, anchor, "work_items", &ITEM).await? else { return Ok(None) };
    moved.extend(moved::led_elsewhere(marks, &renamed(&items)?).await?);
    if !moved.is_empty() {
        moved::tell(marks, organisation).await?;
    }
    let moved = organisation.keys_alike(moved);
    let moved = moved.iter().map(String::as_str).collect();
    let Some(repositories) = repositories(marks, anchor, organisation, &moved).await? else { return Ok(None) };
    let Some((homes, items)) = homes(marks, anchor, &items, &histories).await? else { return Ok(None) };
    let mut incidents = false;
    for name in ["incidents", "incident_overrides"] {
        let Some(touched) = touched(marks, anchor, name, &["id"]).await? else { return Ok(None) };
        incidents |= touched.iter().any(|batch| batch.num_rows() > 0);
    }
    Ok(Some(Dirty { repositories, homes, items: Some(items), incidents }))
}

/// The repositories in which something changed, or that name a work item by one of these keys.
async fn repositories(
    marks: &Marks,
    anchor: &Snapshot,
    organisation: &Organisation,
    keys: &HashSet<&str>,
) -> Result<Option<BTreeSet<String>>> {
    let mut found = naming(marks, keys).await?;
    for name in ["commits", "pull_requests", "deployments", "lineage_overrides"] {
        let Some(touched) = touched(marks, anchor, name, &["repository_id"]).await? else { return Ok(None) };
        texts(&touched, "repository_id", &mut found)?;
    }
    let mut requests = BTreeSet::new();
    for (name, key) in
        [("pull_request_commits", "pull_request_id"), ("reviews", "pull_request_id"), ("comments", "subject_id")]
    {
        let Some(touched) = touched(marks, anchor, name, &[key]).await? else { return Ok(None) };
        texts(&touched, key, &mut requests)?;
    }
    let requests = requests.iter().map(String::as_str).collect();
    let of_requests = rows(marks, "pull_requests", &["id", "repository_id"], "id", &requests).await?;
    texts(&of_requests, "repository_id", &mut found)?;
    let mut urls = BTreeSet::new();
    let Some(linked) = touched(marks, anchor, "work_item_pull_requests", &["url"]).await? else { return Ok(None) };
    texts(&linked, "url", &mut urls)?;
    let columns = ["url", "work_item_key"];
    texts(&rows(marks, "work_item_pull_requests", &columns, "work_item_key", keys).await?, "url", &mut urls)?;
    let more: Vec<String> = urls.iter().flat_map(|url| organisation.addresses(url)).collect();
    urls.extend(more);
    let urls = urls.iter().map(String::as_str).collect();
    let of_urls = rows(marks, "pull_requests", &["url", "repository_id"], "url", &urls).await?;
    texts(&of_urls, "repository_id", &mut found)?;
    match moved(marks, anchor).await? {
        Some(ids) => found.extend(ids),
        None => return Ok(None),
    }
    Ok(Some(found))
}

/// The repositories of which a commit or a pull request names a work item by one of these keys.
async fn naming(marks: &Marks, keys: &HashSet<&str>) -> Result<BTreeSet<String>> {
    let mut found = BTreeSet::new();
    for name in ["commits", "pull_requests"] {
        let Some(snapshot) = marks.core.get(name).filter(|_| !keys.is_empty()) else { continue };
        let mut batches = snapshot.read(Some(&["repository_id", "work_item_keys"]), None, &[]).await?;
        while let Some(batch) = batches.try_next().await? {
            let named = Columns(&batch).texts("work_item_keys")?;
            for (row, repository) in column(&batch, "repository_id")?.enumerate() {
                let names_one = named.at(row).any(|key| keys.contains(key));
                found.extend(repository.filter(|_| names_one).map(str::to_owned));
            }
        }
    }
    Ok(found)
}

/// What is looked at of a work item that changed.
const ITEM: [&str; 6] = ["id", "project_id", "repository_id", "connection", "key", "deleted_at"];

/// The items that came, went or are called otherwise, of the rows of items before and now that differ, each with the keys that it goes or went
/// by. Of one that anything else changed of there are two rows that agree in this.
fn renamed(rows: &[RecordBatch]) -> Result<BTreeMap<&str, BTreeSet<&str>>> {
    let mut told: BTreeMap<&str, Vec<(Option<&str>, bool)>> = BTreeMap::new();
    for batch in rows {
        let c = Columns(batch);
        let (id, key, deleted) = (c.text("id")?, c.text("key")?, c.time("deleted_at")?);
        for row in 0..batch.num_rows() {
            if let Some(id) = id.at(row) {
                told.entry(id).or_default().push((key.at(row), deleted.at(row).is_some()));
            }
        }
    }
    let differ = told.into_iter().filter(|(_, rows)| !matches!(rows.as_slice(), [before, now] if before == now));
    Ok(differ.map(|(id, rows)| (id, rows.into_iter().filter_map(|(key, _)| key).collect())).collect())
}

/// The homes in which items changed, of which these rows did, and these items, with those of whose histories these rows changed.
async fn homes(
    marks: &Marks,
    anchor: &Snapshot,
    own: &[RecordBatch],
    histories: &[RecordBatch],
) -> Result<Option<(BTreeSet<String>, BTreeSet<String>)>> {
    let (mut found, mut known, mut items, mut sprints) =
        (BTreeSet::new(), BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    for batch in own {
        found.extend(homes_of(batch)?.map(str::to_owned));
    }
    texts(own, "id", &mut known)?;
    texts(histories, "work_item_id", &mut items)?;
    let Some(stays) = touched(marks, anchor, "sprint_items", &["work_item_id"]).await? else { return Ok(None) };
    texts(&stays, "work_item_id", &mut items)?;
    let Some(changed) = touched(marks, anchor, "sprints", &["id"]).await? else { return Ok(None) };
    texts(&changed, "id", &mut sprints)?;
    let sprints = sprints.iter().map(String::as_str).collect();
    let members = rows(marks, "sprint_items", &["sprint_id", "work_item_id"], "sprint_id", &sprints).await?;
    texts(&members, "work_item_id", &mut items)?;
    let elsewhere: HashSet<&str> = items.difference(&known).map(String::as_str).collect();
    for batch in rows(marks, "work_items", &ITEM, "id", &elsewhere).await? {
        found.extend(homes_of(&batch)?.map(str::to_owned));
    }
    items.append(&mut known);
    Ok(Some((found, items)))
}

/// Some columns of the rows of a table that came, changed or went since the version that the anchor notes. A row that was
/// read again and says the same is no change.
async fn touched(marks: &Marks, anchor: &Snapshot, name: &str, columns: &[&str]) -> Result<Option<Vec<RecordBatch>>> {
    let Some(new) = marks.core.get(name) else { return Ok(Some(Vec::new())) };
    let Some(since) = anchor.progress(&core_app(name)).await? else {
        return Ok(Some(new.read(Some(columns), None, &[]).await?.try_collect().await?));
    };
    let Some(changed) = changed(new, since.unsigned_abs()).await? else { return Ok(None) };
    if changed.came.is_empty() && changed.went.is_empty() {
        return Ok(Some(Vec::new()));
    }
    if changed.went.is_empty() {
        return Ok(Some(new.read(Some(columns), Some(&changed.came), &[]).await?.try_collect().await?));
    }
    let mut before = HashSet::new();
    let note = |hash| {
        before.insert(hash);
        false
    };
    if let Err(error) = said(&changed.old, &changed.went, columns, note).await {
        tracing::debug!(table = name, %error, "an old file is gone, so all is modelled");
        return Ok(None);
    }
    let mut now = HashSet::new();
    let mut found = said(new, &changed.came, columns, |hash| {
        now.insert(hash);
        !before.contains(&hash)
    })
    .await?;
    found.extend(said(&changed.old, &changed.went, columns, |hash| !now.contains(&hash)).await?);
    Ok(Some(found))
}

/// Some columns of the rows of files that are `wanted`, by a hash of all that they say.
async fn said(
    snapshot: &Arc<Snapshot>,
    files: &[DataFile],
    columns: &[&str],
    mut wanted: impl FnMut(u128) -> bool,
) -> Result<Vec<RecordBatch>> {
    let mut batches = snapshot.read(None, Some(files), &[]).await?;
    let mut found = Vec::new();
    while let Some(batch) = batches.try_next().await? {
        let schema = batch.schema();
        // When it was told, and where that stands, is nothing that facts are made from.
        let says = |place: &usize| !["observed_at", "raw"].contains(&schema.field(*place).name().as_str());
        let content: Vec<usize> = (0..batch.num_columns()).filter(says).collect();
        let mask: BooleanArray =
            hashes(&batch.project(&content)?)?.into_iter().map(|hash| Some(wanted(hash))).collect();
        if mask.true_count() > 0 {
            let places = columns.iter().map(|name| schema.index_of(name)).collect::<Result<Vec<_>, _>>()?;
            found.push(filter_record_batch(&batch.project(&places)?, &mask)?);
        }
    }
    Ok(found)
}

fn texts(batches: &[RecordBatch], name: &str, into: &mut BTreeSet<String>) -> Result<()> {
    for batch in batches {
        let mut last = None;
        for value in column(batch, name)?.flatten() {
            // Rows stand in the order of this column more often than not.
            if last != Some(value) && !into.contains(value) {
                into.insert(value.to_owned());
            }
            last = Some(value);
        }
    }
    Ok(())
}

/// The repositories whose default branch is another, or stands elsewhere.
async fn moved(marks: &Marks, anchor: &Snapshot) -> Result<Option<BTreeSet<String>>> {
    let Some(new) = marks.core.get("repositories") else { return Ok(Some(BTreeSet::new())) };
    let columns = ["default_branch", "default_sha"];
    let now = by_id(new, columns).await?;
    let Some(since) = anchor.progress(&core_app("repositories")).await? else {
        return Ok(Some(now.into_keys().collect()));
    };
    let Some(changed) = changed(new, since.unsigned_abs()).await? else { return Ok(None) };
    if changed.is_nothing() {
        return Ok(Some(BTreeSet::new()));
    }
    let Ok(before) = by_id(&changed.old, columns).await else { return Ok(None) };
    let ids = now.keys().chain(before.keys()).filter(|id| now.get(*id) != before.get(*id));
    Ok(Some(ids.cloned().collect()))
}

/// Everything that core or facts know of.
pub(super) async fn everything(marks: &Marks, lake: &TenantLake) -> Result<Dirty> {
    let mut ids = BTreeSet::new();
    for (name, column) in [
        ("repositories", "id"),
        ("commits", "repository_id"),
        ("pull_requests", "repository_id"),
        ("deployments", "repository_id"),
    ] {
        if let Some(snapshot) = marks.core.get(name) {
            values(snapshot, column, &mut ids).await?;
        }
    }
    for name in super::group::TABLES.into_iter().chain(["deployments"]) {
        if let Some(snapshot) = lake.table(fact(name)?).latest().await? {
            values(&snapshot, "repository_id", &mut ids).await?;
        }
    }
    Ok(Dirty { repositories: ids, homes: all_homes(marks, lake).await?, items: None, incidents: true })
}

/// Every home of work items that core or facts know of.
pub(super) async fn all_homes(marks: &Marks, lake: &TenantLake) -> Result<BTreeSet<String>> {
    let mut homes: BTreeSet<String> = item_counts(marks).await?.into_keys().collect();
    for name in super::items::TABLES {
        if let Some(snapshot) = lake.table(fact(name)?).latest().await? {
            values(&snapshot, "home_id", &mut homes).await?;
        }
    }
    Ok(homes)
}

/// How many commits each repository has.
pub(super) async fn commit_counts(marks: &Marks) -> Result<HashMap<String, usize>> {
    let mut counts = HashMap::new();
    if let Some(snapshot) = marks.core.get("commits") {
        let mut batches = snapshot.read(Some(&["repository_id"]), None, &[]).await?;
        while let Some(batch) = batches.try_next().await? {
            column(&batch, "repository_id")?.flatten().for_each(|id| count(&mut counts, id));
        }
    }
    Ok(counts)
}

/// How many work items live in each home.
pub(super) async fn item_counts(marks: &Marks) -> Result<HashMap<String, usize>> {
    let mut counts = HashMap::new();
    if let Some(snapshot) = marks.core.get("work_items") {
        let mut batches = snapshot.read(Some(&["project_id", "repository_id", "connection"]), None, &[]).await?;
        while let Some(batch) = batches.try_next().await? {
            homes_of(&batch)?.for_each(|home| count(&mut counts, home));
        }
    }
    Ok(counts)
}

/// The ids of the work items that live in some homes, by these.
pub(super) async fn items_of(marks: &Marks, homes: &BTreeSet<String>) -> Result<HashMap<String, BTreeSet<String>>> {
    let mut ids: HashMap<String, BTreeSet<String>> = HashMap::new();
    let Some(snapshot) = marks.core.get("work_items").filter(|_| !homes.is_empty()) else { return Ok(ids) };
    let columns = ["id", "project_id", "repository_id", "connection"];
    let mut batches = snapshot.read(Some(&columns), None, &[]).await?;
    while let Some(batch) = batches.try_next().await? {
        for (id, home) in column(&batch, "id")?.zip(homes_of(&batch)?).filter(|(_, home)| homes.contains(*home)) {
            ids.entry(home.to_owned()).or_default().extend(id.map(str::to_owned));
        }
    }
    Ok(ids)
}

fn count(counts: &mut HashMap<String, usize>, id: &str) {
    match counts.get_mut(id) {
        Some(count) => *count += 1,
        None => drop(counts.insert(id.to_owned(), 1)),
    }
}

async fn values(snapshot: &Arc<Snapshot>, name: &str, into: &mut BTreeSet<String>) -> Result<()> {
    let mut batches = snapshot.read(Some(&[name]), None, &[]).await?;
    while let Some(batch) = batches.try_next().await? {
        texts(std::slice::from_ref(&batch), name, into)?;
    }
    Ok(())
}

/// Some columns of each row.
async fn by_id<const N: usize>(
    snapshot: &Arc<Snapshot>,
    columns: [&str; N],
) -> Result<BTreeMap<String, [Option<String>; N]>> {
    let mut found: BTreeMap<String, [Option<String>; N]> = BTreeMap::new();
    let mut batches = snapshot.read(Some(&[&["id"], &columns[..]].concat()), None, &[]).await?;
    while let Some(batch) = batches.try_next().await? {
        for (place, name) in columns.iter().enumerate() {
            for (id, value) in column(&batch, "id")?.zip(column(&batch, name)?) {
                if let Some(id) = id {
                    let row = found.entry(id.to_owned()).or_insert_with(|| [const { None }; N]);
                    row[place] = value.map(str::to_owned);
                }
            }
        }
    }
    Ok(found)
}
