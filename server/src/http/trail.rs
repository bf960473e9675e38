//! What requests leave in the audit trail. It is written here, around every request, so that no handler can forget to.

use super::App;
use crate::audit::{Event, PLATFORM};
use crate::auth::{Grant, Principal, Who};
use crate::control::{Control, Visitor, email_key};
use crate::secret::sum;
use axum::extract::{FromRequestParts, MatchedPath, RawPathParams, Request, State};
use axum::http::request::Parts;
use axum::http::{Method, StatusCode};
use axum::middleware::Next;
use axum::response::Response;
use parking_lot::Mutex;
use pulse_engine::TenantId;
use serde_json::json;
use std::convert::Infallible;
use std::sync::Arc;
use tokio::runtime::Handle;

/// How a question's SQL text goes into the trail.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum SqlText {
    /// As it was asked.
    #[default]
    Whole,
    /// Its SHA-256 sum: the same text can be known again.
    Sum,
    /// Not at all.
    Nothing,
}

/// What is known of a request while it is worked on.
#[derive(Clone, Debug, Default)]
pub(super) struct Slot(Arc<Mutex<Known>>);

#[derive(Clone, Debug, Default)]
struct Known {
    principal: Option<Arc<Principal>>,
    /// Whoever came in by this request: tenant, user and session.
    entered: Option<(Option<String>, String, String)>,
    /// The address that somebody tried to sign in with.
    email: Option<String>,
    visitor: Visitor,
    action: String,
    target: Option<String>,
    /// Whether a stream tells the trail itself how it ended.
    streams: bool,
}

impl<S: Sync> FromRequestParts<S> for Slot {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(parts.extensions.get::<Slot>().cloned().unwrap_or_default())
    }
}

impl Slot {
    pub(super) fn is_asked_by(&self, principal: &Arc<Principal>) {
        self.0.lock().principal = Some(principal.clone());
    }

    pub(super) fn tries(&self, email: &str) {
        self.0.lock().email = email_key(email).ok();
    }

    pub(super) fn enters(&self, grant: &Grant) {
        let session = &grant.session;
        self.0.lock().entered = Some((session.tenant.clone(), session.user_id.clone(), session.id.clone()));
    }

    /// A question's way to its end, which the trail is told by it. `detail` says what was asked.
    pub(super) fn asks(&self, app: &App, detail: serde_json::Value) -> Asked {
        let mut known = self.0.lock();
        known.streams = true;
        let event = Event { at: app.clock.now(), detail: Some(detail.to_string()), ..known.event("failed") };
        Asked { event, trails: known.trails(), control: app.access.control.clone() }
    }

    /// As [`Slot::asks`], in SQL.
    pub(super) fn asks_sql(&self, app: &App, sql: &str) -> Asked {
        let detail = match app.sql_text {
            SqlText::Whole => json!({"sql": sql}),
            SqlText::Sum => json!({"sql_sum": sum(sql)}),
            SqlText::Nothing => json!({}),
        };
        self.asks(app, detail)
    }
}

impl Known {
    fn event(&self, outcome: &str) -> Event {
        let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        let (actor, session) = match (&self.entered, self.principal.as_deref().map(Principal::who)) {
            (Some((_, user, session)), _) => (Some(user.clone()), Some(session.clone())),
            (None, Some(Who::Session { id, user })) => (Some(user.clone()), Some(id.clone())),
            (None, Some(Who::Token { id, user })) => (user.clone().or(Some(id.clone())), Some(id.clone())),
            (None, None) => (None, None),
        };
        Event {
            action: self.action.clone(),
            outcome: outcome.to_owned(),
            actor,
            session,
            target: self.target.clone(),
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
            _ => None,
        };
        TenantId::new(entered.or(asked).unwrap_or(PLATFORM)).into_iter().collect()
    }
}

/// Tells the trail what came of each request that changed something, came in, or was refused.
pub(super) async fn record(State(app): State<App>, request: Request, next: Next) -> Response {
    let slot = Slot::default();
    let (mut parts, body) = request.into_parts();
    parts.extensions.insert(slot.clone());
    let method = parts.method.clone();
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
    }
    let response = next.run(Request::from_parts(parts, body)).await;
    let status = response.status();
    let known = slot.0.lock().clone();
    let refused = matches!(status, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN | StatusCode::TOO_MANY_REQUESTS);
    let somebody = known.principal.is_some() || known.entered.is_some() || known.email.is_some();
    if somebody && !known.streams && (method != Method::GET || refused) {
        let outcome = match status {
            _ if refused || status.is_client_error() => "refused",
            status if status.is_server_error() => "failed",
            _ => "done",
        };
        let mut event = Event { at: app.clock.now(), ..known.event(outcome) };
        if outcome != "done" {
            event.detail = Some(json!({"status": status.as_u16()}).to_string());
        }
        if outcome == "done" {
            // What was done is in the trail before whoever did it is told so.
            write(&app.access.control, &known.trails(), &event).await;
        } else {
            // Whether an address is known must not be told by how long a refusal takes.
            let control = app.access.control.clone();
            tokio::spawn(async move { write(&control, &refused_trails(&control, &known).await, &event).await });
        }
    }
    response
}

/// The trails of a refusal: those of the tenants of whoever has the address that was tried, or else as of anything else.
async fn refused_trails(control: &Control, known: &Known) -> Vec<TenantId> {
    if let Some(email) = &known.email
        && let Ok(Some(user)) = control.user_by_email(email).await
        && let Ok(tenants) = control.tenants_of(&user.id).await
        && !tenants.is_empty()
    {
        return tenants;
    }
    known.trails()
}

async fn write(control: &Control, trails: &[TenantId], event: &Event) {
    for tenant in trails {
        if let Err(error) = control.record(tenant, event).await {
            tracing::error!(%error, %tenant, action = event.action, "an event is missing in the audit trail");
        }
    }
}

/// A question on its way. When it is dropped, the trail is told how far it came.
#[derive(Debug)]
pub(super) struct Asked {
    event: Event,
    trails: Vec<TenantId>,
    control: Control,
}

impl Asked {
    /// So many rows and bytes go out.
    pub(super) fn gives(&mut self, rows: usize, bytes: usize) {
        let add = |sum: Option<i64>, n: usize| Some(sum.unwrap_or_default() + i64::try_from(n).unwrap_or(i64::MAX));
        (self.event.rows, self.event.bytes) = (add(self.event.rows, rows), add(self.event.bytes, bytes));
        "left".clone_into(&mut self.event.outcome);
    }

    /// It came to its end.
    pub(super) fn ends(&mut self) {
        "done".clone_into(&mut self.event.outcome);
    }

    /// It broke.
    pub(super) fn breaks(&mut self) {
        "failed".clone_into(&mut self.event.outcome);
    }
}

impl Drop for Asked {
    fn drop(&mut self) {
        let (event, trails, control) =
            (std::mem::take(&mut self.event), std::mem::take(&mut self.trails), self.control.clone());
        if let Ok(runtime) = Handle::try_current() {
            runtime.spawn(async move { write(&control, &trails, &event).await });
        }
    }
}
