//! How tenants look.

use super::database::{failed, json, number};
use super::event::News;
use super::{Control, Refusal, tenant};
use crate::Result;
use crate::branding::Branding;
use pulse_engine::TenantId;

impl Control {
    /// How a tenant looks, and the version of that: Pulse's own look is of version 0.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn branding(&self, tenant: &TenantId) -> Result<(Branding, i64)> {
        let statement = "SELECT * FROM brandings WHERE tenant_id = $1";
        let rows = self.database.read_all(|| sqlx::query(statement).bind(tenant.as_str())).await?;
        match rows.first() {
            Some(row) => Ok((json(row, "branding")?, number(row, "version")?)),
            None => Ok((Branding::default(), 0)),
        }
    }

    /// Sets how a tenant looks, while its look is still of that version; the next version. Everybody in the tenant hears of it.
    ///
    /// # Errors
    /// [`Refusal::Stale`]; [`Refusal::Invalid`] when the name is too long, or the logo none.
    pub async fn set_branding(&self, tenant: &TenantId, branding: Branding, by: &str, version: i64) -> Result<i64> {
        let branding = branding.checked().map_err(|(field, reason)| Refusal::Invalid { field, reason })?;
        let mut whole = self.database.begin().await?;
        tenant::hold_open(&mut whole, tenant).await?;
        let query = if version == 0 {
            sqlx::query(
                "INSERT INTO brandings (branding, set_by, set_at, tenant_id, version)
                 VALUES ($1, $2, $3, $4, $5 + 1) ON CONFLICT DO NOTHING",
            )
        } else {
            sqlx::query(
                "UPDATE brandings SET branding = $1, set_by = $2, set_at = $3, version = version + 1
                 WHERE tenant_id = $4 AND version = $5",
            )
        };
        let query = query.bind(serde_json::to_string(&branding)?).bind(by).bind(self.now());
        let query = query.bind(tenant.as_str()).bind(version);
        if query.execute(&mut **whole).await.map_err(failed)?.rows_affected() == 0 {
            return Err(Refusal::Stale.into());
        }
        let news = News {
            at: self.now(),
            kind: "branding.changed".to_owned(),
            subject: tenant.to_string(),
            user: None,
            permission: None,
            of_all: false,
            notifies: false,
            detail: serde_json::json!({ "version": version + 1 }),
        };
        whole.tell(tenant, news);
        whole.commit().await.map_err(failed)?;
        Ok(version + 1)
    }
}
