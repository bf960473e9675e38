//! How a report is made: of the figures that the dashboards and the API answer with, at one as-of and of one model.

use super::definition::{ChartOf, Definition, SectionOf, Shape, Shows};
use super::paper::{Chart, ChartLine, Cover, Defined, Paper, Part, Section, Sentence, Tile};
use super::period::Unit;
use super::queried::{self, Saved};
use super::{frame, tables};
use crate::Result;
use crate::control::Refusal;
use crate::dashboards::{Measure, Measures, State, Wanted, align, measures};
use crate::demo;
use crate::report::outlook::{self, FORECAST};
use crate::report::story::{self, RISK};
use crate::report::text::details;
use crate::report::{Scope, filter_words, left_out, sources, standings};
use crate::texts::Language;
use chrono::{DateTime, NaiveDate};
use pulse_engine::forecast::{self, Frozen};
use pulse_engine::metrics::{self, Asking, Compare, Grain, Kind};
use pulse_engine::risk::{self, RiskFilter};
use pulse_engine::session::Session;
use pulse_engine::{Clock, Settings, TENFOLD, Tenant, counted};
use std::collections::BTreeSet;
use std::sync::Arc;

/// What a report is made of.
#[derive(Clone, Debug)]
pub struct Made<'a> {
    /// Its name in the API.
    pub name: &'a str,
    /// What is to be in it.
    pub definition: &'a Definition,
    /// Whose it is, as people call them.
    pub organization: &'a str,
    /// Of when it is to be, in microseconds since 1970.
    pub as_of: i64,
    /// The saved queries that it shows, and that may be run for whoever reads it.
    pub saved: &'a Saved,
}

/// Makes a report of what a tenant shows under its policy.
///
/// # Errors
/// [`Refusal::Invalid`] when the definition is none, and what the engine failed at.
pub async fn make(tenant: &Tenant, settings: &Settings, made: Made<'_>) -> Result<Paper> {
    let (definition, clock) = (made.definition, Clock::Fixed(made.as_of));
    definition.check(tenant.own())?;
    let own = settings.time_zone;
    let mut settings = settings.clone();
    if let Some(zone) = &definition.time_zone {
        settings.time_zone = Settings::parse_time_zone(zone)?;
    }
    let time_zone = Some(settings.time_zone).filter(|zone| *zone != own);
    let period = Scope { time_zone, ..scope(definition, &settings, made.as_of)? };
    let trend = Scope { from: trend_from(definition, &period)?, compare: None, ..period.clone() };
    let of_period: Vec<Wanted> = definition.sections.iter().flat_map(|s| s.shows.of_the_period()).collect();
    let of_trend: Vec<Wanted> = definition.sections.iter().flat_map(|s| s.shows.of_the_trend()).collect();
    // What the lake held then, where it still knows that.
    let then = tenant.at(made.as_of).await?;
    let session = match then.as_ref().unwrap_or(tenant).session().await {
        Ok(session) => Some(Arc::new(session.at(made.as_of))),
        // Nothing was ever landed: each figure says so.
        Err(pulse_engine::Error::UnknownTenant { .. }) => None,
        Err(error) => return Err(error.into()),
    };
    let asking = session.clone().map(|session| Arc::new(Asking::new(session, settings.clone(), clock)));
    let made_of = match &asking {
        Some(asking) => Figures {
            period: measures(of_period, asking, &period).await?,
            trend: measures(of_trend, asking, &trend).await?,
            language: definition.language,
        },
        None => Figures {
            period: Measures::unconnected(of_period, tenant.own(), &period)?,
            trend: Measures::unconnected(of_trend, tenant.own(), &trend)?,
            language: definition.language,
        },
    };
    let language = definition.language;
    let mut paper = Paper {
        cover: Cover { sample: demo::is_sample(tenant.id().as_str()), ..cover(&made, &settings, &period, &trend) },
        headline: Vec::new(),
        sections: Vec::with_capacity(definition.sections.len()),
        definitions: defined(definition, tenant.own())?,
        sources: Vec::new(),
        notes: Vec::new(),
    };
    let mut standing = Standing::new(session.as_deref(), &settings, &period, (made.as_of, made.saved));
    for section in &definition.sections {
        paper.sections.push(made_of.section(section, &mut standing).await?);
    }
    if let Some(asking) = &asking {
        for page in &definition.headline {
            paper.headline.extend(told((page, language), asking, &trend, &mut standing).await?);
        }
        paper.sources = sources(asking.session()).await?;
        paper.sources.sort_by(|a, b| a.connection.cmp(&b.connection));
    }
    paper.notes = notes(&paper, &standing, then.is_some());
    Ok(paper)
}

/// The period that a definition means at an instant.
fn scope(definition: &Definition, settings: &Settings, as_of: i64) -> Result<Scope> {
    let (from, until) = definition.period.days(as_of, settings.time_zone)?;
    let Definition { grain, compare, scope: filter, .. } = definition.clone();
    Ok(Scope { from, until, grain, by: None, filter, compare, time_zone: None, as_of: None })
}

/// The first day of so many steps that end with the period; never after its own first.
fn trend_from(definition: &Definition, period: &Scope) -> Result<NaiveDate> {
    let unit = match definition.grain {
        Grain::Day => Unit::Day,
        Grain::Week => Unit::Week,
        Grain::Month => Unit::Month,
    };
    let from = unit.before(period.until, definition.trend);
    let from = from.ok_or_else(|| Refusal::invalid("trend", "reaches beyond the calendar"))?;
    Ok(from.min(period.from))
}

fn cover(made: &Made<'_>, settings: &Settings, period: &Scope, trend: &Scope) -> Cover {
    let language = made.definition.language;
    let compared = period.compare.map(|compare| match compare {
        Compare::Previous => "the span just before, of the same length",
        Compare::YearAgo => "the same span a year before",
        Compare::Target => "the targets that were set",
    });
    Cover {
        report: made.name.to_owned(),
        title: made.definition.title.clone(),
        description: made.definition.description.clone(),
        organization: made.organization.to_owned(),
        sample: false,
        from: period.from,
        until: period.until,
        period: made.definition.period.words(language),
        trend_from: trend.from,
        grain: period.grain,
        compared: compared.map(|text| language.say(text).to_owned()),
        time_zone: settings.time_zone.name().to_owned(),
        as_of: made.as_of,
        as_of_words: language.instant(made.as_of, settings.time_zone),
        filter: period.filter.clone(),
        filter_words: filter_words(&period.filter, language).unwrap_or_else(|| language.say("everything").to_owned()),
        language,
    }
}

/// How each metric of a definition is defined, by title.
fn defined(definition: &Definition, own: &[metrics::Definition]) -> Result<Vec<Defined>> {
    let wanted = definition.sections.iter().flat_map(|section| {
        let mut all = section.shows.of_the_period();
        all.extend(section.shows.of_the_trend());
        all
    });
    let names: BTreeSet<String> = wanted.map(|(metric, _)| metric).collect();
    let mut all = Vec::with_capacity(names.len());
    for name in names {
        let known = metrics::definition(&name, own)?.clone();
        // What a tenant says of its own metrics stays as it is.
        let language = if known.schema == metrics::OWN { Language::English } else { definition.language };
        all.push(Defined {
            title: language.metric(&known.name, &known.title).to_owned(),
            metric: known.name,
            version: known.version,
            unit: definition.language.say(&known.unit).to_owned(),
            description: language.description(&known.description),
            formula: language.formula(&known.formula),
            source: language.say(&known.source).to_owned(),
        });
    }
    all.sort_by(|a, b| a.title.cmp(&b.title));
    Ok(all)
}

/// What the report is to say of itself.
fn notes(paper: &Paper, standing: &Standing<'_>, is_then: bool) -> Vec<String> {
    let rows = if is_then {
        "Figures are made of the rows that the lake held at the as-of; periods that end after the as-of are in part."
    } else {
        "The lake cannot tell what it held at the as-of: figures are made of the rows that it holds now; periods that end after the as-of are in part."
    };
    let mut notes = vec![rows, "This report is written in English; numbers have a decimal point."];
    notes.extend(
        standing
            .later
            .then_some("Risks and forecasts are frozen by the day: those of a later day than the as-of are left out."),
    );
    notes.extend(paper.cover.sample.then_some("The data is that of a made-up organization."));
    notes.into_iter().map(|note| paper.cover.language.say(note).to_owned()).collect()
}

/// The sentences on one page.
async fn told(
    (page, language): (&str, Language),
    asking: &Asking,
    trend: &Scope,
    standing: &mut Standing<'_>,
) -> Result<Vec<Sentence>> {
    let paragraph = match story::page(page) {
        Some(page) => story::figures(page, asking, trend, language).await?,
        None if page == RISK => {
            let is_of_all = standing.is_of_all();
            story::of_risks(standing.risks().await?, is_of_all, language)
        }
        None if page == FORECAST => outlook::of_forecasts(standing.forecasts().await?, language),
        None => return Ok(Vec::new()),
    };
    let sentence = |clause: story::Clause| Sentence {
        text: clause.text,
        metric: clause.metric,
        version: clause.version,
        evidence: clause.href,
    };
    Ok(paragraph.clauses.into_iter().map(sentence).collect())
}

/// What is asked beside the metrics: what is frozen by the day, looked up once, and what was left out.
struct Standing<'a> {
    session: Option<&'a Session>,
    settings: &'a Settings,
    period: &'a Scope,
    saved: &'a Saved,
    /// The day of the as-of.
    day: NaiveDate,
    risks: Option<Vec<risk::StandingRisk>>,
    forecasts: Option<Frozen>,
    /// Whether something of a later day than the as-of was left out.
    later: bool,
}

impl<'a> Standing<'a> {
    fn new(
        session: Option<&'a Session>,
        settings: &'a Settings,
        period: &'a Scope,
        (as_of, saved): (i64, &'a Saved),
    ) -> Self {
        let at = DateTime::from_timestamp_micros(as_of).unwrap_or_default().with_timezone(&settings.time_zone);
        Self { session, settings, period, saved, day: at.date_naive(), risks: None, forecasts: None, later: false }
    }

    /// Whether the risks are those of all projects that there are.
    fn is_of_all(&self) -> bool {
        let filter = RiskFilter::from(&self.period.filter);
        self.session.is_none_or(|session| story::is_of_all(session, &filter))
    }

    /// The risks that stand, the highest first.
    async fn risks(&mut self) -> Result<&[risk::StandingRisk]> {
        if self.risks.is_none() {
            let mut risks = match self.session {
                Some(session) => risk::standing(session, &RiskFilter::from(&self.period.filter)).await?,
                None => Vec::new(),
            };
            let all = risks.len();
            // A day as text sorts as the day does.
            let day = self.day.to_string();
            risks.retain(|risk| risk.day <= day);
            self.later |= risks.len() < all;
            self.risks = Some(risks);
        }
        Ok(self.risks.as_deref().unwrap_or_default())
    }

    /// The risks of teams that stand, the highest first.
    async fn team_risks(&mut self) -> Result<Vec<risk::TeamRisk>> {
        let Some(session) = self.session else { return Ok(Vec::new()) };
        let mut risks = risk::of_teams(session, &RiskFilter::from(&self.period.filter)).await?;
        let (all, day) = (risks.len(), self.day.to_string());
        risks.retain(|risk| risk.day <= day);
        self.later |= risks.len() < all;
        Ok(risks)
    }

    /// The forecasts that stand of what the report is on.
    async fn forecasts(&mut self) -> Result<&Frozen> {
        if self.forecasts.is_none() {
            let frozen = match self.session {
                Some(session) => forecast::frozen(session, &self.period.filter, self.day).await?,
                None => Frozen::default(),
            };
            self.later |= frozen.later;
            self.forecasts = Some(frozen);
        }
        Ok(self.forecasts.get_or_insert_default())
    }

    /// What the figures rest on and leave out, and what was inferred, one sentence each.
    async fn left_out(&self, language: Language) -> Result<Vec<String>> {
        match self.session {
            Some(session) => left_out(session, self.settings, self.period, language).await,
            None => Ok(Vec::new()),
        }
    }
}

/// The figures of a report: of its period, and of the steps that lead up to its end.
struct Figures {
    period: Measures,
    trend: Measures,
    /// What they are told in.
    language: Language,
}

impl Figures {
    async fn section(&self, of: &SectionOf, standing: &mut Standing<'_>) -> Result<Section> {
        let language = self.language;
        let mut text: Vec<String> =
            of.text.split("\n\n").map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned).collect();
        let single = |metrics: &[String]| -> Vec<Tile> {
            metrics
                .iter()
                .filter_map(|metric| self.period.of(metric, None))
                .map(|measure| tile(measure, language))
                .collect()
        };
        let parts = match &of.shows {
            Shows::Text => Vec::new(),
            Shows::Tiles(metrics) => vec![Part::Tiles(single(metrics))],
            Shows::Charts(charts) => charts.iter().filter_map(|chart| self.chart(chart)).map(Part::Chart).collect(),
            Shows::Table { by, metrics } => {
                let aligned = align(*by, metrics.iter().map(String::as_str), &self.period);
                vec![Part::Table(tables::aligned(&of.title, &aligned, language))]
            }
            Shows::Pivot { metric, by, cells } => match self.trend.of(metric, *by) {
                Some(measure) => vec![Part::Table(frame::pivot(&of.title, measure, *cells, language)?)],
                None => Vec::new(),
            },
            Shows::Query { saved, params } => match standing.session {
                Some(session) => {
                    let told = (language, standing.settings.time_zone);
                    let table = queried::table(session, standing.saved, (&of.title, saved, params), told);
                    vec![Part::Table(table.await?)]
                }
                None => Vec::new(),
            },
            Shows::Risks => {
                let teams = standing.team_risks().await?;
                let risks = standing.risks().await?;
                let of_projects = [tables::risks(risks, language), tables::findings(risks, language)];
                // What was found of no team needs no table that says so.
                let of_teams = (!teams.is_empty()).then(|| tables::team_findings(&teams, language));
                of_projects.into_iter().chain(of_teams).map(Part::Table).collect()
            }
            Shows::Forecasts => {
                let frozen = standing.forecasts().await?;
                text.extend(outlook::records(frozen, language));
                vec![Part::Table(tables::forecasts(&frozen.standing, language))]
            }
            Shows::Coverage(metrics) => {
                text.extend(standing.left_out(language).await?.into_iter().map(|sentence| format!("{sentence}.")));
                vec![Part::Table(tables::coverage(&single(metrics), language))]
            }
        };
        Ok(Section { title: of.title.clone(), text, parts })
    }

    fn chart(&self, of: &ChartOf) -> Option<Chart> {
        match of.shape {
            Shape::Spread => self.period.of(&of.metric, of.by).map(|measure| spread(measure, self.language)),
            shape => self.trend.of(&of.metric, of.by).map(|measure| over_time(measure, shape, self.language)),
        }
    }
}

/// A chart without anything in it yet.
fn chart(measure: &Measure, shape: Shape, language: Language) -> Chart {
    Chart {
        metric: measure.metric.clone(),
        title: language.metric(&measure.metric, &measure.title).to_owned(),
        unit: measure.unit.clone(),
        shape,
        by: measure.by,
        adds_up: matches!(measure.kind, Kind::Count | Kind::Level),
        state: measure.state,
        labels: Vec::new(),
        partial: Vec::new(),
        lines: Vec::new(),
        typical: None,
        median: None,
        target: measure.target,
        evidence: measure.evidence.clone(),
        language,
    }
}

fn over_time(measure: &Measure, shape: Shape, language: Language) -> Chart {
    let mut chart = chart(measure, shape, language);
    if let Some(first) = measure.groups.first() {
        chart.labels = first.group.points.iter().map(|point| point.label.clone()).collect();
        chart.partial = first.group.points.iter().map(|point| point.partial).collect();
    }
    let is_seen = measure.state != State::NeverSeen;
    for opened in &measure.groups {
        let group = &opened.group;
        chart.lines.push(ChartLine {
            name: name_of(measure, group, language),
            // None of what was never seen is none.
            values: group.points.iter().map(|point| point.figure.value.filter(|_| is_seen)).collect(),
            n: group.points.iter().map(|point| point.figure.n).collect(),
        });
    }
    if let Some(only) = measure.groups.first().filter(|_| is_seen && measure.groups.len() == 1) {
        let typical = only.group.typical.as_ref();
        chart.typical = typical.map(|typical| (typical.p10, typical.p90));
        chart.median = typical.map(|typical| typical.median);
    }
    chart
}

fn spread(measure: &Measure, language: Language) -> Chart {
    let mut chart = chart(measure, Shape::Spread, language);
    chart.labels = vec![language.say("period").to_owned()];
    chart.partial = vec![false];
    let line = |group: &metrics::Group| ChartLine {
        name: name_of(measure, group, language),
        values: vec![group.total.value.filter(|_| measure.state != State::NeverSeen)],
        n: vec![group.total.n],
    };
    chart.lines = measure.groups.iter().map(|opened| line(&opened.group)).collect();
    chart.typical = measure.spread.as_ref().map(|spread| (spread.p10, spread.p90));
    chart.median = measure.spread.as_ref().map(|spread| spread.median);
    chart
}

/// What a group is called.
pub(super) fn name_of(measure: &Measure, group: &metrics::Group, language: Language) -> String {
    let name = group.name.as_deref().or(group.key.as_deref());
    let without = || {
        if measure.by.is_some() { language.say("none") } else { language.metric(&measure.metric, &measure.title) }
    };
    name.unwrap_or_else(without).to_owned()
}

/// A measure as a single figure.
fn tile(measure: &Measure, language: Language) -> Tile {
    let group = measure.groups.first().map(|opened| &opened.group);
    let figure = group.map(|group| group.total.clone()).unwrap_or_default();
    let compared = group.and_then(|group| group.comparison.as_ref());
    let (unit, is_seen) = (measure.unit.as_str(), measure.state != State::NeverSeen);
    // None of what was never seen is none, now and before.
    let value = figure.value.filter(|_| is_seen);
    let change = match unit {
        _ if !is_seen => None,
        // Shares change by points.
        "ratio" => compared.and_then(|compared| compared.delta),
        _ => compared.and_then(|compared| compared.delta_ratio),
    };
    Tile {
        metric: measure.metric.clone(),
        title: language.metric(&measure.metric, &measure.title).to_owned(),
        unit: unit.to_owned(),
        direction: measure.direction,
        kind: measure.kind,
        state: measure.state,
        value,
        n: figure.n,
        p90: figure.p90,
        shown: shown(value, measure.state, unit, language),
        details: group.map_or_else(String::new, |group| details(&group.total, (measure.kind, unit), language)),
        before: compared.filter(|_| is_seen).and_then(|compared| compared.value),
        change,
        change_words: change
            .zip(compared)
            .map(|(change, than)| change_words(change, unit, (than.value, than.better), language)),
        better: compared.filter(|_| is_seen).and_then(|compared| compared.better),
        target: measure.target,
        meets_target: measure.meets_target,
        standing: group.filter(|_| is_seen).and_then(|group| standings(group, language).into_iter().next()),
        evidence: measure.evidence.clone(),
    }
}

/// A value as people read it, or why there is none.
fn shown(value: Option<f64>, state: State, unit: &str, language: Language) -> String {
    match value {
        Some(value) => language.quantity(value, unit),
        None => language.say(without(state)).to_owned(),
    }
}

/// Why there is no value.
pub(super) fn without(state: State) -> &'static str {
    match state {
        State::Value | State::NotEnough | State::NoData => "none in this period",
        State::NeverSeen => "never seen",
        State::NotConnected => "nothing connected",
        State::NotByScope => "not told by this filter",
    }
}

/// A change in words, from what it was before, and whether it is for the better; what is no change at all is told as that.
fn change_words(change: f64, unit: &str, (before, better): (Option<f64>, Option<bool>), language: Language) -> String {
    let verdict = match better {
        Some(true) => language.say(", better"),
        Some(false) => language.say(", worse"),
        None => "",
    };
    let times = change + 1.0;
    // What was below 0 is no size to be multiplied.
    if unit != "ratio" && times >= TENFOLD && before > Some(0.0) {
        let size = format!("{times:.0}");
        return format!("{}{verdict}", language.fill("{size} times as much", &[("size", &size)]));
    }
    // Points have as many digits as the shares that they lie between: one below a tenth.
    let is_fine = unit == "ratio" && before.is_none_or(|before| before.min(before + change) < 0.1);
    let number = format!("{:.*}", usize::from(is_fine), change.abs() * 100.0);
    let number = number.strip_suffix(".0").unwrap_or(&number);
    // What nobody would see is no change.
    if number == "0" {
        return language.say("as before").to_owned();
    }
    let size = language.counted(&match unit {
        "ratio" => counted(number, "point", "points"),
        _ => format!("{number} %"),
    });
    let way = if change > 0.0 { "up {size}" } else { "down {size}" };
    format!("{}{verdict}", language.fill(way, &[("size", &size)]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_shown_as_people_read_it_and_without_one_why_there_is_none() {
        let told = |value, state| shown(value, state, "items per week", Language::English);
        assert_eq!(told(None, State::NeverSeen), "never seen");
        assert_eq!(told(Some(0.0), State::Value), "0 a week");
        assert_eq!(told(Some(2.0), State::NotEnough), "2 a week");
        assert_eq!(told(None, State::NoData), "none in this period");
        assert_eq!(shown(None, State::NeverSeen, "items", Language::German), "nie gesehen");
    }

    #[test]
    fn a_change_says_its_way_its_size_and_whether_it_is_for_the_better() {
        let before = |unit: &str| Some(if unit == "ratio" { 0.05 } else { 60.0 });
        let told = |change, unit, better| change_words(change, unit, (before(unit), better), Language::English);
        assert_eq!(told(0.124, "seconds", Some(false)), "up 12 %, worse");
        assert_eq!(told(-0.5, "seconds", Some(true)), "down 50 %, better");
        assert_eq!(told(-0.034, "ratio", None), "down 3.4 points");
        assert_eq!(told(0.0, "seconds", None), "as before");
        assert_eq!(told(-0.004, "seconds", Some(true)), "as before");
        assert_eq!(told(0.0004, "ratio", Some(false)), "as before");
        assert_eq!(told(0.0006, "ratio", Some(false)), "up 0.1 points, worse");
        assert_eq!(told(8.99, "seconds", Some(false)), "up 899 %, worse");
        assert_eq!(told(9.0, "seconds", None), "10 times as much");
        assert_eq!(told(41.49, "seconds", Some(false)), "42 times as much, worse");
        assert_eq!(change_words(41.49, "items", (Some(-2.0), None), Language::English), "up 4149 %");
        assert_eq!(change_words(0.036, "ratio", (Some(0.384), None), Language::English), "up 4 points");
        assert_eq!(change_words(-0.013, "ratio", (Some(0.42), None), Language::English), "down 1 point");
        assert_eq!(change_words(0.003, "ratio", (Some(0.42), None), Language::English), "as before");
        let german = |change, unit, better| change_words(change, unit, (before(unit), better), Language::German);
        assert_eq!(german(0.124, "seconds", Some(false)), "12 % mehr, schlechter");
        assert_eq!(german(-0.034, "ratio", Some(true)), "3,4 Punkte weniger, besser");
        assert_eq!(german(41.49, "seconds", Some(false)), "42-mal so viel, schlechter");
        assert_eq!(german(0.0004, "ratio", None), "wie zuvor");
    }
}
