//! The step: what the rules find now, frozen for the day.
//!
//! A day's rows are written in one commit, which takes the place of what was found before on the same day; those of earlier days
//! are never touched. So a run that is killed leaves the last complete state, and of each day the last run stands. What stood
//! before and is found no more gets a row without a sentence: the newest row of each subject says how it stands, also for
//! readers who see some rows only.

use super::combine::{ProjectRisk, VERSION, combine};
use super::find::{Finding, Found, find};
use crate::entities::{Entity, fact};
use crate::lake::{Scope, Seen, TenantLake, TenantTable, When};
use crate::row::{self, Row, Value};
use crate::session::values::rows;
use crate::session::{Limits, Session};
use crate::{Clock, Error, Policy, Result, Settings};
use chrono::DateTime;
use serde::Serialize;
use std::collections::BTreeSet;

/// The name under which a project's combined risk stands beside the rules.
pub const COMBINED: &str = "combined";

/// What a run of the step did.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct RiskReport {
    /// The day that was frozen.
    pub day: String,
    /// Of how many projects anything is known.
    pub projects: u64,
    /// How much the rules found.
    pub findings: u64,
}

/// Finds the risks as of now, and freezes them for the tenant's day.
///
/// # Errors
/// [`Error::Setting`] when the settings are not sound. When storage fails; running it again is safe.
pub async fn run(lake: &TenantLake, settings: &Settings, clock: Clock) -> Result<RiskReport> {
    let now = clock.now();
    let day = DateTime::from_timestamp_micros(now)
        .map(|at| at.with_timezone(&settings.time_zone).date_naive().to_string())
        .ok_or_else(|| Error::Setting("the clock is beyond the calendar: set the machine's time".into()))?;
    let lake = &lake.looked_over().await?;
    let session = Session::build(
        TenantTable::all(lake, &Seen::default()),
        lake.runtime(),
        Limits::default(),
        &Policy::everything(),
    )?;
    let mut found = find(&session, settings, now, |done, of| lake.tell(done, Some(of), "risk rules")).await?;
    let risks = combine(&mut found, &settings.risk);
    let frozen = Frozen { entity: fact("risks")?, day: &day, now };
    let mut all: Vec<Row> = found.findings.iter().map(|finding| frozen.finding(finding)).collect();
    all.extend(risks.iter().map(|risk| frozen.project(risk, &found)));
    let stands: BTreeSet<[Option<String>; 3]> =
        all.iter().map(|row| SUBJECT.map(|column| row.text(column).map(str::to_owned))).collect();
    all.extend(frozen.gone(&session, &stands).await?);
    let table = lake.table(frozen.entity);
    // A lake of which nothing is known gets no table.
    if !all.is_empty() || table.exists().await? {
        let scope = Scope { column: "day", values: vec![day.clone()] };
        table.replace(&[row::batch(frozen.entity, &all)?], Some(&scope), &[], When::Changed).await?;
    }
    Ok(RiskReport { day, projects: risks.len() as u64, findings: found.findings.len() as u64 })
}

/// What tells one risk from another on one day.
const SUBJECT: [&str; 3] = ["rule", "subject_id", "project_id"];
/// What is said again of a risk that stands no more.
const KEPT: [&str; 6] = ["rule", "subject_kind", "subject_id", "project_id", "team_id", "repository_id"];

/// How rows of a day are made.
struct Frozen<'a> {
    entity: &'static Entity,
    day: &'a str,
    now: i64,
}

impl Frozen<'_> {
    fn row(&self, rule: &str, subject: &str, project: Option<&str>) -> Row {
        Row::new(self.entity)
            .set("id", id(rule, subject, project, self.day))
            .set("day", self.day)
            .set("rule", rule)
            .set("subject_id", subject)
            .set("project_id", project.map(str::to_owned))
            .set("found_at", Value::Time(self.now))
    }

    fn finding(&self, finding: &Finding) -> Row {
        self.row(&finding.rule.name, &finding.subject_id, finding.project_id.as_deref())
            .set("rule_version", i64::from(finding.rule.version))
            .set("subject_kind", finding.subject.name())
            .set("team_id", finding.team_id.clone())
            .set("repository_id", finding.repository_id.clone())
            .set("score", finding.score)
            .set("contribution", finding.contribution)
            .set("sentence", finding.sentence.as_str())
            .set("evidence", finding.evidence.clone())
            .set("evidence_count", finding.evidence_count as i64)
    }

    fn project(&self, risk: &ProjectRisk, found: &Found) -> Row {
        let made_of = risk.findings.iter().filter_map(|place| found.findings.get(*place));
        let evidence: Vec<String> =
            made_of.map(|f| id(&f.rule.name, &f.subject_id, f.project_id.as_deref(), self.day)).collect();
        self.row(COMBINED, &risk.project_id, Some(&risk.project_id))
            .set("rule_version", VERSION)
            .set("subject_kind", "project")
            .set("team_id", risk.team_id.clone())
            .set("score", risk.score)
            .set("status", risk.status.name())
            .set("sentence", risk.reason.as_str())
            .set("evidence_count", evidence.len() as i64)
            .set("evidence", evidence)
    }

    /// A row for each risk that stood on an earlier day and is not among those that stand.
    async fn gone(&self, session: &Session, stands: &BTreeSet<[Option<String>; 3]>) -> Result<Vec<Row>> {
        let statement = format!(
            "SELECT {kept} FROM (SELECT *, row_number() OVER (PARTITION BY rule, subject_id, project_id ORDER BY day DESC) AS place \
             FROM facts.risks WHERE day < '{day}') AS earlier WHERE place = 1 AND sentence IS NOT NULL",
            kept = KEPT.join(", "),
            day = self.day
        );
        let mut gone = Vec::new();
        for mut earlier in rows(session, &statement).await? {
            let mut row =
                Row::new(self.entity).set("day", self.day).set("found_at", Value::Time(self.now)).set("score", 0.0);
            for column in KEPT {
                row.put(column, earlier.text(column).into());
            }
            let [rule, subject, project] = SUBJECT.map(|column| row.text(column).map(str::to_owned));
            let id = id(
                &rule.clone().unwrap_or_default(),
                &subject.clone().unwrap_or_default(),
                project.as_deref(),
                self.day,
            );
            if !stands.contains(&[rule, subject, project]) {
                gone.push(row.set("id", id));
            }
        }
        Ok(gone)
    }
}

fn id(rule: &str, subject: &str, project: Option<&str>, day: &str) -> String {
    match project.filter(|project| *project != subject) {
        Some(project) => format!("{day}/{rule}/{subject}/{project}"),
        None => format!("{day}/{rule}/{subject}"),
    }
}
