//! What a rule says.

use super::machine::Hold;
use super::quiet::Quiet;
use crate::Result;
use crate::auth::Permission;
use crate::control::{ALERT, DELIVER, Job, JobState, LAND, Refusal};
use crate::delivery::Channel;
use crate::jobs;
use pulse_engine::forecast::Kind;
use pulse_engine::metrics::{self, Definition, Dimension, Filter, Grain};
use pulse_engine::risk;
use serde::{Deserialize, Serialize};
use std::ops::RangeInclusive;
use utoipa::ToSchema;

/// What a tenant wants to be told of.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// What people call it.
    pub title: String,
    /// What it looks at.
    #[schema(value_type = Object)]
    pub condition: Condition,
    /// For how many seconds it has to hold.
    #[serde(default)]
    pub for_seconds: u32,
    /// When it holds no more.
    #[serde(default)]
    pub clear: Clears,
    /// How bad it is.
    #[serde(default)]
    pub severity: Severity,
    /// Whether all that it is about is one alert with members; else each is an alert of its own.
    #[serde(default = "yes")]
    pub together: bool,
    /// When nobody is told: what holds still is told after that.
    #[serde(default)]
    pub quiet: Option<Quiet>,
    /// Who is told.
    #[serde(default)]
    pub to: Vec<Channel>,
    /// Who else is told when nobody acknowledges it.
    #[serde(default)]
    pub escalation: Option<Escalation>,
    /// What is to be done about it.
    #[serde(default)]
    pub next: String,
}

fn yes() -> bool {
    true
}

/// When a condition holds no more.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Clears {
    /// The value up to which it has to come back: between the two nothing changes. Of a metric's `above` and `below`, and a
    /// forecast's `below`, alone.
    pub at: Option<f64>,
    /// For how many seconds it must not hold.
    pub for_seconds: u32,
}

/// How bad something is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Good to know.
    Info,
    /// Somebody should look.
    #[default]
    Warning,
    /// Somebody should look now.
    Critical,
}

impl Severity {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Severity::Info => "info",
            Severity::Warning => "warning",
            Severity::Critical => "critical",
        }
    }
}

/// Who else is told when nobody acknowledges an alert.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Escalation {
    /// So many seconds after the others were told.
    pub after_seconds: u32,
    /// Who.
    pub to: Vec<Channel>,
}

/// What a rule looks at.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Condition {
    /// A metric's figures.
    Metric(MetricCondition),
    /// Projects' risks.
    Risk(RiskCondition),
    /// How likely it is that due dates are made.
    Forecast(ForecastCondition),
    /// How forecasts have done that are over.
    Calibration(CalibrationCondition),
    /// Jobs that fail or come late, and schedules that are paused.
    Job(JobCondition),
    /// Connections that are not read.
    Connection(ReadCondition),
    /// Rows that a statement returns.
    Sql(SqlCondition),
}

/// What is looked for in a metric's figures, period by period.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MetricCondition {
    /// The metric.
    pub metric: String,
    /// How long its periods are.
    #[serde(default = "week")]
    pub grain: Grain,
    /// Each of these by itself.
    #[serde(default)]
    pub by: Option<Dimension>,
    /// Only these.
    #[serde(default)]
    pub filter: Filter,
    /// Whether the period that is not over yet counts, too.
    #[serde(default)]
    pub running: bool,
    /// Periods with fewer observations say nothing.
    #[serde(default)]
    pub minimum_n: i64,
    /// What is looked for.
    pub test: Test,
}

fn week() -> Grain {
    Grain::Week
}

/// What is looked for in a figure.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Test {
    /// A value above this one, in the metric's unit.
    Above(f64),
    /// A value below it.
    Below(f64),
    /// A value outside of what nine tenths, or one, of the year before stay within.
    Unusual(Side),
    /// A tier that is lower than that of the period before.
    TierDrop,
    /// No observation for so many hours.
    MissingHours(u32),
}

/// Which side of what is typical.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Side {
    /// Above the 90th percentile.
    Above,
    /// Below the 10th.
    Below,
    /// Either.
    Either,
}

/// What is looked for in projects' risks.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RiskCondition {
    /// The status from which on: `at_risk` or `off_track`. Without a rule or score it is `at_risk`.
    pub status: Option<String>,
    /// What this risk rule found, in place of the project's own risk; also of teams.
    pub rule: Option<String>,
    /// The score from which on, from 0 to 1.
    pub score: Option<f64>,
    /// Only these projects, by id or name.
    pub projects: Vec<String>,
    /// Only those of these teams.
    pub teams: Vec<String>,
}

/// What is looked for in the newest forecasts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ForecastCondition {
    /// A probability of making the due date below this.
    pub below: f64,
    /// Only what belongs to these projects, each by its id or name.
    #[serde(default)]
    pub projects: Vec<String>,
}

/// Which forecasts are looked at for whether they have lost their calibration.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CalibrationCondition {
    /// Only those of these kinds of subjects.
    pub kinds: Vec<String>,
}

impl CalibrationCondition {
    /// Whether forecasts of all of its kinds are frozen.
    fn is_of_frozen(&self) -> bool {
        self.kinds.iter().all(|name| Kind::FROZEN.iter().any(|kind| kind.name() == name))
    }
}

/// Which jobs are looked at, and for what.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct JobCondition {
    /// Only these kinds.
    pub kinds: Vec<String>,
    /// What is looked for.
    pub is: JobTest,
}

impl JobCondition {
    /// Whether it is about jobs of a kind.
    pub(super) fn is_about(&self, kind: &str) -> bool {
        self.kinds.is_empty() || self.kinds.iter().any(|named| named == kind)
    }
}

/// What is looked for in jobs, each kind and subject by itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum JobTest {
    /// One that is dead, and none was done since.
    #[default]
    Dead,
    /// The same, and one of which so many tries failed, and that is tried again.
    Failing(u32),
    /// One that is due for so many seconds, and not begun.
    LateSeconds(u32),
    /// A schedule that is paused.
    Paused,
}

/// Which connections are looked at, and for what.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ReadCondition {
    /// Only these.
    pub names: Vec<String>,
    /// Not read for so many hours; without it, any whose last try failed.
    pub unread_hours: Option<u32>,
}

/// A statement, each of whose rows is something to be told of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SqlCondition {
    /// The statement. Its columns `key`, `name`, `value` and `sentence` say what a row is about, as far as they are there.
    pub sql: String,
}

const LONGEST_SQL: usize = 16 << 10;
const LONGEST_WAIT: u32 = 92 * 24 * 3600;
const MOST_CHANNELS: usize = 50;
/// After how many tries that failed a job may be told of: the last one is told as its death.
const TRIES: RangeInclusive<u32> = 1..=100;
/// How late a job may be at least: looks by the clock are no oftener.
const LEAST_LATE: u32 = 60;
/// For how long nothing may be observed or read: up to ten years.
const HOURS: RangeInclusive<u32> = 1..=87_600;

/// The kinds of jobs whose death a rule looks at: those that look, and that tell, are no part of what they tell of.
fn watched() -> impl Iterator<Item = &'static str> {
    jobs::holdable().filter(|kind| ![ALERT, DELIVER].contains(kind))
}

fn is_watched(kind: &str) -> bool {
    watched().any(|watched| watched == kind)
}

impl Rule {
    /// Refuses what makes no sense. Whether a statement can be planned, and names are known, is for whoever has the tenant's
    /// tables to say.
    ///
    /// # Errors
    /// [`Refusal::Invalid`], with the field.
    pub fn check(&self, own: &[Definition]) -> Result<()> {
        let wrong = |field, reason: &str| Err(Refusal::invalid(field, reason).into());
        let line =
            |text: &str| !text.trim().is_empty() && text.chars().count() <= 150 && !text.chars().any(char::is_control);
        if !line(&self.title) {
            return wrong("title", "should be one line of 1 to 150 characters");
        }
        if self.next.chars().count() > 2_000 {
            return wrong("next", "should have 2000 characters at most");
        }
        if self.for_seconds.max(self.clear.for_seconds) > LONGEST_WAIT {
            return wrong("for_seconds", "should be 92 days at most");
        }
        if let Some(quiet) = &self.quiet {
            quiet.check()?;
        }
        if self.escalation.as_ref().is_some_and(|up| up.to.is_empty() || up.after_seconds > LONGEST_WAIT) {
            return wrong("escalation", "should say after how long, and to whom");
        }
        for channel in self.channels() {
            channel.check()?;
        }
        if self.channels().count() > MOST_CHANNELS {
            return wrong("to", "should be 50 recipients at most");
        }
        self.check_condition(own)?;
        let cleared = match (&self.condition, self.clear.at) {
            (_, None) => true,
            (Condition::Metric(MetricCondition { test: Test::Above(above), .. }), Some(at)) => at <= *above,
            (Condition::Metric(MetricCondition { test: Test::Below(below), .. }), Some(at)) => at >= *below,
            (Condition::Forecast(ForecastCondition { below, .. }), Some(at)) => at >= *below,
            _ => false,
        };
        if cleared { Ok(()) } else { wrong("clear.at", "should be on the good side of a value that is looked for") }
    }

    fn check_condition(&self, own: &[Definition]) -> Result<()> {
        let wrong = |reason: String| Err(Refusal::invalid("condition", reason).into());
        match &self.condition {
            Condition::Metric(metric) => {
                let found = metrics::definition(&metric.metric, own);
                let found =
                    found.map_err(|error| Refusal::invalid("condition", format!("names no metric: {error}")))?;
                if !found.grains.contains(&metric.grain) {
                    return wrong(format!("asks {} by the {}, which it cannot be", found.name, metric.grain.name()));
                }
                if let Err(error) = found.may_be_asked_by(metric.by, &metric.filter) {
                    return wrong(format!("asks what cannot be told: {error}"));
                }
                match metric.test {
                    Test::Above(value) | Test::Below(value) if !value.is_finite() => {
                        wrong("should have a number to compare with".to_owned())
                    }
                    Test::TierDrop if !found.has_tiers() => {
                        wrong(format!("asks for tiers of {}, which no published answers put into any", found.name))
                    }
                    Test::MissingHours(hours) if !HOURS.contains(&hours) => {
                        wrong("should say for how many hours nothing was observed, 1 to 87600".to_owned())
                    }
                    Test::MissingHours(_) if metric.by.is_some() => {
                        wrong("tells what is missing of a whole metric: leave `by` out, and filter".to_owned())
                    }
                    _ => Ok(()),
                }
            }
            Condition::Risk(of) => {
                let rules = risk::rules()?;
                if of.status.as_ref().is_some_and(|status| !matches!(status.as_str(), "at_risk" | "off_track")) {
                    return wrong("has a status that is neither `at_risk` nor `off_track`".to_owned());
                }
                if of.rule.as_ref().is_some_and(|name| !rules.iter().any(|rule| rule.name == *name)) {
                    return wrong("names no risk rule: GET /api/v1/risks/rules lists them".to_owned());
                }
                if of.is_of_teams()? && !of.projects.is_empty() {
                    let why = "names a risk rule about teams, which are in no project: leave `projects` out, and name `teams`";
                    return wrong(why.to_owned());
                }
                if of.rule.is_some() && of.status.is_some() {
                    return wrong("has a status, which is a project's, beside a risk rule".to_owned());
                }
                if of.score.is_some_and(|score| !(0.0..=1.0).contains(&score)) {
                    return wrong("has a score that is not from 0 to 1".to_owned());
                }
                Ok(())
            }
            Condition::Forecast(of) if !(of.below > 0.0 && of.below <= 1.0) => {
                wrong("has a probability that is not above 0 and up to 1".to_owned())
            }
            Condition::Calibration(of) if !of.is_of_frozen() => {
                let known = Kind::FROZEN.map(Kind::name).join(", ");
                wrong(format!("names a kind of which no forecast is frozen; there are: {known}"))
            }
            Condition::Job(of) => match of.kinds.iter().find(|kind| !is_watched(kind)) {
                Some(unknown) => wrong(format!(
                    "names `{}`, which is no kind of job that is looked at; there are: {}",
                    unknown.escape_default(),
                    watched().collect::<Vec<_>>().join(", ")
                )),
                None => match of.is {
                    JobTest::Failing(tries) if !TRIES.contains(&tries) => {
                        wrong("should say after how many tries that failed a job is told of, 1 to 100".to_owned())
                    }
                    JobTest::LateSeconds(late) if !(LEAST_LATE..=LONGEST_WAIT).contains(&late) => {
                        wrong("should say for how many seconds a job may be late, 60 to those of 92 days".to_owned())
                    }
                    _ => Ok(()),
                },
            },
            Condition::Connection(of) if of.unread_hours.is_some_and(|hours| !HOURS.contains(&hours)) => {
                wrong("should say for how many hours a connection was not read, 1 to 87600".to_owned())
            }
            Condition::Sql(of) if of.sql.trim().is_empty() || of.sql.len() > LONGEST_SQL => {
                wrong("should have a statement of up to 16 KiB".to_owned())
            }
            Condition::Forecast(_) | Condition::Calibration(_) | Condition::Connection(_) | Condition::Sql(_) => Ok(()),
        }
    }

    /// Everybody whom it may tell.
    pub(crate) fn channels(&self) -> impl Iterator<Item = &Channel> {
        self.to.iter().chain(self.escalation.iter().flat_map(|up| &up.to))
    }

    /// How long it has to hold, and not to hold.
    pub fn hold(&self) -> Hold {
        let micros = |seconds: u32| i64::from(seconds) * 1_000_000;
        Hold { fires: micros(self.for_seconds), clears: micros(self.clear.for_seconds) }
    }

    /// What its owner must be allowed to.
    pub fn needs(&self) -> Permission {
        match self.condition {
            Condition::Metric(_) | Condition::Risk(_) | Condition::Forecast(_) | Condition::Calibration(_) => {
                Permission::MetricsRead
            }
            Condition::Job(_) | Condition::Connection(_) => Permission::JobsRead,
            Condition::Sql(_) => Permission::SqlRun,
        }
    }

    /// Whether it looks at jobs or connections, and so has to be looked at when a job ends.
    pub fn watches_jobs(&self) -> bool {
        matches!(self.condition, Condition::Job(_) | Condition::Connection(_))
    }

    /// After how long it looks anew whatever happens, in microseconds: that nothing happens to a job is told of by nothing else.
    pub(crate) fn looks_again(&self) -> Option<i64> {
        match &self.condition {
            Condition::Job(JobCondition { is: JobTest::LateSeconds(late), .. }) => Some(i64::from(*late) * 1_000_000),
            _ => None,
        }
    }

    /// Whether what it looks at may be otherwise since a job ended so.
    pub(crate) fn concerns(&self, job: &Job, ended: JobState) -> bool {
        match &self.condition {
            Condition::Job(of) => {
                let concerns = match of.is {
                    // One that failed is tried again.
                    JobTest::Dead => ended != JobState::Failed,
                    JobTest::Failing(_) | JobTest::LateSeconds(_) => true,
                    JobTest::Paused => false,
                };
                concerns && of.is_about(&job.kind)
            }
            Condition::Connection(of) => job.kind == LAND && (of.names.is_empty() || of.names.contains(&job.subject)),
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn rule(condition: serde_json::Value) -> Rule {
        serde_json::from_value(json!({"title": "t", "condition": condition})).unwrap()
    }

    #[test]
    fn a_rule_is_written_plainly() {
        let rule: Rule = serde_json::from_value(json!({
            "title": "Lead time", "for_seconds": 3600, "clear": {"at": 80000, "for_seconds": 60}, "severity": "critical", "together": false,
            "condition": {"metric": {"metric": "change_lead_time", "grain": "week", "by": "team", "test": {"above": 86400.0}}},
            "quiet": {"from": "22:00", "until": "07:00"}, "to": [{"mail": "ada@example.com"}, {"destination": "ops"}],
            "escalation": {"after_seconds": 1800, "to": [{"notification": "user_1"}]},
        }))
        .unwrap();
        rule.check(&[]).unwrap();
        assert_eq!(rule.hold(), Hold { fires: 3_600_000_000, clears: 60_000_000 });
        assert_eq!(serde_json::from_str::<Rule>(&serde_json::to_string(&rule).unwrap()).unwrap(), rule);
    }

    #[test]
    fn a_rule_that_makes_no_sense_is_refused_with_its_field() {
        let metric = |test: serde_json::Value| json!({"metric": {"metric": "change_lead_time", "test": test}});
        for (condition, why) in [
            (json!({"metric": {"metric": "speed", "test": "tier_drop"}}), "names no metric"),
            (metric(json!({"missing_hours": 0})), "how many hours"),
            (metric(json!({"missing_hours": u32::MAX})), "how many hours"),
            (json!({"connection": {"unread_hours": u32::MAX}}), "how many hours"),
            (json!({"metric": {"metric": "throughput", "test": "tier_drop"}}), "no published answers"),
            (json!({"metric": {"metric": "cycle_time", "by": "label", "test": {"above": 1}}}), "cannot be asked by"),
            (json!({"risk": {"status": "on_track"}}), "neither"),
            (json!({"risk": {"rule": "none such"}}), "names no risk rule"),
            (json!({"risk": {"rule": "team_wip_over_limit", "projects": ["p"]}}), "in no project"),
            (json!({"forecast": {"below": 1.5}}), "probability"),
            (json!({"calibration": {"kinds": ["epic", "team"]}}), "project, epic, sprint, release"),
            (json!({"sql": {"sql": " "}}), "16 KiB"),
            (json!({"job": {"kinds": ["model", "modle"]}}), "there are: land, report, map, model, forecast, risk"),
            (json!({"job": {"kinds": ["deliver"]}}), "no kind of job"),
            (json!({"job": {"is": {"failing": 0}}}), "how many tries"),
            (json!({"job": {"is": {"late_seconds": 59}}}), "how many seconds"),
        ] {
            let error = rule(condition).check(&[]).unwrap_err().to_string();
            assert!(error.contains(why), "{error}");
        }
        rule(json!({"calibration": {"kinds": ["epic"]}})).check(&[]).unwrap();
        let mut above = rule(metric(json!({"above": 10.0})));
        above.clear.at = Some(11.0);
        assert!(above.check(&[]).unwrap_err().to_string().contains("clear.at"));
        above.clear.at = Some(9.0);
        above.check(&[]).unwrap();
        above.to = vec![Channel::Mail("nobody".into())];
        assert!(above.check(&[]).is_err());
    }
}
