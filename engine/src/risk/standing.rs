//! The risks that stand, and what was said on earlier days, as they were frozen.

use super::catalogue::{Rule, Subject, rules};
use super::combine::Status;
use crate::metrics::names::{is_known, of};
use crate::metrics::{Dimension, Filter, NONE, literal};
use crate::session::Session;
use crate::session::values::{Values, pairs, rows};
use crate::{Error, Result};
use chrono::NaiveDate;
use serde::Serialize;
use std::collections::BTreeMap;

/// Which risks are looked at: those of any of these projects and teams, by id or name, with that status. Empty means all. As of metrics an id
/// means that one alone, a name all that are called so, and `none` what belongs to none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RiskFilter {
    /// Projects.
    pub projects: Vec<String>,
    /// Teams that own the project.
    pub teams: Vec<String>,
    /// The same again, as metrics have it beside the teams whose work something is: where both are there, both hold.
    pub owning_teams: Vec<String>,
    /// The status.
    pub status: Option<Status>,
}

impl From<&Filter> for RiskFilter {
    /// What a filter of metrics means for risks, which are of projects and of the teams that own them.
    fn from(filter: &Filter) -> Self {
        let Filter { projects, teams, owning_teams, .. } = filter.clone();
        Self { projects, teams, owning_teams, status: None }
    }
}

/// A project's risk as it stands.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct StandingRisk {
    /// The project.
    pub project_id: String,
    /// What people call it; `None` when no name is known.
    pub project: Option<String>,
    /// The team that owns it.
    pub team_id: Option<String>,
    /// What people call that team; `None` when no name is known.
    pub team: Option<String>,
    /// The day of which this is, in the tenant's time zone.
    pub day: String,
    /// The instant at which it was looked at, in microseconds since 1970 (UTC).
    pub found_at: i64,
    /// From 0 to 1.
    pub score: f64,
    /// How the project stands.
    pub status: String,
    /// The version of the way in which the rules were combined; `None` of what is from before that was kept.
    pub version: Option<i64>,
    /// Why.
    pub reason: String,
    /// What the rules found, what contributes most first.
    pub findings: Vec<StandingFinding>,
}

/// What a rule found, as it stands.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct StandingFinding {
    /// The rule.
    pub rule: String,
    /// The version of the rule that found it.
    pub version: Option<i64>,
    /// What the rule is called on a page.
    pub title: String,
    /// `project`, `epic`, `sprint`, `repository` or `team`.
    pub subject_kind: String,
    /// What it is about.
    pub subject_id: String,
    /// From above 0 to 1.
    pub score: f64,
    /// Its part of the project's risk; 0 where it counts to none.
    pub contribution: f64,
    /// What is wrong.
    pub sentence: String,
    /// The ids of rows that show it, at most 50.
    pub evidence: Vec<String>,
    /// How many rows show it.
    pub evidence_count: i64,
}

/// A project's risk on one day.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PastRisk {
    /// The day, in the tenant's time zone.
    pub day: String,
    /// From 0 to 1.
    pub score: f64,
    /// How the project stood.
    pub status: String,
    /// The version of the way in which the rules were combined; `None` of what is from before that was kept.
    pub version: Option<i64>,
    /// Why.
    pub reason: String,
}

/// A project's risk before a span.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct EarlierRisk {
    /// The project.
    pub project_id: String,
    /// What was said of it.
    #[serde(flatten)]
    pub risk: PastRisk,
}

/// What a rule said of a subject on one day, or all of them together of a project.
#[derive(Clone, Debug, PartialEq)]
pub struct SaidRisk {
    /// The project; `None` of a team, which is in none.
    pub project_id: Option<String>,
    /// What people call it; `None` when no name is known.
    pub project: Option<String>,
    /// What it is about.
    pub subject_id: String,
    /// The instant at which it was looked at, in microseconds since 1970 (UTC).
    pub found_at: i64,
    /// From 0 to 1.
    pub score: f64,
    /// How the project stood; `None` of a single rule, and once the project is gone.
    pub status: Option<String>,
    /// Whether it stood then; else it was over by then.
    pub stood: bool,
}

/// Which projects are meant by a filter's names.
pub(super) struct Wanted {
    /// The names of all projects, by id.
    names: BTreeMap<String, String>,
    /// Those of all teams.
    teams: BTreeMap<String, String>,
    projects: Vec<String>,
    /// Those that a project's owner is among, of each of the two lists of a filter; of an empty one it may be any.
    owners: [Vec<String>; 2],
}

impl Wanted {
    pub(super) async fn new(session: &Session, filter: &RiskFilter) -> Result<Self> {
        let known = names(session, "projects").await?;
        let teams = names(session, "teams").await?;
        let projects = wanted(session, &known, &filter.projects, Dimension::Project).await?;
        let owners = [
            wanted(session, &teams, &filter.teams, Dimension::Team).await?,
            wanted(session, &teams, &filter.owning_teams, Dimension::OwningTeam).await?,
        ];
        Ok(Self { names: known, teams, projects, owners })
    }

    fn holds(&self, project: &str, team: Option<&str>) -> bool {
        let is_wanted = self.projects.is_empty() || self.projects.iter().any(|wanted| wanted == project);
        is_wanted && self.holds_team(team.unwrap_or(NONE))
    }

    pub(super) fn holds_team(&self, team: &str) -> bool {
        self.owners.iter().all(|owners| owners.is_empty() || owners.iter().any(|owner| owner == team))
    }

    /// What people call a project, where that is known.
    fn name(&self, project: &str) -> Option<String> {
        self.names.get(project).filter(|name| *name != project).cloned()
    }

    /// What people call a team, where that is known.
    pub(super) fn team(&self, id: &str) -> Option<String> {
        self.teams.get(id).filter(|name| *name != id).cloned()
    }
}

/// The risks of projects that stand, the highest first.
///
/// # Errors
/// [`Error::Question`] when the filter names a project or team that is not there; else as [`Session::collect`].
pub async fn standing(session: &Session, filter: &RiskFilter) -> Result<Vec<StandingRisk>> {
    risks(session, filter, &rules()?.iter().collect::<Vec<_>>()).await
}

/// The same with what one rule found alone, or without a rule with no findings: those of all rules are most of what [`standing`] costs.
///
/// # Errors
/// As [`standing`].
pub async fn standing_of(session: &Session, filter: &RiskFilter, rule: Option<&str>) -> Result<Vec<StandingRisk>> {
    let meant: Vec<&Rule> = rules()?.iter().filter(|known| rule == Some(known.name.as_str())).collect();
    risks(session, filter, &meant).await
}

/// The risks that stand, each with what these rules found.
async fn risks(session: &Session, filter: &RiskFilter, rules: &[&Rule]) -> Result<Vec<StandingRisk>> {
    let wanted = Wanted::new(session, filter).await?;
    let mut found = findings(session, rules).await?;
    let mut risks = Vec::new();
    for mut row in rows(session, "SELECT * FROM risk.projects").await? {
        let (Some(project_id), team_id, Some(status)) =
            (row.text("project_id"), row.text("team_id"), row.text("status"))
        else {
            continue;
        };
        let is_of_status = filter.status.is_none_or(|wanted| wanted.name() == status);
        if !is_of_status || !wanted.holds(&project_id, team_id.as_deref()) {
            continue;
        }
        risks.push(StandingRisk {
            project: wanted.name(&project_id),
            team: team_id.as_deref().and_then(|id| wanted.team(id)),
            findings: found.remove(&project_id).unwrap_or_default(),
            team_id,
            day: row.text("day").unwrap_or_default(),
            found_at: row.int("found_at").unwrap_or_default(),
            score: row.float("score").unwrap_or_default(),
            status,
            version: row.int("rule_version"),
            reason: row.text("reason").unwrap_or_default(),
            project_id,
        });
    }
    risks.sort_by(|a, b| b.score.total_cmp(&a.score).then_with(|| a.project_id.cmp(&b.project_id)));
    Ok(risks)
}

/// What was said of a project, by id or name, day by day; nothing yet of one that facts alone know of, and of what belongs to none.
///
/// # Errors
/// [`Error::Question`] when there is no such project, or several are called so; else as [`Session::collect`].
pub async fn history(session: &Session, project: &str) -> Result<Vec<PastRisk>> {
    if project == NONE {
        return Ok(Vec::new());
    }
    let known = names(session, "projects").await?;
    let ids = ids(session, &known, &[project.to_owned()], Dimension::Project).await?;
    let [id] = ids.as_slice() else {
        let (name, which) = (project.escape_default(), ids.join(", "));
        return Err(Error::Question(format!("several projects are called `{name}`; name one by its id: {which}")));
    };
    let statement = format!(
        "SELECT day, score, status, rule_version, sentence FROM facts.risks WHERE rule = 'combined' AND status IS NOT NULL \
         AND project_id = {} ORDER BY day",
        literal(id)
    );
    Ok(rows(session, &statement).await?.into_iter().map(past).collect())
}

/// What a rule said from a day on, or [`COMBINED`](super::COMBINED) of projects, day by day: of the projects and teams of a filter, whatever
/// status they had. What counts to no project is left out, but for what was found of teams.
///
/// # Errors
/// As [`standing`].
pub async fn said(session: &Session, filter: &RiskFilter, rule: &str, from: NaiveDate) -> Result<Vec<SaidRisk>> {
    let wanted = Wanted::new(session, filter).await?;
    let statement = format!(
        "SELECT project_id, team_id, subject_id, found_at, score, status, sentence IS NOT NULL AS stood FROM facts.risks \
         WHERE rule = {} AND day >= '{from}' AND (project_id IS NOT NULL OR subject_kind = '{}') \
         ORDER BY found_at, project_id, subject_id",
        literal(rule),
        Subject::Team.name()
    );
    let said = |mut row: Values| {
        let (project_id, team_id, subject_id) = (row.text("project_id"), row.text("team_id"), row.text("subject_id")?);
        let is_wanted = match &project_id {
            Some(project) => wanted.holds(project, team_id.as_deref()),
            None => wanted.projects.is_empty() && wanted.holds_team(&subject_id),
        };
        is_wanted.then(|| SaidRisk {
            project: project_id.as_deref().and_then(|id| wanted.name(id)),
            project_id,
            subject_id,
            found_at: row.int("found_at").unwrap_or_default(),
            score: row.float("score").unwrap_or_default(),
            status: row.text("status"),
            stood: row.flag("stood").unwrap_or_default(),
        })
    };
    Ok(rows(session, &statement).await?.into_iter().filter_map(said).collect())
}

/// What was said of each project last before a day, or else first from it on: what it stood like when a span that begins then began, as far as
/// anything is known of that.
///
/// # Errors
/// As [`Session::collect`].
pub async fn before(session: &Session, day: NaiveDate) -> Result<Vec<EarlierRisk>> {
    let statement = format!(
        "SELECT project_id, day, score, status, rule_version, sentence FROM (SELECT *, row_number() OVER (PARTITION BY project_id \
         ORDER BY CASE WHEN day < '{day}' THEN day END DESC NULLS LAST, day) AS place \
         FROM facts.risks WHERE rule = 'combined') AS earlier \
         WHERE place = 1 AND status IS NOT NULL AND project_id IS NOT NULL ORDER BY project_id"
    );
    let earlier = |mut row: Values| {
        let project_id = row.text("project_id")?;
        Some(EarlierRisk { project_id, risk: past(row) })
    };
    Ok(rows(session, &statement).await?.into_iter().filter_map(earlier).collect())
}

/// A combined risk of `facts.risks`.
fn past(mut row: Values) -> PastRisk {
    PastRisk {
        score: row.float("score").unwrap_or_default(),
        day: row.text("day").unwrap_or_default(),
        status: row.text("status").unwrap_or_default(),
        version: row.int("rule_version"),
        reason: row.text("sentence").unwrap_or_default(),
    }
}

/// What rules found that stands, by project.
async fn findings(session: &Session, rules: &[&Rule]) -> Result<BTreeMap<String, Vec<StandingFinding>>> {
    let mut found: BTreeMap<String, Vec<StandingFinding>> = BTreeMap::new();
    for mut row in found_by_rules(session, rules, "TRUE").await? {
        let Some(project) = row.text("project_id") else { continue };
        found.entry(project).or_default().push(StandingFinding::of(row)?);
    }
    Ok(found)
}

/// The rows of what rules found that stands, of those that fulfil a condition, what contributes most first, and what counts to no project
/// last.
pub(super) async fn found_by_rules(session: &Session, rules: &[&Rule], which: &str) -> Result<Vec<Values>> {
    let views: Vec<String> = rules
        .iter()
        .map(|rule| {
            format!(
                "SELECT '{}' AS rule, rule_version, day, found_at, project_id, subject_kind, subject_id, score, contribution, \
                 sentence, evidence, evidence_count FROM risk.{}",
                rule.name, rule.name
            )
        })
        .collect();
    if views.is_empty() {
        return Ok(Vec::new());
    }
    let statement = format!(
        "SELECT * FROM ({}) WHERE {which} ORDER BY contribution DESC NULLS LAST, score DESC, rule, subject_id",
        views.join(" UNION ALL ")
    );
    rows(session, &statement).await
}

impl StandingFinding {
    /// A row of [`found_by_rules`].
    pub(super) fn of(mut row: Values) -> Result<Self> {
        let rule = row.text("rule").unwrap_or_default();
        let title =
            rules()?.iter().find(|known| known.name == rule).map_or_else(String::new, |rule| rule.title.clone());
        Ok(Self {
            rule,
            version: row.int("rule_version"),
            title,
            subject_kind: row.text("subject_kind").unwrap_or_default(),
            subject_id: row.text("subject_id").unwrap_or_default(),
            score: row.float("score").unwrap_or_default(),
            contribution: row.float("contribution").unwrap_or_default(),
            sentence: row.text("sentence").unwrap_or_default(),
            evidence: row.texts("evidence"),
            evidence_count: row.int("evidence_count").unwrap_or_default(),
        })
    }
}

/// What the things of a core table are called; what no table names, but a risk does, is called by its id.
async fn names(session: &Session, table: &str) -> Result<BTreeMap<String, String>> {
    let column = if table == "projects" { "project_id" } else { "team_id" };
    let mut names =
        pairs(session, &format!("SELECT DISTINCT {column} AS id, {column} AS name FROM risk.projects")).await?;
    names.extend(pairs(session, &format!("SELECT id, name FROM core.{table} WHERE deleted_at IS NULL")).await?);
    Ok(names.into_iter().collect())
}

/// The same of a filter, where `none` stands for what belongs to none, and for itself.
async fn wanted(
    session: &Session,
    names: &BTreeMap<String, String>,
    texts: &[String],
    kind: Dimension,
) -> Result<Vec<String>> {
    let (none, named): (Vec<String>, Vec<String>) = texts.iter().cloned().partition(|text| text == NONE);
    Ok([ids(session, names, &named, kind).await?, none].concat())
}

/// The ids that are meant by ids or names. An id that the facts have is known, as it is to metrics, whether or not anything says what it is
/// called or what its risk is.
async fn ids(
    session: &Session,
    names: &BTreeMap<String, String>,
    wanted: &[String],
    kind: Dimension,
) -> Result<Vec<String>> {
    let mut all = Vec::new();
    for text in wanted {
        // What is called as another's id is not meant by it, though that one was deleted.
        if names.contains_key(text) || of(session, kind).await?.is_some_and(|all| all.contains_key(text)) {
            all.push(text.clone());
            continue;
        }
        let known = all.len();
        all.extend(names.iter().filter(|(_, name)| *name == text).map(|(id, _)| id.clone()));
        if all.len() > known {
            continue;
        }
        if !is_known(session, kind, text).await? {
            let (kind, text) = (kind.name().replace('_', " "), text.escape_default());
            return Err(Error::Question(format!("no {kind} `{text}` that anything is known of")));
        }
        all.push(text.clone());
    }
    Ok(all)
}
