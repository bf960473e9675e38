//! Repositories.

use super::values::{present, time};
use super::{Work, is_number};
use crate::github::payload::Repository;
use pulse_engine::map::Reject;

pub(super) fn map(work: &mut Work<'_>) -> Result<(), Reject> {
    let native = work.payload.key;
    if !is_number(native) {
        return Err(work.misshapen("<repository>"));
    }
    // What was delivered from it was delivered: its commits and deployments stay.
    if work.is_gone() {
        return work.gone("repositories", native);
    }
    let repository: Repository = work.read()?;
    let branch = repository.default_branch_ref.unwrap_or_default();
    let name = present("nameWithOwner", repository.name_with_owner)?;
    // A name stays known when another takes its place: texts may go on naming the repository by it.
    let known = work
        .row("repository_names", &format!("{native}/names/{name}"))?
        .set("repository_id", work.id(native))
        .set("name", name.as_str());
    work.push(known)?;
    let row = work
        .row("repositories", native)?
        .set("name", name)
        .set("url", repository.url)
        .set("default_branch", branch.name)
        .set("default_sha", branch.target.and_then(|target| target.oid))
        .set("is_fork", repository.is_fork)
        .set("is_archived", repository.is_archived)
        .set("created_at", time(repository.created_at.as_deref()));
    work.push(row)
}
