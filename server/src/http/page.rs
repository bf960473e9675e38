//! `GET /`: the report as a page. It is written here, runs no script and loads nothing, so it works wherever HTML does.

mod html;
mod style;

use super::metrics::scope;
use super::{App, Asker, Problem};
use crate::report::Report;
use axum::extract::{FromRequestParts as _, Request, State};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse as _, Response};

/// Shows the report. `?token=` with a link's secret lets this browser in first, and drops the secret from the address.
pub(super) async fn show(State(app): State<App>, request: Request) -> Response {
    let (mut parts, _) = request.into_parts();
    let query = parts.uri.query().map(str::to_owned);
    let token = url::form_urlencoded::parse(query.as_deref().unwrap_or_default().as_bytes())
        .find(|(name, _)| name == "token")
        .map(|(_, value)| value.into_owned());
    if let Some(token) = token {
        return enter(&app, &token);
    }
    let page = match Asker::from_request_parts(&mut parts, &app).await {
        Ok(asker) => report(&app, asker, query.as_deref()).await,
        Err(problem) => Err(problem),
    };
    match page {
        Ok(page) => Html(page).into_response(),
        Err(problem) => refused(&problem),
    }
}

fn enter(app: &App, token: &str) -> Response {
    match app.access.enter(token).and_then(|cookie| HeaderValue::from_str(&cookie).ok()) {
        Some(cookie) => {
            let location = (header::LOCATION, HeaderValue::from_static("/"));
            let headers: [(HeaderName, HeaderValue); 2] = [(header::SET_COOKIE, cookie), location];
            (StatusCode::SEE_OTHER, headers).into_response()
        }
        None => refused(&Problem::unauthorized(
            "This link was used before, or is from an earlier start: `pulse serve` prints a new one each time it starts.",
        )),
    }
}

async fn report(app: &App, Asker(tenant): Asker, query: Option<&str>) -> Result<String, Problem> {
    let scope = scope(app, query)?;
    let report = Report::make(&tenant, &app.settings, app.clock, &scope).await?;
    Ok(html::report(&report, &scope))
}

/// A problem as a page, for people.
fn refused(problem: &Problem) -> Response {
    let status = StatusCode::from_u16(problem.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    (status, Html(html::problem(problem))).into_response()
}
