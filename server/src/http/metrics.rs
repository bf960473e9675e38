//! `GET /api/v1/metrics`: the catalogue, its figures, and the rows behind them.

use super::answer;
use super::json::once;
use super::then::Then;
use super::trail::Slot;
use super::{App, Asker, Problem};
use crate::Error;
use crate::auth::Permission;
use crate::output::Format;
use crate::queries::{self, Door};
use crate::report::{Opened, Scope};
use axum::Json;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::Response;
use chrono::NaiveDate;
use chrono_tz::Tz;
use pulse_engine::metrics::{self, Compare, Definition, Dimension, Filter, Grain};
use pulse_engine::session::Statement;
use pulse_engine::{Clock, Settings};
use serde::Serialize;
use serde_json::json;
use std::str::FromStr;
use utoipa::{IntoParams, ToSchema};

/// What the catalogue answers.
#[derive(Serialize, ToSchema)]
pub(super) struct Catalogue {
    #[schema(value_type = Vec<Object>)]
    metrics: Vec<Definition>,
}

/// Every metric with its definition, those of the tenant's own last
#[utoipa::path(get, path = "/api/v1/metrics", tag = "metrics", responses((status = 200, body = Catalogue), Problem))]
pub(super) async fn catalogue(asker: Asker) -> Result<Json<Catalogue>, Problem> {
    asker.needs(Permission::MetricsRead)?;
    Ok(Json(Catalogue { metrics: metrics::catalogue()?.iter().chain(asker.own.iter()).cloned().collect() }))
}

/// One metric's figures
#[utoipa::path(get, path = "/api/v1/metrics/{name}", tag = "metrics", params(("name" = String, Path), Asked,
        ("as_of" = Option<String>, Query, description = "an instant of the past: figures are of the rows that the lake held then")),
    responses((status = 200, body = Object), Problem))]
pub(super) async fn answer(
    State(app): State<App>,
    asker: Asker,
    Path(name): Path<String>,
    slot: Slot,
    RawQuery(query): RawQuery,
) -> Result<Json<Opened>, Problem> {
    let tenant = asker.data(Permission::MetricsRead)?;
    let definition = definition(&name, &asker.own)?;
    let then = Then::of(&app, query.as_deref())?;
    let scope = then.scope(&app, &asker.settings)?;
    let mut settings = scope.settings(&asker.settings);
    if scope.compare == Some(Compare::Target) {
        settings.targets = then.targets(&app, &asker).await?;
    }
    let tenant = then.tenant((&app, &asker, &slot), tenant).await?;
    let answer = async {
        let question = scope.question(&definition.name);
        Ok::<_, Error>(tenant.ask(&question, &settings, then.clock(&app)).await?)
    };
    let answer = app.figures(&asker, &slot, json!({"query": query}), answer).await?;
    Ok(Json(Opened::new(answer, &scope)))
}

/// The rows behind a metric
///
/// Those that count, those that are open, and those that were excluded. A link cannot say what it accepts, so `format=csv`
/// asks for a file.
#[utoipa::path(get, path = "/api/v1/metrics/{name}/evidence", tag = "metrics",
    params(("name" = String, Path), Asked, ("format" = Option<String>, Query, description = "`csv`, to download"),
        ("as_of" = Option<String>, Query, description = "an instant of the past: the rows are those that the lake held then")),
    responses((status = 200, content((Vec<Object> = "application/json"), (String = "application/x-ndjson"), (String = "text/csv"),
        (Vec<u8> = "application/vnd.apache.arrow.stream"), (Vec<u8> = "application/vnd.apache.parquet"))), Problem))]
pub(super) async fn evidence(
    State(app): State<App>,
    asker: Asker,
    Path(name): Path<String>,
    slot: Slot,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let tenant = asker.data(Permission::MetricsRead)?;
    let definition = definition(&name, &asker.own)?;
    let (file, query) = file_format(query.as_deref().unwrap_or_default())?;
    let format = file.map_or_else(|| answer::format(&headers), Ok)?;
    let then = Then::of(&app, Some(&query))?;
    let scope = then.scope(&app, &asker.settings)?;
    let asked = slot.asks(&app, json!({"query": query}));
    let tenant = then.tenant((&app, &asker, &slot), tenant).await?;
    let (question, settings) = (scope.question(&definition.name), scope.settings(&asker.settings));
    let written = async {
        let session = tenant.session().await?;
        Ok::<_, Problem>(metrics::evidence_statement(&session, &question, &settings, then.clock(&app)).await?)
    };
    // Whatever a filter names is looked for in the lake.
    let is_alone = question.filter == Filter::default();
    let statement = if is_alone { written.await? } else { app.step(&asker, &slot, written).await? };
    let question = queries::Question {
        tenant,
        asker: asker.key().to_owned(),
        known_by: asker.who.id().to_owned(),
        door: Door::Evidence,
        ticket: None,
        shown: app.sql_text.kept(&statement).map(str::to_owned),
        statement: Statement::new(statement),
        limits: app.queries.limits(),
    };
    let answer = app.queries.ask(question, asked).await?;
    if file.is_none() {
        return answer::rows(format, answer).await;
    }
    let mut response = answer::file(format, answer).await?;
    let name = format!("attachment; filename=\"{}.csv\"", definition.name);
    let name = HeaderValue::from_str(&name).map_err(|_| Problem::invalid("this metric's name is no file's name"))?;
    response.headers_mut().insert(header::CONTENT_DISPOSITION, name);
    Ok(response)
}

/// What may be asked of a metric. [`scope`] reads it: a group may be named again.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "it says what there is; `scope` reads it")]
struct Asked {
    /// The first day.
    from: Option<String>,
    /// The day after the last.
    until: Option<String>,
    /// `day`, `week` or `month`; `week` unless said.
    grain: Option<String>,
    /// One group for each `repository`, `project`, `team`, `owning_team`, `class`, `kind`, `severity` or `stage`; each metric's definition says by which.
    by: Option<String>,
    /// Only these repositories, by id or name; `none` for what belongs to none.
    repository: Option<Vec<String>>,
    /// Only these projects.
    project: Option<Vec<String>>,
    /// Only these teams: of whoever made it.
    team: Option<Vec<String>>,
    /// Only what is of projects that these teams own.
    owning_team: Option<Vec<String>>,
    /// Only these classes of work items.
    class: Option<Vec<String>>,
    /// Only these types of work items, as their source names them.
    kind: Option<Vec<String>>,
    /// Only work items, or pull requests and what comes of them, with any of these labels; `none` for those without.
    label: Option<Vec<String>>,
    /// Only these severities of incidents.
    severity: Option<Vec<String>>,
    /// Only these stages of flow.
    stage: Option<Vec<String>>,
    /// Each total beside that of the span before (`previous`), of a year ago (`year_ago`), or the tenant's `target`.
    compare: Option<String>,
    /// The time zone whose days, weeks and months are meant, such as `Asia/Tokyo`; the tenant's unless said.
    time_zone: Option<String>,
}

/// Takes `format` out of a query string.
fn file_format(query: &str) -> Result<(Option<Format>, String), Problem> {
    let (mut format, mut rest) = (None, url::form_urlencoded::Serializer::new(String::new()));
    for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
        match (name.as_ref(), value.as_ref()) {
            ("format", "csv") => once(&mut format, &name, Format::Csv)?,
            ("format", _) => {
                return Err(Problem::invalid("`format` can be csv alone: the Accept header asks for any other format"));
            }
            _ => {
                rest.append_pair(&name, &value);
            }
        }
    }
    Ok((format, rest.finish()))
}

/// The metric of that name.
pub(super) fn definition<'d>(name: &str, own: &'d [Definition]) -> Result<&'d Definition, Problem> {
    metrics::definition(name, own).map_err(|error| match error {
        pulse_engine::Error::Question(unknown) => Problem::not_found(unknown),
        other => other.into(),
    })
}

/// The scope that a query string asks for; without days it is the recent past. A parameter that is not known
/// is refused: an answer to another question than was meant is worse than none.
pub(super) fn scope(app: &App, settings: &Settings, query: Option<&str>) -> Result<Scope, Problem> {
    scope_at(app.clock, settings, query.unwrap_or_default())
}

/// The same as of another time than now.
pub(super) fn scope_at(clock: Clock, settings: &Settings, query: &str) -> Result<Scope, Problem> {
    let (mut grain, mut from, mut until) = (None, None, None);
    let (mut by, mut filter, mut compare, mut time_zone) = (None, Filter::default(), None, None);
    for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
        match name.as_ref() {
            // A form sends what was left empty, too.
            _ if value.is_empty() => {}
            "from" => once(&mut from, &name, day(&name, &value)?)?,
            "until" => once(&mut until, &name, day(&name, &value)?)?,
            "grain" => once(&mut grain, &name, named(&value)?)?,
            "by" => once(&mut by, &name, named(&value)?)?,
            "compare" => once(&mut compare, &name, named(&value)?)?,
            "time_zone" => once(&mut time_zone, &name, zone(&value)?)?,
            _ => {
                let Ok(dimension) = name.parse::<Dimension>() else {
                    let known = Dimension::ALL.map(Dimension::name).join(", ");
                    return Err(Problem::invalid(format!(
                        "there is no parameter `{}`; there are: from, until, grain, by, compare, time_zone, {known}",
                        name.escape_default()
                    )));
                };
                filter.of_mut(dimension).push(value.into_owned());
            }
        }
    }
    let grain = grain.unwrap_or(Grain::Week);
    // The tenant's own goes without saying.
    let time_zone = time_zone.filter(|zone| *zone != settings.time_zone);
    let meant = Settings { time_zone: time_zone.unwrap_or(settings.time_zone), ..settings.clone() };
    let recent = Scope::recent(&meant, clock, grain);
    let (from, until) = (from.unwrap_or(recent.from), until.unwrap_or(recent.until));
    let scope = Scope { from, until, grain, by, filter, compare, time_zone, as_of: None };
    if scope.from >= scope.until {
        return Err(Problem::invalid(format!(
            "the period is empty: `from` ({}) must be before `until` ({})",
            scope.from, scope.until
        )));
    }
    Ok(scope)
}

pub(super) fn day(name: &str, value: &str) -> Result<NaiveDate, Problem> {
    value.parse().map_err(|_| {
        Problem::invalid(format!("`{name}` should be a day such as 2026-01-31, not `{}`", value.escape_default()))
    })
}

/// A time zone by its name.
fn zone(value: &str) -> Result<Tz, Problem> {
    Settings::parse_time_zone(value).map_err(|error| Problem::invalid(error.to_string()))
}

/// A grain or dimension by its name.
fn named<T: FromStr<Err = pulse_engine::Error>>(value: &str) -> Result<T, Problem> {
    value.parse().map_err(|error: pulse_engine::Error| Problem::invalid(error.to_string()))
}
