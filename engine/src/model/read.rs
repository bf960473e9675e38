//! Rows of core and facts as the typed structs of the model. The structs borrow their texts from the batches.

use super::facts::{Carried, DeploymentFact, Failure, Lineage};
use super::input::{
    Comment, Commit, Deployment, Incident, LineageOverride, Override, PullRequest, PullRequestCommit, Review,
    WorkItemLink,
};
use super::names::Names;
use super::organisation::Organisation;
use super::people::{Identity, IdentityOverride, Told};
use crate::lineage::Sha;
use crate::{Error, Result};
use arrow::array::{
    Array as _, AsArray as _, BooleanArray, Date32Array, Float64Array, Int64Array, ListArray, RecordBatch, StringArray,
};
use arrow::array::{ArrayRef, TimestampMicrosecondArray};
use arrow::datatypes::{Date32Type, Float64Type, Int64Type, TimestampMicrosecondType};
use std::collections::BTreeMap;

/// The columns of one batch by name.
pub(super) struct Columns<'b>(pub(super) &'b RecordBatch);

impl<'b> Columns<'b> {
    fn column(&self, name: &str) -> Result<&'b ArrayRef> {
        self.0.column_by_name(name).ok_or_else(|| misfit(name))
    }
    pub(super) fn text(&self, name: &str) -> Result<Texts<'b>> {
        self.column(name)?.as_string_opt::<i32>().map(Texts).ok_or_else(|| misfit(name))
    }
    pub(super) fn texts(&self, name: &str) -> Result<Lists<'b>> {
        let list = self.column(name)?.as_list_opt::<i32>().ok_or_else(|| misfit(name))?;
        let values = list.values().as_string_opt::<i32>().ok_or_else(|| misfit(name))?;
        Ok(Lists { list, values })
    }
    pub(super) fn time(&self, name: &str) -> Result<Times<'b>> {
        self.column(name)?.as_primitive_opt::<TimestampMicrosecondType>().map(Times).ok_or_else(|| misfit(name))
    }
    pub(super) fn int(&self, name: &str) -> Result<Ints<'b>> {
        self.column(name)?.as_primitive_opt::<Int64Type>().map(Ints).ok_or_else(|| misfit(name))
    }
    pub(super) fn float(&self, name: &str) -> Result<Floats<'b>> {
        self.column(name)?.as_primitive_opt::<Float64Type>().map(Floats).ok_or_else(|| misfit(name))
    }
    pub(super) fn date(&self, name: &str) -> Result<Dates<'b>> {
        self.column(name)?.as_primitive_opt::<Date32Type>().map(Dates).ok_or_else(|| misfit(name))
    }
    pub(super) fn flag(&self, name: &str) -> Result<Flags<'b>> {
        self.column(name)?.as_boolean_opt().map(Flags).ok_or_else(|| misfit(name))
    }
}

fn misfit(name: &str) -> Error {
    Error::Table { table: "core".to_owned(), reason: format!("column `{name}` is missing or not of its declared kind") }
}

macro_rules! readers {
    ($($name:ident $array:ident $value:ty;)*) => {$(
        pub(super) struct $name<'b>(&'b $array);
        impl<'b> $name<'b> {
            pub(super) fn at(&self, row: usize) -> Option<$value> {
                self.0.is_valid(row).then(|| self.0.value(row))
            }
        }
    )*};
}
readers! {
    Texts StringArray &'b str;
    Times TimestampMicrosecondArray i64;
    Ints Int64Array i64;
    Floats Float64Array f64;
    Dates Date32Array i32;
    Flags BooleanArray bool;
}

pub(super) struct Lists<'b> {
    list: &'b ListArray,
    values: &'b StringArray,
}

impl<'b> Lists<'b> {
    pub(super) fn at(&self, row: usize) -> impl Iterator<Item = &'b str> + use<'b> {
        let (values, offsets) = (self.values, self.list.value_offsets());
        let range = if self.list.is_valid(row) { offsets[row] as usize..offsets[row + 1] as usize } else { 0..0 };
        range.filter(|i| values.is_valid(*i)).map(|i| values.value(i))
    }
}

/// The parents of a commit.
pub(super) struct Parents<'l, 'b> {
    lists: &'l Lists<'b>,
    row: usize,
}

impl Parents<'_, '_> {
    /// Their object ids, in order.
    pub(super) fn shas(&self) -> impl Iterator<Item = Sha> {
        self.lists.at(self.row).filter_map(Sha::parse)
    }
}

/// Calls `found` with each commit, its repository and its parents. Only the texts are borrowed for long: all else stands in
/// `copied`, row by row.
pub(super) fn commits<'b>(
    batch: &'b RecordBatch,
    copied: &RecordBatch,
    mut found: impl FnMut(&str, Commit<'b>, Parents<'_, '_>),
) -> Result<()> {
    let (c, copied) = (Columns(batch), Columns(copied));
    let (id, repository, sha) = (c.text("id")?, copied.text("repository_id")?, c.text("sha")?);
    let (author, title) = (c.text("author_id")?, c.text("title")?);
    let (authored, committed, deleted) =
        (copied.time("authored_at")?, copied.time("committed_at")?, copied.time("deleted_at")?);
    let (additions, deletions) = (copied.int("additions")?, copied.int("deletions")?);
    let (parents, reverts, picked) = (copied.texts("parents")?, c.texts("reverts")?, c.texts("cherry_picked_from")?);
    let keys = c.texts("work_item_keys")?;
    for row in 0..batch.num_rows() {
        // A row that says only that a commit is gone has no more than its id.
        let (Some(id), Some(repository), Some(sha)) = (id.at(row), repository.at(row), sha.at(row)) else { continue };
        let commit = Commit {
            id,
            sha,
            author_id: author.at(row),
            title: title.at(row),
            authored_at: authored.at(row),
            committed_at: committed.at(row),
            additions: additions.at(row),
            deletions: deletions.at(row),
            reverts: reverts.at(row).collect(),
            cherry_picked_from: picked.at(row).collect(),
            work_item_keys: keys.at(row).collect(),
            is_gone: deleted.at(row).is_some(),
        };
        found(repository, commit, Parents { lists: &parents, row });
    }
    Ok(())
}

/// Calls `found` with each pull request that the source of a work item knows of.
pub(super) fn work_item_links<'b>(batch: &'b RecordBatch, mut found: impl FnMut(WorkItemLink<'b>)) -> Result<()> {
    let c = Columns(batch);
    let (url, key, deleted) = (c.text("url")?, c.text("work_item_key")?, c.time("deleted_at")?);
    for row in (0..batch.num_rows()).filter(|row| deleted.at(*row).is_none()) {
        if let (Some(url), Some(work_item_key)) = (url.at(row), key.at(row)) {
            found(WorkItemLink { url, work_item_key });
        }
    }
    Ok(())
}

/// Calls `found` with each pull request and its repository.
pub(super) fn pull_requests<'b>(batch: &'b RecordBatch, mut found: impl FnMut(&'b str, PullRequest<'b>)) -> Result<()> {
    let c = Columns(batch);
    let (id, repository, title, url) = (c.text("id")?, c.text("repository_id")?, c.text("title")?, c.text("url")?);
    let (author, state, draft) = (c.text("author_id")?, c.text("state")?, c.flag("is_draft")?);
    let (created, ready, merged) = (c.time("created_at")?, c.time("ready_at")?, c.time("merged_at")?);
    let (merge, head, base) = (c.text("merge_commit_sha")?, c.text("head_sha")?, c.text("base_branch")?);
    let (additions, deletions, deleted) = (c.int("additions")?, c.int("deletions")?, c.time("deleted_at")?);
    let (number, closed, branch) = (c.int("number")?, c.time("closed_at")?, c.text("head_branch")?);
    let (files, labels, keys) = (c.int("changed_files")?, c.texts("labels")?, c.texts("work_item_keys")?);
    for row in (0..batch.num_rows()).filter(|row| deleted.at(*row).is_none()) {
        let (Some(id), Some(repository)) = (id.at(row), repository.at(row)) else { continue };
        let request = PullRequest {
            id,
            number: number.at(row),
            title: title.at(row),
            url: url.at(row),
            author_id: author.at(row),
            state: state.at(row).unwrap_or_default(),
            is_draft: draft.at(row).unwrap_or_default(),
            created_at: created.at(row),
            ready_at: ready.at(row),
            merged_at: merged.at(row),
            closed_at: closed.at(row),
            merge_commit_sha: merge.at(row),
            head_sha: head.at(row),
            base_branch: base.at(row),
            head_branch: branch.at(row),
            additions: additions.at(row),
            deletions: deletions.at(row),
            changed_files: files.at(row),
            labels: labels.at(row).collect(),
            work_item_keys: keys.at(row).collect(),
        };
        found(repository, request);
    }
    Ok(())
}

/// Calls `found` with each commit of a pull request's own branch.
pub(super) fn own_commits<'b>(batch: &'b RecordBatch, mut found: impl FnMut(PullRequestCommit<'b>)) -> Result<()> {
    let c = Columns(batch);
    let (request, sha, author) = (c.text("pull_request_id")?, c.text("sha")?, c.text("author_id")?);
    let (authored, deleted) = (c.time("authored_at")?, c.time("deleted_at")?);
    for row in (0..batch.num_rows()).filter(|row| deleted.at(*row).is_none()) {
        if let (Some(pull_request_id), Some(sha)) = (request.at(row), sha.at(row)) {
            let (authored_at, author_id) = (authored.at(row), author.at(row));
            found(PullRequestCommit { pull_request_id, sha, authored_at, author_id });
        }
    }
    Ok(())
}

/// Calls `found` with each review.
pub(super) fn reviews<'b>(batch: &'b RecordBatch, mut found: impl FnMut(Review<'b>)) -> Result<()> {
    let c = Columns(batch);
    let (id, request, reviewer) = (c.text("id")?, c.text("pull_request_id")?, c.text("reviewer_id")?);
    let (state, submitted, deleted) = (c.text("state")?, c.time("submitted_at")?, c.time("deleted_at")?);
    for row in (0..batch.num_rows()).filter(|row| deleted.at(*row).is_none()) {
        if let (Some(id), Some(pull_request_id), Some(submitted_at)) = (id.at(row), request.at(row), submitted.at(row))
        {
            found(Review { id, pull_request_id, reviewer_id: reviewer.at(row), state: state.at(row), submitted_at });
        }
    }
    Ok(())
}

/// Calls `found` with each comment, as one on a pull request.
pub(super) fn comments<'b>(batch: &'b RecordBatch, mut found: impl FnMut(Comment<'b>)) -> Result<()> {
    let c = Columns(batch);
    let (subject, author) = (c.text("subject_id")?, c.text("author_id")?);
    let (created, deleted) = (c.time("created_at")?, c.time("deleted_at")?);
    for row in (0..batch.num_rows()).filter(|row| deleted.at(*row).is_none()) {
        if let (Some(pull_request_id), Some(created_at)) = (subject.at(row), created.at(row)) {
            found(Comment { pull_request_id, author_id: author.at(row), created_at });
        }
    }
    Ok(())
}

/// Calls `found` with each deployment and its repository.
pub(super) fn deployments<'b>(batch: &'b RecordBatch, mut found: impl FnMut(&'b str, Deployment<'b>)) -> Result<()> {
    let c = Columns(batch);
    let (id, repository, environment) = (c.text("id")?, c.text("repository_id")?, c.text("environment")?);
    let (production, status, sha) = (c.flag("is_production")?, c.text("status")?, c.text("sha")?);
    let (ref_name, kind, incident) = (c.text("ref_name")?, c.text("kind")?, c.text("incident_id")?);
    let (started, finished, deleted) = (c.time("started_at")?, c.time("finished_at")?, c.time("deleted_at")?);
    let (url, inferred) = (c.text("url")?, c.text("inferred_from")?);
    for row in (0..batch.num_rows()).filter(|row| deleted.at(*row).is_none()) {
        let (Some(id), Some(repository)) = (id.at(row), repository.at(row)) else { continue };
        let deployment = Deployment {
            id,
            environment: environment.at(row).unwrap_or_default(),
            is_production: production.at(row).unwrap_or_default(),
            status: status.at(row).unwrap_or_default(),
            sha: sha.at(row),
            ref_name: ref_name.at(row),
            started_at: started.at(row),
            finished_at: finished.at(row),
            kind: kind.at(row),
            incident_id: incident.at(row),
            url: url.at(row),
            inferred_from: inferred.at(row),
        };
        found(repository, deployment);
    }
    Ok(())
}

/// The incidents of a batch.
pub(super) fn incidents<'b>(batch: &'b RecordBatch, all: &mut Vec<Incident<'b>>) -> Result<()> {
    let c = Columns(batch);
    let (id, project, repository) = (c.text("id")?, c.text("project_id")?, c.text("repository_id")?);
    let (title, severity, url) = (c.text("title")?, c.text("severity")?, c.text("url")?);
    let (began, taken, resolved) = (c.time("began_at")?, c.time("acknowledged_at")?, c.time("resolved_at")?);
    let (deployment, sha, deleted) = (c.text("deployment_id")?, c.text("caused_by_sha")?, c.time("deleted_at")?);
    let (status, resolution) = (c.text("status")?, c.text("resolution")?);
    for row in (0..batch.num_rows()).filter(|row| deleted.at(*row).is_none()) {
        let (Some(id), Some(began_at)) = (id.at(row), began.at(row)) else { continue };
        all.push(Incident {
            id,
            project_id: project.at(row),
            repository_id: repository.at(row),
            title: title.at(row),
            severity: severity.at(row),
            began_at,
            acknowledged_at: taken.at(row),
            resolved_at: resolved.at(row),
            deployment_id: deployment.at(row),
            caused_by_sha: sha.at(row),
            url: url.at(row),
            status: status.at(row),
            resolution: resolution.at(row),
        });
    }
    Ok(())
}

/// The overrides of a batch.
pub(super) fn overrides<'b>(batch: &'b RecordBatch, all: &mut Vec<Override<'b>>) -> Result<()> {
    let c = Columns(batch);
    let (id, incident, deployment) = (c.text("id")?, c.text("incident_id")?, c.text("deployment_id")?);
    let (by, at, reason, deleted) = (c.text("made_by")?, c.time("made_at")?, c.text("reason")?, c.time("deleted_at")?);
    for row in (0..batch.num_rows()).filter(|row| deleted.at(*row).is_none()) {
        let (Some(id), Some(incident_id), Some(made_at)) = (id.at(row), incident.at(row), at.at(row)) else { continue };
        let (deployment_id, made_by, reason) = (deployment.at(row), by.at(row), reason.at(row));
        all.push(Override { id, incident_id, deployment_id, made_by, made_at, reason });
    }
    Ok(())
}

/// Calls `found` with each decision about lineage and its repository.
pub(super) fn lineage_overrides<'b>(
    batch: &'b RecordBatch,
    mut found: impl FnMut(&'b str, LineageOverride<'b>),
) -> Result<()> {
    let c = Columns(batch);
    let (id, repository, sha) = (c.text("id")?, c.text("repository_id")?, c.text("sha")?);
    let (deployment, at, deleted) = (c.text("deployment_id")?, c.time("made_at")?, c.time("deleted_at")?);
    for row in (0..batch.num_rows()).filter(|row| deleted.at(*row).is_none()) {
        let (Some(id), Some(repository)) = (id.at(row), repository.at(row)) else { continue };
        let (Some(sha), Some(made_at)) = (sha.at(row), at.at(row)) else { continue };
        found(repository, LineageOverride { id, sha, deployment_id: deployment.at(row), made_at });
    }
    Ok(())
}

/// The rows of `facts.deployment_commits`.
pub(super) fn carried<'b>(batch: &'b RecordBatch, all: &mut Vec<Carried<'b>>) -> Result<()> {
    let c = Columns(batch);
    let (repository, environment) = (c.text("repository_id")?, c.text("environment")?);
    let (deployment, sha) = (c.text("deployment_id")?, c.text("sha")?);
    let (lineage, deployed) = (c.text("lineage")?, c.time("deployed_at")?);
    for row in 0..batch.num_rows() {
        all.push(Carried {
            repository_id: repository.at(row).unwrap_or_default(),
            environment: environment.at(row).unwrap_or_default(),
            deployment_id: deployment.at(row).unwrap_or_default(),
            sha: sha.at(row).unwrap_or_default(),
            lineage: lineage_of(lineage.at(row)).unwrap_or(Lineage::Time),
            deployed_at: deployed.at(row).unwrap_or_default(),
        });
    }
    Ok(())
}

/// The rows of `facts.deployments`, as they were before incidents were looked at.
pub(super) fn deployment_facts<'b>(batch: &'b RecordBatch, all: &mut Vec<DeploymentFact<'b>>) -> Result<()> {
    let c = Columns(batch);
    let (id, repository, environment) = (c.text("id")?, c.text("repository_id")?, c.text("environment")?);
    let (project, team, production) = (c.text("project_id")?, c.text("team_id")?, c.flag("is_production")?);
    let (status, sha, ref_name) = (c.text("status")?, c.text("sha")?, c.text("ref_name")?);
    let (started, finished, url) = (c.time("started_at")?, c.time("finished_at")?, c.text("url")?);
    let (inferred, previous, baseline) = (c.text("inferred_from")?, c.text("previous_id")?, c.flag("is_baseline")?);
    let (lineage, commits, rollback) = (c.text("lineage")?, c.int("commits")?, c.flag("is_rollback")?);
    let (hotfix, rework, incident) = (c.flag("is_hotfix")?, c.text("rework_rule")?, c.text("incident_id")?);
    let (own_rework, repairs, rule) = (c.text("own_rework_rule")?, c.text("repairs_id")?, c.text("history_rule")?);
    let (evidence, recovered) = (c.text("history_evidence")?, c.time("history_recovered_at")?);
    for row in 0..batch.num_rows() {
        let (Some(id), Some(repository_id)) = (id.at(row), repository.at(row)) else { continue };
        let history = rule_of(rule.at(row)).map(|rule| Failure {
            rule,
            evidence: evidence.at(row).unwrap_or_default().to_owned(),
            recovered_at: recovered.at(row),
            is_open: false,
        });
        all.push(DeploymentFact {
            deployment: Deployment {
                id,
                environment: environment.at(row).unwrap_or_default(),
                is_production: production.at(row).unwrap_or_default(),
                status: status.at(row).unwrap_or_default(),
                sha: sha.at(row),
                ref_name: ref_name.at(row),
                started_at: started.at(row),
                finished_at: finished.at(row),
                // Facts keep no more of the kind than what is asked of it from here on.
                kind: hotfix.at(row).unwrap_or_default().then_some("hotfix"),
                incident_id: incident.at(row),
                url: url.at(row),
                inferred_from: inferred.at(row),
            },
            repository_id,
            project_id: project.at(row),
            team_id: team.at(row),
            previous_id: previous.at(row),
            is_baseline: baseline.at(row).unwrap_or_default(),
            lineage: lineage_of(lineage.at(row)),
            commits: commits.at(row).unwrap_or_default(),
            is_rollback: rollback.at(row).unwrap_or_default(),
            rework_rule: rule_of(rework.at(row)),
            own_rework_rule: rule_of(own_rework.at(row)),
            repairs_id: repairs.at(row),
            failure: history.clone(),
            history,
        });
    }
    Ok(())
}

fn rule_of(name: Option<&str>) -> Option<&'static str> {
    ["incident", "rollback", "hotfix", "revert"].into_iter().find(|rule| Some(*rule) == name)
}

fn lineage_of(name: Option<&str>) -> Option<Lineage> {
    [Lineage::Sha, Lineage::Time, Lineage::Manual].into_iter().find(|lineage| Some(lineage.name()) == name)
}

/// The teams and projects of the small tables, each of which is given by its name.
pub(super) fn organisation(entity: &str, batch: &RecordBatch, into: &mut Organisation) -> Result<()> {
    let c = Columns(batch);
    let deleted = c.time("deleted_at")?;
    let rows = (0..batch.num_rows()).filter(|row| deleted.at(*row).is_none());
    match entity {
        "team_members" => {
            let (team, member) = (c.text("team_id")?, c.text("member_id")?);
            let (joined, left) = (c.time("joined_at")?, c.time("left_at")?);
            for row in rows {
                if let (Some(team), Some(member)) = (team.at(row), member.at(row)) {
                    into.member(team, member, joined.at(row), left.at(row));
                }
            }
        }
        "projects" => {
            let (id, team) = (c.text("id")?, c.text("team_id")?);
            for (project, team) in rows.filter_map(|row| Some((id.at(row)?, team.at(row)?))) {
                into.owner(project, team);
            }
        }
        "project_scopes" => {
            let (project, kind, scope) = (c.text("project_id")?, c.text("scope_kind")?, c.text("scope_id")?);
            let connection = c.text("connection")?;
            for row in rows {
                let (Some(project), Some(scope)) = (project.at(row), scope.at(row)) else { continue };
                let own = |source: &str| scope.strip_prefix(source).is_some_and(|native| native.starts_with(':'));
                match kind.at(row) {
                    Some("repository") => into.scope(project, scope),
                    // What a board's own source says of it stands with its sprints.
                    Some("board") if !connection.at(row).is_some_and(own) => into.board(project, scope),
                    _ => {}
                }
            }
        }
        _ => return Err(misfit(entity)),
    }
    Ok(())
}

/// Those projects, or repositories, of a batch that are not there any more.
pub(super) fn gone(batch: &RecordBatch, into: &mut Organisation) -> Result<()> {
    let c = Columns(batch);
    let (id, deleted) = (c.text("id")?, c.time("deleted_at")?);
    let gone = (0..batch.num_rows()).filter(|row| deleted.at(*row).is_some()).filter_map(|row| id.at(row));
    gone.for_each(|place| into.goes(place));
    Ok(())
}

/// What repositories are called, and were, or what the keys of projects are and were, from one of the tables that tell it, by its name.
pub(super) fn names(entity: &str, batch: &RecordBatch, into: &mut Names) -> Result<()> {
    let (place, name, is_now) = match entity {
        "repositories" => ("id", "name", true),
        "repository_names" => ("repository_id", "name", false),
        "projects" => ("id", "key", true),
        "project_keys" => ("project_id", "key", false),
        _ => return Err(misfit(entity)),
    };
    let c = Columns(batch);
    let (deleted, place, name) = (c.time("deleted_at")?, c.text(place)?, c.text(name)?);
    for row in (0..batch.num_rows()).filter(|row| deleted.at(*row).is_none()) {
        match (place.at(row), name.at(row)) {
            (Some(place), Some(name)) if is_now => into.is_called(place, name),
            (Some(place), Some(name)) => into.goes_by(place, name),
            _ => {}
        }
    }
    Ok(())
}

/// What is known of people, from the small tables that tell of them.
#[derive(Debug, Default)]
pub(super) struct Known {
    pub(super) identities: Vec<Identity>,
    pub(super) decisions: Vec<IdentityOverride>,
    pub(super) told: BTreeMap<String, Told>,
}

/// The rows of one of the small tables that tell of people, by its name.
pub(super) fn known(entity: &str, batch: &RecordBatch, into: &mut Known) -> Result<()> {
    let c = Columns(batch);
    let (id, deleted) = (c.text("id")?, c.time("deleted_at")?);
    let own = |text: Option<&str>| text.map(str::to_owned);
    let rows = (0..batch.num_rows()).filter(|row| deleted.at(*row).is_none());
    let rows = rows.filter_map(|row| Some((row, id.at(row)?.to_owned())));
    match entity {
        "identities" => {
            let (connection, person, bot) = (c.text("connection")?, c.text("person_id")?, c.flag("is_bot")?);
            let (name, email, login) = (c.text("name")?, c.text("email")?, c.text("login")?);
            into.identities.extend(rows.map(|(row, id)| Identity {
                id,
                connection: connection.at(row).unwrap_or_default().to_owned(),
                person_id: own(person.at(row)),
                name: own(name.at(row)),
                email: own(email.at(row)),
                login: own(login.at(row)),
                is_bot: bot.at(row) == Some(true),
            }));
        }
        "identity_overrides" => {
            let (identity, person, bot) = (c.text("identity_id")?, c.text("person_id")?, c.flag("is_bot")?);
            let made = c.time("made_at")?;
            into.decisions.extend(rows.map(|(row, id)| IdentityOverride {
                id,
                identity_id: identity.at(row).unwrap_or_default().to_owned(),
                person_id: own(person.at(row)),
                is_bot: bot.at(row),
                made_at: made.at(row).unwrap_or_default(),
            }));
        }
        "people" => {
            let (name, email, bot) = (c.text("name")?, c.text("email")?, c.flag("is_bot")?);
            into.told.extend(rows.map(|(row, id)| {
                (id, Told { name: own(name.at(row)), email: own(email.at(row)), is_bot: bot.at(row) == Some(true) })
            }));
        }
        _ => return Err(misfit(entity)),
    }
    Ok(())
}

/// The texts of one column.
pub(super) fn column<'b>(batch: &'b RecordBatch, name: &str) -> Result<impl Iterator<Item = Option<&'b str>>> {
    let texts = Columns(batch).text(name)?;
    Ok((0..batch.num_rows()).map(move |row| texts.at(row)))
}
