//! Releases, and the deployments that they stand for when the settings say so.

use super::Work;
use super::deployments::Delivery;
use super::values::{present, time};
use crate::github::DeploymentSource;
use crate::github::payload::Release;
use pulse_engine::map::Reject;
use pulse_engine::row::Value;

pub(super) fn map(work: &mut Work<'_>) -> Result<(), Reject> {
    let (repository, id) = work.numbered()?;
    let native = format!("{repository}/releases/{id}");
    let settings = work.settings()?;
    let settings = &settings.deployments;
    let deploys = settings.come_from(DeploymentSource::Releases);
    if work.is_gone() {
        return gone(work, &native, deploys);
    }
    let release: Release = work.read()?;
    work.account(release.author.as_ref());
    // A release may be taken back into draft.
    if release.is_draft {
        return gone(work, &native, deploys);
    }
    let tag = present("tagName", release.tag_name)?;
    let sha = release.tag_commit.and_then(|commit| commit.oid);
    let published = time(release.published_at.as_deref());
    let title = release.name.filter(|name| !name.trim().is_empty());
    let row = work
        .row("releases", &native)?
        .set("repository_id", work.id(repository))
        .set("name", title.clone().unwrap_or_else(|| tag.clone()))
        .set("tag", tag.clone())
        .set("sha", sha.clone())
        .set("is_prerelease", release.is_prerelease)
        .set("published_at", published.clone())
        .set("url", release.url.clone());
    work.push(row)?;
    if !deploys {
        return Ok(());
    }
    let (environment, is_production) = settings.goes_to(release.is_prerelease);
    Delivery {
        native,
        repository,
        environment,
        is_production,
        status: "succeeded",
        sha,
        kind: settings.kind(&[title.as_deref(), Some(&tag)]),
        ref_name: Some(tag),
        created_at: Value::Null,
        started_at: Value::Null,
        finished_at: published,
        url: release.url,
        inferred_from: Some("release"),
    }
    .push(work)
}

/// A release that is not there any more, and the deployment that it stood for.
fn gone(work: &mut Work<'_>, native: &str, deploys: bool) -> Result<(), Reject> {
    work.gone("releases", native)?;
    if deploys { work.gone("deployments", native) } else { Ok(()) }
}
