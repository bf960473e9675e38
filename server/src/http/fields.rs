//! `/api/v1/connections/{name}/fields`: which fields a connection's vendor has, for whoever says what they mean.

use super::mapping::whole;
use super::trail::Slot;
use super::{App, Asker, Problem};
use crate::Result;
use crate::control::{Connection, Refusal};
use axum::Json;
use axum::extract::{Path, State};
use pulse_connectors::jira::{self, JiraSettings};
use pulse_engine::Tenant;
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// A field that things of a connection's vendor may have.
#[derive(Serialize, ToSchema)]
#[schema(as = ConnectionField)]
pub(super) struct Field {
    /// Its id, by which the settings name it.
    id: String,
    /// What people call it.
    name: String,
    /// The type of its values in the vendor's words, such as `number` or `array of option`; of some the vendor tells none.
    #[serde(rename = "type")]
    kind: Option<String>,
    /// Whether somebody added it to the vendor's own.
    custom: bool,
    /// Which of the settings below `fields` name it, by a person or as it was found, such as `points` or `other.service`.
    mapped_as: Vec<String>,
}

/// The fields of a connection's vendor.
#[derive(Serialize, ToSchema)]
#[schema(as = ConnectionFields)]
pub(super) struct Fields {
    /// By their names; none before it was read, and of a vendor whose things have no fields of their own.
    fields: Vec<Field>,
}

/// Which fields a connection's vendor has
///
/// As the last reading found them: the vendor is not asked. For whoever sees all of the tenant.
#[utoipa::path(get, path = "/api/v1/connections/{name}/fields", tag = "connections", params(("name" = String, Path)),
    responses((status = 200, body = Fields), Problem))]
pub(super) async fn list(
    State(app): State<App>,
    asker: Asker,
    Path(name): Path<String>,
    slot: Slot,
) -> Result<Json<Fields>, Problem> {
    let tenant = whole(&asker)?;
    let found = app.access.control.connection(&asker.tenant, &name).await?;
    let found = found.ok_or_else(|| Refusal::unknown("connection", &name))?;
    let fields = async { Ok::<_, Problem>(Fields { fields: of(&tenant, &found).await? }) };
    Ok(Json(app.step(&asker, &slot, fields).await?))
}

async fn of(tenant: &Tenant, connection: &Connection) -> Result<Vec<Field>> {
    if connection.connector != jira::CONNECTOR {
        return Ok(Vec::new());
    }
    let (connector, id) = (connection.connector.as_str(), connection.id());
    let landed = tenant.connection_settings(connector, &id).await?;
    let landed: Option<Value> = landed.map(|text| serde_json::from_str(&text)).transpose()?;
    let settings = pulse_connectors::settings(connector, &connection.settings, landed.as_ref())?;
    let settings = JiraSettings::from_json(&settings)?;
    let mut newest: BTreeMap<String, (i64, String)> = BTreeMap::new();
    let show = |at: i64, field: &str, payload: &str| {
        if newest.get(field).is_none_or(|(known, _)| at >= *known) {
            newest.insert(field.to_owned(), (at, payload.to_owned()));
        }
    };
    tenant.observed(connector, &id, "fields", i64::MIN, show).await?;
    let told = jira::told_fields(&settings.fields, newest.values().map(|(_, payload)| payload.as_str()));
    let field =
        |jira::Field { id, name, kind, is_custom, mapped_as }| Field { id, name, kind, custom: is_custom, mapped_as };
    Ok(told.into_iter().map(field).collect())
}
