//! How much tenants have in the lake, as jobs see it on their way: nobody lists the store for it.

use super::Control;
use super::database::{Run as _, failed, number, text};
use crate::Result;
use pulse_engine::TenantId;
use serde::Serialize;
use utoipa::ToSchema;

/// How much is in the lake: the data files of the newest versions of tables.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Size {
    /// How many files.
    pub files: u64,
    /// Their bytes.
    pub bytes: u64,
}

/// How much a tenant has in the lake, and when that was so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct LakeSize {
    /// How many data files there are.
    pub files: u64,
    /// Their bytes.
    pub bytes: u64,
    /// When that was so, in microseconds since 1970.
    pub seen_at: i64,
}

/// The sizes of all tenants.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sizes {
    /// Those of the largest tenants, the largest first.
    pub largest: Vec<(String, Size)>,
    /// That of all others together, where there are any.
    pub others: Option<Size>,
}

impl Control {
    /// Notes how much a tenant has in the lake. One that is being erased has none.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn note_size(&self, tenant: &TenantId, size: Size) -> Result<()> {
        let query = sqlx::query(
            "INSERT INTO lake_sizes (tenant_id, files, bytes, seen_at)
             SELECT t.id, $2, $3, $4 FROM tenants t WHERE t.id = $1 AND t.state IN ('active', 'suspended')
             ON CONFLICT (tenant_id) DO UPDATE SET files = excluded.files, bytes = excluded.bytes, seen_at = excluded.seen_at",
        );
        let signed = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
        let query = query.bind(tenant.as_str()).bind(signed(size.files)).bind(signed(size.bytes)).bind(self.now());
        query.run(&self.database).await.map_err(failed)?;
        Ok(())
    }

    /// How much a tenant has in the lake, as a job saw it last; `None` where none did.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn size(&self, tenant: &TenantId) -> Result<Option<LakeSize>> {
        let statement = "SELECT files, bytes, seen_at FROM lake_sizes WHERE tenant_id = $1";
        let rows = self.database.read_all(|| sqlx::query(statement).bind(tenant.as_str())).await?;
        let Some(row) = rows.first() else { return Ok(None) };
        let unsigned = |n: i64| u64::try_from(n).unwrap_or_default();
        let (files, bytes) = (unsigned(number(row, "files")?), unsigned(number(row, "bytes")?));
        Ok(Some(LakeSize { files, bytes, seen_at: number(row, "seen_at")? }))
    }

    /// How much tenants have in the lake: each of the largest, so many, and the others together.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn sizes(&self, most: u32) -> Result<Sizes> {
        let unsigned = |n: i64| u64::try_from(n).unwrap_or_default();
        let statement = "SELECT tenant_id, files, bytes FROM lake_sizes ORDER BY bytes DESC, tenant_id LIMIT $1";
        let rows = self.database.read_all(|| sqlx::query(statement).bind(i64::from(most))).await?;
        let one = |row| {
            let size = Size { files: unsigned(number(row, "files")?), bytes: unsigned(number(row, "bytes")?) };
            Ok((text(row, "tenant_id")?, size))
        };
        let largest = rows.iter().map(one).collect::<Result<Vec<_>>>()?;
        let statement = "SELECT COUNT(*) AS n, CAST(COALESCE(SUM(files), 0) AS BIGINT) AS files,
                 CAST(COALESCE(SUM(bytes), 0) AS BIGINT) AS bytes
             FROM (SELECT files, bytes FROM lake_sizes ORDER BY bytes DESC, tenant_id LIMIT 1000000 OFFSET $1) AS others";
        let rows = self.database.read_all(|| sqlx::query(statement).bind(i64::from(most))).await?;
        let Some(row) = rows.first() else { return Ok(Sizes { largest, others: None }) };
        let others = Size { files: unsigned(number(row, "files")?), bytes: unsigned(number(row, "bytes")?) };
        Ok(Sizes { largest, others: (number(row, "n")? > 0).then_some(others) })
    }
}
