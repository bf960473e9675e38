//! Calls of a hook. An issue that is deleted is in no search any more, so its call is how that is known at once.

use super::links::End;
use super::values::present;
use super::{Work, issues, links};
use crate::jira::payload::{Link, Linked, Listed};
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
    let told = &called.payload["issue"];
    let Linked { id, key } = Linked::deserialize(told).unwrap_or_default();
    let number = present("payload.issue.id", id)?.0;
    issues::gone(work, &number)?;
    let links = Listed::<Link>::deserialize(&told["fields"]["issuelinks"]).unwrap_or_default();
    links::gone(work, End { number: &number, key: key.as_deref() }, &links.0)
}
