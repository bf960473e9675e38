//! How a dashboard is made.

use super::measure::{Measure, State};
use super::page::Page;
use super::{Cell, Column, Dashboard, Line, PROJECT, Planned, Series, Table};
use crate::report::forecasts::Forecasts;
use crate::report::outlook;
use crate::report::story::{self, Clause};
use crate::report::{Opened, OpenedGroup, Scope, sources};
use crate::texts::Language;
use crate::{Error, Result};
use pulse_engine::forecast::{self, Frozen};
use pulse_engine::metrics::{Asking, Definition, Dimension, definition};
use pulse_engine::plan::plan;
use pulse_engine::risk::{self, RiskFilter};
use pulse_engine::session::Session;
use pulse_engine::{Clock, Settings};
use std::collections::BTreeMap;
use std::sync::Arc;
use tokio::task::JoinSet;
use tracing::Instrument as _;

/// A metric, and what it is told apart by.
pub(crate) type Wanted = (String, Option<Dimension>);
/// Where a line stands: by name, what has no key last.
type Place = (bool, Option<String>, Option<String>);

/// The page of teams, which has what was found of them, too.
const TEAMS: &str = "teams";

/// Metrics that were asked for, each by what it is told apart by.
#[derive(Debug, Default)]
pub(crate) struct Measures(BTreeMap<(String, Option<&'static str>), Measure>);

impl Measures {
    /// One of them.
    pub(crate) fn of(&self, metric: &str, by: Option<Dimension>) -> Option<&Measure> {
        self.0.get(&(metric.to_owned(), name(by)))
    }

    /// Those metrics of a tenant for which nothing was ever landed.
    pub(crate) fn unconnected(wanted: Vec<Wanted>, own: &[Definition], scope: &Scope) -> Result<Self> {
        let mut all = BTreeMap::new();
        for (metric, by) in wanted {
            let scope = Scope { by, ..scope.clone() };
            let without = Measure::without(definition(&metric, own)?, &scope, State::NotConnected);
            all.insert((metric, name(by)), without);
        }
        Ok(Self(all))
    }
}

/// A page's answer, as of `clock`. All that it says is of one session, and so of one model.
///
/// # Errors
/// What the engine failed at.
pub(super) async fn make(
    page: &'static Page,
    session: &Arc<Session>,
    settings: &Settings,
    clock: Clock,
    scope: &Scope,
) -> Result<Dashboard> {
    let zoned = scope.settings(settings);
    let asking = Arc::new(Asking::new(Arc::clone(session), zoned.clone(), clock));
    // What is frozen is of the tenant's own days.
    let frozen = if page.forecasts {
        Some(forecast::frozen(session, &scope.filter, settings.day(clock.now())).await?)
    } else {
        None
    };
    let told = told(page, &asking, scope, frozen.as_ref());
    let (measures, narrative) = futures::try_join!(measures(wanted(page), &asking, scope), told)?;
    let mut dashboard = fill(page, &zoned, clock, scope, &measures);
    dashboard.narrative = narrative;
    if page.risks {
        let standing = risk::standing(session, &RiskFilter::from(&scope.filter)).await?;
        let mut before = risk::before(session, scope.from).await?;
        before.retain(|earlier| standing.iter().any(|risk| risk.project_id == earlier.project_id));
        (dashboard.risks, dashboard.risks_before) = (Some(standing), Some(before));
    }
    if page.name == TEAMS {
        dashboard.team_risks = Some(risk::of_teams(session, &RiskFilter::from(&scope.filter)).await?);
    }
    let project = match scope.filter.projects.as_slice() {
        [project] if page.name == PROJECT => Some(project),
        _ => None,
    };
    if let Some(project) = project {
        dashboard.risk_history = Some(risk::history(session, project).await?);
        dashboard.plan = Some(Planned::of(plan(session, project, scope.from).await?, scope.as_of));
    }
    dashboard.forecasts = frozen.as_ref().map(|frozen| Forecasts::of(frozen, scope.as_of));
    dashboard.sources = sources(session).await?;
    Ok(dashboard)
}

/// The answer of a tenant for which nothing was ever landed: it says so of each figure.
///
/// # Errors
/// When the catalogue does not have a page's metric, which a test rules out.
pub(super) fn unconnected(page: &'static Page, settings: &Settings, clock: Clock, scope: &Scope) -> Result<Dashboard> {
    let measures = Measures::unconnected(wanted(page), &[], scope)?;
    let mut dashboard = fill(page, &scope.settings(settings), clock, scope, &measures);
    dashboard.risks = page.risks.then(Vec::new);
    dashboard.risks_before = page.risks.then(Vec::new);
    dashboard.team_risks = (page.name == TEAMS).then(Vec::new);
    Ok(dashboard)
}

/// A page of measures, and nothing else yet.
fn fill(page: &'static Page, settings: &Settings, clock: Clock, scope: &Scope, measures: &Measures) -> Dashboard {
    let tables = page.tables.iter().map(|table| align(table.by, table.metrics.iter().copied(), measures)).collect();
    let all = |metrics: &[&str]| metrics.iter().filter_map(|metric| measures.of(metric, None).cloned()).collect();
    let series = page.series.iter().filter_map(|drawn| Some((drawn.as_, measures.of(drawn.metric, drawn.by)?.clone())));
    Dashboard {
        page: page.name,
        title: page.title,
        as_of: clock.now(),
        time_zone: settings.time_zone.name().to_owned(),
        from: scope.from,
        until: scope.until,
        grain: scope.grain,
        compare: scope.compare,
        filter: scope.filter.clone(),
        narrative: Vec::new(),
        tiles: all(page.tiles),
        series: series.map(|(form, measure)| Series { form, measure }).collect(),
        tables,
        coverage: all(page.coverage),
        risks: None,
        risks_before: None,
        team_risks: None,
        risk_history: None,
        plan: None,
        forecasts: None,
        sources: Vec::new(),
    }
}

/// Everything that a page shows of the catalogue.
fn wanted(page: &Page) -> Vec<Wanted> {
    let single = page.tiles.iter().chain(page.coverage).map(|metric| (*metric, None));
    let drawn = page.series.iter().map(|drawn| (drawn.metric, drawn.by));
    let aligned = page.tables.iter().flat_map(|table| table.metrics.iter().map(|metric| (*metric, Some(table.by))));
    single.chain(drawn).chain(aligned).map(|(metric, by)| (metric.to_owned(), by)).collect()
}

/// The figures of these metrics, each asked once for each way in which it is told apart.
///
/// # Errors
/// When there is no such metric, and what the engine failed at.
pub(crate) async fn measures(wanted: Vec<Wanted>, asking: &Arc<Asking>, scope: &Scope) -> Result<Measures> {
    let mut told: BTreeMap<String, Vec<Option<Dimension>>> = BTreeMap::new();
    for (metric, by) in wanted {
        let apart = told.entry(metric).or_default();
        if !apart.contains(&by) {
            apart.push(by);
        }
    }
    for (metric, apart) in &told {
        asking.expect(&scope.question(metric), apart);
    }
    let mut measuring = JoinSet::new();
    for (metric, by) in
        told.into_iter().flat_map(|(metric, apart)| apart.into_iter().map(move |by| (metric.clone(), by)))
    {
        let (asking, scope) = (Arc::clone(asking), Scope { by, ..scope.clone() });
        let asks = async move {
            let measure = measure(definition(&metric, asking.session().own())?, &asking, &scope).await?;
            Ok::<_, Error>(((metric, name(by)), measure))
        };
        measuring.spawn(asks.in_current_span());
    }
    let mut all = BTreeMap::new();
    while let Some(asked) = measuring.join_next().await {
        let (key, measure) = asked??;
        all.insert(key, measure);
    }
    Ok(Measures(all))
}

async fn measure(definition: &Definition, asking: &Asking, scope: &Scope) -> Result<Measure> {
    if !scope.fits(definition) {
        return Ok(Measure::without(definition, scope, State::NotByScope));
    }
    let answer = asking.ask(&scope.question(&definition.name)).await?;
    Ok(Measure::of(definition, Opened::new(Arc::unwrap_or_clone(answer), scope), scope, asking.settings()))
}

/// The groups of several metrics side by side.
pub(crate) fn align<'m>(by: Dimension, metrics: impl IntoIterator<Item = &'m str>, measures: &Measures) -> Table {
    let found: Vec<&Measure> = metrics.into_iter().filter_map(|metric| measures.of(metric, Some(by))).collect();
    let mut lines: BTreeMap<Place, Vec<Option<Cell>>> = BTreeMap::new();
    for (place, measure) in found.iter().enumerate() {
        for OpenedGroup { group, evidence } in &measure.groups {
            let key = (group.key.is_none(), group.name.clone(), group.key.clone());
            let cells = lines.entry(key).or_insert_with(|| vec![None; found.len()]);
            if let Some(cell) = cells.get_mut(place) {
                let compared = group.comparison.as_ref();
                *cell = Some(Cell {
                    value: group.total.value,
                    n: group.total.n,
                    state: measure.state_of(&group.total),
                    delta: compared.and_then(|compared| compared.delta),
                    delta_ratio: compared.and_then(|compared| compared.delta_ratio),
                    better: compared.and_then(|compared| compared.better),
                    evidence: evidence.clone(),
                });
            }
        }
    }
    let column = |measure: &&Measure| Column {
        metric: measure.metric.clone(),
        version: measure.version,
        title: measure.title.clone(),
        unit: measure.unit.clone(),
        direction: measure.direction,
    };
    let columns = found.iter().map(column).collect();
    let rows = lines.into_iter().map(|((_, name, key), cells)| Line { key, name, cells }).collect();
    Table { by, columns, rows }
}

async fn told(page: &Page, asking: &Asking, scope: &Scope, frozen: Option<&Frozen>) -> Result<Vec<Clause>> {
    let mut clauses = Vec::new();
    if page.risks {
        clauses.extend(story::risks(asking.session(), &RiskFilter::from(&scope.filter)).await?.clauses);
    } else if let Some(frozen) = frozen {
        clauses.extend(outlook::of_forecasts(frozen, Language::English).clauses);
    }
    if let Some(figures) = page.told.and_then(story::page) {
        clauses.extend(story::figures(figures, asking, scope, Language::English).await?.clauses);
    }
    Ok(clauses)
}

fn name(by: Option<Dimension>) -> Option<&'static str> {
    by.map(Dimension::name)
}
