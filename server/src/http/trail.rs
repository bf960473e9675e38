//! What requests leave in the audit trail. It is written here, around every request, so that no handler can forget to.

use super::{App, Problem};
use crate::audit::{Asked, Begun, Event, PLATFORM, UNFINISHED, begin, write};
use crate::auth::{Grant, Principal, Who};
use crate::control::{Control, Visitor, email_key};
use crate::observe::traces;
use axum::extract::{FromRequestParts, MatchedPath, RawPathParams, Request, State};
use axum::http::request::Parts;
use axum::http::{Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use parking_lot::Mutex;
use pulse_engine::TenantId;
use serde_json::json;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Instant;
use tracing::field::Empty;
use tracing::{Instrument as _, Span};

/// What is known of a request while it is worked on.
#[derive(Clone, Debug, Default)]
pub(crate) struct Slot(Arc<Mutex<Known>>);

#[derive(Clone, Debug, Default)]
struct Known {
    principal: Option<Arc<Principal>>,
    /// Whoever came in by this request: tenant, user and session.
    entered: Option<(Option<String>, String, String)>,
    /// The address that somebody tried to sign in with.
    email: Option<String>,
    /// The tenant that somebody wanted to come into by its identity provider.
    knocks: Option<String>,
    /// The hook that was called, and its tenant.
    called: Option<(TenantId, String)>,
    visitor: Visitor,
    action: String,
    target: Option<String>,
    /// The method, and the path with its query, as they were sent.
    address: String,
    /// What the path does not tell of it.
    detail: Option<serde_json::Value>,
    /// Where the event stands already, since what it tells of was begun.
    begun: Vec<Begun>,
    /// Whether a stream tells the trail itself how it ended.
    streams: bool,
    /// Whether it changes nothing, by its method.
    reads: bool,
}

/// Requests that change nothing and are none to `GET`.
const ASKS: [&str; 4] = [
    "POST /api/v1/sql",
    "POST /api/v1/auth/introspect",
    "POST /api/v1/forecasts/what-if",
    "POST /api/v1/alert-rules/{name}/preview",
];

/// The one that changes something though it is a `GET`: identity providers send people back by it.
const COMES_BACK: &str = "/sso/callback";

impl<S: Sync> FromRequestParts<S> for Slot {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(parts.extensions.get::<Slot>().cloned().unwrap_or_default())
    }
}

impl Slot {
    /// That of a call which comes by another door, changes nothing, and tells its end itself ([`Slot::ends`]).
    pub(crate) fn call(action: &str, visitor: Visitor) -> Self {
        Self(Arc::new(Mutex::new(Known { action: action.to_owned(), visitor, reads: true, ..Known::default() })))
    }

    /// Tells the trail of such a call when somebody came in by it, or was refused.
    pub(crate) async fn ends(&self, app: &App, status: StatusCode) {
        let known = self.0.lock().clone();
        tell(app, known, status, false).await;
    }

    /// Notes who asks and, of what may change something, that it is begun: nothing is done that no trail tells of, should the
    /// process die over it.
    pub(crate) async fn is_asked_by(&self, app: &App, principal: &Arc<Principal>) -> Result<(), crate::Error> {
        {
            let mut known = self.0.lock();
            known.principal = Some(principal.clone());
            known.tell_log();
            // A question changes nothing: `asks` begins its event beside its work.
            if known.reads || ASKS.contains(&known.action.as_str()) || !known.begun.is_empty() {
                return Ok(());
            }
        }
        self.begins(app).await
    }

    /// Notes that somebody tries to come in or to set a password: who it is shows later, by the link or the provider.
    pub(super) async fn opens(&self, app: &App) -> Result<(), crate::Error> {
        self.begins(app).await
    }

    /// Notes that what is known of by now is begun.
    async fn begins(&self, app: &App) -> Result<(), crate::Error> {
        let (event, trails) = {
            let known = self.0.lock();
            (Event { at: app.access.control.now(), ..known.event(UNFINISHED) }, known.trails())
        };
        let begun = begin(&app.access.control, trails, &event).await?;
        self.0.lock().begun = begun;
        Ok(())
    }

    /// Notes what is done that the path does not tell.
    pub(super) fn does(&self, detail: serde_json::Value) {
        self.0.lock().detail = Some(detail);
    }

    pub(crate) fn tries(&self, email: &str) {
        self.0.lock().email = email_key(email).ok();
    }

    pub(super) fn knocks(&self, tenant: &str) {
        self.0.lock().knocks = Some(tenant.to_owned());
    }

    /// A hook of a tenant is called, which is begun by that.
    pub(super) async fn calls(&self, app: &App, tenant: &TenantId, hook: &str) -> Result<(), crate::Error> {
        self.0.lock().called = Some((tenant.clone(), hook.to_owned()));
        self.begins(app).await
    }

    pub(crate) fn enters(&self, grant: &Grant) {
        let (session, mut known) = (&grant.session, self.0.lock());
        known.entered = Some((session.tenant.clone(), session.user_id.clone(), session.id.clone()));
        known.tell_log();
    }

    /// What was asked for, as it was sent.
    pub(super) fn address(&self) -> String {
        self.0.lock().address.clone()
    }

    /// A question's way to its end, which the trail is told by it. `detail` says what was asked.
    pub(crate) fn asks(&self, app: &App, detail: serde_json::Value) -> Asked {
        let mut known = self.0.lock();
        known.streams = true;
        let event = Event { detail: Some(detail.to_string()), ..known.event(UNFINISHED) };
        Asked::new(app.access.control.clone(), known.trails(), event)
    }
}

impl Known {
    /// Lets every line of the log that is about this request say whose it is.
    fn tell_log(&self) {
        let (span, event) = (Span::current(), self.event(""));
        if let Some(tenant) = self.trails().first() {
            span.record("tenant", tenant.as_str());
        }
        if let Some(actor) = event.actor {
            span.record("actor", actor);
        }
    }

    fn event(&self, outcome: &str) -> Event {
        let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        let (actor, session) = match (&self.entered, self.principal.as_deref().map(Principal::who)) {
            (Some((_, user, session)), _) => (Some(user.clone()), Some(session.clone())),
            (None, Some(Who::Session { id, user, .. })) => (Some(user.clone()), Some(id.clone())),
            (None, Some(Who::Token { id, user })) => (user.clone().or(Some(id.clone())), Some(id.clone())),
            (None, None) => (self.called.as_ref().map(|(_, hook)| hook.clone()), None),
        };
        Event {
            action: self.action.clone(),
            outcome: outcome.to_owned(),
            actor,
            session,
            target: self.target.clone(),
            detail: self.detail.as_ref().map(serde_json::Value::to_string),
            address: some(&self.visitor.address),
            agent: some(&self.visitor.agent).map(|agent| agent.chars().take(300).collect()),
            ..Event::default()
        }
    }

    /// Whose trails it belongs to, as far as the request itself tells.
    fn trails(&self) -> Vec<TenantId> {
        let entered = self.entered.as_ref().and_then(|(tenant, ..)| tenant.as_deref());
        let asked = match self.principal.as_deref() {
            Some(Principal::Member { tenant, .. }) => Some(tenant.as_str()),
            _ => self.called.as_ref().map(|(tenant, _)| tenant.as_str()),
        };
        TenantId::new(entered.or(asked).or(self.knocks.as_deref()).unwrap_or(PLATFORM)).into_iter().collect()
    }
}

/// Tells the trail what came of each request that changed something, came in, or was refused.
pub(super) async fn record(State(app): State<App>, request: Request, next: Next) -> Response {
    let slot = Slot::default();
    let (mut parts, body) = request.into_parts();
    parts.extensions.insert(slot.clone());
    let method = parts.method.clone();
    let path = parts.uri.path_and_query().map_or("", |path| path.as_str());
    let address = format!("{method} {path}");
    let route = parts.extensions.get::<MatchedPath>().map_or("", |path| path.as_str()).to_owned();
    let params = RawPathParams::from_request_parts(&mut parts, &app).await;
    let target = params.ok().and_then(|params| params.iter().next().map(|(_, value)| value.to_owned()));
    let super::Visit(visitor) = match super::Visit::from_request_parts(&mut parts, &app).await {
        Ok(visit) => visit,
        Err(never) => match never {},
    };
    {
        let mut known = slot.0.lock();
        (known.action, known.target, known.visitor) = (format!("{method} {route}"), target, visitor);
        known.address = address;
        known.reads = matches!(method, Method::GET | Method::HEAD | Method::OPTIONS);
    }
    // Seen in the log at each of its levels, and so are the spans of calls, queries and jobs: they say whose a line is.
    let span = tracing::error_span!("request", %method, route, tenant = Empty, actor = Empty, otel.kind = "server");
    traces::serves(
        &span,
        &parts.headers,
        format!("{method} {}", if route.is_empty() { "page" } else { route.as_str() }),
    );
    let acts = !ASKS.contains(&slot.0.lock().action.as_str()) && (route == COMES_BACK || !slot.0.lock().reads);
    let done = answered(app, slot, method, next.run(Request::from_parts(parts, body)), span.clone()).instrument(span);
    if !acts {
        // A question ends with its client.
        return done.await;
    }
    // What changes something comes to its end, and into the trail, though its client has left.
    tokio::spawn(done).await.unwrap_or_else(|error| Problem::from(crate::Error::from(error)).into_response())
}

/// A request's answer, once the trail knows of it.
async fn answered(
    app: App,
    slot: Slot,
    method: Method,
    answer: impl Future<Output = Response>,
    span: Span,
) -> Response {
    let begun = Instant::now();
    let response = answer.await;
    let status = response.status();
    traces::answered(&span, status);
    span.in_scope(|| tracing::info!(status = status.as_u16(), ms = begun.elapsed().as_secs_f64() * 1000.0, "answered"));
    let known = slot.0.lock().clone();
    tell(&app, known, status, method != Method::GET).await;
    response
}

/// Tells the trail what came of a request, unless that is nothing to tell of: nobody came in, was refused, or changed anything.
async fn tell(app: &App, known: Known, status: StatusCode, changes: bool) {
    let refused = matches!(status, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN | StatusCode::TOO_MANY_REQUESTS);
    let comes = known.entered.is_some() || known.knocks.is_some() || known.called.is_some();
    let somebody = comes || known.principal.is_some() || known.email.is_some() || !known.begun.is_empty();
    if somebody && !known.streams && (comes || changes || refused) {
        let outcome = match status {
            _ if refused || status.is_client_error() => "refused",
            status if status.is_server_error() => "failed",
            _ => "done",
        };
        let mut event = Event { at: app.access.control.now(), ..known.event(outcome) };
        if outcome != "done" {
            event.detail = Some(json!({"status": status.as_u16()}).to_string());
        }
        if outcome == "done" {
            // What was done is in the trail before whoever did it is told so.
            let trails = trails_of(&app.access.control, &known).await;
            write(&app.access.control, &known.begun, &trails, &event).await;
        } else {
            // Whether an address is known must not be told by how long a refusal takes.
            let control = app.access.control.clone();
            let writes = async move {
                let trails = trails_of(&control, &known).await;
                write(&control, &known.begun, &trails, &event).await;
            };
            tokio::spawn(writes.in_current_span());
        }
    }
}

/// The trails of a request: where only an address is known, those of the tenants of whoever has it.
async fn trails_of(control: &Control, known: &Known) -> Vec<TenantId> {
    if let Some(email) = known.email.as_ref().filter(|_| known.entered.is_none())
        && let Ok(Some(user)) = control.user_by_email(email).await
        && let Ok(tenants) = control.tenants_of(&user.id).await
        && !tenants.is_empty()
    {
        return tenants;
    }
    known.trails()
}
