//! The risks of teams that stand. They count to no project, and whoever sees the team sees them.

use super::catalogue::{Rule, Subject, rules};
use super::standing::{RiskFilter, StandingFinding, Wanted, found_by_rules};
use crate::Result;
use crate::session::Session;
use serde::Serialize;
use std::collections::BTreeMap;

/// What the rules found of a team itself, as it stands.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TeamRisk {
    /// The team.
    pub team_id: String,
    /// What people call it; `None` when no name is known.
    pub team: Option<String>,
    /// The day of which this is, in the tenant's time zone: the last of its findings'.
    pub day: String,
    /// The instant at which it was looked at, in microseconds since 1970 (UTC).
    pub found_at: i64,
    /// The highest score that a rule gave it, from above 0 to 1.
    pub score: f64,
    /// What the rules found, the highest score first.
    pub findings: Vec<StandingFinding>,
}

/// The risks of teams that stand, the highest first. A filter by project or status, which teams do not have, leaves none.
///
/// # Errors
/// As [`super::standing()`].
pub async fn of_teams(session: &Session, filter: &RiskFilter) -> Result<Vec<TeamRisk>> {
    if !filter.projects.is_empty() || filter.status.is_some() {
        return Ok(Vec::new());
    }
    let wanted = Wanted::new(session, filter).await?;
    let mut risks: BTreeMap<String, TeamRisk> = BTreeMap::new();
    let of_a_team = format!("project_id IS NULL AND subject_kind = '{}'", Subject::Team.name());
    let on_teams: Vec<&Rule> = rules()?.iter().filter(|rule| rule.subject == Subject::Team).collect();
    for mut row in found_by_rules(session, &on_teams, &of_a_team).await? {
        let (day, found_at) = (row.text("day").unwrap_or_default(), row.int("found_at").unwrap_or_default());
        let finding = StandingFinding::of(row)?;
        if !wanted.holds_team(&finding.subject_id) {
            continue;
        }
        let risk = risks.entry(finding.subject_id.clone()).or_insert_with(|| TeamRisk {
            team: wanted.team(&finding.subject_id),
            team_id: finding.subject_id.clone(),
            day: String::new(),
            found_at,
            score: 0.0,
            findings: Vec::new(),
        });
        // A day as text sorts as the day does.
        risk.day = day.max(std::mem::take(&mut risk.day));
        risk.found_at = risk.found_at.max(found_at);
        risk.score = risk.score.max(finding.score);
        risk.findings.push(finding);
    }
    let mut risks: Vec<TeamRisk> = risks.into_values().collect();
    for risk in &mut risks {
        risk.findings.sort_by(|a, b| b.score.total_cmp(&a.score).then_with(|| a.rule.cmp(&b.rule)));
    }
    risks.sort_by(|a, b| b.score.total_cmp(&a.score).then_with(|| a.team_id.cmp(&b.team_id)));
    Ok(risks)
}
