//! What the rules come to for a project.
//!
//! The parts `w·s` (weight times score) of the rules are combined as independent reasons to fail: `1 − Π (1 − w·s)`, the
//! noisy-or (Pearl, Probabilistic Reasoning in Intelligent Systems, 1988, §4.3.2). Each more adds, none can do more than its weight alone, and the
//! whole stays below 1. Since `−ln(1 − w·s)` add up, each part's share of their sum is its share of the whole.

use super::RiskSettings;
use super::find::Found;
use crate::{Error, Result};
use serde::Serialize;
use std::collections::BTreeMap;

/// The version of the combination: grows whenever a project's risk changes for the same findings.
pub(super) const VERSION: i64 = 1;
/// How many rules a reason names.
const REASONS: usize = 3;

/// How a project stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Below the first limit.
    OnTrack,
    /// From the first limit on.
    AtRisk,
    /// From the second limit on.
    OffTrack,
}

impl Status {
    /// Its name in SQL and API.
    pub fn name(self) -> &'static str {
        match self {
            Status::OnTrack => "on_track",
            Status::AtRisk => "at_risk",
            Status::OffTrack => "off_track",
        }
    }

    fn of(score: f64, settings: &RiskSettings) -> Self {
        if score >= settings.off_track {
            Status::OffTrack
        } else if score >= settings.at_risk {
            Status::AtRisk
        } else {
            Status::OnTrack
        }
    }
}

impl std::str::FromStr for Status {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let all = [Status::OnTrack, Status::AtRisk, Status::OffTrack];
        let found = all.into_iter().find(|status| status.name() == text);
        found.ok_or_else(|| {
            Error::Question(format!(
                "`{}` is not a status; there are: on_track, at_risk, off_track",
                text.escape_default()
            ))
        })
    }
}

/// A project's combined risk.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ProjectRisk {
    /// The project.
    pub project_id: String,
    /// The team that owns it.
    pub team_id: Option<String>,
    /// From 0 to 1.
    pub score: f64,
    /// How it stands.
    pub status: Status,
    /// Why: the sentences of the rules that contribute most.
    pub reason: String,
    /// The findings that contribute, as places in [`Found::findings`], the most first.
    #[serde(skip)]
    pub findings: Vec<usize>,
}

/// The noisy-or of some parts from 0 to below 1, and the share of it that each part brings. The shares add up to it.
pub fn noisy_or(parts: &[f64]) -> (f64, Vec<f64>) {
    let logs: Vec<f64> = parts.iter().map(|part| -(-part).ln_1p()).collect();
    let sum: f64 = logs.iter().sum();
    // The negative of 0 would be −0, which people would read.
    let whole = 0.0 - (-sum).exp_m1();
    let share = |log: &f64| if sum > 0.0 { whole * log / sum } else { 0.0 };
    (whole, logs.iter().map(share).collect())
}

/// The risk of every project that anything is known of, by id, and each finding's contribution to it, which is noted in the
/// finding. Of several findings of one rule in one project the highest counts; what is found of epics and teams by their own
/// rules, or is to be closed, counts nowhere, nor does what belongs to no project.
pub fn combine(found: &mut Found, settings: &RiskSettings) -> Vec<ProjectRisk> {
    let mut highest: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for (place, finding) in found.findings.iter().enumerate() {
        let Some(project) = finding.counts_to() else { continue };
        let best = highest.entry((project, &finding.rule.name)).or_insert(place);
        if found.findings.get(*best).is_some_and(|best| best.score < finding.score) {
            *best = place;
        }
    }
    let mut places: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for ((project, _), place) in highest {
        places.entry(project).or_default().push(place);
    }
    let mut contributions = Vec::new();
    let mut risks = Vec::new();
    for (project, team) in &found.projects {
        let mut own = places.remove(project.as_str()).unwrap_or_default();
        // In the order of the catalogue, so that the same risks make the same sum.
        own.sort_unstable();
        let part = |place: &usize| found.findings.get(*place).map_or(0.0, |f| settings.weight(f.rule) * f.score);
        let (score, shares) = noisy_or(&own.iter().map(part).collect::<Vec<_>>());
        let mut ranked: Vec<(usize, f64)> = own.into_iter().zip(shares).collect();
        ranked.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        let sentence = |(place, _): &(usize, f64)| Some(found.findings.get(*place)?.sentence.as_str());
        let reasons: Vec<&str> = ranked.iter().take(REASONS).filter_map(sentence).collect();
        risks.push(ProjectRisk {
            project_id: project.clone(),
            team_id: team.clone(),
            score,
            status: Status::of(score, settings),
            reason: if reasons.is_empty() { "No rule found a risk.".to_owned() } else { reasons.join(" ") },
            findings: ranked.iter().map(|(place, _)| *place).collect(),
        });
        contributions.extend(ranked);
    }
    for finding in &mut found.findings {
        finding.contribution = finding.counts_to().is_some().then_some(0.0);
    }
    for (place, share) in contributions {
        if let Some(finding) = found.findings.get_mut(place) {
            finding.contribution = Some(share);
        }
    }
    risks
}
