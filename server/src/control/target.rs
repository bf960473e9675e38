//! Targets: what a tenant aims at, one a metric.

use super::database::{failed, json, number, text};
use super::{Control, Refusal, tenant};
use crate::Result;
use pulse_engine::TenantId;
use serde::{Deserialize, Serialize};
use sqlx::any::AnyRow;
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// What a tenant aims at.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Target {
    /// The metric's name.
    pub metric: String,
    /// The value, in the metric's unit.
    pub value: f64,
    /// Who set it, a user's or token's key.
    pub set_by: String,
    /// When, in microseconds since 1970.
    pub set_at: i64,
    /// How often it was changed; its ETag.
    pub version: i64,
}

impl Control {
    /// The tenant's targets, by metric.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn targets(&self, tenant: &TenantId) -> Result<Vec<Target>> {
        let statement = "SELECT * FROM targets WHERE tenant_id = $1 ORDER BY metric";
        self.database.read_all(|| sqlx::query(statement).bind(tenant.as_str())).await?.iter().map(target).collect()
    }

    /// The value of each target by its metric, as questions take them.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn target_values(&self, tenant: &TenantId) -> Result<BTreeMap<String, f64>> {
        Ok(self.targets(tenant).await?.into_iter().map(|target| (target.metric, target.value)).collect())
    }

    /// Sets a metric's target: a new one with version 0, or one that is still what it was at its version.
    ///
    /// # Errors
    /// [`Refusal::Stale`]; [`Refusal::Invalid`] when the value is no number from 0 on.
    pub async fn set_target(
        &self,
        tenant: &TenantId,
        metric: &str,
        value: f64,
        by: &str,
        version: i64,
    ) -> Result<Target> {
        if !(value.is_finite() && value >= 0.0) {
            return Err(Refusal::invalid("value", "should be a number from 0 on, in the metric's unit").into());
        }
        let query = if version == 0 {
            sqlx::query(
                "INSERT INTO targets (value, set_by, set_at, tenant_id, metric, version)
                 VALUES ($1, $2, $3, $4, $5, $6 + 1) ON CONFLICT DO NOTHING",
            )
        } else {
            sqlx::query(
                "UPDATE targets SET value = $1, set_by = $2, set_at = $3, version = version + 1
                 WHERE tenant_id = $4 AND metric = $5 AND version = $6",
            )
        };
        let query = query.bind(serde_json::to_string(&value)?).bind(by).bind(self.now());
        let query = query.bind(tenant.as_str()).bind(metric).bind(version);
        let mut whole = self.database.begin().await?;
        tenant::hold_open(&mut whole, tenant).await?;
        let done = query.execute(&mut **whole).await.map_err(failed)?.rows_affected();
        let found = sqlx::query("SELECT * FROM targets WHERE tenant_id = $1 AND metric = $2");
        let found = found.bind(tenant.as_str()).bind(metric).fetch_optional(&mut **whole).await.map_err(failed)?;
        whole.commit().await.map_err(failed)?;
        match found.filter(|_| done == 1) {
            Some(row) => target(&row),
            None => Err(Refusal::Stale.into()),
        }
    }

    /// Takes a metric's target away.
    ///
    /// # Errors
    /// [`Refusal::Unknown`].
    pub async fn remove_target(&self, tenant: &TenantId, metric: &str) -> Result<()> {
        let query = sqlx::query("DELETE FROM targets WHERE tenant_id = $1 AND metric = $2");
        let done = query.bind(tenant.as_str()).bind(metric).execute(self.database.pool()).await.map_err(failed)?;
        if done.rows_affected() == 0 {
            return Err(Refusal::unknown("target", metric).into());
        }
        Ok(())
    }
}

fn target(row: &AnyRow) -> Result<Target> {
    Ok(Target {
        metric: text(row, "metric")?,
        value: json(row, "value")?,
        set_by: text(row, "set_by")?,
        set_at: number(row, "set_at")?,
        version: number(row, "version")?,
    })
}
