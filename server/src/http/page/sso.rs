//! Signing in by an identity provider: away to it, and back.

use super::super::trail::Slot;
use super::super::{App, Problem, Visit, cookie};
use super::{door, refused};
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse as _, Redirect, Response};

/// Sends somebody away to their provider.
pub(in super::super) async fn away(
    State(app): State<App>,
    Path((tenant, provider)): Path<(String, String)>,
) -> Response {
    let sent = async {
        let (tenant, provider) = app.access.provider(&tenant, &provider).await?;
        app.access.sso.send(&tenant, &provider).await
    };
    match sent.await {
        Ok((url, remembered)) => {
            let mut response = Redirect::to(url.as_str()).into_response();
            if let Some(cookie) = app.cookies.away(&remembered) {
                response.headers_mut().append(header::SET_COOKIE, cookie);
            }
            response
        }
        Err(error) => refused(&error.into()),
    }
}

/// Takes somebody in who comes back.
pub(in super::super) async fn back(
    State(app): State<App>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
    Visit(visitor): Visit,
    slot: Slot,
) -> Response {
    let mut response = match come_back(&app, &headers, query.as_deref(), &visitor, &slot).await {
        Ok(grant) => door::enter(&app, &slot, &grant),
        Err(problem) => refused(&problem),
    };
    // It was for this way back alone.
    if let Some(cookie) = app.cookies.back() {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}

async fn come_back(
    app: &App,
    headers: &HeaderMap,
    query: Option<&str>,
    visitor: &crate::control::Visitor,
    slot: &Slot,
) -> Result<crate::auth::Grant, Problem> {
    let [state, error, code, issuer] = ["state", "error", "code", "iss"].map(|name| door::parameter(query, name));
    let remembered = cookie::read(headers, &app.cookies.away);
    let away = remembered.and_then(|cookie| app.access.sso.back(cookie, &state));
    let away = away.ok_or_else(|| {
        Problem::forbidden("this is not a way back that began in this browser within ten minutes: sign in again")
    })?;
    app.access.provider(&away.tenant, &away.provider).await?;
    slot.knocks(&away.tenant);
    if !error.is_empty() {
        // What it says of the error may be anybody's words: they are not shown as ours.
        let why = "you were not signed in there, or what Pulse asks for is not allowed there".to_owned();
        return Err(crate::Error::Provider { name: away.provider, why }.into());
    }
    if code.is_empty() {
        return Err(Problem::invalid("the identity provider sent neither a code nor an error"));
    }
    slot.opens(app).await?;
    Ok(app.access.come_back(away, code, &issuer, visitor).await?)
}
