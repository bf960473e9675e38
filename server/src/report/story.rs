//! What changed, in a paragraph made by rules: no model writes it, and the same figures make the same words.
//!
//! The last whole period is held against up to twelve before it, by their median and the median of the distances to it. It
//! *moved* when it is more than three spreads away, a spread being 1.4826 times the latter (Hampel, The influence curve and its
//! role in robust estimation, 1974), or a twentieth of the median when that is more. Beside that stands where it lies in what was
//! typical of the year before, which is what tiles draw: the two need not agree, and both are told by their names. What is said beside
//! it moved in the same period: that is no cause.

use super::driver::STAGED;
use super::held::{Side, side};
use super::moved::{first, moved, sorted};
use super::opened::rows_address;
use super::still::still;
use super::{METRICS, Scope};
use crate::Result;
use crate::texts::Language;
use chrono::{DateTime, NaiveDate};
use chrono_tz::Tz;
use futures::future::try_join_all;
use futures::try_join;
use pulse_engine::Settings;
use pulse_engine::metrics::{Answer, Asking, Definition, Dimension, Filter, Grain, Group, Point, Question, definition};
use pulse_engine::risk::{RiskFilter, StandingRisk, standing_of};
use pulse_engine::session::Session;
use serde::Serialize;
use std::sync::Arc;

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
    /// The same, told apart once more, by something else, where that says what a move is made of.
    pub sorted: Option<(Dimension, Arc<Answer>)>,
    /// What it is made of, where it is.
    pub stages: Vec<Arc<Answer>>,
    /// The days that it was asked of, the last of which is the one before the second.
    pub span: (NaiveDate, NaiveDate),
    /// How long each of its periods is.
    pub grain: Grain,
    /// The time zone that it was asked in, where that is not the tenant's own.
    pub time_zone: Option<Tz>,
    /// The instant of the past whose rows were asked for, where they were not those of now.
    pub as_of: Option<i64>,
}

impl Asked {
    /// The first day of a period, and the day after its last.
    pub(super) fn days(&self, point: &Point) -> (NaiveDate, NaiveDate) {
        let zone = Settings::parse_time_zone(&self.whole.time_zone).unwrap_or(Tz::UTC);
        let day = |at: i64| DateTime::from_timestamp_micros(at).unwrap_or_default().with_timezone(&zone).date_naive();
        (day(point.from), day(point.until))
    }

    /// Whether any of it was ever observed. A 0 of what was not is no figure: perhaps nothing that knows of it is connected. Tiles say
    /// so, too.
    pub(super) fn was_seen(&self) -> bool {
        self.whole.newest_at.is_some()
    }

    /// How many observations it has to rest on, at least, by its own definition and the tenant's.
    pub(super) fn least(&self, minimum_n: u64) -> i64 {
        self.whole.definition.minimum_n.max(i64::try_from(minimum_n).unwrap_or(i64::MAX))
    }
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
    let sort = sorted(metric, by);
    let sorts: Vec<Question> = sort.into_iter().map(|sort| of(metric, Some(sort))).collect();
    let sorts = try_join_all(sorts.iter().map(|sort| asking.ask(sort)));
    let (whole, apart, sorts, stages) = try_join!(asking.ask(&whole), asking.ask(&apart), sorts, stages)?;
    let sorted = sort.zip(sorts.into_iter().next());
    let Scope { from, until, grain, time_zone, as_of, .. } = *scope;
    Ok(Asked { whole, by, apart, sorted, stages, span: (from, until), grain, time_zone, as_of })
}

/// What the risks that stand say.
///
/// # Errors
/// What the engine failed at.
pub async fn risks(session: &Session, filter: &RiskFilter) -> Result<Paragraph> {
    // What the rules found is told again in other languages alone: in English it stands in the reason.
    Ok(of_risks(&standing_of(session, filter, None).await?, is_of_all(session, filter), Language::English))
}

/// Whether the risks of a filter are those of all projects that there are.
pub fn is_of_all(session: &Session, filter: &RiskFilter) -> bool {
    session.shows_all_rows() && *filter == RiskFilter::default()
}

/// What those metrics say, which were asked under a filter. `minimum_n` is the tenant's: with fewer observations a period says
/// nothing.
pub fn told(all: &[Asked], filter: &Filter, minimum_n: u64, language: Language) -> Paragraph {
    let (mut clauses, mut looks) = (Vec::new(), Vec::new());
    for (said, look) in all.iter().filter_map(|asked| moved(asked, minimum_n, filter, language)) {
        clauses.extend(said);
        looks.push(look);
    }
    clauses.extend(first(looks));
    if clauses.is_empty() {
        clauses = still(all, minimum_n, filter, language);
    }
    Paragraph { clauses }
}

/// Whether a value is typical of the year before, and how that is said behind where it lies in what was to be expected; it is, and nothing is
/// said, where nothing typical is known.
pub(super) fn typical(group: &Group, (value, lies): (f64, Side), unit: &str, language: Language) -> (bool, String) {
    let Some(typical) = &group.typical else { return (true, String::new()) };
    let range = (typical.p10, typical.p90);
    let beside = side(value, range, unit);
    let text = match (beside, beside == lies) {
        (Side::Below, true) => ", and below the {range} typical of the year before",
        (Side::Within, true) => ", and within the {range} typical of the year before",
        (Side::Above, true) => ", and above the {range} typical of the year before",
        (Side::Below, false) => ", but below the {range} typical of the year before",
        (Side::Within, false) => ", but within the {range} typical of the year before",
        (Side::Above, false) => ", but above the {range} typical of the year before",
    };
    (beside == Side::Within, language.fill(text, &[("range", &language.range(range, unit))]))
}

/// A paragraph on risks, the highest first. Of those of some projects it says nothing that would be of all.
pub fn of_risks(risks: &[StandingRisk], is_of_all: bool, language: Language) -> Paragraph {
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
        let text = match (risks.is_empty(), is_of_all) {
            (true, true) => "No project's risk is known yet.",
            (true, false) => "No project that is shown here has a known risk.",
            (false, true) => "No project is at risk.",
            (false, false) => "No project that is shown here is at risk.",
        };
        clauses.push(clause(language.say(text).to_owned(), None, "/api/v1/risks".to_owned()));
    }
    Paragraph { clauses }
}

/// The request for the rows behind the figure of some days.
pub(super) fn evidence(
    metric: &str,
    of: &Asked,
    days: (NaiveDate, NaiveDate),
    filter: &Filter,
    group: Option<(Dimension, &str)>,
) -> String {
    rows_address(metric, days, (of.time_zone, of.as_of), filter, group)
}

/// What a metric is called within a sentence: in German as everywhere, with a capital.
pub(super) fn within(metric: &Definition, language: Language) -> String {
    let title = language.metric(&metric.name, &metric.title);
    let mut letters = title.chars();
    match language {
        Language::English => {
            letters.next().map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect())
        }
        Language::German => title.to_owned(),
    }
}
