//! Who asks. The tenant comes from what the request is known by, and from nothing else; the engine's tenant is handed out
//! only against the permission that the handler needs.

use super::trail::Slot;
use super::{App, Problem, cookie};
use crate::audit::PLATFORM;
use crate::auth::{Credential, Permission, Principal, Who};
use crate::control::Authority;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, header};
use pulse_engine::metrics::Definition;
use pulse_engine::session::Limits;
use pulse_engine::{Settings, Tenant, TenantId};
use std::sync::Arc;

/// A member of a tenant.
#[derive(Debug)]
pub(crate) struct Asker {
    /// The tenant.
    pub(crate) tenant: TenantId,
    /// What they are known by.
    pub(crate) who: Who,
    /// What they may do, and whose rows they see.
    pub(crate) authority: Authority,
    /// What the tenant decided about its own figures.
    pub(crate) settings: Settings,
    /// The tenant's own metrics.
    pub(crate) own: Arc<[Definition]>,
    engine: pulse_engine::Engine,
    /// What each of their questions may use.
    limits: Limits,
}

impl Asker {
    /// The member that a principal is.
    pub(crate) fn of(principal: &Principal, app: &App) -> Result<Self, Problem> {
        match principal {
            Principal::Member { tenant, who, authority, habits } => Ok(Self {
                tenant: tenant.clone(),
                who: who.clone(),
                authority: authority.clone(),
                settings: habits.over(&app.settings),
                own: Arc::clone(habits.own()),
                engine: app.engine.clone(),
                limits: limits(app),
            }),
            Principal::Operator { .. } => {
                Err(Problem::forbidden("this belongs to a tenant, and you are signed in as a platform operator"))
            }
        }
    }

    /// Refuses what they may not do.
    pub(crate) fn needs(&self, permission: Permission) -> Result<(), Problem> {
        Ok(self.authority.needs(permission)?)
    }

    /// The tenant's data that they see, for what the permission allows.
    pub(crate) fn data(&self, permission: Permission) -> Result<Tenant, Problem> {
        self.needs(permission)?;
        let tenant = self.engine.tenant(&self.tenant).using(self.limits).under(&self.authority.policy());
        Ok(tenant.measuring(Arc::clone(&self.own)))
    }

    /// The rows of the tenant's data that they see, payloads and people included: for questions of Pulse's own that name nobody.
    pub(super) fn rows(&self, permission: Permission) -> Result<Tenant, Problem> {
        self.needs(permission)?;
        Ok(self.engine.tenant(&self.tenant).using(self.limits).under(&self.authority.sees.policy()))
    }

    /// The tenant's data for questions in SQL, with the trail for whoever may read that.
    pub(crate) fn sql(&self) -> Result<Tenant, Problem> {
        let tenant = self.data(Permission::SqlRun)?;
        Ok(if self.needs(Permission::AuditRead).is_ok() { tenant.with_audit() } else { tenant })
    }

    /// The user, when it is a person or a program of one.
    pub(super) fn user(&self) -> Result<&str, Problem> {
        self.who.user().ok_or_else(|| Problem::forbidden("this is for people, and a service's token is nobody's"))
    }

    /// What their queries are told apart by: the key of the user, or of a service's token.
    pub(crate) fn key(&self) -> &str {
        key(&self.who)
    }

    /// The user and the session, of a person who is signed in: what changes how people are known is not for tokens.
    pub(super) fn person(&self) -> Result<(&str, &str), Problem> {
        person(&self.who)
    }
}

/// What a question of Pulse's own may use, such as one for a figure: as much time and memory as one in SQL. How much an answer may have is
/// said of rows that somebody asked for.
fn limits(app: &App) -> Limits {
    let Limits { memory_bytes, seconds, .. } = app.queries.limits();
    Limits { memory_bytes, seconds, ..Limits::default() }
}

fn key(who: &Who) -> &str {
    who.user().unwrap_or_else(|| who.id())
}

fn person(who: &Who) -> Result<(&str, &str), Problem> {
    match who {
        Who::Session { id, user, .. } => Ok((user, id)),
        Who::Token { .. } => {
            Err(Problem::forbidden("this needs somebody who is signed in; an API token is not enough"))
        }
    }
}

/// A platform operator: no tenant's data is within reach.
#[derive(Debug)]
pub(super) struct Operator {
    who: Who,
}

impl Operator {
    /// The user.
    pub(super) fn user(&self) -> &str {
        self.who.user().unwrap_or_default()
    }
}

/// A trail, for whoever may read it: a tenant's for its members, the platform's for operators.
#[derive(Debug)]
pub(super) struct Trailed {
    /// Whose it is.
    pub(super) tenant: Tenant,
    /// What whoever reads it is told apart by, as by [`Asker::key`].
    pub(super) asker: String,
    /// The key of their session or token.
    pub(super) known_by: String,
}

impl FromRequestParts<App> for Trailed {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let principal = principal(parts, app).await?;
        let tenant = match &*principal {
            Principal::Member { tenant, authority, .. } => {
                authority.needs(Permission::AuditRead)?;
                app.engine.tenant(tenant).using(limits(app)).under(&authority.policy())
            }
            Principal::Operator { .. } => app.engine.tenant(&TenantId::new(PLATFORM)?),
        };
        let who = principal.who();
        Ok(Self { tenant, asker: key(who).to_owned(), known_by: who.id().to_owned() })
    }
}

/// Somebody who is signed in, wherever: for what is their own.
#[derive(Debug)]
pub(super) struct Person {
    pub(super) user: String,
    pub(super) session: String,
    pub(super) tenant: Option<TenantId>,
    pub(super) authority: Option<Authority>,
    stays: bool,
}

impl Person {
    /// Refuses whoever came in by an identity provider: it is its tenant's, and this reaches beyond the tenant.
    pub(super) fn by_password(&self) -> Result<(), Problem> {
        if !self.stays {
            return Ok(());
        }
        Err(Problem::forbidden(
            "you came in by single sign-on, which counts in this tenant alone: sign in with your password for this",
        ))
    }

    /// The tenant that what they see of themselves is limited to.
    pub(super) fn within(&self) -> Option<&TenantId> {
        self.tenant.as_ref().filter(|_| self.stays)
    }
}

impl FromRequestParts<App> for Asker {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        Self::of(&*principal(parts, app).await?, app)
    }
}

impl FromRequestParts<App> for Operator {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        match &*principal(parts, app).await? {
            Principal::Operator { who } => Ok(Self { who: who.clone() }),
            Principal::Member { .. } => {
                Err(Problem::forbidden("this is for platform operators: sign in with the tenant `platform`"))
            }
        }
    }
}

impl FromRequestParts<App> for Person {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let principal = principal(parts, app).await?;
        let (user, session) = person(principal.who())?;
        let (tenant, authority) = match &*principal {
            Principal::Member { tenant, authority, .. } => (Some(tenant.clone()), Some(authority.clone())),
            Principal::Operator { .. } => (None, None),
        };
        let stays = matches!(principal.who(), Who::Session { stays: true, .. });
        Ok(Self { user: user.to_owned(), session: session.to_owned(), tenant, authority, stays })
    }
}

/// Who sends a request.
async fn principal(parts: &Parts, app: &App) -> Result<Arc<Principal>, Problem> {
    let found = known(&parts.method, &parts.headers, app).await?;
    if let (Some(principal), Some(slot)) = (&found, parts.extensions.get::<Slot>()) {
        slot.is_asked_by(app, principal).await?;
    }
    found.ok_or_else(|| {
        Problem::unauthorized(
            "send an API token or an access token as `Authorization: Bearer TOKEN`: `POST /api/v1/tokens` and `pulse admin token` make the one, `POST /api/v1/auth/sign-in` the other",
        )
    })
}

/// Who that is: by the token of the `Authorization` header, or else by the cookie. `None` when it is nobody now.
pub(super) async fn known(method: &Method, headers: &HeaderMap, app: &App) -> Result<Option<Arc<Principal>>, Problem> {
    match headers.get(header::AUTHORIZATION) {
        Some(value) => match authorization(value, "bearer") {
            Some(token) => Ok(app.access.principal(credential(token)).await?),
            None => Ok(None),
        },
        None => match cookie::read(headers, &app.cookies.access) {
            Some(token) => {
                same_site(method, headers)?;
                Ok(app.access.principal(Credential::Access(token)).await?)
            }
            None => Ok(None),
        },
    }
}

/// What an `Authorization` header brings in that scheme.
pub(crate) fn authorization<'a>(header: &'a HeaderValue, scheme: &str) -> Option<&'a str> {
    let (named, value) = header.to_str().ok()?.split_once(' ')?;
    named.eq_ignore_ascii_case(scheme).then(|| value.trim())
}

/// API tokens begin like this; access tokens, being JSON Web Tokens, do not.
pub(crate) fn credential(token: &str) -> Credential<'_> {
    if token.starts_with("pulse_") { Credential::Api(token) } else { Credential::Access(token) }
}

/// Refuses what another site made a browser send: a cookie comes with every request, whoever wrote the page. Browsers say
/// where a request comes from in `Sec-Fetch-Site`, older ones in `Origin`; one that says neither is not let through. A
/// WebSocket's answer, unlike that of another `GET`, any page may read.
pub(super) fn same_site(method: &Method, headers: &HeaderMap) -> Result<(), Problem> {
    let reads = matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS);
    if reads && !headers.contains_key(header::SEC_WEBSOCKET_KEY) {
        return Ok(());
    }
    let text = |name: header::HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    let own = match (text(header::HeaderName::from_static("sec-fetch-site")), text(header::ORIGIN)) {
        (Some(site), _) => matches!(site, "same-origin" | "none"),
        (None, Some(origin)) => {
            origin.split_once("://").is_some_and(|(_, host)| text(header::HOST).is_some_and(|own| own == host))
        }
        (None, None) => false,
    };
    if own { Ok(()) } else { Err(Problem::cross_site()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cookie_changes_something_only_from_a_page_of_ours() {
        let asked = |headers: &[(&'static str, &'static str)]| {
            let mut all = HeaderMap::new();
            for (name, value) in headers {
                all.insert(*name, HeaderValue::from_static(value));
            }
            same_site(&Method::POST, &all).is_ok()
        };
        assert!(asked(&[("sec-fetch-site", "same-origin")]) && asked(&[("sec-fetch-site", "none")]));
        assert!(asked(&[("origin", "http://pulse:7878"), ("host", "pulse:7878")]));
        let evil = ("origin", "https://evil.example");
        for foreign in [
            &[][..],
            &[("host", "pulse:7878")],
            &[("sec-fetch-site", "cross-site")],
            &[("sec-fetch-site", "same-site")],
            &[("sec-fetch-site", "cross-site"), ("origin", "http://pulse:7878"), ("host", "pulse:7878")],
            &[evil, ("host", "pulse:7878")],
            &[("origin", "null"), ("host", "null")],
        ] {
            assert!(!asked(foreign), "{foreign:?}");
        }
        assert!(same_site(&Method::GET, &HeaderMap::new()).is_ok());
        let socket = |origin| {
            let headers = [("sec-websocket-key", "k"), ("host", "pulse:7878"), ("origin", origin)];
            let named = |(name, value)| (header::HeaderName::from_static(name), HeaderValue::from_static(value));
            same_site(&Method::GET, &headers.into_iter().map(named).collect()).is_ok()
        };
        assert!(socket("http://pulse:7878") && !socket("https://evil.example"));
    }
}
