//! Destinations: where a tenant has things delivered, at addresses that may be secrets themselves.

use super::database::{Run as _, failed, number, text};
use super::{Control, Refusal, tenant};
use crate::auth::{Vault, purpose};
use crate::delivery::DestinationKind;
use crate::{Error, Result};
use pulse_engine::TenantId;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sqlx::any::AnyRow;
use std::fmt;
use url::Url;
use utoipa::ToSchema;

/// The most destinations of a tenant.
const MOST: i64 = 100;
/// The shortest secret that calls are signed with: what is shorter is guessed.
const SHORTEST_SECRET: usize = 16;

/// Where a tenant has things delivered. Its address and secret are never told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Destination {
    /// What it is called.
    pub name: String,
    /// What it is.
    pub kind: DestinationKind,
    /// The host that its address leads to.
    pub host: String,
    /// Whether calls are signed.
    pub has_secret: bool,
    /// Who set it, a user's or token's key.
    pub set_by: String,
    /// When, in microseconds since 1970.
    pub set_at: i64,
    /// How often it was changed; its ETag.
    pub version: i64,
}

/// What is sealed of a destination.
#[derive(Clone, PartialEq, Eq)]
pub struct Address {
    /// Where it is.
    pub url: Url,
    /// What calls are signed with.
    pub secret: Option<String>,
}

/// The same, as it is written before it is sealed.
#[derive(Serialize, Deserialize)]
struct Kept {
    url: String,
    secret: Option<String>,
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Address(…)")
    }
}

/// What a destination is to be; an address or secret that is left out stays what it was.
#[derive(Debug)]
pub struct NewDestination {
    /// What it is called.
    pub name: String,
    /// What it is.
    pub kind: DestinationKind,
    /// Where it is.
    pub url: Option<Url>,
    /// What calls are signed with: a webhook's alone.
    pub secret: Option<String>,
}

impl Control {
    /// The tenant's destinations, by name.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn destinations(&self, tenant: &TenantId) -> Result<Vec<Destination>> {
        let statement = "SELECT * FROM destinations WHERE tenant_id = $1 ORDER BY name";
        self.database.read_all(|| sqlx::query(statement).bind(tenant.as_str())).await?.iter().map(destination).collect()
    }

    /// The destination of that name.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn destination(&self, tenant: &TenantId, name: &str) -> Result<Option<Destination>> {
        self.destination_row(tenant, name).await?.as_ref().map(destination).transpose()
    }

    /// A destination with its address, as they stand together.
    ///
    /// # Errors
    /// [`Error::Sealed`] when the vault does not open it; when the database fails.
    pub async fn destination_with_address(
        &self,
        tenant: &TenantId,
        name: &str,
        vault: &Vault,
    ) -> Result<Option<(Destination, Address)>> {
        let Some(row) = self.destination_row(tenant, name).await? else { return Ok(None) };
        let opened = vault.open_sealed(&purpose::destination(tenant, name), &text(&row, "sealed")?)?;
        let Kept { url, secret } = serde_json::from_slice(&opened)?;
        let url = url.parse().map_err(|_| Error::Database("a destination's address is none".to_owned()))?;
        Ok(Some((destination(&row)?, Address { url, secret })))
    }

    async fn destination_row(&self, tenant: &TenantId, name: &str) -> Result<Option<AnyRow>> {
        let query = sqlx::query("SELECT * FROM destinations WHERE tenant_id = $1 AND name = $2");
        query.bind(tenant.as_str()).bind(name).fetch_optional(self.database.pool()).await.map_err(failed)
    }

    /// Sets a destination: a new one with version 0, or one that is still what it was at its version. What calls are signed with
    /// is kept only for the address that it was given for.
    ///
    /// # Errors
    /// [`Refusal::Stale`], [`Refusal::OverQuota`], [`Refusal::Invalid`].
    pub async fn set_destination(
        &self,
        tenant: &TenantId,
        new: NewDestination,
        vault: &Vault,
        by: &str,
        version: i64,
    ) -> Result<Destination> {
        named(&new.name)?;
        let before = match version {
            0 => None,
            _ => self.destination_with_address(tenant, &new.name, vault).await?.map(|(_, address)| address),
        };
        let address = address(&new, before)?;
        let kept = Kept { url: address.url.to_string(), secret: address.secret.clone() };
        let sealed = vault.seal(&purpose::destination(tenant, &new.name), &serde_json::to_vec(&kept)?)?;
        let query = if version == 0 {
            sqlx::query(
                "INSERT INTO destinations (kind, host, sealed, has_secret, set_by, set_at, tenant_id, name, version)
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9 + 1) ON CONFLICT DO NOTHING",
            )
        } else {
            sqlx::query(
                "UPDATE destinations SET kind = $1, host = $2, sealed = $3, has_secret = $4, set_by = $5, set_at = $6,
                     version = version + 1 WHERE tenant_id = $7 AND name = $8 AND version = $9",
            )
        };
        let query =
            query.bind(new.kind.name()).bind(address.url.host_str().unwrap_or_default().to_owned()).bind(sealed);
        let query = query.bind(i64::from(address.secret.is_some())).bind(by).bind(self.now());
        let query = query.bind(tenant.as_str()).bind(&new.name).bind(version);
        let mut whole = self.database.begin().await?;
        tenant::hold_open(&mut whole, tenant).await?;
        if version == 0 {
            let count = sqlx::query("SELECT COUNT(*) AS n FROM destinations WHERE tenant_id = $1");
            let row = count.bind(tenant.as_str()).fetch_one(&mut **whole).await.map_err(failed)?;
            if number(&row, "n")? >= MOST {
                return Err(Refusal::OverQuota { what: "destinations", most: MOST }.into());
            }
        }
        let done = query.execute(&mut **whole).await.map_err(failed)?.rows_affected();
        whole.commit().await.map_err(failed)?;
        let found = self.destination(tenant, &new.name).await?;
        found.filter(|_| done == 1).ok_or_else(|| Refusal::Stale.into())
    }

    /// Removes a destination. What is to be delivered there is dead at its next try.
    ///
    /// # Errors
    /// [`Refusal::Unknown`].
    pub async fn remove_destination(&self, tenant: &TenantId, name: &str) -> Result<()> {
        let query = sqlx::query("DELETE FROM destinations WHERE tenant_id = $1 AND name = $2");
        let done = query.bind(tenant.as_str()).bind(name).run(&self.database).await.map_err(failed)?;
        if done.rows_affected() == 1 { Ok(()) } else { Err(Refusal::unknown("destination", name).into()) }
    }
}

/// The address that a destination is to have, from what is given and what is kept.
fn address(new: &NewDestination, before: Option<Address>) -> Result<Address> {
    let (kept_url, kept_secret) = before.map_or((None, None), |before| (Some(before.url), before.secret));
    let url = new.url.clone().or_else(|| kept_url.clone());
    let url = url.ok_or_else(|| Refusal::invalid("url", "should say where it is"))?;
    let kept_secret = kept_secret.filter(|_| kept_url.as_ref() == Some(&url));
    let secret = match new.kind {
        DestinationKind::Webhook => new.secret.clone().or(kept_secret),
        _ if new.secret.is_some() => {
            return Err(Refusal::invalid("secret", "is for webhooks: a chat's address is its secret").into());
        }
        _ => None,
    };
    match (&secret, new.kind) {
        (None, DestinationKind::Webhook) => {
            let reason = "should be given: calls are signed with it, and one that was kept is for the last address";
            Err(Refusal::invalid("secret", reason).into())
        }
        (Some(secret), _) if !(SHORTEST_SECRET..=500).contains(&secret.len()) => {
            Err(Refusal::invalid("secret", format!("should have {SHORTEST_SECRET} to 500 bytes")).into())
        }
        _ => Ok(Address { url, secret }),
    }
}

/// Refuses what can be no name of something that is set by its address in the API.
pub(super) fn named(name: &str) -> Result<()> {
    let plain = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'-' || c == b'_';
    if (1..=63).contains(&name.len()) && name.bytes().all(plain) {
        return Ok(());
    }
    Err(Refusal::invalid("name", "should have 1 to 63 characters of a-z, 0-9, - and _").into())
}

fn destination(row: &AnyRow) -> Result<Destination> {
    let kind = text(row, "kind")?;
    let kind = serde_json::from_value(Value::String(kind.clone()))
        .map_err(|_| Error::Database(format!("a destination is of the unknown kind `{kind}`")))?;
    Ok(Destination {
        name: text(row, "name")?,
        kind,
        host: text(row, "host")?,
        has_secret: number(row, "has_secret")? == 1,
        set_by: text(row, "set_by")?,
        set_at: number(row, "set_at")?,
        version: number(row, "version")?,
    })
}
