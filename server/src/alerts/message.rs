//! What people are told: what, since when, how bad, why, and what next.

use super::machine::AlertState;
use super::rule::Rule;
use super::track::Member;
use crate::control::Alert;
use crate::delivery::{Parcel, one_line, short};
use chrono::DateTime;
use pulse_engine::Settings;
use serde_json::{Value, json};
use url::{Url, form_urlencoded};

/// What a message says of an alert.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Said {
    /// That it fires.
    Fires,
    /// That more has joined it since people were told.
    Joined,
    /// That it is theirs now.
    Assigned,
    /// That nobody looks after it.
    Waits,
    /// That it is over.
    Cleared,
}

/// How people are told: the tenant's clocks, and where they reach Pulse.
#[derive(Clone, Copy, Debug)]
pub struct Telling<'a> {
    /// The tenant's time zone and working days.
    pub settings: &'a Settings,
    /// The address that paths of pages are joined to.
    pub base: &'a Url,
}

/// The message about an alert, or about several of a rule that fire at once.
pub(crate) fn parcel(said: Said, rule: &Rule, alerts: &[&Alert], telling: Telling<'_>) -> Option<Parcel> {
    let first = alerts.first()?;
    let Telling { settings, base } = telling;
    let time = |at: i64| {
        let at = DateTime::from_timestamp_micros(at).unwrap_or_default().with_timezone(&settings.time_zone);
        at.format("%Y-%m-%d %H:%M %Z").to_string()
    };
    let (what, key) = match said {
        Said::Fires => ("", "fires".to_owned()),
        // What people were told of only becomes more, so that each number comes once.
        Said::Joined => ("Also: ", format!("joined {}", first.told.len())),
        // It may be theirs, somebody else's and theirs again.
        Said::Assigned => ("Assigned to you: ", format!("assigned {}", first.assigned_at.unwrap_or_default())),
        Said::Waits => ("Not acknowledged: ", "waits".to_owned()),
        Said::Cleared => ("Over: ", "cleared".to_owned()),
    };
    let severity = rule.severity.name();
    let name = match alerts {
        [one] => match one.members.as_slice() {
            [only] => Some(only.name.clone()),
            more if said == Said::Joined => Some(format!("{} more", more.len())),
            _ => None,
        },
        many => Some(format!("{} at once", many.len())),
    };
    let of = name.map(|name| format!(" ({name})")).unwrap_or_default();
    let subject: String =
        format!("[{severity}] {what}{}{of}", rule.title).chars().filter(|c| !c.is_control()).take(240).collect();
    let mut text = sentences(said, alerts);
    text.push_str(&format!("\nSince: {}\n", time(alerts.iter().map(|alert| alert.since).min().unwrap_or(first.since))));
    if let (Said::Cleared, Some(over)) = (said, first.cleared_at) {
        text.push_str(&format!("Over: {}\n", time(over)));
    }
    if let (Said::Joined, Some(at)) = (said, first.acknowledged_at) {
        text.push_str(&format!("Somebody looks after the others since: {}\n", time(at)));
    }
    text.push_str(&format!("Severity: {severity}\n"));
    let link = |path: &str| base.join(path).ok().map(String::from);
    // Of one alert its page, of many the list.
    let page = if alerts.len() == 1 { format!("/alerts/{}", first.id) } else { "/alerts".to_owned() };
    if let Some(behind) = link(&behind(first.evidence.as_deref().unwrap_or_default(), &page)) {
        text.push_str(&format!("Why: {behind}\n"));
    }
    if said != Said::Cleared {
        let next = Some(rule.next.trim()).filter(|next| !next.is_empty()).unwrap_or("look at what is behind it");
        // People write it as a sentence, or as words.
        let end = if next.ends_with(['.', '!', '?', '…']) { "" } else { "." };
        // What somebody looks after already, or does not fire yet, can be assigned, too.
        let is_theirs = said == Said::Assigned && first.state != AlertState::Firing;
        let say = if is_theirs { "" } else { " Say on its page that you look after it." };
        text.push_str(&format!("Next: {next}{end}{say}\n"));
    }
    let key = match alerts {
        [one] => format!("{}:{key}", one.id),
        many => format!("{}+{}:{key}", first.id, many.len()),
    };
    let alerts = alerts.iter().map(|alert| for_programs(alert)).collect();
    Some(Parcel { key, subject, text, alerts, link: link(&page), ..Parcel::default() })
}

/// The message about an alert for those who look after it, or are to: for as long as they may.
pub(crate) fn own_parcel(said: Said, rule: &Rule, alert: &Alert, telling: Telling<'_>) -> Option<Parcel> {
    let made = parcel(said, rule, &[alert], telling)?;
    Some(Parcel { key: format!("{} for who looks after it", made.key), alert: Some(alert.id.clone()), ..made })
}

/// An alert as a program reads it.
fn for_programs(alert: &Alert) -> Value {
    json!({
        "id": alert.id, "rule": alert.rule, "key": alert.key, "state": alert.state, "severity": alert.severity,
        "value": alert.value, "since": alert.since,
    })
}

/// Where a person finds what is behind an alert, by where the API has it: rows open beside the alert's own page, which is the place of
/// whatever has no other.
fn behind(evidence: &str, page: &str) -> String {
    let (path, query) = evidence.split_once('?').unwrap_or((evidence, ""));
    let parts: Vec<&str> = path.trim_start_matches("/api/v1/").split('/').collect();
    match parts.as_slice() {
        ["metrics", _, "evidence"] => {
            let query = form_urlencoded::Serializer::new(String::new()).append_pair("evidence", evidence).finish();
            format!("{page}?{query}")
        }
        ["risks"] if query.starts_with("team=") => format!("/teams?{query}#team-risks"),
        ["risks"] => format!("/project?{query}#risks"),
        ["forecasts"] if query.is_empty() => "/forecast#forecasts".to_owned(),
        ["forecasts"] => format!("/forecast?{query}#forecasts"),
        // One of an earlier version tells of the job alone.
        ["jobs", ..] => match query.strip_prefix("run=") {
            Some(run) => format!("/jobs?open={run}"),
            None => "/jobs".to_owned(),
        },
        ["connections", name, "health"] => format!("/connections/{name}"),
        ["schedules"] => "/admin/work".to_owned(),
        _ => page.to_owned(),
    }
}

/// How many sentences a message has, how long each is, and how long all are, in characters: with what is said below them a chat shows
/// the whole.
const MOST_TOLD: usize = 20;
const LONGEST_SENTENCE: usize = 300;
const MOST_TEXT: usize = 1_800;

/// What is so of alerts, each member by itself, on a line each; of what is over, what became of it.
fn sentences(said: Said, alerts: &[&Alert]) -> String {
    let of = |alert: &&Alert| -> Vec<String> {
        match alert.members.as_slice() {
            members if said != Said::Cleared && !members.is_empty() => {
                members.iter().map(|member| member.sentence.clone()).collect()
            }
            _ => alert.reason.lines().map(str::to_owned).collect(),
        }
    };
    let all: Vec<String> = alerts.iter().flat_map(of).collect();
    let (mut text, mut told, mut long) = (String::new(), 0, 0);
    for sentence in all.iter().take(MOST_TOLD) {
        let line = short(&one_line(sentence, usize::MAX), LONGEST_SENTENCE);
        long += line.chars().count();
        if told > 0 && long > MOST_TEXT {
            break;
        }
        text.push_str(&line);
        text.push('\n');
        told += 1;
    }
    if told < all.len() {
        text.push_str(&format!("And {} more.\n", all.len() - told));
    }
    text
}

impl Alert {
    /// Whether somebody is to be told that it fires.
    pub(crate) fn is_untold(&self) -> bool {
        self.state == AlertState::Firing && self.told_at.is_none() && self.is_so()
    }

    /// Those of its members that came after people were told of it, and that they were not told of.
    pub(crate) fn joined(&self) -> impl Iterator<Item = &Member> {
        let is_open = matches!(self.state, AlertState::Firing | AlertState::Acknowledged);
        let was_told = is_open && self.told_at.is_some() && self.is_so();
        self.members.iter().filter(move |member| was_told && !self.told.contains(&member.key))
    }

    /// Whether it is so still: not of one that is well again, and only waits to be over.
    pub(crate) fn is_so(&self) -> bool {
        self.clearing_since.is_none()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_behind_an_alert_is_found_on_a_page_and_not_in_the_api() {
        let rows = "/api/v1/metrics/change_lead_time/evidence?from=2026-03-01&team=pay";
        for (evidence, expected) in [
            (
                rows,
                "/alerts/alert_1?evidence=%2Fapi%2Fv1%2Fmetrics%2Fchange_lead_time%2Fevidence%3Ffrom%3D2026-03-01%26team%3Dpay",
            ),
            ("/api/v1/risks?project=jira%3Aacme%3A1", "/project?project=jira%3Aacme%3A1#risks"),
            ("/api/v1/risks?team=pay", "/teams?team=pay#team-risks"),
            ("/api/v1/forecasts?project=p", "/forecast?project=p#forecasts"),
            ("/api/v1/forecasts", "/forecast#forecasts"),
            ("/api/v1/jobs?run=job_1", "/jobs?open=job_1"),
            ("/api/v1/jobs/job_1", "/jobs"),
            ("/api/v1/connections/hub/health", "/connections/hub"),
            ("/api/v1/schedules", "/admin/work"),
            ("/api/v1/metrics/change_lead_time", "/alerts/alert_1"),
            ("", "/alerts/alert_1"),
        ] {
            assert_eq!(behind(evidence, "/alerts/alert_1"), expected);
        }
    }
}
