//! `/api/v1/deliveries`: what is handed to people and programs, and how that went.

use super::jobs::who;
use super::json::{List, Query};
use super::{App, Asker, Problem};
use crate::auth::Permission;
use crate::control::{Attempt, Cursor, Delivery, Refusal, Sees};
use crate::delivery::DeliveryState;
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// Which deliveries are asked for.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct Which {
    /// Only those in this state.
    state: Option<DeliveryState>,
    /// What the page before gave as `next`.
    cursor: Option<String>,
    /// How many, 1 to 200; 50 unless said.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<i64>,
}

/// What a delivery is about may name what not everybody sees: they are for those who see everything, also where they are changed.
fn may(asker: &Asker, permission: Permission) -> Result<(), Problem> {
    asker.needs(permission)?;
    if asker.authority.sees != Sees::Everything {
        return Err(Problem::forbidden("deliveries are told to those alone who see all teams and projects"));
    }
    Ok(())
}

/// The tenant's deliveries
///
/// What each is about, to whom, and where it stands; not what it says.
#[utoipa::path(get, path = "/api/v1/deliveries", tag = "deliveries", params(Which),
    responses((status = 200, body = List<Delivery>), Problem))]
pub(super) async fn list(
    State(app): State<App>,
    asker: Asker,
    Query(which): Query<Which>,
) -> Result<Json<List<Delivery>>, Problem> {
    may(&asker, Permission::JobsRead)?;
    let cursor = Cursor::new(which.cursor.as_deref(), which.limit)?;
    Ok(Json(app.access.control.deliveries(&asker.tenant, which.state, &cursor).await?.into()))
}

/// A delivery, and every try.
#[derive(Serialize, ToSchema)]
pub(super) struct Tried {
    delivery: Delivery,
    attempts: Vec<Attempt>,
}

/// A delivery
#[utoipa::path(get, path = "/api/v1/deliveries/{id}", tag = "deliveries", params(("id" = String, Path)),
    responses((status = 200, body = Tried), Problem))]
pub(super) async fn show(State(app): State<App>, asker: Asker, Path(id): Path<String>) -> Result<Json<Tried>, Problem> {
    may(&asker, Permission::JobsRead)?;
    let found = app.access.control.delivery(&asker.tenant, &id).await?;
    let (delivery, attempts) = found.ok_or_else(|| Refusal::unknown("delivery", &id))?;
    Ok(Json(Tried { delivery, attempts }))
}

/// Hand something over again
///
/// What failed, is dead or was cancelled; at once, with all its tries before it. One of which nobody knows whether it arrived may so
/// arrive twice.
#[utoipa::path(post, path = "/api/v1/deliveries/{id}/retry", tag = "deliveries", params(("id" = String, Path)),
    responses((status = 202, body = Delivery), Problem))]
pub(super) async fn retry(
    State(app): State<App>,
    asker: Asker,
    Path(id): Path<String>,
) -> Result<(StatusCode, Json<Delivery>), Problem> {
    may(&asker, Permission::JobsManage)?;
    let asked = app.access.control.retry_delivery(&asker.tenant, &id, who(&asker)).await?;
    Ok((StatusCode::ACCEPTED, Json(asked)))
}

/// Take a delivery back
///
/// One that is being handed over just then may arrive all the same.
#[utoipa::path(post, path = "/api/v1/deliveries/{id}/cancel", tag = "deliveries", params(("id" = String, Path)),
    responses((status = 200, body = Delivery), Problem))]
pub(super) async fn cancel(
    State(app): State<App>,
    asker: Asker,
    Path(id): Path<String>,
) -> Result<Json<Delivery>, Problem> {
    may(&asker, Permission::JobsManage)?;
    Ok(Json(app.access.control.cancel_delivery(&asker.tenant, &id, who(&asker)).await?))
}
