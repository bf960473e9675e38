//! `/api/v1/alerts`: what people should know of, and what they knew of.

use super::jobs::who;
use super::json::{self, List, Query};
use super::{App, Asker, Problem};
use crate::alerts::{AlertState, Telling};
use crate::auth::Permission;
use crate::control::{Alert, AlertStep, Cursor, Refusal, Sees};
use axum::Json;
use axum::body::Body;
use axum::extract::{Path, State};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

impl Asker {
    /// Whether they may know of what a rule of this owner sees. What a rule tells is not cut to what its reader sees: whoever does not see
    /// everything knows of their own rules alone.
    pub(super) fn sees_of(&self, owner: &str) -> bool {
        self.authority.sees == Sees::Everything || who(self) == owner
    }

    /// The owner whose rules' alerts they may know of; `None`: everybody's.
    fn alerts_of(&self) -> Option<&str> {
        match self.authority.sees {
            Sees::Everything => None,
            Sees::Only { .. } => Some(who(self)),
        }
    }
}

/// Which alerts are asked for.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct Which {
    /// Only those in this state.
    state: Option<AlertState>,
    /// What the page before gave as `next`.
    cursor: Option<String>,
    /// How many, 1 to 200; 50 unless said.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<i64>,
}

/// The tenant's alerts
///
/// The newest first. Those that are over are kept for 400 days. Whoever does not see everything sees those of their own rules.
#[utoipa::path(get, path = "/api/v1/alerts", tag = "alerts", params(Which),
    responses((status = 200, body = List<Alert>), Problem))]
pub(super) async fn list(
    State(app): State<App>,
    asker: Asker,
    Query(which): Query<Which>,
) -> Result<Json<List<Alert>>, Problem> {
    asker.needs(Permission::MetricsRead)?;
    let cursor = Cursor::new(which.cursor.as_deref(), which.limit)?;
    Ok(Json(app.access.control.alerts(&asker.tenant, asker.alerts_of(), which.state, &cursor).await?.into()))
}

/// An alert, and how it came to where it stands.
#[derive(Serialize, ToSchema)]
pub(super) struct ToldAlert {
    alert: Alert,
    steps: Vec<AlertStep>,
}

/// An alert
#[utoipa::path(get, path = "/api/v1/alerts/{id}", tag = "alerts", params(("id" = String, Path)),
    responses((status = 200, body = ToldAlert), Problem))]
pub(super) async fn show(
    State(app): State<App>,
    asker: Asker,
    Path(id): Path<String>,
) -> Result<Json<ToldAlert>, Problem> {
    asker.needs(Permission::MetricsRead)?;
    let found = app.access.control.alert(&asker.tenant, asker.alerts_of(), &id).await?;
    let (alert, steps) = found.ok_or_else(|| Refusal::unknown("alert", &id))?;
    Ok(Json(ToldAlert { alert, steps }))
}

/// Say that you look after an alert
///
/// Nobody else is told of it until it is over.
#[utoipa::path(post, path = "/api/v1/alerts/{id}/acknowledge", tag = "alerts", params(("id" = String, Path)),
    responses((status = 200, body = Alert), Problem))]
pub(super) async fn acknowledge(
    State(app): State<App>,
    asker: Asker,
    Path(id): Path<String>,
) -> Result<Json<Alert>, Problem> {
    asker.needs(Permission::AlertsManage)?;
    let control = &app.access.control;
    Ok(Json(control.acknowledge_alert(&asker.tenant, asker.alerts_of(), &id, asker.key()).await?))
}

/// Take back that somebody looks after an alert
///
/// It fires as if nobody ever had: once that has been so for long enough, others are told.
#[utoipa::path(post, path = "/api/v1/alerts/{id}/unacknowledge", tag = "alerts", params(("id" = String, Path)),
    responses((status = 200, body = Alert), Problem))]
pub(super) async fn unacknowledge(
    State(app): State<App>,
    asker: Asker,
    Path(id): Path<String>,
) -> Result<Json<Alert>, Problem> {
    asker.needs(Permission::AlertsManage)?;
    let control = &app.access.control;
    Ok(Json(control.unacknowledge_alert(&asker.tenant, asker.alerts_of(), &id, asker.key()).await?))
}

/// Whose an alert is to be.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Assignee {
    /// A member who may look after it, by the user's key.
    user: String,
}

/// Say whose an alert is
///
/// They are told, unless it is they who say so. Until they or somebody else say that they look after it, it goes on to be told.
#[utoipa::path(put, path = "/api/v1/alerts/{id}/assignee", tag = "alerts", request_body = Assignee,
    params(("id" = String, Path)), responses((status = 200, body = Alert), Problem))]
pub(super) async fn assign(
    State(app): State<App>,
    asker: Asker,
    Path(id): Path<String>,
    body: Body,
) -> Result<Json<Alert>, Problem> {
    asker.needs(Permission::AlertsManage)?;
    let Assignee { user } = json::read(body).await?;
    let (control, telling) = (&app.access.control, Telling { settings: &asker.settings, base: &app.base });
    let who = (user.as_str(), asker.key());
    Ok(Json(control.assign_alert(&asker.tenant, asker.alerts_of(), &id, who, telling).await?))
}

/// Say that an alert is nobody's in particular
#[utoipa::path(delete, path = "/api/v1/alerts/{id}/assignee", tag = "alerts", params(("id" = String, Path)),
    responses((status = 200, body = Alert), Problem))]
pub(super) async fn unassign(
    State(app): State<App>,
    asker: Asker,
    Path(id): Path<String>,
) -> Result<Json<Alert>, Problem> {
    asker.needs(Permission::AlertsManage)?;
    Ok(Json(app.access.control.unassign_alert(&asker.tenant, asker.alerts_of(), &id).await?))
}
