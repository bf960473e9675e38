//! What the rules find, as of an instant.

use super::catalogue::{Rule, Subject, Unit, rules};
use crate::metrics::instant;
use crate::session::Session;
use crate::session::values::{Values, pairs, rows};
use crate::{Error, Result, Settings};
use chrono::DateTime;
use chrono_tz::Tz;
use std::collections::{BTreeMap, BTreeSet};

/// The most rows of evidence that are kept of a finding.
const MOST_EVIDENCE: usize = 50;

/// What a rule found of one subject.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// The rule.
    pub rule: &'static Rule,
    /// What kind of thing it is about.
    pub subject: Subject,
    /// What it is about.
    pub subject_id: String,
    /// The project that it is in, to whose risk it counts if its rule does.
    pub project_id: Option<String>,
    /// The team that owns that project, or that it is about.
    pub team_id: Option<String>,
    /// The repository that it is about.
    pub repository_id: Option<String>,
    /// From above 0 to 1.
    pub score: f64,
    /// Its part of the project's combined risk, once [`super::combine`] has told; `None` when it counts to none.
    pub contribution: Option<f64>,
    /// What is wrong.
    pub sentence: String,
    /// The ids of rows that show it, at most 50.
    pub evidence: Vec<String>,
    /// How many rows show it.
    pub evidence_count: usize,
}

impl Finding {
    /// The project to whose risk it counts.
    pub fn counts_to(&self) -> Option<&str> {
        self.project_id.as_deref().filter(|_| self.rule.counts())
    }
}

/// What all rules found.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Found {
    /// In the order of the rules, then by subject and project.
    pub findings: Vec<Finding>,
    /// The projects of which anything is known and that are not deleted, each with the team that owns it.
    pub projects: BTreeMap<String, Option<String>>,
}

/// Asks every rule that has a weight, as of an instant in microseconds since 1970: of what happened later nothing is seen,
/// as far as the facts say when it happened. `far` hears how many of how many rules were asked.
///
/// # Errors
/// [`Error::Setting`] when the settings are not sound; else as [`Session::collect`].
pub async fn find(session: &Session, settings: &Settings, at: i64, far: impl Fn(u64, u64) + Send) -> Result<Found> {
    settings.risk.check()?;
    let ownership = Ownership::read(session, at).await?;
    let mut found = Found { findings: Vec::new(), projects: ownership.known(session, at).await? };
    let weighty: Vec<&Rule> = rules()?.iter().filter(|rule| settings.risk.weight(rule) > 0.0).collect();
    for (done, rule) in (0..).zip(&weighty) {
        far(done, weighty.len() as u64);
        let mut own: Vec<Finding> = Vec::new();
        for row in rows(session, &statement(rule, settings, at)).await? {
            own.extend(read(rule, row, &ownership, settings)?);
        }
        own.sort_by(|a, b| (&a.subject_id, &a.project_id).cmp(&(&b.subject_id, &b.project_id)));
        found.findings.extend(own);
    }
    for project in found.findings.iter().filter_map(|finding| finding.project_id.as_ref()) {
        if !found.projects.contains_key(project) {
            found.projects.insert(project.clone(), ownership.teams.get(project).cloned());
        }
    }
    Ok(found)
}

fn statement(rule: &Rule, settings: &Settings, at: i64) -> String {
    let local = instant(local_time(settings.time_zone, at));
    let mut sql = rule.sql.replace("{as_of}", &instant(at)).replace("{local_time}", &local);
    for threshold in &rule.thresholds {
        let value = settings.risk.threshold(rule, threshold);
        // A whole number of days may stand in an INTERVAL; all else must not be divided as whole numbers are.
        let text = match threshold.unit {
            Unit::Days | Unit::WorkingDays => format!("{value:.0}"),
            Unit::Ratio | Unit::Count => format!("{value:?}"),
        };
        sql = sql.replace(&format!("{{{}}}", threshold.name), &text);
        if threshold.unit == Unit::WorkingDays {
            // What lies further back than the calendar reaches is before all that is known.
            let ago = settings.calendar.before_working_days(settings.time_zone, at, value as u32).unwrap_or_default();
            sql = sql.replace(&format!("{{{}_ago}}", threshold.name), &instant(ago));
        }
    }
    format!("SELECT * FROM ({sql}) AS found WHERE score > 0")
}

/// What the clocks of a zone show at an instant, told as if it were of UTC: from the midnight of a date to it are days of the zone,
/// also over a day that has 23 or 25 hours.
fn local_time(zone: Tz, at: i64) -> i64 {
    let shown = DateTime::from_timestamp_micros(at).map(|at| at.with_timezone(&zone).naive_local());
    shown.map_or(at, |shown| shown.and_utc().timestamp_micros())
}

/// Who owns what.
struct Ownership {
    /// The team of each project.
    teams: BTreeMap<String, String>,
    /// The projects of each repository.
    projects: BTreeMap<String, BTreeSet<String>>,
    /// The projects and repositories that were deleted: nobody works on them, and nothing of them is at risk.
    gone: BTreeSet<String>,
}

impl Ownership {
    async fn read(session: &Session, at: i64) -> Result<Self> {
        let deleted = ["projects", "repositories"]
            .map(|table| format!("SELECT id, id AS gone FROM core.{table} WHERE deleted_at <= {}", instant(at)));
        let gone = pairs(session, &deleted.join(" UNION ALL ")).await?;
        let gone: BTreeSet<String> = gone.into_iter().map(|(id, _)| id).collect();
        let owned = "SELECT id, team_id FROM core.projects WHERE deleted_at IS NULL AND team_id IS NOT NULL";
        let scoped = "SELECT scope_id, project_id FROM core.project_scopes \
            WHERE deleted_at IS NULL AND scope_kind = 'repository'";
        let mut projects: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for (repository, project) in pairs(session, scoped).await? {
            if !gone.contains(&project) {
                projects.entry(repository).or_default().insert(project);
            }
        }
        Ok(Self { teams: pairs(session, owned).await?.into_iter().collect(), projects, gone })
    }

    /// The projects to which a row of a repository, or of the project that it names, belongs.
    fn of(&self, repository: Option<&str>, project: Option<&str>) -> Vec<Option<String>> {
        match (repository.and_then(|id| self.projects.get(id)), project) {
            (Some(projects), _) if !projects.is_empty() => projects.iter().cloned().map(Some).collect(),
            (_, project) => vec![project.filter(|id| !self.gone.contains(*id)).map(str::to_owned)],
        }
    }

    /// The projects that anything was known of at an instant.
    async fn known(&self, session: &Session, at: i64) -> Result<BTreeMap<String, Option<String>>> {
        let facts = [
            ("work_items", "created_at"),
            ("changes", "first_commit_at"),
            ("pull_requests", "opened_at"),
            ("deployments", "finished_at"),
        ];
        let known = facts.map(|(table, time)| {
            format!("SELECT repository_id, project_id FROM facts.{table} WHERE {time} <= {}", instant(at))
        });
        let statement = format!(
            "SELECT DISTINCT COALESCE(repository_id, ''), COALESCE(project_id, '') FROM ({})",
            known.join(" UNION ALL ")
        );
        let mut known = BTreeMap::new();
        for (repository, project) in pairs(session, &statement).await? {
            let some = |id: &str| (!id.is_empty()).then(|| id.to_owned());
            let both = self.of(some(&repository).as_deref(), some(&project).as_deref());
            // An item in a repository may be of a project of its own.
            let own = some(&project).filter(|id| !self.gone.contains(id));
            for project in both.into_iter().chain([own]).flatten() {
                let team = self.teams.get(&project).cloned();
                known.insert(project, team);
            }
        }
        Ok(known)
    }
}

/// What a row of a rule says: a finding for each project that it counts to.
fn read(rule: &'static Rule, mut row: Values, ownership: &Ownership, settings: &Settings) -> Result<Vec<Finding>> {
    let sentence = rule.sentence.fill(&row.0, settings.time_zone);
    let subject = row.text("subject_kind").map_or(Ok(rule.subject), |kind| kind.parse())?;
    // What a rule finds of nothing that has a name is found of nothing.
    let Some(subject_id) = row.text("subject_id") else { return Ok(Vec::new()) };
    let own = |kind: Subject| (subject == kind).then(|| subject_id.clone());
    let repository_id = row.text("repository_id").or(own(Subject::Repository));
    let project_id = row.text("project_id").or(own(Subject::Project));
    let team_id = row.text("team_id").or(own(Subject::Team));
    let place = match subject {
        Subject::Team => None,
        Subject::Repository => Some(&subject_id),
        Subject::Project | Subject::Epic | Subject::Sprint | Subject::Release => project_id.as_ref(),
    };
    if place.is_some_and(|id| ownership.gone.contains(id)) {
        return Ok(Vec::new());
    }
    let score = row.float("score").filter(|score| (0.0..=1.0).contains(score));
    let score = score.ok_or_else(|| Error::Question(format!("the rule {} gave a score that is none", rule.name)))?;
    let mut evidence = row.texts("evidence");
    let evidence_count = evidence.len();
    evidence.truncate(MOST_EVIDENCE);
    let projects = ownership.of(own(Subject::Repository).as_deref(), project_id.as_deref());
    let finding = |project_id: Option<String>| Finding {
        rule,
        subject,
        subject_id: subject_id.clone(),
        team_id: team_id.clone().or_else(|| ownership.teams.get(project_id.as_ref()?).cloned()),
        project_id,
        repository_id: repository_id.clone(),
        score,
        contribution: None,
        sentence: sentence.clone(),
        evidence: evidence.clone(),
        evidence_count,
    };
    Ok(projects.into_iter().map(finding).collect())
}
