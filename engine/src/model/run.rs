//! The step itself.
//!
//! Repositories whose rows changed are modelled anew, and their rows in the facts replaced; likewise work items that changed: where
//! these are very many or nobody knows which, those of every home, a project or repository, in which something did. Then the
//! incidents are linked over all deployments, unless nothing of either changed.
//! `facts/deployments` comes last: its one commit makes the whole run visible, see [`crate::lake::Facts`]. Killed at any point, the step leaves the last complete facts to readers,
//! and its next run makes everything anew.

use super::dirty::{self, Dirty};
use super::facts::{DeploymentFact, IncidentFact};
use super::group::{self, Group, Made};
use super::items;
use super::marks::{self, Marks};
use super::moved;
use super::names::Names;
use super::organisation::Organisation;
use super::pieces::{self, cut, groups};
use super::workflow::Workflow;
use super::{Incidents, Person, read, write};
use crate::entities::fact;
use crate::lake::{Committed, Progress, Replacement, Scope, Snapshot, TenantLake, When, facts_mark};
use crate::{Error, People, Result, Settings};
use arrow::array::{BooleanArray, RecordBatch};
use arrow::compute::filter_record_batch;
use futures::future::{try_join, try_join_all};
use futures::stream::{self, BoxStream, StreamExt as _, TryStreamExt as _};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;
use tokio::sync::mpsc;
use tokio::task::spawn_blocking;
use tracing::Instrument as _;

/// People whose rows are written together.
const PEOPLE: usize = 1 << 13;

/// What a run of the step did.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ModelReport {
    /// How many repositories were modelled anew.
    pub repositories: u64,
    /// How many projects and repositories with work items were.
    pub homes: u64,
    /// How many rows each facts table was given.
    pub rows: BTreeMap<String, u64>,
}

/// Brings `facts/` up to what `core/` says now.
///
/// # Errors
/// When storage fails; running it again is safe.
pub async fn run(lake: &TenantLake, settings: &Settings) -> Result<ModelReport> {
    make(lake, settings, false).await
}

/// Makes all of `facts/` anew, whatever its log says of how far it is.
///
/// # Errors
/// As [`run`].
pub async fn anew(lake: &TenantLake, settings: &Settings) -> Result<ModelReport> {
    make(lake, settings, true).await
}

async fn make(lake: &TenantLake, settings: &Settings, anew: bool) -> Result<ModelReport> {
    let lake = &lake.looked_over().await?;
    let marks = Arc::new(Marks::read(lake).await?);
    let anchor = lake.table(fact("deployments")?).latest().await?;
    if marks.core.is_empty() {
        return Ok(ModelReport::default());
    }
    let mut followers = marks::followers(lake).await?;
    let whole = match &anchor {
        Some(anchor) if !anew => marks::is_whole(lake, anchor, &followers).await?,
        _ => false,
    };
    if let Some(anchor) = anchor.as_ref().filter(|_| whole)
        && marks.reached(anchor, settings).await?
    {
        return Ok(ModelReport::default());
    }
    let people = everybody(&marks, &settings.people).await?;
    let mut organisation = organisation(&marks, &people).await?;
    let workflow = Arc::new(workflow(&marks).await?);
    let shared = [marks::settings_mark(settings), marks::organisation_mark(&organisation)];
    let of_items = marks::workflow_mark(&workflow);
    let of_people = marks::people_mark(&people);
    let mut changed = None;
    if let Some(anchor) = anchor.as_ref().filter(|_| whole)
        && noted(anchor, &shared).await?
    {
        changed = dirty::dirty(&marks, anchor, &mut organisation).await?;
        if let Some(changed) = changed.as_mut()
            && !noted(anchor, std::slice::from_ref(&of_items)).await?
        {
            (changed.homes, changed.items) = (dirty::all_homes(&marks, lake).await?, None);
        }
    }
    let dirty = match changed {
        Some(dirty) => dirty,
        None => dirty::everything(&marks, lake).await?,
    };
    // All histories are gone through for it, so it is left where nothing names an item.
    if !dirty.repositories.is_empty() {
        moved::tell(&marks, &mut organisation).await?;
    }
    let organisation = Arc::new(organisation);
    let mut report = ModelReport::default();
    let same = match anchor.as_ref().filter(|_| whole) {
        Some(anchor) => noted(anchor, std::slice::from_ref(&of_people)).await?,
        None => false,
    };
    if !same {
        let mut rows = lake.table(fact("people")?).replacement();
        for some in people.chunks(PEOPLE) {
            rows.push(write::people(some)?).await?;
        }
        settle(vec![(rows, None)], &mut followers, &mut report).await?;
    }
    let [of_settings, of_organisation] = shared;
    let step = Step { lake, settings, marks, organisation, workflow };
    step.run(dirty, anchor, followers, [of_settings, of_organisation, of_items, of_people], report).await
}

async fn noted(anchor: &Snapshot, marks: &[Progress]) -> Result<bool> {
    for mark in marks {
        if anchor.progress(&mark.app).await? != Some(mark.version) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Everybody, over all sources.
async fn everybody(marks: &Marks, settings: &People) -> Result<Vec<Person>> {
    let mut known = read::Known::default();
    for name in ["identities", "identity_overrides", "people"] {
        let Some(snapshot) = marks.core.get(name) else { continue };
        let mut batches = snapshot.read(None, None, &[]).await?;
        while let Some(batch) = batches.try_next().await? {
            read::known(name, &batch, &mut known)?;
        }
    }
    let settings = settings.clone();
    Ok(spawn_blocking(move || super::people(known.identities, &known.decisions, &known.told, &settings)).await?)
}

/// Who is whom, what belongs to what, and what was called otherwise.
async fn organisation(marks: &Marks, people: &[Person]) -> Result<Organisation> {
    let mut organisation = Organisation::default();
    for person in people {
        for identity in &person.identities {
            organisation.identity(identity, Some(&person.id), person.is_bot);
        }
        if person.is_bot {
            organisation.bot(&person.id);
        }
    }
    for name in ["team_members", "projects", "project_scopes"] {
        let Some(snapshot) = marks.core.get(name) else { continue };
        let mut batches = snapshot.read(None, None, &[]).await?;
        while let Some(batch) = batches.try_next().await? {
            read::organisation(name, &batch, &mut organisation)?;
            if name == "projects" {
                read::gone(&batch, &mut organisation)?;
            }
        }
    }
    let (mut names, mut keys) = (Names::default(), Names::default());
    for name in ["repositories", "repository_names", "projects", "project_keys"] {
        let Some(snapshot) = marks.core.get(name) else { continue };
        let mut batches = snapshot.read(None, None, &[]).await?;
        while let Some(batch) = batches.try_next().await? {
            let of_projects = matches!(name, "projects" | "project_keys");
            read::names(name, &batch, if of_projects { &mut keys } else { &mut names })?;
            if name == "repositories" {
                read::gone(&batch, &mut organisation)?;
            }
        }
    }
    names.former().into_iter().for_each(|(former, name)| organisation.renamed(&former, name));
    for (repository, (name, former)) in names.renamed() {
        organisation.went_by(repository, name, &former);
    }
    keys.former().into_iter().for_each(|(former, key)| organisation.rekeyed(&former, key));
    Ok(organisation)
}

/// What statuses and types mean.
async fn workflow(marks: &Marks) -> Result<Workflow> {
    type Read = fn(&RecordBatch, &mut Workflow) -> Result<()>;
    let mut workflow = Workflow::default();
    for (name, read) in [("statuses", items::statuses as Read), ("work_item_types", items::types)] {
        let Some(snapshot) = marks.core.get(name) else { continue };
        let mut batches = snapshot.read(None, None, &[]).await?;
        while let Some(batch) = batches.try_next().await? {
            read(&batch, &mut workflow)?;
        }
    }
    Ok(workflow)
}

struct Step<'a> {
    lake: &'a TenantLake,
    settings: &'a Settings,
    marks: Arc<Marks>,
    organisation: Arc<Organisation>,
    workflow: Arc<Workflow>,
}

impl Step<'_> {
    async fn run(
        &self,
        dirty: Dirty,
        anchor: Option<Arc<Snapshot>>,
        mut followers: BTreeMap<&'static str, Option<u64>>,
        shared: [Progress; 4],
        mut report: ModelReport,
    ) -> Result<ModelReport> {
        let Dirty { repositories, homes, items, incidents } = dirty;
        let (of_repositories, of_homes) = (repositories.len() as u64, homes.len() as u64);
        (report.repositories, report.homes) = (of_repositories, of_homes);
        let begun = anchor.as_ref().map(|anchor| anchor.version());
        let memory = self.lake.options().memory_bytes;
        let most_items = pieces::items(memory);
        let is_linked_anew = incidents || !repositories.is_empty();
        let mut deployments = match anchor {
            Some(anchor) if is_linked_anew => self.kept(&anchor, &repositories).await?,
            _ => Vec::new(),
        };
        let (mut done, all) = (0, of_repositories + of_homes);
        self.lake.tell(done, Some(all), "repositories");
        if !repositories.is_empty() {
            let counts = dirty::commit_counts(&self.marks).await?;
            let (marks, organisation) = (self.marks.clone(), self.organisation.clone());
            let mut loaded = ahead(groups(repositories, &counts, pieces::commits(memory)), move |some| {
                let (marks, organisation) = (marks.clone(), organisation.clone());
                async move { Ok((Group::load(&marks, &some, &organisation).await?, some)) }
            });
            let mut made = Vec::new();
            while let Some((group, some)) = loaded.try_next().await? {
                let (organisation, settings) = (self.organisation.clone(), self.settings.clone());
                let make = move |made: &mut Sink| group.model(&organisation, &settings, made);
                done += some.len() as u64;
                let scopes = scopes(&group::TABLES, some, |_| "repository_id");
                let settled = settle(std::mem::take(&mut made), &mut followers, &mut report);
                let ((replacements, others), ()) = try_join(self.made(scopes, make), settled).await?;
                made = replacements;
                deployments.extend(others);
                self.lake.tell(done, Some(all), "repositories");
            }
            settle(made, &mut followers, &mut report).await?;
        }
        if let Some(items) = items.filter(|items| items.len() <= most_items) {
            if !items.is_empty() {
                let group = items::Group::load_some(&self.marks, &items).await?;
                let scopes = scopes(&items::TABLES, items, items::item_column);
                let (replacements, _) = self.made(scopes, self.flow(group)).await?;
                settle(replacements, &mut followers, &mut report).await?;
            }
        } else if !homes.is_empty() {
            let counts = dirty::item_counts(&self.marks).await?;
            let is_large = |home: &&String| counts.get(*home).is_some_and(|count| *count > most_items);
            let large = homes.iter().filter(is_large).cloned().collect();
            let ids = dirty::items_of(&self.marks, &large).await?;
            let marks = self.marks.clone();
            let mut loaded = ahead(cut(homes, &counts, ids, most_items), move |piece| {
                let marks = marks.clone();
                async move { Ok((items::Group::load(&marks, &piece).await?, piece)) }
            });
            // Readers see all pieces of a home at once: its old rows go when the last is there.
            let (mut made, mut growing) = (Vec::new(), Vec::new());
            while let Some((group, piece)) = loaded.try_next().await? {
                let some = piece.homes.len() as u64;
                if growing.is_empty() {
                    growing = self.begun(scopes(&items::TABLES, piece.homes, |_| "home_id")).await?;
                }
                let settled = settle(std::mem::take(&mut made), &mut followers, &mut report);
                try_join(fill(&mut growing, self.flow(group)), settled).await?;
                if !piece.goes_on {
                    done += some;
                    made = std::mem::take(&mut growing);
                }
                self.lake.tell(done, Some(all), "work items");
            }
            settle(made, &mut followers, &mut report).await?;
        }
        let anchor = self.lake.table(fact("deployments")?);
        let mut rows = anchor.replacement();
        if is_linked_anew {
            self.lake.tell(done, Some(all), "incidents and deployments");
            let (deployments, linked) = self.link(deployments).await?;
            let mut incidents = self.lake.table(fact("incidents")?).replacement();
            incidents.push(linked).await?;
            settle(vec![(incidents, None)], &mut followers, &mut report).await?;
            count(&mut report, "deployments", deployments.num_rows() as u64);
            rows.push(deployments).await?;
        }
        let mut progress = self.marks.progress();
        progress.extend(shared);
        let noted = followers.into_iter().filter_map(|(name, version)| Some((name, version?)));
        progress.extend(noted.map(|(name, version)| Progress::new(facts_mark(name), version)));
        let is_at_its_place = When::On(begun);
        match is_linked_anew {
            true => rows.commit(None, &progress, is_at_its_place).await?,
            false => anchor.append(&[], &progress, is_at_its_place).await?,
        };
        Ok(report)
    }

    /// How the flow of a group's items is made.
    fn flow(&self, group: items::Group) -> impl FnOnce(&mut Sink) -> Result<()> + Send + use<> {
        let (organisation, workflow) = (self.organisation.clone(), self.workflow.clone());
        let settings = self.settings.clone();
        move |made: &mut Sink| group.model(&organisation, &workflow, &settings, made)
    }

    /// The rows of deployments that are not modelled anew.
    async fn kept(&self, anchor: &Arc<Snapshot>, ids: &BTreeSet<String>) -> Result<Vec<RecordBatch>> {
        let mut batches = anchor.read(None, None, &[]).await?;
        let mut kept = Vec::new();
        while let Some(batch) = batches.try_next().await? {
            let mask: BooleanArray =
                read::column(&batch, "repository_id")?.map(|id| Some(id.is_some_and(|id| !ids.contains(id)))).collect();
            kept.push(filter_record_batch(&batch, &mask)?);
        }
        Ok(kept)
    }

    /// What a group makes, to be put in the place of its old rows, each table's; and the rows of other tables. What the group before made is settled
    /// meanwhile.
    async fn made(
        &self,
        scopes: Vec<(&'static str, Scope)>,
        make: impl FnOnce(&mut Sink) -> Result<()> + Send + 'static,
    ) -> Result<(Replacements, Vec<RecordBatch>)> {
        let mut replacements = self.begun(scopes).await?;
        let others = fill(&mut replacements, make).await?;
        Ok((replacements, others))
    }

    /// What is to take the place of the rows in some scopes, each table's: nothing yet.
    async fn begun(&self, scopes: Vec<(&'static str, Scope)>) -> Result<Replacements> {
        let begun = scopes.into_iter().map(|(table, scope)| async move {
            let rows = self.lake.table(fact(table)?).replacement_of(&scope).await?;
            Ok::<_, Error>((rows, Some(scope)))
        });
        try_join_all(begun).await
    }

    /// Links all incidents and completes what is said of all deployments.
    async fn link(&self, deployments: Vec<RecordBatch>) -> Result<(RecordBatch, RecordBatch)> {
        let incidents = self.all("incidents").await?;
        let overrides = self.all("incident_overrides").await?;
        let carried = self.carried(&incidents).await?;
        let (organisation, settings) = (self.organisation.clone(), self.settings.clone());
        spawn_blocking(move || {
            let mut input = Incidents::default();
            incidents.iter().try_for_each(|batch| read::incidents(batch, &mut input.incidents))?;
            overrides.iter().try_for_each(|batch| read::overrides(batch, &mut input.overrides))?;
            carried.iter().try_for_each(|batch| read::carried(batch, &mut input.carried))?;
            let mut facts: Vec<DeploymentFact<'_>> = Vec::new();
            deployments.iter().try_for_each(|batch| read::deployment_facts(batch, &mut facts))?;
            let linked: Vec<IncidentFact<'_>> = super::incidents(&input, &mut facts, &organisation, &settings);
            Ok((write::deployments(&facts)?, write::incidents(&linked, &settings)?))
        })
        .await?
    }

    async fn all(&self, name: &str) -> Result<Vec<RecordBatch>> {
        match self.marks.core.get(name) {
            Some(snapshot) => Ok(snapshot.read(None, None, &[]).await?.try_collect().await?),
            None => Ok(Vec::new()),
        }
    }

    /// The rows of `facts/deployment_commits` for the commits that incidents name, abbreviated or whole.
    async fn carried(&self, incidents: &[RecordBatch]) -> Result<Vec<RecordBatch>> {
        let mut wanted: HashSet<&str> = HashSet::new();
        for batch in incidents {
            wanted.extend(read::column(batch, "caused_by_sha")?.flatten());
        }
        let lengths: BTreeSet<usize> = wanted.iter().map(|sha| sha.len()).collect();
        let table = self.lake.table(fact("deployment_commits")?);
        let Some(snapshot) = table.latest().await?.filter(|_| !wanted.is_empty()) else { return Ok(Vec::new()) };
        let mut batches = snapshot.read(None, None, &[]).await?;
        let mut found = Vec::new();
        while let Some(batch) = batches.try_next().await? {
            let named = |sha: &str| lengths.iter().any(|len| sha.get(..*len).is_some_and(|part| wanted.contains(part)));
            let mask: BooleanArray = read::column(&batch, "sha")?.map(|sha| Some(sha.is_some_and(named))).collect();
            if mask.true_count() > 0 {
                found.push(filter_record_batch(&batch, &mask)?);
            }
        }
        Ok(found)
    }
}

/// Groups with what they are of, one after the other: while one is made, the next is read.
fn ahead<G: Send + 'static, P: Send + 'static, F>(
    groups: Vec<P>,
    load: impl Fn(P) -> F + Send + 'static,
) -> BoxStream<'static, Result<(G, P)>>
where
    F: Future<Output = Result<(G, P)>> + Send + 'static,
{
    let loading = stream::iter(groups).map(move |some| tokio::spawn(load(some).in_current_span()));
    // Two at the start, of which the first is waited for; then there is one besides that which is being made.
    loading.buffered(2).map(|loaded| loaded?).boxed()
}

/// Which rows of some tables are replaced: those of which a column holds one of these ids.
fn scopes(
    tables: &[&'static str],
    ids: BTreeSet<String>,
    column: impl Fn(&str) -> &'static str,
) -> Vec<(&'static str, Scope)> {
    let values: Vec<String> = ids.into_iter().collect();
    tables.iter().map(|table| (*table, Scope { column: column(table), values: values.clone() })).collect()
}

/// Rows that are to take the place of others, each table's: of all, or of those in a scope.
type Replacements = Vec<(Replacement, Option<Scope>)>;

/// Takes rows on their way into a table.
type Sink = dyn FnMut(Made) -> Result<()>;

/// Puts what is made among the rows of its tables, and returns the rows of other tables.
async fn fill(
    replacements: &mut Replacements,
    make: impl FnOnce(&mut Sink) -> Result<()> + Send + 'static,
) -> Result<Vec<RecordBatch>> {
    // One batch may wait while another is written.
    let (sender, mut receiver) = mpsc::channel(1);
    let making = spawn_blocking(move || {
        let mut give =
            move |made| sender.blocking_send(made).map_err(|_| Error::Overtaken { table: "facts".to_owned() });
        make(&mut give)
    });
    let mut others = Vec::new();
    while let Some(Made { table, rows }) = receiver.recv().await {
        match replacements.iter_mut().find(|(replacement, _)| replacement.table().entity().name == table) {
            Some((replacement, _)) => replacement.push(rows).await?,
            None => others.push(rows),
        }
    }
    making.await??;
    Ok(others)
}

/// Puts rows in the place of followers' old ones, all at once, and notes the versions that hold them. Another run may be at a table
/// too; then this one ends, since what it left to stand would be the other's.
async fn settle(
    replacements: Replacements,
    followers: &mut BTreeMap<&'static str, Option<u64>>,
    report: &mut ModelReport,
) -> Result<()> {
    let mut committing = Vec::with_capacity(replacements.len());
    for (rows, scope) in replacements {
        let name = rows.table().entity().name;
        count(report, name, rows.rows());
        let standing = *followers.entry(name).or_default();
        if rows.rows() > 0 || standing.is_some() {
            committing.push(async move {
                let committed = rows.commit(scope.as_ref(), &[], When::ChangedOn(standing)).await?;
                Ok::<_, Error>((name, committed))
            });
        }
    }
    for (name, committed) in try_join_all(committing).await? {
        if let Committed::Version(version) = committed {
            followers.insert(name, Some(version));
        }
    }
    Ok(())
}

fn count(report: &mut ModelReport, name: &str, rows: u64) {
    *report.rows.entry(name.to_owned()).or_default() += rows;
}
