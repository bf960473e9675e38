//! `GET /report`: the report as a page. It is written here, runs no script and loads nothing, so it works wherever HTML does.

pub(super) mod door;
mod html;
pub(super) mod sso;
mod style;
pub(super) mod web;

pub(super) use style::POLICY;

use super::metrics::scope;
use super::trail::Slot;
use super::{App, Asker, Problem, cookie};
use crate::auth::{Grant, Permission};
use crate::report::Report;
use axum::extract::{FromRequestParts as _, Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse as _, Redirect, Response};
use serde_json::json;

/// Shows the report to whoever is signed in.
pub(super) async fn show(State(app): State<App>, request: Request) -> Response {
    admit(&app, request, What::Report).await
}

/// What is shown to whoever is signed in.
#[derive(Clone, Copy, Debug)]
enum What {
    Report,
    Dashboard,
}

/// Shows something to whoever is signed in; others are shown the door. A session whose access token has come to its end is
/// renewed on the way.
async fn admit(app: &App, request: Request, what: What) -> Response {
    let (mut parts, _) = request.into_parts();
    let renewed = match renew(app, &parts.headers).await {
        Ok(renewed) => renewed,
        Err(problem) => return refused(&problem),
    };
    if let Some(grant) = &renewed
        && let Ok(value) = HeaderValue::from_str(&format!("Bearer {}", grant.token))
    {
        parts.headers.insert(header::AUTHORIZATION, value);
    }
    let slot = parts.extensions.get::<Slot>().cloned().unwrap_or_default();
    let mut response = match (Asker::from_request_parts(&mut parts, app).await, what) {
        (Ok(_), What::Dashboard) => web::page(),
        (Ok(asker), What::Report) => match report(app, &asker, &slot, parts.uri.query()).await {
            Ok(page) => Html(page).into_response(),
            Err(problem) => refused(&problem),
        },
        // A platform operator is in no tenant, and has pages of their own there. It holds nobody's data.
        (Err(problem), What::Dashboard) if problem.status == 403 => web::page(),
        (Err(problem), _) if problem.status == 401 => Redirect::to("/sign-in").into_response(),
        (Err(problem), _) => refused(&problem),
    };
    if let Some(grant) = &renewed {
        for cookie in app.cookies.set(grant) {
            response.headers_mut().append(header::SET_COOKIE, cookie);
        }
    }
    response
}

/// Renews the session of a browser whose access cookie is gone. `None` when there is nothing to renew.
async fn renew(app: &App, headers: &HeaderMap) -> Result<Option<Grant>, Problem> {
    if cookie::read(headers, &app.cookies.access).is_some() || headers.contains_key(header::AUTHORIZATION) {
        return Ok(None);
    }
    let Some(token) = cookie::read(headers, &app.cookies.refresh) else { return Ok(None) };
    match app.access.refresh(token).await {
        Ok(grant) => Ok(Some(grant)),
        Err(crate::Error::SessionOver) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

async fn report(app: &App, asker: &Asker, slot: &Slot, query: Option<&str>) -> Result<String, Problem> {
    let tenant = asker.data(Permission::MetricsRead)?;
    let scope = scope(app, &asker.settings, query)?;
    let settings = scope.settings(&asker.settings);
    let report = Report::make(&tenant, &settings, app.clock, &scope);
    let report = app.figures(asker, slot, json!({"query": query}), report).await?;
    Ok(html::report(&report, &scope))
}

/// A problem as a page, for people.
fn refused(problem: &Problem) -> Response {
    let status = StatusCode::from_u16(problem.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    (status, Html(html::problem(problem))).into_response()
}
