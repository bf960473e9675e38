//! Which repositories a run has to model anew.

use super::marks::{Marks, changed, core_app};
use super::read;
use crate::Result;
use crate::entities::fact;
use crate::lake::{DataFile, Snapshot, TenantLake};
use futures::TryStreamExt as _;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

/// The repositories of which rows came, changed or went since the versions that the anchor notes; perhaps some more, since
/// whole files are looked at. `None` when that cannot be told, so that all must be modelled.
pub(super) async fn dirty(marks: &Marks, anchor: &Snapshot) -> Result<Option<BTreeSet<String>>> {
    let mut found = BTreeSet::new();
    for name in ["commits", "pull_requests", "deployments", "lineage_overrides"] {
        match touched(marks, anchor, name, "repository_id").await? {
            Some(ids) => found.extend(ids),
            None => return Ok(None),
        }
    }
    let mut requests = BTreeSet::new();
    for name in ["pull_request_commits", "reviews"] {
        match touched(marks, anchor, name, "pull_request_id").await? {
            Some(ids) => requests.extend(ids),
            None => return Ok(None),
        }
    }
    if let Some(snapshot) = marks.core.get("pull_requests").filter(|_| !requests.is_empty()) {
        let homes = by_id(snapshot, ["repository_id"]).await?;
        found.extend(homes.into_iter().filter(|(id, _)| requests.contains(id)).filter_map(|(_, [home])| home));
    }
    match moved(marks, anchor).await? {
        Some(ids) => found.extend(ids),
        None => return Ok(None),
    }
    Ok(Some(found))
}

/// The values of `column` in the files that came or went.
async fn touched(marks: &Marks, anchor: &Snapshot, name: &str, column: &str) -> Result<Option<BTreeSet<String>>> {
    let Some(new) = marks.core.get(name) else { return Ok(Some(BTreeSet::new())) };
    let mut ids = BTreeSet::new();
    let Some(since) = anchor.progress(&core_app(name)).await? else {
        values(new, new.files(), column, &mut ids).await?;
        return Ok(Some(ids));
    };
    let Some(changed) = changed(new, since.unsigned_abs()).await? else { return Ok(None) };
    values(new, &changed.came, column, &mut ids).await?;
    if let Err(error) = values(&changed.old, &changed.went, column, &mut ids).await {
        tracing::debug!(table = name, %error, "an old file is gone, so all repositories are modelled");
        return Ok(None);
    }
    Ok(Some(ids))
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

/// Every repository that core or facts know of.
pub(super) async fn everything(marks: &Marks, lake: &TenantLake) -> Result<BTreeSet<String>> {
    let mut ids = BTreeSet::new();
    for (name, column) in [
        ("repositories", "id"),
        ("commits", "repository_id"),
        ("pull_requests", "repository_id"),
        ("deployments", "repository_id"),
    ] {
        if let Some(snapshot) = marks.core.get(name) {
            values(snapshot, snapshot.files(), column, &mut ids).await?;
        }
    }
    for name in ["changes", "deployment_commits", "deployments"] {
        if let Some(snapshot) = lake.table(fact(name)?).latest().await? {
            values(&snapshot, snapshot.files(), "repository_id", &mut ids).await?;
        }
    }
    Ok(ids)
}

/// The repositories in groups whose commits fit into memory together.
pub(super) async fn groups(marks: &Marks, ids: BTreeSet<String>, most: usize) -> Result<Vec<BTreeSet<String>>> {
    let mut sizes: HashMap<String, usize> = HashMap::new();
    if let Some(snapshot) = marks.core.get("commits") {
        let mut batches = snapshot.read(Some(&["repository_id"]), None, &[]).await?;
        while let Some(batch) = batches.try_next().await? {
            for id in read::column(&batch, "repository_id")?.flatten() {
                match sizes.get_mut(id) {
                    Some(size) => *size += 1,
                    None => drop(sizes.insert(id.to_owned(), 1)),
                }
            }
        }
    }
    let mut groups: Vec<BTreeSet<String>> = Vec::new();
    let mut size = 0;
    for id in ids {
        let own = sizes.get(&id).copied().unwrap_or(0);
        match groups.last_mut().filter(|_| size + own <= most) {
            Some(group) => drop(group.insert(id)),
            None => {
                groups.push(BTreeSet::from([id]));
                size = 0;
            }
        }
        size += own;
    }
    Ok(groups)
}

async fn values(snapshot: &Arc<Snapshot>, files: &[DataFile], column: &str, into: &mut BTreeSet<String>) -> Result<()> {
    if files.is_empty() {
        return Ok(());
    }
    let mut batches = snapshot.read(Some(&[column]), Some(files), &[]).await?;
    while let Some(batch) = batches.try_next().await? {
        let mut last = None;
        for value in read::column(&batch, column)?.flatten() {
            // Rows stand in the order of this column more often than not.
            if last != Some(value) && !into.contains(value) {
                into.insert(value.to_owned());
            }
            last = Some(value);
        }
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
        for (place, column) in columns.iter().enumerate() {
            for (id, value) in read::column(&batch, "id")?.zip(read::column(&batch, column)?) {
                if let Some(id) = id {
                    let row = found.entry(id.to_owned()).or_insert_with(|| [const { None }; N]);
                    row[place] = value.map(str::to_owned);
                }
            }
        }
    }
    Ok(found)
}
