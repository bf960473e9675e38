//! Facts as Arrow batches in the schema of their tables.

use super::facts::{Carried, ChangeFact, DeploymentFact, IncidentFact, seconds};
use super::people::Person;
use super::pull_requests::{IdleFact, PullRequestFact};
use super::reviews::ReviewFact;
use crate::entities::{Entity, fact};
use crate::{Error, Result, Settings};
use arrow::array::{
    ArrayRef, BooleanArray, Date32Array, Float64Array, Int64Array, ListBuilder, RecordBatch, StringArray,
    StringBuilder, TimestampMicrosecondArray, new_null_array,
};
use arrow::datatypes::DataType;
use std::sync::Arc;

/// Rows that become one batch: a few are on their way at once.
const BATCH_ROWS: usize = 1 << 13;

/// Rows on their way to columns.
pub(super) struct Building<'r, T> {
    rows: &'r [T],
    columns: Vec<(&'static str, ArrayRef)>,
}

impl<'r, T> Building<'r, T> {
    pub(super) fn new(rows: &'r [T]) -> Self {
        Self { rows, columns: Vec::new() }
    }
    fn put(mut self, name: &'static str, column: ArrayRef) -> Self {
        self.columns.push((name, column));
        self
    }
    pub(super) fn text(self, name: &'static str, of: impl Fn(&'r T) -> Option<&'r str>) -> Self {
        let column = Arc::new(self.rows.iter().map(of).collect::<StringArray>());
        self.put(name, column)
    }
    pub(super) fn time(self, name: &'static str, of: impl Fn(&'r T) -> Option<i64>) -> Self {
        let column = self.rows.iter().map(of).collect::<TimestampMicrosecondArray>().with_timezone("UTC");
        self.put(name, Arc::new(column))
    }
    pub(super) fn float(self, name: &'static str, of: impl Fn(&'r T) -> Option<f64>) -> Self {
        let column = Arc::new(self.rows.iter().map(of).collect::<Float64Array>());
        self.put(name, column)
    }
    pub(super) fn int(self, name: &'static str, of: impl Fn(&'r T) -> Option<i64>) -> Self {
        let column = Arc::new(self.rows.iter().map(of).collect::<Int64Array>());
        self.put(name, column)
    }
    pub(super) fn date(self, name: &'static str, of: impl Fn(&'r T) -> Option<i32>) -> Self {
        let column = Arc::new(self.rows.iter().map(of).collect::<Date32Array>());
        self.put(name, column)
    }
    /// A list of texts; none is an empty list.
    pub(super) fn texts<I>(self, name: &'static str, entity: &Entity, of: impl Fn(&'r T) -> I) -> Self
    where
        I: Iterator<Item = &'r str>,
    {
        let mut lists = ListBuilder::new(StringBuilder::new());
        if let Some(DataType::List(element)) = entity.column(name).map(|column| column.kind.data_type()) {
            lists = lists.with_field(element);
        }
        for row in self.rows {
            of(row).for_each(|text| lists.values().append_value(text));
            lists.append(true);
        }
        self.put(name, Arc::new(lists.finish()))
    }
    pub(super) fn flag(self, name: &'static str, of: impl Fn(&'r T) -> Option<bool>) -> Self {
        let column = Arc::new(self.rows.iter().map(of).collect::<BooleanArray>());
        self.put(name, column)
    }

    /// The columns in the order of the table; what was not set is NULL.
    pub(super) fn finish(self, entity: &'static Entity) -> Result<RecordBatch> {
        if let Some((name, _)) = self.columns.iter().find(|(name, _)| entity.column(name).is_none()) {
            return Err(Error::Table { table: entity.path(), reason: format!("has no column `{name}`") });
        }
        let columns = entity.columns().map(|column| {
            let set = self.columns.iter().find(|(name, _)| *name == column.name);
            set.map_or_else(|| new_null_array(&column.kind.data_type(), self.rows.len()), |(_, array)| array.clone())
        });
        Ok(RecordBatch::try_new(entity.schema(), columns.collect())?)
    }
}

/// Hands rows over as batches of at most [`BATCH_ROWS`], each made when the one before is gone.
pub(super) fn batches<T>(
    mut rows: impl Iterator<Item = T>,
    batch: impl Fn(&[T]) -> Result<RecordBatch>,
    mut found: impl FnMut(RecordBatch) -> Result<()>,
) -> Result<()> {
    loop {
        let some: Vec<T> = rows.by_ref().take(BATCH_ROWS).collect();
        if some.is_empty() {
            return Ok(());
        }
        found(batch(&some)?)?;
    }
}

/// Rows of `facts.people`.
pub(super) fn people(rows: &[Person]) -> Result<RecordBatch> {
    let entity = fact("people")?;
    Building::new(rows)
        .text("id", |p| Some(&p.id))
        .text("name", |p| p.name.as_deref())
        .text("email", |p| p.email.as_deref())
        .flag("is_bot", |p| Some(p.is_bot))
        .texts("identities", entity, |p| p.identities.iter().map(String::as_str))
        .texts("merged_by", entity, |p| p.merged_by.iter().copied())
        .finish(entity)
}

/// Rows of `facts.deployments`.
pub(super) fn deployments(rows: &[DeploymentFact<'_>]) -> Result<RecordBatch> {
    Building::new(rows)
        .text("id", |f| Some(f.deployment.id))
        .text("repository_id", |f| Some(f.repository_id))
        .text("project_id", |f| f.project_id)
        .text("team_id", |f| f.team_id)
        .text("environment", |f| Some(f.deployment.environment))
        .flag("is_production", |f| Some(f.deployment.is_production))
        .text("status", |f| Some(f.deployment.status))
        .text("sha", |f| f.deployment.sha)
        .text("ref_name", |f| f.deployment.ref_name)
        .time("started_at", |f| f.deployment.started_at)
        .time("finished_at", |f| f.deployment.finished_at)
        .text("url", |f| f.deployment.url)
        .text("inferred_from", |f| f.deployment.inferred_from)
        .text("previous_id", |f| f.previous_id)
        .flag("is_baseline", |f| Some(f.is_baseline))
        .text("lineage", |f| f.lineage.map(|l| l.name()))
        .int("commits", |f| Some(f.commits))
        .flag("is_rollback", |f| Some(f.is_rollback))
        .flag("is_hotfix", |f| Some(f.is_hotfix()))
        .flag("is_rework", |f| Some(f.rework_rule.is_some()))
        .text("rework_rule", |f| f.rework_rule)
        .flag("failed", |f| f.excluded().is_none().then_some(f.failure.is_some()))
        .text("failure_rule", |f| f.failure.as_ref().map(|x| x.rule))
        .flag("failure_inferred", |f| f.failure.as_ref().map(|x| x.rule != "incident"))
        .text("failure_evidence", |f| f.failure.as_ref().map(|x| x.evidence.as_str()))
        .time("recovered_at", |f| f.failure.as_ref().and_then(|x| x.recovered_at))
        .float("recovery_seconds", |f| f.recovery_seconds())
        .flag("recovery_open", |f| {
            let open = f.failure.as_ref().is_some_and(|x| x.is_open);
            f.excluded().is_none().then_some(open)
        })
        .text("excluded", |f| f.excluded())
        .text("incident_id", |f| f.deployment.incident_id)
        .text("repairs_id", |f| f.repairs_id)
        .text("history_rule", |f| f.history.as_ref().map(|x| x.rule))
        .text("history_evidence", |f| f.history.as_ref().map(|x| x.evidence.as_str()))
        .time("history_recovered_at", |f| f.history.as_ref().and_then(|x| x.recovered_at))
        .text("own_rework_rule", |f| f.own_rework_rule)
        .finish(fact("deployments")?)
}

/// Rows of `facts.deployment_commits`.
pub(super) fn deployment_commits(rows: &[Carried<'_>]) -> Result<RecordBatch> {
    Building::new(rows)
        .text("repository_id", |c| Some(c.repository_id))
        .text("environment", |c| Some(c.environment))
        .text("deployment_id", |c| Some(c.deployment_id))
        .text("sha", |c| Some(c.sha))
        .text("lineage", |c| Some(c.lineage.name()))
        .time("deployed_at", |c| Some(c.deployed_at))
        .finish(fact("deployment_commits")?)
}

/// Rows of `facts.changes`.
pub(super) fn changes(rows: &[ChangeFact<'_>]) -> Result<RecordBatch> {
    let entity = fact("changes")?;
    Building::new(rows)
        .text("id", |c| Some(c.id))
        .text("kind", |c| Some(if c.is_pull_request { "pull_request" } else { "commit" }))
        .text("repository_id", |c| Some(c.repository_id))
        .text("project_id", |c| c.project_id)
        .text("team_id", |c| c.team_id)
        .text("author_id", |c| c.author_id)
        .text("title", |c| c.title)
        .text("url", |c| c.url.as_deref())
        .text("sha", |c| c.sha)
        .time("first_commit_at", |c| c.first_commit_at)
        .time("opened_at", |c| c.opened_at)
        .time("first_review_at", |c| c.first_review_at)
        .time("merged_at", |c| c.merged_at)
        .time("deployed_at", |c| c.delivery.map(|d| d.at))
        .text("deployment_id", |c| c.delivery.map(|d| d.deployment_id))
        .text("lineage", |c| c.delivery.map(|d| d.lineage.name()))
        .float("coding_seconds", |c| c.coding_seconds())
        .float("pickup_seconds", |c| c.pickup_seconds())
        .float("review_seconds", |c| c.review_seconds())
        .float("deploy_seconds", |c| c.deploy_seconds())
        .float("lead_seconds", |c| c.lead_seconds())
        .int("commits", |c| c.commits)
        .int("additions", |c| c.additions)
        .int("deletions", |c| c.deletions)
        .text("excluded", |c| c.excluded())
        .text("owning_team_id", |c| c.owning_team_id)
        .texts("labels", entity, |c| c.labels.iter().copied())
        .finish(entity)
}

/// Rows of `facts.pull_requests`.
pub(super) fn pull_requests(rows: &[PullRequestFact<'_>]) -> Result<RecordBatch> {
    let entity = fact("pull_requests")?;
    Building::new(rows)
        .text("id", |f| Some(f.request.id))
        .text("repository_id", |f| Some(f.repository_id))
        .text("project_id", |f| f.project_id)
        .text("team_id", |f| f.team_id)
        .int("number", |f| f.request.number)
        .text("author_id", |f| f.author_id)
        .text("title", |f| f.request.title)
        .text("url", |f| f.url.as_deref())
        .text("state", |f| Some(if f.request.is_merged() { "merged" } else { f.request.state }))
        .flag("is_draft", |f| Some(f.request.is_draft))
        .flag("is_to_default", |f| f.is_to_default)
        .flag("by_bot", |f| Some(f.by_bot))
        .time("opened_at", |f| f.request.opened_at())
        .time("first_review_at", |f| f.first_review_at)
        .time("approved_at", |f| f.approved_at)
        .time("merged_at", |f| f.request.merged_at)
        .time("closed_at", |f| f.request.ended_at())
        .time("last_activity_at", |f| f.last_activity_at)
        .float("pickup_seconds", |f| f.pickup_seconds)
        .float("review_seconds", |f| f.review_seconds)
        .float("rework_seconds", |f| f.rework_seconds)
        .float("merge_wait_seconds", |f| f.merge_wait_seconds)
        .float("open_seconds", |f| f.open_seconds)
        .int("additions", |f| f.request.additions)
        .int("deletions", |f| f.request.deletions)
        .int("changed_files", |f| f.request.changed_files)
        .int("commits", |f| f.commits)
        .int("reviews", |f| Some(f.reviews))
        .int("reviewers", |f| Some(f.reviewers))
        .int("comments", |f| Some(f.comments))
        .int("change_requests", |f| Some(f.change_requests))
        .flag("is_reviewed", |f| f.is_reviewed)
        .flag("is_revert", |f| Some(f.is_revert))
        .flag("is_hotfix", |f| Some(f.is_hotfix))
        .texts("work_item_keys", entity, |f| f.work_item_keys.iter().map(|key| &**key))
        .text("owning_team_id", |f| f.owning_team_id)
        .texts("labels", entity, |f| f.request.labels.iter().copied())
        .text("excluded", |f| f.excluded)
        .finish(entity)
}

/// Rows of `facts.pull_request_idles`.
pub(super) fn idles(rows: &[IdleFact<'_>]) -> Result<RecordBatch> {
    Building::new(rows)
        .text("pull_request_id", |f| Some(f.pull_request_id))
        .int("position", |f| Some(f.position))
        .text("repository_id", |f| Some(f.repository_id))
        .text("project_id", |f| f.project_id)
        .text("team_id", |f| f.team_id)
        .time("acted_at", |f| Some(f.idle.acted_at))
        .time("idle_from", |f| Some(f.idle.from))
        .time("idle_until", |f| f.idle.until)
        .text("excluded", |f| f.excluded)
        .text("owning_team_id", |f| f.owning_team_id)
        .finish(fact("pull_request_idles")?)
}

/// Rows of `facts.reviews`.
pub(super) fn reviews(rows: &[ReviewFact<'_>]) -> Result<RecordBatch> {
    Building::new(rows)
        .text("id", |f| Some(f.review.id))
        .text("pull_request_id", |f| Some(f.review.pull_request_id))
        .text("repository_id", |f| Some(f.repository_id))
        .text("project_id", |f| f.project_id)
        .text("team_id", |f| f.team_id)
        .text("reviewer_id", |f| f.reviewer_id)
        .text("author_id", |f| f.author_id)
        .text("state", |f| f.review.state)
        .time("submitted_at", |f| Some(f.review.submitted_at))
        .float("wait_seconds", |f| f.wait_seconds)
        .flag("is_first", |f| Some(f.is_first))
        .text("excluded", |f| f.excluded)
        .text("owning_team_id", |f| f.owning_team_id)
        .finish(fact("reviews")?)
}

/// Rows of `facts.incidents`.
pub(super) fn incidents(rows: &[IncidentFact<'_>], settings: &Settings) -> Result<RecordBatch> {
    Building::new(rows)
        .text("id", |f| Some(f.incident.id))
        .text("project_id", |f| f.project_id)
        .text("team_id", |f| f.team_id)
        .text("repository_id", |f| f.repository_id)
        .text("title", |f| f.incident.title)
        .text("severity", |f| f.incident.severity)
        .time("began_at", |f| Some(f.incident.began_at))
        .time("acknowledged_at", |f| f.incident.acknowledged_at)
        .time("resolved_at", |f| f.incident.resolved_at)
        .float("recovery_seconds", |f| seconds(Some(f.incident.began_at), f.incident.resolved_at))
        .flag("is_open", |f| Some(f.is_open))
        .text("deployment_id", |f| f.deployment_id)
        .text("link_rule", |f| f.link_rule)
        .float("link_window_seconds", |f| f.link_window_seconds)
        .text("link_reason", |f| Some(&f.link_reason))
        .text("url", |f| f.incident.url)
        .float("acknowledge_seconds", |f| seconds(Some(f.incident.began_at), f.incident.acknowledged_at))
        .flag("on_hours", |f| Some(settings.calendar.is_working_hour(settings.time_zone, f.incident.began_at)))
        .text("excluded", |f| f.excluded)
        .finish(fact("incidents")?)
}
