//! Branches and tags, of which the latter stand for deployments when the settings say so.

use super::Work;
use super::deployments::Delivery;
use super::values::{micros, time};
use crate::github::DeploymentSource;
use crate::github::payload::{Tag, Target};
use pulse_engine::map::Reject;
use pulse_engine::row::{Row, Value};

pub(super) fn branch(work: &mut Work<'_>) -> Result<(), Reject> {
    let (repository, name) = work.key()?;
    let leads_to = reference(work, "branch", repository, name)?.map(|(sha, _)| sha);
    if work.is_gone() {
        return Ok(());
    }
    let row = named(work, "branch", repository, name)?.set("sha", leads_to);
    work.push(row)
}

pub(super) fn map(work: &mut Work<'_>) -> Result<(), Reject> {
    let (repository, name) = work.key()?;
    let settings = work.settings()?;
    let settings = &settings.deployments;
    let leads_to = reference(work, "tag", repository, name)?;
    if !work.is_gone() {
        let (sha, tagged) = leads_to.clone().unzip();
        let row = named(work, "tag", repository, name)?.set("sha", sha);
        work.push(row.set("tagged_at", tagged.unwrap_or(Value::Null)))?;
    }
    if !settings.come_from(DeploymentSource::Tags) || !settings.is_tag(name) {
        return Ok(());
    }
    let native = format!("{repository}/tags/{name}");
    // A tag that was moved onto a tree or a file delivers nothing any more either.
    let Some((sha, tagged)) = leads_to else {
        return work.gone("deployments", &native);
    };
    let (environment, is_production) = settings.of_tag(name);
    Delivery {
        native,
        repository,
        environment,
        is_production,
        status: "succeeded",
        sha: Some(sha),
        ref_name: Some(name.to_owned()),
        created_at: Value::Null,
        started_at: Value::Null,
        finished_at: tagged,
        kind: settings.kind(&[Some(name)]),
        url: None,
        inferred_from: Some("tag"),
    }
    .push(work)
}

/// The commit that a branch or tag leads to, and when it was tagged; one that is gone leads nowhere.
fn reference(work: &mut Work<'_>, kind: &str, repository: &str, name: &str) -> Result<Option<(String, Value)>, Reject> {
    if work.is_gone() {
        work.gone("refs", &key(kind, repository, name))?;
        return Ok(None);
    }
    let told: Tag = work.read()?;
    Ok(told.target.and_then(delivered))
}

fn named(work: &Work<'_>, kind: &'static str, repository: &str, name: &str) -> Result<Row, Reject> {
    let row = work.row("refs", &key(kind, repository, name))?.set("repository_id", work.id(repository));
    Ok(row.set("kind", kind).set("name", name))
}

fn key(kind: &str, repository: &str, name: &str) -> String {
    format!("{repository}/refs/{kind}/{name}")
}

/// The commit that a tag names, and when it was tagged; of a light tag, and of one from before git kept the tagger, when
/// the commit was committed. Through a tag of a tag the query does not look, so that one names nothing.
fn delivered(target: Target) -> Option<(String, Value)> {
    let tagged = target.tagger.and_then(|tagger| tagger.date).filter(|date| micros(date).is_some());
    let commit = if target.kind == "Tag" { *target.target? } else { Target { tagger: None, target: None, ..target } };
    if commit.kind != "Commit" {
        return None;
    }
    Some((commit.oid?, time(tagged.or(commit.committed_date).as_deref())))
}
