//! How tenants look, and how they looked: a report that was asked for then is made, and made again, as it looked then.

use super::database::{Whole, failed, json, number};
use super::event::News;
use super::{Control, Refusal, tenant};
use crate::Result;
use crate::branding::Branding;
use pulse_engine::TenantId;
use serde::{Deserialize, Serialize};

/// How many versions are kept: with one more, the oldest goes. Each may have a logo in it.
const VERSIONS: i64 = 30;

/// How a tenant looks, or looked, as a line of an export.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BrandingVersion {
    /// The number of the version, which reports that are made again go by. Earlier exports have none.
    #[serde(default = "first")]
    pub version: i64,
    /// The look.
    #[serde(flatten)]
    pub branding: Branding,
}

fn first() -> i64 {
    1
}

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

    /// How a tenant looked at a version; where that is not kept any more, how it looks.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn branding_at(&self, tenant: &TenantId, version: i64) -> Result<Branding> {
        if version == 0 {
            return Ok(Branding::default());
        }
        // No replica: it may not know the version yet.
        let query = sqlx::query(
            "SELECT v.branding FROM (
                 SELECT tenant_id, version, branding FROM brandings
                 UNION ALL SELECT tenant_id, version, branding FROM branding_versions
             ) v WHERE v.tenant_id = $1 AND v.version = $2",
        );
        let query = query.bind(tenant.as_str()).bind(version);
        match query.fetch_optional(self.database.pool()).await.map_err(failed)? {
            Some(row) => json(&row, "branding"),
            None => Ok(self.branding(tenant).await?.0),
        }
    }

    /// How a tenant looked before, as far as that is kept, by version.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn earlier_brandings(&self, tenant: &TenantId) -> Result<Vec<BrandingVersion>> {
        let statement = "SELECT branding, version FROM branding_versions WHERE tenant_id = $1 ORDER BY version";
        let rows = self.database.read_all(|| sqlx::query(statement).bind(tenant.as_str())).await?;
        let of = |row| Ok(BrandingVersion { version: number(row, "version")?, branding: json(row, "branding")? });
        rows.iter().map(of).collect()
    }

    /// Sets how a tenant looks, while its look is still of that version; the next version. Everybody in the tenant hears of it.
    ///
    /// # Errors
    /// [`Refusal::Stale`]; [`Refusal::Invalid`] when the name is too long, or the logo none.
    pub async fn set_branding(&self, tenant: &TenantId, branding: Branding, by: &str, version: i64) -> Result<i64> {
        let branding = branding.checked().map_err(|(field, reason)| Refusal::Invalid { field, reason })?;
        let mut whole = self.database.begin().await?;
        tenant::hold_open(&mut whole, tenant).await?;
        put_aside(&mut whole, tenant, version).await?;
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

/// Keeps how a tenant looks that is about to look otherwise, where that is of this version.
async fn put_aside(whole: &mut Whole, tenant: &TenantId, version: i64) -> Result<()> {
    let query = sqlx::query(
        "INSERT INTO branding_versions (tenant_id, version, branding, set_by, set_at)
         SELECT tenant_id, version, branding, set_by, set_at FROM brandings WHERE tenant_id = $1 AND version = $2
         ON CONFLICT DO NOTHING",
    );
    query.bind(tenant.as_str()).bind(version).execute(&mut ***whole).await.map_err(failed)?;
    // The version is whatever somebody says that it is.
    let over = version.saturating_sub(VERSIONS - 1);
    let query = sqlx::query("DELETE FROM branding_versions WHERE tenant_id = $1 AND version <= $2");
    query.bind(tenant.as_str()).bind(over).execute(&mut ***whole).await.map_err(failed)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_look_is_told_with_its_version_and_one_of_an_earlier_export_is_the_first() {
        let branding = Branding { name: Some("Ours".to_owned()), ..Branding::default() };
        let told = serde_json::to_string(&BrandingVersion { version: 7, branding: branding.clone() }).unwrap();
        let read = |text: &str| serde_json::from_str::<BrandingVersion>(text).unwrap();
        assert_eq!(read(&told), BrandingVersion { version: 7, branding: branding.clone() });
        let earlier = serde_json::to_string(&branding).unwrap();
        assert_eq!(read(&earlier), BrandingVersion { version: 1, branding });
    }
}
