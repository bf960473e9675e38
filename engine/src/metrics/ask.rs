//! How a question's figures are made.

use super::figures::{self, Measured};
use super::filter::{self, literal};
use super::{Answer, Definition, Figure, Group, Kind, Period, Point, Question, benchmark, definition, names};
use crate::percentile::{self, Fraction};
use crate::session::Session;
use crate::{Clock, Error, Result, Settings};
use arrow::array::AsArray as _;
use datafusion::execution::SendableRecordBatchStream;
use std::collections::{BTreeMap, BTreeSet};

/// The one place where observations become figures.
const STATEMENT: &str = include_str!("../../../sql/ask.sql");
/// Whether an observation counts, for figures and their evidence alike.
const COUNTED: &str = "at IS NOT NULL AND NOT open AND excluded IS NULL";
/// The metric that observes every deployment.
const DEPLOYMENTS: &str = "deployment_frequency";
/// The most points that one answer holds.
const MOST_POINTS: usize = 500_000;

/// Answers a question.
///
/// Grouped by a dimension there is a group for everything that ever had an observation of this metric, or a deployment,
/// before the span's end: what has gone quiet shows its zeros, and where nothing failed its recovery says so with an n of 0.
/// What belongs to no repository, project or team has the key `None`. What belongs to several projects is in the group of
/// each, and once in what is not grouped.
///
/// # Errors
/// [`Error::Question`] when the metric, dimension, span or a filter's name is not known; else as [`Session::collect`].
pub async fn ask(session: &Session, question: &Question, settings: &Settings, clock: Clock) -> Result<Answer> {
    let scope = Scope::of(session, question, settings).await?;
    let now = clock.now();
    let measured = scope.measure(session, settings).await?;
    let keys = scope.keys(session, &measured).await?;
    if keys.len().saturating_mul(scope.periods.len()) > MOST_POINTS {
        return Err(Error::Question(format!(
            "{} groups in {} periods are more than {MOST_POINTS} points: ask for a longer grain, a shorter span, or filter",
            keys.len(),
            scope.periods.len()
        )));
    }
    let labels = match question.by {
        Some(by) => names::of(session, by).await?.unwrap_or_default(),
        None => BTreeMap::new(),
    };
    let mut groups: Vec<_> = keys
        .into_iter()
        .map(|key| {
            let name = match (&key, question.by) {
                (Some(key), _) => labels.get(key).cloned(),
                (None, Some(by)) => Some(format!("no {}", by.name())),
                (None, None) => None,
            };
            scope.group(key, name, &measured, now, settings)
        })
        .collect();
    // By name, what has no key last.
    groups.sort_by(|a, b| (a.key.is_none(), &a.name, &a.key).cmp(&(b.key.is_none(), &b.name, &b.key)));
    Ok(Answer {
        definition: scope.definition.clone(),
        time_zone: settings.time_zone.name().to_owned(),
        as_of: now,
        groups,
    })
}

/// The observations behind a question's figures, in order of time: each with the id of its row of evidence, and whether it
/// counts, is open, or why it is excluded. Those that no time is known of come last.
///
/// They come as they are read, so that nobody holds them all.
///
/// # Errors
/// As [`ask`]; what goes wrong later comes through the stream.
pub async fn evidence(
    session: &Session,
    question: &Question,
    settings: &Settings,
) -> Result<SendableRecordBatchStream> {
    // A row of evidence stands once, whatever the figures are told apart by.
    let rows = Question { by: None, ..question.clone() };
    let scope = Scope::of(session, &rows, settings).await?;
    let statement = format!(
        "SELECT *, {COUNTED} AS counted FROM {} WHERE {}{} ORDER BY at NULLS LAST, subject_id",
        filter::rows(&scope.definition.name, None),
        scope.span(),
        scope.filter
    );
    session.sql(&statement).await
}

/// A question whose names are known and whose days are instants.
struct Scope<'a> {
    question: &'a Question,
    definition: &'static Definition,
    periods: Vec<Period>,
    from: i64,
    until: i64,
    /// ` AND …`, or nothing.
    filter: String,
}

impl<'a> Scope<'a> {
    async fn of(session: &Session, question: &'a Question, settings: &Settings) -> Result<Self> {
        let definition = definition(&question.metric)?;
        if let Some(by) = question.by
            && !definition.dimensions.contains(&by)
        {
            let known: Vec<_> = definition.dimensions.iter().map(|d| d.name()).collect();
            return Err(Error::Question(format!(
                "{} cannot be asked by {}; it can by: {}",
                definition.name,
                by.name(),
                known.join(", ")
            )));
        }
        if !definition.grains.contains(&question.grain) {
            return Err(Error::Question(format!("{} cannot be asked by {}", definition.name, question.grain.name())));
        }
        let periods = Period::all(settings.time_zone, question.grain, question.from, question.until)?;
        let (from, until) = periods.first().zip(periods.last()).map_or((0, 0), |(a, b)| (a.from, b.until));
        let filter = filter::condition(session, &question.filter, question.by).await?;
        Ok(Self { question, definition, periods, from, until, filter })
    }

    fn span(&self) -> String {
        format!("(at IS NULL OR (at >= {} AND at < {}))", instant(self.from), instant(self.until))
    }

    fn statement(&self, settings: &Settings) -> String {
        const NONE: &str = "CAST(NULL AS DOUBLE)";
        let (columns, figures) = match self.definition.kind {
            Kind::Percentile => (
                "value",
                format!(
                    "exact_median(value) FILTER (WHERE counted) AS median, \
                     exact_percentile(value, 0.9) FILTER (WHERE counted) AS p90, \
                     {NONE} AS numerator, {NONE} AS denominator"
                ),
            ),
            Kind::Ratio => (
                "numerator, denominator",
                format!(
                    "{NONE} AS median, {NONE} AS p90, \
                     sum(numerator) FILTER (WHERE counted) AS numerator, \
                     sum(denominator) FILTER (WHERE counted) AS denominator"
                ),
            ),
            Kind::Count => {
                ("subject_id", format!("{NONE} AS median, {NONE} AS p90, {NONE} AS numerator, {NONE} AS denominator"))
            }
        };
        let zone = literal(settings.time_zone.name());
        STATEMENT
            .replace("{key}", filter::key(self.question.by))
            .replace("{period}", &format!("period_start(at, '{}', {zone})", self.question.grain.name()))
            .replace("{columns}", columns)
            .replace("{figures}", &figures)
            .replace("{counted}", COUNTED)
            .replace("{rows}", &filter::rows(&self.definition.name, self.question.by))
            .replace("{span}", &self.span())
            // Last, because it holds what a person wrote.
            .replace("{filter}", &self.filter)
    }

    async fn measure(&self, session: &Session, settings: &Settings) -> Result<Measured> {
        figures::measured(&session.collect(&self.statement(settings)).await?)
    }

    async fn keys(&self, session: &Session, measured: &Measured) -> Result<BTreeSet<Option<String>>> {
        let Some(by) = self.question.by else { return Ok(BTreeSet::from([None])) };
        let mut keys: BTreeSet<_> = measured.keys().cloned().collect();
        let of = |view: &str| {
            let (key, rows) = (filter::key(Some(by)), filter::rows(view, Some(by)));
            format!("SELECT {key} AS key FROM {rows} WHERE at < {}{}", instant(self.until), self.filter)
        };
        let statement = format!("{} UNION {}", of(&self.definition.name), of(DEPLOYMENTS));
        for batch in session.collect(&statement).await? {
            keys.extend(batch.column(0).as_string::<i32>().iter().map(|key| key.map(str::to_owned)));
        }
        Ok(keys)
    }

    fn group(
        &self,
        key: Option<String>,
        name: Option<String>,
        measured: &Measured,
        now: i64,
        settings: &Settings,
    ) -> Group {
        let found = measured.get(&key);
        let figure = |start: Option<i64>| found.and_then(|f| f.get(&start)).cloned().unwrap_or_default();
        let points: Vec<_> = self
            .periods
            .iter()
            .map(|period| {
                let days = period.days_passed(now);
                Point {
                    from: period.from,
                    until: period.until,
                    label: period.label.clone(),
                    partial: period.cut || now < period.until,
                    figure: self.valued(figure(Some(period.start)), days),
                }
            })
            .collect();
        let days = self.periods.iter().map(|p| p.days_passed(now)).sum::<f64>();
        let mut total = self.valued(figure(None), days);
        if self.definition.kind == Kind::Count {
            let whole = points.iter().filter(|p| !p.partial);
            let rates: Vec<_> = whole.filter_map(|p| p.figure.value).collect();
            total.median = percentile::of(&rates, Fraction::HALF);
            total.p90 = percentile::of(&rates, Fraction::P90);
        }
        let tenants = i64::try_from(settings.minimum_n).unwrap_or(i64::MAX);
        let minimum_n = self.definition.minimum_n.max(tenants);
        total.standings = benchmark::standings(self.definition, &total, minimum_n);
        Group { key, name, total, points }
    }

    /// The figure with its value, by the metric's kind.
    fn valued(&self, mut figure: Figure, days: f64) -> Figure {
        match self.definition.kind {
            Kind::Percentile => figure.value = figure.median,
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

/// An instant, in microseconds since 1970 (UTC), as SQL writes it.
pub fn instant(at: i64) -> String {
    format!("arrow_cast({at}, 'Timestamp(Microsecond, Some(\"UTC\"))')")
}
