//! One metric in one span, and the figures that come of what was measured in it.

use super::ask::instant;
use super::figures::Figures;
use super::filter;
use super::gathered::Part;
use super::places::Apart;
use super::{Definition, Dimension, Figure, Grain, Kind, Period, Point, Question, definition};
use crate::percentile::{self, Fraction};
use crate::session::Session;
use crate::{Error, Result, Settings};
use chrono::NaiveDate;
use chrono_tz::Tz;

/// Whether an observation counts, for figures and their evidence alike.
pub(super) const COUNTED: &str = "at IS NOT NULL AND NOT open AND excluded IS NULL";
/// The most periods at whose ends stays are counted: each stay is held against each of them.
pub(super) const MOST_ENDS: usize = 800;

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
    /// What is told apart by that.
    pub(super) apart: Apart,
    pub(super) zone: Tz,
    pub(super) now: i64,
    from: i64,
    until: i64,
}

impl<'s> Scope<'s> {
    pub(super) async fn of(session: &'s Session, question: &Question, settings: &Settings, now: i64) -> Result<Self> {
        let definition = definition(&question.metric, session.own())?;
        definition.may_be_asked_by(question.by, &question.filter)?;
        if !definition.grains.contains(&question.grain) {
            return Err(Error::Question(format!("{} cannot be asked by {}", definition.title, question.grain.name())));
        }
        let rows = filter::Rows {
            columns: &definition.dimensions,
            of: definition.subject.map(|subject| (subject, "subject_id")),
        };
        let scope = Self {
            definition,
            by: question.by,
            grain: question.grain,
            days: (question.from, question.until),
            periods: Vec::new(),
            filter: filter::condition(session, &question.filter, rows).await?,
            apart: Apart::asked_for(session, question.by, &question.filter).await?,
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
            // Of a span that has not begun nothing is told, and so there is nothing behind it.
            if self.from > self.now {
                return "FALSE".to_owned();
            }
            let end = instant(self.until.min(self.now.saturating_add(1)));
            return format!("at < {end} AND (left_at IS NULL OR left_at >= {end})");
        }
        self.observed()
    }

    pub(super) fn observed(&self) -> String {
        format!("(at IS NULL OR (at >= {} AND at < {}))", instant(self.from), instant(self.until))
    }

    /// Its periods as far as anything is told of them. Of what lasts that is of those that have begun, at the end, or now of one that runs:
    /// what is no longer looked at.
    pub(super) fn parts(&self) -> Vec<Part> {
        let is_of_stays = self.definition.kind.is_of_stays();
        let told = self.periods.iter().filter(|period| !is_of_stays || period.from <= self.now);
        told.map(|period| Part {
            start: period.start,
            from: period.from,
            until: if is_of_stays { period.until.min(self.now.saturating_add(1)) } else { period.until },
        })
        .collect()
    }

    /// The figure of the whole span and those of its periods, of what is known `since` the beginning of that day.
    pub(super) fn figures(&self, key: &Option<String>, measured: &Figures, since: i64) -> (Figure, Vec<Point>) {
        let found = measured.get(key);
        let figure = |start: Option<i64>| found.and_then(|f| f.get(&start)).cloned().unwrap_or_default();
        let points: Vec<_> = self
            .periods
            .iter()
            .map(|period| {
                let days = self.known(std::slice::from_ref(period), since);
                let has_begun = period.from <= self.now && since < period.until;
                // How many there are at its end is so whenever it began.
                let is_cut = self.definition.kind == Kind::Count && since > period.from && since < period.until;
                Point {
                    from: period.from,
                    until: period.until,
                    label: period.label.clone(),
                    partial: period.cut || is_cut || self.now < period.until,
                    figure: self.valued(figure(Some(period.start)), days, has_begun),
                }
            })
            .collect();
        let mut total = if self.definition.kind.is_of_stays() {
            let last = points.iter().rfind(|p| p.from <= self.now);
            last.map(|p| p.figure.clone()).unwrap_or_default()
        } else {
            self.valued(figure(None), self.known(&self.periods, since), true)
        };
        if self.definition.kind.is_counted() {
            let whole = points.iter().filter(|p| !p.partial);
            let values: Vec<_> = whole.filter_map(|p| p.figure.value).collect();
            total.median = percentile::of(&values, Fraction::HALF);
            total.p90 = percentile::of(&values, Fraction::P90);
        }
        (total, points)
    }

    /// How many days of these periods have passed that anything is known of. Less than the first of all such days is none: what happened in
    /// a few minutes would make hundreds a week.
    fn known(&self, periods: &[Period], since: i64) -> f64 {
        let days = periods.iter().map(|period| period.days_passed(since, self.now)).sum::<f64>();
        let begins_within = periods.first().is_some_and(|first| first.from < since);
        if begins_within && days < 1.0 { 0.0 } else { days }
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
