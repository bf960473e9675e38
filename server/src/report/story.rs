//! What changed, in a paragraph made by rules: no model writes it, and the same figures make the same words.
//!
//! The last whole period is held against up to twelve before it, by their median and the median of the distances to it. It
//! *moved* when it is more than three spreads away, a spread being 1.4826 times the latter (Hampel, The influence curve and its
//! role in robust estimation, 1974), or a twentieth of the median when that is more. What is said beside it moved in the same
//! period: that is no cause.

use super::opened::rows_address;
use super::{METRICS, Scope};
use crate::Result;
use crate::texts::Language;
use chrono::{DateTime, NaiveDate};
use chrono_tz::Tz;
use futures::future::try_join_all;
use futures::try_join;
use pulse_engine::Settings;
use pulse_engine::metrics::{
    Answer, Asking, Definition, Dimension, Filter, Group, Kind, NONE, Point, Question, definition,
};
use pulse_engine::percentile::{self, Fraction};
use pulse_engine::risk::{RiskFilter, StandingRisk, standing_of};
use pulse_engine::session::Session;
use serde::Serialize;
use std::sync::Arc;

/// How many periods tell what is usual, at most and at least.
const BEFORE: (usize, usize) = (12, 6);
/// The metrics that are made of stages, with those of their stages.
const STAGED: [(&str, &[&str]); 2] = [
    ("change_lead_time", &["lead_time_coding", "lead_time_pickup", "lead_time_review", "lead_time_deploy"]),
    ("pull_request_open_time", &["pull_request_pickup_time", "pull_request_review_time", "pull_request_merge_wait"]),
];

/// The page of risks, which has no figures.
pub const RISK: &str = "risk";

/// A page of figures, which one rule tells of all.
#[derive(Clone, Copy, Debug)]
pub struct Page {
    /// Its name in the API.
    pub name: &'static str,
    /// Its metrics, in the order in which they are told.
    pub metrics: &'static [&'static str],
    /// What says where something moved.
    pub by: Dimension,
}

/// Every page of figures.
pub static PAGES: [Page; 7] = [
    Page { name: "dora", metrics: &METRICS, by: Dimension::Repository },
    Page {
        name: "flow",
        metrics: &[
            "throughput",
            "cycle_time",
            "work_in_progress",
            "work_item_age",
            "blocked_time",
            "reopened_work",
            "unplanned_work",
            "sprint_completion",
        ],
        by: Dimension::Project,
    },
    Page {
        name: "change",
        metrics: &[
            "pull_request_open_time",
            "pull_request_size",
            "idle_pull_requests",
            "unreviewed_merges",
            "review_concentration",
            "build_failure_rate",
            "build_time",
        ],
        by: Dimension::Repository,
    },
    Page {
        name: "reliability",
        metrics: &[
            "incidents",
            "incident_acknowledge_time",
            "incident_recovery_time",
            "repeat_incidents",
            "open_incidents",
        ],
        by: Dimension::Project,
    },
    Page {
        name: "projects",
        metrics: &["throughput", "cycle_time", "work_in_progress", "work_item_age"],
        by: Dimension::Project,
    },
    Page {
        name: "project",
        metrics: &[
            "throughput",
            "cycle_time",
            "work_in_progress",
            "unplanned_work",
            "change_lead_time",
            "deployment_frequency",
        ],
        by: Dimension::Team,
    },
    Page {
        name: "teams",
        metrics: &["throughput", "cycle_time", "work_in_progress", "change_lead_time", "review_load"],
        by: Dimension::Team,
    },
];

/// The page of that name.
pub fn page(name: &str) -> Option<&'static Page> {
    PAGES.iter().find(|page| page.name == name)
}

/// A few sentences on one page.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Paragraph {
    /// Its sentences, in order.
    pub clauses: Vec<Clause>,
}

/// A sentence, and where it is from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Clause {
    /// What it says.
    pub text: String,
    /// The metric that it is about; `risk` for projects at risk, `forecast` for forecasts.
    pub metric: String,
    /// The version of that one's definition: of risks, of the way in which the rules are combined, and of forecasts, of the rules that made
    /// them. `None` where a sentence is of no single one, or of none at all.
    pub version: Option<i64>,
    /// The request that answers with the rows behind it.
    pub href: String,
}

/// A metric as a paragraph looks at it.
#[derive(Clone, Debug)]
pub struct Asked {
    /// All of it together.
    pub whole: Arc<Answer>,
    /// What it is told apart by.
    pub by: Dimension,
    /// The same, told apart.
    pub apart: Arc<Answer>,
    /// What it is made of, where it is.
    pub stages: Vec<Arc<Answer>>,
    /// The time zone that it was asked in, where that is not the tenant's own.
    pub time_zone: Option<Tz>,
    /// The instant of the past whose rows were asked for, where they were not those of now.
    pub as_of: Option<i64>,
}

/// What the figures of a page say.
///
/// # Errors
/// What the engine failed at.
pub async fn figures(page: &Page, asking: &Asking, scope: &Scope, language: Language) -> Result<Paragraph> {
    let mut all = Vec::with_capacity(page.metrics.len());
    for metric in page.metrics {
        // Of what cannot be limited so, nothing is said.
        if scope.fits(definition(metric, asking.session().own())?) {
            all.push(asked(metric, page.by, asking, scope));
        }
    }
    Ok(told(&try_join_all(all).await?, &scope.filter, asking.settings().minimum_n, language))
}

async fn asked(metric: &str, by: Dimension, asking: &Asking, scope: &Scope) -> Result<Asked> {
    let of = |metric: &str, by| Question { by, ..scope.question(metric) };
    let stages = STAGED.iter().filter(|(staged, _)| *staged == metric).flat_map(|(_, made_of)| *made_of);
    let stages: Vec<Question> = stages.map(|stage| of(stage, None)).collect();
    let (whole, apart) = (of(metric, None), of(metric, Some(by)));
    let stages = try_join_all(stages.iter().map(|stage| asking.ask(stage)));
    let (whole, apart, stages) = try_join!(asking.ask(&whole), asking.ask(&apart), stages)?;
    Ok(Asked { whole, by, apart, stages, time_zone: scope.time_zone, as_of: scope.as_of })
}

/// What the risks that stand say.
///
/// # Errors
/// What the engine failed at.
pub async fn risks(session: &Session, filter: &RiskFilter) -> Result<Paragraph> {
    // What the rules found is told again in other languages alone: in English it stands in the reason.
    Ok(of_risks(&standing_of(session, filter, None).await?, Language::English))
}

/// What those metrics say, which were asked under a filter. `minimum_n` is the tenant's: with fewer observations a period says
/// nothing.
pub fn told(all: &[Asked], filter: &Filter, minimum_n: u64, language: Language) -> Paragraph {
    let mut clauses = Vec::new();
    for asked in all {
        let definition = &asked.whole.definition;
        let least = definition.minimum_n.max(i64::try_from(minimum_n).unwrap_or(i64::MAX));
        let Some(group) = asked.whole.groups.first() else { continue };
        let Some(moved) = Held::of(group, definition, least).filter(Held::moved) else { continue };
        let text = if moved.change() > 0.0 {
            "{title} was {value} in {when}, above its usual {low} to {high} (n = {n})."
        } else {
            "{title} was {value} in {when}, below its usual {low} to {high} (n = {n})."
        };
        let quantity = |value: f64| language.quantity(value, &definition.unit);
        let (low, high) = ((moved.usual - moved.reach).max(0.0), moved.usual + moved.reach);
        let say = |text: String, of: &Definition, group: Option<&str>| Clause {
            text,
            metric: of.name.clone(),
            version: Some(of.version.into()),
            href: evidence(&of.name, asked, moved.point, filter, group.map(|group| (asked.by, group))),
        };
        clauses.push(say(
            language.fill(
                text,
                &[
                    ("title", language.metric(&definition.name, &definition.title)),
                    ("value", &quantity(moved.value)),
                    ("when", &moved.point.label),
                    ("low", &quantity(low)),
                    ("high", &quantity(high)),
                    ("n", &moved.point.figure.n.to_string()),
                ],
            ),
            definition,
            None,
        ));
        if let Some((group, held)) = largest(&asked.apart, definition, &moved) {
            let name = group.name.as_deref().or(group.key.as_deref()).unwrap_or(NONE);
            let text = language.fill(
                "Most of that is in {name}: {value} after {usual}.",
                &[("name", name), ("value", &quantity(held.value)), ("usual", &quantity(held.usual))],
            );
            clauses.push(say(text, definition, Some(group.key.as_deref().unwrap_or(NONE))));
        }
        if let Some((stage, held)) = stage(&asked.stages, &moved) {
            let text = language.fill(
                "In the same period {stage} moved most of its stages: {value} after {usual}.",
                &[
                    ("stage", &within(stage, language)),
                    ("value", &language.quantity(held.value, &stage.unit)),
                    ("usual", &language.quantity(held.usual, &stage.unit)),
                ],
            );
            clauses.push(say(text, stage, None));
        }
    }
    if clauses.is_empty() {
        clauses.extend(all.iter().filter_map(|asked| still(asked, (filter, minimum_n), language)));
    }
    Paragraph { clauses }
}

/// What is said of a metric where nothing moved.
fn still(asked: &Asked, (filter, minimum_n): (&Filter, u64), language: Language) -> Option<Clause> {
    let definition = &asked.whole.definition;
    let group = asked.whole.groups.first()?;
    let point = group.points.iter().rev().find(|point| !point.partial)?;
    let least = definition.minimum_n.max(i64::try_from(minimum_n).unwrap_or(i64::MAX));
    let text = match Held::of(group, definition, least) {
        Some(held) => language.fill(
            "{title} stayed within its usual range in {when}, at {value}.",
            &[
                ("title", language.metric(&definition.name, &definition.title)),
                ("when", &point.label),
                ("value", &language.quantity(held.value, &definition.unit)),
            ],
        ),
        None => language
            .fill("Of {title} too little is known to say what is usual.", &[("title", &within(definition, language))]),
    };
    let href = evidence(&definition.name, asked, point, filter, None);
    Some(Clause { text, metric: definition.name.clone(), version: Some(definition.version.into()), href })
}

/// A paragraph on risks, the highest first.
pub fn of_risks(risks: &[StandingRisk], language: Language) -> Paragraph {
    let clause =
        |text: String, version: Option<i64>, href: String| Clause { text, metric: "risk".to_owned(), version, href };
    let mut clauses: Vec<Clause> = risks
        .iter()
        .filter(|risk| risk.status != "on_track")
        .map(|risk| {
            let name = risk.project.as_deref().unwrap_or(&risk.project_id);
            let status = risk.status.replace('_', " ");
            let query =
                url::form_urlencoded::Serializer::new(String::new()).append_pair("project", &risk.project_id).finish();
            let reason = language.reason(risk);
            let values = [("project", name), ("status", language.say(&status)), ("reason", reason.as_str())];
            let text = language.fill("{project} is {status}: {reason}", &values);
            clause(text, risk.version, format!("/api/v1/risks?{query}"))
        })
        .collect();
    if clauses.is_empty() {
        let text = if risks.is_empty() { "Of no project anything is known yet." } else { "No project is at risk." };
        clauses.push(clause(language.say(text).to_owned(), None, "/api/v1/risks".to_owned()));
    }
    Paragraph { clauses }
}

/// The last whole period, held against those before it.
struct Held<'a> {
    point: &'a Point,
    value: f64,
    /// The median of those before.
    usual: f64,
    /// How far from it is still usual.
    reach: f64,
}

impl<'a> Held<'a> {
    /// `None` when there are too few periods, or too little in the last.
    fn of(group: &'a Group, definition: &Definition, least: i64) -> Option<Self> {
        let mut whole = group.points.iter().rev().filter(|point| !point.partial);
        let point = whole.next()?;
        let value = point.figure.value?;
        let before: Vec<&Point> = whole.take(BEFORE.0).filter(|point| point.figure.value.is_some()).collect();
        // None in a period says something of how many, and nothing of how long or which share.
        let n = match definition.kind {
            Kind::Count | Kind::Level => before.iter().map(|point| point.figure.n).sum(),
            _ => point.figure.n,
        };
        let values: Vec<f64> = before.iter().filter_map(|point| point.figure.value).collect();
        if values.len() < BEFORE.1 || n < least {
            return None;
        }
        let usual = percentile::of(&values, Fraction::HALF)?;
        let distances: Vec<f64> = values.iter().map(|value| (value - usual).abs()).collect();
        let spread = (1.4826 * percentile::of(&distances, Fraction::HALF)?).max(usual.abs() / 20.0);
        Some(Self { point, value, usual, reach: 3.0 * spread })
    }

    fn change(&self) -> f64 {
        self.value - self.usual
    }

    fn moved(&self) -> bool {
        self.change().abs() > self.reach
    }
}

/// The group with the largest part in a move: its own change, weighed by how much it holds, except for counts and levels, which add up.
fn largest<'a>(apart: &'a Answer, definition: &Definition, moved: &Held<'_>) -> Option<(&'a Group, Held<'a>)> {
    // With one group alone there is no where.
    let groups = apart.groups.iter().filter(|_| apart.groups.len() > 1);
    let weight = |held: &Held<'_>| match definition.kind {
        Kind::Count | Kind::Level => held.change().abs(),
        _ => held.change().abs() * held.point.figure.n as f64,
    };
    groups
        .filter_map(|group| Some((group, Held::of(group, definition, 1)?)))
        .filter(|(_, held)| held.change() * moved.change() > 0.0)
        .max_by(|(_, a), (_, b)| weight(a).total_cmp(&weight(b)))
}

/// The stage whose median moved most in the same direction.
fn stage<'a>(stages: &'a [Arc<Answer>], moved: &Held<'_>) -> Option<(&'a Definition, Held<'a>)> {
    stages
        .iter()
        .filter_map(|stage| Some((&stage.definition, Held::of(stage.groups.first()?, &stage.definition, 1)?)))
        .filter(|(_, held)| held.change() * moved.change() > 0.0)
        .max_by(|(_, a), (_, b)| a.change().abs().total_cmp(&b.change().abs()))
}

/// The request for the rows behind a period's figure.
fn evidence(metric: &str, of: &Asked, point: &Point, filter: &Filter, group: Option<(Dimension, &str)>) -> String {
    let zone = Settings::parse_time_zone(&of.whole.time_zone).unwrap_or(Tz::UTC);
    let day = |at: i64| -> NaiveDate {
        DateTime::from_timestamp_micros(at).unwrap_or_default().with_timezone(&zone).date_naive()
    };
    rows_address(metric, (day(point.from), day(point.until)), (of.time_zone, of.as_of), filter, group)
}

/// What a metric is called within a sentence: in German as everywhere, with a capital.
fn within(metric: &Definition, language: Language) -> String {
    let title = language.metric(&metric.name, &metric.title);
    let mut letters = title.chars();
    match language {
        Language::English => {
            letters.next().map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect())
        }
        Language::German => title.to_owned(),
    }
}
