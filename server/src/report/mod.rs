//! The report on a tenant's delivery: the five metrics with their trends, what they rest on, and what was inferred.
//!
//! It is made once here and written as text ([`text`]), as JSON (it is [`Serialize`]) and as the page ([`crate::http`]).

mod counts;
mod driver;
pub mod forecasts;
mod held;
mod moved;
#[cfg(test)]
mod moved_tests;
mod numbers;
mod opened;
pub mod outlook;
mod sentences;
mod still;
pub mod story;
#[cfg(test)]
mod story_tests;
pub mod text;
pub mod trend;

pub use counts::{Count, SourceTime};
pub(crate) use counts::{read, rows, sources};
pub use numbers::{duration, quantity};
pub use opened::{Opened, OpenedGroup};
pub(crate) use opened::{evidence_address, filter_parameters};
pub(crate) use sentences::filter as filter_words;

use crate::texts::Language;
use crate::{Result, demo};
use chrono::{DateTime, Datelike as _, Days, Months, NaiveDate, SecondsFormat};
use chrono_tz::Tz;
use counts::Counts;
use pulse_engine::metrics::{self, Answer, Compare, Definition, Dimension, Filter, Grain, Group, Question};
use pulse_engine::session::Session;
use pulse_engine::{Clock, Settings, Tenant};
use serde::Serialize;

/// The five metrics, in the order in which they are shown.
pub const METRICS: [&str; 5] = [
    "change_lead_time",
    "deployment_frequency",
    "change_fail_rate",
    "failed_deployment_recovery_time",
    "deployment_rework_rate",
];

/// What a report is on.
#[derive(Clone, Debug)]
pub struct Scope {
    /// The first day.
    pub from: NaiveDate,
    /// The day after the last.
    pub until: NaiveDate,
    /// How long each step of a trend is.
    pub grain: Grain,
    /// One figure for each of these, when given.
    pub by: Option<Dimension>,
    /// Only these.
    pub filter: Filter,
    /// What to hold each figure against.
    pub compare: Option<Compare>,
    /// The time zone whose days, weeks and months are meant, where that is not the tenant's own.
    pub time_zone: Option<Tz>,
    /// The instant of the past whose rows are meant, in microseconds since 1970, where they are not those of now.
    pub as_of: Option<i64>,
}

impl Scope {
    /// Whether a metric can be limited to what is asked for, and told apart so.
    pub(crate) fn fits(&self, definition: &Definition) -> bool {
        self.filter.dimensions().all(|of| definition.is_filtered_by(of))
            && self.by.is_none_or(|by| definition.dimensions.contains(&by))
    }

    /// The recent past up to today, in whole periods but for the one that runs: 26 weeks, 12 months or 60 days.
    pub fn recent(settings: &Settings, clock: Clock, grain: Grain) -> Self {
        let now = DateTime::from_timestamp_micros(clock.now()).unwrap_or_default();
        let today = now.with_timezone(&settings.time_zone).date_naive();
        let from = match grain {
            Grain::Day => today - Days::new(59),
            Grain::Week => today - Days::new(u64::from(today.weekday().num_days_from_monday()) + 25 * 7),
            Grain::Month => today - Days::new(u64::from(today.day0())) - Months::new(11),
        };
        Self {
            from,
            until: today + Days::new(1),
            grain,
            by: None,
            filter: Filter::default(),
            compare: None,
            time_zone: None,
            as_of: None,
        }
    }

    /// What the tenant decided, with the time zone that is asked for in the place of its own.
    pub(crate) fn settings(&self, own: &Settings) -> Settings {
        Settings { time_zone: self.time_zone.unwrap_or(own.time_zone), ..own.clone() }
    }

    /// The question that asks for one metric of it.
    pub fn question(&self, metric: &str) -> Question {
        Question {
            metric: metric.to_owned(),
            from: self.from,
            until: self.until,
            grain: self.grain,
            by: self.by,
            filter: self.filter.clone(),
            compare: self.compare,
        }
    }
}

/// The report.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// Whose it is.
    pub tenant: String,
    /// Whether that is a sample tenant, whose data is made up.
    pub sample: bool,
    /// When it was made.
    pub made_at: String,
    /// The first day.
    pub from: NaiveDate,
    /// The day after the last.
    pub until: NaiveDate,
    /// How long each step of a trend is.
    pub grain: Grain,
    /// Where its days begin.
    pub time_zone: String,
    /// What alone it is on, when not on everything.
    pub filter: Filter,
    /// The five metrics.
    pub metrics: Vec<Answer>,
    /// What the figures rest on and leave out.
    pub coverage: Vec<Count>,
    /// What nobody recorded and Pulse concluded.
    pub inferred: Vec<Count>,
    /// How fresh the data is.
    pub sources: Vec<SourceTime>,
    /// Whether the lake holds any deployment that counts, of whatever time.
    #[serde(skip)]
    pub has_deployments: bool,
}

impl Report {
    /// Asks all that it takes.
    ///
    /// # Errors
    /// What the engine failed at.
    pub async fn make(tenant: &Tenant, settings: &Settings, clock: Clock, scope: &Scope) -> Result<Self> {
        // One session for all of it, so that all figures are of one model.
        let session = tenant.session().await?;
        let mut answers = Vec::with_capacity(METRICS.len());
        for metric in METRICS {
            answers.push(metrics::ask(&session, &scope.question(metric), settings, clock).await?);
        }
        let counts = Counts::within(&session, settings, scope).await?;
        Ok(Self {
            tenant: tenant.id().to_string(),
            sample: demo::is_sample(tenant.id().as_str()),
            made_at: instant(clock.now()),
            from: scope.from,
            until: scope.until,
            grain: scope.grain,
            time_zone: settings.time_zone.name().to_owned(),
            filter: scope.filter.clone(),
            metrics: answers,
            coverage: counts.coverage().await?,
            inferred: counts.inferred().await?,
            sources: counts::sources(&session).await?,
            has_deployments: counts::any_deployment(&session).await?,
        })
    }

    /// What alone it is on, in words; `None` when it is on everything.
    pub fn filter_words(&self) -> Option<String> {
        sentences::filter(&self.filter, Language::English)
    }

    /// The groups that any of the metrics has, each with its key and name; of one metric alone, some may be missing.
    pub fn groups(&self) -> Vec<(Option<&str>, Option<&str>)> {
        let mut groups: Vec<_> =
            self.metrics.iter().flat_map(|a| &a.groups).map(|g| (g.key.as_deref(), g.name.as_deref())).collect();
        // By name, what has no key last, as each answer has them.
        groups.sort_by_key(|(key, name)| (key.is_none(), *name, *key));
        groups.dedup();
        groups
    }

    /// What the figures rest on and leave out, one sentence each.
    pub fn coverage_sentences(&self) -> Vec<String> {
        sentences::coverage(&self.coverage, Language::English)
    }

    /// What was inferred, one sentence each.
    pub fn inferred_sentences(&self) -> Vec<String> {
        sentences::inferred(&self.inferred, Language::English)
    }
}

/// What the figures of a scope rest on and leave out, and what was inferred, one sentence each.
///
/// # Errors
/// What the engine failed at.
pub(crate) async fn left_out(
    session: &Session,
    settings: &Settings,
    scope: &Scope,
    language: Language,
) -> Result<Vec<String>> {
    let counts = Counts::within(session, settings, scope).await?;
    let mut said = sentences::coverage(&counts.coverage().await?, language);
    said.extend(sentences::inferred(&counts.inferred().await?, language));
    Ok(said)
}

/// Where a group's total stands among published answers: one sentence a year.
pub(crate) fn standings(group: &Group, language: Language) -> Vec<String> {
    group.total.standings.iter().map(|standing| sentences::standing(standing, language)).collect()
}

/// The last day of a span that ends before `until`.
pub fn last_day(until: NaiveDate) -> NaiveDate {
    until.pred_opt().unwrap_or(until)
}

/// An instant as people and programs both read it.
fn instant(micros: i64) -> String {
    DateTime::from_timestamp_micros(micros).unwrap_or_default().to_rfc3339_opts(SecondsFormat::Secs, true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_recent_past_begins_with_a_whole_period() {
        // Wednesday, 25 November 2026, 23:30 in UTC: in Berlin it is Thursday already.
        let clock = Clock::Fixed(1_795_649_400_000_000);
        let settings = Settings { time_zone: chrono_tz::Tz::Europe__Berlin, ..Settings::default() };
        let span = |grain| {
            let scope = Scope::recent(&settings, clock, grain);
            (scope.from.to_string(), scope.until.to_string())
        };
        assert_eq!(span(Grain::Day), ("2026-09-28".into(), "2026-11-27".into()));
        assert_eq!(span(Grain::Week), ("2026-06-01".into(), "2026-11-27".into()));
        assert_eq!(span(Grain::Month), ("2025-12-01".into(), "2026-11-27".into()));
    }
}
