//! How much tenants have in the lake, as jobs see it on their way: nobody lists the store for it.

use super::Control;
use super::database::{Run as _, failed, number, text};
use crate::Result;
use pulse_engine::TenantId;

/// How much is in the lake: the data files of the newest versions of tables.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Size {
    /// How many files.
    pub files: u64,
    /// Their bytes.
    pub bytes: u64,
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
