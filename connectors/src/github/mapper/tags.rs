//! Tags, which stand for deployments when the settings say so.

use super::Work;
use super::deployments::Delivery;
use super::values::{micros, time};
use crate::github::DeploymentSource;
use crate::github::payload::{Tag, Target};
use pulse_engine::map::Reject;
use pulse_engine::row::Value;

pub(super) fn map(work: &mut Work<'_>) -> Result<(), Reject> {
    let (repository, name) = work.key()?;
    let settings = work.settings()?.deployments;
    if !settings.come_from(DeploymentSource::Tags) || !settings.is_tag(name) {
        return Ok(());
    }
    let native = format!("{repository}/tags/{name}");
    let tag: Tag = if work.is_gone() { Tag::default() } else { work.read()? };
    // A tag that was moved onto a tree or a file delivers nothing any more either.
    let Some((sha, tagged)) = tag.target.and_then(delivered) else {
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
