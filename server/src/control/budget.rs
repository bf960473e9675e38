//! What is left of vendors' budgets, as they told when a connection was read last.

use super::database::{failed, number, text};
use super::{Connection, Control};
use crate::Result;
use pulse_connectors::Budget;
use pulse_engine::TenantId;
use serde::Serialize;
use sqlx::any::AnyRow;
use std::time::Duration;
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

impl Control {
    /// Keeps what is left of a vendor's budgets; nothing of a connection that is not there any more, or was changed since: the next reading
    /// of it may show another credential.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn keep_budgets(&self, tenant: &TenantId, connection: &Connection, told: &[Budget]) -> Result<()> {
        let mut whole = self.database.begin().await?;
        for budget in told {
            // By the vendor's clock it is so long until then. What is kept again was told before.
            let full_at = self.now().saturating_add(budget.resets_at.saturating_sub(budget.at));
            let query = sqlx::query(
                "INSERT INTO budgets (tenant_id, connection, name, at_most, remaining, resets_at, told_at, full_at)
                 SELECT c.tenant_id, c.name, $3, $4, $5, $6, $7, $8 FROM connections c
                     WHERE c.tenant_id = $1 AND c.name = $2 AND c.version = $9
                 ON CONFLICT (tenant_id, connection, name) DO UPDATE SET at_most = excluded.at_most,
                     remaining = excluded.remaining, resets_at = excluded.resets_at, told_at = excluded.told_at,
                     full_at = CASE WHEN budgets.told_at = excluded.told_at THEN budgets.full_at ELSE excluded.full_at END",
            );
            let query = query.bind(tenant.as_str()).bind(&connection.name).bind(&budget.name);
            let query = query.bind(budget.limit).bind(budget.remaining).bind(budget.resets_at).bind(budget.at);
            let query = query.bind(full_at).bind(connection.version);
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
            let Budget { name, limit, remaining, resets_at, at } = budget(row)?;
            Ok(BudgetLeft { name, limit, remaining, resets_at, at })
        };
        rows.iter().map(left).collect()
    }

    /// What was left of those that are not full again yet, each with how long it is until then: for the next reading, in whichever process.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn begun_budgets(&self, tenant: &TenantId, connection: &str) -> Result<Vec<(Budget, Duration)>> {
        let now = self.now();
        let query = sqlx::query(
            "SELECT * FROM budgets WHERE tenant_id = $1 AND connection = $2 AND full_at > $3 ORDER BY name",
        );
        let query = query.bind(tenant.as_str()).bind(connection).bind(now);
        let rows = query.fetch_all(self.database.pool()).await.map_err(failed)?;
        let begun = |row| {
            let wait = u64::try_from(number(row, "full_at")?.saturating_sub(now)).unwrap_or_default();
            Ok((budget(row)?, Duration::from_micros(wait)))
        };
        rows.iter().map(begun).collect()
    }
}

fn budget(row: &AnyRow) -> Result<Budget> {
    Ok(Budget {
        name: text(row, "name")?,
        limit: number(row, "at_most")?,
        remaining: number(row, "remaining")?,
        resets_at: number(row, "resets_at")?,
        at: number(row, "told_at")?,
    })
}
