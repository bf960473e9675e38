//! `/api/v1/alerts`: what people should know of, and what they knew of.

use super::jobs::who;
use super::json::{List, Query};
use super::{App, Asker, Problem};
use crate::alerts::AlertState;
use crate::auth::Permission;
use crate::control::{Alert, AlertStep, Cursor, Refusal, Sees};
use axum::Json;
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
