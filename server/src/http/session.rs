//! `/api/v1/auth`: signing in, going on, and out; invitations and new passwords.

use super::cookie;
use super::trail::Slot;
use super::{App, Person, Problem, Visit, asker, body, json};
use crate::auth::{Credential, Grant};
use crate::control::LinkKind;
use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Address and password.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SignIn {
    /// The address.
    email: String,
    /// The password.
    password: String,
    /// Which tenant to come into; `platform` for a platform operator. Left out: the first by id.
    tenant: Option<String>,
    /// Whether the tokens are to come as cookies that no script can read, instead of in the answer.
    #[serde(default)]
    cookies: bool,
}

/// What somebody goes on with.
#[derive(Serialize, ToSchema)]
pub(super) struct Granted {
    /// The access token; not told when it comes as a cookie.
    #[serde(skip_serializing_if = "Option::is_none")]
    access_token: Option<String>,
    /// What renews it; not told when it comes as a cookie.
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_token: Option<String>,
    /// Always `Bearer`.
    token_type: &'static str,
    /// For how many seconds the access token is good.
    expires_in: i64,
    /// The tenant; `null` for a platform operator.
    tenant: Option<String>,
}

/// The answer to whoever came in.
pub(super) fn granted(app: &App, slot: &Slot, grant: Grant, cookies: bool) -> Response {
    slot.enters(&grant);
    let answer = Granted {
        access_token: (!cookies).then(|| grant.token.clone()),
        refresh_token: grant.refresh.as_ref().filter(|_| !cookies).map(|secret| secret.tell().to_owned()),
        token_type: "Bearer",
        expires_in: grant.seconds,
        tenant: grant.session.tenant.clone(),
    };
    let mut response = Json(answer).into_response();
    if cookies {
        for cookie in app.cookies.set(&grant) {
            response.headers_mut().append(header::SET_COOKIE, cookie);
        }
    }
    response
}

/// Sign in
///
/// Unknown addresses, wrong passwords and people who may not come in are answered alike, and as late. After five wrong
/// passwords each further try has to wait, twice as long each time.
#[utoipa::path(post, path = "/api/v1/auth/sign-in", tag = "auth", request_body = SignIn, security(()),
    responses((status = 200, body = Granted), Problem))]
pub(super) async fn sign_in(
    State(app): State<App>,
    method: Method,
    headers: HeaderMap,
    Visit(visitor): Visit,
    slot: Slot,
    body: Body,
) -> Result<Response, Problem> {
    let asked: SignIn = json::read(body).await?;
    slot.tries(&asked.email);
    if asked.cookies {
        // Another site may not sign a browser in as somebody else.
        asker::same_site(&method, &headers)?;
    }
    let grant = app.access.sign_in(&asked.email, &asked.password, asked.tenant.as_deref(), &visitor).await?;
    Ok(granted(&app, &slot, grant, asked.cookies))
}

/// What a session is renewed with.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Refresh {
    /// The refresh token; a browser leaves it out, and its cookie is used.
    refresh_token: Option<String>,
}

/// Renew a session
///
/// A refresh token works once. One that comes back later was copied, and ends the session.
#[utoipa::path(post, path = "/api/v1/auth/refresh", tag = "auth", request_body = Refresh, security(()),
    responses((status = 200, body = Granted), Problem))]
pub(super) async fn refresh(
    State(app): State<App>,
    method: Method,
    headers: HeaderMap,
    slot: Slot,
    body: Body,
) -> Result<Response, Problem> {
    let sent: Refresh = json::read(body).await?;
    match sent.refresh_token {
        Some(token) => Ok(granted(&app, &slot, app.access.refresh(&token).await?, false)),
        None => {
            asker::same_site(&method, &headers)?;
            let token = cookie::read(&headers, &app.cookies.refresh).ok_or(crate::Error::SessionOver)?;
            Ok(granted(&app, &slot, app.access.refresh(token).await?, true))
        }
    }
}

/// Sign out
///
/// The session ends, and its cookies are taken away.
#[utoipa::path(post, path = "/api/v1/auth/sign-out", tag = "auth", responses((status = 204), Problem))]
pub(super) async fn sign_out(State(app): State<App>, person: Person) -> Result<Response, Problem> {
    app.access.control.end_session(&person.user, &person.session, None, "signed out").await?;
    app.access.changed();
    let mut response = StatusCode::NO_CONTENT.into_response();
    for cookie in app.cookies.clear() {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    Ok(response)
}

/// Which tenant to come into.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Switch {
    /// The tenant's id; `platform` for a platform operator.
    tenant: String,
    /// Whether the tokens are to come as cookies.
    #[serde(default)]
    cookies: bool,
}

/// Go to another tenant
///
/// The session ends, and another begins there.
#[utoipa::path(post, path = "/api/v1/auth/switch", tag = "auth", request_body = Switch,
    responses((status = 200, body = Granted), Problem))]
pub(super) async fn switch(
    State(app): State<App>,
    person: Person,
    Visit(visitor): Visit,
    slot: Slot,
    body: Body,
) -> Result<Response, Problem> {
    person.by_password()?;
    let asked: Switch = json::read(body).await?;
    let control = &app.access.control;
    let user = control.user(&person.user).await?.ok_or(crate::Error::SessionOver)?;
    let grant = app.access.begin(&user, Some(&asked.tenant), &visitor).await?;
    control.end_session(&person.user, &person.session, None, "went to another tenant").await?;
    app.access.changed();
    Ok(granted(&app, &slot, grant, asked.cookies))
}

/// What an invitation is accepted with.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Accept {
    /// The secret of the link.
    link: String,
    /// The address, where the invitation names none.
    #[serde(default)]
    email: String,
    /// What people call them; not needed from somebody whom Pulse knows.
    #[serde(default)]
    name: String,
    /// A new password, or the present one of somebody whom Pulse knows.
    password: String,
}

/// Accept an invitation
#[utoipa::path(post, path = "/api/v1/auth/accept", tag = "auth", request_body = Accept, security(()),
    responses((status = 200, body = Granted), Problem))]
pub(super) async fn accept(
    State(app): State<App>,
    Visit(visitor): Visit,
    slot: Slot,
    body: Body,
) -> Result<Response, Problem> {
    let sent: Accept = json::read(body).await?;
    slot.opens(&app).await?;
    Ok(granted(
        &app,
        &slot,
        accepted(&app, &sent.link, (&sent.email, &sent.name, &sent.password), &visitor).await?,
        false,
    ))
}

/// Accepts an invitation for (address, name, password), and signs them in where it leads.
pub(super) async fn accepted(
    app: &App,
    link: &str,
    (email, name, password): (&str, &str, &str),
    visitor: &crate::control::Visitor,
) -> Result<Grant, Problem> {
    let control = &app.access.control;
    let leads = control.link(link).await?.filter(|link| link.kind == LinkKind::Invitation).and_then(|link| link.tenant);
    let user = control.accept(link, email, name, password, visitor.place()).await?;
    app.access.changed();
    let into = leads.map(|tenant| tenant.to_string());
    Ok(app.access.begin(&user, into.as_deref(), visitor).await?)
}

/// What a password is set anew with.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Reset {
    /// The secret of the link.
    link: String,
    /// The new password.
    password: String,
}

/// Set a new password by a link
///
/// Every session of its owner ends.
#[utoipa::path(post, path = "/api/v1/auth/reset", tag = "auth", request_body = Reset, security(()),
    responses((status = 204), Problem))]
pub(super) async fn reset(State(app): State<App>, slot: Slot, body: Body) -> Result<StatusCode, Problem> {
    let sent: Reset = json::read(body).await?;
    slot.opens(&app).await?;
    slot.tries(&app.access.control.reset_password(&sent.link, &sent.password).await?);
    app.access.changed();
    Ok(StatusCode::NO_CONTENT)
}

/// A token, as RFC 7662 sends it: a form.
#[derive(ToSchema)]
pub(super) struct Inspected {
    /// The token.
    token: String,
}

/// What is told of a token.
#[derive(Serialize, ToSchema)]
pub(super) struct Introspection {
    /// Whether it is good now, and of the tenant that asks.
    active: bool,
    /// What it may do, apart by blanks.
    #[serde(skip_serializing_if = "Option::is_none")]
    scope: Option<String>,
    /// The user.
    #[serde(skip_serializing_if = "Option::is_none")]
    sub: Option<String>,
    /// The tenant.
    #[serde(skip_serializing_if = "Option::is_none")]
    tenant: Option<String>,
    /// `access_token` or `api_token`.
    #[serde(skip_serializing_if = "Option::is_none")]
    token_type: Option<&'static str>,
    /// Until when an access token is good, in seconds since 1970.
    #[serde(skip_serializing_if = "Option::is_none")]
    exp: Option<i64>,
    /// When an access token was made.
    #[serde(skip_serializing_if = "Option::is_none")]
    iat: Option<i64>,
    /// Who made an access token.
    #[serde(skip_serializing_if = "Option::is_none")]
    iss: Option<String>,
}

/// Ask whether a token is good (RFC 7662)
///
/// Of another tenant's tokens it says what it says of no token at all.
#[utoipa::path(post, path = "/api/v1/auth/introspect", tag = "auth",
    request_body(content = Inspected, content_type = "application/x-www-form-urlencoded"),
    responses((status = 200, body = Introspection), Problem))]
pub(super) async fn introspect(
    State(app): State<App>,
    asker: super::Asker,
    body: Body,
) -> Result<Json<Introspection>, Problem> {
    use crate::auth::{Permission, Principal};
    asker.needs(Permission::TokensIntrospect)?;
    let bytes = body::read(body).await?;
    let form = url::form_urlencoded::parse(&bytes).find(|(name, _)| name == "token");
    let sent = form.map(|(_, token)| Inspected { token: token.into_owned() });
    let sent = sent.ok_or_else(|| Problem::invalid("the body should be a form with `token`"))?;
    let (claims, principal) = match asker::credential(&sent.token) {
        Credential::Access(token) => match app.access.introspect(token).await? {
            Some((claims, principal)) => (Some(claims), Some(principal)),
            None => (None, None),
        },
        api => (None, app.access.principal(api).await?),
    };
    let none = Introspection {
        active: false,
        scope: None,
        sub: None,
        tenant: None,
        token_type: None,
        exp: None,
        iat: None,
        iss: None,
    };
    let Some(Principal::Member { tenant, who, authority, .. }) = principal.as_deref() else { return Ok(Json(none)) };
    if *tenant != asker.tenant {
        return Ok(Json(none));
    }
    let names: Vec<&str> = authority.permissions.iter().map(|permission| permission.name()).collect();
    Ok(Json(Introspection {
        active: true,
        scope: Some(names.join(" ")),
        sub: who.user().map(str::to_owned),
        tenant: Some(tenant.to_string()),
        token_type: Some(if claims.is_some() { "access_token" } else { "api_token" }),
        exp: claims.as_ref().map(|claims| claims.exp),
        iat: claims.as_ref().map(|claims| claims.iat),
        iss: claims.map(|claims| claims.iss),
    }))
}
