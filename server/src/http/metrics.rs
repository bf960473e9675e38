//! `GET /api/v1/metrics`: the catalogue, its figures, and the rows behind them.

use super::answer;
use super::{App, Asker, Problem};
use crate::report::Scope;
use axum::Json;
use axum::extract::{Path, RawQuery, State};
use axum::http::HeaderMap;
use axum::response::Response;
use chrono::NaiveDate;
use pulse_engine::metrics::{self, Answer, Definition, Dimension, Filter, Grain};
use serde::Serialize;

/// What the catalogue answers.
#[derive(Serialize)]
pub(super) struct Catalogue {
    metrics: &'static [Definition],
}

/// Every metric with its definition.
pub(super) async fn catalogue(_asker: Asker) -> Result<Json<Catalogue>, Problem> {
    Ok(Json(Catalogue { metrics: metrics::catalogue()? }))
}

/// One metric's figures.
pub(super) async fn answer(
    State(app): State<App>,
    Asker(tenant): Asker,
    Path(name): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Json<Answer>, Problem> {
    let definition = definition(&name)?;
    let scope = scope(&app, query.as_deref())?;
    Ok(Json(tenant.ask(&scope.question(&definition.name), &app.settings, app.clock).await?))
}

/// The rows behind a metric: those that count, those that are open, and those that were excluded.
pub(super) async fn evidence(
    State(app): State<App>,
    Asker(tenant): Asker,
    Path(name): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let definition = definition(&name)?;
    let format = answer::format(&headers)?;
    let scope = scope(&app, query.as_deref())?;
    let session = tenant.session().await?;
    let rows = metrics::evidence(&session, &scope.question(&definition.name), &app.settings).await?;
    answer::rows(format, rows).await
}

fn definition(name: &str) -> Result<&'static Definition, Problem> {
    let catalogue = metrics::catalogue()?;
    catalogue.iter().find(|d| d.name == name).ok_or_else(|| {
        let names: Vec<&str> = catalogue.iter().map(|d| d.name.as_str()).collect();
        Problem::not_found(format!("no metric `{}`; there are: {}", name.escape_default(), names.join(", ")))
    })
}

/// The scope that a query string asks for; without days it is the recent past. A parameter that is not known
/// is refused: an answer to another question than was meant is worse than none.
pub(super) fn scope(app: &App, query: Option<&str>) -> Result<Scope, Problem> {
    let (mut grain, mut from, mut until) = (Grain::Week, None, None);
    let (mut by, mut filter) = (None, Filter::default());
    for (name, value) in url::form_urlencoded::parse(query.unwrap_or_default().as_bytes()) {
        match name.as_ref() {
            // A form sends what was left empty, too.
            _ if value.is_empty() => {}
            "from" => from = Some(day(&name, &value)?),
            "until" => until = Some(day(&name, &value)?),
            "grain" => {
                grain = match value.as_ref() {
                    "day" => Grain::Day,
                    "week" => Grain::Week,
                    "month" => Grain::Month,
                    _ => return Err(one_of("grain", &value, "day, week, month")),
                }
            }
            "by" => {
                by = Some(match value.as_ref() {
                    "repository" => Dimension::Repository,
                    "project" => Dimension::Project,
                    "team" => Dimension::Team,
                    _ => return Err(one_of("by", &value, "repository, project, team")),
                })
            }
            "repository" => filter.repositories.push(value.into_owned()),
            "project" => filter.projects.push(value.into_owned()),
            "team" => filter.teams.push(value.into_owned()),
            _ => {
                return Err(Problem::invalid(format!(
                    "there is no parameter `{}`; there are: from, until, grain, by, repository, project, team",
                    name.escape_default()
                )));
            }
        }
    }
    let recent = Scope::recent(&app.settings, app.clock, grain);
    let scope = Scope { from: from.unwrap_or(recent.from), until: until.unwrap_or(recent.until), grain, by, filter };
    if scope.from >= scope.until {
        return Err(Problem::invalid(format!(
            "the period is empty: `from` ({}) must be before `until` ({})",
            scope.from, scope.until
        )));
    }
    Ok(scope)
}

fn day(name: &str, value: &str) -> Result<NaiveDate, Problem> {
    value.parse().map_err(|_| {
        Problem::invalid(format!("`{name}` should be a day such as 2026-01-31, not `{}`", value.escape_default()))
    })
}

fn one_of(name: &str, value: &str, all: &str) -> Problem {
    Problem::invalid(format!("`{name}` should be one of {all}, not `{}`", value.escape_default()))
}
