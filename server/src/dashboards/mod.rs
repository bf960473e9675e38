//! The pages of the dashboard, as one answer each: figures, series, tables, a paragraph, risks and forecasts, all of one model and
//! made of the catalogue alone.
//!
//! An answer is of the last full quarter of an hour, so that it can be kept, and told by its tag to be the same, for as long as its
//! tables stand.

mod freshness;
mod kept;
mod make;
mod measure;
mod page;

pub use freshness::{Freshness, freshness};
pub use kept::Dashboards;
pub(crate) use make::{Measures, Wanted, align, measures};
pub use measure::{Measure, State};
pub use page::{Aligned, Drawn, Form, PAGES, PROJECT, Page};

use crate::report::forecasts::{Forecasts, address};
use crate::report::story::Clause;
use crate::report::{Scope, SourceTime};
use chrono::NaiveDate;
use pulse_engine::metrics::{Compare, Dimension, Filter, Grain};
use pulse_engine::plan::{Dependency, Milestone, Plan};
use pulse_engine::risk::{EarlierRisk, PastRisk, StandingRisk, TeamRisk};
use serde::Serialize;
use serde_json::Value;

/// A page's answer.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Dashboard {
    /// Which page.
    pub page: &'static str,
    /// What it is called.
    pub title: &'static str,
    /// Of when it is, in microseconds since 1970: periods that end later are partial.
    pub as_of: i64,
    /// The time zone whose days, weeks and months are meant.
    pub time_zone: String,
    /// The first day.
    pub from: NaiveDate,
    /// The day after the last.
    pub until: NaiveDate,
    /// How long each step of a series is.
    pub grain: Grain,
    /// What single figures are held against.
    pub compare: Option<Compare>,
    /// What alone it is on.
    pub filter: Filter,
    /// What is to be said in words, each sentence with the request for its rows.
    pub narrative: Vec<Clause>,
    /// The single figures.
    pub tiles: Vec<Measure>,
    /// What is drawn over time.
    pub series: Vec<Series>,
    /// Metrics side by side.
    pub tables: Vec<Table>,
    /// What the figures rest on.
    pub coverage: Vec<Measure>,
    /// The risks that stand; `None` on a page that shows none.
    pub risks: Option<Vec<StandingRisk>>,
    /// What was said of these projects last before the span, or else first in it; `None` on a page that shows no risks.
    pub risks_before: Option<Vec<EarlierRisk>>,
    /// What the rules found of teams themselves; `None` but on the page of teams.
    pub team_risks: Option<Vec<TeamRisk>>,
    /// A project's risk day by day; `None` but on the page of one.
    pub risk_history: Option<Vec<PastRisk>>,
    /// A project's milestones, and what waits for what; `None` but on the page of one.
    pub plan: Option<Planned>,
    /// The newest forecasts, with how forecasts have done; `None` on a page that shows none.
    pub forecasts: Option<Forecasts>,
    /// What the lake knows of when each connection was read.
    #[serde(skip)]
    pub(crate) sources: Vec<SourceTime>,
}

/// A metric over time.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Series {
    /// How it is drawn.
    pub form: Form,
    /// What is drawn.
    #[serde(flatten)]
    pub measure: Measure,
}

/// Metrics side by side, one row for each repository, project or team.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Table {
    /// What its rows are.
    pub by: Dimension,
    /// Its columns.
    pub columns: Vec<Column>,
    /// Its rows, by name; what belongs to none comes last.
    pub rows: Vec<Line>,
}

/// A column of a table.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Column {
    /// The metric.
    pub metric: String,
    /// The version of its definition.
    pub version: u32,
    /// What it is called.
    pub title: String,
    /// What its values are in.
    pub unit: String,
    /// Which way is better.
    pub direction: pulse_engine::metrics::Direction,
}

/// A row of a table.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Line {
    /// The id; `None` for what belongs to none.
    pub key: Option<String>,
    /// What people call it.
    pub name: Option<String>,
    /// One cell a column; `null` where the metric knows nothing of this one.
    pub cells: Vec<Option<Cell>>,
}

/// A figure in a table.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Cell {
    /// The value, in the column's unit.
    pub value: Option<f64>,
    /// How many observations it rests on.
    pub n: i64,
    /// What is to be said of it.
    pub state: State,
    /// The value less what it is compared with.
    pub delta: Option<f64>,
    /// That over the other value; `None` when this is 0.
    pub delta_ratio: Option<f64>,
    /// Whether that is for the better.
    pub better: Option<bool>,
    /// The address of the rows behind it.
    pub evidence: String,
}

/// What a project has before it, as [`Plan`], and where the items behind its numbers are.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Planned {
    /// Its milestones.
    pub milestones: Vec<OpenedMilestone>,
    /// What waits for what.
    pub dependencies: Vec<Dependency>,
    /// How many of those there are.
    pub dependency_count: usize,
}

/// A milestone.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct OpenedMilestone {
    /// How it stands.
    #[serde(flatten)]
    pub milestone: Milestone,
    /// The address of the items that are to be fixed in it.
    pub evidence: String,
}

impl Planned {
    fn of(plan: Plan, as_of: Option<i64>) -> Self {
        let opened = |milestone: Milestone| OpenedMilestone {
            evidence: address("/api/v1/milestones/evidence", &[("id", milestone.id.as_str())], as_of),
            milestone,
        };
        Self {
            milestones: plan.milestones.into_iter().map(opened).collect(),
            dependencies: plan.dependencies,
            dependency_count: plan.dependency_count,
        }
    }
}

/// The page of that name.
pub fn page(name: &str) -> Option<&'static Page> {
    PAGES.iter().find(|page| page.name == name)
}

/// What a dashboard was asked for, as its answers are kept by.
fn asked(page: &Page, scope: &Scope) -> Value {
    serde_json::json!({
        "page": page.name,
        "from": scope.from,
        "until": scope.until,
        "grain": scope.grain,
        "compare": scope.compare,
        "time_zone": scope.time_zone.map(|zone| zone.name()),
        "filter": scope.filter,
    })
}
