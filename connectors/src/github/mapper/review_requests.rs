//! Who was asked to review a pull request, as its events tell.

use super::Work;
use super::values::{present, required_time};
use crate::github::payload::RequestEvent;
use pulse_engine::map::Reject;
use pulse_engine::row::Value;

/// One that was asked: a person or a team.
struct Asked<'a> {
    event: &'a str,
    reviewer: Option<String>,
    team: Option<String>,
    at: i64,
    removed_at: Value,
}

/// The requests of a pull request, all of them.
pub(super) fn map(work: &mut Work<'_>, request: &str, events: &[RequestEvent]) -> Result<(), Reject> {
    work.parts("review_requests", request, "review_requests")?;
    let mut all: Vec<Asked<'_>> = Vec::new();
    for event in events {
        let is_removal = match event.kind.as_str() {
            "ReviewRequestedEvent" => false,
            "ReviewRequestRemovedEvent" => true,
            _ => continue,
        };
        let reviewer = work.account(event.requested_reviewer.as_ref());
        let team = event.requested_reviewer.as_ref().and_then(|whom| whom.team());
        let team = team.map(|team| work.id(&format!("teams/{team}")));
        let at = required_time("timelineItems.createdAt", event.created_at.as_deref())?;
        if !is_removal {
            let event = present("timelineItems.id", event.id.as_deref())?;
            all.push(Asked { event, reviewer, team, at, removed_at: Value::Null });
            continue;
        }
        // The last time that they were asked; whoever is not named may be anybody.
        let named = reviewer.is_some() || team.is_some();
        let asked = all.iter_mut().rev().find(|asked| named && asked.reviewer == reviewer && asked.team == team);
        if let Some(asked) = asked.filter(|asked| asked.removed_at == Value::Null && asked.at <= at) {
            asked.removed_at = Value::Time(at);
        }
    }
    for asked in all {
        let row = work
            .part_row("review_requests", [request, "review_requests", asked.event])?
            .set("pull_request_id", work.id(request))
            .set("reviewer_id", asked.reviewer)
            .set("team_id", asked.team)
            .set("requested_at", Value::Time(asked.at))
            .set("removed_at", asked.removed_at);
        work.push(row)?;
    }
    Ok(())
}
