//! `GET /api/v1/dashboards`: each page of the dashboard in one answer.

use super::then::Then;
use super::trail::Slot;
use super::{App, Asker, Problem};
use crate::Error;
use crate::auth::Permission;
use crate::dashboards::{self, Dashboard, Freshness, PAGES, PROJECT, Page};
use crate::queries::Line;
use crate::report::Scope;
use crate::secret::sum;
use axum::Json;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use pulse_engine::metrics::{Compare, Dimension};
use serde::Serialize;
use serde_json::json;
use utoipa::{IntoParams, ToSchema};

/// What pages there are.
#[derive(Serialize, ToSchema)]
pub(super) struct Pages {
    dashboards: Vec<Listed>,
}

/// A page.
#[derive(Serialize, ToSchema)]
struct Listed {
    /// Its name in the address.
    page: &'static str,
    /// What it is called.
    title: &'static str,
}

/// The pages of the dashboard
#[utoipa::path(get, path = "/api/v1/dashboards", tag = "dashboards", responses((status = 200, body = Pages), Problem))]
pub(super) async fn list(asker: Asker) -> Result<Json<Pages>, Problem> {
    asker.needs(Permission::MetricsRead)?;
    let dashboards = PAGES.iter().map(|page| Listed { page: page.name, title: page.title }).collect();
    Ok(Json(Pages { dashboards }))
}

/// A page's answer, and how fresh it is.
#[derive(Serialize)]
struct Shown<'a> {
    #[serde(flatten)]
    dashboard: &'a Dashboard,
    freshness: Vec<Freshness>,
}

/// A page of the dashboard
///
/// Its figures, series, tables, paragraph, risks and forecasts, all of one model, as of the last full quarter of an hour. With its
/// tag in `If-None-Match` it is answered again only when something in it may have changed. With `as_of` all but `freshness` is as it was
/// at that instant.
#[utoipa::path(get, path = "/api/v1/dashboards/{page}", tag = "dashboards",
    params(("page" = String, Path, description = "`overview`, `dora`, `flow`, `change`, `reliability`, `projects`, `teams` or `forecast`"),
        Asked, ("project" = Option<Vec<String>>, Query, description = "only these projects")),
    responses((status = 200, body = Object), (status = 304, description = "nothing changed"), Problem))]
pub(super) async fn show(
    State(app): State<App>,
    asker: Asker,
    Path(name): Path<String>,
    slot: Slot,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    asker.needs(Permission::MetricsRead)?;
    let of_all = || PAGES.iter().filter(|page| page.name != PROJECT);
    let page = of_all().find(|page| page.name == name).ok_or_else(|| {
        let names: Vec<&str> = of_all().map(|page| page.name).collect();
        Problem::not_found(format!(
            "no dashboard `{}`; there are: {}, and project/{{id}} of each project",
            name.escape_default(),
            names.join(", ")
        ))
    })?;
    answer(&app, &asker, &slot, (page, None), query.as_deref(), &headers).await
}

/// The page of one project
///
/// As any page, and besides its risk day by day, its milestones, and what waits for what.
#[utoipa::path(get, path = "/api/v1/dashboards/project/{id}", tag = "dashboards",
    params(("id" = String, Path, description = "the project, by id or name"), Asked),
    responses((status = 200, body = Object), (status = 304, description = "nothing changed"), Problem))]
pub(super) async fn project(
    State(app): State<App>,
    asker: Asker,
    Path(id): Path<String>,
    slot: Slot,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    asker.needs(Permission::MetricsRead)?;
    let page = dashboards::page(PROJECT).ok_or_else(|| Problem::not_found("there is no page of a project"))?;
    answer(&app, &asker, &slot, (page, Some(id)), query.as_deref(), &headers).await
}

/// What may be asked of every page. [`super::metrics::scope`] reads it: a group may be named again.
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
    /// `previous` (unless said), `year_ago` or `target`.
    compare: Option<String>,
    /// The time zone whose days, weeks and months are meant; the tenant's unless said.
    time_zone: Option<String>,
    /// Only these repositories, by id or name.
    repository: Option<Vec<String>>,
    /// Only these teams.
    team: Option<Vec<String>>,
    /// Only what is of projects that these teams own.
    owning_team: Option<Vec<String>>,
    /// An instant of the past: figures are of the rows that the lake held then.
    as_of: Option<String>,
}

/// A page, perhaps of one project.
async fn answer(
    app: &App,
    asker: &Asker,
    slot: &Slot,
    (page, project): (&'static Page, Option<String>),
    query: Option<&str>,
    headers: &HeaderMap,
) -> Result<Response, Problem> {
    let tenant = asker.data(Permission::MetricsRead)?;
    let then = Then::of(app, query)?;
    let clock = then.clock(app);
    let scope = scope(then.scope(app, &asker.settings)?, project.as_deref())?;
    let mut settings = asker.settings.clone();
    settings.targets = then.targets(app, asker).await?;
    let tenant = then.tenant((app, asker, slot), tenant).await?;
    let seen = &tenant;
    let makes = |line: Line| async move {
        let made = app.dashboards.show(seen, &settings, clock, (page, &scope), &line).await?;
        let sources = &made.dashboard.sources;
        let freshness = dashboards::freshness(&app.access.control, &asker.tenant, seen.policy(), sources).await?;
        Ok::<_, Error>((made, freshness))
    };
    let (made, freshness) = app.page(asker, slot, json!({"project": project, "query": query}), makes).await?;
    let shown = Shown { dashboard: &made.dashboard, freshness };
    // Versions of tables tell of changes to rows that not everybody sees: who sees some has a tag of what they are told.
    let mark = if seen.policy().shows_all_rows() {
        format!("{} {}", made.mark, json!(shown.freshness))
    } else {
        format!("{} {:?} {}", seen.id(), seen.policy(), json!(shown))
    };
    let tag = format!("\"{}\"", sum(mark));
    let known = headers.get_all(header::IF_NONE_MATCH).into_iter().filter_map(|value| value.to_str().ok());
    // Proxies that compress an answer say that its tag is a weak one: what it is of is the same.
    let is_known = |one: &str| one == "*" || one.strip_prefix("W/").unwrap_or(one) == tag;
    let mut response = if known.flat_map(|known| known.split(',')).any(|one| is_known(one.trim())) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        Json(shown).into_response()
    };
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        response.headers_mut().insert(header::ETAG, tag);
    }
    Ok(response)
}

/// What a page is asked for. It is held against the span before unless said otherwise.
fn scope(mut scope: Scope, project: Option<&str>) -> Result<Scope, Problem> {
    let of_its_own = [Dimension::Class, Dimension::Kind, Dimension::Label, Dimension::Severity, Dimension::Stage];
    if scope.by.is_some() || of_its_own.into_iter().any(|of| !scope.filter.of(of).is_empty()) {
        return Err(Problem::invalid(
            "a dashboard takes from, until, grain, compare, time_zone, repository, project, team and owning_team: it tells figures apart itself",
        ));
    }
    if let Some(project) = project {
        if !scope.filter.projects.is_empty() {
            return Err(Problem::invalid("the page of a project is of the one in its address, and takes no `project`"));
        }
        scope.filter.projects.push(project.to_owned());
    }
    scope.compare.get_or_insert(Compare::Previous);
    Ok(scope)
}
