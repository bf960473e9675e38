//! Calls of a hook. An issue that is deleted is in no search any more, so its call is how that is known at once.

use super::values::present;
use super::{Work, issues};
use crate::jira::payload::Thing;
use pulse_engine::map::Reject;
use serde::Deserialize;
use serde_json::Value as Json;

/// A call, as it was landed.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Called {
    event: Option<String>,
    payload: Json,
}

pub(super) fn map(work: &mut Work<'_>) -> Result<(), Reject> {
    let called: Called = work.read()?;
    if called.event.as_deref() != Some("jira:issue_deleted") {
        return Ok(());
    }
    let issue = Thing::deserialize(&called.payload["issue"]).ok().and_then(|issue| issue.id);
    issues::gone(work, &present("payload.issue.id", issue)?.0)
}
