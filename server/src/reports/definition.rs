//! What a report is to have in it.

use super::frame::Cells;
use super::period::{Period, Unit};
use crate::Result;
use crate::control::Refusal;
use crate::dashboards::Wanted;
use crate::report::outlook::FORECAST;
use crate::report::story::{self, RISK};
use crate::texts::Language;
use pulse_engine::Settings;
use pulse_engine::metrics::{self, Compare, Dimension, Filter, Grain};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// A report's definition.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
#[schema(as = ReportContent)]
pub struct Definition {
    /// What it is called on its cover.
    pub title: String,
    /// What it is for, below that.
    pub description: String,
    /// Which days its figures and tables are over.
    pub period: Period,
    /// How long each step of a chart is.
    #[schema(value_type = String)]
    pub grain: Grain,
    /// How many steps a chart has, which end with the period: 1 to 120.
    pub trend: u32,
    /// What figures are held against: `previous`, `year_ago` or `target`.
    #[schema(value_type = Option<String>)]
    pub compare: Option<Compare>,
    /// What alone it is on.
    #[schema(value_type = Object)]
    pub scope: Filter,
    /// Whose days, weeks and months are meant, where not the tenant's.
    pub time_zone: Option<String>,
    /// What it is written in: `en` or `de`. What is written here stays as it is.
    pub language: Language,
    /// What its headline tells of: `risk`, `forecast`, `dora`, `flow`, `change`, `reliability`, `teams`.
    pub headline: Vec<String>,
    /// Its sections, in order.
    pub sections: Vec<SectionOf>,
}

/// A section that is to be.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ReportSection)]
pub struct SectionOf {
    /// Its heading.
    pub title: String,
    /// What is said below that; plain text.
    #[serde(default)]
    pub text: String,
    /// What it shows.
    #[serde(default)]
    pub shows: Shows,
}

/// What a section shows.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
#[schema(as = ReportSectionShows)]
pub enum Shows {
    /// Its text alone.
    #[default]
    Text,
    /// Single figures, by their metrics.
    Tiles(Vec<String>),
    /// Metrics over time.
    Charts(Vec<ChartOf>),
    /// Metrics side by side, one row each repository, project or team.
    Table {
        /// What its rows are.
        #[schema(value_type = String)]
        by: Dimension,
        /// Its columns.
        metrics: Vec<String>,
    },
    /// A metric over time in numbers: a row each group, a column each step, the last ones on pages and all of them in files.
    Pivot {
        /// The metric.
        metric: String,
        /// What its rows are; left out: one row.
        #[serde(default)]
        #[schema(value_type = Option<String>)]
        by: Option<Dimension>,
        /// What stands in its cells.
        #[serde(default)]
        cells: Cells,
    },
    /// The projects' risks, with what was found.
    Risks,
    /// The newest forecasts.
    Forecasts,
    /// The rows of a query that somebody saved, as its newest version is when the report is asked for.
    Query {
        /// Its key.
        saved: String,
        /// The values of its parameters, as `POST /api/v1/sql` takes them.
        #[serde(default, skip_serializing_if = "Value::is_null")]
        params: Value,
    },
    /// How much could be traced, linked and mapped, and what was left out and why.
    Coverage(Vec<String>),
}

/// A chart that is to be.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ReportChart)]
pub struct ChartOf {
    /// The metric.
    pub metric: String,
    /// What it is told apart by.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub by: Option<Dimension>,
    /// How it is drawn.
    #[serde(default)]
    pub shape: Shape,
}

/// How a chart is drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = ChartShape)]
pub enum Shape {
    /// A line a group, over the range that is typical of one alone.
    #[default]
    Line,
    /// Bars.
    Bar,
    /// Bars on one another: parts of a whole.
    Stacked,
    /// The groups' figures of the period side by side, over how they are spread.
    Spread,
}

/// How much a definition may have: of sections, of metrics in one, of letters in a text.
const SECTIONS: usize = 40;
const METRICS: usize = 20;
const LETTERS: usize = 5_000;

impl Default for Definition {
    fn default() -> Self {
        Self {
            title: String::new(),
            description: String::new(),
            period: Period::Last(Unit::Month),
            grain: Grain::Month,
            trend: 13,
            compare: Some(Compare::Previous),
            scope: Filter::default(),
            time_zone: None,
            language: Language::English,
            headline: Vec::new(),
            sections: Vec::new(),
        }
    }
}

impl Definition {
    /// The keys of the saved queries that it shows.
    pub fn saved(&self) -> impl Iterator<Item = &str> {
        self.queries().map(|(saved, _)| saved)
    }

    /// The saved queries that it shows, by their keys, with the values that are given to their parameters.
    pub fn queries(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.sections.iter().filter_map(|section| match &section.shows {
            Shows::Query { saved, params } => Some((saved.as_str(), params)),
            _ => None,
        })
    }

    /// The same, whose saved queries run with these values, by their keys; what is given by name leaves those of other names as they are.
    pub(super) fn with_params(mut self, given: &BTreeMap<String, Value>) -> Self {
        for section in &mut self.sections {
            let Shows::Query { saved, params } = &mut section.shows else { continue };
            match (params, given.get(saved.as_str())) {
                (Value::Object(own), Some(Value::Object(given))) => own.extend(given.clone()),
                (own, Some(given)) => *own = given.clone(),
                (_, None) => {}
            }
        }
        self
    }

    /// The same in another language: what built-in reports have in it is told in that, and other texts stay as they are.
    pub(super) fn told_in(self, language: Language) -> Self {
        if self.language == language {
            return self;
        }
        let section = |of: SectionOf| SectionOf { title: language.of_a_report(&of.title), ..of };
        Self {
            title: language.of_a_report(&self.title),
            description: language.of_a_report(&self.description),
            sections: self.sections.into_iter().map(section).collect(),
            language,
            ..self
        }
    }

    /// Refuses one that no report could be made of. `own` are the tenant's own metrics.
    ///
    /// # Errors
    /// [`Refusal::Invalid`] with the field; what there is no metric or time zone of that name for.
    pub fn check(&self, own: &[metrics::Definition]) -> Result<()> {
        let wrong = |field, why: String| Err(Refusal::invalid(field, why).into());
        if self.title.trim().is_empty() || self.title.chars().count() > 120 {
            return wrong("title", "should have 1 to 120 letters".to_owned());
        }
        if self.sections.is_empty() || self.sections.len() > SECTIONS {
            return wrong("sections", format!("should be 1 to {SECTIONS}"));
        }
        if !(1..=120).contains(&self.trend) {
            return wrong("trend", "should be 1 to 120".to_owned());
        }
        let texts = self.sections.iter().flat_map(|section| [&section.title, &section.text]);
        if texts.chain([&self.description]).any(|text| text.chars().count() > LETTERS) {
            return wrong("sections", format!("may have texts of up to {LETTERS} letters"));
        }
        for page in &self.headline {
            if ![RISK, FORECAST].contains(&page.as_str()) && story::page(page).is_none() {
                let all: Vec<&str> = story::PAGES.iter().map(|page| page.name).chain([RISK, FORECAST]).collect();
                return wrong("headline", format!("may name {}, and not `{}`", all.join(", "), page.escape_default()));
            }
        }
        if let Some(zone) = &self.time_zone {
            Settings::parse_time_zone(zone)?;
        }
        self.period.days(0, chrono_tz::Tz::UTC)?;
        for section in &self.sections {
            let wanted = section.shows.wanted();
            if wanted.len() > METRICS {
                return wrong("sections", format!("may have up to {METRICS} metrics each"));
            }
            for (metric, by) in wanted {
                let known = metrics::definition(&metric, own)?;
                if let Some(by) = by.filter(|by| !known.dimensions.contains(by)) {
                    return wrong("sections", format!("ask for {metric} by {}, which it does not know", by.name()));
                }
            }
            if let Shows::Table { by, .. } = &section.shows
                && ![Dimension::Repository, Dimension::Project, Dimension::Team, Dimension::OwningTeam].contains(by)
            {
                return wrong("sections", "may have tables by repository, project, team or owning team".to_owned());
            }
        }
        Ok(())
    }
}

impl Shows {
    /// What is asked for of the report's period.
    pub(super) fn of_the_period(&self) -> Vec<Wanted> {
        match self {
            Shows::Charts(charts) => {
                charts.iter().filter(|chart| chart.shape == Shape::Spread).map(ChartOf::wanted).collect()
            }
            Shows::Tiles(metrics) | Shows::Coverage(metrics) => {
                metrics.iter().map(|metric| (metric.clone(), None)).collect()
            }
            Shows::Table { by, metrics } => metrics.iter().map(|metric| (metric.clone(), Some(*by))).collect(),
            Shows::Text | Shows::Risks | Shows::Forecasts | Shows::Query { .. } | Shows::Pivot { .. } => Vec::new(),
        }
    }

    /// What is asked for of the steps that lead up to its end.
    pub(super) fn of_the_trend(&self) -> Vec<Wanted> {
        match self {
            Shows::Charts(charts) => {
                charts.iter().filter(|chart| chart.shape != Shape::Spread).map(ChartOf::wanted).collect()
            }
            Shows::Pivot { metric, by, .. } => vec![(metric.clone(), *by)],
            _ => Vec::new(),
        }
    }

    fn wanted(&self) -> Vec<Wanted> {
        let mut all = self.of_the_period();
        all.extend(self.of_the_trend());
        all
    }
}

impl ChartOf {
    fn wanted(&self) -> Wanted {
        (self.metric.clone(), self.by)
    }
}
