//! The REST API and the page. Everything is asked as the tenant that the request is known to come from; no parameter names one.

mod alert_rules;
mod alerts;
mod answer;
mod asker;
mod audit;
mod body;
mod branding;
mod calls;
mod catalog;
mod connections;
mod cookie;
mod dashboards;
mod deliveries;
mod destinations;
mod events;
mod fields;
mod figures;
mod flow;
mod followed;
mod fonts;
mod forecasts;
mod health;
mod hooks;
mod jobs;
mod json;
mod keys;
mod mapping;
mod me;
mod metrics;
mod notifications;
mod openapi;
mod own_metrics;
mod page;
mod platform;
mod problem;
mod providers;
mod queries;
mod report_definitions;
mod report_file;
mod reports;
mod risks;
mod roles;
mod saved_queries;
mod session;
mod sql;
mod summary;
mod targets;
mod tenants;
mod then;
mod tokens;
mod trail;
mod users;
mod visit;

pub use crate::audit::SqlText;
pub use calls::Calls;
pub use cookie::Cookies;
pub use problem::Problem;
pub(crate) use problem::{Place, STOPPED};

use crate::auth::Access;
use crate::dashboards::Dashboards;
use crate::events::Events;
use crate::jobs::Sources;
use crate::observe::{self, Ready};
use crate::output::Format;
use crate::queries::Queries;
pub(crate) use asker::{Asker, authorization, credential};
use asker::{Operator, Person};
use axum::Router;
use axum::http::{HeaderValue, header};
use axum::middleware::{self, Next};
use axum::response::Response;
use axum::routing::get;
use pulse_connectors::net::Posting;
use pulse_engine::{Clock, Engine, Settings};
use std::ops::Deref;
use std::sync::Arc;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{DefaultPredicate, NotForContentType, Predicate as _};
pub(crate) use trail::Slot;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
pub(crate) use visit::Visit;

/// What every request is served with, shared, since each request holds it several times.
#[derive(Clone, Debug)]
pub struct App(Arc<Served>);

impl From<Served> for App {
    fn from(served: Served) -> Self {
        Self(Arc::new(served))
    }
}

impl Deref for App {
    type Target = Served;

    fn deref(&self) -> &Served {
        &self.0
    }
}

/// What an [`App`] is made of.
#[derive(Clone, Debug)]
pub struct Served {
    /// The lake and the questions that it answers.
    pub engine: Engine,
    /// Windows and minimum n; the time zone is the tenant's own.
    pub settings: Settings,
    /// Where the time comes from.
    pub clock: Clock,
    /// Who may ask.
    pub access: Access,
    /// What happens, for whoever looks on.
    pub events: Events,
    /// What connections read.
    pub sources: Sources,
    /// What posts to destinations.
    pub posting: Posting,
    /// What calls of hooks bring, while it is landed.
    pub calls: Calls,
    /// The pages of the dashboard that were answered, while they hold.
    pub dashboards: Dashboards,
    /// Where people reach Pulse: what they are told leads there.
    pub base: url::Url,
    /// What browsers are known by.
    pub cookies: Cookies,
    /// Whether a proxy stands before the server, and says in `X-Forwarded-For` where requests come from.
    pub behind_proxy: bool,
    /// How a question's SQL text goes into the audit trail.
    pub sql_text: SqlText,
    /// The questions that give rows.
    pub queries: Queries,
    /// Whether the process can serve.
    pub ready: Ready,
}

/// The whole of what is served.
pub fn router(app: App) -> Router {
    let (api, document) = api().split_for_parts();
    // Parquet is compressed in itself, and the layer leaves out what goes on as it happens.
    let compressed = DefaultPredicate::new().and(NotForContentType::const_new(Format::Parquet.media_type()));
    api.layer(CompressionLayer::new().compress_when(compressed))
        .merge(openapi::pages(document))
        .route("/", get(page::web::root))
        .route("/branding.css", get(branding::stylesheet))
        .route("/branding/logo", get(branding::logo))
        .route("/report", get(page::show))
        .route("/sign-in", get(page::door::sign_in_form).post(page::door::sign_in))
        .route("/sign-out", get(page::door::sign_out_form).post(page::door::sign_out))
        .route("/join", get(page::door::join_form).post(page::door::join))
        .route("/sso/callback", get(page::sso::back))
        .route("/sso/{tenant}/{provider}", get(page::sso::away))
        .route("/reset", get(page::door::reset_form).post(page::door::reset))
        .fallback(page::web::other)
        .method_not_allowed_fallback(async || Problem::method_not_allowed())
        .layer(middleware::from_fn_with_state(app.clone(), trail::record))
        .layer(middleware::from_fn(headers))
        .layer(middleware::from_fn(observe::rest))
        .with_state(app)
}

/// The REST API, with what OpenAPI says of it.
fn api() -> OpenApiRouter<App> {
    OpenApiRouter::with_openapi(openapi::document())
        .routes(routes!(health::livez))
        .routes(routes!(health::readyz))
        .routes(routes!(sql::ask))
        .routes(routes!(queries::list))
        .routes(routes!(followed::show, queries::stop))
        .routes(routes!(followed::result))
        .routes(routes!(saved_queries::list, saved_queries::create))
        .routes(routes!(saved_queries::show, saved_queries::change, saved_queries::remove))
        .routes(routes!(saved_queries::versions))
        .routes(routes!(catalog::show))
        .routes(routes!(catalog::show_table))
        .routes(routes!(metrics::catalogue))
        .routes(routes!(own_metrics::list))
        .routes(routes!(own_metrics::show, own_metrics::set, own_metrics::remove))
        .routes(routes!(own_metrics::versions))
        .routes(routes!(metrics::answer))
        .routes(routes!(metrics::evidence))
        .routes(routes!(mapping::show))
        .routes(routes!(mapping::decide))
        .routes(routes!(mapping::propose))
        .routes(routes!(mapping::trial))
        .routes(routes!(flow::littles_law))
        .routes(routes!(flow::ageing))
        .routes(routes!(flow::cycle_times))
        .routes(routes!(flow::cumulative))
        .routes(routes!(targets::list))
        .routes(routes!(targets::set, targets::remove))
        .routes(routes!(risks::catalogue))
        .routes(routes!(risks::standing))
        .routes(routes!(risks::history))
        .routes(routes!(risks::evidence))
        .routes(routes!(dashboards::list))
        .routes(routes!(dashboards::show))
        .routes(routes!(dashboards::project))
        .routes(routes!(summary::tell))
        .routes(routes!(report_definitions::list))
        .routes(routes!(report_definitions::show, report_definitions::set, report_definitions::remove))
        .routes(routes!(reports::list, reports::create))
        .routes(routes!(reports::show, reports::remove))
        .routes(routes!(reports::file))
        .routes(routes!(reports::link))
        .routes(routes!(reports::shared))
        .routes(routes!(forecasts::list))
        .routes(routes!(forecasts::evidence))
        .routes(routes!(forecasts::milestone))
        .routes(routes!(forecasts::what_if))
        .routes(routes!(session::sign_in))
        .routes(routes!(session::refresh))
        .routes(routes!(session::sign_out))
        .routes(routes!(session::switch))
        .routes(routes!(session::accept))
        .routes(routes!(session::reset))
        .routes(routes!(session::introspect))
        .routes(routes!(me::me, me::rename))
        .routes(routes!(me::change_password))
        .routes(routes!(me::sessions, me::end_others))
        .routes(routes!(me::end_session))
        .routes(routes!(users::list))
        .routes(routes!(users::invite))
        .routes(routes!(users::show, users::change))
        .routes(routes!(users::sessions, users::end_sessions))
        .routes(routes!(roles::matrix))
        .routes(routes!(roles::list, roles::create))
        .routes(routes!(roles::show, roles::change, roles::remove))
        .routes(routes!(providers::list))
        .routes(routes!(providers::show, providers::set, providers::remove))
        .routes(routes!(tokens::list, tokens::create))
        .routes(routes!(tokens::revoke))
        .routes(routes!(tenants::own, tenants::change))
        .routes(routes!(branding::show, branding::set))
        .routes(routes!(branding::preview))
        .routes(routes!(fonts::list))
        .routes(routes!(fonts::set, fonts::remove))
        .routes(routes!(tenants::export))
        .routes(routes!(tenants::usage))
        .routes(routes!(tenants::list, tenants::create))
        .routes(routes!(tenants::show))
        .routes(routes!(tenants::set_quotas))
        .routes(routes!(tenants::suspend))
        .routes(routes!(tenants::resume))
        .routes(routes!(tenants::erase))
        .routes(routes!(tenants::receipt))
        .routes(routes!(platform::workers))
        .routes(routes!(platform::drain))
        .routes(routes!(platform::resume))
        .routes(routes!(platform::holds))
        .routes(routes!(platform::hold))
        .routes(routes!(platform::release))
        .routes(routes!(jobs::list, jobs::create))
        .routes(routes!(jobs::holds))
        .routes(routes!(jobs::hold))
        .routes(routes!(jobs::release))
        .routes(routes!(jobs::show))
        .routes(routes!(jobs::cancel))
        .routes(routes!(jobs::pause))
        .routes(routes!(jobs::resume))
        .routes(routes!(jobs::schedules))
        .routes(routes!(jobs::schedule, jobs::unschedule))
        .routes(routes!(connections::list))
        .routes(routes!(connections::show, connections::set, connections::remove))
        .routes(routes!(connections::health))
        .routes(routes!(fields::list))
        .routes(routes!(hooks::list, hooks::create))
        .routes(routes!(hooks::remove))
        .routes(routes!(hooks::call))
        .routes(routes!(events::follow))
        .routes(routes!(notifications::list))
        .routes(routes!(notifications::muted, notifications::mute))
        .routes(routes!(notifications::read_all))
        .routes(routes!(notifications::read))
        .routes(routes!(alert_rules::list))
        .routes(routes!(alert_rules::show, alert_rules::set, alert_rules::remove))
        .routes(routes!(alert_rules::preview))
        .routes(routes!(alert_rules::mute))
        .routes(routes!(alerts::list))
        .routes(routes!(alerts::show))
        .routes(routes!(alerts::acknowledge))
        .routes(routes!(alerts::unacknowledge))
        .routes(routes!(alerts::assign, alerts::unassign))
        .routes(routes!(destinations::list))
        .routes(routes!(destinations::show, destinations::set, destinations::remove))
        .routes(routes!(destinations::test))
        .routes(routes!(deliveries::list))
        .routes(routes!(deliveries::show))
        .routes(routes!(deliveries::retry))
        .routes(routes!(deliveries::cancel))
        .routes(routes!(audit::list))
        .routes(routes!(keys::set))
        .routes(routes!(keys::metadata))
}

/// A tenant's figures belong in no shared cache and in nobody's frame, and a page of ours runs no script; but for the one that
/// shows the API, which runs its own. Its styles are files, and what its script sets on an element needs no leave.
async fn headers(request: axum::extract::Request, next: Next) -> Response {
    const DOCS: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
    let is_docs = request.uri().path().starts_with("/docs");
    let csp = if is_docs { HeaderValue::from_static(DOCS) } else { page::POLICY.clone() };
    let mut response = next.run(request).await;
    response.headers_mut().entry(header::CONTENT_SECURITY_POLICY).or_insert(csp);
    for (name, value) in [
        (header::CACHE_CONTROL, "no-store"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ] {
        response.headers_mut().entry(name).or_insert(HeaderValue::from_static(value));
    }
    response
}
