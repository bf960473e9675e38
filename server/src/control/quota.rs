//! Quotas: how much a tenant may have.

use super::database::{Run as _, failed, json, number};
use super::{Control, Refusal, Tenant, tenant};
use crate::Result;
use pulse_engine::TenantId;
use serde::{Deserialize, Serialize};
use sqlx::{Any, Transaction};
use utoipa::ToSchema;

/// The most metrics of its own that a tenant may have: each session knows all of them.
const MOST_METRICS: i64 = 100;
/// The most queries that one person, or one service, may save, and that all of a tenant may.
const MOST_SAVED_OF_ONE: i64 = 200;
const MOST_SAVED: i64 = 5_000;

/// How much a tenant may have; what is left out is not limited. One that has more keeps it, and gets no further.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Quotas {
    /// Members who may come in.
    #[schema(minimum = 0)]
    pub members: Option<i64>,
    /// API tokens that are good.
    #[schema(minimum = 0)]
    pub tokens: Option<i64>,
    /// Connections.
    #[schema(minimum = 0)]
    pub connections: Option<i64>,
    /// Metrics of its own; 100 at most.
    #[schema(minimum = 0)]
    pub metrics: Option<i64>,
    /// Bytes of data in the lake and of reports that are kept: with so many, nothing more is read from its connections, and no report is made.
    #[schema(minimum = 0)]
    pub bytes: Option<i64>,
}

impl Control {
    /// Sets the quotas of a tenant that is still what it was at `version`: for platform operators.
    ///
    /// # Errors
    /// [`Refusal::Unknown`], [`Refusal::Stale`], [`Refusal::Invalid`].
    pub async fn set_quotas(&self, id: &TenantId, version: i64, quotas: &Quotas) -> Result<Tenant> {
        let unknown = || Refusal::unknown("tenant", id.as_str());
        self.tenant(id).await?.ok_or_else(unknown)?;
        let Quotas { members, tokens, connections, metrics, bytes } = quotas;
        if [members, tokens, connections, metrics, bytes].into_iter().flatten().any(|most| *most < 0) {
            return Err(Refusal::invalid("quotas", "should be numbers from 0 on").into());
        }
        let query = sqlx::query("UPDATE tenants SET quotas = $1, version = version + 1 WHERE id = $2 AND version = $3");
        let query = query.bind(serde_json::to_string(quotas)?).bind(id.as_str()).bind(version);
        let done = query.run(&self.database).await.map_err(failed)?;
        if done.rows_affected() == 0 {
            return Err(Refusal::Stale.into());
        }
        Ok(self.tenant(id).await?.ok_or_else(unknown)?)
    }
}

impl Quotas {
    /// Whether a tenant with so many bytes, in the lake and of reports that are kept, may have more.
    ///
    /// # Errors
    /// [`Refusal::OverQuota`].
    pub fn room_for_bytes(&self, has: u64) -> Result<()> {
        self.bytes.map_or(Ok(()), |most| within("bytes", i64::try_from(has).unwrap_or(i64::MAX), most))
    }
}

/// Whether one more member may come in, besides this user, within something that holds the tenant.
pub(super) async fn room_for_member(
    whole: &mut Transaction<'static, Any>,
    tenant: &TenantId,
    user: &str,
) -> Result<()> {
    let Some(most) = quotas(whole, tenant).await?.members else { return Ok(()) };
    let query =
        sqlx::query("SELECT COUNT(*) AS n FROM members WHERE tenant_id = $1 AND state = 'active' AND user_id <> $2");
    let row = query.bind(tenant.as_str()).bind(user).fetch_one(&mut **whole).await.map_err(failed)?;
    within("members", number(&row, "n")?, most)
}

/// Holds a tenant, and finds whether it may have one more token.
pub(super) async fn room_for_token(whole: &mut Transaction<'static, Any>, tenant: &TenantId, now: i64) -> Result<()> {
    tenant::hold(whole, tenant).await?;
    let Some(most) = quotas(whole, tenant).await?.tokens else { return Ok(()) };
    let query = sqlx::query(
        "SELECT COUNT(*) AS n FROM api_tokens WHERE tenant_id = $1 AND revoked_at IS NULL AND expires_at > $2",
    );
    let row = query.bind(tenant.as_str()).bind(now).fetch_one(&mut **whole).await.map_err(failed)?;
    within("tokens", number(&row, "n")?, most)
}

/// Whether a tenant that is held may have one more connection.
pub(super) async fn room_for_connection(whole: &mut Transaction<'static, Any>, tenant: &TenantId) -> Result<()> {
    let Some(most) = quotas(whole, tenant).await?.connections else { return Ok(()) };
    let query = sqlx::query("SELECT COUNT(*) AS n FROM connections WHERE tenant_id = $1").bind(tenant.as_str());
    let row = query.fetch_one(&mut **whole).await.map_err(failed)?;
    within("connections", number(&row, "n")?, most)
}

/// Whether a tenant that is held may have one more metric of its own.
pub(super) async fn room_for_metric(whole: &mut Transaction<'static, Any>, tenant: &TenantId) -> Result<()> {
    let most = quotas(whole, tenant).await?.metrics.map_or(MOST_METRICS, |most| most.min(MOST_METRICS));
    let query = sqlx::query("SELECT COUNT(*) AS n FROM own_metrics WHERE tenant_id = $1").bind(tenant.as_str());
    let row = query.fetch_one(&mut **whole).await.map_err(failed)?;
    within("metrics of its own", number(&row, "n")?, most)
}

/// Whether somebody of a tenant that is held may save one more query.
pub(super) async fn room_for_saved_query(
    whole: &mut Transaction<'static, Any>,
    tenant: &TenantId,
    owner: &str,
) -> Result<()> {
    let query = sqlx::query(
        "SELECT COUNT(*) AS n, COALESCE(SUM(CASE WHEN owner = $2 THEN 1 ELSE 0 END), 0) AS own
         FROM saved_queries WHERE tenant_id = $1",
    );
    let row = query.bind(tenant.as_str()).bind(owner).fetch_one(&mut **whole).await.map_err(failed)?;
    within("saved queries of one person", number(&row, "own")?, MOST_SAVED_OF_ONE)?;
    within("saved queries", number(&row, "n")?, MOST_SAVED)
}

async fn quotas(whole: &mut Transaction<'static, Any>, tenant: &TenantId) -> Result<Quotas> {
    let query = sqlx::query("SELECT quotas FROM tenants WHERE id = $1").bind(tenant.as_str());
    json(&query.fetch_one(&mut **whole).await.map_err(failed)?, "quotas")
}

fn within(what: &'static str, has: i64, most: i64) -> Result<()> {
    if has < most { Ok(()) } else { Err(Refusal::OverQuota { what, most }.into()) }
}
