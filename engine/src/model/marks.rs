//! How far the model has come, as noted in the log of its anchor, `facts/deployments`.
//!
//! The anchor is committed last, in one commit that notes
//! - `model:<table>`: the version of each core table that the facts were made from,
//! - `facts:<table>`: the version of each other facts table that belongs to it,
//! - `model:settings` and `model:organisation`: fingerprints of what all facts depend on,
//! - `model:everybody`: one of all people, of which `facts/people` is made,
//! - `model:workflow`: one of what those of work items depend on besides.

use super::pieces;
use crate::entities::{self, fact};
use crate::lake::{DataFile, Progress, Since, Snapshot, TenantLake, as_of};
use crate::{Error, Result, Settings};
use arrow::array::RecordBatch;
use datafusion::execution::memory_pool::MemoryReservation;
use futures::future::try_join_all;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;
use tokio::sync::OnceCell;

/// The core tables that facts are made from.
const READ: &[&str] = &[
    "repositories",
    "repository_names",
    "commits",
    "pull_requests",
    "pull_request_commits",
    "reviews",
    "deployments",
    "incidents",
    "incident_overrides",
    "lineage_overrides",
    "identities",
    "identity_overrides",
    "people",
    "team_members",
    "projects",
    "project_keys",
    "project_scopes",
    "comments",
    "work_items",
    "work_item_pull_requests",
    "work_item_transitions",
    "statuses",
    "work_item_types",
    "sprints",
    "sprint_items",
];

/// The facts tables that are written before the anchor.
pub(super) const FOLLOWERS: [&str; 10] = [
    "people",
    "changes",
    "deployment_commits",
    "pull_requests",
    "pull_request_idles",
    "reviews",
    "incidents",
    "work_items",
    "work_item_stays",
    "sprint_items",
];

/// To be raised whenever a rule of the model changes, so that old facts are made anew.
const RULES: u32 = 20;

/// The core tables as they stand when the step begins. What comes later is for the next run.
pub(super) struct Marks {
    pub(super) core: BTreeMap<&'static str, Arc<Snapshot>>,
    /// By which keys items went that moved, once that was asked for: all histories are gone through for it.
    pub(super) former: OnceCell<BTreeMap<String, BTreeSet<String>>>,
}

impl Marks {
    pub(super) async fn read(lake: &TenantLake) -> Result<Self> {
        // A store that is far away is asked for all of them at once.
        let newest = try_join_all(READ.iter().map(|name| async move {
            let newest = lake.table(entities::core(name)?).latest().await?;
            Ok::<_, Error>(newest.map(|snapshot| (*name, snapshot)))
        }));
        Ok(Self { core: newest.await?.into_iter().flatten().collect(), former: OnceCell::new() })
    }

    /// Whether the anchor has seen all of this, under the same settings.
    pub(super) async fn reached(&self, anchor: &Snapshot, settings: &Settings) -> Result<bool> {
        for mark in self.progress().iter().chain([&settings_mark(settings)]) {
            if anchor.progress(&mark.app).await? != Some(mark.version) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Notes with the lake what rows of them take that are being modelled.
    pub(super) fn held<'b>(&self, rows: impl Iterator<Item = &'b RecordBatch>) -> Option<MemoryReservation> {
        Some(pieces::held(self.core.values().next()?.table().lake(), rows))
    }

    /// What to note of the core tables.
    pub(super) fn progress(&self) -> Vec<Progress> {
        self.core.iter().map(|(name, snapshot)| Progress::new(core_app(name), snapshot.version())).collect()
    }
}

/// The name under which a core table's version is noted.
pub(super) fn core_app(name: &str) -> String {
    format!("model:{name}")
}

/// The settings that facts depend on, and the rules themselves.
pub(super) fn settings_mark(settings: &Settings) -> Progress {
    let windows = (settings.incident_window_seconds, settings.repair_window_seconds);
    let habits = (settings.time_zone.name(), &settings.calendar, &settings.flow, &settings.people);
    Progress::fingerprint("model:settings", &(RULES, windows, habits))
}

/// The people, teams and projects that facts depend on. Items that moved are no part of it: which repositories name one is found by itself.
pub(super) fn organisation_mark(organisation: &super::Organisation) -> Progress {
    Progress::fingerprint("model:organisation", organisation)
}

/// Everybody, as `facts/people` has them.
pub(super) fn people_mark(people: &[super::Person]) -> Progress {
    Progress::fingerprint("model:everybody", &people)
}

/// What statuses and types mean, which the facts of work items depend on.
pub(super) fn workflow_mark(workflow: &super::Workflow) -> Progress {
    Progress::fingerprint("model:workflow", workflow)
}

/// The files that came and went between a noted version of a table and its newest, and of those that stay the rows that went; `None` when
/// that cannot be told any more. What only moved into other files is no change.
pub(super) async fn changed(new: &Arc<Snapshot>, since: u64) -> Result<Option<Changed>> {
    if new.version() == since {
        return Ok(Some(Changed { came: Vec::new(), went: Vec::new(), old: new.clone() }));
    }
    let Some(Since { came, moved }) = new.since(since).await? else { return Ok(None) };
    let old = match new.table().at(since).await {
        Ok(old) => old,
        Err(error) => {
            tracing::debug!(table = new.table().name(), since, %error, "an old version is gone, so all is read");
            return Ok(None);
        }
    };
    let now: HashMap<&str, &DataFile> = new.files().iter().map(|file| (file.path.as_str(), file)).collect();
    let mut went = Vec::new();
    for file in old.files().iter().filter(|file| !moved.contains(&file.path)) {
        match now.get(file.path.as_str()) {
            None => went.push(file.clone()),
            Some(now) if file.is(now) => {}
            // Some of its rows went.
            Some(now) => match file.without(now) {
                Some(gone) => went.push(gone),
                None => return Ok(None),
            },
        }
    }
    Ok(Some(Changed { came, went, old }))
}

/// What changed in a table.
pub(super) struct Changed {
    pub(super) came: Vec<DataFile>,
    pub(super) went: Vec<DataFile>,
    pub(super) old: Arc<Snapshot>,
}

impl Changed {
    pub(super) fn is_nothing(&self) -> bool {
        self.came.is_empty() && self.went.is_empty()
    }
}

/// The followers' newest versions; `None` of those that were never written.
pub(super) async fn followers(lake: &TenantLake) -> Result<BTreeMap<&'static str, Option<u64>>> {
    let versions = try_join_all(FOLLOWERS.map(|name| async move {
        let newest = lake.table(fact(name)?).latest().await?;
        Ok::<_, Error>((name, newest.map(|snapshot| snapshot.version())))
    }));
    Ok(versions.await?.into_iter().collect())
}

/// Whether the followers stand as the anchor left them. They do not when a run was killed before its end, or when two ran
/// at once: then nothing is known of their rows.
pub(super) async fn is_whole(
    lake: &TenantLake,
    anchor: &Snapshot,
    followers: &BTreeMap<&'static str, Option<u64>>,
) -> Result<bool> {
    for (name, newest) in followers {
        // A version that cannot be read any more is mended by making everything anew.
        let noted = match as_of(anchor, &lake.table(fact(name)?)).await {
            Ok(noted) => noted.map(|s| s.version()),
            Err(error) => {
                tracing::warn!(table = name, %error, "the facts that readers see cannot be read; they are made anew");
                return Ok(false);
            }
        };
        if noted != *newest {
            return Ok(false);
        }
    }
    Ok(true)
}
