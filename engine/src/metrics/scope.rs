//! One metric in one span: what is asked of the session, and the figures that come of it.

use super::ask::instant;
use super::figures::{self, Measured};
use super::filter::{self, literal};
use super::{Definition, Dimension, Figure, Grain, Kind, Period, Point, Question, Standing, benchmark, definition};
use crate::percentile::{self, Fraction};
use crate::session::Session;
use crate::{Error, Result, Settings};
use arrow::array::AsArray as _;
use arrow::compute::cast;
use arrow::datatypes::{DataType, Int64Type};
use chrono::NaiveDate;
use chrono_tz::Tz;
use std::collections::{BTreeMap, BTreeSet};

/// The one place where observations become figures, and that for stays.
const OBSERVATIONS: &str = include_str!("../../../sql/ask.sql");
const STAYS: &str = include_str!("../../../sql/level.sql");
/// Whether an observation counts, for figures and their evidence alike.
pub(super) const COUNTED: &str = "at IS NOT NULL AND NOT open AND excluded IS NULL";
/// The metric that observes every deployment, in which those of its schema have their groups.
const DEPLOYMENTS: &str = "dora.deployment_frequency";
const NONE: &str = "CAST(NULL AS DOUBLE)";
/// The most periods at whose ends stays are counted: each stay is held against each of them, and the statement names them all.
const MOST_ENDS: usize = 800;

/// A question whose names are known and whose days are instants.
#[derive(Clone)]
pub(super) struct Scope<'s> {
    pub(super) definition: &'s Definition,
    pub(super) by: Option<Dimension>,
    pub(super) grain: Grain,
    pub(super) days: (NaiveDate, NaiveDate),
    pub(super) periods: Vec<Period>,
    /// ` AND …`, or nothing.
    pub(super) filter: String,
    zone: Tz,
    now: i64,
    from: i64,
    until: i64,
}

impl<'s> Scope<'s> {
    pub(super) async fn of(session: &'s Session, question: &Question, settings: &Settings, now: i64) -> Result<Self> {
        let definition = definition(&question.metric, session.own())?;
        definition.may_be_asked_by(question.by.into_iter().chain(question.filter.dimensions()))?;
        if !definition.grains.contains(&question.grain) {
            return Err(Error::Question(format!("{} cannot be asked by {}", definition.name, question.grain.name())));
        }
        let scope = Self {
            definition,
            by: question.by,
            grain: question.grain,
            days: (question.from, question.until),
            periods: Vec::new(),
            filter: filter::condition(session, &question.filter, question.by).await?,
            zone: settings.time_zone,
            now,
            from: 0,
            until: 0,
        };
        scope.within(question.from, question.until)
    }

    /// The same in another span.
    pub(super) fn within(&self, from: NaiveDate, until: NaiveDate) -> Result<Self> {
        let periods = Period::all(self.zone, self.grain, from, until)?;
        if self.definition.kind.is_of_stays() && periods.len() > MOST_ENDS {
            return Err(Error::Question(format!(
                "{} is told at the ends of at most {MOST_ENDS} periods, and {from} to {until} has {}: ask for a longer grain or a shorter span",
                self.definition.name,
                periods.len()
            )));
        }
        let (start, end) = periods.first().zip(periods.last()).map_or((0, 0), |(a, b)| (a.from, b.until));
        Ok(Self { days: (from, until), periods, from: start, until: end, ..self.clone() })
    }

    /// Where the span begins and ends, in microseconds since 1970.
    pub(super) fn span(&self) -> (i64, i64) {
        (self.from, self.until)
    }

    /// Which rows the total is made of.
    pub(super) fn behind_the_total(&self) -> String {
        if self.definition.kind.is_of_stays() {
            let end = instant(self.until.min(self.now.saturating_add(1)));
            return format!("at < {end} AND (left_at IS NULL OR left_at >= {end})");
        }
        self.observed()
    }

    fn observed(&self) -> String {
        format!("(at IS NULL OR (at >= {} AND at < {}))", instant(self.from), instant(self.until))
    }

    fn rows(&self) -> String {
        filter::rows(&self.definition.view(), self.by)
    }

    /// The figures of each key; `None` where there is no period that they could be of.
    fn statement(&self) -> Option<String> {
        const PERCENTILES: &str = "exact_median(value) FILTER (WHERE counted) AS median, \
             exact_percentile(value, 0.9) FILTER (WHERE counted) AS p90";
        let no_sums = format!("{NONE} AS numerator, {NONE} AS denominator");
        let no_percentiles = format!("{NONE} AS median, {NONE} AS p90");
        let (columns, figures) = match self.definition.kind {
            Kind::Percentile => ("value", format!("{PERCENTILES}, {no_sums}")),
            Kind::Ratio => (
                "numerator, denominator",
                format!(
                    "{no_percentiles}, \
                     sum(numerator) FILTER (WHERE counted) AS numerator, \
                     sum(denominator) FILTER (WHERE counted) AS denominator"
                ),
            ),
            Kind::Count => ("subject_id", format!("{no_percentiles}, {no_sums}")),
            Kind::Level => return self.of_stays(&format!("{no_percentiles}, {no_sums}")),
            Kind::Age => return self.of_stays(&format!("{}, {no_sums}", PERCENTILES.replace("(value", "(age"))),
        };
        let zone = literal(self.zone.name());
        let statement = OBSERVATIONS
            .replace("{key}", filter::key(self.by))
            .replace("{period}", &format!("period_start(at, '{}', {zone})", self.grain.name()))
            .replace("{columns}", columns)
            .replace("{figures}", &figures)
            .replace("{counted}", COUNTED)
            .replace("{rows}", &self.rows())
            .replace("{span}", &self.observed())
            // Last, because it holds what a person wrote.
            .replace("{filter}", &self.filter);
        Some(statement)
    }

    /// A period that has not begun has no end that anything could be at; one that runs ends now.
    fn of_stays(&self, figures: &str) -> Option<String> {
        let begun: Vec<_> = self.periods.iter().filter(|p| p.from <= self.now).collect();
        let end = |period: &Period| period.until.min(self.now.saturating_add(1));
        let (first, last) = begun.first().zip(begun.last())?;
        let ends: Vec<_> =
            begun.iter().map(|p| format!("({}, {}, {})", p.start, end(p), p.until.min(self.now))).collect();
        let statement = STAYS
            .replace("{ends}", &ends.join(", "))
            .replace("{key}", filter::key(self.by))
            .replace("{figures}", figures)
            .replace("{rows}", &self.rows())
            .replace("{from}", &instant(end(first)))
            .replace("{until}", &instant(end(last)))
            // Last, because it holds what a person wrote.
            .replace("{filter}", &self.filter);
        Some(statement)
    }

    pub(super) async fn measure(&self, session: &Session) -> Result<Measured> {
        match self.statement() {
            Some(statement) => figures::measured(&session.collect(&statement).await?),
            None => Ok(Measured::new()),
        }
    }

    /// What there is a group for.
    pub(super) async fn keys(&self, session: &Session, measured: &Measured) -> Result<BTreeSet<Option<String>>> {
        let Some(by) = self.by else { return Ok(BTreeSet::from([None])) };
        let mut keys: BTreeSet<_> = measured.keys().cloned().collect();
        let of = |view: &str| {
            let (key, rows) = (filter::key(Some(by)), filter::rows(view, Some(by)));
            format!("SELECT {key} AS key FROM {rows} WHERE at < {}{}", instant(self.until), self.filter)
        };
        let own = self.definition.view();
        let statement = if self.definition.schema == "dora" {
            format!("{} UNION {}", of(&own), of(DEPLOYMENTS))
        } else {
            format!("SELECT DISTINCT key FROM ({})", of(&own))
        };
        for batch in session.collect(&statement).await? {
            keys.extend(batch.column(0).as_string::<i32>().iter().map(|key| key.map(str::to_owned)));
        }
        Ok(keys)
    }

    /// When anything was first observed of each key, in microseconds since 1970.
    pub(super) async fn first(&self, session: &Session) -> Result<BTreeMap<Option<String>, i64>> {
        let (key, rows) = (filter::key(self.by), self.rows());
        let statement = format!(
            "SELECT {key} AS key, min(at) AS first FROM {rows} WHERE at IS NOT NULL{} GROUP BY {key}",
            self.filter
        );
        let mut all = BTreeMap::new();
        for batch in session.collect(&statement).await? {
            let times = cast(batch.column(1), &DataType::Int64)?;
            let keys = batch.column(0).as_string::<i32>().iter();
            let found =
                keys.zip(times.as_primitive::<Int64Type>()).filter_map(|(key, at)| Some((key.map(str::to_owned), at?)));
            all.extend(found);
        }
        Ok(all)
    }

    /// When the newest of the observations that were asked for happened.
    pub(super) async fn newest(&self, session: &Session) -> Result<Option<i64>> {
        let at = if self.definition.kind.is_of_stays() { "greatest(max(at), max(left_at))" } else { "max(at)" };
        let rows = filter::rows(&self.definition.view(), self.by);
        let upto = instant(self.now);
        let statement = format!("SELECT {at} AS newest FROM {rows} WHERE at <= {upto}{}", self.filter);
        let mut newest = None;
        for batch in session.collect(&statement).await? {
            let times = cast(batch.column(0), &DataType::Int64)?;
            newest = times.as_primitive::<Int64Type>().iter().flatten().max().max(newest);
        }
        Ok(newest.map(|newest: i64| newest.min(self.now)))
    }

    /// The figure of the whole span and those of its periods.
    pub(super) fn figures(&self, key: &Option<String>, measured: &Measured) -> (Figure, Vec<Point>) {
        let found = measured.get(key);
        let figure = |start: Option<i64>| found.and_then(|f| f.get(&start)).cloned().unwrap_or_default();
        let points: Vec<_> = self
            .periods
            .iter()
            .map(|period| {
                let days = period.days_passed(self.now);
                let has_begun = period.from <= self.now;
                Point {
                    from: period.from,
                    until: period.until,
                    label: period.label.clone(),
                    partial: period.cut || self.now < period.until,
                    figure: self.valued(figure(Some(period.start)), days, has_begun),
                }
            })
            .collect();
        let mut total = if self.definition.kind.is_of_stays() {
            let last = points.iter().rfind(|p| p.from <= self.now);
            last.map(|p| p.figure.clone()).unwrap_or_default()
        } else {
            let days = self.periods.iter().map(|p| p.days_passed(self.now)).sum::<f64>();
            self.valued(figure(None), days, true)
        };
        if matches!(self.definition.kind, Kind::Count | Kind::Level) {
            let whole = points.iter().filter(|p| !p.partial);
            let values: Vec<_> = whole.filter_map(|p| p.figure.value).collect();
            total.median = percentile::of(&values, Fraction::HALF);
            total.p90 = percentile::of(&values, Fraction::P90);
        }
        (total, points)
    }

    /// Where the figure of the whole span stands among published ones.
    pub(super) fn standings(&self, total: &Figure, settings: &Settings) -> Vec<Standing> {
        let tenants = i64::try_from(settings.minimum_n).unwrap_or(i64::MAX);
        benchmark::standings(self.definition, total, self.definition.minimum_n.max(tenants))
    }

    /// The figure with its value, by the metric's kind.
    fn valued(&self, mut figure: Figure, days: f64, has_begun: bool) -> Figure {
        match self.definition.kind {
            Kind::Percentile | Kind::Age => figure.value = figure.median,
            Kind::Level => figure.value = has_begun.then_some(figure.n as f64),
            Kind::Count => {
                let n = figure.n as f64;
                figure.numerator = Some(n);
                figure.denominator = Some(days / 7.0);
                // Rounded once: over the weeks it would be rounded twice.
                figure.value = (days > 0.0).then(|| n * 7.0 / days);
            }
            Kind::Ratio => {
                // The sum over no rows is 0, not unknown.
                let numerator = *figure.numerator.get_or_insert(0.0);
                let denominator = *figure.denominator.get_or_insert(0.0);
                figure.value = (denominator > 0.0).then(|| numerator / denominator);
            }
        }
        figure
    }
}
