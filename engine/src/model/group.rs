//! Some repositories at a time: their rows of core, and the facts made of them.

use super::input::RepositoryInput;
use super::marks::Marks;
use super::organisation::Organisation;
use super::{PullRequestFact, RepositoryModel, read, write};
use crate::{Result, Settings};
use arrow::array::{Array as _, BooleanArray, RecordBatch};
use arrow::compute::filter_record_batch;
use datafusion::execution::memory_pool::MemoryReservation;
use datafusion::logical_expr::{col, lit};
use futures::TryStreamExt as _;
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

/// The rows of core that a group of repositories is modelled from.
#[derive(Default)]
pub(super) struct Group {
    ids: BTreeSet<String>,
    repositories: Vec<RecordBatch>,
    commits: Vec<RecordBatch>,
    /// Of the same commits, what is copied out of the columns, so that these may go.
    copied: Vec<RecordBatch>,
    pull_requests: Vec<RecordBatch>,
    own: Vec<RecordBatch>,
    work_item_links: Vec<RecordBatch>,
    reviews: Vec<RecordBatch>,
    comments: Vec<RecordBatch>,
    deployments: Vec<RecordBatch>,
    lineage_overrides: Vec<RecordBatch>,
    /// What all of them take.
    _memory: Option<MemoryReservation>,
}

/// The columns of commits that are not borrowed from.
const COPIED: [&str; 7] =
    ["repository_id", "parents", "authored_at", "committed_at", "additions", "deletions", "deleted_at"];

/// Rows made of a group, on their way into a table.
pub(super) struct Made {
    pub(super) table: &'static str,
    pub(super) rows: RecordBatch,
}

/// The tables that repositories make rows of, besides their deployments.
pub(super) const TABLES: [&str; 5] =
    ["changes", "deployment_commits", "pull_requests", "pull_request_idles", "reviews"];

impl Group {
    /// Reads the rows of `ids`.
    pub(super) async fn load(marks: &Marks, ids: &BTreeSet<String>, organisation: &Organisation) -> Result<Self> {
        let mut group = Self { ids: ids.clone(), ..Self::default() };
        let wanted: HashSet<&str> = ids.iter().map(String::as_str).collect();
        let columns = ["id", "default_branch", "default_sha"];
        group.repositories = rows(marks, "repositories", &columns, "id", &wanted).await?;
        let columns = [
            "id",
            "repository_id",
            "sha",
            "parents",
            "author_id",
            "authored_at",
            "committed_at",
            "title",
            "reverts",
            "cherry_picked_from",
            "work_item_keys",
            "additions",
            "deletions",
            "deleted_at",
        ];
        for batch in rows(marks, "commits", &columns, "repository_id", &wanted).await? {
            let schema = batch.schema();
            let is_copied = |i: &usize| COPIED.contains(&schema.field(*i).name().as_str());
            let (copied, borrowed): (Vec<_>, Vec<_>) = (0..batch.num_columns()).partition(is_copied);
            group.copied.push(batch.project(&copied)?);
            group.commits.push(batch.project(&borrowed)?);
        }
        group.deployments = rows(marks, "deployments", &[], "repository_id", &wanted).await?;
        group.lineage_overrides = rows(marks, "lineage_overrides", &[], "repository_id", &wanted).await?;
        group.pull_requests = rows(marks, "pull_requests", &[], "repository_id", &wanted).await?;
        let (mut requests, mut urls) = (HashSet::new(), HashSet::new());
        for batch in &group.pull_requests {
            requests.extend(read::column(batch, "id")?.flatten());
            urls.extend(read::column(batch, "url")?.flatten());
        }
        // They may be known by what their repositories were called at another time.
        let more: Vec<String> = urls.iter().flat_map(|url| organisation.addresses(url)).collect();
        let urls: HashSet<&str> = urls.into_iter().chain(more.iter().map(String::as_str)).collect();
        let columns = ["url", "work_item_key", "deleted_at"];
        group.work_item_links = rows(marks, "work_item_pull_requests", &columns, "url", &urls).await?;
        if !requests.is_empty() {
            group.own = rows(marks, "pull_request_commits", &[], "pull_request_id", &requests).await?;
            group.reviews = rows(marks, "reviews", &[], "pull_request_id", &requests).await?;
            group.comments = rows(marks, "comments", &[], "subject_id", &requests).await?;
        }
        let of_requests = [&group.pull_requests, &group.own, &group.work_item_links, &group.reviews, &group.comments];
        let others = [&group.repositories, &group.commits, &group.copied, &group.deployments, &group.lineage_overrides];
        group._memory = marks.held(of_requests.into_iter().chain(others).flatten());
        Ok(group)
    }

    /// Models every repository of the group, and hands over its rows in the order of their tables, batch by batch: all of
    /// a large repository's would be many times what they are made from.
    pub(super) fn model(
        mut self,
        organisation: &Organisation,
        settings: &Settings,
        mut made: impl FnMut(Made) -> Result<()>,
    ) -> Result<()> {
        let copied = std::mem::take(&mut self.copied);
        let mut inputs: BTreeMap<&str, RepositoryInput<'_>> =
            self.ids.iter().map(|id| (id.as_str(), RepositoryInput { id, ..Default::default() })).collect();
        for batch in &self.repositories {
            let (branches, shas) = (read::column(batch, "default_branch")?, read::column(batch, "default_sha")?);
            for (id, (branch, sha)) in read::column(batch, "id")?.zip(branches.zip(shas)) {
                if let Some(input) = id.and_then(|id| inputs.get_mut(id)) {
                    (input.default_branch, input.default_sha) = (branch, sha);
                }
            }
        }
        // A repository that is alone may be a large one: its lists are not to be copied as they grow.
        if let (1, Some(input)) = (inputs.len(), inputs.values_mut().next()) {
            input.commits.reserve(self.commits.iter().map(RecordBatch::num_rows).sum());
        }
        for (batch, copied) in self.commits.iter().zip(copied) {
            read::commits(batch, &copied, |id, commit, parents| {
                if let Some(input) = inputs.get_mut(id) {
                    input.commits.add(commit, parents.shas());
                }
            })?;
        }
        let mut homes: HashMap<&str, &str> = HashMap::new();
        let mut addresses: HashMap<Cow<'_, str>, BTreeSet<&str>> = HashMap::new();
        for batch in &self.pull_requests {
            read::pull_requests(batch, |id, request| {
                homes.insert(request.id, id);
                if let Some(url) = request.url {
                    for address in [Cow::Borrowed(url), organisation.address_of(id, url)] {
                        addresses.entry(address).or_default().insert(id);
                    }
                }
                inputs.entry(id).and_modify(|input| input.pull_requests.push(request));
            })?;
        }
        for batch in &self.own {
            read::own_commits(batch, |commit| {
                if let Some(input) = homes.get(commit.pull_request_id).and_then(|id| inputs.get_mut(id)) {
                    input.pull_request_commits.push(commit);
                }
            })?;
        }
        for batch in &self.work_item_links {
            read::work_item_links(batch, |link| {
                let now = organisation.address_now(link.url);
                let of = |url: &str| addresses.get(url).into_iter().flatten().copied();
                for id in of(link.url).chain(of(now.as_ref())).collect::<BTreeSet<&str>>() {
                    inputs.entry(id).and_modify(|input| input.work_item_links.push(link));
                }
            })?;
        }
        for batch in &self.reviews {
            read::reviews(batch, |review| {
                if let Some(input) = homes.get(review.pull_request_id).and_then(|id| inputs.get_mut(id)) {
                    input.reviews.push(review);
                }
            })?;
        }
        for batch in &self.comments {
            read::comments(batch, |comment| {
                if let Some(input) = homes.get(comment.pull_request_id).and_then(|id| inputs.get_mut(id)) {
                    input.comments.push(comment);
                }
            })?;
        }
        for batch in &self.deployments {
            read::deployments(batch, |id, deployment| {
                inputs.entry(id).and_modify(|input| input.deployments.push(deployment));
            })?;
        }
        for batch in &self.lineage_overrides {
            read::lineage_overrides(batch, |id, decision| {
                inputs.entry(id).and_modify(|input| input.lineage_overrides.push(decision));
            })?;
        }
        while let Some((_, input)) = inputs.pop_first() {
            let model = RepositoryModel::new(&input, organisation)?;
            let [changes, commits, requests, idles, reviews] = TABLES;
            made(Made { table: "deployments", rows: write::deployments(&model.deployments(settings))? })?;
            let carried = model.deployment_commits();
            write::batches(carried, write::deployment_commits, |rows| made(Made { table: commits, rows }))?;
            write::batches(model.changes()?.iter(), write::changes, |rows| made(Made { table: changes, rows }))?;
            let lives = model.pull_requests(settings);
            let quiet: Vec<_> = lives.iter().flat_map(PullRequestFact::idles).collect();
            write::batches(lives.into_iter(), write::pull_requests, |rows| made(Made { table: requests, rows }))?;
            write::batches(quiet.into_iter(), write::idles, |rows| made(Made { table: idles, rows }))?;
            let looks = model.reviews(settings);
            write::batches(looks.into_iter(), write::reviews, |rows| made(Made { table: reviews, rows }))?;
        }
        Ok(())
    }
}

/// Columns (all of them when none is named) of the rows of a core table whose `key` is one of `wanted`.
pub(super) async fn rows(
    marks: &Marks,
    entity: &str,
    columns: &[&str],
    key: &'static str,
    wanted: &HashSet<&str>,
) -> Result<Vec<RecordBatch>> {
    // As of the step's beginning: rows that come while it runs belong to the next run, all of them.
    let Some(snapshot) = marks.core.get(entity).filter(|_| !wanted.is_empty()) else { return Ok(Vec::new()) };
    let columns = (!columns.is_empty()).then_some(columns);
    let mut found = Vec::new();
    if wanted.len() > PRUNING {
        let wanted = wanted.iter().map(|id| (*id).to_owned()).collect();
        let mut stream = snapshot.rows_of(columns, key, wanted).await?;
        while let Some(batch) = stream.try_next().await? {
            found.push(fitted(batch)?);
        }
        return Ok(found);
    }
    let among = col(key).in_list(wanted.iter().map(|id| lit(*id)).collect(), false);
    let mut stream = snapshot.read(columns, None, &[among]).await?;
    while let Some(batch) = stream.try_next().await? {
        let mask: BooleanArray =
            read::column(&batch, key)?.map(|id| Some(id.is_some_and(|id| wanted.contains(id)))).collect();
        match mask.true_count() {
            0 => {}
            all if all == batch.num_rows() => found.push(fitted(batch)?),
            _ => found.push(fitted(filter_record_batch(&batch, &mask)?)?),
        }
    }
    Ok(found)
}

/// The batch without the room that its columns grew into as they were read: it is kept for as long as the model takes.
fn fitted(batch: RecordBatch) -> Result<RecordBatch> {
    let (schema, mut columns, _) = batch.into_parts();
    columns.iter_mut().for_each(|column| column.shrink_to_fit());
    Ok(RecordBatch::try_new(schema, columns)?)
}

/// How many keys are worth being looked up in the statistics of files.
pub(super) const PRUNING: usize = 20;
