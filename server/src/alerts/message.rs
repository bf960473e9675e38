//! What people are told: what, since when, how bad, why, and what next.

use super::machine::AlertState;
use super::rule::Rule;
use crate::control::Alert;
use crate::delivery::Parcel;
use chrono::DateTime;
use pulse_engine::Settings;
use url::Url;

/// What a message says of an alert.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Said {
    /// That it fires.
    Fires,
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
    /// The address that paths of the API are joined to.
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
        Said::Fires => ("", "fires"),
        Said::Waits => ("Not acknowledged: ", "waits"),
        Said::Cleared => ("Over: ", "cleared"),
    };
    let severity = rule.severity.name();
    let name = match alerts {
        [one] => match one.members.as_slice() {
            [only] => Some(only.name.clone()),
            _ => None,
        },
        many => Some(format!("{} at once", many.len())),
    };
    let of = name.map(|name| format!(" ({name})")).unwrap_or_default();
    let subject: String =
        format!("[{severity}] {what}{}{of}", rule.title).chars().filter(|c| !c.is_control()).take(240).collect();
    let mut text = String::new();
    for alert in alerts.iter().take(MOST_TOLD) {
        text.push_str(&format!("{}\n", alert.reason));
    }
    if alerts.len() > MOST_TOLD {
        text.push_str(&format!("And {} more.\n", alerts.len() - MOST_TOLD));
    }
    text.push_str(&format!("\nSince: {}\n", time(alerts.iter().map(|alert| alert.since).min().unwrap_or(first.since))));
    if let (Said::Cleared, Some(over)) = (said, first.cleared_at) {
        text.push_str(&format!("Over: {}\n", time(over)));
    }
    text.push_str(&format!("Severity: {severity}\n"));
    let link = |path: &str| base.join(path).ok().map(String::from);
    if let Some(evidence) = first.evidence.as_deref().and_then(link) {
        text.push_str(&format!("Why: {evidence}\n"));
    }
    if said != Said::Cleared {
        let next = if rule.next.is_empty() { "look at what is behind it" } else { rule.next.trim() };
        text.push_str(&format!("Next: {next}. Say on its page that you look after it.\n"));
    }
    let key = match alerts {
        [one] => format!("{}:{key}", one.id),
        many => format!("{}+{}:{key}", first.id, many.len()),
    };
    // Of one alert its page, of many the list.
    let page = if alerts.len() == 1 { format!("/alerts/{}", first.id) } else { "/alerts".to_owned() };
    Some(Parcel { key, subject, text, link: link(&page), ..Parcel::default() })
}

/// How many alerts are told one by one in a message about several.
const MOST_TOLD: usize = 20;

impl Alert {
    /// Whether somebody is to be told that it fires.
    pub(crate) fn is_untold(&self) -> bool {
        self.state == AlertState::Firing && self.told_at.is_none()
    }
}
