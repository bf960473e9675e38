//! `/api/v1/destinations`: webhooks and chats that the tenant has things delivered to.

use super::jobs::who;
use super::json::{self, Versioned};
use super::{App, Asker, Problem};
use crate::auth::Permission;
use crate::control::{Delivery, Destination, NewDestination, Refusal};
use crate::delivery::{Channel, DestinationKind, Parcel};
use crate::secret;
use axum::Json;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use serde::Deserialize;
use url::Url;
use utoipa::ToSchema;

/// The tenant's destinations
///
/// Whoever may manage alerts or reports sees them, too: they name them. Addresses and secrets are told to nobody.
#[utoipa::path(get, path = "/api/v1/destinations", tag = "deliveries",
    responses((status = 200, body = Vec<Destination>), Problem))]
pub(super) async fn list(State(app): State<App>, asker: Asker) -> Result<Json<Vec<Destination>>, Problem> {
    sees(&asker)?;
    Ok(Json(app.access.control.destinations(&asker.tenant).await?))
}

/// A destination
#[utoipa::path(get, path = "/api/v1/destinations/{name}", tag = "deliveries", params(("name" = String, Path)),
    responses((status = 200, body = Destination, headers(("ETag" = String))), Problem))]
pub(super) async fn show(
    State(app): State<App>,
    asker: Asker,
    Path(name): Path<String>,
) -> Result<Versioned<Destination>, Problem> {
    sees(&asker)?;
    let found = app.access.control.destination(&asker.tenant, &name).await?;
    let found = found.ok_or_else(|| Refusal::unknown("destination", &name))?;
    Ok(Versioned(found.version, found))
}

fn sees(asker: &Asker) -> Result<(), Problem> {
    let any = [Permission::AlertsManage, Permission::ReportsManage].into_iter().any(|may| asker.needs(may).is_ok());
    if any { Ok(()) } else { asker.needs(Permission::TenantManage) }
}

/// What a destination is to be.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SetDestination {
    /// `webhook`, `slack` or `teams`.
    kind: DestinationKind,
    /// Where it is. It is kept sealed and never told. Left out, the one that is there stays.
    url: Option<String>,
    /// What calls of a webhook are signed with, 16 bytes or more. It is kept sealed and never told. Left out, the one that is there
    /// stays, unless the address is another.
    secret: Option<String>,
}

/// Set a destination, or change one
///
/// A new one without `If-Match`, one that is there with its ETag. `POST …/test` tries it.
#[utoipa::path(put, path = "/api/v1/destinations/{name}", tag = "deliveries", request_body = SetDestination,
    params(("name" = String, Path), ("If-Match" = Option<String>, Header)),
    responses((status = 200, body = Destination, headers(("ETag" = String))), Problem))]
pub(super) async fn set(
    State(app): State<App>,
    asker: Asker,
    Path(name): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Result<Versioned<Destination>, Problem> {
    asker.needs(Permission::TenantManage)?;
    let version = json::if_match_any(&headers)?.unwrap_or(0);
    let SetDestination { kind, url, secret } = json::read(body).await?;
    let url = url.map(|text| Url::parse(&text)).transpose();
    // What is wrong with it is told without it.
    let url = url.map_err(|error| Refusal::invalid("url", format!("is no address: {error}")))?;
    if let Some(url) = &url {
        app.posting.check(url).map_err(|error| Refusal::invalid("url", error.to_string()))?;
    }
    let new = NewDestination { name, kind, url, secret };
    let (control, vault) = (&app.access.control, app.access.signer.vault());
    let set = control.set_destination(&asker.tenant, new, vault, who(&asker), version).await?;
    Ok(Versioned(set.version, set))
}

/// Remove a destination
///
/// What is still to be delivered there is dead at its next try.
#[utoipa::path(delete, path = "/api/v1/destinations/{name}", tag = "deliveries", params(("name" = String, Path)),
    responses((status = 204), Problem))]
pub(super) async fn remove(
    State(app): State<App>,
    asker: Asker,
    Path(name): Path<String>,
) -> Result<StatusCode, Problem> {
    asker.needs(Permission::TenantManage)?;
    app.access.control.remove_destination(&asker.tenant, &name).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Try a destination
///
/// Sends a message that says it is one to try, as any other is sent: the delivery tells how it goes.
#[utoipa::path(post, path = "/api/v1/destinations/{name}/test", tag = "deliveries", params(("name" = String, Path)),
    responses((status = 202, body = Delivery), Problem))]
pub(super) async fn test(
    State(app): State<App>,
    asker: Asker,
    Path(name): Path<String>,
) -> Result<(StatusCode, Json<Delivery>), Problem> {
    asker.needs(Permission::TenantManage)?;
    let (control, unknown) = (&app.access.control, || Refusal::unknown("destination", &name));
    control.destination(&asker.tenant, &name).await?.ok_or_else(unknown)?;
    let parcel = Parcel {
        key: secret::id("test")?,
        subject: format!("A message of Pulse, to try `{name}`"),
        text: "It came through. Nothing else is to be done.".to_owned(),
        ..Parcel::default()
    };
    let channels = [Channel::Destination(name.clone())];
    let ids = control.deliver(&asker.tenant, &parcel, &channels, who(&asker)).await?;
    let found = control.delivery(&asker.tenant, ids.first().map_or("", String::as_str)).await?;
    let (delivery, _) = found.ok_or_else(unknown)?;
    Ok((StatusCode::ACCEPTED, Json(delivery)))
}
