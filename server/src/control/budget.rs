//! What is left of vendors' budgets, as they told when a connection was read last.

use super::database::{failed, number, text};
use super::{Connection, Control};
use crate::Result;
use pulse_connectors::Budget;
use pulse_engine::TenantId;
use serde::Serialize;
use utoipa::ToSchema;

/// What is left of one of a vendor's budgets. Times are in microseconds since 1970, by the vendor's clock.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct BudgetLeft {
    /// What the vendor calls it, such as `graphql`.
    pub name: String,
    /// How much there is of it each time.
    pub limit: i64,
    /// How much was left.
    pub remaining: i64,
    /// When it is full again.
    pub resets_at: i64,
    /// When the vendor told this.
    pub at: i64,
}

impl From<BudgetLeft> for Budget {
    fn from(left: BudgetLeft) -> Self {
        let BudgetLeft { name, limit, remaining, resets_at, at } = left;
        Self { name, limit, remaining, resets_at, at }
    }
}

impl Control {
    /// Keeps what is left of a vendor's budgets; nothing of a connection that is not there any more, or was changed since: the next reading
    /// of it may show another credential.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn keep_budgets(&self, tenant: &TenantId, connection: &Connection, told: &[Budget]) -> Result<()> {
        let mut whole = self.database.begin().await?;
        for budget in told {
            let query = sqlx::query(
                "INSERT INTO budgets (tenant_id, connection, name, at_most, remaining, resets_at, told_at)
                 SELECT c.tenant_id, c.name, $3, $4, $5, $6, $7 FROM connections c
                     WHERE c.tenant_id = $1 AND c.name = $2 AND c.version = $8
                 ON CONFLICT (tenant_id, connection, name) DO UPDATE SET at_most = excluded.at_most,
                     remaining = excluded.remaining, resets_at = excluded.resets_at, told_at = excluded.told_at",
            );
            let query = query.bind(tenant.as_str()).bind(&connection.name).bind(&budget.name);
            let query = query.bind(budget.limit).bind(budget.remaining).bind(budget.resets_at).bind(budget.at);
            let query = query.bind(connection.version);
            query.execute(&mut **whole).await.map_err(failed)?;
        }
        whole.commit().await.map_err(failed)
    }

    /// What was left of the budgets of a connection's vendor when it was read last, by name.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn budgets(&self, tenant: &TenantId, connection: &str) -> Result<Vec<BudgetLeft>> {
        let statement = "SELECT * FROM budgets WHERE tenant_id = $1 AND connection = $2 ORDER BY name";
        let rows = self.database.read_all(|| sqlx::query(statement).bind(tenant.as_str()).bind(connection)).await?;
        let left = |row| {
            Ok(BudgetLeft {
                name: text(row, "name")?,
                limit: number(row, "at_most")?,
                remaining: number(row, "remaining")?,
                resets_at: number(row, "resets_at")?,
                at: number(row, "told_at")?,
            })
        };
        rows.iter().map(left).collect()
    }
}
