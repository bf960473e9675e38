//! The door: signing in and out, accepting an invitation, and setting a new password, as forms that need no script.

use super::super::session::accepted;
use super::super::trail::Slot;
use super::super::{App, Person, Problem, Visit, asker, body};
use super::{html, refused};
use crate::auth::Grant;
use crate::control::LinkKind;
use axum::body::Body;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::response::{Html, IntoResponse as _, Redirect, Response};
use html::Field;
use pulse_engine::TenantId;
use std::collections::HashMap;

const EMAIL: Field = Field { label: "E-mail", name: "email", kind: "email", hint: "username", value: "" };
const PASSWORD: Field =
    Field { label: "Password", name: "password", kind: "password", hint: "current-password", value: "" };
const NEW: Field = Field {
    label: "Password (10 characters or more)",
    name: "password",
    kind: "password",
    hint: "new-password",
    value: "",
};
const NAME: Field = Field { label: "Your name", name: "name", kind: "text", hint: "name", value: "" };

/// The form to sign in with, and the identity providers of the tenant that the address names.
pub(in super::super) async fn sign_in_form(State(app): State<App>, RawQuery(query): RawQuery) -> Response {
    sign_in_page(&app, &parameter(query.as_deref(), "tenant"), "", None).await
}

/// The same with the address that was tried, and with what was wrong, where something was.
async fn sign_in_page(app: &App, tenant: &str, email: &str, wrong: Option<&Problem>) -> Response {
    let ways = async {
        let control = &app.access.control;
        Ok::<_, crate::Error>(match TenantId::new(tenant) {
            // A tenant that is not there is answered as one without providers.
            Ok(id) => {
                let all = control.providers(&id).await?.into_iter().filter(|provider| provider.terms.active);
                html::Ways::By(id.to_string(), all.map(|provider| provider.name).collect())
            }
            Err(_) if control.has_providers().await? => html::Ways::Ask,
            Err(_) => html::Ways::None,
        })
    };
    match ways.await {
        Ok(ways) => {
            let fields = [Field { value: email, ..EMAIL }, PASSWORD];
            let told = wrong.map(|problem| problem.detail.as_str());
            let form = html::door("Sign in", "", told, "/sign-in", &fields, "Sign in");
            (wrong.map_or(StatusCode::OK, status), Html(html::sign_in(&form, &ways))).into_response()
        }
        Err(error) => refused(&error.into()),
    }
}

/// Signs in.
pub(in super::super) async fn sign_in(
    State(app): State<App>,
    method: Method,
    headers: HeaderMap,
    Visit(visitor): Visit,
    slot: Slot,
    body: Body,
) -> Response {
    let mut email = String::new();
    let done = async {
        asker::same_site(&method, &headers)?;
        let form = form(body).await?;
        email = field(&form, "email").to_owned();
        slot.tries(&email);
        Ok::<_, Problem>(app.access.sign_in(&email, field(&form, "password"), None, &visitor).await?)
    };
    match done.await {
        Ok(grant) => enter(&app, &slot, &grant),
        Err(problem) => sign_in_page(&app, "", &email, Some(&problem)).await,
    }
}

/// The form to sign out with.
pub(in super::super) async fn sign_out_form() -> Html<String> {
    Html(html::door("Sign out", "Your session ends on this browser.", None, "/sign-out", &[], "Sign out"))
}

/// Signs out.
pub(in super::super) async fn sign_out(State(app): State<App>, person: Person) -> Response {
    match super::super::session::sign_out(State(app), person).await {
        Ok(done) => (StatusCode::SEE_OTHER, done.headers().clone(), [(header::LOCATION, "/sign-in")]).into_response(),
        Err(problem) => refused(&problem),
    }
}

/// The form that an invitation's link opens.
pub(in super::super) async fn join_form(State(app): State<App>, RawQuery(query): RawQuery) -> Response {
    let link = parameter(query.as_deref(), "link");
    match invitation(&app, &link).await {
        Ok((text, fields)) => {
            let fields: Vec<Field> = fields.into_iter().chain([link_field(&link)]).collect();
            Html(html::door("Welcome to Pulse", &text, None, "/join", &fields, "Come in")).into_response()
        }
        Err(problem) => refused(&problem),
    }
}

/// Accepts an invitation.
pub(in super::super) async fn join(
    State(app): State<App>,
    method: Method,
    headers: HeaderMap,
    Visit(visitor): Visit,
    slot: Slot,
    body: Body,
) -> Response {
    let sent = async {
        asker::same_site(&method, &headers)?;
        let form = form(body).await?;
        slot.opens(&app).await?;
        Ok::<_, Problem>(form)
    };
    let form = match sent.await {
        Ok(form) => form,
        Err(problem) => return refused(&problem),
    };
    let link = field(&form, "link");
    let person = (field(&form, "email"), field(&form, "name"), field(&form, "password"));
    match accepted(&app, link, person, &visitor).await {
        Ok(grant) => enter(&app, &slot, &grant),
        Err(problem) => match invitation(&app, link).await {
            Ok((text, fields)) => {
                let fields = fields.into_iter().map(|of| kept(of, &form));
                let fields: Vec<Field> = fields.chain([link_field(link)]).collect();
                again(&problem, "Welcome to Pulse", &text, "/join", &fields, "Come in")
            }
            Err(problem) => refused(&problem),
        },
    }
}

/// What an invitation says, and what it asks for.
async fn invitation(app: &App, link: &str) -> Result<(String, Vec<Field<'static>>), Problem> {
    let found = app.access.control.link(link).await?.filter(|link| link.kind == LinkKind::Invitation);
    let found = found.ok_or(crate::control::Refusal::BadLink)?;
    let tenant = found.tenant.map(|tenant| tenant.to_string()).unwrap_or_default();
    let (whose, email) = match found.email {
        Some(email) => (format!(", as {email}"), None),
        None => (String::new(), Some(EMAIL)),
    };
    let text = format!(
        "This link gives you a place in `{tenant}`{whose}. If Pulse knows you already, give your password; else choose one."
    );
    Ok((text, email.into_iter().chain([NAME, NEW]).collect()))
}

/// The form that sets a new password.
pub(in super::super) async fn reset_form(State(app): State<App>, RawQuery(query): RawQuery) -> Response {
    let link = parameter(query.as_deref(), "link");
    match app.access.control.link(&link).await {
        Ok(Some(found)) if found.kind == LinkKind::Reset => {
            let text = format!("For {}. Every session of yours ends.", found.email.unwrap_or_default());
            Html(html::door("A new password", &text, None, "/reset", &[NEW, link_field(&link)], "Set it"))
                .into_response()
        }
        Ok(_) => refused(&crate::control::Refusal::BadLink.into()),
        Err(error) => refused(&error.into()),
    }
}

/// Sets a new password.
pub(in super::super) async fn reset(
    State(app): State<App>,
    method: Method,
    headers: HeaderMap,
    slot: Slot,
    body: Body,
) -> Response {
    let mut link = String::new();
    let done = async {
        asker::same_site(&method, &headers)?;
        let form = form(body).await?;
        link = field(&form, "link").to_owned();
        slot.opens(&app).await?;
        slot.tries(&app.access.control.reset_password(&link, field(&form, "password")).await?);
        app.access.changed();
        Ok::<_, Problem>(())
    };
    match done.await {
        Ok(()) => Redirect::to("/sign-in").into_response(),
        Err(problem) if problem.status == 410 => refused(&problem),
        Err(problem) => again(&problem, "A new password", "", "/reset", &[NEW, link_field(&link)], "Set it"),
    }
}

/// Lets somebody in who proved who they are.
pub(super) fn enter(app: &App, slot: &Slot, grant: &Grant) -> Response {
    slot.enters(grant);
    let mut response = Redirect::to("/").into_response();
    for cookie in app.cookies.set(grant) {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}

/// The same form once more, with what was wrong.
fn again(problem: &Problem, title: &str, text: &str, to: &str, fields: &[Field<'_>], button: &str) -> Response {
    let page = Html(html::door(title, text, Some(&problem.detail), to, fields, button));
    (status(problem), page).into_response()
}

/// The status alone: by the header that stands beside it elsewhere a browser would ask for a name and password of its own making.
fn status(problem: &Problem) -> StatusCode {
    StatusCode::from_u16(problem.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

/// A field with what was written into it; a password is written again.
fn kept<'a>(of: Field<'a>, form: &'a HashMap<String, String>) -> Field<'a> {
    if of.kind == "password" { of } else { Field { value: field(form, of.name), ..of } }
}

async fn form(body: Body) -> Result<HashMap<String, String>, Problem> {
    let bytes = body::read(body).await?;
    Ok(url::form_urlencoded::parse(&bytes).into_owned().collect())
}

fn field<'a>(form: &'a HashMap<String, String>, name: &str) -> &'a str {
    form.get(name).map(String::as_str).unwrap_or_default()
}

/// A parameter of the address; empty when it is not there.
pub(super) fn parameter(query: Option<&str>, wanted: &str) -> String {
    let mut pairs = url::form_urlencoded::parse(query.unwrap_or_default().as_bytes());
    pairs.find(|(name, _)| name == wanted).map(|(_, value)| value.into_owned()).unwrap_or_default()
}

fn link_field(link: &str) -> Field<'_> {
    Field { label: "", name: "link", kind: "hidden", hint: "off", value: link }
}
