//! The pull requests that Jira knows of an issue.

use super::Work;
use super::values::{meaning, present, time};
use crate::jira::payload::Development;
use pulse_engine::map::Reject;
use std::collections::BTreeSet;

/// Where they stand among what belongs to an issue. They are told apart from it, and go with it.
pub(super) const PART: (&str, &str) = ("work_item_pull_requests", "pull_requests");

/// How a pull request stands, as whoever keeps it told Jira.
const STATES: &[(&str, Option<&str>)] = &[
    ("OPEN", Some("open")),
    ("DRAFT", Some("open")),
    ("MERGED", Some("merged")),
    ("DECLINED", Some("closed")),
    ("UNKNOWN", None),
];

pub(super) fn map(work: &mut Work<'_>) -> Result<(), Reject> {
    let issue = format!("issues/{}", work.number("<issue>")?);
    let (entity, below) = PART;
    let native = format!("{issue}/{below}");
    let development: Development = work.read()?;
    let key = present("key", development.key)?;
    work.parts(entity, &issue, below)?;
    let mut told = BTreeSet::new();
    for request in development.detail.0.into_iter().flat_map(|detail| detail.pull_requests.0) {
        let url = present("detail.pullRequests.url", request.url)?;
        // Two applications may tell of one.
        if !told.insert(url.clone()) {
            continue;
        }
        let row = work
            .row(entity, &format!("{native}/{url}"))?
            .set("work_item_id", work.id(&issue))
            .set("work_item_key", key.as_str())
            .set("url", url)
            .set("state", meaning("detail.pullRequests.status", request.status.as_deref(), STATES)?)
            .set("updated_at", time(request.last_update.as_deref()));
        work.push(row)?;
    }
    Ok(())
}
