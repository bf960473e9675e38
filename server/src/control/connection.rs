//! Connections: where a tenant's data come from.

use super::alert_rule::look_at_jobs;
use super::database::{failed, json, maybe_text, number, text};
use super::job::hold;
use super::page::{Cursor, Page};
use super::report::REPORT;
use super::{Control, Refusal, quota, schedule_pause, tenant};
use crate::auth::{Vault, purpose};
use crate::{Error, Result};
use pulse_engine::TenantId;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sqlx::any::AnyRow;
use utoipa::ToSchema;

/// Where a tenant's data come from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Connection {
    /// What it is called: the second part of every key that comes from it.
    pub name: String,
    /// What reads it, such as `git`.
    pub connector: String,
    /// Where it is read: for `git` a folder below the one that the operator opened for the tenant.
    pub place: String,
    /// How it is read, as the connector takes it.
    #[schema(value_type = Object)]
    pub settings: Value,
    /// Whether it has a credential, which is never told.
    pub has_credential: bool,
    /// Who made it, a user's or token's key.
    pub created_by: String,
    /// When it was made, in microseconds since 1970.
    pub created_at: i64,
    /// How often it was changed; its ETag.
    pub version: i64,
}

impl Connection {
    /// What its keys begin with: `connector:name`.
    pub fn id(&self) -> String {
        format!("{}:{}", self.connector, self.name)
    }
}

/// The kind of job that lands what is new at a connection, which is its subject.
pub const LAND: &str = "land";

impl Control {
    /// The connections of a tenant, a page at a time.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn connections(&self, tenant: &TenantId, cursor: &Cursor) -> Result<Page<Connection>> {
        let statement =
            "SELECT * FROM connections WHERE tenant_id = $1 AND (created_at > $2 OR (created_at = $2 AND name > $3))
             ORDER BY created_at, name LIMIT $4";
        let query = || sqlx::query(statement).bind(tenant.as_str());
        self.page(query, cursor, connection, |one: &Connection| (one.created_at, &one.name)).await
    }

    /// The connection of that name.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn connection(&self, tenant: &TenantId, name: &str) -> Result<Option<Connection>> {
        let query = sqlx::query("SELECT * FROM connections WHERE tenant_id = $1 AND name = $2");
        let row = query.bind(tenant.as_str()).bind(name).fetch_optional(self.database.pool()).await;
        row.map_err(failed)?.as_ref().map(connection).transpose()
    }

    /// A connection with its credential, as they stand together: one that was given for another place is none for this.
    ///
    /// # Errors
    /// [`Error::Sealed`] when the vault does not open it; when the database fails.
    pub async fn connection_with_credential(
        &self,
        tenant: &TenantId,
        name: &str,
        vault: &Vault,
    ) -> Result<Option<(Connection, Option<String>)>> {
        let query = sqlx::query("SELECT * FROM connections WHERE tenant_id = $1 AND name = $2");
        let row = query.bind(tenant.as_str()).bind(name).fetch_optional(self.database.pool()).await.map_err(failed)?;
        let Some(row) = row else { return Ok(None) };
        let open = |sealed: String| {
            let opened = vault.open_sealed(&purpose::credential(tenant, name), &sealed)?;
            String::from_utf8(opened).map_err(|_| Error::Sealed)
        };
        let credential = maybe_text(&row, "credential")?.map(open).transpose()?;
        Ok(Some((connection(&row)?, credential)))
    }

    /// Sets a connection: a new one with version 0, or one that is still what it was at its version. Its connector stays what it
    /// was: what came by another would be read as its own. A credential that is not given anew stays.
    ///
    /// # Errors
    /// [`Refusal::Stale`], [`Refusal::OverQuota`]; [`Refusal::Invalid`] when the place changes and the credential is not given
    /// anew: it would be told to whoever is there.
    pub async fn set_connection(
        &self,
        tenant: &TenantId,
        set: &Connection,
        credential: Option<&str>,
        vault: &Vault,
    ) -> Result<Connection> {
        let seal = |secret: &str| vault.seal(&purpose::credential(tenant, &set.name), secret.as_bytes());
        let sealed = credential.map(seal).transpose()?;
        let query = if set.version == 0 {
            sqlx::query(
                "INSERT INTO connections (place, settings, tenant_id, name, connector, version, created_by, created_at, credential)
                 VALUES ($1, $2, $3, $4, $5, $6 + 1, $7, $8, $9) ON CONFLICT DO NOTHING",
            )
        } else {
            sqlx::query(
                "UPDATE connections SET place = $1, settings = $2, version = version + 1, credential = COALESCE($9, credential)
                 WHERE tenant_id = $3 AND name = $4 AND connector = $5 AND version = $6 AND $7 <> '' AND $8 > 0",
            )
        };
        let query = query.bind(&set.place).bind(serde_json::to_string(&set.settings)?).bind(tenant.as_str());
        let query = query.bind(&set.name).bind(&set.connector).bind(set.version).bind(&set.created_by).bind(self.now());
        let query = query.bind(sealed);
        let mut whole = self.database.begin().await?;
        tenant::hold_open(&mut whole, tenant).await?;
        if set.version == 0 {
            quota::room_for_connection(&mut whole, tenant).await?;
        } else if credential.is_none() {
            let query = sqlx::query(
                "SELECT COUNT(*) AS n FROM connections WHERE tenant_id = $1 AND name = $2 AND credential IS NOT NULL AND place <> $3",
            );
            let query = query.bind(tenant.as_str()).bind(&set.name).bind(&set.place);
            let row = query.fetch_one(&mut **whole).await.map_err(failed)?;
            if number(&row, "n")? > 0 {
                let reason = "should be given again with another place: the one that is kept was meant for the last";
                return Err(Refusal::invalid("credential", reason).into());
            }
        }
        let done = query.execute(&mut **whole).await.map_err(failed)?.rows_affected();
        if done == 1 && credential.is_some() {
            // What is left was told to another credential.
            let query = sqlx::query("DELETE FROM budgets WHERE tenant_id = $1 AND connection = $2");
            query.bind(tenant.as_str()).bind(&set.name).execute(&mut **whole).await.map_err(failed)?;
        }
        whole.commit().await.map_err(failed)?;
        let found = self.connection(tenant, &set.name).await?;
        found.filter(|_| done == 1).ok_or_else(|| Refusal::Stale.into())
    }

    /// Refuses what a kind of job cannot be about: landing is about a connection, everything else about nothing.
    ///
    /// # Errors
    /// [`Refusal::Invalid`].
    pub async fn check_subject(&self, tenant: &TenantId, kind: &str, subject: &str) -> Result<()> {
        if kind == LAND {
            let there = self.connection(tenant, subject).await?;
            return there
                .map(drop)
                .ok_or_else(|| Refusal::invalid("subject", "should be the name of a connection").into());
        }
        if kind == REPORT {
            let there = self.report_definition(tenant, subject).await?;
            return there
                .map(drop)
                .ok_or_else(|| Refusal::invalid("subject", "should be the name of a report of your own").into());
        }
        let wrong = || Refusal::invalid("subject", format!("is nothing for a {kind}")).into();
        if subject.is_empty() { Ok(()) } else { Err(wrong()) }
    }

    /// Removes a connection, with its schedule and the hooks that ask for it. What came from it stays.
    ///
    /// # Errors
    /// [`Refusal::Unknown`].
    pub async fn remove_connection(&self, tenant: &TenantId, name: &str) -> Result<()> {
        let mut whole = self.database.begin().await?;
        // Jobs first, as whoever changes both does.
        hold(&mut whole, tenant).await?;
        for query in [
            sqlx::query("DELETE FROM schedules WHERE tenant_id = $1 AND subject = $2 AND kind = $3"),
            sqlx::query("DELETE FROM hooks WHERE tenant_id = $1 AND subject = $2 AND kind = $3"),
        ] {
            query.bind(tenant.as_str()).bind(name).bind(LAND).execute(&mut **whole).await.map_err(failed)?;
        }
        schedule_pause::ends(&mut whole, tenant.as_str(), (LAND, name), self.now()).await?;
        let query = sqlx::query("DELETE FROM budgets WHERE tenant_id = $1 AND connection = $2");
        query.bind(tenant.as_str()).bind(name).execute(&mut **whole).await.map_err(failed)?;
        let query = sqlx::query("DELETE FROM connections WHERE tenant_id = $1 AND name = $2");
        let done = query.bind(tenant.as_str()).bind(name).execute(&mut **whole).await.map_err(failed)?;
        if done.rows_affected() == 0 {
            return Err(Refusal::unknown("connection", name).into());
        }
        // What they told of it is over.
        look_at_jobs(&mut whole, tenant, &format!("connection {name}"), self.now()).await?;
        whole.commit().await.map_err(failed)
    }
}

fn connection(row: &AnyRow) -> Result<Connection> {
    Ok(Connection {
        name: text(row, "name")?,
        connector: text(row, "connector")?,
        place: text(row, "place")?,
        settings: json(row, "settings")?,
        has_credential: maybe_text(row, "credential")?.is_some(),
        created_by: text(row, "created_by")?,
        created_at: number(row, "created_at")?,
        version: number(row, "version")?,
    })
}
