//! Metrics that a tenant defined itself.

use super::database::{failed, number, text};
use super::{Control, Refusal, quota, tenant};
use crate::Result;
use pulse_engine::TenantId;
use pulse_engine::metrics::{self, Definition};
use serde::{Deserialize, Serialize};
use sqlx::any::AnyRow;
use std::sync::Arc;
use utoipa::ToSchema;

/// A metric of a tenant's own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct OwnMetric {
    /// Its name in SQL and API.
    pub name: String,
    /// Its header and its statement.
    pub text: String,
    /// Who set it, a user's or token's key.
    pub set_by: String,
    /// When, in microseconds since 1970.
    pub set_at: i64,
    /// How often it was changed; its ETag.
    pub version: i64,
}

impl Control {
    /// The tenant's own metrics, by name.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn own_metrics(&self, tenant: &TenantId) -> Result<Vec<OwnMetric>> {
        let statement = "SELECT * FROM own_metrics WHERE tenant_id = $1 ORDER BY name";
        self.database.read_all(|| sqlx::query(statement).bind(tenant.as_str())).await?.iter().map(metric).collect()
    }

    /// What they define. One that this version cannot read any more is left out, and the log says why.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn own_definitions(&self, tenant: &TenantId) -> Result<Arc<[Definition]>> {
        let read = |metric: OwnMetric| match metrics::own(&metric.name, &metric.text) {
            Ok(definition) => Some(definition),
            Err(error) => {
                tracing::warn!(%tenant, %error, "a metric of a tenant's own is left out");
                None
            }
        };
        Ok(self.own_metrics(tenant).await?.into_iter().filter_map(read).collect())
    }

    /// Keeps the text of a metric: a new one with version 0, or one that is still what it was at its version. Whether the text
    /// is one is for whoever has the tenant's tables to say: [`metrics::check`].
    ///
    /// # Errors
    /// [`Refusal::Stale`], [`Refusal::OverQuota`].
    pub async fn set_own_metric(
        &self,
        tenant: &TenantId,
        name: &str,
        text: &str,
        by: &str,
        version: i64,
    ) -> Result<OwnMetric> {
        let query = if version == 0 {
            sqlx::query(
                "INSERT INTO own_metrics (text, set_by, set_at, tenant_id, name, version)
                 VALUES ($1, $2, $3, $4, $5, $6 + 1) ON CONFLICT DO NOTHING",
            )
        } else {
            sqlx::query(
                "UPDATE own_metrics SET text = $1, set_by = $2, set_at = $3, version = version + 1
                 WHERE tenant_id = $4 AND name = $5 AND version = $6",
            )
        };
        let query = query.bind(text).bind(by).bind(self.now()).bind(tenant.as_str()).bind(name).bind(version);
        let mut whole = self.database.begin().await?;
        tenant::hold_open(&mut whole, tenant).await?;
        let select = "SELECT * FROM own_metrics WHERE tenant_id = $1 AND name = $2";
        let find = || sqlx::query(select).bind(tenant.as_str()).bind(name);
        let before = find().fetch_optional(&mut **whole).await.map_err(failed)?;
        if version == 0 && before.is_none() {
            quota::room_for_metric(&mut whole, tenant).await?;
        }
        let done = query.execute(&mut **whole).await.map_err(failed)?.rows_affected();
        let found = find().fetch_optional(&mut **whole).await.map_err(failed)?;
        whole.commit().await.map_err(failed)?;
        match found.filter(|_| done == 1) {
            Some(row) => metric(&row),
            None => Err(Refusal::Stale.into()),
        }
    }

    /// Takes a metric of the tenant's own away, and the target that it has.
    ///
    /// # Errors
    /// [`Refusal::Unknown`].
    pub async fn remove_own_metric(&self, tenant: &TenantId, name: &str) -> Result<()> {
        let mut whole = self.database.begin().await?;
        let mut removed = 0;
        for statement in [
            "DELETE FROM targets WHERE tenant_id = $1 AND metric = $2 AND EXISTS
                 (SELECT 1 FROM own_metrics o WHERE o.tenant_id = $1 AND o.name = $2)",
            "DELETE FROM own_metrics WHERE tenant_id = $1 AND name = $2",
        ] {
            let query = sqlx::query(statement).bind(tenant.as_str()).bind(name);
            removed = query.execute(&mut **whole).await.map_err(failed)?.rows_affected();
        }
        whole.commit().await.map_err(failed)?;
        if removed == 0 {
            return Err(Refusal::unknown("metric of your own", name).into());
        }
        Ok(())
    }
}

fn metric(row: &AnyRow) -> Result<OwnMetric> {
    Ok(OwnMetric {
        name: text(row, "name")?,
        text: text(row, "text")?,
        set_by: text(row, "set_by")?,
        set_at: number(row, "set_at")?,
        version: number(row, "version")?,
    })
}
